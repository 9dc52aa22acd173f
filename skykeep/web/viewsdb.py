"""The database of views: what was folded from the record, so that a web process need not fold it all again.

    objects    one row an object, by kind and id: JSON of its struct, and what it is asked for by
    names      what pseudonyms stand for, as far as the record still says so
    meta       format, record, its first time, the cursor (next entry) with the time before it, where live tracks were
    keyframes  how everything stood, once a minute; and `earlier`: both for the past (`web.keyframes`)

Cursor and objects are written in one transaction, so that they always agree: whatever ends the process, what lies here
is the fold of the record up to the cursor, no more and no less. Nothing lies here alone: `skykeep rebuild` makes it
again, and a file that is damaged, of another record or of another version is begun anew.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import logging
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec

from skykeep.errors import Refused, Unavailable
from skykeep.facts.personal import Name, NameKind
from skykeep.station.filelock import FileLock
from skykeep.views.live import KINDS, At, Changes, Key, Live, is_live
from skykeep.views.livemodels import ActNow, AlarmNow, HealthNow, IncidentNow, PresenceNow, SightingNow, TrackNow
from skykeep.web import keyframes

_SHAPES = json.dumps(msgspec.json.schema_components(list(KINDS.values())), sort_keys=True)
FORMAT = f"skykeep views/5 {hashlib.sha256(_SHAPES.encode()).hexdigest()[:16]}"
"""With the shape of all that is kept: what another version kept in another shape is folded again, not guessed at."""
LIMIT_MAX = 500
NAMES_KEPT = 20_000
"""Names kept in memory, those asked for last."""
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE names (pseudonym TEXT PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL, entry_index INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE objects (
    kind TEXT NOT NULL, id TEXT NOT NULL, live INTEGER NOT NULL, began_ns INTEGER NOT NULL, t_ns INTEGER NOT NULL,
    state TEXT NOT NULL, person TEXT NOT NULL, subject TEXT NOT NULL, incident INTEGER, body BLOB NOT NULL,
    PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE INDEX by_time ON objects (kind, began_ns, id);
CREATE INDEX by_state ON objects (kind, state, began_ns, id);
CREATE INDEX by_incident ON objects (kind, incident, began_ns, id) WHERE incident IS NOT NULL;
CREATE INDEX alive ON objects (kind) WHERE live;
"""  # and that of keyframes
log = logging.getLogger("skykeep.web")
_encoder = msgspec.json.Encoder()
_decoders = {kind: msgspec.json.Decoder(model) for kind, model in KINDS.items()}
NOTHING = At(-1, 0, 0)
_MOST = 2**63 - 1  # that SQLite can hold


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a page is narrowed to; None: not by this."""

    state: str | None = None  # of an alarm, an incident; the worst verdict of a track; the action of an act
    live: bool | None = None
    since_ns: int | None = None  # it was still going on at or after this
    until_ns: int | None = None  # it began before this
    person: str | None = None  # pseudonym
    subject: str | None = None
    incident_id: int | None = None
    oldest_first: bool = False


NO_FILTERS = Filters()


class Page(NamedTuple):
    """Some objects in the order of their beginning, and where the next page begins; None: there is none."""

    items: list[Any]
    after: str | None


class ViewsDb:
    """One file, one writer, used on one thread."""

    def __init__(self, path: Path) -> None:
        """Open or make a file; Unavailable where the disk does not let us, Refused where another process has it."""
        self.path = path
        self._lock = locked(path)
        try:
            self._db = _opened(path)
        except Unavailable:
            self._lock.release()
            raise
        self._forget_all()

    def _forget_all(self) -> None:
        self._pending: dict[Key, msgspec.Struct | None] = {}  # None: removed
        self._new_names: dict[str, tuple[Name, int]] = {}
        self._names: dict[str, Name] = {}
        self._positions: bytes | None = None
        self._dirty = False
        self.durable = True  # False: what was taken may be lost by the station, and is not written before it is safe
        self.at = self._stored_at()
        self._keyframe_ns = keyframes.last_ns(self._db)
        self._first_ns = int(self._meta("first_ns") or 0)

    def close(self) -> None:
        self._db.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The record it is made of

    @property
    def cursor(self) -> int:
        """The next entry of the record, as far as what was taken goes; `at` is the one before it."""
        return self.at.entry_index + 1

    def require_of(self, record_id: str) -> None:
        """Begin anew unless what lies here was made of this record."""
        if self._meta("record_id") not in {None, record_id.encode()}:
            self.begin_anew()
        with self._transaction():
            self._put_meta("record_id", record_id.encode())

    def reload(self) -> None:
        """Go back to what was flushed last: what was taken since is not what the record holds."""
        self._forget_all()

    def renew(self) -> None:
        """Put a file away that is damaged, and begin a new one."""
        self._db.close()
        remove(self.path)
        self._db = _opened(self.path)
        self._forget_all()

    def begin_anew(self) -> None:
        """Forget everything: the next tick is the record's first."""
        with self._transaction():
            for table in ("objects", "names", "meta", *keyframes.TABLES):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
            self._put_meta("format", FORMAT.encode())
        self._forget_all()

    def live(self) -> Live:
        """Return the view as it was stored last, ready for the tick at the cursor.

        Where that cannot be read, everything begins anew: the next tick is the record's first.
        """
        try:
            return self._restored()
        except (sqlite3.DatabaseError, zlib.error, ValueError) as error:
            log.warning("%s cannot be read (%s): views are made anew from the record", self.path, error)
            self.begin_anew()
            return self._restored()

    def _restored(self) -> Live:
        view = Live(self.recall)
        rows = self._db.execute("SELECT kind, body FROM objects WHERE live ORDER BY kind, id").fetchall()
        kept = [(kind, decoded(kind, body)) for kind, body in rows]
        positions = self._meta("positions")
        view.restore(kept, b"" if positions is None else zlib.decompress(positions), self.at)
        return view

    # Writing

    def take(self, changes: Changes) -> None:
        """Note what a tick changed; it is written with the next `flush`."""
        for key in changes.removed:
            self._pending[key] = None
        self._pending.update(changes.objects)
        for name in changes.names:
            self._new_names[name.pseudonym] = name, changes.at.entry_index
            self._names[name.pseudonym] = name
        self.at, self._dirty = changes.at, True
        self._first_ns = self._first_ns or changes.at.now_ns

    def flush(self, view: Live) -> None:
        """Write all that was taken, and the cursor, in one transaction; nothing while it is not `durable`.

        Raises Unavailable where the disk does not let us; nothing was written then, and the next call tries again.
        """
        if not self._dirty or not self.durable:
            return
        gone = [key for key, kept in self._pending.items() if kept is None]
        rows = [_row(key, kept) for key, kept in self._pending.items() if kept is not None]
        names = [(name.pseudonym, name.kind.value, name.value, entry) for name, entry in self._new_names.values()]
        with self._transaction():
            keyframes.keep(self._db, self.at.entry_index, self._pending)
            self._db.executemany("DELETE FROM objects WHERE kind = ? AND id = ?", gone)
            self._db.executemany("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            self._db.executemany("INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?)", names)
            positions = zlib.compress(view.tracks.positions.to_bytes(), 1)
            self._put_meta("positions", positions)
            self._put_meta("at", _encoder.encode(self.at))
            self._put_meta("first_ns", str(self._first_ns).encode())
            is_due = self._keyframe_ns is None or self.at.now_ns >= self._keyframe_ns + keyframes.EACH_NS
            if is_due:
                keyframes.put(self._db, self.at, view.law, positions)
        if is_due:
            self._keyframe_ns = self.at.now_ns
        self._pending.clear()
        self._new_names.clear()
        self._dirty = False
        while len(self._names) > NAMES_KEPT:
            del self._names[next(iter(self._names))]

    # Reading

    def recall(self, kind: str, object_id: str) -> msgspec.Struct | None:
        """Return an object as it was changed last; None where there is none."""
        key = kind, object_id
        if key in self._pending:
            return self._pending[key]
        found = self._db.execute("SELECT body FROM objects WHERE kind = ? AND id = ?", key).fetchone()
        return None if found is None else decoded(kind, found[0])

    def page(self, kind: str, after: str | None = None, limit: int = 50, filters: Filters = NO_FILTERS) -> Page:
        """Return objects by their beginning, the newest first unless filters say otherwise, as they were flushed last.

        `after` is what the page before gave; raises Refused where it is none of ours, or the kind is not known.
        """
        if kind not in KINDS:
            raise Refused(f"there are no objects of kind {kind!r}: ask for one of {', '.join(KINDS)}")
        limit = max(1, min(limit, LIMIT_MAX))
        where, values = _narrowed(kind, after, filters)
        order = "ASC" if filters.oldest_first else "DESC"
        sql = f"SELECT began_ns, id, body FROM objects WHERE {where} ORDER BY began_ns {order}, id {order} LIMIT ?"  # noqa: S608 - made of our own words
        rows = self._db.execute(sql, (*values, limit + 1)).fetchall()
        items = [decoded(kind, body) for _, _, body in rows[:limit]]
        more = len(rows) > limit
        return Page(items, _token(rows[limit - 1][0], rows[limit - 1][1]) if more else None)

    def count(self, kind: str, filters: Filters = NO_FILTERS) -> int:
        """Return how many objects a page without a limit would have."""
        where, values = _narrowed(kind, None, filters)
        (found,) = self._db.execute(f"SELECT count(*) FROM objects WHERE {where}", values).fetchone()  # noqa: S608 - made of our own words
        return int(found)

    def begun_ns(self, kind: str) -> list[int]:
        """Return when each object of a kind began, as flushed last; what became part of another is left out."""
        rows = self._db.execute("SELECT began_ns FROM objects WHERE kind = ? AND state != 'merged'", (kind,))
        return [int(began_ns) for (began_ns,) in rows]

    def first_ns(self) -> int | None:
        """Return when the record begins; None: nothing was taken of it that has a time."""
        return self._first_ns or None

    @property
    def objects_count(self) -> int:
        """How many objects there are of all kinds, as they were flushed last."""
        (found,) = self._db.execute("SELECT count(*) FROM objects").fetchone()
        return int(found)

    def names(self, pseudonyms: Iterable[str]) -> dict[str, Name]:
        """Return what pseudonyms stand for; those that were erased, or never were, are missing."""
        found: dict[str, Name] = {}
        for each in pseudonyms:
            known = self._names.get(each) or self._stored_name(each)
            if known is not None:
                found[each] = self._names[each] = known
        return found

    def pseudonym(self, kind: NameKind, value: str) -> str | None:
        """Return what stands in the record for a value, as it was flushed last; None where no name says it."""
        row = self._db.execute(
            "SELECT pseudonym FROM names WHERE kind = ? AND value = ?", (kind.value, value)
        ).fetchone()
        return None if row is None else str(row[0])

    def _stored_name(self, pseudonym: str) -> Name | None:
        row = self._db.execute("SELECT kind, value FROM names WHERE pseudonym = ?", (pseudonym,)).fetchone()
        return None if row is None else Name(pseudonym, NameKind(row[0]), row[1])

    def name_entries(self) -> list[tuple[int, str]]:
        """Return (entry index, pseudonym) of each name that is stored: where the record says, or said, it."""
        rows = self._db.execute("SELECT entry_index, pseudonym FROM names ORDER BY entry_index, pseudonym")
        return [(int(entry_index), str(pseudonym)) for entry_index, pseudonym in rows]

    def forget(self, pseudonyms: Iterable[str]) -> None:
        """Destroy names that were erased from the record."""
        gone = list(pseudonyms)
        for each in gone:
            self._names.pop(each, None)
            self._new_names.pop(each, None)
        with self._transaction():
            self._db.executemany("DELETE FROM names WHERE pseudonym = ?", [(each,) for each in gone])
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def dump(self) -> Iterator[tuple[object, ...]]:
        """Yield all that is stored, in an order that depends on nothing else: two are the same if their dumps are.

        Less keyframes: when they are made depends on when it was flushed, and any of them leads to the same past.
        """
        for table, key in (("meta", "key"), ("names", "pseudonym"), ("objects", "kind, id")):
            for row in self._db.execute(f"SELECT * FROM {table} ORDER BY {key}"):  # noqa: S608 - our own table names
                yield (table, *row)

    # SQLite

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise Unavailable(f"{self.path}: {error}; views are not kept: check the disk") from error
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _meta(self, key: str) -> bytes | None:
        found = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else bytes(found[0])

    def _put_meta(self, key: str, value: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def _stored_at(self) -> At:
        kept = self._meta("at")
        try:
            return NOTHING if kept is None else At(*msgspec.json.decode(kept, type=tuple[int, int, int]))
        except msgspec.MsgspecError as error:
            log.warning("%s: the place in the record cannot be read (%s): views are made anew", self.path, error)
            self.begin_anew()
            return NOTHING


def locked(path: Path) -> FileLock:
    """Return the lock of whoever writes a database of views."""
    return FileLock(path.with_name(f"{path.name}.lock"))


def _opened(path: Path) -> sqlite3.Connection:
    """Return a connection to a file of ours; one that is damaged or of another version is put aside for a new one."""
    try:
        db = _connected(path)
        if db is None:
            remove(path)
            db = _connected(path)
    except (sqlite3.OperationalError, OSError) as error:
        raise Unavailable(f"{path}: {error}; views cannot be kept there: check the disk and who may write") from error
    if db is None:
        raise Unavailable(f"{path}: a new database is no database; check the disk")
    return db


def remove(path: Path) -> None:
    """Take a database of views away, with what SQLite keeps beside it."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def _connected(path: Path) -> sqlite3.Connection | None:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = ON")
        if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            db.executescript(f"BEGIN;{_SCHEMA}{keyframes.SCHEMA}COMMIT;")
            db.execute("INSERT INTO meta VALUES ('format', ?)", (FORMAT.encode(),))
        found = db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        sound = db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except sqlite3.DatabaseError as error:
        db.close()
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        return None
    if found == (FORMAT.encode(),) and sound:
        path.chmod(0o600)
        return db
    db.close()
    return None


def decoded(kind: str, body: bytes) -> msgspec.Struct:
    """Return an object as it was stored; sqlite3.DatabaseError, as of any damage, where it cannot be read."""
    try:
        return _decoders[kind].decode(body)
    except (msgspec.MsgspecError, KeyError, UnicodeDecodeError) as error:
        raise sqlite3.DatabaseError(f"an object of kind {kind!r} cannot be read: {error}") from error


def _row(key: Key, kept: msgspec.Struct) -> tuple[object, ...]:
    kind, object_id = key
    began_ns, t_ns, state, person, subject, incident = _asked_by(kept)
    live = int(is_live(kept))
    return kind, object_id, live, began_ns, t_ns, state, person, subject, incident, _encoder.encode(kept)


def _asked_by(kept: msgspec.Struct) -> tuple[int, int, str, str, str, int | None]:
    """Return what an object is asked for by: begin, end so far, state, person, subject, incident."""
    if isinstance(kept, TrackNow):
        ended_ns = kept.t_ns if kept.lost_ns is None else kept.lost_ns
        return kept.began_ns, ended_ns, "" if kept.worst is None else kept.worst.verdict, "", "", None
    if isinstance(kept, AlarmNow):
        return kept.began_ns, kept.t_ns, kept.state, "", f"track:{kept.track_id}", kept.incident_id
    if isinstance(kept, IncidentNow):
        return kept.opened_ns, kept.t_ns, kept.state, kept.holder or "", kept.about, kept.incident_id
    if isinstance(kept, ActNow):
        return kept.t_ns, kept.t_ns, kept.action, kept.person, kept.subject, kept.incident_id
    if isinstance(kept, SightingNow):
        return kept.t_ns, kept.t_ns, "", "", "", None
    if isinstance(kept, PresenceNow):
        return kept.began_ns, kept.t_ns, "holds" if kept.holds else "over", "", "", None
    if isinstance(kept, HealthNow):
        return kept.since_ns, kept.since_ns, "well" if kept.well else "ill", "", kept.subject, None
    return 0, 0, "", "", "", None


def _narrowed(kind: str, after: str | None, filters: Filters) -> tuple[str, tuple[object, ...]]:
    asked = [("kind = ?", kind)]
    more: list[tuple[str, object | None]] = [
        ("state = ?", filters.state),
        ("live = ?", None if filters.live is None else int(filters.live)),
        ("(t_ns >= ? OR live)", filters.since_ns),
        ("began_ns < ?", filters.until_ns),
        ("person = ?", filters.person),
        ("subject = ?", filters.subject),
        ("incident = ?", filters.incident_id),
    ]
    given = [*asked, *((sql, value) for sql, value in more if value is not None)]
    where = " AND ".join(sql for sql, _ in given)
    values = [max(-_MOST, min(value, _MOST)) if isinstance(value, int) else value for _, value in given]
    if after is not None:
        where += f" AND (began_ns, id) {'>' if filters.oldest_first else '<'} (?, ?)"
        values += _place(after)
    return where, tuple(values)


def _token(began_ns: int, object_id: str) -> str:
    return base64.urlsafe_b64encode(f"{began_ns} {object_id}".encode()).decode().rstrip("=")


def _place(token: str) -> tuple[int, str]:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        began, _, object_id = text.partition(" ")
        return max(-_MOST, min(int(began), _MOST)), object_id
    except (binascii.Error, ValueError) as error:
        raise Refused(f"page {token!r} is none that was given: begin at the first page") from error
