"""What the flags remember between ticks: bounded tables of numbers, as bytes that are read in place."""

from __future__ import annotations

import msgspec
import numpy as np

from skykeep.watch.reports import Floats, Ints

REFS = 4  # facts that are named for a flag
# columns of `tracks`
ID, COOP, REF = 0, 1, 2  # ... REF + 2 k: tick, + 1: index of the k-th latest report; tick -1: none
TRACK = REF + 2 * REFS
# columns of `radios`
TX, T, LAT, LON, CLAIM, FROM_T, FROM_LAT, FROM_LON, COUNT, SAME_T = range(10)
RADIO = 10
# columns of `signs`, a row a radio
SIGMA, EAST, NORTH, MOVES, WAY_EAST, WAY_NORTH, WAY, SLACK, MOTION_LOG, HORIZON_LOG, REPLAYED_LOG = range(11)
SIGN = 11
# columns of `couples` and `drifts`, a row a couple of a sender without a body and a body without a sender
SENDER, BODY, SINCE, LAST = range(4)
COUPLE = 4
AWAY, VELOCITY, ALIKE, BEGAN = 0, 3, 6, 7  # offset (3), the body's velocity (3), log-likelihood, first offset (3)
DRIFT = 10

RADIO_FORGET_NS = 60_000_000_000  # a radio is remembered this long after it was heard
SWEEP_NS = 10_000_000_000
HEARD_MOST = 131_072  # places and stamps that are remembered, of one in four that are heard
COUPLES_MOST = 512


class FlagMemory(msgspec.Struct):
    """Tables as bytes: a copy, and a snapshot by msgpack, need nothing more."""

    tracks: bytearray = msgspec.field(default_factory=bytearray)  # int64 (n, TRACK), sorted by id
    within: bytearray = msgspec.field(default_factory=bytearray)  # float64 (n, 1): log-odds of an offset of its own
    radios: bytearray = msgspec.field(default_factory=bytearray)  # int64 (m, RADIO), sorted by transmitter
    signs: bytearray = msgspec.field(default_factory=bytearray)  # float64 (m, SIGN)
    heard: bytearray = msgspec.field(default_factory=bytearray)  # int64 (k, 2): key and time of a claim; k 2**i or 0
    heard_count: int = 0
    couples: bytearray = msgspec.field(default_factory=bytearray)  # int64 (c, COUPLE), sorted by both ids
    drifts: bytearray = msgspec.field(default_factory=bytearray)  # float64 (c, DRIFT)
    swept_ns: int = 0
    coupled_ns: int = 0
    turn: int = 0  # whose turn it is, where there are more senders than a tick looks at


def ints(table: bytearray, columns: int) -> Ints:
    """Return a table of integers in place, (rows, columns)."""
    return np.ndarray((len(table) // (8 * columns), columns), np.dtype("<i8"), table)


def floats(table: bytearray, columns: int) -> Floats:
    """Return a table of numbers in place, (rows, columns)."""
    return np.ndarray((len(table) // (8 * columns), columns), np.dtype("<f8"), table)


def follow_tracks(memory: FlagMemory, ids: Ints) -> Ints:
    """Give the tables a row for each of these tracks, sorted; others are dropped. Returns the rows of new ones."""
    old = ints(memory.tracks, TRACK)
    if len(old) == len(ids) and bool((old[:, ID] == ids).all()):
        return np.zeros(0, np.int64)
    new = np.full((len(ids), TRACK), -1, np.int64)
    new[:, ID], new[:, COOP] = ids, 0
    within = np.full((len(ids), 1), np.nan)
    at = np.searchsorted(old[:, ID], ids)
    there = at < len(old)
    there[there] = old[at[there], ID] == ids[there]
    new[there], within[there] = old[at[there]], floats(memory.within, 1)[at[there]]
    memory.tracks, memory.within = bytearray(new.tobytes()), bytearray(within.tobytes())
    return np.flatnonzero(~there)


def follow_radios(memory: FlagMemory, txs: Ints, now_ns: int) -> Ints:
    """Give the tables a row for each of these transmitters (k,); return the rows."""
    _sweep(memory, now_ns)
    known = ints(memory.radios, RADIO)
    wanted = np.unique(txs)
    at = np.searchsorted(known[:, TX], wanted)
    there = at < len(known)
    there[there] = known[at[there], TX] == wanted[there]
    fresh = wanted[~there]
    if len(fresh):
        rows = np.zeros((len(fresh), RADIO), np.int64)
        rows[:, TX] = fresh
        signs = np.zeros((len(fresh), SIGN))
        memory.radios = bytearray(np.insert(known, at[~there], rows, axis=0).tobytes())
        memory.signs = bytearray(np.insert(floats(memory.signs, SIGN), at[~there], signs, axis=0).tobytes())
    return np.searchsorted(ints(memory.radios, RADIO)[:, TX], txs)


def _sweep(memory: FlagMemory, now_ns: int) -> None:
    """Forget the radios that were silent for long."""
    if now_ns - memory.swept_ns < SWEEP_NS:
        return
    memory.swept_ns = now_ns
    radios = ints(memory.radios, RADIO)
    kept = radios[:, T] >= now_ns - RADIO_FORGET_NS
    if not bool(kept.all()):
        memory.signs = bytearray(floats(memory.signs, SIGN)[kept].tobytes())
        memory.radios = bytearray(radios[kept].tobytes())


def forget(memory: FlagMemory, track_ids: list[int]) -> None:
    """Drop tracks with all that is remembered of them."""
    gone = np.array(track_ids, np.int64)
    tracks = ints(memory.tracks, TRACK)
    follow_tracks(memory, tracks[~np.isin(tracks[:, ID], gone), ID].copy())
    couples = ints(memory.couples, COUPLE)
    kept = ~(np.isin(couples[:, SENDER], gone) | np.isin(couples[:, BODY], gone))
    keep_couples(memory, kept)


def keep_couples(memory: FlagMemory, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    """Drop the couples where `kept` (c,) is False."""
    memory.drifts = bytearray(floats(memory.drifts, DRIFT)[kept].tobytes())
    memory.couples = bytearray(ints(memory.couples, COUPLE)[kept].tobytes())
