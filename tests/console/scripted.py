"""A real web process before a station that a test leads: what it says, how late it is, when it falls silent."""

import asyncio
import contextlib
import os
import pathlib
import signal
import threading
import time

import msgspec

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.concluded import Verdict
from skykeep.rules.powers import Role
from skykeep.station import asked
from skykeep.station.link import PROTOCOL, Answer, Beat, Hello, Status, Ticked, packed
from skykeep.station.linkserver import LinkServer
from skykeep.station.people import People
from tests.views.livefacts import T0_NS, alarm, estimated, identified, incident, verdict, zone
from tests.waiting import PATIENCE_S
from tests.web.doubles import TOLD
from tests.web.standing import directory

AXE = pathlib.Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
PASSWORD = "correct horse battery staple"
EACH_S = 0.1
S_NS = 1_000_000_000
LAT_E7, LON_E7 = -348_900_000, -561_650_000

HANGS = """
const Able = globalThis.Worker;
globalThis.Worker = class extends Able {
  constructor(url, terms) {
    super(url, terms);
    if (String(url).endsWith("brushworker.js")) this.postMessage = () => {};
  }
};
"""
"""A worker that draws, and that never answers from now on."""
INK = """() => {
  const canvas = document.getElementById("canvas"), seen = new OffscreenCanvas(canvas.width, canvas.height), pen = seen.getContext("2d");
  pen.drawImage(canvas, 0, 0);
  return pen.getImageData(0, 0, canvas.width, canvas.height).data.some((each) => each > 0);
}"""
"""Whether anything is to be seen in the picture of the flights."""


class Station:
    """The station's side of the link, on a thread: it beats ten times a second and answers every act."""

    def __init__(self, path, durable=0):
        self._durable = durable  # entries of its record, which the web reads there
        self.asks, self.late_s, self.silent, self.problem = [], 0.0, False, ""
        self.sensors = []  # how they do, as link.SensorStatus
        self._said, self._ready, self._ended = [], threading.Event(), None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(path),), daemon=True)
        self._thread.start()
        self._ready.wait(PATIENCE_S)

    def say(self, *concluded, facts=(), names=()):
        """Tell one tick more; `names`: what pseudonyms in it stand for."""
        with self._lock:
            number = len(self._said)
            said = [(place, codec.encode(each)) for place, each in enumerate(facts)]
            named = [codec.encode(each) for each in names]
            ticked = Ticked(number, number, T0_NS, named, said, codec.encode_all(concluded))
            self._said.append(packed(ticked))

    async def _run(self, path):
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        path.parent.mkdir(parents=True, exist_ok=True)
        hello = Hello(PROTOCOL, "r", "0.2", "v+1+A", T0_NS, self._durable, 100)
        server = LinkServer(path, hello=lambda: hello, execute=self._answer)
        await server.start()
        self._ready.set()
        while not self._ended.is_set():
            if not self.silent:
                with self._lock:
                    for each in self._said:  # whoever came late has it too; what comes twice is taken once
                        server.publish(each)
                server.publish(packed(self._status()))
                server.publish(packed(Beat(time.time_ns() - int(self.late_s * S_NS), True)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), EACH_S)
        await server.close()

    def _status(self):
        now_ns = time.time_ns() - int(self.late_s * S_NS)
        return Status(
            now_ns=now_ns, recorded=True, durable=1, ticks=1, step_p99_us=900, overruns=0, waiting_ticks=0, tracks=3,
            facts=1, disk_free_bytes=10**11, rss_bytes=10**8, clock_offset_ns=0, sensors=list(self.sensors), ill=[],
        )  # fmt: skip

    async def _answer(self, ask):
        try:
            asked.arguments(ask.action, ask.arguments)
        except Malformed as error:
            return Answer(ask.number, None, problem="malformed", detail=str(error))
        self.asks.append(ask)
        if self.problem:
            return Answer(ask.number, None, problem="refused", detail=self.problem)
        return Answer(ask.number, len(self.asks), msgspec.json.encode(TOLD[asked.ASKED[ask.action][1]]))

    def close(self):
        with contextlib.suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(PATIENCE_S)


def flights(*track_ids, **said):
    """Return where tracks are now, beside the demo city's middle."""
    given = {"lat_e7": LAT_E7, "lon_e7": LON_E7, "vel_east_mmps": 8_000, "vel_north_mmps": 3_000} | said
    columns = {name: value for name, value in given.items() if name != "lon_e7"}
    return estimated(time.time_ns(), *track_ids, **columns, lon_e7=given["lon_e7"])


def begin(station):
    """Say what every test finds: a flight that is not permitted and one that is, a zone, an alarm with an incident.

    Before there is a web process, so that whoever finds it ready finds all of this.
    """
    now_ns = time.time_ns()
    fly(station)
    station.say(
        identified(1), identified(2), verdict(1, Verdict.NOT_PERMITTED, "PALACE", t_ns=now_ns),
        verdict(2, Verdict.PERMITTED, "PALACE", t_ns=now_ns), verdict(3, Verdict.CANNOT_TELL, "PALACE", t_ns=now_ns),
        alarm(17, 1, "unacknowledged", t_ns=now_ns), incident(3, alarm_ids=(17,), track_ids=(1,), t_ns=now_ns, opened_ns=now_ns),
        facts=[zone("PALACE", volumes=(circle(),), name="Legislative Palace")],
    )  # fmt: skip


def fly(station):
    """Say where the three are now."""
    station.say(
        flights(1),
        flights(2, lat_e7=LAT_E7 + 90_000),
        flights(3, lat_e7=LAT_E7 - 90_000, lon_e7=LON_E7 + 90_000),
    )


def circle():
    from skykeep.facts.enacted import Circle, Volume
    from skykeep.geo.altitude import Altitude, Datum

    outline = Circle(lat_e7=LAT_E7, lon_e7=LON_E7, radius_mm=900_000)
    return Volume(outline=outline, floor=Altitude(0, Datum.AGL), ceiling=Altitude(500_000, Datum.AGL))


def people(path):
    """Make a station's directory with somebody of every power, and an auditor."""
    directory(path, desk_phone="ext. 4400")
    made = People(path / "people.db")
    with contextlib.closing(made):
        made.enrol("auditor", [Role.AUDITOR], time.time_ns(), password=PASSWORD)
        made.enrol("guard", [Role.SITE_SECURITY], time.time_ns(), password=PASSWORD)
        made.enrol("silva", [Role.DUTY_OFFICER], time.time_ns(), password=PASSWORD)


@contextlib.contextmanager
def stopped(process):
    """Hold a process: its sockets stay open, and it says nothing."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


class Looking:
    """A page of a browser that was let in, with all it asked for and all that went wrong in it."""

    def __init__(self, context, url):
        self.context, self.url = context, url
        self.asked, self.wrong = [], []
        self.page = context.new_page()
        self.watch(self.page)

    def watch(self, page):
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def open(self, query=""):
        self.page.goto(f"{self.url}/live{query}")
        return self

    def live(self):
        self.page.wait_for_selector("#pill.live", timeout=PATIENCE_S * 1000)
        return self

    @property
    def foreign(self):
        return [url for url in self.asked if not url.startswith((self.url, "data:", "blob:"))]


def cookies(browser, url, name):
    """Sign in once, and return what a context needs to be let in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda at: "/sign-in" not in at, timeout=PATIENCE_S * 1000, wait_until="commit")
    state = context.storage_state()
    context.close()
    return state


def press(button):
    """Press what leads to another page, and wait for it: after a click alone, one reads and types on the page before."""
    with button.page.expect_navigation(timeout=PATIENCE_S * 1000):
        button.click()


def no_fault(page):
    """Assert that axe finds nothing wrong with what a page shows."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })")
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]] == []
