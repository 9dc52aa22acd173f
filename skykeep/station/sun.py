"""When the sun rises and sets, and when twilight begins and ends, on a day at a place (astral; NOAA's equations).

The sun's upper edge on a level horizon with mean refraction; civil twilight is the centre 6 degrees below. Right to
about a minute; near the polar circles, where the sun skims the horizon, to several.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable

from astral import SunDirection, refraction_at_zenith
from astral.sun import SUN_APPARENT_RADIUS, eq_of_time, hour_angle, sun_declination

from skykeep.facts.enacted import Circle, SunEvent, Volume

_LEVEL_DEG = 90.0 + SUN_APPARENT_RADIUS + refraction_at_zenith(90.0 + SUN_APPARENT_RADIUS)
_TWILIGHT_DEG = 96.0
_EVENTS = {
    SunEvent.BMCT: (_TWILIGHT_DEG, SunDirection.RISING),
    SunEvent.SR: (_LEVEL_DEG, SunDirection.RISING),
    SunEvent.SS: (_LEVEL_DEG, SunDirection.SETTING),
    SunEvent.EECT: (_TWILIGHT_DEG, SunDirection.SETTING),
}
EQUATION_OF_TIME_S = 1_200
"""More than the sun's noon is ever away from the mean sun's."""

_DAY_S = 86_400
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


@functools.lru_cache(maxsize=100_000)
def event_s(event: SunEvent, day: int, place: Place) -> float | None:
    """Return when it happens on a solar day at a place, in Unix seconds; None where it does not that day.

    astral's own `sunrise` loses an event that falls on midnight UTC; so only its equations are used, from noon on.
    """
    zenith_deg, direction = _EVENTS[event]
    lat_deg = max(-_LAT_MAX_DEG, min(_LAT_MAX_DEG, place[0] / _E7))
    noon_s = noon_of_s(day, place)
    moment_s = noon_s
    for _ in range(_ROUNDS):
        century = (moment_s - _J2000_S) / _CENTURY_S
        try:
            angle = hour_angle(lat_deg, sun_declination(century), zenith_deg, direction)
        except ValueError:  # the sun stays above or below all day
            return None
        moment_s = noon_s - eq_of_time(century) * 60.0 - math.degrees(angle) * 240.0
    return moment_s


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
