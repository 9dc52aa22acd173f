"""geo.exact against mpmath, and its bytes against themselves in other circumstances."""

import math
import os
import pathlib
import subprocess
import sys

import mpmath
import numpy as np
import pytest

from skykeep.geo import exact
from tests.geo import exact_bytes

SCRIPT = pathlib.Path(exact_bytes.__file__)
# Committed so that every other machine is compared with this one. A change here is a change of every conclusion.
SHA256 = {
    2_000: "bde0f5ae82aa60fd1775934bcb06ac940a8a41e4e9bb60151f3deb7e0293f68e",
    100_000: "9cdb71fdf73e5f246094381989bc5744226c7c4fcecdfdd4a8b895b906f27ef7",
}
COUNT = 2_000


@pytest.fixture
def chance():
    return np.random.default_rng(20220224)


@pytest.fixture(autouse=True)
def precise():
    with mpmath.workprec(200):
        yield


def spread(chance, lo, hi, count=COUNT):
    return chance.uniform(lo, hi, count).tolist()


def magnitudes(chance, lo, hi, count=COUNT):
    """Numbers of either sign whose decimal exponents are spread evenly."""
    return [s * 10.0**e for s, e in zip(chance.choice([-1.0, 1.0], count), chance.uniform(lo, hi, count), strict=True)]


def worst_ulp(own, reference, arguments):
    def error(args):
        true = reference(*(mpmath.mpf(value) for value in args))
        return float(abs(mpmath.mpf(own(*args)) - true) / mpmath.mpf(math.ulp(float(true))))

    return max(error(args) for args in arguments)


def ones(values):
    return [(float(value),) for value in values]


def test_exp(chance):
    values = spread(chance, -708.39, 709.78) + spread(chance, -2, 2) + magnitudes(chance, -20, 0)
    assert worst_ulp(exact.exp, mpmath.exp, ones(values)) < 1


def test_exp_at_its_ends():
    assert exact.exp(709.782712893384) > 1.79e308
    assert exact.exp(709.7827128933841) == math.inf
    assert exact.exp(-708.3964185322641) >= 2.0**-1022
    assert exact.exp(-708.3964185322642) == 0.0
    assert exact.exp(-math.inf) == 0.0
    assert exact.exp(0.0) == 1.0


def test_log(chance):
    values = [abs(value) for value in magnitudes(chance, -307.9, 308.2)] + spread(chance, 0.5, 2)
    subnormal = [int(n) * 5e-324 for n in chance.integers(1, 2**52, COUNT)]
    assert worst_ulp(exact.log, mpmath.log, ones(values + subnormal + spread(chance, 0.999, 1.001))) < 1


def test_log_at_its_ends():
    assert exact.log(1.0) == 0.0
    assert exact.log(0.0) == -math.inf
    assert exact.log(math.inf) == math.inf
    assert math.isnan(exact.log(-5e-324))


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_sin_cos(name, chance):
    quarters = [float(k * mpmath.pi / 2) for k in chance.integers(-600_000, 600_000, COUNT).tolist()]
    values = spread(chance, -1e6, 1e6) + spread(chance, -8, 8) + magnitudes(chance, -10, 6) + quarters
    assert worst_ulp(getattr(exact, name), getattr(mpmath, name), ones(values)) < 1


@pytest.mark.parametrize(("index", "name"), [(0, "sin"), (1, "cos")])
def test_sincos_deg(index, name, chance):
    def reference(x):
        return getattr(mpmath, name)(x * mpmath.pi / 180)

    values = spread(chance, -180, 180) + magnitudes(chance, -10, 9)
    assert worst_ulp(lambda x: exact.sincos_deg(x)[index], reference, ones(values)) < 2


def test_right_angles_are_exact():
    assert [exact.sincos_deg(x) for x in (0.0, 90.0, 180.0, 270.0, -90.0, 360.0)] == [
        (0, 1),
        (1, 0),
        (0, -1),
        (-1, 0),
        (-1, 0),
        (0, 1),
    ]


def test_angles_too_large_are_not_guessed():
    for value in (1.0000001e6, -1e300, math.inf):
        assert all(math.isnan(part) for part in exact.sincos(value))
    assert all(math.isnan(part) for part in exact.sincos_deg(1.1e9))


def test_atan2(chance):
    pairs = [
        *zip(magnitudes(chance, -3, 3), magnitudes(chance, -3, 3), strict=True),
        *zip(magnitudes(chance, -140, 140), magnitudes(chance, -140, 140), strict=True),
        *zip(spread(chance, -1, 1), spread(chance, -1, 1), strict=True),
    ]
    assert worst_ulp(exact.atan2, mpmath.atan2, pairs) < 2


def test_atan2_keeps_to_c99_at_zeros_and_infinities():
    edges = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf)
    for y in edges:
        for x in edges:
            assert repr(exact.atan2(y, x)) == repr(math.atan2(y, x)), (y, x)


def test_asin(chance):
    values = spread(chance, -1, 1) + magnitudes(chance, -10, 0) + spread(chance, 0.97, 1) + [1.0, -1.0, 0.5]
    assert worst_ulp(exact.asin, mpmath.asin, ones(values)) < 1
    assert math.isnan(exact.asin(1.0000000000000002))


def test_hypot(chance):
    pairs = list(zip(magnitudes(chance, -3, 3), magnitudes(chance, -3, 3), strict=True))
    assert worst_ulp(exact.hypot2, mpmath.hypot, pairs) < 2
    triples = [(x, y, z) for (x, y), z in zip(pairs, magnitudes(chance, -3, 3), strict=True)]
    assert worst_ulp(exact.hypot3, lambda x, y, z: mpmath.sqrt(x * x + y * y + z * z), triples) < 2


def test_normal_cdf(chance):
    values = spread(chance, -9, 9) + spread(chance, -40, 40)
    assert max(abs(mpmath.mpf(exact.normal_cdf(z)) - mpmath.ncdf(z)) for z in values) < 1e-15
    tails = spread(chance, -36.9, 0)
    assert max(abs(exact.normal_cdf(z) / mpmath.ncdf(z) - 1) for z in tails) < 1e-8
    assert (exact.normal_cdf(-math.inf), exact.normal_cdf(0.0), exact.normal_cdf(math.inf)) == (0.0, 0.5, 1.0)


def test_nan_in_nan_out():
    nan = math.nan
    answers = [
        *(f(nan) for f in (exact.exp, exact.log, exact.sin, exact.cos, exact.asin, exact.normal_cdf)),
        *exact.sincos_deg(nan),
        *(exact.atan2(nan, 1.0), exact.atan2(0.0, nan)),
        *(exact.hypot2(nan, 1.0), exact.hypot3(1.0, 2.0, nan)),
    ]
    assert {np.float64(answer).tobytes() for answer in answers} == {np.float64(math.nan).tobytes()}


@pytest.mark.parametrize("count", SHA256)
def test_the_bytes_are_the_committed_ones(count):
    assert exact_bytes.digest(count) == SHA256[count]


CIRCUMSTANCES = {
    "without JIT": {"NUMBA_DISABLE_JIT": "1"},
    "any processor": {"NUMBA_CPU_NAME": "generic"},
    "unoptimised": {"NUMBA_OPT": "0"},
    "optimised a little": {"NUMBA_OPT": "1"},
    "NumPy without its vector units": {
        "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512_SKX X86_V3 X86_V4 ASIMDHP",
        "NUMBA_CPU_FEATURES": "",
    },
}


@pytest.mark.parametrize("circumstance", CIRCUMSTANCES)
def test_the_bytes_are_the_same_in_other_circumstances(circumstance, tmp_path):
    # NumPy warns of features this processor lacks anyway: only here are warnings not errors.
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), **CIRCUMSTANCES[circumstance]}
    command = [sys.executable, str(SCRIPT), "2000"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == [SHA256[2_000]]
