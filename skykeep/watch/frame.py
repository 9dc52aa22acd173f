"""Between geodetic places and metres east, north and up of the watch's origin."""

from __future__ import annotations

import functools

import numpy as np

from skykeep.geo.frames import Floats, ecef_to_enu_all, enu_frame, geodetic_to_ecef_all


@functools.lru_cache(maxsize=8)
def about(origin_e7: tuple[int, int]) -> Floats:
    """Return the ENU frame (4, 3) about an origin on the ellipsoid, lat and lon in 1e-7 degree."""
    return enu_frame(origin_e7[0] / 1e7, origin_e7[1] / 1e7, 0.0)


def to_enu(geodetic: Floats, origin_e7: tuple[int, int]) -> Floats:
    """Return (n, 3) metres east, north, up of (n, 3) lat_deg, lon_deg, alt_hae_m."""
    ecef, enu = np.empty_like(geodetic), np.empty_like(geodetic)
    geodetic_to_ecef_all(geodetic, ecef)
    ecef_to_enu_all(about(origin_e7), ecef, enu)
    return enu
