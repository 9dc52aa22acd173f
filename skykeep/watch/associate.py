"""Second stage: which track each report belongs to; today one track for each transmitter and place."""

from __future__ import annotations

import numpy as np

from skykeep.watch.align import Aligned, Return
from skykeep.watch.frame import Floats, level_distance_m
from skykeep.watch.state import RECENT, Identity, State, Transmitter, append_rows

TWO_PLACES = "transmitter_in_two_places"


def associate(state: State, aligned: Aligned, now_ns: int) -> list[tuple[int, Return]]:
    """Return (track id, report) for each report, in order; begins tracks for those that fit none.

    A report fits a track of its own transmitter that could have flown there in the time between them. One that
    fits none begins a track of its own: one radio address in two places.
    """
    pairs = [(_track_for(state, heard, now_ns), heard) for heard in aligned.returns]
    if pairs:
        _remember(state, pairs)
    for transmitter in aligned.alive:
        _sign_of_life(state, transmitter, now_ns)
    return pairs


def _track_for(state: State, heard: Return, now_ns: int) -> int:
    transmitter = state.transmitters.setdefault(heard.transmitter, Transmitter([]))
    transmitter.heard_ns = now_ns
    best, best_m = 0, 0.0
    z = np.array(heard.z)
    for track_id in transmitter.tracks:
        distance_m, gate_m = reach(state, track_id, (heard.lat_e7, heard.lon_e7), z, heard.t_ns, heard.sigma_m)
        if distance_m <= gate_m and (best == 0 or distance_m < best_m):
            best, best_m = track_id, distance_m
    return best or _begin(state, transmitter, heard, now_ns)


def reach(
    state: State, track_id: int, at_e7: tuple[int, int], z: Floats, t_ns: int, sigma_m: float
) -> tuple[float, float]:
    """Return how far a place is from where a track is expected then, and how far it could be at most, in metres.

    The place is given twice: as lat_e7, lon_e7 and as metres `z` (3 or more,) in the watch's frame.
    """
    tracks = state.tracks
    row = tracks.row(track_id)
    dt_s = (t_ns - int(tracks.t_ns[row])) / 1e9
    distance_m = level_distance_m(at_e7[0] / 1e7, at_e7[1] / 1e7, tracks.x[row], dt_s, z)
    settings = state.settings
    speed_mps = settings.speed_max_manned_mps if tracks.manned[row] else settings.speed_max_mps
    return distance_m, settings.gate_m + 3.0 * (sigma_m + float(tracks.sigma_m[row])) + speed_mps * abs(dt_s)


def _begin(state: State, transmitter: Transmitter, heard: Return, now_ns: int) -> int:
    tracks = state.tracks
    append_rows(tracks, 1)
    track_id, row = state.next_track_id, len(tracks) - 1
    state.next_track_id += 1
    tracks.id[row] = track_id
    tracks.born_ns[row] = heard.t_ns
    tracks.heard_ns[row] = now_ns
    tracks.t_ns[row] = heard.t_ns
    tracks.x[row, 0:3] = heard.z[0:3]
    tracks.sigma_m[row] = heard.sigma_m
    tracks.manned[row] = heard.manned is True
    transmitter.tracks.append(track_id)
    state.identities[track_id] = Identity([heard.transmitter])
    return track_id


def _remember(state: State, pairs: list[tuple[int, Return]]) -> None:
    """Put the reports among the recent ones."""
    new = np.zeros(len(pairs), RECENT)
    for row, (track_id, heard) in enumerate(pairs):
        new[row] = (
            track_id, heard.t_ns, heard.lat_e7, heard.lon_e7, heard.claim, heard.z, heard.r, heard.assumed
        )  # fmt: skip
    state.recent = np.concatenate([state.recent, new])
    sort_recent(state)


def sort_recent(state: State) -> None:
    """Bring the recent reports into the order that delivery cannot change."""
    recent = state.recent
    z, r = recent["z"], recent["r"]
    rest = (recent["assumed"], *(r[:, i] for i in (3, 2, 0)), *(z[:, i] for i in (4, 3, 2, 1, 0)))
    named = (recent[name] for name in ("claim", "lon_e7", "lat_e7", "t_ns", "track"))
    state.recent = recent[np.lexsort((*rest, *named))]


def _sign_of_life(state: State, transmitter: str, now_ns: int) -> None:
    """Keep alive the track that this radio moved last; what it moved before that may be another radio's."""
    known = state.transmitters.get(transmitter)
    if known is None:
        return
    known.heard_ns = now_ns
    if known.tracks:
        tracks = state.tracks
        rows = [tracks.row(track_id) for track_id in known.tracks]
        tracks.heard_ns[max(rows, key=lambda row: (int(tracks.t_ns[row]), row))] = now_ns
