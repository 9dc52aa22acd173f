"""Three minutes over an invented town, as the files that its receivers and its authority would leave behind.

Same seed, same start: same bytes, on any machine. Every frame, zone, permit and name in it says that it is simulated.
"""

from __future__ import annotations

import dataclasses
import json
import math
from typing import NamedTuple

from skykeep.geo.exact import atan2
from skykeep.geo.frames import DEG_PER_RAD
from skykeep.sim import cast, radio, town
from skykeep.sim.cast import Part, Role
from skykeep.sim.chance import Chance
from skykeep.sim.flight import Moment, at, fly
from skykeep.sim.radio import Captured, OnAir, Sent

_REACH_M = {"sim-north": 5200.0, "sim-south": 5000.0}
PERMIT_OF = {
    town.SURVEY: "survey", town.MAPPING: "mapper", town.DELIVERY: "delivery", town.HILLTOP: "hilltop",
    town.COURIER: "courier",
}  # fmt: skip


class Caption(NamedTuple):
    """What happens at a moment, in words for a newcomer."""

    t_ns: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Story:
    """The story as files, and what is true in it."""

    seed: int
    start_ns: int
    end_ns: int
    files: dict[str, bytes]  # by file name: two captures, one stream of aircraft
    formats: dict[str, str]  # how each file is read, by file name
    sensor_of: dict[str, str]  # which sensor heard it, by file name
    zones: bytes  # ED-269
    permits: bytes
    captions: tuple[Caption, ...]
    cast: tuple[Role, ...]

    @property
    def sensors(self) -> frozenset[str]:
        """The sensor ids, all of them simulated."""
        return frozenset(self.sensor_of.values())


def story(seed: int, start_ns: int, on_air: OnAir) -> Story:
    """Return the story that begins at `start_ns`; `on_air` is `wire.remote_id_air.on_air`."""
    parts = cast.parts(seed)
    flown = [(part, fly(part.route, part.last_s - part.first_s)) for part in parts]
    captures = _captures(seed, start_ns, flown, on_air)
    files = {f"{sensor_id}.pcap": radio.pcap(frames) for sensor_id, frames in captures.items()}
    files["sim-adsb.jsonl"] = b"".join(
        _aircraft_lines(seed, start_ns, part, moments) for part, moments in flown if part.voice is None
    )
    fleet = {permit_id: cast.FLEET[name] for permit_id, name in PERMIT_OF.items()}
    return Story(
        seed=seed,
        start_ns=start_ns,
        end_ns=start_ns + _ns(cast.STORY_S),
        files=files,
        formats={name: "readsb" if name.endswith(".jsonl") else "remote-id" for name in files},
        sensor_of={name: name.partition(".")[0] for name in files},
        zones=town.zones(start_ns + _ns(cast.PARADE_S)),
        permits=town.permits(start_ns, start_ns + _ns(cast.REVOKED_S), fleet),
        captions=_captions(start_ns, parts),
        cast=tuple(part.role for part in parts),
    )


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


def _captures(
    seed: int, start_ns: int, flown: list[tuple[Part, list[Moment]]], on_air: OnAir
) -> dict[str, list[Captured]]:
    sent: list[Sent] = []
    for part, moments in flown:
        if part.voice is not None:
            chance = Chance(seed, f"voice of {part.role.name}")
            sent += radio.speak(
                part.voice, moments, first_s=part.first_s, start_ns=start_ns, chance=chance, on_air=on_air
            )
    sent.sort()
    return {
        sensor_id: radio.listen(sensor_id, place, sent, Chance(seed, f"ear {sensor_id}"), reach_m=_REACH_M[sensor_id])
        for sensor_id, place in town.RECEIVERS.items()
    }


def _aircraft_lines(seed: int, start_ns: int, part: Part, moments: list[Moment]) -> bytes:
    """Return readsb documents, one a second, of an aircraft that says by ADS-B where it is."""
    chance = Chance(seed, f"voice of {part.role.name}")
    lines = []
    for second in range(int(part.last_s - part.first_s)):
        seen_s = chance.below(4) / 10.0
        t_ns = start_ns + _ns(part.first_s + second) + chance.below(20) * 1_000_000
        aircraft = adsb(part.role.transmitters[0], seen_s, at(moments, second - seen_s))
        document = {"now": t_ns // 1_000_000 / 1e3, "messages": 1, "aircraft": [aircraft]}
        lines.append(json.dumps(document).encode() + b"\n")
    return b"".join(lines)


def adsb(address: str, seen_s: float, now: Moment) -> dict[str, object]:
    """Return an aircraft as readsb lists it, `seen_s` before the document."""
    lat_e7, lon_e7 = town.place_e7(now.east_m, now.north_m)
    speed_mps = math.sqrt(now.vel_east_mps * now.vel_east_mps + now.vel_north_mps * now.vel_north_mps)
    feet = round(now.up_m / 0.3048 / 25.0) * 25
    return {
        "hex": address,
        "type": "adsb_other",
        "flight": "SIMRESQ ",
        "category": "A7",
        "alt_baro": feet - 50,
        "alt_geom": feet,
        "gs": round(speed_mps * 3600.0 / 1852.0 * 10.0) / 10.0,
        "track": round(atan2(now.vel_east_mps, now.vel_north_mps) * DEG_PER_RAD * 10.0) % 3600 / 10.0,
        "lat": lat_e7 / 1e7,
        "lon": lon_e7 / 1e7,
        "nac_p": 9,
        "gva": 2,
        "seen_pos": seen_s,
    }


def _captions(start_ns: int, parts: tuple[Part, ...]) -> tuple[Caption, ...]:
    told = [Caption(start_ns + _ns(part.first_s), f"{part.role.name}: {part.role.what}") for part in parts]
    told += [
        Caption(start_ns + _ns(seconds), text)
        for seconds, text in (
            (cast.COPIED_S, "a second sender gives the mapper's serial number, 1.5 km away"),
            (cast.REKEYED_S, "the courier changes its radio address and stays one track"),
            (cast.REVOKED_S, "the delivery's permit is taken back"),
            (cast.PARADE_S, "the ban over the parade, announced before, is in force from now on"),
            (cast.LANDED_S, "the courier has landed and falls silent"),
        )
    ]
    return tuple(sorted(told))
