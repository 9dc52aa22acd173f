"""The parts of feeds that need no socket."""

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed, Refused
from skykeep.facts.acted import Health
from skykeep.station.feeds import address, cutting
from skykeep.station.feeds.backoff import FIRST_S, STEADY_S, Backoff
from skykeep.station.feeds.inbox import FeedCounts
from skykeep.station.feeds.wellbeing import QUIET_S, Losses, Observation, Wellbeing
from skykeep.station.formats import FORMATS, named

# ---- cutting -------------------------------------------------------------------------------------


def _capture(order, frames, link=127):
    head = struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, link)
    return head + b"".join(struct.pack(order + "IIII", 1, 2, len(one), len(one)) + one for one in frames)


def _cut_at(cutter, data, places):
    pieces, start = [], 0
    for end in [*sorted(place % (len(data) + 1) for place in places), len(data)]:
        pieces += cutter.feed(data[start:end])
        start = end
    return pieces


@given(
    st.lists(st.binary(max_size=60), max_size=8), st.lists(st.integers(0, 10_000), max_size=6), st.sampled_from("<>")
)
def test_a_live_capture_is_cut_into_its_frames_wherever_it_breaks(frames, places, order):
    cutter = cutting.of_stream(named("remote-id"))
    assert _cut_at(cutter, _capture(order, frames), places) == [(frame, 127) for frame in frames]
    assert not cutter.unfinished


@pytest.mark.parametrize(("data", "words"), [
    (b"\x0a\x0d\x0d\x0a" + bytes(40), "not pcapng"), (_capture("<", []) + b"\xff" * 16, "at most"),
])  # fmt: skip
def test_what_is_no_capture_is_told_in_words(data, words):
    with pytest.raises(Malformed, match=words):
        cutting.of_stream(named("remote-id")).feed(data)


@given(st.sampled_from(sorted(FORMATS)), st.lists(st.binary(max_size=300), max_size=6))
def test_random_bytes_are_cut_or_refused_and_nothing_else(name, chunks):
    form = FORMATS[name]
    for chunk in chunks:
        assert all(len(data) <= cutting.FRAME_MAX + 1 for data, _ in cutting.of_message(form, chunk, -1))
    try:
        cutter = cutting.of_stream(form)
        for chunk in chunks:
            assert all(isinstance(data, bytes) for data, _ in cutter.feed(chunk))
    except (Malformed, Refused):
        pass


def test_a_line_is_unfinished_until_its_end():
    cutter = cutting.of_stream(named("tracks"))
    assert (cutter.feed(b"{"), cutter.unfinished) == ([], True)
    assert (cutter.feed(b"}\n"), cutter.unfinished) == ([(b"{}", -1)], False)


# ---- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.7:30003", ("", "192.0.2.7", 30_003)),
        ("[::1]:80", ("", "::1", 80)),
        (":14550", ("", "", 14_550)),
        ("tls://radar.example:1", ("tls", "radar.example", 1)),
        ("mqtt://broker", ("mqtt", "broker", 1_883)),
        ("mqtt://[::1]", ("mqtt", "::1", 1_883)),
    ],
)
def test_addresses(text, expected):
    assert tuple(address.parsed(text, port=1_883 if "mqtt" in text else None)) == expected


@pytest.mark.parametrize("text", ["", "here", "here:", "here:port", "here:99999", "here:-1"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(Refused, match="host:port"):
        address.parsed(text)


def test_networks():
    admits = address.admitted(["192.0.2.0/24", "2001:db8::/32"])
    asked = ["192.0.2.9", "198.51.100.1", "2001:db8::1", "::ffff:192.0.2.9", "fe80::1%eth0"]
    assert [admits(host) for host in asked] == [True, False, True, True, False]
    assert address.admitted([])("198.51.100.1")


# ---- pauses --------------------------------------------------------------------------------------


def test_pauses_grow_up_to_their_bound_and_begin_again_after_a_good_connection():
    backoff = Backoff(8.0, random.Random(1))
    for bound_s in (FIRST_S, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0):
        assert 0.1 * bound_s <= backoff.pause_s() <= bound_s
    backoff.held(1.0)
    assert backoff.pause_s() > FIRST_S
    backoff.held(STEADY_S)
    assert backoff.pause_s() <= FIRST_S


# ---- what is told --------------------------------------------------------------------------------


def test_nothing_is_told_twice_and_all_is_well_in_the_beginning():
    wellbeing = Wellbeing()
    well = Observation(Health.FEED, "f", True, "", None, "")
    ill = Observation(Health.FEED, "f", False, "nothing is heard", None, "")
    for one in (well, ill, ill, well, well):
        wellbeing.tell(one)
    assert wellbeing.take() == [ill, well]
    assert wellbeing.take() == []


def test_a_bout_of_losses_is_told_when_it_begins_while_it_lasts_and_when_it_is_over():
    wellbeing = Wellbeing()
    losses, counts = Losses(wellbeing), FeedCounts("f", "udp", "tracks")
    told = []
    for second in range(60):
        if 5 <= second < 20:
            counts.dropped += 7
            counts.refused += 3
        losses.look([counts], float(second))
        told += [(second, one.well, one.value) for one in wellbeing.take()]
    assert told == [(5, False, 10), (15, False, 110), (19 + QUIET_S, True, 150)]
    counts.dropped += 1
    losses.look([counts], 100.0)
    assert [(one.well, one.value) for one in wellbeing.take()] == [(False, 1)]
