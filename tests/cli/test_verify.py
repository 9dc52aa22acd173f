"""`skykeep verify` and `skykeep witness`: the right key and the wrong, older checkpoints, and every kind of tampering."""

import random
import re
import shutil
import sqlite3

import pytest

from skykeep.ledger.note import Signer
from skykeep.station.keys import Keys
from skykeep.station.store import Store
from tests.cli.calling import ZONES, call, rows
from tests.cli.conftest import capture

TABLES = ("meta", "ticks", "snapshots", "blobs")


def test_with_the_right_key_it_holds_and_without_one_it_says_what_it_did_not_prove(record, vkey):
    proved, consistent = call("verify", record, "--key", vkey), call("verify", record)
    assert (proved.exit_code, consistent.exit_code) == (0, 0)
    assert proved.stdout.startswith("verified: unchanged since it was signed, and signed by this key")
    assert consistent.stdout.startswith("internally consistent only; the signer is not proved")
    (said,) = rows(call("verify", record, "--key", vkey, "--json"))
    assert (said["signer_proved"], said["n_erased"]) == (True, 0)


@pytest.mark.requirement("RECORD-1")
def test_another_key_proves_nothing(record):
    other = Signer.from_seed("skykeep.local/other", bytes(32)).verifier.vkey
    result = call("verify", record, "--key", other)
    assert (result.exit_code, result.stdout) == (1, "")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--key", "hello", "not a verification key"),
        ("--witness", "a+b+c", "not a verification key"),
        ("--since", "nothing-here", "nothing-here cannot be read"),
        ("--since", __file__, "is no checkpoint"),
    ],
)
def test_what_is_no_key_and_no_checkpoint_is_wrong_usage(record, option, value, words):
    result = call("verify", record, option, value)
    assert (result.exit_code, words in result.stderr) == (2, True)


@pytest.fixture
def grown(tmp_path, keys):
    """A record that was interrupted, sealed, kept a checkpoint of, and then continued; its key, and that checkpoint."""
    (tmp_path / "small.pcap").write_bytes(capture(320))
    record, kept = tmp_path / "grown", tmp_path / "kept"
    arguments = ["--zones", ZONES, "--record-id", "grown", "--record", record, tmp_path / "small.pcap"]
    call("run", *arguments)
    with sqlite3.connect(record / "record.sqlite") as db:
        db.execute("DELETE FROM ticks WHERE entry_index >= 40")
    db.close()
    shutil.rmtree(record / "tile")
    (record / "checkpoint").unlink()
    signer = Keys().signer("grown")
    with Store.open(record) as store:
        store.seal(signer)
    shutil.copyfile(record / "checkpoint", kept)
    return record, arguments, signer, kept


def test_a_record_that_grew_holds_since_a_checkpoint_kept_from_before(grown):
    record, arguments, signer, kept = grown
    assert call("run", *arguments).exit_code == 0
    result = call("verify", record, "--key", signer.verifier.vkey, "--since", kept)
    assert result.exit_code == 0, result.stderr
    assert "nothing changed since the checkpoint of size 40" in result.stdout


@pytest.mark.requirement("RECORD-8")
def test_a_record_written_anew_does_not_extend_the_checkpoint_kept(grown):
    record, arguments, signer, kept = grown
    shutil.rmtree(record)
    assert call("run", *arguments).exit_code == 0  # the same facts, other salts: another log
    assert call("verify", record, "--key", signer.verifier.vkey).exit_code == 0
    result = call("verify", record, "--key", signer.verifier.vkey, "--since", kept)
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_witness_cosigns_what_grew_and_refuses_what_was_written_anew(grown, tmp_path):
    record, arguments, signer, _ = grown
    vkey = signer.verifier.vkey
    witness = ["witness", record, "--key", vkey, "--witness-key", tmp_path / "w.key", "--seen", tmp_path / "seen"]
    first = call(*witness)
    assert (first.exit_code, "at 40 entries" in first.stdout) == (0, True)
    its_key = first.stdout.rpartition("witness key: ")[2].strip()
    assert call("verify", record, "--key", vkey, "--witness", its_key).exit_code == 0
    assert call("run", *arguments).exit_code == 0
    missing = call("verify", record, "--key", vkey, "--witness", its_key)
    assert (missing.exit_code, "bears no cosignature by" in missing.stderr) == (1, True)
    later = call(*witness)
    assert later.exit_code == 0, later.stderr
    cosigned = call("verify", record, "--key", vkey, "--witness", its_key)
    assert (cosigned.exit_code, "cosigned by skykeep.local/witness" in cosigned.stdout) == (0, True)
    seen = (tmp_path / "seen").read_bytes()
    shutil.rmtree(record)
    call("run", *arguments)
    refused = call(*witness)
    assert (refused.exit_code, re.search("not cosigned|cut, or written anew", refused.stderr) is not None) == (
        1,
        True,
    ), refused.stderr
    assert (tmp_path / "seen").read_bytes() == seen


def test_a_witness_is_given_keys_and_memory_that_are_such(record, vkey, tmp_path):
    def asked(key=vkey, witness_key=tmp_path / "w.key", seen=tmp_path / "seen"):
        return call("witness", record, "--key", key, "--witness-key", witness_key, "--seen", seen)

    (tmp_path / "text").write_text("hello")
    assert (asked(key="hello").exit_code, asked(witness_key=tmp_path / "text").exit_code) == (2, 2)
    assert asked(seen=tmp_path / "text").exit_code == 2
    assert asked(seen=tmp_path).exit_code == 3
    assert asked(witness_key=tmp_path / "nowhere" / "w.key").exit_code == 3


# Tampering


def contents(record):
    """Every row of every table."""
    db = sqlite3.connect(f"{(record / 'record.sqlite').as_uri()}?mode=ro", uri=True)
    try:
        return [list(db.execute(f"SELECT * FROM {table}")) for table in TABLES]  # noqa: S608 - our own names
    finally:
        db.close()


NO_PART = {"writer.lock", "record.sqlite-shm"}
"""Who writes, and SQLite's index of its write-ahead log, made anew at each opening: no part of the record."""


@pytest.mark.requirement("RECORD-1")
@pytest.mark.capability("Finds one flipped bit anywhere in a record")
def test_a_flipped_bit_in_any_file_is_found_or_changes_nothing(record, vkey):
    """200 flips a file of the log, 200 in the database: there a bit may lie in a page's unused room."""
    good, chance, unfound = contents(record), random.Random(20), 0
    files = [
        path
        for path in sorted(record.rglob("*"))
        if path.is_file() and path.stat().st_size and path.name not in NO_PART
    ]
    assert {path.name for path in files} >= {"checkpoint", "record.sqlite"}
    for path in files:
        data = path.read_bytes()
        for _ in range(200):
            flipped, at = bytearray(data), chance.randrange(len(data) * 8)
            flipped[at // 8] ^= 1 << at % 8
            path.write_bytes(flipped)
            code = call("verify", record, "--key", vkey).exit_code
            if code != 1:
                unfound += 1
                assert (path.name, code) == ("record.sqlite", 0), f"seed 20, {path}, bit {at}: exit {code}"
                assert contents(record) == good, f"seed 20, {path}, bit {at}: verified, and other contents"
            path.write_bytes(data)
            for beside in record.glob("record.sqlite-*"):
                beside.unlink()
    assert 0 < unfound < 190
    assert call("verify", record, "--key", vkey).exit_code == 0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE meta SET value = 'someone' WHERE key = 'record_id'",
        "DELETE FROM ticks WHERE entry_index = (SELECT max(entry_index) FROM ticks)",
        "DELETE FROM ticks WHERE entry_index = 7",
        "UPDATE ticks SET tick = tick + 1 WHERE entry_index = 7",
        "UPDATE ticks SET leaves = (SELECT leaves FROM ticks WHERE entry_index = 8) WHERE entry_index = 7",
        "UPDATE snapshots SET state = x'00'",
        "UPDATE snapshots SET sha256 = x'00'",
        "DROP TABLE snapshots",
        "ALTER TABLE ticks RENAME COLUMN leaves TO lieves",
        "DELETE FROM meta",
    ],
)
@pytest.mark.requirement("RECORD-1")
def test_a_changed_table_is_found(record, vkey, sql):
    with sqlite3.connect(record / "record.sqlite") as db:
        db.execute(sql)
    db.close()
    result = call("verify", record, "--key", vkey)
    assert (result.exit_code, result.stdout) == (2 if sql == "DELETE FROM meta" else 1, ""), result.stderr


@pytest.mark.parametrize("file", ["checkpoint", "tile/entries", "tile/0", "record.sqlite"])
def test_a_missing_file_is_found(record, vkey, file):
    gone = record / file
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    assert call("verify", record, "--key", vkey).exit_code == (2 if file == "record.sqlite" else 1)
