"""The formats a station can hear, one line each: how to know them, cut them into frames, and read a frame."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator

from skykeep.errors import Refused
from skykeep.facts.frame import Frame
from skykeep.facts.observed import Observed
from skykeep.facts.personal import Names
from skykeep.wire import (
    adsb_rows,
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
)

Decode = Callable[[Frame, int, Names], list[Observed]]
Records = Iterator[tuple[int, int | None, bytes]]
"""Arrival (Unix nanoseconds), pcap link type or None, bytes."""


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
    timed: bool = True  # False: frames carry no time, so they can be decoded but not run


def _lines(records: Callable[[Iterable[bytes]], Iterator[tuple[int, bytes]]]) -> Callable[[Iterable[bytes]], Records]:
    def linked(stream: Iterable[bytes]) -> Records:
        return ((t_ns, None, data) for t_ns, data in records(stream))

    return linked


def _first_line(sniff: Callable[[bytes], bool]) -> Callable[[bytes], bool]:
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

FORMATS = {
    each.name: each
    for each in (
        Format("remote-id", "remote_id", "Open Drone ID over Wi-Fi or Bluetooth, in a pcap or pcapng capture",
               lambda head: head.startswith(_CAPTURE_MAGIC), pcap.records, remote_id.decode),
        Format("odid-hex", "remote_id", "one Open Drone ID message or pack a line, in hexadecimal",
               _first_line(_is_hex_line), _hex_lines, remote_id.decode, timed=False),
        Format("mavlink", "other", "MAVLink telemetry logs (.tlog), of a ground station",
               mavlink_frame.is_log, mavlink_frame.log_records, mavlink.decode),
        Format("mavlink-raw", "other", "MAVLink frames without times, as a serial line carries them",
               mavlink_frame.is_bare, mavlink_frame.bare_records, mavlink.decode, timed=False),
        Format("readsb", "adsb", "readsb aircraft.json documents, one a line",
               _first_line(readsb.sniff), _lines(readsb.records), readsb.decode, *_ADSB_ASSUMED_MM),
        Format("adsb-rows", "adsb", "one ADS-B position a line, JSON with icao24, feet and knots",
               _first_line(adsb_rows.sniff), _lines(adsb_rows.records), adsb_rows.decode, *_ADSB_ASSUMED_MM),
        Format("sbs", "adsb", "SBS-1 BaseStation lines",
               _first_line(sbs.sniff), _lines(sbs.records), sbs.decode, *_ADSB_ASSUMED_MM),
        Format("plots", "other", "JSON lines of what a sensor measured itself, one scan or plot a line",
               _first_line(plots.sniff), _lines(reportline.records), plots.decode, sensor_of=reportline.sensor_of),
        Format("tracks", "tracks", "generic JSON lines, one report a line",
               _first_line(tracks.sniff), _lines(reportline.records), tracks.decode, sensor_of=reportline.sensor_of),
    )
}  # fmt: skip


def named(name: str) -> Format:
    """Return a format by name; raises Refused with the names there are."""
    if name not in FORMATS:
        raise Refused(f"there is no format {name!r}; the formats are {', '.join(FORMATS)}")
    return FORMATS[name]


def recognise(head: bytes, path: str) -> Format:
    """Return the format that these first bytes are of; raises Refused where they are of none."""
    if not head:
        raise Refused(f"{path} is empty: nothing was recorded in it")
    for each in FORMATS.values():
        if each.sniff(head):
            return each
    raise Refused(
        f"{path}: none of the formats {', '.join(FORMATS)} begins like this ({head[:16].hex(' ')}); "
        f"force one with FORMAT:{path}"
    )
