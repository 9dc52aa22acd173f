"""Frames of the sky in rows: what changed since the frame before, or all that is shown, from one fold of facts.

    took(changes)    a tick was folded
    due(now_ns)      whether anything is to be told
    next(now_ns)     what changed since the last `next`
    whole(now_ns)    all that is shown

The live stream and the replay of the past are made of these, so that both have the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from skykeep.station.link import Status
from skykeep.views.live import Changes, Live
from skykeep.views.livecases import NORMAL
from skykeep.views.livelaw import ZoneKept, ZoneSaid
from skykeep.views.livemodels import TrackNow
from skykeep.web import lawstate, streamrows

NEVER_NS = 2**63 - 1
STATUS_EACH_NS = 1_000_000_000
SHOWN = frozenset({"track", "presence", "alarm", "incident", "health"})
Lists = dict[str, list[Any]]


class Source(Protocol):
    """What frames are made of."""

    @property
    def live(self) -> Live: ...
    @property
    def status(self) -> Status | None:
        """How the station does; None: it does not say, or it is long ago."""


class Parts(NamedTuple):
    """One frame, by who may see what."""

    law: Lists  # everybody
    watch: Lists  # whoever may see tracks
    bare: Lists  # what has personal values in it, as pseudonyms
    named: Lists  # the same, as it is called; of these two a looker gets one


class Frames:
    """The frames of one source, one after another."""

    def __init__(self, source: Source, names: streamrows.Names) -> None:
        self._source, self._names = source, names
        self.begin()

    def begin(self) -> None:
        """Begin again: nothing was shown yet."""
        self._moved: dict[int, None] = {}
        self._gone: dict[int, None] = {}
        self._overdue: dict[int, None] = {}  # told as gone by the clock, before a tick says so
        self._changed: dict[str, dict[str, Any]] = {}
        self._zones_shown: dict[tuple[str, int], streamrows.Row] = {}
        self._zones_touched: dict[str, None] = dict.fromkeys(self._source.live.law.zones)
        self._zones_due_ns: dict[str, int] = {}  # when each stands otherwise by itself
        self._zone_due_ns = NEVER_NS  # the soonest of these
        self._status_ns = 0

    def took(self, changes: Changes) -> None:
        """Note what a tick changed."""
        for (kind, object_id), changed in changes.objects.items():
            if kind in SHOWN:
                self._changed.setdefault(kind, {})[object_id] = changed
            elif isinstance(changed, ZoneKept):
                self._zones_touched[changed.fact.zone_id] = None
            elif isinstance(changed, ZoneSaid):
                self._zones_touched[changed.zone_id] = None
        for track_id in streamrows.ids_of(changes.moved):
            self._moved[track_id] = None
            self._gone.pop(track_id, None)
        for track_id in changes.gone:
            self._gone[track_id] = None
            self._moved.pop(track_id, None)

    def due(self, now_ns: int) -> bool:
        """Let time pass; whether anything is to be told."""
        overdue = dict.fromkeys(self._source.live.tracks.overdue(now_ns))
        self._gone |= dict.fromkeys(each for each in overdue if each not in self._overdue)
        self._overdue = overdue
        return bool(self._moved or self._gone or self._changed or self._zones_touched or now_ns >= self._zone_due_ns)

    def next(self, now_ns: int) -> Parts:
        """Return what changed since the last time; lists that would be empty are left out."""
        live = self._source.live
        tracks = [each for each in self._moved if each in live.tracks.live]
        objects = {kind: list(each.values()) for kind, each in self._changed.items()}
        positions = live.tracks.positions.rows(tracks)
        objects["left"] = self._left(objects)
        watch: Lists = {"tracks": streamrows.tracks(positions), "gone": list(self._gone)}
        watch |= _rows(objects) | self._status(now_ns)
        self._moved, self._gone, self._changed = {}, {}, {}
        bare, named = self._both(objects)
        return Parts(self._zones(now_ns), _filled(watch), _filled(bare), _filled(named))

    def whole(self, now_ns: int) -> Parts:
        """Return all that is shown, each list, also where it is empty."""
        live, status = self._source.live, self._source.status
        overdue = live.tracks.overdue(now_ns)
        shown = [each for each in live.tracks.live if each not in overdue]
        objects: Lists = {
            "track": [live.tracks.live[each] for each in shown],
            "presence": list(live.tracks.presences.values()),
            "alarm": list(live.cases.alarms.values()),
            "incident": list(live.cases.incidents.values()),
            "health": list(live.cases.health.values()),
            "left": _last(live, sorted(_alarmed(live) - set(shown))),
        }
        watch = {"tracks": streamrows.tracks(live.tracks.positions.rows(shown))} | _rows(objects)
        if status is not None:
            watch["sensors"] = streamrows.sensors(status)
        zones = [streamrows.zone(each) for each in lawstate.standing(live.law, now_ns)]
        return Parts({"zones": zones}, watch, *self._both(objects))

    def _left(self, objects: Lists) -> list[TrackNow]:
        """Return the flights that are followed no longer, as they were last, where an alarm about them stands still."""
        told = {*self._gone, *(each.track_id for each in objects.get("alarm", ()))}
        if not told:
            return []
        live, gone = self._source.live, self._gone
        left = [each for each in told & _alarmed(live) if each in gone or each not in live.tracks.live]
        return _last(live, sorted(left))

    def _both(self, objects: Lists) -> tuple[Lists, Lists]:
        return _named(objects, None), _named(objects, self._names)

    def _zones(self, now_ns: int) -> Lists:
        """Return the zones that stand otherwise than they were shown last."""
        if now_ns >= self._zone_due_ns:
            self._zones_touched |= dict.fromkeys(each for each, due in self._zones_due_ns.items() if due <= now_ns)
        if not self._zones_touched:
            return {}
        law, rows = self._source.live.law, []
        for zone_id in self._zones_touched:
            stands = lawstate.standing(law, now_ns, [zone_id])
            self._zones_due_ns[zone_id] = min((each.changes_ns or NEVER_NS for each in stands), default=NEVER_NS)
            for each in stands:
                row = streamrows.zone(each)
                if self._zones_shown.get((zone_id, each.version)) != row:
                    self._zones_shown[zone_id, each.version] = row
                    rows.append(row)
        self._zones_touched = {}
        self._zone_due_ns = min(self._zones_due_ns.values(), default=NEVER_NS)
        return {"zones": rows} if rows else {}

    def _status(self, now_ns: int) -> Lists:
        status = self._source.status
        if status is None or now_ns < self._status_ns + STATUS_EACH_NS:
            return {}
        self._status_ns = now_ns
        return {"sensors": streamrows.sensors(status)}


def _alarmed(live: Live) -> set[int]:
    """Return the flights that an alarm is about which stands, or which nobody has seen."""
    return {each.track_id for each in live.cases.alarms.values() if each.track_id is not None and each.state != NORMAL}


def _last(live: Live, track_ids: Iterable[int]) -> list[TrackNow]:
    return [found for each in track_ids if (found := live.tracks.last(each)) is not None]


def _filled(lists: Lists) -> Lists:
    return {name: rows for name, rows in lists.items() if rows}


def _rows(objects: Lists) -> Lists:
    return {
        "health": [streamrows.health(each) for each in objects.get("health", ())],
        "presences": [streamrows.presence(each) for each in objects.get("presence", ())],
        "last": streamrows.last(objects.get("left", ())),
    }


def _followed(objects: Lists) -> Iterator[TrackNow]:
    yield from (each for each in objects.get("track", ()) if each.live)
    yield from objects.get("left", ())


def _named(objects: Lists, names: streamrows.Names | None) -> Lists:
    """Return rows with personal values in them: as they are called, or as pseudonyms where there are no names."""
    return {
        "about": [streamrows.about(each, names) for each in _followed(objects)],
        "alarms": [streamrows.alarm(each, names) for each in objects.get("alarm", ())],
        "incidents": [streamrows.incident(each, names) for each in objects.get("incident", ())],
    }
