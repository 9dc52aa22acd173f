"""The table of a zone's spells says at any time what `Zone.force` says, however its hours are written."""

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from skykeep.facts.enacted import Interval
from skykeep.rules.spells import BEGINNING_NS, MAYBE, NOT, RULES, spells
from skykeep.rules.zone import FOREVER_NS, Force, Zone
from tests.rules import examples as ex

STATE = {Force.NO: NOT, Force.YES: RULES, Force.UNKNOWN: MAYBE}
NEAR = st.integers(0, 12)
END = st.none() | NEAR
HOURS = st.lists(st.tuples(END, END), max_size=4) | st.lists(st.tuples(NEAR, NEAR), min_size=9, max_size=12)
SPOKEN = st.lists(st.tuples(st.booleans(), NEAR, END, NEAR), max_size=2)


def in_order(times):
    """Return the intervals sorted by their beginning, as facts have them; they may overlap, touch or be empty."""
    return sorted(times, key=lambda pair: (0 if pair[0] is None else pair[0], pair[1] is None, pair[1] or 0))


@given(HOURS, END, END, st.none() | st.just("SR-SS"), st.none() | st.tuples(END, END), NEAR, SPOKEN)
@example([(0, 3), (3, 5)], 1, 4, None, None, 12, [])
@example([(None, 3), (5, None)], None, None, None, None, 12, [])
@example([(2, 6), (4, 5)], None, None, None, None, 12, [])
@example([(2, 6), (6, 8)], 7, 6, "SR-SS", None, 12, [])
def test_the_table_says_at_each_time_what_is_said_of_that_time_alone(times, begin, end, unread, span, gone, said):
    span = None if span is None else Interval(start_ns=span[0], end_ns=span[1])
    fact = ex.zone(times=in_order(times), effective=begin, end=end, hours_unread=unread, span=span)
    overrides = tuple(ex.overridden(active=a, start=b, end=c, said=d) for a, b, c, d in said)
    zone = Zone(fact, (), FOREVER_NS if gone > 10 else gone, overrides=overrides)
    table = spells(zone)
    assert table[0] == (BEGINNING_NS, NOT)
    assert all(a[0] < b[0] and a[1] != b[1] for a, b in itertools.pairwise(table))
    for t_ns in (0, *range(14), 10**18, FOREVER_NS - 1):
        state = next(state for since_ns, state in reversed(table) if since_ns <= t_ns)
        assert state == STATE[zone.force(t_ns)], t_ns
