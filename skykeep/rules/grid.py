"""Which cells of a grid an outline covers: wholly inside, or with the few edges that can matter there.

The globe is cut into tiles of 2**22 by 2**22 (1e-7 degree, some 0.42 degrees), each tile into cells of a power of two
of its own. A cell holds the integer places s <= lat < s + size, w <= lon < w + size. For each outline that is not
surely outside of a cell there is an entry:

    INSIDE   every place of the cell is inside
    EDGES    the runs of consecutive edges that come near the cell, and the parity of those that pass east of it
    WHOLE    ask the whole polygon (two of its rings come near the cell, or it is too wide for this grid)
    CIRCLE   the border of a circle passes near

Within a cell the crossing number towards the east needs only the edges near the cell. Any other edge that meets the
cell's row passes it in the east or in the west, wholly. Those in the east cross the ray from a place at latitude y if
their ends lie on both sides of y; along a chain of them all inner ends cancel, so what is left is one constant for
the cell, and for each run whose neighbour passes in the east whether the latitude of their common vertex is above y:

    parity(y, x) = base + sum over runs of [first vertex above y, if the edge before it passes in the east]
                        + [last vertex above y, if the edge after it does] + crossings of the run's edges     (mod 2)

`covered` finds the constant by counting at the cell's south. An edge counts as near if it may be; that costs time and
changes no answer, because near edges are compared exactly as `geo.volumes.ring_side` does.
"""

# ruff: noqa: PLR0913, PLR0917, C901, PLR0912, PLR0915 - kernels are scalar loops over plain arrays: long and flat
# ruff: noqa: RUF046, SIM110 - with the JIT on, int() settles a type; kernels have no generators
from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from skykeep.geo import exact, geodesic
from skykeep.geo.frames import curvature_radii_m, metres_per_e7
from skykeep.geo.kernel import kernel
from skykeep.geo.volumes import circle_margin_m

Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

TURN_E7 = 3_600_000_000
LAT_MIN_E7, LON_MIN_E7 = -900_000_000, -1_800_000_000
LAT_MAX_E7, LON_MAX_E7 = 900_000_000, 1_800_000_000
TILE_SHIFT = 22
TILE_ROWS = ((LAT_MAX_E7 - LAT_MIN_E7) >> TILE_SHIFT) + 1
TILE_COLUMNS = ((LON_MAX_E7 - LON_MIN_E7) >> TILE_SHIFT) + 1
WIDE_E7 = TURN_E7 - (2 << TILE_SHIFT)  # an outline as wide might come into one tile from both sides
SHIFT_MIN = 12  # cells of 4e-4 degree, some 45 m; a million in a tile

INSIDE, EDGES, WHOLE, CIRCLE = 0, 1, 2, 3
BASE, INVERT, BEFORE, AFTER = 4, 8, 16, 32  # parity; a hole's edges; the edge before, after the run passes in the east
TURN_BIT, RECORDS_BIT = 6, 8  # flags = kind | bits | (turns + 1) << TURN_BIT | number of records << RECORDS_BIT

OUT, IN, OUTER, HOLE, BOTH = 0, 1, 2, 3, 4  # of a cell: surely outside, inside; near the outer ring, a hole, more rings
NO_TURNS = 9
POLYGON = 0  # kinds of outlines; WHOLE and CIRCLE are the others
CELLS_AN_EDGE = 2
QUICK_RADIUS_MAX_M = 50_000.0
QUICK_LAT_MAX_DEG = 70.0
RECORDS_MAX, GRAVITY_BIT = (1 << 20) - 1, 28  # ... | the gravest code that it may get (see `lookup`) << GRAVITY_BIT
ONE = 1 << RECORDS_BIT

_NORTH_MAX_M, _EAST_MAX_M = 0.0111695, 0.0111320  # the longest 1e-7 degree, northward and eastward, rounded up
_QUICK_ERROR = 0.004  # of a distance up to 100 km, and latitudes up to 70 degrees: four times what was measured
_CIRCLE_SLACK_M = 0.01  # more than the error of the geodesic


@kernel
def cells_of(lat_min_e7: int, lat_max_e7: int, lon_min_e7: int, lon_max_e7: int, shift: int) -> tuple[int, int]:
    """Return how many rows and columns of cells a box touches."""
    rows = ((lat_max_e7 - LAT_MIN_E7) >> shift) - ((lat_min_e7 - LAT_MIN_E7) >> shift) + 1
    columns = ((lon_max_e7 - LON_MIN_E7) >> shift) - ((lon_min_e7 - LON_MIN_E7) >> shift) + 1
    return rows, columns


@kernel
def span(vertices: Ints32, edge: int, south: int, north: int, west: int, shift: int) -> tuple[int, int, bool]:
    """Return the first and last column, counted from `west`, that an edge may come near between two latitudes.

    The third: whether it crosses the latitude `south`. (1, 0, False) where it does not come between them at all. The
    crossing with a latitude is found in floats, right to 1e-5 of a unit, and a unit is added either way.
    """
    lat_a, lon_a = int(vertices[edge, 0]), int(vertices[edge, 1])
    lat_b, lon_b = int(vertices[edge + 1, 0]), int(vertices[edge + 1, 1])
    low, high = min(lat_a, lat_b), max(lat_a, lat_b)
    if high < south or low > north:
        return 1, 0, False
    lon_low, lon_high = min(lon_a, lon_b), max(lon_a, lon_b)
    if low < south or high > north:
        slope = float(lon_b - lon_a) / float(lat_b - lat_a)
        at_low = lon_a + slope * float(max(low, south) - lat_a)
        at_high = lon_a + slope * float(min(high, north) - lat_a)
        lon_low = max(lon_low, int(math.floor(min(at_low, at_high))) - 1)
        lon_high = min(lon_high, int(math.floor(max(at_low, at_high))) + 2)
    return (lon_low - west) >> shift, (lon_high - west) >> shift, (lat_a > south) != (lat_b > south)


@kernel
def covered(
    vertices: Ints32, ring: Ints, box: Ints, shift: int, turns: int, count: int,
    inside: Ints32, cells: Ints32, runs: Ints32,
) -> int:  # fmt: skip
    """Find which cells of a box within one tile a ring covers; return how many runs there are, or -1: no room.

    `ring` (2,): vertices[ring[0]] to vertices[ring[1]], closed. `box` (4,): lat min, lat max, lon min, lon max;
    `turns` whole turns bring it to the ring's longitudes. Filled, cell by cell of the box, row after row: `inside`
    (0 or 1: the base parity), `cells` (first run, last run, last edge; first run -1: no edge near). `runs` (k, 4)
    from `count` on: first edge, number of edges, BEFORE | AFTER, next run of the cell or -1.
    """
    start, stop = int(ring[0]), int(ring[1])
    rows, columns = cells_of(int(box[0]), int(box[1]), int(box[2]), int(box[3]), shift)
    south0 = LAT_MIN_E7 + (((int(box[0]) - LAT_MIN_E7) >> shift) << shift)
    west = LON_MIN_E7 + (((int(box[2]) - LON_MIN_E7) >> shift) << shift) + turns * TURN_E7
    size = 1 << shift
    for k in range(rows * columns):
        inside[k] = 0
        cells[k, 0] = -1
        cells[k, 1] = -1
        cells[k, 2] = -2
    for edge in range(start, stop):
        low = min(int(vertices[edge, 0]), int(vertices[edge + 1, 0]))
        high = max(int(vertices[edge, 0]), int(vertices[edge + 1, 0]))
        for row in range(max(0, (low - south0) >> shift), min(rows - 1, (high - south0) >> shift) + 1):
            south = south0 + row * size
            first, last, crosses = span(vertices, edge, south, south + size - 1, west, shift)
            if crosses and first > 0:
                inside[row * columns + min(first, columns) - 1] ^= 1  # it passes east of this cell and all before it
            for k in range(row * columns + max(first, 0), row * columns + min(last, columns - 1) + 1):
                if cells[k, 2] == edge - 1:
                    runs[cells[k, 1], 1] += 1
                else:
                    if count >= runs.shape[0]:
                        return -1
                    runs[count, 0] = edge
                    runs[count, 1] = 1
                    runs[count, 2] = 0
                    runs[count, 3] = -1
                    if cells[k, 1] >= 0:
                        runs[cells[k, 1], 3] = count
                    else:
                        cells[k, 0] = count
                    cells[k, 1] = count
                    count += 1
                cells[k, 2] = edge
    for row in range(rows):
        south = south0 + row * size
        parity = 0
        for column in range(columns - 1, -1, -1):
            k = row * columns + column
            parity ^= int(inside[k])
            base = parity
            run = int(cells[k, 0])
            while run >= 0:
                first = int(runs[run, 0])
                after = first + int(runs[run, 1])
                if _east(vertices, first - 1 if first > start else stop - 1, south, size, west, shift, column):
                    runs[run, 2] |= BEFORE
                    base ^= 1 if vertices[first, 0] > south else 0
                if _east(vertices, after if after < stop else start, south, size, west, shift, column):
                    runs[run, 2] |= AFTER
                    base ^= 1 if vertices[after, 0] > south else 0
                run = int(runs[run, 3])
            inside[k] = base
    return count


@kernel
def _east(vertices: Ints32, edge: int, south: int, size: int, west: int, shift: int, column: int) -> bool:
    """Return whether an edge meets the row and passes the cell in the east."""
    first, last, _ = span(vertices, edge, south, south + size - 1, west, shift)
    return first <= last and first > column


@kernel
def polygon_cells(
    vertices: Ints32, rings: Ints, box: Ints, shift: int,
    state: Ints32, inside: Ints32, cells: Ints32, hole_inside: Ints32, hole_cells: Ints32, runs: Ints32,
) -> int:  # fmt: skip
    """Fill `state` for each cell of a box within one tile: OUT, IN, OUTER, HOLE or BOTH; return -1 for no room.

    `rings` (r, 6): first and last vertex, box; the first one is the outer ring. For OUTER and HOLE, `inside` and
    `cells` are those of the one ring that comes near; its number is `state >> 3`.
    """
    rows, columns = cells_of(int(box[0]), int(box[1]), int(box[2]), int(box[3]), shift)
    turns = turns_to(rings[0], box)
    count = covered(vertices, rings[0], box, shift, turns, 0, inside, cells, runs)
    if count < 0:
        return -1
    for k in range(rows * columns):
        state[k] = OUTER if cells[k, 0] >= 0 else IN if inside[k] == 1 else OUT
    for number in range(1, rings.shape[0]):
        turns = turns_to(rings[number], box)
        if turns == NO_TURNS:
            continue
        count = covered(vertices, rings[number], box, shift, turns, count, hole_inside, hole_cells, runs)
        if count < 0:
            return -1
        for k in range(rows * columns):
            if hole_cells[k, 0] >= 0 and state[k] != OUT:
                state[k] = HOLE + 8 * number if state[k] == IN else BOTH
                inside[k] = hole_inside[k]
                cells[k, 0] = hole_cells[k, 0]
            elif hole_inside[k] == 1:
                state[k] = OUT if state[k] == IN or state[k] == OUT else BOTH
    return count


@kernel
def turns_to(ring: Ints, box: Ints) -> int:
    """Return the whole turns that bring a box to where it meets a ring's own box, or NO_TURNS."""
    for turns in range(-1, 2):
        low, high = int(box[2]) + turns * TURN_E7, int(box[3]) + turns * TURN_E7
        if low <= ring[5] and high >= ring[4] and box[0] <= ring[3] and box[1] >= ring[2]:
            return turns
    return NO_TURNS


@kernel
def circle_quick(lat_e7: int) -> tuple[float, float, float, float]:
    """Return what `quick_distance_m` needs of a centre: metres a 1e-7 degree north, east; narrowing; 1 where it may."""
    lat_deg = int(lat_e7) / 1e7
    if not -QUICK_LAT_MAX_DEG <= lat_deg <= QUICK_LAT_MAX_DEG:
        return 0.0, 0.0, 0.0, 0.0
    north_m, east_m = metres_per_e7(lat_deg)
    sine, cosine = exact.sincos_deg(lat_deg)
    return north_m, east_m, -0.5 * sine / (cosine * curvature_radii_m(lat_deg)[1]), 1.0


@kernel
def circle_state(centre: Ints, quick: Floats, lat_e7: int, lon_e7: int, half_lat_e7: int, half_lon_e7: int) -> int:
    """Return IN, OUT or OUTER (near) for all places of a box about a middle, surely.

    `centre` (3,): lat_e7, lon_e7, radius_mm. `quick` (4,): see `circle_quick`.
    """
    radius_m = centre[2] / 1e3
    reach_m = half_lat_e7 * _NORTH_MAX_M + half_lon_e7 * _EAST_MAX_M + _CIRCLE_SLACK_M
    if quick[3] > 0.0:
        away_m = quick_distance_m(centre, quick, lat_e7, lon_e7)
        reach_m += _QUICK_ERROR * away_m + 1.0
        if away_m > 2.0 * QUICK_RADIUS_MAX_M:
            away_m = _distance_m(centre, lat_e7, lon_e7)
    else:
        away_m = _distance_m(centre, lat_e7, lon_e7)
    if math.isnan(away_m):
        return OUTER if radius_m > 1.9e7 else OUT
    return IN if away_m + reach_m <= radius_m else OUT if away_m - reach_m >= radius_m else OUTER


@kernel
def _distance_m(centre: Ints, lat_e7: int, lon_e7: int) -> float:
    return geodesic.distance_m(int(centre[0]) / 1e7, int(centre[1]) / 1e7, int(lat_e7) / 1e7, int(lon_e7) / 1e7)


@kernel
def quick_distance_m(centre: Ints, quick: Floats, lat_e7: int, lon_e7: int) -> float:
    """Return about how far a place is from the centre of a circle; see `circle_quick` for how right that is."""
    east_e7 = int(lon_e7) - int(centre[1])
    if east_e7 > TURN_E7 // 2:
        east_e7 -= TURN_E7
    elif east_e7 < -(TURN_E7 // 2):
        east_e7 += TURN_E7
    y = float(int(lat_e7) - int(centre[0])) * quick[0]
    x = float(east_e7) * quick[1] * max(0.0, 1.0 + quick[2] * y)
    return math.sqrt(x * x + y * y)


@kernel
def circle_holds(centre: Ints, quick: Floats, lat_e7: int, lon_e7: int) -> bool:
    """Return whether a place is in a circle, as `volumes.circle_margin_m` >= 0 says."""
    radius_m = centre[2] / 1e3
    if quick[3] > 0.0:
        away_m = quick_distance_m(centre, quick, lat_e7, lon_e7)
        error_m = _QUICK_ERROR * away_m + 1.0
        if away_m + error_m < radius_m:
            return True
        if radius_m + error_m < away_m < 2.0 * QUICK_RADIUS_MAX_M:
            return False
    return circle_margin_m(centre[0], centre[1], radius_m, lat_e7, lon_e7) >= 0.0


@kernel
def tiles_of(box: Ints, turns: int, clipped: Ints) -> bool:
    """Fill `clipped` (8,) with a box brought into -180..180 degrees, then first and last tile row and column.

    False where that box has nothing there.
    """
    clipped[0] = max(LAT_MIN_E7, int(box[0]))
    clipped[1] = min(LAT_MAX_E7, int(box[1]))
    clipped[2] = max(LON_MIN_E7, int(box[2]) - turns * TURN_E7)
    clipped[3] = min(LON_MAX_E7, int(box[3]) - turns * TURN_E7)
    clipped[4] = (clipped[0] - LAT_MIN_E7) >> TILE_SHIFT
    clipped[5] = (clipped[1] - LAT_MIN_E7) >> TILE_SHIFT
    clipped[6] = (clipped[2] - LON_MIN_E7) >> TILE_SHIFT
    clipped[7] = (clipped[3] - LON_MIN_E7) >> TILE_SHIFT
    return bool(clipped[0] <= clipped[1]) and bool(clipped[2] <= clipped[3])


@kernel
def survey(shapes: Ints, tile_of: Ints32, stats: Ints) -> int:
    """Number the tiles that outlines touch and that have none, from -2 down; return how many, or -1: no room.

    `shapes` (m, 8): kind (POLYGON, WHOLE, CIRCLE), first and last ring or the circle, box, number of edges.
    Counted for each new tile, `stats` (t, 16): edges about; cells touched by boxes, by size of cell; row; column.
    """
    known = 0
    clipped = np.zeros(8, np.int64)
    for k in range(shapes.shape[0]):
        box = shapes[k, 3:7]
        area = float(box[1] - box[0] + 1) * float(box[3] - box[2] + 1)
        for turns in range(-1, 2):
            if not tiles_of(box, turns, clipped):
                continue
            for row in range(clipped[4], clipped[5] + 1):
                for column in range(clipped[6], clipped[7] + 1):
                    if tile_of[row, column] == -1:
                        if known >= stats.shape[0]:
                            return -1
                        tile_of[row, column] = -2 - known
                        stats[known, :] = 0
                        stats[known, 14], stats[known, 15] = row, column
                        known += 1
                    if tile_of[row, column] < -1 and shapes[k, 0] != WHOLE:
                        part = clip(clipped, row, column)
                        share = float(part[1] - part[0] + 1) * float(part[3] - part[2] + 1) / area
                        here = stats[-2 - tile_of[row, column]]
                        here[0] += 1 + int(share * float(shapes[k, 7]))
                        for shift in range(SHIFT_MIN, TILE_SHIFT + 1):
                            rows, columns = cells_of(part[0], part[1], part[2], part[3], shift)
                            here[1 + shift - SHIFT_MIN] += rows * columns
    return known


@kernel
def clip(clipped: Ints, row: int, column: int) -> tuple[int, int, int, int]:
    """Return the part of a box that lies in a tile."""
    south, west = LAT_MIN_E7 + (row << TILE_SHIFT), LON_MIN_E7 + (column << TILE_SHIFT)
    size = 1 << TILE_SHIFT
    return (
        max(int(clipped[0]), south),
        min(int(clipped[1]), south + size - 1),
        max(int(clipped[2]), west),
        min(int(clipped[3]), west + size - 1),
    )


@kernel
def best_shift(stats: Ints) -> int:
    """Return the size of cells for a tile: as small as a few cells for each edge allow, so that few edges are near."""
    for shift in range(SHIFT_MIN, TILE_SHIFT):
        side = 1 << (TILE_SHIFT - shift)
        room = CELLS_AN_EDGE * int(stats[0]) + 16
        if side * side <= room and stats[1 + shift - SHIFT_MIN] <= room:
            return shift
    return TILE_SHIFT


@kernel
def enter(
    vertices: Ints32, rings: Ints, centres: Ints, quicks: Floats, shapes: Ints, start: int,
    tile_of: Ints32, tiles: Ints32, stamps: Ints, scratch: Ints32, runs: Ints32, records: Ints32,
) -> tuple[int, int]:  # fmt: skip
    """Write the records of outlines from `start` on; return the first that found no room, and how many came before it.

    That is the outline's number, or where it was `runs` that had no room, -1 less that number.

    A record (5,): cell, outline, flags, first edge or circle, number of edges. The first record of an entry says
    how many it has. `scratch` (cells of the largest tile, 9); `stamps` (t,): the last outline that was entered whole.
    """
    count = 0
    box = np.zeros(4, np.int64)
    clipped = np.zeros(8, np.int64)
    state, inside, hole_inside = scratch[:, 0], scratch[:, 1], scratch[:, 2]
    cells, hole_cells = scratch[:, 3:6], scratch[:, 6:9]
    for k in range(start, shapes.shape[0]):
        began = count
        for turns in range(-1, 2):
            if not tiles_of(shapes[k, 3:7], turns, clipped):
                continue
            for row in range(clipped[4], clipped[5] + 1):
                for column in range(clipped[6], clipped[7] + 1):
                    tile = int(tile_of[row, column])
                    base, shift = int(tiles[tile, 0]), int(tiles[tile, 1])
                    box[0], box[1], box[2], box[3] = clip(clipped, row, column)
                    if shapes[k, 0] == WHOLE:
                        if count >= records.shape[0]:
                            return k, began
                        if stamps[tile] != k:
                            stamps[tile] = k
                            _record(records, count, base, k, WHOLE | ONE, 0, 0)
                            count += 1
                        continue
                    rows, columns = cells_of(box[0], box[1], box[2], box[3], shift)
                    first_row = ((box[0] - LAT_MIN_E7) & ((1 << TILE_SHIFT) - 1)) >> shift
                    first_column = ((box[2] - LON_MIN_E7) & ((1 << TILE_SHIFT) - 1)) >> shift
                    side = 1 << (TILE_SHIFT - shift)
                    if shapes[k, 0] == POLYGON:
                        first_ring = int(shapes[k, 1])
                        found = polygon_cells(
                            vertices, rings[first_ring : int(shapes[k, 2])], box, shift,
                            state, inside, cells, hole_inside, hole_cells, runs,
                        )  # fmt: skip
                        if found < 0:
                            return -1 - k, began
                    else:
                        first_ring = -1
                        _circle_cells(centres[int(shapes[k, 1])], quicks[int(shapes[k, 1])], box, shift, state)
                    if rows * columns == side * side and _all_inside(state, rows * columns):
                        if count >= records.shape[0]:
                            return k, began
                        _record(records, count, base, k, INSIDE | ONE, 0, 0)
                        count += 1
                        continue
                    for cell in range(rows * columns):
                        kind = state[cell] & 7
                        if kind == OUT:
                            continue
                        if count >= records.shape[0]:
                            return k, began
                        number = base + 1 + (first_row + cell // columns) * side + first_column + cell % columns
                        if kind == IN:
                            _record(records, count, number, k, INSIDE | ONE, 0, 0)
                            count += 1
                        elif first_ring < 0:
                            _record(records, count, number, k, CIRCLE | ONE, int(shapes[k, 1]), 0)
                            count += 1
                        elif kind == BOTH:
                            _record(records, count, number, k, WHOLE | ONE, 0, 0)
                            count += 1
                        else:
                            flags = EDGES | (BASE if inside[cell] == 1 else 0) | (INVERT if kind == HOLE else 0)
                            ring_turns = turns_to(rings[first_ring + (state[cell] >> 3)], box)
                            flags |= (ring_turns + 1) << TURN_BIT
                            run = int(cells[cell, 0])
                            head = count
                            while run >= 0:
                                if count >= records.shape[0]:
                                    return k, began
                                _record(records, count, number, k, int(runs[run, 2]), runs[run, 0], runs[run, 1])
                                count += 1
                                run = int(runs[run, 3])
                            records[head, 2] |= flags | ((count - head) << RECORDS_BIT)
    return shapes.shape[0], count


@kernel
def _record(records: Ints32, count: int, cell: int, outline: int, flags: int, first: int, edges: int) -> None:
    records[count, 0] = cell
    records[count, 1] = outline
    records[count, 2] = flags
    records[count, 3] = first
    records[count, 4] = edges


@kernel
def _all_inside(state: Ints32, count: int) -> bool:
    for cell in range(count):
        if state[cell] != IN:
            return False
    return True


@kernel
def _circle_cells(centre: Ints, quick: Floats, box: Ints, shift: int, state: Ints32) -> None:
    rows, columns = cells_of(box[0], box[1], box[2], box[3], shift)
    south = LAT_MIN_E7 + (((int(box[0]) - LAT_MIN_E7) >> shift) << shift)
    west = LON_MIN_E7 + (((int(box[2]) - LON_MIN_E7) >> shift) << shift)
    half = (1 << shift) >> 1
    for cell in range(rows * columns):
        lat_e7 = south + (cell // columns << shift) + half
        lon_e7 = west + (cell % columns << shift) + half
        state[cell] = circle_state(centre, quick, lat_e7, lon_e7, half, half)


@kernel
def gathered(records: Ints32, gravities: Ints, cells: Ints32, entries: Ints32) -> None:
    """Sort records by cell, the gravest first, else in their order; those of an outline stand together.

    `gravities` (v,) of outlines. Filled: `cells` (c, 2) first entry and number, `entries` (n, 4) with the gravity.
    """
    firsts = np.zeros(gravities.shape[0] + 1, np.int64)
    for k in range(records.shape[0]):
        cells[records[k, 0], 1] += 1
        firsts[records[k, 1] + 1] += 1
    for outline in range(gravities.shape[0]):
        firsts[outline + 1] += firsts[outline]
    total = 0
    for cell in range(cells.shape[0]):
        cells[cell, 0] = total
        total += cells[cell, 1]
        cells[cell, 1] = 0
    for gravity in range(7, -1, -1):
        for outline in range(gravities.shape[0]):
            if gravities[outline] != gravity:
                continue
            for k in range(firsts[outline], firsts[outline + 1]):
                cell = records[k, 0]
                place = cells[cell, 0] + cells[cell, 1]
                cells[cell, 1] += 1
                for column in range(4):
                    entries[place, column] = records[k, column + 1]
                entries[place, 1] |= gravity << GRAVITY_BIT


@kernel
def merged(
    records: Ints32, first_volume: int, gravities: Ints, zone_of: Ints32, old: Ints32,
    cells: Ints32, entries: Ints32, count: int,
) -> int:  # fmt: skip
    """Put new records, sorted by cell, into cells of the form that `gathered` makes; return how many entries there are.

    Each touched cell is written anew from row `count` of `entries` on; `old` are the entries before (they may be the
    same array). A new outline k of the records is volume `first_volume` + k.
    """
    k = 0
    while k < records.shape[0]:
        cell = int(records[k, 0])
        stop = k
        while stop < records.shape[0] and records[stop, 0] == cell:
            stop += 1
        at, end = int(cells[cell, 0]), int(cells[cell, 0]) + int(cells[cell, 1])
        begin = count
        while at < end or k < stop:
            take_old = at < end
            if take_old and k < stop:
                here, there = int(gravities[records[k, 1]]), int(old[at, 1]) >> GRAVITY_BIT
                take_old = there > here or (
                    there == here and zone_of[old[at, 0]] <= zone_of[first_volume + records[k, 1]]
                )
            if take_old:
                for _ in range((int(old[at, 1]) >> RECORDS_BIT) & RECORDS_MAX):
                    for column in range(4):
                        entries[count, column] = old[at, column]
                    at += 1
                    count += 1
            else:
                gravity = int(gravities[records[k, 1]])
                for _ in range((int(records[k, 2]) >> RECORDS_BIT) & RECORDS_MAX):
                    entries[count, 0] = first_volume + records[k, 1]
                    entries[count, 1] = int(records[k, 2]) | (gravity << GRAVITY_BIT)
                    entries[count, 2] = records[k, 3]
                    entries[count, 3] = records[k, 4]
                    k += 1
                    count += 1
        cells[cell, 0] = begin
        cells[cell, 1] = count - begin
    return count
