"""All feeds of a running station: started, kept up, counted, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NamedTuple

import msgspec

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.station import formats, mappings
from skykeep.station.config import Home
from skykeep.station.feeds.backoff import Backoff
from skykeep.station.feeds.config import FeedConfig
from skykeep.station.feeds.door import Door, Outside, Verify
from skykeep.station.feeds.inbox import FeedCounts, Inbox, SensorCounts
from skykeep.station.feeds.kinds import Feed, maker
from skykeep.station.feeds.pushed import Push, Pushed
from skykeep.station.feeds.wellbeing import Losses, Observation, Wellbeing
from skykeep.station.formats import named

_LOOK_S = 1.0
_STOP_S = 10.0
_FORMATLESS = ("simulator", "replay", "push")  # each frame, or file, says what it is


class FeedsStatus(NamedTuple):
    """How all feeds and the sensors behind them do."""

    feeds: list[FeedCounts]
    sensors: list[SensorCounts]


def _no_keys(_key: str) -> str | None:
    return None


class Feeds:
    """The feeds of one station. Made on any thread, which may ask for status and observations at any time.

    `verify` says which sensor a key belongs to; `keyed` names the sensors that have a key, for which nobody else may
    speak. Raises Refused where a feed is configured in a way that makes no sense.
    """

    def __init__(  # what a station is made of
        self,
        configs: Iterable[FeedConfig],
        home: Home,
        inbox: Inbox,
        clock: Callable[[], int],
        note: Callable[[str], None],
        *,
        verify: Verify = _no_keys,
        keyed: Iterable[str] = (),
    ) -> None:
        configs = [_described(config, home) for config in configs]
        _require_sound(configs)
        for fault in formats.faults():
            note(fault)
        self._inbox, self._wellbeing = inbox, Wellbeing()
        self._outside = Outside(home, inbox, clock, note, verify, self._wellbeing, random.Random())  # noqa: S311  # pauses
        self._outside.proven.update(keyed)
        for config in configs:
            self._outside.owners |= dict.fromkeys([*config.sensors, config.sensor_id or config.name], config.name)
        self._doors = {config.name: Door(config, self._outside) for config in configs}
        self._feeds: dict[str, Feed] = {name: maker(door.config)(door) for name, door in self._doors.items()}
        self._losses = Losses(self._wellbeing)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to hear; returns at once, feeds come up by themselves."""
        begun = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(begun,), name="feeds", daemon=True)
        self._thread.start()
        begun.wait()

    def stop(self) -> None:
        """Stop hearing; what waits in the inbox stays there."""
        thread, loop, main = self._thread, self._loop, self._main
        if thread is None or loop is None or main is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(main.cancel)
        thread.join(_STOP_S)
        self._thread = None

    def status(self) -> FeedsStatus:
        """Return counts, copied."""
        return FeedsStatus(self._inbox.feeds(), self._inbox.sensors())

    def observations(self) -> list[Observation]:
        """Return what changed in the feeds' health since it was asked last."""
        return self._wellbeing.take()

    def bound(self, name: str) -> tuple[str, int] | None:
        """Return where a feed listens, where it does."""
        return self._doors[name].bound

    def push(  # what a push says
        self,
        sensor_id: str,
        format_name: str,
        frames: list[bytes],
        keyed: bool,  # noqa: FBT001  # whether the web has seen the sensor's key
        seq: int | None,
        link: int = -1,
    ) -> Pushed:
        """Take in frames that a sensor handed over; see `pushed.Push.push`. Raises Refused, Unavailable."""
        pushes = [feed for feed in self._feeds.values() if isinstance(feed, Push)]
        if not pushes:
            raise Refused('nobody may push: configure a feed of kind "push"')
        fitting = [feed for feed in pushes if feed.format_name in {"", format_name}]
        return (fitting or pushes)[0].push(sensor_id, format_name, frames, keyed=keyed, seq=seq, link=link)

    # On the feeds' own thread

    def _run(self, begun: threading.Event) -> None:
        try:
            with contextlib.suppress(asyncio.CancelledError), asyncio.Runner(loop_factory=_new_loop()) as runner:
                runner.run(self._all(begun))
        except Exception as error:  # noqa: BLE001  # whatever it is: a station that has gone deaf must say so
            for door in self._doors.values():
                door.lost(f"all feeds have ended, restart the station: {type(error).__name__}: {error}")
        finally:
            begun.set()

    async def _all(self, begun: threading.Event) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        begun.set()
        jobs: list[Coroutine[Any, Any, None]] = [self._keep_up(name) for name in self._feeds]
        tasks = [asyncio.create_task(job) for job in (self._look(), *jobs)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                if not task.cancelling():  # twice would cut off what it does to end in order
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            self._losses.look(self._inbox.feeds(), time.monotonic())
            await asyncio.sleep(_LOOK_S)

    async def _keep_up(self, name: str) -> None:
        """Run a feed for ever; after each failure a pause that grows."""
        door = self._doors[name]
        backoff = Backoff(door.config.backoff_max_s, self._outside.chance)
        while True:
            begun_s, frames = time.monotonic(), door.counts.frames
            try:
                await self._feeds[name].run()
                door.counts.connected = False
                return
            except Refused as error:
                door.lost(f"{error}; it is not tried again")
                return
            except (Unavailable, Malformed, OSError) as error:
                door.lost(str(error) or type(error).__name__)
            except Exception as error:  # noqa: BLE001  # a feed of another package may raise anything: the others go on
                door.lost(f"it failed: {type(error).__name__}: {error}")
            if door.counts.frames > frames:
                backoff.held(time.monotonic() - begun_s)
            await asyncio.sleep(backoff.pause_s())


def _new_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


def _described(config: FeedConfig, home: Home) -> FeedConfig:
    """Return a feed whose lines a mapping file describes as one of the format that this makes."""
    if (config.format == mappings.FORMAT) != bool(config.mapping):
        raise Refused(f'feed {config.name}: format = "mapped" and mapping = "FILE" go together; one of them is missing')
    if not config.mapping:
        return config
    try:
        return msgspec.structs.replace(config, format=mappings.load(home.at(config.mapping)).name)
    except Refused as error:
        raise Refused(f"feed {config.name}: {error}") from error


def _require_sound(configs: list[FeedConfig]) -> None:
    """Refuse two feeds of one name, and formats that do not exist."""
    names: set[str] = set()
    for config in configs:
        if config.name in names:
            raise Refused(f"feed {config.name!r} is configured twice; give each a name of its own")
        names.add(config.name)
        if config.format or config.kind not in _FORMATLESS:
            try:
                named(config.format)
            except Refused as error:
                raise Refused(f"feed {config.name}: {error}") from error
