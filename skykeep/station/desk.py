"""How each alarm and incident stands while the station runs, for acts upon them."""

from __future__ import annotations

from collections.abc import Iterable

from skykeep.errors import Refused
from skykeep.facts.concluded import AlarmChanged, IncidentMoved

FORGOTTEN_AFTER = 5_000
"""Closed incidents and normal alarms that are remembered, the latest."""


class Desk:
    """The latest word on each alarm and incident, folded from conclusions."""

    def __init__(self) -> None:
        self.alarms: dict[int, AlarmChanged] = {}
        self.incidents: dict[int, IncidentMoved] = {}

    def take(self, concluded: Iterable[object]) -> None:
        """Take in the conclusions of a tick."""
        for fact in concluded:
            if isinstance(fact, AlarmChanged):
                self.alarms.pop(fact.alarm_id, None)  # so that the latest stands last
                self.alarms[fact.alarm_id] = fact
            elif isinstance(fact, IncidentMoved):
                self.incidents.pop(fact.incident_id, None)
                self.incidents[fact.incident_id] = fact
        if len(self.alarms) > 2 * FORGOTTEN_AFTER:
            self._forget()

    def _forget(self) -> None:
        over = [number for number, alarm in self.alarms.items() if alarm.state == "normal"]
        for number in over[:-FORGOTTEN_AFTER]:
            del self.alarms[number]
        closed = [number for number, incident in self.incidents.items() if incident.state != "open"]
        for number in closed[:-FORGOTTEN_AFTER]:
            del self.incidents[number]

    def alarm(self, alarm_id: int, seen_ns: int | None = None) -> AlarmChanged:
        """Return how an alarm stands; raises Refused where there is none, or where it moved since it was seen."""
        found = self.alarms.get(alarm_id)
        if found is None:
            raise Refused(f"there is no alarm {alarm_id}; ask for the list of alarms again")
        _require_seen(f"alarm {alarm_id}", found.t_ns, seen_ns)
        return found

    def forgotten(self, incident_id: int) -> bool:
        """Whether an incident was over so long ago that it is not remembered here: open ones always are."""
        return 0 < incident_id < max(self.incidents, default=0) and incident_id not in self.incidents

    def incident(self, incident_id: int, seen_ns: int | None = None) -> IncidentMoved:
        """Return how an incident stands; raises Refused like `alarm`."""
        found = self.incidents.get(incident_id)
        if found is None:
            raise Refused(f"there is no incident {incident_id}; ask for the list of incidents again")
        if found.state == "merged":
            raise Refused(f"incident {incident_id} became part of incident {found.merged_into}; act on that one")
        _require_seen(f"incident {incident_id}", found.t_ns, seen_ns)
        return found


def _require_seen(what: str, moved_ns: int, seen_ns: int | None) -> None:
    if seen_ns is not None and moved_ns > seen_ns:
        raise Refused(f"{what} has changed since you saw it; look at it again, then act")
