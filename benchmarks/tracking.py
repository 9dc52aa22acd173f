"""The tracker on the reference scenario, beside peers: CPU a scan, times real time, GOSPA with its parts, delays.

    python -m benchmarks.tracking [--json] [--quick] [--levels L0 L1 L2 L3] [--sizes N ...] [--seeds N ...] [--no-peers]

Skykeep is `watch.step` as a station calls it, in ticks of 100 ms. CPU a scan is the CPU time of a step that a scan is
in, the first two of a run left out (they touch their memory first); times real time counts all steps, and decoding each
fact from its bytes as a replay does. Peers run in an environment of their own (benchmarks/tracking_peers.py) on the
same detections in the same command, one after the other on one core. Everybody is scored alike: the established tracks
at each whole second, by what had arrived until then, GOSPA with c = 30 m, p = 2, alpha = 2, from the 10th second on.
L3 is scored level, in two dimensions, since birds and spoofs leave heights to one radar. "oracle" is the watch's own
filter told which report is of whom, "oracle plain" a Kalman filter of constant velocity told the same.

The tuning of Skykeep and of the peers was done on seeds 11 to 20; seeds 1 to 10 are those of the table.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from benchmarks import tracking_peers
from benchmarks.watching import TICK_NS, percentiles_ms, watched
from skykeep.facts.codec import Fact
from skykeep.facts.observed import Heard
from skykeep.sim import fates, scenario_facts, shots
from skykeep.sim.gospa import CUTOFF_M
from skykeep.sim.scenario import Scenario, make
from skykeep.sim.scenario_facts import EPOCH_NS
from skykeep.sim.score import BURN_IN_S, RunScore, score
from skykeep.station.scoring import Accuracy, score_scenario
from skykeep.station.settings import Settings
from skykeep.watch.settings import WatchSettings

SIZES = {"L0": (20, 100, 500, 1000, 3000), "L1": (100, 500, 1000), "L2": (100, 500, 1000), "L3": (100, 500, 1000)}
DIMENSIONS = {"L0": 3, "L1": 3, "L2": 3, "L3": 2}
SEEDS = tuple(range(1, 11))
SEEDS_LARGE = (1, 2, 3)  # from LARGE drones on
LARGE = 500
FIRST_LEFT_OUT = 2

Told = dict[int, tuple[Any, Any]]  # by whole second: ids (k,), places (k, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description="The tracker on the reference scenario, beside peers.")
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    parser.add_argument("--quick", action="store_true", help="small and short, to see that everything runs")
    parser.add_argument("--levels", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--sizes", nargs="+", type=int, help="instead of the table's")
    parser.add_argument("--seeds", nargs="+", type=int, help="instead of 1 to 10 (1 to 3 from 500 drones on)")
    parser.add_argument("--duration", type=float, default=120.0, help="seconds of each scenario")
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.seeds, options.duration = options.sizes or [20], options.seeds or [1], 30.0
    found = measured(options)
    print(json.dumps(found) if options.json else table(found))


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Return every cell of the table, by level, size and tracker."""
    found: dict[str, Any] = {"peers": {} if options.no_peers else tracking_peers.versions()}
    warm()
    for level in options.levels:
        for n in options.sizes or SIZES[level]:
            seeds = options.seeds or (SEEDS if n < LARGE else SEEDS_LARGE)
            found[f"{level}_{n}"] = cell(level, n, seeds, options.duration, peers=not options.no_peers)
    return found


def warm() -> None:
    """Compile what the steps use, on a small scenario."""
    watched(cut(make(n=5, level="L3", seed=0, duration_s=15.0)), keep=())


def cell(level: str, n: int, seeds: tuple[int, ...], duration_s: float, *, peers: bool) -> dict[str, Any]:
    """Return the figures of all trackers on one level and size, means over the seeds."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for seed in seeds:
        scenario = make(n=n, level=level, seed=seed, duration_s=duration_s)
        for name, row in ours(scenario).items():
            runs.setdefault(name, []).append(row)
        if peers and seed in tracking_peers.seeds(n, seeds):
            for name, peer in tracking_peers.on(scenario).items():
                mine = runs["skykeep"][-1]["gospa_m"]
                runs.setdefault(name, []).append(of_peer(scenario, peer) | {"skykeep_gospa_m": mine})
    figures = {name: means(each) for name, each in runs.items()}
    gaps = [mine["gospa_m"] - best["gospa_m"] for mine, best in zip(runs["skykeep"], runs["oracle"], strict=True)]
    figures["skykeep"]["gospa_above_oracle_m"] = round(statistics.fmean(gaps), 2)
    figures["skykeep"]["gospa_above_oracle_worst_m"] = round(max(gaps), 2)
    return {"seeds": list(seeds), "duration_s": duration_s, **figures}


def means(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean of each figure over the seeds; percentiles of time are medians of the seeds' percentiles."""
    found: dict[str, Any] = {"seeds": len(runs)}
    for name in runs[0]:
        values = [run[name] for run in runs if run[name] is not None]
        middle = statistics.median if "ms" in name.split("_") else statistics.fmean
        found[name] = round(middle(values), 4) if values else None
    return found


# ---- Skykeep -----------------------------------------------------------------------------------------


def cut(scenario: Scenario) -> list[tuple[int, list[Fact]]]:
    """Return the scenario's facts in ticks that close on whole tenths and hold what arrived until then, not after."""
    ticks: dict[int, list[Fact]] = {}
    for tick in scenario_facts.heard(scenario):
        for fact in tick.facts:
            t_ns = fact.t_arrival_ns if isinstance(fact, Heard) else EPOCH_NS
            ticks.setdefault(-(-t_ns // TICK_NS) * TICK_NS, []).append(fact)
    return sorted(ticks.items())


def ours(scenario: Scenario, settings: WatchSettings | None = None) -> dict[str, dict[str, Any]]:
    """Return the figures of Skykeep and of the two filters that are told which report is of whom.

    Scored as `skykeep score` does it, timed in a run of its own.
    """
    watch = settings or WatchSettings()
    run = watched(cut(scenario), watch, keep=())
    scores = score_scenario(scenario, Settings(watch=watch)).scores
    established = scores.established
    assert established is not None
    skykeep = {
        **of_accuracy(scenario, scores.held),
        "told_gospa_m": of_accuracy(scenario, scores.told)["gospa_m"],  # of what was concluded, once a second at most
        **of_time("step_ms", run.cpu_s[FIRST_LEFT_OUT:]),
        "decode_ms_mean": 1e3 * run.decode_s / len(run.cpu_s),
        "times_real_time": scenario.duration_s / max(run.all_s, 1e-9),
        "established_p50_s": established.p50_s,
        "established_p90_s": established.p90_s,
        "never_established": established.never,
        "identity_accuracy": None if scores.identity is None else scores.identity.accuracy,
        "track_number_changes_per_min": scores.siap.track_number_changes_per_min,
    }
    best, plain = of_accuracy(scenario, scores.oracle), of_accuracy(scenario, scores.plain_oracle)
    return {"skykeep": skykeep, "oracle": best, "oracle_plain": plain}


def of_accuracy(scenario: Scenario, accuracy: Accuracy | None) -> dict[str, Any]:
    """Return the figures of a score, in as many axes as the level is scored in."""
    assert accuracy is not None
    return of_score(in_dimensions(scenario, accuracy))


def in_dimensions(scenario: Scenario, accuracy: Accuracy) -> RunScore:
    """Return the score in as many axes as the level is scored in."""
    return accuracy.space if DIMENSIONS[scenario.level] == 3 else accuracy.level


def of_time(name: str, seconds: list[float]) -> dict[str, float]:
    return {f"{name}_{key}": value for key, value in percentiles_ms(seconds).items()}


# ---- scoring, alike for all ---------------------------------------------------------------------------


def scored(scenario: Scenario, told: Told, until_s: float | None = None) -> dict[str, Any]:
    """Return GOSPA and its parts for what was told at each whole second."""
    return scored_shots(scenario, _shots(scenario, told, until_s or scenario.duration_s))


def scored_shots(scenario: Scenario, taken: Iterable[shots.Shot]) -> dict[str, Any]:
    """Return GOSPA and its parts of shots a second apart."""
    return of_score(score(list(shots.matched(taken, dims=DIMENSIONS[scenario.level]))))


def of_score(run: RunScore) -> dict[str, Any]:
    """Return the figures of a score that stand in the table."""
    return {name: getattr(run, name) for name in _SCORES}


def _shots(scenario: Scenario, told: Told, until_s: float) -> Iterator[shots.Shot]:
    for second in range(int(until_s) + 1):
        ids, places = told.get(second, (np.zeros(0, int), np.zeros((0, 3))))
        number, truth_m, truth_mps = scenario.truth_at(second)
        yield shots.Shot(
            t_s=float(second),
            truth=number,
            truth_m=truth_m,
            truth_mps=truth_mps,
            ignored_m=scenario.ignored_at(second),
            track=np.asarray(ids, np.int64),
            told_m=np.asarray(places, np.float64).reshape(-1, 3),
            told_mps=np.full((len(ids), 3), np.nan),
        )


def of_peer(scenario: Scenario, peer: tracking_peers.Peer) -> dict[str, Any]:
    """Return the figures of a peer, over the part that it came to within its time."""
    reached = int(peer.reached_s)
    figures = scored(scenario, peer.told, reached) if reached > BURN_IN_S else {}
    return {
        **{name: figures.get(name) for name in _SCORES},
        **of_time("step_ms", peer.cpu_s),
        "times_real_time": peer.reached_s / max(sum(peer.cpu_s), 1e-9),
        "reached_s": peer.reached_s,
        **peer_delays(scenario, peer),
    }


_SCORES = (
    "gospa_m", "gospa_rms_per_target_m", "localisation_m2", "missed_m2", "false_m2", "n_truth", "n_missed", "n_false",
    "rmse_m", "switches", "switches_per_target_min",
)  # fmt: skip


def peer_delays(scenario: Scenario, peer: tracking_peers.Peer) -> dict[str, Any]:
    """Return the same delay for a peer, which is asked at whole seconds: up to a second more than it took."""
    placed = np.isfinite(scenario.det["z"]).all(axis=1) & (scenario.det["truth"] >= 0)
    drones, first = np.unique(scenario.det["truth"][placed], return_index=True)
    first_s = scenario.det["t_s"][placed][first]
    at: dict[int, float] = {}
    for second in range(int(peer.reached_s) + 1):
        number, truth_m, _ = scenario.truth_at(second)
        for place in np.asarray(peer.told.get(second, ((), np.zeros((0, 3))))[1]).reshape(-1, 3):
            drone = fates.nearest(place, truth_m, number, CUTOFF_M)
            at.setdefault(drone, float(second))
    then_s = np.array([at.get(int(drone), np.nan) for drone in drones])
    judged = first_s <= peer.reached_s - 10.0
    took = fates.delay(first_s[judged], then_s[judged])
    return {"established_p50_s": took.p50_s, "established_p90_s": took.p90_s, "never_established": took.never}


# ---- for people -----------------------------------------------------------------------------------------

_COLUMNS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("ms a scan p50", "step_ms_p50", "{:.2f}".format),
    ("p99", "step_ms_p99", "{:.2f}".format),
    ("x real time", "times_real_time", "{:.2f}".format),
    ("GOSPA", "gospa_m", "{:.1f}".format),
    ("rmse m", "rmse_m", "{:.2f}".format),
    ("missed", "n_missed", "{:.2f}".format),
    ("false", "n_false", "{:.2f}".format),
    ("switches", "switches", "{:.1f}".format),
    ("est. p50 s", "established_p50_s", "{:.2f}".format),
    ("p90", "established_p90_s", "{:.2f}".format),
    ("until s", "reached_s", "{:.0f}".format),
)


def table(found: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = ["peers: " + json.dumps(found["peers"])]
    for name, figures in found.items():
        if name == "peers":
            continue
        lines.append(f"{name.replace('_', ' ')} drones, seeds {figures['seeds']}, {figures['duration_s']:.0f} s")
        lines.append(f"  {'':22}" + "".join(f"{title:>15}" for title, _, _ in _COLUMNS))
        for tracker, row in figures.items():
            if isinstance(row, dict):
                cells = ("" if row.get(key) is None else form(row[key]) for _, key, form in _COLUMNS)
                lines.append(f"  {tracker:22}" + "".join(f"{each:>15}" for each in cells))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
