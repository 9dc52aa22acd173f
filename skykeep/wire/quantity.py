"""Numbers with a unit, from the decimal text of a message to the integers of a fact, exactly.

Feet, knots, minutes and flight levels end here. Each conversion is a ratio of integers, rounded once, half to even:

    1 ft = 304.8 mm        1 kt = 1852000/3600 mm/s        1 ft/min = 5.08 mm/s
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from skykeep.errors import Malformed
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire.jsontext import NUMBER_MAX, Json, kind, show

Number = int | Decimal


class Ratio(NamedTuple):
    """A ratio of two integers, kept as decimals because the numbers that it multiplies are."""

    over: Decimal
    under: Decimal | None = None  # None: 1


E7 = Ratio(Decimal(10_000_000))  # degree -> 1e-7 degree
MILLI = Ratio(Decimal(1_000))  # metre -> millimetre, degree -> millidegree, metre a second -> millimetre a second
FOOT = Ratio(Decimal(1_524), Decimal(5))  # foot -> millimetre
KNOT = Ratio(Decimal(4_630), Decimal(9))  # knot -> millimetre a second
FOOT_A_MINUTE = Ratio(Decimal(127), Decimal(25))  # foot a minute -> millimetre a second
NS = Ratio(Decimal(1_000_000_000))  # second -> nanosecond

# Enough digits that a product with a ratio above and its rounding are exact: see `scaled`.
_exact = decimal.Context(
    prec=2 * NUMBER_MAX + 32, rounding=decimal.ROUND_HALF_EVEN, Emin=-(10**9), Emax=10**9, traps=[]
)


def scaled(value: Number, ratio: Ratio) -> int:
    """Return `value * ratio` rounded half to even; the caller has checked that `value` is in a sane range.

    Exact: a value of at most NUMBER_MAX digits is multiplied without loss, and its quotient by 5, 9 or 25 lies either
    on a tie, where the division is finite, or farther from it than the digits that the context keeps.
    """
    product = _exact.multiply(value, ratio.over)
    if ratio.under is not None:
        product = _exact.divide(product, ratio.under)
    return int(_exact.to_integral_value(product))


def take_number(of: Mapping[str, Json], key: str, low: Number, high: Number) -> Number | None:
    """Return the number under `key`, None where it is absent or null; both ends of the range are allowed."""
    value = of.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Malformed(f"{key}: {kind(value)} ({show(value)}) where a number belongs")
    if not low <= value <= high:
        raise Malformed(f"{key}: {show(value)} is outside {low} to {high}")
    return value


def take_whole(of: Mapping[str, Json], key: str, low: int, high: int) -> int | None:
    """Return the whole number under `key`, None where it is absent or null; 7.0 is 7."""
    value = take_number(of, key, low, high)
    if value is not None and value != int(value):
        raise Malformed(f"{key}: {show(value)} where a whole number belongs")
    return None if value is None else int(value)


def take(of: Mapping[str, Json], key: str, low: Number, high: Number, ratio: Ratio) -> int | None:
    """Return the number under `key` in the unit that `ratio` leads to."""
    value = take_number(of, key, low, high)
    return None if value is None else scaled(value, ratio)


def take_altitude(
    of: Mapping[str, Json], key: str, low: Number, high: Number, ratio: Ratio, datum: Datum
) -> Altitude | None:
    """Return the height under `key` above `datum`."""
    value = take(of, key, low, high, ratio)
    return None if value is None else Altitude(value, datum)


def take_place(of: Mapping[str, Json]) -> tuple[int, int] | None:
    """Return (lat_e7, lon_e7) from `lat` and `lon`, None where neither is given; one without the other is an error."""
    lat_e7, lon_e7 = take(of, "lat", -90, 90, E7), take(of, "lon", -180, 180, E7)
    if lat_e7 is None and lon_e7 is None:
        return None
    if lat_e7 is None or lon_e7 is None:
        raise Malformed("lat and lon: only one of the two is given")
    return lat_e7, lon_e7


def take_heading_mdeg(of: Mapping[str, Json], key: str) -> int | None:
    """Return a direction in millidegrees from 0 to 359999; 360 is north."""
    value = take(of, key, 0, 360, MILLI)
    return None if value is None else value % 360_000


def take_text(of: Mapping[str, Json], key: str, longest: int = 200) -> str | None:
    """Return the text under `key` without spaces around it; None where it is absent, null or empty."""
    value = of.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed(f"{key}: {kind(value)} ({show(value)}) where text belongs")
    if len(value) > longest:
        raise Malformed(f"{key}: text of {len(value)} characters; at most {longest}")
    return value.strip() or None


def take_bool(of: Mapping[str, Json], key: str) -> bool | None:
    """Return true or false under `key`, None where it is absent or null."""
    value = of.get(key)
    if value is not None and not isinstance(value, bool):
        raise Malformed(f"{key}: {kind(value)} ({show(value)}) where true or false belongs")
    return value
