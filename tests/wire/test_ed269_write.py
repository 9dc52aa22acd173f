"""ED-269 out: the same again when read, and what it cannot carry named."""

import json

import msgspec
import pytest
from hypothesis import given

from skykeep.facts.enacted import ClockTime, Daily, Period, SunEvent, SunTime, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import ed269, ed269_write
from tests.wire.edzones import CARRIED, JUDGED, NS, differing, files


def written(zones):
    exported = ed269_write.write(zones)
    back = ed269.read(exported.data, source_sha256="x")
    assert back.refused == []
    return exported, back.zones


@given(files(datums=(Datum.AGL, Datum.AMSL), shared_dates=False))
@pytest.mark.requirement("LAW-5")
def test_import_export_import_loses_nothing(zones):
    _, back = written(zones)
    assert differing(zones, back, JUDGED + CARRIED) == []


def one(**changes):
    feature = {"identifier": "Z1", "restriction": "PROHIBITED", "applicability": [{"permanent": "YES"}], "geometry": [
        {"uomDimensions": "M", "horizontalProjection": {"type": "Circle", "center": [24.5, 60.25], "radius": 1000}}]}  # fmt: skip
    [zone] = ed269.read(json.dumps({"features": [feature]}).encode(), source_sha256="x").zones
    return msgspec.structs.replace(zone, **changes)


def test_a_zone_in_words_of_the_standard():
    night = Daily(days=(0, 4), start=SunTime(event=SunEvent.EECT, offset_s=0), end=ClockTime(second=21_600), time_zone="+02:00")
    periods = (Period(start_ns=0, end_ns=86_400 * NS, daily=(night,)),)
    volume = Volume(outline=one().volumes[0].outline, floor=Altitude(60_500, Datum.AMSL), ceiling="unlimited")
    exported, _ = written([one(periods=periods, volumes=(volume,), hours_unread="hours: x")])
    [feature] = json.loads(exported.data)["features"]
    assert exported.lost == []
    assert feature["applicability"] == [{
        "permanent": "NO", "startDateTime": "1970-01-01T00:00:00Z", "endDateTime": "1970-01-02T00:00:00Z",
        "schedule": [{"day": ["MON", "FRI"], "startEvent": "EMCT", "endTime": "06:00:00+02:00"}]}]  # fmt: skip
    assert feature["geometry"] == [{
        "uomDimensions": "M", "lowerLimit": 60.5, "lowerVerticalReference": "AMSL", "upperLimit": 99999, "upperVerticalReference": "AMSL",
        "horizontalProjection": {"type": "Circle", "center": [24.5, 60.25], "radius": 1000}}]  # fmt: skip
    assert (feature["identifier"], feature["country"], feature["type"], feature["restriction"]) == ("Z1", "XXX", "COMMON", "PROHIBITED")


def test_a_height_above_the_ellipsoid_is_named_as_lost_and_not_stated():
    volume = Volume(outline=one().volumes[0].outline, floor=Altitude(5_000, Datum.HAE), ceiling=None)
    exported, [back] = written([one(volumes=(volume,))])
    assert exported.lost == ["Z1: volume 0: floor 5 m HAE is not stated in the file"]
    assert back.volumes[0].floor is None


def test_when_a_zone_is_law_becomes_its_dates():
    zone = one(effective_from_ns=5 * NS, end_ns=9 * NS)
    exported, [back] = written([zone])
    assert len(exported.lost) == 2
    assert [(one.start_ns, one.end_ns) for one in back.applicability] == [(5 * NS, 9 * NS)]
