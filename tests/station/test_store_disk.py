"""A full disk and a disk one may not write, on small file systems of our own."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys

import pytest

from skykeep import errors
from skykeep.ledger import note
from skykeep.ledger.tick import Leaf
from skykeep.station.database import DATABASE
from skykeep.station.store import Store
from skykeep.station.verify import check

SIGNER = note.Signer.from_seed("example.org/station", bytes(range(32)))
CHANCE = random.Random(1)


def remount(place, options):
    subprocess.run(["mount", "-o", f"remount,{options}", place], check=True)


@pytest.fixture
def small(tmp_path):
    """A file system of 1 MiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small file system to fill")
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a tmpfs here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def append(store):
    i = store.entries_count
    store.append(1, i, i, [Leaf(3, CHANCE.randbytes(3_000))], bytes(32), bytes(32))


def fill_up(store):
    """Append until the disk is full; gives what is said then."""
    try:
        for _ in range(2_000):
            append(store)
            store.wait_durable(store.entries_count)
    except errors.Unavailable as error:
        return str(error)
    pytest.fail("a file system of 1 MiB held 6 MB")


@pytest.mark.requirement("RECORD-3")
def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(small):
    with Store.create(small / "record", meta={}) as store:
        room = store.space_left()
        assert 0 < room < 1 << 20
        said = fill_up(store)
        durable, taken = store.durable(), store.entries_count
        assert f"the disk is full; the {durable} entries acknowledged so far are safe" in said
        assert "free some space, then retry" in said
        assert 0 < durable < taken
        assert store.space_left() < 64 << 10
        for refused in (
            lambda: append(store),
            lambda: store.wait_durable(taken),
            lambda: store.put_blob(b"x"),
            lambda: store.erase([]),
        ):
            with pytest.raises(errors.Unavailable, match="disk is full"):
                refused()
        assert store.entries_count == taken
        assert len(list(store.rows())) == durable
        store.retry()  # in vain: still full
        with pytest.raises(errors.Unavailable, match="disk is full"):
            store.wait_durable(taken)
        remount(small, "size=8m")
        store.retry()
        assert store.wait_durable(taken)
        append(store)
    assert check(small / "record").n_entries == taken + 1


def test_closing_on_a_full_disk_says_what_was_lost_and_keeps_what_was_acknowledged(small):
    store = Store.create(small / "record", meta={})
    fill_up(store)
    durable = store.durable()
    with pytest.raises(errors.Unavailable, match="disk is full"):
        store.close()
    assert check(small / "record").n_entries == durable
    remount(small, "size=8m")
    with Store.open(small / "record") as store:
        assert store.durable() == durable
        append(store)


def test_sealing_on_a_full_disk_keeps_the_old_checkpoint(small):
    with Store.create(small / "record", meta={}) as store:
        append(store)
        store.wait_durable(1)
        old = store.seal(SIGNER)
        for _ in range(20):
            append(store)
        store.wait_durable(21)
        ballast = small / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        with pytest.raises(errors.Unavailable, match="No space left"):
            store.seal(SIGNER)
        assert check(small / "record", SIGNER.verifier.vkey).checkpoint_size == old.size
        ballast.unlink()
        assert store.seal(SIGNER).size == 21
        assert check(small / "record", SIGNER.verifier.vkey).files_beyond == ()


def test_creating_on_a_full_disk_says_so(small):
    remount(small, "size=16k")
    with pytest.raises(errors.Unavailable):
        Store.create(small / "record", meta={})


def test_a_record_is_read_and_checked_where_nothing_may_be_written(small):
    with Store.create(small / "record", meta={}) as store:
        append(store)
        store.wait_durable(1)
        store.seal(SIGNER)
    for file in (small / "record").glob(f"{DATABASE}-*"):
        file.unlink()
    remount(small, "ro")
    with Store.open(small / "record", read_only=True) as store:
        assert len(list(store.rows())) == 1
    assert check(small / "record", SIGNER.verifier.vkey).n_entries == 1
    with pytest.raises(errors.Unavailable, match="may one write to it"):
        Store.open(small / "record")
    remount(small, "rw")


def test_commits_in_the_write_ahead_log_are_read_too_where_nothing_may_be_written(small, tmp_path):
    """A copy taken while the station ran: its last commits are in the write-ahead log only."""
    with Store.create(tmp_path / "record", meta={}) as store:
        for _ in range(5):
            append(store)
        store.wait_durable(5)
        (small / "copy").mkdir()
        for name in (DATABASE, f"{DATABASE}-wal"):
            shutil.copyfile(tmp_path / "record" / name, small / "copy" / name)
    remount(small, "ro")
    with Store.open(small / "copy", read_only=True) as store:
        assert [row.entry_index for row in store.rows()] == [0, 1, 2, 3, 4]
    assert check(small / "copy").n_entries == 5
    remount(small, "rw")


@pytest.mark.requirement("RECORD-3")
def test_a_disk_that_fails_for_a_moment_is_tried_again(tmp_path):
    def failing(_group):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
        raise error

    with Store.create(tmp_path / "record", meta={}) as store:
        append(store)
        assert store.wait_durable(1)
        writer = store._require_writer()
        commit, writer._commit = writer._commit, failing
        append(store)
        with pytest.raises(errors.Unavailable, match="cannot write"):
            store.wait_durable(2)
        writer._commit = commit
        store.retry()
        assert store.wait_durable(2)
