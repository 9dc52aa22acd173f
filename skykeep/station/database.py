"""The record's SQLite file: its tables, its connections, its errors.

    record.sqlite   ticks, snapshots, blobs, meta (WAL, synchronous=FULL, secure_delete=ON)

A connection that reads is opened for each use, so that readers share nothing, not even a thread.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from skykeep import errors
from skykeep.ledger import packed
from skykeep.ledger.entry import Entry
from skykeep.ledger.entry import parse as parse_entry
from skykeep.ledger.errors import LedgerError
from skykeep.ledger.tick import TickLeaves
from skykeep.ledger.tick import parse as parse_leaves

DATABASE = "record.sqlite"
UNFINISHED = "record.sqlite.new"  # a crash while it is made leaves this behind, and no record
FORMAT = "skykeep record/1"
APPLICATION_ID = 0x534B4552  # "SKER"
READER_WAIT_S = 5.0  # how long an erasure waits for readers of the write-ahead log
_ROWS_AT_ONCE = 32
_SCHEMA = f"""
BEGIN;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 1;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE ticks (
    entry_index INTEGER PRIMARY KEY, kind INTEGER NOT NULL, tick INTEGER NOT NULL,
    entry BLOB NOT NULL, leaves BLOB NOT NULL) STRICT;
CREATE TABLE snapshots (sha256 BLOB PRIMARY KEY, state BLOB NOT NULL) STRICT;
CREATE TABLE blobs (sha256 BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
"""
_ROW = "SELECT entry_index, kind, tick, entry, leaves FROM ticks"


class StoredTick(NamedTuple):
    """A row as it lies in the table; `entry` and `leaves` are not decoded."""

    entry_index: int
    kind: int
    tick: int
    entry: bytes
    leaves: bytes

    def decode(self) -> tuple[Entry, TickLeaves]:
        """Entry and leaves; Corrupt names the entry and the byte."""
        with corrupt_unless_good(f"{DATABASE}: entry {self.entry_index}"):
            return parse_entry(self.entry), parse_leaves(packed.unpack(self.leaves, beside=self.entry))


@contextlib.contextmanager
def corrupt_unless_good(where: str) -> Iterator[None]:
    """What the ledger finds wrong in our own record is Corrupt."""
    try:
        yield
    except LedgerError as error:
        raise errors.Corrupt(f"{where}: {error}") from error


@contextlib.contextmanager
def unavailable_on_io(path: Path) -> Iterator[None]:
    """What the disk and SQLite say about the record in `path`, as one of our families."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # our SQL is right, so the tables are not ours any more
            raise errors.Corrupt(f"{path / DATABASE}: {error}") from error
        raise errors.Unavailable(f"{path / DATABASE}: {error}; is the disk there, and may we read it?") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # a damaged name breaks SQLite's own message
        raise errors.Corrupt(f"{path / DATABASE}: {error}") from error
    except OSError as error:
        raise errors.Unavailable(f"{path}: {error}; nothing acknowledged is lost: check the disk, try again") from error


def make(path: Path, meta: Mapping[str, str]) -> None:
    """Make the file, whole or not at all: it gets its name when everything is in it and on disk."""
    for leftover in path.glob(f"{UNFINISHED}*"):
        leftover.unlink()
    with contextlib.closing(connect_writing(path, UNFINISHED)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(_SCHEMA)
        db.executemany("INSERT INTO meta VALUES (?, ?)", {**meta, "format": FORMAT}.items())
        db.execute("COMMIT")
    (path / UNFINISHED).replace(path / DATABASE)


def connect(uri: str) -> sqlite3.Connection:
    """A connection in autocommit; transactions are written out where they matter."""
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=READER_WAIT_S)


def connect_writing(path: Path, name: str = DATABASE) -> sqlite3.Connection:
    """A connection that writes; FULL makes each commit wait for the disk, in WAL too."""
    db = connect((path / name).absolute().as_uri())
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")
    return db


def reading_uri(path: Path, ending: contextlib.ExitStack) -> str:
    """How to read a record where we may not write.

    SQLite wants to make two files beside a WAL database, unless it is told that nobody writes. That may be said
    only when no commits wait in the write-ahead log; if some do (an unclean end), a private copy is read.
    """
    uri = shared_uri(path)
    try:
        with contextlib.closing(connect(uri)) as db:
            count(db)
    except sqlite3.OperationalError:
        wal = path / f"{DATABASE}-wal"
        if not wal.exists() or wal.stat().st_size == 0:
            return f"{uri}&immutable=1"
        copy = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="skykeep-")))
        for file in (path / DATABASE, wal):
            shutil.copyfile(file, copy / file.name)
        return shared_uri(copy)
    return uri


def shared_uri(path: Path) -> str:
    """How to read a record that may be being written."""
    return f"{(path / DATABASE).absolute().as_uri()}?mode=ro"


def count(db: sqlite3.Connection) -> int:
    """Entries, if none is missing before the last."""
    (last,) = db.execute("SELECT max(entry_index) FROM ticks").fetchone()
    return 0 if last is None else int(last) + 1


def fetch(db: sqlite3.Connection, entry_index: int) -> StoredTick:
    """One row; Refused if there is no such entry."""
    columns = db.execute(f"{_ROW} WHERE entry_index = ?", (entry_index,)).fetchone()
    if columns is None:
        raise errors.Refused(f"there is no durable entry {entry_index}")
    return StoredTick(*columns)


def erase(db: sqlite3.Connection, leaves: Iterable[tuple[int, Collection[int]]]) -> None:
    """Replace the packed leaves of some entries by what erasure leaves of them, in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    for entry_index, leaf_indices in leaves:
        row = fetch(db, entry_index)
        left = row.decode()[1].erase(leaf_indices)
        stored = packed.pack(left.to_bytes(), beside=row.entry)
        db.execute("UPDATE ticks SET leaves = ? WHERE entry_index = ?", (stored, entry_index))
    db.execute("COMMIT")


def fetch_all(db: sqlite3.Connection, start: int) -> Iterator[StoredTick]:
    """Rows from `start`, a few at a time: no transaction stays open between them to hold the writer up."""
    sql = f"{_ROW} WHERE entry_index >= ? ORDER BY entry_index LIMIT ?"
    while some := db.execute(sql, (start, _ROWS_AT_ONCE)).fetchall():
        yield from (StoredTick(*columns) for columns in some)
        start = some[-1][0] + 1
