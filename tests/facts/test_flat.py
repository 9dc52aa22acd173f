"""Facts as rows of integers: every field of every kind that has a flat form says what the fact says."""

import enum

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.facts.enacted import Began
from skykeep.facts.flat import NONE, code, columns, flat
from skykeep.facts.observed import AircraftHeard, AuthHeard, BasicIdHeard, LocationHeard, PositionReported, SystemHeard
from skykeep.geo.altitude import Altitude, Datum
from tests.facts import kinds


def said(value):
    """What a value is in a row, by plain Python."""
    if isinstance(value, Altitude):
        return [*said(value.value_mm), code(value.datum.value)]
    if isinstance(value, enum.Enum):
        return [code(value.value)]
    if isinstance(value, str):
        return [code(value)]
    return [NONE if value is None or isinstance(value, bytes) else min(int(value), 2**63 - 1)]


@pytest.mark.parametrize(
    "kind", [LocationHeard, AircraftHeard, PositionReported, SystemHeard, BasicIdHeard, AuthHeard], ids=kinds.tag
)
@given(data=st.data())
@settings(max_examples=60)
def test_each_field_is_where_it_is_said_to_be(kind, data):
    facts = data.draw(st.lists(kinds.struct(kind), min_size=1, max_size=20))
    rows = flat(facts)
    assert len(rows) == len(facts)
    for name, column in columns(kind).items():
        for fact, row in zip(facts, rows.tolist(), strict=True):
            value = said(getattr(fact, name))
            empty = value == [NONE] and name in {
                "altitude",
                "pressure_altitude",
                "height",
                "area_ceiling",
                "area_floor",
            }
            assert row[column : column + len(value) + empty] == value * (1 + empty), name


@given(st.lists(st.integers(-(2**63), 2**64 - 1), min_size=1, max_size=70_000 // 1_000))
def test_numbers_of_any_size(numbers):
    facts = [kinds.example(BasicIdHeard)] * len(numbers)
    facts = [msgspec.structs.replace(fact, ua_type=number) for fact, number in zip(facts, numbers, strict=True)]
    assert flat(facts)[:, columns(BasicIdHeard)["ua_type"]].tolist() == [min(n, 2**63 - 1) for n in numbers]


@pytest.mark.parametrize("count", [1, 15, 16, 65_535, 65_536])
def test_any_number_of_facts(count):
    fact = kinds.example(BasicIdHeard)
    assert flat([fact] * count).tolist() == flat([fact]).tolist() * count


@pytest.mark.parametrize("length", [0, 1, 5, 6, 7, 31, 32, 255, 256, 70_000])
def test_a_text_of_any_length_does_not_hide_what_follows(length):
    fact = msgspec.structs.replace(kinds.example(BasicIdHeard), sensor_id="ж" * length, transmitter="tx:a")
    (row,) = flat([fact]).tolist()
    assert row[:2] == [code("ж" * length), code("tx:a")]


def test_known_words_have_codes_of_their_own():
    words = [datum.value for datum in Datum] + ["ground", "simulated", "signed", "B6", "B60", ""]
    assert len({code(word) for word in words}) == len(words)
    assert all(0 <= code(word) < 2**56 for word in words)


def test_a_kind_with_parts_has_no_flat_form():
    with pytest.raises(TypeError, match=r"Began\.inputs"):
        columns(Began)
