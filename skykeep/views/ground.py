"""The ground of a map panel: flights grouped by place, and a plane for each group, north up and true to scale."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

from skykeep.facts.enacted import Circle, Polygon, Volume
from skykeep.views.picture import Track

FAR_M = 25_000.0  # flights further apart than about this get panels of their own
EXTENT_MIN_M = 400.0  # a hover of a few metres is still shown with its surroundings
_NICE = (1.0, 2.0, 5.0)


@dataclasses.dataclass(frozen=True, slots=True)
class Extent:
    """A stretch of the globe in degrees; `lon` runs on beyond 180 where it crosses the date line."""

    south: float
    west: float
    north: float
    east: float

    def joined(self, other: Extent) -> Extent:
        """Return the extent of both, the other turned to this one's side of the date line."""
        turned = other.turned(self.west)
        return Extent(
            min(self.south, turned.south), min(self.west, turned.west),
            max(self.north, turned.north), max(self.east, turned.east),
        )  # fmt: skip

    def turned(self, lon_deg: float) -> Extent:
        """Return the same stretch with its west within half a turn of a longitude."""
        turns = round((lon_deg - self.west) / 360.0) * 360.0
        return dataclasses.replace(self, west=self.west + turns, east=self.east + turns)

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height in metres, at the middle."""
        lat_m, lon_m = metres_per_degree((self.south + self.north) / 2)
        return (self.east - self.west) * lon_m, (self.north - self.south) * lat_m


def metres_per_degree(lat_deg: float) -> tuple[float, float]:
    """Return metres a degree of latitude and of longitude (WGS 84 series), enough for a drawing."""
    lat = math.radians(max(-89.9, min(89.9, lat_deg)))
    north = 111_132.95 - 559.85 * math.cos(2 * lat) + 1.175 * math.cos(4 * lat)
    east = 111_412.88 * math.cos(lat) - 93.5 * math.cos(3 * lat) + 0.118 * math.cos(5 * lat)
    return north, max(east, 1.0)


def extent_of_places(places: Sequence[tuple[float, float]]) -> Extent:
    """Return the extent of places (lat, lon in degrees), the narrow way round the globe."""
    first = places[0][1]
    lons = [first + (lon - first + 540.0) % 360.0 - 180.0 for _, lon in places]
    lats = [lat for lat, _ in places]
    return Extent(min(lats), min(lons), max(lats), max(lons))


def extent_of_volume(volume: Volume) -> Extent:
    """Return the extent of an outline."""
    outline = volume.outline
    if isinstance(outline, Circle):
        lat, lon, radius_m = outline.lat_e7 / 1e7, outline.lon_e7 / 1e7, outline.radius_mm / 1e3
        lat_m, lon_m = metres_per_degree(lat)
        return Extent(lat - radius_m / lat_m, lon - radius_m / lon_m, lat + radius_m / lat_m, lon + radius_m / lon_m)
    return extent_of_places(ring_deg(outline)[0] or [(0.0, 0.0)])


def ring_deg(outline: Polygon) -> list[list[tuple[float, float]]]:
    """Return the rings of a polygon in degrees."""
    return [[(lat / 1e7, lon / 1e7) for lat, lon in ring] for ring in outline.rings] or [[]]


def groups(tracks: Iterable[Track]) -> list[list[Track]]:
    """Return the tracks grouped by place: two are in one group where a chain of places joins them."""
    cells: dict[tuple[int, int], list[int]] = {}
    placed = [track for track in tracks if track.points]
    for number, track in enumerate(placed):
        for cell in dict.fromkeys(_cell(point.lat_e7, point.lon_e7) for point in track.points):
            cells.setdefault(cell, []).append(number)
    parent = list(range(len(placed)))
    for cell, here in cells.items():
        near = [*here, *(other for beside in _beside(cell) for other in cells.get(beside, ()))]
        for other in near[1:]:
            parent[_root(parent, other)] = _root(parent, near[0])
    found: dict[int, list[Track]] = {}
    for number, track in enumerate(placed):
        found.setdefault(_root(parent, number), []).append(track)
    return list(found.values())


CELL_M = FAR_M / 2  # so that what lies in neighbouring cells is up to 25 km apart


def _cell(lat_e7: int, lon_e7: int) -> tuple[int, int]:
    row = math.floor(lat_e7 / 1e7 * 111_000.0 / CELL_M)
    return row, math.floor((lon_e7 / 1e7 + 180.0) % 360.0 / 360.0 * _columns(row))


def _columns(row: int) -> int:
    """Return how many cells go round the globe in a row."""
    return max(1, round(360.0 * metres_per_degree((row + 0.5) * CELL_M / 111_000.0)[1] / CELL_M))


def _beside(cell: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the neighbours to the east and in the row above; the others are met from their side."""
    row, column = cell
    here, above = _columns(row), _columns(row + 1)
    over = math.floor((column + 0.5) / here * above)
    return [(row, (column + 1) % here), *((row + 1, (over + step) % above) for step in (-1, 0, 1))]


def _root(parent: list[int], number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


@dataclasses.dataclass(frozen=True, slots=True)
class Plane:
    """An equirectangular plane about a middle: metres east and north become pixels, alike in both directions."""

    lat_deg: float
    lon_deg: float
    metres_per_px: float
    width: float
    height: float

    def xy(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """Return where a place lies on the drawing, y downward."""
        lat_m, lon_m = metres_per_degree(self.lat_deg)
        east = ((lon_deg - self.lon_deg + 540.0) % 360.0 - 180.0) * lon_m
        north = (lat_deg - self.lat_deg) * lat_m
        return self.width / 2 + east / self.metres_per_px, self.height / 2 - north / self.metres_per_px

    def seen(self) -> Extent:
        """Return the stretch of the globe that is drawn."""
        lat_m, lon_m = metres_per_degree(self.lat_deg)
        up, right = self.height * self.metres_per_px / 2 / lat_m, self.width * self.metres_per_px / 2 / lon_m
        return Extent(self.lat_deg - up, self.lon_deg - right, self.lat_deg + up, self.lon_deg + right)


def plane(extent: Extent, width: float, *, lowest: float, highest: float, pad: float) -> Plane:
    """Return the plane on which an extent fits with `pad` pixels about it, its height between two bounds."""
    wide_m, high_m = (max(side, EXTENT_MIN_M) for side in extent.size_m)
    scale = wide_m / (width - 2 * pad)
    height = min(max(high_m / scale + 2 * pad, lowest), highest)
    scale = max(scale, high_m / (height - 2 * pad))
    return Plane((extent.south + extent.north) / 2, (extent.west + extent.east) / 2, scale, width, height)


def nice(size: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is not above `size`."""
    power = 10.0 ** math.floor(math.log10(size))
    return max(step * power for step in _NICE if step * power <= size * (1 + 1e-9))


def graticule(first: float, last: float, wanted: int) -> tuple[list[float], int]:
    """Return round degrees between two, about `wanted` of them, and the decimals that they need."""
    step = nice((last - first) / wanted)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    count = math.floor(last / step + 1e-9)
    lines = []
    number = math.ceil(first / step - 1e-9)
    while number <= count:
        lines.append(round(number * step, 9))
        number += 1
    return lines, decimals
