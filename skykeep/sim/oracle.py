"""The best that a filter can do when it knows which report is of whom: the yardstick that a tracker is held against.

Each drone's own detections, and none that lies, run through a Kalman filter of constant velocity with white
acceleration noise (Bar-Shalom, Li, Kirubarajan 2001, section 6.2.2), in order of measurement, each as soon as it has
arrived. Polar plots are converted (section 10.4.2) after the sensor's true bias was taken off. A drone is told from its
first detection with a place until it is gone; bearings are not used. What is left of GOSPA is noise, and who was not
seen yet.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from skykeep.sim.assignment import Floats, Ints
from skykeep.sim.scenario import Scenario
from skykeep.sim.scenario_sensors import CARTESIAN, FINDER, REMOTE_ID, Detections, Sensor, polar_to_enu
from skykeep.sim.shots import Shot

LEVEL_M2PS3, UP_M2PS3 = 3.0, 0.1  # intensity of the acceleration noise: the best of a few on seeds 101 to 103
_SPEED_SIGMA_MPS = (12.0, 12.0, 3.0)  # of a drone of which one place is known
_LAG_S = 2.0  # nothing arrives later


@dataclasses.dataclass(slots=True)
class Known:
    """One row a life: `x` (M, 6) place and velocity, `p` (M, 6, 6), `t_s` (M,); `seen` (M,) since when it is told."""

    x: Floats
    p: Floats
    t_s: Floats
    seen: npt.NDArray[np.bool_]

    def copy(self) -> Known:
        """Return a copy that shares nothing."""
        return Known(self.x.copy(), self.p.copy(), self.t_s.copy(), self.seen.copy())


def oracle(scenario: Scenario, every_s: float = 1.0) -> Iterator[Shot]:
    """Yield a shot at each multiple of `every_s`, made of what had arrived by then; a track's id is its drone's."""
    det = _own(scenario)
    late = any(sensor.latency_s[1] > 0 for sensor in scenario.sensors)
    settled, done = _nobody(len(scenario.rid)), 0
    for step in range(int(scenario.duration_s / every_s + 1e-9) + 1):
        t_s = round(step * every_s, 6)
        end = int(np.searchsorted(det["t_s"], t_s - (_LAG_S if late else 0.0) + 1e-9))
        _take(settled, scenario, det[done:end])
        done = end
        open_end = int(np.searchsorted(det["t_s"], t_s + 1e-9))
        known = settled.copy() if open_end > end else settled
        pending = det[end:open_end]
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


def _nobody(count: int) -> Known:
    return Known(np.zeros((count, 6)), np.zeros((count, 6, 6)), np.zeros(count), np.zeros(count, bool))


def _take(known: Known, scenario: Scenario, det: Detections) -> None:
    """Update by detections in order of measurement; of one instant and sensor there is at most one a drone."""
    if not len(det):
        return
    other = (np.diff(det["t_s"]) != 0) | (np.diff(det["sensor"]) != 0)
    for rows in np.split(det, np.nonzero(other)[0] + 1):
        sensor = scenario.sensors[int(rows["sensor"][0])]
        place_m, r_m2 = converted(sensor, rows["z"])
        _update(known, rows["truth"].astype(np.int64), float(rows["t_s"][0]), place_m, r_m2)


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


def _update(known: Known, rows: Ints, t_s: float, place_m: Floats, r_m2: Floats) -> None:
    """Take one place of each of these drones, in place; who is new begins there, at rest."""
    new = ~known.seen[rows]
    x, p = _carried(known, rows, t_s)
    s = p[:, :3, :3] + r_m2
    gain = p[:, :, :3] @ np.linalg.inv(s)
    x = x + np.einsum("nij,nj->ni", gain, place_m - x[:, :3])
    p = p - gain @ p[:, :3, :]
    x[new, :3], x[new, 3:] = place_m[new], 0.0
    p[new] = 0.0
    p[new, :3, :3] = r_m2[new]
    p[new, 3:, 3:] = np.diag(np.square(_SPEED_SIGMA_MPS))
    known.x[rows], known.p[rows], known.t_s[rows], known.seen[rows] = x, p, t_s, True


def _carried(known: Known, rows: Ints, t_s: float) -> tuple[Floats, Floats]:
    """Return state and covariance of these drones at another time."""
    dt = np.where(known.seen[rows], t_s - known.t_s[rows], 0.0)
    f = np.broadcast_to(np.eye(6), (len(rows), 6, 6)).copy()
    q = np.zeros((len(rows), 6, 6))
    for axis, intensity in enumerate((LEVEL_M2PS3, LEVEL_M2PS3, UP_M2PS3)):
        f[:, axis, axis + 3] = dt
        q[:, axis, axis] = intensity * dt**3 / 3
        q[:, axis, axis + 3] = q[:, axis + 3, axis] = intensity * dt**2 / 2
        q[:, axis + 3, axis + 3] = intensity * np.abs(dt)
    x = np.einsum("nij,nj->ni", f, known.x[rows])
    return x, f @ known.p[rows] @ f.transpose(0, 2, 1) + q


def _shot(scenario: Scenario, known: Known, t_s: float) -> Shot:
    truth, truth_m, truth_mps = scenario.truth_at(t_s)
    told = truth[known.seen[truth]]
    x = known.x[told]
    ago_s = (t_s - known.t_s[told])[:, None]
    return Shot(
        t_s=t_s,
        truth=truth,
        truth_m=truth_m,
        truth_mps=truth_mps,
        ignored_m=scenario.ignored_at(t_s),
        track=told,
        told_m=x[:, :3] + x[:, 3:] * ago_s,
        told_mps=x[:, 3:],
    )
