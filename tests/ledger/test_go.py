"""An independent oracle: Go's golang.org/x/mod/sumdb reads what we write, and refuses what was changed."""

import os
import pathlib
import shutil
import subprocess

import pytest

import skykeep.ledger
from skykeep.ledger import note, tiles, tree
from skykeep.ledger.proof import LogProof
from tests.ledger import logs

SOURCE = pathlib.Path(skykeep.ledger.__file__).parent / "oracle.go"
GOPATH = pathlib.Path("/usr/share/gocode")  # where Debian's golang-golang-x-mod-dev lies
ENTRIES = [b"entry %d" % i for i in range(70_000)]


@pytest.fixture(scope="session")
def oracle(tmp_path_factory):
    """Build the Go program once; give a function that runs it."""
    go = shutil.which("go")
    if go is None or not (GOPATH / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("needs Go and golang.org/x/mod: apt-get install golang-go golang-golang-x-mod-dev")
    place = tmp_path_factory.mktemp("go")
    program = place / "oracle"
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOPATH": str(GOPATH),
        "GOCACHE": str(place / "cache"),
    }
    subprocess.run([go, "build", "-o", program, SOURCE], env=environment, check=True)

    def run(*arguments):
        return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)

    return run


def lay_out(log, signed, directory):
    for name, data in {**log.files, "checkpoint": signed}.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(data)


@pytest.fixture
def directory(tmp_path):
    """A log of 600 entries on disk, and its older checkpoint of 250."""
    log = logs.MemoryLog()
    old = log.seal(ENTRIES[:250])
    lay_out(log, log.seal(ENTRIES[250:600]), tmp_path / "log")
    (tmp_path / "old").write_bytes(old)
    return tmp_path / "log"


@pytest.mark.requirement("RECORD-7", "C2SP-TILES-1")
def test_go_verifies_every_entry_through_our_tiles(oracle, directory):
    result = oracle("log", directory, logs.VKEY, directory.parent / "old")
    assert (result.returncode, result.stdout, result.stderr) == (0, "600 entries hold\n", "")


@pytest.mark.parametrize(
    "name", ["checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001"]
)
def test_go_refuses_a_changed_bit_anywhere(oracle, directory, name):
    data = bytearray((directory / name).read_bytes())
    data[len(data) // 2] ^= 1
    (directory / name).write_bytes(data)
    result = oracle("log", directory, logs.VKEY)
    assert result.returncode == 1
    assert result.stderr


def test_go_refuses_another_key(oracle, directory):
    other = note.Signer.from_seed(logs.ORIGIN, bytes(32)).verifier.vkey
    assert oracle("log", directory, other).returncode == 1


@pytest.mark.requirement("RECORD-7")
def test_go_checks_our_proofs(oracle, tmp_path):
    log = logs.MemoryLog()
    signed = log.seal(ENTRIES)
    hash_at = tiles.TileHashes(70_000, log.read)
    for index in (0, 255, 69_999):
        proof = LogProof(index, tuple(tree.prove_inclusion(index, 70_000, hash_at)), signed, b"extra")
        (tmp_path / "proof").write_bytes(proof.to_bytes())
        result = oracle("proof", tmp_path / "proof", logs.VKEY, ENTRIES[index].hex())
        assert result.stdout == f"entry {index} of 70000 holds\n"
        assert oracle("proof", tmp_path / "proof", logs.VKEY, b"other".hex()).returncode == 1
        wrong = proof._replace(path=(*proof.path[:-1], bytes(32)))
        (tmp_path / "proof").write_bytes(wrong.to_bytes())
        assert oracle("proof", tmp_path / "proof", logs.VKEY, ENTRIES[index].hex()).returncode == 1


@pytest.mark.requirement("RECORD-7")
def test_go_checks_our_consistency_proofs(oracle, tmp_path):
    log = logs.MemoryLog()
    olds = {size: log.seal(ENTRIES[start:size]) for start, size in [(0, 1), (1, 256), (256, 300)]}
    new = log.seal(ENTRIES[300:2_000])
    for size, old in olds.items():
        path = tree.prove_consistency(size, 2_000, tiles.TileHashes(2_000, log.read))
        for changed in (False, True):
            hashes = "\n".join(note.encode_base64(h) for h in ([*path[:-1], bytes(32)] if changed else path))
            (tmp_path / "proof").write_bytes(b"\0".join([old, new, hashes.encode()]))
            result = oracle("consistency", tmp_path / "proof", logs.VKEY)
            assert (result.returncode, result.stdout) == ((1, "") if changed else (0, f"2000 extends {size}\n"))


def test_a_note_signed_by_python_with_gos_key_opens_in_go(oracle, directory):
    assert oracle("log", directory, note.Verifier.from_vkey(logs.VKEY).vkey).returncode == 0
