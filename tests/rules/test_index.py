"""The boxes never hide an outline that is within reach."""

from hypothesis import example, given
from hypothesis import strategies as st

from skykeep.facts.enacted import Circle, Polygon
from skykeep.rules import index
from skykeep.rules.index import build
from skykeep.rules.outline import compile_outline

POLE, HALF_TURN = 900_000_000, 1_800_000_000
lats, lons = st.integers(-POLE, POLE), st.integers(-HALF_TURN, HALF_TURN)
near = st.integers(-3_000_000, 3_000_000)


@given(lats, lons, st.integers(0, 5_000_000_000), lats, lons, st.floats(0, 1e6))
@example(895_000_000, 0, 100_000_000, POLE, HALF_TURN, 0.0)
@example(895_000_000, 0, 100_000_000, 899_000_000, HALF_TURN, 0.0)
@example(0, HALF_TURN, 1_000_000, 0, -HALF_TURN, 0.0)
def test_a_circle_within_reach_is_found(lat_e7, lon_e7, radius_mm, at_lat_e7, at_lon_e7, reach_m):
    outline = compile_outline(Circle(lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=radius_mm))
    if outline.margin_m(at_lat_e7, at_lon_e7) >= -reach_m:
        assert build([[outline]]).near(at_lat_e7, at_lon_e7, reach_m) == [0]


@given(st.integers(-890_000_000, 890_000_000), lons, st.tuples(near, near, near, near), near, near, st.floats(0, 1e5))
def test_a_polygon_within_reach_is_found(lat_e7, lon_e7, corners, north_e7, east_e7, reach_m):
    a, b, c, d = corners
    ring = ((lat_e7 + a, lon_e7), (lat_e7, lon_e7 + abs(b) + 1), (lat_e7 - abs(c) - 1, lon_e7 + d))
    outline = compile_outline(Polygon(rings=(ring,)))
    at_lat_e7, at_lon_e7 = lat_e7 + north_e7, (lon_e7 + east_e7 + HALF_TURN) % (2 * HALF_TURN) - HALF_TURN
    if outline.margin_m(at_lat_e7, at_lon_e7) >= -0.99 * reach_m:  # the margin of a polygon is right to a part in 1,000
        assert build([[outline]]).near(at_lat_e7, at_lon_e7, reach_m) == [0]


def test_owners_come_once_and_in_order():
    here, there = Circle(lat_e7=0, lon_e7=0, radius_mm=1000), Circle(lat_e7=0, lon_e7=100_000_000, radius_mm=1000)
    a, b = compile_outline(here), compile_outline(there)
    made = build([[a, a], [b], [], [b, a]])
    assert made.near(0, 0, 5.0) == [0, 3]
    assert made.near(0, 100_000_000, 5.0) == [2 - 1, 3]
    assert build([]).near(0, 0, 5.0) == []


def test_who_asks_meanwhile_does_not_write_into_an_answer(monkeypatch):
    """The watch asks on its thread and a permit office on another, of one law; one is interrupted by the other."""
    circles = [Circle(lat_e7=0, lon_e7=lon_e7, radius_mm=1000) for lon_e7 in (0, 100_000_000)]
    asked = build([[compile_outline(circle)] for circle in circles])
    whole, meanwhile = index.reaching, []

    def interrupted(*given):
        count = whole(*given)
        monkeypatch.setattr(index, "reaching", whole)
        meanwhile.append(asked.near(0, 100_000_000, 5.0))
        return count

    monkeypatch.setattr(index, "reaching", interrupted)
    assert asked.near(0, 0, 5.0) == [0]
    assert meanwhile == [[1]]
