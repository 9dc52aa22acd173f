"""DJI's own DroneID in Wi-Fi beacons (vendor element, OUI 26:37:12) as the facts of Remote ID.

Not published by DJI. Sources: Department 13, *Anatomy of DJI's Drone ID Implementation* (2017); Kismet's description by
F. van Tienen and J. Dumon; Schiller and others, *Drone Security and the Mysterious Case of DJI's DroneID* (NDSS 2023).
From the OUI on, little-endian:

    0-5    26 37 12 58 62 13
    6      what it is: 10 flight, 11 the pilot's words on the flight
    7      version: 1, 2
    8-9    sequence          10-11  state bits: Kismet itself calls their meaning unknown, so nothing rests on them
    12-27  serial number, ASCII, NUL-padded
    28-35  longitude, latitude    int32  1e-7 radian; both 0: unknown
    36-39  altitude, height       int16  metres by the first source, feet by the last: left out
    40-45  velocity north, east, up  int16  0.01 m/s
    46-    version 1: pitch, roll, yaw, home; no pilot
           version 2: yaw (2), time (8), then pilot's latitude, longitude  int32  1e-7 radian; both 0: unknown
"""

from __future__ import annotations

import math
import struct

from msgspec.structs import asdict

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import (
    BasicIdHeard,
    FlightStatus,
    Heard,
    IdKind,
    LocationHeard,
    Observed,
    OperatorPlaceKind,
    SystemHeard,
)
from skykeep.facts.personal import NameKind, Names
from skykeep.wire import remote_id_quantity as quantity
from skykeep.wire.lines import heard
from skykeep.wire.remote_id_text import place_text, text_of

MARK = bytes.fromhex("263712586213")
FLIGHT, WORDS = 0x10, 0x11
_FLIGHT = struct.Struct("<6sBBHH16sii4xhhh")
_PILOT = struct.Struct("<ii")
_PILOT_AT = 56
_DEGREES = 180.0 / math.pi


def facts_of(element: bytes, frame: Frame, index: int, transmitter: str, names: Names) -> list[Observed]:
    """Return the facts of one element, from its OUI on; raises Malformed for what cannot be read."""
    if not element.startswith(MARK) or len(element) < 8:
        raise Malformed(f"DJI DroneID: begins {element[:6].hex(':')}, not {MARK.hex(':')}")
    if element[6] != FLIGHT:
        what = "the pilot's words on the flight" if element[6] == WORDS else f"kind {element[6]:#04x} (byte 6)"
        raise Malformed(f"DJI DroneID: {what}; only flights (0x10) are read")
    version = element[7]
    whole = _FLIGHT.size if version == 1 else _PILOT_AT + _PILOT.size
    if version not in {1, 2}:
        raise Malformed(f"DJI DroneID: version {version} (byte 7), 1 and 2 are known")
    if len(element) < whole:
        raise Malformed(f"DJI DroneID: {len(element)} bytes, a flight of version {version} has {whole} at least")
    shared = heard(frame, index, transmitter)
    *_, serial, lon, lat, north, east, up = _FLIGHT.unpack_from(element)
    facts = [_basic_id(text_of(serial), shared, names), _location(lat, lon, north, east, up, shared)]
    pilot = _PILOT.unpack_from(element, _PILOT_AT) if version == 2 else (0, 0)
    place = place_text(_e7(pilot[0]), _e7(pilot[1]), None)
    return [*facts, _pilot(names.pseudonym(NameKind.PLACE, place), shared)] if place else facts


def _e7(radians_e7: int) -> int:
    return round(radians_e7 * _DEGREES)


def _basic_id(serial: str, shared: Heard, names: Names) -> Observed:
    return BasicIdHeard(
        **asdict(shared),
        id_kind=IdKind.SERIAL if serial else IdKind.NONE,
        ua_type=0,
        uas_id=names.pseudonym(NameKind.UAS_ID, serial) if serial else None,
    )


def _location(lat: int, lon: int, north: int, east: int, up: int, shared: Heard) -> Observed:
    lat_e7, lon_e7 = _e7(lat), _e7(lon)
    known = quantity.place_known(lat_e7, lon_e7)
    return LocationHeard(
        **asdict(shared),
        status=FlightStatus.UNDECLARED,
        lat_e7=lat_e7 if known else None,
        lon_e7=lon_e7 if known else None,
        altitude=None,
        pressure_altitude=None,
        height=None,
        speed_mmps=quantity.speed_mmps(north, east),
        vspeed_mmps=up * 10,
        heading_mdeg=quantity.course_mdeg(north, east),
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
        pressure_accuracy_mm=None,
        speed_accuracy_mmps=None,
        t_claimed_ds=None,
        t_accuracy_ds=None,
    )


def _pilot(place: str, shared: Heard) -> Observed:
    return SystemHeard(
        **asdict(shared),
        operator_place_kind=OperatorPlaceKind.LIVE,
        operator_place=place,
        classification=0,
        area_count=1,
        area_radius_m=0,
        area_ceiling=None,
        area_floor=None,
        category_eu=0,
        class_eu=0,
        t_claimed_s=None,
    )
