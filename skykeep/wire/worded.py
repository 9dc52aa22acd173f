"""Quantities as programs word them: a number, a number in text, or one with its unit, "588.0 m".

A unit that was not expected is Malformed: feet read as metres would run without complaint. What programs write where
they do not know (`UNKNOWN`) is None, as are null, an absent key and empty text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from skykeep.errors import Malformed
from skykeep.wire.jsontext import Json, kind, show
from skykeep.wire.quantity import E7, Number, Ratio, scaled

UNKNOWN = frozenset({"", "unknown", "undefined", "invalid", "n/a", "none", "null"})

_NUMBER = re.compile(r"([+-]?[0-9]{1,20}(?:\.[0-9]{0,30})?(?:[eE][+-]?[0-9]{1,2})?)\s*(.{0,16})", re.DOTALL)


def number(of: Mapping[str, Json], key: str, *units: str) -> Number | None:
    """Return the number under `key`, with no unit or one of `units`; None where it is unknown."""
    value = of.get(key)
    if value is None:
        return None
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise Malformed(f"{key}: {kind(value)} ({show(value)}) where a number belongs")
    said = value.strip()
    if said.lower() in UNKNOWN:
        return None
    found = _NUMBER.fullmatch(said)
    if found is None:
        raise Malformed(f"{key}: {show(value)} where a number belongs")
    if found[2] and found[2] not in units:
        raise Malformed(f"{key}: {show(value)} has the unit {show(found[2])}; {' or '.join(units) or 'none'} is read")
    return Decimal(found[1])


def within(of: Mapping[str, Json], key: str, low: Number, high: Number, *units: str) -> Number | None:
    """Return the number under `key`; raises Malformed outside `low` to `high`."""
    value = number(of, key, *units)
    if value is not None and not low <= value <= high:
        raise Malformed(f"{key}: {show(value)} is outside {low} to {high}")
    return value


def whole(of: Mapping[str, Json], key: str, low: int, high: int) -> int | None:
    """Return the whole number under `key`; 7.0 is 7."""
    value = within(of, key, low, high)
    if value is not None and value != int(value):
        raise Malformed(f"{key}: {show(value)} where a whole number belongs")
    return None if value is None else int(value)


def measured(of: Mapping[str, Json], key: str, low: Number, high: Number, ratio: Ratio, *units: str) -> int | None:
    """Return the number under `key` in the unit that `ratio` leads to."""
    value = within(of, key, low, high, *units)
    return None if value is None else scaled(value, ratio)


def place_e7(of: Mapping[str, Json], lat: str, lon: str) -> tuple[int, int] | None:
    """Return latitude and longitude under two keys; None where either is unknown, both are 0, or one is off the globe.

    One of 0 without the other is a place: on the equator, or south or north of Greenwich.
    """
    pair = number(of, lat), number(of, lon)
    if pair[0] is None or pair[1] is None or not (-90 <= pair[0] <= 90 and -180 <= pair[1] <= 180):
        return None
    place = scaled(pair[0], E7), scaled(pair[1], E7)
    return None if place == (0, 0) else place
