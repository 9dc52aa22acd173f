"""From the tracker's rows to the tracks that are told: ids, phases, and what a later stage may ask of each.

A row becomes a track when it is probable enough or something sends there; it keeps its id as long as its row lives, and
hands it to the row that took its place where a late report made another one of it.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.watch import rows as row
from skykeep.watch.assume import SELF_REPORT
from skykeep.watch.finding import found
from skykeep.watch.motion import collapse
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.rows import MODE, MODEL_WIDTH, MODELS, at
from skykeep.watch.settings import WatchSettings
from skykeep.watch.table import ESTABLISHED, LOST, TENTATIVE, Tracks, append_rows, no_tracks

_ONE_INT = {
    "t_ns": row.T_NS, "born_ns": row.BORN_NS, "reports": row.REPORTS, "assumed": row.ASSUMED,
    "coop_ns": row.COOP_NS, "said_mm": row.HEIGHTS, "said_datum": row.HEIGHTS + 1, "said_sigma_mm": row.HEIGHTS + 2,
    "std_mm": row.HEIGHTS + 3, "std_sigma_mm": row.HEIGHTS + 4, "above_mm": row.HEIGHTS + 5,
    "above_datum": row.HEIGHTS + 6, "above_sigma_mm": row.HEIGHTS + 7, "height_ns": row.HEIGHT_NS,
    "manned": row.MANNED, "unmanned": row.UNMANNED, "simulated": row.SIMULATED,
}  # fmt: skip
_ONE_FLOAT = {"r": row.R, "sigma_m": row.SIGMA, "coop_var": row.COOP_VAR, "rcs_dbsm": row.RCS}
_SOME_INTS = {"tx": row.TX, "seen_ns": row.SEEN_NS, "seen": row.SEEN, "evidence": row.EVIDENCE}
_SOME_FLOATS = {"tx_weight": row.TX_WEIGHT, "absence": row.ABSENCE, "coop": row.COOP, "mode": MODE}
_COLUMNS = tuple(np.array(list(each.values())) for each in (_ONE_INT, _ONE_FLOAT, _SOME_INTS, _SOME_FLOATS))
_INT_AT, _FLOAT_AT, _INTS_AT, _FLOATS_AT = _COLUMNS
_BLOCK = 16  # rows


@dataclasses.dataclass(slots=True)
class Published:
    """What became of the tracks: rows of the table that changed, ids that are new, and ids whose row is no more."""

    changed: Ints  # rows of `Tracks`
    born: list[int]
    gone: list[int]


def publish(
    tracks: Tracks, f: Floats, i: Ints, rows: Ints, settings: WatchSettings, next_id: int, now_ns: int
) -> Published:
    """Bring the table up to the rows `rows` of f, i; new tracks get ids from `next_id` on.

    Rows of gone tracks stay as they are. A track of which a later report is known than before, be it a repetition,
    gave a sign of life.
    """
    uids = i[:, row.UID].take(rows)
    place = found(uids, tracks.uid)
    there = place >= 0
    all_there = bool(there.all())
    if not all_there:
        _hand_over(tracks, f, i, rows, place)
        there = place >= 0
    changed, mine, new = changes(
        f, i, rows, place, tracks.t_ns, tracks.r, tracks.reports, tracks.last_ns, tracks.heard_ns,
        now_ns, settings.tell_probability,
    )  # fmt: skip
    gone = [] if all_there else tracks.id[~there].tolist()
    born = list(range(next_id, next_id + len(new)))
    if len(new):
        new = new[np.argsort(i[new, row.UID], kind="stable")]
        more = no_tracks(len(new))
        more.id[:], more.uid[:], more.heard_ns[:], more.last_ns[:] = born, i[new, row.UID], now_ns, i[new, row.HEARD_NS]
        changed = np.concatenate([changed, np.arange(len(tracks), len(tracks) + len(new))])
        mine = np.concatenate([mine, new])
        append_rows(tracks, more)
    if len(changed):
        copied(f, i, mine, changed, *_columns(tracks), tracks.x, tracks.p)
    return Published(changed, born, gone)


def _columns(tracks: Tracks) -> tuple[tuple[Ints, ...], tuple[Floats, ...], tuple[Ints, ...], tuple[Floats, ...]]:
    return (
        tuple(getattr(tracks, name) for name in _ONE_INT),
        tuple(getattr(tracks, name) for name in _ONE_FLOAT),
        tuple(getattr(tracks, name) for name in _SOME_INTS),
        tuple(getattr(tracks, name) for name in _SOME_FLOATS),
    )


@kernel
def changes(
    f: Floats,
    i: Ints,
    rows: Ints,
    place: Ints,
    t_ns: Ints,
    r: Floats,
    reports: Ints,
    last_ns: Ints,
    heard_ns: Ints,
    now_ns: int,
    tell: float,
) -> tuple[Ints, Ints, Ints]:
    """Return the tracks whose row at `place` in `rows` is not as told, that row of f, i, and the rows to be told of.

    Notes signs of life.
    """
    held = np.zeros(rows.shape[0], np.bool_)
    changed = np.empty(place.shape[0], np.int64)
    mine = np.empty(place.shape[0], np.int64)
    count = 0
    for track in range(place.shape[0]):
        if place[track] < 0:
            continue
        held[place[track]] = True
        a = int(rows[place[track]])
        if i[a, row.HEARD_NS] > last_ns[track]:
            last_ns[track] = i[a, row.HEARD_NS]
            heard_ns[track] = now_ns
        if i[a, row.T_NS] != t_ns[track] or f[a, row.R] != r[track] or i[a, row.REPORTS] != reports[track]:
            changed[count] = track
            mine[count] = a
            count = count + 1
    new = np.empty(rows.shape[0], np.int64)
    born = 0
    for k in range(rows.shape[0]):
        a = int(rows[k])
        if not held[k] and (f[a, row.R] >= tell or i[a, row.TX] >= 0):
            new[born] = a
            born = born + 1
    return changed[:count], mine[:count], new[:born]


def _hand_over(tracks: Tracks, f: Floats, i: Ints, rows: Ints, place: Ints) -> None:
    """Give the id of a track whose row is no more to a row without one that is in its place."""
    free = np.ones(len(rows), np.bool_)
    free[place[place >= 0]] = False
    for track in np.flatnonzero(place < 0).tolist():
        left = np.flatnonzero(free)
        best = successor(
            tracks.x[track], int(tracks.t_ns[track]), tracks.tx[track], rows[left], f, i,
            3.0 * float(tracks.sigma_m[track]),
        )  # fmt: skip
        if best >= 0:
            place[track], free[left[best]] = left[best], False
            tracks.uid[track] = i[rows[left[best]], row.UID]


@kernel
def successor(x: Floats, t_ns: int, tx: Ints, rows: Ints, f: Floats, i: Ints, gate_m: float) -> int:
    """Return which of `rows` took a track's place: of the same transmitter, else the nearest in the gate; -1: none."""
    best = -1
    nearest = 0.0
    for k in range(rows.shape[0]):
        a = int(rows[k])
        same = i[a, row.TX] >= 0 and i[a, row.TX] == tx[0]
        other = i[a, row.TX] >= 0 and tx[0] >= 0 and not same
        dt_s = float(int(i[a, row.T_NS]) - int(t_ns)) / 1e9
        away2 = 0.0
        for c in range(3):
            off = f[a, row.MEAN + c] - (x[c] + x[3 + c] * dt_s)
            away2 = away2 + off * off
        gate = gate_m + 3.0 * (f[a, row.SPREAD] + f[a, row.SPREAD_V] * abs(dt_s))
        if not other and away2 <= gate * gate and (best < 0 or away2 < nearest):
            best = k
            nearest = away2
    return best


@kernel
def copied(
    f: Floats,
    i: Ints,
    mine: Ints,
    changed: Ints,
    one_int: tuple[Ints, ...],
    one_float: tuple[Floats, ...],
    some_ints: tuple[Ints, ...],
    some_floats: tuple[Floats, ...],
    x: Floats,
    p: Floats,
) -> None:
    """Write the rows `mine` of f, i into the rows `changed` of the table's columns, as many at once as stay at hand."""
    for begin in range(0, mine.shape[0], _BLOCK):
        end = min(begin + _BLOCK, mine.shape[0])
        for c in range(len(one_int)):
            for k in range(begin, end):
                one_int[c][changed[k]] = i[mine[k], _INT_AT[c]]
        for c in range(len(one_float)):
            for k in range(begin, end):
                one_float[c][changed[k]] = f[mine[k], _FLOAT_AT[c]]
        for c in range(len(some_ints)):
            for k in range(begin, end):
                for part in range(some_ints[c].shape[1]):
                    some_ints[c][changed[k], part] = i[mine[k], _INTS_AT[c] + part]
        for c in range(len(some_floats)):
            for k in range(begin, end):
                for part in range(some_floats[c].shape[1]):
                    some_floats[c][changed[k], part] = f[mine[k], _FLOATS_AT[c] + part]
    estimates(f, mine, x, p, changed)


@kernel
def estimates(f: Floats, mine: Ints, x: Floats, p: Floats, changed: Ints) -> None:
    """Fill x (n, 6), p (n, 6, 6) at the rows `changed` with mean and covariance over the models of the rows `mine`."""
    one = np.empty(MODEL_WIDTH)
    for k in range(mine.shape[0]):
        a, b = int(mine[k]), int(changed[k])
        collapse(f[a], f[a, MODE : MODE + MODELS], one, 0)
        for r in range(3):
            x[b, r] = one[r]
            x[b, 3 + r] = one[3 + r]
            for c in range(3):
                p[b, r, c] = one[6 + at(r, c)]
                p[b, 3 + r, 3 + c] = one[21 + at(r, c)]
                p[b, r, 3 + c] = one[12 + 3 * r + c]
                p[b, 3 + c, r] = one[12 + 3 * r + c]


def phases(tracks: Tracks, now_ns: int, settings: WatchSettings) -> Ints:
    """Set the phase of each track by its probability and its silence; return the rows where it is another now.

    Established tracks stay so down to a lower probability, so that one look in vain changes nothing; what something
    still sends from is tentative below it, not lost.
    """
    return phased(
        tracks.phase, tracks.r, tracks.heard_ns, tracks.seen_ns, now_ns, int(settings.silence_max_s * 1e9),
        settings.establish_probability, settings.lost_probability,
    )  # fmt: skip


@kernel
def phased(
    phase: Ints, r: Floats, heard_ns: Ints, seen_ns: Ints, now_ns: int, silence_ns: int, sure: float, unsure: float
) -> Ints:
    """Do as `phases` says, of columns of the table."""
    moved = np.empty(phase.shape[0], np.int64)
    count = 0
    for track in range(phase.shape[0]):
        was = int(phase[track])
        if now_ns - heard_ns[track] > silence_ns:
            now = LOST
        elif r[track] >= sure or (was == ESTABLISHED and r[track] >= unsure):
            now = ESTABLISHED
        elif was == TENTATIVE:
            now = TENTATIVE
        else:
            now = LOST
            for modality in range(seen_ns.shape[1]):
                if SELF_REPORT[modality] and seen_ns[track, modality] > now_ns - silence_ns:
                    now = TENTATIVE
        if now != was:
            phase[track] = now
            moved[count] = track
            count = count + 1
    return moved[:count]
