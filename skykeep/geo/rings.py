"""Rings as people write them, made rings of a plane: cleaned, unwrapped in longitude, closed round a pole.

Neighbours differ by at most 180 degrees of longitude, so a ring may leave ±180 and still be one piece. What goes
right round the globe has no inside in such a plane until it is closed over a pole. Some files draw that closing
themselves, up the antimeridian and along ±90; others leave it out. Here both become the same: the way round,
and two vertices 1e-7 degree beyond the pole (`BEYOND_E7`). An edge to one of those is no border; every other one is.

    written                                                     becomes
    round the globe, all of it in one hemisphere                closed over that hemisphere's pole
    the same, closed along ±90 and one meridian                 the same: the drawn closing is taken out
    a band: round, up the antimeridian, back, down again        two ways round, the southern one as a hole
    -180 to 180 in one edge (a box in such words)               right round, not nothing
    round the globe, across or on the equator                   refused: it does not say which pole
    with the pole as a corner                                   itself: there the pole is a place on the border
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from skykeep.errors import Refused

Vertex = tuple[int, int]  # lat_e7, lon_e7
Edge = tuple[Vertex, Vertex]
Ring = list[Vertex]

POLE_E7 = 900_000_000
BEYOND_E7 = POLE_E7 + 1
TURN_E7 = 3_600_000_000
_HALF_E7 = TURN_E7 // 2
_EITHER = 2  # pole: not said yet, or both


def plane_rings(rings: Sequence[Sequence[Vertex]]) -> list[Ring]:
    """Return the rings of a polygon as closed rings of the plane, the outer one first; Refused where one is none.

    A hole round a pole is closed over the pole that the outer ring holds.
    """
    if not rings:
        raise Refused("a polygon without a ring; give an outer ring of at least three vertices")
    done = _closed(rings[0], _where(0), _EITHER)
    over = _held(done)
    for number in range(1, len(rings)):
        hole = _closed(rings[number], _where(number), over)
        if len(hole) > 1:
            raise Refused(f"{_where(number)} is a band round the globe; cut the polygon along a meridian")
        done += hole
    return done


def unwrapped(ring: Sequence[Vertex]) -> tuple[Ring, int]:
    """Return the vertices in one piece, each step the shorter way, and the turns left when the last meets the first.

    Vertices that repeat their neighbour are left out. A step of exactly half a turn goes the way it is written.
    """
    lons = [lon for _, lon in ring]
    if max(lons) - min(lons) < _HALF_E7 and abs(lons[0]) <= _HALF_E7:
        return [one for one, after in zip(ring, [*ring[1:], ring[0]], strict=True) if one != after], 0
    lat, written = ring[0]
    here = _near(written)
    done = [(lat, here)]
    for lat, lon in [*ring[1:], ring[0]]:
        here += _near(lon - written)
        written = lon
        if done[-1] != (lat, here):
            done.append((lat, here))
    turns = (here - done[0][1]) // TURN_E7
    if len(done) > 1:
        done.pop()  # the first vertex again, or its image some turns away
    return done, turns


def in_one_edge_round(ring: Sequence[Vertex]) -> bool:
    """Say whether a ring is a box right round the globe: each longitude at one of two ends, a turn apart."""
    lons = {lon for _, lon in ring}
    return len(lons) == 2 and max(lons) - min(lons) == TURN_E7


def _where(number: int) -> str:
    return f"ring {number} (0 is the outer one)"


def _near(lon_e7: int) -> int:
    """Return a longitude, or a step between two, without whole turns; as given if it is within 180 degrees."""
    return lon_e7 if abs(lon_e7) <= _HALF_E7 else (lon_e7 + _HALF_E7) % TURN_E7 - _HALF_E7


def _cleaned(written: Sequence[Vertex], where: str) -> tuple[Ring, int]:
    """Return the ring unwrapped and its turns (-1, 0, 1); one that has the pole as a vertex has none left."""
    lats, lons = [int(lat) for lat, _ in written], [int(lon) for _, lon in written]
    if lats and (min(lats) < -POLE_E7 or max(lats) > POLE_E7 or min(lons) < -TURN_E7 or max(lons) > TURN_E7):
        _refuse_no_place(lats, lons, where)
    ring = list(zip(lats, lons, strict=True))
    _need_three(ring, where)
    if in_one_edge_round(ring):
        return [one for one, after in zip(ring, [*ring[1:], ring[0]], strict=True) if one != after], 0
    done, turns = unwrapped(ring)
    if turns and any(abs(lat) == POLE_E7 for lat, _ in done):
        done, turns = _turned_at_pole(done, turns), 0
    if abs(turns) > 1 or _span(done) > 2 * TURN_E7:
        raise Refused(f"{where} goes more than once round the globe; cut it into polygons that do not")
    _need_three(done, where)
    return done, turns


def _refuse_no_place(lats: list[int], lons: list[int], where: str) -> None:
    for index, (lat_e7, lon_e7) in enumerate(zip(lats, lons, strict=True)):
        if abs(lat_e7) > POLE_E7 or abs(lon_e7) > TURN_E7:
            raise Refused(f"{where}, vertex {index}: {lat_e7}, {lon_e7} is no place in 1e-7 degree, lat then lon")


def _need_three(ring: Ring, where: str) -> None:
    if len(set(ring)) < 3:
        raise Refused(f"{where} has {len(set(ring))} different vertices; an area needs at least three")


def _turned_at_pole(ring: Ring, turns: int) -> Ring:
    """Return the ring with its turns taken back at the pole, where a longitude means nothing."""
    at = next(index for index, (lat, _) in enumerate(ring) if abs(lat) == POLE_E7)
    back = turns * TURN_E7
    return [*ring[: at + 1], *((lat, lon - back) for lat, lon in ring[at:])]


def _span(ring: Ring) -> int:
    return max(lon for _, lon in ring) - min(lon for _, lon in ring)


def _closed(written: Sequence[Vertex], where: str, over: int) -> list[Ring]:
    """Return a ring closed in the plane; two rings for a band. `over` is the pole that the outer ring holds."""
    ring, turns = _cleaned(written, where)
    if turns:
        return [_cap(ring, turns, _hemisphere(ring, where) if over == _EITHER else over)] if over else _astray(where)
    if _span(ring) < TURN_E7:
        return [ring]
    touched = {1 if lat > 0 else -1 for lat, _ in ring if abs(lat) == POLE_E7}
    left = _without_seam(ring, min(lon for lat, lon in ring if not touched or abs(lat) == POLE_E7))
    ways = None if any(abs(lat) == POLE_E7 for edge in left for lat, _ in edge) else _ways_round(left)
    if ways is not None and not ways:
        return [_globe()]
    if ways is not None and len(ways) == 1 and len(touched) == 1:
        return [_cap(*ways[0], max(touched))]
    if ways is not None and len(ways) == 2 and not touched:
        south, north = sorted(ways, key=lambda way: min(way[0]))
        if max(south[0])[0] < min(north[0])[0]:
            return [_cap(*north, -1), _cap(*south, -1)]
    if _span(ring) > TURN_E7:
        raise Refused(f"{where} goes more than once round the globe; cut it into polygons that do not")
    return [ring]  # its seam stays a border: near it nothing is sure, and nothing is wrong


def _astray(where: str) -> list[Ring]:
    raise Refused(f"{where} goes round the globe, but the outer ring holds no pole; cut the polygon along a meridian")


def _hemisphere(ring: Ring, where: str) -> int:
    low, high = min(ring)[0], max(ring)[0]
    if low > 0:
        return 1
    if high < 0:
        return -1
    raise Refused(
        f"{where} goes round the globe from {low / 1e7:g} to {high / 1e7:g} degrees of latitude and does not say which "
        "pole it holds; close it along that pole (up one meridian, along 90 or -90, and down again)"
    )


def _held(rings: list[Ring]) -> int:
    """Return 1 or -1 for the one pole that a polygon holds, `_EITHER` for both, 0 for none."""
    beyond = {lat for lat, _ in rings[0] if abs(lat) > POLE_E7}
    if len(beyond) == 1 and len(rings) == 1:
        return 1 if max(beyond) > 0 else -1
    return _EITHER if len(beyond) > 1 else 0


def _cap(way: Ring, turns: int, pole: int) -> Ring:
    """Return a way round the globe closed over a pole, turned so that all of it is within ±540 degrees."""
    lat, first = way[0]
    last = first + turns * TURN_E7
    ring = [*way, (lat, last), (pole * BEYOND_E7, last), (pole * BEYOND_E7, first)]
    lons = [lon for _, lon in ring]
    back = ((min(lons) + max(lons)) // 2 + _HALF_E7) // TURN_E7 * TURN_E7
    return [(lat_e7, lon_e7 - back) for lat_e7, lon_e7 in ring]


def _globe() -> Ring:
    return [(sign * BEYOND_E7, lon) for sign, lon in ((-1, -_HALF_E7), (-1, _HALF_E7), (1, _HALF_E7), (1, -_HALF_E7))]


def _without_seam(ring: Ring, west: int) -> list[Edge]:
    """Return the edges of a ring, without those that run back on each other a turn apart and those within a pole."""
    seam = {west, west + TURN_E7}
    cuts = sorted({lat for lat, lon in ring if lon in seam})
    left: Counter[Edge] = Counter()
    for edge in zip(ring, [*ring[1:], ring[0]], strict=True):
        for a, b in _pieces(edge, cuts, seam):
            turned = 2 * west + TURN_E7 - a[1]
            back = ((b[0], turned), (a[0], turned))
            if a[1] == b[1] and a[1] in seam and left[back] > 0:
                left[back] -= 1
            elif not abs(a[0]) == abs(b[0]) == POLE_E7:
                left[a, b] += 1
    return list(left.elements())


def _pieces(edge: Edge, cuts: list[int], seam: set[int]) -> list[Edge]:
    """Return an edge, cut at the given latitudes if it lies on the seam."""
    (lat_a, lon), (lat_b, lon_b) = edge
    if lon != lon_b or lon not in seam:
        return [edge]
    lats = [lat for lat in cuts if min(lat_a, lat_b) <= lat <= max(lat_a, lat_b)]
    lats = lats if lat_a < lat_b else lats[::-1]
    return [((one, lon), (two, lon)) for one, two in itertools.pairwise(lats)]


def _ways_round(edges: list[Edge]) -> list[tuple[Ring, int]] | None:
    """Chain edges whose ends meet, whole turns aside, into ways once round and their turns; None if they are not."""
    after: dict[Vertex, list[Edge]] = {}
    for edge in edges:
        after.setdefault(_place(edge[0]), []).append(edge)
    ways = []
    while after:
        start = here = next(iter(after))
        way, lon = [], start[1]
        while here in after:
            way.append((here[0], lon))
            a, b = after[here].pop()
            if not after[here]:
                del after[here]
            here, lon = _place(b), lon + b[1] - a[1]
        if here != start or abs(lon - start[1]) != TURN_E7:
            return None
        ways.append((way, (lon - start[1]) // TURN_E7))
    return ways


def _place(vertex: Vertex) -> Vertex:
    return vertex[0], vertex[1] % TURN_E7
