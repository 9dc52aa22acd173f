"""What sensors see as areas: ranges, sectors, horizons, and the hole that a silent one leaves."""

import math

import pytest
import shapely
from msgspec.structs import replace

from skykeep.geo.geodesic import distance_m
from skykeep.views.livemodels import CoverageNow, SensorNow
from skykeep.web import coverage, operators

FULL_URAD = 6_283_185
ALL = CoverageNow(
    range_min_mm=0, range_max_mm=5_000_000, azimuth_from_urad=0, azimuth_to_urad=FULL_URAD, elevation_min_urad=0,
    elevation_max_urad=1_570_796, floor_mm=None, ceiling_mm=None, horizon_urad=(),
)  # fmt: skip
LAT, LON = -34.89, -56.165


def sensor(name="a", lon=LON, lat=LAT, **said):
    return SensorNow(
        sensor_id=name, lat_e7=round(lat * 1e7), lon_e7=round(lon * 1e7), alt_mm=0, coverage=replace(ALL, **said)
    )


def stands(state, *args, **said):
    return coverage.Stands(sensor(*args, **said), state, 7)


def test_a_sensor_that_looks_all_round_sees_a_circle():
    area = coverage.area(sensor())
    far = [distance_m(LAT, LON, lat, lon) for lon, lat in area.exterior.coords]
    assert min(far) == pytest.approx(5_000, abs=0.1) == max(far)
    assert area.contains(shapely.Point(LON, LAT))


@pytest.mark.requirement("CONSOLE-11")
def test_a_sector_crosses_north_and_leaves_out_what_is_too_near():
    area = coverage.area(sensor(azimuth_from_urad=5_759_587, azimuth_to_urad=6_806_784, range_min_mm=1_000_000))
    assert area.contains(shapely.Point(LON, LAT + 0.03))
    assert not area.contains(shapely.Point(LON, LAT + 0.005))
    assert not area.contains(shapely.Point(LON, LAT - 0.03))
    assert not area.contains(shapely.Point(LON + 0.03, LAT))


def test_a_hill_hides_what_flies_low_behind_it():
    """A flight 100 m above stands 5.7 degrees above the horizon at 1 km: a hill of 5.7 degrees hides what is farther."""
    hill = round(math.atan(0.1) * 1e6)
    cover = replace(ALL, horizon_urad=(hill, 0, 0, 0))
    assert coverage.farthest_m(cover, 0.1, 100.0) == pytest.approx(1_000, rel=0.01)
    assert coverage.farthest_m(cover, 2.0, 100.0) == 5_000


def test_the_curve_of_the_earth_hides_what_is_far_even_over_flat_ground():
    cover = replace(ALL, range_max_mm=400_000_000)
    assert coverage.farthest_m(cover, 0.0, 100.0) == pytest.approx(math.sqrt(2 * 100 * 6_371_000), rel=0.001)
    assert coverage.farthest_m(cover, 0.0, -10.0) == 0.0


def test_what_flies_above_the_highest_elevation_is_too_near():
    cover = replace(ALL, elevation_max_urad=round(math.pi / 4 * 1e6))
    assert coverage.nearest_m(cover, 100.0) == pytest.approx(100.0, rel=0.001)


def test_a_sensor_is_drawn_for_a_height_that_it_covers():
    low = coverage.area(sensor(ceiling_mm=10_000, horizon_urad=(10_000,)))
    far = max(distance_m(LAT, LON, lat, lon) for lon, lat in low.exterior.coords)
    assert far == pytest.approx(1_000, rel=0.01)


@pytest.mark.requirement("CONSOLE-11")
def test_a_hole_is_what_only_the_silent_sensor_sees():
    found = coverage.areas([stands("sees", "a"), stands("silent", "b", LON + 0.05), stands("unknown", "c", LON - 0.1)])
    assert sorted(found.outlines) == ["a", "b", "c"]
    (hole,) = found.holes
    assert (hole.sensor_id, hole.since_ns) == ("b", 7)
    lost = shapely.MultiPolygon([shapely.Polygon(part[0], part[1:]) for part in hole.shape])
    assert lost.contains(shapely.Point(hole.label))
    assert not lost.intersection(coverage.area(sensor("a"))).area > 1e-7
    assert len(found.seen) == 1


def test_no_hole_where_others_see_all_of_it_and_nothing_of_what_is_not_declared():
    found = coverage.areas([stands("sees", "a"), stands("silent", "b", range_max_mm=1_000_000)])
    assert found.holes == []
    assert coverage.area(SensorNow(sensor_id="x")).is_empty
    assert coverage.areas([]).seen == []


def test_an_area_across_the_date_line_stays_in_one_piece():
    area = coverage.area(sensor(lon=179.99))
    west, _, east, _ = area.bounds
    assert east > 180 > west > 179.9


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("-34.8941,-56.153", (-348_941_000, -561_530_000)),
        ("50.1,30.2,120.5", (501_000_000, 302_000_000)),
        ("place:abcd", None),
        ("91,0", None),
        ("nan,0", None),
        ("1e999,0", None),
        ("12", None),
        ("", None),
    ],
)
def test_a_place_is_read_or_is_none(value, place):
    assert operators.place_of(value) == place
