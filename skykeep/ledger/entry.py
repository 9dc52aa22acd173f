"""Entry/1: what the log holds of one tick, 165 bytes, big-endian.

    bytes 0-3      magic             "SKE1"
    byte  4        kind              u8     1 tick, 2 began (a run of the program begins), 3 rotated (rotation.py)
    bytes 5-12     tick              u64    number of the tick
    bytes 13-20    now_ns            i64    the tick's end, ns since 1970-01-01 UTC by the station's clock
    bytes 21-24    n_frames          u32    leaves of kind 1
    bytes 25-28    n_names           u32    leaves of kind 2
    bytes 29-32    n_facts           u32    leaves of kind 3
    bytes 33-36    n_concluded       u32    leaves of kind 4
    bytes 37-68    settings_sha256   32     settings in force
    bytes 69-100   program_sha256    32     program that ran
    bytes 101-132  root              32     RFC 6962 root over the tick's salted leaves (tick.py)
    bytes 133-164  state_sha256      32     the watch's state after the tick; zeroes: not given

A second layout would be Entry/2 with a magic of its own; entries are never rewritten.
"""

from __future__ import annotations

import enum
import struct
from typing import NamedTuple

from skykeep.ledger.errors import BadRecord
from skykeep.ledger.tree import HASH_SIZE

MAGIC = b"SKE1"
NO_STATE = bytes(HASH_SIZE)
_LAYOUT = struct.Struct(">4sBQqIIII32s32s32s32s")
SIZE = _LAYOUT.size


class EntryKind(enum.IntEnum):
    """What a tick's entry stands for."""

    TICK = 1
    BEGAN = 2
    ROTATED = 3  # from here on another key signs; its one leaf, a fact, names both


class Entry(NamedTuple):
    """One entry of the log; the layout is this module's docstring."""

    kind: EntryKind
    tick: int
    now_ns: int
    n_frames: int
    n_names: int
    n_facts: int
    n_concluded: int
    settings_sha256: bytes
    program_sha256: bytes
    root: bytes
    state_sha256: bytes | None = None

    @property
    def n_leaves(self) -> int:
        """Size of the tick's tree."""
        return self.n_frames + self.n_names + self.n_facts + self.n_concluded

    def to_bytes(self) -> bytes:
        """The 165 bytes; ValueError for a number or hash that does not fit its field."""
        hashes = (self.settings_sha256, self.program_sha256, self.root, self.state_sha256 or NO_STATE)
        if any(len(value) != HASH_SIZE for value in hashes):
            raise ValueError("every hash of an entry has 32 bytes")
        try:
            return _LAYOUT.pack(MAGIC, *self[:7], *hashes)
        except struct.error as error:
            raise ValueError(f"a number of this entry does not fit its field: {self[:7]}") from error


def is_rotation(data: bytes) -> bool:
    """Whether these bytes are an entry at which the key changes; a log may hold what is no entry of ours."""
    return len(data) == SIZE and data[:4] == MAGIC and data[4] == EntryKind.ROTATED


def parse(data: bytes) -> Entry:
    """Read an entry; BadRecord if it is not exactly one Entry/1."""
    if len(data) != SIZE or data[:4] != MAGIC:
        raise BadRecord(f"not an Entry/1: {len(data)} bytes that begin with {data[:4].hex()}")
    _, kind, *numbers, settings, program, root, state = _LAYOUT.unpack(data)
    if kind not in tuple(EntryKind):
        raise BadRecord(f"byte 4: entry kind {kind} is not known; a newer program may have written it")
    tick, now_ns, n_frames, n_names, n_facts, n_concluded = numbers
    return Entry(
        EntryKind(kind), tick, now_ns, n_frames, n_names, n_facts, n_concluded,
        settings, program, root, None if state == NO_STATE else state,
    )  # fmt: skip
