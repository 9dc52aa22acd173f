"""SQLite's write-ahead log, for files that two processes may make at the same moment."""

from __future__ import annotations

import sqlite3
import time

_PRIMARY = 0xFF  # of an extended code: a file that another repairs is busy too (SQLITE_BUSY_RECOVERY)


def go_over(db: sqlite3.Connection, wait_s: float) -> None:
    """Go over to WAL. SQLite does not wait for another that goes over at the same time, whatever its timeout: we do."""
    until_s = time.monotonic() + wait_s
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                raise
        time.sleep(0.01)
