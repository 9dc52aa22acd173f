"""A run whose disk fills up: it says so, keeps what it acknowledged, and goes on when there is room."""

import os
import subprocess
import sys

import pytest

from tests.cli.calling import ANAFI, ZONES, call, ticks


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 400 KiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small file system to fill")
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def said(record):
    return [(tick, now_ns, [leaf.body for leaf in leaves], state) for tick, now_ns, leaves, state in ticks(record)]


@pytest.mark.requirement("RECORD-3")
@pytest.mark.capability("A full disk: a sentence, nothing acknowledged lost, and the run goes on when there is room")
def test_a_full_disk_stops_the_run_and_room_lets_it_go_on(small_disk, tmp_path):
    arguments = ["--zones", ZONES, "--record-id", "same", ANAFI]
    call("run", "--record", tmp_path / "expected", *arguments)
    notes, record = tmp_path / "notes", small_disk / "record"
    stopped = call("run", "--record", record, "--acknowledged", notes, *arguments)
    assert stopped.exit_code == 3, stopped.stderr
    assert f"skykeep: {record}: the disk is full" in stopped.stderr
    assert "free some space" in stopped.stderr
    assert stopped.stdout == ""
    acknowledged = int(notes.read_text().splitlines()[-1])
    assert call("verify", record).exit_code == 0
    kept = said(record)
    assert len(kept) >= acknowledged - 1  # one entry says that the run began
    assert kept == said(tmp_path / "expected")[: len(kept)]
    again = call("run", "--record", record, *arguments)
    assert again.exit_code == 3, "still full"
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    assert call("run", "--record", record, *arguments).exit_code == 0
    assert said(record) == said(tmp_path / "expected")
    assert call("replay", record).stdout.splitlines()[0] == call("replay", tmp_path / "expected").stdout.splitlines()[0]
