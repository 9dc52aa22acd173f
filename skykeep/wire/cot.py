"""Cursor on Target 2.0: what Skykeep tells TAK servers, as XML events (MITRE, Event.xsd; TAK's streams of them).

    event    version="2.0", uid, type, how, time, start, stale; opex="s" where it is invented
    point    lat, lon in degrees, hae in metres, ce and le in metres, one sigma; 9999999.0 stands for unknown
    detail   contact callsign; track course, speed; remarks; link to another event

The affiliation in `type` is `u` (unknown) or `n` (neutral), by construction: `Kind` has no other, and nothing else can
be written. Whether somebody is hostile is for a person to say, with their own system and in their own name.

`stale` counts from the estimate, not from the sending: what is sent again does not look younger than it is.
"""

from __future__ import annotations

import datetime as dt
import enum
import re

import msgspec

UNKNOWN_M = "9999999.0"
STALE_NS = 30_000_000_000
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
_ESCAPED = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;",
})  # fmt: skip
_YEAR_LAST = 253_402_300_799_999_999_999  # 9999-12-31: no calendar goes further


class Kind(enum.Enum):
    """What an event is about: all the types that leave Skykeep."""

    UNKNOWN_ROTARY = "a-u-A-M-H-Q"  # unmanned, rotary wing
    NEUTRAL_ROTARY = "a-n-A-M-H-Q"
    UNKNOWN_FIXED_WING = "a-u-A-M-F-Q"
    NEUTRAL_FIXED_WING = "a-n-A-M-F-Q"
    PLACE = "b-m-p-s-m"  # a spot on the map
    PING = "t-x-c-t"  # asks the server whether it is there; it answers t-x-c-t-r


class How(enum.Enum):
    """How its place was found."""

    GPS = "m-g"  # as it says of itself
    FUSED = "m-f"  # by sensors of several kinds
    COMPUTED = "m-a"  # by one kind of sensor, from measurements
    PASSED_ON = "m-p"  # as somebody else says
    SIMULATED = "m-s"
    ENTERED = "h-e"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it is to be written; times are Unix nanoseconds, None is unknown."""

    uid: str
    kind: Kind
    how: How
    time_ns: int  # when it is said
    start_ns: int  # when it was so
    stale_ns: int  # from when on it says nothing
    lat_e7: int
    lon_e7: int
    hae_mm: int | None = None
    ce_mm: int | None = None  # one standard deviation across
    le_mm: int | None = None  # one standard deviation up and down
    callsign: str = ""
    remarks: str = ""
    course_mdeg: int | None = None  # from true north, clockwise; None: it does not move, or nobody knows
    speed_mmps: int | None = None
    linked_uid: str = ""  # the event that this one belongs to
    linked_kind: Kind | None = None
    simulated: bool = False


def encode(event: Event) -> bytes:
    """Return one event of a stream, UTF-8 with its declaration; what XML cannot hold becomes U+FFFD."""
    opex = ' opex="s"' if event.simulated else ""
    return (
        f'{_DECLARATION}<event version="2.0" uid="{escaped(event.uid)}" type="{event.kind.value}" '
        f'how="{event.how.value}" time="{moment(event.time_ns)}" start="{moment(event.start_ns)}" '
        f'stale="{moment(event.stale_ns)}"{opex}><point lat="{_degrees(event.lat_e7)}" lon="{_degrees(event.lon_e7)}" '
        f'hae="{_metres(event.hae_mm)}" ce="{_metres(event.ce_mm)}" le="{_metres(event.le_mm)}"/>'
        f"<detail>{_detail(event)}</detail></event>\n"
    ).encode()


def ping(uid: str, now_ns: int) -> bytes:
    """Return the question whether the server is there; one that knows it answers with type t-x-c-t-r."""
    return encode(
        Event(
            uid=uid, kind=Kind.PING, how=How.COMPUTED, time_ns=now_ns, start_ns=now_ns, stale_ns=now_ns + STALE_NS,
            lat_e7=0, lon_e7=0,
        )
    )  # fmt: skip


def _detail(event: Event) -> str:
    parts = []
    if event.callsign:
        parts.append(f'<contact callsign="{escaped(event.callsign)}"/>')
    if event.course_mdeg is not None and event.speed_mmps is not None:
        parts.append(f'<track course="{_thousandths(event.course_mdeg)}" speed="{_thousandths(event.speed_mmps)}"/>')
    if event.linked_uid and event.linked_kind is not None:
        linked = escaped(event.linked_uid)
        parts.append(f'<link uid="{linked}" type="{event.linked_kind.value}" relation="p-p"/>')
    if event.remarks:
        parts.append(f"<remarks>{escaped(event.remarks)}</remarks>")
    return "".join(parts)


def escaped(text: str) -> str:
    """Return text as it may stand in an attribute or between tags; a reader gets the same text back."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text).translate(_ESCAPED)


def moment(t_ns: int) -> str:
    """Return a time as `2026-11-24T16:08:07.123Z`, to the millisecond below; what no calendar holds is its nearest."""
    seconds, rest_ns = divmod(min(max(t_ns, 0), _YEAR_LAST), 1_000_000_000)
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{rest_ns // 1_000_000:03d}Z"


def _degrees(value_e7: int) -> str:
    whole, part = divmod(abs(value_e7), 10_000_000)
    return f"{'-' if value_e7 < 0 else ''}{whole}.{part:07d}"


def _metres(value_mm: int | None) -> str:
    return UNKNOWN_M if value_mm is None else _thousandths(value_mm)


def _thousandths(value: int) -> str:
    whole, part = divmod(abs(value), 1000)
    return f"{'-' if value < 0 else ''}{whole}.{part:03d}"
