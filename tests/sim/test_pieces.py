"""Chance, flight, radio and scale: each does what its caption says."""

import itertools
import math

import pytest

from skykeep.facts.frame import Frame
from skykeep.facts.observed import BasicIdHeard, LinkTrust, LocationHeard
from skykeep.facts.personal import PlainNames
from skykeep.sim import scale
from skykeep.sim.chance import Chance
from skykeep.sim.flight import Point, Route, at, fly, lawn_mower, orbit
from skykeep.sim.radio import Sent, listen, pcap
from skykeep.sim.town import GROUND_HAE_M, HILL, ground_hae_m, iso, place_e7
from skykeep.wire import moments, remote_id
from skykeep.wire import pcap as reader
from skykeep.wire.identity import serial_doubt
from skykeep.wire.remote_id_air import on_air
from tests.sim.telling import START_NS


def test_chance_is_splitmix64():
    # The first values of the reference implementation (Vigna, splitmix64.c) from state 1234567.
    chance = Chance(1234567)
    assert [chance.bits() for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_streams_of_one_seed_know_nothing_of_each_other():
    assert len({Chance(1, name).bits() for name in ("", "a", "b", "ab", "ba")}) == 5
    assert Chance(1, "a").bits() == Chance(1, "a").bits()


def test_chance_keeps_its_bounds():
    chance = Chance(5)
    numbers = [chance.below(6) for _ in range(600)]
    assert set(numbers) == set(range(6))
    assert all(0 <= chance.unit() < 1 for _ in range(1000))
    normals = [chance.normal() for _ in range(4000)]
    assert abs(sum(normals)) / 4000 < 0.06
    assert abs(sum(value * value for value in normals) / 4000 - 1) < 0.08
    assert sorted(chance.shuffled(range(50))) == list(range(50))


ROUTES = {
    "lawn mower": Route(lawn_mower(Point(0, 0, 80), along_m=300, lanes=4, spacing_m=60), cruise_mps=14),
    "orbit": Route(orbit(Point(0, 0, 80), radius_m=120, laps=2), cruise_mps=11, corner_mps=11, capture_m=15, rolling=True),
    "climb and hover": Route((Point(0, 0, 20), Point(0, 0, 90), Point(200, 0, 90)), cruise_mps=12),
    "stand": Route((Point(3, 4, 5),), cruise_mps=12),
}  # fmt: skip


@pytest.mark.parametrize("name", ROUTES)
def test_nothing_flies_faster_or_turns_harder_than_it_can(name):
    route = ROUTES[name]
    flown = fly(route, 90)
    assert len(flown) == 901
    for before, after in itertools.pairwise(flown):
        speed = math.hypot(after.vel_east_mps, after.vel_north_mps, after.vel_up_mps)
        pull = math.dist(before[3:], after[3:]) / 0.1
        assert speed <= route.cruise_mps + 0.01
        assert pull <= route.acceleration_mps2 + 1e-6
        assert math.dist(before[:3], after[:3]) <= route.cruise_mps * 0.1 + 0.01


def test_a_flight_reaches_its_points_and_hovers_at_the_last():
    flown = fly(ROUTES["climb and hover"], 90)
    assert min(math.dist(moment[:3], (0, 0, 90)) for moment in flown) < 8
    assert math.dist(flown[-1], (200, 0, 90, 0, 0, 0)) < 0.5
    assert fly(ROUTES["stand"], 5)[-1] == (3, 4, 5, 0, 0, 0)


def test_between_two_steps_a_flight_is_in_between():
    flown = fly(ROUTES["orbit"], 10)
    assert at(flown, 1.0) == flown[10]
    middle = at(flown, 1.05)
    assert middle.east_m == pytest.approx((flown[10].east_m + flown[11].east_m) / 2)
    assert at(flown, -1) == flown[0]
    assert at(flown, 99) == flown[-1]


def test_the_ground_rises_to_the_hill():
    assert ground_hae_m(HILL.east_m, HILL.north_m) == GROUND_HAE_M + HILL.up_m
    assert GROUND_HAE_M < ground_hae_m(-2000, 0) < GROUND_HAE_M + 1


def test_moments_are_written_as_they_are_read():
    assert moments.iso_ns(iso(START_NS + 123_456_789)) == START_NS + 123_456_789
    assert iso(START_NS) == "2026-05-01T10:00:00Z"


def test_a_receiver_hears_less_the_farther_away_it_is():
    counts = []
    for away_m in (200, 3000, 5500):
        sent = [Sent(START_NS + n * 10**8, b"x", away_m, 0.0) for n in range(500)]
        heard = listen("s", Point(0, 0, 30), sent, Chance(1), reach_m=5000)
        assert heard == sorted(heard)
        assert all(abs(frame.t_ns - START_NS - n * 10**8) < 10**11 for n, frame in enumerate(heard))
        counts.append(len(heard))
    assert counts[0] > 460
    assert counts[0] > counts[1] > counts[2] == 0


def test_a_capture_is_read_as_it_was_written():
    heard = listen("s", Point(0, 0, 30), [Sent(START_NS + 7, b"frame", 100.0, 0.0)] * 5, Chance(2), reach_m=5000)
    read = list(reader.records([pcap(heard)]))
    assert [(record.t_ns, record.link, record.data) for record in read] == [(f.t_ns, 127, f.data) for f in heard]
    assert read[0].data.endswith(b"frame")


def test_scale_gives_what_was_ordered():
    frames = list(scale.frames(1, START_NS, on_air, drones=7, seconds=5))
    assert len(frames) == 35
    assert frames == sorted(frames)
    assert frames == list(scale.frames(1, START_NS, on_air, drones=7, seconds=5))
    facts = [
        fact
        for frame in frames
        for fact in remote_id.decode(
            Frame("remote-id", 127, frame.sensor_id, frame.t_ns, frame.t_ns, LinkTrust.SIMULATED, frame.data), 0, PlainNames()
        )
    ]  # fmt: skip
    assert sum(isinstance(fact, LocationHeard) for fact in facts) == 35
    serials = {fact.uas_id for fact in facts if isinstance(fact, BasicIdHeard)}
    assert serials == {scale.serial(number) for number in range(7)}
    assert all(serial_doubt(serial) is None for serial in serials)


def test_places_of_the_town_lie_in_open_water():
    assert place_e7(0, 0) == (-352_000_000, -562_000_000)
