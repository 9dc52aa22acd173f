"""One look of one sensor: its reports weighed against the rows, the rows updated, new ones begun.

A track-oriented Poisson multi-Bernoulli filter: each row is a possible aircraft with a probability `r` that there is a
body; what was never detected is a Poisson field that new rows are born from, where a report is explained by no row
(Williams, "Marginal multi-Bernoulli filters", IEEE TAES 51(3), 2015). Marginals by `marginal`; each row is then one
Gaussian a motion model again, with the moments of its hypotheses.
"""

from __future__ import annotations

import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.watch import packed as rep
from skykeep.watch.assume import ROUNDS
from skykeep.watch.begin import begun
from skykeep.watch.edges import BOUND, DEFERRED, FREE, REPEATED, coarse
from skykeep.watch.marginal import propagate, unexplained
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.rows import T_NS
from skykeep.watch.sensors import SENDS_TRACKS, Columns
from skykeep.watch.update import decay, missed, updated
from skykeep.watch.weights import density_of_others, due, kinds_of, weighed, weights

WAITS = -1.0  # a report that is looked at in a further pass


@kernel
def look(
    f: Floats,
    i: Ints,
    rows: Ints,
    rf: Floats,
    ri: Ints,
    reports: Ints,
    sensor: int,
    modality: int,
    t_ns: int,
    whole: int,
    period_ns: int,
    columns: Columns,
    frame: Floats,
    params: Floats,
    p_free: Floats,
) -> tuple[Ints, Ints, Floats, Floats, Ints, Ints]:
    """Weigh the `reports` (rows of rf, ri) of one look against the `rows` of f, i, and update these in place.

    Returns the edges that count (row, report, probability), the rows to begin, as matrices, and the reports to look at
    once more: two radios of one aircraft may speak in one slot, and a row takes one report of a look. Fills `p_free` at
    the reports: how probable it is that each is of no row. `t_ns` is what time the look is for: none of its reports is
    later, and those of a sensor that reports as it comes may be a slot earlier.
    """
    edge_row, edge_report = coarse(
        f,
        i,
        rows,
        reports,
        (ri[:, rep.KIND], rf[:, rep.Z : rep.Z + 3], rf[:, rep.SPREAD : rep.SPREAD + 2], ri[:, rep.TX]),
        frame,
        t_ns,
        1.0,
    )
    kinds = kinds_of(f, i, rf, ri, edge_row, edge_report, params)
    row_first, touched = starts_of(edge_row)
    if not whole:
        defer(row_first, edge_report, kinds, ri.shape[0])
    at_ns = times(i, ri, touched, edge_report, row_first, kinds, t_ns, whole)
    for k in range(touched.shape[0]):
        decay(f, i, int(touched[k]), int(at_ns[k]), params)
    carried, likes, fits = weighed(f, i, rf, ri, edge_report, row_first, touched, kinds, frame, at_ns, params)
    report_first, by_report = by_reports(edge_report, ri.shape[0])
    due_pd = due(f, i, touched, sensor, t_ns, whole, period_ns, columns)
    lone = density_of_others(rf, ri, reports, sensor, columns, params)
    weight = weights(
        f, i, ri, edge_row, edge_report, row_first, kinds, fits, due_pd, lone, sensor, modality, columns, params,
        report_first, by_report,
    )  # fmt: skip
    p = np.zeros(edge_row.shape[0])
    propagate(row_first, edge_report, by_report, report_first, weight, int(params[ROUNDS]), p)
    free = np.ones(ri.shape[0])
    unexplained(report_first, by_report, p, free)
    for k in range(reports.shape[0]):
        p_free[reports[k]] = free[reports[k]]
    updated(
        f, i, rf, ri, edge_report, row_first, touched, kinds, p, likes, carried, due_pd, sensor, modality,
        int(columns.marks[sensor, SENDS_TRACKS]), at_ns, frame, params,
    )  # fmt: skip
    if whole:
        missed(f, i, rows, touched, sensor, modality, t_ns, period_ns, columns, params)
    if not whole:
        one_each(ri, reports, free)
    again = left_over(edge_report, reports, kinds, free, p_free)
    born_f, born_i = begun(rf, ri, reports, free, i.shape[1], sensor, modality, t_ns, period_ns, columns, params)
    return edge_row, edge_report, p, born_f, born_i, again


@kernel
def defer(row_first: Ints, edge_report: Ints, kinds: Ints, total: int) -> None:
    """Keep one report of a bound transmitter a row; the later ones wait for a further pass with all their edges."""
    waits = np.zeros(total, np.bool_)
    for k in range(row_first.shape[0] - 1):
        first = True
        for e in range(int(row_first[k]), int(row_first[k + 1])):
            if kinds[e] == BOUND:
                waits[edge_report[e]] = waits[edge_report[e]] or not first
                first = False
    for e in range(edge_report.shape[0]):
        if waits[edge_report[e]] and kinds[e] != REPEATED:
            kinds[e] = DEFERRED


@kernel
def one_each(ri: Ints, reports: Ints, free: Floats) -> None:
    """Mark, by WAITS in `free`, the reports whose transmitter begins a row with an earlier report of this look."""
    for a in range(reports.shape[0]):
        j = int(reports[a])
        if ri[j, rep.TX] < 0 or free[j] <= 0.5:
            continue
        for b in range(a):
            k = int(reports[b])
            if ri[k, rep.TX] == ri[j, rep.TX] and free[k] > 0.5:
                free[j] = WAITS
                break


@kernel
def left_over(edge_report: Ints, reports: Ints, kinds: Ints, free: Floats, p_free: Floats) -> Ints:
    """Return the reports of transmitters that no row took yet; neither they nor repetitions begin a row."""
    for e in range(edge_report.shape[0]):
        j = int(edge_report[e])
        if kinds[e] == REPEATED:
            free[j] = 0.0
            p_free[j] = 0.0
        elif free[j] > 0.5 and (kinds[e] == DEFERRED or kinds[e] == BOUND):
            free[j] = WAITS
    again = np.empty(reports.shape[0], np.int64)
    count = 0
    for a in range(reports.shape[0]):
        if free[reports[a]] == WAITS:
            again[count] = reports[a]
            count = count + 1
            free[reports[a]] = 0.0
            p_free[reports[a]] = 0.0
    return again[:count]


@kernel
def times(
    i: Ints, ri: Ints, touched: Ints, edge_report: Ints, row_first: Ints, kinds: Ints, t_ns: int, whole: int
) -> Ints:
    """Return what time each touched row is brought to: the look's, or its latest report's where each has its own.

    Where a report's transmitter is bound to a row, only such reports count; a row is never brought back in time.
    """
    at_ns = np.empty(touched.shape[0], np.int64)
    for k in range(touched.shape[0]):
        latest = int(i[touched[k], T_NS])
        bound = False
        for e in range(int(row_first[k]), int(row_first[k + 1])):
            bound = bound or kinds[e] == BOUND
        for e in range(int(row_first[k]), int(row_first[k + 1])):
            if kinds[e] == BOUND or (kinds[e] == FREE and not bound):
                latest = max(latest, int(ri[edge_report[e], rep.T_NS]))
        at_ns[k] = max(latest, int(t_ns)) if whole else latest
    return at_ns


@kernel
def starts_of(edge_row: Ints) -> tuple[Ints, Ints]:
    """Return where the edges of each touched row begin, with the end of the last, and these rows."""
    first = np.empty(edge_row.shape[0] + 1, np.int64)
    rows = np.empty(edge_row.shape[0], np.int64)
    count = 0
    for e in range(edge_row.shape[0]):
        if e == 0 or edge_row[e] != edge_row[e - 1]:
            first[count] = e
            rows[count] = edge_row[e]
            count = count + 1
    first[count] = edge_row.shape[0]
    return first[: count + 1], rows[:count]


@kernel
def by_reports(edge_report: Ints, total: int) -> tuple[Ints, Ints]:
    """Return where each report's edges begin in the second array, which lists edges report after report."""
    first = np.zeros(total + 1, np.int64)
    for e in range(edge_report.shape[0]):
        first[edge_report[e] + 1] += 1
    for j in range(total):
        first[j + 1] += first[j]
    fill = first.copy()
    listed = np.empty(edge_report.shape[0], np.int64)
    for e in range(edge_report.shape[0]):
        j = int(edge_report[e])
        listed[fill[j]] = e
        fill[j] += 1
    return first, listed
