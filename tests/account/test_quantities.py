"""Figures with units, and pairs that a report puts as equal, beside other people's factors."""

from fractions import Fraction

import hypothesis
import hypothesis.strategies as st
import pytest
import scipy.constants as oracle

from skykeep.account import figured, measures, quantities
from tests.account.invented import document


def pairs(text):
    made = document(text)
    return quantities.check(made, quantities.find(text))


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        (measures.INCH, oracle.inch), (measures.FOOT, oracle.foot), (measures.YARD, oracle.yard),
        (measures.MILE, oracle.mile), (measures.NAUTICAL_MILE, oracle.nautical_mile), (measures.POUND, oracle.pound),
        (measures.OUNCE, oracle.oz), (measures.STONE, oracle.stone), (measures.SHORT_TON, oracle.short_ton),
        (measures.LONG_TON, oracle.long_ton), (measures.TONNE, oracle.metric_ton), (measures.KNOT, oracle.knot),
        (measures.KILOMETRE_PER_HOUR, oracle.kmh), (measures.MILE_PER_HOUR, oracle.mph), (measures.ACRE, oracle.acre),
        (measures.HECTARE, oracle.hectare), (measures.LITRE, oracle.liter), (measures.US_GALLON, oracle.gallon_US),
        (measures.IMPERIAL_GALLON, oracle.gallon_imp), (measures.SQUARE_MILE, oracle.mile**2),
    ],
    ids=lambda value: getattr(value, "name", ""),
)  # fmt: skip
def test_factors_are_those_of_others(unit, factor):
    assert float(unit.factor) == pytest.approx(factor, rel=1e-15)


@pytest.mark.parametrize("degrees", [-459.67, -40.0, 0.0, 32.0, 98.6, 451.0])
def test_temperatures_are_those_of_others(degrees):
    exact = measures.convert(Fraction(str(degrees)), measures.FAHRENHEIT, measures.CELSIUS)
    assert float(exact) == pytest.approx(float(oracle.convert_temperature(degrees, "F", "C")), abs=1e-9)


def test_every_spelling_is_read_as_its_own_unit():
    spelled = {
        "km": "km",
        "kilometers": "km",
        "feet": "ft",
        "nautical miles": "nmi",
        "miles per hour": "mph",
        "km/h": "km/h",
    }
    spelled |= {"lbs": "lb", "°C": "°C", "degrees Fahrenheit": "°F", "sq km": "km²", "tonnes": "t", "knots": "kn"}
    assert {words: measures.meant(words)[0].name for words in spelled} == spelled
    assert len(measures.meant("tons")) == 3
    assert measures.meant("furlongs") == ()


@pytest.mark.parametrize(
    "text",
    [
        "862 kilometers (about 535 miles)", "400 feet (120 m)", "60 mph (97 km/h)", "30 miles (50 km)", "10 m (30 feet)",
        "6 feet 2 inches (1.88 m)", "32°F (0°C)", "-40 °F (-40 °C)", "two miles (3.2 km)", "10-12 km (6-7 miles)",
        "2 million tons (1.8 million tonnes)", "a 500-pound (225-kilogram) bomb", "1,000 gallons (3,785 liters)",
        "20 knots (37 km/h)", "1.5 kg, or 3.3 lb,", "100 acres [40 hectares]", "a 50-kilometre (31-mile) zone",
    ],
)  # fmt: skip
def test_pairs_that_agree(text):
    (check,) = pairs(text)
    assert check.outcome == "agrees", check.words
    assert "agrees within the rounding" in check.words


@pytest.mark.parametrize(
    ("text", "computed", "unit"),
    [
        ("862 kilometers (about 600 miles)", 535.6, "mi"),
        ("100 mph (200 km/h)", 160.9, "km/h"),
        ("20 °C (86 °F)", 68.0, "°F"),
        ("500 kg (500 pounds)", 1102.3, "lb"),
        ("10-12 km (6-9 miles)", 7.456, "mi"),
    ],
)
def test_pairs_that_differ(text, computed, unit):
    (check,) = pairs(text)
    assert (check.outcome, check.unit) == ("differs", unit)
    assert check.computed == pytest.approx(computed, abs=0.1)
    assert "differs by" in check.words


@pytest.mark.parametrize(
    "text",
    [
        "5 km and 3 miles",
        "$5m (3 km)",
        "12 km (7 kg)",
        "10-12 km (7 miles)",
        "5 km (5 km)",
        "he has 3 (4 miles)",
        "3,5 km (2 miles",
    ],
)
def test_what_is_no_pair_is_not_compared(text):
    assert pairs(text)[1:] == []
    assert all(check.figures[0].words != "5 km" for check in pairs(text))


@pytest.mark.parametrize(
    ("words", "value", "rounding"),
    [("862", 862, 0.5), ("860", 860, 5), ("1,000", 1000, 100), ("0.5", 0.5, 0.05), ("2 million", 2000000.0, 500000.0), ("twenty-five", 25, 0.5), ("a dozen", 12, 0.5), ("three hundred", 300, 50), ("0", 0, 0.5), ("forty two", 42, 0.5)],
)  # fmt: skip
def test_numbers_say_how_far_they_are_rounded(words, value, rounding):
    read = figured.number(words)
    assert float(read.value) == value
    assert float(read.rounding) == pytest.approx(rounding)


@hypothesis.given(
    st.integers(1, 99_999), st.sampled_from(["km", "mi", "ft", "m"]), st.sampled_from(["km", "mi", "ft", "m"])
)
def test_what_was_converted_and_rounded_agrees(value, unit, into):
    hypothesis.assume(unit != into)
    exact = measures.convert(Fraction(value), measures.meant(unit)[0], measures.meant(into)[0])
    (check,) = pairs(f"{value:,} {unit} ({float(exact):,.2f} {into})")
    assert check.outcome == "agrees", check.words


@hypothesis.given(
    st.lists(
        st.sampled_from(
            ["5 ", "km", " (", ")", "about ", "mi", "-", "1,000", ".", "two ", "feet ", "inches", "°C", "\n"]
        ),
        max_size=50,
    )
)
def test_figures_stand_at_their_places(parts):
    text = "".join(parts)
    for one in quantities.find(text):
        assert 0 <= one.hedge_start <= one.start < one.end <= len(text)
    for check in pairs(text):
        assert [text[one.span.start : one.span.end] for one in check.figures] == [one.words for one in check.figures]
