"""Answers that come in another order than they were asked for: what is shown is the newest that came, and never an older one."""

import json

import pytest

TURNS = """async (came) => {
  const { Turns } = await import("/static/console/turns.js"), turns = new Turns();
  const asked = Array.from({ length: 4 }, () => turns.ask());
  return came.map((place) => asked[place]());
}"""
SENT = """() => import("/static/console/acts.js").then(async ({ Acts }) => {
  const ends = [], wait = globalThis.setTimeout, ask = globalThis.fetch;
  globalThis.setTimeout = (call, ms) => void ends.push(call);
  globalThis.fetch = async () => new Response("{}");
  try {
    const acts = new Acts(() => {}, () => {}), send = () => acts.send("incident 3", "/incidents/3/note", null, { done: "" });
    const told = [];
    await send();
    acts.settled("incident 3");
    await send();
    ends[0]();
    told.push(acts.of("incident 3")?.state ?? "over");
    ends[1]();
    told.push(acts.of("incident 3")?.state ?? "over");
    return told;
  } finally {
    globalThis.setTimeout = wait;
    globalThis.fetch = ask;
  }
})"""

SHOWN = """() => import("/static/console/acts.js").then(async ({ Acts }) => {
  const ask = globalThis.fetch;
  let answer = () => {};
  globalThis.fetch = () => new Promise((done) => { answer = () => done(new Response("{}")); });
  try {
    const acts = new Acts(() => {}, () => {}), told = [];
    const sent = acts.send("incident 3", "/incidents/3/note", null, { done: "" });
    acts.settled("incident 3");
    told.push(acts.of("incident 3")?.state ?? "over");
    answer();
    await sent;
    told.push(acts.of("incident 3")?.state ?? "over");
    return told;
  } finally {
    globalThis.fetch = ask;
  }
})"""


@pytest.fixture(name="page")
def _page(look, station):
    page = look(station).open("?plain").live().page
    page.wait_for_function("() => skykeep.zones.features.length === 1")
    return page


def overtaken(page, where, question, older):
    """Ask twice, and let the answer to the first, which is `older`, come after the other."""
    held = []

    def answer(route):
        if held:
            route.fallback()
        else:
            held.append(route)

    page.route(where, answer)
    page.evaluate(f"globalThis.first = {question}; globalThis.second = {question}; 0")
    page.evaluate("second")
    held[0].fulfill(json=older)
    page.evaluate("first")
    page.unroute(where)


@pytest.mark.requirement("CONSOLE-5")
def test_zones_of_before_do_not_come_back(page):
    overtaken(page, "**/zones.geojson", "skykeep.reading.readZones()", {"type": "FeatureCollection", "features": []})
    assert page.evaluate("skykeep.zones.features.length") == 1


@pytest.mark.requirement("CONSOLE-3")
def test_the_log_of_an_incident_does_not_lose_what_stood_in_it(page):
    overtaken(page, "**/incidents/3", "skykeep.reading.readIncident(3)", {"incident_id": 3, "older": True})
    assert page.evaluate("'older' in skykeep.incidents.get(3)") is False


@pytest.mark.requirement("CONSOLE-11")
def test_a_hole_that_was_told_does_not_close_again(page):
    older = {"height_m": 1, "sensors": [], "seen": [], "holes": []}
    overtaken(page, "**/console/coverage", "skykeep.coverage.read()", older)
    assert json.loads(page.evaluate("JSON.stringify(skykeep.coverage.told)")) != older


def test_an_answer_that_was_overtaken_is_not_taken_and_a_slow_one_is(page):
    assert page.evaluate(TURNS, [0, 1, 2, 3]) == [True] * 4, "each is newer, though another one is on its way"
    assert page.evaluate(TURNS, [1, 0, 3, 2]) == [True, False, True, False]
    assert page.evaluate(TURNS, [1, 1]) == [True, True]


@pytest.mark.requirement("CONSOLE-3")
def test_an_act_is_being_sent_as_long_as_it_is_whatever_was_sent_before_it(page):
    assert page.evaluate(SENT) == ["sending", "over"]


@pytest.mark.requirement("CONSOLE-3")
def test_what_the_stream_shows_of_another_act_does_not_end_one_that_the_station_has_not_taken(page):
    assert page.evaluate(SHOWN) == ["sending", "over"]
