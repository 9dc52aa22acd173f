"""Chance that is the same on every machine and in every version: a counter and a mixer in whole numbers.

SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators", figure 16). NumPy promises its
bit streams but not its distributions, so those are made here too, of sums alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")
_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


class Chance:
    """One stream of chance; another `name` under the same seed gives a stream that knows nothing of it."""

    def __init__(self, seed: int, name: str = "") -> None:
        self._at = seed & _MASK
        for byte in name.encode():
            self._at = (self.bits() ^ byte) & _MASK

    def bits(self) -> int:
        """Return the next 64 bits."""
        self._at = (self._at + _GOLDEN) & _MASK
        z = self._at
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & _MASK
        return z ^ (z >> 31)

    def below(self, count: int) -> int:
        """Return a whole number from 0 to `count` (excluded)."""
        return self.bits() * count >> 64

    def unit(self) -> float:
        """Return a number from 0 to 1 (excluded), a multiple of 2**-53."""
        return (self.bits() >> 11) / 9007199254740992.0

    def between(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        return low + (high - low) * self.unit()

    def normal(self) -> float:
        """Return a number that is nearly normal (mean 0, deviation 1, never beyond 6): twelve uniform ones summed."""
        total = -6.0
        for _ in range(12):
            total = total + self.unit()
        return total

    def shuffled(self, items: Sequence[_T]) -> list[_T]:
        """Return the items in another order, each order as likely as any other (Fisher, Yates)."""
        mixed = list(items)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed
