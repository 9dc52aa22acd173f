"""Plots column by column: what the models of measurement read of n plots, and what they write."""

from __future__ import annotations

from typing import NamedTuple

from skykeep.watch.reports import Floats, Ints

GIVEN = (
    "before_us", "range_mm", "azimuth_urad", "elevation_urad", "lat_e7", "lon_e7", "alt_mm", "doppler_mmps",
    "rcs_mdbsm",
)  # fmt: skip
BEFORE_US, RANGE_MM, AZIMUTH_URAD, ELEVATION_URAD, LAT_E7, LON_E7, ALT_MM, DOPPLER_MMPS, RCS_MDBSM = range(len(GIVEN))
MISSING = -(2**31)


class Plots(NamedTuple):
    """What the models read of n plots; accuracies are 95 % in mm, -1 where not stated."""

    given: Ints  # (9, n), in the order of the fields of ScanReported; the least int32: not in this plot
    pos_accuracy: Floats
    alt_accuracy: Floats
    bias: Floats  # (n, 3): of range (m), azimuth and elevation (rad)


class Filled(NamedTuple):
    """What the models write: fields of Reports of the same names."""

    z: Floats
    cov: Floats
    polar: Floats
    sigma_m: Floats
    assumed: Ints
    lat_e7: Ints
    lon_e7: Ints
