"""OpenAir: every record, each trap of the real files, what comes back from an export, and what hostile files get."""

import dataclasses
import functools
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, ClockTime, Daily, Interval, Period, Polygon, Rule, Text, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import arcs, openair, openair_class, openair_quantity, openair_write
from tests.facts import kinds

FILES = {
    "ch_disentis_2025_mil_off.txt": 17,
    "ch_disentis_2025_mil_on.txt": 17,
    "ch_switzerland_2016.txt": 334,
    "fr_france_2026-07-30.txt": 1611,
}

SQUARE = "DP 46:00:00 N 008:00:00 E\nDP 46:00:00 N 008:10:00 E\nDP 46:10:00 N 008:10:00 E\nDP 46:10:00 N 008:00:00 E"
RING = ((460000000, 80000000), (460000000, 81666667), (461666667, 81666667), (461666667, 80000000), (460000000, 80000000))
ONE = f"AC R\nAN Range\nAL GND\nAH FL100\n{SQUARE}\n"

ALL = """\ufeff* Invented airspaces
*VERSION: 2.1
SP 0,1,0,0,255
AC D
AY CTR
AN Tuohi · Ängelholm CTR
AI ESTA-1
AF 120.575
AG TUOHI TOWER
AX 7000
AA 2026-05-01T10:00Z/2026-05-01T12:00Z ; a morning
AA 2026-06-01T00:00Z/NONE
AL SFC
AH 4500 ft MSL
AT 46:05:00 N 008:05:00 E
SB -1,-1,-1
V D=-
V X=46:00:00 N 008:00:00 E
DP 46:00:00 N 008:00:00 E * begin of border
DB 46:00:00 N 008:10:00 E, 46:06:57 N 008:00:00 E
DP 46.1158333N 8E
AC P
AN Round
AL 1000M AGL
AH UNL
V X=46:30.25N 008:30.500W
DC 2.7
AC Q
AN Piece of cake
AL 100ft ASFC
AH 2km ALT
V X=46:00:00 S 008:00:00 E
DA 3, 350, 80
V D=+
DP 46:00:00 S 008:00:00 E
"""


def read(text):
    return openair.read(text if isinstance(text, bytes) else text.encode(), source_sha256="0" * 64)


def one(text):
    done = read(text)
    assert done.refused == []
    assert len(done.zones) == 1
    return done.zones[0]


def same(zone):
    """What must come back from an export."""
    fields = ("zone_id", "name", "rule", "volumes", "periods", "applicability", "hours_unread", "carried", "contact")
    return {name: getattr(zone, name) for name in fields}


def every_doubt(done):
    return [doubt for report in done.doubted for doubt in report.what]


# The real files.


@functools.cache
def real(path):
    """Return what is read of a file, which nobody changes and the largest of which takes seconds."""
    return read(path.read_bytes())


@pytest.mark.parametrize("name", FILES)
def test_every_airspace_of_a_real_file_becomes_a_zone(shared, name):
    data = (shared / "data/zones/openair" / name).read_bytes()
    text = data.decode("utf-8-sig")
    begun = [line for line in text.splitlines() if line.startswith("AC")]
    done = real(shared / "data/zones/openair" / name)
    assert openair.sniff(data)
    assert (len(done.zones), done.refused) == (len(begun), [])
    assert len(begun) == FILES[name]
    assert len({zone.zone_id for zone in done.zones}) == len(done.zones)
    assert [zone.name for zone in done.zones] == [line[3:].strip() for line in text.splitlines() if line.startswith("AN")]
    assert [zone.zone_id for zone in read(data).zones] == [zone.zone_id for zone in done.zones]
    assert all(zone.native.startswith("AC") and text.replace("\r\n", "\n").count(zone.native) for zone in done.zones)


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_comes_back_from_an_export_as_it_was(shared, name):
    first = real(shared / "data/zones/openair" / name).zones
    done = openair_write.write(first)
    assert done.lost == []
    assert [same(zone) for zone in read(done.data).zones] == [same(zone) for zone in first]


def degrees(text):
    """An independent reading of every place in a text."""
    found = re.findall(r"(\d+):(\d+):([\d.]+)\s*([NSEW])", text)
    signed = [(int(d) + int(m) / 60 + float(s) / 3600) * (-1 if side in "SW" else 1) for d, m, s, side in found]
    return list(zip(signed[::2], signed[1::2], strict=True))


@pytest.mark.parametrize("name", FILES)
def test_outlines_of_real_files_are_where_they_say(shared, name):
    checked = 0
    for zone in real(shared / "data/zones/openair" / name).zones:
        outline = zone.volumes[0].outline
        lines = zone.native.splitlines()
        corners = [degrees(line)[0] for line in lines if line.startswith("DP")]
        if isinstance(outline, Circle):
            centre = degrees(next(line for line in lines if line.startswith("V X")))[0]
            radius = float(next(line for line in lines if line.startswith("DC")).split()[1])
            assert outline.radius_mm == pytest.approx(radius * 1_852_000, abs=0.51)
            corners, ring = [centre], [(outline.lat_e7, outline.lon_e7)]
        else:
            ring = outline.rings[0]
        if any("is a line" in doubt for doubt in zone.doubts):
            continue
        kept = {(round(lat), round(lon)) for lat, lon in ((a / 10, b / 10) for a, b in ring)}
        for lat, lon in corners:
            near = {(round(lat * 1e6) + n, round(lon * 1e6) + e) for n in (-1, 0, 1) for e in (-1, 0, 1)}
            assert kept & near, (zone.name, lat, lon)
        checked += 1
    assert checked >= FILES[name] - 19


def test_what_differs_when_the_military_is_on(shared):
    on, off = (
        {zone.zone_id: zone for zone in read((shared / "data/zones/openair" / f"ch_disentis_2025_mil_{word}.txt").read_bytes()).zones}
        for word in ("on", "off")
    )  # fmt: skip
    assert on.keys() == off.keys()
    assert [zone_id for zone_id in on if same(on[zone_id]) != same(off[zone_id])] == ["CTA-Zurich-Alps"]
    floors = [zones["CTA-Zurich-Alps"].volumes[0].floor for zones in (on, off)]
    assert floors == [Altitude(3_962_400, Datum.AMSL), Altitude(4_572_000, Datum.AMSL)]  # 13,000 and 15,000 ft


def test_the_doubts_of_the_french_file(shared):
    done = real(shared / "data/zones/openair/fr_france_2026-07-30.txt")
    plain = [re.sub(r"~?[0-9.]+", "#", doubt) for doubt in every_doubt(done)]
    judged = [doubt for doubt in plain if "is meant for manned aviation; read as" in doubt]
    hours = [doubt for doubt in plain if "its name speaks of hours" in doubt]
    radii = [doubt for doubt in plain if "changed evenly" in doubt]
    double = [doubt for doubt in plain if "stands in this file already" in doubt]
    crossing = [doubt for doubt in plain if "the ring crosses itself" in doubt]
    assert len(judged) + len(hours) + len(radii) + len(double) + len(crossing) == len(plain)
    assert len(crossing) <= 3
    prohibited = [zone for zone in done.zones if zone.rule is Rule.PROHIBITED]
    assert (len(prohibited), len(judged)) == (345, 1611 - 345)
    assert len(hours) == sum(zone.hours_unread is not None for zone in done.zones) == 219
    assert len(radii) == 34
    assert done.doubts == ["1611 airspaces have no AI; their ids were made from their names"]


def test_the_doubts_of_the_swiss_file(shared):
    done = read((shared / "data/zones/openair/ch_switzerland_2016.txt").read_bytes())
    doubts = every_doubt(done)
    assert sum("names no reference; read as above mean sea level" in doubt for doubt in doubts) == 325 + 144
    assert sum("read as an area 2 cm wide" in doubt for doubt in doubts) == 19  # cables
    assert sum("both taken as not stated" in doubt for doubt in doubts) == 1
    assert sum("the ring crosses itself" in doubt for doubt in doubts) <= 7
    assert not any("hours" in doubt or "not read" in doubt for doubt in doubts)


# Every record.


def test_every_record():
    done = read(ALL)
    assert done.refused == []
    town, circle, piece = done.zones
    assert (town.zone_id, town.name, town.rule) == ("ESTA-1", "Tuohi · Ängelholm CTR", Rule.NEEDS_PERMIT)
    assert town.contact == "TUOHI TOWER · 120.575 MHz"
    assert dict(town.carried) == {
        "openair.AC": '"D"', "openair.AY": '"CTR"', "openair.AF": '"120.575"', "openair.AG": '"TUOHI TOWER"',
        "openair.AT": '"46:05:00 N 008:05:00 E"', "openair.AX": '"7000"',
    }  # fmt: skip
    assert town.applicability == (
        Interval(start_ns=1777629600 * 10**9, end_ns=1777636800 * 10**9),
        Interval(start_ns=1780272000 * 10**9, end_ns=None),
    )
    assert [period.daily for period in town.periods] == [(), ()]
    volume = town.volumes[0]
    assert (volume.floor, volume.ceiling) == (Altitude(0, Datum.AGL), Altitude(1_371_600, Datum.AMSL))
    ring = volume.outline.rings[0]
    corner, a, b = (460000000, 80000000), (460000000, 81666667), (461158333, 80000000)
    assert (ring[0], ring[1], ring[-2], ring[-1]) == (corner, a, b, corner)
    assert ring[1:-1] == tuple(arcs.arc_between(corner, a, b, clockwise=False, doubts=[]))
    assert (circle.zone_id, circle.rule, circle.doubts) == ("Round", Rule.PROHIBITED, ())
    assert circle.volumes == (
        Volume(
            outline=Circle(lat_e7=465041667, lon_e7=-85083333, radius_mm=5_000_400),
            floor=Altitude(1_000_000, Datum.AGL), ceiling="unlimited",
        ),
    )  # fmt: skip
    assert piece.rule is Rule.CONDITIONAL
    volume = piece.volumes[0]
    assert (volume.floor, volume.ceiling) == (Altitude(30_480, Datum.AGL), Altitude(2_000_000, Datum.AMSL))
    assert volume.outline.rings[0][:-2] == tuple(arcs.arc((-460000000, 80000000), 5556.0, 350.0, 80.0, clockwise=True))
    assert done.doubts == ["2 airspaces have no AI; their ids were made from their names"]


def test_the_native_text_is_the_records_own_lines():
    text = "* before\nAC R\nAN One\n* between\n\n" + SQUARE + "\n* after\n\nAC P\nAN Two\n" + SQUARE + "\n*end\n"
    first, second = read(text).zones
    assert first.native == "AC R\nAN One\n* between\n\n" + SQUARE
    assert second.native == "AC P\nAN Two\n" + SQUARE


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_change_nothing(end):
    data = b"\xef\xbb\xbf" + ONE.replace("\n", end).encode()
    assert same(one(data)) == same(one(ONE))
    assert one(data).doubts == one(ONE).doubts


def test_an_outline_that_closes_itself_is_no_doubt():
    zone = one(ONE)
    assert zone.volumes[0].outline == Polygon(rings=(RING,))
    assert zone.doubts == ("airspace R is meant for manned aviation; read as: needs a permit",)
    assert one(ONE + "DP 46:00:00 N 008:00:00 E\n").volumes == zone.volumes


def test_other_encodings_are_read_with_a_doubt():
    data = ONE.replace("Range", "Zone d'été").encode("cp1252")
    done = read(data)
    assert done.zones[0].name == "Zone d'été"
    assert "not UTF-8 (byte" in done.doubts[0]
    with pytest.raises(Malformed, match="UTF-16"):
        read(ONE.encode("utf-16"))


def test_direction_and_centre_begin_anew_with_each_airspace():
    half = "V X=46:00:00 N 008:00:00 E\nDB 46:00:00 N 008:10:00 E, 46:06:57 N 008:00:00 E\nDP 46:00:00 N 008:00:00 E\n"
    counter, clock = read("AC R\nAN A\nV D=-\n" + half + "AC R\nAN B\n" + half).zones
    assert counter.volumes != clock.volumes
    done = read("AC R\nAN A\nV X=46:00:00 N 008:00:00 E\nDC 1\nAC R\nAN B\nDC 1\n")
    assert len(done.zones) == 1
    assert done.refused[0].what == ("line 7, DC: no centre; a record V X= must stand before it",)


def test_airspaces_without_ac_or_with_ay_before_it():
    text = f"AY P\nAC UNC\nAN One\n{SQUARE}\nAY CTR\nAC D\nAN Two\n{SQUARE}\nAN Three\n{SQUARE}\n"
    done = read(text)
    assert [(zone.name, zone.rule) for zone in done.zones] == [
        ("One", Rule.PROHIBITED), ("Two", Rule.NEEDS_PERMIT), ("Three", Rule.NEEDS_PERMIT)]  # fmt: skip
    assert "do not say what they ask" in done.zones[2].doubts[0]


def test_terrain_and_lone_variables_are_no_airspace():
    done = read(f"V D=+\nTO Lake\n{SQUARE}\n{ONE}TC Hill\n{SQUARE}\n")
    assert [zone.name for zone in done.zones] == ["Range"]
    assert done.refused == []
    assert done.doubts[:2] == [
        "line 2: terrain (TO) is no airspace; left out",
        "line 15: terrain (TC) is no airspace; left out",
    ]


def test_airspaces_with_one_ai_are_volumes_of_one_zone():
    text = "".join(f"AC R\nAN Stack\nAI 7\nAL {low}\nAH {high}\n{SQUARE}\n" for low, high in (("GND", "FL50"), ("FL50", "FL90")))
    zone = one(text)
    assert [volume.ceiling for volume in zone.volumes] == [Altitude(1_524_000, Datum.STD), Altitude(2_743_200, Datum.STD)]
    assert "2 airspaces with one AI and one name" in zone.doubts[0]
    apart = read(text.replace("AN Stack", "AN Other", 1))
    assert [zone.zone_id for zone in apart.zones] == ["7", "7~2"]


def test_ids_are_made_from_names():
    names = ["TMA ZÜRICH 1", "TMA  ZÜRICH 1", "(VOL LIBRE) A/B", "", "¡!"]
    done = read("".join(f"AC C\nAN {name}\n{SQUARE}\n" for name in names))
    assert [zone.zone_id for zone in done.zones] == ["TMA-ZÜRICH-1", "TMA-ZÜRICH-1~2", "VOL-LIBRE-A-B", "feature-3", "feature-4"]
    assert [zone.name for zone in done.zones][3:] == ["feature-3", "¡!"]


def test_more_than_one_outline_is_a_volume_each_with_a_doubt():
    zone = one(ONE + "V X=46:00:00 N 008:00:00 E\nDC 1\nDC 2\n")
    assert [type(volume.outline) for volume in zone.volumes] == [Polygon, Circle, Circle]
    assert zone.doubts[0] == "more than one outline in one airspace; each was read as a volume"


@pytest.mark.parametrize("points", [
    ["46:00:00 N 008:00:00 E", "46:00:10 N 008:00:05 E"],
    ["46:00:00 N 008:00:00 E", "46:00:05 N 008:00:10 E", "46:00:00 N 008:00:00 E"],
    ["46:00:00 N 008:00:00 E", "46:00:10 N 007:59:55 E", "46:00:20 N 007:59:50 E"],
    ["46:00:00 N 008:00:00 E", "46:00:00 N 007:59:55 E"],
])  # fmt: skip
def test_a_line_becomes_an_area_along_it(points):
    zone = one("AC Q\nAN Cable\nAL 0ft AGL\nAH 300ft AGL\n" + "".join(f"DP {point}\n" for point in points))
    assert zone.doubts[0] == "its outline is a line, a cable perhaps; read as an area 2 cm wide along it"
    ring = zone.volumes[0].outline.rings[0]
    assert len(ring) == 5
    ends = [openair_quantity.one_place(point, []) for point in points]
    for lat, lon in (min(ends), max(ends)):
        assert sum(abs(a - lat) + abs(b - lon) == 1 for a, b in ring[:-1]) == 2


@pytest.mark.parametrize(("geometry", "words"), [
    ("", "it has no outline"),
    ("DP 46:00:00 N 008:00:00 E\n" * 3, "enclose nothing"),
    ("DY 46:00:00 N 008:00:00 E\n", "line 5, DY: airways are not read"),
    ("DX 1\n", "line 5, DX: no such record is known"),
    ("DP here\n", 'line 5, DP: "here" is no place such as'),
    ("DP 46:61:00 N 008:00:00 E\n", "minutes and seconds end at 60"),
    ("DP 91:00:00 N 008:00:00 E\n", "is outside -90 to 90 degrees"),
    ("DP 46:00:00 N 180:00:01 E\n", "is outside -180 to 180 degrees"),
    ("DP NaN N 008:00:00 E\n", "is no place"),
    ("V X=46N 8E\nDC 0\n", "radius 0 NM is not more than 0"),
    ("V X=46N 8E\nDC 540\n", "at most 1000 km"),
    ("V X=46N 8E\nDC wide\n", '"wide" is no length in nautical miles'),
    ("V X=46N 8E\nDA 5, 10\n", "is no arc such as 10, 270, 290"),
    ("V X=46N 8E\nDA 5, 1e5, 10\n", "is no arc such as 10, 270, 290"),
    ("V X=46N 8E\nDA 5, 9999, 10\n", "write 0 to 360"),
    ("V X=46N 8E\nDA 9999999, 0, 10\n", "at most 1000 km"),
    ("V X=46N 8E\nDB 46N 9E\n", '"" is no place'),
    ("V X=46N 8E\nDB 46:10N 8E, 46:30N 8E\n", "that is no arc"),
    ("V Q=1\nDC 5\n", '"Q=1" sets nothing that is known'),
    ("V D=left\nDC 5\n", "sets nothing that is known"),
])  # fmt: skip
def test_one_bad_zone_never_sinks_the_file(geometry, words):
    done = read(f"AC R\nAN Bad\nAL GND\nAH FL100\n{geometry}{ONE}")
    assert [zone.name for zone in done.zones] == ["Range"]
    assert words in done.refused[0].what[0]


@pytest.mark.parametrize(("record", "doubt"), [
    ("QQ hello", 'line 9: "hello" is no OpenAir record; ignored'),
    ("hello", 'line 9: "hello" is no OpenAir record; ignored'),
    ("DP 46:10:00 N 008:00:00 E and more", '"and more" was not read'),
    ("DP 46:09:60 N 008:00:00 E", '"46:09:60 N 008:00:00 E": 60 minutes or seconds, carried over'),
    ("AL FL20", 'AL stands 2 times ("GND"; "FL20"); taken as not stated'),
])  # fmt: skip
def test_doubts(record, doubt):
    zone = one(f"{ONE}{record}\n")
    assert doubt in zone.doubts
    assert zone.volumes[0].outline.rings == (RING,)


def test_many_unknown_records_are_counted():
    zone = one(ONE + "QQ hello\n" * 500)
    assert zone.doubts[20] == "480 more lines are no OpenAir records; ignored"
    assert len(zone.doubts) == 22


# Quantities.


@pytest.mark.parametrize(("text", "place"), [
    ("46:58:29 N 008:15:29 E", (469747222, 82580556)),
    ("46:58:29N,008:15:29E", (469747222, 82580556)),
    ("46:58.483 n 8:15.4833 w", (469747167, -82580550)),
    ("46.9747222S 8.2580556W", (-469747222, -82580556)),
    ("46:58:29.123456789 N 008:15:29. E", (469747565, 82580556)),
    ("90:00:00 N 180:00:00 W", (900000000, -1800000000)),
    ("0 N 0 E", (0, 0)),
])  # fmt: skip
def test_places(text, place):
    doubts = []
    assert openair_quantity.one_place(text, doubts) == place
    assert doubts == []


@given(st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_800_000_000))
def test_a_place_reads_back_as_it_was(lat_e7, lon_e7):
    text = openair_quantity.place_text((lat_e7, lon_e7))
    assert openair_quantity.one_place(text, []) == (lat_e7, lon_e7)


@given(st.integers(0, 648_000 - 1), st.integers(0, 324_000))
def test_whole_seconds_are_written_whole(lon_s, lat_s):
    words = f"{lat_s // 3600:02}:{lat_s // 60 % 60:02}:{lat_s % 60:02} N {lon_s // 3600:03}:{lon_s // 60 % 60:02}:{lon_s % 60:02} E"
    assert openair_quantity.place_text(openair_quantity.one_place(words, [])) == words


@given(st.integers(1, 1_000_000_000))
def test_a_radius_reads_back_as_it_was(radius_mm):
    assert openair_quantity.length_mm(openair_quantity.length_text(radius_mm), []) == radius_mm


@pytest.mark.parametrize(("text", "limit"), [
    ("GND", Altitude(0, Datum.AGL)), ("sfc", Altitude(0, Datum.AGL)), ("UNL", "unlimited"), ("UNLIM", "unlimited"),
    ("FL65", Altitude(1_981_200, Datum.STD)), ("FL 065", Altitude(1_981_200, Datum.STD)), ("FL195 STD", Altitude(5_943_600, Datum.STD)),
    ("4500ft GND", Altitude(1_371_600, Datum.AGL)), ("4500 FT ASFC", Altitude(1_371_600, Datum.AGL)), ("800FT AGL", Altitude(243_840, Datum.AGL)),
    ("1500m AMSL", Altitude(1_500_000, Datum.AMSL)), ("1500MSL", None), ("2.5 km MSL", Altitude(2_500_000, Datum.AMSL)),
    ("-100ft AMSL", Altitude(-30_480, Datum.AMSL)), ("3000 ft QNH", Altitude(914_400, Datum.AMSL)), ("9000ft STD", Altitude(2_743_200, Datum.STD)),
])  # fmt: skip
def test_limits(text, limit):
    doubts = []
    found = openair_quantity.limit(text, "upper limit", doubts)
    if limit is None:
        assert (found, doubts) == (Altitude(457_200, Datum.AMSL), [f'upper limit "{text}" names no unit; read as feet'])
    else:
        assert (found, doubts) == (limit, [])


@pytest.mark.parametrize(("text", "words"), [
    ("Ask on 122.8", 'upper limit "Ask on 122.8" is no height; taken as not stated'),
    ("3000ft AMSL / 1000ft AGL", "is no height"), ("NOTAM", "is no height"), ("NaN ft", "is no height"), ("FL", "is no height"),
    ("999999999ft AMSL", "that is no height of an airspace"),
])  # fmt: skip
def test_what_is_no_height_is_not_stated(text, words):
    doubts = []
    assert openair_quantity.limit(text, "upper limit", doubts) is None
    assert words in doubts[0]


@pytest.mark.parametrize(("low", "high", "floor", "ceiling", "doubt"), [
    ("UNL", "FL100", None, Altitude(3_048_000, Datum.STD), "lower limit UNL is none; taken as not stated"),
    ("FL100", "FL100", None, None, "lower limit FL100 is not below upper limit FL100; both taken as not stated"),
    ("FL100", "500ft AGL", Altitude(3_048_000, Datum.STD), Altitude(152_400, Datum.AGL), None),
    ("12959 ft", "FL150", Altitude(3_949_903, Datum.AMSL), Altitude(4_572_000, Datum.STD), 'lower limit "12959 ft" names no reference; read as above mean sea level'),
])  # fmt: skip
def test_floors_and_ceilings(low, high, floor, ceiling, doubt):
    zone = one(f"AC P\nAN A\nAL {low}\nAH {high}\n{SQUARE}\n")
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (floor, ceiling)
    assert zone.doubts == (() if doubt is None else (doubt,))


def test_absent_is_never_zero():
    zone = one(f"AC P\nAN A\n{SQUARE}\n")
    assert (zone.volumes[0].floor, zone.volumes[0].ceiling) == (None, None)


# Classes and hours.


@pytest.mark.parametrize(("air_class", "air_type", "rule", "doubted"), [
    ("P", "", Rule.PROHIBITED, False), ("UNC", "P", Rule.PROHIBITED, False), ("UNCLASSIFIED", "PROHIBITED", Rule.PROHIBITED, False),
    ("R", "", Rule.NEEDS_PERMIT, True), ("UNC", "RESTRICTED", Rule.NEEDS_PERMIT, True), ("CTR", "", Rule.NEEDS_PERMIT, True),
    ("D", "GSEC", Rule.NEEDS_PERMIT, True), ("A", "TMA", Rule.NEEDS_PERMIT, True), ("Q", "", Rule.CONDITIONAL, True),
    ("G", "RMZ", Rule.CONDITIONAL, True), ("E", "TMA", Rule.ALLOWED, True), ("G", "", Rule.ALLOWED, True), ("GP", "", Rule.ALLOWED, True),
    ("W", "", Rule.CONDITIONAL, True), ("UNC", "", Rule.NEEDS_PERMIT, True), ("", "", Rule.NEEDS_PERMIT, True), ("", "P", Rule.PROHIBITED, False),
    ("G", "XYZ", Rule.NEEDS_PERMIT, True), ("TMA", "", Rule.NEEDS_PERMIT, True), ("d", "ctr", Rule.NEEDS_PERMIT, True),
])  # fmt: skip
def test_classes_and_types(air_class, air_type, rule, doubted):
    doubts = []
    assert openair_class.rule(air_class, air_type, doubts) is rule
    assert bool(doubts) == doubted


def test_no_word_of_the_class_table_means_two_things():
    words = [*openair_class.PERMIT, *openair_class.CONDITIONAL, *openair_class.ALLOWED, *openair_class.SILENT, "P"]
    assert len(words) == len(set(words))
    assert set(openair_class.LONG.values()) <= set(words)
    for rule, written in openair_class.WRITTEN.items():
        assert openair_class.rule(*written, []) is rule


@pytest.mark.parametrize(("name", "records", "unread"), [
    ("LF-R6B MAILLY (NOTAM)", "", "the name says when: LF-R6B MAILLY (NOTAM)"),
    ("R26 (MON-THU)", "", "the name says when: R26 (MON-THU)"),
    ("CTR X (ACTIVE RWY29)", "", "the name says when: CTR X (ACTIVE RWY29)"),
    ("ZRT 9,16,21,28/04", "", "the name says when: ZRT 9,16,21,28/04"),
    ("R1 0700-1900Z", "", "the name says when: R1 0700-1900Z"),
    ("R1 H24", "", None), ("MONTE ROSA SUP AIP 138/25", "", None), ("SATURN", "", None),
    ("R26 (NOTAM)", "AA NONE\n", "AA NONE: only when it is announced"),
    ("R26", "AA soon\n", "AA soon: it is no interval such as 2026-05-01T10:00Z/2026-05-01T12:00Z"),
    ("R26", "AA 2026-05-01T10:00Z/2026-05-01T10:00Z\n", "AA 2026-05-01T10:00Z/2026-05-01T10:00Z: it ends before it begins"),
])  # fmt: skip
def test_hours_that_cannot_be_read_say_so(name, records, unread):
    zone = one(f"AC P\nAN {name}\n{records}{SQUARE}\n")
    assert (zone.hours_unread, zone.applicability) == (unread, None)
    assert len(zone.doubts) == (1 if unread and not records else 0)


def test_hours_given_in_aa_stand_before_the_name():
    zone = one(f"AC P\nAN R26 (NOTAM)\nAA NONE/2024-12-17T24:00Z\n{SQUARE}\n")
    assert (zone.hours_unread, zone.doubts) == (None, ())
    assert zone.applicability == (Interval(start_ns=None, end_ns=1734480000 * 10**9),)


# Export.

texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="*"), min_size=1, max_size=12)
vertices = st.tuples(st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_800_000_000))


@st.composite
def polygons(draw):
    """A triangle: three places that do not lie on one line."""
    (lat, lon) = draw(vertices)
    up, aside = draw(st.integers(1, 10**7)), draw(st.integers(1, 10**7))
    sign = -1 if lat > 0 else 1
    ring = ((lat, lon), (lat + sign * up, lon), (lat, lon + (-aside if lon > 0 else aside)))
    return Polygon(rings=((*ring, ring[0]),))


circles = st.builds(
    Circle, lat_e7=st.integers(-900_000_000, 900_000_000), lon_e7=st.integers(-1_800_000_000, 1_800_000_000),
    radius_mm=st.integers(1, 1_000_000_000),
)  # fmt: skip
heights = st.builds(Altitude, st.integers(-500_000, 30_000_000), st.sampled_from([Datum.AMSL, Datum.AGL, Datum.STD]))
limit_pairs = st.one_of(
    st.tuples(st.none() | heights, st.sampled_from([None, "unlimited"])),
    st.tuples(heights, heights).filter(lambda pair: pair[0].datum is not pair[1].datum or pair[0].value_mm < pair[1].value_mm),
)
volumes = st.builds(
    lambda outline, limits: Volume(outline=outline, floor=limits[0], ceiling=limits[1]),
    circles | polygons(), limit_pairs,
)  # fmt: skip
moments = st.integers(0, 4_000_000_000 * 10**9)
periods = st.lists(st.tuples(moments, moments).filter(lambda pair: pair[0] < pair[1]), max_size=3).map(
    lambda pairs: tuple(Period(start_ns=a, end_ns=b, daily=()) for a, b in pairs)
)


@st.composite
def zones(draw):
    """Zones of all that OpenAir can carry, as another format could have brought them."""
    text = f"AC P\nAN A\n{SQUARE}\n"
    when = draw(periods)
    from skykeep.wire.periods import in_force

    applicability, unread = in_force(when)
    return replaced(
        one(text), carried=(), zone_id=draw(texts), name=draw(texts), rule=draw(st.sampled_from(Rule)),
        volumes=tuple(draw(st.lists(volumes, min_size=1, max_size=3))),
        periods=when, applicability=applicability, hours_unread=unread,
    )  # fmt: skip


def replaced(zone, **changes):
    return dataclasses.replace(zone, **changes) if dataclasses.is_dataclass(zone) else _struct_replaced(zone, changes)


def _struct_replaced(zone, changes):
    import msgspec

    return msgspec.structs.replace(zone, **changes)


@given(st.lists(zones(), max_size=3, unique_by=lambda zone: zone.zone_id))
def test_what_openair_can_carry_comes_back_from_an_export(made):
    done = openair_write.write(made)
    speaking = [zone for zone in made if openair.hours([], zone.name, [])[1] and not zone.periods]
    assert len(done.lost) == sum(zone.rule is Rule.CONDITIONAL for zone in made) + len(speaking)
    back = read(done.data)
    assert back.refused == []
    keep = ("zone_id", "name", "rule", "volumes", "applicability")
    assert [[getattr(zone, name) for name in keep] for zone in back.zones] == [[getattr(zone, name) for name in keep] for zone in made]


@given(kinds.struct(type(one(ONE))))
def test_any_zone_can_be_written_and_the_file_read(zone):
    """Facts of every value that a record can hold: nothing raises, and what is lost is said."""
    sane = [volume for volume in zone.volumes if isinstance(volume.outline, Circle) or volume.outline.rings]
    done = openair_write.write([replaced(zone, volumes=tuple(sane))])
    openair.read(done.data, source_sha256="")
    assert done.lost


def test_what_the_format_cannot_carry_is_named():
    hole = tuple((lat // 2 + 230000000, lon // 2 + 40400000) for lat, lon in RING)
    daily = Daily(days=(0,), start=ClockTime(second=3600), end=None, time_zone="UTC")
    zone = replaced(
        one(ONE), rule=Rule.CONDITIONAL, severity=3, reason="Birds", name="Two\nlines",
        volumes=(Volume(outline=Polygon(rings=(RING, hole)), floor=Altitude(5, Datum.HAE), ceiling="unlimited"),),
        periods=(Period(start_ns=None, end_ns=None, daily=(daily,)),), hours_unread="hours: Mon 01:00-24:00 UTC",
        texts=(Text(about="name", lang="fi", text="Kaksi"),), contact="a@example.org",
        carried=(("openair.AY", '"GSEC"'), ("regionId", "3")),
    )  # fmt: skip
    done = openair_write.write([zone])
    assert done.lost == [
        "Range: not in the file: regionId",
        "Range: not in the file: contact",
        'Range: its name is written as "Two lines"; a record holds one line, no comment',
        "Range: its hours are not in the file as they are: it reads as always in force",
        "Range: not in the file: severity, reason, texts by language",
        "Range: its lower limit (0.005 m above the ellipsoid) is not in the file",
        "Range: its 1 holes are not in the file: the area there counts as inside",
    ]
    back = read(done.data).zones[0]
    assert (back.rule, back.volumes[0].outline.rings, back.volumes[0].floor) == (Rule.CONDITIONAL, (RING,), None)
    assert b"AC UNC\nAY GSEC\n" in done.data


@pytest.mark.parametrize(("changes", "words"), [
    ({"volumes": ()}, "it has no volume, so it is not in the file"),
    ({"volumes": (Volume(outline=Circle(lat_e7=0, lon_e7=0, radius_mm=0), floor=None, ceiling=None),)}, "a circle of 0 m is no airspace"),
    ({"volumes": (Volume(outline=Polygon(rings=(RING,)), floor="unlimited", ceiling=None),)}, "its lower limit (unlimited) is not in the file"),
    ({"volumes": (Volume(outline=Polygon(rings=(RING,)), floor=Altitude(1, Datum.TAKEOFF), ceiling=None),)}, "(0.001 m above take-off)"),
    ({"volumes": (Volume(outline=Polygon(rings=(RING,)), floor=Altitude(9, Datum.AGL), ceiling=Altitude(9, Datum.AGL)),)}, "its upper limit (0.009 m AGL)"),
    ({"hours_unread": "always on Fridays"}, "it reads as always in force"),
    ({"applicability": ()}, "it reads as always in force"),
    ({"name": "By NOTAM"}, "its hours are not in the file as they are: the name says when: By NOTAM"),
    ({"carried": (("openair.XX", '"1"'),)}, "not in the file: openair.XX"),
    ({"carried": (("openair.AF", "{"),)}, "not in the file: openair.AF"),
    ({"zone_id": "a *b"}, 'its id is written as "a"'),
])  # fmt: skip
def test_each_loss_has_its_words(changes, words):
    done = openair_write.write([replaced(one(ONE), **changes)])
    assert any(words in lost for lost in done.lost), done.lost


def test_a_zone_of_another_rule_does_not_keep_its_old_class():
    zone = replaced(one(ONE), rule=Rule.PROHIBITED)
    assert b"AC UNC\nAY P\n" in openair_write.write([zone]).data


def test_an_unread_activation_comes_back():
    zone = one(f"AC P\nAN R26\nAA NONE\n{SQUARE}\n")
    done = openair_write.write([zone])
    assert done.lost == []
    assert same(read(done.data).zones[0]) == same(zone)
    assert json.loads(dict(zone.carried)["openair.AA"]) == "NONE"


def test_no_zone_makes_an_empty_file_and_says_so():
    assert openair_write.write([]).data == b"*VERSION: 2.1\n*WRITTEN_BY: Skykeep\n"
    assert read(b"").doubts == ["the file holds no zone"]


# What is OpenAir, and what is hostile.


@pytest.mark.parametrize(("data", "answer"), [
    (ONE.encode(), True), (b"\xef\xbb\xbf" + ONE.encode(), True), (b"* x\r\n\r\nAC  UNC\r\nAN A\r\nV X=1N 1E\r\nDC 1\r\n", True),
    (b"", False), (b'{"features": []}', False), (b"<xml>AC R\nDP 1</xml>", False), (b"[1]", False), (b"AC R\n", False), (b"ACME Ltd\nDP 1\n", False),
    (b"\nAC R\nno outline", False), (b"\xff\xd8\xff", False),
])  # fmt: skip
def test_what_is_openair(data, answer):
    assert openair.sniff(data) is answer


@pytest.mark.parametrize(("data", "words"), [
    (b"x" * (openair.BYTES_MAX + 1), "60000001 bytes; an OpenAir file may have 60000000. Split the file"),
    (b"\n" * 1_200_001, "1200001 lines; an OpenAir file may have 1200000"),
    (b"\r" * 1_200_001, "1200001 lines"),
    (ONE.encode() + b"DP 46:00:00 N 008:00:00 E\n" * 250_001, "250000 records in one"),
    (b"AC R\n" * 50_100, "over 50000 airspaces"),
    (b"AC R\n\0", "a zero byte (byte 5)"),
])  # fmt: skip
def test_a_hostile_file_is_refused(data, words):
    with pytest.raises(Malformed) as caught:
        read(data)
    assert words in str(caught.value)


@pytest.mark.parametrize("arc", [b"V X=45N 8E\nDA 48, 0, 359\n", b"V X=81N 8E\nDA 535, 0, 359\n"])
def test_a_file_has_only_so_many_vertices_those_of_arcs_included(arc, monkeypatch):
    monkeypatch.setattr(openair, "VERTICES_MAX", 60_000)
    with pytest.raises(Malformed, match="more than 60000 vertices, those of arcs included"):
        read((b"AC R\nAN A\n" + arc) * 20)


def test_an_endless_line_is_no_record():
    done = read(ONE.encode() + b"DP " + b"1" * 5_000_000 + b"\n* " + b" *" * 2_000_000)
    assert done.zones[0].doubts[0] == 'line 9: "5000003 characters; a record may have 4000" is no OpenAir record; ignored'
