"""A station that has nothing to do, and one that has just begun.

    python -m benchmarks.live_idle [--seconds 30] [--json]

Started as `skykeep serve` starts it: three processes. Told are the time from the command to the first verdict (kernels
compiled beforehand, a plot arriving every tenth of a second), and then, with all feeds silent, the share of one core
and the memory of all three: resident, and proportional, which counts what they share once.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.live_load import free_port
from skykeep.facts import codec
from skykeep.facts.concluded import VerdictReached
from skykeep.station.link import Reader, Ticked

CONFIG = """
name = "Idle"
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
"""
INSIDE = (47.199, 8.731)  # a zone of the demo in which nobody may fly
SETTLE_S = 5.0
START_MAX_S = 300.0


def measure(seconds: float) -> dict[str, float]:
    """Return what was found, of one start."""
    home = Path(tempfile.mkdtemp(prefix="skykeep-idle-", dir="/tmp"))
    air, web = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM)
    (home / "skykeep.toml").write_text(CONFIG.format(air=air, web=web), "utf-8")
    demo = Path(__file__).resolve().parents[1] / "skykeep" / "demo_data"
    shutil.copy(demo / "zones_invented.json", home / "zones.json")
    began_s = time.monotonic()
    command = [sys.executable, "-m", "skykeep.cli", "serve", str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            first_s = _first_verdict(home / "run" / "station.sock", air) - began_s
            time.sleep(SETTLE_S)
            return {"start_to_first_verdict_s": first_s, **_idle(process.pid, seconds)}
        finally:
            process.terminate()
            process.wait(60)
            shutil.rmtree(home, ignore_errors=True)


def _first_verdict(path: Path, air: int) -> float:
    """Send plots until a verdict comes over the link; return when it did."""
    end_s = time.monotonic() + START_MAX_S
    link = socket.socket(socket.AF_UNIX)
    with link, contextlib.ExitStack() as closing:
        feed: socket.socket | None = None
        reader, linked = Reader(), False
        while time.monotonic() < end_s:
            with contextlib.suppress(OSError):
                if not linked:
                    link.connect(str(path))
                    link.settimeout(0.1)
                    linked = True
                feed = feed or closing.enter_context(socket.create_connection(("127.0.0.1", air), timeout=1))
                feed.sendall(_plot())
            if not linked:
                time.sleep(0.05)
                continue
            with contextlib.suppress(TimeoutError):
                if _has_verdict(reader, link.recv(1 << 20)):
                    return time.monotonic()
    raise SystemExit(f"no verdict within {START_MAX_S:g} s")


def _plot() -> bytes:
    now = dt.datetime.now(dt.UTC)
    line = {
        "time": now.isoformat(), "sensor": "radar-1", "track": "1", "modality": "radar", "alt_amsl_m": 700,
        "lat": INSIDE[0], "lon": INSIDE[1] + now.microsecond * 1e-10, "accuracy_m": 10,
    }  # fmt: skip
    return json.dumps(line).encode() + b"\n"


def _has_verdict(reader: Reader, data: bytes) -> bool:
    bodies = [body for each in reader.feed(data) if isinstance(each, Ticked) for body in each.concluded]
    return any(isinstance(codec.decode(body), VerdictReached) for body in bodies)


def _idle(pid: int, seconds: float) -> dict[str, float]:
    """Return what the processes take while nothing is heard."""
    above = psutil.Process(pid)
    processes = [above, *above.children(recursive=True)]
    before, at_s = [sum(each.cpu_times()[:2]) for each in processes], time.monotonic()
    time.sleep(seconds)
    took = [sum(each.cpu_times()[:2]) - was for each, was in zip(processes, before, strict=True)]
    memory = [each.memory_full_info() for each in processes]
    return {
        "core_percent": 100.0 * sum(took) / (time.monotonic() - at_s),
        "resident_mb": sum(each.rss for each in memory) / 1e6,
        "proportional_mb": sum(each.pss for each in memory) / 1e6,
        "processes": len(processes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a station that has nothing to do.")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    found = measure(options.seconds)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"  {name.replace('_', ' '):26} {value:>14,.2f}")


if __name__ == "__main__":
    main()
