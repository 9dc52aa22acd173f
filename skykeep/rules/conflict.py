"""Whether two 4-D volumes come too near to one another, and which of them must give way.

Two volumes conflict where all three hold, each grown by the sum of both deviation thresholds:

    time      [start, end) of both overlap
    height    the bands overlap or touch; where their datums cannot be compared that is not known, and counts as overlap
    place     the outlines overlap, touch, or come nearer than the sum

Who goes first: a state flight before any other, then the higher priority, then whoever was granted first. What is
asked for therefore gives way to its equals; a granted permit that goes after it stands no longer, and its holder is
to be told.

Whether outlines meet is decided in integers. Distances are those of `outline.margin_m` (0.1 % within 50 km): polygons
that do not meet are nearest at a vertex of one of them. A gap is taken 0.1 % and 1 cm shorter than measured, so that
an error of the measurement makes a conflict rather than hide one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt

from skykeep.facts.enacted import Circle, Limit, PermitVolume, Thresholds, Volume
from skykeep.facts.explained import Conflict
from skykeep.geo.altitude import Altitude, Datum, difference_mm
from skykeep.geo.kernel import kernel
from skykeep.geo.volumes import Polygon as Area
from skykeep.rules.inside import at_ground
from skykeep.rules.law import Permit
from skykeep.rules.operation import Operation
from skykeep.rules.outline import METRES_PER_E7_MIN, TURN_E7, Outline

Ints = npt.NDArray[np.int64]
Part = tuple[PermitVolume, Outline]

NO_THRESHOLDS = Thresholds(horizontal_mm=0, vertical_mm=0, time_ns=0)
_SHORTER, _SHORTER_M = 0.999, 0.01


def conflicts(asked: Operation, parts: list[Part], permits: Iterable[Permit]) -> Iterator[Conflict]:
    """Yield where what is asked for conflicts with granted permits, in the order of the permits.

    `parts` are the volumes of `asked` with their outlines. Older versions of the same permit, revoked permits and those
    granted after `asked_ns` are passed over.
    """
    for permit in permits:
        other = permit.fact.permit_id != asked.permit_id
        if other and permit.known(asked.asked_ns) and permit.revoked_ns > asked.asked_ns:
            yield from _with_permit(asked, parts, permit)


def _with_permit(asked: Operation, parts: list[Part], permit: Permit) -> Iterator[Conflict]:
    slack = added(asked.thresholds, permit.fact.thresholds)
    others = list(zip(permit.fact.volumes, permit.outlines, strict=True))
    for number, (part, outline) in enumerate(parts):
        for other_number, (other, other_outline) in enumerate(others):
            span = overlap_ns(part, other, slack.time_ns)
            if span is None:
                continue
            met = meeting(part.volume, outline, other.volume, other_outline, slack)
            if met is None:
                continue
            gap_mm, heights = met
            yield Conflict(
                permit_id=permit.fact.permit_id,
                version=permit.fact.version,
                asked_part=number,
                part=other_number,
                start_ns=span[0],
                end_ns=span[1],
                gap_mm=gap_mm,
                apart_needed_mm=slack.horizontal_mm,
                heights=heights,
                stands=not goes_before(asked, permit),
                because=_because(asked, permit),
            )


def goes_before(asked: Operation, permit: Permit) -> bool:
    """Whether what is asked for goes before a granted permit; of equals the granted one stands."""
    return (asked.state_flight, asked.priority) > (permit.fact.state_flight, permit.fact.priority)


def _because(asked: Operation, permit: Permit) -> Literal["granted_first", "goes_first", "gives_way"]:
    if goes_before(asked, permit):
        return "gives_way"
    equal = (asked.state_flight, asked.priority) == (permit.fact.state_flight, permit.fact.priority)
    return "granted_first" if equal else "goes_first"


def added(one: Thresholds | None, other: Thresholds | None) -> Thresholds:
    """Return the sum of two thresholds; None has none."""
    a, b = one or NO_THRESHOLDS, other or NO_THRESHOLDS
    return Thresholds(
        horizontal_mm=a.horizontal_mm + b.horizontal_mm,
        vertical_mm=a.vertical_mm + b.vertical_mm,
        time_ns=a.time_ns + b.time_ns,
    )


def overlap_ns(one: PermitVolume, other: PermitVolume, slack_ns: int) -> tuple[int, int] | None:
    """Return the time in which both hold; where only their thresholds overlap, the time between them; else None."""
    later_ns, sooner_ns = max(one.start_ns, other.start_ns), min(one.end_ns, other.end_ns)
    if later_ns - sooner_ns >= slack_ns:
        return None
    return min(later_ns, sooner_ns), max(later_ns, sooner_ns)


def meeting(
    one: Volume, outline: Outline, other: Volume, other_outline: Outline, slack: Thresholds
) -> tuple[int, Literal["overlap", "not_comparable"]] | None:
    """Return the gap between two outlines in mm, and whether their heights surely overlap; None: they keep apart."""
    heights = heights_meet(one, other, slack.vertical_mm)
    if heights is False:
        return None
    gap_m = gap(outline, other_outline, slack.horizontal_mm / 1e3)
    if gap_m is None:
        return None
    return round(gap_m * 1e3), "not_comparable" if heights is None else "overlap"


def heights_meet(one: Volume, other: Volume, slack_mm: int) -> bool | None:
    """Return whether two height bands come within the slack; None where their datums do not tell.

    A limit that is absent, unlimited or at the ground separates nothing.
    """
    above = (_above(one.floor, other.ceiling, slack_mm), _above(other.floor, one.ceiling, slack_mm))
    if True in above:
        return False
    return None if None in above else True


def _above(floor: Limit, ceiling: Limit, slack_mm: int) -> bool | None:
    """Whether a floor lies above another's ceiling by more than the slack; None where that cannot be told."""
    if not isinstance(floor, Altitude) or not isinstance(ceiling, Altitude) or at_ground(floor):
        return False
    if floor.datum is Datum.TAKEOFF:  # two flights take off in two places
        return None
    up_mm = difference_mm(floor, ceiling)
    return None if up_mm is None else up_mm > slack_mm


def gap(one: Outline, other: Outline, reach_m: float) -> float | None:
    """Return the metres between two outlines, 0 where they meet, if they come within reach; else None."""
    shape, other_shape = one.shape, other.shape
    if isinstance(shape, Circle):
        nearest = -other.margin_m(shape.lat_e7, shape.lon_e7) - shape.radius_mm / 1e3
    elif isinstance(other_shape, Circle):
        nearest = -one.margin_m(other_shape.lat_e7, other_shape.lon_e7) - other_shape.radius_mm / 1e3
    elif meet(shape, other_shape):
        nearest = 0.0
    else:
        nearest = min(_nearest_vertex(shape, other, reach_m), _nearest_vertex(other_shape, one, reach_m))
    nearest = max(0.0, nearest)
    return nearest if nearest * _SHORTER - _SHORTER_M <= reach_m else None


def _nearest_vertex(shape: Area, other: Outline, reach_m: float) -> float:
    """Return the least distance of a vertex from an outline, negative inside it, of those that may be within reach."""
    low, high, west, east = other.box_e7
    north_e7 = int(1.01 * (reach_m + 1.0) / METRES_PER_E7_MIN) + 1
    near = (shape.lat_e7 >= low - north_e7) & (shape.lat_e7 <= high + north_e7)
    if other.east_min_m > 0.0 and high - low < 2 * north_e7 + 10_000_000:  # a degree or less, and no pole about
        east_e7 = int(1.1 * (reach_m + 1.0) / other.east_min_m) + 1
        away = (shape.lon_e7 - west + east_e7) % TURN_E7
        near &= away <= min(east - west + 2 * east_e7, TURN_E7)
    distances = [-other.margin_m(int(lat), _within_a_turn(int(lon))) for lat, lon in _vertices(shape, near)]
    return min(distances, default=math.inf)


def _vertices(shape: Area, near: npt.NDArray[np.bool_]) -> Iterable[tuple[int, int]]:
    return zip(shape.lat_e7[near].tolist(), shape.lon_e7[near].tolist(), strict=True)


def _within_a_turn(lon_e7: int) -> int:
    return (lon_e7 + TURN_E7 // 2) % TURN_E7 - TURN_E7 // 2


def meet(one: Area, other: Area) -> bool:
    """Return whether two polygons share a point, borders included; exact. One in a hole of the other does not."""
    middle = (one.lon_min_e7 + one.lon_max_e7) // 2 - (other.lon_min_e7 + other.lon_max_e7) // 2
    turns = (middle + TURN_E7 // 2) // TURN_E7
    for turn in (turns, turns - 1, turns + 1):
        if edges_meet(one.lat_e7, one.lon_e7, one.starts, other.lat_e7, other.lon_e7 + turn * TURN_E7, other.starts):
            return True
    return _holds_first(one, other) or _holds_first(other, one)


def _holds_first(one: Area, other: Area) -> bool:
    """Whether a polygon holds the first vertex of another; where no edges meet, it then holds all of it."""
    outline = Outline(one, (0, 0, 0, 0), 0.0)
    return outline.margin_m(int(other.lat_e7[0]), _within_a_turn(int(other.lon_e7[0]))) >= 0.0


@kernel
def edges_meet(lats: Ints, lons: Ints, starts: Ints, other_lats: Ints, other_lons: Ints, other_starts: Ints) -> bool:
    """Return whether an edge of one polygon meets an edge of the other, their longitudes taken as they are given."""
    for k in range(starts.shape[0] - 1):
        a = int(starts[k + 1]) - 1
        for b in range(int(starts[k]), int(starts[k + 1])):
            for m in range(other_starts.shape[0] - 1):
                c = int(other_starts[m + 1]) - 1
                for d in range(int(other_starts[m]), int(other_starts[m + 1])):
                    if segments_meet(
                        int(lats[a]), int(lons[a]), int(lats[b]), int(lons[b]),
                        int(other_lats[c]), int(other_lons[c]), int(other_lats[d]), int(other_lons[d]),
                    ):  # fmt: skip
                        return True
                    c = d
            a = b
    return False


@kernel
def segments_meet(  # four points; a kernel takes numbers
    lat_a: int, lon_a: int, lat_b: int, lon_b: int, lat_c: int, lon_c: int, lat_d: int, lon_d: int
) -> bool:
    """Return whether two segments share a point, their ends included; exact for edges of at most 180 degrees.

    Sides are asked only where the boxes overlap, so that each product is at most 1.8e9 * 3.6e9 and fits int64.
    """
    if max(lat_a, lat_b) < min(lat_c, lat_d) or max(lat_c, lat_d) < min(lat_a, lat_b):
        return False
    if max(lon_a, lon_b) < min(lon_c, lon_d) or max(lon_c, lon_d) < min(lon_a, lon_b):
        return False
    return (
        turn_of(lat_a, lon_a, lat_b, lon_b, lat_c, lon_c) * turn_of(lat_a, lon_a, lat_b, lon_b, lat_d, lon_d) <= 0
        and turn_of(lat_c, lon_c, lat_d, lon_d, lat_a, lon_a) * turn_of(lat_c, lon_c, lat_d, lon_d, lat_b, lon_b) <= 0
    )


@kernel
def turn_of(lat_a: int, lon_a: int, lat_b: int, lon_b: int, lat: int, lon: int) -> int:
    """Return on which side of the line a-b a point lies: 1, -1, or 0 on it; two products compared, never subtracted."""
    left = (lon_b - lon_a) * (lat - lat_a)
    right = (lat_b - lat_a) * (lon - lon_a)
    if left == right:
        return 0
    return 1 if left > right else -1
