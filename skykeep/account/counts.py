"""How many of a thing each source tells of, laid side by side: only figures of the same thing are compared.

Things are a table of classes, so "two drones" is never laid beside "two injured", and drones shot down are not laid
beside drones seen (`fates`). Where the sentence names no fate, the figures are shown and nothing is said of them; what
it tells of another time, or of what somebody has, is left out. A figure is a span of what its words allow ("at least
three" has no end, "dozens" begins at 24). Two sources agree where some figure of one meets some figure of the other.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from skykeep.account import fates, figured, quantities
from skykeep.facts.accounted import Check, Document, Figure

BASIS = "the figures of the sources for the same thing; whether they speak of one event is for a reader"
FIGURES_MAX = 12  # of one thing in one source that are shown
FATED_MAX = 5_000  # figures of one source whose sentences are read

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
    "people injured": (r"injured|wounded|hurt|injuries", r"injuring|injured|wounding|wounded|hurting"),
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
# Between a figure and its noun stands only what is known to describe it, or a name ("two Norlandish drones"): a verb, a
# month or a preposition there means that the figure counts something else.
_DESCRIBING = (
    "small|large|big|huge|new|old|light|heavy|tiny|giant|hostile|enemy|foreign|unknown|unidentified|suspected|alleged"
    "|attack|strike|combat|kamikaze|suicide|armed|unarmed|loaded|laden|reconnaissance|surveillance|spy"
    "|military|civil|civilian|commercial|private|public|passenger|cargo|freight|fighter|jet|fixed|wing|winged|rotor|long"
    "|short|range|made|style|type|built|guided|cruise|ballistic|hypersonic|surface|anti|air|ship|tank|anti-aircraft|explosive"
    "|explosives|explosive-laden|residential|apartment|nearby|parked|police|fire|rescue|fishing|naval|war|merchant|empty"
    "|separate|different|loud|powerful|further|domestic|international|scheduled|regional|inbound|outbound|incoming"
    "|arriving|departing|short-haul|long-haul|low-flying|consumer|hobby|racing|mysterious|unauthori[sz]ed|illegal"
    "|red|white|black|blue|grey|gray|dark|decoy|swarming|interceptor|single|wooden|terraced|detached|family"
)
_NO_NAME = (
    "and|or|of|to|in|on|at|by|for|from|the|an?|were|was|is|are|with|as|per|percent|years?|hours?|minutes?|days?|other"
    "|more|after|before|when|while|but|january|february|march|april|may|june|july|august|september|october|november"
    "|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|killed|injured|wounded|hurt|dead|arrested"
    "|missing|evacuated|saw|sees|hit|hits|shot|sent|people|killing|injuring|detained|since|until|over|under|about"
)
_NUMBER_WORDS = f"{figured.WORDS}|hundred|thousand|million|billion|dozens?|scores|hundreds|thousands|no|none"
_NAME = rf"(?!(?:{_NO_NAME}|{_NUMBER_WORDS})\b)(?-i:[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ÿ]{{1,19}})(?:-[A-Za-z]{{2,12}})?"
_ADJECTIVES = rf"(?P<described>(?:[ -](?:(?:{_DESCRIBING})\b|{_NAME})){{0,3}})"
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


_BEEN = re.compile(r"\b(?:was|were|is|are|been|being)\b", re.IGNORECASE)
_OBJECT = re.compile(
    rf"[ ](?:{figured.HEDGE}[ ])?(?:(?:an?|the|its?|their|his|her|several|many|some|dozens|{figured.WORDS})\b|\d)",
    re.IGNORECASE,
)
_DESCRIBED = re.compile(_DESCRIBING, re.IGNORECASE)
_ANY_FIGURE = re.compile(
    rf"(?<![\w.,])(?:(?P<hedge>{figured.HEDGE})[ ])?(?P<figure>(?:{figured.DIGITS}|{figured.WORDS})(?:{figured.SCALE})?"
    rf"(?![\w%])|{_VAGUE_WORDS}\b|{_NONE_WORDS}\b)",
    re.IGNORECASE,
)
_TO = re.compile(r"[ ]?(?:[-–—]|to|and|or)[ ]?")
_WORDED_CHARS = 1_000
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
    fate: str = ""  # what the sentence says befell it; empty: it does not say


def find(text: str) -> list[Counted]:
    """Return every figure of a thing that the table knows, in order."""
    found = [_counted(tuple(_THINGS), match) for match in _OF_THINGS.finditer(text) if _is_counted(text, match)]
    found += [_counted(tuple(_FATES), match) for match in _FATE_AFTER.finditer(text) if not _has_object(text, match)]
    found += [
        _counted(tuple(_FATES), match) for match in _FATE_BEFORE.finditer(text) if not _counts_another(text, match)
    ]
    found += [_span("people killed", match) for match in _TOLL.finditer(text)]
    kept: list[Counted] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def compatible(one: str, other: str) -> bool:
    """Tell whether two worded figures ("at least 30", "35", "dozens") can be one number; so can what is not read."""
    read, against = _worded(one), _worded(other)
    if read is None or against is None:
        return True
    return read[0] <= against[1] and against[0] <= read[1]


def check(documents: tuple[Document, ...]) -> list[Check]:
    """Return a check for each thing and fate of which at least two sources give a figure of the event."""
    counted = [_fated(document.text) for document in documents]
    things = dict.fromkeys(one.thing for found in counted for one in found)
    return [made for thing in things for made in _of_thing(documents, counted, thing)]


def _fated(text: str) -> list[Counted]:
    """Return the figures of the event at hand, each with what befell its things; beyond a bound they have no fate."""
    found = find(text)
    near = [one for one in found[:FATED_MAX] if fates.of_this_event(text, one.start, one.end)]
    return [_befallen(text, one) for one in near] + found[FATED_MAX:]


def _befallen(text: str, one: Counted) -> Counted:
    return one if one.thing in _FATES else one._replace(fate=fates.of(one.thing, text, one.start, one.end))


def _of_thing(documents: tuple[Document, ...], counted: list[list[Counted]], thing: str) -> list[Check]:
    """Lay figures of one fate side by side; where no fate is told by two sources, say that it cannot be done."""
    told = [[one for one in found if one.thing == thing] for found in counted]
    if thing in _FATES:
        return [made for made in [_compared(documents, told, thing)] if made]
    befell = dict.fromkeys(one.fate for found in told for one in found if one.fate)
    made = [
        check
        for fate in befell
        if (
            check := _compared(
                documents, [[one for one in found if one.fate == fate] for found in told], f"{thing} {fate}"
            )
        )
    ]
    if made or sum(map(bool, told)) < 2:
        return made
    return [_check(documents, told, thing, "cannot_check", "whether they count the same is not said")]


def _compared(documents: tuple[Document, ...], told: list[list[Counted]], what: str) -> Check | None:
    given = [found for found in told if found]
    if len(given) < 2:  # two sources, or there is nothing to compare
        return None
    if all(_meet(ones, others) for ones, others in itertools.combinations(given, 2)):
        return _check(documents, told, what, "agrees", "the sources agree in a figure")
    return _check(documents, told, what, "differs", "differs between the sources")


def _check(
    documents: tuple[Document, ...], told: list[list[Counted]], what: str, outcome: quantities.Outcome, ends: str
) -> Check:
    said = [(document, ones) for document, ones in zip(documents, told, strict=True) if ones]
    parts = "; ".join(f"{document.source.label}: {_listed(document, ones)}" for document, ones in said)
    figures = tuple(_figure(document, one) for document, ones in said for one in ones[:FIGURES_MAX])
    words = f"{what[0].upper()}{what[1:]}: {parts}; {ends}."
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


def _has_object(text: str, match: re.Match[str]) -> bool:
    """Tell whether the figure is a day or a name, or did something to others ("on May 3 killed two")."""
    does = not _BEEN.search(match[0]) and bool(_OBJECT.match(text, match.end()))
    return does or fates.numbered(text, match.start("figure"), match["figure"])


def _is_counted(text: str, match: re.Match[str]) -> bool:
    """Tell whether the noun itself is counted: "two drone strikes" are no drones, nor is "two drone" anything."""
    if fates.numbered(text, match.start("figure"), match["figure"]) or _is_headline(match):
        return False
    plural = any(match[f"s{number}"] for number in range(len(_THINGS)))
    one = match["figure"].lower() in ("one", "1")
    if match["figure"].lower() in _NONE and _thing(tuple(_THINGS), match) not in _NONE_IS_TOLD:
        return False
    return (plural or one or match[0].lower().endswith(_NO_PLURAL)) and not _NOUN_NEXT.match(text, match.end())


def _is_headline(match: re.Match[str]) -> bool:
    """Tell whether all words are in capitals, so that a name cannot be told from a verb ("12 Soldiers Saw Drones")."""
    described = match["described"]
    noun = match[0][match.end("described") - match.start() + 1 :]
    names = [word for word in re.split("[ -]", described) if word and not _DESCRIBED.fullmatch(word)]
    return bool(names) and noun[0].isupper() and not noun.isupper()


def _thing(things: tuple[str, ...], match: re.Match[str]) -> str:
    return next(thing for number, thing in enumerate(things) if match[f"t{number}"])


def _counted(things: tuple[str, ...], match: re.Match[str]) -> Counted:
    return _span(_thing(things, match), match)


def _span(thing: str, match: re.Match[str]) -> Counted:
    """Return a figure with what its words allow."""
    hedge = match["hedge"] or ""
    low, high = _allowed(hedge, match["figure"])
    if low and _OTHERS.search(match[0]):
        high = math.inf
    start = match.start("hedge") if hedge else match.start("figure")
    return Counted(thing, low, high, min(start, match.start()), match.end())


def _allowed(hedge: str, figure: str) -> tuple[float, float]:
    """Return the least and the most that a figure and the words before it allow."""
    hedge, words = hedge.lower(), " ".join(figure.lower().removesuffix(" of").split())
    if words in _NONE:
        return 0.0, 0.0
    if words in _VAGUE:
        return float(_VAGUE[words]), math.inf
    read = figured.number(words)
    value = float(read.value)
    around = float(figured.tolerance(read, hedged=True)) if hedge and hedge not in (*_LEAST, *_MOST) else 0.0
    return (0.0 if hedge in _MOST else value - around), (math.inf if hedge in _LEAST else value + around)


def _worded(words: str) -> tuple[float, float] | None:
    """Return what a worded figure allows; None where no figure is read in it."""
    found = list(itertools.islice(_ANY_FIGURE.finditer(words[:_WORDED_CHARS]), 2))
    if not found:
        return None
    ends = [_allowed(match["hedge"] or "", match["figure"]) for match in found]
    if len(ends) == 2 and _TO.fullmatch(words[found[0].end() : found[1].start()]):
        return min(ends)[0], max(high for _, high in ends)
    return ends[0]
