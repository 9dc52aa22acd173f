"""Six ways not to be what one says, each with those who are honest and look like it."""

import copy
import hashlib
import math
import os
import subprocess
import sys

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.facts.concluded import FLAGS
from skykeep.facts.observed import LocationHeard
from skykeep.geo.frames import geodetic_to_enu
from skykeep.station.decode import decoded
from skykeep.watch import flagmemory as fm
from skykeep.watch import odds
from skykeep.watch.flag import FlagMemory, forget
from skykeep.watch.reports import no_reports
from skykeep.wire.pcap import records
from tests.watch.flagworld import (
    ADSB,
    FRAME,
    LAT,
    LON,
    RADAR,
    RID,
    T0,
    S,
    Said,
    World,
    claim_of,
    fly,
    say_path,
    sensors,
)  # fmt: skip

# Without a body


def phantom(world, seconds, *, pd=0.9, track=1, seen_at=(), begin=0):
    """A sender that hovers, and is looked for each second; `seen_at`: when it is seen after all."""
    for k in range(begin, begin + seconds):
        now = T0 + k * S
        world.put(track, 1000.0, 500.0, at_ns=now)
        if k not in seen_at:
            world.miss(track, pd)
        said = Said(track, 70 + track, 1000.0, 500.0, claim=claim_of(now))
        world.step(now, [said], [track] if k in seen_at else [])


@pytest.mark.requirement("WATCH-20")
def test_a_sender_without_a_body_is_flagged_within_five_looks():
    world = World(1)
    phantom(world, 5)
    assert world.up(1) == {"rid_without_body"}
    told = world.told[0]
    assert (told.flag, told.up, told.track_id) == ("rid_without_body", True, 1)
    assert told.log_odds_milli >= 2200
    assert 0 < len(told.evidence) <= 4
    assert [ref.tick for ref in told.evidence] == sorted((ref.tick for ref in told.evidence), reverse=True)


@pytest.mark.requirement("WATCH-14")
def test_where_nothing_could_see_a_body_its_absence_says_nothing():
    world = World(1)
    phantom(world, 300, pd=0.0)
    assert world.told == []
    assert world.log(1, "rid_without_body") == odds.PRIOR[odds.WITHOUT_BODY]


@settings(max_examples=25)
@given(st.floats(0.3, 0.97), st.integers(0, 2**32))
def test_a_body_that_is_seen_as_often_as_it_should_be_is_seldom_flagged(pd, seed):
    """Looks at random: the flag may go up with the probability of its odds, one in nine at the very most."""
    rng = np.random.default_rng(seed)
    flagged = 0
    for _ in range(5):
        world = World(1)
        phantom(world, 40, pd=pd, seen_at=np.flatnonzero(rng.random(40) < pd).tolist())
        flagged += any(told.flag == "rid_without_body" for told in world.told)
    assert flagged <= 1


def test_a_body_seen_takes_the_flag_down_and_says_so():
    world = World(1)
    phantom(world, 10)
    phantom(world, 3, begin=10, seen_at=(10, 11, 12))
    assert [(told.flag, told.up) for told in world.told] == [("rid_without_body", True), ("rid_without_body", False)]


def test_silence_does_not_take_a_flag_down():
    world = World(1)
    phantom(world, 10)
    for k in range(60):
        world.step(T0 + (10 + k) * S)
    assert world.up(1) == {"rid_without_body"}


def test_a_sender_next_to_a_body_without_one_is_left_in_peace():
    """Two tracks of one aircraft that were not joined: neither is a liar."""
    world = World(2)
    for k in range(20):
        now = T0 + k * S
        world.put(1, 1000.0, 500.0, at_ns=now)
        world.put(2, 1030.0, 500.0, at_ns=now)
        world.miss(1, 0.9)
        world.miss(2, 0.85, RID)
        world.step(now, [Said(1, 7, 1000.0, 500.0)], [2])
    assert world.told == []


# Beside itself


def pair_up(world, sender, body, seed, *, pd_radar=0.9, pd_rid=0.85):
    """Track 1 sends and has no body, track 2 is seen and does not send; errors of 3 m."""
    rng = np.random.default_rng(seed)
    for k, ((said, said_vel), (seen, seen_vel)) in enumerate(zip(sender, body, strict=True)):
        now = T0 + k * S
        e1, e2 = rng.normal(0, 2.0, (2, 2))
        world.put(1, *(said + e1), vel=said_vel, at_ns=now)
        world.put(2, *(seen + e2), vel=seen_vel, at_ns=now)
        world.miss(1, pd_radar)
        world.miss(2, pd_rid, RID)
        world.step(now, [Said(1, 7, *(said + e1), vel=tuple(said_vel))], [2])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("turns", [True, False])
def test_a_sender_that_moves_as_a_body_does_four_hundred_metres_away_is_flagged(seed, turns):
    world = World(2)
    body = fly(40, seed, turns=turns)
    pair_up(world, [(place + 280.0, vel) for place, vel in body], body, seed)
    assert "rid_offset" in world.up(1)
    assert "rid_offset" not in world.up(2)
    first = next(told for told in world.told if told.flag == "rid_offset")
    assert T0 + 10 * S <= first.t_ns <= T0 + 25 * S
    assert len(first.evidence) == 4


@pytest.mark.parametrize("seed", range(12))
def test_strangers_are_no_couple(seed):
    world = World(2)
    body, other = fly(60, seed, turns=True), fly(60, 1000 + seed, turns=True)
    shift = body[0][0] + [200.0, 100.0] - other[0][0]
    pair_up(world, [(place + shift, vel) for place, vel in other], body, seed)
    assert "rid_offset" not in world.up(1) | world.up(2)


def test_two_that_hover_are_no_couple():
    world = World(2)
    still = [(np.array([0.0, 0.0]), np.array([0.0, 0.0]))] * 120
    pair_up(world, [(place + 300.0, vel) for place, vel in still], still, 5)
    assert "rid_offset" not in world.up(1)


def test_a_fix_far_beside_what_others_see_of_the_same_track_is_flagged_and_a_near_one_is_not():
    for beside, flagged in ((150.0, True), (30.0, False)):
        world = World(1)
        for k in range(20):
            world.put(1, 500.0, 500.0, at_ns=T0 + k * S)
            world.step(T0 + k * S, [Said(1, 7, 500.0 + beside, 500.0)], [1])
        assert ("rid_offset" in world.up(1)) is flagged


# Motion that nothing has


@pytest.mark.requirement("WATCH-20")
@settings(max_examples=40)
@given(st.integers(0, 2**32), st.floats(1.0, 30.0), st.sampled_from([1.0, 3.0, 10.0, 30.0]))
def test_an_honest_flight_with_honest_errors_is_never_impossible(seed, speed, sigma):
    rng = np.random.default_rng(seed)
    world, place, heading, now = World(1), np.array([0.0, 0.0]), 0.0, T0
    for _ in range(60):
        gap = rng.choice([0.2, 1.0, 1.0, 3.0])
        heading += rng.normal(0, 0.2)
        vel = speed * np.array([math.cos(heading), math.sin(heading)])
        place, now = place + vel * gap, now + round(gap * S)
        world.put(1, *place, at_ns=now)
        off = rng.normal(0, sigma, 2)
        said = Said(1, 7, *(place + off), vel=tuple(vel + rng.normal(0, 0.5, 2)), sigma=sigma, claim=claim_of(now))
        world.step(now, [said])
    assert world.told == []


def test_one_that_jumps_back_and_forth_is_flagged_and_one_glitch_is_not():
    for jumps, flagged in ((range(5, 30, 3), True), (range(15, 16), False)):
        world = World(1)
        for k in range(30):
            east = 600.0 if k in jumps else 0.0
            world.put(1, east, 0.0, at_ns=T0 + k * S)
            world.step(T0 + k * S, [Said(1, 7, east, 0.0)])
        assert ("impossible_motion" in world.up(1)) is flagged


@pytest.mark.parametrize(("sensor", "flagged"), [(0, True), (1, False)])
def test_a_quarter_kilometre_a_second_is_for_airliners(sensor, flagged):
    world = World(1)
    for k in range(30):
        world.put(1, 250.0 * k, 0.0, at_ns=T0 + k * S)
        world.step(T0 + k * S, [Said(1, 7, 250.0 * k, 0.0, up=9000.0, sensor=sensor)])
    assert ("impossible_motion" in world.up(1)) is flagged


@pytest.mark.parametrize(("speed", "seconds", "flagged"), [(8.0, 15, False), (8.0, 22, True), (3.0, 60, False)])
def test_one_that_says_the_same_of_a_flight_for_twenty_seconds_is_flagged(speed, seconds, flagged):
    world = World(1)
    for k in range(seconds):
        world.put(1, 0.0, 0.0, at_ns=T0 + k * S)
        world.step(T0 + k * S, [Said(1, 7, 0.0, 0.0, vel=(speed, 0.0))])
    assert ("impossible_motion" in world.up(1)) is flagged


@pytest.mark.parametrize(("speed", "flagged"), [(40.0, True), (3.0, False)])
def test_one_that_says_it_moves_and_stays_is_flagged_where_that_shows(speed, flagged):
    world = World(1)
    for k in range(60):
        world.put(1, 0.0, 0.0, at_ns=T0 + k * S)
        world.step(T0 + k * S, [Said(1, 7, 0.0, 0.0, vel=(speed, 0.01 * k))])
    assert ("impossible_motion" in world.up(1)) is flagged


@pytest.mark.parametrize(
    ("speed", "pressure_m", "class_log", "sensor", "flagged"),
    [
        (26.0, 11_600.0, [0.0] * 6, 1, True),
        (26.0, 11_600.0, [-5.0, -5.0, -5.0, -5.0, 0.0, -5.0], 1, False),  # a balloon
        (26.0, 8_000.0, [0.0] * 6, 1, False),
        (26.0, None, [0.0] * 6, 1, False),
        (120.0, 11_600.0, [0.0] * 6, 1, False),  # against a jet stream
        (26.0, 11_600.0, [0.0] * 6, 0, False),  # a drone may fly on the sun's power
    ],
)
def test_an_aeroplane_that_says_it_creeps_at_a_height_where_none_could_is_flagged(
    speed, pressure_m, class_log, sensor, flagged
):
    world = World(1)
    world.tracks.class_log[0] = class_log
    for k in range(60):
        world.put(1, speed * k, 0.0, at_ns=T0 + k * S)
        said = Said(1, 7, speed * k, 0.0, vel=(speed, 0.0), sensor=sensor, pressure_m=pressure_m)
        world.step(T0 + k * S, [said])
    assert ("impossible_motion" in world.up(1)) is flagged
    if flagged:
        assert T0 + 25 * S < world.told[0].t_ns < T0 + 45 * S


def test_what_two_receivers_hear_of_one_report_is_no_motion():
    world = World(1)
    for k in range(60):
        now = T0 + k * S
        world.put(1, 10.0 * k, 0.0, at_ns=now)
        world.step(now, [Said(1, 7, 10.0 * k, 0.0), Said(1, 7, 10.0 * k + 20.0, 0.0), Said(1, 7, 10.0 * k, 0.0)])
    assert world.told == []


# Beyond hearing


@pytest.mark.parametrize(("distance_km", "flagged"), [(8.0, False), (45.0, False), (70.0, True), (300.0, True)])
def test_remote_id_is_not_heard_for_a_hundred_kilometres(distance_km, flagged):
    world = World(1)
    for k in range(6):
        world.put(1, distance_km * 1e3, 0.0, at_ns=T0 + k * S)
        world.step(T0 + k * S, [Said(1, 7, distance_km * 1e3, 0.0, up=2000.0)])
    assert ("beyond_radio_horizon" in world.up(1)) is flagged


@given(st.floats(300.0, 12_000.0), st.floats(0.5, 2.0))
def test_the_horizon_is_that_of_the_usual_rule(height_m, share):
    """Oracle: 4.12 km times the sum of the roots of both heights; each height with our margin of 100 m."""
    rule_m = 4120.0 * (math.sqrt(HEIGHT + 100.0) + math.sqrt(height_m + 100.0))
    if 0.96 < share < 1.04:
        return
    lat_away_deg = share * rule_m / 111_200.0
    world = World(1)
    for k in range(6):
        place = _at(LAT + lat_away_deg, LON, height_m)
        world.put(1, *place, at_ns=T0 + k * S)
        world.step(T0 + k * S, [Said(1, 7, *place, sensor=1)])
    assert ("beyond_radio_horizon" in world.up(1)) is (share > 1.0)


HEIGHT = 170.0  # of the receivers, HAE


def _at(lat, lon, hae):
    return geodetic_to_enu(FRAME, lat, lon, hae)


def test_a_receiver_of_unknown_place_says_nothing_of_reach():
    world = World(1, sensors(lat_e7=None, lon_e7=None, coverage=None))
    for k in range(20):
        world.put(1, 300e3, 0.0, at_ns=T0 + k * S)
        world.step(T0 + k * S, [Said(1, 7, 300e3, 0.0)])
    assert world.told == []


# Memory


def mixed(world, seconds, begin=0):
    """Something of everything."""
    path = fly(begin + seconds, 4, turns=True)
    for k in range(begin, begin + seconds):
        now = T0 + k * S
        place, vel = path[k]
        world.put(1, *(place + 300.0), vel=vel, at_ns=now)
        world.put(2, *place, vel=vel, at_ns=now)
        world.put(3, 700.0 * (k % 2), 0.0, at_ns=now)
        world.miss(1, 0.8)
        world.miss(2, 0.8, RID)
        said = [
            Said(1, 7, *(place + 300.0), vel=tuple(vel), claim=claim_of(now)),
            Said(3, 9, 700.0 * (k % 2), 0.0, level=True, claim=claim_of(T0 + k % 20 * S)),
        ]
        world.step(now, said, [2])


def test_from_a_copy_and_from_its_bytes_it_goes_on_alike():
    world = World(3)
    mixed(world, 25)
    assert {told.flag for told in world.told} >= {"rid_without_body", "impossible_motion", "rid_offset"}
    others = [copy.deepcopy(world), copy.deepcopy(world)]
    others[1].memory = msgspec.msgpack.decode(msgspec.msgpack.encode(world.memory), type=FlagMemory)
    mixed(world, 30, begin=25)
    for other in others:
        mixed(other, 30, begin=25)
        assert other.told == world.told
        assert msgspec.msgpack.encode(other.memory) == msgspec.msgpack.encode(world.memory)
        assert (other.tracks.flag_log == world.tracks.flag_log).all()


def test_what_is_forgotten_is_gone():
    world = World(3)
    mixed(world, 25)
    forget(world.memory, [1, 3])
    assert fm.ints(world.memory.tracks, fm.TRACK)[:, fm.ID].tolist() == [2]
    assert len(world.memory.couples) == 0
    for k in range(200):  # and radios that nobody hears any more
        world.step(T0 + (100 + k) * S, [Said(2, 7, 0.0, 0.0)])
    assert fm.ints(world.memory.radios, fm.RADIO)[:, fm.TX].tolist() == [7]


@pytest.mark.requirement("WATCH-8")
def test_ten_thousand_false_names_change_nothing_for_a_real_flight_and_memory_stays_bounded():
    """167 new transmitters a second for a minute, each heard three times; real: tracks 1 (honest) and 2 (a jumper)."""
    results = []
    for false in (0, 167):
        world = World(2 + 60 * false)
        rng = np.random.default_rng(1)
        path = fly(60, 2, turns=True)
        for k in range(60):
            now = T0 + k * S
            place, vel = path[k]
            world.put(1, *place, vel=vel, at_ns=now)
            world.put(2, 900.0 * (k % 2), 0.0, at_ns=now)
            said = [Said(1, 1, *place, vel=tuple(vel), claim=claim_of(now)), Said(2, 2, 900.0 * (k % 2), 0.0)]
            for wave in range(max(0, k - 2), k + 1):
                tracks = range(3 + wave * false, 3 + (wave + 1) * false)
                said += [Said(track, track, *rng.uniform(-5000, 5000, 2), claim=claim_of(now)) for track in tracks]
            world.step(now, said, [1])
        results.append([told for told in world.told if told.track_id <= 2])
        assert len(world.memory.heard) <= fm.HEARD_MOST * 16
        assert len(world.memory.couples) <= fm.COUPLES_MOST * fm.COUPLE * 8
    assert [told.flag for told in results[0]] == ["impossible_motion"]
    assert [(told.flag, told.t_ns) for told in results[1]] == [(told.flag, told.t_ns) for told in results[0]]


def digest():
    """Of all that a mixed story concludes."""
    world = World(3)
    mixed(world, 30)
    say_path(world, fly(40, 8, turns=True), T0 + 100 * S, stamps_ns=T0 + 100 * S, tx=20, track=3)
    return hashlib.sha256(
        repr(world.told).encode() + world.tracks.flag_log.tobytes() + msgspec.msgpack.encode(world.memory)
    ).hexdigest()


@pytest.mark.requirement("WATCH-3")
def test_without_the_jit_the_flags_have_the_same_bytes():
    code = "from tests.watch import test_flag; print(test_flag.digest())"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={"PATH": os.environ["PATH"], "NUMBA_DISABLE_JIT": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == digest()


# Recordings


def heard_by(world, track, tx, fact_ns, lat_e7, lon_e7, *, vel=None, claim=-1, sigma=12.0):
    """One place of a recording, as the watch hears it."""
    place = _at(lat_e7 / 1e7, lon_e7 / 1e7, 0.0)
    world.put(track, *place, at_ns=fact_ns)
    world.step(fact_ns, [Said(track, tx, *place, level=True, vel=vel, claim=claim, sigma=sigma)])


def test_the_honest_parrot_is_not_flagged(shared):
    """A real Anafi heard for two minutes: repeated frames, no stated accuracy, whole metres a second."""
    world = World(1, sensors(lat_e7=471_987_000, lon_e7=87_302_000, coverage=None))
    facts = decoded("remote-id", str(shared / "data/tracking/remote_id_wifi/parrot_anafi4_real.pcapng"), pytest.fail)
    places = 0
    for fact in facts:
        if isinstance(fact, LocationHeard) and fact.lat_e7 is not None:
            vel = None
            if fact.speed_mmps is not None and fact.heading_mdeg is not None:
                angle = math.radians(fact.heading_mdeg / 1e3)
                vel = (fact.speed_mmps / 1e3 * math.sin(angle), fact.speed_mmps / 1e3 * math.cos(angle))
            claim = -1 if fact.t_claimed_ds is None else fact.t_claimed_ds
            heard_by(world, 1, 7, fact.t_event_ns, fact.lat_e7, fact.lon_e7, vel=vel, claim=claim)
            places += 1
    assert places > 1000
    assert world.told == []
    assert world.tracks.flag_log[0].max() < odds.DOWN


def dji_places(path):
    """MAC, time, place and velocity of each DJI DroneID flight element (Department 13, 2017; type 0x10).

    From the OUI on: 26:37:12 58 62 13, sub-command, version, u16 sequence, u16 state, 16 letters of serial, i32
    longitude and latitude (radians times 1e7), i16 altitude and height (m), i16 velocity north, east and up (cm/s).
    """
    with path.open("rb") as file:
        for record in records(file):
            data = record.data
            at = data.find(bytes.fromhex("26371258621310"))
            if at < 0:
                continue
            radiotap = int.from_bytes(data[2:4], "little")
            numbers = np.frombuffer(data[at + 28 : at + 36], "<i4") / 1e7 * (180.0 / math.pi)
            north, east = np.frombuffer(data[at + 40 : at + 44], "<i2") / 100.0
            yield data[radiotap + 10 : radiotap + 16], record.t_ns, numbers[::-1], (east, north)


def test_of_the_spoofed_mavics_those_heard_for_long_are_flagged_for_their_own_words(shared):
    """Each stands still to the last digit while it says that it flies at up to 67 m/s."""
    heard = list(dji_places(shared / "data/tracking/remote_id_wifi/mavic_multiple_spoofed.pcapng"))
    macs = list(dict.fromkeys(mac for mac, *_ in heard))
    world = World(len(macs), sensors(lat_e7=None, lon_e7=None, coverage=None))
    spans = {}
    for mac, t_ns, (lat, lon), vel in heard:
        track = 1 + macs.index(mac)
        heard_by(world, track, track, t_ns, round(lat * 1e7), round(lon * 1e7), vel=tuple(vel))
        spans.setdefault(track, []).append(t_ns)
    flagged = [track for track in range(1, len(macs) + 1) if "impossible_motion" in world.up(track)]
    long = [track for track, times in spans.items() if times[-1] - times[0] >= 15 * S]
    assert (len(heard), len(macs), len(long)) == (77, 15, 5)
    assert flagged == long  # the others were heard for two seconds, in which nothing is impossible


def test_the_flags_have_their_columns():
    assert [FLAGS[number] for number in (odds.WITHOUT_BODY, odds.WITHOUT_RID, odds.OFFSET)] == list(FLAGS[:3])
    assert [FLAGS[number] for number in (odds.MOTION, odds.HORIZON, odds.REPLAYED)] == list(FLAGS[3:])
    assert {RID, ADSB, RADAR} == {0, 1, 2}
    assert len(no_reports()) == 0
