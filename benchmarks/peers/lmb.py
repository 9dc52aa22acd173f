"""multisensor-lmb-filters-rs on the detections of one L0 scenario: `lmb.py IN.npz OUT.json [--cpu-s SECONDS]`.

Runs in the peers' own environment (see `set-up` here) and knows nothing of Skykeep. The Rust library is taken as its
author compiled it (the `multisensor-lmb-filters-rs` package, link-time optimised), and only its `step` is timed (CPU).
Its sensor model is one linear measurement of one covariance, so it can run L0 alone.

The library knows births at fixed places only. Over 10 km by 10 km they must come from the measurements (Reuter et al.,
The labeled multi-Bernoulli filter, 2014, section IV.C): after each scan a filter with the births of the next is made
and given the tracks, untimed. A plot that no track comes near in Mahalanobis distance is the place of a birth. Settled
by GOSPA on seeds 11 to 20 at 100 drones.
"""
# ruff: noqa: ANN401  # the libraries here have no types

import argparse
import json
import time
from typing import Any

import multisensor_lmb_filters_rs as lmb
import numpy as np
from scipy.spatial import KDTree

AREA_M, CEILING_M = 10_000.0, 150.0
NOISE, NOISE_UP = 3.0, 0.1  # m2/s3 of the white acceleration, a level axis and upward
SPEED_SIGMA_MPS = 7.0
SURVIVAL = 0.99
BIRTH = 0.05
NEAR_SIGMAS = 3.5
SHOWN = 0.5  # existence from which a track is told


def motion(step_s: float) -> Any:
    """Return the nearly constant velocity model of three axes; state x, vx, y, vy, z, vz."""
    transition, noise = np.eye(6), np.zeros((6, 6))
    for axis in range(0, 6, 2):
        transition[axis, axis + 1] = step_s
        noise[axis : axis + 2, axis : axis + 2] = (NOISE_UP if axis == 4 else NOISE) * np.array(
            [[step_s**3 / 3, step_s**2 / 2], [step_s**2 / 2, step_s]]
        )
    return lmb.MotionModel(transition, noise, np.zeros(6), SURVIVAL)


def filter_with(births: Any, parts: Any) -> Any:
    """Return a filter whose births are at these places."""
    axis = np.array([[parts["sigma"][0] ** 2 + SPEED_SIGMA_MPS**2, SPEED_SIGMA_MPS**2], [SPEED_SIGMA_MPS**2] * 2])
    covariance = np.kron(np.eye(3), axis)  # a second later: the library does not move its births
    places = [lmb.BirthLocation(i, np.array([p[0], 0, p[1], 0, p[2], 0]), covariance) for i, p in enumerate(births)]
    return lmb.FilterLmb(
        parts["motion"], parts["sensor"], lmb.BirthModel(places, BIRTH, BIRTH), lmb.AssociatorConfig.lbp(50, 1e-3),
        lmb.FilterThresholds(1e-2, gm_weight=1e-2, max_components=3, min_trajectory_length=1000, gm_merge=2.0),
        1,
    )  # fmt: skip


def alone(places: Any, tracks: Any, sigma_m: float) -> Any:
    """Return the plots that no track is near."""
    if not len(places) or not tracks:
        return places
    means = np.array([track.mu[int(np.argmax(track.w))][[0, 2, 4]] for track in tracks])
    spreads = np.array([track.sigma[int(np.argmax(track.w))][[0, 2, 4], [0, 2, 4]] for track in tracks])
    tree, kept = KDTree(means), []
    for place in places:
        near = tree.query_ball_point(place, 120.0)
        apart = [(np.square(means[i] - place) / (spreads[i] + sigma_m**2)).sum() for i in near]
        if not apart or min(apart) > NEAR_SIGMAS**2:
            kept.append(place)
    return np.array(kept)


def run(data: Any, sensors: list[dict[str, Any]], cpu_s: float) -> dict[str, Any]:
    """Return CPU seconds a scan and, for each whole second, numbers and places of the tracks."""
    sensor = sensors[0]
    observe = np.zeros((3, 6))
    observe[[0, 1, 2], [0, 2, 4]] = 1.0
    noise = np.diag(np.square(sensor["sigma"]))
    model = lmb.SensorModel(observe, noise, sensor["pd"], sensor["clutter"], AREA_M * AREA_M * CEILING_M)
    parts = {"motion": motion(1.0), "sensor": model, "sigma": sensor["sigma"]}
    cuts = [*data["cuts"].tolist(), len(data["t_s"])]
    live, numbers, outputs, taken, first, used, reached = filter_with([], parts), {}, {}, [], 0, 0.0, -1.0
    for end in cuts:
        if used > cpu_s:
            break
        places, step = data["z"][first:end], round(float(data["t_s"][first]))
        began = time.process_time()
        live.step([*places], step)
        taken.append(time.process_time() - began)
        used += taken[-1]
        tracks = live.get_tracks()
        outputs[step] = told(tracks, numbers)
        births = alone(places, tracks, sensor["sigma"][0])
        live = filter_with(births, parts)
        live.set_tracks(tracks)
        first, reached = end, float(step)
    return {"cpu_s": taken, "outputs": outputs, "reached_s": reached}


def told(tracks: Any, numbers: dict[Any, int]) -> list[list[Any]]:
    """Return numbers and places of the tracks that exist more likely than not."""
    rows = []
    for track in tracks:
        if track.existence > SHOWN:
            number = numbers.setdefault(tuple(track.label), len(numbers))
            rows.append((number, np.average(track.mu, axis=0, weights=track.w)[[0, 2, 4]].tolist()))
    rows.sort()
    return [[number for number, _ in rows], [place for _, place in rows]]


def main() -> None:
    """Read, run, write."""
    parser = argparse.ArgumentParser(description="The Rust LMB filter on a scenario.")
    parser.add_argument("given")
    parser.add_argument("made")
    parser.add_argument("--cpu-s", type=float, default=600.0)
    options = parser.parse_args()
    with np.load(options.given) as file:
        data = {name: file[name] for name in file.files}  # once: each look into the file reads it all
    found = run(data, json.loads(str(data["sensors"])), options.cpu_s)
    with open(options.made, "w", encoding="ascii") as out:  # noqa: PTH123
        json.dump(found, out)


if __name__ == "__main__":
    main()
