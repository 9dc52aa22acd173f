"""What a zone's periods say before their hours are worked out: dates as intervals, daily schedules in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from skykeep.facts.enacted import ClockTime, Daily, Interval, Period, SunEvent, SunTime

NOT_WORKED_OUT = "hours: "
"""How `hours_unread` begins where every schedule was read and only its hours are not worked out yet."""

DAY_S = 86_400
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVENTS = {
    SunEvent.BMCT: "the beginning of morning twilight",
    SunEvent.SR: "sunrise",
    SunEvent.SS: "sunset",
    SunEvent.EECT: "the end of evening twilight",
}


Say = Callable[..., str]
"""Says a text in some language, with its {parts} filled in."""


def plain(text: str, /, **parts: object) -> str:
    """Say a text as it stands, in English."""
    return text.format(**parts) if parts else text


def in_force(periods: tuple[Period, ...]) -> tuple[tuple[Interval, ...] | None, str | None]:
    """Return `applicability` and `hours_unread` of a zone with these periods; None, None: always in force.

    Dates alone are intervals at once. Daily schedules stay words, so that the zone is judged CANNOT_TELL between its
    dates until station.hours has worked them out.
    """
    dates = union((period.start_ns, period.end_ns) for period in periods)
    always = not periods or dates == (Interval(start_ns=None, end_ns=None),)
    daily = [period for period in periods if period.daily]
    ruled_always = any(not period.daily and period.start_ns is None and period.end_ns is None for period in periods)
    unread = NOT_WORKED_OUT + "; ".join(schedule_words(period.daily) for period in daily)
    return None if always else dates, unread if daily and not ruled_always else None


def union(spans: Iterable[tuple[int | None, int | None]]) -> tuple[Interval, ...]:
    """Return spans of time, None being open, as intervals that are sorted and apart; empty ones vanish."""
    done: list[tuple[int | None, int | None]] = []
    for start, end in sorted(spans, key=lambda span: (span[0] is not None, span[0] or 0)):
        if start is not None and end is not None and start >= end:
            continue
        if done and (done[-1][1] is None or start is None or start <= done[-1][1]):
            last_start, last_end = done[-1]
            done[-1] = (last_start, None if last_end is None or end is None else max(last_end, end))
        else:
            done.append((start, end))
    return tuple(Interval(start_ns=start, end_ns=end) for start, end in done)


def schedule_words(daily: Iterable[Daily], say: Say = plain) -> str:
    """Return daily hours in plain words: "Mon-Fri 08:00-17:00 Europe/Helsinki; Sat sunrise to sunset"."""
    return "; ".join(_daily_words(one, say) for one in daily)


def _daily_words(daily: Daily, say: Say) -> str:
    days = _days_words(daily.days, say)
    start, end = _time_words(daily.start, "00:00", say), _time_words(daily.end, "24:00", say)
    if isinstance(daily.start, SunTime) or isinstance(daily.end, SunTime):
        hours = say("{start} to {end}", start=start, end=end)
    else:
        hours = f"{start}-{end}"
    by_clock = not (isinstance(daily.start, SunTime) and isinstance(daily.end, SunTime))
    return f"{days} {hours} {daily.time_zone}" if by_clock else f"{days} {hours}"


def _days_words(days: tuple[int, ...], say: Say) -> str:
    if not days or len(days) == 7:
        return say("every day")
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    week = [say(day) for day in WEEK]
    return ", ".join(week[run[0]] if len(run) == 1 else f"{week[run[0]]}-{week[run[-1]]}" for run in runs)


def _time_words(time: ClockTime | SunTime | None, none: str, say: Say) -> str:
    if time is None:
        return none
    if isinstance(time, ClockTime):
        return clock_words(time.second)
    if time.offset_s == 0:
        return say(EVENTS[time.event])
    length, event = _length_words(abs(time.offset_s)), say(EVENTS[time.event])
    if time.offset_s > 0:
        return say("{length} after {event}", length=length, event=event)
    return say("{length} before {event}", length=length, event=event)


def clock_words(second: int) -> str:
    """Return seconds after midnight as HH:MM, with the seconds where there are any."""
    hours, minutes, seconds = second // 3600, second // 60 % 60, second % 60
    return f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def _length_words(seconds: int) -> str:
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"


def moment_words(t_ns: int) -> str:
    """Return a moment as ISO 8601 in UTC, with as many digits of a second as it has."""
    seconds, rest_ns = divmod(t_ns, 10**9)
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    fraction = f".{rest_ns:09}".rstrip("0") if rest_ns else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + f"{fraction}Z"
