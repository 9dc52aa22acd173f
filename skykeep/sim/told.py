"""The picture as it was told: conclusions folded tick by tick, and asked where each track is at a moment."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import numpy as np

from skykeep.facts.columns import Estimate, estimates
from skykeep.facts.concluded import (
    Phase,
    TrackEstimated,
    TrackIdentified,
    TrackLost,
    TrackMerged,
    TracksEstimated,
    Trust,
)
from skykeep.geo.altitude import Datum
from skykeep.sim.assignment import Floats, Ints

ToLocal = Callable[[Floats], Floats]
"""From lat_deg, lon_deg, alt_hae_m (n, 3) to metres east, north, up of one frame (n, 3)."""

_PHASES = (Phase.TENTATIVE, Phase.ESTABLISHED)


@dataclasses.dataclass(frozen=True, slots=True)
class Tellings:
    """Every estimate that was told, in order: m rows. `now_s` when it was told, `t_s` the time that it is for."""

    track: Ints
    now_s: Floats
    t_s: Floats
    established: Ints
    told_m: Floats  # (m, 3)
    evidence: Ints  # (m, 3): tick, fact, plot of the report that moved it last


@dataclasses.dataclass(frozen=True, slots=True)
class Now:
    """The established tracks at one moment, in order of id: k rows."""

    track: Ints
    told_m: Floats  # (k, 3); a height that was not told is NaN
    told_mps: Floats  # (k, 3)
    named: tuple[str | None, ...]


class ToldPicture:
    """Folds conclusions. A name that is contradicted is not told: the picture abstains."""

    def __init__(self, to_local: ToLocal, epoch_ns: int) -> None:
        self._to_local = to_local
        self._epoch_ns = epoch_ns
        self._last: dict[int, Estimate] = {}
        self._names: dict[int, str | None] = {}
        self._told: list[tuple[int, Estimate]] = []  # when, what

    def take(self, tick: int, now_ns: int, concluded: Iterable[object]) -> None:
        """Take in the conclusions of a tick, in their order."""
        for told in concluded:
            if isinstance(told, (TracksEstimated, TrackEstimated)):
                for estimate in estimates(told, tick):
                    self._estimate(now_ns, estimate)
            elif isinstance(told, (TrackLost, TrackMerged)):
                self._last.pop(told.track_id, None)
            elif isinstance(told, TrackIdentified):
                self._names[told.track_id] = None if told.trust is Trust.CONTRADICTED else told.uas_id

    def _estimate(self, now_ns: int, estimate: Estimate) -> None:
        if estimate.phase is Phase.LOST:
            self._last.pop(estimate.track_id, None)
            return
        self._last[estimate.track_id] = estimate
        self._told.append((now_ns, estimate))

    def now(self, t_ns: int) -> Now:
        """Return where the established tracks are, carried on by their velocities to `t_ns`."""
        held = [told for _, told in sorted(self._last.items()) if told.phase is Phase.ESTABLISHED]
        told_mps = np.array([_velocity_mps(told) for told in held]).reshape(-1, 3)
        ago_s = np.array([(t_ns - told.t_ns) / 1e9 for told in held])
        return Now(
            track=np.array([told.track_id for told in held], np.int64),
            told_m=self._local(held) + np.nan_to_num(told_mps) * ago_s[:, None],
            told_mps=told_mps,
            named=tuple(self._names.get(told.track_id) for told in held),
        )

    def tellings(self) -> Tellings:
        """Return all that was told of tracks that were not lost."""
        told = [estimate for _, estimate in self._told]
        evidence = [(one.evidence.tick, one.evidence.index, one.item) for one in told]
        return Tellings(
            track=np.array([one.track_id for one in told], np.int64),
            now_s=np.array([(now_ns - self._epoch_ns) / 1e9 for now_ns, _ in self._told]),
            t_s=np.array([(one.t_ns - self._epoch_ns) / 1e9 for one in told]),
            established=np.array([one.phase is Phase.ESTABLISHED for one in told], np.int64),
            told_m=self._local(told),
            evidence=np.array(evidence, np.int64).reshape(-1, 3),
        )

    def _local(self, told: list[Estimate]) -> Floats:
        places = np.array([(one.lat_e7 / 1e7, one.lon_e7 / 1e7, _alt_m(one)) for one in told]).reshape(-1, 3)
        unknown = np.isnan(places[:, 2])
        local = self._to_local(np.nan_to_num(places))
        local[unknown, 2] = np.nan
        return local


def _alt_m(told: Estimate) -> float:
    """Return the height above the ellipsoid: as estimated, else as a report gave it, else NaN."""
    if told.alt_mm is not None:
        return told.alt_mm / 1e3
    if told.altitude is not None and told.altitude.datum is Datum.HAE:
        return told.altitude.value_mm / 1e3
    return np.nan


def _velocity_mps(told: Estimate) -> tuple[float, float, float]:
    up_mps = np.nan if told.vel_up_mmps is None else told.vel_up_mmps / 1e3
    return told.vel_east_mmps / 1e3, told.vel_north_mmps / 1e3, up_mps
