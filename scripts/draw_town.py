"""Draws the streets of the invented town as a map: skykeep/web/static/map/town.json.

    python scripts/draw_town.py            writes it
    python scripts/draw_town.py --check    fails where it is not what would be written

The simulated town lies in open water, so that no real place is put under an invented ban; a map of it is invented too.
An island, its harbour, parks, streets and quarters, from one seed; the parks are where the town's meadows are.
"""

from __future__ import annotations

import json
import math
import pathlib
import random
import sys

from skykeep.sim import town

PATH = pathlib.Path(__file__).resolve().parents[1] / "skykeep" / "web" / "static" / "map" / "town.json"
Line = list[tuple[float, float]]
Json = dict[str, object]
SEED = 11
HALF_M = 4_300.0
STEP_M = 160.0
MISSING = 0.14  # of the small streets


def shore(bearing_rad: float) -> float:
    """Return how far the shore is from the citadel: no circle, and no straight line."""
    waves = (
        math.sin(2 * bearing_rad + 0.7) * 420 + math.sin(3 * bearing_rad + 2.1) * 300 + math.sin(7 * bearing_rad) * 90
    )
    return HALF_M - 350 + waves


def ring(radius: float, count: int = 180) -> Line:
    """Return a closed line around the citadel; radius 1 is the shore."""
    turn = 2 * math.pi / count
    return [
        (shore(n * turn) * radius * math.sin(n * turn), shore(n * turn) * radius * math.cos(n * turn))
        for n in range(count + 1)
    ]


def on_land(east_m: float, north_m: float, margin_m: float = 120.0) -> bool:
    """Whether a place is on the island, so far from its shore."""
    return math.hypot(east_m, north_m) < shore(math.atan2(east_m, north_m)) - margin_m


def pieces(line: Line) -> list[Line]:
    """Return the parts of a line that lie on land."""
    found: list[Line] = [[]]
    for place in line:
        if on_land(*place):
            found[-1].append(place)
        elif found[-1]:
            found.append([])
    return [each for each in found if len(each) > 1]


def bent(east_m: float, north_m: float) -> tuple[float, float]:
    """Return a place moved as by old field boundaries, so that a grid of streets is not a grid."""
    return (
        east_m + 90 * math.sin(north_m / 900 + 1.3) + 40 * math.sin(east_m / 500 + north_m / 700),
        north_m + 80 * math.sin(east_m / 1100 + 0.4) + 45 * math.sin(north_m / 450 - east_m / 800),
    )


def streets() -> list[tuple[str, Line]]:
    """Return all streets: kind of road, and its line."""
    chance, made = random.Random(SEED), []  # noqa: S311  # invented streets, the same each time
    for number in range(-32, 33):
        at = number * STEP_M
        kind = "medium_road" if number % 6 == 0 else "minor_road"
        if chance.random() < MISSING and kind == "minor_road":
            continue
        first, last = sorted((chance.uniform(-HALF_M, HALF_M * 0.3), chance.uniform(HALF_M * 0.1, HALF_M)))
        if kind != "minor_road":
            first, last = -HALF_M, HALF_M
        steps = [first + (last - first) * n / 70 for n in range(71)]
        made += [(kind, each) for each in pieces([bent(at, step) for step in steps])]
        made += [(kind, each) for each in pieces([bent(step, at + 60) for step in steps])]
    for degrees in (12, 58, 103, 149, 205, 248, 297, 338):
        way = math.radians(degrees)
        reach = [250 + (HALF_M + 500) * n / 60 for n in range(61)]
        line = [bent(far * math.sin(way + far / 30_000), far * math.cos(way + far / 30_000)) for far in reach]
        made += [("major_road", each) for each in pieces(line)]
    made += [("major_road", ring(0.28)), ("highway", ring(0.62)), ("medium_road", ring(0.9))]
    return made


def lon_lat(place: tuple[float, float]) -> list[float]:
    """Return a place as GeoJSON has it, to a metre."""
    lat_e7, lon_e7 = town.place_e7(*place)
    return [round(lon_e7 / 1e7, 5), round(lat_e7 / 1e7, 5)]


def feature(kind: str, shape: str, lines: Line | list[Line], name: str = "") -> Json:
    """Return a feature of the map."""
    if shape == "Point":
        coordinates: object = lon_lat(lines[0])  # type: ignore[arg-type]  # a point is the one place of its line
    elif shape == "LineString":
        coordinates = [lon_lat(each) for each in lines]  # type: ignore[arg-type]  # of places
    else:
        coordinates = [[lon_lat(place) for place in each] for each in lines]  # type: ignore[arg-type]  # of rings
    properties: Json = {"kind": kind, "name": name} if name else {"kind": kind}
    return {"type": "Feature", "properties": properties, "geometry": {"type": shape, "coordinates": coordinates}}


def around(east_m: float, north_m: float, radius_m: float) -> Line:
    """Return a park: round, roughly."""
    turn = 2 * math.pi / 24
    reach = [radius_m * (1 + 0.22 * math.sin(3 * n * turn + east_m) + 0.1 * math.sin(5 * n * turn)) for n in range(24)]
    line = [(east_m + reach[n] * math.sin(n * turn), north_m + reach[n] * math.cos(n * turn)) for n in range(24)]
    return [*line, line[0]]


def drawn() -> bytes:
    """Return the map."""
    basin: Line = [
        (-4300, -300),
        (-2900, -250),
        (-2100, -420),
        (-1500, -250),
        (-1450, 60),
        (-2150, 220),
        (-2900, 140),
        (-4300, 260),
    ]
    quay: Line = [(-2900, -600), (-1350, -560), (-1250, 330), (-2900, 480)]
    parks = [
        (1750, -650, 560),
        (480, 1400, 330),
        (-900, 2300, 300),
        (2500, 1500, 380),
        (-2100, -1900, 340),
        (300, -1700, 260),
        (2000, -1300, 300),
    ]
    features = [feature("earth", "Polygon", [ring(1.0)])]
    features += [feature("park", "Polygon", [around(*each)]) for each in parks]
    features += [feature("port", "Polygon", [[*quay, quay[0]]])]
    features += [feature(kind, "LineString", line) for kind, line in streets()]
    features += [feature("water", "Polygon", [[*basin, basin[0]]])]
    features += [feature("suburb", "Point", [place], name) for name, place in town.QUARTERS.items()]
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
    return text.encode() + b"\n"


def main(arguments: list[str]) -> int:
    """Write the map, or with --check say whether it is as it would be written."""
    data = drawn()
    if "--check" in arguments:
        return 0 if PATH.read_bytes() == data else 1
    PATH.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
