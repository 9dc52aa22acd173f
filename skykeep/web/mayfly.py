"""May I fly here: what the law answers to anybody at a place, by height and by weight, and from which zones.

The rules decide (`rules.decide`), as for any flight; here they are asked at every height at which a zone near the place
begins or ends, for a drone of less than 250 g and for a heavier one. Permits play no part: they are for those who hold
them. The answer is never better than what is known: law that nobody declared complete, a zone that cannot be compared
or a station that was not heard lately make it `cannot_tell`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, NamedTuple, TypeGuard

import msgspec

from skykeep.errors import SkykeepError
from skykeep.facts.concluded import Trust, Verdict
from skykeep.facts.enacted import Limit, Rule, Volume
from skykeep.facts.explained import Explanation, ZoneExplained
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.decide import decide
from skykeep.rules.flight import Flight, Height
from skykeep.rules.law import Law, Zone
from skykeep.views.livemodels import LimitNow, height

Kind = Literal["no_zone_forbids", "conditions", "needs_permit", "cannot_tell", "prohibited"]
GRAVITY: Final[tuple[Kind, ...]] = ("no_zone_forbids", "conditions", "needs_permit", "cannot_tell", "prohibited")
Mass = Literal["under_250_g", "from_250_g", "as_given"]
CLASSES: Final[dict[Mass, tuple[int, ...]]] = {"under_250_g": (249, 1), "from_250_g": (25_000, 251)}
"""The heaviest and the lightest of each class, in grams: only where both get the same answer, the class has it."""
HEIGHT_MAX_M: Final = 500
MM: Final = 1_000
_STEP_MM: Final = 5_000  # where a limit is not above the ground, heights are asked in such steps
_PROBES_MAX: Final = 300
_SIGMAS_95 = 2.448  # of a circle: its radius that holds 95 % of a normal spread
_PRIVATE = "private"  # the mission of whoever asks here: not the police's, not a rescue
_OWN_DATUM = Datum.AGL
LAW_MAY_LACK: Final = "whether these zones are all the law here"
STATION_IS_OLD: Final = "what the station knows now"
TOO_MANY_LIMITS: Final = "heights: too many zones begin and end here"


class Question(NamedTuple):
    """A place (1e-7 degree) with its 95 % radius, how high above the ground, and the mass where one is named."""

    lat_e7: int
    lon_e7: int
    accuracy_m: float
    height_m: int
    mass_g: int | None = None


class ZoneSays(msgspec.Struct, frozen=True, kw_only=True):
    """One zone that has a part in an answer, with the words that an answer rests on."""

    zone_id: str
    version: int
    name: str
    rule: str
    clause: str  # of the table of verdicts: docs/reference/verdicts.md
    floor: LimitNow
    ceiling: LimitNow
    issuing_body: str | None
    legal_basis: str | None
    reason: str | None
    conditions: str | None
    contact: str | None
    appeal_contact: str | None
    changes_ns: int | None  # when it begins or ceases to rule next
    inside_m: int | None  # to its border: positive inside


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Heights above the ground that have one answer."""

    from_mm: int
    to_mm: int
    sharp: bool  # the next stretch begins just above; else heights between the two were not asked
    answer: Kind
    zones: tuple[tuple[str, int], ...]  # (id, version) of those that say so
    missing: tuple[str, ...]


class ForMass(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to drones of one weight, from the ground upward."""

    mass: Mass
    stretches: tuple[Stretch, ...]

    @property
    def first(self) -> Stretch:
        """What holds from the ground on."""
        return self.stretches[0]

    @property
    def gravest(self) -> Stretch:
        """The gravest of all heights that were asked about, the lowest of equals."""
        return max(self.stretches, key=lambda one: GRAVITY.index(one.answer))


class MayFly(msgspec.Struct, frozen=True, kw_only=True):
    """The law's answer at one place and moment; it is no authorisation."""

    lat_e7: int
    lon_e7: int
    accuracy_m: float
    height_m: int
    t_ns: int  # the station's time to which it answers
    fresh: bool  # the station was heard within the last seconds
    law_complete: bool
    answers: tuple[ForMass, ...]
    zones: tuple[ZoneSays, ...]
    coming_zone_id: str | None  # what is announced and not yet in force here, the first of it
    coming_zone_name: str | None
    coming_from_ns: int | None

    @property
    def same_for_all(self) -> bool:
        """Whether weight makes no difference."""
        return all(one.stretches == self.answers[0].stretches for one in self.answers)


Levels = Callable[[Law], Law]
"""Gives the law with what makes heights of other kinds comparable at the place; asked only where it matters."""


def ask(question: Question, law: Law, *, now_ns: int, fresh: bool, with_levels: Levels) -> MayFly:
    """Return the law's answer. Takes milliseconds, and longer where terrain is read: not for an event loop."""
    near = law.zones_near(question.lat_e7, question.lon_e7, question.accuracy_m * 2)
    law = _comparable(law, near, with_levels)
    told: dict[tuple[str, int], tuple[ZoneExplained, Zone]] = {}
    found: list[Explanation] = []

    def decided(height_mm: int, mass_g: int) -> Explanation:
        explanation = decide(_flight(question, height_mm, mass_g, now_ns), law)
        found.append(explanation)
        _note(told, explanation, near)
        return explanation

    heights, whole = _heights(question, near)
    classes: dict[Mass, tuple[int, ...]] = CLASSES if question.mass_g is None else {"as_given": (question.mass_g,)}
    by_mass = any(one.mass_max_g is not None for zone in near for one in zone.fact.exemptions)
    answers = [
        ForMass(mass=mass, stretches=_stretches(heights, masses if by_mass else masses[:1], decided))
        for mass, masses in classes.items()
    ]
    if any(_may_reach(question, zone, now_ns) for zone in near if (zone.fact.zone_id, zone.fact.version) not in told):
        answers = [_unsure_where_free(answer) for answer in answers]
    if not whole or not fresh:
        why = TOO_MANY_LIMITS if fresh else STATION_IS_OLD
        answers = [_unsure(answer, why) for answer in answers]
    coming = next((one for one in found if one.coming_zone_id is not None), None)
    return MayFly(
        lat_e7=question.lat_e7,
        lon_e7=question.lon_e7,
        accuracy_m=question.accuracy_m,
        height_m=question.height_m,
        t_ns=now_ns,
        fresh=fresh,
        law_complete=law.complete,
        answers=tuple(answers),
        zones=tuple(_says(explained, zone, now_ns) for _, (explained, zone) in sorted(told.items())),
        coming_zone_id=coming.coming_zone_id if coming else None,
        coming_zone_name=coming.coming_zone_name if coming else None,
        coming_from_ns=coming.coming_from_ns if coming else None,
    )


# ---- what is asked ---------------------------------------------------------------------------------------------


def _flight(question: Question, height_mm: int, mass_g: int, now_ns: int) -> Flight:
    """Return a flight of nobody in particular."""
    return Flight(
        t_ns=now_ns,
        lat_e7=question.lat_e7,
        lon_e7=question.lon_e7,
        pos_sigma_m=question.accuracy_m / _SIGMAS_95,
        heights=(Height(Altitude(height_mm, _OWN_DATUM), 0),),
        uas_id=None,
        session_id=None,
        operator_id=None,
        trust=Trust.NONE,
        manned=False,
        mass_g=mass_g,
        mission=_PRIVATE,
    )


def _volumes(zones: Iterable[Zone]) -> list[Volume]:
    return [volume for zone in zones for volume in zone.fact.volumes]


def _comparable(law: Law, near: Sequence[Zone], with_levels: Levels) -> Law:
    limits = [limit for volume in _volumes(near) for limit in (volume.floor, volume.ceiling)]
    limits += [one.height_max for zone in near for one in zone.fact.exemptions]
    if not any(isinstance(limit, Altitude) and limit.datum is not _OWN_DATUM for limit in limits):
        return law
    try:
        return with_levels(law)
    except (SkykeepError, OSError):
        return law  # heights that cannot be compared are told as such


def _heights(question: Question, near: Sequence[Zone]) -> tuple[list[int], bool]:
    """Return the heights to ask at, in millimetres, the ground first; whether those are all that matter."""
    top = question.height_m * MM
    asked = {0, top}
    for volume in _volumes(near):
        for limit in (volume.floor, volume.ceiling):
            if isinstance(limit, Altitude) and limit.datum is _OWN_DATUM:
                asked.update((limit.value_mm - 1, limit.value_mm, limit.value_mm + 1))
            elif isinstance(limit, Altitude):
                asked.update(range(0, top, _STEP_MM))
    for zone in near:
        for one in zone.fact.exemptions:
            if one.height_max is not None:
                asked.update((one.height_max.value_mm, one.height_max.value_mm + 1))
    within = sorted(height for height in asked if 0 <= height <= top)
    if len(within) <= _PROBES_MAX:
        return within, True
    return [*within[:_PROBES_MAX], top], False


def _may_reach(question: Question, zone: Zone, now_ns: int) -> bool:
    """Whether the border of a zone that says something runs where whoever asks may stand, below their height.

    The rules hold each zone by itself for too unlikely; many of them together are not.
    """
    if zone.fact.rule is Rule.ALLOWED or not zone.in_force(now_ns):
        return False
    return any(
        abs(outline.margin_m(question.lat_e7, question.lon_e7)) < question.accuracy_m
        and not (_is_own(volume.floor) and volume.floor.value_mm > question.height_m * MM)
        for volume, outline in zip(zone.fact.volumes, zone.outlines, strict=True)
    )


def _is_own(limit: Limit) -> TypeGuard[Altitude]:
    return isinstance(limit, Altitude) and limit.datum is _OWN_DATUM


# ---- what is answered ------------------------------------------------------------------------------------------


class _One(NamedTuple):
    answer: Kind
    zones: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]


def _stretches(
    heights: Sequence[int], masses: Sequence[int], decided: Callable[[int, int], Explanation]
) -> tuple[Stretch, ...]:
    """Return the answers from the ground upward, those that are alike as one."""
    ones = [(height, _joined([_one(decided(height, mass_g)) for mass_g in masses])) for height in heights]
    made: list[Stretch] = []
    begin = 0
    for place, (_, one) in enumerate(ones):
        last = place + 1 == len(ones)
        if not last and ones[place + 1][1] == one:
            continue
        above = ones[place][0] if last else ones[place + 1][0]
        made.append(
            Stretch(
                from_mm=ones[begin][0],
                to_mm=ones[place][0],
                sharp=not last and above - ones[place][0] <= 1,
                answer=one.answer,
                zones=one.zones,
                missing=one.missing,
            )
        )
        begin = place + 1
    return tuple(made)


def _joined(ones: Sequence[_One]) -> _One:
    """Return the answer of a class of weights: theirs where they agree, else that their weight decides."""
    if all(one == ones[0] for one in ones):
        return ones[0]
    zones = tuple(dict.fromkeys(zone for one in ones for zone in one.zones))
    return _One("cannot_tell", zones, ("the drone's mass",))


def _one(told: Explanation) -> _One:
    """Return what an explanation comes to for somebody who wants to fly."""
    if told.verdict is Verdict.NO_RULE:
        zones = tuple(_key(zone) for zone in told.zones)
        return _One("no_zone_forbids", zones, ()) if told.law_complete else _One("cannot_tell", zones, (LAW_MAY_LACK,))
    graded = [(kind, zone) for zone in told.zones if (kind := _kind(zone)) != "no_zone_forbids"]
    kinds = [kind for kind, _ in graded]
    answer: Kind = max(kinds, key=GRAVITY.index) if kinds else "cannot_tell"
    zones = tuple(_key(zone) for kind, zone in graded if kind == answer)
    missing = dict.fromkeys(what for kind, zone in graded if kind == answer == "cannot_tell" for what in zone.missing)
    return _One(answer, zones, tuple(missing) or (told.missing if answer == "cannot_tell" else ()))


_FORBIDS: dict[Rule, Kind] = {Rule.PROHIBITED: "prohibited", Rule.NEEDS_PERMIT: "needs_permit"}


def _kind(zone: ZoneExplained) -> Kind:
    """Return what one zone comes to: `conditions` where only its words, read by a person, can say."""
    if zone.verdict is Verdict.NOT_PERMITTED:
        return _FORBIDS.get(zone.rule, "conditions")
    if zone.verdict is Verdict.CANNOT_TELL:
        return "conditions" if zone.clause == "conditions_not_readable" else "cannot_tell"
    return "no_zone_forbids"


def _key(zone: ZoneExplained) -> tuple[str, int]:
    return zone.zone_id, zone.zone_version


def _unsure(answer: ForMass, why: str) -> ForMass:
    """Return an answer with the same stretches, none of which is vouched for."""
    said = [msgspec.structs.replace(one, answer="cannot_tell", missing=(why, *one.missing)) for one in answer.stretches]
    return ForMass(mass=answer.mass, stretches=tuple(said))


def _unsure_where_free(answer: ForMass) -> ForMass:
    """Return an answer that lets nobody fly where they may stand in a zone."""
    said = [
        msgspec.structs.replace(one, answer="cannot_tell", missing=("a better position",))
        if one.answer == "no_zone_forbids"
        else one
        for one in answer.stretches
    ]
    return ForMass(mass=answer.mass, stretches=tuple(said))


_Told = dict[tuple[str, int], tuple[ZoneExplained, Zone]]


def _note(told: _Told, explanation: Explanation, near: Sequence[Zone]) -> None:
    """Keep each zone that was named, as it ruled where it was gravest."""
    for explained in explanation.zones:
        key = _key(explained)
        before = told.get(key)
        if before is not None and GRAVITY.index(_kind(before[0])) >= GRAVITY.index(_kind(explained)):
            continue
        zone = next((one for one in near if (one.fact.zone_id, one.fact.version) == key), None)
        if zone is not None:
            told[key] = explained, zone


def _says(explained: ZoneExplained, zone: Zone, now_ns: int) -> ZoneSays:
    fact = zone.fact
    changes_ns = None if explained.margin_time_ns is None else now_ns + explained.margin_time_ns
    return ZoneSays(
        zone_id=fact.zone_id,
        version=fact.version,
        name=fact.name,
        rule=fact.rule.value,
        clause=explained.clause,
        floor=_limit(explained.floor),
        ceiling=_limit(explained.ceiling),
        issuing_body=fact.issuing_body,
        legal_basis=fact.legal_basis,
        reason=fact.reason,
        conditions=fact.conditions,
        contact=fact.contact,
        appeal_contact=fact.appeal_contact,
        changes_ns=changes_ns,
        inside_m=None if explained.margin_mm is None else math.floor(explained.margin_mm / MM),
    )


def _limit(limit: Limit) -> LimitNow:
    return height(limit) if isinstance(limit, Altitude) else limit
