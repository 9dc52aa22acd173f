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


@pytest.mark.soak
def test_what_the_watch_remembers_does_not_grow_within_a_day():
    found = long_run.measured(24.0)
    _does_not_grow(found, state_share=1.5, blocks=30_000)
    assert found["growing"] == []
    assert found["late_max"]["resident_mb"] <= found["early_max"]["resident_mb"] + 50.0
