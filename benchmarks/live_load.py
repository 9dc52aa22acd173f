"""A station under load: prepared Remote ID frames over UDP, all recorded, and how late estimates are on its socket.

    python -m benchmarks.live_load [--seconds 60] [--drones 1000] [--hz 4] [--clients 200] [--json]

Three processes beside this one: the station, the web (with `--clients`), and a sender that puts frames on the loopback
at an even pace. A frame holds five messages, so 1,000 drones at 4 frames a second are 20,000 facts a second. Told are:

    facts       that the sender sent, that the station recorded, and the difference, which must be none
    latency     from a frame's arrival at the station's socket to the estimate that it moved, written to the link and,
                with `--clients`, read by one client of the event stream outside
    processor   of one core, of each process; memory at the beginning and at the end
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import psutil

from benchmarks import live_air
from skykeep.facts import codec
from skykeep.facts.concluded import TracksEstimated
from skykeep.ledger.tick import LeafKind
from skykeep.rules.powers import Role
from skykeep.station.link import Hello, Reader, Status, Ticked
from skykeep.station.people import People
from skykeep.station.store import Store

CONFIG = """
name = "Load"
[watch]
law_complete = true
[law]
zones = ["zones.json"]
[web]
port = {web}
[[feed]]
name = "air"
kind = "udp"
format = "remote-id"
link = 127
address = "127.0.0.1:{air}"
sensor_id = "rid-1"
anonymous = true
receive_buffer_bytes = 16777216
"""
CACHE = Path(tempfile.gettempdir()) / "skykeep-load-air"
WARM_S = 10.0
WEIGHED = 20  # times that memory is looked at while it is measured


class Probe:
    """Reads the station's socket, and notes how old each estimate is when it is read."""

    def __init__(self, path: Path) -> None:
        self.ages_ms: list[float] = []
        self.statuses: list[Status] = []
        self.hello: Hello | None = None
        self.measuring = False
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def close(self) -> None:
        """Stop reading."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(10.0)
        self._socket.close()

    def _read(self) -> None:
        reader = Reader()
        while data := self._socket.recv(1 << 22):
            read_ns = time.time_ns()
            for message in reader.feed(data):
                if isinstance(message, Ticked) and self.measuring:
                    self._note(message, read_ns)
                elif isinstance(message, Status):
                    self.statuses.append(message)
                elif isinstance(message, Hello):
                    self.hello = message

    def _note(self, ticked: Ticked, read_ns: int) -> None:
        for body in ticked.concluded:
            if b"concluded.tracks/1" not in body[:24]:
                continue
            told = codec.decode_trusted(body)
            assert isinstance(told, TracksEstimated)
            before_us = np.frombuffer(told.before_us, "<i4").astype(np.int64)
            self.ages_ms += ((read_ns - told.t_ns + before_us * 1_000) / 1e6).tolist()


def send(frames: Sequence[live_air.Sent], port: int, seconds: float, told: str) -> None:
    """Send at an even pace; runs in a process of its own, and writes down how many frames it sent."""
    to = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    to.connect(("127.0.0.1", port))
    began_s, count, at, turn_s = time.monotonic(), 0, 0, 0.0
    while (now_s := time.monotonic() - began_s) < seconds:
        while (due_s := turn_s + frames[at].at_s) <= now_s and due_s < seconds:
            to.send(frames[at].data)
            count, at = count + 1, at + 1
            if at == len(frames):
                at, turn_s = 0, turn_s + live_air.ROUND_S
        time.sleep(0.002)
    Path(told).write_text(str(count), "ascii")


class Scene(NamedTuple):
    """What is measured."""

    seconds: float
    drones: int
    hz: int
    clients: int


async def listen(port: int, token: str, clients: int, seconds: float) -> dict[str, object]:
    """Read the event stream as so many clients; the first one notes how old each estimate is when it is read."""
    ages_ms: list[float] = []
    bytes_read, began_s = [0], time.monotonic()
    request = (
        f"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        "Accept: text/event-stream\r\n\r\n"
    ).encode()

    async def one(*, probe: bool) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        writer.write(request)
        if not probe:
            while data := await reader.read(1 << 18):
                bytes_read[0] += len(data)
            return
        while line := await reader.readline():
            if line.startswith(b"data:"):
                read_ms, frame = time.time_ns() / 1e6, msgspec.json.decode(line[5:])
                if time.monotonic() - began_s > WARM_S:
                    ages_ms.extend(read_ms - row[1] for row in frame.get("tracks", ()))

    tasks = [asyncio.create_task(one(probe=number == 0)) for number in range(clients)]
    await asyncio.sleep(seconds)
    alive = sum(not task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {"ages_ms": ages_ms, "alive": alive, "bytes_read": bytes_read[0]}


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *command], stdin=subprocess.PIPE)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and wait for it."""
    assert process.stdin is not None
    process.stdin.close()
    process.wait(60)


def measure(scene: Scene) -> dict[str, Any]:
    """Return what was found."""
    home = Path(tempfile.mkdtemp(prefix="skykeep-load-", dir="/tmp"))
    frames = CACHE.with_name(f"{CACHE.name}-{scene.drones}x{scene.hz}")
    live_air.kept(frames, scene.drones, scene.hz)
    air, web = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    (home / "skykeep.toml").write_text(CONFIG.format(air=air, web=web), "utf-8")
    zones = Path(__file__).resolve().parents[1] / "skykeep" / "demo_data" / "zones_invented.json"
    shutil.copy(zones, home / "zones.json")
    began_s = time.monotonic()
    processes = [start(["-m", "skykeep.station.serving", str(home)])]
    if scene.clients:
        processes.append(start(["-m", "skykeep.web", str(home)]))
    try:
        return _measured(scene, home, processes, frames, (air, web), began_s)
    finally:
        for process in processes:
            process.kill()
            end(process)
        shutil.rmtree(home, ignore_errors=True)


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _token(home: Path) -> str:
    """Make an account that may see tracks, and a token of it."""
    people = People(home / "people.db")
    now_ns = time.time_ns()
    people.enrol("reader", [Role.DUTY_OFFICER], now_ns, password=secrets.token_hex(16))
    _, token = people.tokens.make("reader", "load", [Role.DUTY_OFFICER], now_ns, expires_ns=now_ns + 86_400 * 10**9)
    people.close()
    return token


class Used:
    """What a process takes, between two looks."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = psutil.Process(process.pid)
        self.rss_mb: list[float] = []
        self._look()

    def weigh(self) -> None:
        """Note how much memory it holds."""
        self.rss_mb.append(round(self._process.memory_info().rss / 1e6, 1))

    def _look(self) -> None:
        self.at_s, self.cpu_s = time.monotonic(), sum(self._process.cpu_times()[:2])
        self.weigh()

    def percent(self) -> float:
        """Return the share of one core since the last look, in percent."""
        at_s, cpu_s = self.at_s, self.cpu_s
        self._look()
        return 100.0 * (self.cpu_s - cpu_s) / (self.at_s - at_s)


def _measured(
    scene: Scene, home: Path, processes: list[subprocess.Popen[bytes]], frames: Path, ports: tuple[int, int],
    began_s: float,
) -> dict[str, Any]:  # fmt: skip
    path = home / "run" / "station.sock"
    while not path.exists():
        time.sleep(0.05)
    probe = Probe(path)
    while not probe.statuses:
        time.sleep(0.05)
    ready_s = time.monotonic() - began_s
    told, read = home / "sent", home / "read"
    of = ["--drones", str(scene.drones), "--hz", str(scene.hz)]
    span = str(WARM_S + scene.seconds)
    sender = start(["-m", "benchmarks.live_load", *of, "--send", str(frames), str(ports[0]), span, str(told)])
    listener = None
    if scene.clients:
        arguments = [str(ports[1]), _token(home), str(scene.clients), str(scene.seconds + WARM_S - 2.0), str(read)]
        listener = start(["-m", "benchmarks.live_load", "--listen", *arguments])
    time.sleep(WARM_S)
    used = [Used(process) for process in processes]
    probe.measuring = True
    for _ in range(WEIGHED):
        time.sleep(scene.seconds / WEIGHED)
        for each in used:
            each.weigh()
    probe.measuring = False
    percents = [each.percent() for each in used]
    for process in filter(None, (sender, listener)):
        process.wait()
        end(process)
    time.sleep(2.0)
    last = probe.statuses[-1]
    for process in reversed(processes):
        end(process)
    probe.close()
    recorded, sent = _recorded(home / "record"), int(told.read_text("ascii")) * live_air.FACTS_PER_FRAME
    size = sum(file.stat().st_size for file in (home / "record").rglob("*") if file.is_file())
    found = {
        "seconds": scene.seconds,
        "facts_sent": sent,
        "facts_recorded": recorded,
        "facts_lost": sent - recorded,
        "facts_lost_counted": sum(each.dropped for each in last.sensors) * live_air.FACTS_PER_FRAME,  # by the station
        "facts_per_s": sent / (WARM_S + scene.seconds),
        "tracks": last.tracks,
        **_ages("link", probe.ages_ms),
        "step_p99_ms": last.step_p99_us / 1e3,
        "overruns": last.overruns,
        "station_core_percent": percents[0],
        "station_rss_begin_mb": used[0].rss_mb[0],
        "station_rss_end_mb": used[0].rss_mb[-1],
        "station_rss_mb": used[0].rss_mb,
        "record_bytes_per_fact": size / max(1, recorded),
        "record_gb_per_day": size / (WARM_S + scene.seconds) * 86_400 / 1e9,
        "ready_s": ready_s,
    }
    if scene.clients:
        stream = msgspec.json.decode(read.read_bytes())
        found |= {
            **_ages("stream", stream["ages_ms"]),
            "clients": scene.clients,
            "clients_alive": stream["alive"],
            "stream_mb_read": stream["bytes_read"] / 1e6,
            "web_core_percent": percents[1],
            "web_rss_begin_mb": used[1].rss_mb[0],
            "web_rss_end_mb": used[1].rss_mb[-1],
            "web_rss_mb": used[1].rss_mb,
        }
    return found


def _ages(name: str, ages_ms: list[float]) -> dict[str, Any]:
    ordered = sorted(ages_ms) or [float("nan")]
    return {
        f"{name}_estimates": len(ages_ms),
        f"{name}_p50_ms": statistics.median(ordered),
        f"{name}_p99_ms": ordered[len(ordered) * 99 // 100],
        f"{name}_max_ms": ordered[-1],
    }


def _recorded(record: Path) -> int:
    """Count the facts in the record that a frame told of."""
    count = 0
    with Store.open(record, read_only=True) as store:
        for row in store.rows():
            bodies = (leaf.body for leaf in row.leaves if leaf.kind == LeafKind.FACT)
            count += sum(b"observed." in (body or b"")[:16] for body in bodies)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a live station under load.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--drones", type=int, default=1_000)
    parser.add_argument("--hz", type=int, default=4)
    parser.add_argument("--clients", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--send", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--listen", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if options.send:
        file, port, seconds, told = options.send
        send(live_air.kept(Path(file), options.drones, options.hz), int(port), float(seconds), told)
        return
    if options.listen:
        port, token, clients, seconds, told = options.listen
        heard = asyncio.run(listen(int(port), token, int(clients), float(seconds)))
        Path(told).write_text(json.dumps(heard), "ascii")
        return
    found = measure(Scene(options.seconds, options.drones, options.hz, options.clients))
    if options.json:
        print(json.dumps(found))
        return
    print(f"{os.cpu_count()} cores")
    for name, value in found.items():
        told = " ".join(map(str, value)) if isinstance(value, list) else f"{value:>14,.1f}"
        print(f"  {name.replace('_', ' '):26} {told}")


if __name__ == "__main__":
    msgspec.json.encode({})  # loaded before anything is measured
    main()
