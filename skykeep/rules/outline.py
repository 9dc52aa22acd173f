"""Outlines of zones and permits compiled for the kernels: polygons as arrays, circles as circles."""

from __future__ import annotations

import dataclasses

from skykeep.facts.enacted import Circle, Polygon
from skykeep.geo.frames import metres_per_e7
from skykeep.geo.geodesic import distance_m
from skykeep.geo.volumes import Polygon as Area
from skykeep.geo.volumes import compile_polygon, polygon_margin_m

TURN_E7 = 3_600_000_000
POLE_E7 = 900_000_000
METRES_PER_E7_MIN = 0.01105  # the same rounded down


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
            return self.shape.radius_mm / 1e3 - away_m
        return polygon_margin_m(self.shape.lat_e7, self.shape.lon_e7, self.shape.starts, lat_e7, lon_e7)


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
