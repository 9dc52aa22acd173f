"""Each mechanism of the tracker taken away: what does not make the picture worse does not earn its place.

    python -m benchmarks.ablation [--json] [--quick] [--levels L0 L2 L3] [--n 100] [--seeds 11 ...] [--jobs 2]

The reference scenario on seeds 11 to 20, those of the tuning; GOSPA of the established tracks as the watch holds them
each second (L3 level, in two axes), and what each variant adds to it. A mechanism is taken away by a setting, by a
function that does nothing in its place, or by facts that do not say what it needs:

    one_motion_model        hovering, smooth and agile are one, with the noise that is best for one
    no_hovering             the model of hovering is the smooth one
    no_agile                the model of agile motion is the smooth one
    one_round               one round of belief propagation: reports are weighed, but not against other tracks' claims
    late_as_now             a report counts as measured when it arrives
    late_ignored            a report that comes later than a tenth of a second is not used
    no_bias                 registration biases are not estimated
    no_coverage             sensors declare no coverage: silence says nothing, and false reports are as dense anywhere
    no_clutter              sensors do not say how many false reports they make
    no_transmitters         Remote ID without its radio address: each message is a place and no more
    no_velocity             Remote ID without velocity
    weak_dropped            a row is dropped when its probability is below a tenth, not below a thousandth
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import multiprocessing
import statistics
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import msgspec

from benchmarks.tracking import in_dimensions
from skykeep.facts.enacted import SensorDeclared
from skykeep.facts.observed import Heard, LocationHeard
from skykeep.sim import scenario_facts
from skykeep.sim.scenario import Scenario, make
from skykeep.station import scoring
from skykeep.station.settings import Settings
from skykeep.watch import follow, window
from skykeep.watch.settings import WatchSettings

LEVELS = ("L0", "L2", "L3")
SEEDS = tuple(range(11, 21))
Change = Callable[[Any], Any]


def _one_model(settings: WatchSettings) -> WatchSettings:
    noise = 3.0
    return msgspec.structs.replace(
        settings, hover_noise_m2ps3=noise, smooth_noise_m2ps3=noise, agile_noise_m2ps3=noise, hover_damping_s=1e6
    )


def _no_hovering(settings: WatchSettings) -> WatchSettings:
    return msgspec.structs.replace(settings, hover_noise_m2ps3=settings.smooth_noise_m2ps3, hover_damping_s=1e6)


def _no_agile(settings: WatchSettings) -> WatchSettings:
    return msgspec.structs.replace(settings, agile_noise_m2ps3=settings.smooth_noise_m2ps3)


def _fact(kind: type, **changes: Any) -> Change:  # noqa: ANN401  # fields of several structs
    return lambda fact: msgspec.structs.replace(fact, **changes) if isinstance(fact, kind) else fact


def _now(fact: Any) -> Any:  # noqa: ANN401
    return msgspec.structs.replace(fact, t_event_ns=fact.t_arrival_ns) if isinstance(fact, Heard) else fact


@dataclasses.dataclass(frozen=True)
class Variant:
    """What is otherwise: the settings, the facts, or a name in a module of the watch."""

    settings: Change = lambda settings: settings
    fact: Change | None = None
    patched: tuple[tuple[Any, str, Any], ...] = ()


VARIANTS: dict[str, Variant] = {
    "all": Variant(),
    "one_motion_model": Variant(_one_model),
    "no_hovering": Variant(_no_hovering),
    "no_agile": Variant(_no_agile),
    "one_round": Variant(lambda settings: msgspec.structs.replace(settings, rounds=1)),
    "late_as_now": Variant(fact=_now),
    "late_ignored": Variant(lambda settings: msgspec.structs.replace(settings, lag_s=0.1)),
    "no_bias": Variant(patched=((follow, "learn", lambda *_: None),)),
    "no_coverage": Variant(fact=_fact(SensorDeclared, coverage=None)),
    "no_clutter": Variant(fact=_fact(SensorDeclared, clutter_milli=None)),
    "no_transmitters": Variant(fact=_fact(LocationHeard, transmitter="")),
    "no_velocity": Variant(fact=_fact(LocationHeard, speed_mmps=None, heading_mdeg=None)),
    "weak_dropped": Variant(patched=((window, "WEAK", 0.1),)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="The tracker without each of its mechanisms.")
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    parser.add_argument("--quick", action="store_true", help="small and short, to see that everything runs")
    parser.add_argument("--levels", nargs="+", choices=("L0", "L1", "L2", "L3"), default=list(LEVELS))
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--duration", type=float, default=120.0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if options.quick:
        options.n, options.seeds, options.duration = 10, [11], 25.0
    found = measured(options)
    print(json.dumps(found) if options.json else table(found))


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Return, by level and variant, means over the seeds and the difference from the whole tracker."""
    names = list(dict.fromkeys(["all", *options.variants]))
    asked = [
        (level, name, options.n, seed, options.duration)
        for level in options.levels
        for name in names
        for seed in options.seeds
    ]
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        runs = dict(zip(asked, pool.starmap(run, asked, chunksize=1), strict=True))
    found: dict[str, Any] = {"n": options.n, "seeds": options.seeds, "duration_s": options.duration}
    for level in options.levels:
        found[level] = {}
        for name in names:
            each = [runs[level, name, options.n, seed, options.duration] for seed in options.seeds]
            base = [runs[level, "all", options.n, seed, options.duration] for seed in options.seeds]
            gaps = [mine["gospa_m"] - whole["gospa_m"] for mine, whole in zip(each, base, strict=True)]
            found[level][name] = {
                **{key: _mean([one[key] for one in each]) for key in each[0]},
                "adds_m": round(statistics.fmean(gaps), 2),
                "worse_in": sum(gap > 0 for gap in gaps),
            }
    return found


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.fmean(known), 3) if known else None


def run(level: str, name: str, n: int, seed: int, duration_s: float) -> dict[str, float | None]:
    """Return the figures of one variant on one scenario."""
    variant = VARIANTS[name]
    scenario = make(n=n, level=level, seed=seed, duration_s=duration_s)
    settings = Settings(watch=variant.settings(WatchSettings()))
    with contextlib.ExitStack() as stack:
        for owner, attribute, instead in variant.patched:
            stack.enter_context(mock.patch.object(owner, attribute, instead))
        if variant.fact is not None:
            stack.enter_context(mock.patch.object(scoring, "heard", _changed(variant.fact)))
        scores = scoring.score_scenario(scenario, settings).scores
    assert scores.held is not None
    assert scores.established is not None
    assert scores.cost is not None
    held = in_dimensions(scenario, scores.held)
    return {
        "gospa_m": held.gospa_m,
        "told_gospa_m": in_dimensions(scenario, scores.told).gospa_m,
        "rmse_m": held.rmse_m,
        "n_missed": held.n_missed,
        "n_false": held.n_false,
        "switches": held.switches,
        "established_p90_s": scores.established.p90_s,
        "step_ms": scores.cost.scan_p50_ms,
    }


def _changed(change: Change) -> Callable[[Scenario, int], Iterator[scenario_facts.Heard]]:
    def heard(scenario: Scenario, tick_ns: int = scenario_facts.TICK_NS) -> Iterator[scenario_facts.Heard]:
        for tick in scenario_facts.heard(scenario, tick_ns):
            yield dataclasses.replace(tick, facts=[change(fact) for fact in tick.facts])

    return heard


def table(found: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = [f"{found['n']} drones, seeds {found['seeds']}, {found['duration_s']:.0f} s"]
    titles = (
        "gospa_m",
        "adds_m",
        "worse_in",
        "rmse_m",
        "n_missed",
        "n_false",
        "switches",
        "established_p90_s",
        "step_ms",
    )
    for level in ("L0", "L1", "L2", "L3"):
        if level in found:
            lines.append(f"{level:18}" + "".join(f"{title:>18}" for title in titles))
            for name, row in found[level].items():
                cells = ("" if row[title] is None else f"{row[title]:.2f}" for title in titles)
                lines.append(f"  {name:16}" + "".join(f"{cell:>18}" for cell in cells))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
