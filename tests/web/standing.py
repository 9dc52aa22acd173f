"""A web process of its own, before a station that is only a socket: what it tells and answers, a test says."""

import asyncio
import contextlib
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import msgspec

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.concluded import Verdict
from skykeep.rules.powers import Role
from skykeep.station import asked
from skykeep.station.link import PROTOCOL, Answer, Beat, Hello, Ticked, packed
from skykeep.station.linkserver import LinkServer
from skykeep.station.people import People
from skykeep.station.store import Store
from tests.views.livefacts import T0_NS, alarm, estimated, identified, incident, verdict, zone
from tests.waiting import PATIENCE_S, until
from tests.web.doubles import TOLD

ALL = [role for role in Role if role not in {Role.PUBLIC, Role.SENSOR}]
TOLD_OF = [
    estimated(T0_NS, 1, 2, 3),
    identified(1),
    verdict(1, Verdict.NOT_PERMITTED, "KEEP-OUT"),
    alarm(17, 1, "unacknowledged"),
    incident(3, alarm_ids=(17,), track_ids=(1,)),
]


class Socket:
    """The station's side of the link, on a thread."""

    def __init__(self, path):
        self.asks, self._ready, self._ended = [], threading.Event(), None
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(path),), daemon=True)
        self._thread.start()
        self._ready.wait(PATIENCE_S)

    async def _run(self, path):
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        path.parent.mkdir(parents=True, exist_ok=True)
        server = LinkServer(
            path, hello=lambda: Hello(PROTOCOL, "r", "0.2", "v+1+A", T0_NS, 0, 100), execute=self._answer
        )
        await server.start()
        self._ready.set()
        facts = [(0, codec.encode(zone("KEEP-OUT"))), (1, codec.encode(zone("PARADE", effective_from_ns=2**60 * 3)))]
        told = packed(Ticked(0, 0, T0_NS, [], facts, codec.encode_all(TOLD_OF)))
        while not self._ended.is_set():
            server.publish(told)  # whoever came late has it too; what comes twice is taken once
            server.publish(packed(Beat(time.time_ns(), True)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), 0.1)
        await server.close()

    async def _answer(self, ask):
        self.asks.append(ask)
        try:
            asked.arguments(ask.action, ask.arguments)
        except Malformed as error:
            return Answer(ask.number, None, problem="malformed", detail=str(error))
        return Answer(ask.number, len(self.asks), msgspec.json.encode(TOLD[asked.ASKED[ask.action][1]]))

    def close(self):
        with contextlib.suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(PATIENCE_S)


def directory(path: Path, **web) -> str:
    """Make a station's directory; returns a token of somebody who may do everything."""
    said = {"port": 0, "requests_per_minute": 1_000_000, **web}
    lines = [f"{name} = {value!r}".replace("'", '"') for name, value in said.items()]
    (path / "skykeep.toml").write_text('name = "Test"\n[web]\n' + "\n".join(lines) + "\n")
    if not (path / "record").exists():
        Store.create(path / "record", meta={"record_id": "r"}).close()
    people, now_ns = People(path / "people.db"), time.time_ns()
    with contextlib.closing(people):
        people.enrol("everybody", ALL, now_ns, password="correct horse battery staple")
        return people.tokens.make("everybody", "test", ALL, now_ns, expires_ns=now_ns + 10**15)[1]


def sensor_key(path: Path, sensor_id: str) -> str:
    people = People(path / "people.db")
    with contextlib.closing(people):
        return people.sensors.make(sensor_id, time.time_ns())[1]


@contextlib.contextmanager
def web(path: Path):
    """Give the URL of a web process on a directory, and the process."""
    told = path / "run" / "web.url"
    with subprocess.Popen(
        [sys.executable, "-m", "skykeep.web", str(path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            until(lambda: process.poll() is not None or (told.exists() and told.read_text().endswith("\n")))
            assert process.poll() is None, process.stderr.read()
            yield told.read_text().strip(), process
        finally:
            process.kill()


def ready(url, **how):
    """Wait until the web process follows the station."""
    with httpx.Client(base_url=url, **how, timeout=PATIENCE_S) as client:
        until(lambda: client.get("/api/v1/health/ready").status_code == 200)
