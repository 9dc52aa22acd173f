"""Erase a person from a record: their values, and every raw frame that holds one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.concluded import TrackIdentified, TrackMerged
from skykeep.facts.frame import Frame
from skykeep.facts.personal import KeyedNames, Name, NameKind
from skykeep.ledger.tick import LeafKind
from skykeep.station import pseudonymkey
from skykeep.station.database import DATABASE
from skykeep.station.keys import Keys
from skykeep.station.run import bodies
from skykeep.station.store import Store, TickRow

WRITTEN_MIN = 4  # fewer bytes than this stand in a frame by chance
_PSEUDONYM = re.compile(rf"(?:{'|'.join(kind.value for kind in NameKind)}):[a-z2-7]{{16}}")
_ADDRESS = re.compile(r"[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}")


def erase_value(record: Path, value: str, keys: Keys) -> tuple[int, int]:
    """Erase a value whatever it is used as; returns how many values and how many frames went.

    A frame goes when a fact read from it names the person, or when the value stands in its bytes (a damaged frame may
    hold it without a fact that says so); facts stay, they hold pseudonyms only. Raises Refused where the record does
    not hold the value.
    """
    with _alone(record) as store:
        names = KeyedNames(pseudonymkey.of(store, keys))
        wanted = frozenset(names.pseudonym(kind, value) for kind in NameKind)
        return _erase(store, wanted, _as_written(value)) or _refuse(f"{record} does not hold {value!r}")


def erase_from(store: Store, value: str, wanted: frozenset[str]) -> int:
    """Erase a value, and the pseudonyms `wanted` of it, from a record that is open; returns how many leaves went."""
    erased = _erase(store, wanted, _as_written(value))
    return sum(erased or _refuse(f"{store.path} does not hold this value"))


def erase_track(record: Path, track_id: int) -> tuple[int, int]:
    """Erase all that a track's radios said of persons: addresses, ids, operator places, texts, and the raw frames.

    What it shares with others (a copied serial, an operator of two aircraft) goes for them too; only a text that others
    broadcast as well stays. Raises Refused where there is no such track, or nothing left of it to erase.
    """
    with _alone(record) as store:
        radios = _radios(store, track_id)
        if not radios:
            _refuse(f"{record} holds no track {track_id}")
        own, others = set[str](), set[str]()
        for fact in _facts(store):
            said = [text for text in _texts(fact) if _PSEUDONYM.fullmatch(text)]
            (own if radios.intersection(said) else others).update(said)
        common = {name for name in own & others if name.startswith(f"{NameKind.TEXT.value}:")}
        wanted = frozenset(own - common)
        return _erase(store, wanted, ()) or _refuse(f"{record} holds nothing of the persons of track {track_id}")


def _alone(record: Path) -> Store:
    """Open a record to erase from it; raises Refused where a station writes it, saying what to do."""
    try:
        return Store.open(record)
    except Refused as refused:
        if not (record / DATABASE).exists():
            raise
        raise Refused(f"{refused}. To erase by command, stop the station, erase, then start it again") from refused


def _refuse(why: str) -> NoReturn:
    raise Refused(f"{why}, or it was erased already")


def _radios(store: Store, track_id: int) -> frozenset[str]:
    """Return the transmitters of a track and of all that turned out to be it."""
    told = [codec.decode_trusted(body) for row in store.rows() for body in bodies(row, LeafKind.CONCLUSION)]
    tracks = {track_id}
    for merged in reversed([each for each in told if isinstance(each, TrackMerged)]):
        if merged.into_track_id in tracks:
            tracks.add(merged.track_id)
    return frozenset(each.transmitter for each in told if isinstance(each, TrackIdentified) and each.track_id in tracks)


def _facts(store: Store) -> Iterator[object]:
    return (codec.decode_trusted(body) for row in store.rows() for body in bodies(row, LeafKind.FACT))


def _erase(store: Store, wanted: frozenset[str], written: tuple[bytes, ...]) -> tuple[int, int] | None:
    """Erase the leaves that hold these pseudonyms or bytes; None where there are none."""
    chosen = {LeafKind.NAME: 0, LeafKind.FRAME: 0}
    leaves = []
    for row in store.rows():
        for index in _leaves_of(row, wanted, written):
            chosen[LeafKind(row.leaves[index].kind)] += 1
            leaves.append((row.entry_index, index))
    store.erase(leaves)  # none, too: what a reader kept in the write-ahead log the last time goes now
    if not leaves:
        return None
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
            if not isinstance(fact, codec.Unknown) and _mentions(fact, wanted):
                frame_at = getattr(fact, "frame", None)
                frames += [] if frame_at is None else [frame_at]
    at = [index for index, leaf in enumerate(row.leaves) if leaf.kind == LeafKind.FRAME]
    named = (at[frame] for frame in frames if row.leaves[at[frame]].body is not None)
    return sorted(dict.fromkeys([*found, *named]))


def _texts(fact: object) -> list[str]:
    """Return the texts of a fact, those in its lists too."""
    values = [getattr(fact, field) for field in getattr(fact, "__struct_fields__", ())]
    listed = [text for value in values if isinstance(value, tuple) for text in value]
    return [value for value in [*values, *listed] if isinstance(value, str)]


def _mentions(fact: object, wanted: frozenset[str]) -> bool:
    return any(text in wanted for text in _texts(fact))
