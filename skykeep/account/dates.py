"""Weekdays beside the days of the calendar that a report names with them, and beside the day of its dateline.

A day with a year is looked up. A day without one is read in the year that brings it nearest to the dateline; where
another neighbouring year fits the weekday instead, it cannot be checked which is meant, and both stand in the words. A
weekday alone is laid beside the dateline, all of a report in one check: the last such day where its sentence is in the
past tense, else the last one and the next one. It agrees where the dateline is itself such a day, or where "yesterday"
or "tomorrow" stands beside it and fits.
"""

from __future__ import annotations

import datetime as dt
import re

from skykeep.account import days, nearby, quantities
from skykeep.account.days import Day
from skykeep.account.quantities import Outcome
from skykeep.facts.accounted import Check, Document, Figure

BASIS = "the Gregorian calendar"
_RELATIVE = r"(?P<word>yesterday|today|tomorrow)"
_BESIDE_AFTER = re.compile(rf"(?:,?[ ]|[ ]\(){_RELATIVE}\b", re.IGNORECASE)
_BESIDE_BEFORE = re.compile(rf"\b{_RELATIVE},?[ ](?:\(|on[ ])?$", re.IGNORECASE)
_AWAY_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_BESIDE_CHARS = 16
_PAST = re.compile(
    r"\b(?:was|were|had|did|said|told|came|went|took|saw|made|began|flew|struck|hit|shot|sent|fell|found|left|met|spoke"
    r"|wrote|gave|held|heard|brought|broke|led|became|got|ran|blew|sank|rose|died|[a-z]{2,20}(?<!e)ed)\b"
)
_AHEAD = re.compile(
    r"\b(?:will|would|shall|may|might|could|should|next|coming|due|plans?|planned|scheduled|expected|set|until|till|by"
    r"|tomorrow|upcoming|from|is|are|to[ ](?:be|meet|speak|vote|visit|hold|start|begin|open|decide))\b|[’']ll\b"
)


def check(document: Document) -> list[Check]:
    """Return a check for each weekday that stands with a day or alone, and for each day that no calendar has."""
    found = days.find(document.text)
    dateline = _dateline(document)
    dated = [made for day in found if (made := _dated(document, day, dateline))]
    return dated + _lone(document, days.lone_weekdays(document.text, found), dateline)


def told(day: dt.date) -> str:
    """Return a day for people: "Wednesday 3 May 2023"."""
    return f"{days.WEEKDAYS[day.weekday()]} {day.day} {days.MONTHS[day.month - 1]} {day.year}"


def _dateline(document: Document) -> dt.date | None:
    stated = document.source.dateline_day
    try:
        return dt.date.fromisoformat(stated) if stated else None
    except ValueError:
        return None


def _dated(document: Document, day: Day, dateline: dt.date | None) -> Check | None:
    """Check a day of the calendar: whether there is one, and whether the weekday with it fits."""
    figure = (quantities.figure(document, day.start, day.end),)
    if day.month is None:
        readings, primary = list(day.readings), 1 if len(day.readings) == 1 else 0
    else:
        readings, primary = _nearest(day, dateline), 1 if dateline else 0
    if not readings:
        return _made("differs", f"“{day.words}”: the calendar has no such day.", figure)
    if day.weekday is None:
        return None
    weekday = days.WEEKDAYS[day.weekday]
    fitting = [reading for reading in readings if reading.weekday() == day.weekday]
    if readings[:primary] and readings[0] in fitting:
        year = f" of {readings[0].year}, the year nearest to the dateline," if day.month else ""
        return _made("agrees", f"“{day.words}”: that day{year} is a {weekday}; agrees.", figure)
    others = "; ".join(told(reading) for reading in readings)
    if fitting:
        words = f"“{day.words}”: {told(fitting[0])} fits the weekday; its year or order is not said ({others})."
        return _made("agrees" if day.month is None else "cannot_check", words, figure)
    return _made("differs", f"“{day.words}” names a {weekday}; differs from the calendar, which has {others}.", figure)


def _nearest(day: Day, dateline: dt.date | None) -> list[dt.date]:
    """Return a day without a year in the years about the dateline, the nearest first; without one, a leap year's."""
    assert day.month is not None and day.day is not None, "the year is what is missing"  # noqa: PT018
    if dateline is None:
        some = days.on(2024, day.month, day.day)  # only to learn whether any year has it
        return (
            [reading for year in range(2024, 2031) if (reading := days.on(year, some.month, some.day))] if some else []
        )
    years = (dateline.year + step for step in (0, -1, 1))
    readings = [reading for year in years if 0 < year < 10_000 and (reading := days.on(year, day.month, day.day))]
    return sorted(readings, key=lambda reading: abs((reading - dateline).days))


def _lone(document: Document, found: list[Day], dateline: dt.date | None) -> list[Check]:
    """Return one check of all weekdays that stand alone, and one for each with "yesterday" or the like beside it."""
    by_words: dict[tuple[str, str], list[Day]] = {}
    for day in found:
        assert day.weekday is not None, "it is a weekday"
        by_words.setdefault((days.WEEKDAYS[day.weekday], _beside(document.text, day)), []).append(day)
    alone = {name: places for (name, beside), places in by_words.items() if not beside or dateline is None}
    made = [_alone(document, alone, dateline)] if alone else []
    if dateline is None:
        return made
    relative = ((name, beside, places) for (name, beside), places in by_words.items() if beside)
    return made + [_relative(name, beside, dateline, _figures(document, places)) for name, beside, places in relative]


def _figures(document: Document, places: list[Day]) -> tuple[Figure, ...]:
    return tuple(quantities.figure(document, day.start, day.end) for day in places)


def _beside(text: str, day: Day) -> str:
    """Return "yesterday", "today" or "tomorrow" where it stands beside a weekday, else nothing."""
    after = _BESIDE_AFTER.match(text, day.end, day.end + _BESIDE_CHARS)
    beside = after or _BESIDE_BEFORE.search(text, max(0, day.start - _BESIDE_CHARS), day.start)
    return beside["word"].lower() if beside else ""


def _alone(document: Document, alone: dict[str, list[Day]], dateline: dt.date | None) -> Check:
    """Lay weekdays beside the dateline, every reading told; only the dateline's own weekday agrees by itself."""
    figures = tuple(figure for places in alone.values() for figure in _figures(document, places))
    if dateline is None:
        names = ", ".join(f"“{name}”" for name in alone)
        return _made("cannot_check", f"{names}: the report states no day of its own to count from.", figures)
    text = document.text
    readings = "; ".join(
        _readings(name, dateline, past=all(_is_past(text, day) for day in places)) for name, places in alone.items()
    )
    own = list(alone) == [days.WEEKDAYS[dateline.weekday()]]
    return _made("agrees" if own else "cannot_check", f"The report is dated {told(dateline)}: {readings}.", figures)


def _is_past(text: str, day: Day) -> bool:
    """Tell whether the sentence of a weekday has a verb in the past tense and nothing that lies ahead."""
    left, right = nearby.sentence(text, day.start, day.end)
    return bool(_PAST.search(text, left, right)) and not _AHEAD.search(text, left, right)


def _readings(name: str, dateline: dt.date, *, past: bool) -> str:
    back = (dateline.weekday() - days.WEEKDAYS.index(name)) % 7
    if back == 0:
        return f"“{name}” agrees with that day"
    last, following = _step(dateline, -back), _step(dateline, 7 - back)
    if past:
        return f"“{name}” is read as {_short(last)}, since it is told in the past tense"
    return f"“{name}” may be {_short(last)} before it or {_short(following)} after it"


def _short(day: dt.date) -> str:
    return f"{day.day} {days.MONTHS[day.month - 1]}"


def _relative(name: str, beside: str, dateline: dt.date, figures: tuple[Figure, ...]) -> Check:
    meant = _step(dateline, _AWAY_DAYS[beside])
    fits = days.WEEKDAYS[meant.weekday()] == name
    words = f"“{beside}” from the dateline is {told(meant)}, and the report names a {name}"
    return _made("agrees" if fits else "differs", f"{words}; {'agrees' if fits else 'differs'}.", figures)


def _step(day: dt.date, by_days: int) -> dt.date:
    """Return a day so many days on; the calendar's last or first day where it ends there."""
    ordinal = day.toordinal() + by_days
    return dt.date.fromordinal(min(max(ordinal, 1), dt.date.max.toordinal()))


def _made(outcome: Outcome, words: str, figures: tuple[Figure, ...]) -> Check:
    return Check(
        kind="date", outcome=outcome, words=words, figures=figures, stated=None, computed=None, unit=None, basis=BASIS
    )
