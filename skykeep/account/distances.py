"""Distances between named places that a report states, beside the straight line between the gazetteer's points.

The straight line is the geodesic on the WGS 84 ellipsoid. A stated distance agrees where it lies within the rounding of
its words and the size of both places: a circle that holds a city's people at 4,000 to the square kilometre, 2 km at
least. A road is longer than that, so what is said to be one agrees with nothing shorter and is not judged beyond. Where
a name has several meanings the most populous is read first and the others are counted; where only another one fits,
it cannot be checked which is meant. A report seldom gives route or end points: "differs" says no more than that.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from skykeep.account import figured, measures, nearby, quantities
from skykeep.account.places import Gazetteer, Place
from skykeep.account.quantities import Outcome, Quantity
from skykeep.facts.accounted import Check, Document, Figure
from skykeep.geo import geodesic

PEOPLE_PER_KM2 = 4_000.0
EXTENT_MIN_KM = 2.0
READINGS_MAX = 6  # meanings of one name that are tried
NAME_WORDS = 6

_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀ-ŽА-Я]"
_NAME = (
    rf"(?:St\.[ ])?{_CAPITAL}[\w’'-]*"
    rf"(?:[ ](?:(?:of|de|del|la|le|al|el|on|upon|am|the)[ ])?{_CAPITAL}[\w’'-]*){{0,4}}"
)
_KIND = r"(?:(?:the|its)[ ])?(?:(?:city|town|capital|port|village|border|centre|center)[ ](?:of[ ])?)?(?:the[ ])?"
_WINDS = r"(?:northeast|northwest|southeast|southwest|north|south|east|west)"
_WIND = rf"(?:(?:to[ ]the[ ])?(?:due[ ])?{_WINDS}(?:[- ]{_WINDS})?[ ])"
_WAY = (
    r"(?:(?:by[ ](?:road|rail|air|sea|car|train)|as[ ]the[ ]crow[ ]flies|in[ ]a[ ]straight[ ]line|drive|trip|journey"
    r"|flight|ride|walk|away)[ ])"
)
_FROM = rf",?[ ]{_WAY}{{0,2}}{_WIND}?{_WAY}?"
_AFTER = (
    re.compile(rf"{_FROM}(?:from|of|off)[ ]{_KIND}(?P<one>{_NAME})(?:[ ]to[ ]{_KIND}(?P<two>{_NAME}))?"),
    re.compile(rf"{_FROM}outside[ ]{_KIND}(?P<one>{_NAME})"),
    re.compile(rf"[ ]between[ ]{_KIND}(?P<one>{_NAME})[ ]and[ ]{_KIND}(?P<two>{_NAME})"),
)
_BEFORE_BOTH = re.compile(
    rf"(?:between[ ]{_KIND}(?P<one>{_NAME})[ ]and[ ]{_KIND}(?P<two>{_NAME})"
    rf"|from[ ]{_KIND}(?P<from>{_NAME})[ ]to[ ]{_KIND}(?P<to>{_NAME}))$"
)
_BEFORE_ONE = re.compile(rf"(?P<one>{_NAME})$")
_FILLER = frozenset(
    """is was lies lay sits sat stands stood located situated which that distance of about approximately around roughly
    some nearly almost just only more than less over under at a an the city town village port capital and be being found
    far away based – — it measures covers""".split()  # noqa: SIM905  # a table
)
_ROUTE = re.compile(
    r"\b(?:roads?|driv(?:e|ing)|drove|highway|motorway|rail|railway|trains?|routes?|journey|trip|flight|flew"
    r"|sail(?:ed|ing)?"
    r"|walk(?:ed|ing)?|march(?:ed|ing)?)\b"
)
_STRAIGHT = re.compile(r"\b(?:as the crow flies|straight line|direct line)\b")
_JOINED = re.compile(r"\b(?:and|or)\b")
_ENDS_CHARS = 60
_ENDS_ANOTHER = re.compile(
    rf"\b(?:{_WINDS}|from|of|off|outside|near|to)[ ]{_KIND}(?:{_NAME}[ ](?:and|or)[ ]{_KIND})?(?:{_NAME}[ ])?$"
)
_LAST_WORD = re.compile(r"(\S{1,20})\s{1,3}$")


class _Named(NamedTuple):
    """A name as it stands, and what it may mean."""

    start: int
    end: int
    words: str
    places: tuple[Place, ...]


class _Stated(NamedTuple):
    """One distance and the names between which it is said to be; `one` None: a point that has no name."""

    quantity: Quantity
    one: _Named | None
    two: _Named
    route: bool


def check(document: Document, found: list[Quantity], gazetteer: Gazetteer) -> list[Check]:
    """Return a check for each distance that the report states between named places."""
    known = _Known(gazetteer)
    return [_check(document, stated, gazetteer.basis) for stated in _stated(document.text, found, known)]


def extent_km(place: Place) -> float:
    """Return the radius of the circle that holds a place's people at 4,000 to the square kilometre, 2 km at least."""
    return max(EXTENT_MIN_KM, math.sqrt(max(0, place.population) / PEOPLE_PER_KM2 / math.pi))


class _Known:
    """A gazetteer that is asked once for each name."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._answers: dict[str, tuple[Place, ...]] = {}

    def places(self, name: str) -> tuple[Place, ...]:
        if name not in self._answers:
            self._answers[name] = self._gazetteer.places(name)
        return self._answers[name]


def _stated(text: str, found: list[Quantity], known: _Known) -> Iterator[_Stated]:
    """Go through the lengths; a second figure in brackets belongs to the first."""
    ends = dict(quantities.pairs(text, found))
    followers = frozenset(ends.values())
    for quantity in found:
        if quantity.units[0].kind != "length" or quantity in followers or quantity.low is not None:
            continue
        end = ends[quantity].end if quantity in ends else quantity.end
        end += text[end : end + 1] in (")", "]")
        left, right = nearby.sentence(text, quantity.hedge_start, end)
        names = _names(text, left, right, quantity.hedge_start, end, known)
        if names and (names[0] or names[1].places):
            context = text[left:right]
            route = bool(_ROUTE.search(context)) and not _STRAIGHT.search(context)
            yield _Stated(quantity, *names, route)


def _names(
    text: str, left: int, right: int, start: int, end: int, known: _Known
) -> tuple[_Named | None, _Named] | None:
    """Return the two names that a distance stands between, or None where the sentence does not say."""
    before = _unfilled(text, left, start)
    for form in _AFTER:
        match = form.match(text, end, right)
        if match:
            one = _after(match, "one", known)
            if match.groupdict().get("two"):
                return one, _after(match, "two", known)
            both = _BEFORE_BOTH.search(text, left, before)
            other = None if both or _is_joined(text, left, before, start) else _BEFORE_ONE.search(text, left, before)
            if other and _ends_another(text, left, other.start()):
                other = None
            return (_before(other, known) if other else None), one
    both = _BEFORE_BOTH.search(text, left, before)
    if both:
        first, second = ("one", "two") if both["one"] else ("from", "to")
        return _after(both, first, known), _after(both, second, known)
    return None


def _is_joined(text: str, left: int, before: int, start: int) -> bool:
    """Tell whether "and" or "or" leads to a figure: then it goes on from what was told before, not from that name."""
    return bool(_JOINED.search(text, max(left, before), start))


def _ends_another(text: str, left: int, name: int) -> bool:
    """Tell whether a name ends another distance ("30 km from Oslo and 20 km from Bergen"), so that it begins none."""
    return bool(_ENDS_ANOTHER.search(text, max(left, name - _ENDS_CHARS), name))


def _unfilled(text: str, left: int, start: int) -> int:
    """Return where the words before a figure end, without those that only lead to it ("is about", ", some")."""
    at = start
    for _ in range(12):
        word = _LAST_WORD.search(text, max(left, at - 24), at)
        bare = word[1].strip(",").lower() if word else ""
        if not word or (bare and bare not in _FILLER):
            break
        at = word.start()
    while at > left and text[at - 1] in ", ":
        at -= 1
    return at


def _after(match: re.Match[str], group: str, known: _Known) -> _Named:
    """Return the longest known name that the words begin with; without one, all of them."""
    start, words = match.start(group), match[group]
    for end in _cuts(words):
        name = words[:end]
        bare = re.sub(r"[’']s$", "", name)
        if places := known.places(bare):
            return _Named(start, start + len(bare), bare, places)
    return _Named(start, match.end(group), words, ())


def _before(match: re.Match[str], known: _Known) -> _Named:
    """Return the longest known name that the words end with; without one, all of them."""
    words = match["one"]
    starts = [0, *(cut + 1 for cut in reversed(_cuts(words)[1:]))]
    for start in starts:
        if places := known.places(words[start:]):
            return _Named(match.start("one") + start, match.end("one"), words[start:], places)
    return _Named(match.start("one"), match.end("one"), words, ())


def _cuts(words: str) -> list[int]:
    """Return the ends of the words of a name, the longest name first."""
    return [len(words), *(match.start() for match in reversed(list(re.finditer(" ", words))))][:NAME_WORDS]


def _check(document: Document, stated: _Stated, basis: str) -> Check:
    quantity = stated.quantity
    figures = [quantities.figure(document, quantity.start, quantity.end)]
    figures += [quantities.figure(document, name.start, name.end) for name in (stated.one, stated.two) if name]
    why = _unmeasurable(stated)
    if why or stated.one is None:
        return _made("cannot_check", f"{_said(stated)}: {why}.", figures, stated, None, basis)
    readings = _readings(stated.one, stated.two)
    first = readings[0]
    outcome, ends = _judged(stated, readings)
    sentence = (
        f"Stated {_stated_words(quantity)} between {_named(stated.one, first.one)} and {_named(stated.two, first.two)}"
    )
    sentence += f"; straight line {_km(first.length_km)} km ({_basis(basis)})"
    return _made(outcome, f"{sentence}: {ends}.", figures, stated, first.length_km, basis)


class _Line(NamedTuple):
    one: Place
    two: Place
    length_km: float


def _readings(one: _Named, two: _Named) -> list[_Line]:
    """Return the lines between the meanings of both names, the most populous ones first."""
    lines = []
    for a, b in itertools.product(_points(one), _points(two)):
        assert a.lat_deg is not None and a.lon_deg is not None and b.lat_deg is not None and b.lon_deg is not None  # noqa: PT018  # chosen for it
        length_km = geodesic.distance_m(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg) / 1_000.0
        lines.append(_Line(a, b, length_km if math.isfinite(length_km) else 20_000.0))  # almost opposite on the globe
    return lines


def _points(name: _Named) -> list[Place]:
    return [place for place in name.places if place.lat_deg is not None][:READINGS_MAX]


def _unmeasurable(stated: _Stated) -> str:
    """Return why there is no line to measure; empty where there is one."""
    if stated.one is None:
        return "the report gives no name to the other point"
    for name in (stated.one, stated.two):
        if not name.places:
            return f"the gazetteer has no place named {name.words}"
        if not _points(name) or name.places[0].kind == "country":
            return f"{name.words} is a country, which has no single point"
    if stated.one.words == stated.two.words:
        return "both names are the same"
    return ""


def _judged(stated: _Stated, readings: list[_Line]) -> tuple[Outcome, str]:
    """Return the outcome and how the sentence ends."""
    first = readings[0]
    stated_km = _stated_km(stated.quantity)
    apart = abs(stated_km - first.length_km)
    if _agrees(stated, first):
        return (
            "agrees",
            f"agrees within the rounding and the size of the places ({_km(_tolerance_km(stated, first))} km)",
        )
    fitting = next((line for line in readings[1:] if _agrees(stated, line)), None)
    if fitting:
        which = f"{fitting.one.name} ({fitting.one.country}) and {fitting.two.name} ({fitting.two.country})"
        return "cannot_check", f"it would agree with {which}, {_km(fitting.length_km)} km; which are meant is not said"
    if stated.route and stated_km > first.length_km:
        return "cannot_check", f"differs by {_km(apart)} km, and the report speaks of a way, which is not given"
    return "differs", f"differs by {_km(apart)} km; the report does not give its route or end points"


def _agrees(stated: _Stated, line: _Line) -> bool:
    return abs(_stated_km(stated.quantity) - line.length_km) <= _tolerance_km(stated, line)


def _tolerance_km(stated: _Stated, line: _Line) -> float:
    unit = stated.quantity.units[0]
    rounding = figured.tolerance(stated.quantity.number, hedged=stated.quantity.hedged) * unit.factor / 1_000
    return float(rounding) + extent_km(line.one) + extent_km(line.two)


def _stated_km(quantity: Quantity) -> float:
    return float(measures.to_si(quantity.number.value, quantity.units[0])) / 1_000.0


def _stated_words(quantity: Quantity) -> str:
    unit = quantity.units[0]
    words = f"{float(quantity.number.value):,.10g} {unit.name}"
    return words if unit == measures.KILOMETRE else f"{words} ({_km(_stated_km(quantity))} km)"


def _said(stated: _Stated) -> str:
    names = f"between {stated.one.words} and {stated.two.words}" if stated.one else f"from {stated.two.words}"
    return f"Stated {_stated_words(stated.quantity)} {names}"


def _named(name: _Named, place: Place) -> str:
    written = name.words if name.words == place.name else f"{name.words}, that is {place.name}"
    others = len(name.places) - 1
    more = f"; {others} more of that name" if others else ""
    return f"{written} ({place.country}{more})"


def _basis(basis: str) -> str:
    return f"WGS 84 geodesic between {basis}"


def _km(length_km: float) -> str:
    return f"{length_km:,.0f}" if length_km >= 20.0 else f"{length_km:.1f}"


def _made(
    outcome: Outcome, words: str, figures: list[Figure], stated: _Stated, computed: float | None, basis: str
) -> Check:
    return Check(
        kind="distance",
        outcome=outcome,
        words=words,
        figures=tuple(figures),
        stated=_stated_km(stated.quantity),
        computed=computed,
        unit="km",
        basis=_basis(basis),
    )
