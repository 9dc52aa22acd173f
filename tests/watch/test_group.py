"""Who flies together: two drones towards a house, those that only meet, crowds, numbers that go on."""

import copy
import itertools

import hypothesis
import hypothesis.strategies as st
import msgspec
import numpy as np
import pytest

from skykeep.watch.group import GAP_NS, NEAR_M, Groups, connect, forget, group
from skykeep.watch.table import LOST, TENTATIVE
from tests.rules import examples as ex
from tests.watch import tabled

S = ex.S


def sweep(memory, k, *flights, step_s=1.0, **given):
    """Compare these flights at second `k`."""
    t_ns = ex.T0 + round(k * step_s * S)
    tracks = tabled.table(*flights, t_ns=t_ns)
    return group(memory, tracks, tabled.rows(tracks), t_ns, **given)


def story(flights, seconds, memory=None, first=0):
    """Return what is told of straight flights, a step a second."""
    memory = Groups() if memory is None else memory
    told = []
    for k in range(first, first + seconds):
        told += sweep(memory, k, *(tabled.moved(flight, k) for flight in flights))
    return told


PAIR = tabled.flown(1, 0.0, 0.0, 12.0, 5.0), tabled.flown(2, 60.0, -80.0, 12.0, 5.0)


@pytest.mark.requirement("WATCH-26")
def test_two_drones_towards_a_house_are_a_group_after_ten_seconds_and_stay_one_when_they_hover_over_it():
    memory = Groups()
    (formed,) = story(PAIR, 15, memory)
    assert (formed.group_id, formed.track_ids, formed.t_ns) == (1, (1, 2), ex.T0 + 10 * S)
    hovering = [{**tabled.moved(flight, 14), "going": (0.0, 0.0, 0.0)} for flight in PAIR]
    for k in range(15, 200):
        assert sweep(memory, k, *hovering) == []
    apart = [hovering[0], {**hovering[1], "at": (5000.0, 0.0, 0.0)}]
    told = [one for k in range(200, 210) for one in sweep(memory, k, *apart)]
    assert [(one.group_id, one.track_ids, one.t_ns) for one in told] == [(1, (), ex.T0 + 205 * S)]
    assert memory.groups == {}


@pytest.mark.parametrize(
    "other",
    [
        tabled.flown(2, 0.0, NEAR_M + 5.0, 12.0, 5.0),  # as fast, too far
        tabled.flown(2, 30.0, 0.0, -12.0, 5.0),  # meets
        tabled.flown(2, 30.0, 0.0, 7.0, 5.0),  # falls behind
        tabled.flown(2, 30.0, 0.0, 12.0, 5.0, phase=TENTATIVE),
    ],
)
def test_others_are_not(other):
    assert story([PAIR[0], other], 30) == []


def test_two_that_meet_and_hover_are_none():
    assert story([tabled.flown(1), tabled.flown(2, 20.0)], 60) == []


def test_heights_do_not_part_them():
    above = {**PAIR[1], "at": (60.0, -80.0, 120.0)}
    assert len(story([PAIR[0], above], 15)) == 1


def test_a_short_gap_is_left_out_and_a_long_one_begins_anew():
    for gap_s, seconds in ((3, 10), (GAP_NS // S + 1, 19)):
        memory, told = Groups(), []
        for k in range(25):
            away = 7 <= k < 7 + gap_s
            other = {**PAIR[1], "at": (900.0, 0.0, 0.0)} if away else PAIR[1]
            told += sweep(memory, k, tabled.moved(PAIR[0], k), tabled.moved(other, k))
        assert [one.track_ids for one in told] == [(1, 2)]
        assert (told[0].t_ns - ex.T0) // S >= seconds


def test_one_who_joins_and_one_who_leaves_and_a_number_that_goes_on():
    memory = Groups()
    three = [*PAIR, tabled.flown(3, 20.0, -40.0, 12.0, 5.0)]
    assert [one.track_ids for one in story(PAIR, 12, memory)] == [(1, 2)]
    assert [(one.group_id, one.track_ids) for one in story(three, 12, memory, 12)] == [(1, (1, 2, 3))]
    assert [(one.group_id, one.track_ids) for one in story(three[1:], 12, memory, 24)] == [(1, (2, 3))]


def test_the_lost_leave_at_once_even_within_the_second():
    memory = Groups()
    story(PAIR, 12, memory)
    flights = [tabled.moved(PAIR[0], 11), {**tabled.moved(PAIR[1], 11), "phase": LOST}]
    (told,) = sweep(memory, 11.1, *flights)
    assert told.track_ids == ()


def test_the_forgotten_are_told_at_the_next_comparison():
    memory = Groups()
    three = [*PAIR, tabled.flown(3, 20.0, -40.0, 12.0, 5.0)]
    story(three, 12, memory)
    forget(memory, [2, 77])
    (told,) = story([three[0], three[2]], 1, memory, 12)
    assert told.track_ids == (1, 3)
    forget(memory, [1, 3])
    (told,) = story([tabled.flown(9, 9e3)], 1, memory, 13)
    assert told.track_ids == ()
    assert memory == Groups(next_id=2, swept_ns=ex.T0 + 13 * S)


def test_compared_once_a_second_and_only_when_something_was_heard():
    memory = Groups()
    for k in range(240):
        tracks = tabled.table(*(tabled.moved(flight, k / 10) for flight in PAIR), t_ns=ex.T0 + k * S // 10)
        before = memory.swept_ns
        group(memory, tracks, tabled.rows(tracks)[: k % 2], ex.T0 + k * S // 10)
        assert memory.swept_ns in {before, ex.T0 + k * S // 10}
        assert memory.swept_ns - before >= S or memory.swept_ns == before
    assert memory.groups == {1: [1, 2]}


def test_a_party_that_parts_keeps_its_number_in_the_greater_part():
    memory = Groups()
    five = [tabled.flown(k, 30.0 * k, 0.0, 15.0, 0.0) for k in range(1, 6)]
    assert [one.track_ids for one in story(five, 12, memory)] == [(1, 2, 3, 4, 5)]
    at = [tabled.moved(flight, 12) for flight in five]
    told = []
    for k in range(20):
        away = [{**flight, "going": (0.0, 15.0, 0.0), "id": flight["id"]} for flight in at[:2]]
        flights = [tabled.moved(flight, k) for flight in (*away, *at[2:])]
        told += sweep(memory, 12 + k, *flights)
    assert memory.groups == {1: [3, 4, 5], 2: [1, 2]}
    assert sorted((one.group_id, one.track_ids) for one in told[-2:]) == [(1, (3, 4, 5)), (2, (1, 2))]


def test_a_crowd_hangs_together():
    generator = np.random.default_rng(1)
    crowd = [tabled.flown(k + 1, *generator.uniform(-60.0, 60.0, 2), 9.0, 0.0) for k in range(400)]
    (told,) = story(crowd, 12)
    assert told.track_ids == tuple(range(1, 401))


scattered = st.lists(
    st.tuples(st.floats(-600.0, 600.0), st.floats(-600.0, 600.0), st.sampled_from([(8.0, 0.0), (0.0, 8.0), (8.4, 0.4)])),
    min_size=2, max_size=12,
)  # fmt: skip


@hypothesis.given(scattered)
def test_groups_are_the_parts_that_hang_together_pair_by_pair(places):
    flights = [tabled.flown(k + 1, e, n, *going) for k, (e, n, going) in enumerate(places)]
    linked = {k + 1: {k + 1} for k in range(len(places))}
    unsure = False
    for (a, one), (b, other) in itertools.combinations(enumerate(places, 1), 2):
        away_m = np.hypot(one[0] - other[0], one[1] - other[1])
        unsure |= abs(away_m - NEAR_M) < 8.0  # as 8.4 m/s beside 8 m/s moves on
        if away_m <= NEAR_M and abs(one[2][0] - other[2][0]) < 1.0:
            joined = linked[a] | linked[b]
            linked.update(dict.fromkeys(joined, joined))
    hypothesis.assume(not unsure)
    memory = Groups()
    story(flights, 12, memory)
    expected = sorted({tuple(sorted(part)) for part in linked.values() if len(part) > 1})
    assert sorted(tuple(members) for members in memory.groups.values()) == expected
    assert list(memory.groups) == list(range(1, len(expected) + 1))


@hypothesis.given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
def test_connected_to_the_least(ends):
    root = np.arange(20)
    connect(np.array(ends, np.int64).reshape(-1, 2), root)
    reach = np.eye(20, dtype=bool)
    for a, b in ends:
        reach[a, b] = reach[b, a] = True
    for k in range(20):
        reach |= np.outer(reach[:, k], reach[k])
    assert root.tolist() == [int(np.flatnonzero(row)[0]) for row in reach]


def test_near_means_near_on_the_whole_globe():
    for lat_e7, lon_e7 in ((0, 1_800_000_000), (899_999_000, 0), (-450_000_000, -900_000_000)):
        frame = tabled.enu_frame(lat_e7 / 1e7, lon_e7 / 1e7, 0.0)
        memory = Groups()
        for k in range(12):
            tracks = tabled.table(*PAIR, t_ns=ex.T0 + k * S)
            for row, flight in enumerate(PAIR):
                tracks.x[row, :3] = tabled.enu_to_ecef(frame, *tabled.moved(flight, k)["at"])
                tracks.x[row, 3:] = flight["going"] @ frame[1:]
            group(memory, tracks, tabled.rows(tracks), ex.T0 + k * S)
        assert memory.groups == {1: [1, 2]}


def test_a_memory_goes_through_bytes_and_a_copy_is_another():
    memory = Groups()
    story(PAIR, 6, memory)
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(memory), type=Groups)
    other = copy.deepcopy(memory)
    rest = [story(PAIR, 8, one, 6) for one in (memory, kept, other)]
    assert rest[0] == rest[1] == rest[2] != []
    assert memory == kept == other
