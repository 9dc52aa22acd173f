"""ED-269 and ED-318: no zone is lost, every repair and doubt is said, hostile files end in a clear refusal."""

import contextlib
import copy
import itertools
import json
import pathlib

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.enacted import Circle, ClockTime, Daily, Interval, Period, Rule, SunEvent, SunTime
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.outline import compile_outline
from skykeep.wire import ed269, ed318, ed_periods, outlines, zonefile

VECTORS = pathlib.Path(__file__).parents[1] / "vectors/zones"
DAY_NS = 86_400 * 10**9
RING = [[24.0, 60.0], [25.0, 60.0], [25.0, 61.0], [24.0, 60.0]]
LONGER = "identifier {} is longer than the 7 characters of the standard; kept whole"


def read(module, data):
    done = module.read(data, source_sha256="ab" * 32)
    for zone in done.zones:
        assert codec.decode(codec.encode(zone)) == zone
        assert json.loads(zone.native) is not None
    assert {zone.zone_id: zone.doubts for zone in done.zones if zone.doubts} == {
        r.zone_id: r.what for r in done.doubted
    }
    assert len({zone.zone_id for zone in done.zones}) == len(done.zones)
    return done


def feature_269(*, geometry=None, **changes):
    volume = {"uomDimensions": "M", "lowerLimit": 0, "lowerVerticalReference": "AGL", "upperLimit": 120,
              "upperVerticalReference": "AGL", "horizontalProjection": {"type": "Polygon", "coordinates": [RING]}}  # fmt: skip
    feature = {"identifier": "Z1", "country": "FIN", "name": "Z", "type": "COMMON", "restriction": "PROHIBITED",
               "reason": ["SENSITIVE"], "applicability": [{"permanent": "YES"}], "zoneAuthority": []}  # fmt: skip
    return feature | {"geometry": [volume | (geometry or {})]} | changes


def one(*, geometry=None, **changes):
    """Import one ED-269 feature and return its zone."""
    done = read(ed269, json.dumps({"features": [feature_269(geometry=geometry, **changes)]}).encode())
    assert not done.refused
    return done.zones[0]


def refused(*, geometry=None, **changes):
    done = read(
        ed269,
        json.dumps({"features": [feature_269(geometry=geometry, **changes), feature_269(identifier="OK")]}).encode(),
    )
    assert [zone.zone_id for zone in done.zones] == ["OK"]
    return done.refused[0].what[0]


# Files as published.


def test_finland_whole(shared):
    data = (shared / "data/zones/fi_ed269_reshaped.json").read_bytes()
    done = read(ed269, data)
    said = json.loads(data)["features"]
    assert done.refused == []
    assert (len(done.zones), sum(len(zone.volumes) for zone in done.zones)) == (722, 723)
    limits = [(volume.floor, volume.ceiling) for zone in done.zones for volume in zone.volumes]
    assert (sum(f is None for f, _ in limits), sum(c is None for _, c in limits)) == (679, 165)
    assert all(any("permanent YES stands beside dates" in doubt for doubt in zone.doubts) for zone in done.zones)
    assert [zone.zone_id for zone in done.zones if zone.hours_unread] == ["EFUTUASC3"]
    assert (
        sum(
            any(d == "schedule 00:00:00Z to 00:00:00Z read as the whole day" for d in zone.doubts)
            for zone in done.zones
        )
        == 1
    )
    feet = [
        volume.ceiling
        for zone, f in zip(done.zones, said, strict=True)
        for volume in zone.volumes
        if f["geometry"][0]["uomDimensions"] == "FT"
    ]
    assert len(feet) == 111
    assert all(
        isinstance(limit, Altitude) and limit.datum is Datum.AMSL and limit.value_mm % 1524 == 0 for limit in feet
    )
    for zone, feature in zip(done.zones, said, strict=True):
        assert json.loads(zone.native) == feature
        assert zone.applicability[0].start_ns < zone.applicability[0].end_ns
        assert (LONGER.format(zone.zone_id) in zone.doubts) == (len(zone.zone_id) > 7)


def test_finland_points(shared):
    """The outlines agree with the points that another program placed."""
    done = read(ed269, (shared / "data/zones/fi_ed269_reshaped.json").read_bytes())
    expected = json.loads((shared / "data/zones/fi_points_expected.json").read_text())
    points = expected["points"]
    outlines = [
        (zone.zone_id, shapely.Polygon(volume.outline.rings[0], volume.outline.rings[1:]))
        for zone in done.zones
        for volume in zone.volumes
    ]
    shapely.prepare([shape for _, shape in outlines])
    for point in points[:200]:
        lat, lon = point["lat"], point["lon"]
        got = {zone_id for zone_id, shape in outlines if shape.contains(shapely.Point(lat * 1e7, lon * 1e7))}
        assert got == set(point["inside"])


def test_flattened_finland(shared):
    done = read(ed318, (shared / "data/zones/fi_traficom_flattened.geojson").read_bytes())
    assert (len(done.zones), done.refused) == (723, [])
    assert {zone.rule for zone in done.zones} == {Rule.NEEDS_PERMIT, Rule.ALLOWED, Rule.PROHIBITED}


@pytest.mark.parametrize(("name", "module", "zones", "volumes"), [
    ("ch_cis_sample_ed269.json", ed269, 1, 1), ("ch_cis_sample_ed318.json", ed318, 3, 3),
    ("Example_Collection.json", ed318, 2, 3), ("Example_GeoZone_2_Layers.json", ed318, 1, 2),
    ("Example_GeoZone_Circle.json", ed318, 1, 1),
])  # fmt: skip
def test_published_samples(name, module, zones, volumes):
    data = (VECTORS / name).read_bytes()
    assert [other.sniff(data) for other in (ed269, ed318)] == [module is ed269, module is ed318]
    done = read(module, data)
    assert done.refused == []
    assert (len(done.zones), sum(len(zone.volumes) for zone in done.zones)) == (zones, volumes)


@pytest.mark.parametrize(("name", "module", "zones"), [
    ("ed269-ch.json", ed269, 4), ("ed269-lu.json", ed269, 2), ("eans-ee.json", ed318, 5),
    ("es_enaire_0006-4.json", ed318, 1), ("es_enaire_GCPU0.json", ed318, 1),
])  # fmt: skip
def test_shapes_of_other_states(shared, name, module, zones):
    data = (shared / "data/zones/shapes" / name).read_bytes()
    assert module.sniff(data)
    done = read(module, data)
    assert (len(done.zones), done.refused) == (zones, [])


def test_swiss_sample_in_words():
    zone = read(ed269, (VECTORS / "ch_cis_sample_ed269.json").read_bytes()).zones[0]
    assert (zone.zone_id, zone.rule, zone.applicability, zone.hours_unread) == ("LSXX", Rule.NEEDS_PERMIT, None, None)
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (
        Altitude(0, Datum.AGL),
        None,
    )  # "0" is text, null is absent
    assert zone.volumes[0].outline.rings[0][0] == (462170245, 61664857)
    assert (zone.issuing_body, zone.conditions, zone.reason, zone.country) == (
        "LSXX City Sample",
        "RST02",
        "AIR_TRAFFIC",
        "CHE",
    )
    assert (
        zone.contact == "Supervisor · admin@example.interuss.org · 0041221234567 · https://example.interuss.org/contact"
    )


def test_english_before_other_languages_and_no_names_of_people():
    zones = read(ed318, (VECTORS / "ch_cis_sample_ed318.json").read_bytes()).zones
    assert [zone.name for zone in zones] == [
        "LSZB Bern-Belp 2",
        "Protected natural object Langmatt",
        "LSTB Bellechasse (Airport perimeter)",
    ]
    assert "Reto" not in zones[2].contact
    assert {(zone.volumes[0].floor, zone.volumes[0].ceiling) for zone in zones} == {
        (Altitude(60_000, Datum.AGL), "unlimited"), (Altitude(0, Datum.AGL), "unlimited")}  # fmt: skip


def test_layers_and_circles():
    done = read(ed318, (VECTORS / "Example_Collection.json").read_bytes())
    layered, round_one = done.zones
    assert [(v.floor.value_mm, v.ceiling.value_mm) for v in layered.volumes] == [(50_000, 150_000), (0, 50_000)]
    assert (
        layered.hours_unread == "hours: every day 16:00-17:00 UTC; Sun 10:00-12:00 UTC"
    )
    assert layered.applicability == (Interval(start_ns=1546271999 * 10**9, end_ns=1577807999 * 10**9),)
    assert round_one.volumes[0].outline == Circle(lat_e7=501229010, lon_e7=26368660, radius_mm=3_500_000)
    assert done.doubts == []
    assert {zone.effective_from_ns for zone in done.zones} == {1546271999 * 10**9}


@pytest.mark.parametrize(("name", "zones", "volumes"), [
    ("fi_ed269_reshaped.json", 722, 723), ("fi_traficom_flattened.geojson", 723, 723), ("lu_dac_flattened.geojson", 47, 47),
    ("interuss/ch_cis_sample_ed269.json", 1, 1), ("interuss/ch_cis_sample_ed318.json", 3, 3), ("shapes/ed269-ch.json", 4, 5),
    ("shapes/ed269-lu.json", 2, 2), ("shapes/eans-ee.json", 5, 5), ("shapes/es_enaire_0006-4.json", 1, 1),
    ("shapes/es_enaire_GCPU0.json", 1, 1), ("ed318_official/Example_Collection.json", 2, 3),
    ("ed318_official/Example_GeoZone_2_Layers.json", 1, 2), ("ed318_official/Example_GeoZone_Circle.json", 1, 1),
])  # fmt: skip
@pytest.mark.requirement("LAW-4")
def test_no_file_of_a_state_loses_a_zone(shared, name, zones, volumes):
    data = (shared / "data/zones" / name).read_bytes()
    [module] = [one for one in (ed269, ed318) if one.sniff(data)]
    done = read(module, data)
    assert (len(done.zones), sum(len(zone.volumes) for zone in done.zones), done.refused) == (zones, volumes, [])
    said = json.loads(data)
    features = said.get("features") or said.get("UASZoneList") or [said]
    assert [json.loads(zone.native) for zone in done.zones] == features


# The traps that are really in these files, each by its name.


def finland(shared):
    data = (shared / "data/zones/fi_ed269_reshaped.json").read_bytes()
    features = json.loads(data)["features"]
    return list(zip(read(ed269, data).zones, features, strict=True))


def test_trap_absent_limits_are_not_stated_and_never_zero(shared):
    for zone, feature in finland(shared):
        for volume, said in zip(zone.volumes, feature["geometry"], strict=True):
            assert (volume.floor is None) == ("lowerLimit" not in said)
            assert (volume.ceiling is None) == ("upperLimit" not in said)


def test_trap_permanent_yes_beside_dates_and_a_daily_schedule(shared):
    zone, feature = next(pair for pair in finland(shared) if pair[0].zone_id == "EFAAUAS")
    assert feature["applicability"][0]["permanent"] == "YES"
    start_ns, end_ns = 1_609_372_800 * 10**9, 1_807_995_600 * 10**9  # 2020-12-31 and 2027-04-17T21:00Z
    assert zone.periods == (Period(start_ns=start_ns, end_ns=end_ns, daily=()),)
    assert zone.applicability == (Interval(start_ns=start_ns, end_ns=end_ns),)
    assert PERMANENT in zone.doubts


def test_trap_midnight_to_midnight_is_the_whole_day_with_a_doubt(shared):
    [zone] = [zone for zone, feature in finland(shared) if '"endTime": "00:00:00Z"' in json.dumps(feature)]
    whole = {"start": ClockTime(second=0), "end": ClockTime(second=86_400), "time_zone": "UTC"}
    assert zone.periods[0].daily == (Daily(days=(5,), **whole), Daily(days=(6,), **whole))
    assert zone.doubts.count("schedule 00:00:00Z to 00:00:00Z read as the whole day") == 1


def test_trap_feet_above_the_sea_beside_metres_above_the_ground(shared):
    units = {(volume["uomDimensions"], volume["upperVerticalReference"]) for _, f in finland(shared) for volume in f["geometry"]}
    assert {("FT", "AMSL"), ("M", "AGL")} <= units
    zone, feature = next(pair for pair in finland(shared) if pair[1]["geometry"][0]["uomDimensions"] == "FT")
    assert zone.volumes[0].ceiling == Altitude(feature["geometry"][0]["upperLimit"] * 1524 // 5, Datum.AMSL)


def test_trap_identifiers_longer_than_seven_are_kept_whole(shared):
    for zone, feature in finland(shared):
        assert zone.zone_id == feature["identifier"]
        assert any("longer than the 7 characters" in doubt for doubt in zone.doubts) == (len(zone.zone_id) > 7)


def test_trap_a_byte_order_mark_is_passed_over(shared):
    bom = b"\xef\xbb\xbf"
    for name in ("shapes/ed269-ch.json", "shapes/es_enaire_GCPU0.json", "ed318_official/Example_Collection.json"):
        data = (shared / "data/zones" / name).read_bytes().removeprefix(bom)
        module = ed318 if ed318.sniff(bom + data) else ed269
        assert [zone.native for zone in read(module, bom + data).zones] == [zone.native for zone in read(module, data).zones]


def test_trap_99999_is_no_ceiling_above_the_ground_and_above_the_sea(shared):
    zones = read(ed269, (shared / "data/zones/shapes/ed269-ch.json").read_bytes()).zones
    for zone, reference in zip(zones[:2], ("AMSL", "AGL"), strict=True):
        said = json.loads(zone.native)["geometry"][0]
        assert (said["upperLimit"], said["upperVerticalReference"]) == (99999, reference)
        assert zone.volumes[0].ceiling == "unlimited"
        assert "geometry[0]: upper limit 99999 read as unlimited" in zone.doubts


def test_trap_limits_as_strings():
    zone = read(ed269, (VECTORS / "ch_cis_sample_ed269.json").read_bytes()).zones[0]
    assert json.loads(zone.native)["geometry"][0]["lowerLimit"] == "0"
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (Altitude(0, Datum.AGL), None)


def test_trap_layers_make_a_volume_each():
    [zone] = read(ed318, (VECTORS / "Example_GeoZone_2_Layers.json").read_bytes()).zones
    assert [(v.floor.value_mm, v.ceiling.value_mm) for v in zone.volumes] == [(50_000, 150_000), (0, 50_000)]
    assert zone.volumes[0].outline != zone.volumes[1].outline


def test_trap_a_point_with_a_radius_is_a_circle_and_stays_one():
    [zone] = read(ed318, (VECTORS / "Example_GeoZone_Circle.json").read_bytes()).zones
    assert zone.volumes[0].outline == Circle(lat_e7=501229010, lon_e7=26368660, radius_mm=3_500_000)


def test_trap_a_vertex_repeated_is_left_out_with_a_doubt(shared):
    repeated = [zone for zone, _ in finland(shared) if any("repeated vertices were left out" in d for d in zone.doubts)]
    for zone in repeated:
        ring = zone.volumes[0].outline.rings[0]
        assert all(a != b for a, b in itertools.pairwise(ring))
    data = json.dumps(feature_269(geometry={"horizontalProjection": {"type": "Polygon", "coordinates": [[RING[0], *RING]]}}))
    [zone] = read(ed269, f'{{"features": [{data}]}}'.encode()).zones
    assert "geometry[0]: outline: 1 repeated vertices were left out" in zone.doubts


# The whole of what they say.


def test_words_in_every_language_authorities_and_what_is_carried():
    zone = read(ed318, (VECTORS / "ch_cis_sample_ed318.json").read_bytes()).zones[1]
    names = [(text.lang, text.text) for text in zone.texts if text.about == "name"]
    assert [lang for lang, _ in names] == ["de-CH", "fr-CH", "it-CH", "en-GB"]
    assert ("fr-CH", "Objet naturel protégé Langmatt") in names
    [authority] = zone.authorities
    assert (authority.purpose, authority.name[3].text) == ("AUTHORIZATION", "Ebenrain Centre for Agriculture, Nature and Food")
    carried = {name: json.loads(value) for name, value in zone.carried}
    assert carried["reason"] == ["NATURE"]
    assert (carried["region"], carried["variant"]) == (0, "COMMON")
    assert carried["extendedProperties"] == {"addInfo": "Exemption permits may be applied for at the competent authority."}
    assert carried["metadata"]["issued"] == "2025-03-13T13:58:00+01:00"
    assert [one["text"] for one in carried["metadata"]["provider"]] == ["BAZL", "OFAC", "UFAC", "FOCA"]
    assert zone.conditions == "The operation of unmanned aircraft is only allowed with exemption permit."
    assert zone.exemptions == ()  # words stay words
    assert zone.effective_from_ns == 1_473_890_400 * 10**9  # metadata validFrom 2016-09-15T00:00:00+02:00


def test_dialects_say_as_much(shared):
    spain = read(ed318, (shared / "data/zones/shapes/es_enaire_GCPU0.json").read_bytes()).zones[0]
    carried = {name: json.loads(value) for name, value in spain.carried}
    assert carried["dataSource"] == {"creationDate": "2024-08-05T09:23:56", "updateDateTime": "2025-02-13T14:23:26"}
    assert (carried["reason"], carried["regulationExemption"], carried["extendedProperties"]) == (["AIR_TRAFFIC"], "NO", "Helipuerto")
    assert spain.volumes[0].ceiling == Altitude(900_000, Datum.AGL)
    estonia = read(ed318, (shared / "data/zones/shapes/eans-ee.json").read_bytes()).zones[0]
    carried = {name: json.loads(value) for name, value in estonia.carried}
    assert carried["dataSource"]["originator"] == {"lang": "", "text": "Lennuliiklusteeninduse AS"}
    assert (estonia.reason, estonia.authorities[0].site_url) == ("AIR_TRAFFIC", "https://example.invalid/zone")
    luxembourg = read(ed318, (shared / "data/zones/lu_dac_flattened.geojson").read_bytes()).zones
    assert (luxembourg[0].zone_id, luxembourg[0].issuing_body) == ("SPECI12", "Direction de l'Aviation Civile")
    assert all(isinstance(zone.volumes[0].ceiling, Altitude) for zone in luxembourg)
    assert json.loads(dict(luxembourg[0].carried)["reason"]) == ["SENSITIVE", "POPULATION"]


def entry(**said):
    """Import one daily schedule and return it as read, or the words of what was not."""
    zone = one(applicability=[{"schedule": [said]}])
    return zone.periods[0].daily[0] if zone.periods else zone.hours_unread


def test_each_daily_entry_has_its_own_time_zone():
    daily = entry(day=["MON", "SUN"], startTime="08:00:00+02:00", endTime="17:30+02:00")
    assert daily == Daily(days=(0, 6), start=ClockTime(second=28_800), end=ClockTime(second=63_000), time_zone="+02:00")
    assert entry(day=["ANY"], startEvent="BMCT", endEvent="EMCT") == Daily(
        days=(), start=SunTime(event=SunEvent.BMCT, offset_s=0), end=SunTime(event=SunEvent.EECT, offset_s=0), time_zone="UTC")  # fmt: skip
    assert entry(day="Tuesday", startEvent="SR", endTime="12:00:00-03:30").time_zone == "-03:30"
    assert entry(startTime="20:00+02:00", endTime="20:00Z").end == ClockTime(second=79_200)  # 22:00+02:00
    assert entry(startTime="08:00Z", endTime="09:00:00.5Z").end == ClockTime(second=32_401)
    unzoned = one(applicability=[{"schedule": [{"startTime": "08:00", "endTime": "09:00"}]}])
    assert "names no time zone; read as UTC" in unzoned.doubts[-1]


@pytest.mark.parametrize("end", ["23:59Z", "23:59:00Z", "23:59:59Z", "23:59:59.999Z", "23:59:60Z", "24:00Z", "24:00:00Z"])
def test_the_last_minute_closes_at_the_end_of_the_day(end):
    assert entry(day=["SAT"], startTime="08:00Z", endTime=end).end == ClockTime(second=86_400)


@pytest.mark.parametrize(("said", "words"), [
    ({"day": ["HOLIDAY"], "startTime": "08:00Z"}, 'day "HOLIDAY" is not known'),
    ({"day": 5, "startTime": "08:00Z"}, "day: a number where names of days belong"),
    ({"startTime": "8 o'clock"}, "is no time of day such as 08:00:00Z"),
    ({"startTime": "25:00Z"}, "there is no such time of day"), ({"startTime": "24:00Z"}, "is the end of a day"),
    ({"startTime": "08:00Z", "endTime": "12:60Z"}, "there is no such time of day"),
    ({"startTime": "08:00+19:00"}, "there is no such time zone"), ({"startEvent": "NOON"}, 'startEvent "NOON" is not known'),
    ({"startTime": "08:00Z", "startEvent": "SR"}, "only one of the two can hold"), ({"startTime": 8}, "is no time of day"),
])  # fmt: skip
def test_hours_that_cannot_be_read_are_words(said, words):
    assert words in entry(**said)


def test_endless_schedules_are_words():
    daily = {"day": ["MON"], "startTime": "08:00Z", "endTime": "09:00Z"}
    dates = {"startDateTime": "2026-01-01T00:00:00Z"}
    assert "101 entries" in one(applicability=[dates | {"schedule": [daily] * 101}]).hours_unread
    assert "1001 periods" in one(applicability=[dates] * 1001).hours_unread
    zone = one(applicability=[dates | {"schedule": [daily]}] * 101)
    assert (zone.periods, len(zone.applicability)) == ((), 1)
    assert "101 entries in its schedules; 100 are read" in zone.hours_unread


@pytest.mark.parametrize(("dates", "interval", "doubt"), [
    ({"endDateTime": "2024-03-31T23:59:59Z"}, (None, 1_711_929_600), None),
    ({"endDateTime": "2024-03-31T23:59:59+02:00"}, (None, 1_711_922_400), None),
    ({"endDateTime": "2024-03-31T23:59"}, (None, 1_711_929_600), "names no time zone"),
    ({"endDateTime": "2024-03-31T15:59:59Z"}, (None, 1_711_900_799), None),
    ({"startDateTime": "2024-03-31T23:59:59Z"}, (1_711_929_599, None), None),
    ({"startDateTime": "1900-01-01T00:00:00Z", "endDateTime": "2024-03-31T00:00:00Z"}, (None, 1_711_843_200), "read as no beginning"),
])  # fmt: skip
def test_dates_close_at_the_end_of_their_day(dates, interval, doubt):
    zone = one(applicability=[dates])
    assert zone.applicability == (Interval(**{key: None if edge is None else edge * 10**9
                                              for key, edge in zip(("start_ns", "end_ns"), interval, strict=True)}),)  # fmt: skip
    assert (doubt is None and zone.doubts == ()) or doubt in zone.doubts[-1]


def test_dates_of_another_age():
    zone = one(applicability=[{"startDateTime": "0001-01-01T00:00:00Z", "endDateTime": "9999-12-31T23:59:59Z"}])
    assert (zone.applicability, zone.periods, zone.hours_unread) == (None, (), None)
    assert [doubt.rpartition("; ")[2] for doubt in zone.doubts] == ["read as no beginning", "read as no end"]
    for dates in ({"startDateTime": "2300-01-01T00:00:00Z"}, {"endDateTime": "1950-01-01T00:00:00Z"}):
        assert "all before 1970 or after 2200" in one(applicability=[dates]).hours_unread


def file_318(metadata):
    feature = {"type": "Feature", "properties": {"identifier": "Z", "type": "PROHIBITED"},
               "geometry": {"type": "Polygon", "coordinates": [RING]}}  # fmt: skip
    return read(ed318, json.dumps({"type": "FeatureCollection", "metadata": metadata, "features": [feature]}).encode())


def test_the_dates_of_a_file_bound_its_zones():
    [zone] = file_318({"validFrom": "1970-01-02T00:00:00Z", "validTo": "1970-01-03T23:59:59Z"}).zones
    assert (zone.effective_from_ns, zone.end_ns, zone.applicability) == (DAY_NS, 3 * DAY_NS, None)
    for metadata, words in (
        ({"validFrom": "soon"}, "the zones are read as if it gave no dates"),
        ({"validFrom": "1970-01-03T00:00:00Z", "validTo": "1970-01-02T00:00:00Z"}, "as if it gave no dates"),
        (7, "a number where an object belongs"),
        ({"otherGeoid": "CHGeo2004"}, "otherGeoid"),
    ):
        done = file_318(metadata)
        assert (done.zones[0].effective_from_ns, done.zones[0].end_ns) == (None, None)
        assert words in done.doubts[0]


def test_a_file_of_empty_geometries_is_called_by_its_format():
    empty_269 = json.dumps({"features": [feature_269() | {"geometry": []}]}).encode()
    empty_318 = json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": None, "properties": {}}]}).encode()
    for data, module in ((empty_269, ed269), (b'{"UASZoneList": []}', ed269), (b'{"features": []}', ed269), (empty_318, ed318)):
        assert [one.sniff(data) for one in (ed269, ed318)] == [module is ed269, module is ed318]
    done = read(ed269, empty_269)
    assert (done.zones, done.refused[0].what) == ([], ("it has no volume",))


def test_features_need_not_be_json():
    def draft(line, doubts):
        if line == "bad":
            raise Malformed("no zone at all")
        doubts.append("a doubt")
        volume = one().volumes[0]
        return zonefile.Draft(identifier="L" * 9, name=line, rule=Rule.ALLOWED, volumes=[volume], severity=2, carried={"b": 1, "a": [1]})

    lines = [(b"AN good", "good"), (b"AN bad", "bad")]
    done = zonefile.import_parsed(lines, draft, source_format="lines", source_sha256="x", doubts=[])
    [zone] = done.zones
    assert (zone.zone_id, zone.name, zone.native, zone.severity, zone.doubts) == ("L" * 9, "good", "AN good", 2, ("a doubt",))
    assert zone.carried == (("a", "[1]"), ("b", "1"))
    assert done.refused == [zonefile.ZoneReport(1, None, ("no zone at all",))]


# One trap each, made up.


@pytest.mark.parametrize(("geometry", "floor", "ceiling", "doubt"), [
    ({"upperLimit": 99999}, Altitude(0, Datum.AGL), "unlimited", "upper limit 99999 read as unlimited"),
    ({"upperLimit": "99999", "upperVerticalReference": "AMSL"}, Altitude(0, Datum.AGL), "unlimited", "upper limit 99999 read as unlimited"),
    ({"upperLimit": None, "lowerLimit": None}, None, None, None),
    ({"upperLimit": "", "lowerLimit": ""}, None, None, None),
    ({"upperLimit": " 120.5 "}, Altitude(0, Datum.AGL), Altitude(120_500, Datum.AGL), None),
    ({"uomDimensions": "FT", "upperLimit": 1300, "upperVerticalReference": "AMSL"}, Altitude(0, Datum.AGL), Altitude(396_240, Datum.AMSL), None),
    ({"upperVerticalReference": "WGS84"}, Altitude(0, Datum.AGL), Altitude(120_000, Datum.HAE), None),
    ({"upperVerticalReference": None}, Altitude(0, Datum.AGL), None, "upper limit 120: its reference is null; taken as not stated"),
    ({"upperLimit": "FL95"}, Altitude(0, Datum.AGL), None, 'upper limit "FL95" is no number; taken as not stated'),
    ({"upperLimit": True}, Altitude(0, Datum.AGL), None, "upper limit true is no number; taken as not stated"),
    ({"lowerLimit": 99999}, None, Altitude(120_000, Datum.AGL), "lower limit 99999 is none; taken as not stated"),
    ({"lowerLimit": 120}, None, None, "lower limit 120 is not below upper limit 120; both taken as not stated"),
    ({"lowerLimit": 130, "lowerVerticalReference": "AMSL"}, Altitude(130_000, Datum.AMSL), Altitude(120_000, Datum.AGL), None),
    ({"upperLimit": 10**30}, Altitude(0, Datum.AGL), None, f"upper limit {10**30}: that is no height of an airspace; taken as not stated"),
])  # fmt: skip
def test_limits(geometry, floor, ceiling, doubt):
    zone = one(geometry=geometry)
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (floor, ceiling)
    assert zone.doubts == (() if doubt is None else (f"geometry[0]: {doubt}",))


def test_absent_is_never_zero():
    feature = feature_269()
    for key in ("lowerLimit", "upperLimit", "uomDimensions"):
        del feature["geometry"][0][key]
    zone = read(ed269, json.dumps({"features": [feature]}).encode()).zones[0]
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (None, None)


SCHEDULE = {"day": ["ANY"], "startTime": "00:00:00Z", "endTime": "23:59:59Z"}
DATES = {"startDateTime": "1970-01-02T00:00:00.00Z", "endDateTime": "1970-01-03T02:00:00+02:00"}
BETWEEN = (Interval(start_ns=DAY_NS, end_ns=2 * DAY_NS),)
PERMANENT = "permanent YES stands beside dates; in force between the dates, at any hour of its schedule"


@pytest.mark.parametrize(("periods", "intervals", "unread", "doubts"), [
    ([{"permanent": "YES"}], (), None, ()),
    (None, (), None, ("no applicability given; read as permanent",)),
    ([{"permanent": "YES", "startDateTime": None, "dailyPeriod": [{"day": [], "startTime": None, "endTime": None}]}], (), None, ()),
    ([{"startDateTime": "", "endDateTime": "", "schedule": [{"day": "ANY", "startTime": "", "startEvent": ""}]}], (), None, ()),
    ([DATES], BETWEEN, None, ()),
    ([DATES | {"permanent": "YES", "schedule": [SCHEDULE]}], BETWEEN, None, (PERMANENT,)),
    ([{"permanent": "NO"}], (), None, ("permanent NO, but no dates; read as permanent",)),
    ([{"schedule": [SCHEDULE | {"endTime": "00:00:00Z"}]}], (), None, ("schedule 00:00:00Z to 00:00:00Z read as the whole day",)),
    ([{"schedule": [SCHEDULE | {"day": [day]} for day in ed_periods.DAYS]}], (), None, ()),
    ([{"schedule": [SCHEDULE | {"day": ["SAT"]}]}], (), "hours: Sat 00:00-24:00 UTC", ()),
    ([{"schedule": [SCHEDULE | {"endTime": "12:00:00Z"}]}], (), "hours: every day 00:00-12:00 UTC", ()),
    ([{"schedule": [{"day": ["ANY"], "startEvent": "SR", "endEvent": "SS"}]}], (), "hours: every day sunrise to sunset", ()),
    ([{"schedule": [7]}], (), "schedule: 7 is no daily schedule", ()),
    ([{"startDateTime": "soon"}], (), 'dates: "soon" is no moment such as 2026-05-01T10:00:00Z', ()),
    ([{"startDateTime": DATES["endDateTime"], "endDateTime": DATES["startDateTime"]}], (), 'dates: "1970-01-03T02:00:00+02:00" is not before "1970-01-02T00:00:00.00Z"', ()),
    ([{"startDateTime": "1970-01-02T00:00:00"}], (Interval(start_ns=DAY_NS, end_ns=None),), None, ("startDateTime 1970-01-02T00:00:00 names no time zone; read as UTC",)),
    ([DATES, {"permanent": "YES"}], (), None, ()),
    ("always", (), "applicability: text where a list of periods belongs", ()),
    ([None], (), "period: null where an object belongs", ()),
])  # fmt: skip
def test_applicability(periods, intervals, unread, doubts):
    zone = one(applicability=periods)
    assert (zone.applicability or (), zone.hours_unread, zone.doubts) == (intervals, unread, doubts)


@pytest.mark.parametrize(("word", "rule", "doubt"), [
    ("REQ_AUTHORISATION", Rule.NEEDS_PERMIT, False), ("REQ_AUTHORIZATION", Rule.NEEDS_PERMIT, False), ("CONDITIONAL", Rule.CONDITIONAL, False),
    ("NO_RESTRICTION", Rule.ALLOWED, False), ("prohibited", Rule.PROHIBITED, False), ("FREE_FOR_ALL", Rule.NEEDS_PERMIT, True),
    ("USPACE", Rule.NEEDS_PERMIT, True), (None, Rule.NEEDS_PERMIT, True), (["PROHIBITED"], Rule.NEEDS_PERMIT, True),
])  # fmt: skip
def test_restrictions(word, rule, doubt):
    zone = one(restriction=word)
    assert (zone.rule, bool(zone.doubts)) == (rule, doubt)


def test_identifiers_missing_double_and_long():
    features = [feature_269(identifier=i) for i in ("A", "A", "A~2", "A", None, "", "VERYLONGNAME")]
    done = read(ed269, json.dumps({"features": features}).encode())
    assert [zone.zone_id for zone in done.zones] == [
        "A",
        "A~2",
        "A~2~2",
        "A~3",
        "feature-4",
        "feature-5",
        "VERYLONGNAME",
    ]
    assert [bool(zone.doubts) for zone in done.zones] == [False, True, True, True, True, True, True]


@pytest.mark.parametrize(("lat", "lons"), [(85, range(-180, 180, 30)), (-85, range(180, -180, -30))])
def test_a_parallel_right_round_the_globe_encloses_its_pole(lat, lons):
    ring = [[lon, lat] for lon in lons]
    doubts = []
    outline = compile_outline(outlines.polygon([[*ring, ring[0]]], doubts))
    assert doubts == []
    sign = 1 if lat > 0 else -1
    for lon_e7 in (-1_800_000_000, 150_000_000, 1_790_000_000):
        assert outline.margin_m(sign * 900_000_000, lon_e7) > 0
        assert outline.margin_m(sign * 850_000_001, lon_e7) > 0
        assert outline.margin_m(sign * 849_900_000, lon_e7) < 0
    with pytest.raises(Malformed, match="on one line"):  # there and back is not round
        outlines.polygon([[[-170, lat], [0, lat], [170, lat], [0, lat], [-170, lat]]], [])


@pytest.mark.parametrize(("projection", "words"), [
    ({"type": "Polygon", "coordinates": [RING[:2]]}, "enclose nothing"),
    ({"type": "Polygon", "coordinates": [[RING[0]] * 5]}, "enclose nothing"),
    ({"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [3, 3], [1, 1]]]}, "on one line"),
    ({"type": "Polygon", "coordinates": [[[1, 91], [2, 2], [3, 3]]]}, "vertex 0: latitude 91 is outside"),
    ({"type": "Polygon", "coordinates": [[["1", 1], [2, 2], [3, 3]]]}, 'longitude: text ("1")'),
    ({"type": "Polygon", "coordinates": "x"}, "where a list of rings belongs"),
    ({"type": "Polygon"}, "null where a list of rings belongs"),
    ({"type": "Circle", "center": [1, 2], "radius": 0}, "radius: 0"),
    ({"type": "Circle", "center": [1], "radius": 5}, "centre: "),
    ({"type": "Blob"}, "neither Polygon nor Circle"),
    (None, "null where an object belongs"),
])  # fmt: skip
def test_one_bad_zone_never_sinks_the_file(projection, words):
    assert words in refused(geometry={"horizontalProjection": projection})


def test_rings_are_repaired_and_say_so():
    lat_lon = ((600000000, 240000000), (600000000, 250000000), (610000000, 250000000), (600000000, 240000000))
    zone = one(geometry={"horizontalProjection": {"type": "Polygon", "coordinates": [RING[:3]]}})
    assert zone.volumes[0].outline.rings == (lat_lon,)
    assert zone.doubts == ("geometry[0]: outline: the ring was not closed; it was closed with a straight edge",)
    zone = one(geometry={"horizontalProjection": {"type": "Polygon", "coordinates": [[RING[0], *RING], RING[:1]]}})
    assert zone.volumes[0].outline.rings == (lat_lon,)
    assert "1 repeated vertices were left out" in zone.doubts[0]
    assert "the hole was left out, so the area there counts as inside" in zone.doubts[1]


def test_holes_and_circles_are_kept():
    hole = [[24.5, 60.1], [24.6, 60.1], [24.6, 60.2], [24.5, 60.1]]
    assert (
        len(
            one(geometry={"horizontalProjection": {"type": "Polygon", "coordinates": [RING, hole]}})
            .volumes[0]
            .outline.rings
        )
        == 2
    )
    circle = {"type": "Circle", "center": [24.5, 60.25], "radius": 1000}
    assert one(geometry={"horizontalProjection": circle}).volumes[0].outline == Circle(
        lat_e7=602500000, lon_e7=245000000, radius_mm=1_000_000
    )
    zone = one(geometry={"horizontalProjection": circle, "uomDimensions": "FT"})
    assert zone.volumes[0].outline.radius_mm == 304_800
    assert "feet" in zone.doubts[0]


def test_one_bad_volume_is_said_aloud_and_the_others_stay():
    feature = feature_269()
    feature["geometry"].append(
        copy.deepcopy(feature["geometry"][0]) | {"horizontalProjection": {"type": "Polygon", "coordinates": []}}
    )
    done = read(ed269, json.dumps({"features": [feature]}).encode())
    assert len(done.zones[0].volumes) == 1
    assert done.refused == [
        zonefile.ZoneReport(0, "Z1", ("geometry[1]: coordinates: a list where a list of rings belongs",))
    ]
    assert done.zones[0].doubts[-1].startswith("left out: geometry[1]")


def test_ed318_geometries():
    def volumes(geometry):
        feature = {"type": "Feature", "geometry": geometry, "properties": {"identifier": "Z", "type": "PROHIBITED"}}
        done = read(ed318, json.dumps({"type": "FeatureCollection", "features": [feature]}).encode())
        return done.zones[0].volumes if done.zones else done.refused[0].what[0]

    layer = {"upper": 100, "upperReference": "AMSL", "lower": 0, "lowerReference": "AGL", "uom": "ft"}
    polygon = {"type": "Polygon", "coordinates": [RING]}
    assert len(volumes({"type": "MultiPolygon", "coordinates": [[RING], [RING]], "layer": layer})) == 2
    [inherited] = volumes({"type": "GeometryCollection", "geometries": [polygon], "layer": layer})
    assert inherited.ceiling == Altitude(30_480, Datum.AMSL)
    [without] = volumes(polygon)
    assert (without.floor, without.ceiling) == (None, None)
    [around] = volumes(
        {"type": "Point", "coordinates": [1, 2], "extent": {"subType": "Circle", "radius": 10}, "layer": layer}
    )
    assert around.outline.radius_mm == 10_000  # a radius is in metres whatever the layer's unit
    assert "encloses nothing" in volumes({"type": "Point", "coordinates": [1, 2]})
    assert "encloses nothing" in volumes({"type": "LineString", "coordinates": RING})
    assert "null where a geometry belongs" in volumes(None)
    assert "neither m nor ft" in volumes(polygon | {"layer": {"uom": "fathom"}})


# Files that mean harm.


@pytest.mark.parametrize("data", [
    b"", b"\xff\xfe", b"null", b"[]", b"{}", b'{"features": 7}', b'{"features": [{"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}]}", b'{"features": [', b"{" * 1000, b'{"features": [' + b"[" * 1_000_000,
    b'{"features": ' * 200_000, b'{"a":"\xff","features":[]}x', b'{"features": [' + b"0," * 10_000_001 + b"0]}",
    b'{"features": [' + b"{}," * 1_000_001 + b"{}]}", b" " * (zonefile.BYTES_MAX + 1),
])  # fmt: skip
@pytest.mark.parametrize("module", [ed269, ed318])
def test_what_is_no_zone_file_is_refused(module, data):
    with pytest.raises(Malformed) as caught:
        module.read(data, source_sha256="x")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("feature", [
    b"7", b"[]", b"null", b'{"geometry": [{}]}', b'{"a": "\xff"}', b'{"a": 1e99999999999999999999}',
    b'{"a": ' + b"1" * 5_000 + b"}", b'{"restriction": "PROHIBITED", "restriction": "NO_RESTRICTION"}',
])  # fmt: skip
@pytest.mark.parametrize("module", [ed269, ed318])
def test_a_hostile_feature_is_refused_alone(module, feature):
    sane = (
        json.dumps(feature_269()).encode()
        if module is ed269
        else b'{"properties": {"type": "PROHIBITED"}, "geometry": {"type": "Polygon", "coordinates": [[[1,1],[2,1],[2,2],[1,1]]]}}'
    )
    done = read(module, b'{"features": [' + feature + b", " + sane + b"]}")
    assert (len(done.zones), len(done.refused)) == (1, 1)


def test_a_million_vertices_are_the_most():
    ring = b",".join(b"[%d.5,%d]" % (n % 180, n % 90) for n in range(zonefile.LISTS_MAX + 1))
    data = (
        b'{"features": [{"geometry": [{"horizontalProjection": {"type": "Polygon", "coordinates": [['
        + ring
        + b"]]}}]}]}"
    )
    with pytest.raises(Malformed, match="Split the file"):
        ed269.read(data, source_sha256="x")


@pytest.mark.parametrize("depth", [*range(1, 1200, 97), *range(850, 1000, 7)])
def test_any_depth_is_read_or_refused(depth):
    """The recursion limit lies somewhere here; wherever a reader meets it, the file or the feature is refused."""
    deep = "[" * depth + "]" * depth
    with contextlib.suppress(Malformed):
        feature = json.dumps(feature_269()).replace('"PROHIBITED"', deep)
        read_269 = ed269.read(f'{{"features": [{feature}]}}'.encode(), source_sha256="x")
        assert len(read_269.zones) + len(read_269.refused) == 1
    for extended in (deep, f'{{"skykeep": {deep}}}', f'{{"skykeep": {{"texts": {deep}}}}}'):
        with contextlib.suppress(Malformed):
            feature = json.dumps(feature_269(extendedProperties=5)).replace("5}", f"{extended}}}")
            read_269 = ed269.read(f'{{"features": [{feature}]}}'.encode(), source_sha256="x")
            assert len(read_269.zones) + len(read_269.refused) == 1
    collection = '{"type": "GeometryCollection", "geometries": [' * depth + "]}" * depth
    with contextlib.suppress(Malformed):
        feature = f'{{"properties": {{"identifier": {deep}}}, "geometry": {collection}}}'
        assert len(ed318.read(f'{{"features": [{feature}]}}'.encode(), source_sha256="x").refused) == 1


def test_one_identifier_many_times_is_one_pass():
    feature = json.dumps(feature_269())
    done = ed269.read(f'{{"features": [{",".join([feature] * 20_000)}]}}'.encode(), source_sha256="x")
    assert done.zones[-1].zone_id == "Z1~20000"


def test_byte_order_mark():
    assert len(read(ed269, b"\xef\xbb\xbf" + json.dumps({"features": [feature_269()]}).encode()).zones) == 1
    assert read(ed269, b'{"features": []}').doubts == ["the file holds no zone"]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6) | st.sampled_from(["YES", "AGL", "FT", "ANY"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "text", "lang", "day", "schedule", "coordinates", "name"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def spoil(value, draw):
    """Put anything in the place of some part of a JSON value."""
    if draw(st.integers(0, 5)) == 0 or not isinstance(value, dict | list) or not value:
        return draw(ANY)
    at = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
    changed = copy.copy(value)
    changed[at] = spoil(value[at], draw)
    return changed


@given(st.data())
@pytest.mark.parametrize("name", ["ch_cis_sample_ed269.json", "Example_Collection.json", "Example_GeoZone_Circle.json"])
def test_spoiled_features_never_raise(name, data):
    file = json.loads((VECTORS / name).read_text())
    key = "features" if "features" in file else "UASZoneList"
    file[key] = [spoil(file[key][0], data.draw), file[key][0]]
    module = ed318 if key == "features" else ed269
    done = read(module, json.dumps(file).encode())
    assert len(done.zones) >= 1


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(data):
    for module in (ed269, ed318):
        module.sniff(data)
        with contextlib.suppress(Malformed):
            module.read(data, source_sha256="x")
