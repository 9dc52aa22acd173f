"""The verdict table: may this flight be here, now, and by which words (DESIGN section 5).

The clauses in the order in which they are asked, for each zone that the flight may be in:

    clause                       verdict         when
    identity_contradicted        CANNOT_TELL     a permit reaches it, or it says it is manned; that cannot be true
    manned_aircraft              EXEMPT          the aircraft is manned
    zone_allows                  NO_RULE         the zone is one that restricts nothing
    zone_exempts                 NO_RULE         the zone itself says that it does not bind such a flight
    state_flight                 EXEMPT          a permit of a state flight covers it and the identity matches
    permitted                    PERMITTED       a permit's volume covers it and the identity matches
    permitted_within_thresholds  PERMITTED       it is outside that volume, within the permit's deviation thresholds
    permit_height_unknown        CANNOT_TELL     the identity matches; its height cannot be compared with the permit's
    permit_border                CANNOT_TELL     the identity matches; the error straddles the permit's border or height
    permit_zone_version          CANNOT_TELL     the identity matches; it is for another version, or older than the zone
    identity_absent              CANNOT_TELL     a permit reaches it, and it gave no identity to compare
    identity_other_kind          CANNOT_TELL     a permit reaches it, and the two name aircraft in different ways
    hours_not_readable           CANNOT_TELL     the zone's hours could not be read
    exemption_not_known          CANNOT_TELL     the zone may not bind such a flight; what decides that is not known
    conditions_not_readable      CANNOT_TELL     the zone's conditions are words that no program can check
    permit_without_consent       NOT_PERMITTED   its permit lacks the consent of the zone's authority
    permit_condition             NOT_PERMITTED   a condition of its permit is surely not met
    permit_revoked               NOT_PERMITTED   its permit was taken back
    permit_hours                 NOT_PERMITTED   its permit does not hold at this time
    permit_height                NOT_PERMITTED   it is inside its permit's outline, outside its heights
    permit_area                  NOT_PERMITTED   it is outside its permit's outline
    permit_of_another            NOT_PERMITTED   a permit reaches it, but is for others
    no_permit                    NOT_PERMITTED   no active permit reaches it
    zone_height_unknown          CANNOT_TELL     a NOT_PERMITTED row, but the height cannot be compared with the zone's
    zone_border                  CANNOT_TELL     a NOT_PERMITTED row, but the error straddles the zone's border
    zone_height_border           CANNOT_TELL     a NOT_PERMITTED row, but the error straddles its floor or ceiling
    no_zone_here                 NO_RULE         no zone in force reaches it (the law declared complete, or not)

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
- A serial cannot be compared with a registration: as long as the permit names an aircraft by a kind of id that the
  flight did not give, it may be that aircraft.
- Several volumes: the one that the flight is most surely inside of, or several that adjoin (see `adjoining`).
- Deviation thresholds grow a permit's volume in place, height and time. They widen no revocation and no grant.
- A permit for version 3 of a zone does not lift version 4, and a consent to version 3 is none to version 4. But its
  holder was granted something in good faith, and whether the new words mean to end it is for a person to say: a
  misprint put right would else make every permitted flight a violation. So CANNOT_TELL, never PERMITTED.
- A permit that was applied for, or that lists any consent, lifts a zone only with the consent of its authority; the
  issuer's own zones need none. Another permit rests on its issuer's word alone.
- Conditions of a permit that no program compares: PERMITTED stands, and `missing` names what was not checked. By
  radio none can surely be broken: a message that was not heard may still have been sent.
- An exemption that may hold hides a refusal. What a contradicted identity says of mass or mission counts for nothing.
- Hours or conditions of a zone that cannot be read do not matter to a flight that is permitted or exempt anyway.
- A status such as "on the ground" is a claim of the sender and never clears a flight. Where the ground height at
  take-off is known by such a claim alone, the answer stands and `missing` says on what it rests.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Sequence

from skykeep.facts.concluded import Trust, Verdict
from skykeep.facts.conditions import CHECKED
from skykeep.facts.enacted import PermitEnacted, PermitVolume, Rule, Volume
from skykeep.rules.adjoining import NEARNESS, together
from skykeep.rules.deviation import locate_deviating
from skykeep.rules.exemption import Met, exempted
from skykeep.rules.flight import Flight
from skykeep.rules.heights import doubts, with_heights
from skykeep.rules.inside import NEAR_SIGMAS, Inside, Where, locate
from skykeep.rules.law import FOREVER_NS, Force, Law, Permit, Zone
from skykeep.rules.outline import Outline


class Match(enum.Enum):
    """How a flight's identity compares with the one a permit asks for."""

    YES = "yes"
    NO = "no"
    ABSENT = "absent"
    OTHER_KIND = "other_kind"  # it names aircraft in a way that the flight does not, such as by serials


class Lifts(enum.Enum):
    """Whether a permit that is meant for a zone lifts the version of it that is in force."""

    YES = "yes"
    OTHER_VERSION = "other_version"
    NO_CONSENT = "no_consent"


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """One permit that is meant for a zone, compared with a flight."""

    permit: Permit
    match: Match
    lifts: Lifts
    broken: bool  # a condition of it is surely not met
    inside: Inside  # of its volumes
    timely: bool  # one of them that may reach the flight holds at this time
    near: Inside  # of its volumes grown by its thresholds
    nearly_timely: bool
    revoked: bool

    @property
    def here(self) -> bool:
        """Whether it holds now and its grown volume, grown by the error too, reaches the flight."""
        return self.nearly_timely and not self.revoked and self.near.where is not Where.OUTSIDE

    @property
    def reaches(self) -> bool:
        """Whether it may be a reason not to refuse the flight."""
        return self.here and self.lifts is not Lifts.NO_CONSENT and not self.broken


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
    overruled: str | None = None  # the clause that would rule, if the flight surely were in the zone
    candidates: tuple[Candidate, ...] = ()  # the permits that were compared


CLAUSES = (
    "identity_contradicted",
    "manned_aircraft",
    "zone_allows",
    "zone_exempts",
    "state_flight",
    "permitted",
    "permitted_within_thresholds",
    "permit_height_unknown",
    "permit_border",
    "permit_zone_version",
    "identity_absent",
    "identity_other_kind",
    "hours_not_readable",
    "exemption_not_known",
    "conditions_not_readable",
    "permit_without_consent",
    "permit_condition",
    "permit_revoked",
    "permit_hours",
    "permit_height",
    "permit_area",
    "permit_of_another",
    "no_permit",
    "zone_height_unknown",
    "zone_border",
    "zone_height_border",
    "no_zone_here",
)
"""The clauses in the order in which they are asked."""


def judge(flight: Flight, law: Law, near: Sequence[Zone] | None = None) -> tuple[Ruling, ...]:
    """Return one ruling for each zone in force that the flight may be in, by zone id; or the one that says none is.

    `near`: the zones within NEAR_SIGMAS, by id, from one who has asked for many flights at once.
    """
    coming: tuple[int, Zone] | None = None
    rulings = []
    passed: list[Volume] = []  # over or under which it flies
    if near is None:
        near = law.zones_near(flight.lat_e7, flight.lon_e7, NEAR_SIGMAS * flight.pos_sigma_m)
    flight = with_heights(flight, law.levels) if near else flight
    for zone in near:
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

    aircraft     session   operator   answer where the permit names aircraft or sessions
    any          any       NO         NO: a wrong operator always counts
    NO           any                  NO: so does a wrong aircraft
    YES          any                  YES
    ABSENT       YES                  YES
    ABSENT       NO                   NO
    ABSENT       ABSENT               ABSENT
    OTHER_KIND   YES                  YES
    OTHER_KIND   else                 OTHER_KIND
    """
    fact = permit.fact
    operator = _compared((flight.operator_id,), fact.operators)
    if not fact.aircraft and not fact.sessions:
        return operator
    if operator is Match.NO:
        return Match.NO
    aircraft = _compared((flight.uas_id, *flight.other_ids), fact.aircraft)
    if aircraft in {Match.YES, Match.NO}:
        return aircraft
    session = _compared((flight.session_id,), fact.sessions)
    return session if session is Match.YES or aircraft is Match.ABSENT else aircraft


def _compared(names: tuple[str | None, ...], wanted: tuple[str, ...]) -> Match:
    given = [name for name in names if name is not None]
    if not given or not wanted:
        return Match.ABSENT
    if any(name in wanted for name in given):
        return Match.YES
    kinds = {_kind(name) for name in given}
    return Match.NO if all(_kind(name) in kinds for name in wanted) else Match.OTHER_KIND


def _kind(pseudonym: str) -> str:
    """Return what kind of name a pseudonym stands for (see facts.personal); "" for one that does not say."""
    return pseudonym.partition(":")[0] if ":" in pseudonym else ""


def _locate_zone(flight: Flight, zone: Zone) -> Inside:
    volumes = list(zip(zone.fact.volumes, zone.outlines, strict=True))
    return together(flight, volumes, lambda volume, outline: locate(flight, volume, outline))


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
    return dataclasses.replace(
        ruling, verdict=Verdict.CANNOT_TELL, clause=clause, missing=missing, permit=None, overruled=ruling.clause
    )


def _rule_inside(flight: Flight, law: Law, zone: Zone) -> Ruling:
    """Rule as if the flight were surely inside the zone."""
    if flight.manned:
        return _contradicted(None) if flight.contradicted else Ruling(Verdict.EXEMPT, "manned_aircraft")
    if zone.fact.rule is Rule.ALLOWED:
        return Ruling(Verdict.NO_RULE, "zone_allows")
    candidates = _candidates(flight, law, zone)
    reaching = [candidate for candidate in candidates if candidate.reaches]
    if reaching and flight.contradicted:
        return dataclasses.replace(_contradicted(reaching[0].permit), candidates=candidates)
    exempt, missing = exempted(flight, zone.fact.exemptions) if zone.fact.exemptions else (Met.NO, ())
    if exempt is Met.YES:
        return Ruling(Verdict.NO_RULE, "zone_exempts", candidates=candidates)
    ruling = _rule_by_permits(flight, zone, candidates, reaching)
    if ruling.verdict is Verdict.NOT_PERMITTED:
        ruling = _rule_by_doubts(flight, zone, missing if exempt is Met.UNKNOWN else ()) or ruling
    return dataclasses.replace(ruling, candidates=candidates)


def _rule_by_doubts(flight: Flight, zone: Zone, exemption_missing: tuple[str, ...]) -> Ruling | None:
    """Return what keeps a refusal from being sure, whatever the permits say; None where nothing does."""
    if zone.force(flight.t_ns) is Force.UNKNOWN:
        return Ruling(Verdict.CANNOT_TELL, "hours_not_readable", missing=("the zone's hours",))
    if exemption_missing:
        return Ruling(Verdict.CANNOT_TELL, "exemption_not_known", missing=exemption_missing)
    if zone.fact.rule is Rule.CONDITIONAL:
        met = ("whether the zone's conditions are met",)
        return Ruling(Verdict.CANNOT_TELL, "conditions_not_readable", missing=met)
    return None


def _candidates(flight: Flight, law: Law, zone: Zone) -> tuple[Candidate, ...]:
    return tuple(
        _compare(flight, permit, zone)
        for permit in law.permits_for(flight)
        if permit.lifts(zone.fact.zone_id) and permit.known(flight.t_ns)
    )


def _compare(flight: Flight, permit: Permit, zone: Zone) -> Candidate:
    fact = permit.fact
    inside, timely = _locate_permit(flight, permit, 0, lambda volume, outline: locate(flight, volume, outline))
    near, nearly_timely = inside, timely
    if fact.thresholds is not None:
        grown = fact.thresholds
        near, nearly_timely = _locate_permit(
            flight, permit, grown.time_ns, lambda volume, outline: locate_deviating(flight, volume, outline, grown)
        )
    return Candidate(
        permit=permit,
        match=identity_match(flight, permit),
        lifts=lifts_version(fact, zone),
        broken="purpose_only" in fact.condition_codes and _other_purpose(flight, fact),
        inside=inside,
        timely=timely,
        near=near,
        nearly_timely=nearly_timely,
        revoked=permit.revoked_ns <= flight.t_ns,
    )


def _locate_permit(
    flight: Flight, permit: Permit, slack_ns: int, place: Callable[[Volume, Outline], Inside]
) -> tuple[Inside, bool]:
    """Return where a flight is in the permit's volumes of this time, or in all of them where none is of this time."""
    parts = list(zip(permit.fact.volumes, permit.outlines, strict=True))
    timely = [(part, outline) for part, outline in parts if _holds(part, flight.t_ns, slack_ns)]
    volumes = [(part.volume, outline) for part, outline in timely or parts]
    return together(flight, volumes, place), bool(timely)


def _holds(part: PermitVolume, t_ns: int, slack_ns: int) -> bool:
    return part.start_ns - slack_ns <= t_ns < part.end_ns + slack_ns


def lifts_version(permit: PermitEnacted, zone: Zone) -> Lifts:
    """Return whether a permit that is meant for a zone lifts this version of it: by its pin and its consents.

    A permit that names no zones and was granted before this one was announced may not have been meant for it: an
    emergency zone, say, most of all one of the authority that granted the permit. Whether it still holds is for a
    person; a state flight's standing permit goes on.
    """
    version = zone.fact.version
    pinned = [pin.version for pin in permit.zones if pin.zone_id == zone.fact.zone_id]
    if pinned and version not in pinned and None not in pinned:
        return Lifts.OTHER_VERSION
    own = permit.issuer is not None and permit.issuer == zone.fact.issuing_body
    if own or not (permit.consents or permit.application_sha256):
        later = (zone.fact.announced_at_ns or 0) > permit.granted_at_ns
        return Lifts.OTHER_VERSION if later and not (pinned or permit.state_flight) else Lifts.YES
    agreed = [consent.zone_version for consent in permit.consents if consent.zone_id == zone.fact.zone_id]
    if version in agreed:
        return Lifts.YES
    return Lifts.OTHER_VERSION if agreed else Lifts.NO_CONSENT


def _other_purpose(flight: Flight, permit: PermitEnacted) -> bool:
    """Whether what a flight is for is known, and is not what its permit is for."""
    said, granted = flight.mission, permit.purpose
    return said is not None and granted is not None and said.casefold() != granted.casefold()


def _rule_by_permits(
    flight: Flight, zone: Zone, candidates: tuple[Candidate, ...], reaching: list[Candidate]
) -> Ruling:
    mine = [candidate for candidate in reaching if candidate.match is Match.YES]
    lifting = [candidate for candidate in mine if candidate.lifts is Lifts.YES]
    if lifting:
        return _rule_mine(flight, lifting)
    if mine:
        missing = f"whether the permit lifts version {zone.fact.version} of the zone"
        return Ruling(Verdict.CANNOT_TELL, "permit_zone_version", permit=mine[0].permit, missing=(missing,))
    for match, clause, missing in _UNMATCHED:
        silent = next((candidate for candidate in reaching if candidate.match is match), None)
        if silent is not None:
            return Ruling(Verdict.CANNOT_TELL, clause, permit=silent.permit, missing=(missing,))
    return _refuse(candidates, reaching)


_UNMATCHED = (
    (Match.ABSENT, "identity_absent", "identity"),
    (Match.OTHER_KIND, "identity_other_kind", "an identity of the kind that the permit names"),
)


def _contradicted(permit: Permit | None) -> Ruling:
    return Ruling(
        Verdict.CANNOT_TELL, "identity_contradicted", permit=permit, missing=("an identity that can be true",)
    )


def _rule_mine(flight: Flight, mine: list[Candidate]) -> Ruling:
    """Rule a flight whose identity matches permits that reach it: the one that it is most surely inside of decides."""
    best = max(mine, key=lambda one: (NEARNESS[one.near.where], one.permit.fact.state_flight, _covers(one)))
    permit, near = best.permit, best.near
    if near.where is Where.INSIDE:
        unchecked = _unchecked(flight, permit.fact)
        if permit.fact.state_flight:
            return Ruling(Verdict.EXEMPT, "state_flight", permit=permit, missing=unchecked)
        clause = "permitted" if _covers(best) else "permitted_within_thresholds"
        return Ruling(Verdict.PERMITTED, clause, permit=permit, missing=unchecked)
    if near.vertical.where is Where.UNKNOWN:
        return Ruling(Verdict.CANNOT_TELL, "permit_height_unknown", permit=permit, missing=near.vertical.missing)
    missing = "a better position" if near.horizontal is Where.BETWEEN else "a better height"
    return Ruling(Verdict.CANNOT_TELL, "permit_border", permit=permit, missing=(missing,))


def _covers(candidate: Candidate) -> bool:
    return candidate.timely and candidate.inside.where is Where.INSIDE


def _unchecked(flight: Flight, permit: PermitEnacted) -> tuple[str, ...]:
    """Return what nobody checked of a permit's conditions; what can be compared with the flight was."""
    met = {
        "remote_id_on": flight.trust is not Trust.NONE,
        "height_reported": bool(flight.heights),
        "purpose_only": flight.mission is not None and permit.purpose is not None,
    }
    codes = [code for code in permit.condition_codes if code not in CHECKED or not met[code]]
    words = ("whether the permit's conditions are met",) if permit.conditions else ()
    return (*words, *(f"whether the permit's condition {code} is met" for code in codes))


def _refuse(candidates: tuple[Candidate, ...], reaching: list[Candidate]) -> Ruling:
    """Name the clause by which a flight is not permitted: its own permit's first, the nearest to holding."""
    own = [candidate for candidate in candidates if candidate.match is Match.YES]
    for clause, holds in _OWN_CLAUSES:
        for candidate in own:
            if holds(candidate):
                return Ruling(Verdict.NOT_PERMITTED, clause, permit=candidate.permit)
    if reaching:
        return Ruling(Verdict.NOT_PERMITTED, "permit_of_another", permit=reaching[0].permit)
    return Ruling(Verdict.NOT_PERMITTED, "no_permit")


def _is_without_consent(candidate: Candidate) -> bool:
    return candidate.here and candidate.lifts is Lifts.NO_CONSENT


def _is_broken(candidate: Candidate) -> bool:
    return candidate.here and candidate.broken


def _is_revoked(candidate: Candidate) -> bool:
    return candidate.revoked and candidate.nearly_timely and candidate.near.where is not Where.OUTSIDE


def _is_untimely(candidate: Candidate) -> bool:
    return not candidate.nearly_timely and not candidate.revoked and candidate.near.where is not Where.OUTSIDE


def _is_too_high(candidate: Candidate) -> bool:
    return not candidate.revoked and candidate.near.horizontal is not Where.OUTSIDE


def _is_own(candidate: Candidate) -> bool:
    return not candidate.revoked


def _is_any(candidate: Candidate) -> bool:
    return candidate.revoked


_OWN_CLAUSES = (
    ("permit_without_consent", _is_without_consent),
    ("permit_condition", _is_broken),
    ("permit_revoked", _is_revoked),
    ("permit_hours", _is_untimely),
    ("permit_height", _is_too_high),
    ("permit_area", _is_own),
    ("permit_revoked", _is_any),
)


def _until(flight: Flight, zone: Zone, permit: Permit | None) -> int:
    zone_ns = zone.next_change_ns(flight.t_ns)
    return zone_ns if permit is None else min(zone_ns, permit.next_change_ns(flight.t_ns))
