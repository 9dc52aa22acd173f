"""Gzip unpacked as far as it is whole: every byte before the place where it breaks off comes out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import IO

GZIP = b"\x1f\x8b"
PACKED_BYTES = 16_384
UNPACKED_BYTES = 262_144


def unpacked(file: IO[bytes]) -> Iterator[bytes]:
    """Yield what a gzip file holds, member after member, a bounded piece at a time.

    Raises EOFError where the file ends too early, zlib.error where it is damaged, each after all that came before.
    """
    member, ended = _member(), False
    while data := file.read(PACKED_BYTES):
        data = data.lstrip(b"\0") if ended else data
        while data:
            whole = member.copy()  # a damaged piece gives nothing at once: then it is taken byte by byte
            try:
                piece = member.decompress(data, UNPACKED_BYTES)
            except zlib.error:
                yield from filter(None, (whole.decompress(data[at : at + 1]) for at in range(len(data))))
                raise
            if piece:
                yield piece
            data = member.unconsumed_tail
            if member.eof:
                data = member.unused_data.lstrip(b"\0")  # some writers fill up with zeros
                member, ended = _member(), True
            else:
                ended = False
    if ended:
        return
    if rest := member.flush():
        yield rest
    raise EOFError("the gzip file ends before its end")


def _member() -> zlib._Decompress:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
