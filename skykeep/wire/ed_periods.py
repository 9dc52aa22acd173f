"""Hours as ED-269 and ED-318 write them, read into periods.

    [{"permanent": "YES" or "NO", "startDateTime", "endDateTime",
      "schedule": [{"day": ["MON" .. "SUN", "ANY"], "startTime" or "startEvent", "endTime" or "endEvent"}]}]

ED-318 has no "permanent"; "schedule" is also found as "dailyPeriod". Times name their zone themselves (Z, +02:00). A
closing time of 23:59, 23:59:00, 23:59:59 or 24:00, of a day or of a date, is the end of that day: nobody means to open
the last minute. A date before 1970 or after 2200 is none: open on that side.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from skykeep.errors import Malformed
from skykeep.facts.enacted import ClockTime, Daily, Interval, Period, SunEvent, SunTime
from skykeep.wire import quantity
from skykeep.wire.jsontext import Json, kind, show
from skykeep.wire.moments import LATEST_S, iso_ns
from skykeep.wire.periods import DAY_S, in_force

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_FULL_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
EVENTS = {event.name: event for event in SunEvent} | {"EMCT": SunEvent.EECT}

DAILY_MAX = 100  # in all periods of a zone
PERIODS_MAX = 1_000

_TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,30})?)?(Z|z|[+-][0-9]{2}:?[0-9]{2})?")
_CLOSING = re.compile(
    r"(.*[Tt ])(?:24:00(?::00(?:[.,]0+)?)?|23:59(?::00|:59(?:[.,][0-9]+)?)?)(Z|z|[+-][0-9]{2}:?[0-9]{2})?"
)
_LAST_MINUTE_S = DAY_S - 60
_UNSAID = re.compile(r"(?:Z|z|[+-][0-9]{2}:?[0-9]{2})$")

Time = ClockTime | SunTime | None

ALWAYS = Period(start_ns=None, end_ns=None, daily=())


@dataclasses.dataclass(frozen=True, slots=True)
class Hours:
    """When a zone is in force: what was read, and the words of what was not."""

    periods: tuple[Period, ...]
    applicability: tuple[Interval, ...] | None
    hours_unread: str | None


def read(said: Json, schedule_keys: tuple[str, ...], doubts: list[str]) -> Hours:
    """Return the hours of ED-269 `applicability` or ED-318 `limitedApplicability`; periods add up."""
    if said is None or said == []:
        return Hours((), None, None)
    if not isinstance(said, list):
        return Hours((), None, f"applicability: {kind(said)} where a list of periods belongs")
    if len(said) > PERIODS_MAX:
        return Hours((), None, f"applicability: {len(said)} periods; {PERIODS_MAX} are read")
    periods, unread, dates = list[Period](), list[str](), list[Period]()
    for one in said:
        period, words = _period(one, schedule_keys, doubts)
        dates.append(period)
        if words is None:
            periods.append(period)
        else:
            unread.append(words)
    applicability, not_worked_out = in_force(tuple(dates))
    if (count := sum(len(period.daily) for period in periods)) > DAILY_MAX:
        return Hours((), applicability, f"applicability: {count} entries in its schedules; {DAILY_MAX} are read")
    if ALWAYS in periods:
        unread = []
    if all(period == ALWAYS for period in periods):
        periods = []
    return Hours(tuple(periods), applicability, "; ".join([*unread, *filter(None, [not_worked_out])]) or None)


def _period(said: Json, schedule_keys: tuple[str, ...], doubts: list[str]) -> tuple[Period, str | None]:
    """Return a period, or where it cannot be read the dates that hold in any case and the words of the rest."""
    if not isinstance(said, dict):
        return ALWAYS, f"period: {kind(said)} where an object belongs"
    try:
        start_ns, end_ns = dates(said, "startDateTime", "endDateTime", doubts)
    except Malformed as error:
        return ALWAYS, f"dates: {error}"
    _note_permanent(said, start_ns, end_ns, doubts)
    schedule = next((said[key] for key in schedule_keys if said.get(key) is not None), None)
    try:
        daily = _schedule(schedule, doubts)
    except Malformed as error:
        return Period(start_ns=start_ns, end_ns=end_ns, daily=()), f"schedule: {error}"
    return Period(start_ns=start_ns, end_ns=end_ns, daily=daily), None


def dates(said: Mapping[str, Json], start: str, end: str, doubts: list[str]) -> tuple[int | None, int | None]:
    """Return the moments under two keys, None where one is open."""
    start_ns, end_ns = _date_ns(said, start, doubts), _date_ns(said, end, doubts, closing=True)
    if start_ns is not None and end_ns is not None and start_ns >= end_ns:
        raise Malformed(f"{show(said[start])} is not before {show(said[end])}")
    latest_ns = LATEST_S * 10**9
    if (start_ns or 0) > latest_ns or (end_ns is not None and end_ns < 0):
        raise Malformed(f"{show(said.get(start))} to {show(said.get(end))} is all before 1970 or after 2200")
    if start_ns is not None and start_ns < 0:
        doubts.append(f"{start} {said[start]} is before 1970; read as no beginning")
        start_ns = None
    if end_ns is not None and end_ns > latest_ns:
        doubts.append(f"{end} {said[end]} is after 2200; read as no end")
        end_ns = None
    return start_ns, end_ns


def _date_ns(said: Mapping[str, Json], key: str, doubts: list[str], *, closing: bool = False) -> int | None:
    text = quantity.take_text(said, key)
    if text is None:
        return None
    last = _CLOSING.fullmatch(text) if closing else None
    moment_ns = iso_ns(f"{last[1]}24:00{last[2] or ''}" if last else text, zone_assumed=True)
    if not _UNSAID.search(text.partition("T")[2] or text.partition(" ")[2] or text.partition("t")[2]):
        doubts.append(f"{key} {text} names no time zone; read as UTC")
    return moment_ns


def _note_permanent(said: Mapping[str, Json], start_ns: int | None, end_ns: int | None, doubts: list[str]) -> None:
    permanent = said.get("permanent")
    dated = start_ns is not None or end_ns is not None
    if permanent in ("YES", True) and dated:
        doubts.append("permanent YES stands beside dates; in force between the dates, at any hour of its schedule")
    elif permanent in ("NO", False) and not dated:
        doubts.append("permanent NO, but no dates; read as permanent")
    elif permanent not in ("YES", "NO", True, False, None):
        doubts.append(f"permanent {show(permanent)} is neither YES nor NO; the dates alone decide")


def _schedule(said: Json, doubts: list[str]) -> tuple[Daily, ...]:
    """Return daily hours; none where they cover every hour of the week."""
    entries = said if isinstance(said, list) else [said]
    if len(entries) > DAILY_MAX:
        raise Malformed(f"{len(entries)} entries; {DAILY_MAX} are read, and more were never seen in a real one")
    heard: list[str] = []
    daily = tuple(_daily(one, heard) for one in entries if not _says_nothing(one))
    whole = _covers_the_week(daily)
    doubts.extend(doubt for doubt in dict.fromkeys(heard) if not (whole and "no time zone" in doubt))
    return () if whole else daily


def plain(period: Period) -> Period:
    """Return a period in the form in which `read` gives it."""
    daily = tuple(_plain_daily(one) for one in period.daily)
    return Period(start_ns=period.start_ns, end_ns=period.end_ns, daily=() if _covers_the_week(daily) else daily)


def _plain_daily(daily: Daily) -> Daily:
    whole = daily.start == daily.end == ClockTime(second=0)
    days = () if len(daily.days) == 7 else daily.days
    end = ClockTime(second=DAY_S) if whole else daily.end
    return Daily(days=days, start=daily.start, end=end, time_zone=daily.time_zone)


def _says_nothing(entry: Json) -> bool:
    if not isinstance(entry, dict):
        return entry is None or entry == ""
    hours = any(entry.get(key) for key in ("startTime", "endTime", "startEvent", "endEvent"))
    return not hours and _days(entry) == ()


def _covers_the_week(daily: tuple[Daily, ...]) -> bool:
    whole: dict[str, set[int]] = {}
    for one in daily:
        if one.start in (None, ClockTime(second=0)) and one.end in (None, ClockTime(second=DAY_S)):
            whole.setdefault(one.time_zone, set()).update(one.days or range(7))
    return any(len(days) == 7 for days in whole.values())


def _days(entry: Mapping[str, Json]) -> tuple[int, ...]:
    given = entry.get("day")
    listed = [given] if isinstance(given, str) else [] if given is None else given
    if not isinstance(listed, list):
        raise Malformed(f"day: {kind(given)} where names of days belong")
    words = [one.strip().upper() if isinstance(one, str) else one for one in listed if one != ""]
    numbers = [number for number in range(7) if DAYS[number] in words or _FULL_DAYS[number] in words]
    for word in words:
        if word not in (*DAYS, *_FULL_DAYS, "ANY"):
            raise Malformed(f"day {show(word)} is not known")
    return () if not words or "ANY" in words or len(numbers) == 7 else tuple(numbers)


def _daily(entry: Json, doubts: list[str]) -> Daily:
    if not isinstance(entry, dict):
        raise Malformed(f"{show(entry)} is no daily schedule")
    (start, start_zone), (end, end_zone) = (_time(entry, edge) for edge in ("start", "end"))
    if isinstance(start, ClockTime) and start.second >= DAY_S:
        raise Malformed(f"startTime {show(entry['startTime'])} is the end of a day")
    if isinstance(start, ClockTime) and isinstance(end, ClockTime) and start_zone and end_zone:
        end = _carried_over(end, end_zone, start_zone)
    if start == end == ClockTime(second=0):
        doubts.append(f"schedule {entry['startTime']} to {entry['endTime']} read as the whole day")
        end = ClockTime(second=DAY_S)
    elif start == end and isinstance(start, ClockTime):
        doubts.append(f"schedule {entry['startTime']} to {entry['endTime']} read as 24 hours")
    if (isinstance(start, ClockTime) or isinstance(end, ClockTime)) and not (start_zone or end_zone):
        doubts.append(f"schedule {show(entry)} names no time zone; read as UTC")
    return Daily(days=_days(entry), start=start, end=end, time_zone=start_zone or end_zone or "UTC")


def _time(entry: Mapping[str, Json], edge: str) -> tuple[Time, str | None]:
    """Return a time of day or an event, and the time zone that it names."""
    time, event = entry.get(f"{edge}Time"), entry.get(f"{edge}Event")
    if event in (None, ""):
        return (None, None) if time in (None, "") else _clock(time, edge)
    if time not in (None, ""):
        raise Malformed(f"{edge}Time {show(time)} and {edge}Event {show(event)}: only one of the two can hold")
    found = EVENTS.get(event.strip().upper()) if isinstance(event, str) else None
    if found is None:
        raise Malformed(f"{edge}Event {show(event)} is not known")
    return SunTime(event=found, offset_s=0), None


def _clock(text: Json, edge: str) -> tuple[ClockTime, str | None]:
    found = _TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise Malformed(f"{edge}Time {show(text)} is no time of day such as 08:00:00Z")
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    seconds = hour * 3600 + minute * 60 + second
    closing = edge == "end" and hour == 23 and minute == 59 and second in (0, 59, 60)
    if minute > 59 or (second > 59 and not closing) or seconds > DAY_S:
        raise Malformed(f"{edge}Time {show(text)}: there is no such time of day")
    if closing:
        seconds = DAY_S
    elif edge == "end" and found[4] and int(found[4][1:]):
        seconds += 1  # a part of a second is in force whole
    return ClockTime(second=seconds), _zone(found[5], text)


def _zone(text: str | None, of: Json) -> str | None:
    if text is None or text in "Zz":
        return text and "UTC"
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise Malformed(f"{show(of)}: there is no such time zone")
    return f"{text[0]}{hours:02}:{minutes:02}" if hours or minutes else "UTC"


def offset_s(zone: str) -> int:
    """Return the seconds by which the clock of "UTC" or an offset such as "+05:30" is ahead of UTC."""
    if zone == "UTC":
        return 0
    return (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60) * (-1 if zone[0] == "-" else 1)


def _carried_over(time: ClockTime, zone: str, into: str) -> ClockTime:
    """Return a closing time by the clock of another zone, on the day that the rule of Daily then finds."""
    if zone == into:
        return time
    return ClockTime(second=(time.second + offset_s(into) - offset_s(zone)) % DAY_S)
