"""Straight courses over the ground: where they lead, which zones' boxes they may meet, when they enter an outline.

A course is a row of the tracks' states, gone on with for a while. Along it a step is as long as the border is far, so
that none is stepped over.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from skykeep.assess.approach import SPREAD, crossing_sigma_s, level_spread, variance_along_m2
from skykeep.facts.enacted import Circle
from skykeep.geo.exact import hypot2, hypot3
from skykeep.geo.frames import ecef_to_geodetic, enu_frame, metres_per_e7
from skykeep.geo.geodesic import distance_m
from skykeep.geo.kernel import kernel
from skykeep.geo.volumes import polygon_margin_m
from skykeep.rules.engine import Engine
from skykeep.rules.outline import Outline
from skykeep.watch.reports import Floats, Ints

CLIMBING_MPS = 1.0  # slower than this, or than two sigma, heights stay as they are
_STEP_MIN_S = 0.25  # a corner that is cut for less than this may be missed
_LONGER = 0.999  # margins are right to 0.1 %
_ASIDE_E7 = 500  # about 5 m: how far aside the border's direction is asked for
_PAD_M = 200.0  # how far a straight path may bulge out of the box of its ends
_POLAR_E7 = 850_000_000  # beyond this latitude every path is asked
_TURN_E7 = 3_600_000_000
_OTHER_SIDE_M = -2.0e7
_CIRCLE, _LAT, _LON, _RADIUS_MM, _VERTEX, _VERTEX_END, _RING, _RING_END = range(8)  # columns of a shape
BOX = 8  # ... and from here on its box


class Shapes(NamedTuple):
    """Outlines laid out for kernels: `shapes` (k, BOX + 4), all vertices, where rings begin, where zones' shapes do."""

    shapes: Ints
    lats_e7: Ints
    lons_e7: Ints
    starts: Ints
    first: Ints


def laid_out(outlines: Sequence[Sequence[Outline]]) -> Shapes:
    """Return the outlines of each zone as `look_along` takes them."""
    flat = [outline for some in outlines for outline in some]
    shapes = np.zeros((len(flat), BOX + 4), np.int64)
    lats, lons, rings = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    vertex = ring = 0
    for number, outline in enumerate(flat):
        shape = outline.shape
        shapes[number, BOX:] = outline.box_e7
        if isinstance(shape, Circle):
            shapes[number, : _RADIUS_MM + 1] = 1, shape.lat_e7, shape.lon_e7, shape.radius_mm
            continue
        lats.append(shape.lat_e7)
        lons.append(shape.lon_e7)
        rings.append(shape.starts)
        ends = vertex + len(shape.lat_e7), ring + len(shape.starts)
        shapes[number, _VERTEX:BOX] = vertex, ends[0], ring, ends[1]
        vertex, ring = ends
    first = np.cumsum([0, *(len(some) for some in outlines)], dtype=np.int64)
    return Shapes(shapes, np.concatenate(lats), np.concatenate(lons), np.concatenate(rings), first)


@functools.lru_cache(maxsize=4)
def all_laid_out(engine: Engine) -> Shapes:
    """Return the outlines of all zones of an engine, laid out once."""
    outlines: list[list[Outline]] = [[] for _ in range(engine.zones)]
    for number, outline in zip(engine.zone_of.tolist(), engine.outlines, strict=True):
        outlines[number].append(outline)
    return laid_out(outlines)


@kernel
def _place_e7(x: Floats, row: int, t_s: float) -> tuple[int, int]:
    lat_deg, lon_deg, _ = ecef_to_geodetic(
        float(x[row, 0]) + float(x[row, 3]) * t_s,
        float(x[row, 1]) + float(x[row, 4]) * t_s,
        float(x[row, 2]) + float(x[row, 5]) * t_s,
    )
    return math.floor(lat_deg * 1e7 + 0.5), math.floor(lon_deg * 1e7 + 0.5)


@kernel
def place_after(x: Floats, row: int, t_s: float) -> tuple[int, int]:
    """Return lat_e7, lon_e7 of a state's place after `t_s`; x (n, 6)."""
    return _place_e7(x, int(row), float(t_s))


@kernel
def middles(x: Floats, rows: Ints, horizon_s: float, lats_e7: Ints, lons_e7: Ints, reaches_m: Floats) -> None:
    """Fill in the middle of each path and half its length."""
    half_s = 0.5 * float(horizon_s)
    for k in range(rows.shape[0]):
        row = int(rows[k])
        lats_e7[k], lons_e7[k] = _place_e7(x, row, half_s)
        reaches_m[k] = half_s * hypot3(x[row, 3], x[row, 4], x[row, 5]) + 1.0


@kernel
def path_boxes(x: Floats, rows: Ints, horizon_s: float, boxes: Ints) -> None:
    """Fill boxes (k, 4) with what each path lies in: lat min, lat max, lon min, lon max, unwrapped."""
    for k in range(rows.shape[0]):
        row = int(rows[k])
        lat_e7, lon_e7 = _place_e7(x, row, 0.0)
        then_lat_e7, then_lon_e7 = _place_e7(x, row, float(horizon_s))
        turns = (then_lon_e7 - lon_e7 + _TURN_E7 // 2) // _TURN_E7
        then_lon_e7 = then_lon_e7 - turns * _TURN_E7
        south, north = min(lat_e7, then_lat_e7), max(lat_e7, then_lat_e7)
        polar = max(-south, north) > _POLAR_E7
        north_m, east_m = metres_per_e7(min(max(-south, north), _POLAR_E7) / 1e7)
        pad_n, pad_e = int(_PAD_M / north_m), _TURN_E7 if polar else int(_PAD_M / east_m)
        boxes[k, 0], boxes[k, 1] = south - pad_n, north + pad_n
        boxes[k, 2], boxes[k, 3] = min(lon_e7, then_lon_e7) - pad_e, max(lon_e7, then_lon_e7) + pad_e


@kernel
def _may_meet(path: Ints, shapes: Ints, shape: int) -> bool:
    """Say whether the boxes of a path and of an outline meet; as `path_boxes` and `Outline.box_e7`."""
    if path[0] > shapes[shape, BOX + 1] or path[1] < shapes[shape, BOX]:
        return False
    for turn in range(-1, 2):
        west, east = int(shapes[shape, BOX + 2]) + turn * _TURN_E7, int(shapes[shape, BOX + 3]) + turn * _TURN_E7
        if path[2] <= east and path[3] >= west:
            return True
    return False


@kernel
def _climbs(x: Floats, p: Floats, row: int) -> tuple[float, float]:
    """Return the rate of climb in m/s, and 1 where it is surely one."""
    lat_deg, lon_deg, _ = ecef_to_geodetic(x[row, 0], x[row, 1], x[row, 2])
    up = enu_frame(lat_deg, lon_deg, 0.0)[3]
    rate, variance = 0.0, 0.0
    for i in range(3):
        rate = rate + float(up[i]) * float(x[row, 3 + i])
        for j in range(3):
            variance = variance + float(up[i]) * float(p[row, 3 + i, 3 + j]) * float(up[j])
    return rate, 1.0 if abs(rate) > CLIMBING_MPS and rate * rate > 4.0 * variance else 0.0


@kernel
def _margin_m(
    shapes: Ints, shape: int, lats_e7: Ints, lons_e7: Ints, starts: Ints, lat_e7: int, lon_e7: int
) -> float:  # fmt: skip
    """Return the metres from a place to a shape's border: positive inside."""
    if shapes[shape, _CIRCLE] == 1:
        away_m = distance_m(
            int(shapes[shape, _LAT]) / 1e7, int(shapes[shape, _LON]) / 1e7, int(lat_e7) / 1e7, int(lon_e7) / 1e7
        )
        return _OTHER_SIDE_M if math.isnan(away_m) else int(shapes[shape, _RADIUS_MM]) / 1e3 - away_m
    a, b = int(shapes[shape, _VERTEX]), int(shapes[shape, _VERTEX_END])
    c, d = int(shapes[shape, _RING]), int(shapes[shape, _RING_END])
    return polygon_margin_m(lats_e7[a:b], lons_e7[a:b], starts[c:d], lat_e7, lon_e7)


@kernel
def look_along(
    x: Floats, p: Floats, sigma_m: Floats, rows: Ints, near: Ints, numbers: Ints, shapes: Shapes, horizon_s: float,
    which: Ints, found: Floats,
) -> int:  # fmt: skip
    """Find the outlines that each path meets: those of zones `numbers`[near[k]:near[k + 1]] for the k-th of the rows.

    Fills `which` (m, 3), row, zone and outline of it, and `found` (m, 4): when the path enters it and the standard
    deviation of that, in seconds, 0 and infinite where it is inside now; the rate of climb in m/s, and whether it is
    one. Returns how many there are; those that there is no room for are counted only.
    """
    count = 0
    box = np.empty((1, 4), np.int64)
    for k in range(rows.shape[0]):
        row = int(rows[k])
        climbing = False
        rate, surely = 0.0, 0.0
        if near[k + 1] > near[k]:
            path_boxes(x, rows[k : k + 1], horizon_s, box)
        for n in range(int(near[k]), int(near[k + 1])):
            zone = int(numbers[n])
            for shape in range(int(shapes.first[zone]), int(shapes.first[zone + 1])):
                if not _may_meet(box[0], shapes.shapes, shape):
                    continue
                entry_s = _entry_s(
                    x, row, shapes.shapes, shape, shapes.lats_e7, shapes.lons_e7, shapes.starts, float(horizon_s)
                )
                if entry_s == math.inf:
                    continue
                if count < which.shape[0]:
                    if not climbing:
                        climbing = True
                        rate, surely = _climbs(x, p, row)
                    which[count, 0], which[count, 1] = row, zone
                    which[count, 2] = shape - int(shapes.first[zone])
                    found[count, 0], found[count, 1], found[count, 2], found[count, 3] = entry_s, math.inf, rate, surely
                    if entry_s > 0.0:
                        found[count, 1] = _sigma_s(
                            x, p, float(sigma_m[row]), row, shapes.shapes, shape, shapes.lats_e7, shapes.lons_e7,
                            shapes.starts, entry_s,
                        )  # fmt: skip
                count = count + 1
    return count


@kernel
def _entry_s(
    x: Floats, row: int, shapes: Ints, shape: int, lats_e7: Ints, lons_e7: Ints, starts: Ints, horizon_s: float
) -> float:  # fmt: skip
    speed = max(hypot3(x[row, 3], x[row, 4], x[row, 5]), 1e-3)  # who stands goes nowhere
    lat_e7, lon_e7 = _place_e7(x, row, 0.0)
    margin_m = _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7, lon_e7)
    out_s = 0.0
    while margin_m < 0.0:
        in_s = out_s + max(-margin_m * _LONGER / speed, _STEP_MIN_S)
        if in_s > horizon_s:
            return math.inf
        lat_e7, lon_e7 = _place_e7(x, row, in_s)
        margin_m = _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7, lon_e7)
        if margin_m >= 0.0:
            return _halved_s(x, row, shapes, shape, lats_e7, lons_e7, starts, out_s, in_s)
        out_s = in_s
    return 0.0


@kernel
def _halved_s(
    x: Floats, row: int, shapes: Ints, shape: int, lats_e7: Ints, lons_e7: Ints, starts: Ints, out_s: float, in_s: float
) -> float:  # fmt: skip
    while in_s - out_s > 1e-3:
        middle_s = 0.5 * (out_s + in_s)
        lat_e7, lon_e7 = _place_e7(x, row, middle_s)
        if _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7, lon_e7) >= 0.0:
            in_s = middle_s
        else:
            out_s = middle_s
    return in_s


@kernel
def _sigma_s(
    x: Floats, p: Floats, sigma_m: float, row: int, shapes: Ints, shape: int, lats_e7: Ints, lons_e7: Ints,
    starts: Ints, t_s: float,
) -> float:  # fmt: skip
    """Return the standard deviation of an entry, by the border's direction there and the spread across it.

    The place is no surer than its latest report: averaging does not remove a receiver's drift.
    """
    lat_e7, lon_e7 = _place_e7(x, row, t_s)
    north_m, east_m = metres_per_e7(lat_e7 / 1e7)
    aside_e7 = _ASIDE_E7 if east_m > 0.1 * north_m else 10 * _ASIDE_E7
    east = _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7, lon_e7 + aside_e7)
    east = (east - _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7, lon_e7 - aside_e7)) / max(east_m, 1e-6)
    north = _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7 + aside_e7, lon_e7)
    north = (north - _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7 - aside_e7, lon_e7)) / north_m
    size = hypot2(east, north)
    if size == 0.0:
        return math.inf
    east, north = east / size, north / size
    axes = enu_frame(lat_e7 / 1e7, lon_e7 / 1e7, 0.0)[1:]
    closing = 0.0
    for i in range(3):
        closing = closing + (east * float(axes[0, i]) + north * float(axes[1, i])) * float(x[row, 3 + i])
    spread = np.empty(SPREAD)
    level_spread(axes, p[row], spread)
    lacking = max(sigma_m * sigma_m - variance_along_m2(spread, east, north, 0.0), 0.0)
    spread[0] = spread[0] + lacking
    spread[2] = spread[2] + lacking
    return crossing_sigma_s(spread, east, north, closing, t_s)
