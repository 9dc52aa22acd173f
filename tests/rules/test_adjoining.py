"""Volumes taken together: never surer than the union of their outlines is, and as sure where a line parts them."""

import math

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.enacted import Polygon
from skykeep.rules.adjoining import NOWHERE, apart, nearest, together
from skykeep.rules.inside import Where, locate
from skykeep.rules.outline import compile_outline
from tests.rules import examples as ex

corners = st.lists(st.tuples(st.integers(-200, 200), st.integers(-200, 200)), min_size=3, max_size=7, unique=True)
STEPS = np.array([math.sqrt(2) * x for x in np.linspace(-2.6, 2.6, 61)])
WEIGHTS = np.exp(-0.5 * STEPS**2)


def polygon(points_m):
    """A star-shaped polygon of these corners, so that it does not cross itself."""
    x, y = (sum(axis) / len(points_m) for axis in zip(*points_m, strict=True))
    ordered = sorted(points_m, key=lambda p: math.atan2(p[1] - y, p[0] - x))
    return Polygon(rings=(tuple(ex.place(*point) for point in ordered),))


def in_metres(outline):
    return shapely.Polygon(
        [((lon - ex.LON) * ex.EAST_M, (lat - ex.LAT) * ex.NORTH_M) for lat, lon in outline.rings[0]]
    )


def chance_of(shape, east_m, north_m, sigma_m):
    """The probability of being in a shape, by a sum over a grid of 61 by 61 points."""
    xs, ys = np.meshgrid(east_m + sigma_m * STEPS, north_m + sigma_m * STEPS)
    weights = np.outer(WEIGHTS, WEIGHTS)
    held = shapely.contains_xy(shape, xs.ravel(), ys.ravel()).reshape(weights.shape)
    return float((weights * held).sum() / weights.sum())


def place_of(flight, outlines):
    volumes = [(ex.volume(each), compile_outline(each)) for each in outlines]
    return together(flight, volumes, lambda volume, outline: locate(flight, volume, outline))


@given(corners, corners)
def test_what_lies_apart_shares_no_area(one, other):
    a, b = polygon(one), polygon(other)
    shapes = in_metres(a), in_metres(b)
    if all(shape.is_valid and shape.area > 1 for shape in shapes) and apart(a, b):
        assert shapes[0].intersection(shapes[1]).area < 1e-3
    assert apart(a, b) == apart(b, a)


@given(st.integers(-150, 150), st.integers(-150, 150))
def test_two_halves_of_a_square_lie_apart(low_m, high_m):
    a, b, c, d = (ex.place(x, y) for x, y in ((-200, -200), (200, -200), (200, 200), (-200, 200)))
    low, high = ex.place(low_m, -200), ex.place(high_m, 200)
    assert apart(Polygon(rings=((a, low, high, d),)), Polygon(rings=((low, b, c, high, low),)))


def test_circles_and_what_crosses_the_antimeridian_are_never_said_to_lie_apart():
    assert not apart(ex.circle(10), ex.circle(10, east_m=500))
    across = Polygon(rings=(((0, 1_799_999_000), (0, -1_799_999_000), (1000, -1_799_999_000)),))
    assert not apart(across, ex.square(10))


@given(st.lists(corners, min_size=2, max_size=4), st.integers(-150, 150), st.integers(-150, 150), st.floats(1, 80))
def test_together_is_never_surer_than_the_union_is(several, east_m, north_m, sigma_m):
    outlines = [polygon(each) for each in several]
    shapes = [in_metres(each) for each in outlines]
    if not all(shape.is_valid and shape.area > 1 for shape in shapes):
        return
    found = place_of(ex.flight(east_m, north_m, sigma_m=sigma_m), outlines)
    truth = chance_of(shapely.union_all(shapes), east_m, north_m, sigma_m)
    if found.where is Where.INSIDE:
        assert truth >= 0.95 - 0.03  # the grid's own error at a border
    assert found.probability <= truth + 0.03


def test_of_nothing_comes_nowhere():
    assert nearest([]) is NOWHERE
    assert together(ex.flight(), [], lambda volume, outline: NOWHERE) is NOWHERE
