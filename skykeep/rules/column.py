"""Many heights over one place: which of them a zone cannot tell apart, so that it is ruled once for all of those.

A zone compares a flight's height with its limits and asks of each comparison no more than where it is and what is
missing: by how much it is above or below decides nothing. So where all comparisons come out alike, the ruling is the
same, but for figures of height. This holds of zones; the limits of permits are not looked at, so it is for whoever
asks without one.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence

from skykeep.facts.enacted import Limit
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.flight import Flight
from skykeep.rules.inside import compare_heights
from skykeep.rules.zone import Zone

Band = tuple[Limit, Limit]


class Column:
    """Flights that differ by their height alone, each with every height that can be told at their place."""

    def __init__(self, flights: Sequence[Flight]) -> None:
        """Take the flights; each reports one height, exact and above the ground, as its first."""
        firsts = [flight.heights[0] for flight in flights]
        assert all(one.altitude.datum is Datum.AGL and not one.sigma_mm for one in firsts)
        self._flights = flights
        self._above_ground_mm = [one.altitude.value_mm for one in firsts]
        self._compared: dict[Band, Sequence[Hashable]] = {}

    def words(self, zone: Zone) -> Sequence[Hashable]:
        """Return a word for each flight; where two have the same word, the zone rules them alike."""
        columns = [self._compare(band) for band in dict.fromkeys(_bands(zone))]
        if len(columns) == 1:
            return columns[0]
        return list(zip(*columns, strict=True)) if columns else [None] * len(self._flights)

    def _compare(self, band: Band) -> Sequence[Hashable]:
        if band not in self._compared:
            exact = all(not isinstance(limit, Altitude) or limit.datum is Datum.AGL for limit in band)
            self._compared[band] = self._above_ground(band) if exact else self._anywhere(band)
        return self._compared[band]

    def _above_ground(self, band: Band) -> Sequence[Hashable]:
        """Compare exact heights with limits of the same kind: by two comparisons of whole numbers, thrice as fast."""
        floor, ceiling = band
        low_mm = floor.value_mm if isinstance(floor, Altitude) else min(self._above_ground_mm)
        high_mm = ceiling.value_mm if isinstance(ceiling, Altitude) else max(self._above_ground_mm)
        return [(low_mm <= height_mm, height_mm <= high_mm) for height_mm in self._above_ground_mm]

    def _anywhere(self, band: Band) -> Sequence[Hashable]:
        found = (compare_heights(flight.heights, *band, levels=flight.levels) for flight in self._flights)
        return [(one.where, one.missing) for one in found]


def _bands(zone: Zone) -> Iterator[Band]:
    """Yield all that a zone compares a height with: volumes, those of one outline joined too, and its exemptions."""
    volumes = zone.fact.volumes
    for volume in volumes:
        yield volume.floor, volume.ceiling
    for lower, upper in itertools.permutations(volumes, 2):
        if lower.outline == upper.outline:
            yield lower.floor, upper.ceiling
    for exemption in zone.fact.exemptions:
        if exemption.height_max is not None:
            yield None, exemption.height_max
