"""Remote ID in Wi-Fi frames: beacons, probe responses and Neighbour Awareness Networking action frames.

Sources: IEEE 802.11-2020, 9.3.3 (management frames), 9.4.2.25 (vendor element); radiotap.org; Wi-Fi Aware 4.0, 9.5;
F3411-22a, Wi-Fi Beacon and Wi-Fi NAN.

    link 127  radiotap  0    version 0
                        2-3  length of this header
                        4-7  which fields follow (bit 31: another such word); field 0 has 8 bytes, aligned to 8,
                             field 1 is the flags byte: 0x10 the frame ends with its FCS, 0x40 the FCS was bad
    link 105  frame     0    subtype << 4 | type (0: management) << 2 | version (0)
                        1    flags: 0x40 protected, 0x80 four bytes of HT control follow the header
                        10-15  address 2, the sender
                        24-  body
    beacon (8), probe response (5)  12 fixed bytes, then elements: id, length, content
            element 221, OUI FA:0B:BC, type 0x0D: counter, then a message or pack
            element 221, OUI 26:37:12: DJI's own DroneID (`dji_droneid`)
    action (13)  04 09 50:6F:9A 13, then attributes: id, length (2), content
            attribute 3: service id (6), instance, requestor, control; then by the control's bits 0x40 binding bitmap
            (2), 0x04 matching filter (1 + n), 0x08 response filter (1 + n), 0x10 service info (1 + n), which is
            counter, then a message or pack; service id 88:69:19:9D:92:09 is "org.opendroneid.remoteid"

An FCS that is there is checked. Without radiotap nobody says whether there is one, so then none is checked.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from skykeep.errors import Refused
from skykeep.wire.carrier import Carried, mac_text

LINK_PLAIN = 105
LINK_RADIOTAP = 127
LINKS = (LINK_PLAIN, LINK_RADIOTAP)

_ASTM = b"\xfa\x0b\xbc"
_DJI = b"\x26\x37\x12"
_NAN = b"\x04\x09\x50\x6f\x9a\x13"
_SERVICE = b"\x88\x69\x19\x9d\x92\x09"
_SUBTYPES = (0x80, 0x50, 0xD0)  # beacon, probe response, action
_FCS_FAULT = "FCS bad: the frame was damaged on air, so nothing in it is believed"


def carried(data: bytes, link: int) -> list[Carried]:
    """Return what a frame of link type 105 or 127 carried; [] where it is no Remote ID."""
    if link == LINK_PLAIN:
        return _management(data)
    header = _radiotap(data)
    if header is None:
        return []
    length, flags = header
    frame = data[length:-4] if flags & 0x10 else data[length:]
    marked = _ASTM in frame or _SERVICE in frame or _DJI in frame  # what holds none of them needs no walking
    good = not flags & 0x40
    if marked and flags & 0x10:
        good = good and zlib.crc32(frame) == int.from_bytes(data[-4:], "little")
    if not good:  # its lengths may be what was damaged, so nothing is walked
        return [Carried("", b"", _FCS_FAULT)] if marked and frame[0] in _SUBTYPES else []
    return _management(frame) if marked else []


def _radiotap(data: bytes) -> tuple[int, int] | None:
    """Return the header's length and its flags byte (0 where it has none)."""
    if len(data) < 8 or data[0] != 0:
        return None
    length = int.from_bytes(data[2:4], "little")
    present = int.from_bytes(data[4:8], "little")
    at, word = 8, present
    while word >> 31:
        if at + 4 > length:
            return None
        word = int.from_bytes(data[at : at + 4], "little")
        at += 4
    if present & 1:
        at = (at + 7) // 8 * 8 + 8
    if not 8 <= length <= len(data):
        return None
    return length, data[at] if present & 2 and at < length else 0


def _management(frame: bytes) -> list[Carried]:
    if len(frame) < 24 or frame[0] & 0x0F or frame[1] & 0x40:
        return []
    body = frame[28 if frame[1] & 0x80 else 24 :]
    subtype = frame[0] >> 4
    if subtype in {8, 5}:
        return _elements(body, frame)
    if subtype == 13 and body.startswith(_NAN):
        return list(_attributes(body, mac_text(frame[10:16])))
    return []


def _elements(body: bytes, frame: bytes) -> list[Carried]:
    found: list[Carried] = []
    at, size = 12, len(body)
    while at + 2 <= size:
        end = at + 2 + body[at + 1]
        if body[at] == 221:
            content = body[at + 2 : end]
            if content.startswith(_ASTM) and content[3:4] == b"\x0d":
                found.append(Carried(mac_text(frame[10:16]), content[5:], _cut(content, body[at + 1])))
            elif content.startswith(_DJI):
                found.append(Carried(mac_text(frame[10:16]), content, _cut(content, body[at + 1]), is_dji=True))
        at = end
    return found


def _cut(content: bytes, size: int) -> str:
    return f"vendor element cut: {len(content)} of {size} bytes" if len(content) < size else ""


def _attributes(body: bytes, mac: str) -> Iterator[Carried]:
    at = len(_NAN)
    while at + 3 <= len(body):
        length = int.from_bytes(body[at + 1 : at + 3], "little")
        content = body[at + 3 : at + 3 + length]
        if body[at] == 3 and content.startswith(_SERVICE) and len(content) >= 9 and content[8] & 0x10:
            yield Carried(mac, *_service_info(content))
        at += 3 + length


def _service_info(content: bytes) -> tuple[bytes, str]:
    control = content[8]
    at = 11 if control & 0x40 else 9
    for bit in (0x04, 0x08):
        if control & bit:
            at += 1 + (content[at] if at < len(content) else 0)
    if at >= len(content):
        return b"", "NAN service descriptor cut before its service info"
    info = content[at + 1 : at + 1 + content[at]]
    return info[1:], "" if len(info) == content[at] else f"NAN service info cut: {len(info)} of {content[at]} bytes"


# ---- for simulators and tests ----------------------------------------------------------------------


def beacon(mac: bytes, counter: int, pack: bytes, ssid: str = "") -> bytes:
    """Return a beacon (link 105, no FCS) that carries one message or pack; raises Refused for what cannot be sent."""
    name = ssid.encode()
    if len(mac) != 6 or not 0 <= counter <= 255 or len(name) > 32 or not 1 <= len(pack) <= 250:
        raise Refused(
            f"Wi-Fi beacon: address {len(mac)} of 6 bytes, counter {counter} of 0-255, "
            f"name {len(name)} of at most 32 bytes, payload {len(pack)} of 1-250 bytes"
        )
    head = b"\x80\x00\x00\x00" + b"\xff" * 6 + mac + mac + b"\x00\x00"
    fixed = bytes(8) + b"\x64\x00\x20\x04"  # timestamp, interval of 100 units, capabilities
    element = _ASTM + b"\x0d" + bytes((counter,)) + pack
    rates = b"\x01\x01\x8c"  # 6 Mbit/s, basic
    return b"".join((head, fixed, bytes((0, len(name))), name, rates, bytes((221, len(element))), element))
