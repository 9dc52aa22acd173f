"""New tracks from bearings alone: straight motions that the bearings of two or more stations bear out over time.

Where bearings of two stations cross there is a target or a ghost (`crossing`). Every crossing of now, joined with every
older one that is no faster away than a small aircraft flies, gives a straight motion; the likeliest are fitted to all
bearings of the last seconds (`bearings`, `fit`). Motions that need the same bearings exclude each other (`rivals`): a
ghost that fits as well as the truth leaves both improbable, and neither is begun. See docs/explanation/bearings.md.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from skykeep.watch.bearings import (
    EVERY_NS,
    FREE_MIN,
    LOOKED,
    WINDOW_NS,
    Bearings,
    Rows,
    append,
    arranged,
    forget,
    fresh_rows,
)
from skykeep.watch.crossing import crossed, crossings
from skykeep.watch.fit import fitted, likely, motions, same_place
from skykeep.watch.reports import Floats, Ints, Reports
from skykeep.watch.rivals import Fit, distinct, marginals, pooled
from skykeep.watch.sensors import Columns, Sensors

KEPT_MAX = 32  # motions that compete again next time
EVIDENCE_MIN = -3.0  # less likely than this, a motion does not even compete
HITS_MIN = 3  # looks of each of two stations that see it
SPAN_MIN_NS = 1_500_000_000
WIDER = 2.0  # a motion that is not straight, or takes a neighbour's bearing, is further off than its fit says
R_START = 0.9  # begun when it was this probable for HOLD_NS
HOLD_NS = 900_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class Start:
    """A new track: state and covariance for `t_ns`, and what it rests on."""

    t_ns: int
    x: Floats  # (6,) m, m/s, earth-centred
    p: Floats  # (6, 6)
    r: float
    sensors: tuple[int, ...]  # rows, in order of rank
    refs: tuple[tuple[int, int, int], ...]  # tick, index, item of each bearing, oldest first
    tx: int  # the transmitter that its bearings name; -1: none


def starts(
    memory: Bearings,
    sensors: Sensors,
    settled: Reports,
    free: Floats,
    slot_ns: int,
    looked: tuple[Ints, Ints] | None = None,
) -> list[Start]:
    """Take in one settled slot and return the tracks to begin; call it for each slot, in order.

    `settled` are the slot's reports in any order and `free` (n,) the probability that each is of no track; `slot_ns` is
    the slot's end. `looked` are sensor rows and times of looks at which a sensor reported nothing, which count against
    a motion in its coverage. The result does not depend on the order of rows.
    """
    fresh = fresh_rows(memory, sensors, settled, free, looked)
    forget(memory, slot_ns - WINDOW_NS)
    append(memory, fresh)
    if not (fresh.free >= FREE_MIN).any() or int(memory.t_ns.max()) < memory.kept_ns + EVERY_NS:
        return []
    able = np.unique(memory.sensor[(memory.free >= FREE_MIN) & (memory.kind != LOOKED)])
    return _begun(memory, sensors) if len(able) > 1 else []


def _begun(memory: Bearings, sensors: Sensors) -> list[Start]:
    newest_ns = int(memory.t_ns.max())
    columns, order, rows = arranged(memory, sensors, newest_ns)
    seeds, seed_rows, over = crossings(columns, rows)
    trials, more = motions(columns, rows, seeds, seed_rows)
    memory.passed_over += over + more
    again = memory.kept + _moved(memory.kept, (newest_ns - memory.kept_ns) / 1e9)
    tried = [_fit(columns, rows, trial) for trial in (*again, *trials)]
    fits = [fit for fit in tried if fit is not None]
    fits.sort(key=lambda fit: (-fit.evidence, *fit.x.tolist()))
    fits = distinct(fits)
    chances = pooled(fits, marginals(fits))
    since = _since(columns, memory, fits, chances, again)
    ready = [fit.ripe and 0 <= begun <= newest_ns - HOLD_NS for fit, begun in zip(fits, since, strict=True)]
    _keep_in_mind(memory, fits, since, ready, newest_ns)
    return [
        _start(memory, sensors, fit, order, newest_ns, r)
        for fit, r, yes in zip(fits, chances, ready, strict=True)
        if yes
    ]


def _moved(motions_x: Floats, seconds: float) -> Floats:
    """Return how the motions change until so much later."""
    change = np.zeros_like(motions_x)
    change[:, :3] = motions_x[:, 3:] * seconds
    return change


def _since(columns: Columns, memory: Bearings, fits: list[Fit], chances: list[float], again: Floats) -> list[int]:
    """Return since when each motion has been probable, by what was kept within four sigma of it; -1: it is not."""
    up = columns.frame[int(memory.sensor[0]), 3]
    since = []
    for fit, r in zip(fits, chances, strict=True):
        mine = int(memory.t_ns.max()) if r >= R_START else -1
        for row in range(len(again)):
            if mine >= 0 and memory.kept_since[row] >= 0 and same_place(up, fit.x, fit.p, again[row]):
                mine = min(mine, int(memory.kept_since[row]))
        since.append(mine)
    return since


def _keep_in_mind(memory: Bearings, fits: list[Fit], since: list[int], begun: list[bool], newest_ns: int) -> None:
    kept = [(fit, first) for fit, first, gone in zip(fits, since, begun, strict=True) if not gone][:KEPT_MAX]
    memory.kept = np.array([fit.x for fit, _ in kept]).reshape(-1, 6)
    memory.kept_since = np.array([first for _, first in kept], np.int64)
    memory.kept_ns = newest_ns


def _fit(columns: Columns, rows: Rows, trial: Floats) -> Fit | None:
    """Fit a motion; None where it is none that an aircraft makes and two stations bear out."""
    x, p = trial.copy(), np.empty((6, 6))
    hit, gain = np.empty(len(rows.sensor), np.int64), np.empty(len(rows.sensor))
    evidence = fitted(columns, rows, x, p, hit, gain)
    seen = hit[hit >= 0]
    sensor = rows.sensor[np.searchsorted(rows.begin, seen, side="right") - 1]
    hits = {int(s): frozenset(seen[sensor == s].tolist()) for s in np.unique(sensor)}
    heard = [int(tx) for tx in np.unique(rows.tx[seen]) if tx >= 0]
    if not evidence > EVIDENCE_MIN or len(hits) < 2 or len(heard) > 1:
        return None
    sure = [s for s, theirs in hits.items() if len(theirs) >= HITS_MIN]
    long = float(rows.t[seen].max() - rows.t[seen].min()) * 1e9 >= SPAN_MIN_NS
    if not crossed(columns, np.array(list(hits), np.int64), x) or not likely(columns, rows, x, hit):
        return None
    ripe = long and len(sure) > 1 and crossed(columns, np.array(sure, np.int64), x)
    return Fit(evidence, x, p, hits, hit, gain, heard[0] if heard else -1, ripe)


def _start(memory: Bearings, sensors: Sensors, fit: Fit, order: Ints, newest_ns: int, r: float) -> Start:
    """Make the track, and let it explain its bearings from now on."""
    used = sorted(int(order[row]) for theirs in fit.hits.values() for row in sorted(theirs))
    memory.free[used] = 0.0
    return Start(
        t_ns=newest_ns,
        x=fit.x,
        p=WIDER * fit.p,
        r=r,
        sensors=tuple(sorted(fit.hits, key=lambda s: int(sensors.rank[s]))),
        refs=tuple((int(a), int(b), int(c)) for a, b, c in memory.ref[used]),
        tx=fit.tx,
    )
