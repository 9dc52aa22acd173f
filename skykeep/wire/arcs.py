"""Arcs of circles and geodesic lines as vertices, so close that edges straight in lat/lon stay within 1 cm of them.

A vertex is rounded to 1e-7 degree, which alone may move it by 8 mm at the equator, 6 mm in Finland; the chords get
what is left of the centimetre. A quarter of a circle of 10 km becomes some 1,000 vertices.
Radii and lines are geodesic (WGS 84); azimuths are true, clockwise from north. Measured against geographiclib in
tests/wire/test_arcs.py.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from skykeep.errors import Malformed
from skykeep.geo import exact, frames, geodesic
from skykeep.geo.kernel import kernel
from skykeep.wire.outlines import RADIUS_MAX_MM, Vertex

WITHIN_M = 0.0098  # of the true curve; a centimetre, less what the measuring itself may be wrong
VERTICES_MAX = (
    100_000  # of one arc or line: a circle of 1,000 km needs some 51,000 at the equator, 92,000 at 80 degrees
)
RADII_APART_M = 80.0
"""How far the two radii of an arc by its ends may differ before it is doubted.

Centre and ends that were rounded to whole seconds explain up to 75 m; of the 414 such arcs of the French OpenAir file
nine in ten differ by less than 72 m, the median by 14 m.
"""
RADII_APART = 0.1  # of the mean radius, likewise
RADII_RATIO_MAX = 2.0  # beyond, it is no arc


class TooLong(Malformed):
    """A curve that would need more than `VERTICES_MAX` vertices; to find out may have taken as long as to draw it."""


Floats = npt.NDArray[np.float64]


def arc(centre: Vertex, radius_m: float, start_deg: float, end_deg: float, *, clockwise: bool) -> list[Vertex]:
    """Return the arc from one azimuth at its centre to another, both ends included; equal ones: the whole circle."""
    _check_radius(radius_m)
    if not (abs(start_deg) <= 720.0 and abs(end_deg) <= 720.0):
        raise Malformed(f"arc from {start_deg} to {end_deg} degrees: write 0 to 360")
    return _trace(centre, start_deg, _turn_deg(start_deg, end_deg, clockwise=clockwise), radius_m, 0.0)


def arc_between(centre: Vertex, a: Vertex, b: Vertex, *, clockwise: bool, doubts: list[str]) -> list[Vertex]:
    """Return the arc from `a` to `b` around a centre; both are its ends exactly as they are given.

    Where the ends are not equally far from the centre, as in most files, the radius changes evenly from one to the
    other: an arc of the mean radius would begin and end with a step. A doubt says so where it matters.
    """
    here = _degrees(centre)
    # `bearing_deg` is quicker, and out by 5 mm at 100 km: as much as the rounding of vertices leaves.
    (radius_a_m, start_deg), (radius_b_m, end_deg) = (geodesic.course(*here, *_degrees(end)) for end in (a, b))
    _check_radii(radius_a_m, radius_b_m, doubts)
    if a == b:
        doubts.append("the arc ends where it begins; read as the whole circle")
    found = _trace(
        centre, start_deg, _turn_deg(start_deg, end_deg, clockwise=clockwise), radius_a_m, radius_b_m - radius_a_m
    )
    return [a, *found[1:-1], b]


def geodesic_line(a: Vertex, b: Vertex) -> list[Vertex]:
    """Return the shortest line from `a` to `b`, both included exactly as they are given."""
    length_m, azimuth_deg = geodesic.course(*_degrees(a), *_degrees(b))
    if math.isnan(length_m) or math.isnan(azimuth_deg):
        raise Malformed("a line between points that are nearly opposite on the globe has no one direction")
    return [a, *_trace(a, azimuth_deg, 0.0, 0.0, length_m)[1:-1], b]


def _degrees(vertex: Vertex) -> tuple[float, float]:
    return vertex[0] / 1e7, vertex[1] / 1e7


def _turn_deg(start_deg: float, end_deg: float, *, clockwise: bool) -> float:
    """Return by how much to turn from one azimuth to the other: 0 < turn <= 360, negative counter-clockwise."""
    turn_deg = (end_deg - start_deg) % 360.0 if clockwise else (start_deg - end_deg) % 360.0
    turn_deg = turn_deg or 360.0
    return turn_deg if clockwise else -turn_deg


def _check_radius(radius_m: float) -> None:
    if not 0.0 < radius_m <= RADIUS_MAX_MM / 1000:
        raise Malformed(
            f"radius of an arc: {radius_m} m is not more than 0 and at most {RADIUS_MAX_MM // 1_000_000} km"
        )


def _check_radii(a_m: float, b_m: float, doubts: list[str]) -> None:
    for radius_m in (a_m, b_m):
        _check_radius(radius_m)
    apart_m = abs(a_m - b_m)
    said = f"the ends of an arc lie {a_m:.0f} m and {b_m:.0f} m from its centre"
    if max(a_m, b_m) > RADII_RATIO_MAX * min(a_m, b_m):
        raise Malformed(f"{said}: that is no arc")
    if apart_m > min(RADII_APART_M, RADII_APART * (a_m + b_m) / 2):
        doubts.append(f"{said}; its radius was changed evenly from one to the other")


def _trace(centre: Vertex, azimuth_deg: float, turn_deg: float, start_m: float, reach_m: float) -> list[Vertex]:
    """Return vertices along the points at `start_m + t * reach_m`, `azimuth_deg + t * turn_deg` for t from 0 to 1."""
    lat_deg, lon_deg = _degrees(centre)
    far_m = max(start_m, start_m + reach_m)
    chord_m = _chord_m(lat_deg, far_m)
    length_m = abs(reach_m) + abs(turn_deg) * frames.RAD_PER_DEG * far_m
    count = max(1, math.ceil(length_m / _step_m(lat_deg, far_m if turn_deg else 1e12, chord_m)))
    while count <= VERTICES_MAX:
        halves = np.empty((2 * count + 1, 2))
        off_m = _fill(halves, lat_deg, lon_deg, azimuth_deg, turn_deg, start_m, reach_m)
        if off_m <= chord_m:
            return _rounded(halves)
        count = math.ceil(count * min(4.0, 1.02 * math.sqrt(off_m / chord_m)))  # off by the square of their length
    raise TooLong(
        f"an arc or line of {length_m / 1000:.0f} km, or one at a pole, would need over {VERTICES_MAX} vertices"
    )


def _chord_m(lat_deg: float, far_m: float) -> float:
    """Return how far a chord may leave the curve: what the rounding of vertices, nearest the equator, leaves."""
    lowest_deg = max(0.0, abs(lat_deg) - far_m / 110_000)
    north_m, east_m = frames.metres_per_e7(lowest_deg)
    return WITHIN_M - 0.5 * exact.hypot2(north_m, east_m)


def _step_m(lat_deg: float, radius_m: float, chord_m: float) -> float:
    """Return a first length for the chords: the bend of the curve and that of straight lines in lat/lon add up."""
    s, c = exact.sincos_deg(abs(lat_deg))
    bend = 1.0 / radius_m + s / max(c, 0.05) / frames.A_M
    return math.sqrt(7.9 * chord_m / bend)


@kernel
def _fill(
    halves: Floats, lat_deg: float, lon_deg: float, azimuth_deg: float, turn_deg: float, start_m: float, reach_m: float
) -> float:
    """Fill `halves` (2n+1, 2) with the ends and middles of n pieces; return how far the worst middle is off, in m."""
    last = halves.shape[0] - 1
    for i in range(last + 1):
        t = i / last
        lat, lon = geodesic.destination_deg(lat_deg, lon_deg, azimuth_deg + t * turn_deg, start_m + t * reach_m)
        halves[i, 0], halves[i, 1] = lat, lon
    worst_m = 0.0
    for i in range(1, last, 2):
        lat = float(halves[i, 0])
        north_m, east_m = frames.metres_per_e7(lat)
        up = (float(halves[i - 1, 0]) - lat) + (float(halves[i + 1, 0]) - lat)
        east = _apart_deg(lon=float(halves[i, 1]), of=float(halves[i - 1, 1]))
        east = east + _apart_deg(lon=float(halves[i, 1]), of=float(halves[i + 1, 1]))
        off_m = 5e6 * exact.hypot2(north_m * up, east_m * east)
        if not off_m <= worst_m:
            worst_m = off_m
    return worst_m


@kernel
def _apart_deg(lon: float, of: float) -> float:
    """Return how far east of `lon` a longitude lies, -180 to 180."""
    d = of - lon
    return d - 360.0 * math.floor(d / 360.0 + 0.5)


def _rounded(halves: Floats) -> list[Vertex]:
    """Return each second row, to the nearest 1e-7 degree, without vertices that repeat their neighbour."""
    whole: list[list[int]] = np.rint(halves[::2] * 1e7).astype(np.int64).tolist()
    vertices = [(lat_e7, lon_e7) for lat_e7, lon_e7 in whole]
    return [one for number, one in enumerate(vertices) if number == 0 or one != vertices[number - 1]]
