"""Geoid, surfaces and pressures give the same bytes in other circumstances and on other machines."""

import os
import pathlib
import subprocess
import sys

import pytest

from tests.geo import heights_bytes

SCRIPT = pathlib.Path(heights_bytes.__file__)
# Committed so that every other machine is compared with this one.
SHA256 = "8feac75466790a826ce55208425eabdf6bcdbd7d525738aef1f3d13972b1c854"


def test_the_bytes_are_the_committed_ones():
    assert heights_bytes.digest() == SHA256


@pytest.mark.parametrize("circumstance", [{"NUMBA_DISABLE_JIT": "1"}, {"NUMBA_CPU_NAME": "generic"}])
def test_the_bytes_are_the_same_in_other_circumstances(circumstance, tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), **circumstance}
    result = subprocess.run([sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == [SHA256]
