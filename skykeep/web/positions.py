"""Where one track was, as the record has it: one position a step, with where its operator said to be by then."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from skykeep.views.livechanges import Changes
from skykeep.views.livemodels import PilotNow, PositionNow
from skykeep.web.past import Sky

TICKS_MAX = 3_000
"""Of one page."""


class PastPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Where a track was."""

    seen_ns: int  # when that was concluded: the time of its tick
    entry_index: int
    position: PositionNow
    pilot: PilotNow | None  # where its operator said to be: self-declared, unverified


class Some(NamedTuple):
    """A page, and from when on the next one is; None: there is none."""

    items: list[PastPosition]
    next_ns: int | None


def of_track(  # which track, and the span
    record: Path, views: Path, track_id: int, *, start_ns: int, stop_ns: int, step_ns: int, limit: int
) -> Some:
    """Return positions of a track from `start_ns` to `stop_ns`, both included, the oldest first."""
    items: list[PastPosition] = []
    with Sky(record, views, start_ns - 1) as sky:
        began, due_ns = sky.folded, start_ns
        for changes in sky.forward(stop_ns):
            seen_ns = changes.at.now_ns
            if sky.folded - began > TICKS_MAX:
                return Some(items, seen_ns)
            if seen_ns < due_ns or not _moved(changes, track_id):
                continue
            if len(items) == limit:
                return Some(items, seen_ns)
            position, track = sky.live.tracks.positions.one(track_id), sky.live.tracks.live.get(track_id)
            if position is not None and track is not None:
                pilot = sky.live.pilot_of(track)
                at = changes.at.entry_index
                items.append(PastPosition(seen_ns=seen_ns, entry_index=at, position=position, pilot=pilot))
                due_ns = seen_ns + step_ns
    return Some(items, None)


def _moved(changes: Changes, track_id: int) -> bool:
    return any((block[:, 0] == track_id).any() for block in changes.moved)
