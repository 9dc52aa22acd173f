"""The ladder, the explainer and presences give the same bytes in other circumstances and on other machines."""

import os
import pathlib
import subprocess
import sys

import pytest

from tests.circumstances import PLAIN_OR_GENERIC, apart
from tests.watch import existence_bytes

SCRIPT = pathlib.Path(existence_bytes.__file__)
# Committed so that every other machine is compared with this one; whoever changes a threshold changes it.
SHA256 = "85ad6712d1dc301d2e75dc1e5e4b99b891a696403ccdd6a09b84d3fb3615cab8"


def test_the_bytes_are_the_committed_ones():
    assert existence_bytes.digest() == SHA256


@pytest.mark.parametrize("circumstance", apart(PLAIN_OR_GENERIC))
def test_the_bytes_are_the_same_in_other_circumstances(circumstance):
    environment = {**os.environ, **PLAIN_OR_GENERIC[circumstance]}
    result = subprocess.run([sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == [SHA256]
