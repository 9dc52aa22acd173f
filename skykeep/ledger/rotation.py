"""Rotations of a log's key: each handed over by the old key to the new one, in the log itself.

A handover is a proof of one fact (factproof.py), kept beside the log as `rotation/<entry>.tlog-proof`. It proves the
fact, msgpack `["acted.key/1", old vkey, new vkey, t_ns]`, the one leaf of the entry of kind 3 that ends the checkpoint
in it; and that checkpoint bears the signatures of both keys. The rules, in the order in which they are checked:

1.  Both keys are Ed25519 keys under the log's origin, and differ. Each signs the checkpoint of the handover.
2.  The checkpoint ends with the entry that holds the fact, so the old key signs nothing after it.
3.  Handovers form one chain: who takes over hands over next, at a larger size. No key comes back.
4.  A key signs sizes from the handover to it up to the handover by it, both included; nothing else of it counts.

A signature of the new key beside the old one's would prove nothing by itself: anybody can add a line to a note. What
proves it is that the old key signed a tree in which the fact stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, Self

from skykeep.ledger import checkpoint, factproof, note
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.errors import BadNote, BadRecord
from skykeep.ledger.tick import LeafKind

TAG: Final = "acted.key/1"
DIRECTORY: Final = "rotation"
_VKEY_BYTES_MAX: Final = 255


def path_of(entry_index: int) -> str:
    """Where a handover lies, below the log's prefix."""
    return f"{DIRECTORY}/{entry_index}.tlog-proof"


class Named(NamedTuple):
    """What the fact of a rotation says; it proves nothing by itself."""

    old_vkey: str
    new_vkey: str
    t_ns: int


class Rotation(NamedTuple):
    """A handover that holds: from `size` entries on, `new` signs and `old` does not."""

    old: note.Verifier
    new: note.Verifier
    t_ns: int
    entry_index: int
    size: int
    root: bytes


class Chain(NamedTuple):
    """All handovers of one log, oldest first; empty: its key was never rotated."""

    rotations: tuple[Rotation, ...] = ()

    @classmethod
    def of(cls, files: Iterable[bytes], size_max: int = checkpoint.SIZE_MAX) -> Self:
        """Prove handovers, in any order, and that they are one chain; those of more than `size_max` are left out."""
        proved = sorted((prove(data) for data in files), key=lambda each: each.size)
        chain = cls(tuple(each for each in proved if each.size <= size_max))
        chain._require_linked()
        return chain

    def _require_linked(self) -> None:
        for before, after in zip(self.rotations, self.rotations[1:], strict=False):
            if after.old != before.new or after.size <= before.size:
                raise BadNote(
                    f"handover at entry {after.entry_index} is by {after.old.vkey}, and not by {before.new.vkey}, "
                    f"which had taken over at entry {before.entry_index}"
                )
        keys = self.keys
        if len({key.public_key for key in keys}) != len(keys):
            raise BadNote("a key that was rotated away came back: a key is used once")

    @property
    def keys(self) -> tuple[note.Verifier, ...]:
        """All keys that ever signed, oldest first; none where there was no rotation."""
        return (*(each.old for each in self.rotations[:1]), *(each.new for each in self.rotations))

    def holder(self, size: int) -> note.Verifier | None:
        """The key that must have signed a tree of this size; at a handover that is the new one."""
        taken = [each.new for each in self.rotations if each.size <= size]
        return taken[-1] if taken else next((each.old for each in self.rotations), None)

    def until(self, key: note.Verifier) -> Rotation | None:
        """The handover by which a key was rotated away; None while it holds."""
        return next((each for each in self.rotations if each.old == key), None)

    def accepts(self, key: note.Verifier, size: int) -> bool:
        """Whether this key was to sign a tree of this size."""
        handed = next((each.size for each in self.rotations if each.new == key), 0)
        until = self.until(key)
        return key in self.keys and handed <= size and (until is None or size <= until.size)

    def open_signed(self, data: bytes, vkey: str, *, earlier: bool = False) -> tuple[checkpoint.Checkpoint, note.Note]:
        """Read a checkpoint and prove that whoever holds `vkey`, or took over from it, signed it while they held.

        `earlier`: keys before `vkey` count too, because the caller proves that the tree is a prefix of one that is
        proved; without such a proof a key that was rotated away proves nothing to those who hold a later one.
        """
        keys = self.keys
        verifier = note.Verifier.from_vkey(vkey)
        if verifier not in keys:
            if keys:
                raise BadNote(f"{vkey} is none of the keys of this record, which are {_listed(keys)}")
            return checkpoint.open_signed(data, vkey)
        head, signed = checkpoint.parse(data)
        ids = {(each.name, each.key_id) for each in signed.signatures}
        signers = [key for key in keys if (key.name, key.key_id) in ids]
        asked = [key for key in signers if earlier or keys.index(key) >= keys.index(verifier)]
        if asked and any(self.accepts(key, head.size) for key in note.verify(signed, asked)) and self._is_of(head):
            return head, signed
        raise BadNote(self._why_not(head, signers))

    def _is_of(self, head: checkpoint.Checkpoint) -> bool:
        return head.origin == self.keys[0].name

    def _why_not(self, head: checkpoint.Checkpoint, signers: list[note.Verifier]) -> str:
        what = f"checkpoint of {head.size} entries of {head.origin!r}"
        for key in signers:
            until = self.until(key)
            if until is not None and head.size > until.size:
                return (
                    f"{what} is signed by {key.vkey}, which was rotated away at {until.size} entries: "
                    "somebody who has that old key may have made it"
                )
            if until is not None:
                return (
                    f"{what} is signed by {key.vkey}, a key from before the one given; that alone proves nothing to "
                    f"you: give that key, or have it proved anew under a later checkpoint"
                )
        return f"{what} bears no signature by a key that held then: is this the right key for this record?"


NEVER: Final = Chain()
"""Of a log whose key was never rotated."""


def prove(data: bytes) -> Rotation:
    """Read a handover and prove all that it says by itself; whether its tree is of the log at hand is asked later."""
    proof = factproof.parse(data)
    named = read(proof.body)
    old, new = note.Verifier.from_vkey(named.old_vkey), note.Verifier.from_vkey(named.new_vkey)
    where = f"handover at entry {proof.entry_index}"
    if (old.type_, new.type_) != (note.ED25519, note.ED25519):
        raise BadNote(f"{where}: both keys must be Ed25519 keys (type 0x01)")
    if old.public_key == new.public_key:
        raise BadNote(f"{where}: the new key is the old one")
    proved = proof.verify(named.old_vkey)
    proof.verify(named.new_vkey)
    header, head = proved.entry, proved.checkpoint
    if (proved.kind, header.kind, header.n_leaves) != (LeafKind.FACT, EntryKind.ROTATED, 1):
        raise BadNote(f"{where}: the fact does not stand alone in an entry of kind {EntryKind.ROTATED.value}")
    if head.size != proof.entry_index + 1:
        raise BadNote(f"{where}: its checkpoint of {head.size} entries does not end with it")
    return Rotation(old, new, named.t_ns, proof.entry_index, head.size, head.root)


def write(named: Named) -> bytes:
    """The fact as it stands in the record: a msgpack array of three texts and a number."""
    if not 1 << 32 <= named.t_ns < 1 << 63:  # less would have a shorter form; it is a time of 1970
        raise BadRecord(f"no time of a rotation: {named.t_ns} ns")
    texts = _text(TAG) + _text(named.old_vkey) + _text(named.new_vkey)
    return b"\x94" + texts + b"\xcf" + named.t_ns.to_bytes(8, "big")


def read(body: bytes) -> Named:
    """Read the fact of a rotation; BadRecord unless these bytes are the one way to write it."""
    try:
        if body[:1] != b"\x94":
            raise BadRecord("not the fact of a rotation: no array of four")
        tag, at = _read_text(body, 1)
        old_vkey, at = _read_text(body, at)
        new_vkey, at = _read_text(body, at)
    except (UnicodeDecodeError, IndexError) as error:
        raise BadRecord(f"not the fact of a rotation: {error}") from error
    named = Named(old_vkey, new_vkey, int.from_bytes(body[at + 1 :], "big"))
    if tag != TAG or len(body) != at + 9 or write(named) != body:
        raise BadRecord(f"not the fact of a rotation, {TAG}, in its one form")
    return named


def _text(text: str) -> bytes:
    data = text.encode()
    if len(data) > _VKEY_BYTES_MAX:
        raise BadRecord(f"a verification key of {len(data)} bytes; at most {_VKEY_BYTES_MAX} are read")
    return (bytes([0xA0 | len(data)]) if len(data) < 32 else bytes([0xD9, len(data)])) + data


def _read_text(body: bytes, at: int) -> tuple[str, int]:
    first = body[at]
    size, start = (first & 0x1F, at + 1) if first & 0xE0 == 0xA0 else (body[at + 1], at + 2)
    return body[start : start + size].decode(), start + size


def _listed(keys: Iterable[note.Verifier]) -> str:
    return ", then ".join(key.vkey for key in keys)
