"""Checkpoints: origin, size and root of a log as the text of a signed note (C2SP tlog-checkpoint)."""

from __future__ import annotations

import re
from typing import NamedTuple

from skykeep.ledger import note
from skykeep.ledger.errors import BadNote
from skykeep.ledger.tree import EMPTY_ROOT, HASH_SIZE

SIZE_MAX = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


class Checkpoint(NamedTuple):
    """A tree head; `extensions` are opaque lines, which nobody can audit and we do not write."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note text: what is signed."""
        return "".join(
            f"{line}\n" for line in (self.origin, self.size, note.encode_base64(self.root), *self.extensions)
        )


def parse_text(text: str) -> Checkpoint:
    """Read a note's text as a checkpoint."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines):
        raise BadNote("a checkpoint has three lines, none empty: origin, size, root")
    root = note.decode_base64(lines[2])
    if len(root) != HASH_SIZE:
        raise BadNote(f"checkpoint root has {len(root)} bytes, not 32")
    checkpoint = Checkpoint(lines[0], parse_decimal(lines[1]), root, tuple(lines[3:]))
    if checkpoint.size == 0 and root != EMPTY_ROOT:
        raise BadNote("checkpoint of size 0 does not have the empty tree's root")
    return checkpoint


def parse_decimal(text: str) -> int:
    """A number below 2**63, written in the one way the specifications allow."""
    if not _DECIMAL.fullmatch(text) or int(text) > SIZE_MAX:
        raise BadNote(f"not a decimal number below 2**63 without leading zeroes: {text[:40]!r}")
    return int(text)


def parse(data: bytes) -> tuple[Checkpoint, note.Note]:
    """Read a signed checkpoint, proving nothing."""
    signed = note.parse(data)
    return parse_text(signed.text), signed


def open_signed(data: bytes, vkey: str) -> tuple[Checkpoint, note.Note]:
    """Read a checkpoint and prove that the holder of `vkey` signed it, under its own name as origin."""
    checkpoint, signed = parse(data)
    verifier = note.Verifier.from_vkey(vkey)
    note.verify(signed, [verifier])
    if checkpoint.origin != verifier.name:
        raise BadNote(f"checkpoint of {checkpoint.origin!r} is signed by the key of {verifier.name!r}")
    return checkpoint, signed


def sign(checkpoint: Checkpoint, signer: note.Signer) -> note.Note:
    """Sign a tree head. The caller answers for it being consistent with all that this key signed before."""
    if signer.name != checkpoint.origin:
        raise BadNote(f"origin {checkpoint.origin!r} must be the key's name {signer.name!r}")
    return note.sign(checkpoint.text(), [signer])
