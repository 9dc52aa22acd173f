"""How rows begin: from a report that no row explains, or from a state that bearings gave."""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.watch import packed as rep
from skykeep.watch.assume import (
    EDGE_SPEED_MPS,
    GATHERED_S,
    R_BIRTH_MIN,
    R_MAX,
    SEES_BODIES,
    SELF_R,
    UP_SPEED_SIGMA_BORN_MPS,
    VELOCITY_SIGMA_BORN_MPS,
)
from skykeep.watch.frame import axes_at
from skykeep.watch.motion import BLOCK, HELD, LANES, sum_up
from skykeep.watch.remember import remember
from skykeep.watch.reports import POSITION, Floats, Ints
from skykeep.watch.rows import (
    BORN,
    BORN_NS,
    FLOATS,
    HEARD_NS,
    HEIGHTS,
    LOOKED,
    MODE,
    MODEL_WIDTH,
    MODELS,
    R_NS,
    RCS,
    SIGMA,
    SPREAD,
    T_NS,
    TX,
    UID,
    R,
)
from skykeep.watch.sensors import MODALITY, PERIOD_NS, WHOLE, Columns, clutter_at, detection, detections
from skykeep.watch.table import RADIOS
from skykeep.watch.weights import birth_density


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
    count = 0
    for q in range(reports.shape[0]):
        j = int(reports[q])
        if ri[j, rep.KIND] == POSITION and free[j] >= params[R_BIRTH_MIN]:
            chosen[count] = j
            count = count + 1
    pd = np.zeros(count)
    detections(columns, sensor, rf, rep.Z, chosen[:count], pd)
    r = np.empty(count)
    born = 0
    for k in range(count):
        j = int(chosen[k])
        r[born] = probability_at_birth(rf, ri, j, float(free[j]), float(pd[k]), sensor, period_ns, columns, params)
        if r[born] >= params[R_BIRTH_MIN]:
            chosen[born] = j
            born = born + 1
    f = np.zeros((born, FLOATS))
    i = np.zeros((born, width), np.int64)
    s = np.empty(BLOCK)
    for k in range(born):
        begin(f, i, k, rf, ri, int(chosen[k]), float(r[k]), sensor, modality, t_ns, s)
    return f, i


@kernel
def probability_at_birth(
    rf: Floats, ri: Ints, j: int, free: float, pd: float, sensor: int, period_ns: int, columns: Columns, params: Floats
) -> float:
    """Return the probability that a report is of a body that was never detected before.

    Of whom a transmitter is known something sends there: a self report begins a row with a probability of its own, or,
    where a row explains it, none.
    """
    if ri[j, rep.TX] >= 0:
        return float(params[SELF_R]) if free > 0.5 else 0.0
    x, y, z = float(rf[j, rep.Z]), float(rf[j, rep.Z + 1]), float(rf[j, rep.Z + 2])
    if pd > 0.0:
        new = birth_density(rf, j, params) * pd * undetected_s(columns, x, y, z, float(period_ns) / 1e9)
    else:  # nothing says what it covers
        new = birth_density(rf, j, params) * 0.5 * (float(period_ns) / 1e9 if period_ns > 0 else 1.0)
    return free * new / (clutter_at(columns, sensor, x, y, z) + new)


@kernel
def undetected_s(columns: Columns, x: float, y: float, z: float, period_s: float) -> float:
    """Return for how many seconds' births what no sensor has detected stands at an ECEF place that some sensor covers.

    In the steady state that is the mean time for which something there stays unseen; and where it may have come from
    beyond what anybody covers, by the share of directions, what has gathered there: `GATHERED_S`. `period_s`: for a
    place of which no sensor says how often it looks.
    """
    here_s = unseen_s(columns, x, y, z)
    if here_s < 0.0:
        return period_s if period_s > 0.0 else 1.0
    away = math.sqrt(x * x + y * y)
    if away < 1.0:
        return here_s
    reach_m = EDGE_SPEED_MPS * here_s
    east_x, east_y = -y / away * reach_m, x / away * reach_m
    norm = math.sqrt(away * away + z * z)
    sine, cosine = z / norm * reach_m, away / norm * reach_m
    north_x, north_y, north_z = -sine * x / away, -sine * y / away, cosine
    outside = 0.0
    if unseen_s(columns, x + east_x, y + east_y, z) < 0.0:
        outside = outside + 0.25
    if unseen_s(columns, x - east_x, y - east_y, z) < 0.0:
        outside = outside + 0.25
    if unseen_s(columns, x + north_x, y + north_y, z + north_z) < 0.0:
        outside = outside + 0.25
    if unseen_s(columns, x - north_x, y - north_y, z - north_z) < 0.0:
        outside = outside + 0.25
    return here_s + outside * GATHERED_S


@kernel
def unseen_s(columns: Columns, x: float, y: float, z: float) -> float:
    """Return how long a body at an ECEF place stays undetected on average; negative where no sensor is due to see it.

    The inverse of the rates, detection over period, of all that look at their whole coverage at once.
    """
    rate = 0.0
    for s in range(columns.marks.shape[0]):
        period_ns = int(columns.marks[s, PERIOD_NS])
        if columns.marks[s, WHOLE] == 1 and period_ns > 0 and SEES_BODIES[columns.marks[s, MODALITY]]:
            rate = rate + detection(columns, s, x, y, z) * 1e9 / float(period_ns)
    return 1.0 / rate if rate > 0.0 else -1.0


@kernel
def begin(
    f: Floats,
    i: Ints,
    row: int,
    rf: Floats,
    ri: Ints,
    j: int,
    r: float,
    sensor: int,
    modality: int,
    t_ns: int,
    s: Floats,
) -> None:
    """Fill an empty row from its first report; `s` (BLOCK,) is room to work in."""
    t = int(ri[j, rep.T_NS])
    axes = axes_at(ri[j, rep.LAT] / 1e7, ri[j, rep.LON] / 1e7)
    known = rf[j, rep.VEL_VAR] >= 0.0
    level = float(rf[j, rep.VEL_VAR]) if known else VELOCITY_SIGMA_BORN_MPS * VELOCITY_SIGMA_BORN_MPS
    rise = UP_SPEED_SIGMA_BORN_MPS * UP_SPEED_SIGMA_BORN_MPS
    for m in range(MODELS):
        base = m * MODEL_WIDTH
        q = base + 21
        for a in range(3):
            f[row, base + a] = rf[j, rep.Z + a]
            if known:
                f[row, base + 3 + a] = rf[j, rep.VEL] * axes[0, a] + rf[j, rep.VEL + 1] * axes[1, a]
            for b in range(a, 3):
                up = axes[2, a] * axes[2, b]
                f[row, q] = (rise - level) * up + (level if a == b else 0.0)
                q = q + 1
        for k in range(6):
            f[row, base + 6 + k] = rf[j, rep.COV + k]
    f[row, R] = min(r, R_MAX)
    f[row, SIGMA] = rf[j, rep.SIGMA]
    f[row, RCS] = rf[j, rep.RCS]
    i[row, UID] = ri[j, rep.UID]
    since(f, i, row, t, s)
    i[row, LOOKED + sensor] = t_ns
    remember(f, i, row, rf, ri, j, 1.0, modality)


@kernel
def since(f: Floats, i: Ints, row: int, t_ns: int, s: Floats) -> None:
    """Note that a row, whose models are filled, begins at a time: nothing is known of it besides."""
    for m in range(MODELS):
        f[row, MODE + m] = 1.0 / MODELS
    for c in range(MODE + MODELS):
        s[c * LANES] = f[row, c]
    sum_up(s, 1)
    for c in range(MODE, HELD):
        f[row, c] = s[c * LANES]
    for k in range(3):
        f[row, BORN + k] = f[row, k]
    i[row, T_NS] = t_ns
    i[row, R_NS] = t_ns
    i[row, BORN_NS] = t_ns
    for k in range(RADIOS):
        i[row, TX + k] = -1
    for k in range(8):
        i[row, HEIGHTS + k] = -1 if k in {1, 4, 6} else 0
    for k in range(LOOKED, i.shape[1]):
        i[row, k] = t_ns


@kernel
def begin_motion(row_f: Floats, row_i: Ints, x: Floats, p: Floats, r: float, t_ns: int) -> None:
    """Fill an empty row from a state x (6,) with covariance p (6, 6)."""
    f, i = row_f.reshape(1, row_f.shape[0]), row_i.reshape(1, row_i.shape[0])
    for m in range(MODELS):
        base = m * MODEL_WIDTH
        q = base + 6
        for a in range(6):
            f[0, base + a] = x[a]
        for a in range(3):
            for b in range(a, 3):
                f[0, q] = p[a, b]
                f[0, q + 15] = p[3 + a, 3 + b]
                q = q + 1
        for a in range(3):
            for b in range(3):
                f[0, q] = p[a, 3 + b]
                q = q + 1
    f[0, R] = r
    f[0, RCS] = np.nan
    since(f, i, 0, t_ns, np.empty(BLOCK))
    i[0, HEARD_NS] = t_ns
    f[0, SIGMA] = f[0, SPREAD]
