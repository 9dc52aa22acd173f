"""Whether a flight is inside a volume, when neither is known exactly: inside, outside, or between.

Inside means P >= 0.95 and outside P <= 0.05, horizontally and vertically alike (DESIGN section 5). The errors are
taken as normal with the given standard deviations. One straight border decides at 1.6449 sigma; where others are
near (a volume small beside the error, a corner, a hole, floor and ceiling) all of them count, so that a flight
centred over an area smaller than its error is *between*, not inside. A border point without error is inside.

    compared                                         answer
    limit absent, or "unlimited"                     limits nothing
    floor at or below the ground (AGL, TAKEOFF)      limits nothing: people write "0" for "from the ground"
    limit and height in the same datum               by their difference and the height's spread
    limit and height in different datums only        unknown, with what is missing (see rules.heights)
    outside in any one dimension or limit            outside, whatever else is unknown
"""

from __future__ import annotations

import dataclasses
import enum
import math

from skykeep.facts.enacted import Limit, Volume
from skykeep.geo.altitude import Altitude, Datum, difference_mm
from skykeep.geo.exact import normal_cdf
from skykeep.rules.flight import Flight, Height
from skykeep.rules.outline import Outline

SURE_SIGMAS = 1.6448536269514722  # the 95 % point of the normal distribution
NEAR_SIGMAS = 2.4477468306808166  # sqrt(-2 log 0.05): farther outside, no area of any shape is reached at 5 %
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
    """Answer of the comparison with floor and ceiling; the band is that of the limit which is nearest to deciding."""

    where: Where
    margin_mm: int | None = None  # positive inside; None: unlimited or not comparable
    probability: float = 1.0  # of being between the limits, as far as they could be compared
    missing: tuple[str, ...] = ()
    limit: Altitude | None = None  # that the flight was compared with, or could not be
    band_mm: tuple[int, int] | None = None  # lowest and highest that it may be, above the limit's datum
    by: tuple[str, ...] = ()  # what its height was derived with; empty: as reported


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
    vertical = compare_heights(flight.heights, volume.floor, volume.ceiling, slack_mm=slack_mm, levels=flight.levels)
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


def compare_heights(
    heights: tuple[Height, ...], floor: Limit, ceiling: Limit, *, slack_mm: int = 0, levels: tuple[str, ...] = ()
) -> Vertical:
    """Compare a flight's heights with a floor and a ceiling, each in its own datum.

    A limit that is absent or "unlimited" limits nothing, and neither does a floor at or below the ground. `levels`
    names what is known at the place, so that what is missing is not looked for among it.
    """
    answers = []
    if isinstance(floor, Altitude) and not at_ground(floor):
        answers.append(_beyond(heights, floor, sign=1, slack_mm=slack_mm, levels=levels))
    if isinstance(ceiling, Altitude):
        answers.append(_beyond(heights, ceiling, sign=-1, slack_mm=slack_mm, levels=levels))
    if not answers:
        return Vertical(Where.INSIDE)
    return answers[0] if len(answers) == 1 else _joined(answers[0], answers[1])


def at_ground(floor: Altitude) -> bool:
    """Whether a floor lies at or below the ground, and so limits nothing."""
    return floor.value_mm <= 0 and (floor.datum is Datum.AGL or floor.datum is Datum.TAKEOFF)


def _beyond(
    heights: tuple[Height, ...], limit: Altitude, *, sign: int, slack_mm: int, levels: tuple[str, ...]
) -> Vertical:
    for height in heights:
        difference = difference_mm(height.altitude, limit)
        if difference is not None:
            margin = sign * difference + slack_mm
            probability = chance(float(margin), float(height.sigma_mm))
            where = decide(margin, probability)
            return Vertical(where, margin, probability, (), limit, band_mm(height), height.by)
    return Vertical(Where.UNKNOWN, missing=(_what_is_missing(heights, limit, levels),), limit=limit)


def band_mm(height: Height) -> tuple[int, int]:
    """Return the lowest and the highest that a flight may be: surely above the one, surely below the other."""
    reach_mm = math.ceil(SURE_SIGMAS * height.sigma_mm)
    return height.altitude.value_mm - reach_mm, height.altitude.value_mm + reach_mm


def _joined(floor: Vertical, ceiling: Vertical) -> Vertical:
    """Join two limits; that both hold is at least as probable as the sum of both less one."""
    where = both(floor.where, ceiling.where)
    probability = max(0.0, floor.probability + ceiling.probability - 1.0)
    margins = [part.margin_mm for part in (floor, ceiling) if part.margin_mm is not None]
    by = tuple(dict.fromkeys((*floor.by, *ceiling.by)))
    if where is Where.UNKNOWN:
        missing = tuple(dict.fromkeys(floor.missing + ceiling.missing))
        unknown = floor if floor.where is Where.UNKNOWN else ceiling
        return Vertical(where, None, probability, missing, unknown.limit, None, by)
    near = floor if ceiling.margin_mm is None or (floor.margin_mm or 0) < ceiling.margin_mm else ceiling
    if floor.margin_mm is None:
        near = ceiling
    if where is Where.INSIDE:
        where = decide(0, probability)
    return Vertical(where, min(margins), probability, (), near.limit, near.band_mm, by)


_TAKEOFF, _QNH = "ground height at take-off", "air pressure (QNH)"
_NEEDED = {  # what it takes to get from a height to a limit, in the order in which it is asked for
    (Datum.HAE, Datum.AMSL): ("geoid",),
    (Datum.HAE, Datum.AGL): ("terrain", "geoid"),
    (Datum.HAE, Datum.TAKEOFF): (_TAKEOFF, "geoid"),
    (Datum.HAE, Datum.STD): (_QNH, "geoid"),
    (Datum.AMSL, Datum.HAE): ("geoid",),
    (Datum.AMSL, Datum.AGL): ("terrain", "geoid"),
    (Datum.AMSL, Datum.TAKEOFF): (_TAKEOFF, "geoid"),
    (Datum.AMSL, Datum.STD): (_QNH,),
    (Datum.AGL, Datum.HAE): ("terrain", "geoid"),
    (Datum.AGL, Datum.AMSL): ("terrain", "geoid"),
    (Datum.AGL, Datum.TAKEOFF): (_TAKEOFF, "terrain", "geoid"),
    (Datum.AGL, Datum.STD): (_QNH, "terrain", "geoid"),
    (Datum.TAKEOFF, Datum.HAE): (_TAKEOFF, "geoid"),
    (Datum.TAKEOFF, Datum.AMSL): (_TAKEOFF, "geoid"),
    (Datum.TAKEOFF, Datum.AGL): (_TAKEOFF, "terrain", "geoid"),
    (Datum.TAKEOFF, Datum.STD): (_QNH, _TAKEOFF, "geoid"),
    (Datum.STD, Datum.HAE): (_QNH, "geoid"),
    (Datum.STD, Datum.AMSL): (_QNH,),
    (Datum.STD, Datum.AGL): (_QNH, "terrain", "geoid"),
    (Datum.STD, Datum.TAKEOFF): (_QNH, _TAKEOFF, "geoid"),
}


def _what_is_missing(heights: tuple[Height, ...], limit: Altitude, levels: tuple[str, ...]) -> str:
    """Name what would make one of the known heights comparable with the limit, the nearest datum first."""
    for have in (Datum.HAE, Datum.AMSL, Datum.AGL, Datum.TAKEOFF, Datum.STD):
        if any(height.altitude.datum is have for height in heights):
            needed = _NEEDED[have, limit.datum]
            return next((each for each in needed if each not in levels), needed[0])
    return "any height of the flight"
