"""Invented zones over a square, and positions in it: what the zone engine and its peers are measured on.

    zones      over a square of   mean zones over a point (horizontally, whatever height and time)
    100        30 km              0.3
    10,000     100 km             3.1
    100,000    330 km             2.9

Each zone is a star-like polygon of 50 vertices (radius about its centre 55 to 100 % of its size, so it is rough and not
convex), its size log-uniform from 200 m to 3 km: many small ones, a few large ones, heavily overlapping as real files
are. A fifth begins above the ground, all but a tenth end at some height, in AGL or AMSL; a tenth has hours (two
intervals of the day), a twentieth is over, a twentieth not yet begun. Everything comes from one seed.

    world = zone_world.made(10_000)            arrays, one row a zone
    zone_world.facts(world)                    the same as `ZoneEnacted` facts
    zone_world.positions(world, 1_000_000)     places with both heights and times of one day, in random order

The answer that every contender gives for a position: the zones that hold it in four dimensions, horizontally
(border included), floor <= height <= ceiling in the limit's own datum, and start <= time < end in one of two intervals.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from skykeep.facts.enacted import Interval, Limit, Polygon, Rule, Volume, ZoneEnacted
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.frames import metres_per_e7

Ints = npt.NDArray[np.int64]

SEED = 20_261_122
SIDE_M = {100: 30_000.0, 10_000: 100_000.0, 100_000: 330_000.0}
VERTICES = 50
SIZE_MIN_M, SIZE_MAX_M = 200.0, 3_000.0
LAT_E7, LON_E7 = 500_000_000, 300_000_000  # the middle of the square
GROUND_AMSL_MM = 200_000  # flat ground, so that AMSL is AGL and this
NONE_MM = 1 << 62  # no ceiling; negative: no floor
AGL, AMSL = 0, 1
RULES = (Rule.PROHIBITED, Rule.NEEDS_PERMIT, Rule.CONDITIONAL, Rule.ALLOWED)
S = 1_000_000_000
DAY_NS = 1_800_000_000 * S  # the day's beginning
DAY_END_NS = DAY_NS + 86_400 * S
EVER_NS, NEVER_NS = 0, (1 << 63) - 1


@dataclasses.dataclass(frozen=True)
class World:
    """`z` zones, row k being zone number k; ids sort as the numbers do."""

    side_m: float
    lat_e7: Ints  # (z, 50), not closed
    lon_e7: Ints  # (z, 50)
    floor_mm: Ints  # (z,), -NONE_MM: none
    floor_datum: Ints  # (z,) AGL or AMSL
    ceiling_mm: Ints  # (z,), NONE_MM: none
    ceiling_datum: Ints  # (z,)
    from_ns: Ints  # (z, 2): two intervals, the second may be empty (0, 0)
    until_ns: Ints  # (z, 2), excluded
    rule: Ints  # (z,) index into RULES

    def __len__(self) -> int:
        return len(self.rule)


@dataclasses.dataclass(frozen=True)
class Positions:
    """`n` positions, all heights known and exact."""

    lat_e7: Ints  # (n,)
    lon_e7: Ints  # (n,)
    agl_mm: Ints  # (n,)
    amsl_mm: Ints  # (n,)
    t_ns: Ints  # (n,)


def made(zones: int, seed: int = SEED, side_m: float | None = None) -> World:
    """Return so many zones over the square that belongs to that number (or one of that side)."""
    chance = np.random.default_rng([seed, zones])
    side_m = SIDE_M[zones] if side_m is None else side_m
    size_m = np.exp(chance.uniform(np.log(SIZE_MIN_M), np.log(SIZE_MAX_M), (zones, 1)))
    turn = (np.arange(VERTICES) + chance.uniform(0.05, 0.95, (zones, VERTICES))) * (2 * np.pi / VERTICES)
    radius_m = size_m * chance.uniform(0.55, 1.0, (zones, VERTICES))
    north_m = chance.uniform(-side_m / 2, side_m / 2, (zones, 1)) + radius_m * np.sin(turn)
    east_m = chance.uniform(-side_m / 2, side_m / 2, (zones, 1)) + radius_m * np.cos(turn)
    north_e7_m, east_e7_m = metres_per_e7(LAT_E7 / 1e7)
    from_ns, until_ns = _hours(chance, zones)
    high = chance.random(zones) < 0.2
    floor_datum = np.where(high, chance.integers(0, 2, zones), AGL)
    floor_mm = np.where(high, chance.integers(30, 200, zones) * 1000, 0) + floor_datum * GROUND_AMSL_MM
    ceiling_datum = chance.integers(0, 2, zones)
    ceiling_mm = chance.integers(200, 1500, zones) * 1000 + ceiling_datum * GROUND_AMSL_MM
    return World(
        side_m=side_m,
        lat_e7=LAT_E7 + np.rint(north_m / north_e7_m).astype(np.int64),
        lon_e7=LON_E7 + np.rint(east_m / east_e7_m).astype(np.int64),
        floor_mm=floor_mm,
        floor_datum=floor_datum,
        ceiling_mm=np.where(chance.random(zones) < 0.1, NONE_MM, ceiling_mm),
        ceiling_datum=ceiling_datum,
        from_ns=from_ns,
        until_ns=until_ns,
        rule=chance.choice(4, zones, p=[0.35, 0.4, 0.2, 0.05]),
    )


def _hours(chance: np.random.Generator, zones: int) -> tuple[Ints, Ints]:
    """Four fifths always, a tenth from 6 to 11 and 13 to 20 o'clock or so, a twentieth over, a twentieth to come."""
    kind = chance.random(zones)
    shift_ns = chance.integers(-7200, 7200, zones) * S
    from_ns, until_ns = np.zeros((zones, 2), np.int64), np.zeros((zones, 2), np.int64)
    until_ns[:, 0] = NEVER_NS
    hours = kind < 0.1
    for column, (begin, end) in enumerate(((6, 11), (13, 20))):
        from_ns[hours, column] = DAY_NS + begin * 3600 * S + shift_ns[hours]
        until_ns[hours, column] = DAY_NS + end * 3600 * S + shift_ns[hours]
    over = (kind >= 0.1) & (kind < 0.15)
    until_ns[over, 0] = DAY_NS - 86_400 * S
    coming = (kind >= 0.15) & (kind < 0.2)
    from_ns[coming, 0] = DAY_END_NS + 86_400 * S
    return from_ns, until_ns


def positions(world: World, count: int, seed: int = SEED) -> Positions:
    """Return places all over the square in random order, most of them low, at times of one day."""
    chance = np.random.default_rng([seed, len(world), count])
    north_e7_m, east_e7_m = metres_per_e7(LAT_E7 / 1e7)
    north_m, east_m = chance.uniform(-world.side_m / 2, world.side_m / 2, (2, count))
    agl_mm = np.minimum(chance.exponential(60_000, count), 500_000).astype(np.int64)
    return Positions(
        lat_e7=LAT_E7 + np.rint(north_m / north_e7_m).astype(np.int64),
        lon_e7=LON_E7 + np.rint(east_m / east_e7_m).astype(np.int64),
        agl_mm=agl_mm,
        amsl_mm=agl_mm + GROUND_AMSL_MM,
        t_ns=chance.integers(DAY_NS, DAY_END_NS, count),
    )


def facts(world: World) -> list[ZoneEnacted]:
    """Return the zones as facts, `zone-000000` first."""
    return [_fact(world, number) for number in range(len(world))]


def _fact(world: World, number: int) -> ZoneEnacted:
    ring = tuple(zip(world.lat_e7[number].tolist(), world.lon_e7[number].tolist(), strict=True))
    volume = Volume(
        outline=Polygon(rings=(ring,)),
        floor=_limit(int(world.floor_mm[number]), int(world.floor_datum[number])),
        ceiling=_limit(int(world.ceiling_mm[number]), int(world.ceiling_datum[number])),
    )
    pairs = zip(world.from_ns[number].tolist(), world.until_ns[number].tolist(), strict=True)
    times = tuple(_interval(begin, end) for begin, end in pairs if begin < end)
    always = times == (Interval(start_ns=None, end_ns=None),)
    return ZoneEnacted(
        zone_id=f"zone-{number:06}",
        version=1,
        supersedes=None,
        name=f"Zone {number}",
        rule=RULES[int(world.rule[number])],
        exemptions=(),
        volumes=(volume,),
        buffer_mm=None,
        severity=None,
        announced_at_ns=None,
        effective_from_ns=None,
        end_ns=None,
        periods=(),
        applicability=None if always else times,
        applicability_span=None,
        hours_unread=None,
        issuing_body=None,
        legal_basis=None,
        reason=None,
        conditions=None,
        contact=None,
        appeal_contact=None,
        authorities=(),
        texts=(),
        country=None,
        carried=(),
        source_format="made",
        source_sha256="",
        native="",
        doubts=(),
    )


def _limit(value_mm: int, datum: int) -> Limit:
    return None if abs(value_mm) == NONE_MM else Altitude(value_mm, Datum.AGL if datum == AGL else Datum.AMSL)


def _interval(begin_ns: int, end_ns: int) -> Interval:
    return Interval(start_ns=None if begin_ns == EVER_NS else begin_ns, end_ns=None if end_ns == NEVER_NS else end_ns)
