"""The figures of a score as lines of text: what, how much, in which unit; one dash where there is nothing to say."""

from __future__ import annotations

from collections.abc import Iterator

from skykeep.sim import fates as fate
from skykeep.sim.score import IdentityScore, RunScore
from skykeep.sim.siap import Siap
from skykeep.station.scoring import Accuracy, Cost, Scores
from skykeep.views.alarmkpi import AlarmScore

_WIDE = 34


def lines(scores: Scores) -> Iterator[str]:
    """Yield the lines of a score."""
    yield ", ".join(f"{name} {_number(value)}" for name, value in scores.of.items())
    yield ""
    yield from _accuracies(scores)
    yield from _siap(scores.siap)
    yield from _tracks(scores)
    yield from _delays(scores)
    if scores.alarms is not None:
        yield from _alarms(scores.alarms)
    if scores.cost is not None:
        yield from _cost(scores.cost)


def _number(value: str | float | None, digits: int = 2) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.{0 if value.is_integer() else digits}f}"
    return str(value)


def _row(what: str, *values: str) -> str:
    return f"{what:<{_WIDE}}" + "".join(f" {value:>14}" for value in values)


def _accuracies(scores: Scores) -> Iterator[str]:
    """Yield the table of GOSPA: a column a picture, in space and in the level."""
    named: list[tuple[str, Accuracy | None]] = [
        ("told", scores.told),
        ("held", scores.held),
        ("oracle", scores.oracle),
        ("plain oracle", scores.plain_oracle),
    ]
    there = [(name, each) for name, each in named if each is not None]
    for title, picked in (("in space", "space"), ("in the level", "level")):
        yield _row(f"GOSPA {title}", *(name for name, _ in there))
        runs: list[RunScore] = [getattr(each, picked) for _, each in there]
        for what, name, digits in _ACCURACY:
            yield _row(f"  {what}", *(_number(getattr(run, name), digits) for run in runs))
        yield ""


_ACCURACY = (
    ("distance, m", "gospa_m", 1),
    ("a drone, root mean square, m", "gospa_rms_per_target_m", 2),
    ("part of places, m2", "localisation_m2", 0),
    ("part of the missed, m2", "missed_m2", 0),
    ("part of the false, m2", "false_m2", 0),
    ("missed, of a moment", "n_missed", 2),
    ("false, of a moment", "n_false", 2),
    ("drones in the air", "n_truth", 1),
    ("tracks", "n_told", 1),
    ("error of a place, m", "rmse_m", 2),
    ("error of a velocity, m/s", "velocity_rmse_mps", 2),
    ("switches", "switches", 0),
    ("switches a drone and minute", "switches_per_target_min", 4),
)


def _siap(found: Siap) -> Iterator[str]:
    yield "One picture (SIAP)"
    yield _row("  completeness", _number(found.completeness, 4))
    yield _row("  ambiguity", _number(found.ambiguity, 4))
    yield _row("  spuriousness", _number(found.spuriousness, 4))
    yield _row("  continuity", _number(found.continuity, 4))
    yield _row("  track number changes a minute", _number(found.track_number_changes_per_min, 4))
    yield ""


def _tracks(scores: Scores) -> Iterator[str]:
    yield "Names and evidence"
    if scores.identity is not None:
        yield _row("  names right, of those told", _share(scores.identity))
        yield _row("  abstained, of those that say one", _number(scores.identity.abstention, 4))
    if scores.purity is not None:
        yield _row("  purity of evidence", _number(scores.purity.purity, 4))
    yield ""
    yield _row("Detection, exact bounds of 95 %", "", "between", "one-sided", "counted")
    if scores.detection is not None:
        yield _detection(scores.detection)
    yield _false_tracks(scores.false_tracks)
    if scores.ranges is not None:
        yield _ranges(scores.ranges)
    yield ""


def _share(found: IdentityScore) -> str:
    return f"{_number(found.accuracy, 4)} ({found.wrong} wrong)"


def _detection(found: fate.Detection) -> str:
    low, high = found.interval_95
    return _row(
        f"  established within {found.within_s:g} s",
        _number(found.probability, 4),
        f"{low:.3f}–{high:.3f}",
        f"≥ {found.lower_95:.3f}",
        f"{found.detected} of {found.drones}",
    )


def _false_tracks(found: fate.FalseTracks) -> str:
    low, high = found.interval_95
    bounds = (f"{low:.1f}–{high:.1f}", f"≤ {found.upper_95:.1f}")
    return _row("  false tracks an hour", _number(found.per_hour), *bounds, f"{found.tracks} in {found.hours:.3g} h")


def _ranges(found: fate.Ranges) -> str:
    places = f"p10 {_number(found.p10_m, 0)}", f"p50 {_number(found.p50_m, 0)}", f"p90 {_number(found.p90_m, 0)}"
    return _row("  range at which established, m", *places, f"farthest {_number(found.farthest_m, 0)}")


def _delays(scores: Scores) -> Iterator[str]:
    yield _row("From first detection, s", "p50", "p90", "p99", "never")
    for what, found in (("told", scores.first_told), ("established", scores.established)):
        if found is not None:
            times = (_number(found.p50_s), _number(found.p90_s), _number(found.p99_s))
            yield _row(f"  to {what}", *times, f"{found.never}/{found.drones}")
    yield ""


def _alarms(found: AlarmScore) -> Iterator[str]:
    yield _row("Alarms (ISA-18.2)", "in all", "per 10 min")
    yield _row("  alarms that began to sound", _number(found.alarms), _number(found.alarms_per_10min))
    yield _row("  calls", _number(found.calls), _number(found.calls_per_10min))
    yield _row("  most calls in any 10 min", _number(found.calls_most_in_10min))
    yield _row("  of the time in a flood of calls", _number(found.flood_share, 4))
    yield _row("  chattering, stale, standing", *map(_number, (len(found.chattering), found.stale, found.standing)))
    yield _row("  suppressed, shelved, escalated", *map(_number, (found.suppressed, found.shelved, found.escalated)))
    yield ""


def _cost(found: Cost) -> Iterator[str]:
    yield "Processor"
    yield _row("  a scan, p50 and p99, ms", _number(found.scan_p50_ms), _number(found.scan_p99_ms))
    yield _row("  in all, s", _number(found.cpu_s), f"{found.facts} facts", f"{found.ticks} ticks")
    yield _row("  times real time", _number(found.times_real_time, 0))
