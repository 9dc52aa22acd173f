"""GOSPA: how far a told picture is from the truth, split into places, what is missed and what is false.

Rahmathullah, Garcia-Fernandez, Svensson 2017, "Generalized optimal sub-pattern assignment metric", with alpha = 2: the
p-th power of the distance is the sum of the pairs' distances, each to the p, and of c**p / 2 for every drone missed and
for every false track. The pairing is the one that makes it least; nothing farther apart than c is a pair.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from skykeep.sim.assignment import Floats, Ints, assign

CUTOFF_M = 30.0
ORDER = 2.0


@dataclasses.dataclass(frozen=True, slots=True)
class Gospa:
    """`distance` in metres; its parts in metres to the p, which sum to its p-th power; the pairs by their rows."""

    localisation: float
    n_truth: int
    n_told: int
    truth_row: Ints
    told_row: Ints
    pair_m: Floats
    cutoff_m: float = CUTOFF_M
    order: float = ORDER

    @property
    def n_missed(self) -> int:
        """How many drones no track stands for."""
        return self.n_truth - len(self.truth_row)

    @property
    def n_false(self) -> int:
        """How many tracks stand for no drone."""
        return self.n_told - len(self.told_row)

    @property
    def missed(self) -> float:
        """What the missed drones cost."""
        return float(self.n_missed * self.cutoff_m**self.order / 2)

    @property
    def false(self) -> float:
        """What the false tracks cost."""
        return float(self.n_false * self.cutoff_m**self.order / 2)

    @property
    def distance(self) -> float:
        """The metric itself, m."""
        return float((self.localisation + self.missed + self.false) ** (1 / self.order))


def gospa(truth_m: Floats, told_m: Floats, *, cutoff_m: float = CUTOFF_M, order: float = ORDER) -> Gospa:
    """Return the distance of places told (k, d) from true ones (n, d); d is 2 or 3.

    A height that was not told (NaN) is not held against a track: it is compared in the level.
    """
    row, column, pair_m = near(truth_m, told_m, cutoff_m)
    column_of = assign(row, column, pair_m**order, rows=len(truth_m), columns=len(told_m), alone=float(cutoff_m**order))
    taken = np.nonzero(column_of[row] == column)[0]
    taken = taken[np.argsort(row[taken], kind="stable")]
    pairs_m = pair_m[taken]
    return Gospa(
        localisation=float((pairs_m**order).sum()),
        n_truth=len(truth_m),
        n_told=len(told_m),
        truth_row=row[taken],
        told_row=column[taken],
        pair_m=pairs_m,
        cutoff_m=cutoff_m,
        order=order,
    )


def near(truth_m: Floats, told_m: Floats, cutoff_m: float) -> tuple[Ints, Ints, Floats]:
    """Return all pairs nearer than `cutoff_m`: row of `truth_m`, row of `told_m`, distance; found along x."""
    order = np.argsort(told_m[:, 0], kind="stable") if len(told_m) else np.zeros(0, np.int64)
    x = told_m[order, 0] if len(told_m) else np.zeros(0)
    mine = truth_m[:, 0] if len(truth_m) else np.zeros(0)
    first, end = np.searchsorted(x, mine - cutoff_m), np.searchsorted(x, mine + cutoff_m, side="right")
    count = end - first
    row = np.repeat(np.arange(len(mine)), count)
    place = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    column = order[place]
    if not len(row):
        return row, column, np.zeros(0)
    gap = np.nan_to_num(truth_m[row] - told_m[column])
    distance = np.sqrt((gap * gap).sum(axis=1))
    close = distance < cutoff_m
    return row[close], column[close], distance[close]
