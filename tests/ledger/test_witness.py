"""A witness cosigns what extends the past, and nothing else."""

import pytest

from skykeep.ledger import cosignature, note, tiles, tree
from skykeep.ledger.errors import BadNote, WitnessRefused
from skykeep.ledger.witness import NOTHING_SEEN, Seen, Witness, format_request, parse_request
from tests.ledger import logs


@pytest.fixture
def seen():
    return {}


@pytest.fixture
def witness(seen):
    return Witness(logs.WITNESS, {logs.ORIGIN: logs.VKEY}, remember=seen.__setitem__)


@pytest.fixture
def log():
    return logs.MemoryLog()


def proof(log, old_size):
    size = log.writer.edge.size
    return tree.prove_consistency(old_size, size, tiles.TileHashes(size, log.read))


def test_it_cosigns_a_growing_log(witness, log, seen):
    first = log.seal([b"a", b"b"])
    witness.cosign(first, old_size=0, path=[], now_s=1)
    second = log.seal([b"c"] * 300)
    signature = witness.cosign(second, old_size=2, path=proof(log, 2), now_s=2)
    signed = note.parse(second)
    both = signed._replace(signatures=(*signed.signatures, signature))
    assert cosignature.verify(both, [logs.WITNESS.verifier]) == (("example.org/witness", 2),)
    assert seen == {logs.ORIGIN: Seen(302, log.writer.edge.root())}
    assert witness.cosign(second, old_size=302, path=[], now_s=3)  # again the same: nothing new is said


@pytest.mark.requirement("RECORD-8")
def test_it_never_cosigns_two_roots_of_one_size(witness, log):
    witness.cosign(log.seal([b"a", b"b"]), old_size=0, path=[], now_s=1)
    fork = logs.MemoryLog().seal([b"a", b"x"])
    for old_size in (0, 1, 2):
        with pytest.raises(WitnessRefused) as refused:
            witness.cosign(fork, old_size=old_size, path=[], now_s=2)
        assert refused.value.size == 2
    assert witness.latest(logs.ORIGIN).root == log.writer.edge.root()


@pytest.mark.requirement("RECORD-8")
def test_it_refuses_history_written_anew(witness, log):
    witness.cosign(log.seal([b"a", b"b", b"c"]), old_size=0, path=[], now_s=1)
    fork = logs.MemoryLog()
    longer = fork.seal([b"a", b"x", b"c", b"d"])
    with pytest.raises(WitnessRefused, match="does not extend"):
        witness.cosign(longer, old_size=3, path=proof(fork, 3), now_s=2)


def test_it_refuses_a_smaller_tree_and_a_first_one_with_a_proof(witness, log):
    small = log.seal([b"a"])
    with pytest.raises(WitnessRefused, match="without a proof"):
        witness.cosign(small, old_size=0, path=[bytes(32)], now_s=1)
    witness.cosign(log.seal([b"b"]), old_size=0, path=[], now_s=1)
    with pytest.raises(WitnessRefused, match="older than"):
        witness.cosign(small, old_size=2, path=[], now_s=2)


def test_it_remembers_across_runs(log):
    seen = {logs.ORIGIN: Seen(5, bytes(32))}
    witness = Witness(logs.WITNESS, {logs.ORIGIN: logs.VKEY}, seen=seen)
    with pytest.raises(WitnessRefused) as refused:
        witness.cosign(log.seal([b"a"] * 6), old_size=0, path=[], now_s=1)
    assert refused.value.size == 5


def test_what_it_cannot_remember_it_does_not_cosign(log):
    def full_disk(origin, seen):
        raise OSError("no space")

    witness = Witness(logs.WITNESS, {logs.ORIGIN: logs.VKEY}, remember=full_disk)
    with pytest.raises(OSError, match="no space"):
        witness.cosign(log.seal([b"a"]), old_size=0, path=[], now_s=1)
    assert witness.latest(logs.ORIGIN) == NOTHING_SEEN


def test_it_knows_only_its_own_logs_and_their_keys(witness):
    other = logs.MemoryLog(note.Signer.from_seed("example.org/other", bytes(32)))
    with pytest.raises(WitnessRefused, match="not watched"):
        witness.cosign(other.seal([b"a"]), old_size=0, path=[], now_s=1)
    impostor = logs.MemoryLog(note.Signer.from_seed(logs.ORIGIN, bytes(32)))
    with pytest.raises(BadNote, match="no signature by a known key"):
        witness.cosign(impostor.seal([b"a"]), old_size=0, path=[], now_s=1)


def test_requests_there_and_back(log):
    signed = log.seal([b"a"] * 9)
    path = proof(log, 5)
    assert parse_request(format_request(5, path, signed)) == (5, path, signed)
    for bad in (b"", b"old 1\n", b"new 1\n\nx", b"old 01\n\nx", b"old 1\n" + b"AAAA\n" * 64 + b"\nx", b"\xff\n\nx"):
        with pytest.raises(BadNote):
            parse_request(bad)
