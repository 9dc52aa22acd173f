"""The last hour of each sensor, as the station told it: a reading of rate and latency every ten seconds.

The station tells how its sensors do and keeps nothing of it; the web process remembers an hour, from when it began.
While the station says nothing there is no reading: a gap is a gap, and never a line drawn through it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from skykeep.station.link import SensorStatus
from skykeep.views.live import Changes, Live
from skykeep.web.mirror import Mirror

EVERY_NS = 10 * 10**9
"""As long as the station's own rates are over."""
HOUR_NS = 3_600 * 10**9
READINGS_MAX = HOUR_NS // EVERY_NS + 1
SENSORS_MAX = 1_000
"""Remembered at most; names come from outside."""


class Reading(NamedTuple):
    """How a sensor did at a time; `latency_ns` is of its last message, None where that had no time."""

    t_ns: int
    rate_hz: float
    latency_ns: int | None


class SensorHour:
    """Listens to a mirror, and remembers."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._due_ns = 0
        self._readings: dict[str, deque[Reading]] = {}
        self.began_ns = 0  # of the first reading of all; 0: none yet
        mirror.listeners.append(self)

    def of(self, sensor_id: str) -> list[Reading]:
        """Return the readings of a sensor, the oldest first."""
        return list(self._readings.get(sensor_id, ()))

    # What the mirror tells

    def took(self, changes: Changes, live: Live) -> None:
        """Keep nothing: how sensors do is no conclusion of the watch."""

    def anew(self, live: Live) -> None:
        """Another record: what was read of the sensors before is not of it."""
        del live  # the mirror has it
        self._readings.clear()
        self._due_ns = self.began_ns = 0

    def beat(self, now_ns: int, *, recorded: bool) -> None:
        """Read how the sensors do, where ten seconds have passed; a clock that was set back begins anew."""
        del recorded  # what is read here is in no record
        if self._due_ns - 2 * EVERY_NS < now_ns < self._due_ns:
            return
        status = self._mirror.status
        if status is None:
            return
        self._due_ns = now_ns + EVERY_NS
        self.began_ns = self.began_ns or now_ns
        self._take({each.sensor_id: each for each in status.sensors}, now_ns)

    def _take(self, told: Mapping[str, SensorStatus], now_ns: int) -> None:
        for sensor_id, status in told.items():
            kept = self._readings.get(sensor_id)
            if kept is None:
                if len(self._readings) >= SENSORS_MAX:
                    continue
                kept = self._readings[sensor_id] = deque(maxlen=READINGS_MAX)
            if kept and kept[-1].t_ns >= now_ns:
                kept.clear()
            kept.append(Reading(now_ns, status.rate_hz, status.latency_ns))
