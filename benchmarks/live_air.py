"""Prepared wire bytes for load: drones on closed circles, each sending its five Open Drone ID messages in one pack.

A round lasts `ROUND_S` and ends where it began, so it can be sent again and again. Times inside the messages are
"unknown": a round that is sent twice must not look like a recording that is played again.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from skykeep.facts.observed import Heard
from skykeep.geo.altitude import Datum
from skykeep.sim.chance import Chance
from skykeep.sim.flight import Moment
from skykeep.sim.radio import SSID, Says, Voice
from skykeep.sim.scale import RADIOTAP, serial
from skykeep.sim.town import GROUND_HAE_M, Aircraft, place_e7
from skykeep.wire.remote_id_air import on_air

ROUND_S = 60
LINK = 127
FACTS_PER_FRAME = 5
START_NS = 1_780_000_000_000_000_000


class Sent(NamedTuple):
    """One frame, and when in the round it is sent."""

    at_s: float
    data: bytes


def prepared(drones: int, hz: int, seed: int = 7) -> list[Sent]:
    """Return one round: drones × `ROUND_S` × hz frames (link 127) in order of time."""
    frames = [sent for number in range(drones) for sent in _drone(Chance(seed, f"load {number}"), number, hz)]
    return sorted(frames)


def _drone(chance: Chance, number: int, hz: int) -> Iterator[Sent]:
    voice = Voice(
        aircraft=Aircraft(serial(number), f"XSM{number:012d}0"), mac=b"\x02L" + number.to_bytes(4, "big"),
        height=Datum.TAKEOFF,
    )  # fmt: skip
    middle = chance.between(-9_000.0, 9_000.0), chance.between(-9_000.0, 9_000.0)
    radius_m, phase, ahead_s = chance.between(50.0, 170.0), chance.between(0.0, math.tau), chance.between(0.0, 1.0 / hz)
    speed_mps = math.tau * radius_m / ROUND_S
    first = Moment(middle[0], middle[1], GROUND_HAE_M + chance.between(30.0, 120.0), speed_mps, 0.0, 0.0)
    says = Says(voice, first, chance)
    where, static = says.location(first, START_NS), says.static(START_NS)
    for step in range(ROUND_S * hz):
        angle = phase + math.tau * step / (ROUND_S * hz)
        lat_e7, lon_e7 = place_e7(middle[0] + radius_m * math.sin(angle), middle[1] + radius_m * math.cos(angle))
        heading_mdeg = round(math.degrees(math.atan2(math.cos(angle), -math.sin(angle)))) % 360 * 1000
        fact = msgspec.structs.replace(
            where, lat_e7=lat_e7, lon_e7=lon_e7, heading_mdeg=heading_mdeg, t_claimed_ds=None
        )
        facts: list[Heard] = [fact, *static]
        yield Sent(ahead_s + step / hz, RADIOTAP + on_air(voice.mac, step % 256, facts[:FACTS_PER_FRAME], SSID))


def kept(path: Path, drones: int, hz: int) -> list[Sent]:
    """Return a round, made once and kept in a file."""
    if not path.exists():
        with path.open("wb") as file:
            for sent in prepared(drones, hz):
                file.write(struct.pack("<dI", sent.at_s, len(sent.data)) + sent.data)
    data, at, frames = path.read_bytes(), 0, []
    while at < len(data):
        at_s, size = struct.unpack_from("<dI", data, at)
        frames.append(Sent(at_s, data[at + 12 : at + 12 + size]))
        at += 12 + size
    return frames
