"""New tracks from bearings alone: straight motions that the bearings of two or more stations bear out over time.

Where bearings of two stations cross there is a target or a ghost. Every crossing of now, joined with every older one
that is no faster away than a small aircraft flies, gives a straight motion; the likeliest are fitted to all bearings of
the last seconds (maximum a-posteriori target motion analysis by Gauss-Newton, each look a mixture of the target, its
being missed and clutter: Jauffret, Bar-Shalom 1990; Kirubarajan, Bar-Shalom 1996) and weighed by Laplace's evidence.
Motions that need the same bearings exclude each other: all their compatible sets are summed, which is the
multidimensional assignment (Pattipati, Deb, Bar-Shalom, Washburn 1992) with marginals in place of one winner. So a
ghost that fits as well as the truth leaves both improbable, and neither is begun. See docs/explanation/bearings.md.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np

from skykeep.geo.exact import PI, atan2, exp, log, sincos
from skykeep.geo.frames import ecef_to_enu
from skykeep.geo.kernel import kernel
from skykeep.watch.reports import AZIMUTH, DIRECTION, UP_SIGMA_UNKNOWN_M, Floats, Ints, Reports
from skykeep.watch.sensors import CLUTTER, COVERS, Columns, Sensors, detection, visible

MISSED, TOLD = -1, -2  # what a look may have of a motion instead of a bearing
LOOKED = 3  # a kind of row besides AZIMUTH and DIRECTION: the sensor looked, and reported nothing
WINDOW_NS = 10_000_000_000
EVERY_NS = 250_000_000  # looked for at most so often
EACH_NS = 1_000_000_000  # reports of a sensor that does not scan count as one look for so long
ROWS_MAX = 4096
LOOK_MAX = 64  # bearings kept of a sensor in one slot
SEED_ROWS = 12  # of a look, that crossings are made of
SEED_LOOKS = 10  # of a sensor in the window
SEEDS_MAX = 1536
TRIALS_MAX = 1024
FITTED_MAX = 32
KEPT_MAX = 32  # motions that compete again next time
SETS_MAX = 4000
FREE_MIN = 0.5  # a bearing that a track explains better begins nothing
SINE_MIN = 0.25881904510252074  # of the crossing angle: 15 degrees
PAIR_NS = 1_000_000_000  # apart, at most, where two bearings cross
RECENT_NS = 2_500_000_000
BASE_NS = 250_000_000  # between two crossings that give a velocity
SPEED_MAX_MPS = 75.0
RANGE_MIN_M, RANGE_MAX_M = 5.0, 20_000.0  # of a sensor without a coverage
HEIGHT_M = 60.0  # above the first station, where no elevation was measured
SPEED_SIGMA_MPS, CLIMB_SIGMA_MPS = 15.0, 3.0  # along each level axis and up, before anything is known
SWERVE_MPS2 = 1.0  # acceleration that a straight motion leaves out
BIRTHS_PER_M2 = 1e-9  # targets that bearings alone show, before anything is known
PD_ASSUMED = 0.5
PD_MAX = 0.98
GATE2 = 16.0  # (4 sigma) squared
ROUNDS = 6
LOOKS_COUNTED = 20
EVIDENCE_MIN = -3.0  # less likely than this, a motion does not even compete
LIKELY_MIN = 1e-4  # probability that a station sees it so rarely
HITS_MIN = 3  # looks of each of two stations that see it
SPAN_MIN_NS = 1_500_000_000
WIDER = 2.0  # a motion that is not straight, or takes a neighbour's bearing, is further off than its fit says
R_START = 0.9  # begun when it was this probable for HOLD_NS
HOLD_NS = 900_000_000
R_MAX = 0.99
SAME, VARIANT = 0.8, 0.5  # shares of bearings: above, the same motion; another motion of the same target
WEIGHED_MAX = 24  # motions
TEMPER = 3.0  # between rivals, log-odds count for less by so much
_TWO_PI = 2.0 * PI
_LOG_2PI = 1.8378770664093453

_COLUMNS = ("sensor", "t_ns", "kind", "tx")
_NUMBERS = ("az", "el", "az_var", "el_var", "free")


@dataclasses.dataclass(slots=True)
class Bearings:
    """The bearings of the last seconds, n rows, oldest first; rows of one slot in an order that their content gives."""

    sensor: Ints  # row in `Sensors`
    t_ns: Ints
    kind: Ints  # AZIMUTH, DIRECTION or LOOKED
    tx: Ints  # transmitter; -1: unknown
    az: Floats  # rad, clockwise from the sensor's true north
    el: Floats  # rad
    az_var: Floats
    el_var: Floats
    free: Floats  # probability that no track explains it
    ref: Ints  # (n, 3) tick, index, item
    kept: Floats  # (k, 6) motions that were weighed last, for `kept_ns`
    kept_since: Ints  # (k,) since when they were probable; -1: they were not
    kept_ns: int = -EVERY_NS
    dropped: int = 0  # bearings that there was no room for
    passed_over: int = 0  # crossings and motions that there was no time for

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.t_ns)


def no_bearings() -> Bearings:
    """Return the memory of one who has heard nothing."""
    whole: dict[str, Any] = {name: np.zeros(0, np.int64) for name in _COLUMNS}
    floats: dict[str, Any] = {name: np.zeros(0) for name in _NUMBERS}
    return Bearings(
        **whole,
        **floats,
        ref=np.zeros((0, 3), np.int64),
        kept=np.zeros((0, 6)),
        kept_since=np.zeros(0, np.int64),
    )


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
    fresh = _fresh(memory, sensors, settled, free, looked)
    _forget(memory, slot_ns - WINDOW_NS)
    _append(memory, fresh)
    if not (fresh.free >= FREE_MIN).any() or int(memory.t_ns.max()) < memory.kept_ns + EVERY_NS:
        return []
    able = np.unique(memory.sensor[(memory.free >= FREE_MIN) & (memory.kind != LOOKED)])
    return _begun(memory, sensors) if len(able) > 1 else []


def _fresh(
    memory: Bearings, sensors: Sensors, settled: Reports, free: Floats, looked: tuple[Ints, Ints] | None
) -> Bearings:
    """Return the slot's bearings as rows, sorted by time, sensor and content; of a flood the freest."""
    usable = (sensors.placed == 1) & (sensors.merged == 1)
    rows: Ints = np.nonzero(((settled.kind == AZIMUTH) | (settled.kind == DIRECTION)) & usable[settled.sensor])[0]
    fresh = no_bearings()
    fresh.sensor, fresh.t_ns, fresh.kind = settled.sensor[rows], settled.t_ns[rows], settled.kind[rows]
    fresh.tx = settled.tx[rows]
    fresh.az, fresh.el = settled.z[rows, 0], np.where(fresh.kind == DIRECTION, settled.z[rows, 1], 0.0)
    fresh.az_var, fresh.el_var = settled.cov[rows, 0], np.where(fresh.kind == DIRECTION, settled.cov[rows, 1], 1.0)
    fresh.free = free[rows].astype(np.float64)
    fresh.ref = np.column_stack([settled.tick[rows], settled.index[rows], settled.item[rows]])
    if looked is not None and len(looked[0]):
        _append(fresh, _empty_looks(*looked, usable))
    rank = sensors.rank[fresh.sensor]
    content = (fresh.tx, fresh.free, fresh.el_var, fresh.az_var, fresh.el, fresh.az)  # the last is compared first
    _keep(fresh, np.lexsort((*content, rank)))
    rank = sensors.rank[fresh.sensor]
    begin, end = np.searchsorted(rank, rank), np.searchsorted(rank, rank, side="right")
    place, count = np.arange(len(rank)) - begin, end - begin
    room = (place * LOOK_MAX) // count != ((place - 1) * LOOK_MAX) // count  # all round, not the first of a flood
    kept = np.nonzero((count <= LOOK_MAX) | room)[0]
    memory.dropped += len(rank) - len(kept)
    _keep(fresh, kept)
    rank = sensors.rank[fresh.sensor]
    _keep(fresh, np.lexsort((fresh.tx, fresh.free, fresh.el_var, fresh.az_var, fresh.el, fresh.az, rank, fresh.t_ns)))
    return fresh


def _empty_looks(sensor: Ints, t_ns: Ints, usable: np.ndarray[Any, Any]) -> Bearings:
    keep = usable[sensor]
    rows = no_bearings()
    count = int(keep.sum())
    rows.sensor, rows.t_ns = sensor[keep], t_ns[keep]
    rows.kind, rows.tx = np.full(count, LOOKED), np.full(count, -1)
    rows.az, rows.el, rows.free = np.zeros(count), np.zeros(count), np.zeros(count)
    rows.az_var, rows.el_var = np.ones(count), np.ones(count)
    rows.ref = np.zeros((count, 3), np.int64)
    return rows


def _append(memory: Bearings, more: Bearings) -> None:
    for name in (*_COLUMNS, *_NUMBERS, "ref"):
        setattr(memory, name, np.concatenate([getattr(memory, name), getattr(more, name)]))
    over = len(memory) - ROWS_MAX
    if over > 0:
        memory.dropped += over
        _keep(memory, np.arange(over, len(memory)))


def _keep(memory: Bearings, rows: Ints) -> None:
    for name in (*_COLUMNS, *_NUMBERS, "ref"):
        setattr(memory, name, getattr(memory, name)[rows])


def _forget(memory: Bearings, before_ns: int) -> None:
    old = int((memory.t_ns < before_ns).sum())
    if old:
        _keep(memory, np.nonzero(memory.t_ns >= before_ns)[0])


class Rows(NamedTuple):
    """What kernels are given of the memory: m rows by look, l looks by rank of sensor and time, u sensors."""

    t: Floats  # (m,) s, from the newest on: 0 or negative
    az: Floats  # (m, 4): azimuth, its variance, sine, cosine
    el: Floats  # (m, 4): elevation, likewise
    kind: Ints
    tx: Ints
    free: Floats
    steady: Ints  # (m,) looks of the same sensor just before that hold a bearing near this one
    sensor: Ints  # (l,)
    begin: Ints  # (l + 1,) first row
    first: Ints  # (u + 1,) first look of each sensor


def _begun(memory: Bearings, sensors: Sensors) -> list[Start]:
    newest_ns = int(memory.t_ns.max())
    columns, order, rows = _arranged(memory, sensors, newest_ns)
    seeds, seed_rows, over = crossings(columns, rows)
    trials, more = motions(columns, rows, seeds, seed_rows)
    memory.passed_over += over + more
    again = memory.kept + _moved(memory.kept, (newest_ns - memory.kept_ns) / 1e9)
    tried = [_fit(columns, rows, trial) for trial in (*again, *trials)]
    fits = [fit for fit in tried if fit is not None]
    fits.sort(key=lambda fit: (-fit.evidence, *fit.x.tolist()))
    fits = _distinct(fits)
    chances = _pooled(fits, _marginals(fits))
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


def _since(columns: Columns, memory: Bearings, fits: list[_Fit], chances: list[float], again: Floats) -> list[int]:
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


def _keep_in_mind(memory: Bearings, fits: list[_Fit], since: list[int], begun: list[bool], newest_ns: int) -> None:
    kept = [(fit, first) for fit, first, gone in zip(fits, since, begun, strict=True) if not gone][:KEPT_MAX]
    memory.kept = np.array([fit.x for fit, _ in kept]).reshape(-1, 6)
    memory.kept_since = np.array([first for _, first in kept], np.int64)
    memory.kept_ns = newest_ns


def _arranged(memory: Bearings, sensors: Sensors, newest_ns: int) -> tuple[Columns, Ints, Rows]:
    """Return the sensors, where each row stands in the memory, and the rows by look."""
    wide = np.where(sensors.whole == 1, 1, np.where(sensors.period_ns > 0, sensors.period_ns, EACH_NS))
    look = memory.t_ns // wide[memory.sensor]
    order = np.lexsort((memory.az, memory.t_ns, look, sensors.rank[memory.sensor]))
    sensor, look = memory.sensor[order], look[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (sensor[1:] != sensor[:-1]) | (look[1:] != look[:-1])
    begin = np.append(np.nonzero(new)[0], len(order))
    looks = sensor[begin[:-1]]
    first = np.append(np.nonzero(np.append(True, looks[1:] != looks[:-1]))[0], len(looks))
    az, el = np.empty((len(order), 4)), np.empty((len(order), 4))
    _angles(memory.az[order], memory.az_var[order], az)
    _angles(memory.el[order], memory.el_var[order], el)
    rows = Rows(
        t=(memory.t_ns[order] - newest_ns) / 1e9,
        az=az,
        el=el,
        kind=memory.kind[order],
        tx=memory.tx[order],
        free=memory.free[order],
        steady=np.zeros(len(order), np.int64),
        sensor=looks,
        begin=begin,
        first=first,
    )
    _steadiness(rows)
    return sensors.columns(), order, rows


class _Fit(NamedTuple):
    evidence: float  # log-odds against there being nothing but clutter and misses
    x: Floats
    p: Floats
    hits: dict[int, frozenset[int]]  # of each sensor that sees it: rows
    hit: Ints  # (l,) row of each look, MISSED or TOLD
    gain: Floats  # (l,) what it is worth: log-likelihood with it less that without
    tx: int
    ripe: bool  # enough speaks for it; what is not ripe may still be the truth that a ghost competes with


def _fit(columns: Columns, rows: Rows, trial: Floats) -> _Fit | None:
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
    return _Fit(evidence, x, p, hits, hit, gain, heard[0] if heard else -1, ripe)


def _distinct(fits: list[_Fit]) -> list[_Fit]:
    """Return the fits without those that say the same as a likelier one."""
    kept: list[_Fit] = []
    for fit in fits:
        if len(kept) < WEIGHED_MAX and not any(_alike(fit, other, SAME) for other in kept):
            kept.append(fit)
    return kept


def _alike(one: _Fit, other: _Fit, share: float) -> bool:
    """Say whether two motions have more than this share of their bearings in common, at each station that sees both."""
    common = [s for s in one.hits if s in other.hits]
    return len(common) > 1 and all(
        len(one.hits[s] & other.hits[s]) > share * min(len(one.hits[s]), len(other.hits[s])) for s in common
    )


def _pooled(fits: list[_Fit], chances: list[float]) -> list[float]:
    """Return the probability of each target: that of its likeliest motion has that of the others too, which have 0."""
    pooled = [0.0] * len(fits)
    order = sorted(range(len(fits)), key=lambda k: (-chances[k], k))
    for place, k in enumerate(order):
        first = next((j for j in order[:place] if pooled[j] > 0.0 and _alike(fits[k], fits[j], VARIANT)), k)
        pooled[first] = min(pooled[first] + max(chances[k], 1e-12), R_MAX)
    return pooled


def _marginals(fits: list[_Fit]) -> list[float]:
    """Return the probability of each motion, over all sets of motions that can be there together."""
    count = len(fits)
    odds = np.array([fit.evidence for fit in fits])
    cost = np.zeros((count, count))
    if count:
        _contest(np.array([fit.hit for fit in fits]), np.array([fit.gain for fit in fits]), cost)
    out = np.zeros(count)
    for i in range(count):  # what contends for the same bearings is summed together, the rest apart
        group = _group(cost, i)
        if group[0] == i:
            members = np.array(group, np.int64)
            alone = np.zeros(len(members))
            while not sets(odds[members], cost[members][:, members], alone):
                members = members[: len(members) // 2]  # the likeliest: they come sorted
                alone = np.zeros(len(members))
            out[members] = alone
    return [min(float(r), R_MAX) for r in out]


def _group(cost: Floats, member: int) -> list[int]:
    group, waiting = [member], [member]
    while waiting:
        new = [j for j in np.nonzero(cost[waiting.pop()])[0].tolist() if j not in group]
        group += new
        waiting += new
    return sorted(group)


def _start(memory: Bearings, sensors: Sensors, fit: _Fit, order: Ints, newest_ns: int, r: float) -> Start:
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


# ---- kernels ---------------------------------------------------------------------------------------------------------


@kernel
def _angles(angle: Floats, var: Floats, out: Floats) -> None:
    for i in range(angle.shape[0]):
        s, c = sincos(float(angle[i]))
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = angle[i], var[i], s, c


@kernel
def _steadiness(rows: Rows) -> None:
    """Count for each row the looks of its sensor in the four seconds before that hold a free bearing near it."""
    for u in range(rows.first.shape[0] - 1):
        for one in range(int(rows.first[u]), int(rows.first[u + 1])):
            earliest = max(int(rows.first[u]), one - 4)
            for i in range(int(rows.begin[one]), int(rows.begin[one + 1])):
                for other in range(earliest, one):
                    near = 0
                    for j in range(int(rows.begin[other]), int(rows.begin[other + 1])):
                        age = float(rows.t[i]) - float(rows.t[j])
                        sine = float(rows.az[i, 2]) * float(rows.az[j, 3]) - float(rows.az[i, 3]) * float(rows.az[j, 2])
                        reach = 3.0 * math.sqrt(float(rows.az[i, 1]) + float(rows.az[j, 1])) + 0.01 * age
                        if float(rows.free[j]) >= FREE_MIN and abs(sine) <= reach and age <= 4.0:
                            near = 1
                    rows.steady[i] += near


@kernel
def _chosen(rows: Rows, look: int, out: Ints) -> int:
    """Fill `out` with the free bearings of a look, the steadiest first, and return how many; ties by their order."""
    count = 0
    for i in range(int(rows.begin[look]), int(rows.begin[look + 1])):
        if float(rows.free[i]) < FREE_MIN or int(rows.kind[i]) == LOOKED:
            continue
        k = count
        while k > 0 and int(rows.steady[out[k - 1]]) < int(rows.steady[i]):
            if k < SEED_ROWS:
                out[k] = out[k - 1]
            k -= 1
        if k < SEED_ROWS:
            out[k] = i
            count = min(count + 1, SEED_ROWS)
    return count


@kernel
def _ray(frame: Floats, az: Floats, el: Floats, out: Floats) -> None:
    """Write the earth-centred unit vector of a direction; `az`, `el` (4,) as in Rows."""
    east, north = float(az[2]) * float(el[3]), float(az[3]) * float(el[3])
    for c in range(3):
        out[c] = east * float(frame[1, c]) + north * float(frame[2, c]) + float(el[2]) * float(frame[3, c])


@kernel
def _dot(a: Floats, b: Floats) -> float:
    return float(a[0]) * float(b[0]) + float(a[1]) * float(b[1]) + float(a[2]) * float(b[2])


@kernel
def crossing(
    frame_a: Floats, az_a: Floats, el_a: Floats, kind_a: int, frame_b: Floats, az_b: Floats, el_b: Floats, kind_b: int,
    out: Floats,
) -> bool:  # fmt: skip
    """Write where two bearings cross (3,), earth-centred; False where they do not, or too flatly.

    Two directions: the middle of their closest approach. With an azimuth, which is a plane: where the other pierces it.
    Two azimuths: at HEIGHT_M above the first station.
    """
    a, b, gap = np.empty(3), np.empty(3), np.empty(3)
    _ray(frame_a, az_a, el_a, a)
    _ray(frame_b, az_b, el_b, b)
    raised = HEIGHT_M if kind_a == AZIMUTH and kind_b == AZIMUTH else 0.0
    for c in range(3):
        gap[c] = float(frame_b[0, c]) - float(frame_a[0, c]) - raised * float(frame_a[3, c])
    if kind_a == DIRECTION and kind_b == DIRECTION:
        cosine = _dot(a, b)
        sine2 = 1.0 - cosine * cosine
        if sine2 < SINE_MIN * SINE_MIN:
            return False
        s = (_dot(gap, a) - cosine * _dot(gap, b)) / sine2
        t = (cosine * _dot(gap, a) - _dot(gap, b)) / sine2
        for c in range(3):
            out[c] = 0.5 * (float(frame_a[0, c]) + s * float(a[c]) + float(frame_b[0, c]) + t * float(b[c]))
        return s >= RANGE_MIN_M and t >= RANGE_MIN_M and max(s, t) <= RANGE_MAX_M
    if kind_b == DIRECTION:
        return crossing_plane(frame_b, b, frame_a, az_a, 0.0, out)
    return crossing_plane(frame_a, a, frame_b, az_b, raised, out)


@kernel
def crossing_plane(frame: Floats, ray: Floats, frame_b: Floats, az_b: Floats, raised_m: float, out: Floats) -> bool:
    """Write where a ray from one station, raised by so much, pierces the upright plane of another one's azimuth."""
    normal, forward, gap = np.empty(3), np.empty(3), np.empty(3)
    for c in range(3):
        normal[c] = float(az_b[3]) * float(frame_b[1, c]) - float(az_b[2]) * float(frame_b[2, c])
        forward[c] = float(az_b[2]) * float(frame_b[1, c]) + float(az_b[3]) * float(frame_b[2, c])
        gap[c] = float(frame_b[0, c]) - float(frame[0, c]) - raised_m * float(frame[3, c])
    sine = _dot(normal, ray)
    if abs(sine) < SINE_MIN:
        return False
    s = _dot(normal, gap) / sine
    if not RANGE_MIN_M <= s <= RANGE_MAX_M:
        return False
    for c in range(3):
        out[c] = float(frame[0, c]) + raised_m * float(frame[3, c]) + s * float(ray[c])
        gap[c] = float(out[c]) - float(frame_b[0, c])
    return RANGE_MIN_M <= _dot(forward, gap) <= RANGE_MAX_M


@kernel
def _seen_from(columns: Columns, s: int, x: Floats) -> bool:
    """Say whether a sensor may see a place: in its coverage, where that is declared."""
    if columns.marks[s, COVERS] == 0:
        return True
    return visible(columns, s, float(x[0]), float(x[1]), float(x[2]))


@kernel
def _nearest(rows: Rows, u: int, t: float) -> int:
    """Return the look of a sensor nearest in time, the later one of two; -1: none within PAIR_NS."""
    best, least = -1, PAIR_NS / 1e9
    for look in range(int(rows.first[u]), int(rows.first[u + 1])):
        apart = abs(float(rows.t[rows.begin[look]]) - t)
        if apart <= least:
            best, least = look, apart
    return best


@kernel
def crossings(columns: Columns, rows: Rows) -> tuple[Floats, Ints, int]:
    """Return the crossings in the window, (k, 4): place and time (s); their two rows (k, 2); how many found no room."""
    found, pair = np.empty((SEEDS_MAX, 4)), np.empty((SEEDS_MAX, 2), np.int64)
    mine, theirs, place = np.empty(SEED_ROWS, np.int64), np.empty(SEED_ROWS, np.int64), np.empty(3)
    count, over = 0, 0
    sensors = int(rows.first.shape[0]) - 1
    quota = SEEDS_MAX // max(1, sensors * (sensors - 1) // 2)
    for u in range(sensors):
        for v in range(u + 1, sensors):
            room = quota
            looks = int(rows.first[u + 1]) - int(rows.first[u])
            stride = (looks + SEED_LOOKS - 1) // SEED_LOOKS
            for back in range(0, looks, max(1, stride)):
                look = int(rows.first[u + 1]) - 1 - back
                other = _nearest(rows, v, float(rows.t[rows.begin[look]]))
                if other < 0:
                    continue
                some, more = _chosen(rows, look, mine), _chosen(rows, other, theirs)
                s, w = int(rows.sensor[look]), int(rows.sensor[other])
                for a in range(some):
                    for b in range(more):
                        i, j = int(mine[a]), int(theirs[b])
                        if rows.tx[i] >= 0 and rows.tx[j] >= 0 and rows.tx[i] != rows.tx[j]:
                            continue
                        if not crossing(
                            columns.frame[s], rows.az[i], rows.el[i], int(rows.kind[i]),
                            columns.frame[w], rows.az[j], rows.el[j], int(rows.kind[j]), place,
                        ) or not _seen_from(columns, s, place) or not _seen_from(columns, w, place):  # fmt: skip
                            continue
                        if room == 0:
                            over += 1
                            continue
                        room -= 1
                        for c in range(3):
                            found[count, c] = place[c]
                        found[count, 3] = 0.5 * (float(rows.t[i]) + float(rows.t[j]))
                        pair[count, 0], pair[count, 1] = i, j
                        count += 1
    return found[:count], pair[:count], over


@kernel
def motions(columns: Columns, rows: Rows, seeds: Floats, pair: Ints) -> tuple[Floats, int]:
    """Return straight motions (k, 6) for the newest time, and how many found no time to be tried.

    Of each recent crossing the likeliest that leads to it from an older one, or that stands still; the best of them.
    """
    best, score = np.zeros((FITTED_MAX, 6)), np.empty(FITTED_MAX)
    x, likeliest = np.empty(6), np.empty(6)
    hit, gain = np.empty(rows.sensor.shape[0], np.int64), np.empty(rows.sensor.shape[0])
    count, over, recent = 0, 0, 0
    for i in range(seeds.shape[0]):
        if float(seeds[i, 3]) * 1e9 >= -RECENT_NS:
            recent += 1
    quota = TRIALS_MAX // max(1, recent)
    for i in range(seeds.shape[0]):
        if float(seeds[i, 3]) * 1e9 < -RECENT_NS:
            continue
        room, most = max(2, quota), 0.0
        for j in range(-1, seeds.shape[0]):
            if not _join(seeds, i, j, x) or (j >= 0 and not _same_tx(rows.tx, pair, i, j)):
                continue
            if room == 0:
                over += 1
                continue
            room -= 1
            value = score_of(columns, rows, x, 2.0, hit, gain)
            if value > most:
                most = value
                for c in range(6):
                    likeliest[c] = x[c]
        if most > 0.0:
            count = _insert(best, score, count, likeliest, most)
    return best[:count], over


@kernel
def _insert(best: Floats, score: Floats, count: int, x: Floats, value: float) -> int:
    """Put a motion where its score belongs, after equals; returns how many there are now."""
    k = count
    while k > 0 and float(score[k - 1]) < value:
        if k < FITTED_MAX:
            score[k] = score[k - 1]
            for c in range(6):
                best[k, c] = best[k - 1, c]
        k -= 1
    if k < FITTED_MAX:
        score[k] = value
        for c in range(6):
            best[k, c] = x[c]
        count = min(count + 1, FITTED_MAX)
    return count


@kernel
def _join(seeds: Floats, i: int, j: int, x: Floats) -> bool:
    """Write the motion from crossing j to crossing i, for time 0; j = -1: standing still. False: too fast, too near."""
    speed2, age = 0.0, -float(seeds[i, 3])
    between = 1.0 if j < 0 else float(seeds[i, 3]) - float(seeds[j, 3])
    if between * 1e9 < BASE_NS:
        return False
    for c in range(3):
        v = 0.0 if j < 0 else (float(seeds[i, c]) - float(seeds[j, c])) / between
        speed2 += v * v
        x[c], x[c + 3] = float(seeds[i, c]) + v * age, v
    return speed2 <= SPEED_MAX_MPS * SPEED_MAX_MPS


@kernel
def _same_tx(tx: Ints, pair: Ints, i: int, j: int) -> bool:
    one, other = max(int(tx[pair[i, 0]]), int(tx[pair[i, 1]])), max(int(tx[pair[j, 0]]), int(tx[pair[j, 1]]))
    return one < 0 or other < 0 or one == other


@kernel
def score_of(columns: Columns, rows: Rows, x: Floats, stretch: float, hit: Ints, gain: Floats) -> float:
    """Return the log-likelihood ratio of a motion against misses and clutter only.

    Writes of each look which bearing is its own (`hit`; MISSED; TOLD: a track explains what is there) and what that is
    worth to it (`gain`), both (l,).

    Each look is a mixture: the target was missed, or one of the bearings is its own. A look in vain counts where the
    sensor's detection is declared for the place, unless a bearing there is explained by another track. `stretch`
    multiplies the variances.
    """
    total = 0.0
    for u in range(rows.first.shape[0] - 1):
        s = int(rows.sensor[rows.first[u]])
        frame = columns.frame[s]
        known = detection(columns, s, float(x[0]), float(x[1]), float(x[2]))
        pd = min(known, PD_MAX)
        if known <= 0.0:
            pd = PD_ASSUMED if _seen_from(columns, s, x) else 1e-3
        for look in range(int(rows.first[u]), int(rows.first[u + 1])):
            total += _look(columns, rows, frame, s, look, x, pd, known, stretch, hit, gain)
    return total


@kernel
def _look(
    columns: Columns, rows: Rows, frame: Floats, s: int, look: int, x: Floats, pd: float, known: float, stretch: float,
    hit: Ints, gain: Floats,
) -> float:  # fmt: skip
    """Return what one look says of a motion; writes which bearing is its own, and what it is worth."""
    hit[look], gain[look] = MISSED, 0.0
    ratio, most, told, free = 0.0, 0.0, False, 0
    t, e, n, up, g2, r = math.nan, 0.0, 0.0, 0.0, 0.0, 0.0
    begin, end = int(rows.begin[look]), int(rows.begin[look + 1])
    for i in range(begin, end):
        if float(rows.free[i]) >= FREE_MIN:
            free += 1
    for i in range(begin, end):
        if int(rows.kind[i]) == LOOKED:
            continue
        if float(rows.t[i]) != t:
            t = float(rows.t[i])
            e, n, up = ecef_to_enu(
                frame, float(x[0]) + float(x[3]) * t, float(x[1]) + float(x[4]) * t, float(x[2]) + float(x[5]) * t
            )
            g2 = max(e * e + n * n, 1.0)
            r = math.sqrt(g2 + up * up)
        sine, cosine = float(rows.az[i, 2]), float(rows.az[i, 3])
        if sine * e + cosine * n <= 0.0:
            continue
        swerve = 0.5 * SWERVE_MPS2 * t * t
        off = sine * n - cosine * e  # across the bearing, m
        across = stretch * (float(rows.az[i, 1]) * g2 + swerve * swerve)
        distance2 = off * off / across
        density = math.sqrt(_TWO_PI * across / g2)
        false = max(float(columns.numbers[s, CLUTTER]), (free - 1) / _TWO_PI)
        if int(rows.kind[i]) == DIRECTION:
            g = math.sqrt(g2)
            off = float(rows.el[i, 2]) * g - float(rows.el[i, 3]) * up
            across = stretch * (float(rows.el[i, 1]) * r * r + swerve * swerve)
            distance2 += off * off / across
            density = density * math.sqrt(_TWO_PI * across) / r
        if distance2 > GATE2:
            continue
        if float(rows.free[i]) < FREE_MIN:
            told = True
            continue
        value = float(rows.free[i]) * exp(-0.5 * distance2) / (density * max(false, 1e-6))
        ratio += value
        if value > most:
            most = value
            hit[look] = i
    missed = 0.0 if told or known <= 0.0 else log(1.0 - pd)
    if hit[look] < 0:
        hit[look] = TOLD if told else MISSED
        return missed
    worth = log(1.0 - pd + pd * ratio)
    spare = ratio - most
    gain[look] = worth - (missed if spare <= 0.0 else max(missed, log(1.0 - pd + pd * spare)))
    return worth


@kernel
def bearing_row(frame: Floats, x: float, y: float, z: float, az: float, h: Floats) -> float:
    """Return how far an azimuth is from that of an earth-centred place; writes its gradient there, (3,), rad/m."""
    e, n, _ = ecef_to_enu(frame, x, y, z)
    g2 = max(e * e + n * n, 1.0)
    for c in range(3):
        h[c] = (n * float(frame[1, c]) - e * float(frame[2, c])) / g2
    off = float(az) - atan2(e, n)
    return off - _TWO_PI * math.floor(off / _TWO_PI + 0.5)


@kernel
def elevation_row(frame: Floats, x: float, y: float, z: float, el: float, h: Floats) -> float:
    """Return the same for an elevation."""
    e, n, up = ecef_to_enu(frame, x, y, z)
    g = math.sqrt(max(e * e + n * n, 1.0))
    r2 = g * g + up * up
    for c in range(3):
        level = (e * float(frame[1, c]) + n * float(frame[2, c])) / g
        h[c] = (g * float(frame[3, c]) - up * level) / r2
    return float(el) - atan2(up, g)


@kernel
def _take(info: Floats, right: Floats, h: Floats, t: float, off: float, var: float) -> None:
    """Add one scalar measurement of a motion at time t to the normal equations."""
    for i in range(6):
        a = float(h[i % 3]) * (1.0 if i < 3 else t)
        right[i] = float(right[i]) + a * off / var
        for j in range(6):
            info[i, j] = float(info[i, j]) + a * float(h[j % 3]) * (1.0 if j < 3 else t) / var


@kernel
def _prior(frame: Floats, x: Floats, info: Floats, right: Floats) -> float:
    """Set the normal equations to what is known beforehand; returns the log-density of it at x but for births.

    Up about HEIGHT_M above the first station, with UP_SIGMA_UNKNOWN_M; speed about zero; level next to nothing.
    """
    up = frame[3]
    height = HEIGHT_M - ecef_to_enu(frame, float(x[0]), float(x[1]), float(x[2]))[2]
    climb = float(x[3]) * float(up[0]) + float(x[4]) * float(up[1]) + float(x[5]) * float(up[2])
    up_info = 1.0 / (UP_SIGMA_UNKNOWN_M * UP_SIGMA_UNKNOWN_M)
    slow, flat = 1.0 / (SPEED_SIGMA_MPS * SPEED_SIGMA_MPS), 1.0 / (CLIMB_SIGMA_MPS * CLIMB_SIGMA_MPS)
    square = 0.0
    for i in range(3):
        right[i] = up_info * height * float(up[i])
        right[i + 3] = -slow * float(x[i + 3]) - (flat - slow) * climb * float(up[i])
        square += float(x[i + 3]) * float(x[i + 3])
        for j in range(3):
            same = 1.0 if i == j else 0.0
            outer = float(up[i]) * float(up[j])
            info[i, j] = up_info * outer + 1e-10 * same
            info[i + 3, j + 3] = slow * same + (flat - slow) * outer
            info[i, j + 3], info[i + 3, j] = 0.0, 0.0
    spread = log(UP_SIGMA_UNKNOWN_M * SPEED_SIGMA_MPS * SPEED_SIGMA_MPS * CLIMB_SIGMA_MPS)
    quadratic = up_info * height * height + slow * (square - climb * climb) + flat * climb * climb
    return -0.5 * quadratic - spread - 2.0 * _LOG_2PI


@kernel
def _factor(info: Floats, lower: Floats) -> float:
    """Write the Cholesky factor of a (6, 6) matrix; returns the logarithm of its determinant, NaN if it has none."""
    size = 0.0
    for i in range(6):
        for j in range(i + 1):
            total = float(info[i, j])
            for k in range(j):
                total -= float(lower[i, k]) * float(lower[j, k])
            if i == j:
                if not total > 0.0:
                    return math.nan
                lower[i, i] = math.sqrt(total)
                size += log(total)
            else:
                lower[i, j] = total / float(lower[j, j])
    return size


@kernel
def _solve(lower: Floats, right: Floats, out: Floats) -> None:
    for i in range(6):
        total = float(right[i])
        for k in range(i):
            total -= float(lower[i, k]) * float(out[k])
        out[i] = total / float(lower[i, i])
    for i in range(5, -1, -1):
        total = float(out[i])
        for k in range(i + 1, 6):
            total -= float(lower[k, i]) * float(out[k])
        out[i] = total / float(lower[i, i])


@kernel
def fitted(columns: Columns, rows: Rows, x: Floats, p: Floats, hit: Ints, gain: Floats) -> float:
    """Fit a motion x (6,) in place and write its covariance p, `hit` and `gain`; returns its log-evidence.

    ROUNDS of Gauss-Newton, each on the bearings that are nearest then. The evidence is Laplace's: likelihood ratio and
    prior at the best motion, times the volume of its posterior. NaN where it cannot be fitted.
    """
    info, lower, right, step = np.empty((6, 6)), np.zeros((6, 6)), np.empty(6), np.empty(6)
    home = columns.frame[int(rows.sensor[0])]
    size = math.nan
    for turn in range(ROUNDS):
        score_of(columns, rows, x, 2.0 if turn < 2 else 1.0, hit, gain)
        _prior(home, x, info, right)
        _gather(columns, rows, x, hit, info, right)
        size = _factor(info, lower)
        if math.isnan(size):
            return math.nan
        _solve(lower, right, step)
        for c in range(6):
            limit = 3000.0 if c < 3 else 60.0
            x[c] = float(x[c]) + max(-limit, min(limit, float(step[c])))
    for c in range(6):
        for k in range(6):
            right[k] = 1.0 if k == c else 0.0
        _solve(lower, right, step)
        for k in range(6):
            p[k, c] = step[k]
    for i in range(6):
        for j in range(i):
            p[i, j] = p[j, i]
    speed2 = float(x[3]) * float(x[3]) + float(x[4]) * float(x[4]) + float(x[5]) * float(x[5])
    if not speed2 <= SPEED_MAX_MPS * SPEED_MAX_MPS:
        return math.nan
    likelihood = score_of(columns, rows, x, 1.0, hit, gain)
    return likelihood + _prior(home, x, info, right) + log(BIRTHS_PER_M2) - 0.5 * size + 3.0 * _LOG_2PI


@kernel
def _gather(columns: Columns, rows: Rows, x: Floats, hit: Ints, info: Floats, right: Floats) -> None:
    """Add the bearings that a motion has hit to its normal equations."""
    h = np.empty(3)
    for look in range(hit.shape[0]):
        i = int(hit[look])
        if i < 0:
            continue
        frame, t = columns.frame[int(rows.sensor[look])], float(rows.t[i])
        px, py, pz = (
            float(x[0]) + float(x[3]) * t,
            float(x[1]) + float(x[4]) * t,
            float(x[2]) + float(x[5]) * t,
        )
        e, n, up = ecef_to_enu(frame, px, py, pz)
        g2 = max(e * e + n * n, 1.0)
        swerve = 0.5 * SWERVE_MPS2 * t * t
        off = bearing_row(frame, px, py, pz, float(rows.az[i, 0]), h)
        _take(info, right, h, t, off, float(rows.az[i, 1]) + swerve * swerve / g2)
        if int(rows.kind[i]) == DIRECTION:
            off = elevation_row(frame, px, py, pz, float(rows.el[i, 0]), h)
            _take(info, right, h, t, off, float(rows.el[i, 1]) + swerve * swerve / (g2 + up * up))


@kernel
def crossed(columns: Columns, sensors: Ints, x: Floats) -> bool:
    """Say whether a place lies in the coverage of all these sensors and two of them see it from different sides."""
    lines = np.empty((sensors.shape[0], 3))
    for k in range(sensors.shape[0]):
        s = int(sensors[k])
        if not _seen_from(columns, s, x):
            return False
        total = 0.0
        for c in range(3):
            lines[k, c] = float(x[c]) - float(columns.frame[s, 0, c])
            total += float(lines[k, c]) * float(lines[k, c])
        for c in range(3):
            lines[k, c] = float(lines[k, c]) / math.sqrt(max(total, 1.0))
    for k in range(sensors.shape[0]):
        for m in range(k):
            cosine = _dot(lines[k], lines[m])
            if 1.0 - cosine * cosine >= SINE_MIN * SINE_MIN:
                return True
    return False


@kernel
def likely(columns: Columns, rows: Rows, x: Floats, hit: Ints) -> bool:
    """Say whether no station sees a motion in its coverage so rarely that its detection makes it next to impossible.

    The binomial tail of its looks, of which more than LOOKS_COUNTED count as that many: they are not independent.
    """
    for u in range(rows.first.shape[0] - 1):
        s = int(rows.sensor[rows.first[u]])
        pd = min(detection(columns, s, float(x[0]), float(x[1]), float(x[2])), PD_MAX)
        seen, looks = 0, 0
        for look in range(int(rows.first[u]), int(rows.first[u + 1])):
            if int(hit[look]) != TOLD:
                looks += 1
            if int(hit[look]) >= 0:
                seen += 1
        if looks > LOOKS_COUNTED:
            seen, looks = (seen * LOOKS_COUNTED + looks - 1) // looks, LOOKS_COUNTED
        term = 1.0
        for _ in range(looks):
            term = term * (1.0 - pd)
        tail = term
        for k in range(seen):
            term = term * (pd / (1.0 - pd)) * (looks - k) / (k + 1)
            tail += term
        if tail < LIKELY_MIN:
            return False
    return True


@kernel
def same_place(up: Floats, x: Floats, p: Floats, other: Floats) -> bool:
    """Say whether another motion is, seen from above, within four standard deviations of x; p (6, 6) is that of x."""
    rise, square, var = 0.0, 0.0, 0.0
    for i in range(3):
        off = float(other[i]) - float(x[i])
        rise += float(up[i]) * off
        square += off * off
        var += float(p[i, i])
        for j in range(3):
            var -= float(up[i]) * float(p[i, j]) * float(up[j])
    return square - rise * rise <= GATE2 * var


@kernel
def _contest(hit: Ints, gain: Floats, cost: Floats) -> None:
    """Write what two motions lose by both being there, (n, n): in each look that they share, the lesser gain."""
    for i in range(hit.shape[0]):
        for j in range(i):
            total = 0.0
            for look in range(hit.shape[1]):
                if hit[i, look] >= 0 and hit[i, look] == hit[j, look]:
                    total += max(0.0, min(float(gain[i, look]), float(gain[j, look])))
            cost[i, j], cost[j, i] = total, total


@kernel
def _complete(odds: Floats, cost: Floats, member: Ints, depth: int) -> bool:
    """Say whether no motion could join this set without costing more than it is worth."""
    for k in range(odds.shape[0]):
        inside, loss = float(odds[k]) <= 0.0, 0.0
        for d in range(depth):
            inside = inside or int(member[d]) == k
            loss += float(cost[k, member[d]])
        if not inside and (loss == 0.0 or loss < float(odds[k])):
            return False
    return True


@kernel
def sets(odds: Floats, cost: Floats, out: Floats) -> bool:
    """Write the probability of each of n motions (n,), given their log-odds and what each two lose together (n, n).

    Every set is visited, depth first, but those in which a motion costs others more than it is worth itself. The weight
    of a set is the product of its odds over its losses. A motion gets the lesser of two probabilities: among all sets,
    which asks whether there is anything at all; and among those that nothing can join, with TEMPER, which asks whether
    it or its rivals are there. Between rivals small differences mean little, for motions are not straight and errors
    not independent (a coarsened posterior: Miller, Dunson 2019). False where there are more than SETS_MAX sets.
    """
    count = odds.shape[0]
    member, added = np.empty(count + 1, np.int64), np.empty(count + 1)
    rival = np.zeros(count)
    most = 0.0
    for both in range(2):  # first the greatest weight, then the sums
        total, rivals, weight, depth, k, visited = exp(-most), 0.0, 0.0, 0, 0, 0
        for i in range(count):
            out[i] = 0.0
        while k < count or depth > 0:
            if k == count:
                depth -= 1
                weight -= float(added[depth])
                k = int(member[depth]) + 1
                continue
            loss = 0.0
            for d in range(depth):
                loss += float(cost[k, member[d]])
            if loss == 0.0 or loss < float(odds[k]):
                visited += 1
                if visited > SETS_MAX:
                    return False
                member[depth], added[depth] = k, float(odds[k]) - loss
                weight += float(added[depth])
                depth += 1
                if both == 0:
                    most = max(most, weight)
                else:
                    share = exp(weight - most)
                    total += share
                    whole = exp((weight - most) / TEMPER) if _complete(odds, cost, member, depth) else 0.0
                    rivals += whole
                    for d in range(depth):
                        out[member[d]] = float(out[member[d]]) + share
                        rival[member[d]] = float(rival[member[d]]) + whole
            k += 1
        if both == 1:
            for i in range(count):
                out[i] = min(float(out[i]) / total, float(rival[i]) / rivals if rivals > 0.0 else 1.0)
    return True
