"""A station that really runs, for tests: its threads in this process, its socket and its record on disk."""

import contextlib
import datetime as dt
import json
import math
import pathlib
import shutil
import socket
import tempfile
import threading
import time

import msgspec

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.facts import codec
from skykeep.station import asked
from skykeep.station.config import Home
from skykeep.station.link import Answer, Ask, Beat, Hello, Reader, Status, Ticked, packed
from skykeep.station.serving import Station
from tests.waiting import PATIENCE_S, until

ZONES = pathlib.Path(__file__).resolve().parents[2] / "skykeep" / "demo_data" / "zones_invented.json"
INSIDE = (47.199, 8.731)  # DEMO-A: prohibited at all heights
OUTSIDE = (47.30, 8.60)

CONFIG = """
name = "Test station"
[law]
zones = ["zones.json"]
[[feed]]
name = "push"
kind = "push"
format = "tracks"
anonymous = true
"""


@contextlib.contextmanager
def home(config=CONFIG):
    """A station's directory with a short path, since a socket's may not be long."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="skykeep-", dir="/tmp"))
    (path / "skykeep.toml").write_text(config, "utf-8")
    shutil.copy(ZONES, path / "zones.json")
    try:
        yield Home(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Living:
    """A running station, and one client of its socket that keeps what it is told."""

    def __init__(self, at):
        self.home = at
        self.notes = []
        self.station = Station(at, self.notes.append)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.station.run, args=(self.ended,), daemon=True)
        self.thread.start()
        self.ticks, self.beats, self.statuses, self.answers, self.hello = [], [], [], {}, None
        self._number = 0
        self._socket = socket.socket(socket.AF_UNIX)
        until(lambda: self._socket.connect_ex(str(at.socket)) == 0, "the socket")
        self._listener = threading.Thread(target=self._read, daemon=True)
        self._listener.start()
        until(lambda: self.hello, "the station's hello")
        until(lambda: self.station.commands.began, "the first tick")

    def _read(self):
        reader = Reader()
        with contextlib.suppress(OSError):
            while data := self._socket.recv(1 << 20):
                for message in reader.feed(data):
                    match message:
                        case Hello():
                            self.hello = message
                        case Ticked():
                            self.ticks.append(message)
                        case Beat():
                            self.beats.append(message)
                        case Status():
                            self.statuses.append(message)
                        case Answer():
                            self.answers[message.number] = message

    def begin_ask(
        self, action, person="ada", roles=("duty_officer",), *, subject="", reason="", key="", data=b"", **arguments
    ):
        self._number += 1
        ask = Ask(self._number, action, person, list(roles), subject, reason, json.dumps(arguments).encode(), key, data)
        self._socket.sendall(packed(ask))
        return self._number

    def ask(self, action, person="ada", roles=("duty_officer",), **terms):
        """Ask for an act; returns (result, index of its entry), or raises what the station says."""
        number = self.begin_ask(action, person, roles, **terms)
        answer = until(lambda: self.answers.get(number), f"an answer to {action}")
        if answer.problem:
            raise {"refused": Refused, "malformed": Malformed, "unavailable": Unavailable}[answer.problem](
                answer.detail
            )
        return msgspec.json.decode(answer.result, type=asked.ASKED[action][1]), answer.entry_index

    def facts(self, kind=object):
        """All facts and conclusions that came over the link, in order."""
        told = []
        for ticked in list(self.ticks):
            bodies = [body for _, body in ticked.facts] + list(ticked.concluded)
            told += [fact for fact in map(codec.decode, bodies) if isinstance(fact, kind)]
        return told

    def see(self, place, *, track="1", sensor="radar-1", modality="radar", **more):
        """Tell of one plot of a radar, now."""
        lat, lon = place
        lon += 1e-4 * math.sin(time.monotonic())  # it hovers, not quite still
        line = {
            "time": dt.datetime.now(dt.UTC).isoformat(), "sensor": sensor, "track": track, "modality": modality,
            "lat": lat, "lon": lon, "alt_amsl_m": 700, "accuracy_m": 10, **more,
        }  # fmt: skip
        return self.ask(
            "sensor.push",
            f"anonymous:{sensor}",
            ["sensor"],
            subject=f"sensor:{sensor}",
            data=json.dumps(line).encode(),
            format="tracks",
        )

    def fly(self, place, found, what, **more):
        """Tell of plots at a place until something is found."""

        def look():
            self.see(place, **more)
            return found()

        return until(look, what)

    def end(self):
        self.ended.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._listener.join(PATIENCE_S)
        self._socket.close()


@contextlib.contextmanager
def living(at):
    one = Living(at)
    try:
        yield one
    finally:
        one.end()
