"""Stone Soup on the detections of one scenario: `stone_soup.py IN.npz OUT.json --method gnn|jpda [--cpu-s SECONDS]`.

Runs in the peers' own environment (see `set-up` here) and knows nothing of Skykeep. Its best practical configuration,
by GOSPA on seeds 11 to 20 at 100 drones, settled before the seeds of the table were run:

    motion         CombinedLinearGaussianTransitionModel of three ConstantVelocity
    measurement    LinearGaussian; plots of a radar are converted to places with a covariance each
    gating         a KD-tree of the scan's places about each predicted track, then PDAHypothesiser or, for GNN,
                   DistanceHypothesiser with the Mahalanobis distance
    association    GNNWith2DAssignment, or JPDAwithEHM2, which is exact and the fastest that it has
    birth, death   MultiMeasurementInitiator with a GNN of its own; deleters by time and by covariance

Only the tracker's own `next` is timed (CPU); detections are objects before the clock starts. It stops when the CPU time
allowed is used up and says how far it came.
"""
# ruff: noqa: ANN401  # the libraries here have no types

import argparse
import datetime as dt
import json
import time
from typing import Any

import numpy as np
from scipy.spatial import KDTree
from stonesoup.base import Property
from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
from stonesoup.dataassociator.probability import JPDAwithEHM2
from stonesoup.deleter.error import CovarianceBasedDeleter
from stonesoup.deleter.multi import CompositeDeleter
from stonesoup.deleter.time import UpdateTimeDeleter
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.hypothesiser.probability import PDAHypothesiser
from stonesoup.initiator.simple import MultiMeasurementInitiator
from stonesoup.measures import Mahalanobis
from stonesoup.models.measurement.linear import LinearGaussian
from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
from stonesoup.predictor.kalman import KalmanPredictor
from stonesoup.tracker.simple import MultiTargetMixtureTracker, MultiTargetTracker
from stonesoup.types.array import StateVector
from stonesoup.types.detection import Detection
from stonesoup.types.state import GaussianState
from stonesoup.updater.kalman import KalmanUpdater

EPOCH = dt.datetime(2026, 1, 1)  # noqa: DTZ001  # Stone Soup's own times have no zone
MAPPING = (0, 2, 4)
AREA_M, CEILING_M = 10_000.0, 150.0
NOISE, NOISE_UP = 3.0, 0.1  # m2/s3 of the white acceleration, a level axis and upward
SPEED_SIGMA_MPS = 7.0
GATE_SIGMAS = 4.5
NEAR_M = 150.0  # nothing farther from a predicted place is asked about
SILENT_S = {"gnn": 3.0, "jpda": 3.0}
POINTS = 3  # that make a track
COVARIANCE_MAX_M2 = 6_000.0  # trace over the places


class Nearby:
    """A mixin: asks the hypothesiser only about detections near the predicted place, each with its own covariance."""

    def generate_hypotheses(self, tracks: Any, detections: Any, timestamp: Any, **kwargs: Any) -> Any:
        if not detections:
            return {track: self.hypothesiser.hypothesise(track, set(), timestamp, **kwargs) for track in tracks}
        listed = sorted(detections, key=lambda detection: detection.metadata["row"])
        tree = KDTree(np.array([np.ravel(detection.state_vector) for detection in listed], float))
        predictor = self.hypothesiser.predictor
        found = {}
        for track in tracks:
            prediction = predictor.predict(track, timestamp=timestamp)
            near = tree.query_ball_point(np.ravel(prediction.state_vector)[list(MAPPING)].astype(float), NEAR_M)
            found[track] = self.hypothesiser.hypothesise(track, {listed[i] for i in near}, timestamp, **kwargs)
        return found


class NearbyGNN(Nearby, GNNWith2DAssignment):
    """GNN over nearby detections."""


class NearbyJPDA(Nearby, JPDAwithEHM2):
    """JPDA over nearby detections."""


class FilteredPDA(PDAHypothesiser):
    """PDA with the clutter density and the detection probability of the sensor that the scan came from."""

    of_scan: dict[str, float] = Property(doc="What holds for the scan at hand")

    def hypothesise(self, track: Any, detections: Any, timestamp: Any, **kwargs: Any) -> Any:
        self.clutter_spatial_density = self.of_scan["density"]
        self.prob_detect = self.of_scan["pd"]
        return super().hypothesise(track, detections, timestamp, **kwargs)


def converted(z: Any, sensor: Any) -> Any:
    """Return place and covariance of a plot: converted measurement, first order about the plot itself."""
    if sensor["kind"] != "radar":
        return z, np.diag(np.square(sensor["sigma"]))
    rho, azimuth, elevation = z
    sa, ca, se, ce = np.sin(azimuth), np.cos(azimuth), np.sin(elevation), np.cos(elevation)
    place = rho * np.array([ce * sa, ce * ca, se]) + sensor["pos"]
    turn = np.array(
        [[ce * sa, rho * ce * ca, -rho * se * sa], [ce * ca, -rho * ce * sa, -rho * se * ca], [se, 0, rho * ce]]
    )
    return place, turn @ np.diag(np.square(sensor["sigma"])) @ turn.T


def scans(data: Any, sensors: list[dict[str, Any]]) -> Any:
    """Return the scans with a place in order of arrival: arrival time, sensor, measurement time, detections."""
    found, first = [], 0
    for end in [*data["cuts"].tolist(), len(data["t_s"])]:
        sensor = sensors[int(data["sensor"][first])]
        if sensor["kind"] != "df" and end > first:
            t_s = float(data["t_s"][first])
            at, detections = EPOCH + dt.timedelta(seconds=t_s), set()
            shared = None
            for row in range(first, end):
                place, covariance = converted(data["z"][row], sensor)
                if sensor["kind"] == "radar" or shared is None:
                    shared = LinearGaussian(6, MAPPING, covariance)
                detections.add(
                    Detection(StateVector(place), timestamp=at, measurement_model=shared, metadata={"row": row})
                )
            found.append((float(data["t_arr_s"][first]), sensor, t_s, detections))
        first = end
    return found


def tracker(method: str, feed: Any, of_scan: Any) -> Any:
    """Return the tracker and its predictor."""
    predictor = KalmanPredictor(
        CombinedLinearGaussianTransitionModel([ConstantVelocity(each) for each in (NOISE, NOISE, NOISE_UP)])
    )
    updater = KalmanUpdater(None)
    nearest = NearbyGNN(DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=GATE_SIGMAS))
    silent = UpdateTimeDeleter(dt.timedelta(seconds=SILENT_S[method]))
    prior = GaussianState(np.zeros((6, 1)), np.diag([0.0, SPEED_SIGMA_MPS**2] * 3))
    initiator = MultiMeasurementInitiator(
        prior_state=prior, measurement_model=None, deleter=UpdateTimeDeleter(dt.timedelta(seconds=2.1)),
        data_associator=nearest, updater=updater, min_points=POINTS,
    )  # fmt: skip
    if method == "gnn":
        return MultiTargetTracker(initiator, silent, feed, nearest, updater), predictor
    spread = CovarianceBasedDeleter(COVARIANCE_MAX_M2, mapping=list(MAPPING))
    hypothesiser = FilteredPDA(predictor, updater, prob_gate=0.999, of_scan=of_scan)
    deleter = CompositeDeleter([silent, spread], intersect=False)
    return MultiTargetMixtureTracker(initiator, deleter, feed, NearbyJPDA(hypothesiser), updater), predictor


def run(data: Any, sensors: list[dict[str, Any]], method: str, cpu_s: float) -> dict[str, Any]:
    """Return CPU seconds a scan and, for each whole second, numbers and places of the tracks."""
    listed, of_scan = scans(data, sensors), {}
    live, predictor = tracker(
        method, [(EPOCH + dt.timedelta(seconds=t_s), found) for _, _, t_s, found in listed], of_scan
    )
    following, outputs, numbers, taken, tracks = iter(live), {}, {}, [], set()
    second, used, reached = 0, 0.0, float(data["duration_s"])
    for arrival, sensor, _, _ in listed:
        while second < arrival - 1e-9:
            outputs[second] = told(tracks, second, predictor, numbers)
            second += 1
        if used > cpu_s:
            reached = float(second - 1)
            break
        of_scan.update(density=max(sensor["clutter"], 0.1) / (AREA_M * AREA_M * CEILING_M), pd=sensor["pd"])
        began = time.process_time()
        _, tracks = next(following)
        taken.append(time.process_time() - began)
        used += taken[-1]
    while second <= reached:
        outputs[second] = told(tracks, second, predictor, numbers)
        second += 1
    return {"cpu_s": taken, "outputs": outputs, "reached_s": reached}


def told(tracks: Any, second: int, predictor: Any, numbers: dict[Any, int]) -> list[list[Any]]:
    """Return numbers and places of the tracks, predicted to a whole second."""
    at, rows = EPOCH + dt.timedelta(seconds=second), []
    for track in tracks:
        number = numbers.setdefault(track.id, len(numbers))
        state = predictor.predict(track.state, timestamp=at) if track.timestamp < at else track.state
        rows.append((number, np.ravel(state.state_vector)[list(MAPPING)].astype(float).tolist()))
    rows.sort()
    return [[number for number, _ in rows], [place for _, place in rows]]


def main() -> None:
    """Read, run, write."""
    parser = argparse.ArgumentParser(description="Stone Soup on a scenario.")
    parser.add_argument("given")
    parser.add_argument("made")
    parser.add_argument("--method", choices=("gnn", "jpda"), default="gnn")
    parser.add_argument("--cpu-s", type=float, default=600.0)
    options = parser.parse_args()
    with np.load(options.given) as file:
        data = {name: file[name] for name in file.files}  # once: each look into the file reads it all
    found = run(data, json.loads(str(data["sensors"])), options.method, options.cpu_s)
    with open(options.made, "w", encoding="ascii") as out:  # noqa: PTH123
        json.dump(found, out)


if __name__ == "__main__":
    main()
