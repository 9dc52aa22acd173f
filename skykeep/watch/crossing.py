"""Where bearings of two stations cross: a target there, or a ghost."""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.watch.bearings import FREE_MIN, LOOKED, Rows
from skykeep.watch.reports import AZIMUTH, DIRECTION, Floats, Ints
from skykeep.watch.sensors import COVERS, Columns, visible

SEED_ROWS = 12  # of a look, that crossings are made of
SEED_LOOKS = 10  # of a sensor in the window
SEEDS_MAX = 1536
SINE_MIN = 0.25881904510252074  # of the crossing angle: 15 degrees
PAIR_NS = 1_000_000_000  # apart, at most, where two bearings cross
RANGE_MIN_M, RANGE_MAX_M = 5.0, 20_000.0  # of a sensor without a coverage
HEIGHT_M = 60.0  # above the first station, where no elevation was measured


@kernel
def crossings(columns: Columns, rows: Rows) -> tuple[Floats, Ints, int]:
    """Return the crossings in the window, (k, 4): place and time (s); their two rows (k, 2); how many found no room."""
    found, pair = np.empty((SEEDS_MAX, 4)), np.empty((SEEDS_MAX, 2), np.int64)
    mine, theirs, place = np.empty(SEED_ROWS, np.int64), np.empty(SEED_ROWS, np.int64), np.empty(3)
    count, over = 0, 0
    sensors = int(rows.first.shape[0]) - 1
    quota = SEEDS_MAX // max(1, sensors * (sensors - 1) // 2)
    for u in range(sensors):
        for v in range(u + 1, sensors):
            room = quota
            looks = int(rows.first[u + 1]) - int(rows.first[u])
            stride = (looks + SEED_LOOKS - 1) // SEED_LOOKS
            for back in range(0, looks, max(1, stride)):
                look = int(rows.first[u + 1]) - 1 - back
                other = _nearest(rows, v, float(rows.t[rows.begin[look]]))
                if other < 0:
                    continue
                some, more = _chosen(rows, look, mine), _chosen(rows, other, theirs)
                s, w = int(rows.sensor[look]), int(rows.sensor[other])
                for a in range(some):
                    for b in range(more):
                        i, j = int(mine[a]), int(theirs[b])
                        if rows.tx[i] >= 0 and rows.tx[j] >= 0 and rows.tx[i] != rows.tx[j]:
                            continue
                        if not crossing(
                            columns.frame[s], rows.az[i], rows.el[i], int(rows.kind[i]),
                            columns.frame[w], rows.az[j], rows.el[j], int(rows.kind[j]), place,
                        ) or not seen_from(columns, s, place) or not seen_from(columns, w, place):  # fmt: skip
                            continue
                        if room == 0:
                            over += 1
                            continue
                        room -= 1
                        for c in range(3):
                            found[count, c] = place[c]
                        found[count, 3] = 0.5 * (float(rows.t[i]) + float(rows.t[j]))
                        pair[count, 0], pair[count, 1] = i, j
                        count += 1
    return found[:count], pair[:count], over


@kernel
def _chosen(rows: Rows, look: int, out: Ints) -> int:
    """Fill `out` with the free bearings of a look, the steadiest first, and return how many; ties by their order."""
    count = 0
    for i in range(int(rows.begin[look]), int(rows.begin[look + 1])):
        if float(rows.free[i]) < FREE_MIN or int(rows.kind[i]) == LOOKED:
            continue
        k = count
        while k > 0 and int(rows.steady[out[k - 1]]) < int(rows.steady[i]):
            if k < SEED_ROWS:
                out[k] = out[k - 1]
            k -= 1
        if k < SEED_ROWS:
            out[k] = i
            count = min(count + 1, SEED_ROWS)
    return count


@kernel
def _nearest(rows: Rows, u: int, t: float) -> int:
    """Return the look of a sensor nearest in time, the later one of two; -1: none within PAIR_NS."""
    best, least = -1, PAIR_NS / 1e9
    for look in range(int(rows.first[u]), int(rows.first[u + 1])):
        apart = abs(float(rows.t[rows.begin[look]]) - t)
        if apart <= least:
            best, least = look, apart
    return best


@kernel
def crossing(
    frame_a: Floats, az_a: Floats, el_a: Floats, kind_a: int, frame_b: Floats, az_b: Floats, el_b: Floats, kind_b: int,
    out: Floats,
) -> bool:  # fmt: skip
    """Write where two bearings cross (3,), earth-centred; False where they do not, or too flatly.

    Two directions: the middle of their closest approach. With an azimuth, which is a plane: where the other pierces it.
    Two azimuths: at HEIGHT_M above the first station.
    """
    a, b, gap = np.empty(3), np.empty(3), np.empty(3)
    _ray(frame_a, az_a, el_a, a)
    _ray(frame_b, az_b, el_b, b)
    raised = HEIGHT_M if kind_a == AZIMUTH and kind_b == AZIMUTH else 0.0
    for c in range(3):
        gap[c] = float(frame_b[0, c]) - float(frame_a[0, c]) - raised * float(frame_a[3, c])
    if kind_a == DIRECTION and kind_b == DIRECTION:
        cosine = dot(a, b)
        sine2 = 1.0 - cosine * cosine
        if sine2 < SINE_MIN * SINE_MIN:
            return False
        s = (dot(gap, a) - cosine * dot(gap, b)) / sine2
        t = (cosine * dot(gap, a) - dot(gap, b)) / sine2
        for c in range(3):
            out[c] = 0.5 * (float(frame_a[0, c]) + s * float(a[c]) + float(frame_b[0, c]) + t * float(b[c]))
        return s >= RANGE_MIN_M and t >= RANGE_MIN_M and max(s, t) <= RANGE_MAX_M
    if kind_b == DIRECTION:
        return crossing_plane(frame_b, b, frame_a, az_a, 0.0, out)
    return crossing_plane(frame_a, a, frame_b, az_b, raised, out)


@kernel
def crossing_plane(frame: Floats, ray: Floats, frame_b: Floats, az_b: Floats, raised_m: float, out: Floats) -> bool:
    """Write where a ray from one station, raised by so much, pierces the upright plane of another one's azimuth."""
    normal, forward, gap = np.empty(3), np.empty(3), np.empty(3)
    for c in range(3):
        normal[c] = float(az_b[3]) * float(frame_b[1, c]) - float(az_b[2]) * float(frame_b[2, c])
        forward[c] = float(az_b[2]) * float(frame_b[1, c]) + float(az_b[3]) * float(frame_b[2, c])
        gap[c] = float(frame_b[0, c]) - float(frame[0, c]) - raised_m * float(frame[3, c])
    sine = dot(normal, ray)
    if abs(sine) < SINE_MIN:
        return False
    s = dot(normal, gap) / sine
    if not RANGE_MIN_M <= s <= RANGE_MAX_M:
        return False
    for c in range(3):
        out[c] = float(frame[0, c]) + raised_m * float(frame[3, c]) + s * float(ray[c])
        gap[c] = float(out[c]) - float(frame_b[0, c])
    return RANGE_MIN_M <= dot(forward, gap) <= RANGE_MAX_M


@kernel
def _ray(frame: Floats, az: Floats, el: Floats, out: Floats) -> None:
    """Write the earth-centred unit vector of a direction; `az`, `el` (4,) as in Rows."""
    east, north = float(az[2]) * float(el[3]), float(az[3]) * float(el[3])
    for c in range(3):
        out[c] = east * float(frame[1, c]) + north * float(frame[2, c]) + float(el[2]) * float(frame[3, c])


@kernel
def dot(a: Floats, b: Floats) -> float:
    return float(a[0]) * float(b[0]) + float(a[1]) * float(b[1]) + float(a[2]) * float(b[2])


@kernel
def seen_from(columns: Columns, s: int, x: Floats) -> bool:
    """Say whether a sensor may see a place: in its coverage, where that is declared."""
    if columns.marks[s, COVERS] == 0:
        return True
    return visible(columns, s, float(x[0]), float(x[1]), float(x[2]))


@kernel
def crossed(columns: Columns, sensors: Ints, x: Floats) -> bool:
    """Say whether a place lies in the coverage of all these sensors and two of them see it from different sides."""
    lines = np.empty((sensors.shape[0], 3))
    for k in range(sensors.shape[0]):
        s = int(sensors[k])
        if not seen_from(columns, s, x):
            return False
        total = 0.0
        for c in range(3):
            lines[k, c] = float(x[c]) - float(columns.frame[s, 0, c])
            total += float(lines[k, c]) * float(lines[k, c])
        for c in range(3):
            lines[k, c] = float(lines[k, c]) / math.sqrt(max(total, 1.0))
    for k in range(sensors.shape[0]):
        for m in range(k):
            cosine = dot(lines[k], lines[m])
            if 1.0 - cosine * cosine >= SINE_MIN * SINE_MIN:
                return True
    return False
