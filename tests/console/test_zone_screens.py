"""/zones in a real browser at a station that runs: drawn by mouse, keyboard and numbers, imported, published by a second."""

import json

import pytest

from skykeep.facts.enacted import ZoneEnacted
from tests.console import scripted
from tests.console.scripted import press
from tests.waiting import PATIENCE_S, until
from tests.web.test_zone_pages import drawn
from tests.web.zone_scene import scene

MS = PATIENCE_S * 1000
CENTRE = (47.199, 8.731)


@pytest.fixture(scope="module")
def at():
    with scene() as made:
        yield made


@pytest.fixture
def see(browser, at):
    """Give the page of somebody: `see("pia", "/zones")`."""
    opened = []

    def make(who, path, **terms):
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"} | terms)
        opened.append(context)
        context.add_cookies([{"name": "skykeep", "value": at.cookies[who], "url": at.url}])
        looking = scripted.Looking(context, at.url)
        looking.page.goto(at.url + path)
        if looking.page.locator("#map-data").count():
            looking.page.wait_for_selector("#zonemap[aria-busy=false]", timeout=MS)
        return looking

    yield make
    for context in opened:
        context.close()


def sound(looking):
    """Nothing went wrong, nothing was asked of anybody else, and axe finds nothing."""
    assert looking.wrong == []
    assert looking.foreign == []
    looking.page.evaluate(scripted.AXE.read_text("utf-8"))
    found = looking.page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then((r) => r.violations.map("
        "(v) => [v.id, v.nodes.map((n) => n.target.join(' ') + ' ' + n.failureSummary).slice(0, 4)]))"
    )
    assert found == []
    assert looking.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def drawn_on(looking):
    """Wait until the map has drawn a zone."""
    until(lambda: looking.page.evaluate("zonemap.map.map.querySourceFeatures('zones').length > 0"), "a zone on the map")


def fill(page, **fields):
    for name, value in fields.items():
        page.fill(f"[name={name}]", value)


WORDS = {"issuing_body": "Harbour office", "legal_basis": "Harbour act, 4", "reason": "Ships"}
SCREENS = [
    ({"width": 1440, "height": 900}, "light"),
    ({"width": 390, "height": 844}, "dark"),
]


@pytest.mark.requirement("CONSOLE-6")
@pytest.mark.parametrize(("viewport", "scheme"), SCREENS)
def test_each_page_of_zones_is_clean_dark_and_light_wide_and_narrow(see, at, shot, viewport, scheme):
    with at.as_("pia") as pia:
        draft = drawn(at, pia, zone_id=f"Z-{scheme}-{viewport['width']}", base="")
    pages = {"list": "/zones", "zone": "/zones/zone?id=DEMO-A", "new": "/zones/new?change=DEMO-A", "draft": draft,
             "import": "/zones/import"}  # fmt: skip
    for name, path in pages.items():
        looking = see("both", path, viewport=viewport, color_scheme=scheme)
        if name != "import":
            drawn_on(looking)
        sound(looking)
        shot(looking.page, f"zones-{name}-{scheme}-{viewport['width']}")


@pytest.mark.requirement("ZONES-4")
def test_a_zone_that_is_drawn_by_mouse_and_moved_by_keys_becomes_law_by_a_second_publisher(see, at, shot):
    pia = see("pia", "/zones/new")
    page = pia.page
    fill(page, name="The park", zone_id="Z-PARK", lat=str(CENTRE[0]), lon=str(CENTRE[1]), radius_m="500", **WORDS)
    page.click("#fit")
    page.check("[name=shape][value=polygon]")
    box = page.locator("#ground").bounding_box()
    for x, y in ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)):
        page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    assert len(page.input_value("[name=corners]").splitlines()) == 4
    assert page.locator(".handle.corner").count() == 4
    handle = page.locator(".handle.corner").nth(0)
    before = page.input_value("[name=corners]").splitlines()[0]
    handle.focus()
    page.keyboard.press("ArrowLeft")
    moved = page.input_value("[name=corners]").splitlines()[0]
    assert float(moved.split(",")[1]) < float(before.split(",")[1])
    page.keyboard.press("Delete")
    assert page.locator(".handle.corner").count() == 3
    page.locator(".handle.between").first.press("Enter")
    assert page.locator(".handle.corner").count() == 4
    place = page.locator(".handle.corner").nth(2).bounding_box()
    middle = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 40, middle[1] + 30, steps=3)
    page.mouse.up()
    assert len(page.input_value("[name=corners]").splitlines()) == 4, "a drag adds no corner"
    page.click("button[value=look]")
    page.wait_for_selector("#effect", timeout=MS)
    assert "New: there is no zone of this identifier" in page.inner_text("#effect")
    shot(page, "zones-drawn")
    sound(pia)
    page.click("button[value=propose]")
    page.wait_for_url("**/zones/drafts/**", timeout=MS)
    assert page.locator("text=Publish: make it law").count() == 0
    paul = see("paul", page.url.removeprefix(at.url).partition("?")[0])
    paul.page.click("text=Publish: make it law")
    paul.page.wait_for_url("**/zones/zone?id=Z-PARK**", timeout=MS)
    zone = until(lambda: [each for each in at.one.facts(ZoneEnacted) if each.zone_id == "Z-PARK"], "the zone")[0]
    assert len(zone.volumes[0].outline.rings[0]) == 5
    assert [act.subject.partition(":")[0] for act in at.acts("zone.publish")] == ["draft"]
    dora = see("dora", "/live").live()
    until(lambda: dora.page.evaluate("skykeep.zoneNames.has('Z-PARK')"), "the zone on the live map")
    assert pia.wrong == paul.wrong == dora.wrong == []


@pytest.mark.requirement("ZONES-4")
def test_a_circle_is_set_by_the_mouse_by_numbers_and_by_keys(see):
    page = see("pia", "/zones/new").page
    fill(page, lat=str(CENTRE[0]), lon=str(CENTRE[1]), radius_m="500")
    page.click("#fit")
    assert page.locator(".handle").count() == 2
    page.locator(".handle.rim").focus()
    page.keyboard.press("ArrowRight")
    assert float(page.input_value("[name=radius_m]")) > 500
    page.locator(".handle.centre").focus()
    page.keyboard.press("Shift+ArrowUp")
    assert float(page.input_value("[name=lat]")) > CENTRE[0]
    page.locator("#ground").click(position={"x": 90, "y": 90})
    assert float(page.input_value("[name=lon]")) < CENTRE[1]
    page.fill("[name=lat]", "not a number")
    assert page.locator(".handle").count() == 0


@pytest.mark.requirement("ZONES-13")
def test_a_line_that_cannot_be_read_is_marked_and_never_lost_nor_are_others_rounded(see):
    page = see("pia", "/zones/new").page
    page.check("[name=shape][value=polygon]")
    good = ["47.1990001, 8.7310001", "47.1990001, 8.7350001", "47.1950001, 8.7330001"]
    page.fill("[name=corners]", "\n".join(good))
    page.click("#fit")
    page.locator(".handle.corner").first.focus()
    page.keyboard.press("ArrowUp")
    moved = page.input_value("[name=corners]").splitlines()
    assert moved[0] != good[0]
    assert moved[1:] == good[1:]
    typed = "\n".join([*good, "\N{MINUS SIGN}47.19, 8.731"])
    page.fill("[name=corners]", typed)
    assert page.locator(".handle").count() == 0
    assert "is no place" in page.inner_text("#cornerhint")
    page.locator("#ground").click(position={"x": 90, "y": 90})
    assert page.input_value("[name=corners]") == typed
    page.fill("[name=corners]", "\n".join(good))
    assert page.locator(".handle.corner").count() == 3
    assert page.locator("#cornerhint").is_hidden()


@pytest.mark.requirement("ZONES-5")
def test_what_was_told_of_another_shape_does_not_stand_when_the_form_has_changed(see):
    page = see("pia", "/zones/new").page
    fill(page, name="Old", zone_id="Z-OLD", lat="47.1", lon="8.6", radius_m="100", **WORDS)
    page.click("button[value=look]")
    page.wait_for_selector("#effect", timeout=MS)
    page.fill("[name=radius_m]", "900")
    assert page.locator("#effect").count() == 0
    assert "must be asked for again" in page.inner_text("#weighed")
    page.click("button[value=look]")
    page.wait_for_selector("#effect", timeout=MS)


def test_a_zone_of_very_many_corners_is_fitted(see):
    page = see("pia", "/zones/new").page
    page.evaluate("""() => { const shape = Array.from({length: 300000}, (_, n) => [8.6 + n / 1e7, 47.1]);
        zonemap.told.src = ""; zonemap.told.before = []; zonemap.told.zones = [];
        zonemap.features = [{ geometry: { coordinates: [shape] } }]; zonemap.drawn = null; zonemap.fit(true); }""")
    assert page.evaluate("zonemap.map.view().width > 0")


@pytest.mark.requirement("ZONES-5")
def test_what_is_wrong_with_a_form_is_said_and_nothing_that_was_typed_is_lost(see):
    page = see("pia", "/zones/new").page
    fill(page, name="Half", zone_id="Z-HALF", lat="95", lon="8.7", radius_m="100", **WORDS)
    page.click("button[value=look]")
    page.wait_for_selector("#weighed .said[role=alert]", timeout=MS)
    assert "latitude of the centre" in page.inner_text("#weighed")
    press(page.locator("button[value=propose]"))  # the same words stood there before it
    page.wait_for_selector(".said[role=alert]", timeout=MS)
    assert page.input_value("[name=name]") == "Half"


@pytest.mark.requirement("ZONES-6")
def test_a_file_is_sent_with_its_progress_and_what_was_set_aside_is_on_the_map(see, tmp_path, shot):
    crossed = [[8.6, 47.1], [8.7, 47.2], [8.7, 47.1], [8.6, 47.2], [8.6, 47.1]]
    file = tmp_path / "authority.geojson"
    features = [
        {"type": "Feature", "geometry": {"type": "LineString", "coordinates": crossed}, "properties": {"id": "LINE"}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [8.65, 47.15]},
         "properties": {"id": "ROUND", "radius_m": 900, "rule": "prohibited"}},
    ]  # fmt: skip
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=1))
    pia = see("pia", "/zones/import")
    pia.page.set_input_files("input[type=file]", file)
    pia.page.click("text=Read the file")
    pia.page.wait_for_url("**/zones/drafts/**", timeout=MS)
    pia.page.wait_for_selector("#over path.aside", state="attached", timeout=MS)
    assert "line 4" in pia.page.inner_text("main")
    assert "set aside: line 4" in pia.page.text_content("#over")
    shot(pia.page, "zones-file")
    sound(pia)
    bad = tmp_path / "bad.txt"
    bad.write_text("nothing of a zone")
    other = see("pia", "/zones/import").page
    other.set_input_files("input[type=file]", bad)
    other.click("text=Read the file")
    until(lambda: "no zone file" in other.inner_text("#sent"), "why it was not taken")


@pytest.mark.requirement("ZONES-1")
@pytest.mark.parametrize("who", ["dora", "audrey", "pia"])
def test_who_may_not_draw_has_no_button_for_it(see, who):
    looking = see(who, "/zones")
    buttons = looking.page.locator("main .button").all_inner_texts()
    assert ("Draw a zone" in buttons) == (who == "pia")
    assert looking.wrong == []


@pytest.mark.requirement("ZONES-2")
def test_without_a_script_a_zone_is_typed_and_proposed(browser, at):
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "skykeep", "value": at.cookies["pia"], "url": at.url}])
    page = context.new_page()
    page.goto(f"{at.url}/zones/new")
    fill(page, name="Typed", zone_id="Z-PLAIN", lat="47.1", lon="8.6", radius_m="200", **WORDS)
    press(page.locator("button[value=look]"))
    assert "What it would do" in page.inner_text("main")
    press(page.locator("button[value=propose]"))
    assert "It is no law until a second publisher publishes it" in page.inner_text("main")
    press(page.locator("main a[href='/zones']"))
    assert "Typed" in page.inner_text("main")
    context.close()


@pytest.mark.requirement("CONSOLE-8")
def test_without_webgl_zones_are_drawn_on_a_plain_grid(see):
    looking = see("both", "/zones?plain")
    assert looking.page.inner_text("#nogl").startswith("This browser draws no map")
    assert looking.wrong == []
