"""What people are to be told and were told, on disk: a restart repeats nothing and loses nothing.

    DIR/outlets.db   incidents   how each was when it moved last, and who was told of it
                     waiting     messages that nobody has taken yet, a row a receiver
                     given_up    messages that nobody took in time: the newest are kept

A message and what it was decided by are written in one transaction. Calls may come from any thread.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from skykeep.errors import Unavailable
from skykeep.facts import codec
from skykeep.facts.concluded import IncidentMoved
from skykeep.station.outlets.calling import Known

FILE = "outlets.db"
INCIDENTS_MAX = 5_000
GIVEN_UP_MAX = 1_000
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS incidents (
    record TEXT, incident INTEGER, moved BLOB NOT NULL, told TEXT NOT NULL, PRIMARY KEY (record, incident)) STRICT;
CREATE TABLE IF NOT EXISTS ill (record TEXT, alarm INTEGER, told TEXT NOT NULL, PRIMARY KEY (record, alarm)) STRICT;
CREATE TABLE IF NOT EXISTS waiting (
    number INTEGER PRIMARY KEY, message TEXT NOT NULL, receiver TEXT NOT NULL, body BLOB NOT NULL,
    since REAL NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL, UNIQUE (message, receiver)) STRICT;
CREATE TABLE IF NOT EXISTS given_up (
    number INTEGER PRIMARY KEY, message TEXT NOT NULL, receiver TEXT NOT NULL, body BLOB NOT NULL, reason TEXT NOT NULL
) STRICT;
"""


class Waiting(NamedTuple):
    """One message to one receiver."""

    number: int
    message: str  # id of the notice
    receiver: str
    body: bytes  # the notice as JSON
    since_s: float  # Unix seconds
    tries: int


class Outbox:
    """The file, and what is asked of it."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._database = sqlite3.connect(path, check_same_thread=False)
            self._database.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(f"{path} cannot be opened, so nobody would be told of anything: {error}") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def known(self, record: str) -> dict[int, Known]:
        """Return what is known of the incidents of a record."""
        rows = self._all("SELECT incident, moved, told FROM incidents WHERE record = ?", record)
        found = {}
        for incident, moved, told in rows:
            fact = codec.decode_trusted(moved)
            if isinstance(fact, IncidentMoved):  # another version may have written another kind
                found[incident] = Known(fact, msgspec.json.decode(told, type=list[str]))
        return found

    def ill(self, record: str) -> dict[int, list[str]]:
        """Return the alarms of the watch that were told and are not over, and to whom."""
        rows = self._all("SELECT alarm, told FROM ill WHERE record = ?", record)
        return {alarm: msgspec.json.decode(told, type=list[str]) for alarm, told in rows}

    def put_incident(
        self, record: str, known: Known, message: str, body: bytes, to: Iterable[str], now_s: float
    ) -> None:
        """Keep how an incident is, and a message to each receiver, if any."""
        row = (
            record,
            known.moved.incident_id,
            codec.encode(known.moved),
            msgspec.json.encode(known.told).decode(),
        )
        with self._lock, self._database:
            self._database.execute("INSERT OR REPLACE INTO incidents VALUES (?, ?, ?, ?)", row)
            self._put(message, body, to, now_s)
            self._database.execute(
                "DELETE FROM incidents WHERE record = ? AND incident <= ?",
                (record, known.moved.incident_id - INCIDENTS_MAX),
            )

    def put_ill(
        self,
        record: str,
        alarm: int,
        told: list[str] | None,
        message: str,
        body: bytes,
        now_s: float,
        to: Iterable[str],
    ) -> None:
        """Keep who was told that the watch is ill (None: it is well again), and a message to each receiver."""
        with self._lock, self._database:
            if told is None:
                self._database.execute("DELETE FROM ill WHERE record = ? AND alarm = ?", (record, alarm))
            else:
                row = record, alarm, msgspec.json.encode(told).decode()
                self._database.execute("INSERT OR REPLACE INTO ill VALUES (?, ?, ?)", row)
            self._put(message, body, to, now_s)

    def _put(self, message: str, body: bytes, to: Iterable[str], now_s: float) -> None:
        rows = [(message, receiver, body, now_s, now_s) for receiver in to]
        self._database.executemany(
            "INSERT OR IGNORE INTO waiting (message, receiver, body, since, due, tries) VALUES (?, ?, ?, ?, ?, 0)", rows
        )

    def due(self, receiver: str, now_s: float) -> Waiting | None:
        """Return the message to a receiver that has waited longest and is to be tried now."""
        found = self._all(
            "SELECT number, message, receiver, body, since, tries FROM waiting WHERE receiver = ? AND due <= ? "
            "ORDER BY due, number LIMIT 1",
            receiver,
            now_s,
        )
        return Waiting(*found[0]) if found else None

    def next_s(self, receiver: str) -> float | None:
        """Return when the next message to a receiver is due, Unix seconds; None: none waits."""
        ((due,),) = self._all("SELECT min(due) FROM waiting WHERE receiver = ?", receiver)
        return due if due is None else float(due)

    def receivers(self) -> list[str]:
        """Return the receivers for whom something waits."""
        return [name for (name,) in self._all("SELECT DISTINCT receiver FROM waiting ORDER BY receiver")]

    def sent(self, number: int) -> None:
        """Forget a message that was taken."""
        with self._lock, self._database:
            self._database.execute("DELETE FROM waiting WHERE number = ?", (number,))

    def later(self, number: int, due_s: float) -> None:
        """Try a message again later."""
        with self._lock, self._database:
            self._database.execute("UPDATE waiting SET due = ?, tries = tries + 1 WHERE number = ?", (due_s, number))

    def give_up(self, number: int, reason: str) -> None:
        """Put a message aside that nobody took."""
        with self._lock, self._database:
            self._database.execute(
                "INSERT INTO given_up (message, receiver, body, reason) "
                "SELECT message, receiver, body, ? FROM waiting WHERE number = ?",
                (reason, number),
            )
            self._database.execute("DELETE FROM waiting WHERE number = ?", (number,))
            self._database.execute(
                "DELETE FROM given_up WHERE number <= (SELECT max(number) FROM given_up) - ?", (GIVEN_UP_MAX,)
            )

    def given_up(self) -> list[tuple[str, str, str]]:
        """Return message, receiver and reason of what was given up, the oldest first."""
        return [tuple(row) for row in self._all("SELECT message, receiver, reason FROM given_up ORDER BY number")]

    def _all(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(question, values).fetchall()
