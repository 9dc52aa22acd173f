"""Observations that a sensor hands over by HTTP: into its feed, and answered once they are in the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.observed import Unreadable
from skykeep.station import asked
from skykeep.station.commands import Asked, Prepared


class Taken(Protocol):
    """What a feed did with a push."""

    @property
    def taken(self) -> int: ...
    @property
    def again(self) -> bool: ...


class Feeds(Protocol):
    """Where a push goes."""

    def push(
        self, sensor_id: str, format_name: str, frames: list[bytes], keyed: bool, seq: int | None  # noqa: FBT001
    ) -> Taken: ...  # fmt: skip


class Pushing:
    """Does `sensor.push` for the station."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds

    def prepare(self, of: Asked, arguments: asked.Push) -> Prepared:
        """Hand frames to the feed; raises Refused where it may not be, Unavailable where there is no room."""
        sensor_id = of.subject("sensor")
        if not of.ask.data:
            raise Malformed(f"{of.ask.subject}: the push is empty; send what the sensor heard as the body")
        keyed = of.ask.person == f"sensor:{sensor_id}"
        taken = self._feeds.push(sensor_id, arguments.format, [of.ask.data], keyed, arguments.sequence)
        told = asked.Pushed(frames=0 if taken.again else taken.taken, facts=0, unreadable=0, again=taken.again)
        if taken.again:
            return Prepared(conclude=lambda _concluded: told)

        def conclude(facts: Sequence[object]) -> msgspec.Struct:
            heard = [fact for fact in facts if getattr(fact, "sensor_id", None) == sensor_id]
            unreadable = sum(isinstance(fact, Unreadable) for fact in heard)
            return msgspec.structs.replace(told, facts=len(heard), unreadable=unreadable)

        return Prepared(heard=True, conclude=conclude)
