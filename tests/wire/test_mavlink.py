"""MAVLink as facts: what the reference library reads, streams that may be cut anywhere, and no bytes that raise."""

import io
import itertools
import json
import math
import pathlib
import struct
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed, Refused
from skykeep.facts import codec
from skykeep.facts.frame import Frame
from skykeep.facts.observed import (
    AircraftHeard,
    AuthHeard,
    BasicIdHeard,
    IdKind,
    LinkTrust,
    LocationHeard,
    OperatorIdHeard,
    PositionReported,
    PresenceReported,
    SelfIdHeard,
    SystemHeard,
    Unreadable,
    VehicleHeard,
)
from skykeep.facts.personal import PlainNames
from skykeep.geo.altitude import Altitude, Datum
from skykeep.station.formats import FORMATS, recognise
from skykeep.station.inputs import open_source, require_readable
from skykeep.wire import mavlink
from skykeep.wire import mavlink_frame as frames
from tests.wire import odid

VECTORS = pathlib.Path(__file__).parents[1] / "vectors" / "mavlink"
AIR, OTHER = (json.loads((VECTORS / f"{name}.json").read_text())["vectors"] for name in ("odid", "telemetry"))
LOG = (VECTORS / "two_vehicles.tlog").read_bytes()
BARE = b"".join(bytes.fromhex(vector["hex"]) for vector in AIR)
T0_NS = 1_780_300_800 * 10**9


def decode(data, names=None):
    """Decode, and hold the result to what the record asks of every fact."""
    frame = Frame("mavlink", None, "ground", 11 * 10**9, 12 * 10**9, LinkTrust.OPEN, data)
    facts = mavlink.decode(frame, 3, names or PlainNames())
    for fact in facts:
        assert codec.decode(codec.encode(fact)) == fact
        assert (fact.frame, fact.sensor_id, fact.t_arrival_ns) == (3, "ground", 12 * 10**9)
    return facts


def of(note):
    (vector,) = [vector for vector in OTHER if vector["note"] == note]
    return decode(bytes.fromhex(vector["hex"]))


def a_frame(kind, *fields, **given):
    return frames.frame(kind, frames.LAYOUTS[kind].fields.pack(*fields), **given)


# ---- what the reference library reads ------------------------------------------------------------


@pytest.mark.parametrize("vector", AIR, ids=lambda vector: f"{vector['expected']['mavpackettype'][:24]}")
def test_facts_are_what_the_reference_reads(vector):
    said = vector["expected"]
    facts = decode(bytes.fromhex(vector["hex"]))
    EXPECTED[said["mavpackettype"]](facts, said)
    if said["mavpackettype"] != "ADSB_VEHICLE":
        assert {fact.transmitter for fact in facts} == {f"ground:mavlink:{vector['sysid']}"}


def basic_id(facts, said):
    (fact,) = facts
    assert isinstance(fact, BasicIdHeard)
    text = bytes(said["uas_id"]).rstrip(b"\0").decode()
    assert (fact.id_kind.value, fact.ua_type, fact.uas_id) == (odid.ID_KIND[said["id_type"]], said["ua_type"], text)


def height(value_m, datum):
    return None if value_m == -1000 else Altitude(round(value_m * 1000), datum)


def location(facts, said):
    (fact,) = facts
    assert isinstance(fact, LocationHeard)
    assert (fact.lat_e7, fact.lon_e7) == (said["latitude"], said["longitude"])
    assert fact.status.value == odid.STATUS[said["status"]]
    assert fact.altitude == height(said["altitude_geodetic"], Datum.HAE)
    assert fact.pressure_altitude == height(said["altitude_barometric"], Datum.STD)
    assert fact.height == height(said["height"], (Datum.TAKEOFF, Datum.AGL)[said["height_reference"]])
    assert fact.speed_mmps == said["speed_horizontal"] * 10
    assert fact.vspeed_mmps == said["speed_vertical"] * 10
    assert fact.heading_mdeg == (None if said["direction"] > 36000 else said["direction"] % 36000 * 10)
    assert fact.pos_accuracy_mm == odid.thousandths(odid.nth(odid.HORIZONTAL_M, said["horizontal_accuracy"]))
    assert fact.alt_accuracy_mm == odid.thousandths(odid.nth(odid.VERTICAL_M, said["vertical_accuracy"]))
    assert fact.pressure_accuracy_mm == odid.thousandths(odid.nth(odid.VERTICAL_M, said["barometer_accuracy"]))
    assert fact.speed_accuracy_mmps == odid.thousandths(odid.nth(odid.SPEED_MPS, said["speed_accuracy"]))
    assert fact.t_claimed_ds == (None if said["timestamp"] > 3600 else round(said["timestamp"] * 10))
    assert fact.t_accuracy_ds == (said["timestamp_accuracy"] or None)


def system(facts, said):
    (fact,) = facts
    assert isinstance(fact, SystemHeard)
    lat, lon, *up = map(float, fact.operator_place.split(","))
    assert (round(lat * 1e7), round(lon * 1e7)) == (said["operator_latitude"], said["operator_longitude"])
    assert up == [pytest.approx(said["operator_altitude_geo"], abs=0.051)]
    assert fact.operator_place_kind.value == odid.PLACE[said["operator_location_type"]]
    assert (fact.classification, fact.category_eu) == (said["classification_type"], said["category_eu"])
    assert (fact.class_eu, fact.area_count, fact.area_radius_m) == (
        said["class_eu"],
        said["area_count"],
        said["area_radius"],
    )
    assert fact.area_ceiling == height(said["area_ceiling"], Datum.HAE)
    assert fact.area_floor == height(said["area_floor"], Datum.HAE)
    assert fact.t_claimed_s == said["timestamp"] + odid.EPOCH_S


def operator_id(facts, said):
    (fact,) = facts
    assert isinstance(fact, OperatorIdHeard)
    assert (fact.id_type, fact.operator_id) == (said["operator_id_type"], said["operator_id"])


def self_id(facts, said):
    (fact,) = facts
    assert isinstance(fact, SelfIdHeard)
    assert (fact.text_type, fact.text) == (said["description_type"], said["description"])


def auth(facts, said):
    (fact,) = facts
    assert isinstance(fact, AuthHeard)
    assert (fact.auth_type, fact.page) == (said["authentication_type"], said["data_page"])
    assert (fact.last_page, fact.length) == (said["last_page_index"], said["length"])
    assert fact.data == bytes(said["authentication_data"])[:17]
    assert fact.t_claimed_s == said["timestamp"] + odid.EPOCH_S


def position(facts, said):
    (fact,) = facts
    assert isinstance(fact, PositionReported)
    assert (fact.modality, fact.lat_e7, fact.lon_e7) == ("remote_id", said["lat"], said["lon"])
    assert fact.altitude == Altitude(said["alt"], Datum.AMSL)
    assert fact.height == Altitude(said["relative_alt"], Datum.TAKEOFF)
    assert fact.speed_mmps == pytest.approx(10 * math.hypot(said["vx"], said["vy"]), abs=1)
    assert fact.vspeed_mmps == -10 * said["vz"]
    course = math.degrees(math.atan2(said["vy"], said["vx"])) % 360
    assert fact.heading_mdeg == pytest.approx(course * 1000, abs=0.51)


def aircraft(facts, said):
    (fact,) = facts
    assert isinstance(fact, AircraftHeard)
    assert (fact.transmitter, fact.source) == (f"{said['ICAO_address']:06x}", "mavlink")
    assert (fact.lat_e7, fact.lon_e7) == (said["lat"], said["lon"])
    assert (fact.speed_mmps, fact.heading_mdeg) == (said["hor_velocity"] * 10, said["heading"] * 10)
    assert fact.vspeed_mmps == said["ver_velocity"] * 10
    assert (fact.callsign, fact.category) == (said["callsign"], "A7")
    assert fact.t_event_ns == (11 - said["tslc"]) * 10**9
    assert (fact.altitude, fact.pressure_altitude, fact.squawk) == (None, None, None)
    assert fact.link_trust is LinkTrust.SIMULATED  # its flags have bit 64


def pack(facts, said):
    (fact,) = facts  # the third Basic ID is one too many by F3411-22a
    assert said["msg_pack_size"] == 4
    assert isinstance(fact, Unreadable)
    assert "3 Basic ID messages" in fact.reason


EXPECTED = {
    "OPEN_DRONE_ID_BASIC_ID": basic_id,
    "OPEN_DRONE_ID_LOCATION": location,
    "OPEN_DRONE_ID_SYSTEM": system,
    "OPEN_DRONE_ID_OPERATOR_ID": operator_id,
    "OPEN_DRONE_ID_SELF_ID": self_id,
    "OPEN_DRONE_ID_AUTHENTICATION": auth,
    "OPEN_DRONE_ID_MESSAGE_PACK": pack,
    "GLOBAL_POSITION_INT": position,
    "ADSB_VEHICLE": aircraft,
}


def test_heartbeats_of_vehicles_say_what_they_are():
    (quad,) = of("heartbeat of a quadrotor, armed")
    assert isinstance(quad, VehicleHeard)
    assert (quad.ua_type, quad.vehicle_type, quad.autopilot, quad.armed, quad.state) == (2, 2, 12, True, 4)
    (vtol,) = of("heartbeat of a VTOL, version 1")
    assert (vtol.ua_type, vtol.vehicle_type, vtol.autopilot, vtol.armed, vtol.state) == (4, 20, 3, False, 3)
    assert of("heartbeat of a ground station") == []
    assert not set(mavlink.UA_TYPE) & mavlink.PARTS


def test_the_two_versions_and_a_signature():
    (first,) = of("position, version 1")
    assert (first.lat_e7, first.heading_mdeg, first.speed_mmps) == (504501000, 306870, 5000)
    (signed,) = of("position, signed")
    assert (signed.lat_e7, signed.heading_mdeg, signed.vspeed_mmps) == (-338688200, None, -1000)
    assert signed.link_trust is LinkTrust.OPEN  # nobody verified it
    data = bytes.fromhex(next(vector["hex"] for vector in OTHER if "signed" in vector["note"]))
    assert frames.opened(data).signed
    assert not frames.opened(bytes.fromhex(AIR[0]["hex"])).signed


def test_an_unknown_place_is_a_presence():
    (fact,) = of("position unknown")
    assert isinstance(fact, PresenceReported)
    assert (fact.modality, fact.id_kind) == ("remote_id", IdKind.NONE)


def test_remote_id_of_others_is_theirs():
    (by_address,) = of("Basic ID that the vehicle heard, by address")
    assert by_address.transmitter == "60:60:1f:0b:00:1b"  # as a Wi-Fi receiver would name it
    (by_id,) = of("Location that the vehicle heard, by id")
    assert by_id.transmitter == "1581F08997041773557"
    unknown = (by_id.lat_e7, by_id.altitude, by_id.height, by_id.speed_mmps, by_id.vspeed_mmps, by_id.heading_mdeg)
    assert unknown == (None,) * 6
    (given_by_ground,) = of("Operator ID that a ground station gives a vehicle")
    assert given_by_ground.transmitter == "ground:mavlink:9"


def test_other_messages_are_nothing():
    assert of("a message that is not read") == []


def test_the_checksum_is_the_published_one():
    assert frames.crc(b"123456789") == 0x6F91  # reveng catalogue, CRC-16/MCRF4XX


# ---- what cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "0 bytes between frames"),
        (b"\x00\x01garbage", "9 bytes between frames that are none (00 01 67"),
        (bytes.fromhex(AIR[0]["hex"])[:-1], "a frame of 56 bytes by its header has 55"),
        (bytes.fromhex(AIR[0]["hex"])[:-1] + b"\0", "BASIC_ID: byte 54: checksum 0x00fc, by its bytes it is 0xb3fc"),
        (bytes((0xFD, 0, 2)) + bytes(9), "HEARTBEAT: byte 2: incompatibility flags 0x02"),
        (frames.frame(0, b"\1\2", version=1), "HEARTBEAT: byte 1: a payload of 2 bytes, it has 9"),
        (a_frame(33, 0, 910_000_000, 5, 0, 0, 0, 0, 0, 0), "is no place on the globe"),
        (a_frame(33, 0, 91, 5, 2**31 - 1, 0, 0, 0, 0, 0), "alt 2147483647 mm is outside"),
        (a_frame(246, 1 << 24, *[0] * 9, b"", 0, 0), "ICAO_address 0x1000000 has more than 24 bits"),
        (a_frame(12915, 0, 0, b"", 25, 10, b""), "10 messages of 25 bytes, it holds 1 to 9 of 25"),
        (a_frame(12902, 0, 0, 0, b"", 1, 16, 0, 0, b""), "page 16, at most 15"),
        (a_frame(12902, 0, 0, 0, b"", 1, 0, 0, 99, b""), "length 99"),
        (a_frame(12901, 1, 1, math.nan, *[0.0] * 3, *[0] * 5, b"", *[0] * 7), "altitude_barometric: nan m"),
        (a_frame(12901, 1, 1, *[0.0] * 4, *[0] * 5, b"", 0, 2, *[0] * 5), "height_reference 2"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(data, reason):
    (fact,) = decode(data)
    assert isinstance(fact, Unreadable)
    assert reason in fact.reason


@given(st.sampled_from([bytes.fromhex(vector["hex"]) for vector in AIR + OTHER]), st.data())
def test_nothing_raises_and_nothing_damaged_is_believed(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(damaged) - 1))
        damaged[at] ^= 1 << draw.draw(st.integers(0, 7))
    facts = decode(bytes(damaged))
    if bytes(damaged) != data and len(damaged) == frames.frame_size(damaged):
        signature = data[-13:] if frames.opened(data) and frames.opened(data).signed else b""
        if not signature or bytes(damaged)[:-13] != data[:-13]:
            assert all(isinstance(fact, Unreadable) for fact in facts)


@given(st.sampled_from(sorted(frames.LAYOUTS)), st.binary(max_size=255), st.sampled_from((1, 2)))
def test_any_payload_with_a_right_checksum_gives_facts(kind, payload, version):
    if version == 2 or kind < 256:
        decode(frames.frame(kind, payload, version=version))


@given(st.binary(max_size=300))
def test_no_bytes_at_all_raise(data):
    decode(data)
    frames.is_log(data)
    frames.is_bare(data)


# ---- streams -------------------------------------------------------------------------------------


def test_a_log_is_all_its_frames_with_their_times():
    found = list(frames.log_records([LOG]))
    assert len(found) == 1000
    assert Counter(frames.LAYOUTS[frames.kind_of(data)].name for *_, data in found if frames.kind_of(data) != 30) == {
        "HEARTBEAT": 150,
        "GLOBAL_POSITION_INT": 400,
        "OPEN_DRONE_ID_BASIC_ID": 50,
    }
    assert found[0][0] == T0_NS
    assert b"".join((t_ns // 1000).to_bytes(8) + data for t_ns, _, data in found) == LOG
    assert found[-1][0] == T0_NS + 49_752 * 10**6


@given(st.lists(st.integers(0, len(LOG[:2000])), max_size=6), st.booleans())
def test_cutting_the_stream_elsewhere_changes_nothing(cuts, timed):
    whole, records = (LOG[:2000], frames.log_records) if timed else (BARE[:1500], frames.bare_records)
    at = [0, *sorted(cuts), len(whole)]
    pieces = [whole[begin:end] for begin, end in itertools.pairwise(at)]
    assert read(records, pieces) == read(records, [whole])


def read(records, pieces):
    found = []
    try:
        found += records(iter(pieces))
    except Malformed as error:
        return found, str(error)
    return found, ""


@given(st.integers(1, 30), st.binary(min_size=1, max_size=200))
def test_what_lies_between_frames_costs_none_of_them(after, noise):
    clean = [row for row in list(frames.log_records([LOG]))[:200] if frames.kind_of(row[2]) in frames.LAYOUTS]
    cut = [(t_ns // 1000).to_bytes(8) + data for t_ns, _, data in clean]
    found = list(frames.log_records([b"".join(cut[:after]) + noise + b"".join(cut[after:])]))
    lost = [row for row in clean if row not in found]
    assert len(lost) <= noise.count(b"\xfe") + noise.count(b"\xfd")  # what noise by chance claims as its own
    if not {0xFE, 0xFD} & set(noise):
        assert [row for row in found if row in clean] == clean
        assert b"".join(data for *_, data in found if data not in {row[2] for row in clean}) == noise


def test_a_pack_is_its_messages():
    first, second = of("a pack of a Basic ID and a Location")
    assert (type(first), type(second)) == (BasicIdHeard, LocationHeard)
    assert {fact.transmitter for fact in (first, second)} == {"ground:mavlink:9"}
    assert (first.uas_id, second.lat_e7, second.lon_e7) == ("1581F08997041773557", 473888961, 84391268)


@pytest.mark.parametrize("size", [1, 7, 8, 9, 10, 20])
def test_a_log_that_breaks_off_says_where(size):
    whole = [(t_ns // 1000).to_bytes(8) + data for t_ns, _, data in frames.log_records([LOG])][:5]
    data = b"".join(whole[:4]) + whole[4][:size]
    assert size < len(whole[4])
    found, reason = read(frames.log_records, [data])
    assert len(found) == 4
    assert reason == (
        f"MAVLink: truncated at byte {len(data)}, in a frame that began at byte {len(data) - size}; "
        "4 frames before it were read"
    )


def test_what_holds_no_frame_is_no_log():
    with pytest.raises(Malformed, match="no MAVLink frame in the first 69992 bytes"):
        list(frames.log_records([b"x" * 70_000]))


def test_the_two_are_told_apart_and_from_others(tmp_path):
    assert recognise(LOG[:65_536], "x").name == "mavlink"
    assert recognise(BARE[:65_536], "x").name == "mavlink-raw"
    for form in FORMATS.values():
        assert form.name == "mavlink" or not form.sniff(LOG[:5000])
        assert form.name == "mavlink-raw" or not form.sniff(BARE[:5000])
    (tmp_path / "bare").write_bytes(BARE)
    with pytest.raises(Refused, match="mavlink-raw tells no times, so it cannot be run"):
        require_readable(open_source(str(tmp_path / "bare")))


def test_a_clock_that_no_log_has_is_no_log():
    assert not frames.is_log((10**18).to_bytes(8) + LOG[8:])
    assert not frames.is_log((0).to_bytes(8) + LOG[8:])  # 1970: a program without a clock; it can be forced


@given(st.binary(max_size=4000), st.booleans())
def test_a_stream_of_anything_ends(data, timed):
    read(frames.log_records if timed else frames.bare_records, [LOG[:100] + data + LOG[:100]])


def test_the_bytes_of_a_stream_are_all_there():
    noise = b"abc" * 50_000
    stream = io.BytesIO(BARE + noise + BARE)
    found = list(frames.bare_records(iter(lambda: stream.read(4096), b"")))
    assert b"".join(data for *_, data in found) == BARE + noise + BARE
    assert {t_ns for t_ns, *_ in found} == {0}
    assert struct.calcsize("<BB20sBB225s") == frames.LAYOUTS[frames.PACK].fields.size
