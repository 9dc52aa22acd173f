"""KML and KMZ: areas become zones, points and lines are told, archives that mean harm are refused."""

import io
import zipfile

import pytest

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, Period, Rule
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import kml
from tests.wire.zonecheck import read

RING = "24.0,60.0 25.0,60.0 25.0,61.0 24.0,60.0"
HOUR_NS = 3600 * 10**9


def polygon(ring=RING, *, inside="", before=""):
    return (
        f"<Polygon>{before}<outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
        f"{inside}</Polygon>"
    )


def hole(ring):
    return f"<innerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></innerBoundaryIs>"


def data(**said):
    return (
        "<ExtendedData>"
        + "".join(f'<Data name="{k}"><value>{v}</value></Data>' for k, v in said.items())
        + "</ExtendedData>"
    )


def file(*placemarks):
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{"".join(placemarks)}</Document></kml>'.encode()


def one(inside, rule="PROHIBITED"):
    done = read(kml, file(f'<Placemark id="Z1"><name>Z</name>{data(rule=rule) if rule else ""}{inside}</Placemark>'))
    assert done.refused == []
    return done.zones[0]


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "zones", "no_area"), [("rid_flights_zurich.kml", 10, 4), ("rid_flights_dcdemo.kml", 13, 6)]
)
def test_flights_drawn_as_kml_give_their_areas_and_tell_the_rest(shared, name, zones, no_area):
    """These files are Remote ID test flights: the areas in them mark heights and speeds, and forbid nothing by a word."""
    raw = (shared / "data/zones/interuss" / name).read_bytes()
    assert kml.sniff(raw)
    done = read(kml, raw)
    assert (len(done.zones), len(done.refused)) == (zones, no_area)
    assert all(report.what[0].endswith("no area, so no zone") for report in done.refused)
    assert done.doubts == [f"{no_area} of {zones + no_area} placemarks hold no area, so they are no zones"]
    assert {zone.rule for zone in done.zones} == {Rule.NEEDS_PERMIT}
    assert all(zone.doubts[0] == "no data field says what it forbids; read as: needs a permit" for zone in done.zones)


def test_the_swiss_flights_name_their_track_and_their_folders(shared):
    done = read(kml, (shared / "data/zones/interuss/rid_flights_zurich.kml").read_bytes())
    assert (done.refused[0].zone_id, done.refused[0].what) == ("Train", ("it holds 1 LineString: no area, so no zone",))
    high = done.zones[1]
    assert (high.zone_id, high.carried) == (
        "alt: High",
        (("kml.folders", '["rid.kml","zurich","flight: train tracks"]'),),
    )
    assert high.volumes[0].outline.rings[0][0] == (473744194, 85118972)
    assert (high.volumes[0].floor, high.volumes[0].ceiling) == (Altitude(0, Datum.AGL), Altitude(570_000, Datum.AMSL))
    assert (
        high.doubts[1] == "geometry 0: the drawing is extruded from the ground to 570 m AMSL; read as floor and ceiling"
    )
    assert high.native.startswith("<Placemark>")


def test_holes_and_several_areas():
    zone = one("<MultiGeometry>" + polygon(inside=hole("24.5,60.1 24.6,60.1 24.6,60.2 24.5,60.1")) + "<MultiGeometry>"
               + polygon("1,1 2,1 2,2 1,1") + "</MultiGeometry><Point><coordinates>1,1</coordinates></Point></MultiGeometry>")  # fmt: skip
    assert [len(volume.outline.rings) for volume in zone.volumes] == [2, 1]
    assert zone.volumes[1].outline.rings[0][1] == (10_000_000, 20_000_000)
    assert zone.doubts == ("1 Point beside the area: a line or point encloses nothing, left out",)


@pytest.mark.parametrize(("ring", "words"), [
    ("1,1 2,2", "enclose nothing"), ("", "enclose nothing"), ("1,1 2,2 3,3 1,1", "on one line"), ("181,1 2,2 3,3", "longitude 181 is outside"),
    ("1,91 2,2 3,3", "latitude 91 is outside"), ("1;1 2,2 3,3", "is no longitude,latitude"), ("NaN,1 2,2 3,1", '"NaN" is no number'),
    ("1,Infinity 2,2 3,1", '"Infinity" is no number'), ("1,1,2,3 2,2 3,1", "is no longitude,latitude"), ("1e400,1 2,2 3,1", '"1e400" is no number'),
    ("1e99,1 2,2 3,1", "longitude 1e99 is outside"), (",1 2,2 3,1", '"" is no number'),
])  # fmt: skip
def test_one_bad_area_never_sinks_the_file(ring, words):
    done = read(kml, file(f"<Placemark>{polygon(ring)}</Placemark>", f'<Placemark id="ok">{polygon()}</Placemark>'))
    assert [zone.zone_id for zone in done.zones] == ["ok"]
    assert words in done.refused[0].what[0]


@pytest.mark.parametrize(("ring", "same"), [
    ("24, 60 25 ,60 25 , 61 24,60", True), ("24.0,60.0,0\n25,60,0\t25,61,0 24,60,0", True), ("+24,60 25,6.0e1 25.00000000,61 24,60", True),
    ("24.00000004,60 25,60 25,61 24.0,60.00000004", True), ("24,60 25,60 25,61", False),
])  # fmt: skip
def test_coordinates_as_people_write_them(ring, same):
    zone = one(polygon(ring))
    assert zone.volumes[0].outline.rings == (((600000000, 240000000), (600000000, 250000000), (610000000, 250000000), (600000000, 240000000)),)  # fmt: skip
    assert bool(zone.doubts) is not same


@pytest.mark.parametrize(("before", "height", "floor", "ceiling", "doubt"), [
    ("<extrude>1</extrude><altitudeMode>relativeToGround</altitudeMode>", 120, Altitude(0, Datum.AGL), Altitude(120_000, Datum.AGL), "extruded from the ground to 120 m AGL"),
    ("<extrude>1</extrude><altitudeMode>absolute</altitudeMode>", "99.5", Altitude(0, Datum.AGL), Altitude(99_500, Datum.AMSL), "to 99.5 m AMSL"),
    ("<altitudeMode>absolute</altitudeMode>", 120, None, None, "not extruded to one height"),
    ("<extrude>1</extrude><altitudeMode>clampToGround</altitudeMode>", 120, None, None, None), ("<extrude>1</extrude>", 120, None, None, None),
    ("<extrude>1</extrude><altitudeMode>absolute</altitudeMode>", 0, None, None, "that is no ceiling"),
    ("<extrude>1</extrude><altitudeMode>absolute</altitudeMode>", "x", None, None, "not extruded to one height"),
])  # fmt: skip
def test_a_height_is_a_ceiling_only_where_the_drawing_is_extruded_to_it(before, height, floor, ceiling, doubt):
    ring = " ".join(f"{place},{height}" for place in RING.split())
    zone = one(polygon(ring, before=before))
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (floor, ceiling)
    assert [doubt in said for said in zone.doubts] == ([] if doubt is None else [True])


def test_a_slanting_roof_is_no_ceiling():
    before = "<extrude>1</extrude><altitudeMode>absolute</altitudeMode>"
    zone = one(polygon("24,60,10 25,60,20 25,61,30 24,60,10", before=before))
    assert zone.volumes[0].ceiling is None
    assert "not extruded to one height" in zone.doubts[0]


def test_data_fields_say_the_law():
    said = data(identifier="EFR1", rule="REQ_AUTHORISATION", lower_limit="0", LowerReference="AGL", upper="400", upperReference="AMSL", uom="ft",
                country="FIN", reason="SAFETY", conditions="Ask first", authority="Traficom", Legal_Basis="Law 1", email="a@b.example")  # fmt: skip
    done = read(
        kml,
        file(
            f'<Placemark id="x"><name>N</name><description><![CDATA[<b>Be</b> careful]]></description>{said}{polygon()}</Placemark>'
        ),
    )
    zone = done.zones[0]
    assert (zone.zone_id, zone.name, zone.rule, zone.doubts) == ("EFR1", "N", Rule.NEEDS_PERMIT, ())
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (Altitude(0, Datum.AGL), Altitude(121_920, Datum.AMSL))
    assert (zone.country, zone.reason, zone.conditions, zone.issuing_body) == ("FIN", "SAFETY", "Ask first", "Traficom")
    assert (zone.legal_basis, zone.contact, zone.texts[0].text) == ("Law 1", "a@b.example", "Be careful")


@pytest.mark.parametrize(("said", "floor", "ceiling", "doubts"), [
    ({"floor": "GND", "ceiling": "500 ft AGL"}, Altitude(0, Datum.AGL), Altitude(152_400, Datum.AGL), 0), ({"floor": "0", "ceiling": "FL100", "floor_datum": "AGL"}, Altitude(0, Datum.AGL), Altitude(3_048_000, Datum.STD), 0),
    ({"floor": "GND", "ceiling": "UNL"}, Altitude(0, Datum.AGL), "unlimited", 0), ({"floor": "UNL", "ceiling": "UNL"}, None, "unlimited", 1), ({"floor": "500 ft AGL", "ceiling": "100 ft AGL"}, None, None, 1),
    ({"ceiling": "high"}, None, None, 1), ({"max_height": "120", "ceiling_reference": "AGL"}, None, Altitude(120_000, Datum.AGL), 0), ({"lower": "10", "upper": "20"}, None, None, 2),
])  # fmt: skip
def test_limits_in_words_and_in_numbers(said, floor, ceiling, doubts):
    zone = one(data(**said) + polygon())
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (floor, ceiling)
    assert len(zone.doubts) == doubts


def test_a_comma_too_many_never_makes_one_place_of_two():
    done = read(kml, file(f"<Placemark>{polygon('10, 10,50 11,50 11,51')}</Placemark>"))
    assert "not the same count of numbers" in done.refused[0].what[0]


def test_schema_data_is_read_like_data():
    said = '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="TYPE">PROHIBITED</SimpleData><SimpleData name="type">NO_RESTRICTION</SimpleData></SchemaData></ExtendedData>'  # fmt: skip
    zone = one(said + polygon(), rule=None)
    assert (zone.rule, zone.doubts) == (Rule.PROHIBITED, ('data field "type" was not read: rule was said before',))


@pytest.mark.parametrize(("word", "rule", "doubts"), [
    ("prohibited", Rule.PROHIBITED, 0), ("needs_permit", Rule.NEEDS_PERMIT, 0), ("Needs permit", Rule.NEEDS_PERMIT, 0), ("CONDITIONAL", Rule.CONDITIONAL, 0),
    ("NO_RESTRICTION", Rule.ALLOWED, 0), ("allowed", Rule.ALLOWED, 0), ("free for all", Rule.NEEDS_PERMIT, 1), (None, Rule.NEEDS_PERMIT, 1),
])  # fmt: skip
def test_rules(word, rule, doubts):
    zone = one(polygon(), rule=word)
    assert (zone.rule, len(zone.doubts)) == (rule, doubts)


@pytest.mark.parametrize(("begin", "end", "start_h", "end_h", "doubts"), [
    ("1970-01-01T01:00:00Z", "1970-01-01T04:00:00+01:00", 1, 3, 0), ("1970-01-02", None, 24, None, 1), (None, "1970-01-01", None, 24, 1),
    ("1970", "1970", 0, 365 * 24, 2), ("1970-02", "1970-02", 31 * 24, 59 * 24, 2), ("1970-01-01T01:00:00", None, 1, None, 1),
])  # fmt: skip
def test_time_spans(begin, end, start_h, end_h, doubts):
    inside = "".join(f"<{edge}>{said}</{edge}>" for edge, said in (("begin", begin), ("end", end)) if said)
    zone = one(f"<TimeSpan>{inside}</TimeSpan>{polygon()}")
    start_ns, end_ns = (None if hours is None else hours * HOUR_NS for hours in (start_h, end_h))
    assert zone.periods == (Period(start_ns=start_ns, end_ns=end_ns, daily=()),)
    assert (zone.applicability[0].start_ns, zone.applicability[0].end_ns) == (start_ns, end_ns)
    assert (zone.hours_unread, len(zone.doubts)) == (None, doubts)


@pytest.mark.parametrize("span", ["<begin>soon</begin>", "<begin>1970-01-02</begin><end>1970-01-01</end>", "<end>1970-13</end>", "<begin>0000</begin>"])  # fmt: skip
def test_a_time_span_that_cannot_be_read_leaves_the_hours_unread(span):
    zone = one(f"<TimeSpan>{span}</TimeSpan>{polygon()}")
    assert zone.hours_unread.startswith("dates: ")


def test_links_are_not_followed_and_said():
    done = read(kml, file("<NetworkLink><Link><href>http://zones.example/a.kml</href></Link></NetworkLink>"))
    assert done.refused[0].what[0].startswith('a link to "http://zones.example/a.kml", which is not fetched')


def test_names_that_are_too_long_are_cut_and_said():
    done = read(kml, file(f"<Placemark><name>{'n' * 300}</name>{polygon()}</Placemark>"))
    assert done.zones[0].zone_id == "n" * 200
    assert "its name has 300 characters" in done.zones[0].doubts[0]


def test_a_kmz_is_its_doc():
    raw = zipped(("icon.png", "x"), ("other.kml", file()), ("doc.kml", file(f"<Placemark>{polygon()}</Placemark>")))
    assert kml.sniff(raw)
    assert len(read(kml, raw).zones) == 1
    assert len(read(kml, zipped(("a/b.kml", file(f"<Placemark>{polygon()}</Placemark>")))).zones) == 1


def broken(raw, old, new):
    assert old in raw
    return raw.replace(old, new)


KMZ = zipped(("doc.kml", file(f"<Placemark>{polygon()}</Placemark>")))
STORED = zipped(("doc.kml", file(f"<Placemark>{polygon()}</Placemark>")), method=zipfile.ZIP_STORED)


@pytest.mark.parametrize(("raw", "words"), [
    (zipped(("readme.txt", "x")), "no .kml file"), (zipped(("doc.kml", KMZ)), "is a zip file again"), (KMZ[:-30], "not a KMZ file"), (b"PK\x03\x04", "not a KMZ file"),
    (zipped(("../doc.kml", "x")), "points outside"), (zipped(("/doc.kml", "x")), "points outside"), (zipped(("C:\\doc.kml", "x")), "points outside"),
    (zipped(("doc.kml", file()), method=zipfile.ZIP_BZIP2), "packed by method 12"), (zipped(("doc.kml", file()), method=zipfile.ZIP_LZMA), "packed by method 14"),
    (zipped(*((f"{n}.png", "") for n in range(10_001))), "10001 files in one KMZ"), (broken(STORED, b"24.0,60.0 25", b"24.0,60.0 26"), "Bad CRC"),
    (b"PK" + b" " * 100_000_000, "100000002 bytes"),
])  # fmt: skip
def test_archives_that_are_refused(raw, words):
    with pytest.raises(Malformed) as caught:
        kml.read(raw, source_sha256="x")
    assert words in str(caught.value)


def test_a_name_that_stands_twice_is_refused():
    with pytest.warns(UserWarning, match="Duplicate"):
        raw = zipped(("doc.kml", file()), ("doc.kml", file()))
    with pytest.raises(Malformed, match="lies in it twice"):
        kml.read(raw, source_sha256="x")


def test_an_encrypted_member_is_refused():
    raw = bytearray(KMZ)
    for at in (6, raw.index(b"PK\x01\x02") + 8):
        raw[at] |= 1
    with pytest.raises(Malformed, match="encrypted"):
        kml.read(bytes(raw), source_sha256="x")


def test_what_is_no_kml_is_refused():
    for raw in (b"<gpx><Placemark/></gpx>", b"{}", b""):
        assert not kml.sniff(raw)
        with pytest.raises(Malformed):
            kml.read(raw, source_sha256="x")
    assert read(kml, file()).doubts == ["the file holds no zone"]


def test_no_kml_zone_is_a_circle(shared):
    done = read(kml, (shared / "data/zones/interuss/rid_flights_dcdemo.kml").read_bytes())
    assert not any(isinstance(volume.outline, Circle) for zone in done.zones for volume in zone.volumes)
