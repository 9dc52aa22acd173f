"""How many of a thing each source tells of, laid side by side: only figures of the same thing are compared.

Things are a table of classes, so "two drones" is never laid beside "two injured". A figure is a span of what its words
allow ("at least three" has no end, "dozens" begins at 24). Two sources agree where some figure of one meets some figure
of the other; every figure is shown, since a report may tell of several events.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from skykeep.account import figured, quantities
from skykeep.facts.accounted import Check, Document, Figure

BASIS = "the figures of the sources for the same thing; whether they speak of one event is for a reader"
FIGURES_MAX = 12  # of one thing in one source that are shown

# A thing, and the nouns that mean it; the group is there where the noun stands in the plural.
_THINGS = {
    "drones": r"(?:drone|UAV|unmanned[ ]aerial[ ]vehicle|quadcopter)(?P<s0>s)?|unmanned[ ]aircraft",
    "missiles": r"missile(?P<s1>s)?",
    "rockets": r"rocket(?P<s2>s)?",
    "aircraft": r"(?:plane|aeroplane|airplane|jet|airliner)(?P<s3>s)?|aircraft",
    "helicopters": r"helicopter(?P<s4>s)?",
    "flights": r"flight(?P<s5>s)?",
    "explosions": r"(?:explosion|blast|detonation)(?P<s6>s)?",
    "fires": r"(?:fire|blaze)(?P<s7>s)?",
    "buildings": r"(?:building|house|home|apartment[ ]block|apartment)(?P<s8>s)?",
    "vehicles": r"(?:vehicle|car|truck)(?P<s9>s)?|lorries|lorry",
    "ships": r"(?:ship|boat|vessel)(?P<s10>s)?",
}
# What befell people: the word after the figure ("two were injured") and before it ("injuring two").
_FATES = {
    "people killed": (r"killed|dead|died|fatalities|deaths?|lives[ ]lost", r"killing|killed|claiming"),
    "people injured": (r"injured|wounded|hurt|injuries|casualties", r"injuring|injured|wounding|wounded|hurting"),
    "people detained": (r"arrested|detained|arrests", r"arresting|arrested|detaining|detained"),
    "people missing": (r"missing|unaccounted[ ]for", r"(?!x)x"),
    "people evacuated": (r"evacuated", r"evacuating|evacuated"),
}
# The least that the word means, and no most. "Several" and "many" say too little to be laid beside a number.
_VAGUE = {"dozens": 24, "scores": 40, "hundreds": 200, "thousands": 2_000, "tens of thousands": 20_000}
_NONE = ("no one", "nobody", "no-one", "none", "no")
_LEAST = ("at least", "more than", "over", "not less than", "no fewer than", "well over", "just over")
_MOST = ("up to", "at most", "as many as", "fewer than", "less than", "under", "no more than", "just under")

_VAGUE_WORDS = (
    "(?:" + "|".join(word.replace(" ", "[ ]") for word in sorted(_VAGUE, key=len, reverse=True)) + ")(?:[ ]of)?"
)
_NONE_WORDS = "(?:" + "|".join(word.replace(" ", "[ ]") for word in _NONE) + ")"
_APART = r"(?=\w)(?<![\w$€£¥.,-])"  # the first half is only quicker
_FIGURE = (
    rf"(?:(?P<hedge>{figured.HEDGE})[ ])?(?P<figure>(?:{figured.DIGITS}|{figured.WORDS})(?:{figured.SCALE})?"
    rf"(?![\w%]|[.,]\d|[-–]\d)|{_VAGUE_WORDS}|{_NONE_WORDS})"
)
_NO_ADJECTIVE = (
    "and|or|of|to|in|on|at|by|for|from|the|a|an|were|was|with|as|per|percent|years?|hours?|minutes?|days?|other|more"
)
_ADJECTIVES = rf"(?:[ -](?!(?:{_NO_ADJECTIVE})\b)[A-Za-z-]{{2,20}}){{0,3}}"
_PEOPLE = (
    r"(?:[ ](?:other|more|of[ ]them|people|persons?|civilians?|soldiers?|troops|officers?|men|women|children|residents"
    r"|workers|others|passengers|students|adults))?"
)
_WERE = (
    r"(?:[ ](?:was|were|is|are|have|has|had|been|being|reported|confirmed|also|seriously|slightly|critically|badly"
    r"|severely|left|people|feared)){0,4}"
)


def _either(patterns: Iterable[str]) -> str:
    """Return a pattern for any of several, each a group named by its number."""
    return "(?:" + "|".join(f"(?P<t{number}>{pattern})" for number, pattern in enumerate(patterns)) + ")"


_OF_THINGS = re.compile(rf"{_APART}{_FIGURE}{_ADJECTIVES}[ ]{_either(_THINGS.values())}\b", re.IGNORECASE)
_FATE_AFTER = re.compile(
    rf"{_APART}{_FIGURE}{_PEOPLE}{_WERE}[ ]{_either(after for after, _ in _FATES.values())}\b", re.IGNORECASE
)
_FATE_BEFORE = re.compile(rf"\b{_either(before for _, before in _FATES.values())}[ ]{_FIGURE}\b", re.IGNORECASE)
_TOLL = re.compile(rf"\bdeath[ ]toll[ ](?:[a-z]{{1,12}}[ ]){{0,4}}?{_FIGURE}", re.IGNORECASE)


_NONE_IS_TOLD = ("drones", "missiles", "rockets", "explosions", "fires")  # "no cars" mostly tells something else
_OTHERS = re.compile(r"\b(?:others?|more)\b", re.IGNORECASE)  # "20 others": beside some that are told apart
_NO_PLURAL = ("aircraft", "lorries")
_NOUN_NEXT = re.compile(
    r"[ -](?:strikes?|attacks?|flights?|raids?|operators?|pilots?|bases?|parts?|incidents?|sightings?|warnings?|alerts?"
    r"|launch(?:es)?|launchers?|makers?|owners?|crews?|units?|engines?|alarms?)\b",
    re.IGNORECASE,
)


class Counted(NamedTuple):
    """One figure of one thing: at least `low`, at most `high` (infinite: no most is said)."""

    thing: str
    low: float
    high: float
    start: int  # code points
    end: int


def find(text: str) -> list[Counted]:
    """Return every figure of a thing that the table knows, in order."""
    found = [_counted(tuple(_THINGS), match) for match in _OF_THINGS.finditer(text) if _is_counted(text, match)]
    found += [_counted(tuple(_FATES), match) for match in _FATE_AFTER.finditer(text)]
    found += [
        _counted(tuple(_FATES), match) for match in _FATE_BEFORE.finditer(text) if not _counts_another(text, match)
    ]
    found += [_span("people killed", match) for match in _TOLL.finditer(text)]
    kept: list[Counted] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def check(documents: tuple[Document, ...]) -> list[Check]:
    """Return a check for each thing of which at least two sources give a figure."""
    counted = [find(document.text) for document in documents]
    things = dict.fromkeys(one.thing for found in counted for one in found)
    return [made for thing in things if (made := _check(documents, counted, thing))]


def _check(documents: tuple[Document, ...], counted: list[list[Counted]], thing: str) -> Check | None:
    said = [
        (document, [one for one in found if one.thing == thing])
        for document, found in zip(documents, counted, strict=True)
    ]
    said = [(document, ones) for document, ones in said if ones]
    if len(said) < 2:  # two sources, or there is nothing to compare
        return None
    meeting = all(_meet(ones, others) for (_, ones), (_, others) in itertools.combinations(said, 2))
    parts = "; ".join(f"{document.source.label}: {_listed(document, ones)}" for document, ones in said)
    figures = tuple(_figure(document, one) for document, ones in said for one in ones[:FIGURES_MAX])
    ends = "the sources agree in a figure" if meeting else "differs between the sources"
    outcome: quantities.Outcome = "agrees" if meeting else "differs"
    words = f"{thing[0].upper()}{thing[1:]}: {parts}; {ends}."
    return Check(
        kind="count", outcome=outcome, words=words, figures=figures, stated=None, computed=None, unit=None, basis=BASIS
    )


def _meet(ones: list[Counted], others: list[Counted]) -> bool:
    return any(one.low <= other.high and other.low <= one.high for one in ones for other in others)


def _figure(document: Document, one: Counted) -> Figure:
    return quantities.figure(document, one.start, one.end)


def _listed(document: Document, ones: list[Counted]) -> str:
    """Return the words of the figures, each once."""
    words = list(dict.fromkeys(document.text[one.start : one.end] for one in ones[:FIGURES_MAX]))
    more = f" and {len(ones) - FIGURES_MAX} more" if len(ones) > FIGURES_MAX else ""
    return ", ".join(f"“{' '.join(word.split())}”" for word in words) + more


def _counts_another(text: str, match: re.Match[str]) -> bool:
    """Tell whether the figure after a verb counts something else ("injured two drones")."""
    return bool(_OF_THINGS.match(text, match.start("figure")))


def _is_counted(text: str, match: re.Match[str]) -> bool:
    """Tell whether the noun itself is counted: "two drone strikes" are no drones, nor is "two drone" anything."""
    plural = any(match[f"s{number}"] for number in range(len(_THINGS)))
    one = match["figure"].lower() in ("one", "1")
    if match["figure"].lower() in _NONE and _thing(tuple(_THINGS), match) not in _NONE_IS_TOLD:
        return False
    return (plural or one or match[0].lower().endswith(_NO_PLURAL)) and not _NOUN_NEXT.match(text, match.end())


def _thing(things: tuple[str, ...], match: re.Match[str]) -> str:
    return next(thing for number, thing in enumerate(things) if match[f"t{number}"])


def _counted(things: tuple[str, ...], match: re.Match[str]) -> Counted:
    return _span(_thing(things, match), match)


def _span(thing: str, match: re.Match[str]) -> Counted:
    """Return a figure with what its words allow."""
    hedge = (match["hedge"] or "").lower()
    words = " ".join(match["figure"].lower().removesuffix(" of").split())
    start = match.start("figure") if not hedge else match.start("hedge")
    if words in _NONE:
        return Counted(thing, 0, 0, match.start(), match.end())
    if words in _VAGUE:
        return Counted(thing, _VAGUE[words], math.inf, match.start(), match.end())
    read = figured.number(words)
    value = float(read.value)
    around = float(figured.tolerance(read, hedged=True)) if hedge and hedge not in (*_LEAST, *_MOST) else 0.0
    low = 0.0 if hedge in _MOST else value - around
    high = math.inf if hedge in _LEAST or _OTHERS.search(match[0]) else value + around
    return Counted(thing, low, high, min(start, match.start()), match.end())
