"""Units that reports convert between, with exact factors to the SI.

Factors: NIST SP 811 (2008), Appendix B.8 and B.9, those that it sets in bold because they are exact; the acre by the
international foot (NIST, 2023). Temperatures have a zero of their own: kelvins = (figure + offset) * factor.
A name that means several units (a ton, a gallon) has several; every one of them is tried.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple


class Unit(NamedTuple):
    """One unit: what it measures, its name for people, and how it becomes SI."""

    kind: str  # "length" (m), "mass" (kg), "speed" (m/s), "temperature" (K), "area" (m²), "volume" (m³)
    name: str
    factor: Fraction
    offset: Fraction = Fraction(0)


def _exact(figure: str) -> Fraction:
    return Fraction(figure)


_FOOT, _MILE, _NAUTICAL = _exact("0.3048"), _exact("1609.344"), Fraction(1852)
_POUND = _exact("0.45359237")

METRE = Unit("length", "m", Fraction(1))
KILOMETRE = Unit("length", "km", Fraction(1_000))
CENTIMETRE = Unit("length", "cm", Fraction(1, 100))
MILLIMETRE = Unit("length", "mm", Fraction(1, 1_000))
INCH = Unit("length", "in", _exact("0.0254"))
FOOT = Unit("length", "ft", _FOOT)
YARD = Unit("length", "yd", _exact("0.9144"))
MILE = Unit("length", "mi", _MILE)
NAUTICAL_MILE = Unit("length", "nmi", _NAUTICAL)
GRAM = Unit("mass", "g", Fraction(1, 1_000))
KILOGRAM = Unit("mass", "kg", Fraction(1))
OUNCE = Unit("mass", "oz", _POUND / 16)
POUND = Unit("mass", "lb", _POUND)
STONE = Unit("mass", "st", _POUND * 14)
TONNE = Unit("mass", "t", Fraction(1_000))
SHORT_TON = Unit("mass", "short ton", _POUND * 2_000)
LONG_TON = Unit("mass", "long ton", _POUND * 2_240)
METRE_PER_SECOND = Unit("speed", "m/s", Fraction(1))
KILOMETRE_PER_HOUR = Unit("speed", "km/h", Fraction(1_000, 3_600))
MILE_PER_HOUR = Unit("speed", "mph", _MILE / 3_600)
FOOT_PER_SECOND = Unit("speed", "ft/s", _FOOT)
KNOT = Unit("speed", "kn", _NAUTICAL / 3_600)
CELSIUS = Unit("temperature", "°C", Fraction(1), _exact("273.15"))
FAHRENHEIT = Unit("temperature", "°F", Fraction(5, 9), _exact("459.67"))
SQUARE_METRE = Unit("area", "m²", Fraction(1))
SQUARE_KILOMETRE = Unit("area", "km²", Fraction(1_000_000))
SQUARE_FOOT = Unit("area", "ft²", _FOOT**2)
SQUARE_MILE = Unit("area", "mi²", _MILE**2)
HECTARE = Unit("area", "ha", Fraction(10_000))
ACRE = Unit("area", "acre", _FOOT**2 * 43_560)
LITRE = Unit("volume", "L", Fraction(1, 1_000))
US_GALLON = Unit("volume", "US gal", _exact("0.003785411784"))
IMPERIAL_GALLON = Unit("volume", "imp gal", _exact("0.00454609"))

# How each is written: a pattern without groups, the longest spellings first. "m" after a figure may be "million": that
# is no harm here, because a figure is only ever compared with another of the same kind beside it.
SPELLINGS: tuple[tuple[str, tuple[Unit, ...]], ...] = (
    (r"(?:square[ ]kilomet(?:er|re)s?|sq\.?[ ]km|km²|km2)", (SQUARE_KILOMETRE,)),
    (r"(?:square[ ]met(?:er|re)s?|sq\.?[ ]m|m²|m2)", (SQUARE_METRE,)),
    (r"(?:square[ ]miles?|sq\.?[ ]mi(?:les?)?)", (SQUARE_MILE,)),
    (r"(?:square[ ](?:feet|foot)|sq\.?[ ]ft)", (SQUARE_FOOT,)),
    (
        r"(?:kilomet(?:er|re)s?(?:[ ](?:per|an)[ ]|/)h(?:ou)?r?|km/h(?:r)?|kmh|kph|km[ ]per[ ]hour)",
        (KILOMETRE_PER_HOUR,),
    ),
    (r"(?:miles?(?:[ ](?:per|an)[ ]|/)h(?:ou)?r?|mph|mi/h)", (MILE_PER_HOUR,)),
    (r"(?:met(?:er|re)s?(?:[ ](?:per|a)[ ]|/)s(?:econd)?|m/s)", (METRE_PER_SECOND,)),
    (r"(?:feet(?:[ ](?:per|a)[ ]|/)s(?:econd)?|ft/s|fps)", (FOOT_PER_SECOND,)),
    (r"(?:nautical[ -]miles?|nmi|NM)", (NAUTICAL_MILE,)),
    (r"(?:knots?|kts?|kn)", (KNOT,)),
    (r"(?:kilomet(?:er|re)s?|kms?|KM)", (KILOMETRE,)),
    (r"(?:centimet(?:er|re)s?|cm)", (CENTIMETRE,)),
    (r"(?:millimet(?:er|re)s?|mm)", (MILLIMETRE,)),
    (r"(?:met(?:er|re)s?|m)", (METRE,)),
    (r"(?:miles?|mi)", (MILE,)),
    (r"(?:feet|foot|ft)", (FOOT,)),
    (r"(?:yards?|yds?)", (YARD,)),
    (r"(?:inch(?:es)?|in\.)", (INCH,)),
    (r"(?:kilogram(?:me)?s?|kilos?|kgs?)", (KILOGRAM,)),
    (r"(?:gram(?:me)?s?|g)", (GRAM,)),
    (r"(?:pounds?|lbs?)", (POUND,)),
    (r"(?:ounces?|oz)", (OUNCE,)),
    (r"stones?", (STONE,)),
    (r"(?:tonnes?|metric[ ]tons?)", (TONNE,)),
    (r"short[ ]tons?", (SHORT_TON,)),
    (r"long[ ]tons?", (LONG_TON,)),
    (r"tons?", (SHORT_TON, TONNE, LONG_TON)),
    (r"(?:degrees?[ ](?:Celsius|centigrade|C)|[°º][ ]?C|Celsius|C)", (CELSIUS,)),
    (r"(?:degrees?[ ](?:Fahrenheit|F)|[°º][ ]?F|Fahrenheit|F)", (FAHRENHEIT,)),
    (r"(?:hectares?|ha)", (HECTARE,)),
    (r"acres?", (ACRE,)),
    (r"(?:lit(?:er|re)s?|L)", (LITRE,)),
    (r"(?:US[ ]gallons?)", (US_GALLON,)),
    (r"(?:imperial[ ]gallons?)", (IMPERIAL_GALLON,)),
    (r"gallons?", (US_GALLON, IMPERIAL_GALLON)),
)
ANY = "(?:" + "|".join(spelling for spelling, _ in SPELLINGS) + r")(?![\w²³])"
_WHICH = tuple((re.compile(spelling), means) for spelling, means in SPELLINGS)


def meant(words: str) -> tuple[Unit, ...]:
    """Return the units that a spelling may mean; empty for no unit."""
    return next((means for spelling, means in _WHICH if spelling.fullmatch(words)), ())


def to_si(value: Fraction, unit: Unit) -> Fraction:
    """Return a figure in the SI unit of its kind."""
    return (value + unit.offset) * unit.factor


def convert(value: Fraction, unit: Unit, other: Unit) -> Fraction:
    """Return a figure in another unit of the same kind, exactly."""
    assert unit.kind == other.kind, "only units of one kind are compared"
    return to_si(value, unit) / other.factor - other.offset
