"""The EGM96 geoid on its 15' grid: how far mean sea level lies above the WGS 84 ellipsoid.

721 rows from 90 S to 90 N, 1440 columns from 180 W eastward, one value every 15 minutes of arc (2,500,000e-7 degree)
in centimetres; between them bilinear. What that costs (tests/geo/test_geoid.py measures it): rounding to 1 cm at
most 5 mm; bilinear instead of a smooth surface 0.05 m in root mean square, 0.2 m at 99 of 100 places, 1 m at the
worst, over ocean trenches. Against the truth EGM96 is good to about 0.5 m (Lemoine et al., NASA/TP-1998-206861).

    packed grid   zlib of two planes, all high bytes and all low ones, of the second differences (mod 2**16)
"""

from __future__ import annotations

import zlib

import numpy as np

from skykeep.errors import Corrupt
from skykeep.geo.surface import POLE_E7, TURN_E7, Grid, Shorts

ROWS, COLUMNS = 721, 1440
STEP_E7 = 2_500_000
UNIT_MM = 10
SIGMA_MM = 520  # the model against the truth, and the grid against the model


def pack(nodes: Shorts) -> bytes:
    """Return the grid, (721, 1440) int16 in centimetres, as it is shipped."""
    words = nodes.astype(np.uint16)
    words[:, 1:] -= words[:, :-1].copy()
    words[1:] -= words[:-1].copy()
    return zlib.compress((words >> 8).astype(np.uint8).tobytes() + (words & 255).astype(np.uint8).tobytes(), 9)


def unpack(data: bytes) -> Shorts:
    """Return what `pack` packed; raises Corrupt where these bytes are no such grid."""
    opener = zlib.decompressobj()
    try:
        planes = opener.decompress(data, 2 * ROWS * COLUMNS + 1)
    except zlib.error as error:
        raise Corrupt(f"the geoid grid of this installation cannot be read ({error}): install Skykeep again") from error
    if len(planes) != 2 * ROWS * COLUMNS or not opener.eof:
        raise Corrupt("the geoid grid of this installation has another size than EGM96's: install Skykeep again")
    high, low = np.frombuffer(planes, np.uint8).reshape(2, ROWS, COLUMNS).astype(np.uint16)
    words = np.cumsum(np.cumsum((high << 8) | low, axis=0, dtype=np.uint16), axis=1, dtype=np.uint16)
    return words.view(np.int16)


def cut(nodes: Shorts, south_e7: int, north_e7: int, west_e7: int, width_e7: int) -> Grid:
    """Return the part of the whole grid that covers a box, `width_e7` eastward from `west_e7`: whole cells."""
    last = max(1, min(ROWS - 1, -(-(north_e7 + POLE_E7) // STEP_E7)))
    first = max(0, min((south_e7 + POLE_E7) // STEP_E7, last - 1))
    left = (west_e7 + TURN_E7 // 2) // STEP_E7
    right = -(-(west_e7 + width_e7 + TURN_E7 // 2) // STEP_E7)
    if right - left >= COLUMNS:
        left, right = 0, COLUMNS
    columns = np.arange(left, right + 1) % COLUMNS
    part = np.ascontiguousarray(nodes[first : last + 1][:, columns])
    west_e7 = left % COLUMNS * STEP_E7 - TURN_E7 // 2
    return Grid(first * STEP_E7 - POLE_E7, west_e7, STEP_E7, STEP_E7, 0, UNIT_MM, part)


def whole(nodes: Shorts) -> Grid:
    """Return the grid of the whole globe."""
    return cut(nodes, -POLE_E7, POLE_E7, -TURN_E7 // 2, TURN_E7)
