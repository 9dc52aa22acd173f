"""How long the console's main thread takes for an update with many tracks, drawn by software, and how soon it answers.

    python -m benchmarks.console [--tracks 1000 5000] [--updates 60] [--seconds 20] [--json]

An invented crowd of flights tells the console of itself as the live stream would, with tails of a minute.

    update     a frame in which every flight moved: parsed, folded, drawn, the picture shown; without the panels
    panels     alarms, table, legend made anew, which comes twice a second
    second     all that the main thread does in a second in which each flight is told of once, in ten frames
    click      from a click on a flight to the picture of the screen with its detail, while the frames come
    pan        from a step of the mouse that drags the map to the picture of the screen after it, while the frames come

What is called cpu is processor time of the page's main thread (Chromium's TaskDuration by thread ticks), which other
programs do not lengthen as much as time on the clock; "nothing" is what asking for it costs. Flights are drawn by a
worker beside it: "all_threads" counts that too, and everything else that the page's process does.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import pathlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from tests.browsers import GPU, chromium
from tests.console import scripted
from tests.web.standing import ready, web

TAIL_S = 60
CLICKS = 20
PAN_STEPS = 60
HERE = pathlib.Path(__file__).parent
CROWD = HERE.parent / "tests" / "console" / "crowd.js"


def script(path: pathlib.Path) -> str:
    """Return a script without its first line, which is a comment."""
    return path.read_text("utf-8").partition("\n")[2]


@contextlib.contextmanager
def served() -> Iterator[Any]:
    """Give a page of the console at a station of its own."""
    with tempfile.TemporaryDirectory() as folder, chromium(*GPU) as browser:
        path = pathlib.Path(folder)
        scripted.people(path)
        station = scripted.Station(path / "run" / "station.sock")
        scripted.begin(station)
        with web(path) as (url, _):
            ready(url)
            state = scripted.cookies(browser, url, "everybody")
            context = browser.new_context(viewport={"width": 1440, "height": 880}, storage_state=state)
            page = context.new_page()
            page.goto(f"{url}/live")
            page.wait_for_selector("#pill.live")
            yield page
        station.close()


class Looked:
    """A page whose main thread is asked how long it has worked."""

    def __init__(self, page: Any) -> None:  # noqa: ANN401  # of a library that is not always there
        self.page = page
        self._page = page.context.new_cdp_session(page)
        self._page.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._browser = page.context.browser.new_browser_cdp_session()

    def main_thread_ms(self) -> float:
        """Return how long the page's main thread has worked, in processor time."""
        told = {each["name"]: each["value"] for each in self._page.send("Performance.getMetrics")["metrics"]}
        return 1_000 * float(told["TaskDuration"])

    def all_threads_ms(self) -> float:
        """Return the processor time of the processes of all pages."""
        told = self._browser.send("SystemInfo.getProcessInfo")["processInfo"]
        return 1_000 * sum(float(each["cpuTime"]) for each in told if each["type"] == "renderer")

    def each_ms(self, what: Callable[[], object], times: int) -> list[float]:
        """Do something so many times, and return what each time took of the main thread."""
        worked = [self.main_thread_ms()]
        for _ in range(times):
            what()
            worked.append(self.main_thread_ms())
        return [after - before for before, after in itertools.pairwise(worked)]


def measured(page: Any, tracks: int, updates: int, seconds: int) -> dict[str, object]:  # noqa: ANN401  # the same
    """Return what updates with so many tracks took, and how soon the page answered between them."""
    page.reload()
    page.wait_for_function("() => globalThis.skykeep?.map && skykeep.sky.whole")
    page.evaluate(script(CROWD))
    found: dict[str, object] = {
        "in_view": page.evaluate(script(HERE / "console.js"), {"tracks": tracks, "tail": TAIL_S})
    }
    looked = Looked(page)
    found |= of("nothing_cpu", looked.each_ms(lambda: page.evaluate("bench.nothing()"), updates))
    found |= updated(looked, updates)
    found |= of("panels_cpu", looked.each_ms(lambda: page.evaluate("bench.panels()"), updates))
    page.evaluate("bench.go()")
    before = looked.all_threads_ms()
    found |= of("second_cpu", looked.each_ms(lambda: time.sleep(1), seconds))
    found["second_all_threads_ms"] = round((looked.all_threads_ms() - before) / seconds, 1)
    found |= answered(page)
    page.evaluate("bench.stop()")
    return found


def updated(looked: Looked, updates: int) -> dict[str, object]:
    """Return what an update took: on the clock, of the main thread, and of all threads."""
    page, worked, clock, all_ms = looked.page, [], [], 0.0
    for _ in range(updates):
        page.evaluate("bench.prepare()")
        before, before_all, begun = looked.main_thread_ms(), looked.all_threads_ms(), time.perf_counter()
        page.evaluate("bench.update()")
        clock.append(1_000 * (time.perf_counter() - begun))
        worked.append(looked.main_thread_ms() - before)
        all_ms += looked.all_threads_ms() - before_all
    return of("update_cpu", worked) | of("update_clock", clock) | {"update_all_threads_ms": round(all_ms / updates, 1)}


def answered(page: Any) -> dict[str, object]:  # noqa: ANN401  # the same
    """Click flights and drag the map while the frames come; return how soon each was answered."""
    for n in range(CLICKS):
        page.mouse.click(*page.evaluate("(n) => bench.place(7 * n)", n))
        page.wait_for_function("(n) => bench.answers.click.length > n", arg=n)
        page.evaluate("bench.back()")
        page.wait_for_selector("h2.name", state="detached")
    page.mouse.move(700, 300)
    page.mouse.down()
    for step in range(PAN_STEPS):
        page.mouse.move(700 + 4 * (step % 30), 300 + 2 * (step % 30))
        page.wait_for_timeout(40)
    page.mouse.up()
    told = page.evaluate("bench.answers")
    return of("click", told["click"]) | of("pan", told["pan"])


def of(name: str, values: list[float]) -> dict[str, object]:
    """Return the median and the 95th percentile in ms."""
    ordered = sorted(values)
    return {
        f"{name}_median_ms": round(statistics.median(ordered), 1),
        f"{name}_p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
    }


def main() -> None:
    """Print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--tracks", type=int, nargs="*", default=[1_000, 5_000])
    parser.add_argument("--updates", type=int, default=60)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with served() as page:
        found = {str(tracks): measured(page, tracks, asked.updates, asked.seconds) for tracks in asked.tracks}
    print(json.dumps(found) if asked.json else json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
