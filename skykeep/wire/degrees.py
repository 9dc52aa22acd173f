"""Degrees as decimal text, to 1e-7 degree, exactly: the fast way for the many vertices of a text format.

Rounded half to even, as `quantity.scaled` does; only exponents take the way over Decimal.
"""

from __future__ import annotations

import re
from decimal import Decimal

from skykeep.errors import Malformed
from skykeep.wire.jsontext import show
from skykeep.wire.quantity import E7, scaled

_NUMBER = re.compile(r"([+-]?)([0-9]{0,4})(?:\.([0-9]{0,7})([0-9]{0,50}))?([eE][+-]?[0-9]{1,2})?")


def lat_e7(text: str) -> int:
    """Return a latitude; Malformed where it is no number or outside -90 to 90."""
    return _e7(text, "latitude", 90)


def lon_e7(text: str) -> int:
    """Return a longitude; Malformed where it is no number or outside -180 to 180."""
    return _e7(text, "longitude", 180)


def _e7(text: str, name: str, most: int) -> int:
    found = _NUMBER.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        raise Malformed(f"{name} {show(text)} is no number")
    sign, whole, digits, rest, exponent = found.groups()
    if exponent is None:
        value = int(whole + (digits or "").ljust(7, "0"))
        if rest and rest >= "5":  # more than half a unit, or half of one and odd
            value += 1 if rest.rstrip("0") != "5" else value & 1
        value = -value if sign == "-" else value
    else:
        value = scaled(Decimal(text), E7)
    if not -most * 10_000_000 <= value <= most * 10_000_000:
        raise Malformed(f"{name} {text} is outside -{most} to {most}")
    return value
