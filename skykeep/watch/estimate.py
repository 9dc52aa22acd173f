"""Third stage: where each track is, by a filter run over its reports in the order of their measurement.

What is older than the lag is settled for good; what is younger is run again whenever a report joins it. So the
estimate does not depend on the order of delivery, as long as a report comes within the lag.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.facts.concluded import Phase, TrackEstimated
from skykeep.geo.altitude import Datum
from skykeep.rules.flight import Stood
from skykeep.watch.align import Return
from skykeep.watch.kalman import REPORT, Ints, Reports, place, run, settle
from skykeep.watch.state import ESTABLISHED, LOST, PHASES, TENTATIVE, Heights, State

REPEAT_NS = 500_000_000  # the same place again within half a second, without a time stamp of its own, is a repeat


class Place(NamedTuple):
    """Where a track is at a time, how surely (m, one standard deviation along the worse axis), and its velocity."""

    t_ns: int
    lat_e7: int
    lon_e7: int
    sigma_m: float
    east_mps: float
    north_mps: float


def estimate(state: State, pairs: list[tuple[int, Return]], now_ns: int) -> list[int]:
    """Run the filter of each track that was reported on; return the ids of those that learned something, sorted."""
    tracks = state.tracks
    rows = tracks.rows([track_id for track_id, _ in pairs])
    tracks.heard_ns[rows] = now_ns
    for (track_id, heard), row in zip(pairs, rows.tolist(), strict=True):
        if heard.simulated:
            tracks.simulated[row] = 1
        if heard.manned is not None:
            tracks.unmanned[row] |= not heard.manned
            tracks.manned[row] = bool(tracks.manned[row] or heard.manned) and not tracks.unmanned[row]
        _note_heights(state, track_id, heard)
    changed = run_again(state, sorted(dict.fromkeys(track_id for track_id, _ in pairs)))
    _settle(state, now_ns - int(state.settings.lag_s * 1e9))
    return changed


def _note_heights(state: State, track_id: int, heard: Return) -> None:
    heights = state.heights.setdefault(track_id, Heights())
    heights.stood = later_stood(heights.stood, _stood(heard))
    if heard.t_ns < heights.t_ns:
        return
    heights.t_ns, heights.evidence = heard.t_ns, heard.ref
    heights.altitude, heights.altitude_sigma_mm = heard.altitude, heard.alt_sigma_mm
    heights.pressure_altitude, heights.pressure_sigma_mm = heard.pressure_altitude, heard.pressure_sigma_mm
    heights.height, heights.height_sigma_mm = heard.height, heard.height_sigma_mm


def _stood(heard: Return) -> Stood | None:
    """Return where a report says that the aircraft stands on the ground, with its height above take-off there."""
    above = heard.height
    if not heard.on_ground or above is None or above.datum is not Datum.TAKEOFF:
        return None
    # Height 0 is what heights above take-off are measured from, so it has no error of its own.
    sigma_mm = heard.height_sigma_mm if above.value_mm else 0
    place = heard.lat_e7, heard.lon_e7, round(heard.sigma_m * 1e3)
    return Stood(heard.t_ns, *place, above_takeoff_mm=above.value_mm, sigma_mm=sigma_mm)


def later_stood(one: Stood | None, other: Stood | None) -> Stood | None:
    """Return the later of two places on the ground; of simultaneous ones delivery decides nothing."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=msgspec.structs.astuple)


def run_again(state: State, track_ids: list[int]) -> list[int]:
    """Run these tracks' filters over their recent reports; return those that learned something, or were lost."""
    if not track_ids:
        return []
    tracks = state.tracks
    rows = tracks.rows(track_ids)
    before = tracks.reports[rows]
    run(rows, tracks.id, tracks.settled(), tracks.now(), columns(state.recent), REPEAT_NS, noise(state))
    after, phase = tracks.reports[rows], tracks.phase[rows]
    grown = np.where(after >= state.settings.establish_reports, ESTABLISHED, TENTATIVE)
    tracks.phase[rows] = np.where(phase == ESTABLISHED, ESTABLISHED, grown)
    news = (after != before) | (phase == LOST)
    return [track_id for track_id, new in zip(track_ids, news.tolist(), strict=True) if new]


def columns(recent: npt.NDArray[np.void]) -> Reports:
    """Return the fields of the recent reports as the kernels take them."""
    track, t_ns, lat_e7, lon_e7, claim, z, r, assumed = (recent[name] for name in REPORT)
    return track, t_ns, lat_e7, lon_e7, claim, z, r, assumed


def noise(state: State) -> float:
    """Return the intensity of the acceleration noise, m^2/s^3."""
    sigma = state.settings.acceleration_sigma_mps2
    return sigma * sigma


def _settle(state: State, horizon_ns: int) -> None:
    """Fold the reports that are older than the lag into the settled states, and forget them."""
    recent, tracks = state.recent, state.tracks
    if not len(recent) or int(recent["t_ns"].min()) >= horizon_ns:
        return
    kept = np.zeros(len(recent), np.bool_)
    settle(tracks.id, tracks.settled(), columns(recent), horizon_ns, kept, REPEAT_NS, noise(state))
    state.recent = recent[kept]


def places(state: State, track_ids: list[int], at_ns: Ints | None = None) -> list[Place]:
    """Return where tracks are: at the time of their estimates, or each at its time in `at_ns` (k,)."""
    if not track_ids:
        return []
    tracks = state.tracks
    rows = tracks.rows(track_ids)
    times = tracks.t_ns[rows] if at_ns is None else at_ns
    out = np.empty((len(rows), 5))
    place(rows, times, tracks.now(), noise(state), out)
    return [
        Place(t_ns, round(lat_deg * 1e7), round(lon_deg * 1e7), sigma_m, east_mps, north_mps)
        for t_ns, (lat_deg, lon_deg, sigma_m, east_mps, north_mps) in zip(times.tolist(), out.tolist(), strict=True)
    ]


def tell(state: State, changed: list[int], where: list[Place]) -> list[TrackEstimated]:
    """Return the estimates worth telling: new tracks, new phases, and each moving track once an interval."""
    interval_ns = int(state.settings.told_interval_s * 1e9)
    tracks, told = state.tracks, []
    for track_id, row, at in zip(changed, tracks.rows(changed).tolist(), where, strict=True):
        told_ns = int(tracks.told_ns[row])
        if told_ns == 0 or at.t_ns - told_ns >= interval_ns or tracks.phase[row] != tracks.told_phase[row]:
            tracks.told_ns[row], tracks.told_phase[row] = at.t_ns, tracks.phase[row]
            told.append(_estimated(state, track_id, row, at))
    return told


def _estimated(state: State, track_id: int, row: int, at: Place) -> TrackEstimated:
    tracks, heights = state.tracks, state.heights[track_id]
    altitude, height = heights.altitude or heights.pressure_altitude, heights.height
    sigma_mm = heights.altitude_sigma_mm if heights.altitude is not None else heights.pressure_sigma_mm
    if altitude is None:
        sigma_mm = heights.height_sigma_mm
    return TrackEstimated(
        track_id=track_id,
        t_ns=at.t_ns,
        phase=phase_of(state, row),
        lat_e7=at.lat_e7,
        lon_e7=at.lon_e7,
        pos_sigma_mm=round(at.sigma_m * 1e3),
        pos_assumed=bool(tracks.assumed[row]),
        altitude=altitude,
        height=height,
        alt_sigma_mm=None if altitude is None and height is None else sigma_mm,
        vel_east_mmps=round(at.east_mps * 1e3),
        vel_north_mmps=round(at.north_mps * 1e3),
        reports=int(tracks.reports[row]),
        simulated=bool(tracks.simulated[row]),
        evidence=heights.evidence,
    )


def phase_of(state: State, row: int) -> Phase:
    """Return where a track stands on its ladder."""
    return PHASES[int(state.tracks.phase[row])]
