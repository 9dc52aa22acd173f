"""Places that others worked out, as they state them: Remote ID, ADS-B, positions that another system reports.

What is stated is not believed beyond reason: an accuracy better than a centimetre, a speed that no aircraft has, a
height outside the atmosphere cannot bend an estimate (they are taken as a centimetre, as not measured, as unknown).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from skykeep.facts.flat import NONE, code, columns
from skykeep.facts.observed import AircraftHeard, FlightStatus, LinkTrust, LocationHeard, PositionReported
from skykeep.geo.altitude import Datum
from skykeep.geo.exact import sincos_deg
from skykeep.geo.frames import enu_frame
from skykeep.geo.kernel import kernel
from skykeep.watch import sensors as sense
from skykeep.watch.reports import (
    SIGMA_MAX_M,
    SIGMA_MIN_M,
    SIGMA_OF_95_LINE,
    SIGMA_OF_95_PLANE,
    UP_SIGMA_UNKNOWN_M,
    Floats,
    Ints,
    Reports,
    no_reports,
)

UNMANNED_CATEGORY = "B6"  # ADS-B emitter category "unmanned aerial vehicle" (DO-260B, 2.2.3.2.5.2)
LAT_MAX, LON_MAX = 900_000_000, 3_600_000_000
_SPEED_SIGMA_ASSUMED_MPS = 3.0
_SPEED_SIGMA_MIN_MPS, _SPEED_SIGMA_MAX_MPS = 0.1, 1000.0
HAE_MIN_MM, HAE_MAX_MM = -1_000_000, 100_000_000
_AMSL_SIGMA_M = 60.0  # the geoid lies -107 to +86 m from the ellipsoid
_STD_SIGMA_M = 200.0  # geoid and weather: the pressure of a place varies by some 10 hPa about 1013.25

_FIELDS = (
    "t_event_ns", "lat_e7", "lon_e7", "altitude", "pressure_altitude", "height", "speed_mmps", "heading_mdeg",
    "pos_accuracy_mm", "alt_accuracy_mm", "pressure_accuracy_mm", "speed_accuracy_mmps", "t_claimed_ds", "status",
    "category", "on_ground", "manned", "link_trust",
)  # fmt: skip
(_T, _LAT, _LON, _ALTITUDE, _PRESSURE, _HEIGHT, _SPEED, _HEADING, _POS, _ALT, _PRESSURE_ACCURACY, _SPEED_ACCURACY,
 _CLAIM, _STATUS, _CATEGORY, _ON_GROUND, _MANNED, _TRUST) = range(len(_FIELDS))  # fmt: skip
_HAE, _AMSL, _STD, _AGL, _TAKEOFF = (
    code(datum.value) for datum in (Datum.HAE, Datum.AMSL, Datum.STD, Datum.AGL, Datum.TAKEOFF)
)
_NUM_AMSL, _NUM_STD = 1, 2  # as in DATUMS
_GROUND, _SIMULATED = code(FlightStatus.GROUND.value), code(LinkTrust.SIMULATED.value)
_UNMANNED = code(UNMANNED_CATEGORY)


def _places(kind: type[LocationHeard | AircraftHeard | PositionReported]) -> Ints:
    there = columns(kind)
    return np.array([there.get(name, -1) for name in _FIELDS], np.int64)


_AT = {kind: _places(kind) for kind in (LocationHeard, AircraftHeard, PositionReported)}


class _Filled(NamedTuple):
    """What the loop writes: fields of Reports of the same names, floats first."""

    z: Floats
    cov: Floats
    vel: Floats
    vel_var: Floats
    sigma_m: Floats
    t_ns: Ints
    lat_e7: Ints
    lon_e7: Ints
    assumed: Ints
    said_mm: Ints
    said_datum: Ints
    said_sigma_mm: Ints
    std_mm: Ints
    std_sigma_mm: Ints
    above_mm: Ints
    above_datum: Ints
    above_sigma_mm: Ints
    claim: Ints
    on_ground: Ints
    manned: Ints
    simulated: Ints


def reported(
    kind: type[LocationHeard | AircraftHeard | PositionReported],
    rows: Ints,
    sensor: Ints,
    known: sense.Columns,
    most_mmps: float,
) -> Reports:
    """Return the rows of facts of one kind that say a place, without transmitter and index.

    `rows` are the facts as `flat` gives them, `sensor` (n,) is each one's row in `known`; no speed above `most_mmps`
    is believed. A row whose place is none on the globe holds zeros.
    """
    reports = no_reports(len(rows))
    reports.sensor[:] = sensor
    filled = _Filled(*(getattr(reports, name) for name in _Filled._fields))
    _state(rows, _AT[kind], sensor, known.numbers, known.marks, most_mmps, filled)
    return reports


def on_globe(reports: Reports) -> Ints:
    """Return the rows whose place is one on the globe."""
    good = (reports.lat_e7 >= -LAT_MAX) & (reports.lat_e7 <= LAT_MAX)
    good &= (reports.lon_e7 >= -LON_MAX) & (reports.lon_e7 <= LON_MAX)
    return np.flatnonzero(good)


# Helpers of the loop below take numbers and at most one array: each array that is handed on costs as much as a sine.


@kernel
def bounded(sigma: float, least: float, most: float) -> float:
    """Return the variance of a standard deviation that is held between two."""
    sigma = min(max(float(sigma), least), most)
    return sigma * sigma


@kernel
def set_upright(frame: Floats, level_var: float, up_var: float, cov: Floats, i: int) -> None:
    """Fill row i of cov (n, 6) for errors alike in all level directions and another one straight up."""
    more = up_var - level_var
    x = float(frame[3, 0])
    y = float(frame[3, 1])
    z = float(frame[3, 2])
    cov[i, 0], cov[i, 1], cov[i, 2] = level_var + more * x * x, more * x * y, more * x * z
    cov[i, 3], cov[i, 4], cov[i, 5] = level_var + more * y * y, more * y * z, level_var + more * z * z


@kernel
def _sigma_mm(accuracy_mm: float) -> int:
    """Return the standard deviation of a 95 % bound, rounded half to even."""
    sigma_mm = min(float(accuracy_mm) * SIGMA_OF_95_LINE, 1e15)
    below = math.floor(sigma_mm)
    over = sigma_mm - below
    if over > 0.5 or (over == 0.5 and below % 2 != 0):
        return below + 1
    return below


@kernel
def _datum(coded: int) -> int:
    """Return the number in DATUMS that a datum's code stands for; -1: none."""
    if coded == _HAE:
        return 0
    if coded == _AMSL:
        return _NUM_AMSL
    if coded == _STD:
        return _NUM_STD
    if coded == _AGL:
        return 3
    return 4 if coded == _TAKEOFF else -1


@kernel
def _or_less(rows: Ints, i: int, column: int) -> float:
    """Return what row i says in a column, -1 where the kind has none; NONE is less than any number that is said."""
    return float(int(rows[i, column])) if column >= 0 else -1.0


@kernel
def _up(value_mm: int, datum: int, sigma_mm: int, std_mm: int, std_sigma_mm: int, home_m: float) -> tuple[float, float]:
    """Return the height above the ellipsoid and its standard deviation in metres: the best that was said.

    Mean sea level and the pressure surface lie near enough to the ellipsoid to tell an airliner from a drone.
    """
    if datum < 0 and std_sigma_mm >= 0:
        value_mm, datum, sigma_mm = std_mm, _NUM_STD, std_sigma_mm
    more_m = _AMSL_SIGMA_M if datum == _NUM_AMSL else _STD_SIGMA_M if datum == _NUM_STD else 0.0
    if datum < 0 or datum > _NUM_STD or not HAE_MIN_MM <= value_mm <= HAE_MAX_MM:
        return home_m, UP_SIGMA_UNKNOWN_M
    sigma_m = min(sigma_mm / 1e3, SIGMA_MAX_M)
    return value_mm / 1e3, math.sqrt(sigma_m * sigma_m + more_m * more_m)


@kernel
def _state(rows: Ints, at: Ints, sensor: Ints, numbers: Floats, marks: Ints, most_mmps: float, filled: _Filled) -> None:
    """Fill the rows; `at` says in which column of `rows` each of _FIELDS is, -1: in none."""
    altitude, pressed, above = int(at[_ALTITUDE]), int(at[_PRESSURE]), int(at[_HEIGHT])
    for i in range(rows.shape[0]):
        s = int(sensor[i])
        lat_e7, lon_e7 = int(rows[i, int(at[_LAT])]), int(rows[i, int(at[_LON])])
        filled.t_ns[i], filled.lat_e7[i], filled.lon_e7[i] = int(rows[i, int(at[_T])]), lat_e7, lon_e7

        pos_mm = float(int(rows[i, int(at[_POS])]))
        filled.assumed[i] = 1 if pos_mm < 0.0 else 0
        if pos_mm < 0.0:
            pos_mm = float(numbers[s, sense.POS_ACCURACY])
        sigma_m = max(pos_mm / 1e3 * SIGMA_OF_95_PLANE, SIGMA_MIN_M)
        filled.sigma_m[i] = sigma_m

        default_mm = float(numbers[s, sense.ALT_ACCURACY])
        stated = float(int(rows[i, int(at[_ALT])]))
        alt_mm = default_mm if stated < 0.0 else stated
        pressure = _or_less(rows, i, int(at[_PRESSURE_ACCURACY]))
        said_mm, datum, sigma_mm = int(rows[i, altitude]), _datum(int(rows[i, altitude + 1])), _sigma_mm(alt_mm)
        said_mm = 0 if datum < 0 else said_mm
        filled.said_mm[i], filled.said_datum[i], filled.said_sigma_mm[i] = said_mm, datum, sigma_mm
        std_mm, std_sigma_mm = 0, -1
        if pressed >= 0 and int(rows[i, pressed + 1]) != NONE:
            std_mm, std_sigma_mm = int(rows[i, pressed]), _sigma_mm(default_mm if pressure < 0.0 else pressure)
        filled.std_mm[i], filled.std_sigma_mm[i] = std_mm, std_sigma_mm
        if above >= 0:  # Remote ID states no accuracy of a height above a place
            number = _datum(int(rows[i, above + 1]))
            filled.above_mm[i], filled.above_datum[i] = 0 if number < 0 else int(rows[i, above]), number
            worse_mm = alt_mm if pressure < 0.0 else pressure if stated < 0.0 else max(stated, pressure)
            filled.above_sigma_mm[i] = _sigma_mm(worse_mm)

        if int(at[_CLAIM]) >= 0 and int(rows[i, int(at[_CLAIM])]) != NONE:
            filled.claim[i] = int(rows[i, int(at[_CLAIM])])
        if int(at[_STATUS]) >= 0:
            filled.on_ground[i] = 1 if int(rows[i, int(at[_STATUS])]) == _GROUND else 0
        if int(at[_ON_GROUND]) >= 0:
            filled.on_ground[i] = 1 if int(rows[i, int(at[_ON_GROUND])]) == 1 else 0
        if int(at[_CATEGORY]) >= 0:
            filled.manned[i] = 0 if int(rows[i, int(at[_CATEGORY])]) == _UNMANNED else 1
        if int(at[_MANNED]) >= 0 and int(rows[i, int(at[_MANNED])]) != NONE:
            filled.manned[i] = int(rows[i, int(at[_MANNED])])
        simulated = int(rows[i, int(at[_TRUST])]) == _SIMULATED or int(marks[s, sense.SIMULATED]) == 1
        filled.simulated[i] = 1 if simulated else 0

        if not (-LAT_MAX <= lat_e7 <= LAT_MAX and -LON_MAX <= lon_e7 <= LON_MAX):
            continue
        home_m = float(numbers[s, sense.HEIGHT]) if int(marks[s, sense.PLACED]) == 1 else 0.0
        up_m, up_sigma_m = _up(said_mm, datum, sigma_mm, std_mm, std_sigma_mm, home_m)
        frame = enu_frame(lat_e7 / 1e7, lon_e7 / 1e7, up_m)
        filled.z[i, 0], filled.z[i, 1], filled.z[i, 2] = float(frame[0, 0]), float(frame[0, 1]), float(frame[0, 2])
        level_var = bounded(sigma_m, SIGMA_MIN_M, SIGMA_MAX_M)
        set_upright(frame, level_var, bounded(up_sigma_m, SIGMA_MIN_M, SIGMA_MAX_M), filled.cov, i)
        speed, heading = int(rows[i, int(at[_SPEED])]), int(rows[i, int(at[_HEADING])])
        if not (-most_mmps <= speed <= most_mmps and -360_000 <= heading <= 360_000):
            continue
        sine, cosine = sincos_deg(heading / 1e3)
        filled.vel[i, 0], filled.vel[i, 1] = speed / 1e3 * sine, speed / 1e3 * cosine
        stated_mmps = _or_less(rows, i, int(at[_SPEED_ACCURACY]))
        sigma = _SPEED_SIGMA_ASSUMED_MPS if stated_mmps < 0.0 else stated_mmps / 1e3 * SIGMA_OF_95_PLANE
        filled.vel_var[i] = bounded(sigma, _SPEED_SIGMA_MIN_MPS, _SPEED_SIGMA_MAX_MPS)
