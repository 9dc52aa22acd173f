"""How sensors do in words: heard or silent, what they send, what they cover, how far they are off.

Every number says for which time it holds: rates and counts are as the station told them last, and where the station is
not heard of, that is long ago.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from skykeep.geo.altitude import Altitude, Datum
from skykeep.station.link import SensorStatus
from skykeep.views import words
from skykeep.views.livemodels import BiasNow, CoverageNow, HealthNow, SensorNow
from skykeep.views.mapframe import lat_words, lon_words
from skykeep.web import spoken
from skykeep.web.sensor_hour import Reading
from skykeep.web.words import count, say

FULL_URAD = 6_283_185
SLOTS = 12
WELL, ILL, DOUBT, OFF = "well", "ill", "doubt", "off"


class Stand(msgspec.Struct, frozen=True):
    """How a sensor stands: a kind for its shape, and words."""

    kind: str
    words: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor in the table."""

    sensor_id: str
    modality: str
    simulated: bool
    stand: Stand
    feed: str
    format: str
    keyed: str
    connected: str
    rate: str
    frames: str
    unreadable: str
    dropped: str
    heard: str  # when, UTC
    age: str  # before the moment that the page is of
    covers: str


class Term(msgspec.Struct, frozen=True):
    """A name and what is to be said of it."""

    name: str
    words: str


class Slot(msgspec.Struct, frozen=True):
    """Five minutes of readings, for whoever does not see the chart."""

    clock: str
    rate: str
    latency: str


def row(
    sensor_id: str,
    declared: SensorNow | None,
    status: SensorStatus | None,
    ill: Sequence[HealthNow],
    now_ns: int,
    *,
    fresh: bool,
) -> Row:
    """Return a sensor in words, as it was at `now_ns`; `ill`: what of it, or of its feed, is not well."""
    modality = declared.modality if declared is not None else ""
    heard_ns = None if status is None else status.last_ns
    return Row(
        sensor_id=words.shown(sensor_id, 80),
        modality=_modality(modality) or say("not declared"),
        simulated=declared is not None and declared.simulated,
        stand=stand(status, ill, fresh=fresh),
        feed=words.shown(status.feed, 60) if status else "–",
        format=words.shown(status.format, 40) if status else "–",
        keyed="–" if status is None else _yes(status.keyed),
        connected="–" if status is None else _yes(status.connected),
        rate="–" if status is None else rate(status.rate_hz),
        frames="–" if status is None else f"{status.frames:,}",
        unreadable="–" if status is None else f"{status.unreadable:,}",
        dropped="–" if status is None else f"{status.dropped:,}",
        heard=say("never since the station began") if heard_ns is None else words.utc(heard_ns),
        age="" if heard_ns is None else age(now_ns - heard_ns),
        covers=covers(None if declared is None else declared.coverage),
    )


def ill_of(sensor_id: str, status: SensorStatus | None, health: Iterable[HealthNow]) -> list[HealthNow]:
    """Return what is not well of a sensor and of the feed that brings it."""
    feed = None if status is None else status.feed
    wanted = {("sensor_silent", sensor_id), ("dropped", sensor_id), ("dropped", feed), ("feed", feed)}
    return [each for each in health if not each.well and (each.what, each.subject) in wanted]


def stand(status: SensorStatus | None, ill: Sequence[HealthNow], *, fresh: bool) -> Stand:
    """Return how a sensor stands, the gravest first."""
    kinds = frozenset(each.what for each in ill)
    if not fresh:
        return Stand(DOUBT, say("Not known now"))
    if "sensor_silent" in kinds:
        return Stand(ILL, say("Silent"))
    if status is not None and status.ended:
        return Stand(OFF, say("Its recording has ended"))
    if "feed" in kinds or (status is not None and not status.connected):
        return Stand(ILL, say("Not connected"))
    if status is None or status.last_ns is None:
        return Stand(OFF, say("Not heard yet"))
    if "dropped" in kinds:
        return Stand(DOUBT, say("Loses packets"))
    return Stand(WELL, say("Heard"))


def gravity(shown: Row) -> tuple[int, str]:
    """Return by what rows are sorted: what is not well first."""
    return (ILL, DOUBT, OFF, WELL).index(shown.stand.kind), shown.sensor_id


def rate(rate_hz: float) -> str:
    """Return a rate with its unit."""
    return f"{rate_hz:.1f}/s" if rate_hz < 100 else f"{rate_hz:,.0f}/s"  # noqa: PLR2004  # a decimal says nothing there


def latency(status: SensorStatus | None) -> str | None:
    """Return the latency of a sensor's last message; None where it is not known."""
    if status is None or status.latency_ns is None:
        return None
    said = seconds(abs(status.latency_ns) / 1e9)
    return said if status.latency_ns >= 0 else say("none to tell: its clock is ahead by {time}", time=said)


def seconds(value_s: float) -> str:
    """Return a latency with its unit."""
    if abs(value_s) < 1:
        return f"{value_s * 1e3:.0f} ms"
    return f"{value_s:.1f} s" if abs(value_s) < 100 else f"{value_s:.0f} s"  # noqa: PLR2004  # as above


def age(elapsed_ns: int) -> str:
    """Return how long ago something was, seen from the moment that the page is of."""
    text = words.duration(elapsed_ns)
    return say("{time} before", time=text) if elapsed_ns >= 0 else say("{time} after", time=text)


def covers(coverage: CoverageNow | None) -> str:
    """Return what a sensor covers; nothing is concluded from what is not declared."""
    if coverage is None:
        return say("not declared: nobody knows what it cannot see")
    near, far = spoken.metres(coverage.range_min_mm / 1e3), spoken.metres(coverage.range_max_mm / 1e3)
    if coverage.range_min_mm:
        return say("{near} to {far}, {around}", near=near, far=far, around=around(coverage))
    return say("up to {far}, {around}", far=far, around=around(coverage))


def around(coverage: CoverageNow) -> str:
    """Return the directions into which a sensor looks."""
    if coverage.azimuth_to_urad - coverage.azimuth_from_urad >= FULL_URAD - 1:
        return say("all round")
    sides = coverage.azimuth_from_urad, coverage.azimuth_to_urad
    begin, end = (round(math.degrees(each / 1e6)) % 360 for each in sides)
    return say("from {begin}° clockwise to {end}°", begin=begin, end=end)


def declared_terms(sensor: SensorNow) -> list[Term]:
    """Return what is declared of a sensor: where it stands, what it measures how well, what it covers."""
    terms = [Term(say("Kind"), _modality(sensor.modality) or say("nothing is declared of it"))]
    if sensor.lat_e7 is not None and sensor.lon_e7 is not None:
        place = f"{lat_words(sensor.lat_e7 / 1e7, 5)}, {lon_words(sensor.lon_e7 / 1e7, 5)}"
        high = "" if sensor.alt_mm is None else spoken.altitude(Altitude(sensor.alt_mm, Datum.HAE))
        terms.append(Term(say("Stands at"), f"{place}, {high}" if high else place))
    terms += [Term(name, said) for name, said in _accuracies(sensor).items()]
    if sensor.period_ms is not None:
        terms.append(Term(say("Sends every"), seconds(sensor.period_ms / 1e3)))
    if sensor.latency_ms is not None:
        terms.append(Term(say("Usual latency"), seconds(sensor.latency_ms / 1e3)))
    if sensor.detection_ppm is not None:
        share = spoken.probability(sensor.detection_ppm)
        terms.append(Term(say("Sees"), say("{share} of what flies there, each time it looks", share=share)))
    terms += [Term(say("Its clock"), say(words.shown(sensor.clock, 40))), Term(say("Covers"), covers(sensor.coverage))]
    return terms + ([] if sensor.coverage is None else _bounds(sensor.coverage))


def _accuracies(sensor: SensorNow) -> Mapping[str, str]:
    said = {}
    if sensor.pos_accuracy_mm is not None:
        within = spoken.metres(sensor.pos_accuracy_mm / 1e3)
        said[say("Place within")] = say("{within} (95 %), where a report does not say", within=within)
    if sensor.range_sigma_mm is not None:
        said[say("Range within")] = _sigma(spoken.metres(sensor.range_sigma_mm / 1e3))
    if sensor.azimuth_sigma_urad is not None:
        said[say("Direction within")] = _sigma(degrees(sensor.azimuth_sigma_urad))
    if sensor.elevation_sigma_urad is not None:
        said[say("Elevation within")] = _sigma(degrees(sensor.elevation_sigma_urad))
    return said


def _sigma(within: str) -> str:
    return say("±{within} (one sigma)", within=within)


def _modality(name: str) -> str:
    return say(words.MODALITY[name]) if name in words.MODALITY else name


def _yes(held: bool) -> str:  # noqa: FBT001  # it is the whole question
    return say("yes") if held else say("no")


def _bounds(coverage: CoverageNow) -> list[Term]:
    low, high = degrees(coverage.elevation_min_urad), degrees(coverage.elevation_max_urad)
    terms = [Term(say("Looks"), say("{low} to {high} above the horizon", low=low, high=high))]
    if coverage.horizon_urad:
        high = degrees(max(coverage.horizon_urad))
        hides = say("hides what is behind it, up to {high} above the horizon", high=high)
        terms.append(Term(say("Terrain"), hides))
    return terms


def degrees(urad: int) -> str:
    """Return an angle in degrees."""
    value = math.degrees(urad / 1e6)
    return f"{value:.2f}°" if abs(value) < 1 else f"{value:.1f}°"


def bias_terms(bias: BiasNow) -> list[Term]:
    """Return how far the watch found a sensor to be off, and for which time that holds."""
    return [
        Term(say("Range"), f"{_signed(bias.range_mm / 1e3)} m ± {bias.range_sigma_mm / 1e3:.1f} m"),
        Term(say("Direction"), f"{_signed_degrees(bias.azimuth_urad)} ± {degrees(bias.azimuth_sigma_urad)}"),
        Term(say("Elevation"), f"{_signed_degrees(bias.elevation_urad)} ± {degrees(bias.elevation_sigma_urad)}"),
        Term(
            say("Rests on"),
            count(
                bias.pairs,
                "{n} measurement of aircraft that say where they are",
                "{n} measurements of aircraft that say where they are",
            ),
        ),
        Term(
            say("Used"),
            say("yes: taken off each measurement") if bias.applied else say("no: too small to tell from chance"),
        ),
        Term(say("As of"), words.utc(bias.t_ns)),
    ]


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _signed_degrees(urad: int) -> str:
    return ("+" if urad >= 0 else "−") + degrees(abs(urad))


def slots(readings: Sequence[Reading], end_ns: int, hour_ns: int) -> list[Slot]:
    """Return twelve parts of the hour before `end_ns`, the newest first: what the charts show, as a table."""
    size = hour_ns // SLOTS
    made = []
    for place in range(SLOTS):
        last_ns = end_ns - place * size
        inside = [each for each in readings if last_ns - size < each.t_ns <= last_ns]
        times = f"{words.clock(last_ns - size)[:5]}–{words.clock(last_ns)[:5]}"
        late = [each.latency_ns / 1e9 for each in inside if each.latency_ns is not None]
        made.append(Slot(times, _spread([each.rate_hz for each in inside], rate), _spread(late, seconds)))
    return made


def _spread(values: Sequence[float], said: Callable[[float], str]) -> str:
    """Return least, middle and most of some values; nothing was read where there are none."""
    if not values:
        return say("nothing read")
    return f"{said(min(values))} · {said(statistics.median(values))} · {said(max(values))}"
