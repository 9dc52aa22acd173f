"""Scores of a whole run: as the shared tool gives them, and as one can work them out by hand."""

import importlib.util
import math
import sys

import numpy as np
import pytest

from skykeep.sim import fates as fate
from skykeep.sim.fates import NOBODY, Fates
from skykeep.sim.oracle import converted, oracle
from skykeep.sim.scenario import make
from skykeep.sim.score import identity, score
from skykeep.sim.shots import Shot, matched
from skykeep.sim.siap import siap
from skykeep.sim.told import Tellings


def shot(t_s, truth, told, *, birds=(), named=None):
    """One moment: `truth` and `told` are {number: place on the x axis}, at rest."""
    return Shot(
        t_s=float(t_s),
        truth=np.array(list(truth), np.int64),
        truth_m=np.array([[x, 0.0, 50.0] for x in truth.values()]).reshape(-1, 3),
        truth_mps=np.zeros((len(truth), 3)),
        ignored_m=np.array([[x, 0.0, 50.0] for x in birds]).reshape(-1, 3),
        track=np.array(list(told), np.int64),
        told_m=np.array([[x, 0.0, 50.0] for x in told.values()]).reshape(-1, 3),
        told_mps=np.full((len(told), 3), 3.0),
        named=tuple((named or {}).get(track) for track in told),
    )


def run(*shots):
    return list(matched(shots))


# ---- GOSPA over a run --------------------------------------------------------------------------------


def test_means_are_over_the_scored_moments():
    found = score(
        run(
            shot(0, {1: 0.0}, {}),
            shot(10, {1: 0.0, 2: 100.0}, {7: 3.0, 8: 104.0}),
            shot(20, {1: 0.0, 2: 100.0}, {7: 0.0, 9: 500.0}),
        )
    )
    assert found.moments == 2
    assert math.isclose(found.gospa_m, (5.0 + 30.0) / 2)
    assert (found.localisation_m2, found.missed_m2, found.false_m2) == (12.5, 225.0, 225.0)
    assert (found.n_truth, found.n_told, found.n_missed, found.n_false) == (2.0, 2.0, 0.5, 0.5)
    assert math.isclose(found.rmse_m, math.sqrt(25 / 3))
    assert math.isclose(found.velocity_rmse_mps, math.sqrt(18.0))
    assert math.isclose(found.gospa_rms_per_target_m, math.sqrt((25 + 900) / 4))


def test_a_switch_is_another_id_than_the_last_even_after_a_gap():
    shots = [
        shot(0, {1: 0.0}, {5: 0.0}),
        shot(10, {1: 0.0}, {6: 0.0}),  # the first switch
        shot(20, {1: 0.0}, {}),
        shot(30, {1: 0.0}, {6: 0.0}),
        shot(40, {1: 0.0}, {7: 0.0}),  # the second
    ]
    found = score(run(*shots))
    assert found.switches == 2
    assert math.isclose(found.switches_per_target_min, 2 / (4 * 10 / 60))
    assert score(run(*shots), burn_in_s=15.0).switches == 1


def test_a_track_on_a_bird_is_not_false_but_a_second_one_is():
    found = score(run(shot(10, {1: 0.0}, {5: 0.0, 6: 200.0, 7: 201.0}, birds=[200.0])))
    assert (found.n_told, found.n_false, found.false_m2) == (2.0, 1.0, 450.0)


def test_a_run_shorter_than_its_burn_in_is_refused():
    with pytest.raises(ValueError, match="ends before 10 s"):
        score(run(shot(0, {1: 0.0}, {})))


def test_without_drones_there_is_nothing_to_divide_by():
    found = score(run(shot(10, {}, {5: 0.0}), shot(11, {}, {})))
    assert (found.n_false, found.rmse_m, found.switches_per_target_min) == (0.5, None, None)
    assert siap(run(shot(10, {}, {}))).completeness is None


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("level", ["L1", "L3"])
def test_the_score_is_the_shared_tools(shared, level, dims):
    """The truth with noise, gaps, ids that change, false tracks and tracks on birds, scored by both."""
    tools = {}
    for name in ("scenario", "gospa"):
        spec = importlib.util.spec_from_file_location(f"shared_{name}", shared / "tools" / f"{name}.py")
        tools[name] = sys.modules[f"shared_{name}"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(tools[name])
    city = make(n=40, level=level, seed=3, duration_s=30.0)
    chance = np.random.default_rng(9)
    shots, outputs = [], {}
    for t_s in range(31):
        truth, truth_m, truth_mps = city.truth_at(float(t_s))
        kept = chance.random(len(truth)) < 0.9
        ids = np.r_[truth[kept] + 1000 * chance.integers(0, 2, kept.sum()), 9000 + np.arange(5)]
        birds = city.ignored_at(float(t_s))
        told_m = np.r_[truth_m[kept] + chance.normal(0, 9, (kept.sum(), 3)), chance.uniform(0, 9000, (5, 3))]
        on_birds = birds[:2] + 3.0
        told_m[len(told_m) - len(on_birds) :] = on_birds
        outputs[float(t_s)] = (ids, told_m)
        shots.append(Shot(float(t_s), truth, truth_m, truth_mps, birds, ids, told_m, np.zeros_like(told_m)))
    ours = score(list(matched(shots, dims=dims)))
    theirs = tools["gospa"].score(tools["scenario"].make(40, level, 3, 30.0), outputs, dims=dims)
    pairs = {
        "gospa": ours.gospa_m, "gospa_rms_per_target": ours.gospa_rms_per_target_m, "loc": ours.localisation_m2,
        "missed": ours.missed_m2, "false": ours.false_m2, "n_missed": ours.n_missed, "n_false": ours.n_false,
        "rmse": ours.rmse_m, "switches": ours.switches, "switches_per_target_min": ours.switches_per_target_min,
        "n_truth": ours.n_truth, "scored_times": ours.moments,
    }  # fmt: skip
    assert {name: round(value, 6) for name, value in pairs.items()} == {
        name: round(float(theirs[name]), 6) for name in pairs
    }
    assert ours.switches > 50
    assert 0 < ours.n_false < 10


# ---- SIAP --------------------------------------------------------------------------------------------


@pytest.mark.requirement("WATCH-29")
def test_siap_by_hand():
    found = siap(
        run(
            shot(10, {1: 0.0, 2: 100.0}, {5: 0.0, 6: 100.0}),
            shot(11, {1: 0.0, 2: 100.0}, {5: 0.0, 6: 100.0, 7: 110.0}),  # 7 is a second track of drone 2
            shot(12, {1: 0.0, 2: 100.0}, {8: 0.0, 9: 900.0}),  # drone 1 changes to 8; 2 is lost; 9 is near nothing
            shot(13, {1: 0.0, 2: 100.0}, {8: 0.0, 6: 100.0}),
        )
    )
    assert math.isclose(found.completeness, 7 / 8)
    assert math.isclose(found.ambiguity, 8 / 7)
    assert math.isclose(found.spuriousness, 1 / 9)
    assert math.isclose(found.continuity, (2 + 2) / 8)
    assert math.isclose(found.track_number_changes_per_min, 1 / (7 / 60))


def test_a_perfect_picture_is_complete_and_plain():
    found = siap(run(*(shot(t, {1: t * 1.0, 2: 100.0}, {5: t * 1.0, 6: 100.0}) for t in range(10, 20))))
    assert (found.completeness, found.ambiguity, found.spuriousness, found.continuity) == (1.0, 1.0, 0.0, 1.0)
    assert found.track_number_changes_per_min == 0.0


def test_a_spare_track_belongs_to_its_nearest_drone_and_counts_once():
    each = run(shot(10, {1: 0.0, 2: 20.0}, {5: 0.0, 6: 20.0, 7: 9.0}))[0]
    assert each.spare_truth.tolist() == [0]
    assert each.shot.track[each.spare_told].tolist() == [7]


# ---- identity, purity, fates -------------------------------------------------------------------------


def test_identity_is_right_wrong_abstained_or_rightly_none():
    truth = {1: 0.0, 2: 100.0, 3: 200.0, 4: 300.0, 5: 400.0}
    told = {11: 0.0, 12: 100.0, 13: 200.0, 14: 300.0, 15: 400.0}
    named = {11: "a", 12: "x", 14: "d"}
    found = identity(run(shot(9, truth, told), shot(10, truth, told, named=named)), {1: "a", 2: "b", 3: "c"})
    assert (found.right, found.wrong, found.abstained, found.rightly_none) == (1, 2, 1, 1)
    assert math.isclose(found.accuracy, 1 / 3)
    assert math.isclose(found.abstention, 1 / 2)


def test_purity_counts_what_most_of_a_tracks_evidence_comes_from():
    found = fate.purity(np.array([1, 1, 1, 2, 2, 3]), np.array([5, 5, 6, 7, NOBODY, NOBODY]))
    assert (found.purity, found.reports) == (3 / 6, 6)
    assert fate.purity(np.zeros(0, np.int64), np.zeros(0, np.int64)).purity is None


def test_delays_are_nearest_ranks_and_never_is_longest():
    first = np.zeros(10)
    found = fate.delay(first, np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, np.nan]))
    assert (found.p50_s, found.p90_s, found.p99_s) == (0.5, 0.9, None)
    assert (found.drones, found.never) == (10, 1)
    assert fate.delay(np.zeros(0), np.zeros(0)).p50_s is None


def tellings(rows):
    track, now_s, established, place = (np.array(column) for column in zip(*rows, strict=True))
    told_m = np.array([[x, 0.0, 50.0] for x in place])
    return Tellings(track, now_s * 1.0, now_s * 1.0, established, told_m, np.zeros((len(rows), 3), np.int64))


def test_fates_are_the_first_of_each():
    told = tellings([(9, 1, 0, 0.0), (9, 2, 0, 1.0), (9, 3, 1, 2.0), (9, 4, 1, 3.0), (8, 5, 1, 700.0)])
    found = fate.fates(np.array([1, 2]), np.array([0.5, 0.6]), told, np.array([1, 1, 1, 1, NOBODY]))
    assert found.told_s.tolist()[0] == 1.0
    assert found.established_s.tolist()[0] == 3.0
    assert found.established_m[0, 0] == 2.0
    assert np.isnan([found.told_s[1], found.established_s[1]]).all()


def test_who_was_seen_late_is_not_judged():
    some = Fates(np.array([1, 2]), np.array([5.0, 55.0]), np.zeros(2), np.zeros(2), np.zeros((2, 3)))
    assert fate.judged(some, 60.0).drone.tolist() == [1]


def test_detection_within_a_time_with_its_bounds():
    nan = np.nan
    some = Fates(np.arange(29), np.zeros(29), np.zeros(29), np.full(29, 1.0), np.zeros((29, 3)))
    found = fate.detection(some)
    assert (found.detected, found.drones, found.probability) == (29, 29, 1.0)
    assert 0.90 < found.lower_95 < 0.902
    late = Fates(np.arange(4), np.zeros(4), np.zeros(4), np.array([1.0, 10.0, 10.1, nan]), np.zeros((4, 3)))
    assert fate.detection(late).detected == 2


def test_a_false_track_was_never_near_anything():
    shots = [
        shot(9, {1: 0.0}, {4: 700.0}),  # before burn-in
        shot(10, {1: 0.0}, {5: 0.0, 6: 500.0, 7: 200.0, 8: 300.0}, birds=[200.0]),
        shot(46, {1: 0.0}, {5: 40.0, 6: 500.0, 8: 10.0}),
    ]
    found = fate.false_tracks(run(*shots), 10.0)
    assert (found.tracks, found.hours) == (1, 0.01)
    assert math.isclose(found.per_hour, 100.0)
    assert found.interval_95[0] < 100.0 < found.upper_95 < found.interval_95[1]


def test_ranges_are_level_and_from_the_nearest_sensor():
    at = np.array([[100.0, 0.0, 900.0], [5100.0, 0.0, 0.0], [np.nan] * 3])
    some = Fates(np.arange(3), np.zeros(3), np.zeros(3), np.zeros(3), at)
    found = fate.ranges(some, np.array([[0.0, 0.0, 0.0], [5000.0, 0.0, 0.0]]))
    assert (found.p50_m, found.farthest_m) == (100.0, 100.0)
    assert fate.ranges(some, np.zeros((0, 3))).p50_m is None


def test_the_nearest_drone_within_the_cutoff():
    truth, number = np.array([[0.0, 0.0, 50.0], [20.0, 0.0, 50.0]]), np.array([4, 5])
    assert fate.nearest(np.array([12.0, 0.0, 50.0]), truth, number, 30.0) == 5
    assert fate.nearest(np.array([12.0, 0.0, np.nan]), truth, number, 30.0) == 5
    assert fate.nearest(np.array([0.0, 31.0, 50.0]), truth, number, 30.0) == NOBODY
    assert fate.nearest(np.zeros(3), np.zeros((0, 3)), np.zeros(0, np.int64), 30.0) == NOBODY


# ---- the oracle --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "most_m"), [("L0", 13.0), ("L1", 14.0), ("L2", 9.0), ("L3", 12.0)])
def test_the_oracle_misses_nobody_who_was_seen_and_is_nearer_than_one_report(level, most_m):
    city = make(n=40, level=level, seed=2, duration_s=30.0)
    found = score(list(matched(oracle(city))))
    assert found.rmse_m < most_m
    assert found.n_missed < 0.05 * 40
    assert found.switches == 0


@pytest.mark.requirement("WATCH-29")
def test_the_oracle_uses_nothing_before_it_arrives():
    city = make(n=20, level="L3", seed=2, duration_s=12.0)
    whole = list(oracle(city))
    city.det["z"][city.det["t_arr_s"] > 6.0] += 500.0
    for before, after in zip(whole, oracle(city), strict=True):
        same = np.array_equal(before.told_m, after.told_m)
        assert same == (before.t_s <= 6.0), before.t_s


def test_the_oracle_is_its_own_filter_run_one_drone_at_a_time():
    """Against a plain Kalman filter of one drone, written out in scalars' own terms."""
    city = make(n=5, level="L0", seed=4, duration_s=8.0, clutter=0.0)
    last = list(oracle(city))[-1]
    number = int(last.track[0])
    rows = city.det[city.det["truth"] == number]
    x = p = None
    before_s = 0.0
    for row in rows:
        if x is None:
            x, p = np.r_[row["z"], 0, 0, 0], np.diag([100.0] * 3 + [144.0, 144.0, 9.0])
        else:
            dt = row["t_s"] - before_s
            f = np.eye(6) + dt * np.eye(6, k=3)
            unit = np.diag([3.0, 3.0, 0.1])
            q = np.block([[unit * dt**3 / 3, unit * dt**2 / 2], [unit * dt**2 / 2, unit * dt]])
            x, p = f @ x, f @ p @ f.T + q
            gain = p[:, :3] @ np.linalg.inv(p[:3, :3] + 100.0 * np.eye(3))
            x, p = x + gain @ (row["z"] - x[:3]), p - gain @ p[:3]
        before_s = row["t_s"]
    assert np.allclose(last.told_m[0], x[:3] + x[3:] * (8.0 - before_s))


def test_a_polar_plot_has_the_covariance_that_many_such_plots_have():
    sensor = make(n=1, level="L2", seed=1, duration_s=1.0).sensors[1]
    chance = np.random.default_rng(1)
    z = np.array([6000.0, 0.7, 0.01]) + chance.normal(0, 1, (20_000, 3)) * sensor.sigma
    place, r = converted(sensor, np.array([[6000.0, 0.7, 0.01]]))
    places, _ = converted(sensor, z)
    assert np.allclose(places.mean(axis=0), place[0], atol=1.0)
    assert np.allclose(np.cov(places.T), r[0], atol=0.04 * r[0].max())
