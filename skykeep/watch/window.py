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

from skykeep.watch import look as looking
from skykeep.watch import packed as rep
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.rows import UID, R, no_rows, widened
from skykeep.watch.sensors import Sensors
from skykeep.watch.settings import WatchSettings
from skykeep.watch.triangulate import Start

_SAYS = (rep.COV, rep.COV + 3, rep.COV + 5, rep.SIGMA, rep.VEL, rep.VEL + 1, rep.VEL_VAR)  # besides the place
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
    f, i = (window.slots[first - 1].f, window.slots[first - 1].i) if first else (window.f, window.i)
    for slot in window.slots[first:]:
        f, i = _run(slot, f, i, sensors, slot_ns, params)
    return window.slots[first:]


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
        old.rf, old.ri, old.looks = rf, ri, looks
        return before != (len(ri), len(looks))
    nothing = np.zeros((0, 2), np.int64), np.zeros(0), np.zeros(0)
    window.slots.insert(at, Slot(number, rf, ri, *no_rows(), *nothing, looks))
    return True


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


def _run(slot: Slot, f: Floats, i: Ints, sensors: Sensors, slot_ns: int, params: Floats) -> tuple[Floats, Ints]:
    """Run a slot over the rows before it; keeps and returns the rows after it."""
    f, i = f.copy(), widened(i, len(sensors)).copy()
    slot.p_free = np.ones(len(slot.ri))
    columns = sensors.columns()
    edges, probabilities = [np.zeros((0, 2), np.int64)], [np.zeros(0)]
    for t_ns, _, s, low, high in _looks(slot, sensors, slot_ns):
        reports = np.arange(low, high)
        whole, period_ns = bool(sensors.whole[s]), int(sensors.period_ns[s])
        for _ in range(_PASSES):
            of_row, report, p, born_f, born_i, reports = looking.look(
                f, i, np.arange(len(f)), slot.rf, slot.ri, reports, s, int(sensors.modality[s]),
                t_ns, whole, period_ns, columns, sensors.frame[s], params, slot.p_free,
            )  # fmt: skip
            some = p > 1e-3
            edges.append(np.column_stack([slot.ri[report[some], rep.UID], i[of_row[some], UID]]))
            probabilities.append(p[some])
            if len(born_f):
                edges.append(np.column_stack([born_i[:, UID], born_i[:, UID]]))
                probabilities.append(np.ones(len(born_f)))
                f, i = np.concatenate([f, born_f]), np.concatenate([i, born_i])
            if whole or not len(reports):
                break
    slot.edges, slot.p = np.concatenate(edges), np.concatenate(probabilities)
    for gone, into in slot.merges:
        _merge(f, i, gone, into)
    kept = f[:, R] >= WEAK
    if not kept.all():
        f, i = f[kept], i[kept]
    slot.f, slot.i = f, i
    return f, i


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
    drop(window, np.array([gone], np.int64), newest_only=True)


def drop(window: Window, uids: Ints, *, newest_only: bool = False) -> None:
    """Drop rows by number: everywhere, or from the newest slot only."""
    if not len(uids):
        return
    for slot in window.slots[-1:] if newest_only else window.slots:
        kept = ~np.isin(slot.i[:, UID], uids)
        slot.f, slot.i = slot.f[kept], slot.i[kept]
    if not newest_only or not window.slots:
        kept = ~np.isin(window.i[:, UID], uids)
        window.f, window.i = window.f[kept], window.i[kept]


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
    f, i = window.f, window.i
    for slot in window.slots:
        f, i = _run(slot, f, i, sensors, settings.slot_ms * 1_000_000, params)
