"""A day of a quiet city through the watch, hour by hour, to see whether anything grows.

    python -m benchmarks.long_run [--hours 24] [--json] [--quick]

Three drones and 20 false reports a scan at a time, two radars and Remote ID (the reference scenario, L2), ten minutes
after ten minutes with new drones, radios and serial numbers each, so that what is remembered of the past would pile up.
Facts are made as they are needed and thrown away. Each hour: bytes of the watch's state as it is saved, resident memory
of the process after a collection, blocks that Python itself has allocated, rows of the track table.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.watching import TICK_NS
from skykeep.facts.codec import Fact
from skykeep.facts.enacted import SensorDeclared
from skykeep.facts.observed import BasicIdHeard, Heard
from skykeep.sim.scenario import make
from skykeep.sim.scenario_facts import EPOCH_NS, heard
from skykeep.watch.settings import WatchSettings
from skykeep.watch.snapshot import to_bytes
from skykeep.watch.state import State
from skykeep.watch.step import Tick, next_due_ns, step

PART_S = 600
DRONES, CLUTTER, LIFE_S = 3, 20.0, 120.0
HOUR_NS = 3_600_000_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description="A day through the watch: does anything grow?")
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    parser.add_argument("--quick", action="store_true", help="half an hour")
    options = parser.parse_args()
    found = measured(0.5 if options.quick else options.hours)
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


def measured(hours: float, every_hours: float = 1.0) -> dict[str, Any]:
    """Return what was there each hour, and the greatest in the first sixth of the time and in the rest."""
    state, number, next_ns = State(WatchSettings()), 0, EPOCH_NS
    rows: list[dict[str, Any]] = []
    conclusions, began_s = 0, time.process_time()
    for now_ns, facts in ticks(hours):
        while (due_ns := next_due_ns(state)) <= now_ns - TICK_NS:
            number += 1
            state, told = step(state, Tick(number, -(-due_ns // TICK_NS) * TICK_NS, ()))
            conclusions += len(told)
        number += 1
        state, told = step(state, Tick(number, now_ns, facts))
        conclusions += len(told)
        if now_ns >= next_ns:
            rows.append(looked(state, (now_ns - EPOCH_NS) / HOUR_NS))
            next_ns += round(every_hours * HOUR_NS)
    rows.append(looked(state, hours))
    early = [row for row in rows if 0 < row["hour"] <= max(hours / 6, rows[1]["hour"])]
    late = [row for row in rows if row["hour"] > early[-1]["hour"]] or early
    return {
        "hours": hours,
        "ticks": number,
        "conclusions": conclusions,
        "cpu_s": round(time.process_time() - began_s, 1),
        "early_max": {name: max(row[name] for row in early) for name in rows[0]},
        "late_max": {name: max(row[name] for row in late) for name in rows[0]},
        "by_hour": rows,
    }


def looked(state: State, hour: float) -> dict[str, Any]:
    """Return how much is held now."""
    gc.collect()
    return {
        "hour": round(hour, 2),
        "state_bytes": len(to_bytes(state)),
        "tracks": len(state.tracks),
        "python_blocks": sys.getallocatedblocks(),
        "resident_mb": round(resident_mb(), 1),
    }


def resident_mb() -> float:
    """Return the resident memory now, or the greatest so far where the system does not tell the present one."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text("ascii").split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def ticks(hours: float) -> Iterator[tuple[int, list[Fact]]]:
    """Yield the ticks of part after part, each with radios and names of its own; sensors are declared once."""
    parts = max(1, round(hours * 3600 / PART_S))
    last_ns = 0
    for part in range(parts):
        later_ns = part * PART_S * 1_000_000_000
        scenario = make(n=DRONES, level="L2", seed=part, duration_s=PART_S - 1.0, clutter=CLUTTER, mean_life_s=LIFE_S)
        for tick in heard(scenario):
            facts = [moved(fact, later_ns, part) for fact in tick.facts if part == 0 or _is_news(fact)]
            now_ns = tick.now_ns + later_ns
            if facts and now_ns > last_ns:
                last_ns = now_ns
                yield now_ns, facts


def _is_news(fact: object) -> bool:
    return not isinstance(fact, SensorDeclared)


def moved(fact: Any, later_ns: int, part: int) -> Any:  # noqa: ANN401  # facts of several kinds
    """Return a fact at a later time, of another radio and with another name."""
    if not isinstance(fact, Heard):
        return fact
    changed: dict[str, Any] = {"t_event_ns": fact.t_event_ns + later_ns, "t_arrival_ns": fact.t_arrival_ns + later_ns}
    if fact.transmitter:
        changed["transmitter"] = f"{fact.transmitter}/{part}"
    if isinstance(fact, BasicIdHeard) and fact.uas_id is not None:
        changed["uas_id"] = f"{fact.uas_id}/{part}"
    return msgspec.structs.replace(fact, **changed)


if __name__ == "__main__":
    main()
