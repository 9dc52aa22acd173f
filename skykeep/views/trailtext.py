"""What a replay saw of a track, in sentences: why it exists, what fed it, what came near and was not taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from skykeep.facts.columns import Estimate
from skykeep.facts.concluded import TrackFlagged
from skykeep.views import words
from skykeep.views.findings import explained_words, kind_words, rung_words
from skykeep.views.mapframe import lat_words, lon_words
from skykeep.views.picture import Picture, Track
from skykeep.views.trail import SURE, Seen, Standing, Trail

FLAG_NEAR = -5.0  # nats; a flag below that is as good as excluded
NEAR_TOLD = 5  # reports that were not taken, told one by one
KIND_TOLD = 10_000  # ppm; what is less likely is not named
LIKELY = 0.9  # below this, an association is called doubtful


def existence(picture: Picture, track: Track, trail: Trail | None) -> Iterator[str]:
    """Say why the track exists: what it was born of, when it was established, how sure it is now."""
    if trail is not None:
        yield from _told_by_replay(picture, trail)
    if track.points:
        yield _place(track.points[-1])
    for told in track.rungs:
        yield f"{words.utc(told.t_ns)}: {rung_words(told)}, existence {words.probability(told.existence_ppm)}"
    if track.rungs:
        last = track.rungs[-1]
        if last.absent:
            yield f"  looked at by {_names(last.absent)} too, which did not see it"
        if last.not_covered:
            yield f"  out of reach of {_names(last.not_covered)}"
        for text in explained_words(last):
            yield f"  may be {text}"


def _told_by_replay(picture: Picture, trail: Trail) -> Iterator[str]:
    if trail.differs is not None:
        yield trail.differs
    if trail.skipped_ticks:
        yield f"{trail.skipped_ticks} ticks hold erased facts: what they did to the track is not known any more."
    born_ns = trail.used[0].t_ns if trail.used else None
    if trail.standing is not None and trail.standing.born_ns > 0:
        born_ns = trail.standing.born_ns
    if trail.used:
        first = trail.used[0]
        said = f"{_report(picture, first)} at {words.utc(first.t_ns)} ({_where(first)})"
        if trail.unseen and born_ns is not None:
            moved = words.number(trail.unseen, "report")
            yield f"First measured {words.utc(born_ns)}; {moved} made it before it had a number."
            yield f"The first after that: {said}."
        else:
            yield f"Born of {said}."
    settled = trail.established
    if settled is not None and born_ns is not None:
        after_s = (settled.now_ns - born_ns) / 1e9
        yield f"Established {after_s:.1f} s after it was first measured, with existence {_share(settled.existence)}."
    elif trail.moments:
        yield "Never established: it stayed tentative, so it raises no alarm."
    if trail.moments:
        last = trail.moments[-1]
        yield f"Existence at the end {_share(last.existence)}, {last.phase}, by {words.number(last.reports, 'report')}."


def _place(point: Estimate) -> str:
    parts = [f"{lat_words(point.lat_e7 / 1e7, 5)}, {lon_words(point.lon_e7 / 1e7, 5)}"]
    parts.append(words.accuracy(point.pos_sigma_mm, assumed=point.pos_assumed))
    if point.alt_mm is not None:
        spread = "" if point.up_sigma_mm is None else f" ±{words.metres(point.up_sigma_mm * 1.96e-3)}"
        parts.append(f"{words.metres(point.alt_mm / 1e3)} above the ellipsoid{spread}")
    parts += [words.altitude(height) for height in (point.altitude, point.height) if height is not None]
    moves = "" if point.mode is None else f", {point.mode}"
    return f"Last estimate, {words.utc(point.t_ns)}: {', '.join(parts)}{moves}."


def fed(picture: Picture, track: Track, trail: Trail | None) -> Iterator[str]:
    """Say which sensors made it, how often, and how surely each report was of it."""
    if trail is None or not trail.used:
        total = sum(track.fed.values())
        for sensor_id, count in sorted(track.fed.items(), key=lambda each: (-each[1], each[0])):
            yield f"{_sensor(picture, sensor_id)}: moved {count} of its {words.number(total, 'estimate')} last"
        return
    by_sensor: dict[str, list[Seen]] = {}
    for seen in trail.used:
        by_sensor.setdefault(seen.sensor_id, []).append(seen)
    for sensor_id, seen_by in sorted(by_sensor.items(), key=lambda each: (-len(each[1]), each[0])):
        yield f"{_sensor(picture, sensor_id)}: {'; '.join(_fed_by(seen_by))}"
    if trail.standing is not None:
        yield from _in_vain(trail.standing)


def _fed_by(seen: Sequence[Seen]) -> Iterator[str]:
    kinds = {each.kind for each in seen}
    noun = {"bearing": "bearing", "direction": "direction"}.get(min(kinds), "report") if len(kinds) == 1 else "report"
    yield words.number(len(seen), noun)
    yield f"{words.clock(min(each.t_ns for each in seen))}–{words.clock(max(each.t_ns for each in seen))}"
    least = min(seen, key=lambda each: each.probability)
    mean = sum(each.probability for each in seen) / len(seen)
    yield f"each its own with {_share(mean)} on average, least {_share(least.probability)} at {words.clock(least.t_ns)}"
    doubtful = sum(each.probability < LIKELY for each in seen)
    if doubtful:
        yield f"{doubtful} below {LIKELY:.0%}".replace("%", " %")


def _in_vain(standing: Standing) -> Iterator[str]:
    for name, log in standing.absence:
        kind = words.MODALITY.get(name, words.shown(name, 40))
        yield f"{kind} looked since and did not see it: {log:+.1f} nats"


def not_taken(picture: Picture, trail: Trail | None) -> Iterator[str]:
    """Say what came near and was given to another track, or to none."""
    if trail is None:
        return
    by_sensor: dict[str, dict[tuple[int | None, bool], int]] = {}
    for (sensor_id, other, repeat), count in trail.near_count.items():
        by_sensor.setdefault(sensor_id, {})[other, repeat] = count
    for sensor_id, counts in sorted(by_sensor.items(), key=lambda each: (-sum(each[1].values()), each[0])):
        near = words.number(sum(counts.values()), "report")
        yield f"{_sensor(picture, sensor_id)}: {near} near it, {'; '.join(_given(counts))}"
    rivals = [seen for seen in trail.near if not seen.repeat]
    likeliest = sorted(rivals, key=lambda seen: (-seen.probability, seen.off, seen.t_ns))[:NEAR_TOLD]
    for seen in sorted(likeliest, key=lambda each: each.t_ns):
        rather = "" if seen.other is None else f", rather track {seen.other}'s ({_share(seen.other_probability)})"
        its_own = f"{_share(seen.probability)} its own{rather}"
        yield f"  {words.utc(seen.t_ns)}: {_report(picture, seen)}, {_away(seen)}: {its_own}"
    shared = [seen for seen in trail.used if seen.other is not None and seen.probability < SURE]
    if shared:
        yield f"{words.number(len(shared), 'report')} of those taken were shared with other tracks."
    if not trail.near_count and trail.used:
        yield "Nothing else came near it."


def _given(counts: Mapping[tuple[int | None, bool], int]) -> Iterator[str]:
    """Say to whom the reports of one sensor were given."""
    tracks = [(count, -other) for (other, _), count in counts.items() if other is not None]
    if tracks:
        named = [f"{-other} ({count})" for count, other in sorted(tracks, reverse=True)[:NEAR_TOLD]]
        more = f" and {len(tracks) - NEAR_TOLD} more" if len(tracks) > NEAR_TOLD else ""
        yield f"given to {'track' if len(tracks) == 1 else 'tracks'} {', '.join(named)}{more}"
    if (None, False) in counts:
        yield f"{counts[None, False]} to nobody: clutter, or too unlike it"
    if (None, True) in counts:
        yield f"{counts[None, True]} repeats of what was taken already"


def bound(trail: Trail | None, person: Mapping[str, str]) -> Iterator[str]:
    """Say which radios it is bound to and who else may be theirs; `person` holds what each radio said, in words."""
    if trail is None or trail.standing is None:
        return
    for radio in trail.standing.radios:
        said = person.get(radio.transmitter, "")
        yield f"Bound to radio {_radio(radio.transmitter)}{said} with {_share(radio.weight)}"
        for other, weight in radio.others[:NEAR_TOLD]:
            yield f"  or that radio is track {other}'s ({_share(weight)})"


def _radio(pseudonym: str) -> str:
    return f"…{words.shown(pseudonym, 80)[-8:]}" if pseudonym else "of unknown address"


def flag(told: TrackFlagged) -> str:
    """Return one move of a flag, with its odds."""
    name = words.shown(told.flag, 60)
    moved = f"{'RAISED' if told.up else 'taken back'} {name}, {told.log_odds_milli / 1e3:+.1f} nats"
    return f"{words.utc(told.t_ns)}: {moved}: {words.FLAG.get(told.flag, name)}"


def weighed(trail: Trail | None) -> Iterator[str]:
    """Say which flags were weighed and stay down."""
    if trail is None or trail.standing is None:
        return
    down = [(name, log) for name, log, up in trail.standing.flags if not up and log != 0.0]
    near = ", ".join(f"{name} {log:+.1f}" for name, log in down if log > FLAG_NEAR)
    if near:
        yield f"weighed and not raised: {near} nats"
    elif down:
        yield f"{words.number(len(down), 'flag')} weighed and not raised; none is likelier than 1 in 150."


def kinds(track: Track, trail: Trail | None) -> Iterator[str]:
    """Say what it likely is, and what spoke for that."""
    for told in track.classes:
        if not told.ppm:
            continue
        others = [
            (words.CLASS.get(name, words.shown(name, 40)), ppm) for name, ppm in told.ppm[1:3] if ppm >= KIND_TOLD
        ]
        rest = ", ".join(f"{name} {ppm / 1e4:.0f} %" for name, ppm in others)
        yield f"{words.utc(told.t_ns)}: {kind_words(*told.ppm[0])}{f'; else {rest}' if rest else ''}"
        why = ", ".join(f"{words.shown(name, 40).replace('_', ' ')} {milli / 1e3:+.1f}" for name, milli in told.why[:6])
        if why:
            yield f"  by {why} (nats, for it against the next)"
    if trail is not None and trail.standing is not None:
        moves = ", ".join(f"{name} {_share(share)}" for name, share in trail.standing.modes if share > 0.0)
        if moves:
            yield f"It moves: {moves}."


# Parts


def _report(picture: Picture, seen: Seen) -> str:
    sensor = picture.sensors.get(seen.sensor_id)
    scans = sensor is not None and sensor.plots > 0
    noun = seen.kind if seen.kind != "place" else "plot" if scans else "report"
    plot = f", plot {seen.item}" if noun == "plot" or seen.item else ""
    where = f"tick {seen.ref.tick}, fact {seen.ref.index}{plot}"
    return f"a {noun} of {words.shown(seen.sensor_id, 60)} ({where})"


def _where(seen: Seen) -> str:
    if seen.lat_deg is not None and seen.lon_deg is not None:
        spread = f" ±{words.metres(seen.sigma_m * 2.448)}" if seen.sigma_m else ""
        return f"{lat_words(seen.lat_deg, 5)}, {lon_words(seen.lon_deg, 5)}{spread}"
    return f"towards {seen.azimuth_deg:.1f}°" if seen.azimuth_deg is not None else "place unknown"


def _away(seen: Seen) -> str:
    if seen.distance_m is None:
        return f"passing it by {seen.off:.1f} standard deviations"
    return f"{words.metres(seen.distance_m)} away, {seen.off:.1f} standard deviations"


def _sensor(picture: Picture, sensor_id: str) -> str:
    sensor = picture.sensors.get(sensor_id)
    kind = None if sensor is None or sensor.declared is None else sensor.declared.modality
    named = f" ({words.MODALITY.get(kind, words.shown(kind, 40))})" if kind is not None else ""
    return f"{words.shown(sensor_id, 60)}{named}"


def _names(sensors: Sequence[str]) -> str:
    return ", ".join(words.shown(each, 60) for each in sensors)


def _share(value: float) -> str:
    return words.probability(round(value * 1e6))
