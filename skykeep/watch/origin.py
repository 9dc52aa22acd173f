"""Where the watch's metres are counted from: the place of the earliest report, whichever was delivered first.

Reports that come within the lag may come in any order, so for the first moments of a run the earliest may come late.
Then the origin moves there and everything is run again; nothing is settled yet, so it is as if it had come in time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skykeep.watch.align import POSITIONED, Positioned
from skykeep.watch.estimate import run_again
from skykeep.watch.frame import to_enu
from skykeep.watch.state import State


def choose(state: State, facts: Sequence[object], now_ns: int) -> None:
    """Set the origin before the reports of a tick are converted; it never moves once anything is settled."""
    if state.origin_e7 is not None and state.tracks.settled_t_ns.any():
        return
    horizon_ns = now_ns - int(state.settings.lag_s * 1e9)
    placed = [fact for fact in facts if isinstance(fact, POSITIONED) and fact.lat_e7 is not None]
    earliest = min((_key(fact) for fact in placed if fact.t_event_ns >= horizon_ns), default=None)
    if earliest is None or (state.origin_e7 is not None and (state.origin_t_ns, *state.origin_e7) <= earliest):
        return
    state.origin_t_ns, *_ = earliest
    state.origin_e7 = earliest[1:]
    _run_all_again(state)


def _key(fact: Positioned) -> tuple[int, int, int]:
    return fact.t_event_ns, fact.lat_e7 or 0, fact.lon_e7 or 0


def _run_all_again(state: State) -> None:
    """Convert the recent reports from the integers that they came as, and run every track over them."""
    recent = state.recent
    if state.origin_e7 is None or not len(recent):
        return
    geodetic = np.empty((len(recent), 3))
    geodetic[:, 0], geodetic[:, 1] = recent["lat_e7"] / 1e7, recent["lon_e7"] / 1e7
    geodetic[:, 2] = recent["hae_mm"] / 1e3
    recent["z"][:, :3] = to_enu(geodetic, state.origin_e7)
    run_again(state, [int(track_id) for track_id in state.tracks.id])
