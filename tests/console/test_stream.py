"""The live stream as the console reads it: in pieces, as one fold, for many tabs."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

PARSED = """async (pieces) => {
  const { Parser } = await import("/static/console/stream.js");
  const parser = new Parser();
  return pieces.flatMap((piece) => parser.feed(piece)).map((told) => [told.event, told.data, told.id]);
}"""
FOLDED = """async (frames) => {
  const { Kept } = await import("/static/console/kept.js");
  const kept = new Kept();
  for (const [event, frame] of frames) kept.take({ event, data: JSON.stringify(frame) });
  return kept.snapshot();
}"""
PATIENT = """const set = globalThis.setTimeout;
globalThis.setTimeout = (call, ms, ...more) => (call.name === "goAlone" ? 0 : set(call, ms, ...more));"""
"""A tab waits however long for the worker that it shares, and does not begin a stream of its own after seconds."""
TEXT = "retry: 1000\n\nid: a-1\nevent: snapshot\ndata: {}\n\nid: a-2\nevent: frame\ndata: one\ndata: two\n\n: a word\n\ndata\n\n"
TOLD = [["snapshot", "{}", "a-1"], ["frame", "one\ntwo", "a-2"], ["message", "", "a-2"]]


@pytest.fixture(scope="module")
def page(standing, browser):
    context = browser.new_context()
    made = context.new_page()
    made.goto(f"{standing.url}/")
    yield made
    context.close()


@pytest.mark.requirement("CONSOLE-2")
@settings(max_examples=25, deadline=None)
@given(cuts=st.sets(st.integers(0, len(TEXT))), ends=st.sampled_from(["\n", "\r\n"]))
def test_a_stream_reads_the_same_however_it_is_cut(page, cuts, ends):
    text = TEXT.replace("\n", ends)
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(places)]
    assert page.evaluate(PARSED, pieces) == TOLD


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=200))
def test_no_text_breaks_the_parser(page, text):
    assert all(len(told) == 3 for told in page.evaluate(PARSED, [text, "\n\n"]))


def row(track_id, t_ms):
    return [track_id, t_ms, 10, 20, *[0] * 15]


@pytest.mark.requirement("CONSOLE-19")
def test_a_tab_that_comes_later_has_what_left_as_long_as_an_alarm_is_about_it(page):
    stands = {"now_ms": 5, "recorded": True, "station": "up"}
    alarms = [[9, 1, "1", 1, 7, "not_permitted", "unacknowledged"], [8, 1, "1", 1, 6, "not_permitted", "unacknowledged"]]
    left = stands | {"gone": [6, 7], "last": [row(6, 2), row(7, 3)], "about": [[6, "six"], [7, "seven"]]}
    frames = [
        ("snapshot", stands | {"tracks": [row(6, 2), row(7, 3)], "about": [[6, 0], [7, 0]], "alarms": alarms}),
        ("frame", left),
        ("frame", stands | {"alarms": [[8, 2, "2", 1, 6, "not_permitted", "normal"]]}),
    ]
    kept = page.evaluate(FOLDED, frames)
    assert (kept["tracks"], kept["last"], kept["about"]) == ([], [row(7, 3)], [[7, "seven"]])
    kept = page.evaluate(FOLDED, [*frames, ("frame", stands | {"tracks": [row(7, 9)]})])
    assert (kept["tracks"], kept["last"], kept["about"]) == ([row(7, 9)], [], [[7, "seven"]])


@pytest.mark.requirement("CONSOLE-2")
def test_what_stands_is_told_again_as_one_snapshot(page):
    stands = {"now_ms": 5, "recorded": True, "station": "up"}
    frames = [
        ("frame", stands | {"alarms": [[9, 1]]}),
        ("snapshot", stands | {"tracks": [row(1, 1000), row(2, 1000)], "about": [[1, "a"], [2, "b"]], "zones": [["Z", 1, "announced"]]}),
        ("frame", stands | {"tracks": [row(1, 1500)], "zones": [["Z", 1, "in_force"], ["Z", 2, "announced"]]}),
        ("frame", stands | {"now_ms": 7, "gone": [2], "tracks": [row(1, 2500), row(3, 2500)], "health": [["disk", "", True]]}),
    ]  # fmt: skip
    told = page.evaluate(FOLDED, frames)
    assert told["now_ms"] == 7
    assert [each[:2] for each in told["tracks"]] == [[1, 2500], [3, 2500]]
    assert told["about"] == [[1, "a"]]
    assert told["alarms"] == []
    assert told["zones"] == [["Z", 1, "in_force"], ["Z", 2, "announced"]]
    assert dict(map(json.dumps, each) for each in told["tails"]) == {
        "1": "[[1000, 10, 20], [2500, 10, 20]]",
        "3": "[[2500, 10, 20]]",
    }


@pytest.mark.requirement("CONSOLE-2")
def test_many_tabs_share_one_stream_and_a_later_one_has_all(look, station):
    first = look(station)
    first.context.add_init_script(PATIENT)
    first.open("?plain").live()
    second = first.context.new_page()
    first.watch(second)
    second.goto(f"{station.url}/live?plain")
    second.wait_for_selector("#pill.live")
    assert second.evaluate("[skykeep.following.shared, skykeep.sky.tracks.size, skykeep.sky.alarms.size]") == [
        True,
        3,
        1,
    ]
    assert [url for url in first.asked if "/stream?person=" in url] == []  # the worker asks, and no tab does
    assert first.wrong == []


@pytest.mark.requirement("CONSOLE-2")
def test_without_a_shared_worker_a_tab_has_a_stream_of_its_own(look, station):
    seen = look(station).open("?plain&alone").live()
    assert seen.page.evaluate("skykeep.following.shared") is False
    assert len([url for url in seen.asked if "/stream?person=" in url]) == 1
