"""The past as frames of the live stream's rows: a snapshot, then what changed, step by step, within bounds.

event        "snapshot" first, then "frame"
data         as in the live stream; `now_ms` is the moment that it shows, `station` reads "replay", and `last_ms` is
             when the record last said anything by then
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from skykeep.web.past import Sky
from skykeep.web.streamframes import Frames, Parts

FRAMES_MAX = 600
BYTES_MAX = 8 << 20
TICKS_MAX = 3_000
"""Of one answer, each, but that any answer goes on by a step at least: its `next_ms` says where."""
REPLAY = "replay"
MS = 1_000_000
_encoder = msgspec.json.Encoder()


class PastFrame(msgspec.Struct, frozen=True, kw_only=True):
    """One frame; `data` as docs/reference/live-stream.md lists it."""

    event: str
    data: dict[str, Any]


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What was shown from one moment to another."""

    from_ms: int
    until_ms: int  # of the last frame
    step_ms: int
    next_ms: int | None  # where to go on; None: all that was asked for is here
    frames: list[PastFrame]


def replayed(  # the span, its step, and who looks
    record: Path, views: Path, *, from_ms: int, until_ms: int, step_ms: int, named: bool
) -> bytes:
    """Return a `Replayed` as JSON. `named`: with serials masked and colleagues by name, else with pseudonyms.

    Raises Unavailable where the views cannot be read, Refused where there is no record.
    """
    with Sky(record, views, from_ms * MS) as sky:
        began, made = sky.folded, Frames(sky, sky.names)
        frames, t_ms = [_frame("snapshot", from_ms, sky, made.whole(from_ms * MS), named=named)], from_ms
        made.next(from_ms * MS)  # what it would tell is in the snapshot
        size, full = len(frames[0]), False
        while t_ms < until_ms and not full:
            t_ms = min(t_ms + step_ms, until_ms)
            for changes in sky.forward(t_ms * MS):
                made.took(changes)
            made.due(t_ms * MS)
            frames.append(_frame("frame", t_ms, sky, made.next(t_ms * MS), named=named))
            size += len(frames[-1])
            full = len(frames) > FRAMES_MAX or size >= BYTES_MAX or sky.folded - began >= TICKS_MAX
    head = {"from_ms": from_ms, "until_ms": t_ms, "step_ms": step_ms, "next_ms": t_ms if t_ms < until_ms else None}
    return _encoder.encode(head)[:-1] + b',"frames":[' + b",".join(frames) + b"]}"


def _frame(event: str, t_ms: int, sky: Sky, parts: Parts, *, named: bool) -> bytes:
    stands = {"now_ms": t_ms, "recorded": True, "station": REPLAY, "last_ms": sky.live.at.now_ns // MS}
    data = stands | parts.law | parts.watch | (parts.named if named else parts.bare)
    return _encoder.encode({"event": event, "data": data})
