"""Keyframes: how everything stood once a minute, so that any moment of the past is folded from the one before it.

They lie in the database of views, a row each, compressed: the objects that were live, what was declared and enacted by
then, and where the tracks were. What is declared is much and seldom changes: it is kept once each time that it did,
and keyframes name it by its digest. Of zones that is which versions were known and withdrawn; sites and sensors stand
there as they were, since each version takes the place of the one before. Like all that lies there they are made of the
record, and made again with it. Nothing personal is in them but pseudonyms.

`earlier` holds what an object that had left memory was like until more was said of it: the past asks for it as it was.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from skykeep.views.livechanges import At, Key
from skykeep.views.livelaw import Law, ZoneKept
from skykeep.views.livemodels import SensorNow, SiteNow

EACH_NS = 60_000_000_000
SCHEMA = """
CREATE TABLE keyframes (entry_index INTEGER PRIMARY KEY, tick INTEGER NOT NULL, now_ns INTEGER NOT NULL,
    law BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE laws (digest BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX keyframes_by_now ON keyframes (now_ns);
CREATE TABLE earlier (kind TEXT NOT NULL, id TEXT NOT NULL, until_entry INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (kind, id, until_entry)) WITHOUT ROWID;
"""
TABLES = ("keyframes", "laws", "earlier")
Zones = list[tuple[str, int, int | None]]  # id, version, when it was withdrawn
RECALLED = frozenset({"track", "presence", "alarm", "incident"})
_KEEP = "INSERT OR REPLACE INTO earlier SELECT kind, id, ?, body FROM objects WHERE kind = ? AND id = ? AND NOT live"
_EARLIER = "SELECT body FROM earlier WHERE kind = ? AND id = ? AND until_entry > ? ORDER BY until_entry LIMIT 1"
_BEFORE = (
    "SELECT entry_index, tick, now_ns, keyframes.body, laws.body FROM keyframes JOIN laws ON digest = law"
    " WHERE now_ns <= ? ORDER BY now_ns DESC, entry_index DESC LIMIT 1"
)
KINDS = ("track", "presence", "group", "pilot", "alarm", "incident", "health", "zone_said")
_LIVE = f"SELECT kind, body FROM objects WHERE live AND kind IN ({', '.join('?' * len(KINDS))}) ORDER BY kind, id"  # noqa: S608 - our own words

_FOUND_OUT: dict[str, Any] = {"entry_index": 0, "t_ns": 0, "bias": None, "late": 0}


class Keyframe(msgspec.Struct, frozen=True, array_like=True):
    """How everything stood after one entry."""

    objects: list[tuple[str, bytes]]  # kind, JSON
    positions: bytes


class Known(msgspec.Struct, frozen=True, array_like=True):
    """What was declared and enacted by then. Of sensors, without what the watch finds out of them all the time."""

    zones: Zones
    sites: list[SiteNow]
    sensors: list[SensorNow]


class Found(NamedTuple):
    """A keyframe, after which entry it is, and what was declared by then."""

    at: At
    frame: Keyframe
    known: Known


def last_ns(db: sqlite3.Connection) -> int | None:
    """Return the time of the last keyframe."""
    (found,) = db.execute("SELECT max(now_ns) FROM keyframes").fetchone()
    return None if found is None else int(found)


def put(db: sqlite3.Connection, at: At, law: Law, positions: bytes) -> None:
    """Add the keyframe of what was just stored; within the transaction that stored it."""
    objects = [(str(kind), bytes(body)) for kind, body in db.execute(_LIVE, KINDS)]
    zones = [
        (kept.fact.zone_id, kept.fact.version, kept.withdrawn_ns)
        for versions in law.zones.values()
        for kept in versions.values()
    ]
    sensors = [msgspec.structs.replace(each, **_FOUND_OUT) for each in law.sensors.values()]
    known = msgspec.msgpack.encode(Known(zones, list(law.sites.values()), sensors))
    digest = hashlib.sha256(known).digest()
    db.execute("INSERT OR IGNORE INTO laws VALUES (?, ?)", (digest, zlib.compress(known, 1)))
    body = zlib.compress(msgspec.msgpack.encode(Keyframe(objects, positions)), 1)
    db.execute("INSERT OR REPLACE INTO keyframes VALUES (?, ?, ?, ?, ?)", (*at, digest, body))


def keep(db: sqlite3.Connection, entry_index: int, keys: Iterable[Key]) -> None:
    """Keep what is about to be replaced and had left memory, as it was until this entry."""
    db.executemany(_KEEP, [(entry_index, *key) for key in keys if key[0] in RECALLED])


def body_at(db: sqlite3.Connection, entry_index: int, key: Key) -> bytes | None:
    """Return an object that was not live at an entry, as it was then, or was first after it; None: there is none."""
    row = db.execute(_EARLIER, (*key, entry_index)).fetchone()
    row = row or db.execute("SELECT body FROM objects WHERE kind = ? AND id = ?", key).fetchone()
    return None if row is None else bytes(row[0])


def before(db: sqlite3.Connection, t_ns: int) -> Found | None:
    """Return the last keyframe at or before a time; raises zlib.error or ValueError where it is damaged."""
    row = db.execute(_BEFORE, (t_ns,)).fetchone()
    if row is None:
        return None
    known = msgspec.msgpack.decode(zlib.decompress(row[4]), type=Known)
    return Found(At(*row[:3]), msgspec.msgpack.decode(zlib.decompress(row[3]), type=Keyframe), known)


def zones_then(then: Zones, kept: Iterable[ZoneKept]) -> list[ZoneKept]:
    """Return the versions of zones that were known then, as they stood then."""
    withdrawn_ns = {(zone_id, version): t_ns for zone_id, version, t_ns in then}
    return [
        ZoneKept(
            entry_index=each.entry_index,
            fact=each.fact,
            withdrawn_ns=withdrawn_ns[each.fact.zone_id, each.fact.version],
        )
        for each in kept
        if (each.fact.zone_id, each.fact.version) in withdrawn_ns
    ]
