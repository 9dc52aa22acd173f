"""The map on paper: a picture takes the place of what a browser cannot print, and says when it was."""

import io
import re

import pytest
from PIL import Image, ImageStat

FLIGHT = """async ([x, y]) => {
  const { width, height } = skykeep.map.container.getBoundingClientRect(), shown = document.querySelector("#printed img");
  const pen = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  pen.drawImage(shown, 0, 0, width, height);
  const { data } = pen.getImageData(x - 12, y - 12, 24, 24), seen = new Set();
  for (let at = 0; at < data.length; at += 4) seen.add(data.slice(at, at + 4).join());
  return seen.size;
}"""


def begin(page):
    page.evaluate("dispatchEvent(new Event('beforeprint'))")


@pytest.mark.requirement("ACCESS-4")
@pytest.mark.parametrize("query", ["", "?plain"])
def test_a_picture_of_the_map_is_printed_and_then_taken_away(look, station, shot, query):
    seen = look(station).open(query).live()
    page = seen.page
    page.wait_for_function("() => skykeep.map && skykeep.painter.drawn.length === 3")
    page.wait_for_function("() => skykeep.map.plain || skykeep.map.map.areTilesLoaded()")
    begin(page)
    begin(page)  # some browsers say it twice
    assert page.locator("#printed").count() == 1
    assert page.evaluate("document.querySelector('#printed img').complete")
    drawn = page.evaluate("skykeep.painter.drawn.map(({ x, y }) => [x, y])")
    assert all(page.evaluate(FLIGHT, place) > 4 for place in drawn), "where a flight is there are its colours"
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 690, "height": 1000})
    shot(page, f"live-print{query and '-plain'}")
    assert page.locator("#printed img").is_visible()
    assert page.locator("#map canvas:visible, .top button:visible, #pill.live:visible").count() == 0
    assert re.search(r"As it stood on \d+ \w+ \d{4} at \d\d:\d\d:\d\d UTC", page.inner_text("#printed"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 690
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    printed = Image.open(io.BytesIO(page.locator("#printed img").screenshot())).convert("L")
    assert ImageStat.Stat(printed).median[0] > 190, "paper is light, though the screen was dark"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#printed").count() == 0
    assert seen.wrong == []
