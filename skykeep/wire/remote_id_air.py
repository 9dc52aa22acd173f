"""Open Drone ID facts put back on air: the frame that a sender of them would send.

The way back from `remote_id.decode`, for simulators and tests: the ids in the facts are plain values, not pseudonyms,
and `decode` with `PlainNames` gives the same facts again, rounded to what the messages can say.
"""

from __future__ import annotations

from collections.abc import Sequence

from skykeep.errors import Refused
from skykeep.facts.observed import (
    BasicIdHeard,
    Heard,
    IdKind,
    LocationHeard,
    OperatorIdHeard,
    SelfIdHeard,
    SystemHeard,
)
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import remote_id_quantity as quantity
from skykeep.wire.ieee80211 import beacon
from skykeep.wire.remote_id_message import Message, Pack, encode_message, encode_pack

VERSION = 2  # F3411-22a


def on_air(mac: bytes, counter: int, facts: Sequence[Heard], ssid: str) -> bytes:
    """Return the Wi-Fi beacon (link 105, no FCS) that says these facts: one as a message, several as a pack."""
    messages = tuple(message_of(fact) for fact in facts)
    single = len(messages) == 1
    payload = encode_message(messages[0]) if single else encode_pack(Pack(VERSION, messages))
    return beacon(mac, counter, payload, ssid)


def message_of(fact: Heard) -> Message:
    """Return the message that says a fact; raises Refused for what no message can say."""
    match fact:
        case LocationHeard():
            return _location(fact)
        case BasicIdHeard():
            text = fact.uas_id or ""
            binary = fact.id_kind in {IdKind.UTM, IdKind.SESSION}
            uas_id = bytes.fromhex(text.replace("-", "")) if binary else text.encode()
            return quantity.basic_id(id_kind=fact.id_kind, uas_id=uas_id, ua_type=fact.ua_type)
        case SystemHeard():
            return _system(fact)
        case OperatorIdHeard():
            return quantity.operator_id((fact.operator_id or "").encode(), id_type=fact.id_type)
        case SelfIdHeard():
            return quantity.self_id((fact.text or "").encode(), text_type=fact.text_type)
        case _:
            raise Refused(f"{type(fact).__name__} is nothing that Open Drone ID could say")


def _location(fact: LocationHeard) -> Message:
    return quantity.location(
        status=fact.status,
        lat_e7=fact.lat_e7,
        lon_e7=fact.lon_e7,
        altitude=fact.altitude,
        pressure_altitude=fact.pressure_altitude,
        height=fact.height,
        speed_mmps=fact.speed_mmps,
        vspeed_mmps=fact.vspeed_mmps,
        heading_mdeg=fact.heading_mdeg,
        pos_accuracy_mm=fact.pos_accuracy_mm,
        alt_accuracy_mm=fact.alt_accuracy_mm,
        pressure_accuracy_mm=fact.pressure_accuracy_mm,
        speed_accuracy_mmps=fact.speed_accuracy_mmps,
        t_claimed_ds=fact.t_claimed_ds,
        t_accuracy_ds=fact.t_accuracy_ds,
    )


def _system(fact: SystemHeard) -> Message:
    lat_e7, lon_e7, altitude = _place(fact.operator_place)
    return quantity.system(
        operator_place_kind=fact.operator_place_kind,
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        operator_altitude=altitude,
        classification=fact.classification,
        area_count=fact.area_count,
        area_radius_m=fact.area_radius_m,
        area_ceiling=fact.area_ceiling,
        area_floor=fact.area_floor,
        category_eu=fact.category_eu,
        class_eu=fact.class_eu,
        t_claimed_s=fact.t_claimed_s,
    )


def _place(text: str | None) -> tuple[int | None, int | None, Altitude | None]:
    """Read "lat,lon[,metres above the ellipsoid]" as `remote_id` writes it: seven decimals, then one."""
    if text is None:
        return None, None, None
    lat, lon, *height = text.split(",")
    altitude = Altitude(_whole(height[0], 1) * 100, Datum.HAE) if height else None
    return _whole(lat, 7), _whole(lon, 7), altitude


def _whole(text: str, places: int) -> int:
    whole, _, part = text.partition(".")
    if not part.isdigit() or len(part) != places:
        raise Refused(f"{text!r} has not {places} decimals, as a place in a System message is written")
    return int(whole + part)
