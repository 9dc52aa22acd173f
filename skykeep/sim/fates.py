"""What became of each drone and of each track: seen, told, established, pure, false; and how long it took."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import msgspec
import numpy as np

from skykeep.sim import bounds
from skykeep.sim.assignment import Floats, Ints
from skykeep.sim.shots import Matched
from skykeep.sim.told import Tellings

NOBODY = -1  # no drone: clutter, an emitter without a body, a track far from all
_GRACE_S = 10.0  # a drone seen for less than this before the end is not judged: its time was not up


class Delay(msgspec.Struct, frozen=True, kw_only=True):
    """How long something took, over drones; a percentile is None where so many never came to it."""

    p50_s: float | None
    p90_s: float | None
    p99_s: float | None
    drones: int
    never: int


def delay(first_s: Floats, then_s: Floats) -> Delay:
    """Return the percentiles (nearest rank) from one moment to another; NaN where the second never came."""
    took = np.sort(np.where(np.isnan(then_s), np.inf, np.maximum(then_s - first_s, 0.0).round(6)))
    return Delay(
        p50_s=percentile(took, 50),
        p90_s=percentile(took, 90),
        p99_s=percentile(took, 99),
        drones=len(took),
        never=int(np.isinf(took).sum()),
    )


def percentile(ordered: Floats, percent: int) -> float | None:
    """Return the nearest rank of what is sorted; None where that is infinite or there is nothing."""
    if not len(ordered):
        return None
    value = float(ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)])
    return value if math.isfinite(value) else None


@dataclasses.dataclass(frozen=True, slots=True)
class Fates:
    """One row a drone that was ever detected with a place: when first; when first told and established (NaN: never)."""

    drone: Ints
    first_s: Floats
    told_s: Floats
    established_s: Floats
    established_m: Floats  # (n, 3) where it was told to be when it was established; NaN: never


def fates(drone: Ints, first_s: Floats, tellings: Tellings, of_drone: Ints) -> Fates:
    """Return what became of each drone; `of_drone` (m,) says for which drone each telling stands, or NOBODY."""
    told_s, established_s = np.full(len(drone), np.nan), np.full(len(drone), np.nan)
    established_m = np.full((len(drone), 3), np.nan)
    row_of = {int(number): row for row, number in enumerate(drone)}
    for k, number in enumerate(of_drone.tolist()):
        row = row_of.get(number)
        if row is None:
            continue
        if np.isnan(told_s[row]):
            told_s[row] = tellings.now_s[k]
        if tellings.established[k] and np.isnan(established_s[row]):
            established_s[row], established_m[row] = tellings.now_s[k], tellings.told_m[k]
    return Fates(drone, first_s, told_s, established_s, established_m)


def judged(found: Fates, end_s: float) -> Fates:
    """Return the drones whose time was up before the end, so that what never came of them counts."""
    rows = np.nonzero(found.first_s <= end_s - _GRACE_S)[0]
    return Fates(*(getattr(found, field.name)[rows] for field in dataclasses.fields(Fates)))


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """How surely a drone becomes an established track in time, with exact bounds (Clopper, Pearson)."""

    within_s: float
    drones: int
    detected: int
    probability: float | None
    lower_95: float  # one-sided
    interval_95: tuple[float, float]


def detection(found: Fates, within_s: float = _GRACE_S) -> Detection:
    """Return how many drones were established within so long of being detected first."""
    took_s = found.established_s - found.first_s
    count, hits = len(took_s), int((took_s <= within_s).sum())
    return Detection(
        within_s=within_s,
        drones=count,
        detected=hits,
        probability=hits / count if count else None,
        lower_95=bounds.probability_lower(hits, count),
        interval_95=bounds.probability_interval(hits, count) if count else (0.0, 1.0),
    )


class FalseTracks(msgspec.Struct, frozen=True, kw_only=True):
    """Established tracks that never stood for anything, with exact bounds an hour (Garwood)."""

    tracks: int
    hours: float
    per_hour: float
    upper_95: float  # one-sided
    interval_95: tuple[float, float]


def false_tracks(run: Sequence[Matched], burn_in_s: float) -> FalseTracks:
    """Count the tracks that were near a drone at no scored moment, nor taken for one on a bird."""
    scored = [each for each in run if each.shot.t_s >= burn_in_s]
    seen: dict[int, bool] = {}
    for each in scored:
        stands = np.ones(len(each.shot.track), bool)
        stands[each.told] = False  # those left are on birds
        stands[each.gospa.told_row] = True
        stands[each.spare_told] = True
        for track, right in zip(each.shot.track.tolist(), stands.tolist(), strict=True):
            seen[track] = seen.get(track, False) or right
    count = sum(not right for right in seen.values())
    hours = max(scored[-1].shot.t_s - scored[0].shot.t_s, 1.0) / 3600 if scored else math.inf
    return FalseTracks(
        tracks=count,
        hours=hours,
        per_hour=count / hours,
        upper_95=bounds.rate_upper(count, hours),
        interval_95=bounds.rate_interval(count, hours),
    )


class Purity(msgspec.Struct, frozen=True, kw_only=True):
    """How far the reports that are named as a track's evidence come from one drone; None: nothing was named."""

    purity: float | None
    reports: int


def purity(track: Ints, source: Ints) -> Purity:
    """Return the share of reports that come from the drone that most of their track's come from.

    `track` and `source` (m,): each telling's track, and the drone its evidence came from: NOBODY's is never pure.
    """
    counts: dict[int, dict[int, int]] = {}
    for one, other in zip(track.tolist(), source.tolist(), strict=True):
        of_track = counts.setdefault(one, {})
        of_track[other] = of_track.get(other, 0) + 1
    most = sum(max((count for number, count in of.items() if number >= 0), default=0) for of in counts.values())
    return Purity(purity=most / len(track) if len(track) else None, reports=len(track))


class Ranges(msgspec.Struct, frozen=True, kw_only=True):
    """How far from the nearest sensor drones were when they were established, m."""

    p10_m: float | None
    p50_m: float | None
    p90_m: float | None
    farthest_m: float | None


def ranges(found: Fates, sites_m: Floats) -> Ranges:
    """Return at what level distance from the nearest of the sites (s, 3) drones were established."""
    at = found.established_m[np.isfinite(found.established_m[:, 0])]
    if not len(at) or not len(sites_m):
        return Ranges(p10_m=None, p50_m=None, p90_m=None, farthest_m=None)
    gap = at[:, None, :2] - sites_m[None, :, :2]
    far = np.sort(np.sqrt((gap * gap).sum(axis=2)).min(axis=1))
    return Ranges(
        p10_m=percentile(far, 10), p50_m=percentile(far, 50), p90_m=percentile(far, 90), farthest_m=float(far[-1])
    )


def nearest(place_m: Floats, truth_m: Floats, number: Ints, cutoff_m: float) -> int:
    """Return the number of the drone that a place is nearest to, NOBODY beyond the cutoff; heights count if known."""
    if not len(number):
        return NOBODY
    gap = np.nan_to_num(truth_m - place_m)
    square = (gap * gap).sum(axis=1)
    row = int(square.argmin())
    return int(number[row]) if square[row] < cutoff_m * cutoff_m else NOBODY
