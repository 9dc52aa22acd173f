"""When the sun rises and sets, and when twilight begins and ends, on a day at a place (astral; NOAA's equations).

The sun's upper edge on a level horizon with mean refraction; civil twilight is the centre 6 degrees below. Right to
about a minute; near the polar circles, where the sun skims the horizon, to several. astral says where the sun
stands; its own `sunrise` is not used, because it loses one that falls on midnight UTC.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable

import numpy as np
from astral import refraction_at_zenith
from astral.sun import SUN_APPARENT_RADIUS, eq_of_time, sun_declination
from numpy.typing import NDArray

from skykeep.facts.enacted import Circle, SunEvent, Volume

FloatArray = NDArray[np.float64]

_LEVEL_RAD = math.radians(90.0 + SUN_APPARENT_RADIUS + refraction_at_zenith(90.0 + SUN_APPARENT_RADIUS))
_TWILIGHT_RAD = math.radians(96.0)
_EVENTS = {  # the sun's distance from the zenith, and whether before or after noon
    SunEvent.BMCT: (_TWILIGHT_RAD, -1.0),
    SunEvent.SR: (_LEVEL_RAD, -1.0),
    SunEvent.SS: (_LEVEL_RAD, 1.0),
    SunEvent.EECT: (_TWILIGHT_RAD, 1.0),
}
EQUATION_OF_TIME_S = 1_200
"""More than the sun's noon is ever away from the mean sun's."""

_DAY_S = 86_400
_BLOCK = 512  # days that are worked out at once
_J2000_S, _CENTURY_S = 946_728_000.0, 36_525.0 * _DAY_S
_LAT_MAX_DEG = 89.8
_ROUNDS = 3  # each is some 300 times nearer; the first one starts half a day away
_METRES_A_DEGREE = 111_195.0
_E7 = 10_000_000

Place = tuple[int, int]
"""(lat_e7, lon_e7); a longitude may lie beyond 180 degrees, so that the places of one zone hang together."""


def solar_day(noon_s: int, place: Place) -> int:
    """Return the day, as days since 1970 by the mean sun at a place, whose noon is nearest to `noon_s` by the clock."""
    return (noon_s + _ahead_s(place) - 1) // _DAY_S


def _ahead_s(place: Place) -> int:
    return place[1] * 240 // _E7


def event_s(event: SunEvent, day: int, place: Place) -> float | None:
    """Return when it happens on a solar day at a place, in Unix seconds; None where it does not that day."""
    moment_s = _block(event, day // _BLOCK, place)[day % _BLOCK]
    return None if math.isnan(moment_s) else moment_s


@functools.lru_cache(maxsize=4096)
def _block(event: SunEvent, block: int, place: Place) -> list[float]:
    """Return the event on `_BLOCK` solar days; NaN where the sun stays above or below all day.

    From the place's mean noon, each round finds the hour angle at which the sun has the event's height, with the
    declination and the equation of time of the moment that the round before found.
    """
    zenith_rad, side = _EVENTS[event]
    noons_s = noon_of_s(block * _BLOCK, place) + _DAY_S * np.arange(_BLOCK, dtype=np.float64)
    lat_rad = math.radians(max(-_LAT_MAX_DEG, min(_LAT_MAX_DEG, place[0] / _E7)))
    moments_s = noons_s
    for _ in range(_ROUNDS):
        declination_rad, equation_s = _sky(block, moments_s)
        cosine = (math.cos(zenith_rad) - math.sin(lat_rad) * np.sin(declination_rad)) / (
            math.cos(lat_rad) * np.cos(declination_rad)
        )
        with np.errstate(invalid="ignore"):
            moments_s = noons_s - equation_s + side * np.arccos(cosine) * (_DAY_S / math.tau)
    found: list[float] = moments_s.tolist()
    return found


def _sky(block: int, moments_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the sun's declination and the equation of time at moments near a block, between those at noon UTC."""
    noons_s, declinations_rad, equations_s = _sky_at_noon(block)
    return np.interp(moments_s, noons_s, declinations_rad), np.interp(moments_s, noons_s, equations_s)


@functools.lru_cache(maxsize=256)
def _sky_at_noon(block: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    noons_s = [day * _DAY_S + _DAY_S / 2 for day in range(block * _BLOCK - 3, (block + 1) * _BLOCK + 3)]
    centuries = [(noon_s - _J2000_S) / _CENTURY_S for noon_s in noons_s]
    declinations_rad = [math.radians(sun_declination(century)) for century in centuries]
    equations_s = [eq_of_time(century) * 60.0 for century in centuries]
    return np.array(noons_s), np.array(declinations_rad), np.array(equations_s)


def noon_of_s(day: int, place: Place) -> float:
    """Return the noon of a solar day by the mean sun at a place; the sun's own is within `EQUATION_OF_TIME_S`."""
    return day * _DAY_S + _DAY_S / 2 - _ahead_s(place)


def places(volumes: Iterable[Volume]) -> tuple[Place, ...]:
    """Return the middle of the box around a zone and then its corners: no place of it sees the sun earlier or later."""
    boxes = [_box(volume) for volume in volumes]
    first_west = boxes[0][1]
    moved = [(south, *_beside(west, east, first_west), north) for south, west, north, east in boxes]
    south, north = min(box[0] for box in moved), max(box[3] for box in moved)
    west, east = min(box[1] for box in moved), max(box[2] for box in moved)
    middle = ((south + north) // 2, (west + east) // 2)
    return middle, (south, west), (south, east), (north, west), (north, east)


def _beside(west: int, east: int, near: int) -> tuple[int, int]:
    turns = round((near - west) / (360 * _E7)) * 360 * _E7
    return west + turns, east + turns


def _box(volume: Volume) -> tuple[int, int, int, int]:
    """Return (south, west, north, east) of an outline in 1e-7 degree."""
    outline = volume.outline
    if isinstance(outline, Circle):
        lat_reach = math.ceil(outline.radius_mm / 1000.0 / _METRES_A_DEGREE * _E7 * 1.01)
        narrow = math.cos(math.radians(min(89.0, (abs(outline.lat_e7) + lat_reach) / _E7)))
        lon_reach = min(180 * _E7, math.ceil(lat_reach / narrow))
        south, north = max(-90 * _E7, outline.lat_e7 - lat_reach), min(90 * _E7, outline.lat_e7 + lat_reach)
        return south, outline.lon_e7 - lon_reach, north, outline.lon_e7 + lon_reach
    lats, lons = zip(*outline.rings[0], strict=True)
    west, east = min(lons), max(lons)
    if 180 * _E7 < east - west < 360 * _E7:  # it lies across the antimeridian
        lons = tuple(lon if lon > 0 else lon + 360 * _E7 for lon in lons)
        west, east = min(lons), max(lons)
    return min(lats), west, max(lats), east


def width_m(of: tuple[Place, ...]) -> float:
    """Return how wide the box of `places` is, corner to corner, as far as the sun's times care."""
    _, (south, west), _, _, (north, east) = of
    lat_m = (north - south) / _E7 * _METRES_A_DEGREE
    nearest = 0 if south <= 0 <= north else min(abs(south), abs(north))
    lon_m = (east - west) / _E7 * _METRES_A_DEGREE * math.cos(math.radians(nearest / _E7))
    return math.hypot(lat_m, lon_m)
