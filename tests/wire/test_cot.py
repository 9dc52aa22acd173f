"""Cursor on Target: an independent XML parser reads back what was meant, whatever the words in it."""

import datetime as dt
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.wire import cot

TIMES = st.integers(0, 4_000_000_000_000_000_000)
WORDS = st.text(max_size=200)
EVENTS = st.builds(
    cot.Event,
    uid=st.text(min_size=1, max_size=60),
    kind=st.sampled_from(cot.Kind),
    how=st.sampled_from(cot.How),
    time_ns=TIMES,
    start_ns=TIMES,
    stale_ns=TIMES,
    lat_e7=st.integers(-900_000_000, 900_000_000),
    lon_e7=st.integers(-1_800_000_000, 1_800_000_000),
    hae_mm=st.none() | st.integers(-2_000_000, 60_000_000),
    ce_mm=st.none() | st.integers(0, 10_000_000),
    le_mm=st.none() | st.integers(0, 10_000_000),
    callsign=WORDS,
    remarks=WORDS,
    course_mdeg=st.none() | st.integers(0, 359_999),
    speed_mmps=st.none() | st.integers(0, 500_000),
    linked_uid=WORDS,
    linked_kind=st.none() | st.sampled_from(cot.Kind),
    simulated=st.booleans(),
)


def as_xml_holds(text):
    return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def nanoseconds(text):
    at = dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=dt.UTC)
    return (at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1) * 1000


def thousandths(text):
    return None if text == cot.UNKNOWN_M else round(float(text) * 1000)


@pytest.mark.requirement("OUT-1")
@given(EVENTS)
def test_an_independent_parser_reads_back_what_was_meant(event):
    read = ET.fromstring(cot.encode(event))
    assert (read.tag, read.get("version"), read.get("uid")) == ("event", "2.0", as_xml_holds(event.uid))
    assert (read.get("type"), read.get("how")) == (event.kind.value, event.how.value)
    for name in ("time", "start", "stale"):
        told, meant = nanoseconds(read.get(name)), getattr(event, f"{name}_ns")
        assert 0 <= meant - told < 1_000_000
    assert read.get("opex") == ("s" if event.simulated else None)
    point = read.find("point")
    assert round(float(point.get("lat")) * 1e7) == event.lat_e7
    assert round(float(point.get("lon")) * 1e7) == event.lon_e7
    assert [thousandths(point.get(name)) for name in ("hae", "ce", "le")] == [event.hae_mm, event.ce_mm, event.le_mm]


@given(EVENTS)
def test_words_come_back_as_they_were_said_and_make_no_tags(event):
    detail = ET.fromstring(cot.encode(event)).find("detail")
    assert (detail.findtext("remarks") or "") == as_xml_holds(event.remarks)
    contact = detail.find("contact")
    assert ("" if contact is None else contact.get("callsign")) == as_xml_holds(event.callsign)
    assert {child.tag for child in detail} <= {"contact", "track", "link", "remarks"}
    assert len(detail) == len({child.tag for child in detail})
    track = detail.find("track")
    moves = event.course_mdeg is not None and event.speed_mmps is not None
    assert (track is not None) == moves
    if track is not None:
        assert [thousandths(track.get(name)) for name in ("course", "speed")] == [event.course_mdeg, event.speed_mmps]


@given(EVENTS, EVENTS)
def test_a_stream_is_cut_at_the_end_of_events_whatever_is_in_them(first, second):
    stream = cot.encode(first) + cot.encode(second)
    parts = stream.split(b"</event>")
    assert len(parts) == 3
    assert [ET.fromstring(part.strip() + b"</event>").get("type") for part in parts[:2]] == [
        first.kind.value,
        second.kind.value,
    ]


@pytest.mark.requirement("OUT-2")
def test_there_is_no_word_for_hostile_or_suspect():
    affiliations = {kind.value.split("-")[1] for kind in cot.Kind if kind.value.startswith("a-")}
    assert affiliations == {"u", "n"}


@pytest.mark.requirement("OUT-2")
@given(EVENTS)
def test_whatever_is_said_no_type_says_hostile(event):
    data = cot.encode(event)
    read = ET.fromstring(data)
    kinds = [each.get("type") for each in read.iter() if each.get("type") is not None]
    assert not [kind for kind in kinds if kind.startswith(("a-h", "a-s", "a-j", "a-k"))]


def test_a_ping_is_a_ping():
    read = ET.fromstring(cot.ping("station-ping", 1_700_000_000_000_000_000))
    assert (read.get("type"), read.get("uid")) == ("t-x-c-t", "station-ping")
    assert read.find("point").get("hae") == cot.UNKNOWN_M


@pytest.mark.parametrize(
    ("t_ns", "said"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (-5, "1970-01-01T00:00:00.000Z"),
        (1_700_000_000_123_999_999, "2023-11-14T22:13:20.123Z"),
        (10**30, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_times_are_cut_to_the_millisecond_and_kept_within_the_calendar(t_ns, said):
    assert cot.moment(t_ns) == said
