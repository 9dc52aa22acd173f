"""What feeds observe of themselves, told when it changes: a connection lost and found, frames lost and how many."""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from typing import NamedTuple

from skykeep.facts.acted import Health
from skykeep.station.feeds.inbox import FeedCounts

QUIET_S = 10.0
"""Losing frames is over when none was lost for so long; while it goes on, its count is told again as often."""


class Observation(NamedTuple):
    """One part of a feed is well, or is not; the station makes a `HealthObserved` of it."""

    what: Health
    subject: str  # the feed
    well: bool
    unseen: str  # what is now not being seen, in words for a duty officer; "" while well
    value: int | None
    unit: str


class Wellbeing:
    """Keeps what was told last, so that nothing is told twice. Any thread tells; the loop takes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[tuple[Health, str], Observation] = {}
        self._untaken: deque[Observation] = deque()

    def tell(self, observed: Observation) -> None:
        """Queue an observation, unless it is what was told before; at the beginning all is well."""
        key = observed.what, observed.subject
        with self._lock:
            last = self._last.get(key)
            if observed == last or (last is None and observed.well):
                return
            self._last[key] = observed
            self._untaken.append(observed)

    def take(self) -> list[Observation]:
        """Return what was told since it was asked last."""
        with self._lock:
            taken = list(self._untaken)
            self._untaken.clear()
        return taken


@dataclasses.dataclass(slots=True)
class _Losing:
    """One feed that loses, or could."""

    before: int = 0  # lost up to the last look
    since: int = 0  # lost before this bout
    losing: bool = False
    last_s: float = 0.0  # when one was lost last
    told_s: float = 0.0


class Losses:
    """Looks at the counts of feeds every now and then, and tells of what was lost: never silent, never in a burst."""

    def __init__(self, wellbeing: Wellbeing) -> None:
        self._wellbeing = wellbeing
        self._feeds: dict[str, _Losing] = {}

    def look(self, feeds: list[FeedCounts], now_s: float) -> None:
        """Compare with the last look; `now_s` is any clock that never runs back."""
        for counts in feeds:
            one = self._feeds.setdefault(counts.name, _Losing())
            lost = counts.dropped + counts.refused
            if lost > one.before:
                self._lost(counts, one, lost, now_s)
            elif one.losing and now_s - one.last_s >= QUIET_S:
                one.losing = False
                self._tell(counts.name, lost - one.since, "")
            one.before = lost

    def _lost(self, counts: FeedCounts, one: _Losing, lost: int, now_s: float) -> None:
        one.last_s = now_s
        if one.losing and now_s - one.told_s < QUIET_S:
            return
        if not one.losing:
            one.losing, one.since = True, one.before
        one.told_s = now_s
        unseen = (
            f"more comes through feed {counts.name} than can be taken in: {lost - one.since} packets were lost; "
            "flights that they told of may be missing, or seen late"
        )
        self._tell(counts.name, lost - one.since, unseen)

    def _tell(self, name: str, packets: int, unseen: str) -> None:
        self._wellbeing.tell(Observation(Health.DROPPED, name, not unseen, unseen, packets, "packets"))
