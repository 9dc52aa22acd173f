"""Between geodetic places and the watch's frame: earth-centred metres (ECEF), the same for every place on the globe.

No place is the origin, so nobody who is heard first can bend the frame for the others, and the order of delivery
cannot move it. What is level is asked at each place: its axes east, north, up.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from skykeep.geo.exact import hypot2
from skykeep.geo.frames import ecef_to_geodetic, enu_frame, geodetic_to_ecef_all
from skykeep.geo.kernel import kernel

Floats = npt.NDArray[np.float64]


def to_ecef(geodetic: Floats) -> Floats:
    """Return (n, 3) metres of (n, 3) lat_deg, lon_deg, alt_hae_m."""
    ecef = np.empty_like(geodetic)
    geodetic_to_ecef_all(geodetic, ecef)
    return ecef


def place_e7(x: Floats) -> tuple[int, int]:
    """Return lat_e7, lon_e7 of a position (3 or more,), rounded half to even."""
    lat_deg, lon_deg, _ = ecef_to_geodetic(float(x[0]), float(x[1]), float(x[2]))
    return round(lat_deg * 1e7), round(lon_deg * 1e7)


@kernel
def axes_at(lat_deg: float, lon_deg: float) -> Floats:
    """Return the unit vectors east, north and up of a place, (3, 3)."""
    return enu_frame(lat_deg, lon_deg, 0.0)[1:]


@kernel
def along(axis: Floats, v: Floats, first: int) -> float:
    """Return the component along an axis (3,) of the three values of `v` from `first` on."""
    return (
        float(axis[0]) * float(v[first]) + float(axis[1]) * float(v[first + 1]) + float(axis[2]) * float(v[first + 2])
    )


@kernel
def covariance(axes: Floats, p: Floats, one: int, other: int) -> float:
    """Return the covariance of the position along two of the axes; p is (6, 6), position first."""
    total = 0.0
    for i in range(3):
        for j in range(3):
            total = total + float(axes[one, i]) * float(p[i, j]) * float(axes[other, j])
    return total


@kernel
def level_variance_m2(axes: Floats, p: Floats) -> float:
    """Return the greatest variance of the position in any level direction: the greater eigenvalue of 2 x 2."""
    east = covariance(axes, p, 0, 0)
    north = covariance(axes, p, 1, 1)
    return 0.5 * (east + north) + hypot2(0.5 * (east - north), covariance(axes, p, 0, 1))


@kernel
def level_distance_m(lat_deg: float, lon_deg: float, x: Floats, dt_s: float, z: Floats) -> float:
    """Return how far, seen from above the given place z, it is from where a state x (6,) will be after dt_s."""
    axes = axes_at(lat_deg, lon_deg)
    east = 0.0
    north = 0.0
    for i in range(3):
        away = float(z[i]) - (float(x[i]) + float(x[i + 3]) * dt_s)
        east = east + float(axes[0, i]) * away
        north = north + float(axes[1, i]) * away
    return math.sqrt(east * east + north * north)
