"""Nothing in the watch grows with time: a quiet city for a while on every run, for a day in the soak."""

import pytest

from benchmarks import long_run


def _does_not_grow(found, state_share, blocks):
    early, late = found["early_max"], found["late_max"]
    assert found["conclusions"] > 0
    assert early["tracks"] > 0
    assert late["state_bytes"] <= state_share * early["state_bytes"]
    assert late["python_blocks"] <= early["python_blocks"] + blocks


@pytest.mark.slow
def test_what_the_watch_remembers_does_not_grow_within_the_hour():
    """Forty minutes without a pause; sensors that fall silent, lies and late reports are for the day of the soak."""
    _does_not_grow(long_run.measured(2 / 3, every_hours=0.05, levels=("L2",)), state_share=2.0, blocks=50_000)


@pytest.mark.slow
@pytest.mark.requirement("STATION-ALARM-3")
def test_in_a_quiet_city_people_are_called_once_in_ten_minutes_at_most():
    """Two drones at a time amid false echoes, a zone of a kilometre and a half: who enters it calls, nothing else."""
    found = long_run.measured(0.5, every_hours=0.25, levels=("L2",), zone_radius_mm=1_500_000)["alarms"]
    assert 0 < found["calls_per_10min"] <= 1
    assert found["by_reason"] == (("not_permitted", found["alarms"]),)
    assert found["chattering"] == ()
    assert (found["stale"], found["suppressed"], found["flood_share"]) == (0, 0, 0.0)


@pytest.mark.soak
def test_what_the_watch_remembers_does_not_grow_within_a_day():
    found = long_run.measured(24.0)
    assert found["alarms"]["chattering"] == ()
    _does_not_grow(found, state_share=1.5, blocks=30_000)
    assert found["growing"] == []
    assert found["late_max"]["resident_mb"] <= found["early_max"]["resident_mb"] + 50.0
