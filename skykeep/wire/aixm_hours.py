"""When an AIXM airspace is active: its activations and their timesheets, as periods or, where unread, in words.

    ACTIVE, IN_USE, no status     in force at the hours of its timesheets; without any: always, or as its remark says
    INACTIVE                      without timesheets it only says what holds outside of the active hours
    AVBL_FOR_ACTIVATION, others   somebody announces when: `hours_unread`

A timesheet is read where a week repeats: days, clock times, sunrise and sunset. Parts of a year, holidays, exclusions,
a range of days with hours (is it each day, or without a break?) and clocks that follow summer time are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from skykeep.facts.enacted import ClockTime, Daily, Period, SunEvent, SunTime
from skykeep.wire.xmltext import Element

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
EVENTS = {"BMCT": SunEvent.BMCT, "SR": SunEvent.SR, "SS": SunEvent.SS, "EECT": SunEvent.EECT}
ACTIVE = ("ACTIVE", "IN_USE", "")

_CLOCK = re.compile(r"([0-9]{2}):?([0-9]{2})")
_REFERENCE = re.compile(r"UTC(?:([+-])([0-9]{1,2})(?::?([0-9]{2}))?)?")
_MINUTES = re.compile(r"[+-]?[0-9]{1,3}")
_ALL_YEAR = (("01-01", "31-12"), ("", ""))


class Hours(NamedTuple):
    """`periods` empty and `unread` None: always."""

    periods: tuple[Period, ...]
    unread: str | None


def hours(time_slice: Element, doubts: list[str]) -> Hours:
    """Return when the airspace of a time slice is active."""
    given = list(time_slice.all("activation", "AirspaceActivation"))
    if not given:
        doubts.append("no activation is given; read as always active")
        return Hours((), None)
    daily, unread, always = list[Daily](), list[str](), False
    for one in given:
        status = (one.said("status") or "").upper()
        sheets = list(one.all("timeInterval", "Timesheet"))
        if one.first("levels") is not None:
            doubts.append(
                "an activation names levels of its own; they were not applied, so the whole airspace is active"
            )
        if status == "INACTIVE" and not sheets and len(given) > 1:
            continue
        if status in ACTIVE and sheets:
            for sheet in sheets:
                found = _daily(sheet, doubts)
                daily += found or ()
                unread += [] if found else [_words(sheet)]
        elif status in ACTIVE and not remarks(one):
            always = True
        else:
            unread.append("; ".join([status or "remark", *map(_words, sheets), *remarks(one)]))
    return _summed(daily, unread, always=always)


def _summed(daily: list[Daily], unread: list[str], *, always: bool) -> Hours:
    whole = {day for one in daily if one.start is None and one.end is None for day in one.days or range(7)}
    if always or len(whole) == 7:
        return Hours((), None)
    if unread:
        return Hours((), "activation: " + "; ".join(unread)[:1_000])
    return Hours((Period(start_ns=None, end_ns=None, daily=tuple(daily)),) if daily else (), None)


def remarks(of: Element) -> list[str]:
    """Return the texts of its annotations."""
    notes = of.all("annotation", "Note", "translatedNote", "LinguisticNote", "note")
    return [" ".join(note.text.split())[:500] for note in notes if note.text]


def _words(sheet: Element) -> str:
    said = (f"{child.name} {child.text}" for child in sheet.children if child.text)
    return " ".join(said)[:300] or "an empty timesheet"


def _daily(sheet: Element, doubts: list[str]) -> tuple[Daily, ...] | None:
    """Return what a timesheet says, None where a part of it was not understood."""
    year = tuple((sheet.said(edge) or "") for edge in ("startDate", "endDate"))
    if year not in _ALL_YEAR or (sheet.said("excluded") or "NO").upper() != "NO":
        return None
    zone = _time_zone(sheet.said("timeReference"))
    start, end = _edge(sheet, "start"), _edge(sheet, "end")
    if zone is None or start == "?" or end == "?":
        return None
    if (
        isinstance(start, ClockTime)
        and isinstance(end, ClockTime)
        and start.second % 86_400 == end.second % 86_400 == 0
    ):
        if end.second == 0:
            doubts.append("a timesheet from 00:00 to 00:00 was read as the whole day")
        start = end = None
    elif isinstance(end, ClockTime) and end.second == 86_340:
        doubts.append("a timesheet until 23:59 was read as until midnight")
        end = ClockTime(second=86_400)
        start = None if start == ClockTime(second=0) else start
        end = None if start is None else end
    days = _days(sheet.said("day"), sheet.said("dayTil"), whole=start is None and end is None)
    clocked = isinstance(start, ClockTime) or isinstance(end, ClockTime)
    if days is None or (clocked and (sheet.said("daylightSavingAdjust") or "NO").upper() != "NO"):
        return None
    assert not isinstance(start, str)
    assert not isinstance(end, str)
    return (Daily(days=days, start=start, end=end, time_zone=zone),)


def _time_zone(reference: str | None) -> str | None:
    found = _REFERENCE.fullmatch((reference or "UTC").upper())
    if found is None or int(found[2] or 0) > 14 or int(found[3] or 0) > 59:
        return None
    return f"{found[1]}{int(found[2]):02}:{found[3] or '00'}" if found[1] else "UTC"


def _edge(sheet: Element, edge: str) -> ClockTime | SunTime | str | None:
    """Return when it begins or ends; None: not said, "?": not understood."""
    clock, event = sheet.said(f"{edge}Time"), sheet.said(f"{edge}Event")
    if event is not None:
        offset = sheet.first(f"{edge}TimeRelativeEvent")
        text = offset.text if offset is not None else "0"
        unit = offset.attributes.get("uom", "MIN").upper() if offset is not None else "MIN"
        if clock is not None or event.upper() not in EVENTS or not _MINUTES.fullmatch(text or "0") or unit != "MIN":
            return "?"
        return SunTime(event=EVENTS[event.upper()], offset_s=int(text or "0") * 60)
    if clock is None:
        return None
    found = _CLOCK.fullmatch(clock)
    minutes = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else 9_999
    return ClockTime(second=minutes * 60) if minutes <= 1_440 else "?"


def _days(day: str | None, until: str | None, *, whole: bool) -> tuple[int, ...] | None:
    first = (day or "ANY").upper()
    last = (until or first).upper()
    if first == "ANY" and last == "ANY":
        return ()
    if first not in DAYS or last not in DAYS or (first != last and not whole):
        return None
    begin, end = DAYS.index(first), DAYS.index(last)
    return _ascending((begin + step) % 7 for step in range((end - begin) % 7 + 1))


def _ascending(days: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(days))
