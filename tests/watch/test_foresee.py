"""When a track will enter a zone: against the geometry, against the engine, through time, and never twice."""

import copy
import math

import hypothesis
import hypothesis.strategies as st
import msgspec
import numpy as np
import pytest

from skykeep.facts.enacted import Circle, Polygon, Rule
from skykeep.geo.altitude import Datum
from skykeep.watch import carried
from skykeep.watch import foresee as foreseeing
from skykeep.watch.courses import all_laid_out, laid_out
from skykeep.watch.foresee import MISSED_NS, Foresight, foresee, forget
from skykeep.watch.table import LOST, TENTATIVE
from tests.rules import examples as ex
from tests.watch import tabled

S = ex.S
SQUARE = ex.zone("Z")  # 2 km, about the middle
LAW = ex.law(SQUARE)
INWARD = tabled.flown(1, -1600.0, 0.0, 20.0, 0.0)  # 600 m outside, 30 s


def once(law, *flights, horizon_s=60.0, memory=None, t_ns=ex.T0, **given):
    tracks = tabled.table(*flights, t_ns=t_ns)
    memory = Foresight() if memory is None else memory
    return foresee(memory, tracks, tabled.rows(tracks), law, t_ns, horizon_s, **given)


def followed(law, flight, seconds, *, step_s=1.0, memory=None, horizon_s=60.0):
    """Return what is told along a straight flight."""
    memory = Foresight() if memory is None else memory
    told = []
    for k in range(round(seconds / step_s) + 1):
        t_ns = ex.T0 + round(k * step_s * S)
        told += once(law, tabled.moved(flight, k * step_s), memory=memory, t_ns=t_ns, horizon_s=horizon_s)
    return told


@pytest.mark.requirement("WATCH-25")
def test_straight_in_is_foreseen_to_the_moment():
    (entry,) = once(LAW, INWARD)
    assert (entry.track_id, entry.zone_id, entry.zone_version, entry.t_ns) == (1, "Z", 1, ex.T0)
    assert entry.entry_ns == pytest.approx(ex.T0 + 30 * S, abs=0.05 * S)
    sigma_s = math.hypot(2.0, 30.0 * 0.3) / 20.0  # place, and speed times delay, across the border
    assert entry.entry_sigma_ns == pytest.approx(sigma_s * S, rel=0.01)


@pytest.mark.parametrize(
    "flight",
    [
        tabled.flown(1, -1600.0, 0.0, 9.0, 0.0),  # too far for a minute
        tabled.flown(1, -1600.0, 0.0, -20.0, 0.0),  # away
        tabled.flown(1, -1600.0, 0.0, 0.0, 20.0),  # past
        tabled.flown(1, -1600.0, 0.0, 0.5, 0.0),  # does not move
        tabled.flown(1, -900.0, 0.0, 20.0, 0.0),  # is inside
        {**INWARD, "phase": TENTATIVE},
        {**INWARD, "phase": LOST},
        {**INWARD, "manned": 1},
        {**INWARD, "mode": (0.8, 0.2, 0.0)},  # hovers in the wind
        {**INWARD, "sigma_m": 500.0},  # nobody knows when
    ],
)
def test_what_goes_elsewhere_or_is_not_for_us_is_foreseen_nowhere(flight):
    assert once(LAW, flight) == []


def test_whoever_says_that_it_is_manned_and_is_flagged_is_asked_all_the_same():
    flagged = (0, 0, 0, 1, 0, 0)
    assert len(once(LAW, {**INWARD, "manned": 1, "flag_up": flagged})) == 1


@hypothesis.given(
    east_m=st.floats(-4000.0, 4000.0), north_m=st.floats(-4000.0, 4000.0),
    east_mps=st.floats(-40.0, 40.0), north_mps=st.floats(-40.0, 40.0), round_zone=st.booleans(),
)  # fmt: skip
def test_the_entry_is_where_a_walk_in_small_steps_first_finds_itself_inside(
    east_m, north_m, east_mps, north_mps, round_zone
):
    hypothesis.assume(math.hypot(east_mps, north_mps) > 1.5)
    outline = ex.circle(900.0) if round_zone else ex.square(800.0, holes=(ex.square(200.0),))
    law = ex.law(ex.zone("Z", ex.volume(outline)))
    t = np.arange(0.0, 60.0, 0.05)
    places = [ex.place(east_m + east_mps * s, north_m + north_mps * s) for s in t.tolist()]
    margins = np.array([law.zones[0].outlines[0].margin_m(*place) for place in places])
    told = once(law, tabled.flown(1, east_m, north_m, east_mps, north_mps))
    inside = np.flatnonzero(margins >= 0.0)
    if margins[0] >= -1.0 or not len(inside):
        assert [one for one in told if margins[0] >= 1.0 or margins.max() < -1.0] == []
    elif told:
        grazes_m = abs(margins[: inside[0] + 1]).min()  # a corner that is cut for a moment may be passed
        assert told[0].entry_ns / S - ex.T0 / S == pytest.approx(t[inside[0]], abs=0.3) or grazes_m < 1.0
    else:
        rate = (margins[inside[0]] - margins[inside[0] - 1]) / 0.05
        seconds_inside = (margins >= 0.0).sum() * 0.05
        assert seconds_inside < 0.3 or rate < 0.5 * math.hypot(east_mps, north_mps)


def test_no_longer_than_its_horizon():
    assert once(LAW, INWARD, horizon_s=29.0) == []
    assert len(once(LAW, INWARD, horizon_s=31.0)) == 1


@pytest.mark.parametrize("step_s", [1.0, 0.25, 0.1])
def test_told_once_and_ended_in_the_tick_in_which_it_is_in(step_s):
    first, last = followed(LAW, INWARD, 40.0, step_s=step_s)
    assert (first.t_ns, first.entry_ns is None) == (ex.T0, False)
    assert last.entry_ns is None
    assert last.entry_sigma_ns is None
    assert ex.T0 + 30 * S <= last.t_ns <= ex.T0 + (30 + step_s) * S


def test_one_that_comes_early_and_stops_there_is_in_at_once():
    memory = Foresight()
    once(LAW, INWARD, memory=memory)
    stands = tabled.flown(1, -950.0, 0.0, 0.0, 0.0)
    (ended,) = once(LAW, stands, memory=memory, t_ns=ex.T0 + 10 * S)
    assert (ended.zone_id, ended.entry_ns, ended.t_ns) == ("Z", None, ex.T0 + 10 * S)
    assert memory.entries == {}


def test_told_in_the_tick_in_which_it_shows():
    """A turn towards the zone, reports every 0.1 s: told at the report after it, and not again."""
    memory, told = Foresight(), []
    for k in range(20):
        flight = {**tabled.moved(tabled.flown(1, -1600.0, 0.0, 0.0, 20.0), 0.1 * min(k, 5))}
        if k >= 5:
            flight = tabled.moved({**flight, "going": (20.0, 0.0, 0.0)}, 0.1 * (k - 5))
        told += once(LAW, flight, memory=memory, t_ns=ex.T0 + k * S // 10)
    assert [one.t_ns for one in told] == [ex.T0 + S // 2]


@pytest.mark.parametrize(("speed_mps", "news"), [(19.0, 0), (17.0, 0), (16.0, 1), (30.0, 1)])
def test_told_again_when_it_changes_by_two_seconds_and_a_fifth(speed_mps, news):
    memory = Foresight()
    once(LAW, INWARD, memory=memory)
    later = {**tabled.moved(INWARD, 1.0), "going": (speed_mps, 0.0, 0.0)}  # 29 s were left: 5.8 s may change
    assert len(once(LAW, later, memory=memory, t_ns=ex.T0 + S)) == news


def test_a_turn_away_ends_it_and_a_wobble_does_not():
    memory = Foresight()
    once(LAW, INWARD, memory=memory)
    away = {**INWARD, "going": (0.0, 20.0, 0.0)}
    assert once(LAW, away, memory=memory, t_ns=ex.T0 + S) == []
    assert once(LAW, INWARD, memory=memory, t_ns=ex.T0 + 2 * S) == []
    assert once(LAW, away, memory=memory, t_ns=ex.T0 + 3 * S) == []
    (ended,) = once(LAW, away, memory=memory, t_ns=ex.T0 + 3 * S + MISSED_NS)
    assert ended.entry_ns is None
    assert memory.entries == {}


def test_who_stops_is_foreseen_no_longer_and_who_is_lost_at_once():
    memory = Foresight()
    once(LAW, INWARD, {**INWARD, "id": 2}, memory=memory)
    stands = {**INWARD, "going": (0.0, 0.0, 0.0)}
    (lost,) = once(LAW, stands, {**INWARD, "id": 2, "phase": LOST}, memory=memory, t_ns=ex.T0 + S)
    assert (lost.track_id, lost.entry_ns, lost.t_ns) == (2, None, ex.T0 + S)
    (stopped,) = once(LAW, stands, memory=memory, t_ns=ex.T0 + 3 * S)
    assert (stopped.track_id, stopped.entry_ns) == (1, None)


def test_a_withdrawn_zone_is_foreseen_no_longer_and_a_new_version_anew():
    memory = Foresight()
    once(LAW, INWARD, memory=memory)
    newer = ex.law(SQUARE, ex.zone("Z", version=2, announced=ex.T0))
    (moved,) = once(newer, INWARD, memory=memory, at_once=True)
    assert (moved.zone_version, moved.entry_ns is None) == (2, False)
    gone = ex.law(SQUARE, ex.withdrawn(t_ns=ex.T0 - S))
    (ended,) = once(gone, INWARD, memory=memory, at_once=True)
    assert ended.entry_ns is None


def test_only_zones_in_force_at_the_entry_and_only_those_that_restrict():
    opens = ex.zone("Z", times=((ex.T0 + 20 * S, ex.T0 + 40 * S),))
    shut = ex.zone("Z", times=((ex.T0, ex.T0 + 20 * S),))
    assert len(once(ex.law(opens), INWARD)) == 1
    assert once(ex.law(shut), INWARD) == []
    assert once(ex.law(ex.zone("Z", rule=Rule.ALLOWED)), INWARD) == []


def limited(floor=None, ceiling=None):
    """Return a law whose square begins or ends at heights above the ellipsoid."""
    volume = ex.volume(
        floor=None if floor is None else ex.metres(floor, Datum.HAE),
        ceiling=None if ceiling is None else ex.metres(ceiling, Datum.HAE),
    )  # fmt: skip
    return ex.law(ex.zone("Z", volume))


def at_height(metres, up_mps=0.0, **given):
    """Return the flight inward at a height above the ellipsoid."""
    flight = {**INWARD, "going": (20.0, 0.0, up_mps), "said_datum": 0, "said_mm": round(metres * 1e3),
              "said_sigma_mm": 2_000, "height_ns": ex.T0}  # fmt: skip
    return {**flight, **given}


def test_a_path_under_a_floor_or_over_a_ceiling_does_not_enter():
    assert once(limited(floor=100.0), at_height(50.0)) == []
    assert once(limited(ceiling=100.0), at_height(150.0)) == []
    assert len(once(limited(floor=100.0), at_height(150.0))) == 1
    assert len(once(limited(floor=100.0), INWARD)) == 1  # its height is not known


def test_a_climb_into_it_enters_when_the_floor_is_met():
    (entry,) = once(limited(floor=150.0), at_height(50.0, up_mps=2.0))
    after_s = (150.0 - 1.645 * 2.0 - 50.0) / 2.0  # surely under it until then
    assert (entry.entry_ns - ex.T0) / S == pytest.approx(after_s, abs=0.2)
    assert entry.entry_sigma_ns == pytest.approx(S, rel=0.01)  # 2 m at 2 m/s
    assert once(limited(floor=250.0), at_height(50.0, up_mps=2.0)) == []


def test_a_climb_straight_below_it_counts_too():
    below = at_height(50.0, up_mps=2.0, at=(0.0, 0.0, 50.0), going=(0.0, 0.0, 2.0))
    (entry,) = once(limited(floor=100.0), below)
    assert (entry.entry_ns - ex.T0) / S == pytest.approx((100.0 - 3.29 - 50.0) / 2.0, abs=0.2)
    assert once(limited(floor=100.0), {**below, "going": (0.0, 0.0, 0.0)}) == []


def test_of_several_parts_the_first_counts_and_none_for_who_is_in_one():
    parts = ex.zone("Z", ex.volume(ex.square(200.0)), ex.volume(ex.square(200.0, 1000.0)))
    (entry,) = once(ex.law(parts), tabled.flown(1, -500.0, 0.0, 30.0, 0.0))
    assert (entry.entry_ns - ex.T0) / S == pytest.approx(10.0, abs=0.05)
    assert once(ex.law(parts), tabled.flown(1, 0.0, 0.0, 30.0, 0.0)) == []


def test_the_engine_keeps_the_parts_of_a_zone_in_their_order():
    parts = [ex.volume(ex.circle(100.0 + 10.0 * k, 500.0 * k)) for k in range(3)]
    law = ex.law(ex.zone("A"), ex.zone("B", *parts), ex.zone("B", *parts[::-1], version=2, announced=ex.T0))
    shapes = all_laid_out(law.engine)
    for number, zone in enumerate(law.zones):
        again = laid_out([zone.outlines])
        begin, end = shapes.first[number : number + 2].tolist()
        assert (
            shapes.shapes[begin:end, [0, 1, 2, 3, 8, 9, 10, 11]].tolist()
            == again.shapes[:, [0, 1, 2, 3, 8, 9, 10, 11]].tolist()
        )


def test_each_zone_on_the_way_is_told_by_its_name():
    zones = [ex.zone(name, ex.volume(ex.square(100.0, east))) for name, east in (("B", 0.0), ("A", 500.0), ("C", 9e3))]
    told = once(ex.law(*zones), tabled.flown(3, -400.0, 0.0, 30.0, 0.0), tabled.flown(7, -500.0, 0.0, 30.0, 0.0))
    assert [(one.track_id, one.zone_id) for one in told] == [(3, "A"), (3, "B"), (7, "A"), (7, "B")]


def test_the_order_of_the_rows_does_not_matter():
    tracks = tabled.table(*({**INWARD, "id": k, "going": (20.0, 0.0, 0.1 * k)} for k in range(1, 9)))
    told = [foresee(Foresight(), tracks, np.array(rows), LAW, ex.T0, 60.0) for rows in ([0, 1, 5, 7], [5, 0, 7, 7, 1])]
    assert told[0] == told[1]
    assert [one.track_id for one in told[0]] == [1, 2, 6, 8]


def sprinkled(middle, count=30):
    """Return a law of circles about a place, and its frame."""
    generator = np.random.default_rng(3)
    zones = []
    for k in range(count):
        lat_e7, lon_e7 = (
            middle[0] + int(generator.integers(-300_000, 300_000)),
            middle[1] + int(generator.integers(-400_000, 400_000)),
        )
        lon_e7 = (lon_e7 + 1_800_000_000) % 3_600_000_000 - 1_800_000_000
        circle = Circle(lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=int(generator.integers(20_000, 400_000)))
        zones.append(ex.zone(f"Z{k:02}", ex.volume(circle)))
    return ex.law(*zones), tabled.enu_frame(middle[0] / 1e7, middle[1] / 1e7, 0.0), generator


@pytest.mark.parametrize("middle", [(500_000_000, 300_000_000), (0, 1_800_000_000), (880_000_000, -1_799_990_000)])
def test_asking_every_zone_and_those_near_the_path_foresee_the_same(middle, monkeypatch):
    law, frame, generator = sprinkled(middle)
    tracks = tabled.table(*(tabled.flown(k) for k in range(1, 200)))
    for row in range(len(tracks)):
        tracks.x[row, :3] = tabled.enu_to_ecef(frame, *generator.uniform(-3000.0, 3000.0, 2), 0.0)
        tracks.x[row, 3:] = [*generator.uniform(-40.0, 40.0, 2), 0.0] @ frame[1:]
    told = []
    for about_m, few in ((foreseeing.ABOUT_M, foreseeing.FEW), (0.0, foreseeing.FEW), (1e6, foreseeing.FEW), (0.0, 0)):
        monkeypatch.setattr(foreseeing, "ABOUT_M", about_m)
        monkeypatch.setattr(foreseeing, "FEW", few)
        told.append(foresee(Foresight(), tracks, tabled.rows(tracks), law, ex.T0, 60.0))
    assert all(each == told[0] for each in told)
    assert len(told[0]) > 50


def test_who_is_not_asked_because_no_zone_is_near_would_have_been_told_nothing():
    """Two memories over a minute of turning flights; the one is made to forget each time where no zone is."""
    law, frame, generator = sprinkled((500_000_000, 300_000_000), 12)
    tracks = tabled.table(*(tabled.flown(k) for k in range(1, 60)))
    places, angles = generator.uniform(-6000.0, 6000.0, (len(tracks), 2)), generator.uniform(0.0, 6.28, len(tracks))
    lazy, careful, told, spared = Foresight(), Foresight(), ([], []), 0
    for second in range(60):
        angles = angles + generator.normal(0.0, 0.1, len(tracks))
        velocity = 15.0 * np.stack([np.cos(angles), np.sin(angles)], 1)
        places = places + velocity
        for row in range(len(tracks)):
            tracks.x[row, :3] = tabled.enu_to_ecef(frame, *places[row], 50.0)
            tracks.x[row, 3:] = [*velocity[row], 0.0] @ frame[1:]
        tracks.t_ns[:] = ex.T0 + second * S
        careful.clear = bytearray(len(careful.clear))
        for k, memory in enumerate((lazy, careful)):
            told[k].extend(foresee(memory, tracks, tabled.rows(tracks), law, ex.T0 + second * S, 60.0))
        spared += int((carried.floats(lazy.clear, 4)[:, 3] > 0.0).sum())
    assert told[0] == told[1]
    assert len(told[0]) > 20
    assert spared > 500


def test_across_the_date_line():
    ring = tuple((lat, lon) for lat, lon in ((-1_000_000, 1_799_000_000), (-1_000_000, -1_799_000_000),
                                             (1_000_000, -1_799_000_000), (1_000_000, 1_799_000_000)))  # fmt: skip
    for outline in (Polygon(rings=(ring,)), Circle(lat_e7=0, lon_e7=1_800_000_000, radius_mm=11_000_000)):
        law = ex.law(ex.zone("Z", ex.volume(outline)))
        tracks = tabled.table(INWARD)
        tracks.x[0] = -6378137.0 * math.cos(0.0018), -6378137.0 * math.sin(0.0018), 0.0, 0.0, 30.0, 0.0
        (entry,) = foresee(Foresight(), tracks, tabled.rows(tracks), law, ex.T0, 60.0)
        distance_m = 6378137.0 * 0.0018 - (11_000.0 if isinstance(outline, Circle) else 11_131.95)
        assert (entry.entry_ns - ex.T0) / S == pytest.approx(distance_m / 30.0, abs=0.1)


def test_a_memory_goes_through_bytes_and_a_copy_is_another():
    memory = Foresight()
    told = followed(LAW, INWARD, 10.0, memory=memory)
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(memory), type=Foresight)
    other = copy.deepcopy(memory)
    assert kept == memory == other
    rest = [followed(LAW, tabled.moved(INWARD, 11.0), 30.0, memory=one) for one in (memory, kept, other)]
    assert told
    assert rest[0] == rest[1] == rest[2]


def test_what_is_forgotten_leaves_nothing():
    memory = Foresight()
    once(LAW, INWARD, {**INWARD, "id": 2}, memory=memory)
    forget(memory, [1, 9])
    assert list(memory.entries) == [2]
    assert np.frombuffer(memory.ids, np.int64).tolist() == [2]
    forget(memory, [2])
    assert memory == Foresight()


def test_without_zones_nothing_is_asked():
    memory = Foresight()
    assert once(ex.law(), INWARD, memory=memory) == []
    assert memory == Foresight()
