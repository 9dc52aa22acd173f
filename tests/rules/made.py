"""Outlines that are hard on a grid, and the places where they are hardest, from a seed."""

import math

import numpy as np

from skykeep.errors import Refused
from skykeep.facts.enacted import Circle, Polygon
from skykeep.geo import volumes
from skykeep.rules.outline import compile_outline

POLE, HALF = 900_000_000, 1_800_000_000
TURN = 2 * HALF


def wrapped(lon_e7):
    return (int(lon_e7) + HALF) % TURN - HALF


def on_globe(lat_e7):
    return int(np.clip(lat_e7, -POLE, POLE))


def star(chance, lat_e7, lon_e7, size_e7, count):
    turns, sizes = np.sort(chance.uniform(0, 2 * np.pi, count)), chance.uniform(0.2, 1, count) * size_e7
    pairs = zip(turns.tolist(), sizes.tolist(), strict=True)
    return tuple(
        (on_globe(lat_e7 + r * math.sin(a)), wrapped(lon_e7 + 1.5 * r * math.cos(a))) for a, r in pairs
    )


def outline(chance):
    """Return a fact and its compiled outline: circles, stars, holes inside and astray, knots, squares on cells."""
    while True:
        fact = _outline(chance)
        try:
            return fact, compile_outline(fact)
        except Refused:
            continue


def _outline(chance):
    kind, size = int(chance.integers(0, 8)), 10 ** chance.uniform(1, 8.3)
    lat = float(chance.choice([chance.uniform(-8.9e8, 8.9e8), 5e8, 8.95e8, -8.95e8, 0]))
    lon = float(chance.choice([chance.uniform(-HALF, HALF), HALF, -HALF, 0, 3e8]))
    if kind == 0:
        return Circle(lat_e7=int(lat), lon_e7=int(lon), radius_mm=int(10 ** chance.uniform(2, 10)))
    if kind == 3:
        spots = chance.uniform(-size, size, (int(chance.integers(4, 30)), 2)).tolist()
        return Polygon(rings=(tuple((on_globe(lat + y), wrapped(lon + x)) for y, x in spots),))
    if kind == 4:
        side = 1 << int(chance.integers(8, 24))
        south, west, size = int(lat) // side * side, int(lon) // side * side, int(chance.integers(1, 4)) * side
        corners = ((south, west), (south, west + size), (south + size, west + size), (south + size, west))
        return Polygon(rings=(tuple((on_globe(y), wrapped(x)) for y, x in corners),))
    if kind == 5:
        spots = chance.integers(-40, 40, (int(chance.integers(3, 12)), 2)).tolist()
        return Polygon(rings=(tuple((on_globe(lat + y), wrapped(lon + x)) for y, x in spots),))
    rings = [star(chance, lat, lon, size, int(chance.integers(3, 60)))]
    if kind in {1, 2}:
        rings.append(star(chance, lat, lon, size * chance.uniform(0.05, 1.2), int(chance.integers(3, 12))))
    if kind == 2:
        rings.append(star(chance, lat + size * 0.2, lon, size * 0.3, 5))
    return Polygon(rings=tuple(rings))


def places(chance, of):
    """Return places all over an outline's box, at its vertices and borders, and beside the lines of any grid."""
    south, north, west, east = of.box_e7
    pairs = zip(chance.integers(south - 9, north + 10, 60), chance.integers(west - 9, east + 10, 60), strict=True)
    spots = [(int(lat), int(lon)) for lat, lon in pairs]
    spots += _round(chance, of.shape) if isinstance(of.shape, Circle) else _along(chance, of)
    cell = 1 << int(chance.integers(12, 23))
    spots += [
        ((lat + POLE) // cell * cell - POLE - chance.integers(0, 2), (lon + HALF) // cell * cell - HALF)
        for lat, lon in spots[:40]
    ]
    spots += [(lat, lon) for lat, _ in spots[:5] for lon in (HALF, -HALF)] + [(POLE, 0), (-POLE, 5)]
    return np.array([on_globe(lat) for lat, _ in spots]), np.array([wrapped(lon) for _, lon in spots])


def _round(chance, circle):
    spots = []
    for azimuth in chance.uniform(0, 2 * np.pi, 60).tolist():
        away_m = circle.radius_mm / 1e3 + float(chance.choice([0, 0.001, -0.001, 1, -1, chance.uniform(-99, 99)]))
        narrow = max(0.01, math.cos(math.radians(circle.lat_e7 / 1e7)))
        north, east = away_m * math.cos(azimuth) / 0.01113, away_m * math.sin(azimuth) / 0.01113 / narrow
        spots.append((int(circle.lat_e7 + north), int(circle.lon_e7 + east)))
    return spots


def _along(chance, of):
    south, north, west, east = of.box_e7
    ring = list(zip(of.shape.lat_e7.tolist(), of.shape.lon_e7.tolist(), strict=True))
    spots = []
    for (lat_a, lon_a), (lat_b, lon_b) in zip(ring, ring[1:] + ring[:1], strict=True):
        share, cell = chance.uniform(), 1 << int(chance.integers(12, 23))
        lat, lon = int(lat_a + (lat_b - lat_a) * share), int(lon_a + (lon_b - lon_a) * share)
        step = int(chance.integers(-1, 2))
        spots += [(lat_a, lon_a), (lat_a + step, lon_a - step), ((lat_a + lat_b) // 2, (lon_a + lon_b) // 2 + step)]
        spots += [(lat_a, int(chance.integers(west, east + 1))), (int(chance.integers(south, north + 1)), lon_a)]
        spots += [((lat + POLE) // cell * cell - POLE - 1, lon), (lat, (lon + HALF) // cell * cell - HALF)]
    return spots


def inside(of, lats_e7, lons_e7):
    """Return (n,) whether each place is inside, by `geo.volumes` alone."""
    pairs = list(zip(lats_e7.tolist(), lons_e7.tolist(), strict=True))
    if isinstance(of.shape, Circle):
        return np.array([of.margin_m(lat, lon) >= 0.0 for lat, lon in pairs])
    area = of.shape
    return np.array([volumes.polygon_contains(area.lat_e7, area.lon_e7, area.starts, lat, lon) for lat, lon in pairs])
