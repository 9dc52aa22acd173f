"""Pauses between tries that grow, bounded and shuffled, so that many clients do not come back in one moment."""

from __future__ import annotations

import random

FIRST_S = 0.5
STEADY_S = 30.0
"""A connection that held for so long was a good one: the next pause is the first one again."""


class Backoff:
    """Full jitter: each pause is any length up to a bound that doubles (AWS, "Exponential Backoff And Jitter")."""

    def __init__(self, max_s: float, chance: random.Random) -> None:
        self._max_s, self._chance = max_s, chance
        self._bound_s = min(FIRST_S, max_s)

    def pause_s(self) -> float:
        """Return how long to wait before the next try: at least a tenth of the bound, so that it is a pause."""
        bound_s = self._bound_s
        self._bound_s = min(2.0 * bound_s, self._max_s)
        return bound_s * self._chance.uniform(0.1, 1.0)

    def held(self, seconds: float) -> None:
        """Hear how long the connection held that is now lost."""
        if seconds >= min(STEADY_S, self._max_s):
            self._bound_s = min(FIRST_S, self._max_s)
