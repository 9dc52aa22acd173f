"""Tables with a row a track, sorted by id: what a stage remembers, carried along as tracks come and go.

A table is bytes, so that a copy, and a snapshot by msgpack, need nothing more; it is read and written in place. The
first column of a stage's integers is the track's id; its other tables have their rows in the same order.

    before = rows_before(ints(memory.numbers, 9), tracks.id)
    if before is not None:  # tracks came or went
        memory.numbers = carried(memory.numbers, before, BLANK)
        memory.sums = carried(memory.sums, before, NO_SUMS)
        ints(memory.numbers, 9)[:, ID] = tracks.id
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Floats, Ints

ID = 0
_FEW = 8  # rows that are taken out one by one
_INT, _FLOAT = np.dtype("<i8"), np.dtype("<f8")


def ints(table: bytearray, columns: int) -> Ints:
    """Return a table of integers in place, (rows, columns)."""
    return np.frombuffer(table, _INT).reshape(-1, columns)


def floats(table: bytearray, columns: int) -> Floats:
    """Return a table of numbers in place, (rows, columns)."""
    return np.frombuffer(table, _FLOAT).reshape(-1, columns)


def rows_before(held: Ints, ids: Ints) -> Ints | None:
    """Return (n,) the row in `held` of each of `ids` (n,), sorted; -1 of a new one. None: they are the same ones."""
    if len(held) == len(ids) and same(held, ids):
        return None
    rows = np.empty(len(ids), np.int64)
    _rows_before(held, ids, rows)
    return rows


def rows_left(held: Ints, gone: Iterable[int]) -> Ints | None:
    """Return the rows in `held` of other tracks than these. None: all are others."""
    kept = ~np.isin(held[:, ID], np.array(list(gone), np.int64))
    return None if bool(kept.all()) else np.flatnonzero(kept)


def carried(table: bytearray, before: Ints, blank: Ints | Floats) -> bytearray:
    """Return a table with the rows `before` of this one, and `blank` (columns,) where that is -1.

    The table that is given is used up: where few rows went and the new ones are the last, it is changed in place. So no
    view of it may be held meanwhile (Python refuses: "cannot be re-sized").
    """
    width = 8 * len(blank)
    gone = np.empty(_FEW, np.int64)
    count, more = _few_gone(before, len(table) // width, gone)
    if count < 0:
        return _made_anew(table, before, blank)
    for row in gone[:count][::-1].tolist():
        del table[row * width : (row + 1) * width]
    if more:
        table += blank.tobytes() * more
    return table


def _made_anew(table: bytearray, before: Ints, blank: Ints | Floats) -> bytearray:
    view = ints if blank.dtype == np.int64 else floats
    new = bytearray(8 * len(before) * len(blank))
    _carry(view(table, len(blank)), before, blank, view(new, len(blank)))
    return new


@kernel
def row_of(ids: Ints, track_id: int) -> int:
    """Return the row of a track among `ids` (n,), sorted; -1: it is not there."""
    low, high = 0, ids.shape[0]
    while low < high:
        middle = (low + high) // 2
        if int(ids[middle]) < track_id:
            low = middle + 1
        else:
            high = middle
    return low if low < ids.shape[0] and int(ids[low]) == track_id else -1


@kernel
def same(held: Ints, ids: Ints) -> bool:
    """Say whether the rows of `held` are those of `ids`, of which there are as many."""
    row = 0
    while row < ids.shape[0] and int(held[row, ID]) == int(ids[row]):
        row = row + 1
    return bool(row == ids.shape[0])


@kernel
def _rows_before(held: Ints, ids: Ints, rows: Ints) -> None:
    at = 0
    for row in range(ids.shape[0]):
        while at < held.shape[0] and int(held[at, ID]) < int(ids[row]):
            at = at + 1
        rows[row] = at if at < held.shape[0] and int(held[at, ID]) == int(ids[row]) else -1


@kernel
def _few_gone(before: Ints, held: int, gone: Ints) -> tuple[int, int]:
    """Fill `gone` with the rows of `held` that are not in `before`; return how many, and how many new ones follow.

    (-1, 0) where they are too many, or the new ones are not the last.
    """
    count, kept, at = 0, 0, 0
    while kept < before.shape[0] and int(before[kept]) >= 0:
        while at < int(before[kept]):
            if count == gone.shape[0]:
                return -1, 0
            gone[count] = at
            count, at = count + 1, at + 1
        kept, at = kept + 1, at + 1
    if held - at > gone.shape[0] - count:
        return -1, 0
    while at < held:
        gone[count] = at
        count, at = count + 1, at + 1
    for row in range(kept, before.shape[0]):
        if int(before[row]) >= 0:
            return -1, 0
    return count, before.shape[0] - kept


@kernel
def _carry(table: Ints | Floats, before: Ints, blank: Ints | Floats, new: Ints | Floats) -> None:
    for row in range(before.shape[0]):
        at = int(before[row])
        for column in range(blank.shape[0]):
            new[row, column] = table[at, column] if at >= 0 else blank[column]
