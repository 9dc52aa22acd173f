"""WarDragon's ZMQ messages: a real flight against the bytes it came from, every program's wording, and what is a trap."""

import gzip
import json
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.frame import Frame
from skykeep.facts.observed import (
    BasicIdHeard,
    FlightStatus,
    IdKind,
    LinkTrust,
    LocationHeard,
    OperatorPlaceKind,
    PresenceReported,
    SelfIdHeard,
    SystemHeard,
    Unreadable,
)
from skykeep.facts.personal import KeyedNames, PlainNames
from skykeep.geo.altitude import Altitude, Datum
from skykeep.station.formats import named, recognise
from skykeep.station.inputs import open_source, require_readable
from skykeep.wire import bluetooth_le, remote_id, wardragon
from tests.fuzz.damage import damaged

VECTORS = pathlib.Path(__file__).parents[1] / "vectors"
ARRIVED_NS = 1_680_365_730_415_058_000
FLIGHT = gzip.decompress((VECTORS / "wardragon/droneid_zmq_anafi_part1.jsonl.gz").read_bytes()).splitlines()
CITY = gzip.decompress((VECTORS / "wardragon/dragonsync_generator_denver.jsonl.gz").read_bytes()).splitlines()
ON_AIR = [
    json.loads(line)
    for line in gzip.decompress(
        (VECTORS / "remote_id/parrot_anafi_flight_part1.expected.jsonl.gz").read_bytes()
    ).splitlines()
]
PLACE = {"latitude": 50.0, "longitude": 30.0}
DJI = [
    {"Basic ID": {"id_type": "Serial Number (ANSI/CTA-2063-A)", "id": "1581F4BRDGE01", "description": "Mini 2 (O3)", "RSSI": -60}},
    {"Location/Vector Message": PLACE | {"geodetic_altitude": 120.0, "height_agl": 80.0, "speed": 4.5, "vert_speed": -1.0}},
    {"Self-ID Message": {"text": "Mini 2 (O3)"}},
    {"System Message": {"latitude": 50.001, "longitude": 30.001, "home_lat": 50.0, "home_lon": 30.0}},
    {"Frequency Message": {"frequency": 2414500000.0}},
]  # fmt: skip
ESP32 = {
    "index": 7, "runtime": 12,
    "Basic ID": {"id": "NONE", "id_type": "Serial Number (ANSI/CTA-2063-A)", "ua_type": 2, "MAC": "AA:bb:cc:dd:ee:ff", "RSSI": -60},
    "Location/Vector Message": PLACE | {
        "speed": 5, "vert_speed": -1, "geodetic_altitude": 130, "height_agl": 25, "status": 2, "direction": 361,
        "alt_pressure": -1000, "height_type": 1, "horiz_acc": 10, "vert_acc": 4, "baro_acc": 0, "speed_acc": 3, "timestamp": 929,
    },
    "Self-ID Message": {"text": "UAV aa:bb:cc:dd:ee:ff operational", "description_type": 1, "description": "filming"},
    "System Message": PLACE | {"operator_lat": 50.002, "operator_lon": 30.002, "area_count": 1, "area_radius": 0,
                               "area_ceiling": 0, "area_floor": -1000, "operator_alt_geo": 0, "classification": 1, "timestamp": 5},
    "Auth Message": {"type": 0, "page": 0, "length": 0, "timestamp": 0, "data": ""},
}  # fmt: skip


def decode(data, names=None):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    frame = Frame("wardragon", None, "kit", ARRIVED_NS, ARRIVED_NS, LinkTrust.OPEN, raw)
    facts = wardragon.decode(frame, 3, names or PlainNames())
    for fact in facts:
        assert codec.decode(codec.encode(fact)) == fact
        assert (fact.frame, fact.sensor_id, fact.t_event_ns) == (3, "kit", ARRIVED_NS)
    return facts


@pytest.mark.requirement("CODEC-2")
def test_a_real_flight_says_the_same_as_the_bytes_on_air():
    rows = list(wardragon.records(FLIGHT_STREAM))
    assert len(rows) == len(ON_AIR) == 652
    for (t_ns, line), heard in zip(rows, ON_AIR, strict=True):
        frame = Frame("any", None, "kit", t_ns, t_ns, LinkTrust.OPEN, line)
        want = remote_id.facts_of(bytes.fromhex(heard["payload_hex"]), frame, 0, heard["mac"], PlainNames())
        assert wardragon.decode(frame, 0, PlainNames()) == want
        assert t_ns == pytest.approx(heard["t"] * 1e9, abs=1_000)


FLIGHT_STREAM = [b"\n".join(FLIGHT)]


def test_messages_with_plain_numbers():
    facts = decode(CITY[0])
    basic, heard, said, system, operator = facts
    assert {fact.transmitter for fact in facts} == {"60:60:1f:2e:67:72"}
    assert (basic.uas_id, basic.id_kind, basic.ua_type) == ("P4P2024NVYI0PG0Y", IdKind.SERIAL, 2)
    assert (heard.lat_e7, heard.lon_e7) == (397_314_773, -1_049_873_028)
    assert heard.altitude == Altitude(97_536, Datum.HAE)
    assert heard.height == Altitude(73_152, Datum.TAKEOFF)
    assert heard.pressure_altitude == Altitude(96_000, Datum.STD)
    assert (heard.pos_accuracy_mm, heard.alt_accuracy_mm, heard.speed_accuracy_mmps) == (3_000, 1_000, 300)
    assert (heard.t_claimed_ds, heard.t_accuracy_ds, heard.status) == (0, 1, FlightStatus.AIRBORNE)
    assert (said.text, operator.operator_id) == ("DJI Phantom 4 Flight", "OP-2024-US-58835")
    assert system.operator_place == "39.7312109,-104.9873309"
    assert not [fact for line in CITY for fact in decode(line) if isinstance(fact, Unreadable)]


@pytest.mark.requirement("CODEC-3")
def test_a_height_whose_datum_nobody_says_is_no_height():
    basic, heard, system = decode(DJI)
    assert (heard.altitude, heard.height, heard.speed_mmps, heard.vspeed_mmps) == (None, None, 4_500, -1_000)
    assert heard.status is FlightStatus.UNDECLARED
    assert {fact.transmitter for fact in (basic, heard, system)} == {"kit:1581F4BRDGE01"}
    assert (system.operator_place, system.operator_place_kind) == ("50.0010000,30.0010000", OperatorPlaceKind.LIVE)
    assert basic.uas_id == "1581F4BRDGE01"


@pytest.mark.requirement("CODEC-4")
@pytest.mark.parametrize(
    ("said", "transmitter"), [("drone-alert", ""), ("drone-alert-15529374", "kit:drone-alert-15529374")]
)
def test_the_receivers_own_place_never_becomes_a_drones(said, transmitter):
    alert = [
        {"Basic ID": {"id": said, "id_type": "Serial Number (ANSI/CTA-2063-A)", "description": "DJI Encrypted (O4)"}},
        *DJI[1:],
    ]
    [fact] = decode(alert)
    assert isinstance(fact, PresenceReported)
    assert (fact.modality, fact.uas_id, fact.transmitter) == ("rf", None, transmitter)


def test_dji_without_a_pilot_says_nothing_of_one():
    assert [type(fact) for fact in decode([*DJI[:3], {"System Message": {"home_lat": 1.0, "home_lon": 2.0}}])] == [
        BasicIdHeard, LocationHeard,
    ]  # fmt: skip


def test_an_esp32_scanner():
    basic, heard, said, system = sorted(decode(ESP32), key=lambda fact: type(fact).__name__ != "BasicIdHeard")
    by_kind = {type(fact): fact for fact in (basic, heard, said, system)}
    assert (by_kind[BasicIdHeard].uas_id, by_kind[BasicIdHeard].id_kind) == (None, IdKind.NONE)
    heard = by_kind[LocationHeard]
    assert (heard.height, heard.altitude) == (Altitude(25_000, Datum.AGL), Altitude(130_000, Datum.HAE))
    assert (heard.heading_mdeg, heard.pressure_altitude, heard.status) == (None, None, FlightStatus.AIRBORNE)
    assert (heard.pos_accuracy_mm, heard.alt_accuracy_mm, heard.pressure_accuracy_mm) == (10_000, 10_000, None)
    assert (heard.speed_accuracy_mmps, heard.t_claimed_ds) == (1_000, 9_290)
    assert (by_kind[SelfIdHeard].text, by_kind[SelfIdHeard].text_type) == ("filming", 1)
    system = by_kind[SystemHeard]
    assert (system.operator_place, system.area_ceiling, system.area_floor) == ("50.0020000,30.0020000", None, None)
    assert {fact.transmitter for fact in by_kind.values()} == {"aa:bb:cc:dd:ee:ff"}


def test_an_esp32_scanner_that_heard_only_the_name():
    zeros = {"latitude": 0.0, "longitude": 0.0}
    silent = ESP32 | {
        "Location/Vector Message": ESP32["Location/Vector Message"] | zeros,
        "Self-ID Message": {"text": "UAV aa:bb:cc:dd:ee:ff operational"},
        "System Message": zeros | {"operator_lat": 0.0, "operator_lon": 0.0},
    }
    assert [type(fact) for fact in decode(silent)] == [BasicIdHeard]


def test_an_older_scanner_calls_every_id_a_serial_number():
    old = {
        "index": 1, "runtime": 0,
        "Basic ID": {"id": "FIN87astrdge12k8", "id_type": "Serial Number (ANSI/CTA-2063-A)"},
        "Location/Vector Message": PLACE | {"speed": 5, "vert_speed": 0, "geodetic_altitude": 130, "height_agl": 25},
    }  # fmt: skip
    basic, heard = decode(old)
    assert (basic.uas_id, basic.id_kind) == ("FIN87astrdge12k8", IdKind.RESERVED)
    assert (heard.altitude, heard.height, heard.vspeed_mmps, heard.speed_mmps) == (None, None, None, 5_000)
    old["Basic ID"]["id"] = "aa:bb:cc:dd:ee:ff"
    basic, heard = decode(old)
    assert (basic.uas_id, basic.id_kind, basic.transmitter) == (None, IdKind.NONE, "aa:bb:cc:dd:ee:ff")


def location(**said):
    [fact] = decode([{"Location/Vector Message": PLACE | {"height_type": "Above Takeoff"} | said}])
    return fact


@pytest.mark.parametrize(("said", "field", "value"), [
    ({"speed": "12.3 m/s"}, "speed_mmps", 12_300), ({"speed": "255.0 m/s"}, "speed_mmps", None),
    ({"vert_speed": "63.0 m/s"}, "vspeed_mmps", None), ({"direction": 361}, "heading_mdeg", None),
    ({"direction": 360}, "heading_mdeg", 0), ({"direction": "Unknown"}, "heading_mdeg", None),
    ({"geodetic_altitude": "50.0 m"}, "altitude", Altitude(50_000, Datum.HAE)),
    ({"geodetic_altitude": "Undefined"}, "altitude", None), ({"geodetic_altitude": -1000}, "altitude", None),
    ({"height_agl": "1.5 m", "height_type": "AGL"}, "height", Altitude(1_500, Datum.AGL)),
    ({"height_agl": "1.5 m"}, "height", Altitude(1_500, Datum.TAKEOFF)), ({"height_agl": 5, "height_type": None}, "height", None),
    ({"latitude": "Unknown"}, "lat_e7", None), ({"latitude": 0, "longitude": 0}, "lon_e7", None),
    ({"latitude": 0}, "lat_e7", 0), ({"latitude": 91}, "lat_e7", None), ({"latitude": "50.1234567"}, "lat_e7", 501_234_567),
    ({"horizontal_accuracy": "<18.52 km (10 NM)"}, "pos_accuracy_mm", 18_520_000),
    ({"horizontal_accuracy": "< 3 m"}, "pos_accuracy_mm", 3_000), ({"horizontal_accuracy": "Reserved"}, "pos_accuracy_mm", None),
    ({"horizontal_accuracy": ">=18.52 km (10 NM) or Unknown"}, "pos_accuracy_mm", None),
    ({"horizontal_accuracy": 12}, "pos_accuracy_mm", 1_000), ({"speed_accuracy": "<0.3 m/s"}, "speed_accuracy_mmps", 300),
    ({"timestamp": "15 min 29.100000000000023 s"}, "t_claimed_ds", 9_291), ({"timestamp": "1.0 h 0 min 0.0 s"}, "t_claimed_ds", 36_000),
    ({"timestamp": "0.0 seconds past the hour"}, "t_claimed_ds", 0), ({"timestamp": "3600.5"}, "t_claimed_ds", None),
    ({"timestamp": "3599.5"}, "t_claimed_ds", 35_995), ({"timestamp": 12.34}, "t_claimed_ds", 123),
    ({"timestamp": "12:34"}, "t_claimed_ds", None), ({"timestamp": "Unknown"}, "t_claimed_ds", None),
    ({"timestamp": ""}, "t_claimed_ds", None), ({"timestamp_accuracy": "0.1 s"}, "t_accuracy_ds", 1),
    ({"timestamp_accuracy": "0.0 s"}, "t_accuracy_ds", None), ({"op_status": "Emergency"}, "status", FlightStatus.EMERGENCY),
    ({"op_status": "Lunch"}, "status", FlightStatus.RESERVED), ({"op_status": 4}, "status", FlightStatus.RID_FAILURE),
])  # fmt: skip
def test_wordings(said, field, value):
    assert getattr(location(**said), field) == value


@pytest.mark.parametrize(("said", "reason"), [
    ({"speed": "12.3 kt"}, 'speed: "12.3 kt" has the unit "kt"'), ({"speed": -1}, "speed: -1"), ({"speed": "fast"}, "a number belongs"),
    ({"geodetic_altitude": "50 ft"}, "unit"), ({"geodetic_altitude": 40_000}, "reaches from"), ({"height_type": "QNH"}, "height_type"),
    ({"latitude": True}, "true or false"), ({"direction": [1]}, "a list"), ({"op_status": 99}, "op_status: 99"),
])  # fmt: skip
def test_what_is_misworded_is_told(said, reason):
    fact = location(**said)
    assert isinstance(fact, Unreadable)
    assert fact.reason.startswith("Location/Vector Message: ")
    assert reason in fact.reason


@pytest.mark.parametrize(("said", "id_kind", "ua_type"), [
    ({"id_type": "CAA Assigned Registration ID", "ua_type": "Aeroplane"}, IdKind.REGISTRATION, 1),
    ({"id_type": "UTM Assigned UUID", "ua_type": "Hybrid Lift (Fixed wing aircraft that can take off vertically)"}, IdKind.UTM, 4),
    ({"id_type": "Specific Session ID", "ua_type": "Saucer"}, IdKind.SESSION, 0), ({"id_type": 1, "ua_type": 15}, IdKind.SERIAL, 15),
    ({"ua_type": "3"}, IdKind.RESERVED, 3),
])  # fmt: skip
def test_ids(said, id_kind, ua_type):
    [fact] = decode([{"Basic ID": {"id": "X1"} | said}])
    assert (fact.uas_id, fact.id_kind, fact.ua_type) == ("X1", id_kind, ua_type)


def test_one_bad_message_costs_no_other():
    bad, good = decode([{"Basic ID": 5, "MAC": "aa:bb:cc:dd:ee:ff"}, None, {"Self-ID Message": {"text": "hi"}}])
    assert (bad.reason, bad.transmitter) == ("Basic ID: a number where an object belongs", "aa:bb:cc:dd:ee:ff")
    assert good.text == "hi"


def test_authentication_and_system_times():
    said = {
        "auth_type": "Message Set Signature",
        "page_number": 0,
        "last_page_index": 1,
        "timestamp_raw": 5,
        "auth_data": "aa" * 17,
    }
    [fact] = decode([{"Authentication Message": said}])
    assert (fact.auth_type, fact.last_page, fact.t_claimed_s, fact.data) == (3, 1, 1_546_300_805, b"\xaa" * 17)
    [fact] = decode(
        [
            {
                "System Message": PLACE
                | {"timestamp_raw": 5, "protocol_version": "F3411.22", "operator_location_type": "Fixed"}
            }
        ]
    )
    assert (fact.t_claimed_s, fact.operator_place_kind) == (1_546_300_805, OperatorPlaceKind.FIXED)
    [fact] = decode([{"System Message": PLACE | {"timestamp_raw": 5, "protocol_version": "F3411.19"}}])
    assert fact.t_claimed_s is None


def test_messages_as_they_were_on_air():
    pack = bytes.fromhex(ON_AIR[0]["payload_hex"])
    want = [type(fact) for fact in decode(FLIGHT[0])]
    facts = decode({"DroneID": {"90:3a:e6:5b:c8:a8": {"AdvData": pack.hex()}}, "AUX_ADV_IND": {"rssi": -60}})
    assert [type(fact) for fact in facts] == want
    advertised = bluetooth_le.advertising_data(1, pack).hex()
    facts = decode(
        {"AUX_ADV_IND": {"aa": 1, "rssi": -60}, "aext": {"AdvA": "90:3a:e6:5b:c8:a8 (random)"}, "AdvData": advertised}
    )
    assert [type(fact) for fact in facts] == want
    assert {fact.transmitter for fact in facts} == {"90:3a:e6:5b:c8:a8"}
    [bad] = decode({"AdvData": "xy"})
    assert "no hexadecimal" in bad.reason
    assert [type(fact) for fact in decode({"DroneID": {"90:3a:e6:5b:c8:a8": {"AdvData": "f0"}}})] == [Unreadable]


@pytest.mark.parametrize("data", [{"Health": {"cpu": 1}}, {"gps_data": {}}, {"heartbeat": "Device is active"}])
def test_what_the_kit_says_of_itself_is_no_observation(data):
    assert decode(data) == []


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "not JSON"), (b"5", "a number where"), (b"{}", "none of Basic ID"), (b"[]", "none of Basic ID"), (b"[5]", "[0]: a number"),
    (b'[{"MAC": "x", "Basic ID": {}}]', "six octets"), (b'{"msg": 5}', "a number where"), (b'{"DroneID": 5}', "DroneID: a number"),
    (b"[" + b"{}," * 200 + b"{}]", "201 messages at once"), (b"x" * ((1 << 20) + 1), "longer than"),
])  # fmt: skip
def test_what_cannot_be_read_is_told(data, reason):
    [fact] = decode(data)
    assert isinstance(fact, Unreadable)
    assert reason in fact.reason


def test_recordings_with_and_without_times(tmp_path):
    assert recognise(FLIGHT_STREAM[0][:65_536], "x") is named("wardragon-log")
    bare = b"\n".join(json.dumps(json.loads(line)["msg"]).encode() for line in FLIGHT)
    assert recognise(bare[:65_536], "x") is named("wardragon")
    path = tmp_path / "bare.jsonl"
    path.write_bytes(bare)
    with pytest.raises(Refused, match="tells no times"):
        require_readable(open_source(str(path)))
    path.write_bytes(FLIGHT_STREAM[0])
    require_readable(open_source(str(path)))


@given(
    st.randoms(use_true_random=False),
    st.sampled_from([FLIGHT[2], CITY[0], json.dumps(DJI).encode(), json.dumps(ESP32).encode()]),
)
def test_damage_never_raises(rng, data):
    hurt = damaged(
        data, rng, [b'"', b"null", b"-", b"1e9", b"[", b"{", b"},{", b"Unknown", b"NaN", b"true", b"\xff", b" ft"]
    )
    decode(hurt, KeyedNames(b"k" * 32))
    list(wardragon.records([hurt]))


def _keys(*of):
    return sorted({key for one in of for key in one})


@given(
    st.dictionaries(
        st.sampled_from(
            _keys(ESP32["Location/Vector Message"], ESP32["System Message"], ESP32["Basic ID"], {"op_status": 0})
        ),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=8),
    ),
    st.booleans(),
)
def test_messages_of_anything_never_raise(said, as_dict):
    messages = dict.fromkeys(wardragon.MESSAGES, said)
    decode(messages if as_dict else [{name: one} for name, one in messages.items()])


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(data):
    decode(data)
    wardragon.sniff(data)
    wardragon.is_log(data)
