"""An invented night: two drones and the Pilot House of Ternhaven, as a radar and a camera would have told of them.

The reports of `demo_data/account_*.txt` are about it. Like the town it lies on open water (36.5 S, 54.0 W), so that no
real place is put under an invented ban. East and north are metres from the Pilot House.
"""

from __future__ import annotations

import json
import math
from typing import NamedTuple

from skykeep.geo.exact import atan2
from skykeep.geo.frames import enu_frame, enu_to_geodetic
from skykeep.sim.chance import Chance
from skykeep.sim.town import iso

START_NS = 1_757_554_800_000_000_000  # 11 September 2025, 01:40:00 UTC: the night before the reports
SECONDS = 170
LAT_DEG, LON_DEG, GROUND_HAE_M = -36.5, -54.0, 12.0
RADAR, CAMERA, SITE, ZONE = "port-radar", "roof-camera", "pilot-house", "TERNND01"

_FRAME = enu_frame(LAT_DEG, LON_DEG, 0.0)
_RADAR_AT, _CAMERA_AT = (-600.0, -900.0, 30.0), (40.0, -60.0, 38.0)
_RANGE_SIGMA_M, _AZIMUTH_SIGMA_RAD, _ELEVATION_SIGMA_RAD = 4.0, 0.0035, 0.006
_CAMERA_SIGMA_RAD, _CAMERA_SEES_M = 0.002, 900.0
_SEEN_RADAR, _SEEN_CAMERA = 0.93, 0.85
_S = 1_000_000_000


class Leg(NamedTuple):
    """One drone: straight to a place at one speed and height, there it stays until it is seen no more."""

    from_s: float
    until_s: float
    start: tuple[float, float]
    end: tuple[float, float]
    speed_mps: float
    height_m: float

    def at(self, t_s: float) -> tuple[float, float, float] | None:
        """Return where it is, in metres east, north and up; None where it does not fly."""
        if not self.from_s <= t_s <= self.until_s:
            return None
        east, north = self.end[0] - self.start[0], self.end[1] - self.start[1]
        share = min(1.0, (t_s - self.from_s) * self.speed_mps / math.sqrt(east * east + north * north))
        return self.start[0] + share * east, self.start[1] + share * north, GROUND_HAE_M + self.height_m


DRONES = (
    Leg(0.0, 165.0, (1_350.0, 1_250.0), (25.0, 20.0), 14.0, 55.0),
    Leg(20.0, 135.0, (1_700.0, 500.0), (120.0, 60.0), 15.0, 70.0),
)


def plots(seed: int = 1) -> bytes:
    """Return what the radar and the camera saw, as plot lines; the same seed gives the same bytes."""
    chance = Chance(seed, "night")
    lines = [line for second in range(SECONDS) for line in (_scan(second, chance), *_looks(second, chance))]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _scan(second: int, chance: Chance) -> dict[str, object]:
    """Return one turn of the radar: the drones that it did not miss, and now and then a false plot."""
    seen = []
    for drone in DRONES:
        place = drone.at(second)
        if place is not None and chance.unit() < _SEEN_RADAR:
            length_m, azimuth_rad, elevation_rad = _polar(_RADAR_AT, place)
            seen.append(_plot(
                length_m + _RANGE_SIGMA_M * chance.normal(),
                azimuth_rad + _AZIMUTH_SIGMA_RAD * chance.normal(),
                elevation_rad + _ELEVATION_SIGMA_RAD * chance.normal(),
            ))  # fmt: skip
    if chance.unit() < 0.3:
        seen.append(_plot(300.0 + 2_500.0 * chance.unit(), 2.0 * math.pi * chance.unit(), 0.02 + 0.1 * chance.unit()))
    return {"time": iso(START_NS + second * _S), "sensor": RADAR, "modality": "radar", "simulated": True, "plots": seen}


def _looks(second: int, chance: Chance) -> list[dict[str, object]]:
    """Return the directions in which the camera saw something, where it is near enough."""
    found: list[dict[str, object]] = []
    for drone in DRONES:
        place = drone.at(second + 0.5)
        if place is None or chance.unit() >= _SEEN_CAMERA:
            continue
        length_m, azimuth_rad, elevation_rad = _polar(_CAMERA_AT, place)
        if length_m <= _CAMERA_SEES_M:
            time = iso(START_NS + second * _S + _S // 2)
            found.append({
                "time": time, "sensor": CAMERA, "modality": "camera", "simulated": True,
                "azimuth_deg": _degrees(azimuth_rad + _CAMERA_SIGMA_RAD * chance.normal()),
                "elevation_deg": _degrees(elevation_rad + _CAMERA_SIGMA_RAD * chance.normal()),
            })  # fmt: skip
    return found


def sensors() -> bytes:
    """Return the sensor file: a radar, a camera, and the house as a protected site."""
    radar, camera, house = (_geodetic(place) for place in (_RADAR_AT, _CAMERA_AT, (0.0, 0.0, GROUND_HAE_M)))
    return f"""# SIMULATED. Place, sensors and house are invented.
[[sensor]]
id = "{RADAR}"
modality = "radar"
lat = {radar[0]}
lon = {radar[1]}
alt_hae_m = {radar[2]}
range_sigma_m = {_RANGE_SIGMA_M}
azimuth_sigma_deg = {math.degrees(_AZIMUTH_SIGMA_RAD):.3f}
elevation_sigma_deg = {math.degrees(_ELEVATION_SIGMA_RAD):.3f}
period_s = 1.0
scan = "whole"
clock = "synchronised"
detection = {_SEEN_RADAR}
clutter_per_scan = 0.3

[sensor.coverage]
range_min_m = 100
range_max_m = 4000

[[sensor]]
id = "{CAMERA}"
modality = "camera"
lat = {camera[0]}
lon = {camera[1]}
alt_hae_m = {camera[2]}
azimuth_sigma_deg = {math.degrees(_CAMERA_SIGMA_RAD):.3f}
elevation_sigma_deg = {math.degrees(_CAMERA_SIGMA_RAD):.3f}
clock = "synchronised"

[[site]]
id = "{SITE}"
name = "Pilot House (SIMULATED)"
lat = {house[0]}
lon = {house[1]}
radius_m = 200
""".encode()


def zones() -> bytes:
    """Return the zone over the house, as GeoJSON."""
    lat_deg, lon_deg, _ = _geodetic((0.0, 0.0, GROUND_HAE_M))
    properties = {
        "id": ZONE, "name": "Invented: Pilot House, no drones", "rule": "prohibited", "radius_m": 600, "floor": "GND",
        "ceiling": "UNL", "authority": "Invented: Port of Ternhaven (SIMULATED)",
        "reason": "Invented: seat of a government (SIMULATED)",
    }  # fmt: skip
    point = {"type": "Point", "coordinates": [lon_deg, lat_deg]}
    feature = {"type": "Feature", "geometry": point, "properties": properties}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, indent=1).encode() + b"\n"


def _polar(seen_from: tuple[float, float, float], place: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return slant range in metres, azimuth clockwise from north and elevation in radians."""
    east, north, up = (there - here for there, here in zip(place, seen_from, strict=True))
    level = math.sqrt(east * east + north * north)
    return math.sqrt(level * level + up * up), atan2(east, north), atan2(up, level)


def _plot(range_m: float, azimuth_rad: float, elevation_rad: float) -> dict[str, float]:
    return {
        "range_m": round(range_m, 1),
        "azimuth_deg": _degrees(azimuth_rad),
        "elevation_deg": _degrees(elevation_rad),
    }


def _degrees(angle_rad: float) -> float:
    return round(math.degrees(angle_rad), 3)


def _geodetic(place: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return latitude and longitude in degrees and the height above the ellipsoid in metres."""
    lat_deg, lon_deg, alt_m = enu_to_geodetic(_FRAME, *place)
    return round(lat_deg, 7), round(lon_deg, 7), round(alt_m, 2)
