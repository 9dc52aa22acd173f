"""The filter: nearly constant velocity in three dimensions, one scalar update after the other.

State x = (east, north, up, and their velocities), m and m/s; continuous white-noise acceleration (Bar-Shalom, Li,
Kirubarajan 2001, section 6.2.2). Reports have independent components, so a vector update is a sequence of
scalar ones (section 5.2 there). Only + - * /, one element at a time: the same bytes on any machine.
"""

from __future__ import annotations

from skykeep.geo.kernel import kernel
from skykeep.watch.state import Floats, Ints

VELOCITY_VAR_AT_BIRTH = 400.0  # (20 m/s)^2 where the first report gives no velocity


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
def update(x: Floats, p: Floats, component: int, z: float, r: float) -> None:
    """Take in one measured component of the state with variance r, in place."""
    s = float(p[component, component]) + r
    innovation = z - float(x[component])
    for i in range(6):
        gain = float(p[i, component]) / s
        x[i] = float(x[i]) + gain * innovation
        if i != component:
            for j in range(6):
                if j != component:
                    p[i, j] = float(p[i, j]) - gain * float(p[component, j])
    for i in range(6):  # the measured row and column last: they are the gain's numerators above
        p[i, component] = float(p[i, component]) * r / s
        p[component, i] = p[i, component]


@kernel
def begin(x: Floats, p: Floats, z: Floats, r: Floats) -> None:
    """Set a state from its first report: z (5,), r (5,), negative variances meaning "not measured"."""
    for i in range(6):
        x[i] = 0.0
        for j in range(6):
            p[i, j] = 0.0
    for i in range(3):
        x[i] = z[i]
        p[i, i] = r[i]
        p[i + 3, i + 3] = VELOCITY_VAR_AT_BIRTH
    for i in range(3, 5):
        if r[i] >= 0.0:
            x[i] = z[i]
            p[i, i] = r[i]


@kernel
def run(  # a kernel takes its arrays one by one
    x: Floats,
    p: Floats,
    t_ns: int,
    last: Ints,
    first: int,
    after: int,
    recent_t_ns: Ints,
    recent_last: Ints,
    recent_z: Floats,
    recent_r: Floats,
    repeat_ns: int,
    q: float,
) -> tuple[int, int]:
    """Run the filter over the reports `first` to `after` (excluded); returns (time of the state, reports counted).

    `t_ns` 0 means that there is no state yet. `last` (3,) is lat_e7, lon_e7 and claim of the last report that
    counted, `recent_last` (m, 3) the same of each report: a report that only repeats the last one is passed over.
    """
    counted = 0
    for k in range(first, after):
        t = int(recent_t_ns[k])
        same_place = recent_last[k, 0] == last[0] and recent_last[k, 1] == last[1]
        claim = int(recent_last[k, 2])
        repeats = claim == last[2] if claim >= 0 else t - t_ns < repeat_ns
        if t_ns != 0 and same_place and repeats:
            continue
        if t_ns == 0:
            begin(x, p, recent_z[k], recent_r[k])
        else:
            if t > t_ns:
                predict(x, p, float(t - t_ns) / 1e9, q)
            for i in range(5):
                if recent_r[k, i] >= 0.0:
                    update(x, p, i, float(recent_z[k, i]), float(recent_r[k, i]))
        t_ns = max(t, t_ns)
        for i in range(3):
            last[i] = recent_last[k, i]
        counted += 1
    return t_ns, counted
