"""Which aircraft each plot of a record was near: scans, polar and of places, and positions, against a city that knows."""

import json

import numpy as np
import pytest

from skykeep.sim.fates import NOBODY
from skykeep.sim.scenario import make
from skykeep.sim.scenario_facts import EPOCH_NS, heard
from skykeep.sim.scenario_place import city_to_geodetic
from skykeep.station.scorerecord import _Folder, _offset_m
from skykeep.station.scoretruth import read_truth
from skykeep.views.picture import SeenTick


def truth_of(city, file):
    """The truth of a city as a file: every drone, twice a second."""
    lines = []
    for k in range(0, len(city.truth.t_s), 5):
        number, _, _ = city.truth_at(float(city.truth.t_s[k]))
        places = city_to_geodetic(city.truth.pos_enu_m[k, number])
        lines += [
            {"time": EPOCH_NS / 1e9 + k / 10, "id": str(one), "lat": lat, "lon": lon, "alt_hae_m": alt}
            for one, (lat, lon, alt) in zip(number.tolist(), places.tolist(), strict=True)
        ]
    file.write_text("\n".join(json.dumps(line) for line in lines))
    return read_truth(file)


@pytest.fixture(params=["L0", "L2"])
def folded(request, tmp_path):
    city = make(n=12, level=request.param, seed=1, duration_s=10.0, clutter=5.0, mean_life_s=None)
    truth = truth_of(city, tmp_path / "truth.jsonl")
    folder = _Folder(truth, 150.0)
    ticks = list(heard(city))
    for number, tick in enumerate(ticks, 1):
        folder.take(SeenTick(number, tick.now_ns, (), tuple(tick.facts), ()))
    return city, truth, folder, ticks


def test_a_plot_is_of_the_aircraft_that_it_came_from(folded):
    city, truth, folder, ticks = folded
    right = wrong = false = 0
    for number, tick in enumerate(ticks, 1):
        for index, plots in enumerate(tick.plots):
            for item, row in enumerate(plots.tolist()):
                near = folder.of_plot[number, index, item]
                name = NOBODY if near == NOBODY else int(truth.paths[near].name)
                source = int(city.det["truth"][row])
                right += source >= 0 and name == source
                wrong += source >= 0 and name not in {source, NOBODY}
                false += source < 0 and name != NOBODY
    assert right > 0.97 * (city.det["truth"] >= 0).sum()
    assert wrong <= 0.01 * right
    assert false <= 0.05 * (city.det["truth"] < 0).sum()  # by chance one lies beside an aircraft


def test_each_aircraft_is_first_seen_when_it_was_first_measured(folded):
    city, truth, folder, _ = folded
    assert len(folder.first_s) == 12
    for number, first_s in folder.first_s.items():
        own = city.det[city.det["truth"] == int(truth.paths[number].name)]
        assert first_s == pytest.approx(own["t_s"].min(), abs=1.0)


def test_moments_are_whole_seconds_of_the_truth(folded):
    _, truth, folder, _ = folded
    folder.look_before(truth.last_ns + 1)
    assert [shot.t_s for shot in folder.shots] == [float(t_s) for t_s in range(11)]
    assert {len(shot.truth) for shot in folder.shots} == {12}
    assert all(len(shot.track) == 0 for shot in folder.shots)


def test_sensors_with_a_place_are_known_by_it(folded):
    city, truth, folder, _ = folded
    assert sorted(folder.sites_m) == sorted(sensor.name for sensor in city.sensors)
    first = city.truth.pos_enu_m[0, int(truth.paths[0].name)]
    for sensor in city.sensors:
        gap = np.array(sensor.pos_enu_m) - first
        assert np.linalg.norm(folder.sites_m[sensor.name]) == pytest.approx(np.linalg.norm(gap), abs=0.1)


def test_a_bearing_is_of_nobody_in_particular(tmp_path):
    city = make(n=4, level="L3", seed=1, duration_s=4.0, mean_life_s=None)
    folder = _Folder(truth_of(city, tmp_path / "truth.jsonl"), 100.0)
    bearings = 0
    for number, tick in enumerate(heard(city), 1):
        folder.take(SeenTick(number, tick.now_ns, (), tuple(tick.facts), ()))
        for index, fact in enumerate(tick.facts):
            if getattr(fact, "azimuth_urad", b"") and not fact.range_mm:
                bearings += fact.plots
                assert np.isnan(_offset_m(fact)).any(axis=1).all()
                assert (number, index, 0) not in folder.of_plot
    assert bearings > 10
