"""How far a flight may move, and for how long, before the law could answer anything else about it.

Every comparison behind an answer is with a border or a limit. Where the flight is `SURE_SIGMAS` away from each of them,
it is surely inside or surely outside, whatever the outline's shape (of an isotropic normal error less than exp(-k2 / 2)
lies k sigmas away: at 4.3, one in ten thousand, which `adjoining` leaves out of its sums). As long as it stays that far
away, is known by the same names and in the same ways, and nothing begins or ends, each comparison comes out alike, and
so does the answer. So what was judged once needs no second look until then; the margins told with it are of that time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from skykeep.facts.enacted import Volume
from skykeep.geo.altitude import Altitude, Datum, difference_mm
from skykeep.rules.flight import Flight
from skykeep.rules.inside import at_ground
from skykeep.rules.law import Law, Zone
from skykeep.rules.outline import Outline

SURE_SIGMAS = 4.3
WIDE_M = 1_000.0  # zones and permits farther away than this are not asked; so much it may move at most
LEAST_M = 5.0  # less room than this is not worth knowing
NO_LIMIT_MM = 2**62
_DATUMS = tuple(Datum)


class Steady(NamedTuple):
    """The room that a flight has: less than this it may move, and its heights change, until a time.

    `datums` has a bit for each datum, in the order of Datum, in which a limit is given: heights in others do not count.
    """

    room_m: float
    room_mm: int
    datums: int
    until_ns: int


@dataclasses.dataclass(slots=True)
class _Compared:
    """One volume that an answer rests on, with what a permit allows besides, and whether it is its zone's only one."""

    volume: Volume
    outline: Outline
    slack_m: float
    slack_mm: int
    alone: bool


def steady(flight: Flight, law: Law, near: Sequence[Zone] | None = None) -> Steady | None:
    """Return the room of a flight that was judged by this law; None where a comparison is too near to be left alone.

    `near`: the zones within WIDE_M and SURE_SIGMAS, from one who has asked for many flights at once.
    """
    sure_m = SURE_SIGMAS * flight.pos_sigma_m
    wide_m = WIDE_M + sure_m
    if near is None:
        near = law.zones_near(flight.lat_e7, flight.lon_e7, wide_m)
    room_m, room_mm, datums = wide_m, NO_LIMIT_MM, 0
    for one in _all_compared(flight, law, near, wide_m):
        margin_m = one.outline.margin_m(flight.lat_e7, flight.lon_e7)
        room_m = min(room_m, abs(margin_m), abs(margin_m + one.slack_m))
        if room_m < sure_m + LEAST_M:
            return None
        for limit in _limits(one.volume) if margin_m + one.slack_m >= 0.0 else ():  # surely beside it: none matters
            if law.levels or flight.takeoff_ground is not None:
                return None  # heights are derived at each place anew
            datums |= 1 << _DATUMS.index(limit.datum)
            by_mm = _by_mm(flight, limit, one.slack_mm)
            if by_mm is None and not one.alone:
                return None
            room_mm = room_mm if by_mm is None else min(room_mm, by_mm)
    if room_mm <= 0:
        return None
    return Steady(room_m, room_mm, datums, law.next_change_ns(flight.t_ns))


def height_bit(datum: Datum) -> int:
    """Return the bit of a datum in `Steady.datums`."""
    return 1 << _DATUMS.index(datum)


def _all_compared(flight: Flight, law: Law, near: Sequence[Zone], wide_m: float) -> Iterator[_Compared]:
    for zone in near:
        parts = list(zip(zone.fact.volumes, zone.outlines, strict=True))
        for volume, outline in parts:
            yield _Compared(volume, outline, 0.0, 0, len(parts) == 1)
    for permit in law.permits_for(msgspec.structs.replace(flight, pos_sigma_m=wide_m)):
        grown = permit.fact.thresholds
        slack_m, slack_mm = (0.0, 0) if grown is None else (grown.horizontal_mm / 1e3, grown.vertical_mm)
        for part, outline in zip(permit.fact.volumes, permit.outlines, strict=True):
            yield _Compared(part.volume, outline, slack_m, slack_mm, len(permit.fact.volumes) == 1)


def _limits(volume: Volume) -> Iterable[Altitude]:
    """Return the limits of a volume that limit something."""
    if isinstance(volume.floor, Altitude) and not at_ground(volume.floor):
        yield volume.floor
    if isinstance(volume.ceiling, Altitude):
        yield volume.ceiling


def _by_mm(flight: Flight, limit: Altitude, slack_mm: int) -> int | None:
    """Return by how much the heights may change before this limit is near; None where no height is in its datum.

    0 where one is so near the limit already that its error counts.
    """
    found = None
    for height in flight.heights:
        difference = difference_mm(height.altitude, limit)
        if difference is not None:
            far = min(abs(difference), abs(difference + slack_mm), abs(difference - slack_mm))
            far = far if far >= SURE_SIGMAS * height.sigma_mm else 0
            found = far if found is None else min(found, far)
    return found
