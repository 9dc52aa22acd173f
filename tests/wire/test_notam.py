"""NOTAM areas: circles and polygons by coordinates, else the enclosing circle; times, schedules, limits, endings."""

import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, ClockTime, Daily, Polygon, Rule, SunEvent, SunTime
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import notam
from skykeep.wire.moments import iso_ns
from tests.wire.zonecheck import read

VECTORS = pathlib.Path(__file__).parents[1] / "vectors/zones_invented"
AREA = "WI 503000N0303000E - 504000N0304500E - 502000N0305000E - 503000N0303000E"
GROUND = Altitude(0, Datum.AGL)


def text(*, q="UKBV/QRTCA/IV/BO/W/000/030/5030N03030E025", b="2605010600", c="2605301800", d=None, e=AREA, f="SFC", g="3000FT AMSL", head="A0001/26 NOTAMN"):  # fmt: skip
    fields = (("Q", q), ("A", "UKBV"), ("B", b), ("C", c), ("D", d), ("E", e), ("F", f), ("G", g))
    return f"({head}\n" + "\n".join(f"{name}) {said}" for name, said in fields if said is not None) + ")\n"


def one(**said):
    done = read(notam, text(**said).encode())
    assert done.refused == []
    return done.zones[0]


def refused(**said):
    done = read(notam, text(**said).encode())
    assert done.zones == []
    return done.refused[0].what[0]


def test_the_invented_file_whole():
    raw = (VECTORS / "areas.notam.txt").read_bytes()
    assert notam.sniff(raw)
    done = read(notam, raw)
    zones = {zone.zone_id: zone for zone in done.zones}
    assert list(zones) == ["A0123/26", "A0124/26", "A0125/26", "A0126/26", "FDC 6/1234"]
    assert [report.what[0] for report in done.refused] == [
        "A0127/26 is about QMR, which is no area: it makes no zone", "A0128/26 cancels A0124/26: it makes no zone"]  # fmt: skip
    assert done.doubts == [
        "A0125/26 replaces A0099/26, which is not in this file: withdraw its zone where it was loaded"
    ]
    polygon = zones["A0123/26"].volumes[0].outline
    assert polygon.rings[0][:2] == ((505000000, 305000000), (506666667, 307500000))
    assert zones["A0124/26"].volumes[0].outline == Circle(lat_e7=507500000, lon_e7=303333333, radius_mm=9_260_000)
    assert zones["A0124/26"].end_ns == iso_ns("2026-05-02T12:00Z")  # cancelled by A0128/26
    assert zones["A0125/26"].volumes[0].outline.radius_mm == 2_000_000
    assert zones["A0126/26"].volumes[0].outline == Circle(lat_e7=510000000, lon_e7=310000000, radius_mm=27_780_000)
    assert zones["A0126/26"].hours_unread == "D) MAY 04 0000-0600 AND EVENINGS"
    american = zones["FDC 6/1234"]
    assert american.volumes[0].outline == Circle(lat_e7=407500000, lon_e7=-739166667, radius_mm=5_556_000)
    assert (american.volumes[0].floor, american.volumes[0].ceiling) == (GROUND, Altitude(914_400, Datum.AGL))
    assert american.end_ns == iso_ns("2026-05-01T20:00Z")
    assert {zone.rule for zone in done.zones} == {Rule.NEEDS_PERMIT, Rule.CONDITIONAL, Rule.PROHIBITED}


HERE = Circle(lat_e7=505000000, lon_e7=305000000, radius_mm=2_000_000)


@pytest.mark.parametrize("words", [
    "WI 2KM RADIUS OF 503000N0303000E", "WI A RADIUS OF 2 KM CENTERED ON 503000N 0303000E", "CIRCLE RADIUS 2.0KM CENTRED ON PSN 503000N0303000E",
    "PSN 503000N0303000E RADIUS 2 KM", "503000N0303000E, RADIUS 2KM", "WI 2000M OF 5030N03030E", "RADIUS 2000M CENTRED AT N503000 E0303000",
    "WI RADIUS 2,0 KM AROUND 503000.0N0303000.0E", "WI 2KM RADIUS CENTRED ON N5030/E03030",
])  # fmt: skip
def test_circles_as_they_are_written(words):
    assert one(e=f"RESTRICTED AREA {words}.").volumes[0].outline == HERE


@pytest.mark.parametrize("words", [
    AREA, AREA.replace(" - ", " "), AREA.replace(" - ", ", "), AREA.replace(" - ", " TO "), "AREA BOUNDED BY 503000N 0303000E, THENCE 504000N 0304500E THEN 502000N 0305000E",
    "AREA BOUNDED BY LINES JOINING POINTS: 5030N03030E-5040N03045E-5020N03050E", "N503000E0303000 N504000E0304500 N502000E0305000",
])  # fmt: skip
def test_polygons_as_they_are_written(words):
    outline = one(e=words).volumes[0].outline
    assert outline.rings == (((505000000, 305000000), (506666667, 307500000), (503333333, 308333333), (505000000, 305000000)),)  # fmt: skip


def test_several_areas_are_several_volumes():
    zone = one(e=f"AREA 1: {AREA}. AREA 2: CIRCLE RADIUS 2KM CENTRED ON 503000N0303000E")
    assert [type(volume.outline) for volume in zone.volumes] == [Polygon, Circle]


@pytest.mark.parametrize(("words", "why"), [
    ("AREA AROUND THE TOWN", "E) names no area by coordinates"), ("TOWER AT 503000N0303000E", "is a place alone, without a radius"),
    (f"{AREA} CLOCKWISE ARC", "words that were not read (CLOCKWISE)"), ("503000N0303000E 504000N0304500E ALONG THE BORDER", "enclose nothing"),
    ("WI 2KM RADIUS OF 503000N0303000E AND CORRIDOR TO THE TOWN", "words that were not read (CORRIDOR)"), ("WI 2KM RADIUS OF 506000N0303000E", "end at 59"),
    ("WI 2KM RADIUS OF 913000N0303000E", "outside of 0 to 90"), ("WI 9999KM RADIUS OF 503000N0303000E", "at most 1000 km"),
])  # fmt: skip
def test_what_cannot_be_read_becomes_the_enclosing_circle(words, why):
    zone = one(e=words)
    assert [volume.outline for volume in zone.volumes] == [
        Circle(lat_e7=505000000, lon_e7=305000000, radius_mm=46_300_000)
    ]
    assert any(
        why in doubt and doubt.endswith("the circle of Q) was taken, which encloses it") for doubt in zone.doubts
    )


def test_without_any_area_there_is_no_zone():
    assert "no circle of Q) to take instead" in refused(q=None, e="AREA CLOSED")
    assert "no circle of Q) to take instead (the circle of Q): radius 999 NM" in refused(
        q="UKBV/QRTCA/IV/BO/W/000/999/5030N03030E999", e="FIR CLOSED"
    )
    assert "Q) has no circle" in refused(q="UKBV/QRTCA/IV/BO/W/000/999", e="FIR CLOSED")


def test_an_area_outside_of_its_circle_is_doubted():
    zone = one(q="UKBV/QRTCA/IV/BO/W/000/030/4030N03030E025")
    assert any("beyond its circle: check both" in doubt for doubt in zone.doubts)


@pytest.mark.parametrize(("q", "words", "rule"), [
    ("QRPCA", AREA, Rule.PROHIBITED), ("QRRCA", AREA, Rule.NEEDS_PERMIT), ("QRDCA", AREA, Rule.CONDITIONAL), ("QWMLW", AREA, Rule.CONDITIONAL),
    ("QXXXX", AREA, Rule.NEEDS_PERMIT), ("QFALC", AREA, Rule.NEEDS_PERMIT), ("QRTCA", f"{AREA} ALL FLIGHTS PROHIBITED", Rule.PROHIBITED),
    ("QWULW", f"{AREA} FLIGHTS PROHIBITED EXC WITH PERMISSION", Rule.NEEDS_PERMIT),
])  # fmt: skip
def test_rules(q, words, rule):
    zone = one(q=f"UKBV/{q}/IV/BO/W/000/030/5030N03030E025", e=words)
    assert zone.rule is rule
    assert bool(zone.doubts) is (q != "QRPCA")


def test_what_is_over_or_no_area_makes_no_zone():
    assert "says that this is over" in refused(q="UKBV/QRTCN/IV/BO/W/000/030/5030N03030E025")
    assert "is about QFA, which is no area" in refused(q="UKBV/QFALC/IV/BO/W/000/030/5030N03030E025", e="AD CLOSED")


@pytest.mark.parametrize(("f", "g", "floor", "ceiling"), [
    ("SFC", "UNL", GROUND, "unlimited"), ("GND", "FL100", GROUND, Altitude(3_048_000, Datum.STD)), ("1000FT AGL", "3000FT AMSL", Altitude(304_800, Datum.AGL), Altitude(914_400, Datum.AMSL)),
    ("300M AMSL", "500 M MSL", Altitude(300_000, Datum.AMSL), Altitude(500_000, Datum.AMSL)), ("SFC", "3000FT", GROUND, None), ("SFC", "HIGH", GROUND, None),
    ("FL100", "FL050", None, None), ("UNL", "UNL", None, "unlimited"), (None, None, GROUND, Altitude(914_400, Datum.STD)), ("SFC", "FL999", GROUND, "unlimited"),
    ("SFC", "999999M AMSL", GROUND, None), ("SFC", None, GROUND, None),
])  # fmt: skip
def test_limits(f, g, floor, ceiling):
    zone = one(f=f, g=g)
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (floor, ceiling)


@pytest.mark.parametrize(("b", "c", "start", "end"), [
    ("2605010600", "2605301800", "2026-05-01T06:00Z", "2026-05-30T18:00Z"), ("2605010600", "PERM", "2026-05-01T06:00Z", None),
    ("2605010600", "2605301800 EST", "2026-05-01T06:00Z", None), ("2605010600", "2605301800EST", "2026-05-01T06:00Z", None), ("2605010600", None, "2026-05-01T06:00Z", None),
    (None, "2605301800", None, "2026-05-30T18:00Z"),
])  # fmt: skip
def test_times(b, c, start, end):
    zone = one(b=b, c=c)
    assert (zone.effective_from_ns, zone.end_ns) == tuple(None if at is None else iso_ns(at) for at in (start, end))


@pytest.mark.parametrize(
    ("b", "c"), [("2613010600", "PERM"), ("SOON", "PERM"), ("2605010600", "2605010500"), ("2605010600", "LATER")]
)
def test_times_that_cannot_be_read_leave_the_hours_unread(b, c):
    zone = one(b=b, c=c)
    assert zone.hours_unread.startswith("times: ")
    assert (zone.effective_from_ns, zone.end_ns) == (None, None)


def clock(hour, minute=0):
    return ClockTime(second=hour * 3600 + minute * 60)


def daily(days, start, end):
    return Daily(days=days, start=start, end=end, time_zone="UTC")


@pytest.mark.parametrize(("said", "expected"), [
    ("DAILY 0600-1800", [daily((), clock(6), clock(18))]), ("0600-1800", [daily((), clock(6), clock(18))]), ("MON-FRI 0600-1800", [daily((0, 1, 2, 3, 4), clock(6), clock(18))]),
    ("FRI-MON 2200-0600", [daily((0, 4, 5, 6), clock(22), clock(6))]), ("MON WED, FRI 0600-0700 1200-1300", [daily((0, 2, 4), clock(6), clock(7)), daily((0, 2, 4), clock(12), clock(13))]),
    ("SR-SS", [daily((), SunTime(event=SunEvent.SR, offset_s=0), SunTime(event=SunEvent.SS, offset_s=0))]),
    ("SAT SR MINUS30-SS PLUS 15", [daily((5,), SunTime(event=SunEvent.SR, offset_s=-1800), SunTime(event=SunEvent.SS, offset_s=900))]),
    ("MON 0600-1800 AND TUE H24", [daily((0,), clock(6), clock(18)), daily((1,), None, None)]), ("DAILY 0000-2359", [daily((), clock(0), clock(24))]),
])  # fmt: skip
def test_schedules(said, expected):
    zone = one(d=said)
    assert zone.periods[0].daily == tuple(expected)
    assert (zone.periods[0].start_ns, zone.periods[0].end_ns) == (zone.effective_from_ns, zone.end_ns)


def test_the_whole_day_is_no_schedule():
    zone = one(d="H24")
    assert (zone.periods, zone.hours_unread) == ((), None)


@pytest.mark.parametrize(
    "said",
    [
        "MAY 01-05 0600-1800",
        "MON-FRI",
        "MON-FRI 0600-1800 EXC HOL",
        "0600-1860",
        "BY ATC",
        "2500-2600",
        "0600-1800 SAT",
    ],
)
def test_schedules_that_cannot_be_read_are_kept_in_words(said):
    assert one(d=said).hours_unread == f"D) {said}"


def test_a_replacement_ends_what_it_replaces():
    both = text(c="PERM") + text(head="A0002/26 NOTAMR A0001/26", b="2605020600")
    first, second = read(notam, both.encode()).zones
    assert first.end_ns == second.effective_from_ns == iso_ns("2026-05-02T06:00Z")
    assert dict(second.carried)["notam.replaces"] == '"A0001/26"'
    backwards = text() + text(head="A0002/26 NOTAMR A0001/26", b="2604020600")
    first = read(notam, backwards.encode()).zones[0]
    assert first.end_ns == iso_ns("2026-05-30T18:00Z")
    assert any("not at a time after its beginning" in doubt for doubt in first.doubts)


def test_letters_in_the_text_do_not_end_it():
    zone = one(e=f"{AREA} (SEE ANNEX A) OR B) AND ITEM F) OF G) OF THE LIST)")
    assert zone.volumes[0].floor == GROUND
    assert "ITEM F) OF G) OF THE LIST" in zone.conditions


def test_one_without_its_first_line():
    done = read(notam, text(head="").encode())
    assert done.zones[0].zone_id == "feature-0"


@pytest.mark.parametrize("raw", [b"", b"{}", b"<kml/>", b"\xff\xfe", b"AC R\nAN X\n", b" " * (notam.BYTES_MAX + 1)])
def test_what_is_no_notam_is_refused(raw):
    assert not notam.sniff(raw)
    with pytest.raises(Malformed):
        notam.read(raw, source_sha256="x")


@given(st.integers(0, 90 * 3600 * 100), st.sampled_from("NS"))
def test_degrees_minutes_and_seconds_are_exact(hundredths, side):
    seconds, rest = divmod(hundredths, 100)
    digits = f"{seconds // 3600:02}{seconds // 60 % 60:02}{seconds % 60:02}"
    value = notam._angle_e7(digits, f".{rest:02}", side, 90)
    assert abs(abs(value) * 36 - hundredths * 1_000) <= 18
    assert value <= 0 if side == "S" else value >= 0
