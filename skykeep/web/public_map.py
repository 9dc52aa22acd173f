"""The map of the public page: zones and a place as still SVG, which needs no script and no other server.

Over it lies a grid of links, so that a tap asks about a place without any script; how large a cell is counts as how
well the place is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from skykeep.views.areas import STYLE, Area, area_label, drawn_area, patterns, size_m2
from skykeep.views.ground import Plane
from skykeep.views.labels import Box, Placer
from skykeep.views.mapframe import grid, scale_bar
from skykeep.views.markup import Html, number, tag
from skykeep.web.lawstate import IN_FORCE
from skykeep.web.public_zones import ZoneCard
from skykeep.web.wishes import FEET, wishes
from skykeep.web.words import Words

WIDTH, HEIGHT = 390.0, 420.0
COLUMNS, ROWS = 18, 20
REACH_KM = (1, 2, 5, 10, 20, 50)
"""Half the width of the map, for the links "closer" and "farther"."""
_KEY = "p"
_PIN = "M0 0c-6-9-9-12-9-17a9 9 0 0 1 18 0c0 5-3 8-9 17z"


class Pin(NamedTuple):
    """The place that is asked about, with its 95 % radius."""

    lat_deg: float
    lon_deg: float
    accuracy_m: float


def plane(lat_deg: float, lon_deg: float, reach_km: float) -> Plane:
    """Return the plane about a place."""
    return Plane(lat_deg, lon_deg, reach_km * 2_000 / WIDTH, WIDTH, HEIGHT)


def reach_m(of: Plane) -> float:
    """Return how far from the middle its corners lie."""
    return math.hypot(of.width, of.height) / 2 * of.metres_per_px


Ask = Callable[[float, float, int], str]
"""Gives the address that asks about a place (degrees) that is known within so many metres."""


def drawn(of: Plane, zones: Sequence[ZoneCard], pin: Pin | None, words: Words, ask: Ask) -> Html:
    """Return the map as SVG, and over it the links."""
    placer = Placer(of.width, of.height)
    lines, measure = grid(of, placer), scale_bar(of, placer, feet=wishes().units == FEET)
    areas = sorted((_area(card, part, words) for card in zones for part in range(len(card.fact.volumes))), key=size_m2)
    shapes = [drawn_area(of, area, _KEY) for area in reversed(areas)]
    mark = [] if pin is None else _pin(of, placer, pin)
    labels = [area_label(of, placer, area) for area in areas]
    layers = {"grid": lines, "areas": shapes, "labels": labels, "measure": measure, "pin": mark}
    title = words.say("Map of the zones, north up; the list below says the same")
    box = f"0 0 {number(of.width)} {number(of.height)}"
    picture = tag(
        "svg",
        tag("title", title),
        patterns(_KEY),
        tag("rect", class_="ground", width=of.width, height=of.height),
        *(tag("g", *layer, class_=name) for name, layer in layers.items()),
        class_="map",
        viewBox=box,
        role="img",
        aria_label=title,
    )
    return Html(picture + tag("svg", *_cells(of, ask), class_="cells", viewBox=box, aria_hidden="true"))


def _area(card: ZoneCard, part: int, words: Words) -> Area:
    style = STYLE[card.fact.rule]
    if card.state != IN_FORCE or card.holds == "no":
        style += " timed"
    when = card.holds_words if card.state == IN_FORCE else words.say("announced")
    return Area(card.fact.volumes[part], style, card.rule, card.name[:44], card.heights[0], when)


def _pin(of: Plane, placer: Placer, pin: Pin) -> list[Html]:
    x, y = of.xy(pin.lat_deg, pin.lon_deg)
    placer.block(Box(x - 12, y - 28, 24, 32))
    radius = pin.accuracy_m / of.metres_per_px
    about = [tag("circle", class_="accuracy", cx=x, cy=y, r=radius)] if radius > 1 else []
    return [
        *about,
        tag(
            "g",
            tag("path", d=Html(_PIN)),
            tag("circle", cx=0, cy=-17, r=3.4),
            class_="here",
            transform=Html(f"translate({number(x)} {number(y)})"),
        ),
    ]


def _cells(of: Plane, ask: Ask) -> list[Html]:
    """Return links that cover the map; nobody tabs through them, for the form asks the same."""
    wide, high = of.width / COLUMNS, of.height / ROWS
    accuracy_m = math.ceil(math.hypot(wide, high) / 2 * of.metres_per_px)
    seen = of.seen()
    cells = []
    for row in range(ROWS):
        lat = seen.north - (row + 0.5) / ROWS * (seen.north - seen.south)
        for column in range(COLUMNS):
            lon = seen.west + (column + 0.5) / COLUMNS * (seen.east - seen.west)
            lon = (lon + 540.0) % 360.0 - 180.0
            if abs(lat) <= 90:  # noqa: PLR2004  # degrees
                box = tag("rect", x=column * wide, y=row * high, width=wide, height=high)
                cells.append(tag("a", box, href=Html(ask(lat, lon, accuracy_m)), tabindex="-1"))
    return cells
