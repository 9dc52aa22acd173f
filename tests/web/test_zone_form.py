"""The form of a zone: what it says, what it refuses and why, and that a zone comes out of its own form unchanged."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts.enacted import Circle, ClockTime, Daily, Interval, Period, Polygon, Text
from skykeep.geo.altitude import Altitude, Datum
from skykeep.station import zonefiles
from skykeep.web import zone_form
from skykeep.web.zone_form import ZoneForm, form_of, zone_of
from tests.views.livefacts import zone

GOOD = ZoneForm(zone_id="Z-1", name="Harbour", lat="47.2", lon="8.7", radius_m="500")
RING = ((470_000_000, 80_000_000), (470_000_000, 81_000_000), (471_000_000, 81_000_000), (470_000_000, 80_000_000))


def with_(**said):
    return msgspec.structs.replace(GOOD, **said)


@pytest.mark.requirement("ZONES-4")
def test_a_form_says_a_zone_that_the_station_reads_without_a_doubt():
    said = with_(hours="daily", days=("0", "4"), opens="08:00", closes="18:30", time_zone="Europe/Zurich", reason="Ships",
                 begins="2026-11-24T09:00", ends="2026-12-01T00:00")  # fmt: skip
    made = zone_of(said, None)
    assert made.volumes[0].outline == Circle(lat_e7=472_000_000, lon_e7=87_000_000, radius_mm=500_000)
    assert made.volumes[0].ceiling == Altitude(120_000, Datum.AGL)
    assert made.effective_from_ns == 1_795_510_800 * 10**9
    (period,) = made.periods
    assert period.daily[0].days == (0, 4)
    (read,) = zonefiles.read_data(zone_form.file_of(made), "made").zones
    assert read.doubts == ()
    assert (read.zone_id, read.volumes, read.periods, read.reason) == ("Z-1", made.volumes, made.periods, "Ships")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"zone_id": ""}, "identifier"),
        ({"zone_id": "x" * 61}, "identifier"),
        ({"name": ""}, "name"),
        ({"rule": "maybe"}, "rule"),
        ({"shape": "star"}, "area"),
        ({"shape": "keep"}, "no zone whose area"),
        ({"lat": "91"}, "latitude"),
        ({"lat": "NaN"}, "latitude"),
        ({"lon": ""}, "longitude"),
        ({"radius_m": "0"}, "radius"),
        ({"radius_m": "1e99"}, "radius"),
        ({"shape": "polygon", "corners": "47, 8\n47, 9"}, "3 to 500"),
        ({"shape": "polygon", "corners": "47, 8\nhere\n47, 9"}, "line 2"),
        ({"ceiling": "0"}, "not above"),
        ({"ceiling": "1,500"}, "upper limit: '1,500' may be read in two ways"),
        ({"floor": "-1,000"}, "lower limit: '-1,000' may be read in two ways"),
        ({"radius_m": "1,500"}, "radius: '1,500' may be read in two ways"),
        ({"ceiling": "high"}, "upper limit"),
        ({"ceiling_datum": "moon"}, "measured"),
        ({"begins": "tomorrow"}, "law from"),
        ({"begins": "2026-11-24T09:00", "ends": "2026-11-24T08:00"}, "ends before"),
        ({"hours": "daily", "opens": "25:00"}, "hours, from"),
        ({"hours": "daily", "closes": "noon"}, "hours, until"),
    ],
)
def test_what_is_wrong_is_named(said, words):
    with pytest.raises(Refused, match=words):
        zone_of(with_(**said), None)


def test_corners_are_read_as_people_write_them():
    said = with_(shape="polygon", corners="47.0, 8.0\n\n47.0;8.1\n 47.1 8.1 \n47.0, 8.0\n")
    assert zone_of(said, None).volumes[0].outline.rings == (RING,)


def test_a_zone_comes_out_of_its_own_form_as_it_went_in():
    daily = Daily(days=(0, 1), start=ClockTime(second=28_800), end=ClockTime(second=86_400), time_zone="UTC")
    for volumes, more in (
        (None, {}),
        (Polygon(rings=(RING,)), {"periods": (Period(start_ns=None, end_ns=None, daily=(daily,)),)}),
    ):
        was = zone("A", effective_from_ns=1_795_510_800 * 10**9, **more)
        if volumes is not None:
            was = msgspec.structs.replace(was, volumes=(msgspec.structs.replace(was.volumes[0], outline=volumes),))
        now = zone_of(form_of(was), was)
        names = ("zone_id", "name", "rule", "volumes", "effective_from_ns", "end_ns", "periods", "issuing_body")
        assert [getattr(now, name) for name in names] == [getattr(was, name) for name in names]


def test_a_comma_that_can_only_be_a_decimal_one_is_read_so():
    made = zone_of(with_(lat="47,125", radius_m="1500,5"), None)
    assert made.volumes[0].outline == Circle(lat_e7=471_250_000, lon_e7=87_000_000, radius_mm=1_500_500)


@pytest.mark.requirement("ZONES-12")
def test_a_field_that_nobody_touched_changes_nothing_to_the_last_second_and_in_any_datum():
    daily = Daily(days=(), start=ClockTime(second=59), end=ClockTime(second=86_399), time_zone="UTC")
    end_ns = 1_798_761_599 * 10**9 + 5
    was = zone("A", end_ns=end_ns, effective_from_ns=1_795_510_859 * 10**9,
               periods=(Period(start_ns=None, end_ns=None, daily=(daily,)),))  # fmt: skip
    level = Altitude(1_981_200, Datum.STD)
    was = msgspec.structs.replace(was, volumes=(msgspec.structs.replace(was.volumes[0], floor=level),))
    form = form_of(was)
    assert (form.floor_datum, zone_form.datums_of(was)[0]) == ("keep", "keep")
    now = zone_of(msgspec.structs.replace(form, name="Quay"), was)
    names = ("end_ns", "effective_from_ns", "periods", "volumes")
    assert [getattr(now, name) for name in names] == [getattr(was, name) for name in names]
    later = zone_of(msgspec.structs.replace(form, opens="09:00"), was)
    assert later.periods[0].daily[0].start == ClockTime(second=32_400)
    assert later.periods[0].daily[0].end == ClockTime(second=86_399)
    moved = zone_of(msgspec.structs.replace(form, shape="circle", lat="47", lon="8", radius_m="90"), was)
    assert moved.volumes[0].floor == level
    lower = zone_of(msgspec.structs.replace(form, floor="60", floor_datum="agl"), was)
    assert (lower.volumes[0].floor, lower.volumes[0].ceiling) == (Altitude(60_000, Datum.AGL), was.volumes[0].ceiling)


def test_what_the_form_cannot_say_stays_as_it_is():
    was = zone("A", hours_unread="by notice", applicability=(Interval(start_ns=1, end_ns=2),),
               texts=(Text(about="name", lang="de", text="Hafen"), Text(about="reason", lang="de", text="Schiffe")))  # fmt: skip
    hole = Polygon(rings=(RING, RING))
    was = msgspec.structs.replace(was, volumes=(was.volumes[0], msgspec.structs.replace(was.volumes[0], outline=hole)))
    form = form_of(was)
    assert (form.shape, form.hours) == ("keep", "keep")
    now = zone_of(msgspec.structs.replace(form, name="Quay"), was)
    assert (now.volumes, now.hours_unread) == (was.volumes, "by notice")
    assert [text.about for text in now.texts] == ["reason"], "words that no longer say the same are dropped"
    higher = zone_of(msgspec.structs.replace(form, ceiling="900", ceiling_datum="amsl"), was)
    assert {volume.ceiling for volume in higher.volumes} == {Altitude(900_000, Datum.AMSL)}
    assert [volume.outline for volume in higher.volumes] == [volume.outline for volume in was.volumes]


@given(
    st.dictionaries(st.sampled_from(zone_form.FIELDS), st.text(max_size=30)), st.lists(st.text(max_size=2), max_size=4)
)
def test_whatever_is_typed_is_a_zone_or_is_refused(sent, days):
    form = zone_form.taken({**msgspec.structs.asdict(GOOD), **sent}, days)
    try:
        made = zone_of(form, None)
    except Refused:
        return
    assert made.volumes
    assert zonefiles.read_data(zone_form.file_of(made), "made").zones[0].volumes == made.volumes
