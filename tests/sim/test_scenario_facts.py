"""The reference scenario as facts: what was detected and no more, in the order and the ticks of a station."""

import dataclasses

import numpy as np
import pytest

from skykeep.facts import codec
from skykeep.facts.enacted import SensorDeclared
from skykeep.facts.observed import BasicIdHeard, LocationHeard, ScanReported
from skykeep.geo.frames import ecef_to_enu, enu_to_ecef, geodetic_to_ecef
from skykeep.sim import scenario_facts, scenario_place
from skykeep.sim.scenario import make
from skykeep.sim.scenario_facts import EPOCH_NS, TICK_NS, heard, ns_to_seconds, seconds_to_ns

LEVELS = ["L0", "L1", "L2", "L3"]


@pytest.fixture(scope="module", params=LEVELS)
def city(request):
    return make(n=30, level=request.param, seed=1, duration_s=8.0)


def said(city):
    return [(tick, fact, plots) for tick in heard(city) for fact, plots in zip(tick.facts, tick.plots, strict=True)]


def column(fact, name):
    return np.frombuffer(getattr(fact, name), "<i4").astype(float)


def test_every_detection_is_one_plot(city):
    rows = np.concatenate([plots for _, _, plots in said(city)])
    assert sorted(rows) == list(range(len(city.det)))
    for _, fact, plots in said(city):
        count = fact.plots if isinstance(fact, ScanReported) else int(isinstance(fact, LocationHeard))
        assert len(plots) == count


def test_the_facts_do_not_hold_what_is_true(city):
    blind = city.det.copy()
    blind["truth"] = 7
    blinded = dataclasses.replace(city, det=blind)
    assert [codec.encode(fact) for _, fact, _ in said(blinded)] == [codec.encode(fact) for _, fact, _ in said(city)]


def test_facts_are_read_as_they_were_written(city):
    for _, fact, _ in said(city):
        assert codec.decode(codec.encode(fact)) == fact


def test_ticks_close_as_a_stations_do_and_sensors_are_declared_first(city):
    ticks = list(heard(city))
    assert [tick.now_ns for tick in ticks] == sorted({tick.now_ns for tick in ticks})
    assert ticks[0].now_ns == EPOCH_NS
    assert [fact.sensor_id for fact in ticks[0].facts] == [sensor.name for sensor in city.sensors]
    assert all(isinstance(fact, SensorDeclared) for fact in ticks[0].facts)
    for tick in ticks[1:]:
        for fact in tick.facts:
            assert tick.now_ns - TICK_NS <= fact.t_arrival_ns < tick.now_ns
            assert fact.t_event_ns <= fact.t_arrival_ns


def test_places_come_back(city):
    for _, fact, plots in said(city):
        if isinstance(fact, LocationHeard):
            place = [[fact.lat_e7 / 1e7, fact.lon_e7 / 1e7, fact.altitude.value_mm / 1e3]]
            assert np.allclose(scenario_place.geodetic_to_city(np.array(place)), city.det["z"][plots], atol=0.02)
            speed = np.hypot(*city.det["vel_enu_mps"][plots[0], :2])
            assert abs(fact.speed_mmps / 1e3 - speed) < 0.001
        elif isinstance(fact, ScanReported) and fact.lat_e7:
            place = np.c_[column(fact, "lat_e7") / 1e7, column(fact, "lon_e7") / 1e7, column(fact, "alt_mm") / 1e3]
            assert np.allclose(scenario_place.geodetic_to_city(place), city.det["z"][plots], atol=0.02)


def test_directions_are_those_that_the_sensor_itself_would_measure():
    """A plot without noise, read from the sensor's own declared place and level, leads to where the drone is."""
    city = make(n=30, level="L2", seed=1, duration_s=2.0)
    declared = {fact.sensor_id: fact for fact in next(iter(heard(city))).facts}
    for _, fact, plots in said(city):
        if not isinstance(fact, ScanReported) or fact.sensor_id not in declared or not len(plots):
            continue
        sensor, own = declared[fact.sensor_id], next(s for s in city.sensors if s.name == fact.sensor_id)
        z = city.det["z"][plots]
        level = z[:, 0] * np.cos(z[:, 2])
        there = np.c_[level * np.sin(z[:, 1]), level * np.cos(z[:, 1]), z[:, 0] * np.sin(z[:, 2])] + own.pos_enu_m
        frame = scenario_place.enu_frame(sensor.lat_e7 / 1e7, sensor.lon_e7 / 1e7, sensor.alt_mm / 1e3)
        ranges, azimuths = column(fact, "range_mm") / 1e3, column(fact, "azimuth_urad") / 1e6
        elevations = column(fact, "elevation_urad") / 1e6
        for place, range_m, azimuth, elevation in zip(there, ranges, azimuths, elevations, strict=True):
            level_m = range_m * np.cos(elevation)
            ecef = enu_to_ecef(frame, level_m * np.sin(azimuth), level_m * np.cos(azimuth), range_m * np.sin(elevation))
            assert np.allclose(ecef_to_enu(scenario_place.FRAME, *ecef), place - [5000, 5000, 0], atol=0.05)


def test_the_middle_of_the_city_is_where_it_is_said_to_be():
    middle = np.array([[5000.0, 5000.0, 0.0]])
    lat, lon, alt = scenario_place.city_to_geodetic(middle)[0]
    assert (round(lat, 9), round(lon, 9), round(alt, 6)) == (50.45, 30.52, 120.0)
    assert np.allclose(scenario_place.city_to_ecef(middle)[0], geodetic_to_ecef(50.45, 30.52, 120.0))


def test_names_come_with_every_third_position_and_are_true_to_the_transmitter():
    city = make(n=20, level="L2", seed=2, duration_s=10.0)
    facts = [fact for _, fact, _ in said(city)]
    names = [fact for fact in facts if isinstance(fact, BasicIdHeard)]
    places = [fact for fact in facts if isinstance(fact, LocationHeard)]
    assert names
    assert {name.transmitter.partition(":")[2] == name.uas_id.partition(":")[2] for name in names} == {True}
    heard_of = {name.transmitter for name in names}
    assert heard_of == {place.transmitter for place in places}
    for transmitter in sorted(heard_of):
        count = sum(place.transmitter == transmitter for place in places)
        assert sum(name.transmitter == transmitter for name in names) == -(-count // 3)


def test_a_look_without_plots_is_reported():
    city = make(n=1, level="L0", seed=1, duration_s=30.0, clutter=0.0)
    scans = [fact for _, fact, _ in said(city) if isinstance(fact, ScanReported)]
    assert len(scans) == 31
    assert 0 < sum(scan.plots == 0 for scan in scans) < 10


def test_false_reports_are_declared_as_dense_as_they_are():
    for level in LEVELS:
        for sensor in make(n=1, level=level, seed=1, duration_s=1.0).sensors:
            declared = scenario_facts.declaration(sensor)
            if sensor.kind not in {"cart", "radar"}:
                assert declared.clutter_milli == round(sensor.clutter * 1e3)
                continue
            cover = declared.coverage
            turn = (cover.azimuth_to_urad - cover.azimuth_from_urad) / 1e6 / (2 * np.pi)
            height_m = (cover.ceiling_mm - cover.floor_mm) / 1e3
            looked_at_m3 = turn * np.pi * (cover.range_max_mm / 1e3) ** 2 * height_m
            density = declared.clutter_milli / 1e3 / looked_at_m3
            assert np.isclose(density, sensor.clutter / (1e8 * 150.0), rtol=1e-4)


def test_times_go_to_nanoseconds_and_back():
    assert seconds_to_ns(0.37) == EPOCH_NS + 370_000_000
    assert ns_to_seconds(seconds_to_ns(12.345)) == 12.345
