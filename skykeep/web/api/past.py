"""/api/v1/replay and /api/v1/tracks/{id}/positions: what was shown, and where a track was, as the record has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, TypeVar

from litestar import Controller, Request, Response, get
from litestar.params import QueryParameter

from skykeep.errors import Unavailable
from skykeep.views.livemodels import TrackNow
from skykeep.web import positions
from skykeep.web.admitting import caller_of
from skykeep.web.api.stream import sees_names
from skykeep.web.masked import shown_pilot
from skykeep.web.paging import PAGE, Cursor, Index, Limit, Moment, key_of, next_link
from skykeep.web.positions import PastPosition
from skykeep.web.problems import Failed, not_there
from skykeep.web.replaying import Replayed, replayed
from skykeep.web.site import site_of

ASKS = Request[Any, Any, Any]
SPAN_MS = 60_000
"""What is shown where no end is named."""
STEP_MS = 1_000
WAITING_MAX = 8
MS = 1_000_000
MomentMs = Annotated[int, QueryParameter(ge=0, le=(1 << 63) // MS - 1, description="Unix milliseconds.")]
UntilMs = Annotated[int | None, QueryParameter(ge=0, le=(1 << 63) // MS - 1, description="Unix milliseconds.")]
StepMs = Annotated[int, QueryParameter(ge=100, le=60_000, description="From one frame, or position, to the next.")]
Found = TypeVar("Found")


class Folding:
    """One thread for all who ask for the past, beside the live sky and never before it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="past")
        self.waiting = 0

    async def fold(self, fold: Callable[[], Found]) -> Found:
        """Do it; Unavailable where too many wait."""
        if self.waiting >= WAITING_MAX:
            raise Unavailable(f"{WAITING_MAX} others wait for the past already; ask again in a moment")
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, fold)
        finally:
            self.waiting -= 1


folding = Folding()
"""The one thread of this process."""


class Past(Controller):
    """The past."""

    tags = ("past",)

    @get("/replay", opt={"action": "track.read"})
    async def replay_sky(
        self, request: ASKS, from_ms: MomentMs, until_ms: UntilMs = None, step_ms: StepMs = STEP_MS
    ) -> Response[Replayed]:
        """Read what was shown from one moment to another, as frames of the live stream's rows.

        An answer holds as much as it may; `next_ms` says where to go on, with a snapshot again. It ends at the present.
        """
        site, named = site_of(request), sees_names(caller_of(request))
        until_ms = from_ms + SPAN_MS if until_ms is None else until_ms
        if until_ms < from_ms:
            raise Failed("malformed", "until_ms lies before from_ms", "Name a moment at or after from_ms.")
        present_ms = site.now_ns // MS
        if from_ms > present_ms:
            raise Failed("malformed", f"from_ms lies after the present, {present_ms}", "Follow /stream instead.")

        def fold() -> bytes:
            return replayed(
                site.home.record, site.home.views,
                from_ms=from_ms, until_ms=min(until_ms, present_ms), step_ms=step_ms, named=named,
            )  # fmt: skip

        return Response(await folding.fold(fold), media_type="application/json")  # type: ignore[arg-type]  # as JSON

    @get("/tracks/{track_id:int}/positions", opt={"action": "track.read"})
    async def list_positions(  # one for each thing that is asked
        self,
        request: ASKS,
        track_id: Index,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        from_ns: Moment = None,
        until_ns: Moment = None,
        step_ms: StepMs = STEP_MS,
    ) -> Response[list[PastPosition]]:
        """List where a track was, the oldest first: one position a step, and where its operator said to be.

        A page may be empty and lead on, where the record says nothing of the track for long.
        """
        site = site_of(request)
        track = site.seen.track(track_id)
        if track is None:
            raise not_there(f"track {track_id}")
        start_ns, stop_ns = _span(track, from_ns, until_ns, site.now_ns)
        if cursor is not None:
            start_ns = max(start_ns, key_of(cursor)[0])

        def fold() -> positions.Some:
            return positions.of_track(
                site.home.record, site.home.views, track_id,
                start_ns=start_ns, stop_ns=stop_ns, step_ns=step_ms * MS, limit=limit,
            )  # fmt: skip

        found = await folding.fold(fold)
        items = [shown_pilot(request, track_id, each) for each in found.items]
        return Response(items, headers={} if found.next_ns is None else next_link(request, (found.next_ns, "")))


def _span(track: TrackNow, from_ns: int | None, until_ns: int | None, now_ns: int) -> tuple[int, int]:
    """Return the part of the span that is asked for in which there was such a track."""
    over_ns = now_ns if track.live else track.t_ns
    return max(from_ns or 0, track.began_ns), min(over_ns if until_ns is None else until_ns, over_ns)
