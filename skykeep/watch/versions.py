"""Every version of a row that a late report may still ask for, each once.

A row that nothing touched has no second version.
The tracker's picture after a slot of time is then a list of numbers of versions, sorted as `ordered` says. Where slots
are run again, what comes out bit for bit as before keeps its number, and so does all that follows from it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.rows import BORN, BORN_NS, INTS, UID, R, no_rows, widened

_ROOM = 64  # versions that there is room for at first
GONE = -1


@dataclasses.dataclass(slots=True)
class Versions:
    """A row of `f` and `i`, columns as in `rows`, each; the first `left` of `free` are the numbers not in use."""

    f: Floats
    i: Ints
    free: Ints
    left: int
    places: Ints  # (room,) -1: for kernels to work in, which leave it so

    def taken(self, numbers: Ints) -> tuple[Floats, Ints]:
        """Return copies of these versions, one row each."""
        return self.f.take(numbers, axis=0), self.i.take(numbers, axis=0)


def no_versions() -> Versions:
    """Return room for some versions."""
    f, i = no_rows()
    return holding(f, i)


def holding(f: Floats, i: Ints) -> Versions:
    """Return these rows as the versions 0, 1, 2 and so on, and room for as many again."""
    versions = Versions(f, i, np.zeros(0, np.int64), 0, np.zeros(0, np.int64))
    _grow(versions, _ROOM + len(f), np.zeros(0, np.int64))
    return versions


def widen(versions: Versions, sensors: int) -> None:
    """Give the integers columns for this many sensors; 0: it was never due."""
    if versions.i.shape[1] < INTS + sensors:
        versions.i = widened(versions.i, sensors)


def allot(versions: Versions, count: int, used: Callable[[], Sequence[Ints]]) -> Ints:
    """Return the numbers of `count` versions to be filled; `used` says which numbers are, if it must be asked."""
    if versions.left < count:
        room = len(versions.f)
        kept = np.zeros(room, np.bool_)
        for numbers in used():
            kept[numbers[numbers >= 0]] = True
        free = np.flatnonzero(~kept)
        if len(free) < max(count, room // 2):
            _grow(versions, max(count, room), free)
        else:
            versions.free[: len(free)] = free
            versions.left = len(free)
    versions.left -= count
    return versions.free[versions.left : versions.left + count].copy()


def _grow(versions: Versions, more: int, free: Ints) -> None:
    room = len(versions.f)
    f, i = np.zeros((room + more, versions.f.shape[1])), np.zeros((room + more, versions.i.shape[1]), np.int64)
    f[:room], i[:room] = versions.f, versions.i
    versions.f, versions.i = f, i
    versions.free = np.zeros(room + more, np.int64)
    versions.left = len(free) + more
    versions.free[: versions.left] = np.concatenate([free, np.arange(room, room + more)])
    versions.places = np.full(room + more, -1, np.int64)


@kernel
def filled(f: Floats, i: Ints, numbers: Ints, source_f: Floats, source_i: Ints, source: Ints) -> None:
    """Fill these versions from the rows `source` of others."""
    for k in range(numbers.shape[0]):
        for c in range(f.shape[1]):
            f[numbers[k], c] = source_f[source[k], c]
        for c in range(i.shape[1]):
            i[numbers[k], c] = source_i[source[k], c]


@kernel
def compared(before: Ints, old: Ints, places: Ints) -> tuple[Ints, bool]:
    """Return where each number of `before` stands in `old`, -1 where it does not, and whether both are the same."""
    was = np.empty(before.shape[0], np.int64)
    same = before.shape[0] == old.shape[0]
    for k in range(old.shape[0]):
        places[old[k]] = k
    for k in range(before.shape[0]):
        was[k] = places[before[k]]
        same = same and was[k] == k
    for k in range(old.shape[0]):
        places[old[k]] = -1
    return was, same


@kernel
def placed(
    before: Ints, places: Ints, versions: Ints, reports: Ints, concerned: npt.NDArray[np.bool_]
) -> tuple[Ints, Ints, Ints]:
    """Return the pairs of a version and a report whose version is in `before`: where there, version, and report.

    A report near a version that is no longer there is marked in `concerned`.
    """
    for k in range(before.shape[0]):
        places[before[k]] = k
    place = np.empty(versions.shape[0], np.int64)
    version = np.empty(versions.shape[0], np.int64)
    report = np.empty(versions.shape[0], np.int64)
    count = 0
    for e in range(versions.shape[0]):
        k = int(places[versions[e]])
        if k < 0:
            concerned[reports[e]] = True
        else:
            place[count] = k
            version[count] = versions[e]
            report[count] = reports[e]
            count = count + 1
    for k in range(before.shape[0]):
        places[before[k]] = -1
    return place[:count], version[:count], report[:count]


@kernel
def alike(f: Ints, i: Ints, a: int, other_f: Ints, other_i: Ints, b: int) -> bool:
    """Whether two rows are the same, bit for bit; the floats are given as the integers of their bits."""
    k = 0
    while k < i.shape[1] and i[a, k] == other_i[b, k]:
        k = k + 1
    if k < i.shape[1]:
        return False
    k = 0
    while k < f.shape[1] and f[a, k] == other_f[b, k]:
        k = k + 1
    return bool(k == f.shape[1])


@kernel
def outcome(
    bits: Ints,
    f: Floats,
    i: Ints,
    before: Ints,
    was: Ints,
    old_after: Ints,
    run: Ints,
    run_bits: Ints,
    run_f: Floats,
    run_i: Ints,
    weak: float,
) -> tuple[Ints, Ints]:
    """Return which version each row of `before` is now, GONE if none, and which of those that were run need a new one.

    `run` are the places in `before` that were run, whose rows now stand in `run_f`, `run_i` in this order; what was not
    run came out as when the slot ran last (`was`, `old_after`), or as it went in. `bits` and `run_bits` are the floats
    as the integers of their bits. What needs a new version stands as GONE.
    """
    after = np.empty(before.shape[0], np.int64)
    for k in range(before.shape[0]):
        if was[k] >= 0:
            after[k] = old_after[was[k]]
        else:
            after[k] = before[k] if f[before[k], R] >= weak else GONE
    new = np.empty(run.shape[0], np.int64)
    count = 0
    for a in range(run.shape[0]):
        k = int(run[a])
        old = int(after[k]) if was[k] >= 0 else GONE
        if run_f[a, R] < weak:
            after[k] = GONE
        elif alike(bits, i, int(before[k]), run_bits, run_i, a):
            after[k] = before[k]
        elif old >= 0 and alike(bits, i, old, run_bits, run_i, a):
            after[k] = old
        else:
            after[k] = GONE
            new[count] = a
            count = count + 1
    return after, new[:count]


@kernel
def ordered(f: Floats, i: Ints, after: Ints, born: Ints) -> Ints:
    """Return the versions of `after` that are there, with those `born` put in, by when and where each row began.

    Those of `after` are in this order already; of several that began alike the one with the lower number comes first.
    """
    rows = np.empty(after.shape[0] + born.shape[0], np.int64)
    count = 0
    for k in range(after.shape[0]):
        if after[k] >= 0:
            rows[count] = after[k]
            count = count + 1
    for b in range(born.shape[0]):
        new = int(born[b])
        k = count
        while k > 0 and sooner(f, i, new, int(rows[k - 1])):
            rows[k] = rows[k - 1]
            k = k - 1
        rows[k] = new
        count = count + 1
    return rows[:count]


@kernel
def sooner(f: Floats, i: Ints, a: int, b: int) -> bool:
    """Whether version a stands before version b."""
    if i[a, BORN_NS] != i[b, BORN_NS]:
        return bool(i[a, BORN_NS] < i[b, BORN_NS])
    for k in range(3):
        if f[a, BORN + k] != f[b, BORN + k]:
            return bool(f[a, BORN + k] < f[b, BORN + k])
    return bool(i[a, UID] < i[b, UID])
