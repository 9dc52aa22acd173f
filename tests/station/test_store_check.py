"""Checking a whole record: the database is what the log holds, to the bit."""

import random
import shutil
import sqlite3

import pytest

from skykeep import errors
from skykeep.ledger import note
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station.database import DATABASE
from skykeep.station.store import Store
from skykeep.station.verify import check
from tests.ledger.logs import refused

SIGNER = note.Signer.from_seed("example.org/station", bytes(range(32)))
VKEY = SIGNER.verifier.vkey


@pytest.fixture
def path(tmp_path):
    """A small sealed record with something erased, and one entry after the checkpoint."""
    record = tmp_path / "record"
    with Store.create(record, meta={"place": "somewhere"}) as store:
        for i in range(5):
            leaves = [Leaf(LeafKind.NAME, b"name %d" % i), Leaf(LeafKind.FACT, b"fact %d" % i)]
            store.append(1, i, i, leaves, bytes(32), bytes(32))
        store.wait_durable(5)
        store.erase([(3, 0)])
        store.seal(SIGNER)
        store.append(1, 5, 5, [], bytes(32), bytes(32))
    return record


def test_a_good_record(path):
    report = check(path, VKEY)
    assert (report.n_entries, report.n_unsealed, report.n_facts, report.n_leaves, report.n_erased) == (6, 1, 5, 10, 1)
    assert (report.checkpoint_size, report.signer_proved, report.since_size, report.cosigned) == (5, True, None, ())
    assert check(path).signer_proved is False


def test_a_record_never_sealed_passes_only_when_no_signature_is_asked_for(tmp_path):
    with Store.create(tmp_path / "record", meta={}) as store:
        store.append(1, 0, 0, [Leaf(3, b"x")], bytes(32), bytes(32))
    report = check(tmp_path / "record")
    assert (report.n_entries, report.n_unsealed, report.checkpoint_size, report.signer_proved) == (1, 1, 0, False)
    with pytest.raises(errors.Corrupt, match="checkpoint: the file is missing"):
        check(tmp_path / "record", VKEY)


@pytest.mark.requirement("RECORD-1")
def test_every_single_bit_flip_of_the_sealed_files_is_found(path):
    files = [path / "checkpoint", *(p for p in (path / "tile").rglob("*") if p.is_file())]
    assert {str(p.relative_to(path)) for p in files} == {"checkpoint", "tile/0/000.p/5", "tile/entries/000.p/5"}
    chance = random.Random(0)
    for file in files:
        good = file.read_bytes()
        # Every byte, and in each one bit: the ledger's own tests go through all eight, without a database.
        for offset in range(len(good)):
            changed = bytearray(good)
            changed[offset] ^= 1 << chance.randrange(8)
            file.write_bytes(changed)
            assert refused(errors.Corrupt, check, path, VKEY), f"{file.name}: byte {offset}"
        file.write_bytes(good)
    check(path, VKEY)


def change(path, sql, *arguments):
    db = sqlite3.connect(path / DATABASE)
    db.execute(sql, arguments)
    db.commit()
    db.close()


@pytest.mark.requirement("RECORD-1")
def test_every_flip_in_a_stored_row_is_found(path):
    with Store.open(path, read_only=True) as store:
        rows = list(store.stored())
    for row in (rows[2], rows[3]):  # one whole, one with an erased leaf
        for column in ("entry", "leaves"):
            good = getattr(row, column)
            update = f"UPDATE ticks SET {column} = ? WHERE entry_index = ?"  # noqa: S608 - one of two names
            for offset in range(len(good)):
                changed = bytearray(good)
                changed[offset] ^= 1 << offset % 8
                change(path, update, bytes(changed), row.entry_index)
                assert refused(errors.Corrupt, check, path, VKEY), f"{column}: byte {offset}"
            change(path, update, good, row.entry_index)
    check(path, VKEY)


COPY_1_OVER_2 = """
    UPDATE ticks SET tick = 1, entry = (SELECT entry FROM ticks WHERE entry_index = 1),
    leaves = (SELECT leaves FROM ticks WHERE entry_index = 1) WHERE entry_index = 2"""


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE ticks SET tick = 9 WHERE entry_index = 2", "entry 2: columns say"),
        ("UPDATE ticks SET kind = 2 WHERE entry_index = 5", "entry 5: columns say"),
        ("DELETE FROM ticks WHERE entry_index = 2", "entry 2 is missing"),
        ("DELETE FROM ticks WHERE entry_index >= 4", "entry 4 is missing"),
        ("UPDATE ticks SET entry_index = 8 WHERE entry_index = 5", "entry 5 is missing"),
        ("UPDATE ticks SET leaves = (SELECT leaves FROM ticks WHERE entry_index = 1) WHERE entry_index = 2", "entry 2"),
        ("UPDATE ticks SET leaves = (SELECT leaves FROM ticks WHERE entry_index = 5) WHERE entry_index = 2", "entry 2"),
        ("UPDATE ticks SET entry = zeroblob(165) WHERE entry_index = 5", "entry 5"),
        (COPY_1_OVER_2, "entry 2 is not the one in the log"),
    ],
)  # fmt: skip
def test_rows_changed_moved_or_missing_are_named(path, sql, said):
    change(path, sql)
    with pytest.raises(errors.Corrupt, match=said):
        check(path, VKEY)


def test_flips_anywhere_in_the_database_are_found_or_change_nothing_that_is_read(path):
    """Some bytes of an SQLite file are unused; a flip there is not found, and nothing read differs."""

    def content():
        with Store.open(path, read_only=True) as store:
            return list(store.stored())

    good, expected = (path / DATABASE).read_bytes(), content()
    chance = random.Random(7)
    found = 0
    for _ in range(150):
        changed = bytearray(good)
        bit = chance.randrange(len(good) * 8)
        changed[bit // 8] ^= 1 << bit % 8
        (path / DATABASE).write_bytes(changed)
        try:
            check(path, VKEY)
        except (errors.Corrupt, errors.Refused, errors.Unavailable):
            found += 1
        else:
            assert content() == expected, f"bit {bit}"
    assert found
    (path / DATABASE).write_bytes(good)


def test_a_record_cut_back_whole_is_found_by_an_older_checkpoint(path, tmp_path):
    shutil.copytree(path, tmp_path / "earlier")
    with Store.open(path) as store:
        store.seal(SIGNER)
        kept = store.seals.signed()
    assert check(path, VKEY, kept).since_size == 6
    assert check(tmp_path / "earlier", VKEY).checkpoint_size == 5
    with pytest.raises(errors.Corrupt, match="entries were cut off"):
        check(tmp_path / "earlier", VKEY, kept)


def test_checking_needs_no_numba_and_no_numpy():
    import subprocess
    import sys

    code = "import sys, skykeep.station.verify; sys.exit('numba' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0
