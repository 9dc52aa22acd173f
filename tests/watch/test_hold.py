"""Presence without a place: a row of its own, an area that contains it, an end, and a flood that stays small."""

import copy
import dataclasses
import itertools
import math

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from skykeep.facts.concluded import ExistenceMoved, FactRef, PresenceHeld, Rung
from skykeep.geo.frames import geodetic_to_enu
from skykeep.watch import hold
from skykeep.watch.area import circle_of_both, circle_of_sector
from skykeep.watch.benign import Benign, enact
from skykeep.watch.hold import PresenceMemory
from skykeep.watch.reports import AZIMUTH, DIRECTION, joined, no_reports
from skykeep.watch.supports import supports
from skykeep.watch.table import LOST, no_tracks
from tests.watch import existence as made
from tests.watch.existence import NS, T0, presence, sensor, table


@dataclasses.dataclass
class Radios:
    names: dict[int, str] = dataclasses.field(default_factory=dict)
    numbers: dict[str, int] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, *names):
        return cls(dict(enumerate(names)), {name: number for number, name in enumerate(names)})


class Held:
    """One memory and all that it told."""

    def __init__(self, *declared, rows=None, benign=None, radios=None, permitted=None):
        self.sensors, self.rows = table(*declared), no_tracks() if rows is None else rows
        self.memory, self.told, self.tick = PresenceMemory(), [], 0
        self.benign, self.radios, self.permitted = benign or Benign(), radios or Radios(), permitted or {}

    def hear(self, t_s, *facts, lone=None, **more):
        self.tick += 1
        told = hold.hold(
            self.memory,
            [(fact, FactRef(self.tick, index)) for index, fact in enumerate(facts)],
            no_reports() if lone is None else lone,
            self.sensors,
            self.rows,
            T0 + round(t_s * NS),
            radios=self.radios,
            benign=self.benign,
            permitted=self.permitted,
            **more,
        )
        self.told += told
        return told

    @property
    def presences(self):
        return [fact for fact in self.told if isinstance(fact, PresenceHeld)]

    @property
    def ladder(self):
        return [fact for fact in self.told if isinstance(fact, ExistenceMoved)]


def bearings(sensors, name, *azimuths, sigma=0.03, elevation=None, tx=-1):
    """Rows of Reports that moved no track."""
    rows = no_reports(len(azimuths))
    rows.sensor[:] = sensors.ids.index(name)
    rows.kind[:] = AZIMUTH if elevation is None else DIRECTION
    rows.z[:, 0] = azimuths
    rows.z[:, 1] = 0.0 if elevation is None else elevation
    rows.cov[:, :2] = sigma**2
    rows.tx[:] = tx
    rows.tick[:], rows.index[:] = 99, np.arange(len(azimuths))
    return rows


EAR = sensor("ear", "acoustic", range_m=800)
FAR_EAR = sensor("far", "acoustic", 1_000, range_m=800)


# ---- begin, change, end --------------------------------------------------------------------------


@pytest.mark.requirement("WATCH-24")
def test_it_begins_lasts_and_ends_with_the_silence():
    held = Held(EAR)
    held.hear(0, presence("ear", "acoustic"))
    for t_s in range(1, 30):
        held.hear(t_s, presence("ear", "acoustic"))
    held.hear(39)
    assert [fact.holds for fact in held.presences] == [True]
    assert hold.next_due_ns(held.memory) <= T0 + 39 * NS + 1
    held.hear(39.1)
    begin, end = held.presences
    assert (begin.presence_id, begin.sensors, begin.modality, begin.reports) == (1, ("ear",), "acoustic", 1)
    assert (end.presence_id, end.holds, end.reports) == (1, False, 30)
    assert held.memory == PresenceMemory(next_id=2)
    assert held.hear(50) == []
    held.hear(51, presence("ear", "acoustic"))
    assert held.presences[-1].presence_id == 2


def test_the_area_is_the_coverage_of_the_sensor():
    held = Held(EAR)
    [fact, _] = held.hear(0, presence("ear", "acoustic"))
    assert (fact.lat_e7, fact.lon_e7) == (made.LAT_E7, made.LON_E7)
    assert 800_000 < fact.radius_mm < 802_000
    assert fact.bearing_urad is None
    assert fact.evidence == (FactRef(1, 0),)


def test_a_sensor_of_which_less_is_known_says_less():
    placed = Held(sensor("ear", "acoustic")).hear(0, presence("ear", "acoustic"))[0]
    assert (placed.lat_e7, placed.radius_mm) == (made.LAT_E7, None)
    nowhere = Held(sensor("ear", "acoustic", lat_e7=None)).hear(0, presence("ear", "acoustic"))[0]
    assert (nowhere.lat_e7, nowhere.radius_mm) == (None, None)
    unheard_of = Held().hear(0, presence("new", "rf"))[0]
    assert (unheard_of.sensors, unheard_of.lat_e7) == (("new",), None)


def test_one_transmitter_is_one_presence_whoever_hears_it_and_two_sensors_narrow_it():
    held = Held(sensor("a", "rf", range_m=800), sensor("b", "rf", 1_000, range_m=800))
    held.hear(0, presence("a", "rf", "T1"))
    held.hear(1, presence("b", "rf", "T1", uas_id="someone"))
    one, both = held.presences
    assert (one.presence_id, both.presence_id, both.transmitter) == (1, 1, "T1")
    assert (both.sensors, both.uas_id, both.reports) == (("a", "b"), "someone", 2)
    assert both.radius_mm / 1e3 == pytest.approx(math.sqrt(800**2 - 500**2), abs=2)
    middle = geodetic_to_enu(made.FRAME, both.lat_e7 / 1e7, both.lon_e7 / 1e7, 100.0)
    assert middle[0] == pytest.approx(500, abs=1)
    held.hear(9, presence("a", "rf", "T1"))
    held.hear(11.1)  # b has been silent for ten seconds
    assert held.presences[-1].sensors == ("a",)
    assert held.presences[-1].radius_mm == one.radius_mm


def test_without_a_transmitter_each_sensor_has_its_own():
    held = Held(EAR, FAR_EAR)
    held.hear(0, presence("ear", "acoustic"), presence("far", "acoustic"), presence("ear", "camera"))
    assert [(fact.sensors, fact.modality) for fact in held.presences] == [
        (("ear",), "acoustic"), (("far",), "acoustic"), (("ear",), "camera")]  # fmt: skip


def test_a_transmitter_that_is_bound_to_a_track_is_not_held_and_ends_when_it_is_bound():
    rows = made.tracks()
    held = Held(EAR, rows=rows, radios=Radios.of("T0", "T1"))
    held.hear(0, presence("ear", "rf", "T1"))
    rows.tx[0, 2] = 1
    [end] = held.hear(1, presence("ear", "rf", "T1"), presence("ear", "rf", "T1"))
    assert not end.holds
    assert held.memory.held == {}
    rows.phase[0] = LOST
    assert held.hear(2, presence("ear", "rf", "T1"))[0].holds


def test_times_of_sensors_hold_nothing_up():
    held = Held(EAR)
    held.hear(0, presence("ear", "acoustic", t_ns=T0 + 10**6 * NS))
    assert [fact.holds for fact in held.hear(10.1)] == [False]


# ---- bearings ------------------------------------------------------------------------------------

FINDER = sensor("df", "rf", range_m=5_000)


def test_a_bearing_that_moved_no_track_is_a_wedge_told_from_the_second_on():
    held = Held(FINDER)
    assert held.hear(0, lone=bearings(held.sensors, "df", 1.0)) == []
    fact = held.hear(1, lone=bearings(held.sensors, "df", 1.02))[0]
    assert (fact.sensors, fact.reports) == (("df",), 2)
    assert fact.bearing_urad == 1_020_000
    assert fact.bearing_sigma_urad == 30_000
    east, north, _ = geodetic_to_enu(made.FRAME, fact.lat_e7 / 1e7, fact.lon_e7 / 1e7, 100.0)
    assert math.atan2(east, north) == pytest.approx(1.02, abs=1e-3)
    assert fact.radius_mm / 1e3 == pytest.approx(2_500 / math.cos(0.09), abs=4)


def test_two_directions_are_two_presences_and_a_swinging_one_stays_one():
    held = Held(FINDER)
    for t_s in range(60):
        held.hear(t_s, lone=bearings(held.sensors, "df", -3.1 - 0.02 * t_s, 1.0))
    assert {fact.presence_id for fact in held.presences} == {1, 2}
    turns = [fact.bearing_urad for fact in held.presences if fact.presence_id == 1]
    assert len(turns) > 5
    assert all(0 <= each <= 6_283_186 for each in turns)
    assert sum(fact.presence_id == 2 for fact in held.presences) == 1


def test_a_single_false_bearing_is_never_told():
    held = Held(FINDER)
    for t_s in range(0, 100, 11):
        held.hear(t_s, lone=bearings(held.sensors, "df", t_s * 0.7 % 6.28))
    assert held.told == []
    held.hear(200)
    assert held.memory.held == {}


def test_the_bearing_of_a_transmitter_is_told_at_once_and_its_places_are_passed_over():
    held = Held(FINDER, radios=Radios.of("T0"))
    places = made.report(held.sensors, "df", 1)[0]
    told = held.hear(0, lone=joined([places, bearings(held.sensors, "df", 1.0, tx=0)]))
    assert [fact.transmitter for fact in held.presences] == ["T0"]
    assert told[0].bearing_urad == 1_000_000


# ---- the area contains the true one --------------------------------------------------------------

circles = st.tuples(st.floats(-1_000, 1_000), st.floats(-1_000, 1_000), st.floats(1, 1_500))


def inside(circle, x, y, slack=1e-6):
    return math.hypot(x - circle[0], y - circle[1]) <= circle[2] * (1 + 1e-9) + slack


@pytest.mark.requirement("WATCH-24")
@given(st.lists(circles, min_size=2, max_size=5), st.tuples(st.floats(0, 1), st.floats(0, 6.284)))
def test_what_is_in_all_circles_is_in_the_one_told(many, polar):
    many = sorted(many, key=lambda circle: circle[2])
    at, turn = polar
    x = many[0][0] + many[0][2] * at * math.cos(turn)
    y = many[0][1] + many[0][2] * at * math.sin(turn)
    assume(all(inside(circle, x, y, slack=0) for circle in many))
    told = many[0]
    for circle in many[1:]:
        told = circle_of_both(told, circle)
    assert inside(told, x, y)
    assert told[2] <= many[0][2] + 1e-6


@given(circles, circles)
def test_the_circle_of_two_is_the_smallest(one, other):
    """It touches what both have in common at two opposite points, or at three all round: no smaller one holds them."""
    told = circle_of_both(one, other)
    apart = math.hypot(one[0] - other[0], one[1] - other[1])
    if apart >= one[2] + other[2]:
        for x, y, r in (one, other):
            assert math.hypot(x - told[0], y - told[1]) + r <= told[2] + 1e-6
        return
    rim = np.linspace(0, 2 * math.pi, 3_601)
    points = np.concatenate([
        np.stack([x + r * np.cos(rim), y + r * np.sin(rim)], 1) for x, y, r in (one, other)
    ])  # fmt: skip
    common = [(x, y) for x, y in points if inside(one, x, y, 1e-3) and inside(other, x, y, 1e-3)]
    assume(len(common) > 2)
    farthest = max(math.hypot(x - told[0], y - told[1]) for x, y in common)
    assert farthest <= told[2] + 0.05
    if told[2] > 20:
        for dx, dy in itertools.product((-0.1, 0, 0.1), repeat=2):  # from elsewhere the common part reaches as far
            moved = max(math.hypot(x - told[0] - dx * told[2], y - told[1] - dy * told[2]) for x, y in common)
            assert moved >= told[2] * 0.985


@given(st.floats(1, 20_000), st.floats(-3, 7), st.floats(0, 3.2), st.floats(0, 1), st.floats(-1, 1))
def test_a_sector_is_in_its_circle(range_m, middle, half, out, turn):
    x = out * range_m * math.sin(middle + turn * half)
    y = out * range_m * math.cos(middle + turn * half)
    circle = circle_of_sector(range_m, middle, half)
    assert inside(circle, x, y, slack=1e-6 * range_m)
    assert circle[2] <= range_m


def test_sensors_whose_coverages_do_not_meet_have_declared_them_too_small():
    held = Held(sensor("a", "rf", range_m=100), sensor("b", "rf", 1_000, range_m=100))
    held.hear(0, presence("a", "rf", "T"), presence("b", "rf", "T"))
    assert held.presences[-1].radius_mm / 1e3 == pytest.approx(600, abs=2)


# ---- the ladder ----------------------------------------------------------------------------------


def test_it_is_reported_then_suspected_and_never_more():
    held = Held(EAR)
    for t_s in range(100):
        held.hear(t_s, presence("ear", "acoustic"))
    assert [fact.rung for fact in held.ladder] == [Rung.REPORTED, Rung.SUSPECTED]
    assert {(fact.presence_id, fact.track_id, fact.modalities) for fact in held.ladder} == {(1, None, ("acoustic",))}


def test_a_radar_that_covers_all_of_the_area_and_sees_nothing_refutes_what_a_box_sends():
    radar = sensor("radar", "radar", range_m=10_000)
    small = sensor("small", "radar", range_m=500)
    away = sensor("away", "radar", 60_000, range_m=500)
    held = Held(sensor("box", "rf", range_m=800), radar, small, away)
    for t_s in range(12):
        held.hear(t_s, presence("box", "rf", "T"))
    assert [fact.rung for fact in held.ladder] == [Rung.REPORTED, Rung.SUSPECTED, Rung.REFUTED]
    refuted = held.ladder[-1]
    assert refuted.absent == ("radar",)
    assert refuted.not_covered == ("away",)
    assert refuted.explained[0][0] == "nothing"
    assert refuted.existence_ppm < 10_000
    assert all(fact.holds for fact in held.presences)  # it is still heard, and still told


def test_a_radar_that_sees_a_track_in_the_area_has_not_looked_in_vain():
    rows = made.tracks(east=300.0)
    made.sighted(rows, 0, "radar", T0)
    held = Held(sensor("box", "rf", range_m=800), sensor("radar", "radar", range_m=10_000), rows=rows)
    for t_s in range(12):
        made.sighted(rows, 0, "radar", T0 + t_s * NS)
        held.hear(t_s, presence("box", "rf", "T"))
    assert [fact.rung for fact in held.ladder] == [Rung.REPORTED, Rung.SUSPECTED]


def test_a_sound_is_not_refuted_by_a_radar():
    held = Held(EAR, sensor("radar", "radar", range_m=10_000))
    for t_s in range(12):
        held.hear(t_s, presence("ear", "acoustic"))
    assert [fact.rung for fact in held.ladder if fact.rung is Rung.REFUTED] == []
    assert held.ladder[-1].explained[0][0] == "nothing"


def test_a_helicopter_in_the_area_explains_a_sound_and_a_planet_a_witness_who_points():
    rows = made.tracks(east=300.0)
    rows.manned[0] = 1
    heard = Held(EAR, rows=rows)
    heard.hear(0, presence("ear", "acoustic"))
    assert heard.ladder[0].explained[0] == ("manned_aircraft", "track 1", 500_000)

    sky = Benign()
    enact(sky, made.sky(("Venus", -4.2, 1.0, 0.2)))
    seen = Held(sensor("w", "witness"), benign=sky)
    seen.hear(0, lone=bearings(seen.sensors, "w", 1.02, sigma=0.1))
    assert seen.presences[0].bearing_urad == 1_020_000  # a person's word is told at once
    assert (seen.ladder[0].rung, seen.ladder[0].explained[0][:2]) == (Rung.REPORTED, ("planet", "Venus"))
    for t_s in range(1, 9):
        seen.hear(t_s, lone=bearings(seen.sensors, "w", 1.02, sigma=0.1))
    assert len(seen.told) == 2


# ---- support -------------------------------------------------------------------------------------


def support(held, *facts):
    return supports([(fact, FactRef(5, index)) for index, fact in enumerate(facts)], held.rows, held.sensors)


def test_a_sound_is_of_the_one_track_in_the_coverage():
    rows = made.tracks(2)
    rows.x[1, :3] = made.at(5_000, 0)
    held = Held(EAR, rows=rows)
    [one] = support(held, presence("ear", "acoustic", t_ns=T0 + 7))
    assert (one.track_id, one.modality, one.ref, one.t_ns) == (1, "acoustic", FactRef(5, 0), T0 + 7)
    fact = presence("ear", "acoustic", t_ns=T0 + 7)
    assert hold.hold(
        held.memory, [(fact, FactRef(5, 0))], no_reports(), held.sensors, rows, T0, radios=held.radios,
        benign=held.benign, permitted={}, supported=[one],
    ) == []  # fmt: skip


@pytest.mark.parametrize("doubt", ["two", "none", "unlikely", "lost", "radio", "rf", "unplaced", "unheard of"])
def test_where_it_is_open_whose_sound_it_is_it_is_nobodys(doubt):
    rows = made.tracks(2)
    rows.x[1, :3] = made.at(50, 0) if doubt in ("two", "unlikely") else made.at(9_000, 0)
    rows.r[1] = 0.2 if doubt == "unlikely" else 0.9
    if doubt == "none":
        rows.x[0, :3] = made.at(3_000, 0)
    if doubt == "lost":
        rows.phase[0] = LOST
    held = Held(sensor("ear", "acoustic", range_m=None if doubt == "unplaced" else 800), rows=rows)
    fact = presence(
        "new" if doubt == "unheard of" else "ear",
        "rf" if doubt == "rf" else "acoustic",
        "T" if doubt == "radio" else "",
    )
    assert support(held, fact) == []


# ---- floods, snapshots, silence ------------------------------------------------------------------


def test_ten_thousand_false_senders_take_a_bounded_place():
    held = Held(EAR)
    for t_s in range(60):
        held.hear(t_s, *(presence("ear", "remote_id", f"T{t_s * 167 + k}") for k in range(167)))
        assert len(held.memory.held) <= hold.SENDERS_MAX + 1
    assert len(msgspec.msgpack.encode(held.memory)) < 40_000
    ended = [fact for fact in held.presences if not fact.holds]
    assert len(held.presences) < 1_000
    held.hear(71)
    assert held.memory.held == {}
    assert held.memory.taken == {}
    assert sum(fact.reports for fact in held.presences if not fact.holds) == 60 * 167  # none went uncounted
    assert ended


def test_a_thousand_bearings_in_one_scan_take_a_bounded_place():
    held = Held(FINDER)
    for t_s in range(5):
        held.hear(t_s, lone=bearings(held.sensors, "df", *np.linspace(0, 6.28, 1_000), sigma=0.001))
        assert len(held.memory.held) <= hold.BEARINGS_MAX + 1


def play(held, first, last):
    for step in range(first, last):
        facts = [presence("ear", "acoustic")] if step % 3 else []
        facts += [presence(("ear", "far")[step % 2], "rf", f"T{step // 7 % 4}")] if step % 5 else []
        held.hear(step * 1.7, *facts, lone=bearings(held.sensors, "df", step * 0.01, 3.0 + step % 4))


def test_a_snapshot_goes_on_as_if_nothing_had_happened():
    whole, cut = (Held(EAR, FAR_EAR, FINDER, sensor("radar", "radar", range_m=9_000)) for _ in range(2))
    play(whole, 0, 90)
    play(cut, 0, 41)
    data = msgspec.msgpack.encode(cut.memory)
    kept = copy.deepcopy(cut.memory)
    cut.memory = msgspec.msgpack.decode(data, type=PresenceMemory)
    play(cut, 41, 90)
    assert cut.told == whole.told
    assert msgspec.msgpack.encode(cut.memory) == msgspec.msgpack.encode(whole.memory)
    assert msgspec.msgpack.encode(kept) == data


def test_stepping_only_when_something_is_heard_or_due_tells_the_same():
    def script(t):
        return [presence("ear", "acoustic")] if t in (0, 1, 30, 55) else [presence("far", "rf", "T")] if t < 9 else []

    often, seldom = Held(EAR, FAR_EAR), Held(EAR, FAR_EAR)
    for t in range(1_000):
        t_s = t / 10
        facts = script(t)
        often.hear(t_s, *facts)
        if facts or T0 + round(t_s * NS) >= hold.next_due_ns(seldom.memory):
            seldom.tick = often.tick - 1
            seldom.hear(t_s, *facts)
    assert seldom.told == often.told
    assert len(often.presences) > 3


def test_ids_are_never_used_twice_and_all_that_begins_ends():
    held = Held(EAR, FAR_EAR, FINDER)
    play(held, 0, 200)
    held.hear(10_000)
    begun = [fact.presence_id for fact in held.presences if fact.holds]
    ended = [fact.presence_id for fact in held.presences if not fact.holds]
    assert sorted(ended) == sorted(set(begun))
    assert len(ended) == len(set(ended))


def test_tracks_that_are_forgotten_change_nothing_here():
    held = Held(EAR)
    held.hear(0, presence("ear", "acoustic"))
    before = copy.deepcopy(held.memory)
    hold.forget(held.memory, [1, 2])
    assert held.memory == before
