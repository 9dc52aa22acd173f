"""Sensor keys: how a receiver proves which sensor it is; two may hold at once, so a key changes without a gap."""

from __future__ import annotations

import re
import threading
from typing import Any

import msgspec

from skykeep.errors import Refused
from skykeep.station.peopledb import PeopleDb, digest, new_id, secret

PREFIX = "sks_"
NS = 1_000_000_000
OVERLAP_S = 7 * 86_400.0  # how long the key before holds beside a new one
SENSOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_CACHED_MAX = 4096
_KEY = "SELECT id, sensor_id, made_ns, expires_ns FROM sensor_keys"


class SensorKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as an admin sees it: never the secret."""

    id: str
    sensor_id: str
    made_ns: int
    expires_ns: int | None  # None: until another one is made, or it is withdrawn


class SensorKeys:
    """The table of sensor keys, with what was asked of late at hand: frames may come by the thousand a second."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db
        self._known: dict[bytes, tuple[str, int | None]] = {}
        self._version = -1
        self._lock = threading.Lock()

    def make(self, sensor_id: str, now_ns: int, *, overlap_s: float = OVERLAP_S, key: str = "") -> tuple[str, str]:
        """Make a key; returns its id and the key, which nobody can read again.

        The one before holds `overlap_s` longer, any older one no more. `key`: one that `new()` made before.
        """
        self.require_name(sensor_id)
        made, key_id = key or self.new(), new_id()
        with self._db.writing() as db:
            sql = f"{_KEY} WHERE sensor_id = ? AND coalesce(expires_ns > ?, 1) ORDER BY expires_ns IS NULL DESC"
            held = db.execute(sql, (sensor_id, now_ns)).fetchall()
            until_ns = now_ns + int(overlap_s * NS)
            for at, (old_id, _, _, expires_ns) in enumerate(held):
                if at == 0 and overlap_s > 0:
                    ends_ns = until_ns if expires_ns is None else min(expires_ns, until_ns)
                    db.execute("UPDATE sensor_keys SET expires_ns = ? WHERE id = ?", (ends_ns, old_id))
                else:
                    db.execute("DELETE FROM sensor_keys WHERE id = ?", (old_id,))
            row = (key_id, digest(made), sensor_id, now_ns, None)
            db.execute("INSERT INTO sensor_keys VALUES (?, ?, ?, ?, ?)", row)
        return key_id, made

    @staticmethod
    def new() -> str:
        """Return a key that no sensor has yet."""
        return secret(PREFIX)

    @staticmethod
    def require_name(sensor_id: str) -> None:
        """Refuse what cannot name a sensor."""
        if not SENSOR.fullmatch(sensor_id):
            raise Refused(f"{sensor_id!r} cannot name a sensor: up to 64 letters, digits, dots, dashes, colons")

    def verify(self, key: str, now_ns: int) -> str | None:
        """Return whose key this is; None where it is none, or its time is over. Any thread may ask."""
        asked = digest(key)
        with self._lock:
            version = self._db.version()
            if version != self._version or len(self._known) > _CACHED_MAX:
                self._known.clear()
                self._version = version
            found = self._known.get(asked)
        if found is None:
            row = self._db.row("SELECT sensor_id, expires_ns FROM sensor_keys WHERE secret = ?", asked)
            if row is None:
                return None
            found = (row[0], row[1])
            with self._lock:
                if self._db.version() == version:
                    self._known[asked] = found
        sensor_id, expires_ns = found
        return sensor_id if expires_ns is None or now_ns < expires_ns else None

    def all(self) -> list[SensorKey]:
        """Return every key, by sensor."""
        return [_key(row) for row in self._db.rows(f"{_KEY} ORDER BY sensor_id, made_ns, id")]

    def withdraw(self, sensor_id: str) -> int:
        """End all keys of a sensor at once; returns how many."""
        with self._db.writing() as db:
            return db.execute("DELETE FROM sensor_keys WHERE sensor_id = ?", (sensor_id,)).rowcount


def _key(row: tuple[Any, ...]) -> SensorKey:
    key_id, sensor_id, made_ns, expires_ns = row
    return SensorKey(id=key_id, sensor_id=sensor_id, made_ns=made_ns, expires_ns=expires_ns)
