"""How an aircraft moves: three motion models, mixed, predicted and updated (interacting multiple models).

State and covariance are as `rows` packs them: position block A (6), cross block B (9), velocity block C (6). All models
are x' = [[1, f], [0, a]] x per axis: hover damps the velocity (a < 1), smooth and agile keep it (a = 1, f = dt). White
acceleration noise, less of it straight up than level (Bar-Shalom, Li, Kirubarajan 2001, sections 6.2.2 and 11.6.6).
Only + - * / sqrt, one element at a time: the same bytes on any machine.
"""

from __future__ import annotations

import math

from skykeep.geo.exact import exp, log
from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Floats
from skykeep.watch.rows import MODEL_WIDTH, MODELS, at

LOG_2PI = 1.8378770664093454


@kernel
def mix(row: Floats, mode: Floats, dt_s: float, rate: float, out: Floats, mode_out: Floats) -> None:
    """Fill `out` (81,) and `mode_out` (3,) with the states that each model starts its step from.

    `row` (81,) holds the models' states, `mode` (3,) their probabilities; a model is left for each other one at `rate`
    a second. Bar-Shalom 2001, section 11.6.6, steps 1 and 2. As it is left for all others alike, a model starts from
    a mixture of its own state and the one over all models, which is reckoned once, in the room of the last.
    """
    leave = rate * dt_s / (1.0 + 2.0 * rate * dt_s)
    last = (MODELS - 1) * MODEL_WIDTH
    weight = collapse(row, mode, out, last)
    for j in range(MODELS):
        total = leave * weight + (1.0 - 3.0 * leave) * float(mode[j])
        mode_out[j] = total
        _towards(row, j * MODEL_WIDTH, out, last, leave * weight / total, j * MODEL_WIDTH)


@kernel
def _towards(row: Floats, source: int, m: Floats, other: int, w: float, base: int) -> None:
    """Fill `base` of `m` with the moments of the state at `source` of `row` (1 - w) and that at `other` of `m` (w)."""
    d0 = float(m[other]) - float(row[source])
    d1 = float(m[other + 1]) - float(row[source + 1])
    d2 = float(m[other + 2]) - float(row[source + 2])
    d3 = float(m[other + 3]) - float(row[source + 3])
    d4 = float(m[other + 4]) - float(row[source + 4])
    d5 = float(m[other + 5]) - float(row[source + 5])
    for k in range(MODEL_WIDTH):
        m[base + k] = row[source + k] + w * (m[other + k] - row[source + k])
    _add_outer(m, base + 6, w * (1.0 - w), d0, d1, d2, d3, d4, d5)


@kernel
def _add_outer(m: Floats, p: int, u: float, d0: float, d1: float, d2: float, d3: float, d4: float, d5: float) -> None:
    """Add u d d' to the packed covariance at `p`."""
    a0, a1, a2 = u * d0, u * d1, u * d2
    m[p] += a0 * d0
    m[p + 1] += a0 * d1
    m[p + 2] += a0 * d2
    m[p + 3] += a1 * d1
    m[p + 4] += a1 * d2
    m[p + 5] += a2 * d2
    m[p + 6] += a0 * d3
    m[p + 7] += a0 * d4
    m[p + 8] += a0 * d5
    m[p + 9] += a1 * d3
    m[p + 10] += a1 * d4
    m[p + 11] += a1 * d5
    m[p + 12] += a2 * d3
    m[p + 13] += a2 * d4
    m[p + 14] += a2 * d5
    m[p + 15] += u * d3 * d3
    m[p + 16] += u * d3 * d4
    m[p + 17] += u * d3 * d5
    m[p + 18] += u * d4 * d4
    m[p + 19] += u * d4 * d5
    m[p + 20] += u * d5 * d5


@kernel
def merge(m: Floats, base: int, other: Floats, w: float) -> None:
    """Move the state at `base` of `m` to the moments of itself (1 - w) and the state `other` (27,) (w)."""
    d0 = float(other[0]) - float(m[base])
    d1 = float(other[1]) - float(m[base + 1])
    d2 = float(other[2]) - float(m[base + 2])
    d3 = float(other[3]) - float(m[base + 3])
    d4 = float(other[4]) - float(m[base + 4])
    d5 = float(other[5]) - float(m[base + 5])
    for k in range(MODEL_WIDTH):
        m[base + k] += w * (other[k] - m[base + k])
    _add_outer(m, base + 6, w * (1.0 - w), d0, d1, d2, d3, d4, d5)


@kernel
def collapse(row: Floats, mode: Floats, out: Floats, base: int) -> float:
    """Fill the state at `base` of `out` with mean and covariance over all models of `row` (81,); return their weight.

    `mode` (3,) need not sum to 1; their sum is what is returned.
    """
    weight = 0.0
    for i in range(MODELS):
        weight = weight + float(mode[i])
    for k in range(MODEL_WIDTH):
        total = 0.0
        for i in range(MODELS):
            total = total + float(mode[i]) * float(row[i * MODEL_WIDTH + k])
        out[base + k] = total / weight
    for i in range(MODELS):
        s = i * MODEL_WIDTH
        d0 = float(row[s]) - float(out[base])
        d1 = float(row[s + 1]) - float(out[base + 1])
        d2 = float(row[s + 2]) - float(out[base + 2])
        d3 = float(row[s + 3]) - float(out[base + 3])
        d4 = float(row[s + 4]) - float(out[base + 4])
        d5 = float(row[s + 5]) - float(out[base + 5])
        _add_outer(out, base + 6, float(mode[i]) / weight, d0, d1, d2, d3, d4, d5)
    return weight


@kernel
def step_models(m: Floats, dt_s: float, noise: Floats) -> None:
    """Move all models of `m` (81,) by `dt_s`; `noise` (9,): of each, level and up intensity, damping time (s; 0 none).

    What is straight up is asked once, where the first model is: the models are metres apart.
    """
    x, y, z = float(m[0]), float(m[1]), float(m[2])
    norm = math.sqrt(x * x + y * y + z * z)
    scale = 1.0 / norm if norm > 1.0 else 0.0
    x, y, z = x * scale, y * scale, z * scale
    for k in range(MODELS):
        f, a = dt_s, 1.0
        tau = float(noise[3 * k + 2])
        if tau > 0.0:
            a = tau / (tau + dt_s)
            f = dt_s * a
        level = float(noise[3 * k])
        predict(m, k * MODEL_WIDTH, dt_s, f, a, level, float(noise[3 * k + 1]) - level, x, y, z)


@kernel
def predict(
    m: Floats, base: int, dt_s: float, f: float, a: float, q_level: float, q_more: float, x: float, y: float, z: float
) -> None:
    """Move the state at `base` of `m` by `dt_s`, in place.

    The intensity of the noise (m2/s3) is `q_level` level and `q_level + q_more` along (x, y, z), straight up.
    """
    for k in range(3):
        m[base + k] += f * m[base + 3 + k]
        m[base + 3 + k] *= a
    p, b, c = base + 6, base + 12, base + 21
    ff = f * f
    m[p] += f * (m[b] + m[b]) + ff * m[c]
    m[p + 1] += f * (m[b + 1] + m[b + 3]) + ff * m[c + 1]
    m[p + 2] += f * (m[b + 2] + m[b + 6]) + ff * m[c + 2]
    m[p + 3] += f * (m[b + 4] + m[b + 4]) + ff * m[c + 3]
    m[p + 4] += f * (m[b + 5] + m[b + 7]) + ff * m[c + 4]
    m[p + 5] += f * (m[b + 8] + m[b + 8]) + ff * m[c + 5]
    half = dt_s * dt_s / 2.0
    third = dt_s * dt_s * dt_s / 3.0
    q0 = q_more * x * x + q_level
    q1 = q_more * x * y
    q2 = q_more * x * z
    q3 = q_more * y * y + q_level
    q4 = q_more * y * z
    q5 = q_more * z * z + q_level
    m[b] = a * (m[b] + f * m[c]) + q0 * half
    m[b + 1] = a * (m[b + 1] + f * m[c + 1]) + q1 * half
    m[b + 2] = a * (m[b + 2] + f * m[c + 2]) + q2 * half
    m[b + 3] = a * (m[b + 3] + f * m[c + 1]) + q1 * half
    m[b + 4] = a * (m[b + 4] + f * m[c + 3]) + q3 * half
    m[b + 5] = a * (m[b + 5] + f * m[c + 4]) + q4 * half
    m[b + 6] = a * (m[b + 6] + f * m[c + 2]) + q2 * half
    m[b + 7] = a * (m[b + 7] + f * m[c + 4]) + q4 * half
    m[b + 8] = a * (m[b + 8] + f * m[c + 5]) + q5 * half
    aa = a * a
    _add_noise(m, p, 1.0, third, q0, q1, q2, q3, q4, q5)
    _add_noise(m, c, aa, dt_s, q0, q1, q2, q3, q4, q5)


@kernel
def _add_noise(
    m: Floats, at_: int, a: float, t: float, q0: float, q1: float, q2: float, q3: float, q4: float, q5: float
) -> None:
    """Scale the six values at `at_` by `a` and add `t` times the noise."""
    m[at_] = a * m[at_] + q0 * t
    m[at_ + 1] = a * m[at_ + 1] + q1 * t
    m[at_ + 2] = a * m[at_ + 2] + q2 * t
    m[at_ + 3] = a * m[at_ + 3] + q3 * t
    m[at_ + 4] = a * m[at_ + 4] + q4 * t
    m[at_ + 5] = a * m[at_ + 5] + q5 * t


@kernel
def place_fit(m: Floats, base: int, ago_s: float, rf: Floats, j: int, z: int, cov: int) -> tuple[float, float]:
    """Return how far the place of a report is from a state, squared and in sigmas, and det(S), 0 where there is none.

    The place was measured `ago_s` before the state's time; row `j` of `rf` holds it from column `z` on, and its
    covariance (6) from `cov` on. Its density is exp(-d2 / 2) / sqrt((2 pi)^3 det S).
    """
    s0 = float(m[base + 6]) + float(rf[j, cov])
    s1 = float(m[base + 7]) + float(rf[j, cov + 1])
    s2 = float(m[base + 8]) + float(rf[j, cov + 2])
    s3 = float(m[base + 9]) + float(rf[j, cov + 3])
    s4 = float(m[base + 10]) + float(rf[j, cov + 4])
    s5 = float(m[base + 11]) + float(rf[j, cov + 5])
    c0, c1, c2 = s3 * s5 - s4 * s4, s2 * s4 - s1 * s5, s1 * s4 - s2 * s3
    det = s0 * c0 + s1 * c1 + s2 * c2
    if det <= 0.0:
        return 1e300, 0.0
    y0 = float(rf[j, z]) - (float(m[base]) - ago_s * float(m[base + 3]))
    y1 = float(rf[j, z + 1]) - (float(m[base + 1]) - ago_s * float(m[base + 4]))
    y2 = float(rf[j, z + 2]) - (float(m[base + 2]) - ago_s * float(m[base + 5]))
    d2 = y0 * y0 * c0 + y1 * y1 * (s0 * s5 - s2 * s2) + y2 * y2 * (s0 * s3 - s1 * s1)
    d2 = d2 + 2.0 * (y0 * y1 * c1 + y0 * y2 * c2 + y1 * y2 * (s1 * s2 - s0 * s4))
    return d2 / det, det


@kernel
def take_place(m: Floats, base: int, ago_s: float, rf: Floats, j: int, z: int, cov: int) -> None:
    """Update the state at `base` by the place of a report, in place; arguments as of `place_fit`."""
    p, b, c = base + 6, base + 12, base + 21
    a0, a1, a2 = float(m[p]), float(m[p + 1]), float(m[p + 2])
    a3, a4, a5 = float(m[p + 3]), float(m[p + 4]), float(m[p + 5])
    s0 = a0 + float(rf[j, cov])
    s1 = a1 + float(rf[j, cov + 1])
    s2 = a2 + float(rf[j, cov + 2])
    s3 = a3 + float(rf[j, cov + 3])
    s4 = a4 + float(rf[j, cov + 4])
    s5 = a5 + float(rf[j, cov + 5])
    c0, c1, c2 = s3 * s5 - s4 * s4, s2 * s4 - s1 * s5, s1 * s4 - s2 * s3
    det = s0 * c0 + s1 * c1 + s2 * c2
    if det <= 0.0:
        return
    inv = 1.0 / det
    i0, i1, i2 = c0 * inv, c1 * inv, c2 * inv
    i3, i4, i5 = (s0 * s5 - s2 * s2) * inv, (s1 * s2 - s0 * s4) * inv, (s0 * s3 - s1 * s1) * inv
    y0 = float(rf[j, z]) - (float(m[base]) - ago_s * float(m[base + 3]))
    y1 = float(rf[j, z + 1]) - (float(m[base + 1]) - ago_s * float(m[base + 4]))
    y2 = float(rf[j, z + 2]) - (float(m[base + 2]) - ago_s * float(m[base + 5]))
    for i in range(3):  # velocity: gain of component i, with B as it was
        b0, b1, b2 = float(m[b + i]), float(m[b + 3 + i]), float(m[b + 6 + i])
        g0 = b0 * i0 + b1 * i1 + b2 * i2
        g1 = b0 * i1 + b1 * i3 + b2 * i4
        g2 = b0 * i2 + b1 * i4 + b2 * i5
        m[base + 3 + i] += g0 * y0 + g1 * y1 + g2 * y2
        for k in range(i, 3):
            m[c + at(i, k)] -= g0 * m[b + k] + g1 * m[b + 3 + k] + g2 * m[b + 6 + k]
    g0, g1, g2 = a0 * i0 + a1 * i1 + a2 * i2, a0 * i1 + a1 * i3 + a2 * i4, a0 * i2 + a1 * i4 + a2 * i5
    g3, g4, g5 = a1 * i0 + a3 * i1 + a4 * i2, a1 * i1 + a3 * i3 + a4 * i4, a1 * i2 + a3 * i4 + a4 * i5
    g6, g7, g8 = a2 * i0 + a4 * i1 + a5 * i2, a2 * i1 + a4 * i3 + a5 * i4, a2 * i2 + a4 * i4 + a5 * i5
    m[base] += g0 * y0 + g1 * y1 + g2 * y2
    m[base + 1] += g3 * y0 + g4 * y1 + g5 * y2
    m[base + 2] += g6 * y0 + g7 * y1 + g8 * y2
    for k in range(3):
        b0, b1, b2 = float(m[b + k]), float(m[b + 3 + k]), float(m[b + 6 + k])
        m[b + k] = b0 - (g0 * b0 + g1 * b1 + g2 * b2)
        m[b + 3 + k] = b1 - (g3 * b0 + g4 * b1 + g5 * b2)
        m[b + 6 + k] = b2 - (g6 * b0 + g7 * b1 + g8 * b2)
    m[p] = a0 - (g0 * a0 + g1 * a1 + g2 * a2)
    m[p + 1] = a1 - (g0 * a1 + g1 * a3 + g2 * a4)
    m[p + 2] = a2 - (g0 * a2 + g1 * a4 + g2 * a5)
    m[p + 3] = a3 - (g3 * a1 + g4 * a3 + g5 * a4)
    m[p + 4] = a4 - (g3 * a2 + g4 * a4 + g5 * a5)
    m[p + 5] = a5 - (g6 * a2 + g7 * a4 + g8 * a5)


@kernel
def take_scalar(m: Floats, base: int, h: Floats, innovation: float, r: float, ph: Floats) -> float:
    """Update the state at `base` by one measured number, in place; return its log-density.

    `h` (6,) is what it measures of the state, `innovation` measured minus expected, `r` its variance; `ph` (6,) is room
    to work in. Where nothing is gained (variance below 0) the state stays.
    """
    p = base + 6
    b = base + 12
    c = base + 21
    for i in range(3):
        top = 0.0
        low = 0.0
        for j in range(3):
            top = top + m[p + at(i, j)] * h[j] + m[b + 3 * i + j] * h[3 + j]
            low = low + m[b + 3 * j + i] * h[j] + m[c + at(i, j)] * h[3 + j]
        ph[i] = top
        ph[3 + i] = low
    s = r
    for i in range(6):
        s = s + h[i] * ph[i]
    if s <= 0.0:
        return -1e300
    for i in range(6):
        m[base + i] += ph[i] / s * innovation
    for i in range(3):
        for j in range(i, 3):
            m[p + at(i, j)] -= ph[i] / s * ph[j]
            m[c + at(i, j)] -= ph[3 + i] / s * ph[3 + j]
        for j in range(3):
            m[b + 3 * i + j] -= ph[i] / s * ph[3 + j]
    return -0.5 * (innovation * innovation / s + log(s) + LOG_2PI)


@kernel
def scalar_variance(m: Floats, base: int, h: Floats, r: float) -> float:
    """Return the variance of one measured number: h P h' + r."""
    p = base + 6
    b = base + 12
    c = base + 21
    s = r
    for i in range(3):
        for j in range(3):
            s = s + h[i] * (m[p + at(i, j)] * h[j] + 2.0 * m[b + 3 * i + j] * h[3 + j])
            s = s + h[3 + i] * m[c + at(i, j)] * h[3 + j]
    return float(s)


@kernel
def safe_exp(x: float) -> float:
    """Return e**x, 0 below -700."""
    return exp(x) if x > -700.0 else 0.0
