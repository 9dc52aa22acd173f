"""The live screen: what it shows to whom, what each act becomes, by mouse and by keyboard, with and without WebGL."""

import json
import time

import pytest
from msgspec.structs import replace

from skykeep.facts.concluded import TrackLost, Verdict
from skykeep.facts.personal import Name, NameKind
from skykeep.station import asked
from tests.console import scripted
from tests.console.scripted import AXE, LAT_E7, flights
from tests.views.livefacts import alarm, identified, incident, verdict
from tests.waiting import until

SETTLED = """() => { const { fitted, map, painter } = skykeep;
  if (!fitted || painter.drawn.length !== 3) return false;
  const { k, ox } = map.view();
  return painter.drawn.every((each) => Math.abs(each.track.x * k + ox - each.x) < 1); }"""
"""The map has fitted itself to zones and flights, which moves it, and they were drawn since."""
BOTH = pytest.mark.parametrize("theme", ["dark", "light"])


@pytest.fixture
def seen(look, station):
    return look(station).open("?plain").live()


@pytest.fixture
def page(seen):
    return seen.page


def until_said(station, action):
    until(lambda: action in [ask.action for ask in station.asks])
    return next(ask for ask in station.asks if ask.action == action)


@pytest.mark.requirement("CONSOLE-5")
@BOTH
def test_the_map_shows_streets_zones_and_flights_and_asks_nobody_else(look, station, theme, shot):
    seen = look(station, color_scheme=theme).open().live()
    page = seen.page
    page.wait_for_function(
        "() => skykeep.map && skykeep.map.map.areTilesLoaded() && skykeep.painter.drawn.length === 3"
    )
    assert page.evaluate("skykeep.map.plain") is False
    for layer in ("city-minor", "zone-edge-ban", "zone-pattern-ban"):
        page.wait_for_function(f"() => skykeep.map.map.queryRenderedFeatures({{ layers: ['{layer}'] }}).length > 0")
    assert page.evaluate("document.fonts.check('14px Inter')")
    assert "OpenStreetMap" in page.inner_text("#ground")
    shot(page, f"live-{theme}")
    assert seen.wrong == []
    assert seen.foreign == []
    assert [url for url in seen.asked if url.endswith("/map/city")]


@pytest.mark.requirement("CONSOLE-6")
@BOTH
@pytest.mark.parametrize("detail", ["table", "detail"])
def test_axe_finds_nothing(look, station, theme, detail):
    page = look(station, color_scheme=theme).open("?plain").live().page
    if detail == "detail":
        page.click("[data-alarm='17'] .t")
        page.wait_for_selector("#why code")
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })"
    )
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]] == []


@pytest.mark.requirement("CONSOLE-6")
def test_a_new_alarm_is_said_once_and_positions_never(page):
    assert "New alarm, priority 1" in page.inner_text("#alarm-live")
    assert page.get_attribute("#alarm-live", "role") == "alert"
    assert (
        page.locator("#tracks").evaluate("(rows) => rows.closest('[aria-live], [role=alert], [role=status]')") is None
    )


@pytest.mark.requirement("CONSOLE-4")
def test_the_table_has_what_the_map_has_and_one_selection(page):
    page.wait_for_function("() => document.querySelectorAll('#tracks tr').length === 3")  # the table follows the map
    page.keyboard.press("t")
    assert page.evaluate("document.activeElement.className") == "scroll"
    page.keyboard.press("n")
    page.wait_for_selector("h2.name")
    first = page.evaluate("skykeep.ui.selected")
    page.wait_for_function(f"() => skykeep.painter.drawn.at(-1)?.track.id === {first}")
    page.keyboard.press("n")
    assert page.evaluate("skykeep.ui.selected") != first
    page.keyboard.press("Escape")
    page.wait_for_selector("#tracks tr")


@pytest.mark.requirement("CONSOLE-4")
def test_a_flight_is_picked_on_the_map(page):
    page.wait_for_function(SETTLED)
    x, y, wanted = page.evaluate(
        "(() => { const { x, y, track } = skykeep.painter.drawn[0]; return [x, y, track.id] })()"
    )
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.wait_for_selector("h2.name")
    assert page.evaluate("skykeep.ui.selected") == wanted


@pytest.mark.requirement("CONSOLE-4")
def test_find_and_filters_leave_what_is_wanted(page):
    page.keyboard.press("/")
    page.keyboard.type("#3")
    page.wait_for_function("() => document.querySelectorAll('#tracks tr').length === 1")
    page.keyboard.press("Escape")
    page.fill("#search", "")
    page.click("#legend button:has(#n-unpermit)")
    page.wait_for_function("() => document.querySelectorAll('#tracks tr').length === 2")
    assert page.get_attribute("#legend button:has(#n-unpermit)", "aria-pressed") == "false"
    page.wait_for_function("() => skykeep.painter.drawn.length === 2")


def test_a_flight_says_why_by_which_clause_and_how_old_it_is(page):
    page.click("[data-alarm='17'] .t")
    page.wait_for_selector("#why code")
    assert "No permit covers this flight" in page.inner_text("#why")
    assert page.inner_text("#why code") == "no_permit"
    known = page.inner_text("#known")
    for words in ("Last update", "Speed, course", "Place", "Identity"):
        assert words in known


@pytest.mark.requirement("CONSOLE-19")
def test_a_margin_is_told_with_the_time_at_which_it_was_so(page, station):
    """It is not told again while the verdict stands: a flight that goes on would have a margin of long ago."""
    page.click("[data-alarm='17'] .t")
    page.wait_for_selector("#margins")
    judged = page.evaluate("new Date(skykeep.sky.about.get(1).judged).toISOString().slice(11, 19)")
    station.say(flights(1, lat_e7=LAT_E7 + 30_000))
    page.wait_for_function(f"() => skykeep.sky.tracks.get(1).row[2] === {LAT_E7 + 30_000}")
    assert page.inner_text("#margins") == f"12 m inside the border {judged} UTC"
    assert page.locator("dt:has(+ #margins)").inner_text() == "When judged"
    page.evaluate(
        "() => { Object.assign(skykeep.sky.about.get(1), { margin: -3000, marginHeight: -40000 }); skykeep.changed(); }"
    )
    page.wait_for_selector("#margins:has-text('3 m outside the border · 40 m outside the heights')")


@pytest.mark.requirement("CONSOLE-19")
def test_an_alarm_that_nobody_saw_keeps_who_and_where_after_its_flight_is_gone(seen, page, station, shot):
    who = Name("uas:41", NameKind.UAS_ID, "1596F0123456789")
    raised_ns = time.time_ns()
    station.say(
        flights(41, lat_e7=LAT_E7 + 40_000), identified(41), verdict(41, Verdict.NOT_PERMITTED, "PALACE"),
        alarm(91, 41, "unacknowledged", t_ns=raised_ns), names=[who],
    )  # fmt: skip
    page.wait_for_selector("[data-alarm='91'] .t:has-text('1596…89')")
    over = alarm(91, 41, "returned_unacknowledged", t_ns=raised_ns)
    station.say(TrackLost(track_id=41, t_ns=raised_ns, last_heard_ns=raised_ns), over)
    page.wait_for_function("() => !skykeep.sky.tracks.has(41)")
    for opened_anew in False, True:
        if opened_anew:
            seen.open("?plain").live()
        card = page.locator("[data-alarm='91']")
        card.locator(".place:has-text('last seen')").wait_for()
        last = page.evaluate("new Date(skykeep.sky.left.get(41).t).toISOString().slice(11, 19)")
        assert card.locator(".place").get_attribute("title") == f"Legislative Palace · last seen {last} UTC"
        assert "1596…89" in card.locator(".t").inner_text()
        row = page.locator("tr[data-track='41']")
        assert "lost" in row.inner_text()
        assert "ghost" in row.get_attribute("class")
        card.locator(".t").click()
        page.wait_for_selector("#known:has-text('Last place')")
        assert last in page.inner_text("#age")
        assert page.locator("#flight-panel .hd .ic").first.get_attribute("class") == "ic unpermit"
        assert page.locator("#flight-panel button:has-text('Follow')").count() == 0
        assert page.evaluate("skykeep.painter.drawn.every((each) => each.track.id !== 41)")
        shot(page, "unseen")
    scripted.no_fault(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("tr[data-track='41']")
    station.say(alarm(91, 41, "normal", t_ns=time.time_ns()))
    page.wait_for_selector("[data-alarm='91']", state="detached")
    page.wait_for_selector("tr[data-track='41']", state="detached")


@pytest.mark.requirement("CONSOLE-3")
def test_alarms_of_one_incident_stand_together_and_are_answered_one_by_one(page, station, shot):
    now_ns = time.time_ns()
    other, near = alarm(94, 3, "unacknowledged", t_ns=now_ns), alarm(95, 1, "unacknowledged", t_ns=now_ns + 10**9)
    case = incident(3, alarm_ids=(17, 95), track_ids=(1,), t_ns=now_ns)
    station.say(other, replace(near, reason="site_approach"), case)
    page.wait_for_selector("[data-alarm='17'].heads + [data-alarm='95'].also + [data-alarm='94']:not(.also)")
    assert page.inner_text("[data-alarm='17'] .case") == "Incident 3 · 2 alarms"
    shot(page, "together")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.wait_for_selector("[data-alarm='95'].sel")
    page.keyboard.press("a")
    assert until_said(station, "alarm.ack").subject == "alarm:95"
    station.say(*[replace(each, state="normal", t_ns=time.time_ns()) for each in (other, near)])
    page.wait_for_selector("[data-alarm='17']:not(.heads)")
    assert [ask.subject for ask in station.asks] == ["alarm:95"]


@pytest.mark.requirement("CONSOLE-3")
def test_whoever_answers_alarms_takes_the_incident_by_a_deed_of_its_own(page, station):
    page.click("[data-alarm='17'] .t")
    page.wait_for_selector(".incident:has-text('nobody holds it')")
    page.click(".incident button:has-text('Take it')")
    ask = until_said(station, "incident.hand_over")
    assert asked.arguments(ask.action, ask.arguments).to_person == "everybody"
    station.say(incident(3, alarm_ids=(17,), track_ids=(1,), t_ns=time.time_ns(), holder="person:silva"))  # a name erased
    page.wait_for_selector(".incident button:has-text('Take it')", state="detached")
    station.say(incident(3, alarm_ids=(17,), track_ids=(1,), t_ns=time.time_ns(), holder=None))
    page.wait_for_selector(".incident button:has-text('Take it')")


@pytest.mark.requirement("CONSOLE-3")
def test_an_acknowledgement_is_one_act_and_the_card_waits_for_the_stream(page, station, seen):
    page.keyboard.press("a")
    page.keyboard.press("a")
    ask = until_said(station, "alarm.ack")
    assert ask.subject == "alarm:17"
    page.wait_for_selector("[data-alarm='17'] :text('Sending')")
    assert page.inner_text("#new") == "1 new"
    station.say(alarm(17, 1, "acknowledged", t_ns=time.time_ns()))
    page.wait_for_selector("[data-alarm='17'].ack")
    assert [each.action for each in station.asks] == ["alarm.ack"]
    assert page.inner_text("#new") == "none new"
    station.say(alarm(17, 1, "unacknowledged", t_ns=time.time_ns()))
    page.wait_for_selector("[data-alarm='17'].new")
    assert seen.wrong == []


@pytest.mark.requirement("CONSOLE-3")
def test_what_is_refused_stays_with_its_reason_and_can_be_tried_again(page, station):
    station.problem = "the alarm has moved"
    page.click("[data-alarm='17'] button.ack")
    page.wait_for_selector(".failed:has-text('the alarm has moved')")
    station.problem = ""
    page.click(".failed button:has-text('Retry')")
    page.wait_for_selector("[data-alarm='17'] :text('Sending')")
    assert page.locator(".failed").count() == 0
    page.wait_for_selector("[data-alarm='17'] button.ack")


@pytest.mark.requirement("CONSOLE-3")
def test_what_was_refused_is_asked_anew_by_a_page_that_knows_nothing_of_it(page, station):
    station.problem = "the alarm has moved"
    page.click("[data-alarm='17'] button.ack")
    page.wait_for_selector(".failed:has-text('the alarm has moved')")
    station.problem = ""
    page.reload()
    page.wait_for_selector("#pill.live")
    page.click("[data-alarm='17'] button.ack")
    page.wait_for_selector("[data-alarm='17'] :text('Sending')")
    until(lambda: len(station.asks) == 2)


@pytest.mark.requirement("CONSOLE-3")
def test_priority_one_is_not_shelved_and_another_asks_for_reason_and_time(page, station):
    assert page.locator("[data-alarm='17'] button:has-text('Shelve')").count() == 0
    now_ns = time.time_ns()
    station.say(replace(alarm(18, 2, "unacknowledged", t_ns=now_ns), priority=2))
    page.click("[data-alarm='18'] .t")
    page.click("[data-alarm='18'] button:has-text('Shelve')")
    page.fill("form.ask input[name=reason]", "the crane carries a beacon")
    half = page.locator("form.ask input[value='30']")
    until(lambda: half.is_checked() or half.click(), "half an hour")  # what lies above may move it while it is clicked
    page.click("form.ask button.pri")
    ask = until_said(station, "alarm.shelve")
    assert (ask.subject, ask.reason) == ("alarm:18", "the crane carries a beacon")
    station.say(replace(alarm(18, 2, "normal", t_ns=now_ns + 1), priority=2))
    page.wait_for_selector("[data-alarm='18']", state="detached")


@pytest.mark.requirement("CONSOLE-3")
def test_what_comes_back_from_the_shelf_says_when_it_was_refused(page, station):
    now_ns = time.time_ns()
    station.say(replace(alarm(19, 2, "shelved", t_ns=now_ns), priority=2))
    station.problem = "the alarm has moved"
    page.click("li.shelf button:has-text('Bring back')")
    page.wait_for_selector("li.shelf .failed:has-text('the alarm has moved')")
    station.problem = ""
    page.click("li.shelf .failed button:has-text('Retry')")
    until(lambda: [ask.action for ask in station.asks] == ["alarm.unshelve"] * 2)
    station.say(replace(alarm(19, 2, "normal", t_ns=now_ns + 1), priority=2))
    page.wait_for_selector("li.shelf button", state="detached")


@pytest.mark.requirement("CONSOLE-1")
def test_where_a_flight_will_be_is_not_foretold_from_what_is_old(page, station):
    scripted.fly(station)  # what has not been seen for long is old itself
    page.click("[data-alarm='17'] .t")
    page.wait_for_function("""() => {
      Object.assign(skykeep.sky.about.get(1), { entryZone: 'PALACE', entry: skykeep.freshness.serverNow() + 90_000 });
      skykeep.changed();
      return document.querySelector("#known")?.textContent.includes("Will enter");
    }""")  # again and again: a frame may tell anew what is known
    page.evaluate("skykeep.freshness.behind = () => 9_000; skykeep.check()")
    page.wait_for_selector("#known :text('Will enter')", state="detached")
    assert page.evaluate("skykeep.sky.about.get(1).entryZone") == "PALACE"  # it is known still, and not said


@pytest.mark.requirement("CONSOLE-3")
@pytest.mark.parametrize(
    ("button", "words", "action"),
    [
        ("Hand over", "silva", "incident.hand_over"),
        ("Escalate", "it comes back", "incident.escalate"),
        ("Close incident", "the pilot landed", "incident.close"),
    ],
)
def test_an_incident_is_worked_on_beside_the_map(page, station, button, words, action):
    page.click("[data-alarm='17'] .t")
    page.click(f".incident button:has-text('{button}')")
    page.fill(".incident form.ask input", words)
    page.click(".incident form.ask button.pri")
    ask = until_said(station, action)
    assert ask.subject == "incident:3"
    said = ask.reason or asked.arguments(ask.action, ask.arguments).to_person
    assert said == words
    station.say(incident(3, alarm_ids=(17,), track_ids=(1,), t_ns=time.time_ns()))
    page.wait_for_selector(f".incident button:has-text('{button}')")


@pytest.mark.requirement("CONSOLE-3")
def test_a_note_goes_to_the_log(page, station):
    page.click("[data-alarm='17'] .t")
    page.fill(".note input", "patrol 12 is on its way")
    page.keyboard.press("Enter")
    ask = until_said(station, "incident.note")
    assert asked.arguments(ask.action, ask.arguments).words == "patrol 12 is on its way"


@pytest.mark.requirement("CONSOLE-7")
def test_an_auditor_sees_and_may_not(look, station):
    page = look(station, who="auditor").open("?plain").live().page
    page.click("[data-alarm='17'] .t")
    page.wait_for_selector("#why code")
    assert page.locator(".act button, .note, .incident .rowed button").count() == 0
    page.keyboard.press("a")
    page.keyboard.press("e")
    assert page.locator("form.ask").count() == 0
    assert station.asks == []


@pytest.mark.requirement("CONSOLE-7")
def test_nobody_is_led_to_the_entrance(look, station):
    page = look(station, storage_state=None).open().page
    assert "/sign-in?target=/live" in page.url


@pytest.mark.requirement("CONSOLE-8")
def test_without_webgl_there_is_a_grid_that_says_so(seen, page, shot):
    page.wait_for_selector("#nogl")
    page.wait_for_function("() => skykeep.fitted && skykeep.painter.drawn.length === 3 && skykeep.map.zones.length === 1")
    before = page.evaluate("skykeep.map.zoom")
    page.click("#in")
    assert page.evaluate("skykeep.map.zoom") == before + 1
    page.click("#fit")
    shot(page, "live-plain")
    assert seen.wrong == []


def test_single_keys_can_be_turned_off_and_are_no_keys_in_fields(page, station):
    page.fill("#search", "")
    page.focus("#search")
    page.keyboard.type("a")
    assert station.asks == []
    page.fill("#search", "")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.uncheck("#keys input[type=checkbox]")
    page.click("#keys button.pri")
    page.keyboard.press("a")
    page.keyboard.press("t")
    assert page.evaluate("document.activeElement.className") != "scroll"
    assert station.asks == []


def test_a_shift_begins_with_a_tone_and_mute_says_how_long(page):
    page.click("#shift")
    page.wait_for_selector("#sound, #shift.warn")
    assert page.evaluate("skykeep.sound.played") >= 1
    page.keyboard.press("m")
    assert 0 < page.evaluate("skykeep.sound.mutedFor()") <= 60_000


@pytest.mark.requirement("CONSOLE-4")
def test_a_flight_by_itself_has_its_name_beside_it_wherever_it_is(page):
    page.wait_for_function("() => skykeep.painter.drawn.length === 3")
    unnamed = page.evaluate(
        "() => { const { painter } = skykeep, track = skykeep.sky.tracks.get(2), now = track.t, view = { width: 900, height: 700, k: 1, ox: 0, oy: 0 };"
        "const terms = { now, ageMs: 0, state: 'live', selected: null, hovered: null, hidden: new Set(), presences: [] }, { stamp } = painter;"
        "let stamped = 0; painter.stamp = () => { stamped += 1; }; const unnamed = [];"
        "for (let n = 0; n < 240; n++) { stamped = 0; painter.labels([{ x: 100 + n / 10, y: 100 + n / 7, track }], view, terms);"
        " if (stamped < 3) unnamed.push(100 + n / 10); } painter.stamp = stamp; return unnamed; }"
    )
    assert unnamed == []


def test_a_track_whose_sensor_fell_silent_is_old_on_a_live_screen(page):
    moment = page.evaluate("skykeep.sky.tracks.get(3).t")
    told = page.evaluate(f"[1000, 4000, 40000, 130000].map((ms) => skykeep.sky.tracks.get(3).standing({moment} + ms))")
    assert told == ["fresh", "aged", "ghost", "lost"]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1024, 768)])
def test_smaller_screens_show_one_thing_after_the_other(look, station, width, height, shot):
    mobile = {"is_mobile": True, "has_touch": True} if width < 700 else {}
    page = look(station, viewport={"width": width, "height": height}, **mobile).open("?plain").live().page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if mobile:
        page.wait_for_selector("[data-to=alarms] .badge:visible")  # what is new is told before anybody looks
        assert page.inner_text("[data-to=alarms] .badge") == page.text_content("#new")
        page.tap("[data-to=alarms]")
        page.wait_for_selector("[data-alarm='17']")
        shot(page, "phone-alarms")
        low = page.evaluate(
            "[...document.querySelectorAll('button')].filter((each) => each.offsetParent && each.offsetHeight < 44).map((each) => each.outerHTML)"
        )
        assert low == []
        page.tap("[data-to=track]")
        page.wait_for_selector("#tracks tr")
        page.tap(".narrow [popovertarget=screens]")
        shown = page.locator("#screens a:visible").evaluate_all("all => all.map((each) => each.getAttribute('href'))")
        assert "/replay" in shown, "the other screens can be reached from a phone"
        assert shown == page.locator(".tabs a").evaluate_all("all => all.map((each) => each.getAttribute('href'))")
        page.keyboard.press("Escape")
    else:
        page.click("[data-alarm='17'] .t")
        page.wait_for_selector("h2.name")
    shot(page, f"narrow-{width}")


def test_what_the_server_says_once_is_all_in_the_page(page):
    told = json.loads(page.evaluate("JSON.stringify(skykeep.told)"))
    assert told["phone"] == "ext. 4400"
    assert set(told["kinds"].values()) <= set(told["gravity"]) == set(told["shapes"])


@pytest.mark.requirement("CONSOLE-3")
def test_a_key_held_down_or_meant_for_an_alarm_that_is_over_does_nothing(page, station):
    page.evaluate("skykeep.ui.alarm = 999")  # it was picked, and is over
    page.keyboard.press("a")
    page.evaluate("skykeep.ui.alarm = null")
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', repeat: true, bubbles: true }))")
    assert station.asks == []
    page.keyboard.press("a")
    assert until_said(station, "alarm.ack").subject == "alarm:17"
    assert len(station.asks) == 1


def test_a_graver_alarm_does_not_wait_for_the_tone_of_a_lesser_one(page):
    assert page.evaluate(
        "() => { const { sound } = skykeep; Object.assign(sound, { started: true, blocked: () => false, played: 0 });"
        "sound.beep = () => { sound.played += 1; }; sound.sound(null);"
        "for (const priority of [3, 3, 1, 1, 2]) sound.sound(priority); return sound.played; }"
    ) == 2


@pytest.mark.requirement("CONSOLE-5")
def test_zones_that_cannot_be_read_are_said_to_lack_and_asked_for_again(look, station):
    seen = look(station)
    seen.page.route("**/zones.geojson", lambda route: route.fulfill(status=429, json={"title": "Too many"}))
    page = seen.open("?plain").live().page
    page.wait_for_selector("#banner:has-text('ZONES COULD NOT BE READ')")
    page.unroute("**/zones.geojson")
    page.wait_for_selector("#banner", state="detached")
    assert page.evaluate("skykeep.zones.features.length") > 0


@pytest.mark.requirement("CONSOLE-3")
def test_one_alarm_offers_all_that_can_be_done_and_each_other_one_sign(page, station):
    """The one on which single keys fall: a column of buttons would hide what there is to read."""
    station.say(replace(alarm(18, 3, "unacknowledged", t_ns=time.time_ns()), priority=2))
    other = page.locator("[data-alarm='18']")
    other.locator("button.ack").wait_for()
    lead = page.locator(".al.lead")
    assert lead.get_attribute("data-alarm") == "17"
    assert "Acknowledge" in lead.locator("button.ack").inner_text()
    assert [each.get_attribute("aria-label") for each in other.locator("button:not(.t)").all()] == ["Acknowledge"]
    other.locator(".t").press("Enter")
    page.wait_for_selector("[data-alarm='18'].lead button:has-text('Shelve')")
    assert page.locator(".al.lead").count() == 1
    page.click("[data-alarm='17'] button.ack")
    assert until_said(station, "alarm.ack").subject == "alarm:17"


@pytest.mark.requirement("CONSOLE-6")
@pytest.mark.parametrize("lang", ["en", "es"])
def test_no_tab_is_cut_and_those_without_room_are_in_a_menu(look, station, lang):
    page = look(station, viewport={"width": 960, "height": 800}, locale=lang).open("?plain").live().page
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_selector("#more-tabs")
    assert page.locator(".tabs").evaluate("row => row.scrollWidth <= row.clientWidth")
    every = page.locator(".tabs a").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    assert page.locator(".tabs a:visible").count() < len(every)
    assert page.locator(".tabs a[aria-current]").is_visible()
    page.click("#more-tabs")
    shown = page.locator("#screens a:visible").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    assert shown == every
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 2400, "height": 800})
    page.wait_for_selector("#more-tabs", state="hidden")
    assert page.locator(".tabs a:visible").count() == len(every)


@pytest.mark.requirement("CONSOLE-3")
def test_who_is_signed_out_is_told_to_sign_in_and_nothing_of_powers(page):
    page.route("**/ack", lambda route: route.fulfill(status=401, json={"detail": "alarm.ack needs the power of anna"}))
    page.click("[data-alarm='17'] button.ack")
    page.wait_for_selector(".failed:has-text('You are signed out, and nothing was done')")
    assert page.get_attribute(".failed a", "href") == "/sign-in?target=/live"
    assert "needs the power" not in page.inner_text("body")
    page.unroute("**/ack")
    page.click(".failed button:has-text('Retry')")
    page.wait_for_selector("[data-alarm='17'] :text('Sending')")
