"""Print the sha256 of what geoid, surfaces and pressures answer on a fixed grid: `python heights_bytes.py`."""

import hashlib
import pathlib

import numpy as np

from skykeep.geo import geoid, pressure

COUNT = 2_000
TURN = 3_600_000_000


def digest() -> str:
    """Return the sha256 of 8 answers at each of 2,000 places."""
    state, words = 20_261_122, []
    for _ in range(3 * COUNT):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        words.append(state >> 20)
    nodes = geoid.unpack((pathlib.Path(geoid.__file__).parents[1] / "geodata" / "egm96_15.zz").read_bytes())
    whole, part = geoid.whole(nodes), geoid.cut(nodes, 400_000_000, 700_000_000, 1_700_000_000, 300_000_000)
    out = np.full((COUNT, 8), -1.0)
    for i in range(COUNT):
        a, b, c = words[3 * i : 3 * i + 3]
        lat_e7, lon_e7 = a % 1_800_000_001 - 900_000_000, b % TURN - TURN // 2
        out[i, :2] = whole.look_up(lat_e7, lon_e7) or out[i, :2]
        out[i, 2:4] = part.look_up(lat_e7, lon_e7) or out[i, 2:4]
        out[i, 6:] = whole.relief(lat_e7, lon_e7, float(c % 100_000)) or out[i, 6:]
        out[i, 4] = pressure.altitude_std_m(float(5_500 + c % 104_500))
        out[i, 5] = pressure.pressure_pa(float(c % 21_000) - 1_000.0)
    return hashlib.sha256(out.astype("<f8").tobytes()).hexdigest()


if __name__ == "__main__":
    print(digest())
