"""How well the reports of a look fit the rows: what each edge rests on, its density, its weight."""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.exact import atan2
from skykeep.geo.frames import ecef_to_enu
from skykeep.geo.kernel import kernel
from skykeep.watch import packed as rep
from skykeep.watch.assume import (
    ANOTHER,
    BIRTH_HEIGHT_M,
    BIRTH_M2_S,
    BOUND_ELSEWHERE,
    BOUND_RATIO,
    GATE_D2,
    GATE_M,
    NOISE,
    REPEAT_NS,
    SELF_DENSITY,
    SELF_REPORT,
    SPEED_MAX,
    SPEED_MAX_MANNED,
    SWITCH_RATE,
)
from skykeep.watch.edges import BOUND, FREE, REPEATED
from skykeep.watch.lane import place_fit, safe_exp, scalar_variance
from skykeep.watch.motion import BLOCK, CARRIED, DT, LANES, carry
from skykeep.watch.reports import AZIMUTH, POSITION, Floats, Ints
from skykeep.watch.rows import (
    HEARD_NS,
    LAST,
    LOOKED,
    MANNED,
    MEAN,
    MODE,
    MODEL_WIDTH,
    MODELS,
    SIGMA,
    T_NS,
    TX,
    TX_SENSOR,
    R,
)
from skykeep.watch.sensors import MODALITY, PATCHES, Columns, clutter_at, detections
from skykeep.watch.table import RADIOS

PI = 3.141592653589793
ROOT_2PI = 2.5066282746310002


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
    x, y, z = float(rf[j, rep.Z]), float(rf[j, rep.Z + 1]), float(rf[j, rep.Z + 2])
    dx = x - (float(f[row, MEAN]) + float(f[row, MEAN + 3]) * dt_s)
    dy = y - (float(f[row, MEAN + 1]) + float(f[row, MEAN + 4]) * dt_s)
    dz = z - (float(f[row, MEAN + 2]) + float(f[row, MEAN + 5]) * dt_s)
    norm2 = x * x + y * y + z * z
    up = dx * x + dy * y + dz * z
    level2 = dx * dx + dy * dy + dz * dz
    if norm2 > 1.0:
        level2 = level2 - up * up / norm2
    speed = params[SPEED_MAX_MANNED] if i[row, MANNED] != 0 else params[SPEED_MAX]
    gate = params[GATE_M] + 3.0 * (rf[j, rep.SIGMA] + f[row, SIGMA]) + speed * abs(dt_s)
    return bool(level2 <= gate * gate)


@kernel
def weighed(
    f: Floats,
    i: Ints,
    rf: Floats,
    ri: Ints,
    edge_report: Ints,
    row_first: Ints,
    touched: Ints,
    kinds: Ints,
    frame: Floats,
    at_ns: Ints,
    params: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return the models of the touched rows at `at_ns`, and for each edge how well its report fits them.

    The models and their probabilities, a block for each LANES touched rows (blocks, CARRIED). The fit: the share of
    each model in the density of the report (e, MODELS), as a multiple of its probability before, and the density over
    all models (e,). An edge that fits none has kind -1 afterwards, unless its transmitter is bound: then it fits as
    well as the gate's edge.
    """
    count = touched.shape[0]
    carried = np.empty(((count + LANES - 1) // LANES, CARRIED))
    likes = np.empty((edge_report.shape[0], MODELS))
    fits = np.zeros(edge_report.shape[0])
    s = np.empty(BLOCK)
    room = np.empty(18)
    kept = np.empty(2 * MODELS)
    noise = params[NOISE : NOISE + 3 * MODELS]
    gate = float(params[GATE_D2])
    for b in range(carried.shape[0]):
        begin = b * LANES
        lanes = min(LANES, count - begin)
        for lane in range(lanes):
            row = int(touched[begin + lane])
            for c in range(MODE + MODELS):
                s[c * LANES + lane] = f[row, c]
            s[DT * LANES + lane] = max(float(int(at_ns[begin + lane]) - int(i[row, T_NS])) / 1e9, 0.0)
        carry(s, lanes, float(params[SWITCH_RATE]), noise)
        for c in range(CARRIED):
            carried[b, c] = s[c]
        for lane in range(lanes):
            t = int(at_ns[begin + lane])
            base = -1
            for e in range(int(row_first[begin + lane]), int(row_first[begin + lane + 1])):
                if kinds[e] == FREE or kinds[e] == BOUND:
                    j = int(edge_report[e])
                    ago_s = float(t - int(ri[j, rep.T_NS])) / 1e9
                    if ri[j, rep.KIND] == POSITION:
                        least = far_from_place(s, lane, rf, j, ago_s, room)
                    elif base >= 0 and alike(rf, ri, j, base):
                        least = far_again(rf, j, base, kept, room)
                    else:
                        least = far_from_direction(s, lane, rf, ri, j, ago_s, frame, room, kept)
                        base = j if alike(rf, ri, j, j) else -1
                    if least > gate and kinds[e] == FREE:
                        kinds[e] = -1
                    else:
                        fits[e] = densities(s, lane, room, least, likes, e) * safe_exp(-0.5 * min(least, gate))
    return carried, likes, fits


@kernel
def densities(s: Floats, lane: int, room: Floats, least: float, likes: Floats, e: int) -> float:
    """Return the mean over the models of a report's density, as a multiple of exp(-least / 2); fill `likes` at `e`.

    That multiple is left so that none is too small. `room` holds, of each model, the squared distance and the square of
    1 / density there; `likes` (e, MODELS) is filled with the densities as multiples of their mean.
    """
    total = 0.0
    for m in range(MODELS):
        like = 0.0
        if room[3 + m] > 0.0:
            like = (safe_exp(-0.5 * float(room[m] - least)) if room[m] > least else 1.0) / math.sqrt(room[3 + m])
        likes[e, m] = like
        total = total + float(s[(MODE + m) * LANES + lane]) * like
    for m in range(MODELS):
        likes[e, m] = likes[e, m] / total if total > 0.0 else 1.0
    return total


@kernel
def far_from_place(s: Floats, lane: int, rf: Floats, j: int, ago_s: float, room: Floats) -> float:
    """Fill `room`, by model, with squared distances from a place and (1 / density there) squared; return the least."""
    least = 1e300
    for m in range(MODELS):
        far, det = place_fit(s, m * MODEL_WIDTH * LANES + lane, ago_s, rf, j, rep.Z, rep.COV)
        room[m] = far
        room[3 + m] = ROOT_2PI * ROOT_2PI * ROOT_2PI * ROOT_2PI * ROOT_2PI * ROOT_2PI * det
        least = min(least, far)
    return least


@kernel
def far_from_direction(
    s: Floats, lane: int, rf: Floats, ri: Ints, j: int, ago_s: float, frame: Floats, room: Floats, kept: Floats
) -> float:
    """Do as `far_from_place` for an azimuth or a direction; the rest of `room` (18,) is worked in.

    `kept` (6,) holds afterwards by how much the azimuth differs from that of each model, and its variance.
    """
    angles = 1 if ri[j, rep.KIND] == AZIMUTH else 2
    least = 1e300
    for m in range(MODELS):
        first = m * MODEL_WIDTH * LANES + lane
        off0, off1 = direction(s, first, ago_s, rf, j, frame, room)
        far = 0.0
        square = 1.0
        for a in range(angles):
            off = off0 if a == 0 else off1
            variance = scalar_variance(s, first, room[6 + 6 * a : 12 + 6 * a], float(rf[j, rep.COV + a]))
            far = far + off * off / variance
            square = square * ROOT_2PI * ROOT_2PI * variance
            if a == 0:
                kept[m] = off
                kept[MODELS + m] = variance
        room[m] = far
        room[3 + m] = square
        least = min(least, far)
    return least


@kernel
def alike(rf: Floats, ri: Ints, j: int, other: int) -> bool:
    """Whether a report is of an azimuth alone that was measured when another one was, and as surely."""
    return bool(
        ri[j, rep.KIND] == AZIMUTH
        and rf[j, rep.DOPPLER_VAR] < 0.0
        and ri[j, rep.T_NS] == ri[other, rep.T_NS]
        and rf[j, rep.COV] == rf[other, rep.COV]
    )


@kernel
def far_again(rf: Floats, j: int, base: int, kept: Floats, room: Floats) -> float:
    """Do as `far_from_direction` for an azimuth `alike` to one of which `kept` is known."""
    least = 1e300
    for m in range(MODELS):
        off = turned(float(kept[m]) + float(rf[j, rep.Z] - rf[base, rep.Z]))
        room[m] = off * off / float(kept[MODELS + m])
        room[3 + m] = ROOT_2PI * ROOT_2PI * float(kept[MODELS + m])
        least = min(least, float(room[m]))
    return least


@kernel
def turned(angle: float) -> float:
    """Return an angle less than three half turns as the same one between minus and plus a half turn."""
    if angle > PI:
        return angle - 2.0 * PI
    return angle + 2.0 * PI if angle < -PI else angle


@kernel
def direction(
    s: Floats, first: int, ago_s: float, rf: Floats, j: int, frame: Floats, room: Floats
) -> tuple[float, float]:
    """Return by how much azimuth and elevation differ from those of a state; fill `room` from 6 and 12 on with slopes.

    The slopes (6,) are of azimuth atan2(e, n) and elevation atan2(u, sqrt(e2 + n2)) in the sensor's frame (4, 3).
    """
    e, n, u = ecef_to_enu(
        frame,
        float(s[first] - ago_s * s[first + 3 * LANES]),
        float(s[first + LANES] - ago_s * s[first + 4 * LANES]),
        float(s[first + 2 * LANES] - ago_s * s[first + 5 * LANES]),
    )
    level2 = max(e * e + n * n, 1.0)
    level = math.sqrt(level2)
    all2 = level2 + u * u
    for k in range(3):
        room[6 + k] = (n * frame[1, k] - e * frame[2, k]) / level2
        room[9 + k] = -ago_s * room[6 + k]
        room[12 + k] = level * frame[3, k] / all2 - u * (e * frame[1, k] + n * frame[2, k]) / (level * all2)
        room[15 + k] = -ago_s * room[12 + k]
    off = turned(float(rf[j, rep.Z] - atan2(e, n)))
    return off, float(rf[j, rep.Z + 1] - atan2(u, level))


@kernel
def due(
    f: Floats, i: Ints, touched: Ints, sensor: int, t_ns: int, whole: int, period_ns: int, columns: Columns
) -> Floats:
    """Return the probability that each touched row was to be detected by this look; 0 where nothing says."""
    pd = np.zeros(touched.shape[0])
    if whole:
        detections(columns, sensor, f, MEAN, touched, pd)
        for k in range(touched.shape[0]):
            if 2 * (t_ns - int(i[touched[k], LOOKED + sensor])) < period_ns:
                pd[k] = 0.0
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
