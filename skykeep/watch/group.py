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
from skykeep.watch.carried import row_of
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
    if not len(rows):
        return []
    if now_ns - memory.swept_ns < EVERY_NS and not (memory.groups and bool((tracks.phase[rows] == LOST).any())):
        return []
    passed_ns, memory.swept_ns = now_ns - memory.swept_ns, now_ns
    old = np.frombuffer(memory.bonds, np.int64).reshape(-1, _PAIR)
    company = _company(tracks, old, now_ns)
    if not len(old) and not len(company):
        return _regrouped(memory, np.zeros((0, _PAIR), np.int64), now_ns) if memory.groups else []
    bonds = np.empty((len(old) + len(company), _PAIR), np.int64)
    count, changed = bind(old, company, tracks.id, tracks.phase, now_ns, min(passed_ns, 2 * EVERY_NS), bonds)
    memory.bonds = bonds[:count].tobytes()
    if not changed and not memory.stale:
        return []
    return _regrouped(memory, bonds[:count], now_ns)


def forget(memory: Groups, track_ids: Iterable[int]) -> None:
    """Drop the bonds of these tracks; their groups are told without them at the next comparison."""
    if not memory.bonds:
        return
    bonds = np.frombuffer(memory.bonds, np.int64).reshape(-1, _PAIR)
    left = np.empty_like(bonds)
    count, stale = _without(bonds, np.array(sorted(track_ids), np.int64), left)
    memory.stale = memory.stale or bool(stale)
    if count < len(bonds):
        memory.bonds = left[:count].tobytes()


def _company(tracks: Tracks, old: Ints, now_ns: int) -> Ints:
    """Return the pairs (n, 3) that keep company now, sorted: ids, and 1 where they move."""
    live, cells, places = np.empty(len(tracks), np.int64), np.empty(len(tracks), np.int64), np.empty((len(tracks), 3))
    count = project(tracks.x, tracks.t_ns, tracks.phase, now_ns, live, places, cells)
    live, cells = live[:count], cells[:count]
    out = np.empty((FEW * count + len(old), 3), np.int64)
    by_cell = np.argsort(cells, kind="stable")
    found = out[: pairs(tracks.x, live, tracks.id[live], places, by_cell, cells[by_cell], old, out)]
    return found[np.lexsort((found[:, 1], found[:, 0]))] if len(found) > 1 else found


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
def project(x: Floats, t_ns: Ints, phase: Ints, now_ns: int, live: Ints, places: Floats, cells: Ints) -> int:
    """Fill `live` with the rows that may keep company, `places` (k, 3) m with where they are now, `cells` with whose.

    Places are brought down to the ellipsoid. Returns how many there are. Along z the numbers of cells are consecutive;
    a column further along x or y they are _CELLS squared, or _CELLS, greater.
    """
    k = 0
    for row in range(x.shape[0]):
        if phase[row] != ESTABLISHED or int(now_ns) - int(t_ns[row]) > STALE_NS:
            continue
        dt_s = (int(now_ns) - int(t_ns[row])) / 1e9
        lat_deg, lon_deg, _ = ecef_to_geodetic(
            float(x[row, 0]) + float(x[row, 3]) * dt_s,
            float(x[row, 1]) + float(x[row, 4]) * dt_s,
            float(x[row, 2]) + float(x[row, 5]) * dt_s,
        )
        live[k] = row
        places[k, 0], places[k, 1], places[k, 2] = geodetic_to_ecef(lat_deg, lon_deg, 0.0)
        cx = int(float(places[k, 0]) / NEAR_M + _HALF)
        cy = int(float(places[k, 1]) / NEAR_M + _HALF)
        cz = int(float(places[k, 2]) / NEAR_M + _HALF)
        cells[k] = (cx * _CELLS + cy) * _CELLS + cz
        k += 1
    return k


@kernel
def pairs(x: Floats, live: Ints, ids: Ints, places: Floats, by_cell: Ints, cells: Ints, old: Ints, out: Ints) -> int:
    """Fill out (n, 3) with the ids of those in company, and whether they move; return how many there are.

    First the old bonds are asked, so that in a crowd they stay the same; then each place is compared with those after
    it in its own column of cells, and with the columns of the four neighbours that no other one asks about. A track
    takes up to FEW greater ids. `live` are rows of `x`; `live`, `ids` and `places` (k,) in order of id; `by_cell` their
    order by `cells`, sorted.
    """
    count = 0
    taken = np.zeros(ids.shape[0], np.int64)
    for k in range(old.shape[0]):
        one, other = row_of(ids, int(old[k, _A])), row_of(ids, int(old[k, _B]))
        if one >= 0 and other >= 0:
            count = _note(x, live, ids, places, one, other, taken, out, count)
    begin = np.zeros(5, np.int64)  # by side: the first cell that is not before the column asked for
    for k in range(by_cell.shape[0]):
        one = int(by_cell[k])
        for side in range(5):
            dx, dy = (0 if side < 2 else 1), (side - 3 if side > 1 else side)
            cell = int(cells[k]) + (dx * _CELLS + dy) * _CELLS
            while side > 0 and begin[side] < cells.shape[0] and int(cells[begin[side]]) < cell - 1:
                begin[side] += 1
            first = k + 1 if side == 0 else int(begin[side])
            for j in range(first, min(first + CROWD, cells.shape[0])):
                if cells[j] > cell + 1:
                    break
                a, b = min(one, int(by_cell[j])), max(one, int(by_cell[j]))
                if taken[a] < FEW and not _are_far(places, a, b) and not _is_bond(old, int(ids[a]), int(ids[b])):
                    count = _note(x, live, ids, places, a, b, taken, out, count)
    return count


@kernel
def _are_far(places: Floats, one: int, other: int) -> bool:
    """Say whether two places are apart by so much more than NEAR_M that rounding cannot matter; most are."""
    square = 0.0
    for i in range(3):
        off = float(places[one, i]) - float(places[other, i])
        square = square + off * off
    return square > 1.01 * NEAR_M * NEAR_M


@kernel
def _without(bonds: Ints, gone: Ints, out: Ints) -> tuple[int, int]:
    """Fill `out` with the bonds of others than `gone` (sorted); return how many, and 1 where a made one was dropped."""
    count, stale = 0, 0
    for k in range(bonds.shape[0]):
        if row_of(gone, int(bonds[k, _A])) >= 0 or row_of(gone, int(bonds[k, _B])) >= 0:
            stale = max(stale, int(bonds[k, _BOUND]))
            continue
        for column in range(_PAIR):
            out[count, column] = bonds[k, column]
        count += 1
    return count, stale


@kernel
def _note(
    x: Floats, live: Ints, ids: Ints, places: Floats, one: int, other: int, taken: Ints, out: Ints, count: int
) -> int:
    """Add a pair to `out` if it keeps company; return how many there are then."""
    moving = _in_company(x[int(live[one])], x[int(live[other])], places, one, other)
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
def _in_company(one: Floats, other: Floats, places: Floats, k: int, j: int) -> int:
    """Return 1 where two tracks are near and move alike, 0 where they stand alike, -1 where they do not."""
    away = hypot3(places[k, 0] - places[j, 0], places[k, 1] - places[j, 1], places[k, 2] - places[j, 2])
    if away > NEAR_M:
        return -1
    size = hypot3(places[k, 0], places[k, 1], places[k, 2])
    dv, first, second = 0.0, 0.0, 0.0
    up_dv, up_first, up_second = 0.0, 0.0, 0.0
    for i in range(3):
        a, b = float(one[3 + i]), float(other[3 + i])
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
def bind(old: Ints, company: Ints, ids: Ints, phase: Ints, now_ns: int, passed_ns: int, out: Ints) -> tuple[int, int]:
    """Fill out with the bonds after this comparison, sorted; return how many, and 1 where one was made or broken.

    `company` as `pairs` gives it, sorted; `ids`, sorted, and `phase` of all tracks, of which the established are there.
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
        if int(now_ns) - last > GAP_NS or not (_is_there(ids, phase, one) and _is_there(ids, phase, other)):
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
def _is_there(ids: Ints, phase: Ints, track_id: int) -> bool:
    row = row_of(ids, track_id)
    return row >= 0 and int(phase[row]) == ESTABLISHED


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
