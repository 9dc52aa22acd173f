"""The `UASdata` of a DroneScout receiver: what it knows of one transmitter, as the C library holds it in memory.

Source: `ODID_UAS_Data` of opendroneid-core-c (libopendroneid/opendroneid.h), little-endian, natural alignment; the
offsets agree with BlueMark's RemoteID-MQTT-subscriber. 920 bytes; one more, 0, may follow.

       0  2 x Basic ID    UA type u32, id type u32, id 21 bytes, 3 of padding
      64  Location        status u32; direction, speed, vertical speed f32; latitude, longitude f64; pressure altitude,
                          geodetic altitude f32; height type u32; height f32; five accuracies u32; time f32 (s of hour)
     136  16 x Auth       page u8 (4), type u32, last page u8, length u8 (4), time u32, data 24 bytes
     776  Self ID         type u32, text 24 bytes, 4 of padding
     808  System          place type, classification u32; latitude, longitude f64; area count, radius (m) u16; ceiling,
                          floor f32; category, class u32; operator's altitude f32; time u32, 4 of padding
     864  Operator ID     type u32, id 21 bytes, 3 of padding
     892  which are valid  Basic ID 2, Location 1, Auth 16, Self ID 1, System 1, Operator ID 1 bytes

Unknown, as None: direction above 360°, speed 255 m/s, vertical speed beyond 62 m/s, heights of -1000 m and less, a time
beyond the hour, latitude and longitude both 0 or off the globe, System and Auth time 0.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import (
    AuthHeard,
    BasicIdHeard,
    LocationHeard,
    Observed,
    OperatorIdHeard,
    SelfIdHeard,
    SystemHeard,
)
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import remote_id_quantity as quantity
from skykeep.wire.identity import name_kind
from skykeep.wire.lines import unreadable
from skykeep.wire.remote_id_message import EPOCH_S, auth_fault
from skykeep.wire.remote_id_text import place_text, text_of, uas_id_text

SIZE = 920
HIGHEST_M = 31_767.5
_BASIC_ID = struct.Struct("<II20s")
_LOCATION = struct.Struct("<I3f2d2fIf5If")
_AUTH = struct.Struct("<B3xIBB2xI23s")
_TEXT = struct.Struct("<I23s")
_SYSTEM = struct.Struct("<II2dHHffIIfI")
_OPERATOR_ID = struct.Struct("<I20s")


def facts_of(image: bytes, frame: Frame, index: int, transmitter: str, names: Names) -> list[Observed]:
    """Return a fact for each part that is valid, Unreadable for one that cannot be; raises Malformed for no image."""
    if len(image) not in {SIZE, SIZE + 1}:
        raise Malformed(f"UASdata: {len(image)} bytes, the image of ODID_UAS_Data has {SIZE}")
    facts: list[Observed] = []
    for what, read, at in _parts(image):
        try:
            facts.append(read(image, at, frame, index, transmitter, names))
        except Malformed as error:
            facts.append(unreadable(frame, index, f"UASdata, {what}: {error}", transmitter=transmitter))
    return facts


_Read = Callable[[bytes, int, Frame, int, str, Names], Observed]


def _parts(image: bytes) -> Iterator[tuple[str, _Read, int]]:
    """Yield the parts that are valid, in the order of the message types."""
    for number in (0, 1):
        if image[892 + number]:
            yield "Basic ID", _basic_id, 32 * number
    if image[894]:
        yield "Location", _location, 64
    for number in range(16):
        if image[895 + number]:
            yield "Authentication", _auth, 136 + 40 * number
    for what, read, valid, at in _SINGLE:
        if image[valid]:
            yield what, read, at


def _code(what: str, code: int) -> int:
    if code > 15:
        raise Malformed(f"{what} {code}, at most 15")
    return code


def _basic_id(image: bytes, at: int, frame: Frame, index: int, transmitter: str, names: Names) -> Observed:
    ua_type, id_type, uas_id = _BASIC_ID.unpack_from(image, at)
    text = uas_id_text(_code("id type", id_type), uas_id)
    id_kind = quantity.ID_KIND[id_type]
    return BasicIdHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        id_kind=id_kind,
        ua_type=_code("UA type", ua_type),
        uas_id=names.pseudonym(name_kind(id_kind), text) if text else None,
    )


def _location(image: bytes, at: int, frame: Frame, index: int, transmitter: str, names: Names) -> Observed:
    del names
    (
        status, direction, speed, climb, lat, lon, pressure_m, altitude_m, above, height_m,
        pos_code, alt_code, pressure_code, speed_code, time_code, time_s,
    ) = _LOCATION.unpack_from(image, at)  # fmt: skip
    lat_e7, lon_e7 = _e7("latitude", lat), _e7("longitude", lon)
    known = quantity.place_known(lat_e7, lon_e7)
    if above > 1:
        raise Malformed(f"height type {above}, it is 0 (take-off) or 1 (ground)")
    return LocationHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        status=quantity.STATUS[_code("status", status)],
        lat_e7=lat_e7 if known else None,
        lon_e7=lon_e7 if known else None,
        altitude=_altitude("geodetic altitude", altitude_m, Datum.HAE),
        pressure_altitude=_altitude("pressure altitude", pressure_m, Datum.STD),
        height=_altitude("height", height_m, quantity.HEIGHT_DATUM[above]),
        speed_mmps=_milli("speed", speed, 0.0, 254.25),
        vspeed_mmps=_milli("vertical speed", climb, -62.0, 62.0),
        heading_mdeg=_heading_mdeg(direction),
        pos_accuracy_mm=quantity.POS_ACCURACY_MM[_code("accuracy", pos_code)],
        alt_accuracy_mm=quantity.ALT_ACCURACY_MM[_code("accuracy", alt_code)],
        pressure_accuracy_mm=quantity.ALT_ACCURACY_MM[_code("accuracy", pressure_code)],
        speed_accuracy_mmps=quantity.SPEED_ACCURACY_MMPS[_code("accuracy", speed_code)],
        t_claimed_ds=round(_finite("time", time_s) * 10) if 0.0 <= time_s <= 3_600.0 else None,
        t_accuracy_ds=quantity.T_ACCURACY_DS[_code("accuracy", time_code)],
    )


def _finite(what: str, value: float) -> float:
    if not math.isfinite(value):
        raise Malformed(f"{what} is {value}")
    return value


def _e7(what: str, degrees: float) -> int:
    return round(min(max(_finite(what, degrees), -1_000.0), 1_000.0) * 1e7)


def _milli(what: str, value: float, low: float, high: float) -> int | None:
    """Return thousandths; beyond the range lies what stands for unknown."""
    return round(value * 1_000) if low <= _finite(what, value) <= high else None


def _heading_mdeg(degrees: float) -> int | None:
    return round(degrees * 1_000) % 360_000 if 0.0 <= _finite("direction", degrees) <= 360.0 else None


def _altitude(what: str, value_m: float, datum: Datum) -> Altitude | None:
    if _finite(what, value_m) > HIGHEST_M:
        raise Malformed(f"{what} {value_m:g} m, it reaches from -999.5 to {HIGHEST_M}")
    return None if value_m <= -1_000.0 else Altitude(round(value_m * 1_000), datum)


def _auth(image: bytes, at: int, frame: Frame, index: int, transmitter: str, names: Names) -> Observed:
    del names
    page, auth_type, last_page, length, t_s, data = _AUTH.unpack_from(image, at)
    fault = f"page {page}, at most 15" if page > 15 else "" if page else auth_fault(last_page, length)
    if fault:
        raise Malformed(fault)
    return AuthHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        auth_type=_code("type", auth_type),
        page=page,
        last_page=None if page else last_page,
        length=None if page else length,
        t_claimed_s=t_s + EPOCH_S if t_s and not page else None,
        data=data if page else data[:17],
    )


def _self_id(image: bytes, at: int, frame: Frame, index: int, transmitter: str, names: Names) -> Observed:
    text_type, said = _TEXT.unpack_from(image, at)
    text = text_of(said)
    return SelfIdHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        text_type=_byte("type", text_type),
        text=names.pseudonym(NameKind.TEXT, text) if text else None,
    )


def _byte(what: str, value: int) -> int:
    if value > 255:
        raise Malformed(f"{what} {value}, at most 255")
    return value


def _system(image: bytes, at: int, frame: Frame, index: int, transmitter: str, names: Names) -> Observed:
    kind, classification, lat, lon, count, radius_m, ceiling_m, floor_m, category, class_eu, altitude_m, t_s = (
        _SYSTEM.unpack_from(image, at)
    )
    altitude = _altitude("operator's altitude", altitude_m, Datum.HAE)
    altitude_dm = None if altitude is None else round(altitude.value_mm / 100)
    place = place_text(_e7("latitude", lat), _e7("longitude", lon), altitude_dm)
    if kind > 3:
        raise Malformed(f"operator's place type {kind}, at most 3")
    return SystemHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        operator_place_kind=quantity.PLACE_KIND[kind],
        operator_place=names.pseudonym(NameKind.PLACE, place) if place else None,
        classification=_code("classification", classification),
        area_count=count,
        area_radius_m=radius_m,
        area_ceiling=_altitude("area ceiling", ceiling_m, Datum.HAE),
        area_floor=_altitude("area floor", floor_m, Datum.HAE),
        category_eu=_code("category", category),
        class_eu=_code("class", class_eu),
        t_claimed_s=t_s + EPOCH_S if t_s else None,
    )


def _operator_id(image: bytes, at: int, frame: Frame, index: int, transmitter: str, names: Names) -> Observed:
    id_type, said = _OPERATOR_ID.unpack_from(image, at)
    text = text_of(said)
    return OperatorIdHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        id_type=_byte("type", id_type),
        operator_id=names.pseudonym(NameKind.OPERATOR_ID, text) if text else None,
    )


_SINGLE: tuple[tuple[str, _Read, int, int], ...] = (
    ("Self ID", _self_id, 911, 776),
    ("System", _system, 912, 808),
    ("Operator ID", _operator_id, 913, 864),
)
