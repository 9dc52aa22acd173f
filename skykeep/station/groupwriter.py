"""The store's writing thread: all that waits is committed in one transaction, then acknowledged.

A failed commit is rolled back whole and its jobs stay first in the queue. Until `retry` nothing more is taken,
so nothing is lost silently: what was not acknowledged is still here, and whoever appends is told.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from skykeep import errors

WAITING_JOBS_MAX = 1024
WAITING_BYTES_MAX = 64 << 20


class Job(NamedTuple):
    """One write: SQL and its arguments; `n_entries` is 1 for a tick and 0 for anything else."""

    sql: str
    arguments: tuple[object, ...]
    n_bytes: int
    n_entries: int


class GroupWriter:
    """Owns the one connection that writes."""

    def __init__(self, db: sqlite3.Connection, where: Path, *, durable: int, on_durable: Callable[[int], None]) -> None:
        """`durable`: entries already there. `on_durable` is called on the writing thread with the new count."""
        self._db = db
        self._where = where
        self._on_durable = on_durable
        self._durable = durable
        self._waiting: deque[Job] = deque()
        self._waiting_bytes = 0
        self._committing = False
        self._closing = False
        self._failure: errors.Unavailable | None = None
        self._can_retry = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"store {where}", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Queue a write; waits while the queue is full; Unavailable if writing fails."""
        with self._changed:
            self._changed.wait_for(lambda: self._failure is not None or self._closing or self._has_room())
            self._require_writing()
            self._waiting.append(job)
            self._waiting_bytes += job.n_bytes
            self._changed.notify_all()

    def durable(self) -> int:
        """Entries that survive a crash."""
        return self._durable

    def wait(self, condition: Callable[[], bool], timeout_s: float | None) -> bool:
        """Wait until `condition` holds; False after the timeout; Unavailable if writing fails meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: condition() or self._failure is not None, timeout_s)
            if condition():
                return True
            self._require_writing()
            return False

    def flush(self) -> None:
        """Wait until everything queued so far is durable."""
        self.wait(lambda: not self._waiting and not self._committing, None)

    def retry(self) -> None:
        """Try again what a full disk held up; call it when there is room."""
        with self._changed:
            if self._failure is not None and not self._can_retry:
                raise self._failure
            self._failure = None
            self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """The connection, for a transaction of the caller's own, while the thread stands still."""
        with self._changed:
            self._changed.wait_for(lambda: self._failure is not None or not (self._waiting or self._committing))
            self._require_writing()
            try:
                yield self._db
            except sqlite3.OperationalError as error:
                raise _unavailable(error, self._where, self._durable) from error
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def close(self) -> None:
        """Commit what waits, then end the thread and the connection; Unavailable if something could not be written."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._db.close()
        if self._waiting and self._failure is not None:
            raise self._failure

    def _has_room(self) -> bool:
        return len(self._waiting) < WAITING_JOBS_MAX and self._waiting_bytes < WAITING_BYTES_MAX

    def _require_writing(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._closing:
            raise errors.Unavailable(f"{self._where}: this store was closed; open it again")

    def _run(self) -> None:
        try:
            while self._next_group():
                pass
        finally:
            with self._changed:
                if not self._closing:  # `on_durable` raised: a mistake of ours, which must not look like silence
                    self._failure = errors.Unavailable(f"{self._where}: the writing thread ended; open it again")
                    self._can_retry = False
                self._changed.notify_all()

    def _next_group(self) -> bool:
        """Wait for work and commit it all; False when the store closes."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing or (bool(self._waiting) and self._failure is None))
            if not self._waiting or self._failure is not None:
                return False
            group = list(self._waiting)
            self._committing = True
        try:
            self._commit(group)
        except sqlite3.Error as error:
            self._fail(error)
        else:
            self._acknowledge(group)
        return True

    def _commit(self, group: list[Job]) -> None:
        """One transaction; it returns after the disk says that the bytes are there."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for job in group:
                self._db.execute(job.sql, job.arguments)
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _fail(self, error: sqlite3.Error) -> None:
        with self._changed:
            self._committing = False
            self._failure = _unavailable(error, self._where, self._durable)
            self._can_retry = getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED
            self._changed.notify_all()

    def _acknowledge(self, group: list[Job]) -> None:
        with self._changed:
            for job in group:
                self._waiting.popleft()
                self._waiting_bytes -= job.n_bytes
            n_entries = sum(job.n_entries for job in group)
            self._durable += n_entries
            self._committing = False
            self._changed.notify_all()
        if n_entries:
            self._on_durable(self._durable)


_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
"""After these trying again helps nobody; a full, busy or failing disk may come round."""


def _unavailable(error: sqlite3.Error, where: Path, durable: int) -> errors.Unavailable:
    kept = f"the {durable} entries acknowledged so far are safe, later ones wait in memory"
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return errors.Unavailable(f"{where}: the disk is full; {kept}: free some space, then retry")
    return errors.Unavailable(
        f"{where}: cannot write ({error}); {kept}: check the disk, then retry, or open the store again"
    )
