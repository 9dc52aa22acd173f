"""Marginals of association against the enumeration of all that could be, and what holds of any."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.watch.marginal import propagate, unexplained

ROUNDS = 40


def exact(rows, reports, edges):
    """Sum the weight of every assignment in which each row and each report is taken at most once."""
    of_row = [[None, *[e for e, (k, _, _) in enumerate(edges) if k == row]] for row in range(rows)]
    total, p = 0.0, np.zeros(len(edges))
    for chosen in itertools.product(*of_row):
        taken = [e for e in chosen if e is not None]
        if len({edges[e][1] for e in taken}) == len(taken):
            weight = np.prod([edges[e][2] for e in taken])
            total += weight
            p[taken] += weight
    return p / total


def marginals(reports, edges, rounds=ROUNDS):
    row = np.array([k for k, _, _ in edges], np.int64)
    report = np.array([j for _, j, _ in edges], np.int64)
    row_first = np.append(np.flatnonzero(np.diff(row, prepend=-1)), len(row))
    by_report = np.argsort(report, kind="stable")
    report_first = np.searchsorted(report[by_report], np.arange(reports + 1))
    p, free = np.zeros(len(edges)), np.ones(reports)
    propagate(row_first, report, by_report, report_first, np.array([w for _, _, w in edges]), rounds, p)
    unexplained(report_first, by_report, p, free)
    return p, free


weights = st.floats(-5, 12).map(lambda x: float(np.exp(x)))


@st.composite
def trees(draw):
    """Draw rows and reports that hang together without a cycle: there belief propagation is exact."""
    rows = draw(st.integers(1, 4))
    edges = [(0, 0, draw(weights))]
    reports = 1
    for row in range(1, rows):
        edges.append((row, draw(st.integers(0, reports - 1)), draw(weights)))
        for _ in range(draw(st.integers(0, 2))):
            edges.append((row, reports, draw(weights)))
            reports += 1
    return rows, reports, sorted(edges)


@st.composite
def clusters(draw):
    """Draw any small cluster; every row has an edge."""
    rows, reports = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    pairs = st.sets(st.integers(0, reports - 1), min_size=1)
    return rows, reports, [(k, j, draw(weights)) for k in range(rows) for j in sorted(draw(pairs))]


@given(trees())
def test_on_trees_it_is_exact(tree):
    rows, reports, edges = tree
    p, free = marginals(reports, edges)
    want = exact(rows, reports, edges)
    assert p == pytest.approx(want, abs=1e-5)
    taken = [sum(want[e] for e, (_, j, _) in enumerate(edges) if j == report) for report in range(reports)]
    assert free == pytest.approx(1.0 - np.array(taken), abs=1e-5)


@given(clusters())
def test_on_small_clusters_it_is_near(cluster):
    """No row is given away more than once; where loops contend, the marginals are near the exact ones, not equal."""
    rows, reports, edges = cluster
    p, free = marginals(reports, edges, 400)
    assert ((p >= 0.0) & (p <= 1.0)).all()
    for row in range(rows):
        assert sum(p[e] for e, (k, _, _) in enumerate(edges) if k == row) <= 1.0 + 1e-12
    assert (free >= 0.0).all()
    if max(w for _, _, w in edges) < 10.0:  # the surer all are, the more the loops of a cluster are believed twice
        assert p == pytest.approx(exact(rows, reports, edges), abs=0.1)


@given(clusters(), weights, weights)
def test_what_one_cluster_has_changes_no_bit_of_another(cluster, one, other):
    rows, reports, edges = cluster
    apart = [(rows, reports, one), (rows, reports + 1, other), (rows + 1, reports + 1, one)]
    alone, _ = marginals(reports, edges, 16)
    together, _ = marginals(reports + 2, [*edges, *apart], 16)
    assert together[: len(edges)].tobytes() == alone.tobytes()


def test_a_weight_that_is_nothing_beside_the_best_takes_nothing():
    p, free = marginals(2, [(0, 0, 1e6), (0, 1, 1e-3), (1, 1, 50.0)])
    assert p == pytest.approx([1.0, 0.0, 50 / 51], abs=1e-5)
    assert p[1] == 0.0
    assert free[1] == pytest.approx(1 / 51)


def plainly(rows, reports, weight, rounds):
    """Propagate between all rows and all reports by the formulas as they stand in the paper; `weight` (rows, reports)."""
    to_row, off = np.ones((rows, reports)), 1.0 - np.eye(reports)
    off_rows = 1.0 - np.eye(rows)
    for _ in range(rounds):
        to_report = weight / (1.0 + (weight * to_row) @ off)
        to_row = 1.0 / (1.0 + off_rows @ to_report)
    told = weight * to_row
    return told / (1.0 + told.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("size", [(3, 3), (8, 9), (9, 8), (12, 20), (30, 15)])
def test_many_that_may_be_many_are_reckoned_as_a_few_are(size):
    weight = np.exp(np.random.default_rng(sum(size)).uniform(-6, 6, size))
    edges = [(row, report, float(weight[row, report])) for row in range(size[0]) for report in range(size[1])]
    p, _ = marginals(size[1], edges, rounds=12)
    assert p.reshape(size) == pytest.approx(plainly(*size, weight, 12), rel=1e-4, abs=1e-6)
