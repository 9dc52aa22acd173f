"""Every screen as every role, in both languages, by keyboard, on a phone, on paper, with other colours and no motion."""

import contextlib
import html
import pathlib
import re
import time

import httpx
import pytest

from skykeep.rules.powers import TABLE, Role
from skykeep.station.people import People
from skykeep.web import words
from skykeep.web.shell import TABS
from tests.console.screens import FILES, SCREENS, standing
from tests.console.scripted import AXE, Looking
from tests.console.town import EVERYBODY, PASSWORD, ROLES
from tests.waiting import PATIENCE_S
from tests.web.english import ENGLISH

SHOTS = pathlib.Path(__file__).parents[2] / "build" / "screens"
WHO = [Role.PUBLIC, *ROLES]
FAULTS = "axe.run().then(found => found.violations.map(each => `${each.id}: ${each.nodes.map(node => node.html)}`))"
REFUSED = {303, 401, 403}
NARROW = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
TAB_ACTIONS = {screen.path: screen.action for screen in SCREENS}

_BY_ID = {"ids": lambda each: each.name}


@pytest.fixture(scope="module", name="station")
def _station(browser):
    assert browser
    with standing() as made:
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
            opened[key].station = station
        looking = opened[key]
        for each in opened.values():
            if each is not looking and each.page.url != "about:blank":
                each.page.goto("about:blank")  # or its live map is drawn all the while
        looking.asked.clear(), looking.wrong.clear()
        return looking

    yield make
    for looking in opened.values():
        looking.context.close()


def address(looking, screen, query=""):
    return f"{looking.url}{filled(screen.path, looking.station)}{query}"


def go(looking, screen, query=""):
    """Open a screen, and wait until it stands; gives the status of its answer."""
    answer = looking.page.goto(address(looking, screen, query))
    if answer.status == 200:
        looking.page.wait_for_selector(screen.ready, state="attached", timeout=PATIENCE_S * 1000)
    return answer.status


def picture(looking, shot, name):
    """Keep a picture of what stands there once a map of streets, if there is one, is painted."""
    looking.page.evaluate(PAINTED)
    shot(looking.page, name)


PAINTED = """async () => { const map = globalThis.zonemap?.map?.map;
  if (map) await new Promise(done => { map.once("idle", () => done(1)); map.triggerRepaint(); }); }"""


def admitted(role, action):
    return role in TABLE[action].roles or Role.PUBLIC in TABLE[action].roles


def tabs_of(text):
    """Return where the tabs of a page lead."""
    return re.findall(r'<a href="([^"]*)"', text.partition('<nav class="tabs"')[2].partition("</nav>")[0])


@pytest.mark.requirement("ACCESS-2")
@pytest.mark.parametrize("role", WHO, ids=lambda role: role.value)
def test_a_role_sees_its_screens_and_what_it_may_do_there_and_no_more(station, open_as, role):
    looking = open_as(role.value)
    for screen in SCREENS:
        status, text = seen_by(looking, screen)
        if not admitted(role, screen.action):
            assert status in REFUSED, screen.name
            assert acts_on(station, screen, text) == set(), screen.name
            continue
        assert status == 200, screen.name
        assert acts_on(station, screen, text) == {power for _, power in screen.acts if admitted(role, power)}, (
            screen.name
        )
        tabs = [] if screen.stands_alone else [each for each in tabs_of(text) if each in TAB_ACTIONS]
        assert tabs == ([] if screen.stands_alone else expected_tabs(role)), screen.name
        assert (looking.wrong, looking.foreign) == ([], []), screen.name


LIVE_BUTTONS = {
    "alarm.ack": "button.ack",
    "incident.escalate": "[data-alarm] button:has-text('Escalate')",
    "incident.note": "section.incident form.note",
    "zone.emergency": "#emergency-open",
    "zone.confirm": "#emergencies button:has-text('Confirm')",
    "zone.lift": "#emergencies button:has-text('Lift')",
}
"""By power, what stands on the live console for whom it is, while an alarm is new, picked, and an emergency zone waits."""


@pytest.mark.requirement("ACCESS-2")
@pytest.mark.parametrize("role", [each for each in ROLES if each in TABLE["track.read"].roles], ids=lambda each: each.value)
def test_the_live_console_has_the_buttons_of_a_role_and_no_other(open_as, role):
    """The page is drawn by its script: what it may do stands in its data, what it offers on the screen."""
    page = open_as(role.value).page
    page.goto(f"{open_as(role.value).url}/live?plain")
    page.wait_for_selector("#emergencies [data-zone]", timeout=PATIENCE_S * 1000)
    page.locator("[data-alarm] .t").first.click(timeout=PATIENCE_S * 1000)
    page.wait_for_selector("section.incident", timeout=PATIENCE_S * 1000)
    due = {power for power in LIVE_BUTTONS if admitted(role, power)}
    for power in due:
        page.locator(LIVE_BUTTONS[power]).first.wait_for(timeout=PATIENCE_S * 1000)
    assert {power for power, button in LIVE_BUTTONS.items() if page.locator(button).count()} == due


def seen_by(looking, screen):
    """Return a screen's status and text; where scripts run, what they made of it. Without a map: that takes most of the time."""
    plain = address(looking, screen, "&plain" if "?" in screen.path else "?plain")
    answer = looking.context.request.get(plain, max_redirects=0)
    if answer.status != 200 or "<script" not in answer.text():
        return answer.status, answer.text()
    shown = looking.page.goto(plain, wait_until="domcontentloaded")
    return shown.status, looking.page.content()


@pytest.mark.requirement("PAGE-3")
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
def test_the_link_for_officers_on_the_page_for_everybody_leads_each_role_to_a_page_of_theirs(station, role):
    name = f"enlace-{list(ROLES).index(role)}"  # which is no word that a page in Spanish must not have
    with contextlib.closing(People(station.home.path / "people.db")) as people:
        people.enrol(name, [role], time.time_ns(), password=PASSWORD)
    headers = {"Origin": station.url, "Accept": "text/html"}
    with httpx.Client(base_url=station.url, follow_redirects=True, headers=headers) as client:
        (link,) = re.findall(r'<a href="(/sign-in[^"]*)">', client.get("/").text)
        form = client.get(link).text
        target = re.search(r'name="target" value="([^"]*)"', form)
        said = {"name": name, "password": PASSWORD, "target": html.unescape(target[1]) if target else ""}
        landed = client.post("/sign-in", data=said)
        assert (landed.status_code, landed.url.path) == (200, expected_tabs(role)[0])
        front = client.get("/").text
        assert f"Signed in as {name}." in front
        assert f'<a href="{expected_tabs(role)[0]}">' in front
        for screen in SCREENS:
            if not admitted(role, screen.action):
                refused = client.get(filled(screen.path, station))
                assert refused.status_code == 403, screen.name
                assert [each for each in tabs_of(refused.text) if each in TAB_ACTIONS] == expected_tabs(role), screen.name
                assert screen.action not in refused.text, screen.name
                assert "_officer" not in refused.text, screen.name


@pytest.mark.requirement("CONSOLE-14")
def test_whoever_called_an_emergency_zone_is_told_to_wait_and_another_officer_may_confirm_it(open_as):
    """`silva` called the one of the town."""
    held, confirm = "#emergencies [data-zone]", "#emergencies button:has-text('Confirm')"
    for who, waits in (("silva", True), ("duty_officer", False)):
        page = open_as(who).page
        page.goto(f"{open_as(who).url}/live?plain")
        page.wait_for_selector(f"{held} :text('waits for a second officer')" if waits else confirm, timeout=PATIENCE_S * 1000)
        assert page.locator(confirm).count() == (0 if waits else 1)
        assert page.locator("#emergencies button:has-text('Lift')").count() == 1


@pytest.mark.requirement("ACCESS-2")
@pytest.mark.parametrize(("path", "power", "kind"), FILES, ids=[path for path, _, _ in FILES])
def test_a_file_is_given_to_whom_its_screen_is(open_as, path, power, kind):
    for role in WHO:
        looking = open_as(role.value)
        answer = looking.context.request.get(looking.url + path, max_redirects=0)
        if admitted(role, power):
            assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, kind), role
            assert answer.headers["content-disposition"].startswith("attachment"), role
        else:
            assert answer.status in REFUSED, role


def acts_on(station, screen, text):
    """Return the powers whose buttons stand on a page."""
    return {power for markup, power in screen.acts if filled(markup, station) in text}


def filled(text, station):
    """Return an address or a markup of the table, as it is at this station."""
    return re.sub(r"\{(\w+)\}", lambda found: str(station.known[found[1]]), text)


def expected_tabs(role):
    may = [tab.path for tab in TABS if tab.path in TAB_ACTIONS and admitted(role, TAB_ACTIONS[tab.path])]
    if "/permits" not in may and admitted(role, "permit.apply"):  # whoever may only apply is led to their own
        may.insert(may.index("/zones") + 1, "/permits/mine")
    return may


@pytest.mark.requirement("ACCESS-3")
@pytest.mark.parametrize("screen", SCREENS, **_BY_ID)
def test_axe_finds_nothing_on_any_screen_which_asks_nobody_else(open_as, shot, screen):
    scheme = ("dark", "light")[SCREENS.index(screen) % 2]  # both, each on half of them
    looking = open_as(EVERYBODY, color_scheme=scheme)
    assert go(looking, screen) == 200
    picture(looking, shot, f"{screen.name}-{scheme}")
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
        looking.station = station
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
    "Crew known",
    "Nobody: invented",
    "Invented no-drone zone(?:, all heights| over Zurich| up to 50 m)",
    "Invented for the demo; no such zone exists",
    "Test station",
    r"^[a-z]+[.:][A-Za-z0-9._-]+$",
)
"""What stands in the record, and names: said as they are."""


@pytest.mark.requirement("ACCESS-1")
@pytest.mark.parametrize("screen", SCREENS, **_BY_ID)
def test_no_english_is_left_on_a_screen_in_spanish(open_as, shot, screen):
    looking = open_as(EVERYBODY, locale="es-UY")
    assert go(looking, screen) == 200
    assert looking.page.locator("html").get_attribute("lang") == "es"
    english = {said for said in words.script_words("es") if words.words("es").say(said) != said and len(said) > 6}
    picture(looking, shot, f"{screen.name}-es")
    left = []
    for text in looking.page.evaluate(TEXTS):
        own = re.sub("|".join(QUOTED), "", text)
        if ENGLISH.search(own) or own.strip() in english:
            left.append(text)
    assert left == []


SMALL = """least => [...document.querySelectorAll('a.button, button, summary, select, .tabs a, input:not([type=hidden])')]
  .filter(each => { const box = each.getBoundingClientRect();
    return each.checkVisibility() && box.width > 1 && !each.closest('label, .trap, .signs') && (box.height < least || box.width < 24); })
  .map(each => each.outerHTML.slice(0, 160))"""
"""What is too small to be hit; of the signs over the scrubber, each stands in the log beside the map, too."""
CUT = """() => [...document.querySelectorAll("main td, main th, main caption, main p, main dd")].filter(each => {
  if (each.closest("thead") && getComputedStyle(each.closest("thead")).position === "absolute") return false; // said beside each cell
  const frame = each.closest(".frame, .card, main").getBoundingClientRect(), box = each.getBoundingClientRect();
  return each.checkVisibility() && box.width > 1 && box.right > Math.min(frame.right, innerWidth) + 1; })
  .map(each => each.outerHTML.slice(0, 160))"""
"""What its frame, or the edge of the screen or of the paper, cuts off."""
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
    picture(looking, shot, f"{screen.name}-320")
    assert looking.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert looking.page.evaluate(CUT) == []
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
    picture(looking, shot, f"{screen.name}-print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 690
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in {
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    }
    assert page.locator(".tabs:visible, .wishes:visible, .skip:focus, main button:visible").count() == 0
    assert page.evaluate(CUT) == []
    if not screen.stands_alone:
        assert re.search(
            r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\sUTC", page.inner_text("header.top")
        )  # paper outlives its day
    page.emulate_media(media="screen")
