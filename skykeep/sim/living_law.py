"""The law and the sensors of the invented town as files that hold for years, for a station that runs on."""

from __future__ import annotations

import math

from skykeep.sim import cast, living, town
from skykeep.sim.flight import Point
from skykeep.sim.story import PERMIT_OF

PATROL = "SIM-P-009"
SITE = "sim-citadel"
_TEN_YEARS_H = 87_600
_FLOOR_M, _CEILING_M = 25.0, 600.0  # between them sensors see something


def zones(parade_from_ns: int | None = None) -> bytes:
    """Return the town's zones, an ED-269 file: the permanent ones, and a parade's for one hour where it is given."""
    return town.zones(parade_from_ns)


def permits(now_ns: int) -> bytes:
    """Return its permits as a file: they hold from ten years before `now_ns` to ten years after it."""
    fleet = {permit_id: cast.FLEET[name] for permit_id, name in PERMIT_OF.items()}
    listed = town.granted(now_ns, fleet, hours=_TEN_YEARS_H)
    about = (now_ns, _TEN_YEARS_H)
    area = town.disc(living.GUARDED.east_m, living.GUARDED.north_m, living.GUARDED_M)
    patrol = town.permit(PATROL, about, living.GUARD, "Invented: the town's police", area, (200, "hae"))
    listed.append(patrol | {"state_flight": True, "standing": True})
    return town.json_file({"permits": listed})


def sensors() -> bytes:
    """Return its sensors and the site that is watched over, a sensor file."""
    tables = ["# SIMULATED. Town and sensors are invented.\n"]
    for sensor_id, place in town.RECEIVERS.items():
        tables.append(_sensor(sensor_id, "remote_id", place) + 'scan = "each"\n' + _sees(living.REACH_M))
    tables.append(_sensor(town.ADSB, "adsb", Point(0.0, 0.0, 40.0)) + "pos_accuracy_m = 185\nalt_accuracy_m = 150\n")
    tables.append(
        _sensor(living.RADAR, "radar", living.RADAR_AT)
        + f"range_sigma_m = {living.RANGE_SIGMA_M}\nazimuth_sigma_deg = {living.AZIMUTH_SIGMA_DEG}\n"
        + f'elevation_sigma_deg = {living.ELEVATION_SIGMA_DEG}\nperiod_s = 1\nscan = "whole"\n'
        + f'latency_s = 0.1\nclock = "synchronised"\nclock_sigma_s = 0.001\ndetection = {living.RADAR_DETECTION}\n'
        + f"clutter_per_scan = {_clutter_per_scan():.3f}\n"
        + _sees(living.RADAR_RANGE_M)
    )
    lat, lon = _degrees(Point(0.0, 0.0, 0.0))
    named = 'name = "Invented: the citadel (SIMULATED)"'
    tables.append(f'[[site]]\nid = "{SITE}"\n{named}\nlat = {lat}\nlon = {lon}\nradius_m = 250\n')
    return "\n".join(tables).encode()


def _sensor(sensor_id: str, modality: str, place: Point) -> str:
    lat, lon = _degrees(place)
    where = f"lat = {lat}\nlon = {lon}\nalt_hae_m = {place.up_m}\n"
    return f'[[sensor]]\nid = "{sensor_id}"\nmodality = "{modality}"\n{where}simulated = true\n'


def _clutter_per_scan() -> float:
    """Return how many false plots a look would hold, were they as dense in all that the radar sees as in the town."""
    low_m, high_m = living.CLUTTER_UP_M
    town_m3 = 4.0 * living.CLUTTER_M * living.CLUTTER_M * (high_m - low_m)
    seen_m3 = math.pi * living.RADAR_RANGE_M * living.RADAR_RANGE_M * (_CEILING_M - _FLOOR_M)
    return living.RADAR_CLUTTER * seen_m3 / town_m3


def _sees(range_max_m: float) -> str:
    return f"[sensor.coverage]\nrange_max_m = {range_max_m}\nfloor_hae_m = {_FLOOR_M}\nceiling_hae_m = {_CEILING_M}\n"


def _degrees(place: Point) -> tuple[float, float]:
    lat_e7, lon_e7 = town.place_e7(place.east_m, place.north_m)
    return lat_e7 / 1e7, lon_e7 / 1e7
