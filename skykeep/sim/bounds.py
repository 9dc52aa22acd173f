"""Exact bounds of a probability and of a rate, from counts: no normal approximation, however few the counts.

Clopper, Pearson 1934 for a probability, Garwood 1936 for a rate: the values for which what was counted, or something
farther, would just be as likely as the error that is allowed. Found by halving; the tails are summed in logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

CONFIDENCE = 0.95
_HALVINGS = 100


def probability_lower(successes: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """Return the least probability that is not refuted by so many successes (one-sided)."""
    if successes <= 0:
        return 0.0
    return _root(lambda p: _binomial_tail(successes, trials, p) > 1.0 - confidence, 0.0, 1.0)


def probability_upper(successes: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """Return the greatest probability that is not refuted by so few successes (one-sided)."""
    return 1.0 - probability_lower(trials - successes, trials, confidence)


def probability_interval(successes: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the interval of which each end is missed with half of the error that is allowed."""
    each = 0.5 + confidence / 2
    return probability_lower(successes, trials, each), probability_upper(successes, trials, each)


def rate_lower(events: int, exposure: float, confidence: float = CONFIDENCE) -> float:
    """Return the least rate, an exposure's unit, that is not refuted by so many events (one-sided)."""
    if events <= 0:
        return 0.0
    high = _above(lambda mean: 1.0 - _poisson_up_to(events - 1, mean) > 1.0 - confidence, events)
    return _root(lambda mean: 1.0 - _poisson_up_to(events - 1, mean) > 1.0 - confidence, 0.0, high) / exposure


def rate_upper(events: int, exposure: float, confidence: float = CONFIDENCE) -> float:
    """Return the greatest rate that is not refuted by so few events (one-sided)."""
    high = _above(lambda mean: _poisson_up_to(events, mean) < 1.0 - confidence, events)
    return _root(lambda mean: _poisson_up_to(events, mean) < 1.0 - confidence, 0.0, high) / exposure


def rate_interval(events: int, exposure: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the interval of which each end is missed with half of the error that is allowed."""
    each = 0.5 + confidence / 2
    return rate_lower(events, exposure, each), rate_upper(events, exposure, each)


def trials_without_miss(probability: float, confidence: float = CONFIDENCE) -> int:
    """Return how many trials without a single miss show that a probability is at least this."""
    trials = max(0, math.ceil(math.log(1.0 - confidence) / math.log(probability)) - 1)
    while probability**trials > 1.0 - confidence:
        trials += 1
    return trials


def _root(beyond: Callable[[float], bool], low: float, high: float) -> float:
    """Return where `beyond` becomes true between two values."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if beyond(middle) else (middle, high)
    return (low + high) / 2


def _above(beyond: Callable[[float], bool], start: float) -> float:
    high = start + 1.0
    while not beyond(high):
        high *= 2.0
    return high


def _binomial_tail(least: int, trials: int, p: float) -> float:
    """Return the probability of `least` successes or more."""
    if p <= 0.0 or p >= 1.0:
        return float(p >= 1.0)
    log_factorial = np.r_[0.0, np.cumsum(np.log(np.arange(1, trials + 1)))]
    k = np.arange(least, trials + 1)
    ways = log_factorial[trials] - log_factorial[k] - log_factorial[trials - k]
    return math.fsum(np.exp(ways + k * math.log(p) + (trials - k) * math.log1p(-p)))


def _poisson_up_to(most: int, mean: float) -> float:
    """Return the probability of `most` events or fewer."""
    if mean <= 0.0:
        return 1.0
    k = np.arange(most + 1)
    log_factorial = np.r_[0.0, np.cumsum(np.log(np.arange(1, most + 1)))]
    return math.fsum(np.exp(k * math.log(mean) - mean - log_factorial))
