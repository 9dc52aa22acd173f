"""The replay: what it shows of the past, how a person moves in it, and that nobody takes it for the present."""

import contextlib
import re

import pytest

from skykeep.rules.powers import Role
from skykeep.station.people import People
from tests.console import pasts, scripted
from tests.console.scripted import AXE
from tests.waiting import PATIENCE_S
from tests.web.standing import ready, web

SHOWN = "() => globalThis.skykeep?.past?.at === skykeep.player.moment"
READ = "() => globalThis.skykeep?.log?.whole && skykeep.past.at === skykeep.player.moment"
MOMENT = "skykeep.player.moment"
BOTH = pytest.mark.parametrize("theme", ["dark", "light"])


@pytest.fixture(scope="module")
def past(tmp_path_factory, browser):
    """A station that stands before the record of `pasts`, which ends as it begins."""
    path = tmp_path_factory.mktemp("past")
    began_ms, entries = pasts.make(path)
    scripted.people(path)
    made = People(path / "people.db")
    with contextlib.closing(made):
        made.enrol("press", [Role.PUBLISHER], began_ms * 1_000_000, password=scripted.PASSWORD)
    station = scripted.Station(path / "run" / "station.sock", durable=entries)
    try:
        with web(path) as (url, _):
            ready(url)
            station.url, station.began_ms = url, began_ms
            station.state = {
                name: scripted.cookies(browser, url, name) for name in ("everybody", "silva", "auditor", "press")
            }
            del station.asks[:]  # a page that somebody is led to after signing in may ask
            yield station
    finally:
        station.close()


@pytest.fixture
def replay(look, past):
    """Open a replay, and wait until it shows something: `replay(query)`."""

    def make(query="?plain&incident=3", who="everybody", until=READ, **terms):
        seen = look(past, who, **terms)
        seen.page.goto(f"{past.url}/replay{query}")
        seen.page.wait_for_function(until, timeout=PATIENCE_S * 1_000)
        return seen

    return make


def at(past, second):
    return past.began_ms + second * 1_000


def go(page, past, second):
    page.evaluate(f"skykeep.seek({at(past, second)})")
    page.wait_for_function(SHOWN)
    page.evaluate("skykeep.panels()")


@pytest.mark.requirement("REPLAY-1")
def test_from_the_page_of_an_incident_it_opens_shortly_before_and_never_looks_live(look, past, shot):
    seen = look(past, "silva")
    page = seen.page
    page.goto(f"{past.url}/i/3")
    page.click("a:has-text('Replay')")
    page.wait_for_function(READ, timeout=PATIENCE_S * 1_000)
    assert page.evaluate(MOMENT) == at(past, pasts.ALARM_S - 10)
    assert page.title().startswith("REPLAY ")
    assert "REPLAY · not live" in page.inner_text(".pasttag")
    assert not re.search(r"\bLIVE\b", page.inner_text("body"))
    for absent in ("#alarm-live", "button.ack", "form.note", "#shift", "form.ask:visible"):
        assert page.locator(absent).count() == 0
    page.wait_for_function("() => skykeep.painter.drawn.length === 3 && skykeep.map.map.areTilesLoaded()")
    go(page, past, pasts.NOTE_S)
    shot(page, "replay-incident")
    assert page.locator("#log li.here").inner_text().endswith(pasts.WORDS)
    assert page.get_attribute("#past-panel a:has-text('Report')", "href") == "/reports/3"
    assert (seen.wrong, seen.foreign) == ([], [])
    assert past.asks == []


@pytest.mark.requirement("CONSOLE-19")
def test_a_flight_that_had_left_by_then_has_the_sign_of_its_verdict_and_its_last_place(replay, past):
    page = replay().page
    go(page, past, pasts.NOTE_S)
    page.evaluate("""() => { const { sky } = skykeep, row = sky.tracks.get(1).row;
      sky.take({ ...sky.stands, gone: [1], last: [row], about: [[1, row[1], row[1], "1581…17", "serial", "none", false, "not_permitted"]] }, false);
      skykeep.select(1); skykeep.panels(); }""")
    said = page.locator(".pastdetail")
    said.locator("dt:has-text('Last place')").wait_for()
    assert said.locator(".hd .ic").get_attribute("class") == "ic unpermit"
    assert "Not permitted" in said.inner_text()
    assert "before" in page.inner_text("#age")
    assert said.locator("button:has-text('Follow')").count() == 0


@pytest.mark.requirement("REPLAY-4")
def test_it_plays_holds_and_steps_by_keys_and_buttons(replay, past):
    page = replay().page
    began = page.evaluate(MOMENT)
    page.select_option("#speed", "32")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    page.wait_for_function(f"() => {MOMENT} > {began} + 8000")
    page.keyboard.press("Space")
    held = page.evaluate(MOMENT)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(MOMENT) == held + 1_000
    page.click("#back")
    page.click("#back")
    assert page.evaluate(MOMENT) == held - 1_000
    assert page.evaluate("skykeep.player.playing") is False
    page.keyboard.press("End")
    assert page.evaluate(MOMENT) == page.evaluate("skykeep.player.until")


@pytest.mark.requirement("REPLAY-4")
def test_a_picture_that_came_to_nothing_is_made_again_though_nothing_moves(look, past):
    page = look(past).page
    page.add_init_script(scripted.HANGS)
    page.goto(f"{past.url}/replay?plain&incident=3")
    page.wait_for_function(READ, timeout=PATIENCE_S * 1_000)
    page.wait_for_function("() => skykeep.painter.easel.brush !== null")
    page.wait_for_function(scripted.INK)


FED = """async ([rows, status, needs]) => {
  const { PastFeed } = await import("/static/console/pastfeed.js");
  let asked = 0;
  const answer = { ok: status === 200, status, json: async () => ({ frames: [{ event: "snapshot", data: { tracks: Array(rows) } }], next_ms: null }) };
  globalThis.fetch = () => (++asked > 40 ? new Promise(() => {}) : Promise.resolve(answer));
  const feed = new PastFeed({ from: 0, until: 1_200_000, step: 1_000 }, () => {});
  for (const [moment, speed] of needs) {
    feed.need(moment, speed);
    for (let n = 0; n < 2_000; n++) await Promise.resolve();
  }
  return [asked, [...feed.pieces.keys()].sort((a, b) => a - b), feed.asking];
}"""


@pytest.fixture(scope="module")
def fed(past, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{past.url}/")
    yield lambda rows, status, *needs: page.evaluate(FED, [rows, status, [list(each) for each in needs]])
    context.close()


@pytest.mark.requirement("REPLAY-4")
def test_of_a_busy_sky_is_asked_what_can_be_kept_and_no_piece_twice(fed):
    assert fed(1_000, 200, (300_000, 32)) == [7, [4, 5, 6, 7, 8, 9, 10], -1]
    assert fed(70_000, 200, (300_000, 32)) == [5, [4, 5, 6, 7, 8], -1]
    assert fed(150_000, 200, (300_000, 32)) == [3, [4, 5, 6], -1]
    assert fed(70_000, 200, (300_000, 32), (360_000, 32)) == [6, [5, 6, 7, 8, 9], -1]


@pytest.mark.requirement("REPLAY-4")
def test_a_station_that_has_no_time_is_not_asked_again_at_once(fed):
    assert fed(1, 503, *[(300_000, 1)] * 10) == [1, [], -1]


@pytest.mark.requirement("REPLAY-4")
def test_the_scrubber_is_a_slider_that_says_its_moment_and_the_log_follows(replay, past):
    page = replay().page
    go(page, past, pasts.ALARM_S - 1)
    page.focus("#scrubber")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => {MOMENT} === {at(past, pasts.ALARM_S)}")
    page.evaluate("skykeep.panels()")
    said = page.get_attribute("#scrubber", "aria-valuetext")
    assert " UTC, " in said
    assert "Incident 3 opened" in said
    assert page.locator("#log li.here").count() == 1
    page.click("#log li:has-text('acknowledged') button")
    assert page.evaluate(MOMENT) == at(past, pasts.ACK_S)
    page.keyboard.press("k")
    assert page.evaluate(MOMENT) == at(past, pasts.ALARM_S)
    box = page.locator("#scrubber").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    assert page.evaluate(f"({MOMENT} - skykeep.player.from) / (skykeep.player.until - skykeep.player.from)") == (
        pytest.approx(0.75, abs=0.02)
    )


@pytest.mark.requirement("REPLAY-3")
def test_a_shared_moment_is_the_same_moment_for_somebody_else(replay, past):
    page = replay().page
    go(page, past, pasts.NOTE_S)
    page.evaluate("skykeep.map.centre(-56.17, -34.895, 13.5)")
    page.evaluate("skykeep.select(1)")
    page.click("#share")
    link = page.input_value("#link")
    assert link.startswith(past.url)
    other = replay(f"{link.removeprefix(past.url + '/replay')}&plain", who="auditor").page
    for what in (MOMENT, "skykeep.player.from", "skykeep.player.until", "skykeep.ui.selected"):
        assert other.evaluate(what) == page.evaluate(what)
    assert other.evaluate("skykeep.map.zoom") == pytest.approx(13.5)
    assert other.evaluate("skykeep.map.at(0, 0).lon") == pytest.approx(
        page.evaluate("skykeep.map.at(0, 0).lon"), abs=1e-3
    )
    assert rows(other) == rows(page)


def rows(page):
    return page.evaluate(
        "() => ({ tracks: [...skykeep.sky.tracks.values()].map((each) => each.row).sort((a, b) => a[0] - b[0]),"
        "about: [...skykeep.sky.about.values()].sort((a, b) => a.id - b.id), alarms: [...skykeep.sky.alarms.values()],"
        "zones: [...skykeep.sky.zones.values()].map((each) => [each.id, each.version, each.state, each.rules]) })"
    )


@pytest.mark.requirement("REPLAY-2")
def test_the_last_moment_has_the_rows_that_the_live_screen_shows(look, replay, past):
    live = look(past).open("?plain").live().page
    live.wait_for_function("() => skykeep.sky.tracks.size === 2")
    page = replay("?plain").page
    go(page, past, pasts.LONG_S)
    assert rows(page) == rows(live)
    page.wait_for_function("() => skykeep.sky.tracks.get(2).tailEnd > 40")  # the minute before it, as it was


@pytest.mark.requirement("CONSOLE-6")
@BOTH
def test_axe_finds_nothing(replay, past, theme, shot):
    page = replay("?plain&track=1", color_scheme=theme).page
    go(page, past, pasts.NOTE_S)
    page.wait_for_selector("#why code")
    assert "No permit covers this flight" in page.inner_text("#why")
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })"
    )
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]] == []
    shot(page, f"replay-track-{theme}")


@pytest.mark.requirement("REPLAY-2")
def test_when_the_station_did_not_run_that_is_said_and_drawn(replay, past):
    page = replay("?plain").page
    go(page, past, pasts.GAP_S[0] + 12)
    assert "The station did not run" in page.inner_text("#gap")
    assert page.locator(".bar .gap").count() == 1
    assert page.evaluate("skykeep.sky.tracks.get(2).standing(skykeep.player.moment)") == "aged"


LAID = "() => skykeep.laid.piece === skykeep.feed.pieceOf(skykeep.player.moment)"


@pytest.mark.requirement("REPLAY-5")
def test_what_lay_around_flights_is_drawn_and_listed_as_it_was(replay, past, shot):
    page = replay("?plain").page
    page.click("#side-flights")
    go(page, past, 60)
    page.wait_for_function(LAID)
    assert page.evaluate("skykeep.things().sites.length") == 0
    go(page, past, pasts.SITE_S)
    page.wait_for_function("() => skykeep.things().sites.length === 1")
    page.evaluate("skykeep.panels()")
    assert "1 of 1 sensors see" in page.inner_text("#coverage")
    assert page.evaluate("skykeep.things().permits.map((each) => [each.holds, each.lines[0]])") == [[True, "Permit P-2231"]]
    go(page, past, pasts.SILENT_S + 5)
    page.wait_for_function("() => skykeep.things().holes.length === 1 && skykeep.under.drawn")
    page.evaluate("skykeep.panels()")
    assert "silent since" in page.inner_text("#coverage")
    page.click("#permits summary")
    page.click("#sites summary")
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })")
    assert [each["id"] for each in found["violations"]] == []
    shot(page, "replay-around")
    go(page, past, pasts.GAP_S[0] - 5)
    page.wait_for_function("() => skykeep.things().permits.length === 0 && skykeep.things().holes.length === 0")
    go(page, past, pasts.GAP_S[1] + 1)
    page.wait_for_function("() => skykeep.coverage.told?.sensors[0].state === 'unknown'")


@pytest.mark.requirement("REPLAY-5")
def test_what_lay_around_and_cannot_be_read_is_not_drawn_from_another_moment(look, past):
    page = look(past, "everybody").page
    page.route("**/console/replay/around?*", lambda route: route.fulfill(status=500, json={"title": "A fault of Skykeep"}))
    page.goto(f"{past.url}/replay?plain")
    page.click("#side-flights")
    page.wait_for_selector("text=The protected sites could not be read.")
    assert page.locator("text=What the sensors see could not be read.").count() == 1
    page.unroute("**/console/replay/around?*")
    page.evaluate("skykeep.laid.begin()")
    page.wait_for_selector("#coverage")
    assert page.locator("text=could not be read").count() == 0


@pytest.mark.requirement("REPLAY-5")
def test_an_operator_of_the_past_is_seen_by_whom_it_was_revealed_to(replay, past):
    page = replay("?plain&track=2").page
    go(page, past, pasts.ALARM_S)
    page.wait_for_selector("#operator")
    assert "to whom it was revealed" in page.inner_text("#operator")
    assert pasts.OPERATOR.split(",")[0] not in page.content()
    told = page.evaluate("fetch('/console/replay/around?from_ms=' + skykeep.player.from + '&until_ms=' + skykeep.player.until).then((answer) => answer.text())")
    assert "operators" in told
    assert "lat_e7" not in told.split('"operators"')[1].split("]")[0]
    done = page.evaluate(
        "fetch('/api/v1/tracks/2/reveal', { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'reveal-of-the-past' },"
        "body: JSON.stringify({ incident_id: 4, reason: 'the patrol asks' }) }).then((answer) => answer.status)"
    )
    assert done == 200
    page.evaluate("skykeep.laid.begin()")
    page.wait_for_selector("#operator :text('self-declared, unverified')")
    assert "34.87000° S, 56.15000° W" in page.inner_text("#operator")
    assert page.evaluate("skykeep.things().operators.length") == 1
    other = replay("?plain&track=2", who="auditor").page
    go(other, past, pasts.ALARM_S)
    other.wait_for_function(LAID)
    assert other.evaluate("skykeep.operators.said.size") == 0
    del past.asks[:]


@pytest.mark.requirement("REPLAY-2")
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?from=2001-01-01T00:00:00Z&until=2001-01-01T01:00:00Z", "The record begins at"),
        ("?from=2001-01-01T00:00:00Z", "The record begins at"),
        ("?from=2199-01-01T00:00:00Z", "has not come yet"),
        ("?at=2001-01-01T00:00:00Z&incident=3", "is not in this time"),
    ],
)
def test_what_cannot_be_had_is_said_in_words(replay, query, said):
    assert said in replay(f"{query}&plain").page.inner_text("#notices")


@pytest.mark.requirement("REPLAY-2")
def test_what_could_not_be_read_is_said_and_tried_again(look, past):
    page = look(past).page
    page.route("**/api/v1/replay?*", lambda route: route.fulfill(status=500, json={"title": "A fault of Skykeep"}))
    page.goto(f"{past.url}/replay?plain&incident=3")
    page.wait_for_selector("#banner:has-text('A fault of Skykeep')")
    assert page.inner_text("#waiting") == "This moment could not be read."
    page.unroute("**/api/v1/replay?*")
    page.click("#banner button")
    page.wait_for_function(READ)
    assert page.locator("#banner").count() == 0


@pytest.mark.requirement("REPLAY-3")
def test_bookmarks_are_kept_named_and_removed(replay, past):
    page = replay().page
    go(page, past, pasts.NOTE_S)
    page.keyboard.press("b")
    page.fill(".markline input", "call the site")
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_function(READ)
    assert page.input_value(".markline input") == "call the site"
    go(page, past, 200)
    page.click("li.marked .at")
    assert page.evaluate(MOMENT) == at(past, pasts.NOTE_S)
    page.click("li.marked .icon")
    page.wait_for_selector("li.marked", state="detached")


@pytest.mark.requirement("REPLAY-3")
def test_a_note_about_a_moment_is_a_star_that_others_find_and_only_who_may_write_can_write_one(look, replay, past, shot):
    page = look(past, "auditor").page
    page.goto(f"{past.url}/i/3")
    page.click(f"a.moment:has-text('Replay of'):near(:text('{pasts.MARKED}'))")
    page.wait_for_function(READ, timeout=PATIENCE_S * 1_000)
    assert page.evaluate(MOMENT) == at(past, pasts.MARK_S)
    page.keyboard.press("b")
    page.wait_for_selector("li.marked")
    assert page.locator(".signs .mark").evaluate_all("all => all.map(each => each.className)") == ["sign mark", "sign mark own"]
    assert f"Note of incident 3: {pasts.MARKED}" in page.get_attribute("#scrubber", "aria-valuetext")
    assert page.locator(".tonote").count() == 0  # an auditor writes nothing
    go(page, past, 200)
    page.click("li.noted .line")
    assert page.evaluate(MOMENT) == at(past, pasts.MARK_S)
    other = replay("?plain&incident=3", who="silva").page
    other.keyboard.press("b")
    other.wait_for_selector(".tonote button:has-text('Note it in incident 3')")
    scripted.no_fault(other)
    shot(other, "replay-marks")
    other.goto(f"{past.url}/replay?plain")
    other.wait_for_function(READ, timeout=PATIENCE_S * 1_000)
    other.keyboard.press("b")
    other.wait_for_selector("li.marked")
    assert other.locator(".tonote").count() == 0  # of no incident: it stays one's own


@pytest.mark.requirement("CONSOLE-7")
def test_who_is_not_signed_in_is_led_back_to_the_very_moment(look, past):
    page = look(past, storage_state=None).page
    page.goto(f"{past.url}/replay?incident=3&plain")
    page.fill("input[name=name]", "auditor")
    page.fill("input[name=password]", scripted.PASSWORD)
    page.click("main button")
    page.wait_for_function(READ, timeout=PATIENCE_S * 1_000)
    assert page.evaluate("skykeep.about.incident") == 3


@pytest.mark.requirement("CONSOLE-7")
def test_who_may_not_see_tracks_sees_no_past(look, past):
    page = look(past, "press").page
    page.goto(f"{past.url}/replay?incident=3")
    assert page.locator("#ground").count() == 0
    assert "Ask an admin for that power" in page.inner_text("body")
    assert (
        page.evaluate("fetch('/console/replay/happened?after_ms=0&until_ms=1').then((answer) => answer.status)") == 403
    )


def test_on_a_phone_there_is_one_thing_after_the_other(replay, past, shot):
    page = replay(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True).page
    go(page, past, pasts.NOTE_S)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    low = "[...document.querySelectorAll('button:not([tabindex]), select, a.btn')].filter((each) => each.offsetParent && each.offsetHeight < 44).map((each) => each.outerHTML)"
    assert page.evaluate(low) == []
    shot(page, "replay-phone")
    crossing = """() => { const [one, other] = [".pasttag", ".zoom"].map((each) => document.querySelector(each).getBoundingClientRect());
        return one.right > other.left && one.bottom > other.top; }"""
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        assert not page.evaluate(crossing), f"the tag hides a button at {width} pixels"
    page.set_viewport_size({"width": 390, "height": 844})
    page.tap("#bookmark")
    page.tap("[data-to=track]")
    page.wait_for_selector("#log li.marked.here .tonote")
    assert page.evaluate(low) == []
    shot(page, "replay-phone-log")
