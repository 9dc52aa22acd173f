"""What a row remembers of its reports besides where they place it: heights, radios, its own word, when it was heard."""

from __future__ import annotations

from skykeep.geo.kernel import kernel
from skykeep.watch import packed as rep
from skykeep.watch.assume import SELF_REPORT
from skykeep.watch.frame import axes_at
from skykeep.watch.reports import POSITION, Floats, Ints
from skykeep.watch.rows import (
    ABSENCE,
    ASSUMED,
    COOP,
    COOP_NS,
    COOP_VAR,
    EVIDENCE,
    HEARD_NS,
    HEIGHT_NS,
    HEIGHTS,
    LAST,
    LOOKED,
    MANNED,
    MEAN,
    R_NS,
    RCS,
    REPORTS,
    SEEN,
    SEEN_NS,
    SIGMA,
    SIMULATED,
    SPREAD_V,
    T_NS,
    TX,
    TX_SENSOR,
    TX_WEIGHT,
    UNMANNED,
    R,
)
from skykeep.watch.table import MODALITIES, RADIOS
from skykeep.watch.weights import holds


@kernel
def remember(f: Floats, i: Ints, row: int, rf: Floats, ri: Ints, j: int, p: float, modality: int) -> None:
    """Note what the report that a row is of says besides its place."""
    t = int(ri[j, rep.T_NS])
    newest = t >= int(i[row, HEARD_NS])
    together = t == int(i[row, HEARD_NS])  # of simultaneous reports the less sure one counts
    i[row, HEARD_NS] = max(int(i[row, HEARD_NS]), t)
    i[row, REPORTS] += 1
    i[row, SEEN_NS + modality] = max(int(i[row, SEEN_NS + modality]), t)
    i[row, SEEN + modality] += 1
    f[row, ABSENCE + modality] = 0.0
    i[row, SIMULATED] |= int(ri[j, rep.SIMULATED])
    if ri[j, rep.MANNED] >= 0:
        i[row, UNMANNED] |= 1 - int(ri[j, rep.MANNED])
        i[row, MANNED] = (i[row, MANNED] | int(ri[j, rep.MANNED])) & (1 - i[row, UNMANNED])
    if rf[j, rep.RCS] == rf[j, rep.RCS]:
        f[row, RCS] = rf[j, rep.RCS]
    if newest:
        for k in range(3):
            i[row, EVIDENCE + k] = ri[j, rep.TICK + k]
        if ri[j, rep.KIND] == POSITION:
            f[row, SIGMA] = max(rf[j, rep.SIGMA], f[row, SIGMA]) if together else rf[j, rep.SIGMA]
            i[row, ASSUMED] = ri[j, rep.ASSUMED]
    heights(i, row, ri, j, t)
    if ri[j, rep.TX] >= 0:
        i[row, LAST] = ri[j, rep.LAT]
        i[row, LAST + 1] = ri[j, rep.LON]
        i[row, LAST + 2] = ri[j, rep.CLAIM]
        bind(f, i, row, int(ri[j, rep.TX]), int(ri[j, rep.SENSOR]), p)
        if SELF_REPORT[modality] and ri[j, rep.KIND] == POSITION:
            cooperative(f, i, row, rf, ri, j)


@kernel
def heights(i: Ints, row: int, ri: Ints, j: int, t_ns: int) -> None:
    """Take over the heights of a report, if it gives any and none later is known."""
    gives = ri[j, rep.SAID + 1] >= 0 or ri[j, rep.SAID + 4] >= 0 or ri[j, rep.SAID + 6] >= 0
    if (gives or ri[j, rep.TX] >= 0) and t_ns >= int(i[row, HEIGHT_NS]):
        for k in range(8):
            i[row, HEIGHTS + k] = ri[j, rep.SAID + k]
        i[row, HEIGHT_NS] = t_ns


@kernel
def cooperative(f: Floats, i: Ints, row: int, rf: Floats, ri: Ints, j: int) -> None:
    """Keep what an aircraft says of its own place and velocity, as a reference for other sensors."""
    axes = axes_at(ri[j, rep.LAT] / 1e7, ri[j, rep.LON] / 1e7)
    for k in range(3):
        f[row, COOP + k] = rf[j, rep.Z + k]
        if rf[j, rep.VEL_VAR] >= 0.0:
            f[row, COOP + 3 + k] = rf[j, rep.VEL] * axes[0, k] + rf[j, rep.VEL + 1] * axes[1, k]
        else:
            f[row, COOP + 3 + k] = f[row, MEAN + 3 + k]
    f[row, COOP_VAR] = rf[j, rep.SIGMA] * rf[j, rep.SIGMA]
    i[row, COOP_NS] = ri[j, rep.T_NS]


@kernel
def bind(f: Floats, i: Ints, row: int, tx: int, sensor: int, p: float) -> None:
    """Make a transmitter one of the row's, or a surer one; the weakest gives way."""
    slot = -1
    weakest = 0
    for k in range(RADIOS):
        if i[row, TX + k] == tx:
            slot = k
        if f[row, TX_WEIGHT + k] < f[row, TX_WEIGHT + weakest]:
            weakest = k
    if slot < 0:
        slot = weakest
        i[row, TX + slot] = tx
        i[row, TX_SENSOR + slot] = sensor
        f[row, TX_WEIGHT + slot] = 0.0
    f[row, TX_WEIGHT + slot] += 0.3 * (p - f[row, TX_WEIGHT + slot])


@kernel
def join(f: Floats, i: Ints, a: int, b: int) -> None:
    """Let row a go on with row b: the later state, all that was seen, and the radios of both."""
    if i[b, T_NS] > i[a, T_NS]:
        for k in range(SPREAD_V + 1):
            f[a, k] = f[b, k]
        f[a, SIGMA] = f[b, SIGMA]
        i[a, T_NS] = i[b, T_NS]
        i[a, ASSUMED] = i[b, ASSUMED]
        for k in range(3):
            i[a, EVIDENCE + k] = i[b, EVIDENCE + k]
            i[a, LAST + k] = i[b, LAST + k]
    f[a, R] = max(f[a, R], f[b, R])
    i[a, R_NS] = max(int(i[a, R_NS]), int(i[b, R_NS]))
    i[a, REPORTS] += i[b, REPORTS]
    i[a, HEARD_NS] = max(int(i[a, HEARD_NS]), int(i[b, HEARD_NS]))
    for k in range(len(MODALITIES)):
        if i[b, SEEN_NS + k] > i[a, SEEN_NS + k]:
            i[a, SEEN_NS + k] = i[b, SEEN_NS + k]
            f[a, ABSENCE + k] = f[b, ABSENCE + k]
        i[a, SEEN + k] += i[b, SEEN + k]
    if i[b, COOP_NS] > i[a, COOP_NS]:
        i[a, COOP_NS] = i[b, COOP_NS]
        for k in range(7):
            f[a, COOP + k] = f[b, COOP + k]
    if i[b, HEIGHT_NS] >= i[a, HEIGHT_NS]:
        for k in range(9):
            i[a, HEIGHTS + k] = i[b, HEIGHTS + k]
    i[a, UNMANNED] |= i[b, UNMANNED]
    i[a, MANNED] = (i[a, MANNED] | i[b, MANNED]) & (1 - i[a, UNMANNED])
    i[a, SIMULATED] |= i[b, SIMULATED]
    for k in range(RADIOS):
        if i[b, TX + k] >= 0 and not holds(i, a, int(i[b, TX + k])):
            bind(f, i, a, int(i[b, TX + k]), int(i[b, TX_SENSOR + k]), 1.0)
    for k in range(LOOKED, i.shape[1]):
        i[a, k] = max(int(i[a, k]), int(i[b, k]))
