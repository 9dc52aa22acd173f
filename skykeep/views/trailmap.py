"""The map of one explained track as SVG: its path and spread, the plots that it took, and those that it did not."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Sequence

from skykeep.views import ground, words
from skykeep.views.areas import PHONE, area_label, drawn_area, patterns, points, thinned
from skykeep.views.chart import Flight, law_areas, pills
from skykeep.views.ground import Plane
from skykeep.views.labels import Box, Placer, around, text_width
from skykeep.views.mapframe import grid, scale_bar
from skykeep.views.markup import Html, number, tag
from skykeep.views.picture import Picture
from skykeep.views.symbols import drawn
from skykeep.views.trail import Moment, Seen, Trail

ELLIPSES_MAX = 12
RAYS_MAX = 24
PLOTS_MAX = 1200
BEYOND_PX = 40.0  # a bearing is drawn this far past the track
_SIGMAS_95 = 2.448
_DOUBTFUL = 0.9


def panel(picture: Picture, flight: Flight, trail: Trail, *, width: float, key: str, caption: str) -> Html:
    """Draw the track with what made it; the law about it lies under it, lightly."""
    narrow = width < PHONE
    high = width * (1.15 if narrow else 0.7)
    extent = ground.extent_of_places([*_places(flight, trail)])
    plane = ground.plane(extent, width, lowest=width * (0.8 if narrow else 0.45), highest=high, pad=width * 0.06 + 12)
    placer = Placer(plane.width, plane.height)
    head = pills(plane, placer, [flight])
    lines, measure = grid(plane, placer), scale_bar(plane, placer)
    areas = [area for area in law_areas(picture, [flight], plane) if area.named]
    at = _moments(trail)
    end = _end(plane, flight, trail)
    for x, y in thinned([plane.xy(*place) for place in _places(flight, trail)], 14):
        placer.shade(Box(x - 5, y - 5, 10, 10))
    if end is not None:
        placer.block(Box(end[0] - 12, end[1] - 12, 24, 24))
    own = [tag("g", *_own(plane, trail, at), class_="plots")]
    rest = [tag("g", *_others(plane, trail), class_="plots")]
    label = [_label(plane, placer, flight, end)] if end is not None else []
    return tag(
        "svg",
        tag("title", caption),
        tag("desc", _described(trail)),
        patterns(key),
        tag("rect", class_="ground", width=plane.width, height=plane.height),
        tag("g", *lines, class_="grid", aria_hidden="true"),
        tag("g", *(drawn_area(plane, area, key) for area in reversed(areas)), class_="areas faded"),
        tag("g", *_rays(picture, plane, trail, at), class_="rays"),
        *rest,
        tag("g", *_ellipses(plane, trail), class_="ellipses"),
        tag("g", *_path(plane, trail), class_="flights"),
        *own,
        tag("g", *_stations(picture, plane, placer, trail), class_="labels"),
        drawn(flight.shape, *end) if end is not None else Html(),
        tag("g", *label, *(area_label(plane, placer, area) for area in areas), class_="labels"),
        tag("g", *measure, aria_hidden="true"),
        head,
        class_=f"map {'narrow' if narrow else 'wide'}",
        viewBox=f"0 0 {number(plane.width)} {number(plane.height)}",
        role="img",
        aria_label=caption,
    )


def _places(flight: Flight, trail: Trail) -> Iterator[tuple[float, float]]:
    """Yield the places that the map must show: the track's, and its plots' as far as they are near it."""
    for moment in trail.moments:
        yield moment.lat_deg, moment.lon_deg
    for point in flight.track.points if not trail.moments else ():
        yield point.lat_e7 / 1e7, point.lon_e7 / 1e7
    for seen in trail.used:
        if seen.lat_deg is not None and seen.lon_deg is not None and (seen.distance_m or 0.0) < ground.FAR_M:
            yield seen.lat_deg, seen.lon_deg


def _described(trail: Trail) -> str:
    placed = sum(seen.lat_deg is not None for seen in trail.used)
    rays = sum(seen.azimuth_deg is not None for seen in trail.used)
    parts = [f"North is up. {words.number(placed, 'plot')} and {words.number(rays, 'bearing')} made this track."]
    others = sum(not seen.repeat for seen in trail.near)
    parts.append(f"{words.number(others, 'report')} near it were of others, or of nobody.")
    return " ".join(parts)


def _end(plane: Plane, flight: Flight, trail: Trail) -> tuple[float, float] | None:
    if trail.moments:
        return plane.xy(trail.moments[-1].lat_deg, trail.moments[-1].lon_deg)
    if flight.track.points:
        last = flight.track.points[-1]
        return plane.xy(last.lat_e7 / 1e7, last.lon_e7 / 1e7)
    return None


def _path(plane: Plane, trail: Trail) -> Iterator[Html]:
    places = [plane.xy(moment.lat_deg, moment.lon_deg) for moment in trail.moments]
    if len(places) > 1:
        yield tag("path", class_="trail", d=Html(f"M{points(thinned(places, 1.0))}"))


def _ellipses(plane: Plane, trail: Trail) -> Iterator[Html]:
    """Yield where it is with 95 %, at some moments and at the last one."""
    moments = trail.moments
    every = max(1, len(moments) // (ELLIPSES_MAX - 1))
    for moment in [*moments[:-1][::every], *moments[-1:]]:
        x, y = plane.xy(moment.lat_deg, moment.lon_deg)
        rx, ry = (side * _SIGMAS_95 / plane.metres_per_px for side in (moment.minor_m, moment.major_m))
        if max(rx, ry) > plane.width:
            continue
        title = f"{words.utc(moment.t_ns)}: where it is with 95 %"
        turned = f"rotate({number(moment.turn_deg)} {number(x)} {number(y)})"
        yield tag("ellipse", tag("title", title), class_="spread", cx=x, cy=y, rx=max(rx, 1.0), ry=max(ry, 1.0),
                  transform=Html(turned))  # fmt: skip


# Plots


def _moments(trail: Trail) -> tuple[list[int], list[Moment]]:
    ordered = sorted(trail.moments, key=lambda moment: moment.t_ns)
    return [moment.t_ns for moment in ordered], ordered


def _own(plane: Plane, trail: Trail, at: tuple[list[int], list[Moment]]) -> Iterator[Html]:
    """Yield the plots that it took, each with a line to where the track was then."""
    times, moments = at
    for seen in _spread(trail.used):
        if seen.lat_deg is None or seen.lon_deg is None:
            continue
        x, y = plane.xy(seen.lat_deg, seen.lon_deg)
        if moments:
            moment = moments[min(bisect.bisect_left(times, seen.t_ns), len(moments) - 1)]
            to_x, to_y = plane.xy(moment.lat_deg, moment.lon_deg)
            if math.hypot(to_x - x, to_y - y) > 3:  # noqa: PLR2004  # under that, the dot hides it
                yield tag("line", class_="taken", x1=x, y1=y, x2=to_x, y2=to_y)
        style = "own" if seen.probability >= _DOUBTFUL else "own doubtful"
        yield tag("circle", tag("title", _titled(seen)), class_=style, cx=x, cy=y, r=2.6)


def _others(plane: Plane, trail: Trail) -> Iterator[Html]:
    """Yield the plots near it that were given to another track, or to nobody."""
    for seen in _spread([seen for seen in trail.near if not seen.repeat]):
        if seen.lat_deg is None or seen.lon_deg is None:
            continue
        x, y = plane.xy(seen.lat_deg, seen.lon_deg)
        way = Html(f"M{number(x - 3)} {number(y - 3)}l6 6m0-6l-6 6")
        style = "other" if seen.other is not None else "other nobody"
        yield tag("path", tag("title", _titled(seen)), class_=style, d=way)


def _spread(seen: Sequence[Seen]) -> Sequence[Seen]:
    return seen[:: len(seen) // PLOTS_MAX + 1]


def _titled(seen: Seen) -> str:
    own = words.probability(round(seen.probability * 1e6))
    whose = (
        "" if seen.other is None else f"; track {seen.other}'s {words.probability(round(seen.other_probability * 1e6))}"
    )
    return f"{words.utc(seen.t_ns)} {words.shown(seen.sensor_id, 60)}: its own {own}{whose}"


def _rays(picture: Picture, plane: Plane, trail: Trail, at: tuple[list[int], list[Moment]]) -> Iterator[Html]:
    """Yield some of the bearings that it took, from their sensor to a little beyond the track."""
    rays = [seen for seen in trail.used if seen.azimuth_deg is not None]
    times, moments = at
    for seen in rays[:: len(rays) // RAYS_MAX + 1]:
        stands = _stands(picture, seen.sensor_id)
        if stands is None or seen.azimuth_deg is None or not moments:
            continue
        x, y = plane.xy(*stands)
        moment = moments[min(bisect.bisect_left(times, seen.t_ns), len(moments) - 1)]
        to_x, to_y = plane.xy(moment.lat_deg, moment.lon_deg)
        far, turn = math.hypot(to_x - x, to_y - y) + BEYOND_PX, math.radians(seen.azimuth_deg)
        way = f"M{number(x)} {number(y)}l{number(math.sin(turn) * far)} {number(-math.cos(turn) * far)}"
        yield tag("path", tag("title", _titled(seen)), class_="ray", d=Html(way))


def _stands(picture: Picture, sensor_id: str) -> tuple[float, float] | None:
    sensor = picture.sensors.get(sensor_id)
    declared = None if sensor is None else sensor.declared
    if declared is None or declared.lat_e7 is None or declared.lon_e7 is None:
        return None
    return declared.lat_e7 / 1e7, declared.lon_e7 / 1e7


def _stations(picture: Picture, plane: Plane, placer: Placer, trail: Trail) -> Iterator[Html]:
    """Yield the sensors that stand within the map, with their names."""
    for sensor_id in sorted({seen.sensor_id for seen in trail.used}):
        stands = _stands(picture, sensor_id)
        if stands is None:
            continue
        x, y = plane.xy(*stands)
        if not (8 < x < plane.width - 8 and 8 < y < plane.height - 8):  # noqa: PLR2004
            continue
        yield tag("path", tag("title", sensor_id), class_="station", d=Html(f"M{number(x)} {number(y - 6)}l6 11h-12z"))
        name = words.shown(sensor_id, 24)
        box = placer.place(around(x, y, text_width(name, 11.5), 14, far=False))
        if box is not None:
            yield tag("g", tag("text", name, class_="l2", x=box.x, y=box.y + 11), class_="lab")


def _label(plane: Plane, placer: Placer, flight: Flight, end: tuple[float, float]) -> Html:
    row = flight.row
    lines = [f"Track {row.track_id}{' · SIMULATED' if row.simulated else ''}", row.verdict_words]
    widest = max(text_width(line, 12, bold=True) for line in lines)
    box = placer.place(around(*end, widest, 30, far=plane.width >= PHONE))
    if box is None:
        return Html()
    texts = [
        tag("text", lines[0], class_="l1", x=box.x, y=box.y + 12),
        tag("text", lines[1], class_=f"l2 w-{row.verdict}", x=box.x, y=box.y + 26.5),
    ]
    return tag("g", *texts, class_="lab of")
