"""Frames as facts: every vector, every capture row, and no bytes at all that raise."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.observed import BasicIdHeard, LocationHeard, OperatorIdHeard, SystemHeard, Unreadable
from skykeep.facts.personal import KeyedNames, NameKind, PlainNames
from skykeep.wire import bluetooth_le, ieee80211, pcap, remote_id
from tests.wire import odid

MESSAGES, MALFORMED, FRAMES = (odid.vectors(name) for name in ("messages", "malformed", "frames"))
MAC = bytes.fromhex("60601f0b001b")


def decoded(data, link=None, form="remote-id"):
    return remote_id.decode(odid.frame(data, link, form), 7, PlainNames())


def key(pair):
    return pair[0].__name__, sorted((name, str(value)) for name, value in pair[1].items())


# ---- vectors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", MESSAGES, ids=lambda vector: vector["id"])
def test_facts_are_what_the_reference_reads_without_its_sentinels(vector):
    data = bytes.fromhex(vector["hex"])
    version = 2 if vector["kind"] == "pack" else data[0] & 15
    expected = [pair for one in vector.get("expected_in_order", [vector["expected"]]) for pair in odid.facts(one, version)]
    assert odid.told(decoded(data)) == expected
    line = vector["hex"].encode() + b"\n"
    assert odid.told(decoded(line, form=remote_id.HEX_FORMAT)) == expected


def test_what_every_fact_shares_is_the_frame_not_the_message():
    (fact,) = decoded(bytes.fromhex(MESSAGES[22]["hex"]))
    assert (fact.sensor_id, fact.t_event_ns, fact.t_arrival_ns, fact.frame, fact.transmitter) == ("s1", 11, 22, 7, "")


@pytest.mark.parametrize("vector", MALFORMED, ids=lambda vector: vector["id"])
def test_what_the_reference_rejects_is_one_unreadable_fact(vector):
    data = bytes.fromhex(vector["hex"])
    facts = decoded(data)
    if vector["c_result"] == "accepted":
        expected = odid.facts(vector["c_decoded"], data[0] & 15 if len(data) == 25 else 2)
        readable = [fact for fact in facts if not isinstance(fact, Unreadable)]
        assert sorted(map(key, odid.told(readable))) == sorted(map(key, expected))
        assert len(readable) == len(facts) or vector["id"] == "m11-047"
    else:
        (fact,) = facts
        assert isinstance(fact, Unreadable)
        assert fact.reason.startswith("Remote ID")


@pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector["id"])
def test_frames_of_all_four_carriers(vector):
    data = bytes.fromhex(vector["hex"])
    if "ieee80211" in vector["frame"]:
        (found,) = ieee80211.carried(data, 105)
        facts = decoded(data, 105)
        assert found.mac == vector["mac"]
    else:  # the vector is advertising data alone: put it in a packet
        pdu = b"\x42" + bytes((6 + len(data),)) + bytes.fromhex(vector["mac"].replace(":", ""))[::-1] + data
        packet = b"\xd6\xbe\x89\x8e" + pdu + bluetooth_le.crc24(pdu)
        facts = decoded(packet, 251)
    assert {fact.transmitter for fact in facts} == {vector["mac"]}
    assert sorted(map(key, odid.told(facts))) == sorted(map(key, odid.facts(vector["expected"], 2)))


def test_beacons_and_advertisements_that_we_build_are_those_of_the_vectors():
    for vector in FRAMES:
        data, mac = bytes.fromhex(vector["hex"]), bytes.fromhex(vector["mac"].replace(":", ""))
        if "beacon" in vector["frame"]:
            (found,) = ieee80211.carried(data, 105)
            made = remote_id.beacon(mac, vector["counter"], found.payload, data[38 : 38 + data[37]].decode())
            assert made[:24] == data[:24]  # then the transmitter's own clock
            assert made[32:] == data[32:]
        elif "Bluetooth 4" in vector["frame"]:
            (found,) = bluetooth_le.carried(remote_id.advertisement(mac, vector["counter"], data[6:]), 251)
            assert (found.mac, found.payload) == (vector["mac"], data[6:])
            assert bluetooth_le.advertising_data(vector["counter"], data[6:]) == data


# ---- sentinels and odd ids -------------------------------------------------------------------------


def location_with(**changes):
    data = bytearray.fromhex("12203d03faa8343a1ca08b05054b0eae0b1908193037150600")
    for at, value in changes.items():
        data[int(at[1:]) : int(at[1:]) + len(value)] = value
    (fact,) = decoded(bytes(data))
    return fact


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"b5": bytes(8)}, ["lat_e7", "lon_e7"]),
        ({"b5": (900_000_001).to_bytes(4, "little")}, ["lat_e7", "lon_e7"]),
        ({"b9": (-1_800_000_001).to_bytes(4, "little", signed=True)}, ["lat_e7", "lon_e7"]),
        ({"b13": bytes(2)}, ["pressure_altitude"]),
        ({"b15": bytes(2)}, ["altitude"]),
        ({"b17": bytes(2)}, ["height"]),
        ({"b1": b"\x21", "b3": b"\xff"}, ["speed_mmps"]),
        ({"b4": b"\x7e"}, ["vspeed_mmps"]),
        ({"b4": b"\x7d"}, ["vspeed_mmps"]),
        ({"b4": b"\x80"}, ["vspeed_mmps"]),
        ({"b1": b"\x22", "b2": b"\xb5"}, ["heading_mdeg"]),
        ({"b1": b"\x22", "b2": b"\xff"}, ["heading_mdeg"]),
        ({"b19": b"\x10"}, ["pos_accuracy_mm"]),
        ({"b19": b"\xff"}, ["pos_accuracy_mm", "alt_accuracy_mm"]),
        ({"b20": b"\xff"}, ["pressure_accuracy_mm", "speed_accuracy_mmps"]),
        ({"b21": b"\xff\xff"}, ["t_claimed_ds"]),
        ({"b21": b"\xa1\x8c"}, ["t_claimed_ds"]),
        ({"b23": b"\x00"}, ["t_accuracy_ds"]),
    ],
    ids=str,
)
def test_a_sentinel_dies_here_and_takes_nothing_else_along(change, names):
    plain, changed = odid.fields(location_with()), odid.fields(location_with(**change))
    absent = {name for name, value in plain.items() if value is None}  # this vector does not know its speed accuracy
    assert [name for name, value in changed.items() if value is None and (name in names or name not in absent)] == names


def test_a_height_above_take_off_is_not_a_height_above_ground():
    takeoff, ground = location_with().height, location_with(b1=b"\x24").height
    assert (takeoff.datum.value, ground.datum.value) == ("takeoff", "agl")
    assert takeoff.value_mm == ground.value_mm == 36_500


def test_north_said_as_360_degrees_is_0():
    assert location_with(b1=b"\x22", b2=b"\xb4").heading_mdeg == 0


@pytest.mark.parametrize(
    ("id_type", "uas_id", "text"),
    [
        (1, b"1581F\0JUNK", "1581F"),
        (1, b"A\xffB\\x41\n", "A\\xffB\\x5cx41\\x0a"),
        (2, b"", None),
        (1, b"\0ABC", None),
        (0, b"ABC\0D", "ABC\\x00D"),
        (3, bytes(range(1, 17)) + b"junk", "01020304-0506-0708-090a-0b0c0d0e0f10"),
        (4, b"\x01" + bytes(range(16)), "01000102030405060708090a0b0c0d0e0f000000"),
        (9, b"\x01", "\\x01"),
    ],
)
def test_ids_become_text_from_which_nothing_is_lost(id_type, uas_id, text):
    (fact,) = decoded(bytes((2, id_type << 4 | 2)) + uas_id.ljust(20, b"\0") + bytes(3))
    assert fact.uas_id == text


@given(st.integers(0, 15), st.binary(max_size=20), st.binary(max_size=20))
def test_two_ids_never_share_one_text_unless_a_nul_ends_them(id_type, one, other):
    one, other = one.rstrip(b"\0").ljust(20, b"\0"), other.rstrip(b"\0").ljust(20, b"\0")
    size = 16 if id_type == 3 else 20
    if id_type in {1, 2}:
        one, other = (each.partition(b"\0")[0] for each in (one, other))
    if one[:size] != other[:size]:
        texts = [remote_id.uas_id_text(id_type, each.ljust(20, b"\0")) for each in (one, other)]
        assert texts[0] != texts[1] or not any(one[:size]) or not any(other[:size])


def test_names_of_people_are_pseudonyms_in_facts():
    names = KeyedNames(b"k" * 32)
    pack = next(v for v in MESSAGES if v["id"] == "s11-148")
    beacon = remote_id.beacon(MAC, 1, bytes.fromhex(pack["hex"]))
    facts = remote_id.decode(odid.frame(beacon, 105), 0, names)
    told = b"".join(map(codec.to_json, facts))
    new = names.take_new()
    kinds = {NameKind.TRANSMITTER, NameKind.REGISTRATION, NameKind.PLACE, NameKind.TEXT, NameKind.OPERATOR_ID}
    assert {name.kind for name in new} == kinds
    assert not [name.value for name in new if name.value.encode() in told]
    assert next(name.value for name in new if name.kind is NameKind.TRANSMITTER) == "60:60:1f:0b:00:1b"


@pytest.mark.parametrize("vector", MESSAGES, ids=lambda vector: vector["id"])
def test_facts_survive_the_record(vector):
    for fact in decoded(bytes.fromhex(vector["hex"])):
        assert codec.decode(codec.encode(fact)) == fact


def test_a_system_of_an_old_version_has_no_time():
    for version, t_claimed_s in ((0, None), (1, None), (2, odid.EPOCH_S + 241_357_229)):
        data = bytearray.fromhex("42042fcc341c33cb1e050100000000000030a70aadd1620e00")
        data[0] = 0x40 | version
        (fact,) = decoded(bytes(data))
        assert fact.t_claimed_s == t_claimed_s
        assert fact.operator_place == "47.3222191,8.5904179,363.5"


# ---- captures --------------------------------------------------------------------------------------

CAPTURES = {
    "parrot_anafi_flight_part1": (odid.ANAFI, 652),
    "odid_wifi_sample": (odid.VECTORS / "odid_wifi_sample.pcap", 42),
    "odid_bt5_lr_sample": (odid.VECTORS / "odid_bt5_lr_sample.pcapng", 273),
    "dji_droneid_ie_spoofed_one": (odid.VECTORS / "dji_droneid_ie_spoofed_one.pcap", 10),
}


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_reads_row_for_row_as_the_reference_did(name):
    path, count = CAPTURES[name]
    rows = {row["frame"]: row for row in odid.rows(name)}
    assert len(rows) == count
    with path.open("rb") as stream:
        for index, record in enumerate(pcap.records(stream)):
            facts = decoded(record.data, record.link)
            row = rows.pop(index, None)
            if row is None:
                assert facts == []
            else:
                assert record.t_ns == pytest.approx(row["t"] * 1e9, abs=1000)
                assert_row(row, facts)
    assert rows == {}


def assert_row(row, facts):
    if row["carrier"] == "dji_ie":
        assert {fact.transmitter for fact in facts} == {row["mac"]}
        assert [type(fact) for fact in facts] == [BasicIdHeard, LocationHeard, SystemHeard]
    elif row.get("crc_ok") is False:
        (fact,) = facts
        assert (fact.transmitter, fact.reason[:7]) == ("", "CRC bad")
    elif row["result"] != "ok":
        (fact,) = facts
        assert fact.reason == "Remote ID pack: 0 messages (byte 2), a pack holds 1 to 9"
    else:
        # The sniffer's rows name no address; the packets have one.
        assert {fact.transmitter for fact in facts} == {row["mac"] or "e0:7d:ea:eb:2f:1c"}
        version = int(row["payload_hex"][7], 16)
        assert sorted(map(key, odid.told(facts))) == sorted(map(key, odid.facts(row["decoded"], version)))


def test_the_flight_that_the_demo_plays():
    with odid.ANAFI.open("rb") as stream:
        facts = [fact for record in pcap.records(stream) for fact in decoded(record.data, record.link)]
    kinds = [type(fact) for fact in facts]
    assert [kinds.count(kind) for kind in (LocationHeard, BasicIdHeard, SystemHeard, OperatorIdHeard)] == [652, 214, 214, 214]
    assert {fact.uas_id for fact in facts if isinstance(fact, BasicIdHeard)} == {"1588E040445AC004418"}
    assert all(fact.altitude is None and fact.height.datum.value == "takeoff" for fact in facts if type(fact) is LocationHeard)


# ---- one hexadecimal line ---------------------------------------------------------------------------


def test_a_line_may_name_the_sender():
    hexed = MESSAGES[22]["hex"]
    (fact,) = decoded(f"60:60:1F:0B:00:1B {hexed}\r\n".encode(), form=remote_id.HEX_FORMAT)
    assert fact.transmitter == "60:60:1f:0b:00:1b"
    assert decoded(b"  \n", form=remote_id.HEX_FORMAT) == decoded(b"# said\n", form=remote_id.HEX_FORMAT) == []


@pytest.mark.parametrize("line", [b"12z", b"123", b"60:60:1f:0b:00 1234", b"g0:60:1f:0b:00:1b 12", b"60:60:1f:0b:00:1b", b"\xff"])
def test_a_line_that_is_no_hexadecimal_is_unreadable(line):
    with pytest.raises(Malformed, match="odid-hex"):
        remote_id.decode_hex_line(line)
    (fact,) = decoded(line, form=remote_id.HEX_FORMAT)
    assert fact.reason.startswith("odid-hex line")


# ---- totality --------------------------------------------------------------------------------------

LINKS = st.sampled_from([None, 0, 1, 192, *remote_id.LINKS])
KNOWN = st.sampled_from([bytes.fromhex(v["hex"]) for v in (*MESSAGES, *MALFORMED, *FRAMES)])


@given(st.one_of(st.binary(max_size=400), KNOWN), LINKS)
@example(b"", None)
def test_no_bytes_raise(data, link):
    for form in ("remote-id", remote_id.HEX_FORMAT):
        for fact in decoded(data, link, form):
            assert codec.decode(codec.encode(fact)) == fact


@given(KNOWN.filter(lambda data: len(data) in {25, 53, 103}), st.integers(0, 255), st.sampled_from([105, 251]))
def test_what_we_send_is_what_we_hear(payload, counter, link):
    send = remote_id.beacon if link == 105 else remote_id.advertisement
    heard = decoded(send(MAC, counter, payload), link)
    assert {fact.transmitter for fact in heard} == {"60:60:1f:0b:00:1b"}
    assert [fact.reason if isinstance(fact, Unreadable) else odid.fields(fact) for fact in heard] == [
        fact.reason if isinstance(fact, Unreadable) else odid.fields(fact) for fact in decoded(payload)
    ]
