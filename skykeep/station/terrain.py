"""Ground heights from GeoTIFF and HGT files, sampled over the areas where they matter, as facts.

sampling     by bilinear interpolation between the centres of pixels, at a step as fine as the file's own, coarser
             where an area would take more than a million nodes; up to one step beyond the file its nearest pixel
error        what is assumed of the file (it does not say), and what the sampling lost: the root mean square of
             the difference between pixels of the file and the samples, or their 95th percentile over 1.96
left out     pixels without data, and heights that no ground has
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from skykeep.errors import Refused
from skykeep.facts.enacted import SurfaceSampled
from skykeep.geo.surface import POLE_E7, TURN_E7, UNKNOWN
from skykeep.station.boxes import Box
from skykeep.station.terrainfile import Floats, TerrainFile, opened

SIGMA_ASSUMED_M = 6.0
NODES_MAX = 1_000_000  # of one surface
NODES_TOTAL_MAX = 8_000_000
_NODES_MIN = 10_000
_CHUNK_NODES = 250_000
_CHUNK_PIXELS = 16_000_000  # read at a time: 300 MB with all that is made of them
_PIXELS_MAX = 2_000_000_000  # to be read for one surface
_CHECKED_MAX = 200_000
_GROUND_MIN_M, _GROUND_MAX_M = -600.0, 9_000.0
_COUNTS_MAX = 65_000  # that an int16 can tell apart, UNKNOWN aside
_UNITS_MM = (10, 20, 50, 100, 200, 500)


@dataclasses.dataclass(frozen=True, slots=True)
class Sampled:
    """Surfaces, what was left out of them in words, and the hashes of what they come from."""

    surfaces: tuple[SurfaceSampled, ...] = ()
    notes: tuple[str, ...] = ()
    sha256s: tuple[tuple[str, str], ...] = ()


class _Part(NamedTuple):
    """The nodes of one file over one area."""

    file: TerrainFile
    south_e7: int
    west_e7: int
    lat_step_e7: int
    lon_step_e7: int
    rows: int
    columns: int
    reach_px: float  # how far beyond the outermost centres of pixels the nearest one still counts
    pixels_a_node: float


def load(paths: Sequence[Path], boxes: Iterable[Box], *, sigma_m: float = SIGMA_ASSUMED_M) -> Sampled:
    """Sample terrain files over boxes; raises Refused where a file is no terrain, Unavailable where it cannot be read.

    An earlier file does not hide a later one: at each place the surest surface counts.
    """
    areas, notes = list(boxes), list[str]()
    files = [opened(path) for path in paths]
    try:
        wanted = [(file, box) for area in areas for file in files for box in _overlaps(area, file.box)]
        kept = wanted[: NODES_TOTAL_MAX // _NODES_MIN]
        if len(kept) < len(wanted):
            notes.append(f"terrain: {len(wanted) - len(kept)} of {len(wanted)} areas are left out: too many files")
        nodes_max = min(NODES_MAX, NODES_TOTAL_MAX // max(1, len(kept)))
        made = [_sampled(_part(file, box, nodes_max), sigma_m, notes) for file, box in kept]
    finally:
        for file in files:
            file.close()
    surfaces = tuple(surface for surface in made if surface is not None)
    if files and not areas:
        notes.append("terrain: no zone or permit here has a limit in height, so none is compared with the terrain")
    notes += _uncovered(areas, files) if files else []
    return Sampled(surfaces, tuple(notes), tuple(("terrain", file.sha256) for file in files))


def _uncovered(areas: list[Box], files: list[TerrainFile]) -> Iterator[str]:
    for box in areas:
        if not any(True for file in files for _ in _overlaps(box, file.box)):
            yield (
                f"terrain: no file covers {_degrees(box)}; heights above ground there cannot be told from other heights"
            )


def _degrees(box: Box) -> str:
    east = box.west_e7 + box.width_e7
    return f"{box.south_e7 / 1e7:.2f} to {box.north_e7 / 1e7:.2f} N, {box.west_e7 / 1e7:.2f} to {east / 1e7:.2f} E"


# ---- areas ------------------------------------------------------------------------------------------


def _overlaps(area: Box, file: Box) -> Iterator[Box]:
    """Return where a file covers an area: nothing, one box, or two where they meet on both sides of the globe."""
    south, north = max(area.south_e7, file.south_e7), min(area.north_e7, file.north_e7)
    if south >= north:
        return
    away = (file.west_e7 - area.west_e7) % TURN_E7
    for start, end in ((away, away + file.width_e7), (away - TURN_E7, away - TURN_E7 + file.width_e7)):
        low, high = max(0, start), min(area.width_e7, end)
        if low < high:
            west = (area.west_e7 + low + TURN_E7 // 2) % TURN_E7 - TURN_E7 // 2
            yield Box(south, north, west, high - low)


def _part(file: TerrainFile, box: Box, nodes_max: int) -> _Part:
    """Lay nodes over a box: as fine as the file, or coarser; the last ones may lie a step beyond."""
    pixel_lat = (file.box.north_e7 - file.box.south_e7) / file.height
    pixel_lon = file.box.width_e7 / file.width
    lat_step, lon_step = max(1, int(pixel_lat)), max(1, int(pixel_lon))
    rows, columns = _steps(box, lat_step, lon_step)
    while rows * columns > nodes_max:
        coarser = max(1.02, math.sqrt(rows * columns / nodes_max))
        lat_step, lon_step = math.ceil(lat_step * coarser), math.ceil(lon_step * coarser)
        rows, columns = _steps(box, lat_step, lon_step)
    south = min(box.south_e7, POLE_E7 - (rows - 1) * lat_step)
    columns = min(columns, TURN_E7 // lon_step + 1)
    reach_px = max(lat_step / pixel_lat, lon_step / pixel_lon) + 0.5
    pixels = lat_step / pixel_lat * lon_step / pixel_lon
    return _Part(file, max(-POLE_E7, south), box.west_e7, lat_step, lon_step, rows, columns, reach_px, pixels)


def _steps(box: Box, lat_step: int, lon_step: int) -> tuple[int, int]:
    rows = -(-(box.north_e7 - box.south_e7) // lat_step) + 1
    return min(rows, 2 * POLE_E7 // lat_step + 1), -(-box.width_e7 // lon_step) + 1


# ---- samples ----------------------------------------------------------------------------------------


def _sampled(part: _Part, sigma_m: float, notes: list[str]) -> SurfaceSampled | None:
    """Return the surface of one file over one area; None, with a note, where the file has no data there."""
    heights_m = np.empty((part.rows, part.columns))
    checks: list[Floats] = []
    for first, last in _chunks(part):
        heights_m[first:last], checked = _sample_rows(part, first, last)
        checks.append(checked)
    impossible = (heights_m < _GROUND_MIN_M) | (heights_m > _GROUND_MAX_M)
    if impossible.any():
        notes.append(
            f"{part.file.path}: {int(impossible.sum())} of {heights_m.size} samples are no heights of any ground "
            f"(such as {heights_m[impossible][0]:g} m) and left out; does it lack a nodata value, or metres?"
        )
        heights_m[impossible] = np.nan
    known = np.isfinite(heights_m)
    if not known.any():
        notes.append(f"{part.file.path}: it has no data in the area where heights matter")
        return None
    low_mm, high_mm = (round(float(edge) * 1e3) for edge in (heights_m[known].min(), heights_m[known].max()))
    base_mm = (low_mm + high_mm) // 2
    unit_mm = next(unit for unit in _UNITS_MM if (high_mm - low_mm) // unit < _COUNTS_MAX)
    nodes = np.full(heights_m.shape, UNKNOWN, np.int16)
    nodes[known] = np.rint((heights_m[known] * 1e3 - base_mm) / unit_mm).astype(np.int16)
    rounded_m = np.where(known, (nodes.astype(float) * unit_mm + base_mm) / 1e3, np.nan)
    lost_m = _lost(part, rounded_m, np.concatenate(checks))
    return SurfaceSampled(
        kind="terrain",
        datum=part.file.datum,
        south_e7=part.south_e7,
        west_e7=part.west_e7,
        lat_step_e7=part.lat_step_e7,
        lon_step_e7=part.lon_step_e7,
        rows=part.rows,
        columns=part.columns,
        base_mm=base_mm,
        unit_mm=unit_mm,
        nodes=nodes.astype(">i2").tobytes(),
        sigma_mm=math.ceil(math.hypot(sigma_m, lost_m) * 1e3),
        source=part.file.path.name,
        source_sha256=part.file.sha256,
        t_ns=0,
    )


def _chunks(part: _Part) -> Iterator[tuple[int, int]]:
    rows = min(_CHUNK_NODES // part.columns, int(_CHUNK_PIXELS / (part.columns * part.pixels_a_node)))
    rows = max(1, rows)
    for first in range(0, part.rows, rows):
        yield first, min(part.rows, first + rows)


def _sample_rows(part: _Part, first: int, last: int) -> tuple[Floats, Floats]:
    """Return the heights at some rows of nodes, and pixels (k, 3) to check them by: lat and lon (degrees), height."""
    file = part.file
    lat = (part.south_e7 + np.arange(first, last) * part.lat_step_e7)[:, None] / 1e7
    lon = (part.west_e7 + np.arange(part.columns) * part.lon_step_e7)[None, :] / 1e7
    x, y = file.pixels(*np.broadcast_arrays(lat, lon))
    near = (x >= -part.reach_px) & (x <= file.width - 1 + part.reach_px)
    near &= (y >= -part.reach_px) & (y <= file.height - 1 + part.reach_px)
    heights = np.full(x.shape, np.nan)
    if not near.any():
        return heights, np.empty((0, 3))
    x, y = np.clip(x[near], 0, file.width - 1), np.clip(y[near], 0, file.height - 1)
    column, row = int(x.min()), int(y.min())
    size = min(file.width, int(x.max()) + 2) - column, min(file.height, int(y.max()) + 2) - row
    rounds = part.rows * part.columns / x.size
    if size[0] * size[1] * rounds > _PIXELS_MAX:
        raise Refused(f"{file.path} has too many pixels in the area: cut it out or make it coarser (gdal_translate)")
    data = file.read(column, row, *size)
    heights[near] = _bilinear(data, x - column, y - row)
    every = max(1, math.ceil(math.sqrt(data.size * rounds / _CHECKED_MAX)))
    rows, columns = np.mgrid[0 : data.shape[0] : every, 0 : data.shape[1] : every]
    places = file.places(columns.ravel() + column, rows.ravel() + row)
    return heights, np.stack([*places, data[rows, columns].ravel()], axis=1)


def _bilinear(data: Floats, x: Floats, y: Floats) -> Floats:
    """Return heights between the centres of pixels; NaN where a pixel that counts has no data."""
    height, width = data.shape
    left, top = np.minimum(x.astype(int), width - 1), np.minimum(y.astype(int), height - 1)
    right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = x - left, y - top
    total = np.zeros(x.shape)
    for rows, columns, weight in (
        (top, left, (1 - across) * (1 - down)),
        (top, right, across * (1 - down)),
        (below, left, (1 - across) * down),
        (below, right, across * down),
    ):
        total += np.where(weight > 0, weight * data[rows, columns], 0.0)
    return total


def _lost(part: _Part, heights_m: Floats, pixels: Floats) -> float:
    """Return the standard deviation (m) of what sampling and rounding lost, as the file's own pixels show it."""
    y = (pixels[:, 0] * 1e7 - part.south_e7) / part.lat_step_e7
    x = ((pixels[:, 1] * 1e7 - part.west_e7) % TURN_E7) / part.lon_step_e7
    inside = (y >= 0) & (y <= part.rows - 1) & (x >= 0) & (x <= part.columns - 1)
    off = np.abs(_bilinear(heights_m, x[inside], y[inside]) - pixels[inside, 2])
    off = off[np.isfinite(off)]
    if not off.size:
        return 0.0
    return max(float(np.sqrt((off * off).mean())), float(np.percentile(off, 95)) / 1.96)
