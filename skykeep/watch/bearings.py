"""The bearings of the last seconds: what is kept of each slot, laid out by look for those that seek motions in them."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np

from skykeep.geo.exact import sincos
from skykeep.geo.kernel import kernel
from skykeep.watch.reports import AZIMUTH, DIRECTION, Floats, Ints, Reports
from skykeep.watch.sensors import Columns, Sensors

LOOKED = 3  # a kind of row besides AZIMUTH and DIRECTION: the sensor looked, and reported nothing
WINDOW_NS = 10_000_000_000
EACH_NS = 1_000_000_000  # reports of a sensor that does not scan count as one look for so long
ROWS_MAX = 4096
LOOK_MAX = 64  # bearings kept of a sensor in one slot
FREE_MIN = 0.5  # a bearing that a track explains better begins nothing
EVERY_NS = 250_000_000  # looked for at most so often

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


def fresh_rows(
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
        append(fresh, _empty_looks(*looked, usable))
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


def append(memory: Bearings, more: Bearings) -> None:
    for name in (*_COLUMNS, *_NUMBERS, "ref"):
        setattr(memory, name, np.concatenate([getattr(memory, name), getattr(more, name)]))
    over = len(memory) - ROWS_MAX
    if over > 0:
        memory.dropped += over
        _keep(memory, np.arange(over, len(memory)))


def _keep(memory: Bearings, rows: Ints) -> None:
    for name in (*_COLUMNS, *_NUMBERS, "ref"):
        setattr(memory, name, getattr(memory, name)[rows])


def forget(memory: Bearings, before_ns: int) -> None:
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


def arranged(memory: Bearings, sensors: Sensors, newest_ns: int) -> tuple[Columns, Ints, Rows]:
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
