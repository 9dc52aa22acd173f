"""The watch is warmed before it watches: every kernel is loaded, or compiled where that was never done here.

A kernel is compiled at its first call, which takes seconds; compiled code is kept on disk, and loading it takes a
moment. So before the first tick an invented minute goes through a watch of its own, which is thrown away.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from skykeep.errors import Unavailable
from skykeep.facts.codec import Fact
from skykeep.facts.enacted import LawDeclared
from skykeep.facts.personal import KeyedNames
from skykeep.sim import living_law
from skykeep.sim.living import Living
from skykeep.station import hours, sensorfile, zonefiles
from skykeep.station.inputs import Arrived
from skykeep.station.settings import Settings
from skykeep.station.ticks import Gatherer
from skykeep.watch.snapshot import from_bytes, to_bytes
from skykeep.watch.state import State
from skykeep.watch.step import Tick, next_due_ns, step
from skykeep.wire.remote_id_air import on_air

START_NS = 1_780_000_000_000_000_000
SECONDS = 8
COLD_S = 12.0
_TICK_NS = 100_000_000


def warm(note: Callable[[str], None], seconds: int = SECONDS, *, ended: Callable[[], bool] = lambda: False) -> float:
    """Go through an invented minute; returns how long it took in seconds, and says so where it was long.

    Raises Unavailable where the process was told to end meanwhile.
    """
    began_s = time.monotonic()
    settings = Settings(law_complete=True)
    gatherer = Gatherer(settings, KeyedNames(b"warm"), frozenset())
    state = State(settings.watch)
    town = Living(1, START_NS, on_air)
    arrivals = [
        Arrived(heard.t_ns, heard.sensor_id, heard.data, heard.link, heard.format, simulated=True)
        for _ in range(seconds)
        for heard in town.second()
    ]
    arrivals.sort()
    facts, told, at = _law(), False, 0
    for number in range(seconds * 10):
        now_ns = START_NS + (number + 1) * _TICK_NS
        here = [arrived for arrived in arrivals[at:] if arrived.t_arrival_ns < now_ns]
        at += len(here)
        gathered = gatherer.gather(now_ns, here, facts)
        facts = []
        state, _ = step(state, Tick(number + 1, now_ns, gathered.facts))
        next_due_ns(state)
        if ended():
            raise Unavailable("told to end before the watch was ready; it goes on with that at the next start")
        if not told and time.monotonic() - began_s > COLD_S:
            told = True
            note("the watch is compiled for this machine, which takes a minute or two, once; it watches after that")
    from_bytes(to_bytes(state))
    return time.monotonic() - began_s


def _law() -> list[Fact]:
    """Return the invented town's law and sensors."""
    found = zonefiles.read_data(living_law.zones(), "zones.json").found
    zones = hours.publish_all(found.zones, from_ns=START_NS - 86_400 * 10**9, until_ns=START_NS + 86_400 * 10**9)
    with tempfile.TemporaryDirectory(prefix="skykeep-warm-") as directory:
        file = Path(directory) / "sensors.toml"
        file.write_bytes(living_law.sensors())
        sensors = sensorfile.load(file)
    return [LawDeclared(complete=True, t_ns=START_NS), *zones, *sensors]
