"""A proof of one fact: its leaf, the way to its tick, the tick's entry, the way to a signed root.

It is a `.tlog-proof` of the tick's entry, so that any C2SP tool can check the outer half. Its extra data, big-endian:

    bytes 0-3    magic        "SKF1"
    bytes 4-168  entry        Entry/1
    4 bytes      leaf index   u32   number of the leaf in its tick
    16 bytes     salt
    1 byte       kind         u8
    1 byte       n            u8    length of the path in the tick's tree
    32 n bytes   path               leaf's sibling first
    rest         body

The extra data is not proved by the outer half; `verify` proves it: the body hashes to the tick's root, which
stands in the entry, which hashes to the leaf that the outer half leads from.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from skykeep.ledger import cosignature, entry, proof, tree
from skykeep.ledger.checkpoint import Checkpoint, open_signed
from skykeep.ledger.errors import BadProof, BadRecord
from skykeep.ledger.note import Verifier
from skykeep.ledger.tick import SALT_SIZE, salted_hash

MAGIC = b"SKF1"
_HEAD = struct.Struct(f">4s{entry.SIZE}sI{SALT_SIZE}sBB")


class Proved(NamedTuple):
    """What a verified proof shows: this body stood in this tick of this log, and who says so."""

    kind: int
    body: bytes
    entry: entry.Entry
    entry_index: int
    checkpoint: Checkpoint
    cosigned: tuple[cosignature.Cosigned, ...]


class FactProof(NamedTuple):
    """One leaf with all that leads from it to a checkpoint; it shows no other leaf."""

    salt: bytes
    kind: int
    body: bytes
    leaf_index: int
    tick_path: tuple[bytes, ...]
    entry: bytes
    entry_index: int
    log_path: tuple[bytes, ...]
    signed: bytes

    def to_bytes(self) -> bytes:
        """The proof as a `.tlog-proof` file."""
        head = _HEAD.pack(MAGIC, self.entry, self.leaf_index, self.salt, self.kind, len(self.tick_path))
        extra = head + b"".join(self.tick_path) + self.body
        return proof.LogProof(self.entry_index, self.log_path, self.signed, extra).to_bytes()

    def verify(
        self,
        vkey: str,
        *,
        witnesses: tuple[Verifier, ...] = (),
        open_signed: proof.OpenSigned = open_signed,
    ) -> Proved:
        """Check every step; BadProof, BadNote or BadRecord names the one that fails."""
        outer = proof.LogProof(self.entry_index, self.log_path, self.signed)
        head, cosigned = outer.verify(tree.leaf_hash(self.entry), vkey, witnesses=witnesses, open_signed=open_signed)
        header = entry.parse(self.entry)
        if len(self.salt) != SALT_SIZE:
            raise BadProof(f"a salt has {SALT_SIZE} bytes, this one has {len(self.salt)}")
        tree.verify_inclusion(
            leaf=salted_hash(self.salt, self.kind, self.body),
            index=self.leaf_index,
            size=header.n_leaves,
            path=self.tick_path,
            root=header.root,
        )
        return Proved(self.kind, self.body, header, self.entry_index, head, cosigned)


def parse(data: bytes) -> FactProof:
    """Read a proof file, proving nothing."""
    outer = proof.parse(data)
    extra = outer.extra or b""
    if len(extra) < _HEAD.size or not extra.startswith(MAGIC):
        raise BadProof("proof carries no fact: its extra line does not begin with SKF1")
    _, raw, leaf_index, salt, kind, n = _HEAD.unpack_from(extra)
    start = _HEAD.size + n * tree.HASH_SIZE
    if len(extra) < start:
        raise BadRecord(f"extra data: path of {n} hashes is cut")
    path = tuple(extra[i : i + tree.HASH_SIZE] for i in range(_HEAD.size, start, tree.HASH_SIZE))
    return FactProof(salt, kind, extra[start:], leaf_index, path, raw, outer.entry_index, outer.path, outer.signed)
