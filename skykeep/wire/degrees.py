"""Degrees as decimal text, to 1e-7 degree, exactly: the fast way for the many vertices of a text format.

Rounded half to even, as `quantity.scaled` does; seven decimals or fewer, which is most of them, never see a Decimal.
"""

from __future__ import annotations

import re
from decimal import Decimal

from skykeep.errors import Malformed
from skykeep.wire.jsontext import show
from skykeep.wire.quantity import E7, scaled

_NUMBER = re.compile(r"([+-]?)([0-9]{0,4})(?:\.([0-9]{0,50}))?(?:[eE]([+-]?[0-9]{1,2}))?")


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
    sign, whole, digits, exponent = found.groups()
    digits = digits or ""
    if exponent is None and len(digits) <= 7:
        value = int((whole or "0") + digits.ljust(7, "0"))
        value = -value if sign == "-" else value
    else:
        value = scaled(Decimal(text), E7)
    if not -most * 10_000_000 <= value <= most * 10_000_000:
        raise Malformed(f"{name} {text} is outside -{most} to {most}")
    return value
