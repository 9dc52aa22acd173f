"""A unit is a sentence or a clause, at its own place in the source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.account.units import JOINT, pieces, units_of
from skykeep.facts.claimed import Span
from tests.account.made import statement


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Two boats left. They were small", ["Two boats left.", "They were small"]),
        ("Mr. Holm saw it at 3 p.m. on Sunday", ["Mr. Holm saw it at 3 p.m. on Sunday"]),
        ("the pier was closed, but the road stayed open", ["the pier was closed", "but the road stayed open"]),
        ("the pier was closed; the road stayed open", ["the pier was closed", "the road stayed open"]),
        ("red, but blue", ["red, but blue"]),
        ("“It is over.” She left the harbour", ["“It is over.”", "She left the harbour"]),
        ("the J. P. Holm pier", ["the J. P. Holm pier"]),
        ("the pier was shut and that boats were sent home", ["the pier was shut", "and that boats were sent home"]),
    ],
)
def test_text_is_cut_where_a_cut_is_safe(text, parts):
    assert [text[start:end] for start, end in pieces(text)] == parts


def test_spans_of_units_point_into_the_source():
    made = statement("first part. Second" + JOINT + "half here", spans=(Span(10, 28), Span(40, 49)))
    first, second = units_of([made])
    assert (first.unit_id, first.spans) == ("s1.1", (Span(10, 21),))
    assert second.spans == (Span(22, 28), Span(40, 49))


def test_spans_that_do_not_tally_are_kept_whole():
    made = statement("one thing. Another thing", spans=(Span(5, 6),))
    assert [unit.spans for unit in units_of([made])] == [(Span(5, 6),)] * 2


@given(st.text(alphabet='ab .!?;,AB"”\n', max_size=80))
def test_cutting_loses_nothing_but_marks_and_space(text):
    kept = "".join(text[start:end] for start, end in pieces(text))
    assert [c for c in kept if c.isalpha()] == [c for c in text if c.isalpha()]


@given(st.text(max_size=60))
def test_every_statement_has_a_unit(text):
    units = units_of([statement(text)])
    assert units
    assert all(unit.statement_id == "s1" for unit in units)
