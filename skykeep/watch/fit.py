"""Straight motions through crossings, and how well each explains every bearing of every station.

Maximum a-posteriori target motion analysis by Gauss-Newton, each look a mixture of the target, its being missed and
clutter (Jauffret, Bar-Shalom 1990; Kirubarajan, Bar-Shalom 1996), weighed by Laplace's evidence.
"""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.exact import PI, atan2, exp, log
from skykeep.geo.frames import ecef_to_enu
from skykeep.geo.kernel import kernel
from skykeep.watch.bearings import FREE_MIN, LOOKED, Rows
from skykeep.watch.crossing import HEIGHT_M, seen_from
from skykeep.watch.reports import DIRECTION, UP_SIGMA_UNKNOWN_M, Floats, Ints
from skykeep.watch.sensors import CLUTTER, Columns, detection

MISSED, TOLD = -1, -2  # what a look may have of a motion instead of a bearing
TRIALS_MAX = 1024
FITTED_MAX = 32
RECENT_NS = 2_500_000_000
BASE_NS = 250_000_000  # between two crossings that give a velocity
SPEED_MAX_MPS = 75.0
SPEED_SIGMA_MPS, CLIMB_SIGMA_MPS = 15.0, 3.0  # along each level axis and up, before anything is known
SWERVE_MPS2 = 1.0  # acceleration that a straight motion leaves out
BIRTHS_PER_M2 = 1e-9  # targets that bearings alone show, before anything is known
PD_ASSUMED = 0.5
PD_MAX = 0.98
GATE2 = 16.0  # (4 sigma) squared
ROUNDS = 6
LOOKS_COUNTED = 20
LIKELY_MIN = 1e-4  # probability that a station sees it so rarely
_TWO_PI = 2.0 * PI
_LOG_2PI = 1.8378770664093453


@kernel
def motions(columns: Columns, rows: Rows, seeds: Floats, pair: Ints) -> tuple[Floats, int]:
    """Return straight motions (k, 6) for the newest time, and how many found no time to be tried.

    Of each recent crossing the likeliest that leads to it from an older one, or that stands still; the best of them.
    """
    best, score = np.zeros((FITTED_MAX, 6)), np.empty(FITTED_MAX)
    x, likeliest = np.empty(6), np.empty(6)
    hit, gain = np.empty(rows.sensor.shape[0], np.int64), np.empty(rows.sensor.shape[0])
    count, over, recent = 0, 0, 0
    for i in range(seeds.shape[0]):
        if float(seeds[i, 3]) * 1e9 >= -RECENT_NS:
            recent += 1
    quota = TRIALS_MAX // max(1, recent)
    for i in range(seeds.shape[0]):
        if float(seeds[i, 3]) * 1e9 < -RECENT_NS:
            continue
        room, most = max(2, quota), 0.0
        for j in range(-1, seeds.shape[0]):
            if not _join(seeds, i, j, x) or (j >= 0 and not _same_tx(rows.tx, pair, i, j)):
                continue
            if room == 0:
                over += 1
                continue
            room -= 1
            value = score_of(columns, rows, x, 2.0, hit, gain)
            if value > most:
                most = value
                for c in range(6):
                    likeliest[c] = x[c]
        if most > 0.0:
            count = _insert(best, score, count, likeliest, most)
    return best[:count], over


@kernel
def _insert(best: Floats, score: Floats, count: int, x: Floats, value: float) -> int:
    """Put a motion where its score belongs, after equals; returns how many there are now."""
    k = count
    while k > 0 and float(score[k - 1]) < value:
        if k < FITTED_MAX:
            score[k] = score[k - 1]
            for c in range(6):
                best[k, c] = best[k - 1, c]
        k -= 1
    if k < FITTED_MAX:
        score[k] = value
        for c in range(6):
            best[k, c] = x[c]
        count = min(count + 1, FITTED_MAX)
    return count


@kernel
def _join(seeds: Floats, i: int, j: int, x: Floats) -> bool:
    """Write the motion from crossing j to crossing i, for time 0; j = -1: standing still. False: too fast, too near."""
    speed2, age = 0.0, -float(seeds[i, 3])
    between = 1.0 if j < 0 else float(seeds[i, 3]) - float(seeds[j, 3])
    if between * 1e9 < BASE_NS:
        return False
    for c in range(3):
        v = 0.0 if j < 0 else (float(seeds[i, c]) - float(seeds[j, c])) / between
        speed2 += v * v
        x[c], x[c + 3] = float(seeds[i, c]) + v * age, v
    return speed2 <= SPEED_MAX_MPS * SPEED_MAX_MPS


@kernel
def _same_tx(tx: Ints, pair: Ints, i: int, j: int) -> bool:
    one, other = max(int(tx[pair[i, 0]]), int(tx[pair[i, 1]])), max(int(tx[pair[j, 0]]), int(tx[pair[j, 1]]))
    return one < 0 or other < 0 or one == other


@kernel
def score_of(columns: Columns, rows: Rows, x: Floats, stretch: float, hit: Ints, gain: Floats) -> float:
    """Return the log-likelihood ratio of a motion against misses and clutter only.

    Writes of each look which bearing is its own (`hit`; MISSED; TOLD: a track explains what is there) and what that is
    worth to it (`gain`), both (l,).

    Each look is a mixture: the target was missed, or one of the bearings is its own. A look in vain counts where the
    sensor's detection is declared for the place, unless a bearing there is explained by another track. `stretch`
    multiplies the variances.
    """
    total = 0.0
    for u in range(rows.first.shape[0] - 1):
        s = int(rows.sensor[rows.first[u]])
        frame = columns.frame[s]
        known = detection(columns, s, float(x[0]), float(x[1]), float(x[2]))
        pd = min(known, PD_MAX)
        if known <= 0.0:
            pd = PD_ASSUMED if seen_from(columns, s, x) else 1e-3
        for look in range(int(rows.first[u]), int(rows.first[u + 1])):
            total += _look(columns, rows, frame, s, look, x, pd, known, stretch, hit, gain)
    return total


@kernel
def _look(
    columns: Columns, rows: Rows, frame: Floats, s: int, look: int, x: Floats, pd: float, known: float, stretch: float,
    hit: Ints, gain: Floats,
) -> float:  # fmt: skip
    """Return what one look says of a motion; writes which bearing is its own, and what it is worth."""
    hit[look], gain[look] = MISSED, 0.0
    ratio, most, told, free = 0.0, 0.0, False, 0
    t, e, n, up, g2, r = math.nan, 0.0, 0.0, 0.0, 0.0, 0.0
    begin, end = int(rows.begin[look]), int(rows.begin[look + 1])
    for i in range(begin, end):
        if float(rows.free[i]) >= FREE_MIN:
            free += 1
    for i in range(begin, end):
        if int(rows.kind[i]) == LOOKED:
            continue
        if float(rows.t[i]) != t:
            t = float(rows.t[i])
            e, n, up = ecef_to_enu(
                frame, float(x[0]) + float(x[3]) * t, float(x[1]) + float(x[4]) * t, float(x[2]) + float(x[5]) * t
            )
            g2 = max(e * e + n * n, 1.0)
            r = math.sqrt(g2 + up * up)
        sine, cosine = float(rows.az[i, 2]), float(rows.az[i, 3])
        if sine * e + cosine * n <= 0.0:
            continue
        swerve = 0.5 * SWERVE_MPS2 * t * t
        off = sine * n - cosine * e  # across the bearing, m
        across = stretch * (float(rows.az[i, 1]) * g2 + swerve * swerve)
        distance2 = off * off / across
        density = math.sqrt(_TWO_PI * across / g2)
        false = max(float(columns.numbers[s, CLUTTER]), (free - 1) / _TWO_PI)
        if int(rows.kind[i]) == DIRECTION:
            g = math.sqrt(g2)
            off = float(rows.el[i, 2]) * g - float(rows.el[i, 3]) * up
            across = stretch * (float(rows.el[i, 1]) * r * r + swerve * swerve)
            distance2 += off * off / across
            density = density * math.sqrt(_TWO_PI * across) / r
        if distance2 > GATE2:
            continue
        if float(rows.free[i]) < FREE_MIN:
            told = True
            continue
        value = float(rows.free[i]) * exp(-0.5 * distance2) / (density * max(false, 1e-6))
        ratio += value
        if value > most:
            most = value
            hit[look] = i
    missed = 0.0 if told or known <= 0.0 else log(1.0 - pd)
    if hit[look] < 0:
        hit[look] = TOLD if told else MISSED
        return missed
    worth = log(1.0 - pd + pd * ratio)
    spare = ratio - most
    gain[look] = worth - (missed if spare <= 0.0 else max(missed, log(1.0 - pd + pd * spare)))
    return worth


@kernel
def fitted(columns: Columns, rows: Rows, x: Floats, p: Floats, hit: Ints, gain: Floats) -> float:
    """Fit a motion x (6,) in place and write its covariance p, `hit` and `gain`; returns its log-evidence.

    ROUNDS of Gauss-Newton, each on the bearings that are nearest then. The evidence is Laplace's: likelihood ratio and
    prior at the best motion, times the volume of its posterior. NaN where it cannot be fitted.
    """
    info, lower, right, step = np.empty((6, 6)), np.zeros((6, 6)), np.empty(6), np.empty(6)
    home = columns.frame[int(rows.sensor[0])]
    size = math.nan
    for turn in range(ROUNDS):
        score_of(columns, rows, x, 2.0 if turn < 2 else 1.0, hit, gain)
        _prior(home, x, info, right)
        _gather(columns, rows, x, hit, info, right)
        size = _factor(info, lower)
        if math.isnan(size):
            return math.nan
        _solve(lower, right, step)
        for c in range(6):
            limit = 3000.0 if c < 3 else 60.0
            x[c] = float(x[c]) + max(-limit, min(limit, float(step[c])))
    for c in range(6):
        for k in range(6):
            right[k] = 1.0 if k == c else 0.0
        _solve(lower, right, step)
        for k in range(6):
            p[k, c] = step[k]
    for i in range(6):
        for j in range(i):
            p[i, j] = p[j, i]
    speed2 = float(x[3]) * float(x[3]) + float(x[4]) * float(x[4]) + float(x[5]) * float(x[5])
    if not speed2 <= SPEED_MAX_MPS * SPEED_MAX_MPS:
        return math.nan
    likelihood = score_of(columns, rows, x, 1.0, hit, gain)
    return likelihood + _prior(home, x, info, right) + log(BIRTHS_PER_M2) - 0.5 * size + 3.0 * _LOG_2PI


@kernel
def _gather(columns: Columns, rows: Rows, x: Floats, hit: Ints, info: Floats, right: Floats) -> None:
    """Add the bearings that a motion has hit to its normal equations."""
    h = np.empty(3)
    for look in range(hit.shape[0]):
        i = int(hit[look])
        if i < 0:
            continue
        frame, t = columns.frame[int(rows.sensor[look])], float(rows.t[i])
        px, py, pz = (
            float(x[0]) + float(x[3]) * t,
            float(x[1]) + float(x[4]) * t,
            float(x[2]) + float(x[5]) * t,
        )
        e, n, up = ecef_to_enu(frame, px, py, pz)
        g2 = max(e * e + n * n, 1.0)
        swerve = 0.5 * SWERVE_MPS2 * t * t
        off = bearing_row(frame, px, py, pz, float(rows.az[i, 0]), h)
        _take(info, right, h, t, off, float(rows.az[i, 1]) + swerve * swerve / g2)
        if int(rows.kind[i]) == DIRECTION:
            off = elevation_row(frame, px, py, pz, float(rows.el[i, 0]), h)
            _take(info, right, h, t, off, float(rows.el[i, 1]) + swerve * swerve / (g2 + up * up))


@kernel
def bearing_row(frame: Floats, x: float, y: float, z: float, az: float, h: Floats) -> float:
    """Return how far an azimuth is from that of an earth-centred place; writes its gradient there, (3,), rad/m."""
    e, n, _ = ecef_to_enu(frame, x, y, z)
    g2 = max(e * e + n * n, 1.0)
    for c in range(3):
        h[c] = (n * float(frame[1, c]) - e * float(frame[2, c])) / g2
    off = float(az) - atan2(e, n)
    return off - _TWO_PI * math.floor(off / _TWO_PI + 0.5)


@kernel
def elevation_row(frame: Floats, x: float, y: float, z: float, el: float, h: Floats) -> float:
    """Return the same for an elevation."""
    e, n, up = ecef_to_enu(frame, x, y, z)
    g = math.sqrt(max(e * e + n * n, 1.0))
    r2 = g * g + up * up
    for c in range(3):
        level = (e * float(frame[1, c]) + n * float(frame[2, c])) / g
        h[c] = (g * float(frame[3, c]) - up * level) / r2
    return float(el) - atan2(up, g)


@kernel
def _take(info: Floats, right: Floats, h: Floats, t: float, off: float, var: float) -> None:
    """Add one scalar measurement of a motion at time t to the normal equations."""
    for i in range(6):
        a = float(h[i % 3]) * (1.0 if i < 3 else t)
        right[i] = float(right[i]) + a * off / var
        for j in range(6):
            info[i, j] = float(info[i, j]) + a * float(h[j % 3]) * (1.0 if j < 3 else t) / var


@kernel
def _prior(frame: Floats, x: Floats, info: Floats, right: Floats) -> float:
    """Set the normal equations to what is known beforehand; returns the log-density of it at x but for births.

    Up about HEIGHT_M above the first station, with UP_SIGMA_UNKNOWN_M; speed about zero; level next to nothing.
    """
    up = frame[3]
    height = HEIGHT_M - ecef_to_enu(frame, float(x[0]), float(x[1]), float(x[2]))[2]
    climb = float(x[3]) * float(up[0]) + float(x[4]) * float(up[1]) + float(x[5]) * float(up[2])
    up_info = 1.0 / (UP_SIGMA_UNKNOWN_M * UP_SIGMA_UNKNOWN_M)
    slow, flat = 1.0 / (SPEED_SIGMA_MPS * SPEED_SIGMA_MPS), 1.0 / (CLIMB_SIGMA_MPS * CLIMB_SIGMA_MPS)
    square = 0.0
    for i in range(3):
        right[i] = up_info * height * float(up[i])
        right[i + 3] = -slow * float(x[i + 3]) - (flat - slow) * climb * float(up[i])
        square += float(x[i + 3]) * float(x[i + 3])
        for j in range(3):
            same = 1.0 if i == j else 0.0
            outer = float(up[i]) * float(up[j])
            info[i, j] = up_info * outer + 1e-10 * same
            info[i + 3, j + 3] = slow * same + (flat - slow) * outer
            info[i, j + 3], info[i + 3, j] = 0.0, 0.0
    spread = log(UP_SIGMA_UNKNOWN_M * SPEED_SIGMA_MPS * SPEED_SIGMA_MPS * CLIMB_SIGMA_MPS)
    quadratic = up_info * height * height + slow * (square - climb * climb) + flat * climb * climb
    return -0.5 * quadratic - spread - 2.0 * _LOG_2PI


@kernel
def _factor(info: Floats, lower: Floats) -> float:
    """Write the Cholesky factor of a (6, 6) matrix; returns the logarithm of its determinant, NaN if it has none."""
    size = 0.0
    for i in range(6):
        for j in range(i + 1):
            total = float(info[i, j])
            for k in range(j):
                total -= float(lower[i, k]) * float(lower[j, k])
            if i == j:
                if not total > 0.0:
                    return math.nan
                lower[i, i] = math.sqrt(total)
                size += log(total)
            else:
                lower[i, j] = total / float(lower[j, j])
    return size


@kernel
def _solve(lower: Floats, right: Floats, out: Floats) -> None:
    for i in range(6):
        total = float(right[i])
        for k in range(i):
            total -= float(lower[i, k]) * float(out[k])
        out[i] = total / float(lower[i, i])
    for i in range(5, -1, -1):
        total = float(out[i])
        for k in range(i + 1, 6):
            total -= float(lower[k, i]) * float(out[k])
        out[i] = total / float(lower[i, i])


@kernel
def likely(columns: Columns, rows: Rows, x: Floats, hit: Ints) -> bool:
    """Say whether no station sees a motion in its coverage so rarely that its detection makes it next to impossible.

    The binomial tail of its looks, of which more than LOOKS_COUNTED count as that many: they are not independent.
    """
    for u in range(rows.first.shape[0] - 1):
        s = int(rows.sensor[rows.first[u]])
        pd = min(detection(columns, s, float(x[0]), float(x[1]), float(x[2])), PD_MAX)
        seen, looks = 0, 0
        for look in range(int(rows.first[u]), int(rows.first[u + 1])):
            if int(hit[look]) != TOLD:
                looks += 1
            if int(hit[look]) >= 0:
                seen += 1
        if looks > LOOKS_COUNTED:
            seen, looks = (seen * LOOKS_COUNTED + looks - 1) // looks, LOOKS_COUNTED
        term = 1.0
        for _ in range(looks):
            term = term * (1.0 - pd)
        tail = term
        for k in range(seen):
            term = term * (pd / (1.0 - pd)) * (looks - k) / (k + 1)
            tail += term
        if tail < LIKELY_MIN:
            return False
    return True


@kernel
def same_place(up: Floats, x: Floats, p: Floats, other: Floats) -> bool:
    """Say whether another motion is, seen from above, within four standard deviations of x; p (6, 6) is that of x."""
    rise, square, var = 0.0, 0.0, 0.0
    for i in range(3):
        off = float(other[i]) - float(x[i])
        rise += float(up[i]) * off
        square += off * off
        var += float(p[i, i])
        for j in range(3):
            var -= float(up[i]) * float(p[i, j]) * float(up[j])
    return square - rise * rise <= GATE2 * var
