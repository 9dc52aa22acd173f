"""What a tick heard that has a place or a direction: a row a plot, in the watch's frame and units."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

POSITION, AZIMUTH, DIRECTION = 0, 1, 2  # kinds: a place; a bearing; a bearing with an elevation
NO_HEIGHT = -1
DATUMS = ("hae", "amsl", "std", "agl", "takeoff")  # numbers in the `_datum` columns; NO_HEIGHT: none given


@dataclasses.dataclass(slots=True)
class Reports:
    """n rows, one a plot, in the order of the record.

    Positions are earth-centred metres with a covariance of the same axes: `cov` (n, 6) holds xx, xy, xz, yy, yz, zz.
    Where the height was not measured, the variance straight up is `UP_SIGMA_UNKNOWN_M` squared. A direction is azimuth
    (clockwise from true north) and elevation in radians at its sensor, in `z` (n, 3), its variances in `cov[:, :2]`.
    """

    sensor: Ints  # row in `Sensors`
    t_ns: Ints  # when measured, by the sensor's clock
    kind: Ints
    z: Floats  # (n, 3)
    cov: Floats  # (n, 6)
    polar: Floats  # (n, 3): raw range (m), azimuth, elevation of a polar plot; NaN where not measured
    vel: Floats  # (n, 2): m/s along the place's east and north
    vel_var: Floats  # m2/s2, of each; negative: not measured
    doppler: Floats  # m/s, positive away from the sensor
    doppler_var: Floats  # negative: not measured
    rcs_dbsm: Floats  # NaN: not measured
    tx: Ints  # number of the transmitter it was heard from; -1: none
    claim: Ints  # the sender's own time stamp; -1: none
    lat_e7: Ints  # of a place
    lon_e7: Ints
    sigma_m: Floats  # level standard deviation of a place as stated or assumed
    assumed: Ints  # 1: that was assumed
    said_mm: Ints  # height above `said_datum`: HAE, AMSL or STD
    said_datum: Ints
    said_sigma_mm: Ints
    std_mm: Ints  # pressure height besides
    std_sigma_mm: Ints  # -1: none given
    above_mm: Ints  # height above `above_datum`: AGL or TAKEOFF
    above_datum: Ints
    above_sigma_mm: Ints
    on_ground: Ints  # 1: by its own word
    manned: Ints  # 1 yes, 0 no, -1 not said
    simulated: Ints
    tick: Ints  # the fact it comes from
    index: Ints
    item: Ints  # and the plot in it

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.t_ns)


UP_SIGMA_UNKNOWN_M = 1000.0
_SHAPES = {"z": (3,), "cov": (6,), "polar": (3,), "vel": (2,)}


def no_reports(count: int = 0) -> Reports:
    """Return `count` rows of which nothing is known: numbers that mean so, zeros elsewhere."""
    arrays: dict[str, Any] = {}
    for field in dataclasses.fields(Reports):
        kind = np.float64 if field.type == "Floats" else np.int64
        arrays[field.name] = np.zeros((count, *_SHAPES.get(field.name, ())), kind)
    for name in ("tx", "claim", "said_datum", "std_sigma_mm", "above_datum", "manned"):
        arrays[name][:] = -1
    for name in ("vel_var", "doppler_var"):
        arrays[name][:] = -1.0
    for name in ("polar", "rcs_dbsm"):
        arrays[name][:] = np.nan
    return Reports(**arrays)


def joined(parts: list[Reports]) -> Reports:
    """Return the rows of all parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    names = [field.name for field in dataclasses.fields(Reports)]
    return Reports(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def chosen(reports: Reports, rows: npt.NDArray[Any]) -> Reports:
    """Return these rows, in this order."""
    names = [field.name for field in dataclasses.fields(Reports)]
    return Reports(**{name: getattr(reports, name)[rows] for name in names})


@dataclasses.dataclass(slots=True)
class Pairs:
    """Which tracks the reports of a tick moved: k rows; of a report that may be of several tracks, one row each."""

    track_id: Ints
    report: Ints  # row in the tick's Reports
    probability: Floats  # that the report is of this track
