"""One look of one sensor: its reports weighed against the rows, the rows updated, new ones begun.

A track-oriented Poisson multi-Bernoulli filter: each row is a possible aircraft with a probability `r` that there is a
body; what was never detected is a Poisson field that new rows are born from, where a report is explained by no row
(Williams, "Marginal multi-Bernoulli filters", IEEE TAES 51(3), 2015). Marginals by `marginal`; each row is then one
Gaussian a motion model again, with the moments of its hypotheses.
"""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.exact import atan2, log
from skykeep.geo.frames import ecef_to_enu
from skykeep.geo.kernel import kernel
from skykeep.watch import packed as rep
from skykeep.watch.edges import BOUND, DEFERRED, FREE, REPEATED, coarse
from skykeep.watch.frame import axes_at
from skykeep.watch.marginal import propagate, unexplained
from skykeep.watch.motion import (
    merge,
    mix,
    place_fit,
    safe_exp,
    scalar_variance,
    step_models,
    take_place,
    take_scalar,
)
from skykeep.watch.reports import AZIMUTH, POSITION, Floats, Ints
from skykeep.watch.rows import (
    ABSENCE,
    ASSUMED,
    BORN,
    BORN_NS,
    COOP,
    COOP_NS,
    COOP_VAR,
    EVIDENCE,
    FLOATS,
    HEARD_NS,
    HEIGHT_NS,
    HEIGHTS,
    LAST,
    LOOKED,
    MANNED,
    MEAN,
    MODE,
    MODEL_WIDTH,
    MODELS,
    R_NS,
    RCS,
    REPORTS,
    SEEN,
    SEEN_NS,
    SIGMA,
    SIMULATED,
    SPREAD,
    SPREAD_UP,
    SPREAD_V,
    T_NS,
    TX,
    TX_SENSOR,
    TX_WEIGHT,
    UID,
    UNMANNED,
    R,
)
from skykeep.watch.sensors import MODALITY, PATCHES, Columns, clutter_at, detection
from skykeep.watch.table import MODALITIES, RADIOS

PI = 3.141592653589793
ROOT_2PI = 2.5066282746310002
BIRTH_HEIGHT_M = 150.0  # drones begin in the lowest air
R_MAX = 0.9999
REPEAT_NS = 500_000_000  # the same place again within half a second, without a time stamp of its own, is a repeat
VELOCITY_SIGMA_BORN_MPS = 12.0  # of each component, where the first report gives no velocity
UP_SPEED_SIGMA_BORN_MPS = 4.0
WAITS = -1.0  # a report that is looked at in a further pass
BOUND_RATIO = 1e6  # how much likelier than another aircraft's a report is at least that its transmitter binds to a row
ANOTHER = 1e-15  # that one aircraft has two transmitters of a kind
MODE_MIN = 1e-6  # a motion model is never less probable than this
BETA_MIN = 1e-3  # hypotheses less likely than this move nothing
SELF_REPORT = (True, True, False, False, False, False, False, False, False)  # by modality: the sender's own word
SEES_BODIES = (False, False, True, False, True, True, False, True, False)  # its silence speaks against a body

# columns of the parameters, see `settings.parameters`
GATE_D2, GATE_M, SPEED_MAX, SPEED_MAX_MANNED, SWITCH_RATE, DEATH_RATE = range(6)
BIRTH_M2_S, SELF_DENSITY, SELF_R, SELF_CAP, ROUNDS, BOUND_ELSEWHERE, R_BIRTH_MIN = range(6, 13)
NOISE = 13  # MODELS times level, up, damping
PARAMETERS = NOISE + 3 * MODELS


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
    states, modes, likes, fits = weighed(f, i, rf, ri, edge_row, edge_report, row_first, kinds, frame, at_ns, params)
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
        f, i, rf, ri, edge_report, row_first, touched, kinds, p, likes, states, modes, due_pd, sensor, modality, at_ns,
        frame, params,
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
def sharpen(p: Floats, low: int, high: int, none: float, beta: Floats) -> None:
    """Fill `beta` for a row's edges: their probabilities squared, scaled to sum to 1 with that of `none` squared.

    A row's state is moved by these: with the plain ones the rows of two neighbours, each moved by both reports, run
    together and never part (coalescence; Blom and Bloem, IEEE TAC 45(2), 2000). Its existence keeps the plain ones.
    """
    total = none * none
    for e in range(low, high):
        total = total + p[e] * p[e]
    for e in range(low, high):
        beta[e] = p[e] * p[e] / total


@kernel
def decay(f: Floats, i: Ints, row: int, t_ns: int, params: Floats) -> None:
    """Multiply the probability of a row by that of surviving since it was last reckoned."""
    dt_s = float(int(t_ns) - int(i[row, R_NS])) / 1e9
    if dt_s > 0.0:
        f[row, R] = f[row, R] / (1.0 + params[DEATH_RATE] * dt_s)
        i[row, R_NS] = t_ns


@kernel
def kinds_of(f: Floats, i: Ints, rf: Floats, ri: Ints, edge_row: Ints, edge_report: Ints, params: Floats) -> Ints:
    """Return what each edge rests on: FREE, BOUND, REPEATED; -1 where a bound row cannot have flown there."""
    kinds = np.zeros(edge_row.shape[0], np.int64)
    for e in range(edge_row.shape[0]):
        row, j = int(edge_row[e]), int(edge_report[e])
        tx = int(ri[j, rep.TX])
        if tx < 0 or not holds(i, row, tx):
            kinds[e] = FREE
        elif repeats(i, row, ri, j):
            kinds[e] = REPEATED
        elif in_reach(f, i, row, rf, ri, j, params):
            kinds[e] = BOUND
        else:
            kinds[e] = -1
    return kinds


@kernel
def holds(i: Ints, row: int, tx: int) -> bool:
    """Whether a transmitter is bound to a row."""
    found = False
    for k in range(RADIOS):
        found = found or i[row, TX + k] == tx
    return found


@kernel
def repeats(i: Ints, row: int, ri: Ints, j: int) -> bool:
    """Whether a report says again what the row's last one said: same place, same stamp of the sender."""
    if ri[j, rep.LAT] != i[row, LAST] or ri[j, rep.LON] != i[row, LAST + 1]:
        return False
    claim = int(ri[j, rep.CLAIM])
    if claim >= 0:
        return claim == int(i[row, LAST + 2])
    return abs(int(ri[j, rep.T_NS]) - int(i[row, HEARD_NS])) < REPEAT_NS


@kernel
def in_reach(f: Floats, i: Ints, row: int, rf: Floats, ri: Ints, j: int, params: Floats) -> bool:
    """Whether a row could have flown to a report's place in the time between them."""
    dt_s = float(int(ri[j, rep.T_NS]) - int(i[row, T_NS])) / 1e9
    if ri[j, rep.KIND] != POSITION:
        return True
    d = np.empty(3)
    for k in range(3):
        d[k] = rf[j, rep.Z + k] - (f[row, MEAN + k] + f[row, MEAN + 3 + k] * dt_s)
    z = rf[j, rep.Z : rep.Z + 3]
    norm2 = z[0] * z[0] + z[1] * z[1] + z[2] * z[2]
    up = d[0] * z[0] + d[1] * z[1] + d[2] * z[2]
    level2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
    if norm2 > 1.0:
        level2 = level2 - up * up / norm2
    speed = params[SPEED_MAX_MANNED] if i[row, MANNED] != 0 else params[SPEED_MAX]
    gate = params[GATE_M] + 3.0 * (rf[j, rep.SIGMA] + f[row, SIGMA]) + speed * abs(dt_s)
    return bool(level2 <= gate * gate)


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


@kernel
def predicted(f: Floats, i: Ints, row: int, t_ns: int, params: Floats, states: Floats, modes: Floats) -> None:
    """Fill `states` (81,) and `modes` (3,) with a row's models at a time, which is not before the row's."""
    dt_s = float(int(t_ns) - int(i[row, T_NS])) / 1e9
    if dt_s > 0.0:
        mix(f[row], f[row, MODE : MODE + MODELS], dt_s, float(params[SWITCH_RATE]), states, modes)
        step_models(states, dt_s, params[NOISE : NOISE + 3 * MODELS])
        return
    for k in range(MODELS * MODEL_WIDTH):
        states[k] = f[row, k]
    for k in range(MODELS):
        modes[k] = f[row, MODE + k]


@kernel
def weighed(
    f: Floats,
    i: Ints,
    rf: Floats,
    ri: Ints,
    edge_row: Ints,
    edge_report: Ints,
    row_first: Ints,
    kinds: Ints,
    frame: Floats,
    at_ns: Ints,
    params: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return, for each touched row, its models at `at_ns` and their probabilities, and for each edge how well it fits.

    The fit: the share of each model in the density of the report (e, MODELS), as a multiple of its probability before,
    and the density over all models (e,). An edge that fits none has kind -1 afterwards, unless its transmitter is
    bound: then it fits as well as the gate's edge.
    """
    touched = row_first.shape[0] - 1
    states = np.empty((touched, MODELS * MODEL_WIDTH))
    modes = np.empty((touched, MODELS))
    likes = np.empty((edge_row.shape[0], MODELS))
    fits = np.zeros(edge_row.shape[0])
    h = np.zeros((2, 6))
    for k in range(touched):
        low, high = int(row_first[k]), int(row_first[k + 1])
        t = int(at_ns[k])
        state, mode = states[k], modes[k]
        predicted(f, i, int(edge_row[low]), t, params, state, mode)
        for e in range(low, high):
            if kinds[e] != FREE and kinds[e] != BOUND:
                continue
            j = int(edge_report[e])
            ago_s = float(t - int(ri[j, rep.T_NS])) / 1e9
            like = likes[e]
            if ri[j, rep.KIND] == POSITION:
                least = fit_place(state, rf, j, ago_s, like)
            else:
                least = fit_direction(state, rf, ri, j, ago_s, frame, like, h)
            if least > params[GATE_D2] and kinds[e] == FREE:
                kinds[e] = -1
            else:
                fits[e] = over_models(like, mode) * safe_exp(-0.5 * min(least, float(params[GATE_D2])))
    return states, modes, likes, fits


@kernel
def over_models(like: Floats, mode: Floats) -> float:
    """Return the mean of the densities over the models; make them multiples of it."""
    total = 0.0
    for m in range(MODELS):
        total = total + float(mode[m]) * float(like[m])
    for m in range(MODELS):
        like[m] = like[m] / total if total > 0.0 else 1.0
    return total


@kernel
def fit_place(state: Floats, rf: Floats, j: int, ago_s: float, like: Floats) -> float:
    """Fill `like` (MODELS,) with a place's density under each model; return the least squared distance.

    The densities are as multiples of what that distance alone leaves of them, exp(-d2 / 2), so that none is too small.
    """
    far0, det0 = place_fit(state, 0, ago_s, rf, j, rep.Z, rep.COV)
    far1, det1 = place_fit(state, MODEL_WIDTH, ago_s, rf, j, rep.Z, rep.COV)
    far2, det2 = place_fit(state, 2 * MODEL_WIDTH, ago_s, rf, j, rep.Z, rep.COV)
    least = min(far0, far1, far2)
    like[0] = relative(far0 - least, det0, ROOT_2PI * ROOT_2PI * ROOT_2PI)
    like[1] = relative(far1 - least, det1, ROOT_2PI * ROOT_2PI * ROOT_2PI)
    like[2] = relative(far2 - least, det2, ROOT_2PI * ROOT_2PI * ROOT_2PI)
    return least


@kernel
def relative(d2: float, det: float, norm: float) -> float:
    """Return exp(-d2 / 2) / (norm sqrt(det)); 0 where there is no determinant."""
    if det <= 0.0:
        return 0.0
    return (safe_exp(-0.5 * d2) if d2 > 0.0 else 1.0) / (norm * math.sqrt(det))


@kernel
def fit_direction(
    state: Floats, rf: Floats, ri: Ints, j: int, ago_s: float, frame: Floats, like: Floats, h: Floats
) -> float:
    """Do as `fit_place` for an azimuth or a direction; `h` (2, 6) is room to work in."""
    angles = 1 if ri[j, rep.KIND] == AZIMUTH else 2
    far = np.zeros(MODELS)
    det = np.ones(MODELS)
    norm = ROOT_2PI if angles == 1 else ROOT_2PI * ROOT_2PI
    for m in range(MODELS):
        off0, off1 = direction(state, m * MODEL_WIDTH, ago_s, rf, j, frame, h)
        for a in range(angles):
            off = off0 if a == 0 else off1
            s = scalar_variance(state, m * MODEL_WIDTH, h[a], float(rf[j, rep.COV + a]))
            far[m] += off * off / s
            det[m] *= s
    least = min(far[0], far[1], far[2])
    for m in range(MODELS):
        like[m] = relative(float(far[m] - least), float(det[m]), norm)
    return float(least)


@kernel
def direction(
    states: Floats, base: int, ago_s: float, rf: Floats, j: int, frame: Floats, h: Floats
) -> tuple[float, float]:
    """Return by how much azimuth and elevation differ from those of a state; fill `h` (2, 6), their slopes.

    The slopes are of azimuth atan2(e, n) and elevation atan2(u, sqrt(e2 + n2)) in the sensor's frame (4, 3).
    """
    e, n, u = ecef_to_enu(
        frame,
        float(states[base] - ago_s * states[base + 3]),
        float(states[base + 1] - ago_s * states[base + 4]),
        float(states[base + 2] - ago_s * states[base + 5]),
    )
    level2 = max(e * e + n * n, 1.0)
    level = math.sqrt(level2)
    all2 = level2 + u * u
    for k in range(3):
        h[0, k] = (n * frame[1, k] - e * frame[2, k]) / level2
        h[1, k] = level * frame[3, k] / all2 - u * (e * frame[1, k] + n * frame[2, k]) / (level * all2)
        h[0, 3 + k] = -ago_s * h[0, k]
        h[1, 3 + k] = -ago_s * h[1, k]
    off = rf[j, rep.Z] - atan2(e, n)
    if off > PI:
        off = off - 2.0 * PI
    elif off < -PI:
        off = off + 2.0 * PI
    return float(off), float(rf[j, rep.Z + 1] - atan2(u, level))


@kernel
def due(
    f: Floats, i: Ints, touched: Ints, sensor: int, t_ns: int, whole: int, period_ns: int, columns: Columns
) -> Floats:
    """Return the probability that each touched row was to be detected by this look; 0 where nothing says."""
    pd = np.zeros(touched.shape[0])
    for k in range(touched.shape[0]):
        row = int(touched[k])
        if whole and 2 * (t_ns - int(i[row, LOOKED + sensor])) >= period_ns:
            pd[k] = detection(columns, sensor, float(f[row, MEAN]), float(f[row, MEAN + 1]), float(f[row, MEAN + 2]))
    return pd


@kernel
def weights(
    f: Floats,
    i: Ints,
    ri: Ints,
    edge_row: Ints,
    edge_report: Ints,
    row_first: Ints,
    kinds: Ints,
    fits: Floats,
    due_pd: Floats,
    lone: Floats,
    sensor: int,
    modality: int,
    columns: Columns,
    params: Floats,
    report_first: Ints,
    by_report: Ints,
) -> Floats:
    """Return the weight of each edge for `propagate`; 0 where it does not count."""
    weight = np.zeros(edge_row.shape[0])
    for k in range(row_first.shape[0] - 1):
        row = int(edge_row[row_first[k]])
        pd = float(due_pd[k]) if due_pd[k] > 0.0 else 0.5
        r = float(f[row, R])
        odds = r * pd / (1.0 - r * pd)
        for e in range(int(row_first[k]), int(row_first[k + 1])):
            if kinds[e] != FREE and kinds[e] != BOUND:
                continue
            j = int(edge_report[e])
            share = 1.0
            if ri[j, rep.TX] >= 0:
                share = bound_elsewhere(i, row, kinds, e, j, sensor, modality, columns, report_first, by_report, params)
            ratio = float(fits[e]) / float(lone[j])
            weight[e] = odds * share * (max(ratio, BOUND_RATIO) if kinds[e] == BOUND else ratio)
    return weight


@kernel
def bound_elsewhere(
    i: Ints,
    row: int,
    kinds: Ints,
    e: int,
    j: int,
    sensor: int,
    modality: int,
    columns: Columns,
    report_first: Ints,
    by_report: Ints,
    params: Floats,
) -> float:
    """Return the factor for a report with a transmitter: 1 where it is the row's, or where nothing speaks against it.

    A row has one transmitter of a kind: another self-report is another aircraft's until its name says otherwise, and so
    is another track number of the same sensor.
    """
    if kinds[e] == BOUND:
        return 1.0
    for k in range(RADIOS):
        if i[row, TX + k] >= 0:
            other = int(i[row, TX_SENSOR + k])
            kind = int(columns.marks[other, MODALITY])
            if other == sensor or (SELF_REPORT[modality] and kind == modality):
                return ANOTHER
    for k in range(int(report_first[j]), int(report_first[j + 1])):
        if kinds[by_report[k]] == BOUND:
            return float(params[BOUND_ELSEWHERE])
    return 1.0


@kernel
def density_of_others(rf: Floats, ri: Ints, reports: Ints, sensor: int, columns: Columns, params: Floats) -> Floats:
    """Return, by report, the density of reports that are of no row: false ones, and of what was never detected."""
    lone = np.ones(ri.shape[0])
    even_clutter = columns.marks[sensor, PATCHES] == 0
    clutter = clutter_at(columns, sensor, 0.0, 0.0, 0.0)
    for k in range(reports.shape[0]):
        j = int(reports[k])
        if ri[j, rep.KIND] != POSITION:
            lone[j] = max(clutter, 1e-6)
        elif ri[j, rep.TX] >= 0:
            lone[j] = params[SELF_DENSITY]
        elif even_clutter:
            lone[j] = max(clutter + birth_density(rf, j, params), 1e-18)
        else:
            x, y, z = float(rf[j, rep.Z]), float(rf[j, rep.Z + 1]), float(rf[j, rep.Z + 2])
            lone[j] = max(clutter_at(columns, sensor, x, y, z) + birth_density(rf, j, params), 1e-18)
    return lone


@kernel
def birth_density(rf: Floats, j: int, params: Floats) -> float:
    """Return how many new aircraft a second and m3 are expected; where no height was measured, of its Gaussian."""
    tall = BIRTH_HEIGHT_M if rf[j, rep.SPREAD + 1] < BIRTH_HEIGHT_M else ROOT_2PI * rf[j, rep.SPREAD + 1]
    return float(params[BIRTH_M2_S]) / tall


@kernel
def updated(
    f: Floats,
    i: Ints,
    rf: Floats,
    ri: Ints,
    edge_report: Ints,
    row_first: Ints,
    touched: Ints,
    kinds: Ints,
    p: Floats,
    likes: Floats,
    states: Floats,
    modes: Floats,
    due_pd: Floats,
    sensor: int,
    modality: int,
    at_ns: Ints,
    frame: Floats,
    params: Floats,
) -> None:
    """Update each touched row by its edges: its probability, its models, what is remembered of the report it is of."""
    beta = np.zeros(edge_report.shape[0])
    one = np.empty(MODEL_WIDTH)
    room = np.empty((4, 6))
    for k in range(touched.shape[0]):
        row, t_ns, pd = int(touched[k]), int(at_ns[k]), float(due_pd[k])
        low, high = int(row_first[k]), int(row_first[k + 1])
        taken = 0.0
        top = -1
        for e in range(low, high):
            if kinds[e] == REPEATED:
                if i[row, HEARD_NS] == ri[edge_report[e], rep.T_NS]:
                    f[row, SIGMA] = max(f[row, SIGMA], rf[edge_report[e], rep.SIGMA])
                i[row, HEARD_NS] = max(int(i[row, HEARD_NS]), int(ri[edge_report[e], rep.T_NS]))
            elif p[e] > 0.0:
                taken = taken + p[e]
                if top < 0 or p[e] > p[top]:
                    top = e
        if top < 0:
            if pd > 0.0:
                charge(f, row, modality, pd, 1.0)
                i[row, LOOKED + sensor] = t_ns
            continue
        taken = min(taken, 1.0)
        after = probability_after(float(f[row, R]), taken, pd, modality, params)
        f[row, R] = min(after, R_MAX)
        if taken > BETA_MIN:
            sharpen(p, low, high, max(after - taken, 0.0), beta)
            moved(f[row], rf, ri, edge_report, beta, likes, low, high, states[k], modes[k], t_ns, frame, one, room)
            i[row, T_NS] = max(t_ns, int(i[row, T_NS]))
        i[row, LOOKED + sensor] = t_ns
        if taken < 0.5 and pd > 0.0:
            add_absence(f, row, modality, pd, 1.0 - taken)
        if p[top] > 0.5:
            remember(f, i, row, rf, ri, int(edge_report[top]), float(p[top]), modality)


@kernel
def probability_after(r: float, taken: float, pd: float, modality: int, params: Floats) -> float:
    """Return how probable a body is after a look of which it gave a report with probability `taken`."""
    silent = 1.0 - max(pd, 0.0) if SEES_BODIES[modality] else 1.0
    after = taken + (1.0 - taken) * r * silent / (1.0 - r * (1.0 - silent))
    if SELF_REPORT[modality]:
        odds = float(params[SELF_CAP]) * r / (1.0 - r) if r < R_MAX else 1e300
        after = min(after, odds / (1.0 + odds))
    return after


@kernel
def moved(
    row: Floats,
    rf: Floats,
    ri: Ints,
    edge_report: Ints,
    beta: Floats,
    likes: Floats,
    low: int,
    high: int,
    state: Floats,
    mode: Floats,
    t_ns: int,
    frame: Floats,
    one: Floats,
    room: Floats,
) -> None:
    """Set a row's models to the moments of their hypotheses: each report that may be of it by `beta`, and none.

    `state` (81,) and `mode` (3,) are as predicted; `one` (27,) and `room` (4, 6) are room to work in.
    """
    none = 1.0
    for e in range(low, high):
        none = none - beta[e]
    none = none if none > BETA_MIN else 0.0
    total = 0.0
    for m in range(MODELS):
        row[MODE + m] = none * mode[m]
        total = total + none * mode[m]
    for k in range(MODELS * MODEL_WIDTH):
        row[k] = state[k]
    for e in range(low, high):
        if beta[e] <= BETA_MIN:
            continue
        j = int(edge_report[e])
        ago_s = float(int(t_ns) - int(ri[j, rep.T_NS])) / 1e9
        for m in range(MODELS):
            w = beta[e] * mode[m] * likes[e, m]
            if w <= 0.0:
                continue
            base = m * MODEL_WIDTH
            total = total + w
            if row[MODE + m] <= 0.0:
                row[MODE + m] = w
                take(row, base, rf, ri, j, ago_s, frame, room)
                continue
            for k in range(MODEL_WIDTH):
                one[k] = state[base + k]
            take(one, 0, rf, ri, j, ago_s, frame, room)
            row[MODE + m] += w
            merge(row, base, one, w / row[MODE + m])
    even(row, total)
    summed(row)


@kernel
def even(row: Floats, total: float) -> None:
    """Scale the models' weights, which sum to `total`, to probabilities, none of which is nothing.

    They must sum to 1 to the last bits: a millionth more would move a mean, earth-centred, by metres.
    """
    least = MODE_MIN * total
    total = 0.0
    for m in range(MODELS):
        row[MODE + m] = max(row[MODE + m], least)
        total = total + row[MODE + m]
    for m in range(MODELS):
        row[MODE + m] = row[MODE + m] / total


@kernel
def take(m: Floats, base: int, rf: Floats, ri: Ints, j: int, ago_s: float, frame: Floats, room: Floats) -> None:
    """Update the state at `base` by all that a report measured: place or direction, velocity, Doppler."""
    h = room[0:2]
    if ri[j, rep.KIND] == POSITION:
        take_place(m, base, ago_s, rf, j, rep.Z, rep.COV)
        if rf[j, rep.VEL_VAR] >= 0.0:
            take_velocity(m, base, rf, ri, j, room)
    else:
        off0, off1 = direction(m, base, ago_s, rf, j, frame, h)
        take_scalar(m, base, h[0], off0, float(rf[j, rep.COV]), room[2])
        if ri[j, rep.KIND] != AZIMUTH:
            off0, off1 = direction(m, base, ago_s, rf, j, frame, h)
            take_scalar(m, base, h[1], off1, float(rf[j, rep.COV + 1]), room[2])
    if rf[j, rep.DOPPLER_VAR] >= 0.0:
        take_doppler(m, base, rf, j, frame, room)


@kernel
def take_velocity(m: Floats, base: int, rf: Floats, ri: Ints, j: int, room: Floats) -> None:
    """Update a state by the velocity that a report says, along east and north of its place."""
    level = axes_at(ri[j, rep.LAT] / 1e7, ri[j, rep.LON] / 1e7)
    for a in range(2):
        expected = 0.0
        for k in range(3):
            room[a, k] = 0.0
            room[a, 3 + k] = level[a, k]
            expected = expected + level[a, k] * m[base + 3 + k]
        take_scalar(m, base, room[a], float(rf[j, rep.VEL + a] - expected), float(rf[j, rep.VEL_VAR]), room[2])


@kernel
def take_doppler(m: Floats, base: int, rf: Floats, j: int, frame: Floats, room: Floats) -> None:
    """Update a state by how fast it moves away from the sensor."""
    h = room[0]
    away = 0.0
    for k in range(3):
        h[k] = m[base + k] - frame[0, k]
        away = away + h[k] * h[k]
    away = math.sqrt(away)
    if away <= 1.0:
        return
    expected = 0.0
    for k in range(3):
        h[3 + k] = h[k] / away
        h[k] = 0.0
        expected = expected + h[3 + k] * m[base + 3 + k]
    take_scalar(m, base, h, float(rf[j, rep.DOPPLER] - expected), float(rf[j, rep.DOPPLER_VAR]), room[2])


@kernel
def summed(row: Floats) -> None:
    """Set a row's mean and spreads from its models."""
    for k in range(6):
        total = 0.0
        for m in range(MODELS):
            total = total + row[MODE + m] * row[m * MODEL_WIDTH + k]
        row[MEAN + k] = total
    xx, xy, xz, yy, yz, zz, speed = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for m in range(MODELS):
        b = m * MODEL_WIDTH
        w = float(row[MODE + m])
        dx, dy, dz = float(row[b] - row[MEAN]), float(row[b + 1] - row[MEAN + 1]), float(row[b + 2] - row[MEAN + 2])
        xx = xx + w * (float(row[b + 6]) + dx * dx)
        xy = xy + w * (float(row[b + 7]) + dx * dy)
        xz = xz + w * (float(row[b + 8]) + dx * dz)
        yy = yy + w * (float(row[b + 9]) + dy * dy)
        yz = yz + w * (float(row[b + 10]) + dy * dz)
        zz = zz + w * (float(row[b + 11]) + dz * dz)
        speed = speed + w * (float(row[b + 21]) + float(row[b + 24]) + float(row[b + 26]))
        for k in range(3, 6):
            d = float(row[b + k] - row[MEAN + k])
            speed = speed + w * d * d
    x, y, z = float(row[MEAN]), float(row[MEAN + 1]), float(row[MEAN + 2])
    row[SPREAD], row[SPREAD_UP] = rep.level_and_up(x, y, z, xx, xy, xz, yy, yz, zz)
    row[SPREAD_V] = math.sqrt(max(speed, 0.0))


@kernel
def remember(f: Floats, i: Ints, row: int, rf: Floats, ri: Ints, j: int, p: float, modality: int) -> None:
    """Note what the report that a row is of says besides its place."""
    t = int(ri[j, rep.T_NS])
    newest = t >= int(i[row, HEARD_NS])
    together = t == int(i[row, HEARD_NS])  # of simultaneous reports the less sure one counts
    i[row, HEARD_NS] = max(int(i[row, HEARD_NS]), t)
    i[row, REPORTS] += 1
    i[row, SEEN_NS + modality] = max(int(i[row, SEEN_NS + modality]), t)
    i[row, SEEN + modality] += 1
    f[row, ABSENCE + modality] = 0.0
    i[row, SIMULATED] |= int(ri[j, rep.SIMULATED])
    if ri[j, rep.MANNED] >= 0:
        i[row, UNMANNED] |= 1 - int(ri[j, rep.MANNED])
        i[row, MANNED] = (i[row, MANNED] | int(ri[j, rep.MANNED])) & (1 - i[row, UNMANNED])
    if rf[j, rep.RCS] == rf[j, rep.RCS]:
        f[row, RCS] = rf[j, rep.RCS]
    if newest:
        for k in range(3):
            i[row, EVIDENCE + k] = ri[j, rep.TICK + k]
        if ri[j, rep.KIND] == POSITION:
            f[row, SIGMA] = max(rf[j, rep.SIGMA], f[row, SIGMA]) if together else rf[j, rep.SIGMA]
            i[row, ASSUMED] = ri[j, rep.ASSUMED]
    heights(i, row, ri, j, t)
    if ri[j, rep.TX] >= 0:
        i[row, LAST] = ri[j, rep.LAT]
        i[row, LAST + 1] = ri[j, rep.LON]
        i[row, LAST + 2] = ri[j, rep.CLAIM]
        bind(f, i, row, int(ri[j, rep.TX]), int(ri[j, rep.SENSOR]), p)
        if SELF_REPORT[modality] and ri[j, rep.KIND] == POSITION:
            cooperative(f, i, row, rf, ri, j)


@kernel
def heights(i: Ints, row: int, ri: Ints, j: int, t_ns: int) -> None:
    """Take over the heights of a report, if it gives any and none later is known."""
    gives = ri[j, rep.SAID + 1] >= 0 or ri[j, rep.SAID + 4] >= 0 or ri[j, rep.SAID + 6] >= 0
    if (gives or ri[j, rep.TX] >= 0) and t_ns >= int(i[row, HEIGHT_NS]):
        for k in range(8):
            i[row, HEIGHTS + k] = ri[j, rep.SAID + k]
        i[row, HEIGHT_NS] = t_ns


@kernel
def cooperative(f: Floats, i: Ints, row: int, rf: Floats, ri: Ints, j: int) -> None:
    """Keep what an aircraft says of its own place and velocity, as a reference for other sensors."""
    axes = axes_at(ri[j, rep.LAT] / 1e7, ri[j, rep.LON] / 1e7)
    for k in range(3):
        f[row, COOP + k] = rf[j, rep.Z + k]
        if rf[j, rep.VEL_VAR] >= 0.0:
            f[row, COOP + 3 + k] = rf[j, rep.VEL] * axes[0, k] + rf[j, rep.VEL + 1] * axes[1, k]
        else:
            f[row, COOP + 3 + k] = f[row, MEAN + 3 + k]
    f[row, COOP_VAR] = rf[j, rep.SIGMA] * rf[j, rep.SIGMA]
    i[row, COOP_NS] = ri[j, rep.T_NS]


@kernel
def bind(f: Floats, i: Ints, row: int, tx: int, sensor: int, p: float) -> None:
    """Make a transmitter one of the row's, or a surer one; the weakest gives way."""
    slot = -1
    weakest = 0
    for k in range(RADIOS):
        if i[row, TX + k] == tx:
            slot = k
        if f[row, TX_WEIGHT + k] < f[row, TX_WEIGHT + weakest]:
            weakest = k
    if slot < 0:
        slot = weakest
        i[row, TX + slot] = tx
        i[row, TX_SENSOR + slot] = sensor
        f[row, TX_WEIGHT + slot] = 0.0
    f[row, TX_WEIGHT + slot] += 0.3 * (p - f[row, TX_WEIGHT + slot])


@kernel
def charge(f: Floats, row: int, modality: int, pd: float, share: float) -> None:
    """Reckon with a look in vain: what sees bodies makes one less probable, and each modality's absence grows."""
    if SEES_BODIES[modality]:
        r = float(f[row, R])
        f[row, R] = r * (1.0 - pd) / (1.0 - r * pd)
    add_absence(f, row, modality, pd, share)


@kernel
def add_absence(f: Floats, row: int, modality: int, pd: float, share: float) -> None:
    """Add the log-likelihood of a look in vain."""
    f[row, ABSENCE + modality] += share * log(1.0 - min(pd, 0.999))


@kernel
def missed(
    f: Floats,
    i: Ints,
    rows: Ints,
    touched: Ints,
    sensor: int,
    modality: int,
    t_ns: int,
    period_ns: int,
    columns: Columns,
    params: Floats,
) -> None:
    """Reckon with a look in vain at each row that no report of a whole scan came near, where the sensor covers it."""
    k = 0
    for a in range(rows.shape[0]):
        row = int(rows[a])
        while k < touched.shape[0] and touched[k] < row:
            k = k + 1
        if k < touched.shape[0] and touched[k] == row:
            continue
        if 2 * (t_ns - int(i[row, LOOKED + sensor])) < period_ns:
            continue
        pd = detection(columns, sensor, float(f[row, MEAN]), float(f[row, MEAN + 1]), float(f[row, MEAN + 2]))
        if pd > 0.0:
            decay(f, i, row, t_ns, params)
            charge(f, row, modality, pd, 1.0)
            i[row, LOOKED + sensor] = t_ns


@kernel
def begun(
    rf: Floats,
    ri: Ints,
    reports: Ints,
    free: Floats,
    width: int,
    sensor: int,
    modality: int,
    t_ns: int,
    period_ns: int,
    columns: Columns,
    params: Floats,
) -> tuple[Floats, Ints]:
    """Return new rows for the places that no row explains."""
    chosen = np.empty(reports.shape[0], np.int64)
    r = np.empty(reports.shape[0])
    count = 0
    for q in range(reports.shape[0]):
        j = int(reports[q])
        if ri[j, rep.KIND] != POSITION or free[j] < params[R_BIRTH_MIN]:
            continue
        r[count] = probability_at_birth(rf, ri, j, float(free[j]), sensor, period_ns, columns, params)
        if r[count] >= params[R_BIRTH_MIN]:
            chosen[count] = j
            count = count + 1
    born_f = np.zeros((count, FLOATS))
    born_i = np.zeros((count, width), np.int64)
    for k in range(count):
        begin(born_f[k], born_i[k], rf, ri, int(chosen[k]), float(r[k]), sensor, modality, t_ns)
    return born_f, born_i


@kernel
def probability_at_birth(
    rf: Floats, ri: Ints, j: int, free: float, sensor: int, period_ns: int, columns: Columns, params: Floats
) -> float:
    """Return the probability that a report is of a body that was never detected before.

    Of whom a transmitter is known something sends there: a self report begins a row with a probability of its own, or,
    where a row explains it, none.
    """
    if ri[j, rep.TX] >= 0:
        return float(params[SELF_R]) if free > 0.5 else 0.0
    x, y, z = float(rf[j, rep.Z]), float(rf[j, rep.Z + 1]), float(rf[j, rep.Z + 2])
    pd = detection(columns, sensor, x, y, z)
    new = birth_density(rf, j, params) * (pd if pd > 0.0 else 0.5) * (float(period_ns) / 1e9 if period_ns > 0 else 1.0)
    return free * new / (clutter_at(columns, sensor, x, y, z) + new)


@kernel
def begin(
    row_f: Floats, row_i: Ints, rf: Floats, ri: Ints, j: int, r: float, sensor: int, modality: int, t_ns: int
) -> None:
    """Fill an empty row from its first report."""
    t = int(ri[j, rep.T_NS])
    axes = axes_at(ri[j, rep.LAT] / 1e7, ri[j, rep.LON] / 1e7)
    known = rf[j, rep.VEL_VAR] >= 0.0
    level = float(rf[j, rep.VEL_VAR]) if known else VELOCITY_SIGMA_BORN_MPS * VELOCITY_SIGMA_BORN_MPS
    rise = UP_SPEED_SIGMA_BORN_MPS * UP_SPEED_SIGMA_BORN_MPS
    for m in range(MODELS):
        base = m * MODEL_WIDTH
        q = base + 21
        for a in range(3):
            row_f[base + a] = rf[j, rep.Z + a]
            if known:
                row_f[base + 3 + a] = rf[j, rep.VEL] * axes[0, a] + rf[j, rep.VEL + 1] * axes[1, a]
            for b in range(a, 3):
                up = axes[2, a] * axes[2, b]
                row_f[q] = (rise - level) * up + (level if a == b else 0.0)
                q = q + 1
        for k in range(6):
            row_f[base + 6 + k] = rf[j, rep.COV + k]
        row_f[MODE + m] = 1.0 / MODELS
    for k in range(3):
        row_f[BORN + k] = rf[j, rep.Z + k]
    row_f[R] = min(r, R_MAX)
    row_f[SIGMA] = rf[j, rep.SIGMA]
    row_f[RCS] = rf[j, rep.RCS]
    row_i[T_NS] = t
    row_i[R_NS] = t
    row_i[BORN_NS] = t
    row_i[UID] = ri[j, rep.UID]
    for k in range(RADIOS):
        row_i[TX + k] = -1
    for k in range(8):
        row_i[HEIGHTS + k] = -1 if k in {1, 4, 6} else 0
    for k in range(LOOKED, row_i.shape[0]):
        row_i[k] = t
    row_i[LOOKED + sensor] = t_ns
    summed(row_f)
    remember(row_f.reshape(1, FLOATS), row_i.reshape(1, row_i.shape[0]), 0, rf, ri, j, 1.0, modality)


@kernel
def join(f: Floats, i: Ints, a: int, b: int) -> None:
    """Let row a go on with row b: the later state, all that was seen, and the radios of both."""
    if i[b, T_NS] > i[a, T_NS]:
        for k in range(SPREAD_V + 1):
            f[a, k] = f[b, k]
        f[a, SIGMA] = f[b, SIGMA]
        i[a, T_NS] = i[b, T_NS]
        i[a, ASSUMED] = i[b, ASSUMED]
        for k in range(3):
            i[a, EVIDENCE + k] = i[b, EVIDENCE + k]
            i[a, LAST + k] = i[b, LAST + k]
    f[a, R] = max(f[a, R], f[b, R])
    i[a, R_NS] = max(int(i[a, R_NS]), int(i[b, R_NS]))
    i[a, REPORTS] += i[b, REPORTS]
    i[a, HEARD_NS] = max(int(i[a, HEARD_NS]), int(i[b, HEARD_NS]))
    for k in range(len(MODALITIES)):
        if i[b, SEEN_NS + k] > i[a, SEEN_NS + k]:
            i[a, SEEN_NS + k] = i[b, SEEN_NS + k]
            f[a, ABSENCE + k] = f[b, ABSENCE + k]
        i[a, SEEN + k] += i[b, SEEN + k]
    if i[b, COOP_NS] > i[a, COOP_NS]:
        i[a, COOP_NS] = i[b, COOP_NS]
        for k in range(7):
            f[a, COOP + k] = f[b, COOP + k]
    if i[b, HEIGHT_NS] >= i[a, HEIGHT_NS]:
        for k in range(9):
            i[a, HEIGHTS + k] = i[b, HEIGHTS + k]
    i[a, UNMANNED] |= i[b, UNMANNED]
    i[a, MANNED] = (i[a, MANNED] | i[b, MANNED]) & (1 - i[a, UNMANNED])
    i[a, SIMULATED] |= i[b, SIMULATED]
    for k in range(RADIOS):
        if i[b, TX + k] >= 0 and not holds(i, a, int(i[b, TX + k])):
            bind(f, i, a, int(i[b, TX + k]), int(i[b, TX_SENSOR + k]), 1.0)
    for k in range(LOOKED, i.shape[1]):
        i[a, k] = max(int(i[a, k]), int(i[b, k]))


@kernel
def begin_motion(row_f: Floats, row_i: Ints, x: Floats, p: Floats, r: float, t_ns: int) -> None:
    """Fill an empty row from a state x (6,) with covariance p (6, 6)."""
    for m in range(MODELS):
        base = m * MODEL_WIDTH
        q = base + 6
        for a in range(6):
            row_f[base + a] = x[a]
        for a in range(3):
            for b in range(a, 3):
                row_f[q] = p[a, b]
                row_f[q + 15] = p[3 + a, 3 + b]
                q = q + 1
        for a in range(3):
            for b in range(3):
                row_f[q] = p[a, 3 + b]
                q = q + 1
        row_f[MODE + m] = 1.0 / MODELS
    for k in range(3):
        row_f[BORN + k] = x[k]
    row_f[R] = r
    row_f[RCS] = np.nan
    row_i[T_NS] = t_ns
    row_i[R_NS] = t_ns
    row_i[BORN_NS] = t_ns
    row_i[HEARD_NS] = t_ns
    for k in range(RADIOS):
        row_i[TX + k] = -1
    for k in range(8):
        row_i[HEIGHTS + k] = -1 if k in {1, 4, 6} else 0
    for k in range(LOOKED, row_i.shape[0]):
        row_i[k] = t_ns
    summed(row_f)
    row_f[SIGMA] = row_f[SPREAD]
