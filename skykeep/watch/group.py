"""Which tracks move together, and which group each of them is in; told when a group gains or loses a member.

Two tracks keep company while they are within 150 m of each other, seen from above, and their velocities differ by less
than 3 m/s and a tenth of their speed. Once they have done so for 10 s on the move (2 m/s and more), gaps of up to 5 s
left out, they are bound; side by side they stay so, moving or not, until they have kept no company for 5 s. So two that
come together and then hover over a house are a group, and two that meet there are none. A group is what hangs together
by such bonds. It goes on under its number as long as it keeps more of its members than any other does.

All live tracks are compared once a second, in a grid of cells as wide as the distance, each carried on to that time. In
a crowd a track is compared with so many and bound to so few others that a flood of false tracks costs no more than one
of real ones: the crowd hangs together all the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec
import numpy as np

from skykeep.facts.concluded import GroupMoved
from skykeep.geo.exact import hypot3
from skykeep.geo.frames import ecef_to_geodetic, geodetic_to_ecef
from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.table import ESTABLISHED, LOST, Tracks

NEAR_M = 150.0
APART_MPS, APART_SHARE = 3.0, 0.1  # how much velocities may differ: so much, and so much of the greater speed
MOVING_MPS = 2.0
EVERY_NS = 1_000_000_000
TOGETHER_NS = 10_000_000_000
GAP_NS = 5_000_000_000
STALE_NS = 5_000_000_000  # a track whose estimate is older keeps no company
CROWD, FEW = 100, 12  # with so many in one column of cells a track is compared; with so few it keeps company
_CELLS = 1 << 18  # along each axis: cells of NEAR_M reach beyond 19,000 km
_HALF = _CELLS // 2
_PAIR = 5  # columns of a bond: ids, the lesser first; moved together for, in company last (ns), 1: bound
_A, _B, _MOVED, _LAST, _BOUND = range(_PAIR)


class Groups(msgspec.Struct, array_like=True):
    """The bonds (n, 5) int64, sorted by ids, and the groups: members by number, ascending."""

    bonds: bytes = b""
    groups: dict[int, list[int]] = {}
    next_id: int = 1
    swept_ns: int = 0
    stale: bool = False  # members were forgotten since the groups were formed


def group(memory: Groups, tracks: Tracks, rows: Ints, now_ns: int) -> list[GroupMoved]:
    """Return the groups whose members changed, by number; one without members has dissolved.

    `rows`: the tracks that learned something. Without any, or within a second, nothing is compared; unless one is lost.
    """
    lost = bool((tracks.phase[rows] == LOST).any()) and bool(memory.groups)
    if not len(rows) or (now_ns - memory.swept_ns < EVERY_NS and not lost):
        return []
    passed_ns, memory.swept_ns = now_ns - memory.swept_ns, now_ns
    live = np.flatnonzero((tracks.phase == ESTABLISHED) & (now_ns - tracks.t_ns <= STALE_NS))
    old = np.frombuffer(memory.bonds, np.int64).reshape(-1, _PAIR)
    company = _company(tracks, live, old, now_ns)
    if not len(old) and not len(company):
        return _regrouped(memory, np.zeros((0, _PAIR), np.int64), now_ns) if memory.groups else []
    bonds = np.empty((len(old) + len(company), _PAIR), np.int64)
    present = tracks.id[tracks.phase == ESTABLISHED]
    count, changed = bind(old, company, present, now_ns, min(passed_ns, 2 * EVERY_NS), bonds)
    memory.bonds = bonds[:count].tobytes()
    if not changed and not memory.stale:
        return []
    return _regrouped(memory, bonds[:count], now_ns)


def forget(memory: Groups, track_ids: Iterable[int]) -> None:
    """Drop the bonds of these tracks; their groups are told without them at the next comparison."""
    gone = np.array(list(track_ids), np.int64)
    bonds = np.frombuffer(memory.bonds, np.int64).reshape(-1, _PAIR)
    kept = ~(np.isin(bonds[:, _A], gone) | np.isin(bonds[:, _B], gone))
    memory.stale = memory.stale or bool(bonds[~kept, _BOUND].any())
    memory.bonds = bonds[kept].tobytes()


def _company(tracks: Tracks, live: Ints, old: Ints, now_ns: int) -> Ints:
    """Return the pairs (n, 3) that keep company now, sorted: ids, and 1 where they move."""
    places, cells = np.empty((len(live), 3)), np.empty(len(live), np.int64)
    project(tracks.x, tracks.t_ns, live, now_ns, places, cells)
    out = np.empty((FEW * len(live) + len(old), 3), np.int64)
    by_cell = np.argsort(cells, kind="stable")
    found = out[: pairs(tracks.x[live], tracks.id[live], places, by_cell, cells[by_cell], old, out)]
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def _regrouped(memory: Groups, bonds: Ints, now_ns: int) -> list[GroupMoved]:
    """Form the groups anew, carry their numbers on, and return those that changed."""
    before, memory.stale = memory.groups, False
    parts = _parts(bonds[bonds[:, _BOUND] == 1, :_MOVED])
    memory.groups, memory.next_id = _numbered(before, parts, memory.next_id)
    changed = [name for name in sorted({*before, *memory.groups}) if before.get(name) != memory.groups.get(name)]
    return [GroupMoved(group_id=name, t_ns=now_ns, track_ids=tuple(memory.groups.get(name, ()))) for name in changed]


def _parts(pairs_of_ids: Ints) -> list[list[int]]:
    """Return the connected parts, members ascending, by their least member."""
    ids = np.unique(pairs_of_ids)
    root = np.arange(len(ids))
    connect(ids.searchsorted(pairs_of_ids), root)
    parts: dict[int, list[int]] = {}
    for track_id, least in zip(ids.tolist(), root.tolist(), strict=True):
        parts.setdefault(least, []).append(track_id)
    return list(parts.values())


def _numbered(
    before: dict[int, list[int]], parts: list[list[int]], next_id: int
) -> tuple[dict[int, list[int]], int]:  # fmt: skip
    """Return the parts by number: each group goes on in the part that most of it is in, the lesser number first."""
    was_in = {track_id: name for name, members in before.items() for track_id in members}
    shares: dict[tuple[int, int], int] = {}
    for number, members in enumerate(parts):
        for track_id in members:
            if track_id in was_in:
                shares[was_in[track_id], number] = shares.get((was_in[track_id], number), 0) + 1
    name_of: dict[int, int] = {}
    used: dict[int, int] = {}
    for (name, number), _ in sorted(shares.items(), key=lambda one: (-one[1], one[0])):
        if name not in used and number not in name_of:
            used[name], name_of[number] = number, name
    for number in range(len(parts)):
        if number not in name_of:
            name_of[number], next_id = next_id, next_id + 1
    return {name_of[number]: parts[number] for number in sorted(name_of, key=name_of.__getitem__)}, next_id


# ---- kernels ----------------------------------------------------------------------------------------


@kernel
def project(x: Floats, t_ns: Ints, live: Ints, now_ns: int, places: Floats, cells: Ints) -> None:
    """Fill in where tracks are now, brought down to the ellipsoid, (k, 3) m, and the number of each one's cell."""
    for k in range(live.shape[0]):
        row = int(live[k])
        dt_s = (int(now_ns) - int(t_ns[row])) / 1e9
        lat_deg, lon_deg, _ = ecef_to_geodetic(
            float(x[row, 0]) + float(x[row, 3]) * dt_s,
            float(x[row, 1]) + float(x[row, 4]) * dt_s,
            float(x[row, 2]) + float(x[row, 5]) * dt_s,
        )
        places[k, 0], places[k, 1], places[k, 2] = geodetic_to_ecef(lat_deg, lon_deg, 0.0)
        cells[k] = _cell(places, k, 0, 0)


@kernel
def _cell(places: Floats, k: int, dx: int, dy: int) -> int:
    """Return the number of the cell so many columns from a place's; along z numbers are consecutive."""
    cx = int(float(places[k, 0]) / NEAR_M + _HALF) + dx
    cy = int(float(places[k, 1]) / NEAR_M + _HALF) + dy
    cz = int(float(places[k, 2]) / NEAR_M + _HALF)
    return (cx * _CELLS + cy) * _CELLS + cz


@kernel
def _first(cells: Ints, least: int) -> int:
    """Return the first place in sorted cells that is not below `least`."""
    low, high = 0, cells.shape[0]
    while low < high:
        middle = (low + high) // 2
        if cells[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def pairs(x: Floats, ids: Ints, places: Floats, by_cell: Ints, cells: Ints, old: Ints, out: Ints) -> int:
    """Fill out (n, 3) with the ids of those in company, and whether they move; return how many there are.

    First the old bonds are asked, so that in a crowd they stay the same; then each place is compared with those after
    it in its own column of cells, and with the columns of the four neighbours that no other one asks about. A track
    takes up to FEW greater ids. `x` (k, 6), `ids`, `places` in order of id; `by_cell` their order by `cells`, sorted.
    """
    count = 0
    taken = np.zeros(ids.shape[0], np.int64)
    for k in range(old.shape[0]):
        one, other = _first(ids, int(old[k, _A])), _first(ids, int(old[k, _B]))
        if _is(ids, one, int(old[k, _A])) and _is(ids, other, int(old[k, _B])):
            count = _note(x, ids, places, one, other, taken, out, count)
    for k in range(by_cell.shape[0]):
        one = int(by_cell[k])
        for side in range(5):
            dx, dy = (0 if side < 2 else 1), (side - 3 if side > 1 else side)
            cell = _cell(places, one, dx, dy)
            first = k + 1 if side == 0 else _first(cells, cell - 1)
            for j in range(first, min(first + CROWD, cells.shape[0])):
                if cells[j] > cell + 1:
                    break
                a, b = min(one, int(by_cell[j])), max(one, int(by_cell[j]))
                if taken[a] < FEW and not _is_bond(old, int(ids[a]), int(ids[b])):
                    count = _note(x, ids, places, a, b, taken, out, count)
    return count


@kernel
def _note(x: Floats, ids: Ints, places: Floats, one: int, other: int, taken: Ints, out: Ints, count: int) -> int:
    """Add a pair to `out` if it keeps company; return how many there are then."""
    moving = _in_company(x, places, one, other)
    if moving < 0:
        return count
    out[count, 0], out[count, 1], out[count, 2] = int(ids[one]), int(ids[other]), moving
    taken[one] += 1
    return count + 1


@kernel
def _is_bond(old: Ints, one: int, other: int) -> bool:
    low, high = 0, old.shape[0]
    while low < high:
        middle = (low + high) // 2
        if old[middle, _A] < one or (old[middle, _A] == one and old[middle, _B] < other):
            low = middle + 1
        else:
            high = middle
    return low < old.shape[0] and int(old[low, _A]) == one and int(old[low, _B]) == other


@kernel
def _in_company(x: Floats, places: Floats, k: int, j: int) -> int:
    """Return 1 where two tracks are near and move alike, 0 where they stand alike, -1 where they do not."""
    away = hypot3(places[k, 0] - places[j, 0], places[k, 1] - places[j, 1], places[k, 2] - places[j, 2])
    if away > NEAR_M:
        return -1
    size = hypot3(places[k, 0], places[k, 1], places[k, 2])
    dv, first, second = 0.0, 0.0, 0.0
    up_dv, up_first, up_second = 0.0, 0.0, 0.0
    for i in range(3):
        a, b = float(x[k, 3 + i]), float(x[j, 3 + i])
        up = float(places[k, i]) / size
        dv, up_dv = dv + (a - b) * (a - b), up_dv + (a - b) * up
        first, up_first = first + a * a, up_first + a * up
        second, up_second = second + b * b, up_second + b * up
    first, second = first - up_first * up_first, second - up_second * up_second  # squares of the level speeds
    allowed = APART_MPS + APART_SHARE * math.sqrt(max(first, second, 0.0))
    if dv - up_dv * up_dv > allowed * allowed:
        return -1
    return 1 if min(first, second) >= MOVING_MPS * MOVING_MPS else 0


@kernel
def bind(old: Ints, company: Ints, present: Ints, now_ns: int, passed_ns: int, out: Ints) -> tuple[int, int]:
    """Fill out with the bonds after this comparison, sorted; return how many, and 1 where one was made or broken.

    `company` as `pairs` gives it, sorted; `present` the ids of those that are there at all, sorted.
    """
    i, j, count, changed = 0, 0, 0, 0
    while i < old.shape[0] or j < company.shape[0]:
        turn = _order(old, i, company, j)
        moved, last, bound = 0, int(now_ns), 0
        if turn <= 0:
            one, other = int(old[i, _A]), int(old[i, _B])
            moved, last, bound = int(old[i, _MOVED]), int(old[i, _LAST]), int(old[i, _BOUND])
        else:
            one, other = int(company[j, 0]), int(company[j, 1])
        if turn == 0:
            moved, last = moved + int(passed_ns) * int(company[j, 2]), int(now_ns)
        if turn <= 0:
            i += 1
        if turn >= 0:
            j += 1
        if int(now_ns) - last > GAP_NS or not (
            _is(present, _first(present, one), one) and _is(present, _first(present, other), other)
        ):
            changed = max(changed, bound)
            continue
        if bound == 0 and moved >= TOGETHER_NS:
            bound, changed = 1, 1
        out[count, _A], out[count, _B], out[count, _MOVED] = one, other, moved
        out[count, _LAST], out[count, _BOUND] = last, bound
        count += 1
    return count, changed


@kernel
def _order(old: Ints, i: int, company: Ints, j: int) -> int:
    """Return which of two sorted lists of pairs comes next: -1 the old, 1 the new, 0 both."""
    if i >= old.shape[0]:
        return 1
    if j >= company.shape[0]:
        return -1
    for k in range(2):
        if old[i, k] != company[j, k]:
            return -1 if old[i, k] < company[j, k] else 1
    return 0


@kernel
def _is(ids: Ints, place: int, one: int) -> bool:
    return place < ids.shape[0] and int(ids[place]) == one


@kernel
def connect(ends: Ints, root: Ints) -> None:
    """Fill root (n,) with the least place that each place is connected to by ends (k, 2); root[i] is i before."""
    for k in range(ends.shape[0]):
        one, other = _root(root, int(ends[k, 0])), _root(root, int(ends[k, 1]))
        root[max(one, other)] = min(one, other)
    for k in range(root.shape[0]):
        root[k] = _root(root, k)


@kernel
def _root(root: Ints, k: int) -> int:
    while root[k] != k:
        root[k] = root[root[k]]
        k = int(root[k])
    return k
