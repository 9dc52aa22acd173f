"""An invented town: where it lies, its ground, its receivers, and its invented zones and permits as files.

It stands where charts show the open water of an estuary (35.2 S, 56.2 W), so that no real place is put under an
invented ban. East and north are metres from its citadel. Its ground lies 20 m above the ellipsoid, but for one hill.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import NamedTuple

from skykeep.geo.frames import enu_frame, enu_to_geodetic
from skykeep.sim.flight import Point

LAT_DEG, LON_DEG = -35.2, -56.2
GROUND_HAE_M = 20.0
HILL = Point(2000.0, -900.0, 60.0)  # its top is this much above the plain
HILL_HALF_M = 450.0  # where it has half its height

CITADEL, HARBOUR, MEADOWS, PARADE = "SIMND01", "SIMPZ01", "SIMPZ02", "SIMTZ01"
SURVEY, MAPPING, DELIVERY, HILLTOP, COURIER = "SIM-P-001", "SIM-P-002", "SIM-P-003", "SIM-P-004", "SIM-P-005"

RECEIVERS = {"sim-north": Point(-900.0, 1300.0, 35.0), "sim-south": Point(1100.0, -900.0, 30.0)}
ADSB = "sim-adsb"

QUARTERS: dict[str, tuple[float, float]] = {
    "Citadel": (0, 350), "Harbour": (-1700, 300), "Meadows": (1900, -700), "Old Town": (-350, -650),
    "Parade": (480, 1250), "Northgate": (-500, 2500), "Saltmarsh": (2600, 1700), "Millside": (-2300, -2300),
    "Hilltop": (2100, -1700),
    "Ropewalk": (-2600, 1900), "Lanterns": (500, -2500), "Eastwick": (3100, 200),
}  # fmt: skip
"""What its people call its parts: east and north of where the name stands on a map."""

Pair = tuple[float, float]
_HOUR_NS = 3_600_000_000_000
_AUTHORITY = "Invented: Office for the Town's Sky (SIMULATED)"
_FRAME = enu_frame(LAT_DEG, LON_DEG, 0.0)

_HARBOUR = ((-2650, -1350), (-1500, -1450), (-550, -1250), (-600, -200), (-650, 400), (-550, 1250), (-1900, 1350),
            (-2600, 900))  # fmt: skip
_MEADOWS = ((900, -1450), (1700, -1600), (2750, -1350), (2600, -200), (2100, 650), (1000, 600), (850, -300))
_PARADE = ((-350, 1000), (500, 900), (1350, 1050), (1300, 1800), (300, 1900), (-400, 1700))


class Aircraft(NamedTuple):
    """Who an invented aircraft says it is: CTA-2063-A serial, EN 4709-002 operator id.

    Manufacturer code S1M0 is invented. Country XSM lies in the range XAA-XZZ that ISO 3166 leaves to its users; the
    check characters are right, and as in real life nobody broadcasts the three secret ones.
    """

    serial: str
    operator: str  # with its secret part


def ground_hae_m(east_m: float, north_m: float) -> float:
    """Return the height of the ground above the ellipsoid."""
    east, north = (east_m - HILL.east_m) / HILL_HALF_M, (north_m - HILL.north_m) / HILL_HALF_M
    return GROUND_HAE_M + HILL.up_m / (1.0 + east * east + north * north)


def place_e7(east_m: float, north_m: float) -> tuple[int, int]:
    """Return lat_e7, lon_e7 of a place in the town."""
    lat_deg, lon_deg, _ = enu_to_geodetic(_FRAME, east_m, north_m, 0.0)
    return round(lat_deg * 1e7), round(lon_deg * 1e7)


def iso(t_ns: int) -> str:
    """Return a moment as ISO 8601 text, exact to the nanosecond."""
    seconds, rest = divmod(t_ns, 1_000_000_000)
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{rest:09d}Z" if rest else f"{moment}Z"


def zones(parade_from_ns: int | None) -> bytes:
    """Return the town's zones, an ED-269 file; the parade's is in force from `parade_from_ns` for an hour, or never."""
    citadel, harbour, meadows = _circle(0, 0, 450), _polygon(_HARBOUR), _polygon(_MEADOWS)
    by_permit = "REQ_AUTHORISATION"
    features = [
        _zone(CITADEL, "Invented: Citadel, no drones", "PROHIBITED", citadel, None, "seat of a government"),
        _zone(HARBOUR, "Invented: Old Harbour, by permit only", by_permit, harbour, None, "ships and cranes"),
        _zone(MEADOWS, "Invented: River Meadows, by permit only", by_permit, meadows, None, "a hospital's helipad"),
    ]
    if parade_from_ns is not None:
        dated = {"permanent": "NO", "startDateTime": iso(parade_from_ns), "endDateTime": iso(parade_from_ns + _HOUR_NS)}
        parade = _polygon(_PARADE)
        features += [_zone(PARADE, "Invented: Parade, no drones for one hour", "PROHIBITED", parade, dated, "a parade")]
    about = "SIMULATED. Town, zones and authority are invented; nothing of this is law anywhere."
    return json_file({"title": "Invented town (SIMULATED)", "description": about, "features": features})


def permits(start_ns: int, revoked_ns: int, fleet: dict[str, Aircraft]) -> bytes:
    """Return the town's permits as a file, for a `fleet` by permit; the delivery's is taken back at `revoked_ns`."""
    listed = granted(start_ns, fleet, hours=1)
    taken_back = next(one for one in listed if one["id"] == DELIVERY)
    taken_back["revoked"] = {"at": iso(revoked_ns), "reason": "Invented: a rescue helicopter is on its way (SIMULATED)"}
    return json_file({"permits": listed})


def granted(start_ns: int, fleet: dict[str, Aircraft], *, hours: int) -> list[dict[str, object]]:
    """Return the town's permits as a permit file lists them, from `hours` before `start_ns` to as many after it."""
    whole = ((-2600, -1300), (-600, -1200), (-700, 300), (-600, 1200), (-1900, 1300), (-2550, 880))
    lane = ((-1250, -1250), (-650, -1200), (-700, 300), (-650, 1150), (-1250, 1200))
    field = ((-2560, -450), (-1650, -450), (-1650, 650), (-2560, 650))
    areas = {
        SURVEY: ("Invented: harbour survey", _polygon(field), (130, "hae")),
        MAPPING: ("Invented: mapping of the quays", _polygon(whole), (120, "agl")),
        DELIVERY: ("Invented: delivery trial", disc(1350, 150, 320), (140, "hae")),
        HILLTOP: ("Invented: filming on the hill", disc(2000, -900, 480), (120, "agl")),
        COURIER: ("Invented: harbour courier", _polygon(lane), (150, "hae")),
    }
    return [
        permit(permit_id, (start_ns, hours), fleet[permit_id], what, area, ceiling)
        for permit_id, (what, area, ceiling) in areas.items()
    ]


def permit(
    permit_id: str, about: tuple[int, int], aircraft: Aircraft, what: str, area: object, ceiling: tuple[int, str]
) -> dict[str, object]:
    """Return one permit as a permit file lists it; `about` is a moment, and for how many hours before and after it."""
    start_ns, hours = about
    day_ns = 24 * _HOUR_NS
    volume = {
        "area": area,
        "floor": {"value_m": 0, "datum": "agl"},
        "ceiling": {"value_m": ceiling[0], "datum": ceiling[1]},
        "from": iso(start_ns - hours * _HOUR_NS),
        "until": iso(start_ns + hours * _HOUR_NS),
    }
    return {
        "id": permit_id,
        "granted_at": iso(start_ns - day_ns),
        "holder": f"{what} (SIMULATED)",
        "aircraft": [aircraft.serial],
        "operators": [aircraft.operator],
        "volumes": [volume],
        "issuer": _AUTHORITY,
    }


def _zone(zone_id: str, name: str, rule: str, projection: object, dated: object, reason: str) -> dict[str, object]:
    return {
        "identifier": zone_id,
        "country": "XSM",
        "name": name,
        "type": "COMMON",
        "restriction": rule,
        "reason": ["OTHER"],
        "otherReasonInfo": f"Invented: {reason} (SIMULATED)",
        "applicability": [dated or {"permanent": "YES"}],
        "zoneAuthority": [{"name": _AUTHORITY, "siteURL": "https://town.invalid/appeal"}],
        "geometry": [
            {
                "uomDimensions": "M",
                "lowerLimit": 0,
                "lowerVerticalReference": "AGL",
                "horizontalProjection": projection,
            }
        ],
    }


def _corners(pairs: tuple[Pair, ...]) -> list[list[list[float]]]:
    ring = [_lon_lat(east_m, north_m) for east_m, north_m in pairs]
    return [[*ring, ring[0]]]


def _lon_lat(east_m: float, north_m: float) -> list[float]:
    lat_e7, lon_e7 = place_e7(east_m, north_m)
    return [lon_e7 / 1e7, lat_e7 / 1e7]


def _polygon(pairs: tuple[Pair, ...]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": _corners(pairs)}


def _circle(east_m: float, north_m: float, radius_m: int) -> dict[str, object]:
    return {"type": "Circle", "center": _lon_lat(east_m, north_m), "radius": radius_m}


def disc(east_m: float, north_m: float, radius_m: int) -> dict[str, object]:
    """Return a circle as a permit file gives it."""
    return {"center": _lon_lat(east_m, north_m), "radius_m": radius_m}


def json_file(value: object) -> bytes:
    """Return a value as a file of the town."""
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"
