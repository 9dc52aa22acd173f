"""What a new edition of the law changes, in plain words, and which permits and tracks it hits.

Two editions are compared zone by zone, by id. Areas are said to about one per cent: they are for people, nothing is
judged by them. What only a reader of the file would notice (its hash, its doubts, its own wording) is no change.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import shapely

from skykeep.facts.columns import Estimate
from skykeep.facts.enacted import Circle, PermitEnacted, PermitVolume, Polygon, Volume, ZoneEnacted
from skykeep.geo.frames import metres_per_e7
from skykeep.rules.flight import Height
from skykeep.rules.inside import Where, compare_heights
from skykeep.rules.outline import Outline, compile_outline
from skykeep.station import hours
from skykeep.views import words
from skykeep.wire.periods import Say, plain
from skykeep.wire.zonefile import at_or_below

_TURN_E7 = 3_600_000_000
_CORNERS = 180  # of a circle, when its area is compared
_SAME_M2 = 1.0  # areas that differ by less are the same to a person


class Voice(NamedTuple):
    """In which words, and in which units of height, differences are told."""

    say: Say
    heights: Callable[[Volume], str]


PLAIN = Voice(plain, words.heights)


class Kind(enum.Enum):
    """What happened to a zone between two editions."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One zone that is not the same in both editions, with what is different in words."""

    zone_id: str
    kind: Kind
    before: ZoneEnacted | None
    after: ZoneEnacted | None
    what: tuple[str, ...]
    permits: tuple[str, ...] = ()
    tracks: tuple[str, ...] = ()

    @property
    def volumes(self) -> list[Volume]:
        """The volumes of both editions: whatever meets none of them is not concerned."""
        return [volume for zone in (self.before, self.after) if zone is not None for volume in zone.volumes]


def compare(before: Iterable[ZoneEnacted], after: Iterable[ZoneEnacted], voice: Voice = PLAIN) -> list[Change]:
    """Return the zones that are not the same, by id."""
    old, new = ({zone.zone_id: zone for zone in edition} for edition in (before, after))
    changes = []
    for zone_id in sorted({**old, **new}):
        was, now = old.get(zone_id), new.get(zone_id)
        if was is None and now is not None:
            changes.append(Change(zone_id, Kind.ADDED, None, now, (_whole(now, voice),)))
        elif now is None and was is not None:
            changes.append(Change(zone_id, Kind.REMOVED, was, None, (_whole(was, voice),)))
        elif was is not None and now is not None and (what := _differences(was, now, voice)):
            changes.append(Change(zone_id, Kind.CHANGED, was, now, tuple(what)))
    return changes


def _whole(zone: ZoneEnacted, voice: Voice) -> str:
    rule = voice.say(RULE[zone.rule.value])
    return f"{rule}, {area_words(area_m2(zone))}, {_bands(zone, voice)}, {hours.words(zone, voice.say)}"


def _bands(zone: ZoneEnacted, voice: Voice) -> str:
    return "; ".join(dict.fromkeys(voice.heights(volume) for volume in zone.volumes))


RULE = {
    "prohibited": "no drones",
    "needs_permit": "by permit only",
    "conditional": "under conditions",
    "allowed": "allowed",
}


def _differences(was: ZoneEnacted, now: ZoneEnacted, voice: Voice) -> list[str]:
    say, found = voice.say, list[str]()
    if was.rule is not now.rule:
        found.append(say("rule: {old} → {new}", old=say(RULE[was.rule.value]), new=say(RULE[now.rule.value])))
    found += _outlines(was, now, say)
    bands = [_bands(zone, voice) for zone in (was, now)]
    if bands[0] != bands[1]:
        found.append(say("heights: {old} → {new}", old=bands[0], new=bands[1]))
    elif not found and _limits(was) != _limits(now):
        found.append(say("heights: parts of it have other limits than before"))
    if _times(was) != _times(now):
        found.append(say("hours: {old} → {new}", old=hours.words(was, say), new=hours.words(now, say)))
    if was.exemptions != now.exemptions:
        counts = [len(zone.exemptions) for zone in (was, now)]
        found.append(say("exemptions: {old} → {new}; read them", old=counts[0], new=counts[1]))
    for field, text in SAID_AS_IT_IS.items():
        old, new = (words.shown(getattr(zone, field) or "") or say("not stated") for zone in (was, now))
        if getattr(was, field) != getattr(now, field):
            found.append(say(text, old=old, new=new))
    if was.authorities != now.authorities and was.contact == now.contact:
        found.append(say("the authorities to ask are others, or said otherwise"))
    return found


SAID_AS_IT_IS = {
    "name": "name: {old} → {new}",
    "conditions": "conditions: {old} → {new}",
    "reason": "reason: {old} → {new}",
    "legal_basis": "legal basis: {old} → {new}",
    "issuing_body": "issuing body: {old} → {new}",
    "contact": "contact: {old} → {new}",
    "appeal_contact": "where to appeal: {old} → {new}",
}


def _limits(zone: ZoneEnacted) -> list[object]:
    return [(volume.floor, volume.ceiling) for volume in zone.volumes]


def _times(zone: ZoneEnacted) -> tuple[object, ...]:
    dated = None if zone.applicability_span is not None else zone.applicability
    return zone.periods, dated, zone.hours_unread, zone.effective_from_ns, zone.end_ns, zone.announced_at_ns


def _outlines(was: ZoneEnacted, now: ZoneEnacted, say: Say) -> list[str]:
    """Say how the ground that the zone covers differs."""
    if [volume.outline for volume in was.volumes] == [volume.outline for volume in now.volumes]:
        return []
    anchor = _anchor(now.volumes[0].outline)
    old, new = (_union(zone.volumes, anchor) for zone in (was, now))
    gained, lost = (float(shapely.area(shapely.difference(*pair))) for pair in ((new, old), (old, new)))
    if gained < _SAME_M2 and lost < _SAME_M2:
        return []
    sizes = {"gained": gained, "lost": lost, "old": old.area, "new": new.area}
    said = {name: area_words(size) for name, size in sizes.items()}
    if gained < _SAME_M2:
        return [say("area: loses {lost} (was {old}, is {new})", **said)]
    if lost < _SAME_M2:
        return [say("area: gains {gained} (was {old}, is {new})", **said)]
    return [say("area: gains {gained} and loses {lost} (was {old}, is {new})", **said)]


def area_m2(zone: ZoneEnacted) -> float:
    """Return the ground that a zone with a volume covers, in square metres to about one per cent."""
    return float(_union(zone.volumes, _anchor(zone.volumes[0].outline)).area)


def area_words(size_m2: float) -> str:
    """Return an area with its unit."""
    if size_m2 < 10_000:  # noqa: PLR2004  # below a hectare
        return f"{size_m2:.0f} m²"
    size_km2 = size_m2 / 1e6
    return f"{size_km2:.2f} km²" if size_km2 < 10 else f"{size_km2:,.0f} km²"  # noqa: PLR2004


def _anchor(outline: Polygon | Circle) -> tuple[int, int]:
    return (outline.lat_e7, outline.lon_e7) if isinstance(outline, Circle) else outline.rings[0][0]


def _union(volumes: Sequence[Volume], anchor: tuple[int, int]) -> shapely.Geometry:
    return shapely.union_all([shapely.make_valid(shape_m(volume.outline, anchor)) for volume in volumes])


def shape_m(outline: Polygon | Circle, anchor: tuple[int, int]) -> shapely.Geometry:
    """Return an outline in metres east and north of an anchor (lat_e7, lon_e7), true to about one per cent there."""
    if isinstance(outline, Circle):
        centre = _metres((outline.lat_e7, outline.lon_e7), anchor)
        steps = (2 * math.pi * k / _CORNERS for k in range(_CORNERS))
        radius_m = outline.radius_mm / 1e3
        return shapely.Polygon(
            [(centre[0] + radius_m * math.cos(a), centre[1] + radius_m * math.sin(a)) for a in steps]
        )
    rings = [[_metres(vertex, anchor) for vertex in ring] for ring in outline.rings]
    return shapely.Polygon(rings[0], rings[1:])


def _metres(vertex: tuple[int, int], anchor: tuple[int, int]) -> tuple[float, float]:
    north_m, east_m = metres_per_e7(min(max(anchor[0], -890_000_000), 890_000_000) / 1e7)
    turned = (vertex[1] - anchor[1] + _TURN_E7 // 2) % _TURN_E7 - _TURN_E7 // 2
    return turned * east_m, (vertex[0] - anchor[0]) * north_m


# What it hits


def with_hits(
    changes: Sequence[Change], permits: Iterable[PermitEnacted], tracks: Mapping[int, Sequence[Estimate]]
) -> list[Change]:
    """Return the changes with the permits and tracks that they concern, in words."""
    listed = list(permits)
    return [
        dataclasses.replace(
            change,
            permits=tuple(_permit_words(change, permit) for permit in listed if _concerns(change, permit)),
            tracks=tuple(_track_words(change, tracks)),
        )
        for change in changes
    ]


def _concerns(change: Change, permit: PermitEnacted) -> bool:
    return any(_meets(part, volume) for part in permit.volumes for volume in change.volumes)


def _meets(part: PermitVolume, volume: Volume) -> bool:
    """Whether a permit's volume and a zone's share a place and, as far as that can be compared, a height."""
    anchor = _anchor(part.volume.outline)
    one, other = (shapely.make_valid(shape_m(outline, anchor)) for outline in (part.volume.outline, volume.outline))
    apart = at_or_below(part.volume.ceiling, volume.floor) or at_or_below(volume.ceiling, part.volume.floor)
    return bool(shapely.intersects(one, other)) and not apart


def _permit_words(change: Change, permit: PermitEnacted) -> str:
    lifted = [pin for pin in permit.zones if pin.zone_id == change.zone_id]
    when = words.period(min(part.start_ns for part in permit.volumes), max(part.end_ns for part in permit.volumes))
    named = (
        "lifts this zone by name" if lifted else "lifts whatever it reaches" if not permit.zones else "does not lift it"
    )
    pinned = f", pinned to version {lifted[0].version}" if lifted and lifted[0].version is not None else ""
    return f"{permit.permit_id}, {when}: it meets this zone and {named}{pinned}"


def _track_words(change: Change, tracks: Mapping[int, Sequence[Estimate]]) -> Iterable[str]:
    sides = [[(volume, compile_outline(volume.outline)) for volume in zone.volumes] if zone else []
             for zone in (change.before, change.after)]  # fmt: skip
    for track_id, points in sorted(tracks.items()):
        counted = [[point for point in points if any(_inside(point, *one) for one in side)] for side in sides]
        if counted[0] or counted[1]:
            yield f"track {track_id}: {_span_words(counted[0], 'before')}; {_span_words(counted[1], 'now')}"


def _inside(point: Estimate, volume: Volume, outline: Outline) -> bool:
    if outline.margin_m(point.lat_e7, point.lon_e7) < 0.0:
        return False
    known = tuple(Height(one, 0) for one in point.heights)
    return compare_heights(known, volume.floor, volume.ceiling).where is not Where.OUTSIDE


def _span_words(points: Sequence[Estimate], edition: str) -> str:
    if not points:
        return f"{edition} it was outside" if edition == "before" else f"{edition} it would be outside"
    return f"{edition} inside {words.hours(points[0].t_ns, points[-1].t_ns)} UTC ({words.number(len(points), 'place')})"
