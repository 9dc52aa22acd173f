"""The timeline of one explained track as SVG: its existence over time, what was told of it, and a lane a sensor."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from skykeep.facts.concluded import Verdict
from skykeep.views import words
from skykeep.views.areas import PHONE, points, thinned
from skykeep.views.findings import rung_words
from skykeep.views.labels import text_width
from skykeep.views.lanes import Scale, axis
from skykeep.views.markup import Html, number, tag
from skykeep.views.picture import Picture, Track
from skykeep.views.symbols import drawn, kind
from skykeep.views.trail import Seen, Trail

LANES_MAX = 12
MARKS_MAX = 1500  # in one lane; of more, those that would lie on each other are drawn once
_CURVE, _LANE = 84.0, 34.0
_S = 1_000_000_000
_DOUBTFUL = 0.9


def timeline(picture: Picture, track: Track, trail: Trail, *, width: float, caption: str) -> Html:
    """Draw existence, what was told, and each sensor's reports: filled its own, hollow of others or of nobody."""
    narrow = width < PHONE
    scale = _scale(track, trail, left=14.0 if narrow else 196.0, right=width - 16.0)
    sensors = _sensors(trail)
    lane = _LANE + (16.0 if narrow else 0.0)
    told_y = _CURVE + 18.0
    top = told_y + 40.0
    bottom = top + lane * len(sensors)
    parts = [
        tag("title", caption),
        tag("desc", _described(picture, trail, sensors)),
        tag("g", *axis(scale, 10.0, bottom), class_="axis"),
        tag("g", *_curve(scale, trail, narrow=narrow), class_="exist"),
        tag("g", *_told(scale, track, told_y, narrow=narrow), class_="told"),
        *(_lane(picture, scale, trail, each, top + lane * place, narrow=narrow) for place, each in enumerate(sensors)),
    ]
    return tag(
        "svg",
        *parts,
        class_=f"time {'narrow' if narrow else 'wide'}",
        viewBox=f"0 0 {number(width)} {number(bottom + 26)}",
        role="img",
        aria_label=caption,
    )


def _scale(track: Track, trail: Trail, *, left: float, right: float) -> Scale:
    times = [moment.t_ns for moment in trail.moments] + [seen.t_ns for seen in trail.used]
    times = times or [track.first_ns, track.last_ns]
    return Scale(min(times), max(*times, min(times) + _S), left, right)


def _sensors(trail: Trail) -> list[str]:
    """Return the sensors with the most reports of it or near it."""
    counts: dict[str, int] = {}
    for seen in (*trail.used, *trail.near):
        counts[seen.sensor_id] = counts.get(seen.sensor_id, 0) + 1
    return sorted(sorted(counts), key=lambda sensor_id: -counts[sensor_id])[:LANES_MAX]


def _described(picture: Picture, trail: Trail, sensors: Sequence[str]) -> str:
    parts = []
    for sensor_id in sensors:
        own = sum(seen.sensor_id == sensor_id for seen in trail.used)
        near = sum(seen.sensor_id == sensor_id for seen in trail.near)
        parts.append(f"{words.shown(sensor_id, 60)}: {own} reports of it, {near} near it of others or of nobody.")
    if trail.moments:
        parts.append(f"Existence at the end: {words.probability(round(trail.moments[-1].existence * 1e6))}.")
    return " ".join(parts) + (" SIMULATED sensors." if _simulated(picture, sensors) else "")


def _simulated(picture: Picture, sensors: Sequence[str]) -> bool:
    known = [picture.sensors[each].declared for each in sensors if each in picture.sensors]
    return any(declared is not None and declared.simulated for declared in known)


# Existence


def _curve(scale: Scale, trail: Trail, *, narrow: bool) -> Iterator[Html]:
    base, height = _CURVE, _CURVE - 18.0
    for share in (0.0, 0.5, 1.0):
        y = base - share * height
        yield tag("line", class_="base", x1=scale.left, x2=scale.right, y1=y, y2=y)
        said = f"{share:.0%}".replace("%", " %")
        if not narrow:
            yield tag("text", said, class_="l2", x=scale.left - 8, y=y + 4, text_anchor="end")
        elif share < 1.0:  # above its line, where the curve of a sure track does not pass
            yield tag("text", said, class_="l2", x=scale.right, y=y - 4, text_anchor="end")
    if not narrow:
        yield tag("text", "Existence", class_="l1", x=14, y=base - height / 2 + 4)
    stretches: list[tuple[str, list[tuple[float, float]]]] = []
    for moment in trail.moments:
        place = (scale.x(moment.t_ns), base - moment.existence * height)
        if not stretches or stretches[-1][0] != moment.phase:
            joint = [stretches[-1][1][-1]] if stretches else []
            stretches.append((moment.phase, joint))
        stretches[-1][1].append(place)
    for phase, places in stretches:
        yield tag("path", tag("title", phase), class_=f"curve {phase}", d=Html(f"M{points(thinned(places, 0.7))}"))


# What was told


def _told(scale: Scale, track: Track, y: float, *, narrow: bool) -> Iterator[Html]:
    """Yield a mark for each thing that was told of it: rungs as words, verdicts as shapes, flags and alarms."""
    if not narrow:
        yield tag("text", "Told", class_="l1", x=14, y=y + 12)
    for told in track.rungs:
        told_at = tag("title", f"{rung_words(told)}, {words.utc(told.t_ns)}")
        yield tag("path", told_at, class_="rung", d=_upright(scale.x(told.t_ns), y))
    for start, word in _rung_labels(scale, track):
        yield tag("text", word, class_="rungword", x=start, y=y - 3)
    yield from _verdicts(scale, track, y + 14)
    for flagged in track.flags:
        x = scale.x(flagged.t_ns)
        title = f"{flagged.flag} {'raised' if flagged.up else 'taken back'}, {words.utc(flagged.t_ns)}"
        way = f"M{number(x)} {number(y + 4)}v17M{number(x)} {number(y + 4)}h8l-2.500 3.500 2.500 3.500h-8"
        yield tag("path", tag("title", title), class_="flagmark" if flagged.up else "flagmark down", d=Html(way))


def _rung_labels(scale: Scale, track: Track) -> list[tuple[float, str]]:
    """Return the words of the rungs and where they begin; of two at one place the later, of two that meet the first."""
    found: list[tuple[float, float, str]] = []  # where the mark is, where its word begins, the word
    for told in track.rungs:
        x, said = scale.x(told.t_ns), words.RUNG[told.rung]
        start = min(x, scale.right - text_width(said, 11, bold=True))
        if found and x - found[-1][0] < 8:  # noqa: PLR2004  # one mark to the eye
            found.pop()
        if not found or start > found[-1][1] + text_width(found[-1][2], 11, bold=True) + 6:
            found.append((x, start, said))
    return [(start, said) for _, start, said in found]


def _verdicts(scale: Scale, track: Track, y: float) -> Iterator[Html]:
    at, before = -100.0, None
    for told in track.verdicts:
        x = scale.x(told.t_ns)
        if told.verdict is before and x - at < 60:  # noqa: PLR2004  # the same again, hard beside it
            continue
        if x - at < 15:  # noqa: PLR2004  # no room for both: the latest is drawn on top of it
            x = at + 15
        at, before = x, told.verdict
        shape = kind(Verdict(told.verdict), manned=track.manned)
        title = f"{words.VERDICT[told.verdict]} ({told.clause}), {words.utc(told.t_ns)}"
        yield tag("g", tag("title", title), drawn(shape, x, y, scale=0.6))


def _upright(x: float, y: float) -> Html:
    return Html(f"M{number(x)} {number(y)}v24")


# Sensors


def _lane(picture: Picture, scale: Scale, trail: Trail, sensor_id: str, y: float, *, narrow: bool) -> Html:
    own = [seen for seen in trail.used if seen.sensor_id == sensor_id]
    near = [seen for seen in trail.near if seen.sensor_id == sensor_id and not seen.repeat]
    again = [seen for seen in trail.near if seen.sensor_id == sensor_id and seen.repeat]
    middle = y + (30.0 if narrow else 16.0)
    sensor = picture.sensors.get(sensor_id)
    modality = "" if sensor is None or sensor.declared is None else sensor.declared.modality
    said = words.MODALITY.get(modality, words.shown(modality, 40))
    name = words.shown(sensor_id, 22)
    counted = (
        f"{len(own)} its own" + (f", {len(near)} not" if near else "") + (f", {len(again)} again" if again else "")
    )
    parts = [tag("text", name, class_="l1", x=14, y=y + (14.0 if narrow else 13.0))]
    aside = f"{said} · {counted}" if said else counted
    beside = 14 + text_width(name, 12.5, bold=True) + 10 if narrow else 14
    parts.append(tag("text", aside, class_="l2", x=beside, y=y + (14.0 if narrow else 27.0)))
    parts.append(tag("line", class_="base", x1=scale.left, x2=scale.right, y1=middle, y2=middle))
    parts += [tag("path", class_="again", d=_tick(scale.x(seen.t_ns), middle)) for seen in _apart(scale, again)]
    parts += [_cross(scale.x(seen.t_ns), middle, seen) for seen in _apart(scale, near)]
    parts += [_dot(scale.x(seen.t_ns), middle, seen) for seen in _apart(scale, own)]
    return tag("g", *parts, class_="lane")


def _tick(x: float, y: float) -> Html:
    return Html(f"M{number(x)} {number(y - 4)}v8")


def _apart(scale: Scale, seen: Sequence[Seen]) -> list[Seen]:
    """Return the reports of one lane; of very many, no two on the same pixel, the doubtful rather than the sure."""
    if len(seen) <= MARKS_MAX:
        return list(seen)
    kept: dict[int, Seen] = {}
    for each in seen:
        pixel = math.floor(scale.x(each.t_ns))
        if pixel not in kept or each.probability < kept[pixel].probability:
            kept[pixel] = each
    return list(kept.values())


def _dot(x: float, y: float, seen: Seen) -> Html:
    title = f"{words.utc(seen.t_ns)}: its own with {words.probability(round(seen.probability * 1e6))}"
    style = "own" if seen.probability >= _DOUBTFUL else "own doubtful"
    return tag("circle", tag("title", title), class_=style, cx=x, cy=y, r=3.4)


def _cross(x: float, y: float, seen: Seen) -> Html:
    whose = "nobody" if seen.other is None else f"track {seen.other}"
    title = f"{words.utc(seen.t_ns)}: given to {whose}"
    way = Html(f"M{number(x - 3)} {number(y - 10)}l6 6m0-6l-6 6")
    return tag("path", tag("title", title), class_="other" if seen.other is not None else "other nobody", d=way)
