"""Reports as the tracker keeps them: two matrices, a row a report, and the names of their columns."""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.watch.reports import POSITION, Floats, Ints, Reports, no_reports

Z, COV, POLAR, VEL, VEL_VAR, DOPPLER, DOPPLER_VAR, RCS, SIGMA = 0, 3, 9, 12, 14, 15, 16, 17, 18
SPREAD = 19  # one standard deviation level and straight up (m), or of the angle (rad)
FLOATS = 21

_INTS = (
    *("sensor", "t_ns", "kind", "tx", "claim", "lat_e7", "lon_e7", "assumed", "said_mm", "said_datum", "said_sigma_mm"),
    *("std_mm", "std_sigma_mm", "above_mm", "above_datum", "above_sigma_mm", "manned", "simulated"),
    *("tick", "index", "item"),
)
(SENSOR, T_NS, KIND, TX, CLAIM, LAT, LON, ASSUMED, SAID) = range(9)  # SAID: eight columns of heights
MANNED, SIMULATED, TICK, UID = 16, 17, 18, 21  # TICK: tick, index, item
INTS = 22


def pack(reports: Reports, first_uid: int) -> tuple[Floats, Ints]:
    """Return (m, FLOATS) and (m, INTS); each report gets a number of its own, from `first_uid` on."""
    count = len(reports)
    floats, ints = np.empty((count, FLOATS)), np.empty((count, INTS), np.int64)
    floats[:, Z : Z + 3], floats[:, COV : COV + 6], floats[:, POLAR : POLAR + 3] = reports.z, reports.cov, reports.polar
    floats[:, VEL : VEL + 2], floats[:, VEL_VAR] = reports.vel, reports.vel_var
    floats[:, DOPPLER], floats[:, DOPPLER_VAR] = reports.doppler, reports.doppler_var
    floats[:, RCS], floats[:, SIGMA] = reports.rcs_dbsm, reports.sigma_m
    for column, name in enumerate(_INTS):
        ints[:, column] = getattr(reports, name)
    ints[:, UID] = np.arange(first_uid, first_uid + count)
    _spreads(floats, ints)
    return floats, ints


def unpack(floats: Floats, ints: Ints) -> Reports:
    """Return the rows as `Reports`, without what only their first use needed."""
    reports = no_reports(len(ints))
    reports.z, reports.cov = floats[:, Z : Z + 3], floats[:, COV : COV + 6]
    for column, name in enumerate(_INTS):
        setattr(reports, name, ints[:, column])
    return reports


@kernel
def _spreads(floats: Floats, ints: Ints) -> None:
    for j in range(floats.shape[0]):
        if ints[j, KIND] == POSITION:
            level, up = level_and_up(
                float(floats[j, Z]), float(floats[j, Z + 1]), float(floats[j, Z + 2]), float(floats[j, COV]),
                float(floats[j, COV + 1]), float(floats[j, COV + 2]), float(floats[j, COV + 3]),
                float(floats[j, COV + 4]), float(floats[j, COV + 5]),
            )  # fmt: skip
            floats[j, SPREAD] = level
            floats[j, SPREAD + 1] = up
        else:
            floats[j, SPREAD] = math.sqrt(floats[j, COV]) if floats[j, COV] > 0.0 else 0.0
            floats[j, SPREAD + 1] = 0.0


@kernel
def level_and_up(
    x: float, y: float, z: float, xx: float, xy: float, xz: float, yy: float, yz: float, zz: float
) -> tuple[float, float]:
    """Return the roots of the level trace and of the variance straight up of a place's covariance."""
    norm2 = x * x + y * y + z * z
    total = xx + yy + zz
    if norm2 <= 1.0:
        return math.sqrt(abs(total)), math.sqrt(abs(total))
    up = (x * x * xx + y * y * yy + z * z * zz + 2.0 * (x * y * xy + x * z * xz + y * z * yz)) / norm2
    return math.sqrt(max(total - up, 0.0)), math.sqrt(max(up, 0.0))
