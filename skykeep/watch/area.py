"""The area where something must be that was heard without a place: around what the sensors that hear it cover.

It always contains the true one, if what the sensors declare of their coverage is true: each sensor's part is a sector
(its coverage, or three standard deviations about a bearing out to its range) in the smallest circle around it; two
circles meet in a lens, and the smallest circle around that is exact; of more than two, one after the other, the
smallest first, it is an upper bound. Sensors that hear it although their coverages do not meet have declared them too
small: then it is the circle around both. A sensor without a place or coverage narrows nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import msgspec

from skykeep.geo.exact import PI, hypot2, sincos
from skykeep.geo.frames import ecef_to_enu, enu_to_geodetic
from skykeep.watch.reports import Floats
from skykeep.watch.sensors import AZIMUTH_FROM, AZIMUTH_SPAN, RANGE_MAX, Sensors
from skykeep.watch.supports import sensor_row

SIGMAS = 3.0


class Bearing(msgspec.Struct, array_like=True):
    """Where a sensor heard it from, rad; elevation NaN where not measured."""

    azimuth: float
    azimuth_sigma: float
    elevation: float
    elevation_sigma: float
    now_ns: int


Circle = tuple[float, float, float]
"""East, north and radius in metres."""

Area = tuple[int, int, int | None]
"""lat_e7 and lon_e7 of its middle, radius in millimetres."""


def circle_of_sector(range_m: float, middle: float, half: float) -> Circle:
    """Return the smallest circle around a sector at (0, 0): its middle azimuth, and half its width, in radians."""
    if half >= 0.5 * PI:
        return 0.0, 0.0, range_m
    s, c = sincos(half)
    away_m, radius_m = (range_m / (2.0 * c), range_m / (2.0 * c)) if half <= 0.25 * PI else (range_m * c, range_m * s)
    east, north = sincos(middle)
    return away_m * east, away_m * north, radius_m


def circle_of_both(one: Circle, other: Circle) -> Circle:
    """Return the smallest circle around what two circles have in common; around both, where that is nothing."""
    (x1, y1, r1), (x2, y2, r2) = sorted((one, other), key=lambda circle: circle[2])
    apart = hypot2(x2 - x1, y2 - y1)
    if apart + r1 <= r2:
        return x1, y1, r1
    if apart >= r1 + r2:
        radius = 0.5 * (apart + r1 + r2)
        part = (radius - r1) / apart
        return x1 + part * (x2 - x1), y1 + part * (y2 - y1), radius
    to_chord = (apart * apart + (r1 - r2) * (r1 + r2)) / (2.0 * apart)
    if to_chord <= 0.0:  # more than half of the smaller one
        return x1, y1, r1
    part = to_chord / apart
    return x1 + part * (x2 - x1), y1 + part * (y2 - y1), math.sqrt(max(r1 * r1 - to_chord * to_chord, 0.0))


def area_of(names: Iterable[str], modality: str, bearings: Mapping[str, Bearing], sensors: Sensors) -> Area | None:
    """Return the area of what the sensors of these names hear, as they report of a modality; None: nobody has a place.

    There is no radius where no coverage is declared.
    """
    rows = [(name, sensor_row(sensors, name, modality)) for name in sorted(names)]
    placed = [(name, row) for name, row in rows if row is not None and sensors.placed[row]]
    if not placed:
        return None
    frame = sensors.frame[placed[0][1]]
    circles = [_circle(frame, row, bearings.get(name), sensors) for name, row in placed if sensors.covers[row]]
    if not circles:
        lat_deg, lon_deg, _ = enu_to_geodetic(frame, 0.0, 0.0, 0.0)
        return round(lat_deg * 1e7), round(lon_deg * 1e7), None
    circles.sort(key=lambda circle: circle[2])
    east, north, radius_m = circles[0]
    for circle in circles[1:]:
        east, north, radius_m = circle_of_both((east, north, radius_m), circle)
    lat_deg, lon_deg, _ = enu_to_geodetic(frame, east, north, 0.0)
    bent = hypot2(east, north) + radius_m  # the level of the frame is flat, the ground is not
    return round(lat_deg * 1e7), round(lon_deg * 1e7), math.ceil((radius_m + 1.0 + bent * bent * bent / 1e14) * 1e3)


def _circle(frame: Floats, row: int, bearing: Bearing | None, sensors: Sensors) -> Circle:
    """Return the circle around where one sensor hears it, in the frame of the first."""
    numbers, place = sensors.all_numbers[row], sensors.frame[row, 0].tolist()
    range_m, span = float(numbers[RANGE_MAX]), float(numbers[AZIMUTH_SPAN])
    middle, half = float(numbers[AZIMUTH_FROM]) + 0.5 * span, 0.5 * span
    if bearing is not None:
        middle, half = bearing.azimuth, SIGMAS * bearing.azimuth_sigma
    east, north, radius_m = circle_of_sector(range_m, middle, half)
    at_east, at_north, _ = ecef_to_enu(frame, *place)
    return at_east + east, at_north + north, radius_m
