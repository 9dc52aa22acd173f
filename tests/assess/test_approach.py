"""Closest approach and entry: known answers, geometry that must hold of any path, and chance as an oracle."""

import math

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from skykeep.assess.approach import (
    SPREAD,
    crossing_sigma_s,
    distance_after_m,
    entry_s,
    entry_sigma_s,
    level_spread,
    nearest_s,
    reach_probability,
    variance_along_m2,
)
from skykeep.geo.frames import enu_frame

metres = st.floats(-5e4, 5e4)
speeds = st.floats(-300.0, 300.0)
radii = st.floats(1.0, 2e4)
DESIGN = (-2000.0, 500.0, 20.0, 0.0)


@pytest.mark.requirement("WATCH-25")
def test_the_known_answers_of_the_design():
    assert nearest_s(*DESIGN, 1e9) == 100.0
    assert distance_after_m(*DESIGN, nearest_s(*DESIGN, 1e9)) == 500.0
    assert entry_s(*DESIGN, 800.0) == pytest.approx(68.78, abs=0.005)


def test_what_stands_or_goes_is_nearest_now():
    assert nearest_s(3.0, 4.0, 0.0, 0.0, 60.0) == 0.0
    assert nearest_s(3.0, 4.0, 1.0, 1.0, 60.0) == 0.0
    assert entry_s(3.0, 4.0, 1.0, 1.0, 4.9) == math.inf
    assert entry_s(3.0, 4.0, 0.0, 0.0, 4.9) == math.inf
    assert entry_s(3.0, 4.0, 1.0, 1.0, 5.0) == 0.0


def test_nearest_is_within_the_horizon():
    assert nearest_s(*DESIGN, 30.0) == 30.0


@hypothesis.given(metres, metres, speeds, speeds, st.floats(0.0, 600.0), st.floats(0.0, 1.0))
def test_nothing_is_nearer_than_the_nearest(e, n, ve, vn, horizon_s, share):
    nearest = distance_after_m(e, n, ve, vn, nearest_s(e, n, ve, vn, horizon_s))
    other = distance_after_m(e, n, ve, vn, share * horizon_s)
    assert nearest <= other + 1e-6 * (1.0 + other)


@hypothesis.given(metres, metres, speeds, speeds, radii)
def test_at_the_entry_it_is_on_the_circle_and_never_before(e, n, ve, vn, radius_m):
    t_s = entry_s(e, n, ve, vn, radius_m)
    nearest_m = distance_after_m(e, n, ve, vn, nearest_s(e, n, ve, vn, 1e12))
    if t_s == math.inf:
        assert nearest_m >= radius_m * (1.0 - 1e-6)
    elif t_s == 0.0:
        assert math.hypot(e, n) <= radius_m * (1.0 + 1e-12)
    else:
        assert distance_after_m(e, n, ve, vn, t_s) == pytest.approx(radius_m, rel=1e-6, abs=1e-3)
        assert distance_after_m(e, n, ve, vn, 0.5 * t_s) >= radius_m * (1.0 - 1e-6)
        assert t_s <= nearest_s(e, n, ve, vn, 1e12) * (1.0 + 1e-6)


@hypothesis.given(metres, metres, speeds, speeds, radii, st.floats(0.0, 2.0 * math.pi))
def test_turning_the_plane_changes_nothing(e, n, ve, vn, radius_m, angle):
    hypothesis.assume(math.hypot(ve, vn) > 1.0)
    c, s = math.cos(angle), math.sin(angle)
    turned = (c * e - s * n, s * e + c * n, c * ve - s * vn, s * ve + c * vn)
    before, after = nearest_s(e, n, ve, vn, 1e6), nearest_s(*turned, 1e6)
    assert after == pytest.approx(before, rel=1e-6, abs=1e-5)


def spread_of(covariance):
    """Pack a covariance (4, 4) of east, north, their speeds."""
    out = np.empty(SPREAD)
    p = np.zeros((6, 6))
    for i, row in enumerate((0, 1, 3, 4)):
        for j, column in enumerate((0, 1, 3, 4)):
            p[row, column] = covariance[i, j]
    level_spread(np.eye(3), p, out)
    return out


def drawn(mean, covariance, count=200_000, seed=1):
    generator = np.random.default_rng(seed)
    return generator.multivariate_normal(mean, covariance, count)


COVARIANCE = np.array([[100.0, 20.0, 1.0, 0.3], [20.0, 64.0, 0.2, 0.8], [1.0, 0.2, 0.25, 0.05], [0.3, 0.8, 0.05, 0.16]])


def test_the_spread_along_a_line_is_that_of_the_places_drawn():
    places = drawn(DESIGN, COVARIANCE)
    along = 0.6 * (places[:, 0] + 40.0 * places[:, 2]) + 0.8 * (places[:, 1] + 40.0 * places[:, 3])
    assert variance_along_m2(spread_of(COVARIANCE), 0.6, 0.8, 40.0) == pytest.approx(along.var(), rel=0.02)


def test_the_entry_is_as_unsure_as_the_entries_of_paths_drawn():
    t_s = entry_s(*DESIGN, 800.0)
    times = np.array([entry_s(*one, 800.0) for one in drawn(DESIGN, COVARIANCE, 20_000).tolist()])
    assert np.isfinite(times).mean() > 0.999
    sigma_s = entry_sigma_s(spread_of(COVARIANCE), *DESIGN, t_s)
    assert sigma_s == pytest.approx(times[np.isfinite(times)].std(), rel=0.05)


@pytest.mark.parametrize(
    ("start", "radius_m", "horizon_s"),
    [
        (DESIGN, 800.0, 60.0),  # will be in after 68.78 s
        (DESIGN, 800.0, 68.78),
        (DESIGN, 800.0, 100.0),
        (DESIGN, 500.0, 200.0),  # as likely by it as through it
        (DESIGN, 480.0, 200.0),
        (DESIGN, 540.0, 200.0),
        ((-2000.0, 3.0, 20.0, 0.0), 30.0, 200.0),  # over it: either side may be too far
        ((400.0, 300.0, 5.0, 5.0), 505.0, 60.0),  # going: near the border now
        ((-400.0, 300.0, 0.0, 0.0), 505.0, 10.0),
    ],
)
def test_the_chance_to_come_so_near_is_that_of_paths_drawn(start, radius_m, horizon_s):
    paths = drawn(start, COVARIANCE)
    e, n, ve, vn = paths.T
    t = np.clip(-(e * ve + n * vn) / (ve * ve + vn * vn), 0.0, horizon_s)
    share = float((np.hypot(e + ve * t, n + vn * t) <= radius_m).mean())
    assert reach_probability(spread_of(COVARIANCE), *start, radius_m, horizon_s) == pytest.approx(share, abs=0.045)


@hypothesis.given(metres, metres, speeds, speeds, radii, st.floats(1.0, 600.0), st.floats(1.0, 2.0))
def test_a_greater_circle_is_reached_no_less_surely(e, n, ve, vn, radius_m, horizon_s, more):
    spread = spread_of(COVARIANCE)
    one = reach_probability(spread, e, n, ve, vn, radius_m, horizon_s)
    other = reach_probability(spread, e, n, ve, vn, more * radius_m, horizon_s)
    assert 0.0 <= one <= other + 1e-9 <= 1.0 + 2e-9


def test_without_spread_it_is_yes_or_no():
    nothing = np.zeros(SPREAD)
    assert reach_probability(nothing, *DESIGN, 501.0, 200.0) == 1.0
    assert reach_probability(nothing, *DESIGN, 499.0, 200.0) == 0.0
    assert reach_probability(nothing, 0.0, 0.0, 0.0, 0.0, 1.0, 10.0) == 1.0


def test_along_a_border_nobody_knows_when():
    assert crossing_sigma_s(spread_of(COVARIANCE), 0.0, 1.0, 0.0, 10.0) == math.inf
    assert entry_sigma_s(spread_of(COVARIANCE), -100.0, 0.0, 10.0, 0.0, 10.0) == math.inf


def test_the_spread_is_taken_along_the_axes_of_a_place():
    axes = enu_frame(48.0, 11.0, 0.0)[1:]
    p = np.zeros((6, 6))
    p[:3, :3] = 9.0 * np.outer(axes[0], axes[0]) + 4.0 * np.outer(axes[1], axes[1]) + 1e6 * np.outer(axes[2], axes[2])
    out = np.empty(SPREAD)
    level_spread(axes, p, out)
    assert out == pytest.approx([9.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], abs=1e-9)
