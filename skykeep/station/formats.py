"""The formats a station can hear, one line each: how to know them, cut them into frames, and read a frame.

A recording is cut by `records`, which tells when each frame arrived. Live, that is known: a frame arrives now, and what
comes over a transport is cut into frames by `in_message` or `cutter`:

    a message     one UDP datagram, MQTT payload, ZMQ or WebSocket message, HTTP body: `in_message`
    a byte stream TCP, a serial line: `cutter()`, one for each connection; None: of this format only messages are read

A frame's `t_arrival_ns` is then the station's time, and its `t_event_ns` the same; where a frame says when its sensor
heard it (track lines, readsb, SBS-1, DroneScout), its decoder puts that into the facts. `OURS` are ours;
`known()` are those and what other packages add (`plugins`), and what mapping files describe.
"""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from skykeep.errors import Malformed, Refused
from skykeep.facts.frame import Frame
from skykeep.facts.observed import Observed
from skykeep.facts.personal import Names
from skykeep.station import plugins
from skykeep.wire import (
    adsb_rows,
    dronescout,
    lines,
    mavlink,
    mavlink_frame,
    pcap,
    plots,
    readsb,
    remote_id,
    remote_id_message,
    reportline,
    sbs,
    tracks,
    wardragon,
)
from skykeep.wire.lines import Lines

Decode = Callable[[Frame, int, Names], list[Observed]]
Records = Iterator[tuple[int, int | None, bytes]]
"""Arrival (Unix nanoseconds), pcap link type or None, bytes."""


class Cutter(Protocol):
    """Cuts a live byte stream into frames, however it came in pieces; keeps only the unread tail."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the frames that `data` completes."""
        ...

    def close(self) -> Iterator[bytes]:
        """Yield what is left; raises Malformed where the stream ended within a frame."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Format:
    """One format by name."""

    name: str
    modality: str
    caption: str
    sniff: Callable[[bytes], bool]  # of the first bytes of a file
    records: Callable[[Iterable[bytes]], Records]
    decode: Decode
    pos_accuracy_mm: int = 30_000  # 95 %, assumed where a report does not say
    alt_accuracy_mm: int = 30_000
    sensor_of: Callable[[bytes], str | None] | None = None  # where a frame itself names its sensor
    timed: bool = True  # False: frames in a recording carry no time, so it can be decoded but not run; live they can
    cutter: Callable[[], Cutter] | None = None  # how a live byte stream is cut; None: only messages can be read
    whole: bool = True  # live, a message is one frame; False: it is cut like a stream that ends with it

    def in_message(self, message: bytes) -> Iterator[bytes]:
        """Yield the frames of one whole message; what is cut off at its end is a frame too, which will not be read."""
        if self.whole or self.cutter is None:
            yield message
            return
        cutter = self.cutter()
        yield from cutter.feed(message)
        try:
            yield from cutter.close()
        except Malformed:
            yield message


Timed = Callable[[Iterable[bytes]], Iterator[tuple[int, bytes]]]


def timed_lines(records: Timed) -> Callable[[Iterable[bytes]], Records]:
    """Return records that have no pcap link type as `Format.records`."""

    def linked(stream: Iterable[bytes]) -> Records:
        return ((t_ns, None, data) for t_ns, data in records(stream))

    return linked


def first_line(sniff: Callable[[bytes], bool]) -> Callable[[bytes], bool]:
    """Return a sniff of a line as `Format.sniff`: it is asked of the first line that is not blank."""

    def sniffed(head: bytes) -> bool:
        each = (line.strip() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines())
        return sniff(next((line for line in each if line), b""))

    return sniffed


_CAPTURE_MAGIC = (
    b"\xd4\xc3\xb2\xa1",
    b"\x34\xcd\xb2\xa1",
    b"\xa1\xb2\xcd\x34",
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x0a\x0d\x0d\x0a",
)


def _hex_lines(stream: Iterable[bytes]) -> Records:
    return ((0, None, line) for line in lines.split(stream))


def _is_hex_line(line: bytes) -> bool:
    digits = line.replace(b":", b"").replace(b" ", b"")
    return len(digits) >= 2 * remote_id_message.SIZE and not digits.lower().strip(b"0123456789abcdef")


_ADSB_ASSUMED_MM = (185_200, 150_000)  # 95 %: NACp 7 and a coarse altitude

OURS = (
    Format("remote-id", "remote_id", "Open Drone ID over Wi-Fi or Bluetooth, in a pcap or pcapng capture",
           lambda head: head.startswith(_CAPTURE_MAGIC), pcap.records, remote_id.decode),
    Format("odid-hex", "remote_id", "one Open Drone ID message or pack a line, in hexadecimal",
           first_line(_is_hex_line), _hex_lines, remote_id.decode, timed=False, cutter=Lines, whole=False),
    Format("mavlink", "other", "MAVLink telemetry logs (.tlog), of a ground station",
           mavlink_frame.is_log, mavlink_frame.log_records, mavlink.decode),
    Format("mavlink-raw", "other", "MAVLink frames without times, as a serial line carries them",
           mavlink_frame.is_bare, mavlink_frame.bare_records, mavlink.decode, timed=False,
           cutter=mavlink_frame.BareCutter, whole=False),
    Format("dronescout", "remote_id", "MQTT payloads of DroneScout receivers, one a line",
           first_line(dronescout.sniff), timed_lines(dronescout.records), dronescout.decode,
           sensor_of=dronescout.sensor_of, cutter=Lines),
    Format("wardragon", "remote_id", "ZMQ messages of WarDragon kits and droneid, one a line, without times",
           first_line(wardragon.sniff), timed_lines(wardragon.bare_records), wardragon.decode, timed=False,
           cutter=Lines),
    Format("wardragon-log", "remote_id", "the same, recorded with the time of arrival of each",
           first_line(wardragon.is_log), timed_lines(wardragon.records), wardragon.decode, cutter=Lines),
    Format("readsb", "adsb", "readsb aircraft.json documents, one a line",
           first_line(readsb.sniff), timed_lines(readsb.records), readsb.decode, *_ADSB_ASSUMED_MM, cutter=Lines),
    Format("adsb-rows", "adsb", "one ADS-B position a line, JSON with icao24, feet and knots",
           first_line(adsb_rows.sniff), timed_lines(adsb_rows.records), adsb_rows.decode, *_ADSB_ASSUMED_MM,
           cutter=Lines, whole=False),
    Format("sbs", "adsb", "SBS-1 BaseStation lines",
           first_line(sbs.sniff), timed_lines(sbs.records), sbs.decode, *_ADSB_ASSUMED_MM,
           cutter=Lines, whole=False),
    Format("plots", "other", "JSON lines of what a sensor measured itself, one scan or plot a line",
           first_line(plots.sniff), timed_lines(reportline.records), plots.decode, sensor_of=reportline.sensor_of,
           cutter=Lines, whole=False),
    Format("tracks", "tracks", "generic JSON lines, one report a line",
           first_line(tracks.sniff), timed_lines(reportline.records), tracks.decode, sensor_of=reportline.sensor_of,
           cutter=Lines, whole=False),
)  # fmt: skip

_known: dict[str, Format] = {form.name: form for form in OURS}
FORMATS: Mapping[str, Format] = types.MappingProxyType(_known)
"""All formats by name; those of other packages are in it once `known` was asked, or `named` or `recognise`."""


@functools.cache
def faults() -> tuple[str, ...]:
    """Take in what other packages add, once; return what is wrong with what is left out, for people."""
    found, wrong = plugins.found(_known)
    for form in found:
        if form.name not in _known:  # one of them may have asked what is known while it was loaded
            add(form)
    return tuple(wrong)


def known() -> Mapping[str, Format]:
    """Return every format by name: one mapping, which grows as formats are added."""
    faults()
    return FORMATS


def add(form: Format) -> None:
    """Make a format known; raises Refused where its name is taken, for ours are never replaced."""
    if form.name in _known:
        raise Refused(f"there is a format {form.name!r} already; give this one another name")
    _known[form.name] = form


def named(name: str) -> Format:
    """Return a format by name; raises Refused with the names there are."""
    if name not in known():
        raise Refused(f"there is no format {name!r}; the formats are {', '.join(known())}")
    return FORMATS[name]


def sniffed(head: bytes) -> Format | None:
    """Return the format that these first bytes are of, None where they are of none."""
    return next((each for each in known().values() if each.sniff(head)), None)


def recognise(head: bytes, path: str) -> Format:
    """Return the format that these first bytes are of; raises Refused where they are of none."""
    if not head:
        raise Refused(f"{path} is empty: nothing was recorded in it")
    if (found := sniffed(head)) is not None:
        return found
    failed = "".join(f"; {each.words}" for each in plugins.TALLY.all() if each.function == "sniff")
    raise Refused(
        f"{path}: none of the formats {', '.join(known())} begins like this ({head[:16].hex(' ')}); "
        f"force one with FORMAT:{path}{failed}"
    )
