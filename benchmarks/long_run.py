"""A day of a city through the watch, hour by hour, to see whether anything grows.

    python -m benchmarks.long_run [--hours 24] [--json] [--quick]

Ten minutes of traffic, twenty in which no sensor says anything, and so on: with new drones, radios and serial numbers
each time, so that what is remembered of the past would pile up. Two drones and 5 false reports a scan at a time; two
radars and Remote ID (the reference scenario, L2); every fourth time two direction finders besides, a radar that is off,
reports that come late, birds and Remote ID that lies (L3). Half of the city is a zone that forbids flight, and one site
in it is protected: there are verdicts, silences, alarms and foresight to remember. An officer acknowledges what sounds
after half a minute, and closes it when it is over.

Facts are made as they are needed and thrown away. Each hour: bytes of the watch's state as it is saved, without the
tables that fill up to a fixed size (`flags.heard`, the claims in which a replay would be found, and the latest closed
incidents), resident memory of the process after a collection, blocks that Python itself has allocated, rows of the
track table, and how many things each table of the state holds, those within those counted too (`tables`; of one of a
fixed size only its own). A table grows when its least in the last third of the day is more than twice its greatest in
the first (and a hundred more), one of a fixed size when it is larger than that: that is told under `growing`.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks import zone_world
from benchmarks.watching import TICK_NS
from skykeep.facts.acted import IncidentActed, IncidentDeed
from skykeep.facts.alarms import OPEN, WAITING
from skykeep.facts.codec import Fact
from skykeep.facts.concluded import AlarmChanged, Concluded, IncidentMoved
from skykeep.facts.enacted import Circle, LawDeclared, Rule, SensorDeclared, SiteProtected, Volume, ZoneEnacted
from skykeep.facts.observed import BasicIdHeard, Heard, LocationHeard
from skykeep.rules.deeds import closing_fault
from skykeep.sim.scenario import make
from skykeep.sim.scenario_facts import EPOCH_NS, heard
from skykeep.sim.scenario_place import city_to_geodetic
from skykeep.views.alarmkpi import alarm_score
from skykeep.watch.flagmemory import HEARD_MOST
from skykeep.watch.incidentmemory import CLOSED_MAX
from skykeep.watch.settings import WatchSettings
from skykeep.watch.snapshot import to_bytes
from skykeep.watch.state import State
from skykeep.watch.step import Tick, next_due_ns, step

PART_S = 600
LEVELS = ("L2", None, None, "L3", None, None, "L2", None, None, "L2", None, None)  # part after part; None: nothing
DRONES, CLUTTER, LIFE_S = 2, 5.0, 120.0
FULL = {"flags.heard": 16 * HEARD_MOST, "incidents.closed": CLOSED_MAX}  # tables of a fixed size, which a day fills
OFFICER_NS = 30_000_000_000  # how long it takes the officer to answer
HOUR_NS = 3_600_000_000_000
ZONE_RADIUS_MM, SITE_RADIUS_MM = 4_000_000, 300_000  # half of 10 km by 10 km


def main() -> None:
    parser = argparse.ArgumentParser(description="A day through the watch: does anything grow?")
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    parser.add_argument("--quick", action="store_true", help="half an hour")
    options = parser.parse_args()
    found = measured(0.5 if options.quick else options.hours, aloud=True)
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


class Officer:
    """Acknowledges what sounds half a minute later, and closes it when it is over, as people are meant to."""

    def __init__(self) -> None:
        self.told: list[AlarmChanged | IncidentMoved] = []
        self._alarms: dict[int, str] = {}
        self._open: dict[int, IncidentMoved] = {}
        self._heard_ns: dict[int, int] = {}

    def hear(self, told: Sequence[Concluded]) -> None:
        """Take in what a tick concluded."""
        for fact in told:
            if isinstance(fact, AlarmChanged):
                self._alarms[fact.alarm_id] = fact.state
                self.told.append(fact)
            elif isinstance(fact, IncidentMoved):
                self._open[fact.incident_id] = fact
                self._heard_ns.setdefault(fact.incident_id, fact.t_ns)
                self.told.append(fact)

    def acts(self, now_ns: int) -> list[IncidentActed]:
        """Return what is done now."""
        done = []
        for number, incident in list(self._open.items()):
            states = [self._alarms[alarm_id] for alarm_id in incident.alarm_ids]
            waits = incident.alarm_state in WAITING or not WAITING.isdisjoint(states)
            if incident.state != OPEN:
                del self._open[number]
            elif waits and now_ns - self._heard_ns[number] >= OFFICER_NS:
                done.append(self._deed(number, IncidentDeed.ACK, now_ns))
            elif not waits and not closing_fault(number, states):
                done.append(self._deed(number, IncidentDeed.CLOSE, now_ns))
        return done

    @staticmethod
    def _deed(number: int, deed: IncidentDeed, now_ns: int) -> IncidentActed:
        return IncidentActed(
            incident_id=number, deed=deed, other_id=None, track_id=None, to_person=None, words="", person="officer",
            t_ns=now_ns,
        )  # fmt: skip


def measured(
    hours: float,
    every_hours: float = 1.0,
    levels: Sequence[str | None] = LEVELS,
    *,
    aloud: bool = False,
    zone_radius_mm: int = ZONE_RADIUS_MM,
) -> dict[str, Any]:
    """Return what was there each hour, the greatest in the first sixth of the time and in the rest, and the alarms."""
    state, number, next_ns = State(WatchSettings()), 0, EPOCH_NS
    rows: list[dict[str, Any]] = []
    officer = Officer()
    conclusions, began_s = 0, time.process_time()
    for now_ns, facts in ticks(hours, levels, zone_radius_mm):
        while (due_ns := next_due_ns(state)) <= now_ns - TICK_NS:
            number += 1
            state, told = step(state, Tick(number, -(-due_ns // TICK_NS) * TICK_NS, ()))
            officer.hear(told)
            conclusions += len(told)
        number += 1
        state, told = step(state, Tick(number, now_ns, [*facts, *officer.acts(now_ns)]))
        officer.hear(told)
        conclusions += len(told)
        if now_ns >= next_ns:
            rows.append(looked(state, (now_ns - EPOCH_NS) / HOUR_NS))
            if aloud:
                print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
            next_ns += round(every_hours * HOUR_NS)
    rows.append(looked(state, hours))
    early = [row for row in rows if 0 < row["hour"] <= max(hours / 6, rows[1]["hour"])]
    late = [row for row in rows if row["hour"] > early[-1]["hour"]] or early
    scalars = [name for name in rows[0] if name != "tables"]
    return {
        "hours": hours,
        "ticks": number,
        "conclusions": conclusions,
        "cpu_s": round(time.process_time() - began_s, 1),
        "early_max": {name: max(row[name] for row in early) for name in scalars},
        "late_max": {name: max(row[name] for row in late) for name in scalars},
        "growing": growing(rows),
        "alarms": msgspec.to_builtins(alarm_score(officer.told, EPOCH_NS, EPOCH_NS + round(hours * HOUR_NS))),
        "by_hour": rows,
    }


def looked(state: State, hour: float) -> dict[str, Any]:
    """Return how much is held now."""
    gc.collect()
    return {
        "hour": round(hour, 2),
        "state_bytes": len(to_bytes(state)) - full_bytes(state),
        "tracks": len(state.tracks),
        "python_blocks": sys.getallocatedblocks(),
        "resident_mb": round(resident_mb(), 1),
        "tables": tables(state),
    }


def full_bytes(state: State) -> int:
    """Return the bytes of the tables of a fixed size, in the state as it is saved."""
    memories = state.memories
    return len(memories.flags.heard) + len(msgspec.msgpack.encode(memories.incidents.closed))


def tables(state: State) -> dict[str, int]:
    """Return how much each table of the state holds; what was enacted is not counted, since nothing new is enacted."""
    parts = {name: getattr(state, name) for name in _fields(state) if name not in {"settings", "enacted", "law"}}
    memories = parts.pop("memories")
    for memory in _fields(memories):
        inner = getattr(memories, memory)
        parts |= {f"{memory}.{name}": getattr(inner, name) for name in _fields(inner)}
    held = {name: len(part) if name in FULL else counted(part) for name, part in parts.items()}
    return {name: count for name, count in held.items() if count}


def counted(held: object) -> int:
    """Return how many entries of tables, lists and arrays (rows), and bytes, there are in something, however deep."""
    if isinstance(held, dict):
        return len(held) + sum(counted(each) for each in held.values())
    if isinstance(held, list | tuple | set | frozenset):
        return len(held) + sum(counted(each) for each in held)
    if isinstance(held, bytes | bytearray):
        return len(held)
    if isinstance(held, np.ndarray):
        return len(held) if held.ndim else 0
    return sum(counted(getattr(held, name)) for name in _fields(held))


def _fields(held: object) -> list[str]:
    if isinstance(held, msgspec.Struct):
        return list(held.__struct_fields__)
    if dataclasses.is_dataclass(held):
        return [field.name for field in dataclasses.fields(held)]
    return []


def growing(rows: list[dict[str, Any]]) -> list[str]:
    """Name the tables whose least in the last third is far above their greatest in the first (without the start)."""
    third = len(rows) // 3
    if third < 2:
        return []
    first, last = rows[1 : third + 1], rows[-third:]
    names = sorted({name for row in rows for name in row["tables"]} - FULL.keys())
    over = [name for name, most in FULL.items() if rows[-1]["tables"].get(name, 0) > most]
    return over + [
        name
        for name in names
        if min(row["tables"].get(name, 0) for row in last) > 2 * max(row["tables"].get(name, 0) for row in first) + 100
    ]


def resident_mb() -> float:
    """Return the resident memory now, or the greatest so far where the system does not tell the present one."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text("ascii").split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def ticks(
    hours: float, levels: Sequence[str | None], zone_radius_mm: int = ZONE_RADIUS_MM
) -> Iterator[tuple[int, list[Fact]]]:
    """Yield the ticks of part after part, each with radios and names of its own, and the end of the last.

    Sensors and law are enacted once.
    """
    parts = max(1, round(hours * 3600 / PART_S))
    yield EPOCH_NS, enacted(zone_radius_mm)
    last_ns = EPOCH_NS
    for part in range(parts):
        later_ns = part * PART_S * 1_000_000_000
        level = levels[part % len(levels)]
        if level is None:
            continue
        scenario = make(n=DRONES, level=level, seed=part, duration_s=PART_S - 1.0, clutter=CLUTTER, mean_life_s=LIFE_S)
        for tick in heard(scenario):
            facts = [moved(fact, later_ns, part) for fact in tick.facts if not isinstance(fact, SensorDeclared)]
            now_ns = tick.now_ns + later_ns
            if facts and now_ns > last_ns:
                last_ns = now_ns
                yield now_ns, facts
    yield EPOCH_NS + parts * PART_S * 1_000_000_000, []  # so that a silence at the end is waited out as any other is


def enacted(zone_radius_mm: int) -> list[Fact]:
    """Return the sensors of all levels, a zone round the middle of the city that forbids flight, and a site in it."""
    sensors = next(iter(heard(make(n=DRONES, level="L3", seed=0, duration_s=2.0, clutter=CLUTTER)))).facts
    lat_deg, lon_deg, _ = city_to_geodetic(np.array([[5000.0, 5000.0, 0.0]]))[0]
    lat_e7, lon_e7 = round(lat_deg * 1e7), round(lon_deg * 1e7)
    outline = Circle(lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=zone_radius_mm)
    zone: ZoneEnacted = msgspec.structs.replace(
        zone_world.facts(zone_world.made(100))[0],
        zone_id="MIDDLE",
        rule=Rule.PROHIBITED,
        volumes=(Volume(outline=outline, floor=None, ceiling=None),),
        effective_from_ns=None,
        applicability=None,
    )
    site = SiteProtected(
        site_id="site", version=1, name="site", lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=SITE_RADIUS_MM,
        from_ns=EPOCH_NS, until_ns=None,
    )  # fmt: skip
    return [*sensors, LawDeclared(complete=True, t_ns=EPOCH_NS), zone, site]


def moved(fact: Any, later_ns: int, part: int) -> Any:  # noqa: ANN401  # facts of several kinds
    """Return a fact at a later time, of another radio and with another name."""
    if not isinstance(fact, Heard):
        return fact
    changed: dict[str, Any] = {"t_event_ns": fact.t_event_ns + later_ns, "t_arrival_ns": fact.t_arrival_ns + later_ns}
    if fact.transmitter:
        changed["transmitter"] = f"{fact.transmitter}/{part}"
    if isinstance(fact, LocationHeard) and fact.t_claimed_ds is not None:  # or each part would be a recording
        changed["t_claimed_ds"] = (fact.t_claimed_ds + later_ns // 100_000_000) % 36_000
    if isinstance(fact, BasicIdHeard) and fact.uas_id is not None:
        changed["uas_id"] = f"{fact.uas_id}/{part}"
    return msgspec.structs.replace(fact, **changed)


if __name__ == "__main__":
    main()
