"""From the tracker's rows to the tracks that are told: ids, phases, and what a later stage may ask of each.

A row becomes a track when it is probable enough or something sends there; it keeps its id as long as its row lives, and
hands it to the row that took its place where a late report made another one of it.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from skykeep.geo.kernel import kernel
from skykeep.watch import rows as row
from skykeep.watch.motion import collapse
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.rows import MODE, MODEL_WIDTH, MODELS, at
from skykeep.watch.settings import WatchSettings
from skykeep.watch.table import ESTABLISHED, LOST, MODALITIES, RADIOS, TENTATIVE, Tracks, append_rows, no_tracks

_COLUMNS_I = {
    "t_ns": row.T_NS, "born_ns": row.BORN_NS, "reports": row.REPORTS, "assumed": row.ASSUMED,
    "coop_ns": row.COOP_NS, "said_mm": row.HEIGHTS, "said_datum": row.HEIGHTS + 1, "said_sigma_mm": row.HEIGHTS + 2,
    "std_mm": row.HEIGHTS + 3, "std_sigma_mm": row.HEIGHTS + 4, "above_mm": row.HEIGHTS + 5,
    "above_datum": row.HEIGHTS + 6, "above_sigma_mm": row.HEIGHTS + 7, "height_ns": row.HEIGHT_NS,
    "manned": row.MANNED, "unmanned": row.UNMANNED, "simulated": row.SIMULATED,
}  # fmt: skip
_COLUMNS_F = {"r": row.R, "sigma_m": row.SIGMA, "coop_var": row.COOP_VAR, "rcs_dbsm": row.RCS}
_WIDE_I = {"tx": (row.TX, RADIOS), "seen_ns": (row.SEEN_NS, len(MODALITIES)), "seen": (row.SEEN, len(MODALITIES)),
           "evidence": (row.EVIDENCE, 3)}  # fmt: skip
_WIDE_F = {"tx_weight": (row.TX_WEIGHT, RADIOS), "absence": (row.ABSENCE, len(MODALITIES)), "coop": (row.COOP, 6),
           "mode": (MODE, MODELS)}  # fmt: skip


@dataclasses.dataclass(slots=True)
class Published:
    """What became of the tracks: rows of the table that changed, ids that are new, and ids whose row is no more."""

    changed: Ints  # rows of `Tracks`
    born: list[int]
    gone: list[int]


def publish(tracks: Tracks, f: Floats, i: Ints, settings: WatchSettings, next_id: int) -> Published:
    """Bring the table up to the rows; new tracks get ids from `next_id` on. Rows of gone tracks stay as they are."""
    uids = i[:, row.UID]
    order = np.argsort(uids, kind="stable")
    of_track, there = _find(uids, order, tracks.uid)
    if not there.all():
        _hand_over(tracks, f, i, of_track, there)
    held = np.zeros(len(uids), np.bool_)
    held[of_track[there]] = True
    new = np.flatnonzero(~held & ((f[:, row.R] >= settings.tell_probability) | (i[:, row.TX] >= 0)))
    new = new[np.argsort(uids[new], kind="stable")]
    born = list(range(next_id, next_id + len(new)))
    changed = np.flatnonzero(there)
    mine = of_track[changed]
    moved = (tracks.t_ns[changed] != i[mine, row.T_NS]) | (tracks.r[changed] != f[mine, row.R])
    moved |= tracks.reports[changed] != i[mine, row.REPORTS]
    changed, mine = changed[moved], mine[moved]
    if len(new):
        more = no_tracks(len(new))
        more.id[:], more.uid[:] = born, uids[new]
        changed = np.concatenate([changed, np.arange(len(tracks), len(tracks) + len(new))])
        mine = np.concatenate([mine, new])
        append_rows(tracks, more)
    _copy(tracks, changed, f, i, mine)
    return Published(changed, born, tracks.id[: len(there)][~there].tolist())


def _find(uids: Ints, order: Ints, wanted: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return where each wanted number stands among `uids`, and whether it does."""
    place = np.minimum(uids[order].searchsorted(wanted), max(len(uids) - 1, 0))
    if not len(uids):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    found = order[place]
    return found, uids[found] == wanted


def _hand_over(tracks: Tracks, f: Floats, i: Ints, of_track: Ints, there: npt.NDArray[np.bool_]) -> None:
    """Give the id of a track whose row is no more to a row without one that is in its place."""
    free = np.ones(len(i), np.bool_)
    free[of_track[there]] = False
    for track in np.flatnonzero(~there).tolist():
        rows = np.flatnonzero(free)
        best = successor(
            tracks.x[track], int(tracks.t_ns[track]), tracks.tx[track], rows, f, i, 3.0 * float(tracks.sigma_m[track])
        )
        if best >= 0:
            of_track[track], there[track], free[best] = best, True, False
            tracks.uid[track] = i[best, row.UID]


@kernel
def successor(x: Floats, t_ns: int, tx: Ints, rows: Ints, f: Floats, i: Ints, gate_m: float) -> int:
    """Return the one of `rows` that took a track's place: of the same transmitter, else the nearest in the gate; -1."""
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
            best = a
            nearest = away2
    return best


def _copy(tracks: Tracks, changed: Ints, f: Floats, i: Ints, mine: Ints) -> None:
    """Write the columns of these rows."""
    floats, ints = f[mine], i[mine]
    for name, column in _COLUMNS_I.items():
        getattr(tracks, name)[changed] = ints[:, column]
    for name, column in _COLUMNS_F.items():
        getattr(tracks, name)[changed] = floats[:, column]
    for name, (first, width) in _WIDE_I.items():
        getattr(tracks, name)[changed] = ints[:, first : first + width]
    for name, (first, width) in _WIDE_F.items():
        getattr(tracks, name)[changed] = floats[:, first : first + width]
    estimates(f, mine, tracks.x, tracks.p, changed)


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


def phases(tracks: Tracks, now_ns: int, settings: WatchSettings, self_reporting: npt.NDArray[np.bool_]) -> Ints:
    """Return the phase of each track by its probability and its silence; `self_reporting`: (n,) something still sends.

    Established tracks stay so down to a lower probability, so that one look in vain changes nothing; what something
    still sends from is tentative below it, not lost.
    """
    silent = now_ns - tracks.heard_ns > int(settings.silence_max_s * 1e9)
    was = tracks.phase
    sure = tracks.r >= settings.establish_probability
    stays = (was == ESTABLISHED) & (tracks.r >= settings.lost_probability)
    fallen = (was != TENTATIVE) & ~self_reporting
    below = np.where(fallen, LOST, TENTATIVE)
    phase = np.where(sure | stays, ESTABLISHED, below)
    return np.where(silent, LOST, phase)
