"""Foresight, guard, groups and alarms tell the same bytes without the compiler and on other machines."""

import collections
import os
import pathlib
import subprocess
import sys

from skykeep.facts.concluded import AlarmChanged, ApproachSeen, EntryForeseen, GroupMoved
from tests.watch import foresight_bytes

SCRIPT = pathlib.Path(foresight_bytes.__file__)
# Committed so that every other machine is compared with this one.
SHA256 = "745c34655dbb5583bc51f329de93d1ab95f99cef19d1008e58d3006ebae79657"


def test_the_bytes_are_the_committed_ones():
    assert foresight_bytes.digest() == SHA256


def test_the_story_tells_of_everything():
    counts = collections.Counter(type(fact) for fact in foresight_bytes.told())
    assert all(counts[kind] > 5 for kind in (AlarmChanged, ApproachSeen, EntryForeseen, GroupMoved))


def test_the_bytes_are_the_same_without_the_compiler_and_with_another_order_of_sets():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONHASHSEED": "7"}
    result = subprocess.run([sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == [SHA256]
