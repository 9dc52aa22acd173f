"""Other trackers on the reference scenario, each in the peers' own environment: Stone Soup and a Rust LMB filter.

    python -m benchmarks.tracking_peers --level L0 --n 100 --seed 1      runs them once and prints JSON

`benchmarks/peers/set-up` makes the environment (locked versions, a Python of its own); where it is missing, the table
says so. The programs in benchmarks/peers/ read detections and write what they told at each whole second; they know
nothing of Skykeep, and never see which drone a detection is of. A run ends when its CPU time is used up, and the table
says how far it came.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skykeep.sim.scenario import Scenario, make
from skykeep.sim.scenario_sensors import CARTESIAN, LEVELS

HERE = Path(__file__).parent / "peers"
PYTHON = Path(os.environ.get("SKYKEEP_PEERS", HERE.parents[1] / "build" / "peers")) / "bin" / "python"
CPU_S = float(os.environ.get("SKYKEEP_PEERS_CPU_S", "60"))  # a peer's CPU time for one run, at most
PEERS = {
    "stone_soup_gnn": ("stone_soup.py", "--method", "gnn"),
    "stone_soup_jpda": ("stone_soup.py", "--method", "jpda"),
    "rust_lmb": ("lmb.py",),
}
LINEAR_ONLY = frozenset({"rust_lmb"})  # one linear sensor: L0
SEEDS_AT_MOST = {20: 3, 100: 3}  # larger: one
MOST = 1000  # beyond that a peer takes minutes a scan


@dataclasses.dataclass(frozen=True)
class Peer:
    """What a peer told at each whole second (ids, places), CPU seconds a scan, and how far it came."""

    told: dict[int, tuple[Any, Any]]
    cpu_s: list[float]
    reached_s: float


def why_not() -> str | None:
    """Return why there are no peers here, or None."""
    return (
        None if PYTHON.exists() else f"no peers' environment at {PYTHON.parents[1]}: benchmarks/peers/set-up makes it"
    )


def versions() -> dict[str, str]:
    """Return the peers' versions, or why there are none."""
    if (missing := why_not()) is not None:
        return {"missing": missing}
    ask = (
        "import importlib.metadata as m, json, platform;"
        "print(json.dumps({'python': platform.python_version(),"
        "**{n: m.version(n) for n in ('stonesoup', 'multisensor-lmb-filters-rs', 'numpy')}}))"
    )
    found: dict[str, str] = json.loads(subprocess.run([PYTHON, "-c", ask], capture_output=True, check=True).stdout)
    return found


def seeds(n: int, wanted: Sequence[int]) -> Sequence[int]:
    """Return the seeds on which peers run at this size."""
    return wanted[: SEEDS_AT_MOST.get(n, 1)] if n <= MOST else ()


def on(scenario: Scenario) -> dict[str, Peer]:
    """Run every peer that can take this level; what is missing is left out."""
    if why_not() is not None or scenario.level == "L3":
        return {}
    linear = all(sensor.kind == CARTESIAN for sensor in scenario.sensors)
    with tempfile.TemporaryDirectory(prefix="skykeep-peers-") as folder:
        given = Path(folder) / "detections.npz"
        _write(scenario, given)
        return {
            name: _run(given, Path(folder) / f"{name}.json", arguments)
            for name, arguments in PEERS.items()
            if linear or name not in LINEAR_ONLY
        }


def _write(scenario: Scenario, path: Path) -> None:
    """Write the detections without what they are of."""
    det = scenario.det
    apart = (np.diff(det["t_arr_s"]) != 0) | (np.diff(det["t_s"]) != 0) | (np.diff(det["sensor"]) != 0)
    sensors = [
        {
            "kind": sensor.kind,
            "pos": [float(each) for each in sensor.pos_enu_m],
            "sigma": [float(each) for each in sensor.sigma],
            "pd": sensor.detection,
            "clutter": sensor.clutter,
        }
        for sensor in scenario.sensors
    ]
    np.savez(
        path,
        t_s=det["t_s"],
        t_arr_s=det["t_arr_s"],
        sensor=det["sensor"],
        z=det["z"],
        cuts=np.nonzero(apart)[0] + 1,
        sensors=json.dumps(sensors),
        duration_s=scenario.duration_s,
    )


def _run(given: Path, made: Path, arguments: Sequence[str]) -> Peer:
    program, *rest = arguments
    command = [str(PYTHON), str(HERE / program), str(given), str(made), "--cpu-s", str(CPU_S), *rest]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
    done = subprocess.run(command, env={**os.environ, **one_thread}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{program} failed:\n{done.stderr}")
    found = json.loads(made.read_text("ascii"))
    told = {int(second): (ids, places) for second, (ids, places) in found["outputs"].items()}
    return Peer(told, found["cpu_s"], float(found["reached_s"]))


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the peers once; prints JSON.")
    parser.add_argument("--level", choices=LEVELS, default="L0")
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--duration", type=float, default=120.0)
    options = parser.parse_args()
    from benchmarks.tracking import of_peer  # noqa: PLC0415  # which imports this

    scenario = make(n=options.n, level=options.level, seed=options.seed, duration_s=options.duration)
    print(
        json.dumps({"versions": versions(), **{name: of_peer(scenario, peer) for name, peer in on(scenario).items()}})
    )


if __name__ == "__main__":
    main()
