"""The pages that the server makes, in a real browser: without scripts, on a phone, dark and light, for other eyes."""

import re

import pytest

from tests.console.scripted import AXE, press
from tests.web import pages_scene
from tests.web.entrances import house

EVERYBODY = {"X-As": "anna duty_officer auditor admin"}
LOOKED_AT = [
    ("/sensors", "dark", True), ("/sensors", "phone", False), ("/sensors/radar-c", "phone", True),
    ("/sensors/radar-c", "light", False), ("/audit", "light", True), ("/audit", "phone", False),
    ("/reports", "phone", True), ("/reports", "dark", False), ("/reports/4", "light", True), ("/reports/4", "phone", False),
]  # fmt: skip
OF_ACCOUNTS = [
    ("/users", "dark", True), ("/users", "phone", False), ("/users/people/silva", "phone", True),
    ("/users/people/silva", "light", False),
]  # fmt: skip
"""Pages in a look; axe goes over each once, which takes its time and needs scripts: else there are none."""
LOOKS = {
    "dark": {"viewport": {"width": 1440, "height": 880}, "color_scheme": "dark"},
    "light": {"viewport": {"width": 1440, "height": 880}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
FAULTS = "axe.run().then(found => found.violations.map(each => `${each.id}: ${each.nodes.map(node => node.html)}`))"
SMALL = """least => [...document.querySelectorAll('main a.button, button, .tabs a, select')].filter(each => {
  const box = each.getBoundingClientRect(); return box.height > 0 && box.height < least;}).map(each => each.outerHTML)"""


@pytest.fixture(scope="module", name="seen")
def _seen(tmp_path_factory):
    app, mirror, _ = pages_scene.made(tmp_path_factory.mktemp("station"))
    with pages_scene.listening(app) as url:
        yield url, mirror


@pytest.fixture(scope="module", name="at")
def _at(tmp_path_factory):
    with house(tmp_path_factory.mktemp("house")) as made:
        made.seen.__class__.health = lambda _self: []
        with pages_scene.listening(made.client.app, lifespan="off") as url:
            yield url, made


def watched(context):
    """Give a page that remembers what it asked for and what went wrong in it."""
    page = context.new_page()
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda said: page.wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    return page


def fits_and_is_sound(browser, url, path, terms, *, by_axe, cookies=()):
    """Give a picture of a page after it was held against what every page must be; axe needs scripts, pages do not."""
    with browser.new_context(**terms, java_script_enabled=by_axe) as context:
        context.add_cookies([{"name": "skykeep", "value": each, "url": url} for each in cookies])
        page = watched(context)
        assert page.goto(url + path).status == 200
        width = terms["viewport"]["width"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL, 44 if width < 700 else 24) == []
        if by_axe:
            page.evaluate(AXE.read_text("utf-8"))
            assert page.evaluate(FAULTS) == [], page.url
        assert [each for each in page.asked if not each.startswith((url, "data:"))] == []
        assert page.wrong == []
        yield page


@pytest.mark.requirement("SERVED-7")
@pytest.mark.parametrize(("path", "look", "by_axe"), LOOKED_AT)
def test_a_page_fits_and_asks_nobody_else_without_scripts_and_axe_finds_nothing(
    seen, browser, shot, path, look, by_axe
):
    terms = {**LOOKS[look], "extra_http_headers": EVERYBODY}
    for page in fits_and_is_sound(browser, seen[0], path, terms, by_axe=by_axe):
        shot(page, f"{re.sub('[^a-z0-9]+', '-', path.strip('/'))}-{look}")


@pytest.mark.requirement("SERVED-7")
@pytest.mark.parametrize(("path", "look", "by_axe"), OF_ACCOUNTS)
def test_accounts_fit_without_scripts_and_axe_finds_nothing(at, browser, shot, path, look, by_axe):
    url, house_ = at
    house_.renew().enrol("root-admin", "admin")
    house_.enrol("silva", "duty_officer", "field_officer")
    house_.token("root-admin", "admin")
    house_.people.sensors.make("north", house_.clock())
    _, cookie = house_.people.sessions.begin("root-admin", "password", house_.clock(), agent="x" * 200)
    for page in fits_and_is_sound(browser, url, path, LOOKS[look], by_axe=by_axe, cookies=[cookie]):
        shot(page, f"{re.sub('[^a-z0-9]+', '-', path.strip('/'))}-{look}")


@pytest.mark.requirement("SERVED-4")
@pytest.mark.requirement("SERVED-7")
def test_an_admin_enrols_somebody_and_a_phone_without_a_script(at, browser):
    url, house_ = at
    house_.renew().enrol("root-admin", "admin")
    _, cookie = house_.people.sessions.begin("root-admin", "password", house_.clock(), agent="x")
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "skykeep", "value": cookie, "url": url}])
    page = watched(context)
    page.goto(f"{url}/users")
    form = page.locator("form[action='/users/people']")
    form.get_by_label("Name").fill("finn")
    form.get_by_label("field officer").check()
    press(form.get_by_role("button"))
    assert "/welcome#ski_" in page.inner_text(".secret")
    press(page.get_by_role("link", name="I have it"))
    press(page.get_by_role("link", name="finn"))
    phone = page.locator("form[action='/users/devices']")
    phone.get_by_label("What it is").fill("Finn's phone")
    press(phone.get_by_role("button"))
    assert page.evaluate("document.querySelector('img.qr').naturalWidth") > 0
    assert [(ask.action, ask.subject.partition(":")[0]) for ask in house_.mirror.asks] == [
        ("person.enrol", "person"), ("device.enrol", "device"),
    ]  # fmt: skip
    assert page.wrong == []
    context.close()


@pytest.mark.requirement("SERVED-4")
def test_an_auditor_verifies_and_finds_an_act_by_keyboard_and_form(seen, browser):
    url, mirror = seen
    mirror.asks.clear()
    context = browser.new_context(java_script_enabled=False, extra_http_headers={"X-As": "ada auditor"})
    page = watched(context)
    page.goto(f"{url}/audit")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    press(page.get_by_role("button", name="Verify now"))
    assert "Record verified to entry 7." in page.inner_text("main")
    assert [ask.action for ask in mirror.asks] == ["record.verify"]
    page.get_by_role("textbox", name="Person").fill("silva")
    page.get_by_role("combobox").select_option("alarm.ack")
    press(page.get_by_role("button", name="Show", exact=True))
    assert page.locator("tbody tr").count() == 1
    address = page.get_by_role("link", name="Export as CSV").get_attribute("href")
    text = context.request.get(url + address).text()
    assert text.count("\n") == 2
    assert '"alarm.ack"' in text
    context.close()


@pytest.mark.requirement("SERVED-6")
def test_a_report_prints_without_what_only_a_screen_needs(seen, browser):
    url, _ = seen
    paper = {"width": 690, "height": 1000}  # A4 upright, as a browser lays it out
    context = browser.new_context(extra_http_headers=EVERYBODY, color_scheme="dark", viewport=paper)
    page = watched(context)
    page.goto(f"{url}/reports/4")
    page.emulate_media(media="print")
    assert page.locator(".tabs").is_hidden()
    buttons = page.locator("a.button").all()
    assert buttons
    assert not any(button.is_visible() for button in buttons)
    assert page.locator(".drawn svg.map").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('tbody td')).display") == "table-cell"
    assert page.evaluate("document.documentElement.scrollWidth") <= paper["width"]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    context.close()
