"""The signs that tell flights apart look as they did: each kind as the canvas paints it, and the legend, dark and light.

Golden pictures stand in tests/golden/console. `GOLDEN=new` in the environment writes them anew: only when a sign is meant
to look otherwise. Where one differs, what was drawn and what differs stand in the test's folder.
"""

import io
import os
import pathlib

import numpy as np
import pytest
from PIL import Image

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "console"
SIZE_MAX_BYTES = 50_000
LEVELS = 40
"""A channel that is off by less is an edge that was smoothed otherwise."""
PARTS = 0.004
"""So many pixels of a picture may be off by more: two of a sign of 52 by 52."""
PAINTED = """async ([theme, ratio]) => {
  const { Sprites, palette, SIZE } = await import("/static/console/sprites.js"), root = document.documentElement;
  root.classList.toggle("light", theme === "light"), root.classList.toggle("dark", theme === "dark");
  const colours = palette(), drawn = new Sprites(skykeep.told.shapes, colours, ratio), made = {};
  for (const kind of Object.keys(skykeep.told.shapes)) {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    canvas.width = canvas.height = SIZE * ratio;
    pen.fillStyle = getComputedStyle(root).getPropertyValue("--bg");
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(drawn.of(kind, 0), 0, 0);
    made[kind] = [...pen.getImageData(0, 0, canvas.width, canvas.height).data];
  }
  return made;
}"""
THEMES = pytest.mark.parametrize("theme", ["dark", "light"])


@pytest.fixture(scope="module", name="seen")
def _seen(browser, standing):
    from tests.console import scripted

    context = browser.new_context(
        storage_state=standing.state["everybody"], viewport={"width": 1440, "height": 880}, reduced_motion="reduce"
    )
    with context:
        yield scripted.Looking(context, standing.url).open("?plain").live()


@pytest.fixture(name="alike")
def _alike(tmp_path):
    """Hold a picture against the golden one of its name; returns what differs, in words, or nothing."""

    def hold(name: str, drawn: Image.Image) -> str:
        golden = GOLDEN / f"{name}.png"
        if os.environ.get("GOLDEN") == "new":
            drawn.save(golden, optimize=True)
        off = differing(drawn, Image.open(golden).convert("RGB"))
        if off is None:
            return f"{name}: {drawn.size} where {Image.open(golden).size} was"
        if off.mean() <= PARTS:
            return ""
        drawn.save(tmp_path / f"{name}.png")
        Image.fromarray(off.astype(np.uint8) * 255).save(tmp_path / f"{name}-differs.png")
        return f"{name}: {off.mean():.1%} differ, see {tmp_path}"

    return hold


def differing(one: Image.Image, other: Image.Image):
    """Give which pixels of two pictures differ; None where their sizes do."""
    if one.size != other.size:
        return None
    return np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).max(axis=2) > LEVELS


@pytest.mark.requirement("ACCESS-3")
@THEMES
def test_each_kind_of_flight_is_painted_as_it_was(seen, alike, theme):
    painted = seen.page.evaluate(PAINTED, [theme, 2])
    assert set(painted) == {"permit", "unknown", "unpermit", "state", "manned", "norule"}
    pictures = {
        kind: Image.fromarray(np.array(data, np.uint8).reshape(52, 52, 4)).convert("RGB")
        for kind, data in painted.items()
    }
    assert [said for kind, each in pictures.items() if (said := alike(f"{kind}-{theme}", each))] == []
    grey = {kind: each.convert("L").convert("RGB") for kind, each in pictures.items()}
    same = [(a, b) for a in grey for b in grey if a < b and differing(grey[a], grey[b]).mean() < 5 * PARTS]
    assert same == []  # told apart where no colour is seen


@pytest.mark.requirement("ACCESS-3")
@THEMES
def test_the_legend_looks_as_it_did(seen, alike, theme):
    page = seen.page
    page.evaluate(
        "theme => { const of = document.documentElement.classList;"
        " of.toggle('light', theme === 'light'); of.toggle('dark', theme === 'dark'); }", theme
    )  # fmt: skip
    page.evaluate("document.fonts.ready.then(() => true)")
    page.locator("#legend button b").evaluate_all("all => all.forEach(each => { each.textContent = '0' })")
    page.locator("#ground, #under, #canvas").evaluate_all("all => all.forEach(each => { each.style.opacity = 0 })")
    drawn = Image.open(io.BytesIO(page.locator("#legend").screenshot(animations="disabled"))).convert("RGB")
    assert alike(f"legend-{theme}", drawn) == ""


def test_a_sign_that_was_drawn_otherwise_is_found(alike):
    sign = Image.open(GOLDEN / "unpermit-dark.png").convert("RGB")
    turned = Image.open(GOLDEN / "permit-dark.png").convert("RGB")
    assert differing(sign, sign).mean() == 0
    assert differing(sign, turned).mean() > 10 * PARTS
    assert differing(sign, sign.resize((26, 26))) is None


def test_golden_pictures_are_small():
    assert [each.name for each in GOLDEN.glob("*.png") if each.stat().st_size > SIZE_MAX_BYTES] == []
    assert len(list(GOLDEN.glob("*.png"))) == 14
