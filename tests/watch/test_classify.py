"""What kind of thing it is: invented motion, real flights, words; and what it does not know."""

import copy
import csv
import gzip
import hashlib
import itertools
import json
import math
import os
import subprocess
import sys

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.facts.concluded import CLASSES
from skykeep.geo.frames import geodetic_to_ecef
from skykeep.watch import classtable as ct
from skykeep.watch.classify import BANDS, TOLD_EACH_NS, ClassMemory, classify, forget, likeliest
from skykeep.watch.reports import Pairs, no_reports
from skykeep.watch.table import no_tracks
from tests.watch.flagworld import ADSB, RADAR, RID, T0, S, ecef, turned

MANNED = CLASSES.index("manned_aircraft")


class Flight:
    """Tracks 1 to n, whose estimates are given."""

    def __init__(self, count=1, modality=RADAR):
        self.tracks = no_tracks(count)
        self.tracks.id[:] = np.arange(1, count + 1)
        self.tracks.phase[:] = 1
        self.memory, self.modality, self.told, self.tick = ClassMemory(), modality, [], 0

    def step(self, now_ns, x, p, *, rcs=np.nan, said=()):
        """All tracks at `x` (n, 6) with covariance `p` (6, 6)."""
        tracks, count = self.tracks, len(self.tracks)
        tracks.x[:], tracks.p[:], tracks.t_ns[:] = x, p, now_ns
        tracks.seen[:, self.modality] += 1
        reports = no_reports(count)
        reports.t_ns[:], reports.rcs_dbsm[:], reports.tick[:], reports.index[:] = (
            now_ns,
            rcs,
            self.tick,
            np.arange(count),
        )
        pairs = Pairs(tracks.id.copy(), np.arange(count), np.ones(count))
        told = classify(self.memory, tracks, reports, pairs, said, now_ns)
        self.tick, self.told = self.tick + 1, self.told + told
        return told

    def best(self, row=0):
        numbers, shares = likeliest(self.tracks, np.array([row]))
        return CLASSES[int(numbers[0])], float(shares[0])


SHARP = np.diag([4.0, 4.0, 4.0, 0.25, 0.25, 0.25])
DULL = np.diag([1e6, 1e6, 1e6, 400.0, 400.0, 400.0])


def moving(flight, seconds, vel=(0.0, 0.0, 0.0), *, turn=0.0, up=100.0, begin=0, p=SHARP, **given_):
    """Fly straight, or turning by `turn` radians a second."""
    east, north, climb = vel
    speed, heading = math.hypot(east, north), math.atan2(north, east)
    place = np.array([0.0, 0.0, up])
    for k in range(begin, begin + seconds):
        heading += turn
        step = np.array([speed * math.cos(heading), speed * math.sin(heading), climb])
        place = place + step
        x = np.concatenate([ecef(*place), turned(*step)])
        flight.step(T0 + k * S, x, p, **given_)
    return flight


def test_what_hovers_is_a_multirotor():
    flight = moving(Flight(), 20)
    assert flight.best()[0] == "multirotor"
    assert flight.best()[1] > 0.9


@pytest.mark.parametrize("speed", [70.0, 120.0, 240.0])
def test_what_is_fast_and_high_carries_people(speed):
    flight = moving(Flight(), 20, (speed, 0.0, 0.0), up=4000.0)
    assert flight.best()[0] == "manned_aircraft"
    assert flight.best()[1] > 0.95


@pytest.mark.parametrize(("rcs", "expected"), [(-27.0, "bird"), (-15.0, "multirotor")])
def test_a_cross_section_tells_a_bird_from_a_drone_where_motion_cannot(rcs, expected):
    flight = moving(Flight(), 40, (11.0, 0.0, 0.0), turn=0.2, rcs=rcs)
    assert flight.best()[0] == expected
    assert "rcs" in dict(flight.told[-1].why)


@pytest.mark.requirement("WATCH-22")
def test_a_bird_stays_a_track_and_may_become_something_else():
    flight = moving(Flight(), 60, (12.0, 0.0, 0.0), turn=0.2, rcs=-28.0)
    assert flight.best()[0] == "bird"
    assert len(flight.tracks) == 1
    moving(flight, 300, begin=60, rcs=-14.0)
    assert flight.best()[0] == "multirotor"
    assert [told.ppm[0][0] for told in flight.told][-1] == "multirotor"


def test_what_no_velocity_is_known_of_stays_at_the_prior():
    flight = moving(Flight(), 30, (11.0, 0.0, 0.0), p=DULL)
    assert flight.tracks.class_log[0] == pytest.approx(np.log(ct.PRIOR))
    assert flight.told == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rid:2", "multirotor"), ("rid:1", "fixed_wing"), ("rid:8", "balloon"), ("adsb:A3", "manned_aircraft"),
        ("adsb:A7", "manned_aircraft"), ("adsb:B2", "balloon"), ("manned", "manned_aircraft"),
    ],
)  # fmt: skip
def test_what_it_says_of_itself_counts(kind, expected):
    flight = moving(Flight(), 8, (12.0, 0.0, 0.0), said=((1, kind),))
    before = moving(Flight(), 8, (12.0, 0.0, 0.0))
    gain = flight.tracks.class_log[0] - before.tracks.class_log[0]
    assert CLASSES[int(gain.argmax())] == expected
    assert flight.best()[0] in {expected, "multirotor"}


def test_it_counts_once_however_often_it_is_said_and_the_last_word_of_a_source_stands():
    once, often, changed = Flight(), Flight(), Flight()
    moving(once, 1, said=((1, "rid:2"),))
    moving(often, 1, said=((1, "rid:2"),) * 50)
    moving(changed, 1, said=((1, "rid:1"), (1, "rid:2")))
    assert (once.tracks.class_log == often.tracks.class_log).all()
    assert (once.tracks.class_log == changed.tracks.class_log).all()


def test_words_that_mean_nothing_change_nothing():
    plain, odd = Flight(), Flight()
    moving(plain, 5)
    moving(odd, 5, said=((1, "rid:0"), (1, "rid:99"), (1, "adsb:A0"), (7, "manned"), (1, "")))
    assert (plain.tracks.class_log == odd.tracks.class_log).all()


def test_a_word_does_not_outweigh_what_is_seen():
    """An airliner's speed and height, called a multirotor by its own Remote ID."""
    flight = moving(Flight(), 60, (230.0, 0.0, 0.0), up=10_000.0, said=((1, "rid:2"),))
    assert flight.best()[0] == "manned_aircraft"


def test_a_word_is_told_at_once_even_before_motion_is_known():
    flight = Flight(modality=ADSB)
    told = flight.step(T0, np.concatenate([ecef(0, 0, 3000.0), turned(0, 0)]), DULL, said=[(1, "adsb:A1")])
    assert [each.ppm[0][0] for each in told] == ["manned_aircraft"]
    assert flight.tracks.class_told[0] == 1 + MANNED


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.floats(0, 300), st.floats(-3, 3), st.floats(-20, 20), st.floats(-60, 40), st.booleans()),
        min_size=1, max_size=40,
    )
)  # fmt: skip
def test_probabilities_are_probabilities_and_nothing_is_told_too_often(moves):
    flight = Flight()
    for k, (speed, heading, climb, rcs, sharp) in enumerate(moves):
        vel = turned(speed * math.cos(heading), speed * math.sin(heading), climb)
        place = ecef(10.0 * k, 0.0, 50.0 * k)
        flight.step(T0 + k * S, np.concatenate([place, vel]), SHARP if sharp else DULL, rcs=rcs)
        assert np.isfinite(flight.tracks.class_log).all()
    for told in flight.told:
        shares = [share for _, share in told.ppm]
        assert abs(sum(shares) - 1_000_000) <= len(CLASSES)
        assert shares == sorted(shares, reverse=True)
        assert sorted(name for name, _ in told.ppm) == sorted(CLASSES)
    times = [told.t_ns for told in flight.told]
    assert all(later - earlier >= TOLD_EACH_NS for earlier, later in itertools.pairwise(times))


def test_it_is_told_when_the_likeliest_changes_or_a_band_is_crossed_and_not_else():
    flight = moving(Flight(), 200)
    told = [(each.ppm[0][0], sum(each.ppm[0][1] >= band * 1e6 for band in BANDS)) for each in flight.told]
    assert len(told) == len(dict.fromkeys(told))
    assert told[-1] == ("multirotor", 2)
    assert 0 < len(flight.told[-1].evidence) <= 4


def test_from_a_copy_and_from_its_bytes_it_goes_on_alike():
    flight = moving(Flight(3), 20, (9.0, 3.0, 1.0), turn=0.1, rcs=-20.0)
    other = copy.deepcopy(flight)
    other.memory = msgspec.msgpack.decode(msgspec.msgpack.encode(flight.memory), type=ClassMemory)
    for each in (flight, other):
        moving(each, 20, (30.0, 3.0, 1.0), begin=20)
    assert other.told == flight.told
    assert (other.tracks.class_log == flight.tracks.class_log).all()


def test_what_is_forgotten_is_gone_and_a_new_track_begins_at_the_prior():
    flight = moving(Flight(2), 10)
    size = len(flight.memory.numbers)
    forget(flight.memory, [1])
    assert len(flight.memory.numbers) == size // 2
    flight.tracks.id[:] = [2, 3]
    moving(flight, 1, begin=11, p=DULL)
    assert flight.tracks.class_log[1] == pytest.approx(np.log(ct.PRIOR))


def digest():
    """Of all that some motion concludes."""
    flight = moving(Flight(4), 30, (13.0, 4.0, 2.0), turn=0.15, rcs=-19.0)
    moving(flight, 30, (80.0, 3.0, 9.0), begin=30, said=((2, "adsb:A7"), (3, "rid:2")))
    return hashlib.sha256(repr(flight.told).encode() + flight.tracks.class_log.tobytes()).hexdigest()


@pytest.mark.requirement("WATCH-3")
def test_without_the_jit_the_classes_have_the_same_bytes():
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", "from tests.watch import test_classify; print(test_classify.digest())"],
        env={"PATH": os.environ["PATH"], "NUMBA_DISABLE_JIT": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == digest()


def test_shares_are_of_a_whole():
    for table in (ct.SPEED, ct.AGILITY, ct.CLIMB, ct.HEIGHT, (ct.PRIOR,)):
        assert [sum(row) for row in table] == pytest.approx([1.0] * len(table), abs=0.02)


# Real flights, by motion alone


def smoothed(times, places, sigma_m):
    """States and covariances of a plain filter (nearly constant velocity, 3 m/s2) over places (n, 3), earth-centred."""
    x, p, before = None, None, 0.0
    for t, z in zip(times, places, strict=True):
        if x is None or t - before > 60:
            x, p = np.concatenate([z, np.zeros(3)]), np.diag([sigma_m**2] * 3 + [400.0] * 3)
        else:
            dt = t - before
            f = np.eye(6)
            f[:3, 3:] = dt * np.eye(3)
            q = 9.0 * np.kron([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]], np.eye(3))
            x, p = f @ x, f @ p @ f.T + q
            gain = p[:, :3] @ np.linalg.inv(p[:3, :3] + sigma_m**2 * np.eye(3))
            x, p = x + gain @ (z - x[:3]), p - gain @ p[:3]
        before = t
        yield t, x, (p + p.T) / 2


def classes_of(times, places, sigma_m, modality=RADAR):
    """The likeliest class after each report."""
    flight = Flight(modality=modality)
    best = []
    for t, x, p in smoothed(times, places, sigma_m):
        flight.step(round(t * S), x, p)
        best.append(flight.best()[0])
    return best


@pytest.mark.parametrize("modality", [RADAR, RID])
def test_a_real_drone_is_neither_bird_nor_aircraft(shared, modality):
    """965 s of a rotary drone (dstl, Stone Soup)."""
    with (shared / "data/tracking/uav_gps/UAV_Rot.csv").open() as file:
        rows = list(csv.DictReader(file))
    places = [geodetic_to_ecef(float(r["latitude"]), float(r["longitude"]), float(r["altitude (m)"])) for r in rows]
    best = classes_of(range(1000, 1000 + len(rows)), np.array(places), 3.0, modality)
    assert set(best[10:]) == {"multirotor"}


def test_a_rescue_helicopter_is_manned_by_its_motion_after_a_minute(shared):
    """REGA 1 over Zurich: at 30 to 60 m/s. As it comes in to land it moves as a drone does, and is believed less."""
    with gzip.open(shared / "data/sensors/adsb/heli_rega_zurich.jsonl.gz") as file:
        rows = [row for row in map(json.loads, file) if row["geo_alt_ft"] is not None]
    places = [geodetic_to_ecef(row["lat"], row["lon"], row["geo_alt_ft"] * 0.3048) for row in rows]
    best = classes_of([row["t"] for row in rows], np.array(places), 10.0)
    assert best[60:].count("manned_aircraft") >= 0.95 * len(best[60:])


def test_swiss_traffic_is_manned_by_its_motion(shared):
    """All 842 aircraft of a busy day, their addresses and categories blanked; one report each ten seconds."""
    with gzip.open(shared / "data/tracking/adsb/switzerland.json.gz") as file:
        rows = [row for row in json.load(file) if row["altitude"] is not None and row["latitude"] is not None]
    flights: dict[str, list[dict[str, float]]] = {}
    for row in rows:
        flights.setdefault(row["icao24"], []).append(row)
    right = 0
    for of_one in flights.values():
        some = of_one[:30]
        places = [geodetic_to_ecef(row["latitude"], row["longitude"], row["altitude"] * 0.3048) for row in some]
        right += classes_of([row["timestamp"] / 1e3 for row in some], np.array(places), 30.0)[-1] == "manned_aircraft"
    assert len(flights) == 842
    assert right >= 0.98 * len(flights)
