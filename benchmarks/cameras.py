"""The cameras of the multi-view drone flights: from pixels to directions, by a resection on the first part of a flight.

Data: drone-tracking-datasets of Li, Murray, Ismaili, Schindler and Albl (arXiv 2003.04784), CC BY-NC-SA 4.0, read where
it lies (../shared) and never copied. What is used of each, and of which part of the flight:

    given by the authors    labelled pixels, intrinsics with distortion, frame clocks of dataset 3 (scale and shift)
    of the first part only  by least squares on the RTK places: each camera's orientation and place, the offset of its
                            clock from the RTK clock, the drift of it, and how far its directions are off (its sigma)
    of the rest             nothing: there RTK is the truth that the watch is measured against

The surveyed camera places of dataset 3 are in axes of their own; after a rigid turn onto the resected ones they say how
good the resection is, and are not used otherwise. Camera axes: x right, y down, z forward (OpenCV).
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

Floats = npt.NDArray[np.float64]

RTK_HZ = 5.0
_EDGE_S = 5.0  # of the RTK track, left out
_SAMPLE = 400  # directions of each camera that the resection takes


@dataclasses.dataclass(frozen=True)
class Flight:
    """A flight: cameras (intrinsics, scale and shift of its frame clock to the first), and the training part."""

    name: str
    cameras: tuple[tuple[str, float, float], ...]
    rtk_from_s: float  # where the RTK clock begins, by the first camera's; found by a search over all offsets
    reference_hz: float
    train_until_s: float


FLIGHTS = (
    Flight(
        "dataset3",
        (
            ("gopro3/gopro3", 1.0, 0.0),
            ("mate7/mate7", 0.5005, 1013.95),
            ("mate10/mate10_1", 0.4960, 546.98),
            ("sony5n_1440x1080/sony5n_1440x1080", 0.4171, 251.16),
            ("sony5100/sony5100", 0.5, 961.02),
            ("sonyG/sonyG_1", 0.8341, 137.51),
        ),
        -62.0,
        59.940060,
        200.0,
    ),
    Flight(
        "dataset1",  # its clocks are not given: each camera's shift is found like the RTK clock's
        (
            ("iphone6/iphone6", 1.0, 0.0),
            ("p20pro/p20pro", 29.838692 / 29.97003, 0.0),
            ("sonyG/sonyG_1", 50.0 / 29.97003, -19.0 * 50.0),
            ("sony5n_1920x1080/sony5n_1920x1080", 25.0 / 29.97003, -2.0 * 25.0),
        ),
        -467.0,
        29.97003,
        80.0,
    ),
)


@dataclasses.dataclass(frozen=True)
class Camera:
    """One camera after the resection: `t_s` (n,) on the RTK clock, `direction_enu` (n, 3) unit vectors."""

    number: int
    place_enu_m: Floats
    t_s: Floats
    direction_enu: Floats
    sigma_rad: float
    train_px: float  # median residuals
    test_px: float


@dataclasses.dataclass(frozen=True)
class Seen:
    """A flight as its cameras saw it, and as RTK did; the test part begins at `test_from_s` on the RTK clock."""

    flight: Flight
    cameras: list[Camera]
    truth: CubicSpline
    from_s: float
    until_s: float
    test_from_s: float


def see(folder: Path, flight: Flight) -> Seen:
    """Read a flight and resect its cameras."""
    rtk = np.loadtxt(folder / flight.name / "trajectory" / "rtk.txt", comments="#")
    t_s = np.arange(len(rtk)) / RTK_HZ + flight.rtk_from_s
    truth = CubicSpline(t_s, rtk)
    seen = [_resect(folder, flight, number, truth, t_s) for number in range(len(flight.cameras))]
    return Seen(flight, seen, truth, float(t_s[0]) + _EDGE_S, float(t_s[-1]) - _EDGE_S, flight.train_until_s)


def labels(path: Path) -> Floats:
    """Return frame, x, y of the frames where the drone was seen; (0, 0) means that it was not."""
    rows = []
    for line in path.read_text("ascii").splitlines():
        try:
            rows.append([float(word) for word in line.split()[:3]])
        except ValueError:
            continue  # a heading
    found = np.array(rows)
    return np.asarray(found[(found[:, 1] != 0) | (found[:, 2] != 0)])


def undistorted(pixels: Floats, matrix: Floats, coefficients: list[float]) -> Floats:
    """Return x / z and y / z (n, 2) of pixels: Brown's model, k1 k2 p1 p2 [k3], turned round by repetition."""
    k1, k2, p1, p2, k3 = [*coefficients, 0.0][:5]
    start = (pixels - matrix[:2, 2]) / np.array([matrix[0, 0], matrix[1, 1]])
    x, y = start.T.copy()
    for _ in range(30):
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        dx, dy = 2 * p1 * x * y + p2 * (r2 + 2 * x * x), p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
        x, y = (start[:, 0] - dx) / radial, (start[:, 1] - dy) / radial
    return np.stack([x, y], 1)


def _resect(folder: Path, flight: Flight, number: int, truth: CubicSpline, rtk_s: Floats) -> Camera:
    file, scale, shift = flight.cameras[number]
    intrinsics = json.loads((folder / "calibration" / f"{file}.json").read_text("utf-8"))
    matrix = np.array(intrinsics["K-matrix"])
    rows = labels(folder / flight.name / "detections" / f"cam{number}.txt")
    rays = undistorted(rows[:, 1:], matrix, intrinsics["distCoeff"])
    t_s = (rows[:, 0] - shift) / scale / flight.reference_hz
    within = (t_s > rtk_s[0] + _EDGE_S) & (t_s < rtk_s[-1] - _EDGE_S)
    t_s, rays = t_s[within], rays[within]
    train = np.nonzero(t_s < flight.train_until_s)[0]
    chosen = train[:: max(1, len(train) // _SAMPLE)]
    start = _start(truth, t_s[chosen], rays[chosen])
    off = functools.partial(_off, truth, float(t_s[chosen].mean()))
    focal_px = float(matrix[0, 0])
    fit = least_squares(
        lambda p: (off(p, t_s[chosen], rays[chosen]) * focal_px).ravel(), start, loss="soft_l1", f_scale=3.0,
        x_scale=[0.01] * 3 + [1.0] * 3 + [0.05, 0.1],
    )  # fmt: skip
    apart = np.linalg.norm(off(fit.x, t_s, rays), axis=1)
    sigma_rad = float(np.percentile(apart[train], 90)) / 2.146  # of a circular normal error
    turn = Rotation.from_rotvec(fit.x[:3]).as_matrix()
    directions = np.c_[rays, np.ones(len(rays))] @ turn
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    own_s = t_s + _clock(fit.x, float(t_s[chosen].mean()), t_s)
    test = t_s >= flight.train_until_s
    return Camera(
        number, fit.x[3:6], own_s, directions, sigma_rad,
        float(np.median(apart[train])) * focal_px, float(np.median(apart[test])) * focal_px,
    )  # fmt: skip


def _clock(p: Floats, middle_s: float, t_s: Floats) -> Floats:
    return np.asarray(p[6] + p[7] * 1e-3 * (t_s - middle_s))


def _off(truth: CubicSpline, middle_s: float, p: Floats, t_s: Floats, rays: Floats) -> Floats:
    """Return how far the rays (n, 2) are from where RTK says the drone is; p: turn, place, clock offset, drift."""
    seen = (truth(t_s + _clock(p, middle_s, t_s)) - p[3:6]) @ Rotation.from_rotvec(p[:3]).as_matrix().T
    return np.asarray(seen[:, :2] / seen[:, 2:] - rays)


def _start(truth: CubicSpline, t_s: Floats, rays: Floats) -> Floats:
    """Return a first guess by the direct linear transform, at the offset within 1.5 s that fits best."""
    offsets = np.arange(-1.5, 1.5, 0.05)
    best = min(offsets, key=lambda offset: _linear(truth(t_s + offset), rays)[1])
    projection, _ = _linear(truth(t_s + best), rays)
    projection = projection * np.sign(np.linalg.det(projection[:, :3]))
    left, _, right = np.linalg.svd(projection[:, :3])
    place = -np.linalg.inv(projection[:, :3]) @ projection[:, 3]
    return np.array([*Rotation.from_matrix(left @ right).as_rotvec(), *place, best, 0.0])


def _linear(places: Floats, rays: Floats) -> tuple[Floats, float]:
    middle, size = places.mean(0), places.std()
    points = np.c_[(places - middle) / size, np.ones(len(places))]
    none = np.zeros_like(points)
    rows = np.r_[np.c_[points, none, -rays[:, :1] * points], np.c_[none, points, -rays[:, 1:] * points]]
    solved = np.linalg.svd(rows, full_matrices=False)[2][-1].reshape(3, 4)
    back = np.eye(4) / size
    back[3, 3], back[:3, 3] = 1.0, -middle / size
    projection = solved @ back
    seen = projection @ np.c_[places, np.ones(len(places))].T
    return projection, float(np.median(np.linalg.norm(seen[:2].T / seen[2:].T - rays, axis=1)))


def survey_off_m(folder: Path, seen: Seen) -> list[float]:
    """Return how far the resected places are from the surveyed ones, after a rigid turn; the order is searched.

    The authors' file does not list the places in the order of its cameras (distances between them tell).
    """
    path = folder / seen.flight.name / "camera-locations" / "campos.txt"
    if not path.exists():
        return []
    surveyed = np.loadtxt(path)
    found = np.array([camera.place_enu_m for camera in seen.cameras])
    order = _same_order(found, surveyed)
    apart = found - found.mean(0)
    other = surveyed[order] - surveyed[order].mean(0)
    turn, _ = Rotation.align_vectors(apart, other)
    return [float(each) for each in np.linalg.norm(apart - turn.apply(other), axis=1)]


def _same_order(found: Floats, surveyed: Floats) -> list[int]:
    """Return the order of the surveyed places in which the distances between them agree best."""
    mine = np.linalg.norm(found[:, None] - found[None], axis=2)
    theirs = np.linalg.norm(surveyed[:, None] - surveyed[None], axis=2)
    orders = itertools.permutations(range(len(found)))
    return list(min(orders, key=lambda order: np.abs(mine - theirs[np.ix_(order, order)]).sum()))


def triangulated(seen: Seen, t_s: Floats, within_s: float = 0.1) -> Floats:
    """Return the places (n, 3) by least squares of all rays near each time, NaN where fewer than two: no filter."""
    places = np.full((len(t_s), 3), np.nan)
    for row, at in enumerate(t_s):
        normal, right, rays = np.zeros((3, 3)), np.zeros(3), 0
        for camera in seen.cameras:
            direction = _direction_at(camera, float(at), within_s)
            if direction is not None:
                across = (np.eye(3) - np.outer(direction, direction)) / camera.sigma_rad**2
                normal, right, rays = normal + across, right + across @ camera.place_enu_m, rays + 1
        if rays > 1:
            places[row] = np.linalg.solve(normal, right)
    return places


def _direction_at(camera: Camera, at_s: float, within_s: float) -> Floats | None:
    after = int(np.searchsorted(camera.t_s, at_s))
    if not 0 < after < len(camera.t_s) or camera.t_s[after] - camera.t_s[after - 1] > within_s:
        return None
    share = (at_s - camera.t_s[after - 1]) / (camera.t_s[after] - camera.t_s[after - 1])
    mixed = (1 - share) * camera.direction_enu[after - 1] + share * camera.direction_enu[after]
    return np.asarray(mixed / np.linalg.norm(mixed))
