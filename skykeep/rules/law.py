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
import collections
import dataclasses
import itertools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

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
from skykeep.rules.engine import Engine, no_zones, updated
from skykeep.rules.flight import Flight
from skykeep.rules.granted import Granted, index_permits
from skykeep.rules.heights import Levels, with_levels
from skykeep.rules.outline import Outline, compile_outline, compile_outlines
from skykeep.rules.zone import FOREVER_NS, Force, Zone, by_saying, covers

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

__all__ = ["FOREVER_NS", "Force", "Law", "Permit", "Zone", "covers", "enact"]

_FEW = 100  # new zones up to which each is put in its place singly


def _no_edges() -> Ints:
    return np.zeros(0, np.int64)


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
    zone_edges: Ints = dataclasses.field(default_factory=_no_edges)  # sorted, repeated: when any zone changes
    permit_edges: Ints = dataclasses.field(default_factory=_no_edges)  # the same of permits
    granted: Granted = dataclasses.field(default_factory=lambda: index_permits(()))  # by their place in `permits`
    engine: Engine = dataclasses.field(default_factory=no_zones)  # of the zones, by their place in `zones`

    def zones_near(self, lat_e7: int, lon_e7: int, reach_m: float) -> list[Zone]:
        """Return the zones, by id, whose outlines are not surely farther than `reach_m` from a place."""
        return [self.zones[number] for number in self.engine.near(lat_e7, lon_e7, reach_m)]

    def zones_near_many(self, lats_e7: Ints, lons_e7: Ints, reaches_m: Floats) -> list[list[Zone]]:
        """Return the same for many places (n,), each with its own reach."""
        starts, numbers = self.engine.near_many(lats_e7, lons_e7, reaches_m)
        zones = [self.zones[number] for number in numbers.tolist()]
        return [zones[a:b] for a, b in itertools.pairwise(starts.tolist())]

    def permits_for(self, flight: Flight) -> list[Permit]:
        """Return the permits, by id and version, that may reach a flight or be for it."""
        return [self.permits[number] for number in self.granted.matter_to(flight)]

    def versions(self, zone_id: str) -> list[Zone]:
        """Return all versions of a zone, the oldest first; none of a zone that never was."""
        start = bisect.bisect_left(self.zones, zone_id, key=_id)
        return list(self.zones[start : bisect.bisect_right(self.zones, zone_id, lo=start, key=_id)])

    def next_change_ns(self, t_ns: int) -> int:
        """Return the next time after `t_ns` when anything begins or ceases to rule (FOREVER_NS: never)."""
        after = [bisect.bisect_right(edges, t_ns) for edges in self._edges()]
        pairs = zip(self._edges(), after, strict=True)
        return min((int(edges[place]) for edges, place in pairs if place < len(edges)), default=FOREVER_NS)

    @property
    def edges_ns(self) -> tuple[int, ...]:
        """All times, sorted and each once, when anything may begin or cease to rule."""
        return tuple(int(edge) for edge in np.unique(np.concatenate(self._edges())))

    def _edges(self) -> tuple[Ints, Ints, Ints]:
        return self.zone_edges, self.permit_edges, np.array(sorted(self.levels.edges_ns()), np.int64)


def enact(law: Law, facts: Iterable[object]) -> Law:
    """Return the law after these facts; facts of other rooms are passed over.

    A version enacted twice counts as it was enacted first. Raises Refused for an outline that is none.
    """
    acts = [fact for fact in facts if isinstance(fact, _ACTS)]
    if not acts:
        return law
    after = dataclasses.replace(
        law,
        complete=next((act.complete for act in reversed(acts) if isinstance(act, LawDeclared)), law.complete),
        withdrawals=(*law.withdrawals, *(act for act in acts if isinstance(act, ZoneWithdrawn))),
        overrides=(*law.overrides, *(act for act in acts if isinstance(act, ZoneOverridden))),
        revocations=(*law.revocations, *(act for act in acts if isinstance(act, PermitRevoked))),
        levels=with_levels(law.levels, acts),
    )
    after = _with_zones(after, [act for act in acts if isinstance(act, (ZoneEnacted, ZoneOverridden, ZoneWithdrawn))])
    return _with_permits(after, [act for act in acts if isinstance(act, (PermitEnacted, PermitRevoked))])


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


def _with_zones(law: Law, acts: list[ZoneEnacted | ZoneOverridden | ZoneWithdrawn]) -> Law:
    """Return the law with the new zone versions and those of the same zones settled anew; all others stay."""
    if not acts:
        return law
    new = _new_zones(law, [act for act in acts if isinstance(act, ZoneEnacted)])
    alone = _alone(law, new)
    asked = dict.fromkeys(act.zone_id for act in acts if act.zone_id not in alone)
    touched = {zone_id: law.versions(zone_id) for zone_id in asked}
    before = {_key(zone): zone for versions in touched.values() for zone in versions}
    for zone in new:
        if zone.fact.zone_id not in alone:
            touched[zone.fact.zone_id].append(zone)
    settled = {_key(zone): zone for zone in _settled_zones(law, touched)}
    fresh = [zone if zone.fact.zone_id in alone else settled[_key(zone)] for zone in new]
    changed = [key for key, zone in before.items() if _ends(settled[key]) != _ends(zone)]
    zones = list(law.zones)
    for key in changed:
        zones[bisect.bisect_left(zones, key, key=_key)] = settled[key]
    places = _put(zones, fresh)
    return dataclasses.replace(
        law,
        zones=tuple(zones),
        zone_edges=_exchanged(
            law.zone_edges,
            [edge for key in changed for edge in before[key].edges_ns()],
            [edge for zone in (*map(settled.__getitem__, changed), *fresh) for edge in zone.edges_ns()],
        ),
        engine=updated(law.engine, zones, places, sorted(bisect.bisect_left(zones, key, key=_key) for key in changed)),
    )


def _alone(law: Law, new: list[Zone]) -> set[str]:
    """Return the ids, in a law without zones, of which there is one version and nothing else was ever said."""
    if law.zones:
        return set()
    counts = collections.Counter(zone.fact.zone_id for zone in new)
    said = {act.zone_id for act in law.withdrawals} | {act.zone_id for act in law.overrides}
    return {zone_id for zone_id, count in counts.items() if count == 1 and zone_id not in said}


def _put(zones: list[Zone], new: list[Zone]) -> list[int]:
    """Put new zones in their places among sorted ones; return those places, ascending."""
    if len(new) > _FEW:
        zones += new
        zones.sort(key=_key)  # two sorted runs, or nearly: one pass
        keys = {_key(zone) for zone in new}
        return [place for place, zone in enumerate(zones) if _key(zone) in keys]
    for zone in new:
        bisect.insort(zones, zone, key=_key)
    return sorted(bisect.bisect_left(zones, _key(zone), key=_key) for zone in new)


def _key(zone: Zone) -> tuple[str, int]:
    return zone.fact.zone_id, zone.fact.version


def _ends(zone: Zone) -> tuple[int, int, tuple[ZoneOverridden, ...]]:
    return zone.withdrawn_ns, zone.superseded_ns, zone.overrides


def _id(zone: Zone) -> str:
    return zone.fact.zone_id


def _new_zones(law: Law, facts: list[ZoneEnacted]) -> list[Zone]:
    """Return the versions that the law does not hold yet, compiled, in the order in which they were enacted."""
    first: dict[tuple[str, int], ZoneEnacted] = {}
    for fact in facts:
        first.setdefault((fact.zone_id, fact.version), fact)
    for key in list(first) if law.zones else []:
        place = bisect.bisect_left(law.zones, key, key=_key)
        if place < len(law.zones) and _key(law.zones[place]) == key:
            del first[key]
    outlines = iter(compile_outlines([volume.outline for fact in first.values() for volume in fact.volumes]))
    return [Zone(fact, tuple(itertools.islice(outlines, len(fact.volumes)))) for fact in first.values()]


def _settled_zones(law: Law, touched: dict[str, list[Zone]]) -> list[Zone]:
    """Return these zones with each version's end and overrides worked out anew."""
    gone: dict[tuple[str, int], int] = {}
    for act in law.withdrawals:
        if act.zone_id in touched:
            key = act.zone_id, act.version
            gone[key] = min(gone.get(key, FOREVER_NS), act.t_ns)
    said: dict[str, list[ZoneOverridden]] = {}
    for override in sorted(law.overrides, key=by_saying):
        if override.zone_id in touched:
            said.setdefault(override.zone_id, []).append(override)
    done: list[Zone] = []
    for versions in touched.values():
        if len(versions) == 1 and versions[0].fact.zone_id not in said and _key(versions[0]) not in gone:
            done += versions  # as most are: nothing was ever said of it but itself
        else:
            done += _superseded_zones([_withdrawn(zone, gone, said) for zone in sorted(versions, key=_key)])
    return done


def _exchanged(edges: Ints, gone: list[int], come: list[int]) -> Ints:
    """Return sorted times without those that went and with those that came, each as often as it occurs."""
    old = np.array(sorted(edge for edge in gone if edge < FOREVER_NS), np.int64)
    new = np.array(sorted(edge for edge in come if edge < FOREVER_NS), np.int64)
    rank = np.arange(len(old)) - np.searchsorted(old, old)  # how many equal ones stand before
    left = np.delete(edges, np.searchsorted(edges, old) + rank)
    return np.insert(left, np.searchsorted(left, new), new)


def _with_permits(law: Law, acts: list[PermitEnacted | PermitRevoked]) -> Law:
    """Return the law with the new permit versions and each version's end worked out anew."""
    if not acts:
        return law
    known = {(permit.fact.permit_id, permit.fact.version): permit for permit in law.permits}
    for act in acts:
        if isinstance(act, PermitEnacted) and (act.permit_id, act.version) not in known:
            outlines = tuple(compile_outline(part.volume.outline) for part in act.volumes)
            known[act.permit_id, act.version] = Permit(act, outlines)
    permits = _revoked_permits(_superseded_permits(tuple(known[key] for key in sorted(known))), law.revocations)
    edges = [edge for permit in permits for edge in permit.edges_ns()]
    return dataclasses.replace(
        law,
        permits=tuple(permits),
        granted=index_permits(permits),
        permit_edges=_exchanged(_no_edges(), [], edges),
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
