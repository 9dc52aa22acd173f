"""Proofs of single facts: found by the tick and number that `explain` names, written, and checked by anyone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from skykeep.errors import Corrupt, Refused, Unavailable
from skykeep.facts import codec
from skykeep.ledger import factproof, proof, rotation
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.errors import LedgerError
from skykeep.ledger.tick import LeafKind
from skykeep.station.store import Store, TickRow


def prove_fact(record: Path, tick: int, fact: int) -> bytes:
    """Return the proof file of one fact; Refused where there is no such fact, Unavailable where it is not sealed."""
    with Store.open(record, read_only=True) as store:
        row = _row_of(store, tick)
        places = [index for index, leaf in enumerate(row.leaves) if leaf.kind == LeafKind.FACT] if row else []
        if row is None or not 0 <= fact < len(places):
            raise Refused(f"{record} holds no fact {fact} in tick {tick}: `skykeep explain` names ticks and facts")
        return store.prove(row.entry_index, places[fact]).to_bytes()


def prove_leaf(record: Path, entry: int, leaf: int) -> bytes:
    """Return the proof file of any leaf, by its entry and place."""
    with Store.open(record, read_only=True) as store:
        return store.prove(entry, leaf).to_bytes()


def _row_of(store: Store, tick: int) -> TickRow | None:
    return next((row for row in store.rows() if row.kind == EntryKind.TICK and row.tick == tick), None)


def is_proof(path: Path) -> bool:
    """Whether a file begins as a proof does."""
    try:
        with path.open("rb") as file:
            return file.read(len(proof.HEADER)) == proof.HEADER.encode()
    except OSError:
        return False


def check_proof(path: Path, vkey: str | None, rotations: Sequence[Path] = ()) -> str:
    """Return the fact that a proof file proves, and by whom; Corrupt where it does not hold.

    `rotations`: files below a record's `rotation`; with them a proof by whoever took over from `vkey` holds too.
    """
    if vkey is None:
        raise Refused(f"{path} is a proof of one fact: give the record's key with --key VKEY, got from outside of it")
    try:
        data, handovers = path.read_bytes(), [each.read_bytes() for each in rotations]
    except OSError as error:
        raise Unavailable(f"{error.filename} cannot be read: {error.strerror}") from error
    try:
        chain = rotation.Chain.of(handovers)
        proved = factproof.parse(data).verify(vkey, open_signed=chain.open_signed)
    except LedgerError as error:
        raise Corrupt(f"{path} does not prove anything: {error}") from error
    head = proved.checkpoint
    by = chain.holder(head.size)
    whom = "this key" if by is None or by.vkey == vkey else f"{by.vkey}, which took over from this key,"
    return (
        f"proved: this fact stands in tick {proved.entry.tick} of {head.origin}, signed by {whom} at {head.size} "
        f"entries (unchanged is not the same as true)\n{codec.to_json(codec.decode(proved.body)).decode()}"
    )
