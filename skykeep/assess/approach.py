"""How near a moving point comes to a fixed one, when it enters a circle about it, and how sure that is.

The fixed point is the origin of a level plane; p (m) and v (m/s) are the east and north of the moving one, which goes
on as it does. Spread is that of p and v now, to the first order: what is far from linear within it (a path that grazes
the circle) gets a great sigma rather than a wrong one. A spread is packed as

    EE, EN, NN          variance of the position, m2
    EVE, EVN, NVE, NVN  covariance of the position (first letter) with the velocity, m2/s
    VEE, VEN, VNN       variance of the velocity, m2/s2

Known answers: p = (-2000, 500), v = (20, 0) comes nearest after 100 s, at 500 m, and enters a circle of 800 m after
68.78 s (DESIGN section 10).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from skykeep.geo.exact import hypot2, normal_cdf
from skykeep.geo.kernel import kernel

Floats = npt.NDArray[np.float64]

EE, EN, NN, EVE, EVN, NVE, NVN, VEE, VEN, VNN = range(10)
SPREAD = 10  # values of a spread
STILL_MPS = 1e-6  # slower than this, nothing moves


@kernel
def nearest_s(east_m: float, north_m: float, east_mps: float, north_mps: float, horizon_s: float) -> float:
    """Return when the point is nearest to the origin, between now (0) and the horizon."""
    e, n, ve, vn = float(east_m), float(north_m), float(east_mps), float(north_mps)
    square = ve * ve + vn * vn
    if square <= STILL_MPS * STILL_MPS:
        return 0.0
    return min(max(-(e * ve + n * vn) / square, 0.0), float(horizon_s))


@kernel
def distance_after_m(east_m: float, north_m: float, east_mps: float, north_mps: float, t_s: float) -> float:
    """Return how far from the origin the point is after `t_s`."""
    t_s = float(t_s)
    return hypot2(float(east_m) + float(east_mps) * t_s, float(north_m) + float(north_mps) * t_s)


@kernel
def entry_s(east_m: float, north_m: float, east_mps: float, north_mps: float, radius_m: float) -> float:
    """Return when the point enters the circle: 0 where it is inside or on it, infinite where it never will be."""
    e, n, ve, vn = float(east_m), float(north_m), float(east_mps), float(north_mps)
    radius_m = float(radius_m)
    outside = e * e + n * n - radius_m * radius_m
    if outside <= 0.0:
        return 0.0
    square = ve * ve + vn * vn
    closing = -(e * ve + n * vn)
    if square <= STILL_MPS * STILL_MPS or closing <= 0.0:
        return math.inf
    cross = e * vn - n * ve  # the miss distance is |cross| / speed: no difference of great squares
    left = square * radius_m * radius_m - cross * cross
    if left < 0.0:
        return math.inf
    return outside / (closing + math.sqrt(left))


@kernel
def variance_along_m2(spread: Floats, east: float, north: float, t_s: float) -> float:
    """Return the variance of the place after `t_s` along the unit vector (east, north)."""
    e, n, t_s = float(east), float(north), float(t_s)
    place = e * e * float(spread[EE]) + 2.0 * e * n * float(spread[EN]) + n * n * float(spread[NN])
    both = e * e * float(spread[EVE]) + e * n * (float(spread[EVN]) + float(spread[NVE])) + n * n * float(spread[NVN])
    speed = e * e * float(spread[VEE]) + 2.0 * e * n * float(spread[VEN]) + n * n * float(spread[VNN])
    return max(place + t_s * (2.0 * both + t_s * speed), 0.0)


@kernel
def crossing_sigma_s(spread: Floats, east: float, north: float, closing_mps: float, t_s: float) -> float:
    """Return the standard deviation of when a border is crossed, after about `t_s`, at `closing_mps` straight on.

    (east, north) is the unit vector across the border; infinite where the path runs along it.
    """
    closing_mps = float(closing_mps)
    if closing_mps <= STILL_MPS:
        return math.inf
    return math.sqrt(variance_along_m2(spread, east, north, t_s)) / closing_mps


@kernel
def entry_sigma_s(
    spread: Floats, east_m: float, north_m: float, east_mps: float, north_mps: float, t_s: float
) -> float:  # fmt: skip
    """Return the standard deviation of the time `t_s` that `entry_s` gave; infinite where the circle is grazed."""
    e = float(east_m) + float(east_mps) * float(t_s)
    n = float(north_m) + float(north_mps) * float(t_s)
    size = hypot2(e, n)
    if size == 0.0:
        return math.inf
    e, n = e / size, n / size
    return crossing_sigma_s(spread, e, n, -(e * float(east_mps) + n * float(north_mps)), t_s)


@kernel
def reach_probability(
    spread: Floats, east_m: float, north_m: float, east_mps: float, north_mps: float, radius_m: float, horizon_s: float
) -> float:  # fmt: skip
    """Return the probability that the point comes within `radius_m` of the origin before the horizon.

    By the least distance until then, which changes, to the first order, as the place does at that moment: across the
    path where it passes by, along the line of sight where it is still coming or already going.
    """
    e, n, ve, vn = float(east_m), float(north_m), float(east_mps), float(north_mps)
    radius_m, horizon_s = float(radius_m), float(horizon_s)
    t_s = nearest_s(e, n, ve, vn, horizon_s)
    e, n = e + ve * t_s, n + vn * t_s
    away = hypot2(e, n)
    speed = hypot2(ve, vn)
    if away > 1e-9 * radius_m:
        across_e, across_n = e / away, n / away
    elif speed > STILL_MPS:
        across_e, across_n = -vn / speed, ve / speed
    else:
        across_e, across_n = 1.0, 0.0
    sigma = math.sqrt(variance_along_m2(spread, across_e, across_n, t_s))
    if sigma <= 0.0:
        return 1.0 if away <= radius_m else 0.0
    return normal_cdf((radius_m - away) / sigma) - normal_cdf((-radius_m - away) / sigma)


@kernel
def level_spread(axes: Floats, p: Floats, out: Floats) -> None:
    """Fill `out` (SPREAD,) from p (6, 6), position then velocity, along the unit vectors `axes` (2 or more, 3)."""
    out[EE] = _between(axes, p, 0, 0, 0, 0)
    out[EN] = _between(axes, p, 0, 0, 1, 0)
    out[NN] = _between(axes, p, 1, 0, 1, 0)
    out[EVE] = _between(axes, p, 0, 0, 0, 3)
    out[EVN] = _between(axes, p, 0, 0, 1, 3)
    out[NVE] = _between(axes, p, 1, 0, 0, 3)
    out[NVN] = _between(axes, p, 1, 0, 1, 3)
    out[VEE] = _between(axes, p, 0, 3, 0, 3)
    out[VEN] = _between(axes, p, 0, 3, 1, 3)
    out[VNN] = _between(axes, p, 1, 3, 1, 3)


@kernel
def _between(axes: Floats, p: Floats, one: int, first: int, other: int, second: int) -> float:
    total = 0.0
    for i in range(3):
        for j in range(3):
            total = total + float(axes[one, i]) * float(p[first + i, second + j]) * float(axes[other, j])
    return total
