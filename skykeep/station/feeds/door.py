"""The door through which a feed's frames come in: whose they are, whether that is proved, and whether there is room."""

from __future__ import annotations

import asyncio
import dataclasses
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from skykeep.facts.acted import Health
from skykeep.station.config import Home
from skykeep.station.feeds.config import FeedConfig
from skykeep.station.feeds.cutting import Piece
from skykeep.station.feeds.inbox import Inbox
from skykeep.station.feeds.wellbeing import Observation, Wellbeing
from skykeep.station.formats import FORMATS, Format, named
from skykeep.station.inputs import NO_TIME, Arrived
from skykeep.wire import reportline

Verify = Callable[[str], str | None]
FULL_PAUSE_S = 0.02
_NOTE_AGAIN_S = 60.0


class Who(NamedTuple):
    """Who sends on a connection; `keyed` where that is proved."""

    sensor_id: str = ""
    keyed: bool = False


NOBODY = Who()


@dataclasses.dataclass(slots=True)
class Outside:
    """What all feeds of a station share."""

    home: Home
    inbox: Inbox
    clock: Callable[[], int]  # Unix nanoseconds, of the station
    note: Callable[[str], None]  # a line for the log
    verify: Verify  # the sensor that a key belongs to; may read the disk
    wellbeing: Wellbeing
    chance: random.Random  # for pauses only
    owners: dict[str, str] = dataclasses.field(default_factory=dict)  # sensor -> the feed it is configured for
    proven: set[str] = dataclasses.field(default_factory=set)  # sensors that have a key: nobody else speaks for them


class Door:
    """What one feed knows of the station."""

    def __init__(self, config: FeedConfig, outside: Outside) -> None:
        self.config, self.outside = config, outside
        self.home = outside.home
        self.counts = outside.inbox.open(
            config.name,
            kind=config.kind,
            format_name=config.format,
            frames_max=config.buffer_frames,
            bytes_max=config.buffer_bytes,
        )
        self.bound: tuple[str, int] | None = None  # where it listens
        self._own = config.sensor_id or config.name
        self._noted: dict[str, float] = {}
        self._was_connected = False

    @property
    def form(self) -> Format:
        """The format of its frames; raises Refused for a feed that names none."""
        return named(self.config.format)

    # Frames

    def arrivals(self, pieces: Sequence[Piece], who: Who = NOBODY, format_name: str = "") -> list[Arrived]:
        """Return frames as they arrive now, and whose they are; one that names a sensor it may not name has a fault.

        `format_name` is for feeds whose frames are of several formats.
        """
        t_ns, own = self.outside.clock(), who.sensor_id or self._own
        name, invented = format_name or self.config.format, self.config.simulated
        sensor_of = FORMATS[name].sensor_of
        if sensor_of is None or _nameless(sensor_of, pieces):
            return [Arrived(t_ns, own, data, link, name, "", NO_TIME, who.keyed, invented) for data, link in pieces]
        arrivals = []
        for data, link in pieces:
            said = sensor_of(data)
            fault = "" if said in {None, own} else self._fault(str(said), who)
            sensor_id = own if fault or said is None else said
            arrivals.append(Arrived(t_ns, sensor_id, data, link, name, fault, NO_TIME, who.keyed, invented))
        return arrivals

    def _fault(self, said: str, who: Who) -> str:
        """Return why a frame may not speak for the sensor that it names; "" where it may. The name may be anybody's."""
        if who.keyed:
            return f"it names another sensor than the one that sent it and proved to be {who.sensor_id}"
        if self.config.sensors and said not in self.config.sensors:
            return f"it names a sensor that feed {self.config.name} is not configured for"
        if self.outside.owners.get(said, self.config.name) != self.config.name:
            return f"it names a sensor that is heard through feed {self.outside.owners[said]}"
        if said in self.outside.proven:
            return "it names a sensor that has a key, and did not prove to be that"
        return ""

    def put(self, arrivals: Sequence[Arrived]) -> int:
        """Take frames in as far as there is room; what does not fit is refused and counted."""
        return self.outside.inbox.put_all(self.config.name, arrivals)

    async def take_in(self, pieces: Sequence[Piece], who: Who = NOBODY) -> None:
        """Take frames in as they arrive now, waiting for room."""
        await self.take_all(self.arrivals(pieces, who))

    async def take_all(self, arrivals: Sequence[Arrived]) -> None:
        """Take frames in, waiting for room: who calls this does not read on meanwhile, so the sender has to wait."""
        try:
            while arrivals := self._fitted(arrivals):  # noqa: ASYNC110  # who makes room is in another thread
                await asyncio.sleep(FULL_PAUSE_S)
        finally:
            self.outside.inbox.refused(self.config.name, len(arrivals))  # where the feed is stopped meanwhile

    def _fitted(self, arrivals: Sequence[Arrived]) -> Sequence[Arrived]:
        """Put as many frames as there is room for; return the others."""
        room = max(0, self.outside.inbox.room(self.config.name))
        if room and arrivals:
            self.put(arrivals[:room])
        return arrivals[room:]

    def take_blocking(self, arrivals: Sequence[Arrived], stop: threading.Event) -> None:
        """The same for a thread of its own; gives up where it is told to stop."""
        while (arrivals := self._fitted(arrivals)) and not stop.wait(FULL_PAUSE_S):
            pass
        self.outside.inbox.refused(self.config.name, len(arrivals))

    async def known(self, key: str) -> Who | None:
        """Return who a key belongs to; None: nobody."""
        sensor_id = await asyncio.to_thread(self.outside.verify, key)
        return None if sensor_id is None else self.proved(sensor_id)

    def proved(self, sensor_id: str) -> Who:
        """Return who sends, once that is proved; from then on nobody else speaks for that sensor."""
        self.outside.proven.add(sensor_id)
        return Who(sensor_id, keyed=True)

    # What becomes of it

    def connected(self) -> None:
        """Say that the other side is there, or that it listens."""
        self.counts.reconnects += self._was_connected
        self._was_connected = self.counts.connected = True
        self.counts.trouble = ""
        self.outside.wellbeing.tell(Observation(Health.FEED, self.config.name, True, "", None, ""))

    def ended(self, why: str) -> None:
        """Say that nothing more is to come, and that nothing is wrong with that."""
        self.counts.connected, self.counts.ended = False, True
        self.note(why)

    def lost(self, why: str) -> None:
        """Say that the other side is not there."""
        self.counts.connected, self.counts.trouble = False, why
        name, where = self.config.name, self.config.address or self.config.kind
        unseen = f"nothing is heard through feed {name} ({where}): {why}"
        self.outside.wellbeing.tell(Observation(Health.FEED, name, False, unseen, None, ""))
        self.note(why)

    def turned_away(self, why: str) -> None:
        """Count a connection that was not taken."""
        self.counts.turned_away += 1
        self.note(f"turned away: {why}")

    def warn_of_open_keys(self, host: str, *, encrypted: bool) -> None:
        """Say once that keys can be read on their way, where that is so."""
        if not (encrypted or self.config.anonymous or host in {"127.0.0.1", "::1", "localhost"}):
            self.note("keys come over the network readable: give certificate_file and key_file")

    def note(self, text: str) -> None:
        """Write a line for the log; the same one at most once a minute."""
        now_s = time.monotonic()
        if now_s - self._noted.get(text, -_NOTE_AGAIN_S) >= _NOTE_AGAIN_S:
            if len(self._noted) > 100:  # noqa: PLR2004  # what senders can vary must not grow
                self._noted.clear()
            self._noted[text] = now_s
            self.outside.note(f"feed {self.config.name}: {text}")


def _nameless(sensor_of: Callable[[bytes], str | None], pieces: Sequence[Piece]) -> bool:
    """Say whether it is plain at a glance that no line names a sensor: reading each for that would cost most of all."""
    return sensor_of is reportline.sensor_of and not any(b'"sensor"' in data for data, _ in pieces)
