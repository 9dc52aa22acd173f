"""Which tracks need no second judgement: the law's answer of last time holds, as `rules.steady` says.

Of each track that was judged it is kept where it was then, its heights, and how much room it had. A tick later a kernel
asks all tracks at once whether they are still within theirs; whoever is not is judged in full.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skykeep.geo.altitude import Datum
from skykeep.geo.exact import cos
from skykeep.geo.kernel import kernel
from skykeep.rules.flight import Flight
from skykeep.rules.law import Law, Zone
from skykeep.rules.steady import NO_LIMIT_MM, SURE_SIGMAS, height_bit, steady
from skykeep.watch.places import ALT, LAT, LEVEL, LON, UP
from skykeep.watch.reports import DATUMS, Floats, Ints
from skykeep.watch.table import Tracks

# columns of `steady_at`
_LAT, _LON, _SAID, _ABOVE, _STD, _HAE, _KNOWN = range(7)
_BITS = np.array([height_bit(Datum(name)) for name in DATUMS])  # by number of a datum in the table
_NUMBER_HAE, _NUMBER_STD = DATUMS.index("hae"), DATUMS.index("std")
_M_PER_E7 = 0.0112  # of a degree along a meridian, a little too much: 111,694 m at the poles
_RAD_PER_E7 = 3.141592653589793 / 1.8e9
UP_KNOWN_M = 100.0  # a height estimated less surely than this decides nothing
CLIMB_SIGMA_MPS = 5  # how fast an old height goes out of date


def settle(tracks: Tracks, row: int, at: Floats, flight: Flight, law: Law, near: Sequence[Zone]) -> None:
    """Note the room of a track that was judged just now; `at`: its line of `places.numbers`, `near` as of `steady`."""
    found = steady(flight, law, near)
    if found is None:
        tracks.steady_m[row] = 0.0
        return
    tracks.steady_m[row], tracks.steady_mm[row] = found.room_m, found.room_mm
    tracks.steady_until_ns[row], tracks.steady_datums[row] = found.until_ns, found.datums
    now = heights(tracks.said_datum, tracks.said_mm, tracks.above_datum, tracks.above_mm, tracks.std_sigma_mm,
                  tracks.std_mm, tracks.manned, row, at)  # fmt: skip
    tracks.steady_at[row] = (round(float(at[LAT]) * 1e7), round(float(at[LON]) * 1e7), *now)


def unsettled(tracks: Tracks, rows: Ints, times: Ints, at: Floats) -> Ints:
    """Return the places in `rows` (k,) of tracks that must be judged at `times`; `at` (k, 8) as of `places.numbers`."""
    return _unsettled(
        rows, times, at, tracks.steady_m, tracks.steady_mm, tracks.steady_until_ns, tracks.steady_datums,
        tracks.steady_at, tracks.said_datum, tracks.said_mm, tracks.said_sigma_mm, tracks.above_datum, tracks.above_mm,
        tracks.above_sigma_mm, tracks.std_mm, tracks.std_sigma_mm, tracks.height_ns, tracks.manned,
    )  # fmt: skip


@kernel
def heights(
    said_datum: Ints,
    said_mm: Ints,
    above_datum: Ints,
    above_mm: Ints,
    std_sigma_mm: Ints,
    std_mm: Ints,
    manned: Ints,
    row: int,
    at: Floats,
) -> tuple[int, int, int, int, int]:
    """Return a track's heights (mm), said, above, by pressure and as estimated, and which there are, as one number."""
    measured = int(said_datum[row]) != _NUMBER_HAE and at[UP] < UP_KNOWN_M
    known = 1 + int(said_datum[row]) + 16 * (1 + int(above_datum[row])) + 4096 * int(manned[row])
    if std_sigma_mm[row] >= 0:
        known = known + 256
    if measured:
        known = known + 512
    hae_mm = int(float(at[ALT]) * 1e3) if measured else 0
    return int(said_mm[row]), int(above_mm[row]), int(std_mm[row]), hae_mm, known


@kernel
def _unsettled(
    rows: Ints,
    times: Ints,
    at: Floats,
    room_m: Floats,
    room_mm: Ints,
    until_ns: Ints,
    datums: Ints,
    then: Ints,
    said_datum: Ints,
    said_mm: Ints,
    said_sigma_mm: Ints,
    above_datum: Ints,
    above_mm: Ints,
    above_sigma_mm: Ints,
    std_mm: Ints,
    std_sigma_mm: Ints,
    height_ns: Ints,
    manned: Ints,
) -> Ints:
    """Do as `unsettled` says, of columns of the table."""
    out = np.empty(rows.shape[0], np.int64)
    count = 0
    for k in range(rows.shape[0]):
        row = int(rows[k])
        still = room_m[row] > 0.0 and times[k] < until_ns[row]
        if still:
            away_m = metres(int(then[row, _LAT]), int(then[row, _LON]), float(at[k, LAT]), float(at[k, LON]))
            still = away_m + SURE_SIGMAS * float(at[k, LEVEL]) <= room_m[row]
        if still:
            now = heights(said_datum, said_mm, above_datum, above_mm, std_sigma_mm, std_mm, manned, row, at[k])
            still = now[4] == then[row, _KNOWN]
            if still and room_mm[row] < NO_LIMIT_MM:
                climbed_mm = max(0, int(times[k]) - int(height_ns[row])) * CLIMB_SIGMA_MPS // 1_000_000
                near = int(datums[row])
                room = int(room_mm[row])
                if said_datum[row] >= 0 and near & _BITS[said_datum[row]]:
                    still = within(now[0], int(then[row, _SAID]), int(said_sigma_mm[row]) + climbed_mm, room)
                if above_datum[row] >= 0 and near & _BITS[above_datum[row]]:
                    sigma_mm = int(above_sigma_mm[row]) + climbed_mm
                    still = still and within(now[1], int(then[row, _ABOVE]), sigma_mm, room)
                if std_sigma_mm[row] >= 0 and near & _BITS[_NUMBER_STD]:
                    sigma_mm = int(std_sigma_mm[row]) + climbed_mm
                    still = still and within(now[2], int(then[row, _STD]), sigma_mm, room)
                if now[4] & 512 and near & _BITS[_NUMBER_HAE]:
                    sigma_mm = int(at[k, UP] * 1e3) + 1
                    still = still and within(now[3], int(then[row, _HAE]), sigma_mm, room)
        if not still:
            out[count] = k
            count = count + 1
    return out[:count]


@kernel
def within(now_mm: int, then_mm: int, sigma_mm: int, room_mm: int) -> bool:
    """Whether a height is still surely on the same side of every limit."""
    return abs(now_mm - then_mm) + SURE_SIGMAS * sigma_mm <= room_mm


@kernel
def metres(lat_e7: int, lon_e7: int, lat_deg: float, lon_deg: float) -> float:
    """Return how far a place is from another at most, where both are within some kilometres and far from the poles."""
    north = abs(lat_deg * 1e7 - lat_e7)
    east = abs(lon_deg * 1e7 - lon_e7)
    if east > 1.8e9:
        east = 3.6e9 - east
    nearest_equator = max(min(abs(lat_deg * 1e7), abs(float(lat_e7))) * _RAD_PER_E7, 0.0)
    return _M_PER_E7 * (north + east * cos(nearest_equator))
