"""A unit as the readers see it, with what they make of it: parts with keys, said or negated.

Positions count in the unit's text. A unit longer than `LONGEST_READ` is not read: it stays unplaced, and is listed
so.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from skykeep.account import concepts
from skykeep.account.persons import People
from skykeep.account.units import LONGEST_READ
from skykeep.facts.claimed import Aspect

SURE, LIKELY, WEAK = 0.9, 0.7, 0.5  # only what is at least LIKELY is laid in a cell

_FLIGHT = re.compile(r"\b(?:drone|uav|unmanned|quadcopter|missile|rocket|attack|strike|raid)", re.IGNORECASE)
_AROUND = 600  # characters before a unit in which "both" may have its meaning

Key = tuple[str, ...]


class Part(NamedTuple):
    """One thing that a unit says."""

    key: Key  # the reader's name, then what it read: ("how_many", "drone", "2")
    aspect: Aspect
    holds: bool
    score: float
    start: int
    end: int


class Reading(NamedTuple):
    """A unit as the readers see it."""

    text: str
    low: str
    cue: str  # lower case
    speaker_side: str  # "": not known
    people: People
    concepts: tuple[tuple[int, int, str], ...]
    speaker: str = ""  # as shown; "": nobody, or no name of their own ("the army")
    follows_flight: bool = False  # the statement's other units speak of drones or an attack: "both" may mean these

    def has(self, *names: str) -> bool:
        return any(name in names for _, _, name in self.concepts)


def _flight(around: str) -> bool:
    return bool(_FLIGHT.search(around[-_AROUND:]))


def reading(
    text: str, people: People, *, cue: str = "", speaker_side: str = "", speaker: str = "", around: str = ""
) -> Reading:
    """Prepare a unit; `around`: what leads up to it in its source, for what a pronoun means."""
    named = speaker if speaker.rsplit(maxsplit=1)[-1:] and speaker.rsplit(maxsplit=1)[-1][:1].isupper() else ""
    cut = text if len(text) <= LONGEST_READ else ""
    found = tuple(concepts.found(cut))
    known = any(name in {"drone", "missile", "attack"} for _, _, name in found)
    return Reading(
        cut, concepts.lowered(cut), cue.lower(), speaker_side, people, found, named, not known and _flight(around)
    )


_NOT = r"(?:\b(?:not|no|never|nor|without|neither|nobody|no[ -]?one|nothing|none|hardly|scarcely|barely)\b|n['’]t\b)"
_NEGATED = re.compile(rf"{_NOT}(?: (?!only\b)\w+){{0,3}} ?$")
# What these say is less than a "not", or leaves open of how many it is said: nothing is laid by it.
_HALF = re.compile(r"\b(?:hardly|scarcely|barely|neither|not (?:all|every|only|just|exactly|necessarily))\b")


# "No information about two drones" is no "not": the stance is read from it, and the drones are what it is about.
_OF_KNOWING = (
    r"(?! (?:(?:have|has|been|be|yet|any|further|aware|made) ){0,3}(?:information|knowledge|idea|details?|data|evidence"
    r"|reports?|proof|word|confirmation|record|aware|informed|know|known|confirm|verify|clear)\b)"
)
_UNDER_NOT = re.compile(rf"{_NOT}{_OF_KNOWING}")
_SEES_NONE = re.compile(
    r"\b(?:saw|seen|see|spotted|noticed|observed|detected|heard|found|found|sighted) (?:no|nothing|none)\b"
)


def under_not(unit: Reading, at: int) -> bool:
    """Whether a "not" stands before a point of the unit in its own clause: of what is under it nothing is sure."""
    clause = max(unit.low.rfind(mark, 0, at) for mark in (", ", "; ", " but ", " and "))
    return bool(_UNDER_NOT.search(unit.low, max(0, clause), at))


def turned(unit: Reading, key: Key, aspect: Aspect, score: float, start: int, end: int) -> Part:
    """Return one part, turned round where a "not" stands just before it, or in it; never laid where more than one does.

    That a crew saw nothing says of the crew what it saw, not that there was nothing.
    """
    before, within = unit.low[max(0, start - 40) : start], unit.low[start:end]
    nots = len(_UNDER_NOT.findall(within)) + bool(_NEGATED.search(before))
    half = _HALF.search(before[-25:] + within) or _SEES_NONE.search(within)
    if nots > 1 or half or (not nots and under_not(unit, start)):
        score = min(score, WEAK)
    return Part(key, aspect, nots != 1, score, start, end)
