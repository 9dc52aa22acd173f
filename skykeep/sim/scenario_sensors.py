"""What sensors detect in the reference scenario: scans of radars, bearings, Remote ID, false reports.

The column `truth` says which life a detection comes from (`CLUTTER`, `PHANTOM` for none). It is there to score with: a
tracker that reads it cheats.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from skykeep.sim.scenario_truth import AREA_M, STEP_S, Bools, Floats, Ints, Truth

CARTESIAN, RADAR, FINDER, REMOTE_ID = "cart", "radar", "df", "rid"
CLUTTER, PHANTOM = -1, -2
LEVELS = ("L0", "L1", "L2", "L3")
CEILING_M = 150.0  # false reports lie below

DETECTION = np.dtype(
    [
        ("t_s", "f8"),  # when measured
        ("t_arr_s", "f8"),  # when it reaches the station
        ("sensor", "i4"),
        ("z", "f8", (3,)),  # metres; or range (m), azimuth, elevation (rad); or azimuth; NaN where not measured
        ("vel_enu_mps", "f8", (3,)),  # as Remote ID says it, else NaN
        ("rid", "i8"),  # number of the transmitter; -1: none
        ("truth", "i4"),
    ]
)
Detections = npt.NDArray[np.void]

_PHANTOM_FIRST = 900_000
_PHANTOM_UP_M = 80.0


@dataclasses.dataclass(slots=True)
class Sensor:
    """A sensor as it truly is; `sigma` is m, m, m of places, m, rad, rad of a radar, rad of a direction finder."""

    number: int
    name: str
    kind: str
    pos_enu_m: tuple[float, float, float]
    sigma: tuple[float, ...]
    detection: float
    clutter: float  # mean false reports a scan, even over the city and up to CEILING_M
    period_s: float = 1.0
    phase_s: float = 0.0
    latency_s: tuple[float, float] = (0.0, 0.0)
    bias: tuple[float, float, float] = (0.0, 0.0, 0.0)
    range_max_m: float = 12_000.0


@dataclasses.dataclass(frozen=True, slots=True)
class Broadcasts:
    """Who sends Remote ID: `rid` (M,) its number or -1, `phase_s` (M,) of its second, `offset_m` (M, 3) of its lie."""

    rid: Ints
    phase_s: Floats
    offset_m: Floats
    phantoms: int

    @property
    def has(self) -> Bools:
        """Who sends, (M,)."""
        return self.rid >= 0


def sensors_for(level: str, clutter: float) -> list[Sensor]:
    """Return the sensors of a level, each harder than the one before; `ValueError` for any other word."""
    rad = np.deg2rad
    if level not in LEVELS:
        raise ValueError(f"no level {level!r}; there are {', '.join(LEVELS)}")
    if level == "L0":
        return [Sensor(0, "scan", CARTESIAN, (0.0, 0.0, 0.0), (10.0, 10.0, 10.0), 0.9, clutter)]
    a = Sensor(0, "radarA", RADAR, (5000.0, 5000.0, 20.0), (5.0, rad(0.15), rad(0.3)), 0.9, clutter)
    b = Sensor(1, "radarB", RADAR, (2000.0, 8000.0, 30.0), (8.0, rad(0.2), rad(0.4)), 0.85, clutter, phase_s=0.37)
    rid = Sensor(2, "rid", REMOTE_ID, (5000.0, 5000.0, 20.0), (3.0, 3.0, 5.0), 0.85, 0.0)
    if level == "L1":
        return [a]
    if level == "L2":
        return [a, b, rid]
    a.latency_s, b.latency_s, rid.latency_s = (0.08, 0.12), (0.15, 0.30), (0.2, 1.5)
    b.bias = (8.0, rad(0.3), 0.0)
    late = (0.3, 0.6)
    d1 = Sensor(3, "df1", FINDER, (8000.0, 1500.0, 25.0), (rad(1.0),), 0.6, 5.0, phase_s=0.6, latency_s=late)
    d2 = Sensor(4, "df2", FINDER, (1500.0, 1500.0, 25.0), (rad(1.0),), 0.6, 5.0, phase_s=0.6, latency_s=late)
    return [a, b, rid, d1, d2]


def detect(
    truth: Truth, sensors: list[Sensor], broadcasts: Broadcasts, duration_s: float, chances: list[Generator]
) -> Detections:
    """Return every detection in order of arrival; each sensor has a stream of chance of its own, by its number."""
    rows: list[Detections] = []
    for sensor in sensors:
        chance = chances[sensor.number]
        if sensor.kind == REMOTE_ID:
            rows += _heard(truth, sensor, broadcasts, duration_s, chance)
        else:
            rows += _scanned(truth, sensor, broadcasts.has, duration_s, chance)
    found = np.concatenate(rows)
    order = np.lexsort((np.arange(len(found)), found["sensor"], found["t_s"], found["t_arr_s"]))
    return found[order]


def enu_to_polar(pos_enu_m: Floats, site_enu_m: tuple[float, float, float]) -> Floats:
    """Return range (m), azimuth clockwise from north and elevation (rad) of places (n, 3) seen from a site."""
    d = pos_enu_m - np.asarray(site_enu_m)
    level_m = np.hypot(d[:, 0], d[:, 1])
    polar = np.c_[np.hypot(level_m, d[:, 2]), np.arctan2(d[:, 0], d[:, 1]), np.arctan2(d[:, 2], level_m)]
    return np.asarray(polar)


def polar_to_enu(z: Floats, site_enu_m: tuple[float, float, float]) -> Floats:
    """Return the places (n, 3) of ranges, azimuths and elevations (n, 3) measured from a site."""
    level_m = z[:, 0] * np.cos(z[:, 2])
    d = np.c_[level_m * np.sin(z[:, 1]), level_m * np.cos(z[:, 1]), z[:, 0] * np.sin(z[:, 2])]
    return np.asarray(d + np.asarray(site_enu_m))


def _rows(sensor: Sensor, t_s: float, z: Floats, truth: Ints) -> Detections:
    rows = np.zeros(len(z), DETECTION)
    rows["t_s"], rows["sensor"], rows["truth"] = t_s, sensor.number, truth
    rows["z"], rows["vel_enu_mps"], rows["rid"] = np.nan, np.nan, -1
    rows["z"][:, : z.shape[1]] = z
    return rows


def _arrive(sensor: Sensor, rows: Detections, chance: Generator) -> Detections:
    """Give the rows of one instant their time of arrival, one each where senders send by themselves, and mix them."""
    low_s, high_s = sensor.latency_s
    late_s: float | Floats = 0.0
    if high_s > 0:
        each = sensor.kind == REMOTE_ID
        late_s = chance.uniform(low_s, high_s, len(rows)).round(3) if each else round(chance.uniform(low_s, high_s), 3)
    rows["t_arr_s"] = rows["t_s"] + late_s
    chance.shuffle(rows)
    return rows


def _heard(
    truth: Truth, sensor: Sensor, broadcasts: Broadcasts, duration_s: float, chance: Generator
) -> list[Detections]:
    """Return what the Remote ID receiver hears: each sender once a second in its quarter, phantoms on the second."""
    phantoms = broadcasts.phantoms
    start_m, drift_mps = chance.uniform(500, AREA_M - 500, (phantoms, 2)), chance.normal(0, 8, (phantoms, 2))
    found: list[Detections] = []
    for quarter in range(int(duration_s * 4) + 1):
        t_s = quarter * 0.25
        k = round(t_s / STEP_S + 1e-9) if quarter % 2 == 0 else int(t_s / STEP_S)
        lives = np.nonzero(truth.alive[k] & broadcasts.has & (broadcasts.phase_s == t_s % 1.0))[0]
        lives = lives[chance.random(len(lives)) < sensor.detection]
        if len(lives):
            vel_mps = truth.vel_enu_mps[k, lives]
            place_m = truth.pos_enu_m[k, lives] + vel_mps * (t_s - k * STEP_S) + broadcasts.offset_m[lives]
            rows = _rows(sensor, t_s, place_m + chance.normal(0, 1, (len(lives), 3)) * sensor.sigma, lives)
            rows["vel_enu_mps"] = vel_mps + chance.normal(0, 0.5, (len(lives), 3))
            rows["rid"] = broadcasts.rid[lives]
            found.append(_arrive(sensor, rows, chance))
        if phantoms and quarter % 4 == 0:
            place_m = np.c_[np.mod(start_m + drift_mps * t_s, AREA_M), np.full(phantoms, _PHANTOM_UP_M)]
            place_m += chance.normal(0, 3, (phantoms, 3))
            rows = _rows(sensor, t_s, place_m, np.full(phantoms, PHANTOM))
            rows["vel_enu_mps"] = np.c_[drift_mps, np.zeros(phantoms)]
            rows["rid"] = _PHANTOM_FIRST + np.arange(phantoms)
            found.append(_arrive(sensor, rows, chance))
    return found


def _scanned(truth: Truth, sensor: Sensor, has_radio: Bools, duration_s: float, chance: Generator) -> list[Detections]:
    """Return the scans of a sensor that looks at everything at once; a direction finder hears radios alone."""
    found: list[Detections] = []
    for look in range(int(np.floor((duration_s - sensor.phase_s) / sensor.period_s + 1e-9)) + 1):
        t_s = round(sensor.phase_s + look * sensor.period_s, 6)
        k = int(t_s / STEP_S + 1e-9)
        lives = np.nonzero(truth.alive[k])[0]
        if sensor.kind == FINDER:
            lives = lives[has_radio[lives]]
        lives = lives[chance.random(len(lives)) < sensor.detection]
        place_m = truth.pos_enu_m[k, lives] + truth.vel_enu_mps[k, lives] * (t_s - k * STEP_S)
        false = chance.poisson(sensor.clutter)
        false_m = np.c_[chance.uniform(0, AREA_M, (false, 2)), chance.uniform(0, CEILING_M, false)]
        z = _measured(sensor, np.r_[place_m, false_m], len(lives), chance)
        if len(z):
            source = np.r_[lives, np.full(false, CLUTTER)]
            found.append(_arrive(sensor, _rows(sensor, t_s, z, source), chance))
    return found


def _measured(sensor: Sensor, place_m: Floats, true_count: int, chance: Generator) -> Floats:
    """Return what the sensor measures of places: with noise where they are true, off by its bias everywhere."""
    if sensor.kind == CARTESIAN:
        noise = chance.normal(0, 1, (len(place_m), 3)) * sensor.sigma
        noise[true_count:] = 0
        return np.asarray(place_m + noise)
    z = enu_to_polar(place_m, sensor.pos_enu_m)
    z = z[:, 1:2] if sensor.kind == FINDER else z
    noise = chance.normal(0, 1, z.shape) * sensor.sigma
    noise[true_count:] = 0
    z = z + noise + (np.asarray(sensor.bias) if sensor.kind == RADAR else 0.0)
    azimuth = 0 if sensor.kind == FINDER else 1
    z[:, azimuth] = (z[:, azimuth] + np.pi) % (2 * np.pi) - np.pi
    return z
