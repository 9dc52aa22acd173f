"""The reference scenario through the watch as a station runs it, and how good the picture was."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from skykeep.facts.observed import ScanReported
from skykeep.sim import fates as fate
from skykeep.sim.assignment import Ints
from skykeep.sim.fates import Fates, percentile
from skykeep.sim.gospa import CUTOFF_M
from skykeep.sim.oracle import oracle
from skykeep.sim.scenario import Scenario, make
from skykeep.sim.scenario_facts import EPOCH_NS, Heard, heard, seconds_to_ns
from skykeep.sim.scenario_place import ecef_to_city, geodetic_to_city
from skykeep.sim.scenario_sensors import FINDER, REMOTE_ID
from skykeep.sim.score import BURN_IN_S, IdentityScore, RunScore, identity, score
from skykeep.sim.shots import Matched, Shot, matched
from skykeep.sim.siap import Siap, siap
from skykeep.sim.told import Now, Tellings, ToldPicture
from skykeep.station.scoreoracle import Own
from skykeep.station.settings import Settings
from skykeep.views.alarmkpi import AlarmScore
from skykeep.watch.state import State
from skykeep.watch.step import Tick, next_due_ns, step
from skykeep.watch.table import ESTABLISHED

EVERY_S = 1.0


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps took of one processor from burn-in on; a scan is a tick that holds a scan of any sensor."""

    ticks: int
    facts: int
    scans: int
    scan_p50_ms: float | None
    scan_p99_ms: float | None
    cpu_s: float
    times_real_time: float | None


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Places compared in three axes and in the level."""

    space: RunScore
    level: RunScore


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Every figure of one run; docs/reference/scores.md says what each means."""

    of: dict[str, str | int | float]  # what was run
    told: Accuracy  # the picture as it was told
    held: Accuracy | None  # as the watch held it, between two tellings too
    oracle: Accuracy | None  # the watch's own filter, told which report is of whom
    plain_oracle: Accuracy | None  # a plain Kalman filter, told the same
    siap: Siap
    identity: IdentityScore | None
    purity: fate.Purity | None
    first_told: fate.Delay | None
    established: fate.Delay | None
    detection: fate.Detection | None
    false_tracks: fate.FalseTracks
    ranges: fate.Ranges | None
    cost: Cost | None
    alarms: AlarmScore | None  # of a record: the reference scenario has no law, so nothing to be called for


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """What one tick took."""

    now_ns: int
    took_s: float
    facts: int
    scan: bool  # whether it held a scan


@dataclasses.dataclass(slots=True)
class Ran:
    """What one run left behind: the picture once a second, as told and as held, and what each step took."""

    told: list[Shot] = dataclasses.field(default_factory=list)
    held: list[Shot] = dataclasses.field(default_factory=list)
    steps: list[Step] = dataclasses.field(default_factory=list)
    plots: list[list[Ints]] = dataclasses.field(default_factory=list)  # detections of each fact of each tick


@dataclasses.dataclass(frozen=True, slots=True)
class Scored:
    """The figures, and what plots are drawn of."""

    scores: Scores
    run: list[Matched]
    held: list[Matched]
    oracle: list[Matched]
    tellings: Tellings
    fates: Fates | None


class Runner:
    """Steps the watch through a scenario; between two ticks it looks at the picture when a moment has come."""

    def __init__(self, scenario: Scenario, settings: Settings) -> None:
        self._scenario = scenario
        self._tick_ns = settings.tick_ms * 1_000_000
        self._state = State(settings.watch)
        self._moments = iter(_moments_s(scenario.duration_s))
        self._moment_s: float | None = next(self._moments)
        self._tick = 0
        self.picture = ToldPicture(geodetic_to_city, EPOCH_NS)
        self.ran = Ran()

    def run(self, progressed: Callable[[int], None] = lambda _n: None) -> Ran:
        """Step all of it; `progressed` is told the milliseconds of the scenario that have passed."""
        before_ns = EPOCH_NS
        for tick in heard(self._scenario, self._tick_ns):
            self._look_before(_last_arrival_ns(tick))
            while (due_ns := next_due_ns(self._state)) <= tick.now_ns - self._tick_ns:
                self._step(Heard((due_ns + self._tick_ns - 1) // self._tick_ns * self._tick_ns, [], []))
            self._step(tick)
            progressed((tick.now_ns - before_ns) // 1_000_000)
            before_ns = tick.now_ns
        self._look_before(seconds_to_ns(self._scenario.duration_s) + 1)
        return self.ran

    def _step(self, tick: Heard) -> None:
        self._tick += 1
        began_s = time.process_time()
        self._state, concluded = step(self._state, Tick(self._tick, tick.now_ns, tick.facts))
        took_s = time.process_time() - began_s
        scan = any(isinstance(fact, ScanReported) for fact in tick.facts)
        self.ran.steps.append(Step(tick.now_ns, took_s, len(tick.facts), scan))
        self.ran.plots.append(tick.plots)
        self.picture.take(self._tick, tick.now_ns, concluded)

    def _look_before(self, t_ns: int) -> None:
        """Look at the picture at the moments for which what arrives at `t_ns` comes too late."""
        while self._moment_s is not None and seconds_to_ns(self._moment_s) < t_ns:
            at_ns = seconds_to_ns(self._moment_s)
            self.ran.told.append(self._shot(self._moment_s, self.picture.now(at_ns)))
            self.ran.held.append(self._shot(self._moment_s, _held(self._state, at_ns)))
            self._moment_s = next(self._moments, None)

    def _shot(self, t_s: float, now: Now) -> Shot:
        truth, truth_m, truth_mps = self._scenario.truth_at(t_s)
        return Shot(
            t_s=t_s,
            truth=truth,
            truth_m=truth_m,
            truth_mps=truth_mps,
            ignored_m=self._scenario.ignored_at(t_s),
            track=now.track,
            told_m=now.told_m,
            told_mps=now.told_mps,
            named=now.named,
        )


def _moments_s(duration_s: float) -> Iterator[float]:
    return (round(k * EVERY_S, 6) for k in range(int(duration_s / EVERY_S + 1e-9) + 1))


def _last_arrival_ns(tick: Heard) -> int:
    return max((int(getattr(fact, "t_arrival_ns", EPOCH_NS)) for fact in tick.facts), default=tick.now_ns)


def _held(state: State, t_ns: int) -> Now:
    """Return the established tracks of the watch's own table, carried on to a time."""
    tracks = state.tracks
    rows = np.flatnonzero(tracks.phase == ESTABLISHED)
    ago_s = (t_ns - tracks.t_ns[rows]) / 1e9
    x = tracks.x[rows]
    place_m, velocity_mps = ecef_to_city(x[:, :3] + x[:, 3:] * ago_s[:, None], x[:, 3:])
    return Now(tracks.id[rows].copy(), place_m, velocity_mps, ())


# ---- the figures -------------------------------------------------------------------------------------


def reference(*, n: int, level: str, seed: int, duration_s: float, clutter: float) -> Scenario:
    """Return the reference scenario of these arguments."""
    return make(n=n, level=level, seed=seed, duration_s=duration_s, clutter=clutter)


def score_scenario(
    scenario: Scenario,
    settings: Settings,
    progressed: Callable[[int], None] = lambda _n: None,
    *,
    cutoff_m: float = CUTOFF_M,
) -> Scored:
    """Run a scenario and return every figure."""
    runner = Runner(scenario, settings)
    ran = runner.run(progressed)
    run = list(matched(ran.told, cutoff_m=cutoff_m))
    best = list(oracle(scenario, Own(len(scenario.rid), settings.watch)))
    tellings = runner.picture.tellings()
    found = _fates(scenario, tellings, cutoff_m)
    done = fate.judged(found, scenario.duration_s)
    burn_in_s = burn_in(scenario.duration_s)
    names = _names(scenario)
    scores = Scores(
        of={
            "level": scenario.level,
            "drones": int(scenario.truth_at(0.0)[0].size),
            "seed": scenario.seed,
            "seconds": scenario.duration_s,
            "digest": scenario.digest(),
            "burn_in_s": burn_in_s,
            "cutoff_m": cutoff_m,
        },
        told=accuracy(ran.told, burn_in_s, cutoff_m),
        held=accuracy(ran.held, burn_in_s, cutoff_m),
        oracle=accuracy(best, burn_in_s, cutoff_m),
        plain_oracle=accuracy(list(oracle(scenario)), burn_in_s, cutoff_m),
        siap=siap(run, burn_in_s=burn_in_s),
        identity=identity(run, names, burn_in_s=burn_in_s) if names else None,
        purity=fate.purity(tellings.track, _sources(scenario, ran, tellings)),
        first_told=fate.delay(done.first_s, done.told_s),
        established=fate.delay(done.first_s, done.established_s),
        detection=fate.detection(done),
        false_tracks=fate.false_tracks(run, burn_in_s),
        ranges=fate.ranges(found, np.array([sensor.pos_enu_m for sensor in scenario.sensors])),
        cost=cost(ran, scenario.duration_s, burn_in_s),
        alarms=None,
    )
    held, known = (list(matched(shots, cutoff_m=cutoff_m)) for shots in (ran.held, best))
    return Scored(scores, run, held, known, tellings, done)


def burn_in(duration_s: float) -> float:
    """Return from when a run is scored: from BURN_IN_S, or from the middle of a run that is too short for that."""
    return min(BURN_IN_S, duration_s / 2)


def accuracy(shots: list[Shot], burn_in_s: float, cutoff_m: float) -> Accuracy:
    """Return the score of places in space and in the level."""
    return Accuracy(
        space=score(list(matched(shots, cutoff_m=cutoff_m)), burn_in_s=burn_in_s),
        level=score(list(matched(shots, dims=2, cutoff_m=cutoff_m)), burn_in_s=burn_in_s),
    )


def cost(ran: Ran, duration_s: float, burn_in_s: float) -> Cost:
    """Return what the steps took, without those before burn-in, in which kernels may still be compiled."""
    steps = [each for each in ran.steps if each.now_ns > seconds_to_ns(burn_in_s)]
    scans_ms = np.sort(np.array([each.took_s * 1e3 for each in steps if each.scan]))
    cpu_s = sum(each.took_s for each in steps)
    return Cost(
        ticks=len(steps),
        facts=sum(each.facts for each in steps),
        scans=len(scans_ms),
        scan_p50_ms=percentile(scans_ms, 50),
        scan_p99_ms=percentile(scans_ms, 99),
        cpu_s=cpu_s,
        times_real_time=(duration_s - burn_in_s) / cpu_s if cpu_s else None,
    )


def _fates(scenario: Scenario, tellings: Tellings, cutoff_m: float) -> Fates:
    """Return what became of the drones: each telling stands for the drone that it was told nearest to."""
    first = _first_seen(scenario)
    duration_s = scenario.duration_s
    of_drone = np.full(len(tellings.track), fate.NOBODY, np.int64)
    for k in range(len(of_drone)):
        number, place_m, _ = scenario.truth_at(min(max(float(tellings.t_s[k]), 0.0), duration_s))
        of_drone[k] = fate.nearest(tellings.told_m[k], place_m, number, cutoff_m)
    drone = np.array(sorted(first), np.int64)
    return fate.fates(drone, np.array([first[int(number)] for number in drone]), tellings, of_drone)


def _names(scenario: Scenario) -> dict[int, str]:
    """Return the name that each drone says, by its number; none where nobody can hear it."""
    if not any(sensor.kind == REMOTE_ID for sensor in scenario.sensors):
        return {}
    return {number: f"uas:{rid}" for number, rid in enumerate(scenario.rid.tolist()) if rid >= 0}


def _first_seen(scenario: Scenario) -> dict[int, float]:
    """Return when each drone was first measured with a place, by its number; a lie is no place."""
    liar = (scenario.spoof_offset_m != 0).any(axis=1)
    first: dict[int, float] = {}
    finders = [sensor.number for sensor in scenario.sensors if sensor.kind == FINDER]
    for row in scenario.det[np.argsort(scenario.det["t_s"], kind="stable")]:
        number = int(row["truth"])
        lies = row["rid"] >= 0 and liar[number]
        if number >= 0 and scenario.is_target[number] and int(row["sensor"]) not in finders and not lies:
            first.setdefault(number, float(row["t_s"]))
    return first


def _sources(scenario: Scenario, ran: Ran, tellings: Tellings) -> Ints:
    """Return of which drone, or NOBODY, the report is that is named as the evidence of each telling."""
    truth = scenario.det["truth"]
    found = np.full(len(tellings.track), fate.NOBODY, np.int64)
    for k, (tick, index, item) in enumerate(tellings.evidence.tolist()):
        plots = ran.plots[tick - 1][index] if tick >= 1 else ()
        if item < len(plots):
            found[k] = max(int(truth[int(plots[item])]), fate.NOBODY)
    return found
