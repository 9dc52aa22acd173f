"""Rows that are carried along: those that stay keep what was known, new ones begin blank, none takes another's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.watch import carried

BLANK, NO_SUMS = np.array([0, -1, 7]), np.array([0.5, np.nan])
ids_of_tracks = st.lists(st.integers(1, 30), unique=True).map(sorted)
ids_of_few = st.lists(st.integers(1, 8), unique=True).map(sorted)


def tables(ids):
    """Tables that say of each track its id, negative and halved."""
    numbers, sums = np.zeros((len(ids), 3), np.int64), np.zeros((len(ids), 2))
    numbers[:, 0], numbers[:, 1] = ids, [-each for each in ids]
    sums[:, 1] = [each / 2 for each in ids]
    return bytearray(numbers.tobytes()), bytearray(sums.tobytes())


@given(ids_of_tracks | ids_of_few, ids_of_tracks)
def test_each_row_goes_on_with_its_track_and_a_new_one_is_blank(before, after):
    numbers, sums = tables(before)
    rows = carried.rows_before(carried.ints(numbers, 3), np.array(after, np.int64))
    assert (rows is None) == (before == after)
    if rows is None:
        return
    numbers, sums = carried.carried(numbers, rows, BLANK), carried.carried(sums, rows, NO_SUMS)
    for track_id, row, some in zip(after, carried.ints(numbers, 3), carried.floats(sums, 2), strict=True):
        if track_id in before:
            assert row.tolist() == [track_id, -track_id, 0]
            assert some.tolist() == [0.0, track_id / 2]
        else:
            assert row.tolist() == BLANK.tolist()
            assert some[0] == 0.5
            assert np.isnan(some[1])


@given(ids_of_few, st.lists(st.integers(9, 60), unique=True, max_size=40).map(sorted), st.data())
def test_where_few_go_and_new_ones_are_the_last_the_table_stays_where_it_is(before, new, data):
    left = [each for each in before if data.draw(st.booleans())]
    numbers, _ = tables(before)
    rows = carried.rows_before(carried.ints(numbers, 3), np.array(left + new, np.int64))
    if rows is not None:
        assert carried.carried(numbers, rows, BLANK) is numbers
    assert carried.ints(numbers, 3)[:, 1].tolist() == [-each for each in left] + [-1] * len(new)


def test_a_table_that_is_looked_at_is_not_carried_along_behind_the_back():
    numbers, _ = tables([1, 2])
    view = carried.ints(numbers, 3)
    with pytest.raises(BufferError):
        carried.carried(numbers, np.array([1]), BLANK)
    assert view[:, 0].tolist() == [1, 2]


@given(ids_of_tracks, st.lists(st.integers(0, 31)))
def test_what_is_dropped_leaves_the_others_in_order(before, gone):
    rows = carried.rows_left(carried.ints(tables(before)[0], 3), gone)
    left = [row for row, track_id in enumerate(before) if track_id not in gone]
    assert left == (list(range(len(before))) if rows is None else rows.tolist())
    assert (rows is None) == (len(left) == len(before))


@given(ids_of_tracks, st.integers(0, 31))
def test_a_row_is_found_or_it_is_not_there(ids, track_id):
    assert carried.row_of(np.array(ids, np.int64), track_id) == (ids.index(track_id) if track_id in ids else -1)


def test_a_table_is_written_in_place():
    numbers, _ = tables([3, 4])
    carried.ints(numbers, 3)[1, 2] = 9
    assert carried.ints(numbers, 3).tolist() == [[3, -3, 0], [4, -4, 9]]


@pytest.mark.parametrize("view", [carried.ints, carried.floats])
def test_nothing_is_a_table_too(view):
    assert view(bytearray(), 4).shape == (0, 4)
