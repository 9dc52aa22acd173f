"""Geoid, surfaces and pressures give the same bytes in other circumstances and on other machines."""

import os
import pathlib
import subprocess
import sys

import pytest

from tests.circumstances import PLAIN_OR_GENERIC, apart
from tests.geo import heights_bytes

SCRIPT = pathlib.Path(heights_bytes.__file__)
# Committed so that every other machine is compared with this one.
SHA256 = "05b63c762980d2fe8c0cfe6bfaee082a0366d5940a7cb9270a7b0861dcf05a91"


def test_the_bytes_are_the_committed_ones():
    assert heights_bytes.digest() == SHA256


@pytest.mark.parametrize("circumstance", apart(PLAIN_OR_GENERIC))
def test_the_bytes_are_the_same_in_other_circumstances(circumstance):
    environment = {**os.environ, **PLAIN_OR_GENERIC[circumstance]}
    result = subprocess.run([sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == [SHA256]
