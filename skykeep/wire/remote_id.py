"""Open Drone ID frames (ASTM F3411-22a) as facts.

`decode` takes a link-layer frame, or a bare message or pack, and never raises: what is not Remote ID gives [], what is
Remote ID but cannot be read gives one `Unreadable` fact. The bytes of the messages are laid out in
`remote_id_message`, the codes in `remote_id_quantity`, the carriers in `ieee80211` and `bluetooth_le`.

Sentinels end here. Unknown, as None: direction 361° or more, speed code 255 with the multiplier, vertical speed beyond
62 m/s, an altitude code of 0, latitude and longitude both 0 or off the globe, a time beyond the hour, accuracy 0 or
reserved, an empty id, a System or Auth time of 0 and a System time of versions 0 and 1, which do not have it.
"""

from __future__ import annotations

import functools

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
from skykeep.geo.altitude import Datum
from skykeep.wire import bluetooth_le, dji_droneid, ieee80211
from skykeep.wire import remote_id_quantity as quantity
from skykeep.wire.bluetooth_le import advertisement
from skykeep.wire.carrier import Carried
from skykeep.wire.identity import name_kind
from skykeep.wire.ieee80211 import beacon
from skykeep.wire.lines import unreadable
from skykeep.wire.remote_id_message import (
    EPOCH_S,
    PACK,
    Auth,
    BasicId,
    Location,
    Message,
    OperatorId,
    Pack,
    SelfId,
    System,
    Unsound,
    decode_message,
    decode_pack,
    encode_message,
    encode_pack,
)
from skykeep.wire.remote_id_text import place_text, text_of, uas_id_text

__all__ = [
    "HEX_FORMAT",
    "LINKS",
    "Message",
    "Pack",
    "advertisement",
    "beacon",
    "decode",
    "decode_hex_line",
    "decode_message",
    "decode_pack",
    "encode_message",
    "encode_pack",
]

LINKS = (*ieee80211.LINKS, *bluetooth_le.LINKS)  # pcap link types that `decode` can read; frames of others give []
HEX_FORMAT = "odid-hex"
_HAE, _STD = Datum.HAE, Datum.STD  # asking an enumeration for a member costs more than the multiplication beside it


def decode(frame: Frame, index: int, names: Names) -> list[Observed]:
    """Return the facts that a frame holds, in its own order; `index` is written into each one's `frame`.

    Link None is a bare message or pack, or for the format "odid-hex" one line of `decode_hex_line`.
    """
    facts: list[Observed] = []
    for found in _carried(frame):
        transmitter = names.pseudonym(NameKind.TRANSMITTER, found.mac) if found.mac else ""
        if found.fault:
            facts.append(unreadable(frame, index, found.fault, transmitter=transmitter))
            continue
        try:
            read = dji_droneid.facts_of if found.is_dji else facts_of
            facts += read(found.payload, frame, index, transmitter, names)
        except Malformed as error:
            facts.append(unreadable(frame, index, str(error), transmitter=transmitter))
    return facts


def facts_of(payload: bytes, frame: Frame, index: int, transmitter: str, names: Names) -> list[Observed]:
    """Return the facts of one message or pack as it stands in a frame of any kind; raises Malformed for neither."""
    return [_fact(message, frame, index, transmitter, names) for message in _messages(payload)]


@functools.lru_cache(4096)  # several receivers hear one broadcast, and packs say the same again for minutes
def _messages(payload: bytes) -> tuple[Message | Unsound, ...]:
    return decode_pack(payload).messages if payload and payload[0] >> 4 == PACK else (decode_message(payload),)


def _carried(frame: Frame) -> list[Carried]:
    link = frame.link
    if link is not None:
        if link in ieee80211.LINKS:
            return ieee80211.carried(frame.data, link)
        return bluetooth_le.carried(frame.data, link)  # [] for a link that it does not know either
    if frame.format != HEX_FORMAT:
        return [Carried("", frame.data)]
    try:
        return decode_hex_line(frame.data)
    except Malformed as error:
        return [Carried("", b"", str(error))]


def decode_hex_line(line: bytes) -> list[Carried]:
    """Return what a line of hexadecimal says: one message or pack, before it the sender's address if it is known.

        90:3a:e6:5b:c8:a8 f01901...

    Empty lines and lines that begin with # hold nothing. Raises Malformed for a line that is something else.
    """
    words = line.split()
    if not words or words[0].startswith(b"#"):
        return []
    mac = b""
    if b":" in words[0]:
        mac = words.pop(0).lower()
        octets = mac.split(b":")
        if len(octets) != 6 or any(len(octet) != 2 or octet.strip(b"0123456789abcdef") for octet in octets):
            raise Malformed("odid-hex line: the address before the message is not six octets like aa:bb:cc:dd:ee:ff")
    digits = b"".join(words)
    if not digits or len(digits) % 2 or digits.lower().strip(b"0123456789abcdef"):
        raise Malformed(f"odid-hex line: {len(digits)} characters that are not pairs of hexadecimal digits")
    return [Carried(mac.decode("ascii"), bytes.fromhex(digits.decode("ascii")))]


def _fact(message: Message | Unsound, frame: Frame, index: int, transmitter: str, names: Names) -> Observed:
    match message:
        case Location():
            return _location(message, frame, index, transmitter)
        case BasicId():
            return _basic_id(message, frame, index, transmitter, names)
        case System():
            return _system(message, frame, index, transmitter, names)
        case OperatorId():
            return _operator_id(message, frame, index, transmitter, names)
        case SelfId():
            return _self_id(message, frame, index, transmitter, names)
        case Auth():
            return _auth(message, frame, index, transmitter)
        case Unsound():
            return unreadable(frame, index, message.reason, transmitter=transmitter)


def _location(message: Location, frame: Frame, index: int, transmitter: str) -> LocationHeard:
    known = quantity.place_known(message.lat_e7, message.lon_e7)
    return LocationHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        status=quantity.STATUS[message.status],
        lat_e7=message.lat_e7 if known else None,
        lon_e7=message.lon_e7 if known else None,
        altitude=quantity.altitude(message.altitude_code, _HAE),
        pressure_altitude=quantity.altitude(message.pressure_altitude_code, _STD),
        height=quantity.altitude(message.height_code, quantity.HEIGHT_DATUM[message.height_type]),
        speed_mmps=quantity.SPEED_MMPS[message.speed_multiplier << 8 | message.speed_code],
        vspeed_mmps=quantity.VSPEED_MMPS[message.vspeed_code & 255],
        heading_mdeg=quantity.HEADING_MDEG[message.east_west << 8 | message.direction_code],
        pos_accuracy_mm=quantity.POS_ACCURACY_MM[message.pos_accuracy_code],
        alt_accuracy_mm=quantity.ALT_ACCURACY_MM[message.alt_accuracy_code],
        pressure_accuracy_mm=quantity.ALT_ACCURACY_MM[message.pressure_accuracy_code],
        speed_accuracy_mmps=quantity.SPEED_ACCURACY_MMPS[message.speed_accuracy_code],
        t_claimed_ds=message.t_ds if message.t_ds <= 36_000 else None,
        t_accuracy_ds=quantity.T_ACCURACY_DS[message.t_accuracy_ds],
    )


def _basic_id(message: BasicId, frame: Frame, index: int, transmitter: str, names: Names) -> BasicIdHeard:
    text = uas_id_text(message.id_type, message.uas_id)
    id_kind = quantity.ID_KIND[message.id_type]
    return BasicIdHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        id_kind=id_kind,
        ua_type=message.ua_type,
        uas_id=names.pseudonym(name_kind(id_kind), text) if text else None,
    )


def _system(message: System, frame: Frame, index: int, transmitter: str, names: Names) -> SystemHeard:
    code = message.operator_altitude_code
    place = place_text(message.lat_e7, message.lon_e7, code * 5 - 10_000 if code else None)
    return SystemHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        operator_place_kind=quantity.PLACE_KIND[message.operator_place_type],
        operator_place=names.pseudonym(NameKind.PLACE, place) if place else None,
        classification=message.classification,
        area_count=message.area_count,
        area_radius_m=message.area_radius_dam * 10,
        area_ceiling=quantity.altitude(message.area_ceiling_code, _HAE),
        area_floor=quantity.altitude(message.area_floor_code, _HAE),
        category_eu=message.category_eu,
        class_eu=message.class_eu,
        t_claimed_s=message.t_s + EPOCH_S if message.t_s and message.version > 1 else None,
    )


def _operator_id(message: OperatorId, frame: Frame, index: int, transmitter: str, names: Names) -> OperatorIdHeard:
    text = text_of(message.operator_id)
    return OperatorIdHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        id_type=message.id_type,
        operator_id=names.pseudonym(NameKind.OPERATOR_ID, text) if text else None,
    )


def _self_id(message: SelfId, frame: Frame, index: int, transmitter: str, names: Names) -> SelfIdHeard:
    text = text_of(message.text)
    return SelfIdHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        text_type=message.text_type,
        text=names.pseudonym(NameKind.TEXT, text) if text else None,
    )


def _auth(message: Auth, frame: Frame, index: int, transmitter: str) -> AuthHeard:
    return AuthHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        auth_type=message.auth_type,
        page=message.page,
        last_page=message.last_page,
        length=message.length,
        t_claimed_s=message.t_s + EPOCH_S if message.t_s else None,
        data=message.data,
    )
