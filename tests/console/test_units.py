"""Heights, speeds and distances of the console follow the reader's units, and say what the served pages say."""

import pytest

from skykeep.geo.altitude import Altitude, Datum
from skykeep.web import spoken, wishes

LENGTHS_M = (0, 12.3, 118, 999.6, 9_999.4, 9_999.5, 12_600, -35, -20_000)
SPEEDS_MPS = (0, 14, 33, 120, 257)
SAID = """async ([wished, lengths, speeds]) => {
  const units = await import("/static/console/units.js");
  units.follow(wished);
  try {
    return { length: lengths.map(units.length), high: lengths.map(units.high), speed: speeds.map(units.wholeSpeed), scale: units.scale() };
  } finally { units.follow("metric"); }
}"""
BANDS = """async ([wished, given]) => {
  const units = await import("/static/console/units.js"), at = (value_mm, datum = "agl") => ({ value_mm, datum });
  units.follow(wished);
  try {
    return [units.band(at(0), at(120_000)), units.band(at(60_000, "amsl"), at(150_000, "amsl")), units.band(at(300_000, "amsl"), at(12_000_000, "amsl")),
      units.band(at(30_000), at(500_000, "amsl")), units.climb(2.54), units.climb(-10)];
  } finally { units.follow("metric"); }
}"""


@pytest.fixture(scope="module", name="page")
def _page(browser, standing):
    from tests.console import scripted

    with browser.new_context(storage_state=standing.state["everybody"]) as context:
        yield scripted.Looking(context, standing.url).open("?plain").live().page


@pytest.mark.requirement("ACCESS-1")
@pytest.mark.parametrize("wished", wishes.UNITS)
def test_the_console_says_lengths_and_speeds_as_the_served_pages_do(page, wished):
    said = page.evaluate(SAID, [wished, LENGTHS_M, SPEEDS_MPS])
    held = wishes._held.set(wishes.Wishes(units=wished))
    try:
        plain = {key: [each.replace(",", "") for each in said[key]] for key in ("length", "high", "speed")}
        assert plain["length"] == [spoken.metres(each) for each in LENGTHS_M]
        heights = [spoken.altitude(Altitude(round(each * 1e3), Datum.AMSL)) for each in LENGTHS_M]
        assert [f"{each} AMSL" for each in plain["high"]] == heights
        assert plain["speed"] == [spoken.speed(each) for each in SPEEDS_MPS]
    finally:
        wishes._held.reset(held)


def test_a_band_a_climb_and_the_scale_are_in_the_units_that_were_wished(page):
    assert page.evaluate(BANDS, ["metric", 0]) == [
        "0–120 m AGL", "60–150 m AMSL", "300 m AMSL – 12.0 km AMSL", "30 m AGL – 500 m AMSL", "2.5 m/s", "-10 m/s",
    ]  # fmt: skip
    assert page.evaluate(BANDS, ["feet", 0]) == [
        "0–394 ft AGL", "197–492 ft AMSL", "984–39,370 ft AMSL", "98 ft AGL – 1,640 ft AMSL", "500 ft/min", "-1,970 ft/min",
    ]  # fmt: skip
    assert page.evaluate(SAID, ["feet", [], []])["scale"] == "nautical"


NOT_WISHED = r"\d (?:m|km|m/s)\b"


@pytest.mark.requirement("ACCESS-1")
def test_the_live_page_in_feet_says_nothing_in_metres(look, station, shot):
    seen = look(station)
    seen.open("?plain&units=feet").live()
    page = seen.page
    page.wait_for_function("() => skykeep.painter.drawn.length === 3")
    page.click("[data-alarm='17'] .t")
    page.wait_for_selector("#why code")
    page.wait_for_function(r"() => / ft [\s\S]* kt/.test(document.querySelector('#flight-panel').innerText)")
    shot(page, "live-feet")
    assert (
        page.evaluate("of => document.querySelector('#console').innerText.match(new RegExp(of, 'g'))", NOT_WISHED)
        is None
    )
    shown = page.evaluate("skykeep.painter.texts ? [...skykeep.painter.texts.made.keys()] : []")
    assert not [each for each in shown if each.endswith((" m", " m/s", " km"))]
