"""Old data never looks live: by the measure itself, and by what a screen says when things break."""

import pytest

from tests.console.scripted import HANGS, INK, stopped

NOT_LIVE = "() => document.getElementById('console').dataset.state !== 'live'"
OLD = "() => document.getElementById('console').dataset.state === 'old'"
KEPT = """
globalThis.states = [];
document.addEventListener("freshness", (event) => states.push(event.detail));
const wall = Date.now.bind(Date);
globalThis.moved = 0;
Date.now = () => wall() + moved;
"""
AGED = """() => {
  const now = () => performance.now(), { freshness } = skykeep, took = freshness.took.bind(freshness);
  const aged = globalThis.aged = { since: now(), step: freshness.stepMs, ticked: now(), ticks: 0, most: 0, jumped: false };
  freshness.took = (step) => {
    if (step > aged.step && !aged.jumped) { aged.step = step; aged.since = now(); }
    took(step);
  };
  document.addEventListener("freshness", (event) => { if (event.detail !== "live") aged.jumped = false; });
  setInterval(() => {
    const runs = now() - aged.ticked < 600;
    aged.ticked = now();
    if (!runs || !document.querySelector("#pill.live")) return;
    aged.ticks += 1;
    aged.most = Math.max(aged.most, now() - aged.since);
  }, 250);
}"""
"""Has the page note how long it said LIVE after the last step that it took, or after its clock jumped.

It measures by its own monotonic clock, and only while it runs: a machine that gives a page no time cannot have it say
anything. So no slow machine fails this, and a page that says LIVE for too long does."""
LIVE_MAX_MS = 5_000
MEASURE = """async (steps) => {
  const { Freshness } = await import("/static/console/freshness.js");
  const at = { monotonic: 1000, wall: 5000000 };
  const one = new Freshness({ monotonic: () => at.monotonic, wall: () => at.wall });
  const told = [];
  for (const [deed, ...said] of steps) {
    if (deed === "pass") { at.monotonic += said[0]; at.wall += said[0]; }
    else if (deed === "jump") { at.wall += said[0]; one.check(); }
    else if (deed === "sync") one.synced(at.monotonic - said[0], at.monotonic, 9000000 + at.monotonic - said[0] / 2 + (said[1] ?? 0));
    else if (deed === "frame") one.took(9000000 + at.monotonic - said[0]);
    told.push([one.state(), Number.isFinite(one.age()) ? Math.round(one.age()) : null]);
  }
  return told;
}"""


@pytest.fixture(scope="module")
def measure(standing, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{standing.url}/")
    yield lambda *steps: [tuple(each) for each in page.evaluate(MEASURE, [list(step) for step in steps])]
    context.close()


@pytest.mark.requirement("CONSOLE-1")
def test_nothing_is_live_before_both_a_round_trip_and_a_frame(measure):
    assert measure(("pass", 1)) == [("old", None)]
    assert measure(("sync", 10)) == [("old", None)]
    assert measure(("frame", 0)) == [("old", None)]
    assert measure(("sync", 10), ("frame", 100))[-1] == ("live", 100)
    assert measure(("frame", 100), ("sync", 10))[-1] == ("live", 100)


@pytest.mark.requirement("CONSOLE-1")
@pytest.mark.parametrize(
    ("age_ms", "state"),
    [(0, "live"), (2_000, "live"), (2_001, "late"), (5_000, "late"), (5_001, "old"), (8_000, "old"), (90_000, "old")],
)
def test_age_has_two_borders(measure, age_ms, state):
    assert measure(("sync", 10), ("frame", age_ms))[-1] == (state, age_ms)
    assert measure(("sync", 10), ("frame", 0), ("pass", age_ms))[-1] == (state, age_ms)


@pytest.mark.requirement("CONSOLE-1")
def test_a_stream_that_is_always_late_reads_so(measure):
    steps = [("sync", 10)] + [("frame", 8_000), ("pass", 500)] * 20
    assert {state for state, _ in measure(*steps)[1:]} == {"old"}


@pytest.mark.requirement("CONSOLE-1")
def test_without_round_trips_for_half_a_minute_nothing_is_live(measure):
    steps = [("sync", 10), ("frame", 0), *[("pass", 1_000), ("frame", 0)] * 30]
    assert measure(*steps)[-1] == ("live", 0)
    assert measure(*steps, ("pass", 1), ("frame", 0))[-1] == ("old", None), "a clock that is not checked says no age"
    assert measure(*steps, ("pass", 1), ("frame", 5_001))[-1] == ("old", 5_001), "what is old by any clock is told"
    assert measure(*steps, ("pass", 1), ("frame", 0), ("sync", 10))[-1] == ("live", 0)


@pytest.mark.requirement("CONSOLE-1")
def test_a_round_trip_that_took_too_long_tells_nothing(measure):
    assert measure(("sync", 4_001), ("frame", 0))[-1] == ("old", None)
    assert measure(("sync", 4_000), ("frame", 0))[-1] == ("live", 0)


@pytest.mark.requirement("CONSOLE-1")
@pytest.mark.parametrize("jump_ms", [2_001, -2_001, 3_600_000, -3_600_000])
def test_after_a_jump_both_are_measured_anew(measure, jump_ms):
    told = measure(("sync", 10), ("frame", 0), ("jump", jump_ms), ("frame", 0), ("sync", 10), ("frame", 0))
    assert told[1:] == [("live", 0), ("old", None), ("old", None), ("live", 0), ("live", 0)]
    told = measure(("sync", 10), ("frame", 0), ("jump", jump_ms), ("sync", 10), ("frame", 0))
    assert told[2:] == [("old", None), ("old", None), ("live", 0)]


@pytest.mark.requirement("CONSOLE-1")
def test_small_corrections_of_the_clock_are_no_jump(measure):
    assert measure(("sync", 10), ("frame", 0), *[("jump", 1_900)] * 10)[-1] == ("live", 0)


@pytest.mark.requirement("CONSOLE-1")
def test_a_frame_from_the_future_is_not_believed(measure):
    assert measure(("sync", 10), ("frame", -1_500))[-1] == ("live", 0)
    assert measure(("sync", 10), ("frame", -2_500))[-1] == ("old", None)


def goes_on(page):
    """Wait until the stream told of two more seconds."""
    before = page.evaluate("skykeep.sky.stands.now_ms")
    page.wait_for_function(f"() => skykeep.sky.stands.now_ms > {before} + 2000")


def watched(look, station):
    seen = look(station)
    seen.context.add_init_script(KEPT)
    page = seen.open("?plain").live().page
    page.evaluate(AGED)
    page.wait_for_function("() => aged.ticks > 0")
    return page


def left_live_in_time(page):
    """Wait until a page does not say LIVE any more; by its own clock that was soon enough."""
    page.wait_for_function(NOT_LIVE)
    assert 0 < page.evaluate("aged.most") <= LIVE_MAX_MS


@pytest.mark.requirement("CONSOLE-1")
def test_a_station_that_stands_still_leaves_live(look, station):
    page = watched(look, station)
    station.silent = True
    left_live_in_time(page)
    page.wait_for_function(OLD)
    page.wait_for_selector("#banner:has-text('NOT LIVE')")
    page.wait_for_selector("button.ack", state="detached")  # the banner is there before the panels are drawn anew
    assert "ext. 4400" in page.inner_text("[data-alarm='17']")
    assert "OLD" in page.title()
    station.silent = False
    page.wait_for_selector("#pill.live")
    page.wait_for_selector("button.ack")


@pytest.mark.requirement("CONSOLE-1")
@pytest.mark.requirement("CONSOLE-2")
def test_a_frozen_server_leaves_live_and_its_stream_goes_on_after_it(look, station):
    page = watched(look, station)
    with stopped(station.process):
        left_live_in_time(page)
    page.wait_for_selector("#pill.live")
    assert page.evaluate("skykeep.sky.tracks.size") == 3


@pytest.mark.requirement("CONSOLE-1")
def test_a_killed_server_leaves_live(look, another):
    page = watched(look, another)
    another.process.kill()
    left_live_in_time(page)
    page.wait_for_selector("#banner:has-text('reconnecting')")


@pytest.mark.requirement("CONSOLE-1")
def test_a_clock_that_jumps_leaves_live_until_all_is_measured_anew(look, station):
    page = watched(look, station)
    page.evaluate("states.length = 0; moved = -3600000; aged.jumped = true; aged.since = performance.now()")
    page.wait_for_function("() => states.includes('old')")
    assert page.evaluate("aged.most") <= LIVE_MAX_MS
    page.wait_for_selector("#pill.live")
    page.wait_for_function("() => Math.abs(skykeep.freshness.age()) < 2000")


@pytest.mark.requirement("CONSOLE-1")
def test_a_machine_that_slept_leaves_live_as_long_as_nothing_new_came(look, station):
    page = watched(look, station)
    with stopped(station.process):
        page.evaluate("moved = 1800000")  # the wall clock went on; the other one and the page stood still
        left_live_in_time(page)
        page.wait_for_selector("#pill.old")
    page.wait_for_selector("#pill.live")


@pytest.mark.requirement("CONSOLE-1")
def test_a_stream_that_is_always_eight_seconds_late_is_never_live(look, station):
    page = watched(look, station)
    station.late_s = 8.0
    page.wait_for_function(NOT_LIVE)
    page.wait_for_selector("#pill.old")
    goes_on(page)  # what came in time before has been shown by then, however slow the page is
    page.evaluate("states.length = 0")
    goes_on(page)
    assert "live" not in page.evaluate("states")
    station.late_s = 0.0
    page.wait_for_selector("#pill.live")


@pytest.mark.requirement("CONSOLE-1")
def test_a_picture_that_is_not_made_in_time_leaves_live_until_the_page_makes_it(look, station):
    page = watched(look, station)
    page.wait_for_function(INK)
    page.evaluate(f"{HANGS}; states.length = 0; skykeep.painter.easel.worker.terminate()")
    page.wait_for_function("() => states.some((each) => each !== 'live')")
    page.wait_for_function("() => skykeep.painter.easel.brush !== null")
    page.wait_for_selector("#pill.live")
    shown = page.evaluate("skykeep.painter.easel.shown")
    page.wait_for_function(f"() => skykeep.painter.easel.shown > {shown}")
    assert page.evaluate(INK) is True


@pytest.mark.requirement("CONSOLE-1")
@pytest.mark.parametrize("query", ["?plain", "?plain&alone"])
def test_whoever_is_signed_out_is_shown_no_sky_of_nobody(look, station, query):
    seen = look(station)
    seen.context.add_init_script(KEPT)
    page = seen.open(query).live().page
    seen.context.clear_cookies()
    with stopped(station.process):
        page.wait_for_selector("#banner:has-text('reconnecting')")
    page.wait_for_selector("#banner:has-text('you are signed out')")
    page.evaluate("states.length = 0; globalThis.since = performance.now()")
    assert page.evaluate("fetch('/api/v1/stream?person=silva').then((answer) => answer.status)") == 401
    page.wait_for_function("() => performance.now() > since + 6000")  # longer than between two tries
    assert "live" not in page.evaluate("states")
    assert page.locator("#pill.old").count() == 1
