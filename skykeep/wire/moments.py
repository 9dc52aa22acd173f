"""Moments in time, written as ISO 8601 or as Unix seconds, to integer nanoseconds, exactly."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from skykeep.errors import Malformed
from skykeep.wire.jsontext import Json, kind, show
from skykeep.wire.quantity import NS, Number, scaled

LATEST_S = 7_258_118_400  # 2200-01-01; beyond it somebody wrote milliseconds

FARTHEST_NS = 8 * 10**18
"""In the years 1716 and 2223: with room to reckon in 64 bits."""

_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,30}))?)?"
    r"(Z|z|[+-][0-9]{2}:?[0-9]{2})?"
)
_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,30})?")


def unix_ns(seconds: Number) -> int:
    """Return Unix seconds as nanoseconds, rounded half to even."""
    if not 0 <= seconds <= LATEST_S:
        hint = "; are these milliseconds?" if seconds > LATEST_S else ""
        raise Malformed(f"{show(seconds)} is no Unix time in seconds{hint}")
    return scaled(seconds, NS)


def iso_ns(text: str, *, zone_assumed: bool = False) -> int:
    """Return an ISO 8601 moment as Unix nanoseconds; one without a zone is refused, or UTC if `zone_assumed`.

    A moment beyond `FARTHEST_NS` on either side is that: the year 9999, which is how law says "for ever", does not fit
    64 bits.
    """
    found = _ISO.fullmatch(text.strip())
    if found is None:
        raise Malformed(f"{show(text)} is no moment such as 2026-05-01T10:00:00Z")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if zone is None and not zone_assumed:
        raise Malformed(f"{show(text)} names no time zone; write Z for UTC")
    try:
        days = dt.date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    except ValueError as error:
        raise Malformed(f"{show(text)}: {error}") from error
    seconds = days * 86_400 + _of_day_s(text, hour, minute, second) - _offset_s(text, zone)
    moment_ns = seconds * 1_000_000_000 + (scaled(Decimal(f"0.{fraction}"), NS) if fraction else 0)
    return max(-FARTHEST_NS, min(moment_ns, FARTHEST_NS))


def _of_day_s(text: str, hour: str, minute: str, second: str | None) -> int:
    seconds = int(hour) * 3600 + int(minute) * 60 + int(second or 0)
    if int(minute) > 59 or int(second or 0) > 59 or seconds > 86_400:
        raise Malformed(f"{show(text)}: there is no such time of day")
    return seconds


def _offset_s(text: str, zone: str | None) -> int:
    if zone is None or zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        raise Malformed(f"{show(text)}: there is no such time zone")
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)


def heard_ns(text: str, *, zone_assumed: bool = False) -> int:
    """Return an ISO 8601 moment at which something may have been heard, of the years 1970 to 2200."""
    moment_ns = iso_ns(text, zone_assumed=zone_assumed)
    if not 0 <= moment_ns <= LATEST_S * 1_000_000_000:
        raise Malformed(f"{show(text)} is not within the years 1970 to 2200")
    return moment_ns


def moment_ns(value: Json) -> int:
    """Return a moment of 1970 to 2200 given as ISO 8601 text, or as Unix seconds in a number or in text."""
    if isinstance(value, str):
        return unix_ns(Decimal(value)) if _SECONDS.fullmatch(value) else heard_ns(value)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Malformed(f"{kind(value)} where a moment belongs")
    return unix_ns(value)
