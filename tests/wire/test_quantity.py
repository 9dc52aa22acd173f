"""Units and times against exact fractions."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.wire import moments, quantity

RATIOS = [quantity.E7, quantity.MILLI, quantity.FOOT, quantity.KNOT, quantity.FOOT_A_MINUTE, quantity.NS]


def exactly(ratio):
    return Fraction(ratio.over) / Fraction(ratio.under or 1)


def test_ratios():
    assert exactly(quantity.FOOT) == Fraction("304.8")
    assert exactly(quantity.KNOT) == Fraction(1852 * 1000, 3600)
    assert exactly(quantity.FOOT_A_MINUTE) == Fraction("304.8") / 60


@given(
    st.decimals(-(10**12), 10**12, allow_nan=False, places=20)
    | st.decimals(-9, 9, places=50)
    | st.integers(-(10**12), 10**12),
    st.sampled_from(RATIOS),
)
def test_scaled_is_exact_half_even(value, ratio):
    assert quantity.scaled(value, ratio) == round(Fraction(value) * exactly(ratio))


@given(st.integers(-(10**6), 10**6), st.sampled_from([quantity.FOOT, quantity.KNOT]))
def test_scaled_ties(half, ratio):
    value = Fraction(2 * half + 1, 2) / exactly(ratio)
    if value.denominator in (1, 2, 4, 5, 10, 20, 40, 100, 1000):
        text = Decimal(value.numerator) / Decimal(value.denominator)
        assert quantity.scaled(text, ratio) == round(Fraction(2 * half + 1, 2))


@pytest.mark.parametrize("text", ["1e-999999999", "1e-999999999999999", "-0.0", "0e99"])
def test_scaled_of_the_very_small(text):
    assert quantity.scaled(Decimal(text), quantity.KNOT) == 0


@given(st.datetimes(timezones=st.integers(-1439, 1439).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))))
def test_iso_against_the_standard_library(aware):
    expected = (aware - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1) * 1000
    farthest = moments.FARTHEST_NS  # beyond it every moment is the farthest there is
    assert moments.iso_ns(aware.isoformat()) == max(-farthest, min(farthest, expected))


@pytest.mark.parametrize(("text", "expected"), [
    ("1970-01-01T00:00Z", 0), ("1970-01-01T24:00:00Z", 86_400 * 10**9), ("1970-01-01 00:00:01,5z", 15 * 10**8),
    ("1970-01-01T00:00:00.0000000015Z", 2), ("1969-12-31T23:59:59+0000", -(10**9)),
])  # fmt: skip
def test_iso(text, expected):
    assert moments.iso_ns(text) == expected


@pytest.mark.parametrize("text", ["", "2026-02-30T00:00:00Z", "2026-01-01T24:00:01Z", "2026-01-01T10:60:00Z", "2026-01-01",
                                  "2026-01-01T10:00:60Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00+24:00",
                                  "0000-01-01T00:00:00Z", "２026-01-01T00:00:00Z", "1" * 10_000])  # fmt: skip
def test_iso_refuses(text):
    with pytest.raises(Malformed) as caught:
        moments.iso_ns(text)
    assert len(str(caught.value)) < 200
