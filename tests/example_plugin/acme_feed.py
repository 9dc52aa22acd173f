"""What an invented radar writes to a file, as a feed: each line, as soon as it is complete."""

from __future__ import annotations

import asyncio

from skykeep.errors import Refused, Unavailable
from skykeep.station.feeds import cutting
from skykeep.station.feeds.door import Door

CHUNK_BYTES = 65_536


class Tail:
    """Follows a file that only grows. `address` is the file, by the station's directory."""

    def __init__(self, door: Door) -> None:
        self._door = door
        if not door.config.address:
            raise Refused(f"feed {door.config.name}: address: name the file")

    async def run(self) -> None:
        """Hear until cancelled; raises Unavailable where the file is not there (yet): it is tried again."""
        try:
            file = self._door.home.at(self._door.config.address).open("rb")
        except OSError as error:
            raise Unavailable(f"{self._door.config.address}: {error.strerror}") from error
        cutter = cutting.of_stream(self._door.form)
        with file:
            self._door.connected()
            while True:
                if data := file.read(CHUNK_BYTES):
                    await self._door.take_in(cutter.feed(data))
                else:
                    await asyncio.sleep(self._door.config.period_s)
