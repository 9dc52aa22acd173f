"""Where operators are, as their drones say: the last place of each transmitter, as far as it moved.

The station tells of a System message only if it moves a place; a view that reads the whole record meets them all. Both
ask this table, from the same beginning, so that both see the same moves.
"""

from __future__ import annotations

from skykeep.facts.observed import SystemHeard

TRANSMITTERS_MAX = 20_000


class PlaceMoves:
    """The last place of each transmitter; of too many, the one that moved longest ago is forgotten."""

    def __init__(self, transmitters_max: int = TRANSMITTERS_MAX) -> None:
        self.places: dict[str, str] = {}
        self._most = transmitters_max

    def begin(self) -> None:
        """Forget all: a run of the program begins, and the station's own table is empty then."""
        self.places.clear()

    def moves(self, fact: SystemHeard) -> bool:
        """Note a message; whether it says another place than the one before it."""
        place = fact.operator_place
        if place is None or self.places.get(fact.transmitter) == place:
            return False
        self.places.pop(fact.transmitter, None)
        self.places[fact.transmitter] = place
        if len(self.places) > self._most:
            del self.places[next(iter(self.places))]
        return True
