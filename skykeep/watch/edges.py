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
# of the grid of places: axes east and north (three each), where it begins along both, cells a metre along both, how
# askew the axes are at most, the greatest spreads
AXES, BEGIN, PER_M, ASKEW_EAST, ASKEW_NORTH, LEVEL, UP = 0, 6, 8, 10, 11, 12, 13
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
    grid, side, first, listed, places, others, head, following = prepared(reports, kind, z, spread, tx)
    gate = widen * GATE_SIGMAS
    at = np.empty(6)
    seen = np.full(z.shape[0], -1, np.int64)
    here = np.empty(reports.shape[0], np.int64)
    row = np.empty(4 * reports.shape[0] + 64, np.int64)
    report = np.empty(row.shape[0], np.int64)
    count = 0
    for a in range(rows.shape[0]):
        ahead(f, i, int(rows[a]), t_ns, at)
        found = in_cells(at, grid, side, first, listed, places, gate, here)
        if others.shape[0] > 0:
            found = among_others(at, others, kind, z, spread, frame, gate, here, found)
        if head.shape[0] > 0 and i[rows[a], TX] >= 0:
            for k in range(found):
                seen[here[k]] = a
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
) -> tuple[Floats, int, Ints, Ints, Floats, Ints, Ints, Ints]:
    """Sort the reports: sure places by cell, others apart, all by transmitter.

    Returns the grid (14,), as named above; its cells along each axis; where each cell begins in the list that follows,
    with the end of the last; the sure places by cell; these places with their spreads, (m, 5); the others; and, by
    transmitter modulo a power of two, the first of `reports` and the next (places in it, -1: none).
    """
    count = reports.shape[0]
    others = np.empty(count, np.int64)
    sure = np.empty(count, np.int64)
    m = 0
    b = 0
    spoken = 0
    for q in range(count):
        j = int(reports[q])
        if kind[j] == POSITION and spread[j, 0] <= WIDE_M:
            sure[m] = j
            m = m + 1
        else:
            others[b] = j
            b = b + 1
        if tx[j] >= 0:
            spoken = spoken + 1
    buckets = 1 if spoken > 0 else 0
    while 0 < buckets < spoken:
        buckets = 2 * buckets
    head = np.full(buckets, -1, np.int64)
    following = np.full(count, -1, np.int64)
    if spoken > 0:
        for q in range(count):
            number = int(tx[reports[q]])
            if number >= 0:
                bucket = number & (buckets - 1)
                following[q] = head[bucket]
                head[bucket] = q
    grid, side, first, listed, places = celled(sure[:m], z, spread)
    return grid, side, first, listed, places, others[:b], head, following


@kernel
def celled(sure: Ints, z: Floats, spread: Floats) -> tuple[Floats, int, Ints, Ints, Floats]:
    """Return numbers, side, beginnings and list of a grid with about one place a cell, and what is at each place."""
    m = sure.shape[0]
    grid = np.zeros(14)
    side = min(CELLS_MAX, int(math.sqrt(m)) + 1)
    first = np.zeros(side * side + 1, np.int64)
    listed = np.empty(m, np.int64)
    places = np.empty((m, 5))
    if m == 0:
        return grid, side, first, listed, places
    level_axes(z, int(sure[0]), grid)
    flat = np.empty((2, m))
    e0, e1 = float(grid[AXES]), float(grid[AXES + 1])
    n0, n1, n2 = float(grid[AXES + 3]), float(grid[AXES + 4]), float(grid[AXES + 5])
    askew_east, askew_north, level, up = 0.0, 0.0, 0.0, 0.0
    for q in range(m):
        j = int(sure[q])
        x, y, h = float(z[j, 0]), float(z[j, 1]), float(z[j, 2])
        east, north = x * e0 + y * e1, x * n0 + y * n1 + h * n2
        flat[0, q] = east
        flat[1, q] = north
        norm = math.sqrt(x * x + y * y + h * h)
        if norm > 1.0:
            askew_east = max(askew_east, abs(east) / norm)
            askew_north = max(askew_north, abs(north) / norm)
        level = max(level, float(spread[j, 0]))
        up = max(up, float(spread[j, 1]))
    grid[ASKEW_EAST] = askew_east
    grid[ASKEW_NORTH] = askew_north
    grid[LEVEL] = level
    grid[UP] = up
    extent(flat, 0, grid, side)
    extent(flat, 1, grid, side)
    cell = np.empty(m, np.int64)
    for q in range(m):
        column = cell_at(float(flat[0, q]), float(grid[BEGIN]), float(grid[PER_M]), side)
        line = cell_at(float(flat[1, q]), float(grid[BEGIN + 1]), float(grid[PER_M + 1]), side)
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
    for q in range(m):
        j = int(listed[q])
        places[q, 0] = z[j, 0]
        places[q, 1] = z[j, 1]
        places[q, 2] = z[j, 2]
        places[q, 3] = spread[j, 0]
        places[q, 4] = spread[j, 1]
    return grid, side, first, listed, places


@kernel
def level_axes(z: Floats, j: int, grid: Floats) -> None:
    """Put the unit vectors east and north (on a sphere) at a place into the grid."""
    x, y, h = float(z[j, 0]), float(z[j, 1]), float(z[j, 2])
    from_axis = math.sqrt(x * x + y * y)
    east0 = -y / from_axis if from_axis > 1.0 else 1.0
    east1 = x / from_axis if from_axis > 1.0 else 0.0
    grid[AXES] = east0
    grid[AXES + 1] = east1
    norm = math.sqrt(from_axis * from_axis + h * h)
    if norm > 1.0:
        grid[AXES + 3] = -h / norm * east1
        grid[AXES + 4] = h / norm * east0
        grid[AXES + 5] = (x * east1 - y * east0) / norm


@kernel
def extent(flat: Floats, axis: int, grid: Floats, side: int) -> None:
    """Note where the values along an axis begin, and how many cells a metre there are."""
    low = float(flat[axis, 0])
    high = low
    for q in range(flat.shape[1]):
        value = float(flat[axis, q])
        if value < low:
            low = value
        elif value > high:
            high = value
    grid[BEGIN + axis] = low
    grid[PER_M + axis] = side / (high - low) if high - low > 1.0 else 0.0


@kernel
def cell_at(value: float, begin: float, per_m: float, side: int) -> int:
    """Return the cell along an axis; what lies beyond the ends is in the outermost."""
    at = (value - begin) * per_m
    if at <= 0.0:
        return 0
    return int(at) if at < side - 1.0 else side - 1


@kernel
def in_cells(
    at: Floats, grid: Floats, side: int, first: Ints, listed: Ints, places: Floats, gate: float, here: Ints
) -> int:
    """Put the sure places that a row, `ahead` in `at`, may have given into `here`; return how many.

    The difference from a place in its gate has at most the gate's level part, and of its part straight up as much as
    the axes are askew there.
    """
    if listed.shape[0] == 0:
        return 0
    x, y, h = float(at[0]), float(at[1]), float(at[2])
    row_level, row_up = float(at[3]), float(at[4])
    level = 1.0 + gate * (row_level + float(grid[LEVEL]))
    up = gate * (row_up + float(grid[UP]))
    reach = level + up * float(grid[ASKEW_EAST])
    east = x * float(grid[AXES]) + y * float(grid[AXES + 1])
    begin, per_m = float(grid[BEGIN]), float(grid[PER_M])
    west, last = cell_at(east - reach, begin, per_m, side), cell_at(east + reach, begin, per_m, side)
    reach = level + up * float(grid[ASKEW_NORTH])
    north = x * float(grid[AXES + 3]) + y * float(grid[AXES + 4]) + h * float(grid[AXES + 5])
    begin, per_m = float(grid[BEGIN + 1]), float(grid[PER_M + 1])
    low, high = cell_at(north - reach, begin, per_m, side), cell_at(north + reach, begin, per_m, side)
    found = 0
    for line in range(low, high + 1):
        for q in range(int(first[line * side + west]), int(first[line * side + last + 1])):
            px, py, pz = float(places[q, 0]), float(places[q, 1]), float(places[q, 2])
            wide, tall = gate * (row_level + float(places[q, 3])), gate * (row_up + float(places[q, 4]))
            if near(px, py, pz, px - x, py - y, pz - h, wide, tall):
                here[found] = listed[q]
                found = found + 1
    return found


@kernel
def near(x: float, y: float, z: float, dx: float, dy: float, dz: float, gate: float, gate_up: float) -> bool:
    """Whether a difference from a place lies in a gate: a cylinder, its axis straight up at the place."""
    d2 = dx * dx + dy * dy + dz * dz
    if d2 > gate * gate + gate_up * gate_up:
        return False
    norm2 = x * x + y * y + z * z
    up = dx * x + dy * y + dz * z
    up2 = up * up / norm2 if norm2 > 1.0 else 0.0
    return d2 - up2 <= gate * gate and up2 <= gate_up * gate_up


@kernel
def among_others(
    at: Floats, others: Ints, kind: Ints, z: Floats, spread: Floats, frame: Floats, gate: float, here: Ints, found: int
) -> int:
    """Add the unsure places, azimuths and directions that a row may have given; return how many there are then."""
    azimuth = 0.0
    width = -1.0
    x, y, h = float(at[0]), float(at[1]), float(at[2])
    for q in range(others.shape[0]):
        j = int(others[q])
        inside = False
        if kind[j] == POSITION:
            px, py, pz = float(z[j, 0]), float(z[j, 1]), float(z[j, 2])
            wide, tall = gate * (float(at[3]) + float(spread[j, 0])), gate * (float(at[4]) + float(spread[j, 1]))
            inside = near(px, py, pz, px - x, py - y, pz - h, wide, tall)
        elif kind[j] == AZIMUTH or kind[j] == DIRECTION:
            if width < 0.0:
                east, north, _ = ecef_to_enu(frame, x, y, h)
                level = math.sqrt(east * east + north * north)
                azimuth = atan2(east, north)
                width = float(at[3]) / level if level > 1.0 else PI
            off = abs(float(z[j, 0]) - azimuth)
            if off > PI:
                off = abs(off - 2.0 * PI)
            inside = off <= gate * (width + float(spread[j, 0]))
        if inside:
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
        for k in range(found):
            seen[here[k]] = mark
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
