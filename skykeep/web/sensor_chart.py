"""A sensor's last hour and what it covers, as still SVG: lines that break where nothing was read, and a sector."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from skykeep.views import words
from skykeep.views.livemodels import CoverageNow
from skykeep.views.markup import Html, number, tag
from skykeep.web import spoken
from skykeep.web.sensor_hour import EVERY_NS, HOUR_NS
from skykeep.web.words import say

WIDTH, HEIGHT = 640.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 10.0, 14.0, 26.0
GAP_NS = 25 * 10**9
"""Readings farther apart than this have something missing between them."""
MARKS = 6
LEAST = 1e-3
"""No scale is finer: a millisecond, a frame in a quarter of an hour."""
FULL_URAD = 6_283_185
ROUND = 150.0
_STEPS = (1.0, 2.0, 5.0, 10.0)


class Point(NamedTuple):
    """One reading: when, and how much."""

    t_ns: int
    value: float


def hour(points: Sequence[Point], end_ns: int, said: Callable[[float], str], title: str) -> Html:
    """Return the hour before `end_ns` as SVG; `said` puts a value into words with its unit."""
    begin_ns = end_ns - HOUR_NS
    points = [each for each in points if begin_ns <= each.t_ns <= end_ns]
    top = highest(max((each.value for each in points), default=0.0))

    def place(point: Point) -> tuple[float, float]:
        x = LEFT + (point.t_ns - begin_ns) / HOUR_NS * (WIDTH - LEFT - RIGHT)
        return x, HEIGHT - BOTTOM - point.value / top * (HEIGHT - TOP - BOTTOM)

    pieces = runs(points)
    return tag(
        "svg",
        tag("title", title),
        *_levels(top, said),
        *_minutes(begin_ns),
        *(tag("rect", class_="gap", x=x, y=TOP, width=width, height=HEIGHT - TOP - BOTTOM)
          for x, width in _gaps(pieces, begin_ns, end_ns)),
        *(_line([place(each) for each in piece]) for piece in pieces),
        class_="chart", viewBox=f"0 0 {number(WIDTH)} {number(HEIGHT)}", role="img", aria_label=title,
    )  # fmt: skip


def runs(points: Sequence[Point]) -> list[list[Point]]:
    """Return points in pieces without gaps between them."""
    pieces: list[list[Point]] = []
    for point in points:
        if not pieces or point.t_ns - pieces[-1][-1].t_ns > GAP_NS:
            pieces.append([])
        pieces[-1].append(point)
    return pieces


def highest(value: float) -> float:
    """Return the round number at which a scale ends that holds a value."""
    if not LEAST < value < math.inf:
        return LEAST if value else 1.0
    size = 10.0 ** math.floor(math.log10(value))
    return next((step * size for step in _STEPS if step * size >= value), 20.0 * size)


def _line(places: Sequence[tuple[float, float]]) -> Html:
    if len(places) == 1:
        return tag("circle", class_="dot", cx=places[0][0], cy=places[0][1], r=2)
    return tag("polyline", class_="series", points=Html(" ".join(f"{number(x)},{number(y)}" for x, y in places)))


def _levels(top: float, said: Callable[[float], str]) -> list[Html]:
    made = []
    for part in (0.0, 0.5, 1.0):
        y = HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)
        made.append(tag("line", class_="grid", x1=LEFT, y1=y, x2=WIDTH - RIGHT, y2=y))
        made.append(tag("text", said(part * top), x=LEFT - 6, y=y + 4, text_anchor="end"))
    return made


def _minutes(begin_ns: int) -> list[Html]:
    made = []
    for mark in range(MARKS + 1):
        x = LEFT + mark / MARKS * (WIDTH - LEFT - RIGHT)
        anchor = "start" if mark == 0 else "end" if mark == MARKS else "middle"
        clock = words.clock(begin_ns + mark * HOUR_NS // MARKS)[:5]
        made.append(tag("text", clock, x=x, y=HEIGHT - 7, text_anchor=anchor))
    return made


def _gaps(pieces: Sequence[Sequence[Point]], begin_ns: int, end_ns: int) -> list[tuple[float, float]]:
    """Return (left, width) of the times of which nothing was read."""
    edges = [begin_ns, *(each for piece in pieces for each in (piece[0].t_ns, piece[-1].t_ns)), end_ns]
    spans = zip(edges[::2], edges[1::2], strict=True)
    wide = (WIDTH - LEFT - RIGHT) / HOUR_NS
    return [(LEFT + (a - begin_ns) * wide, (b - a) * wide) for a, b in spans if b - a > GAP_NS]


def covered(coverage: CoverageNow) -> Html:
    """Return a sensor's sector as seen from above, north up, without terrain."""
    far = spoken.metres(coverage.range_max_mm / 1e3)
    turn = coverage.azimuth_to_urad - coverage.azimuth_from_urad
    outer, inner = ROUND * 0.88, ROUND * 0.88 * coverage.range_min_mm / max(coverage.range_max_mm, 1)
    if turn >= FULL_URAD - 1:
        shape = _ring(outer, inner)
    else:
        shape = _sector(coverage.azimuth_from_urad / 1e6, turn / 1e6, outer, inner)
    return tag(
        "svg",
        tag("title", say("Seen from above, north up, out to {far}", far=far)),
        tag("circle", class_="rim", cx=0, cy=0, r=outer),
        tag("circle", class_="rim", cx=0, cy=0, r=outer / 2),
        tag("path", class_="sector", d=Html(shape), fill_rule="evenodd"),
        tag("circle", class_="dot", cx=0, cy=0, r=3.5),
        tag("text", "N", x=0, y=-outer - 5, text_anchor="middle"),
        tag("text", far, x=outer - 4, y=-5, text_anchor="end"),
        class_="chart round", viewBox=f"{-ROUND:.0f} {-ROUND:.0f} {2 * ROUND:.0f} {2 * ROUND:.0f}", role="img",
    )  # fmt: skip


def _ring(outer: float, inner: float) -> str:
    def circle(radius: float) -> str:
        r = number(radius)
        return f"M{number(-radius)} 0a{r} {r} 0 1 0 {number(2 * radius)} 0a{r} {r} 0 1 0 {number(-2 * radius)} 0z"

    return circle(outer) + (circle(inner) if inner > 1 else "")


def _sector(start: float, turn: float, outer: float, inner: float) -> str:
    def at(angle: float, radius: float) -> str:
        return f"{number(radius * math.sin(angle))} {number(-radius * math.cos(angle))}"

    large, end = int(turn > math.pi), start + turn
    r, s = number(outer), number(inner)
    return (
        f"M{at(start, inner)}L{at(start, outer)}A{r} {r} 0 {large} 1 {at(end, outer)}"
        f"L{at(end, inner)}A{s} {s} 0 {large} 0 {at(start, inner)}z"
    )


READ_EVERY_S = EVERY_NS // 10**9
