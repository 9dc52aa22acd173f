"""What an officer does beside acknowledging: steps of a checklist, an emergency zone, a flood of alarms, what is over."""

import time

import pytest

from skykeep.facts.acted import IncidentDeed
from skykeep.facts.personal import Name, NameKind
from skykeep.station import asked, zonedesk
from skykeep.station.config import LawConfig
from tests.console import pressing, scripted
from tests.console.scripted import no_fault
from tests.views.livefacts import alarm, incident, incident_act
from tests.waiting import until

STEP = "Look whether a second sensor sees it"


@pytest.fixture
def seen(look, station):
    return look(station).open("?plain").live()


@pytest.fixture
def page(seen):
    return seen.page


def asks_for(station, action):
    until(lambda: action in [ask.action for ask in station.asks], f"{action} in {[ask.action for ask in station.asks]}")
    return [asked.arguments(ask.action, ask.arguments) for ask in station.asks if ask.action == action]


def noted(station, words, number):
    """Say that somebody noted this, as the station does."""
    name = Name(pseudonym=f"text:step{number}", kind=NameKind.TEXT, value=words)
    anna = Name(pseudonym="person:anna", kind=NameKind.PERSON, value="anna")
    now_ns = time.time_ns()
    act = incident_act(3, IncidentDeed.NOTE, name.pseudonym, now_ns)
    moved = incident(3, alarm_ids=(17,), track_ids=(1,), t_ns=now_ns, opened_ns=now_ns, notes=number)
    station.say(moved, facts=[act], names=[name, anna])


@pytest.mark.requirement("CONSOLE-13")
def test_a_step_is_ticked_by_mouse_and_key_and_everybody_sees_who_did(seen, page, station, shot):
    page.click("[data-alarm='17'] .t")
    page.wait_for_selector(".steps li.now")
    assert page.inner_text(".steps h4") == "Flight that is not permitted"
    assert "0 / 6" in page.inner_text(".steps")
    page.click(f".steps label:has-text('{STEP}')")
    assert asks_for(station, "incident.note")[0].words == f"[x] {STEP}"
    assert page.locator(".steps input:checked").count() == 0  # not before the station says so
    noted(station, f"[x] {STEP}", 1)
    page.wait_for_selector(".steps li.done:has-text('anna')")
    assert "1 / 6" in page.inner_text(".steps")
    page.wait_for_selector(f".log :text('✓ {STEP}')")
    no_fault(page)
    shot(page, "checklist")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Enter")
    until(lambda: len(asks_for(station, "incident.note")) == 2)
    second = asks_for(station, "incident.note")[1].words
    assert second == "[x] Look for a permit or a state flight that explains it"
    noted(station, second, 2)
    page.wait_for_function("() => document.querySelectorAll('.steps li.done').length === 2")
    page.click(f".steps label:has-text('{STEP}')")
    until(lambda: len(asks_for(station, "incident.note")) == 3)
    noted(station, f"[ ] {STEP}", 3)
    page.wait_for_function("() => document.querySelectorAll('.steps li.done').length === 1")
    assert seen.wrong == []


@pytest.mark.requirement("CONSOLE-13")
def test_an_auditor_sees_steps_and_ticks_none(look, station):
    page = look(station, who="auditor").open("?plain").live().page
    page.click("[data-alarm='17'] .t")
    page.wait_for_selector(".steps li")
    assert page.locator(".steps input:not([disabled])").count() == 0
    page.keyboard.press("Enter")
    assert page.locator("#emergency-open").count() == 0
    assert station.asks == []


@pytest.mark.requirement("CONSOLE-14")
def test_an_emergency_zone_is_weighed_before_it_is_law(seen, page, station, shot):
    page.wait_for_function("() => skykeep.map !== null")  # a map that is not there yet takes no click
    page.click("#emergency-open")
    page.wait_for_selector("#emergency-lat")
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2)
    page.wait_for_function("() => document.getElementById('emergency-lat')?.value.startsWith('-34.8')")
    page.fill("#emergency-radius", "800")
    page.fill("#emergency-reason", "Fire at the port")
    page.wait_for_function("() => skykeep.things().draft?.radius === 800_000")
    page.click("#emergency-weigh")
    page.wait_for_selector("#hits")
    weighed = asks_for(station, "zone.emergency")[0]
    assert (weighed.preview, weighed.circle[2], weighed.minutes) == (True, 800_000, 30)
    assert "1 flight is inside" in page.inner_text("#hits")
    no_fault(page)
    shot(page, "emergency")
    page.fill("#emergency-radius", "900")
    page.wait_for_selector("#hits", state="detached")  # what was weighed is not what would be done
    page.keyboard.press("Enter")
    page.wait_for_selector("#emergency-make")
    page.evaluate("skykeep.emergency.at -= 61_000; skykeep.changed()")
    page.wait_for_selector("#hits", state="detached")  # flights have moved since
    page.click("#emergency-weigh")
    page.click("#emergency-make")
    page.wait_for_selector("#emergency-open")
    made = asks_for(station, "zone.emergency")[-1]
    assert (made.preview, made.circle[2]) == (False, 900_000)
    assert seen.wrong == []


@pytest.mark.requirement("CONSOLE-14")
def test_a_polygon_is_drawn_by_clicks_or_typed_and_one_that_is_none_is_not_asked_for(seen, page, station, shot):
    page.wait_for_function("() => skykeep.map !== null && skykeep.fitted")
    page.click("#emergency-open")
    page.check("#emergency [value=polygon]")
    page.fill("#emergency-reason", "Fire at the port")
    pressing.drawn(page, (60, 0), (160, 80))
    page.click("#emergency-weigh")
    page.wait_for_selector("#emergency [role=alert]:has-text('three corners')")
    pressing.drawn(page, (160, 0), (60, 80))
    page.wait_for_selector("#emergency-fault.failed:has-text('crosses itself')")
    page.click("#emergency-weigh")
    assert station.asks == []
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector("#emergency-fault:has-text('2 corners')")
    pressing.drawn(page, (60, 160))
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Enter")
    assert page.evaluate("[skykeep.emergency.ended, skykeep.things().draft.ring.length]") == [True, 3]
    pressing.drawn(page, (220, 90))  # it has all its corners
    page.wait_for_selector("#emergency-fault:has-text('3 corners')")
    page.click("#emergency-weigh")
    page.wait_for_selector("#hits")
    no_fault(page)
    shot(page, "emergency-polygon")
    page.fill("#emergency-corners", "-34.89, -56.17\n-34.88, -56.17\n-34.88, west")
    page.wait_for_selector("#hits", state="detached")
    page.wait_for_selector("#emergency-fault.failed:has-text('“-34.88, west” is no place')")
    page.fill("#emergency-corners", "-34.89, -56.17\n-34.88 -56.17\n-34.88; -56.16")
    page.click("#emergency-weigh")
    page.click("#emergency-make")
    page.wait_for_selector("#emergency-open")
    made = asks_for(station, "zone.emergency")[-1]
    assert (made.preview, made.circle) == (False, None)
    assert made.ring == [(-348_900_000, -561_700_000), (-348_800_000, -561_700_000), (-348_800_000, -561_600_000)]
    assert seen.wrong == []


@pytest.mark.requirement("CONSOLE-14")
def test_a_double_click_ends_a_polygon_and_brings_the_map_no_closer(page):
    page.wait_for_function("() => skykeep.map !== null && skykeep.fitted")
    page.click("#emergency-open")
    page.check("#emergency [value=polygon]")
    pressing.drawn(page, (60, 0), (160, 0))
    box, zoom = page.locator("#map").bounding_box(), page.evaluate("skykeep.map.view().k")
    page.mouse.dblclick(box["x"] + box["width"] / 2 + 160, box["y"] + box["height"] / 2 + 90)
    page.wait_for_function("() => skykeep.emergency.ended")
    assert page.evaluate("skykeep.emergency.corners().length") == 3
    assert page.evaluate("skykeep.map.view().k") == zoom


@pytest.mark.requirement("CONSOLE-14")
def test_an_emergency_zone_counts_down_until_a_second_officer_confirms_it(page, station, shot):
    wanted = asked.ZoneEmergency(
        circle=(scripted.LAT_E7, scripted.LON_E7, 700_000), ring=[], floor=None, ceiling=None, minutes=30, name="Fire",
        preview=False,
    )  # fmt: skip
    now_ns = time.time_ns()
    zone = zonedesk.emergency_zone(
        wanted, LawConfig(), authority="Test", person="anna", reason="Fire at the port", now_ns=now_ns
    )
    station.say(facts=[zone])
    page.wait_for_selector("#emergencies :text('not yet confirmed')")
    page.wait_for_selector("#emergencies :text('Fire')")
    assert "lapses in 29:" in page.inner_text("#emergencies")
    shot(page, "emergency-held")
    page.click("#emergencies button:has-text('Confirm')")
    page.fill("#emergencies input", "2")
    page.click("#emergencies form button.pri")
    assert asks_for(station, "zone.confirm")[0].until_ns > now_ns + 7_000 * 10**9
    station.say(facts=[zonedesk.confirmed(zone, person="silva", until_ns=now_ns + 7_200 * 10**9, now_ns=now_ns + 1)])
    page.wait_for_selector("#emergencies :text('confirmed by a second officer')")
    page.click("#emergencies button:has-text('Lift')")
    page.fill("#emergencies form input", "the fire is out")
    page.click("#emergencies form button.pri")
    asks_for(station, "zone.lift")
    assert next(ask.reason for ask in station.asks if ask.action == "zone.lift") == "the fire is out"


@pytest.mark.requirement("CONSOLE-15")
def test_what_is_over_is_kept_within_bounds_and_says_that_there_was_more(page):
    page.evaluate(
        "() => { const now = Date.now(); for (let n = 1; n <= 600; n++)"
        " skykeep.cleared.heard({ id: 10_000 + n, t: now + n, state: 'normal', track: null, reason: 'not_permitted', by: null });"
        " skykeep.changed(); }"
    )
    page.wait_for_selector("#cleared summary:has-text('500+')")
    assert page.evaluate("Math.min(...skykeep.cleared.over.keys())") > 10_000 + 99
    page.click("#cleared summary")
    assert page.inner_text("#cleared li .num").endswith(" UTC")


@pytest.mark.requirement("CONSOLE-15")
def test_a_flood_is_grouped_by_zone_and_what_is_over_stays_in_sight(seen, page, station, shot):
    now_ns = time.time_ns()
    station.say(*[alarm(number, 1 + number % 3, "unacknowledged", t_ns=now_ns) for number in range(100, 112)])
    page.wait_for_selector("#flood")
    assert page.locator("details.group").count() == 1
    assert "Legislative Palace" in page.inner_text("details.group summary")
    page.keyboard.press("j")
    page.wait_for_selector("details.group[open] .al.sel")
    no_fault(page)
    shot(page, "flood")
    later_ns = time.time_ns()
    station.say(*[alarm(number, 1 + number % 3, "normal", t_ns=later_ns) for number in range(100, 112)])
    page.wait_for_selector("#flood", state="detached")
    page.wait_for_function("() => skykeep.cleared.over.size === 12")
    page.wait_for_selector("#cleared summary:has-text('12')")
    page.click("#cleared summary")
    shot(page, "cleared")
    assert "Legislative Palace" in page.inner_text("#cleared li")
    assert seen.wrong == []
