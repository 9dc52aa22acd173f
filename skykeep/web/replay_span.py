"""Which part of the past a replay shows: what an address asks for, within what there is and a screen can bear.

    from, until      the span; `until` alone: the ten minutes before it, `from` alone: the ten minutes after it
    incident, alarm, track    the span of that, with a little before and after
    at               where the playhead stands
    nothing          the last ten minutes

What cannot be had is told by codes, which the page has sentences for.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from skykeep.errors import Malformed
from skykeep.web.problems import not_there
from skykeep.web.site import Site

SPAN_MAX_MS = 6 * 3_600_000
SPAN_MS = 600_000
BEFORE_MS, AFTER_MS = 120_000, 60_000
"""Around an incident, an alarm, a track, a moment."""
LEAD_MS = 10_000
LEAST_MS = STEP_MS = 1_000
MS_MAX = 253_402_300_799_000  # the end of the year 9999
HOUR_MS = 3_600_000
MS = 1_000_000
DIGITS_MAX = 15


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an address asks for."""

    from_ms: int | None = None
    until_ms: int | None = None
    at_ms: int | None = None
    incident_id: int | None = None
    alarm_id: int | None = None
    track_id: int | None = None


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown; both ends included."""

    from_ms: int
    until_ms: int
    at_ms: int
    present_ms: int
    first_ms: int | None  # when the record begins; None: it does not say
    told: tuple[str, ...] = ()  # "before_record", "too_long", "not_yet", "outside", "names_erased"
    refused: str = ""  # "future", "before_record": there is nothing to show


def wanted(**said: str) -> Wanted:
    """Read the words of an address; raises Malformed where one means nothing."""
    moments = {f"{name}_ms": moment_ms(said.get(name, "")) for name in ("from", "until", "at")}
    numbers = {f"{name}_id": _number(name, said.get(name, "")) for name in ("incident", "alarm", "track")}
    return Wanted(**moments, **numbers)


def moment_ms(text: str) -> int | None:
    """Read a moment: Unix milliseconds, or a date and time of ISO 8601, UTC where it names no other; "": none."""
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX:
        return min(int(text), MS_MAX)
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed(f"{text[:40]!r} is no moment; write it as 2026-11-24T16:08:00Z") from error
    at = at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)
    since = at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return max(0, min(since // dt.timedelta(milliseconds=1), MS_MAX))


def span_of(site: Site, asked: Wanted) -> Span:
    """Return what is shown of it; raises Failed where it names what is not there, Malformed for an end before."""
    present_ms, first_ms = site.now_ns // MS, _first_ms(site)
    from_ms, until_ms = _asked_span(site, asked, present_ms)
    if until_ms < from_ms:
        raise Malformed("until lies before from; name a span that goes on")
    refused = "future" if from_ms > present_ms else "before_record" if until_ms < (first_ms or 0) else ""
    if refused:
        from_ms, until_ms = max(0, present_ms - SPAN_MS), present_ms
    told = []
    if asked.until_ms is not None and asked.until_ms > present_ms and not refused:
        told.append("not_yet")
    if first_ms is not None and from_ms < first_ms:
        told += ["before_record"] if asked.from_ms is not None and not refused else []
        from_ms = first_ms
    until_ms = min(until_ms, present_ms)
    if until_ms - from_ms > SPAN_MAX_MS:
        told.append("too_long")
        from_ms, until_ms = _window(from_ms, until_ms, asked.at_ms)
    if until_ms - from_ms < LEAST_MS:
        from_ms = max(0, until_ms - LEAST_MS)
        until_ms = max(until_ms, from_ms + LEAST_MS)
    from_ms -= from_ms % STEP_MS  # frames are of whole seconds, as clocks are read
    if asked.at_ms is not None and not from_ms <= asked.at_ms <= until_ms and not refused:
        told.append("outside")
    if from_ms < present_ms - site.config.retention.names_h * HOUR_MS:
        told.append("names_erased")
    at_ms = min(max(_playhead_ms(site, asked, from_ms, present_ms), from_ms), until_ms)
    return Span(
        from_ms=from_ms, until_ms=until_ms, at_ms=at_ms, present_ms=present_ms, first_ms=first_ms,
        told=tuple(told), refused=refused,
    )  # fmt: skip


def _playhead_ms(site: Site, asked: Wanted, from_ms: int, present_ms: int) -> int:
    """Return where the playhead stands at first: shortly before what it is about, else at the beginning."""
    if asked.at_ms is not None:
        return asked.at_ms
    about = _about(site, asked, present_ms) if asked.from_ms is None and asked.until_ms is None else None
    return from_ms if about is None else about[0] - LEAD_MS


def _asked_span(site: Site, asked: Wanted, present_ms: int) -> tuple[int, int]:
    """Return the ends that are meant, each as it was named, or as follows from the other or from what is named."""
    from_ms, until_ms = asked.from_ms, asked.until_ms
    if from_ms is None and until_ms is None:
        about = _about(site, asked, present_ms)
        if about is not None:
            return max(0, about[0] - BEFORE_MS), min(about[1] + AFTER_MS, max(present_ms, about[1]))
        if asked.at_ms is None:
            begun_ms = min(_first_ms(site) or 0, present_ms - STEP_MS)
            return max(0, present_ms - SPAN_MS, begun_ms), present_ms
        return max(0, asked.at_ms - BEFORE_MS), asked.at_ms + BEFORE_MS
    if from_ms is None:
        assert until_ms is not None
        return max(0, until_ms - SPAN_MS), until_ms
    return from_ms, from_ms + SPAN_MS if until_ms is None else until_ms


def _about(site: Site, asked: Wanted, present_ms: int) -> tuple[int, int] | None:
    """Return from when to when an incident, an alarm or a track was; what goes on goes to the present."""
    seen = site.seen
    if asked.incident_id is not None:
        incident = seen.incident(asked.incident_id)
        if incident is None:
            raise not_there(f"incident {asked.incident_id}")
        return incident.opened_ns // MS, present_ms if incident.state == "open" else incident.t_ns // MS
    if asked.alarm_id is not None:
        alarm = seen.alarm(asked.alarm_id)
        if alarm is None:
            raise not_there(f"alarm {asked.alarm_id}")
        return alarm.began_ns // MS, alarm.t_ns // MS if alarm.state == "normal" else present_ms
    if asked.track_id is None:
        return None
    track = seen.track(asked.track_id)
    if track is None:
        raise not_there(f"track {asked.track_id}")
    lost_ns = track.t_ns if track.lost_ns is None else track.lost_ns
    return track.began_ns // MS, present_ms if track.live and track.lost_ns is None else lost_ns // MS


def _window(from_ms: int, until_ms: int, at_ms: int | None) -> tuple[int, int]:
    """Return a span of the greatest length in one that is longer, with the playhead in it."""
    if at_ms is None or not from_ms <= at_ms <= until_ms:
        return from_ms, from_ms + SPAN_MAX_MS
    begin = min(max(from_ms, at_ms - SPAN_MAX_MS // 2), until_ms - SPAN_MAX_MS)
    return begin, begin + SPAN_MAX_MS


def _first_ms(site: Site) -> int | None:
    """Return when the record begins. Its runs do not say: the first begins before the first tick, at no time."""
    first_ns = site.seen.first_ns()
    return None if first_ns is None else first_ns // MS


def _number(name: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX):
        raise Malformed(f"{name} {text[:40]!r} is no number; name one as its page does")
    return int(text)
