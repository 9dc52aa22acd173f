"""DJI's DroneID: the frames that a published spoofer sent, whose values are round, and no bytes that raise."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts import codec
from skykeep.facts.observed import BasicIdHeard, IdKind, LocationHeard, OperatorPlaceKind, SystemHeard, Unreadable
from skykeep.facts.personal import PlainNames
from skykeep.wire import pcap, remote_id
from tests.wire import odid

FRAMES = [
    record
    for record in pcap.records([(odid.VECTORS / "dji_droneid_ie_spoofed_one.pcap").read_bytes()])
    if b"\x26\x37\x12" in record.data
]
AT = FRAMES[0].data.index(b"\x26\x37\x12")
ELEMENT = FRAMES[0].data[AT : AT + FRAMES[0].data[AT - 1]]


# The spoofer cuts to 1e-7 radian, 57e-7 degree, and takes 174533 of them for a degree, which is 0.4 millionths too many.


def decoded(element):
    frame = FRAMES[0].data
    radiotap = int.from_bytes(frame[2:4], "little")
    beacon = frame[radiotap : AT - 1] + bytes((len(element),)) + element
    return remote_id.decode(odid.frame(beacon, 105), 7, PlainNames())


def changed(at, form, *values):
    element = bytearray(ELEMENT)
    struct.pack_into(form, element, at, *values)
    return bytes(element)


def test_the_spoofed_mavic_says_round_numbers():
    assert len(FRAMES) == 10
    for record in FRAMES:
        basic, location, system = remote_id.decode(odid.frame(record.data, record.link), 7, PlainNames())
        assert isinstance(basic, BasicIdHeard)
        assert (basic.id_kind, basic.uas_id, basic.ua_type) == (IdKind.SERIAL, "K6RE0WENAH9P8QAL", 0)
        assert isinstance(location, LocationHeard)
        assert (location.lat_e7, location.lon_e7) == pytest.approx((120_000_000, 130_000_000), abs=120)
        assert (location.altitude, location.height) == (None, None)
        assert (location.vspeed_mmps, location.speed_mmps) == (9_000, int(10 * math.hypot(2100, 3900)))
        assert location.heading_mdeg == pytest.approx(1000 * math.degrees(math.atan2(3900, 2100)), abs=1)
        assert isinstance(system, SystemHeard)
        assert system.operator_place_kind is OperatorPlaceKind.LIVE
        assert [float(part) for part in system.operator_place.split(",")] == pytest.approx([56.0, 43.0], abs=4e-5)
        assert {fact.transmitter for fact in (basic, location, system)} == {"60:60:1f:c6:0e:cc"}


def test_every_spoofed_mavic_of_the_larger_capture(shared):
    with (shared / "data/tracking/remote_id_wifi/mavic_multiple_spoofed.pcapng").open("rb") as stream:
        found = [
            fact
            for record in pcap.records(stream)
            for fact in remote_id.decode(odid.frame(record.data, record.link), 7, PlainNames())
        ]
    places = [fact for fact in found if isinstance(fact, LocationHeard)]
    assert (len(places), len({fact.transmitter for fact in places})) == (77, 15)
    for fact in places:  # the spoofer drew them from hundredths of a degree about Thun
        assert fact.lat_e7 == pytest.approx(round(fact.lat_e7, -5), abs=260)
        assert 46.7e7 < fact.lat_e7 < 46.9e7
        assert 7.6e7 < fact.lon_e7 < 7.75e7


def test_what_is_unknown_is_none():
    basic, location, system = decoded(changed(12, "<16sii", bytes(16), 0, 0))
    assert (basic.id_kind, basic.uas_id, location.lat_e7, location.lon_e7) == (IdKind.NONE, None, None, None)
    assert isinstance(system, SystemHeard)
    assert [type(fact) for fact in decoded(changed(56, "<ii", 0, 0))] == [BasicIdHeard, LocationHeard]
    still = decoded(changed(40, "<hh", 0, 0))[1]
    assert (still.speed_mmps, still.heading_mdeg) == (0, None)


def test_version_1_has_no_pilot():
    assert [type(fact) for fact in decoded(changed(7, "<B", 1))] == [BasicIdHeard, LocationHeard]


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        (ELEMENT[:60], "60 bytes, a flight of version 2 has 64 at least"),
        (ELEMENT[:7], "begins 26:37:12:58:62:13"),
        (ELEMENT[:3] + bytes(20), "begins 26:37:12:00:00:00"),
        (changed(6, "<B", 0x11), "the pilot's words on the flight; only flights (0x10) are read"),
        (changed(6, "<B", 0x12), "kind 0x12 (byte 6)"),
        (changed(7, "<B", 3), "version 3 (byte 7)"),
    ],
)
def test_what_cannot_be_read_says_why(element, reason):
    (fact,) = decoded(element)
    assert isinstance(fact, Unreadable)
    assert reason in fact.reason
    assert fact.transmitter == "60:60:1f:c6:0e:cc"


@given(st.binary(max_size=250))
def test_nothing_raises(tail):
    for element in (b"\x26\x37\x12" + tail, ELEMENT[:8] + tail[:200]):
        for fact in decoded(element):
            assert codec.decode(codec.encode(fact)) == fact
