"""How an aircraft moves: three motion models, mixed, predicted and updated (interacting multiple models).

State and covariance are as `rows` packs them: position block A (6), cross block B (9), velocity block C (6). All models
are x' = [[1, f], [0, a]] x per axis: hover damps the velocity (a < 1), smooth and agile keep it (a = 1, f = dt). White
acceleration noise, less of it straight up than level (Bar-Shalom, Li, Kirubarajan 2001, sections 6.2.2 and 11.6.6).
Only + - * / sqrt, one element at a time: the same bytes on any machine.
"""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.exact import exp, log
from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Floats
from skykeep.watch.rows import MODEL_WIDTH, MODELS, at

LOG_2PI = 1.8378770664093454


@kernel
def mix(row: Floats, mode: Floats, dt_s: float, rate: float, out: Floats, mode_out: Floats) -> None:
    """Fill `out` (81,) and `mode_out` (3,) with the states that each model starts its step from.

    `row` (81,) holds the models' states, `mode` (3,) their probabilities; a model is left for each other one at `rate`
    a second. Bar-Shalom 2001, section 11.6.6, steps 1 and 2.
    """
    leave = rate * dt_s / (1.0 + 2.0 * rate * dt_s)
    for j in range(MODELS):
        total = 0.0
        for i in range(MODELS):
            total = total + (1.0 - 2.0 * leave if i == j else leave) * float(mode[i])
        mode_out[j] = total
        base = j * MODEL_WIDTH
        for k in range(MODEL_WIDTH):
            out[base + k] = 0.0
        for i in range(MODELS):
            w = (1.0 - 2.0 * leave if i == j else leave) * float(mode[i]) / total
            for k in range(6):
                out[base + k] = float(out[base + k]) + w * float(row[i * MODEL_WIDTH + k])
        for i in range(MODELS):
            w = (1.0 - 2.0 * leave if i == j else leave) * float(mode[i]) / total
            _add_spread(row, i * MODEL_WIDTH, out, base, w)


@kernel
def _add_spread(row: Floats, source: int, out: Floats, base: int, w: float) -> None:
    """Add w (P + d d') of the state at `source` to the covariance at `base`, d its distance from the state there."""
    d0 = float(row[source]) - float(out[base])
    d1 = float(row[source + 1]) - float(out[base + 1])
    d2 = float(row[source + 2]) - float(out[base + 2])
    d3 = float(row[source + 3]) - float(out[base + 3])
    d4 = float(row[source + 4]) - float(out[base + 4])
    d5 = float(row[source + 5]) - float(out[base + 5])
    s = source + 6
    o = base + 6
    out[o] += w * (row[s] + d0 * d0)
    out[o + 1] += w * (row[s + 1] + d0 * d1)
    out[o + 2] += w * (row[s + 2] + d0 * d2)
    out[o + 3] += w * (row[s + 3] + d1 * d1)
    out[o + 4] += w * (row[s + 4] + d1 * d2)
    out[o + 5] += w * (row[s + 5] + d2 * d2)
    out[o + 6] += w * (row[s + 6] + d0 * d3)
    out[o + 7] += w * (row[s + 7] + d0 * d4)
    out[o + 8] += w * (row[s + 8] + d0 * d5)
    out[o + 9] += w * (row[s + 9] + d1 * d3)
    out[o + 10] += w * (row[s + 10] + d1 * d4)
    out[o + 11] += w * (row[s + 11] + d1 * d5)
    out[o + 12] += w * (row[s + 12] + d2 * d3)
    out[o + 13] += w * (row[s + 13] + d2 * d4)
    out[o + 14] += w * (row[s + 14] + d2 * d5)
    out[o + 15] += w * (row[s + 15] + d3 * d3)
    out[o + 16] += w * (row[s + 16] + d3 * d4)
    out[o + 17] += w * (row[s + 17] + d3 * d5)
    out[o + 18] += w * (row[s + 18] + d4 * d4)
    out[o + 19] += w * (row[s + 19] + d4 * d5)
    out[o + 20] += w * (row[s + 20] + d5 * d5)


@kernel
def predict(m: Floats, base: int, dt_s: float, f: float, a: float, q_level: float, q_up: float) -> None:
    """Move the state at `base` of `m` by `dt_s`, in place; q are noise intensities in m2/s3, level and straight up."""
    for k in range(3):
        m[base + k] += f * m[base + 3 + k]
        m[base + 3 + k] *= a
    p = base + 6
    b = base + 12
    c = base + 21
    for i in range(3):
        for j in range(i, 3):
            m[p + at(i, j)] += f * (m[b + 3 * i + j] + m[b + 3 * j + i]) + f * f * m[c + at(i, j)]
    for i in range(3):
        for j in range(3):
            m[b + 3 * i + j] = a * (m[b + 3 * i + j] + f * m[c + at(i, j)])
    norm = math.sqrt(m[base] * m[base] + m[base + 1] * m[base + 1] + m[base + 2] * m[base + 2])
    scale = 1.0 / norm if norm > 1.0 else 0.0
    third = dt_s * dt_s * dt_s / 3.0
    half = dt_s * dt_s / 2.0
    for i in range(3):
        for j in range(i, 3):
            up = (m[base + i] * scale) * (m[base + j] * scale)
            q = (q_up - q_level) * up
            if i == j:
                q = q + q_level
            m[c + at(i, j)] = a * a * m[c + at(i, j)] + q * dt_s
            m[p + at(i, j)] += q * third
            m[b + 3 * i + j] += q * half
            if i != j:
                m[b + 3 * j + i] += q * half


@kernel
def step_models(m: Floats, dt_s: float, noise: Floats) -> None:
    """Move all models of `m` (81,) by `dt_s`; `noise` (MODELS, 3): level and up intensity, damping time (s; 0 none)."""
    for k in range(MODELS):
        f, a = dt_s, 1.0
        tau = float(noise[k, 2])
        if tau > 0.0:
            a = tau / (tau + dt_s)
            f = dt_s * a
        predict(m, k * MODEL_WIDTH, dt_s, f, a, float(noise[k, 0]), float(noise[k, 1]))


@kernel
def inverse(s: Floats, out: Floats) -> float:
    """Fill `out` (6,) with the inverse of the symmetric 3 x 3 `s` (6,), packed; return the determinant."""
    c0 = s[3] * s[5] - s[4] * s[4]
    c1 = s[2] * s[4] - s[1] * s[5]
    c2 = s[1] * s[4] - s[2] * s[3]
    det = s[0] * c0 + s[1] * c1 + s[2] * c2
    if det <= 0.0:
        return 0.0
    out[0] = c0 / det
    out[1] = c1 / det
    out[2] = c2 / det
    out[3] = (s[0] * s[5] - s[2] * s[2]) / det
    out[4] = (s[1] * s[2] - s[0] * s[4]) / det
    out[5] = (s[0] * s[3] - s[1] * s[1]) / det
    return float(det)


@kernel
def place_likelihood(
    m: Floats, base: int, ago_s: float, z: Floats, cov: Floats, s: Floats, si: Floats
) -> tuple[float, float]:
    """Return the log-density (per m3) of a place z (3,) measured `ago_s` before the state's time, and its distance.

    The distance is squared and in sigmas (Mahalanobis). `s` and `si` (6,) are room to work in.
    """
    for k in range(6):
        s[k] = m[base + 6 + k] + cov[k]
    det = inverse(s, si)
    if det <= 0.0:
        return -1e300, 1e300
    y0 = z[0] - (m[base] - ago_s * m[base + 3])
    y1 = z[1] - (m[base + 1] - ago_s * m[base + 4])
    y2 = z[2] - (m[base + 2] - ago_s * m[base + 5])
    d2 = y0 * y0 * si[0] + y1 * y1 * si[3] + y2 * y2 * si[5]
    d2 = d2 + 2.0 * (y0 * y1 * si[1] + y0 * y2 * si[2] + y1 * y2 * si[4])
    return -0.5 * (d2 + log(det) + 3.0 * LOG_2PI), d2


@kernel
def take_place(m: Floats, base: int, ago_s: float, z: Floats, cov: Floats, s: Floats, si: Floats, g: Floats) -> None:
    """Update the state at `base` by a place, in place; `s`, `si` (6,) and `g` (18,) are room to work in."""
    for k in range(6):
        s[k] = m[base + 6 + k] + cov[k]
    if inverse(s, si) <= 0.0:
        return
    y0 = z[0] - (m[base] - ago_s * m[base + 3])
    y1 = z[1] - (m[base + 1] - ago_s * m[base + 4])
    y2 = z[2] - (m[base + 2] - ago_s * m[base + 5])
    p = base + 6
    b = base + 12
    c = base + 21
    for i in range(3):  # gains: position (9), velocity (9)
        a0 = m[p + at(i, 0)]
        a1 = m[p + at(i, 1)]
        a2 = m[p + at(i, 2)]
        g[3 * i] = a0 * si[0] + a1 * si[1] + a2 * si[2]
        g[3 * i + 1] = a0 * si[1] + a1 * si[3] + a2 * si[4]
        g[3 * i + 2] = a0 * si[2] + a1 * si[4] + a2 * si[5]
        b0 = m[b + i]
        b1 = m[b + 3 + i]
        b2 = m[b + 6 + i]
        g[9 + 3 * i] = b0 * si[0] + b1 * si[1] + b2 * si[2]
        g[9 + 3 * i + 1] = b0 * si[1] + b1 * si[3] + b2 * si[4]
        g[9 + 3 * i + 2] = b0 * si[2] + b1 * si[4] + b2 * si[5]
    for i in range(6):
        m[base + i] += g[3 * i] * y0 + g[3 * i + 1] * y1 + g[3 * i + 2] * y2
    for i in range(3):  # C first: it needs the old B; then B with the old A's gain; then A
        for j in range(i, 3):
            m[c + at(i, j)] -= g[9 + 3 * i] * m[b + j] + g[10 + 3 * i] * m[b + 3 + j] + g[11 + 3 * i] * m[b + 6 + j]
    for j in range(3):
        b0 = m[b + j]
        b1 = m[b + 3 + j]
        b2 = m[b + 6 + j]
        for i in range(3):
            m[b + 3 * i + j] -= g[3 * i] * b0 + g[3 * i + 1] * b1 + g[3 * i + 2] * b2
    a0, a1, a2 = m[p], m[p + 1], m[p + 2]
    a3, a4, a5 = m[p + 3], m[p + 4], m[p + 5]
    m[p] = a0 - (g[0] * a0 + g[1] * a1 + g[2] * a2)
    m[p + 1] = a1 - (g[0] * a1 + g[1] * a3 + g[2] * a4)
    m[p + 2] = a2 - (g[0] * a2 + g[1] * a4 + g[2] * a5)
    m[p + 3] = a3 - (g[3] * a1 + g[4] * a3 + g[5] * a4)
    m[p + 4] = a4 - (g[3] * a2 + g[4] * a4 + g[5] * a5)
    m[p + 5] = a5 - (g[6] * a2 + g[7] * a4 + g[8] * a5)


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
def collapse(m: Floats, mode: Floats, mean: Floats, cov: Floats) -> None:
    """Fill `mean` (6,) and `cov` (21,) with the mean and covariance over all models of `m` (81,)."""
    for k in range(6):
        total = 0.0
        for i in range(MODELS):
            total = total + mode[i] * m[i * MODEL_WIDTH + k]
        mean[k] = total
    room = np.zeros(MODEL_WIDTH)
    for k in range(6):
        room[k] = mean[k]
    for i in range(MODELS):
        _add_spread(m, i * MODEL_WIDTH, room, 0, float(mode[i]))
    for k in range(MODEL_WIDTH - 6):
        cov[k] = room[6 + k]


@kernel
def safe_exp(x: float) -> float:
    """Return e**x, 0 below -700."""
    return exp(x) if x > -700.0 else 0.0
