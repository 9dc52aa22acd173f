"""What invented aircraft broadcast, and which of it each invented receiver hears.

Remote ID as it is met in the field: some send everything as one pack, others one message after the other; some know
their accuracy and some do not; heights stand on the datum that the maker chose; a receiver hears less the farther
away it is, and stamps what it hears with a clock of its own.
"""

from __future__ import annotations

import dataclasses
import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from skykeep.facts.observed import (
    BasicIdHeard,
    FlightStatus,
    Heard,
    IdKind,
    LinkTrust,
    LocationHeard,
    OperatorIdHeard,
    OperatorPlaceKind,
    SelfIdHeard,
    SystemHeard,
)
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.exact import atan2, log
from skykeep.geo.frames import DEG_PER_RAD
from skykeep.sim.chance import Chance
from skykeep.sim.flight import Moment, Point, at
from skykeep.sim.town import GROUND_HAE_M, Aircraft, ground_hae_m, place_e7

SSID = "SIMULATED"
SELF_ID = "SIMULATED FLIGHT"
MULTIROTOR = 2  # F3411-22a UA type
LINK_RADIOTAP = 127
_SECOND_NS = 1_000_000_000


class OnAir(Protocol):
    """Turns what an aircraft says into the frame that carries it (`wire.remote_id_air.on_air`)."""

    def __call__(self, mac: bytes, counter: int, facts: Sequence[Heard], ssid: str, /) -> bytes: ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How an aircraft speaks of itself."""

    aircraft: Aircraft | None  # None: it gives no identity at all
    mac: bytes
    later_mac: bytes | None = None  # its radio address from `later_s` on
    later_s: float = 0.0
    packs: bool = True
    period_s: float = 1.0
    first_static_s: float = 0.2  # single messages: when the first one that is no Location follows
    static_s: float = 0.7  # and how often another one
    pos_accuracy_mm: int | None = 3_000
    alt_accuracy_mm: int | None = 3_000
    hae: bool = True  # it sends its geodetic altitude
    height: Datum | None = None  # AGL or TAKEOFF: the other height that it sends


class Sent(NamedTuple):
    """One frame on air, and from where."""

    t_ns: int
    data: bytes
    east_m: float
    north_m: float


class Captured(NamedTuple):
    """One frame as a receiver heard it, with the receiver's own time."""

    t_ns: int
    sensor_id: str
    data: bytes


class Says:
    """Makes the facts that one aircraft says of itself, with the errors of its own satellite receiver."""

    def __init__(self, voice: Voice, home: Moment, chance: Chance) -> None:
        self._voice, self._chance = voice, chance
        self._home = home
        self._home_hae_m = ground_hae_m(home.east_m, home.north_m)
        self._error = [0.0, 0.0, 0.0]

    def location(self, now: Moment, t_ns: int) -> LocationHeard:
        """Return what it says of where it is and how it moves."""
        voice = self._voice
        east_m, north_m, up_m = self._measured(now)
        lat_e7, lon_e7 = place_e7(east_m, north_m)
        speed_mps = math.sqrt(now.vel_east_mps * now.vel_east_mps + now.vel_north_mps * now.vel_north_mps)
        course_deg = atan2(now.vel_east_mps, now.vel_north_mps) * DEG_PER_RAD if speed_mps > 0.3 else 0.0
        return LocationHeard(
            sensor_id="", transmitter="", t_event_ns=t_ns, t_arrival_ns=t_ns, link_trust=LinkTrust.SIMULATED, frame=0,
            status=FlightStatus.AIRBORNE,
            lat_e7=lat_e7,
            lon_e7=lon_e7,
            altitude=_half_metres(up_m, Datum.HAE) if voice.hae else None,
            pressure_altitude=None,
            height=self._height(now, up_m),
            speed_mmps=round(speed_mps * 4.0) * 250,
            vspeed_mmps=round(now.vel_up_mps * 2.0) * 500,
            heading_mdeg=round(course_deg) % 360 * 1000,
            pos_accuracy_mm=voice.pos_accuracy_mm,
            alt_accuracy_mm=voice.alt_accuracy_mm,
            pressure_accuracy_mm=None,
            speed_accuracy_mmps=1_000,
            t_claimed_ds=t_ns // 100_000_000 % 36_000,
            t_accuracy_ds=1,
        )  # fmt: skip

    def _measured(self, now: Moment) -> tuple[float, float, float]:
        """Add an error that wanders slowly, well within what it states as 95 %."""
        metres = (self._voice.pos_accuracy_mm or 8_000) / 1e3
        up_metres = (self._voice.alt_accuracy_mm or 8_000) / 1e3
        for axis, size in enumerate((metres, metres, up_metres)):
            self._error[axis] = 0.95 * self._error[axis] + 0.06 * size * self._chance.normal()
        return now.east_m + self._error[0], now.north_m + self._error[1], now.up_m + self._error[2]

    def _height(self, now: Moment, up_m: float) -> Altitude | None:
        if self._voice.height is None:
            return None
        below_m = ground_hae_m(now.east_m, now.north_m) if self._voice.height is Datum.AGL else self._home_hae_m
        return _half_metres(up_m - below_m, self._voice.height)

    def static(self, t_ns: int) -> list[Heard]:
        """Return what does not change: who it is, who flies it, from where, and that all this is invented."""
        text = SelfIdHeard(
            sensor_id="", transmitter="", t_event_ns=t_ns, t_arrival_ns=t_ns, link_trust=LinkTrust.SIMULATED, frame=0,
            text_type=0, text=SELF_ID,
        )  # fmt: skip
        aircraft = self._voice.aircraft
        if aircraft is None:
            return [text]
        who = BasicIdHeard(
            sensor_id="", transmitter="", t_event_ns=t_ns, t_arrival_ns=t_ns, link_trust=LinkTrust.SIMULATED, frame=0,
            id_kind=IdKind.SERIAL, ua_type=MULTIROTOR, uas_id=aircraft.serial,
        )  # fmt: skip
        operator = OperatorIdHeard(
            sensor_id="", transmitter="", t_event_ns=t_ns, t_arrival_ns=t_ns, link_trust=LinkTrust.SIMULATED, frame=0,
            id_type=0, operator_id=aircraft.operator[:16],
        )  # fmt: skip
        return [who, self._system(t_ns), operator, text]

    def _system(self, t_ns: int) -> SystemHeard:
        lat_e7, lon_e7 = place_e7(self._home.east_m, self._home.north_m)
        return SystemHeard(
            sensor_id="", transmitter="", t_event_ns=t_ns, t_arrival_ns=t_ns, link_trust=LinkTrust.SIMULATED, frame=0,
            operator_place_kind=OperatorPlaceKind.TAKEOFF,
            operator_place=f"{_decimal(lat_e7)},{_decimal(lon_e7)},{GROUND_HAE_M:.1f}",
            classification=1, area_count=1, area_radius_m=0, area_ceiling=None, area_floor=None,
            category_eu=2, class_eu=3, t_claimed_s=t_ns // _SECOND_NS,
        )  # fmt: skip


def _half_metres(metres: float, datum: Datum) -> Altitude:
    return Altitude(round(metres * 2.0) * 500, datum)


def _decimal(value_e7: int) -> str:
    whole, part = divmod(abs(value_e7), 10_000_000)
    return f"{'-' if value_e7 < 0 else ''}{whole}.{part:07d}"


def speak(  # a flight, its voice, when, and how it is put on air
    voice: Voice, moments: list[Moment], *, first_s: float, start_ns: int, chance: Chance, on_air: OnAir
) -> Iterator[Sent]:
    """Yield the frames of one flight in order of time; `moments` begin `first_s` seconds after `start_ns`."""
    says = Says(voice, moments[0], chance)
    counter = chance.below(256)
    last_s = (len(moments) - 1) / 10.0
    for t_s, turn in _beats(voice, last_s, chance):
        t_ns = start_ns + round((first_s + t_s) * 1e9)
        now = at(moments, t_s)
        static = says.static(t_ns)
        facts: list[Heard] = [says.location(now, t_ns)] if turn < 0 else [static[turn % len(static)]]
        if voice.packs:
            facts += static
        mac = voice.later_mac if voice.later_mac is not None and first_s + t_s >= voice.later_s else voice.mac
        yield Sent(t_ns, on_air(mac, counter, facts, SSID), now.east_m, now.north_m)
        counter = (counter + 1) % 256


def _beats(voice: Voice, last_s: float, chance: Chance) -> list[tuple[float, int]]:
    """Return when it sends what: -1 a Location (with the rest, in a pack), else the turn of the single messages."""
    beats, t_s = [], 0.0
    while t_s <= last_s:
        beats.append((t_s, -1))
        t_s = t_s + voice.period_s * chance.between(0.95, 1.05)
    t_s, turn = voice.first_static_s, 0
    while not voice.packs and t_s <= last_s:
        beats.append((t_s, turn))
        t_s, turn = t_s + voice.static_s * chance.between(0.9, 1.1), turn + 1
    return sorted(beats)


def listen(sensor_id: str, place: Point, sent: Iterable[Sent], chance: Chance, *, reach_m: float) -> list[Captured]:
    """Return what a receiver hears, in order of its clock, each frame behind a radiotap header with its strength."""
    clock_ns = chance.below(8_000_000) - 4_000_000
    captured = []
    for frame in sent:
        east, north = frame.east_m - place.east_m, frame.north_m - place.north_m
        far = math.sqrt(east * east + north * north + 10_000.0) / reach_m
        heard = chance.unit() < 0.97 - 0.9 * far * far
        t_ns = frame.t_ns + clock_ns + 200_000 + chance.below(1_500_000)
        if heard:
            captured.append(Captured(t_ns, sensor_id, _radiotap(far * reach_m) + frame.data))
    return sorted(captured)


def _radiotap(distance_m: float) -> bytes:
    """Return a header with one field, the signal in dBm: 20 dBm sent at 2.4 GHz in free space, 20 dB lost elsewhere."""
    dbm = round(20.0 - 40.0 - 20.0 - 20.0 * log(distance_m) / log(10.0))
    return struct.pack("<BBHIb", 0, 0, 9, 1 << 5, max(-110, dbm))


def pcap(frames: Iterable[Captured]) -> bytes:
    """Return a capture file with times in nanoseconds (link 127, radiotap)."""
    parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, LINK_RADIOTAP)]
    for frame in frames:
        size = len(frame.data)
        parts += [struct.pack("<IIII", *divmod(frame.t_ns, _SECOND_NS), size, size), frame.data]
    return b"".join(parts)
