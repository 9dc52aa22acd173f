"""Print the sha256 of what frames, geodesic and volumes answer on a fixed grid: `python places_bytes.py`."""

import hashlib

import numpy as np

from skykeep.geo import frames, geodesic, volumes

COUNT = 500
TURN = 3_600_000_000


def digest() -> str:
    """Return the sha256 of 16 answers for each of 500 pairs of places."""
    state, words = 20_220_224, []
    for _ in range(4 * COUNT):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        words.append(state >> 20)
    ring = [(600_000_000 + 10**6 * words[k] % 9_000_000, 1_795_000_000 + 10**6 * k) for k in range(12)]
    polygon = volumes.compile_polygon([[*ring, (500_000_000, 1_800_000_000)]])
    frame = frames.enu_frame(60.17, 24.94, 20.0)
    out = np.zeros((COUNT, 16))
    for i in range(COUNT):
        a, b, c, d = words[4 * i : 4 * i + 4]
        lat_e7, lon_e7 = a % 1_800_000_001 - 900_000_000, b % TURN - TURN // 2
        near = i % 2 == 0
        lat2_e7 = lat_e7 // 2 + c % 7_000_000 if near else c % 1_800_000_001 - 900_000_000
        lon2_e7 = lon_e7 + d % 7_000_000 if near else d % TURN - TURN // 2
        one, two = (lat_e7 / 1e7, lon_e7 / 1e7), (lat2_e7 / 1e7, lon2_e7 / 1e7)
        ecef = frames.geodetic_to_ecef(*one, a % 60_000)
        out[i, :3] = ecef
        out[i, 3:6] = frames.ecef_to_geodetic(*ecef)
        out[i, 6:9] = frames.ecef_to_enu(frame, *ecef)
        out[i, 9:11] = frames.metres_per_e7(one[0])
        out[i, 11] = geodesic.distance_m(*one, *two)
        out[i, 12] = geodesic.bearing_deg(*one, *two)
        place = 550_000_000 + c % 60_000_000, 1_790_000_000 + d % 10_000_000
        out[i, 13] = volumes.polygon_margin_m(polygon.lat_e7, polygon.lon_e7, polygon.starts, *place)
        out[i, 14] = volumes.circle_margin_m(*ring[0], 5_000.0, *place)
        out[i, 15] = volumes.polygon_side(polygon.lat_e7, polygon.lon_e7, polygon.starts, *place)
    return hashlib.sha256(out.astype("<f8").tobytes()).hexdigest()


if __name__ == "__main__":
    print(digest())
