"""How an invented aircraft flies: from point to point, never faster or harder than it can.

A point mass follows its route in steps of a tenth of a second. It steers for the next point, slows down for it, and
changes its velocity within its acceleration: corners become curves and stops become hovers by themselves. Only
+ - * / and the square root, so that the same bytes come out on any machine.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

from skykeep.geo.exact import sincos_deg

STEPS_PER_S = 10
_STEP_S = 1.0 / STEPS_PER_S
_STEADY_S = 0.8  # how quickly the velocity follows the stick


class Point(NamedTuple):
    """A place in the town: metres east and north of its middle, metres above the ellipsoid."""

    east_m: float
    north_m: float
    up_m: float


class Moment(NamedTuple):
    """Where an aircraft truly is, and how it moves."""

    east_m: float
    north_m: float
    up_m: float
    vel_east_mps: float
    vel_north_mps: float
    vel_up_mps: float


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """The points of a flight in order; it hovers at the last one."""

    points: tuple[Point, ...]
    cruise_mps: float
    corner_mps: float = 4.0  # it slows down to this at the points between
    acceleration_mps2: float = 3.0
    capture_m: float = 8.0  # a point is reached within this distance
    rolling: bool = False  # it is already flying when it is first heard of


def lawn_mower(corner: Point, *, along_m: float, lanes: int, spacing_m: float) -> tuple[Point, ...]:
    """Return the lanes of a survey: east and west by turns, each `spacing_m` north of the one before."""
    points = []
    for lane in range(lanes):
        north_m = corner.north_m + lane * spacing_m
        ends = (corner.east_m, corner.east_m + along_m)
        points += [Point(east_m, north_m, corner.up_m) for east_m in (ends if lane % 2 == 0 else ends[::-1])]
    return tuple(points)


def orbit(middle: Point, *, radius_m: float, laps: int, from_deg: float = 0.0) -> tuple[Point, ...]:
    """Return a circle flown clockwise, as 24 points a lap."""
    points = []
    for step in range(24 * laps + 1):
        sine, cosine = sincos_deg(from_deg + 15.0 * step)
        points.append(Point(middle.east_m + radius_m * sine, middle.north_m + radius_m * cosine, middle.up_m))
    return tuple(points)


def fly(route: Route, seconds: float) -> list[Moment]:
    """Return where the aircraft is every tenth of a second, from 0 to `seconds` (included)."""
    here = Moment(*route.points[0], 0.0, 0.0, 0.0)
    ahead = 1 if len(route.points) > 1 else 0
    if route.rolling:
        here = Moment(*route.points[0], *_wanted(route, here, ahead, braking=False))
    moments = [here]
    for _ in range(int(seconds * STEPS_PER_S)):
        if ahead + 1 < len(route.points) and _length(*_towards(here, route.points[ahead])) < route.capture_m:
            ahead += 1
        here = _moved(here, _wanted(route, here, ahead, braking=True), route.acceleration_mps2)
        moments.append(here)
    return moments


def at(moments: list[Moment], t_s: float) -> Moment:
    """Return the moment at a time, in between the steps in proportion; the first or last one beyond them."""
    place = max(0.0, min(t_s * STEPS_PER_S, float(len(moments) - 1)))
    index = min(int(place), len(moments) - 2) if len(moments) > 1 else 0
    share = place - index
    before, after = moments[index], moments[min(index + 1, len(moments) - 1)]
    return Moment(*(low + (high - low) * share for low, high in zip(before, after, strict=True)))


def _towards(here: Moment, point: Point) -> tuple[float, float, float]:
    return point.east_m - here.east_m, point.north_m - here.north_m, point.up_m - here.up_m


def _length(east: float, north: float, up: float) -> float:
    return math.sqrt(east * east + north * north + up * up)


def _wanted(route: Route, here: Moment, ahead: int, *, braking: bool) -> tuple[float, float, float]:
    """Return the velocity that takes it to the point ahead, slow enough to turn or stop there."""
    east, north, up = _towards(here, route.points[ahead])
    distance_m = _length(east, north, up)
    if distance_m < 1e-6:
        return 0.0, 0.0, 0.0
    floor_mps = route.corner_mps if ahead + 1 < len(route.points) else 0.0
    brake_mps = math.sqrt(route.acceleration_mps2 * distance_m)
    speed_mps = min(route.cruise_mps, floor_mps + brake_mps) if braking else route.cruise_mps
    share = min(speed_mps, distance_m / _STEP_S) / distance_m
    return east * share, north * share, up * share


def _moved(here: Moment, wanted: tuple[float, float, float], most_mps2: float) -> Moment:
    pull = [
        (wanted[0] - here.vel_east_mps) / _STEADY_S,
        (wanted[1] - here.vel_north_mps) / _STEADY_S,
        (wanted[2] - here.vel_up_mps) / _STEADY_S,
    ]
    size = _length(*pull)
    share = most_mps2 / size if size > most_mps2 else 1.0
    east, north, up = (
        before + part * share * _STEP_S
        for before, part in zip((here.vel_east_mps, here.vel_north_mps, here.vel_up_mps), pull, strict=True)
    )
    return Moment(
        here.east_m + east * _STEP_S, here.north_m + north * _STEP_S, here.up_m + up * _STEP_S, east, north, up
    )
