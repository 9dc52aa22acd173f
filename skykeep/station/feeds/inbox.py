"""Where frames wait between the feeds, each in a thread of its own, and the loop that takes them once a tick.

Bounded for each feed by itself, in frames and in bytes: one that floods cannot crowd out another. What does not fit is
refused and counted; a feed that can make its sender wait asks for `room` first. Nothing here is dropped uncounted.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Sequence

from skykeep.station.inputs import NO_TIME, Arrived

SENSORS_MAX = 4_096
OTHERS = "(others)"
"""Sensors beyond `SENSORS_MAX` are counted together under this name: names cost a sender nothing."""
BYTES_MAX = 64 << 20
_RATE_S = 10


@dataclasses.dataclass(slots=True)
class FeedCounts:
    """How one feed does; counts are since the station began."""

    name: str
    kind: str
    format: str
    frames: int = 0  # taken in
    bytes: int = 0
    waiting: int = 0  # for the next tick
    waiting_bytes: int = 0
    dropped: int = 0  # packets that the kernel threw away before they were read
    refused: int = 0  # frames that were read and did not fit
    turned_away: int = 0  # connections: without a key, or too many
    reconnects: int = 0
    connected: bool = False  # to the other side; of what listens: it listens
    ended: bool = False  # it played a recording to its end: nothing more is to come
    last_ns: int | None = None  # when a frame of it arrived last
    trouble: str = ""  # why it is not connected


@dataclasses.dataclass(slots=True)
class SensorCounts:
    """How one sensor is heard; `link.SensorStatus` is made of it."""

    sensor_id: str
    feed: str
    format: str
    keyed: bool = False
    frames: int = 0
    bytes: int = 0
    last_ns: int | None = None
    seconds: list[int] = dataclasses.field(default_factory=lambda: [0] * (_RATE_S + 1))
    second: int = 0

    def rate_hz(self, now_ns: int) -> float:
        """Return frames a second, over the last ten whole seconds."""
        self._turn(now_ns // 1_000_000_000)
        present = self.second % (_RATE_S + 1)
        return (sum(self.seconds) - self.seconds[present]) / _RATE_S

    def count(self, arrived: Arrived) -> None:
        """Count one frame."""
        self.frames += 1
        self.bytes += len(arrived.data)
        self.last_ns = arrived.t_arrival_ns
        self.keyed = arrived.keyed
        second = arrived.t_arrival_ns // 1_000_000_000
        if second != self.second:
            self._turn(second)
        self.seconds[second % (_RATE_S + 1)] += 1

    def _turn(self, second: int) -> None:
        passed = min(second - self.second, _RATE_S + 1)
        for ago in range(passed):
            self.seconds[(second - ago) % (_RATE_S + 1)] = 0
        self.second = max(second, self.second)


@dataclasses.dataclass(slots=True)
class _Share:
    """What one feed may have waiting, and has."""

    counts: FeedCounts
    frames_max: int
    bytes_max: int

    def room(self) -> int:
        if self.counts.waiting_bytes >= self.bytes_max:
            return 0
        return self.frames_max - self.counts.waiting


class Inbox:
    """Frames of all feeds in order of arrival. Any thread puts; the loop takes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[tuple[_Share, Arrived]] = deque()
        self._shares: dict[str, _Share] = {}
        self._sensors: dict[str, SensorCounts] = {}
        self._taken_ns = NO_TIME

    def open(
        self,
        feed: str,
        *,
        kind: str = "",
        format_name: str = "",
        frames_max: int = 65_536,
        bytes_max: int = BYTES_MAX,
    ) -> FeedCounts:
        """Give a feed its share, and return its counts; only after that may it put."""
        with self._lock:
            share = self._shares.setdefault(feed, _Share(FeedCounts(feed, kind, format_name), frames_max, bytes_max))
            return share.counts

    def put(self, feed: str, arrived: Arrived) -> bool:
        """Take in one frame; False where the feed's share is full: it is refused, and counted."""
        return self.put_all(feed, (arrived,)) == 1

    def put_all(self, feed: str, arrivals: Sequence[Arrived]) -> int:
        """Take in frames up to the feed's share, and return how many; the others are refused, and counted."""
        share = self._shares[feed]
        with self._lock:
            fit = max(0, min(share.room(), len(arrivals)))
            for arrived in arrivals[:fit]:
                self._waiting.append((share, arrived))
                self._count(share, arrived)
            share.counts.refused += len(arrivals) - fit
        return fit

    def _count(self, share: _Share, arrived: Arrived) -> None:
        counts, size = share.counts, len(arrived.data)
        counts.frames += 1
        counts.bytes += size
        counts.waiting += 1
        counts.waiting_bytes += size
        counts.last_ns = arrived.t_arrival_ns
        sensor = self._sensors.get(arrived.sensor_id)
        if sensor is None:
            name = arrived.sensor_id if len(self._sensors) < SENSORS_MAX else OTHERS
            sensor = self._sensors.setdefault(name, SensorCounts(name, counts.name, arrived.format))
        sensor.count(arrived)

    def room(self, feed: str) -> int:
        """Return how many frames of a feed still fit."""
        return self._shares[feed].room()

    def take(self, max_bytes: int, until_ns: int | None = None) -> list[Arrived]:
        """Return what waits, at most about `max_bytes` of it, in order of arrival; the rest waits on.

        Threads stamp and put without waiting for each other, so two frames can stand the wrong way round by
        microseconds: they are put right, and none is older than the last one taken before. With `until_ns` frames that
        arrived at or after it stay.
        """
        taken: list[Arrived] = []
        size = 0
        with self._lock:
            while self._waiting and size < max_bytes:
                share, arrived = self._waiting[0]
                if until_ns is not None and arrived.t_arrival_ns >= until_ns:
                    break
                self._waiting.popleft()
                share.counts.waiting -= 1
                share.counts.waiting_bytes -= len(arrived.data)
                size += len(arrived.data)
                taken.append(arrived)
        return self._ordered(taken)

    def _ordered(self, taken: list[Arrived]) -> list[Arrived]:
        taken.sort(key=lambda arrived: arrived.t_arrival_ns)
        for place, arrived in enumerate(taken):
            if arrived.t_arrival_ns >= self._taken_ns:
                break
            taken[place] = arrived._replace(t_arrival_ns=self._taken_ns)
        if taken:
            self._taken_ns = taken[-1].t_arrival_ns
        return taken

    def waiting(self) -> int:
        """Return how many frames wait."""
        return len(self._waiting)

    def dropped(self, feed: str, packets: int) -> None:
        """Count packets that the kernel threw away."""
        with self._lock:
            self._shares[feed].counts.dropped += packets

    def refused(self, feed: str, frames: int) -> None:
        """Count frames that their feed had read and could not put."""
        with self._lock:
            self._shares[feed].counts.refused += frames

    def feeds(self) -> list[FeedCounts]:
        """Return a copy of the counts of every feed, in the order in which they were opened."""
        with self._lock:
            return [dataclasses.replace(share.counts) for share in self._shares.values()]

    def sensors(self) -> list[SensorCounts]:
        """Return a copy of the counts of every sensor that was heard, in the order of their first frame."""
        with self._lock:
            return [dataclasses.replace(each, seconds=list(each.seconds)) for each in self._sensors.values()]
