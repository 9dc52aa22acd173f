"""What people are told of an incident: what, where, since when, by which words of which rule, and where to look.

No personal value is in it: no serial, no operator, no pilot's place, no officer. Who may see those follows the link.
"""

from __future__ import annotations

import msgspec

from skykeep.facts.acted import Health
from skykeep.facts.alarms import BY_HAND, NOT_PERMITTED
from skykeep.facts.concluded import AlarmChanged, IncidentMoved
from skykeep.station.outlets.sky import HEALTH, Flight, Sky
from skykeep.views.clauses import sentence
from skykeep.views.standing import gravity
from skykeep.views.words import CLASS, RUNG, VERDICT, accuracy, alarm, number, shown, utc

OPENED, AGAIN, ESCALATED, CLOSED, MERGED = (
    "incident.opened",
    "incident.again",
    "incident.escalated",
    "incident.closed",
    "incident.merged",
)
ILL, WELL = "watch.ill", "watch.well"
DECIDES = "A machine's verdict; a person decides."
_ILL = {
    Health.BLIND: "The watch is blind",
    Health.TICK_OVERRUN: "The watch is late",
    Health.DISK: "The record's disk is nearly full",
    Health.NOT_RECORDED: "Nothing is recorded",
    Health.CLOCK: "The clock was stepped",
    Health.SENSOR_SILENT: "A sensor is silent",
    Health.FEED: "A feed is not connected",
    Health.DROPPED: "Packets are lost",
    Health.RECORD: "The record is in doubt",
    Health.TERRAIN: "Heights above ground cannot be told",
    Health.GEOID: "Heights above the sea cannot be told",
    Health.WEB: "Nobody can see what the watch says",
    Health.NOTIFYING: "Messages to people do not get out",
    Health.UNSTEPPED: "The watch could not take something in",
    Health.CODEC: "A codec fails",
    Health.OUTLET: "Another system does not get what it should",
}
_CHORES = {
    (Health.OUTLET, "backup"): "No new copy of the record is made",
    (Health.OUTLET, "retention"): "What is past its time is not erased",
}
"""What a chore of the station is that fails; nothing of it concerns another system."""
_ABOUT = {BY_HAND: "opened by a person"}
_BEGINS = {AGAIN: "Again", ESCALATED: "Escalated", CLOSED: "Closed", MERGED: "Merged"}


def stamped(sky: Sky) -> tuple[str, ...]:
    """Return what stands before everything that leaves while the disk does not take it."""
    return () if sky.recorded else ("NOT RECORDED",)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message to people, the same for every receiver; times are Unix nanoseconds, None is unknown."""

    id: str  # of this message: the same however often it is sent
    type: str  # OPENED, AGAIN ...
    t_ns: int
    station: str
    place: str
    title: str
    what: str
    where: str
    why: str  # by which words of which rule; what is now not being seen, where it is the watch that is ill
    since_ns: int
    since: str  # in UTC
    priority: int
    link: str  # "": no address of the station is configured
    simulated: bool = False
    incident_id: int | None = None
    escalation: int = 0
    rung: str | None = None
    verdict: str | None = None
    clause: str | None = None
    zone_id: str | None = None
    zone_version: int | None = None
    lat_deg: float | None = None  # of the flight, as estimated
    lon_deg: float | None = None
    decides: str = DECIDES


class Sender(msgspec.Struct, frozen=True):
    """Who says it."""

    station: str
    place: str
    public_url: str


def of_incident(sender: Sender, sky: Sky, moved: IncidentMoved, kind: str) -> Notice:
    """Return what is said when an incident moved."""
    flight = _gravest(sky, moved)
    told = None if flight is None else flight.verdict
    estimate = None if flight is None else flight.estimate
    simulated = flight is not None and flight.simulated
    refused = told is not None and moved.about == NOT_PERMITTED
    about = _ABOUT.get(moved.about, alarm(moved.about))
    headline = VERDICT[told.verdict].upper() if told is not None and refused else about
    zone = None if told is None else sky.zone_name(told.zone_id)
    parts = (
        "SIMULATED" if simulated else "",
        _BEGINS.get(kind, ""),
        headline[:1].upper() + headline[1:],
        shown(zone or "", 60),
    )
    return Notice(
        id=f"msg_{sky.record_id or 'station'}_i{moved.incident_id}_{moved.t_ns}",
        type=kind,
        t_ns=moved.t_ns,
        station=sender.station,
        place=sender.place,
        title=" · ".join(part for part in (*stamped(sky), *parts) if part),
        what=_what(moved, flight),
        where=_where(sky, flight),
        why=_why(sky, moved, flight),
        since_ns=moved.opened_ns,
        since=utc(moved.opened_ns),
        priority=moved.priority,
        link=f"{sender.public_url.rstrip('/')}/i/{moved.incident_id}" if sender.public_url else "",
        simulated=simulated,
        incident_id=moved.incident_id,
        escalation=moved.escalation,
        rung=None if moved.rung is None else moved.rung.value,
        verdict=None if told is None else told.verdict.value,
        clause=None if told is None else told.clause,
        zone_id=None if told is None else told.zone_id,
        zone_version=None if told is None else told.zone_version,
        lat_deg=None if estimate is None else estimate.lat_e7 / 1e7,
        lon_deg=None if estimate is None else estimate.lon_e7 / 1e7,
    )


def of_health(sender: Sender, sky: Sky, moved: AlarmChanged, *, well: bool) -> Notice:
    """Return what is said when the watch itself fell ill, or is well again."""
    what, _, subject = moved.reason.removeprefix(HEALTH).partition(":")
    known = next((each for each in Health if each.value == what), None)
    ill = None if known is None else sky.ill.get((known, subject))
    chore = None if known is None else _CHORES.get((known, subject))
    said = chore or (shown(what) if known is None else _ILL.get(known, shown(what)))
    named = f"{said}: {shown(subject, 60)}" if subject and not chore else said
    since_ns = moved.t_ns if ill is None else ill.t_ns
    return Notice(
        id=f"msg_{sky.record_id or 'station'}_a{moved.alarm_id}_{moved.t_ns}",
        type=WELL if well else ILL,
        t_ns=moved.t_ns,
        station=sender.station,
        place=sender.place,
        title=" · ".join((*stamped(sky), f"Over · {named}" if well else named)),
        what="The watch itself, not the air",
        where=shown(subject or sender.place, 80),
        why="It is well again." if well else shown(ill.unseen if ill is not None and ill.unseen else said),
        since_ns=since_ns,
        since=utc(since_ns),
        priority=moved.priority,
        link=sender.public_url,
    )


def text(notice: Notice) -> str:
    """Return a message as plain text, a line a thing, for e-mail."""
    lines = [notice.title, ""]
    named = (("What", notice.what), ("Where", notice.where), ("Since", notice.since), ("Why", notice.why))
    lines += [f"{name + ':':7}{said}" for name, said in named if said]
    lines += [f"Priority {notice.priority}" + (f", escalated {notice.escalation}×" if notice.escalation else "")]
    lines += ["", notice.link] if notice.link else []
    place = f", {notice.place}" if notice.place else ""
    lines += ["", f"{notice.decides} {notice.station}{place}."]
    return "\n".join(lines) + "\n"


def _gravest(sky: Sky, moved: IncidentMoved) -> Flight | None:
    known = [sky.flights[each] for each in moved.track_ids if each in sky.flights]
    return max(known, key=_gravity, default=None)


def _gravity(flight: Flight) -> int:
    return -1 if flight.verdict is None else gravity(flight.verdict.verdict)


def _what(moved: IncidentMoved, flight: Flight | None) -> str:
    said = [number(len(moved.track_ids), "flight")] if moved.track_ids else ["Opened by a person"]
    said += [RUNG[moved.rung]] if moved.rung is not None else []
    if flight is not None and flight.likeliest is not None:
        said.append(f"likely {CLASS.get(flight.likeliest, 'of unknown kind')}")
    return ", ".join(said)


def _where(sky: Sky, flight: Flight | None) -> str:
    if flight is None:
        return "No place known any more" if sky.flights else "No place known"
    zone = None if flight.verdict is None else sky.zone_name(flight.verdict.zone_id)
    said = [f"Zone {shown(zone, 80)}"] if zone else []
    if flight.estimate is not None:
        at = flight.estimate
        spread = accuracy(at.pos_sigma_mm, assumed=at.pos_assumed)
        said.append(f"{at.lat_e7 / 1e7:.5f}, {at.lon_e7 / 1e7:.5f} {spread} at {utc(at.t_ns)}")
    return "; ".join(said)


def _why(sky: Sky, moved: IncidentMoved, flight: Flight | None) -> str:
    if moved.merged_into is not None:
        return f"It became part of incident {moved.merged_into}."
    told = None if flight is None else flight.verdict
    if told is None:
        return f"{alarm(moved.about)}."
    zone = sky.zone(told.zone_id)
    version = "" if told.zone_version is None else f" version {told.zone_version}"
    rule = f"Clause {shown(told.clause, 60)}" + (f", zone {shown(told.zone_id, 60)}{version}" if told.zone_id else "")
    basis = f", {shown(zone.legal_basis, 120)}" if zone is not None and zone.legal_basis else ""
    return f"{sentence(told, sky.zone_name(told.zone_id))} {rule}{basis}."
