"""What aircraft say of themselves, held against itself: motion, reach of radio, and what was said before."""

from __future__ import annotations

import math

import numpy as np

from skykeep.facts.concluded import CLASSES
from skykeep.geo.exact import hypot2, hypot3
from skykeep.geo.frames import ecef_to_geodetic, metres_per_e7
from skykeep.geo.kernel import kernel
from skykeep.watch import flagmemory as fm
from skykeep.watch import odds
from skykeep.watch.flagmemory import FlagMemory
from skykeep.watch.reports import Floats, Ints, Reports
from skykeep.watch.sensors import COVERS, HEIGHT, MODALITY, PLACED, RANGE_MAX, Columns, Sensors
from skykeep.watch.table import MODALITIES, Tracks

_ADSB = MODALITIES.index("adsb")
_BALLOON = CLASSES.index("balloon")
_HOUR_DS = 36_000
_LONS = 3_600_000_000  # 1e-7 degree in a full turn
_PRIME, _ONE, _OTHER, _LAST = 2_147_483_647, 48_271, 69_621, 16_807  # modulus and multipliers of small products
_HEARD_LEAST = 1024
_NEAR_SLOTS = 4  # places in the table where a key may stand
_SAMPLED = 4  # one claim in so many is remembered


def weigh_claims(
    memory: FlagMemory, tracks: Tracks, sensors: Sensors, reports: Reports, rows: Ints, of: Ints, now_ns: int
) -> None:
    """Take in reports of their own place (`rows` of `reports`, from transmitters), which stand in order of the record.

    Writes into the log-odds of the tracks `of` (k,) which they are of (rows of `tracks`) what their transmitters then
    have of impossible motion, radio horizon and replay.
    """
    radios = fm.follow_radios(memory, reports.tx[rows], now_ns)
    _room(memory, len(rows))
    said = (
        reports.t_ns,
        reports.lat_e7,
        reports.lon_e7,
        reports.claim,
        reports.manned,
        reports.sensor,
        reports.std_mm,
        reports.std_sigma_mm,
    )
    measured = (reports.sigma_m, reports.vel, reports.vel_var, reports.z, reports.cov)
    memory.heard_count += _hear(
        rows,
        radios,
        said,
        measured,
        sensors.columns(),
        fm.ints(memory.radios, fm.RADIO),
        fm.floats(memory.signs, fm.SIGN),
        fm.ints(memory.heard, 2),
        of,
        tracks.class_log,
        tracks.flag_log,
    )


def _room(memory: FlagMemory, count: int) -> None:
    """Let the table of claims grow, up to its bound, so that half of it stays free."""
    size = len(memory.heard) // 16
    if size >= fm.HEARD_MOST or 2 * (memory.heard_count + count) <= size:
        return
    while size < fm.HEARD_MOST and size < 2 * (memory.heard_count + count):
        size = 2 * size or _HEARD_LEAST
    new = np.zeros((size, 2), np.int64)
    memory.heard_count = _moved_over(fm.ints(memory.heard, 2), new)
    memory.heard = bytearray(new.tobytes())


_Said = tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints, Ints]
"""t_ns, lat_e7, lon_e7, claim, manned, sensor, std_mm, std_sigma_mm: columns of Reports."""
_Measured = tuple[Floats, Floats, Floats, Floats, Floats]  # sigma_m, vel, vel_var, z, cov


@kernel
def _bounded(value: float) -> float:
    return max(-odds.BOUND, min(odds.BOUND, value))


@kernel
def level(lat_e7: int, lon_e7: int, to_lat_e7: int, to_lon_e7: int) -> tuple[float, float]:
    """Return how far east and north (m) one place is from another, on the plane between them."""
    if lat_e7 == to_lat_e7 and lon_e7 == to_lon_e7:
        return 0.0, 0.0
    north_m, east_m = metres_per_e7((lat_e7 + to_lat_e7) * 0.5e-7)
    turn = (to_lon_e7 - lon_e7 + _LONS // 2) % _LONS - _LONS // 2
    return turn * east_m, (to_lat_e7 - lat_e7) * north_m


@kernel
def _hear(
    rows: Ints,
    at: Ints,
    said: _Said,
    measured: _Measured,
    columns: Columns,
    radios: Ints,
    signs: Floats,
    heard: Ints,
    of: Ints,
    class_log: Floats,
    flag_log: Floats,
) -> int:
    """Take in reports in order of time; returns how many places in the table of claims were filled."""
    filled = 0
    order = _by_time(said[0], rows)
    for n in range(len(rows)):
        k = int(order[n])
        i, radio, sign = int(rows[k]), radios[int(at[k])], signs[int(at[k])]
        t_ns = int(said[0][i])
        if radio[fm.COUNT] == 0:
            sign[fm.MOTION_LOG] = odds.PRIOR[odds.MOTION]
            sign[fm.HORIZON_LOG] = odds.PRIOR[odds.HORIZON]
            sign[fm.REPLAYED_LOG] = odds.PRIOR[odds.REPLAYED]
        elif t_ns <= int(radio[fm.T]):
            continue  # the same report at another receiver, or a late one: the way is known without it
        sign[fm.HORIZON_LOG] = _reach(i, float(sign[fm.HORIZON_LOG]), said, measured, columns)
        filled += _again(i, said, radio, sign, heard)
        _move(i, said, measured, columns, radio, sign, class_log[int(of[k])])
    for k in range(len(rows)):
        for c in range(odds.REPLAYED + 1 - odds.MOTION):
            flag_log[int(of[k]), odds.MOTION + c] = signs[int(at[k]), fm.MOTION_LOG + c]
    return filled


@kernel
def _by_time(t_ns: Ints, rows: Ints) -> Ints:
    """Return the order of these rows by time, those of one time as they stand."""
    times = np.empty(len(rows), np.int64)
    sorted_already = True
    for k in range(len(rows)):
        times[k] = t_ns[int(rows[k])]
        sorted_already = sorted_already and (k == 0 or times[k - 1] <= times[k])
    if sorted_already:
        return np.arange(len(rows))
    return np.argsort(times, kind="mergesort")


@kernel
def _move(
    i: int, said: _Said, measured: _Measured, columns: Columns, radio: Ints, sign: Floats, class_log: Floats
) -> None:
    """Hold a report against the one before it, and the way against the velocities."""
    t_ns, lat_e7, lon_e7 = int(said[0][i]), int(said[1][i]), int(said[2][i])
    sigma_m = float(measured[0][i])
    moves = float(measured[2][i]) >= 0.0
    east, north = float(measured[1][i, 0]), float(measured[1][i, 1])
    step = 0.0
    if radio[fm.COUNT] > 0:
        gap_ns = t_ns - int(radio[fm.T])
        step = _jump(i, said, sigma_m, columns, radio, sign)
        if step < 0.0 and moves and _too_slow(i, said, hypot2(east, north), columns) and not _floats(class_log):
            step = odds.ALOFT * min(gap_ns / 1e9, 1.0)
        step = step + _stuck(t_ns, lat_e7, lon_e7, east, north, radio, sign)
        if moves and sign[fm.MOVES] > 0.0 and gap_ns <= odds.WORD_GAP_NS:
            gap_s = gap_ns / 1e9
            sign[fm.WAY_EAST] = float(sign[fm.WAY_EAST]) + 0.5 * gap_s * (east + float(sign[fm.EAST]))
            sign[fm.WAY_NORTH] = float(sign[fm.WAY_NORTH]) + 0.5 * gap_s * (north + float(sign[fm.NORTH]))
            sign[fm.WAY] = float(sign[fm.WAY]) + gap_s * hypot2(east, north)
            slack_m = 0.5 * odds.WORD_ACCELERATION_MPS2 * gap_s * gap_s
            sign[fm.SLACK] = float(sign[fm.SLACK]) + min(slack_m, 2.0 * gap_s * hypot2(east, north) + slack_m / 4.0)
            if t_ns - int(radio[fm.FROM_T]) >= odds.WORD_SPAN_NS:
                held_m = hypot2(east, north) * _age_s(i, said, columns)
                step = step + _word(lat_e7, lon_e7, sigma_m, held_m, radio, sign)
                _begin(t_ns, lat_e7, lon_e7, radio, sign)
        else:
            _begin(t_ns, lat_e7, lon_e7, radio, sign)
    else:
        _begin(t_ns, lat_e7, lon_e7, radio, sign)
        radio[fm.SAME_T] = t_ns
    sign[fm.MOTION_LOG] = _bounded(float(sign[fm.MOTION_LOG]) + step)
    radio[fm.T], radio[fm.LAT], radio[fm.LON], radio[fm.CLAIM] = t_ns, lat_e7, lon_e7, int(said[3][i])
    radio[fm.COUNT] = 1
    sign[fm.SIGMA], sign[fm.EAST], sign[fm.NORTH], sign[fm.MOVES] = sigma_m, east, north, 1.0 if moves else 0.0


@kernel
def _begin(t_ns: int, lat_e7: int, lon_e7: int, radio: Ints, sign: Floats) -> None:
    """Begin another stretch of the way."""
    radio[fm.FROM_T], radio[fm.FROM_LAT], radio[fm.FROM_LON] = t_ns, lat_e7, lon_e7
    sign[fm.WAY_EAST], sign[fm.WAY_NORTH], sign[fm.WAY], sign[fm.SLACK] = 0.0, 0.0, 0.0, 0.0


@kernel
def _stuck(t_ns: int, lat_e7: int, lon_e7: int, east: float, north: float, radio: Ints, sign: Floats) -> float:
    """Return what it says that a report is the same as those before, while it says that it moves."""
    same = lat_e7 == int(radio[fm.LAT]) and lon_e7 == int(radio[fm.LON])
    same = same and east == float(sign[fm.EAST]) and north == float(sign[fm.NORTH])
    if not same or hypot2(east, north) < odds.STUCK_MPS:
        radio[fm.SAME_T] = t_ns
        return 0.0
    if t_ns - int(radio[fm.SAME_T]) < odds.STUCK_NS:
        return 0.0
    radio[fm.SAME_T] = t_ns
    return odds.STUCK


@kernel
def _floats(class_log: Floats) -> bool:
    """Say whether a track is likelier a balloon than anything else."""
    likelier = 0
    for k in range(len(class_log)):
        likelier += 1 if k != _BALLOON and float(class_log[k]) >= float(class_log[_BALLOON]) else 0
    return likelier == 0


@kernel
def _too_slow(i: int, said: _Said, speed_mps: float, columns: Columns) -> bool:
    """Say whether an aeroplane could not stay up at this speed: its place is not measured by what its height is."""
    high = said[7][i] >= 0 and said[6][i] >= odds.ALOFT_MM
    return high and speed_mps < odds.ALOFT_SLOW_MPS and _manned(i, said, columns)


@kernel
def _manned(i: int, said: _Said, columns: Columns) -> bool:
    return bool(said[4][i] == 1) or (bool(said[4][i] < 0) and _adsb(i, said, columns))


@kernel
def _adsb(i: int, said: _Said, columns: Columns) -> bool:
    return int(columns.marks[int(said[5][i]), MODALITY]) == _ADSB


@kernel
def _age_s(i: int, said: _Said, columns: Columns) -> float:
    """Return how old a place may be when it is heard."""
    return odds.AGE_HELD_S if _adsb(i, said, columns) else odds.AGE_S


@kernel
def _jump(i: int, said: _Said, sigma_m: float, columns: Columns, radio: Ints, sign: Floats) -> float:
    """Return what the speed between two reports says; errors and the age of places in the sender's favour."""
    gap_s = (int(said[0][i]) - int(radio[fm.T])) / 1e9
    long_s = gap_s
    if said[3][i] >= 0 and radio[fm.CLAIM] >= 0:
        claimed_s = ((int(said[3][i]) - int(radio[fm.CLAIM])) % _HOUR_DS) / 10.0
        if claimed_s < odds.CLAIM_SPAN_S:
            long_s = max(gap_s, claimed_s)
    most_mps = odds.SPEED_MAX_MANNED_MPS if _manned(i, said, columns) else odds.SPEED_MAX_MPS
    east_m, north_m = level(int(radio[fm.LAT]), int(radio[fm.LON]), int(said[1][i]), int(said[2][i]))
    way_m = hypot2(east_m, north_m) - odds.ERRORS * hypot2(sigma_m, float(sign[fm.SIGMA]))
    reach_m = most_mps * (long_s + _age_s(i, said, columns))
    if way_m <= reach_m:
        return -odds.MOVED * min(gap_s, 1.0)
    return odds.JUMP_FAR if way_m > odds.JUMP_FAR_TIMES * reach_m else odds.JUMP


@kernel
def _word(lat_e7: int, lon_e7: int, sigma_m: float, held_m: float, radio: Ints, sign: Floats) -> float:
    """Return what a stretch of way says, against the velocities that were stated on it."""
    east_m, north_m = level(int(radio[fm.FROM_LAT]), int(radio[fm.FROM_LON]), lat_e7, lon_e7)
    off_m = hypot2(east_m - float(sign[fm.WAY_EAST]), north_m - float(sign[fm.WAY_NORTH]))
    allowed_m = odds.WORD_SLACK_M + odds.ERRORS * hypot2(sigma_m, float(sign[fm.SIGMA])) + held_m
    allowed_m = allowed_m + max(odds.WORD_SHARE * float(sign[fm.WAY]), float(sign[fm.SLACK]))
    return odds.JUMP if off_m > allowed_m else 0.0  # that words and places agree was counted already, by the second


@kernel
def _reach(i: int, before: float, said: _Said, measured: _Measured, columns: Columns) -> float:
    """Return the log-odds of "beyond the radio horizon" after a report; a receiver of unknown place says nothing."""
    s = int(said[5][i])
    if columns.marks[s, PLACED] == 0:
        return before
    x, y, z = float(measured[3][i, 0]), float(measured[3][i, 1]), float(measured[3][i, 2])
    frame = columns.frame[s]
    away_m = hypot3(x - float(frame[0, 0]), y - float(frame[0, 1]), z - float(frame[0, 2]))
    adsb = int(columns.marks[s, MODALITY]) == _ADSB
    own_m = float(columns.numbers[s, HEIGHT])
    far_m = _horizon(own_m) + _horizon(0.0)
    sure_m = away_m - odds.ERRORS * float(measured[0][i])
    if sure_m > far_m:  # so that the height matters
        up_m = max(own_m, 0.0) + (odds.HEIGHT_UNKNOWN_MANNED_M if adsb else odds.HEIGHT_UNKNOWN_M)
        if _up_var(x, y, z, measured[4][i]) < odds.UP_SIGMA_KNOWN_M * odds.UP_SIGMA_KNOWN_M:
            up_m = ecef_to_geodetic(x, y, z)[2]
        far_m = _horizon(own_m) + _horizon(up_m)
    if not adsb:
        far_m = min(far_m, odds.RID_REACH_M)
    if sure_m > far_m:
        return _bounded(before + odds.BEYOND)
    if columns.marks[s, COVERS] == 1 and sure_m > odds.BEYOND_DECLARED_TIMES * float(columns.numbers[s, RANGE_MAX]):
        return before if before >= odds.DECLARED_UP_TO else before + odds.BEYOND_DECLARED
    return _bounded(before - odds.WITHIN_REACH)


@kernel
def _horizon(height_m: float) -> float:
    """Return how far the smooth earth's horizon is from a height, with a margin; over hills it is nearer."""
    return math.sqrt(2.0 * odds.EARTH_M * max(height_m + odds.HEIGHT_MARGIN_M, 1.0))


@kernel
def _up_var(x: float, y: float, z: float, cov: Floats) -> float:
    """Return the variance straight up (m2) of an earth-centred covariance xx, xy, xz, yy, yz, zz."""
    size = hypot3(x, y, z)
    if size < 1.0:
        return 0.0
    a, b, c = x / size, y / size, z / size
    square = a * a * float(cov[0]) + b * b * float(cov[3]) + c * c * float(cov[5])
    return square + 2.0 * (a * b * float(cov[1]) + a * c * float(cov[2]) + b * c * float(cov[4]))


@kernel
def _again(i: int, said: _Said, radio: Ints, sign: Floats, heard: Ints) -> int:
    """Hold a claimed place and stamp against the clock, and against all that was heard; returns 1 for a new one."""
    claim = int(said[3][i])
    if claim < 0 or (radio[fm.COUNT] > 0 and claim == int(radio[fm.CLAIM])):
        return 0
    t_ns = int(said[0][i])
    off_ds = (t_ns // 100_000_000 - claim + _HOUR_DS // 2) % _HOUR_DS - _HOUR_DS // 2
    before = float(sign[fm.REPLAYED_LOG])
    step = odds.STAMP_OFF if abs(off_ds) > odds.STAMP_OFF_DS else -odds.STAMP_RIGHT
    key = claim_key(int(said[1][i]), int(said[2][i]), claim)
    if key % _SAMPLED != 0:
        sign[fm.REPLAYED_LOG] = _bounded(before + step)
        return 0
    slot, first_ns = _slot(key, t_ns, heard)
    if first_ns < 0:
        filled = 1 if heard[slot, 1] == 0 else 0
        heard[slot, 0], heard[slot, 1] = key, t_ns
        sign[fm.REPLAYED_LOG] = _bounded(before + step - odds.AGAIN_NOT)
        return filled
    if t_ns - first_ns >= odds.AGAIN_FROM_NS:
        step = max(step, 0.0) + odds.AGAIN
    sign[fm.REPLAYED_LOG] = _bounded(before + step)
    return 0


@kernel
def claim_key(lat_e7: int, lon_e7: int, claim: int) -> int:
    """Return a number below 2**62 for a claimed place and stamp; equal ones have equal numbers."""
    lat = lat_e7 % _PRIME
    lon = lon_e7 % _PRIME
    one = ((lat * _ONE % _PRIME + lon) * _OTHER + claim) % _PRIME
    other = ((lon * _OTHER % _PRIME + lat) * _LAST + claim * _ONE) % _PRIME
    return one * (_PRIME + 1) + other


@kernel
def _slot(key: int, t_ns: int, heard: Ints) -> tuple[int, int]:
    """Return where a claim stands, and since when; else where it may stand, a free or the oldest place, and -1."""
    size = heard.shape[0]
    begin = key // _SAMPLED % size
    best = begin
    for k in range(_NEAR_SLOTS):
        at = (begin + k) % size
        since_ns = int(heard[at, 1])
        if since_ns > 0 and int(heard[at, 0]) == key and t_ns - since_ns <= odds.AGAIN_UNTIL_NS:
            return at, since_ns
        if since_ns < int(heard[best, 1]):
            best = at
    return best, -1


@kernel
def _moved_over(old: Ints, new: Ints) -> int:
    """Write the claims of a table into a greater one; returns how many."""
    count = 0
    for i in range(old.shape[0]):
        t_ns = int(old[i, 1])
        if t_ns > 0:
            slot, _ = _slot(int(old[i, 0]), t_ns, new)
            count += 1 if new[slot, 1] == 0 else 0
            new[slot, 0], new[slot, 1] = int(old[i, 0]), t_ns
    return count
