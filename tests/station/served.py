"""`skykeep serve` as processes of their own, for tests that kill them: fed over TCP, listened to on the socket."""

import contextlib
import datetime as dt
import json
import math
import os
import socket
import subprocess
import sys
import threading
import time

import psutil

from skykeep.errors import Malformed
from skykeep.facts import codec
from skykeep.facts.observed import PositionReported
from skykeep.ledger.tick import LeafKind
from skykeep.station import replay, verify
from skykeep.station.link import Beat, Hello, Reader, Status, Ticked
from skykeep.station.run import bodies
from skykeep.station.store import Store
from tests.ports import free_port
from tests.station.living import INSIDE, home
from tests.waiting import PATIENCE_S, until

CONFIG = """
name = "Test station"
[law]
zones = ["zones.json"]
[web]
port = {web}
[[feed]]
name = "air"
kind = "tcp_server"
format = "tracks"
address = "127.0.0.1:{air}"
anonymous = true
backoff_max_s = 1.0
"""


class Heard:
    """A client of the station's socket: what was told as durable, whenever it was there."""

    def __init__(self, path):
        self._path, self.durable, self.hellos, self.statuses, self.unrecorded = path, {}, [], [], []
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ended:
            with contextlib.suppress(OSError, Malformed):
                self._listen()
            time.sleep(0.02)

    def _listen(self):
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(self._path))
            reader, waiting = Reader(), []
            while data := link.recv(1 << 20):
                for message in reader.feed(data):
                    match message:
                        case Hello():
                            self.hellos.append(message)
                        case Ticked():
                            waiting.append(message)
                        case Status():
                            self.statuses.append(message)
                        case Beat(recorded=True):
                            self.durable |= {ticked.entry_index: ticked for ticked in waiting}
                            waiting = []
                        case Beat():
                            self.unrecorded += waiting
                            waiting = []

    def end(self):
        self._ended = True


class Served:
    """One `skykeep serve`."""

    def __init__(self, at, *, environment=None):
        self.home, self.air, self.web = at, free_port(), free_port()
        (at.path / "skykeep.toml").write_text(CONFIG.format(web=self.web, air=self.air), "utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "skykeep.cli", "serve", str(at.path)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        self.said = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.heard = Heard(at.socket)
        self._sent = 0
        try:
            until(lambda: self.heard.hellos, lambda: f"the station ({self.said})")
        except BaseException:  # one that comes too late must not go on behind the other tests
            self.end()
            raise

    def _read(self):
        self.said += [line.decode().rstrip() for line in self.process.stderr]

    def child(self, module):
        """Return the process id of the station or of the web."""
        for each in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.Error):
                if module in each.cmdline():
                    return each.pid
        return None

    @property
    def station(self):
        return until(lambda: self.child("skykeep.station.serving"), "the station's process")

    @property
    def web_process(self):
        return until(lambda: self.child("skykeep.web"), "the web's process")

    def send(self, count=20, *, track="1", place=INSIDE):
        """Send plots over TCP once somebody listens, until all are sent or nobody listens any more."""
        with contextlib.suppress(OSError), until(self._connected, "the feed to listen") as air:
            for _ in range(count):
                self._sent += 1
                line = {
                    "time": dt.datetime.now(dt.UTC).isoformat(), "sensor": "radar-1", "track": track,
                    "modality": "radar", "lat": place[0], "lon": place[1] + 1e-4 * math.sin(time.monotonic()),
                    "alt_amsl_m": 700, "accuracy_m": 10, "serial": f"N{self._sent}",
                }  # fmt: skip
                air.sendall(json.dumps(line).encode() + b"\n")
                time.sleep(0.01)

    def _connected(self):
        try:
            return socket.create_connection(("127.0.0.1", self.air), timeout=5)
        except OSError:
            return None

    def end(self):
        self.process.terminate()
        code = self.process.wait(PATIENCE_S)
        self.heard.end()
        self._reader.join(PATIENCE_S)
        self.process.stdin.close()
        self.process.stderr.close()
        return code


@contextlib.contextmanager
def served(**terms):
    with home() as at:
        one = Served(at, **terms)
        try:
            yield one
        finally:
            if one.process.poll() is None:
                one.end()


def require_kept(at, told):
    """Everything that was told as durable stands in the record, byte for byte; it verifies, and replay agrees."""
    verify.check(at.record)
    with Store.open(at.record, read_only=True) as store:
        rows = {row.entry_index: row for row in store.rows()}
    for index, ticked in told.items():
        assert index in rows, f"entry {index} was told as durable, and is lost"
        assert bodies(rows[index], LeafKind.CONCLUSION) == list(ticked.concluded)
    assert replay.replay(at.record).differing == 0
    return rows


def positions(rows):
    """How many positions the record holds."""
    return sum(
        isinstance(codec.decode(body), PositionReported)
        for row in rows.values() for body in bodies(row, LeafKind.FACT)
    )  # fmt: skip
