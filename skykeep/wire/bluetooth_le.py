"""Remote ID in Bluetooth Low Energy advertising, legacy (Bluetooth 4) and extended (Bluetooth 5).

Sources: Bluetooth Core 5.4, Vol 6 Part B, 2.1 (packets), 2.3 (advertising PDUs), 3.1.1 (CRC), Vol 4 Part E, 7.7.65
(HCI reports); tcpdump.org link types; nRF Sniffer 4.x; F3411-22a, Bluetooth.

    link 251  access address (4), [coding indicator (1) on the coded PHY], PDU, CRC (3)
    link 256  channel, signal, noise, offences (4), reference address (4), flags (2), then as 251. Flags:
              0x0001 de-whitened, 0x0400 CRC was checked, 0x0800 CRC was good, 0xC000 PHY (2: coded)
    link 272  board (1), six bytes of UART header, ten of event header, then as 251. Byte 8, flags:
              0x01 CRC was good, 0x70 PHY (2: coded)
    link 187  HCI H4: 04 3E length, subevent 02 or 0D, reports; link 201 has four bytes of direction before it
    PDU       type (low nibble), length, then
              0 ADV_IND, 2 ADV_NONCONN_IND, 4 SCAN_RSP, 6 ADV_SCAN_IND: address (6, last byte first), AD structures
              7 extended: mode << 6 | length of header; flags; by the flags' bits 0x01 address (6); AD structures
    AD        length, type, content; others may stand before ours:
              type 0x16, UUID 0xFFFA, application code 0x0D, counter, then one message or a pack

A sniffer's word on the CRC is taken; where it gives none, the CRC is computed. A controller (HCI) reports only frames
whose CRC it found good. What was split over several extended PDUs is not put together: it is reported as cut.
"""

from __future__ import annotations

from collections.abc import Iterator

from skykeep.errors import Malformed, Refused
from skykeep.wire.carrier import Carried, mac_text

LINK_H4 = 187
LINK_H4_DIRECTION = 201
LINK_LL = 251
LINK_LL_PHDR = 256
LINK_NRF = 272
LINKS = (LINK_H4, LINK_H4_DIRECTION, LINK_LL, LINK_LL_PHDR, LINK_NRF)

_ADVERTISING = b"\xd6\xbe\x89\x8e"  # access address 0x8E89BED6
_OURS = b"\xfa\xff\x0d"
_MARK = b"\x16" + _OURS
_CRC_FAULT = "CRC bad: the frame was damaged on air, so nothing in it is believed"


def carried(data: bytes, link: int) -> list[Carried]:
    """Return what a frame of one of `LINKS` carried; [] where it is no Remote ID."""
    match link:
        case 251:
            return _link_layer(data, coded=False, crc_good=None)
        case 256 if len(data) >= 10 and data[8] & 0x01:
            flags = int.from_bytes(data[8:10], "little")
            crc_good = bool(flags & 0x800) if flags & 0x400 else None
            return _link_layer(data[10:], coded=flags >> 14 == 2, crc_good=crc_good)
        case 272 if len(data) >= 17:
            return _link_layer(data[17:], coded=data[8] >> 4 & 7 == 2, crc_good=bool(data[8] & 1))
        case 187:
            return list(_reports(data))
        case 201:
            return list(_reports(data[4:]))
    return []


def _link_layer(data: bytes, *, coded: bool, crc_good: bool | None) -> list[Carried]:
    start = 5 if coded else 4
    if not data.startswith(_ADVERTISING) or len(data) < start + 2:
        return []
    kind, end = data[start] & 15, start + 2 + data[start + 1]
    if crc_good is None and _MARK in data:
        crc_good = len(data) >= end + 3 and crc24(data[start:end]) == data[end : end + 3]
    if not crc_good:  # its lengths may be what was damaged, so nothing is walked
        return [Carried("", b"", _CRC_FAULT)] if _MARK in data else []
    content = data[start + 2 : end]
    if kind in {0, 2, 4, 6}:
        return list(_structures(content[6:], mac_text(content[5::-1])))
    return list(_extended(content)) if kind == 7 else []


def _extended(content: bytes) -> Iterator[Carried]:
    length = content[0] & 0x3F if content else 0
    has_address = length >= 7 and len(content) >= 8 and content[1] & 0x01
    yield from _structures(content[1 + length :], mac_text(content[7:1:-1]) if has_address else "")


def _structures(structures: bytes, mac: str) -> Iterator[Carried]:
    at = 0
    while at + 1 < len(structures) and structures[at]:
        end = at + 1 + structures[at]
        content = structures[at + 2 : end]
        if structures[at + 1] == 0x16 and content.startswith(_OURS):
            cut = f"service data cut: {len(content)} of {structures[at] - 1} bytes" if end > len(structures) else ""
            yield Carried(mac, content[4:], cut)
        at = end


def payloads(structures: bytes) -> Iterator[bytes]:
    """Yield what the AD structures of one advertisement hold of Remote ID; raises Malformed for one that is cut."""
    for found in _structures(structures, ""):
        if found.fault:
            raise Malformed(found.fault)
        yield found.payload


def _reports(data: bytes) -> Iterator[Carried]:
    if len(data) < 5 or data[:2] != b"\x04\x3e" or data[3] not in {0x02, 0x0D}:
        return
    # A report is fixed fields whose last byte is the length of the AD structures; a legacy one ends with the signal.
    address, fixed, tail = (2, 9, 1) if data[3] == 0x02 else (3, 24, 0)
    at = 5
    for _ in range(data[4]):
        if at + fixed > len(data):
            return
        start, end = at + fixed, at + fixed + data[at + fixed - 1]
        yield from _structures(data[start:end], mac_text(data[at + address : at + address + 6][::-1]))
        at = end + tail


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        register = value
        for _ in range(8):
            register = register >> 1 ^ (0xDA6000 if register & 1 else 0)
        table.append(register)
    return tuple(table)


_CRC = _crc_table()


def crc24(pdu: bytes) -> bytes:
    """Return the three CRC bytes of an advertising PDU in the order in which they are sent."""
    register = 0xAAAAAA  # 0x555555 with its bits reversed: the least significant bit is sent first
    for byte in pdu:
        register = register >> 8 ^ _CRC[(register ^ byte) & 255]
    return register.to_bytes(3, "little")


# ---- for simulators and tests ----------------------------------------------------------------------


def advertising_data(counter: int, payload: bytes) -> bytes:
    """Return the AD structure that carries one message or pack; raises Refused for what does not fit one."""
    if not 0 <= counter <= 255 or not 1 <= len(payload) <= 250:
        raise Refused(f"Bluetooth advertising: counter {counter} of 0-255, payload {len(payload)} of 1-250 bytes")
    return bytes((5 + len(payload), 0x16)) + _OURS + bytes((counter,)) + payload


def advertisement(mac: bytes, counter: int, payload: bytes) -> bytes:
    """Return a whole link-layer packet (link 251): legacy for a message, extended for what is longer."""
    if len(mac) != 6:
        raise Refused(f"Bluetooth advertising: an address has 6 bytes, not {len(mac)}")
    structures = advertising_data(counter, payload)
    if len(structures) <= 31:
        kind, content = 0x42, mac[::-1] + structures  # ADV_NONCONN_IND from a random address
    else:
        kind, content = 0x47, b"\x07\x01" + mac[::-1] + structures
    if len(content) > 255:
        raise Refused(f"Bluetooth advertising: {len(payload)} bytes do not fit one packet")
    pdu = bytes((kind, len(content))) + content
    return _ADVERTISING + pdu + crc24(pdu)
