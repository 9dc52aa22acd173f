"""A flight's heights in every datum that can be told at its place, by geoid, terrain, take-off and pressure.

    from - to          by                               its error (one standard deviation)
    HAE - AMSL         geoid                            of the grid
    AMSL - AGL         terrain                          of the samples, and how much the ground rises within the
    (or HAE - AGL)                                      spread of the flight's place
    AMSL - TAKEOFF     ground height at take-off        as stated; or of the terrain where it stood, and 2 m for what
    (or HAE - TAKEOFF)                                  it may have stood on
    AMSL - STD         air pressure (QNH)               of the pressure, and 5 % of the height: air 15 K from the
                                                        standard (ICAO Doc 8168, vol. I, III-1-4: 4 % for 10 K)

Errors add in squares. Each datum gets the height with the smallest error, whichever way it was reached; a reported one
wins ties. Only the flight's heights are converted, at its place: a limit is never, so one above the ground is above
the ground below the flight. What a drone says of its own take-off stays a claim: see `doubts`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from skykeep.facts.enacted import PressureSet, SurfaceSampled, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.pressure import ALTITUDE_MAX_M, ALTITUDE_MIN_M, sea_level_std_m
from skykeep.geo.surface import Grid, grid
from skykeep.rules.flight import Flight, Height, Stood

GEOID, TERRAIN, TAKEOFF, QNH = "geoid", "terrain", "ground height at take-off", "air pressure (QNH)"
TAKEOFF_SAID = "whether it took off where it says"
PRESSURE_SHARE = 0.05  # of the height above the sea: one standard deviation of what other than standard air does
STOOD_SIGMA_MM = 2_000  # a car, a balcony rail, a hand: what it stood on is not in the terrain
_SAID = "take-off as the drone states it"
_QNH_MIN_PA, _QNH_MAX_PA = 80_000, 110_000


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A sampled surface, ready to be asked."""

    fact: SurfaceSampled
    grid: Grid


@dataclasses.dataclass(frozen=True, slots=True)
class Levels:
    """What makes datums comparable: surfaces, the surest first, and pressures, sorted by when they were set."""

    surfaces: tuple[Surface, ...] = ()
    pressures: tuple[PressureSet, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.surfaces or self.pressures)

    def edges_ns(self) -> list[int]:
        """Return all times at which a pressure begins or ceases to hold, in no order."""
        return [edge for one in self.pressures for edge in (one.t_ns, one.until_ns)]


class _Link(NamedTuple):
    """Two datums at one place: `upper = lower + offset`; `share` of the height above the sea is uncertain besides."""

    upper: Datum
    lower: Datum
    offset_mm: int
    sigma_mm: int
    by: tuple[str, ...]
    share: float = 0.0


def with_levels(levels: Levels, facts: Iterable[object]) -> Levels:
    """Return the levels after these facts; a surface or pressure told twice counts once.

    Raises Refused for a surface that is none.
    """
    surfaces = {_surface_key(one.fact): one for one in levels.surfaces}
    pressures = dict.fromkeys(levels.pressures)
    for fact in facts:
        if isinstance(fact, SurfaceSampled):
            key = _surface_key(fact)
            surfaces[key] = surfaces.get(key) or Surface(fact, compile_surface(fact))
        elif isinstance(fact, PressureSet):
            pressures[fact] = None
    ordered = sorted(pressures, key=lambda one: (one.t_ns, one.until_ns, one.place, one.qnh_pa, one.sigma_pa))
    return Levels(tuple(surfaces[key] for key in sorted(surfaces)), tuple(ordered))


def _surface_key(fact: SurfaceSampled) -> tuple[object, ...]:
    """Order surfaces: the surest first, then by all that they say but the time at which they said it."""
    place = fact.south_e7, fact.west_e7, fact.lat_step_e7, fact.lon_step_e7, fact.rows, fact.columns
    says = fact.base_mm, fact.unit_mm, fact.nodes, fact.source, fact.source_sha256
    return (fact.kind, fact.sigma_mm, fact.datum.value, place, says)


def compile_surface(fact: SurfaceSampled) -> Grid:
    """Return the grid of a surface; raises Refused where its numbers make none."""
    return grid(
        fact.nodes,
        rows=fact.rows,
        columns=fact.columns,
        south_e7=fact.south_e7,
        west_e7=fact.west_e7,
        lat_step_e7=fact.lat_step_e7,
        lon_step_e7=fact.lon_step_e7,
        base_mm=fact.base_mm,
        unit_mm=fact.unit_mm,
    )


def with_heights(flight: Flight, levels: Levels) -> Flight:
    """Return the flight with every height that can be told at its place, and with the names of what was known there.

    A flight that was given them before stays as it is.
    """
    if flight.levels or (not levels and flight.takeoff_ground is None):
        return flight
    links = _links(flight, levels)
    known = tuple(dict.fromkeys(_level(link) for link in links))
    return msgspec.structs.replace(flight, heights=_derived(flight.heights, links), levels=known)


def known_heights(flight: Flight, levels: Levels) -> tuple[Height, ...]:
    """Return one height for each datum that can be told, the reported ones in their order, then the derived."""
    return with_heights(flight, levels).heights


def doubts(flight: Flight, volumes: Iterable[Volume]) -> tuple[str, ...]:
    """Name the claim on which a comparison with these volumes' limits rests, if it rests on one."""
    claimed = {height.altitude.datum for height in flight.heights if _SAID in height.by}
    if not claimed:
        return ()
    limits = (limit for volume in volumes for limit in (volume.floor, volume.ceiling))
    uses = any(isinstance(limit, Altitude) and limit.datum in claimed for limit in limits)
    return (TAKEOFF_SAID,) if uses else ()


# ---- what links two datums at a place ---------------------------------------------------------------


def _links(flight: Flight, levels: Levels) -> list[_Link]:
    place = flight.lat_e7, flight.lon_e7, flight.pos_sigma_m
    links = _surface_links(levels, *place)
    links += [link for link in [_pressure_link(levels, flight.t_ns)] if link is not None]
    return links + _takeoff_links(flight, levels)


def _level(link: _Link) -> str:
    if Datum.TAKEOFF in link[:2]:
        return TAKEOFF
    return link.by[0]


def _surface_links(levels: Levels, lat_e7: int, lon_e7: int, pos_sigma_m: float) -> list[_Link]:
    """Return the surest geoid and the surest terrain at a place."""
    links: dict[str, _Link] = {}
    for surface in levels.surfaces:
        fact = surface.fact
        if fact.kind in links:
            continue
        found = surface.grid.relief(lat_e7, lon_e7, pos_sigma_m)
        if found is None:
            continue
        sigma_mm = joined_mm(fact.sigma_mm, math.ceil(found[1]))
        if fact.kind == "geoid":
            links[fact.kind] = _Link(Datum.HAE, Datum.AMSL, round(found[0]), sigma_mm, (GEOID,))
        else:
            links[fact.kind] = _Link(fact.datum, Datum.AGL, round(found[0]), sigma_mm, (TERRAIN,))
    return list(links.values())


def _pressure_link(levels: Levels, t_ns: int) -> _Link | None:
    """Return the pressure set last; where other places hold another, by so much more unsure."""
    holding: dict[str, PressureSet] = {}
    for one in levels.pressures:
        if one.t_ns <= t_ns < one.until_ns and _QNH_MIN_PA <= one.qnh_pa <= _QNH_MAX_PA:
            holding.pop(one.place, None)
            holding[one.place] = one
    if not holding:
        return None
    offsets_m = [-sea_level_std_m(one.qnh_pa) for one in holding.values()]
    latest = list(holding.values())[-1]
    sigma_pa = min(abs(latest.sigma_pa), 10_000)
    own_m = abs(sea_level_std_m(latest.qnh_pa + sigma_pa) + offsets_m[-1])
    apart_m = max(abs(offset_m - offsets_m[-1]) for offset_m in offsets_m)
    sigma_mm = joined_mm(math.ceil(own_m * 1e3), math.ceil(apart_m * 1e3))
    return _Link(Datum.AMSL, Datum.STD, round(offsets_m[-1] * 1e3), sigma_mm, (QNH,), PRESSURE_SHARE)


def _takeoff_links(flight: Flight, levels: Levels) -> list[_Link]:
    """Return what the ground height at take-off says: as stated, and by the terrain where the aircraft stood."""
    links = []
    stated = flight.takeoff_ground
    if stated is not None and stated.altitude.datum in {Datum.HAE, Datum.AMSL}:
        altitude, by = stated.altitude, stated.by or (TAKEOFF,)
        links.append(_Link(altitude.datum, Datum.TAKEOFF, altitude.value_mm, stated.sigma_mm, by))
    if flight.stood is not None:
        links += _stood_links(flight.stood, levels)
    return links


def _stood_links(stood: Stood, levels: Levels) -> list[_Link]:
    place = stood.lat_e7, stood.lon_e7, stood.pos_sigma_mm / 1e3
    ground = [link for link in _surface_links(levels, *place) if link.lower is Datum.AGL]
    return [
        _Link(
            link.upper,
            Datum.TAKEOFF,
            link.offset_mm - stood.above_takeoff_mm,
            joined_mm(link.sigma_mm, stood.sigma_mm, STOOD_SIGMA_MM),
            (*link.by, _SAID),
        )
        for link in ground
    ]


# ---- from one datum to the next ---------------------------------------------------------------------


def _derived(reported: tuple[Height, ...], links: list[_Link]) -> tuple[Height, ...]:
    """Return the surest height in each datum, along any chain of links."""
    best = {height.altitude.datum: height for height in reported}
    waiting = list(best)
    while waiting:
        known = best[waiting.pop(0)]
        for link in links:
            found = _over(known, link, best)
            if found is not None:
                datum = found.altitude.datum
                best[datum] = found
                if datum not in waiting:
                    waiting.append(datum)
    return tuple(best.values())


def _over(known: Height, link: _Link, best: dict[Datum, Height]) -> Height | None:
    """Return what a link makes of a height in its other datum; None where it leads elsewhere, or to nothing surer."""
    datum, value_mm = known.altitude.datum, known.altitude.value_mm
    if datum is link.lower:
        datum, value_mm = link.upper, value_mm + link.offset_mm
        above_sea_mm = value_mm
    elif datum is link.upper:
        above_sea_mm = value_mm
        datum, value_mm = link.lower, value_mm - link.offset_mm
    else:
        return None
    if link.share and not ALTITUDE_MIN_M * 1e3 <= above_sea_mm <= ALTITUDE_MAX_M * 1e3:
        return None
    before = best.get(datum)
    least_mm = max(known.sigma_mm, link.sigma_mm)
    if before is not None and before.sigma_mm <= least_mm:
        return None
    sigma_mm = joined_mm(known.sigma_mm, link.sigma_mm, math.ceil(link.share * abs(above_sea_mm)))
    if before is not None and before.sigma_mm <= sigma_mm:
        return None
    return Height(Altitude(value_mm, datum), sigma_mm, tuple(dict.fromkeys((*known.by, *link.by))))


def joined_mm(*sigmas_mm: int) -> int:
    """Return the standard deviation of the sum of independent errors, rounded up."""
    squares = sum([sigma_mm * sigma_mm for sigma_mm in sigmas_mm])
    root = math.isqrt(squares)
    return root if root * root == squares else root + 1
