"""The map of an incident's page: its flights now, how sure their places are, the zones that rule there.

Drawn as still SVG without any base map, so that it needs no other server and no program in the browser.
"""

from __future__ import annotations

from collections.abc import Sequence

from skykeep.facts.concluded import Verdict
from skykeep.views import ground, symbols
from skykeep.views.areas import area_label, drawn_area, patterns
from skykeep.views.chart import SIGMAS_95
from skykeep.views.ground import Extent, Plane
from skykeep.views.labels import Box, Placer, around, text_width
from skykeep.views.livemodels import PositionNow, TrackNow, ZoneNow
from skykeep.views.mapframe import grid, scale_bar
from skykeep.views.markup import Html, number, tag
from skykeep.web import zone_areas
from skykeep.web.volumes import volume_of
from skykeep.web.wishes import FEET, wishes
from skykeep.web.words import say

WIDTH = 390.0
NEAR_M = 1_500.0  # a flight is always shown with so much about it
FAR_M = 12_000.0  # a zone larger than that is shown in part
AHEAD_S = 30.0
SLOW_MMPS = 500
_KEY = "i"


def drawn(tracks: Sequence[TrackNow], zones: Sequence[ZoneNow]) -> Html:
    """Return the map as SVG, and its key; empty where no flight has a place."""
    placed = [(track, track.position) for track in tracks if track.position is not None]
    if not placed:
        return Html()
    plane = ground.plane(_extent([at for _, at in placed], zones), WIDTH, lowest=230.0, highest=300.0, pad=26.0)
    placer = Placer(plane.width, plane.height)
    lines, measure = grid(plane, placer), scale_bar(plane, placer, feet=wishes().units == FEET)
    for _, at in placed:
        x, y = _xy(plane, at)
        placer.block(Box(x - 14, y - 14, 28, 28))
    areas = [zone_areas.area(zone, volume) for zone in zones for volume in zone.volumes]
    flights = [_flight(plane, track, at) for track, at in reversed(placed)]
    labels = [_label(plane, placer, track, at) for track, at in placed]
    labels += [area_label(plane, placer, area) for area in areas]
    shapes = [drawn_area(plane, area, _KEY) for area in areas]
    return Html(_svg(plane, [lines, shapes, flights, labels, measure]) + zone_areas.key(areas, _KEY))


def _svg(plane: Plane, layers: Sequence[Sequence[Html]]) -> Html:
    names = ("grid", "areas", "flights", "labels", "measure")
    return tag(
        "svg",
        tag("title", say("Map of the incident, north up")),
        patterns(_KEY),
        tag("rect", class_="ground", width=plane.width, height=plane.height),
        *(tag("g", *layer, class_=name) for name, layer in zip(names, layers, strict=True)),
        class_="map",
        viewBox=f"0 0 {number(plane.width)} {number(plane.height)}",
        role="img",
        aria_label=say("Map of the incident, north up"),
    )


def _extent(at: Sequence[PositionNow], zones: Sequence[ZoneNow]) -> Extent:
    lat_m, lon_m = ground.metres_per_degree(at[0].lat_e7 / 1e7)
    places = [
        (each.lat_e7 / 1e7 + up * NEAR_M / 2 / lat_m, each.lon_e7 / 1e7 + right * NEAR_M / 2 / lon_m)
        for each in at
        for up, right in ((-1, -1), (1, 1))
    ]
    extent = ground.extent_of_places(places)
    for zone in zones:
        for volume in zone.volumes:
            joined = extent.joined(ground.extent_of_volume(volume_of(volume)))
            extent = joined if max(joined.size_m) <= FAR_M else extent
    return extent


def _xy(plane: Plane, at: PositionNow) -> tuple[float, float]:
    return plane.xy(at.lat_e7 / 1e7, at.lon_e7 / 1e7)


def _flight(plane: Plane, track: TrackNow, at: PositionNow) -> Html:
    x, y = _xy(plane, at)
    radius = at.pos_sigma_mm * SIGMAS_95 / 1e3 / plane.metres_per_px
    parts = []
    if radius > symbols.RADIUS:
        style = "accuracy assumed" if at.pos_assumed else "accuracy"
        parts.append(tag("circle", class_=style, cx=x, cy=y, r=radius))
    if at.vel_east_mmps**2 + at.vel_north_mmps**2 >= SLOW_MMPS**2:
        scale = AHEAD_S / 1e3 / plane.metres_per_px
        ahead = f"l{number(at.vel_east_mmps * scale)} {number(-at.vel_north_mmps * scale)}"
        parts.append(tag("path", class_="course", d=Html(f"M{number(x)} {number(y)}{ahead}")))
    return tag("g", *parts, symbols.drawn(shape(track), x, y), class_="flight")


def shape(track: TrackNow) -> str:
    """Return the shape that stands for a track's verdict."""
    manned = (track.position is not None and track.position.manned) or (
        track.identity is not None and track.identity.manned
    )
    verdict = Verdict(track.verdict) if track.verdict is not None else Verdict.CANNOT_TELL
    return symbols.kind(verdict, manned=manned)


def _label(plane: Plane, placer: Placer, track: TrackNow, at: PositionNow) -> Html:
    text = say("Track {n}", n=track.track_id) + (f" · {say('SIMULATED')}" if at.simulated else "")
    x, y = _xy(plane, at)
    box = placer.place(around(x, y, text_width(text, 12, bold=True) + 4, 16, far=False))
    if box is None:
        return Html()
    return tag("g", tag("text", text, class_="l1", x=box.x + 2, y=box.y + 12), class_="lab")
