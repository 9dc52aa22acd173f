"""A form that is sent after its session ended: nothing that was typed is lost, and it is done once its person is back."""

import contextlib
import pathlib
import re
import time

import pytest

from skykeep.rules.powers import Role
from skykeep.station.people import People
from skykeep.web import unsent
from tests.console.scripted import AXE
from tests.console.town import founded
from tests.waiting import PATIENCE_S
from tests.web.zone_scene import PEOPLE, WEB, key_of, scene

SHOTS = pathlib.Path(__file__).parents[2] / "build" / "screens"
MS = PATIENCE_S * 1000
OFFICE = '[office]\nrecord = "office"\nkeys = "office-keys"\n'
FAULTS = "axe.run().then(found => found.violations.map(each => `${each.id}: ${each.nodes.map(node => node.html)}`))"
ZONE = {
    "name": "The quay", "zone_id": "Z-QUAY", "lat": "47.199", "lon": "8.731", "radius_m": "320",
    "issuing_body": "Harbour office", "legal_basis": "Harbour act, 4", "reason": 'Ships & cranes\N{EM DASH}"big" ones',
}  # fmt: skip


class Desk:
    """Somebody's browser, whose session begins and ends on the station's side."""

    def __init__(self, context, url, path, name):
        self.context, self.url, self.path, self.name, self.session_id = context, url, path, name, ""
        self.page = context.new_page()

    def begin(self):
        with contextlib.closing(People(self.path / "people.db")) as people:
            self.session_id, cookie = people.sessions.begin(self.name, "password", time.time_ns(), agent="a test")
        self.context.add_cookies([{"name": "skykeep", "value": cookie, "url": self.url}])

    def end(self):
        with contextlib.closing(People(self.path / "people.db")) as people:
            assert people.sessions.end(self.name, self.session_id)

    def is_told(self):
        """The page says that the session has ended, leads to the entrance beside it, and is sound."""
        self.page.wait_for_selector("text=Your session has ended", timeout=MS)
        link = self.page.get_by_role("main").get_by_role("link", name="Sign in")
        assert (link.get_attribute("target"), link.get_attribute("href")) == ("_blank", "/sign-in?target=/signed-in")
        self.page.evaluate(AXE.read_text("utf-8"))
        assert self.page.evaluate(FAULTS) == []


@pytest.fixture(scope="module", name="at")
def _at(browser):
    assert browser
    with scene(WEB + OFFICE, {**PEOPLE, "pilar": [Role.PILOT]}, prepared=founded) as made:
        yield made


@pytest.fixture(name="desk")
def _desk(browser):
    """Give the browser of somebody: `desk(url, path, "pia")`."""
    with contextlib.ExitStack() as opened:

        def make(url, path, name):
            made = Desk(opened.enter_context(browser.new_context()), url, path, name)
            made.begin()
            return made

        yield make


@pytest.mark.requirement("SERVED-8")
def test_a_zone_that_was_typed_is_kept_over_the_end_of_a_session_and_proposed_after_it(at, desk, shot):
    pia = desk(at.url, at.home.path, "pia")
    page = pia.page
    page.goto(f"{at.url}/zones/new")
    page.wait_for_selector("#zonemap[aria-busy=false]")  # before, the button sends the form as without a script
    for name, value in ZONE.items():
        page.fill(f"[name={name}]", value)
    pia.end()
    page.click("button[value=look]")
    page.wait_for_selector("#weighed [role=alert]", timeout=MS)
    assert "you are signed out" in page.inner_text("#weighed").lower()
    assert page.input_value("[name=reason]") == ZONE["reason"]
    page.click("button[value=propose]")
    pia.is_told()
    shot(page, "unsent-zone")
    told = page.inner_text("main")
    assert all(value in told for value in ZONE.values())
    page.get_by_role("button", name="Send it again").click()
    pia.is_told()
    pia.begin()
    page.get_by_role("button", name="Send it again").click()
    page.wait_for_url("**/zones/drafts/**", timeout=MS)
    assert "The quay" in page.inner_text("h1")
    assert len(at.acts("zone.draft")) == 1, "it was done once, and not while nobody was signed in"


@pytest.mark.requirement("SERVED-8")
def test_an_application_goes_on_where_its_session_ended(at, desk, shot):
    pilot = desk(at.url, at.home.path, "pilar")
    page = pilot.page
    page.goto(f"{at.url}/permits/apply")
    page.fill("#holder", "Bridge office")
    page.fill("#pilots", "Meyer, Anna\nSilva, Bruno")
    page.fill("#contact", "+598 99 123 456")
    pilot.end()
    page.get_by_role("button", name="Continue").click()
    pilot.is_told()
    shot(page, "unsent-application")
    assert "Bridge office" in page.inner_text("main")
    with page.expect_popup() as opened:
        page.get_by_role("main").get_by_role("link", name="Sign in").click()
    assert "/sign-in" in opened.value.url
    pilot.begin()
    page.get_by_role("button", name="Send it again").click()
    page.wait_for_selector("text=Serial numbers of the drones", timeout=MS)
    page.get_by_role("button", name="Back").click()
    assert page.input_value("#pilots") == "Meyer, Anna\nSilva, Bruno"
    assert page.input_value("#contact") == "+598 99 123 456"


def test_what_another_site_sent_is_not_shown_and_neither_is_a_secret_nor_a_flood(at):
    with at.as_("pia") as client:
        key = key_of(client.get("/zones/new").text, "/zones/draw")
        client.cookies.clear()

        def answer(headers, **fields):
            return client.post("/zones/draw", data={**ZONE, "once": key, **fields}, headers=headers)

        kept = answer({"Origin": at.url})
        assert (kept.status_code, "The quay" in kept.text) == (401, True)
        assert "&lt;b&gt;" in answer({"Origin": at.url}, reason="<b>bold</b>").text
        for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": at.url, "Sec-Fetch-Site": "cross-site"}):
            other = answer(headers)
            assert (other.status_code in {401, 403}, "The quay" in other.text) == (True, False)
        for fields in ({"new_password": "p"}, {"reason": "x" * unsent.FORM_MAX_BYTES}):
            assert "The quay" not in answer({"Origin": at.url}, **fields).text
        del client.headers["Origin"]
        assert "The quay" not in answer({}).text


def test_whoever_signed_in_beside_a_form_is_led_back_to_it(at):
    with at.as_("pia") as client:
        page = client.get("/signed-in")
        assert page.status_code == 200
        assert re.search("Go back to the page that is still open", page.text)

        assert "Ya entró" in client.get("/signed-in?lang=es").text
