"""SIAP's measures of a single integrated air picture, over a whole run.

Votruba, Nisley, Rothrock, Zombro 2001, "Single Integrated Air Picture (SIAP) Metrics Implementation" (SIAP System
Engineering Task Force, technical report 2001-003). A drone's track is the one that GOSPA pairs with it; a track left
over that is near a drone which has one makes that drone ambiguous; one that is near nothing is spurious.

    completeness    drones that have a track, of all drones                                    1 is best
    ambiguity       tracks of a drone, on average over drones that have one                     1 is best
    spuriousness    tracks near nothing, of all tracks                                          0 is best
    continuity      a drone's longest time under one track number, of its time in the air       1 is best
    rate of change  track numbers that a tracked drone changes through, in a minute             0 is best
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import msgspec

from skykeep.sim.score import BURN_IN_S, pairs_of
from skykeep.sim.shots import Matched


class Siap(msgspec.Struct, frozen=True, kw_only=True):
    """The measures; None where there was nothing to measure."""

    completeness: float | None
    ambiguity: float | None
    spuriousness: float | None
    continuity: float | None
    track_number_changes_per_min: float | None


@dataclasses.dataclass(slots=True)
class _Life:
    """What is seen of one drone, moment by moment."""

    moments: int = 0
    tracked: int = 0
    changes: int = 0
    longest: int = 0
    length: int = 0  # of the present stretch under one number
    number: int | None = None  # the last it had
    held: bool = False  # at the moment before

    def see(self, number: int | None) -> None:
        """Take in one moment: the number of its track, or None."""
        self.moments += 1
        if number is None:
            self.held = False
            return
        self.tracked += 1
        self.changes += self.number is not None and number != self.number
        self.length = self.length + 1 if self.held and number == self.number else 1
        self.longest = max(self.longest, self.length)
        self.number, self.held = number, True


def siap(run: Sequence[Matched], *, burn_in_s: float = BURN_IN_S) -> Siap:
    """Return the measures of a run whose moments are evenly apart, from `burn_in_s` on."""
    scored = [each for each in run if each.shot.t_s >= burn_in_s]
    lives: dict[int, _Life] = {}
    near = tracks = 0
    for each in scored:
        number_of = dict(pairs_of(each))
        for truth in each.shot.truth.tolist():
            lives.setdefault(truth, _Life()).see(number_of.get(truth))
        near += len(number_of) + len(each.spare_told)
        tracks += len(each.told)
    moments = sum(life.moments for life in lives.values())
    tracked = sum(life.tracked for life in lives.values())
    apart_s = scored[1].shot.t_s - scored[0].shot.t_s if len(scored) > 1 else 0.0
    return Siap(
        completeness=tracked / moments if moments else None,
        ambiguity=near / tracked if tracked else None,
        spuriousness=(tracks - near) / tracks if tracks else None,
        continuity=sum(life.longest for life in lives.values()) / moments if moments else None,
        track_number_changes_per_min=_rate(lives, tracked, apart_s),
    )


def _rate(lives: dict[int, _Life], tracked: int, apart_s: float) -> float | None:
    minutes = tracked * apart_s / 60
    return sum(life.changes for life in lives.values()) / minutes if minutes else None
