"""Everything that leaves a running station by itself, behind one door.

`take` is called with each durable tick, on the station's loop, and never waits: it folds the tick and puts what is to
be sent in line. Tracks supersede each other, so a line that is full loses the oldest estimate; what people must be told
waits on disk. What does not get out is told to `observe`, once, and once more when it gets out again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from skykeep.errors import Malformed
from skykeep.facts.acted import Health
from skykeep.station.config import Config, Home
from skykeep.station.link import Ticked
from skykeep.station.outlets.notifying import Notifying
from skykeep.station.outlets.sky import Change, Sky
from skykeep.station.outlets.tak import Tak

Observe = Callable[[Health, str, bool, str], None]
"""(what, subject, well, what is now not being seen): called on the loop, whenever that changes."""
Note = Callable[[str], None]
"""Takes down a line for whoever runs the station."""


class Outlets:
    """What is configured to leave the station: Cursor on Target, notifications."""

    def __init__(self, config: Config, home: Home, note: Note, observe: Observe) -> None:
        self._config, self._home = config, home
        self._note, self._observe = note, observe
        self.sky = Sky(pilots=any(each.pilots for each in config.cot))
        self._taks = [Tak(each, home, self.sky, observe) for each in config.cot]
        self._notifying = Notifying(config, home, self.sky, note, observe)
        self._recalled: Change | None = None

    def recall(self, told: Iterable[object]) -> None:
        """Take in what stands as the record is gone on with: law, and how alarms and incidents are; before `start`.

        People are told of what they were not told of yet; no track leaves because of it.
        """
        self._recalled = self.sky.recall(told)

    def start(self, loop: asyncio.AbstractEventLoop, record_id: str = "") -> None:
        """Begin to send, on this loop; `record_id` where no `Began` among the ticks will tell it."""
        self.sky.record_id = self.sky.record_id or record_id
        for tak in self._taks:
            tak.start(loop)
        if self._notifying.active:
            self._notifying.start(loop, self.sky.record_id)
            if self._recalled is not None:
                self._notifying.take(self._recalled)
        self._recalled = None

    def take(self, ticked: Ticked, *, recorded: bool = True) -> None:
        """Take in one tick; called on the loop, never waits. Where nothing is to leave it costs nothing.

        `recorded`: it is durable; what leaves of one that is not says so.
        """
        if not (self._taks or self._notifying.active):
            return
        self.sky.recorded = recorded
        try:
            change = self.sky.take(ticked)
        except Malformed as error:
            self._note(f"outlets: tick {ticked.tick} cannot be read, nothing of it leaves: {error}")
            self._observe(Health.OUTLET, "", False, "a tick could not be read: other systems did not get it")
            return
        for tak in self._taks:
            tak.take(change)
        if self._notifying.active:
            self._notifying.take(change)

    async def stop(self) -> None:
        """Send what can be sent within a few seconds, close all connections; awaited on the loop."""
        stopping = [tak.stop() for tak in self._taks]
        stopping += [self._notifying.stop()] if self._notifying.active else []
        await asyncio.gather(*stopping)
