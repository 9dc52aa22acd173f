"""Frames that somebody hands over, as the API does for those who push: taken whole or not at all, and only once."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from skykeep.errors import Refused, Unavailable
from skykeep.station.feeds import cutting
from skykeep.station.feeds.door import Door, Who
from skykeep.station.formats import Format, known, named, sniffed

SEQUENCES_MAX = 1_024
"""So many of a sensor's numbers are remembered, the latest; one that comes again after more than that is new."""
SENSORS_MAX = 4_096


class Pushed(NamedTuple):
    """What became of a push."""

    taken: int  # frames
    again: bool  # this number was taken before: nothing was done now


def number_used(seq: int) -> str:
    """Return why a push is refused whose number came before with something else."""
    return (
        f"number {seq} of this sensor was used before, for other observations; "
        "give each push a number of its own, also after the sensor began anew"
    )


class Push:
    """Any format, by name or content, or the configured one; without a key only where the feed is anonymous."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.format_name = door.config.format  # "": any
        self._lock = threading.Lock()
        self._known: OrderedDict[str, OrderedDict[int, tuple[bytes, int]]] = OrderedDict()

    async def run(self) -> None:
        """Wait until cancelled: frames come by `push`."""
        self._door.connected()
        await asyncio.Event().wait()

    def push(  # what a push says
        self, sensor_id: str, format_name: str, frames: Sequence[bytes], *, keyed: bool, seq: int | None, link: int = -1
    ) -> Pushed:
        """Take frames of a sensor in, on any thread; the same `seq` of a sensor is taken once, however often it comes.

        Raises Refused for what may not be, Unavailable where there is no room: nothing was taken then, come again.
        """
        form = self._format(format_name, frames)
        if not keyed and not self._door.config.anonymous:
            raise Refused(f"feed {self._door.config.name} hears nobody without a key: push with one")
        if not keyed and sensor_id in self._door.outside.proven:
            raise Refused(f"sensor {sensor_id} has a key: push with it")
        if any(len(frame) > cutting.FRAME_MAX for frame in frames):
            raise Refused(f"a frame is longer than {cutting.FRAME_MAX} bytes")
        digest = hashlib.sha256(b"".join(len(frame).to_bytes(4) + frame for frame in frames)).digest()
        with self._lock:
            known = self._known.get(sensor_id)
            before = None if seq is None or known is None else known.get(seq)
            if before is not None and seq is not None:
                return self._again(before, digest, seq)
            taken = self._take(Who(sensor_id, keyed), form, frames, link)
            if seq is not None:
                self._remember(sensor_id, seq, (digest, taken))
            return Pushed(taken, again=False)

    def _format(self, format_name: str, frames: Sequence[bytes]) -> Format:
        ours = self._door.config.format
        if ours and format_name not in {"", ours}:
            raise Refused(f"feed {self._door.config.name} takes format {ours}, not {format_name!r}")
        if format_name or ours:
            return named(format_name or ours)
        found = sniffed(frames[0]) if frames else None
        if found is None:
            raise Refused(f"what was pushed begins like no format; name it, format=NAME: one of {', '.join(known())}")
        return found

    @staticmethod
    def _again(before: tuple[bytes, int], digest: bytes, seq: int) -> Pushed:
        if before[0] != digest:
            raise Refused(number_used(seq))
        return Pushed(before[1], again=True)

    def _take(self, who: Who, form: Format, frames: Sequence[bytes], link: int) -> int:
        pieces = [piece for frame in frames for piece in cutting.of_message(form, frame, link)]
        arrivals = self._door.arrivals(pieces, who, form.name)
        inbox, name = self._door.outside.inbox, self._door.config.name
        if len(arrivals) > self._door.config.buffer_frames:
            most = self._door.config.buffer_frames
            raise Refused(f"{len(arrivals)} frames in one push, and at most {most} can be; send fewer at a time")
        if inbox.room(name) < len(arrivals):
            raise Unavailable(f"feed {name} is full: push the same once more in a second")
        return self._door.put(arrivals)

    def _remember(self, sensor_id: str, seq: int, done: tuple[bytes, int]) -> None:
        known = self._known.setdefault(sensor_id, OrderedDict())
        self._known.move_to_end(sensor_id)
        known[seq] = done
        if len(known) > SEQUENCES_MAX:
            known.popitem(last=False)
        if len(self._known) > SENSORS_MAX:
            self._known.popitem(last=False)
