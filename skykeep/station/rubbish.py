"""Rubbish in circles is looked for once a minute, and not whenever the interpreter would.

To look through all objects stops every thread for 70 ms under load, and left to itself it does so every three seconds:
each time a tick is late for nothing, since what a tick makes holds no circles and goes by itself.
"""

from __future__ import annotations

import gc

EVERY_NS = 60 * 10**9
NEVER = 1 << 30


class Rubbish:
    """The interpreter's collector, as a station uses it."""

    def __init__(self) -> None:
        self._usual: tuple[int, int, int] | None = None
        self._due_ns = 0

    def begin(self, now_ns: int) -> None:
        """Set aside what is here, which stays, and take the oldest generation over."""
        gc.collect()
        gc.freeze()
        self._usual, self._due_ns = gc.get_threshold(), now_ns + EVERY_NS
        gc.set_threshold(self._usual[0], self._usual[1], NEVER)

    def look(self, now_ns: int) -> None:
        """Collect where it is time; for the thread of the loop, between two ticks."""
        if self._usual is not None and now_ns >= self._due_ns:
            self._due_ns = now_ns + EVERY_NS
            gc.collect()

    def end(self) -> None:
        """Leave the collector as it was found."""
        if self._usual is not None:
            gc.set_threshold(*self._usual)
            gc.unfreeze()
            self._usual = None
