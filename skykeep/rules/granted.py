"""Which permits may matter to a flight, among thousands: those that lie near it, and those that name it.

A permit that lies elsewhere and is for others decides nothing: it neither reaches the flight nor is its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from skykeep.rules.flight import Flight
from skykeep.rules.index import Index, build

if TYPE_CHECKING:
    from skykeep.rules.law import Permit


_REACH_SIGMAS = 2.5  # of each outline farther away less than 0.7 % is reached: seven of one permit stay below 5 %


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Granted:
    """Permits by place and by name, each by its number in the law; built by `index_permits`."""

    by_place: Index
    by_name: dict[str, tuple[int, ...]]
    slack_m: float  # the widest deviation that any of them allows
    count: int

    def matter_to(self, flight: Flight) -> list[int]:
        """Return the numbers, ascending, of all permits that may reach the flight or be for it."""
        if not self.count:
            return []
        reach_m = _REACH_SIGMAS * flight.pos_sigma_m + self.slack_m
        near = self.by_place.near(flight.lat_e7, flight.lon_e7, reach_m)
        names = (flight.uas_id, *flight.other_ids, flight.session_id, flight.operator_id)
        own = [number for name in names if name is not None for number in self.by_name.get(name, ())]
        return sorted({*near, *own})


def index_permits(permits: Sequence[Permit]) -> Granted:
    """Return the index of these permits, numbered in their order."""
    by_name: dict[str, list[int]] = {}
    for number, permit in enumerate(permits):
        fact = permit.fact
        for name in dict.fromkeys((*fact.aircraft, *fact.sessions, *fact.operators)):
            by_name.setdefault(name, []).append(number)
    slack_mm = max((one.fact.thresholds.horizontal_mm for one in permits if one.fact.thresholds), default=0)
    return Granted(
        by_place=build([permit.outlines for permit in permits]),
        by_name={name: tuple(numbers) for name, numbers in by_name.items()},
        slack_m=slack_mm / 1e3,
        count=len(permits),
    )
