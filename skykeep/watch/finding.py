"""Where numbers stand in an array that is in no order."""

from __future__ import annotations

import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Ints


@kernel
def found(numbers: Ints, wanted: Ints) -> Ints:
    """Return where each of `wanted` (k,) stands in `numbers` (n,), whose elements differ; -1 where it does not."""
    room = 4
    while room < 2 * numbers.shape[0]:
        room = 2 * room
    buckets = np.full(room, -1, np.int64)
    for k in range(numbers.shape[0]):
        at = int(numbers[k]) & (room - 1)
        while buckets[at] >= 0:
            at = (at + 1) & (room - 1)
        buckets[at] = k
    out = np.full(wanted.shape[0], -1, np.int64)
    for k in range(wanted.shape[0]):
        at = int(wanted[k]) & (room - 1)
        while buckets[at] >= 0:
            if numbers[buckets[at]] == wanted[k]:
                out[k] = buckets[at]
                break
            at = (at + 1) & (room - 1)
    return out
