"""Hours of the console in minutes, to see whether what it holds in memory grows.

    python -m tests.console.soaked [--hours 8] [--tracks 200] [--json]

An update a second of simulated time; flights come and go, alarms and incidents too, somebody looks at one, moves the map
and turns the theme. After each simulated hour the page's rubbish is collected, and what is left is written down. The fold
of the shared worker runs in the page, beside the console's own.
"""

import argparse
import contextlib
import json
import tempfile
from pathlib import Path

import psutil

from benchmarks.console import CROWD, script
from tests.browsers import GPU, chromium
from tests.console import scripted
from tests.web.standing import ready, web

LIFE_S = 600
HOUR_S = 3_600
MB = 1 << 20


@contextlib.contextmanager
def page_of(browser, url, state):
    """Give a live page that will hear a crowd instead of its station."""
    context = browser.new_context(viewport={"width": 1440, "height": 880}, storage_state=state)
    try:
        page = context.new_page()
        page.goto(f"{url}/live?plain")
        page.wait_for_selector("#pill.live")
        page.wait_for_function("() => skykeep.map && skykeep.sky.whole")
        page.evaluate(script(CROWD))
        yield page
    finally:
        context.close()


def begin(page, tracks, life_s=LIFE_S):
    """Make the page hear a crowd of so many flights."""
    page.evaluate(script(Path(__file__).with_suffix(".js")), {"tracks": tracks, "life_s": life_s})


def own_mb(session):
    """Return what objects, texts, arrays and functions of the page hold, in MB, by a picture of its heap.

    The size of the whole heap moves by a tenth from hour to hour, up and down: compiled code, and what the browser notes
    of its own (slow frames, requests, wrappers that wait to be collected), are in it too.
    """
    pieces = []

    def keep(told):
        pieces.append(told["chunk"])

    session.on("HeapProfiler.addHeapSnapshotChunk", keep)
    session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    session.remove_listener("HeapProfiler.addHeapSnapshotChunk", keep)
    picture = json.loads("".join(pieces))
    fields, (kinds, *_) = picture["snapshot"]["meta"]["node_fields"], picture["snapshot"]["meta"]["node_types"]
    kind, size, nodes = fields.index("type"), fields.index("self_size"), picture["nodes"]
    not_ours = {kinds.index(name) for name in ("native", "code", "hidden", "synthetic", "object shape")}
    rows = range(0, len(nodes), len(fields))
    return sum(nodes[row + size] for row in rows if nodes[row + kind] not in not_ours) / MB


def left(page, session):
    """Collect rubbish, and return what is left, in MB, and how many of each thing the console holds."""
    for _ in range(3):  # what a finaliser lets go is found by the next
        session.send("HeapProfiler.collectGarbage")
    told = session.send("Runtime.getHeapUsage")
    heap = {"heap_mb": told["usedSize"] / MB, "backing_mb": told.get("backingStorageSize", 0) / MB, "own_mb": own_mb(session)}
    return {name: round(value, 2) for name, value in heap.items()} | page.evaluate("soak.holds()")


def hours(page, session, count, seconds=HOUR_S, say=None):
    """Return what is left after each of so many hours."""
    found = []
    for _ in range(count):
        page.evaluate("(seconds) => soak.run(seconds)", seconds)
        found.append(left(page, session))
        if say is not None:
            say(found[-1])
    return found


def resident_mb(session):
    """Return what the processes of all pages hold, in MB: workers, pictures and what the heap does not count."""
    told = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return {
        "renderers_mb": round(
            sum(psutil.Process(each["id"]).memory_info().rss for each in told if each["type"] == "renderer") / MB
        )
    }


def main():
    """Print what was left after each hour."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hours", type=int, default=8)
    parser.add_argument("--tracks", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium(*GPU) as browser:
        path = Path(folder)
        scripted.people(path)
        station = scripted.Station(path / "run" / "station.sock")
        scripted.begin(station)
        with web(path) as (url, _):
            ready(url)
            with page_of(browser, url, scripted.cookies(browser, url, "everybody")) as page:
                begin(page, asked.tracks)
                whole = browser.new_browser_cdp_session()
                hours(
                    page, page.context.new_cdp_session(page), asked.hours,
                    say=lambda found: print(json.dumps(found | resident_mb(whole)), flush=True),
                )  # fmt: skip
        station.close()


if __name__ == "__main__":
    main()
