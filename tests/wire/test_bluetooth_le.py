"""Bluetooth frames: link types, CRC, legacy and extended advertising, AD structures, HCI reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.wire import bluetooth_le as ble
from skykeep.wire import pcap
from skykeep.wire.carrier import Carried
from tests.wire import odid

MAC = bytes.fromhex("c0601f0b001b")
MESSAGE = bytes.fromhex("12203d03faa8343a1ca08b05054b0eae0b1908193037150600")
PACK = b"\xf2\x19\x02" + MESSAGE + b"\x02" + bytes(24)
PACKETS = {"legacy": ble.advertisement(MAC, 9, MESSAGE), "extended": ble.advertisement(MAC, 9, PACK)}
PAYLOAD = {"legacy": MESSAGE, "extended": PACK}


def packet(pdu_type, content):
    pdu = bytes((pdu_type, len(content))) + content
    return b"\xd6\xbe\x89\x8e" + pdu + ble.crc24(pdu)


def phdr(ll, flags):
    return bytes(8) + flags.to_bytes(2, "little") + ll


def nrf(ll, flags):
    return b"\x03\x00\x00\x03\x00\x00\x02\x0a" + bytes((flags,)) + bytes(8) + ll


def coded(ll):
    return ll[:4] + b"\x00" + ll[4:]


def test_the_crc_is_that_of_real_packets():
    path = odid.VECTORS / "odid_bt5_lr_sample.pcapng"
    with path.open("rb") as stream:
        data = [record.data for record in pcap.records(stream)]
    agree = [ble.crc24(each[22 : 24 + each[23]]) == each[24 + each[23] : 27 + each[23]] for each in data]
    assert agree == [bool(each[8] & 1) for each in data]
    assert agree.count(False) == 30


@pytest.mark.parametrize("kind", PACKETS)
def test_every_link_type_gives_the_same(kind):
    ll = PACKETS[kind]
    expected = [Carried("c0:60:1f:0b:00:1b", PAYLOAD[kind], "")]
    assert ble.carried(ll, 251) == expected
    assert ble.carried(phdr(ll, 0x0001), 256) == expected
    assert ble.carried(phdr(ll[:-3] + bytes(3), 0x0C01), 256) == expected  # the sniffer's word is taken
    assert ble.carried(phdr(coded(ll), 0x8C01), 256) == expected
    assert ble.carried(nrf(ll, 0x01), 272) == expected
    assert ble.carried(nrf(coded(ll), 0x21), 272) == expected


@pytest.mark.parametrize("kind", PACKETS)
def test_a_bad_crc_is_not_believed_whoever_found_it(kind):
    ll = PACKETS[kind]
    wrong = ll[:-1] + bytes((ll[-1] ^ 1,))
    for data, link in (
        (wrong, 251), (ll[:-3], 251), (phdr(wrong, 0x0001), 256), (phdr(ll, 0x0401), 256), (nrf(ll, 0x00), 272), (nrf(coded(ll), 0x20), 272),
    ):  # fmt: skip
        (found,) = ble.carried(data, link)
        assert (found.mac, found.payload, found.fault[:7]) == ("", b"", "CRC bad")


@given(st.sampled_from(sorted(PACKETS)), st.data())
def test_every_flipped_bit_is_found_by_the_crc(kind, data):
    ll = bytearray(PACKETS[kind])
    bit = data.draw(st.integers(0, 8 * len(ll) - 1))
    ll[bit // 8] ^= 1 << bit % 8
    assert all(found.fault for found in ble.carried(bytes(ll), 251))


def test_a_frame_that_is_still_whitened_is_not_ours():
    assert ble.carried(phdr(PACKETS["legacy"], 0x0000), 256) == []


@pytest.mark.parametrize("pdu_type", range(16))
def test_only_advertising_is_read(pdu_type):
    found = ble.carried(packet(pdu_type, MAC[::-1] + ble.advertising_data(1, MESSAGE)), 251)
    assert [each.payload for each in found] == ([MESSAGE] if pdu_type in {0, 2, 4, 6} else [])


def test_an_extended_packet_may_hide_its_address():
    (found,) = ble.carried(packet(7, b"\x03\x08\x12\x34" + ble.advertising_data(1, PACK)), 251)
    assert found == Carried("", PACK, "")
    (found,) = ble.carried(packet(7, b"\x00" + ble.advertising_data(1, PACK)), 251)
    assert found == Carried("", PACK, "")
    everything = bytes((1 + 6 + 6 + 1 + 2 + 3 + 18 + 1, 0x7F)) + MAC[::-1] + bytes(31)
    (found,) = ble.carried(packet(7, everything + ble.advertising_data(1, PACK)), 251)
    assert found == Carried("c0:60:1f:0b:00:1b", PACK, "")


def test_other_structures_may_come_first_and_a_zero_ends_them():
    ours = ble.advertising_data(1, MESSAGE)
    flags, name, other = b"\x02\x01\x06", b"\x04\x09abc", b"\x05\x16\xfa\xff\x0e\x00"
    (found,) = ble.carried(packet(0x47, b"\x00" + flags + name + other + ours), 251)
    assert found.payload == MESSAGE
    assert ble.carried(packet(0x47, b"\x00" + flags + b"\x00" + ours), 251) == []


@pytest.mark.parametrize("size", range(len(ble.advertising_data(1, PACK))))
def test_what_was_split_over_packets_says_so(size):
    for found in ble.carried(packet(7, b"\x00" + ble.advertising_data(1, PACK)[:size]), 251):
        assert "service data cut" in found.fault


def legacy_report(structures):
    return b"\x03\x01" + MAC[::-1] + bytes((len(structures),)) + structures + b"\xc4"


def extended_report(structures):
    return b"\x00\x00\x01" + MAC[::-1] + bytes(14) + bytes((len(structures),)) + structures


@pytest.mark.parametrize(("subevent", "report"), [(0x02, legacy_report), (0x0D, extended_report)])
@pytest.mark.parametrize("count", [1, 2])
def test_reports_of_a_controller(subevent, report, count):
    reports = report(b"\x02\x01\x06" + ble.advertising_data(1, MESSAGE)) * count
    event = b"\x04\x3e" + bytes((2 + len(reports), subevent, count)) + reports
    expected = [Carried("c0:60:1f:0b:00:1b", MESSAGE, "")] * count
    assert ble.carried(event, 187) == expected
    assert ble.carried(b"\0\0\0\1" + event, 201) == expected
    for size in range(len(event) - 1):
        assert all(found in expected or "cut" in found.fault for found in ble.carried(event[:size], 187))


def test_the_address_counter_and_size_are_checked_before_sending():
    for mac, counter, payload in ((MAC[:5], 0, MESSAGE), (MAC, 256, MESSAGE), (MAC, 0, b""), (MAC, 0, bytes(251)), (MAC, 0, bytes(245))):
        with pytest.raises(Refused, match="Bluetooth advertising"):
            ble.advertisement(mac, counter, payload)


@given(st.binary(max_size=120), st.sampled_from(ble.LINKS))
def test_any_bytes(data, link):
    ble.carried(data, link)
    ble.carried(b"\xd6\xbe\x89\x8e" + data, 251)
    ble.carried(nrf(b"\xd6\xbe\x89\x8e" + data, 0x01), 272)
    ble.carried(b"\x04\x3e" + data, 187)
