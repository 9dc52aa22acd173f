"""WGS 84 and its frames: geodetic, earth-centred (ECEF), east-north-up about a place (ENU).

Latitude and longitude in degrees, heights above the ellipsoid (HAE) and lengths in metres, all float64.
ECEF coordinates near the ground are multiples of 0.9 nm, so no conversion can be finer than that.
Source: NGA.STND.0036 (WGS 84); Bowring 1976 for the way back from ECEF.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from skykeep.geo import exact
from skykeep.geo.kernel import kernel

Floats = npt.NDArray[np.float64]

A_M = 6378137.0  # semi-major axis
F = 1.0 / 298.257223563  # flattening
B_M = A_M * (1.0 - F)  # semi-minor axis
E2 = F * (2.0 - F)  # first eccentricity squared
EP2 = E2 / ((1.0 - F) * (1.0 - F))  # second eccentricity squared
DEG_PER_RAD = 57.29577951308232
RAD_PER_DEG = 0.017453292519943295


@kernel
def curvature_radii_m(lat_deg: float) -> tuple[float, float]:
    """Return the radii of curvature at a latitude: of the meridian, of the prime vertical."""
    s = exact.sincos_deg(lat_deg)[0]
    w = 1.0 - E2 * s * s
    prime_m = A_M / math.sqrt(w)
    return prime_m * (1.0 - E2) / w, prime_m


@kernel
def metres_per_e7(lat_deg: float) -> tuple[float, float]:
    """Return the length on the ellipsoid of 1e-7 degree at a latitude: northward, eastward (0 at a pole)."""
    meridian_m, prime_m = curvature_radii_m(lat_deg)
    c = exact.sincos_deg(lat_deg)[1]
    return meridian_m * (RAD_PER_DEG / 1e7), prime_m * c * (RAD_PER_DEG / 1e7)


@kernel
def geodetic_to_ecef(lat_deg: float, lon_deg: float, alt_hae_m: float) -> tuple[float, float, float]:
    """Return x, y, z in metres; rounding error below 3 nm for heights up to 1,000 km."""
    s_lat, c_lat = exact.sincos_deg(lat_deg)
    s_lon, c_lon = exact.sincos_deg(lon_deg)
    alt_hae_m = float(alt_hae_m)
    n = A_M / math.sqrt(1.0 - E2 * s_lat * s_lat)
    axis_m = (n + alt_hae_m) * c_lat
    return axis_m * c_lon, axis_m * s_lon, (n * (1.0 - E2) + alt_hae_m) * s_lat


@kernel
def ecef_to_geodetic(x_m: float, y_m: float, z_m: float) -> tuple[float, float, float]:
    """Return lat_deg, lon_deg (-180 to 180), alt_hae_m; NaN within 1,000 km of the earth's centre.

    Three rounds of Bowring's formula on sine and cosine of the reduced latitude, without trigonometry. There
    and back is within 5 nm of the start from -10 km to 1,000 km of height, at the poles too.
    """
    x_m = float(x_m)
    y_m = float(y_m)
    z_m = float(z_m)
    p = exact.hypot2(x_m, y_m)
    r = exact.hypot2(p, z_m)
    if not 1e6 <= r <= 1e12:
        return math.nan, math.nan, math.nan
    s, c = z_m * (1.0 + EP2 * B_M / r), p * (1.0 - F)
    up, along = z_m, p
    for _ in range(3):
        size = exact.hypot2(s, c)
        s, c = s / size, c / size
        up = z_m + EP2 * B_M * s * s * s
        along = p - E2 * A_M * c * c * c
        s, c = up * (1.0 - F), along
    size = exact.hypot2(up, along)
    s, c = up / size, along / size
    alt_hae_m = p * c + z_m * s - A_M * math.sqrt(1.0 - E2 * s * s)
    return exact.atan2(up, along) * DEG_PER_RAD, exact.atan2(y_m, x_m) * DEG_PER_RAD, alt_hae_m


@kernel
def enu_frame(lat_deg: float, lon_deg: float, alt_hae_m: float) -> Floats:
    """Return the frame about a place, (4, 3): its ECEF position, then unit vectors east, north and up."""
    s_lat, c_lat = exact.sincos_deg(lat_deg)
    s_lon, c_lon = exact.sincos_deg(lon_deg)
    frame = np.empty((4, 3))
    frame[0, 0], frame[0, 1], frame[0, 2] = geodetic_to_ecef(lat_deg, lon_deg, alt_hae_m)
    frame[1, 0], frame[1, 1], frame[1, 2] = -s_lon, c_lon, 0.0
    frame[2, 0], frame[2, 1], frame[2, 2] = -s_lat * c_lon, -s_lat * s_lon, c_lat
    frame[3, 0], frame[3, 1], frame[3, 2] = c_lat * c_lon, c_lat * s_lon, s_lat
    return frame


@kernel
def ecef_to_enu(frame: Floats, x_m: float, y_m: float, z_m: float) -> tuple[float, float, float]:
    """Return east, north, up in metres of an ECEF position, in a frame made by `enu_frame`."""
    dx = float(x_m) - float(frame[0, 0])
    dy = float(y_m) - float(frame[0, 1])
    dz = float(z_m) - float(frame[0, 2])
    east_m = float(frame[1, 0]) * dx + float(frame[1, 1]) * dy
    north_m = float(frame[2, 0]) * dx + float(frame[2, 1]) * dy + float(frame[2, 2]) * dz
    up_m = float(frame[3, 0]) * dx + float(frame[3, 1]) * dy + float(frame[3, 2]) * dz
    return east_m, north_m, up_m


@kernel
def enu_to_ecef(frame: Floats, east_m: float, north_m: float, up_m: float) -> tuple[float, float, float]:
    """Return the ECEF position of east, north, up in metres, in a frame made by `enu_frame`."""
    e = float(east_m)
    n = float(north_m)
    u = float(up_m)
    x_m = float(frame[0, 0]) + (float(frame[1, 0]) * e + float(frame[2, 0]) * n + float(frame[3, 0]) * u)
    y_m = float(frame[0, 1]) + (float(frame[1, 1]) * e + float(frame[2, 1]) * n + float(frame[3, 1]) * u)
    z_m = float(frame[0, 2]) + (float(frame[2, 2]) * n + float(frame[3, 2]) * u)
    return x_m, y_m, z_m


@kernel
def geodetic_to_enu(frame: Floats, lat_deg: float, lon_deg: float, alt_hae_m: float) -> tuple[float, float, float]:
    """Return east, north, up in metres of a geodetic position."""
    x_m, y_m, z_m = geodetic_to_ecef(lat_deg, lon_deg, alt_hae_m)
    return ecef_to_enu(frame, x_m, y_m, z_m)


@kernel
def enu_to_geodetic(frame: Floats, east_m: float, north_m: float, up_m: float) -> tuple[float, float, float]:
    """Return lat_deg, lon_deg, alt_hae_m of a position in a frame."""
    x_m, y_m, z_m = enu_to_ecef(frame, east_m, north_m, up_m)
    return ecef_to_geodetic(x_m, y_m, z_m)


@kernel
def geodetic_to_ecef_all(pos_deg_m: Floats, pos_ecef_m: Floats) -> None:
    """Fill pos_ecef_m (n, 3) from pos_deg_m (n, 3): lat_deg, lon_deg, alt_hae_m. May be the same array."""
    for i in range(pos_deg_m.shape[0]):
        x_m, y_m, z_m = geodetic_to_ecef(pos_deg_m[i, 0], pos_deg_m[i, 1], pos_deg_m[i, 2])
        pos_ecef_m[i, 0], pos_ecef_m[i, 1], pos_ecef_m[i, 2] = x_m, y_m, z_m


@kernel
def ecef_to_geodetic_all(pos_ecef_m: Floats, pos_deg_m: Floats) -> None:
    """Fill pos_deg_m (n, 3), lat_deg, lon_deg, alt_hae_m, from pos_ecef_m (n, 3)."""
    for i in range(pos_ecef_m.shape[0]):
        lat_deg, lon_deg, alt_hae_m = ecef_to_geodetic(pos_ecef_m[i, 0], pos_ecef_m[i, 1], pos_ecef_m[i, 2])
        pos_deg_m[i, 0], pos_deg_m[i, 1], pos_deg_m[i, 2] = lat_deg, lon_deg, alt_hae_m


@kernel
def ecef_to_enu_all(frame: Floats, pos_ecef_m: Floats, pos_enu_m: Floats) -> None:
    """Fill pos_enu_m (n, 3) from pos_ecef_m (n, 3)."""
    for i in range(pos_ecef_m.shape[0]):
        east_m, north_m, up_m = ecef_to_enu(frame, pos_ecef_m[i, 0], pos_ecef_m[i, 1], pos_ecef_m[i, 2])
        pos_enu_m[i, 0], pos_enu_m[i, 1], pos_enu_m[i, 2] = east_m, north_m, up_m


@kernel
def enu_to_ecef_all(frame: Floats, pos_enu_m: Floats, pos_ecef_m: Floats) -> None:
    """Fill pos_ecef_m (n, 3) from pos_enu_m (n, 3)."""
    for i in range(pos_enu_m.shape[0]):
        x_m, y_m, z_m = enu_to_ecef(frame, pos_enu_m[i, 0], pos_enu_m[i, 1], pos_enu_m[i, 2])
        pos_ecef_m[i, 0], pos_ecef_m[i, 1], pos_ecef_m[i, 2] = x_m, y_m, z_m
