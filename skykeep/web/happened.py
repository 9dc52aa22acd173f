"""What happened between two moments of the past, in order: alarms, acts, verdicts, zones and runs of the station.

Folded from the same record as the replayed sky, so that a line of the log and a sign on the map are the same thing.
Each line says what was known then. Acts hold pseudonyms: whoever answers masks them by the power of whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from skykeep.views.livechanges import Changes
from skykeep.views.livelaw import ZoneKept, ZoneSaid
from skykeep.views.livemodels import AlarmActNow, AlarmNow, IncidentActNow, IncidentNow, RunNow, TrackNow
from skykeep.web import streamrows
from skykeep.web.past import Sky

STEP_MS = 1_000
TICKS_MAX = 1_000
LINES_MAX = 2_000
"""Of one answer, each, but that any answer goes on by a step at least."""
ZONES_AT_ONCE_MAX = 3
"""More zones in one tick are told as one line: a whole law was put in."""
NORMAL, OPEN, NO_RULE = "normal", "open", "no_rule"
BY_HAND = frozenset({"acknowledged", "shelved", "out_of_service"})
"""States of alarms that people bring about: their act is the line."""
MS = 1_000_000
Kind = Literal["alarm", "act", "incident", "verdict", "track", "zone", "run"]


class Happening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line; what its kind does not have is left out."""

    t_ms: int
    kind: Kind
    what: str  # state of an alarm or incident, deed, verdict; of a track "seen", "lost", "merged"
    alarm_id: int | None = None
    incident_id: int | None = None
    track_id: int | None = None
    name: str | None = None  # what the track called itself, masked; "": it was erased
    reason: str = ""  # of the alarm, of the incident
    priority: int | None = None
    clause: str = ""
    zone_id: str | None = None
    count: int | None = None  # of zones, where they are told together
    since_ms: int | None = None  # of a run: the record said nothing from then on
    act: AlarmActNow | IncidentActNow | None = None


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What happened after one moment, up to another and with it."""

    after_ms: int
    until_ms: int
    next_ms: int | None  # after which moment to go on; None: that was all
    lines: list[Happening]


def happened(record: Path, views: Path, *, after_ms: int, until_ms: int, named: bool) -> Happened:
    """Return what happened; `named`: tracks by their masked serials, else by pseudonyms.

    Raises Unavailable where the views cannot be read, Refused where there is no record.
    """
    with Sky(record, views, after_ms * MS) as sky:
        teller, t_ms, began = _Teller(sky, named=named), after_ms, sky.folded
        lines: list[Happening] = []
        while t_ms < until_ms and len(lines) < LINES_MAX and sky.folded - began < TICKS_MAX and not sky.is_over:
            t_ms = min(t_ms + STEP_MS, until_ms)
            for changes in sky.forward(t_ms * MS):
                lines += teller.told(changes)
        over = sky.is_over or t_ms >= until_ms
    return Happened(after_ms=after_ms, until_ms=until_ms if over else t_ms, next_ms=None if over else t_ms, lines=lines)


class _Teller:
    """Tells what a tick changed, by how things stood before it: objects are changed in place, so that is kept here."""

    def __init__(self, sky: Sky, *, named: bool) -> None:
        self._names = sky.names if named else None
        live = sky.live
        self._alarms = {each.alarm_id: each.state for each in live.cases.alarms.values()}
        self._incidents = {each.incident_id: (each.state, each.escalation) for each in live.cases.incidents.values()}
        self._tracks = {each.track_id: _stands(each) for each in live.tracks.live.values()}
        self._switched = {each.zone_id: len(each.overrides) for each in live.law.said.values()}
        self._last_ns = live.at.now_ns

    def told(self, changes: Changes) -> Iterator[Happening]:
        """Yield the lines of a tick: runs first, then what people did, then what the watch made of it."""
        t_ms, objects = changes.at.now_ns // MS, list(changes.objects.values())
        if any(isinstance(each, RunNow) for each in objects):
            since_ms = self._last_ns // MS or None
            yield Happening(t_ms=t_ms, kind="run", what="began", since_ms=since_ms)
        self._last_ns = changes.at.now_ns
        yield from self._zones(t_ms, objects)
        acts = list(self._acts(changes, objects))
        yield from acts
        for each in objects:
            if isinstance(each, TrackNow):
                yield from self._track(t_ms, each, changes)
        for each in objects:
            if isinstance(each, AlarmNow):
                yield from self._alarm(t_ms, each, acts)
            elif isinstance(each, IncidentNow):
                yield from self._incident(t_ms, each, acts)

    def _acts(self, changes: Changes, objects: list[msgspec.Struct]) -> Iterator[Happening]:
        for each in objects:
            if not isinstance(each, (AlarmNow, IncidentNow)):
                continue
            if isinstance(each, AlarmNow):
                about: dict[str, Any] = {
                    "alarm_id": each.alarm_id,
                    "track_id": each.track_id,
                    "reason": each.reason,
                }
            else:
                about = {"track_id": next(iter(each.track_ids), None)}
            for act in each.acts:
                if act.entry_index == changes.at.entry_index:
                    yield Happening(
                        t_ms=act.t_ns // MS or changes.at.now_ns // MS,
                        kind="act",
                        what=act.deed,
                        incident_id=each.incident_id,
                        act=act,
                        **about,
                    )

    def _alarm(self, t_ms: int, alarm: AlarmNow, acts: list[Happening]) -> Iterator[Happening]:
        before = self._alarms.get(alarm.alarm_id, NORMAL)
        self._alarms[alarm.alarm_id] = alarm.state
        done = any(
            each.alarm_id == alarm.alarm_id or (each.alarm_id is None and each.incident_id == alarm.incident_id)
            for each in acts
        )
        if alarm.state in {"", before} or (done and alarm.state in BY_HAND):
            return
        yield Happening(
            t_ms=t_ms, kind="alarm", what=alarm.state, alarm_id=alarm.alarm_id, incident_id=alarm.incident_id,
            track_id=alarm.track_id, reason=alarm.reason, priority=alarm.priority,
        )  # fmt: skip

    def _incident(self, t_ms: int, incident: IncidentNow, acts: list[Happening]) -> Iterator[Happening]:
        number = incident.incident_id
        before = self._incidents.get(number)
        self._incidents[number] = incident.state, incident.escalation
        deeds = [each.what for each in acts if each.alarm_id is None and each.incident_id == number]
        about: dict[str, Any] = {"incident_id": number, "track_id": next(iter(incident.track_ids), None)}
        if before is None and incident.state == OPEN and not deeds:
            yield Happening(t_ms=t_ms, kind="incident", what=OPEN, reason=incident.about, **about)
        if before is None:
            return
        if incident.state != before[0] and not {"close", "reopen", "merge"}.intersection(deeds):
            yield Happening(t_ms=t_ms, kind="incident", what=incident.state, reason=incident.about, **about)
        if incident.escalation > before[1] and "escalate" not in deeds:
            count = incident.escalation
            yield Happening(t_ms=t_ms, kind="incident", what="escalated", reason=incident.about, count=count, **about)

    def _track(self, t_ms: int, track: TrackNow, changes: Changes) -> Iterator[Happening]:
        before, now = self._tracks.get(track.track_id), _stands(track)
        self._tracks[track.track_id] = now
        if before == now:
            return
        name = streamrows.about(track, self._names)[streamrows.ABOUT.index("identity")]
        about: dict[str, Any] = {"t_ms": t_ms, "track_id": track.track_id, "name": name}
        if before is None and track.began_ns == changes.at.now_ns:
            yield Happening(kind="track", what="seen", **about)
        verdict, clause, zone_id, lost, merged = now
        silent = before is None and verdict in {None, NO_RULE}  # nothing rules where it came up: that is not news
        if verdict is not None and now[:3] != (before or _NOTHING)[:3] and not silent:
            yield Happening(kind="verdict", what=verdict, clause=clause, zone_id=zone_id, **about)
        if merged and not (before or _NOTHING)[4]:
            yield Happening(kind="track", what="merged", count=track.merged_into, **about)
        elif lost and not (before or _NOTHING)[3]:
            yield Happening(kind="track", what="lost", **about)

    def _zones(self, t_ms: int, objects: list[msgspec.Struct]) -> Iterator[Happening]:
        kept = [each for each in objects if isinstance(each, ZoneKept)]
        if len(kept) > ZONES_AT_ONCE_MAX:
            yield Happening(t_ms=t_ms, kind="zone", what="enacted", count=len(kept))
            kept = []
        for each in kept:
            what = "enacted" if each.withdrawn_ns is None else "withdrawn"
            yield Happening(t_ms=t_ms, kind="zone", what=what, zone_id=each.fact.zone_id)
        for said in objects:
            if isinstance(said, ZoneSaid) and len(said.overrides) > self._switched.get(said.zone_id, 0):
                self._switched[said.zone_id] = len(said.overrides)
                what = "switched_on" if said.overrides[-1].active else "switched_off"
                yield Happening(t_ms=t_ms, kind="zone", what=what, zone_id=said.zone_id)


_NOTHING = (None, "", None, False, False)


def _stands(track: TrackNow) -> tuple[str | None, str, str | None, bool, bool]:
    """Return the gravest verdict that stands with its clause and zone, and whether it was lost or merged."""
    gravest = next((each for each in reversed(track.verdicts) if each.verdict == track.verdict), None)
    lost, merged = track.lost_ns is not None, track.merged_into is not None
    if gravest is None:
        return track.verdict, "", None, lost, merged
    return gravest.verdict, gravest.clause, gravest.zone_id, lost, merged
