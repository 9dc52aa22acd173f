"""Bodies without a voice: who is flagged, and what a receiver that heard nothing of them is worth."""

import math

import msgspec
import pytest

from skykeep.watch import flagmemory as fm
from tests.watch.flagworld import EVERYWHERE, RID, T0, S, Said, World, sensors


def test_a_body_that_receivers_would_have_heard_is_flagged():
    world = World(1)
    for k in range(8):
        now = T0 + k * S
        world.put(1, 1000.0, 500.0, at_ns=now)
        world.miss(1, 0.85, RID)
        world.step(now, sights=[1])
    assert world.up(1) == {"body_without_rid"}
    world.step(T0 + 9 * S, [Said(1, 7, 1000.0, 500.0)], [1])
    assert world.up(1) == set()


def test_a_body_where_nobody_listens_is_not():
    world = World(1)
    for k in range(60):
        world.put(1, 1000.0, 500.0, at_ns=T0 + k * S)
        world.step(T0 + k * S, sights=[1])
    assert world.told == []


def listening(seconds, *, others=lambda second: True, **given):
    """Track 1 is seen each second and says nothing; of track 2 one receiver hears something, where `others` says so."""
    told = {"coverage": EVERYWHERE, "detection_ppm": 850_000, "period_ms": 1000, "scan": "each"}
    world = World(2, sensors(**(told | given)))
    for k in range(seconds):
        now = T0 + k * S
        world.put(1, 1000.0, 500.0, at_ns=now)
        world.put(2, -3000.0, 500.0, at_ns=now)
        world.step(now, [Said(2, 7, -3000.0, 500.0)] if others(k) else [], [1])
    return world


@pytest.mark.requirement("WATCH-14")
def test_a_receiver_that_reports_each_as_it_comes_is_listened_to_in_vain():
    world = listening(12)
    assert "body_without_rid" in world.up(1)
    first = next(told for told in world.told if told.flag == "body_without_rid")
    assert first.track_id == 1
    assert T0 + 7 * S <= first.t_ns <= T0 + 10 * S  # seen often enough after two seconds, and then for five
    world.step(T0 + 13 * S, [Said(1, 9, 1000.0, 500.0)], [1])
    assert "body_without_rid" not in world.up(1)
    assert fm.floats(world.memory.weights, fm.WEIGHT)[0, fm.SILENCE] == 0.0


def silence_of(world):
    return float(fm.floats(world.memory.weights, fm.WEIGHT)[0, fm.SILENCE])


def test_a_silence_is_worth_one_look_a_period_and_none_is_shorter_than_a_second():
    """Body alone since second 2; then one look a second of -log(0.15), each known when the next report comes."""
    look = -math.log(0.15)
    assert silence_of(listening(12)) == pytest.approx(9 * look)
    assert silence_of(listening(12, others=lambda k: k % 3 == 2)) == pytest.approx(9 * look)
    assert silence_of(listening(12, period_ms=250)) == pytest.approx(9 * look)
    assert silence_of(listening(12, period_ms=3000)) == pytest.approx(3 * look)


@pytest.mark.parametrize(
    ("others", "given"),
    [
        (lambda _: False, {}),  # nobody is heard at all: it may be deaf
        (lambda k: k % 11 == 0, {}),  # so seldom that it may have been deaf between
        (lambda k: k < 3, {}),  # it fell silent
        (lambda _: True, {"coverage": None}),  # nobody says where it hears
        (lambda _: True, {"detection_ppm": None}),  # nor how well
        (lambda _: True, {"lat_e7": None, "lon_e7": None}),
        (lambda _: True, {"coverage": msgspec.structs.replace(EVERYWHERE, range_max_mm=900_000)}),
    ],
)
def test_a_receiver_that_may_be_deaf_or_does_not_cover_the_place_says_nothing(others, given):
    world = listening(60, others=others, **given)
    assert not [told for told in world.told if told.flag == "body_without_rid"]
    assert silence_of(world) == 0.0


def test_a_bird_need_not_send():
    world = World(2)
    world.tracks.class_log[:] = [[-8.0, -9.0, 0.0, -9.0, -9.0, -9.0], [0.0, -2.0, -4.0, -4.0, -4.0, -4.0]]
    for k in range(20):
        for track in (1, 2):
            world.put(track, 1000.0 * track, 500.0, at_ns=T0 + k * S)
            world.miss(track, 0.85, RID)
        world.step(T0 + k * S, sights=[1, 2])
    assert (world.up(1), world.up(2)) == (set(), {"body_without_rid"})
