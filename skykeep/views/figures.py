"""The drawings of a report: a map for each group of flights that belong together, and the timelines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from skykeep.views import chart, ground, lanes, words
from skykeep.views.chart import Flight
from skykeep.views.markup import Html, tag
from skykeep.views.picture import Picture
from skykeep.views.symbols import CANNOT_TELL, MANNED, NO_RULE, NOT_PERMITTED, PERMITTED, STATE, icon

WIDE, NARROW = 880.0, 360.0  # each drawing twice: letters stay readable on paper and on a phone
SHAPE_WORDS = {
    NOT_PERMITTED: "Not permitted",
    CANNOT_TELL: "Cannot tell",
    PERMITTED: "Permitted",
    STATE: "Exempt (state flight)",
    MANNED: "Manned aircraft",
    NO_RULE: "No rule",
}


def maps(picture: Picture, flights: Sequence[Flight]) -> Html:
    grouped = _by_time_and_place(flights)
    figures = [_map(picture, group, place, len(grouped)) for place, group in enumerate(grouped)]
    unplaced = len(flights) - sum(map(len, grouped))
    note = "Drawn without a base map, so that this page needs no network. North is up; the grid is WGS 84."
    lost = [tag("p", f"{words.number(unplaced, 'flight')} without any place: see the table.", class_="note")]
    return tag(
        "section",
        tag("h2", "Where", id="where"),
        tag("p", note, class_="note"),
        *figures,
        *(lost if unplaced else []),
        aria_labelledby="where",
    )


def _by_time_and_place(flights: Sequence[Flight]) -> list[list[Flight]]:
    """Return the flights that belong on one map: near each other, and in the air within the same while."""
    by_id = {flight.row.track_id: flight for flight in flights}
    rank = {flight.row.track_id: place for place, flight in enumerate(flights)}
    grouped = [
        sorted((by_id[track.track_id] for track in group), key=lambda flight: rank[flight.row.track_id])
        for together in lanes.groups(flights)
        for group in ground.groups(flight.track for flight in together)
    ]
    return sorted(grouped, key=lambda group: rank[group[0].row.track_id])


def _map(picture: Picture, group: Sequence[Flight], place: int, of: int) -> Html:
    first, last = lanes.period(group)
    which = f"Map {place + 1} of {of}" if of > 1 else "Map"
    where = chart.place_words(picture, group)
    caption = f"{which}: {words.number(len(group), 'flight')} {where}, {words.period(first, last)}"
    head = tag(
        "figcaption",
        tag("b", f"{which} · {words.number(len(group), 'flight')}"),
        f" {where} · {words.period(first, last)}",
    )
    shapes = Counter(flight.shape for flight in group)
    items = [
        tag("li", icon(shape, 20), said, tag("b", str(shapes[shape])))
        for shape, said in SHAPE_WORDS.items()
        if shapes[shape]
    ]
    items.append(tag("li", "large symbol: gravest verdict, at the last place; small: where a verdict began"))
    items.append(tag("li", "dot each 10 s; line ahead: 30 s on the last course"))
    items.append(tag("li", "circle: where it is with 95 %, dashed if assumed; left out where the symbol is larger"))
    return tag(
        "figure",
        head,
        chart.panel(picture, group, width=WIDE, key=f"m{place}w", caption=caption),
        chart.panel(picture, group, width=NARROW, key=f"m{place}n", caption=caption),
        tag("ul", *items, class_="legend"),
        id=f"map-{place + 1}",
    )


def timelines(picture: Picture, flights: Sequence[Flight]) -> Html:
    grouped = lanes.groups(flights)
    figures = []
    for place, group in enumerate(grouped):
        first, last = lanes.period(group)
        caption = f"Timeline, {words.period(first, last)}"
        wide = lanes.timeline(picture, group, width=WIDE, key=f"t{place}w", caption=caption)
        narrow = lanes.timeline(picture, group, width=NARROW, key=f"t{place}n", caption=caption)
        left_out = max(0, len(group) - lanes.LANES_MAX)
        more = [tag("p", f"{left_out} more flights are in the table of verdicts.", class_="legend")] if left_out else []
        head = tag("figcaption", tag("b", words.period(first, last)))
        figures.append(tag("figure", head, wide, narrow, *more, class_="lined"))
    note = "A triangle is an alarm with its priority. A dashed upright line is a change of the law. All times are UTC."
    return tag("section", tag("h2", "When", id="when"), tag("p", note, class_="note"), *figures, aria_labelledby="when")
