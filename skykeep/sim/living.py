"""The invented town without end: flights come and go, permitted and not, spoofed, silent and official.

Same seed, same start: the same bytes second by second, on any machine. Four invented sensors hear it: two Remote ID
receivers, an ADS-B receiver and a radar. Its law, which holds all the while, is in `living_law`.

    survey, mapper, courier, delivery   permitted; the courier changes its radio address under way
    copy        gives the mapper's serial number 1.5 km away, and has no body: the radar sees nothing there
    hilltop     has a permit by height above ground, and tells its height above take-off alone
    silent      flies where somebody has a permit, and does not say who it is
    visitor     flies to the citadel without a permit, and says who it is
    dark        the same, and says nothing at all: the radar alone sees it
    guard       the town's police over the hospital, under a standing permit
    parkflyer   plays over the beach, where no rule is
    helicopter  manned, by ADS-B
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections import deque
from typing import NamedTuple

from skykeep.geo.altitude import Datum
from skykeep.geo.exact import atan2
from skykeep.geo.frames import DEG_PER_RAD
from skykeep.sim import cast, radio, town
from skykeep.sim.chance import Chance
from skykeep.sim.flight import Moment, Point, Route, at, fly, orbit
from skykeep.sim.radio import Captured, OnAir, Voice
from skykeep.sim.story import adsb
from skykeep.sim.town import Aircraft

GUARD = Aircraft("S1M08GUARD009", "XSMguard0000009x-s9m")
GUARDED, GUARDED_M = Point(1_300.0, -1_050.0, 95.0), 300
RADAR, RADAR_AT = "sim-radar", Point(town.HILL.east_m, town.HILL.north_m, 92.0)
RADAR_RANGE_M, RADAR_CLUTTER, RADAR_DETECTION = 7_000.0, 0.1, 0.92
RANGE_SIGMA_M, AZIMUTH_SIGMA_DEG, ELEVATION_SIGMA_DEG = 5.0, 0.15, 0.3
CLUTTER_M, CLUTTER_UP_M = 3_000.0, (30.0, 200.0)  # false plots lie as far from the citadel, and as high
REACH_M = 5_100.0

_SECOND_NS = 1_000_000_000
_EARTH_M = 6_371_000.0
_DOCUMENT_NS, _SCAN_NS = 20_000_000, 60_000_000  # how long after the second ADS-B and radar are told


class Heard(NamedTuple):
    """One frame of an invented sensor, and when it reaches the station."""

    t_ns: int
    sensor_id: str
    format: str
    link: int  # pcap link type, -1 for none
    data: bytes


class Plan(NamedTuple):
    """How often a flight is made, in whole seconds; `lasts_s` is shorter than `every_s`."""

    every_s: int
    first_s: int
    lasts_s: int
    body: bool = True


PLANS = {
    "survey": Plan(210, 0, 190),
    "parkflyer": Plan(190, 2, 170),
    "mapper": Plan(240, 5, 180),
    "visitor": Plan(300, 20, 150),
    "courier": Plan(220, 8, 145),
    "delivery": Plan(260, 30, 170),
    "guard": Plan(400, 60, 220),
    "hilltop": Plan(280, 45, 170),
    "helicopter": Plan(420, 75, 140),
    "silent": Plan(330, 110, 150),
    "dark": Plan(450, 200, 160),
    "copy": Plan(720, 260, 90, body=False),  # during every third flight of the mapper
}
"""The flights, with periods that differ: so it takes hours until the sky looks the same again."""


@dataclasses.dataclass(slots=True)
class _Flight:
    """One flight in the air, and what the receivers still have to hear of it."""

    name: str
    first_s: int
    lasts_s: int
    moments: list[Moment]
    body: bool
    frames: deque[Captured]

    def at(self, second: float) -> Moment | None:
        """Return where it is, `None` before and after its flight."""
        flown_s = second - self.first_s
        return at(self.moments, flown_s) if 0 <= flown_s <= self.lasts_s else None


class Living:
    """The town from `start_ns` on (Unix nanoseconds)."""

    def __init__(self, seed: int, start_ns: int, on_air: OnAir) -> None:
        self._seed, self._start_ns, self._on_air = seed, start_ns, on_air
        self._macs = [*cast.addresses(Chance(seed, "cast")), b"\x02SIM\xff\xfe"]
        self._flights: list[_Flight] = []
        self._second = 0

    def second(self) -> list[Heard]:
        """Return what is heard in the next second, in order of time."""
        number = self._second
        self._second += 1
        self._flights = [one for one in self._flights if number <= one.first_s + one.lasts_s + 1 or one.frames]
        for name, plan in PLANS.items():
            turn, since_s = divmod(number - plan.first_s, plan.every_s)
            if turn >= 0 and since_s == 0:
                self._flights.append(self._flight(name, plan, turn, number))
        end_ns = self._start_ns + (number + 1) * _SECOND_NS
        heard = [
            Heard(one.t_ns, one.sensor_id, "remote-id", radio.LINK_RADIOTAP, one.data) for one in self._due(end_ns)
        ]
        heard += [self._document(number), self._scan(number)]
        return sorted(heard)

    def _due(self, end_ns: int) -> list[Captured]:
        due = []
        for flight in self._flights:
            while flight.frames and flight.frames[0].t_ns < end_ns:
                due.append(flight.frames.popleft())
        return due

    def _flight(self, name: str, plan: Plan, turn: int, first_s: int) -> _Flight:
        chance = Chance(self._seed, f"{name} {turn}")
        route, voice = self._played(name, chance)
        moments = fly(route, float(plan.lasts_s))
        frames: list[Captured] = []
        if voice is not None:
            voice = dataclasses.replace(voice, later_s=first_s + cast.REKEYED_S)
            spoken = radio.speak(
                voice, moments, first_s=float(first_s), start_ns=self._start_ns, chance=chance, on_air=self._on_air
            )
            sent = list(spoken)
            for sensor_id, place in town.RECEIVERS.items():
                ear = Chance(self._seed, f"{sensor_id} {name} {turn}")
                frames += radio.listen(sensor_id, place, sent, ear, reach_m=REACH_M)
        return _Flight(name, first_s, plan.lasts_s, moments, plan.body, deque(sorted(frames)))

    def _played(self, name: str, chance: Chance) -> tuple[Route, Voice | None]:
        """Return the route of a flight, and how it speaks by Remote ID, where it does."""
        if name == "guard":
            return _patrol(chance), Voice(aircraft=GUARD, mac=self._macs[-1], height=Datum.AGL)
        if name == "dark":
            return _straight_in(chance), None
        part = cast.PLAYERS[name](chance, self._macs)
        return part.route, part.voice

    def _document(self, number: int) -> Heard:
        """Return what readsb serves each second: the aircraft that say where they are, none most of the time."""
        t_ns = self._start_ns + number * _SECOND_NS
        places = [one.at(number) for one in self._flights if one.name == "helicopter"]
        aircraft = [adsb(cast.HELICOPTER_HEX, 0.0, place) for place in places if place is not None]
        document = {"now": t_ns // 1_000_000 / 1e3, "messages": number + 1, "aircraft": aircraft}
        return Heard(t_ns + _DOCUMENT_NS, town.ADSB, "readsb", -1, json.dumps(document).encode())

    def _scan(self, number: int) -> Heard:
        """Return one look of the radar, as a plot line."""
        t_ns = self._start_ns + number * _SECOND_NS
        chance = Chance(self._seed, f"{RADAR} {number}")
        places = [one.at(number) for one in self._flights if one.body]
        plots = [_plot(place.east_m, place.north_m, place.up_m, chance) for place in places if place is not None]
        seen = [plot for plot in plots if chance.unit() < RADAR_DETECTION and plot["range_m"] < RADAR_RANGE_M]
        if chance.unit() < RADAR_CLUTTER:
            east_m, north_m = chance.between(-CLUTTER_M, CLUTTER_M), chance.between(-CLUTTER_M, CLUTTER_M)
            seen.append(_plot(east_m, north_m, chance.between(*CLUTTER_UP_M), chance))
        line = {"time": town.iso(t_ns), "sensor": RADAR, "modality": "radar", "simulated": True, "plots": seen}
        return Heard(t_ns + _SCAN_NS, RADAR, "plots", -1, json.dumps(line).encode())


def _plot(east_m: float, north_m: float, up_m: float, chance: Chance) -> dict[str, float]:
    """Return what the radar measures of a place: the earth curves away below its level plane."""
    east, north = east_m - RADAR_AT.east_m, north_m - RADAR_AT.north_m
    level_m2 = east * east + north * north
    up = up_m - RADAR_AT.up_m - level_m2 / (2.0 * _EARTH_M)
    range_m = math.sqrt(level_m2 + up * up) + RANGE_SIGMA_M * chance.normal()
    azimuth_deg = atan2(east, north) * DEG_PER_RAD + AZIMUTH_SIGMA_DEG * chance.normal()
    elevation_deg = atan2(up, math.sqrt(level_m2)) * DEG_PER_RAD + ELEVATION_SIGMA_DEG * chance.normal()
    return {
        "range_m": round(max(range_m, 1.0), 2),
        "azimuth_deg": round(azimuth_deg % 360.0, 4),
        "elevation_deg": round(min(max(elevation_deg, -90.0), 90.0), 4),
    }


def _patrol(chance: Chance) -> Route:
    """Return the police's rounds over the hospital."""
    middle = GUARDED._replace(up_m=95.0 + chance.between(-5.0, 5.0))
    rounds = orbit(middle, radius_m=GUARDED_M / 2.0, laps=3, from_deg=chance.between(0.0, 359.0))
    return Route(rounds, cruise_mps=12.0, corner_mps=12.0, capture_m=15.0, rolling=True)


def _straight_in(chance: Chance) -> Route:
    """Return the way of one that comes from the north and goes for the citadel, low."""
    points = (Point(chance.between(100.0, 300.0), 1_650.0, 75.0), Point(chance.between(-60.0, 60.0), 40.0, 85.0))
    return Route(points, cruise_mps=13.0, rolling=True)
