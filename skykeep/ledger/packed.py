"""Bytes as they are stored: compressed where that helps, with a checksum over what lies on the disk.

    byte  0     codec     u8    0 plain, 1 zlib (RFC 1950)
    ...         payload
    last 4      crc32     u32   big-endian, over what it stands beside (a tick's entry), then all before

Nothing is signed in this form: hashes are over the content. The checksum finds decay, also in an entry that is
not sealed yet and in the padding bits of zlib; against people it is worth nothing.
"""

from __future__ import annotations

import struct
import zlib

from skykeep.ledger.errors import BadRecord

SIZE_MAX = 64 << 20
"""Bytes of content at most: a hostile record must not fill a verifier's memory."""
_CRC = struct.Struct(">I")
_PLAIN, _ZLIB = 0, 1


def pack(data: bytes, *, beside: bytes = b"") -> bytes:
    """Pack up to 64 MiB; the fastest level, since a station does this ten times a second."""
    if len(data) > SIZE_MAX:
        raise ValueError(f"{len(data)} bytes to store in one piece; at most {SIZE_MAX}")
    small = zlib.compress(data, 1)
    body = bytes([_ZLIB]) + small if len(small) < len(data) else bytes([_PLAIN]) + data
    return body + _crc(body, beside)


def _crc(body: bytes, beside: bytes) -> bytes:
    return _CRC.pack(zlib.crc32(body, zlib.crc32(beside)))


def unpack(stored: bytes, *, beside: bytes = b"") -> bytes:
    """Give the content back; BadRecord if a bit of `stored`, or of what it stands beside, changed."""
    body, crc = stored[: -_CRC.size], stored[-_CRC.size :]
    if not body or crc != _crc(body, beside):
        raise BadRecord(f"the checksum of {len(stored)} stored bytes does not hold")
    if body[0] == _PLAIN:
        return body[1:]
    if body[0] != _ZLIB:
        raise BadRecord(f"byte 0: codec {body[0]} is not known; a newer program may have written it")
    unzip = zlib.decompressobj()
    try:
        data = unzip.decompress(body[1:], SIZE_MAX)
    except zlib.error as error:
        raise BadRecord(f"stored bytes do not decompress: {error}") from error
    if not unzip.eof or unzip.unused_data:
        raise BadRecord(f"stored bytes decompress to more than {SIZE_MAX}, or bytes trail them")
    return data
