"""Every zone over millions of places: flat arrays of the law's zones, built once, brought up to date act by act.

    engine = build(law.zones)                       or law.engine, which is kept up to date by `enact`
    engine.inside_many(lat_e7, lon_e7)              starts (n + 1,), zone numbers: by outline alone
    engine.judge_many(lat_e7, lon_e7, heights, t)   codes (n,), zone numbers (n,): the gravest, see `lookup`
    engine.all_many(lat_e7, lon_e7, heights, t)     starts, zone numbers, codes: every zone that says something

A zone's number is its place in `zones`. An engine never changes; a later one shares with it what is the same. For that
the long arrays are `Pool`s: an engine reads no row that was added after it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from skykeep.rules import grid, lookup
from skykeep.rules.layout import DATUMS, Before, Laid, lay_out, timed
from skykeep.rules.outline import Outline
from skykeep.rules.zone import FOREVER_NS, Zone

Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

__all__ = ["DATUMS", "UNKNOWN_MM", "Answer", "Engine", "build", "no_zones", "updated"]
UNKNOWN_MM = lookup.UNKNOWN_MM
HALF_E7 = 1_800_000_000
GLOBE_M = 4.0e7  # a reach round the globe


_Scalar = TypeVar("_Scalar", np.int64, np.int32)


@dataclasses.dataclass(slots=True)
class Pool(Generic[_Scalar]):
    """An array that grows at its end: `rows` is the room, of which the first `used` are written.

    Whoever holds an older engine reads only its own rows, so a newer one may write behind them. If two engines grow
    from one, the second copies.
    """

    rows: npt.NDArray[_Scalar]
    used: int

    def with_rows(self, count: int, new: npt.NDArray[_Scalar]) -> tuple[Pool[_Scalar], int]:
        """Return a pool with new rows after the first `count`, and how many it then has."""
        total = count + len(new)
        pool = self
        if self.used != count or total > len(self.rows):
            rows = np.empty((max(16, total + total // 4), *self.rows.shape[1:]), self.rows.dtype)
            rows[:count] = self.rows[:count]
            pool = Pool(rows, count)
        pool.rows[count:total] = new
        pool.used = total
        return pool, total


class Answer(NamedTuple):
    """What the law says at one place, height and time, by its gravest zone; where there is none, the code alone."""

    code: int  # of `lookup`
    zone: int | None = None  # its number
    margin_m: float | None = None  # to the border of its volume: positive inside
    margin_mm: int | None = None  # to its floor or ceiling, whichever is nearer; None: unlimited or not comparable
    change_ns: int | None = None  # until this zone begins or ceases to rule; None: never


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """Zones 0 to `zones` - 1, with `v` volumes in the order of their zones (new ones behind), ready for `lookup`."""

    zones: int
    built: int  # volumes at the last building: after twice as many, the cells are laid out anew
    built_entries: int
    built_pieces: int
    outlines: tuple[Outline, ...]  # (v,)
    zone_of: Ints32  # (v,): number of each volume's zone
    volumes: Ints  # (v, 8): columns of `lookup`
    boxes: Ints  # (v, 4): lat min, lat max, lon min, lon max, unwrapped as the outline is
    east_m: Floats  # (v,): the shortest 1e-7 degree eastward in each box
    tile_of: Ints32  # (TILE_ROWS, TILE_COLUMNS): number of each tile that holds anything, else -1
    tiles: Ints32  # (t, 2): the cell that stands for the whole tile, followed by its cells; their shift
    cells: Ints32  # (c, 2): first entry, number of entries
    entries: Pool[np.int32]  # (n, 4): volume, flags, first edge or circle, number of edges
    entry_count: int
    vertices: Pool[np.int32]  # (p, 2): lat_e7, lon_e7, rings closed, brought near -180..180
    vertex_count: int
    pieces: Pool[np.int64]  # (s, 2): since when, state; a volume's are volumes[PIECES] to volumes[PIECES_END]
    piece_count: int
    centres: Ints  # (circles, 3)
    quicks: Floats  # (circles, 4)
    whole_lats_e7: Ints  # polygons that are asked whole somewhere, as `geo.volumes` lays them out
    whole_lons_e7: Ints
    whole_starts: Ints

    def inside_many(self, lats_e7: Ints, lons_e7: Ints) -> tuple[Ints, Ints32]:
        """Return starts (n + 1,) and zone numbers: place k lies in numbers[starts[k]:starts[k + 1]], sorted, each once.

        By outline alone, border included; heights, hours and what is in force play no part. Latitudes -90 to 90 and
        longitudes -180 to 180 degrees.
        """
        nothing = np.zeros(0, np.int64)
        starts, found, _ = self._gathered(lats_e7, lons_e7, nothing.reshape(0, 5), nothing)
        return starts, found

    def all_many(self, lats_e7: Ints, lons_e7: Ints, heights_mm: Ints, times_ns: Ints) -> tuple[Ints, Ints32, Bytes]:
        """Return starts, zone numbers and codes: like `inside_many`, each zone whose code is not NOTHING."""
        return self._gathered(lats_e7, lons_e7, heights_mm, times_ns)

    def judge_many(self, lats_e7: Ints, lons_e7: Ints, heights_mm: Ints, times_ns: Ints) -> tuple[Bytes, Ints]:
        """Return codes (n,) and zone numbers (n,): the gravest over each place and the first zone that says it, or -1.

        `heights_mm` (n, 5): above the datums of DATUMS, UNKNOWN_MM where not known.
        """
        lats, lons = places(lats_e7, lons_e7)
        codes, zones = np.empty(len(lats), np.uint8), np.empty(len(lats), np.int64)
        lookup.judge(self.arrays(), lats, lons, heights_mm, times_ns, codes, zones)
        lookup.numbered(self.zone_of, zones)
        return codes, zones

    def one(self, lat_e7: int, lon_e7: int, heights_mm: Ints, t_ns: int) -> Answer:
        """Return the answer for one place; `heights_mm` (5,) as in `judge_many`.

        The distance to the border is right to 0.1 % within 50 km (see `geo.volumes.border_distance_m`).
        """
        if not (-900_000_000 <= lat_e7 <= 900_000_000 and -1_800_000_000 <= lon_e7 <= 1_800_000_000):
            raise ValueError(f"{lat_e7}, {lon_e7} is no place: 1e-7 degree, lat, lon")
        code, zone, volume, margin_mm, change_ns = lookup.one(
            self.arrays(), lat_e7, lon_e7, heights_mm.reshape(1, 5), t_ns
        )
        if volume < 0:
            return Answer(code)
        return Answer(
            code,
            zone,
            self.outlines[volume].margin_m(lat_e7, lon_e7),
            None if margin_mm == UNKNOWN_MM else margin_mm,
            None if change_ns == FOREVER_NS else change_ns - t_ns,
        )

    def near(self, lat_e7: int, lon_e7: int, reach_m: float) -> list[int]:
        """Return the numbers, sorted, of the zones whose outlines are not surely farther than `reach_m`."""
        found = self.near_many(np.array([lat_e7]), np.array([lon_e7]), np.array([reach_m]))[1]
        return [int(number) for number in found]

    def near_many(self, lats_e7: Ints, lons_e7: Ints, reaches_m: Floats) -> tuple[Ints, Ints32]:
        """Return starts (n + 1,) and zone numbers, as `near` gives them for each place and its reach."""
        lats, lons = np.clip(lats_e7, -900_000_000, 900_000_000), np.array(lons_e7, np.int64)
        lons = np.where(np.abs(lons) > HALF_E7, (lons + HALF_E7) % (2 * HALF_E7) - HALF_E7, lons)
        reaches = np.clip(np.nan_to_num(reaches_m, nan=GLOBE_M), 0.0, GLOBE_M)
        starts, found = np.zeros(len(lats) + 1, np.int64), np.empty(4 * len(lats) + 64, np.int32)
        row = 0
        while True:
            row = lookup.near_many(self.arrays(), self.boxes, self.east_m, lats, lons, reaches, row, starts, found)
            if row == len(lats):
                return starts, found[: starts[-1]]
            found = np.concatenate([found, np.empty_like(found)])

    def order(self, lats_e7: Ints, lons_e7: Ints) -> Ints:
        """Return (n,) the order in which places of one cell come together, those far from every outline first.

        Positions kept in this order are answered some two to four times as fast; they move slowly from cell to cell.
        """
        lats, lons = places(lats_e7, lons_e7)
        numbers = np.empty(len(lats), np.int64)
        lookup.cell_numbers(self.arrays(), lats, lons, numbers)
        return np.argsort(numbers, kind="stable")

    def _gathered(self, lats_e7: Ints, lons_e7: Ints, heights_mm: Ints, times_ns: Ints) -> tuple[Ints, Ints32, Bytes]:
        lats, lons = places(lats_e7, lons_e7)
        starts = np.zeros(len(lats) + 1, np.int64)
        found, codes = np.empty(4 * len(lats) + 64, np.int32), np.empty(4 * len(lats) + 64, np.uint8)
        row = 0
        while True:
            row = lookup.gather(self.arrays(), lats, lons, heights_mm, times_ns, row, starts, found, codes)
            if row == len(lats):
                return starts, found[: starts[-1]], codes[: starts[-1]]
            found, codes = (np.concatenate([old, np.empty_like(old)]) for old in (found, codes))

    def arrays(self) -> lookup.Arrays:
        """Return what the kernels read."""
        return lookup.Arrays(
            self.tile_of,
            self.tiles,
            self.cells,
            self.entries.rows,
            self.vertices.rows,
            self.centres,
            self.quicks,
            self.whole_lats_e7,
            self.whole_lons_e7,
            self.whole_starts,
            self.volumes,
            self.pieces.rows,
            self.zone_of,
        )


def places(lats_e7: Ints, lons_e7: Ints) -> tuple[Ints, Ints]:
    """Return the places as contiguous int64; raises ValueError for one that is none."""
    lats, lons = (np.ascontiguousarray(each, np.int64) for each in (lats_e7, lons_e7))
    if lats.shape != lons.shape or lats.ndim != 1:
        raise ValueError(f"latitudes {lats.shape} and longitudes {lons.shape}: give two lists of one length")
    if len(lats) and not (lookup.all_places(lats, lons)):
        raise ValueError("a latitude beyond 90 or a longitude beyond 180 degrees; give 1e-7 degree, lat then lon")
    return lats, lons


@functools.cache
def no_zones() -> Engine:
    """Return the engine of a law without zones."""
    return build(())


def build(zones: Sequence[Zone]) -> Engine:
    """Return the engine of zones 0 to n - 1."""
    nothing = np.full((grid.TILE_ROWS, grid.TILE_COLUMNS), -1, np.int32)
    laid = lay_out(list(enumerate(zones)), Before())
    tile_of, tiles, cell_count = _with_tiles(nothing, np.zeros((0, 2), np.int32), 0, laid)
    records = _entered(laid, laid.vertices, laid.centres, laid.quicks, tile_of, tiles)
    cells, entries = np.zeros((cell_count, 2), np.int32), np.empty((len(records), 4), np.int32)
    grid.gathered(records, laid.gravities, cells, entries)
    return Engine(
        zones=len(zones),
        built=len(laid.zone_of),
        built_entries=len(records),
        built_pieces=len(laid.pieces),
        outlines=laid.outlines,
        zone_of=laid.zone_of,
        volumes=laid.volumes,
        boxes=laid.boxes,
        east_m=laid.east_m,
        tile_of=tile_of,
        tiles=tiles,
        cells=cells,
        entries=Pool(entries, len(entries)),
        entry_count=len(entries),
        vertices=Pool(laid.vertices, len(laid.vertices)),
        vertex_count=len(laid.vertices),
        pieces=Pool(laid.pieces, len(laid.pieces)),
        piece_count=len(laid.pieces),
        centres=laid.centres,
        quicks=laid.quicks,
        whole_lats_e7=laid.whole_lats_e7,
        whole_lons_e7=laid.whole_lons_e7,
        whole_starts=np.concatenate([np.zeros(1, np.int64), laid.whole_starts]),
    )


def _with_tiles(tile_of: Ints32, tiles: Ints32, cell_count: int, laid: Laid) -> tuple[Ints32, Ints32, int]:
    """Return the tiles with those that are new, `tile_of` changed in place, and the number of cells then."""
    room = 64
    while True:
        stats = np.zeros((room, 16), np.int64)
        found = grid.survey(laid.shapes, tile_of, stats)
        if found >= 0:
            break
        tile_of[tile_of < -1] = -1
        room *= 8
    added = np.empty((found, 2), np.int32)
    for number in range(found):
        shift = grid.best_shift(stats[number])
        added[number] = cell_count, shift
        tile_of[stats[number, 14], stats[number, 15]] = len(tiles) + number
        cell_count += 1 + (1 << (grid.TILE_SHIFT - shift)) ** 2
    return tile_of, np.concatenate([tiles, added]), cell_count


def _entered(laid: Laid, vertices: Ints32, centres: Ints, quicks: Floats, tile_of: Ints32, tiles: Ints32) -> Ints32:
    """Return the records of all outlines, in their order."""
    side = 1 << (grid.TILE_SHIFT - int(tiles[:, 1].min(initial=grid.TILE_SHIFT)))
    scratch = np.empty((side * side, 9), np.int32)
    stamps = np.full(len(tiles), -1, np.int64)
    runs = np.empty((4096, 4), np.int32)
    records = np.empty((64 + 160 * len(laid.shapes), 5), np.int32)
    done: list[Ints32] = []
    start = 0
    while True:
        stopped, count = grid.enter(
            vertices, laid.rings, centres, quicks, laid.shapes, start, tile_of, tiles, stamps, scratch, runs, records
        )
        done.append(records[:count].copy())
        if stopped == len(laid.shapes):
            return np.concatenate(done)
        if stopped < 0:
            stopped = -1 - stopped
            runs = np.empty((4 * len(runs), 4), np.int32)
        elif stopped == start:
            records = np.empty((4 * len(records), 5), np.int32)
        stamps[stamps == stopped] = -1
        start = stopped


def updated(engine: Engine, zones: Sequence[Zone], added: Sequence[int], changed: Sequence[int]) -> Engine:
    """Return the engine of `zones`, which are those of `engine` but for some added and some whose times changed.

    `added` and `changed`: their numbers in `zones`, ascending. A changed zone keeps its outlines, limits and rule.
    """
    after = len(engine.volumes) + sum(len(zones[number].outlines) for number in added)
    crowded = (
        engine.piece_count > 4 * engine.built_pieces + 4096 or engine.entry_count > 2 * engine.built_entries + 4096
    )
    if crowded or after > 2 * engine.built + 64 or len(added) + len(changed) > 64 + len(zones) // 4:
        return build(zones)
    engine = _renumbered(engine, len(zones), added)
    if changed:
        engine = _retimed(engine, [(number, zones[number]) for number in changed])
    return _with(engine, [(number, zones[number]) for number in added]) if added else engine


def _renumbered(engine: Engine, zones: int, added: Sequence[int]) -> Engine:
    """Return the engine with the numbers that its zones have once others stand between them."""
    if not added:
        return engine
    numbers = np.delete(np.arange(zones, dtype=np.int32), np.array(added, np.int64))
    return dataclasses.replace(engine, zones=zones, zone_of=numbers[engine.zone_of])


def _retimed(engine: Engine, changed: Sequence[tuple[int, Zone]]) -> Engine:
    """Return the engine with other spells for some zones."""
    place = np.full(engine.zones, -1, np.int64)
    place[[number for number, _ in changed]] = np.arange(len(changed))
    rows = np.flatnonzero(place[engine.zone_of] >= 0)
    rows = rows[np.argsort(place[engine.zone_of[rows]], kind="stable")]
    fresh = np.zeros((len(rows), 8), np.int64)
    table = timed(changed, fresh, engine.piece_count)
    pieces, piece_count = engine.pieces.with_rows(engine.piece_count, table)
    volumes = engine.volumes.copy()
    volumes[rows, lookup.FROM : lookup.UNTIL + 1] = fresh[:, lookup.FROM : lookup.UNTIL + 1]
    volumes[rows, lookup.PIECES : lookup.PIECES_END + 1] = fresh[:, lookup.PIECES : lookup.PIECES_END + 1]
    volumes[rows, lookup.BITS] &= ~(3 << lookup.STATE_BIT | 1 << lookup.ONCE_BIT)
    volumes[rows, lookup.BITS] |= fresh[:, lookup.BITS]
    return dataclasses.replace(engine, volumes=volumes, pieces=pieces, piece_count=piece_count)


def _with(engine: Engine, added: Sequence[tuple[int, Zone]]) -> Engine:
    """Return the engine with the volumes of more zones."""
    before = Before(
        engine.vertex_count,
        engine.piece_count,
        len(engine.centres),
        len(engine.whole_lats_e7),
        len(engine.whole_starts),
    )
    laid = lay_out(added, before)
    centres, quicks = np.concatenate([engine.centres, laid.centres]), np.concatenate([engine.quicks, laid.quicks])
    vertices, vertex_count = engine.vertices.with_rows(engine.vertex_count, laid.vertices)
    pieces, piece_count = engine.pieces.with_rows(engine.piece_count, laid.pieces)
    tile_of, tiles, cell_count = _with_tiles(engine.tile_of.copy(), engine.tiles, len(engine.cells), laid)
    records = _entered(laid, vertices.rows, centres, quicks, tile_of, tiles)
    records = _gravest_first(records, laid.gravities)
    zone_of = np.concatenate([engine.zone_of, laid.zone_of])
    cells = np.zeros((cell_count, 2), np.int32)
    cells[: len(engine.cells)] = engine.cells
    touched = np.unique(records[:, 0])
    room = len(records) + int(cells[touched, 1].sum())
    entries, entry_count = engine.entries.with_rows(engine.entry_count, np.zeros((room, 4), np.int32))
    grid.merged(
        records,
        len(engine.volumes),
        laid.gravities,
        zone_of,
        engine.entries.rows,
        cells,
        entries.rows,
        engine.entry_count,
    )
    return dataclasses.replace(
        engine,
        outlines=engine.outlines + laid.outlines,
        zone_of=zone_of,
        volumes=np.concatenate([engine.volumes, laid.volumes]),
        boxes=np.concatenate([engine.boxes, laid.boxes]),
        east_m=np.concatenate([engine.east_m, laid.east_m]),
        tile_of=tile_of,
        tiles=tiles,
        cells=cells,
        entries=entries,
        entry_count=entry_count,
        vertices=vertices,
        vertex_count=vertex_count,
        pieces=pieces,
        piece_count=piece_count,
        centres=centres,
        quicks=quicks,
        whole_lats_e7=np.concatenate([engine.whole_lats_e7, laid.whole_lats_e7]),
        whole_lons_e7=np.concatenate([engine.whole_lons_e7, laid.whole_lons_e7]),
        whole_starts=np.concatenate([engine.whole_starts, laid.whole_starts]),
    )


def _gravest_first(records: Ints32, gravities: Ints) -> Ints32:
    """Return records sorted by cell, within one the gravest first and else in their order."""
    return records[np.lexsort((-gravities[records[:, 1]], records[:, 0]))]
