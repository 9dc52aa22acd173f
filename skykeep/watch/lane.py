"""What is done to one row of a block at a time, or to one state: merged, measured, compared with a place.

A state begins somewhere in a flat array, and its columns are LANES apart: see `motion`.
"""

from __future__ import annotations

from skykeep.geo.exact import exp, log
from skykeep.geo.kernel import kernel
from skykeep.watch.motion import LANES
from skykeep.watch.reports import Floats
from skykeep.watch.rows import MODE, MODEL_WIDTH, MODELS, at

LOG_2PI = 1.8378770664093454


@kernel
def copy_lane(source: Floats, one: int, into: Floats, other: int) -> None:
    """Copy models and probabilities of a lane of a block into one of another block."""
    for c in range(MODE + MODELS):
        into[c * LANES + other] = source[c * LANES + one]


@kernel
def merge(s: Floats, first: int, other: Floats, second: int, w: float) -> None:
    """Move a state to the moments of itself (1 - w) and another one (w).

    The states begin at `first` of `s` and at `second` of `other`; both are blocks, so that is m * MODEL_WIDTH * LANES
    and the lane.
    """
    for i in range(3):
        for k in range(3):
            d = float(other[second + i * LANES]) - float(s[first + i * LANES])
            v = float(other[second + (3 + k) * LANES]) - float(s[first + (3 + k) * LANES])
            _merge_one(s, first + (12 + 3 * i + k) * LANES, other, second + (12 + 3 * i + k) * LANES, w, d * v)
            if k >= i:
                e = float(other[second + k * LANES]) - float(s[first + k * LANES])
                _merge_one(s, first + (6 + at(i, k)) * LANES, other, second + (6 + at(i, k)) * LANES, w, d * e)
                u = float(other[second + (3 + i) * LANES]) - float(s[first + (3 + i) * LANES])
                _merge_one(s, first + (21 + at(i, k)) * LANES, other, second + (21 + at(i, k)) * LANES, w, u * v)
    for k in range(6):
        s[first + k * LANES] += w * (other[second + k * LANES] - s[first + k * LANES])


@kernel
def _merge_one(s: Floats, first: int, other: Floats, second: int, w: float, d2: float) -> None:
    s[first] += w * (other[second] - s[first]) + w * (1.0 - w) * d2


@kernel
def into(s: Floats, lane: int, m: int, other: Floats, other_lane: int, w: float) -> None:
    """Merge a model of another block into the same one of this, weight `w` beside the weight that it has."""
    total = float(s[(MODE + m) * LANES + lane]) + w
    if w > 0.0:
        base = m * MODEL_WIDTH * LANES
        merge(s, base + lane, other, base + other_lane, w / total)
        s[(MODE + m) * LANES + lane] = total


@kernel
def place_fit(s: Floats, first: int, ago_s: float, rf: Floats, j: int, z: int, cov: int) -> tuple[float, float]:
    """Return how far the place of a report is from a state, squared and in sigmas, and det(S), 0 where there is none.

    The state begins at `first` of a block. The place was measured `ago_s` before the state's time; row `j` of `rf`
    holds it from column `z` on, and its covariance (6) from `cov` on. Its density is exp(-d2 / 2) / sqrt((2 pi)^3 det).
    """
    s0 = float(s[first + 6 * LANES]) + float(rf[j, cov])
    s1 = float(s[first + 7 * LANES]) + float(rf[j, cov + 1])
    s2 = float(s[first + 8 * LANES]) + float(rf[j, cov + 2])
    s3 = float(s[first + 9 * LANES]) + float(rf[j, cov + 3])
    s4 = float(s[first + 10 * LANES]) + float(rf[j, cov + 4])
    s5 = float(s[first + 11 * LANES]) + float(rf[j, cov + 5])
    c0, c1, c2 = s3 * s5 - s4 * s4, s2 * s4 - s1 * s5, s1 * s4 - s2 * s3
    det = s0 * c0 + s1 * c1 + s2 * c2
    if det <= 0.0:
        return 1e300, 0.0
    y0 = float(rf[j, z]) - (float(s[first]) - ago_s * float(s[first + 3 * LANES]))
    y1 = float(rf[j, z + 1]) - (float(s[first + LANES]) - ago_s * float(s[first + 4 * LANES]))
    y2 = float(rf[j, z + 2]) - (float(s[first + 2 * LANES]) - ago_s * float(s[first + 5 * LANES]))
    d2 = y0 * y0 * c0 + y1 * y1 * (s0 * s5 - s2 * s2) + y2 * y2 * (s0 * s3 - s1 * s1)
    d2 = d2 + 2.0 * (y0 * y1 * c1 + y0 * y2 * c2 + y1 * y2 * (s1 * s2 - s0 * s4))
    return d2 / det, det


@kernel
def take_scalar(s: Floats, first: int, h: Floats, innovation: float, r: float, ph: Floats) -> float:
    """Update the state at `first` of a block by one measured number, in place; return its log-density.

    `h` (6,) is what it measures of the state, `innovation` measured minus expected, `r` its variance; `ph` (6,) is room
    to work in. Where nothing is gained (variance below 0) the state stays.
    """
    p, b, c = first + 6 * LANES, first + 12 * LANES, first + 21 * LANES
    for i in range(3):
        top = 0.0
        low = 0.0
        for j in range(3):
            top = top + s[p + at(i, j) * LANES] * h[j] + s[b + (3 * i + j) * LANES] * h[3 + j]
            low = low + s[b + (3 * j + i) * LANES] * h[j] + s[c + at(i, j) * LANES] * h[3 + j]
        ph[i] = top
        ph[3 + i] = low
    total = r
    for i in range(6):
        total = total + h[i] * ph[i]
    if total <= 0.0:
        return -1e300
    for i in range(6):
        s[first + i * LANES] += ph[i] / total * innovation
    for i in range(3):
        for j in range(i, 3):
            s[p + at(i, j) * LANES] -= ph[i] / total * ph[j]
            s[c + at(i, j) * LANES] -= ph[3 + i] / total * ph[3 + j]
        for j in range(3):
            s[b + (3 * i + j) * LANES] -= ph[i] / total * ph[3 + j]
    return -0.5 * (innovation * innovation / total + log(total) + LOG_2PI)


@kernel
def scalar_variance(s: Floats, first: int, h: Floats, r: float) -> float:
    """Return the variance of one measured number of the state at `first` of a block: h P h' + r."""
    p, b, c = first + 6 * LANES, first + 12 * LANES, first + 21 * LANES
    total = r
    for i in range(3):
        for j in range(3):
            cross = s[b + (3 * i + j) * LANES]
            total = total + h[i] * (s[p + at(i, j) * LANES] * h[j] + 2.0 * cross * h[3 + j])
            total = total + h[3 + i] * s[c + at(i, j) * LANES] * h[3 + j]
    return float(total)


@kernel
def safe_exp(x: float) -> float:
    """Return e**x, 0 below -700."""
    return exp(x) if x > -700.0 else 0.0
