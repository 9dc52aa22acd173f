"""One slot of sensor time: its reports in an order that delivery cannot change, each once, and their looks.

A sensor's reports of one instant are one look where it looks at all that it covers at once; else all that it reported
within the slot.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.watch import packed as rep
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.sensors import Sensors

_SAYS = np.array(
    [rep.Z, rep.Z + 1, rep.Z + 2, rep.COV, rep.COV + 3, rep.COV + 5, rep.SIGMA, rep.VEL, rep.VEL + 1, rep.VEL_VAR]
)  # what a report says, for the order and to know a repetition
_NAMES = np.array([rep.CLAIM, rep.TX, rep.UID])  # and by which name, where they say the same
_SAME = np.array([rep.SENSOR, rep.T_NS, rep.TX, rep.CLAIM, rep.KIND])


def _none(*shape: int) -> Ints:
    return np.zeros(shape, np.int64)


@dataclasses.dataclass(slots=True)
class Slot:
    """One slot: its reports in order, the versions of rows before and after it, and which report was of which row."""

    number: int  # sensor time over the slot's length
    rf: Floats
    ri: Ints
    looks: Ints  # (k, 2): sensor and time of looks at all that a sensor covers, also of those that saw nothing
    before: Ints = dataclasses.field(default_factory=lambda: _none(0))  # the versions that it ran over last
    after: Ints = dataclasses.field(default_factory=lambda: _none(0))  # what each of them became; -1: no more
    born: Ints = dataclasses.field(default_factory=lambda: _none(0))  # the versions that began in it
    rows: Ints = dataclasses.field(default_factory=lambda: _none(0))  # all there are after it, in order
    near_row: Ints = dataclasses.field(default_factory=lambda: _none(0))  # versions of `before`, and
    near_report: Ints = dataclasses.field(default_factory=lambda: _none(0))  # the reports near each, where `paired`
    edges: Ints = dataclasses.field(default_factory=lambda: _none(0, 2))  # (e, 2): number of the report, of the row
    p: Floats = dataclasses.field(default_factory=lambda: np.zeros(0))  # (e,)
    p_free: Floats = dataclasses.field(default_factory=lambda: np.zeros(0))  # of each report, that it is of no row
    merges: list[tuple[int, int]] = dataclasses.field(default_factory=list)  # numbers of rows: this one became that one
    all_anew: bool = True  # it never ran, or something new concerns every row
    paired: bool = False  # `near_row` and `near_report` are of these reports
    known: int = 0  # reports with numbers below this were in it when it ran last

    def unpair(self) -> None:
        """Forget what is near what."""
        self.near_row, self.near_report, self.paired = _none(0), _none(0), False


class Look(NamedTuple):
    """One look of a slot: its time, the sensor's rank and row, and its reports from - to."""

    t_ns: int
    rank: int
    sensor: int
    low: int
    high: int


def joined(slot: Slot, rf: Floats, ri: Ints, looks: Ints, sensors: Sensors, slot_ns: int) -> bool:
    """Add reports and looks to a slot, each once; True where any was new."""
    held, looked, free = len(slot.ri), len(slot.looks), np.concatenate([slot.p_free, np.ones(len(ri))])
    if held:
        rf, ri = np.concatenate([slot.rf, rf]), np.concatenate([slot.ri, ri])
    if len(ri) > held:
        rows = order(rf, ri, sensors.rank, sensors.whole, slot_ns)
        rf, ri, free = rf.take(rows, axis=0), ri.take(rows, axis=0), free.take(rows)
    looks = _each_once(slot.looks, looks)
    if (held, looked) == (len(ri), len(looks)):
        return False
    slot.all_anew = slot.all_anew or looked != len(looks) or _new_whole(slot.ri, ri, sensors)
    slot.rf, slot.ri, slot.p_free, slot.looks = rf, ri, free, looks
    slot.unpair()
    return True


def _each_once(old: Ints, new: Ints) -> Ints:
    if not len(new):
        return old
    both = {(sensor, t_ns) for sensor, t_ns in [*old.tolist(), *new.tolist()]}
    return np.array(sorted(both), np.int64).reshape(-1, 2)


def _new_whole(old: Ints, new: Ints, sensors: Sensors) -> bool:
    """Whether a sensor that looks at all at once gave a look that was not known: it concerns every row."""
    whole = sensors.whole[new[:, rep.SENSOR]] == 1
    if not whole.any():
        return False
    known = {(s, t) for s, t in old[:, [rep.SENSOR, rep.T_NS]].tolist()}
    return any((s, t) not in known for s, t in new[whole][:, [rep.SENSOR, rep.T_NS]].tolist())


def looks_of(slot: Slot, sensors: Sensors, slot_ns: int) -> list[Look]:
    """Return each look of a slot, in order."""
    found, rank, whole = [], sensors.rank, sensors.whole
    if len(slot.ri):
        low = 0
        ends = bounds_of(slot.ri, whole, slot_ns)
        starts = np.concatenate([ends[:1] * 0, ends[:-1]])
        of, at = slot.ri[starts, rep.SENSOR], slot.ri[starts, rep.T_NS]
        for sensor, t_ns, all_at_once, place, high in zip(
            of.tolist(), at.tolist(), whole[of].tolist(), rank[of].tolist(), ends.tolist(), strict=True
        ):
            at_ns = t_ns if all_at_once else (t_ns // slot_ns + 1) * slot_ns
            found.append(Look(at_ns, place, sensor, low, high))
            low = high
    if len(slot.looks):
        filled = {(look.t_ns, look.sensor) for look in found}
        found += [
            Look(t_ns, int(rank[s]), s, 0, 0) for s, t_ns in slot.looks.tolist() if whole[s] and (t_ns, s) not in filled
        ]
        found.sort()
    return found


@kernel
def look_ns(ri: Ints, j: int, whole: Ints, slot_ns: int) -> int:
    """Return what time a report's look is for: its own where its sensor looks at all at once, else the slot's end."""
    t_ns = int(ri[j, rep.T_NS])
    return t_ns if whole[ri[j, rep.SENSOR]] == 1 else (t_ns // int(slot_ns) + 1) * int(slot_ns)


@kernel
def bounds_of(ri: Ints, whole: Ints, slot_ns: int) -> Ints:
    """Return where each look ends, of reports in order."""
    ends = np.empty(ri.shape[0], np.int64)
    count = 0
    for j in range(1, ri.shape[0]):
        other = ri[j, rep.SENSOR] != ri[j - 1, rep.SENSOR]
        if other or look_ns(ri, j, whole, slot_ns) != look_ns(ri, j - 1, whole, slot_ns):
            ends[count] = j
            count = count + 1
    ends[count] = ri.shape[0]
    return ends[: count + 1]


@kernel
def order(rf: Floats, ri: Ints, rank: Ints, whole: Ints, slot_ns: int) -> Ints:
    """Return the rows of a slot's reports, each once: by look, then by what they say, never by when they came."""
    count = rf.shape[0]
    at_ns = np.empty(count, np.int64)
    rows = np.empty(count, np.int64)
    for j in range(count):
        at_ns[j] = look_ns(ri, j, whole, slot_ns)
        rows[j] = j
    other = np.empty(count, np.int64)
    size = 1
    while size < count:
        low = 0
        while low < count:
            middle, high = min(low + size, count), min(low + 2 * size, count)
            a, b = low, middle
            if middle < high and not earlier(rf, ri, rank, at_ns, int(rows[middle]), int(rows[middle - 1])):
                b = high  # both halves are in order already
                for k in range(middle, high):
                    other[k] = rows[k]
            for k in range(low, high):
                if b < high and (a >= middle or earlier(rf, ri, rank, at_ns, int(rows[b]), int(rows[a]))):
                    other[k] = rows[b]
                    b = b + 1
                elif a < middle:
                    other[k] = rows[a]
                    a = a + 1
            low = high
        rows, other = other, rows
        size = 2 * size
    kept = np.empty(count, np.int64)
    left = 0
    for k in range(count):
        if k == 0 or not repeated(rf, ri, int(rows[k - 1]), int(rows[k])):
            kept[left] = rows[k]
            left = left + 1
    return kept[:left]


@kernel
def earlier(rf: Floats, ri: Ints, rank: Ints, at_ns: Ints, a: int, b: int) -> bool:
    """Whether report a comes before report b."""
    if at_ns[a] != at_ns[b]:
        return bool(at_ns[a] < at_ns[b])
    if ri[a, rep.SENSOR] != ri[b, rep.SENSOR]:
        return bool(rank[ri[a, rep.SENSOR]] < rank[ri[b, rep.SENSOR]])
    if ri[a, rep.T_NS] != ri[b, rep.T_NS]:
        return bool(ri[a, rep.T_NS] < ri[b, rep.T_NS])
    for c in range(_SAYS.shape[0]):
        one, other = float(rf[a, _SAYS[c]]), float(rf[b, _SAYS[c]])
        if one < other:
            return True
        if one > other:
            return False
        if math.isnan(one) != math.isnan(other):  # what is not a number comes last
            return math.isnan(other)
    for c in range(_NAMES.shape[0]):
        if ri[a, _NAMES[c]] != ri[b, _NAMES[c]]:
            return bool(ri[a, _NAMES[c]] < ri[b, _NAMES[c]])
    return False


@kernel
def repeated(rf: Floats, ri: Ints, a: int, b: int) -> bool:
    """Whether report b repeats report a: same sensor, time, transmitter and measurement.

    Of a polar plot the raw measurement is compared: where that puts it may have changed with its sensor's known bias.
    """
    for c in range(_SAME.shape[0]):
        if ri[a, _SAME[c]] != ri[b, _SAME[c]]:
            return False
    azimuth, other = float(rf[a, rep.POLAR + 1]), float(rf[b, rep.POLAR + 1])
    same = True
    if not math.isnan(azimuth) and not math.isnan(other):
        for c in range(3):
            one, two = float(rf[a, rep.POLAR + c]), float(rf[b, rep.POLAR + c])
            same = same and (one == two or (math.isnan(one) and math.isnan(two)))
    else:
        for c in range(_SAYS.shape[0]):
            same = same and rf[a, _SAYS[c]] == rf[b, _SAYS[c]]
    return same


def holds_whole(slot: Slot, sensors: Sensors) -> bool:
    """Whether a sensor that looks at all that it covers looked in this slot: that concerns every row."""
    return len(slot.looks) > 0 or bool(np.any(sensors.whole[slot.ri[:, rep.SENSOR]]))
