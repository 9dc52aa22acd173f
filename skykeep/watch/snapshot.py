"""The state as bytes and back: what a replay may begin at, and what the record keeps by its hash."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.errors import Corrupt
from skykeep.facts.enacted import Enacted, SensorDeclared
from skykeep.rules.law import enact
from skykeep.watch.settings import WatchSettings
from skykeep.watch.state import RECENT, Alarm, Heights, Identity, State, Told, Tracks, Transmitter, no_tracks


class _Snapshot(msgspec.Struct, frozen=True, array_like=True, tag="snapshot/1"):
    """One state; tables keep their order, arrays are little-endian bytes, row after row."""

    settings: WatchSettings
    enacted: list[Enacted]
    rows: int
    arrays: list[bytes]  # in the order of the fields of Tracks
    recent: bytes
    transmitters: list[tuple[str, Transmitter]]
    identities: list[tuple[int, Identity]]
    by_uas_id: list[tuple[str, list[int]]]
    heights: list[tuple[int, Heights]]
    verdicts: list[tuple[int, list[tuple[str, Told]]]]
    alarms: list[tuple[int, str, Alarm]]
    next_track_id: int
    next_alarm_id: int
    now_ns: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Snapshot)


def to_bytes(state: State) -> bytes:
    """Return the one encoding of a state: equal states give equal bytes."""
    tracks = state.tracks
    return _encoder.encode(
        _Snapshot(
            settings=state.settings,
            enacted=state.enacted,
            rows=len(tracks),
            arrays=[_little(getattr(tracks, field.name)).tobytes() for field in dataclasses.fields(Tracks)],
            recent=state.recent.tobytes(),
            transmitters=list(state.transmitters.items()),
            identities=list(state.identities.items()),
            by_uas_id=list(state.by_uas_id.items()),
            heights=list(state.heights.items()),
            verdicts=[(track_id, list(told.items())) for track_id, told in state.verdicts.items()],
            alarms=[(track_id, kind, held) for (track_id, kind), held in state.alarms.items()],
            next_track_id=state.next_track_id,
            next_alarm_id=state.next_alarm_id,
            now_ns=state.now_ns,
        )
    )


def from_bytes(data: bytes) -> State:
    """Return the state that `to_bytes` wrote; raises Corrupt where these bytes are not one."""
    try:
        read = _decoder.decode(data)
        return State(
            settings=read.settings,
            law=enact(State(read.settings).law, read.enacted),
            enacted=read.enacted,
            sensors={fact.sensor_id: fact for fact in read.enacted if isinstance(fact, SensorDeclared)},
            tracks=_tracks(read.rows, read.arrays),
            recent=np.frombuffer(read.recent, RECENT).copy(),
            transmitters=dict(read.transmitters),
            identities=dict(read.identities),
            by_uas_id=dict(read.by_uas_id),
            heights=dict(read.heights),
            verdicts={track_id: dict(told) for track_id, told in read.verdicts},
            alarms={(track_id, kind): held for track_id, kind, held in read.alarms},
            next_track_id=read.next_track_id,
            next_alarm_id=read.next_alarm_id,
            now_ns=read.now_ns,
        )
    except (msgspec.DecodeError, ValueError) as error:
        raise Corrupt(f"a state snapshot of {len(data)} bytes cannot be read: {error}") from error


def _tracks(rows: int, arrays: list[bytes]) -> Tracks:
    empty = no_tracks()
    filled = {}
    for field, data in zip(dataclasses.fields(Tracks), arrays, strict=True):
        like = getattr(empty, field.name)
        filled[field.name] = np.frombuffer(data, like.dtype).reshape((rows, *like.shape[1:])).copy()
    return Tracks(**filled)


def _little(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
