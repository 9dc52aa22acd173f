"""Which outlines hold a place, and what they say: the kernels that are asked millions of times a second.

For a place, its tile and then its cell name the few outlines that can hold it (see `grid`). Of each, in this order:
does its zone rule at that time, is the height between its limits, and only then: is the place inside.

    code                 of one zone, and of the gravest one over a place
    0 NOTHING            no zone in force, or that may be, holds the place in any height that it may have
    1 ALLOWED            inside a zone that restricts nothing
    2 CONDITIONAL        inside a zone with conditions
    3 HOURS_UNKNOWN      inside or maybe inside (height) of a zone that may be in force: its hours could not be read
    4 HEIGHT_UNKNOWN     inside a zone's outline, but no height in the datum of its floor or ceiling is known
    5 NEEDS_PERMIT       inside a zone that asks for a permit
    6 PROHIBITED         inside a prohibited zone

A zone that restricts nothing is never unknown: inside or not, it forbids nothing. "Inside" is exact: the place, height
and time are taken as they stand, without error, as `rules.inside.locate` does for a flight whose spreads are 0.
"""

# ruff: noqa: PLR0913, PLR0917, C901, PLR0912, PLR0915 - kernels are scalar loops over plain arrays: long and flat
from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skykeep.geo.frames import metres_per_e7
from skykeep.geo.kernel import kernel
from skykeep.geo.volumes import OUTSIDE, polygon_side
from skykeep.rules.grid import (
    AFTER,
    BASE,
    BEFORE,
    CIRCLE,
    EDGES,
    GRAVITY_BIT,
    INSIDE,
    INVERT,
    LAT_MIN_E7,
    LON_MIN_E7,
    RECORDS_BIT,
    RECORDS_MAX,
    TILE_SHIFT,
    TURN_BIT,
    TURN_E7,
    circle_holds,
)
from skykeep.rules.outline import METRES_PER_E7_MIN

Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

NEAR_MAX_E7 = 2_000_000  # half the widest box of cells that is looked through for what is near, some 22 km
NOTHING, ALLOWED, CONDITIONAL, HOURS_UNKNOWN, HEIGHT_UNKNOWN, NEEDS_PERMIT, PROHIBITED = range(7)
UNKNOWN_MM = -(1 << 63)  # a height that is not known
NO_FLOOR_MM, NO_CEILING_MM = -(1 << 63), (1 << 63) - 1  # which no height is below, above

# Columns of a volume's row, and the bits of its last but two.
FROM, UNTIL, FLOOR, CEILING, BITS, PIECES, PIECES_END, RINGS = range(8)
FLOOR_DATUM_BIT, CEILING_DATUM_BIT, RULE_BIT, STATE_BIT, SEVERAL_BIT = 0, 3, 6, 9, 11
ONCE_BIT = 12  # before FROM and from UNTIL on it never rules
AHEAD = 64  # places whose memory is asked for at once
RULES_NOT, RULES, RULES_MAYBE = 0, 1, 2


class Arrays(NamedTuple):
    """What the kernels read of an engine (see `engine.Engine`)."""

    tile_of: Ints32
    tiles: Ints32
    cells: Ints32
    entries: Ints32
    vertices: Ints32
    centres: Ints
    quicks: Floats
    whole_lats_e7: Ints
    whole_lons_e7: Ints
    whole_starts: Ints
    volumes: Ints
    pieces: Ints
    zone_of: Ints32


@kernel
def all_places(lats_e7: Ints, lons_e7: Ints) -> bool:
    """Return whether every pair lies within 90 and 180 degrees."""
    good = True
    for row in range(lats_e7.shape[0]):
        good = good and -900_000_000 <= lats_e7[row] <= 900_000_000 and -1_800_000_000 <= lons_e7[row] <= 1_800_000_000
    return good


@kernel
def among_edges(entries: Ints32, vertices: Ints32, entry: int, flags: int, lat: int, lon: int) -> bool:
    """Count crossings towards the east among the edges near; the comparison is `volumes.ring_side`'s.

    Without branches but for the border, which is rare. The edges come near the cell that the place is in, so that a
    product is at most (1.8e9 + 2**23) * 1.8e9 < 2**63.
    """
    inside = flags & BASE != 0
    lon = lon + (((flags >> TURN_BIT) & 3) - 1) * TURN_E7
    for record in range(entry, entry + ((flags >> RECORDS_BIT) & RECORDS_MAX)):
        bits = int(entries[record, 1])
        first = int(entries[record, 2])
        lat_a = int(vertices[first, 0])
        lon_a = int(vertices[first, 1])
        above_a = lat_a > lat
        inside = inside != ((bits & BEFORE != 0) & above_a)
        for k in range(first + 1, first + 1 + int(entries[record, 3])):
            lat_b = int(vertices[k, 0])
            lon_b = int(vertices[k, 1])
            above_b = lat_b > lat
            left = (lon - lon_a) * (lat_b - lat_a)
            right = (lon_b - lon_a) * (lat - lat_a)
            if (
                left == right
                and min(lat_a, lat_b) <= lat <= max(lat_a, lat_b)
                and min(lon_a, lon_b) <= lon <= max(lon_a, lon_b)
            ):
                return True
            inside = inside != ((above_a != above_b) & ((left < right) == above_b))
            lat_a = lat_b
            lon_a = lon_b
            above_a = above_b
        inside = inside != ((bits & AFTER != 0) & above_a)
    return inside != (flags & INVERT != 0)


@kernel
def holds_otherwise(
    arrays: Arrays, entry: int, flags: int, lat: int, lon: int,
) -> bool:  # fmt: skip
    """Return whether the outline of an entry without edges holds a place of its cell, border included."""
    if flags & 3 == INSIDE:
        return True
    if flags & 3 == CIRCLE:
        circle = int(arrays.entries[entry, 2])
        return circle_holds(arrays.centres[circle], arrays.quicks[circle], lat, lon)
    rings = int(arrays.volumes[int(arrays.entries[entry, 0]), RINGS])
    starts = arrays.whole_starts[rings >> 32 : (rings & 0xFFFFFFFF) + 1]
    return polygon_side(arrays.whole_lats_e7, arrays.whole_lons_e7, starts, lat, lon) != OUTSIDE


@kernel
def cells_at(tile_of: Ints32, tiles: Ints32, lat: int, lon: int) -> tuple[int, int]:
    """Return the cell of a place's whole tile and its own cell; -1 twice where no outline is near."""
    north, east = lat - LAT_MIN_E7, lon - LON_MIN_E7
    tile = int(tile_of[north >> TILE_SHIFT, east >> TILE_SHIFT])
    if tile < 0:
        return -1, -1
    base, shift = int(tiles[tile, 0]), int(tiles[tile, 1])
    low = (1 << TILE_SHIFT) - 1
    return base, base + 1 + (((north & low) >> shift) << (TILE_SHIFT - shift)) + ((east & low) >> shift)


@kernel
def said(bits: int, state: int, floor_mm: int, ceiling_mm: int, over_mm: int, under_mm: int) -> int:
    """Return what a volume says of a flight inside its outline, from its state at the time and from the heights alone.

    `over_mm`, `under_mm`: the height above the floor's and the ceiling's datum, UNKNOWN_MM where not known. Numbers
    only, no arrays: the machine's code counts the holders of each array that is handed over, which costs more than
    the answer.
    """
    outside = ((over_mm < floor_mm) & (over_mm != UNKNOWN_MM)) | (under_mm > ceiling_mm)
    if outside | (state == RULES_NOT):
        return NOTHING
    code = (bits >> RULE_BIT) & 7
    unknown = ((over_mm == UNKNOWN_MM) & (floor_mm != NO_FLOOR_MM)) | (
        (under_mm == UNKNOWN_MM) & (ceiling_mm != NO_CEILING_MM)
    )
    if unknown | (state == RULES_MAYBE):
        return NOTHING if code == ALLOWED else HOURS_UNKNOWN if state == RULES_MAYBE else HEIGHT_UNKNOWN
    return code


@kernel
def state_at(pieces: Ints, start: int, stop: int, t_ns: int) -> int:
    """Return the state of the last piece that has begun; the first one begins with time itself."""
    low, high = start, stop - 1
    while low < high:
        middle = (low + high + 1) // 2
        if pieces[middle, 0] <= t_ns:
            low = middle
        else:
            high = middle - 1
    return int(pieces[low, 1])


@kernel
def fetch(arrays: Arrays, lats_e7: Ints, lons_e7: Ints, begin: int, stop: int, spots: Ints) -> None:
    """Fill `spots` with the cells of some places (see `cells_at`), and read where the entries of each begin.

    Places in random order need memory that is far away. Asked for one after the other each is waited for; asked for
    together, before the first is needed, all come in the time of a few. What is read is kept so that it is read.
    """
    cells, entries = arrays.cells, arrays.entries
    for k in range(stop - begin):
        whole, own = cells_at(arrays.tile_of, arrays.tiles, int(lats_e7[begin + k]), int(lons_e7[begin + k]))
        spots[k, 0], spots[k, 1] = whole, own
    before = -1
    for k in range(stop - begin):
        own = int(spots[k, 1])
        if own >= 0 and own != before and cells[own, 1] > 0:
            first = int(cells[own, 0])
            spots[k, 2] = int(entries[first, 1]) + int(entries[first + min(int(cells[own, 1]) - 1, 4), 1])
        before = own


@kernel
def judge(
    arrays: Arrays, lats_e7: Ints, lons_e7: Ints, heights: Ints, times_ns: Ints, codes: Bytes, found: Ints
) -> None:  # fmt: skip
    """Fill `codes` (n,) with the gravest over each place, `found` (n,) with the volume of the first zone that says it.

    -1 for no volume. One loop, because a call for each place would cost as much as the answer.
    """
    cells, entries, vertices = arrays.cells, arrays.entries, arrays.vertices
    volumes, pieces, zone_of = arrays.volumes, arrays.pieces, arrays.zone_of
    spots = np.empty((AHEAD, 3), np.int64)
    base, known = 0, 0
    for row in range(lats_e7.shape[0]):
        if row == known:
            base, known = row, min(row + AHEAD, lats_e7.shape[0])
            fetch(arrays, lats_e7, lons_e7, base, known, spots)
        lat, lon, t_ns = int(lats_e7[row]), int(lons_e7[row]), int(times_ns[row])
        best = NOTHING
        best_zone = -1
        best_volume = -1
        whole, own = int(spots[row - base, 0]), int(spots[row - base, 1])
        for turn in range(0 if own < 0 else 2):
            cell = own if turn == 1 else whole
            entry = int(cells[cell, 0])
            stop = entry + int(cells[cell, 1])
            while entry < stop:
                volume = int(entries[entry, 0])
                flags = int(entries[entry, 1])
                most = flags >> GRAVITY_BIT
                if most < best or (most == best and zone_of[volume] > best_zone):
                    break  # nor is any later one graver, or as grave with a lower number
                bits = int(volumes[volume, BITS])
                state = (bits >> STATE_BIT) & 3
                if (t_ns < volumes[volume, FROM]) | (t_ns >= volumes[volume, UNTIL]):
                    state = RULES_NOT
                    if (bits >> ONCE_BIT) & 1 == 0:
                        state = state_at(pieces, int(volumes[volume, PIECES]), int(volumes[volume, PIECES_END]), t_ns)
                code = said(
                    bits,
                    state,
                    int(volumes[volume, FLOOR]),
                    int(volumes[volume, CEILING]),
                    int(heights[row, (bits >> FLOOR_DATUM_BIT) & 7]),
                    int(heights[row, (bits >> CEILING_DATUM_BIT) & 7]),
                )
                if code >= best and code != NOTHING:
                    if flags & 3 == EDGES:
                        inside = among_edges(entries, vertices, entry, flags, lat, lon)
                    else:
                        inside = flags & 3 == INSIDE or holds_otherwise(arrays, entry, flags, lat, lon)
                    if inside:
                        zone = int(zone_of[volume])
                        if code == HEIGHT_UNKNOWN and (int(volumes[volume, BITS]) >> SEVERAL_BIT) & 1:
                            code, other = _settled(arrays, whole, own, zone, lat, lon, heights, row, t_ns)
                            volume = volume if other < 0 else other
                        if code > best or (code == best and zone < best_zone):
                            best = code
                            best_zone = zone
                            best_volume = volume
                entry += (flags >> RECORDS_BIT) & RECORDS_MAX
        codes[row] = best
        found[row] = best_volume


@kernel
def numbered(zone_of: Ints32, found: Ints) -> None:
    """Turn volumes into the numbers of their zones, -1 staying -1."""
    for row in range(found.shape[0]):
        if found[row] >= 0:
            found[row] = zone_of[found[row]]


@kernel
def one(arrays: Arrays, lat: int, lon: int, heights: Ints, t_ns: int) -> tuple[int, int, int, int, int]:
    """Return code, zone and volume of the gravest (-1: none), its height margin in mm and when its state changes.

    The height margin is UNKNOWN_MM where the volume has no limit, or one that no known height can be compared with.
    """
    place = np.empty((3, 1), np.int64)
    place[0, 0], place[1, 0], place[2, 0] = int(lat), int(lon), int(t_ns)
    codes, found = np.empty(1, np.uint8), np.empty(1, np.int64)
    judge(arrays, place[0], place[1], heights, place[2], codes, found)
    code, volume = int(codes[0]), int(found[0])
    if volume < 0:
        return code, -1, -1, UNKNOWN_MM, 9_223_372_036_854_775_807
    bits = int(arrays.volumes[volume, BITS])
    floor_mm, ceiling_mm = int(arrays.volumes[volume, FLOOR]), int(arrays.volumes[volume, CEILING])
    over_mm = int(heights[0, (bits >> FLOOR_DATUM_BIT) & 7])
    under_mm = int(heights[0, (bits >> CEILING_DATUM_BIT) & 7])
    margin_mm = NO_CEILING_MM
    if floor_mm != NO_FLOOR_MM:
        margin_mm = UNKNOWN_MM if over_mm == UNKNOWN_MM else over_mm - floor_mm
    if ceiling_mm != NO_CEILING_MM:
        margin_mm = UNKNOWN_MM if under_mm == UNKNOWN_MM else min(margin_mm, ceiling_mm - under_mm)
    margin_mm = UNKNOWN_MM if margin_mm == NO_CEILING_MM else margin_mm
    start, stop = int(arrays.volumes[volume, PIECES]), int(arrays.volumes[volume, PIECES_END])
    return code, int(arrays.zone_of[volume]), volume, margin_mm, change_after(arrays.pieces, start, stop, int(t_ns))


@kernel
def _settled(
    arrays: Arrays, whole: int, own: int, zone: int, lat: int, lon: int, heights: Ints, row: int, t_ns: int,
) -> tuple[int, int]:  # fmt: skip
    """Return a zone's code and volume where one says HEIGHT_UNKNOWN: those of another that surely holds the place.

    HEIGHT_UNKNOWN and -1 where there is none.
    """
    cells, entries, vertices = arrays.cells, arrays.entries, arrays.vertices
    volumes, pieces, zone_of = arrays.volumes, arrays.pieces, arrays.zone_of
    for turn in range(2):
        cell = own if turn == 1 else whole
        entry = int(cells[cell, 0])
        stop = entry + int(cells[cell, 1])
        while entry < stop:
            volume = int(entries[entry, 0])
            flags = int(entries[entry, 1])
            if zone_of[volume] == zone:
                bits = int(volumes[volume, BITS])
                state = (bits >> STATE_BIT) & 3
                if (t_ns < volumes[volume, FROM]) | (t_ns >= volumes[volume, UNTIL]):
                    state = RULES_NOT
                    if (bits >> ONCE_BIT) & 1 == 0:
                        state = state_at(pieces, int(volumes[volume, PIECES]), int(volumes[volume, PIECES_END]), t_ns)
                code = said(
                    bits,
                    state,
                    int(volumes[volume, FLOOR]),
                    int(volumes[volume, CEILING]),
                    int(heights[row, (bits >> FLOOR_DATUM_BIT) & 7]),
                    int(heights[row, (bits >> CEILING_DATUM_BIT) & 7]),
                )
                if code > NOTHING and code != HEIGHT_UNKNOWN:
                    if flags & 3 == EDGES:
                        inside = among_edges(entries, vertices, entry, flags, lat, lon)
                    else:
                        inside = holds_otherwise(arrays, entry, flags, lat, lon)
                    if inside:
                        return code, volume
            entry += (flags >> RECORDS_BIT) & RECORDS_MAX
    return HEIGHT_UNKNOWN, -1


@kernel
def gather(
    arrays: Arrays,
    lats_e7: Ints, lons_e7: Ints, heights: Ints, times_ns: Ints,
    begin: int, starts: Ints, found: Ints32, codes: Bytes,
) -> int:  # fmt: skip
    """Write every zone over each place from row `begin` on; return the first row that found no room.

    `starts` (n + 1,): where a row's zones begin in `found` and `codes`, sorted, each once. With no times (0,) a zone
    counts by its outline alone, and its code is 1; else it counts unless its code is NOTHING.
    """
    cells, entries, vertices = arrays.cells, arrays.entries, arrays.vertices
    volumes, pieces, zone_of = arrays.volumes, arrays.pieces, arrays.zone_of
    count = int(starts[begin])
    timed = times_ns.shape[0] > 0
    spots = np.empty((AHEAD, 3), np.int64)
    base, known = begin, begin
    for row in range(begin, lats_e7.shape[0]):
        if row == known:
            base, known = row, min(row + AHEAD, lats_e7.shape[0])
            fetch(arrays, lats_e7, lons_e7, base, known, spots)
        lat, lon = int(lats_e7[row]), int(lons_e7[row])
        t_ns = int(times_ns[row]) if timed else 0
        first = count
        whole, own = int(spots[row - base, 0]), int(spots[row - base, 1])
        if own >= 0:
            if count + int(cells[whole, 1]) + int(cells[own, 1]) > found.shape[0]:
                return row
            for turn in range(2):
                cell = own if turn == 1 else whole
                entry = int(cells[cell, 0])
                stop = entry + int(cells[cell, 1])
                while entry < stop:
                    volume = int(entries[entry, 0])
                    flags = int(entries[entry, 1])
                    code = 1
                    if timed:
                        bits = int(volumes[volume, BITS])
                        state = (bits >> STATE_BIT) & 3
                        if (t_ns < volumes[volume, FROM]) | (t_ns >= volumes[volume, UNTIL]):
                            state = RULES_NOT
                            if (bits >> ONCE_BIT) & 1 == 0:
                                state = state_at(
                                    pieces, int(volumes[volume, PIECES]), int(volumes[volume, PIECES_END]), t_ns
                                )
                        code = said(
                            bits,
                            state,
                            int(volumes[volume, FLOOR]),
                            int(volumes[volume, CEILING]),
                            int(heights[row, (bits >> FLOOR_DATUM_BIT) & 7]),
                            int(heights[row, (bits >> CEILING_DATUM_BIT) & 7]),
                        )
                    inside = False
                    if code != NOTHING:
                        if flags & 3 == EDGES:
                            inside = among_edges(entries, vertices, entry, flags, lat, lon)
                        else:
                            inside = flags & 3 == INSIDE or holds_otherwise(arrays, entry, flags, lat, lon)
                    if inside:
                        zone = int(zone_of[volume])
                        place = count
                        while place > first and found[place - 1] > zone:
                            place -= 1
                        if place > first and found[place - 1] == zone:
                            if codes[place - 1] == HEIGHT_UNKNOWN:
                                codes[place - 1] = code
                        else:
                            for k in range(count, place, -1):
                                found[k] = found[k - 1]
                                codes[k] = codes[k - 1]
                            found[place] = zone
                            codes[place] = code
                            count += 1
                    entry += (flags >> RECORDS_BIT) & RECORDS_MAX
        starts[row + 1] = count
    return int(lats_e7.shape[0])


@kernel
def near_many(
    arrays: Arrays, boxes: Ints, east_m: Floats,
    lats_e7: Ints, lons_e7: Ints, reaches_m: Floats, begin: int, starts: Ints, found: Ints32,
) -> int:  # fmt: skip
    """Write the zones near each place from row `begin` on, sorted and each once; return the first without room."""
    count = int(starts[begin])
    for row in range(begin, lats_e7.shape[0]):
        count = near(arrays, boxes, east_m, int(lats_e7[row]), int(lons_e7[row]), float(reaches_m[row]), found, count)
        if count < 0:
            return row
        starts[row + 1] = count
    return int(lats_e7.shape[0])


@kernel
def near(
    arrays: Arrays, boxes: Ints, east_m: Floats, lat: int, lon: int, reach_m: float, found: Ints32, first: int
) -> int:  # fmt: skip
    """Write the zones that may have a place within reach from `first` on; return where they end, or -1: no room.

    In the cells within reach, those whose boxes are. Where the cells are too many or the pole is near, all boxes are
    asked.
    """
    north_e7 = int(reach_m / METRES_PER_E7_MIN) + 1
    south, north = lat - north_e7, lat + north_e7
    here_m = min(_east_m(south), _east_m(north))
    narrow = here_m * TURN_E7 <= 8.0 * reach_m
    east_e7 = TURN_E7 if narrow else int(reach_m / here_m) + 1
    count = first
    if max(north_e7, east_e7) > NEAR_MAX_E7:
        for volume in range(boxes.shape[0]):
            if count >= 0 and _box_near(boxes, east_m, volume, lat, lon, reach_m, north_e7):
                count = _with(found, first, count, int(arrays.zone_of[volume]))
        return count
    south = max(south, LAT_MIN_E7)
    while south <= min(north, -LAT_MIN_E7):
        end = min(north, -LAT_MIN_E7, _tile_end(south, LAT_MIN_E7))
        west, east = lon - east_e7, lon + east_e7
        while west <= east:
            turned = west + (TURN_E7 if west < LON_MIN_E7 else -TURN_E7 if west > -LON_MIN_E7 else 0)
            width = min(min(_tile_end(turned, LON_MIN_E7), -LON_MIN_E7) - turned, east - west)
            tile = int(arrays.tile_of[(south - LAT_MIN_E7) >> TILE_SHIFT, (turned - LON_MIN_E7) >> TILE_SHIFT])
            if tile >= 0:
                count = _in_cell(
                    arrays, boxes, east_m, int(arrays.tiles[tile, 0]), lat, lon, reach_m, found, first, count
                )
                place = south
                while place <= end:
                    across = turned
                    while across <= turned + width:
                        cell = cells_at(arrays.tile_of, arrays.tiles, place, across)[1]
                        count = _in_cell(arrays, boxes, east_m, cell, lat, lon, reach_m, found, first, count)
                        across = _cell_end(across, LON_MIN_E7, int(arrays.tiles[tile, 1])) + 1
                    place = _cell_end(place, LAT_MIN_E7, int(arrays.tiles[tile, 1])) + 1
            west += width + 1
        south = end + 1
    return count


@kernel
def _cell_end(place: int, origin: int, shift: int) -> int:
    """Return the last integer place of the cell that holds a latitude or a longitude."""
    return origin + ((((place - origin) >> shift) + 1) << shift) - 1


@kernel
def _tile_end(place: int, origin: int) -> int:
    return _cell_end(place, origin, TILE_SHIFT)


@kernel
def _in_cell(
    arrays: Arrays, boxes: Ints, east_m: Floats, cell: int, lat: int, lon: int, reach_m: float,
    found: Ints32, first: int, count: int,
) -> int:  # fmt: skip
    """Add the zones of a cell whose boxes are within reach; -1 where there is no room, or was none before."""
    north_e7 = int(reach_m / METRES_PER_E7_MIN) + 1
    entry = int(arrays.cells[cell, 0])
    stop = entry + int(arrays.cells[cell, 1])
    while entry < stop and count >= 0:
        volume = int(arrays.entries[entry, 0])
        if _box_near(boxes, east_m, volume, lat, lon, reach_m, north_e7):
            count = _with(found, first, count, int(arrays.zone_of[volume]))
        entry += (int(arrays.entries[entry, 1]) >> RECORDS_BIT) & RECORDS_MAX
    return count


@kernel
def _with(found: Ints32, first: int, count: int, zone: int) -> int:
    """Put a zone in its place among found[first:count], if it is not there; return the new count, or -1: no room."""
    low, high = first, count
    while low < high:
        middle = (low + high) // 2
        if found[middle] < zone:
            low = middle + 1
        else:
            high = middle
    if low < count and found[low] == zone:
        return count
    if count >= found.shape[0]:
        return -1
    for k in range(count, low, -1):
        found[k] = found[k - 1]
    found[low] = zone
    return count + 1


@kernel
def _east_m(lat: int) -> float:
    return metres_per_e7(lat / 1e7)[1] if -900_000_000 < lat < 900_000_000 else 0.0


@kernel
def _box_near(
    boxes: Ints, east_m: Floats, volume: int, lat: int, lon: int, reach_m: float, north_e7: int
) -> bool:  # fmt: skip
    """Return whether a box is not surely farther than the reach."""
    if lat < boxes[volume, 0] - north_e7 or lat > boxes[volume, 1] + north_e7:
        return False
    narrow_m = min(float(east_m[volume]), _east_m(lat))
    if narrow_m * TURN_E7 <= 4.0 * reach_m:
        return True
    east_e7 = int(reach_m / narrow_m) + 1
    low, high = int(boxes[volume, 2]) - east_e7, int(boxes[volume, 3]) + east_e7
    return low <= lon <= high or low <= lon - TURN_E7 <= high or low <= lon + TURN_E7 <= high


@kernel
def cell_numbers(arrays: Arrays, lats_e7: Ints, lons_e7: Ints, numbers: Ints) -> None:
    """Write the cell of each place, -1 where no outline is near: places of one cell need the same memory."""
    for row in range(lats_e7.shape[0]):
        numbers[row] = cells_at(arrays.tile_of, arrays.tiles, int(lats_e7[row]), int(lons_e7[row]))[1]


@kernel
def change_after(pieces: Ints, start: int, stop: int, t_ns: int) -> int:
    """Return when the spell that holds `t_ns` ends; the end of time where none follows."""
    for k in range(start, stop):
        if pieces[k, 0] > t_ns:
            return int(pieces[k, 0])
    return 9_223_372_036_854_775_807
