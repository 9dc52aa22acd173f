"""Incidents in words for reports: what they were of, how often by day and zone, and one of them from first to last."""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

import msgspec

from skykeep.facts.concluded import Trust, Verdict, VerdictReached
from skykeep.facts.personal import NameKind
from skykeep.views import words
from skykeep.views.clauses import sentence
from skykeep.views.livemodels import AlarmNow, IncidentNow, TrackNow, VerdictNow, ZoneNow
from skykeep.views.markup import Html, number, tag
from skykeep.web import incident_page, spoken
from skykeep.web.sensor_rows import DOUBT, ILL, OFF, WELL, Stand
from skykeep.web.words import marked, say

DAY_NS = 86_400 * 10**9
NOWHERE = marked("no zone")
BAR = 120.0
STATE = {
    "open": Stand(ILL, marked("Open")), "closed": Stand(WELL, marked("Closed")),
    "merged": Stand(OFF, marked("Part of another")),
}  # fmt: skip
DEED = {
    "open": "opened the incident by hand",
    "ack": "acknowledged",
    "note": "noted",
    "merge": "merged another incident into it",
    "hand_over": "handed it over",
    "escalate": "escalated it",
    "close": "closed it",
    "reopen": "opened it again",
    "shelve": "shelved the alarm",
    "unshelve": "took the alarm off the shelf",
    "remove": "took the alarm out of service",
    "restore": "put the alarm back into service",
}
Zones = Mapping[tuple[str, int | None], ZoneNow]
_PSEUDONYMS = tuple(f"{kind.value}:" for kind in NameKind)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One incident in the list."""

    incident_id: int
    opened: str
    about: str
    zone: str
    priority: int
    stand: Stand
    alarm: str
    flights: int
    holder: str


class Count(NamedTuple):
    """How many incidents a day or a zone had."""

    name: str
    key: str  # of a day, as an address has it
    incidents: int
    first: int  # of priority 1
    bar: Html


class Line(NamedTuple):
    """Something that happened to an incident."""

    t_ns: int
    utc: str
    who: str
    what: str
    said: str


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """One flight of an incident."""

    track_id: int
    verdict: str
    why: str
    clause: str
    zone: str
    began: str
    lost: str
    identity: str
    trust: str
    simulated: bool


def row(incident: IncidentNow, zone: str, *, waits: bool) -> Row:
    """Return an incident, as whoever asks may see it, in words; `waits`: see `incident_page.waits`."""
    stand = STATE.get(incident.state, Stand(DOUBT, words.shown(incident.state, 20)))
    return Row(
        incident_id=incident.incident_id,
        opened=words.utc(incident.opened_ns),
        about=spoken.capital(spoken.alarm(incident.about)),
        zone=words.shown(zone, 60),
        priority=incident.priority,
        stand=Stand(stand.kind, say(stand.words)),
        alarm=say("one waits for an answer")
        if incident_page.later(incident, waits=waits)
        else say(words.ALARM_STATE.get(incident.alarm_state, words.shown(incident.alarm_state, 30))),
        flights=len(incident.track_ids),
        holder=readable(incident.holder or ""),
    )


def readable(value: str) -> str:
    """Return what a person may read; a pseudonym that stands for what they may not see is nothing."""
    return "" if value.startswith(_PSEUDONYMS) else words.shown(value, 400)


def gravest(tracks: Sequence[TrackNow]) -> VerdictNow | None:
    """Return the gravest verdict that any of these flights ever had."""
    found = [each.worst for each in tracks if each.worst is not None]
    return max(found, key=lambda each: (words.GRAVITY.index(Verdict(each.verdict)), each.t_ns), default=None)


def zone_name(verdict: VerdictNow | None, zones: Zones) -> str:
    """Return the name of the zone that a verdict is of; its id where that version is not known any more."""
    if verdict is None or verdict.zone_id is None:
        return say(NOWHERE)
    found = zones.get((verdict.zone_id, verdict.zone_version))
    return verdict.zone_id if found is None else found.name


def by_day(incidents: Sequence[IncidentNow], first_ns: int, days: int) -> list[Count]:
    """Return the counts of so many days (UTC) from the one that begins at `first_ns`, the newest first."""
    held: dict[int, list[IncidentNow]] = collections.defaultdict(list)
    for each in incidents:
        held[(each.opened_ns - first_ns) // DAY_NS].append(each)
    most = max((len(held[place]) for place in range(days)), default=0)
    made = []
    for place in reversed(range(days)):
        at = words.moment(first_ns + place * DAY_NS)
        key = "" if at is None else f"{at:%Y-%m-%d}"
        made.append(_count(spoken.day(first_ns + place * DAY_NS), key, held[place], most))
    return made


def by_zone(incidents: Sequence[tuple[IncidentNow, str]]) -> list[Count]:
    """Return the counts of zones, the one with the most first."""
    held: dict[str, list[IncidentNow]] = collections.defaultdict(list)
    for each, zone in incidents:
        held[zone].append(each)
    most = max(map(len, held.values()), default=0)
    ordered = sorted(held, key=lambda zone: (-len(held[zone]), zone))
    return [_count(words.shown(zone, 60), "", held[zone], most) for zone in ordered]


def _count(name: str, key: str, of: Sequence[IncidentNow], most: int) -> Count:
    width = BAR * len(of) / most if most else 0.0
    bar = tag("svg", tag("rect", class_="bar", x=0, y=2, width=width, height=8, rx=2), width=number(BAR), height="12",
              viewBox=f"0 0 {number(BAR)} 12", aria_hidden="true")  # fmt: skip
    return Count(name, key, len(of), sum(each.priority == 1 for each in of), bar)


def timeline(incident: IncidentNow, alarms: Sequence[AlarmNow], events: Callable[[AlarmNow], str]) -> list[Line]:
    """Return what happened, the first first; `events` says what an alarm is of."""
    lines = [_line(incident.opened_ns, "", say("the incident was opened"), "")]
    for each in alarms:
        what = say("alarm {n}: {what}", n=each.alarm_id, what=events(each))
        lines += [_line(each.began_ns, "", what, ""), *_of_alarm(each)]
    lines += [
        _line(act.t_ns, act.person, _deed(act.deed, act.to_person, act.other_id), act.words) for act in incident.acts
    ]
    return sorted(lines, key=lambda line: line.t_ns)


def _of_alarm(alarm: AlarmNow) -> list[Line]:
    lines = []
    for act in alarm.acts:
        what = say("{what} (alarm {n})", what=say(DEED.get(act.deed, act.deed)), n=alarm.alarm_id)
        lines.append(_line(act.t_ns, act.person, what, act.reason))
    return lines


def _line(t_ns: int, person: str, what: str, said: str) -> Line:
    who = say("the watch") if not person else readable(person) or say("an officer")
    return Line(t_ns, words.utc(t_ns), who, what, say("(erased)") if said and not readable(said) else readable(said))


def _deed(deed: str, to_person: str | None, other_id: int | None) -> str:
    what = say(DEED.get(deed, words.shown(deed, 40)))
    if to_person is not None:
        what = say("{what} to {who}", what=what, who=readable(to_person) or say("another officer"))
    return what if other_id is None else f"{what}: {other_id}"


def flight(track: TrackNow, zones: Zones) -> Flight:
    """Return a flight, as whoever asks may see it, by the gravest verdict that it ever had."""
    verdict = gravest([track])
    zone = zone_name(verdict, zones)
    said = track.identity
    return Flight(
        track_id=track.track_id,
        verdict=say("not judged") if verdict is None else say(words.VERDICT[Verdict(verdict.verdict)]),
        why="" if verdict is None else sentence(cast("VerdictReached", verdict), zone),  # it has those fields too
        clause="" if verdict is None else verdict.clause,
        zone=words.shown(zone, 60),
        began=words.utc(track.began_ns),
        lost="" if track.lost_ns is None else words.utc(track.lost_ns),
        identity="" if said is None else readable(said.uas_id or ""),
        trust=say(words.TRUST[Trust.NONE if said is None else Trust(said.trust)]),
        simulated=track.position is not None and track.position.simulated,
    )
