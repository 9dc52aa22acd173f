"""Open Drone ID messages and packs as they stand on the wire, between bytes and plain structs.

Source: ASTM F3411-22a, Remote ID message formats (EN 4709-002 uses the same bytes); enumerations and refusals agree
with the C reference opendroneid-core-c. A message has 25 bytes, little-endian; byte 0 is `type << 4 | version`
(version 0 = F3411-19, 1 = EN pre-standard, 2 = F3411-22a) and the version never decides whether a message is read.

    type 0  Basic ID      1      id type << 4 | UA type
                          2-21   UAS id: types 1, 2 ASCII with NUL padding; 3 UUID (16 bytes); 4 session id
                          22-24  reserved
    type 1  Location      1      status << 4 | reserved (bit 3) | height type (bit 2, 0 take-off, 1 ground)
                                 | east-west (bit 1) | speed multiplier (bit 0)
                          2      direction          uint8   degrees, + 180 with east-west; 361 = unknown
                          3      speed              uint8   0.25 m/s; with the multiplier 63.75 m/s + 0.75 m/s,
                                                            and 255 m/s = unknown
                          4      vertical speed     int8    0.5 m/s, up; 63 m/s = unknown
                          5-8    latitude           int32   1e-7 degree
                          9-12   longitude          int32   1e-7 degree; both 0 = unknown
                          13-14  pressure altitude  uint16  0.5 m from -1000 m, STD; 0 = unknown
                          15-16  geodetic altitude  uint16  the same, HAE
                          17-18  height             uint16  the same, take-off or ground
                          19     vertical << 4 | horizontal accuracy
                          20     pressure altitude << 4 | speed accuracy
                          21-22  time               uint16  0.1 s after the UTC hour; 0xFFFF = unknown
                          23     reserved << 4 | time accuracy (0.1 s; 0 = unknown)
                          24     reserved
    type 2  Auth          1      auth type << 4 | page
            page 0        2      last page (0-15)
                          3      length             uint8   at most 17 + 23 * last page
                          4-7    time               uint32  s after 2019-01-01T00:00:00Z
                          8-24   data (17 bytes)
            page 1-15     2-24   data (23 bytes)
    type 3  Self ID       1      text type (0 text, 1 emergency, 2 extended status)
                          2-24   text
    type 4  System        1      reserved << 5 | classification << 2 | operator place type
                          2-5    operator latitude  int32   1e-7 degree
                          6-9    operator longitude int32   1e-7 degree; both 0 = unknown
                          10-11  area count         uint16
                          12     area radius        uint8   10 m
                          13-14  area ceiling       uint16  0.5 m from -1000 m, HAE; 0 = unknown
                          15-16  area floor         uint16  the same
                          17     EU category << 4 | EU class
                          18-19  operator altitude  uint16  the same, HAE
                          20-23  time               uint32  s after 2019-01-01T00:00:00Z; not in versions 0 and 1
                          24     reserved
    type 5  Operator ID   1      id type
                          2-21   operator id, ASCII with NUL padding
                          22-24  reserved
    type F  pack          1      25, the size of one message
                          2      count 1-9
                          3-     the messages: no pack in a pack, at most 2 Basic ID, 16 Auth, 1 of each other type

Every bit is kept, reserved ones too, so `encode_message(decode_message(x)) == x` wherever the standard allows the
values; where it does not (a latitude of 91°, say), decoding still reads them and encoding raises Refused.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import msgspec

from skykeep.errors import Malformed, Refused

SIZE = 25
COUNT_MAX = 9
PACK = 0xF
EPOCH_S = 1_546_300_800  # 2019-01-01T00:00:00Z in Unix seconds

TIME_UNKNOWN = 0xFFFF
NAMES = ("Basic ID", "Location", "Auth", "Self ID", "System", "Operator ID")
MOST = (2, 1, 16, 1, 1, 1)  # how many of each type one pack may hold


class BasicId(msgspec.Struct, frozen=True, gc=False):
    """Who: an id of one of several kinds, 20 bytes as sent."""

    version: int
    id_type: int
    ua_type: int
    uas_id: bytes
    reserved: bytes = bytes(3)


class Location(msgspec.Struct, frozen=True, gc=False):
    """Where and how it moves; `_code` is what stands on the wire, `quantities` turns it into units."""

    version: int
    status: int
    height_type: int
    east_west: int
    speed_multiplier: int
    direction_code: int
    speed_code: int
    vspeed_code: int
    lat_e7: int
    lon_e7: int
    pressure_altitude_code: int
    altitude_code: int
    height_code: int
    alt_accuracy_code: int
    pos_accuracy_code: int
    pressure_accuracy_code: int
    speed_accuracy_code: int
    t_ds: int
    t_accuracy_ds: int
    reserved: bytes = bytes(3)  # byte 1 bit 3, byte 23 bits 4-7, byte 24, each in its place


class Auth(msgspec.Struct, frozen=True, gc=False):
    """One page of an authentication; only page 0 has a last page, a length and a time."""

    version: int
    auth_type: int
    page: int
    last_page: int | None
    length: int | None
    t_s: int | None  # seconds after EPOCH_S
    data: bytes


class SelfId(msgspec.Struct, frozen=True, gc=False):
    """What for: free text, 23 bytes as sent."""

    version: int
    text_type: int
    text: bytes


class System(msgspec.Struct, frozen=True, gc=False):
    """Where the operator is, and the area of a group of aircraft."""

    version: int
    operator_place_type: int
    classification: int
    lat_e7: int
    lon_e7: int
    area_count: int
    area_radius_dam: int
    area_ceiling_code: int
    area_floor_code: int
    category_eu: int
    class_eu: int
    operator_altitude_code: int
    t_s: int  # seconds after EPOCH_S
    reserved: bytes = bytes(2)  # byte 1 bits 5-7, byte 24, each in its place


class OperatorId(msgspec.Struct, frozen=True, gc=False):
    """Who flies it: 20 bytes as sent."""

    version: int
    id_type: int
    operator_id: bytes
    reserved: bytes = bytes(3)


class Unsound(msgspec.Struct, frozen=True, gc=False):
    """A message inside an otherwise good pack whose own fields contradict each other (an Auth page's lengths)."""

    data: bytes
    reason: str


Message = BasicId | Location | Auth | SelfId | System | OperatorId


class Pack(msgspec.Struct, frozen=True):
    """Up to nine messages sent as one; `trailing` is what the carrier padded it with."""

    version: int
    messages: tuple[Message | Unsound, ...]
    trailing: bytes = b""


# ---- bytes to messages ---------------------------------------------------------------------------

_LOCATION = struct.Struct("<BBBBbiiHHHBBHBB")
_AUTH_0 = struct.Struct("<BBBBI17s")
_SYSTEM = struct.Struct("<BBiiHBHHBHIB")
_PLAIN = bytes(3)
_PLAIN_2 = bytes(2)


def _basic_id(data: bytes) -> BasicId:
    return BasicId(data[0] & 15, data[1] >> 4, data[1] & 15, data[2:22], data[22:25])


def _location(data: bytes) -> Location:
    fields = _LOCATION.unpack(data)
    head, bits, direction, speed, vspeed, lat, lon, pressure, geodetic, height, accuracy, more, t_ds, last, end = fields
    return Location(
        head & 15,
        bits >> 4,
        bits >> 2 & 1,
        bits >> 1 & 1,
        bits & 1,
        direction,
        speed,
        vspeed,
        lat,
        lon,
        pressure,
        geodetic,
        height,
        accuracy >> 4,
        accuracy & 15,
        more >> 4,
        more & 15,
        t_ds,
        last & 15,
        bytes((bits & 8, last & 0xF0, end)) if bits & 8 or last > 15 or end else _PLAIN,
    )


def _auth(data: bytes) -> Auth:
    if page := data[1] & 15:
        return Auth(data[0] & 15, data[1] >> 4, page, None, None, None, data[2:])
    head, bits, last_page, length, t_s, signature = _AUTH_0.unpack(data)
    if fault := auth_fault(last_page, length):
        raise Malformed(f"Remote ID Auth page 0: {fault}")
    return Auth(head & 15, bits >> 4, 0, last_page, length, t_s, signature)


def auth_fault(last_page: int, length: int) -> str:
    """Say what is wrong between the number of pages and the length; "" where nothing is."""
    if last_page > 15:
        return f"last page {last_page} (byte 2), at most 15"
    room = 17 + 23 * last_page
    return f"length {length} (byte 3) does not fit the {room} bytes of {last_page + 1} pages" if length > room else ""


def _self_id(data: bytes) -> SelfId:
    return SelfId(data[0] & 15, data[1], data[2:])


def _system(data: bytes) -> System:
    head, bits, lat, lon, count, radius, ceiling, floor, eu, altitude, t_s, end = _SYSTEM.unpack(data)
    return System(
        head & 15,
        bits & 3,
        bits >> 2 & 7,
        lat,
        lon,
        count,
        radius,
        ceiling,
        floor,
        eu >> 4,
        eu & 15,
        altitude,
        t_s,
        bytes((bits & 0xE0, end)) if bits > 31 or end else _PLAIN_2,
    )


def _operator_id(data: bytes) -> OperatorId:
    return OperatorId(data[0] & 15, data[1], data[2:22], data[22:25])


_DECODE: tuple[Callable[[bytes], Message], ...] = (_basic_id, _location, _auth, _self_id, _system, _operator_id)


def decode_message(data: bytes) -> Message:
    """Return the one message that these 25 bytes are; values out of range are read as they stand.

    Raises Malformed for any other length, for a type that is no message, for Auth lengths that cannot be.
    """
    if len(data) != SIZE:
        raise Malformed(f"Remote ID message: {len(data)} bytes, a message has {SIZE}")
    kind = data[0] >> 4
    if kind > 5:
        raise Malformed(f"Remote ID message: type {kind:#x} (byte 0) is {'a pack' if kind == PACK else 'none we know'}")
    return _DECODE[kind](data)


def decode_pack(data: bytes) -> Pack:
    """Return the pack that begins `data`, with what follows it as `trailing`.

    Raises Malformed where the whole pack is to be refused; an Auth page with impossible lengths spoils only itself.
    """
    if len(data) < 3 or data[0] >> 4 != PACK:
        raise Malformed(f"Remote ID pack: {len(data)} bytes that begin {data[:3].hex() or 'nothing'} are no pack")
    count, end = data[2], 3 + SIZE * data[2]
    if data[1] != SIZE:
        raise Malformed(f"Remote ID pack: message size {data[1]} (byte 1), it is always {SIZE}")
    if not 1 <= count <= COUNT_MAX:
        raise Malformed(f"Remote ID pack: {count} messages (byte 2), a pack holds 1 to {COUNT_MAX}")
    if len(data) < end:
        raise Malformed(f"Remote ID pack: {len(data)} bytes, {count} messages need {end}")
    seen = [0] * 6
    messages: list[Message | Unsound] = []
    for at in range(3, end, SIZE):
        kind = data[at] >> 4
        if kind > 5:
            raise Malformed(f"Remote ID pack: message of type {kind:#x} (byte {at})")
        seen[kind] += 1
        if seen[kind] > MOST[kind]:
            raise Malformed(f"Remote ID pack: {seen[kind]} {NAMES[kind]} messages (byte {at}), at most {MOST[kind]}")
        part = data[at : at + SIZE]
        try:
            messages.append(_DECODE[kind](part))
        except Malformed as error:
            messages.append(Unsound(part, f"{error} (byte {at} of a pack)"))
    return Pack(data[0] & 15, tuple(messages), data[end:])


# ---- messages to bytes ---------------------------------------------------------------------------


def _within(what: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise Refused(f"F3411-22a {what}: {value} is not within {low} to {high}")
    return value


def _sized(what: str, value: bytes, size: int) -> bytes:
    if len(value) != size:
        raise Refused(f"F3411-22a {what}: {len(value)} bytes, it has {size}; pad with NUL")
    return value


def _masked(what: str, value: bytes, *masks: int) -> bytes:
    _sized(what, value, len(masks))
    if any(byte & ~mask for byte, mask in zip(value, masks, strict=True)):
        raise Refused(f"F3411-22a {what}: {value.hex()} sets bits that have a meaning")
    return value


def _byte(what: str, value: int) -> int:
    return _within(what, value, 0, 255)


def _nibbles(what: str, high: int, low: int) -> int:
    return _within(what, high, 0, 15) << 4 | _within(what, low, 0, 15)


def _head(kind: int, version: int) -> int:
    return kind << 4 | _within("version", version, 0, 15)


def _encode_basic_id(message: BasicId) -> bytes:
    head = bytes((_head(0, message.version), _nibbles("Basic ID types", message.id_type, message.ua_type)))
    return head + _sized("UAS id", message.uas_id, 20) + _sized("Basic ID reserved", message.reserved, 3)


def _encode_location(message: Location) -> bytes:
    reserved = _masked("Location reserved", message.reserved, 0x08, 0xF0, 0xFF)
    bits = _within("status", message.status, 0, 15) << 4 | reserved[0]
    bits |= _within("height type", message.height_type, 0, 1) << 2
    bits |= _within("east-west", message.east_west, 0, 1) << 1
    bits |= _within("speed multiplier", message.speed_multiplier, 0, 1)
    _within("direction, degrees", message.direction_code + 180 * message.east_west, 0, 361)
    if message.vspeed_code != 126:
        _within("vertical speed, 0.5 m/s", message.vspeed_code, -124, 124)
    if message.t_ds != TIME_UNKNOWN:
        _within("time after the hour, 0.1 s", message.t_ds, 0, 36_000)
    return _LOCATION.pack(
        _head(1, message.version),
        bits,
        _byte("direction", message.direction_code),
        _byte("speed", message.speed_code),
        message.vspeed_code,
        _within("latitude, 1e-7 degree", message.lat_e7, -900_000_000, 900_000_000),
        _within("longitude, 1e-7 degree", message.lon_e7, -1_800_000_000, 1_800_000_000),
        _within("pressure altitude", message.pressure_altitude_code, 0, 0xFFFF),
        _within("geodetic altitude", message.altitude_code, 0, 0xFFFF),
        _within("height", message.height_code, 0, 0xFFFF),
        _nibbles("accuracy", message.alt_accuracy_code, message.pos_accuracy_code),
        _nibbles("accuracy", message.pressure_accuracy_code, message.speed_accuracy_code),
        message.t_ds,
        reserved[1] | _within("time accuracy, 0.1 s", message.t_accuracy_ds, 0, 15),
        reserved[2],
    )


def _encode_auth(message: Auth) -> bytes:
    head = bytes((_head(2, message.version), _nibbles("Auth", message.auth_type, message.page)))
    if message.page:
        if (message.last_page, message.length, message.t_s) != (None, None, None):
            raise Refused("F3411-22a Auth: only page 0 says last page, length and time")
        return head + _sized("Auth data", message.data, 23)
    if message.last_page is None or message.length is None or message.t_s is None:
        raise Refused("F3411-22a Auth: page 0 says last page, length and time")
    last_page = _within("Auth last page", message.last_page, 0, 15)
    length = _byte("Auth length", message.length)
    if fault := auth_fault(last_page, length):
        raise Refused(f"F3411-22a Auth page 0: {fault}")
    t_s = _within("Auth time, s", message.t_s, 0, 0xFFFFFFFF)
    return head + bytes((last_page, length)) + t_s.to_bytes(4, "little") + _sized("Auth data", message.data, 17)


def _encode_self_id(message: SelfId) -> bytes:
    head = bytes((_head(3, message.version), _byte("Self ID type", message.text_type)))
    return head + _sized("Self ID text", message.text, 23)


def _encode_system(message: System) -> bytes:
    reserved = _masked("System reserved", message.reserved, 0xE0, 0xFF)
    place = _within("operator place type", message.operator_place_type, 0, 3)
    return _SYSTEM.pack(
        _head(4, message.version),
        reserved[0] | _within("classification", message.classification, 0, 7) << 2 | place,
        _within("operator latitude, 1e-7 degree", message.lat_e7, -900_000_000, 900_000_000),
        _within("operator longitude, 1e-7 degree", message.lon_e7, -1_800_000_000, 1_800_000_000),
        _within("area count", message.area_count, 0, 0xFFFF),
        _byte("area radius, 10 m", message.area_radius_dam),
        _within("area ceiling", message.area_ceiling_code, 0, 0xFFFF),
        _within("area floor", message.area_floor_code, 0, 0xFFFF),
        _nibbles("EU category and class", message.category_eu, message.class_eu),
        _within("operator altitude", message.operator_altitude_code, 0, 0xFFFF),
        _within("System time, s", message.t_s, 0, 0xFFFFFFFF),
        reserved[1],
    )


def _encode_operator_id(message: OperatorId) -> bytes:
    head = bytes((_head(5, message.version), _byte("Operator ID type", message.id_type)))
    return head + _sized("operator id", message.operator_id, 20) + _sized("Operator ID reserved", message.reserved, 3)


def encode_message(message: Message) -> bytes:
    """Return the 25 bytes of a message; raises Refused, naming field and range, for what the standard forbids."""
    match message:
        case BasicId():
            return _encode_basic_id(message)
        case Location():
            return _encode_location(message)
        case Auth():
            return _encode_auth(message)
        case SelfId():
            return _encode_self_id(message)
        case System():
            return _encode_system(message)
        case OperatorId():
            return _encode_operator_id(message)


def encode_pack(pack: Pack) -> bytes:
    """Return the bytes of a pack; raises Refused for too many messages, of one type or in all, and for Unsound ones."""
    parts = []
    seen = [0] * 6
    for message in pack.messages:
        if isinstance(message, Unsound):
            raise Refused(f"F3411-22a pack: an unsound message is not sent on: {message.reason}")
        part = encode_message(message)
        kind = part[0] >> 4
        seen[kind] += 1
        _within(f"pack, {NAMES[kind]} messages", seen[kind], 0, MOST[kind])
        parts.append(part)
    count = _within("pack, messages", len(parts), 1, COUNT_MAX)
    head = bytes((_head(PACK, pack.version), SIZE, count))
    return b"".join((head, *parts, pack.trailing))
