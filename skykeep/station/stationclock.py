"""The time of a running station: it never runs backwards, and says when the system's clock was stepped.

Between two looks time goes on by a clock that nobody sets (CLOCK_BOOTTIME, which counts sleep too). What the system's
clock does meanwhile is followed like this:

    it drifts, less than `step_ns`      followed, backwards at a tenth of the speed of time at most
    it is set forwards                  followed at once, and told: what was late is later now
    it is set backwards                 not followed: the station's time goes on, and told until they agree again
    it begins before the record ends    the same, from the record's last moment on

Which of two clocks is right nobody here can know; that they disagree is an alarm, and each tick's time is recorded.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

SLEW_SHARE = 0.1


class Step(NamedTuple):
    """The system's clock was moved against our own by so much; `followed`: the station's time is the system's again."""

    by_ns: int
    followed: bool


def boottime_ns() -> int:
    """Return nanoseconds of a clock that nobody sets."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class StationClock:
    """Gives the station's time in Unix nanoseconds (UTC)."""

    def __init__(
        self,
        *,
        floor_ns: int = 0,
        step_ns: int = 500_000_000,
        wall: Callable[[], int] = time.time_ns,
        steady: Callable[[], int] = boottime_ns,
    ) -> None:
        """`floor_ns`: the last moment that the record holds."""
        self._wall, self._steady, self._step_ns = wall, steady, step_ns
        self._looked_ns = steady()
        self._ahead_ns = max(wall(), floor_ns) - self._looked_ns
        self._held = floor_ns > wall() + step_ns

    def now_ns(self) -> int:
        """Return the station's time."""
        return self._steady() + self._ahead_ns

    @property
    def offset_ns(self) -> int:
        """How far the station's time is ahead of the system's clock."""
        return self.now_ns() - self._wall()

    @property
    def held(self) -> bool:
        """Whether the system's clock stands before the station's time by more than a drift."""
        return self._held

    def look(self) -> Step | None:
        """Follow the system's clock as far as it may be; return a step of it, once for each."""
        steady_ns = self._steady()
        passed_ns, self._looked_ns = steady_ns - self._looked_ns, steady_ns
        off_ns = self._wall() - (steady_ns + self._ahead_ns)  # positive: the system's clock is ahead
        if off_ns > self._step_ns:
            self._ahead_ns += off_ns
            self._held = False
            return Step(off_ns, followed=True)
        if off_ns >= 0:
            self._ahead_ns += off_ns
            self._held = False
        elif -off_ns <= self._step_ns:
            self._ahead_ns -= min(-off_ns, int(passed_ns * SLEW_SHARE))
            self._held = False
        elif not self._held:
            self._held = True
            return Step(off_ns, followed=False)
        return None
