"""Words on the map: one list for all of them, the gravest first, no two on one place; and what lies quietly, without words."""

import pytest

from skykeep.facts.concluded import Verdict
from tests.console import scripted
from tests.views.livefacts import verdict

PICTURE = """({ flights, marks, again, selected, hovered }) => {
  const { painter } = skykeep, view = { width: 900, height: 700, k: 1, ox: 0, oy: 0 }, track = skykeep.sky.tracks.get(2), now = track.t;
  const put = painter.names.put, stamp = painter.stamp, made = [];
  if (!again) painter.names.stood = new Map();
  painter.stamp = () => {};
  painter.names.put = function (key, side, x, y, width, height) {
    made.push({ key: String(key), side, x, y, width, height });
    put.call(this, key, side, x, y, width, height);
  };
  const shown = flights.map(({ id, x, y, alarmed = false, quiet = false }) => {
    const each = Object.create(track, { id: { value: id }, alarmed: { value: alarmed } });
    return { x, y, track: each, quiet };
  });
  const lines = [["a zone", "ban"], ["from the ground", "ban2"]];
  const named = marks.map(({ key, at: [west, north, east, south], ...said }) => ({ sign: 0, ...said, key, west, north, east, south, lines }));
  const terms = { now, ageMs: 0, state: "live", selected, hovered, hidden: new Set(), presences: [], marks: named };
  painter.thin = shown.length > 300;
  try {
    painter.labels(shown, view, terms);
  } finally {
    painter.names.put = put;
    painter.stamp = stamp;
  }
  return { made, asked: painter.names.asked };
}"""
ZONE = {"key": "zone", "at": [300, 200, 500, 400]}
CALM = {
    "kind": "norule", "alarmed": False, "x": 0.5, "y": 0.5,
    "about": {"verdict": "no_rule", "identity": None, "rung": "suspected", "alarms": [], "incidents": [], "flags": [],
              "entryZone": None, "site": None, "group": None},
}  # fmt: skip
FAR = [{"west": 0.1, "east": 0.2, "north": 0.1, "south": 0.2}]
AROUND = [{"west": 0.4, "east": 0.6, "north": 0.4, "south": 0.6}]
QUIET = "([track, around]) => import('/static/console/quiet.js').then(({ quiet }) => quiet(track, around))"


@pytest.fixture(scope="module", name="page")
def _page(browser, standing):
    context = browser.new_context(
        storage_state=standing.state["everybody"], viewport={"width": 1440, "height": 880}, reduced_motion="reduce"
    )
    scripted.fly(standing)  # what was seen minutes ago is not drawn
    with context:
        page = scripted.Looking(context, standing.url).open("?plain").live().page
        page.wait_for_function("() => skykeep.painter.drawn.length === 3 && skykeep.around !== null")
        yield page


def picture(page, flights=(), marks=(), *, again=False, selected=None, hovered=None):
    """Have labels written, and return where each stands, and how often it was asked whether there is room."""
    given = {
        "flights": list(flights), "marks": list(marks), "again": again, "selected": selected, "hovered": hovered,
    }  # fmt: skip
    told = page.evaluate(PICTURE, given)
    return {each["key"]: each for each in told["made"]}, told["asked"]


def crossing(made):
    boxes = list(made.values())
    return [
        (one["key"], other["key"])
        for n, one in enumerate(boxes)
        for other in boxes[n + 1 :]
        if one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]
    ]  # fmt: skip


@pytest.mark.requirement("CONSOLE-16")
def test_the_name_of_a_zone_gives_way_to_a_flight_and_keeps_its_place_until_it_must(page):
    below, above = {"id": 7, "x": 370, "y": 412}, {"id": 8, "x": 370, "y": 182}
    assert picture(page, [], [ZONE])[0]["zone"]["side"] == "below"
    made, _ = picture(page, [below], [ZONE], again=True)
    assert made["zone"]["side"] == "above"
    assert crossing(made) == []
    assert picture(page, [], [ZONE], again=True)[0]["zone"]["side"] == "above", "it does not jump back"
    assert picture(page, [above], [ZONE], again=True)[0]["zone"]["side"] == "below"


@pytest.mark.requirement("CONSOLE-16")
def test_what_is_gravest_has_its_words_first(page):
    near = [
        {"id": 1, "x": 400, "y": 300},
        {"id": 2, "x": 404, "y": 300, "alarmed": True},
        {"id": 3, "x": 408, "y": 300},
    ]
    made, _ = picture(page, near, [ZONE])
    assert next(iter(made)) == "2", "an alarm before all others"
    assert list(made)[-1] == "zone", "zones after flights"
    assert crossing(made) == []
    assert "6" not in picture(page, [{"id": 6, "x": 400, "y": 300, "quiet": True}], [ZONE])[0]


@pytest.mark.requirement("CONSOLE-16")
def test_an_alarm_is_named_before_what_is_picked_and_that_before_what_is_pointed_at(page):
    near = [{"id": n, "x": 398 + 2 * n, "y": 300, "alarmed": n == 1} for n in range(1, 5)]
    for selected, hovered in ((2, 3), (3, 2)):
        made, _ = picture(page, near, selected=selected, hovered=hovered)
        assert list(made)[:3] == ["1", str(selected), str(hovered)]
        assert made["1"]["side"] == "right", "the place that is read first"
    assert list(picture(page, near, selected=1, hovered=2)[0])[:2] == ["1", "2"], "what is both is named once"


@pytest.mark.requirement("CONSOLE-16")
def test_a_ban_keeps_its_name_where_flights_stand_close_around_it(page):
    ban = {"key": "zone", "at": [370, 270, 430, 330]}
    around = [{"id": n, "x": 370 + 20 * (n % 4), "y": 242 if n < 4 else 352} for n in range(8)]
    around += [{"id": 8 + n, "x": 330 if n < 3 else 470, "y": 280 + 20 * (n % 3)} for n in range(6)]
    assert "zone" not in picture(page, around, [ban])[0], "it would find no side that is free"
    made, _ = picture(page, around, [{**ban, "grave": True}])
    assert made["zone"]["height"] > 0
    assert crossing(made) == []
    alarmed = [{**each, "alarmed": True} for each in around]
    assert next(iter(picture(page, alarmed, [{**ban, "grave": True}])[0])) != "zone", "alarms come before it"


@pytest.mark.requirement("CONSOLE-16")
def test_many_bans_leave_room_for_flights(page):
    bans = [{"key": f"zone {n}", "at": [20 * n, 20 * n, 20 * n + 40, 20 * n + 40], "grave": True} for n in range(30)]
    flights = [{"id": n, "x": 60 * n, "y": 650 - 40 * n} for n in range(1, 14)]
    first = list(picture(page, flights, bans)[0])
    assert next(n for n, key in enumerate(first) if not key.startswith("zone")) <= 12


@pytest.mark.requirement("CONSOLE-16")
def test_nothing_crosses_where_much_happens(page):
    flights = [{"id": n, "x": 300 + 37 * (n % 9), "y": 200 + 23 * (n // 9)} for n in range(1, 90)]
    zones = [{"key": f"zone {n}", "at": [250 + 60 * n, 150 + 30 * n, 420 + 60 * n, 330 + 30 * n]} for n in range(8)]
    sites = [{"key": f"site {n}", "at": [300 + 50 * n, 260, 300 + 50 * n, 260], "sign": 6} for n in range(6)]
    made, _ = picture(page, flights, [*sites, *zones])
    assert crossing(made) == []
    assert len(made) > 20
    kept, _ = picture(page, flights, [*sites, *zones], again=True)
    assert {key: each["side"] for key, each in kept.items()} == {key: each["side"] for key, each in made.items()}


def test_a_crowd_asks_no_more_often_than_it_can_pay_for(page):
    flights = [{"id": n, "x": (n * 37) % 900, "y": (n * 61) % 700} for n in range(1, 1001)]
    zones = [{"key": f"zone {n}", "at": [n, n, n + 100, n + 100]} for n in range(200)]
    made, asked = picture(page, flights, zones)
    assert sum(not key.startswith("zone") for key in made) <= 120
    assert asked <= len(flights) + 2 * 120 + 12 * len(zones)
    assert picture(page, flights)[1] <= len(flights) + 2 * 120, (
        "once for each flight, twice more for each that is named"
    )


@pytest.mark.requirement("CONSOLE-17")
def test_only_what_cannot_matter_lies_quietly(page):
    def is_quiet(around=FAR, **said):
        about = None if "about" in said else {**CALM["about"], **said.pop("words", {})}
        return page.evaluate(QUIET, [{**CALM, "about": about, **said}, around])

    assert is_quiet()
    assert is_quiet(words={"rung": "refuted"})
    assert not is_quiet(around=AROUND), "near a zone or a site"
    assert not is_quiet(around=None), "nobody knows which zones there are"
    assert not is_quiet(about=None), "nothing was concluded of it yet"
    assert not is_quiet(alarmed=True)
    assert not is_quiet(kind="unknown")
    loud = {
        "verdict": None, "identity": "S1…2", "rung": "corroborated", "alarms": [3], "incidents": [3], "flags": ["rekeyed"],
        "entryZone": "PALACE", "site": ["hospital", "bound", 90], "group": 4,
    }  # fmt: skip
    assert [name for name, value in loud.items() if is_quiet(words={name: value})] == []
    assert not is_quiet(words={"rung": "confirmed"})


@pytest.mark.requirement("CONSOLE-17")
def test_what_is_quiet_is_drawn_small_and_found_as_ever(page, standing):
    lat_e7 = scripted.LAT_E7 + 150_000
    page.evaluate("skykeep.map.zoomBy(-1)")
    standing.say(scripted.flights(9, lat_e7=lat_e7), verdict(9, Verdict.NO_RULE, "PALACE", t_ns=1))
    drawn = "(() => skykeep.painter.drawn.find((each) => each.track.id === 9))()"
    page.wait_for_function(f"() => skykeep.sky.about.get(9)?.verdict === 'no_rule' && {drawn}?.quiet === true")
    page.wait_for_selector("#tracks [data-track='9']", state="attached")
    assert page.evaluate("skykeep.sky.counts(skykeep.freshness.serverNow()).norule") >= 1
    page.click("#tracks [data-track='9'] button")
    page.wait_for_function(f"() => !{drawn}.quiet")
    assert "drawn small" in page.inner_text("#known")
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => {drawn}.quiet")
    standing.say(scripted.flights(9, lat_e7=scripted.LAT_E7 + 85_000))
    page.wait_for_function(f"() => {drawn}.quiet === false")


@pytest.mark.requirement("CONSOLE-16")
def test_no_words_are_cut_by_the_edge_of_the_map(page):
    near = [{"id": 1, "x": 880, "y": 100}, {"id": 2, "x": 880, "y": 300, "alarmed": True}, {"id": 3, "x": 6, "y": 500}]
    made, _ = picture(page, near)
    assert [made[each]["side"] for each in ("1", "2", "3")] == ["left", "left", "right"]
    assert all(each["x"] >= 0 and each["x"] + each["width"] <= 900 for each in made.values())
    beside = {"id": 4, "x": 895, "y": 500, "alarmed": True}, {"id": 5, "x": 850, "y": 500}
    assert picture(page, beside)[0]["4"]["side"] == "left", "what must have its words has them where they can be read"


NAMED = """([west, east, south]) => import("/static/console/zones.js").then(({ placed }) =>
  placed([{ west, east, north: 100, south, look: "ban", head: "NO-DRONE · a long name", more: "from the ground" }], { width: 400, height: 400, k: 1, ox: 0, oy: 0 }))"""


@pytest.mark.requirement("CONSOLE-16")
def test_the_name_of_a_zone_that_is_seen_in_part_stands_within_the_map(page):
    def named(*box):
        return [(each["x"], each["y"]) for each in page.evaluate(NAMED, box)]

    assert named(150, 250, 200) == [(200, 200)], "under its middle"
    ((x, y),) = named(350, 900, 2000)
    assert 300 < x < 350, "with room for its words"
    assert y < 400 - 50
    assert 50 < named(-900, 20, 200)[0][0] < 100
    assert named(500, 900, 200) == [], "no name of what is not on the map"
