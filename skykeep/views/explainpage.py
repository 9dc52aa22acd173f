"""An explanation as one page: the drawings of what made the track, then the same in words; offline like a report."""

from __future__ import annotations

from skykeep.views import page, style, traillanes, trailmap, words
from skykeep.views.chart import Flight
from skykeep.views.explain import Explanation, Section
from skykeep.views.figures import NARROW, WIDE
from skykeep.views.markup import Html, tag
from skykeep.views.symbols import icon
from skykeep.views.trail import Trail

CSS = (
    style.CSS
    + """.curve{fill:none;stroke:var(--accent);stroke-width:2;stroke-linejoin:round}
.curve.tentative{stroke:var(--dim);stroke-dasharray:3 3}.curve.lost{stroke:var(--dim);stroke-dasharray:1 4}
.exist text.l1,.told text.l1{font-size:12.5px;font-weight:650;fill:var(--text)}
.exist .l2{font-size:11px;fill:var(--dim)}
.rung{stroke:var(--text);stroke-width:1.2;fill:none}.rungword{font-size:11px;font-weight:650;fill:var(--text)}
.flagmark{stroke:var(--unpermit);fill:var(--unpermit);stroke-width:1.6}
.flagmark.down{stroke:var(--dim);fill:none}
circle.own{fill:var(--accent);stroke:var(--ground);stroke-width:.6}
circle.own.doubtful{fill:var(--panel);stroke:var(--accent);stroke-width:1.4}
.other{fill:none;stroke:var(--unpermit);stroke-width:1.2;opacity:.75}.other.nobody{stroke:var(--norule)}
.again{stroke:var(--dim);stroke-width:1.2}
.taken{stroke:var(--accent);stroke-width:.8;opacity:.6}
.trail{fill:none;stroke:var(--text);stroke-width:1.8;stroke-linejoin:round}
.spread{fill:var(--accent);fill-opacity:.07;stroke:var(--accent);stroke-width:1;stroke-dasharray:3 3}
.ray{stroke:var(--accent);stroke-width:.7;opacity:.45;fill:none}
.station{fill:var(--text);stroke:var(--ground);stroke-width:1}
.faded{opacity:.55}
.why ul{list-style:none;padding:0;margin:6px 0 0}.why li{margin-top:4px;max-width:100ch;overflow-wrap:anywhere}
.why li.in{padding-left:22px;color:var(--dim);font-size:14px;margin-top:1px}
"""
)
LEGEND = "filled dot: a report of this track; hollow dot: with less than 90 %; red cross: given to another track"
LEGEND_TIME = "small tick: the same broadcast again, which tells nothing new"
LEGEND_MORE = "grey cross: given to nobody; ellipse: where it is with 95 %"
LEGEND_LINES = "long thin line: a bearing; short thin line: from a plot to the track"


def render(explanation: Explanation, *, title: str) -> str:
    """Return the page; names are masked in it as they are in the explanation."""
    row = explanation.summary
    (track,) = explanation.picture.tracks.values()
    flight = Flight(track, row)
    head, *rest = explanation.sections
    body = [
        _answer(flight, head, title, at_ns=explanation.at_ns),
        tag("main", *_figures(explanation, flight), *(_section(section, place) for place, section in enumerate(rest))),
    ]
    return page.whole(
        body,
        title=f"Track {row.track_id} – {title} – Skykeep explanation",
        css=CSS,
        script=style.SCRIPT,
        brand="Skykeep explanation",
        pill="RECORD · not live",
        skip="why-0",
    )


def _answer(flight: Flight, head: Section, title: str, *, at_ns: int | None) -> Html:
    row = flight.row
    label = [Html(" "), tag("span", "SIMULATED", class_="simtag")] if row.simulated else []
    when = [tag("p", f"As it stood at {words.utc(at_ns)}", class_="note")] if at_ns is not None else []
    lead = tag(
        "p", icon(flight.shape, 30), Html(" "), f"Track {row.track_id}: {row.verdict_words}", *label, class_="lead"
    )
    lines = [tag("p", line, class_="intro") for line in head.lines if not line.startswith("SIMULATED")]
    return tag("header", tag("h1", title), lead, *when, *lines, class_="answer")


def _figures(explanation: Explanation, flight: Flight) -> list[Html]:
    trail = explanation.trail
    if trail is None or not (trail.moments or trail.used):
        return []
    return [
        _figure("Where", "where", _map(explanation, flight, trail)),
        _figure("When", "when", _time(explanation, flight, trail)),
    ]


def _figure(title: str, name: str, parts: list[Html]) -> Html:
    head = tag("h2", title, id=name)
    return tag("section", head, tag("figure", *parts, class_="lined" if name == "when" else None), aria_labelledby=name)


def _map(explanation: Explanation, flight: Flight, trail: Trail) -> list[Html]:
    picture = explanation.picture
    caption = f"Map of track {flight.row.track_id} with the reports that made it"
    wide, narrow = (
        trailmap.panel(picture, flight, trail, width=width, key=key, caption=caption)
        for width, key in ((WIDE, "xw"), (NARROW, "xn"))
    )
    others = sum(count for (_, _, repeat), count in trail.near_count.items() if not repeat)
    made = tag("b", f"{words.number(len(trail.used), 'report')} made it")
    head = tag("figcaption", made, f" · {others} near it did not")
    return [head, wide, narrow, _legend(LEGEND, LEGEND_MORE, LEGEND_LINES)]


def _time(explanation: Explanation, flight: Flight, trail: Trail) -> list[Html]:
    picture, track = explanation.picture, flight.track
    caption = f"Timeline of track {flight.row.track_id}: existence, what was told, and a lane a sensor"
    wide, narrow = (
        traillanes.timeline(picture, track, trail, width=width, caption=caption) for width in (WIDE, NARROW)
    )
    head = tag(
        "figcaption", tag("b", "Probability that there is a body"), " dashed while tentative · all times are UTC"
    )
    again = any(seen.repeat for seen in trail.near)
    return [head, wide, narrow, *([_legend(LEGEND_TIME)] if again else [])]


def _legend(*said: str) -> Html:
    return tag("ul", *(tag("li", text) for text in said), class_="legend")


def _section(section: Section, place: int) -> Html:
    items = [tag("li", line.strip(), class_="in" if line.startswith("  ") else None) for line in section.lines]
    name = f"why-{place}"
    return tag("section", tag("h2", section.heading, id=name), tag("ul", *items), class_="why", aria_labelledby=name)
