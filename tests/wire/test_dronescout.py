"""DroneScout payloads: real ones against the C library, envelopes of every kind, and what is unknown."""

import base64
import json
import lzma
import pathlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts import codec
from skykeep.facts.frame import Frame
from skykeep.facts.observed import AircraftHeard, LinkTrust, LocationHeard, SystemHeard, Unreadable
from skykeep.facts.personal import KeyedNames, PlainNames
from skykeep.geo.altitude import Altitude, Datum
from skykeep.station.formats import named, recognise
from skykeep.wire import dronescout
from skykeep.wire import remote_id_quantity as quantity
from tests.fuzz.damage import damaged

VECTORS = pathlib.Path(__file__).parents[1] / "vectors/dronescout"
ARRIVED_NS = 1_735_677_509_000_000_000
BLE = (VECTORS / "ble_legacy.jsonl").read_bytes().splitlines()
NAN = [json.dumps(one).encode() for one in json.loads((VECTORS / "wifi_nan.json").read_text())]
EXPECTED = json.loads((VECTORS / "expected.json").read_text())["items"]
AIRCRAFT = {
    "sensor ID": "ds-1", "timestamp": 1735677508366, "frequency MHz": 1090, "type": "ADSB", "raw": "", "address": "4B43AC",
    "address type": 0, "flight": "REGA1   ", "flight state": 1, "category": 7, "altitude": 594.4, "altitude type": 1,
    "speed": 26.3, "track": 360, "vertical rate": -3.9, "latitude": "47.3665", "longitude": "8.50067",
}  # fmt: skip


def decode(data, names=None):
    frame = Frame("dronescout", None, "ds-1", ARRIVED_NS, ARRIVED_NS, LinkTrust.OPEN, data)
    facts = dronescout.decode(frame, 3, names or PlainNames())
    for fact in facts:
        assert codec.decode(codec.encode(fact)) == fact
        assert (fact.frame, fact.sensor_id, fact.t_arrival_ns) == (3, "ds-1", ARRIVED_NS)
    return facts


def payload(image, **data):
    return json.dumps({"protocol": 1.0, "data": {"UASdata": base64.b64encode(image).decode()} | data}).encode()


def image(**parts):
    """An image with these parts at their offsets, each `name=(valid, offset, bytes)`."""
    data = bytearray(921)
    for valid, at, content in parts.values():
        data[valid] = 1
        data[at : at + len(content)] = content
    return bytes(data)


def location(**said):
    values = {
        "status": 2, "direction": 90.0, "speed": 5.0, "climb": -1.5, "lat": 50.0, "lon": 30.0, "pressure": 120.5,
        "altitude": 130.0, "above": 1, "height": 25.5, "pos": 10, "alt": 4, "baro": 3, "speeds": 3, "times": 2, "time": 12.34,
    } | said  # fmt: skip
    return image(a=(894, 64, struct.pack("<I3f2d2fIf5If", *values.values())))


@pytest.mark.requirement("CODEC-1")
@pytest.mark.parametrize("item", EXPECTED, ids=lambda item: f"{item['file']}:{item['index']}")
def test_real_payloads_say_what_the_c_library_reads(item):
    data = (BLE if item["file"] == "ble_legacy.jsonl" else NAN)[item["index"]]
    sent = json.loads(data)["data"]
    facts = {type(fact).__name__: fact for fact in decode(data)}
    assert {fact.transmitter for fact in facts.values()} == {sent["MAC address"].lower()}
    assert {fact.t_event_ns for fact in facts.values()} == {sent["timestamp"] * 1_000_000}
    assert facts["BasicIdHeard"].uas_id == item["basic_id"][0]["UASID"]
    assert facts["BasicIdHeard"].ua_type == item["basic_id"][0]["UAType"]
    said, heard = item["location"], facts["LocationHeard"]
    assert (heard.lat_e7, heard.lon_e7) == (round(said["Latitude"] * 1e7), round(said["Longitude"] * 1e7))
    assert heard.altitude == Altitude(round(said["AltitudeGeo"] * 1000), Datum.HAE)
    assert heard.height == Altitude(round(said["Height"] * 1000), Datum.TAKEOFF)
    assert heard.pressure_altitude is None
    assert heard.status is quantity.STATUS[said["Status"]]
    assert (heard.pos_accuracy_mm, heard.alt_accuracy_mm, heard.pressure_accuracy_mm) == (1_000, 3_000, None)
    assert heard.t_claimed_ds == pytest.approx(said["TimeStamp"] * 10, abs=0.01)
    system = facts["SystemHeard"]
    lat, lon, altitude_m = map(float, system.operator_place.split(","))
    assert lat == pytest.approx(item["system"]["OperatorLatitude"], abs=1e-9)
    assert lon == pytest.approx(item["system"]["OperatorLongitude"], abs=1e-9)
    assert altitude_m == item["system"]["OperatorAltitudeGeo"]
    assert system.t_claimed_s == item["system"]["Timestamp"] + 1_546_300_800
    assert len(facts) == 3


def test_what_stands_for_unknown_is_unknown():
    [fact] = decode(
        payload(
            location(
                direction=361.0,
                speed=255.0,
                climb=63.0,
                lat=0.0,
                lon=0.0,
                pressure=-1000.0,
                altitude=-1000.0,
                height=-1000.0,
                pos=0,
                alt=0,
                baro=0,
                speeds=0,
                times=0,
                time=65535.0,
            )
        )
    )
    unknown = {
        "lat_e7", "lon_e7", "altitude", "pressure_altitude", "height", "speed_mmps", "vspeed_mmps", "heading_mdeg",
        "pos_accuracy_mm", "alt_accuracy_mm", "pressure_accuracy_mm", "speed_accuracy_mmps", "t_claimed_ds", "t_accuracy_ds",
    }  # fmt: skip
    assert {name for name in fact.__struct_fields__ if getattr(fact, name) is None} == unknown
    assert fact.t_event_ns == ARRIVED_NS  # the payload says no time of its own
    assert fact.transmitter == ""


def test_every_field_of_a_location():
    [fact] = decode(payload(location(), timestamp=1_735_677_508_366))
    assert isinstance(fact, LocationHeard)
    assert (fact.lat_e7, fact.lon_e7, fact.heading_mdeg, fact.speed_mmps) == (500_000_000, 300_000_000, 90_000, 5_000)
    assert fact.vspeed_mmps == -1_500
    assert fact.height == Altitude(25_500, Datum.AGL)
    assert fact.pressure_altitude == Altitude(120_500, Datum.STD)
    assert (fact.speed_accuracy_mmps, fact.t_claimed_ds, fact.t_accuracy_ds) == (1_000, 123, 2)


def test_all_the_other_parts():
    parts = {
        "basic": (893, 32, struct.pack("<II20s", 1, 4, b"\1" + b"x" * 19)),
        "self": (911, 776, struct.pack("<I23s", 1, b"filming")),
        "operator": (913, 864, struct.pack("<I20s", 0, b"FIN87astrdge12k8")),
        "auth": (895, 136, struct.pack("<B3xIBB2xI23s", 0, 3, 1, 40, 5, b"a" * 17)),
        "more": (896, 176, struct.pack("<B3xIBB2xI23s", 1, 3, 0, 0, 0, b"b" * 23)),
        "system": (912, 808, struct.pack("<II2dHHffIIfI", 1, 1, 0, 0, 3, 250, 80.0, -1000.0, 1, 2, 10.5, 0)),
    }
    basic, first, second, said, system, operator = decode(payload(image(**parts)))
    assert (basic.uas_id, basic.id_kind.value) == ((b"\1" + b"x" * 19).hex(), "session")
    assert (first.last_page, first.length, first.data, first.t_claimed_s) == (1, 40, b"a" * 17, 1_546_300_805)
    assert (second.page, second.last_page, second.data) == (1, None, b"b" * 23)
    assert (said.text, said.text_type, operator.operator_id) == ("filming", 1, "FIN87astrdge12k8")
    assert isinstance(system, SystemHeard)
    assert (system.operator_place, system.area_radius_m, system.area_floor, system.t_claimed_s) == (
        None,
        250,
        None,
        None,
    )
    assert system.area_ceiling == Altitude(80_000, Datum.HAE)


def test_one_bad_part_costs_no_other():
    parts = {
        "basic": (892, 0, struct.pack("<II20s", 99, 1, b"X")),
        "self": (911, 776, struct.pack("<I23s", 0, b"hello")),
    }
    bad, good = decode(payload(image(**parts), **{"MAC address": "AA:BB:CC:DD:EE:FF"}))
    assert (bad.reason, bad.transmitter) == ("UASdata, Basic ID: UA type 99, at most 15", "aa:bb:cc:dd:ee:ff")
    assert good.text == "hello"


@pytest.mark.parametrize(
    "field", ["direction", "speed", "climb", "lat", "lon", "pressure", "altitude", "height", "time"]
)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_no_nan_gets_past(field, value):
    [fact] = decode(payload(location(**{field: value})))
    assert type(fact) is Unreadable or (field == "time" and fact.t_claimed_ds is None)


def test_an_aircraft():
    [fact] = decode(json.dumps({"protocol": 1.0, "aircraft": AIRCRAFT}).encode())
    assert isinstance(fact, AircraftHeard)
    assert (fact.transmitter, fact.callsign, fact.source, fact.category) == ("4b43ac", "REGA1", "dronescout_adsb", "A7")
    assert (fact.lat_e7, fact.lon_e7, fact.heading_mdeg, fact.on_ground) == (473_665_000, 85_006_700, 0, False)
    assert (fact.altitude, fact.pressure_altitude) == (None, Altitude(594_400, Datum.STD))
    assert (fact.speed_mmps, fact.vspeed_mmps, fact.t_event_ns) == (26_300, -3_900, 1_735_677_508_366_000_000)
    other = AIRCRAFT | {
        "altitude type": 2,
        "address type": 3,
        "latitude": 0,
        "longitude": 0,
        "flight state": 2,
        "type": None,
    }
    [fact] = decode(json.dumps({"protocol": 1.0, "aircraft": other}).encode())
    assert (fact.altitude, fact.pressure_altitude) == (Altitude(594_400, Datum.HAE), None)
    assert (fact.transmitter, fact.lat_e7, fact.on_ground, fact.source) == ("~4b43ac", None, None, "dronescout_unknown")


def test_envelopes():
    status = (VECTORS / "sensor_status.json").read_bytes()
    assert decode(status) == []
    assert decode(b'{"protocol": 1.0, "location": {"sensor ID": "a", "latitude": 5}}\n\0') == []
    two = NAN[0] + BLE[0]
    assert decode(two) == decode(NAN[0]) + decode(BLE[0])
    assert decode(b"[" + NAN[0] + b"," + BLE[0] + b"]") == decode(two)
    assert decode(lzma.compress(two)) == decode(two)
    assert decode(lzma.compress(two, lzma.FORMAT_ALONE)) == decode(two)
    good, bad = NAN[0], b'{"protocol": 1.0,}'
    assert [type(fact) is Unreadable for fact in decode(good + bad + good)] == [False] * 3 + [True] + [False] * 3
    assert dronescout.sensor_of(two) == "SNSTAC-CUAS-0002"
    assert dronescout.sensor_of(status) == "test_sensor_id_001"
    assert dronescout.sensor_of(b"{") is None


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "not JSON"), (b"[1]", "a number where an object"), (b'{"protocol": 2}', "protocol: 2; 1.0 is known"),
    (b'{"protocol": 1.0}', "neither data, aircraft"), (b'{"protocol": 1.0, "data": 5}', "data: a number"),
    (b'{"protocol": 1.0, "data": {"RSSI": 1}}', "UASdata: missing"),
    (b'{"protocol": 1.0, "data": {"UASdata": "*"}}', "no base64"),
    (b'{"protocol": 1.0, "data": {"UASdata": "AAAA"}}', "3 bytes"),
    (b'{"protocol": 1.0, "data": {"UASdata": "AAAA", "MAC address": "hello"}}', "six octets"),
    (b'{"protocol": 1.0, "data": {"UASdata": "AAAA", "timestamp": -5}}', "timestamp: -5"),
    (b'{"protocol": 1.0, "aircraft": {"address": "zz"}}', "24-bit address"),
    (b"\xfd7zXZ\0junk", "LZMA"), (b"x" * ((1 << 20) + 1), "longer than"), (b"{}" * 3_000, "more than 1000 objects"),
    (lzma.compress(b" " * (5 << 20)), "longer than"),
])  # fmt: skip
def test_what_cannot_be_read_is_told(data, reason):
    [fact] = decode(data)
    assert isinstance(fact, Unreadable)
    assert reason in fact.reason
    assert len(fact.reason) < 300


def test_a_recording_and_its_times():
    stream = b"\n".join(BLE)
    rows = list(dronescout.records([stream[:1000], stream[1000:]]))
    assert [t_ns for t_ns, _ in rows] == [json.loads(line)["data"]["timestamp"] * 1_000_000 for line in BLE]
    assert recognise(stream[:65536], "x") is named("dronescout")
    assert list(named("dronescout").in_message(NAN[0] + BLE[0])) == [NAN[0] + BLE[0]]


@given(st.randoms(use_true_random=False), st.sampled_from([NAN[0], BLE[0] + BLE[1], json.dumps({"protocol": 1.0, "aircraft": AIRCRAFT}).encode()]))  # fmt: skip
def test_damage_never_raises(rng, data):
    hurt = damaged(data, rng, [b"}{", b'"', b"null", b"-", b"1e9", b"\0", b"[", b"AAAA", b"NaN", b"\xff"])
    decode(hurt, KeyedNames(b"k" * 32))
    dronescout.sensor_of(hurt)
    list(dronescout.records([hurt]))


@given(st.binary(min_size=920, max_size=921))
def test_any_image_never_raises(data):
    decode(payload(bytes(data)))


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(data):
    decode(data)
    decode(lzma.compress(data))
    dronescout.sniff(data)
