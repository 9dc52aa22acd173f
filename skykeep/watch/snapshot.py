"""The state as bytes and back: what a replay may begin at, and what the record keeps by its hash."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.errors import Corrupt
from skykeep.facts.enacted import Enacted, SensorDeclared, SiteProtected
from skykeep.rules.flight import Stood
from skykeep.rules.law import enact
from skykeep.watch import packed as rep
from skykeep.watch.alarmmemory import placed
from skykeep.watch.bearings import no_bearings
from skykeep.watch.benign import Benign
from skykeep.watch.benign import enact as enact_benign
from skykeep.watch.bias import no_biases
from skykeep.watch.radios import radios_of
from skykeep.watch.sensors import rebuilt
from skykeep.watch.settings import WatchSettings
from skykeep.watch.slots import Slot
from skykeep.watch.state import Identity, Memories, State, Told, Transmitter
from skykeep.watch.table import no_tracks
from skykeep.watch.versions import holding
from skykeep.watch.window import compact, no_window


class _Array(msgspec.Struct, frozen=True, array_like=True, tag="array"):
    """One array: rows one after the other, little-endian."""

    kind: str
    shape: list[int]
    data: bytes


_Held = list[tuple[str, _Array | bool | int]]  # the fields of a dataclass of arrays and integers


class _Snapshot(msgspec.Struct, frozen=True, array_like=True, tag="snapshot/4"):
    """One state; tables keep their order."""

    settings: WatchSettings
    enacted: list[Enacted]
    sensors: list[tuple[str, int]]  # rows of the table of sensors: id and modality
    tracks: _Held
    versions: _Held
    settled: _Held
    slots: list[tuple[_Held, list[tuple[int, int]]]]
    radios: list[tuple[int, str]]
    next_radio: int
    bias: _Held
    bearings: _Held
    transmitters: list[tuple[str, Transmitter]]
    identities: list[tuple[int, Identity]]
    by_uas_id: list[tuple[str, list[int]]]
    stood: list[tuple[int, Stood]]
    verdicts: list[tuple[int, list[tuple[str, Told]]]]
    permitted: list[tuple[int, str]]
    memories: Memories
    next_track_id: int
    now_ns: int


class _Snapshot3(_Snapshot, frozen=True, array_like=True, tag="snapshot/3"):
    """The same before there were incidents: alarms of then are in none, and where each stands is worked out."""


_encoder = msgspec.msgpack.Encoder()
_VERSION = re.compile(rb"..?.?(snapshot/[0-9]{1,3})", re.DOTALL)  # where the tag stands in an array of fields
_decoder = msgspec.msgpack.Decoder(_Snapshot | _Snapshot3)


def to_bytes(state: State) -> bytes:
    """Return the one encoding of a state: equal states give equal bytes."""
    f, i, window = compact(state.window)
    return _encoder.encode(
        _Snapshot(
            settings=state.settings,
            enacted=state.enacted,
            sensors=state.sensors.keys,
            tracks=_held(state.tracks),
            versions=[("f", _array(f)), ("i", _array(i))],
            settled=_held(window),
            slots=[(_held(slot), slot.merges) for slot in window.slots],
            radios=state.radios.listed(),
            next_radio=state.radios.next_number,
            bias=_held(state.bias),
            bearings=_held(state.bearings),
            transmitters=list(state.transmitters.items()),
            identities=list(state.identities.items()),
            by_uas_id=list(state.by_uas_id.items()),
            stood=list(state.stood.items()),
            verdicts=[(track_id, list(told.items())) for track_id, told in state.verdicts.items()],
            permitted=list(state.permitted.items()),
            memories=state.memories,
            next_track_id=state.next_track_id,
            now_ns=state.now_ns,
        )
    )


def from_bytes(data: bytes) -> State:
    """Return the state that `to_bytes` wrote, also before there were incidents; raises Corrupt where it is not one."""
    try:
        read = _decoder.decode(data)
        if isinstance(read, _Snapshot3):
            read.memories.alarms.places = placed(read.memories.alarms)
        window = _filled(no_window(), read.settled)
        window.versions = holding(*(_numbers(value) for _, value in read.versions))
        window.slots = [_slot(held, merges) for held, merges in read.slots]
        return State(
            settings=read.settings,
            law=enact(State(read.settings).law, read.enacted),
            enacted=read.enacted,
            sensors=rebuilt(
                read.sensors, [fact for fact in read.enacted if isinstance(fact, SensorDeclared)], read.settings
            ),
            tracks=_filled(no_tracks(), read.tracks),
            window=window,
            radios=radios_of(read.radios, read.next_radio),
            bias=_filled(no_biases(), read.bias),
            bearings=_filled(no_bearings(), read.bearings),
            transmitters=dict(read.transmitters),
            identities=dict(read.identities),
            by_uas_id=dict(read.by_uas_id),
            stood=dict(read.stood),
            verdicts={track_id: dict(told) for track_id, told in read.verdicts},
            permitted=dict(read.permitted),
            benign=_benign(read.enacted),
            sites=[fact for fact in read.enacted if isinstance(fact, SiteProtected)],
            memories=read.memories,
            next_track_id=read.next_track_id,
            now_ns=read.now_ns,
        )
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        if (version := _other_version(data)) is not None:
            raise Corrupt(
                f"a state snapshot is {version}, written by another version of the program: replay with that one, or "
                "from the beginning of the record"
            ) from error
        raise Corrupt(f"a state snapshot of {len(data)} bytes cannot be read: {error}") from error


def _other_version(data: bytes) -> str | None:
    """Return the version of a snapshot that is none of ours; None: it is none at all, or ours and broken."""
    found = _VERSION.match(data, 1)
    version = None if found is None else found.group(1).decode()
    return None if version in {"snapshot/3", "snapshot/4"} else version


def _held(table: Any) -> _Held:  # noqa: ANN401  # any dataclass of arrays and integers
    held: _Held = []
    for field in dataclasses.fields(table):
        value = getattr(table, field.name)
        if isinstance(value, np.ndarray):
            held.append((field.name, _array(value)))
        elif isinstance(value, int):
            held.append((field.name, value))
    return held


def _array(value: npt.NDArray[Any]) -> _Array:
    little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
    return _Array(value.dtype.str.lstrip("<=|"), list(value.shape), little.tobytes())


_KINDS = {"i8": np.int64, "f8": np.float64, "b1": np.bool_}


def _numbers(value: object) -> npt.NDArray[Any]:
    if not isinstance(value, _Array) or value.kind not in _KINDS:
        raise ValueError(f"there is no array of a kind that a state has where one is due: {str(value)[:80]}")
    array: npt.NDArray[Any] = np.frombuffer(value.data, _KINDS[value.kind])
    return array.reshape(value.shape).copy()


def _filled(table: Any, held: _Held) -> Any:  # noqa: ANN401  # the same dataclass
    names = {field.name for field in dataclasses.fields(table)}
    for name, value in held:
        if name not in names:
            raise ValueError(f"there is no column {name}")
        setattr(table, name, _numbers(value) if isinstance(value, _Array) else value)
    return table


def _benign(facts: list[Enacted]) -> Benign:
    benign = Benign()
    for fact in facts:
        enact_benign(benign, fact)
    return benign


def _slot(held: _Held, merges: list[tuple[int, int]]) -> Slot:
    empty = np.zeros((0, 2), np.int64)
    slot = Slot(0, np.zeros((0, rep.FLOATS)), np.zeros((0, rep.INTS), np.int64), empty, merges=list(merges))
    filled: Slot = _filled(slot, held)
    return filled
