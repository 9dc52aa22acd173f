"""Many azimuths of one moment, any of which may be a row's: all hypotheses of them at once."""

from __future__ import annotations

from skykeep.geo.kernel import kernel
from skykeep.watch import packed as rep
from skykeep.watch.assume import BETA_MIN
from skykeep.watch.lane import copy_lane, into, take_scalar
from skykeep.watch.motion import LANES
from skykeep.watch.reports import AZIMUTH, Floats, Ints
from skykeep.watch.rows import MODE, MODEL_WIDTH, MODELS, at
from skykeep.watch.weights import alike, direction, turned


@kernel
def first_azimuth(rf: Floats, ri: Ints, edge_report: Ints, beta: Floats, low: int, high: int, top: int) -> int:
    """Return the first edge but the likeliest that counts and is of an azimuth alone; -1 where none is."""
    for e in range(low, high):
        if e != top and beta[e] > BETA_MIN:
            j = int(edge_report[e])
            if ri[j, rep.KIND] == AZIMUTH and rf[j, rep.DOPPLER_VAR] < 0.0:
                return e
    return -1


@kernel
def azimuths(
    s: Floats,
    lane: int,
    carried: Floats,
    rf: Floats,
    ri: Ints,
    edge_report: Ints,
    beta: Floats,
    likes: Floats,
    first: int,
    high: int,
    top: int,
    t_ns: int,
    frame: Floats,
    one: Floats,
    room: Floats,
) -> None:
    """Merge into a row's models all hypotheses of azimuths `alike` at once, from the edge `first` on.

    A state takes each of them by the same gain K and to the same covariance; only the innovations differ. So the
    moments of all together are those of the mean innovation, and K var K' besides (Bar-Shalom, Li, Kirubarajan 2001,
    section 3.4.3, as in probabilistic data association).
    """
    base = int(edge_report[first])
    ago_s = float(int(t_ns) - int(ri[base, rep.T_NS])) / 1e9
    copy_lane(carried, lane, one, 0)
    for m in range(MODELS):
        begin = m * MODEL_WIDTH * LANES
        off, _ = direction(one, begin, ago_s, rf, base, frame, room)
        weight, mean, square = 0.0, 0.0, 0.0
        for e in range(first, high):
            j = int(edge_report[e])
            if e != top and beta[e] > BETA_MIN and alike(rf, ri, j, base):
                w = float(beta[e] * likes[e, m])
                by = turned(off + float(rf[j, rep.Z] - rf[base, rep.Z]))
                weight = weight + w
                mean = mean + w * by
                square = square + w * by * by
        if weight <= 0.0:
            continue
        mean = mean / weight
        var = max(square / weight - mean * mean, 0.0)
        take_scalar(one, begin, room[6:12], mean, float(rf[base, rep.COV]), room[0:6])
        total = float(rf[base, rep.COV])
        for k in range(6):
            total = total + room[6 + k] * room[k]
        if total > 0.0:
            widened(one, begin, room, var / (total * total))
        into(s, lane, m, one, 0, weight * float(carried[(MODE + m) * LANES + lane]))


@kernel
def widened(s: Floats, first: int, v: Floats, by: float) -> None:
    """Add `by` v v' to the covariance of the state at `first` of a block; `v` (6,) at least."""
    for i in range(3):
        for k in range(3):
            s[first + (12 + 3 * i + k) * LANES] += by * v[i] * v[3 + k]
            if k >= i:
                s[first + (6 + at(i, k)) * LANES] += by * v[i] * v[k]
                s[first + (21 + at(i, k)) * LANES] += by * v[3 + i] * v[3 + k]
