"""Observations that a sensor hands over by HTTP: into its feed, and answered once they are in the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.concluded import LateIgnored
from skykeep.facts.observed import Heard, Unreadable
from skykeep.station import asked
from skykeep.station.commands import Asked, Prepared

AGAIN = asked.Pushed(frames=0, facts=0, unreadable=0, again=True)
"""What is answered to a push whose number came before: that was taken, and nothing is done now."""


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


def _untimely(fact: LateIgnored) -> str:
    seconds = f"{abs(fact.late_ns) / 1e9:.1f} s"
    if fact.late_ns > 0:
        return f"its time is {seconds} before the station's, too long ago to be used: send what is heard at once"
    return f"its time is {seconds} ahead of the station's, too far to be used: set the sensor's clock right"


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
        if taken.again:
            return Prepared(conclude=lambda _concluded: AGAIN)
        told = asked.Pushed(frames=taken.taken, facts=0, unreadable=0, again=False)

        def conclude(facts: Sequence[object]) -> msgspec.Struct:
            heard = [fact for fact in facts if isinstance(fact, Heard) and fact.sensor_id == sensor_id]
            late = [fact for fact in facts if isinstance(fact, LateIgnored) and fact.sensor_id == sensor_id]
            reasons = [fact.reason for fact in heard if isinstance(fact, Unreadable)]
            first = next(iter([*reasons, *map(_untimely, late)]), "")
            return msgspec.structs.replace(told, facts=len(heard), unreadable=len(reasons), late=len(late), why=first)

        return Prepared(heard=True, conclude=conclude)
