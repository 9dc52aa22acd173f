"""Degrees from decimal text are what exact decimal arithmetic says, whatever their length."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.wire import degrees

NUMBERS = st.from_regex(r"[+-]?[0-9]{1,3}(\.[0-9]{0,20})?([eE][+-]?[0-9])?", fullmatch=True).filter(str.isascii)


@given(NUMBERS | st.from_regex(r"-?[0-9]{1,2}\.[0-9]{7}50{0,3}[0-9]?", fullmatch=True).filter(str.isascii))
def test_they_are_rounded_half_to_even(text):
    exact = (Decimal(text) * 10_000_000).to_integral_value(ROUND_HALF_EVEN)
    if abs(exact) > 1_800_000_000:
        with pytest.raises(Malformed, match="outside -180 to 180"):
            degrees.lon_e7(text)
    else:
        assert degrees.lon_e7(text) == exact


@pytest.mark.parametrize(("text", "value"), [("90", 900_000_000), ("-90.", -900_000_000), (".5", 5_000_000), ("1e1", 100_000_000), ("0.00000005", 0), ("0.00000015", 2), ("0.00000005000000001", 1)])  # fmt: skip
def test_forms_that_are_read(text, value):
    assert degrees.lat_e7(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "NaN",
        "inf",
        "1e400",
        "1,5",
        " 1",
        "1 ",
        "0x1",
        "1_0",
        "\u0661",
        "90.0000001",
        "-91",
        "9" * 400,
        "1." + "0" * 60,
    ],
)
def test_forms_that_are_refused(text):
    with pytest.raises(Malformed) as caught:
        degrees.lat_e7(text)
    assert len(str(caught.value)) < 150
