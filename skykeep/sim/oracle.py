"""The best that a filter can do when it knows which report is of whom: the yardstick that a tracker is held against.

Each drone's own detections, and none that lies, run through a filter in order of measurement, each as soon as it has
arrived. Polar plots are converted (Bar-Shalom, Li, Kirubarajan 2001, section 10.4.2) after the sensor's true bias was
taken off. A drone is told from its first detection with a place until it is gone; bearings are not used. What is left
of GOSPA is noise, and who was not seen yet. `Plain` is a filter for it; whoever has a better one hands it over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol, Self

import numpy as np

from skykeep.sim.assignment import Floats, Ints
from skykeep.sim.scenario import Scenario
from skykeep.sim.scenario_sensors import CARTESIAN, FINDER, REMOTE_ID, Detections, Sensor, polar_to_enu
from skykeep.sim.scenario_truth import Bools
from skykeep.sim.shots import Shot

LEVEL_M2PS3, UP_M2PS3 = 3.0, 0.1  # intensity of the acceleration noise: the best of a few on seeds 101 to 103
_SPEED_SIGMA_MPS = (12.0, 12.0, 3.0)  # of a drone of which one place is known
_LAG_S = 2.0  # nothing arrives later


class Measured(NamedTuple):
    """What was measured of n drones at one time, one each: `vel_mps` (n, 2) east and north, with NaN where not."""

    t_s: float
    place_m: Floats  # (n, 3)
    r_m2: Floats  # (n, 3, 3)
    vel_mps: Floats


class Filter(Protocol):
    """A filter of many drones, each for itself; `seen` (M,) says of whom anything was measured."""

    seen: Bools

    def copy(self) -> Self:
        """Return a copy that shares nothing."""
        ...

    def take(self, rows: Ints, measured: Measured) -> None:
        """Take one measurement of each of these drones; times never run backwards."""
        ...

    def now(self, rows: Ints, t_s: float) -> tuple[Floats, Floats]:
        """Return places and velocities (n, 3) of these drones, carried on to a time."""
        ...


class Plain:
    """A Kalman filter of constant velocity with white acceleration noise (Bar-Shalom 2001, section 6.2.2)."""

    def __init__(self, count: int) -> None:
        self.seen: Bools = np.zeros(count, bool)
        self._x, self._p, self._t_s = np.zeros((count, 6)), np.zeros((count, 6, 6)), np.zeros(count)

    def copy(self) -> Plain:
        """Return a copy that shares nothing."""
        other = Plain(len(self.seen))
        other.seen, other._t_s = self.seen.copy(), self._t_s.copy()
        other._x, other._p = self._x.copy(), self._p.copy()
        return other

    def take(self, rows: Ints, measured: Measured) -> None:
        """Take one place of each of these drones; who is new begins there, at rest."""
        new = ~self.seen[rows]
        x, p = self._carried(rows, measured.t_s)
        gain = p[:, :, :3] @ np.linalg.inv(p[:, :3, :3] + measured.r_m2)
        x = x + np.einsum("nij,nj->ni", gain, measured.place_m - x[:, :3])
        p = p - gain @ p[:, :3, :]
        x[new, :3], x[new, 3:] = measured.place_m[new], 0.0
        p[new] = 0.0
        p[new, :3, :3] = measured.r_m2[new]
        p[new, 3:, 3:] = np.diag(np.square(_SPEED_SIGMA_MPS))
        self._x[rows], self._p[rows], self._t_s[rows], self.seen[rows] = x, p, measured.t_s, True

    def _carried(self, rows: Ints, t_s: float) -> tuple[Floats, Floats]:
        """Return state and covariance of these drones at another time."""
        dt = np.where(self.seen[rows], t_s - self._t_s[rows], 0.0)
        f = np.broadcast_to(np.eye(6), (len(rows), 6, 6)).copy()
        q = np.zeros((len(rows), 6, 6))
        for axis, intensity in enumerate((LEVEL_M2PS3, LEVEL_M2PS3, UP_M2PS3)):
            f[:, axis, axis + 3] = dt
            q[:, axis, axis] = intensity * dt**3 / 3
            q[:, axis, axis + 3] = q[:, axis + 3, axis] = intensity * dt**2 / 2
            q[:, axis + 3, axis + 3] = intensity * dt
        x = np.einsum("nij,nj->ni", f, self._x[rows])
        return x, f @ self._p[rows] @ f.transpose(0, 2, 1) + q

    def now(self, rows: Ints, t_s: float) -> tuple[Floats, Floats]:
        """Return places and velocities (n, 3) of these drones, carried on to a time."""
        x = self._x[rows]
        return x[:, :3] + x[:, 3:] * (t_s - self._t_s[rows])[:, None], x[:, 3:]


def oracle(scenario: Scenario, settled: Filter | None = None, every_s: float = 1.0) -> Iterator[Shot]:
    """Yield a shot at each multiple of `every_s`, made of what had arrived by then; a track's id is its drone's."""
    settled = Plain(len(scenario.rid)) if settled is None else settled
    det, done = _own(scenario), 0
    late = any(sensor.latency_s[1] > 0 for sensor in scenario.sensors)
    for step in range(int(scenario.duration_s / every_s + 1e-9) + 1):
        t_s = round(step * every_s, 6)
        end = int(np.searchsorted(det["t_s"], t_s - (_LAG_S if late else 0.0) + 1e-9))
        _take(settled, scenario, det[done:end])
        done = end
        pending = det[end : int(np.searchsorted(det["t_s"], t_s + 1e-9))]
        known = settled.copy() if len(pending) else settled
        _take(known, scenario, pending[pending["t_arr_s"] <= t_s + 1e-9])
        yield _shot(scenario, known, t_s)


def _own(scenario: Scenario) -> Detections:
    """Return the detections with a place that are true, in order of measurement."""
    det = scenario.det
    liar = (scenario.spoof_offset_m != 0).any(axis=1)
    kinds = np.array([sensor.kind for sensor in scenario.sensors])[det["sensor"]]
    true = (det["truth"] >= 0) & (kinds != FINDER)
    true &= ~((kinds == REMOTE_ID) & liar[det["truth"]])
    rows = np.nonzero(true)[0]
    return np.asarray(det[rows[np.argsort(det["t_s"][rows], kind="stable")]])


def _take(known: Filter, scenario: Scenario, det: Detections) -> None:
    """Update by detections in order of measurement; of one instant and sensor there is at most one a drone."""
    if not len(det):
        return
    other = (np.diff(det["t_s"]) != 0) | (np.diff(det["sensor"]) != 0)
    for rows in np.split(det, np.nonzero(other)[0] + 1):
        place_m, r_m2 = converted(scenario.sensors[int(rows["sensor"][0])], rows["z"])
        measured = Measured(float(rows["t_s"][0]), place_m, r_m2, rows["vel_enu_mps"][:, :2])
        known.take(rows["truth"].astype(np.int64), measured)


def converted(sensor: Sensor, z: Floats) -> tuple[Floats, Floats]:
    """Return the places (n, 3) that a sensor measured, its bias taken off, and their covariances (n, 3, 3), m2."""
    if sensor.kind in {CARTESIAN, REMOTE_ID}:
        return z, np.broadcast_to(np.diag(np.square(sensor.sigma)), (len(z), 3, 3))
    own = z - np.asarray(sensor.bias)
    range_m, azimuth, elevation = own.T
    sine, cosine, rise, level = np.sin(azimuth), np.cos(azimuth), np.sin(elevation), np.cos(elevation)
    along = np.stack([level * sine, level * cosine, rise], axis=1) * sensor.sigma[0]
    across = np.stack([cosine, -sine, np.zeros(len(z))], axis=1) * (range_m * level * sensor.sigma[1])[:, None]
    above = np.stack([-rise * sine, -rise * cosine, level], axis=1) * (range_m * sensor.sigma[2])[:, None]
    axes = np.stack([along, across, above], axis=2)
    return polar_to_enu(own, sensor.pos_enu_m), axes @ axes.transpose(0, 2, 1)


def _shot(scenario: Scenario, known: Filter, t_s: float) -> Shot:
    truth, truth_m, truth_mps = scenario.truth_at(t_s)
    told = truth[known.seen[truth]]
    told_m, told_mps = known.now(told, t_s)
    return Shot(
        t_s=t_s,
        truth=truth,
        truth_m=truth_m,
        truth_mps=truth_mps,
        ignored_m=scenario.ignored_at(t_s),
        track=told,
        told_m=told_m,
        told_mps=told_mps,
    )
