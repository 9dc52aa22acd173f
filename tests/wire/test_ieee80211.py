"""Wi-Fi frames: radiotap, check sequence, elements and attributes, whole and cut."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.wire import ieee80211
from tests.wire import odid

MAC = bytes.fromhex("60601f0b001b")
PACK = bytes.fromhex("f01901") + bytes.fromhex("12203d03faa8343a1ca08b05054b0eae0b1908193037150600")
BEACON = ieee80211.beacon(MAC, 9, PACK, "RID")
NAN = next(bytes.fromhex(v["hex"]) for v in odid.vectors("frames") if "NAN" in v["frame"])


def radiotap(frame, *, flags=None, tsft=False, fcs=None, words=1):
    """A frame behind a radiotap header with the fields asked for."""
    present = [0x80000000 | (1 if tsft else 0) | (2 if flags is not None else 0)] + [0x80000000] * (words - 1)
    present[-1] &= 0x7FFFFFFF
    head = b"".join(word.to_bytes(4, "little") for word in present)
    body = b""
    if tsft:
        body += bytes(-(4 + len(head)) % 8) + bytes(8)
    if flags is not None:
        body += bytes((flags,))
    length = 4 + len(head) + len(body)
    return b"\0\0" + length.to_bytes(2, "little") + head + body + frame + (fcs or b"")


def fcs(frame):
    return zlib.crc32(frame).to_bytes(4, "little")


@pytest.mark.parametrize("frame", [BEACON, NAN], ids=["beacon", "nan"])
@pytest.mark.parametrize("tsft", [False, True])
@pytest.mark.parametrize("words", [1, 2, 3])
def test_radiotap_with_any_fields_before_the_flags(frame, tsft, words):
    plain = ieee80211.carried(frame, 105)
    assert len(plain) == 1
    assert not plain[0].fault
    assert ieee80211.carried(radiotap(frame, tsft=tsft, words=words), 127) == plain
    assert ieee80211.carried(radiotap(frame, tsft=tsft, words=words, flags=0), 127) == plain
    assert ieee80211.carried(radiotap(frame, tsft=tsft, words=words, flags=0x10, fcs=fcs(frame)), 127) == plain


@pytest.mark.parametrize(("flags", "check"), [(0x10, b"\0\0\0\0"), (0x50, None), (0x40, b"")])
def test_a_frame_with_a_bad_check_sequence_is_not_believed(flags, check):
    (found,) = ieee80211.carried(radiotap(BEACON, flags=flags, fcs=fcs(BEACON) if check is None else check), 127)
    assert (found.mac, found.fault[:7]) == ("", "FCS bad")


@given(st.integers(0, 8 * (len(BEACON) + 4) - 1))
def test_every_flipped_bit_is_found_by_the_check_sequence(bit):
    frame = bytearray(radiotap(BEACON, flags=0x10, fcs=fcs(BEACON)))
    at = len(frame) - len(BEACON) - 4 + bit // 8
    frame[at] ^= 1 << bit % 8
    assert all(found.fault for found in ieee80211.carried(bytes(frame), 127))


def test_a_check_sequence_that_nobody_announced_does_no_harm():
    assert ieee80211.carried(BEACON + fcs(BEACON), 105) == ieee80211.carried(BEACON, 105)


def test_ht_control_moves_the_body():
    frame = bytearray(BEACON)
    frame[1] |= 0x80
    assert ieee80211.carried(bytes(frame[:24]) + bytes(4) + bytes(frame[24:]), 105) == ieee80211.carried(BEACON, 105)


def test_a_probe_response_is_read_like_a_beacon():
    assert ieee80211.carried(b"\x50" + BEACON[1:], 105) == ieee80211.carried(BEACON, 105)


@pytest.mark.parametrize("first", [0x40, 0x08, 0x81, 0xB0, 0xC0])
def test_other_frames_are_not_ours(first):
    assert ieee80211.carried(bytes((first,)) + BEACON[1:], 105) == []
    protected = bytes((BEACON[0], 0x40)) + BEACON[2:]
    assert ieee80211.carried(protected, 105) == []


@pytest.mark.parametrize("size", range(len(BEACON)))
def test_a_cut_beacon_is_not_ours_or_says_so(size):
    for found in ieee80211.carried(BEACON[:size], 105):
        assert "cut" in found.fault


@pytest.mark.parametrize("size", range(len(NAN)))
def test_a_cut_action_frame_is_not_ours_or_says_so(size):
    for found in ieee80211.carried(NAN[:size], 105):
        assert "cut" in found.fault or found == ieee80211.carried(NAN, 105)[0]


@pytest.mark.parametrize("control", range(256))
def test_optional_parts_of_a_service_descriptor_are_stepped_over(control):
    info = b"\x07" + PACK
    content = b"\x88\x69\x19\x9d\x92\x09\x01\x00" + bytes((control,))
    content += b"\xaa\xbb" if control & 0x40 else b""
    content += b"\x02\x01\x02" if control & 0x04 else b""
    content += b"\x03\x01\x02\x03" if control & 0x08 else b""
    content += bytes((len(info),)) + info if control & 0x10 else b""
    body = b"\x04\x09\x50\x6f\x9a\x13" + b"\x0e\x01\x00\x00" + b"\x03" + len(content).to_bytes(2, "little") + content
    found = ieee80211.carried(NAN[:24] + body, 105)
    assert [each.payload for each in found] == ([PACK] if control & 0x10 else [])


def test_two_elements_are_two_payloads():
    element = BEACON[-(len(PACK) + 7) :]
    assert [found.payload for found in ieee80211.carried(BEACON + element, 105)] == [PACK, PACK]


@pytest.mark.parametrize(
    ("mac", "counter", "pack", "ssid"), [(MAC[:5], 0, PACK, ""), (MAC, 256, PACK, ""), (MAC, 0, b"", ""), (MAC, 0, bytes(251), ""), (MAC, 0, PACK, "x" * 33)]
)
def test_what_no_beacon_can_hold_is_refused(mac, counter, pack, ssid):
    with pytest.raises(Refused, match="Wi-Fi beacon"):
        ieee80211.beacon(mac, counter, pack, ssid)


@given(st.binary(max_size=200), st.sampled_from(ieee80211.LINKS))
def test_any_bytes(data, link):
    ieee80211.carried(data, link)


@given(st.binary(max_size=60), st.integers(0, 255))
def test_any_radiotap_header(data, flags):
    ieee80211.carried(radiotap(BEACON, flags=flags)[:12] + data + BEACON, 127)
