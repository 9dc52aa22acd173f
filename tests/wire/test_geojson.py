"""Plain GeoJSON: our own comes back whole, other people's is read with a doubt for each guess."""

import json

import msgspec
import pytest
import shapely.geometry
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts.enacted import (
    Circle,
    ClockTime,
    Daily,
    Exemption,
    Interval,
    Period,
    Polygon,
    Rule,
    SunEvent,
    SunTime,
    Volume,
    ZoneEnacted,
)
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import ed269, ed318, geojson, geojson_fields, geojson_write, openair
from tests.facts import kinds

RING = [[24.0, 60.0], [25.0, 60.0], [25.0, 61.0], [24.0, 60.0]]
LAT_LON = ((600000000, 240000000), (600000000, 250000000), (610000000, 250000000), (600000000, 240000000))
POLYGON = {"type": "Polygon", "coordinates": [RING]}
PROPERTIES = {
    "id": "EX1", "name": "Airfield", "rule": "needs_permit", "message": "Ask the tower.",
    "floor": "GND", "ceiling": {"value": 120, "unit": "m", "datum": "AGL"},
}  # fmt: skip
ELSEWHERE = ("source_format", "source_sha256", "native")


def read(data):
    return geojson.read(data, source_sha256="0" * 64)


def file(*features):
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def feature(geometry=POLYGON, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": PROPERTIES | properties}


def one(geometry=POLYGON, **properties):
    done = read(file(feature(geometry, **properties)))
    assert done.refused == []
    return done.zones[0]


def refused(geometry=POLYGON, **properties):
    done = read(file(feature(geometry, **properties), feature(id="OTHER")))
    assert [zone.zone_id for zone in done.zones] == ["OTHER"]
    return done.refused[0].what[0]


def law(zone):
    """All that a zone says but where it came from."""
    return {name: getattr(zone, name) for name in zone.__struct_fields__ if name not in ELSEWHERE}


# Our own mapping.

text = st.text(max_size=12)
heights = st.builds(Altitude, st.integers(-400_000_000, 400_000_000), st.sampled_from(Datum))
limit_pairs = st.one_of(
    st.tuples(st.sampled_from([None, "unlimited"]) | heights, st.sampled_from([None, "unlimited"])),
    st.tuples(heights, heights).filter(lambda pair: pair[0].datum is not pair[1].datum or pair[0].value_mm < pair[1].value_mm),
)
vertices = st.tuples(st.integers(-800_000_000, 800_000_000), st.integers(-1_800_000_000, 1_800_000_000))


@st.composite
def polygons(draw):
    """A box, at times across the antimeridian, with up to two holes that lie apart."""
    lat, lon = draw(vertices)
    up, aside = draw(st.integers(1_000, 10**8)), draw(st.integers(1_000, 10**8))

    def ring(*corners):
        found = [(lat + up * a // 100, (lon + aside * b // 100 + 1_800_000_000) % 3_600_000_000 - 1_800_000_000) for a, b in corners]
        return (*found, found[0])

    holes = [ring((10, 10), (80, 10), (40, 40)), ring((20, 60), (90, 90), (20, 90))][: draw(st.integers(0, 2))]
    return Polygon(rings=(ring((0, 0), (0, 100), (100, 100), (100, 0)), *holes))


circles = st.builds(lambda at, radius_mm: Circle(lat_e7=at[0], lon_e7=at[1], radius_mm=radius_mm), vertices, st.integers(1, 10**9))
outlines = polygons() | circles
volumes = st.builds(lambda o, limits: Volume(outline=o, floor=limits[0], ceiling=limits[1]), outlines, limit_pairs)
moments = st.none() | st.integers(-(2**62), 2**62)
spans = st.tuples(moments, moments).filter(lambda span: None in span or span[0] < span[1])
intervals = spans.map(lambda span: Interval(start_ns=span[0], end_ns=span[1]))
times = st.one_of(
    st.none(), st.builds(ClockTime, second=st.integers(0, 86_400)),
    st.builds(SunTime, event=st.sampled_from(SunEvent), offset_s=st.integers(-86_400, 86_400)),
)  # fmt: skip
days = st.sets(st.integers(0, 6)).map(lambda found: tuple(sorted(found)))
daily = st.builds(Daily, days=days, start=times, end=times, time_zone=text)
periods = st.builds(
    lambda span, hours: Period(start_ns=span[0], end_ns=span[1], daily=tuple(hours)), spans, st.lists(daily, max_size=2)
)
exemptions = st.builds(
    Exemption, mass_max_g=st.none() | st.integers(0, 10**6), height_max=st.none() | heights,
    categories=st.lists(text, max_size=2).map(tuple), missions=st.lists(text, max_size=2).map(tuple), words=st.none() | text,
)  # fmt: skip


def many(of, least=0):
    return st.lists(of, min_size=least, max_size=3).map(tuple)


@st.composite
def zones(draw):
    """Zones of every field, whatever they hold, as far as a zone can hold it."""
    return msgspec.structs.replace(
        draw(kinds.struct(ZoneEnacted)), zone_id=draw(st.text(min_size=1, max_size=12)), volumes=draw(many(volumes, 1)),
        version=draw(st.integers(1, 2**62)), supersedes=draw(moments), severity=draw(st.none() | st.integers(1, 5)),
        buffer_mm=draw(st.none() | st.integers(0, 10**9)), periods=draw(many(periods)), exemptions=draw(many(exemptions)),
        applicability=draw(st.none() | many(intervals)), applicability_span=draw(st.none() | intervals),
        announced_at_ns=draw(moments), effective_from_ns=draw(moments), end_ns=draw(moments),
    )  # fmt: skip


@settings(max_examples=40)
@given(st.lists(zones(), max_size=2, unique_by=lambda zone: zone.zone_id))
def test_every_field_of_every_zone_comes_back(made):
    done = geojson_write.write(made)
    assert done.lost == []
    back = read(done.data)
    assert back.refused == []
    assert [law(zone) for zone in back.zones] == [law(zone) for zone in made]
    sources = [json.loads(zone.native)["properties"]["source"] for zone in back.zones]
    assert [(one["format"], one["sha256"], one["native"]) for one in sources if zone_is_foreign(made, one)] == [
        (zone.source_format, zone.source_sha256, zone.native) for zone in made if zone.source_format != "geojson"]  # fmt: skip
    again = geojson_write.write(back.zones)
    assert [law(zone) for zone in read(again.data).zones] == [law(zone) for zone in made]
    assert again.data == done.data


def zone_is_foreign(made, source):
    return any(zone.source_format == source["format"] != "geojson" for zone in made)


@pytest.mark.parametrize(("reader", "name"), [
    (ed269, "fi_ed269_reshaped.json"), (ed318, "lu_dac_flattened.geojson"), (openair, "openair/ch_switzerland_2016.txt"),
    (openair, "openair/ch_disentis_2025_mil_on.txt"),
])  # fmt: skip
def test_real_zones_come_back_whole(shared, reader, name):
    first = reader.read((shared / "data/zones" / name).read_bytes(), source_sha256="1" * 64).zones
    done = geojson_write.write(first)
    assert geojson.sniff(done.data)
    back = read(done.data)
    assert (done.lost, back.refused) == ([], [])
    assert [law(zone) for zone in back.zones] == [law(zone) for zone in first]
    assert {(zone.source_format, zone.source_sha256) for zone in back.zones} == {("geojson", "0" * 64)}
    for zone, written in zip(first, json.loads(done.data)["features"], strict=True):
        shape = shapely.geometry.shape(written["geometry"])
        outline = zone.volumes[0].outline
        if len(zone.volumes) == 1 and isinstance(outline, Polygon):
            assert len(shape.exterior.coords) == len(outline.rings[0])
            assert written["properties"]["source"]["native"] == zone.native


def test_what_is_written_is_plain_geojson():
    zone = one(radius_m=500.25, geometry={"type": "Point", "coordinates": [24.5, 60.25]})
    written = json.loads(geojson_write.write([zone]).data)
    assert written["type"] == "FeatureCollection"
    assert written["features"][0]["geometry"] == {"type": "Point", "coordinates": [24.5, 60.25]}
    properties = written["features"][0]["properties"]
    source = properties.pop("source")
    assert properties == {
        "mapping": "skykeep-zone/1", "id": "EX1", "version": 1, "name": "Airfield", "rule": "needs_permit",
        "conditions": "Ask the tower.", "radius_m": 500.25,
        "floor": {"value": 0, "unit": "m", "datum": "AGL"}, "ceiling": {"value": 120, "unit": "m", "datum": "AGL"},
    }  # fmt: skip
    assert source["format"] == "geojson"
    assert json.loads(source["native"]) == feature({"type": "Point", "coordinates": [24.5, 60.25]}, radius_m=500.25)


def test_an_outline_across_the_antimeridian_is_written_as_it_is():
    ring = [[179.0, 10.0], [-179.0, 10.0], [-179.0, 11.0], [179.0, 10.0]]
    zone = one({"type": "Polygon", "coordinates": [ring]})
    assert json.loads(geojson_write.write([zone]).data)["features"][0]["geometry"]["coordinates"] == [ring]


def test_a_zone_without_a_volume_cannot_come_back_and_says_so():
    zone = msgspec.structs.replace(one(), volumes=())
    done = geojson_write.write([zone])
    assert done.lost == ["EX1: it has no volume, so no reader can make a zone of it"]
    assert read(done.data).refused[0].what == ("geometry and volumes: they differ in number",)
    assert read(geojson_write.write([]).data).doubts == ["the file holds no zone"]


OWN = {"mapping": "skykeep-zone/1", "id": "EX1", "name": "A", "rule": "prohibited", "floor": None, "ceiling": None}


@pytest.mark.parametrize(("changes", "words"), [
    ({"rule": "maybe"}, 'rule: "maybe" is none of prohibited, needs_permit, conditional, allowed'),
    ({"floor": 120}, "floor: 120 is no height such as"),
    ({"floor": {"value": 1e300, "unit": "m", "datum": "AGL"}}, "is no height in metres"),
    ({"floor": {"value": 1, "unit": "m", "datum": "MSL"}}, 'floor.datum: "MSL" is none of'),
    ({"floor": {"value": 9, "unit": "m", "datum": "AGL"}, "ceiling": {"value": 9, "unit": "m", "datum": "AGL"}}, "floor is not below ceiling"),
    ({"ceiling": "high"}, 'ceiling: "high" is none of unlimited'),
    ({"severity": 9}, "severity is not 1 to 5"), ({"severity": True}, "severity: true or false (true) where a number belongs"),
    ({"severity": 2**63}, "where a number belongs"), ({"version": 0}, "version is not 1 or more"), ({"buffer_mm": -1}, "buffer_mm is negative"),
    ({"colour": "red"}, '"colour" is no field of skykeep-zone/1'),
    ({"name": None}, "name: null (null) where text belongs"),
    ({"id": ""}, "id is empty"), ({"id": 7}, "id: a number (7) where text belongs"),
    ({"carried": [["a"]]}, "carried[0]: 1 entries where 2 belong"), ({"texts": "x"}, "texts: text where a list belongs"),
    ({"texts": [{"about": "name"}]}, "texts[0]: "),
    ({"periods": [{"start_ns": 5, "end_ns": 5, "daily": []}]}, "a time ends before it begins"),
    ({"periods": [{"start_ns": None, "end_ns": None, "daily": [{"days": [7], "start": None, "end": None, "time_zone": "UTC"}]}]}, "days are not 0 to 6"),
    ({"periods": [{"start_ns": None, "end_ns": None, "daily": [{"days": [], "start": {"kind": "clock", "second": 86401}, "end": None, "time_zone": "UTC"}]}]}, "second is not 0 to 86400"),
    ({"periods": [{"start_ns": None, "end_ns": None, "daily": [{"days": [], "start": {"kind": "moon"}, "end": None, "time_zone": "UTC"}]}]}, '.kind: "moon" is none of clock, sun'),
    ({"volumes": [{}, {}]}, "they differ in number"), ({"volumes": [7]}, "belong together"), ({"radius_m": 5, "volumes": [{}]}, '"radius_m" is no field'),
])  # fmt: skip
def test_our_own_mapping_is_read_strictly(changes, words):
    own = {key: value for key, value in OWN.items() if "volumes" not in changes or key not in ("floor", "ceiling")}
    done = read(file({"type": "Feature", "geometry": POLYGON, "properties": own | changes}))
    assert done.zones == []
    assert words in done.refused[0].what[0]


@pytest.mark.parametrize("name", ["name", "rule"])
def test_our_own_mapping_needs_a_name_and_a_rule(name):
    properties = {key: value for key, value in OWN.items() if key != name}
    done = read(file({"type": "Feature", "geometry": POLYGON, "properties": properties}))
    assert done.refused[0].what == ("name and rule: a zone has both",)


def test_two_zones_of_one_id_keep_their_own_fields():
    both = [{"type": "Feature", "geometry": POLYGON, "properties": OWN | {"severity": severity}} for severity in (1, 2)]
    done = read(file(*both))
    assert [(zone.zone_id, zone.severity, zone.carried) for zone in done.zones] == [("EX1", 1, ()), ("EX1~2", 2, ())]


# Other people's.


def test_a_plain_feature():
    zone = one(start="2026-05-01T10:00:00Z", end="2026-05-01T12:00:00Z", reason="Air traffic", authority="EX", color="#f00")
    assert (zone.zone_id, zone.name, zone.rule, zone.conditions) == ("EX1", "Airfield", Rule.NEEDS_PERMIT, "Ask the tower.")
    assert zone.volumes == (
        Volume(outline=Polygon(rings=(LAT_LON,)), floor=Altitude(0, Datum.AGL), ceiling=Altitude(120_000, Datum.AGL)),
    )
    assert zone.applicability == (Interval(start_ns=1777629600 * 10**9, end_ns=1777636800 * 10**9),)
    assert (zone.reason, zone.issuing_body, zone.carried) == ("Air traffic", "EX", (("geojson.color", '"#f00"'),))
    assert zone.doubts == ()
    assert json.loads(zone.native)["properties"]["color"] == "#f00"


def test_every_kind_of_geometry():
    point = {"type": "Point", "coordinates": [24.5, 60.25]}
    zone = one({"type": "GeometryCollection", "geometries": [POLYGON, point, {"type": "MultiPolygon", "coordinates": [[RING], [RING]]}]}, radius_m=500)
    assert [type(volume.outline) for volume in zone.volumes] == [Polygon, Circle, Polygon, Polygon]
    assert zone.volumes[1].outline == Circle(lat_e7=602500000, lon_e7=245000000, radius_mm=500_000)
    assert one(point, radius=500).doubts == ("radius 500 names no unit; read as metres",)


@pytest.mark.parametrize(("geometry", "words"), [
    ({"type": "Point", "coordinates": [24.5, 60.25]}, "a Point without radius_m encloses nothing"),
    ({"type": "LineString", "coordinates": RING}, '"LineString" encloses nothing'),
    (None, "null where a geometry belongs"),
    ({"type": "Polygon", "coordinates": [[[24, 91], [25, 60], [25, 61]]]}, "vertex 0: latitude 91 is outside"),
    ({"type": "MultiPolygon", "coordinates": []}, "encloses nothing"),
    ({"type": "GeometryCollection", "geometries": 5}, "a number where a geometry belongs"),
])  # fmt: skip
def test_one_bad_zone_never_sinks_the_file(geometry, words):
    assert words in refused(geometry)


@pytest.mark.parametrize(("said", "rule", "doubt"), [
    ({"rule": "prohibited"}, Rule.PROHIBITED, None), ({"rule": "No fly zone"}, Rule.PROHIBITED, None), ({"rule": "no-fly"}, Rule.PROHIBITED, None),
    ({"rule": None, "restriction": "REQ_AUTHORISATION"}, Rule.NEEDS_PERMIT, None), ({"rule": "NO_RESTRICTION"}, Rule.ALLOWED, None),
    ({"rule": None, "type": "CONDITIONAL"}, Rule.CONDITIONAL, None), ({"rule": "COMMON", "type": "allowed"}, Rule.ALLOWED, None),
    ({"rule": "Restricted"}, Rule.NEEDS_PERMIT, 'rule "Restricted": read as: needs a permit'),
    ({"rule": "weird"}, Rule.NEEDS_PERMIT, 'rule "weird" is not known; read as: needs a permit'),
    ({"rule": None}, Rule.NEEDS_PERMIT, "rule null is not known; read as: needs a permit"),
    ({"rule": 5}, Rule.NEEDS_PERMIT, "rule 5 is not known; read as: needs a permit"),
])  # fmt: skip
def test_rules(said, rule, doubt):
    zone = one(**said)
    assert (zone.rule, zone.doubts) == (rule, () if doubt is None else (doubt,))


@pytest.mark.parametrize(("said", "ceiling", "doubt"), [
    ({"ceiling": "500 ft AGL"}, Altitude(152_400, Datum.AGL), None), ({"ceiling": "FL65"}, Altitude(1_981_200, Datum.STD), None),
    ({"ceiling": "UNL"}, "unlimited", None), ({"ceiling": "Unlimited"}, "unlimited", None),
    ({"ceiling": {"value": "400", "uom": "ft", "reference": "msl"}}, Altitude(121_920, Datum.AMSL), None),
    ({"ceiling": None, "upperLimit": 120, "upperReference": "AGL", "unit": "M"}, Altitude(120_000, Datum.AGL), None),
    ({"ceiling": None, "max_height": 120, "ceiling_datum": "WGS84", "ceiling_unit": "m"}, Altitude(120_000, Datum.HAE), None),
    ({"ceiling": 120, "ceiling_datum": "AGL"}, Altitude(120_000, Datum.AGL), "upper limit 120 names no unit; read as metres"),
    ({"ceiling": 120, "unit": "m"}, None, "upper limit 120: its reference is null; taken as not stated"),
    ({"ceiling": 120, "ceiling_datum": "AGL", "unit": "yd"}, None, 'upper limit 120: its unit is "yd"; taken as not stated'),
    ({"ceiling": "by request"}, None, 'upper limit "by request" is no height; taken as not stated'),
    ({"ceiling": True}, None, "upper limit true is no height; taken as not stated"),
    ({"ceiling": 1e9, "ceiling_datum": "AGL", "unit": "m"}, None, "that is no height of an airspace"),
    ({"ceiling": None}, None, None), ({"ceiling": ""}, None, None), ({"ceiling": {}}, None, None),
])  # fmt: skip
def test_limits(said, ceiling, doubt):
    zone = one(**said)
    assert zone.volumes[0].ceiling == ceiling
    assert zone.volumes[0].floor == Altitude(0, Datum.AGL)
    assert len(zone.doubts) == (doubt is not None)
    assert doubt is None or doubt in zone.doubts[0]


def test_limits_that_leave_nothing_between_them_are_not_stated():
    zone = one(floor="120m AGL", ceiling="120m AGL")
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (None, None)
    assert zone.doubts == ("lower limit is not below upper limit; both taken as not stated",)
    assert one(floor="UNL").doubts == ("lower limit: unlimited is none; taken as not stated",)


@pytest.mark.parametrize(("said", "unread"), [
    ({"start": "soon"}, 'from "soon" to null: "soon" is no moment such as 2026-05-01T10:00:00Z'),
    ({"start": "2026-05-01T10:00:00"}, "names no time zone"), ({"end": 5}, "a number where a moment"),
    ({"start": "2026-05-01T10:00:00Z", "end": "2026-05-01T10:00:00Z"}, "it ends before it begins"),
])  # fmt: skip
def test_times_that_cannot_be_read_leave_it_open(said, unread):
    zone = one(**said)
    assert unread in zone.hours_unread


def test_ids():
    plain = {key: value for key, value in PROPERTIES.items() if key != "id"}
    features = [{"type": "Feature", "geometry": POLYGON, "properties": plain} | more for more in ({"id": "A"}, {"id": 7}, {})]
    done = read(file(*features, {"type": "Feature", "geometry": POLYGON, "properties": None}))
    assert [zone.zone_id for zone in done.zones] == ["A", "7", "feature-2", "feature-3"]
    assert [zone.name for zone in done.zones] == ["Airfield", "Airfield", "Airfield", "feature-3"]


def test_a_single_feature_is_a_file_too():
    assert [zone.zone_id for zone in read(json.dumps(feature()).encode()).zones] == ["EX1"]


@pytest.mark.parametrize(("crs", "well"), [
    (None, True), ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, True),
    ({"type": "name", "properties": {"name": "EPSG:4326"}}, True), ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}, False),
])  # fmt: skip
def test_other_coordinate_systems_are_refused(crs, well):
    data = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature()]}).encode()
    if well:
        assert len(read(data).zones) == 1
        return
    with pytest.raises(Malformed, match="only WGS 84 is read; convert the file"):
        read(data)


def test_sniff_leaves_the_dialects_to_their_readers(shared):
    assert geojson.sniff(file(feature()))
    assert geojson.sniff(b"\xef\xbb\xbf" + file(feature()))
    for data in (b"", b"[]", b"AC R", b'{"features": []}', file(feature(restriction="PROHIBITED"))):
        assert not geojson.sniff(data)
    theirs = [*(shared / "data/zones").glob("*.json"), *(shared / "data/zones").rglob("ed318_official/*.json")]
    theirs += [*(shared / "data/zones").glob("*.geojson"), *(shared / "data/zones/interuss").glob("*.json")]
    assert len(theirs) > 8
    for path in theirs:
        assert not geojson.sniff(path.read_bytes()), path


@pytest.mark.parametrize(("data", "words"), [
    (b"", "not a zone file"), (b"null", "not a zone file"), (b"{}", 'no list "features"'), (b'{"features": 5}', "not a zone file"),
    (b'{"type": "FeatureCollection", "features": [' + b"[" * 200_000, "nested too deeply"),
    (b'{"features": [NaN]}', "not a zone file"), (b" " * 100_000_001, "100000001 bytes"), (b'{"features": [' + b"[" * 1_200_001, "Split the file"),
])  # fmt: skip
def test_a_hostile_file_is_refused(data, words):
    with pytest.raises(Malformed) as caught:
        read(data)
    assert words in str(caught.value)


def test_a_hostile_feature_is_refused_alone():
    deep = b'{"type": "Feature", "geometry": ' + b'{"type": "GeometryCollection", "geometries": [' * 300 + b"]}" * 300
    deep += b', "properties": {}}'
    nested = b'{"type": "Feature", "properties": {"a": ' + b"[" * 500 + b"]" * 500 + b"}}"
    numbers = b'{"type": "Feature", "properties": {"floor": ' + b"9" * 5000 + b"}}"
    sane = json.dumps(feature()).encode()
    latin = sane.replace(b"Airfield", b"\xc5")
    done = read(b'{"features": [' + b",".join([deep, nested, numbers, latin, sane]) + b"]}")
    assert [zone.zone_id for zone in done.zones] == ["EX1"]
    assert len(done.refused) == 4


def test_heights_in_metres_are_exact():
    for value_mm in (0, 1, -1, 120_000, 304_800, 399_999_999):
        said = geojson_fields.said(Altitude(value_mm, Datum.HAE))
        assert geojson_fields.fact(Altitude, said, "floor") == Altitude(value_mm, Datum.HAE)
