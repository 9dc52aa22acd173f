"""The account's page in a real browser: nothing overflows, nothing is asked for, links lead, words can be read."""

import pathlib
import re

import pytest

from skykeep.views.accountpage import render
from tests.views import accounts

CHROMIUM = pathlib.Path("/usr/bin/chromium")
CONTRAST = """() => {
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = c => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1);
                     const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const lum = c => { const l = c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
                     return .2126 * l[0] + .7152 * l[1] + .0722 * l[2]; };
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
                        if (c[3] > .99) return c; } return [255, 255, 255, 1]; };
  const low = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.getClientRects().length || e.closest('script,style')) continue;
    seen++;
    const one = lum(rgb(getComputedStyle(e).color)), two = lum(behind(e));
    const ratio = (Math.max(one, two) + .05) / (Math.min(one, two) + .05);
    if (ratio < 4.5) low.push([ratio.toFixed(2), e.className, walker.currentNode.data.slice(0, 40)]);
  }
  return [seen, low];
}"""
NAMELESS = """() => [...document.querySelectorAll('a,summary,[role=region],nav,section,article,ol[aria-label]')].filter(e =>
  !(e.textContent.trim() || e.getAttribute('aria-label')) ||
  (e.matches('[role=region],nav,section,article') &&
    !(e.getAttribute('aria-label') || document.getElementById(e.getAttribute('aria-labelledby'))))).map(e => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def browser():
    from playwright import sync_api

    if not CHROMIUM.exists():
        pytest.skip("chromium is not here")
    with sync_api.sync_playwright() as play:
        made = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield made
        made.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("account")
    for name, built in (("whole", accounts.account()), ("crowded", accounts.crowded()), ("empty", accounts.empty())):
        (folder / f"{name}.html").write_text(render(built), encoding="utf-8")
    return folder


@pytest.fixture
def opened(browser, files):
    """Open a page; what it asked for or complained of is found in `faults` when it is closed."""
    faults, contexts = [], []

    def open_(name="whole", width=1440, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", **options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: faults.append(message.text))
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("request", lambda request: faults.append(request.url) if not request.url.startswith("file:") else None)
        tab.goto((files / f"{name}.html").as_uri())
        return tab

    yield open_
    for context in contexts:
        context.close()
    assert faults == []


@pytest.mark.parametrize("name", ["whole", "crowded", "empty"])
@pytest.mark.parametrize("width", [390, 1080, 1440])
def test_the_page_is_never_wider_than_its_window(opened, name, width):
    tab = opened(name, width)
    assert tab.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_word_can_be_read_on_what_is_behind_it(opened, scheme, width):
    seen, low = opened("whole", width, color_scheme=scheme).evaluate(CONTRAST)
    assert seen > 500
    assert low == []


def test_everything_that_can_be_reached_has_a_name(opened):
    assert opened().evaluate(NAMELESS) == []


def test_links_lead_from_cell_to_statement_to_text_and_back(opened):
    tab = opened()
    tab.click('#c-0-0 a:has-text("1")')
    assert tab.url.endswith("#s-1")
    tab.click("#s-1 .by-line a")
    assert tab.url.endswith("#t-1")
    tab.click("#t-1")
    assert tab.url.endswith("#s-1")
    tab.click("#s-1 .told a >> nth=0")
    assert re.search(r"#c-\d+-\d+$", tab.url)
    assert tab.locator(":target").is_visible()


def test_a_keyboard_comes_to_the_matrix_first_and_can_scroll_it(opened):
    tab = opened("crowded")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to who says what"
    assert tab.locator(".skip").bounding_box()["x"] >= 0
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#matrix")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "scroll"
    tab.keyboard.press("End")
    moved = "document.querySelector('.scroll').scrollTop"
    for _ in range(40):
        if tab.evaluate(moved) > 500:
            break
        tab.wait_for_timeout(50)
    assert tab.evaluate(moved) > 500


def test_a_click_on_a_statement_marks_it_everywhere_and_escape_lets_it_go(opened):
    tab = opened()
    tab.click('mark:has-text("Veland had sent the drones")')
    tab.mouse.move(1, 1)
    assert {"7"} == {each.strip("?") for each in tab.locator(".text a.no.on").all_inner_texts()}
    assert tab.locator("#s-7.on").count() == 1
    assert tab.locator(".chip.on:visible").count() == 1
    tab.keyboard.press("Escape")
    assert tab.locator(".on").count() == 0


def test_without_script_everything_is_there(opened):
    with_script, without = opened(), opened(java_script_enabled=False)
    assert without.inner_text("main") == with_script.inner_text("main")


def test_names_and_propositions_stay_in_sight_when_a_large_matrix_is_moved(opened):
    tab = opened("crowded")
    box = tab.locator(".scroll").bounding_box()
    tab.evaluate("document.querySelector('.scroll').scrollTo(600, 1500)")
    head = tab.locator(".many thead").bounding_box()
    assert abs(head["y"] - box["y"]) < 4
    first = tab.locator(".many tbody tr:not(.group) .c-what").first.bounding_box()
    assert abs(first["x"] - box["x"]) < 4
    last = tab.locator(".many tbody tr:not(.group) .c-measured").first.bounding_box()
    assert abs(last["x"] + last["width"] - box["x"] - box["width"]) < 20


def test_on_a_phone_each_proposition_is_a_card_that_names_its_speakers(opened):
    tab = opened(width=390)
    card = tab.locator("#p-0")
    assert card.evaluate("e => getComputedStyle(e).display") == "block"
    said = card.inner_text()
    assert "Harbour authority of Port Almar (Almar)" in said
    assert "Measured" in said
    assert tab.locator("#p-0 .none:visible").count() == 0


def test_it_prints_on_sheets_and_the_matrix_lies_across(opened, tmp_path):
    from pypdf import PdfReader

    opened().pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
    pages = PdfReader(tmp_path / "page.pdf").pages
    across = [each for each in pages if each.mediabox.width > each.mediabox.height]
    assert 1 < len(across) < len(pages)
    assert all("Measured" in each.extract_text() for each in across)  # each sheet has the head again
