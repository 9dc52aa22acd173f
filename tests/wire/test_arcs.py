"""Arcs and geodesic lines stay within a centimetre of the true curve, which geographiclib draws."""

import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import assume, example, given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.wire import arcs

WGS84 = Geodesic.WGS84
CENTIMETRE = 0.01


def degrees(vertex):
    return vertex[0] / 1e7, vertex[1] / 1e7


def e7(lat, lon):
    return round(lat * 1e7), round(lon * 1e7)


def off_m(point, a, b):
    """How far a (lat, lon) lies from the edge a-b, which is straight in lat/lon; both in degrees."""
    scale = math.cos(math.radians(point[0]))
    ax, ay, bx, by = (
        ((lon - point[1] + 180) % 360 - 180) * scale if n % 2 == 0 else lat - point[0]
        for n, (lat, lon) in enumerate((a, a, b, b))
    )
    dx, dy = bx - ax, by - ay
    t = min(1.0, max(0.0, -(ax * dx + ay * dy) / (dx * dx + dy * dy)))
    return WGS84.Inverse(*point, point[0] + ay + t * dy, point[1] + (ax + t * dx) / scale)["s12"]


def worst_m(vertices, true, samples=400):
    """The worst distance of `true(t)`, t from 0 to 1, from the vertices; each sample looks near its own share."""
    worst, last = 0.0, len(vertices) - 1
    for t in np.random.default_rng(7).uniform(0, 1, samples):
        near = range(max(0, int(t * last) - 2), min(last, int(t * last) + 3))
        point = true(float(t))
        worst = max(worst, min(off_m(point, degrees(vertices[n]), degrees(vertices[n + 1])) for n in near))
    return worst


def circle(centre, azimuth, turn, radius_m, reach_m=0.0):
    def true(t):
        end = WGS84.Direct(*degrees(centre), azimuth + t * turn, radius_m + t * reach_m)
        return end["lat2"], end["lon2"]

    return true


@pytest.mark.parametrize("lat", [0.0, 0.3, -33.0, 47.0, 60.2, 78.0, -85.0])
@pytest.mark.parametrize("radius_m", [3.0, 250.0, 5_000.0, 37_040.0, 400_000.0])
def test_an_arc_stays_within_a_centimetre(lat, radius_m):
    centre = e7(lat, 179.98)
    vertices = arcs.arc(centre, radius_m, 350.0, 200.0, clockwise=True)
    assert worst_m(vertices, circle(centre, 350.0, 210.0, radius_m)) < CENTIMETRE
    back = arcs.arc(centre, radius_m, 200.0, 350.0, clockwise=False)
    assert len(back) == len(vertices)
    assert (
        max(abs(a - b) for one, two in zip(back[::-1], vertices, strict=True) for a, b in zip(one, two, strict=True))
        <= 1
    )


def test_the_measure_of_these_tests_can_fail():
    centre = e7(47.0, 8.0)
    vertices = arcs.arc(centre, 5_000.0, 0.0, 90.0, clockwise=True)
    assert worst_m(vertices, circle(centre, 0.0, 90.0, 5_000.015)) > CENTIMETRE
    assert worst_m(vertices[::3], circle(centre, 0.0, 90.0, 5_000.0)) > CENTIMETRE


def test_direction_and_whole_circles():
    centre = e7(47.0, 8.0)
    quarter = arcs.arc(centre, 1_000.0, 0.0, 90.0, clockwise=True)
    rest = arcs.arc(centre, 1_000.0, 0.0, 90.0, clockwise=False)
    assert (quarter[0], quarter[-1]) == (rest[0], rest[-1])
    assert all(lat >= centre[0] - 50 and lon >= centre[1] for lat, lon in quarter)
    assert min(lat for lat, _ in rest) < centre[0] - 80_000
    for start, end in ((0.0, 360.0), (90.0, 90.0), (-90.0, 270.0)):
        whole = arcs.arc(centre, 1_000.0, start, end, clockwise=True)
        assert whole[0] == whole[-1]
        assert len(set(whole)) == len(whole) - 1 == pytest.approx(4 * len(quarter), rel=0.01)


@given(
    st.integers(-800_000_000, 800_000_000), st.integers(-1_800_000_000, 1_800_000_000),
    st.floats(10, 100_000), st.floats(0, 360), st.floats(1, 359), st.floats(-0.05, 0.05), st.booleans(),
)  # fmt: skip
@example(0, 0, 92_007.5, 12.0, 1.0, 0.03125, False)  # by the azimuths of normal sections it lay 5 mm aside
def test_an_arc_between_two_points_keeps_them_and_their_radii(lat, lon, radius_m, azimuth, turn, uneven, clockwise):
    centre, sign = (lat, lon), 1 if clockwise else -1
    ends = [
        WGS84.Direct(*degrees(centre), azimuth + add, radius_m * by)
        for add, by in ((0, 1 + uneven), (sign * turn, 1 - uneven))
    ]
    a, b = (e7(one["lat2"], one["lon2"]) for one in ends)
    assume(a != b)
    doubts = []
    vertices = arcs.arc_between(centre, a, b, clockwise=clockwise, doubts=doubts)
    assert (vertices[0], vertices[-1]) == (a, b)
    back = arcs.arc_between(centre, b, a, clockwise=not clockwise, doubts=[])
    assert abs(len(vertices) - len(back)) <= 2
    true = [WGS84.Inverse(*degrees(centre), *degrees(one)) for one in (a, b)]
    turned = sign * ((sign * (true[1]["azi1"] - true[0]["azi1"])) % 360)
    curve = circle(centre, true[0]["azi1"], turned, true[0]["s12"], true[1]["s12"] - true[0]["s12"])
    assert worst_m(vertices, curve, 12) < CENTIMETRE
    apart_m = abs(true[0]["s12"] - true[1]["s12"])
    if apart_m > 80.01:
        assert "its radius was changed evenly" in doubts[0]
    elif apart_m < 79.99 and abs(uneven) < 0.04:
        assert doubts == []


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((47.0, 8.0), (47.0, 8.0001)),
        ((47.0, 8.0), (47.5, 9.0)),
        ((60.0, 20.0), (60.0, 32.0)),
        ((-5.0, 179.0), (7.0, -170.0)),
        ((0.0, 10.0), (0.0, 30.0)),
        ((80.0, 0.0), (80.0, 40.0)),
        ((40.0, -74.0), (51.0, 0.0)),
    ],
)
def test_a_geodesic_line_stays_within_a_centimetre(a, b):
    vertices = arcs.geodesic_line(e7(*a), e7(*b))
    assert (vertices[0], vertices[-1]) == (e7(*a), e7(*b))
    true = WGS84.InverseLine(*a, *b)

    def at(t):
        point = true.Position(t * true.s13)
        return point["lat2"], point["lon2"]

    assert worst_m(vertices, at) < CENTIMETRE


def test_a_line_to_itself_is_one_point_twice():
    assert arcs.geodesic_line((1, 2), (1, 2)) == [(1, 2), (1, 2)]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: arcs.arc((0, 0), 0.0, 0.0, 90.0, clockwise=True), "radius of an arc: 0.0 m"),
        (lambda: arcs.arc((0, 0), -5.0, 0.0, 90.0, clockwise=True), "not more than 0"),
        (lambda: arcs.arc((0, 0), 1_000_001.0, 0.0, 90.0, clockwise=True), "at most 1000 km"),
        (lambda: arcs.arc((0, 0), math.nan, 0.0, 90.0, clockwise=True), "nan m"),
        (lambda: arcs.arc((0, 0), 5.0, math.inf, 90.0, clockwise=True), "write 0 to 360"),
        (lambda: arcs.arc((0, 0), 5.0, 0.0, 1e300, clockwise=True), "write 0 to 360"),
        (lambda: arcs.arc((810_000_000, 0), 1e6, 0.0, 360.0, clockwise=True), "would need over 100000 vertices"),
        (lambda: arcs.arc_between((0, 0), (0, 10**6), (3 * 10**6, 0), clockwise=True, doubts=[]), "that is no arc"),
        (lambda: arcs.arc_between((0, 0), (0, 0), (10**6, 0), clockwise=True, doubts=[]), "radius of an arc: 0.0 m"),
        (lambda: arcs.arc_between((0, 0), (0, 10**9), (10**9, 0), clockwise=True, doubts=[]), "at most 1000 km"),
        (lambda: arcs.geodesic_line((0, 0), (0, 1_800_000_000)), "nearly opposite"),
        (lambda: arcs.geodesic_line((600_000_000, 0), (600_000_000, 1_799_990_000)), "one at a pole"),
    ],
)
def test_what_is_no_arc_is_refused(make, words):
    with pytest.raises(Malformed, match=words):
        make()


def test_an_arc_that_ends_where_it_begins_is_the_circle_with_a_doubt():
    doubts = []
    vertices = arcs.arc_between((0, 0), (0, 10**5), (0, 10**5), clockwise=False, doubts=doubts)
    assert len(vertices) > 100
    assert doubts == ["the arc ends where it begins; read as the whole circle"]
