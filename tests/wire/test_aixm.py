"""AIXM 5.1: each airspace with its outline, limits, hours and time slices; what is not understood is said aloud."""

import pyproj
import pytest
import shapely

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, ClockTime, Daily, Period, Rule, SunEvent, SunTime
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import aixm, gmlcurve, xmltext
from skykeep.wire.moments import iso_ns
from tests.wire.zonecheck import read

GEOD = pyproj.Geod(ellps="WGS84")
GROUND = Altitude(0, Datum.AGL)
SQUARE = "50 10 50 11 51 11 51 10 50 10"
HOLE = "50.4 10.4 50.4 10.6 50.6 10.6 50.4 10.4"


def surface(ring, *, srs="urn:ogc:def:crs:EPSG::4326", holes=()):
    inner = "".join(f"<gml:interior>{one}</gml:interior>" for one in holes)
    name = f' srsName="{srs}"' if srs else ""
    return (f"<aixm:Surface{name}><gml:patches><gml:PolygonPatch><gml:exterior>{ring}</gml:exterior>{inner}"
            "</gml:PolygonPatch></gml:patches></aixm:Surface>")  # fmt: skip


def linear(text):
    return f"<gml:LinearRing><gml:posList>{text}</gml:posList></gml:LinearRing>"


def curve(*segments):
    members = "".join(segments)
    return f"<gml:Ring><gml:curveMember><gml:Curve><gml:segments>{members}</gml:segments></gml:Curve></gml:curveMember></gml:Ring>"


def lines(text, name="LineStringSegment"):
    return f"<gml:{name}><gml:posList>{text}</gml:posList></gml:{name}>"


def arc(at, radius, start, end, uom="[nmi_i]"):
    return (f'<gml:ArcByCenterPoint numArc="1"><gml:pos>{at}</gml:pos><gml:radius uom="{uom}">{radius}</gml:radius>'
            f'<gml:startAngle uom="deg">{start}</gml:startAngle><gml:endAngle uom="deg">{end}</gml:endAngle></gml:ArcByCenterPoint>')  # fmt: skip


def round_one(at="50 10", radius=2, uom="[nmi_i]"):
    return curve(
        f'<gml:CircleByCenterPoint numArc="1"><gml:pos>{at}</gml:pos><gml:radius uom="{uom}">{radius}</gml:radius></gml:CircleByCenterPoint>'
    )


def limits(upper='<aixm:upperLimit uom="FT">3000</aixm:upperLimit><aixm:upperLimitReference>MSL</aixm:upperLimitReference>',
           lower="<aixm:lowerLimit>GND</aixm:lowerLimit>"):  # fmt: skip
    return upper + lower


def component(projection, *, of=None, operation=None, sequence=None):
    said = f"<aixm:operation>{operation}</aixm:operation>" if operation else ""
    said += f"<aixm:operationSequence>{sequence}</aixm:operationSequence>" if sequence else ""
    if projection.startswith("<aixm:Surface"):
        projection = f"<aixm:horizontalProjection>{projection}</aixm:horizontalProjection>"
    volume = f"<aixm:AirspaceVolume>{limits() if of is None else of}{projection}</aixm:AirspaceVolume>"
    return (f"<aixm:geometryComponent><aixm:AirspaceGeometryComponent>{said}<aixm:theAirspaceVolume>{volume}"
            "</aixm:theAirspaceVolume></aixm:AirspaceGeometryComponent></aixm:geometryComponent>")  # fmt: skip


def part_of(href, dependency="HORZ_PROJECTION"):
    return (f"<aixm:contributorAirspace><aixm:AirspaceVolumeDependency><aixm:dependency>{dependency}</aixm:dependency>"
            f'<aixm:theAirspace xlink:href="{href}"/></aixm:AirspaceVolumeDependency></aixm:contributorAirspace>')  # fmt: skip


def time_slice(inside, *, kind="BASELINE", sequence=1, correction=0, begin=None, end=None, head="<aixm:type>P</aixm:type><aixm:designator>Z1</aixm:designator>"):  # fmt: skip
    valid = "".join(
        f"<gml:{name}>{text}</gml:{name}>" for name, text in (("beginPosition", begin), ("endPosition", end)) if text
    )
    return (f"<aixm:timeSlice><aixm:AirspaceTimeSlice><gml:validTime><gml:TimePeriod>{valid}</gml:TimePeriod></gml:validTime>"
            f"<aixm:interpretation>{kind}</aixm:interpretation><aixm:sequenceNumber>{sequence}</aixm:sequenceNumber>"
            f"<aixm:correctionNumber>{correction}</aixm:correctionNumber>{head}{inside}</aixm:AirspaceTimeSlice></aixm:timeSlice>")  # fmt: skip


def activation(inside="", status="ACTIVE"):
    return f"<aixm:activation><aixm:AirspaceActivation>{inside}<aixm:status>{status}</aixm:status></aixm:AirspaceActivation></aixm:activation>"


def sheet(**said):
    inside = "".join(f"<aixm:{name}>{text}</aixm:{name}>" for name, text in said.items())
    return f"<aixm:timeInterval><aixm:Timesheet>{inside}</aixm:Timesheet></aixm:timeInterval>"


def airspace(*slices, identifier="one"):
    return f'<aixm:Airspace gml:id="id-{identifier}"><gml:identifier codeSpace="urn:uuid:">{identifier}</gml:identifier>{"".join(slices)}</aixm:Airspace>'


def file(*features):
    members = "".join(f"<message:hasMember>{one}</message:hasMember>" for one in features)
    return (f'<message:AIXMBasicMessage xmlns:aixm="http://www.aixm.aero/schema/5.1" xmlns:gml="http://www.opengis.net/gml/3.2" '
            f'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:message="m">{members}</message:AIXMBasicMessage>').encode()  # fmt: skip


ALWAYS = activation()


def one(inside, **said):
    done = read(aixm, file(airspace(time_slice(ALWAYS + inside, **said))))
    assert done.refused == []
    return done.zones[0]


def drawn(ring, **said):
    zone = one(component(surface(ring, **said)))
    return zone.volumes[0].outline, zone.doubts


def metres(centre, vertex):
    return GEOD.inv(centre[1], centre[0], vertex[1] / 1e7, vertex[0] / 1e7)[2]


@pytest.fixture(scope="module")
def britain(shared):
    raw = (shared / "data/zones/shapes/aixm51-gb.xml").read_bytes()
    assert aixm.sniff(raw)
    return read(aixm, raw)


def test_the_british_sample_whole(britain):
    assert britain.refused == []
    zones = {zone.zone_id: zone for zone in britain.zones}
    assert list(zones) == ["EGTEST1", "EGD901", "EGP901", "EGD902", "EGD903", "EGD904"]
    assert [zone.rule for zone in britain.zones] == [
        Rule.NEEDS_PERMIT, Rule.CONDITIONAL, Rule.PROHIBITED, Rule.CONDITIONAL, Rule.CONDITIONAL, Rule.CONDITIONAL]  # fmt: skip
    assert zones["EGTEST1"].hours_unread == "activation: AVBL_FOR_ACTIVATION; Mon-Sat SR to SS."
    limited = {zone.zone_id: (zone.volumes[0].floor, zone.volumes[0].ceiling) for zone in britain.zones}
    assert limited["EGTEST1"] == (GROUND, Altitude(609_600, Datum.AGL))
    assert limited["EGD901"] == (Altitude(1_524_000, Datum.STD), "unlimited")  # FL 999
    assert limited["EGP901"] == (GROUND, Altitude(609_600, Datum.AMSL))
    assert limited["EGD903"] == (GROUND, Altitude(3_048_000, Datum.STD))
    assert zones["EGD901"].volumes[0].outline == Circle(lat_e7=512000000, lon_e7=-15000000, radius_mm=3_704_000)
    for zone in britain.zones:
        assert zone.native.startswith("<aixm:Airspace")
        if zone.zone_id != "EGD901":
            assert shapely.Polygon(zone.volumes[0].outline.rings[0]).is_valid


def test_the_british_arcs_have_their_radius(britain):
    corner = next(zone for zone in britain.zones if zone.zone_id == "EGTEST1").volumes[0].outline.rings[0]
    on_arc = [vertex for vertex in corner if abs(metres((51.0, -1.0), vertex) - 1852.0) < 0.02]
    assert len(on_arc) > 300
    keyhole = next(zone for zone in britain.zones if zone.zone_id == "EGD904").volumes[0].outline.rings[0]
    assert min(lat for lat, _ in keyhole) < 529_840_000  # counter-clockwise from 315 to 45 degrees: round the south
    assert abs(max(lat for lat, _ in keyhole) - 530_140_000) < 100


def test_the_british_coast_is_followed_both_ways(britain):
    west, east = (
        next(z for z in britain.zones if z.zone_id == name).volumes[0].outline.rings[0] for name in ("EGD902", "EGD903")
    )
    for ring in (west, east):
        assert (520_100_000, 50_000) in ring  # the cape
        assert (520_300_000, -100_000) not in ring  # beyond the part between
    assert shapely.Polygon(west).intersection(shapely.Polygon(east)).area < 1e-3 * shapely.Polygon(east).area


def test_straight_lines_stay_straight_and_geodesics_bend():
    straight, _ = drawn(linear("60 10 60 20 61 20 61 10 60 10"))
    assert len(straight.rings[0]) == 5
    bent, _ = drawn(curve(lines("60 10 60 20", "GeodesicString"), lines("60 20 61 20 61 10 60 10")))
    middle = GEOD.npts(10, 60, 20, 60, 1)[0]
    assert abs(max(lat for lat, _ in bent.rings[0][:-4]) / 1e7 - middle[1]) < 1e-6
    assert len(bent.rings[0]) > 100


@pytest.mark.parametrize(("srs", "text"), [
    ("urn:ogc:def:crs:EPSG::4326", SQUARE), ("urn:ogc:def:crs:EPSG:4326", SQUARE), ("http://www.opengis.net/def/crs/EPSG/0/4326", SQUARE), ("EPSG:4326", SQUARE),
    ("urn:ogc:def:crs:EPSG::4258", SQUARE), (None, SQUARE), ("urn:ogc:def:crs:OGC:1.3:CRS84", "10 50 11 50 11 51 10 51 10 50"), ("CRS84", "10 50 11 50 11 51 10 51 10 50"),
])  # fmt: skip
def test_the_order_of_axes_is_that_of_the_reference_system(srs, text):
    outline, doubts = drawn(linear(text), srs=srs)
    assert outline.rings[0][1] == (500000000, 110000000)
    assert bool(doubts) is (srs is not None and "4258" in srs)


def test_positions_of_three_numbers_and_one_by_one():
    ring = (
        '<gml:LinearRing><gml:posList srsDimension="3">50 10 0 50 11 0 51 11 0 50 10 0</gml:posList></gml:LinearRing>'
    )
    assert drawn(ring)[0].rings[0][2] == (510000000, 110000000)
    ring = (
        "<gml:LinearRing>"
        + "".join(f"<gml:pos>{at}</gml:pos>" for at in ("50 10", "50 11 0", "51 11", "50 10"))
        + "</gml:LinearRing>"
    )
    assert drawn(ring)[0].rings[0][2] == (510000000, 110000000)


def test_an_arc_of_lon_lat_turns_the_other_way():
    """CRS84 counts angles counter-clockwise from east: 0 to 90 is the same quarter as 90 to 0 of EPSG:4326."""
    east, north = GEOD.fwd(10, 50, 90, 1852)[:2], GEOD.fwd(10, 50, 0, 1852)[:2]
    ours, _ = drawn(
        curve(arc("10 50", 1, 0, 90), lines(f"{north[0]} {north[1]} 10 50 {east[0]} {east[1]}")), srs="CRS84"
    )
    theirs, _ = drawn(curve(arc("50 10", 1, 90, 0), lines(f"{north[1]} {north[0]} 50 10 {east[1]} {east[0]}")))
    assert ours == theirs
    quarter = shapely.Polygon([(lon / 1e7, lat / 1e7) for lat, lon in ours.rings[0]])
    assert abs(abs(GEOD.geometry_area_perimeter(quarter)[0]) - 3.141592653589793 / 4 * 1852**2) < 100


def test_an_arc_that_would_cross_its_ring_is_turned_round_with_a_doubt():
    """From 315 to 45 degrees over the north, written as many files write it: clockwise although it runs to a smaller azimuth."""
    left, right = (GEOD.fwd(10, 50, azimuth, 1852)[:2] for azimuth in (315, 45))
    outline, doubts = drawn(
        curve(arc("50 10", 1, 315, 45), lines(f"{right[1]} {right[0]} 49.9 10 {left[1]} {left[0]}"))
    )
    assert shapely.Polygon(outline.rings[0]).is_valid
    assert max(lat for lat, _ in outline.rings[0]) > 500_160_000
    assert (
        "component 0: an arc runs to a smaller azimuth; drawn clockwise, because the other way the outline would cross itself"
        in doubts
    )


def test_arcs_and_circles_through_three_points():
    a, b, c = (GEOD.fwd(10, 50, azimuth, 5_000)[:2] for azimuth in (0, 60, 150))
    points = " ".join(f"{lat} {lon}" for lon, lat in (a, b, c))
    outline, _ = drawn(curve(lines(points, "Arc"), lines(f"{c[1]} {c[0]} 50 10 {a[1]} {a[0]}")))
    away = [metres((50, 10), vertex) for vertex in outline.rings[0]]
    assert sum(abs(one - 5_000) < 0.5 for one in away) == len(away) - 1  # all but the centre
    outline, _ = drawn(curve(lines(points, "Circle")))
    assert isinstance(outline, Circle)
    assert abs(outline.radius_mm - 5_000_000) < 100
    assert metres((50, 10), (outline.lat_e7, outline.lon_e7)) < 0.1
    outline, _ = drawn(curve(lines("50 10 50 11 50 12", "Arc"), lines("50 12 49 11 50 10")))  # on one line: no arc
    assert len(outline.rings[0]) == 5


def test_a_gap_is_closed_and_said():
    _, doubts = drawn(curve(lines("50 10 50 11"), lines("50.01 11 51 11 51 10 50 10")))
    assert doubts == ("component 0: outline: a gap of 1112 m between two pieces was closed with a straight edge",)


def test_many_doubts_about_one_outline_are_cut_short_and_said():
    pieces = [lines(f"50 {10 + n / 100 + n * n / 1e6} 50 {10.005 + n / 100}") for n in range(100)]
    _, doubts = drawn(curve(*pieces, lines("51 11 51 10")))
    assert len(doubts) == gmlcurve.NOTES_MAX
    assert doubts[-1] == "component 0: there are more doubts about this outline than are listed"


def test_a_border_that_is_not_there_is_bridged_and_said():
    ring = '<gml:Ring><gml:curveMember xlink:href="urn:uuid:nowhere"/><gml:curveMember><gml:LineString><gml:posList>50 10 50 11 51 11</gml:posList></gml:LineString></gml:curveMember></gml:Ring>'  # fmt: skip
    outline, doubts = drawn(ring)
    assert len(outline.rings[0]) == 4
    assert 'the border "urn:uuid:nowhere" is not in this file; its ends were joined by a straight edge' in doubts[0]


def test_a_border_that_refers_to_itself_ends():
    inner = '<gml:Ring><gml:curveMember xlink:href="#g"/><gml:curveMember><gml:LineString><gml:posList>50 10 50 11 51 11</gml:posList></gml:LineString></gml:curveMember></gml:Ring>'  # fmt: skip
    border = (
        '<aixm:GeoBorder gml:id="g"><aixm:border><gml:Curve>'
        + '<gml:curveMember xlink:href="#g"/>' * 50
        + "</gml:Curve></aixm:border></aixm:GeoBorder>"
    )
    done = read(aixm, file(border, airspace(time_slice(component(surface(inner))))))
    assert len(done.zones) == 1


@pytest.mark.parametrize(("ring", "words"), [
    (linear("50 10 50 11"), "enclose nothing"), (linear("50 10 50 11 51"), "no list of positions"), (linear("95 10 50 11 51 11"), "latitude 95 is outside"),
    (linear("NaN 10 50 11 51 11"), '"NaN" is no number'), (curve(arc("50 10", 1, "x", 90)), "startAngle"), (curve(arc("50 10", -1, 0, 90)), "radius -1"),
    (curve(arc("50 10", 1, 0, 90, uom="cubit")), '"cubit"'), (curve(arc("50 10", 9_999, 0, 90)), "at most 1000 km"), (curve(arc("50 10 51 11", 1, 0, 90)), "no list of positions"),
    (curve(lines("50 10 50 11"), round_one()[len("<gml:Ring><gml:curveMember><gml:Curve><gml:segments>"):-len("</gml:segments></gml:Curve></gml:curveMember></gml:Ring>")]), "one of several pieces"),
    (curve('<gml:GeodesicString><gml:pointProperty xlink:href="#nowhere"/></gml:GeodesicString>'), "which is not in this file"), (curve("<gml:Clothoid/>"), "is no curve that is read"),
])  # fmt: skip
def test_one_bad_outline_never_sinks_the_file(ring, words):
    done = read(
        aixm,
        file(
            airspace(time_slice(component(surface(ring)))),
            airspace(time_slice(component(surface(linear(SQUARE)))), identifier="two"),
        ),
    )
    assert len(done.zones) == 1
    assert words in done.refused[0].what[0]


def test_another_reference_system_is_refused_by_name():
    done = read(aixm, file(airspace(time_slice(component(surface(linear(SQUARE), srs="urn:ogc:def:crs:EPSG::27700"))))))
    assert 'coordinates in "urn:ogc:def:crs:EPSG::27700" are not read' in done.refused[0].what[0]


def limit(edge, value, uom, reference=None):
    attribute = f' uom="{uom}"' if uom else ""
    said = f"<aixm:{edge}Limit{attribute}>{value}</aixm:{edge}Limit>"
    return said + (f"<aixm:{edge}LimitReference>{reference}</aixm:{edge}LimitReference>" if reference else "")


@pytest.mark.parametrize(("said", "floor", "ceiling", "doubts"), [
    (limit("upper", 3000, "FT", "MSL") + limit("lower", 0, "FT", "SFC"), GROUND, Altitude(914_400, Datum.AMSL), 0), (limit("upper", "UNL", None) + limit("lower", "GND", None), GROUND, "unlimited", 0),
    (limit("upper", 95, "FL", "STD") + limit("lower", 50, "FL"), Altitude(1_524_000, Datum.STD), Altitude(2_895_600, Datum.STD), 0), ("", None, None, 0),
    (limit("upper", 100, "M", "W84"), None, Altitude(100_000, Datum.HAE), 0), (limit("upper", 300, "SM", "STD"), None, Altitude(3_000_000, Datum.STD), 0),
    (limit("upper", 999, "FL", "STD"), None, "unlimited", 1), (limit("upper", "FLOOR", None), None, None, 1), (limit("upper", 100, "FT"), None, None, 1), (limit("upper", 100, "FL", "MSL"), None, None, 1),
    (limit("upper", 100, "FT", "MSL") + limit("lower", 200, "FT", "MSL"), None, None, 1), (limit("lower", "UNL", None), None, None, 1), (limit("upper", 10**8, "FT", "MSL"), None, None, 1),
    (limit("upper", 2000, "FT", "MSL") + limit("maximum", 3000, "FT", "MSL"), None, Altitude(914_400, Datum.AMSL), 1), (limit("upper", 2000, "FT", "MSL") + limit("maximum", 1000, "FT", "SFC"), None, None, 1),
    (limit("upper", "NaN", "FT", "MSL"), None, None, 1), (limit("upper", "1e400", "FT", "MSL"), None, None, 1),
])  # fmt: skip
def test_limits(said, floor, ceiling, doubts):
    said = said.replace("maximumLimitLimit", "maximumLimit").replace("LimitLimitReference", "LimitReference")
    zone = one(component(surface(linear(SQUARE)), of=said))
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (floor, ceiling)
    assert len(zone.doubts) == (doubts if "maximum" not in said or ceiling is None else 0)


@pytest.mark.parametrize(("kind", "rule", "doubted"), [
    ("P", Rule.PROHIBITED, False), ("R", Rule.NEEDS_PERMIT, True), ("CTR", Rule.NEEDS_PERMIT, True), ("D", Rule.CONDITIONAL, True), ("OTHER:RMZ", Rule.CONDITIONAL, True),
    ("FIR", Rule.ALLOWED, True), ("TMA", Rule.NEEDS_PERMIT, True), ("OTHER", Rule.NEEDS_PERMIT, True), ("", Rule.NEEDS_PERMIT, True),
])  # fmt: skip
def test_types(kind, rule, doubted):
    zone = one(
        component(surface(linear(SQUARE))), head=f"<aixm:type>{kind}</aixm:type><aixm:localType>X</aixm:localType>"
    )
    assert (zone.rule, bool(zone.doubts)) == (rule, doubted)
    assert zone.zone_id == "one"  # no designator: its identifier


UTC = {"timeReference": "UTC"}
MONDAY = ClockTime(second=8 * 3600)


@pytest.mark.parametrize(("said", "daily"), [
    ({"day": "MON", "startTime": "08:00", "endTime": "17:30"}, Daily(days=(0,), start=MONDAY, end=ClockTime(second=63_000), time_zone="UTC")),
    ({"day": "ANY", "startEvent": "SR", "endEvent": "SS"}, Daily(days=(), start=SunTime(event=SunEvent.SR, offset_s=0), end=SunTime(event=SunEvent.SS, offset_s=0), time_zone="UTC")),
    ({"day": "SAT", "timeReference": "UTC+2", "startTime": "22:00", "endTime": "06:00"}, Daily(days=(5,), start=ClockTime(second=79_200), end=ClockTime(second=21_600), time_zone="+02:00")),
    ({"day": "FRI", "dayTil": "MON", "startTime": "00:00", "endTime": "24:00"}, Daily(days=(0, 4, 5, 6), start=None, end=None, time_zone="UTC")),
    ({"day": "MON", "startTime": "08:00", "endTime": "23:59"}, Daily(days=(0,), start=MONDAY, end=ClockTime(second=86_400), time_zone="UTC")),
    ({"startDate": "01-01", "endDate": "31-12", "startTime": "08:00"}, Daily(days=(), start=MONDAY, end=None, time_zone="UTC")),
])  # fmt: skip
def test_timesheets(said, daily):
    done = read(aixm, file(airspace(time_slice(activation(sheet(**said)) + component(surface(linear(SQUARE)))))))
    assert done.zones[0].periods == (Period(start_ns=None, end_ns=None, daily=(daily,)),)


def test_an_event_may_have_minutes_before_it():
    relative = '<aixm:startTimeRelativeEvent uom="MIN">-30</aixm:startTimeRelativeEvent>'
    inside = sheet(startEvent="SR", endTime="12:00").replace("</aixm:Timesheet>", relative + "</aixm:Timesheet>")
    done = read(aixm, file(airspace(time_slice(activation(inside) + component(surface(linear(SQUARE)))))))
    assert done.zones[0].periods[0].daily[0].start == SunTime(event=SunEvent.SR, offset_s=-1_800)


@pytest.mark.parametrize(("said", "always"), [
    (activation(), True), (activation(sheet(day="ANY", startTime="00:00", endTime="00:00")), True), (activation(sheet(startTime="00:00", endTime="23:59")), True), ("", True),
    (activation(sheet(day="HOL")), False), (activation(sheet(day="MON", dayTil="FRI", startTime="08:00", endTime="17:00")), False), (activation(sheet(startDate="01-05", endDate="30-09")), False),
    (activation(sheet(excluded="YES", day="SUN")), False), (activation(sheet(startTime="25:00")), False), (activation(sheet(startTime="08:00", daylightSavingAdjust="YES")), False),
    (activation(sheet(startEvent="NOON")), False), (activation(sheet(timeReference="MARS", startTime="08:00")), False), (activation(status="AVBL_FOR_ACTIVATION"), False),
    (activation(status="INACTIVE"), False), (activation(status="INTERMITTENT"), False), (activation() + activation(status="INACTIVE"), True),
])  # fmt: skip
def test_hours_that_cannot_be_read_are_kept_in_words(said, always):
    done = read(aixm, file(airspace(time_slice(said + component(surface(linear(SQUARE)))))))
    zone = done.zones[0]
    assert zone.periods == ()
    assert (zone.hours_unread is None) is always
    assert always or zone.hours_unread.startswith("activation: ")


def test_the_newest_baseline_rules_and_the_older_one_until_then():
    square, small = component(surface(linear(SQUARE))), component(surface(linear(HOLE)))
    done = read(aixm, file(airspace(
        time_slice(ALWAYS + small, sequence=1, begin="2026-01-01", end="2026-12-31"), time_slice(ALWAYS + square, sequence=2, correction=0, begin="2026-03-01T00:00:00Z"),
        time_slice(ALWAYS + square, sequence=2, correction=1, begin="2026-04-01T00:00:00Z"))))  # fmt: skip
    newest, older = done.zones
    assert (newest.zone_id, older.zone_id) == ("Z1", "Z1/1")
    assert (older.effective_from_ns, older.end_ns) == (iso_ns("2026-01-01T00:00Z"), iso_ns("2026-04-01T00:00Z"))
    assert (newest.effective_from_ns, newest.end_ns) == (iso_ns("2026-04-01T00:00Z"), None)
    assert "correctionNumber>1<" in newest.native
    assert "sequenceNumber>1<" in older.native
    assert older.volumes[0].outline.rings[0][0] == (504000000, 104000000)


def test_a_baseline_that_never_rules_is_said():
    square = component(surface(linear(SQUARE)))
    done = read(aixm, file(airspace(time_slice(ALWAYS + square, sequence=1), time_slice(ALWAYS + square, sequence=2))))
    assert done.zones[0].doubts == ("baseline 1.0 was left out: 2.0 rules",)


def test_temporary_changes():
    square, small = component(surface(linear(SQUARE))), component(surface(linear(HOLE)))
    weekdays = activation(sheet(day="MON"))
    done = read(aixm, file(airspace(
        time_slice(weekdays + square), time_slice(activation(), kind="TEMPDELTA", sequence=7, begin="2026-05-01T08:00Z", end="2026-05-01T20:00Z", head=""),
        time_slice(small, kind="TEMPDELTA", sequence=8, begin="2026-06-01T08:00Z", end="2026-06-01T20:00Z", head=""), time_slice(activation(status="INACTIVE"), kind="TEMPDELTA", sequence=9, head=""))))  # fmt: skip
    base, temporary = done.zones
    assert base.periods[1] == Period(start_ns=iso_ns("2026-05-01T08:00Z"), end_ns=iso_ns("2026-05-01T20:00Z"), daily=())
    assert base.doubts == (
        "temporary change 7.0 activates it besides its own hours",
        "temporary change 9.0 (TEMPDELTA INACTIVE) was not applied",
    )
    assert (temporary.zone_id, temporary.rule, temporary.end_ns) == (
        "Z1/temporary-1",
        Rule.PROHIBITED,
        iso_ns("2026-06-01T20:00Z"),
    )
    assert (temporary.periods, temporary.hours_unread) == ((), None)


def test_a_snapshot_or_a_lone_change_is_read_as_a_baseline():
    square = component(surface(linear(SQUARE)))
    assert read(aixm, file(airspace(time_slice(ALWAYS + square, kind="SNAPSHOT")))).zones[0].doubts == ()
    assert (
        "its TEMPDELTA was read as one"
        in read(aixm, file(airspace(time_slice(ALWAYS + square, kind="TEMPDELTA")))).zones[0].doubts[0]
    )
    assert "without a time slice" in read(aixm, file(airspace())).refused[0].what[0]


def test_validity_that_cannot_be_read_is_not_stated():
    zone = one(component(surface(linear(SQUARE))), begin="soon", end="2026-01-01")
    assert (zone.effective_from_ns, zone.end_ns) == (None, iso_ns("2026-01-01T00:00Z"))
    assert "validTime" in zone.doubts[0]
    zone = one(component(surface(linear(SQUARE))), begin="2026-01-02", end="2026-01-01")
    assert (zone.effective_from_ns, zone.end_ns) == (None, None)


# Airspaces made of others.


def combined(*parts):
    return read(aixm, file(airspace(time_slice(ALWAYS + "".join(parts))))).zones[0]


def test_a_subtraction_inside_is_a_hole():
    zone = combined(
        component(surface(linear(SQUARE)), operation="BASE"), component(surface(linear(HOLE)), operation="SUBTR")
    )
    assert [len(volume.outline.rings) for volume in zone.volumes] == [2]
    assert zone.doubts == ()


def test_a_circle_with_a_hole_becomes_a_polygon_within_a_centimetre():
    zone = combined(
        component(surface(round_one(radius=10)), operation="BASE"),
        component(surface(round_one(radius=1)), operation="SUBTR"),
    )
    rings = zone.volumes[0].outline.rings
    for ring, radius_m in zip(rings, (18_520, 1_852), strict=True):
        assert all(abs(metres((50, 10), vertex) - radius_m) < 0.011 for vertex in ring)
    assert "the circle became a polygon" in zone.doubts[0]


@pytest.mark.parametrize(("hole", "of", "words"), [
    ("50.5 10.5 50.5 11.5 50.6 11.5 50.5 10.5", None, "is no hole in it"), (HOLE, limit("upper", 1000, "FT", "MSL") + limit("lower", "GND", None), "between other limits"),
    ("50.4 10.4 50.6 10.6 50.4 10.6 50.6 10.4 50.4 10.4", None, "crosses itself"), ("50 10", None, "enclose nothing"),
])  # fmt: skip
def test_a_subtraction_that_is_no_hole_is_not_made(hole, of, words):
    zone = combined(
        component(surface(linear(SQUARE)), operation="BASE"), component(surface(linear(hole)), operation="SUBTR", of=of)
    )
    assert len(zone.volumes[0].outline.rings) == 1
    assert words in zone.doubts[0]


def test_operations_follow_their_sequence():
    parts = (component(surface(linear(HOLE)), operation="SUBTR", sequence=2), component(surface(linear(SQUARE)), operation="BASE", sequence=1),
             component(surface(round_one("60 10")), operation="UNION", sequence=3), component(surface(round_one("50 10")), operation="INTERS", sequence=4))  # fmt: skip
    zone = combined(*parts)
    assert [len(volume.outline.rings) if not isinstance(volume.outline, Circle) else 0 for volume in zone.volumes] == [
        2,
        0,
    ]
    assert "the whole area was kept" in zone.doubts[0]


def test_an_airspace_made_of_another():
    inner = airspace(time_slice(ALWAYS + component(surface(linear(SQUARE)))), identifier="inner")
    flat = airspace(
        time_slice(ALWAYS + component(part_of("urn:uuid:inner"), of=limit("upper", 500, "FT", "SFC"))),
        identifier="flat",
    )
    full = airspace(time_slice(ALWAYS + component(part_of("#id-inner", "FULL_GEOMETRY"), of="")), identifier="full")
    zones = read(aixm, file(flat, inner, full)).zones
    assert zones[0].volumes[0].outline == zones[1].volumes[0].outline == zones[2].volumes[0].outline
    assert [zone.volumes[0].ceiling for zone in zones] == [
        Altitude(152_400, Datum.AGL),
        Altitude(914_400, Datum.AMSL),
        Altitude(914_400, Datum.AMSL),
    ]


def test_airspaces_made_of_each_other_end():
    features = [
        airspace(time_slice(component(part_of(f"urn:uuid:{other}"))), identifier=name)
        for name, other in (("a", "b"), ("b", "a"))
    ]
    done = read(aixm, file(*features, airspace(time_slice(component(part_of("urn:uuid:none"))), identifier="c")))
    assert done.zones == []
    assert all("made of the airspace" in report.what[0] for report in done.refused)


def test_an_airspace_that_doubles_and_doubles_ends():
    features = [airspace(time_slice(component(surface(linear(SQUARE)))), identifier="n0")]
    features += [
        airspace(time_slice(component(part_of(f"urn:uuid:n{n - 1}")) * 2), identifier=f"n{n}") for n in range(1, 40)
    ]
    done = read(aixm, file(*features))
    assert max(len(zone.volumes) for zone in done.zones) <= aixm.VOLUMES_MAX
    assert done.refused


def test_who_answers_for_an_airspace():
    authority = ('<aixm:AuthorityForAirspace><aixm:timeSlice><aixm:AuthorityForAirspaceTimeSlice><aixm:responsibleOrganisation xlink:href="urn:uuid:org"/>'
                 '<aixm:assignedAirspace xlink:href="urn:uuid:one"/></aixm:AuthorityForAirspaceTimeSlice></aixm:timeSlice></aixm:AuthorityForAirspace>')  # fmt: skip
    body = ('<aixm:OrganisationAuthority gml:id="o"><gml:identifier codeSpace="urn:uuid:">org</gml:identifier><aixm:timeSlice><aixm:OrganisationAuthorityTimeSlice>'
            "<aixm:name>The Tower</aixm:name><aixm:contact><aixm:ContactInformation><aixm:networkNode><aixm:OnlineContact><aixm:eMail>a@b.example</aixm:eMail></aixm:OnlineContact>"
            "</aixm:networkNode></aixm:ContactInformation></aixm:contact></aixm:OrganisationAuthorityTimeSlice></aixm:timeSlice></aixm:OrganisationAuthority>")  # fmt: skip
    zone = read(aixm, file(authority, airspace(time_slice(component(surface(linear(SQUARE))))), body)).zones[0]
    assert (zone.issuing_body, zone.authorities[0].email) == ("The Tower", "a@b.example")


def test_remarks_are_kept_in_their_language():
    note = '<aixm:annotation><aixm:Note><aixm:translatedNote><aixm:LinguisticNote><aixm:note lang="eng">Keep  out</aixm:note></aixm:LinguisticNote></aixm:translatedNote></aixm:Note></aixm:annotation>'  # fmt: skip
    zone = one(note + component(surface(linear(SQUARE))))
    assert (zone.texts[0].lang, zone.texts[0].text, zone.conditions) == ("eng", "Keep out", "Keep out")


def test_more_arcs_than_can_be_drawn_are_refused():
    drawing = gmlcurve.Drawing(lambda _: None, left=2_000)
    ring = (
        surface(curve(arc("50 10", 1, 0, 270), lines("50 9.97 50 10 50.0166 10")))
        .replace("aixm:", "")
        .replace("gml:", "")
    )
    tree = xmltext.tree(ring.encode())
    assert len(gmlcurve.outlines_of(tree, drawing, [])) == 1
    with pytest.raises(Malformed, match="the file draws more than"):
        gmlcurve.outlines_of(tree, drawing, [])


def test_what_is_no_aixm_is_refused():
    for raw in (b"<kml/>", b"{}", b"", b"<AIXM"):
        with pytest.raises(Malformed):
            aixm.read(raw, source_sha256="x")
    assert not aixm.sniff(b"<kml/>")
    assert read(aixm, file()).doubts == ["the file holds no zone"]
