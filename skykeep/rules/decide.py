"""May this fly, and by which words: one answer, with everything it rests on, for a question and for an application.

    a flight        "may I fly here?", or a track: judged by `verdict.judge`, so the two can never disagree; told are
                    the clauses asked in their order, the permits compared, versions, margins, what is missing or coming
    an operation    an application: every zone that its volumes, grown by its thresholds, meet while the zone rules or
                    may rule, with the clause that stands against it and who must consent; granted permits that it
                    conflicts with; and, where one of them stands, another time or height that is free

An alternative is offered only after it has been decided itself: no permit stands against it, and it meets no zone that
the question did not meet.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from skykeep.errors import Refused
from skykeep.facts.concluded import Trust, Verdict
from skykeep.facts.enacted import Interval, Limit, PermitVolume, Rule, ZoneEnacted
from skykeep.facts.explained import (
    Alternative,
    ClauseAsked,
    Explanation,
    HeightCompared,
    PermitLooked,
    ZoneExplained,
)
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.frames import metres_per_e7
from skykeep.rules.adjoining import nearest
from skykeep.rules.conflict import NO_THRESHOLDS, Part, added, conflicts, gap, heights_meet
from skykeep.rules.exemption import Met, exempted
from skykeep.rules.flight import Flight, Height
from skykeep.rules.heights import with_heights
from skykeep.rules.inside import Vertical, locate
from skykeep.rules.law import Law, Permit
from skykeep.rules.operation import Operation
from skykeep.rules.outline import OTHER_SIDE_M, TURN_E7, compile_outline
from skykeep.rules.verdict import CLAUSES, Candidate, Ruling, judge
from skykeep.rules.zone import FOREVER_NS, Force, Zone

DAY_NS = 86_400_000_000_000
_MINUTE_NS = 60_000_000_000
_GRAVITY = (Verdict.NO_RULE, Verdict.EXEMPT, Verdict.PERMITTED, Verdict.CANNOT_TELL, Verdict.NOT_PERMITTED)
_TRIES_MAX = 500  # shifts that are tried before none is offered


def decide(asked: Flight | Operation, law: Law) -> Explanation:
    """Return the answer of the law to a flight or an application; Refused for one without a volume or an outline."""
    if isinstance(asked, Operation) and not asked.volumes:
        raise Refused("an application without a volume asks for nothing; say where and when")
    return _of_flight(asked, law) if isinstance(asked, Flight) else _of_operation(asked, law)


def decide_zone(flight: Flight, law: Law, zone: Zone) -> Explanation:
    """Return the answer to a flight as if there were no other zone: zones are ruled one by one (see `verdict`)."""
    return _of_flight(flight, law, [zone])


def gravest(zones: Iterable[tuple[Verdict, str]]) -> tuple[Verdict, str]:
    """Return the gravest verdict with its clause, the first of equals; no zone is no rule."""
    return max(zones, key=lambda one: _GRAVITY.index(one[0]), default=(Verdict.NO_RULE, "no_zone_here"))


# ---- a flight --------------------------------------------------------------------------------------


def _of_flight(flight: Flight, law: Law, near: Sequence[Zone] | None = None) -> Explanation:
    rulings = judge(flight, law, near)
    zones = tuple(_ruled(with_heights(flight, law.levels), ruling, ruling.zone) for ruling in rulings if ruling.zone)
    verdict, clause = gravest([(ruling.verdict, ruling.clause) for ruling in rulings])
    coming = rulings[0].coming
    return Explanation(
        about="flight",
        t_ns=flight.t_ns,
        until_ns=None,
        verdict=verdict,
        clause=clause,
        trust=flight.trust,
        zones=zones,
        coming_zone_id=None if coming is None else coming.fact.zone_id,
        coming_zone_name=None if coming is None else coming.fact.name,
        coming_from_ns=rulings[0].coming_from_ns,
        missing=tuple(dict.fromkeys(what for ruling in rulings for what in ruling.missing)),
        law_complete=law.complete,
        conflicts=(),
        alternatives=(),
    )


def _ruled(flight: Flight, ruling: Ruling, zone: Zone) -> ZoneExplained:
    permit, inside = ruling.permit, ruling.inside
    until_ns = ruling.holds_until_ns
    floor, ceiling = _limits_compared(flight, zone)
    return msgspec.structs.replace(
        _about(zone, ruling.verdict, ruling.clause, ruling.overruled),
        floor=floor,
        ceiling=ceiling,
        permit_id=None if permit is None else permit.fact.permit_id,
        permit_version=None if permit is None else permit.fact.version,
        permits=tuple(_looked(candidate) for candidate in ruling.candidates),
        probability_inside_ppm=None if inside is None else round(inside.probability * 1e6),
        margin_mm=None if inside is None else round(inside.margin_m * 1e3),
        margin_height_mm=None if inside is None else inside.vertical.margin_mm,
        margin_time_ns=None if until_ns == FOREVER_NS else until_ns - flight.t_ns,
        missing=ruling.missing,
        height=None if inside is None else _height(inside.vertical),
    )


def _height(vertical: Vertical) -> HeightCompared | None:
    if vertical.limit is None:
        return None
    lowest_mm, highest_mm = vertical.band_mm or (None, None)
    return HeightCompared(limit=vertical.limit, lowest_mm=lowest_mm, highest_mm=highest_mm, by=vertical.by)


def _about(zone: Zone, verdict: Verdict, clause: str, overruled: str | None) -> ZoneExplained:
    """Return what every explanation says of a zone; the figures are still to come."""
    fact = zone.fact
    return ZoneExplained(
        zone_id=fact.zone_id,
        zone_version=fact.version,
        name=fact.name,
        rule=fact.rule,
        issuing_body=fact.issuing_body,
        floor=None,
        ceiling=None,
        verdict=verdict,
        clause=clause,
        permit_id=None,
        permit_version=None,
        asked=clauses_asked(clause, overruled),
        permits=(),
        probability_inside_ppm=None,
        margin_mm=None,
        margin_height_mm=None,
        margin_time_ns=None,
        missing=(),
        consent_of=(),
        contact=fact.contact,
        in_force=(),
    )


def clauses_asked(clause: str, overruled: str | None) -> tuple[ClauseAsked, ...]:
    """Return the clauses of the table down to the one that rules, each with what came of it."""
    asked = CLAUSES[: CLAUSES.index(clause)]
    before = (ClauseAsked(clause=each, answer="overruled" if each == overruled else "no") for each in asked)
    return (*before, ClauseAsked(clause=clause, answer="rules"))


def _limits_compared(flight: Flight, zone: Zone) -> tuple[Limit, Limit]:
    """Return the limits of the volume that a flight is most surely inside of."""
    volumes = list(zip(zone.fact.volumes, zone.outlines, strict=True))
    places = [locate(flight, volume, outline) for volume, outline in volumes]
    best = zone.fact.volumes[places.index(nearest(places))]
    return best.floor, best.ceiling


def _looked(candidate: Candidate) -> PermitLooked:
    place = candidate.near
    return PermitLooked(
        permit_id=candidate.permit.fact.permit_id,
        version=candidate.permit.fact.version,
        identity=candidate.match.value,
        lifts=candidate.lifts.value,
        timely=candidate.nearly_timely,
        revoked=candidate.revoked,
        where=place.where.value,
        margin_mm=round(place.margin_m * 1e3),
        margin_height_mm=place.vertical.margin_mm,
        height=_height(place.vertical),
    )


# ---- an application --------------------------------------------------------------------------------


def _of_operation(asked: Operation, law: Law) -> Explanation:
    answer = _decided(asked, law)
    if answer.free_of_conflict:
        return answer
    return msgspec.structs.replace(answer, alternatives=tuple(_alternatives(asked, law, answer)))


def _decided(asked: Operation, law: Law) -> Explanation:
    """Return the answer to an application without alternatives."""
    parts = [(part, compile_outline(part.volume.outline)) for part in asked.volumes]
    met = [_crossed(asked, parts, zone) for zone in _zones_about(asked, parts, law)]
    zones = tuple(zone for zone in met if zone is not None)
    found = tuple(conflicts(asked, parts, _permits_about(asked, parts, law)))
    verdict, clause = gravest([(zone.verdict, zone.clause) for zone in zones])
    unknown = [conflict.permit_id for conflict in found if conflict.heights == "not_comparable"]
    missing = [what for zone in zones for what in zone.missing]
    missing += [f"whether the heights of permit {permit_id} overlap" for permit_id in unknown]
    return Explanation(
        about="operation",
        t_ns=asked.start_ns,
        until_ns=asked.end_ns,
        verdict=verdict,
        clause=clause,
        trust=Trust.NONE,
        zones=zones,
        coming_zone_id=None,
        coming_zone_name=None,
        coming_from_ns=None,
        missing=tuple(dict.fromkeys(missing)),
        law_complete=law.complete,
        conflicts=found,
        alternatives=(),
    )


def _reach(part: Part) -> tuple[int, int, float]:
    """Return a place in the middle of a part's box, and metres that surely reach every point of the box from there."""
    low, high, west, east = part[1].box_e7
    lat, lon = (low + high) // 2, (west + east) // 2
    north_m, east_m = metres_per_e7(lat / 1e7)
    widest = 0 if low < 0 < high else min(abs(low), abs(high))
    wide_m = max(east_m, metres_per_e7(min(90.0, widest / 1e7))[1])
    reach_m = 1.02 * (north_m * (high - low + 2) + wide_m * (east - west + 2)) / 2.0
    return lat, (lon + TURN_E7 // 2) % TURN_E7 - TURN_E7 // 2, min(reach_m, OTHER_SIDE_M)


def _zones_about(asked: Operation, parts: list[Part], law: Law) -> list[Zone]:
    slack_m = (asked.thresholds or NO_THRESHOLDS).horizontal_mm / 1e3
    near: dict[tuple[str, int], Zone] = {}
    for part in parts:
        lat, lon, reach_m = _reach(part)
        for zone in law.zones_near(lat, lon, reach_m + slack_m + 1.0):
            near[zone.fact.zone_id, zone.fact.version] = zone
    return [near[key] for key in sorted(near)]


def _permits_about(asked: Operation, parts: list[Part], law: Law) -> list[Permit]:
    slack_m = (asked.thresholds or NO_THRESHOLDS).horizontal_mm / 1e3 + law.granted.slack_m
    found: set[int] = set()
    for part in parts:
        lat, lon, reach_m = _reach(part)
        found.update(law.granted.by_place.near(lat, lon, reach_m + slack_m + 1.0))
    return [law.permits[number] for number in sorted(found)]


def _crossed(asked: Operation, parts: list[Part], zone: Zone) -> ZoneExplained | None:
    """Return the answer for one zone version, or None where the application does not meet it."""
    if not zone.known(asked.asked_ns):
        return None
    met = list(_meetings(asked, parts, zone))
    if not met:
        return None
    verdict, clause, missing, overruled = _clause(asked, zone, met)
    first = met[0]
    return msgspec.structs.replace(
        _about(zone, verdict, clause, overruled),
        floor=first.floor,
        ceiling=first.ceiling,
        margin_mm=max(-one.gap_mm for one in met),
        missing=missing,
        consent_of=_consent_of(asked, zone, clause, overruled),
        in_force=tuple(dict.fromkeys(one.interval for one in met)),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Meeting:
    """One volume of an application and one of a zone, where and while they meet."""

    interval: Interval
    force: Force  # YES or UNKNOWN
    heights_known: bool
    gap_mm: int
    floor: Limit
    ceiling: Limit


def _meetings(asked: Operation, parts: list[Part], zone: Zone) -> Iterator[_Meeting]:
    slack = asked.thresholds or NO_THRESHOLDS
    for part, outline in parts:
        intervals = _in_force(zone, part.start_ns - slack.time_ns, part.end_ns + slack.time_ns)
        for volume, zone_outline in zip(zone.fact.volumes, zone.outlines, strict=True) if intervals else ():
            heights = heights_meet(part.volume, volume, slack.vertical_mm)
            gap_m = None if heights is False else gap(outline, zone_outline, slack.horizontal_mm / 1e3)
            if gap_m is None:
                continue
            for interval, force in intervals:
                known = heights is not None
                yield _Meeting(interval, force, known, round(gap_m * 1e3), volume.floor, volume.ceiling)


def _in_force(zone: Zone, start_ns: int, end_ns: int) -> list[tuple[Interval, Force]]:
    """Return when, from `start_ns` to before `end_ns`, a zone rules or may rule, in the order of time."""
    edges = sorted({start_ns, end_ns, *(edge for edge in zone.edges_ns() if start_ns < edge < end_ns)})
    found: list[tuple[Interval, Force]] = []
    for begin_ns, stop_ns in itertools.pairwise(edges):
        force = zone.force(begin_ns)
        if force is Force.NO:
            continue
        before = found[-1] if found else None
        if before is not None and before[1] is force and before[0].end_ns == begin_ns:
            found[-1] = (msgspec.structs.replace(before[0], end_ns=stop_ns), force)
        else:
            found.append((Interval(start_ns=begin_ns, end_ns=stop_ns), force))
    return found


def _clause(asked: Operation, zone: Zone, met: list[_Meeting]) -> tuple[Verdict, str, tuple[str, ...], str | None]:
    """Return verdict, clause, what is missing, and the clause that would rule if the zone surely were met."""
    if zone.fact.rule is Rule.ALLOWED:
        return Verdict.NO_RULE, "zone_allows", (), None
    exempt, missing = exempted(_highest(asked), zone.fact.exemptions)
    if exempt is Met.YES:
        return Verdict.NO_RULE, "zone_exempts", (), None
    if all(one.force is Force.UNKNOWN for one in met):
        return Verdict.CANNOT_TELL, "hours_not_readable", ("the zone's hours",), None
    if exempt is Met.UNKNOWN:
        return Verdict.CANNOT_TELL, "exemption_not_known", missing, None
    if zone.fact.rule is Rule.CONDITIONAL:
        return Verdict.CANNOT_TELL, "conditions_not_readable", ("whether the zone's conditions are met",), None
    if not any(one.heights_known and one.force is Force.YES for one in met):
        what = ("heights that can be compared with the zone's",)
        return Verdict.CANNOT_TELL, "zone_height_unknown", what, "no_permit"
    return Verdict.NOT_PERMITTED, "no_permit", (), None


def _highest(asked: Operation) -> Flight:
    """Return the highest flight that is asked for, as far as one datum tells it, for a zone's exemptions."""
    ceilings = [part.volume.ceiling for part in asked.volumes]
    heights = [limit for limit in ceilings if isinstance(limit, Altitude)]
    one_datum = len(heights) == len(ceilings) and len({limit.datum for limit in heights}) == 1
    highest = (Height(max(heights, key=lambda limit: limit.value_mm), 0),) if one_datum else ()
    return Flight(
        t_ns=asked.start_ns, lat_e7=0, lon_e7=0, pos_sigma_m=0.0, heights=highest, uas_id=None, session_id=None,
        operator_id=None, trust=Trust.NONE, manned=False, mass_g=asked.mass_g, category=asked.category,
        mission=asked.mission,
    )  # fmt: skip


def _consent_of(asked: Operation, zone: Zone, clause: str, overruled: str | None) -> tuple[str, ...]:
    """Return who must agree: whom the zone names for an authorisation, else its issuing body, else its id."""
    if "no_permit" not in {clause, overruled} or (asked.issuer is not None and asked.issuer == zone.fact.issuing_body):
        return ()
    return consent_authorities(zone.fact)


def consent_authorities(zone: ZoneEnacted) -> tuple[str, ...]:
    """Return the names of those whose consent lifts a zone."""
    asked = [one for one in zone.authorities if one.purpose in {None, "AUTHORIZATION"}]
    names = [text.text for one in asked for text in one.name[:1]]
    return tuple(dict.fromkeys(names)) or (zone.issuing_body or f"the authority of zone {zone.zone_id}",)


# ---- alternatives ----------------------------------------------------------------------------------


def _alternatives(asked: Operation, law: Law, answer: Explanation) -> Iterator[Alternative]:
    """Yield the first later time within a day, and the least shift in height, that are free."""
    for kind, shifts in (("time", _later(asked, law)), ("height", _higher_or_lower(asked, law))):
        for shift in shifts[:_TRIES_MAX]:
            moved = shifted(asked, shift_ns=shift if kind == "time" else 0, shift_mm=shift if kind == "height" else 0)
            if moved is not None and not _standing(moved, law, first=True) and _no_worse(_decided(moved, law), answer):
                yield Alternative(
                    kind="time" if kind == "time" else "height",
                    shift_ns=shift if kind == "time" else 0,
                    shift_mm=shift if kind == "height" else 0,
                    volumes=moved.volumes,
                )
                break


def _no_worse(new: Explanation, old: Explanation) -> bool:
    """Whether an answer is free of conflict and meets no zone in a graver way than the old one did."""
    graver = {zone.zone_id: 0 for zone in new.zones} | {
        zone.zone_id: _GRAVITY.index(zone.verdict) for zone in old.zones
    }
    return new.free_of_conflict and all(_GRAVITY.index(zone.verdict) <= graver[zone.zone_id] for zone in new.zones)


def shifted(asked: Operation, *, shift_ns: int = 0, shift_mm: int = 0) -> Operation | None:
    """Return an operation moved in time and height; None where a limit has no height, or would lie below the ground."""
    volumes = []
    for part in asked.volumes:
        floor, ceiling = part.volume.floor, part.volume.ceiling
        if shift_mm:
            if not isinstance(floor, Altitude) or not isinstance(ceiling, Altitude):
                return None
            floor, ceiling = _raised(floor, shift_mm), _raised(ceiling, shift_mm)
            if floor is None or ceiling is None:
                return None
        volume = msgspec.structs.replace(part.volume, floor=floor, ceiling=ceiling)
        volumes.append(PermitVolume(volume=volume, start_ns=part.start_ns + shift_ns, end_ns=part.end_ns + shift_ns))
    return msgspec.structs.replace(asked, volumes=tuple(volumes))


def _raised(limit: Altitude, shift_mm: int) -> Altitude | None:
    """Return a limit so much higher; lower only above the ground, and where the datum tells that."""
    raised = Altitude(limit.value_mm + shift_mm, limit.datum)
    if shift_mm < 0 and (limit.datum is not Datum.AGL or raised.value_mm < 0):
        return None
    return raised


def _standing(asked: Operation, law: Law, *, first: bool = False) -> list[Permit]:
    """Return each permit that stands against an operation, or only the first that is found."""
    parts = [(part, compile_outline(part.volume.outline)) for part in asked.volumes]
    permits = {(one.fact.permit_id, one.fact.version): one for one in _permits_about(asked, parts, law)}
    standing = (one for one in conflicts(asked, parts, permits.values()) if one.stands)
    found = itertools.islice(standing, 1 if first else None)
    return [permits[key] for key in dict.fromkeys((one.permit_id, one.version) for one in found)]


def _later(asked: Operation, law: Law) -> list[int]:
    """Return shifts in time, up to a day and to whole minutes, after which a permit that stands against it is over."""
    longest = msgspec.structs.replace(
        asked,
        volumes=tuple(msgspec.structs.replace(part, end_ns=part.end_ns + DAY_NS) for part in asked.volumes),
    )
    shifts = {
        _up(end.end_ns + added(asked.thresholds, permit.fact.thresholds).time_ns - part.start_ns, _MINUTE_NS)
        for permit in _standing(longest, law)
        for end in permit.fact.volumes
        for part in asked.volumes
    }
    return sorted(shift for shift in shifts if 0 < shift <= DAY_NS)


def _higher_or_lower(asked: Operation, law: Law) -> list[int]:
    """Return shifts in height, to whole metres, that bring a part just over or under a permit that stands."""
    shifts: set[int] = set()
    for permit in _standing(asked, law):
        slack_mm = added(asked.thresholds, permit.fact.thresholds).vertical_mm
        for part in asked.volumes:
            for other in permit.fact.volumes:
                up = _over(part.volume.floor, other.volume.ceiling, slack_mm)
                down = _over(other.volume.floor, part.volume.ceiling, slack_mm)
                shifts |= {shift for shift in (up, None if down is None else -down) if shift}
    return sorted(shifts, key=lambda shift: (abs(shift), shift < 0))


def _over(floor: Limit, ceiling: Limit, slack_mm: int) -> int | None:
    """Return how far a floor must rise to lie above a ceiling by more than the slack, to whole metres."""
    if not isinstance(floor, Altitude) or not isinstance(ceiling, Altitude) or floor.datum is not ceiling.datum:
        return None
    needed = ceiling.value_mm - floor.value_mm + slack_mm + 1
    return _up(needed, 1_000) if needed > 0 else None


def _up(value: int, step: int) -> int:
    return -(-value // step) * step
