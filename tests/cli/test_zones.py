"""`skykeep zones`: read, check, ask, compare, convert and draw, as a person calls it."""

import json
import pathlib
import re

import pytest

from skykeep.station.zonebook import open_book, parse_height
from tests.cli.calling import call, rows

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "how-to" / "ask-the-law.md"
NOON = "2026-05-01T12:00:00Z"
NIGHT = "2026-05-01T23:00:00Z"
PARK = ["--lat", "50.4501", "--lon", "30.5234"]


@pytest.fixture
def zones(tmp_path):
    """The file of the how-to page: a park closed from 6 to 22 UTC inside an airfield by permit."""
    text = re.search(r"zones\.json <<'END'\n(.*?)\nEND", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    (tmp_path / "zones.json").write_text(text, encoding="utf-8")
    return tmp_path / "zones.json"


def at(zones, *args):
    result = call("zones", "at", zones, *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def answer(zones, *args):
    return json.loads(at(zones, *args, "--json"))["answer"]


# ---- reading ------------------------------------------------------------------------------------


@pytest.mark.requirement("LAW-4")
@pytest.mark.capability("Zone files of eight formats read with a report by zone: every repair, doubt and omission")
def test_import_reports_and_keeps_every_zone(zones, tmp_path):
    result = call("zones", "import", zones, "-o", tmp_path / "kept.json")
    assert result.exit_code == 0
    assert "2 zones (1 no-drone, 1 permit only)" in result.stdout
    again = call("zones", "import", tmp_path / "kept.json", "--json")
    told = rows(again)
    assert [row["zone"]["zone_id"] for row in told] == ["PARK1", "FIELD"]
    assert told[0]["format"] == "geojson"


def test_one_bad_zone_is_left_out_by_name_and_the_others_are_kept(zones):
    document = json.loads(zones.read_text())
    document["features"][0]["geometry"][0]["horizontalProjection"]["radius"] = -5
    zones.write_text(json.dumps(document))
    result = call("zones", "import", zones)
    assert result.exit_code == 0
    assert "1 zone (" in result.stdout
    assert "LEFT OUT feature 0 (PARK1)" in result.stdout
    assert "radius" in result.stdout


def test_an_answer_says_that_something_of_the_file_is_not_in_it(zones):
    assert "could not be used" not in at(zones, *PARK, "--time", NOON)
    document = json.loads(zones.read_text())
    document["features"][0]["geometry"][0]["horizontalProjection"]["radius"] = -5
    zones.write_text(json.dumps(document))
    assert "Not in the answer, since it could not be used: 1 feature." in at(zones, *PARK, "--time", NOON)


@pytest.mark.parametrize("hpa", ["29.92", "nan", "101325", "inf"])
def test_a_pressure_that_is_none_is_refused_and_never_passed_over(zones, hpa):
    result = call("zones", "at", zones, *PARK, "--time", NOON, "--height", "FL5", "--qnh", hpa)
    assert result.exit_code == 2
    assert "no air pressure at sea level" in result.stderr


def test_check_holds_only_without_a_doubt(zones, tmp_path):
    assert call("zones", "check", zones).exit_code == 0
    document = json.loads(zones.read_text())
    document["features"][0]["restriction"] = "SOMETIMES"
    doubtful = tmp_path / "doubtful.json"
    doubtful.write_text(json.dumps(document))
    result = call("zones", "check", doubtful)
    assert result.exit_code == 1
    assert "SOMETIMES" in result.stdout


@pytest.mark.parametrize(("content", "words"), [
    ("", "no zone file"), ("hello", "no zone file"), ("[" * 200_000, ""), ('{"features": []}', ""),
])  # fmt: skip
def test_what_is_no_zone_file_is_refused_in_words(tmp_path, content, words):
    path = tmp_path / "bad.json"
    path.write_text(content)
    result = call("zones", "check", path)
    assert result.exit_code in {1, 2}
    assert words in result.stderr + result.stdout
    assert str(path) in result.stderr or "bad.json" in result.stdout


def test_a_file_that_is_not_there_is_said(tmp_path):
    result = call("zones", "import", tmp_path / "nothing.json")
    assert result.exit_code == 2
    assert "there is no such file" in result.stderr


# ---- asking -------------------------------------------------------------------------------------


@pytest.mark.requirement("LAW-9")
@pytest.mark.capability('"May I fly here?" answered from zone files, with the clause, the margins and what is missing')
def test_at_answers_with_the_gravest_rule_and_every_zone(zones):
    said = at(zones, *PARK, "--height", "60m-agl", "--time", NOON)
    assert "PARK1" in said
    assert "FIELD" in said
    assert "not permitted (clause no_permit)" in said
    assert "300 m inside the border" in said
    found = answer(zones, *PARK, "--height", "60m-agl", "--time", NOON)
    assert (found["verdict"], found["clause"]) == ("not_permitted", "no_permit")
    assert [zone["zone_id"] for zone in found["zones"]] == ["FIELD", "PARK1"]


def test_hours_decide(zones):
    by_night = answer(zones, *PARK, "--height", "60m-agl", "--time", NIGHT)
    assert [zone["zone_id"] for zone in by_night["zones"]] == ["FIELD"]
    assert by_night["coming_zone_id"] == "PARK1"


def test_a_height_above_the_ceiling_is_outside(zones):
    above = answer(zones, *PARK, "--height", "121m-agl", "--time", NOON)
    assert "PARK1" not in [zone["zone_id"] for zone in above["zones"]]


def test_a_height_that_cannot_be_compared_cannot_be_told_and_says_what_is_missing(zones):
    found = answer(zones, "--lat", "50.46", "--lon", "30.55", "--height", "60m-agl", "--time", NOON)
    assert (found["verdict"], found["clause"]) == ("cannot_tell", "zone_height_unknown")
    assert found["missing"] == ["terrain"]


def test_nowhere_near_a_zone_no_rule_is_said_with_what_that_is_worth(zones):
    said = at(zones, "--lat", "10", "--lon", "10", "--time", NOON)
    assert "no answer is an authorisation" in said
    assert answer(zones, "--lat", "10", "--lon", "10", "--time", NOON)["verdict"] == "no_rule"


def test_the_sentence_is_in_the_language_that_is_asked_for(zones):
    english, german = (at(zones, *PARK, "--height", "60m-agl", "--time", NOON, "--lang", lang) for lang in ("en", "de"))
    assert "ot permitted" in english
    assert "icht erlaubt" in german


@pytest.mark.parametrize(("args", "words"), [
    (["--lat", "91", "--lon", "0"], "latitude"), (["--lat", "0", "--lon", "181"], "longitude"),
    (["--lat", "nan", "--lon", "0"], "latitude"), (["--lat", "0"], "--lat and --lon"),
    ([*PARK, "--height", "60"], "60m-agl"), ([*PARK, "--height", "sixty"], "60m-agl"),
    ([*PARK, "--time", "yesterday"], "2026-05-01T10:00:00Z"), ([*PARK, "--points", "x"], "--points"), ([], "--points"),
])  # fmt: skip
def test_a_question_that_cannot_be_understood_says_what_would_be(zones, args, words):
    result = call("zones", "at", zones, *args)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(("text", "value_mm", "datum"), [
    ("60m-agl", 60_000, "agl"), ("200 ft amsl", 60_960, "amsl"), ("95.5M-HAE", 95_500, "hae"), ("FL65", 1_981_200, "std"),
    ("-3m-takeoff", -3_000, "takeoff"), ("100ft-msl", 30_480, "amsl"),
])  # fmt: skip
def test_heights_as_people_write_them(text, value_mm, datum):
    height = parse_height(text)
    assert (height.value_mm, height.datum.value) == (value_mm, datum)


# ---- many points --------------------------------------------------------------------------------


def test_points_answer_in_order_and_keep_what_else_they_say(zones, tmp_path):
    points = [
        {"lat": 50.4501, "lon": 30.5234, "name": "a"},
        {"lat": 10, "lon": 10},
        {"lat": 50.46, "lon": 30.55, "n": 1.50},
    ]
    path = tmp_path / "points.json"
    path.write_text(json.dumps({"points": points}))
    [said] = rows(call("zones", "at", zones, "--points", path, "--horizontal", "--json"))
    assert [point["inside"] for point in said["points"]] == [["FIELD", "PARK1"], [], ["FIELD"]]
    assert [{k: v for k, v in point.items() if k != "inside"} for point in said["points"]] == points


def test_points_know_their_own_heights_and_times(zones, tmp_path):
    place = {"lat": 50.4501, "lon": 30.5234}
    points = [place, place | {"time": NIGHT}, place | {"height": "500m-agl"}, place | {"height": "400m-amsl"}]
    path = tmp_path / "points.json"
    path.write_text(json.dumps({"points": points}))
    [said] = rows(call("zones", "at", zones, "--points", path, "--json", "--time", NOON))
    # an AMSL height cannot be compared with the park's AGL limits, so it is not outside of them
    assert [point["inside"] for point in said["points"]] == [["FIELD", "PARK1"], ["FIELD"], ["FIELD"], ["PARK1"]]


def test_points_come_from_standard_input_too_and_a_bad_one_is_named(zones):
    good = call(
        "zones", "at", zones, "--points", "-", "--horizontal", "--json", stdin='{"points": [{"lat": 0, "lon": 0}]}'
    )
    assert rows(good) == [{"points": [{"lat": 0, "lon": 0, "inside": []}]}]
    for text, words in (
        ("[]", "points"), ('{"points": [{"lat": 1}]}', "points[0]"), ('{"points": [{"lat": 1, "lon": 200}]}', "points[0]"),
        ('{"points": [7]}', "points[0]"), ("{", "-"),
    ):  # fmt: skip
        bad = call("zones", "at", zones, "--points", "-", "--horizontal", stdin=text)
        assert bad.exit_code == 2
        assert words in bad.stderr


@pytest.mark.parametrize("name", ["fi_ed269_reshaped.json", "fi_traficom_flattened.geojson"])
def test_a_thousand_points_over_finland_agree_with_another_program(shared, tmp_path, name):
    data = shared / "data" / "zones"
    asked = data / "fi_points_expected.json"
    expected = json.loads(asked.read_text())["points"]
    bare = tmp_path / "points.json"
    bare.write_text(json.dumps({"points": [{"lon": point["lon"], "lat": point["lat"]} for point in expected]}))
    [said] = rows(call("zones", "at", data / name, "--points", bare, "--horizontal", "--json"))
    assert len(said["points"]) == 1000
    assert [sorted(point["inside"]) for point in said["points"]] == [sorted(point["inside"]) for point in expected]


# ---- out ----------------------------------------------------------------------------------------


@pytest.mark.requirement("LAW-5")
@pytest.mark.capability("Zones written as ED-318, ED-269, GeoJSON or OpenAir; what a format cannot carry is named")
@pytest.mark.parametrize("form", ["ed318", "ed269", "geojson", "openair"])
def test_export_can_be_read_again_and_says_what_is_lost(zones, tmp_path, form):
    out = tmp_path / f"out.{form}"
    result = call("zones", "export", zones, "--to", form, "-o", out)
    assert result.exit_code == 0, result.output
    assert f"wrote {out}" in result.stderr
    before, after = (open_book([path], time=NOON).zones for path in (zones, out))
    assert [(zone.rule, [volume.outline for volume in zone.volumes]) for zone in after] == [
        (zone.rule, [volume.outline for volume in zone.volumes]) for zone in before
    ]
    if form == "openair":
        assert "skykeep: PARK1: its hours are not in the file" in result.stderr
    if form == "geojson":
        assert "nothing is lost" in result.stderr


def test_export_to_standard_output_is_the_file_alone(zones):
    result = call("zones", "export", zones, "--to", "ed318")
    assert json.loads(result.stdout)["type"] == "FeatureCollection"


@pytest.mark.capability("Zones drawn as an offline page to move about in, or as a picture")
def test_draw_writes_a_page_or_a_picture_and_refuses_what_it_cannot_draw(zones, tmp_path):
    page, picture = tmp_path / "map.html", tmp_path / "map.svg"
    assert call("zones", "draw", zones, "-o", page, "--time", NOON, *PARK).exit_code == 0
    assert call("zones", "draw", zones, "-o", picture, "--time", NIGHT).exit_code == 0
    assert "Town park" in page.read_text()
    assert "asleep" in re.search(r'class="zone[^"]*" data-zone="1"', picture.read_text())[0]
    refused = call("zones", "draw", zones, "-o", tmp_path / "map.bmp")
    assert refused.exit_code == 2
    assert ".svg" in refused.stderr
    assert call("zones", "draw", zones, "-o", page, "--lat", "1").exit_code == 2


def test_the_map_is_moved_enlarged_and_searched_in_a_real_browser(zones, tmp_path):
    from playwright import sync_api

    chromium = pathlib.Path("/usr/bin/chromium")
    if not chromium.exists():
        pytest.skip("chromium is not here")
    page = tmp_path / "map.html"
    call("zones", "draw", zones, "-o", page, "--time", NOON)
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(chromium), args=["--no-sandbox", "--disable-dev-shm-usage"])
        tab = browser.new_page(viewport={"width": 1100, "height": 900})
        faults = []
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("request", lambda request: faults.append(request.url) if not request.url.startswith("file:") else None)
        tab.goto(page.as_uri())
        whole = tab.get_attribute("svg.zonemap", "viewBox")
        tab.click("#in")
        assert tab.get_attribute("svg.zonemap", "viewBox") != whole
        tab.click("#whole")
        assert tab.get_attribute("svg.zonemap", "viewBox") == whole
        tab.fill("#find", "park")
        assert tab.locator("tbody tr:visible").count() == 1
        tab.click("tbody tr:visible")
        assert tab.locator(".zone.on").count() == 1
        browser.close()
    assert faults == []
