"""May I fly here: what the law answers to anybody at a place, by height and by weight, and from which zones.

The rules decide (`rules.decide`), as for any flight; here they are asked at every height at which a zone near the place
begins or ends, for a drone of less than 250 g and for a heavier one. Each zone is asked by itself, and once for all
heights that it cannot tell apart (`rules.column`), for hundreds of zones may lie over one place. Permits play no part:
they are for those who hold them. The answer is never better than what is known: law that nobody declared complete, a
zone that cannot be compared or a station that was not heard lately make it `cannot_tell`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeGuard

import msgspec

from skykeep.errors import SkykeepError
from skykeep.facts.concluded import Trust, Verdict
from skykeep.facts.enacted import Limit, Rule, Volume
from skykeep.facts.explained import Explanation, ZoneExplained
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.column import Column
from skykeep.rules.decide import decide_zone
from skykeep.rules.flight import Flight, Height
from skykeep.rules.heights import with_heights
from skykeep.rules.inside import NEAR_SIGMAS
from skykeep.rules.law import Law, Zone
from skykeep.rules.outline import Remembering
from skykeep.views.livemodels import LimitNow, height

Kind = Literal["no_zone_forbids", "conditions", "needs_permit", "cannot_tell", "prohibited"]
GRAVITY: Final[tuple[Kind, ...]] = ("no_zone_forbids", "conditions", "needs_permit", "cannot_tell", "prohibited")
Mass = Literal["under_250_g", "from_250_g", "as_given"]
CLASSES: Final[dict[Mass, tuple[int, ...]]] = {"under_250_g": (249, 1), "from_250_g": (25_000, 251)}
"""The heaviest and the lightest of each class, in grams: only where both get the same answer, the class has it."""
_ANY_MASS_G: Final = 1  # where no zone asks for it
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
    near = [_remembering(zone) for zone in law.zones_near(question.lat_e7, question.lon_e7, question.accuracy_m * 2)]
    assert not law.permits, "a law without permits, as a LawBook keeps it"
    law = _comparable(law, near, with_levels)
    heights, whole = _heights(question, near)
    asked = _Asked(question, law, near, heights, now_ns)
    classes: dict[Mass, tuple[int, ...]] = CLASSES if question.mass_g is None else {"as_given": (question.mass_g,)}
    stretches = {masses: _stretches(heights, asked.answers(masses)) for masses in asked.told_apart(classes.values())}
    told = {_key_of(zone): one for zone in asked.zones if (one := asked.gravest(zone, stretches)) is not None}
    last = next(reversed(stretches.values()))  # of all classes, where no zone asks for the mass
    answers = [ForMass(mass=mass, stretches=stretches.get(masses, last)) for mass, masses in classes.items()]
    if any(_may_reach(question, zone, now_ns) for zone in near if _key_of(zone) not in told):
        answers = [_unsure_where_free(answer) for answer in answers]
    if not whole or not fresh:
        why = TOO_MANY_LIMITS if fresh else STATION_IS_OLD
        answers = [_unsure(answer, why) for answer in answers]
    coming = asked.coming()
    return MayFly(
        lat_e7=question.lat_e7,
        lon_e7=question.lon_e7,
        accuracy_m=question.accuracy_m,
        height_m=question.height_m,
        t_ns=now_ns,
        fresh=fresh,
        law_complete=law.complete,
        answers=tuple(answers),
        zones=tuple(_says(told[key].zones[0], zone, now_ns) for zone in near if (key := _key_of(zone)) in told),
        coming_zone_id=coming.coming_zone_id if coming else None,
        coming_zone_name=coming.coming_zone_name if coming else None,
        coming_from_ns=coming.coming_from_ns if coming else None,
    )


# ---- what is asked ---------------------------------------------------------------------------------------------


def _remembering(zone: Zone) -> Zone:
    """Return a zone that works out but once how far a place is from its border."""
    return dataclasses.replace(zone, outlines=tuple(map(Remembering.of, zone.outlines)))


def _key_of(zone: Zone) -> tuple[str, int]:
    return zone.fact.zone_id, zone.fact.version


def _flight(question: Question, height_mm: int, now_ns: int) -> Flight:
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


class _Said(NamedTuple):
    """What one zone says at heights that it cannot tell apart."""

    told: Explanation
    zone: tuple[str, int] | None  # None: it says nothing here
    grade: int  # of GRAVITY


class _Asked:
    """All that the zones at a place say, by height and mass."""

    def __init__(self, question: Question, law: Law, near: Sequence[Zone], heights: Sequence[int], now_ns: int) -> None:
        flights = [with_heights(_flight(question, height_mm, now_ns), law.levels) for height_mm in heights]
        reach_m = NEAR_SIGMAS * flights[0].pos_sigma_m
        reached = {_key_of(zone) for zone in law.zones_near(question.lat_e7, question.lon_e7, reach_m)}
        self.zones = [zone for zone in near if _key_of(zone) in reached]
        self._law, self._flights, self._by_height = law, flights, Column(flights)
        self._columns: dict[tuple[tuple[str, int], int], list[_Said]] = {}

    def told_apart(self, classes: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Return the classes of weights to ask about: where no zone asks for the mass, any mass stands for all."""
        return list(classes) if any(map(_asks_for_mass, self.zones)) else [(_ANY_MASS_G,)]

    def answers(self, masses: Sequence[int]) -> Iterator[_One]:
        """Yield what they come to at each height for a class of weights."""
        by_mass = [self._rows(mass_g) for mass_g in masses]
        for rows in zip(*by_mass, strict=True):
            yield _joined([_one(row, law_complete=self._law.complete) for row in rows])

    def gravest(self, zone: Zone, classes: Iterable[Sequence[int]]) -> Explanation | None:
        """Return what a zone says where it is gravest, the first of equals; None where it says nothing."""
        if not _asks_for_mass(zone):
            classes = [(_ANY_MASS_G,)]
        best: _Said | None = None
        for one in (one for masses in classes for one in self._apart(zone, masses)):
            if one.zone is not None and (best is None or one.grade > best.grade):
                best = one
        return None if best is None else best.told

    def coming(self) -> Explanation | None:
        """Return what is announced at the lowest height at which anything is, the first of it."""
        waiting = [column for column in self._of_zones(_ANY_MASS_G) if any(one.told.coming_from_ns for one in column)]
        rows: Iterable[tuple[_Said, ...]] = zip(*waiting, strict=True)
        for row in rows:
            coming = [one.told for one in row if one.told.coming_from_ns is not None]
            if coming:
                return min(coming, key=lambda told: told.coming_from_ns or 0)
        return None

    def _rows(self, mass_g: int) -> Iterable[tuple[_Said, ...]]:
        """Return, for each height, what each zone says."""
        return zip(*self._of_zones(mass_g), strict=True) if self.zones else [()] * len(self._flights)

    def _of_zones(self, mass_g: int) -> list[list[_Said]]:
        return [self._column(zone, mass_g) for zone in self.zones]

    def _apart(self, zone: Zone, masses: Sequence[int]) -> list[_Said]:
        """Return what a zone says for a class of weights, from the ground upward, each once."""
        rows = zip(*(self._column(zone, mass_g) for mass_g in masses), strict=True)
        return list({id(one): one for row in rows for one in row}.values())

    def _column(self, zone: Zone, mass_g: int) -> list[_Said]:
        """Return what a zone says at each height."""
        key = _key_of(zone), mass_g if _asks_for_mass(zone) else _ANY_MASS_G
        if key not in self._columns:
            said: dict[Hashable, _Said] = {}
            words = self._by_height.words(zone)
            for word, flight in zip(words, self._flights, strict=True):
                if word not in said:
                    weighed = msgspec.structs.replace(flight, mass_g=mass_g)
                    said[word] = _said(decide_zone(weighed, self._law, zone))
            self._columns[key] = [said[word] for word in words]
        return self._columns[key]


def _asks_for_mass(zone: Zone) -> bool:
    return any(one.mass_max_g is not None for one in zone.fact.exemptions)


def _said(told: Explanation) -> _Said:
    zone = next(iter(told.zones), None)
    return _Said(told, None, 0) if zone is None else _Said(told, _key(zone), GRAVITY.index(_kind(zone)))


class _One(NamedTuple):
    answer: Kind
    zones: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]


def _stretches(heights: Sequence[int], answers: Iterable[_One]) -> tuple[Stretch, ...]:
    """Return the answers from the ground upward, those that are alike as one."""
    ones = list(zip(heights, answers, strict=True))
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


def _one(row: Iterable[_Said], *, law_complete: bool) -> _One:
    """Return what zones come to together for somebody who wants to fly."""
    here = [said for said in row if said.zone is not None]
    if all(said.told.verdict is Verdict.NO_RULE for said in here):
        zones = tuple(said.zone for said in here if said.zone is not None)
        return _One("no_zone_forbids", zones, ()) if law_complete else _One("cannot_tell", zones, (LAW_MAY_LACK,))
    highest = max(said.grade for said in here) or GRAVITY.index("cannot_tell")
    answer, gravest = GRAVITY[highest], [said for said in here if said.grade == highest]
    zones = tuple(said.zone for said in gravest if said.zone is not None)
    if answer != "cannot_tell":
        return _One(answer, zones, ())
    missing = dict.fromkeys(what for said in gravest or here for what in said.told.missing)
    return _One(answer, zones, tuple(missing))


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
