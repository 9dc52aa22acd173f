"""An invented town in real time: what its sensors hear comes in as if it were live, and is marked as invented."""

from __future__ import annotations

import asyncio
import time

from skykeep.errors import Refused
from skykeep.sim.living import Heard, Living
from skykeep.station.feeds.door import Door
from skykeep.station.inputs import NO_TIME, Arrived
from skykeep.wire.remote_id_air import on_air

_GRAIN_S = 0.05
_SECOND_NS = 1_000_000_000


class Simulator:
    """Plays `sim.living` from the moment it begins; a restart begins the same day anew."""

    def __init__(self, door: Door) -> None:
        self._door, config = door, door.config
        if config.speed != 1.0:
            raise Refused(f"feed {config.name}: the simulator's flights move as fast as they say: leave speed out")

    async def run(self) -> None:
        """Hear the town until cancelled."""
        self._door.connected()
        begun_s, start_ns = time.monotonic(), self._door.outside.clock()
        town = Living(self._door.config.seed, start_ns, on_air)
        second = 0
        while True:
            heard = await asyncio.to_thread(town.second)
            await self._play(heard, begun_s, start_ns)
            second += 1
            await asyncio.sleep(max(0.0, begun_s + second - time.monotonic()))

    async def _play(self, heard: list[Heard], begun_s: float, start_ns: int) -> None:
        for one in heard:
            due_s = begun_s + (one.t_ns - start_ns) / _SECOND_NS
            if due_s - time.monotonic() > _GRAIN_S:
                await asyncio.sleep(due_s - time.monotonic())
            now_ns = self._door.outside.clock()
            self._door.put(
                [
                    Arrived(
                        now_ns, one.sensor_id, one.data, one.link, one.format, "", NO_TIME, keyed=False, simulated=True
                    )
                ]
            )
