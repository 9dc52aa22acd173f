"""CBOR in its one deterministic form (RFC 8949, 4.2.1), as far as credentials need it.

Integers of 64 bits, byte strings, text, arrays, maps with integers or text as keys, false, true and null. No floats, no
tags, no indefinite lengths. What could be written in two ways is refused, so bytes and value are one to one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skykeep.errors import Malformed

DEPTH_MAX = 16

Plain = int | bytes | str | bool | Sequence["Plain"] | Mapping[int | str, "Plain"] | None

_SIMPLE: dict[int, bool | None] = {0xF4: False, 0xF5: True, 0xF6: None}


def encode(value: Plain) -> bytes:
    """Return the one encoding of a value."""
    if value is None or isinstance(value, bool):
        return b"\xf6" if value is None else b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(3, len(text)) + text
    if isinstance(value, Mapping):
        pairs = sorted((encode(key), encode(inner)) for key, inner in value.items())
        return _head(5, len(pairs)) + b"".join(key + inner for key, inner in pairs)
    return _head(4, len(value)) + b"".join(encode(inner) for inner in value)


def _head(major: int, argument: int) -> bytes:
    for size, (code, limit) in enumerate(((24, 1 << 8), (25, 1 << 16), (26, 1 << 32), (27, 1 << 64))):
        if argument < 24:
            return bytes([major << 5 | argument])
        if argument < limit:
            return bytes([major << 5 | code]) + argument.to_bytes(1 << size, "big")
    raise ValueError(f"{argument} does not fit 64 bits")


def decode(data: bytes) -> Plain:
    """Return the value that `data` encodes, all of it; Malformed with the byte where it breaks."""
    value, end = _value(data, 0, 0)
    if end != len(data):
        raise Malformed(f"CBOR: {len(data) - end} bytes follow the value (byte {end})")
    return value


def _value(data: bytes, at: int, depth: int) -> tuple[Plain, int]:
    if depth > DEPTH_MAX:
        raise Malformed(f"CBOR: nested deeper than {DEPTH_MAX} (byte {at})")
    if at < len(data) and data[at] in _SIMPLE:
        return _SIMPLE[data[at]], at + 1
    major, argument, start = _read_head(data, at)
    if major < 2:
        return (argument if major == 0 else -1 - argument), start
    if major < 4:
        return _string(data, major, start, argument)
    if major == 4:
        return _array(data, start, argument, depth)
    if major == 5:
        return _map(data, start, argument, depth)
    raise Malformed(f"CBOR: byte {data[at]:#04x} begins nothing that stands in a credential (byte {at})")


def _read_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Return major type, argument, and where what follows begins."""
    if at >= len(data):
        raise Malformed(f"CBOR: it ends too early (byte {at})")
    major, code = data[at] >> 5, data[at] & 31
    if code < 24:
        return major, code, at + 1
    if code > 27:
        raise Malformed(f"CBOR: indefinite or reserved length (byte {at})")
    size = 1 << (code - 24)
    if at + 1 + size > len(data):
        raise Malformed(f"CBOR: it ends too early (byte {at})")
    argument = int.from_bytes(data[at + 1 : at + 1 + size], "big")
    if argument < 24 or (size > 1 and argument < 1 << (4 * size)):
        raise Malformed(f"CBOR: {argument} is not written in its shortest form (byte {at})")
    return major, argument, at + 1 + size


def _string(data: bytes, major: int, start: int, length: int) -> tuple[Plain, int]:
    if length > len(data) - start:
        raise Malformed(f"CBOR: a string of {length} bytes, {len(data) - start} are left (byte {start})")
    raw = data[start : start + length]
    if major == 2:
        return raw, start + length
    try:
        return raw.decode(), start + length
    except UnicodeDecodeError as error:
        raise Malformed(f"CBOR: text that is not UTF-8 (byte {start + error.start})") from error


def _array(data: bytes, at: int, count: int, depth: int) -> tuple[Plain, int]:
    if count > len(data) - at:
        raise Malformed(f"CBOR: an array of {count} in {len(data) - at} bytes (byte {at})")
    values = []
    for _ in range(count):
        value, at = _value(data, at, depth + 1)
        values.append(value)
    return values, at


def _map(data: bytes, at: int, count: int, depth: int) -> tuple[Plain, int]:
    if count > len(data) - at:
        raise Malformed(f"CBOR: a map of {count} in {len(data) - at} bytes (byte {at})")
    found: dict[int | str, Plain] = {}
    before = b""
    for _ in range(count):
        start = at
        key, at = _value(data, at, depth + 1)
        if isinstance(key, bool) or not isinstance(key, (int, str)):
            raise Malformed(f"CBOR: a key that is neither a number nor text (byte {start})")
        if data[start:at] <= before:
            raise Malformed(f"CBOR: keys out of order, or one twice (byte {start})")
        before = data[start:at]
        found[key], at = _value(data, at, depth + 1)
    return found, at
