"""A run killed at any moment: what was acknowledged is there, and continuing ends where an unbroken run ends."""

import json
import subprocess
import sys

import pytest

ZONES = {
    "formatVersion": "1.0.0",
    "UASZoneList": [
        {
            "identifier": "INVENTED",
            "country": "CHE",
            "name": "Invented zone",
            "type": "COMMON",
            "restriction": "PROHIBITED",
            "reason": ["SENSITIVE"],
            "applicability": [{"permanent": "YES"}],
            "zoneAuthority": [{"name": "nobody"}],
            "geometry": [
                {
                    "uomDimensions": "M",
                    "lowerVerticalReference": "AGL",
                    "upperVerticalReference": "AGL",
                    "horizontalProjection": {"type": "Circle", "center": [8.73, 47.1987], "radius": 1000},
                }
            ],
        }
    ],
}


no_forks = pytest.mark.skipif(sys.platform == "win32", reason="kills forks, which Windows does not have")


def killed(directory, root, *, kills, seed):
    """Run `tests.station.killed` and check what it found."""
    (directory / "zones.json").write_text(json.dumps(ZONES))
    command = [sys.executable, "-m", "tests.station.killed", str(directory), "--kills", str(kills), "--seed", str(seed)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["kills"] == kills
    assert found["faults"] == []
    # The kills must have fallen into the writing: most left a record that was begun and not done.
    within = [count for count in found["acknowledged"] if 0 < count < found["entries"]]
    assert len(within) > kills // 3


@no_forks
@pytest.mark.requirement("RECORD-2")
@pytest.mark.capability("Loses nothing that was acknowledged, however the program ends")
def test_fifty_kills_lose_nothing_and_change_nothing(tmp_path, root):
    killed(tmp_path, root, kills=50, seed=1)


@no_forks
@pytest.mark.soak
def test_two_hundred_kills_lose_nothing_and_change_nothing(tmp_path, root):
    killed(tmp_path, root, kills=200, seed=2)
