"""Pixels become the directions that they were made of, and a resection finds the camera that it is given views of."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from benchmarks import cameras

MATRIX = np.array([[900.0, 0.0, 960.0], [0.0, 905.0, 540.0], [0.0, 0.0, 1.0]])
BENT = [-0.26, 0.075, -0.0001, 0.0002, -0.009]


def distorted(rays, coefficients):
    """Brown's model forwards, as the intrinsics mean it."""
    k1, k2, p1, p2, k3 = coefficients
    x, y = rays.T
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    bent_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    bent_y = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    return np.stack([bent_x, bent_y], 1) @ MATRIX[:2, :2].T + MATRIX[:2, 2]


@pytest.mark.parametrize("coefficients", [BENT, [0.0] * 5])
def test_pixels_are_turned_round_to_the_rays_that_they_are_of(coefficients):
    rays = np.random.default_rng(1).uniform(-0.6, 0.6, (200, 2))
    assert cameras.undistorted(distorted(rays, coefficients), MATRIX, coefficients) == pytest.approx(rays, abs=1e-9)


def looking_at(place, target):
    """The rotation (3, 3) from east, north, up to camera axes."""
    z = (target - place) / np.linalg.norm(target - place)
    x = np.cross(z, [0.0, 0.0, 1.0])
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])


def flown():
    t_s = np.arange(0.0, 100.0, 0.2)
    path = np.stack([30 * np.sin(t_s / 9), 25 * np.cos(t_s / 7), 20 + 8 * np.sin(t_s / 5)], 1)
    return t_s, CubicSpline(t_s, path)


def test_a_camera_is_found_from_where_it_saw_the_drone_with_its_clock_off(tmp_path):
    t_s, truth = flown()
    place, shift_s = np.array([70.0, -40.0, 2.0]), 0.15
    turn = looking_at(place, np.array([0.0, 0.0, 18.0]))
    frames = np.arange(300, 2700)
    seen = (truth(frames / 30 + shift_s) - place) @ turn.T
    pixels = distorted(seen[:, :2] / seen[:, 2:], BENT)
    for folder in ("calibration/made", "made/detections", "made/trajectory"):
        (tmp_path / folder).mkdir(parents=True)
    words = {"K-matrix": MATRIX.tolist(), "distCoeff": BENT}
    (tmp_path / "calibration/made/made.json").write_text(cameras.json.dumps(words))
    np.savetxt(tmp_path / "made/detections/cam0.txt", np.c_[frames, pixels])
    np.savetxt(tmp_path / "made/trajectory/rtk.txt", truth(t_s))
    flight = cameras.Flight("made", (("made/made", 1.0, 0.0),), 0.0, 30.0, 60.0)
    found = cameras.see(tmp_path, flight).cameras[0]
    assert found.place_enu_m == pytest.approx(place, abs=0.02)
    assert found.test_px < 0.1
    own = truth(found.t_s) - found.place_enu_m
    own /= np.linalg.norm(own, axis=1)[:, None]
    assert found.direction_enu == pytest.approx(own, abs=1e-3)


def test_rays_that_meet_are_triangulated_where_they_meet():
    t_s, truth = flown()
    places = [np.array([60.0, 0.0, 1.0]), np.array([-50.0, 30.0, 2.0]), np.array([0.0, -70.0, 1.0])]
    seen = []
    for number, place in enumerate(places):
        direction = truth(t_s) - place
        direction /= np.linalg.norm(direction, axis=1)[:, None]
        seen.append(cameras.Camera(number, place, t_s, direction, 1e-3, 0.0, 0.0))
    flight = cameras.Flight("made", (), 0.0, 30.0, 0.0)
    asked = t_s[50:60]
    found = cameras.triangulated(cameras.Seen(flight, seen, truth, 0.0, 100.0, 0.0), asked, within_s=0.5)
    assert found == pytest.approx(truth(asked), abs=1e-6)
    assert np.isnan(cameras.triangulated(cameras.Seen(flight, seen[:1], truth, 0.0, 100.0, 0.0), asked)).all()


def test_the_order_of_surveyed_places_is_told_by_the_distances_between_them():
    found = np.random.default_rng(2).uniform(-50, 50, (5, 3))
    turn = Rotation.from_euler("z", 40, degrees=True)
    surveyed = turn.apply(found[[3, 0, 4, 1, 2]]) + 7.0
    assert cameras._same_order(found, surveyed) == [1, 3, 4, 0, 2]
