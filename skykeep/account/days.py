"""Calendar days as people word them, with every reading that the words allow.

Read are `3 May 2023`, `the 3rd of May`, `May 3, 2023`, `2023-05-03` and `03/05/2023`, each with a weekday before it or
after it. `03/05/2023` has two readings, the European one first. What the calendar does not know (30 February) has none.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import NamedTuple

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

# A full name or its usual short form, both as written and in capitals; "may" in small letters is a verb.
_WEEKDAY = (
    r"(?:(?:Mon|Tue(?:s)?|Wed(?:nes)?|Thu(?:r(?:s)?)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
    r"|(?:MON|TUES|WEDNES|THURS|FRI|SATUR|SUN)DAY)"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?|JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER"
    r"|DECEMBER|JAN|FEB|MAR|APR|JUN|JUL|AUG|SEPT|SEP|OCT|NOV|DEC)"
)
_DAY = r"\d{1,2}(?!\d)"
_YEAR = r"[12]\d{3}(?!\d)"
_BEFORE = rf"(?:(?P<before>{_WEEKDAY})\b\.?,?[ \u00a0](?:the[ ])?)?"
_AFTER = rf"(?:,?[ \u00a0](?:\(?(?:a|on a)[ ])?(?P<after>{_WEEKDAY})\b)?"
_NOT_MORE = r"(?![\d%]|[.,]\d|[ ]?(?:percent|per cent)\b)"
_FORMS = tuple(
    re.compile(rf"(?=\w)(?<![\w-]){_BEFORE}{form}{_NOT_MORE}{_AFTER}")
    for form in (
        rf"(?P<d>{_DAY})(?:st|nd|rd|th)?[ \u00a0](?:of[ ])?(?P<mon>{_MONTH})\b(?:\.?,?[ \u00a0](?P<y>{_YEAR}))?",
        rf"(?P<mon>{_MONTH})\b\.?[ \u00a0](?P<d>{_DAY})(?:st|nd|rd|th)?\b(?:,?[ \u00a0](?P<y>{_YEAR}))?",
        rf"(?P<y>{_YEAR})(?P<sep>[-/])(?P<m>{_DAY})(?P=sep)(?P<d>{_DAY})(?![-/])",
        rf"(?P<one>{_DAY})(?P<sep>[./-])(?P<two>{_DAY})(?P=sep)(?P<y>{_YEAR})(?![-/])",
    )
)
_ISO_STAMP = re.compile(rf"(?<![\w-])(?P<y>{_YEAR})-(?P<m>\d\d)-(?P<d>\d\d)(?=T\d)")
_LONE_WEEKDAY = re.compile(rf"(?<![\w-])(?P<before>{_WEEKDAY})\b")


class Day(NamedTuple):
    """A day as it is worded at a place of a text."""

    start: int  # code points
    end: int
    words: str
    weekday: int | None  # 0 is Monday; None: not said
    readings: tuple[dt.date, ...]  # where the year is said; empty: it is not, or there is no such day
    month: int | None  # where the year is not said; None: it is
    day: int | None


def find(text: str, start: int = 0, end: int | None = None) -> list[Day]:
    """Return every day that stands in `text[start:end]`, in order, none overlapping another."""
    stop = len(text) if end is None else end
    found = sorted(_all(text, start, stop), key=lambda day: (day.start, -day.end))
    kept: list[Day] = []
    for day in found:
        if not kept or day.start >= kept[-1].end:
            kept.append(day)
    return kept


def lone_weekdays(text: str, taken: list[Day]) -> list[Day]:
    """Return the weekdays that stand alone, none of them part of a day in `taken` (in order)."""
    alone, at = [], 0
    for match in _LONE_WEEKDAY.finditer(text):
        while at < len(taken) and taken[at].end <= match.start():
            at += 1
        inside = at < len(taken) and taken[at].start < match.end()
        weekday = weekday_of(match["before"])
        if not inside and match["before"].lower().endswith("day"):  # "Sun" and "Sat" are words of their own
            alone.append(Day(match.start(), match.end(), match[0], weekday, (), None, None))
    return alone


def weekday_of(word: str) -> int:
    """Return the number of a weekday by its first three letters, 0 for Monday."""
    return [name[:3].lower() for name in WEEKDAYS].index(word[:3].lower())


def month_of(word: str) -> int:
    """Return the number of a month by its first three letters, 1 for January."""
    return [name[:3].lower() for name in MONTHS].index(word[:3].lower()) + 1


def on(year: int, month: int, day: int) -> dt.date | None:
    """Return that day, or None where the calendar has no such day."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _all(text: str, start: int, stop: int) -> Iterator[Day]:
    for form in (*_FORMS, _ISO_STAMP):
        for match in form.finditer(text, start, stop):
            yield _read(match)


def _read(match: re.Match[str]) -> Day:
    parts = match.groupdict()
    said = parts.get("before") or parts.get("after")
    weekday = weekday_of(said) if said else None
    year = int(parts["y"]) if parts["y"] else None
    if "one" in parts:
        one, two = int(parts["one"]), int(parts["two"])
        pairs = [(two, one), (one, two)]  # month and day: Europe first, then the United States
    else:
        month = month_of(parts["mon"]) if "mon" in parts else int(parts["m"])
        pairs = [(month, int(parts["d"]))]
    if year is None:
        return Day(match.start(), match.end(), match[0], weekday, (), *pairs[0])
    days = [day for month, number in dict.fromkeys(pairs) if (day := on(year, month, number))]
    return Day(match.start(), match.end(), match[0], weekday, tuple(dict.fromkeys(days)), None, None)
