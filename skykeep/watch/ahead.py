"""What comes of it: entries into zones that are foreseen, approaches to protected sites, tracks that move together."""

from __future__ import annotations

import numpy as np

from skykeep.facts.concluded import Concluded, TrackLost
from skykeep.watch.foresee import foresee
from skykeep.watch.group import group
from skykeep.watch.guard import guard
from skykeep.watch.reports import Ints
from skykeep.watch.state import State


def look_ahead(state: State, moved: Ints, lost: list[TrackLost], now_ns: int, *, law_changed: bool) -> list[Concluded]:
    """Ask the stages that look ahead, for the rows that moved and those of tracks that were lost in this tick."""
    tracks, held, horizon_s = state.tracks, state.memories, state.settings.foresee_s
    rows = np.union1d(moved, tracks.rows([fact.track_id for fact in lost])) if lost else moved
    told: list[Concluded] = []
    told += foresee(held.foresight, tracks, rows, state.law, now_ns, horizon_s, at_once=law_changed, stood=state.stood)
    told += guard(held.guard, tracks, rows, state.sites, now_ns, horizon_s=horizon_s)
    told += group(held.groups, tracks, rows, now_ns)
    return told
