"""When something is said to have been: every reading of its words as an interval, from the day of the dateline.

Intervals are of UTC days, since a report seldom tells the zone of the place; each reading says so.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence

from skykeep.account import phrases
from skykeep.account.tokens import Token
from skykeep.facts.claimed import Moment

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_MONTH_DAY = re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?")
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH}(?: (\d{{4}}))?")
_HOUR_NS = 3_600_000_000_000
_EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()
_ZONE = "the zone of the place is not known, so in UTC"
_PARTS = {"morning": (4, 12), "afternoon": (12, 18), "evening": (17, 24), "tonight": (17, 30)}
_LEADING = ("on", "late", "early", "last", "this", "earlier", "later", "in", "next", "since")


def words_of(tokens: Sequence[Token]) -> str | None:
    """Return the first time that stands in some tokens, as worded: "on Wednesday", "earlier this week"."""
    for at, token in enumerate(tokens):
        if not phrases.is_time(token) or token.low in ("day", "days", "hours", "years", "months", "weeks"):
            continue
        start, end = at, at + 1
        while start > 0 and tokens[start - 1].low in _LEADING:
            start -= 1
        while end < len(tokens) and (tokens[end].low in phrases.TIME_WORDS or tokens[end].text.isdigit()):
            end += 1
        if start == at and token.low in ("week", "month", "year", "may", "march", "morning", "night"):
            continue
        return " ".join(one.text for one in tokens[start:end])
    return None


def readings(words: str, dateline_day: str | None) -> tuple[Moment, ...]:
    """Return every reading of a time against a dateline (ISO day); none where the words or the day cannot be read."""
    try:
        day = dt.date.fromisoformat(dateline_day or "")
        return tuple(_readings(words.lower(), day))
    except (ValueError, OverflowError):
        return ()


def _readings(low: str, day: dt.date) -> Iterator[Moment]:
    dated = list(_dated(low, day))
    if dated:
        yield from dated
        return
    weekday = next((i for i, name in enumerate(WEEKDAYS) if name in low), None)
    if "overnight" in low or ("night" in low and "tonight" not in low):
        yield from _nights(low, day, weekday)
    elif weekday is not None:
        yield from _weekdays(low, day, weekday)
    elif "yesterday" in low:
        yield _moment(day - dt.timedelta(1), 0, 24, "the day before the dateline")
    elif any(part in low for part in _PARTS) or "today" in low:
        part = next((name for name in _PARTS if name in low), "")
        start, end = _PARTS.get(part, (0, 24))
        yield _moment(day, start, end, f"the {part or 'day'} of the dateline")
    else:
        yield from _spells(low, day)


def _dated(low: str, day: dt.date) -> Iterator[Moment]:
    match = _MONTH_DAY.search(low)
    if match is not None:
        month, number, year = match[1], match[2], match[3]
    else:
        match = _DAY_MONTH.search(low)
        if match is None:
            return
        number, month, year = match[1], match[2], match[3]
    made = dt.date(int(year or day.year), _MONTHS.index(month) + 1, int(number))
    if year is None and made > day + dt.timedelta(31):
        made = made.replace(year=made.year - 1)
    yield _moment(made, 0, 24, "the date as worded" if year else "the date in the year of the dateline")


def _back(day: dt.date, weekday: int) -> dt.date:
    return day - dt.timedelta((day.weekday() - weekday) % 7)


def _weekdays(low: str, day: dt.date, weekday: int) -> Iterator[Moment]:
    name = WEEKDAYS[weekday].capitalize()
    one = _back(day, weekday)
    if "last" in low.split():
        before = one - dt.timedelta(7) if one == day else one
        yield _moment(before, 0, 24, f"the latest {name} before the dateline")
        yield _moment(before - dt.timedelta(7), 0, 24, f"the {name} of the week before")
        return
    yield _moment(one, 0, 24, f"the {name} on or before the dateline")


def _nights(low: str, day: dt.date, weekday: int | None) -> Iterator[Moment]:
    if weekday is None:
        yield _moment(day - dt.timedelta(1), 18, 30, "the night that ended on the day of the dateline")
        yield _moment(day, 18, 30, "the night that began on the day of the dateline")
        return
    name, one = WEEKDAYS[weekday].capitalize(), _back(day, weekday)
    yield _moment(one, 18, 30, f"the night that began on {name}, on or before the dateline")
    yield _moment(one - dt.timedelta(1), 18, 30, f"the night that ended on {name}, on or before the dateline")
    _ = low


def _spells(low: str, day: dt.date) -> Iterator[Moment]:
    monday = day - dt.timedelta(day.weekday())
    first = day.replace(day=1)
    if "last week" in low:
        yield _moment(monday - dt.timedelta(7), 0, 7 * 24, "the calendar week before the dateline")
    elif "week" in low:
        yield _moment(monday, 0, 24 * (day.weekday() + 1), "the week of the dateline, up to its day")
    elif "last month" in low:
        before = (first - dt.timedelta(1)).replace(day=1)
        yield _moment(before, 0, 24 * (first - before).days, "the calendar month before the dateline")
    elif "month" in low:
        yield _moment(first, 0, 24 * day.day, "the month of the dateline, up to its day")
    elif "last year" in low:
        before = dt.date(day.year - 1, 1, 1)
        yield _moment(before, 0, 24 * (dt.date(day.year, 1, 1) - before).days, "the year before the dateline")
    elif "year" in low:
        new_year = dt.date(day.year, 1, 1)
        yield _moment(new_year, 0, 24 * ((day - new_year).days + 1), "the year of the dateline, up to its day")


def _moment(day: dt.date, start_hour: int, end_hour: int, how: str) -> Moment:
    midnight_ns = (day.toordinal() - _EPOCH_ORDINAL) * 24 * _HOUR_NS
    return Moment(
        start_ns=midnight_ns + start_hour * _HOUR_NS,
        end_ns=midnight_ns + end_hour * _HOUR_NS,
        how=f"{how}; {_ZONE}",
    )
