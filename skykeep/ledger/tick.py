"""A tick's own tree: every leaf is salted, so that a proof of one tells nothing about the others.

    leaf data   salt 16 || kind u8 || body
    salt i      SHA-256("skykeep salt/1" || seed 32 || i u32 big-endian)[:16]
    root        RFC 6962 over the leaves, in the tick's order

The seed is random and the tick's own. Without salts a short body (a serial number, a place) could be guessed
from its hash. Erasing a leaf destroys its body and the seed; the other salts are then kept one by one, and of
the erased leaf only its hash stays, which is enough for every other proof.

Packed, as the station keeps it:

    byte  0      form   u8    1: the seed follows (32 bytes); 2: salts stand with their leaves
    leaf, one after the other:
      byte       kind   u8    the top bit set: erased, and only a 32-byte hash follows
      4 bytes    length u32   of the body
      16 bytes   salt         in form 2 only
      length     body
"""

from __future__ import annotations

import enum
import hashlib
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from skykeep.ledger.errors import BadProof, BadRecord
from skykeep.ledger.tree import HASH_SIZE, prove_inclusion, root_of
from skykeep.ledger.tree import leaf_hash as hash_leaf

SEED_SIZE = 32
SALT_SIZE = 16
_DOMAIN = b"skykeep salt/1"
_HEAD = struct.Struct(">BI")
_INDEX = struct.Struct(">I")
_ERASED = 0x80
_SEEDED, _SALTED = 1, 2
_KINDS = tuple(bytes([kind]) for kind in range(256))


class LeafKind(enum.IntEnum):
    """What a leaf holds; the ledger treats all alike."""

    FRAME = 1
    NAME = 2  # a personal value, a leaf of its own so that it can be erased alone
    FACT = 3  # observed, enacted or claimed
    CONCLUSION = 4


class Leaf(NamedTuple):
    """One leaf; `body` None means erased, and then `hash` is what is left of it."""

    kind: int
    body: bytes | None
    hash: bytes | None = None


def salt(seed: bytes, index: int) -> bytes:
    """The 16-byte salt of leaf `index`."""
    return hashlib.sha256(_DOMAIN + seed + _INDEX.pack(index)).digest()[:SALT_SIZE]


def salted_hash(salt_: bytes, kind: int, body: bytes) -> bytes:
    """Hash of one leaf in the tick's tree."""
    return hash_leaf(salt_ + bytes([kind]) + body)


@dataclass(frozen=True)
class TickLeaves:
    """A tick's leaves with what salts them: a seed, or once a leaf was erased the salts of the others."""

    leaves: tuple[Leaf, ...]
    seed: bytes | None
    kept_salts: tuple[bytes, ...] = ()  # as many as leaves when there is no seed; b"" for an erased one

    def salts(self) -> Sequence[bytes]:
        """A salt for each leaf; empty for an erased one."""
        if self.seed is None:
            return self.kept_salts
        start = _DOMAIN + self.seed
        sha256, pack = hashlib.sha256, _INDEX.pack
        return [sha256(start + pack(i)).digest()[:SALT_SIZE] for i in range(len(self.leaves))]

    def hashes(self) -> list[bytes]:
        """The leaf hashes, in order."""
        sha256, kinds = hashlib.sha256, _KINDS  # `salted_hash`, written out: a station does this for every leaf
        return [
            hash_ or b"" if body is None else sha256(b"\x00" + salt_ + kinds[kind] + body).digest()
            for salt_, (kind, body, hash_) in zip(self.salts(), self.leaves, strict=True)
        ]

    def root(self) -> bytes:
        """Root of the tick's tree, as its entry holds it."""
        return root_of(self.hashes())

    def path(self, index: int) -> list[bytes]:
        """Inclusion path of one leaf."""
        row = self.hashes()
        return prove_inclusion(index, len(row), lambda level, i: root_of(row[i << level : (i + 1) << level]))

    def erase(self, indices: Collection[int]) -> TickLeaves:
        """The same tick without these bodies, and without the seed from which their salts could be made again."""
        gone = set(indices)
        if not gone <= set(range(len(self.leaves))):
            raise BadProof(f"no leaves {sorted(gone)} in a tick of {len(self.leaves)}")
        gone |= {i for i, leaf in enumerate(self.leaves) if leaf.body is None}
        hashes = self.hashes()
        return TickLeaves(
            leaves=tuple(Leaf(leaf.kind, None, hashes[i]) if i in gone else leaf for i, leaf in enumerate(self.leaves)),
            seed=None,
            kept_salts=tuple(b"" if i in gone else salt_ for i, salt_ in enumerate(self.salts())),
        )

    def to_bytes(self) -> bytes:
        """Pack; the layout is this module's docstring."""
        parts = [bytes([_SALTED]) if self.seed is None else bytes([_SEEDED]) + self.seed]
        salts = self.kept_salts if self.seed is None else (b"",) * len(self.leaves)
        pack = _HEAD.pack
        for salt_, (kind, body, hash_) in zip(salts, self.leaves, strict=True):
            if body is None:
                parts += (bytes([kind | _ERASED]), hash_ or b"")
            else:
                parts += (pack(kind, len(body)), salt_, body)
        return b"".join(parts)


def parse(data: bytes) -> TickLeaves:
    """Unpack; BadRecord says at which byte it breaks."""
    form = data[0] if data else 0
    if form not in (_SEEDED, _SALTED):
        raise BadRecord(f"byte 0: packed leaves begin with 1 or 2, not {form}")
    offset = 1 + SEED_SIZE if form == _SEEDED else 1
    if len(data) < offset:
        raise BadRecord("byte 1: the seed is cut")
    if form == _SEEDED:
        return TickLeaves(_parse_seeded(data, offset), data[1:offset])
    leaves, salts = [], []
    while offset < len(data):
        leaf, salt_, offset = _parse_leaf(data, offset, SALT_SIZE)
        leaves.append(leaf)
        salts.append(salt_)
    return TickLeaves(tuple(leaves), None, tuple(salts))


def _parse_seeded(data: bytes, offset: int) -> tuple[Leaf, ...]:
    """Leaves that stand beside a seed, none of them erased; most of a record is these, so the loop is short."""
    size, head_size = len(data), _HEAD.size
    head, new = _HEAD.unpack_from, tuple.__new__  # a named tuple's own constructor costs as much as the rest
    leaves: list[Leaf] = []
    while offset < size:
        start = offset + head_size
        if start > size:
            _parse_leaf(data, offset, 0)  # says what is wrong
        kind, length = head(data, offset)
        end = start + length
        if kind & _ERASED or end > size:
            _parse_leaf(data, offset, 0)
        leaves.append(new(Leaf, (kind, data[start:end], None)))
        offset = end
    return tuple(leaves)


def _parse_leaf(data: bytes, offset: int, salt_size: int) -> tuple[Leaf, bytes, int]:
    """One leaf, its salt if it stands here, and where the next begins."""
    kind = data[offset]
    if kind & _ERASED:
        end = offset + 1 + HASH_SIZE
        if end > len(data) or not salt_size:
            raise BadRecord(f"byte {offset}: an erased leaf beside a seed, or cut")
        return Leaf(kind & ~_ERASED, None, data[offset + 1 : end]), b"", end
    if offset + _HEAD.size + salt_size > len(data):
        raise BadRecord(f"byte {offset}: a leaf's head is cut")
    _, length = _HEAD.unpack_from(data, offset)
    start = offset + _HEAD.size + salt_size
    if start + length > len(data):
        raise BadRecord(f"byte {offset}: a leaf of {length} bytes, only {len(data) - start} are left")
    return Leaf(kind, data[start : start + length]), data[start - salt_size : start], start + length
