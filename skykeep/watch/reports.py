"""What a tick heard that has a place or a direction: a row a plot, in the watch's frame and units."""

from __future__ import annotations

import dataclasses
import math
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
SIGMA_OF_95_PLANE = 1.0 / 2.4477468306808166  # 95 % radius of a circular normal error, in sigmas
SIGMA_OF_95_LINE = 1.0 / 1.959963984540054  # 95 % bound of a normal error, in sigmas
SIGMA_MIN_M, SIGMA_MAX_M = 0.01, 100_000.0  # what the filter is told; the law is told the spread itself
_SHAPES = {"z": 3, "cov": 6, "polar": 3, "vel": 2}
_FILLS = {
    "tx": -1, "claim": -1, "said_datum": -1, "std_sigma_mm": -1, "above_datum": -1, "manned": -1, "vel_var": -1.0,
    "doppler_var": -1.0, "polar": math.nan, "rcs_dbsm": math.nan,
}  # fmt: skip
_NAMES = tuple(field.name for field in dataclasses.fields(Reports))
_INTS = tuple(field.name for field in dataclasses.fields(Reports) if field.type == "Ints")
_FLOATS = tuple(field.name for field in dataclasses.fields(Reports) if field.type == "Floats")


def no_reports(count: int = 0) -> Reports:
    """Return `count` rows of which nothing is known: numbers that mean so, zeros elsewhere."""
    arrays: dict[str, Any] = dict(zip(_INTS, np.zeros((len(_INTS), count), np.int64), strict=True))
    for name in _FLOATS:
        arrays[name] = np.zeros((count, _SHAPES[name]) if name in _SHAPES else count)
    for name, fill in _FILLS.items():
        arrays[name].fill(fill)
    return Reports(**arrays)


def joined(parts: list[Reports]) -> Reports:
    """Return the rows of all parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    return Reports(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in _NAMES})


def chosen(reports: Reports, rows: npt.NDArray[Any]) -> Reports:
    """Return these rows, in this order."""
    return Reports(**{name: getattr(reports, name)[rows] for name in _NAMES})


@dataclasses.dataclass(slots=True)
class Pairs:
    """Which tracks the reports of a tick moved: k rows; of a report that may be of several tracks, one row each."""

    track_id: Ints
    report: Ints  # row in the tick's Reports
    probability: Floats  # that the report is of this track
