"""The invented night: the same bytes each time, read by our own codecs, two drones that come to the house."""

import json

from skykeep.facts.enacted import SensorDeclared, SiteProtected
from skykeep.facts.observed import ScanReported
from skykeep.sim import night
from skykeep.station import sensorfile, zonefiles
from skykeep.station.decode import decoded


def test_the_same_seed_gives_the_same_night_and_another_one_another():
    assert night.plots() == night.plots(1)
    assert night.plots(2) != night.plots(1)


def test_what_was_seen_is_read_by_our_own_codec(tmp_path):
    (tmp_path / "plots.jsonl").write_bytes(night.plots())
    facts = list(decoded("plots", str(tmp_path / "plots.jsonl"), lambda fault: fault))
    assert {type(fact) for fact in facts} == {ScanReported}
    assert {fact.sensor_id for fact in facts} == {night.RADAR, night.CAMERA}
    assert len([fact for fact in facts if fact.sensor_id == night.RADAR]) == night.SECONDS


def test_everything_is_marked_as_invented():
    assert all(json.loads(line)["simulated"] is True for line in night.plots().splitlines())
    assert night.sensors().startswith(b"# SIMULATED")
    assert b"SIMULATED" in night.zones()


def test_sensors_site_and_zone_are_read_without_a_fault(tmp_path):
    (tmp_path / "sensors.toml").write_bytes(night.sensors())
    (tmp_path / "zones.json").write_bytes(night.zones())
    facts = sensorfile.load(tmp_path / "sensors.toml")
    assert [fact.sensor_id for fact in facts if isinstance(fact, SensorDeclared)] == [night.RADAR, night.CAMERA]
    assert [fact.site_id for fact in facts if isinstance(fact, SiteProtected)] == [night.SITE]
    read = zonefiles.read_file(tmp_path / "zones.json")
    assert [zone.zone_id for zone in read.zones] == [night.ZONE]
    assert read.left_out == []


def test_both_drones_come_to_the_house_and_are_gone_before_the_end():
    for drone in night.DRONES:
        east_m, north_m, _ = drone.at(drone.until_s)
        assert east_m * east_m + north_m * north_m < 150.0**2
        assert drone.at(drone.from_s - 1.0) is None
        assert drone.at(night.SECONDS) is None
