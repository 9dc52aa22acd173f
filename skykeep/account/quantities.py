"""Figures with units, and pairs of them that a report itself puts as equal: `862 kilometers (about 535 miles)`.

A pair agrees where one figure, converted exactly, comes to the other within the rounding that its words show
(`figured`), rounded or cut off, in either direction. A unit of several meanings agrees where one of them does.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, NamedTuple

from skykeep.account import figured, measures
from skykeep.account.figured import Number
from skykeep.account.measures import Unit
from skykeep.facts.accounted import Check, Document, Figure
from skykeep.facts.claimed import Span

Kind = Literal["distance", "unit", "date", "count", "record"]
Outcome = Literal["agrees", "differs", "cannot_check"]
BASIS = "exact factors of NIST SP 811, within the rounding that the words show"
QUANTITIES_MAX = 20_000  # of one text

_HEDGED = rf"(?:(?P<hedge>{figured.HEDGE})[ \u00a0]){{0,1}}"
_NUMBER = rf"(?:[-−](?=\d))?(?:{figured.DIGITS}|{figured.WORDS})(?:{figured.SCALE})?"
_QUANTITY = re.compile(
    rf"(?=[\w−-])(?<![\w.,$€£¥]){_HEDGED}(?:(?P<low>{_NUMBER})(?:[ ]?[-–—][ ]?|[ ]to[ ]))?(?P<number>{_NUMBER})"
    rf"(?:[ \u00a0-]|(?<=\d))(?P<unit>{measures.ANY})",
)
_JOIN = re.compile(r"[ \u00a0]?(?:[(\[/=]|,?[ ]or[ ]|[ ]?[–—][ ]?(?:or[ ])?|,[ ](?:i\.e\.,?|that is)[ ])[ ]?")
_PARTS = {("ft", "in"), ("lb", "oz"), ("st", "lb"), ("mi", "yd")}  # "6 feet 2 inches" is one figure
_BETWEEN_PARTS = (" ", ", ", " and ", "-")


class Quantity(NamedTuple):
    """A figure with its unit as it is worded at a place of a text; `low` where it is a range."""

    hedge_start: int  # code points; of the hedge before it, or its own
    start: int
    end: int
    low: Number | None
    number: Number
    units: tuple[Unit, ...]
    hedged: bool


def find(text: str) -> list[Quantity]:
    """Return the quantities of a text in order; of a text of more than QUANTITIES_MAX, the first ones."""
    found: list[Quantity] = []
    for match in _QUANTITY.finditer(text):
        one = _read(match)
        if found and _is_part(text, found[-1], one):
            one = _joined(found.pop(), one)
        found.append(one)
        if len(found) >= QUANTITIES_MAX:
            break
    return found


def pairs(text: str, quantities: list[Quantity]) -> Iterator[tuple[Quantity, Quantity]]:
    """Return neighbours that the text puts as equal: the second in brackets, or after "or"."""
    for one, other in itertools.pairwise(quantities):
        between = text[one.end : other.hedge_start]
        if len(between) <= 12 and _JOIN.fullmatch(between) and _comparable(one, other):  # as _JOIN
            yield one, other


def check(document: Document, quantities: list[Quantity]) -> list[Check]:
    """Return a check for each pair of figures that the report puts as equal."""
    return [_check(document, one, other) for one, other in pairs(document.text, quantities)]


def figure(document: Document, start: int, end: int) -> Figure:
    """Return the words at a place of a source."""
    words = document.text[start:end]
    return Figure(source_sha256=document.source.source_sha256, span=Span(start, end), words=words)


def shown(value: Fraction | float) -> str:
    """Return a figure for people, to four digits or whole."""
    number = float(value)
    return f"{number:.4g}" if abs(number) < 1_000 else f"{number:,.0f}"


def _read(match: re.Match[str]) -> Quantity:
    low = _number(match["low"]) if match["low"] else None
    means = measures.meant(match["unit"])
    start = match.start("low") if match["low"] else match.start("number")
    number = _number(match["number"])
    return Quantity(match.start(), start, match.end(), low, number, means, hedged=match["hedge"] is not None)


def _number(words: str) -> Number:
    read = figured.number(words.lstrip("-−"))
    return Number(-read.value, read.rounding) if words[0] in "-−" else read


def _is_part(text: str, one: Quantity, other: Quantity) -> bool:
    between = text[one.end : other.start] if other.start - one.end <= max(map(len, _BETWEEN_PARTS)) else None
    return between in _BETWEEN_PARTS and (one.units[0].name, other.units[0].name) in _PARTS


def _joined(one: Quantity, other: Quantity) -> Quantity:
    """Return two parts as one figure in the smaller unit."""
    whole = measures.convert(one.number.value, one.units[0], other.units[0]) + other.number.value
    number = Number(whole, other.number.rounding)
    return Quantity(one.hedge_start, one.start, other.end, None, number, other.units, hedged=one.hedged)


def _comparable(one: Quantity, other: Quantity) -> bool:
    kinds = one.units[0].kind == other.units[0].kind
    return kinds and one.units != other.units and (one.low is None) == (other.low is None)


def _check(document: Document, one: Quantity, other: Quantity) -> Check:
    readings = [(unit, into) for unit in one.units for into in other.units]
    agreeing = [pair for pair in readings if _agree(one, other, *pair)]
    unit, into = (agreeing or readings)[0]
    computed = measures.convert(one.number.value, unit, into)
    sentence = (
        f"{_said(one.number, unit)} comes to {shown(computed)} {into.name}; the report has {_said(other.number, into)}"
    )
    if len(readings) > 1:
        sentence += f" (read as {unit.name} and {into.name}, one of {len(readings)} readings)"
    apart = abs(computed - other.number.value)
    ends = "agrees within the rounding of its words" if agreeing else f"differs by {shown(apart)} {into.name}"
    return Check(
        kind="unit",
        outcome="agrees" if agreeing else "differs",
        words=f"{sentence}: {ends}.",
        figures=(figure(document, one.start, one.end), figure(document, other.start, other.end)),
        stated=float(other.number.value),
        computed=float(computed),
        unit=into.name,
        basis=BASIS,
    )


def _said(number: Number, unit: Unit) -> str:
    value = float(number.value)
    return f"{value:,.10g} {unit.name}"


def _agree(one: Quantity, other: Quantity, unit: Unit, into: Unit) -> bool:
    ends = [(one.number, other.number)]
    if one.low and other.low:
        ends.append((one.low, other.low))
    return all(_near(a, b, unit, into) for a, b in ends)


def _near(a: Number, b: Number, unit: Unit, into: Unit) -> bool:
    """Tell whether one figure comes to the other, rounded or cut off; conversions in reports are often cut off."""
    there = abs(measures.convert(a.value, unit, into) - b.value) <= figured.tolerance(b, hedged=True)
    return there or abs(measures.convert(b.value, into, unit) - a.value) <= figured.tolerance(a, hedged=True)
