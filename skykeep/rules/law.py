"""The law as enacted so far: zones and permits with their outlines compiled, ready to be asked.

Versions are immutable; enacting returns a new law. Nothing here works backwards: a permit holds from when it was
granted, a revocation from when it was made, a zone from its effective date and only while it is in force.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from skykeep.facts.enacted import (
    Enacted,
    Interval,
    LawDeclared,
    PermitEnacted,
    PermitRevoked,
    ZoneEnacted,
    ZoneWithdrawn,
)
from skykeep.rules.index import Index, build
from skykeep.rules.outline import Outline, compile_outline

FOREVER_NS = 2**63 - 1


@dataclasses.dataclass(frozen=True, slots=True)
class Zone:
    """One zone version with its outlines compiled; `withdrawn_ns` is when it ceased to be law."""

    fact: ZoneEnacted
    outlines: tuple[Outline, ...]
    withdrawn_ns: int = FOREVER_NS

    def known(self, t_ns: int) -> bool:
        """Whether the zone was announced by `t_ns` and not yet withdrawn."""
        announced = self.fact.announced_at_ns
        return (announced is None or announced <= t_ns) and t_ns < self.withdrawn_ns

    def in_force(self, t_ns: int) -> bool:
        """Whether the zone rules at `t_ns`."""
        times = self.fact.applicability
        return self.known(t_ns) and (not times or any(covers(interval, t_ns) for interval in times))

    def next_change_ns(self, t_ns: int) -> int:
        """Return the next time after `t_ns` when this zone begins or ceases to rule (FOREVER_NS: never)."""
        edges = [edge for interval in self.fact.applicability for edge in (interval.start_ns, interval.end_ns)]
        edges += [self.fact.announced_at_ns, self.withdrawn_ns]
        return min((edge for edge in edges if edge is not None and edge > t_ns), default=FOREVER_NS)

    def begins_ns(self, t_ns: int) -> int | None:
        """Return when a zone that does not rule at `t_ns` will, if that is announced; else None."""
        starts = [i.start_ns for i in self.fact.applicability if i.start_ns is not None and i.start_ns > t_ns]
        return min(starts, default=None) if self.known(t_ns) else None


@dataclasses.dataclass(frozen=True, slots=True)
class Permit:
    """One permit version with its outlines compiled; `revoked_ns` is when it was taken back."""

    fact: PermitEnacted
    outlines: tuple[Outline, ...]
    revoked_ns: int = FOREVER_NS

    def lifts(self, zone_id: str) -> bool:
        """Whether this permit is meant for that zone."""
        return not self.fact.zones or zone_id in self.fact.zones

    def next_change_ns(self, t_ns: int) -> int:
        """Return the next time after `t_ns` when the permit begins or ceases to hold (FOREVER_NS: never)."""
        edges = [edge for volume in self.fact.volumes for edge in (volume.start_ns, volume.end_ns)]
        edges += [self.fact.granted_at_ns, self.revoked_ns]
        return min((edge for edge in edges if edge > t_ns), default=FOREVER_NS)


@dataclasses.dataclass(frozen=True, slots=True)
class Law:
    """All zones and permits enacted so far, sorted by id; `complete`: declared to be all the law there is."""

    zones: tuple[Zone, ...] = ()
    permits: tuple[Permit, ...] = ()
    complete: bool = False
    index: Index = dataclasses.field(default_factory=lambda: build(()))  # of the zones, by their place in `zones`

    def zones_near(self, lat_e7: int, lon_e7: int, reach_m: float) -> list[Zone]:
        """Return the zones, by id, whose outlines are not surely farther than `reach_m` from a place."""
        return [self.zones[number] for number in self.index.near(lat_e7, lon_e7, reach_m)]

    def next_change_ns(self, t_ns: int) -> int:
        """Return the next time after `t_ns` when anything begins or ceases to rule (FOREVER_NS: never)."""
        zones = min((zone.next_change_ns(t_ns) for zone in self.zones), default=FOREVER_NS)
        return min(zones, min((permit.next_change_ns(t_ns) for permit in self.permits), default=FOREVER_NS))


def covers(interval: Interval, t_ns: int) -> bool:
    """Whether `t_ns` lies in the interval (start included, end excluded)."""
    return (interval.start_ns is None or interval.start_ns <= t_ns) and (
        interval.end_ns is None or t_ns < interval.end_ns
    )


def enact(law: Law, facts: Iterable[object]) -> Law:
    """Return the law after these facts; facts of other rooms are passed over.

    A newer version of a zone or permit replaces the older one; an older one that comes late changes nothing.
    """
    for fact in facts:
        if isinstance(fact, Enacted):
            law = _enacted(law, fact)
    return law


def _enacted(law: Law, fact: Enacted) -> Law:
    match fact:
        case ZoneEnacted():
            return _with_zones(law, _with_zone(law.zones, fact))
        case ZoneWithdrawn():
            return dataclasses.replace(law, zones=tuple(_withdrawn(zone, fact) for zone in law.zones))
        case PermitEnacted():
            return dataclasses.replace(law, permits=_with_permit(law.permits, fact))
        case PermitRevoked():
            return dataclasses.replace(law, permits=tuple(_revoked(permit, fact) for permit in law.permits))
        case LawDeclared():
            return dataclasses.replace(law, complete=fact.complete)
        case _:
            return law


def _with_zones(law: Law, zones: tuple[Zone, ...]) -> Law:
    if zones is law.zones:
        return law
    return dataclasses.replace(law, zones=zones, index=build([zone.outlines for zone in zones]))


def _with_zone(zones: tuple[Zone, ...], fact: ZoneEnacted) -> tuple[Zone, ...]:
    before = next((zone for zone in zones if zone.fact.zone_id == fact.zone_id), None)
    if before is not None and before.fact.version >= fact.version:
        return zones
    compiled = Zone(fact, tuple(compile_outline(volume.outline) for volume in fact.volumes))
    kept = [zone for zone in zones if zone is not before]
    return tuple(sorted([*kept, compiled], key=lambda zone: zone.fact.zone_id))


def _withdrawn(zone: Zone, fact: ZoneWithdrawn) -> Zone:
    if (zone.fact.zone_id, zone.fact.version) != (fact.zone_id, fact.version):
        return zone
    return dataclasses.replace(zone, withdrawn_ns=min(zone.withdrawn_ns, fact.t_ns))


def _with_permit(permits: tuple[Permit, ...], fact: PermitEnacted) -> tuple[Permit, ...]:
    before = next((permit for permit in permits if permit.fact.permit_id == fact.permit_id), None)
    if before is not None and before.fact.version >= fact.version:
        return permits
    outlines = tuple(compile_outline(part.volume.outline) for part in fact.volumes)
    compiled = Permit(fact, outlines)
    kept = [permit for permit in permits if permit is not before]
    return tuple(sorted([*kept, compiled], key=lambda permit: permit.fact.permit_id))


def _revoked(permit: Permit, fact: PermitRevoked) -> Permit:
    if permit.fact.permit_id != fact.permit_id:
        return permit
    return dataclasses.replace(permit, revoked_ns=min(permit.revoked_ns, fact.t_ns))
