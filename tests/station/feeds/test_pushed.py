import pytest

from skykeep.errors import Refused, Unavailable

LINE = b'{"time": 1777629601, "lat": 50.0, "lon": 30.0}'


@pytest.mark.requirement("STATION-FEEDS-9")
def test_what_is_pushed_is_taken_once_however_often_it_comes(station):
    one = station(kind="push", format="tracks")
    assert one.feeds.push("radar", "tracks", [LINE, LINE + b"\n" + LINE], True, 7) == (3, False)
    assert one.feeds.push("radar", "tracks", [LINE, LINE + b"\n" + LINE], True, 7) == (3, True)
    assert one.feeds.push("other", "tracks", [LINE], True, 7) == (1, False)
    assert one.feeds.push("radar", "tracks", [LINE], True, None) == (1, False)
    assert [(each.sensor_id, each.keyed) for each in one.take()] == [
        *[("radar", True)] * 3,
        ("other", True),
        ("radar", True),
    ]


def test_a_number_that_was_used_for_other_frames_is_refused(station):
    one = station(kind="push")
    one.feeds.push("radar", "tracks", [LINE], True, 7)
    with pytest.raises(Refused, match="number 7 of this sensor was used before"):
        one.feeds.push("radar", "tracks", [LINE, LINE], True, 7)


@pytest.mark.requirement("STATION-FEEDS-9")
def test_a_push_is_taken_whole_or_not_at_all(station):
    one = station(kind="push", buffer_frames=3)
    one.feeds.push("radar", "tracks", [LINE] * 2, True, 1)
    with pytest.raises(Unavailable, match="once more"):
        one.feeds.push("radar", "tracks", [LINE] * 2, True, 2)
    assert len(one.take()) == 2
    assert one.feeds.push("radar", "tracks", [LINE] * 2, True, 2) == (2, False)
    with pytest.raises(Refused, match="at most 3"):
        one.feeds.push("radar", "tracks", [LINE] * 4, True, 3)
    assert one.counts().refused == 0


def test_without_a_key_only_where_that_is_configured_and_never_for_a_sensor_that_has_one(station):
    with pytest.raises(Refused, match="without a key"):
        station(kind="push").feeds.push("radar", "tracks", [LINE], False, None)
    one = station(kind="push", anonymous=True, more={"keyed": ["radar"]})
    assert one.feeds.push("mine", "tracks", [LINE], False, None).taken == 1
    with pytest.raises(Refused, match="has a key"):
        one.feeds.push("radar", "tracks", [LINE], False, None)
    assert [each.keyed for each in one.take()] == [False]


def test_a_frame_cannot_speak_for_another_sensor(station):
    one = station(kind="push", anonymous=True, more={"keyed": ["radar"]})
    named = LINE[:-1] + b', "sensor": "radar"}'
    one.feeds.push("mine", "tracks", [named], True, None)
    one.feeds.push("mine", "tracks", [named], False, None)
    one.feeds.push("radar", "tracks", [named], True, None)
    first, second, third = one.take()
    assert (first.sensor_id, second.sensor_id, third.sensor_id) == ("mine", "mine", "radar")
    assert "proved to be mine" in first.fault
    assert "has a key" in second.fault
    assert third.fault == ""


def test_what_is_no_format_or_not_the_feeds_or_too_long_is_refused(station):
    one = station(kind="push", format="tracks")
    for format_name, frames, words in (
        ("plots", [LINE], "takes format tracks"),
        ("tracks", [b"x" * 1_100_000], "longer"),
    ):
        with pytest.raises(Refused, match=words):
            one.feeds.push("radar", format_name, frames, True, None)
    with pytest.raises(Refused, match="there is no format"):
        station(kind="push").feeds.push("radar", "nonsense", [LINE], True, None)
    with pytest.raises(Refused, match="configure a feed"):
        station().feeds.push("radar", "tracks", [LINE], True, None)


@pytest.mark.requirement("STATION-FEEDS-9")
@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (LINE, "tracks"),
        (b"\n" + LINE + b"\n" + LINE, "tracks"),
        (b'{"time": 1777629601, "azimuth_deg": 87.5}', "plots"),
        (b"0012" + b"00" * 23, "odid-hex"),
    ],
)
def test_what_names_no_format_is_known_by_its_content(station, frame, name):
    one = station(kind="push")
    assert one.feeds.push("radar", "", [frame], True, None).taken == (frame.count(LINE) or 1)
    assert {each.format for each in one.take()} == {name}
    with pytest.raises(Refused, match="name it, format=NAME"):
        one.feeds.push("radar", "", [b"\x01garbage"], True, None)
    with pytest.raises(Refused, match="takes format plots"):
        station(kind="push", format="plots").feeds.push("radar", "tracks", [LINE], True, None)
