"""What is remembered of incidents: those that are open, the latest that were closed, and which alarm is in which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from skykeep.facts.alarms import NORMAL, OPEN
from skykeep.facts.concluded import IncidentMoved, Rung
from skykeep.rules.law import FOREVER_NS

ALARMS_MAX = 256  # of one incident; the next one opens another
OPEN_MAX = 10_000  # of more, the oldest that is over is closed by the watch: nothing may grow without end
CLOSED_MAX = 500  # that can be opened again, or noted
RUNGS = (None, Rung.REFUTED, Rung.REPORTED, Rung.SUSPECTED, Rung.CORROBORATED, Rung.CONFIRMED)  # the more certain later


class IncidentTerms(NamedTuple):
    """What incidents go by, from the settings."""

    quiet_s: float = 30.0
    escalate_s: Mapping[int, float] = MappingProxyType({1: 60.0, 2: 300.0})  # by priority
    flood: int = 10
    flood_window_s: float = 60.0


class Incident(msgspec.Struct, array_like=True):
    """One incident as it stands; see `facts.concluded.IncidentMoved` for what is told of it."""

    incident_id: int
    opened_ns: int
    about: str
    priority: int
    state: str = OPEN
    alarm_state: str = NORMAL
    alarms: dict[int, str] = {}  # the state of each
    tracks: list[int] = []
    events: int = 0
    grouped: str = ""
    escalation: int = 0
    escalates_ns: int = 0  # 0: it does not
    unanswered: int = 0  # escalations since somebody answered
    quiet_ns: int = 0  # since when none of its alarms stands, while its own still does; 0: one stands, or it does not
    merged_into: int = 0
    holder: str = ""
    rung: int = 0  # in `RUNGS`, of the most certain of its tracks that were forgotten
    notes: int = 0


class Grouping(msgspec.Struct, array_like=True):
    """Whether incidents come in a flood, and which one sounds for each group (incident, priority)."""

    on: bool = False
    opened_ns: list[int] = []  # of the latest, one more than the limit
    leads: dict[str, tuple[int, int]] = {}
    ends_ns: int = FOREVER_NS  # when it may be over


class Incidents(msgspec.Struct, array_like=True):
    """All that is remembered of incidents; tables by number, in the order of opening."""

    open: dict[int, Incident] = {}
    closed: dict[int, Incident] = {}
    of_alarm: dict[int, int] = {}  # by alarm: the open incident that it is in
    of_track: dict[int, int] = {}  # by track, as long as it is remembered: the open incident that its alarms join
    rungs: dict[int, int] = {}  # by track, as long as it is remembered
    grouping: Grouping = msgspec.field(default_factory=Grouping)
    dues_ns: dict[int, int] = {}  # by open incident: when it must be looked at though nothing happens
    due_ns: int = FOREVER_NS  # the first of them
    next_id: int = 1


def found(memory: Incidents, incident_id: int | None) -> Incident | None:
    """Return an incident that people may still work on."""
    number = incident_id or 0
    return memory.open.get(number) or memory.closed.get(number)


def next_due_ns(memory: Incidents) -> int:
    """Return when a tick must be stepped though nothing was heard: somebody should have answered, or all is calm."""
    return min(memory.due_ns, memory.grouping.ends_ns)


def forget(memory: Incidents, track_ids: Iterable[int]) -> None:
    """Drop what is remembered of tracks; their incidents keep how certain they were."""
    for track_id in track_ids:
        rung = memory.rungs.pop(track_id, 0)
        incident = memory.open.get(memory.of_track.pop(track_id, 0))
        if incident is not None:
            incident.rung = max(incident.rung, rung)


def rung_of(memory: Incidents, incident: Incident) -> int:
    """Return how certain the most certain of its tracks is."""
    return max([incident.rung, *(memory.rungs.get(track_id, 0) for track_id in incident.tracks)])


def due_ns(incident: Incident, quiet_for_ns: int) -> int:
    """Return when an open incident must be looked at."""
    returns_ns = incident.quiet_ns + quiet_for_ns if incident.quiet_ns else FOREVER_NS
    return min(returns_ns, incident.escalates_ns or FOREVER_NS)


def told_of(memory: Incidents, incident: Incident, now_ns: int) -> IncidentMoved:
    """Return what is told of an incident."""
    return IncidentMoved(
        incident_id=incident.incident_id,
        t_ns=now_ns,
        state=incident.state,
        alarm_state=incident.alarm_state,
        priority=incident.priority,
        about=incident.about,
        alarm_ids=tuple(incident.alarms),
        track_ids=tuple(incident.tracks),
        opened_ns=incident.opened_ns,
        events=incident.events,
        grouped=incident.grouped,
        escalation=incident.escalation,
        escalates_ns=incident.escalates_ns or None,
        merged_into=incident.merged_into or None,
        holder=incident.holder or None,
        rung=RUNGS[rung_of(memory, incident)],
        notes=incident.notes,
    )
