"""Where tracks are on the earth at a time, how surely, and what is told of it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from skykeep.facts.columns import fold
from skykeep.facts.concluded import TracksEstimated
from skykeep.geo.frames import ecef_to_geodetic
from skykeep.geo.kernel import kernel
from skykeep.watch.frame import along, axes_at, covariance, level_variance_m2
from skykeep.watch.reports import UP_SIGMA_UNKNOWN_M, Floats, Ints
from skykeep.watch.state import State

LEVEL_NOISE_M2PS3 = 2.0  # how a place goes out of date: intensity of the acceleration that may have come since
_UNKNOWN = -(2**63)
_SAID = np.array([0, 1, 2, -1, -1, -1])  # number of a datum of Reports in TracksEstimated; the last: none
_ABOVE = np.array([-1, -1, -1, 0, 1, -1])


class Place(NamedTuple):
    """Where a track is at a time, how surely (m, one standard deviation along the worse axis), and its velocity."""

    t_ns: int
    lat_e7: int
    lon_e7: int
    sigma_m: float
    east_mps: float
    north_mps: float


LAT, LON, ALT, LEVEL, UP, EAST, NORTH, RISE = range(8)


@kernel
def place(
    rows: Ints, at_ns: Ints, t_ns: Ints, x: Floats, p: Floats, sigma_m: Floats, noise: float, out: Floats
) -> None:
    """Fill `out` (k, 8) with lat_deg, lon_deg, alt_hae_m, level and up spread (m), east, north and up speed (m/s).

    The level spread is one standard deviation along the worse axis, and never less than that of the latest report: a
    receiver's error drifts, averaging does not remove it. A time before the state's is answered by the state.
    """
    at = np.empty(6)
    q = np.empty((6, 6))
    for k in range(rows.shape[0]):
        row = int(rows[k])
        dt_s = max(float(int(at_ns[k]) - int(t_ns[row])) / 1e9, 0.0)
        for i in range(3):
            at[i] = x[row, i] + x[row, i + 3] * dt_s
            at[i + 3] = x[row, i + 3]
            for j in range(3):
                q[i, j] = (
                    p[row, i, j] + dt_s * (p[row, i + 3, j] + p[row, i, j + 3]) + dt_s * dt_s * p[row, i + 3, j + 3]
                )
        more = noise * dt_s * dt_s * dt_s / 3.0
        lat_deg, lon_deg, alt_m = ecef_to_geodetic(float(at[0]), float(at[1]), float(at[2]))
        axes = axes_at(lat_deg, lon_deg)
        sigma = float(sigma_m[row])
        out[k, LAT] = lat_deg
        out[k, LON] = lon_deg
        out[k, ALT] = alt_m
        out[k, LEVEL] = math.sqrt(max(level_variance_m2(axes, q) + more, sigma * sigma))
        out[k, UP] = math.sqrt(max(covariance(axes, q, 2, 2), 0.0) + more)
        out[k, EAST] = along(axes[0], at, 3)
        out[k, NORTH] = along(axes[1], at, 3)
        out[k, RISE] = along(axes[2], at, 3)


def numbers(state: State, rows: Ints, at_ns: Ints) -> Floats:
    """Return (k, 8) as `place` fills it, of the tracks in `rows` at the times `at_ns`."""
    tracks = state.tracks
    out = np.empty((len(rows), 8))
    place(rows, at_ns, tracks.t_ns, tracks.x, tracks.p, tracks.sigma_m, LEVEL_NOISE_M2PS3, out)
    return out


def places(state: State, rows: Ints, at_ns: Ints) -> list[Place]:
    """Return where tracks are, each at its time in `at_ns` (k,)."""
    return placed(at_ns, numbers(state, rows, at_ns))


def placed(at_ns: Ints, at: Floats) -> list[Place]:
    """Return the places that lines (k, 8) of `numbers` say, for the times `at_ns` (k,)."""
    return [
        Place(t_ns, round(lat_deg * 1e7), round(lon_deg * 1e7), sigma_m, east_mps, north_mps)
        for t_ns, (lat_deg, lon_deg, _, sigma_m, _, east_mps, north_mps, _) in zip(
            at_ns.tolist(), at.tolist(), strict=True
        )
    ]


def tell(state: State, moved: Ints, tick: int, now_ns: int) -> list[TracksEstimated]:
    """Return the estimates worth telling: new tracks, new phases, and each moving track once an interval."""
    tracks = state.tracks
    interval_ns = int(state.settings.told_interval_s * 1e9)
    told_ns, t_ns = tracks.told_ns[moved], tracks.t_ns[moved]
    worth = (told_ns == 0) | (t_ns - told_ns >= interval_ns) | (tracks.phase[moved] != tracks.told_phase[moved])
    rows = moved[worth]
    if not len(rows):
        return []
    tracks.told_ns[rows], tracks.told_phase[rows] = tracks.t_ns[rows], tracks.phase[rows]
    return [_told(state, rows, tick, now_ns)]


def _told(state: State, rows: Ints, tick: int, now_ns: int) -> TracksEstimated:
    tracks = state.tracks
    at = numbers(state, rows, tracks.t_ns[rows])
    said, above = _SAID[tracks.said_datum[rows]], _ABOVE[tracks.above_datum[rows]]
    pressure = (said < 0) & (tracks.std_sigma_mm[rows] >= 0)
    said_mm = np.where(pressure, tracks.std_mm[rows], np.where(said < 0, _UNKNOWN, tracks.said_mm[rows]))
    sigma_mm = np.where(said >= 0, tracks.said_sigma_mm[rows], _UNKNOWN)
    sigma_mm = np.where(pressure, tracks.std_sigma_mm[rows], sigma_mm)
    sigma_mm = np.where((said < 0) & ~pressure & (above >= 0), tracks.above_sigma_mm[rows], sigma_mm)
    known_up = at[:, UP] < 0.5 * UP_SIGMA_UNKNOWN_M
    mode = tracks.mode[rows]
    return fold(
        now_ns,
        track_id=tracks.id[rows],
        before_us=(now_ns - tracks.t_ns[rows]) // 1000,
        phase=tracks.phase[rows],
        existence_ppm=tracks.r[rows] * 1e6,
        lat_e7=at[:, LAT] * 1e7,
        lon_e7=at[:, LON] * 1e7,
        alt_mm=np.where(known_up, at[:, ALT] * 1e3, np.nan),
        pos_sigma_mm=at[:, LEVEL] * 1e3,
        up_sigma_mm=np.where(known_up, at[:, UP] * 1e3, np.nan),
        vel_east_mmps=at[:, EAST] * 1e3,
        vel_north_mmps=at[:, NORTH] * 1e3,
        vel_up_mmps=np.where(known_up, at[:, RISE] * 1e3, np.nan),
        said_mm=said_mm,
        said_datum=np.where(pressure, 2, said),
        said_sigma_mm=sigma_mm,
        above_mm=np.where(above < 0, _UNKNOWN, tracks.above_mm[rows]),
        above_datum=above,
        reports=tracks.reports[rows],
        marks=tracks.assumed[rows] + 2 * tracks.simulated[rows] + 4 * tracks.manned[rows],
        mode=np.argmax(mode, axis=1),
        evidence_tick=tick - tracks.evidence[rows, 0],
        evidence_index=tracks.evidence[rows, 1],
        evidence_item=tracks.evidence[rows, 2],
    )
