"""The watch concludes the same bytes of every level of the reference scenario, whatever processor, compiler, threads."""

import functools
import os
import subprocess
import sys

import pytest

from tests.circumstances import apart
from tests.golden.test_determinism import FEATURES, GLIBC
from tests.watch import same_bytes

SMALL = ("--n", "12", "--seconds", "15")  # with the JIT on
TINY = ("--n", "6", "--seconds", "10")  # with it off, a hundred times slower
CIRCUMSTANCES = {
    "compiled for any processor": ({"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}, SMALL),
    "NumPy and glibc without vector units": (
        {"NPY_DISABLE_CPU_FEATURES": " ".join(FEATURES), "GLIBC_TUNABLES": GLIBC},
        SMALL,
    ),
    "one thread, another hash seed": (
        {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "PYTHONHASHSEED": "7"},
        SMALL,
    ),
    "two threads at once": ({"NUMBA_NUM_THREADS": "2"}, (*SMALL, "--threads", "2")),
    "without JIT": ({"NUMBA_DISABLE_JIT": "1"}, TINY),
    "nothing but the plainest": (
        {"NUMBA_DISABLE_JIT": "1", "NPY_DISABLE_CPU_FEATURES": " ".join(FEATURES), "GLIBC_TUNABLES": GLIBC},
        TINY,
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the facts are kept, so that every circumstance steps the same."""
    return tmp_path_factory.mktemp("facts")


@functools.cache
def _here(folder, arguments):
    n, seconds = int(arguments[1]), float(arguments[3])
    return [
        f"{level} {same_bytes.digest(same_bytes.kept(folder, level, n, seconds, 1))}" for level in same_bytes.LEVELS
    ]


def _there(folder, root, arguments, changed):
    command = [sys.executable, "-m", "tests.watch.same_bytes", *arguments, "--keep", str(folder)]
    result = subprocess.run(
        command, cwd=root, env={**os.environ, **changed}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("circumstance", apart(CIRCUMSTANCES))
def test_every_level_yields_the_same_bytes(circumstance, root, folder):
    changed, arguments = CIRCUMSTANCES[circumstance]
    here = _here(folder, arguments[:4])
    assert _there(folder, root, arguments, changed) == here


def test_the_conclusions_of_another_seed_are_others():
    """Make sure that the digest is of something, or the test above would show nothing."""
    one, other = (same_bytes.digest(same_bytes.ticks("L3", 3, 6.0, seed)) for seed in (1, 2))
    assert one != other


@pytest.mark.soak
@pytest.mark.parametrize("level", same_bytes.LEVELS)
def test_a_hundred_drones_for_two_minutes_yield_the_same_bytes(level, root, folder):
    arguments = ("--levels", level, "--n", "100", "--seconds", "120")
    circumstances = ({}, CIRCUMSTANCES["compiled for any processor"][0], {"NUMBA_NUM_THREADS": "1"})
    found = [_there(folder, root, arguments, changed) for changed in circumstances]
    found.append(_there(folder, root, (*arguments, "--threads", "2"), {}))
    assert found[0][0].startswith(level)
    assert found[1:] == found[:1] * 3
