"""Which credentials were withdrawn: a bit for each, as a Status List Token in CWT form (IETF Token Status List).

COSE_Sign1   as in credential.py, with header 16: "application/statuslist+cwt"
payload      {2: sub, 6: iat, 65533: {"bits": 1, "lst": zlib of the bits}}

sub     the name of the list, which each credential gives under status_list.uri
iat     when the list was made, seconds since 1970 UTC
bits    number n stands in byte n // 8 at place n % 8 from the least significant; 1 is withdrawn
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec

from skykeep.errors import Malformed
from skykeep.wire import cbor

KIND = "application/statuslist+cwt"
BYTES_MAX = 1 << 20
_LIST = 65_533


class StatusList(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it was at one moment."""

    name: str
    issued_s: int
    bits: bytes

    def withdrawn(self, index: int) -> bool | None:
        """Whether the credential of that number was withdrawn; None where the list does not reach it."""
        if not 0 <= index < 8 * len(self.bits):
            return None
        return bool(self.bits[index // 8] >> index % 8 & 1)


def packed(flags: Sequence[bool]) -> bytes:
    """Return flags as the bits of a list."""
    made = bytearray((len(flags) + 7) // 8)
    for index, flag in enumerate(flags):
        made[index // 8] |= flag << index % 8
    return bytes(made)


def encode(of: StatusList) -> bytes:
    """Return the payload of a list."""
    return cbor.encode({2: of.name, 6: of.issued_s, _LIST: {"bits": 1, "lst": zlib.compress(of.bits, 9)}})


def decode(payload: bytes) -> StatusList:
    """Return the list that a payload says; Malformed where it is none, or unpacks to more than a megabyte."""
    try:
        said = msgspec.convert(_named(cbor.decode(payload)), _Said)
    except msgspec.ValidationError as error:
        raise Malformed(f"status list: {error}") from error
    if said.bits != 1:
        raise Malformed(f"status list: {said.bits} bits for each; this program reads one")
    unpacker = zlib.decompressobj()
    try:
        bits = unpacker.decompress(said.lst, BYTES_MAX)
    except zlib.error as error:
        raise Malformed(f"status list: its bits cannot be unpacked: {error}") from error
    if not unpacker.eof or unpacker.unused_data:
        raise Malformed(f"status list: its bits are cut, followed by others, or more than {BYTES_MAX} bytes")
    return StatusList(name=said.sub, issued_s=said.iat, bits=bits)


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    sub: str
    iat: int
    bits: int
    lst: bytes


def _named(plain: cbor.Plain) -> object:
    if not isinstance(plain, dict) or plain.keys() != {2, 6, _LIST} or not isinstance(plain[_LIST], dict):
        raise Malformed("status list: not the claims sub, iat and status_list")
    return {"sub": plain[2], "iat": plain[6], **plain[_LIST]}
