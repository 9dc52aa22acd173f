"""Outlines of zones and permits compiled for the kernels: polygons as arrays, circles as circles."""

from __future__ import annotations

import dataclasses
import math

from skykeep.facts.enacted import Circle, Polygon
from skykeep.geo.exact import normal_cdf
from skykeep.geo.frames import metres_per_e7
from skykeep.geo.geodesic import distance_m
from skykeep.geo.volumes import Polygon as Area
from skykeep.geo.volumes import compile_polygon, polygon_margin_m
from skykeep.rules.chance import circle_chance, polygon_chance

TURN_E7 = 3_600_000_000
POLE_E7 = 900_000_000
METRES_PER_E7_MIN = 0.01105  # the shortest 1e-7 degree of latitude, rounded down
OTHER_SIDE_M = 2.0e7  # distance taken to the other side of the globe, where the geodesic has no answer
_NEAR_SIGMAS = 4.0  # farther from the border than this, what lies beyond it no longer matters
_FLAT_LAT_E7 = 890_000_000  # nearer to a pole, degrees are no plane


@dataclasses.dataclass(frozen=True, slots=True)
class Outline:
    """A polygon or a circle, with the box that bounds it (1e-7 degree, longitudes unwrapped as the polygon is)."""

    shape: Area | Circle
    box_e7: tuple[int, int, int, int]  # lat min, lat max, lon min, lon max
    east_min_m: float  # the shortest 1e-7 degree eastward in the box; 0 or less where it holds a pole

    def margin_m(self, lat_e7: int, lon_e7: int) -> float:
        """Return the metres from a place to the border: positive inside, negative outside, 0 on it."""
        if isinstance(self.shape, Circle):
            away_m = distance_m(self.shape.lat_e7 / 1e7, self.shape.lon_e7 / 1e7, lat_e7 / 1e7, lon_e7 / 1e7)
            return self.shape.radius_mm / 1e3 - (OTHER_SIDE_M if math.isnan(away_m) else away_m)
        return polygon_margin_m(self.shape.lat_e7, self.shape.lon_e7, self.shape.starts, lat_e7, lon_e7)

    def chance(self, lat_e7: int, lon_e7: int, sigma_m: float, margin_m: float) -> float:
        """Return the probability of being inside, for a place with this spread and this margin.

        Near the border the whole shape counts (see `chance`); within a degree of a pole, and for a zone that holds
        one, only its nearest border.
        """
        if sigma_m <= 0.0:
            return 1.0 if margin_m >= 0.0 else 0.0
        if abs(margin_m) < _NEAR_SIGMAS * sigma_m:
            if isinstance(self.shape, Circle):
                radius_m = self.shape.radius_mm / 1e3
                return circle_chance(radius_m / sigma_m, (radius_m - margin_m) / sigma_m)
            if abs(lat_e7) <= _FLAT_LAT_E7 and not self.shape.polar:
                return polygon_chance(self.shape.lat_e7, self.shape.lon_e7, self.shape.starts, lat_e7, lon_e7, sigma_m)
        return normal_cdf(margin_m / sigma_m)


def compile_outline(outline: Polygon | Circle) -> Outline:
    """Return the outline ready to be asked; raises Refused where it is no outline (see geo.volumes)."""
    if isinstance(outline, Circle):
        return _circle(outline)
    area = compile_polygon(outline.rings)
    return _boxed(area, (area.lat_min_e7, area.lat_max_e7, area.lon_min_e7, area.lon_max_e7))


def _circle(circle: Circle) -> Outline:
    radius_m = circle.radius_mm / 1e3
    north_e7 = int(radius_m / METRES_PER_E7_MIN) + 1
    low, high = circle.lat_e7 - north_e7, circle.lat_e7 + north_e7
    east_m = _east_min_m(low, high)
    round_the_pole = east_m * TURN_E7 <= 4.0 * radius_m
    east_e7 = TURN_E7 // 2 if round_the_pole else int(radius_m / east_m) + 1
    return _boxed(circle, (low, high, circle.lon_e7 - east_e7, circle.lon_e7 + east_e7))


def _boxed(shape: Area | Circle, box_e7: tuple[int, int, int, int]) -> Outline:
    return Outline(shape, box_e7, _east_min_m(box_e7[0], box_e7[1]))


def _east_min_m(lat_min_e7: int, lat_max_e7: int) -> float:
    if lat_min_e7 <= -POLE_E7 or lat_max_e7 >= POLE_E7:
        return 0.0
    return min(metres_per_e7(lat_min_e7 / 1e7)[1], metres_per_e7(lat_max_e7 / 1e7)[1])
