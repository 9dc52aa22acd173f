"""How an aircraft moves: three motion models, mixed, predicted and updated (interacting multiple models).

State and covariance are as `rows` packs them: position block A (6), cross block B (9), velocity block C (6). All models
are x' = [[1, f], [0, a]] x per axis: hover damps the velocity (a < 1), smooth and agile keep it (a = 1, f = dt). White
acceleration noise, less of it straight up than level (Bar-Shalom, Li, Kirubarajan 2001, sections 6.2.2 and 11.6.6).
Only + - * / sqrt, one element at a time: the same bytes on any machine.

Rows are worked on side by side, LANES of them in a block: a flat array in which column c of the row in lane k stands at
c * LANES + k, so that a processor takes several lanes at once. The first columns are those of a row; of the others each
lane has its own as well. What is done to one lane does not depend on what is in another.
"""

from __future__ import annotations

import math

from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Floats
from skykeep.watch.rows import MEAN, MODE, MODEL_WIDTH, MODELS, SPREAD, SPREAD_UP, SPREAD_V, R, at

LANES = 8
MODE_MIN = 1e-6  # a motion model is never less probable than this

HELD = R  # columns of a row that its motion fills: models, probabilities, mean, spreads
DT = HELD  # s to move ahead
UP = DT + 1  # three: straight up at the first model's place
SHARE = UP + 3  # MODELS: of each model in the mixture over all; then how far each goes towards that
ALL = SHARE + MODELS  # MODEL_WIDTH: the mixture
Z = ALL + MODEL_WIDTH  # three: a measured place (m), and its covariance (6)
Z_COV = Z + 3
AGO = Z_COV + 6  # s from when it was measured to the state's time
WIDTH = AGO + 1
BLOCK = WIDTH * LANES
CARRIED = (MODE + MODELS) * LANES  # of a block: models and probabilities
_MODEL = MODEL_WIDTH * LANES


@kernel
def carry(s: Floats, lanes: int, rate: float, noise: Floats) -> None:
    """Mix the models of the first `lanes` rows of a block and move them by their DT, which is not negative.

    A model is left for each other one at `rate` a second; `noise` (9,): of each, level and up intensity (m2/s3) and
    damping time (s; 0: none).
    """
    mix(s, lanes, rate)
    step_models(s, lanes, noise)


@kernel
def mix(s: Floats, lanes: int, rate: float) -> None:
    """Replace the models of a block by the states that each starts its step from, and their probabilities.

    Bar-Shalom 2001, section 11.6.6, steps 1 and 2. As a model is left for all others alike, it starts from a mixture of
    its own state and the one over all models, which is reckoned once.
    """
    for k in range(lanes):
        m0, m1, m2 = s[MODE * LANES + k], s[MODE * LANES + LANES + k], s[MODE * LANES + 2 * LANES + k]
        weight = m0 + m1 + m2
        s[SHARE * LANES + k] = m0 / weight
        s[SHARE * LANES + LANES + k] = m1 / weight
        s[SHARE * LANES + 2 * LANES + k] = m2 / weight
    mixture(s, lanes)
    for k in range(lanes):
        dt = s[DT * LANES + k]
        leave = rate * dt / (1.0 + 2.0 * rate * dt)
        for m in range(MODELS):
            share = leave + (1.0 - 3.0 * leave) * s[(SHARE + m) * LANES + k]
            s[(MODE + m) * LANES + k] = share
            s[(SHARE + m) * LANES + k] = leave / share
    c = ALL * LANES
    for m in range(MODELS):
        b = m * _MODEL
        for k in range(lanes):
            w = s[SHARE * LANES + m * LANES + k]
            u = w * (1.0 - w)
            d0, d1, d2 = (
                s[c + k] - s[b + k],
                s[c + LANES + k] - s[b + LANES + k],
                s[c + 2 * LANES + k] - s[b + 2 * LANES + k],
            )
            d3, d4, d5 = (
                s[c + 3 * LANES + k] - s[b + 3 * LANES + k],
                s[c + 4 * LANES + k] - s[b + 4 * LANES + k],
                s[c + 5 * LANES + k] - s[b + 5 * LANES + k],
            )
            s[b + k] += w * d0
            s[b + LANES + k] += w * d1
            s[b + 2 * LANES + k] += w * d2
            s[b + 3 * LANES + k] += w * d3
            s[b + 4 * LANES + k] += w * d4
            s[b + 5 * LANES + k] += w * d5
            a0, a1, a2, a3, a4, a5 = u * d0, u * d1, u * d2, u * d3, u * d4, u * d5
            s[b + 6 * LANES + k] += w * (s[c + 6 * LANES + k] - s[b + 6 * LANES + k]) + a0 * d0
            s[b + 7 * LANES + k] += w * (s[c + 7 * LANES + k] - s[b + 7 * LANES + k]) + a0 * d1
            s[b + 8 * LANES + k] += w * (s[c + 8 * LANES + k] - s[b + 8 * LANES + k]) + a0 * d2
            s[b + 9 * LANES + k] += w * (s[c + 9 * LANES + k] - s[b + 9 * LANES + k]) + a1 * d1
            s[b + 10 * LANES + k] += w * (s[c + 10 * LANES + k] - s[b + 10 * LANES + k]) + a1 * d2
            s[b + 11 * LANES + k] += w * (s[c + 11 * LANES + k] - s[b + 11 * LANES + k]) + a2 * d2
            s[b + 12 * LANES + k] += w * (s[c + 12 * LANES + k] - s[b + 12 * LANES + k]) + a0 * d3
            s[b + 13 * LANES + k] += w * (s[c + 13 * LANES + k] - s[b + 13 * LANES + k]) + a0 * d4
            s[b + 14 * LANES + k] += w * (s[c + 14 * LANES + k] - s[b + 14 * LANES + k]) + a0 * d5
            s[b + 15 * LANES + k] += w * (s[c + 15 * LANES + k] - s[b + 15 * LANES + k]) + a1 * d3
            s[b + 16 * LANES + k] += w * (s[c + 16 * LANES + k] - s[b + 16 * LANES + k]) + a1 * d4
            s[b + 17 * LANES + k] += w * (s[c + 17 * LANES + k] - s[b + 17 * LANES + k]) + a1 * d5
            s[b + 18 * LANES + k] += w * (s[c + 18 * LANES + k] - s[b + 18 * LANES + k]) + a2 * d3
            s[b + 19 * LANES + k] += w * (s[c + 19 * LANES + k] - s[b + 19 * LANES + k]) + a2 * d4
            s[b + 20 * LANES + k] += w * (s[c + 20 * LANES + k] - s[b + 20 * LANES + k]) + a2 * d5
            s[b + 21 * LANES + k] += w * (s[c + 21 * LANES + k] - s[b + 21 * LANES + k]) + a3 * d3
            s[b + 22 * LANES + k] += w * (s[c + 22 * LANES + k] - s[b + 22 * LANES + k]) + a3 * d4
            s[b + 23 * LANES + k] += w * (s[c + 23 * LANES + k] - s[b + 23 * LANES + k]) + a3 * d5
            s[b + 24 * LANES + k] += w * (s[c + 24 * LANES + k] - s[b + 24 * LANES + k]) + a4 * d4
            s[b + 25 * LANES + k] += w * (s[c + 25 * LANES + k] - s[b + 25 * LANES + k]) + a4 * d5
            s[b + 26 * LANES + k] += w * (s[c + 26 * LANES + k] - s[b + 26 * LANES + k]) + a5 * d5


@kernel
def mixture(s: Floats, lanes: int) -> None:
    """Fill ALL of a block with mean and covariance over all models, weighted by SHARE."""
    c = ALL * LANES
    for k in range(lanes):
        for q in range(6):
            x = s[q * LANES + k]
            more = s[(SHARE + 1) * LANES + k] * (s[_MODEL + q * LANES + k] - x)
            s[c + q * LANES + k] = x + (more + s[(SHARE + 2) * LANES + k] * (s[2 * _MODEL + q * LANES + k] - x))
        for q in range(6, MODEL_WIDTH):
            s[c + q * LANES + k] = 0.0
    for m in range(MODELS):
        b = m * _MODEL
        for k in range(lanes):
            w = s[SHARE * LANES + m * LANES + k]
            d0, d1, d2 = (
                s[b + k] - s[c + k],
                s[b + LANES + k] - s[c + LANES + k],
                s[b + 2 * LANES + k] - s[c + 2 * LANES + k],
            )
            d3, d4, d5 = (
                s[b + 3 * LANES + k] - s[c + 3 * LANES + k],
                s[b + 4 * LANES + k] - s[c + 4 * LANES + k],
                s[b + 5 * LANES + k] - s[c + 5 * LANES + k],
            )
            a0, a1, a2, a3, a4, a5 = w * d0, w * d1, w * d2, w * d3, w * d4, w * d5
            s[c + 6 * LANES + k] += w * s[b + 6 * LANES + k] + a0 * d0
            s[c + 7 * LANES + k] += w * s[b + 7 * LANES + k] + a0 * d1
            s[c + 8 * LANES + k] += w * s[b + 8 * LANES + k] + a0 * d2
            s[c + 9 * LANES + k] += w * s[b + 9 * LANES + k] + a1 * d1
            s[c + 10 * LANES + k] += w * s[b + 10 * LANES + k] + a1 * d2
            s[c + 11 * LANES + k] += w * s[b + 11 * LANES + k] + a2 * d2
            s[c + 12 * LANES + k] += w * s[b + 12 * LANES + k] + a0 * d3
            s[c + 13 * LANES + k] += w * s[b + 13 * LANES + k] + a0 * d4
            s[c + 14 * LANES + k] += w * s[b + 14 * LANES + k] + a0 * d5
            s[c + 15 * LANES + k] += w * s[b + 15 * LANES + k] + a1 * d3
            s[c + 16 * LANES + k] += w * s[b + 16 * LANES + k] + a1 * d4
            s[c + 17 * LANES + k] += w * s[b + 17 * LANES + k] + a1 * d5
            s[c + 18 * LANES + k] += w * s[b + 18 * LANES + k] + a2 * d3
            s[c + 19 * LANES + k] += w * s[b + 19 * LANES + k] + a2 * d4
            s[c + 20 * LANES + k] += w * s[b + 20 * LANES + k] + a2 * d5
            s[c + 21 * LANES + k] += w * s[b + 21 * LANES + k] + a3 * d3
            s[c + 22 * LANES + k] += w * s[b + 22 * LANES + k] + a3 * d4
            s[c + 23 * LANES + k] += w * s[b + 23 * LANES + k] + a3 * d5
            s[c + 24 * LANES + k] += w * s[b + 24 * LANES + k] + a4 * d4
            s[c + 25 * LANES + k] += w * s[b + 25 * LANES + k] + a4 * d5
            s[c + 26 * LANES + k] += w * s[b + 26 * LANES + k] + a5 * d5


@kernel
def step_models(s: Floats, lanes: int, noise: Floats) -> None:
    """Move all models of a block by DT; arguments as of `carry`.

    What is straight up is asked once, where the first model is: the models are metres apart.
    """
    for k in range(lanes):
        x, y, z = s[k], s[LANES + k], s[2 * LANES + k]
        norm = math.sqrt(x * x + y * y + z * z)
        scale = (1.0 if norm > 1.0 else 0.0) / max(norm, 1.0)
        s[UP * LANES + k] = x * scale
        s[UP * LANES + LANES + k] = y * scale
        s[UP * LANES + 2 * LANES + k] = z * scale
    for m in range(MODELS):
        b = m * _MODEL
        level, tau = float(noise[3 * m]), float(noise[3 * m + 2])
        more = float(noise[3 * m + 1]) - level
        damped, rest = (1.0, 0.0) if tau > 0.0 else (0.0, 1.0)
        for k in range(lanes):
            dt = s[DT * LANES + k]
            x, y, z = s[UP * LANES + k], s[UP * LANES + LANES + k], s[UP * LANES + 2 * LANES + k]
            a = (tau + rest) / (tau + rest + damped * dt)
            f = dt * a
            half, third = dt * dt / 2.0, dt * dt * dt / 3.0
            q0, q1, q2 = more * x * x + level, more * x * y, more * x * z
            q3, q4, q5 = more * y * y + level, more * y * z, more * z * z + level
            for i in range(3):
                v = s[b + (3 + i) * LANES + k]
                s[b + i * LANES + k] += f * v
                s[b + (3 + i) * LANES + k] = a * v
            b0, b1, b2 = s[b + 12 * LANES + k], s[b + 13 * LANES + k], s[b + 14 * LANES + k]
            b3, b4, b5 = s[b + 15 * LANES + k], s[b + 16 * LANES + k], s[b + 17 * LANES + k]
            b6, b7, b8 = s[b + 18 * LANES + k], s[b + 19 * LANES + k], s[b + 20 * LANES + k]
            c0, c1, c2 = s[b + 21 * LANES + k], s[b + 22 * LANES + k], s[b + 23 * LANES + k]
            c3, c4, c5 = s[b + 24 * LANES + k], s[b + 25 * LANES + k], s[b + 26 * LANES + k]
            ff, aa = f * f, a * a
            s[b + 6 * LANES + k] += f * (b0 + b0) + ff * c0 + q0 * third
            s[b + 7 * LANES + k] += f * (b1 + b3) + ff * c1 + q1 * third
            s[b + 8 * LANES + k] += f * (b2 + b6) + ff * c2 + q2 * third
            s[b + 9 * LANES + k] += f * (b4 + b4) + ff * c3 + q3 * third
            s[b + 10 * LANES + k] += f * (b5 + b7) + ff * c4 + q4 * third
            s[b + 11 * LANES + k] += f * (b8 + b8) + ff * c5 + q5 * third
            s[b + 12 * LANES + k] = a * (b0 + f * c0) + q0 * half
            s[b + 13 * LANES + k] = a * (b1 + f * c1) + q1 * half
            s[b + 14 * LANES + k] = a * (b2 + f * c2) + q2 * half
            s[b + 15 * LANES + k] = a * (b3 + f * c1) + q1 * half
            s[b + 16 * LANES + k] = a * (b4 + f * c3) + q3 * half
            s[b + 17 * LANES + k] = a * (b5 + f * c4) + q4 * half
            s[b + 18 * LANES + k] = a * (b6 + f * c2) + q2 * half
            s[b + 19 * LANES + k] = a * (b7 + f * c4) + q4 * half
            s[b + 20 * LANES + k] = a * (b8 + f * c5) + q5 * half
            s[b + 21 * LANES + k] = aa * c0 + q0 * dt
            s[b + 22 * LANES + k] = aa * c1 + q1 * dt
            s[b + 23 * LANES + k] = aa * c2 + q2 * dt
            s[b + 24 * LANES + k] = aa * c3 + q3 * dt
            s[b + 25 * LANES + k] = aa * c4 + q4 * dt
            s[b + 26 * LANES + k] = aa * c5 + q5 * dt


@kernel
def take_places(s: Floats, lanes: int) -> None:
    """Update all models of a block by the place Z with covariance Z_COV, measured AGO before the state's time.

    Where there is no inverse nothing is taken.
    """
    for m in range(MODELS):
        b = m * _MODEL
        for k in range(lanes):
            p0, p1, p2 = s[b + 6 * LANES + k], s[b + 7 * LANES + k], s[b + 8 * LANES + k]
            p3, p4, p5 = s[b + 9 * LANES + k], s[b + 10 * LANES + k], s[b + 11 * LANES + k]
            b0, b1, b2 = s[b + 12 * LANES + k], s[b + 13 * LANES + k], s[b + 14 * LANES + k]
            b3, b4, b5 = s[b + 15 * LANES + k], s[b + 16 * LANES + k], s[b + 17 * LANES + k]
            b6, b7, b8 = s[b + 18 * LANES + k], s[b + 19 * LANES + k], s[b + 20 * LANES + k]
            s0, s1, s2 = p0 + s[Z_COV * LANES + k], p1 + s[(Z_COV + 1) * LANES + k], p2 + s[(Z_COV + 2) * LANES + k]
            s3, s4, s5 = (
                p3 + s[(Z_COV + 3) * LANES + k],
                p4 + s[(Z_COV + 4) * LANES + k],
                p5 + s[(Z_COV + 5) * LANES + k],
            )
            i0, i1, i2 = s3 * s5 - s4 * s4, s2 * s4 - s1 * s5, s1 * s4 - s2 * s3
            det = s0 * i0 + s1 * i1 + s2 * i2
            inverse = (1.0 if det > 0.0 else 0.0) / (det if det > 0.0 else 1.0)
            i3, i4, i5 = (s0 * s5 - s2 * s2) * inverse, (s1 * s2 - s0 * s4) * inverse, (s0 * s3 - s1 * s1) * inverse
            i0, i1, i2 = i0 * inverse, i1 * inverse, i2 * inverse
            x0, x1, x2 = s[b + k], s[b + LANES + k], s[b + 2 * LANES + k]
            v0, v1, v2 = s[b + 3 * LANES + k], s[b + 4 * LANES + k], s[b + 5 * LANES + k]
            ago = s[AGO * LANES + k]
            y0 = s[Z * LANES + k] - (x0 - ago * v0)
            y1 = s[(Z + 1) * LANES + k] - (x1 - ago * v1)
            y2 = s[(Z + 2) * LANES + k] - (x2 - ago * v2)
            # gains of the velocity; B is the covariance of position (row) with velocity (column)
            g0, g1, g2 = b0 * i0 + b3 * i1 + b6 * i2, b0 * i1 + b3 * i3 + b6 * i4, b0 * i2 + b3 * i4 + b6 * i5
            g3, g4, g5 = b1 * i0 + b4 * i1 + b7 * i2, b1 * i1 + b4 * i3 + b7 * i4, b1 * i2 + b4 * i4 + b7 * i5
            g6, g7, g8 = b2 * i0 + b5 * i1 + b8 * i2, b2 * i1 + b5 * i3 + b8 * i4, b2 * i2 + b5 * i4 + b8 * i5
            s[b + 3 * LANES + k] = v0 + (g0 * y0 + g1 * y1 + g2 * y2)
            s[b + 4 * LANES + k] = v1 + (g3 * y0 + g4 * y1 + g5 * y2)
            s[b + 5 * LANES + k] = v2 + (g6 * y0 + g7 * y1 + g8 * y2)
            s[b + 21 * LANES + k] -= g0 * b0 + g1 * b3 + g2 * b6
            s[b + 22 * LANES + k] -= g0 * b1 + g1 * b4 + g2 * b7
            s[b + 23 * LANES + k] -= g0 * b2 + g1 * b5 + g2 * b8
            s[b + 24 * LANES + k] -= g3 * b1 + g4 * b4 + g5 * b7
            s[b + 25 * LANES + k] -= g3 * b2 + g4 * b5 + g5 * b8
            s[b + 26 * LANES + k] -= g6 * b2 + g7 * b5 + g8 * b8
            # gains of the position
            g0, g1, g2 = p0 * i0 + p1 * i1 + p2 * i2, p0 * i1 + p1 * i3 + p2 * i4, p0 * i2 + p1 * i4 + p2 * i5
            g3, g4, g5 = p1 * i0 + p3 * i1 + p4 * i2, p1 * i1 + p3 * i3 + p4 * i4, p1 * i2 + p3 * i4 + p4 * i5
            g6, g7, g8 = p2 * i0 + p4 * i1 + p5 * i2, p2 * i1 + p4 * i3 + p5 * i4, p2 * i2 + p4 * i4 + p5 * i5
            s[b + k] = x0 + (g0 * y0 + g1 * y1 + g2 * y2)
            s[b + LANES + k] = x1 + (g3 * y0 + g4 * y1 + g5 * y2)
            s[b + 2 * LANES + k] = x2 + (g6 * y0 + g7 * y1 + g8 * y2)
            s[b + 12 * LANES + k] = b0 - (g0 * b0 + g1 * b3 + g2 * b6)
            s[b + 13 * LANES + k] = b1 - (g0 * b1 + g1 * b4 + g2 * b7)
            s[b + 14 * LANES + k] = b2 - (g0 * b2 + g1 * b5 + g2 * b8)
            s[b + 15 * LANES + k] = b3 - (g3 * b0 + g4 * b3 + g5 * b6)
            s[b + 16 * LANES + k] = b4 - (g3 * b1 + g4 * b4 + g5 * b7)
            s[b + 17 * LANES + k] = b5 - (g3 * b2 + g4 * b5 + g5 * b8)
            s[b + 18 * LANES + k] = b6 - (g6 * b0 + g7 * b3 + g8 * b6)
            s[b + 19 * LANES + k] = b7 - (g6 * b1 + g7 * b4 + g8 * b7)
            s[b + 20 * LANES + k] = b8 - (g6 * b2 + g7 * b5 + g8 * b8)
            s[b + 6 * LANES + k] = p0 - (g0 * p0 + g1 * p1 + g2 * p2)
            s[b + 7 * LANES + k] = p1 - (g0 * p1 + g1 * p3 + g2 * p4)
            s[b + 8 * LANES + k] = p2 - (g0 * p2 + g1 * p4 + g2 * p5)
            s[b + 9 * LANES + k] = p3 - (g3 * p1 + g4 * p3 + g5 * p4)
            s[b + 10 * LANES + k] = p4 - (g3 * p2 + g4 * p4 + g5 * p5)
            s[b + 11 * LANES + k] = p5 - (g6 * p2 + g7 * p4 + g8 * p5)


@kernel
def sum_up(s: Floats, lanes: int) -> None:
    """Make the models' probabilities of a block sum to 1, none of them nothing; fill mean and spreads over all models.

    SPREAD is the root of the trace of the position's covariance in the level plane, SPREAD_UP that of its variance
    straight up at the mean, SPREAD_V that of the trace of the velocity's.
    """
    for k in range(lanes):
        m0, m1, m2 = s[MODE * LANES + k], s[(MODE + 1) * LANES + k], s[(MODE + 2) * LANES + k]
        least = MODE_MIN * (m0 + m1 + m2)
        m0, m1, m2 = max(m0, least), max(m1, least), max(m2, least)
        total = m0 + m1 + m2
        s[MODE * LANES + k] = m0 / total
        s[(MODE + 1) * LANES + k] = m1 / total
        s[(MODE + 2) * LANES + k] = m2 / total
        for q in range(6):
            x = s[q * LANES + k]
            more = s[(MODE + 1) * LANES + k] * (s[_MODEL + q * LANES + k] - x)
            s[(MEAN + q) * LANES + k] = x + (more + s[(MODE + 2) * LANES + k] * (s[2 * _MODEL + q * LANES + k] - x))
        s[SPREAD * LANES + k] = 0.0
        s[SPREAD_UP * LANES + k] = 0.0
        s[SPREAD_V * LANES + k] = 0.0
        x, y, z = s[MEAN * LANES + k], s[(MEAN + 1) * LANES + k], s[(MEAN + 2) * LANES + k]
        norm = math.sqrt(x * x + y * y + z * z)
        scale = (1.0 if norm > 1.0 else 0.0) / max(norm, 1.0)
        s[UP * LANES + k] = x * scale
        s[UP * LANES + LANES + k] = y * scale
        s[UP * LANES + 2 * LANES + k] = z * scale
    for m in range(MODELS):
        b = m * _MODEL
        for k in range(lanes):
            w = s[MODE * LANES + m * LANES + k]
            x, y, z = s[UP * LANES + k], s[UP * LANES + LANES + k], s[UP * LANES + 2 * LANES + k]
            d0, d1 = s[b + k] - s[MEAN * LANES + k], s[b + LANES + k] - s[(MEAN + 1) * LANES + k]
            d2 = s[b + 2 * LANES + k] - s[(MEAN + 2) * LANES + k]
            d3, d4 = s[b + 3 * LANES + k] - s[(MEAN + 3) * LANES + k], s[b + 4 * LANES + k] - s[(MEAN + 4) * LANES + k]
            d5 = s[b + 5 * LANES + k] - s[(MEAN + 5) * LANES + k]
            xx, yy, zz = s[b + 6 * LANES + k], s[b + 9 * LANES + k], s[b + 11 * LANES + k]
            xy, xz, yz = s[b + 7 * LANES + k], s[b + 8 * LANES + k], s[b + 10 * LANES + k]
            d = x * d0 + y * d1 + z * d2
            up = x * x * xx + y * y * yy + z * z * zz + 2.0 * (x * y * xy + x * z * xz + y * z * yz) + d * d
            s[SPREAD * LANES + k] += w * (xx + yy + zz + (d0 * d0 + d1 * d1 + d2 * d2) - up)
            s[SPREAD_UP * LANES + k] += w * up
            speed = s[b + 21 * LANES + k] + s[b + 24 * LANES + k] + s[b + 26 * LANES + k]
            s[SPREAD_V * LANES + k] += w * (speed + (d3 * d3 + d4 * d4 + d5 * d5))
    for k in range(lanes):
        s[SPREAD * LANES + k] = math.sqrt(max(s[SPREAD * LANES + k], 0.0))
        s[SPREAD_UP * LANES + k] = math.sqrt(max(s[SPREAD_UP * LANES + k], 0.0))
        s[SPREAD_V * LANES + k] = math.sqrt(max(s[SPREAD_V * LANES + k], 0.0))


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
        w, b = float(mode[i]) / weight, i * MODEL_WIDTH
        for j in range(3):
            d = float(row[b + j]) - float(out[base + j])
            u = float(row[b + 3 + j]) - float(out[base + 3 + j])
            for k in range(3):
                v = float(row[b + 3 + k]) - float(out[base + 3 + k])
                out[base + 12 + 3 * j + k] += w * d * v
                if k >= j:
                    out[base + 6 + at(j, k)] += w * d * (float(row[b + k]) - float(out[base + k]))
                    out[base + 21 + at(j, k)] += w * u * v
    return weight
