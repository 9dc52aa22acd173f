"""Facts of one kind as a matrix of integers, for whoever needs columns: read from their canonical bytes by one loop.

A row is a fact, a field is a column, in the order of the struct, without the tag:

    int                   itself; what no int64 holds is the greatest that does
    None                  NONE
    bool                  1 or 0
    text, enumeration     its `code`: for comparing with a known word, not for telling texts apart
    Altitude              two columns: millimetres, and the code of the datum; both NONE where it is None
    bytes                 NONE

Reading a field of a fact costs Python some thirty nanoseconds, and as much again for each question that is asked of it;
a report has two dozen. Here all of them cost less than two.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.geo.altitude import Altitude
from skykeep.geo.kernel import kernel

NONE = -(2**63)
_MOST = 2**63 - 1
_LETTERS = 6  # of a text, that its code holds
_encoder = msgspec.msgpack.Encoder()
_PLAIN = (int, str, bool, bytes, types.NoneType)

Ints = npt.NDArray[np.int64]


def code(text: str) -> int:
    """Return the number that stands for a text: its length in bytes, 255 at most, and the first six of them."""
    data = text.encode()
    return int.from_bytes(data[:_LETTERS].ljust(_LETTERS, b"\0") + bytes([min(len(data), 255)]), "big")


def flat(facts: Sequence[msgspec.Struct]) -> Ints:
    """Return facts of one kind as rows, (n, columns)."""
    wide = _layout(type(facts[0]))[1]
    out = np.empty((len(facts), int(wide.sum())), np.int64)
    _fill(np.frombuffer(_encoder.encode(facts), np.int8), wide, out)
    return out


def columns(kind: type[msgspec.Struct]) -> dict[str, int]:
    """Return which column each field is in; of an altitude the first of its two."""
    return dict(_layout(kind)[0])


@functools.cache
def _layout(kind: type[msgspec.Struct]) -> tuple[tuple[tuple[str, int], ...], Ints]:
    """Return the fields with their columns, and how many columns each has."""
    hints = typing.get_type_hints(kind)
    wide = [_width(kind, name, hints[name]) for name in kind.__struct_fields__]
    begin = np.cumsum([0, *wide[:-1]]).tolist()
    return tuple(zip(kind.__struct_fields__, begin, strict=True)), np.array(wide, np.int64)


def _width(kind: type[msgspec.Struct], name: str, hint: object) -> int:
    of = typing.get_args(hint) or (hint,)
    if Altitude in of:
        return 2
    if not all(each in _PLAIN or hasattr(each, "__members__") for each in of):
        raise TypeError(f"{kind.__name__}.{name} is no number, text, flag or altitude: its facts have no flat form")
    return 1


@kernel
def _fill(data: npt.NDArray[np.int8], wide: Ints, out: Ints) -> None:
    """Fill the rows (n, columns) from msgpack: an array of facts, each an array of its tag and its fields."""
    at = _past_head(0, int(data[0]) & 255)
    for i in range(out.shape[0]):
        at = _past_head(at, int(data[at]) & 255)
        at = _value(data, at)[1]  # the tag
        column = 0
        for field in range(wide.shape[0]):
            lead = int(data[at]) & 255
            if int(wide[field]) == 1:
                out[i, column], at = _value(data, at)
                column += 1
            elif lead == 0xC0:
                out[i, column], out[i, column + 1] = NONE, NONE
                at += 1
                column += 2
            else:
                out[i, column], at = _value(data, at + 1)
                out[i, column + 1], at = _value(data, at)
                column += 2


@kernel
def _past_head(at: int, lead: int) -> int:
    """Return where an array's first element stands; `lead` is its first byte."""
    if lead == 0xDC:
        return at + 3
    if lead == 0xDD:
        return at + 5
    return at + 1


@kernel
def _value(data: npt.NDArray[np.int8], at: int) -> tuple[int, int]:
    """Return what stands at a byte, and where the next begins (msgpack's formats, each by its first byte)."""
    lead = int(data[at]) & 255
    if lead < 0x80:
        return lead, at + 1
    if lead >= 0xE0:
        return lead - 256, at + 1
    if 0xA0 <= lead <= 0xBF:
        return _code(data, at + 1, lead - 0xA0), at + 1 + lead - 0xA0
    if 0xCC <= lead <= 0xCF:
        size = 1 << (lead - 0xCC)
        if size == 8 and int(data[at + 1]) < 0:
            return _MOST, at + 9
        return _unsigned(data, at + 1, size), at + 1 + size
    if 0xD0 <= lead <= 0xD3:
        size = 1 << (lead - 0xD0)
        value = int(data[at + 1])
        for k in range(at + 2, at + 1 + size):
            value = value * 256 + (int(data[k]) & 255)
        return value, at + 1 + size
    if 0xD9 <= lead <= 0xDB:
        head = 1 << (lead - 0xD9)
        size = _unsigned(data, at + 1, head)
        return _code(data, at + 1 + head, size), at + 1 + head + size
    if 0xC4 <= lead <= 0xC6:
        head = 1 << (lead - 0xC4)
        return NONE, at + 1 + head + _unsigned(data, at + 1, head)
    return (1 if lead == 0xC3 else 0 if lead == 0xC2 else NONE), at + 1


@kernel
def _unsigned(data: npt.NDArray[np.int8], at: int, size: int) -> int:
    value = 0
    for k in range(at, at + size):
        value = value * 256 + (int(data[k]) & 255)
    return value


@kernel
def _code(data: npt.NDArray[np.int8], at: int, size: int) -> int:
    value = 0
    for k in range(_LETTERS):
        value = value * 256 + (int(data[at + k]) & 255 if k < size else 0)
    return value * 256 + min(size, 255)
