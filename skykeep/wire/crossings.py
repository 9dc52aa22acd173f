"""Whether the rings of an outline cross themselves or each other, exactly in integers, and what is done about it.

Of some 3,300 real outlines ten are no simple rings: seven of 275 polygons of the Swiss OpenAir file, three of 1,462 of
the French one, none in ED-269, ED-318, GeoJSON. Half of them only touch themselves or run back on themselves; where
one crosses itself, between 30 and 1,000 m² are in question, at most 0.002 % of its area: ends of arcs that do not meet.

    a ring touches itself, or runs back on itself        nothing is in question: taken as it is
    crosses itself, at most 1 % of its area in question  all that it encloses in any reading counts; a doubt says where
    crosses itself, more in question                     Malformed, with the place: its vertices are out of order
    a hole outside the outline, by more than 1 %         left out, with a doubt: nothing was taken away there
    a hole that crosses the outline by at most 1 %       taken as it is, with a doubt
    holes that overlap or lie in one another             both left out, with a doubt: what they mean is not known

"In question" is what lies on the other side of the ring than the largest part, or inside it twice: there even-odd and
non-zero readings differ, or the ring turns the other way.
Work is bounded: more than `VERTICES_MAX` vertices, or boxes of edges that overlap too often to be tried, are refused.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from skykeep.errors import Malformed
from skykeep.geo.rings import POLE_E7, TURN_E7, in_one_edge_round, unwrapped

Vertex = tuple[int, int]
Ring = tuple[Vertex, ...]
Ints = npt.NDArray[np.int64]

VERTICES_MAX = 200_000  # of an outline with its holes
RINGS_MAX = 1_000
SLIGHT = 0.01  # of the area
_PLAIN_MAX = 2_000  # up to here GEOS is asked first: quick, and quadratic at the worst
_CANDIDATES_MAX = 5_000_000  # pairs of edges whose boxes overlap
_CONTACTS_MAX = 2_000
_AT_ONCE = 2_000_000
_FACES_MAX = 50_000_000  # faces times edges


def ring_checked(ring: Ring, name: str, doubts: list[str]) -> Ring:
    """Return a closed ring as it is to be read; Malformed where it crosses itself grossly."""
    if len(ring) > VERTICES_MAX:
        raise Malformed(f"{name}: {len(ring)} vertices; at most {VERTICES_MAX} are read, so simplify the ring")
    if in_one_edge_round(ring):
        return ring
    way, turns = unwrapped(ring[:-1])
    places = np.array(way, np.int64)[:, ::-1]  # lon, lat
    polar = bool(turns) or int(np.ptp(places[:, 0])) >= TURN_E7 or int(abs(places[:, 1]).max()) == POLE_E7
    if not polar and len(way) <= _PLAIN_MAX and shapely.is_valid(shapely.Polygon(places)):
        return ring
    contacts, crossing = _contacts(places, name, closed=not polar)
    if polar:
        if crossing is not None:
            raise Malformed(f"{name}: the ring crosses itself near {_near(crossing)}; {_REMEDY}")
        return ring
    return ring if contacts == 0 else _judged(ring, places, name, crossing, doubts)


_REMEDY = "give its vertices in their order along the border"


def _near(place: npt.NDArray[np.float64]) -> str:
    return f"{place[1] / 1e7:.5f}, {(place[0] / 1e7 + 180.0) % 360.0 - 180.0:.5f}"


def _contacts(places: Ints, name: str, *, closed: bool) -> tuple[int, npt.NDArray[np.float64] | None]:
    """Count the pairs of edges that meet other than at the vertex between them; and where the first two cross."""
    a, b = (places, np.roll(places, -1, axis=0)) if closed else (places[:-1], places[1:])
    count, crossing = 0, None
    for i, j in _candidates(a, b, name):
        meets, crosses = _meeting(a, b, i, j, len(a), closed=closed)
        count += int(np.count_nonzero(meets))
        if crossing is None and crosses.any():
            first = int(np.argmax(crosses))
            crossing = _crossing(a[i[first]], b[i[first]], a[j[first]], b[j[first]])
        if count > _CONTACTS_MAX:
            near = _near(crossing if crossing is not None else a[i[0]].astype(float))
            raise Malformed(f"{name}: the ring meets itself more than {_CONTACTS_MAX} times, as near {near}; {_REMEDY}")
    return count, crossing


def _candidates(a: Ints, b: Ints, name: str) -> Iterator[tuple[Ints, Ints]]:
    """Yield pairs i < j of edges whose boxes overlap, a bounded number at a time and in all."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    tree = shapely.STRtree(boxes)
    step = most = max(1, _AT_ONCE // len(a))
    first = seen = 0
    while first < len(a):
        i, j = tree.query(boxes[first : first + step])
        kept = i + first < j
        if kept.any():
            yield i[kept] + first, j[kept]
        seen += len(i)
        if seen > _CANDIDATES_MAX:
            raise Malformed(f"{name}: {len(a)} edges lie so much across each other that they cannot be told apart")
        first += step
        step = min(2 * step, 5 * most) if len(i) < _AT_ONCE // 20 else most


def _meeting(
    a: Ints, b: Ints, i: Ints, j: Ints, count: int, *, closed: bool
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Say which pairs of edges meet, and which of them cross in their middles; neighbours meet where they turn back."""
    ai, bi, aj, bj = a[i], b[i], a[j], b[j]
    of_j = _turn(ai, bi, aj), _turn(ai, bi, bj)
    of_i = _turn(aj, bj, ai), _turn(aj, bj, bi)
    meets = (of_j[0] * of_j[1] <= 0) & (of_i[0] * of_i[1] <= 0)
    crosses = (of_j[0] * of_j[1] < 0) & (of_i[0] * of_i[1] < 0)
    neighbours = (j - i == 1) | ((i == 0) & (j == count - 1) & closed)
    forward = np.sign(bi - ai) * np.sign(bj - aj)
    back = (of_j[0] == 0) & (of_j[1] == 0) & (forward.min(axis=1) < 0)
    return np.where(neighbours, back, meets), crosses & ~neighbours


def _turn(a: Ints, b: Ints, c: Ints) -> Ints:
    """Return -1, 0, 1: the side of a-b on which c lies, by comparing two products (Python's if int64 is too small)."""
    ab, ac = b - a, c - a
    if np.ptp(np.concatenate([a[:, 0], b[:, 0], c[:, 0]])) > TURN_E7:
        ab, ac = ab.astype(object), ac.astype(object)
    left, right = ab[:, 0] * ac[:, 1], ab[:, 1] * ac[:, 0]
    return (left > right).astype(np.int64) - (left < right)


def _crossing(a: Ints, b: Ints, c: Ints, d: Ints) -> npt.NDArray[np.float64]:
    (px, py), (rx, ry), (sx, sy) = (c - a).astype(float), (b - a).astype(float), (d - c).astype(float)
    t = (px * sy - py * sx) / (rx * sy - ry * sx)
    return np.array([a[0] + t * rx, a[1] + t * ry])


def _judged(ring: Ring, places: Ints, name: str, crossing: npt.NDArray[np.float64] | None, doubts: list[str]) -> Ring:
    """Return a ring that meets itself as it is, or with all that it encloses in any reading; Malformed if gross."""
    closed = np.concatenate([places, places[:1]]).astype(float)
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(shapely.LineString(closed))]))
    if len(faces) * len(closed) > _FACES_MAX:
        raise Malformed(f"{name}: the ring meets itself too often to be read; {_REMEDY}")
    areas = shapely.area(faces)
    turns = np.array([_turns(closed, shapely.point_on_surface(face)) for face in faces])
    enclosed = float(areas[turns != 0].sum()) if len(faces) else 0.0
    if enclosed == 0.0:
        raise Malformed(f"{name}: the ring runs back on itself and encloses nothing")
    main = turns[np.argmax(np.where(turns != 0, areas, 0.0))]
    doubtful = float(areas[(turns != 0) & (turns != main)].sum())
    if doubtful == 0.0 and abs(main) == 1:
        return ring
    near = _near(crossing if crossing is not None else closed[0])
    if abs(main) != 1:
        raise Malformed(f"{name}: the ring goes round {abs(main)} times, beginning near {near}; {_REMEDY}, once")
    share = doubtful / enclosed
    if share > SLIGHT:
        raise Malformed(f"{name}: the ring crosses itself near {near}; {share:.0%} of it is in question; {_REMEDY}")
    said = f"all that it encloses counts as inside ({share:.2g} of its area is in question)"
    doubts.append(f"{name}: the ring crosses itself near {near}; {said}")
    return ring if np.all((turns == 0) | (turns % 2 == 1)) else _hull(faces[turns != 0], name)


def _turns(closed: npt.NDArray[np.float64], point: shapely.Point) -> int:
    """Return how often a ring goes round a point, counter-clockwise."""
    x, y = closed[:, 0] - point.x, closed[:, 1] - point.y
    up, down = (y[:-1] <= 0) & (y[1:] > 0), (y[:-1] > 0) & (y[1:] <= 0)
    left = x[:-1] * y[1:] - x[1:] * y[:-1]
    return int(np.count_nonzero(up & (left > 0)) - np.count_nonzero(down & (left < 0)))


def _hull(faces: npt.NDArray[np.object_], name: str) -> Ring:
    whole = shapely.unary_union(faces)
    if whole.geom_type != "Polygon" or len(whole.interiors):
        raise Malformed(f"{name}: the ring crosses itself and falls into pieces; {_REMEDY}")
    places = [(round(lat), (round(lon) + TURN_E7 // 2) % TURN_E7 - TURN_E7 // 2) for lon, lat in whole.exterior.coords]
    kept = [one for one, before in zip(places, [None, *places], strict=False) if one != before]
    return tuple(kept)


# ---- holes ---------------------------------------------------------------------------------------


def holes_checked(rings: list[Ring], doubts: list[str]) -> tuple[Ring, ...]:
    """Return the outer ring and those of its holes that take something away from it, each doubt in words."""
    if len(rings) > RINGS_MAX or sum(map(len, rings)) > VERTICES_MAX:
        raise Malformed(
            f"{len(rings)} rings of {sum(map(len, rings))} vertices; at most {RINGS_MAX} of {VERTICES_MAX} are read"
        )
    if len(rings) == 1:
        return tuple(rings)
    ways = [unwrapped(ring[:-1]) for ring in rings]
    if any(in_one_edge_round(ring) for ring in rings) or any(turns or _wide(way) for way, turns in ways):
        return tuple(rings)  # round the globe: `geo.rings` says what it takes
    middle = _middle(ways[0][0])
    areas = [
        _area([(lat, lon + (middle - _middle(way) + TURN_E7 // 2) // TURN_E7 * TURN_E7) for lat, lon in way])
        for way, _ in ways
    ]
    left_out = _overlapping(areas, doubts)
    for number, hole in enumerate(areas[1:], start=1):
        if number not in left_out and _is_out(areas[0], hole, number, doubts):
            left_out.add(number)
    return tuple(ring for number, ring in enumerate(rings) if number not in left_out)


def _wide(way: list[Vertex]) -> bool:
    lons = [lon for _, lon in way]
    return max(lons) - min(lons) >= TURN_E7


def _middle(way: list[Vertex]) -> int:
    lons = [lon for _, lon in way]
    return (min(lons) + max(lons)) // 2


def _area(way: list[Vertex]) -> shapely.Geometry:
    area = shapely.Polygon([(lon, lat) for lat, lon in way])
    shapely.prepare(area)
    return area if shapely.is_valid(area) else shapely.make_valid(area)


def _is_out(outer: shapely.Geometry, hole: shapely.Geometry, number: int, doubts: list[str]) -> bool:
    """Say whether a hole lies outside the outline, so far as to be left out."""
    if shapely.covers(outer, hole):
        return False
    outside = shapely.area(shapely.difference(hole, outer)) / shapely.area(hole)
    if outside <= SLIGHT:
        if outside > 0:
            doubts.append(f"hole {number} crosses the outline ({outside:.2g} of it lies outside); taken as it is")
        return False
    what = (
        "lies outside the outline" if outside > 1 - 1e-9 else f"crosses the outline ({outside:.0%} of it lies outside)"
    )
    doubts.append(f"hole {number} {what}; the hole was left out, so the area there counts as inside")
    return True


def _overlapping(areas: list[shapely.Geometry], doubts: list[str]) -> set[int]:
    """Return the numbers of the holes that overlap one another by more than they may."""
    holes = areas[1:]
    one, other = shapely.STRtree(holes).query(holes, predicate="intersects")
    pairs = [(i, j) for i, j in zip(one.tolist(), other.tolist(), strict=True) if i < j]
    if len(pairs) > _CONTACTS_MAX:
        raise Malformed(f"{len(pairs)} pairs of holes overlap; a hole belongs beside the others")
    left_out: set[int] = set()
    for i, j in pairs:
        shared = shapely.area(shapely.intersection(holes[i], holes[j]))
        if shared > SLIGHT * min(shapely.area(holes[i]), shapely.area(holes[j])):
            doubts.append(f"holes {i + 1} and {j + 1} overlap; both were left out, so the area there counts as inside")
            left_out |= {i + 1, j + 1}
    return left_out
