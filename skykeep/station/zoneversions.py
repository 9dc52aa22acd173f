"""Which versions of a zone an act of people is about: those that bind, and those that a draft began from.

A zone may have a version in force and another that is announced. To withdraw only one of them leaves the other law, so
an act names the version that the person saw, or is about all that are not over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from skykeep.errors import Refused
from skykeep.facts.enacted import ZoneEnacted
from skykeep.rules.law import Law, Zone
from skykeep.station import asked

ANNOUNCED, IN_FORCE, OVER = "announced", "in_force", "over"


def stands(zone: Zone, now_ns: int) -> str:
    """Return how a version stands: "announced", "in_force" or "over", whatever its hours."""
    if zone.ends_ns <= now_ns:
        return OVER
    return ANNOUNCED if zone.begins_to_be_law_ns > now_ns else IN_FORCE


def withdrawn(law: Law, zone_id: str, wanted: asked.ZoneWithdraw, now_ns: int) -> tuple[list[ZoneEnacted], str]:
    """Return the versions that an act takes back, and how they stand together; none of a zone that is over.

    Raises Refused where there is no such zone, or where it is no longer as the person saw it.
    """
    versions = law.versions(zone_id)
    if not versions:
        raise Refused(f"there is no zone {zone_id}; ask for the list of zones")
    last = versions[-1].fact.version
    if wanted.seen_version is not None and wanted.seen_version != last:
        raise Refused(f"zone {zone_id} has a version {last} since you saw it: look at it again")
    bind = [zone for zone in versions if stands(zone, now_ns) != OVER]
    chosen = [zone for zone in bind if wanted.version in {None, zone.fact.version}]
    if bind and not chosen:
        raise Refused(f"version {wanted.version} of zone {zone_id} does not bind now: look at the zone again")
    together = {stands(zone, now_ns) for zone in chosen}
    return [zone.fact for zone in chosen], next((one for one in (IN_FORCE, ANNOUNCED) if one in together), OVER)


def last_versions(law: Law, zones: Iterable[ZoneEnacted]) -> dict[str, int]:
    """Return the last version of each of these zones that there ever was, by id; 0 of one that never was."""
    found = {zone.zone_id: law.versions(zone.zone_id) for zone in zones}
    return {zone_id: versions[-1].fact.version if versions else 0 for zone_id, versions in found.items()}


def require_base(
    law: Law, zones: Iterable[ZoneEnacted], base: Mapping[str, int], promised: Mapping[str, int] = MappingProxyType({})
) -> None:
    """Raise Refused where a zone has another version than the one that its new edition began from.

    `promised`: versions that a tick which was not stepped yet makes law.
    """
    for zone_id, enacted in last_versions(law, zones).items():
        began, last = base.get(zone_id, 0), max(enacted, promised.get(zone_id, 0))
        if last != began:
            from_ = f"from version {began}" if began else "when there was no such zone"
            raise Refused(
                f"zone {zone_id} has changed since this was proposed: it began {from_}, and version {last} is there "
                "now; publishing it would undo that. Look at the zone, and propose it anew"
            )
