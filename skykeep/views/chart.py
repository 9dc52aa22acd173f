"""A map panel as SVG: graticule, zones, permits and flights about one place, drawn without any base map."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from skykeep.facts.columns import Estimate
from skykeep.facts.enacted import Circle, Volume
from skykeep.views import ground, words
from skykeep.views.areas import (
    PERMIT,
    PHONE,
    SIZE_PX,
    Area,
    area_label,
    drawn_area,
    patterns,
    size_m2,
    thinned,
    zone_area,
)
from skykeep.views.ground import Extent, Plane
from skykeep.views.labels import Box, Placer, around, text_width
from skykeep.views.mapframe import HEAD_HEIGHT, grid, lat_words, lon_words, scale_bar
from skykeep.views.markup import Html, join, number, tag
from skykeep.views.picture import Picture, Track
from skykeep.views.presences import widest
from skykeep.views.standing import standings
from skykeep.views.summary import TrackSummary
from skykeep.views.symbols import RADIUS, drawn, kind

DOT_NS = 10_000_000_000  # a dot on the path each 10 s
AHEAD_S = 30  # the course is drawn this far ahead of the last place
AREAS_MAX = 80  # drawn on one panel; more would hide each other
LABELS_MAX = 60
PLACES_MAX = 8  # sites on one panel
PRESENCES_MAX = 3
PRESENCE_WIDE = 0.3  # of the panel's width: a radius beyond that is left to the table
DOTS_MAX = 400  # on one path; of more, every second or third is left
SLOW_MPS = 0.5
COARSE_MM = 30_000  # an accuracy worse than this is said in the label
SIGMAS_95 = 2.448  # radius that holds 95 % of a circular normal error


@dataclasses.dataclass(frozen=True, slots=True)
class Flight:
    """One flight to draw: its track, its row, its shape."""

    track: Track
    row: TrackSummary

    @property
    def shape(self) -> str:
        """The symbol of the gravest verdict."""
        return kind(_VERDICTS[self.row.verdict], manned=self.row.manned)


_VERDICTS = {verdict.value: verdict for verdict in words.VERDICT}


def panel(picture: Picture, flights: Sequence[Flight], *, width: float, key: str, caption: str) -> Html:
    """Draw the flights of one group with the law about them; `key` makes the ids of its parts its own."""
    narrow = width < PHONE
    extent = _extent(picture, flights)
    high = width * (1.15 if narrow else 0.62)
    plane = ground.plane(extent, width, lowest=width * (0.8 if narrow else 0.4), highest=high, pad=width * 0.07 + 12)
    areas = law_areas(picture, flights, plane)
    marked = places(picture, plane, flights)
    placer = Placer(plane.width, plane.height)
    head = pills(plane, placer, flights)
    lines = grid(plane, placer)
    measure = scale_bar(plane, placer)
    for flight in flights:
        _keep_clear(placer, plane, flight.track.points)
    drawn_flights = [_flight(plane, flight) for flight in reversed(flights)]
    labels = _labels(plane, placer, flights[:LABELS_MAX], areas)
    labels += [area_label(plane, placer, area) for area in marked]
    return tag(
        "svg",
        tag("title", caption),
        tag("desc", _described(flights)),
        patterns(key),
        tag("rect", class_="ground", width=plane.width, height=plane.height),
        tag("g", *lines, class_="grid", aria_hidden="true"),
        tag("g", *(drawn_area(plane, area, key) for area in reversed([*areas, *marked])), class_="areas"),
        tag("g", *drawn_flights, class_="flights"),
        tag("g", *labels, class_="labels"),
        tag("g", *measure, aria_hidden="true"),
        head,
        class_=f"map {'narrow' if narrow else 'wide'}",
        viewBox=f"0 0 {number(plane.width)} {number(plane.height)}",
        role="img",
        aria_label=caption,
    )


def _labels(plane: Plane, placer: Placer, flights: Sequence[Flight], areas: Sequence[Area]) -> list[Html]:
    """Return the labels for which there is room, asked in the order of what a reader must find."""
    grave = [flight for flight in flights if flight.row.verdict == "not_permitted"]
    others = [flight for flight in flights if flight.row.verdict != "not_permitted"]
    first = [area for area in areas if area.named and area.kind != PERMIT]
    rest = [area for area in areas if not area.named or area.kind == PERMIT]
    return [
        *(_flight_label(plane, placer, flight) for flight in grave),
        *(area_label(plane, placer, area) for area in first),
        *(_flight_label(plane, placer, flight) for flight in others),
        *(area_label(plane, placer, area) for area in rest),
    ]


def _described(flights: Sequence[Flight]) -> str:
    told = [f"{called(flight.row)}: {flight.row.verdict_words}." for flight in flights[:LABELS_MAX]]
    return "North is up. " + " ".join(told) + " The table of verdicts tells the same in words."


def called(row: TrackSummary) -> str:
    """Return how a flight is named where no tag can stand beside it."""
    return f"Track {row.track_id}{', SIMULATED' if row.simulated else ''}"


def place_words(picture: Picture, flights: Sequence[Flight]) -> str:
    """Return where the group is, in words."""
    extent = _extent(picture, flights)
    lat, lon = (extent.south + extent.north) / 2, (extent.west + extent.east) / 2
    return f"near {lat_words(lat, 3)}, {lon_words(lon, 3)}"


# Extent


def _extent(picture: Picture, flights: Sequence[Flight]) -> Extent:
    """Return what the panel must show: the flights, and the law that was applied to them unless it is far larger."""
    places = [(point.lat_e7 / 1e7, point.lon_e7 / 1e7) for flight in flights for point in flight.track.points]
    extent = ground.extent_of_places(places)
    limit_m = max(4 * max(extent.size_m), 12_000.0)
    for volume in _applied(picture, flights):
        joined = extent.joined(ground.extent_of_volume(volume))
        if max(joined.size_m) <= limit_m:
            extent = joined
    return extent


def _applied(picture: Picture, flights: Sequence[Flight]) -> list[Volume]:
    told = [each for flight in flights for each in flight.track.verdicts]
    zones = dict.fromkeys(name for each in told for name in (each.zone_id, each.coming_zone_id) if name is not None)
    permits = dict.fromkeys(each.permit_id for each in told if each.permit_id is not None)
    found = [volume for name in zones if name in picture.zones for volume in picture.zones[name].volumes]
    return found + [
        part.volume for name in permits if name in picture.permits for part in picture.permits[name].volumes
    ]


# Grid, scale, head


def pills(plane: Plane, placer: Placer, flights: Sequence[Flight]) -> Html:
    """Return what stands in the corner of every map: that it is a record, and what of it was invented."""
    first = min(flight.row.first_ns for flight in flights)
    narrow = plane.width < PHONE
    text = "RECORD · not live" if narrow else f"RECORD · not live · {words.day(first)}"
    said = [("rec", text)]
    simulated = sum(flight.row.simulated for flight in flights)
    if simulated:
        every = simulated == len(flights)
        said.append(("sim", "SIMULATED" if every or narrow else f"SIMULATED: {simulated} of {len(flights)} flights"))
    parts = []
    x = 10.0
    for style, words_ in said:
        width = text_width(words_, 11, bold=True) + 18
        parts.append(tag("rect", class_=f"pill-{style}", x=x, y=10, width=width, height=22, rx=11))
        parts.append(tag("text", words_, class_=f"pilltext-{style}", x=x + width / 2, y=25, text_anchor="middle"))
        x += width + 6
    placer.block(Box(0, 0, x, HEAD_HEIGHT))
    return tag("g", *parts)


# Zones and permits


def law_areas(picture: Picture, flights: Sequence[Flight], plane: Plane) -> list[Area]:
    """Return the outlines that the panel shows, those named in a verdict first, then the smaller ones."""
    named = {each.zone_id for flight in flights for each in flight.track.verdicts}
    named |= {each.permit_id for flight in flights for each in flight.track.verdicts}
    found = [
        (zone.zone_id in named, zone_area(zone, volume, part, picture.withdrawals.get(zone.zone_id)))
        for zone in picture.zones.values()
        for part, volume in enumerate(zone.volumes)
    ]
    for permit in picture.permits.values():
        revoked = picture.revocations.get(permit.permit_id)
        ended = "" if revoked is None else f" · revoked {words.clock(revoked.t_ns)}"
        for part in permit.volumes:
            times = f"{words.hours(part.start_ns, part.end_ns)} UTC{ended}"
            name = words.shown(permit.permit_id, 40)
            area = Area(part.volume, "permit-area", PERMIT, name, words.heights(part.volume), times)
            found.append((permit.permit_id in named, area))
    seen = plane.seen()
    inside = [(-int(by_name), size_m2(area), area) for by_name, area in found if _meets(seen, area.volume)]
    ordered = sorted(inside, key=lambda each: each[:2])[:AREAS_MAX]
    return [dataclasses.replace(area, named=by_name < 0) for by_name, _, area in ordered]


def places(picture: Picture, plane: Plane, flights: Sequence[Flight]) -> list[Area]:
    """Return the protected sites that the panel shows, and the areas in which something was heard meanwhile."""
    first_ns = min(flight.row.first_ns for flight in flights)
    last_ns = max(flight.row.last_ns for flight in flights)
    found = []
    for site in picture.sites.values():
        outline = Circle(lat_e7=site.lat_e7, lon_e7=site.lon_e7, radius_mm=max(site.radius_mm, 0))
        name = words.shown(site.name or site.site_id, 44)
        found.append(
            Area(Volume(outline=outline, floor=None, ceiling=None), "site", "PROTECTED", name, "watched over", "")
        )
    found = [area for area in found if _meets(plane.seen(), area.volume)][:PLACES_MAX]
    return [*found, *_presences(picture, plane, first_ns, last_ns)]


def _presences(picture: Picture, plane: Plane, first_ns: int, last_ns: int) -> list[Area]:
    """Return the smallest of the areas in which something was heard; a wide one says little, and the table says it."""
    found: list[tuple[int, Area]] = []
    widest_mm = PRESENCE_WIDE * plane.width * plane.metres_per_px * 1e3
    for one in picture.presences.values():
        told = widest(one) if one.told else None
        if told is None or told.lat_e7 is None or told.lon_e7 is None or told.radius_mm is None:
            continue
        meanwhile = one.told[0].t_ns <= last_ns and (one.told[-1].holds or one.told[-1].t_ns >= first_ns)
        if meanwhile and told.radius_mm <= widest_mm:
            outline = Circle(lat_e7=told.lat_e7, lon_e7=told.lon_e7, radius_mm=max(told.radius_mm, 0))
            volume = Volume(outline=outline, floor=None, ceiling=None)
            by = words.MODALITY.get(told.modality, words.shown(told.modality, 40))
            when = f"{words.clock(one.told[0].t_ns)} UTC"
            area = Area(volume, "presence", "HEARD, PLACE UNKNOWN", "within this circle", f"by {by}", when)
            found.append((told.radius_mm, area))
    inside = [each for each in sorted(found, key=lambda each: each[0]) if _meets(plane.seen(), each[1].volume)]
    return [area for _, area in inside[:PRESENCES_MAX]]


def _meets(seen: Extent, volume: Volume) -> bool:
    extent = ground.extent_of_volume(volume).turned(seen.west)
    sides = (extent, dataclasses.replace(extent, west=extent.west - 360, east=extent.east - 360))
    return any(
        seen.south <= side.north and side.south <= seen.north and seen.west <= side.east and side.west <= seen.east
        for side in sides
    )


# Flights


def _keep_clear(placer: Placer, plane: Plane, points: Sequence[Estimate]) -> None:
    places = thinned([plane.xy(point.lat_e7 / 1e7, point.lon_e7 / 1e7) for point in points], 14)
    for x, y in places:
        placer.shade(Box(x - 5, y - 5, 10, 10))
    placer.block(Box(places[-1][0] - 12, places[-1][1] - 12, 24, 24))


def _flight(plane: Plane, flight: Flight) -> Html:
    row, points = flight.row, flight.track.points
    end = points[-1]
    x, y = plane.xy(end.lat_e7 / 1e7, end.lon_e7 / 1e7)
    title = f"{called(row)}, {row.verdict_words}: {row.sentence}"
    parts = [
        tag("title", title),
        _accuracy(plane, end, x, y),
        *_stretches(plane, flight),
        *_dots(plane, points),
        _course(plane, end, x, y),
        *_changes(plane, flight),
        tag("circle", class_="ring", cx=x, cy=y, r=16),
        drawn(flight.shape, x, y, heading_deg=_heading_deg(end)),
    ]
    return tag("g", *parts, class_=f"flight {flight.shape}", data_track=str(row.track_id))


def _accuracy(plane: Plane, end: Estimate, x: float, y: float) -> Html:
    radius = end.pos_sigma_mm * SIGMAS_95 / 1e3 / plane.metres_per_px
    if radius < RADIUS:  # the symbol hides it; the label says it
        return Html()
    return tag("circle", class_="accuracy assumed" if end.pos_assumed else "accuracy", cx=x, cy=y, r=radius)


def _stretches(plane: Plane, flight: Flight) -> list[Html]:
    """Return the path in pieces, each in the style of the verdict that stood."""
    points = flight.track.points
    stood = standings(flight.track)
    pieces: list[tuple[str, list[tuple[float, float]]]] = []
    at = 0
    for point in points:
        while at + 1 < len(stood) and stood[at + 1].start_ns <= point.t_ns:
            at += 1
        style = stood[at].gravest.verdict.value if stood else "cannot_tell"
        place = plane.xy(point.lat_e7 / 1e7, point.lon_e7 / 1e7)
        if not pieces or pieces[-1][0] != style:
            if pieces:
                pieces[-1][1].append(place)
            pieces.append((style, []))
        pieces[-1][1].append(place)
    return [
        tag("polyline", class_=f"path v-{style}", points=Html(" ".join(f"{number(x)},{number(y)}" for x, y in kept)))
        for style, places in pieces
        if len(kept := thinned(places, 1.0)) > 1
    ]


def _dots(plane: Plane, points: Sequence[Estimate]) -> list[Html]:
    dots: list[Html] = []
    due, last = points[0].t_ns, (-100.0, -100.0)
    for point in points:
        if point.t_ns < due:
            continue
        due += ((point.t_ns - due) // DOT_NS + 1) * DOT_NS
        x, y = plane.xy(point.lat_e7 / 1e7, point.lon_e7 / 1e7)
        if abs(x - last[0]) + abs(y - last[1]) >= 6:  # noqa: PLR2004  # closer, they run into one
            last = (x, y)
            dots.append(tag("circle", class_="dot", cx=x, cy=y, r=1.9))
    return dots[:: len(dots) // DOTS_MAX + 1]


def _speed_mps(point: Estimate) -> float:
    return math.hypot(point.vel_east_mmps, point.vel_north_mmps) / 1e3


def _heading_deg(point: Estimate) -> float | None:
    if _speed_mps(point) < SLOW_MPS:
        return None
    return math.degrees(math.atan2(point.vel_east_mmps, point.vel_north_mmps)) % 360.0


def _course(plane: Plane, end: Estimate, x: float, y: float) -> Html:
    if _speed_mps(end) < SLOW_MPS:
        return Html()
    scale = AHEAD_S / 1e3 / plane.metres_per_px
    to = f"M{number(x)} {number(y)}l{number(end.vel_east_mmps * scale)} {number(-end.vel_north_mmps * scale)}"
    return tag("path", class_="course", d=to)


def _changes(plane: Plane, flight: Flight) -> list[Html]:
    """Return a small symbol where each other verdict began, so that the path tells its story without colour."""
    points, parts = flight.track.points, []
    at, before = 0, None
    for standing in standings(flight.track):
        told = standing.gravest
        if told.verdict is before:
            continue
        begun, before = before is not None, told.verdict
        while at + 1 < len(points) and points[at + 1].t_ns <= standing.start_ns:
            at += 1
        if begun and at < len(points) - 1:
            x, y = plane.xy(points[at].lat_e7 / 1e7, points[at].lon_e7 / 1e7)
            shape = kind(told.verdict, manned=flight.row.manned)
            parts.append(drawn(shape, x, y, scale=0.6, heading_deg=_heading_deg(points[at])))
    return parts


def _flight_label(plane: Plane, placer: Placer, flight: Flight) -> Html:
    row, end = flight.row, flight.track.points[-1]
    x, y = plane.xy(end.lat_e7 / 1e7, end.lon_e7 / 1e7)
    lines = [f"Track {row.track_id}", verdict_story(row), _motion(end)]
    tag_width = text_width("SIMULATED", 8.5, bold=True) + 10 if row.simulated else 0.0
    for kept in (lines[:2], lines[:1]) if plane.width < PHONE else (lines, lines[:2], lines[:1]):
        widths = [text_width(line, SIZE_PX, bold=not number_) for number_, line in enumerate(kept)]
        widths[0] += tag_width + 4
        height = 14.5 * len(kept) + 2
        far = plane.width >= PHONE or row.verdict == "not_permitted"  # a phone has no room for long lines to labels
        box = placer.place(around(x, y, max(widths), height, far=far))
        if box is not None:
            return _label(box, kept, flight, (x, y), tag_width)
    return Html()


def _label(box: Box, lines: Sequence[str], flight: Flight, at: tuple[float, float], tag_width: float) -> Html:
    right_of = box.x + box.width / 2 >= at[0]
    near_x = min(max(at[0], box.x), box.x + box.width)
    near_y = min(max(at[1], box.y), box.y + box.height)
    far = math.hypot(near_x - at[0], near_y - at[1]) > 24  # noqa: PLR2004
    parts = []
    if far:
        parts.append(tag("line", class_="leader", x1=at[0], y1=at[1], x2=near_x, y2=near_y))
    anchor_x = box.x if right_of else box.x + box.width
    tag_x = box.x if right_of else box.x + box.width - tag_width
    aside = tag_width + 5 if tag_width else 0.0
    name_x = anchor_x + aside if right_of else anchor_x - aside
    parts.append(tag("text", lines[0], class_="l1", x=name_x, y=box.y + 12))
    if tag_width:
        parts.append(tag("rect", class_="simbox", x=tag_x, y=box.y + 2, width=tag_width, height=12.5, rx=3))
        middle = tag_x + tag_width / 2
        parts.append(tag("text", "SIMULATED", class_="simtext", x=middle, y=box.y + 11.4, text_anchor="middle"))
    for number_, line in enumerate(lines[1:], start=1):
        style = f"l2 w-{flight.row.verdict}" if number_ == 1 else "l2"
        parts.append(tag("text", line, class_=style, x=anchor_x, y=box.y + 12 + 14.5 * number_))
    return tag(
        "g",
        join(parts),
        class_="lab of",
        text_anchor="start" if right_of else "end",
        data_track=str(flight.row.track_id),
    )


def verdict_story(row: TrackSummary) -> str:
    """Return the gravest verdict, and the last where it is another."""
    if row.verdict == row.verdict_last:
        return row.verdict_words
    return f"{row.verdict_words}, later {row.verdict_last_words}"


def _motion(end: Estimate) -> str:
    height = end.height or next(iter(end.heights), None)
    parts = ["height unknown" if height is None else words.altitude(height, short=True)]
    parts.append(f"{_speed_mps(end):.0f} m/s")
    if end.pos_assumed or end.pos_sigma_mm * SIGMAS_95 > COARSE_MM:
        parts.append(words.accuracy(end.pos_sigma_mm, assumed=end.pos_assumed))
    return " · ".join(parts)
