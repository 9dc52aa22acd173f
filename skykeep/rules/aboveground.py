"""Law whose limits are above the ground where no ground height is known: most flights there cannot be judged."""

from __future__ import annotations

from collections.abc import Iterable

from skykeep.facts.enacted import Limit, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.inside import at_ground
from skykeep.rules.law import FOREVER_NS, Law
from skykeep.rules.outline import Outline


def unlevelled(law: Law, t_ns: int) -> list[str]:
    """Return the ids of zones and permits that rule at `t_ns`, or will, and reach where no terrain is known.

    Looked at are the corners and the middle of the box about each outline: law that the terrain holds but for a hole
    between them is not found.
    """
    zones = [
        zone.fact.zone_id
        for zone in law.zones
        if t_ns < zone.ends_ns
        and (zone.in_force(t_ns) or zone.next_change_ns(t_ns) < FOREVER_NS)
        and _lacks_ground(law, zip(zone.fact.volumes, zone.outlines, strict=True))
    ]
    permits = [
        permit.fact.permit_id
        for permit in law.permits
        if t_ns < min(permit.superseded_ns, permit.revoked_ns)
        and _lacks_ground(
            law,
            (
                (part.volume, outline)
                for part, outline in zip(permit.fact.volumes, permit.outlines, strict=True)
                if t_ns < part.end_ns
            ),
        )
    ]
    return list(dict.fromkeys([*zones, *permits]))


def _lacks_ground(law: Law, parts: Iterable[tuple[Volume, Outline]]) -> bool:
    return any(
        (_is_above_ground(volume.ceiling) or (_is_above_ground(volume.floor) and not _at_ground(volume.floor)))
        and not _is_level(law, outline)
        for volume, outline in parts
    )


def _is_above_ground(limit: Limit) -> bool:
    return isinstance(limit, Altitude) and limit.datum is Datum.AGL


def _at_ground(floor: Limit) -> bool:
    return isinstance(floor, Altitude) and at_ground(floor)


def _is_level(law: Law, outline: Outline) -> bool:
    """Whether the ground is known about an outline."""
    south, north, west, east = outline.box_e7
    corners = [(lat, lon) for lat in (south, north) for lon in (west, east)]
    places = [*corners, ((south + north) // 2, (west + east) // 2)]
    ground = [surface.grid for surface in law.levels.surfaces if surface.fact.kind != "geoid"]
    return all(any(grid.look_up(lat, lon) is not None for grid in ground) for lat, lon in places)
