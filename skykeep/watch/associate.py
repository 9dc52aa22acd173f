"""Second stage: which track each report belongs to; today one track for each transmitter and place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from skykeep.geo.kernel import kernel
from skykeep.watch.align import Aligned, Return
from skykeep.watch.frame import Floats, level_distance_m
from skykeep.watch.kalman import Ints
from skykeep.watch.state import NO_ID, RECENT, Identity, State, Transmitter, append_rows, trim_rows

TWO_PLACES = "transmitter_in_two_places"


def associate(state: State, aligned: Aligned, now_ns: int) -> list[tuple[int, Return]]:
    """Return (track id, report) for each report, in order; begins tracks for those that fit none.

    A report fits a track of its own transmitter that could have flown there in the time between them. One that
    fits none begins a track of its own: one radio address in two places.
    """
    pairs = [(_track_for(state, heard, now_ns, len(aligned.returns)), heard) for heard in aligned.returns]
    trim_rows(state.tracks)
    if pairs:
        _remember(state, pairs)
    for transmitter in aligned.alive:
        _sign_of_life(state, transmitter, now_ns)
    return pairs


def _track_for(state: State, heard: Return, now_ns: int, room: int) -> int:
    transmitter = state.transmitters.setdefault(heard.transmitter, Transmitter([]))
    transmitter.heard_ns = now_ns
    at_e7 = heard.lat_e7, heard.lon_e7
    fit = _nearest(state, transmitter.tracks, at_e7, np.array(heard.z), heard.t_ns, heard.sigma_m)
    return fit or _begin(state, transmitter, heard, now_ns, room)


def _nearest(state: State, track_ids: list[int], at_e7: tuple[int, int], z: Floats, t_ns: int, sigma_m: float) -> int:
    """Return the track, of these, that is expected nearest to a place, of equals the oldest; 0 if none could be there.

    The place is given twice: as lat_e7, lon_e7 and as metres `z` (3 or more,) in the watch's frame.
    """
    if not track_ids:
        return 0
    tracks, settings = state.tracks, state.settings
    limits = (settings.gate_m, settings.speed_max_mps, settings.speed_max_manned_mps)
    rows = tracks.id.searchsorted(np.array(track_ids, np.int64))
    columns = (tracks.t_ns, tracks.x, tracks.sigma_m, tracks.manned)
    best = nearest(rows, columns, limits, at_e7[0] / 1e7, at_e7[1] / 1e7, z, t_ns, sigma_m)
    return 0 if best < 0 else track_ids[best]


def in_reach(state: State, track_id: int, at_e7: tuple[int, int], z: Floats, t_ns: int, sigma_m: float) -> bool:
    """Whether a track could be at a place then; arguments as in `_nearest`."""
    return _nearest(state, [track_id], at_e7, z, t_ns, sigma_m) != 0


@kernel
def nearest(
    rows: Ints,
    columns: tuple[Ints, Floats, Floats, Ints],  # of Tracks: t_ns, x, sigma_m, manned
    limits: tuple[float, float, float],  # gate (m), greatest speed unmanned and manned (m/s)
    lat_deg: float,
    lon_deg: float,
    z: Floats,
    t_ns: int,
    sigma_m: float,
) -> int:
    """Return the index in `rows` of the track expected nearest to a place, -1 if none could be there.

    A track could be anywhere within the gate, three times both spreads, and what it can fly in the time between.
    """
    best = -1
    best_m = 0.0
    for k in range(rows.shape[0]):
        row = int(rows[k])
        dt_s = (int(t_ns) - int(columns[0][row])) / 1e9
        away_m = level_distance_m(lat_deg, lon_deg, columns[1][row], dt_s, z)
        speed_mps = limits[2] if columns[3][row] != 0 else limits[1]
        gate_m = limits[0] + 3.0 * (float(sigma_m) + float(columns[2][row])) + speed_mps * abs(dt_s)
        if away_m <= gate_m and (best < 0 or away_m < best_m):
            best = k
            best_m = away_m
    return best


def _begin(state: State, transmitter: Transmitter, heard: Return, now_ns: int, room: int) -> int:
    """Begin a track; rows are made once a tick, with `room` for as many as it can need."""
    tracks = state.tracks
    row = tracks.row(NO_ID)
    if row == len(tracks):
        append_rows(tracks, room)
    track_id = state.next_track_id
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
    new, before = in_order(new), state.recent
    at = before["track"].searchsorted(new["track"], side="right")
    known = before[np.maximum(at - 1, 0)] if len(before) else new
    if ((known["track"] == new["track"]) & (known["t_ns"] >= new["t_ns"]) & (at > 0)).any():
        state.recent = in_order(np.concatenate([before, new]))
    else:  # each is the latest of its track: no need to sort all again
        state.recent = np.insert(before, at, new)


def in_order(recent: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Return reports in the order that delivery cannot change."""
    z, r = recent["z"], recent["r"]
    rest = (recent["assumed"], *(r[:, i] for i in (3, 2, 0)), *(z[:, i] for i in (4, 3, 2, 1, 0)))
    named = (recent[name] for name in ("claim", "lon_e7", "lat_e7", "t_ns", "track"))
    ordered: npt.NDArray[np.void] = recent[np.lexsort((*rest, *named))]
    return ordered


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
