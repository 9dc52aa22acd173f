"""The station's numbers as Prometheus itself reads them."""

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from skykeep.facts.acted import Health
from skykeep.station.link import HealthStatus, SensorStatus, Status
from skykeep.station.metrics import Following, render

NOW_NS = 1_790_000_000_250_000_000
SENSOR = SensorStatus('roof "1"\n', "udp", "odid-hex", True, True, 90, 80, 7, 3, NOW_NS, 12.5, 250_000_000)
STATUS = Status(
    now_ns=NOW_NS, recorded=True, durable=41, ticks=40, step_p99_us=2_500, overruns=2, waiting_ticks=1, tracks=5,
    facts=80, disk_free_bytes=10**9, rss_bytes=10**8, clock_offset_ns=-2_000_000,
    sensors=[SENSOR, msgspec.structs.replace(SENSOR, sensor_id="quiet", last_ns=None, latency_ns=None)],
    ill=[HealthStatus(Health.DISK.value, "/record", "soon nothing can be recorded", NOW_NS, 5, "bytes")],
)  # fmt: skip
UP = Following(up=True, now_ns=NOW_NS, recorded=True, gaps=4)
BASE_UNITS = ("_seconds", "_bytes", "_hertz", "_info")
UNITLESS = {"recorded", "ticks_waiting", "tracks", "station_up", "unwell", "sensor_connected", "sensor_keyed"}


def read(status, following=UP):
    families = list(text_string_to_metric_families(render(status, following).decode()))
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value for family in families for sample in family.samples
    }, families


@pytest.mark.requirement("STATION-METRICS-1")
def test_numbers_are_in_base_units_and_say_what_the_station_said():
    found, _ = read(STATUS)
    assert found["skykeep_tick_step_p99_seconds",] == pytest.approx(0.0025)
    assert found["skykeep_clock_offset_seconds",] == pytest.approx(-0.002)
    assert found["skykeep_record_entries_total",] == 41
    assert found["skykeep_web_link_gaps_total",] == 4
    assert found["skykeep_last_step_timestamp_seconds",] == pytest.approx(1_790_000_000.25)
    assert found["skykeep_unwell", "/record", "disk"] == 1
    assert found["skykeep_sensor_frames_total", 'roof "1"\n', "udp"] == 90
    assert found["skykeep_sensor_latency_seconds", 'roof "1"\n', "udp"] == pytest.approx(0.25)


def test_what_is_not_known_is_not_there():
    found, _ = read(STATUS)
    assert ("skykeep_sensor_frames_total", "quiet", "udp") in found
    assert ("skykeep_sensor_latency_seconds", "quiet", "udp") not in found
    assert ("skykeep_sensor_last_heard_timestamp_seconds", "quiet", "udp") not in found


@pytest.mark.requirement("STATION-METRICS-2")
def test_a_station_that_is_not_heard_of_has_no_old_numbers():
    for status in (None, STATUS):
        found, _ = read(status, UP._replace(up=False))
        assert found["skykeep_station_up",] == 0
        assert {name for name, *_ in found} == {
            "skykeep_build_info", "skykeep_station_up", "skykeep_last_step_timestamp_seconds",
            "skykeep_web_link_gaps_total",
        }  # fmt: skip


def test_names_follow_the_conventions_of_prometheus():
    _, families = read(STATUS)
    for family in families:
        assert family.documentation.endswith("."), family.name
        assert family.name.startswith("skykeep_")
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample.name
        if family.type == "gauge":
            assert family.name.endswith(BASE_UNITS) or family.name.removeprefix("skykeep_") in UNITLESS, family.name


def test_every_number_of_the_station_is_told():
    """A number that is added to the link is added here too, or left out on purpose."""
    named = [name for name, value in msgspec.structs.asdict(STATUS).items() if type(value) is int and name != "now_ns"]
    other = msgspec.structs.replace(STATUS, **{name: getattr(STATUS, name) + 1_000_000 for name in named})
    before, after = read(STATUS)[0], read(other)[0]
    changed = [name for name in before if before[name] != after[name]]
    assert len(changed) == len(named)
