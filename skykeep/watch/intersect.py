"""Reports whose errors hang together with those before: taken by covariance intersection, so that none counts twice.

A sensor that sends tracks has filtered them already. What it says now repeats what it said before, and how much of it
is new nobody knows. Covariance intersection stays honest whatever that is: the state gets weight w, the report 1 - w,

    inverse(P after) = w inverse(P) + (1 - w) H' inverse(R) H

which is a plain update with P / w and R / (1 - w) (Julier and Uhlmann, "A non-divergent estimation algorithm in the
presence of unknown correlations", ACC 1997). The weight is the one with the least determinant of P after, by bisection,
always so many times; it is 1, and nothing is taken, where the report is not much surer than what is known.
"""

from __future__ import annotations

from skykeep.geo.kernel import kernel
from skykeep.watch import packed as rep
from skykeep.watch.lane import scalar_variance
from skykeep.watch.motion import LANES, Z_COV
from skykeep.watch.reports import AZIMUTH, POSITION, Floats, Ints
from skykeep.watch.rows import MODE, MODEL_WIDTH, MODELS
from skykeep.watch.weights import direction

NOTHING_NEW = 0.0
_HALVINGS = 40
_LEAST = 1e-3  # weight of the state
_STATE = 6.0  # numbers in a state


@kernel
def intersect(s: Floats, lane: int, rf: Floats, ri: Ints, j: int, t_ns: int, frame: Floats, room: Floats) -> float:
    """Widen a row's models, and the place beside them, so that a plain update with report j is an intersection.

    Returns by how much the variances of the report are to be multiplied; NOTHING_NEW where it has nothing to add, and
    then nothing is widened. The weight is that of the likeliest model. `room` (18,) is room to work in.
    """
    likeliest = 0
    for m in range(1, MODELS):
        if s[(MODE + m) * LANES + lane] > s[(MODE + likeliest) * LANES + lane]:
            likeliest = m
    first = likeliest * MODEL_WIDTH * LANES + lane
    if ri[j, rep.KIND] == POSITION:
        one, two, three = place_ratio(s, first, lane)
    else:
        one, two, three = direction_ratio(s, first, rf, ri, j, t_ns, frame, room)
    speed = 0.0
    if ri[j, rep.KIND] == POSITION and rf[j, rep.VEL_VAR] > 0.0:
        spread = s[first + 21 * LANES] + s[first + 24 * LANES] + s[first + 26 * LANES]
        speed = float(spread) / (2.0 * float(rf[j, rep.VEL_VAR]))
    w = weight(one, two, three, speed)
    if w >= 1.0:
        return NOTHING_NEW
    widen(s, lane, 1.0 / w)
    for c in range(6):
        s[(Z_COV + c) * LANES + lane] = s[(Z_COV + c) * LANES + lane] / (1.0 - w)
    return 1.0 / (1.0 - w)


@kernel
def widen(s: Floats, lane: int, times: float) -> None:
    """Multiply the covariances of a row's models."""
    for m in range(MODELS):
        for c in range(6, MODEL_WIDTH):
            s[(m * MODEL_WIDTH + c) * LANES + lane] *= times


@kernel
def weight(one: float, two: float, three: float, speed: float) -> float:
    """Return the state's weight with the least determinant after an intersection; 1: the report has nothing to add.

    `one`, `two`, `three`: trace, sum of the principal minors of two, and determinant of H P H' inverse(R). `speed`: the
    same ratio for each of two components of the velocity besides, reckoned as if it stood alone; 0: not measured. With
    u = (1 - w) / w, log det of inverse(P after) is a constant - 6 log(1 + u) + log(1 + one u + two u2 + three u3)
    + 2 log(1 + speed u), and has one maximum.
    """
    low, high = _LEAST, 1.0
    if one + 2.0 * speed <= _STATE:
        return 1.0
    for _ in range(_HALVINGS):
        w = 0.5 * (low + high)
        u = (1.0 - w) / w
        gain = (one + (2.0 * two + 3.0 * three * u) * u) / (1.0 + (one + (two + three * u) * u) * u)
        gain = gain + 2.0 * speed / (1.0 + speed * u) - _STATE / (1.0 + u)
        if gain > 0.0:
            high = w
        else:
            low = w
    return 0.5 * (low + high)


@kernel
def place_ratio(s: Floats, first: int, lane: int) -> tuple[float, float, float]:
    """Return trace, minors and determinant of a state's position covariance by the inverse of the measured one's.

    Zeros where that has no inverse.
    """
    r0, r1, r2 = (
        float(s[Z_COV * LANES + lane]),
        float(s[(Z_COV + 1) * LANES + lane]),
        float(s[(Z_COV + 2) * LANES + lane]),
    )
    r3, r4, r5 = (
        float(s[(Z_COV + 3) * LANES + lane]),
        float(s[(Z_COV + 4) * LANES + lane]),
        float(s[(Z_COV + 5) * LANES + lane]),
    )
    c0, c1, c2 = r3 * r5 - r4 * r4, r2 * r4 - r1 * r5, r1 * r4 - r2 * r3
    det = r0 * c0 + r1 * c1 + r2 * c2
    if det <= 0.0:
        return 0.0, 0.0, 0.0
    p0, p1, p2 = float(s[first + 6 * LANES]), float(s[first + 7 * LANES]), float(s[first + 8 * LANES])
    p3, p4, p5 = float(s[first + 9 * LANES]), float(s[first + 10 * LANES]), float(s[first + 11 * LANES])
    one = p0 * c0 + p3 * (r0 * r5 - r2 * r2) + p5 * (r0 * r3 - r1 * r1)
    one = one + 2.0 * (p1 * c1 + p2 * c2 + p4 * (r1 * r2 - r0 * r4))
    d0, d1, d2 = p3 * p5 - p4 * p4, p2 * p4 - p1 * p5, p1 * p4 - p2 * p3
    # the minors of a product: the trace of the adjugate of P by R, over det R
    two = r0 * d0 + r3 * (p0 * p5 - p2 * p2) + r5 * (p0 * p3 - p1 * p1)
    two = two + 2.0 * (r1 * d1 + r2 * d2 + r4 * (p1 * p2 - p0 * p4))
    three = p0 * d0 + p1 * d1 + p2 * d2
    return one / det, max(two, 0.0) / det, max(three, 0.0) / det


@kernel
def direction_ratio(
    s: Floats, first: int, rf: Floats, ri: Ints, j: int, t_ns: int, frame: Floats, room: Floats
) -> tuple[float, float, float]:
    """Do as `place_ratio` for an azimuth or a direction, whose angles are reckoned apart; `room` (18,) to work in."""
    ago_s = float(int(t_ns) - int(ri[j, rep.T_NS])) / 1e9
    direction(s, first, ago_s, rf, j, frame, room)
    azimuth = scalar_variance(s, first, room[6:12], 0.0) / max(float(rf[j, rep.COV]), 1e-12)
    if ri[j, rep.KIND] == AZIMUTH:
        return azimuth, 0.0, 0.0
    elevation = scalar_variance(s, first, room[12:18], 0.0) / max(float(rf[j, rep.COV + 1]), 1e-12)
    return azimuth + elevation, azimuth * elevation, 0.0
