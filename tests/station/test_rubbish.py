"""The collector of a station: once a minute, and as it was afterwards."""

import collections
import contextlib
import gc
import weakref

from skykeep.station.rubbish import EVERY_NS, Rubbish
from tests.station.living import INSIDE, home, living


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


@contextlib.contextmanager
def no_collector():
    """Collect, and then nothing by itself."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def in_circles():
    """Return what only the collector would have let go, by name of its kind."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return collections.Counter(type(each).__name__ for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


def test_what_a_tick_makes_stands_in_no_circle():
    with home() as at, living(at) as one:
        one.see(INSIDE)
        with no_collector():
            before = len(one.ticks)
            one.fly(INSIDE, lambda: len(one.ticks) > before + 5, "ticks")
            found = in_circles()
    assert {name: found[name] for name in ("Entry", "Stepped", "Leaf", "Ticked")} == {
        "Entry": 0, "Stepped": 0, "Leaf": 0, "Ticked": 0,
    }  # fmt: skip
