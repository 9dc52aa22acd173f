"""geo.geodesic against geographiclib, at every latitude and across the antimeridian."""

import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from skykeep.geo import geodesic

WGS84 = Geodesic.WGS84


def test_kyiv_to_moscow():
    assert geodesic.distance_m(50.4501, 30.5234, 55.7520, 37.6175) == pytest.approx(756_800, abs=50)
    assert geodesic.bearing_deg(50.4501, 30.5234, 55.7520, 37.6175) == pytest.approx(36.0, abs=0.05)


def pairs(lo_m, hi_m, count=1500):
    """Point, point, true distance, true azimuth; poles, the equator and the antimeridian are well represented."""
    chance = np.random.default_rng(20220224)
    special = [0.0, 90.0, -90.0, 89.9, -89.9]
    for _ in range(count):
        lat = float(chance.choice([*special, *chance.uniform(-90, 90, 5), *chance.uniform(-89.9, 89.9, 5)]))
        lon = float(chance.choice([180.0, -179.999, *chance.uniform(-180, 180, 4)]))
        end = WGS84.Direct(lat, lon, chance.uniform(0, 360), chance.uniform(lo_m, hi_m))
        true = WGS84.Inverse(lat, lon, end["lat2"], end["lon2"])
        yield (lat, lon, end["lat2"], end["lon2"]), true["s12"], true["azi1"]


@pytest.mark.parametrize(
    ("lo_m", "hi_m", "error_m"),
    [
        (0.001, 1_000, 5e-9),
        (1_000, 100_000, 1e-6),
        (99_900, 100_100, 1e-6),
        (100_000, 1_000_000, 2e-5),
        (1_000_000, 19_000_000, 2e-4),
    ],
)
def test_distance(lo_m, hi_m, error_m):
    for points, true_m, _ in pairs(lo_m, hi_m):
        assert geodesic.distance_m(*points) == pytest.approx(true_m, abs=error_m, rel=0), points


@pytest.mark.parametrize(
    ("lo_m", "hi_m", "error_m"), [(0.001, 1_000, 1e-7), (1_000, 100_000, 0.02), (1e5, 1.9e7, 0.01)]
)
def test_bearing(lo_m, hi_m, error_m):
    """The error is stated as what it amounts to at the other point."""
    for points, true_m, true_deg in pairs(lo_m, hi_m):
        own_deg = geodesic.bearing_deg(*points)
        assert 0 <= own_deg < 360
        off = math.radians((own_deg - true_deg + 180) % 360 - 180)
        assert abs(off) * true_m < error_m, points


def test_nearly_antipodal_is_right_or_unanswered():
    unanswered = 0
    for points, true_m, _ in pairs(19_000_000, 20_003_900):
        own_m = geodesic.distance_m(*points)
        unanswered += math.isnan(own_m)
        assert math.isnan(own_m) or own_m == pytest.approx(true_m, abs=2e-4, rel=0), points
        assert true_m > 19_900_000 or not math.isnan(own_m)
    assert unanswered < 300
    assert math.isnan(geodesic.distance_m(0.0, 0.0, 0.0, 180.0))


def test_edges():
    assert geodesic.distance_m(60.0, 25.0, 60.0, 25.0) == 0.0
    assert geodesic.bearing_deg(60.0, 25.0, 60.0, 25.0) == 0.0
    assert geodesic.distance_m(90.0, 0.0, 90.0, 77.0) < 1e-8
    assert geodesic.distance_m(10.0, 180.0, 10.0, -180.0) == 0.0
    assert math.isnan(geodesic.distance_m(math.nan, 0.0, 0.0, 0.0))
    assert math.isnan(geodesic.bearing_deg(0.0, 0.0, math.nan, 0.0))


def starts(count=3000):
    """Point, azimuth, distance up to 20,000 km; poles, right angles and the antimeridian are well represented."""
    chance = np.random.default_rng(19750401)
    for _ in range(count):
        lat = float(chance.choice([0.0, 90.0, -90.0, 89.999, *chance.uniform(-90, 90, 6)]))
        lon = float(chance.choice([180.0, -179.999, *chance.uniform(-180, 180, 4)]))
        azimuth = float(chance.choice([0.0, 90.0, 180.0, 270.0, *chance.uniform(0, 360, 8)]))
        yield lat, lon, azimuth, float(10 ** chance.uniform(-3, 7.301))


def test_destination_is_that_of_an_independent_library():
    for lat, lon, azimuth, length_m in starts():
        true = WGS84.Direct(lat, lon, azimuth, length_m)
        own_lat, own_lon = geodesic.destination_deg(lat, lon, azimuth, length_m)
        assert -180 <= own_lon <= 180
        assert WGS84.Inverse(own_lat, own_lon, true["lat2"], true["lon2"])["s12"] < 2e-4, (lat, lon, azimuth, length_m)


def test_a_course_leads_to_its_second_point():
    for points, true_m, _ in [*pairs(0.02, 100_000, 700), *pairs(100_000, 19_000_000, 700)]:
        length_m, azimuth = geodesic.course(*points)
        end = geodesic.destination_deg(points[0], points[1], azimuth, length_m)
        assert length_m == pytest.approx(true_m, abs=2e-4, rel=0)
        assert WGS84.Inverse(*end, points[2], points[3])["s12"] < 5e-4, points


def test_edges_of_destination_and_course():
    assert geodesic.destination_deg(60.0, 25.0, 77.0, 0.0) == pytest.approx((60.0, 25.0), abs=1e-13)
    assert geodesic.course(60.0, 25.0, 60.0, 25.0) == (0.0, 0.0)
    for wrong in ((91.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, -1.0), (0.0, 0.0, 0.0, 3e7), (0.0, 0.0, math.nan, 1.0)):
        assert all(math.isnan(one) for one in geodesic.destination_deg(*wrong)), wrong
    assert math.isnan(geodesic.course(0.0, 0.0, 0.0, 180.0)[0])
