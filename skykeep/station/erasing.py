"""Erase a person from a record: their values, and every raw frame that holds one."""

from __future__ import annotations

import re
from pathlib import Path

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.frame import Frame
from skykeep.facts.personal import KeyedNames, Name, NameKind
from skykeep.ledger.tick import LeafKind
from skykeep.station.keys import Keys
from skykeep.station.store import Store, TickRow

WRITTEN_MIN = 4  # fewer bytes than this stand in a frame by chance
_ADDRESS = re.compile(r"[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}")


def erase_value(record: Path, value: str, keys: Keys) -> tuple[int, int]:
    """Erase a value whatever it is used as; returns how many values and how many frames went.

    A frame goes when a fact read from it names the person, or when the value stands in its bytes (a damaged frame may
    hold it without a fact that says so); facts stay, they hold pseudonyms only. Raises Refused where the record does
    not hold the value.
    """
    with Store.open(record) as store:
        names = KeyedNames(keys.pseudonym_key(store.meta["record_id"]))
        wanted = frozenset(names.pseudonym(kind, value) for kind in NameKind)
        written = _as_written(value)
        chosen = {LeafKind.NAME: 0, LeafKind.FRAME: 0}
        leaves = []
        for row in store.rows():
            for index in _leaves_of(row, wanted, written):
                chosen[LeafKind(row.leaves[index].kind)] += 1
                leaves.append((row.entry_index, index))
        if not leaves:
            raise Refused(f"{record} does not hold {value!r}, or it was erased already")
        store.erase(leaves)
        return chosen[LeafKind.NAME], chosen[LeafKind.FRAME]


def _as_written(value: str) -> tuple[bytes, ...]:
    """Return the bytes that a value may stand as, letters in lower case; radio addresses in either byte order too."""
    forms = [value.strip().lower().encode()]
    if _ADDRESS.fullmatch(value.strip()):
        address = bytes.fromhex(re.sub("[:-]", "", value))
        forms += [address, address[::-1]]
    return tuple(form.lower() for form in forms if len(form) >= WRITTEN_MIN)


def _holds(data: bytes, written: tuple[bytes, ...]) -> bool:
    data = data.lower()
    return any(form in data for form in written)


def _leaves_of(row: TickRow, wanted: frozenset[str], written: tuple[bytes, ...]) -> list[int]:
    """Return the leaves of one tick that hold the person: name leaves, frames of facts that name them, their bytes."""
    found = []
    frames: list[int] = []
    for index, leaf in enumerate(row.leaves):
        if leaf.body is None:
            continue
        if leaf.kind == LeafKind.NAME:
            name = codec.decode_trusted(leaf.body)
            if isinstance(name, Name) and (name.pseudonym in wanted or _holds(name.value.encode(), written)):
                found.append(index)
        elif leaf.kind == LeafKind.FRAME:
            frame = codec.decode_trusted(leaf.body)
            if isinstance(frame, Frame) and _holds(frame.data, written):
                found.append(index)
        elif leaf.kind == LeafKind.FACT:
            fact = codec.decode_trusted(leaf.body)
            if not isinstance(fact, codec.Unknown) and _mentions(fact, wanted) and hasattr(fact, "frame"):
                frames.append(fact.frame)
    at = [index for index, leaf in enumerate(row.leaves) if leaf.kind == LeafKind.FRAME]
    named = (at[frame] for frame in frames if row.leaves[at[frame]].body is not None)
    return sorted(dict.fromkeys([*found, *named]))


def _mentions(fact: object, wanted: frozenset[str]) -> bool:
    fields = getattr(fact, "__struct_fields__", ())
    return any(isinstance(value := getattr(fact, field), str) and value in wanted for field in fields)
