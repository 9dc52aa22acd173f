"""Captures in pcap and pcapng as records of exact time, link type and bytes.

Sources: draft-ietf-opsawg-pcap (pcap), draft-ietf-opsawg-pcapng (pcapng). The layout of headers and blocks is dpkt's;
what dpkt leaves to its reader is done here (docs/decisions/0006-pcap-library.md): whole numbers of nanoseconds,
several interfaces and sections, blocks cut off by the end of the file, lengths that claim too much.

    pcap    file header 24 bytes; a record is a header of 16 (24 in the "modified" kind) and its bytes
    pcapng  blocks of type (4), length (4), body, length (4): section header, interface description, packets
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

import dpkt

from skykeep.errors import Malformed

RECORD_MAX = 1 << 20
_CHUNK = 1 << 16
_NANO = (dpkt.pcap.TCPDUMP_MAGIC_NANO, dpkt.pcap.PMUDPCT_MAGIC_NANO)
_LITTLE = (dpkt.pcap.PMUDPCT_MAGIC, dpkt.pcap.PMUDPCT_MAGIC_NANO, dpkt.pcap.PACPDOM_MAGIC)
_SECTION = 0x0A0D0D0A  # reads the same in either byte order


class Stream(Protocol):
    """Whatever gives its next bytes when asked, and b"" at its end."""

    def read(self, size: int, /) -> bytes: ...


class Record(NamedTuple):
    """One captured frame."""

    t_ns: int  # Unix nanoseconds by the capturing machine's clock
    link: int  # pcap link type
    data: bytes


class _Interface(NamedTuple):
    link: int
    ticks_per_s: int
    offset_s: int


class _Source:
    """Exactly as many bytes as are asked for, however the stream was cut; knows how far it has read."""

    def __init__(self, stream: Stream | Iterable[bytes]) -> None:
        if isinstance(stream, Iterable) and not hasattr(stream, "read"):
            self._chunks: Iterator[bytes] = iter(stream)
        else:
            read = stream.read
            self._chunks = iter(lambda: read(_CHUNK), b"")
        self._held, self._at = b"", 0
        self.offset = 0
        self.records = 0

    def take(self, size: int) -> bytes:
        """Return `size` bytes, or fewer at the end of the stream."""
        begin, end = self._at, self._at + size
        if end > len(self._held):
            self._hold(size)
            begin, end = 0, size
        taken = self._held[begin:end]
        self._at = begin + len(taken)
        self.offset += len(taken)
        return taken

    def _hold(self, size: int) -> None:
        """Hold at least `size` bytes that were not taken yet, or all that is left."""
        parts = [self._held[self._at :]]
        missing = size - len(parts[0])
        while missing > 0 and (chunk := next(self._chunks, None)) is not None:
            parts.append(chunk)
            missing -= len(chunk)
        self._held, self._at = b"".join(parts), 0

    def need(self, size: int, before: bytes = b"") -> bytes:
        """Return `before` and `size` more bytes; raises Malformed where the stream ends first."""
        taken = self.take(size)
        if len(taken) < size:
            raise Malformed(f"capture truncated at byte {self.offset}; {self.records} records before it were read")
        return before + taken

    def fault(self, what: str) -> Malformed:
        before = f"{self.records} records before it were read"
        return Malformed(f"capture unreadable at byte {self.offset}: {what}; {before}")


def records(stream: Stream | Iterable[bytes]) -> Iterator[Record]:
    """Go through the frames of a capture, pcap or pcapng by its first bytes; chunks may be cut anywhere.

    Yields every whole record, then raises Malformed if the rest is truncated, no capture, or claims a record of more
    than 1 MiB. Holds one record and one chunk of the stream at a time.
    """
    source = _Source(stream)
    magic = source.need(4)
    if int.from_bytes(magic) == _SECTION:
        yield from _pcapng(source, magic)
    elif int.from_bytes(magic) in dpkt.pcap.MAGIC_TO_PKT_HDR:
        yield from _pcap(source, magic)
    else:
        raise Malformed(f"not a capture: begins {magic.hex()}, neither pcap nor pcapng")


def _pcap(source: _Source, magic: bytes) -> Iterator[Record]:
    kind = int.from_bytes(magic)
    file_header = dpkt.pcap.LEFileHdr if kind in _LITTLE else dpkt.pcap.FileHdr
    link = file_header(source.need(20, magic)).linktype & 0x03FFFFFF  # above it: how long the FCS is
    head_size = dpkt.pcap.MAGIC_TO_PKT_HDR[kind].__hdr_len__
    head = struct.Struct("<III" if kind in _LITTLE else ">III").unpack_from  # all kinds of header begin so
    unit_ns = 1 if kind in _NANO else 1_000
    while begin := source.take(1):
        raw = source.need(head_size - 1, begin)
        if not any(raw):  # what a crash leaves where the disk had promised room: it may go on for gigabytes
            raise source.fault("nothing but zeros where a record should begin")
        seconds, fraction, size = head(raw)
        if size > RECORD_MAX:
            raise source.fault(f"a record claims {size} bytes, at most {RECORD_MAX} are taken")
        data = source.need(size)
        yield Record(seconds * 1_000_000_000 + fraction * unit_ns, link, data)
        source.records += 1


def _pcapng(source: _Source, begin: bytes) -> Iterator[Record]:
    order, interfaces = "<", list[_Interface]()
    while begin:
        head = source.need(8 - len(begin), begin)
        kind = int.from_bytes(head[:4], "little" if order == "<" else "big")
        if kind == _SECTION:
            order, interfaces = _byte_order(source, magic := source.need(4)), []
            head += magic
        (length,) = struct.unpack(f"{order}I", head[4:8])
        if length < 12 or length < len(head) + 4 or length % 4 or length > RECORD_MAX:
            raise source.fault(f"a block claims {length} bytes; it has 12 to {RECORD_MAX}, in fours")
        block = source.need(length - len(head), head)
        if block[-4:] != block[4:8]:
            raise source.fault("a block's two lengths differ")
        if kind == dpkt.pcapng.PCAPNG_BT_IDB:
            interfaces.append(_interface(source, block, order))
        elif kind in {dpkt.pcapng.PCAPNG_BT_EPB, dpkt.pcapng.PCAPNG_BT_PB}:
            yield _packet(source, block, kind, order, interfaces)
            source.records += 1
        elif kind == dpkt.pcapng.PCAPNG_BT_SPB:
            raise source.fault("a Simple Packet Block says no time, so its frame cannot be placed")
        begin = source.take(1)


def _byte_order(source: _Source, magic: bytes) -> str:
    match int.from_bytes(magic):
        case dpkt.pcapng.BYTE_ORDER_MAGIC_LE:
            return "<"
        case dpkt.pcapng.BYTE_ORDER_MAGIC:
            return ">"
    raise source.fault(f"a section's byte order mark is {magic.hex()}")


def _interface(source: _Source, block: bytes, order: str) -> _Interface:
    kind = dpkt.pcapng.InterfaceDescriptionBlockLE if order == "<" else dpkt.pcapng.InterfaceDescriptionBlock
    try:
        description = kind(block)
    except (dpkt.UnpackError, UnicodeDecodeError, struct.error) as error:
        raise source.fault(f"an interface description cannot be read ({error!r})") from error
    ticks_per_s, offset_s = 1_000_000, 0
    for option in description.opts:
        if option.code == dpkt.pcapng.PCAPNG_OPT_IF_TSRESOL and len(option.data) == 1:
            power = option.data[0] & 0x7F
            ticks_per_s = 2**power if option.data[0] & 0x80 else 10**power
        elif option.code == dpkt.pcapng.PCAPNG_OPT_IF_TSOFFSET and len(option.data) == 8:
            (offset_s,) = struct.unpack(f"{order}q", option.data)
    return _Interface(description.linktype, ticks_per_s, offset_s)


def _packet(source: _Source, block: bytes, kind: int, order: str, interfaces: list[_Interface]) -> Record:
    enhanced = kind == dpkt.pcapng.PCAPNG_BT_EPB
    name = ("EnhancedPacketBlock" if enhanced else "PacketBlock") + ("LE" if order == "<" else "")
    packet = getattr(dpkt.pcapng, name)()
    try:
        packet.unpack_hdr(block)  # the header alone: an odd comment must not cost a frame
    except (dpkt.UnpackError, struct.error) as error:
        raise source.fault(f"a packet block cannot be read ({error!r})") from error
    if packet.iface_id >= len(interfaces):
        raise source.fault(f"a packet of interface {packet.iface_id}, {len(interfaces)} are described")
    if packet.caplen > len(block) - 32:
        raise source.fault(f"a packet claims {packet.caplen} bytes in a block of {len(block)}")
    interface = interfaces[packet.iface_id]
    ticks = packet.ts_high << 32 | packet.ts_low
    t_ns = interface.offset_s * 1_000_000_000 + ticks * 1_000_000_000 // interface.ticks_per_s
    return Record(t_ns, interface.link, block[28 : 28 + packet.caplen])
