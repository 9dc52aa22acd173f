"""The timeline as SVG: a lane for each flight, what stood for it and when, alarms, and the law's changes across all."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from skykeep.facts.enacted import PermitEnacted, PermitRevoked, ZoneEnacted, ZoneWithdrawn
from skykeep.views import words
from skykeep.views.areas import PHONE
from skykeep.views.chart import Flight, called
from skykeep.views.labels import text_width
from skykeep.views.markup import Html, number, tag
from skykeep.views.picture import Picture
from skykeep.views.standing import Standing, silences, standings
from skykeep.views.symbols import drawn, kind

GAP_NS = 1_800_000_000_000  # flights further apart in time than half an hour get timelines of their own
LANES_MAX = 60
CHANGES_MAX = 12
_S = 1_000_000_000
_STEPS_S = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
    86_400, 172_800, 432_000, 864_000,
)  # fmt: skip
_LANE, _BAR = 46.0, 18.0


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """A moment from which other law held."""

    t_ns: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Scale:
    """Time along the drawing."""

    first_ns: int
    last_ns: int
    left: float
    right: float

    def x(self, t_ns: int) -> float:
        """Return where a time lies, within the drawing."""
        inside = min(max(t_ns, self.first_ns), self.last_ns)
        return self.left + (inside - self.first_ns) / (self.last_ns - self.first_ns) * (self.right - self.left)


def groups(flights: Sequence[Flight]) -> list[list[Flight]]:
    """Return the flights grouped by time, in order of time; within a group as they came."""
    by_time = sorted(flights, key=lambda flight: (flight.row.first_ns, flight.row.track_id))
    found: list[list[Flight]] = []
    end_ns = 0
    for flight in by_time:
        if not found or flight.row.first_ns > end_ns + GAP_NS:
            found.append([])
            end_ns = flight.row.last_ns
        found[-1].append(flight)
        end_ns = max(end_ns, flight.row.last_ns)
    rank = {flight.row.track_id: place for place, flight in enumerate(flights)}
    return [sorted(group, key=lambda flight: rank[flight.row.track_id]) for group in found]


def period(flights: Sequence[Flight]) -> tuple[int, int]:
    """Return when the first of some flights was first heard, and the last of them last."""
    return min(flight.row.first_ns for flight in flights), max(flight.row.last_ns for flight in flights)


def changes(picture: Picture, first_ns: int, last_ns: int) -> list[Change]:
    """Return the moments between two times at which other law began to hold."""
    begun_ns = picture.first_ns or 0  # what was law when the record began is no change
    found = [change for at_ns, act in picture.acts for change in _changes(act, at_ns if at_ns > begun_ns else None)]
    inside = [change for change in found if first_ns < change.t_ns <= last_ns]
    return list(dict.fromkeys(sorted(inside, key=lambda change: (change.t_ns, change.text))))[:CHANGES_MAX]


def _changes(act: object, new_ns: int | None) -> Iterator[Change]:
    if isinstance(act, PermitRevoked):
        yield Change(act.t_ns, f"permit {words.shown(act.permit_id, 24)} revoked")
    elif isinstance(act, ZoneWithdrawn):
        yield Change(act.t_ns, f"zone {words.shown(act.zone_id, 24)} withdrawn")
    elif isinstance(act, PermitEnacted):
        name = f"permit {words.shown(act.permit_id, 24)}"
        if new_ns is not None:
            yield Change(new_ns, f"{name} granted")
        for part in act.volumes:
            yield Change(part.start_ns, f"{name} begins")
            yield Change(part.end_ns, f"{name} ends")
    elif isinstance(act, ZoneEnacted):
        name = f"zone {words.shown(act.name or act.zone_id, 24)}"
        if new_ns is not None:
            yield Change(new_ns, f"{name} enacted")
        for interval in act.applicability or ():
            if interval.start_ns is not None:
                yield Change(interval.start_ns, f"{name} begins")
            if interval.end_ns is not None:
                yield Change(interval.end_ns, f"{name} ends")


def timeline(picture: Picture, flights: Sequence[Flight], *, width: float, key: str, caption: str) -> Html:
    """Draw the lanes of one group of flights."""
    narrow = width < PHONE
    first_ns, last_ns = period(flights)
    scale = Scale(first_ns, max(last_ns, first_ns + _S), 14.0 if narrow else 196.0, width - 16.0)
    law = changes(picture, first_ns, last_ns)
    marks, mark_height = _change_labels(scale, law)
    top = mark_height + 6
    lane = _LANE + (18.0 if narrow else 0.0)
    shown = flights[:LANES_MAX]
    bottom = top + lane * len(shown)
    lanes = [_lane(scale, flight, top + lane * place, key, narrow=narrow) for place, flight in enumerate(shown)]
    return tag(
        "svg",
        tag("title", caption),
        tag("desc", _described(shown, law)),
        Html(_patterns(key)),
        tag("g", *axis(scale, top, bottom), class_="axis"),
        tag("g", *lanes, class_="lanes"),
        tag("g", *(_change_line(scale, change, bottom) for change in law), *marks, class_="law"),
        class_=f"time {'narrow' if narrow else 'wide'}",
        viewBox=f"0 0 {number(width)} {number(bottom + 26)}",
        role="img",
        aria_label=caption,
    )


def _patterns(key: str) -> str:
    return (
        f'<defs><pattern id="{key}-cross" width="6" height="6" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><path d="M0 0v6" class="cross"/></pattern></defs>'
    )


def _described(flights: Sequence[Flight], law: Sequence[Change]) -> str:
    told = []
    for flight in flights:
        parts = [
            f"{words.VERDICT[part.gravest.verdict]} {words.clock(part.start_ns)} to {words.clock(part.end_ns)}"
            for part in joined(standings(flight.track))
        ]
        told.append(f"{called(flight.row)}: {', '.join(parts)}.")
    told += [f"{words.clock(change.t_ns)}: {change.text}." for change in law]
    return " ".join(told)


# Axis and law


def axis(scale: Scale, top: float, bottom: float) -> list[Html]:
    """Return upright lines at round times of day, each with its time under it."""
    span_s = (scale.last_ns - scale.first_ns) / _S
    wanted = max(2.0, (scale.right - scale.left) / 92)
    step_s = next((step for step in _STEPS_S if span_s / step <= wanted), _STEPS_S[-1])
    parts = []
    at_s = -(-scale.first_ns // (_S * step_s)) * step_s
    while at_s * _S <= scale.last_ns:
        x = scale.x(at_s * _S)
        moment = words.moment(at_s * _S)
        text = "" if moment is None else f"{moment:%H:%M}" if step_s % 60 == 0 else f"{moment:%H:%M:%S}"
        parts.append(tag("line", x1=x, x2=x, y1=top, y2=bottom))
        if scale.left + 8 < x < scale.right - 20 or scale.left > 100:  # noqa: PLR2004
            parts.append(tag("text", text, x=min(x, scale.right - 14), y=bottom + 17, text_anchor="middle"))
        at_s += step_s
    return parts


def _change_labels(scale: Scale, law: Sequence[Change]) -> tuple[list[Html], float]:
    """Return the words of the law's changes, in as many rows as it takes that none covers another."""
    rows: list[float] = []
    parts = []
    for change in law:
        text = f"{words.clock(change.t_ns)} {change.text}"
        width = text_width(text, 11.5, bold=True)
        x = min(max(scale.x(change.t_ns) - width / 2, 4.0), scale.right + 10 - width)
        row = next((place for place, taken in enumerate(rows) if taken <= x), len(rows))
        rows[row : row + 1] = [x + width + 8]
        parts.append(tag("text", text, x=x + width / 2, y=14 + 16 * row, text_anchor="middle"))
    return parts, 20.0 + 16.0 * (len(rows) - 1) if rows else 0.0


def _change_line(scale: Scale, change: Change, bottom: float) -> Html:
    x = scale.x(change.t_ns)
    return tag("line", x1=x, x2=x, y1=20, y2=bottom)


# Lanes


def joined(stood: Sequence[Standing]) -> list[Standing]:
    """Return the stretches of one verdict as one, where nothing lies between."""
    found: list[Standing] = []
    for part in stood:
        before = found[-1] if found else None
        if before and before.end_ns == part.start_ns and before.gravest.verdict is part.gravest.verdict:
            found[-1] = dataclasses.replace(before, end_ns=part.end_ns)
        else:
            found.append(part)
    return found


def _lane(scale: Scale, flight: Flight, y: float, key: str, *, narrow: bool) -> Html:
    row = flight.row
    bar_y = y + (30.0 if narrow else 16.0)
    stood = joined(standings(flight.track))
    parts = [tag("title", f"{called(row)}: {row.sentence}"), _name(flight, y, narrow=narrow)]
    parts.append(tag("line", class_="base", x1=scale.left, x2=scale.right, y1=bar_y + _BAR / 2, y2=bar_y + _BAR / 2))
    for part in stood:
        parts += _bar(scale, part, flight, bar_y, key)
    for gone, back in silences(flight.track):
        width = scale.x(back) - scale.x(gone)
        if width > text_width("not heard", 10):
            middle = scale.x(gone) + width / 2
            parts.append(
                tag("text", "not heard", class_="gone", x=middle, y=bar_y + _BAR / 2 - 4, text_anchor="middle")
            )
    if row.lost:
        x = scale.x(row.last_ns)
        parts.append(tag("path", class_="lostmark", d=f"M{number(x)} {number(bar_y - 3)}v{number(_BAR + 6)}"))
    onsets = [told for told in flight.track.alarms if told.state == "unacknowledged"]
    parts += [_alarm(scale.x(told.t_ns), bar_y, told.priority, told.reason) for told in onsets]
    return tag("g", *parts, class_="lane", data_track=str(row.track_id))


def _name(flight: Flight, y: float, *, narrow: bool) -> Html:
    row = flight.row
    top = y + (15.0 if narrow else 20.0)
    parts = [drawn(flight.shape, 24.0, top - 4 + (0.0 if narrow else 5.0), scale=0.8)]
    name = f"Track {row.track_id}"
    parts.append(tag("text", name, class_="l1", x=42, y=top))
    if row.simulated:
        x = 42 + text_width(name, 12, bold=True) + 5
        width = text_width("SIMULATED", 8.5, bold=True) + 10
        parts.append(tag("rect", class_="simbox", x=x, y=top - 10, width=width, height=12.5, rx=3))
        parts.append(tag("text", "SIMULATED", class_="simtext", x=x + width / 2, y=top - 0.6, text_anchor="middle"))
    if not narrow:
        parts.append(tag("text", row.verdict_words, class_=f"l2 w-{row.verdict}", x=42, y=top + 15))
    return tag("g", *parts)


def _bar(scale: Scale, part: Standing, flight: Flight, y: float, key: str) -> list[Html]:
    verdict = part.gravest.verdict
    x, end = scale.x(part.start_ns), scale.x(part.end_ns)
    width = max(end - x, 2.0)
    text = words.VERDICT[verdict]
    told = f"{called(flight.row)}: {text} {words.clock(part.start_ns)}–{words.clock(part.end_ns)} UTC"
    thin = verdict.value == "no_rule"
    rect = tag(
        "rect",
        tag("title", told),
        class_=f"bar b-{verdict.value}",
        fill=f"url(#{key}-cross)" if verdict.value == "cannot_tell" else None,
        x=x,
        y=y + (_BAR / 2 - 2 if thin else 0),
        width=width,
        height=4 if thin else _BAR,
        rx=2 if thin else 3,
    )
    parts = [tag("rect", class_="under", x=x, y=y, width=width, height=_BAR, rx=3), rect] if not thin else [rect]
    if width >= 22:  # noqa: PLR2004  # room for the shape
        parts.append(tag("circle", class_="seat", cx=x + 12, cy=y + _BAR / 2, r=8))
        parts.append(drawn(kind(verdict, manned=flight.row.manned), x + 12, y + _BAR / 2, scale=0.62))
    if width >= 34 + text_width(text, 11, bold=True):
        style = f"barword bw-{verdict.value}"
        parts.append(tag("text", text, class_=style, x=x + 25, y=y + _BAR / 2 + (-4 if thin else 4)))
    return parts


def _alarm(x: float, bar_y: float, priority: int, reason: str) -> Html:
    title = f"Alarm, priority {priority}: {words.alarm(reason)}"
    low = bar_y - 1
    return tag(
        "g",
        tag("title", title),
        tag("path", class_="alarm", d=f"M{number(x)} {number(low - 15)}l8.500 15h-17z"),
        tag("text", str(priority), class_="alarmno", x=x, y=low - 2.5, text_anchor="middle"),
    )
