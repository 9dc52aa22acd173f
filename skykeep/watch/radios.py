"""Transmitters by number: what the arrays of the watch hold in place of a name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable


@dataclasses.dataclass(slots=True)
class Radios:
    """Transmitters by number; a number is never given twice."""

    names: dict[int, str] = dataclasses.field(default_factory=dict)
    numbers: dict[str, int] = dataclasses.field(default_factory=dict)
    next_number: int = 0

    def number(self, transmitter: str) -> int:
        """Return the number of a transmitter, -1 of none; one that was never heard of gets the next."""
        found = self.numbers.get(transmitter)
        if found is not None:
            return found
        if not transmitter:
            return -1
        number = self.next_number
        self.numbers[transmitter], self.names[number] = number, transmitter
        self.next_number = number + 1
        return number

    def forget(self, numbers: Iterable[int]) -> None:
        """Forget transmitters; heard again, they get other numbers."""
        for number in numbers:
            name = self.names.pop(number, None)
            if name is not None:
                del self.numbers[name]

    def listed(self) -> list[tuple[int, str]]:
        """Return all there are, for a snapshot; `next_number` belongs to it."""
        return list(self.names.items())


def radios_of(listed: list[tuple[int, str]], next_number: int) -> Radios:
    """Return the table that a snapshot kept."""
    return Radios(dict(listed), {name: number for number, name in listed}, next_number)
