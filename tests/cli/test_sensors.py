"""`skykeep run --sensors`: declared before anything is heard, hashed among the inputs, refused in words."""

import json

import pytest

from skykeep.facts import codec
from skykeep.facts.enacted import Began, BodiesSampled, ObjectKnown, SensorDeclared, SiteProtected
from skykeep.facts.observed import LinkTrust, ScanReported
from skykeep.ledger.tick import LeafKind
from skykeep.station import almanac
from skykeep.station.run import bodies
from skykeep.station.store import Store
from tests.cli.calling import call
from tests.station.test_terrain import tiff

SENSORS = """
[[sensor]]
id = "radar-a"
modality = "radar"
lat = 46.9
lon = 8.1
alt_amsl_m = 900
range_sigma_m = 5
azimuth_sigma_deg = 0.15
elevation_sigma_deg = 0.3
scan = "whole"
period_s = 1
detection = 0.9
clutter_per_scan = 5
simulated = true
[sensor.coverage]
range_max_m = 4000

[[site]]
id = "s"
name = "Site"
lat = 46.9
lon = 8.1
radius_m = 100

[[object]]
id = "o"
kind = "balloon"
lat = 46.91
lon = 8.1
radius_m = 100
from = 2026-05-01T00:00:00Z
until = 2026-05-02T00:00:00Z
source = "permit"
"""


@pytest.fixture
def inputs(tmp_path):
    lines = [
        {"time": 1_777_629_600 + k, "sensor": "radar-a", "modality": "radar",
         "plots": [{"range_m": 1_500 + 10 * k, "azimuth_deg": 40, "elevation_deg": 3}]}
        for k in range(8)
    ]  # fmt: skip
    lines.append({"time": 1_777_629_609, "sensor": "df-1", "modality": "rf", "azimuth_deg": 3})
    (tmp_path / "plots.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "sensors.toml").write_text(SENSORS)
    return tmp_path


def run(place, *more):
    return call("run", place / "plots.jsonl", "--record", place / "record", "--record-id", "same", *more)


def facts(record):
    with Store.open(record, read_only=True) as store:
        return [codec.decode_trusted(body) for row in store.rows() for body in bodies(row, LeafKind.FACT)]


@pytest.mark.requirement("WATCH-30")
@pytest.mark.capability(
    "Sensors as data: place, noise, coverage over terrain, detection and false reports, from a file"
)
def test_sensors_are_declared_before_anything_is_heard_and_the_run_replays(inputs):
    ground = tiff(inputs / "hills.tif")
    result = run(inputs, "--sensors", inputs / "sensors.toml", "--terrain", ground)
    assert result.exit_code == 0, result.stderr
    said = facts(inputs / "record")
    kinds = [type(fact) for fact in said]
    declared = [fact for fact in said if isinstance(fact, SensorDeclared)]
    assert [(fact.sensor_id, fact.simulated) for fact in declared] == [("radar-a", True), ("df-1", False)]
    assert len(declared[0].coverage.horizon_urad) == 360
    assert kinds.index(SiteProtected) < kinds.index(ScanReported)
    assert kinds.index(ObjectKnown) < kinds.index(ScanReported)
    scans = [fact for fact in said if isinstance(fact, ScanReported)]
    assert [fact.link_trust for fact in scans] == [LinkTrust.SIMULATED] * 8 + [LinkTrust.OPEN]
    (began,) = [fact for fact in said if isinstance(fact, Began)]
    assert [kind for kind, _ in began.inputs] == ["geoid", "plots", "sensors", "terrain"]
    assert call("replay", inputs / "record").stdout.startswith("identical sha256:")


def test_a_record_goes_on_only_with_the_same_sensors(inputs):
    assert run(inputs, "--sensors", inputs / "sensors.toml").exit_code == 0
    assert "nothing was added" in run(inputs, "--sensors", inputs / "sensors.toml").stderr
    other = run(inputs)
    assert (other.exit_code, "a run with other sensor files" in other.stderr) == (2, True)


def test_a_sensor_file_that_makes_no_sense_is_refused_before_anything_is_made(inputs):
    (inputs / "sensors.toml").write_text(SENSORS.replace("range_sigma_m", "range_sigma"))
    result = run(inputs, "--sensors", inputs / "sensors.toml")
    assert result.exit_code == 2
    assert "sensor 'radar-a': Object contains unknown field `range_sigma`" in result.stderr
    assert not (inputs / "record").exists()


def test_what_is_said_to_be_simulated_is_declared_so(inputs):
    (inputs / "sensors.toml").write_text(SENSORS.replace("simulated = true", ""))
    assert run(inputs, "--sensors", inputs / "sensors.toml", "--simulated", "radar-a").exit_code == 0
    declared = next(fact for fact in facts(inputs / "record") if isinstance(fact, SensorDeclared))
    assert declared.simulated


CAMERA = """
[[sensor]]
id = "camera-a"
modality = "camera"
lat = 46.9
lon = 8.1
alt_hae_m = 950
azimuth_sigma_deg = 0.05
elevation_sigma_deg = 0.05
"""


def test_the_sky_over_the_first_camera_stands_in_the_record_and_none_without_one(inputs):
    (inputs / "sensors.toml").write_text(SENSORS + CAMERA)
    assert run(inputs, "--sensors", inputs / "sensors.toml").exit_code == 0
    said = facts(inputs / "record")
    (sky,) = [fact for fact in said if isinstance(fact, BodiesSampled)]
    assert (sky.lat_e7, sky.lon_e7, sky.source) == (469_000_000, 81_000_000, almanac.SOURCE)
    first_ns = 1_777_629_600 * 10**9
    assert sky.from_ns <= first_ns - 3_600 * 10**9
    assert len(sky.bodies[0].azimuth_urad) == 25 * 12 + 1
    assert said.index(sky) < next(n for n, fact in enumerate(said) if isinstance(fact, ScanReported))
    (began,) = [fact for fact in said if isinstance(fact, Began)]
    assert [kind for kind, _ in began.inputs] == ["almanac", "plots", "sensors"]
    assert call("replay", inputs / "record").stdout.startswith("identical sha256:")
    assert "nothing was added" in run(inputs, "--sensors", inputs / "sensors.toml").stderr
    (inputs / "sensors.toml").write_text(SENSORS)
    given = ("--record", inputs / "radar", "--sensors", inputs / "sensors.toml")
    assert call("run", inputs / "plots.jsonl", *given).exit_code == 0
    assert not any(isinstance(fact, BodiesSampled) for fact in facts(inputs / "radar"))
