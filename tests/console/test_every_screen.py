"""Every screen as every role, in both languages, by keyboard, on a phone, on paper, with other colours and no motion."""

import re

import httpx
import pytest

from skykeep.rules.powers import TABLE, Role
from skykeep.web import words
from skykeep.web.shell import TABS
from tests.console.screens import EVERYBODY, ROLES, SCREENS, standing
from tests.console.scripted import AXE, Looking
from tests.waiting import PATIENCE_S
from tests.web.english import ENGLISH

WHO = [Role.PUBLIC, *ROLES]
FAULTS = "axe.run().then(found => found.violations.map(each => `${each.id}: ${each.nodes.map(node => node.html)}`))"
REFUSED = {303, 401, 403}
NARROW = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
TAB_ACTIONS = {screen.path: screen.action for screen in SCREENS}

_BY_ID = {"ids": lambda each: each.name}


@pytest.fixture(scope="module", name="station")
def _station(tmp_path_factory, browser):
    assert browser
    with standing(tmp_path_factory.mktemp("screens")) as made:
        yield made


@pytest.fixture(scope="module", name="open_as")
def _open_as(browser, station):
    """Give a page of somebody; one context for each and each look, kept for the module."""
    opened = {}

    def make(who, **terms):
        key = who, repr(sorted(terms.items()))
        if key not in opened:
            given = {"viewport": {"width": 1440, "height": 880}, "color_scheme": "dark"}
            context = browser.new_context(**given | terms)
            if station.cookies[who]:
                context.add_cookies([{"name": "skykeep", "value": station.cookies[who], "url": station.url}])
            opened[key] = Looking(context, station.url)
        looking = opened[key]
        looking.asked.clear(), looking.wrong.clear()
        return looking

    yield make
    for looking in opened.values():
        looking.context.close()


def go(looking, screen, query=""):
    """Open a screen, and wait until it stands; gives the status of its answer."""
    answer = looking.page.goto(f"{looking.url}{screen.path}{query}")
    if answer.status == 200:
        looking.page.wait_for_selector(screen.ready, state="attached", timeout=PATIENCE_S * 1000)
    return answer.status


def admitted(role, action):
    return role in TABLE[action].roles or Role.PUBLIC in TABLE[action].roles


def tabs_of(text):
    """Return where the tabs of a page lead."""
    return re.findall(r'<a href="([^"]*)"', text.partition('<nav class="tabs"')[2].partition("</nav>")[0])


@pytest.mark.requirement("ACCESS-2")
@pytest.mark.parametrize("role", WHO, ids=lambda role: role.value)
def test_a_role_sees_its_screens_and_what_it_may_do_there_and_no_more(station, role):
    held = station.cookies[role.value]
    with httpx.Client(base_url=station.url, cookies={"skykeep": held} if held else {}, timeout=PATIENCE_S) as client:
        for screen in SCREENS:
            page = client.get(screen.path)
            if not admitted(role, screen.action):
                assert page.status_code in REFUSED, screen.name
                assert not any(markup in page.text for markup, _ in screen.acts), screen.name
                continue
            assert page.status_code == 200, screen.name
            stands = {power for markup, power in screen.acts if markup in page.text}
            assert stands == {power for _, power in screen.acts if admitted(role, power)}, screen.name
            tabs = [] if screen.stands_alone else [each for each in tabs_of(page.text) if each in TAB_ACTIONS]
            assert tabs == ([] if screen.stands_alone else expected_tabs(role)), screen.name


def expected_tabs(role):
    return [tab.path for tab in TABS if tab.path in TAB_ACTIONS and admitted(role, TAB_ACTIONS[tab.path])]


@pytest.mark.requirement("ACCESS-3")
@pytest.mark.parametrize("screen", SCREENS, **_BY_ID)
def test_axe_finds_nothing_on_any_screen_which_asks_nobody_else(open_as, shot, screen):
    scheme = ("dark", "light")[SCREENS.index(screen) % 2]  # both, each on half of them
    looking = open_as(EVERYBODY, color_scheme=scheme)
    assert go(looking, screen) == 200
    shot(looking.page, f"{screen.name}-{scheme}")
    assert looking.wrong == []
    assert looking.foreign == []
    looking.page.evaluate(AXE.read_text("utf-8"))
    assert looking.page.evaluate(FAULTS) == []


@pytest.mark.requirement("ACCESS-1")
@pytest.mark.parametrize(("pinned", "system"), [("dark", "light"), ("light", "dark")])
def test_a_pinned_theme_is_the_colour_of_every_kind_of_page_and_of_its_map(browser, station, pinned, system):
    with browser.new_context(color_scheme=system) as context:
        context.add_cookies([{"name": "skykeep", "value": station.cookies[EVERYBODY], "url": station.url}])
        looking = Looking(context, station.url)
        for screen in SCREENS:
            if screen.name in {"public", "incident", "report", "notify", "sensors"}:
                go(looking, screen, f"?theme={pinned}")
                shown = looking.page.evaluate(BRIGHTNESS)
                assert shown, screen.name
                assert all((each > 128) == (pinned == "light") for each in shown), (screen.name, shown)


BRIGHTNESS = """() => { const of = said => Math.max(...said.match(/[0-9.]+/g).slice(0, 3).map(Number));
  const maps = [...document.querySelectorAll(".ground")].map(each => getComputedStyle(each).fill);
  return [getComputedStyle(document.body).backgroundColor, ...maps].map(of); }"""

TEXTS = """() => {
  const said = [], attributes = ["aria-label", "title", "placeholder", "alt", "data-label"];
  const quoted = each => (each.closest("[lang]")?.getAttribute("lang") ?? "") === "en";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    if (text && !parent.closest("script, style, noscript, code, kbd, .who b, [data-name]") && !quoted(parent)) said.push(text);
  }
  for (const each of document.querySelectorAll("*")) if (!quoted(each))
    for (const name of attributes) if (each.getAttribute(name)) said.push(each.getAttribute(name));
  return [document.title, ...said];
}"""
QUOTED = (
    "the city",
    "creó la",
    "incident:3, zone:KEEP-OUT",
    "Legislative Palace",
    "PALACE",
    "Montevideo",
    "English",
    "Remote ID",
    "Web Push",
    "Headless",
)
"""What stands in the record, and names: said as they are."""


@pytest.mark.requirement("ACCESS-1")
@pytest.mark.parametrize("screen", SCREENS, **_BY_ID)
def test_no_english_is_left_on_a_screen_in_spanish(open_as, shot, screen):
    looking = open_as(EVERYBODY, locale="es-UY")
    assert go(looking, screen) == 200
    assert looking.page.locator("html").get_attribute("lang") == "es"
    english = {said for said in words.script_words("es") if words.words("es").say(said) != said and len(said) > 6}
    shot(looking.page, f"{screen.name}-es")
    left = []
    for text in looking.page.evaluate(TEXTS):
        own = re.sub("|".join(QUOTED), "", text)
        if ENGLISH.search(own) or own.strip() in english:
            left.append(text)
    assert left == []


SMALL = """least => [...document.querySelectorAll('a.button, button, summary, select, .tabs a, input:not([type=hidden])')]
  .filter(each => { const box = each.getBoundingClientRect();
    return each.checkVisibility() && box.width > 1 && !each.closest('label, .trap') && (box.height < least || box.width < 24); })
  .map(each => each.outerHTML.slice(0, 160))"""
COVERED = """() => { const each = document.activeElement, box = each.getBoundingClientRect();
  if (each === document.body) return "";
  const x = Math.min(innerWidth - 1, Math.max(0, box.left + box.width / 2)), y = box.top + Math.min(box.height / 2, 10);
  if (y < 0 || y > innerHeight) return `out of sight: ${each.outerHTML.slice(0, 120)}`;
  const top = document.elementFromPoint(x, y);
  return !top || each.contains(top) || top.contains(each) || each.closest("label")?.contains(top) ? ""
    : `${top.outerHTML.slice(0, 80)} covers ${each.outerHTML.slice(0, 120)}`; }"""


@pytest.mark.requirement("ACCESS-3")
@pytest.mark.parametrize("screen", SCREENS, **_BY_ID)
def test_a_screen_reflows_at_320_pixels_with_targets_that_a_finger_meets(open_as, shot, screen):
    looking = open_as(EVERYBODY, **NARROW)
    go(looking, screen)
    shot(looking.page, f"{screen.name}-320")
    assert looking.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert looking.page.evaluate(SMALL, 44) == []


@pytest.mark.requirement("ACCESS-3")
@pytest.mark.parametrize("screen", SCREENS, **_BY_ID)
def test_the_focus_is_never_hidden_and_nothing_moves_for_whom_nothing_shall(open_as, screen):
    looking = open_as(EVERYBODY, reduced_motion="reduce", forced_colors="active")
    go(looking, screen)
    page = looking.page
    assert page.evaluate(SMALL, 24) == []
    assert page.evaluate("document.getAnimations().map(each => each.animationName ?? each.transitionProperty)") == []
    hidden = []
    for _ in range(25):
        page.keyboard.press("Tab")
        hidden.append(page.evaluate(COVERED))
    assert [each for each in hidden if each] == []
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring != "none" or page.evaluate("document.activeElement === document.body")


@pytest.mark.requirement("ACCESS-3")
def test_kinds_of_flights_differ_in_shape_and_not_only_in_colour(open_as, shot):
    looking = open_as(EVERYBODY)
    go(looking, next(each for each in SCREENS if each.name == "live"))
    page = looking.page
    shapes = page.locator("#legend button svg").evaluate_all(
        "all => all.map(each => [...each.querySelectorAll('path')].map(path => path.getAttribute('d')).join())"
    )
    assert len(shapes) == len(set(shapes)) == 6
    assert all(page.locator("#legend button").nth(place).inner_text().strip() for place in range(6))
    told = looking.context.new_cdp_session(page)
    for seen in ("deuteranopia", "protanopia", "achromatopsia", "none"):
        told.send("Emulation.setEmulatedVisionDeficiency", {"type": seen})
        shot(page, f"live-{seen}")


@pytest.mark.requirement("ACCESS-4")
@pytest.mark.parametrize("screen", [each for each in SCREENS if each.name not in {"live", "replay"}], **_BY_ID)
def test_a_screen_prints_black_on_white_and_whole(open_as, shot, screen):
    looking = open_as(EVERYBODY, viewport={"width": 690, "height": 1000})
    go(looking, screen)
    page = looking.page
    page.emulate_media(media="print")
    shot(page, f"{screen.name}-print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 690
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in {
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    }
    assert page.locator(".tabs:visible, .wishes:visible, .skip:focus").count() == 0
    if not screen.stands_alone:
        assert re.search(
            r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\sUTC", page.inner_text("header.top")
        )  # paper outlives its day
    page.emulate_media(media="screen")
