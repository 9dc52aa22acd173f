"""Rings round the poles, written in every way, against pyproj's polar plane with shapely in it, and geodesics."""

import itertools
import math
import os
import subprocess
import sys

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts.enacted import Polygon
from skykeep.geo import rings, volumes
from skykeep.rules.outline import compile_outline
from tests.circumstances import PLAIN_OR_GENERIC, apart
from tests.geo import polar_bytes

D = 10**7
GEOD = pyproj.Geod(ellps="WGS84")
HALF, POLE = 180 * D, 90 * D


def e7(*places):
    return [(round(lat * D), round(lon * D)) for lat, lon in places]


def arrays(polygon):
    return polygon.lat_e7, polygon.lon_e7, polygon.starts


def side(polygon, lat, lon):
    return volumes.polygon_side(*arrays(polygon), round(lat * D), round(lon * D))


def distance_m(polygon, lat, lon):
    return volumes.border_distance_m(*arrays(polygon), round(lat * D), round(lon * D))


ROUND = [(75, -180), (74, -90), (76, 0), (75, 90)]
WAYS_TO_WRITE = {
    "left open": [(75, -180), (74, -90), (76, 0), (75, 90)],
    "closed at its first vertex": [(75, -180), (74, -90), (76, 0), (75, 90), (75, -180)],
    "begun elsewhere, the other way": [(76, 0), (74, -90), (75, 180), (75, 90)],
    "closed along the antimeridian": [*ROUND, (75, 180), (90, 180), (90, -180), (75, -180)],
    "with a step at the pole": [*ROUND, (75, 180), (90, 180), (90, 0), (90, -180), (75, -180)],
    "with four steps": [*ROUND, (75, 180), (90, 180), (90, 90), (90, 0), (90, -90), (90, -180), (75, -180)],
    "closed in steps": [*ROUND, (75, 180), (80, 180), (90, 180), (90, -180), (85, -180), (75, -180)],
    "closed along another meridian": [(76, 0), (75, 90), (75, 180), (74, -90), (76, 0), (90, 0), (90, 0), (76, 0)],
    "begun at the pole": [(90, -180), *ROUND, (75, 180), (90, 180)],
    "with longitudes from 0 to 360": [(76, 0), (75, 90), (75, 180), (74, 270), (76, 360), (90, 360), (90, 0)],
}


@pytest.mark.parametrize("words", WAYS_TO_WRITE)
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.capability("Zones may hold the north or south pole, however their ring is closed")
def test_a_zone_round_a_pole_is_the_same_zone_however_it_is_written(words, sign):
    polygon = volumes.compile_polygon([e7(*((sign * lat, lon) for lat, lon in WAYS_TO_WRITE[words]))])
    plain = volumes.compile_polygon([e7(*((sign * lat, lon) for lat, lon in ROUND))])
    assert polygon.polar
    for lat, lon in itertools.product((-90, -80, 0, 73.9, 74.5, 75.5, 76.1, 89.999, 90), range(-180, 181, 15)):
        assert side(polygon, sign * lat, lon) == side(plain, sign * lat, lon), (lat, lon)
        assert distance_m(polygon, sign * lat, lon) == pytest.approx(distance_m(plain, sign * lat, lon), rel=1e-9)
    for lon in (-180, -90, 0, 90, 180, 17.3):
        assert side(polygon, sign * 80, lon) == volumes.INSIDE
        assert side(polygon, sign * 90, lon) == volumes.INSIDE
        assert side(polygon, -sign * 90, lon) == volumes.OUTSIDE
    assert side(polygon, sign * 75, -180) == side(polygon, sign * 75, 180) == volumes.BORDER


def polar_shape(plane_rings, pole):
    """The same polygon in pyproj's polar stereographic plane, each edge in 400 pieces straight in lat/lon."""
    to_plane = pyproj.Transformer.from_crs(4326, 3995 if pole > 0 else 3031, always_xy=True).transform
    done = []
    for ring in plane_rings:
        real = np.array([vertex for vertex in ring if abs(vertex[0]) <= POLE]) / D
        if len(real) == len(ring):
            real = np.vstack([real, real[:1]])
        steps = np.linspace(0, 1, 401)[:-1, None]
        places = np.vstack([a + steps * (b - a) for a, b in itertools.pairwise(real)])
        done.append(np.column_stack(to_plane(places[:, 1], places[:, 0])))
    return shapely.Polygon(done[0], done[1:]), to_plane


def random_way_round(chance, middle, wobble):
    lons = np.sort(chance.uniform(-180, 180, chance.integers(4, 30)))
    lats = np.clip(middle + wobble * chance.uniform(-1, 1, len(lons)), 40, 89.9)
    return list(zip(lats, lons, strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_zones_that_hold_a_pole_against_shapely_in_the_polar_plane(seed):
    """20,000 places in 40 zones, half of them with a hole round the pole; those within 30 m of a border are left out."""
    chance = np.random.default_rng(seed)
    sign = 1 if seed % 2 else -1
    middle = chance.uniform(60, 85)
    written = [random_way_round(chance, middle, chance.uniform(0, 4))]
    if seed % 4 > 1:
        written.append(random_way_round(chance, middle + 6, chance.uniform(0, 1.5)))
    ways = [e7(*((sign * lat, lon) for lat, lon in way)) for way in written]
    if not all(widest_step(way) < HALF for way in ways):
        ways = [e7(*((sign * (60 + 10 * k), lon) for lon in range(-180, 180, 40))) for k in range(len(ways))]
    polygon = volumes.compile_polygon(ways)
    shape, to_plane = polar_shape(rings.plane_rings(ways), sign)
    assert shape.is_valid
    lats = sign * np.minimum(chance.choice([middle, middle + 6, 88], 500) + chance.normal(0, 3, 500), 90)
    lons = chance.uniform(-180, 180, 500)
    xs, ys = to_plane(lons, lats)
    near = shapely.distance(shapely.points(xs, ys), shape.boundary) < 30
    want = shapely.contains_xy(shape, xs, ys)
    got = np.array([side(polygon, lat, lon) == volumes.INSIDE for lat, lon in zip(lats, lons, strict=True)])
    assert np.count_nonzero(~near) > 400
    assert (got == want)[~near].all()
    assert side(polygon, sign * 90, 12) == (volumes.INSIDE if len(ways) == 1 else volumes.OUTSIDE)


def widest_step(way):
    lons = [lon for _, lon in way]
    return max((b - a) % (2 * HALF) for a, b in zip(lons, lons[1:] + lons[:1], strict=True))


def true_distance_m(edges, lat, lon):
    """The nearest of 401 places on each edge by pyproj's geodesics, closed in on twice."""
    a, b = (np.array([edge[k] for edge in edges], float) / D for k in (0, 1))
    low, high = np.zeros(len(edges)), np.ones(len(edges))
    for _ in range(3):
        t = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, 401)
        at = a[:, None] + t[..., None] * (b - a)[:, None]
        away = GEOD.inv(np.full(t.shape, lon), np.full(t.shape, lat), at[..., 1], at[..., 0])[2]
        best = away.argmin(axis=1)
        rows = np.arange(len(edges))
        low, high = t[rows, np.maximum(best - 1, 0)], t[rows, np.minimum(best + 1, 400)]
    return float(away.min())


def polar_zone(chance, kind, sign):
    count = int(chance.integers(3, 12))
    if kind == "round the pole":
        lons = np.sort(chance.uniform(-180, 180, count))
        lats = np.clip(chance.uniform(84, 89.9) + chance.uniform(-3, 3, count), 60, 89.999)
    elif kind == "beside the pole":
        lons = chance.uniform(-90, 90, count)
        lats = chance.uniform(80, 90, count)
    else:
        middle = chance.uniform(85, 89.9)
        lons = chance.uniform(-180, 180) + chance.uniform(-0.3, 0.3, count) / math.cos(math.radians(middle))
        lats = np.clip(middle + chance.uniform(-0.3, 0.3, count), 80, 90)
    return e7(*((sign * lat, (lon + 180) % 360 - 180) for lat, lon in zip(lats, lons, strict=True)))


@pytest.mark.parametrize("kind", ["round the pole", "beside the pole", "small"])
def test_distances_near_a_pole_are_right_to_a_thousandth_within_50_km(kind):
    chance = np.random.default_rng([75, len(kind)])
    seen = 0
    while seen < 400:
        sign = int(chance.choice([-1, 1]))
        try:
            written = polar_zone(chance, kind, sign)
            plane = rings.plane_rings([written])[0]
        except Refused:
            continue
        polygon = volumes.compile_polygon([written])
        real = [vertex for vertex in plane if abs(vertex[0]) <= POLE]
        edges = list(itertools.pairwise(real if polygon.polar else [*real, real[0]]))
        corner = written[chance.integers(len(written))]
        lat = np.clip(abs(corner[0]) / D + chance.normal() * 10 ** chance.uniform(-4, 0), 85.001, 90) * sign
        lon = (corner[1] / D + chance.normal() * 10 ** chance.uniform(-2, 2) + 180) % 360 - 180
        lat, lon = round(lat, 7), round(lon, 7)
        true_m = true_distance_m(edges, lat, lon)
        if true_m <= 50_000:
            seen += 1
            assert distance_m(polygon, lat, lon) == pytest.approx(true_m, rel=2e-4, abs=1e-3), (written, lat, lon)


def test_distance_from_the_pole_itself_to_a_parallel():
    polygon = volumes.compile_polygon([e7(*((89.7, lon) for lon in range(-180, 180, 30)))])
    want = GEOD.inv(0, 90, 0, 89.7)[2]
    assert volumes.polygon_margin_m(*arrays(polygon), POLE, 5) == pytest.approx(want, abs=1e-3)
    assert distance_m(polygon, 89.9, 123.4) == pytest.approx(GEOD.inv(0, 89.9, 0, 89.7)[2], rel=1e-4)


def test_the_drawn_closing_is_no_border():
    polygon = volumes.compile_polygon([e7(*ROUND, (75, 180), (90, 180), (90, -180), (75, -180))])
    assert side(polygon, 85, 180) == side(polygon, 85, -180) == volumes.INSIDE
    assert distance_m(polygon, 85, 180) == pytest.approx(GEOD.inv(180, 85, 180, 75)[2], rel=0.05)


def test_a_pole_that_is_a_corner_is_on_the_border_at_any_longitude():
    wedge = volumes.compile_polygon([e7((80, 0), (80, 30), (90, 30), (90, 0))])
    assert not wedge.polar
    assert {side(wedge, 90, lon) for lon in range(-180, 181, 45)} == {volumes.BORDER}
    assert side(wedge, 89, 15) == volumes.INSIDE
    assert side(wedge, 89, 45) == volumes.OUTSIDE
    assert distance_m(wedge, 89.99, -165) == pytest.approx(GEOD.inv(0, 90, 0, 89.99)[2], abs=1e-3)
    assert wedge.lon_max_e7 - wedge.lon_min_e7 == 2 * HALF


def test_all_but_a_wedge():
    lons = [30, 120, -150, -60, 0]
    polygon = volumes.compile_polygon([e7(*((80, lon) for lon in lons), (90, 0), (90, 30))])
    assert side(polygon, 85, 15) == volumes.OUTSIDE
    assert {side(polygon, 85, lon) for lon in (31, 90, 180, -180, -90, -1)} == {volumes.INSIDE}


BANDS = [
    [(-10, -180), (-10, 180), (20, 180), (20, -180)],
    [(-10, -180), (-10, 0), (-10, 180), (20, 180), (20, 0), (20, -180), (-10, -180)],
    [(-10, 180), (5, 180), (20, 180), (20, 0), (20, -180), (-10, -180), (-10, 0)],
]


@pytest.mark.parametrize("band", BANDS)
def test_a_band_round_the_globe_has_two_borders_and_no_seam(band):
    polygon = volumes.compile_polygon([e7(*band)])
    for lon in (-180, -179.9999999, -90, 0, 1e-7, 77, 180):
        assert side(polygon, 0, lon) == volumes.INSIDE
        assert side(polygon, -10, lon) == side(polygon, 20, lon) == volumes.BORDER
        assert side(polygon, -10.0000001, lon) == side(polygon, 20.0000001, lon) == volumes.OUTSIDE
        assert distance_m(polygon, 19.9, lon) == pytest.approx(GEOD.inv(lon, 19.9, lon, 20)[2], rel=1e-3)
    assert {side(polygon, sign * 90, 0) for sign in (1, -1)} == {volumes.OUTSIDE}


@pytest.mark.parametrize(
    ("box", "pole"),
    [
        ([(-90, -180), (-90, 180), (-60, 180), (-60, -180)], -1),
        ([(-90, -180), (-90, 180), (-60, 180), (-60, 0), (-60, -180)], -1),
        ([(60, -180), (60, 180), (90, 180), (90, -180)], 1),
    ],
)
def test_a_box_right_round_the_globe_at_a_pole(box, pole):
    polygon = volumes.compile_polygon([e7(*box)])
    assert side(polygon, pole * 90, 3) == side(polygon, pole * 75, -180) == volumes.INSIDE
    assert side(polygon, pole * 60, 33) == volumes.BORDER
    assert side(polygon, pole * 59, 33) == side(polygon, -pole * 90, 33) == volumes.OUTSIDE


def test_the_whole_globe_has_no_border():
    polygon = volumes.compile_polygon([e7((-90, -180), (-90, 180), (90, 180), (90, -180))])
    for lat, lon in itertools.product((-90, -89.9, 0, 45, 90), (-180, -1, 180)):
        assert side(polygon, lat, lon) == volumes.INSIDE
        assert distance_m(polygon, lat, lon) == 2.0e7


def test_a_hole_round_the_pole_is_closed_over_the_pole_of_the_outer_ring():
    north_of_60_south = e7((-60, -180), (-60, 0), (-60, 180), (90, 180), (90, 0), (90, -180))
    polygon = volumes.compile_polygon([north_of_60_south, e7(*((-30, lon) for lon in range(-180, 180, 60)))])
    assert side(polygon, -45, 7) == volumes.INSIDE
    assert side(polygon, 0, 7) == side(polygon, -61, 7) == side(polygon, 90, 7) == volumes.OUTSIDE


def test_a_coast_that_goes_back_on_itself_across_its_own_seam():
    coast = e7((-70, 0), (-68, -30), (-65, -40), (-64, -5), (-66, 20), (-70, 90), (-70, 180), (-69, -90))
    polygon = volumes.compile_polygon([coast])
    assert polygon.polar
    assert side(polygon, -68, -10) == volumes.INSIDE
    assert side(polygon, -90, 0) == volumes.INSIDE
    shape, to_plane = polar_shape(rings.plane_rings([coast]), -1)
    places = [(lat, lon) for lat in range(-80, -60) for lon in range(-175, 180, 10)]
    for lat, lon in places:
        here = shapely.Point(to_plane(lon, lat))
        if shape.boundary.distance(here) > 100:
            assert side(polygon, lat, lon) == (volumes.INSIDE if shape.contains(here) else volumes.OUTSIDE), (lat, lon)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ([[(5, 0), (-5, 90), (5, 180), (5, -90)]], "from -5 to 5 degrees of latitude and does not say which pole"),
        ([[(0, 0), (0, 90), (0, 180), (0, -90)]], "close it along that pole"),
        ([[(60, 0), (60, 120), (60, -120), (61, 0), (61, 120), (61, -120)]], "more than once round the globe"),
        ([[(60, 0), (60, 9), (70, 9)], [(65, 0), (65, 90), (65, 180), (65, -90)]], "the outer ring holds no pole"),
        ([[(60, 0), (60, 90), (60, 180), (60, -90)], BANDS[0]], "ring 1 .* is a band round the globe"),
    ],
)
def test_what_does_not_say_its_pole_is_refused_with_the_remedy(written, words):
    with pytest.raises(Refused, match=words):
        volumes.compile_polygon([e7(*ring) for ring in written])


@given(st.lists(st.tuples(st.integers(-POLE, POLE), st.integers(-2 * HALF, 2 * HALF)), min_size=3, max_size=9))
def test_any_ring_is_refused_or_compiled_within_the_room_of_the_kernels(ring):
    try:
        polygon = volumes.compile_polygon([ring])
    except Refused:
        return
    assert abs(polygon.lat_e7).max() <= rings.BEYOND_E7
    assert abs(polygon.lon_e7).max() <= 3 * HALF
    assert side(polygon, 12, 34) in {volumes.OUTSIDE, volumes.BORDER, volumes.INSIDE}
    for lat, lon in ring:
        if abs(lon) <= HALF:
            assert volumes.polygon_side(*arrays(polygon), lat, lon) == volumes.BORDER


def test_outlines_of_zones_know_the_pole():
    outline = compile_outline(Polygon(rings=(tuple(e7(*ROUND, (75, -180))),)))
    assert outline.box_e7 == (74 * D, POLE, -HALF, HALF)
    assert outline.east_min_m <= 0.0
    assert outline.margin_m(POLE, 0) == pytest.approx(GEOD.inv(0, 90, 0, 76)[2], rel=0.01)
    for lon in (-180, -179.99, 90, 179.99, 180):
        lat_e7, lon_e7 = round(75.2 * D), round(lon * D)
        margin_m = outline.margin_m(lat_e7, lon_e7)
        assert 0 < margin_m < 25_000
        assert outline.chance(lat_e7, lon_e7, margin_m, margin_m) == pytest.approx(0.8413, abs=1e-3)


# Committed so that every other machine is compared with this one.
SHA256 = "6c67f5ee89e222d06be610201cc90579ac028d4d0866d86803f9fe8d13b1e031"


def test_the_bytes_round_the_poles_are_the_committed_ones():
    assert polar_bytes.digest() == SHA256


@pytest.mark.parametrize("circumstance", apart(PLAIN_OR_GENERIC))
def test_the_bytes_round_the_poles_are_the_same_in_other_circumstances(circumstance):
    environment = {**os.environ, **PLAIN_OR_GENERIC[circumstance]}
    command = [sys.executable, polar_bytes.__file__]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == [SHA256]
