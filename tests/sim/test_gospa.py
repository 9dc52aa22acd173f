"""GOSPA and the pairing behind it: equal to the shared tool and to scipy, and right where one can work it out by hand."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from skykeep.sim.assignment import assign
from skykeep.sim.gospa import gospa, near

# (truth, told), and what the shared tool says: distance, localisation, missed, false.
CASES = [
    (([[0, 0, 0]], [[3, 4, 0]]), (5.0, 25.0, 0, 0)),
    (([[0, 0, 0], [100, 0, 0]], [[3, 4, 0]]), (np.sqrt(475.0), 25.0, 1, 0)),
    (([[0, 0, 0]], [[40, 0, 0]]), (30.0, 0.0, 1, 1)),
    (([], [[1, 2, 3], [4, 5, 6]]), (30.0, 0.0, 0, 2)),
    (([[0, 0, 0], [20, 0, 0]], [[12, 0, 0], [-15, 0, 0]]), (17.0, 289.0, 0, 0)),  # not the nearest first
    (([[0, 0, 0], [29, 0, 0]], [[28, 0, 0], [57, 0, 0]]), (np.sqrt(901.0), 1.0, 1, 1)),
]


def places(rows):
    return np.array(rows, float).reshape(-1, 3)


@pytest.mark.parametrize(("case", "expected"), CASES)
def test_the_distance_is_the_one_of_its_definition(case, expected):
    found = gospa(places(case[0]), places(case[1]))
    assert np.isclose(found.localisation, expected[1])
    assert (found.n_missed, found.n_false) == expected[2:]
    assert np.isclose(found.distance**2, found.localisation + found.missed + found.false)
    assert np.isclose(found.missed, found.n_missed * 450.0)
    assert np.isclose(found.distance, expected[0])


def crowd(seed):
    chance = np.random.default_rng(seed)
    n, k = chance.integers(0, 25, 2)
    dims, box = int(chance.integers(2, 4)), float(chance.choice([20, 80, 300]))
    truth, told = chance.uniform(0, box, (n, dims)), chance.uniform(0, box, (k, dims))
    both = min(n, k)
    if chance.random() < 0.5:
        told[:both] = truth[:both] + chance.normal(0, 8, (both, dims))
    return truth, told


@pytest.mark.parametrize("block", range(5))
def test_the_distance_is_the_shared_tools(shared, block):
    spec = importlib.util.spec_from_file_location("shared_gospa", shared / "tools" / "gospa.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    for seed in range(block * 100, block * 100 + 100):
        truth, told = crowd(seed)
        ours, theirs = gospa(truth, told), tool.gospa(truth, told)
        assert np.isclose(ours.distance, theirs["distance"]), seed
        assert np.isclose(ours.localisation, theirs["localisation"]), seed
        assert (ours.n_missed, ours.n_false) == (theirs["n_missed"], theirs["n_false"]), seed
        assert np.isclose(ours.pair_m.sum(), theirs["pair_dist"].sum()), seed


@given(st.integers(0, 2**32 - 1))
def test_no_pairing_is_cheaper(seed):
    chance = np.random.default_rng(seed)
    rows, columns = (int(each) for each in chance.integers(1, 12, 2))
    cost = chance.integers(0, 60, (rows, columns)).astype(float)  # many ties
    alone = 30.0
    row, column = np.nonzero(cost < alone)
    found = assign(row, column, cost[row, column], rows=rows, columns=columns, alone=alone)
    taken = found[found >= 0]
    assert len(np.unique(taken)) == len(taken)
    ours = sum(cost[i, j] if j >= 0 else alone for i, j in enumerate(found))
    never = 1e6  # each row has one more column, its own, in which it stays alone
    dense = np.hstack([np.where(cost < alone, cost, never), np.where(np.eye(rows, dtype=bool), alone, never)])
    theirs = dense[linear_sum_assignment(dense)].sum()
    assert np.isclose(ours, theirs)


def test_a_thousand_in_one_crowd_are_paired_as_scipy_pairs_them():
    chance = np.random.default_rng(5)
    truth, told = chance.uniform(0, 200, (400, 3)), chance.uniform(0, 200, (380, 3))
    distance = np.sqrt(((truth[:, None] - told[None]) ** 2).sum(-1))
    cost = np.minimum(distance, 30.0) ** 2
    row, column = linear_sum_assignment(cost)
    found = gospa(truth, told)
    assert np.isclose(found.distance**2, cost[row, column].sum() + 450.0 * 20)


def test_a_height_that_was_not_told_is_not_held_against_a_track():
    found = gospa(places([[0, 0, 100]]), places([[3, 4, np.nan]]))
    assert found.distance == 5.0


def test_near_finds_all_pairs_and_no_others():
    truth, told = crowd(11)
    row, column, distance = near(truth, told, 30.0)
    every = np.sqrt(((truth[:, None] - told[None]) ** 2).sum(-1))
    assert sorted(zip(row, column, strict=True)) == sorted(zip(*np.nonzero(every < 30.0), strict=True))
    assert np.allclose(distance, every[row, column])
