"""Whether a zone says of itself that it does not bind a flight: by mass, height, category or mission.

An exemption holds for a flight that meets every condition it states; a zone with several needs one that holds.
What nobody said of the flight (a radio does not tell its mass) leaves the answer open, and so do words that no
program reads, and what a contradicted identity claims.
"""

from __future__ import annotations

import enum

from skykeep.facts.enacted import Exemption
from skykeep.rules.flight import Flight
from skykeep.rules.inside import Where, compare_heights


class Met(enum.Enum):
    """Whether a condition is met."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def exempted(flight: Flight, exemptions: tuple[Exemption, ...]) -> tuple[Met, tuple[str, ...]]:
    """Return whether any of a zone's exemptions holds for a flight, with what is missing where that is open."""
    answers = [_one(flight, exemption) for exemption in exemptions]
    if any(met is Met.YES for met, _ in answers):
        return Met.YES, ()
    missing = tuple(dict.fromkeys(what for met, missed in answers if met is Met.UNKNOWN for what in missed))
    return (Met.UNKNOWN, missing) if missing else (Met.NO, ())


def _one(flight: Flight, exemption: Exemption) -> tuple[Met, tuple[str, ...]]:
    asked = list(_conditions(flight, exemption))
    if any(met is Met.NO for met, _ in asked):
        return Met.NO, ()
    missing = tuple(what for met, what in asked if met is Met.UNKNOWN)
    if not asked:  # an exemption without a condition would lift the zone for everybody: rather ask
        missing = (_WORDS,)
    return (Met.UNKNOWN, missing) if missing else (Met.YES, ())


_WORDS = "whether the zone's exemption applies"


def _conditions(flight: Flight, exemption: Exemption) -> list[tuple[Met, str]]:
    """Return each stated condition with whether it is met, and what would tell."""
    told = not flight.contradicted
    found: list[tuple[Met, str]] = []
    if exemption.mass_max_g is not None:
        light = None if flight.mass_g is None or not told else flight.mass_g <= exemption.mass_max_g
        found.append((_met(holds=light), "the drone's mass"))
    if exemption.height_max is not None:
        found.append((_low_enough(flight, exemption), "a height to compare with the zone's exemption"))
    if exemption.categories:
        found.append((_met(holds=_among(flight.category if told else None, exemption.categories)), "the category"))
    if exemption.missions:
        found.append((_met(holds=_among(flight.mission if told else None, exemption.missions)), "the mission"))
    if exemption.words and not found:  # beside structured conditions the words are the same thing as the source says it
        found.append((Met.UNKNOWN, _WORDS))
    return found


def _low_enough(flight: Flight, exemption: Exemption) -> Met:
    where = compare_heights(flight.heights, None, exemption.height_max, levels=flight.levels).where
    return {Where.INSIDE: Met.YES, Where.OUTSIDE: Met.NO}.get(where, Met.UNKNOWN)


def _among(value: str | None, wanted: tuple[str, ...]) -> bool | None:
    return None if value is None else value.casefold() in {one.casefold() for one in wanted}


def _met(*, holds: bool | None) -> Met:
    if holds is None:
        return Met.UNKNOWN
    return Met.YES if holds else Met.NO
