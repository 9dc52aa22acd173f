"""Which rows a report could be of at all: coarse gates by distance or bearing, found by a sorted sweep.

The gates are wide on purpose: what they leave out is never looked at, what they let in is weighed exactly afterwards.
"""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.exact import atan2
from skykeep.geo.frames import ecef_to_enu
from skykeep.geo.kernel import kernel
from skykeep.watch.reports import AZIMUTH, DIRECTION, POSITION, Floats, Ints
from skykeep.watch.rows import MEAN, SPREAD, SPREAD_UP, SPREAD_V, T_NS, TX
from skykeep.watch.table import RADIOS

GATE_SIGMAS = 4.0
DRIFT_MPS2 = 4.0  # how much faster than expected an agile drone may get each second
PI = 3.141592653589793
# kinds of edges: by place only; the transmitter is the row's; nothing new besides; for a further pass
FREE, BOUND, REPEATED, DEFERRED = 0, 1, 2, 3


@kernel
def ahead(f: Floats, i: Ints, row: int, t_ns: int, out: Floats) -> None:
    """Fill `out` (6,) with where a row will be at a time (m), how far off it may be, level and up, and s until then."""
    dt_s = float(int(t_ns) - int(i[row, T_NS])) / 1e9
    for k in range(3):
        out[k] = f[row, MEAN + k] + f[row, MEAN + 3 + k] * dt_s
    span = abs(dt_s)
    more = f[row, SPREAD_V] * span + 0.5 * DRIFT_MPS2 * span * span
    out[3] = f[row, SPREAD] + more
    out[4] = f[row, SPREAD_UP] + more
    out[5] = dt_s


@kernel
def by_place(
    places: Floats,
    rows: Ints,
    reports: Ints,
    z: Floats,
    spread: Floats,
    widen: float,
    out_row: Ints,
    out_report: Ints,
) -> int:
    """Fill the edges of place reports with rows nearby; return how many there are, even if more than there is room for.

    `places` (n, 6) is what `ahead` says of the `rows` (n,); `reports` (m,) are rows of `z` (all, 3) and of `spread`
    (all, 2), one standard deviation of each report level and straight up. The sweep runs along east, where an unknown
    height shows least.
    """
    n = rows.shape[0]
    if n == 0 or reports.shape[0] == 0:
        return 0
    x, y = float(z[reports[0], 0]), float(z[reports[0], 1])
    from_axis = math.sqrt(x * x + y * y)
    ex = -y / from_axis if from_axis > 1.0 else 1.0
    ey = x / from_axis if from_axis > 1.0 else 0.0
    along = np.empty(n)
    reach = 0.0
    reach_up = 0.0
    for a in range(n):
        along[a] = places[a, 0] * ex + places[a, 1] * ey
        reach = max(reach, places[a, 3])
        reach_up = max(reach_up, places[a, 4])
    order = np.argsort(along, kind="mergesort")
    line = along[order]
    count = 0
    for q in range(reports.shape[0]):
        j = int(reports[q])
        norm = math.sqrt(z[j, 0] * z[j, 0] + z[j, 1] * z[j, 1] + z[j, 2] * z[j, 2])
        scale = 1.0 / norm if norm > 1.0 else 0.0
        slant = abs(z[j, 0] * ex + z[j, 1] * ey) * scale
        far = widen * GATE_SIGMAS * (reach + spread[j, 0] + slant * (reach_up + spread[j, 1]))
        here = z[j, 0] * ex + z[j, 1] * ey
        for b in range(np.searchsorted(line, here - far), n):
            if line[b] > here + far:
                break
            a = int(order[b])
            dx = z[j, 0] - places[a, 0]
            dy = z[j, 1] - places[a, 1]
            dz = z[j, 2] - places[a, 2]
            up = (dx * z[j, 0] + dy * z[j, 1] + dz * z[j, 2]) * scale
            level2 = dx * dx + dy * dy + dz * dz - up * up
            gate = widen * GATE_SIGMAS * (places[a, 3] + spread[j, 0])
            if level2 <= gate * gate and abs(up) <= widen * GATE_SIGMAS * (places[a, 4] + spread[j, 1]):
                if count < out_row.shape[0]:
                    out_row[count] = rows[a]
                    out_report[count] = j
                count = count + 1
    return count


@kernel
def by_bearing(
    places: Floats,
    rows: Ints,
    reports: Ints,
    z: Floats,
    spread: Floats,
    frame: Floats,
    widen: float,
    out_row: Ints,
    out_report: Ints,
) -> int:
    """Like `by_place` for azimuths and directions of the sensor with this frame; spreads in radians."""
    n = rows.shape[0]
    count = 0
    azimuth = np.empty(n)
    width = np.empty(n)
    for a in range(n):
        east, north, _ = ecef_to_enu(frame, float(places[a, 0]), float(places[a, 1]), float(places[a, 2]))
        level = math.sqrt(east * east + north * north)
        azimuth[a] = atan2(east, north)
        width[a] = places[a, 3] / level if level > 1.0 else PI
    for q in range(reports.shape[0]):
        j = int(reports[q])
        for a in range(n):
            off = abs(z[j, 0] - azimuth[a])
            if off > PI:
                off = abs(off - 2.0 * PI)
            if off <= widen * GATE_SIGMAS * (width[a] + spread[j, 0]):
                if count < out_row.shape[0]:
                    out_row[count] = rows[a]
                    out_report[count] = j
                count = count + 1
    return count


@kernel
def by_transmitter(rows: Ints, i: Ints, reports: Ints, tx: Ints, out_row: Ints, out_report: Ints) -> int:
    """Like `by_place` for rows that a report's own transmitter is bound to."""
    n = rows.shape[0]
    bound = np.empty(n * RADIOS, np.int64)
    whose = np.empty(n * RADIOS, np.int64)
    held = 0
    for a in range(n):
        for k in range(RADIOS):
            number = int(i[rows[a], TX + k])
            if number >= 0:
                bound[held] = number
                whose[held] = rows[a]
                held = held + 1
    order = np.argsort(bound[:held], kind="mergesort")
    numbers = bound[:held][order]
    count = 0
    for q in range(reports.shape[0]):
        j = int(reports[q])
        if tx[j] < 0:
            continue
        for b in range(np.searchsorted(numbers, tx[j]), held):
            if numbers[b] != tx[j]:
                break
            if count < out_row.shape[0]:
                out_row[count] = whose[order[b]]
                out_report[count] = j
            count = count + 1
    return count


@kernel
def coarse(
    f: Floats,
    i: Ints,
    rows: Ints,
    reports: Ints,
    columns: tuple[Ints, Floats, Floats, Ints],
    frame: Floats,
    t_ns: int,
    widen: float,
) -> tuple[Ints, Ints]:
    """Return the edges (row, report) between `rows` and `reports`, by row, then report, each once.

    `columns` are kind, z, spread and tx of all reports; `frame` is their sensor's.
    """
    kind, z, spread, tx = columns
    places = np.empty((rows.shape[0], 6))
    for a in range(rows.shape[0]):
        ahead(f, i, int(rows[a]), t_ns, places[a])
    at_places = np.empty(reports.shape[0], np.int64)
    bearings = np.empty(reports.shape[0], np.int64)
    m = 0
    b = 0
    for q in range(reports.shape[0]):
        if kind[reports[q]] == POSITION:
            at_places[m] = reports[q]
            m = m + 1
        elif kind[reports[q]] == AZIMUTH or kind[reports[q]] == DIRECTION:
            bearings[b] = reports[q]
            b = b + 1
    room = 8 * reports.shape[0] + 64
    while True:
        row = np.empty(room, np.int64)
        report = np.empty(room, np.int64)
        count = by_place(places, rows, at_places[:m], z, spread, widen, row, report)
        if count <= room and b > 0:
            count += by_bearing(places, rows, bearings[:b], z, spread, frame, widen, row[count:], report[count:])
        if count <= room:
            count += by_transmitter(rows, i, reports, tx, row[count:], report[count:])
        if count <= room:
            break
        room = 2 * count
    return _sorted_once(row[:count], report[:count], z.shape[0])


@kernel
def _sorted_once(row: Ints, report: Ints, reports: int) -> tuple[Ints, Ints]:
    key = np.empty(row.shape[0], np.int64)
    for e in range(row.shape[0]):
        key[e] = int(row[e]) * (reports + 1) + int(report[e])
    key = np.sort(key)
    out_row = np.empty(key.shape[0], np.int64)
    out_report = np.empty(key.shape[0], np.int64)
    count = 0
    for e in range(key.shape[0]):
        if e == 0 or key[e] != key[e - 1]:
            out_row[count] = key[e] // (reports + 1)
            out_report[count] = key[e] % (reports + 1)
            count = count + 1
    return out_row[:count], out_report[:count]
