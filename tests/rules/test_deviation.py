"""A volume grown by thresholds: said to be inside only where the grown shape, as shapely draws it, is that probable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.enacted import Thresholds
from skykeep.rules.deviation import locate_deviating
from skykeep.rules.inside import Where
from skykeep.rules.outline import compile_outline
from tests.rules import examples as ex
from tests.rules.test_adjoining import chance_of, corners, in_metres, polygon


def place_of(flight, outline, slack_m):
    thresholds = Thresholds(horizontal_mm=round(slack_m * 1000), vertical_mm=0, time_ns=0)
    return locate_deviating(flight, ex.volume(outline), compile_outline(outline), thresholds)


@given(corners, st.integers(-300, 300), st.integers(-300, 300), st.floats(1, 80), st.integers(1, 120))
def test_inside_a_grown_polygon_means_that_it_is_that_probable(points, east_m, north_m, sigma_m, slack_m):
    outline = polygon(points)
    shape = in_metres(outline)
    if not shape.is_valid or shape.area < 1:
        return
    found = place_of(ex.flight(east_m, north_m, sigma_m=sigma_m), outline, slack_m)
    truth = chance_of(shape.buffer(slack_m, quad_segs=32), east_m, north_m, sigma_m)
    if found.horizontal is Where.INSIDE:
        assert truth >= 0.95 - 0.03  # the grid's own error at a border


@pytest.mark.parametrize(("margin_m", "where"), [(9, Where.INSIDE), (8, Where.BETWEEN), (-8, Where.BETWEEN), (-9, Where.OUTSIDE)])
def test_at_a_straight_border_the_threshold_moves_the_border(margin_m, where):
    flight = ex.flight(1000 + 30 - margin_m)
    assert place_of(flight, ex.square(), 30).horizontal is where


def test_a_place_known_exactly():
    assert place_of(ex.flight(1029.9, sigma_m=0.0), ex.square(), 30).where is Where.INSIDE
    assert place_of(ex.flight(1030.1, sigma_m=0.0), ex.square(), 30).where is Where.OUTSIDE
    assert place_of(ex.flight(129.9, sigma_m=0.0), ex.circle(100), 30).where is Where.INSIDE
