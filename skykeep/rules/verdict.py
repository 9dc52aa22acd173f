"""The verdict table: may this flight be here, now, and by which words (DESIGN section 5).

The clauses in the order in which they are asked, for each zone that the flight may be in:

    clause                    verdict         when
    identity_contradicted     CANNOT_TELL     a permit reaches it, or it says it is manned; that cannot be true
    manned_aircraft           EXEMPT          the aircraft is manned
    zone_allows               NO_RULE         the zone is one that restricts nothing
    state_flight              EXEMPT          a standing permit of a state flight covers it and the identity matches
    permitted                 PERMITTED       a permit's volume covers it and the identity matches
    permit_height_unknown     CANNOT_TELL     the identity matches; its height cannot be compared with the permit's
    permit_border             CANNOT_TELL     the identity matches; the error straddles the permit's border or height
    identity_absent           CANNOT_TELL     a permit reaches it, and it gave no identity to compare
    hours_not_readable        CANNOT_TELL     the zone's hours could not be read
    conditions_not_readable   CANNOT_TELL     the zone's conditions are words that no program can check
    permit_revoked            NOT_PERMITTED   its permit was taken back
    permit_hours              NOT_PERMITTED   its permit does not hold at this time
    permit_height             NOT_PERMITTED   it is inside its permit's outline, outside its heights
    permit_area               NOT_PERMITTED   it is outside its permit's outline
    permit_of_another         NOT_PERMITTED   a permit reaches it, but is for others
    no_permit                 NOT_PERMITTED   no active permit reaches it
    zone_height_unknown       CANNOT_TELL     a NOT_PERMITTED row, but the height cannot be compared with the zone's
    zone_border               CANNOT_TELL     a NOT_PERMITTED row, but the error straddles the zone's border
    zone_height_border        CANNOT_TELL     a NOT_PERMITTED row, but the error straddles the zone's floor or ceiling
    no_zone_here              NO_RULE         no zone in force reaches it (the law declared complete, or not)

Decisions, by "wrong is worse than cannot tell":

- Zones are ruled one by one. An allowed zone lifts nothing of a prohibited one around it; a permit that names its
  zones lifts no other.
- PERMITTED needs only that the flight may be in the zone: whether it is inside (height unknown, border near) does not
  matter, since outside of it there is no rule either. NOT_PERMITTED needs that it surely is.
- A contradicted identity could be anybody's, so it is CANNOT_TELL wherever anybody's permit reaches, and NOT_PERMITTED
  where none does. "Manned" is a claim too: contradicted, it no longer exempts.
- A permit reaches as long as the flight is not surely outside: an unknown height counts as reached.
- A serial, registration or UTM id that a permit's list of aircraft lacks, or an operator that its list of operators
  lacks, counts against a match, whatever else matches. Another session id does not, if the aircraft matches.
- Several volumes: the one that the flight is most surely inside of. Adjoining ones are not added up.
- Conditions of a permit are words: PERMITTED stands, and `missing` says that they were not checked.
- Hours or conditions of a zone that cannot be read do not matter to a flight that is permitted or exempt anyway.
- A status such as "on the ground" is a claim of the sender and never clears a flight. Where the ground height at
  take-off is known by such a claim alone, the answer stands and `missing` says on what it rests.
"""

from __future__ import annotations

import dataclasses
import enum

from skykeep.facts.concluded import Verdict
from skykeep.facts.enacted import PermitVolume, Rule, Volume
from skykeep.rules.flight import Flight
from skykeep.rules.heights import doubts, with_heights
from skykeep.rules.inside import SURE_SIGMAS, Inside, Vertical, Where, locate
from skykeep.rules.law import FOREVER_NS, Force, Law, Permit, Zone
from skykeep.rules.outline import OTHER_SIDE_M, Outline


@dataclasses.dataclass(frozen=True, slots=True)
class Ruling:
    """The answer for one flight and one zone (`zone` None: nothing in force here), with what decided it."""

    verdict: Verdict
    clause: str
    zone: Zone | None = None
    permit: Permit | None = None
    inside: Inside | None = None
    missing: tuple[str, ...] = ()
    coming: Zone | None = None
    coming_from_ns: int | None = None
    holds_until_ns: int = FOREVER_NS


class Match(enum.Enum):
    """How a flight's identity compares with the one a permit asks for."""

    YES = "yes"
    NO = "no"
    ABSENT = "absent"


@dataclasses.dataclass(frozen=True, slots=True)
class _Candidate:
    """One permit that is meant for the zone, compared with the flight."""

    permit: Permit
    match: Match
    inside: Inside  # of the best of its volumes
    timely: bool  # one of its volumes that may reach the flight holds at this time
    revoked: bool

    @property
    def reaches(self) -> bool:
        """Whether it holds now and its volume, grown by the error, reaches the flight."""
        return self.timely and not self.revoked and self.inside.where is not Where.OUTSIDE


def judge(flight: Flight, law: Law) -> tuple[Ruling, ...]:
    """Return one ruling for each zone in force that the flight may be in, by zone id; or the one that says none is."""
    coming: tuple[int, Zone] | None = None
    rulings = []
    passed: list[Volume] = []  # over or under which it flies
    flight = with_heights(flight, law.levels)
    for zone in law.zones_near(flight.lat_e7, flight.lon_e7, SURE_SIGMAS * flight.pos_sigma_m):
        in_force = zone.in_force(flight.t_ns)
        begins_ns = None if in_force else zone.begins_ns(flight.t_ns)
        if not in_force and begins_ns is None:
            continue
        inside = _locate_zone(flight, zone)
        if inside.where is Where.OUTSIDE:
            passed += () if inside.horizontal is Where.OUTSIDE else zone.fact.volumes
            continue
        if in_force:
            rulings.append(_rule(flight, law, zone, inside))
        elif begins_ns is not None and (coming is None or begins_ns < coming[0]):
            coming = (begins_ns, zone)
    answers = tuple(rulings) or (Ruling(Verdict.NO_RULE, "no_zone_here", missing=doubts(flight, passed)),)
    if coming is None:
        return answers
    return tuple(dataclasses.replace(ruling, coming=coming[1], coming_from_ns=coming[0]) for ruling in answers)


def identity_match(flight: Flight, permit: Permit) -> Match:
    """Compare identities: the aircraft decides where a permit names aircraft or sessions, else the operator.

    aircraft   session   operator   answer where the permit names aircraft or sessions
    any        any       NO         NO: a wrong operator always counts
    NO         any                  NO: so does a wrong aircraft
    YES        any                  YES
    ABSENT     YES                  YES
    ABSENT     NO                   NO
    ABSENT     ABSENT               ABSENT
    """
    fact = permit.fact
    operator = _compared((flight.operator_id,), fact.operators)
    if not fact.aircraft and not fact.sessions:
        return operator
    if operator is Match.NO:
        return Match.NO
    aircraft = _compared((flight.uas_id, *flight.other_ids), fact.aircraft)
    return _compared((flight.session_id,), fact.sessions) if aircraft is Match.ABSENT else aircraft


def _compared(names: tuple[str | None, ...], wanted: tuple[str, ...]) -> Match:
    given = [name for name in names if name is not None]
    if not given or not wanted:
        return Match.ABSENT
    return Match.YES if any(name in wanted for name in given) else Match.NO


NOWHERE = Inside(Where.OUTSIDE, Where.OUTSIDE, Vertical(Where.OUTSIDE, probability=0.0), -OTHER_SIDE_M, 0.0)
_NEARNESS = {Where.INSIDE: 3, Where.BETWEEN: 2, Where.UNKNOWN: 1, Where.OUTSIDE: 0}


def _locate_zone(flight: Flight, zone: Zone) -> Inside:
    volumes = zip(zone.fact.volumes, zone.outlines, strict=True)
    return _nearest([locate(flight, volume, outline) for volume, outline in volumes])


def _nearest(places: list[Inside]) -> Inside:
    """Return the volume that the flight is most surely inside of, the first of equals; NOWHERE of none."""
    best = places[0] if places else NOWHERE
    for place in places[1:]:
        if (_NEARNESS[place.where], place.margin_m) > (_NEARNESS[best.where], best.margin_m):
            best = place
    return best


def _rule(flight: Flight, law: Law, zone: Zone, inside: Inside) -> Ruling:
    ruling = _rule_inside(flight, law, zone)
    ruling = dataclasses.replace(ruling, zone=zone, inside=inside, holds_until_ns=_until(flight, zone, ruling.permit))
    if ruling.verdict is Verdict.NOT_PERMITTED and inside.where is not Where.INSIDE:
        ruling = _unsure(ruling, inside)
    doubtful = doubts(flight, _compared_with(ruling))
    return dataclasses.replace(ruling, missing=(*ruling.missing, *doubtful)) if doubtful else ruling


def _compared_with(ruling: Ruling) -> list[Volume]:
    """Return the volumes on whose limits a ruling rests; a permission rests on the permit's alone."""
    volumes = [] if ruling.permit is None else [part.volume for part in ruling.permit.fact.volumes]
    if ruling.zone is not None and ruling.verdict is not Verdict.PERMITTED:
        volumes += ruling.zone.fact.volumes
    return volumes


def _unsure(ruling: Ruling, inside: Inside) -> Ruling:
    """Turn a NOT_PERMITTED that holds only if the flight is inside into what can really be told."""
    if inside.vertical.where is Where.UNKNOWN:
        clause, missing = "zone_height_unknown", inside.vertical.missing
    elif inside.horizontal is Where.BETWEEN:
        clause, missing = "zone_border", ("a better position",)
    else:
        clause, missing = "zone_height_border", ("a better height",)
    return dataclasses.replace(ruling, verdict=Verdict.CANNOT_TELL, clause=clause, missing=missing, permit=None)


def _rule_inside(flight: Flight, law: Law, zone: Zone) -> Ruling:
    """Rule as if the flight were surely inside the zone."""
    if flight.manned:
        return _contradicted(None) if flight.contradicted else Ruling(Verdict.EXEMPT, "manned_aircraft")
    if zone.fact.rule is Rule.ALLOWED:
        return Ruling(Verdict.NO_RULE, "zone_allows")
    candidates = _candidates(flight, law, zone)
    ruling = _rule_by_permits(flight, candidates)
    if ruling.verdict is not Verdict.NOT_PERMITTED:
        return ruling
    if zone.force(flight.t_ns) is Force.UNKNOWN:
        return Ruling(Verdict.CANNOT_TELL, "hours_not_readable", missing=("the zone's hours",))
    if zone.fact.rule is Rule.CONDITIONAL:
        return Ruling(
            Verdict.CANNOT_TELL, "conditions_not_readable", missing=("whether the zone's conditions are met",)
        )
    return ruling


def _candidates(flight: Flight, law: Law, zone: Zone) -> list[_Candidate]:
    return [
        _compare(flight, permit)
        for permit in law.permits
        if permit.lifts(zone.fact.zone_id) and permit.known(flight.t_ns)
    ]


def _compare(flight: Flight, permit: Permit) -> _Candidate:
    places = [
        (part, _locate_part(flight, part, outline))
        for part, outline in zip(permit.fact.volumes, permit.outlines, strict=True)
    ]
    timely = [place for part, place in places if part.start_ns <= flight.t_ns < part.end_ns]
    best = _nearest(timely or [place for _, place in places])
    return _Candidate(permit, identity_match(flight, permit), best, bool(timely), permit.revoked_ns <= flight.t_ns)


def _locate_part(flight: Flight, part: PermitVolume, outline: Outline) -> Inside:
    return locate(flight, part.volume, outline)


def _rule_by_permits(flight: Flight, candidates: list[_Candidate]) -> Ruling:
    reaching = [candidate for candidate in candidates if candidate.reaches]
    mine = [candidate for candidate in reaching if candidate.match is Match.YES]
    if reaching and flight.contradicted:
        return _contradicted(reaching[0].permit)
    if mine:
        return _rule_mine(mine)
    silent = [candidate for candidate in reaching if candidate.match is Match.ABSENT]
    if silent:
        return Ruling(Verdict.CANNOT_TELL, "identity_absent", permit=silent[0].permit, missing=("identity",))
    return _refuse(candidates, reaching)


def _contradicted(permit: Permit | None) -> Ruling:
    return Ruling(
        Verdict.CANNOT_TELL, "identity_contradicted", permit=permit, missing=("an identity that can be true",)
    )


def _rule_mine(mine: list[_Candidate]) -> Ruling:
    """Rule a flight whose identity matches permits that reach it: the one that it is most surely inside of decides."""
    best = max(mine, key=lambda one: (_NEARNESS[one.inside.where], one.permit.fact.state_flight))
    permit, inside = best.permit, best.inside
    if inside.where is Where.INSIDE:
        unchecked = ("whether the permit's conditions are met",) if permit.fact.conditions else ()
        if permit.fact.state_flight:
            return Ruling(Verdict.EXEMPT, "state_flight", permit=permit, missing=unchecked)
        return Ruling(Verdict.PERMITTED, "permitted", permit=permit, missing=unchecked)
    if inside.vertical.where is Where.UNKNOWN:
        return Ruling(Verdict.CANNOT_TELL, "permit_height_unknown", permit=permit, missing=inside.vertical.missing)
    missing = "a better position" if inside.horizontal is Where.BETWEEN else "a better height"
    return Ruling(Verdict.CANNOT_TELL, "permit_border", permit=permit, missing=(missing,))


def _refuse(candidates: list[_Candidate], reaching: list[_Candidate]) -> Ruling:
    """Name the clause by which a flight is not permitted: its own permit's first, the nearest to holding."""
    own = [candidate for candidate in candidates if candidate.match is Match.YES]
    for clause, holds in _OWN_CLAUSES:
        for candidate in own:
            if holds(candidate):
                return Ruling(Verdict.NOT_PERMITTED, clause, permit=candidate.permit)
    if reaching:
        return Ruling(Verdict.NOT_PERMITTED, "permit_of_another", permit=reaching[0].permit)
    return Ruling(Verdict.NOT_PERMITTED, "no_permit")


def _is_revoked(candidate: _Candidate) -> bool:
    return candidate.revoked and candidate.timely and candidate.inside.where is not Where.OUTSIDE


def _is_untimely(candidate: _Candidate) -> bool:
    return not candidate.timely and not candidate.revoked and candidate.inside.where is not Where.OUTSIDE


def _is_too_high(candidate: _Candidate) -> bool:
    return not candidate.revoked and candidate.inside.horizontal is not Where.OUTSIDE


def _is_own(candidate: _Candidate) -> bool:
    return not candidate.revoked


def _is_any(candidate: _Candidate) -> bool:
    return candidate.revoked


_OWN_CLAUSES = (
    ("permit_revoked", _is_revoked),
    ("permit_hours", _is_untimely),
    ("permit_height", _is_too_high),
    ("permit_area", _is_own),
    ("permit_revoked", _is_any),
)


def _until(flight: Flight, zone: Zone, permit: Permit | None) -> int:
    zone_ns = zone.next_change_ns(flight.t_ns)
    return zone_ns if permit is None else min(zone_ns, permit.next_change_ns(flight.t_ns))
