"""Radar, Remote ID, a direction finder and a camera see one drone: one track, confirmed, with its name borne out."""

import json
import math

import pytest

from tests.cli.calling import call, rows

T0_S = 1_780_000_000
LAT, LON = 46.9, 8.1
METRE_LAT, METRE_LON = 1 / 111_190, 1 / (111_190 * math.cos(math.radians(LAT)))

SENSORS = f"""
[[sensor]]
id = "radar"
modality = "radar"
lat = {LAT}
lon = {LON}
alt_hae_m = 500
range_sigma_m = 5
azimuth_sigma_deg = 0.2
elevation_sigma_deg = 0.3
scan = "whole"
period_s = 1
detection = 0.9
clutter_per_scan = 2
simulated = true
[sensor.coverage]
range_max_m = 5000

[[sensor]]
id = "camera"
modality = "camera"
lat = {LAT + 800 * METRE_LAT}
lon = {LON}
alt_hae_m = 500
azimuth_sigma_deg = 0.1
elevation_sigma_deg = 0.1
simulated = true

[[sensor]]
id = "finder"
modality = "rf"
lat = {LAT}
lon = {LON + 900 * METRE_LON}
alt_hae_m = 500
azimuth_sigma_deg = 1.5
simulated = true

[[sensor]]
id = "receiver"
modality = "remote_id"
simulated = true
"""


def place(t_s):
    """East, north, height in metres of the drone: it flies east, 100 m above the sensors."""
    return 300.0 + 8.0 * t_s, 600.0, 100.0


def angles(t_s, east, north):
    e, n, up = place(t_s)
    level = math.hypot(e - east, n - north)
    return (
        math.degrees(math.atan2(e - east, n - north)) % 360,
        math.degrees(math.atan2(up, level)),
        math.hypot(level, up),
    )


def looks(k):
    """What the four report in the second `k`, each at a moment of its own."""
    east, north, _ = place(k + 0.4)
    yield {
        "time": T0_S + k + 0.4, "sensor": "receiver", "track": "a1", "modality": "remote_id", "serial": "1588F5FDE230800H", "lat": LAT + north * METRE_LAT, "lon": LON + east * METRE_LON, "height_takeoff_m": 100,
        "accuracy_m": 10, "simulated": True,
    }  # fmt: skip
    azimuth, elevation, range_m = angles(k, 0, 0)
    plot = {"range_m": range_m, "azimuth_deg": azimuth, "elevation_deg": elevation}
    yield {"time": T0_S + k, "sensor": "radar", "modality": "radar", "plots": [plot]}
    azimuth, elevation, _ = angles(k + 0.2, 0, 800)
    yield {
        "time": T0_S + k + 0.2,
        "sensor": "camera",
        "modality": "camera",
        "azimuth_deg": azimuth,
        "elevation_deg": elevation,
    }
    azimuth, _, _ = angles(k + 0.7, 900, 0)
    yield {"time": T0_S + k + 0.7, "sensor": "finder", "modality": "rf", "azimuth_deg": azimuth}


@pytest.mark.capability("Several sensors of one aircraft fused into one track (radar, bearings, camera)")
@pytest.mark.requirement("WATCH-15", "WATCH-21")
def test_four_sensors_of_one_drone_make_one_track_that_is_confirmed(tmp_path):
    told = [line for k in range(20) for line in looks(k)]
    plots, tracks = tmp_path / "plots.jsonl", tmp_path / "tracks.jsonl"
    plots.write_text("".join(json.dumps(line) + "\n" for line in told if "track" not in line))
    tracks.write_text("".join(json.dumps(line) + "\n" for line in told if "track" in line))
    (tmp_path / "sensors.toml").write_text(SENSORS)
    found = call(
        "run",
        plots,
        f"tracks:{tracks}",
        "--sensors",
        tmp_path / "sensors.toml",
        "--record",
        tmp_path / "record",
        "--json",
    )
    assert found.exit_code == 0, found.stderr
    (row,) = rows(found)
    assert row["reports"] > 70
    assert (row["rung"], row["trust"], row["established"]) == ("confirmed", "corroborated", True)
    assert {"radar", "camera", "rf"} <= set(row["modalities"])
    assert row["existence"] > 0.99
    assert row["flags"] == []
    assert call("replay", tmp_path / "record").stdout.startswith("identical sha256:")
