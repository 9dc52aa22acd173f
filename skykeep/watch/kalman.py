"""The filter: nearly constant velocity in three dimensions, one scalar update after the other.

State x = position and velocity in the watch's frame, m and m/s; continuous white-noise acceleration (Bar-Shalom, Li,
Kirubarajan 2001, section 6.2.2). A report is measured along its place's own axes east, north and up, where its
components are independent, so a vector update is a sequence of scalar ones (section 5.2 there). After a gap of a
minute the filter begins anew: by then the old velocity means nothing, and no variance can grow so large that
rounding hurts a small one. Only + - * / sqrt, one element at a time: the same bytes on any machine.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from skykeep.geo.frames import ecef_to_geodetic
from skykeep.geo.kernel import kernel
from skykeep.watch.frame import Floats, along, axes_at, level_variance_m2

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Settled = tuple[Ints, Floats, Floats, Ints, Ints]  # t_ns (n,), x (n, 6), p (n, 6, 6), reports (n,), last (n, 3)
Now = tuple[Ints, Floats, Floats, Ints, Floats, Ints]  # as Settled without `last`, then sigma_m (n,), assumed (n,)
REPORT = ("track", "t_ns", "lat_e7", "lon_e7", "claim", "z", "r", "assumed")
Reports = tuple[Ints, Ints, Ints, Ints, Ints, Floats, Floats, Ints]  # columns of state.RECENT: (m,), and (m, 5) z, r

VELOCITY_VAR_AT_BIRTH = 400.0  # (20 m/s)^2 where the first report gives no velocity
GAP_NS = 60_000_000_000


@kernel
def predict(x: Floats, p: Floats, dt_s: float, q: float) -> None:
    """Move a state x (6,) with covariance p (6, 6) by `dt_s` in place; q is the noise intensity in m^2/s^3."""
    for i in range(3):
        x[i] = x[i] + x[i + 3] * dt_s
    for i in range(3):  # P <- F P: position rows take velocity rows
        for j in range(6):
            p[i, j] = p[i, j] + p[i + 3, j] * dt_s
    for i in range(6):  # P <- P F'
        for j in range(3):
            p[i, j] = p[i, j] + p[i, j + 3] * dt_s
    for i in range(3):
        p[i, i] = p[i, i] + q * dt_s * dt_s * dt_s / 3.0
        p[i, i + 3] = p[i, i + 3] + q * dt_s * dt_s / 2.0
        p[i + 3, i] = p[i + 3, i] + q * dt_s * dt_s / 2.0
        p[i + 3, i + 3] = p[i + 3, i + 3] + q * dt_s


@kernel
def update(x: Floats, p: Floats, axis: Floats, first: int, z: float, r: float) -> None:
    """Take in one measured component, in place: along `axis`, of position (`first` 0) or velocity (3), variance r."""
    ph = np.empty(6)
    for i in range(6):
        ph[i] = along(axis, p[i], first)
    s = along(axis, ph, first) + r
    innovation = z - along(axis, x, first)
    for i in range(6):
        gain = float(ph[i]) / s
        x[i] = float(x[i]) + gain * innovation
        for j in range(i, 6):  # half of it, mirrored: it stays symmetric to the last bit
            p[i, j] = float(p[i, j]) - gain * float(ph[j])
            p[j, i] = p[i, j]


@kernel
def begin(x: Floats, p: Floats, axes: Floats, z: Floats, r: Floats) -> None:
    """Set a state from its first report: z (5,), r (5,), negative variances meaning "not measured"."""
    for i in range(3):
        x[i] = z[i]
        x[i + 3] = 0.0
    for i in range(6):
        for j in range(6):
            p[i, j] = 0.0
    for k in range(3):
        measured = k < 2 and r[min(k + 3, 4)] >= 0.0
        speed = float(z[min(k + 3, 4)]) if measured else 0.0
        speed_var = float(r[min(k + 3, 4)]) if measured else VELOCITY_VAR_AT_BIRTH
        for i in range(3):
            x[i + 3] = float(x[i + 3]) + speed * float(axes[k, i])
            for j in range(3):
                outer = float(axes[k, i]) * float(axes[k, j])
                p[i, j] = float(p[i, j]) + float(r[k]) * outer
                p[i + 3, j + 3] = float(p[i + 3, j + 3]) + speed_var * outer


@kernel
def _take(x: Floats, p: Floats, t_ns: int, last: Ints, reports: Reports, k: int, repeat_ns: int, q: float) -> int:
    """Take report k into a state for `t_ns` (0: there is none yet); returns its new time, or -1 for a mere repeat."""
    t, lat_e7, lon_e7, claim = int(reports[1][k]), int(reports[2][k]), int(reports[3][k]), int(reports[4][k])
    z, r = reports[5][k], reports[6][k]
    repeats = claim == last[2] if claim >= 0 else t - t_ns < repeat_ns
    if t_ns != 0 and repeats and lat_e7 == last[0] and lon_e7 == last[1]:
        return -1
    axes = axes_at(lat_e7 / 1e7, lon_e7 / 1e7)
    if t_ns == 0 or t - t_ns > GAP_NS:
        begin(x, p, axes, z, r)
    else:
        if t > t_ns:
            predict(x, p, float(t - t_ns) / 1e9, q)
        for i in range(3):
            update(x, p, axes[i], 0, along(axes[i], z, 0), float(r[i]))
        for i in range(2):
            if r[i + 3] >= 0.0:
                update(x, p, axes[i], 3, float(z[i + 3]), float(r[i + 3]))
    last[0], last[1], last[2] = lat_e7, lon_e7, claim
    return max(t, t_ns)


@kernel
def run(rows: Ints, ids: Ints, settled: Settled, now: Now, reports: Reports, repeat_ns: int, q: float) -> None:
    """Run the filters of the tracks in `rows` from their settled states over their reports, into `now`.

    `ids` (n,) are the track ids, sorted; `reports` are sorted by track and time. A report that only repeats the one
    before it is passed over. The spread becomes that of the latest report, of simultaneous ones the worst.
    """
    last = np.empty(3, np.int64)
    for number in range(rows.shape[0]):
        row = int(rows[number])
        k = first_of(reports[0], int(ids[row]))
        x, p = now[1][row], now[2][row]
        for i in range(6):
            x[i] = settled[1][row, i]
            for j in range(6):
                p[i, j] = settled[2][row, i, j]
        for i in range(3):
            last[i] = settled[4][row, i]
        t_ns, counted = int(settled[0][row]), int(settled[3][row])
        latest_ns, worst = -1, 0.0
        while k < reports[0].shape[0] and reports[0][k] == ids[row]:
            t = _take(x, p, t_ns, last, reports, k, repeat_ns, q)
            if t >= 0:
                t_ns = t
                counted += 1
            if reports[1][k] > latest_ns or reports[6][k, 0] > worst:
                latest_ns, worst = int(reports[1][k]), float(reports[6][k, 0])
                now[4][row] = math.sqrt(worst)
                now[5][row] = reports[7][k]
            k += 1
        now[0][row] = t_ns
        now[3][row] = counted


@kernel
def settle(
    ids: Ints, settled: Settled, reports: Reports, horizon_ns: int, kept: Flags, repeat_ns: int, q: float
) -> None:
    """Fold the reports before `horizon_ns` into the settled states for good; `kept` (m,) marks those that stay."""
    row = 0
    for k in range(reports[0].shape[0]):
        kept[k] = reports[1][k] >= horizon_ns
        if kept[k]:
            continue
        while ids[row] != reports[0][k]:
            row += 1
        t = _take(settled[1][row], settled[2][row], int(settled[0][row]), settled[4][row], reports, k, repeat_ns, q)
        if t >= 0:
            settled[0][row] = t
            settled[3][row] += 1


@kernel
def first_of(tracks: Ints, track_id: int) -> int:
    """Return the index of the first report of a track, in `tracks` (m,), sorted."""
    low, high = 0, tracks.shape[0]
    while low < high:
        middle = (low + high) // 2
        if tracks[middle] < track_id:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def place(rows: Ints, at_ns: Ints, now: Now, q: float, out: Floats) -> None:
    """Fill `out` (k, 5) with lat_deg, lon_deg, spread (m), speed east and north (m/s) of the tracks in `rows` at times.

    The spread is one standard deviation along the worse level axis, and never less than that of the latest report: a
    receiver's error drifts, averaging does not remove it. A time before the state's is answered by the state.
    """
    x, p = np.empty(6), np.empty((6, 6))
    for k in range(rows.shape[0]):
        row = int(rows[k])
        for i in range(6):
            x[i] = now[1][row, i]
            for j in range(6):
                p[i, j] = now[2][row, i, j]
        if at_ns[k] > now[0][row]:
            predict(x, p, float(int(at_ns[k]) - int(now[0][row])) / 1e9, q)
        lat_deg, lon_deg, _ = ecef_to_geodetic(float(x[0]), float(x[1]), float(x[2]))
        axes = axes_at(lat_deg, lon_deg)
        sigma = float(now[4][row])
        out[k, 0] = lat_deg
        out[k, 1] = lon_deg
        out[k, 2] = math.sqrt(max(level_variance_m2(axes, p), sigma * sigma))
        out[k, 3] = along(axes[0], x, 3)
        out[k, 4] = along(axes[1], x, 3)
