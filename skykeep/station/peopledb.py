"""The file of accounts, `people.db`: its tables, its two connections, its errors.

    persons      who there is, their powers, an Argon2id hash of the password
    sessions     signed-in browsers and devices, by the SHA-256 of their cookie
    tokens       for programs, by the SHA-256 of the token
    devices      phones enrolled by a code; a session of each is a row of `sessions`
    codes        what is used once: invitations to choose a password, enrolments of devices
    sensor_keys  by the SHA-256 of the key; two of one sensor may hold at once
    browsers     which have signed in before: others' wrong passwords do not lock these out
    failures     wrong passwords and codes of late, by the SHA-256 of what was named: it may be no account
    factors      the second factor of a password: the secret that a phone shares, and the step of its last code
    factor_offers, recovery_codes   what a factor begins with, and what one has when the phone is lost

All stands here as a hash only, but the secrets of second factors, which whoever checks a code must know. Times are Unix
nanoseconds (UTC). The file is readable by its owner only, and refused where it is not. SQLite in WAL mode,
`synchronous=FULL`: what a function returned from is on disk. The station process and the command line open it as well.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sqlite3
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from skykeep.errors import Corrupt, Refused, Unavailable
from skykeep.station import logahead

APPLICATION_ID = 0x534B5045  # "SKPE"
VERSION = 2
BUSY_S = 5.0  # how long a writer waits for another process that writes
SECRET_BYTES = 32  # 256 bits of each secret that is made here
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SECOND = """
CREATE TABLE factors (
    person TEXT PRIMARY KEY, secret BLOB NOT NULL, made_ns INTEGER NOT NULL, used_step INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE TABLE factor_offers (
    person TEXT PRIMARY KEY, secret BLOB NOT NULL, session TEXT NOT NULL, expires_ns INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE TABLE recovery_codes (secret BLOB PRIMARY KEY, person TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
_SCHEMA = f"""
BEGIN;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
CREATE TABLE persons (
    name TEXT PRIMARY KEY, roles TEXT NOT NULL, password TEXT, must_change INTEGER NOT NULL,
    issuer TEXT, subject TEXT, made_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL, dismissed_ns INTEGER,
    UNIQUE (issuer, subject)) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, secret BLOB NOT NULL UNIQUE, person TEXT NOT NULL, kind TEXT NOT NULL, device TEXT,
    roles TEXT, made_ns INTEGER NOT NULL, used_ns INTEGER NOT NULL, agent TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of ON sessions (person);
CREATE TABLE tokens (
    id TEXT PRIMARY KEY, secret BLOB NOT NULL UNIQUE, person TEXT NOT NULL, label TEXT NOT NULL, roles TEXT NOT NULL,
    made_ns INTEGER NOT NULL, expires_ns INTEGER NOT NULL, used_ns INTEGER) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_of ON tokens (person);
CREATE TABLE devices (
    id TEXT PRIMARY KEY, person TEXT NOT NULL, label TEXT NOT NULL, roles TEXT NOT NULL, made_by TEXT NOT NULL,
    made_ns INTEGER NOT NULL, enrolled_ns INTEGER, expires_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE codes (
    secret BLOB PRIMARY KEY, purpose TEXT NOT NULL, about TEXT NOT NULL, expires_ns INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE TABLE sensor_keys (
    id TEXT PRIMARY KEY, secret BLOB NOT NULL UNIQUE, sensor_id TEXT NOT NULL, made_ns INTEGER NOT NULL,
    expires_ns INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE browsers (
    secret BLOB PRIMARY KEY, person TEXT NOT NULL, made_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE failures (
    bucket BLOB PRIMARY KEY, count INTEGER NOT NULL, locks INTEGER NOT NULL, began_ns INTEGER NOT NULL,
    until_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;
{_SECOND}
COMMIT;
"""
_LATER = {2: _SECOND}
"""Version -> what it added to the one before."""


def secret(prefix: str) -> str:
    """Return a new secret of 256 bits; the prefix tells people and scanners of sources what it is."""
    return prefix + secrets.token_urlsafe(SECRET_BYTES)


def digest(text: str) -> bytes:
    """Return what stands for a secret in the file. 256 bits of chance need no slow hash and no salt."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def new_id() -> str:
    """Return what a row is called where people and the record speak of it."""
    return secrets.token_hex(6)


class PeopleDb:
    """One opened file. Any thread may use it; a reader never waits for a writer."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it; raises Refused where others may read it, Corrupt where it is none of ours."""
        self.path = path
        _own(path)
        with self._told():
            self._writer, self._reader = _connect(path), _connect(path)
            _prepare(self._writer, path)
        self._writing, self._reading = threading.RLock(), threading.Lock()

    def close(self) -> None:
        """Close both connections."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on disk when this ends, or none of it is done."""
        with self._told(), self._writing:
            if self._writer.in_transaction:  # a part of a greater one
                yield self._writer
                return
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a question finds, as it is durable."""
        with self._told(), self._reading:
            return self._reader.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """Return the first of what a question finds."""
        return next(iter(self.rows(sql, *values)), None)

    def version(self) -> int:
        """Return a number that changes whenever any process has changed the file."""
        found = self.row("PRAGMA data_version")
        return 0 if found is None else int(found[0])

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # of one row: who writes it knows what it means
        except sqlite3.OperationalError as error:
            raise Unavailable(f"{self.path}: {error}; is the disk there, and may we write to it?") from error
        except sqlite3.DatabaseError as error:
            raise Corrupt(f"{self.path}: {error}; put back a copy of it, or begin with a new one") from error


def forget_signed_in(path: Path) -> None:
    """Take out of a copy of the file what is signed in and what could: put back, it lets nobody in that was put out.

    Accounts, second factors, tokens, devices and sensor keys stay; what was withdrawn after the copy was made comes
    back with it.
    """
    db = PeopleDb(path)
    try:
        with db.writing() as writer:
            for table in ("sessions", "codes", "browsers", "failures", "factor_offers"):
                writer.execute(f"DELETE FROM {table}")  # noqa: S608  # names of our own
        db.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()


def _own(path: Path) -> None:
    """Make the file readable by its owner only; one that others may read is refused."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        mode = path.stat().st_mode
    except OSError as error:
        raise Unavailable(f"{path} cannot be opened: {error.strerror}; may we write to it?") from error
    if sys.platform != "win32" and mode & _OTHERS:
        raise Refused(f"{path} may be read by others than its owner; `chmod 600 {path}`, then let all people choose "
                      "new passwords")  # fmt: skip


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")
    db.execute("PRAGMA trusted_schema = OFF")
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables where there are none; two processes may come at once."""
    logahead.go_over(db, BUSY_S)
    # One question, so one state of the file: asked one after the other, what another process makes in between gave the
    # application of an empty file and the version of a made one.
    both = "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version"
    application, version = db.execute(both).fetchone()
    if (application, version) == (0, 0):
        try:
            db.executescript(_SCHEMA.replace("BEGIN;", "BEGIN IMMEDIATE;", 1))
        except sqlite3.OperationalError:  # the other one was first
            if db.in_transaction:
                db.execute("ROLLBACK")
            if db.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
                raise
    elif application != APPLICATION_ID:
        raise Corrupt(f"{path} is no file of accounts; name another one")
    elif version > VERSION:
        raise Refused(f"{path} was written by a newer Skykeep (its version is {version}); use that one")
    elif version < VERSION:
        _upgrade(db)


def _upgrade(db: sqlite3.Connection) -> None:
    """Bring a file of an older version up to this one; of two processes that come at once, one does it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        for later in range(version + 1, VERSION + 1):
            for statement in _LATER[later].split(";"):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
