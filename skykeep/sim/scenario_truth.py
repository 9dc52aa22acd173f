"""Who flies in the reference scenario: lives, kinds and motion, ten truths a second.

Drones live for a while and are replaced at once, so that there are always as many. A swarm of up to five shares the
commands of its first. Local metres, x east, y north, z up from the city's south-west corner.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

AREA_M = 10_000.0
STEP_S = 0.1
KINDS = ("transit", "manoeuvre", "hover", "swarm", "bird")
TRANSIT, MANOEUVRE, HOVER, SWARM, BIRD = range(5)

_MARGIN_M = 200.0  # whoever comes nearer to the border turns back
_SWARM_OF = 5
_LIFE_MIN_S = 20.0
_START_MPS = np.array([15.0, 9.0, 0.0, 10.0, 11.0])  # by kind
_CRUISE_MPS = np.array([15.0, 9.0, 5.0, 10.0, 11.0])
_LEG_S = np.array([40.0, 6.0, 15.0, 20.0, 5.0])  # mean time between two commands
_ACCELERATION_MAX_MPS2 = 4.0
_GUST_MPS2 = 0.3


@dataclasses.dataclass(frozen=True, slots=True)
class Truth:
    """K times and M lives: `t_s` (K,), `pos_enu_m` and `vel_enu_mps` (K, M, 3), `alive` (K, M), `kind` (M,)."""

    t_s: Floats
    pos_enu_m: Floats
    vel_enu_mps: Floats
    alive: Bools
    kind: Ints


@dataclasses.dataclass(slots=True)
class _Lives:
    """One row a life: when it begins and ends, its kind, its swarm (-1: none)."""

    birth_s: Floats
    death_s: Floats
    kind: Ints
    swarm: Ints

    @property
    def swarms(self) -> list[Ints]:
        """The rows of each swarm, its leader first."""
        return [np.nonzero(self.swarm == number)[0] for number in np.unique(self.swarm[self.swarm >= 0])]


@dataclasses.dataclass(slots=True)
class _Command:
    """What each pilot wants at the moment: heading (radians from east), rate of turn, speed, and for how long yet."""

    heading_rad: Floats
    turn_radps: Floats
    speed_mps: Floats
    left_s: Floats


def fly(*, drones: int, birds: int, duration_s: float, mean_life_s: float | None, chance: Generator) -> Truth:
    """Return the truth of a city; without `mean_life_s` nobody ever lands."""
    lives = _lives(drones, birds, duration_s, mean_life_s, chance)
    pos_m = _start(lives, chance)
    up_goal_m = pos_m[:, 2].copy()
    pos_m[(lives.birth_s > 0) & (lives.kind != BIRD), 2] = 2.0  # who comes later takes off from the ground
    count = len(lives.kind)
    speed_mps = _START_MPS[lives.kind] * chance.uniform(0.7, 1.3, count)
    heading_rad = chance.uniform(0, 2 * np.pi, count)
    command = _Command(heading_rad, np.zeros(count), speed_mps, np.zeros(count))
    cruise_mps = _CRUISE_MPS[lives.kind] * chance.uniform(0.7, 1.3, count)
    t_s = np.asarray(np.arange(round(duration_s / STEP_S) + 1) * STEP_S, np.float64)
    pos, vel = _move(lives, t_s, pos_m, command, cruise_mps, up_goal_m, chance)
    alive = (t_s[:, None] >= lives.birth_s) & (t_s[:, None] < lives.death_s)
    return Truth(t_s, pos, vel, alive, lives.kind)


def _lives(drones: int, birds: int, duration_s: float, mean_life_s: float | None, chance: Generator) -> _Lives:
    mix = chance.random(drones)
    kinds = np.select([mix < 0.45, mix < 0.70, mix < 0.90], [TRANSIT, MANOEUVRE, HOVER], SWARM)
    birth, death, kind = [], [], []
    for slot in range(drones + birds):
        t_s = 0.0
        while t_s < duration_s:
            life_s = np.inf if mean_life_s is None else max(_LIFE_MIN_S, chance.exponential(mean_life_s))
            birth.append(t_s)
            death.append(t_s + life_s)
            kind.append(BIRD if slot >= drones else int(kinds[slot]))
            t_s += life_s
    swarm = np.full(len(kind), -1)
    members = np.nonzero(np.array(kind) == SWARM)[0]
    swarm[members] = np.arange(len(members)) // _SWARM_OF
    return _Lives(np.array(birth, np.float64), np.array(death, np.float64), np.array(kind, np.int64), swarm)


def _start(lives: _Lives, chance: Generator) -> Floats:
    """Return where each life begins, (M, 3): a swarm on a ring about its leader."""
    count = len(lives.kind)
    pos_m = np.empty((count, 3))
    pos_m[:, :2] = chance.uniform(_MARGIN_M, AREA_M - _MARGIN_M, (count, 2))
    pos_m[:, 2] = chance.uniform(20, 120, count)
    for rows in lives.swarms:
        angle_rad = chance.uniform(0, 2 * np.pi) + np.arange(len(rows)) * 2 * np.pi / _SWARM_OF
        east_m = chance.uniform(25, 40) * np.cos(angle_rad)
        north_m = chance.uniform(25, 40) * np.sin(angle_rad)
        pos_m[rows] = pos_m[rows[0]] + np.c_[east_m, north_m, chance.uniform(-5, 5, len(rows))]
    return pos_m


def _move(
    lives: _Lives,
    t_s: Floats,
    pos_m: Floats,
    command: _Command,
    cruise_mps: Floats,
    up_goal_m: Floats,
    chance: Generator,
) -> tuple[Floats, Floats]:
    """Return positions and velocities, (K, M, 3) each: commands followed within limits, in gusts."""
    count = len(pos_m)
    leader = np.arange(count)
    for rows in lives.swarms:
        leader[rows] = rows[0]
    vel_mps = np.zeros((count, 3))
    pos, vel = np.empty((len(t_s), count, 3)), np.empty((len(t_s), count, 3))
    for k in range(len(t_s)):
        pos[k], vel[k] = pos_m, vel_mps
        _steer(command, lives.kind, cruise_mps, pos_m, chance)
        command.heading_rad, command.speed_mps = command.heading_rad[leader], command.speed_mps[leader]
        east_mps = command.speed_mps * np.cos(command.heading_rad)
        north_mps = command.speed_mps * np.sin(command.heading_rad)
        wanted = np.c_[east_mps, north_mps, np.clip((up_goal_m - pos_m[:, 2]) / 2, -3, 3)]
        flying = (t_s[k] >= lives.birth_s)[:, None]
        push = np.clip((wanted - vel_mps) / 1.0, -_ACCELERATION_MAX_MPS2, _ACCELERATION_MAX_MPS2)
        push += chance.normal(0, _GUST_MPS2, (count, 3))
        vel_mps = np.where(flying, vel_mps + push * STEP_S, vel_mps * 0)
        pos_m = np.where(flying, pos_m + vel_mps * STEP_S, pos_m)
        pos_m[:, 2] = np.maximum(pos_m[:, 2], 1.0)
    return pos, vel


def _steer(command: _Command, kind: Ints, cruise_mps: Floats, pos_m: Floats, chance: Generator) -> None:
    """Give new commands where the old ones have run out, and turn back whoever is near the border."""
    count = len(kind)
    luck, patience = chance.random((3, count)), chance.exponential(1.0, count)
    new = command.left_s <= 0
    command.left_s = np.where(new, patience * _LEG_S[kind] + 1.0, command.left_s - STEP_S)
    sharp = (kind == MANOEUVRE) | (kind == BIRD)
    gentle_radps = np.where(kind == HOVER, 0.0, (luck[0] - 0.5) * np.deg2rad(6))
    turn_radps = np.where(sharp, (luck[0] - 0.5) * np.deg2rad(60), gentle_radps)
    command.turn_radps = np.where(new, turn_radps, command.turn_radps)
    stops = np.where(kind == HOVER, 0.75, np.where(kind == MANOEUVRE, 0.2, 0.0))
    speed_mps = np.where(luck[1] < stops, 0.0, cruise_mps * (0.5 + luck[1]))
    command.speed_mps = np.where(new, speed_mps, command.speed_mps)
    turned_rad = command.heading_rad + command.turn_radps * STEP_S
    command.heading_rad = np.where(new & (kind == HOVER), luck[2] * 2 * np.pi, turned_rad)
    east_m, north_m = pos_m[:, 0], pos_m[:, 1]
    low, high = _MARGIN_M, AREA_M - _MARGIN_M
    out = (east_m < low) | (east_m > high) | (north_m < low) | (north_m > high)
    home_rad = np.arctan2(AREA_M / 2 - north_m, AREA_M / 2 - east_m)
    command.heading_rad = np.where(out, home_rad, command.heading_rad)
