"""An inclusion proof as a text file that holds offline (C2SP tlog-proof, `.tlog-proof`).

    c2sp.org/tlog-proof@v1
    extra <base64>            optional; not proved by itself
    index <decimal>
    <base64 hash>             the inclusion path, leaf's sibling first
    (blank line)
    <signed checkpoint>

What the entry is, and how it hashes, travels beside it or in `extra`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from skykeep.ledger import checkpoint, cosignature
from skykeep.ledger.errors import BadNote, BadProof
from skykeep.ledger.note import Note, Verifier, decode_base64, encode_base64
from skykeep.ledger.tree import verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
PATH_MAX = 63
OpenSigned = Callable[[bytes, str], tuple[checkpoint.Checkpoint, Note]]
"""Reads a checkpoint and proves that the holder of a vkey answers for it."""


class LogProof(NamedTuple):
    """Where an entry lies and the way from it to a signed root; the entry itself travels beside it."""

    entry_index: int
    path: tuple[bytes, ...]
    signed: bytes
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """The text of the file."""
        extra = [] if self.extra is None else [f"extra {encode_base64(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.entry_index}", *(encode_base64(h) for h in self.path), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.signed

    def verify(
        self,
        leaf: bytes,
        vkey: str,
        *,
        witnesses: tuple[Verifier, ...] = (),
        open_signed: OpenSigned = checkpoint.open_signed,
    ) -> tuple[checkpoint.Checkpoint, tuple[cosignature.Cosigned, ...]]:
        """Check signature, cosignatures and path of leaf hash `leaf`; how many witnesses suffice is yours to say.

        `open_signed` of a `rotation.Chain` accepts whoever took over from `vkey`, too.
        """
        head, note = open_signed(self.signed, vkey)
        cosigned = cosignature.verify(note, witnesses)
        verify_inclusion(leaf=leaf, index=self.entry_index, size=head.size, path=self.path, root=head.root)
        return head, cosigned


def parse(data: bytes) -> LogProof:
    """Read a proof strictly, proving nothing."""
    head, blank, signed = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise BadProof(f"proof is not ASCII at byte {error.start}") from error
    if not blank or lines.pop(0) != HEADER:
        raise BadProof(f"not a proof: it must begin with {HEADER} and hold a checkpoint after a blank line")
    try:
        extra = decode_base64(lines.pop(0).removeprefix("extra ")) if lines[:1] and lines[0][:6] == "extra " else None
        if not lines or not lines[0].startswith("index "):
            raise BadProof("proof has no index line where it should be")
        index = checkpoint.parse_decimal(lines.pop(0).removeprefix("index "))
        path = tuple(decode_base64(line) for line in lines)
    except BadNote as error:
        raise BadProof(f"proof: {error}") from error
    if len(path) > PATH_MAX:
        raise BadProof(f"path of {len(path)} hashes; no tree is higher than {PATH_MAX}")
    return LogProof(index, path, signed, extra)
