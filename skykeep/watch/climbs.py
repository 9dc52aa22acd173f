"""A course's heights against the floor and the ceiling of a volume: when it is met, if it ever is."""

from __future__ import annotations

import math
from collections.abc import Mapping

from skykeep.facts.concluded import Trust
from skykeep.facts.enacted import Limit, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.flight import Flight, Height, Stood
from skykeep.rules.heights import with_heights
from skykeep.rules.inside import Where, at_ground, compare_heights
from skykeep.rules.law import Law
from skykeep.rules.outline import Outline
from skykeep.watch.courses import place_after
from skykeep.watch.reports import DATUMS
from skykeep.watch.table import Tracks

_CLIMB_STEPS = 30
_SIGMA_NONE_S = 1e6
_DATUM = tuple(Datum(name) for name in DATUMS)


class Course:
    """Where one track will be, with its heights as they were heard last."""

    __slots__ = ("climbs", "law", "row", "stood", "t_ns", "tracks", "up_mps")

    def __init__(self, tracks: Tracks, row: int, up_mps: float, law: Law, stood: Mapping[int, Stood]) -> None:
        self.tracks, self.row, self.up_mps, self.law = tracks, row, up_mps, law
        self.climbs = up_mps != 0.0
        self.t_ns = int(tracks.t_ns[row])
        self.stood = stood.get(int(tracks.id[row]))

    def entry(
        self, volume: Volume, outline: Outline, outline_s: float, sigma_s: float, horizon_s: float
    ) -> tuple[float, float]:
        """Return when a volume is entered whose outline is after `outline_s`, and how surely; infinite: not."""
        if not _limited(volume) or self.meets(volume, outline_s):
            return outline_s, min(sigma_s, _SIGMA_NONE_S)
        if not self.climbs:
            return math.inf, 0.0
        step_s = horizon_s / _CLIMB_STEPS
        out_s = outline_s
        while out_s + step_s <= horizon_s:
            in_s = out_s + step_s
            if outline.margin_m(*self.place(in_s)) < 0.0:
                break
            if self.meets(volume, in_s):
                return self._halved(volume, out_s, in_s), self._climb_sigma_s()
            out_s = in_s
        return math.inf, 0.0

    def _halved(self, volume: Volume, out_s: float, in_s: float) -> float:
        while in_s - out_s > 0.1:
            middle_s = 0.5 * (out_s + in_s)
            if self.meets(volume, middle_s):
                in_s = middle_s
            else:
                out_s = middle_s
        return in_s

    def _climb_sigma_s(self) -> float:
        heights = self.heights(0.0)
        return min((height.sigma_mm for height in heights), default=0) / 1e3 / abs(self.up_mps)

    def place(self, after_s: float) -> tuple[int, int]:
        """Return lat_e7, lon_e7 after so long."""
        return place_after(self.tracks.x, self.row, after_s)

    def meets(self, volume: Volume, after_s: float) -> bool:
        """Whether it will not surely be over or under a volume then; a height that cannot be compared may be in it."""
        lat_e7, lon_e7 = self.place(after_s)
        flight = Flight(
            t_ns=self.t_ns + round(after_s * 1e9),
            lat_e7=lat_e7,
            lon_e7=lon_e7,
            pos_sigma_m=float(self.tracks.sigma_m[self.row]),
            heights=self.heights(after_s),
            uas_id=None,
            session_id=None,
            operator_id=None,
            trust=Trust.NONE,
            manned=False,
            stood=self.stood,
        )
        flight = with_heights(flight, self.law.levels)
        answer = compare_heights(flight.heights, volume.floor, volume.ceiling, levels=flight.levels)
        return answer.where is not Where.OUTSIDE

    def heights(self, after_s: float) -> tuple[Height, ...]:
        """Return the heights heard last, carried on at the rate of climb."""
        tracks, row = self.tracks, self.row
        aged_s = after_s + max(0, self.t_ns - int(tracks.height_ns[row])) / 1e9
        climbed_mm = round(self.up_mps * aged_s * 1e3)
        given: list[tuple[int, int, int]] = [
            (int(tracks.said_datum[row]), int(tracks.said_mm[row]), int(tracks.said_sigma_mm[row])),
            (int(tracks.above_datum[row]), int(tracks.above_mm[row]), int(tracks.above_sigma_mm[row])),
        ]
        if int(tracks.std_sigma_mm[row]) >= 0:
            given.append((DATUMS.index("std"), int(tracks.std_mm[row]), int(tracks.std_sigma_mm[row])))
        return tuple(
            Height(Altitude(value_mm + climbed_mm, _DATUM[datum]), sigma_mm)
            for datum, value_mm, sigma_mm in given
            if datum >= 0
        )


def _limited(volume: Volume) -> bool:
    """Whether a volume has a floor or a ceiling at all."""
    return _limits(volume.ceiling) or (_limits(volume.floor) and not _at_ground(volume.floor))


def _limits(limit: Limit) -> bool:
    return isinstance(limit, Altitude)


def _at_ground(limit: Limit) -> bool:
    return isinstance(limit, Altitude) and at_ground(limit)
