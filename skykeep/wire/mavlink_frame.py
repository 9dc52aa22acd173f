"""MAVLink frames, versions 1 and 2: cut out of a telemetry log or a bare stream of bytes, checked, opened.

Source: mavlink.io, guide "Packet Serialization"; the log as QGroundControl, Mission Planner and MAVProxy write it.

    version 1   FE length sequence system component message(1) payload checksum(2)
    version 2   FD length incompatible compatible sequence system component message(3) payload checksum(2) signature(13)
    .tlog       before each frame eight bytes: Unix microseconds, big-endian, by the clock of the receiving program

All else is little-endian. The checksum is CRC-16/MCRF4XX of everything between the first byte and itself, and of one
byte more that stands for the layout of the message; so where the layout is not known here it cannot be checked. Version
2 leaves zeros at the end of a payload out. A signature is there if `incompatible` has bit 0; it is noted and not
verified: its key is the operator's, and is in no recording.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from skykeep.errors import Malformed

FIRST, SECOND = 0xFE, 0xFD
SIGNATURE = 13
CLOCK = 8
YEAR_2001_US, YEAR_2100_US = 978_307_200_000_000, 4_102_444_800_000_000
_SIGNED = 1
_JUNK_MAX = 1 << 16
_WAIT = -1
_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Layout(NamedTuple):
    """How the payload of one kind of message is laid out: its fields in the order of the wire."""

    name: str
    extra: int  # CRC_EXTRA, by which the checksum tells this layout from others
    fields: struct.Struct


def _layout(name: str, extra: int, fields: str) -> Layout:
    return Layout(name, extra, struct.Struct("<" + fields))


HEARTBEAT, POSITION, AIRCRAFT = 0, 33, 246
BASIC_ID, LOCATION, AUTH, SELF_ID, SYSTEM, OPERATOR_ID, PACK = 12900, 12901, 12902, 12903, 12904, 12905, 12915
LAYOUTS = {
    HEARTBEAT: _layout("HEARTBEAT", 50, "IBBBBB"),
    POSITION: _layout("GLOBAL_POSITION_INT", 104, "IiiiihhhH"),
    AIRCRAFT: _layout("ADSB_VEHICLE", 184, "IiiiHHhHHB9sBB"),
    BASIC_ID: _layout("OPEN_DRONE_ID_BASIC_ID", 114, "BB20sBB20s"),
    LOCATION: _layout("OPEN_DRONE_ID_LOCATION", 254, "iiffffHHhBB20sBBBBBBB"),
    AUTH: _layout("OPEN_DRONE_ID_AUTHENTICATION", 140, "IBB20sBBBB23s"),
    SELF_ID: _layout("OPEN_DRONE_ID_SELF_ID", 249, "BB20sB23s"),
    SYSTEM: _layout("OPEN_DRONE_ID_SYSTEM", 77, "iifffIHHBB20sBBBB"),
    OPERATOR_ID: _layout("OPEN_DRONE_ID_OPERATOR_ID", 49, "BB20sB20s"),
    PACK: _layout("OPEN_DRONE_ID_MESSAGE_PACK", 94, "BB20sBB225s"),
}
"""The messages that are read, by number: mavlink common.xml and minimal.xml."""


class Message(NamedTuple):
    """One opened frame."""

    version: int
    sequence: int
    system: int  # which vehicle or ground station sent it, 1 to 255
    component: int
    kind: int  # a key of LAYOUTS
    payload: bytes  # whole: the zeros that version 2 left out are there again
    signed: bool  # it carries a signature, which was not verified


def crc(data: bytes) -> int:
    """Return the CRC-16/MCRF4XX: that of `binascii.crc_hqx`, with the bits of every byte and of itself turned."""
    turned = binascii.crc_hqx(data.translate(_TURNED), 0xFFFF)
    return _TURNED[turned & 255] << 8 | _TURNED[turned >> 8]


def frame_size(data: bytes | bytearray, at: int = 0) -> int:
    """Return how long a frame is by its first three bytes, 0 where no frame begins."""
    if data[at] == FIRST:
        return 8 + data[at + 1]
    if data[at] == SECOND:
        return 12 + data[at + 1] + (SIGNATURE if data[at + 2] & _SIGNED else 0)
    return 0


def kind_of(frame: bytes) -> int:
    """Return the number of a whole frame's message."""
    return frame[5] if frame[0] == FIRST else int.from_bytes(frame[7:10], "little")


def frame(
    kind: int, payload: bytes, *, system: int = 1, component: int = 1, sequence: int = 0, version: int = 2
) -> bytes:
    """Return the frame that carries a payload, unsigned: for simulators and tests."""
    if version == 1:
        body = bytes((len(payload), sequence, system, component, kind)) + payload
    else:
        payload = payload.rstrip(b"\0") or b"\0"
        body = bytes((len(payload), 0, 0, sequence, system, component)) + kind.to_bytes(3, "little") + payload
    check = crc(body + bytes((LAYOUTS[kind].extra,)))
    return bytes((FIRST if version == 1 else SECOND,)) + body + check.to_bytes(2, "little")


def opened(data: bytes) -> Message | None:
    """Return what a frame carries, None for a message that is not read; raises Malformed for what is no frame."""
    size = frame_size(data) if len(data) > 2 else 0
    if not size:
        raise Malformed(f"MAVLink: {len(data)} bytes between frames that are none ({data[:8].hex(' ')})")
    if len(data) != size:
        raise Malformed(f"MAVLink: a frame of {size} bytes by its header has {len(data)}")
    layout = LAYOUTS.get(kind := kind_of(data))
    if layout is None:
        return None
    second = data[0] == SECOND
    if second and data[2] & ~_SIGNED:
        raise Malformed(f"MAVLink {layout.name}: byte 2: incompatibility flags {data[2]:#04x}, only 0x01 is known")
    begin = 10 if second else 6
    end = begin + data[1]
    said, right = int.from_bytes(data[end : end + 2], "little"), crc(data[1:end] + bytes((layout.extra,)))
    if said != right:
        raise Malformed(f"MAVLink {layout.name}: byte {end}: checksum {said:#06x}, by its bytes it is {right:#06x}")
    payload, whole = data[begin:end], layout.fields.size
    if not second and len(payload) < whole:
        raise Malformed(f"MAVLink {layout.name}: byte 1: a payload of {len(payload)} bytes, it has {whole}")
    sequence, system, component = data[begin - 6 : begin - 3] if second else data[2:5]
    payload = payload[:whole].ljust(whole, b"\0")  # what is beyond came in by a later edition
    return Message(1 + second, sequence, system, component, kind, payload, second and bool(data[2] & _SIGNED))


def _sound(data: bytes | bytearray) -> bool:
    """Say whether a frame's checksum can be checked, and is right."""
    layout = LAYOUTS.get(kind_of(bytes(data[:10])))
    if layout is None:
        return False
    end = (6 if data[0] == FIRST else 10) + data[1]
    return int.from_bytes(data[end : end + 2], "little") == crc(bytes(data[1:end]) + bytes((layout.extra,)))


class Cutter:
    """Cuts a stream into frames, however it came in pieces; keeps only the unread tail.

    What lies between frames comes out too, in pieces of at most 64 KiB, so that `opened` can say that it is none. A
    frame is believed if its checksum is right, or if another one begins where it ends.
    """

    def __init__(self, *, timed: bool) -> None:
        self._lead = CLOCK if timed else 0
        self._held = bytearray()
        self._at = 0  # before it nothing begins
        self._t_ns: int | None = None
        self._offset = 0
        self._count = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield time (Unix nanoseconds; 0 in a stream without) and bytes of each frame that `data` completes."""
        self._held += data
        yield from self._cut(last=False)

    def close(self) -> Iterator[tuple[int, bytes]]:
        """Yield what is left; raises Malformed where the stream ends within a frame, or holds none at all."""
        yield from self._cut(last=True)
        if self._held and self._at == 0:
            raise Malformed(
                f"MAVLink: truncated at byte {self._offset + len(self._held)}, in a frame that began at byte "
                f"{self._offset}; {self._count} frames before it were read"
            )
        yield from self._junk(len(self._held))

    def _cut(self, *, last: bool) -> Iterator[tuple[int, bytes]]:
        while self._at < len(self._held):
            size = self._size(self._at, last=last)
            if size == _WAIT:
                break
            if size == 0:
                self._at = self._next(self._at + 1, last=last)
                continue
            if self._lead:
                begin = bytes(self._held[self._at : self._at + CLOCK])
                t_ns = int.from_bytes(begin) * 1_000
                self._t_ns = t_ns if self._t_ns is None else self._t_ns
                yield from self._junk(self._at)
                self._t_ns = t_ns
            else:
                self._t_ns = 0
                yield from self._junk(self._at)
            yield self._t_ns, bytes(self._held[self._lead : size])
            self._drop(size)
            self._count += 1
        if self._at > _JUNK_MAX:
            yield from self._junk(self._at)

    def _drop(self, size: int) -> None:
        del self._held[:size]
        self._offset += size
        self._at = 0

    def _junk(self, size: int) -> Iterator[tuple[int, bytes]]:
        """Yield the first bytes as what is no frame, at the time of the frame before; at the very beginning, after."""
        if size and self._t_ns is None and self._lead:
            raise Malformed(f"no MAVLink frame in the first {self._offset + size} bytes")
        while size:
            piece = min(size, _JUNK_MAX)
            yield self._t_ns or 0, bytes(self._held[:piece])
            self._drop(piece)
            size -= piece

    def _begins(self, at: int) -> bool:
        """Say whether a frame could begin here, by its first bytes: its time, if it has one, and its mark."""
        held = self._held
        if len(held) <= at + self._lead or held[at + self._lead] not in {FIRST, SECOND}:
            return False
        return not self._lead or int.from_bytes(held[at : at + CLOCK]) < YEAR_2100_US

    def _size(self, at: int, *, last: bool) -> int:
        """Return how long frame and time are that begin here, 0 for none, `_WAIT` for not enough to tell."""
        held, begin = self._held, at + self._lead
        if len(held) < begin + 3:
            broken_off = at == 0 and (len(held) <= begin or self._begins(at))
            return _WAIT if not last or broken_off else 0
        if not self._begins(at):
            return 0
        end = begin + frame_size(held, begin)
        if len(held) < end:
            return _WAIT if not last or at == 0 else 0
        if _sound(held[begin:end]) or self._begins(end) or (last and len(held) == end):
            return end - at
        return _WAIT if not last and len(held) <= end + self._lead else 0

    def _next(self, at: int, *, last: bool) -> int:
        """Return where a frame could begin next, or the end of what is held."""
        marks = [self._held.find(mark, at + self._lead) for mark in (FIRST, SECOND)]
        found = min((mark for mark in marks if mark >= 0), default=-1)
        if found >= 0:
            return found - self._lead
        return len(self._held) if last else max(at, len(self._held) - self._lead)


class BareCutter:
    """Cuts a live stream of frames that tell no times, as a serial line or TCP carries it; see `Cutter`."""

    def __init__(self) -> None:
        self._cutter = Cutter(timed=False)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield each frame that `data` completes, and what lay between them."""
        return (frame for _, frame in self._cutter.feed(data))

    def close(self) -> Iterator[bytes]:
        """Yield what is left; raises Malformed where the stream ends within a frame."""
        return (frame for _, frame in self._cutter.close())


def _records(stream: Iterable[bytes], *, timed: bool) -> Iterator[tuple[int, None, bytes]]:
    cutter = Cutter(timed=timed)
    for chunk in stream:
        for t_ns, data in cutter.feed(chunk):
            yield t_ns, None, data
    for t_ns, data in cutter.close():
        yield t_ns, None, data


def log_records(stream: Iterable[bytes]) -> Iterator[tuple[int, None, bytes]]:
    """Go through the frames of a telemetry log (.tlog)."""
    return _records(stream, timed=True)


def bare_records(stream: Iterable[bytes]) -> Iterator[tuple[int, None, bytes]]:
    """Go through the frames of a stream that tells no times, as a serial line carries it."""
    return _records(stream, timed=False)


def _begin(head: bytes, at: int) -> bool:
    """Say whether the file begins with a frame at `at` that is right, or that another one follows."""
    if len(head) < at + 8:
        return False
    end = at + frame_size(head, at)
    if end == at or len(head) < end:
        return False
    return _sound(head[at:end]) or (len(head) > end + at and head[end + at] in {FIRST, SECOND})


def is_log(head: bytes) -> bool:
    """Say whether a file that begins like this is a telemetry log."""
    return _begin(head, CLOCK) and YEAR_2001_US <= int.from_bytes(head[:CLOCK]) < YEAR_2100_US


def is_bare(head: bytes) -> bool:
    """Say whether a file that begins like this is a bare stream of frames."""
    return _begin(head, 0)
