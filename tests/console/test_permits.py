"""Permits in a real browser: the desk and the form fit, are sound, ask nobody else, and the whole way works by hand."""

import re

import pytest

from skykeep.station import credential
from skykeep.station.keys import Keys
from tests.console.scripted import press
from tests.console.test_served_pages import LOOKS, fits_and_is_sound, watched
from tests.station.offices import OPERATOR, SERIAL, T0
from tests.web import pages_scene, permit_scene
from tests.web.permit_scene import ANNA, BORIS, DUTY, PILOT

S = 10**9


@pytest.fixture(scope="module", name="whole")
def _whole(tmp_path_factory):
    app, mirror = permit_scene.made(tmp_path_factory.mktemp("web"))
    with pages_scene.listening(app) as url:
        yield url, mirror


@pytest.fixture(name="at")
def _at(whole, tmp_path):
    permit_scene.renew(whole[1], tmp_path)
    return (*whole, tmp_path)


@pytest.fixture(name="open_as")
def _open_as(browser, at):
    """Give a page of somebody, without scripts."""
    opened = []

    def make(who):
        context = browser.new_context(java_script_enabled=False, extra_http_headers=who, **LOOKS["light"])
        opened.append(context)
        return watched(context)

    yield make
    for context in opened:
        for page in context.pages:
            assert page.wrong == []
            assert [each for each in page.asked if not each.startswith((at[0], "data:"))] == []
        context.close()


def decide(page, deed, reason):
    page.get_by_text(f"{deed}…").click()
    page.locator("details[open] textarea").fill(reason)
    press(page.get_by_role("button", name=f"{deed}: "))


def apply(page, url):
    """Fill the form in, with a mistake on the way; return the number that the office gave."""
    page.goto(f"{url}/permits/apply")
    press(page.get_by_role("button", name="Continue"))
    assert "Who applies: Needed." in page.inner_text(".said")
    page.get_by_label("Who applies").fill("Bridge office")
    page.get_by_label("Operator registration numbers").fill(OPERATOR)
    press(page.get_by_role("button", name="Continue"))
    page.get_by_label("Serial numbers").fill(SERIAL)
    page.get_by_label("Minutes that it can stay up").fill("28")
    press(page.get_by_role("button", name="Continue"))
    for name, value in {
        "lat": "-35.1986", "lon": "-56.1852", "radius": "320", "ceiling": "120", "date": "2026-05-28",
        "begins": "21:30", "ends": "23:30",
    }.items():  # fmt: skip
        page.fill(f"#{name}", value)
    press(page.get_by_role("button", name="Back"))
    press(page.get_by_role("button", name="Continue"))
    assert page.input_value("#lat") == "-35.1986"
    press(page.get_by_role("button", name="Continue"))
    assert "No conflict" in page.inner_text("main")
    assert page.locator("svg.map .area.permit-asked").count() == 1
    press(page.get_by_role("button", name="Send"))
    return re.search(r"P-2026-\d+", page.inner_text("h1"))[0]


@pytest.mark.requirement("PERMITS-1")
@pytest.mark.requirement("PERMITS-3")
@pytest.mark.requirement("PERMITS-4")
def test_the_whole_way_by_hand_without_a_script(at, open_as, shot):
    url, _, path = at
    pilot, anna, boris = open_as(PILOT), open_as(ANNA), open_as(BORIS)
    permit_id = apply(pilot, url)
    shot(pilot, "permit-sent")
    anna.goto(f"{url}/permits")
    press(anna.get_by_role("link", name=permit_id))
    decide(anna, "Recommend", "Crew known")
    assert "a second officer grants it" in anna.inner_text(".one")
    assert anna.get_by_text("Grant…").count() == 0
    boris.goto(f"{url}/permits/{permit_id}")
    decide(boris, "Grant", "Agreed")
    assert "Granted." in boris.inner_text("[role=alert]")
    shot(boris, "permit-granted")
    decide(boris, "Show the code", "The applicant is here")
    assert boris.evaluate("document.querySelector('img.qr').naturalWidth") > 0
    boris.get_by_text("The code as text").click()
    text = boris.inner_text("code.secret")
    vkey = Keys(path / "office-keys").signer("town").verifier.vkey
    at[1].desk.keep_status(at[1].now_ns)
    status = (path / "office.status").read_bytes()
    assert credential.verify(text, vkey, T0 // S + 2 * 3_600, status=status).holds
    boris.goto(f"{url}/permits/{permit_id}")
    decide(boris, "Revoke", "Helicopter")
    assert "Revoked." in boris.inner_text("[role=alert]")
    at[1].desk.keep_status(at[1].now_ns)
    status = (path / "office.status").read_bytes()
    assert credential.verify(text, vkey, T0 // S + 2 * 3_600, status=status).answer is credential.Answer.NOT_VALID
    steps = ["pia handed it in", "anna recommended it", "boris granted it", "boris revoked it"]
    lines = boris.locator(".history li").all_inner_texts()
    assert [line.splitlines()[0] for line in reversed(lines)] == steps


PAGES = [("", "dark", True), ("", "phone", False), ("/P-2026-001", "light", True), ("/P-2026-001", "phone", True),
         ("/apply", "light", True), ("/apply", "phone", False)]  # fmt: skip


@pytest.mark.requirement("PERMITS-3")
@pytest.mark.parametrize(("path", "look", "by_axe"), PAGES)
def test_desk_and_form_fit_and_axe_finds_nothing(at, browser, shot, path, look, by_axe):
    url, mirror, _ = at
    with browser.new_context(extra_http_headers=PILOT) as context:
        for _ in range(2):
            assert context.request.post(f"{url}/api/v1/permits", data=permit_scene.body()).status == 201
    assert [action for action, *_ in mirror.acts()] == ["permit.apply"] * 2
    for page in fits_and_is_sound(
        browser, url, f"/permits{path}", {**LOOKS[look], "extra_http_headers": ANNA}, by_axe=by_axe
    ):
        shot(page, f"permits{path.replace('/', '-')}-{look}")


def test_a_decision_is_taken_by_keyboard(at, browser):
    url, mirror, _ = at
    with browser.new_context(extra_http_headers=ANNA, **LOOKS["light"]) as context:
        assert context.request.post(f"{url}/api/v1/permits", data=permit_scene.body(), headers=PILOT).status == 201
        page = watched(context)
        page.goto(f"{url}/permits/P-2026-001")
        page.get_by_text("Recommend…").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("Crew known")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/permits/P-2026-001?done=recommend")
        assert page.wrong == []
    assert mirror.acts()[-1] == ("permit.recommend", "anna", "permit:P-2026-001", "Crew known")


def test_the_watch_sees_no_name_and_can_do_nothing(at, open_as):
    url, _, _ = at
    permit_id = apply(open_as(PILOT), url)
    duty = open_as(DUTY)
    duty.goto(f"{url}/permits/{permit_id}")
    assert SERIAL not in duty.content()
    assert duty.locator(".deeds").count() == 0
    assert duty.locator("text=New application").count() == 0


def test_a_permit_prints_without_what_only_a_screen_needs(at, open_as):
    url, _, _ = at
    permit_id = apply(open_as(PILOT), url)
    anna = open_as(ANNA)
    anna.goto(f"{url}/permits/{permit_id}")
    anna.emulate_media(media="print")
    for what in (".tabs", ".deeds", ".list"):
        assert anna.locator(what).is_hidden()
    assert anna.locator(".plan svg.map").is_visible()
