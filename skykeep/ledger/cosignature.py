"""A witness's timestamped signature of a checkpoint (C2SP tlog-cosignature, Ed25519, v1).

    signed      "cosignature/v1" newline "time " <POSIX seconds> newline <checkpoint text>
    signature   u64 big-endian POSIX seconds || Ed25519 signature 64

It says: at this time this was the largest tree I had seen of this origin, and each extended the one before.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from skykeep.ledger.errors import BadNote
from skykeep.ledger.note import COSIGNATURE_V1, Note, Signature, Signer, Verifier

TIME_MAX_S = 2**63 - 1
_LAYOUT = struct.Struct(">Q64s")


class Cosigned(NamedTuple):
    """A witness and when it said so, by its own clock."""

    name: str
    t_cosigned_s: int


def cosign(text: str, witness: Signer, *, now_s: int) -> Signature:
    """Sign a checkpoint's text at `now_s`; the key must be of type 0x04."""
    if witness.type_ != COSIGNATURE_V1:
        raise BadNote(f"key {witness.name!r} has type {witness.type_:#04x}; cosignatures need type 0x04")
    if not 0 < now_s <= TIME_MAX_S:
        raise BadNote(f"no POSIX time for a cosignature: {now_s}")
    data = _LAYOUT.pack(now_s, witness.key.sign(_message(text, now_s)))
    return Signature(witness.name, witness.verifier.key_id, data)


def verify(note: Note, witnesses: Sequence[Verifier]) -> tuple[Cosigned, ...]:
    """Cosignatures by these witnesses, perhaps none; one that is there and does not hold refuses the note."""
    for witness in witnesses:
        if witness.type_ != COSIGNATURE_V1:
            raise BadNote(f"key {witness.name!r} is no witness key: type {witness.type_:#04x}, not 0x04")
    return tuple(
        _verify_one(note.text, signature, witness)
        for witness in witnesses
        for signature in note.signatures
        if (signature.name, signature.key_id) == (witness.name, witness.key_id)
    )


def _verify_one(text: str, signature: Signature, witness: Verifier) -> Cosigned:
    if len(signature.data) != _LAYOUT.size:
        raise BadNote(f"cosignature by {witness.name!r} has {len(signature.data)} bytes, not {_LAYOUT.size}")
    time_s, raw = _LAYOUT.unpack(signature.data)
    if time_s > TIME_MAX_S or not witness.holds(_message(text, time_s), raw):
        raise BadNote(f"cosignature by {witness.name!r} does not hold: checkpoint or signature was changed")
    return Cosigned(witness.name, time_s)


def _message(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()
