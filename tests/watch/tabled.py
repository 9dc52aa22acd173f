"""Tables of tracks for the later stages: a row for each flight, placed about the square of tests/rules/examples.py."""

import numpy as np

from skykeep.geo.frames import enu_frame, enu_to_ecef
from skykeep.watch.table import ESTABLISHED, MODALITIES, no_tracks
from tests.rules import examples as ex

FRAME = enu_frame(ex.LAT / 1e7, ex.LON / 1e7, 0.0)


def flown(track_id, east_m=0.0, north_m=0.0, east_mps=0.0, north_mps=0.0, **given):
    """Return one row as a dict: a place and a speed about the middle, and whatever else is given by column."""
    return {"id": track_id, "at": (east_m, north_m, given.pop("up_m", 0.0)),
            "going": (east_mps, north_mps, given.pop("up_mps", 0.0)), **given}  # fmt: skip


def table(*flights, t_ns=ex.T0, sigma_m=2.0, sigma_mps=0.3):
    """Return a table of these flights, each at `t_ns` unless it says otherwise, established and surely there."""
    tracks = no_tracks(len(flights))
    tracks.phase[:], tracks.r[:], tracks.t_ns[:], tracks.heard_ns[:] = ESTABLISHED, 0.99, t_ns, t_ns
    tracks.mode[:] = 0.0, 1.0, 0.0
    for row, flight in enumerate(flights):
        put(tracks, row, flight, flight.get("sigma_m", sigma_m), sigma_mps)
    assert tracks.id.tolist() == sorted(tracks.id.tolist())
    return tracks


def put(tracks, row, flight, sigma_m, sigma_mps):
    tracks.x[row, :3] = enu_to_ecef(FRAME, *flight["at"])
    tracks.x[row, 3:] = flight["going"] @ FRAME[1:]
    tracks.p[row, :3, :3] = np.eye(3) * sigma_m**2
    tracks.p[row, 3:, 3:] = np.eye(3) * sigma_mps**2
    tracks.sigma_m[row] = sigma_m
    for name, value in flight.items():
        if name == "seen":
            for modality in value:
                tracks.seen[row, MODALITIES.index(modality)] = 1
                tracks.seen_ns[row, MODALITIES.index(modality)] = tracks.t_ns[row]
        elif name not in {"at", "going"}:
            getattr(tracks, name)[row] = value


def moved(flight, seconds):
    """Return the same flight after some seconds, straight on."""
    (e, n, u), (ve, vn, vu) = flight["at"], flight["going"]
    return {**flight, "at": (e + ve * seconds, n + vn * seconds, u + vu * seconds)}


def rows(tracks):
    return np.arange(len(tracks))
