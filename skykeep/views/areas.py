"""Zones and permits on a map panel: outlines with their hatching, and labels that say what holds there and when."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from skykeep.facts.enacted import Circle, Polygon, Rule, Volume, ZoneEnacted, ZoneWithdrawn
from skykeep.views import ground, words
from skykeep.views.ground import Plane
from skykeep.views.labels import Box, Placer, about, text_width
from skykeep.views.markup import Html, number, tag

POINTS_MAX = 2000  # of one line; a longer one is drawn more coarsely
PHONE = 500  # a drawing narrower than this is for one
SIZE_PX = 12.0  # of the letters
PERMIT = "Permit"
TITLE_MAX = 30  # longer, and kind and name get a line each
STYLE = {
    Rule.PROHIBITED: "no-drone",
    Rule.NEEDS_PERMIT: "permit-only",
    Rule.CONDITIONAL: "conditional",
    Rule.ALLOWED: "allowed",
}
"""The class by which zones of a rule are drawn."""


@dataclasses.dataclass(frozen=True, slots=True)
class Area:
    """One outline to draw with its label."""

    volume: Volume
    style: str
    kind: str  # "NO-DRONE", "Permit" ...
    name: str
    heights: str
    when: str
    named: bool = False  # in a verdict on one of the panel's flights

    @property
    def title(self) -> str:
        """Kind and name in one line."""
        return f"{self.kind} {self.name}" if self.kind == PERMIT else f"{self.kind} · {self.name}"


def _first_hours(zone: ZoneEnacted) -> str:
    if not zone.applicability:
        return "never in force" if zone.hours_unread is None else "hours not readable"
    first = zone.applicability[0]
    begins = "" if first.start_ns is None else f"from {words.utc(first.start_ns)}"
    return begins or ("permanent" if first.end_ns is None else f"until {words.utc(first.end_ns)}")


def zone_area(zone: ZoneEnacted, volume: Volume, part: int, withdrawn: ZoneWithdrawn | None = None) -> Area:
    """Return one volume of a zone as an area to draw."""
    timed = zone.applicability is not None
    if withdrawn is not None:
        when = f"withdrawn {words.clock(withdrawn.t_ns)} UTC"
    elif timed:
        when = _first_hours(zone)
    else:
        when = "permanent" if zone.hours_unread is None else "hours not readable"
    style = STYLE[zone.rule] + (" timed" if timed else "") + (" gone" if withdrawn is not None else "")
    name = words.shown(zone.name or zone.zone_id, 44) + (f" ({part + 1})" if part else "")
    return Area(volume, style, words.RULE[zone.rule], name, words.heights(volume), when)


def size_m2(area: Area) -> float:
    """Return the size of the box about an area, in square metres."""
    wide, high = ground.extent_of_volume(area.volume).size_m
    return wide * high


def drawn_area(plane: Plane, area: Area, key: str) -> Html:
    """Draw one outline with its hatching; what it is stands in its tooltip."""
    outline = area.volume.outline
    title = tag("title", f"{area.title}, {area.heights}, {area.when}")
    fill = _FILL.get(area.style.split(" ", maxsplit=1)[0])
    shape = path(plane, outline)
    under = tag("path", d=shape, fill=f"url(#{key}-{fill})", fill_rule="evenodd") if fill else Html()
    return tag("g", title, under, tag("path", d=shape, class_="edge", fill_rule="evenodd"), class_=f"area {area.style}")


_FILL = {"no-drone": "hatch", "permit-only": "dots", "conditional": "dots"}


def sample(style: str, key: str) -> Html:
    """Return a little picture of how areas of a style are drawn, beside a map that has the patterns of `key`."""
    box, fill = "M2 2h20v14H2z", _FILL.get(style)
    under = tag("path", d=box, fill=f"url(#{key}-{fill})") if fill else Html()
    inner = tag("g", under, tag("path", d=box, class_="edge"), class_=f"area {style}")
    return tag("svg", inner, width=24, height=18, viewBox="0 0 24 18", aria_hidden="true")


def path(plane: Plane, outline: Polygon | Circle) -> Html:
    """Return an outline as the data of an SVG path."""
    if isinstance(outline, Circle):
        x, y = plane.xy(outline.lat_e7 / 1e7, outline.lon_e7 / 1e7)
        r = max(outline.radius_mm / 1e3 / plane.metres_per_px, 1.5)
        half = f"{number(r)} {number(r)} 0 1 0"
        return Html(f"M{number(x - r)} {number(y)}a{half} {number(2 * r)} 0a{half} {number(-2 * r)} 0z")
    rings = ([plane.xy(lat, lon) for lat, lon in ring] for ring in ground.ring_deg(outline))
    return Html("".join(f"M{points(thinned(ring, 0.3))}z" for ring in rings if ring))


def thinned(places: Sequence[tuple[float, float]], least_px: float) -> list[tuple[float, float]]:
    """Return a line without the points that nobody could tell from the ones before them; both ends stay."""
    kept = [places[0]]
    for x, y in places[1:-1]:
        if abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= least_px:
            kept.append((x, y))
    if len(kept) > POINTS_MAX:
        return thinned(places, least_px * 2)
    return [*kept, places[-1]] if len(places) > 1 else kept


def points(places: Sequence[tuple[float, float]]) -> str:
    """Return places as SVG writes them."""
    return "L".join(f"{number(x)} {number(y)}" for x, y in places)


def patterns(key: str, scale: float = 1.0) -> Html:
    """Return the hatchings that `drawn_area` fills with, `scale` units of the drawing to a pixel."""
    return Html(
        f'<defs><pattern id="{key}-hatch" width="9" height="9" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45) scale({scale:g})"><path d="M0 0v9" class="hatch"/></pattern>'
        f'<pattern id="{key}-dots" width="10" height="10" patternUnits="userSpaceOnUse"'
        f' patternTransform="scale({scale:g})">'
        f'<circle cx="2" cy="2" r="1.2" class="dots"/></pattern></defs>'
    )


def area_label(plane: Plane, placer: Placer, area: Area) -> Html:
    """Return the label of an area, in as many lines as there is room for; empty where there is none."""
    heads = [area.title] if len(area.title) <= TITLE_MAX else [area.kind, area.name]
    lines = [*heads, area.heights, area.when]
    least = len(heads)
    place = bounds(plane, area.volume)
    frame = Box(0, 0, plane.width, plane.height)
    for count in (least,) if plane.width < PHONE else range(len(lines), least - 1, -1):
        widths = [text_width(line, SIZE_PX - 0.5, bold=place < least) for place, line in enumerate(lines[:count])]
        box = placer.place(about(place, frame, max(widths) + 4, 14.0 * count + 2))
        if box is not None:
            return _lines(box, lines[:count], least, f"lab {area.style.split(' ', maxsplit=1)[0]}")
    return Html()


def bounds(plane: Plane, volume: Volume) -> Box:
    """Return the box about a volume, in pixels."""
    extent = ground.extent_of_volume(volume)
    left, low = plane.xy(extent.south, extent.west)
    right, high = plane.xy(extent.north, extent.east)
    return Box(left, high, right - left, low - high)


def _lines(box: Box, lines: Sequence[str], heads: int, style: str) -> Html:
    middle = box.x + box.width / 2
    texts = [
        tag("text", line, class_="l1" if number_ < heads else "l2", x=middle, y=box.y + 12 + 14 * number_)
        for number_, line in enumerate(lines)
    ]
    return tag("g", *texts, class_=style, text_anchor="middle")
