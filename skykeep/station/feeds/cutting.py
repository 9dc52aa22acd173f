"""Streams and messages cut into frames, as far as a format needs it; sizes are bounded, the unread tail is kept."""

from __future__ import annotations

import struct
from typing import Protocol

from skykeep.errors import Malformed, Refused
from skykeep.station import formats
from skykeep.station.formats import Format
from skykeep.wire.lines import Lines

FRAME_MAX = 1 << 20
Piece = tuple[bytes, int]
"""A frame's bytes and its pcap link type, -1 for none."""

_ORDER = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}


class Cutter(Protocol):
    """Cuts one stream. `unfinished` is true while a frame has begun and is not complete."""

    unfinished: bool

    def feed(self, data: bytes) -> list[Piece]: ...


class StreamCutter:
    """Cuts what a format cuts by itself. Of lines it is known when one has begun; a longer one comes out cut."""

    def __init__(self, form: Format, cutter: formats.Cutter) -> None:
        self._cutter, self._lined = cutter, form.cutter is Lines
        self.unfinished = False

    def feed(self, data: bytes) -> list[Piece]:
        self.unfinished = self._lined and not data.endswith(b"\n")
        return [(frame, -1) for frame in self._cutter.feed(data)]


class PcapCutter:
    """Cuts a live capture as `tcpdump -U -w -` writes it: a header of 24 bytes, then 16 bytes before each frame."""

    _BEGIN, _RECORD = 24, 16

    def __init__(self) -> None:
        self._held = bytearray()
        self._order = ""
        self._link = -1
        self.unfinished = False

    def feed(self, data: bytes) -> list[Piece]:
        self._held += data
        if not self._order and not self._begun():
            return []
        pieces: list[Piece] = []
        at = 0
        while len(self._held) - at >= self._RECORD:
            (size,) = struct.unpack_from(self._order + "I", self._held, at + 8)
            if size > FRAME_MAX:
                raise Malformed(f"pcap: a frame of {size} bytes; at most {FRAME_MAX} can be: is this a capture at all?")
            end = at + self._RECORD + size
            if len(self._held) < end:
                break
            pieces.append((bytes(self._held[at + self._RECORD : end]), self._link))
            at = end
        del self._held[:at]
        self.unfinished = bool(self._held)
        return pieces

    def _begun(self) -> bool:
        """Read the header of the capture, where it is all there."""
        self.unfinished = True
        if len(self._held) < self._BEGIN:
            return False
        order = _ORDER.get(bytes(self._held[:4]))
        if order is None:
            words = "write pcap, not pcapng: tcpdump -U -w - does, dumpcap and tshark need -P / -F pcap"
            raise Malformed(f"no capture begins with {bytes(self._held[:4]).hex(' ')}; {words}")
        self._order = order
        self._link = struct.unpack_from(order + "I", self._held, 20)[0] & 0xFFFF
        del self._held[: self._BEGIN]
        return True


def of_stream(form: Format) -> Cutter:
    """Return what cuts a stream of a format; raises Refused where it comes in messages only."""
    if form.name == "remote-id":
        return PcapCutter()
    if form.cutter is None:
        raise Refused(f"format {form.name} comes in messages, not as a stream: hear it by another kind of feed")
    return StreamCutter(form, form.cutter())


def of_message(form: Format, data: bytes, link: int) -> list[Piece]:
    """Return the frames of one message or datagram, which is bounded by what carried it."""
    if form.whole or (form.cutter is Lines and b"\n" not in data):
        return [(data, link)] if data else []
    return [(frame, link) for frame in form.in_message(data)]
