"""A sampled grid of heights and what it says of a place between its nodes, by bilinear interpolation.

Node (row, column) lies at south_e7 + row * lat_step_e7, west_e7 + column * lon_step_e7; longitudes count round the
globe, so a grid may cross the antimeridian, and one of a whole turn has its first column again as its last. Its
height is base_mm + unit_mm * k. In a cell with an unknown node (UNKNOWN) nothing is known, unless that node has no
weight at the place.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from skykeep.errors import Refused
from skykeep.geo.frames import metres_per_e7
from skykeep.geo.kernel import kernel

Shorts = npt.NDArray[np.int16]

TURN_E7 = 3_600_000_000
POLE_E7 = 900_000_000
UNKNOWN = -32768
STEP_MIN_M = 0.01  # a column narrower than this (at a pole) has no slope of its own
EAST_MIN_M = 1e-4  # metres in 1e-7 degree eastward: nearer to a pole, east is no direction


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Heights at the nodes of a grid: `nodes` (rows, columns) int16, rows from the south."""

    south_e7: int
    west_e7: int
    lat_step_e7: int
    lon_step_e7: int
    base_mm: int
    unit_mm: int
    nodes: Shorts

    def look_up(self, lat_e7: int, lon_e7: int) -> tuple[float, float] | None:
        """Return the height in millimetres and the slope (metres a metre) at a place; None where it is unknown."""
        steps = self.lat_step_e7, self.lon_step_e7
        k, north, east = interpolate(self.nodes, self.south_e7, self.west_e7, *steps, lat_e7, lon_e7)
        if math.isnan(k):
            return None
        return self.base_mm + self.unit_mm * k, self.unit_mm / 1e3 * slope(north, east, *steps, lat_e7)

    def relief(self, lat_e7: int, lon_e7: int, away_m: float) -> tuple[float, float] | None:
        """Return the height, and how much it differs so far away, in millimetres; None where it is unknown.

        The difference is the larger of two: the slope times the distance, and the difference to the four places that
        far to the north, south, east and west, those that are known.
        """
        steps = self.lat_step_e7, self.lon_step_e7
        k, differs = relief(self.nodes, self.south_e7, self.west_e7, *steps, lat_e7, lon_e7, away_m)
        return None if math.isnan(k) else (self.base_mm + self.unit_mm * k, self.unit_mm * differs)


def grid(
    nodes: bytes,
    *,
    rows: int,
    columns: int,
    south_e7: int,
    west_e7: int,
    lat_step_e7: int,
    lon_step_e7: int,
    base_mm: int,
    unit_mm: int,
) -> Grid:
    """Return the grid of big-endian int16 `nodes`; raises Refused where these numbers make none."""
    if rows < 1 or columns < 1 or len(nodes) != 2 * rows * columns:
        raise Refused(f"a surface of {rows} x {columns} nodes has {len(nodes)} bytes, not {2 * rows * columns}")
    if lat_step_e7 < 1 or lon_step_e7 < 1 or unit_mm < 1:
        raise Refused(f"a surface has steps of {lat_step_e7} and {lon_step_e7}, unit {unit_mm}: give positive ones")
    if south_e7 < -POLE_E7 or south_e7 + (rows - 1) * lat_step_e7 > POLE_E7 or (columns - 1) * lon_step_e7 > TURN_E7:
        raise Refused(f"a surface from {south_e7}, {west_e7} of {rows} x {columns} nodes reaches beyond the globe")
    values = np.frombuffer(nodes, ">i2").astype(np.int16).reshape(rows, columns)
    return Grid(south_e7, west_e7, lat_step_e7, lon_step_e7, base_mm, unit_mm, values)


@kernel
def interpolate(
    nodes: Shorts, south_e7: int, west_e7: int, lat_step_e7: int, lon_step_e7: int, lat_e7: int, lon_e7: int
) -> tuple[float, float, float]:
    """Return the value at a place, and how much it rises a row northward and a column eastward; NaN if unknown."""
    up = int(lat_e7) - int(south_e7)
    along = (int(lon_e7) - int(west_e7)) % TURN_E7
    row = up // int(lat_step_e7)
    column = along // int(lon_step_e7)
    rows, columns = int(nodes.shape[0]), int(nodes.shape[1])
    y = (up - row * int(lat_step_e7)) / int(lat_step_e7)
    x = (along - column * int(lon_step_e7)) / int(lon_step_e7)
    if row == rows - 1 and y == 0.0 and rows > 1:  # the last row belongs to the cell below it
        row, y = rows - 2, 1.0
    if column == columns - 1 and x == 0.0 and columns > 1:
        column, x = columns - 2, 1.0
    if row < 0 or row > rows - 1 or column > columns - 1 or (row == rows - 1 and y > 0.0):
        return math.nan, math.nan, math.nan
    if column == columns - 1 and x > 0.0:
        return math.nan, math.nan, math.nan
    above = min(row + 1, rows - 1)
    beside = min(column + 1, columns - 1)
    a, b = int(nodes[row, column]), int(nodes[row, beside])
    c, d = int(nodes[above, column]), int(nodes[above, beside])
    if (
        (a == UNKNOWN and x < 1.0 and y < 1.0)
        or (b == UNKNOWN and x > 0.0 and y < 1.0)
        or (c == UNKNOWN and x < 1.0 and y > 0.0)
        or (d == UNKNOWN and x > 0.0 and y > 0.0)
    ):
        return math.nan, math.nan, math.nan
    south = a * (1.0 - x) + b * x
    north = c * (1.0 - x) + d * x
    east_rise = (b - a) * (1.0 - y) + (d - c) * y
    return south * (1.0 - y) + north * y, north - south, east_rise


@kernel
def slope(north: float, east: float, lat_step_e7: int, lon_step_e7: int, lat_e7: int) -> float:
    """Return the rise in a metre, of what rises so much a row northward and a column eastward."""
    north_m, east_m = metres_per_e7(lat_e7 / 1e7)
    row_m, column_m = north_m * lat_step_e7, east_m * lon_step_e7
    up = north / row_m
    along = east / column_m if column_m > STEP_MIN_M else 0.0
    return math.sqrt(up * up + along * along)


@kernel
def relief(
    nodes: Shorts,
    south_e7: int,
    west_e7: int,
    lat_step_e7: int,
    lon_step_e7: int,
    lat_e7: int,
    lon_e7: int,
    away_m: float,
) -> tuple[float, float]:
    """Return the value at a place, and how much it differs `away_m` from there; NaN if unknown."""
    lat, lon, away = int(lat_e7), int(lon_e7), float(away_m)
    k, north, east = interpolate(nodes, south_e7, west_e7, lat_step_e7, lon_step_e7, lat, lon)
    if math.isnan(k) or away <= 0.0:
        return k, 0.0
    differs = slope(north, east, lat_step_e7, lon_step_e7, lat) * away
    north_m, east_m = metres_per_e7(lat / 1e7)
    up = int(min(away / north_m, 1.8e9))
    along = int(min(away / max(east_m, EAST_MIN_M), 1.8e9))
    for i in range(4):
        at = min(POLE_E7, lat + up) if i == 0 else max(-POLE_E7, lat - up) if i == 1 else lat
        beside = lon + along if i == 2 else lon - along if i == 3 else lon
        there = interpolate(nodes, south_e7, west_e7, lat_step_e7, lon_step_e7, at, beside)[0]
        if not math.isnan(there):
            differs = max(differs, abs(there - k))
    return k, differs
