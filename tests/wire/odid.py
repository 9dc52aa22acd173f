"""What the C reference decoded, in our units: written apart from skykeep.wire, so that the two can disagree."""

import gzip
import json
import pathlib

from skykeep.facts.frame import Frame
from skykeep.facts.observed import (
    AuthHeard,
    BasicIdHeard,
    LinkTrust,
    LocationHeard,
    OperatorIdHeard,
    SelfIdHeard,
    SystemHeard,
)
from skykeep.geo.altitude import Altitude, Datum

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors" / "remote_id"
ANAFI = ROOT / "skykeep" / "demo_data" / "parrot_anafi_flight_part1.pcap"
EPOCH_S = 1_546_300_800


def vectors(name):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["vectors"]


def rows(name):
    with gzip.open(VECTORS / f"{name}.expected.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def frame(data, link=None, form="remote-id"):
    return Frame(
        format=form, link=link, sensor_id="s1", t_event_ns=11, t_arrival_ns=22, link_trust=LinkTrust.OPEN, data=data
    )


# ---- facts as the C decode of the same bytes says they must be -------------------------------------

STATUS = ["undeclared", "ground", "airborne", "emergency", "rid_failure"]
ID_KIND = ["none", "serial", "registration", "utm", "session"]
PLACE = ["takeoff", "live", "fixed", "reserved"]
HORIZONTAL_M = [None, 18520, 7408, 3704, 1852, 926, 555.6, 185.2, 92.6, 30, 10, 3, 1]
VERTICAL_M = [None, 150, 45, 25, 10, 3, 1]
SPEED_MPS = [None, 10, 3, 1, 0.3]


def thousandths(value):
    return None if value is None else round(value * 1000)


def nth(table, index, default=None):
    return table[index] if index < len(table) else default


def height(value_m, datum):
    return None if value_m == -1000 else Altitude(round(value_m * 1000), datum)


def place(lat, lon):
    lat_e7, lon_e7 = round(lat * 1e7), round(lon * 1e7)
    known = abs(lat_e7) <= 900_000_000 and abs(lon_e7) <= 1_800_000_000 and (lat_e7, lon_e7) != (0, 0)
    return (lat_e7, lon_e7) if known else (None, None)


def escaped(text):
    return "".join(c if " " <= c <= "~" and c != "\\" else f"\\x{ord(c):02x}" for c in text)


def location(c):
    lat_e7, lon_e7 = place(c["Latitude"], c["Longitude"])
    direction, speed, vspeed, time = c["Direction"], c["SpeedHorizontal"], c["SpeedVertical"], c["TimeStamp"]
    return {
        "status": nth(STATUS, c["Status"], "reserved"),
        "lat_e7": lat_e7,
        "lon_e7": lon_e7,
        "altitude": height(c["AltitudeGeo"], Datum.HAE),
        "pressure_altitude": height(c["AltitudeBaro"], Datum.STD),
        "height": height(c["Height"], Datum.AGL if c["HeightType"] else Datum.TAKEOFF),
        "speed_mmps": None if speed == 255 else thousandths(speed),
        "vspeed_mmps": None if abs(vspeed) > 62 else thousandths(vspeed),
        "heading_mdeg": None if direction > 360 else thousandths(direction % 360),
        "pos_accuracy_mm": thousandths(nth(HORIZONTAL_M, c["HorizAccuracy"])),
        "alt_accuracy_mm": thousandths(nth(VERTICAL_M, c["VertAccuracy"])),
        "pressure_accuracy_mm": thousandths(nth(VERTICAL_M, c["BaroAccuracy"])),
        "speed_accuracy_mmps": thousandths(nth(SPEED_MPS, c["SpeedAccuracy"])),
        "t_claimed_ds": round(time * 10) if time <= 3600 else None,
        "t_accuracy_ds": c["TSAccuracy"] or None,
    }


def basic_id(c):
    raw = c["UASID_hex"]
    if not raw.strip("0"):
        text = None
    elif c["IDType"] in {1, 2}:
        text = escaped(c["UASID"])
    elif c["IDType"] == 3:
        text = f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:32]}"
    elif c["IDType"] == 4:
        text = raw
    else:
        text = escaped(bytes.fromhex(raw).decode("latin-1").rstrip("\0"))
    return {"id_kind": nth(ID_KIND, c["IDType"], "reserved"), "ua_type": c["UAType"], "uas_id": text}


def system(c, version):
    lat_e7, _ = place(c["OperatorLatitude"], c["OperatorLongitude"])
    where = f"{c['OperatorLatitude']:.7f},{c['OperatorLongitude']:.7f}"
    if c["OperatorAltitudeGeo"] != -1000:
        where += f",{c['OperatorAltitudeGeo']:.1f}"
    return {
        "operator_place_kind": PLACE[c["OperatorLocationType"]],
        "operator_place": None if lat_e7 is None else where,
        "classification": c["ClassificationType"],
        "area_count": c["AreaCount"],
        "area_radius_m": c["AreaRadius"],
        "area_ceiling": height(c["AreaCeiling"], Datum.HAE),
        "area_floor": height(c["AreaFloor"], Datum.HAE),
        "category_eu": c["CategoryEU"],
        "class_eu": c["ClassEU"],
        "t_claimed_s": c["Timestamp"] + EPOCH_S if c["Timestamp"] and version >= 2 else None,
    }


def auth(c):
    return {
        "auth_type": c["AuthType"],
        "page": c["DataPage"],
        "last_page": c.get("LastPageIndex"),
        "length": c.get("Length"),
        "t_claimed_s": c["Timestamp"] + EPOCH_S if c.get("Timestamp") else None,
        "data": bytes.fromhex(c["AuthData_hex"]),
    }


def facts(decoded, version):
    """(kind, fields) of every fact that one decode by C stands for, in the order of its keys."""
    made = []
    for key, value in decoded.items():
        match key:
            case "basic_id":
                made += [(BasicIdHeard, basic_id(each)) for each in value]
            case "location":
                made.append((LocationHeard, location(value)))
            case "system":
                made.append((SystemHeard, system(value, version)))
            case "operator_id":
                text = escaped(value["OperatorId"]) or None
                made.append((OperatorIdHeard, {"id_type": value["OperatorIdType"], "operator_id": text}))
            case "self_id":
                text = escaped(value["Desc"]) or None
                made.append((SelfIdHeard, {"text_type": value["DescType"], "text": text}))
            case "auth":
                made += [(AuthHeard, auth(each)) for each in value]
            case _:
                raise AssertionError(key)
    return made


def fields(fact):
    """A fact's own fields, enumerations by value, without those that every observation has."""
    names = [name for name in fact.__struct_fields__ if name not in COMMON]
    return {name: getattr(value := getattr(fact, name), "value", value) for name in names}


COMMON = {"sensor_id", "transmitter", "t_event_ns", "t_arrival_ns", "link_trust", "frame"}


def told(made):
    return [(type(fact), fields(fact)) for fact in made]
