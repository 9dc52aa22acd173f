"""geo.volumes against shapely, big integers, geographiclib and a real country's zones."""

import json
import math

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import assume, given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.geo import frames, volumes

TURN = 3_600_000_000
SQUARE = [(0, 0), (0, 100), (100, 100), (100, 0)]
HOLE = [(40, 40), (60, 40), (60, 60), (40, 60)]


def arrays(polygon):
    return polygon.lat_e7, polygon.lon_e7, polygon.starts


def side(polygon, lat_e7, lon_e7):
    return volumes.polygon_side(*arrays(polygon), lat_e7, lon_e7)


def side_in_big_integers(ring, lat, lon):
    """The textbook: Python's integers never overflow, so here the products are subtracted."""
    inside = False
    for (lat_a, lon_a), (lat_b, lon_b) in zip(ring[-1:] + ring[:-1], ring, strict=True):
        cross = (lon_b - lon_a) * (lat - lat_a) - (lon - lon_a) * (lat_b - lat_a)
        within = min(lat_a, lat_b) <= lat <= max(lat_a, lat_b) and min(lon_a, lon_b) <= lon <= max(lon_a, lon_b)
        if cross == 0 and within:
            return volumes.BORDER
        if (lat_a > lat) != (lat_b > lat):
            inside ^= (cross > 0) == (lat_b > lat_a)
    return volumes.INSIDE if inside else volumes.OUTSIDE


def random_ring(chance, count, lat_e7, lon_e7, size_e7):
    angles = np.sort(chance.uniform(0, 2 * np.pi, count))
    radii = chance.uniform(0.2, 1, count) * size_e7
    return [
        (int(lat_e7 + r * math.sin(a)), int(lon_e7 + 1.5 * r * math.cos(a))) for a, r in zip(angles, radii, strict=True)
    ]


def test_random_polygons_against_shapely():
    chance = np.random.default_rng(7)
    for _ in range(150):
        size = 10 ** chance.uniform(1, 7.9)
        where = chance.uniform(-8e8, 8e8), chance.uniform(-1.6e9, 1.6e9)
        rings = [random_ring(chance, int(chance.integers(3, 60)), *where, size)]
        rings += [random_ring(chance, 8, *where, size * 0.1)] if size > 1000 else []
        polygon = volumes.compile_polygon(rings)
        lats = chance.integers(polygon.lat_min_e7 - 9, polygon.lat_max_e7 + 10, 200)
        lons = chance.integers(polygon.lon_min_e7 - 9, polygon.lon_max_e7 + 10, 200)
        flipped = [[(lon, lat) for lat, lon in ring] for ring in rings]
        outer, holes = shapely.Polygon(flipped[0]), [shapely.Polygon(ring) for ring in flipped[1:]]
        want = shapely.intersects_xy(outer, lons.astype(float), lats.astype(float))
        for hole in holes:
            want &= ~shapely.contains_xy(hole, lons.astype(float), lats.astype(float))
        got = [side(polygon, lat, lon) != volumes.OUTSIDE for lat, lon in zip(lats, lons, strict=True)]
        assert got == want.tolist(), rings


VERTICES = st.tuples(st.integers(-50, 50), st.integers(-50, 50))


@st.composite
def rings(draw):
    ring = draw(st.lists(VERTICES, min_size=3, max_size=9))
    assume(len(set(ring)) >= 3)
    return [(2 * lat, 2 * lon) for lat, lon in ring]


@given(rings())
def test_vertices_and_middles_of_edges_are_inside(ring):
    polygon = volumes.compile_polygon([ring])
    for (lat_a, lon_a), (lat_b, lon_b) in zip(ring[-1:] + ring[:-1], ring, strict=True):
        assert side(polygon, lat_b, lon_b) == volumes.BORDER
        assert side(polygon, (lat_a + lat_b) // 2, (lon_a + lon_b) // 2) == volumes.BORDER


@given(rings(), VERTICES, st.integers(0, 8), st.booleans())
def test_neither_start_nor_direction_matter(ring, point, start, backwards):
    start %= len(ring)
    turned = (ring[start:] + ring[:start])[:: -1 if backwards else 1]
    expected = side_in_big_integers(ring, *point)
    assert side(volumes.compile_polygon([ring]), *point) == expected
    assert side(volumes.compile_polygon([turned]), *point) == expected
    assert side(volumes.compile_polygon([[*ring, ring[0]]]), *point) == expected


def wrapped(lon_e7):
    return (lon_e7 + TURN // 2) % TURN - TURN // 2


@given(rings(), VERTICES, st.sampled_from([-TURN // 2, TURN // 2, TURN // 2 + 30, TURN, 12345]))
def test_the_antimeridian_is_a_line_like_any_other(ring, point, shift):
    lat_e7, lon_e7 = point
    expected = side_in_big_integers(ring, lat_e7, lon_e7)
    written = [(lat, wrapped(lon + shift)) for lat, lon in ring]
    polygon = volumes.compile_polygon([written])
    assert side(polygon, lat_e7, wrapped(lon_e7 + shift)) == expected
    if wrapped(lon_e7 + shift) == -TURN // 2:
        assert side(polygon, lat_e7, TURN // 2) == expected
    margin = volumes.polygon_margin_m(*arrays(polygon), lat_e7, wrapped(lon_e7 + shift))
    assert margin == volumes.polygon_margin_m(*arrays(volumes.compile_polygon([ring])), lat_e7, lon_e7)
    assert np.sign(margin) == expected


@given(
    st.integers(-900_000_000, -890_000_000),
    st.integers(890_000_000, 900_000_000),
    st.integers(-1_800_000_000, -1_790_000_000),
    st.integers(1_790_000_000, 1_800_000_000),
    st.floats(0, 1),
    st.integers(-2, 2),
)
def test_no_product_leaves_int64(south, north, west, east, part, off):
    """An edge across 359 by 179 degrees, whose products come near the end of int64, and points on and beside it."""
    ring = [(south, west), (north, east), (south, east)]
    lats, lons = (np.array([vertex[axis] for vertex in ring], np.int64) for axis in (0, 1))
    lat = south + round((north - south) * part)
    lon = west + round((east - west) * part) + off
    for point in ((lat, lon), (lat, west), (lat, east), (-lat, lon), (north, west), (0, 0)):
        expected = side_in_big_integers(ring, *point)
        assert volumes.ring_side(lats, lons, 0, 3, *point) == expected


def test_a_border_point_is_inside_on_a_hole_too():
    polygon = volumes.compile_polygon([SQUARE, HOLE])
    assert side(polygon, 50, 50) == volumes.OUTSIDE
    assert side(polygon, 40, 50) == volumes.BORDER
    assert side(polygon, 60, 60) == volumes.BORDER
    assert side(polygon, 39, 50) == volumes.INSIDE
    assert side(polygon, 0, 50) == volumes.BORDER
    assert side(polygon, -1, 50) == volumes.OUTSIDE
    assert volumes.polygon_contains(*arrays(polygon), 40, 50)
    assert not volumes.polygon_contains(*arrays(polygon), 50, 50)
    assert volumes.ring_contains(polygon.lat_e7[:4], polygon.lon_e7[:4], 50, 50)
    assert volumes.polygon_margin_m(*arrays(polygon), 40, 50) == 0.0


def test_a_hole_written_on_the_other_side_of_the_antimeridian():
    east = [(lat * 10**6, TURN // 2 - 50 * 10**6 + lon * 10**6) for lat, lon in SQUARE]
    hole = [(lat * 10**6, TURN // 2 - 50 * 10**6 + lon * 10**6) for lat, lon in HOLE]
    polygon = volumes.compile_polygon([east, [(lat, lon - TURN) for lat, lon in hole]])
    assert side(polygon, 50 * 10**6, TURN // 2) == volumes.OUTSIDE
    assert side(polygon, 50 * 10**6, -TURN // 2) == volumes.OUTSIDE
    assert side(polygon, 50 * 10**6, -TURN // 2 + 30 * 10**6) == volumes.INSIDE


def test_a_band_all_the_way_round():
    lons = range(-1_800_000_000, 1_800_000_001, 900_000_000)
    band = [(-10, lon) for lon in lons] + [(10, lon) for lon in reversed(lons)]
    polygon = volumes.compile_polygon([band])
    assert polygon.lon_max_e7 - polygon.lon_min_e7 == TURN
    assert side(polygon, 0, 123) == volumes.INSIDE
    assert side(polygon, 11, 123) == volumes.OUTSIDE


def test_compiling_cleans_and_boxes():
    polygon = volumes.compile_polygon([[(0, 0), (0, 0), (0, 5), (5, 5), (5, 5), (0, 0)]])
    assert polygon.lat_e7.tolist() == [0, 0, 5]
    assert polygon.starts.tolist() == [0, 3]
    assert (polygon.lat_min_e7, polygon.lat_max_e7, polygon.lon_min_e7, polygon.lon_max_e7) == (0, 5, 0, 5)
    crossing = volumes.compile_polygon([[(0, 1_799_999_999), (0, -1_799_999_999), (5, -1_799_999_999)]])
    assert crossing.lon_e7.tolist() == [1_799_999_999, 1_800_000_001, 1_800_000_001]


@pytest.mark.parametrize(
    ("rings", "words"),
    [
        ([], "without a ring"),
        ([[]], "0 different vertices"),
        ([[(0, 0), (0, 1), (0, 0)]], "2 different vertices"),
        ([SQUARE, [(1, 1), (1, 1), (2, 2)]], "ring 1"),
        ([[(900_000_001, 0), (0, 1), (1, 1)]], "vertex 0"),
        ([[(0, 0), (0, TURN + 1), (1, 1)]], "vertex 1"),
        ([[(lat, lon) for lat in (1, 2) for lon in (0, 1_200_000_000, -1_200_000_000)]], "more than once round"),
    ],
)
def test_refused_with_the_place_and_the_remedy(rings, words):
    with pytest.raises(Refused, match=words):
        volumes.compile_polygon(rings)


def true_distance_m(ring, lat_e7, lon_e7):
    """Sample each edge with geographiclib, then close in on the nearest part of it by golden section."""

    def away(edge, t):
        (lat_a, lon_a), (lat_b, lon_b) = edge
        foot = (lat_a + t * (lat_b - lat_a)) / 1e7, (lon_a + t * (lon_b - lon_a)) / 1e7
        return Geodesic.WGS84.Inverse(lat_e7 / 1e7, lon_e7 / 1e7, *foot, Geodesic.DISTANCE)["s12"]

    best = math.inf
    for edge in zip(ring[-1:] + ring[:-1], ring, strict=True):
        samples = [away(edge, k / 8) for k in range(9)]
        k = samples.index(min(samples))
        lo, hi = max(0, k - 1) / 8, min(8, k + 1) / 8
        for _ in range(25):
            a, b = lo + 0.382 * (hi - lo), lo + 0.618 * (hi - lo)
            lo, hi = (lo, b) if away(edge, a) < away(edge, b) else (a, hi)
        best = min(best, samples[0], samples[-1], away(edge, (lo + hi) / 2))
    return best


@pytest.mark.parametrize(
    ("lat_deg", "error"), [(0, 1e-5), (45, 1e-4), (-60, 1e-4), (70, 1e-4), (84.5, 1e-4), (88, 1e-3)]
)
def test_border_distance_within_50_km(lat_deg, error):
    chance = np.random.default_rng(11)
    widening = 1 / math.cos(math.radians(lat_deg))
    seen = 0
    while seen < 12:
        size = 10 ** chance.uniform(4, 6.5)
        ring = random_ring(chance, 5, lat_deg * 1e7, 0, size)
        ring = [(lat, TURN // 2 + int(lon * widening)) for lat, lon in ring]
        polygon = volumes.compile_polygon([ring])
        lat_e7 = int(lat_deg * 1e7 + chance.uniform(-1, 1) * size)
        lon_e7 = wrapped(TURN // 2 + int(chance.uniform(-1, 1) * size * widening))
        true_m = true_distance_m(ring, lat_e7, lon_e7)
        if true_m > 50_000:
            continue
        seen += 1
        own_m = volumes.border_distance_m(*arrays(polygon), lat_e7, lon_e7)
        assert own_m == pytest.approx(true_m, rel=error, abs=1e-6), (ring, lat_e7, lon_e7)


def test_margins_have_a_sign_and_see_holes():
    polygon = volumes.compile_polygon([[(lat * 1000, lon * 1000) for lat, lon in ring] for ring in (SQUARE, HOLE)])
    north_m, east_m = frames.metres_per_e7(0.005)
    assert volumes.polygon_margin_m(*arrays(polygon), 50_000, 5_000) == pytest.approx(5_000 * east_m)
    assert volumes.polygon_margin_m(*arrays(polygon), 38_000, 50_000) == pytest.approx(2_000 * north_m, rel=1e-6)
    assert volumes.polygon_margin_m(*arrays(polygon), 45_000, 50_000) == pytest.approx(-5_000 * north_m, rel=1e-6)
    assert volumes.polygon_margin_m(*arrays(polygon), -7_000, 50_000) == pytest.approx(-7_000 * north_m, rel=1e-6)


def test_circles_are_kept_as_circles():
    away_m = Geodesic.WGS84.Inverse(60.2, 24.9, 60.25, 25.0)["s12"]
    margin_m = volumes.circle_margin_m(602_000_000, 249_000_000, 8_000.0, 602_500_000, 250_000_000)
    assert margin_m == pytest.approx(8_000 - away_m, abs=1e-6)
    assert volumes.circle_margin_m(0, TURN // 2, 10.0, 0, -TURN // 2) == 10.0


def test_a_thousand_points_in_the_zones_of_finland(shared):
    """Data: Traficom, CC BY 4.0; what contains each point was computed with shapely by others."""
    folder = shared / "data" / "zones"
    zones = json.loads((folder / "fi_ed269_reshaped.json").read_text(encoding="utf-8"))["features"]
    points = json.loads((folder / "fi_points_expected.json").read_text(encoding="utf-8"))["points"]
    outlines = []
    for zone in zones:
        for geometry in zone["geometry"]:
            rings = geometry["horizontalProjection"]["coordinates"]
            e7 = [[(round(lat * 1e7), round(lon * 1e7)) for lon, lat, *_ in ring] for ring in rings]
            outlines.append((zone["identifier"], volumes.compile_polygon(e7)))
    assert len(outlines) == 723
    assert len(points) == 1000
    for point in points:
        place = round(point["lat"] * 1e7), round(point["lon"] * 1e7)
        inside = {name for name, polygon in outlines if side(polygon, *place) != volumes.OUTSIDE}
        assert inside == set(point["inside"]), point
