"""What a sensor measured from where it stands, polar or a direction only, as rows in the watch's frame.

Converted measurements: the unbiased conversion with the covariance that a Gaussian noise of range and angles has in
Cartesian axes (Lerro and Bar-Shalom, IEEE Trans. AES 29(3), 1993; multiplicative form of Mo Longbin et al., AES 34(3),
1998), written in the axes along, across and above the measured azimuth, where it needs no difference of large numbers.
That covariance is of a target that is where it was measured. Where the angles are coarse (range times their variance
is not small beside the range's own error) the errors lie on a bent surface, and a covariance laid at the measurement is
too small along it: the distance between the two ways to unbias, measurement given truth and truth given measurement,
range times variance, is added in quadrature along the line of sight. For a radar of 3 mrad at 10 km that is 0.1 m.

A 2-D radar measures no elevation: nothing is known of the height but that the target is in the coverage. Between the
lowest and the highest place that the slant range allows there, the ground range is taken as evenly spread, and its mean
and variance are used; the variance straight up is UP_SIGMA_UNKNOWN_M squared. Without a ceiling, 1,000 m above the
sensor is taken for one.
"""

from __future__ import annotations

import math

from skykeep.geo.exact import PI, asin, atan2, sincos
from skykeep.geo.frames import A_M, B_M, DEG_PER_RAD, E2, EP2, F
from skykeep.geo.kernel import kernel
from skykeep.watch.plotted import AZIMUTH_URAD, ELEVATION_URAD, RANGE_MM, Filled, Plots
from skykeep.watch.reports import SIGMA_MAX_M, SIGMA_MIN_M, SIGMA_OF_95_PLANE, UP_SIGMA_UNKNOWN_M, Floats, Ints
from skykeep.watch.sensors import (
    AZIMUTH_SIGMA,
    CEILING,
    COVERS,
    ELEVATION_MAX,
    ELEVATION_MIN,
    ELEVATION_SIGMA,
    FLOOR,
    HEIGHT,
    POS_ACCURACY,
    RANGE_SIGMA,
    Columns,
)

_ANGLE_SIGMA_ASSUMED = 0.017453292519943295  # 1 degree, where the sensor's declaration gives none
_ANGLE_SIGMA_MIN, _ANGLE_SIGMA_MAX = 1e-6, 1.0
_CEILING_ASSUMED_M = 1_000.0  # above a 2-D radar that declares no ceiling


@kernel
def _angle_sigma(declared: float) -> float:
    """Return the standard deviation of an angle; 1 degree where none was declared."""
    declared = float(declared)
    return _ANGLE_SIGMA_ASSUMED if declared < 0.0 else min(max(declared, _ANGLE_SIGMA_MIN), _ANGLE_SIGMA_MAX)


@kernel
def _range_sigma(declared_m: float, stated_mm: float, default_mm: float) -> float:
    """Return the standard deviation of a range in metres: as declared, else by the accuracy of places, 95 % in mm."""
    sigma_m = float(declared_m)
    if sigma_m < 0.0:
        sigma_m = (stated_mm if stated_mm >= 0.0 else default_mm) / 1e3 * SIGMA_OF_95_PLANE
    return min(max(sigma_m, SIGMA_MIN_M), SIGMA_MAX_M)


@kernel
def _grown(x: float) -> tuple[float, float]:
    """Return cosh x - 1 and sinh x for 0 <= x <= 1, to 1e-9 of themselves."""
    square = x * x
    less = square * (0.5 + square * (1.0 / 24.0 + square * (1.0 / 720.0 + square / 40320.0)))
    return less, x * (1.0 + square * (1.0 / 6.0 + square * (1.0 / 120.0 + square * (1.0 / 5040.0 + square / 362880.0))))


@kernel
def converted(
    range_m: float, elevation: float, range_sigma_m: float, azimuth_sigma: float, elevation_sigma: float
) -> tuple[float, float, float, float, float, float]:
    """Return a polar measurement in level and upright axes through the sensor: unbiased, with its covariance.

    Metres along the measured azimuth and up; then the variances along, across and up, and the covariance of along and
    up (the two others are 0). Sigmas of angles are at most 1 rad.

    With noise d of variance v in an angle, E cos d = exp(-v/2), E cos2 d / (E cos d)2 = cosh v, E sin2 d / (E cos d)2 =
    sinh v: so dividing each cosine and sine by its mean shrinkage leaves no bias, and what remains is the covariance.
    """
    sine, cosine = sincos(float(elevation))
    range_m = float(range_m)
    square = range_m * range_m
    noise = float(range_sigma_m) * float(range_sigma_m)
    across = float(azimuth_sigma) * float(azimuth_sigma)
    above = float(elevation_sigma) * float(elevation_sigma)
    cosh_a, sinh_a = _grown(across)  # cosh less 1
    cosh_e, sinh_e = _grown(above)
    half_a, half_sa = _grown(0.5 * across)
    half_e, half_se = _grown(0.5 * above)
    grow_e = 1.0 + half_e + half_se  # exp(v/2)
    along_m = range_m * cosine * (1.0 + half_a + half_sa) * grow_e
    up_m = range_m * sine * grow_e
    cc = cosine * cosine
    ss = sine * sine
    level = square * (cc * (1.0 + cosh_e) + ss * sinh_e) + noise * (cc * (1.0 + cosh_e) + ss * sinh_e)
    both = cosh_a + cosh_e + cosh_a * cosh_e
    var_along = square * (cc * both + ss * sinh_e * (1.0 + cosh_a))
    var_along = var_along + noise * (cc * (1.0 + cosh_e) + ss * sinh_e) * (1.0 + cosh_a)
    var_up = square * (ss * cosh_e + cc * sinh_e) + noise * (ss * (1.0 + cosh_e) + cc * sinh_e)
    shrink = cosh_e - sinh_e  # exp(-v) less 1
    cov_along_up = sine * cosine * (square * shrink + noise * (1.0 + shrink))
    bent = square * above * above
    var_along = var_along + square * cc * across * across + bent * cc
    return along_m, up_m, var_along, level * sinh_a, var_up + bent * ss, cov_along_up + bent * sine * cosine


_Turned = tuple[float, float, float, float, float, float, float, float, float]


# Helpers of the loops below take numbers and at most one array: each array that is handed on costs as much as a sine.


@kernel
def _turned(
    frames: Floats, s: int, azimuth: float, along_m: float, up_m: float,
    var_along: float, var_across: float, var_up: float, cov_along_up: float,
) -> _Turned:  # fmt: skip
    """Return a place at an azimuth from sensor s, earth-centred, and its covariance: xx, xy, xz, yy, yz, zz."""
    sine, cosine = sincos(azimuth)
    ex, ey = float(frames[s, 1, 0]), float(frames[s, 1, 1])
    nx, ny, nz = float(frames[s, 2, 0]), float(frames[s, 2, 1]), float(frames[s, 2, 2])
    ux, uy, uz = float(frames[s, 3, 0]), float(frames[s, 3, 1]), float(frames[s, 3, 2])
    ax, ay, az = sine * ex + cosine * nx, sine * ey + cosine * ny, cosine * nz
    bx, by, bz = cosine * ex - sine * nx, cosine * ey - sine * ny, -sine * nz
    wx, wy, wz = cov_along_up * ax, cov_along_up * ay, cov_along_up * az
    return (
        float(frames[s, 0, 0]) + (along_m * ax + up_m * ux),
        float(frames[s, 0, 1]) + (along_m * ay + up_m * uy),
        float(frames[s, 0, 2]) + (along_m * az + up_m * uz),
        var_along * ax * ax + var_across * bx * bx + var_up * ux * ux + 2.0 * wx * ux,
        var_along * ax * ay + var_across * bx * by + var_up * ux * uy + (wx * uy + wy * ux),
        var_along * ax * az + var_across * bx * bz + var_up * ux * uz + (wx * uz + wz * ux),
        var_along * ay * ay + var_across * by * by + var_up * uy * uy + 2.0 * wy * uy,
        var_along * ay * az + var_across * by * bz + var_up * uy * uz + (wy * uz + wz * uy),
        var_along * az * az + var_across * bz * bz + var_up * uz * uz + 2.0 * wz * uz,
    )


@kernel
def _level(x_m: float, y_m: float, z_m: float) -> tuple[int, int]:
    """Return lat_e7, lon_e7 of an earth-centred place by one round of Bowring's formula (1985, with his first guess).

    Up to 1,000 km of height nothing is lost by it but the rounding to 1e-7 degree.
    """
    along = math.sqrt(x_m * x_m + y_m * y_m)
    away = math.sqrt(along * along + z_m * z_m)
    s = z_m * (1.0 - F) * (1.0 + EP2 * B_M / away)
    size = math.sqrt(s * s + along * along)
    s, c = s / size, along / size
    lat_deg = atan2(z_m + EP2 * B_M * s * s * s, along - E2 * A_M * c * c * c) * DEG_PER_RAD
    lon_deg = atan2(y_m, x_m) * DEG_PER_RAD
    return math.floor(lat_deg * 1e7 + 0.5), math.floor(lon_deg * 1e7 + 0.5)


@kernel
def _placed(pos: Floats, i: int, x: float, y: float, z: float) -> tuple[int, int]:
    """Write where a plot is; return its latitude and longitude (1e-7 degrees)."""
    pos[i, 0], pos[i, 1], pos[i, 2] = x, y, z
    return _level(x, y, z)


@kernel
def _measured(
    given: Ints, accuracy: Floats, bias: Floats, numbers: Floats, i: int, s: int, polar: Floats
) -> tuple[float, float, float, float]:
    """Return range (m) and azimuth (rad) of plot i without its sensor's bias, and their deviations; keep them raw."""
    range_m, azimuth = int(given[RANGE_MM, i]) / 1e3, int(given[AZIMUTH_URAD, i]) / 1e6
    polar[i, 0], polar[i, 1] = range_m, azimuth
    return (
        max(range_m - float(bias[i, 0]), 1.0),
        azimuth - float(bias[i, 1]),
        _range_sigma(numbers[s, RANGE_SIGMA], float(accuracy[i]), float(numbers[s, POS_ACCURACY])),
        _angle_sigma(numbers[s, AZIMUTH_SIGMA]),
    )


@kernel
def from_polar(rows: Ints, plots: Plots, sensor: Ints, columns: Columns, filled: Filled) -> None:
    """A 3-D radar's plot: range, azimuth, elevation."""
    given, accuracy, bias, numbers, frames = plots.given, plots.pos_accuracy, plots.bias, columns.numbers, columns.frame
    pos, cov, polar = filled.z, filled.cov, filled.polar
    sigma_m, assumed, lat_e7, lon_e7 = filled.sigma_m, filled.assumed, filled.lat_e7, filled.lon_e7
    for k in range(rows.shape[0]):
        i = int(rows[k])
        s = int(sensor[i])
        range_m, azimuth, range_sigma_m, azimuth_sigma = _measured(given, accuracy, bias, numbers, i, s, polar)
        elevation = int(given[ELEVATION_URAD, i]) / 1e6
        polar[i, 2] = elevation
        elevation = elevation - float(bias[i, 2])
        along_m, up_m, var_along, var_across, var_up, cov_along_up = converted(
            range_m, elevation, range_sigma_m, azimuth_sigma, _angle_sigma(numbers[s, ELEVATION_SIGMA])
        )
        x, y, z, xx, xy, xz, yy, yz, zz = _turned(
            frames, s, azimuth, along_m, up_m, var_along, var_across, var_up, cov_along_up
        )
        cov[i, 0], cov[i, 1], cov[i, 2], cov[i, 3], cov[i, 4], cov[i, 5] = xx, xy, xz, yy, yz, zz
        lat_e7[i], lon_e7[i] = _placed(pos, i, x, y, z)
        sigma_m[i] = math.sqrt(max(var_along, var_across))
        assumed[i] = 1 if float(numbers[s, RANGE_SIGMA]) < 0.0 else 0


@kernel
def _reach(columns: Columns, s: int, range_m: float) -> tuple[float, float]:
    """Return the least and the greatest height, above the sensor's level plane, of a target at this slant range."""
    lowest = -0.05 * range_m
    highest = 0.95 * range_m
    bulge = range_m * range_m / (2.0 * A_M)  # how far the earth falls away below the plane
    low = -bulge
    high = _CEILING_ASSUMED_M - bulge
    if columns.marks[s, COVERS] == 1:
        home = float(columns.numbers[s, HEIGHT])
        low = max(float(columns.numbers[s, FLOOR]) - home - bulge, low)
        if float(columns.numbers[s, CEILING]) < 1e8:
            high = float(columns.numbers[s, CEILING]) - home - bulge
        lowest = max(lowest, range_m * sincos(float(columns.numbers[s, ELEVATION_MIN]))[0])
        highest = min(highest, range_m * sincos(float(columns.numbers[s, ELEVATION_MAX]))[0])
    low = min(max(low, lowest), highest)
    return low, max(min(high, highest), low)


@kernel
def _ground(range_m: float, low_m: float, high_m: float) -> tuple[float, float]:
    """Return mean and variance of the ground range of a slant range, where the height is spread evenly between two."""
    square = range_m * range_m
    if high_m - low_m < 1e-3 * range_m:
        middle = 0.5 * (low_m + high_m)
        return math.sqrt(square - middle * middle), 0.0
    upper = high_m * math.sqrt(square - high_m * high_m) + square * asin(high_m / range_m)
    lower = low_m * math.sqrt(square - low_m * low_m) + square * asin(low_m / range_m)
    mean = 0.5 * (upper - lower) / (high_m - low_m)
    of_square = square - (high_m * high_m + high_m * low_m + low_m * low_m) / 3.0
    return mean, max(of_square - mean * mean, 0.0)


@kernel
def from_flat_polar(rows: Ints, plots: Plots, sensor: Ints, columns: Columns, filled: Filled) -> None:
    """A 2-D radar's plot: slant range and azimuth; the height is anything in the coverage."""
    up_var = UP_SIGMA_UNKNOWN_M * UP_SIGMA_UNKNOWN_M
    given, accuracy, bias, numbers, frames = plots.given, plots.pos_accuracy, plots.bias, columns.numbers, columns.frame
    pos, cov, polar = filled.z, filled.cov, filled.polar
    sigma_m, assumed, lat_e7, lon_e7 = filled.sigma_m, filled.assumed, filled.lat_e7, filled.lon_e7
    for k in range(rows.shape[0]):
        i = int(rows[k])
        s = int(sensor[i])
        range_m, azimuth, range_sigma_m, azimuth_sigma = _measured(given, accuracy, bias, numbers, i, s, polar)
        low_m, high_m = _reach(columns, s, range_m)
        ground_m, ground_var = _ground(range_m, low_m, high_m)
        along_m, _, var_along, var_across, _, _ = converted(
            ground_m, 0.0, range_sigma_m * range_m / ground_m, azimuth_sigma, 0.0
        )
        var_along = var_along + ground_var
        x, y, z, xx, xy, xz, yy, yz, zz = _turned(
            frames, s, azimuth, along_m, 0.5 * (low_m + high_m), var_along, var_across, up_var, 0.0
        )
        cov[i, 0], cov[i, 1], cov[i, 2], cov[i, 3], cov[i, 4], cov[i, 5] = xx, xy, xz, yy, yz, zz
        lat_e7[i], lon_e7[i] = _placed(pos, i, x, y, z)
        sigma_m[i] = math.sqrt(max(var_along, var_across))
        assumed[i] = 1 if float(numbers[s, RANGE_SIGMA]) < 0.0 else 0


@kernel
def from_azimuth(rows: Ints, plots: Plots, sensor: Ints, columns: Columns, filled: Filled) -> None:
    """An azimuth: a direction finder, a microphone array."""
    given, bias, numbers = plots.given, plots.bias, columns.numbers
    z, cov, polar = filled.z, filled.cov, filled.polar
    for k in range(rows.shape[0]):
        i = int(rows[k])
        azimuth = int(given[AZIMUTH_URAD, i]) / 1e6
        polar[i, 1] = azimuth
        azimuth = azimuth - float(bias[i, 1])
        sigma = _angle_sigma(numbers[int(sensor[i]), AZIMUTH_SIGMA])
        z[i, 0] = azimuth - math.floor(azimuth / (2.0 * PI)) * (2.0 * PI)
        cov[i, 0] = sigma * sigma


@kernel
def from_direction(rows: Ints, plots: Plots, sensor: Ints, columns: Columns, filled: Filled) -> None:
    """A camera's plot: azimuth and elevation."""
    from_azimuth(rows, plots, sensor, columns, filled)
    given, bias, numbers = plots.given, plots.bias, columns.numbers
    z, cov, polar = filled.z, filled.cov, filled.polar
    for k in range(rows.shape[0]):
        i = int(rows[k])
        elevation = int(given[ELEVATION_URAD, i]) / 1e6
        polar[i, 2] = elevation
        z[i, 1] = elevation - float(bias[i, 2])
        sigma = _angle_sigma(numbers[int(sensor[i]), ELEVATION_SIGMA])
        cov[i, 1] = sigma * sigma
