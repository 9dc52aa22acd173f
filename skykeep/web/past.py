"""The sky at a moment of the past, going on from there: folded from a keyframe and the record for one question.

What was known then is shown, and nothing that was learned later: which zones there were, which alarms, how they stood.
"""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Self

import msgspec

from skykeep.errors import Unavailable
from skykeep.facts.personal import Name, NameKind
from skykeep.station.link import Status
from skykeep.station.store import Store, TickRow
from skykeep.station.telling import Telling
from skykeep.views.live import Live, is_live
from skykeep.views.livechanges import At, Changes, Key
from skykeep.views.livelaw import PermitKept, PermitSaid, ZoneKept
from skykeep.web import keyframes
from skykeep.web.mirror import fold, iter_rows
from skykeep.web.viewsdb import decoded

BEGINNING = At(-1, 0, 0)


class Sky:
    """What was shown at a time; `forward` lets time pass. For one thread; `folded` counts the ticks that it took."""

    status: Status | None = None  # how sensors did is not in the record

    def __init__(self, record: Path, views: Path, t_ns: int) -> None:
        """Go to `t_ns`; raises Unavailable where the views cannot be read, Refused where there is no record."""
        self.folded = 0
        self.listens: Callable[[TickRow], object] | None = None  # gets each tick that is folded, with all its leaves
        self._met: dict[str, Name] = {}
        self._left: dict[Key, msgspec.Struct] = {}  # since the keyframe
        self._from = BEGINNING
        self._telling = Telling()
        with contextlib.ExitStack() as ending:
            self._db = ending.enter_context(contextlib.closing(_reading(views)))
            try:
                self.live = self._restored(t_ns)
            except (sqlite3.DatabaseError, zlib.error, ValueError) as error:
                raise Unavailable(f"{views}: {error}; the past cannot be shown until views are made again") from error
            store = ending.enter_context(Store.open(record, read_only=True))
            rows = ending.enter_context(contextlib.closing(iter_rows(store, self.live.at.entry_index + 1, None)))
            self._rows: Iterator[TickRow] = rows
            self._waiting = next(rows, None)
            for _ in self.forward(t_ns):
                pass
            self._ending = ending.pop_all()

    def close(self) -> None:
        self._ending.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def forward(self, t_ns: int) -> Iterator[Changes]:
        """Fold the ticks up to a time, and yield what each changed."""
        while self._waiting is not None and self._waiting.now_ns <= t_ns:
            if self.listens is not None:
                self.listens(self._waiting)
            changes = fold(self.live, self._telling.row(self._waiting))
            self._left |= {key: each for key, each in changes.objects.items() if not is_live(each)}
            self._met |= {name.pseudonym: name for name in changes.names}
            self._waiting = next(self._rows, None)
            self.folded += 1
            yield changes

    @property
    def is_over(self) -> bool:
        """Whether the record goes no further."""
        return self._waiting is None

    def names(self, pseudonyms: Iterable[str]) -> dict[str, Name]:
        """Return what pseudonyms stand for, as far as the record still says so."""
        found = ((each, self._met.get(each) or self._stored(each)) for each in pseudonyms)
        return {pseudonym: name for pseudonym, name in found if name is not None}

    def _stored(self, pseudonym: str) -> Name | None:
        row = self._db.execute("SELECT kind, value FROM names WHERE pseudonym = ?", (pseudonym,)).fetchone()
        if row is None:
            return None
        found = self._met[pseudonym] = Name(pseudonym, NameKind(row[0]), row[1])
        return found

    def _restored(self, t_ns: int) -> Live:
        live, found = Live(self._recalled), keyframes.before(self._db, t_ns)
        if found is None:
            return live
        self._from = found.at
        kept = self._db.execute("SELECT body FROM objects WHERE kind = 'zone' ORDER BY id").fetchall()
        zones = [each for (body,) in kept if isinstance(each := decoded("zone", body), ZoneKept)]
        objects = [(kind, decoded(kind, body)) for kind, body in found.frame.objects]
        objects += [("zone", each) for each in keyframes.zones_then(found.known.zones, zones)]
        objects += [("site", each) for each in found.known.sites]
        objects += [("sensor", each) for each in found.known.sensors]
        live.restore(objects, zlib.decompress(found.frame.positions), found.at)
        return live

    def know_permits(self) -> None:
        """Take in what was granted before the keyframe: only whoever shows permits pays for it.

        A permit is never changed. A revocation that came later counts only from its own time on, so all are taken.
        """
        law = self.live.law
        kept = self._db.execute("SELECT kind, body FROM objects WHERE kind IN ('permit', 'permit_said')").fetchall()
        for each in (decoded(kind, body) for kind, body in kept):
            if isinstance(each, PermitKept):
                if each.entry_index <= self._from.entry_index:
                    law.restore(each)
            elif isinstance(each, PermitSaid):
                folded = law.revoked.get(each.permit_id)
                if folded is None or folded.entry_index < each.entry_index:
                    law.restore(each)

    def _recalled(self, kind: str, object_id: str) -> msgspec.Struct | None:
        """Return an object that had left memory by then, as it was; None where it came later."""
        key = kind, object_id
        if key in self._left:
            return self._left[key]
        body = keyframes.body_at(self._db, self._from.entry_index, key)
        known = None if body is None else decoded(kind, body)
        return known if getattr(known, "entry_index", self._from.entry_index + 1) <= self._from.entry_index else None


def _reading(views: Path) -> sqlite3.Connection:
    try:
        db = sqlite3.connect(f"{views.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    except sqlite3.OperationalError as error:
        raise Unavailable(f"{views}: {error}; the past is shown as soon as there are views") from error
    db.isolation_level = None
    return db
