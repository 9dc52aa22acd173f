"""`skykeep doctor` by feed and sensor: heard or not, how late, how much unreadable, and what to do."""

import datetime as dt
import json
import pathlib
import re

import pytest

from skykeep.station.keeping import hearing
from skykeep.station.keeping.checkup import Level
from skykeep.station.link import HealthStatus, SensorStatus, Status
from tests.cli.calling import call, rows
from tests.station.living import CONFIG, OUTSIDE, home, living
from tests.station.served import free_port
from tests.waiting import until

pytestmark = pytest.mark.requirement("STATION-DOCTOR-9")
MANY = (
    CONFIG
    + """
[health]
silent_s = 600
[[feed]]
name = "mast"
kind = "udp"
format = "tracks"
address = "127.0.0.1:{udp}"
anonymous = true
sensors = ["mast-1"]
[[feed]]
name = "broker"
kind = "mqtt"
format = "dronescout"
address = "mqtt://127.0.0.1:{nobody}"
topics = ["drones/#"]
"""
)


def told(at):
    """What doctor says of feeds, sensors and health, by what it is about."""
    result = call("doctor", at.path, "--json")
    kinds = ("sensor", "feed ", "health")
    return {each["what"]: each for each in rows(result) if each["what"].startswith(kinds)}


def push(one, sensor, *, ago_s=0, line=None):
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ago_s)
    said = {"time": moment.isoformat(), "sensor": sensor, "track": "1", "modality": "radar", "lat": OUTSIDE[0],
            "lon": OUTSIDE[1], "alt_amsl_m": 700, "accuracy_m": 10}  # fmt: skip
    data = json.dumps(said).encode() if line is None else line
    one.ask("sensor.push", f"anonymous:{sensor}", ["sensor"], subject=f"sensor:{sensor}", data=data, format="tracks")


def lateness_s(found):
    return float(re.search(r"(-?[0-9.]+) s late", found["said"])[1])


def test_doctor_says_of_each_feed_and_sensor_of_a_running_station_how_it_is_heard():
    with home(MANY.format(udp=free_port(), nobody=free_port())) as at:
        with living(at) as one:
            push(one, "good")
            push(one, "late", ago_s=60)
            push(one, "ahead", ago_s=-30)
            push(one, "garbled")
            for number in range(4):
                push(one, "garbled", line=b'{"sensor": "garbled", "time": "never %d"}' % number)
            until(lambda: one.statuses and sum(each.frames for each in one.statuses[-1].sensors) == 8, "all frames")
            until(lambda: [ill for ill in one.statuses[-1].ill if ill.subject == "broker"], "the broker to be missed")
            found = told(at)
        assert found["sensor good"]["level"] == "ok"
        assert "1 frames of tracks, 0 unreadable" in found["sensor good"]["said"]
        assert "through push" in found["sensor good"]["said"]
        assert lateness_s(found["sensor late"]) >= 60
        assert "recorded and not used" in found["sensor late"]["remedy"]
        assert "ahead of the station's" in found["sensor ahead"]["remedy"]
        assert "5 frames of tracks, 4 unreadable" in found["sensor garbled"]["said"]
        assert "skykeep decode tracks" in found["sensor garbled"]["remedy"]
        assert found["feed push"]["level"] == "ok"
        assert "127.0.0.1" in found["feed mast"]["remedy"]
        assert "nothing was heard" in found["feed mast"]["said"]
        assert found["sensor mast-1"]["said"].startswith("never heard")
        assert "broker" in found["feed broker"]["said"]
        assert all(each["remedy"] for each in found.values() if each["level"] != "ok")
        beside = told(at)  # it does not run any more
        assert "does not run" in beside["sensors"]["said"]
        assert "in the record's last hour" in beside["sensor good"]["said"]
        assert beside["sensor good"]["level"] == "ok"
        assert "4 unreadable" in beside["sensor garbled"]["said"]
        assert lateness_s(beside["sensor late"]) >= 60


def test_before_anything_was_recorded_there_is_nothing_to_say_of_sensors():
    with home() as at:
        assert "nothing was ever recorded" in told(at)["sensors"]["said"]


NOW_NS = 10**18
WELL = {"sensor_id": "a", "feed": "f", "format": "tracks", "keyed": True, "connected": True, "frames": 100,
        "facts": 100, "unreadable": 0, "dropped": 0, "last_ns": NOW_NS, "rate_hz": 1.0, "latency_ns": 0}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({}, ""),
        ({"unreadable": 5}, ""),
        ({"latency_ns": 2 * 10**9}, ""),
        ({"last_ns": NOW_NS - 31 * 10**9}, "power and network"),
        ({"last_ns": None}, "power and network"),
        ({"unreadable": 6}, "skykeep decode"),
        ({"latency_ns": 2 * 10**9 + 1}, "on the way"),
        ({"latency_ns": -(10**9) - 1}, "ahead"),
        ({"dropped": 1}, "rmem_max"),
        ({"last_ns": NOW_NS - 31 * 10**9, "ended": True}, ""),
        ({"last_ns": None, "ended": True}, "power and network"),
        ({"dropped": 1, "last_ns": None}, "power and network"),
    ],
)
def test_the_worst_that_is_wrong_with_a_sensor_decides(wrong, remedy):
    from skykeep.station.config import Config

    found = hearing._sensor(SensorStatus(**{**WELL, **wrong}), NOW_NS, Config())
    assert found.level is (Level.WARN if remedy else Level.OK)
    assert remedy in found.remedy


def test_whatever_else_is_not_well_is_told_too(monkeypatch):
    from skykeep.station.config import Config, Home
    from skykeep.station.keeping.checkup import Looked

    ill = [
        HealthStatus("codec", "acme", "the codec acme failed", NOW_NS, 3, "failures"),
        HealthStatus("sensor_silent", "roof", "roof is silent", NOW_NS, 60, "s"),
        HealthStatus("feed", "office", "an office cannot be read", NOW_NS, None, ""),
    ]
    status = Status(NOW_NS, True, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, [SensorStatus(**WELL)], ill)
    monkeypatch.setattr(hearing, "told_by", lambda _home: status)
    said = {each.what: each for each in hearing.hearing(Looked(Home(pathlib.Path()), Config(), 0.0))}
    assert said["health codec"].said == "the codec acme failed"
    assert said["sensor roof"].said.startswith("never heard")
    assert said["feed office"].level is Level.WARN
    assert said["sensor a"].level is Level.OK
