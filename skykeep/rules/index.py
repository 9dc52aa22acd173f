"""Which outlines a place may be in, asked of all at once: their boxes in arrays, one kernel over them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from skykeep.geo.frames import metres_per_e7
from skykeep.geo.kernel import kernel
from skykeep.rules.outline import METRES_PER_E7_MIN, TURN_E7, Outline

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The boxes of m outlines, and whose each one is; built by `build`."""

    boxes: Ints  # (m, 4): lat min, lat max, lon min, lon max
    east_m: Floats  # (m,): the shortest 1e-7 degree eastward in each
    owner: Ints  # (m,): number of the owner, ascending

    def near(self, lat_e7: int, lon_e7: int, reach_m: float) -> list[int]:
        """Return the owners, sorted, of all outlines that are not surely farther than `reach_m` from a place."""
        found = np.empty(len(self.owner), np.int64)  # of this call alone: the watch and an office ask at the same time
        count = reaching(self.boxes, self.east_m, self.owner, found, lat_e7, lon_e7, reach_m)
        return [int(owner) for owner in found[:count]]


def build(owners: Sequence[Sequence[Outline]]) -> Index:
    """Return the index of owners 0 to n - 1, each with its outlines."""
    flat = [(number, outline) for number, outlines in enumerate(owners) for outline in outlines]
    boxes = np.array([outline.box_e7 for _, outline in flat], dtype=np.int64).reshape(-1, 4)
    east_m = np.array([outline.east_min_m for _, outline in flat], dtype=np.float64)
    owner = np.array([number for number, _ in flat], dtype=np.int64)
    return Index(boxes, east_m, owner)


@kernel
def reaching(boxes: Ints, east_m: Floats, owner: Ints, found: Ints, lat_e7: int, lon_e7: int, reach_m: float) -> int:
    """Fill `found` with the owners of the boxes within reach, each once, in order; returns how many."""
    lat, lon, reach = int(lat_e7), int(lon_e7), float(reach_m)
    north_e7 = int(reach / METRES_PER_E7_MIN) + 1
    here_m = metres_per_e7(lat / 1e7)[1]
    count = 0
    for k in range(boxes.shape[0]):
        if lat < boxes[k, 0] - north_e7 or lat > boxes[k, 1] + north_e7:
            continue
        if count > 0 and found[count - 1] == owner[k]:
            continue
        narrow_m = min(float(east_m[k]), here_m)
        within = narrow_m * TURN_E7 <= 4.0 * reach
        if not within:
            east_e7 = int(reach / narrow_m) + 1
            low, high = int(boxes[k, 2]) - east_e7, int(boxes[k, 3]) + east_e7
            within = low <= lon <= high or low <= lon - TURN_E7 <= high or low <= lon + TURN_E7 <= high
        if within:
            found[count] = owner[k]
            count += 1
    return count
