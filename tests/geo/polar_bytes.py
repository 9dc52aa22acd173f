"""Print the sha256 of what `volumes` answers round the poles on a fixed grid: `python polar_bytes.py`."""

import hashlib

import numpy as np

from skykeep.geo import volumes

COUNT = 400
TURN = 3_600_000_000


def digest() -> str:
    """Return the sha256 of the sides and margins of 400 places for zones that hold, touch or neighbour a pole."""
    state, words = 20_220_224, []
    for _ in range(3 * COUNT):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        words.append(state >> 20)
    north = [(850_000_000 + words[k] % 49_000_000, k * TURN // 12 - TURN // 2) for k in range(12)]
    hole = [(899_000_000 + words[k] % 900_000, k * TURN // 7 - TURN // 2) for k in range(7)]
    south = [(-lat, lon) for lat, lon in north[:7]]
    wedge = [(870_000_000, 0), (880_000_000, 300_000_000), (900_000_000, 200_000_000)]
    polygons = [volumes.compile_polygon(rings) for rings in ([north], [north, hole], [south], [wedge])]
    out = np.zeros((COUNT, 2))
    for i in range(COUNT):
        polygon = polygons[i % 4]
        lat = 849_000_000 + words[3 * i] % 51_000_001
        place = -lat if i % 4 == 2 else lat, words[3 * i + 1] % TURN - TURN // 2
        out[i, 0] = volumes.polygon_side(polygon.lat_e7, polygon.lon_e7, polygon.starts, *place)
        out[i, 1] = volumes.polygon_margin_m(polygon.lat_e7, polygon.lon_e7, polygon.starts, *place)
    return hashlib.sha256(out.astype("<f8").tobytes()).hexdigest()


if __name__ == "__main__":
    print(digest())
