"""The last seconds, slot by slot: a late report joins the slot that it was measured in.

Sensor time is cut into slots. The rows after each slot are kept as long as a report may still join it or an earlier
one; older slots are settled for good. Within a slot each sensor's reports are looks, in an order that delivery cannot
change.
"""

from __future__ import annotations

import bisect
import dataclasses
import itertools

import numpy as np
import numpy.typing as npt

from skykeep.geo.kernel import kernel
from skykeep.watch import look as looking
from skykeep.watch import packed as rep
from skykeep.watch.edges import coarse
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.rows import (
    BORN,
    BORN_NS,
    EVIDENCE,
    FLOATS,
    HEARD_NS,
    INTS,
    REPORTS,
    SEEN,
    SEEN_NS,
    TX,
    TX_SENSOR,
    TX_WEIGHT,
    UID,
    R,
    no_rows,
    widened,
)
from skykeep.watch.sensors import Sensors
from skykeep.watch.settings import WatchSettings
from skykeep.watch.triangulate import Start

_SAYS = (rep.COV, rep.COV + 3, rep.COV + 5, rep.SIGMA, rep.VEL, rep.VEL + 1, rep.VEL_VAR)  # besides the place
Bools = npt.NDArray[np.bool_]
_WIDE = 2.0  # times the gate: a row moves by less than its gate within a slot
_COUNTS = 1e-3  # an edge less probable than this is not told of
_PASSES = 8  # over the reports of a sensor that reports as they come: more radios of one aircraft than that are dropped
WEAK = 1e-3  # a row less probable than this is no more


def parameters(settings: WatchSettings) -> Floats:
    """Return what the kernels take of the settings; columns as named in `look`."""
    params = np.zeros(looking.PARAMETERS)
    params[looking.GATE_D2] = 25.0
    params[looking.GATE_M] = settings.gate_m
    params[looking.SPEED_MAX] = settings.speed_max_mps
    params[looking.SPEED_MAX_MANNED] = settings.speed_max_manned_mps
    params[looking.SWITCH_RATE] = settings.mode_changes_per_s
    params[looking.DEATH_RATE] = 1.0 / settings.flight_mean_s
    params[looking.BIRTH_M2_S] = settings.births_per_km2_h / 3.6e9
    params[looking.SELF_DENSITY] = 1e-13
    params[looking.SELF_R] = settings.self_report_probability
    params[looking.SELF_CAP] = settings.self_report_odds
    params[looking.ROUNDS] = settings.rounds
    params[looking.BOUND_ELSEWHERE] = 1e-3
    params[looking.R_BIRTH_MIN] = 1e-3
    levels = (settings.hover_noise_m2ps3, settings.smooth_noise_m2ps3, settings.agile_noise_m2ps3)
    for k, level in enumerate(levels):
        first = looking.NOISE + 3 * k
        params[first : first + 3] = level, level * settings.up_noise_share, settings.hover_damping_s if k == 0 else 0.0
    return params


@dataclasses.dataclass(slots=True)
class Slot:
    """One slot: its reports in order, the rows after it, and which report was of which row."""

    number: int  # sensor time over the slot's length
    rf: Floats
    ri: Ints
    f: Floats
    i: Ints
    edges: Ints  # (e, 2): number of the report, number of the row
    p: Floats  # (e,)
    p_free: Floats  # of each report, that it is of no row
    looks: Ints  # (k, 2): sensor and time of looks at all that a sensor covers, also of those that saw nothing
    merges: list[tuple[int, int]] = dataclasses.field(default_factory=list)  # numbers of rows: this one became that one
    all_anew: bool = True  # it never ran, or something new concerns every row
    known: int = 0  # reports with numbers below this were in it when it ran last


@dataclasses.dataclass(slots=True)
class Window:
    """What is settled, and the slots that are not; `next_uid` numbers reports."""

    f: Floats
    i: Ints
    slots: list[Slot] = dataclasses.field(default_factory=list)
    next_uid: int = 1
    horizon_ns: int = -(2**63)

    def newest(self) -> tuple[Floats, Ints]:
        """Return the rows after the last slot."""
        return (self.slots[-1].f, self.slots[-1].i) if self.slots else (self.f, self.i)


def no_window() -> Window:
    """Return a window without rows."""
    return Window(*no_rows())


def take(
    window: Window, rf: Floats, ri: Ints, looks: Ints, sensors: Sensors, settings: WatchSettings, params: Floats
) -> list[Slot]:
    """Put reports into their slots and run again what they touch; return the slots that were run.

    `looks` (k, 2): sensor and time of each look at all that a sensor covers, whether it saw anything or not.
    """
    slot_ns = settings.slot_ms * 1_000_000
    numbers, of_look = ri[:, rep.T_NS] // slot_ns, looks[:, 1] // slot_ns
    earliest = None
    for number in np.unique(np.concatenate([numbers, of_look])).tolist():
        mine, seen = numbers == number, of_look == number
        if _join(window, number, rf[mine], ri[mine], looks[seen], sensors, slot_ns):
            earliest = number if earliest is None else min(earliest, number)
    if earliest is None:
        return []
    first = bisect.bisect_left([slot.number for slot in window.slots], earliest)
    run_from(window, first, sensors, settings, params)
    return window.slots[first:]


def run_from(window: Window, first: int, sensors: Sensors, settings: WatchSettings, params: Floats) -> None:
    """Run the slots from one on over the rows before it: of a slot that ran before only what can come out otherwise."""
    slot_ns = settings.slot_ms * 1_000_000
    f, i = (window.slots[first - 1].f, window.slots[first - 1].i) if first else (window.f, window.i)
    changed = _Changed(f, i, np.zeros(len(f), np.bool_), np.zeros(0, np.int64))
    for slot in window.slots[first:]:
        changed = _without_old(changed, slot.number * slot_ns - keep_ns(settings))
        changed = _run(slot, changed, sensors, slot_ns, params)


def keep_ns(settings: WatchSettings) -> int:
    """Return how long a row is kept after its last report."""
    return int((settings.silence_max_s + settings.forget_after_s) * 1e9)


def forget_old(window: Window, settled_ns: int, settings: WatchSettings) -> None:
    """Drop what is settled and was not heard of for long, up to the time from which on reports may still come."""
    old = window.i[:, HEARD_NS] < settled_ns - keep_ns(settings)
    if old.any():
        window.f, window.i = window.f[~old], window.i[~old]


def _without_old(changed: _Changed, before_ns: int) -> _Changed:
    """Return the rows that were heard of since."""
    kept = changed.i[:, HEARD_NS] >= before_ns
    if kept.all():
        return changed
    return dataclasses.replace(changed, f=changed.f[kept], i=changed.i[kept], fresh=changed.fresh[kept])


@dataclasses.dataclass(slots=True)
class _Changed:
    """The rows before a slot as they are now, which of them are not as they were, and which were otherwise then."""

    f: Floats
    i: Ints
    fresh: Bools  # (n,) new, or not as when the slot ran last
    were: Ints  # rows of `old_f`, `old_i` that changed or are no more
    old_f: Floats | None = None  # None: as now
    old_i: Ints | None = None


def _join(window: Window, number: int, rf: Floats, ri: Ints, looks: Ints, sensors: Sensors, slot_ns: int) -> bool:
    """Add reports and looks to a slot, each once; True where any was new."""
    at = bisect.bisect_left([slot.number for slot in window.slots], number)
    there = at < len(window.slots) and window.slots[at].number == number
    before = (0, 0)
    if there:
        old = window.slots[at]
        before = len(old.ri), len(old.looks)
        rf, ri = np.concatenate([old.rf, rf]), np.concatenate([old.ri, ri])
        looks = np.concatenate([old.looks, looks])
    order = _order(rf, ri, sensors, slot_ns)
    rf, ri = rf[order], ri[order]
    fresh = _fresh(rf, ri)
    rf, ri, looks = rf[fresh], ri[fresh], np.unique(looks, axis=0)
    if there:
        if before == (len(ri), len(looks)):
            return False
        old.all_anew = old.all_anew or before[1] != len(looks) or _new_whole(old.ri, ri, sensors)
        old.rf, old.ri, old.looks = rf, ri, looks
        return True
    empty_f, empty_i = no_rows()
    no_edges, nothing = np.zeros((0, 2), np.int64), np.zeros(0)
    window.slots.insert(at, Slot(number, rf, ri, empty_f, empty_i, no_edges, nothing, nothing, looks))
    return True


def _new_whole(old: Ints, new: Ints, sensors: Sensors) -> bool:
    """Whether a sensor that looks at all at once gave a look that was not known: it concerns every row."""
    looks = [{(s, t) for s, t in ri[:, [rep.SENSOR, rep.T_NS]].tolist() if sensors.whole[s]} for ri in (old, new)]
    return not looks[1] <= looks[0]


def _look_ns(ri: Ints, sensors: Sensors, slot_ns: int) -> Ints:
    """Return what time each report's look is for: its own where a sensor looks at all at once, else the slot's end."""
    whole = sensors.whole[ri[:, rep.SENSOR]] == 1
    return np.where(whole, ri[:, rep.T_NS], (ri[:, rep.T_NS] // slot_ns + 1) * slot_ns)


def _order(rf: Floats, ri: Ints, sensors: Sensors, slot_ns: int) -> Ints:
    """Return the order of a slot's reports: by look, then by what they say, never by when they were delivered."""
    content = [rf[:, column] for column in (*_SAYS[::-1], 2, 1, 0)]
    keys = (ri[:, rep.UID], ri[:, rep.TX], ri[:, rep.CLAIM], *content, ri[:, rep.T_NS])
    return np.lexsort((*keys, sensors.rank[ri[:, rep.SENSOR]], _look_ns(ri, sensors, slot_ns)))


def _fresh(rf: Floats, ri: Ints) -> Ints:
    """Return the rows that are no repetition of the one before: same sensor, time, transmitter and measurement.

    Of a polar plot the raw measurement is compared: where that puts it may have changed with its sensor's known bias.
    """
    if len(ri) < 2:
        return np.arange(len(ri))
    named = [rep.SENSOR, rep.T_NS, rep.TX, rep.CLAIM, rep.KIND]
    same = (ri[1:, named] == ri[:-1, named]).all(axis=1)
    raw = rf[:, rep.POLAR : rep.POLAR + 3]
    polar = ~np.isnan(raw[:, 1])
    both = polar[1:] & polar[:-1]
    equal = (raw[1:] == raw[:-1]) | (np.isnan(raw[1:]) & np.isnan(raw[:-1]))
    placed = [0, 1, 2, *_SAYS]
    same &= np.where(both, equal.all(axis=1), (rf[1:][:, placed] == rf[:-1][:, placed]).all(axis=1))
    return np.flatnonzero(np.concatenate([[True], ~same]))


def _looks(slot: Slot, sensors: Sensors, slot_ns: int) -> list[tuple[int, int, int, int, int]]:
    """Return each look of a slot, in order: its time, the sensor's rank, the sensor, and its reports from - to."""
    at_ns, sensor = _look_ns(slot.ri, sensors, slot_ns), slot.ri[:, rep.SENSOR]
    new = np.flatnonzero((at_ns[1:] != at_ns[:-1]) | (sensor[1:] != sensor[:-1])) + 1
    bounds = [0, *new.tolist(), len(sensor)] if len(sensor) else [0]
    found = []
    for low, high in itertools.pairwise(bounds):
        s = int(sensor[low])
        found.append((int(at_ns[low]), int(sensors.rank[s]), s, low, high))
    filled = {(t_ns, s) for t_ns, _, s, _, _ in found}
    found += [
        (t_ns, int(sensors.rank[s]), s, 0, 0)
        for s, t_ns in slot.looks.tolist()
        if sensors.whole[s] and (t_ns, s) not in filled
    ]
    found.sort()
    return found


def _run(slot: Slot, before: _Changed, sensors: Sensors, slot_ns: int, params: Floats) -> _Changed:
    """Run a slot over the rows before it, all of it or only what can come out otherwise; say which rows did."""
    i = widened(before.i, len(sensors))
    active, concerned = np.ones(len(i), np.bool_), np.ones(len(slot.ri), np.bool_)
    if not slot.all_anew and not slot.merges:
        active, concerned = _reach(slot, before, i, sensors, slot_ns)
    f, i, held = before.f.copy(), i.copy(), len(i)
    f, i, edges, p = _look_all(slot, f, i, active, concerned, sensors, slot_ns, params)
    known = ~concerned
    kept = ~np.isin(slot.edges[:, 0], slot.ri[concerned, rep.UID])
    slot.edges, slot.p = np.concatenate([slot.edges[kept], edges]), np.concatenate([slot.p[kept], p])
    for gone, into in slot.merges:
        _merge(f, i, gone, into)
    after = _after(slot, f, i, active, held, slot.ri[known, rep.UID])
    slot.all_anew, slot.known = False, int(slot.ri[:, rep.UID].max(initial=slot.known - 1)) + 1
    changed = _differing(slot.f, slot.i, *after)
    slot.f, slot.i = after
    return changed


def _reach(slot: Slot, before: _Changed, i: Ints, sensors: Sensors, slot_ns: int) -> tuple[Bools, Bools]:
    """Return the rows, and the reports, that what changed may reach: the clusters of a gate twice as wide as used.

    A row that changed reaches the reports near it, now and as it was; a report that is new or reached reaches the rows
    near it, and so on. What a slot does to any other row cannot have changed.
    """
    active = before.fresh.copy()
    concerned = slot.ri[:, rep.UID] >= slot.known
    rows, reports = _near(slot, before.f, i, np.arange(len(i)), sensors, slot_ns)
    if before.old_f is not None and before.old_i is not None and len(before.were):
        old_i = widened(before.old_i, len(sensors))
        _, reached = _near(slot, before.old_f, old_i, before.were, sensors, slot_ns)
        concerned[reached] = True
    begun_at, beside = _near_births(slot, sensors, slot_ns)
    spread(rows, reports, begun_at, beside, active, concerned)
    return active, concerned


def _near_births(slot: Slot, sensors: Sensors, slot_ns: int) -> tuple[Ints, Ints]:
    """Return the pairs of reports of which one began a row in this slot and the other is near that row."""
    born = np.flatnonzero(np.isin(slot.i[:, UID], slot.ri[:, rep.UID]))
    if not len(born):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    rows, reports = _near(slot, slot.f, widened(slot.i, len(sensors)), born, sensors, slot_ns)
    order = np.argsort(slot.ri[:, rep.UID], kind="stable")
    return order[slot.ri[order, rep.UID].searchsorted(slot.i[rows, UID])], reports


def _near(slot: Slot, f: Floats, i: Ints, rows: Ints, sensors: Sensors, slot_ns: int) -> tuple[Ints, Ints]:
    """Return the pairs of rows and reports of a slot within twice the gate."""
    pairs = []
    columns = (
        slot.ri[:, rep.KIND], slot.rf[:, rep.Z : rep.Z + 3], slot.rf[:, rep.SPREAD : rep.SPREAD + 2], slot.ri[:, rep.TX]
    )  # fmt: skip
    for t_ns, _, s, low, high in _looks(slot, sensors, slot_ns):
        if high > low:
            pairs.append(coarse(f, i, rows, np.arange(low, high), columns, sensors.frame[s], t_ns, _WIDE))
    if not pairs:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate([each for each, _ in pairs]), np.concatenate([each for _, each in pairs])


@kernel
def spread(rows: Ints, reports: Ints, ones: Ints, others: Ints, active: Bools, concerned: Bools) -> None:
    """Mark all rows and reports that are connected with a marked one by pairs, of both or of two reports."""
    grows = True
    while grows:
        grows = False
        for e in range(rows.shape[0]):
            if active[rows[e]] != concerned[reports[e]]:
                active[rows[e]] = True
                concerned[reports[e]] = True
                grows = True
        for e in range(ones.shape[0]):
            if concerned[ones[e]] != concerned[others[e]]:
                concerned[ones[e]] = True
                concerned[others[e]] = True
                grows = True


def _look_all(
    slot: Slot,
    f: Floats,
    i: Ints,
    active: Bools,
    concerned: Bools,
    sensors: Sensors,
    slot_ns: int,
    params: Floats,
) -> tuple[Floats, Ints, Ints, Floats]:
    """Run the looks of a slot for the active rows and the concerned reports; births stand at the end of f and i.

    Returns f and i with them, and the edges that count: report, row, probability.
    """
    columns, held = sensors.columns(), len(f)
    chosen, all_reports = np.flatnonzero(active), bool(concerned.all())
    if len(slot.p_free) != len(slot.ri):
        slot.p_free = np.ones(len(slot.ri))
    edges, probabilities = [np.zeros((0, 2), np.int64)], [np.zeros(0)]
    for t_ns, _, s, low, high in _looks(slot, sensors, slot_ns):
        reports = np.arange(low, high)
        if not all_reports:
            reports = reports[concerned[low:high]]
        whole, period_ns = bool(sensors.whole[s]), int(sensors.period_ns[s])
        for _ in range(_PASSES):
            if not len(reports) and not whole:
                break
            rows = np.concatenate([chosen, np.arange(held, len(f))])
            of_row, report, p, born_f, born_i, reports = looking.look(
                f, i, rows, slot.rf, slot.ri, reports, s, int(sensors.modality[s]),
                t_ns, whole, period_ns, columns, sensors.frame[s], params, slot.p_free,
            )  # fmt: skip
            some = p > _COUNTS
            edges.append(np.column_stack([slot.ri[report[some], rep.UID], i[of_row[some], UID]]))
            probabilities.append(p[some])
            if len(born_f):
                edges.append(np.column_stack([born_i[:, UID], born_i[:, UID]]))
                probabilities.append(np.ones(len(born_f)))
                f, i = np.concatenate([f, born_f]), np.concatenate([i, born_i])
            if whole:
                break
    return f, i, np.concatenate(edges), np.concatenate(probabilities)


def _after(slot: Slot, f: Floats, i: Ints, active: Bools, held: int, known: Ints) -> tuple[Floats, Ints]:
    """Return the rows after a slot: those that were run, and the others as they came out before.

    `known` are the numbers of the reports that were not looked at again: what they began goes on as well.
    """
    if not active.all() or len(known):
        numbers = i[:held][~active, UID]
        old = np.isin(slot.i[:, UID], numbers) | np.isin(slot.i[:, UID], known)
        run = np.concatenate([active, np.ones(len(i) - held, np.bool_)])
        f = np.concatenate([f[run], slot.f[old]])
        i = np.concatenate([i[run], widened(slot.i, i.shape[1] - INTS)[old]])
    alive = f[:, R] >= WEAK
    if not alive.all():
        alive |= np.isin(i[:, UID], slot.ri[:, rep.UID])  # what began in this slot may be another report's yet
    index = np.flatnonzero(alive)
    if len(index) > 1 and (np.diff(i[index, BORN_NS]) <= 0).any():
        names = i[index, UID], f[index, BORN + 2], f[index, BORN + 1], f[index, BORN], i[index, BORN_NS]
        index = index[np.lexsort(names)]
    elif len(index) == len(f):
        return f, i
    return f[index], i[index]


def _differing(old_f: Floats, old_i: Ints, f: Floats, i: Ints) -> _Changed:
    """Return the rows as they are now, with those that are not, bit for bit, as they were."""
    old_i = widened(old_i, i.shape[1] - INTS)
    order = np.argsort(old_i[:, UID], kind="stable")
    place = np.minimum(old_i[order, UID].searchsorted(i[:, UID]), max(len(order) - 1, 0))
    fresh = np.ones(len(i), np.bool_)
    were = np.ones(len(old_i), np.bool_)
    if len(order):
        was = order[place]
        same = old_i[was, UID] == i[:, UID]
        same &= (old_i[was] == i).all(axis=1)
        same &= (old_f.view(np.int64)[was] == f.view(np.int64)).all(axis=1)
        fresh = ~same
        were[was[same]] = False
    return _Changed(f, i, fresh, np.flatnonzero(were), old_f, old_i)


def _merge(f: Floats, i: Ints, gone: int, into: int) -> None:
    """Let one row go on with what another one knows, which is no more."""
    rows = [np.flatnonzero(i[:, UID] == number) for number in (into, gone)]
    if not len(rows[0]) or not len(rows[1]):
        return
    a, b = int(rows[0][0]), int(rows[1][0])
    looking.join(f, i, a, b)
    f[b, R] = 0.0


def merge(window: Window, gone: int, into: int) -> None:
    """Make two rows one, now and whenever the latest slot is run again."""
    if window.slots:
        slot = window.slots[-1]
        slot.merges.append((gone, into))
        f, i = slot.f, slot.i
    else:
        f, i = window.f, window.i
    _merge(f, i, gone, into)
    kept = i[:, UID] != gone
    if window.slots:
        slot.f, slot.i = f[kept], i[kept]
    else:
        window.f, window.i = f[kept], i[kept]


Begun = tuple[Floats, Ints]
"""A row that did not begin with a place: its floats and integers, one row each."""


def begun(uid: int, start: Start, sensors: Sensors) -> Begun:
    """Return the row of a track that only bearings saw."""
    f, i = np.zeros((1, FLOATS)), np.zeros((1, INTS + len(sensors)), np.int64)
    tick, index, item = start.refs[-1]
    looking.begin_motion(f[0], i[0], start.x, start.p, min(start.r, looking.R_MAX), start.t_ns)
    i[0, UID], i[0, REPORTS] = uid, len(start.refs)
    i[0, EVIDENCE : EVIDENCE + 3] = tick, index, item
    for sensor in start.sensors:
        modality = int(sensors.modality[sensor])
        i[0, SEEN_NS + modality] = start.t_ns
        i[0, SEEN + modality] += 1
    if start.tx >= 0:
        i[0, TX], i[0, TX_SENSOR], f[0, TX_WEIGHT] = start.tx, start.sensors[0], 1.0
    return f, i


def start(window: Window, rows: list[Begun], sensors: Sensors, settings: WatchSettings, params: Floats) -> None:
    """Add rows to what is settled, and run the slots that are not over them again."""
    window.f = np.concatenate([window.f, *(f for f, _ in rows)])
    window.i = np.concatenate([widened(window.i, len(sensors)), *(i for _, i in rows)])
    for slot in window.slots:
        slot.all_anew = True
    run_from(window, 0, sensors, settings, params)
