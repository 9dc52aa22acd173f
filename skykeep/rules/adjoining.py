"""Several volumes of one zone or permit taken as one, so that a flight on the seam of two of them is inside.

    stacked     one outline, the one's ceiling the other's floor in the same datum    one volume, floor to ceiling
    adjoining   one height band, outlines on two sides of a line                      their probabilities add up

A sum over outlines that lie apart never exceeds the true probability, whatever was left out of it: outlines that
overlap, or touch along more than one line, and circles are not added. The line is looked for along their edges, in
whole numbers, so "apart" is exact.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence

from skykeep.facts.enacted import Circle, Limit, Polygon, Volume
from skykeep.geo.altitude import Altitude
from skykeep.rules.flight import Flight
from skykeep.rules.inside import Inside, Vertical, Where, both, decide
from skykeep.rules.outline import OTHER_SIDE_M, Outline

NOWHERE = Inside(Where.OUTSIDE, Where.OUTSIDE, Vertical(Where.OUTSIDE, probability=0.0), -OTHER_SIDE_M, 0.0)
NEARNESS = {Where.INSIDE: 3, Where.BETWEEN: 2, Where.UNKNOWN: 1, Where.OUTSIDE: 0}
_LIKELY = 1e-4  # less than this adds nothing to a decision at 5 or 95 %
_VERTICES_MAX = 400  # of two outlines together, for which a line between them is looked for
_TURN_E7 = 3_600_000_000

Locate = Callable[[Volume, Outline], Inside]
Part = tuple[Volume, Outline, Inside]


def together(flight: Flight, volumes: Sequence[tuple[Volume, Outline]], locate: Locate) -> Inside:
    """Return where a flight is among volumes: in the one it is most surely inside of, or in several that adjoin.

    NOWHERE where there are none; `locate` compares it with one.
    """
    if len(volumes) == 1:
        return locate(*volumes[0])
    places = [(volume, outline, locate(volume, outline)) for volume, outline in volumes]
    best = nearest([place for _, _, place in places])
    if best.where is Where.INSIDE:
        return best
    likely = [part for part in places if _across(flight, part) > _LIKELY]
    if len(likely) < 2:
        return best
    merged = _stacked(likely, locate)
    return nearest([best, *(place for _, _, place in merged), *_added(flight, merged)])


def nearest(places: Sequence[Inside]) -> Inside:
    """Return the place that is most surely inside, the first of equals; NOWHERE of none."""
    best = places[0] if places else NOWHERE
    for place in places[1:]:
        if (NEARNESS[place.where], place.margin_m) > (NEARNESS[best.where], best.margin_m):
            best = place
    return best


def _across(flight: Flight, part: Part) -> float:
    """Return the probability of being inside a part's outline."""
    _, outline, place = part
    return outline.chance(flight.lat_e7, flight.lon_e7, flight.pos_sigma_m, place.margin_m)


def _stacked(parts: list[Part], locate: Locate) -> list[Part]:
    """Return the parts with those of one outline that stand on one another made one."""
    done: list[Part] = []
    for part in sorted(parts, key=lambda one: _floor_mm(one[0].floor)):
        below = next((at for at, one in enumerate(done) if _stands_on(part[0], one[0])), None)
        if below is None:
            done.append(part)
            continue
        volume = Volume(outline=part[0].outline, floor=done[below][0].floor, ceiling=part[0].ceiling)
        done[below] = (volume, part[1], locate(volume, part[1]))
    return done


def _floor_mm(limit: Limit) -> int:
    return limit.value_mm if isinstance(limit, Altitude) else -(2**62)


def _stands_on(upper: Volume, lower: Volume) -> bool:
    """Whether two volumes have one outline, and the one's floor is the other's ceiling."""
    return isinstance(upper.floor, Altitude) and upper.floor == lower.ceiling and upper.outline == lower.outline


def _added(flight: Flight, parts: list[Part]) -> list[Inside]:
    """Return, for each height band, the parts of it that lie apart as one place."""
    found: list[Inside] = []
    for band in dict.fromkeys((part[0].floor, part[0].ceiling) for part in parts):
        mine = [part for part in parts if (part[0].floor, part[0].ceiling) == band]
        chosen: list[Part] = []
        for part in sorted(mine, key=lambda one: -_across(flight, one)):
            if all(apart(part[0].outline, other[0].outline) for other in chosen):
                chosen.append(part)
        if len(chosen) > 1:
            found.append(_sum(flight, chosen))
    return found


def _sum(flight: Flight, parts: list[Part]) -> Inside:
    total = min(1.0, sum(_across(flight, part) for part in parts))
    best = nearest([place for _, _, place in parts])
    horizontal = decide(best.margin_m, total)
    return dataclasses.replace(
        best,
        where=both(horizontal, best.vertical.where),
        horizontal=horizontal,
        probability=total * best.vertical.probability,
    )


@functools.lru_cache(maxsize=1024)
def apart(one: Polygon | Circle, other: Polygon | Circle) -> bool:
    """Whether a line along an edge of either has one outline on its one side and the other on its other side.

    Then they share no area, whatever their shapes. False where no such line was found: they may still lie apart.
    """
    if isinstance(one, Circle) or isinstance(other, Circle):
        return False
    ring, other_ring = one.rings[0], _turned(other.rings[0], one.rings[0][0][1])
    if len(ring) + len(other_ring) > _VERTICES_MAX or not _one_way(ring) or not _one_way(other_ring):
        return False
    return any(_parts(a, b, ring, other_ring) for a, b in (*_edges(ring), *_edges(other_ring)))


def _turned(ring: tuple[tuple[int, int], ...], anchor_e7: int) -> tuple[tuple[int, int], ...]:
    """Return a ring moved by the whole turns that bring its first vertex nearest to a longitude."""
    turns = (ring[0][1] - anchor_e7 + _TURN_E7 // 2) // _TURN_E7
    return tuple((lat, lon - turns * _TURN_E7) for lat, lon in ring)


def _one_way(ring: tuple[tuple[int, int], ...]) -> bool:
    """Whether no edge of a ring crosses the antimeridian as it is written."""
    return all(abs(b[1] - a[1]) <= _TURN_E7 // 2 for a, b in _edges(ring))


def _edges(ring: tuple[tuple[int, int], ...]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [(a, b) for a, b in zip(ring, (*ring[1:], ring[0]), strict=True) if a != b]


def _parts(
    a: tuple[int, int], b: tuple[int, int], ring: tuple[tuple[int, int], ...], other: tuple[tuple[int, int], ...]
) -> bool:
    """Whether the line a-b has all of a ring on its one side, or on it, and all of the other on its other side."""
    sides, others = _sides(a, b, ring), _sides(a, b, other)
    return (max(sides) <= 0 <= min(others)) or (max(others) <= 0 <= min(sides))


def _sides(a: tuple[int, int], b: tuple[int, int], ring: tuple[tuple[int, int], ...]) -> list[int]:
    """Return for each vertex which side of the line it is on, by sign; Python's integers do not overflow."""
    return [(b[0] - a[0]) * (lon - a[1]) - (b[1] - a[1]) * (lat - a[0]) for lat, lon in ring]
