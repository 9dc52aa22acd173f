"""How times, heights, counts and reasons are said in the language and units of whoever asks now.

`skykeep.views.words` says the same in English and metres, for records, reports and command lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from skykeep.facts.alarms import reason_of
from skykeep.facts.enacted import Limit, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.station.zonediff import Voice
from skykeep.views import sentences
from skykeep.views import words as plain
from skykeep.web.wishes import FEET, wishes
from skykeep.web.words import marked, say, spoken

Key = TypeVar("Key")
FOOT_M = 0.3048
KNOT_MPS = 1852 / 3600
MILE_M = 1852.0
MILES_FROM_M = 9_999.5
_MONTHS = (
    marked("January"), marked("February"), marked("March"), marked("April"), marked("May"), marked("June"),
    marked("July"), marked("August"), marked("September"), marked("October"), marked("November"), marked("December"),
)  # fmt: skip
_DATUM = {
    Datum.HAE: marked("above the ellipsoid (HAE)"),
    Datum.TAKEOFF: marked("above take-off"),
    Datum.STD: marked("pressure altitude (STD)"),
}


def table(of: Mapping[Key, str]) -> dict[Key, str]:
    """Return a table of words in the reader's language."""
    return {key: say(text) for key, text in of.items()}


def capital(text: str) -> str:
    """Return a text with its first letter large."""
    return text[:1].upper() + text[1:]


def alarm(reason: str) -> str:
    """Return why an alarm sounds; in brackets what came from outside: which group, or what is not well."""
    name, detail = reason_of(reason)
    said = say(plain.ALARM[name]) if name in plain.ALARM else plain.shown(name, 40)
    return f"{said} ({plain.shown(detail, 60)})" if detail else said


def day(t_ns: int) -> str:
    """Return "24 November 2026"."""
    at = plain.moment(t_ns)
    if at is None:
        return say("date out of range")
    return say("{day} {month} {year}", day=at.day, month=say(_MONTHS[at.month - 1]), year=f"{at.year:04d}")


def metres(value_m: float) -> str:
    """Return a length in the reader's units: 118 m, 12.6 km; or 390 ft, 6.8 NM."""
    if wishes().units != FEET:
        return plain.metres(value_m)
    return f"{value_m / MILE_M:.1f} NM" if abs(value_m) >= MILES_FROM_M else f"{value_m / FOOT_M:.0f} ft"


def high(value_m: float) -> str:
    """Return a height in the reader's units: feet however high, for nobody says a height in nautical miles."""
    return f"{value_m / FOOT_M:.0f} ft" if wishes().units == FEET else plain.metres(value_m)


def below(value_mm: int) -> str:
    """Return a height that what is allowed reaches up to, in the reader's units: never a foot more than it is."""
    if wishes().units == FEET:
        return f"{sentences.whole_feet(value_mm, up=False)} ft ({_law_metres(value_mm)} m)"
    return f"{_law_metres(value_mm)} m"


def _law_metres(value_mm: int) -> str:
    return f"{value_mm // 100 / 10:g}" if value_mm % 1_000 else str(value_mm // 1_000)


def law_heights(floor: Limit, ceiling: Limit) -> str:
    """Return a band of heights as the law's sentences say it, in the reader's language and units."""
    return sentences.heights(floor, ceiling, spoken().law, feet=wishes().units == FEET)


def speed(value_mps: float) -> str:
    """Return a speed in the reader's units, whole."""
    return f"{value_mps / KNOT_MPS:.0f} kt" if wishes().units == FEET else f"{value_mps:.0f} m/s"


def altitude(value: Altitude) -> str:
    """Return a height with the datum that it cannot forget."""
    if level := plain.flight_level(value):
        return f"{level} ({high(value.value_mm / 1e3)})"
    return f"{high(value.value_mm / 1e3)} {_datum(value.datum)}"


def heights(volume: Volume) -> str:
    """Return the band of a volume, as `plain.heights` does."""
    floor, ceiling = volume.floor, volume.ceiling
    if isinstance(floor, Altitude) and isinstance(ceiling, Altitude):
        if (low := plain.flight_level(floor)) and (top := plain.flight_level(ceiling)):
            return f"{low}–{top}"
        if floor.datum is ceiling.datum:
            return f"{_whole(floor.value_mm)}–{_whole(ceiling.value_mm)} {_unit()} {_datum(ceiling.datum)}"
        on_ground = floor.datum is Datum.AGL and floor.value_mm == 0
        return say("{low} to {high}", low=say("ground") if on_ground else altitude(floor), high=altitude(ceiling))
    if floor is None and ceiling is None:
        return say("height limits not stated")
    if floor == "unlimited" and ceiling == "unlimited":
        return say("all heights")
    return f"{_from(floor)}, {_up_to(ceiling)}"


def _from(limit: Limit) -> str:
    if isinstance(limit, Altitude):
        return say("from {limit}", limit=altitude(limit))
    return say("no lower limit") if limit == "unlimited" else say("lower limit not stated")


def _up_to(limit: Limit) -> str:
    if isinstance(limit, Altitude):
        return say("up to {limit}", limit=altitude(limit))
    return say("no upper limit") if limit == "unlimited" else say("upper limit not stated")


def _whole(value_mm: int) -> str:
    return f"{value_mm / 1e3 / (FOOT_M if wishes().units == FEET else 1.0):.0f}"


def _unit() -> str:
    return "ft" if wishes().units == FEET else "m"


def _datum(datum: Datum) -> str:
    return say(_DATUM[datum]) if datum in _DATUM else datum.name


VOICE = Voice(say, heights)
"""In which words differences of zones are told to whoever asks now."""


def accuracy(sigma_mm: int, *, assumed: bool) -> str:
    """Return a spread as the 95 % radius people expect, saying so where the sensor's default stood in."""
    return f"±{metres(sigma_mm * 2.448 / 1e3)}" + (f" ({say('assumed')})" if assumed else "")


def probability(ppm: int) -> str:
    """Return a probability as a percentage, never as certain as 0 or 100."""
    if ppm >= 999_500:  # noqa: PLR2004  # as `plain.probability`
        return say("over {share}", share="99.9 %")
    return say("under {share}", share="0.1 %") if ppm < 500 else f"{ppm / 1e4:.1f} %"  # noqa: PLR2004
