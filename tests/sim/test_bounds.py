"""Exact bounds: the known answers, scipy's distributions, and that they hold as often as they say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from skykeep.sim import bounds


@pytest.mark.parametrize(("probability", "trials"), [(0.90, 29), (0.95, 59), (0.99, 299)])
def test_so_many_trials_without_a_miss_show_a_probability(probability, trials):
    assert bounds.trials_without_miss(probability) == trials
    assert bounds.probability_lower(trials, trials) >= probability
    assert bounds.probability_lower(trials - 1, trials - 1) < probability


def test_no_false_alarm_in_three_days():
    assert round(bounds.rate_upper(0, 72.0), 4) == 0.0416
    assert math.isclose(bounds.rate_upper(0, 72.0), -math.log(0.05) / 72.0)


@given(
    st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.95, 0.99])
)
def test_a_probability_is_bounded_as_by_clopper_and_pearson(counts, confidence):
    successes, trials = counts
    low, high = bounds.probability_interval(successes, trials, confidence)
    error = (1 - confidence) / 2
    expected_low = stats.beta.ppf(error, successes, trials - successes + 1) if successes else 0.0
    expected_high = stats.beta.ppf(1 - error, successes + 1, trials - successes) if successes < trials else 1.0
    assert math.isclose(low, expected_low, rel_tol=1e-9, abs_tol=1e-12)
    assert math.isclose(high, expected_high, rel_tol=1e-9, abs_tol=1e-12)


@given(st.integers(0, 300), st.floats(0.01, 1e4), st.sampled_from([0.8, 0.95, 0.99]))
def test_a_rate_is_bounded_as_by_garwood(events, exposure, confidence):
    low, high = bounds.rate_interval(events, exposure, confidence)
    error = (1 - confidence) / 2
    expected_low = stats.chi2.ppf(error, 2 * events) / 2 / exposure if events else 0.0
    assert math.isclose(low, expected_low, rel_tol=1e-7)
    assert math.isclose(high, stats.chi2.ppf(1 - error, 2 * events + 2) / 2 / exposure, rel_tol=1e-7)


def test_the_interval_holds_as_often_as_it_says():
    chance = np.random.default_rng(1)
    for p in (0.02, 0.5, 0.93):
        interval = [bounds.probability_interval(k, 40) for k in range(41)]
        held = [interval[k][0] <= p <= interval[k][1] for k in chance.binomial(40, p, 2000)]
        assert np.mean(held) >= 0.94


def test_nothing_tried_says_nothing():
    assert bounds.probability_interval(0, 0) == (0.0, 1.0)
