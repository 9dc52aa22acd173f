"""Zones published while the station runs: emergency zones, what a zone would touch, and a draft as it becomes law.

An emergency zone is law from the next tick on, ends after an hour at the latest, and stays longer only where a second
officer confirms it. Nothing is ever taken back out of the record: lifting a zone is an act of its own.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence

import msgspec

from skykeep.errors import Malformed, Refused
from skykeep.facts.codec import Fact
from skykeep.facts.concluded import Verdict, VerdictReached
from skykeep.facts.enacted import Circle, Limit, PermitVolume, Polygon, Rule, Text, Volume, ZoneEnacted, ZoneWithdrawn
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.conflict import NO_THRESHOLDS, meeting
from skykeep.rules.law import FOREVER_NS, Law
from skykeep.rules.outline import compile_outline
from skykeep.station import asked, zonefiles
from skykeep.station.config import LawConfig
from skykeep.watch.state import State
from skykeep.watch.step import Tick, step
from skykeep.wire import outlines
from skykeep.wire.zonefile import at_or_below

EMERGENCY = "skykeep:emergency"  # the key, among what a zone carries, of who called it
MINUTES_MAX = 60
GROUND = Altitude(0, Datum.AGL)
CONFIRMED_MAX_NS = 24 * 3_600 * 10**9
_MINUTE_NS = 60 * 10**9
_ACTIVE = {Verdict.NOT_PERMITTED, Verdict.PERMITTED, Verdict.CANNOT_TELL, Verdict.EXEMPT}


def emergency_zone(
    wanted: asked.ZoneEmergency, law: LawConfig, *, authority: str, person: str, reason: str, now_ns: int
) -> ZoneEnacted:
    """Return the zone that an officer calls for; raises Refused where the area, the heights or the time make no sense.

    Its words are public, the reason among them.
    """
    if not 1 <= wanted.minutes <= MINUTES_MAX:
        raise Refused(f"an emergency zone of {wanted.minutes} minutes: one person can close the sky for 1 to 60")
    doubts: list[str] = []
    ceiling: Limit = wanted.ceiling or "unlimited"
    _require_heights(wanted.floor, ceiling)
    volume = Volume(outline=_outline(wanted, doubts), floor=wanted.floor, ceiling=ceiling)
    if fault := zonefiles.outline_fault([volume]):
        raise Refused(f"this area cannot be a zone: {fault}")
    zone_id = f"EMERGENCY-{now_ns // 10**9}-{secrets.token_hex(2).upper()}"
    name = wanted.name.strip() or "Emergency: no drones here"
    native = json.dumps({"emergency": zone_id, "reason": reason}, ensure_ascii=False)
    return ZoneEnacted(
        zone_id=zone_id,
        version=1,
        supersedes=None,
        name=name,
        rule=Rule.PROHIBITED,
        exemptions=(),
        volumes=(volume,),
        buffer_mm=None,
        severity=5,
        announced_at_ns=now_ns,
        effective_from_ns=now_ns,
        end_ns=now_ns + wanted.minutes * _MINUTE_NS,
        periods=(),
        applicability=None,
        applicability_span=None,
        hours_unread=None,
        issuing_body=law.issuing_body or authority,
        legal_basis=law.emergency_legal_basis or None,
        reason=reason,
        conditions=None,
        contact=law.contact or None,
        appeal_contact=law.appeal_contact or None,
        authorities=(),
        texts=(Text(about="name", lang="", text=name), Text(about="reason", lang="", text=reason)),
        country=None,
        carried=((EMERGENCY, json.dumps({"called_by": person, "confirmed_by": None})),),
        source_format="emergency",
        source_sha256=hashlib.sha256(native.encode()).hexdigest(),
        native=native,
        doubts=tuple(doubts),
    )


def _require_heights(floor: Limit, ceiling: Limit) -> None:
    """Refuse limits between which no drone can be: such a zone would be law, and forbid nothing."""
    if any(isinstance(limit, Altitude) and limit.datum is Datum.TAKEOFF for limit in (floor, ceiling)):
        raise Refused(
            "a limit above take-off is none of a zone, since each drone takes off elsewhere; "
            "measure it above ground (agl) or above sea level (amsl)"
        )
    if at_or_below(ceiling, floor):
        raise Refused("the ceiling is not above the floor, so that this zone would forbid nothing; raise the ceiling")
    if at_or_below(ceiling, GROUND):
        raise Refused("the ceiling is not above the ground, so that this zone would forbid nothing; raise the ceiling")


def _outline(wanted: asked.ZoneEmergency, doubts: list[str]) -> Polygon | Circle:
    if (wanted.circle is None) == (not wanted.ring):
        raise Refused("an emergency zone is either a circle or a ring of places; give one of the two")
    if wanted.circle is not None:
        lat_e7, lon_e7, radius_mm = wanted.circle
        return Circle(lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=radius_mm)
    try:
        return Polygon(rings=(outlines.ring(list(wanted.ring), "polygon", doubts),))
    except Malformed as error:
        raise Refused(f"this area cannot be a zone: {error}") from error


def called_by(zone: ZoneEnacted) -> str | None:
    """Return who called an emergency zone, or confirmed it last; None: it is no emergency zone."""
    told = dict(zone.carried).get(EMERGENCY) if zone.source_format == "emergency" else None  # no file makes one
    return None if told is None else str(msgspec.json.decode(told, type=dict[str, str | None])["called_by"])


def confirmed(zone: ZoneEnacted, *, person: str, until_ns: int, now_ns: int) -> ZoneEnacted:
    """Return the version of an emergency zone that holds longer; raises Refused for more than a day."""
    if not now_ns < until_ns <= now_ns + CONFIRMED_MAX_NS:
        raise Refused("a confirmed emergency zone ends within a day from now: publish a zone for longer than that")
    first = called_by(zone)
    return msgspec.structs.replace(
        zone,
        version=zone.version + 1,
        supersedes=zone.version,
        end_ns=until_ns,
        announced_at_ns=now_ns,
        carried=((EMERGENCY, json.dumps({"called_by": first, "confirmed_by": person})),),
    )


def in_force(state: State, zone_id: str, now_ns: int) -> tuple[ZoneEnacted, str]:
    """Return a zone's last version and its state, "announced", "in_force" or "over"; Refused where there is none."""
    versions = [fact for fact in state.enacted if isinstance(fact, ZoneEnacted) and fact.zone_id == zone_id]
    if not versions:
        raise Refused(f"there is no zone {zone_id}; ask for the list of zones")
    zone = max(versions, key=lambda one: one.version)
    withdrawn = any(
        isinstance(fact, ZoneWithdrawn) and fact.zone_id == zone_id and fact.version >= zone.version
        for fact in state.enacted
    )
    if withdrawn or (zone.end_ns is not None and zone.end_ns <= now_ns):
        return zone, "over"
    begins_ns = zone.effective_from_ns or zone.announced_at_ns or 0
    return zone, "announced" if begins_ns > now_ns else "in_force"


def hits(state: State, facts: Sequence[Fact], now_ns: int) -> asked.Hits:
    """Return what zones would touch if they ruled now, whatever their dates and hours. The state is consumed: a copy.

    Judged as it would be: `facts` hold the ground under the zones, too.
    """
    zones = [fact for fact in facts if isinstance(fact, ZoneEnacted)]
    t_ns = max(now_ns, state.now_ns + 1)
    tried = [_ruling(fact, t_ns) if isinstance(fact, ZoneEnacted) else fact for fact in facts]
    trial, concluded = step(state, Tick(0, t_ns, tried))
    return touched(trial.law, zones, concluded, now_ns)


def _ruling(zone: ZoneEnacted, now_ns: int) -> ZoneEnacted:
    """Return a zone as if it ruled from now on, at all hours."""
    undone = {"end_ns": None, "periods": (), "applicability": None, "applicability_span": None, "hours_unread": None}
    return msgspec.structs.replace(zone, announced_at_ns=now_ns, effective_from_ns=now_ns, **undone)


def touched(law: Law, zones: Sequence[ZoneEnacted], concluded: Sequence[object], now_ns: int) -> asked.Hits:
    """Return what zones touch, by the conclusions of the tick that enacted them, under the law since."""
    zone_ids = {zone.zone_id for zone in zones}
    judged = [fact for fact in concluded if isinstance(fact, VerdictReached) and fact.zone_id in zone_ids]
    return asked.Hits(
        track_ids=sorted({one.track_id for one in judged if one.verdict in _ACTIVE}),
        not_permitted=sorted({one.track_id for one in judged if one.verdict is Verdict.NOT_PERMITTED}),
        cannot_tell=sorted({one.track_id for one in judged if one.verdict is Verdict.CANNOT_TELL}),
        permit_ids=_permits_in(law, zones, now_ns),
    )


def _permits_in(law: Law, zones: Sequence[ZoneEnacted], now_ns: int) -> list[str]:
    """Return the permits whose volumes a zone reaches while it holds."""
    found: dict[str, None] = {}
    volumes = [(zone, volume, compile_outline(volume.outline)) for zone in zones for volume in zone.volumes]
    for permit in law.permits:
        if not permit.known(now_ns) or permit.revoked_ns <= now_ns:
            continue
        for part, outline in zip(permit.fact.volumes, permit.outlines, strict=True):
            if any(
                _at_once(zone, part, now_ns) and meeting(volume, own, part.volume, outline, NO_THRESHOLDS) is not None
                for zone, volume, own in volumes
            ):
                found[permit.fact.permit_id] = None
    return sorted(found)


def _at_once(zone: ZoneEnacted, part: PermitVolume, now_ns: int) -> bool:
    end_ns = FOREVER_NS if zone.end_ns is None else zone.end_ns
    return part.end_ns > max(now_ns, zone.effective_from_ns or now_ns) and part.start_ns < end_ns


def published(draft: asked.Draft, state: State, now_ns: int) -> list[ZoneEnacted]:
    """Return the zones of a draft as they become law: a zone that is there gets the next version number.

    They bind from when they are announced, which is now, however early the file dates itself.
    """
    last: dict[str, int] = {}
    for fact in state.enacted:
        if isinstance(fact, ZoneEnacted):
            last[fact.zone_id] = max(fact.version, last.get(fact.zone_id, 0))
    return [
        msgspec.structs.replace(
            zone,
            version=max(zone.version, last.get(zone.zone_id, 0) + 1) if zone.zone_id in last else zone.version,
            supersedes=last.get(zone.zone_id, zone.supersedes),
            announced_at_ns=now_ns,
            effective_from_ns=max(now_ns, zone.effective_from_ns or now_ns),
        )
        for zone in draft.zones
    ]
