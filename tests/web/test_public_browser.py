"""The public page in a real browser: by script and without one, on a phone, in both themes, and heard by nobody else."""

import contextlib
import os

import pytest

from tests.browsers import GPU, chromium
from tests.console.scripted import AXE
from tests.web.law_of_a_city import BAN, FAIR, PALACE, PARK, at_a_port

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
HERE = "/?place=-34.89,-56.18"


@pytest.fixture(scope="module")
def browser():
    with chromium(*GPU) as made:
        yield made


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with at_a_port(tmp_path_factory.mktemp("station"), PALACE, PARK, FAIR) as found:
        yield found


@contextlib.contextmanager
def looking(browser, url, **terms):
    """Give a page, with all that it asked for elsewhere and all that went wrong in it."""
    context = browser.new_context(**(PHONE | terms))
    page = context.new_page()
    page.foreign, page.wrong = [], []
    page.on(
        "request", lambda sent: None if sent.url.startswith((url, "data:", "blob:")) else page.foreign.append(sent.url)
    )
    page.on("console", lambda said: page.wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    try:
        yield page
        assert (page.foreign, page.wrong) == ([], [])
    finally:
        context.close()


def shot(page, name):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/public-{name}.png", full_page=True)


@pytest.mark.requirement("PUBLIC-5")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_without_a_script_a_form_and_a_tap_on_the_drawn_map_answer(browser, served, theme):
    url, _, _ = served
    with looking(browser, url, java_script_enabled=False, color_scheme=theme) as page:
        page.goto(url)
        page.fill("#place", "-34.89, -56.18")
        page.click("form.ask button.first")
        assert page.inner_text("#said") == "No drones here"
        assert not page.is_visible("#locate")
        shot(page, f"plain-{theme}")
        page.locator("svg.cells").tap(position={"x": 6, "y": 8})
        page.wait_for_url("**accuracy=**")
        assert page.inner_text("#said").startswith("No zone forbids it")


@pytest.mark.requirement("PUBLIC-5")
def test_with_a_script_there_are_streets_to_tap_and_the_device_says_where_it_is(browser, served):
    url, _, _ = served
    where = {"latitude": -34.89, "longitude": -56.114066, "accuracy": 15}
    with looking(browser, url, geolocation=where, permissions=["geolocation"]) as page:
        page.goto(url + HERE)
        page.wait_for_selector("#sky[data-ready]")
        assert not page.is_visible("#drawn")
        shot(page, "streets")
        page.locator("#sky").click(position={"x": 20, "y": 20})
        page.wait_for_url("**#answer")
        assert page.inner_text("#said").startswith("No zone forbids it")
        page.click("#locate")
        page.wait_for_url("**lat=-34.890000**")
        assert page.inner_text("#said") == "No zone forbids it below 60 m"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.requirement("PUBLIC-5")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser, tmp_path, theme):
    with (
        at_a_port(tmp_path, BAN, PALACE, PARK, incident_counts=True) as (url, _, seen),
        looking(browser, url, color_scheme=theme, bypass_csp=True) as page,
    ):
        seen.begun_ns = lambda kind: [0]
        for path in (HERE + "&plain=1", "/?place=-34.80,-56.4&plain=1&lang=es", "/report-a-drone?lang=en"):
            page.goto(url + path)
            page.evaluate(AXE.read_text())
            found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
            assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]] == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
            shot(page, f"axe-{theme}-{path.strip('/?')[:12]}")


@pytest.mark.requirement("PUBLIC-8")
def test_a_report_is_sent_without_a_script(browser, served):
    url, mirror, _ = served
    with looking(browser, url, java_script_enabled=False) as page:
        page.goto(url)
        page.click("text=Report a drone")
        page.fill("#what", "Four lights over the school")
        shot(page, "report")
        page.click("text=Send the report")
        number = page.inner_text("#receipt")
        shot(page, "receipt")
        assert mirror.asks[-1].subject == f"sighting:{number}"
