"""The collector of a station: once a minute, and as it was afterwards."""

import gc
import weakref

from skykeep.station.rubbish import EVERY_NS, Rubbish


class Circle:
    def __init__(self):
        self.itself = self


def old_circle():
    """Make a circle that only a look at the oldest generation finds."""
    circle = Circle()
    gc.collect(1)
    gc.collect(1)
    return weakref.ref(circle)


def test_circles_go_once_a_minute_and_the_collector_is_left_as_it_was():
    before, rubbish = gc.get_threshold(), Rubbish()
    rubbish.look(10 * EVERY_NS)  # nothing, before it begins
    rubbish.begin(0)
    try:
        assert gc.get_threshold()[:2] == before[:2]
        there = old_circle()
        rubbish.look(EVERY_NS - 1)
        assert there() is not None
        rubbish.look(EVERY_NS)
        assert there() is None
        there = old_circle()
        rubbish.look(2 * EVERY_NS - 1)
        assert there() is not None
    finally:
        rubbish.end()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
