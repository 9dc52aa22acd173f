"""What DroneScout receivers (BlueMark ds230, ds240 and others) publish over MQTT, JSON with Remote ID inside.

Source: BlueMark's DroneScout manual and its RemoteID-MQTT-subscriber. A payload is one object or several after one
another, maybe with a NUL or line end behind, maybe packed with LZMA:

    {"protocol": 1.0, "data": {"sensor ID": "ds-1", "RSSI": -72, "channel": 6, "timestamp": 1735677508366,
                               "MAC address": "7A:60:B8:80:BE:E4", "type": "WiFi NaN", "UASdata": "AgAAAAEA..."}}

    data            timestamp    Unix milliseconds by the receiver's clock         -> t_event_ns
                    MAC address                                                    -> transmitter
                    UASdata      base64 of an image of memory: `dronescout_image`
    aircraft        ADS-B (1090 MHz) or UAT (978 MHz) of the add-on receivers, one aircraft
                    address      24 bits in hexadecimal; "address type" 0 and 2: ICAO's
                    altitude     metres, "altitude type" 1: pressure (STD), 2: GNSS (HAE)
                    speed, vertical rate  m/s; track  degrees; latitude and longitude both 0: unknown
    status, location, mobile network      of the receiver itself: no observation, so nothing

The receiver keeps what it heard of a transmitter and sends it all whenever one message of it comes: a place may be some
seconds older than `t_event_ns`; by how much, `t_claimed_ds` of the fact can tell.
"""

from __future__ import annotations

import base64
import binascii
import lzma
import re
from collections.abc import Iterable, Iterator

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import AircraftHeard, Observed
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import dronescout_image, lines, worded
from skykeep.wire.jsontext import BOM, Json, kind, read, show
from skykeep.wire.moments import LATEST_S
from skykeep.wire.quantity import MILLI, take_text

PROTOCOL = 1
OBJECTS_MAX = 1_000
_XZ, _LZMA = b"\xfd7zXZ\0", b"\x5d\0\0"
_MEMORY_MAX = 64 << 20
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_ADDRESS = re.compile(r"[0-9a-f]{6}")
_OF_ITSELF = ("status", "location", "mobile network")


def decode(frame: Frame, index: int, names: Names) -> list[Observed]:
    """Return the facts of one payload; what of it cannot be read becomes Unreadable, alone. Never raises."""
    try:
        objects = _objects(frame.data)
    except Malformed as error:
        return [lines.unreadable(frame, index, str(error))]
    facts: list[Observed] = []
    for one in objects:
        try:
            facts += _facts_of(one, frame, index, names)
        except Malformed as error:
            facts.append(lines.unreadable(frame, index, str(error)))
    return facts


def _objects(data: bytes) -> list[Json]:
    """Return the objects of a payload."""
    lines.refuse_long(data)
    said = (_unpacked(data) if data.startswith((_XZ, _LZMA)) else data).rstrip(b"\0\r\n\t ")
    try:
        whole = read(said)
    except Malformed:
        parts = said.split(b"}{", OBJECTS_MAX)
        if len(parts) == 1:
            raise
        if len(parts) > OBJECTS_MAX:
            raise Malformed(f"more than {OBJECTS_MAX} objects in one payload") from None
        return [_apart(parts, at) for at in range(len(parts))]
    if isinstance(whole, list) and len(whole) <= OBJECTS_MAX:
        return whole
    return [whole]


def _apart(parts: list[bytes], at: int) -> Json:
    """Return one of several objects; what cannot be read comes as its bytes, so that it alone is told of."""
    part = (b"{" if at else b"") + parts[at] + (b"}" if at < len(parts) - 1 else b"")
    try:
        return read(part)
    except Malformed as error:
        return error


def _unpacked(data: bytes) -> bytes:
    try:
        packed = lzma.LZMADecompressor(memlimit=_MEMORY_MAX)
        unpacked = packed.decompress(data, lines.LINE_MAX + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise Malformed(f"LZMA that cannot be unpacked: {error}") from error
    lines.refuse_long(unpacked)
    if not packed.eof:
        raise Malformed("LZMA that ends too early")
    return unpacked


def _facts_of(one: Json, frame: Frame, index: int, names: Names) -> list[Observed]:
    if isinstance(one, Malformed):
        raise one
    if not isinstance(one, dict):
        raise Malformed(f"{kind(one)} where an object {{…}} belongs")
    if one.get("protocol") != PROTOCOL:
        raise Malformed(f"protocol: {show(one.get('protocol'))}; 1.0 is known")
    facts: list[Observed] = []
    if data := _part(one, "data"):
        facts += _remote_id(data, frame, index, names)
    if aircraft := _part(one, "aircraft"):
        facts.append(_aircraft(aircraft, _at(aircraft, frame), index, names))
    if not any(key in one for key in ("data", "aircraft", *_OF_ITSELF)):
        raise Malformed("neither data, aircraft, status, location nor mobile network")
    return facts


def _part(one: dict[str, Json], key: str) -> dict[str, Json] | None:
    part = one.get(key)
    if part is not None and not isinstance(part, dict):
        raise Malformed(f"{key}: {kind(part)} where an object belongs")
    return part


def _at(part: dict[str, Json], frame: Frame) -> Frame:
    """Return the frame as of when the receiver heard it, where it says so."""
    moment_ns = _moment_ns(part)
    return frame if moment_ns is None else msgspec.structs.replace(frame, t_event_ns=moment_ns)


def _moment_ns(part: dict[str, Json]) -> int | None:
    moment_ms = worded.whole(part, "timestamp", 0, LATEST_S * 1_000)
    return None if moment_ms is None else moment_ms * 1_000_000


def _remote_id(data: dict[str, Json], frame: Frame, index: int, names: Names) -> list[Observed]:
    if "UASdata" not in data and "status" in data:
        return []  # how older firmware tells of itself
    mac = (take_text(data, "MAC address") or "").lower()
    if mac and not _MAC.fullmatch(mac):
        raise Malformed(f"MAC address: {show(mac)} is not six octets like aa:bb:cc:dd:ee:ff")
    transmitter = names.pseudonym(NameKind.TRANSMITTER, mac) if mac else ""
    try:
        image = _image(data)
        return dronescout_image.facts_of(image, _at(data, frame), index, transmitter, names)
    except Malformed as error:
        return [lines.unreadable(frame, index, str(error), transmitter=transmitter)]


def _image(data: dict[str, Json]) -> bytes:
    said = take_text(data, "UASdata", 4_096)
    if said is None:
        raise Malformed("UASdata: missing")
    try:
        return base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"UASdata: no base64: {error}") from error


def _aircraft(of: dict[str, Json], frame: Frame, index: int, names: Names) -> Observed:
    address = (take_text(of, "address") or "").lower()
    if not _ADDRESS.fullmatch(address):
        raise Malformed(f"aircraft: address: {show(address)} is no 24-bit address in six hexadecimal digits")
    icao = worded.whole(of, "address type", 0, 7) in {0, 2}
    place = worded.place_e7(of, "latitude", "longitude")
    called = (take_text(of, "flight") or "").strip(" @_")
    category = worded.whole(of, "category", 0, 255) or 0
    state = worded.whole(of, "flight state", 0, 255)
    return AircraftHeard(
        sensor_id=frame.sensor_id,
        transmitter=names.pseudonym(NameKind.TRANSMITTER, address if icao else f"~{address}"),
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        callsign=names.pseudonym(NameKind.CALLSIGN, called) if called else None,
        source=f"dronescout_{(take_text(of, 'type', 24) or 'unknown').lower()}",
        category="ABC"[category >> 3] + str(category & 7) if 0 < category < 24 else None,
        on_ground=None if state is None or state > 1 else state == 0,
        lat_e7=place and place[0],
        lon_e7=place and place[1],
        altitude=_altitude(of, 2, Datum.HAE),
        pressure_altitude=_altitude(of, 1, Datum.STD),
        speed_mmps=worded.measured(of, "speed", 0, 2_600, MILLI),
        vspeed_mmps=worded.measured(of, "vertical rate", -500, 500, MILLI),
        heading_mdeg=_heading_mdeg(of),
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
        squawk=None,
    )


def _altitude(of: dict[str, Json], altitude_type: int, datum: Datum) -> Altitude | None:
    if worded.whole(of, "altitude type", 0, 255) != altitude_type:
        return None
    value_mm = worded.measured(of, "altitude", -1_500, 61_000, MILLI)
    return None if value_mm is None else Altitude(value_mm, datum)


def _heading_mdeg(of: dict[str, Json]) -> int | None:
    value = worded.measured(of, "track", 0, 360, MILLI)
    return None if value is None else value % 360_000


def _parts(data: bytes) -> Iterator[dict[str, Json]]:
    for one in _objects(data):
        if isinstance(one, dict):
            yield from (part for part in one.values() if isinstance(part, dict))


def sensor_of(data: bytes) -> str | None:
    """Return the receiver that a payload names; None where it names none or cannot be read. Never raises."""
    try:
        return next((said for part in _parts(data) if (said := take_text(part, "sensor ID"))), None)
    except Malformed:
        return None


def arrival_ns(data: bytes) -> int:
    """Return when the receiver heard what a payload tells; raises Malformed where that cannot be read."""
    moment_ns = next((said for part in _parts(data) if (said := _moment_ns(part)) is not None), None)
    if moment_ns is None:
        raise Malformed("timestamp: missing; without it nobody knows when this was heard")
    return moment_ns


def records(stream: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (t_arrival_ns, payload) for each line of a stream: a recording has one payload a line."""
    return lines.timed(lines.split(stream), arrival_ns)


def sniff(line: bytes) -> bool:
    """Say whether a stream that begins with this line holds DroneScout's payloads."""
    return re.match(rb'\s*\{\s*"protocol"\s*:\s*1(?:\.0)?\s*,', line.removeprefix(BOM)[:256]) is not None
