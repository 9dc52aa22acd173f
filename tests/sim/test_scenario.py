"""The reference scenario: the same as the shared tool makes for the same arguments, and what its levels promise."""

import importlib.util
import sys

import numpy as np
import pytest

from skykeep.sim import scenario_sensors
from skykeep.sim.scenario import make
from skykeep.sim.scenario_sensors import enu_to_polar, polar_to_enu

# (level, n, seed, seconds, other arguments) and the digest that the shared tool gives for them.
DIGESTS = [
    (("L0", 20, 1, 30.0, {}), "f08051d7246dc6a4"),
    (("L0", 100, 1, 60.0, {}), "495125a6002da7e3"),
    (("L1", 50, 2, 30.0, {}), "0c0bb2b2e04b540e"),
    (("L2", 100, 1, 60.0, {}), "8bffa1e91e593716"),
    (("L2", 10, 3, 12.34, {}), "b4b859d6d862d5ca"),
    (("L3", 100, 1, 60.0, {}), "cd4bf2e4e0e0dd57"),
    (("L3", 37, 5, 20.0, {"clutter": 10.0}), "1f918a1a592a2e3f"),
    (("L3", 60, 7, 40.0, {"mean_life_s": None, "rid_share": 0.3}), "bf7269ea32c9489d"),
]


def made(level, n, seed, seconds, more):
    return make(n=n, level=level, seed=seed, duration_s=seconds, **more)


@pytest.mark.parametrize(("arguments", "digest"), DIGESTS, ids=lambda value: str(value)[:24])
def test_the_scenario_is_the_one_of_its_arguments(arguments, digest):
    assert made(*arguments).digest() == digest


@pytest.mark.parametrize("arguments", [arguments for arguments, _ in DIGESTS], ids=lambda value: str(value)[:24])
def test_truth_and_detections_are_those_of_the_shared_tool(shared, arguments):
    ours, theirs = made(*arguments), _shared_made(shared, *arguments)
    assert ours.digest() == theirs.digest()
    pairs = [
        (ours.truth.pos_enu_m, theirs.pos), (ours.truth.vel_enu_mps, theirs.vel), (ours.truth.alive, theirs.alive),
        (ours.truth.kind, theirs.kind), (ours.rid, theirs.rid), (ours.spoof_offset_m, theirs.spoof_offset),
        *[(ours.det[a], theirs.det[b]) for a, b in zip(ours.det.dtype.names, theirs.det.dtype.names, strict=True)],
    ]  # fmt: skip
    assert [k for k, (a, b) in enumerate(pairs) if not np.array_equal(a, b, equal_nan=True)] == []
    for t_s in (0.0, 7.0):
        assert np.array_equal(ours.truth_at(t_s)[1], theirs.truth_at(t_s)[1])
        assert np.array_equal(ours.ignored_at(t_s), theirs.ignore_at(t_s))
    assert [(scan.t_arr_s, scan.t_s, len(scan.rows)) for scan in ours.scans()] == [
        (t_arr, t, len(rows)) for t_arr, t, _, rows in theirs.scans()
    ]


def _shared_made(shared, level, n, seed, seconds, more):
    spec = importlib.util.spec_from_file_location("shared_scenario", shared / "tools" / "scenario.py")
    tool = importlib.util.module_from_spec(spec)
    sys.modules["shared_scenario"] = tool
    spec.loader.exec_module(tool)
    names = {"mean_life_s": "mean_life"}
    return tool.make(n, level, seed, seconds, **{names.get(name, name): value for name, value in more.items()})


def test_another_level_leaves_the_truth_as_it_is():
    first, second = (make(n=20, level=level, seed=4, duration_s=10.0) for level in ("L0", "L2"))
    assert np.array_equal(first.truth.pos_enu_m, second.truth.pos_enu_m)
    assert first.digest() != second.digest()


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="no level 'L9'"):
        make(n=1, level="L9")


def test_there_are_always_as_many_in_the_air():
    city = make(n=30, level="L0", seed=2, duration_s=60.0, mean_life_s=25.0)
    assert {len(city.truth_at(float(t_s))[0]) for t_s in range(60)} == {30}
    assert len(city.ignored_at(5.0)) == 0
    assert len(city.truth.kind) > 30


def test_detections_are_as_many_and_as_near_as_the_sensors_say():
    city = make(n=100, level="L1", seed=3, duration_s=60.0)
    own = city.det[city.det["truth"] >= 0]
    assert abs(len(own) / (61 * 100) - 0.9) < 0.02
    assert abs((city.det["truth"] == scenario_sensors.CLUTTER).sum() / 61 - 50) < 3
    sensor = city.sensors[0]
    k = np.round(own["t_s"] * 10).astype(int)
    error = own["z"] - enu_to_polar(city.truth.pos_enu_m[k, own["truth"]], sensor.pos_enu_m)
    assert np.allclose(error.std(axis=0) / sensor.sigma, 1.0, atol=0.05)


def test_places_go_to_polar_and_back():
    place_m = np.array([[100.0, 200.0, 50.0], [9000.0, 1.0, 0.0], [4999.0, 5000.0, 140.0]])
    assert np.allclose(polar_to_enu(enu_to_polar(place_m, (5000.0, 5000.0, 20.0)), (5000.0, 5000.0, 20.0)), place_m)


def test_a_city_without_drones_has_false_reports_alone():
    city = make(n=0, level="L0", seed=1, duration_s=5.0)
    assert set(city.det["truth"]) == {scenario_sensors.CLUTTER}
    assert len(list(city.scans())) == 6
