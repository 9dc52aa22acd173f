"""Run every benchmark and write benchmarks/RESULTS.md: `make bench`, or `python -m benchmarks [--quick]`.

Each figure stands beside the number that the design asks for; what is missed is called missed, and what is not built
yet is called that. The figures are medians of one run on one machine, which the page names.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import skykeep

HERE = Path(__file__).parent
COMMANDS = {
    "remote_id": ["-m", "benchmarks.remote_id"],
    "pipeline": ["-m", "benchmarks.pipeline"],
    "ledger": ["-m", "benchmarks.ledger"],
    "zones": ["-m", "benchmarks.zones"],
    "zones_100": ["-m", "benchmarks.zones", "--zones", "100", "--large", "100"],
    "zones_100000": [
        *("-m", "benchmarks.zones", "--zones", "100000", "--large", "100"),
        *("--positions", "50000", "--peer-positions", "20000", "--rounds", "3"),
    ],
    "tracking": ["-m", "benchmarks.tracking"],
    "real_tracking": ["-m", "benchmarks.real_tracking"],
    "spoof": ["-m", "benchmarks.spoof"],
    "ablation": ["-m", "benchmarks.ablation"],
    "long_run": ["-m", "benchmarks.long_run"],
    "account": ["-m", "benchmarks.bench_account"],
    "stream": ["-m", "benchmarks.bench_stream"],
    "live": ["-m", "benchmarks.live_load", "--seconds", "60", "--clients", "200"],
    "idle": ["-m", "benchmarks.live_idle"],
    "console": ["-m", "benchmarks.console"],
}
QUICK = {
    "remote_id": ["--rounds", "3"],
    "pipeline": ["--seconds", "20", "--rounds", "1"],
    "ledger": ["--entries", "1000000"],
    "zones": ["--quick"],
    "zones_100": ["--quick"],
    "zones_100000": ["--quick", "--zones", "1000"],
    "tracking": ["--quick"],
    "real_tracking": ["--quick"],
    "spoof": ["--quick"],
    "ablation": ["--quick"],
    "long_run": ["--quick"],
    "account": ["--quick"],
    "stream": ["--quick"],
    "live": ["--seconds", "5", "--drones", "100", "--clients", "5"],
    "idle": ["--seconds", "5"],
    "console": ["--tracks", "200", "--updates", "5", "--seconds", "2"],
}

MET, MISSED = "met", "**missed**"

NOT_YET = (
    ("three-node cluster", "≤ 500 ms", "not built"),
    ("archive", "≤ 13 bytes a position", "not built"),
)


NOT_BUILT = "Goals of the design that this version cannot meet, because the part is not built"


def main() -> None:
    parser = argparse.ArgumentParser(description="Run every benchmark and write RESULTS.md.")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything runs; writes nothing")
    parser.add_argument("--only", choices=list(COMMANDS), help="measure this anew and keep the page's other figures")
    options = parser.parse_args()
    found = {} if options.only is None else read_page()
    found |= {name: ask(name, quick=options.quick) for name in COMMANDS if options.only in {None, name}}
    page = write(found) + by_hand()
    if options.quick:
        print(page)
        return
    (HERE / "RESULTS.md").write_text(page, "utf-8")
    print(f"wrote {HERE / 'RESULTS.md'}", file=sys.stderr)


def read_page() -> dict[str, dict[str, Any]]:
    """Return the figures that stand on the page, by benchmark."""
    text = (HERE / "RESULTS.md").read_text("utf-8")
    names = {" ".join(command): name for name, command in COMMANDS.items()}
    blocks = re.findall(r"^## `python ([^`]+)`\n\n```json\n(.*?)\n```", text, re.MULTILINE | re.DOTALL)
    return {names[command]: json.loads(block) for command, block in blocks if command in names}


def by_hand() -> str:
    """Return the sections of the page that no command of `COMMANDS` writes: they stay as they are."""
    text = (HERE / "RESULTS.md").read_text("utf-8")
    commands = {f"`python {' '.join(command)}`" for command in COMMANDS.values()}
    sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    kept = [each for each in sections if each[3 : each.index("\n")] not in {*commands, NOT_BUILT}]
    return "\n" + "\n".join(each.strip() + "\n" for each in kept) if kept else ""


def ask(name: str, *, quick: bool) -> dict[str, Any]:
    """Run one benchmark in its own process and return its figures."""
    command = [sys.executable, *COMMANDS[name], "--json", *(QUICK[name] if quick else [])]
    print("running", " ".join(command[1:]), file=sys.stderr)
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {key: value for line in lines for key, value in flat(line).items()}


def flat(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line that names its benchmark as that name's last part with its median; others as they are."""
    return {line["benchmark"].rpartition(".")[2]: line["median"]} if "benchmark" in line else line


def write(found: dict[str, dict[str, Any]]) -> str:
    """Return the page."""
    rows = goals(found)
    lines = [
        "# Measured",
        "",
        f"Skykeep {skykeep.__version__}, {dt.datetime.now(dt.UTC):%Y-%m-%d}. {machine()}",
        "",
        "Repeat all of it with `make bench`, one part with `python -m benchmarks.NAME`. Rates count facts unless they",
        "say otherwise; a figure is the median of one run, on one core, other work on the machine as it was.",
        "",
        "| What | Goal | Measured | |",
        "| --- | --- | --- | --- |",
        *(f"| {what} | {goal} | {measured} | {verdict} |" for what, goal, measured, verdict in rows),
        "",
        f"## {NOT_BUILT}",
        "",
        "| What | Goal | Why not |",
        "| --- | --- | --- |",
        *(f"| {what} | {goal} | {why} |" for what, goal, why in NOT_YET),
        "",
    ]
    for name, figures in found.items():
        lines += [f"## `python {' '.join(COMMANDS[name])}`", "", "```json", json.dumps(figures, indent=2), "```", ""]
    return "\n".join(lines)


def goals(found: dict[str, dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Return each measured goal of DESIGN section 10: what, goal, figure, met or missed."""
    decode, pipeline, ledger = found["remote_id"], found["pipeline"], found["ledger"]
    single, many = pipeline["1000_drones_1_sensor"], pipeline["200_drones_5_sensors"]
    return [
        at_least("Open Drone ID location, one message to a fact", 200_000, decode["fact_bare"], "/s", decode["peer"]),
        at_least("Open Drone ID locations, in a batch", 5_000_000, decode["batch"], "/s", decode["peer"]),
        at_least(
            "1,000 drones: decode, watch and record, everything durable", 20_000, single["run_facts_per_s"], " facts/s"
        ),
        at_least("200 drones, 5 sensors: the same", 20_000, many["run_facts_per_s"], " facts/s"),
        at_least("replay, 200 drones from 5 sensors, in order", 200, many["replay_times_real_time"], "× real time"),
        at_most("inclusion proof, median", 2, ledger["inclusion_proof_median_ms"], " ms"),
        at_most("verify a proof, median", 50, ledger["verify_median_us"], " µs"),
        *(row for name in COMMANDS if name.startswith("zones") and name in found for row in of_zones(found[name])),
        *of_tracking(found.get("tracking", {})),
        *of_liars(found.get("spoof", {})),
        *of_account(found.get("account", {})),
        *of_stream(found.get("stream", {})),
        *of_live(found.get("live", {})),
        *of_idle(found.get("idle", {})),
        *of_console(found.get("console", {})),
        (
            "record of 1,000 drones on disk, frames included",
            "stated",
            f"{single['disk_bytes_a_fact']:.0f} bytes a fact; {single['disk_gb_a_day_at_this_traffic']:.1f} GB a day",
            "",
        ),
        (
            "how steady the machine was: a plain loop between the rounds, fastest and slowest",
            "stated",
            f"{single['plain_loop_min_s']:.2f} to {single['plain_loop_max_s']:.2f} s",
            "",
        ),
        (
            "the watch and the record beside plain decoding and hashing of the same frames",
            "stated",
            f"{single['run_to_plain_ratio']:.1f}× the time",
            "",
        ),
    ]


Row = tuple[str, str, str, str]


def of_tracking(tracking: dict[str, Any]) -> list[Row]:
    """Return the rows of the tracker, beside the peers of the same run; sizes that were not run have none."""
    rows = [goal(what, tracking[cell]["skykeep"][figure]) for cell, what, figure, goal in _TRACKING if cell in tracking]
    peers = [
        beside(cell, peer, tracking[cell])
        for cell in ("L0_100", "L0_1000", "L2_100")
        for peer in ("stone_soup_gnn", "stone_soup_jpda", "rust_lmb")
        if peer in tracking.get(cell, {})
    ]
    return rows + peers


def of_stream(stream: dict[str, Any]) -> list[Row]:
    """Return the rows of the live stream."""
    if not stream:
        return []
    what = f"{stream['clients']} clients, {stream['tracks']} track updates a second each"
    return [
        at_most(f"{what}: the web process", 15, stream["core_percent"], " % of a core"),
        at_most(f"{what}: station's socket to client, p99", 100, stream["latency_p99_ms"], " ms"),
    ]


def of_live(live: dict[str, Any]) -> list[Row]:
    """Return the rows of a station under load, from wire bytes to a client outside."""
    if not live:
        return []
    what = f"live, {live['tracks']:.0f} tracks, {live['clients']} clients"
    return [
        at_least(f"{what}: facts a second, everything durable", 20_000, round(live["facts_per_s"], -2), " facts/s"),
        at_most(f"{what}: facts lost", 0, live["facts_lost"], ""),
        at_most(f"{what}: receipt to socket write, p50", 250, live["link_p50_ms"], " ms"),
        at_most(f"{what}: receipt to socket write, p99", 250, live["link_p99_ms"], " ms"),
        at_most(f"{what}: receipt to a client of the stream outside, p99", 350, live["stream_p99_ms"], " ms"),
        at_most(f"{what}: the web process", 15, live["web_core_percent"], " % of a core"),
        ("the same: the station", "", f"{live['station_core_percent']:.0f} % of a core", ""),
        (
            "the same: the record",
            "",
            f"{live['record_bytes_per_fact']:.0f} bytes a fact, {live['record_gb_per_day']:.0f} GB a day",
            "",
        ),
    ]


def of_idle(idle: dict[str, Any]) -> list[Row]:
    """Return the rows of a station that has nothing to do."""
    if not idle:
        return []
    return [
        at_most("idle station, three processes", 3, idle["core_percent"], " % of a core"),
        at_most("idle station, memory, what they share counted once", 300, idle["proportional_mb"], " MB"),
        at_most("start to first verdict, kernels compiled", 5, idle["start_to_first_verdict_s"], " s"),
    ]


def of_console(console: dict[str, Any]) -> list[Row]:
    """Return the rows of the console: the main thread's processor time, and how soon it answers."""
    rows = []
    for tracks, told in console.items():
        what = f"console, {int(tracks):,} tracks with tails, drawn by software"
        rows += [
            at_most(f"{what}: main thread an update, median", 10, told["update_cpu_median_ms"], " ms")
            if tracks == "1000"
            else (f"{what}: main thread an update, median", "stated", f"{told['update_cpu_median_ms']} ms", ""),
            at_most(f"{what}: a click on a flight answered, median", 100, told["click_median_ms"], " ms"),
            at_most(f"{what}: a step of dragging the map answered, median", 100, told["pan_median_ms"], " ms"),
            ("the same: the main thread, a second with ten frames", "stated", f"{told['second_cpu_median_ms']} ms", ""),
        ]
    return rows


def at_most_of(goal: float, unit: str) -> Callable[[str, float], Row]:
    return lambda what, figure: at_most(what, goal, figure, unit)


def at_least_of(goal: float, unit: str) -> Callable[[str, float], Row]:
    return lambda what, figure: at_least(what, goal, figure, unit)


_TRACKING: tuple[tuple[str, str, str, Callable[[str, float], Row]], ...] = (
    ("L0_1000", "L0, 1,000 drones: CPU a scan, median", "step_ms_p50", at_most_of(3, " ms")),
    ("L0_100", "L0, 100 drones: GOSPA above the known-association oracle", "gospa_above_oracle_m", at_most_of(3, " m")),
    ("L2_1000", "L2, 1,000 drones, on one core", "times_real_time", at_least_of(100, "× real time")),
    ("L3_100", "L3, 100 drones: GOSPA in two dimensions", "gospa_m", at_most_of(60, " m")),
    ("L2_100", "L2, 100 drones: first detection to established, p90", "established_p90_s", at_most_of(1.2, " s")),
    ("L2_1000", "L2, 1,000 drones: the same", "established_p90_s", at_most_of(1.2, " s")),
)


def beside(cell: str, peer: str, figures: dict[str, Any]) -> Row:
    """Return a row of a peer: how many times our CPU it took a scan, and its GOSPA beside ours on the same seeds."""
    mine, other = figures["skykeep"], figures[peer]
    times = other["step_ms_p50"] / max(mine["step_ms_p50"], 1e-9)
    gospa = "too slow to be scored" if other["gospa_m"] is None else f"GOSPA {other['gospa_m']:.1f} m"
    level, _, n = cell.partition("_")
    what = f"{level}, {int(n):,} drones: {peer.replace('_', ' ')}, CPU a scan"
    return what, "stated", f"{times:,.0f}× ours; {gospa}, ours {other['skykeep_gospa_m']:.1f} m", ""


def of_liars(spoof: dict[str, Any]) -> list[Row]:
    """Return the rows of the flags and of the flood."""
    if not spoof:
        return []
    flags, flood = spoof["flags"], spoof["flood"]
    rows: list[Row] = [
        (
            f"{row['expected']} on {kind.replace('_', ' ')}, {flags['runs']} runs",
            "stated",
            f"{row['detected']['rate']:.1%} ({row['detected']['low']:.1%} to {row['detected']['high']:.1%})",
            "",
        )
        for kind, row in flags.items()
        if isinstance(row, dict) and row.get("expected")
    ]
    for flag, row in flags["by_flag"].items():
        false = row["false"]
        of = f"{false['rate']:.2%} ({false['low']:.2%} to {false['high']:.2%})"
        rows.append((f"{flag} where it is false, {false['flights']:,} flights", "stated", of, ""))
    honest = flags["honest"]["false"]
    of = f"{honest['rate']:.2%} ({honest['low']:.2%} to {honest['high']:.2%})"
    rows.append((f"any flag on an honest drone, {flags['runs']} runs", "stated", of, ""))
    lost, late = (
        flood["with"]["tracks_lost"],
        flood["established_later_than_250_ms"] + flood["steps_longer_than_250_ms"],
    )
    what = f"10,000 false Remote IDs in 60 s, {flood['real']} real drones: lost, later than 250 ms"
    rows.append((what, "0, 0", f"{lost}, {late}", MET if not lost and not late else MISSED))
    return rows


def of_account(account: dict[str, Any]) -> list[Row]:
    """Return the rows of the account, with and without the models; texts that were not there have none."""
    rows: list[Row] = []
    for texts, words in _ACCOUNT_TEXTS:
        figures = account.get(texts)
        for way in ("rules", "nlp", "textacy") if isinstance(figures, dict) else ():
            rows += [of_statements(f"{words}, {_WAYS[way]}", texts, way, figures[way])] if way in figures else []
    pairs = account.get("pairs_in_top_three", {})
    for way in ("rules", "nlp") if isinstance(pairs, dict) else ():
        if way in pairs:
            right, of = pairs[way]["right"], pairs[way]["of"]
            what = f"a right partner among the three likeliest, {_WAYS[way]}"
            rows.append((what, "11 of 11", f"{right} of {of}", MET if right == of else MISSED))
    if "cpu_ms" in account:
        cpu = account["cpu_ms"]
        rows.append(at_most("a report of 1,000 words by rules, CPU, median", 50, cpu["rules"], " ms"))
        if "nlp" in cpu:
            rows.append(("the same with [nlp]", "stated", f"{cpu['nlp']:.0f} ms", ""))
    return rows


def of_statements(what: str, texts: str, way: str, figures: dict[str, float]) -> Row:
    """Return a row of statements: precision and recall, those with quotation marks, speaker and content both right."""
    goal = _ACCOUNT_GOALS.get((texts, way), {})
    said = ", ".join(f"{_FIGURES[name]} {figures[name]:.2f}" for name in _FIGURES)
    wanted = ", ".join(f"{_FIGURES[name]} ≥ {least:.2f}" for name, least in goal.items()) or "stated"
    met = all(figures[name] >= least for name, least in goal.items())
    return what, wanted, said, "" if not goal else MET if met else MISSED


_ACCOUNT_TEXTS = (
    ("two_reports", "statements of two reports"),
    ("held_out_invented_reports", "statements of invented reports that no rule was written with"),
    ("polnear_tuned_on", "PolNeAR, four articles that were tuned on"),
    ("polnear_others", "PolNeAR, four articles that were not"),
    ("polnear", "PolNeAR, all eight"),
)
_WAYS = {"rules": "by rules", "nlp": "with [nlp]", "textacy": "the peer textacy"}
_FIGURES = {
    "precision": "precision",
    "recall": "recall",
    "recall_of_quoted": "recall of quoted ones",
    "speaker_and_content_precision": "speaker and content right",
    "speaker_and_content_recall": "of those marked",
}
_ACCOUNT_GOALS: dict[tuple[str, str], dict[str, float]] = {
    ("two_reports", "rules"): {
        "precision": 0.90,
        "recall": 0.90,
        "speaker_and_content_precision": 0.85,
        "speaker_and_content_recall": 0.80,
    },
    ("held_out_invented_reports", "rules"): {
        "precision": 0.90,
        "recall": 0.90,
        "speaker_and_content_precision": 0.85,
        "speaker_and_content_recall": 0.80,
    },
    ("polnear", "rules"): {"precision": 0.70, "recall_of_quoted": 0.80},
    ("polnear", "nlp"): {"precision": 0.75, "recall": 0.55},
}


def of_zones(zones: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return the rows of the zone engine, beside the peers of the same run."""
    world = f"{zones['zones']:,} zones × {zones['vertices']} vertices"
    beside, peers = zones["beside_shapely"], zones["peers"]
    rows = [
        times_shapely(f"{world}, {_ASKED[what]}, {order}", beside[order][key], zones["zones"])
        for order in ("random", "sorted")
        for what, key in (("gravest", "gravest_times_shapely"), ("all", "all_times_shapely"))
    ]
    for peer in ("duckdb", "postgis"):
        if "random" in peers[peer]:
            times = peers["ours"]["random"]["all_per_s"] / peers[peer]["random"]["per_s"]
            rows.append((f"{world}, {_ASKED['all']}, random: times {peer}", "stated", f"{times:,.0f}×", ""))
    return [*of_engine(zones, world), *rows] if zones["building"]["zones"] > zones["zones"] else rows


def times_shapely(what: str, times: float, zones: int) -> tuple[str, str, str, str]:
    """Return a row beside shapely on the same positions in one loop; the goal is one for 10,000 zones."""
    goal, verdict = ("≥ 9×", MET if times >= 9 else MISSED) if zones == 10_000 else ("stated", "")
    return f"{what}: times shapely", goal, f"{times:.1f}×", verdict


_ASKED = {"gravest": "the gravest zone in 4-D", "all": "every zone in 4-D"}


def of_engine(zones: dict[str, Any], world: str) -> list[tuple[str, str, str, str]]:
    """Return the rows of the engine alone."""
    building = zones["building"]
    made = f"{building['zones']:,} zones"
    from_outlines, from_facts = building["engine_from_compiled_outlines_s"], building["law_with_engine_from_facts_s"]
    rates = [
        at_least(f"{world}, {_ASKED[what]}, {words}", goal, zones[order][f"{what}_per_s"], "/s")
        for what in ("gravest", "all")
        for order, words, goal in (("random", "random", 2_500_000), ("grouped", "grouped by cell", 6_000_000))
    ]
    return [
        *rates,
        at_most("a tick of 10,000 positions, p99", 8, zones["tick_10000_ms"]["wall_p99"], " ms"),
        at_most("one position, code and margins, from Python, p50", 10, zones["one_us"]["p50"], " µs"),
        at_most(f"engine of {made} from compiled outlines", 5, from_outlines, " s"),
        at_most(f"law and engine of {made} from their facts", 5, from_facts, " s"),
    ]


def at_least(what: str, goal: float, figure: float, unit: str, peer: float | None = None) -> tuple[str, str, str, str]:
    beside = "" if peer is None else f" ({figure / peer:.1f}× a plain struct.unpack peer at {peer:,.0f})"
    return what, f"≥ {goal:,.0f}{unit}", f"{figure:,.0f}{unit}{beside}", MET if figure >= goal else MISSED


def at_most(what: str, goal: float, figure: float, unit: str) -> tuple[str, str, str, str]:
    return what, f"≤ {goal:g}{unit}", f"{figure:.2f}{unit}", MET if figure <= goal else MISSED


def machine() -> str:
    """Return what this was measured on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, CPython {platform.python_version()}."


if __name__ == "__main__":
    main()
