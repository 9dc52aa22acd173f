"""Outlines of zones and permits compiled for the kernels: polygons as arrays, circles as circles."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from skykeep.facts.enacted import Circle, Polygon
from skykeep.geo.exact import normal_cdf
from skykeep.geo.frames import metres_per_e7
from skykeep.geo.geodesic import distance_m
from skykeep.geo.kernel import kernel
from skykeep.geo.volumes import Polygon as Area
from skykeep.geo.volumes import compile_polygon, polygon_margin_m
from skykeep.rules.chance import circle_chance, polygon_chance

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

TURN_E7 = 3_600_000_000
POLE_E7 = 900_000_000
METRES_PER_E7_MIN = 0.01105  # the shortest 1e-7 degree of latitude, rounded down
OTHER_SIDE_M = 2.0e7  # distance taken to the other side of the globe, where the geodesic has no answer
_MANY = 64  # rings from which on they are compiled together
_NEAR_SIGMAS = 4.0  # farther from the border than this, what lies beyond it no longer matters
_SIGMA_MIN_M = 1e-6  # what is known better than this is known: in sigmas so small no number would hold an outline
_FLAT_LAT_E7 = 890_000_000  # nearer to a pole, degrees are no plane


@dataclasses.dataclass(frozen=True, slots=True)
class Outline:
    """A polygon or a circle, with the box that bounds it (1e-7 degree, longitudes unwrapped as the polygon is)."""

    shape: Area | Circle
    box_e7: tuple[int, int, int, int]  # lat min, lat max, lon min, lon max
    east_min_m: float  # the shortest 1e-7 degree eastward in the box; 0 or less where it holds a pole

    def margin_m(self, lat_e7: int, lon_e7: int) -> float:
        """Return the metres from a place to the border: positive inside, negative outside, 0 on it."""
        if isinstance(self.shape, Circle):
            away_m = distance_m(self.shape.lat_e7 / 1e7, self.shape.lon_e7 / 1e7, lat_e7 / 1e7, lon_e7 / 1e7)
            return self.shape.radius_mm / 1e3 - (OTHER_SIDE_M if math.isnan(away_m) else away_m)
        return polygon_margin_m(self.shape.lat_e7, self.shape.lon_e7, self.shape.starts, lat_e7, lon_e7)

    def chance(self, lat_e7: int, lon_e7: int, sigma_m: float, margin_m: float) -> float:
        """Return the probability of being inside, for a place with this spread and this margin.

        Near the border the whole shape counts (see `chance`); within a degree of a pole, and for a zone that holds
        one, only its nearest border.
        """
        if sigma_m < _SIGMA_MIN_M:
            return 1.0 if margin_m >= 0.0 else 0.0
        if abs(margin_m) < _NEAR_SIGMAS * sigma_m:
            if isinstance(self.shape, Circle):
                radius_m = self.shape.radius_mm / 1e3
                return circle_chance(radius_m / sigma_m, (radius_m - margin_m) / sigma_m)
            if abs(lat_e7) <= _FLAT_LAT_E7 and not self.shape.polar:
                return polygon_chance(self.shape.lat_e7, self.shape.lon_e7, self.shape.starts, lat_e7, lon_e7, sigma_m)
        return normal_cdf(margin_m / sigma_m)


@dataclasses.dataclass(frozen=True, slots=True)
class Remembering(Outline):
    """An outline that is asked of one place again and again, and works each answer out but once."""

    known: dict[tuple[float, ...], float] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, outline: Outline) -> Remembering:
        """Return an outline as one that knows nothing yet."""
        return cls(outline.shape, outline.box_e7, outline.east_min_m)

    def margin_m(self, lat_e7: int, lon_e7: int) -> float:
        """Return what `Outline` does."""
        asked = lat_e7, lon_e7
        if asked not in self.known:
            self.known[asked] = Outline.margin_m(self, lat_e7, lon_e7)
        return self.known[asked]

    def chance(self, lat_e7: int, lon_e7: int, sigma_m: float, margin_m: float) -> float:
        """Return what `Outline` does."""
        asked = lat_e7, lon_e7, sigma_m, margin_m
        if asked not in self.known:
            self.known[asked] = Outline.chance(self, lat_e7, lon_e7, sigma_m, margin_m)
        return self.known[asked]


def compile_outline(outline: Polygon | Circle) -> Outline:
    """Return the outline ready to be asked; raises Refused where it is no outline (see geo.volumes)."""
    if isinstance(outline, Circle):
        return _circle(outline)
    area = compile_polygon(outline.rings)
    return _boxed(area, (area.lat_min_e7, area.lat_max_e7, area.lon_min_e7, area.lon_max_e7))


def compile_outlines(outlines: Sequence[Polygon | Circle]) -> list[Outline]:
    """Return what `compile_outline` gives for each; rings that need no thought are compiled many at once."""
    plain = [k for k, one in enumerate(outlines) if isinstance(one, Polygon) and len(one.rings) == 1]
    done: dict[int, Outline] = {}
    if len(plain) >= _MANY:
        rings = [one.rings[0] for one in outlines if isinstance(one, Polygon) and len(one.rings) == 1]
        done = {k: one for k, one in zip(plain, _plain_outlines(rings), strict=True) if one is not None}
    return [done[k] if k in done else compile_outline(one) for k, one in enumerate(outlines)]


def _plain_outlines(rings: Sequence[tuple[tuple[int, int], ...]]) -> list[Outline | None]:
    """Return the outline of each ring, None for one that is not plain (see `plain_rings`)."""
    starts = np.cumsum([0, *map(len, rings)], dtype=np.int64)
    vertices = itertools.chain.from_iterable(rings)
    try:
        written = np.fromiter(itertools.chain.from_iterable(vertices), np.int64, 2 * int(starts[-1])).reshape(-1, 2)
    except OverflowError:  # far from any place; `compile_outline` says which vertex
        return [None] * len(rings)
    lats, lons = np.empty(len(written), np.int64), np.empty(len(written), np.int64)
    spans, boxes = np.zeros((len(rings), 2), np.int64), np.zeros((len(rings), 4), np.int64)
    east_m = np.zeros(len(rings))
    plain_rings(written, starts, lats, lons, spans, boxes, east_m)
    for array in (lats, lons, spans):
        array.setflags(write=False)
    rows = zip(starts.tolist(), spans, spans[:, 1].tolist(), _quadruples(boxes), east_m.tolist(), strict=False)
    return [
        _plain(Area(lats[a : a + count], lons[a : a + count], span, *box), east) if count else None
        for a, span, count, box, east in rows
    ]


def _quadruples(boxes: Ints) -> list[tuple[int, int, int, int]]:
    return [(a, b, c, d) for a, b, c, d in boxes.tolist()]


def _plain(area: Area, east_min_m: float) -> Outline:
    return Outline(area, (area.lat_min_e7, area.lat_max_e7, area.lon_min_e7, area.lon_max_e7), east_min_m)


@kernel
def plain_rings(
    written: Ints, starts: Ints, lats_e7: Ints, lons_e7: Ints, spans: Ints, boxes: Ints, east_m: Floats
) -> None:  # fmt: skip
    """Clean rings that need no unwrapping and are nowhere near a pole, as `geo.rings` does; others get an empty span.

    Ring k is written[starts[k]:starts[k + 1]]; those without repeated neighbours are filled in from there on.
    """
    for ring in range(spans.shape[0]):
        first, stop = int(starts[ring]), int(starts[ring + 1])
        if stop - first < 3:
            continue
        south, north = int(written[first, 0]), int(written[first, 0])
        west, east = int(written[first, 1]), int(written[first, 1])
        good = -TURN_E7 // 2 <= west <= TURN_E7 // 2
        count = 0
        second, different = -1, 0  # a vertex other than the first; whether there are two of them
        for k in range(first, stop):
            lat, lon = int(written[k, 0]), int(written[k, 1])
            before = k - 1 if k > first else stop - 1
            if lat != written[before, 0] or lon != written[before, 1]:
                lats_e7[first + count], lons_e7[first + count] = lat, lon
                count += 1
            south, north, west, east = min(south, lat), max(north, lat), min(west, lon), max(east, lon)
            if lat != written[first, 0] or lon != written[first, 1]:
                if second < 0:
                    second = k
                elif lat != written[second, 0] or lon != written[second, 1]:
                    different = 1
        if good and different == 1 and south > -POLE_E7 and north < POLE_E7 and east - west < TURN_E7 // 2:
            spans[ring, 1] = count
            boxes[ring, 0], boxes[ring, 1], boxes[ring, 2], boxes[ring, 3] = south, north, west, east
            east_m[ring] = min(metres_per_e7(south / 1e7)[1], metres_per_e7(north / 1e7)[1])


def _circle(circle: Circle) -> Outline:
    radius_m = circle.radius_mm / 1e3
    north_e7 = int(radius_m / METRES_PER_E7_MIN) + 1
    low, high = circle.lat_e7 - north_e7, circle.lat_e7 + north_e7
    east_m = _east_min_m(low, high)
    round_the_pole = east_m * TURN_E7 <= 4.0 * radius_m
    east_e7 = TURN_E7 // 2 if round_the_pole else int(radius_m / east_m) + 1
    return _boxed(circle, (low, high, circle.lon_e7 - east_e7, circle.lon_e7 + east_e7))


def _boxed(shape: Area | Circle, box_e7: tuple[int, int, int, int]) -> Outline:
    return Outline(shape, box_e7, _east_min_m(box_e7[0], box_e7[1]))


def _east_min_m(lat_min_e7: int, lat_max_e7: int) -> float:
    if lat_min_e7 <= -POLE_E7 or lat_max_e7 >= POLE_E7:
        return 0.0
    return min(metres_per_e7(lat_min_e7 / 1e7)[1], metres_per_e7(lat_max_e7 / 1e7)[1])
