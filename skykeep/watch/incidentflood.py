"""Incidents that come in a flood: one sounds for each group, the later ones are suppressed until it is calm.

More than `flood` new incidents within the window are a flood. While it lasts, new ones are grouped by the zone in which
they are not permitted ("zone:<id>"), else under "flood"; the first of a group sounds, and again one that is more
urgent than all of the group before. It is over when no more than half as many came within the window, and no more than
`flood` of those that were silent still wait for an answer: these then sound for themselves. Nothing is lost meanwhile:
each is an incident of its own, told as suppressed.
"""

from __future__ import annotations

from skykeep.facts.alarms import NORMAL, SUPPRESSED, UNACKNOWLEDGED
from skykeep.rules.law import FOREVER_NS
from skykeep.watch.incidentmemory import Grouping, Incident, Incidents, IncidentTerms

FLOODED = "flood"


def arrive(grouping: Grouping, incident: Incident, zone_id: str | None, now_ns: int, terms: IncidentTerms) -> None:
    """Take in a new incident; a flood may begin. In one, it is grouped."""
    window_ns = round(terms.flood_window_s * 1e9)
    grouping.opened_ns = [*grouping.opened_ns[-terms.flood :], now_ns]
    if len(grouping.opened_ns) > terms.flood and now_ns - grouping.opened_ns[0] < window_ns:
        grouping.on = True
    if not grouping.on:
        return
    calm = min(len(grouping.opened_ns), terms.flood // 2 + 1)
    grouping.ends_ns = grouping.opened_ns[-calm] + window_ns
    incident.grouped = FLOODED if zone_id is None else f"zone:{zone_id}"
    lead = grouping.leads.get(incident.grouped)
    if lead is None or incident.priority < lead[1]:
        grouping.leads[incident.grouped] = incident.incident_id, incident.priority


def is_silent(grouping: Grouping, incident: Incident) -> bool:
    """Say whether another incident sounds for this one."""
    if not grouping.on or not incident.grouped:
        return False
    return grouping.leads[incident.grouped][0] != incident.incident_id


def worsen(grouping: Grouping, incident: Incident) -> None:
    """Let a grouped incident that has become more urgent sound for its group, if it is more so than all before."""
    if grouping.on and incident.grouped and incident.priority < grouping.leads[incident.grouped][1]:
        grouping.leads[incident.grouped] = incident.incident_id, incident.priority


def end(memory: Incidents, now_ns: int, terms: IncidentTerms) -> tuple[list[Incident], list[Incident]]:
    """End the flood if it is over; return those that were grouped, and those among them that sound from now on."""
    grouping = memory.grouping
    if not grouping.on or now_ns < grouping.ends_ns:
        return [], []
    grouped = [each for each in memory.open.values() if each.grouped]
    waiting = [each for each in grouped if _waits(each)]
    if len(waiting) > terms.flood:
        grouping.ends_ns = now_ns + round(terms.flood_window_s * 1e9)
        return [], []
    memory.grouping = Grouping(opened_ns=grouping.opened_ns, ends_ns=FOREVER_NS)
    for each in grouped:
        each.grouped = ""
    return grouped, waiting


def _waits(incident: Incident) -> bool:
    return incident.alarm_state == SUPPRESSED and UNACKNOWLEDGED in incident.alarms.values()


def begins(grouping: Grouping, incident: Incident) -> bool:
    """Say whether an incident whose alarm does not stand yet begins in silence."""
    return incident.alarm_state == NORMAL and is_silent(grouping, incident)
