"""What a new edition of the law changes, in words, and whom it hits."""

import json
import math

import msgspec
import pytest
from click.testing import CliRunner

from skykeep.cli import main
from skykeep.facts.enacted import Circle, Exemption, Polygon, Rule, ZonePin
from skykeep.geo.altitude import Altitude, Datum
from skykeep.station import zonediff
from skykeep.station.zonediff import Kind, compare, with_hits
from tests.rules import examples as ex
from tests.views import scenes

AGL_120 = Altitude(120_000, Datum.AGL)


def changed(zone, **fields):
    return msgspec.structs.replace(zone, **fields)


def told(before, after):
    [change] = compare([before], [after])
    return change.what


def test_the_same_law_has_no_difference_even_if_the_file_is_told_otherwise():
    zone = ex.zone()
    assert compare([zone], [changed(zone, source_sha256="other", native="{}", doubts=("x",), source_format="kml")]) == []


def test_added_and_removed_zones_are_told_with_what_they_say():
    added, removed = compare([ex.zone("B")], [ex.zone("A")])
    assert (added.zone_id, added.kind, added.after.zone_id) == ("A", Kind.ADDED, "A")
    assert (removed.zone_id, removed.kind, removed.after) == ("B", Kind.REMOVED, None)
    assert "by permit only, 4.00 km²" in added.what[0]


@pytest.mark.parametrize(("fields", "words"), [
    ({"rule": Rule.PROHIBITED}, "rule: by permit only → no drones"),
    ({"volumes": (ex.volume(ceiling=AGL_120),)}, "heights: height limits not stated → lower limit not stated, up to 120 m AGL"),
    ({"name": "New name"}, "name: Z → New name"),
    ({"legal_basis": "Act 7"}, "legal basis: not stated → Act 7"),
    ({"appeal_contact": "court@example.org"}, "where to appeal: not stated → court@example.org"),
    ({"exemptions": (Exemption(mass_max_g=250, height_max=None, categories=(), missions=(), words=None),)}, "exemptions: 0 → 1; read them"),
])  # fmt: skip
def test_each_difference_is_told_with_what_was_and_what_is(fields, words):
    assert told(ex.zone(), changed(ex.zone(), **fields)) == (words,)


def test_a_grown_area_says_by_how_much():
    [said] = told(ex.zone(), ex.zone("Z", ex.volume(ex.square(2000))))
    assert said == "area: gains 12 km² (was 4.00 km², is 16 km²)"


def test_a_moved_circle_gains_and_loses():
    here, there = (Circle(lat_e7=500_000_000, lon_e7=lon, radius_mm=500_000) for lon in (300_000_000, 300_070_000))
    [said] = told(ex.zone("Z", ex.volume(here)), ex.zone("Z", ex.volume(there)))
    assert said.startswith("area: gains ")
    assert " and loses " in said


def test_the_same_ground_told_from_another_corner_is_no_difference():
    ring = ex.square().rings[0]
    turned = Polygon(rings=((*ring[2:], *ring[:2]),))
    assert compare([ex.zone()], [ex.zone("Z", ex.volume(turned))]) == []


def test_hours_and_dates_that_changed_are_told():
    [said] = told(ex.zone(), ex.zone(times=((ex.T0, ex.T0 + 3600 * ex.S),)))
    assert said.startswith("hours: ")


@pytest.mark.parametrize(("lat", "lon"), [(0, 0), (60, 179.99), (-45, -179.99), (85, 10)])
def test_areas_are_right_to_a_per_cent_wherever_they_lie(lat, lon):
    circle = Circle(lat_e7=round(lat * 1e7), lon_e7=round(lon * 1e7), radius_mm=1_000_000)
    shape = zonediff.shape_m(circle, (circle.lat_e7, circle.lon_e7))
    assert shape.area == pytest.approx(math.pi * 1e6, rel=0.01)


def test_permits_that_meet_a_changed_zone_are_named_with_how_they_stand_to_it():
    before, after = ex.zone("Z"), ex.zone("Z", rule=Rule.PROHIBITED)
    meets, names = ex.permit("MEETS"), ex.permit("NAMES", zones=("Z",))
    other, far = ex.permit("OTHER", zones=("Y",)), ex.permit("FAR", ex.volume(ex.square(50, east_m=9_000)))
    pinned = changed(ex.permit("PINNED"), zones=(ZonePin(zone_id="Z", version=1),))
    [change] = with_hits(compare([before], [after]), [meets, names, other, far, pinned], {})
    said = {text.split(",")[0]: text.rpartition(" and ")[2] for text in change.permits}
    assert said == {
        "MEETS": "lifts whatever it reaches", "NAMES": "lifts this zone by name", "OTHER": "does not lift it",
        "PINNED": "lifts this zone by name, pinned to version 1",
    }  # fmt: skip


def test_a_permit_above_the_zone_is_not_hit():
    zone = ex.zone("Z", ex.volume(ceiling=AGL_120))
    above = ex.permit("P", ex.volume(floor=AGL_120))
    [change] = with_hits(compare([], [zone]), [above], {})
    assert change.permits == ()


def test_tracks_are_told_inside_before_and_now():
    small, large = (ex.zone("Z", ex.volume(scenes_square(size))) for size in (100, 2000))
    points = [scenes.point(7, second, 500.0, 0.0) for second in range(4)]
    away = [scenes.point(8, second, 9_000.0, 0.0) for second in range(4)]
    [change] = with_hits(compare([small], [large]), [], {7: points, 8: away})
    assert len(change.tracks) == 1
    assert change.tracks[0].startswith("track 7: before it was outside; now inside ")
    assert change.tracks[0].endswith("(4 places)")


def scenes_square(half_m):
    corners = [(-half_m, -half_m), (half_m, -half_m), (half_m, half_m), (-half_m, half_m)]
    ring = [scenes.e7(east, north) for east, north in corners]
    return Polygon(rings=((*ring, ring[0]),))


FILE = {"features": [{
    "identifier": "PARK1", "country": "XXX", "name": "Park", "type": "COMMON", "restriction": "REQ_AUTHORISATION",
    "reason": ["OTHER"], "applicability": [{"permanent": "YES"}], "zoneAuthority": [],
    "geometry": [{"uomDimensions": "M", "lowerLimit": 0, "lowerVerticalReference": "AGL", "upperLimit": 120,
                  "upperVerticalReference": "AGL",
                  "horizontalProjection": {"type": "Circle", "center": [30.5, 50.4], "radius": 300}}],
}]}  # fmt: skip


@pytest.mark.capability("`skykeep zones diff OLD NEW` says in plain words what changed, and which permits and tracks it hits")
def test_the_command_tells_the_change_first_and_then_whom_it_hits(tmp_path):
    new = json.loads(json.dumps(FILE))
    new["features"][0]["restriction"] = "PROHIBITED"
    new["features"][0]["geometry"][0]["horizontalProjection"]["radius"] = 600
    (tmp_path / "old.json").write_text(json.dumps(FILE))
    (tmp_path / "new.json").write_text(json.dumps(new))
    (tmp_path / "permits.json").write_text(json.dumps({"permits": [{
        "id": "P-1", "granted_at": "2026-05-01T00:00:00Z", "aircraft": ["1581F45TB21A4C00BXYZ"],
        "volumes": [{"area": {"center": [30.505, 50.4], "radius_m": 50}, "from": "2026-05-01T08:00:00Z", "until": "2026-05-01T12:00:00Z"}],
    }]}))  # fmt: skip
    files = [str(tmp_path / name) for name in ("old.json", "new.json")]
    asked = CliRunner().invoke(main, ["zones", "diff", *files, "--permits", str(tmp_path / "permits.json")])
    assert asked.exit_code == 0, asked.output
    lines = asked.stdout.splitlines()
    assert lines[0] == "1 changed; 1 zone before, 1 now."
    assert lines[1] == "~ PARK1 Park: changed"
    assert "    rule: by permit only → no drones" in lines
    assert any(line.startswith("    area: gains 0.85 km²") for line in lines)
    assert any(line.startswith("    PERMIT P-1, 1 May 2026, 08:00:00 – 12:00:00 UTC: it meets this zone") for line in lines)
    same = CliRunner().invoke(main, ["zones", "diff", files[0], files[0]])
    assert same.stdout == "Nothing changed: 1 zone as before.\n"
    as_json = CliRunner().invoke(main, ["zones", "diff", *files, "--json"])
    assert json.loads(as_json.stdout)["change"] == "changed"
