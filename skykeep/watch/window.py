"""The last seconds, slot by slot: a late report joins the slot that it was measured in.

Sensor time is cut into slots. What came out of each is kept as long as a report may still join it or an earlier one;
older slots are settled for good. A slot is run over the rows before it; where it ran before, only what can come out
otherwise is run again.
"""

from __future__ import annotations

import bisect
import dataclasses

import numpy as np
import numpy.typing as npt

from skykeep.geo.kernel import kernel
from skykeep.watch import packed as rep
from skykeep.watch.assume import R_MAX
from skykeep.watch.begin import begin_motion
from skykeep.watch.edges import coarse
from skykeep.watch.finding import found
from skykeep.watch.look import look
from skykeep.watch.remember import join
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.rows import (
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
)
from skykeep.watch.sensors import MODALITY, PERIOD_NS, WHOLE, Sensors
from skykeep.watch.settings import WatchSettings
from skykeep.watch.slots import Look, Slot, holds_whole, joined, looks_of
from skykeep.watch.triangulate import Start
from skykeep.watch.versions import (
    GONE,
    Versions,
    alike,
    allot,
    compared,
    filled,
    no_versions,
    ordered,
    outcome,
    placed,
    widen,
)

Bools = npt.NDArray[np.bool_]
_WIDE = 2.0  # times the gate: a row moves by less than its gate within a slot
_COUNTS = 1e-3  # an edge less probable than this is not told of
_PASSES = 8  # over the reports of a sensor that reports as they come: more radios of one aircraft than that are dropped
WEAK = 1e-3  # a row less probable than this is no more


@dataclasses.dataclass(slots=True)
class Window:
    """The rows that are settled, as versions, and the slots that are not; `next_uid` numbers reports."""

    versions: Versions = dataclasses.field(default_factory=no_versions)
    rows: Ints = dataclasses.field(default_factory=lambda: np.zeros(0, np.int64))
    slots: list[Slot] = dataclasses.field(default_factory=list)
    next_uid: int = 1

    def newest(self) -> Ints:
        """Return the versions of the rows after the last slot, in order."""
        return self.slots[-1].rows if self.slots else self.rows

    def used(self) -> list[Ints]:
        """Return the numbers of all versions that are asked for."""
        held = [self.rows]
        for slot in self.slots:
            held += [getattr(slot, name) for name in _VERSIONS]
        return held


def no_window() -> Window:
    """Return a window without rows."""
    return Window()


def compact(window: Window) -> tuple[Floats, Ints, Window]:
    """Return the versions that are asked for, and a window that names them by their places there.

    The places do not tell in which order versions were made, so that equal windows are equal afterwards.
    """
    versions = window.versions
    uses = [window.rows, *(getattr(slot, name) for slot in window.slots for name in _VERSIONS)]
    all_uses = np.concatenate(uses)
    numbers, first = np.unique(all_uses[all_uses >= 0], return_index=True)
    by_use = np.argsort(first, kind="stable")
    place = np.full(len(versions.f) + 1, GONE, np.int64)  # the last: what stands for GONE
    place[numbers[by_use]] = np.arange(len(numbers))
    f, i = versions.taken(numbers[by_use])
    slots = [
        dataclasses.replace(slot, **{name: place[getattr(slot, name)] for name in _VERSIONS}) for slot in window.slots
    ]
    return f, i, Window(no_versions(), place[window.rows], slots, window.next_uid)


_VERSIONS = ("before", "after", "born", "rows", "near_row")  # what in a slot names versions


def take(
    window: Window, rf: Floats, ri: Ints, looks: Ints, sensors: Sensors, settings: WatchSettings, params: Floats
) -> list[Slot]:
    """Put reports into their slots and run again what they touch; return the slots from the first of these on.

    `looks` (k, 2): sensor and time of each look at all that a sensor covers, whether it saw anything or not.
    """
    slot_ns = settings.slot_ms * 1_000_000
    numbers, of_look = ri[:, rep.T_NS] // slot_ns, looks[:, 1] // slot_ns
    touched = sorted({*numbers.tolist(), *of_look.tolist()})
    earliest = None
    for number in touched:
        if len(touched) == 1:
            new = _join(window, number, rf, ri, looks, sensors, slot_ns)
        else:
            mine = np.flatnonzero(numbers == number)
            new = _join(
                window, number, rf.take(mine, axis=0), ri.take(mine, axis=0), looks[of_look == number], sensors, slot_ns
            )
        if new and earliest is None:
            earliest = number
    if earliest is None:
        return []
    first = bisect.bisect_left(window.slots, earliest, key=_number)
    run_from(window, first, sensors, settings, params)
    return window.slots[first:]


def _number(slot: Slot) -> int:
    return slot.number


def _join(window: Window, number: int, rf: Floats, ri: Ints, looks: Ints, sensors: Sensors, slot_ns: int) -> bool:
    """Add reports and looks to a slot, each once; True where any was new."""
    at = bisect.bisect_left(window.slots, number, key=_number)
    if at < len(window.slots) and window.slots[at].number == number:
        return joined(window.slots[at], rf, ri, looks, sensors, slot_ns)
    slot = Slot(number, rf[:0], ri[:0], looks[:0])
    joined(slot, rf, ri, looks, sensors, slot_ns)
    window.slots.insert(at, slot)
    return True


def run_from(window: Window, first: int, sensors: Sensors, settings: WatchSettings, params: Floats) -> None:
    """Run the slots from one on over the rows before it: of a slot that ran before only what can come out otherwise."""
    slot_ns = settings.slot_ms * 1_000_000
    widen(window.versions, len(sensors))
    rows = window.slots[first - 1].rows if first else window.rows
    for slot in window.slots[first:]:
        rows = recent(window.versions.i, rows, slot.number * slot_ns - keep_ns(settings))
        _run(window, slot, rows, sensors, slot_ns, params)
        rows = slot.rows


def keep_ns(settings: WatchSettings) -> int:
    """Return how long a row is kept after its last report."""
    return int((settings.silence_max_s + settings.forget_after_s) * 1e9)


def settle(window: Window) -> Slot:
    """Settle the first slot for good, and return it."""
    slot = window.slots.pop(0)
    window.rows = slot.rows
    return slot


def forget_old(window: Window, settled_ns: int, settings: WatchSettings) -> None:
    """Drop what is settled and was not heard of for long, up to the time from which on reports may still come."""
    window.rows = recent(window.versions.i, window.rows, settled_ns - keep_ns(settings))


@kernel
def recent(i: Ints, rows: Ints, before_ns: int) -> Ints:
    """Return the versions that were heard of since."""
    kept = np.empty(rows.shape[0], np.int64)
    count = 0
    for k in range(rows.shape[0]):
        if i[rows[k], HEARD_NS] >= before_ns:
            kept[count] = rows[k]
            count = count + 1
    return kept[:count]


def _run(window: Window, slot: Slot, before: Ints, sensors: Sensors, slot_ns: int, params: Floats) -> None:
    """Run a slot over the rows before it, all of it or only what can come out otherwise."""
    versions = window.versions
    was, same = compared(before, slot.before, versions.places)
    first_new = slot.known
    slot.known = int(slot.ri[:, rep.UID].max(initial=first_new - 1)) + 1
    if same and not slot.all_anew and slot.known == first_new:
        return
    looks = looks_of(slot, sensors, slot_ns)
    active, concerned = np.ones(len(before), np.bool_), np.ones(len(slot.ri), np.bool_)
    if slot.merges or (slot.all_anew and holds_whole(slot, sensors)):
        slot.unpair()
    else:
        active, concerned = _reach(versions, slot, before, was, first_new, looks, sensors)
    uids = slot.ri[:, rep.UID]
    again = uids if concerned.all() else uids[concerned]
    f, i = versions.taken(before[active])
    f, i, edges, p = _look_all(slot, looks, f, i, concerned, sensors, params)
    if len(slot.edges):
        kept = found(again, slot.edges[:, 0]) < 0
        edges, p = np.concatenate([slot.edges[kept], edges]), np.concatenate([slot.p[kept], p])
    slot.edges, slot.p = edges, p
    for gone, into in slot.merges:
        _merge(f, i, gone, into)
    _keep(window, slot, before, was, np.flatnonzero(active), f, i, again)
    slot.before, slot.all_anew = before, False


def _keep(window: Window, slot: Slot, before: Ints, was: Ints, run: Ints, f: Floats, i: Ints, again: Ints) -> None:
    """Note what a slot made of the rows before it: `f`, `i` hold those that were `run`, then what began.

    `again` are the numbers of the reports that were looked at.
    """
    versions, held = window.versions, len(run)
    bits = f.view(np.int64)
    after, new = outcome(
        versions.f.view(np.int64), versions.f, versions.i, before, was, slot.after, run, bits, f, i, WEAK
    )
    born, begun = _born(versions, slot, again, bits, i, held)
    if len(new) or len(begun):
        slot.before = before  # so that they count as used
        numbers = allot(versions, len(new) + len(begun), lambda: [*window.used(), after, born])
        source = np.concatenate([new, begun])
        filled(versions.f, versions.i, numbers, f, i, source)
        after[run[new]] = numbers[: len(new)]
        born[born == GONE] = numbers[len(new) :]
    slot.after, slot.born = after, born
    slot.rows = ordered(versions.f, versions.i, after, born)


def _born(versions: Versions, slot: Slot, again: Ints, bits: Ints, i: Ints, held: int) -> tuple[Ints, Ints]:
    """Return the versions that began in a slot, GONE where one is needed, and the rows to fill these from.

    What reports that were not looked at again began is as it was; what began again as before keeps its version. A row
    that began in a slot is kept to its end, however weak: what it is of may be another report's yet.
    """
    if len(slot.born) + held == len(i) == held:
        return slot.born, np.zeros(0, np.int64)
    uids = versions.i[slot.born, UID]
    kept = found(again, uids) < 0
    old = {int(uid): int(number) for uid, number, stays in zip(uids, slot.born, kept, strict=True) if not stays}
    born, fill = slot.born[kept].tolist(), []
    for row in range(held, len(i)):
        before = old.get(int(i[row, UID]), GONE)
        same = before != GONE and alike(versions.f.view(np.int64), versions.i, before, bits, i, row)
        born.append(before if same else GONE)
        if not same:
            fill.append(row)
    return np.array(born, np.int64), np.array(fill, np.int64)


def _reach(
    versions: Versions, slot: Slot, before: Ints, was: Ints, first_new: int, looks: list[Look], sensors: Sensors
) -> tuple[Bools, Bools]:
    """Return the rows, and the reports, that what changed may reach: the clusters of a gate twice as wide as used.

    A row that changed reaches the reports near it, now and as it was; a report that is new or reached reaches the rows
    near it, and so on. What a slot does to any other row cannot have changed; and where no sensor looked at all that it
    covers, it does nothing to a row that no report is near.
    """
    concerned = np.ones(len(slot.ri), np.bool_) if slot.all_anew else slot.ri[:, rep.UID] >= first_new
    rows, reports = _pairs(versions, slot, before, was, concerned, looks, sensors)
    if slot.all_anew:
        active = np.zeros(len(before), np.bool_)
        active[rows] = True
        return active, concerned
    active = was < 0
    begun_at, beside = _near_births(versions, slot, looks, sensors)
    spread(rows, reports, begun_at, beside, active, concerned)
    if not holds_whole(slot, sensors):
        near = np.zeros(len(before), np.bool_)
        near[rows] = True
        active &= near
    return active, concerned


def _pairs(
    versions: Versions, slot: Slot, before: Ints, was: Ints, concerned: Bools, looks: list[Look], sensors: Sensors
) -> tuple[Ints, Ints]:
    """Return the pairs of a row, by its place in `before`, and a report near it; keep them for the next time.

    Reports near a row that is not there any more, or is another, are marked in `concerned`.
    """
    if slot.paired:
        place, version, report = placed(before, versions.places, slot.near_row, slot.near_report, concerned)
        fresh = before[was < 0]
    else:
        gone = slot.before[compared(slot.before, before, versions.places)[0] < 0]
        concerned[_near(versions, slot, gone, looks, sensors)[1]] = True
        place = version = report = np.zeros(0, np.int64)
        fresh = before
    if len(fresh):
        more, of = _near(versions, slot, fresh, looks, sensors)
        where, more, of = placed(before, versions.places, more, of, concerned)
        place, version, report = (np.concatenate(both) for both in ((place, where), (version, more), (report, of)))
    slot.near_row, slot.near_report, slot.paired = version, report, True
    return place, report


def _near_births(versions: Versions, slot: Slot, looks: list[Look], sensors: Sensors) -> tuple[Ints, Ints]:
    """Return the pairs of reports of which one began a row in this slot and the other is near that row."""
    if not len(slot.born):
        return slot.born, slot.born
    rows, reports = _near(versions, slot, slot.born, looks, sensors)
    order = np.argsort(slot.ri[:, rep.UID], kind="stable")
    return order[slot.ri[order, rep.UID].searchsorted(versions.i[rows, UID])], reports


def _near(versions: Versions, slot: Slot, rows: Ints, looks: list[Look], sensors: Sensors) -> tuple[Ints, Ints]:
    """Return the pairs of these versions and the reports of a slot within twice the gate."""
    near, reports = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    if not len(rows):
        return near[0], reports[0]
    columns = (
        slot.ri[:, rep.KIND], slot.rf[:, rep.Z : rep.Z + 3], slot.rf[:, rep.SPREAD : rep.SPREAD + 2], slot.ri[:, rep.TX]
    )  # fmt: skip
    for one in looks:
        if one.high > one.low:
            of, frame = np.arange(one.low, one.high), sensors.frame[one.sensor]
            pairs = coarse(versions.f, versions.i, rows, of, columns, frame, one.t_ns, _WIDE)
            near.append(pairs[0])
            reports.append(pairs[1])
    return np.concatenate(near), np.concatenate(reports)


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
    slot: Slot, looks: list[Look], f: Floats, i: Ints, concerned: Bools, sensors: Sensors, params: Floats
) -> tuple[Floats, Ints, Ints, Floats]:
    """Run the looks of a slot for these rows and the concerned reports; births stand at the end of f and i.

    Returns f and i with them, and the edges that count: report, row, probability.
    """
    columns, all_reports = sensors.columns(), bool(concerned.all())
    all_edges, probabilities = [], []
    for t_ns, _, s, low, high in looks:
        reports = np.arange(low, high)
        if not all_reports:
            reports = reports[concerned[low:high]]
        whole, period_ns = bool(columns.marks[s, WHOLE]), int(columns.marks[s, PERIOD_NS])
        for _ in range(_PASSES):
            if not len(reports) and not (whole and len(f)):
                break
            of_row, report, p, born_f, born_i, reports = look(
                f, i, np.arange(len(f)), slot.rf, slot.ri, reports, s, int(columns.marks[s, MODALITY]),
                t_ns, whole, period_ns, columns, columns.frame[s], params, slot.p_free,
            )  # fmt: skip
            edges, counting = named(of_row, report, p, i, slot.ri, born_i, _COUNTS)
            all_edges.append(edges)
            probabilities.append(counting)
            if len(born_f):
                f, i = np.concatenate([f, born_f]), np.concatenate([i, born_i])
            if whole:
                break
    if len(all_edges) == 1:
        return f, i, all_edges[0], probabilities[0]
    nothing: Ints = np.zeros((0, 2), np.int64)
    return f, i, np.concatenate([nothing, *all_edges]), np.concatenate([np.zeros(0), *probabilities])


@kernel
def named(of_row: Ints, report: Ints, p: Floats, i: Ints, ri: Ints, born_i: Ints, counts: float) -> tuple[Ints, Floats]:
    """Return the edges that count, as numbers of report and row, with their probabilities; then those that began."""
    edges = np.empty((of_row.shape[0] + born_i.shape[0], 2), np.int64)
    counting = np.empty(edges.shape[0])
    count = 0
    for e in range(of_row.shape[0]):
        if p[e] > counts:
            edges[count, 0] = ri[report[e], rep.UID]
            edges[count, 1] = i[of_row[e], UID]
            counting[count] = p[e]
            count = count + 1
    for k in range(born_i.shape[0]):
        edges[count, 0] = born_i[k, UID]
        edges[count, 1] = born_i[k, UID]
        counting[count] = 1.0
        count = count + 1
    return edges[:count], counting[:count]


def _merge(f: Floats, i: Ints, gone: int, into: int) -> None:
    """Let one row go on with what another one knows, which is no more."""
    rows = [np.flatnonzero(i[:, UID] == number) for number in (into, gone)]
    if not len(rows[0]) or not len(rows[1]):
        return
    a, b = int(rows[0][0]), int(rows[1][0])
    join(f, i, a, b)
    f[b, R] = 0.0


def merge(window: Window, gone: int, into: int) -> None:
    """Make two rows one, now and whenever the latest slot is run again."""
    versions, rows = window.versions, window.newest()
    if window.slots:
        window.slots[-1].merges.append((gone, into))
    uids = versions.i[rows, UID]
    a, b = np.flatnonzero(uids == into), np.flatnonzero(uids == gone)
    if not len(b):
        return
    old = GONE
    if len(a):
        new = int(allot(versions, 1, window.used)[0])
        old = int(rows[a[0]])
        versions.f[new], versions.i[new] = versions.f[old], versions.i[old]
        join(versions.f, versions.i, new, int(rows[b[0]]))
        rows = rows.copy()
        rows[a[0]] = new
    kept = uids != gone
    if window.slots:
        slot = window.slots[-1]
        for numbers in (slot.after, slot.born):
            numbers[numbers == slot.rows[b[0]]] = GONE
            if len(a):
                numbers[numbers == old] = new
        slot.born, slot.rows = slot.born[slot.born != GONE], rows[kept]
    else:
        window.rows = rows[kept]


Begun = tuple[Floats, Ints]
"""A row that did not begin with a place: its floats and integers, one row each."""


def begun(uid: int, start: Start, sensors: Sensors) -> Begun:
    """Return the row of a track that only bearings saw."""
    f, i = np.zeros((1, FLOATS)), np.zeros((1, INTS + len(sensors)), np.int64)
    tick, index, item = start.refs[-1]
    begin_motion(f[0], i[0], start.x, start.p, min(start.r, R_MAX), start.t_ns)
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
    versions = window.versions
    widen(versions, len(sensors))
    numbers = allot(versions, len(rows), window.used)
    versions.f[numbers], versions.i[numbers] = (np.concatenate(each) for each in zip(*rows, strict=True))
    window.rows = ordered(versions.f, versions.i, window.rows, numbers)
    for slot in window.slots:
        slot.all_anew = True
    run_from(window, 0, sensors, settings, params)
