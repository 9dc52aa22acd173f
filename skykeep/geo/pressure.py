"""The ICAO standard atmosphere: pressure and pressure altitude, and from there to mean sea level by QNH.

Up to 11 km the temperature falls by 6.5 K a kilometre from 288.15 K at sea level, from there to 20 km it stays at
216.65 K (ICAO Doc 7488, 3rd edition). Altitudes are geopotential metres, pressures pascals.

An altimeter set to QNH shows its pressure altitude less that of the QNH: the height above mean sea level if the air
is as warm as the standard, else wrong by a share of that height: 4 % for 10 K (ICAO Doc 8168, vol. I, III-1-4).
"""

from __future__ import annotations

from skykeep.geo import exact
from skykeep.geo.kernel import kernel

STANDARD_PA = 101_325.0
_T0_K = 288.15
_LAPSE_K_M = 0.0065
_G_MPS2 = 9.80665
_R_J_KG_K = 287.05287
_POWER = _R_J_KG_K * _LAPSE_K_M / _G_MPS2
_TROPOPAUSE_M = 11_000.0
_T11_K = 216.65
_SCALE_M = _R_J_KG_K * _T11_K / _G_MPS2  # in which pressure falls by a factor e above the tropopause
_P11_PA = 22_632.04009500782  # at the tropopause, by the lower formula
ALTITUDE_MIN_M, ALTITUDE_MAX_M = -1_000.0, 20_000.0  # where the two formulas hold


@kernel
def altitude_std_m(pressure_pa: float) -> float:
    """Return the pressure altitude of a pressure above 0."""
    p = float(pressure_pa)
    if p >= _P11_PA:
        return _T0_K / _LAPSE_K_M * (1.0 - exact.exp(_POWER * exact.log(p / STANDARD_PA)))
    return _TROPOPAUSE_M - _SCALE_M * exact.log(p / _P11_PA)


@kernel
def pressure_pa(alt_std_m: float) -> float:
    """Return the pressure at a pressure altitude up to 20 km."""
    h = float(alt_std_m)
    if h <= _TROPOPAUSE_M:
        return STANDARD_PA * exact.exp(exact.log(1.0 - _LAPSE_K_M / _T0_K * h) / _POWER)
    return _P11_PA * exact.exp((_TROPOPAUSE_M - h) / _SCALE_M)


@kernel
def sea_level_std_m(qnh_pa: float) -> float:
    """Return the pressure altitude of mean sea level: AMSL = STD - this, in standard air."""
    return altitude_std_m(qnh_pa)
