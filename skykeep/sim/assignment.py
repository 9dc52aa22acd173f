"""The cheapest pairing of rows with columns where few pairs are possible, and any row may stay alone at a price.

Shortest augmenting paths with potentials (Jonker, Volgenant 1987, "A shortest augmenting path algorithm for dense and
sparse linear assignment problems"): each search stays among the rows and columns that it can reach, so that a thousand
against a thousand, far apart in small crowds, take as long as the crowds do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from skykeep.geo.kernel import kernel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FAR = 1e300


def assign(row: Ints, column: Ints, cost: Floats, *, rows: int, columns: int, alone: float) -> Ints:
    """Return the column of each row (rows,), -1 for none; pairs (k,) with their costs, each below `alone`.

    The sum of the costs of the pairs taken and of `alone` for each row without one is the least there is.
    """
    order = np.argsort(row, kind="stable")
    start = np.zeros(rows + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=rows), out=start[1:])
    column_of = np.full(rows, -1, np.int64)
    _assign(start, column[order].astype(np.int64), cost[order].astype(np.float64), columns, alone, column_of)
    return column_of


@kernel
def _assign(  # noqa: C901, PLR0912, PLR0915  # one search, flat so that it compiles
    start: Ints, column: Ints, cost: Floats, columns: int, alone: float, column_of: Ints
) -> None:
    """Fill `column_of`; row i may take `column[k]` at `cost[k]` for k from `start[i]` to `start[i + 1]`."""
    alone = float(alone)
    row_of = np.full(columns, -1, np.int64)
    u = np.zeros(len(column_of))
    v = np.zeros(columns)
    way = np.full(columns, _FAR)  # how far each column is from the row being placed
    before = np.zeros(columns, np.int64)  # from which row it was reached
    closed = np.zeros(columns, np.int64)
    reached = np.zeros(columns, np.int64)  # the columns reached, in order
    for row in range(len(column_of)):
        count = 0
        here = row
        gone = 0.0
        least_alone = _FAR  # the cheapest end so far: some row on the way stays alone
        left = -1
        end = -1
        while True:
            ends = gone + alone - float(u[here])
            if ends < least_alone:
                least_alone = ends
                left = here
            for k in range(int(start[here]), int(start[here + 1])):
                j = int(column[k])
                far = gone + float(cost[k]) - float(u[here]) - float(v[j])
                if closed[j] == 0 and far < float(way[j]):
                    if float(way[j]) >= _FAR:
                        reached[count] = j
                        count += 1
                    way[j] = far
                    before[j] = here
            nearest = -1
            gone = _FAR
            for k in range(count):
                j = int(reached[k])
                if closed[j] == 0 and float(way[j]) < gone:
                    gone = float(way[j])
                    nearest = j
            if nearest < 0 or gone >= least_alone:
                gone = least_alone
                break
            if row_of[nearest] < 0:
                end = nearest
                break
            closed[nearest] = 1
            here = int(row_of[nearest])
        u[row] += gone
        for k in range(count):
            j = int(reached[k])
            if closed[j] == 1:
                u[int(row_of[j])] += gone - float(way[j])
                v[j] -= gone - float(way[j])
        if end < 0 and left != row:  # that row gives up its column, which the way then hands on
            end = int(column_of[left])
            column_of[left] = -1
        if end >= 0:
            _hand_on(row, end, before, row_of, column_of)
        for k in range(count):
            j = int(reached[k])
            way[j] = _FAR
            closed[j] = 0


@kernel
def _hand_on(row: int, end: int, before: Ints, row_of: Ints, column_of: Ints) -> None:
    """Give the last column of a way to the row it was reached from, that row's column to the one before, and so on."""
    while True:
        taker = int(before[end])
        given_up = int(column_of[taker])
        row_of[end] = taker
        column_of[taker] = end
        if taker == row:
            return
        end = given_up
