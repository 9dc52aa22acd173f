"""What the flags remember between ticks: bounded tables of numbers, as bytes that are read in place."""

from __future__ import annotations

import msgspec
import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.watch.carried import ID, carried, floats, ints, row_of, rows_before, rows_left
from skykeep.watch.reports import Ints

__all__ = ["ID", "FlagMemory", "floats", "follow_radios", "follow_tracks", "forget", "ints", "keep_couples"]

REFS = 4  # facts that are named for a flag
# columns of `tracks`, from ID on
COOP, UNHEARD, REF = 1, 2, 3  # ... REF + 2 k: tick, + 1: index of the k-th latest report; tick -1: none
TRACK = REF + 2 * REFS
# columns of `weights`
OFFSET_LOG, SILENCE = range(2)  # log-odds of an offset of its own; nats of the broadcasts that were not heard of it
WEIGHT = 2
# columns of `ears`, a row a sensor: it is known to have heard whatever there was from the one to the other
AWAKE_FROM, AWAKE_UNTIL = range(2)
EAR = 2
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
    weights: bytearray = msgspec.field(default_factory=bytearray)  # float64 (n, WEIGHT)
    ears: bytearray = msgspec.field(default_factory=bytearray)  # int64 (s, EAR)
    radios: bytearray = msgspec.field(default_factory=bytearray)  # int64 (m, RADIO), sorted by transmitter
    signs: bytearray = msgspec.field(default_factory=bytearray)  # float64 (m, SIGN)
    heard: bytearray = msgspec.field(default_factory=bytearray)  # int64 (k, 2): key and time of a claim; k 2**i or 0
    heard_count: int = 0
    couples: bytearray = msgspec.field(default_factory=bytearray)  # int64 (c, COUPLE), sorted by both ids
    drifts: bytearray = msgspec.field(default_factory=bytearray)  # float64 (c, DRIFT)
    swept_ns: int = 0
    coupled_ns: int = 0
    turn: int = 0  # whose turn it is, where there are more senders than a tick looks at


_BLANK = np.full(TRACK, -1, np.int64)
_BLANK[[COOP, UNHEARD]] = 0
_NOTHING = np.array([np.nan, 0.0])


def follow_tracks(memory: FlagMemory, ids: Ints) -> Ints | None:
    """Give the tables a row for each of these tracks, sorted; others are dropped. Returns the rows of new ones."""
    before = rows_before(ints(memory.tracks, TRACK), ids)
    if before is None:
        return None
    memory.tracks, memory.weights = carried(memory.tracks, before, _BLANK), carried(memory.weights, before, _NOTHING)
    ints(memory.tracks, TRACK)[:, ID] = ids
    return np.flatnonzero(before < 0)


def follow_sensors(memory: FlagMemory, count: int) -> None:
    """Give the table of ears a row for each sensor; none ever goes."""
    short = count - len(memory.ears) // (8 * EAR)
    if short > 0:
        memory.ears = memory.ears + bytes(8 * EAR * short)


def follow_radios(memory: FlagMemory, txs: Ints, now_ns: int) -> Ints:
    """Give the tables a row for each of these transmitters (k,); return the rows."""
    _sweep(memory, now_ns)
    known = ints(memory.radios, RADIO)
    rows = np.empty(len(txs), np.int64)
    if _known(known, txs, rows):
        return rows
    wanted = np.unique(txs)
    at = np.searchsorted(known[:, TX], wanted)
    there = at < len(known)
    there[there] = known[at[there], TX] == wanted[there]
    fresh = np.zeros((int((~there).sum()), RADIO), np.int64)
    fresh[:, TX] = wanted[~there]
    memory.radios = bytearray(np.insert(known, at[~there], fresh, axis=0).tobytes())
    signs = np.zeros((len(fresh), SIGN))
    memory.signs = bytearray(np.insert(floats(memory.signs, SIGN), at[~there], signs, axis=0).tobytes())
    _known(ints(memory.radios, RADIO), txs, rows)
    return rows


@kernel
def _known(radios: Ints, txs: Ints, rows: Ints) -> bool:
    """Fill in the row of each transmitter; False: one of them has none."""
    for k in range(len(txs)):
        rows[k] = row_of(radios[:, TX], int(txs[k]))
        if rows[k] < 0:
            return False
    return True


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
    left = rows_left(ints(memory.tracks, TRACK), track_ids)
    if left is not None:
        follow_tracks(memory, ints(memory.tracks, TRACK)[left, ID])
    couples = ints(memory.couples, COUPLE)
    if not len(couples):
        return
    kept = ~(np.isin(couples[:, SENDER], gone) | np.isin(couples[:, BODY], gone))
    keep_couples(memory, kept)


def keep_couples(memory: FlagMemory, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    """Drop the couples where `kept` (c,) is False."""
    memory.drifts = bytearray(floats(memory.drifts, DRIFT)[kept].tobytes())
    memory.couples = bytearray(ints(memory.couples, COUPLE)[kept].tobytes())
