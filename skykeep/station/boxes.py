"""Where heights matter: boxes in latitude and longitude about outlines and places, joined where they meet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from skykeep.facts.enacted import Volume
from skykeep.geo.altitude import Altitude
from skykeep.geo.frames import metres_per_e7
from skykeep.geo.surface import POLE_E7, TURN_E7
from skykeep.rules.inside import at_ground
from skykeep.rules.outline import compile_outline

MARGIN_M = 5_000.0
BOXES_MAX = 64
_COMPARED_MAX = 512
_CELL_E7 = 2_500_000
_EAST_MIN_M = 1e-4


class Box(NamedTuple):
    """From south to north, and `width_e7` eastward from `west_e7` (-180 degrees to below 180)."""

    south_e7: int
    north_e7: int
    west_e7: int
    width_e7: int


def about_volumes(volumes: Iterable[Volume], margin_m: float = MARGIN_M) -> list[Box]:
    """Return the boxes in which a height is compared with one of these volumes' limits, joined where they meet."""
    return joined([_about(volume, margin_m) for volume in volumes if limits_of(volume)])


def about_places(places: Iterable[tuple[int, int]], margin_m: float = MARGIN_M) -> list[Box]:
    """Return the boxes about places (lat_e7, lon_e7), joined where they meet."""
    return joined([_grown(lat_e7, lat_e7, lon_e7, lon_e7, margin_m) for lat_e7, lon_e7 in places])


def limits_of(volume: Volume) -> list[Altitude]:
    """Return the heights that limit a volume; a floor at the ground does not."""
    limits = [volume.floor] if isinstance(volume.floor, Altitude) and not at_ground(volume.floor) else []
    return limits + ([volume.ceiling] if isinstance(volume.ceiling, Altitude) else [])


def _about(volume: Volume, margin_m: float) -> Box:
    south, north, west, east = compile_outline(volume.outline).box_e7
    return _grown(south, north, west, east, margin_m)


def _grown(south_e7: int, north_e7: int, west_e7: int, east_e7: int, margin_m: float) -> Box:
    north_m = metres_per_e7(0.0)[0]
    up = int(margin_m / north_m) + 1
    south, north = max(-POLE_E7, south_e7 - up), min(POLE_E7, north_e7 + up)
    east_m = min(metres_per_e7(south / 1e7)[1], metres_per_e7(north / 1e7)[1])
    along = int(margin_m / max(east_m, _EAST_MIN_M)) + 1
    return Box(south, north, _turned(west_e7 - along), min(TURN_E7, east_e7 - west_e7 + 2 * along))


def _turned(lon_e7: int) -> int:
    return (lon_e7 + TURN_E7 // 2) % TURN_E7 - TURN_E7 // 2


def joined(boxes: Iterable[Box]) -> list[Box]:
    """Return at most BOXES_MAX boxes that cover these, no two of which meet, sorted.

    Boxes near each other are joined first: those with their middle in one cell of a raster, which is made coarser until
    few enough are left.
    """
    left, cell_e7 = list(boxes), _CELL_E7
    while True:
        left = _in_cells(left, cell_e7)
        if len(left) <= _COMPARED_MAX:
            left = _apart(left)
        if len(left) <= BOXES_MAX:
            return sorted(left)
        cell_e7 *= 2


def _in_cells(boxes: list[Box], cell_e7: int) -> list[Box]:
    """Join the boxes whose middles lie in one cell."""
    cells: dict[tuple[int, int], Box] = {}
    for box in boxes:
        lat_e7, lon_e7 = (box.south_e7 + box.north_e7) // 2, _turned(box.west_e7 + box.width_e7 // 2)
        middle = (lat_e7 + POLE_E7) // cell_e7, (lon_e7 + TURN_E7 // 2) // cell_e7
        cells[middle] = _union(cells[middle], box) if middle in cells else box
    return list(cells.values())


def _apart(boxes: list[Box]) -> list[Box]:
    """Join the boxes that meet, until none does."""
    apart: list[Box] = []
    for box in boxes:
        grown = box
        while met := [other for other in apart if _meet(grown, other)]:
            apart = [other for other in apart if other not in met]
            for other in met:
                grown = _union(grown, other)
        apart.append(grown)
    return apart


def _meet(one: Box, other: Box) -> bool:
    if one.south_e7 > other.north_e7 or other.south_e7 > one.north_e7:
        return False
    away = (other.west_e7 - one.west_e7) % TURN_E7
    return away <= one.width_e7 or away + other.width_e7 >= TURN_E7


def _union(one: Box, other: Box) -> Box:
    """Return the smallest box that holds both."""
    east = max(one.width_e7, (other.west_e7 - one.west_e7) % TURN_E7 + other.width_e7)
    west = max(other.width_e7, (one.west_e7 - other.west_e7) % TURN_E7 + one.width_e7)
    from_e7, width_e7 = (one.west_e7, east) if east <= west else (other.west_e7, west)
    south, north = min(one.south_e7, other.south_e7), max(one.north_e7, other.north_e7)
    return Box(south, north, from_e7, min(TURN_E7, width_e7))
