"""The station's time: it never runs back, whatever is done to the system's clock."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.station.healthwatch import HealthWatch
from skykeep.station.loop import Loop
from skykeep.station.stationclock import StationClock

SECOND = 10**9


class Clocks:
    """A system clock that can be set, and a steady one."""

    def __init__(self):
        self.wall_ns, self.steady_ns = 1_800_000_000 * SECOND, 500 * SECOND

    def pass_(self, ns):
        self.wall_ns += ns
        self.steady_ns += ns

    def clock(self, **terms):
        return StationClock(wall=lambda: self.wall_ns, steady=lambda: self.steady_ns, **terms)


@pytest.mark.requirement("STATION-3")
@given(
    st.lists(
        st.tuples(st.integers(0, 10 * SECOND), st.one_of(st.just(0), st.integers(-3700 * SECOND, 3700 * SECOND))),
        max_size=30,
    )
)
def test_time_never_runs_back(steps):
    clocks = Clocks()
    clock = clocks.clock()
    before = clock.now_ns()
    for passed_ns, set_by_ns in steps:
        clocks.pass_(passed_ns)
        clocks.wall_ns += set_by_ns
        assert clock.now_ns() >= before
        clock.look()
        assert clock.now_ns() >= before
        before = clock.now_ns()


def test_a_clock_set_forwards_is_followed_and_told_once():
    clocks = Clocks()
    clock = clocks.clock()
    clocks.wall_ns += 3600 * SECOND
    step = clock.look()
    assert (step.by_ns, step.followed) == (3600 * SECOND, True)
    assert clock.now_ns() == clocks.wall_ns
    assert clock.look() is None


def test_a_clock_set_backwards_is_held_and_told_once_until_they_agree():
    clocks = Clocks()
    clock = clocks.clock()
    begun_ns = clock.now_ns()
    clocks.wall_ns -= 3600 * SECOND
    step = clock.look()
    assert (step.by_ns, step.followed, clock.held) == (-3600 * SECOND, False, True)
    clocks.pass_(SECOND)
    assert clock.look() is None
    assert clock.now_ns() == begun_ns + SECOND
    assert clock.offset_ns == 3600 * SECOND
    clocks.wall_ns += 3600 * SECOND
    assert clock.look() is None
    assert not clock.held


def test_a_drift_is_followed_slowly_backwards():
    clocks = Clocks()
    clock = clocks.clock()
    clocks.wall_ns -= SECOND // 10
    clocks.pass_(SECOND // 2)
    clock.look()
    assert clock.offset_ns == SECOND // 20
    clocks.pass_(SECOND)
    clock.look()
    assert clock.offset_ns == 0


def test_a_record_that_ends_in_the_future_goes_on_from_there():
    clocks = Clocks()
    floor_ns = clocks.wall_ns + 600 * SECOND
    clock = clocks.clock(floor_ns=floor_ns)
    assert clock.now_ns() == floor_ns
    assert clock.held


@pytest.mark.requirement("STATION-3")
def test_a_station_that_begins_before_its_record_ends_says_so_until_the_clocks_agree():
    clocks, health = Clocks(), HealthWatch()
    clock = clocks.clock(floor_ns=clocks.wall_ns + 600 * SECOND)
    loop = SimpleNamespace(_clock=clock, _health=health, _acts=[], _clock_well_ns=0)
    Loop._look_at_clock(loop)
    assert [each.what for each in health.ill()] == ["clock"]
    clocks.pass_(SECOND)
    clocks.wall_ns += 600 * SECOND
    Loop._look_at_clock(loop)
    clocks.pass_(SECOND)
    Loop._look_at_clock(loop)
    assert health.ill() == []
