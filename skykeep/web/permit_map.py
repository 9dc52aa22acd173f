"""The map of a permit: its volumes, the zones they meet, the permits that come too near; still SVG, north up."""

from __future__ import annotations

from collections.abc import Sequence

from skykeep.views import ground, words
from skykeep.views.areas import PERMIT, Area, area_label, bounds, drawn_area, patterns
from skykeep.views.ground import Extent, Plane
from skykeep.views.labels import Placer
from skykeep.views.livemodels import PermitVolumeNow, VolumeNow, ZoneNow
from skykeep.views.mapframe import grid, scale_bar
from skykeep.views.markup import Html, number, tag
from skykeep.web import spoken, zone_areas
from skykeep.web.volumes import volume_of
from skykeep.web.wishes import FEET, wishes
from skykeep.web.words import say

WIDTH = 390.0
ROUND = 0.8  # of its own size, so much is shown about a permit
LEAST_M = 400.0
_KEY = "p"


def drawn(
    volumes: Sequence[PermitVolumeNow],
    zones: Sequence[ZoneNow],
    others: Sequence[tuple[str, Sequence[PermitVolumeNow]]] = (),
    *,
    label: str = "",
) -> Html:
    """Return the map as SVG, and its key; empty where there is no volume. `others`: permits beside it, by name."""
    if not volumes:
        return Html()
    kind, label = say(PERMIT), label or say("asked for")
    mine = [Area(volume_of(each.volume), zone_areas.ASKED, kind, label, _heights(each.volume), "") for each in volumes]
    plane = ground.plane(_extent(mine), WIDTH, lowest=210.0, highest=290.0, pad=14.0)
    placer = Placer(plane.width, plane.height)
    lines, measure = grid(plane, placer), scale_bar(plane, placer, feet=wishes().units == FEET)
    for area in mine:
        placer.shade(bounds(plane, area.volume))
    areas = [zone_areas.area(zone, each) for zone in zones for each in zone.volumes]
    areas += [
        Area(volume_of(each.volume), "permit-area", kind, words.shown(name, 30), _heights(each.volume), "")
        for name, held in others
        for each in held
    ]
    labels = [area_label(plane, placer, area) for area in mine]
    for area in mine:
        placer.block(bounds(plane, area.volume))  # the name of another permit within would seem to be its own
    labels += [area_label(plane, placer, area) for area in areas]
    shapes = [drawn_area(plane, area, _KEY) for area in areas]
    shapes += [drawn_area(plane, area, _KEY) for area in mine]
    return Html(_svg(plane, [lines, shapes, labels, measure]) + zone_areas.key((*mine, *areas), _KEY, asked=label))


def _heights(volume: VolumeNow) -> str:
    return spoken.heights(volume_of(volume))


def _extent(mine: Sequence[Area]) -> Extent:
    """Return what is shown: the permit with room about it."""
    extent = ground.extent_of_volume(mine[0].volume)
    for area in mine[1:]:
        extent = extent.joined(ground.extent_of_volume(area.volume))
    lat_m, lon_m = ground.metres_per_degree((extent.south + extent.north) / 2)
    room_m = max(max(extent.size_m) * ROUND, LEAST_M)
    corners = [
        (extent.south - room_m / lat_m, extent.west - room_m / lon_m),
        (extent.north + room_m / lat_m, extent.east + room_m / lon_m),
    ]
    return ground.extent_of_places(corners)


def _svg(plane: Plane, layers: Sequence[Sequence[Html]]) -> Html:
    names = ("grid", "areas", "labels", "measure")
    said = say("Map of the permit and of what is near it, north up")
    return tag(
        "svg",
        tag("title", said),
        patterns(_KEY),
        tag("rect", class_="ground", width=plane.width, height=plane.height),
        *(tag("g", *layer, class_=name) for name, layer in zip(names, layers, strict=True)),
        class_="map",
        viewBox=f"0 0 {number(plane.width)} {number(plane.height)}",
        role="img",
        aria_label=said,
    )
