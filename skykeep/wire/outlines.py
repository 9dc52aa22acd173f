"""Outlines on the ground, from lists of [lon, lat] to polygons and circles, with each repair in words.

A ring comes out closed (the first vertex again at the end, as RFC 7946 has it), without vertices that repeat their
neighbour. Fewer than three distinct vertices, or all of them on one line, enclose nothing: Malformed; a parallel right
round the globe is no such line, it holds a pole. What crosses itself, and holes that are none, are `crossings`'
business.
"""

from __future__ import annotations

import itertools
from decimal import Decimal

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, Polygon
from skykeep.geo.rings import unwrapped
from skykeep.wire.crossings import VERTICES_MAX, holes_checked, ring_checked
from skykeep.wire.jsontext import Json, kind, show
from skykeep.wire.quantity import E7, Ratio, scaled

Vertex = tuple[int, int]

RADIUS_MAX_MM = 1_000_000_000


def position(value: Json) -> Vertex:
    """Return (lat_e7, lon_e7) of a [lon, lat] or [lon, lat, height] list."""
    if not isinstance(value, list) or len(value) < 2:
        raise Malformed(f"{show(value)} is no position [longitude, latitude]")
    for number, name, most in ((value[0], "longitude", 180), (value[1], "latitude", 90)):
        if isinstance(number, bool) or not isinstance(number, (int, Decimal)):
            raise Malformed(f"{name}: {kind(number)} ({show(number)}) where a number belongs")
        if not -most <= number <= most:
            raise Malformed(f"{name} {show(number)} is outside -{most} to {most}")
    return scaled(value[1], E7), scaled(value[0], E7)


def polygon(coordinates: Json, doubts: list[str]) -> Polygon:
    """Return the polygon of GeoJSON `coordinates`; a hole that encloses nothing is left out, with a doubt."""
    if not isinstance(coordinates, list) or not coordinates:
        raise Malformed(f"coordinates: {kind(coordinates)} where a list of rings belongs")
    rings = [_ring(coordinates[0], "outline", doubts)]
    for number, hole in enumerate(coordinates[1:], start=1):
        try:
            rings.append(_ring(hole, f"hole {number}", doubts))
        except Malformed as error:
            doubts.append(f"{error}; the hole was left out, so the area there counts as inside")
    return Polygon(rings=holes_checked(rings, doubts))


def _ring(coordinates: Json, name: str, doubts: list[str]) -> tuple[Vertex, ...]:
    if not isinstance(coordinates, list):
        raise Malformed(f"{name}: {kind(coordinates)} where a ring of positions belongs")
    if len(coordinates) > VERTICES_MAX:
        raise Malformed(f"{name}: {len(coordinates)} vertices; at most {VERTICES_MAX} are read, so simplify the ring")
    vertices = [_vertex(name, number, value) for number, value in enumerate(coordinates)]
    if len(vertices) > 1 and vertices[0] != vertices[-1]:
        doubts.append(f"{name}: the ring was not closed; it was closed with a straight edge")
    repeated = sum(one == before for one, before in itertools.pairwise(vertices))
    if repeated:
        doubts.append(f"{name}: {repeated} repeated vertices were left out")
    return ring(vertices, name, doubts)


def ring(vertices: list[Vertex], name: str, doubts: list[str] | None = None) -> tuple[Vertex, ...]:
    """Return vertices as a ring: closed, none that repeats its neighbour; Malformed where it encloses nothing.

    Malformed too where it crosses itself grossly; slightly, it is taken with a doubt (see `crossings`).
    """
    closed = vertices if vertices[:1] == vertices[-1:] else [*vertices, vertices[0]]
    kept = [one for number, one in enumerate(closed) if number == 0 or one != closed[number - 1]]
    if not _encloses(kept):
        raise Malformed(f"{name}: fewer than three distinct vertices, or all on one line, enclose nothing")
    return ring_checked(tuple(kept), name, [] if doubts is None else doubts)


def _vertex(name: str, number: int, value: Json) -> Vertex:
    try:
        return position(value)
    except Malformed as error:
        raise Malformed(f"{name}, vertex {number}: {error}") from error


def _encloses(vertices: list[Vertex]) -> bool:
    """Say whether three of the vertices do not lie on one line, or the line is a parallel right round the globe."""
    if len(vertices) < 4:
        return False
    (lat, lon), (lat_1, lon_1) = vertices[0], vertices[1]
    if any((lat_1 - lat) * (lon_2 - lon) != (lon_1 - lon) * (lat_2 - lat) for lat_2, lon_2 in vertices[2:]):
        return True
    return lat == lat_1 and unwrapped(vertices[:-1])[1] != 0


def circle(center: Json, radius: Json, ratio: Ratio) -> Circle:
    """Return the circle around a [lon, lat] list; `ratio` leads from the radius' unit to millimetres."""
    try:
        lat_e7, lon_e7 = position(center)
    except Malformed as error:
        raise Malformed(f"centre: {error}") from error
    if isinstance(radius, bool) or not isinstance(radius, (int, Decimal)):
        raise Malformed(f"radius: {kind(radius)} where a number belongs")
    radius_mm = scaled(radius, ratio) if 0 < radius < RADIUS_MAX_MM else 0
    if not 0 < radius_mm <= RADIUS_MAX_MM:
        raise Malformed(f"radius: {show(radius)} is not more than 0 and at most {RADIUS_MAX_MM // 1_000_000} km")
    return Circle(lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=radius_mm)
