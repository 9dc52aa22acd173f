"""The messages of Remote ID as WarDragon's programs word them, and the facts that they are.

The keys are those of bkerler/DroneID (with units in text, "588.0 m"), of DragonSync's generator and DJI receiver
(numbers in metres and m/s), and of ESP32 scanners (`status`, `alt_pressure`, `horiz_acc` ...: codes of F3411-22a).

    Basic ID                 id, id_type, ua_type (text or code)
    Location/Vector Message  latitude, longitude, direction, speed, vert_speed, geodetic_altitude (HAE),
                             pressure_altitude or alt_pressure (STD), height_agl: above what `height_type` says,
                             for the name of that key says nothing: "Above Takeoff" or 0, "AGL" or 1
    System Message           operator_lat, operator_lon, else latitude, longitude; altitude, area, EU category, time
    Self-ID Message, Operator ID Message, Authentication Message

Where `height_type` is missing it is DJI's DroneID and no F3411 Location, or a scanner drops it: its heights are left
out, for nobody says above what they are. The ESP32 scanner writes 0 where it heard nothing, its own words as Self-ID,
and (older ones) an operator id or an address as a serial number; each of these is left out or marked.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import (
    AuthHeard,
    BasicIdHeard,
    FlightStatus,
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
from skykeep.wire import remote_id_quantity as quantity
from skykeep.wire import worded
from skykeep.wire.identity import name_kind
from skykeep.wire.jsontext import Json, show
from skykeep.wire.quantity import MILLI, Ratio, scaled, take_text
from skykeep.wire.remote_id_message import EPOCH_S
from skykeep.wire.remote_id_text import place_text

HIGHEST_M = Decimal("31767.5")
_DECI = Ratio(Decimal(10))

_ID_KIND = {
    "none": IdKind.NONE, "serial number (ansi/cta-2063-a)": IdKind.SERIAL, "serial number": IdKind.SERIAL,
    "caa assigned registration id": IdKind.REGISTRATION, "caa registration id": IdKind.REGISTRATION,
    "utm assigned uuid": IdKind.UTM, "utm assigned id": IdKind.UTM, "specific session id": IdKind.SESSION,
}  # fmt: skip
_UA_TYPE = {  # by how the words begin
    "aeroplane": 1, "airplane": 1, "helicopter": 2, "gyroplane": 3, "hybrid": 4, "vtol": 4, "ornithopter": 5,
    "glider": 6, "kite": 7, "free balloon": 8, "captive balloon": 9, "airship": 10, "free fall": 11, "rocket": 12,
    "tethered": 13, "ground obstacle": 14, "other": 15,
}  # fmt: skip
_STATUS = {
    "undeclared": FlightStatus.UNDECLARED, "ground": FlightStatus.GROUND, "airborne": FlightStatus.AIRBORNE,
    "emergency": FlightStatus.EMERGENCY, "remote id system failure": FlightStatus.RID_FAILURE,
}  # fmt: skip
_HEIGHT_DATUM = {
    "above takeoff": Datum.TAKEOFF, "takeoff": Datum.TAKEOFF, "agl": Datum.AGL, "above ground": Datum.AGL,
    "above ground level": Datum.AGL,
}  # fmt: skip
_PLACE_KIND = {
    "takeoff": OperatorPlaceKind.TAKEOFF, "take off": OperatorPlaceKind.TAKEOFF, "dynamic": OperatorPlaceKind.LIVE,
    "live": OperatorPlaceKind.LIVE, "live gnss": OperatorPlaceKind.LIVE, "fixed": OperatorPlaceKind.FIXED,
}  # fmt: skip
_TEXT_TYPE = {"text description": 0, "emergency description": 1, "extended status description": 2}
_CATEGORY_EU = {"open": 1, "specific": 2, "certified": 3}
_CLASS_EU = {f"class {number}": number + 1 for number in range(7)}

_BOUND = re.compile(r"<\s*([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(km|m/s|m)\b.*")
_BOUND_MILLI = {"km": 1_000_000, "m": 1_000, "m/s": 1_000}
_OF_THE_HOUR = re.compile(
    r"(?:([0-9]{1,2})(?:\.0)?\s*h)?\s*(?:([0-9]{1,2})\s*min)?\s*"
    r"(?:([0-9]{1,4}(?:\.[0-9]{1,20})?)\s*(?:s|seconds|seconds past the hour)?)?"
)
_SCANNERS_WORDS = re.compile(r"UAV .* operational")


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """What all facts of one ZMQ message share."""

    frame: Frame
    index: int
    transmitter: str
    names: Names
    by_esp32: bool = False
    is_dji: bool = False  # `description` beside the id is how the DJI receiver words it
    labelled: bool = True  # False: this scanner calls every id a serial number

    def shared(self) -> dict[str, Any]:
        """Return the fields that every observation has."""
        return {
            "sensor_id": self.frame.sensor_id,
            "transmitter": self.transmitter,
            "t_event_ns": self.frame.t_event_ns,
            "t_arrival_ns": self.frame.t_arrival_ns,
            "link_trust": self.frame.link_trust,
            "frame": self.index,
        }


_Said = dict[str, Json]


def _basic_id(heard: Heard, said: _Said) -> list[Observed]:
    text = take_text(said, "id") or ""
    if text in {"NONE", "unknown"} or re.fullmatch(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", text):
        text = ""
    id_kind = _id_kind(said) if text else IdKind.NONE
    if not heard.labelled and text:
        id_kind = IdKind.RESERVED
    value = heard.names.pseudonym(name_kind(id_kind), text) if text else None
    return [BasicIdHeard(**heard.shared(), id_kind=id_kind, ua_type=_ua_type(said), uas_id=value)]


def _id_kind(said: _Said) -> IdKind:
    value = said.get("id_type")
    if isinstance(value, str) and (known := _ID_KIND.get(value.strip().lower())) is not None:
        return known
    code = worded.whole(said, "id_type", 0, 15)
    return IdKind.RESERVED if code is None else quantity.ID_KIND[code]


def _ua_type(said: _Said) -> int:
    """Return the code; words that are not known are 0, undeclared, for an id must not be lost over them."""
    value = said.get("ua_type")
    if isinstance(value, str) and not value.strip().isdigit():
        words = value.strip().lower()
        return next((code for begin, code in _UA_TYPE.items() if words.startswith(begin)), 0)
    return worded.whole(said, "ua_type", 0, 15) or 0


def _location(heard: Heard, said: _Said) -> list[Observed]:
    place = worded.place_e7(said, "latitude", "longitude")
    if place is None and heard.by_esp32:
        return []  # the scanner writes zeros for a Location that it has not heard
    above = _above(said)
    vspeed = worded.number(said, "vert_speed", "m/s")
    if above is None and heard.by_esp32:
        vspeed = None  # and here a constant
    return [
        LocationHeard(
            **heard.shared(),
            status=_status(said),
            lat_e7=None if place is None else place[0],
            lon_e7=None if place is None else place[1],
            altitude=None if above is None else _altitude(said, "geodetic_altitude", Datum.HAE),
            pressure_altitude=_altitude(said, "pressure_altitude", Datum.STD)
            or _altitude(said, "alt_pressure", Datum.STD),
            height=None if above is None else _altitude(said, "height_agl", above),
            speed_mmps=_speed_mmps(said),
            vspeed_mmps=None if vspeed is None or not -62 <= vspeed <= 62 else scaled(vspeed, MILLI),
            heading_mdeg=_heading_mdeg(said),
            pos_accuracy_mm=_accuracy(said, "horizontal_accuracy", "horiz_acc", quantity.POS_ACCURACY_MM),
            alt_accuracy_mm=_accuracy(said, "vertical_accuracy", "vert_acc", quantity.ALT_ACCURACY_MM),
            pressure_accuracy_mm=_accuracy(said, "baro_accuracy", "baro_acc", quantity.ALT_ACCURACY_MM),
            speed_accuracy_mmps=_accuracy(said, "speed_accuracy", "speed_acc", quantity.SPEED_ACCURACY_MMPS),
            t_claimed_ds=_of_the_hour_ds(said.get("timestamp")),
            t_accuracy_ds=_t_accuracy_ds(said),
        )
    ]


def _status(said: _Said) -> FlightStatus:
    value = said.get("op_status", said.get("status"))
    if isinstance(value, str):
        return _STATUS.get(value.strip().lower(), FlightStatus.RESERVED)
    code = worded.whole(said, "op_status", 0, 15)
    code = worded.whole(said, "status", 0, 15) if code is None else code
    return FlightStatus.UNDECLARED if code is None else quantity.STATUS[code]


def _above(said: _Said) -> Datum | None:
    """Return what `height_agl` is above; None where nobody says."""
    value = said.get("height_type")
    if isinstance(value, str):
        known = _HEIGHT_DATUM.get(value.strip().lower())
        if known is None and value.strip():
            raise Malformed(f"height_type: {show(value)}; Above Takeoff and AGL are known")
        return known
    code = worded.whole(said, "height_type", 0, 1)
    return None if code is None else quantity.HEIGHT_DATUM[code]


def _altitude(said: _Said, key: str, datum: Datum) -> Altitude | None:
    """Return a height; -1000 m and less is how it is said to be unknown."""
    value = worded.number(said, key, "m")
    if value is None or value <= -1_000:
        return None
    if value > HIGHEST_M:
        raise Malformed(f"{key}: {show(value)} m, it reaches from -999.5 to {HIGHEST_M}")
    return Altitude(scaled(value, MILLI), datum)


def _speed_mmps(said: _Said) -> int | None:
    speed = worded.number(said, "speed", "m/s")
    if speed is not None and not 0 <= speed <= 255:
        raise Malformed(f"speed: {show(speed)} m/s, it reaches from 0 to 254.25")
    return None if speed is None or speed > Decimal("254.25") else scaled(speed, MILLI)


def _heading_mdeg(said: _Said) -> int | None:
    """Return the direction of motion; above 360 lies what stands for unknown."""
    value = worded.number(said, "direction", "deg", "°")
    return None if value is None or not 0 <= value <= 360 else scaled(value, MILLI) % 360_000


def _accuracy(said: _Said, key: str, coded: str, table: quantity.Known) -> int | None:
    """Return an accuracy by its words ("<3 m") or its code; words that say no bound are unknown."""
    value = said.get(key, said.get(coded))
    if isinstance(value, int) and not isinstance(value, bool):
        return table[value] if 0 <= value < len(table) else None
    found = _BOUND.fullmatch(value.strip()) if isinstance(value, str) else None
    return None if found is None else int(Decimal(found[1]) * _BOUND_MILLI[found[2]]) or None


def _of_the_hour_ds(value: Json) -> int | None:
    """Return tenths of a second after the hour; None where it is not told in a way that is known."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return scaled(value, _DECI) if 0 <= value <= 3_600 else None
    found = _OF_THE_HOUR.fullmatch(value.strip()) if isinstance(value, str) and value.strip() else None
    if found is None:
        return None
    hours, minutes, seconds = found.groups()
    tenths = (int(hours or 0) * 3_600 + int(minutes or 0) * 60) * 10 + scaled(Decimal(seconds or 0), _DECI)
    return tenths if tenths <= 36_000 and any(found.groups()) else None


def _t_accuracy_ds(said: _Said) -> int | None:
    value = said.get("timestamp_accuracy")
    found = re.fullmatch(r"([01]\.[0-9])\s*s(?:econds)?", value.strip()) if isinstance(value, str) else None
    return None if found is None else scaled(Decimal(found[1]), _DECI) or None


def _system(heard: Heard, said: _Said) -> list[Observed]:
    live = "operator_lat" in said
    found = worded.place_e7(said, *(("operator_lat", "operator_lon") if live else ("latitude", "longitude")))
    if found is None and (heard.by_esp32 or heard.is_dji):
        return []  # zeros for a System that was not heard; of DJI only where it took off, or thinks so
    keys = ("geodetic_altitude", "operator_altitude_geo", "operator_alt_geo")
    altitude = next((one for key in keys if (one := _altitude(said, key, Datum.HAE)) is not None), None)
    if heard.by_esp32 and altitude is not None and altitude.value_mm == 0:
        altitude = None
    place = "" if found is None else place_text(*found, None if altitude is None else round(altitude.value_mm / 100))
    return [
        SystemHeard(
            **heard.shared(),
            operator_place_kind=_place_kind(said),
            operator_place=heard.names.pseudonym(NameKind.PLACE, place) if place else None,
            classification=_coded(said, "classification_type", {"eu": 1, "european union": 1}, 7),
            area_count=worded.whole(said, "area_count", 0, 65_535) or 0,
            area_radius_m=0,  # metres by one program and tens of metres by another
            area_ceiling=_area(heard, said, "area_ceiling"),
            area_floor=_area(heard, said, "area_floor"),
            category_eu=_coded(said, "ua_classification_category_type", _CATEGORY_EU, 15),
            class_eu=_coded(said, "ua_classification_category_class", _CLASS_EU, 15),
            t_claimed_s=_t_claimed_s(said),
        )
    ]


def _place_kind(said: _Said) -> OperatorPlaceKind:
    """Return what the place is; where it is not said, it is where DJI's app is: live."""
    value = said.get("operator_location_type")
    if isinstance(value, str):
        return _PLACE_KIND.get(value.strip().lower(), OperatorPlaceKind.RESERVED)
    code = worded.whole(said, "operator_location_type", 0, 3)
    return OperatorPlaceKind.LIVE if code is None else quantity.PLACE_KIND[code]


def _area(heard: Heard, said: _Said, key: str) -> Altitude | None:
    altitude = _altitude(said, key, Datum.HAE)
    return None if altitude is None or (heard.by_esp32 and altitude.value_mm == 0) else altitude


def _coded(said: _Said, key: str, known: dict[str, int], highest: int) -> int:
    """Return a code by its words or itself; 0, undeclared, for words that are not known."""
    value = said.get(key)
    if isinstance(value, str) and not value.strip().isdigit():
        return known.get(value.strip().lower(), 0)
    return worded.whole(said, key, 0, highest) or 0


def _t_claimed_s(said: _Said) -> int | None:
    """Return the sender's time; editions before F3411-22 have none."""
    if str(said.get("protocol_version", "")) in {"F3411.19", "F3411.20"}:
        return None
    seconds = worded.whole(said, "timestamp_raw", -(1 << 31), 1 << 32)
    return seconds + EPOCH_S if seconds is not None and seconds > 0 else None


def _self_id(heard: Heard, said: _Said) -> list[Observed]:
    if heard.is_dji:
        return []  # the receiver's word for the model
    text = take_text(said, "text") or ""
    if heard.by_esp32 and _SCANNERS_WORDS.fullmatch(text):
        text = take_text(said, "description") or ""
        if not text:
            return []
    coded = "description_type" if "description_type" in said else "text_type"
    value = heard.names.pseudonym(NameKind.TEXT, text) if text else None
    return [SelfIdHeard(**heard.shared(), text_type=_coded(said, coded, _TEXT_TYPE, 255), text=value)]


def _operator_id(heard: Heard, said: _Said) -> list[Observed]:
    text = take_text(said, "operator_id")
    value = heard.names.pseudonym(NameKind.OPERATOR_ID, text) if text else None
    return [OperatorIdHeard(**heard.shared(), id_type=_coded(said, "operator_id_type", {}, 255), operator_id=value)]


_AUTH_TYPE = {
    "none": 0, "uas id signature": 1, "operator id signature": 2, "message set signature": 3,
    "authentication provided by network remote id": 4, "specific authentication method": 5,
}  # fmt: skip


def _auth(heard: Heard, said: _Said) -> list[Observed]:
    page = worded.whole(said, "page_number", 0, 15)
    if page is None:
        raise Malformed("page_number: missing")
    try:
        data = bytes.fromhex(take_text(said, "auth_data") or "")
    except ValueError as error:
        raise Malformed(f"auth_data: no hexadecimal: {error}") from error
    return [
        AuthHeard(
            **heard.shared(),
            auth_type=_coded(said, "auth_type", _AUTH_TYPE, 15),
            page=page,
            last_page=None if page else worded.whole(said, "last_page_index", 0, 15),
            length=None,  # not told
            t_claimed_s=None if page else _t_claimed_s({"timestamp_raw": said.get("timestamp_raw")}),
            data=data,
        )
    ]


MESSAGES: dict[str, Callable[[Heard, _Said], list[Observed]]] = {
    "Basic ID": _basic_id,
    "Location/Vector Message": _location,
    "System Message": _system,
    "Self-ID Message": _self_id,
    "Operator ID Message": _operator_id,
    "Authentication Message": _auth,
}
