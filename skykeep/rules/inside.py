"""Whether a flight is inside a volume, when neither is known exactly: inside, outside, or between.

Inside means P >= 0.95 and outside P <= 0.05, horizontally and vertically alike (DESIGN section 5). The errors are
taken as normal with the given standard deviations. One straight border decides at 1.6449 sigma; where others are
near (a volume small beside the error, a corner, a hole, floor and ceiling) all of them count, so that a flight
centred over an area smaller than its error is *between*, not inside. A border point without error is inside.

    compared                                         answer
    limit absent, or "unlimited"                     limits nothing
    floor at or below the ground (AGL, TAKEOFF)      limits nothing: people write "0" for "from the ground"
    limit and height in the same datum               by their difference and the height's spread
    limit and height in different datums only        unknown, with what is missing
    outside in any one dimension or limit            outside, whatever else is unknown
"""

from __future__ import annotations

import dataclasses
import enum

from skykeep.facts.enacted import Limit, Volume
from skykeep.geo.altitude import Altitude, Datum, difference_mm
from skykeep.geo.exact import normal_cdf
from skykeep.rules.flight import Flight, Height
from skykeep.rules.outline import Outline

SURE_SIGMAS = 1.6448536269514722  # the 95 % point of the normal distribution
SURE, UNSURE = 0.95, 0.05
_ROUNDING = 1e-12  # of normal_cdf, so that exactly 1.6448536269514722 sigma is sure


class Where(enum.Enum):
    """Answer of one comparison with a volume."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    BETWEEN = "between"  # the error straddles a limit
    UNKNOWN = "unknown"  # something needed to compare is missing


@dataclasses.dataclass(frozen=True, slots=True)
class Vertical:
    """Answer of the comparison with floor and ceiling."""

    where: Where
    margin_mm: int | None = None  # positive inside; None: unlimited or not comparable
    probability: float = 1.0  # of being between the limits, as far as they could be compared
    missing: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Inside:
    """Where a flight is with respect to one volume, with the margins that say so."""

    where: Where
    horizontal: Where
    vertical: Vertical
    margin_m: float
    probability: float  # of being inside horizontally, times vertically where that could be compared


def locate(flight: Flight, volume: Volume, outline: Outline, *, slack_m: float = 0.0, slack_mm: int = 0) -> Inside:
    """Compare a flight with a volume; `slack` widens the volume (a permit's deviation thresholds).

    A slack in metres moves the nearest border; the other borders are then left out of the account.
    """
    margin_m = outline.margin_m(flight.lat_e7, flight.lon_e7) + slack_m
    if slack_m:
        probability = chance(margin_m, flight.pos_sigma_m)
    else:
        probability = outline.chance(flight.lat_e7, flight.lon_e7, flight.pos_sigma_m, margin_m)
    horizontal = decide(margin_m, probability)
    vertical = compare_heights(flight.heights, volume.floor, volume.ceiling, slack_mm=slack_mm)
    return Inside(both(horizontal, vertical.where), horizontal, vertical, margin_m, probability * vertical.probability)


def decide(margin: float, probability: float) -> Where:
    """Say where something with this margin (positive inside) and this probability of being inside is."""
    if margin >= 0:
        return Where.INSIDE if probability >= SURE - _ROUNDING else Where.BETWEEN
    return Where.OUTSIDE if probability <= UNSURE + _ROUNDING else Where.BETWEEN


def chance(margin: float, sigma: float) -> float:
    """Return the probability of being on the inner side of a straight border."""
    if sigma <= 0:
        return 1.0 if margin >= 0 else 0.0
    return normal_cdf(margin / sigma)


def both(one: Where, other: Where) -> Where:
    """Join two dimensions: outside in either is outside, inside needs both."""
    if Where.OUTSIDE in {one, other}:
        return Where.OUTSIDE
    if one is Where.INSIDE:
        return other
    return one if other is Where.INSIDE or one is Where.UNKNOWN else other


def compare_heights(heights: tuple[Height, ...], floor: Limit, ceiling: Limit, *, slack_mm: int = 0) -> Vertical:
    """Compare a flight's heights with a floor and a ceiling, each in its own datum.

    A limit that is absent or "unlimited" limits nothing, and neither does a floor at or below the ground.
    """
    answers = []
    if isinstance(floor, Altitude) and not (floor.datum in {Datum.AGL, Datum.TAKEOFF} and floor.value_mm <= 0):
        answers.append(_beyond(heights, floor, sign=1, slack_mm=slack_mm))
    if isinstance(ceiling, Altitude):
        answers.append(_beyond(heights, ceiling, sign=-1, slack_mm=slack_mm))
    if not answers:
        return Vertical(Where.INSIDE)
    return answers[0] if len(answers) == 1 else _joined(answers[0], answers[1])


def _beyond(heights: tuple[Height, ...], limit: Altitude, *, sign: int, slack_mm: int) -> Vertical:
    for height in heights:
        difference = difference_mm(height.altitude, limit)
        if difference is not None:
            margin = sign * difference + slack_mm
            probability = chance(float(margin), float(height.sigma_mm))
            return Vertical(decide(margin, probability), margin, probability)
    return Vertical(Where.UNKNOWN, missing=(_what_is_missing(heights, limit),))


def _joined(floor: Vertical, ceiling: Vertical) -> Vertical:
    """Join two limits; that both hold is at least as probable as the sum of both less one."""
    where = both(floor.where, ceiling.where)
    probability = max(0.0, floor.probability + ceiling.probability - 1.0)
    margins = [part.margin_mm for part in (floor, ceiling) if part.margin_mm is not None]
    if where is Where.INSIDE:
        return Vertical(decide(0, probability), min(margins), probability)
    if where is Where.UNKNOWN:
        return Vertical(where, None, probability, tuple(dict.fromkeys(floor.missing + ceiling.missing)))
    return Vertical(where, min(margins), probability)


_NEEDED = {
    (Datum.TAKEOFF, Datum.AGL): "ground height at take-off",
    (Datum.TAKEOFF, Datum.AMSL): "ground height at take-off",
    (Datum.TAKEOFF, Datum.HAE): "ground height at take-off",
    (Datum.HAE, Datum.AMSL): "geoid",
    (Datum.AMSL, Datum.HAE): "geoid",
    (Datum.HAE, Datum.AGL): "terrain",
    (Datum.AMSL, Datum.AGL): "terrain",
    (Datum.AGL, Datum.HAE): "terrain",
    (Datum.AGL, Datum.AMSL): "terrain",
}


def _what_is_missing(heights: tuple[Height, ...], limit: Altitude) -> str:
    """Name what would make one of the known heights comparable with the limit, the nearest datum first."""
    for have in (Datum.HAE, Datum.AMSL, Datum.AGL, Datum.TAKEOFF, Datum.STD):
        if any(height.altitude.datum is have for height in heights):
            return _NEEDED.get((have, limit.datum), "air pressure (QNH)")
    return "any height of the flight"
