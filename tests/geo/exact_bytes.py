"""Print the sha256 of what geo.exact answers on a fixed grid: `python exact_bytes.py COUNT`, COUNT <= 100000.

The inputs are made of integers, exact scalings and bit patterns, so they too are the same everywhere.
"""

import hashlib
import struct
import sys

import numpy as np

from skykeep.geo import exact
from skykeep.geo.kernel import kernel

WIDTH = 13


@kernel
def _answers(uniform, anything, out):
    """Fill out (n, 13) from uniform (n, 2) in -1..1 and anything (n,), doubles of every size, NaN among them."""
    for i in range(out.shape[0]):
        u = float(uniform[i, 0])
        v = float(uniform[i, 1])
        a = float(anything[i])
        out[i, 0] = exact.exp(710.0 * u)
        out[i, 1] = exact.exp(a)
        out[i, 2] = exact.log(a)
        out[i, 3] = exact.log(u + 1.0)
        out[i, 4], out[i, 5] = exact.sincos(1e6 * u)
        out[i, 6], out[i, 7] = exact.sincos_deg(720.0 * v)
        out[i, 8] = exact.atan2(u, v)
        out[i, 9] = exact.atan2(u, a)
        out[i, 10] = exact.asin(u)
        out[i, 11] = exact.hypot2(1e3 * u, v) + exact.hypot3(1e4 * v, 1e7 * u, 3.0)
        out[i, 12] = exact.normal_cdf(10.0 * u)


def digest(count: int) -> str:
    """Return the sha256 of the first `count` rows of answers."""
    state, words = 20_220_224, []
    for _ in range(3 * count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        words.append(state ^ (state >> 29))
    raw = np.array(words, np.uint64).reshape(count, 3)
    uniform = (raw[:, :2] >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0
    anything = raw[:, 2].copy().view(np.float64)
    edges = (0.0, -0.0, 1.0, -1.0, float("inf"), float("-inf"), float("nan"), 5e-324, 2.0**-1022)
    anything[: len(edges)] = struct.unpack(f"<{len(edges)}d", struct.pack(f"<{len(edges)}d", *edges))
    out = np.empty((count, WIDTH))
    _answers(np.ascontiguousarray(uniform), anything, out)
    return hashlib.sha256(out.astype("<f8").tobytes()).hexdigest()


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(digest(int(argument)))
