"""Moments: for ever fits 64 bits, and what was heard was heard in our time."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.enacted import Period
from skykeep.wire.moments import FARTHEST_NS, heard_ns, iso_ns


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_every_moment_fits_64_bits_and_is_right_within_our_centuries(moment):
    got = iso_ns(moment.isoformat())
    assert abs(got) <= FARTHEST_NS < 2**63
    if 1720 <= moment.year <= 2220:
        assert got == (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1) * 1_000


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_for_ever_can_be_law_and_was_never_heard(text):
    assert codec.msgspec.msgpack.encode(Period(start_ns=None, end_ns=iso_ns(text), daily=()))
    with pytest.raises(Malformed, match="not within the years 1970 to 2200"):
        heard_ns(text)
