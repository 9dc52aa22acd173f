"""What the tracker knows of each possible aircraft: two matrices, a row each, and the names of their columns.

Both are copied whole when a slot of time is kept, so a row is flat. Per motion model (hover, smooth, agile) a row has
the state (6,): position (m) and velocity (m/s), earth-centred, and its covariance, packed as 21 values: position 6
(xx, xy, xz, yy, yz, zz), position with velocity 9 (row after row), velocity 6.
"""

from __future__ import annotations

import numpy as np

from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.table import MODALITIES, RADIOS

MODELS = 3
HOVER, SMOOTH, AGILE = range(MODELS)
PACKED = 21
MODEL_WIDTH = 6 + PACKED

# columns of the floats
X = 0  # MODELS times: state, covariance
MODE = MODELS * MODEL_WIDTH  # MODELS probabilities
MEAN = MODE + MODELS  # state over all models
SPREAD = MEAN + 6  # root of the trace of the position's covariance in the level plane, m
SPREAD_UP = SPREAD + 1  # root of its variance straight up, m
SPREAD_V = SPREAD_UP + 1  # root of the trace of the velocity's covariance, m/s
R = SPREAD_V + 1  # probability that there is a body
BORN = R + 1  # where it began: with BORN_NS the name that delivery cannot change
SIGMA = BORN + 3
TX_WEIGHT = SIGMA + 1
ABSENCE = TX_WEIGHT + RADIOS
COOP = ABSENCE + len(MODALITIES)
COOP_VAR = COOP + 6
RCS = COOP_VAR + 1
FLOATS = RCS + 1

# columns of the integers
T_NS = 0  # what time the state is for
BORN_NS = 1
UID = 2  # number of the report that it began with
REPORTS = 3
ASSUMED = 4
TX = 5
TX_SENSOR = TX + RADIOS  # who heard it first
SEEN_NS = TX_SENSOR + RADIOS
SEEN = SEEN_NS + len(MODALITIES)
COOP_NS = SEEN + len(MODALITIES)
HEIGHTS = COOP_NS + 1  # said_mm, said_datum, said_sigma_mm, std_mm, std_sigma_mm, above_mm, above_datum, above_sigma_mm
HEIGHT_NS = HEIGHTS + 8
MANNED = HEIGHT_NS + 1
UNMANNED = MANNED + 1
SIMULATED = UNMANNED + 1
EVIDENCE = SIMULATED + 1
LAST = EVIDENCE + 3  # lat_e7, lon_e7, claim of the last report with a transmitter
HEARD_NS = LAST + 3  # sensor time of the latest report
R_NS = HEARD_NS + 1  # what time the probability is for
LOOKED = R_NS + 1  # by sensor, to the end: when it was last due to see this, sensor time
INTS = LOOKED


def no_rows(sensors: int = 0) -> tuple[Floats, Ints]:
    """Return matrices without rows, for this many sensors."""
    return np.zeros((0, FLOATS)), np.zeros((0, INTS + sensors), np.int64)


def widened(ints: Ints, sensors: int) -> Ints:
    """Return the integers with columns for this many sensors; 0: it was never due."""
    missing = INTS + sensors - ints.shape[1]
    if missing <= 0:
        return ints
    return np.hstack([ints, np.zeros((len(ints), missing), np.int64)])


@kernel
def at(row: int, column: int) -> int:
    """Return the place of an element of the upper triangle of a symmetric 3 x 3, packed row after row."""
    low = min(row, column)
    high = max(row, column)
    return low * 3 - low * (low - 1) // 2 + high - low
