"""Whether two places can be of one aircraft, by how far it could have flown in the time between them."""

from __future__ import annotations

import numpy as np

from skykeep.watch.frame import level_distance_m, place_e7
from skykeep.watch.places import LEVEL, numbers
from skykeep.watch.state import State


def in_reach(state: State, one: int, other: int) -> bool:
    """Whether two tracks could be one aircraft: within the gate, three times both spreads, and what it can fly.

    A spread is that of the place as it is told, not only of the latest report: what may be anywhere within half a
    kilometre is in no other place. The greatest speed is that of a manned aircraft where the older of the two is one.
    """
    tracks, settings = state.tracks, state.settings
    a, b = tracks.row(one), tracks.row(other)
    manned = bool(tracks.manned[min(a, b)])
    speed = settings.speed_max_manned_mps if manned else settings.speed_max_mps
    dt_s = (int(tracks.t_ns[b]) - int(tracks.t_ns[a])) / 1e9
    lat_e7, lon_e7 = place_e7(tracks.x[b])
    away_m = level_distance_m(lat_e7 / 1e7, lon_e7 / 1e7, tracks.x[a], dt_s, tracks.x[b])
    rows = np.array([a, b])
    level_m = numbers(state, rows, tracks.t_ns[rows])[:, LEVEL]
    spread_m = 3.0 * (float(level_m[0]) + float(level_m[1]))
    return away_m <= settings.gate_m + spread_m + speed * abs(dt_s)
