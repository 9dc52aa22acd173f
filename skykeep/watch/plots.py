"""Plots, what sensors measured themselves, as rows: each by the first of `MODELS` whose columns it has.

For another kind of measurement write one kernel that fills rows from columns, and one line in the table. A plot that
nothing can be made of (a range without an azimuth, an angle from a sensor that stands nobody knows where) fits none.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skykeep.facts.observed import ScanReported
from skykeep.geo.frames import enu_frame
from skykeep.geo.kernel import kernel
from skykeep.watch.plotted import (
    ALT_MM,
    AZIMUTH_URAD,
    DOPPLER_MMPS,
    ELEVATION_URAD,
    GIVEN,
    LAT_E7,
    LON_E7,
    MISSING,
    RANGE_MM,
    RCS_MDBSM,
    Filled,
    Plots,
)
from skykeep.watch.polar import from_azimuth, from_direction, from_flat_polar, from_polar
from skykeep.watch.reports import (
    AZIMUTH,
    DATUMS,
    DIRECTION,
    POSITION,
    SIGMA_MAX_M,
    SIGMA_MIN_M,
    SIGMA_OF_95_LINE,
    SIGMA_OF_95_PLANE,
    UP_SIGMA_UNKNOWN_M,
    Floats,
    Ints,
    Reports,
)
from skykeep.watch.sensors import ALT_ACCURACY, DOPPLER_SIGMA, HEIGHT, PLACED, POS_ACCURACY, Columns
from skykeep.watch.stated import HAE_MAX_MM, HAE_MIN_MM, LAT_MAX, bounded, set_upright

_DOPPLER_SIGMA_ASSUMED_MPS = 1.0  # where the sensor's declaration gives none
_UPRIGHT_URAD = 1_570_796
_MISSING_BYTES = b"\x00\x00\x00\x80"

_columns_of = operator.attrgetter(*GIVEN)


def is_whole(fact: ScanReported) -> bool:
    """Say whether the columns of a scan are as long as it says: none has been read yet that is not."""
    count = fact.plots
    lengths = set(map(len, _columns_of(fact)))
    return count == 0 if lengths == {0} else lengths <= {0, 4 * count}


def given(scans: Sequence[ScanReported], count: Ints) -> Ints:
    """Return the columns of all scans, one scan after the other, (9, n); `count` is how many plots each has."""
    out = np.empty((len(GIVEN), int(count.sum())), np.int64)
    plots = count.tolist()
    for row, name in enumerate(GIVEN):
        out[row] = _joined([getattr(fact, name) for fact in scans], plots)
    return out


def _joined(column: Sequence[bytes], plots: Sequence[int]) -> npt.NDArray[np.int32] | int:
    """Return one column of all scans, one after the other; one number where no scan has it."""
    if not any(column):
        return MISSING
    pieces = [data or _MISSING_BYTES * count for data, count in zip(column, plots, strict=True)]
    return np.frombuffer(b"".join(pieces), "<i4")


def measure(plots: Plots, reports: Reports, columns: Columns) -> npt.NDArray[np.bool_]:
    """Fill the rows by the models; return which of them one fits."""
    model = _models(plots, reports.sensor, columns)
    filled = Filled(*(getattr(reports, name) for name in Filled._fields))
    for number, each in enumerate(MODELS):
        rows = np.flatnonzero(model == number)
        if len(rows):
            reports.kind[rows] = each.kind
            each.fill(rows, plots, reports.sensor, columns, filled)
    _besides(plots, reports, columns)
    return model >= 0


def _models(plots: Plots, sensor: Ints, columns: Columns) -> Ints:
    """Return for each plot the number of the first model that fits it; -1: none."""
    has = plots.given != MISSING
    broken = has[RANGE_MM] & (plots.given[RANGE_MM] <= 0)
    broken |= has[LAT_E7] & (np.abs(plots.given[LAT_E7]) > LAT_MAX)
    broken |= has[ELEVATION_URAD] & (np.abs(plots.given[ELEVATION_URAD]) > _UPRIGHT_URAD)
    placed = columns.marks[sensor, PLACED] == 1
    model = np.full(has.shape[1], -1, np.int64)
    for number in range(len(MODELS) - 1, -1, -1):
        each = MODELS[number]
        fits = placed.copy() if each.from_sensor else np.ones_like(placed)
        for column in each.needs:
            fits &= has[column]
        model[fits] = number
    model[broken] = -1
    return model


def _besides(plots: Plots, reports: Reports, columns: Columns) -> None:
    """Fill what a plot may say besides where it is: range rate, radar cross section, height."""
    given_of = plots.given
    said = given_of[DOPPLER_MMPS] != MISSING
    if said.any():
        sigma = columns.numbers[reports.sensor, DOPPLER_SIGMA]
        sigma = np.where(sigma < 0.0, _DOPPLER_SIGMA_ASSUMED_MPS, np.maximum(sigma, 0.01))
        reports.doppler[:] = np.where(said, given_of[DOPPLER_MMPS] / 1e3, 0.0)
        reports.doppler_var[:] = np.where(said, sigma * sigma, -1.0)
    said = given_of[RCS_MDBSM] != MISSING
    if said.any():
        reports.rcs_dbsm[:] = np.where(said, given_of[RCS_MDBSM] / 1e3, np.nan)
    said = (given_of[ALT_MM] != MISSING) & (given_of[LAT_E7] != MISSING)
    if said.any():
        reports.said_mm[:] = np.where(said, given_of[ALT_MM], 0)
        reports.said_datum[:] = np.where(said, DATUMS.index("hae"), -1)
        reports.said_sigma_mm[:] = np.where(said, _sigma_mm(_alt_mm(plots, reports.sensor, columns)), 0)


def _alt_mm(plots: Plots, sensor: Ints, columns: Columns) -> Floats:
    return np.where(plots.alt_accuracy < 0.0, columns.numbers[sensor, ALT_ACCURACY], plots.alt_accuracy)


def _sigma_mm(accuracy_mm: Floats) -> Ints:
    return np.rint(np.minimum(accuracy_mm * SIGMA_OF_95_LINE, 1e15)).astype(np.int64)


@kernel
def from_place(rows: Ints, plots: Plots, sensor: Ints, columns: Columns, filled: Filled) -> None:
    """A place that the sensor worked out itself: latitude, longitude, perhaps a height."""
    for k in range(rows.shape[0]):
        i = int(rows[k])
        s = int(sensor[i])
        accuracy_mm = float(plots.pos_accuracy[i])
        filled.assumed[i] = 1 if accuracy_mm < 0.0 else 0
        if accuracy_mm < 0.0:
            accuracy_mm = float(columns.numbers[s, POS_ACCURACY])
        filled.sigma_m[i] = max(accuracy_mm / 1e3 * SIGMA_OF_95_PLANE, SIGMA_MIN_M)
        alt_mm = int(plots.given[ALT_MM, i])
        up_m = float(columns.numbers[s, HEIGHT]) if columns.marks[s, PLACED] == 1 else 0.0
        up_sigma_m = UP_SIGMA_UNKNOWN_M
        if HAE_MIN_MM <= alt_mm <= HAE_MAX_MM:
            up_m = alt_mm / 1e3
            stated_mm = float(plots.alt_accuracy[i])
            up_sigma_m = (stated_mm if stated_mm >= 0.0 else float(columns.numbers[s, ALT_ACCURACY])) / 1e3
            up_sigma_m = up_sigma_m * SIGMA_OF_95_LINE
        lat_e7 = int(plots.given[LAT_E7, i])
        lon_e7 = int(plots.given[LON_E7, i])
        filled.lat_e7[i], filled.lon_e7[i] = lat_e7, lon_e7
        frame = enu_frame(lat_e7 / 1e7, lon_e7 / 1e7, up_m)
        filled.z[i, 0], filled.z[i, 1], filled.z[i, 2] = float(frame[0, 0]), float(frame[0, 1]), float(frame[0, 2])
        level_var = bounded(float(filled.sigma_m[i]), SIGMA_MIN_M, SIGMA_MAX_M)
        set_upright(frame, level_var, bounded(up_sigma_m, SIGMA_MIN_M, SIGMA_MAX_M), filled.cov, i)


class Model(NamedTuple):
    """How one kind of measurement becomes rows."""

    caption: str
    kind: int  # of Reports
    needs: tuple[int, ...]  # columns that a plot must have
    from_sensor: bool  # True: measured from the sensor's declared place
    fill: Callable[[Ints, Plots, Ints, Columns, Filled], None]


MODELS = (
    Model("a place", POSITION, (LAT_E7, LON_E7), from_sensor=False, fill=from_place),
    Model(
        "range, azimuth, elevation",
        POSITION,
        (RANGE_MM, AZIMUTH_URAD, ELEVATION_URAD),
        from_sensor=True,
        fill=from_polar,
    ),
    Model("slant range, azimuth", POSITION, (RANGE_MM, AZIMUTH_URAD), from_sensor=True, fill=from_flat_polar),
    Model("azimuth, elevation", DIRECTION, (AZIMUTH_URAD, ELEVATION_URAD), from_sensor=True, fill=from_direction),
    Model("azimuth", AZIMUTH, (AZIMUTH_URAD,), from_sensor=True, fill=from_azimuth),
)
