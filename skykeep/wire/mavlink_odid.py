"""OPEN_DRONE_ID_* of MAVLink as the facts of Remote ID: the same words as on air, in finer units.

Source: mavlink.io, common.xml, messages 12900 to 12905 and 12915; the codes are those of F3411-22a
(`remote_id_quantity`), a pack holds messages of 25 bytes as they are sent (`remote_id`).

    id_or_mac        (20) all zero: the vehicle's own Remote ID; else whom its receiver heard, by address (6) or id
    direction        0.01 degree; above 36000 unknown          speed_horizontal  cm/s; above 25425 unknown
    speed_vertical   cm/s, up; beyond 6200 unknown             heights           float32, metres; -1000 unknown
    timestamp        float32, seconds after the hour; above 3600 unknown
    area_radius      metres
"""

from __future__ import annotations

import math
from typing import Any

from msgspec.structs import asdict

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import (
    AuthHeard,
    BasicIdHeard,
    FlightStatus,
    Heard,
    IdKind,
    LocationHeard,
    Observed,
    OperatorIdHeard,
    OperatorPlaceKind,
    SelfIdHeard,
    SystemHeard,
)
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import remote_id
from skykeep.wire import remote_id_quantity as quantity
from skykeep.wire.carrier import mac_text
from skykeep.wire.identity import name_kind
from skykeep.wire.lines import heard
from skykeep.wire.mavlink_frame import AUTH, BASIC_ID, LAYOUTS, LOCATION, OPERATOR_ID, PACK, SELF_ID, SYSTEM, Message
from skykeep.wire.remote_id_message import COUNT_MAX, EPOCH_S, SIZE, auth_fault
from skykeep.wire.remote_id_message import PACK as PACK_TYPE
from skykeep.wire.remote_id_text import escaped, place_text, text_of, uas_id_text

HIGHEST_M = 31_767.5
PACK_VERSION = 2  # of the head that is put before a pack's messages; each has its own
_ID_AT = {AUTH: 6, BASIC_ID: 2, LOCATION: 32, OPERATOR_ID: 2, PACK: 2, SELF_ID: 2, SYSTEM: 30}
"""Where `id_or_mac` begins in the payload; the system that the message is meant for stands two bytes before."""


def heard_from(message: Message) -> str:
    """Return whose Remote ID a receiver on the vehicle heard; "" where it speaks of the vehicle itself."""
    at = _ID_AT.get(message.kind)
    whose = b"" if at is None else message.payload[at : at + 20]
    if not any(whose):
        return ""
    return escaped(whose.rstrip(b"\0")) if any(whose[6:]) else mac_text(whose[:6])


def meant_for(message: Message) -> int:
    """Return the system that a Remote ID message is meant for; 0: all."""
    at = _ID_AT.get(message.kind)
    return 0 if at is None else message.payload[at - 2]


def read(message: Message, frame: Frame, index: int, transmitter: str, names: Names) -> list[Observed]:
    """Return the facts of one message; raises Malformed for what cannot be read."""
    fields = LAYOUTS[message.kind].fields.unpack(message.payload)
    if message.kind == PACK:
        return _pack(fields, frame, index, transmitter, names)
    return [_fact(message.kind, fields, heard(frame, index, transmitter), names)]


_Fields = tuple[Any, ...]


def _fact(kind: int, fields: _Fields, shared: Heard, names: Names) -> Observed:
    if kind == LOCATION:
        return _location(fields, shared)
    if kind == BASIC_ID:
        return _basic_id(fields, shared, names)
    if kind == SYSTEM:
        return _system(fields, shared, names)
    if kind == OPERATOR_ID:
        return _operator_id(fields, shared, names)
    return _self_id(fields, shared, names) if kind == SELF_ID else _auth(fields, shared)


def _basic_id(fields: _Fields, shared: Heard, names: Names) -> BasicIdHeard:
    _, _, _, id_type, ua_type, uas_id = fields
    text = uas_id_text(id_type, uas_id)
    id_kind = quantity.ID_KIND[id_type] if id_type < 16 else IdKind.RESERVED
    return BasicIdHeard(
        **asdict(shared),
        id_kind=id_kind,
        ua_type=ua_type,
        uas_id=names.pseudonym(name_kind(id_kind), text) if text else None,
    )


def _location(fields: _Fields, shared: Heard) -> LocationHeard:
    lat_e7, lon_e7, pressure_m, altitude_m, height_m, time_s, direction, speed, climb = fields[:9]
    status, above = fields[12:14]
    known = quantity.place_known(lat_e7, lon_e7)
    if above > 1:
        raise Malformed(f"MAVLink OPEN_DRONE_ID_LOCATION: height_reference {above}, it is 0 (take-off) or 1 (ground)")
    return LocationHeard(
        **asdict(shared),
        status=quantity.STATUS[status] if status < 16 else FlightStatus.RESERVED,
        lat_e7=lat_e7 if known else None,
        lon_e7=lon_e7 if known else None,
        altitude=_altitude("LOCATION: altitude_geodetic", altitude_m, Datum.HAE),
        pressure_altitude=_altitude("LOCATION: altitude_barometric", pressure_m, Datum.STD),
        height=_altitude("LOCATION: height", height_m, quantity.HEIGHT_DATUM[above]),
        speed_mmps=speed * 10 if speed <= 25_425 else None,
        vspeed_mmps=climb * 10 if -6_200 <= climb <= 6_200 else None,
        heading_mdeg=direction % 36_000 * 10 if direction <= 36_000 else None,
        pos_accuracy_mm=_of(quantity.POS_ACCURACY_MM, fields[14]),
        alt_accuracy_mm=_of(quantity.ALT_ACCURACY_MM, fields[15]),
        pressure_accuracy_mm=_of(quantity.ALT_ACCURACY_MM, fields[16]),
        speed_accuracy_mmps=_of(quantity.SPEED_ACCURACY_MMPS, fields[17]),
        t_claimed_ds=round(time_s * 10) if 0.0 <= time_s <= 3_600.0 else None,
        t_accuracy_ds=_of(quantity.T_ACCURACY_DS, fields[18]),
    )


def _of(table: quantity.Known, code: int) -> int | None:
    return table[code] if code < len(table) else None


def _altitude(what: str, value_m: float, datum: Datum) -> Altitude | None:
    """Return a height; -1000 m and less is how it is said to be unknown."""
    if not math.isfinite(value_m) or value_m > HIGHEST_M:
        raise Malformed(f"MAVLink OPEN_DRONE_ID_{what}: {value_m:g} m, it reaches from -999.5 to {HIGHEST_M}")
    return None if value_m <= -1_000.0 else Altitude(round(value_m * 1_000), datum)


def _auth(fields: _Fields, shared: Heard) -> AuthHeard:
    t_s, _, _, _, auth_type, page, last_page, length, data = fields
    fault = f"page {page}, at most 15" if page > 15 else "" if page else auth_fault(last_page, length)
    if fault:
        raise Malformed(f"MAVLink OPEN_DRONE_ID_AUTHENTICATION: {fault}")
    return AuthHeard(
        **asdict(shared),
        auth_type=auth_type,
        page=page,
        last_page=None if page else last_page,
        length=None if page else length,
        t_claimed_s=t_s + EPOCH_S if t_s and not page else None,
        data=data if page else data[:17],
    )


def _self_id(fields: _Fields, shared: Heard, names: Names) -> SelfIdHeard:
    *_, text_type, said = fields
    text = text_of(said)
    return SelfIdHeard(
        **asdict(shared), text_type=text_type, text=names.pseudonym(NameKind.TEXT, text) if text else None
    )


def _system(fields: _Fields, shared: Heard, names: Names) -> SystemHeard:
    lat_e7, lon_e7, ceiling_m, floor_m, altitude_m, t_s, count, radius_m, _, _, _, kind, classification = fields[:13]
    altitude = _altitude("SYSTEM: operator_altitude_geo", altitude_m, Datum.HAE)
    place = place_text(lat_e7, lon_e7, None if altitude is None else round(altitude.value_mm / 100))
    return SystemHeard(
        **asdict(shared),
        operator_place_kind=quantity.PLACE_KIND[kind] if kind < 4 else OperatorPlaceKind.RESERVED,
        operator_place=names.pseudonym(NameKind.PLACE, place) if place else None,
        classification=classification,
        area_count=count,
        area_radius_m=radius_m,
        area_ceiling=_altitude("SYSTEM: area_ceiling", ceiling_m, Datum.HAE),
        area_floor=_altitude("SYSTEM: area_floor", floor_m, Datum.HAE),
        category_eu=fields[13],
        class_eu=fields[14],
        t_claimed_s=t_s + EPOCH_S if t_s else None,
    )


def _operator_id(fields: _Fields, shared: Heard, names: Names) -> OperatorIdHeard:
    *_, id_type, said = fields
    text = text_of(said)
    return OperatorIdHeard(
        **asdict(shared), id_type=id_type, operator_id=names.pseudonym(NameKind.OPERATOR_ID, text) if text else None
    )


def _pack(fields: _Fields, frame: Frame, index: int, transmitter: str, names: Names) -> list[Observed]:
    _, _, _, size, count, messages = fields
    if size != SIZE or not 1 <= count <= COUNT_MAX:
        raise Malformed(
            f"MAVLink OPEN_DRONE_ID_MESSAGE_PACK: {count} messages of {size} bytes, it holds 1 to {COUNT_MAX} of {SIZE}"
        )
    head = bytes((PACK_TYPE << 4 | PACK_VERSION, size, count))
    return remote_id.facts_of(head + messages[: size * count], frame, index, transmitter, names)
