"""Inside or outside, decided in integers; and how far from the border, in metres.

Vertices are integers of 1e-7 degree. An edge is straight in latitude and longitude (RFC 7946); a border point
counts as inside, on a hole's border too. Sides are found by comparing two products, never by subtracting
them, and only for a point within the edge's box, where each is at most 1.8e9 * 3.6e9 = 6.48e18 and fits
int64, wherever the ring lies. (Outside the box the signs may differ, and so the difference need not fit.)

Longitude is unwrapped within a ring: neighbours differ by at most 180 degrees and values may leave ±180; the
point is tried at its longitude and one turn to either side. A ring that winds round a pole is closed over it by
two vertices just beyond (see `rings`): an edge to one of those is no border, though it counts in a crossing.

    polygon = lat_e7 (v,) int64, lon_e7 (v,) int64, starts (r + 1,) int64

Ring k holds vertices starts[k] to starts[k + 1] - 1, not repeating the first; ring 0 is the outer one, the
others are holes. `starts` may be a slice of a longer array, so that many polygons can share flat arrays.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from skykeep.geo import exact, frames, geodesic
from skykeep.geo.kernel import kernel
from skykeep.geo.rings import POLE_E7, TURN_E7, Ring, Vertex, plane_rings

Ints = npt.NDArray[np.int64]

OUTSIDE, BORDER, INSIDE = -1, 0, 1
_POLE_E7 = POLE_E7
_TURN_E7 = TURN_E7
_POLAR_E7 = 850_000_000  # nearer to a pole, degrees are no plane: `_polar_distance_m` answers
_PIECE_E7 = 20_000_000  # there an edge is taken in pieces of this many 1e-7 degree, half as many northward
_FARTHEST_M = 2.0e7  # no two places are farther apart than this, rounded


@dataclasses.dataclass(frozen=True, slots=True)
class Polygon:
    """An area with holes, ready for the kernels; the layout is the module's, the box is the outer ring's.

    Where the polygon holds or touches a pole the box goes right round, -180 to 180 degrees, and to that pole.
    """

    lat_e7: Ints
    lon_e7: Ints
    starts: Ints
    lat_min_e7: int
    lat_max_e7: int
    lon_min_e7: int  # unwrapped as the ring is: -5.4e9 to 5.4e9
    lon_max_e7: int
    polar: bool = False  # holds a pole


def compile_polygon(rings: Sequence[Sequence[Vertex]]) -> Polygon:
    """Return the polygon of an outer ring and holes, each a list of (lat_e7, lon_e7); closing it is optional.

    Repeated neighbours are dropped and each edge takes the shorter way round the globe. A ring that goes round the
    globe holds the pole of its hemisphere, or the one that it is closed along (see `rings`). Refused: no ring, fewer
    than three different vertices, a latitude beyond 90 or a longitude beyond 360 degrees, a ring that goes round the
    globe more than once or across the equator. Which way a ring turns does not matter.
    """
    plane = plane_rings(rings)
    starts = np.array([0, *itertools.accumulate(len(ring) for ring in plane)], np.int64)
    lats = np.array([lat for ring in plane for lat, _ in ring], np.int64)
    lons = np.array([lon for ring in plane for _, lon in ring], np.int64)
    for array in (lats, lons, starts):
        array.setflags(write=False)
    return Polygon(lats, lons, starts, *_box_e7(plane[0]))


def _box_e7(outer: Ring) -> tuple[int, int, int, int, bool]:
    south, north = min(lat for lat, _ in outer), max(lat for lat, _ in outer)
    far = max(north, -south)
    if far < _POLE_E7:
        return south, north, min(lon for _, lon in outer), max(lon for _, lon in outer), False
    return max(south, -_POLE_E7), min(north, _POLE_E7), -_TURN_E7 // 2, _TURN_E7 // 2, far > _POLE_E7


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
                    if max(abs(lat_a), abs(lat_b)) <= _POLE_E7:
                        return BORDER
                elif straddles:
                    inside = inside != ((left < right) == (lat_b > lat_a))
        lat_a = lat_b
        lon_a = lon_b
    return INSIDE if inside else OUTSIDE


@kernel
def ring_side_turned(lats_e7: Ints, lons_e7: Ints, start: int, stop: int, lat_e7: int, lon_e7: int) -> int:
    """Return the side like `ring_side`, the longitude tried as it is and one turn to either side.

    A ring closed over a pole may lie over itself, a turn apart: there even-odd again. A pole that is a vertex is on
    the border at any longitude.
    """
    if abs(lat_e7) == _POLE_E7:
        for i in range(start, stop):
            if lats_e7[i] == lat_e7:
                return BORDER
    best = ring_side(lats_e7, lons_e7, start, stop, lat_e7, lon_e7)
    round_a_pole = abs(lats_e7[stop - 1]) > _POLE_E7
    for k in range(2):
        if best == BORDER or (best == INSIDE and not round_a_pole):
            break
        side = ring_side(lats_e7, lons_e7, start, stop, lat_e7, lon_e7 + (_TURN_E7 if k == 0 else -_TURN_E7))
        best = BORDER if side == BORDER else -side * best
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
    half-way to the edge; beyond 85 degrees see `_polar_distance_m`. Within 0.1 % up to 50 km; farther away only an
    order of magnitude is promised. A polygon without any border (the whole globe) answers 20,000 km.
    """
    lat = int(lat_e7)
    lon = int(lon_e7)
    if abs(lat) > _POLAR_E7:
        return _polar_distance_m(lats_e7, lons_e7, starts, lat, lon)
    north_m, east_m = frames.metres_per_e7(lat / 1e7)
    narrowing = _narrowing(lat / 1e7)
    best2 = _FARTHEST_M * _FARTHEST_M
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
            if north * north < best2 and max(abs(lat_a), abs(lat_b)) <= _POLE_E7:
                turns = ((lon_a + lon_b) // 2 - lon + _TURN_E7 // 2) // _TURN_E7
                x = (lon_a - lon - turns * _TURN_E7) * east_m
                best2 = min(best2, _segment2(x, y, (lon_b - lon_a) * east_m, dy, narrowing))
            lat_a = lat_b
            lon_a = lon_b
    return math.sqrt(best2)


@kernel
def _polar_distance_m(lats_e7: Ints, lons_e7: Ints, starts: Ints, lat_e7: int, lon_e7: int) -> float:
    """Return the metres to the nearest edge from a point near a pole, where edges are arcs and spirals round it.

    The nearest place of each edge is sought in the stereographic plane about the pole, in which lengths near the
    point are all stretched alike (within 0.04 % up to 50 km); to the nearest one of all leads a geodesic.
    """
    sign = 1 if lat_e7 > 0 else -1
    qx, qy = _stereographic(sign * lat_e7, lon_e7)
    out = exact.hypot2(qx, qy)
    best = math.inf
    best_lat, best_lon = 0.0, 0.0
    for k in range(starts.shape[0] - 1):
        start = int(starts[k])
        stop = int(starts[k + 1])
        lat_a = int(lats_e7[stop - 1])
        lon_a = int(lons_e7[stop - 1])
        for i in range(start, stop):
            lat_b = int(lats_e7[i])
            lon_b = int(lons_e7[i])
            near = _radius(max(sign * lat_a, sign * lat_b)) - out
            far = out - _radius(min(sign * lat_a, sign * lat_b))
            if max(near, far) < best and max(abs(lat_a), abs(lat_b)) <= _POLE_E7:
                pieces = 1 + max(abs(lon_b - lon_a), 2 * abs(lat_b - lat_a)) // _PIECE_E7
                for j in range(pieces):
                    t = _polar_foot(
                        sign * lat_a, lon_a, sign * (lat_b - lat_a), lon_b - lon_a, j / pieces, (j + 1) / pieces, qx, qy
                    )
                    x, y = _stereographic(sign * (lat_a + t * (lat_b - lat_a)), lon_a + t * (lon_b - lon_a))
                    away = exact.hypot2(x - qx, y - qy)
                    if away < best:
                        best = away
                        best_lat, best_lon = lat_a + t * (lat_b - lat_a), lon_a + t * (lon_b - lon_a)
            lat_a = lat_b
            lon_a = lon_b
    if best < math.inf:
        away_m = geodesic.distance_m(lat_e7 / 1e7, lon_e7 / 1e7, best_lat / 1e7, best_lon / 1e7)
        if away_m < _FARTHEST_M:  # not so where it is NaN, opposite on the globe
            return away_m
    return _FARTHEST_M


@kernel
def _radius(lat_e7: float) -> float:
    """Return the stereographic distance of a latitude from the north pole: tan of half the colatitude."""
    s, c = exact.sincos_deg((_POLE_E7 - lat_e7) / 1e7)
    return s / (1.0 + c) if c > -0.999999 else 1000.0


@kernel
def _stereographic(lat_e7: float, lon_e7: float) -> tuple[float, float]:
    radius = _radius(lat_e7)
    s, c = exact.sincos_deg(lon_e7 / 1e7)
    return radius * c, radius * s


@kernel
def _polar_foot(
    lat_e7: int, lon_e7: int, dlat_e7: int, dlon_e7: int, low: float, high: float, qx: float, qy: float
) -> float:
    """Return where, low <= t <= high, an edge comes nearest to (qx, qy): the chord's foot, then along the tangent."""
    ax, ay = _stereographic(lat_e7 + low * dlat_e7, lon_e7 + low * dlon_e7)
    bx, by = _stereographic(lat_e7 + high * dlat_e7, lon_e7 + high * dlon_e7)
    dx, dy = bx - ax, by - ay
    size = dx * dx + dy * dy
    t = low + (high - low) * (_unit(((qx - ax) * dx + (qy - ay) * dy) / size) if size > 0.0 else 0.0)
    radius = _radius(lat_e7 + t * dlat_e7)
    s, c = exact.sincos_deg((lon_e7 + t * dlon_e7) / 1e7)
    outward = -0.5 * (1.0 + radius * radius) * dlat_e7
    around = radius * dlon_e7
    tx = outward * c - around * s
    ty = outward * s + around * c
    size = (tx * tx + ty * ty) * (frames.RAD_PER_DEG / 1e7)
    if size > 0.0:
        t = t + ((qx - radius * c) * tx + (qy - radius * s) * ty) / size
    return min(high, max(low, t))


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
