"""What was said before: flights sent again, and those that only look like it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.watch.claims import claim_key
from tests.watch.flagworld import T0, S, Said, World, claim_of, fly, say_path


@pytest.mark.parametrize("other_tx", [7, 8])
def test_a_flight_sent_again_is_flagged_and_the_first_one_is_not(other_tx):
    world = World(2)
    path = fly(120, 3, turns=True)
    say_path(world, path, T0, stamps_ns=T0, tx=7, track=1)
    assert world.told == []
    say_path(world, path, T0 + 125 * S, stamps_ns=T0, tx=other_tx, track=2)
    assert "replayed" in world.up(2)
    assert "replayed" not in world.up(1)


def test_a_flight_sent_again_within_the_minute_is_known_by_its_words_alone():
    """The clock may be forty seconds off; that every place was heard before with its stamp may not be."""
    world = World(2)
    path = fly(35, 9, turns=True)
    say_path(world, path, T0, stamps_ns=T0, tx=7, track=1)
    say_path(world, path, T0 + 40 * S, stamps_ns=T0, tx=8, track=2)
    assert "replayed" in world.up(2)


@pytest.mark.parametrize(("off_s", "flagged"), [(0, False), (20, False), (-50, False), (90, True), (-900, True)])
def test_a_clock_is_allowed_a_minute(off_s, flagged):
    world = World(1)
    say_path(world, fly(60, 1, turns=True), T0, stamps_ns=T0 + off_s * S, tx=7, track=1)
    assert ("replayed" in world.up(1)) is flagged


def test_a_drone_that_stands_and_one_whose_clock_stands_repeat_nothing():
    world = World(2)
    for k in range(900):
        now = T0 + 4 * k * S
        for track in (1, 2):
            world.put(track, 100.0 * track, 0.0, at_ns=now)
        world.step(now, [Said(1, 7, 100.0, 0.0, claim=claim_of(now)), Said(2, 8, 200.0, 0.0, claim=0)])
    assert world.up(1) == set()
    assert "replayed" not in world.up(2)


def test_an_hour_later_the_stamps_come_round():
    world = World(1)
    for hour, k in itertools.product(range(3), range(60)):
        now = T0 + (3600 * hour + k) * S
        world.put(1, 100.0, 0.0, at_ns=now)
        world.step(now, [Said(1, 7, 100.0, 0.0, claim=claim_of(now))])
    assert world.told == []


@given(st.tuples(*[st.integers(-(2**31), 2**31 - 1)] * 2, st.integers(0, 35_999)))
def test_claims_have_keys_of_their_own(said):
    lat_e7, lon_e7, claim = said
    key = claim_key(lat_e7, lon_e7, claim)
    assert 0 <= key < 2**62
    near = {claim_key(lat_e7 + a, lon_e7 + b, claim + c) for a, b, c in itertools.product((-1, 0, 1), repeat=3)}
    assert len(near) == 27
