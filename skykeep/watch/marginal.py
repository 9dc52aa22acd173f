"""Which report is of which track, as probabilities: loopy belief propagation with a fixed number of rounds.

Each row gives at most one report of a look, each report is of at most one row. `weight` of an edge is how much likelier
it is that the report is of the row than that neither has to do with the other: r Pd L / ((1 - r Pd) lambda), lambda the
density of reports that are of no row (clutter and new ones). Williams and Lau, "Approximate evaluation of marginal
association probabilities with belief propagation", IEEE TAES 50(4), 2014. Sums leave one term out by not adding it:
weights span many powers of ten, and taking it off again would leave rounding only.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Floats, Ints

Bools = npt.NDArray[np.bool_]

SETTLED = 1e-7  # a message that changes by less than this part of itself is not passed on
FEW = 8  # of so many, each is left out of the sum by going through the others; of more, by what is before and after it
NOTHING = 1e-7  # a weight this much less than its row's best one, or than none, moves nothing


@kernel
def propagate(
    row_first: Ints, edge_report: Ints, by_report: Ints, report_first: Ints, weight: Floats, rounds: int, p: Floats
) -> None:
    """Fill `p` (e,) with the probability of each edge.

    Weights that are nothing beside others of their row are set to 0. After so many `rounds`, or when no message changes
    any more, it ends; whether one does is asked of each by itself, so that no cluster's end concerns another.
    Edges stand row after row: those of row k are row_first[k] to row_first[k + 1]. `by_report` (e,) lists them report
    after report, those of report j at report_first[j] to report_first[j + 1].
    """
    edges = edge_report.shape[0]
    to_row = np.ones(edges)  # message of the report to the row
    to_report = np.zeros(edges)
    terms, others = np.empty(edges), np.empty(edges)
    rows, reports = _contested(row_first, edge_report, report_first, weight)
    edge_row = np.empty(edges, np.int64)
    row_asks = np.zeros(row_first.shape[0], np.bool_)  # what it was told has changed
    report_asks = np.zeros(report_first.shape[0], np.bool_)
    for k in range(rows.shape[0]):
        row_asks[rows[k]] = True
        for e in range(int(row_first[rows[k]]), int(row_first[rows[k] + 1])):
            edge_row[e] = rows[k]
    for _ in range(rounds):
        changed = False
        for k in range(rows.shape[0]):
            row = int(rows[k])
            if row_asks[row]:
                row_asks[row] = False
                _row_says(
                    int(row_first[row]),
                    int(row_first[row + 1]),
                    edge_report,
                    weight,
                    to_row,
                    to_report,
                    report_asks,
                    terms,
                    others,
                )
        for k in range(reports.shape[0]):
            j = int(reports[k])
            if report_asks[j]:
                report_asks[j] = False
                changed = True
                _report_says(
                    int(report_first[j]),
                    int(report_first[j + 1]),
                    by_report,
                    edge_row,
                    to_report,
                    to_row,
                    row_asks,
                    terms,
                    others,
                )
        if not changed:
            break
    for k in range(row_first.shape[0] - 1):
        low, high = int(row_first[k]), int(row_first[k + 1])
        total = 1.0
        for e in range(low, high):
            total = total + weight[e] * to_row[e]
        for e in range(low, high):
            p[e] = weight[e] * to_row[e] / total


@kernel
def _contested(row_first: Ints, edge_report: Ints, report_first: Ints, weight: Floats) -> tuple[Ints, Ints]:
    """Set weights to 0 that are nothing beside the best of their row; return who then has anything to tell others.

    These are the reports that several rows may have given, and the rows of such reports. All other messages are 1.
    """
    claims = np.zeros(report_first.shape[0], np.int64)
    for k in range(row_first.shape[0] - 1):
        best = 1.0
        for e in range(int(row_first[k]), int(row_first[k + 1])):
            best = max(best, weight[e])
        for e in range(int(row_first[k]), int(row_first[k + 1])):
            if weight[e] < NOTHING * best:
                weight[e] = 0.0
            else:
                claims[edge_report[e]] += 1
    rows = np.empty(row_first.shape[0], np.int64)
    count = 0
    for k in range(row_first.shape[0] - 1):
        shared = False
        for e in range(int(row_first[k]), int(row_first[k + 1])):
            shared = shared or (weight[e] > 0.0 and claims[edge_report[e]] > 1)
        if shared:
            rows[count] = k
            count = count + 1
    reports = np.empty(report_first.shape[0], np.int64)
    held = 0
    for j in range(report_first.shape[0] - 1):
        if claims[j] > 1:
            reports[held] = j
            held = held + 1
    return rows[:count], reports[:held]


@kernel
def _row_says(
    low: int,
    high: int,
    edge_report: Ints,
    weight: Floats,
    to_row: Floats,
    to_report: Floats,
    asks: Bools,
    terms: Floats,
    others: Floats,
) -> None:
    for e in range(low, high):
        terms[e - low] = weight[e] * to_row[e]
    without_each(terms, high - low, others)
    for e in range(low, high):
        told = weight[e] / others[e - low]
        if abs(told - to_report[e]) > SETTLED * told:
            asks[edge_report[e]] = True
        to_report[e] = told


@kernel
def _report_says(
    low: int,
    high: int,
    by_report: Ints,
    edge_row: Ints,
    to_report: Floats,
    to_row: Floats,
    asks: Bools,
    terms: Floats,
    others: Floats,
) -> None:
    for k in range(low, high):
        terms[k - low] = to_report[by_report[k]]
    without_each(terms, high - low, others)
    for k in range(low, high):
        e = int(by_report[k])
        if to_report[e] > 0.0:
            told = 1.0 / others[k - low]
            if abs(told - to_row[e]) > SETTLED * told:
                asks[edge_row[e]] = True
            to_row[e] = told


@kernel
def without_each(terms: Floats, count: int, others: Floats) -> None:
    """Fill `others` (count,) with 1 and the sum of all `terms` (count,) but the one at that place."""
    if count <= FEW:
        for k in range(count):
            total = 1.0
            for q in range(count):
                if q != k:
                    total = total + terms[q]
            others[k] = total
        return
    after = 0.0
    for k in range(count - 1, -1, -1):
        others[k] = after
        after = after + terms[k]
    before = 1.0
    for k in range(count):
        others[k] = before + others[k]
        before = before + terms[k]


@kernel
def unexplained(report_first: Ints, by_report: Ints, p: Floats, out: Floats) -> None:
    """Fill `out` (m,) with the probability that each report is of no row, from the edges' probabilities."""
    for j in range(report_first.shape[0] - 1):
        rest = 1.0
        for k in range(int(report_first[j]), int(report_first[j + 1])):
            rest = rest - p[by_report[k]]
        out[j] = max(rest, 0.0)
