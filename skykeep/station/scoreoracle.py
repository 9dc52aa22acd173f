"""The watch's own motion models as a filter that knows which report is of whom: what is lost is lost by association."""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.sim.assignment import Floats, Ints
from skykeep.sim.oracle import Measured
from skykeep.sim.scenario_place import FRAME, city_to_ecef, ecef_to_city
from skykeep.sim.scenario_truth import Bools
from skykeep.watch import assume
from skykeep.watch.assume import parameters
from skykeep.watch.lane import place_fit, safe_exp, take_scalar
from skykeep.watch.motion import AGO, BLOCK, DT, LANES, Z_COV, Z, carry, collapse, take_places
from skykeep.watch.rows import MODE, MODEL_WIDTH, MODELS
from skykeep.watch.settings import WatchSettings

_VELOCITY_VAR_M2PS2 = 0.25  # of what Remote ID says, a component, in the reference scenario
_WIDTH = MODELS * MODEL_WIDTH


class Own:
    """The interacting models of `watch.motion` with the watch's settings, a row a drone, earth-centred."""

    def __init__(self, count: int, settings: WatchSettings) -> None:
        self.seen: Bools = np.zeros(count, bool)
        self._settings = settings
        self._params = parameters(settings)
        self._states, self._modes, self._t_s = np.zeros((count, _WIDTH)), np.zeros((count, MODELS)), np.zeros(count)

    def copy(self) -> Own:
        """Return a copy that shares nothing."""
        other = Own(len(self.seen), self._settings)
        other.seen, other._t_s = self.seen.copy(), self._t_s.copy()
        other._states, other._modes = self._states.copy(), self._modes.copy()
        return other

    def take(self, rows: Ints, measured: Measured) -> None:
        """Take one measurement of each of these drones."""
        axes = FRAME[1:]
        cov = axes.T @ measured.r_m2 @ axes
        packed = np.stack([cov[:, i, j] for i in range(3) for j in range(i, 3)], axis=1)
        born = np.diag([assume.VELOCITY_SIGMA_BORN_MPS, assume.VELOCITY_SIGMA_BORN_MPS, assume.UP_SPEED_SIGMA_BORN_MPS])
        velocity = axes.T @ (born * born) @ axes
        packed_velocity = np.array([velocity[i, j] for i in range(3) for j in range(i, 3)])
        _take(
            self._states, self._modes, self._t_s, self.seen, rows, measured.t_s, city_to_ecef(measured.place_m),
            packed, np.ascontiguousarray(measured.vel_mps), axes, packed_velocity, self._params,
        )  # fmt: skip

    def now(self, rows: Ints, t_s: float) -> tuple[Floats, Floats]:
        """Return places and velocities (n, 3) of these drones, carried on to a time."""
        mean = np.empty((len(rows), 6))
        _means(self._states, self._modes, rows, mean)
        ago_s = (t_s - self._t_s[rows])[:, None]
        return ecef_to_city(mean[:, :3] + mean[:, 3:] * ago_s, mean[:, 3:])


@kernel
def _take(  # noqa: PLR0913, PLR0917  # plain arrays, as kernels take them
    states: Floats, modes: Floats, t_s: Floats, seen: Bools, rows: Ints, at_s: float, z: Floats, cov: Floats,
    velocity: Floats, axes: Floats, born: Floats, params: Floats,
) -> None:  # fmt: skip
    """Take one measurement of each of `rows`: z (n, 3), cov (n, 6) earth-centred, velocity (n, 2) along `axes`."""
    noise = params[assume.NOISE : assume.NOISE + 3 * MODELS]
    measured = np.empty((1, 9))
    room = np.empty(BLOCK)
    for k in range(len(rows)):
        row = int(rows[k])
        if not seen[row]:
            _begin(states[row], modes[row], z[k], cov[k], born)
        for c in range(_WIDTH):
            room[c * LANES] = states[row, c]
        for m in range(MODELS):
            room[(MODE + m) * LANES] = modes[row, m]
        if seen[row]:
            room[DT * LANES] = max(float(at_s) - float(t_s[row]), 0.0)
            carry(room, 1, float(params[assume.SWITCH_RATE]), noise)
            for c in range(3):
                measured[0, c] = z[k, c]
            for c in range(6):
                measured[0, 3 + c] = cov[k, c]
            _weigh(room, measured)
        if velocity[k, 0] == velocity[k, 0]:
            _take_velocity(room, velocity[k], axes)
        for c in range(_WIDTH):
            states[row, c] = room[c * LANES]
        for m in range(MODELS):
            modes[row, m] = room[(MODE + m) * LANES]
        seen[row] = True
        t_s[row] = at_s


@kernel
def _begin(state: Floats, mode: Floats, z: Floats, cov: Floats, born: Floats) -> None:
    """Fill a row from its first place."""
    for m in range(MODELS):
        base = m * MODEL_WIDTH
        for k in range(MODEL_WIDTH):
            state[base + k] = 0.0
        for k in range(3):
            state[base + k] = z[k]
        for k in range(6):
            state[base + 6 + k] = cov[k]
            state[base + 21 + k] = born[k]
        mode[m] = 1.0 / MODELS


@kernel
def _weigh(s: Floats, measured: Floats) -> None:
    """Update the models in the first lane by a place, and their probabilities by how likely it was to each.

    `measured` (1, 9): z, cov.
    """
    far, det = np.empty(MODELS), np.empty(MODELS)
    for m in range(MODELS):
        far[m], det[m] = place_fit(s, m * MODEL_WIDTH * LANES, 0.0, measured, 0, 0, 3)
    for c in range(3):
        s[(Z + c) * LANES] = measured[0, c]
    for c in range(6):
        s[(Z_COV + c) * LANES] = measured[0, 3 + c]
    s[AGO * LANES] = 0.0
    take_places(s, 1)
    least = min(far[0], far[1], far[2])
    total = 0.0
    for m in range(MODELS):
        weight = float(s[(MODE + m) * LANES]) * safe_exp(-0.5 * float(far[m] - least)) / math.sqrt(float(det[m]))
        s[(MODE + m) * LANES] = weight
        total = total + weight
    for m in range(MODELS):
        s[(MODE + m) * LANES] = float(s[(MODE + m) * LANES]) / total


@kernel
def _take_velocity(s: Floats, velocity: Floats, axes: Floats) -> None:
    """Update the models in the first lane by a velocity along the first two axes."""
    h, room = np.zeros(6), np.empty(6)
    for m in range(MODELS):
        for a in range(2):
            expected = 0.0
            for k in range(3):
                h[3 + k] = axes[a, k]
                expected = expected + float(axes[a, k]) * float(s[(m * MODEL_WIDTH + 3 + k) * LANES])
            off = float(velocity[a]) - expected
            take_scalar(s, m * MODEL_WIDTH * LANES, h, off, _VELOCITY_VAR_M2PS2, room)


@kernel
def _means(states: Floats, modes: Floats, rows: Ints, mean: Floats) -> None:
    """Fill `mean` (n, 6) with the state over all models of each of `rows`."""
    one = np.empty(MODEL_WIDTH)
    for k in range(len(rows)):
        collapse(states[rows[k]], modes[rows[k]], one, 0)
        for c in range(6):
            mean[k, c] = one[c]
