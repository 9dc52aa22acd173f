"""MAVLink telemetry as facts: where a vehicle says it is, what it is, and the Remote ID that it sends or heard.

Source: mavlink.io, common.xml and minimal.xml. Frames: `mavlink_frame`; OPEN_DRONE_ID_*: `mavlink_odid`.

    HEARTBEAT (0)             VehicleHeard, of a vehicle; of ground stations, cameras, gimbals and the like nothing
    GLOBAL_POSITION_INT (33)  PositionReported, modality "remote_id": it is the aircraft's own word, by radio
        lat, lon      1e-7 degree; both 0: unknown, then PresenceReported
        alt           mm above mean sea level                                          -> altitude (AMSL)
        relative_alt  mm above home, which is the take-off place unless it was moved   -> height (TAKEOFF)
        vx vy vz      cm/s north, east, down        -> speed_mmps, heading_mdeg (over ground), vspeed_mmps
        hdg           where the nose points, which is not where it flies: left out
    ADSB_VEHICLE (246)        AircraftHeard: what the vehicle's own receiver heard of others
        flags         which fields hold; 64: invented
        altitude      left out: "mean sea level" by its own words, pressure or ellipsoid by what receivers send
        squawk        left out: some send its digits, some its bits

The sender is a number, 1 to 255, and the same for most vehicles: it names a transmitter within one sensor only.
"""

from __future__ import annotations

from msgspec.structs import asdict, replace

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import (
    AircraftHeard,
    Heard,
    IdKind,
    LinkTrust,
    Observed,
    PositionReported,
    PresenceReported,
    VehicleHeard,
)
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import mavlink_odid
from skykeep.wire import remote_id_quantity as quantity
from skykeep.wire.lines import heard, unreadable
from skykeep.wire.mavlink_frame import AIRCRAFT, HEARTBEAT, LAYOUTS, POSITION, Message, opened
from skykeep.wire.remote_id_text import text_of

LOWEST_MM, HIGHEST_MM = -1_000_000, 100_000_000
ARMED = 0x80
_TYPE = 4  # where MAV_TYPE stands in a heartbeat

UA_TYPE = {  # MAV_TYPE to F3411-22a UA type; 0: it flies and says no more, or does not fly
    0: 0, 1: 1, 2: 2, 3: 2, 4: 2, 7: 10, 8: 8, 9: 12, 10: 0, 11: 0, 12: 0, 13: 2, 14: 2, 15: 2, 16: 5, 17: 7,
    19: 4, 20: 4, 21: 4, 22: 4, 23: 4, 24: 4, 25: 4, 28: 15, 29: 2, 35: 2, 37: 11, 43: 2, 45: 15, 46: 0, 47: 4,
}  # fmt: skip
PARTS = frozenset({5, 6, 18, 26, 27, 30, 31, 32, 33, 34, 36, 38, 39, 40, 41, 42, 44, 48})
"""MAV_TYPE of what is no vehicle: antenna tracker, ground station, gimbal, camera, receivers and the like."""

_COORDINATES, _HEADING, _VELOCITY, _CALLSIGN, _SIMULATED, _CLIMB = 1, 4, 8, 16, 64, 128


def decode(frame: Frame, index: int, names: Names) -> list[Observed]:
    """Return the facts that one frame holds, [] for a message that is not read. Never raises."""
    transmitter = ""
    try:
        message = opened(frame.data)
        if message is None or (message.kind == HEARTBEAT and message.payload[_TYPE] in PARTS):
            return []
        if message.kind == AIRCRAFT:
            transmitter = names.pseudonym(NameKind.TRANSMITTER, f"{_icao(message):06x}")
            return [_aircraft(message, heard(frame, index, transmitter), names)]
        sender = mavlink_odid.heard_from(message) or f"{frame.sensor_id}:mavlink:{_system(message)}"
        transmitter = names.pseudonym(NameKind.TRANSMITTER, sender)
        if message.kind == POSITION:
            return [_position(message, heard(frame, index, transmitter))]
        if message.kind == HEARTBEAT:
            return [_vehicle(message, heard(frame, index, transmitter))]
        return mavlink_odid.read(message, frame, index, transmitter, names)
    except Malformed as error:
        return [unreadable(frame, index, str(error), transmitter=transmitter)]


def _system(message: Message) -> int:
    """Return whose words these are: Remote ID that a ground station sends to a vehicle speaks of the vehicle."""
    return mavlink_odid.meant_for(message) or message.system


def _vehicle(message: Message, shared: Heard) -> Observed:
    _, kind, autopilot, mode, state, _ = LAYOUTS[HEARTBEAT].fields.unpack(message.payload)
    return VehicleHeard(
        **asdict(shared),
        ua_type=UA_TYPE.get(kind, 0),
        vehicle_type=kind,
        autopilot=autopilot,
        armed=bool(mode & ARMED),
        state=state,
    )


def _position(message: Message, shared: Heard) -> Observed:
    _, lat_e7, lon_e7, alt_mm, above_mm, north, east, down, _ = LAYOUTS[POSITION].fields.unpack(message.payload)
    presence = PresenceReported(
        **asdict(shared),
        modality="remote_id",
        manned=None,
        uas_id=None,
        id_kind=IdKind.NONE,
        operator_id=None,
    )
    if not (lat_e7 or lon_e7):
        return presence
    if not quantity.on_globe(lat_e7, lon_e7):
        raise Malformed(f"MAVLink GLOBAL_POSITION_INT: {lat_e7}, {lon_e7} (1e-7 degree) is no place on the globe")
    return PositionReported(
        **asdict(presence),
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        altitude=_height("alt", alt_mm, Datum.AMSL),
        height=_height("relative_alt", above_mm, Datum.TAKEOFF),
        speed_mmps=quantity.speed_mmps(north, east),
        vspeed_mmps=-10 * down,
        heading_mdeg=quantity.course_mdeg(north, east),
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
    )


def _height(what: str, value_mm: int, datum: Datum) -> Altitude:
    if not LOWEST_MM <= value_mm <= HIGHEST_MM:
        raise Malformed(f"MAVLink GLOBAL_POSITION_INT: {what} {value_mm} mm is outside {LOWEST_MM} to {HIGHEST_MM}")
    return Altitude(value_mm, datum)


def _icao(message: Message) -> int:
    address = int.from_bytes(message.payload[:4], "little")
    if address >> 24:
        raise Malformed(f"MAVLink ADSB_VEHICLE: ICAO_address {address:#x} has more than 24 bits")
    return address


def _aircraft(message: Message, shared: Heard, names: Names) -> Observed:
    fields = LAYOUTS[AIRCRAFT].fields.unpack(message.payload)
    _, lat_e7, lon_e7, _, heading_cdeg, speed, climb, flags, _, _, callsign, emitter, age_s = fields
    placed = flags & _COORDINATES and quantity.place_known(lat_e7, lon_e7)
    called = text_of(callsign).strip()
    timed = replace(
        shared,
        t_event_ns=shared.t_event_ns - age_s * 1_000_000_000,
        link_trust=LinkTrust.SIMULATED if flags & _SIMULATED else shared.link_trust,
    )
    return AircraftHeard(
        **asdict(timed),
        callsign=names.pseudonym(NameKind.CALLSIGN, called) if flags & _CALLSIGN and called else None,
        source="mavlink",
        category="ABC"[emitter >> 3] + str(emitter & 7) if 0 < emitter < 24 else None,
        on_ground=None,
        lat_e7=lat_e7 if placed else None,
        lon_e7=lon_e7 if placed else None,
        altitude=None,
        pressure_altitude=None,
        speed_mmps=speed * 10 if flags & _VELOCITY else None,
        vspeed_mmps=climb * 10 if flags & _CLIMB else None,
        heading_mdeg=heading_cdeg % 36_000 * 10 if flags & _HEADING and heading_cdeg <= 36_000 else None,
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
        squawk=None,
    )
