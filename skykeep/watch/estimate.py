"""Third stage: where each track is, by a filter run over its reports in the order of their measurement.

What is older than the lag is settled for good; what is younger is run again whenever a report joins it. So the
estimate does not depend on the order of delivery, as long as a report comes within the lag.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from skykeep.facts.concluded import Phase, TrackEstimated
from skykeep.watch.align import Return
from skykeep.watch.frame import to_place_e7
from skykeep.watch.kalman import predict, run
from skykeep.watch.state import (
    ESTABLISHED,
    LOST,
    PHASES,
    TENTATIVE,
    Floats,
    Heights,
    Ints,
    State,
)

REPEAT_NS = 500_000_000  # the same place again within half a second, without a time stamp of its own, is a repeat


def estimate(state: State, pairs: list[tuple[int, Return]], now_ns: int) -> list[int]:
    """Run the filter of each track that was reported on; return the ids of those that learned something, sorted."""
    touched: dict[int, int] = {}
    tracks = state.tracks
    for track_id, heard in pairs:
        row = tracks.row(track_id)
        touched[track_id] = row
        tracks.heard_ns[row] = now_ns
        _note_heights(state, track_id, heard)
        if heard.t_ns >= tracks.t_ns[row]:
            tracks.sigma_m[row], tracks.assumed[row] = heard.sigma_m, heard.assumed
    changed = sorted(track_id for track_id, row in touched.items() if run_again(state, row))
    _settle(state, now_ns - int(state.settings.lag_s * 1e9))
    return changed


def _note_heights(state: State, track_id: int, heard: Return) -> None:
    heights = state.heights.setdefault(track_id, Heights())
    if heard.t_ns < heights.t_ns:
        return
    heights.t_ns, heights.evidence = heard.t_ns, heard.ref
    heights.altitude, heights.altitude_sigma_mm = heard.altitude, heard.alt_sigma_mm
    heights.pressure_altitude, heights.pressure_sigma_mm = heard.pressure_altitude, heard.alt_sigma_mm
    heights.height, heights.height_sigma_mm = heard.height, heard.alt_sigma_mm


def run_again(state: State, row: int) -> bool:
    """Run one track's filter from its settled state over its recent reports; True when it learned something."""
    tracks, recent = state.tracks, state.recent
    first, after = _span(state, int(tracks.id[row]))
    x, p, last = tracks.settled_x[row].copy(), tracks.settled_p[row].copy(), tracks.last[row].copy()
    settled_ns = int(tracks.settled_t_ns[row])
    t_ns, counted = _run(state, x, p, settled_ns, last, recent[first:after])
    phase = int(tracks.phase[row])
    reports = int(tracks.settled_reports[row]) + counted
    news = reports != tracks.reports[row] or phase == LOST
    tracks.x[row], tracks.p[row], tracks.t_ns[row], tracks.reports[row] = x, p, t_ns, reports
    if phase != ESTABLISHED:
        tracks.phase[row] = ESTABLISHED if reports >= state.settings.establish_reports else TENTATIVE
    return bool(news)


def _span(state: State, track_id: int) -> tuple[int, int]:
    ids = state.recent["track"]
    return int(np.searchsorted(ids, track_id)), int(np.searchsorted(ids, track_id, side="right"))


def _run(state: State, x: Floats, p: Floats, t_ns: int, last: Ints, reports: npt.NDArray[np.void]) -> tuple[int, int]:
    marks = np.empty((len(reports), 3), np.int64)
    marks[:, 0], marks[:, 1], marks[:, 2] = reports["lat_e7"], reports["lon_e7"], reports["claim"]
    times, z, r = (np.ascontiguousarray(reports[name]) for name in ("t_ns", "z", "r"))
    sigma = state.settings.acceleration_sigma_mps2
    return run(x, p, t_ns, last, 0, len(reports), times, marks, z, r, REPEAT_NS, sigma * sigma)


def _settle(state: State, horizon_ns: int) -> None:
    """Fold the reports that are older than the lag into the settled states, and forget them."""
    recent, tracks = state.recent, state.tracks
    old = recent["t_ns"] <= horizon_ns
    if not old.any():
        return
    for track_id in np.unique(recent["track"][old]):
        row = tracks.row(int(track_id))
        mine = recent[old & (recent["track"] == track_id)]
        t_ns, counted = _run(
            state, tracks.settled_x[row], tracks.settled_p[row], int(tracks.settled_t_ns[row]), tracks.last[row], mine
        )
        tracks.settled_t_ns[row] = t_ns
        tracks.settled_reports[row] += counted
    state.recent = recent[~old]


def place_at(state: State, row: int, t_ns: int) -> tuple[int, int, float]:
    """Return lat_e7, lon_e7 and the spread (m, one standard deviation of the worse axis) of a track at a time.

    The spread is never less than that of its latest report: a receiver's error drifts, averaging does not remove it.
    """
    tracks = state.tracks
    x, p = tracks.x[row].copy(), tracks.p[row].copy()
    if t_ns > tracks.t_ns[row]:
        sigma = state.settings.acceleration_sigma_mps2
        predict(x, p, (t_ns - int(tracks.t_ns[row])) / 1e9, sigma * sigma)
    variance = max(float(p[0, 0]), float(p[1, 1]), float(tracks.sigma_m[row]) * float(tracks.sigma_m[row]))
    lat_e7, lon_e7 = to_place_e7(float(x[0]), float(x[1]), float(x[2]), state.origin_e7 or (0, 0))
    return lat_e7, lon_e7, math.sqrt(variance)


def tell(state: State, changed: list[int]) -> list[TrackEstimated]:
    """Return the estimates worth telling: new tracks, new phases, and each moving track once an interval."""
    interval_ns = int(state.settings.told_interval_s * 1e9)
    told = []
    for track_id in changed:
        row = state.tracks.row(track_id)
        t_ns, told_ns = int(state.tracks.t_ns[row]), int(state.tracks.told_ns[row])
        just_established = state.tracks.reports[row] == state.settings.establish_reports
        if told_ns == 0 or t_ns - told_ns >= interval_ns or just_established:
            state.tracks.told_ns[row] = t_ns
            told.append(estimated(state, row))
    return told


def estimated(state: State, row: int) -> TrackEstimated:
    """Return the estimate of one track as a conclusion."""
    tracks = state.tracks
    track_id = int(tracks.id[row])
    lat_e7, lon_e7, sigma_m = place_at(state, row, int(tracks.t_ns[row]))
    heights = state.heights[track_id]
    altitude = heights.altitude or heights.pressure_altitude
    alt_sigma_mm = heights.altitude_sigma_mm if altitude is not None or heights.height is not None else None
    return TrackEstimated(
        track_id=track_id,
        t_ns=int(tracks.t_ns[row]),
        phase=phase_of(state, row),
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        pos_sigma_mm=round(sigma_m * 1e3),
        pos_assumed=bool(tracks.assumed[row]),
        altitude=altitude,
        height=heights.height,
        alt_sigma_mm=alt_sigma_mm,
        vel_east_mmps=round(float(tracks.x[row, 3]) * 1e3),
        vel_north_mmps=round(float(tracks.x[row, 4]) * 1e3),
        reports=int(tracks.reports[row]),
        simulated=bool(tracks.simulated[row]),
        evidence=heights.evidence,
    )


def phase_of(state: State, row: int) -> Phase:
    """Return where a track stands on its ladder."""
    return PHASES[int(state.tracks.phase[row])]
