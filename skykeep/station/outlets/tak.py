"""Tracks to one TAK server: at once when something changes, again every interval, and once more when it is over."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from skykeep.errors import Refused
from skykeep.facts.acted import Health
from skykeep.facts.concluded import Verdict
from skykeep.station.config import Home
from skykeep.station.outlets import marking
from skykeep.station.outlets.config import CotConfig
from skykeep.station.outlets.cotlink import USUAL, CotLink, Pace
from skykeep.station.outlets.sky import Change, Flight, Sky
from skykeep.wire import cot

INTERVAL_MIN_S = 0.2
STOP_S = 2.0
AT_ONCE = 50  # tracks told again before others get their turn


class Tak:
    """What one receiver is told; `take` never waits."""

    def __init__(
        self,
        config: CotConfig,
        home: Home,
        sky: Sky,
        observe: Callable[[Health, str, bool, str], None],
        *,
        pace: Pace = USUAL,
    ) -> None:
        check(config)
        self.config, self.sky = config, sky
        self.link = CotLink(config, home, observe, pace)
        self._told: dict[int, tuple[str, list[cot.Event]]] = {}  # track -> verdict and events that were told of it last
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin, on this loop."""
        self._tasks = [loop.create_task(self.link.run()), loop.create_task(self._again())]

    async def stop(self) -> None:
        """Say of all tracks that they are no longer told, as far as that is possible at once, and close."""
        for track_id in list(self._told):
            self._end(track_id)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.link.flush(), STOP_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def take(self, change: Change) -> None:
        """Tell what changed: new tracks, other verdicts, and what is over."""
        for gone in change.ended:
            self._end(gone.track_id)
        changed = (self.sky.flights.get(track_id) for track_id in dict.fromkeys((*change.judged, *change.moved)))
        for flight in (each for each in changed if each is not None):
            if not marking.leaves(flight, self.config):
                self._end(flight.track_id)
            elif flight.track_id not in self._told or self._told[flight.track_id][0] != _said(flight):
                self._tell(flight)

    async def _again(self) -> None:
        while True:
            await asyncio.sleep(max(INTERVAL_MIN_S, self.config.interval_s))
            now_ns = time.time_ns()
            for number, track_id in enumerate(list(self._told)):
                if number % AT_ONCE == AT_ONCE - 1:
                    await asyncio.sleep(0)  # others want the loop too
                flight = self.sky.flights.get(track_id)
                estimate = None if flight is None else flight.estimate
                if flight is not None and estimate is not None and estimate.t_ns + cot.STALE_NS > now_ns:
                    self._tell(flight)

    def _tell(self, flight: Flight) -> None:
        now_ns = time.time_ns()
        events = [marking.event(self.sky, flight, now_ns)]
        events += [marking.pilot(self.sky, flight, now_ns)] if self.config.pilots else []
        told = [each for each in events if each is not None]
        self._told[flight.track_id] = _said(flight), told
        for event in told:
            self.link.put(event.uid, cot.encode(event))

    def _end(self, track_id: int) -> None:
        _, told = self._told.pop(track_id, ("", []))
        for event in told:
            over = marking.over(event, time.time_ns())
            self.link.put(over.uid, cot.encode(over), final=True)


def _said(flight: Flight) -> str:
    told = flight.verdict
    return "" if told is None else f"{told.verdict.value} {told.clause} {told.zone_id} {marking.kind(flight).value}"


def check(config: CotConfig) -> None:
    """Raise Refused where the table names a verdict that there is not."""
    known = [each.value for each in Verdict]
    if wrong := [each for each in config.verdicts if each not in known]:
        raise Refused(f"[[cot]] {config.name}: verdict {wrong[0]!r}; there are {', '.join(known)}")
