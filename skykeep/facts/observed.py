"""What sensors heard and saw: one frozen struct a kind, every number an integer with its unit.

Common fields of all observations:

    sensor_id      who heard it
    transmitter    pseudonym of the MAC, radio id or source track id it was heard from
    t_event_ns     when it was heard, by the receiving sensor's clock (Unix nanoseconds), never by the message's
    t_arrival_ns   when the bytes reached this station (Unix nanoseconds)
    link_trust     what the link itself proves
    frame          index of the raw bytes among the frames of the same tick

A time, place or identity *inside* a message is a claim (field names `t_claimed_...`): evidence, never proof.
"""

from __future__ import annotations

import enum

import msgspec

from skykeep.geo.altitude import Altitude


class LinkTrust(enum.Enum):
    """What the link itself proves about who sent the bytes."""

    OPEN = "open"  # anyone can send this: broadcast radio, unsigned JSON
    KEYED = "keyed"  # a sensor with its own key delivered it
    SIGNED = "signed"  # the message itself carries a signature that verified
    SIMULATED = "simulated"  # an invented flight: never evidence of a real one


class IdKind(enum.Enum):
    """ASTM F3411-22a UAS ID type (Basic ID message, byte 1, high nibble)."""

    NONE = "none"
    SERIAL = "serial"  # CTA-2063-A serial number
    REGISTRATION = "registration"  # assigned by a civil aviation authority
    UTM = "utm"  # UTM-assigned UUID
    SESSION = "session"  # specific session id
    RESERVED = "reserved"


class FlightStatus(enum.Enum):
    """ASTM F3411-22a operational status (Location message, byte 1, high nibble)."""

    UNDECLARED = "undeclared"
    GROUND = "ground"
    AIRBORNE = "airborne"
    EMERGENCY = "emergency"
    RID_FAILURE = "rid_failure"
    RESERVED = "reserved"


class OperatorPlaceKind(enum.Enum):
    """ASTM F3411-22a operator location type (System message, byte 1, bits 0-1)."""

    TAKEOFF = "takeoff"
    LIVE = "live"
    FIXED = "fixed"
    RESERVED = "reserved"


class Heard(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Fields that every observation shares; see the module's docstring."""

    sensor_id: str
    transmitter: str
    t_event_ns: int
    t_arrival_ns: int
    link_trust: LinkTrust
    frame: int


class BasicIdHeard(Heard, frozen=True, kw_only=True, tag="observed.basic_id/1"):
    """A Remote ID Basic ID message as one receiver heard it (ASTM F3411-22a, Basic ID)."""

    id_kind: IdKind
    ua_type: int  # F3411-22a UA type enumeration, 0 = none or undeclared, 2 = helicopter or multirotor
    uas_id: str | None  # pseudonym; None: the sender gave an empty id


class LocationHeard(Heard, frozen=True, kw_only=True, tag="observed.location/1"):
    """A Remote ID Location message as one receiver heard it (ASTM F3411-22a, Location/Vector)."""

    status: FlightStatus
    lat_e7: int | None  # None together with lon_e7: the sender said "unknown"
    lon_e7: int | None
    altitude: Altitude | None  # geodetic, HAE
    pressure_altitude: Altitude | None  # STD
    height: Altitude | None  # TAKEOFF or AGL, as the message says
    speed_mmps: int | None
    vspeed_mmps: int | None  # positive up
    heading_mdeg: int | None  # track over ground, clockwise from true north
    pos_accuracy_mm: int | None  # 95 % radius; None: unknown, the sensor's declared default applies, "assumed"
    alt_accuracy_mm: int | None  # 95 % bound of `altitude`
    pressure_accuracy_mm: int | None
    speed_accuracy_mmps: int | None
    t_claimed_ds: int | None  # tenths of a second after the UTC hour, by the sender's clock
    t_accuracy_ds: int | None


class SystemHeard(Heard, frozen=True, kw_only=True, tag="observed.system/1"):
    """A Remote ID System message as one receiver heard it (ASTM F3411-22a, System)."""

    operator_place_kind: OperatorPlaceKind
    operator_place: str | None  # pseudonym of "lat,lon[,HAE m]"; None: unknown
    classification: int  # 1 = European Union
    area_count: int
    area_radius_m: int
    area_ceiling: Altitude | None
    area_floor: Altitude | None
    category_eu: int
    class_eu: int
    t_claimed_s: int | None  # Unix seconds, by the sender's clock


class OperatorIdHeard(Heard, frozen=True, kw_only=True, tag="observed.operator_id/1"):
    """A Remote ID Operator ID message as one receiver heard it (ASTM F3411-22a, Operator ID)."""

    id_type: int
    operator_id: str | None  # pseudonym; None: empty


class SelfIdHeard(Heard, frozen=True, kw_only=True, tag="observed.self_id/1"):
    """A Remote ID Self ID message as one receiver heard it (ASTM F3411-22a, Self ID)."""

    text_type: int  # 0 text, 1 emergency, 2 extended status
    text: str | None  # pseudonym: free text can name people


class AuthHeard(Heard, frozen=True, kw_only=True, tag="observed.auth/1"):
    """One page of a Remote ID Authentication message (ASTM F3411-22a, Authentication)."""

    auth_type: int
    page: int
    last_page: int | None  # page 0 only
    length: int | None  # page 0 only
    t_claimed_s: int | None  # page 0 only, Unix seconds
    data: bytes


class AircraftHeard(Heard, frozen=True, kw_only=True, tag="observed.aircraft/1"):
    """An ADS-B, Mode S or MLAT report of one aircraft (readsb JSON, SBS-1), as the decoder gave it."""

    callsign: str | None  # pseudonym
    source: str  # readsb's `type` ("adsb_icao", "mlat", "tisb_icao" ...) or "sbs"
    category: str | None  # ADS-B emitter category, "A1".."C7"; "B6" is an unmanned aircraft
    on_ground: bool | None
    lat_e7: int | None
    lon_e7: int | None
    altitude: Altitude | None  # HAE
    pressure_altitude: Altitude | None  # STD
    speed_mmps: int | None
    vspeed_mmps: int | None
    heading_mdeg: int | None
    pos_accuracy_mm: int | None  # 95 % radius by NACp or Rc; None: unknown
    alt_accuracy_mm: int | None
    squawk: str | None


class VehicleHeard(Heard, frozen=True, kw_only=True, tag="observed.vehicle/1"):
    """A heartbeat of MAVLink telemetry (minimal.xml, HEARTBEAT): what a vehicle says it is, several times a second."""

    ua_type: int  # the F3411-22a UA type that its MAV_TYPE means, 0 = none or undeclared
    vehicle_type: int  # MAV_TYPE
    autopilot: int  # MAV_AUTOPILOT: 3 = ArduPilot, 12 = PX4
    armed: bool  # its motors may turn
    state: int  # MAV_STATE: 3 = standby, 4 = active, 5 and 6 = critical, emergency


class PositionReported(Heard, frozen=True, kw_only=True, tag="observed.position/1"):
    """A position that some other system reports of something it follows (generic JSON lines)."""

    modality: str  # "radar", "rf", "remote_id", "adsb", "camera", "acoustic", "witness" or "other"
    manned: bool | None  # None: not said
    uas_id: str | None  # pseudonym
    id_kind: IdKind
    operator_id: str | None  # pseudonym
    lat_e7: int
    lon_e7: int
    altitude: Altitude | None  # HAE, AMSL or STD
    height: Altitude | None  # AGL or TAKEOFF
    speed_mmps: int | None
    vspeed_mmps: int | None
    heading_mdeg: int | None
    pos_accuracy_mm: int | None  # 95 % radius
    alt_accuracy_mm: int | None  # 95 % bound of whichever height is given


class PresenceReported(Heard, frozen=True, kw_only=True, tag="observed.presence/1"):
    """Something was detected without a position: heard, place unknown."""

    modality: str
    manned: bool | None
    uas_id: str | None
    id_kind: IdKind
    operator_id: str | None


class ScanReported(Heard, frozen=True, kw_only=True, tag="observed.scan/1"):
    """What one sensor measured in one look: a column a quantity, a row a plot; a single bearing is a scan of one.

    Each column is `plots` little-endian int32, or empty where the sensor does not measure it; the least int32 stands
    for "not in this plot". Polar: from the sensor's declared place. `t_event_ns` is the time of the latest plot. A scan
    without plots says that the sensor looked and saw nothing.
    """

    modality: str
    plots: int
    before_us: bytes  # how long before `t_event_ns` each was measured; empty: all at `t_event_ns`
    range_mm: bytes  # slant range
    azimuth_urad: bytes  # clockwise from true north
    elevation_urad: bytes  # above the sensor's level plane
    lat_e7: bytes  # together with lon_e7 instead of range, azimuth and elevation
    lon_e7: bytes
    alt_mm: bytes  # HAE
    doppler_mmps: bytes  # range rate, positive away
    rcs_mdbsm: bytes  # radar cross section, thousandths of a dBsm
    pos_accuracy_mm: int | None  # 95 % radius of all the places; None: the declared default applies, "assumed"
    alt_accuracy_mm: int | None


class Unreadable(Heard, frozen=True, kw_only=True, tag="observed.unreadable/1"):
    """A frame that we could not read: evidence too, kept with the reason (transmitter "" where unknown)."""

    reason: str


class ClockStepped(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    array_like=True,
    forbid_unknown_fields=True,
    tag="observed.clock_stepped/1",
):
    """A source's clock ran backwards by more than the reorder window; its frames were placed at `t_arrival_ns`."""

    sensor_id: str
    t_arrival_ns: int
    t_source_ns: int


Observed = (
    BasicIdHeard
    | LocationHeard
    | SystemHeard
    | OperatorIdHeard
    | SelfIdHeard
    | AuthHeard
    | AircraftHeard
    | VehicleHeard
    | PositionReported
    | PresenceReported
    | ScanReported
    | Unreadable
    | ClockStepped
)
