"""Which rows a report could be of at all: coarse gates by distance, bearing or transmitter; places lie in a grid.

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
WIDE_M = 500.0  # a report less sure than this lies in no cell: every row looks at it
CELLS_MAX = 64  # of the grid, along each axis
FEW = 24  # so many reports of a row are put in order by insertion
DRIFT_MPS2 = 4.0  # how much faster than expected an agile drone may get each second
PI = 3.141592653589793
# of the grid of places: where it begins, cells a metre, how askew the axes are at most, the greatest spreads
EAST, NORTH, PER_EAST, PER_NORTH, ASKEW_EAST, ASKEW_NORTH, LEVEL, UP = range(8)
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

    Both ascend. `columns` are kind, z, spread and tx of all reports: z (all, 3), spread (all, 2) one standard deviation
    level and straight up, or of the angle; `frame` is their sensor's. `widen` multiplies every gate.
    """
    kind, z, spread, tx = columns
    axes, grid, side, first, listed, others, head, following = prepared(reports, kind, z, spread, tx)
    spoken = False
    for q in range(reports.shape[0]):
        spoken = spoken or tx[reports[q]] >= 0
    at = np.empty(6)
    seen = np.full(z.shape[0], -1, np.int64)
    here = np.empty(reports.shape[0], np.int64)
    row = np.empty(4 * reports.shape[0] + 64, np.int64)
    report = np.empty(row.shape[0], np.int64)
    count = 0
    for a in range(rows.shape[0]):
        ahead(f, i, int(rows[a]), t_ns, at)
        found = in_cells(at, axes, grid, side, first, listed, z, spread, widen, seen, a, here)
        if others.shape[0] > 0:
            found = among_others(at, others, kind, z, spread, frame, widen, seen, a, here, found)
        if spoken and i[rows[a], TX] >= 0:
            found = of_transmitters(i, int(rows[a]), head, following, reports, tx, seen, a, here, found)
        if found > 1:
            in_order(here, found, reports, seen, a)
        if count + found > row.shape[0]:
            row = longer(row, found)
            report = longer(report, found)
        for k in range(found):
            row[count] = rows[a]
            report[count] = here[k]
            count = count + 1
    return row[:count], report[:count]


@kernel
def longer(values: Ints, more: int) -> Ints:
    """Return an array twice as long, and `more`, that begins alike."""
    out = np.empty(2 * values.shape[0] + more, np.int64)
    for k in range(values.shape[0]):
        out[k] = values[k]
    return out


@kernel
def prepared(
    reports: Ints, kind: Ints, z: Floats, spread: Floats, tx: Ints
) -> tuple[Floats, Floats, int, Ints, Ints, Ints, Ints, Ints]:
    """Sort the reports: sure places by cell, others apart, all by transmitter.

    Returns the grid's axes (2, 3), east and north at the first place; its numbers (8,), as named above; its cells along
    each axis; where each cell begins in the list that follows, with the end of the last; the sure places by cell; the
    others; and, by transmitter modulo a power of two, the first of `reports` and the next (places in it, -1: none).
    """
    count = reports.shape[0]
    others = np.empty(count, np.int64)
    sure = np.empty(count, np.int64)
    m = 0
    b = 0
    buckets = 1
    while buckets < count:
        buckets = 2 * buckets
    head = np.full(buckets, -1, np.int64)
    following = np.full(count, -1, np.int64)
    for q in range(count):
        j = int(reports[q])
        if kind[j] == POSITION and spread[j, 0] <= WIDE_M:
            sure[m] = j
            m = m + 1
        else:
            others[b] = j
            b = b + 1
        if tx[j] >= 0:
            bucket = int(tx[j]) & (buckets - 1)
            following[q] = head[bucket]
            head[bucket] = q
    axes, grid, side, first, listed = celled(sure[:m], z, spread)
    return axes, grid, side, first, listed, others[:b], head, following


@kernel
def celled(sure: Ints, z: Floats, spread: Floats) -> tuple[Floats, Floats, int, Ints, Ints]:
    """Return the axes, numbers, side, beginnings and list of a grid with about one place a cell."""
    m = sure.shape[0]
    axes = np.zeros((2, 3))
    grid = np.zeros(8)
    side = min(CELLS_MAX, int(math.sqrt(m)) + 1)
    first = np.zeros(side * side + 1, np.int64)
    listed = np.empty(m, np.int64)
    if m == 0:
        return axes, grid, side, first, listed
    level_axes(z, int(sure[0]), axes)
    east = np.empty(m)
    north = np.empty(m)
    for q in range(m):
        j = int(sure[q])
        x, y, h = float(z[j, 0]), float(z[j, 1]), float(z[j, 2])
        east[q] = x * axes[0, 0] + y * axes[0, 1]
        north[q] = x * axes[1, 0] + y * axes[1, 1] + h * axes[1, 2]
        norm = math.sqrt(x * x + y * y + h * h)
        if norm > 1.0:
            grid[ASKEW_EAST] = max(grid[ASKEW_EAST], abs(float(east[q])) / norm)
            grid[ASKEW_NORTH] = max(grid[ASKEW_NORTH], abs(float(north[q])) / norm)
        grid[LEVEL] = max(grid[LEVEL], spread[j, 0])
        grid[UP] = max(grid[UP], spread[j, 1])
    extent(east, grid, EAST, side)
    extent(north, grid, NORTH, side)
    cell = np.empty(m, np.int64)
    for q in range(m):
        column = cell_at(float(east[q]), float(grid[EAST]), float(grid[PER_EAST]), side)
        line = cell_at(float(north[q]), float(grid[NORTH]), float(grid[PER_NORTH]), side)
        cell[q] = line * side + column
        first[cell[q] + 1] += 1
    for c in range(side * side):
        first[c + 1] += first[c]
    for q in range(m - 1, -1, -1):
        c = int(cell[q])
        first[c + 1] -= 1
        listed[first[c + 1]] = sure[q]
    for c in range(side * side):
        first[c] = first[c + 1]
    first[side * side] = m
    return axes, grid, side, first, listed


@kernel
def level_axes(z: Floats, j: int, axes: Floats) -> None:
    """Fill `axes` (2, 3) with the unit vectors east and north (on a sphere) at a place."""
    x, y, h = float(z[j, 0]), float(z[j, 1]), float(z[j, 2])
    from_axis = math.sqrt(x * x + y * y)
    axes[0, 0] = -y / from_axis if from_axis > 1.0 else 1.0
    axes[0, 1] = x / from_axis if from_axis > 1.0 else 0.0
    norm = math.sqrt(from_axis * from_axis + h * h)
    if norm > 1.0:
        axes[1, 0] = -h / norm * axes[0, 1]
        axes[1, 1] = h / norm * axes[0, 0]
        axes[1, 2] = (x * axes[0, 1] - y * axes[0, 0]) / norm


@kernel
def extent(values: Floats, grid: Floats, axis: int, side: int) -> None:
    """Note where the values along an axis begin, and how many cells a metre there are."""
    low = float(values[0])
    high = low
    for q in range(values.shape[0]):
        low = min(low, float(values[q]))
        high = max(high, float(values[q]))
    grid[axis] = low
    grid[axis + PER_EAST - EAST] = side / (high - low) if high - low > 1.0 else 0.0


@kernel
def cell_at(value: float, begin: float, per_m: float, side: int) -> int:
    """Return the cell along an axis; what lies beyond the ends is in the outermost."""
    return int(min(max((value - begin) * per_m, 0.0), side - 1.0))


@kernel
def in_cells(
    at: Floats, axes: Floats, grid: Floats, side: int, first: Ints, listed: Ints, z: Floats, spread: Floats,
    widen: float, seen: Ints, mark: int, here: Ints,
) -> int:  # fmt: skip
    """Put the sure places that a row, `ahead` in `at`, may have given into `here`; return how many.

    The difference from a place in its gate has at most the gate's level part, and of its part straight up as much as
    the axes are askew there.
    """
    if listed.shape[0] == 0:
        return 0
    x, y, h = float(at[0]), float(at[1]), float(at[2])
    level = 1.0 + widen * GATE_SIGMAS * (float(at[3]) + float(grid[LEVEL]))
    up = widen * GATE_SIGMAS * (float(at[4]) + float(grid[UP]))
    reach = level + up * float(grid[ASKEW_EAST])
    east = x * float(axes[0, 0]) + y * float(axes[0, 1])
    begin, per_m = float(grid[EAST]), float(grid[PER_EAST])
    west, last = cell_at(east - reach, begin, per_m, side), cell_at(east + reach, begin, per_m, side)
    reach = level + up * float(grid[ASKEW_NORTH])
    north = x * float(axes[1, 0]) + y * float(axes[1, 1]) + h * float(axes[1, 2])
    begin, per_m = float(grid[NORTH]), float(grid[PER_NORTH])
    low, high = cell_at(north - reach, begin, per_m, side), cell_at(north + reach, begin, per_m, side)
    found = 0
    for line in range(low, high + 1):
        for q in range(int(first[line * side + west]), int(first[line * side + last + 1])):
            j = int(listed[q])
            if near(at, z, spread, j, widen):
                seen[j] = mark
                here[found] = j
                found = found + 1
    return found


@kernel
def near(at: Floats, z: Floats, spread: Floats, j: int, widen: float) -> bool:
    """Whether a place is in the gate of a row, `ahead` in `at`: a cylinder, its axis straight up at the place."""
    x, y, h = float(z[j, 0]), float(z[j, 1]), float(z[j, 2])
    dx, dy, dz = x - float(at[0]), y - float(at[1]), h - float(at[2])
    gate = widen * GATE_SIGMAS * (float(at[3]) + float(spread[j, 0]))
    gate_up = widen * GATE_SIGMAS * (float(at[4]) + float(spread[j, 1]))
    d2 = dx * dx + dy * dy + dz * dz
    if d2 > gate * gate + gate_up * gate_up:
        return False
    norm2 = x * x + y * y + h * h
    up = dx * x + dy * y + dz * h
    up2 = up * up / norm2 if norm2 > 1.0 else 0.0
    return d2 - up2 <= gate * gate and up2 <= gate_up * gate_up


@kernel
def among_others(
    at: Floats, others: Ints, kind: Ints, z: Floats, spread: Floats, frame: Floats, widen: float, seen: Ints, mark: int,
    here: Ints, found: int,
) -> int:  # fmt: skip
    """Add the unsure places, azimuths and directions that a row may have given; return how many there are then."""
    azimuth = 0.0
    width = -1.0
    for q in range(others.shape[0]):
        j = int(others[q])
        inside = False
        if kind[j] == POSITION:
            inside = near(at, z, spread, j, widen)
        elif kind[j] == AZIMUTH or kind[j] == DIRECTION:
            if width < 0.0:
                east, north, _ = ecef_to_enu(frame, float(at[0]), float(at[1]), float(at[2]))
                level = math.sqrt(east * east + north * north)
                azimuth = atan2(east, north)
                width = float(at[3]) / level if level > 1.0 else PI
            off = abs(float(z[j, 0]) - azimuth)
            if off > PI:
                off = abs(off - 2.0 * PI)
            inside = off <= widen * GATE_SIGMAS * (width + float(spread[j, 0]))
        if inside:
            seen[j] = mark
            here[found] = j
            found = found + 1
    return found


@kernel
def of_transmitters(
    i: Ints, row: int, head: Ints, following: Ints, reports: Ints, tx: Ints, seen: Ints, mark: int, here: Ints,
    found: int,
) -> int:  # fmt: skip
    """Add the reports whose own transmitter is bound to a row; return how many there are then.

    The first binding of a row is in its first place, so that one without it has none.
    """
    for k in range(RADIOS):
        number = int(i[row, TX + k])
        if number >= 0:
            q = int(head[number & (head.shape[0] - 1)])
            while q >= 0:
                j = int(reports[q])
                if tx[j] == number and seen[j] != mark:
                    seen[j] = mark
                    here[found] = j
                    found = found + 1
                q = int(following[q])
    return found


@kernel
def in_order(here: Ints, found: int, reports: Ints, seen: Ints, mark: int) -> None:
    """Put the reports of a row in their order: a few by insertion, many by going through all there are."""
    if found > FEW:
        count = 0
        for q in range(reports.shape[0]):
            if seen[reports[q]] == mark:
                here[count] = reports[q]
                count = count + 1
        return
    for k in range(1, found):
        j = int(here[k])
        b = k
        while b > 0 and here[b - 1] > j:
            here[b] = here[b - 1]
            b = b - 1
        here[b] = j
