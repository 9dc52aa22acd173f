"""The browsers that officers subscribed to notifications; web and station share the file.

    DIR/subscriptions.db   who is told where: endpoint and keys as the browser gave them (W3C Push API), and the
                           station's public key

Whoever has an endpoint and its keys can send to that browser, so the file is its owner's alone.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.station import logahead
from skykeep.station.outlets import publicly

FILE = "subscriptions.db"
BUSY_S = 5.0
OF_ONE_PERSON_MAX = 10
ENDPOINT_MAX = 2_000
P256DH_BYTES, AUTH_BYTES = 65, 16  # RFC 8291, section 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS subscriptions (
    id TEXT PRIMARY KEY, person TEXT NOT NULL, endpoint TEXT NOT NULL, p256dh TEXT NOT NULL, auth TEXT NOT NULL,
    priority_max INTEGER NOT NULL, made_s INTEGER NOT NULL, server_key TEXT) STRICT;
CREATE TABLE IF NOT EXISTS station (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""
_PUBLIC_KEY = "SELECT value FROM station WHERE key = 'public_key'"
_OF_THAT_KEY = "UPDATE subscriptions SET server_key = (SELECT value FROM station WHERE key = 'public_key')"


class _Keys(msgspec.Struct, frozen=True):
    p256dh: str
    auth: str


class _Given(msgspec.Struct, frozen=True):
    endpoint: str
    keys: _Keys


class Subscription(NamedTuple):
    """One browser."""

    id: str
    person: str  # account name
    endpoint: str
    p256dh: str
    auth: str
    priority_max: int
    server_key: str | None  # that it subscribed with, and that alone may sign what it is sent


class Subscriptions:
    """The file, and what is asked of it; each question opens it anew, so that no thread owns it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as database:
            logahead.go_over(database, BUSY_S)  # station and web may begin at once
            database.executescript(_SCHEMA)
            database.execute("BEGIN IMMEDIATE")
            if not any(column[1] == "server_key" for column in database.execute("PRAGMA table_info(subscriptions)")):
                database.execute("ALTER TABLE subscriptions ADD COLUMN server_key TEXT")
                database.execute(_OF_THAT_KEY)

    def add(self, person: str, given: bytes, *, priority_max: int = 2) -> str:
        """Keep what a browser's `PushSubscription.toJSON()` gave, and return its id; the same browser is kept once.

        Raises Malformed where it is none, Refused where its endpoint is not https or the person has too many.
        """
        read, name = _read(given), name_of(given)
        row = name, person, read.endpoint, read.keys.p256dh, read.keys.auth, priority_max, int(time.time())
        with self._open() as database:
            ((others,),) = database.execute(
                "SELECT count(*) FROM subscriptions WHERE person = ? AND id <> ?", (person, name)
            ).fetchall()
            if others >= OF_ONE_PERSON_MAX:
                raise Refused(f"you have {others} devices that are told; take one away first")
            database.execute("INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", row)
            database.execute(f"{_OF_THAT_KEY} WHERE id = ?", (name,))
        return name

    def remove(self, subscription_id: str, *, person: str | None = None) -> bool:
        """Forget one browser, of this person where one is named; return whether it was there."""
        with self._open() as database:
            return bool(
                database.execute(
                    "DELETE FROM subscriptions WHERE id = ? AND (? IS NULL OR person = ?)",
                    (subscription_id, person, person),
                ).rowcount
            )

    def remove_person(self, person: str) -> int:
        """Forget all browsers of a person who was dismissed; return how many there were."""
        with self._open() as database:
            return database.execute("DELETE FROM subscriptions WHERE person = ?", (person,)).rowcount

    def all(self, person: str | None = None) -> list[Subscription]:
        """Return all browsers, or those of a person."""
        with self._open() as database:
            rows = database.execute(
                "SELECT id, person, endpoint, p256dh, auth, priority_max, server_key FROM subscriptions "
                "WHERE ? IS NULL OR person = ? ORDER BY made_s, id",
                (person, person),
            ).fetchall()
        return [Subscription(*row) for row in rows]

    def public_key(self) -> str | None:
        """Return the `applicationServerKey` that a browser subscribes with; None: Web Push is not switched on."""
        with self._open() as database:
            found = database.execute(_PUBLIC_KEY).fetchone()
        return None if found is None else str(found[0])

    def set_public_key(self, key: str | None, *older: str) -> None:
        """Say what browsers subscribe with from now on, and which keys still sign for those of before.

        Subscriptions with any other key are worth nothing and forgotten; None: Web Push is off, and they wait.
        """
        with self._open() as database:
            database.execute("DELETE FROM station WHERE key = 'public_key'")
            if key is not None:
                database.execute("INSERT INTO station VALUES ('public_key', ?)", (key,))
                database.execute(f"{_OF_THAT_KEY} WHERE server_key IS NULL")  # from before the first start
                held = json.dumps([key, *older])
                database.execute(
                    "DELETE FROM subscriptions WHERE server_key NOT IN (SELECT value FROM json_each(?))", (held,)
                )

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            with contextlib.closing(sqlite3.connect(self._path, timeout=BUSY_S)) as database, database:
                yield database
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(f"{self._path} cannot be used: {error}") from error


def name_of(given: bytes) -> str:
    """Return the id that a browser's subscription has here; raises as `add` does."""
    return hashlib.sha256(_read(given).endpoint.encode()).hexdigest()[:24]


def _read(given: bytes) -> _Given:
    try:
        read = msgspec.json.decode(given, type=_Given)
        url = httpx.URL(read.endpoint)
    except (msgspec.MsgspecError, UnicodeDecodeError, httpx.InvalidURL) as error:
        raise Malformed(f"no subscription of a browser: {error}") from error
    if len(read.endpoint) > ENDPOINT_MAX:
        raise Malformed(f"the endpoint has {len(read.endpoint)} characters; {ENDPOINT_MAX} are taken")
    publicly.check(url)
    point = unpadded(read.keys.p256dh)
    if len(point) != P256DH_BYTES or point[:1] != b"\x04" or len(unpadded(read.keys.auth)) != AUTH_BYTES:
        raise Malformed("the keys of a subscription are a point of P-256 (65 bytes) and 16 bytes, in base64url")
    return read


def unpadded(text: str) -> bytes:
    """Return the bytes of base64url without padding; raises Malformed."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not base64url") from error
