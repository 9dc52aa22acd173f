"""A permit's volume grown by its deviation thresholds: how far a flight may stray and still be within its permit.

A circle grows into a circle, exactly. A grown polygon holds the polygon itself moved by the threshold in any direction,
and a disc about any place within; the most probable of these bounds its probability from below. So "inside" is never
said of a small volume on the strength of its nearest border alone, as it would be by moving only that.
"""

from __future__ import annotations

import dataclasses

from skykeep.facts.enacted import Circle, Thresholds, Volume
from skykeep.geo import exact
from skykeep.geo.frames import metres_per_e7
from skykeep.rules.flight import Flight
from skykeep.rules.inside import SURE, Inside, Where, both, locate
from skykeep.rules.outline import Outline, compile_outline

_DIRECTIONS = tuple(exact.sincos_deg(22.5 * step) for step in range(16))  # the worst lies 2 % short of the threshold
_LAT_MAX_E7 = 899_000_000


def locate_deviating(flight: Flight, volume: Volume, outline: Outline, thresholds: Thresholds) -> Inside:
    """Compare a flight with a volume grown by the thresholds in place and height; its hours are the caller's."""
    slack_m = thresholds.horizontal_mm / 1e3
    slack_mm = thresholds.vertical_mm
    if isinstance(outline.shape, Circle):
        circle = outline.shape
        grown = Circle(
            lat_e7=circle.lat_e7, lon_e7=circle.lon_e7, radius_mm=circle.radius_mm + thresholds.horizontal_mm
        )
        return locate(flight, volume, compile_outline(grown), slack_mm=slack_mm)
    place = locate(flight, volume, outline, slack_m=slack_m, slack_mm=slack_mm)
    if place.horizontal is not Where.INSIDE or _at_least(flight, outline, place.margin_m, slack_m) >= SURE:
        return place
    where = both(Where.BETWEEN, place.vertical.where)
    return dataclasses.replace(place, where=where, horizontal=Where.BETWEEN)


def _at_least(flight: Flight, outline: Outline, grown_margin_m: float, slack_m: float) -> float:
    """Return what the probability of being inside the grown polygon surely reaches."""
    sigma_m = flight.pos_sigma_m
    if sigma_m <= 0.0:
        return 1.0
    k = grown_margin_m / sigma_m
    best = max(1.0 - exact.exp(-0.5 * k * k), outline.chance(*_at(flight, outline, 0.0, 0.0)))
    for sine, cosine in _DIRECTIONS if best < SURE else ():
        best = max(best, outline.chance(*_at(flight, outline, slack_m * cosine, slack_m * sine)))
    return best


def _at(flight: Flight, outline: Outline, north_m: float, east_m: float) -> tuple[int, int, float, float]:
    """Return the place so far north and east of the flight, its spread, and its margin there."""
    north, east = metres_per_e7(flight.lat_e7 / 1e7)
    if abs(flight.lat_e7) > _LAT_MAX_E7:  # at a pole no direction is worth its trouble
        north_m = east_m = 0.0
    lat_e7 = flight.lat_e7 + int(north_m / north)
    lon_e7 = flight.lon_e7 + int(east_m / max(east, 1e-9))
    return lat_e7, lon_e7, flight.pos_sigma_m, outline.margin_m(lat_e7, lon_e7)
