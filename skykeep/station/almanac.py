"""Where the planets, the moon, the sun and the brightest stars stand over a place, sampled before a run (PyEphem).

Directions are those that an eye sees: from the place itself, bent by the air of the standard atmosphere at its height.
A body is left out if it never stands above `LOWEST_DEG` during the span. All are right to a hundredth of a degree, a
thousandth of how well a person points.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

import ephem  # type: ignore[import-untyped]  # it ships no types; what is taken from it is turned to int here

from skykeep.errors import Refused
from skykeep.facts.codec import Fact
from skykeep.facts.enacted import BodiesSampled, Body, SensorDeclared

SOURCE = f"PyEphem {ephem.__version__}"
STEP_S = 300
"""A body moves at most 1.3 degrees between two samples; taken as a straight line, it is off by under 0.01 degree."""

HOURS_MAX = 72
LOWEST_DEG = -0.5
WANDERERS = ("Sun", "Moon", "Mercury", "Venus", "Mars", "Jupiter", "Saturn")
STARS = (
    "Sirius", "Canopus", "Arcturus", "Rigil Kentaurus", "Vega", "Capella", "Rigel", "Procyon", "Achernar", "Betelgeuse",
    "Hadar", "Altair", "Acrux", "Aldebaran", "Spica", "Antares", "Pollux", "Fomalhaut", "Deneb", "Mimosa", "Regulus",
    "Adhara",
)  # fmt: skip
"""All stars of magnitude 1.5 and brighter, the brightest first."""

_EYES = ("camera", "witness")
_HOUR_NS = 3_600 * 10**9
_HOURS = 25
_DUBLIN_DAYS = 25_567.5  # from PyEphem's zero, noon of 31 December 1899, to that of Unix time
_DAY_NS = 86_400 * 10**9
_TURN_URAD = 6_283_185  # a full turn, rounded down


def bodies(lat_e7: int, lon_e7: int, alt_m: float, from_ns: int, hours: int) -> BodiesSampled:
    """Return the bodies over a place for so many hours from a moment on; Refused where that is not 1 to 72."""
    if not 1 <= hours <= HOURS_MAX:
        raise Refused(f"the sky cannot be sampled for {hours} hours: name 1 to {HOURS_MAX}")
    moments_ns = [from_ns + step * STEP_S * 10**9 for step in range(hours * 3600 // STEP_S + 1)]
    sampled = [_sampled(name, _observer(lat_e7, lon_e7, alt_m), moments_ns) for name in (*WANDERERS, *STARS)]
    return BodiesSampled(
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        from_ns=from_ns,
        step_ns=STEP_S * 10**9,
        bodies=tuple(body for body in sampled if max(body.elevation_urad) > math.radians(LOWEST_DEG) * 1e6),
        source=SOURCE,
    )


def over(facts: Iterable[Fact], begin_ns: int) -> list[BodiesSampled]:
    """Return the sky over the first placed camera or witness, for the day of a run that begins then; else nothing.

    Nobody else can take a planet for a drone. The hour before is in it, for what was seen before it arrived.
    """
    from_ns = begin_ns // _HOUR_NS * _HOUR_NS - _HOUR_NS
    return [bodies(lat_e7, lon_e7, alt_mm / 1e3, from_ns, _HOURS) for lat_e7, lon_e7, alt_mm in _places(facts)[:1]]


def sha256s(facts: Iterable[Fact]) -> list[tuple[str, str]]:
    """Return the hash of the almanac's name and version, where a run over these sensors asks it."""
    return [("almanac", hashlib.sha256(SOURCE.encode()).hexdigest())] if _places(facts) else []


def _places(facts: Iterable[Fact]) -> list[tuple[int, int, int]]:
    """Return where those who see light stand: latitude, longitude, height."""
    return [
        (fact.lat_e7, fact.lon_e7, fact.alt_mm)
        for fact in facts
        if isinstance(fact, SensorDeclared) and fact.modality in _EYES
        if fact.lat_e7 is not None and fact.lon_e7 is not None and fact.alt_mm is not None
    ]


def _observer(lat_e7: int, lon_e7: int, alt_m: float) -> ephem.Observer:
    observer = ephem.Observer()
    observer.lat, observer.lon = math.radians(lat_e7 / 1e7), math.radians(lon_e7 / 1e7)
    observer.elevation = alt_m
    observer.compute_pressure()
    return observer


def _sampled(name: str, observer: ephem.Observer, moments_ns: list[int]) -> Body:
    """Return one body at these moments; its brightness is that of the first."""
    body = getattr(ephem, name)() if name in WANDERERS else ephem.star(name)
    azimuths, elevations, magnitudes = [], [], []
    for moment_ns in moments_ns:
        observer.date = _DUBLIN_DAYS + moment_ns / _DAY_NS
        body.compute(observer)
        azimuths.append(round(float(body.az) * 1e6) % _TURN_URAD)
        elevations.append(round(float(body.alt) * 1e6))
        magnitudes.append(round(float(body.mag) * 100))
    return Body(
        name=name,
        magnitude_centi=magnitudes[0],
        azimuth_urad=tuple(azimuths),
        elevation_urad=tuple(elevations),
    )
