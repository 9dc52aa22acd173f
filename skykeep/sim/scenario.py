"""The reference scenario: many small drones over a city of 10 km by 10 km, seen by several sensors.

The same arguments give the same truth and the same detections; another sensor never moves the truth, since each part
has a stream of chance of its own. Levels, each harder than the one before:

    L0  one scanning sensor that reports places, 10 m sigma a coordinate, once a second, 90 % detection, false reports
    L1  one 3-D radar in the middle: range 5 m, azimuth 0.15 degrees, elevation 0.3 degrees
    L2  a second radar besides, and Remote ID of 70 % of the drones; everything arrives in order of time
    L3  besides: two direction finders, latencies (so reports out of order), a radar that is off, birds that radars
        report, and Remote ID that lies: phantoms without a body (2 %), drones that say a place 400 m off (2 %)

Local metres, x east, y north, z up from the city's south-west corner; azimuth clockwise from north. The distributions
are NumPy's and the trigonometry is the machine's, so digests are taken after rounding to the millimetre.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from skykeep.sim.scenario_sensors import Broadcasts, Detections, Sensor, detect, sensors_for
from skykeep.sim.scenario_truth import BIRD, STEP_S, Bools, Floats, Ints, Truth, fly

_STREAMS = 10
_RID_FIRST = 100_000
_LIE_M = 400


@dataclasses.dataclass(frozen=True, slots=True)
class Scan:
    """Detections of one sensor that were measured at one time and arrive at one time."""

    t_arr_s: float
    t_s: float
    sensor: Sensor
    rows: Detections
    first: int  # where the first of the rows stands among the scenario's detections


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """What is true and what was detected; `det` is sorted by arrival, then by time, then by sensor."""

    seed: int
    level: str
    duration_s: float
    truth: Truth
    rid: Ints  # (M,) Remote ID number of each life, or -1
    is_target: Bools  # (M,) False of birds
    sensors: list[Sensor]
    det: Detections
    spoof_offset_m: Floats  # (M, 3) added to the place that Remote ID says

    def truth_at(self, t_s: float) -> tuple[Ints, Floats, Floats]:
        """Return number, position and velocity of the drones in the air at a multiple of STEP_S; no birds."""
        k = round(t_s / STEP_S)
        rows = np.nonzero(self.truth.alive[k] & self.is_target)[0]
        return rows, self.truth.pos_enu_m[k, rows], self.truth.vel_enu_mps[k, rows]

    def ignored_at(self, t_s: float) -> Floats:
        """Return the positions (b, 3) of the birds in the air: a track on one is no false drone."""
        k = round(t_s / STEP_S)
        rows = np.nonzero(self.truth.alive[k] & ~self.is_target)[0]
        return np.asarray(self.truth.pos_enu_m[k, rows])

    def scans(self) -> Iterator[Scan]:
        """Yield the detections by equal arrival, time and sensor, in order of arrival."""
        det = self.det
        if not len(det):
            return
        other = (np.diff(det["t_arr_s"]) != 0) | (np.diff(det["t_s"]) != 0) | (np.diff(det["sensor"]) != 0)
        cuts = np.nonzero(other)[0] + 1
        for first, end in zip(np.r_[0, cuts], np.r_[cuts, len(det)], strict=True):
            row = det[first]
            sensor = self.sensors[int(row["sensor"])]
            yield Scan(float(row["t_arr_s"]), float(row["t_s"]), sensor, det[first:end], int(first))

    def digest(self) -> str:
        """Return 16 hexadecimal digits over all that is true and detected, rounded to thousandths."""
        sha = hashlib.sha256()
        for array in (self.truth.pos_enu_m, self.det["t_s"], self.det["t_arr_s"], self.det["z"]):
            sha.update(np.round(np.nan_to_num(array), 3).tobytes())
        return sha.hexdigest()[:16]


def make(
    *,
    n: int = 100,
    level: str = "L0",
    seed: int = 0,
    duration_s: float = 120.0,
    clutter: float = 50.0,
    mean_life_s: float | None = 300.0,
    rid_share: float = 0.7,
) -> Scenario:
    """Return the scenario of `n` drones; at L3 a tenth as many birds fly besides."""
    chance_of_truth, chance_of_rid, *chances = [default_rng(s) for s in SeedSequence([seed, n]).spawn(_STREAMS)]
    birds = n // 10 if level == "L3" else 0
    truth = fly(drones=n, birds=birds, duration_s=duration_s, mean_life_s=mean_life_s, chance=chance_of_truth)
    is_target = truth.kind != BIRD
    phantoms = max(1, n // 50) if level == "L3" else 0
    broadcasts = _broadcasts(is_target, rid_share, phantoms, chance_of_rid, lies=level == "L3")
    sensors = sensors_for(level, clutter)
    det = detect(truth, sensors, broadcasts, duration_s, chances)
    return Scenario(seed, level, duration_s, truth, broadcasts.rid, is_target, sensors, det, broadcasts.offset_m)


def _broadcasts(is_target: Bools, share: float, phantoms: int, chance: Generator, *, lies: bool) -> Broadcasts:
    count = len(is_target)
    has = (chance.random(count) < share) & is_target
    phase_s = np.asarray(chance.integers(0, 4, count) * 0.25)
    offset_m = np.zeros((count, 3))
    if lies:
        liar = has & (chance.random(count) < 0.02)
        angle_rad = chance.uniform(0, 6.28, count)
        offset_m[liar, :2] = _LIE_M * np.stack([np.cos(angle_rad), np.sin(angle_rad)], 1)[liar]
    rid = np.where(has, _RID_FIRST + np.arange(count), -1)
    return Broadcasts(rid, phase_s, offset_m, phantoms)
