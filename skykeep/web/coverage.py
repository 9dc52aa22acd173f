"""What the declared sensors can see, as areas of a map, and the holes that a silent one leaves.

An area is what a sensor sees at one height above itself: its ranges and its sector, above its lowest elevation and
the horizon that terrain gives it, below its highest; a level flight sinks behind the curve of the Earth (radius 6,371
km, no refraction). Fine detail, and how likely a miss is, are the watch's (`watch.sensors`); this is what a person
looks at.

    sees      it was heard, and nothing of it is ill
    silent    it is silent, or its feed is not connected: its area, less what others see, is a hole
    unknown   it was not heard yet, or the station is not: its area is neither
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import shapely
from shapely.geometry import MultiPolygon, Polygon

from skykeep.geo.geodesic import destination_deg
from skykeep.views.livemodels import CoverageNow, SensorNow

EARTH_M = 6_371_000.0
HEIGHT_M = 100.0
"""Above each sensor: for this height areas are drawn."""
STEP_RAD = math.radians(3.0)
FULL_URAD = 6_283_185
STEEP_RAD = math.radians(89.0)
SLIVER_DEG2 = 1e-7
"""A hole smaller than this (about 1,000 square metres) comes of corners that do not meet."""
State = Literal["sees", "silent", "unknown", "undeclared"]
Ring = list[tuple[float, float]]
Shape = list[list[Ring]]
"""Polygons of rings of (lon, lat) in degrees, the outer ring first, as GeoJSON has a MultiPolygon."""


class Stands(msgspec.Struct, frozen=True):
    """A sensor as it is declared, and how it does."""

    sensor: SensorNow
    state: State
    since_ns: int | None  # since when it is silent


class Hole(msgspec.Struct, frozen=True, kw_only=True):
    """Where nobody looks because a sensor is silent."""

    sensor_id: str
    since_ns: int | None
    shape: Shape
    label: tuple[float, float]  # a place in it, (lon, lat)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """All areas of a moment."""

    outlines: dict[str, Shape]  # by sensor
    seen: Shape  # what any sensor sees
    holes: list[Hole]


def areas(stands: Sequence[Stands]) -> Seen:
    """Return what sensors see together, and what is lost where some are silent."""
    shapes = {each.sensor.sensor_id: area(each.sensor) for each in stands}
    together = shapely.union_all([shapes[each.sensor.sensor_id] for each in stands if each.state == "sees"])
    holes = []
    for each in stands:
        lost = shapes[each.sensor.sensor_id].difference(together) if each.state == "silent" else Polygon()
        if lost.area > SLIVER_DEG2:
            at = lost.representative_point()
            holes.append(Hole(
                sensor_id=each.sensor.sensor_id, since_ns=each.since_ns, shape=told(lost), label=(at.x, at.y),
            ))  # fmt: skip
    return Seen(
        outlines={name: told(shape) for name, shape in shapes.items() if not shape.is_empty},
        seen=told(together),
        holes=holes,
    )


def area(sensor: SensorNow) -> Polygon:
    """Return what a sensor sees at HEIGHT_M above itself, in degrees; empty where it is not declared."""
    coverage = sensor.coverage
    if coverage is None or sensor.lat_e7 is None or sensor.lon_e7 is None:
        return Polygon()
    lat, lon, height_m = sensor.lat_e7 / 1e7, sensor.lon_e7 / 1e7, _height_m(sensor, coverage)
    turn = (coverage.azimuth_to_urad - coverage.azimuth_from_urad) / 1e6
    steps = max(2, math.ceil(turn / STEP_RAD))
    angles = [coverage.azimuth_from_urad / 1e6 + turn * step / steps for step in range(steps + 1)]
    least_m, ranges_m = nearest_m(coverage, height_m), [farthest_m(coverage, angle, height_m) for angle in angles]
    far = [_place(lat, lon, angle, most_m) for angle, most_m in zip(angles, ranges_m, strict=True)]
    near = [_place(lat, lon, angle, min(least_m, most_m)) for angle, most_m in zip(angles, ranges_m, strict=True)]
    whole_turn = coverage.azimuth_to_urad - coverage.azimuth_from_urad >= FULL_URAD - 1
    made = Polygon(far, [near]) if whole_turn else Polygon([*far, *reversed(near)])
    made = shapely.make_valid(made)
    return made if isinstance(made, Polygon) else shapely.union_all(_polygons(made))


def farthest_m(coverage: CoverageNow, angle_rad: float, height_m: float) -> float:
    """Return how far a sensor sees a level flight `height_m` above it in one direction, over the ground."""
    low = max(coverage.elevation_min_urad, _horizon_urad(coverage, angle_rad)) / 1e6
    slope = math.tan(min(max(low, -STEEP_RAD), STEEP_RAD))
    under = slope * slope + 2.0 * height_m / EARTH_M
    seen_m = EARTH_M * (math.sqrt(under) - slope) if under > 0.0 else 0.0
    return max(0.0, min(seen_m, coverage.range_max_mm / 1e3))


def nearest_m(coverage: CoverageNow, height_m: float) -> float:
    """Return how near a sensor sees such a flight: what is nearer flies above its highest elevation."""
    high = min(max(coverage.elevation_max_urad / 1e6, 0.01), math.pi / 2)
    return max(coverage.range_min_mm / 1e3, height_m / math.tan(high) if high < STEEP_RAD else 0.0)


def _horizon_urad(coverage: CoverageNow, angle_rad: float) -> int:
    edges = coverage.horizon_urad
    if not edges:
        return -FULL_URAD
    return edges[math.floor(angle_rad / (2.0 * math.pi) * len(edges)) % len(edges)]


def _height_m(sensor: SensorNow, coverage: CoverageNow) -> float:
    """Return the height above a sensor for which it is drawn: as near to HEIGHT_M as its floor and ceiling let it."""
    stands_mm = sensor.alt_mm or 0
    low = -math.inf if coverage.floor_mm is None else (coverage.floor_mm - stands_mm) / 1e3
    high = math.inf if coverage.ceiling_mm is None else (coverage.ceiling_mm - stands_mm) / 1e3
    return min(max(HEIGHT_M, low), high)


def _place(lat: float, lon: float, angle_rad: float, range_m: float) -> tuple[float, float]:
    """Return (lon, lat) of a place by direction and range; the longitude runs on where it crosses the date line."""
    there_lat, there_lon = destination_deg(lat, lon, math.degrees(angle_rad), max(range_m, 0.0))
    return lon + (there_lon - lon + 540.0) % 360.0 - 180.0, there_lat


def told(shape: shapely.Geometry) -> Shape:
    """Return a shape as rings, rounded to a tenth of a metre."""
    return [[_ring(part.exterior), *map(_ring, part.interiors)] for part in _polygons(shape)]


def _polygons(shape: shapely.Geometry) -> list[Polygon]:
    if isinstance(shape, Polygon):
        return [] if shape.is_empty else [shape]
    parts = shape.geoms if isinstance(shape, MultiPolygon) or hasattr(shape, "geoms") else []
    return [each for part in parts for each in _polygons(part)]


def _ring(line: shapely.LinearRing) -> Ring:
    return [(round(x, 6), round(y, 6)) for x, y in line.coords]
