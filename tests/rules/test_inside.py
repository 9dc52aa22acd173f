"""Inside, outside, between, unknown: horizontally and vertically, each with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.flight import Height
from skykeep.rules.inside import Where, both, chance, compare_heights, decide, locate
from skykeep.rules.outline import compile_outline
from tests.rules import examples as ex

INSIDE, OUTSIDE, BETWEEN, UNKNOWN = Where.INSIDE, Where.OUTSIDE, Where.BETWEEN, Where.UNKNOWN


def where(margin, sigma):
    return decide(margin, chance(margin, sigma))


@pytest.mark.requirement("VERDICT-0")
def test_the_limits_are_at_exactly_one_point_six_four_five_sigma():
    assert where(ex.SIGMA, 1.0) is INSIDE
    assert where(ex.SIGMA - 1e-9, 1.0) is BETWEEN
    assert where(-ex.SIGMA, 1.0) is OUTSIDE
    assert where(-ex.SIGMA + 1e-9, 1.0) is BETWEEN


def test_without_error_a_border_point_is_inside():
    assert where(0.0, 0.0) is INSIDE
    assert where(-1e-12, 0.0) is OUTSIDE


def at(east_m, outline, sigma_m=10.0, **more):
    return locate(ex.flight(east_m, sigma_m=sigma_m, **more), ex.volume(outline), compile_outline(outline))


@pytest.mark.requirement("VERDICT-0")
@pytest.mark.parametrize(
    ("east_m", "expected"),
    [(0, INSIDE), (1000 - 16.46, INSIDE), (1000 - 16.44, BETWEEN), (1000, BETWEEN), (1000 + 16.43, BETWEEN),
     (1000 + 16.47, OUTSIDE), (5000, OUTSIDE)],
)  # fmt: skip
def test_a_straight_border(east_m, expected):
    place = at(east_m, ex.square(1000))
    assert place.where is expected
    assert place.margin_m == pytest.approx(1000 - east_m, abs=0.2)
    assert (place.margin_m >= 0) == (east_m <= 1000)


@pytest.mark.requirement("VERDICT-0")
@pytest.mark.parametrize("outline", [ex.circle(16.5), ex.square(16.5), ex.circle(24.4)])
def test_centred_over_an_area_smaller_than_the_error_is_between(outline):
    assert at(0, outline).margin_m > ex.SIGMA * 10.0
    assert at(0, outline).where is BETWEEN
    assert at(0, ex.circle(24.6)).where is INSIDE


def test_a_corner_needs_more_than_one_border():
    assert at(0, ex.square(1000, 982, 982)).where is BETWEEN  # 18 m from both borders: 0.964 squared
    assert at(0, ex.square(1000, 982, 0)).where is INSIDE


def test_a_hole_no_larger_than_the_error_is_no_refuge():
    assert at(0, ex.square(1000, holes=[ex.square(17)])).where is BETWEEN
    assert at(0, ex.square(1000, holes=[ex.square(40)])).where is OUTSIDE


def test_a_slack_widens_the_nearest_border():
    outline = ex.square(1000)
    flight, volume, compiled = ex.flight(1010.0), ex.volume(outline, ceiling=ex.metres(100)), compile_outline(outline)
    assert locate(flight, volume, compiled).horizontal is OUTSIDE
    assert locate(flight, volume, compiled, slack_m=20.0).horizontal is INSIDE
    high = ex.flight(heights=[ex.height(105)])
    assert locate(high, volume, compiled).vertical.where is OUTSIDE
    assert locate(high, volume, compiled, slack_mm=10_000).vertical.where is INSIDE


# ---- heights -------------------------------------------------------------------------------------

DATUMS = list(Datum)


@pytest.mark.requirement("VERDICT-7")
@pytest.mark.parametrize("have", DATUMS)
@pytest.mark.parametrize("limit", DATUMS)
def test_only_the_same_datum_is_comparable(have, limit):
    answer = compare_heights((ex.height(50, have),), None, ex.metres(100, limit))
    if have is limit:
        assert (answer.where, answer.margin_mm, answer.missing) == (INSIDE, 50_000, ())
    else:
        assert (answer.where, answer.margin_mm) == (UNKNOWN, None)
        assert len(answer.missing) == 1


@pytest.mark.parametrize(
    ("have", "limit", "missing"),
    [(Datum.TAKEOFF, Datum.AGL, "ground height at take-off"), (Datum.TAKEOFF, Datum.AMSL, "ground height at take-off"),
     (Datum.HAE, Datum.AMSL, "geoid"), (Datum.HAE, Datum.AGL, "terrain"), (Datum.STD, Datum.AMSL, "air pressure (QNH)"),
     (Datum.AGL, Datum.STD, "air pressure (QNH)")],
)  # fmt: skip
def test_what_is_missing_is_named(have, limit, missing):
    assert compare_heights((ex.height(50, have),), None, ex.metres(100, limit)).missing == (missing,)


def test_without_any_height_any_height_is_missing():
    assert compare_heights((), None, ex.metres(100)).missing == ("any height of the flight",)


def test_absent_unlimited_and_zero_are_three_things():
    takeoff = (ex.height(50, Datum.TAKEOFF),)
    assert compare_heights(takeoff, None, None).where is INSIDE
    assert compare_heights(takeoff, "unlimited", "unlimited").where is INSIDE
    assert compare_heights((), None, "unlimited").where is INSIDE
    assert compare_heights((ex.height(50),), None, ex.metres(0)).where is OUTSIDE
    assert compare_heights(takeoff, None, ex.metres(0)).where is UNKNOWN
    assert compare_heights(takeoff, ex.metres(0, Datum.AMSL), None).where is UNKNOWN  # land lies below the sea too


@pytest.mark.parametrize("datum", [Datum.AGL, Datum.TAKEOFF])
@pytest.mark.parametrize("floor_m", [0, -50])
def test_a_floor_at_or_below_the_ground_limits_nothing(datum, floor_m):
    assert compare_heights((), ex.metres(floor_m, datum), None).where is INSIDE
    assert compare_heights((ex.height(-3),), ex.metres(floor_m, datum), ex.metres(9)).where is INSIDE
    assert compare_heights((), ex.metres(1, datum), None).where is UNKNOWN


@pytest.mark.requirement("VERDICT-7")
@pytest.mark.parametrize(
    ("height_m", "expected"),
    [(10, OUTSIDE), (48.3, OUTSIDE), (48.4, BETWEEN), (50, BETWEEN), (51.6, BETWEEN), (51.7, INSIDE), (98.3, INSIDE),
     (98.4, BETWEEN), (101.6, BETWEEN), (101.7, OUTSIDE)],
)  # fmt: skip
def test_a_band_with_both_limits(height_m, expected):
    answer = compare_heights((ex.height(height_m),), ex.metres(50), ex.metres(100))
    assert answer.where is expected
    assert answer.margin_mm == round(min(height_m - 50, 100 - height_m) * 1000)


@pytest.mark.requirement("VERDICT-7")
def test_a_band_that_both_limits_leave_by_more_than_five_per_cent_is_between():
    half_m = 1.7  # each limit alone would be sure at 1.645 sigma; together they hold 91 %
    answer = compare_heights((ex.height(50),), ex.metres(50 - half_m), ex.metres(50 + half_m))
    assert answer.where is BETWEEN
    assert compare_heights((ex.height(50),), ex.metres(48), ex.metres(52)).where is INSIDE


def test_outside_one_limit_is_outside_whatever_the_other():
    above = compare_heights((ex.height(200),), ex.metres(10, Datum.AMSL), ex.metres(100))
    assert (above.where, above.missing, above.margin_mm) == (OUTSIDE, (), -100_000)


def test_inside_one_limit_and_the_other_unknown_is_unknown_without_a_margin():
    answer = compare_heights((ex.height(50),), ex.metres(10, Datum.AMSL), ex.metres(100))
    assert (answer.where, answer.margin_mm, answer.missing) == (UNKNOWN, None, ("terrain",))


def test_each_limit_takes_the_height_of_its_own_datum():
    heights = (ex.height(180, Datum.HAE), ex.height(60, Datum.AGL))
    assert compare_heights(heights, ex.metres(50), ex.metres(200, Datum.HAE)).where is INSIDE


@given(st.sampled_from(Where), st.sampled_from(Where))
def test_joining_is_symmetric_and_outside_rules(one, other):
    assert both(one, other) is both(other, one)
    assert (both(one, other) is OUTSIDE) == (OUTSIDE in {one, other})
    assert (both(one, other) is INSIDE) == (one is other is INSIDE)


limits = st.none() | st.just("unlimited") | st.builds(
    Altitude, st.integers(-(10**9), 10**9), st.sampled_from(Datum)
)  # fmt: skip


@given(
    st.lists(st.builds(Height, st.builds(Altitude, st.integers(-(10**9), 10**9), st.sampled_from(Datum)),
                       st.integers(0, 10**9)), max_size=3),
    limits, limits,
)  # fmt: skip
def test_any_heights_and_limits_give_an_answer(heights, floor, ceiling):
    answer = compare_heights(tuple(heights), floor, ceiling)
    assert 0.0 <= answer.probability <= 1.0
    assert bool(answer.missing) == (answer.where is UNKNOWN)
    if answer.where is INSIDE and answer.margin_mm is not None:
        assert answer.margin_mm >= 0
    if answer.where is OUTSIDE:
        assert answer.margin_mm < 0
