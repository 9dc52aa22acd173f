"""The account's page in a real browser: nothing overflows, nothing is asked for, links lead, words can be read."""

import re

import pytest

from skykeep.views.accountpage import render
from tests.browsers import chromium
from tests.views import accounts
from tests.waiting import until

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
UNFOLD = "document.querySelectorAll('.fold-b[aria-expanded=false]').forEach(e => e.click())"
NAMELESS = """() => [...document.querySelectorAll('a,summary,[role=region],nav,section,article,ol[aria-label]')].filter(e =>
  !(e.textContent.trim() || e.getAttribute('aria-label')) ||
  (e.matches('[role=region],nav,section,article') &&
    !(e.getAttribute('aria-label') || document.getElementById(e.getAttribute('aria-labelledby'))))).map(e => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as made:
        yield made


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
    tab = opened("whole", width, color_scheme=scheme)
    tab.evaluate(UNFOLD)
    seen, low = tab.evaluate(CONTRAST)
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
    assert tab.evaluate("document.activeElement.matches('.scroll')")
    moved = "document.querySelector('.scroll').scrollLeft"

    def pressed():
        tab.keyboard.press("ArrowRight")
        return tab.evaluate(moved) > 200

    until(pressed, "the matrix to scroll by the arrow key")


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
    assert tab.evaluate("(e => e.scrollHeight - e.clientHeight)(document.querySelector('.scroll'))") == 0
    tab.evaluate("document.querySelector('.scroll').scrollLeft = 600")
    top = tab.locator(".scroll").bounding_box()["y"]
    tab.evaluate(f"scrollTo(0, {top + 1500})")
    until(lambda: tab.evaluate("document.querySelector('thead').style.transform"), "the head of the table to follow")
    box = tab.locator(".scroll").bounding_box()
    head = tab.locator(".many thead").bounding_box()
    assert abs(head["y"]) < 4
    rail = tab.locator(".rail").bounding_box()
    assert abs(rail["y"] + rail["height"] - 900) < 4
    assert tab.evaluate("document.querySelector('.rail').scrollLeft") == 600
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


def test_on_a_phone_what_repeats_is_folded_and_a_link_opens_what_it_leads_to(opened):
    tab, unfolded = opened(width=390), opened(width=390, java_script_enabled=False)
    height = "document.documentElement.scrollHeight"
    assert tab.evaluate(height) < unfolded.evaluate(height) / 2
    assert not tab.locator("#s-3").is_visible()
    assert not tab.locator(".text").first.is_visible()
    tab.locator("#c-7-0, #p-7 td.said").first.locator("a").first.click()
    assert tab.locator(":target").is_visible()
    tab.locator(":target .by-line a").click()
    assert re.search("#t-[0-9]+$", tab.url)
    assert tab.locator(":target").is_visible()
    kept = tab.locator("tbody.kept .fold-b")
    assert kept.inner_text() == "2 propositions"
    assert tab.locator("tbody.kept .c-what:visible").count() == 0
    kept.click()
    assert tab.locator("tbody.kept .c-what:visible").count() == 2
    assert kept.get_attribute("aria-expanded") == "true"


def test_a_wide_window_folds_nothing_and_shows_no_button_for_it(opened):
    tab = opened()
    assert tab.locator(".fold-b").count() > 10
    assert tab.locator(".fold-b:visible").count() == 0
    assert tab.locator("#s-3 .told").is_visible()


def test_many_words_of_what_was_measured_are_cut_on_the_screen_and_whole_on_paper(opened, tmp_path):
    from pypdf import PdfReader

    tab = opened("whole", 1440)
    rest = tab.locator("#p-0 .rest")
    assert "between 01:10 and 01:32 UTC, and again" in rest.inner_text()
    assert "the tower said so" not in tab.locator("#p-0").inner_text()
    rest.locator("summary").click()
    assert "the tower said so" in rest.inner_text()
    rest.locator("summary").click()
    tab.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
    printed = " ".join(each.extract_text() for each in PdfReader(tmp_path / "page.pdf").pages)
    printed = " ".join(printed.split())
    assert "the tower said so" in printed
    assert printed.count("skykeep account confirm CASE") == 5
    assert "… more" not in printed


def test_it_prints_on_sheets_and_the_matrix_lies_across(opened, tmp_path):
    from pypdf import PdfReader

    opened().pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
    pages = PdfReader(tmp_path / "page.pdf").pages
    across = [each for each in pages if each.mediabox.width > each.mediabox.height]
    assert 1 < len(across) < len(pages)
    assert all("Measured" in each.extract_text() for each in across)  # each sheet has the head again
