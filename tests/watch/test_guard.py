"""Approach, presence and hovering at protected sites: known answers, stories through time, sites that move."""

import copy
import itertools
import math

import hypothesis
import hypothesis.strategies as st
import msgspec
import pytest

from skykeep.facts.enacted import SiteProtected
from skykeep.rules.law import FOREVER_NS
from skykeep.watch.guard import KINDS, Guard, forget, guard, next_due_ns, sites_at
from skykeep.watch.table import LOST, TENTATIVE
from tests.rules import examples as ex
from tests.watch import tabled

S = ex.S


def site(name="H", east_m=0.0, north_m=0.0, radius_m=800.0, *, version=1, from_ns=0, until_ns=None):
    lat_e7, lon_e7 = ex.place(east_m, north_m)
    return SiteProtected(site_id=name, version=version, name=name, lat_e7=lat_e7, lon_e7=lon_e7,
                         radius_mm=round(radius_m * 1e3), from_ns=from_ns, until_ns=until_ns)  # fmt: skip


def once(sites, *flights, memory=None, t_ns=ex.T0, only=None, **given):
    tracks = tabled.table(*flights, t_ns=t_ns)
    rows = tabled.rows(tracks) if only is None else only
    return guard(Guard() if memory is None else memory, tracks, rows, sites, t_ns, **given)


def story(legs, sites, *, start=(0.0, 0.0), memory=None):
    """Return what is told of a flight of legs (seconds, east m/s, north m/s), a step a second."""
    memory = Guard() if memory is None else memory
    (e, n), t_ns, told = start, ex.T0, []
    for seconds, ve, vn in legs:
        for _ in range(seconds):
            told += once(sites, tabled.flown(1, e, n, ve, vn), memory=memory, t_ns=t_ns)
            e, n, t_ns = e + ve, n + vn, t_ns + S
    return told


def kinds(told):
    """Return the kinds in turn, repeats left out."""
    names = [one.kind for one in told]
    return [name for k, name in enumerate(names) if k == 0 or names[k - 1] != name]


PASSING = tabled.flown(1, -2000.0, 500.0, 20.0, 0.0)  # the known answer of the design


@pytest.mark.requirement("WATCH-25")
def test_the_known_answer_of_the_design():
    (seen,) = once([site()], PASSING, horizon_s=120.0)
    assert (seen.kind, seen.site_id, seen.site_version) == ("approach", "H", 1)
    assert seen.distance_mm == pytest.approx(math.hypot(2000.0, 500.0) * 1e3, rel=1e-4)
    assert seen.closest_mm == pytest.approx(500_000, abs=200)
    assert (seen.closest_ns - ex.T0) / S == pytest.approx(100.0, abs=0.05)
    assert (seen.reach_ns - ex.T0) / S == pytest.approx(68.78, abs=0.03)


@pytest.mark.parametrize(
    "flight",
    [
        tabled.flown(1, -2000.0, 1200.0, 40.0, 0.0),  # passes by, too far off
        tabled.flown(1, -2000.0, 0.0, -40.0, 0.0),
        tabled.flown(1, -2000.0, 0.0, 10.0, 0.0),  # not within the minute
        tabled.flown(1, -1000.0, 0.0, 0.5, 0.0),
        {**PASSING, "going": (40.0, 0.0, 0.0), "phase": TENTATIVE},
        {**PASSING, "going": (40.0, 0.0, 0.0), "phase": LOST},
        {**PASSING, "going": (40.0, 0.0, 0.0), "manned": 1},
    ],
)
def test_what_does_not_come_near_is_not_told(flight):
    assert once([site()], flight) == []


def test_towards_over_and_away():
    told = story([(120, 20.0, 0.0)], [site(radius_m=300.0)], start=(-1500.0, 50.0))
    assert kinds(told) == ["approach", "within", "none"]
    assert told[0].distance_mm < 1_400_000 + 200_000
    within = next(one for one in told if one.kind == "within")
    assert within.distance_mm <= 300_000
    assert told[-1].distance_mm > 300_000
    assert told[-1].closest_mm is told[-1].reach_ns is None


def test_distances_are_told_every_few_seconds_while_it_comes():
    told = story([(50, 20.0, 0.0)], [site(radius_m=300.0)], start=(-1500.0, 0.0))
    coming = [one for one in told if one.kind == "approach"]
    assert len(coming) > 5
    assert [one.distance_mm for one in coming] == sorted([one.distance_mm for one in coming], reverse=True)
    assert min(b.t_ns - a.t_ns for a, b in itertools.pairwise(coming)) >= 3 * S


def test_hovering_is_told_after_ten_seconds_and_ends_when_it_leaves():
    told = story([(30, 20.0, 0.0), (30, 0.3, 0.0), (60, 20.0, 0.0)], [site(radius_m=150.0)], start=(-800.0, 0.0))
    assert kinds(told) == ["approach", "hover", "within", "none"]
    hover = next(one for one in told if one.kind == "hover")
    assert hover.t_ns == ex.T0 + 40 * S
    assert 150_000 < hover.distance_mm < 250_000  # beside it counts


def test_a_hover_by_its_motion_counts_in_the_wind():
    memory = Guard()
    flight = tabled.flown(1, 50.0, 0.0, 1.0, 1.8, mode=(0.8, 0.1, 0.1))
    told = []
    for k in range(12):
        told += once([site(radius_m=100.0)], flight, memory=memory, t_ns=ex.T0 + k * S)
    assert kinds(told) == ["within", "hover"]


def test_who_goes_off_and_comes_back_begins_to_hover_anew():
    memory = Guard()
    near, far = tabled.flown(1, 100.0, 0.0), tabled.flown(1, 5000.0, 0.0)
    for k, flight in enumerate([near] * 8 + [far] * 8 + [near] * 8):
        told = once([site(radius_m=50.0)], flight, memory=memory, t_ns=ex.T0 + k * S)
        assert [one.kind for one in told if one.kind == "hover"] == []
    assert memory.slow_ns == {1: ex.T0 + 16 * S}


def test_at_the_border_it_does_not_chatter():
    memory = Guard()
    told = []
    for k in range(60):
        flight = tabled.flown(1, 300.0 + (8.0 if k % 2 else -8.0), 0.0, 0.0, 3.0, mode=(0.0, 0.5, 0.5))
        told += once([site(radius_m=300.0)], flight, memory=memory, t_ns=ex.T0 + k * S)
    assert kinds(told) == ["within"]


def test_a_site_that_moves_is_asked_anew_for_all_at_once():
    memory = Guard()
    flight = tabled.flown(1, 0.0, 0.0, 3.0, 0.0)
    assert kinds(once([site()], flight, memory=memory)) == ["within"]
    moved = [site(), site(east_m=9000.0, version=2, from_ns=ex.T0 + S)]
    assert once(moved, flight, memory=memory, t_ns=ex.T0 + S // 2, only=tabled.rows(())) == []
    (left,) = once(moved, flight, memory=memory, t_ns=ex.T0 + S, only=tabled.rows(()))
    assert (left.kind, left.site_version) == ("none", 2)
    back = [*moved, site(version=3, from_ns=ex.T0 + 2 * S)]
    (again,) = once(back, flight, memory=memory, t_ns=ex.T0 + 2 * S, only=tabled.rows(()))
    assert (again.kind, again.site_version) == ("within", 3)


def test_the_end_of_protection_ends_it():
    memory = Guard()
    flight = tabled.flown(1, 0.0, 0.0, 3.0, 0.0)
    until = [site(until_ns=ex.T0 + 5 * S)]
    once(until, flight, memory=memory)
    (ended,) = once(until, flight, memory=memory, t_ns=ex.T0 + 5 * S)
    assert (ended.kind, ended.site_version) == ("none", 1)
    assert memory.near == {}


def test_the_lost_are_near_nothing_at_once():
    memory = Guard()
    flight = tabled.flown(1, 0.0, 0.0, 3.0, 0.0)
    once([site()], flight, memory=memory)
    (lost,) = once([site()], {**flight, "phase": LOST, "t_ns": ex.T0}, memory=memory, t_ns=ex.T0 + 10 * S)
    assert (lost.kind, lost.t_ns) == ("none", ex.T0 + 10 * S)
    assert memory == Guard(versions=[("H", 1)])


def test_sites_are_told_apart_and_in_order():
    sites = [site("B", 900.0), site("A", -900.0)]
    told = once(sites, tabled.flown(3, 0.0, 850.0, 0.0, -20.0), tabled.flown(5, -900.0, 0.0, 4.0, 0.0))
    assert [(one.track_id, one.site_id, one.kind) for one in told] == [
        (3, "A", "approach"),
        (3, "B", "approach"),
        (5, "A", "within"),
    ]


def test_which_sites_rule():
    sites = [site("A", until_ns=50), site("A", version=2, from_ns=20, until_ns=30), site("B", from_ns=40)]
    ruling = {now: [(one.site_id, one.version) for one in sites_at(sites, now)] for now in (0, 20, 30, 40)}
    assert ruling == {0: [("A", 1)], 20: [("A", 2)], 30: [], 40: [("B", 1)]}
    assert [next_due_ns(sites, now) for now in (0, 20, 30, 40, 50)] == [20, 30, 40, 50, FOREVER_NS]


steps = st.tuples(st.floats(-700.0, 700.0), st.floats(-700.0, 700.0), st.floats(-30.0, 30.0), st.floats(-30.0, 30.0))


@hypothesis.given(st.lists(steps, min_size=1, max_size=25))
def test_what_was_told_last_is_what_is_remembered_and_it_ends_with_the_track(path):
    memory, told = Guard(), []
    for k, (e, n, ve, vn) in enumerate(path):
        flight = tabled.flown(1, e, n, ve, vn)
        more = once([site(radius_m=200.0)], flight, memory=memory, t_ns=ex.T0 + k * S)
        assert len(more) <= 1
        told += more
        last = told[-1].kind if told else "none"
        assert last == (memory.near[1]["H"].kind if memory.near else "none")
        assert last in KINDS
        if math.hypot(e, n) <= 199.0:
            assert last in {"within", "hover"}
        memory = msgspec.msgpack.decode(msgspec.msgpack.encode(memory), type=Guard)
    told += once([site(radius_m=200.0)], {**flight, "phase": LOST}, memory=memory, t_ns=ex.T0 + 99 * S)
    assert not told or told[-1].kind == "none"
    assert not memory.near


def test_copies_are_their_own_and_the_forgotten_leave_nothing():
    memory = Guard()
    once([site()], tabled.flown(1, 0.0, 0.0, 1.0), tabled.flown(2, 0.0, 0.0, 1.0), memory=memory)
    other = copy.deepcopy(memory)
    forget(memory, [1, 2, 3])
    assert memory == Guard(versions=[("H", 1)])
    assert list(other.near) == list(other.slow_ns) == [1, 2]
    assert once([], tabled.flown(1), memory=Guard()) == []
