"""The console's modules keep the types that their JSDoc says."""

import subprocess
import sys

import pytest

from scripts import check_types_js
from tests.house import checks


def test_the_console_keeps_its_types():
    done = subprocess.run(
        [sys.executable, checks.ROOT / "scripts" / "check_types_js.py"], check=False, capture_output=True, text=True
    )
    if done.returncode == check_types_js.MISSING:
        pytest.skip(done.stderr.strip())
    assert (done.returncode, done.stdout) == (0, "")
