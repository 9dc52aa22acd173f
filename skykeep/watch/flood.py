"""Whether a flood of aircraft appears that only say of themselves that they are there, and which those are.

An aircraft is self-reported while no sensor that sees bodies (radar, camera, ear, witness, a tracker) ever saw it. More
than `tracks_max` new ones within the window are a flood. Those that made it, and those that come while it lasts, are
its members until another sensor sees them or it is over: when, for the window and 5 s more, never half so many came,
and no more than `tracks_max` of its members still wait to sound. Whoever was there before is no member. What is there
when the watch begins is not new: nothing counts in its first window.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.rules.law import FOREVER_NS
from skykeep.watch.reports import Ints
from skykeep.watch.table import MODALITIES, Tracks

BODIES = tuple(MODALITIES.index(name) for name in ("radar", "camera", "acoustic", "witness", "tracks"))
SELVES = tuple(MODALITIES.index(name) for name in ("remote_id", "adsb"))
HOLD_NS = 5_000_000_000  # silent tracks are lost within window and hold; asked again so long after


class Flood(msgspec.Struct, array_like=True):
    """Who came lately (tick time, ids), who is a member (int64, sorted), and what is known of the flood."""

    on: bool = False
    began_ns: int = 0  # when the watch first saw anything
    last_id: int = 0
    arrivals: list[tuple[int, list[int]]] = []
    members: bytes = b""
    count: int = 0  # of self-reported aircraft that came in this flood
    ends_ns: int = FOREVER_NS  # when it may be over


def arrive(flood: Flood, tracks: Tracks, now_ns: int, *, tracks_max: int, window_ns: int) -> None:
    """Take in the tracks that are new; a flood may begin."""
    if not len(tracks) or int(tracks.id[-1]) <= flood.last_id:
        return
    new = np.arange(tracks.row(flood.last_id + 1), len(tracks))
    flood.began_ns = flood.began_ns or now_ns
    flood.last_id = int(tracks.id[-1])
    if now_ns - flood.began_ns < window_ns:
        return
    ids: list[int] = tracks.id[new[self_reported(tracks, new) & (tracks.manned[new] == 0)]].tolist()
    if not ids:
        return
    flood.arrivals = [*(one for one in flood.arrivals if now_ns - one[0] < window_ns), (now_ns, ids)]
    lately = sum(len(some) for _, some in flood.arrivals)
    if lately > tracks_max and not flood.on:
        flood.on, flood.count = True, 0
        ids = [track_id for _, some in flood.arrivals for track_id in some]
    if flood.on:
        flood.count += len(ids)
        flood.members = np.union1d(np.frombuffer(flood.members, np.int64), np.array(ids, np.int64)).tobytes()
    if flood.on and lately > tracks_max // 2:
        flood.ends_ns = now_ns + window_ns + HOLD_NS


def corroborate(flood: Flood, tracks: Tracks) -> list[int]:
    """Return the members that another sensor has seen; they are none from now on."""
    if not flood.members:
        return []
    ids = np.frombuffer(flood.members, np.int64)
    seen = np.isin(ids, tracks.id)
    seen[seen] = ~self_reported(tracks, tracks.rows(ids[seen]))
    flood.members = ids[~seen].tobytes()
    found: list[int] = ids[seen].tolist()
    return found


def end(flood: Flood, now_ns: int, *, waiting: int, tracks_max: int) -> list[int]:
    """End the flood if it is over; return those that were its members. `waiting`: how many of them wait to sound."""
    if not flood.on or now_ns < flood.ends_ns:
        return []
    if waiting > tracks_max:
        flood.ends_ns = now_ns + HOLD_NS
        return []
    members: list[int] = np.frombuffer(flood.members, np.int64).tolist()
    flood.on, flood.members, flood.ends_ns = False, b"", FOREVER_NS
    return members


def is_member(flood: Flood, track_ids: list[int]) -> list[bool]:
    """Say of each track whether the flood keeps it silent."""
    if not flood.members:
        return [False] * len(track_ids)
    found: list[bool] = np.isin(np.array(track_ids, np.int64), np.frombuffer(flood.members, np.int64)).tolist()
    return found


def forget(flood: Flood, gone: list[int]) -> None:
    """Drop what is remembered of these tracks."""
    if flood.members:
        ids = np.frombuffer(flood.members, np.int64)
        flood.members = ids[~np.isin(ids, np.array(gone, np.int64))].tobytes()


def self_reported(tracks: Tracks, rows: Ints) -> npt.NDArray[np.bool_]:
    """Say which rows only ever spoke of themselves."""
    spoke, seen = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
    for k in SELVES:
        spoke |= tracks.seen[rows, k] > 0
    for k in BODIES:
        seen |= tracks.seen[rows, k] > 0
    return spoke & ~seen
