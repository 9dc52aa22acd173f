"""What a name of a place may mean, as the gazetteer above the line answers it.

A name may mean several places. They come the most populous first, which is a guess at what a report means and no more:
whoever uses the first one says how many others there are.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol


class Place(NamedTuple):
    """One meaning of a name. A country has no single point: its latitude and longitude are None."""

    name: str  # as the gazetteer writes it
    country: str  # its name: "Ukraine"
    lat_deg: float | None
    lon_deg: float | None
    population: int
    kind: Literal["city", "country"]


class Gazetteer(Protocol):
    """Knows places by their names."""

    def places(self, name: str) -> tuple[Place, ...]:
        """Return every place of that name, the most populous first; empty where it knows none."""
        ...

    @property
    def basis(self) -> str:
        """Whose points they are, for people: "GeoNames points"."""
        ...
