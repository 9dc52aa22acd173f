"""Times of day by the clock of a place, as Unix seconds, on nights when clocks change too.

    a time that a forward jump skips      is the moment of the jump
    a time that a backward jump repeats   is both: the first as a beginning, the last as an end

The rules of time zones come from the tzdata package and not from the machine, so that all machines agree.
"""

from __future__ import annotations

import datetime as dt
import functools
import importlib.resources
import re
import zoneinfo

DAY_S = 86_400
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 -- wall clock times are counted from it too
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")


class UnknownTimeZone(Exception):
    """A schedule names a time zone that the IANA database does not hold."""


@functools.cache
def time_zone(name: str) -> dt.tzinfo:
    """Return the time zone of an IANA name, "UTC" or an offset such as "+05:30"."""
    if name == "UTC":
        return dt.UTC
    if found := _OFFSET.fullmatch(name):
        ahead = dt.timedelta(hours=int(found[2]), minutes=int(found[3]))
        return dt.timezone(-ahead if found[1] == "-" else ahead)
    if not _NAME.fullmatch(name):
        raise UnknownTimeZone(name)
    try:
        with importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
            return zoneinfo.ZoneInfo.from_file(file, name)
    except (OSError, ValueError) as error:
        raise UnknownTimeZone(name) from error


@functools.lru_cache(maxsize=100_000)
def instants_s(zone: dt.tzinfo, day: dt.date, second: int) -> tuple[int, int]:
    """Return the first and the last moment at which the clock shows `second` after midnight (86400: the day's end)."""
    wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=second)
    wall_s = (wall - _EPOCH) // dt.timedelta(seconds=1)
    before_s, after_s = (_ahead_s(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if before_s < after_s:  # the clock never shows it
        jump_s = _jump_s(zone, wall_s - after_s, wall_s - before_s)
        return jump_s, jump_s
    return wall_s - before_s, wall_s - after_s


def _ahead_s(moment: dt.datetime) -> int:
    return (moment.utcoffset() or dt.timedelta()) // dt.timedelta(seconds=1)


def _jump_s(zone: dt.tzinfo, low_s: int, high_s: int) -> int:
    """Return the first second of (low_s, high_s] with another offset than `low_s` has."""
    offset_s = _ahead_s(dt.datetime.fromtimestamp(low_s, zone))
    while high_s - low_s > 1:
        middle_s = (low_s + high_s) // 2
        if _ahead_s(dt.datetime.fromtimestamp(middle_s, zone)) == offset_s:
            low_s = middle_s
        else:
            high_s = middle_s
    return high_s


def day_of(zone: dt.tzinfo, t_s: int) -> dt.date:
    """Return the date that the clock of a place shows at a moment."""
    return dt.datetime.fromtimestamp(t_s, zone).date()
