"""The law as enacted so far: zones and permits with their outlines compiled, ready to be asked.

Versions are immutable; enacting returns a new law. Nothing here works backwards: a permit holds from when it was
granted, a revocation from when it was made, a zone from when it was announced and only while it is in force. So
older versions stay, for flights of their time:

    a zone's newer version       takes over when it first rules; announced only, it is the coming rule
    ... withdrawn before that    never takes over
    a permit's newer version     takes over when it was granted
    a revocation                 ends the versions granted by then, and the first grant in any case; a later one is new
    facts in another order       make the same law

A zone or permit whose outline is none is refused (see `compile_outline`): the station asks before it enacts.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Iterable

from skykeep.facts.enacted import (
    LawDeclared,
    PermitEnacted,
    PermitRevoked,
    PressureSet,
    SurfaceSampled,
    ZoneEnacted,
    ZoneOverridden,
    ZoneWithdrawn,
)
from skykeep.rules.flight import Flight
from skykeep.rules.granted import Granted, index_permits
from skykeep.rules.heights import Levels, with_levels
from skykeep.rules.index import Index, build
from skykeep.rules.outline import Outline, compile_outline
from skykeep.rules.zone import FOREVER_NS, Force, Zone, covers

__all__ = ["FOREVER_NS", "Force", "Law", "Permit", "Zone", "covers", "enact"]


@dataclasses.dataclass(frozen=True, slots=True)
class Permit:
    """One permit version with its outlines compiled; it was taken back, or a newer version granted."""

    fact: PermitEnacted
    outlines: tuple[Outline, ...]
    revoked_ns: int = FOREVER_NS
    superseded_ns: int = FOREVER_NS

    def known(self, t_ns: int) -> bool:
        """Whether this version was granted by `t_ns` and is still the latest then; it may be revoked."""
        return self.fact.granted_at_ns <= t_ns < self.superseded_ns

    def lifts(self, zone_id: str) -> bool:
        """Whether this permit is meant for that zone."""
        return not self.fact.zones or any(pin.zone_id == zone_id for pin in self.fact.zones)

    def next_change_ns(self, t_ns: int) -> int:
        """Return the next time after `t_ns` when the permit begins or ceases to hold (FOREVER_NS: never)."""
        return min((edge for edge in self.edges_ns() if edge > t_ns), default=FOREVER_NS)

    def edges_ns(self) -> list[int]:
        """Return all times at which it may begin or cease to hold, in no order."""
        edges = [edge for volume in self.fact.volumes for edge in (volume.start_ns, volume.end_ns)]
        late_ns = 0 if self.fact.thresholds is None else self.fact.thresholds.time_ns
        edges += [
            edge for part in self.fact.volumes if late_ns for edge in (part.start_ns - late_ns, part.end_ns + late_ns)
        ]
        return [*edges, self.fact.granted_at_ns, self.revoked_ns, self.superseded_ns]


@dataclasses.dataclass(frozen=True, slots=True)
class Law:
    """All zones and permits enacted so far, sorted by id and version; `complete`: declared to be all there is."""

    zones: tuple[Zone, ...] = ()
    permits: tuple[Permit, ...] = ()
    complete: bool = False
    withdrawals: tuple[ZoneWithdrawn, ...] = ()
    overrides: tuple[ZoneOverridden, ...] = ()
    revocations: tuple[PermitRevoked, ...] = ()
    levels: Levels = dataclasses.field(default_factory=Levels)  # what makes heights of different datums comparable
    edges_ns: tuple[int, ...] = ()  # sorted: when anything may begin or cease to rule
    granted: Granted = dataclasses.field(default_factory=lambda: index_permits(()))  # by their place in `permits`
    index: Index = dataclasses.field(default_factory=lambda: build(()))  # of the zones, by their place in `zones`

    def zones_near(self, lat_e7: int, lon_e7: int, reach_m: float) -> list[Zone]:
        """Return the zones, by id, whose outlines are not surely farther than `reach_m` from a place."""
        return [self.zones[number] for number in self.index.near(lat_e7, lon_e7, reach_m)]

    def permits_for(self, flight: Flight) -> list[Permit]:
        """Return the permits, by id and version, that may reach a flight or be for it."""
        return [self.permits[number] for number in self.granted.matter_to(flight)]

    def next_change_ns(self, t_ns: int) -> int:
        """Return the next time after `t_ns` when anything begins or ceases to rule (FOREVER_NS: never)."""
        after = bisect.bisect_right(self.edges_ns, t_ns)
        return self.edges_ns[after] if after < len(self.edges_ns) else FOREVER_NS


def enact(law: Law, facts: Iterable[object]) -> Law:
    """Return the law after these facts; facts of other rooms are passed over.

    A version enacted twice counts as it was enacted first. Raises Refused for an outline that is none.
    """
    acts = [fact for fact in facts if isinstance(fact, _ACTS)]
    if not acts:
        return law
    zones = {(zone.fact.zone_id, zone.fact.version): zone for zone in law.zones}
    permits = {(permit.fact.permit_id, permit.fact.version): permit for permit in law.permits}
    complete = law.complete
    for act in acts:
        if isinstance(act, ZoneEnacted) and (act.zone_id, act.version) not in zones:
            outlines = tuple(compile_outline(volume.outline) for volume in act.volumes)
            zones[act.zone_id, act.version] = Zone(act, outlines)
        elif isinstance(act, PermitEnacted) and (act.permit_id, act.version) not in permits:
            outlines = tuple(compile_outline(part.volume.outline) for part in act.volumes)
            permits[act.permit_id, act.version] = Permit(act, outlines)
        elif isinstance(act, LawDeclared):
            complete = act.complete
    before = dataclasses.replace(
        law,
        zones=tuple(zones[key] for key in sorted(zones)),
        permits=tuple(permits[key] for key in sorted(permits)),
        complete=complete,
        withdrawals=(*law.withdrawals, *(act for act in acts if isinstance(act, ZoneWithdrawn))),
        overrides=(*law.overrides, *(act for act in acts if isinstance(act, ZoneOverridden))),
        revocations=(*law.revocations, *(act for act in acts if isinstance(act, PermitRevoked))),
        levels=with_levels(law.levels, acts),
    )
    return _settled(before)


_ACTS = (
    ZoneEnacted,
    ZoneOverridden,
    ZoneWithdrawn,
    PermitEnacted,
    PermitRevoked,
    LawDeclared,
    SurfaceSampled,
    PressureSet,
)


def _settled(law: Law) -> Law:
    """Return the law with each version's end worked out anew, and what is looked up at every step."""
    gone: dict[tuple[str, int], int] = {}
    for act in law.withdrawals:
        key = act.zone_id, act.version
        gone[key] = min(gone.get(key, FOREVER_NS), act.t_ns)
    said: dict[str, list[ZoneOverridden]] = {}
    for override in sorted(law.overrides, key=lambda one: (one.t_ns, one.start_ns, one.active)):
        said.setdefault(override.zone_id, []).append(override)
    zones = _superseded_zones([_withdrawn(zone, gone, said) for zone in law.zones])
    permits = _revoked_permits(_superseded_permits(law.permits), law.revocations)
    edges = [edge for zone in zones for edge in zone.edges_ns()] + [edge for one in permits for edge in one.edges_ns()]
    edges += law.levels.edges_ns()
    return dataclasses.replace(
        law,
        zones=tuple(zones),
        permits=tuple(permits),
        granted=index_permits(permits),
        edges_ns=tuple(sorted(dict.fromkeys(edge for edge in edges if edge < FOREVER_NS))),
        index=build([zone.outlines for zone in zones]),
    )


def _withdrawn(zone: Zone, gone: dict[tuple[str, int], int], said: dict[str, list[ZoneOverridden]]) -> Zone:
    zone_id = zone.fact.zone_id
    withdrawn_ns = gone.get((zone_id, zone.fact.version), FOREVER_NS)
    return dataclasses.replace(zone, withdrawn_ns=withdrawn_ns, overrides=tuple(said.get(zone_id, ())))


def _superseded_zones(zones: list[Zone]) -> list[Zone]:
    """Let each version end when a newer one first rules; the list is sorted by id and version."""
    done: list[Zone] = []
    for zone in reversed(zones):
        newer = done[-1] if done and done[-1].fact.zone_id == zone.fact.zone_id else None
        ends_ns = FOREVER_NS if newer is None else min(newer.superseded_ns, newer.first_rules_ns())
        done.append(dataclasses.replace(zone, superseded_ns=ends_ns))
    return done[::-1]


def _superseded_permits(permits: tuple[Permit, ...]) -> list[Permit]:
    """Let each version end when a newer one was granted; the list is sorted by id and version."""
    done: list[Permit] = []
    for permit in reversed(permits):
        newer = done[-1] if done and done[-1].fact.permit_id == permit.fact.permit_id else None
        ends_ns = FOREVER_NS if newer is None else min(newer.superseded_ns, newer.fact.granted_at_ns)
        done.append(dataclasses.replace(permit, superseded_ns=ends_ns))
    return done[::-1]


def _revoked_permits(permits: list[Permit], acts: tuple[PermitRevoked, ...]) -> list[Permit]:
    by_id: dict[str, list[int]] = {}
    for act in acts:
        by_id.setdefault(act.permit_id, []).append(act.t_ns)
    first: dict[str, int] = {}
    for permit in permits:
        granted_ns = permit.fact.granted_at_ns
        first[permit.fact.permit_id] = min(first.get(permit.fact.permit_id, granted_ns), granted_ns)
    done: list[Permit] = []
    for permit in permits:
        is_first = permit.fact.granted_at_ns == first[permit.fact.permit_id]
        times = [t_ns for t_ns in by_id.get(permit.fact.permit_id, ()) if is_first or permit.fact.granted_at_ns <= t_ns]
        done.append(dataclasses.replace(permit, revoked_ns=min(times, default=FOREVER_NS)))
    return done
