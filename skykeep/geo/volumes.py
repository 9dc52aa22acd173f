"""Inside or outside, decided in integers; and how far from the border, in metres.

Vertices are integers of 1e-7 degree. An edge is straight in latitude and longitude (RFC 7946); a border point
counts as inside, on a hole's border too. Sides are found by comparing two products, never by subtracting
them, and only for a point within the edge's box, where each is at most 1.8e9 * 3.6e9 = 6.48e18 and fits
int64, wherever the ring lies. (Outside the box the signs may differ, and so the difference need not fit.)

Longitude is unwrapped within a ring: neighbours differ by at most 180 degrees and values may leave ±180; the
point is tried at its longitude and one turn to either side. A ring that winds round a pole has no inside in
this plane: `compile_polygon` refuses it.

    polygon = lat_e7 (v,) int64, lon_e7 (v,) int64, starts (r + 1,) int64

Ring k holds vertices starts[k] to starts[k + 1] - 1, not repeating the first; ring 0 is the outer one, the
others are holes. `starts` may be a slice of a longer array, so that many polygons can share flat arrays.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from skykeep.errors import Refused
from skykeep.geo import exact, frames, geodesic
from skykeep.geo.kernel import kernel

Ints = npt.NDArray[np.int64]
Vertex = tuple[int, int]  # lat_e7, lon_e7

OUTSIDE, BORDER, INSIDE = -1, 0, 1
_TURN_E7 = 3_600_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class Polygon:
    """An area with holes, ready for the kernels; the layout is the module's, the box is the outer ring's."""

    lat_e7: Ints
    lon_e7: Ints
    starts: Ints
    lat_min_e7: int
    lat_max_e7: int
    lon_min_e7: int  # unwrapped as the ring is: -5.4e9 to 5.4e9
    lon_max_e7: int


def compile_polygon(rings: Sequence[Sequence[Vertex]]) -> Polygon:
    """Return the polygon of an outer ring and holes, each a list of (lat_e7, lon_e7); closing it is optional.

    Repeated neighbours are dropped and each edge takes the shorter way round the globe. Refused: no ring,
    fewer than three different vertices, a latitude beyond 90 or a longitude beyond 360 degrees, a ring that
    goes round a pole or more than once round the globe. Which way a ring turns does not matter.
    """
    if not rings:
        raise Refused("a polygon without a ring; give an outer ring of at least three vertices")
    clean = [_unwrapped(ring, number) for number, ring in enumerate(rings)]
    starts = np.cumsum([0, *(len(ring) for ring in clean)], dtype=np.int64)
    lats, lons = (np.array([vertex[axis] for ring in clean for vertex in ring], np.int64) for axis in (0, 1))
    outer_lats, outer_lons = ([vertex[axis] for vertex in clean[0]] for axis in (0, 1))
    for array in (lats, lons, starts):
        array.setflags(write=False)
    box = min(outer_lats), max(outer_lats), min(outer_lons), max(outer_lons)
    return Polygon(lats, lons, starts, *box)


def _unwrapped(ring: Sequence[Vertex], number: int) -> list[Vertex]:
    where = f"ring {number} (0 is the outer one)"
    for index, (lat_e7, lon_e7) in enumerate(ring):
        if abs(lat_e7) > 900_000_000 or abs(lon_e7) > _TURN_E7:
            raise Refused(f"{where}, vertex {index}: {lat_e7}, {lon_e7} is no place in 1e-7 degree, lat then lon")
    done: list[Vertex] = []
    for lat_e7, lon_e7 in ring:
        lon = _near(lon_e7, done[-1][1]) if done else _near(lon_e7, 0)
        if not done or done[-1] != (lat_e7, lon):
            done.append((lat_e7, lon))
    if len(done) > 1 and _near(done[0][1], done[-1][1]) != done[0][1]:
        raise Refused(f"{where} goes round a pole; cut it along a meridian into polygons that do not")
    if len(done) > 1 and done[-1] == done[0]:
        done.pop()
    if len(set(done)) < 3:
        raise Refused(f"{where} has {len(set(done))} different vertices; an area needs at least three")
    if max(lon for _, lon in done) - min(lon for _, lon in done) > _TURN_E7:
        raise Refused(f"{where} goes more than once round the globe; cut it into polygons that do not")
    return done


def _near(lon_e7: int, anchor_e7: int) -> int:
    """Return lon_e7 plus the whole turns that bring it within 180 degrees of the anchor; as given if it is."""
    away = int(lon_e7) - anchor_e7
    if abs(away) <= _TURN_E7 // 2:
        return int(lon_e7)
    return anchor_e7 + (away + _TURN_E7 // 2) % _TURN_E7 - _TURN_E7 // 2


@kernel
def ring_side(lats_e7: Ints, lons_e7: Ints, start: int, stop: int, lat_e7: int, lon_e7: int) -> int:
    """Return OUTSIDE, BORDER or INSIDE of vertices start to stop - 1, at the longitude as it is given.

    Crossing number towards the east, even-odd where a ring crosses itself. A product is formed only for a
    point within the edge's box, which bounds it whatever the ring.
    """
    lat = int(lat_e7)
    lon = int(lon_e7)
    inside = False
    lat_a = int(lats_e7[stop - 1])
    lon_a = int(lons_e7[stop - 1])
    for i in range(start, stop):
        lat_b = int(lats_e7[i])
        lon_b = int(lons_e7[i])
        if min(lat_a, lat_b) <= lat <= max(lat_a, lat_b) and lon <= max(lon_a, lon_b):
            straddles = (lat_a > lat) != (lat_b > lat)
            if lon < min(lon_a, lon_b):
                inside = inside != straddles
            else:
                left = (lon - lon_a) * (lat_b - lat_a)
                right = (lon_b - lon_a) * (lat - lat_a)
                if left == right:
                    return BORDER
                if straddles:
                    inside = inside != ((left < right) == (lat_b > lat_a))
        lat_a = lat_b
        lon_a = lon_b
    return INSIDE if inside else OUTSIDE


@kernel
def ring_side_turned(lats_e7: Ints, lons_e7: Ints, start: int, stop: int, lat_e7: int, lon_e7: int) -> int:
    """Return the side like `ring_side`, the longitude tried as it is and one turn to either side."""
    best = ring_side(lats_e7, lons_e7, start, stop, lat_e7, lon_e7)
    if best == OUTSIDE:
        best = ring_side(lats_e7, lons_e7, start, stop, lat_e7, lon_e7 + _TURN_E7)
    if best == OUTSIDE:
        best = ring_side(lats_e7, lons_e7, start, stop, lat_e7, lon_e7 - _TURN_E7)
    return best


@kernel
def ring_contains(lats_e7: Ints, lons_e7: Ints, lat_e7: int, lon_e7: int) -> bool:
    """Return whether a point of -180 to 180 degrees is inside one ring (v,) or on its border."""
    return ring_side_turned(lats_e7, lons_e7, 0, lats_e7.shape[0], lat_e7, lon_e7) != OUTSIDE


@kernel
def polygon_side(lats_e7: Ints, lons_e7: Ints, starts: Ints, lat_e7: int, lon_e7: int) -> int:
    """Return OUTSIDE, BORDER or INSIDE of a polygon with holes; the point's longitude is -180 to 180 degrees."""
    side = ring_side_turned(lats_e7, lons_e7, int(starts[0]), int(starts[1]), lat_e7, lon_e7)
    if side != INSIDE:
        return side
    for k in range(1, starts.shape[0] - 1):
        hole = ring_side_turned(lats_e7, lons_e7, int(starts[k]), int(starts[k + 1]), lat_e7, lon_e7)
        if hole != OUTSIDE:
            return -hole
    return INSIDE


@kernel
def polygon_contains(lats_e7: Ints, lons_e7: Ints, starts: Ints, lat_e7: int, lon_e7: int) -> bool:
    """Return whether a point is inside a polygon with holes, or on any border of it."""
    return polygon_side(lats_e7, lons_e7, starts, lat_e7, lon_e7) != OUTSIDE


@kernel
def border_distance_m(lats_e7: Ints, lons_e7: Ints, starts: Ints, lat_e7: int, lon_e7: int) -> float:
    """Return the metres from a point to the nearest edge of a polygon, its holes' included; never negative.

    Metres per degree come from the radii at the point's latitude, the eastward one carried on to the latitude
    half-way to the edge. Within 0.1 % for |latitude| <= 85 degrees up to 50 km; farther away, or nearer to a
    pole, only an order of magnitude is promised.
    """
    lat = int(lat_e7)
    lon = int(lon_e7)
    north_m, east_m = frames.metres_per_e7(lat / 1e7)
    narrowing = _narrowing(lat / 1e7)
    best2 = math.inf
    for k in range(starts.shape[0] - 1):
        start = int(starts[k])
        stop = int(starts[k + 1])
        lat_a = int(lats_e7[stop - 1])
        lon_a = int(lons_e7[stop - 1])
        for i in range(start, stop):
            lat_b = int(lats_e7[i])
            lon_b = int(lons_e7[i])
            y = (lat_a - lat) * north_m
            dy = (lat_b - lat_a) * north_m
            north = max(0.0, min(y, y + dy), -max(y, y + dy))  # the northing alone: a bound on the distance
            if north * north < best2:
                turns = ((lon_a + lon_b) // 2 - lon + _TURN_E7 // 2) // _TURN_E7
                x = (lon_a - lon - turns * _TURN_E7) * east_m
                best2 = min(best2, _segment2(x, y, (lon_b - lon_a) * east_m, dy, narrowing))
            lat_a = lat_b
            lon_a = lon_b
    return math.sqrt(best2)


@kernel
def _narrowing(lat_deg: float) -> float:
    """Return how much, relatively and per metre of northing, eastward lengths change on the way half-way north.

    d(N cos lat) = -M sin lat d(lat), so it is -tan(lat) / 2N; 0 at the poles themselves.
    """
    s, c = exact.sincos_deg(lat_deg)
    return -0.5 * s / (c * frames.curvature_radii_m(lat_deg)[1]) if c > 1e-9 else 0.0


@kernel
def _segment2(x: float, y: float, dx: float, dy: float, narrowing: float) -> float:
    """Return the squared distance from the origin to the segment (x, y) .. (x + dx, y + dy), metres.

    A point at (px, py) counts as (px * (1 + narrowing * py), py). The foot is that of the unscaled segment,
    bettered by one Gauss-Newton step.
    """
    size = dx * dx + dy * dy
    t = _unit(-(x * dx + y * dy) / size) if size > 0.0 else 0.0
    px = x + t * dx
    py = y + t * dy
    scale = 1.0 + narrowing * py
    along = dx * scale + px * narrowing * dy
    size = along * along + dy * dy
    t = _unit(t - (px * scale * along + py * dy) / size) if size > 0.0 else t
    py = y + t * dy
    px = (x + t * dx) * max(0.0, 1.0 + narrowing * py)
    return px * px + py * py


@kernel
def _unit(t: float) -> float:
    return min(1.0, max(0.0, t))


@kernel
def polygon_margin_m(lats_e7: Ints, lons_e7: Ints, starts: Ints, lat_e7: int, lon_e7: int) -> float:
    """Return the metres to the border: positive inside, negative outside, 0 on it; the sign is `polygon_side`'s."""
    side = polygon_side(lats_e7, lons_e7, starts, lat_e7, lon_e7)
    return 0.0 if side == BORDER else side * border_distance_m(lats_e7, lons_e7, starts, lat_e7, lon_e7)


@kernel
def circle_margin_m(centre_lat_e7: int, centre_lon_e7: int, radius_m: float, lat_e7: int, lon_e7: int) -> float:
    """Return radius less geodesic distance, in metres: inside where >= 0; error as `geodesic.distance_m`'s.

    NaN for a point on the other side of the globe, where that has no answer.
    """
    away_m = geodesic.distance_m(
        int(centre_lat_e7) / 1e7, int(centre_lon_e7) / 1e7, int(lat_e7) / 1e7, int(lon_e7) / 1e7
    )
    return float(radius_m) - away_m
