"""What lies around flights: operators for whom it was revealed, sites and margins, coverage and its holes."""

import re

import pytest

from skykeep.station import asked
from tests.console import around
from tests.console.scripted import no_fault
from tests.waiting import until


@pytest.fixture(scope="module")
def told(standing):
    around.all_around(standing)
    around.operator(standing)
    return standing


@pytest.fixture
def seen(look, station, told):
    return look(station).open("?plain").live()


@pytest.fixture
def page(seen):
    return seen.page


@pytest.mark.requirement("CONSOLE-10")
def test_an_operator_is_hidden_until_a_reason_stands_in_the_record(seen, page, station, shot):
    assert page.evaluate("skykeep.operators.said.size") == 0
    page.click("[data-alarm='17'] .t")
    page.wait_for_selector("#operator button")
    assert around.OPERATOR.split(",")[0][:6] not in page.inner_text("#flight-panel")
    assert around.SERIAL not in page.content()
    page.click("#operator button")
    page.fill("#operator form input", "the patrol asks where to look")
    page.click("#operator form button.pri")
    page.wait_for_selector("#operator :text('self-declared, unverified')")
    ask = next(ask for ask in station.asks if ask.action == "identity.reveal")
    assert (ask.subject, ask.reason) == ("track:1", "the patrol asks where to look")
    assert asked.arguments(ask.action, ask.arguments).incident_id == 3
    assert "34.89900° S, 56.15000° W" in page.inner_text("#operator")
    assert "SE of the drone" in page.inner_text("#operator")
    assert page.evaluate("skykeep.things().operators.length") == 1
    page.wait_for_selector(f"#known :text('{around.SERIAL}')")
    no_fault(page)
    shot(page, "operator")
    page.keyboard.press("Escape")
    page.wait_for_selector("#tracks :text('operator')")
    assert seen.wrong == []


@pytest.mark.requirement("CONSOLE-10")
def test_site_security_never_learns_where_an_operator_is(look, station, told):
    page = look(station, who="guard").open("?plain").live().page
    page.click("[data-alarm='17'] .t")
    page.wait_for_selector("#why code")
    assert page.locator("#operator").count() == 0
    assert page.evaluate("fetch('/console/operators').then((answer) => answer.json())") == []
    assert page.evaluate("fetch('/console/tracks/1').then((answer) => answer.json())")["operator"] == "none"
    assert page.locator("#cover, #coverage").count() == 0
    assert page.evaluate("fetch('/console/coverage').then((answer) => answer.status)") == 403


@pytest.mark.requirement("CONSOLE-11")
def test_a_silent_sensor_is_a_hole_with_words(page, station, shot):
    page.wait_for_selector("#coverage :text('silent since')")
    assert page.evaluate("skykeep.things().holes.map((each) => each.lines[1])") == ["radar-east silent"]
    assert page.evaluate("skykeep.things().holes[0].lines[0]").startswith("Not seen here since ")
    assert page.evaluate("skykeep.things().seen.length") == 0
    page.click("#cover")
    page.wait_for_function("() => skykeep.things().seen.length === 1 && skykeep.things().outlines.length === 2")
    no_fault(page)
    shot(page, "coverage")
    station.say(facts=[around.silent("radar-east", well=True)])
    page.wait_for_function("() => skykeep.things().holes.length === 0")
    page.wait_for_selector("#coverage :text('2 of 2 sensors see')")
    station.say(facts=[around.silent("radar-east")])
    page.wait_for_function("() => skykeep.things().holes.length === 1")
    page.click("#cover")


@pytest.mark.requirement("CONSOLE-18")
def test_where_permits_allow_flight_is_drawn_and_listed(page, look, station):
    page.wait_for_selector("#permitted")
    held = page.evaluate("skykeep.things().permits.map((each) => [each.holds, each.lines[0], each.rings[0].length > 3])")
    assert held == [[True, "Permit P-now", True], [False, "Permit P-soon", True]]
    assert re.search(r" in (1 h 0 m|[45]\d min)$", page.evaluate("skykeep.things().permits[1].lines[1]"))
    page.click("#permits summary")
    assert "P-now" in page.inner_text("#permits")
    no_fault(page)
    page.click("#permitted")
    assert page.evaluate("skykeep.things().permits") == []
    page.click("#permitted")
    guard = look(station, who="guard").open("?plain").live().page
    assert guard.locator("#permitted, #permits").count() == 0
    assert guard.evaluate("fetch('/console/permits').then((answer) => answer.status)") == 403


@pytest.mark.requirement("CONSOLE-12")
def test_a_protected_site_has_a_margin_and_a_time(page, station):
    page.click("#sites summary")
    assert "City hospital" in page.inner_text("#sites")
    page.click("[data-alarm='17'] .t")
    page.wait_for_selector("#known :text('City hospital')")
    assert "away" in page.inner_text("#known")
    times = page.evaluate(
        """() => import('/static/console/sites.js').then(({ margin }) => {
            const row = [...Array(19)].map(() => 0), site = { lat_e7: 90_000, lon_e7: 0, radius_mm: 200_000 };
            const of = (course) => margin({ row, course, speed: 10 }, site);
            return [of(0).edge, of(0).seconds, of(Math.PI).seconds, of(Math.PI / 4).seconds];
        })"""
    )
    assert times == [pytest.approx(800.8, abs=1), pytest.approx(80.1, abs=0.2), None, None]
    said = page.evaluate(
        """() => import('/static/console/sites.js').then(({ siteRows }) => {
            const near = () => [{ site: { name: 'Hospital' }, edge: 800, seconds: 80 }];
            return [false, true].map((old) => JSON.stringify(siteRows({ sites: { near } }, {}, old)));
        })"""
    )
    assert ["as it flies now" in each for each in said] == [True, False], "of an old position no time is foretold"
    assert all("Hospital" in each for each in said)


def test_the_map_shows_all_of_it(look, station, told, shot):
    seen = look(station).open().live()
    seen.page.wait_for_function("() => skykeep.map && skykeep.map.map.areTilesLoaded() && skykeep.under.drawn")
    until(lambda: seen.page.evaluate("skykeep.things().sites.length") == 1)
    shot(seen.page, "around")
    assert seen.wrong == []
    assert seen.foreign == []
