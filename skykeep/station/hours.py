"""A zone's hours worked out at publishing: dates, days and sun events in a time zone become UTC intervals.

    between start and end       the start is in force, the end is not; 24:00 is the end of the day
    an end at or before start   lies on the next day; a day's name is that of the day on which the hours begin
    several periods or hours    add up
    a time that clocks skip     is the moment of their jump
    a time that clocks repeat   the first of the two begins, the last ends: in force in between
    sun events                  of the box around the zone: the earliest beginning, the latest end in it
    ... that do not happen      that day is in force whole, by the clock and by the sun: in polar night and polar day
    an unknown time zone        nothing is worked out; the verdict there stays CANNOT_TELL

Each reading is the one that keeps a zone in force longer, and what was decided is a doubt on the zone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterable, Iterator

import msgspec

from skykeep.errors import Refused
from skykeep.facts.enacted import ClockTime, Daily, Interval, Period, SunTime, ZoneEnacted
from skykeep.station import sun, wallclock
from skykeep.wire.moments import LATEST_S
from skykeep.wire.periods import NOT_WORKED_OUT, Say, moment_words, plain, schedule_words, union

SPAN_DAYS = 400
"""How far ahead hours are worked out where nobody says."""

WIDE_M = 50_000.0
_DAY_S, _NS = 86_400, 10**9
_DAY = dt.timedelta(days=1)


def publish(zone: ZoneEnacted, *, from_ns: int, until_ns: int | None = None) -> ZoneEnacted:
    """Return the zone with its hours as intervals for [from_ns, until_ns), by default 400 days.

    A zone without daily hours, or with words that could not be read, comes back as it is. Publishing again, for another
    span, begins anew from its periods. Refused: a span that is empty, or not between 1970 and 2200.
    """
    until_ns = from_ns + SPAN_DAYS * _DAY_S * _NS if until_ns is None else until_ns
    if not 0 <= from_ns < until_ns <= LATEST_S * _NS:
        raise Refused(
            f"hours cannot be worked out from {from_ns} to {until_ns} ns: name a span between 1970 and 2200 that does "
            f"not end before it begins"
        )
    if not _can_be_worked_out(zone):
        return zone
    working = _Working(sun.places(zone.volumes), from_ns, until_ns)
    try:
        spans = [span for period in zone.periods for span in working.period(period)]
    except wallclock.UnknownTimeZone as error:
        return _doubted(zone, [f"time zone {error} is not known; its hours are not worked out"])
    worked_out = msgspec.structs.replace(
        zone,
        applicability=union(spans),
        applicability_span=Interval(start_ns=from_ns, end_ns=until_ns),
        hours_unread=None,
    )
    return _doubted(worked_out, working.doubts())


def _can_be_worked_out(zone: ZoneEnacted) -> bool:
    always = Period(start_ns=None, end_ns=None, daily=())
    read = zone.hours_unread is None or zone.hours_unread.startswith(NOT_WORKED_OUT)
    return read and bool(zone.volumes) and any(period.daily for period in zone.periods) and always not in zone.periods


def _doubted(zone: ZoneEnacted, doubts: list[str]) -> ZoneEnacted:
    new = tuple(doubt for doubt in doubts if doubt not in zone.doubts)
    return msgspec.structs.replace(zone, doubts=zone.doubts + new) if new else zone


@dataclasses.dataclass(slots=True)
class _Working:
    """One zone being worked out, and what there is to doubt about it."""

    places: tuple[sun.Place, ...]
    from_ns: int
    until_ns: int
    sunless: set[dt.date] = dataclasses.field(default_factory=set)
    spread_s: float = 0.0

    def period(self, period: Period) -> Iterator[tuple[int, int]]:
        """Yield the spans of time in which a period is in force, in nanoseconds, cut to its dates and to ours."""
        low_ns = max(self.from_ns, self.from_ns if period.start_ns is None else period.start_ns)
        high_ns = min(self.until_ns, self.until_ns if period.end_ns is None else period.end_ns)
        if low_ns >= high_ns:
            return
        if not period.daily:
            yield low_ns, high_ns
        for daily in period.daily:
            for start_s, end_s in self.daily(daily, low_ns // _NS, -(-high_ns // _NS)):
                yield max(low_ns, start_s * _NS), min(high_ns, end_s * _NS)

    def daily(self, daily: Daily, low_s: int, high_s: int) -> Iterator[tuple[int, int]]:
        """Yield the spans that begin on any of its days around [low_s, high_s]."""
        zone = wallclock.time_zone(daily.time_zone)
        reach = 3 * _DAY + dt.timedelta(seconds=max(map(_offset_s, (daily.start, daily.end))))
        day = wallclock.day_of(zone, low_s) - reach
        last = wallclock.day_of(zone, high_s) + reach
        while day <= last:
            if not daily.days or day.weekday() in daily.days:
                yield self._span(daily, zone, day)
            day += _DAY

    def _span(self, daily: Daily, zone: dt.tzinfo, day: dt.date) -> tuple[int, int]:
        starts, ends = self._times(daily.start, zone, day, 0), self._times(daily.end, zone, day, _DAY_S)
        if starts is None or ends is None:
            return self._whole(zone, day)
        if _ends_next_day(daily, starts, ends):
            ends = self._times(daily.end, zone, day + _DAY, _DAY_S) or [self._whole(zone, day + _DAY)[1]]
        return math.floor(min(starts)), math.ceil(max(ends))

    def _times(
        self, time: ClockTime | SunTime | None, zone: dt.tzinfo, day: dt.date, unsaid_s: int
    ) -> list[float] | None:
        """Return when it is that time on a day, at each place, or for a clock both times that it may be."""
        if not isinstance(time, SunTime):
            return list(wallclock.instants_s(zone, day, unsaid_s if time is None else time.second))
        solar_day = self._solar_day(zone, day)
        events = [sun.event_s(time.event, solar_day, place) for place in self.places]
        found = [event_s + time.offset_s for event_s in events if event_s is not None]
        if len(found) < len(events):
            return None
        self.spread_s = max(self.spread_s, max(found) - min(found))
        return found

    def _whole(self, zone: dt.tzinfo, day: dt.date) -> tuple[int, int]:
        """Return a day without its sun event, from midnight to midnight, by the clock and by the sun."""
        self.sunless.add(day)
        reach_s = _DAY_S // 2 + sun.EQUATION_OF_TIME_S
        noons = [math.floor(sun.noon_of_s(self._solar_day(zone, day), place)) for place in self.places]
        first_s, last_s = wallclock.instants_s(zone, day, 0)[0], wallclock.instants_s(zone, day, _DAY_S)[1]
        return min(first_s, min(noons) - reach_s), max(last_s, max(noons) + reach_s)

    def _solar_day(self, zone: dt.tzinfo, day: dt.date) -> int:
        return sun.solar_day(wallclock.instants_s(zone, day, _DAY_S // 2)[0], self.places[0])

    def doubts(self) -> list[str]:
        """Return in words what was decided about the sun."""
        said: list[str] = []
        if self.sunless:
            said.append(
                f"the sun does not rise or set, or twilight does not end, on {len(self.sunless)} days from "
                f"{min(self.sunless)} on: hours that wait for it are read as the whole day"
            )
        width_m = sun.width_m(self.places)
        if self.spread_s and width_m > WIDE_M:
            said.append(
                f"the sun's times differ by up to {math.ceil(self.spread_s / 60)} min across the "
                f"{round(width_m / 1000)} km of the zone; the earliest beginning and the latest end are taken"
            )
        return said


def _offset_s(time: ClockTime | SunTime | None) -> int:
    return abs(time.offset_s) if isinstance(time, SunTime) else 0


def _ends_next_day(daily: Daily, starts: list[float], ends: list[float]) -> bool:
    if isinstance(daily.start, SunTime) or isinstance(daily.end, SunTime):
        pairs = zip(starts, ends, strict=True) if len(starts) == len(ends) else [(max(starts), min(ends))]
        return any(end <= start for start, end in pairs)
    start, end = daily.start or ClockTime(second=0), daily.end or ClockTime(second=_DAY_S)
    return end.second <= start.second


def words(zone: ZoneEnacted, say: Say = plain) -> str:
    """Return when a zone is in force, in plain words: "Mon-Fri 08:00-17:00 Europe/Helsinki; Sat sunrise to sunset"."""
    if zone.hours_unread is not None and not zone.hours_unread.startswith(NOT_WORKED_OUT):
        return say("hours not understood ({what})", what=zone.hours_unread)
    if zone.periods:
        said = f"; {say('or')} ".join(_period_words(period, say) for period in zone.periods)
    elif zone.applicability is None:
        said = say("always")
    else:
        spans = [_dates_words(one.start_ns, one.end_ns, say) or say("always") for one in zone.applicability]
        said = "; ".join(spans) or say("never")
    bounds = _dates_words(zone.effective_from_ns, zone.end_ns, say)
    return f"{said}; {say('law {dates}', dates=bounds)}" if bounds else said


def _period_words(period: Period, say: Say) -> str:
    dates = _dates_words(period.start_ns, period.end_ns, say)
    daily = schedule_words(period.daily, say)
    return ": ".join(part for part in (dates, daily) if part) or say("always")


def _dates_words(start_ns: int | None, end_ns: int | None, say: Say) -> str:
    """Return "from ... until ..."; "" where neither is said."""
    said = [say("from {time}", time=moment_words(start_ns))] if start_ns is not None else []
    said += [say("until {time}", time=moment_words(end_ns))] if end_ns is not None else []
    return " ".join(said)


def publish_all(zones: Iterable[ZoneEnacted], *, from_ns: int, until_ns: int | None = None) -> list[ZoneEnacted]:
    """Return the zones published for one span."""
    return [publish(zone, from_ns=from_ns, until_ns=until_ns) for zone in zones]
