"""Frames, distances and borders give the same bytes in other circumstances and on other machines."""

import os
import pathlib
import subprocess
import sys

import pytest

from tests.circumstances import PLAIN_OR_GENERIC, apart
from tests.geo import places_bytes

SCRIPT = pathlib.Path(places_bytes.__file__)
# Committed so that every other machine is compared with this one.
SHA256 = "e9b33bcd3961604dd4843ee34e0c5fceb8322dd848e50d21c07fd0d60b21ad00"


def test_the_bytes_are_the_committed_ones():
    assert places_bytes.digest() == SHA256


@pytest.mark.parametrize("circumstance", apart(PLAIN_OR_GENERIC))
def test_the_bytes_are_the_same_in_other_circumstances(circumstance):
    environment = {**os.environ, **PLAIN_OR_GENERIC[circumstance]}
    result = subprocess.run([sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == [SHA256]
