"""How fast the main job runs: radio frames in, verdicts out, everything durable; and how fast a record replays.

    python -m benchmarks.pipeline [--seconds 120] [--rounds 3] [--json]

Two scenes from one seed, as pcap files of Wi-Fi beacons: 1,000 drones heard by one sensor, and 200 drones each heard by
five sensors; 20 zones among them. A run reads the files, decodes, watches, judges and commits to disk; its rate counts
facts. A replay recomputes every conclusion of the record. Everything in one process, on one core; the median of the
rounds counts. There is no peer that does this job; the plain decoding and hashing of the same frames stands beside it,
to show what the watch and the record add.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import tempfile
import time
from pathlib import Path

from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust
from skykeep.facts.personal import KeyedNames
from skykeep.sim import scale, town
from skykeep.sim.radio import pcap
from skykeep.station.inputs import open_source
from skykeep.station.keys import Keys
from skykeep.station.replay import replay
from skykeep.station.run import Job, Watching, run
from skykeep.wire import pcap as captures
from skykeep.wire import remote_id
from skykeep.wire.remote_id_air import on_air

START_NS = 1_780_000_000_000_000_000
SCENES = {"1000_drones_1_sensor": (1_000, 1), "200_drones_5_sensors": (200, 5)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the main job end to end, and replay.")
    parser.add_argument("--seconds", type=int, default=120, help="length of each scene")
    parser.add_argument("--rounds", type=int, default=5, help="rounds")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    found = {name: measure(*scene, options.seconds, options.rounds) for name, scene in SCENES.items()}
    if options.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(name.replace("_", " "))
        for figure, value in figures.items():
            print(f"  {figure.replace('_', ' '):44} {value:>14,.1f}")


def measure(drones: int, sensors: int, seconds: int, rounds: int) -> dict[str, float]:
    """Return the medians for one scene."""
    with tempfile.TemporaryDirectory(prefix="skykeep-bench-") as directory:
        place = Path(directory)
        specs = write_scene(place, drones, sensors, seconds)
        once(place, specs, place / "warm")  # compiles, fills the page cache
        loops, rates = [plain_loop_s()], []
        for number in range(rounds):
            rates.append(once(place, specs, place / f"round-{number}"))
            loops.append(plain_loop_s())
        plain_s = statistics.median(plain(place, sensors) for _ in range(rounds))
        figures = {name: statistics.median(rate[name] for rate in rates) for name in rates[0]}
        figures |= {"plain_decode_and_hash_s": plain_s, "run_to_plain_ratio": figures["run_s"] / plain_s}
        best = max(rate["run_facts_per_s"] for rate in rates)
        return figures | {"best_run_facts_per_s": best, "plain_loop_min_s": min(loops), "plain_loop_max_s": max(loops)}


def plain_loop_s() -> float:
    """Ten million additions: how fast the machine is just now; the spread tells how far to trust the other figures."""
    began, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number
    return time.perf_counter() - began


def write_scene(place: Path, drones: int, sensors: int, seconds: int) -> list[str]:
    """Write the captures, one a sensor, each a few microseconds after the one before, and the zones."""
    frames = list(scale.frames(1, START_NS, on_air, drones=drones, seconds=seconds))
    for number in range(sensors):
        heard = [frame._replace(t_ns=frame.t_ns + number * 7_000) for frame in frames]
        (place / f"sensor-{number}.pcap").write_bytes(pcap(heard))
    (place / "zones.json").write_text(json.dumps(zones()))
    return [f"remote-id@sensor-{number}:{place / f'sensor-{number}.pcap'}" for number in range(sensors)]


def zones() -> dict[str, object]:
    """Return 20 circles with a ceiling, over the square that the drones fly in."""
    return {"formatVersion": "1.0.0", "UASZoneList": [zone(number) for number in range(20)]}


def zone(number: int) -> dict[str, object]:
    """Return one zone of 1 km radius."""
    lat_e7, lon_e7 = town.place_e7((number % 5 - 2) * 4_000.0, (number // 5 - 1.5) * 4_000.0)
    return {
        "identifier": f"BENCH{number}",
        "country": "XXX",
        "name": f"Invented zone {number}",
        "type": "COMMON",
        "restriction": "PROHIBITED",
        "reason": ["SENSITIVE"],
        "applicability": [{"permanent": "YES"}],
        "zoneAuthority": [{"name": "nobody"}],
        "geometry": [
            {
                "uomDimensions": "M",
                "lowerLimit": 0,
                "lowerVerticalReference": "AGL",
                "upperLimit": 120,
                "upperVerticalReference": "AGL",
                "horizontalProjection": {"type": "Circle", "center": [lon_e7 / 1e7, lat_e7 / 1e7], "radius": 1000},
            }
        ],
    }


def once(place: Path, specs: list[str], record: Path) -> dict[str, float]:
    """Run and replay once; seconds and rates."""
    sources = tuple(open_source(spec) for spec in specs)
    began = time.perf_counter()
    run(Job(record, sources, (place / "zones.json",), record_id="bench"), Keys(place / "keys"), Watching())
    run_s = time.perf_counter() - began
    began = time.perf_counter()
    found = replay(record)
    replay_s = time.perf_counter() - began
    if not found.identical:
        raise SystemExit("the replay is not identical: no figure counts")
    disk = sum(file.stat().st_size for file in record.rglob("*") if file.is_file())
    span_s = (found.to_ns - found.from_ns) / 1e9
    return {
        "facts": found.facts,
        "conclusions": found.conclusions,
        "run_s": run_s,
        "run_facts_per_s": found.facts / run_s,
        "run_times_real_time": span_s / run_s,
        "replay_facts_per_s": found.facts / replay_s,
        "replay_times_real_time": span_s / replay_s,
        "disk_bytes_a_fact": disk / found.facts,
        "disk_gb_a_day_at_this_traffic": disk / span_s * 86_400 / 1e9,
    }


def plain(place: Path, sensors: int) -> float:
    """Read, decode and hash the same frames and keep nothing: seconds."""
    names, digest = KeyedNames(bytes(32)), hashlib.sha256()
    began = time.perf_counter()
    for number in range(sensors):
        with (place / f"sensor-{number}.pcap").open("rb") as file:
            for record in captures.records(file):
                frame = Frame("remote-id", record.link, "s", record.t_ns, record.t_ns, LinkTrust.OPEN, record.data)
                digest.update(frame.data)
                remote_id.decode(frame, 0, names)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
