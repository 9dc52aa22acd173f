"""Kill a run again and again: a process that forks runs of the main job, kills each, and looks at what is left.

    python -m tests.station.killed --kills 50 --seed 1 DIRECTORY

Prints one JSON object: how many kills hit, how many acknowledged entries they left, and every fault found. A fork of
a warm process begins to write within milliseconds, so that the kills fall into the writing and not into imports.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from skykeep.ledger.entry import EntryKind
from skykeep.station.inputs import open_source
from skykeep.station.keys import Keys
from skykeep.station.run import Job, Watching, run
from skykeep.station.settings import Settings
from skykeep.station.store import Store
from skykeep.station.verify import check

DATA = Path(__file__).parents[2] / "skykeep" / "demo_data"
SETTINGS = Settings(tick_ms=50, snapshot_interval_s=20.0)


def main() -> None:
    """Do it; exit 1 if anything is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = kill_all(options.directory, options.kills, random.Random(options.seed))
    print(json.dumps(found | {"seed": options.seed}))
    sys.exit(1 if found["faults"] else 0)


def kill_all(directory: Path, kills: int, chance: random.Random) -> dict[str, object]:
    """Kill `kills` runs, continuing each record until it is complete, then beginning another."""
    started = time.monotonic()
    whole = directory / "whole"
    go(job(whole, directory), directory)
    length_s = time.monotonic() - started  # the first run compiles too; later ones are shorter
    started = time.monotonic()
    go(job(directory / "again", directory), directory)
    length_s = time.monotonic() - started
    expected = contents(whole)
    faults: list[str] = []
    hit, acknowledged, record = 0, [], 0
    while hit < kills:
        record += 1
        path = directory / f"record-{record}"
        while hit < kills:
            killed = killed_run(path, directory, chance.uniform(0, 0.7 * length_s))
            if not killed:
                break
            hit += 1
            count = last_acknowledged(path)
            acknowledged.append(count)
            faults += look(path, count, expected, f"kill {hit}")
        go(job(path, directory), directory)
        if contents(path) != expected:
            faults.append(f"record {record} continued to other contents")
    return {"kills": hit, "records": record, "acknowledged": acknowledged, "entries": len(expected), "faults": faults}


def job(path: Path, directory: Path) -> Job:
    """Return the main job on the real recordings."""
    names = ("parrot_anafi_flight_part1.pcap", "readsb_snapshots_rega_zurich.jsonl.gz")
    sources = tuple(open_source(str(DATA / name)) for name in names)
    return Job(path, sources, (directory / "zones.json",), settings=SETTINGS, record_id="killed")


def go(what: Job, directory: Path) -> None:
    """Run it to the end, noting each acknowledgement."""
    with (directory / f"{what.record.name}.acknowledged").open("a", buffering=1) as file:
        run(what, Keys(directory / "keys"), Watching(durable=lambda entries: print(entries, file=file)))


def killed_run(path: Path, directory: Path, after_s: float) -> bool:
    """Run in a fork and kill it; False when it was done before."""
    child = os.fork()
    if child == 0:
        try:
            go(job(path, directory), directory)
        except BaseException as error:  # noqa: BLE001 - a fork must not go on as its parent would
            print(f"run failed: {error!r}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise RuntimeError("a run failed by itself, see above")
    return os.WIFSIGNALED(status)


def last_acknowledged(path: Path) -> int:
    """Return how many entries were acknowledged; a line cut short by the kill says nothing."""
    notes = path.with_name(path.name + ".acknowledged")
    lines = notes.read_text().split("\n")[:-1] if notes.exists() else []
    return int(lines[-1]) if lines else 0


def look(path: Path, acknowledged: int, expected: list[object], where: str) -> list[str]:
    """Return what is wrong with what a kill left."""
    if not (path / "record.sqlite").exists():
        return [f"{where}: {acknowledged} entries were acknowledged and there is no record"] if acknowledged else []
    faults = []
    checked = check(path)  # raises where it does not verify
    if checked.n_entries < acknowledged:
        faults.append(f"{where}: {acknowledged} entries acknowledged, {checked.n_entries} there")
    got = contents(path)
    if got != expected[: len(got)]:
        faults.append(f"{where}: what is there is not what an unbroken run holds")
    return faults


def contents(path: Path) -> list[object]:
    """Return all ticks of a record, beginnings aside: number, time, leaves, state."""
    with Store.open(path, read_only=True) as store:
        return [
            (row.tick, row.now_ns, row.leaves, row.state_sha256) for row in store.rows() if row.kind == EntryKind.TICK
        ]


if __name__ == "__main__":
    main()
