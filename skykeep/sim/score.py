"""How good a told picture was over a whole run: GOSPA with its parts, errors, switches, identity."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from skykeep.sim.shots import Matched

BURN_IN_S = 10.0  # a run is scored from then on: the first picture takes its time


class RunScore(msgspec.Struct, frozen=True, kw_only=True):
    """Means over the scored moments; metres, and square metres where the parts of GOSPA are meant."""

    gospa_m: float
    gospa_rms_per_target_m: float | None
    localisation_m2: float
    missed_m2: float
    false_m2: float
    n_truth: float
    n_told: float
    n_missed: float
    n_false: float
    rmse_m: float | None  # of the pairs
    velocity_rmse_mps: float | None
    switches: int  # a drone's track has another id than the last that it had
    switches_per_target_min: float | None
    moments: int


def score(run: Sequence[Matched], *, burn_in_s: float = BURN_IN_S) -> RunScore:
    """Return the score of a run whose moments are evenly apart; switches before `burn_in_s` do not count."""
    scored = [each for each in run if each.shot.t_s >= burn_in_s]
    if not scored:
        raise ValueError(f"nothing to score: the run ends before {burn_in_s:g} s")
    found = [each.gospa for each in scored]
    count = len(found)
    truths = sum(each.n_truth for each in found)
    pairs = sum(len(each.pair_m) for each in found)
    square_m2 = sum(float((each.pair_m * each.pair_m).sum()) for each in found)
    switches = count_switches(run, burn_in_s)
    minutes = truths * _interval_s(run) / 60
    return RunScore(
        gospa_m=sum(each.distance for each in found) / count,
        gospa_rms_per_target_m=math.sqrt(sum(each.distance**2 for each in found) / truths) if truths else None,
        localisation_m2=sum(each.localisation for each in found) / count,
        missed_m2=sum(each.missed for each in found) / count,
        false_m2=sum(each.false for each in found) / count,
        n_truth=truths / count,
        n_told=sum(each.n_told for each in found) / count,
        n_missed=sum(each.n_missed for each in found) / count,
        n_false=sum(each.n_false for each in found) / count,
        rmse_m=math.sqrt(square_m2 / pairs) if pairs else None,
        velocity_rmse_mps=_velocity_rmse_mps(scored),
        switches=switches,
        switches_per_target_min=switches / minutes if minutes else None,
        moments=count,
    )


def count_switches(run: Sequence[Matched], burn_in_s: float) -> int:
    """Return how often, from `burn_in_s` on, a drone's track has another id than the last that this drone's had."""
    last: dict[int, int] = {}
    switches = 0
    for each in run:
        for truth, track in pairs_of(each):
            switches += each.shot.t_s >= burn_in_s and last.get(truth, track) != track
            last[truth] = track
    return switches


def pairs_of(each: Matched) -> list[tuple[int, int]]:
    """Return the pairs of a moment: number of the drone, id of its track."""
    truths = each.shot.truth[each.gospa.truth_row].tolist()
    return list(zip(truths, each.shot.track[each.gospa.told_row].tolist(), strict=True))


def _interval_s(run: Sequence[Matched]) -> float:
    return (run[-1].shot.t_s - run[0].shot.t_s) / (len(run) - 1) if len(run) > 1 else 0.0


def _velocity_rmse_mps(scored: Sequence[Matched]) -> float | None:
    """Return the error of the level velocity, over the pairs of which both are known."""
    total, count = 0.0, 0
    for each in scored:
        true = each.shot.truth_mps[each.gospa.truth_row, :2]
        off = true - each.shot.told_mps[each.gospa.told_row, :2]
        known = np.isfinite(off).all(axis=1)
        total += float((off[known] * off[known]).sum())
        count += int(known.sum())
    return math.sqrt(total / count) if count else None


class IdentityScore(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of who flies, over pairs and scored moments; a drone that says no name has none to be told."""

    right: int
    wrong: int
    abstained: int  # it says a name, and the picture does not say one of it
    rightly_none: int
    accuracy: float | None  # right of those told; None: none was told
    abstention: float | None  # abstained of those that say a name


def identity(run: Sequence[Matched], names: dict[int, str], *, burn_in_s: float = BURN_IN_S) -> IdentityScore:
    """Return how often the picture said the right name; `names` by number of the drone."""
    counts = {"right": 0, "wrong": 0, "abstained": 0, "rightly_none": 0}
    for each in run:
        if each.shot.t_s < burn_in_s:
            continue
        for truth_row, told_row in zip(each.gospa.truth_row, each.gospa.told_row, strict=True):
            true, told = names.get(int(each.shot.truth[truth_row])), each.shot.named[int(told_row)]
            counts[_answer(true, told)] += 1
    answered, says = counts["right"] + counts["wrong"], counts["right"] + counts["abstained"]
    return IdentityScore(
        **counts,
        accuracy=counts["right"] / answered if answered else None,
        abstention=counts["abstained"] / says if says else None,
    )


def _answer(true: str | None, told: str | None) -> str:
    if told is not None:
        return "right" if told == true else "wrong"
    return "rightly_none" if true is None else "abstained"
