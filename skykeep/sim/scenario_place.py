"""Where the reference scenario's city lies on the globe: its metres to latitude, longitude, height and back."""

from __future__ import annotations

import numpy as np

from skykeep.geo.frames import (
    ecef_to_enu_all,
    ecef_to_geodetic_all,
    enu_frame,
    enu_to_ecef,
    enu_to_ecef_all,
    geodetic_to_ecef_all,
)
from skykeep.sim.scenario_truth import AREA_M, Floats

MIDDLE_LAT_DEG, MIDDLE_LON_DEG = 50.45, 30.52
GROUND_HAE_M = 120.0  # of the middle; elsewhere the city is as level as its tangent plane
MIDDLE_M = np.array([AREA_M / 2, AREA_M / 2, 0.0])
FRAME = enu_frame(MIDDLE_LAT_DEG, MIDDLE_LON_DEG, GROUND_HAE_M)


def city_to_ecef(pos_enu_m: Floats) -> Floats:
    """Return the earth-centred metres (n, 3) of places in the city (n, 3)."""
    ecef = np.empty((len(pos_enu_m), 3))
    enu_to_ecef_all(FRAME, pos_enu_m - MIDDLE_M, ecef)
    return ecef


def city_to_geodetic(pos_enu_m: Floats) -> Floats:
    """Return lat_deg, lon_deg, alt_hae_m (n, 3) of places in the city (n, 3)."""
    found = city_to_ecef(pos_enu_m)
    ecef_to_geodetic_all(found, found)
    return found


def geodetic_to_city(pos_deg_m: Floats) -> Floats:
    """Return the places in the city (n, 3), metres, of lat_deg, lon_deg, alt_hae_m (n, 3)."""
    found = np.empty((len(pos_deg_m), 3))
    geodetic_to_ecef_all(np.ascontiguousarray(pos_deg_m, np.float64), found)
    ecef_to_enu_all(FRAME, found, found)
    return np.asarray(found + MIDDLE_M)


def ecef_to_city(pos_ecef_m: Floats, vel_ecef_mps: Floats) -> tuple[Floats, Floats]:
    """Return places in the city and velocities along its axes, (n, 3) each, of earth-centred ones."""
    found = np.empty((len(pos_ecef_m), 3))
    ecef_to_enu_all(FRAME, np.ascontiguousarray(pos_ecef_m), found)
    return np.asarray(found + MIDDLE_M), np.asarray(vel_ecef_mps @ FRAME[1:].T)


def site_frame(site_enu_m: tuple[float, float, float]) -> Floats:
    """Return the frame, as `enu_frame` makes it, of a sensor that stands in the city."""
    lat_deg, lon_deg, alt_hae_m = city_to_geodetic(np.array([site_enu_m]))[0]
    return enu_frame(float(lat_deg), float(lon_deg), float(alt_hae_m))


def city_axes_to(frame: Floats) -> Floats:
    """Return the rotation (3, 3) that turns a column vector along the city's axes into those of another frame."""
    origin = np.array(enu_to_ecef(FRAME, 0.0, 0.0, 0.0))
    columns = [np.array(enu_to_ecef(FRAME, *unit)) - origin for unit in np.eye(3)]
    return np.asarray(frame[1:] @ np.array(columns).T)


def turned(azimuth_rad: Floats, elevation_rad: Floats, rotation: Floats) -> tuple[Floats, Floats]:
    """Return azimuths (0 to a full turn) and elevations of directions, by the axes that `rotation` leads to."""
    level = np.cos(elevation_rad)
    unit = np.stack([level * np.sin(azimuth_rad), level * np.cos(azimuth_rad), np.sin(elevation_rad)])
    east, north, up = rotation @ unit
    return np.arctan2(east, north) % (2 * np.pi), np.arctan2(up, np.hypot(east, north))
