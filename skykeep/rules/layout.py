"""Zones laid out in flat arrays, for the grid and for the kernels that ask it."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from skykeep.facts.enacted import Circle, Limit, Rule, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.kernel import kernel
from skykeep.geo.volumes import Polygon
from skykeep.rules import grid, lookup
from skykeep.rules.inside import at_ground
from skykeep.rules.outline import Outline
from skykeep.rules.spells import spells
from skykeep.rules.zone import Zone

Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

DATUMS = (Datum.HAE, Datum.AMSL, Datum.AGL, Datum.TAKEOFF, Datum.STD)  # columns of heights
_DATUM = {datum: place for place, datum in enumerate(DATUMS)}
_CODE = {
    Rule.ALLOWED: lookup.ALLOWED,
    Rule.CONDITIONAL: lookup.CONDITIONAL,
    Rule.NEEDS_PERMIT: lookup.NEEDS_PERMIT,
    Rule.PROHIBITED: lookup.PROHIBITED,
}
GRAVITY = np.array([0, lookup.ALLOWED, lookup.HEIGHT_UNKNOWN, 0, 0, lookup.NEEDS_PERMIT, lookup.PROHIBITED])  # by code
VISITS_MAX = 50_000_000  # edges times tiles: beyond, laying it out costs more than asking the polygon whole
_CIRCLE_EDGES = 64  # a circle's weight when the size of cells is chosen


@dataclasses.dataclass(frozen=True, slots=True)
class Laid:
    """The `v` volumes of some zones; numbers of rings, circles and pieces count on from what was there before."""

    outlines: tuple[Outline, ...]  # (v,)
    zone_of: Ints32  # (v,)
    volumes: Ints  # (v, 8): columns of `lookup`
    gravities: Ints  # (v,): the gravest code that each may get
    boxes: Ints  # (v, 4)
    east_m: Floats  # (v,)
    shapes: Ints  # (v, 8): for `grid.enter`
    rings: Ints  # (r, 6): first and last vertex, box
    vertices: Ints32  # (p, 2)
    pieces: Ints  # (s, 2)
    centres: Ints  # (c, 3)
    quicks: Floats  # (c, 4)
    whole_lats_e7: Ints
    whole_lons_e7: Ints
    whole_starts: Ints  # without the 0 before the first ring


@dataclasses.dataclass(frozen=True, slots=True)
class Before:
    """How much there is of each array already."""

    vertices: int = 0
    pieces: int = 0
    centres: int = 0
    whole_vertices: int = 0
    whole_starts: int = 1  # the 0 that they begin with


def lay_out(zones: Sequence[tuple[int, Zone]], before: Before) -> Laid:
    """Return the volumes of zones, given with their numbers, in this order."""
    parts = [part for number, zone in zones for part in _parts(number, zone)]
    outlines = [outline for _, _, outline in parts]
    volumes = np.zeros((len(parts), 8), np.int64)
    pieces = timed(zones, volumes, before.pieces)
    limits = [_limits(zone, volume) for (_, zone), (_, volume, _) in zip(_owners(zones), parts, strict=True)]
    volumes[:, lookup.FLOOR : lookup.BITS + 1] += np.array(limits, np.int64).reshape(-1, 3)
    shapes = np.zeros((len(parts), 8), np.int64)
    boxes = np.array([outline.box_e7 for outline in outlines], np.int64).reshape(-1, 4)
    shapes[:, 3:7] = boxes
    centres, quicks = _circles(outlines, shapes, before.centres)
    polygons = [outline.shape for outline in outlines if isinstance(outline.shape, Polygon)]
    vertices, rings, lengths = _rings(polygons, before.vertices)
    rows = np.flatnonzero(shapes[:, 0] != grid.CIRCLE)
    place(shapes, rows, rings, lengths)
    whole = _whole(polygons, lengths, shapes[rows, 0] == grid.WHOLE, volumes, rows, before)
    return Laid(
        tuple(outlines),
        np.array([number for number, _, _ in parts], np.int32),
        volumes,
        GRAVITY[volumes[:, lookup.BITS] >> lookup.RULE_BIT & 7],
        boxes,
        np.array([outline.east_min_m for outline in outlines], np.float64),
        shapes,
        rings,
        vertices,
        pieces,
        centres,
        quicks,
        *whole,
    )


def _parts(number: int, zone: Zone) -> list[tuple[int, Volume, Outline]]:
    return [(number, *each) for each in zip(zone.fact.volumes, zone.outlines, strict=True)]


def _owners(zones: Sequence[tuple[int, Zone]]) -> list[tuple[int, Zone]]:
    return [each for each in zones for _ in each[1].outlines]


def _limits(zone: Zone, volume: Volume) -> tuple[int, int, int]:
    """Return floor, ceiling and bits, all but the state's."""
    floor_mm, floor_datum = _limit(volume.floor, lookup.NO_FLOOR_MM)
    if isinstance(volume.floor, Altitude) and at_ground(volume.floor):
        floor_mm = lookup.NO_FLOOR_MM
    ceiling_mm, ceiling_datum = _limit(volume.ceiling, lookup.NO_CEILING_MM)
    bits = floor_datum << lookup.FLOOR_DATUM_BIT | ceiling_datum << lookup.CEILING_DATUM_BIT
    bits |= _CODE[zone.fact.rule] << lookup.RULE_BIT
    return floor_mm, ceiling_mm, bits | (len(zone.outlines) > 1) << lookup.SEVERAL_BIT


def _limit(limit: Limit, none_mm: int) -> tuple[int, int]:
    return (limit.value_mm, _DATUM[limit.datum]) if isinstance(limit, Altitude) else (none_mm, 0)


def timed(zones: Sequence[tuple[int, Zone]], volumes: Ints, before: int) -> Ints:
    """Return the spells of all zones, and write where each volume's are."""
    tables = [spells(zone) for _, zone in zones]
    pieces = np.array(list(itertools.chain.from_iterable(tables)), np.int64).reshape(-1, 2)
    lengths = np.array([len(table) for table in tables], np.int64)
    shares = np.array([len(zone.outlines) for _, zone in zones], np.int64)
    ends = np.cumsum(lengths)
    volumes[:, lookup.PIECES] = np.repeat(ends - lengths, shares)
    volumes[:, lookup.PIECES_END] = np.repeat(ends, shares)
    remember(volumes, pieces)
    volumes[:, lookup.PIECES : lookup.PIECES_END + 1] += before
    return pieces


@kernel
def remember(volumes: Ints, pieces: Ints) -> None:
    """Write each volume's longest spell of the state that says most, so that most times are answered by it."""
    for row in range(volumes.shape[0]):
        start, stop = int(volumes[row, 5]), int(volumes[row, 6])
        best = start
        best_ns = -1.0
        for k in range(start, stop):
            until_ns = int(pieces[k + 1, 0]) if k + 1 < stop else 9_223_372_036_854_775_807
            size_ns = float(until_ns) - float(pieces[k, 0])
            if pieces[k, 1] > 0:
                size_ns += 1e20  # rather a spell in force than one that is not
            if size_ns > best_ns:
                best, best_ns = k, size_ns
        volumes[row, 0] = pieces[best, 0]
        volumes[row, 1] = pieces[best + 1, 0] if best + 1 < stop else 9_223_372_036_854_775_807
        volumes[row, 4] += pieces[best, 1] << lookup.STATE_BIT
        once = 1
        for k in range(start, stop):
            once = 0 if k != best and pieces[k, 1] != lookup.RULES_NOT else once
        volumes[row, 4] += once << lookup.ONCE_BIT


def _circles(outlines: Sequence[Outline], shapes: Ints, before: int) -> tuple[Ints, Floats]:
    found = [(row, outline.shape) for row, outline in enumerate(outlines) if isinstance(outline.shape, Circle)]
    for count, (row, _) in enumerate(found):
        shapes[row, :3] = grid.CIRCLE, before + count, 0
        shapes[row, 7] = _CIRCLE_EDGES
    for row, _ in found:
        if shapes[row, 6] - shapes[row, 5] >= grid.WIDE_E7:
            shapes[row, 5:7] = grid.LON_MIN_E7, grid.LON_MAX_E7
    centres = np.array([(one.lat_e7, one.lon_e7, one.radius_mm) for _, one in found], np.int64).reshape(-1, 3)
    quicks = np.array([grid.circle_quick(one.lat_e7) for _, one in found], np.float64).reshape(-1, 4)
    return centres, quicks


def _rings(polygons: Sequence[Polygon], before: int) -> tuple[Ints32, Ints, Ints]:
    """Return vertices with rings closed, the rings (first, last vertex, box), and how many rings each polygon has."""
    if not polygons:
        return np.zeros((0, 2), np.int32), np.zeros((0, 6), np.int64), np.zeros(0, np.int64)
    starts = np.concatenate([polygon.starts for polygon in polygons])
    lengths = np.array([len(polygon.starts) - 1 for polygon in polygons], np.int64)
    lats = np.concatenate([polygon.lat_e7 for polygon in polygons])
    lons = np.concatenate([polygon.lon_e7 for polygon in polygons])
    vertices = np.empty((len(lats) + int(lengths.sum()), 2), np.int32)
    rings = np.empty((int(lengths.sum()), 6), np.int64)
    close(lats, lons, starts, lengths, vertices, rings)
    rings[:, :2] += before
    return vertices, rings, lengths


@kernel
def close(lats_e7: Ints, lons_e7: Ints, starts: Ints, lengths: Ints, vertices: Ints32, rings: Ints) -> None:
    """Write each ring closed, brought by turns to where int32 holds it; one that it cannot gets too wide a box."""
    ring, at, begin, out = 0, 0, 0, 0
    for polygon in range(lengths.shape[0]):
        for k in range(int(lengths[polygon])):
            first, stop = begin + int(starts[at + k]), begin + int(starts[at + k + 1])
            lat_min, lat_max = int(lats_e7[first]), int(lats_e7[first])
            lon_min, lon_max = int(lons_e7[first]), int(lons_e7[first])
            for i in range(first, stop):
                lat_min, lat_max = min(lat_min, int(lats_e7[i])), max(lat_max, int(lats_e7[i]))
                lon_min, lon_max = min(lon_min, int(lons_e7[i])), max(lon_max, int(lons_e7[i]))
            shift = (lon_min + 1_800_000_000) // 3_600_000_000 * 3_600_000_000
            if lon_max - shift > 2_147_483_647:
                shift += 3_600_000_000
            fits = lon_max - shift <= 2_147_483_647 and lon_min - shift >= -2_147_483_648
            fits = fits and lat_min > -900_000_000 and lat_max < 900_000_000
            rings[ring, 0] = out
            for i in range(first, stop + 1):
                j = i if i < stop else first
                vertices[out, 0] = lats_e7[j] if fits else 0
                vertices[out, 1] = lons_e7[j] - shift if fits else 0
                out += 1
            rings[ring, 1] = out - 1
            rings[ring, 2] = lat_min
            rings[ring, 3] = lat_max
            rings[ring, 4] = lon_min - shift if fits else -3_600_000_000
            rings[ring, 5] = lon_max - shift if fits else 3_600_000_000
            ring += 1
        begin += int(starts[at + int(lengths[polygon])])
        at += int(lengths[polygon]) + 1


@kernel
def place(shapes: Ints, rows: Ints, rings: Ints, lengths: Ints) -> None:
    """Write each polygon's rings, box and weight; WHOLE for one too wide, at a pole, or too large for its tiles."""
    ring = 0
    for polygon in range(rows.shape[0]):
        row = rows[polygon]
        stop = ring + int(lengths[polygon])
        whole = False
        edges = 0
        for k in range(ring, stop):
            whole = whole or rings[k, 5] - rings[k, 4] >= grid.WIDE_E7
            edges += int(rings[k, 1]) - int(rings[k, 0])
        rows_of_tiles, columns = grid.cells_of(
            int(rings[ring, 2]), int(rings[ring, 3]), int(rings[ring, 4]), int(rings[ring, 5]), grid.TILE_SHIFT
        )
        whole = whole or edges > grid.RECORDS_MAX or rows_of_tiles * columns * edges > VISITS_MAX
        shapes[row, 0] = grid.WHOLE if whole else grid.POLYGON
        shapes[row, 1] = ring
        shapes[row, 2] = stop
        if not whole:
            for column in range(4):
                shapes[row, 3 + column] = rings[ring, 2 + column]
        shapes[row, 7] = edges
        ring = stop


def _whole(
    polygons: Sequence[Polygon], lengths: Ints, whole: npt.NDArray[np.bool_], volumes: Ints, rows: Ints, before: Before
) -> tuple[Ints, Ints, Ints]:
    """Return the polygons that may be asked whole, as those with holes, and write where the rings of each are."""
    lats: list[Ints] = [np.zeros(0, np.int64)]
    lons: list[Ints] = [np.zeros(0, np.int64)]
    starts: list[Ints] = [np.zeros(0, np.int64)]
    ring, vertex = before.whole_starts - 1, before.whole_vertices
    for number in np.flatnonzero(whole | (lengths > 1)).tolist():
        polygon = polygons[number]
        count = len(polygon.starts) - 1
        volumes[rows[number], lookup.RINGS] = ring << 32 | (ring + count)
        starts.append(polygon.starts[1:] + vertex)
        lats.append(polygon.lat_e7)
        lons.append(polygon.lon_e7)
        ring, vertex = ring + count, vertex + len(polygon.lat_e7)
    return np.concatenate(lats), np.concatenate(lons), np.concatenate(starts)
