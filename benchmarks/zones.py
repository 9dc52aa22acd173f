"""Positions against zones, in four dimensions: many in random order, by cell, a tick, one; and what building costs.

    python -m benchmarks.zones [--json] [--quick] [--zones N] [--positions N] [--rounds N]

The world is that of benchmarks/zone_world.py. Peers (shapely STRtree, PostGIS, DuckDB spatial) answer on the same world
in the same run (benchmarks/zone_peers.py), and their answers are compared with ours. Rates are medians of the rounds,
by the clock and, where the key says cpu, by the seconds that the processor gave this thread: on a quiet machine the
same. Peers are measured by the clock, so ratios are too.

`gravest` asks for the code of the gravest zone over each position and its number, `all` for every zone that holds the
position in four dimensions, with its code: what the peers answer too.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from benchmarks import zone_world
from skykeep.facts.enacted import ZoneEnacted, ZoneOverridden, ZoneWithdrawn
from skykeep.rules import engine as engines
from skykeep.rules.engine import UNKNOWN_MM, Engine
from skykeep.rules.law import Law, enact
from skykeep.rules.outline import compile_outlines

Ints = npt.NDArray[np.int64]
Columns = tuple[Ints, Ints, Ints, Ints]  # lat_e7, lon_e7, heights_mm (n, 5), t_ns

TICK = 10_000
AMSL, AGL = 1, 2  # columns of heights


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the zone engine.")
    parser.add_argument("--zones", type=int, default=10_000, help="zones for the rates: 100, 10000 or 100000")
    parser.add_argument("--large", type=int, default=100_000, help="zones for the building")
    parser.add_argument("--positions", type=int, default=1_000_000)
    parser.add_argument("--peer-positions", type=int, default=100_000, help="for PostGIS and DuckDB, which are slower")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything runs")
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    options = parser.parse_args()
    if options.quick:
        options.positions, options.rounds, options.large = 100_000, 3, 10_000
    figures = measured(options.zones, options.large, options.positions, options.peer_positions, options.rounds)
    print(json.dumps(figures) if options.json else json.dumps(figures, indent=2))


def measured(zones: int, large: int, positions: int, peer_positions: int, rounds: int) -> dict[str, Any]:
    """Return all figures."""
    world = zone_world.made(zones)
    law = enact(Law(), zone_world.facts(world))
    asked = zone_world.positions(world, positions)
    random = columns(asked)
    grouped = in_order(random, law.engine.order(random[0], random[1]))
    figures: dict[str, Any] = {
        "zones": zones,
        "vertices": zone_world.VERTICES,
        "positions": positions,
        "zones_over_a_point": mean_over_a_point(law.engine, random),
        "random": rates(law.engine, random, rounds),
        "grouped": rates(law.engine, grouped, rounds),
        "order_per_s": round(positions / seconds(lambda: void(law.engine.order(random[0], random[1])), rounds)[0]),
        "tick_10000_ms": tick(law.engine, random, 200 if rounds > 3 else 20),
        "one_us": one(law.engine, random, 20_000),
        "building": building(large),
    }
    figures["peers"] = peers(world, law.engine, min(positions, peer_positions), rounds)
    figures["beside_shapely"] = beside_shapely(world, law.engine, positions, rounds)
    return figures


def columns(asked: zone_world.Positions) -> Columns:
    heights = np.full((len(asked.lat_e7), 5), UNKNOWN_MM)
    heights[:, AMSL], heights[:, AGL] = asked.amsl_mm, asked.agl_mm
    return asked.lat_e7, asked.lon_e7, heights, asked.t_ns


def in_order(rows: Columns, order: Ints) -> Columns:
    return rows[0][order], rows[1][order], rows[2][order], rows[3][order]


def mean_over_a_point(engine: Engine, rows: Columns) -> dict[str, float]:
    count = len(rows[0])
    return {
        "horizontally": round(len(engine.inside_many(rows[0], rows[1])[1]) / count, 3),
        "in_four_dimensions": round(len(engine.all_many(*rows)[1]) / count, 3),
    }


def rates(engine: Engine, rows: Columns, rounds: int) -> dict[str, float]:
    """Return positions a second: the gravest zone, every zone, every zone by outline alone."""
    asked: dict[str, Callable[[], None]] = {
        "gravest": lambda: void(engine.judge_many(*rows)),
        "all": lambda: void(engine.all_many(*rows)),
        "horizontal": lambda: void(engine.inside_many(rows[0], rows[1])),
    }
    figures = {}
    for name, run in asked.items():
        wall_s, cpu_s = seconds(run, rounds)
        figures[f"{name}_per_s"] = round(len(rows[0]) / wall_s)
        figures[f"{name}_per_cpu_s"] = round(len(rows[0]) / cpu_s)
    return figures


def seconds(run: Callable[[], None], rounds: int) -> tuple[float, float]:
    """Return seconds by the clock and of the processor for one run, medians of the rounds, after one that warms up."""
    run()
    pairs = [taken(run)[1:] for _ in range(rounds)]
    return statistics.median(wall for wall, _ in pairs), statistics.median(cpu for _, cpu in pairs)


def void(_: object) -> None:
    """Nobody looks at the answer."""


def tick(engine: Engine, rows: Columns, ticks: int) -> dict[str, float]:
    """Return CPU and wall milliseconds of ticks of 10,000 positions in random order: median and 99th percentile."""
    cpu, wall = [], []
    for number in range(ticks):
        begin = number * TICK % (len(rows[0]) - TICK + 1)
        part = tuple(np.ascontiguousarray(column[begin : begin + TICK]) for column in rows)
        began, began_wall = time.thread_time(), time.perf_counter()
        engine.judge_many(*part)
        cpu.append((time.thread_time() - began) * 1e3)
        wall.append((time.perf_counter() - began_wall) * 1e3)
    return {"p50": percentile(cpu, 50), "p99": percentile(cpu, 99), "wall_p50": percentile(wall, 50),
            "wall_p99": percentile(wall, 99)}  # fmt: skip


def one(engine: Engine, rows: Columns, count: int) -> dict[str, float]:
    """Return wall microseconds of single calls from Python: code, zone, margins, time until change."""
    lats, lons, times = (column[:count].tolist() for column in (rows[0], rows[1], rows[3]))
    taken = []
    for lat_e7, lon_e7, heights, t_ns in zip(lats, lons, rows[2], times, strict=False):
        began = time.perf_counter_ns()
        engine.one(lat_e7, lon_e7, heights, t_ns)
        taken.append((time.perf_counter_ns() - began) / 1e3)
    return {"p50": percentile(taken, 50), "p99": percentile(taken, 99)}


def percentile(values: list[float], share: int) -> float:
    return round(float(np.percentile(values, share)), 3)


def building(zones: int) -> dict[str, Any]:
    """Return seconds of building from compiled outlines and from facts, and milliseconds of single acts."""
    facts = zone_world.facts(zone_world.made(zones))
    enact(Law(), facts[:200])
    law, facts_s, facts_cpu_s = taken(lambda: enact(Law(), facts))
    engine, built_s, built_cpu_s = taken(lambda: engines.build(law.zones))
    outlines = [volume.outline for fact in facts for volume in fact.volumes]
    return {
        "zones": zones,
        "engine_from_compiled_outlines_s": round(built_s, 3),
        "engine_from_compiled_outlines_cpu_s": round(built_cpu_s, 3),
        "law_with_engine_from_facts_s": round(facts_s, 3),
        "law_with_engine_from_facts_cpu_s": round(facts_cpu_s, 3),
        "of_which_outlines_cpu_s": round(taken(lambda: compile_outlines(outlines))[2], 3),
        "cells": len(engine.cells),
        "entries": engine.entry_count,
        "megabytes": round(megabytes(engine), 1),
        "acts_cpu_ms": acts(law, facts[zones // 2]),
    }


def taken(run: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what it returns, the seconds by the clock and those of the processor."""
    cpu, wall = time.thread_time(), time.perf_counter()
    answer = run()
    return answer, time.perf_counter() - wall, time.thread_time() - cpu


def megabytes(engine: Engine) -> float:
    """Return the size of the arrays, without room to grow."""
    arrays = [*engine.arrays(), engine.boxes, engine.east_m]
    return sum(array.nbytes for array in arrays) / 1e6


def acts(law: Law, fact: ZoneEnacted, count: int = 20) -> dict[str, float]:
    """Return processor milliseconds of one act each, with the law's whole bookkeeping, medians."""
    said: dict[str, list[object]] = {
        "publish": [renamed(fact, f"zone-{number:06}-new") for number in range(count)],
        "activate": [
            ZoneOverridden(zone_id=f"zone-{number:06}", active=True, start_ns=zone_world.DAY_NS, end_ns=None,
                           t_ns=zone_world.DAY_NS, reason="", officer=None) for number in range(count)
        ],
        "withdraw": [
            ZoneWithdrawn(zone_id=f"zone-{number:06}", version=1, t_ns=zone_world.DAY_NS, reason="")
            for number in range(count)
        ],
    }  # fmt: skip
    figures = {}
    for name, facts in said.items():
        times = []
        for each in facts:
            law, _, cpu_s = taken(lambda law=law, each=each: enact(law, [each]))
            times.append(cpu_s * 1e3)
        figures[name] = round(statistics.median(times), 2)
        figures[f"{name}_worst"] = round(max(times), 2)
    return figures


def renamed(fact: ZoneEnacted, zone_id: str) -> ZoneEnacted:
    return msgspec.structs.replace(fact, zone_id=zone_id)


def peers(world: zone_world.World, engine: Engine, positions: int, rounds: int) -> dict[str, Any]:
    """Return what the peers take on the same world, ours on their positions, and the ratios; or why not."""
    try:
        found = importlib.import_module("benchmarks.zone_peers")
    except ImportError as error:
        return {"missing": str(error)}
    figures: dict[str, Any] = found.measure(world, positions=positions, rounds=rounds)
    places = zone_world.positions(world, figures["positions"])
    random = columns(places)
    orders = {"random": random, "sorted": in_order(random, engine.order(random[0], random[1]))}
    ours = {order: rates(engine, rows, rounds) for order, rows in orders.items()}
    starts, zones, _ = engine.all_many(*random)
    pairs = np.repeat(np.arange(len(random[0])), np.diff(starts)) * (1 << 20) + zones
    wanted = found.holding(world, places)
    figures["ours"] = ours | {"disagreements": len(np.setxor1d(pairs, wanted))}
    return figures


def beside_shapely(world: zone_world.World, engine: Engine, positions: int, rounds: int) -> dict[str, Any]:
    """Return rates of shapely's two faster forms and of ours on the same positions, round about in one loop."""
    peer = importlib.import_module("benchmarks.zone_peers")
    places = zone_world.positions(world, positions)
    random = columns(places)
    found: dict[str, Any] = {"positions": positions}
    for order in ("random", "sorted"):
        rows = random if order == "random" else in_order(random, engine.order(random[0], random[1]))
        theirs = peer.shapely_forms(world, places if order == "random" else peer.by_cell(places))
        runs: dict[str, Callable[[], object]] = {
            "shapely_points": theirs["points"],
            "gravest": functools.partial(engine.judge_many, *rows),
            "shapely_zones": theirs["zones"],
            "all": functools.partial(engine.all_many, *rows),
        }
        took: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(rounds + 1):  # the first one warms up
            for name, run in runs.items():
                begin = time.perf_counter()
                void(run())
                took[name].append(time.perf_counter() - begin)
        per_s = {name: round(positions / statistics.median(times[1:])) for name, times in took.items()}
        best = max(per_s["shapely_points"], per_s["shapely_zones"])
        found[order] = per_s | {f"{what}_times_shapely": round(per_s[what] / best, 1) for what in ("gravest", "all")}
    return found


if __name__ == "__main__":
    main()
