"""The standard atmosphere against the tables of ICAO Doc 7488, and flight levels at several QNH."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.geo import pressure

FOOT_M = 0.3048

# ICAO Doc 7488, table 1: geopotential altitude in metres, pressure in hectopascals.
TABLE = [
    (-1000, 1139.29), (-500, 1074.78), (0, 1013.25), (500, 954.61), (1000, 898.746), (2000, 794.952), (3000, 701.086),
    (4000, 616.402), (5000, 540.199), (6000, 471.81), (8000, 355.998), (10000, 264.363), (11000, 226.320),
    (12000, 193.304), (15000, 120.446), (20000, 54.7489),
]  # fmt: skip


@pytest.mark.parametrize(("altitude_m", "hectopascals"), TABLE)
def test_the_table_of_the_standard_atmosphere(altitude_m, hectopascals):
    assert pressure.pressure_pa(altitude_m) == pytest.approx(hectopascals * 100, rel=1e-5)
    assert pressure.altitude_std_m(hectopascals * 100) == pytest.approx(altitude_m, abs=0.2)


@pytest.mark.parametrize(
    ("level", "hectopascals"), [(50, 843.07), (100, 696.82), (180, 506.00), (240, 392.71), (300, 300.90), (390, 196.77)]
)
def test_flight_levels(level, hectopascals):
    assert pressure.pressure_pa(level * 100 * FOOT_M) == pytest.approx(hectopascals * 100, rel=2e-5)


@pytest.mark.parametrize("qnh_hpa", [950.0, 980.0, 1000.0, 1003.25, 1013.0, 1013.25, 1023.25, 1040.0])
def test_sea_level_by_the_formula_of_the_us_national_weather_service(qnh_hpa):
    """Its pressure altitude formula: (1 - (hPa / 1013.25) ** 0.190284) * 145366.45 feet."""
    feet = (1 - (qnh_hpa / 1013.25) ** 0.190284) * 145_366.45
    assert pressure.sea_level_std_m(qnh_hpa * 100) / FOOT_M == pytest.approx(feet, abs=1.0)


def test_a_hectopascal_near_the_ground_is_eight_metres_and_a_quarter():
    assert pressure.sea_level_std_m(101_225) == pytest.approx(8.33, abs=0.02)


@given(st.floats(pressure.ALTITUDE_MIN_M, pressure.ALTITUDE_MAX_M))
def test_there_and_back_is_where_it_began(altitude_m):
    assert pressure.altitude_std_m(pressure.pressure_pa(altitude_m)) == pytest.approx(altitude_m, abs=1e-6)


def test_the_two_formulas_meet_at_the_tropopause():
    below, above = pressure.pressure_pa(10_999.999), pressure.pressure_pa(11_000.001)
    assert 0 < below - above < 0.01
    assert pressure.altitude_std_m(pressure.pressure_pa(11_000.0)) == pytest.approx(11_000.0, abs=1e-9)
