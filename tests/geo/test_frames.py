"""geo.frames: there and back, known places, lengths of a degree."""

import math

import mpmath
import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from skykeep.geo import frames

LATS = st.floats(-90, 90)
LONS = st.floats(-180, 180)


def reference_ecef(lat_deg, lon_deg, alt_hae_m):
    with mpmath.workprec(200):
        f = 1 / mpmath.mpf("298.257223563")
        e2 = f * (2 - f)
        lat, lon = (mpmath.mpf(value) * mpmath.pi / 180 for value in (lat_deg, lon_deg))
        n = 6378137 / mpmath.sqrt(1 - e2 * mpmath.sin(lat) ** 2)
        axis = (n + mpmath.mpf(alt_hae_m)) * mpmath.cos(lat)
        z = (n * (1 - e2) + mpmath.mpf(alt_hae_m)) * mpmath.sin(lat)
        return [axis * mpmath.cos(lon), axis * mpmath.sin(lon), z]


@given(LATS, LONS, st.floats(-500, 60_000))
def test_geodetic_to_ecef_against_mpmath(lat_deg, lon_deg, alt_hae_m):
    own = frames.geodetic_to_ecef(lat_deg, lon_deg, alt_hae_m)
    want = reference_ecef(lat_deg, lon_deg, alt_hae_m)
    assert max(float(abs(a - b)) for a, b in zip(own, want, strict=True)) < 3e-9


def test_the_axes():
    assert frames.geodetic_to_ecef(0.0, 0.0, 0.0) == (6378137.0, 0.0, 0.0)
    assert frames.geodetic_to_ecef(0.0, 90.0, 0.0) == (0.0, 6378137.0, 0.0)
    x_m, y_m, z_m = frames.geodetic_to_ecef(90.0, 12.0, 0.0)
    assert (x_m, y_m) == (0.0, 0.0)
    assert z_m == pytest.approx(6356752.314245179, abs=1e-9)


@given(LATS, LONS, st.floats(-10_000, 1_000_000))
def test_there_and_back_within_five_nanometres(lat_deg, lon_deg, alt_hae_m):
    there = frames.geodetic_to_ecef(lat_deg, lon_deg, alt_hae_m)
    lat2_deg, lon2_deg, alt2_hae_m = frames.ecef_to_geodetic(*there)
    assert abs(alt2_hae_m - alt_hae_m) < 6e-9
    assert math.dist(frames.geodetic_to_ecef(lat2_deg, lon2_deg, alt2_hae_m), there) < 6e-9
    assert -90 <= lat2_deg <= 90
    assert -180 <= lon2_deg <= 180


def test_the_centre_of_the_earth_has_no_latitude():
    for x_m in (0.0, 999_999.0, math.nan, math.inf, 1e13):
        assert all(math.isnan(value) for value in frames.ecef_to_geodetic(x_m, 0.0, 0.0))


@given(LATS, LONS, LATS, LONS, st.floats(-500, 60_000))
def test_enu_there_and_back(lat_deg, lon_deg, lat0_deg, lon0_deg, alt_hae_m):
    frame = frames.enu_frame(lat0_deg, lon0_deg, 100.0)
    enu = frames.geodetic_to_enu(frame, lat_deg, lon_deg, alt_hae_m)
    there = frames.geodetic_to_ecef(lat_deg, lon_deg, alt_hae_m)
    assert math.dist(frames.enu_to_ecef(frame, *enu), there) < 2e-8
    back = frames.enu_to_geodetic(frame, *enu)
    assert math.dist(frames.geodetic_to_ecef(*back), there) < 3e-8


def test_enu_axes_point_where_they_are_named_for():
    frame = frames.enu_frame(60.0, 25.0, 0.0)
    assert frames.geodetic_to_enu(frame, 60.0, 25.0, 7.0) == pytest.approx((0, 0, 7), abs=1e-8)
    east = frames.geodetic_to_enu(frame, 60.0, 25.001, 0.0)
    north = frames.geodetic_to_enu(frame, 60.001, 25.0, 0.0)
    assert east[0] == pytest.approx(55.8, abs=0.01)
    assert abs(east[1]) < 0.001
    assert north[1] == pytest.approx(111.41, abs=0.01)
    assert abs(north[0]) < 1e-8


@given(st.floats(-89.9, 89.9))
def test_metres_per_e7_against_geographiclib(lat_deg):
    north_m, east_m = frames.metres_per_e7(lat_deg)
    along = Geodesic.WGS84.Inverse(lat_deg - 0.0005, 10, lat_deg + 0.0005, 10)["s12"]
    across = Geodesic.WGS84.Inverse(lat_deg, 10, lat_deg, 10.0001)["s12"]
    assert north_m * 1e4 == pytest.approx(along, rel=1e-9)
    assert east_m * 1e3 == pytest.approx(across, rel=1e-9)


def test_whole_arrays_are_the_same_loop():
    degrees = np.array([[50.4501, 30.5234, 120.0], [-89.99, 180.0, -400.0], [0.0, -180.0, 60_000.0]])
    frame = frames.enu_frame(50.0, 30.0, 0.0)
    ecef, back, enu, again = (np.empty((3, 3)) for _ in range(4))
    frames.geodetic_to_ecef_all(degrees, ecef)
    frames.ecef_to_geodetic_all(ecef, back)
    frames.ecef_to_enu_all(frame, ecef, enu)
    frames.enu_to_ecef_all(frame, enu, again)
    for row in range(3):
        assert tuple(ecef[row]) == frames.geodetic_to_ecef(*degrees[row])
        assert tuple(back[row]) == frames.ecef_to_geodetic(*ecef[row])
        assert tuple(enu[row]) == frames.ecef_to_enu(frame, *ecef[row])
        assert tuple(again[row]) == frames.enu_to_ecef(frame, *enu[row])
