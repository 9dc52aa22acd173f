"""What was true and what was told at one moment, and which track stands for which drone then."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import numpy as np

from skykeep.sim.assignment import Floats, Ints
from skykeep.sim.gospa import CUTOFF_M, ORDER, Gospa, gospa, near


@dataclasses.dataclass(frozen=True, slots=True)
class Shot:
    """The truth and the picture at one moment; places in metres, east, north, up of one frame.

    `truth` (n,) numbers of the drones in the air, `track` (k,) ids of the tracks told as established. A track on what
    stands in `ignored_m` (birds) is neither right nor false.
    """

    t_s: float
    truth: Ints
    truth_m: Floats  # (n, 3)
    truth_mps: Floats  # (n, 3); NaN where not known
    ignored_m: Floats  # (b, 3)
    track: Ints
    told_m: Floats  # (k, 3); a height that was not told is NaN
    told_mps: Floats  # (k, 3)
    named: tuple[str | None, ...] = ()  # (k,) who each track is told to be, if it is told; empty: nobody was asked


@dataclasses.dataclass(frozen=True, slots=True)
class Matched:
    """A shot with its pairs: one track at most a drone in `gospa`, and the tracks left over."""

    shot: Shot
    gospa: Gospa  # birds and the tracks on them left out
    spare_truth: Ints  # rows of drones to which another track is near, which has a track already
    spare_told: Ints  # and rows of those other tracks
    told: Ints  # rows of all tracks but those on birds


def matched(shots: Iterable[Shot], *, dims: int = 3, cutoff_m: float = CUTOFF_M) -> Iterator[Matched]:
    """Yield each shot with its pairs, by places in the first `dims` axes."""
    for shot in shots:
        told = _not_on_birds(shot, dims, cutoff_m)
        found = gospa(shot.truth_m[:, :dims], shot.told_m[told, :dims], cutoff_m=cutoff_m)
        pairs = dataclasses.replace(found, told_row=told[found.told_row])
        free = np.setdiff1d(told, pairs.told_row)
        row, column, distance = near(shot.truth_m[:, :dims], shot.told_m[free, :dims], cutoff_m)
        order = np.lexsort((row, distance, column))
        first = order[np.unique(column[order], return_index=True)[1]]  # the nearest drone of each spare track
        yield Matched(shot, pairs, row[first], free[column[first]], told)


def _not_on_birds(shot: Shot, dims: int, cutoff_m: float) -> Ints:
    """Return the rows of all tracks but those that stand for no drone and, one each, for a bird."""
    every = np.arange(len(shot.track))
    if not len(shot.ignored_m):
        return every
    drones = gospa(shot.truth_m[:, :dims], shot.told_m[:, :dims], cutoff_m=cutoff_m, order=ORDER)
    free = np.setdiff1d(every, drones.told_row)
    birds = gospa(shot.ignored_m[:, :dims], shot.told_m[free, :dims], cutoff_m=cutoff_m, order=ORDER)
    return np.setdiff1d(every, free[birds.told_row])
