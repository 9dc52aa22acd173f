"""How rows learn from a look: how probable each is, where its models are, which report it is of."""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.exact import log
from skykeep.geo.kernel import kernel
from skykeep.watch import packed as rep
from skykeep.watch.assume import BETA_MIN, DEATH_RATE, R_MAX, SEES_BODIES, SELF_CAP, SELF_REPORT
from skykeep.watch.azimuths import azimuths, first_azimuth
from skykeep.watch.edges import REPEATED
from skykeep.watch.frame import axes_at
from skykeep.watch.intersect import NOTHING_NEW, intersect, widen
from skykeep.watch.lane import copy_lane, into, take_scalar
from skykeep.watch.motion import AGO, BLOCK, CARRIED, HELD, LANES, Z_COV, Z, sum_up, take_places
from skykeep.watch.remember import remember
from skykeep.watch.reports import AZIMUTH, POSITION, UP_SIGMA_UNKNOWN_M, Floats, Ints
from skykeep.watch.rows import ABSENCE, HEARD_NS, LOOKED, MEAN, MODE, MODEL_WIDTH, MODELS, R_NS, SIGMA, T_NS, R
from skykeep.watch.sensors import Columns, detections
from skykeep.watch.weights import alike, direction

NO_HEIGHT_M = 0.99 * UP_SIGMA_UNKNOWN_M  # a report with that spread straight up did not measure its height


@kernel
def decay(f: Floats, i: Ints, row: int, t_ns: int, params: Floats) -> None:
    """Multiply the probability of a row by that of surviving since it was last reckoned."""
    dt_s = float(int(t_ns) - int(i[row, R_NS])) / 1e9
    if dt_s > 0.0:
        f[row, R] = f[row, R] / (1.0 + params[DEATH_RATE] * dt_s)
        i[row, R_NS] = t_ns


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
    carried: Floats,
    due_pd: Floats,
    sensor: int,
    modality: int,
    filtered: int,
    at_ns: Ints,
    frame: Floats,
    params: Floats,
) -> None:
    """Update each touched row by its edges: its probability, its models, what is remembered of the report it is of.

    A row's models become the moments of their hypotheses: each report that may be of it, and none. The likeliest report
    is taken for LANES rows at once, the others one by one. `filtered`: the sensor sends what a filter of its own made.
    """
    beta = np.zeros(edge_report.shape[0])
    s, one, room = np.empty(BLOCK), np.empty(BLOCK), np.empty(18)
    top = np.empty(LANES, np.int64)
    none = np.empty(LANES)
    wider = np.ones(LANES)
    for b in range(carried.shape[0]):
        begin = b * LANES
        lanes = min(LANES, touched.shape[0] - begin)
        before = carried[b]
        for c in range(CARRIED):
            s[c] = before[c]
        for lane in range(lanes):
            k = begin + lane
            low, high = int(row_first[k]), int(row_first[k + 1])
            top[lane] = likeliest(f, i, int(touched[k]), rf, ri, edge_report, kinds, p, low, high)
            e = int(top[lane])
            none[lane] = existing(
                f, i, int(touched[k]), sensor, modality, int(at_ns[k]), float(due_pd[k]), p, low, high, e, beta, params
            )
            stand(s, lane, rf, ri, int(edge_report[e]) if none[lane] >= 0.0 else -1, int(at_ns[k]))
            if filtered and none[lane] >= 0.0:
                wider[lane] = intersect(s, lane, rf, ri, int(edge_report[e]), int(at_ns[k]), frame, room)
        take_places(s, lanes)
        for lane in range(lanes):
            if none[lane] < 0.0:
                continue
            k, e = begin + lane, int(top[lane])
            j = int(edge_report[e])
            forget_guess(s, lane, before, lane, rf, ri, j)
            if wider[lane] == NOTHING_NEW:
                copy_lane(before, lane, s, lane)
            elif ri[j, rep.KIND] != POSITION:
                copy_lane(before, lane, s, lane)
                if filtered:
                    widen(s, lane, wider[lane] / (wider[lane] - 1.0))
            if wider[lane] != NOTHING_NEW and has_more(rf, ri, j):
                take_rest(s, lane, rf, ri, j, int(at_ns[k]), float(wider[lane]), frame, room)
            for m in range(MODELS):
                s[(MODE + m) * LANES + lane] = beta[e] * likes[e, m] * before[(MODE + m) * LANES + lane]
            if none[lane] > BETA_MIN or row_first[k + 1] - row_first[k] > 1:
                others(
                    s, lane, before, float(none[lane]), rf, ri, edge_report, beta, likes, int(row_first[k]),
                    int(row_first[k + 1]), e, int(at_ns[k]), filtered, frame, one, room,
                )  # fmt: skip
        sum_up(s, lanes)
        for lane in range(lanes):
            k, e = begin + lane, int(top[lane])
            row = int(touched[k])
            if none[lane] >= 0.0:
                for c in range(HELD):
                    f[row, c] = s[c * LANES + lane]
                i[row, T_NS] = max(int(at_ns[k]), int(i[row, T_NS]))
            if e >= 0 and p[e] > 0.5:
                remember(f, i, row, rf, ri, int(edge_report[e]), float(p[e]), modality)


@kernel
def likeliest(
    f: Floats, i: Ints, row: int, rf: Floats, ri: Ints, edge_report: Ints, kinds: Ints, p: Floats, low: int, high: int
) -> int:
    """Return the edge of a row, from `low` to `high`, that is most probable; -1 where none is. Note repetitions."""
    top = -1
    for e in range(low, high):
        if kinds[e] == REPEATED:
            t_ns = int(ri[edge_report[e], rep.T_NS])
            if int(i[row, HEARD_NS]) == t_ns:
                f[row, SIGMA] = max(f[row, SIGMA], rf[edge_report[e], rep.SIGMA])
            i[row, HEARD_NS] = max(int(i[row, HEARD_NS]), t_ns)
        elif p[e] > 0.0 and (top < 0 or p[e] > p[top]):
            top = e
    return top


@kernel
def existing(
    f: Floats,
    i: Ints,
    row: int,
    sensor: int,
    modality: int,
    t_ns: int,
    pd: float,
    p: Floats,
    low: int,
    high: int,
    top: int,
    beta: Floats,
    params: Floats,
) -> float:
    """Set how probable it is that there is a body, after a look that had to see it with `pd`.

    Returns the share that no report has in how the row moves, and fills `beta` with those of its edges; -1 where it
    does not move.
    """
    if top < 0:
        if pd > 0.0:
            charge(f, row, modality, pd, 1.0)
            i[row, LOOKED + sensor] = t_ns
        return -1.0
    taken = 0.0
    for e in range(low, high):
        taken = taken + p[e]
    taken = min(taken, 1.0)
    after = probability_after(float(f[row, R]), taken, pd, modality, params)
    f[row, R] = min(after, R_MAX)
    i[row, LOOKED + sensor] = t_ns
    if taken < 0.5 and pd > 0.0:
        add_absence(f, row, modality, pd, 1.0 - taken)
    if taken <= BETA_MIN:
        return -1.0
    return sharpen(p, low, high, max(after - taken, 0.0), beta)


@kernel
def stand(s: Floats, lane: int, rf: Floats, ri: Ints, j: int, t_ns: int) -> None:
    """Put the place that a report measured beside a row's models; -1, or what is no place: one that says little."""
    if j >= 0 and ri[j, rep.KIND] == POSITION:
        for c in range(3):
            s[(Z + c) * LANES + lane] = rf[j, rep.Z + c]
        for c in range(6):
            s[(Z_COV + c) * LANES + lane] = rf[j, rep.COV + c]
        s[AGO * LANES + lane] = float(int(t_ns) - int(ri[j, rep.T_NS])) / 1e9
        return
    for c in range(3):
        s[(Z + c) * LANES + lane] = s[c * LANES + lane]
    for c in range(6):
        s[(Z_COV + c) * LANES + lane] = 1.0 if c in {0, 3, 5} else 0.0
    s[AGO * LANES + lane] = 0.0


@kernel
def forget_guess(s: Floats, lane: int, before: Floats, at: int, rf: Floats, ri: Ints, j: int) -> None:
    """Give a row's models, which took report j, back the variance straight up that was lost for nothing.

    What stood there is one guess, the same in every report: taken as a measurement each time, a thousand of them would
    make a height of it. So the models know as much of their height as they did `before`, in its lane `at`, and never
    less than the guess. Straight up is asked of the report's covariance, which is by far longest that way: a step of a
    power iteration from the direction of the centre of the earth.
    """
    if ri[j, rep.KIND] != POSITION or rf[j, rep.SPREAD + 1] < NO_HEIGHT_M:
        return
    z0, z1, z2 = float(rf[j, rep.Z]), float(rf[j, rep.Z + 1]), float(rf[j, rep.Z + 2])
    r0, r1, r2 = float(rf[j, rep.COV]), float(rf[j, rep.COV + 1]), float(rf[j, rep.COV + 2])
    r3, r4, r5 = float(rf[j, rep.COV + 3]), float(rf[j, rep.COV + 4]), float(rf[j, rep.COV + 5])
    x, y, z = r0 * z0 + r1 * z1 + r2 * z2, r1 * z0 + r3 * z1 + r4 * z2, r2 * z0 + r4 * z1 + r5 * z2
    norm = math.sqrt(x * x + y * y + z * z)
    if norm <= 0.0:
        return
    x, y, z = x / norm, y / norm, z / norm
    for m in range(MODELS):
        was = straight_up(before, m * MODEL_WIDTH * LANES + at, x, y, z)
        b = m * MODEL_WIDTH * LANES + lane
        lost = min(was, UP_SIGMA_UNKNOWN_M * UP_SIGMA_UNKNOWN_M) - straight_up(s, b, x, y, z)
        if lost > 0.0:
            s[b + 6 * LANES] += lost * x * x
            s[b + 7 * LANES] += lost * x * y
            s[b + 8 * LANES] += lost * x * z
            s[b + 9 * LANES] += lost * y * y
            s[b + 10 * LANES] += lost * y * z
            s[b + 11 * LANES] += lost * z * z


@kernel
def straight_up(s: Floats, b: int, x: float, y: float, z: float) -> float:
    """Return the variance of a model's place along a unit vector."""
    p0, p1, p2 = float(s[b + 6 * LANES]), float(s[b + 7 * LANES]), float(s[b + 8 * LANES])
    p3, p4, p5 = float(s[b + 9 * LANES]), float(s[b + 10 * LANES]), float(s[b + 11 * LANES])
    return x * x * p0 + y * y * p3 + z * z * p5 + 2.0 * (x * y * p1 + x * z * p2 + y * z * p4)


@kernel
def others(
    s: Floats,
    lane: int,
    carried: Floats,
    none: float,
    rf: Floats,
    ri: Ints,
    edge_report: Ints,
    beta: Floats,
    likes: Floats,
    low: int,
    high: int,
    top: int,
    t_ns: int,
    filtered: int,
    frame: Floats,
    one: Floats,
    room: Floats,
) -> None:
    """Merge into a row's models, which took its likeliest report, those of its other hypotheses.

    `one` (BLOCK,) and `room` (18,) are room to work in.
    """
    if none > BETA_MIN:
        for m in range(MODELS):
            into(s, lane, m, carried, lane, none * float(carried[(MODE + m) * LANES + lane]))
    first = -1 if filtered else first_azimuth(rf, ri, edge_report, beta, low, high, top)
    if first >= 0:
        azimuths(s, lane, carried, rf, ri, edge_report, beta, likes, first, high, top, t_ns, frame, one, room)
    for e in range(low, high):
        if e == top or beta[e] <= BETA_MIN:
            continue
        j = int(edge_report[e])
        if first >= 0 and alike(rf, ri, j, int(edge_report[first])):
            continue
        copy_lane(carried, lane, one, 0)
        stand(one, 0, rf, ri, j, t_ns)
        wider = intersect(one, 0, rf, ri, j, t_ns, frame, room) if filtered else 1.0
        if wider != NOTHING_NEW:
            if ri[j, rep.KIND] == POSITION:
                take_places(one, 1)
                forget_guess(one, 0, carried, lane, rf, ri, j)
            take_rest(one, 0, rf, ri, j, t_ns, wider, frame, room)
        for m in range(MODELS):
            into(s, lane, m, one, 0, float(beta[e] * likes[e, m] * carried[(MODE + m) * LANES + lane]))


@kernel
def sharpen(p: Floats, low: int, high: int, none: float, beta: Floats) -> float:
    """Fill `beta` for a row's edges: their probabilities squared, scaled to sum to 1 with that of `none` squared.

    A row's state is moved by these: with the plain ones the rows of two neighbours, each moved by both reports, run
    together and never part (coalescence; Blom and Bloem, IEEE TAC 45(2), 2000). Its existence keeps the plain ones.
    Returns what is left for none.
    """
    total = none * none
    for e in range(low, high):
        total = total + p[e] * p[e]
    for e in range(low, high):
        beta[e] = p[e] * p[e] / total
    return none * none / total


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
def has_more(rf: Floats, ri: Ints, j: int) -> bool:
    """Whether a report measured anything besides a place."""
    return bool(ri[j, rep.KIND] != POSITION or rf[j, rep.VEL_VAR] >= 0.0 or rf[j, rep.DOPPLER_VAR] >= 0.0)


@kernel
def take_rest(
    s: Floats, lane: int, rf: Floats, ri: Ints, j: int, t_ns: int, wider: float, frame: Floats, room: Floats
) -> None:
    """Update a row's models by all that a report measured besides a place: direction, velocity, Doppler.

    The variances that it states are taken `wider` times as great.
    """
    if ri[j, rep.KIND] != POSITION:
        ago_s = float(int(t_ns) - int(ri[j, rep.T_NS])) / 1e9
        for m in range(MODELS):
            first = m * MODEL_WIDTH * LANES + lane
            off, _ = direction(s, first, ago_s, rf, j, frame, room)
            take_scalar(s, first, room[6:12], off, wider * float(rf[j, rep.COV]), room[0:6])
            if ri[j, rep.KIND] != AZIMUTH:
                _, off = direction(s, first, ago_s, rf, j, frame, room)
                take_scalar(s, first, room[12:18], off, wider * float(rf[j, rep.COV + 1]), room[0:6])
    elif rf[j, rep.VEL_VAR] >= 0.0:
        take_velocity(s, lane, rf, ri, j, wider, room)
    if rf[j, rep.DOPPLER_VAR] >= 0.0:
        take_doppler(s, lane, rf, j, wider, frame, room)


@kernel
def take_velocity(s: Floats, lane: int, rf: Floats, ri: Ints, j: int, wider: float, room: Floats) -> None:
    """Update a row's models by the velocity that a report says, along east and north of its place."""
    level = axes_at(ri[j, rep.LAT] / 1e7, ri[j, rep.LON] / 1e7)
    for a in range(2):
        for k in range(3):
            room[6 + k] = 0.0
            room[9 + k] = level[a, k]
        for m in range(MODELS):
            first = m * MODEL_WIDTH * LANES + lane
            expected = 0.0
            for k in range(3):
                expected = expected + level[a, k] * s[first + (3 + k) * LANES]
            off = float(rf[j, rep.VEL + a] - expected)
            take_scalar(s, first, room[6:12], off, wider * float(rf[j, rep.VEL_VAR]), room[0:6])


@kernel
def take_doppler(s: Floats, lane: int, rf: Floats, j: int, wider: float, frame: Floats, room: Floats) -> None:
    """Update a row's models by how fast they move away from the sensor."""
    for m in range(MODELS):
        first = m * MODEL_WIDTH * LANES + lane
        away = 0.0
        for k in range(3):
            room[6 + k] = s[first + k * LANES] - frame[0, k]
            away = away + room[6 + k] * room[6 + k]
        away = math.sqrt(away)
        if away > 1.0:
            expected = 0.0
            for k in range(3):
                room[9 + k] = room[6 + k] / away
                room[6 + k] = 0.0
                expected = expected + room[9 + k] * s[first + (3 + k) * LANES]
            off = float(rf[j, rep.DOPPLER] - expected)
            take_scalar(s, first, room[6:12], off, wider * float(rf[j, rep.DOPPLER_VAR]), room[0:6])


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
    left = np.empty(rows.shape[0], np.int64)
    count = 0
    k = 0
    for a in range(rows.shape[0]):
        row = int(rows[a])
        while k < touched.shape[0] and touched[k] < row:
            k = k + 1
        near = k < touched.shape[0] and touched[k] == row
        if not near and 2 * (t_ns - int(i[row, LOOKED + sensor])) >= period_ns:
            left[count] = row
            count = count + 1
    pd = np.zeros(count)
    detections(columns, sensor, f, MEAN, left[:count], pd)
    for a in range(count):
        if pd[a] > 0.0:
            row = int(left[a])
            decay(f, i, row, t_ns, params)
            charge(f, row, modality, float(pd[a]), 1.0)
            i[row, LOOKED + sensor] = t_ns
