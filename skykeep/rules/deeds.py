"""Whether what a person wants to do to an alarm or an incident can be done now; if not, why, in words.

The commands of a station ask here before they record a deed, and the watch asks again before it does it: so what the
record holds and what happened are one. Who may do it at all is the question of `rules.powers`.
"""

from __future__ import annotations

from collections.abc import Iterable

from skykeep.facts.acted import AlarmActed, AlarmDeed, IncidentActed, IncidentDeed
from skykeep.facts.alarms import ASIDE, CLOSED, MERGED, NEXT, OPEN, STANDING, WAITING

SHELVE_MAX_NS = 30 * 60_000_000_000  # never for ever, nor so long that nobody remembers
_DONE = {AlarmDeed.SHELVE: "shelved", AlarmDeed.REMOVE: "taken out of service"}
NOTED = frozenset({OPEN, CLOSED})


def alarm_fault(act: AlarmActed, state: str | None, priority: int, now_ns: int) -> str:
    """Return why an alarm in this state (None: there is none) cannot be moved by a deed, "" where it can."""
    if state is None:
        return f"there is no alarm {act.alarm_id} that anybody could still answer"
    if (state, act.deed.value) not in NEXT:
        return f"alarm {act.alarm_id} is {state}, where {act.deed.value} means nothing; look at it as it stands now"
    if act.deed.value in ASIDE and priority not in ASIDE[act.deed.value]:
        return (
            f"alarm {act.alarm_id} has priority {priority} and cannot be {_DONE[act.deed]}; "
            "acknowledge it: it is over when its cause is"
        )
    return _shelving_fault(act, now_ns) if act.deed is AlarmDeed.SHELVE else ""


def _shelving_fault(act: AlarmActed, now_ns: int) -> str:
    if act.until_ns is None or not now_ns < act.until_ns <= now_ns + SHELVE_MAX_NS:
        minutes = SHELVE_MAX_NS // 60_000_000_000
        return f"alarm {act.alarm_id} is shelved for {minutes} minutes at most; give a time within them"
    return ""


def incident_fault(
    act: IncidentActed,
    state: str | None,
    alarm_states: Iterable[str],
    *,
    other_state: str | None = None,
    of_track: int | None = None,
) -> str:
    """Return why a deed cannot be done to an incident in this state (None: there is none), "" where it can.

    `alarm_states`: of its alarms, as they are now; `other_state`: of the incident that MERGE would make part of it;
    `of_track`: the open incident that the track is in already for which OPEN would open one.
    """
    if act.deed is IncidentDeed.OPEN:
        return "" if of_track is None else f"track {act.track_id} is in incident {of_track} already; act on that one"
    if state is None or state == MERGED:
        return f"there is no incident {act.incident_id} that anybody could still work on"
    wanted = _states(act.deed)
    if state not in wanted:
        needed = " or ".join(sorted(wanted))
        return (
            f"incident {act.incident_id} is {state}, and {act.deed.value} needs one that is {needed}; "
            "look at it as it stands now"
        )
    if act.deed is IncidentDeed.MERGE and (act.other_id in {None, act.incident_id} or other_state != OPEN):
        return f"only another open incident can become part of incident {act.incident_id}"
    if act.deed is IncidentDeed.HAND_OVER and not act.to_person:
        return f"to hand over incident {act.incident_id}, say to whom"
    return closing_fault(act.incident_id, alarm_states) if act.deed is IncidentDeed.CLOSE else ""


def _states(deed: IncidentDeed) -> frozenset[str]:
    if deed is IncidentDeed.NOTE:
        return NOTED
    return frozenset({CLOSED if deed is IncidentDeed.REOPEN else OPEN})


def closing_fault(incident_id: int, alarm_states: Iterable[str]) -> str:
    """Return why an incident whose alarms are in these states cannot be closed, "" where it can.

    Nobody can close what still goes on, for then nothing would stand for it; nor what nobody answered.
    """
    states = list(alarm_states)
    standing, waiting = sum(one in STANDING for one in states), sum(one in WAITING for one in states)
    if standing:
        return (
            f"incident {incident_id} goes on: {standing} of its alarms stand; "
            "close it when they are over, or put aside those that may be"
        )
    return f"{waiting} alarms of incident {incident_id} wait for an answer; acknowledge it first" if waiting else ""
