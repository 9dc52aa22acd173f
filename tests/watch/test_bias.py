"""The bias of a sensor is found from honest aircraft, whoever lies, and is left alone where there is none."""

import copy
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.geo.frames import ecef_to_enu, enu_frame, enu_to_ecef
from skykeep.watch import bias
from skykeep.watch.bias import consensus, grow, learn, no_biases, residuals

FRAME = enu_frame(50.45, 30.52, 150.0)
SIGMA = np.array([8.0, math.radians(0.2), math.radians(0.4)])
OFF = np.array([8.0, math.radians(0.3), 0.0])
SECOND = 1_000_000_000
LAG = 2 * SECOND


class Sky:
    """Aircraft that fly straight about a radar and say where they are, some with a shift (m: east, north, up)."""

    def __init__(self, seed, count=40, fix_sigma_m=3.0):
        self.rng = np.random.default_rng(seed)
        self.fix_sigma_m = fix_sigma_m
        self.start = np.c_[self.rng.uniform(-6000, 6000, (count, 2)), self.rng.uniform(20, 120, count)]
        self.start[:, :2] += np.sign(self.start[:, :2]) * 300
        self.speed = np.c_[self.rng.normal(0, 9, (count, 2)), np.zeros(count)]
        self.shift = np.zeros((count, 3))
        self.drift = self.rng.normal(0, 1.0, (count, 3))  # a receiver's error that stays

    def scan(self, t_s, off=OFF):
        """What a radar scan gives, in residuals: 85 % are seen, each fix is up to a second old."""
        seen = np.nonzero(self.rng.random(len(self.start)) < 0.85)[0]
        age = self.rng.uniform(0, 1, len(seen))
        true = self.start[seen] + self.speed[seen] * t_s
        ground = np.hypot(true[:, 0], true[:, 1])
        polar = np.c_[np.hypot(ground, true[:, 2]), np.arctan2(true[:, 0], true[:, 1]), np.arctan2(true[:, 2], ground)]
        polar += self.rng.normal(0, 1, polar.shape) * SIGMA + off
        said = true - self.speed[seen] * age[:, None] + self.shift[seen] + self.drift[seen]
        said += self.rng.normal(0, self.fix_sigma_m, said.shape)
        fix = np.c_[said @ FRAME[1:] + FRAME[0], self.speed[seen] @ FRAME[1:]]
        t_ns = np.full(len(seen), round(t_s * 1e9), np.int64)
        return residuals(
            FRAME, polar, np.tile(SIGMA**2, (len(seen), 1)), t_ns, seen.astype(np.int64), fix=fix,
            fix_ns=t_ns - (age * 1e9).astype(np.int64), level_var=np.full(len(seen), self.fix_sigma_m**2),
            up_var=np.full(len(seen), self.fix_sigma_m**2),
        )  # fmt: skip


def watch(sky, seconds, off=OFF, biases=None, start=0):
    biases = biases or no_biases(1)
    told = []
    for t_s in range(start, start + seconds):
        fact = learn(biases, 0, "radar", t_s * SECOND, sky.scan(t_s, off), t_s * SECOND + LAG)
        told += [fact] if fact else []
    return biases, told


def within(biases, off=OFF, times=4.0):
    return np.abs(biases.value[0] - off) <= times * np.sqrt(biases.variance[0])


@given(
    st.tuples(st.floats(-9000, 9000), st.floats(200, 9000), st.floats(-50, 900)),
    st.tuples(st.floats(-30, 30), st.floats(-30, 30), st.floats(-5, 5)),
    st.floats(-2.9, 2.9), st.tuples(st.floats(-50, 50), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1)),
)  # fmt: skip
def test_a_residual_is_what_was_added(place, speed, late_s, off):
    now = np.array(place) + np.array(speed) * late_s
    if np.hypot(now[0], now[1]) < 100:
        now[1] += 200
        place = tuple(now - np.array(speed) * late_s)
    ground = math.hypot(now[0], now[1])
    polar = np.array([[math.hypot(ground, now[2]), math.atan2(now[0], now[1]), math.atan2(now[2], ground)]])
    fix = np.r_[enu_to_ecef(FRAME, *place), np.array(speed) @ FRAME[1:]][None]
    found = residuals(
        FRAME, polar + off, np.tile(SIGMA**2, (1, 1)), np.array([round(late_s * 1e9)]), np.array([7]), fix=fix,
        fix_ns=np.array([0]), level_var=np.array([9.0]), up_var=np.array([-1.0]),
    )  # fmt: skip
    assert found.value[0] == pytest.approx(off, abs=1e-6)
    assert (found.noise[0] >= SIGMA**2).all()


def test_the_variance_of_the_fix_in_the_sensors_frame_is_that_of_a_sample():
    rng = np.random.default_rng(5)
    place = np.array([900.0, 1200.0, 400.0])
    said = place + rng.normal(0, 1, (40_000, 3)) * [6.0, 6.0, 11.0]
    fix = np.c_[said @ FRAME[1:] + FRAME[0], np.zeros((len(said), 3))]
    count = len(said)
    zeros = np.zeros(count, np.int64)
    found = residuals(
        FRAME, np.tile([1552.4, 0.6, 0.26], (count, 1)), np.full((count, 3), 1e-12), zeros, zeros, fix=fix, fix_ns=zeros,
        level_var=np.full(count, 36.0), up_var=np.full(count, 121.0),
    )  # fmt: skip
    assert found.shared[0] == pytest.approx(found.value.var(axis=0), rel=0.05)


def test_what_has_no_declared_error_says_nothing():
    polar, fix = np.array([[1000.0, 0.0, 0.1]]), np.zeros((1, 6))
    fix[0, :3] = enu_to_ecef(FRAME, 0.0, 1000.0, 100.0)
    found = residuals(
        FRAME, polar, np.array([[64.0, math.nan, 0.0]]), np.array([0]), np.array([1]), fix=fix,
        fix_ns=np.array([0]), level_var=np.ones(1), up_var=np.ones(1),
    )  # fmt: skip
    assert list(np.isnan(found.value[0])) == [False, True, True]


def test_an_old_fix_and_one_overhead_say_nothing():
    polar, var = np.array([[1000.0, 0.0, 0.1]] * 2), np.ones((2, 3))
    east, north, up = ecef_to_enu(FRAME, *enu_to_ecef(FRAME, 3.0, 3.0, 80.0))
    assert math.hypot(east, north) < 10 < up
    fix = np.zeros((2, 6))
    fix[:, :3] = enu_to_ecef(FRAME, 0.0, 1000.0, 100.0), enu_to_ecef(FRAME, 3.0, 3.0, 80.0)
    found = residuals(
        FRAME, polar, var, np.array([4 * SECOND, 0]), np.array([1, 2]), fix=fix, fix_ns=np.zeros(2, np.int64),
        level_var=np.ones(2), up_var=np.ones(2),
    )  # fmt: skip
    assert np.isnan(found.value).all()


@pytest.mark.requirement("WATCH-19")
@pytest.mark.parametrize("seed", range(5))
def test_it_finds_the_bias_and_takes_it_off(seed):
    biases, told = watch(Sky(seed), 10)
    assert within(biases).all()
    assert abs(biases.value[0, 0] - 8.0) < 2.5
    assert abs(math.degrees(biases.value[0, 1]) - 0.3) < 0.06
    biases, more = watch(Sky(seed), 50, biases=biases, start=10)
    assert within(biases).all()
    assert list(biases.applied[0]) == [1, 1, 0]
    told += more
    assert told[-1].applied
    assert told[-1].range_mm == pytest.approx(8000, abs=1500)
    assert told[-1].azimuth_urad == pytest.approx(math.radians(0.3) * 1e6, abs=600)
    assert all(b.t_ns - a.t_ns >= bias.TELL_NS for a, b in itertools.pairwise(told))
    assert told[-1].refused < 0.05 * told[-1].pairs


@pytest.mark.requirement("WATCH-19")
def test_none_is_taken_off_where_there_is_none():
    applied = [watch(Sky(seed, count=8 + seed % 30), 60, off=np.zeros(3))[0].applied.any() for seed in range(100)]
    assert sum(applied) <= 1


@pytest.mark.requirement("WATCH-19")
@pytest.mark.parametrize("shift", [(400, 0, 0), (60, 60, 0), (-60, 0, 40), (25, 0, 0)])
@pytest.mark.parametrize("seed", range(3))
def test_a_fifth_that_lies_together_cannot_pull_it(seed, shift):
    sky = Sky(seed)
    sky.shift[:8] = shift
    biases, _ = watch(sky, 60)
    assert abs(biases.value[0, 0] - 8.0) < 2.5
    assert abs(math.degrees(biases.value[0, 1]) - 0.3) < 0.06
    assert list(biases.applied[0]) == [1, 1, 0]


def test_liars_are_counted_as_refused():
    sky = Sky(3)
    sky.shift[:8] = (100, 100, 0)
    biases, _ = watch(sky, 30)
    assert 0.15 < biases.refused[0] / (biases.refused[0] + biases.pairs[0]) < 0.25


def test_few_aircraft_prove_nothing():
    biases, told = watch(Sky(1, count=4), 60)
    assert not told
    assert not biases.applied.any()
    assert biases.at(0, 100 * SECOND) == (0.0, 0.0, 0.0)


def test_two_camps_prove_nothing():
    sky = Sky(2)
    sky.shift[::2] = np.c_[np.sin(a := np.arctan2(*sky.start[::2, :2].T)), np.cos(a), 0 * a] * 150  # all 150 m farther
    biases, _ = watch(sky, 30)
    assert biases.applied[0, 0] == 0


def test_it_follows_an_antenna_that_was_moved():
    sky = Sky(4)
    biases, _ = watch(sky, 40)
    moved = np.array([8.0, math.radians(-1.0), 0.0])
    watch(sky, 15, off=moved, biases=biases, start=40)
    assert within(biases, moved).all()
    assert biases.at(0, 60 * SECOND)[1] == pytest.approx(math.radians(-1.0), abs=math.radians(0.08))


def test_it_stops_when_the_bias_is_gone():
    sky = Sky(6)
    biases, _ = watch(sky, 40)
    _, told = watch(sky, 60, off=np.zeros(3), biases=biases, start=40)
    assert biases.at(0, 200 * SECOND) == (0.0, 0.0, 0.0)
    assert not told[-1].applied


def test_a_value_holds_from_its_time_on_and_what_held_before_stays():
    sky, biases, seen = Sky(7), no_biases(1), {}
    for t_s in range(40):
        for late in range(3):
            seen.setdefault(t_s - late, []).append(biases.at(0, (t_s - late) * SECOND))
        learn(biases, 0, "radar", t_s * SECOND, sky.scan(t_s), t_s * SECOND + LAG + SECOND // 10)
    assert biases.applied[0, 0] == 1
    assert all(len(set(values)) == 1 for values in seen.values())
    assert seen[5][0] == (0.0, 0.0, 0.0) != seen[39][0]
    rows, t_ns = np.array([0, 0, 3]), np.array([5, 39, 39]) * SECOND
    assert list(map(tuple, biases.at_all(rows, t_ns))) == [seen[5][0], seen[39][0], (0.0, 0.0, 0.0)]


def test_the_order_of_rows_does_not_matter():
    one, other, rng = no_biases(1), no_biases(1), np.random.default_rng(1)
    sky = Sky(8)
    for t_s in range(15):
        found = sky.scan(t_s)
        order = rng.permutation(len(found.source))
        mixed = bias.Residuals(found.source[order], found.value[order], found.noise[order], found.shared[order])
        learn(one, 0, "radar", t_s * SECOND, found, t_s * SECOND + LAG)
        learn(other, 0, "radar", t_s * SECOND, mixed, t_s * SECOND + LAG)
    assert all((getattr(one, name) == getattr(other, name)).all() for name in one.__slots__)
    assert one.value[0, 0] != 0.0


def test_bearings_alone_learn_the_azimuth_alone():
    sky, biases = Sky(9), no_biases(1)
    for t_s in range(30):
        found = sky.scan(t_s)
        found.value[:, [0, 2]] = np.nan
        learn(biases, 0, "df", t_s * SECOND, found, t_s * SECOND + LAG)
    assert biases.value[0, 1] == pytest.approx(OFF[1], abs=math.radians(0.06))
    assert list(biases.applied[0]) == [0, 1, 0]


def test_a_flood_of_aircraft_keeps_the_memory_and_the_bias():
    sky = Sky(10, count=3 * bias.VOTERS)
    biases, _ = watch(sky, 12)
    size = biases.mean.nbytes
    watch(sky, 12, biases=biases, start=12)
    assert biases.mean.nbytes == size
    assert within(biases).all()


def test_a_voter_long_silent_makes_room():
    sky = Sky(11, count=bias.VOTERS)
    biases, _ = watch(sky, 3)
    other = Sky(12, count=20)
    late = 3 + bias.SILENT_NS // SECOND + 1
    for t_s in range(late, late + 5):
        found = other.scan(t_s)
        found.source += 10_000
        learn(biases, 0, "radar", t_s * SECOND, found, t_s * SECOND + LAG)
    assert set(range(10_000, 10_020)) <= set(biases.source[0].tolist())


def test_growing_keeps_what_is_known_and_a_copy_stands_alone():
    biases, _ = watch(Sky(13), 5)
    value = biases.value[0].copy()
    twin = copy.deepcopy(biases)
    grow(biases, 3)
    assert (len(biases), len(twin)) == (3, 1)
    assert (biases.value[0] == value).all()
    watch(Sky(13), 5, biases=biases, start=5)
    assert (twin.value[0] == value).all()
    assert not biases.variance[1:].any()


votes = st.lists(st.tuples(st.floats(-50, 50), st.floats(0.5, 20)), min_size=5, max_size=40)


@given(votes, st.floats(-1e3, 1e3), st.floats(0.1, 50))
def test_the_consensus_moves_and_stretches_with_its_votes(given_votes, moved, stretched):
    value, var = (np.array(column) for column in zip(*given_votes, strict=True))
    middle, variance, _, cast = consensus(value, var)
    again, wider, _, _ = consensus(value * stretched + moved, var * stretched * stretched)
    assert cast == len(value)
    assert value.min() - 1e-9 <= middle <= value.max() + 1e-9
    assert again == pytest.approx(middle * stretched + moved, abs=1e-6 * (1 + abs(moved) + stretched * 50))
    assert wider == pytest.approx(variance * stretched * stretched, rel=1e-6)


@given(st.integers(0, 1000), st.floats(-1e6, 1e6))
def test_less_than_half_cannot_carry_the_consensus_away(seed, lie):
    rng = np.random.default_rng(seed)
    value, var = rng.normal(0, 2, 41), np.full(41, 4.0)
    value[:18] = lie
    assert abs(consensus(value, var)[0]) < 10.0


def test_without_liars_it_is_nearly_the_weighted_mean():
    rng = np.random.default_rng(3)
    var = rng.uniform(1, 9, 500)
    value = rng.normal(0, np.sqrt(var))
    middle, variance, _, _ = consensus(value, var)
    assert middle == pytest.approx((value / var).sum() / (1 / var).sum(), abs=0.06)
    assert variance == pytest.approx(1 / (1 / var).sum(), rel=0.2)
