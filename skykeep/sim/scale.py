"""Many drones at once, for measuring: nothing to look at, cheap to make.

Each drone flies a circle of its own within a square about the town, says once a second where it is and every third
time, in the same pack, who it is. One receiver hears all of them without loss, in order of time.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator

import msgspec

from skykeep.facts.observed import Heard
from skykeep.geo.altitude import Datum
from skykeep.geo.exact import atan2, sincos_deg
from skykeep.geo.frames import DEG_PER_RAD
from skykeep.sim.chance import Chance
from skykeep.sim.flight import Moment
from skykeep.sim.radio import SSID, Captured, OnAir, Says, Voice
from skykeep.sim.town import GROUND_HAE_M, Aircraft, place_e7

SENSOR = "sim-scale"
RADIOTAP = b"\x00\x00\x09\x00\x20\x00\x00\x00\xc4"  # -60 dBm
_SECOND_NS = 1_000_000_000


def frames(
    seed: int, start_ns: int, on_air: OnAir, *, drones: int, seconds: int, square_m: float = 20_000.0
) -> Iterator[Captured]:
    """Yield drones × seconds frames (link 127) in order of time."""
    flights = (_flight(seed, start_ns, on_air, number, seconds, square_m) for number in range(drones))
    return heapq.merge(*flights)


def serial(number: int) -> str:
    """Return the CTA-2063-A serial number of a drone; S1M0 is an invented manufacturer."""
    return f"S1M08{number:08d}"


def _flight(seed: int, start_ns: int, on_air: OnAir, number: int, seconds: int, square_m: float) -> Iterator[Captured]:
    chance = Chance(seed, f"drone {number}")
    mac = b"\x02S" + number.to_bytes(4, "big")
    voice = Voice(aircraft=Aircraft(serial(number), f"XSM{number:012d}0"), mac=mac, height=Datum.TAKEOFF)
    t_ns = start_ns + chance.below(_SECOND_NS)
    path = _circle(chance, seconds, square_m)
    first = next(path)
    says = Says(voice, first, chance)
    where, static = says.location(first, t_ns), says.static(t_ns)
    for second, now in enumerate([first, *path]):
        lat_e7, lon_e7 = place_e7(now.east_m, now.north_m)
        heading_mdeg = round(atan2(now.vel_east_mps, now.vel_north_mps) * DEG_PER_RAD) % 360 * 1000
        at_ns = t_ns + second * _SECOND_NS
        claimed_ds = at_ns // 100_000_000 % 36_000
        fact = msgspec.structs.replace(
            where, lat_e7=lat_e7, lon_e7=lon_e7, heading_mdeg=heading_mdeg, t_claimed_ds=claimed_ds
        )
        facts: list[Heard] = [fact, *static] if second % 3 == 0 else [fact]
        yield Captured(at_ns, SENSOR, RADIOTAP + on_air(mac, second % 256, facts, SSID))


def _circle(chance: Chance, seconds: int, square_m: float) -> Iterator[Moment]:
    """Yield a flight on a circle at a steady speed, second by second, by turning a vector a little each time."""
    east_m, north_m = chance.between(-0.5, 0.5) * square_m, chance.between(-0.5, 0.5) * square_m
    up_m = GROUND_HAE_M + chance.between(30.0, 120.0)
    radius_m, speed_mps = chance.between(100.0, 800.0), chance.between(4.0, 18.0)
    x, y = sincos_deg(chance.between(0.0, 360.0))
    turn_s, turn_c = sincos_deg(speed_mps / radius_m * DEG_PER_RAD)
    for _ in range(seconds):
        yield Moment(east_m + radius_m * x, north_m + radius_m * y, up_m, speed_mps * y, -speed_mps * x, 0.0)
        x, y = x * turn_c + y * turn_s, y * turn_c - x * turn_s
        size = math.sqrt(x * x + y * y)
        x, y = x / size, y / size
