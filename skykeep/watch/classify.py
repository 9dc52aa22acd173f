"""What kind of thing each track is: probabilities from how it moves, what it reflects, and what it says of itself.

Each kind of sign (speed, agility, climb, height, radar cross section) keeps a fading mean of its log-likelihoods; it
counts as many times as there were independent looks, so that flying straight for a minute is not sixty proofs. What a
track says of itself, and by which receivers it is heard, counts once. A bird is a class, not an end: its track goes on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from skykeep.facts.concluded import CLASSES, FactRef, TrackClassified
from skykeep.geo.exact import exp, hypot3, log
from skykeep.geo.frames import ecef_to_geodetic
from skykeep.geo.kernel import kernel
from skykeep.watch import classtable as ct
from skykeep.watch.carried import carried, floats, ints, row_of, rows_before, rows_left
from skykeep.watch.reports import Floats, Ints, Pairs, Reports
from skykeep.watch.table import LOST, MODALITIES, Tracks

# columns of `numbers`
ID, LAST, TOLD, BAND, SAYS, REF = 0, 1, 2, 3, 4, 4 + len(ct.SOURCES)  # SAYS: 1 + the kind said, by source; 0: none
REFS = 4
_NUMBERS = REF + 2 * REFS
# signs: a fading sum a class, and the fading count of looks
SPEED, AGILITY, CLIMB, HEIGHT, RCS = range(5)
_SIGNS = 5
_COUNT = len(CLASSES)
_WIDE = _COUNT + 1
_VELOCITY = _SIGNS * _WIDE  # column of the velocity at the last look
_SUMS = _VELOCITY + 3
_WHY = ("speed", "agility", "climb", "height", "rcs", "heard", "said", "prior")
_RANK = np.array([sorted(_WHY).index(name) for name in _WHY], np.int64)

TOLD_EACH_NS = 3_000_000_000  # a track's class is told this often at most
LOOKS_LEAST = 2.0  # before anything is told of one that says nothing of itself
CLEARLY = 0.22  # nats more than the class told before, a quarter: equals do not take turns
BANDS = (0.5, 0.9)  # crossing these is told
_BAND_SLACK = 0.03  # ... by this much, so that a probability at the edge is not told each time
_SURE = 0.5  # a report is of the track that it is likelier of than not
_SPEED_SIGMA_MPS, _SPEED_SHARE = 8.0, 0.2  # a velocity less sure than both is not looked at
_CLIMB_SIGMA_MPS, _UP_SIGMA_M, _AGILITY_SIGMA_MPS2 = 4.0, 300.0, 4.0
_RICE = 1.5707963267948966  # pi / 2: two axes lengthen; one axis: 1
_FAR_OFF = 25.0  # bins five spreads away add nothing
_SURELY_FAR_OFF = 25.1  # so far away without a root and a division, whose rounding could matter at the edge
_LOG_MOST = 500.0  # more would overflow
_LEAST = 1e-7  # density of what fits no bin
_RCS_OFF_MOST = 16.0  # four sigmas: dropouts and glints beyond that prove nothing
_HEARD = np.array([MODALITIES.index(name) for name in ct.HEARD], np.int64)
_NEW = np.array([0] * REF + [-1] * (2 * REFS), np.int64)
_NO_SUMS = np.zeros(_SUMS)
_KNOWN = {kind: (SAYS + ct.source_of(kind), 1 + number) for number, kind in enumerate(ct.SAID)}


class ClassMemory(msgspec.Struct):
    """Tables as bytes, a row a track, sorted by id: a copy, and a snapshot by msgpack, need nothing more."""

    numbers: bytearray = msgspec.field(default_factory=bytearray)  # int64 (n, _NUMBERS)
    sums: bytearray = msgspec.field(default_factory=bytearray)  # float64 (n, _SUMS)


def classify(
    memory: ClassMemory, tracks: Tracks, reports: Reports, pairs: Pairs, said: Sequence[tuple[int, str]], now_ns: int
) -> list[TrackClassified]:
    """Weigh the tracks that reports moved, and those that said what they are; tell what changed.

    `said` pairs a track with "rid:<UA type>", "adsb:<category>", "manned" or "unmanned". Writes `tracks.class_log` and
    `tracks.class_told`.
    """
    if not len(tracks):
        return []
    _follow(memory, tracks)
    numbers, sums = ints(memory.numbers, _NUMBERS), floats(memory.sums, _SUMS)
    new = np.zeros(len(tracks), np.int64)
    spoke = _say(tracks, numbers, said, new) if said else False
    if not spoke and not len(pairs.report):
        return []
    count = _weigh(
        pairs.track_id, pairs.probability, pairs.report, reports.tick, reports.index, reports.rcs_dbsm,
        tracks.id, tracks.t_ns, tracks.x, tracks.p, tracks.phase, tracks.seen, tracks.class_log, tracks.class_told,
        numbers, sums, new, now_ns,
    )  # fmt: skip
    return _told(new[:count], tracks, numbers, sums, now_ns) if count else []


def likeliest(tracks: Tracks, rows: Ints) -> tuple[Ints, Floats]:
    """Return (k,) the likeliest class of tracks, a number in CLASSES, and (k,) its probability."""
    numbers, shares = np.zeros(len(rows), np.int64), np.zeros(len(rows))
    _likeliest(tracks.class_log[rows], numbers, shares)
    return numbers, shares


def forget(memory: ClassMemory, track_ids: list[int]) -> None:
    """Drop tracks with all that is remembered of them."""
    left = rows_left(ints(memory.numbers, _NUMBERS), track_ids)
    if left is not None:
        memory.numbers, memory.sums = carried(memory.numbers, left, _NEW), carried(memory.sums, left, _NO_SUMS)


def _follow(memory: ClassMemory, tracks: Tracks) -> None:
    """Give the tables a row for each track; others are dropped, new ones begin at the prior."""
    before = rows_before(ints(memory.numbers, _NUMBERS), tracks.id)
    if before is None:
        return
    memory.numbers, memory.sums = carried(memory.numbers, before, _NEW), carried(memory.sums, before, _NO_SUMS)
    ints(memory.numbers, _NUMBERS)[:, ID] = tracks.id
    tracks.class_log[before < 0] = ct.PRIOR_LOG


def _say(tracks: Tracks, numbers: Ints, said: Sequence[tuple[int, str]], new: Ints) -> bool:
    """Note what tracks say they are; write 1 into `new` (n,) and return True for those that say something new."""
    spoke = False
    for track_id, kind in said:
        row, known = row_of(tracks.id, track_id), _KNOWN.get(kind)
        if row < 0 or known is None:
            continue
        column, number = known
        if numbers[row, column] != number:
            numbers[row, column], new[row], spoke = number, 1, True
    return spoke


@kernel
def _add(
    sums: Floats, sign: int, shares: Floats, bins: Floats, value: float, sigma: float, lengthens: float, said: Floats
) -> None:
    """Take in one look at a value that is this unsure, by shares (classes, bins) and bins (bins, 2): middle and spread.

    `lengthens`: of a length in a plane, whose errors only ever lengthen it (Rice: mean near sqrt(a2 + pi / 2 sigma2)).
    `said` (classes,) is scratch.
    """
    begin = sign * _WIDE
    for k in range(_COUNT):
        said[k] = 0.0
    most = math.sqrt(lengthens) * sigma  # that it lengthens any
    for b in range(bins.shape[0]):
        middle, spread = float(bins[b, 0]), float(bins[b, 1])
        var = spread * spread + sigma * sigma
        least = max(middle - value, value - middle - most, 0.0)
        if least * least > _SURELY_FAR_OFF * var:
            continue
        mean = math.sqrt(middle * middle + lengthens * sigma * sigma) if lengthens > 0.0 else middle
        square = (value - mean) * (value - mean) / var
        if square < _FAR_OFF:
            density = exp(-0.5 * square) / math.sqrt(var)
            for k in range(_COUNT):
                said[k] = float(said[k]) + density * float(shares[k, b])
    for k in range(_COUNT):
        sums[begin + k] = float(sums[begin + k]) * ct.KEEP + log(max(float(said[k]), _LEAST))
    sums[begin + _COUNT] = float(sums[begin + _COUNT]) * ct.KEEP + 1.0


@kernel
def _add_rcs(sums: Floats, rcs_dbsm: float) -> None:
    """Take in one radar cross section."""
    begin = RCS * _WIDE
    for k in range(_COUNT):
        off = (rcs_dbsm - float(ct.RCS_NUMBERS[k, 0])) / float(ct.RCS_NUMBERS[k, 1])
        said = -0.5 * min(off * off, _RCS_OFF_MOST) - float(ct.RCS_LOG_SIGMA[k])
        sums[begin + k] = float(sums[begin + k]) * ct.KEEP + said
    sums[begin + _COUNT] = float(sums[begin + _COUNT]) * ct.KEEP + 1.0


@kernel
def _weigh(
    track_id: Ints,
    probability: Floats,
    report: Ints,
    tick: Ints,
    index: Ints,
    rcs_dbsm: Floats,
    ids: Ints,
    t_ns: Ints,
    x: Floats,
    p: Floats,
    phase: Ints,
    seen: Ints,
    class_log: Floats,
    class_told: Ints,
    numbers: Ints,
    sums: Floats,
    new: Ints,
    now_ns: int,
) -> int:
    """Look at the tracks that reports moved, and weigh them and those that `new` marks; return how many are news.

    Their rows stand at the beginning of `new` then.
    """
    _look(track_id, probability, report, tick, index, rcs_dbsm, ids, t_ns, x, p, numbers, sums, new)
    return _sum(new, phase, numbers, sums, seen, class_log, class_told, now_ns)


@kernel
def _look(
    track_id: Ints,
    probability: Floats,
    report: Ints,
    tick: Ints,
    index: Ints,
    rcs_dbsm: Floats,
    ids: Ints,
    t_ns: Ints,
    x: Floats,
    p: Floats,
    numbers: Ints,
    sums: Floats,
    new: Ints,
) -> None:
    """Look at the tracks that reports surely moved: at each cross section, and now and then at the motion.

    Writes 1 into `new` (n,) where there was something to see. Every second track is first looked at half a turn later,
    so that the work of one scan is half of it.
    """
    said = np.empty(_COUNT)
    for k in range(track_id.shape[0]):
        i = row_of(ids, int(track_id[k])) if float(probability[k]) >= _SURE else -1
        if i < 0:
            continue
        j = int(report[k])
        for place in range(_NUMBERS - 1, REF + 1, -1):
            numbers[i, place] = numbers[i, place - 2]
        numbers[i, REF], numbers[i, REF + 1] = tick[j], index[j]
        rcs = float(rcs_dbsm[j])
        if not math.isnan(rcs):
            _add_rcs(sums[i], rcs)
            new[i] = 1
        if numbers[i, LAST] == 0 and numbers[i, ID] % 2 == 1:
            numbers[i, LAST] = int(t_ns[i]) - ct.EACH_NS // 2
        gap_ns = int(t_ns[i]) - int(numbers[i, LAST])
        if gap_ns >= ct.EACH_NS:
            began = sums[i, _VELOCITY] != 0.0 or sums[i, _VELOCITY + 1] != 0.0
            _watch(x[i], p[i], gap_ns / 1e9 if began else 0.0, sums[i], said)
            numbers[i, LAST] = t_ns[i]
            new[i] = 1


@kernel
def _watch(x: Floats, p: Floats, gap_s: float, sums: Floats, said: Floats) -> None:
    """Look at one track's motion; `gap_s` since the last look, 0 for none."""
    size = max(hypot3(float(x[0]), float(x[1]), float(x[2])), 1.0)
    climb, up_var, climb_var, trace = 0.0, 0.0, 0.0, 0.0
    for a in range(3):
        climb = climb + float(x[a]) / size * float(x[a + 3])
        trace = trace + float(p[a + 3, a + 3])
        for b in range(3):
            up = float(x[a]) / size * (float(x[b]) / size)
            up_var = up_var + up * float(p[a, b])
            climb_var = climb_var + up * float(p[a + 3, b + 3])
    square, changed = 0.0, 0.0
    for a in range(3):
        along = float(x[a + 3]) - climb * float(x[a]) / size
        square = square + along * along
        change = along - float(sums[_VELOCITY + a])
        changed = changed + change * change
        sums[_VELOCITY + a] = along
    var = max(trace - climb_var, 0.0)
    sigma = math.sqrt(0.5 * var)
    speed = math.sqrt(square)
    if sigma <= max(_SPEED_SIGMA_MPS, _SPEED_SHARE * speed):
        _add(sums, SPEED, ct.SPEED_SHARES, ct.SPEED_BINS, speed, sigma, _RICE, said)
    if 0.0 < gap_s <= 5.0 and sigma <= _AGILITY_SIGMA_MPS2 * gap_s:
        _add(sums, AGILITY, ct.AGILITY_SHARES, ct.AGILITY_BINS, math.sqrt(changed) / gap_s, sigma / gap_s, _RICE, said)
    if climb_var <= _CLIMB_SIGMA_MPS * _CLIMB_SIGMA_MPS:
        _add(sums, CLIMB, ct.CLIMB_SHARES, ct.CLIMB_BINS, abs(climb), math.sqrt(max(climb_var, 0.0)), 1.0, said)
    if up_var <= _UP_SIGMA_M * _UP_SIGMA_M:
        alt_hae_m = ecef_to_geodetic(float(x[0]), float(x[1]), float(x[2]))[2]
        _add(
            sums, HEIGHT, ct.HEIGHT_SHARES, ct.HEIGHT_BINS, max(alt_hae_m, 0.0), math.sqrt(max(up_var, 0.0)), 0.0, said
        )


@kernel
def _part(sums: Floats, sign: int, out: Floats) -> None:
    """Fill `out` (classes,) with what one kind of sign says, the best class at 0."""
    begin = sign * _WIDE
    looks = float(sums[begin + _COUNT])
    best = -1e300
    for k in range(_COUNT):
        out[k] = 0.0
        if looks > 0.0:
            count = 1.0 + max(looks - 1.0, 0.0) / float(ct.INDEPENDENT[sign])
            out[k] = float(sums[begin + k]) / looks * count
        best = max(best, float(out[k]))
    for k in range(_COUNT):
        out[k] = max(float(out[k]) - best, -ct.PART_MOST)


@kernel
def _parts(numbers: Ints, sums: Floats, seen: Ints, out: Floats) -> None:
    """Fill `out` (kinds of sign, classes) in the order of _WHY."""
    for sign in range(_SIGNS):
        _part(sums, sign, out[sign])
    for k in range(_COUNT):
        heard, said = 0.0, 0.0
        for h in range(len(_HEARD)):
            if seen[int(_HEARD[h])] > 0:
                heard = heard + float(ct.HEARD_LOG[h, k])
        for source in range(len(ct.SOURCES)):
            kind = int(numbers[SAYS + source])
            if kind > 0:
                said = said + float(ct.SAID_LOG[kind - 1, k])
        out[_SIGNS, k], out[_SIGNS + 1, k], out[_SIGNS + 2, k] = heard, said, ct.PRIOR_LOG[k]


@kernel
def _share(log_shares: Floats, number: int) -> float:
    """Return the probability of one class, from logarithms that are not normalised."""
    total, own = 0.0, float(log_shares[number])
    for k in range(_COUNT):
        total = total + (1.0 if k == number else exp(min(float(log_shares[k]) - own, _LOG_MOST)))
    return 1.0 / total


@kernel
def _best(log_shares: Floats) -> int:
    """Return the likeliest class; of equals the first."""
    best = 0
    for k in range(1, _COUNT):
        if log_shares[k] > log_shares[best]:
            best = k
    return best


@kernel
def _likeliest(log_shares: Floats, numbers: Ints, shares: Floats) -> None:
    for i in range(len(numbers)):
        numbers[i] = _best(log_shares[i])
        shares[i] = _share(log_shares[i], int(numbers[i]))


@kernel
def _band(share: float, before: int) -> int:
    """Return how many of BANDS a probability is above, with some slack for staying."""
    band = 0
    for k in range(len(BANDS)):
        edge = BANDS[k] - _BAND_SLACK if k < before else BANDS[k]
        if share >= edge:
            band += 1
    return band


@kernel
def _sum(
    new: Ints, phase: Ints, numbers: Ints, sums: Floats, seen: Ints, class_log: Floats, class_told: Ints, now_ns: int
) -> int:
    """Write the log-probabilities of the tracks that `new` marks; return how many are worth telling.

    Their rows stand at the beginning of `new` then.
    """
    count = 0
    parts = np.empty((_SIGNS + 3, _COUNT))
    for i in range(new.shape[0]):
        if new[i] == 0:
            continue
        _parts(numbers[i], sums[i], seen[i], parts)
        for c in range(_COUNT):
            total = 0.0
            for sign in range(_SIGNS + 3):
                total = total + float(parts[sign, c])
            class_log[i, c] = total
        if phase[i] != LOST and _is_news(numbers[i], sums[i], class_log[i], int(class_told[i]) - 1, now_ns):
            new[count] = i
            count = count + 1
    return count


@kernel
def _is_news(numbers: Ints, sums: Floats, class_log: Floats, told: int, now_ns: int) -> bool:
    """Say whether a track is worth telling, of which `told` was told, -1: nothing yet."""
    if told < 0:
        says = numbers[SAYS] + numbers[SAYS + 1] + numbers[SAYS + 2] > 0
        return bool(says or float(sums[_COUNT]) >= LOOKS_LEAST - 0.5)
    if now_ns - int(numbers[TOLD]) < TOLD_EACH_NS:
        return False
    other = float(class_log[_best(class_log)]) >= float(class_log[told]) + CLEARLY
    return bool(other or _band(_share(class_log, told), int(numbers[BAND])) != numbers[BAND])


@kernel
def _tell(
    rows: Ints, numbers: Ints, sums: Floats, seen: Ints, class_log: Floats, class_told: Ints, now_ns: int,
    order: Ints, shares: Floats, why: Floats,
) -> None:  # fmt: skip
    """Fill for each row `order` (k, classes), the likeliest first, `shares` likewise, and `why` (k, kinds of sign).

    `why` is what spoke for the first class against the second, in thousandths of a nat. It is noted that they are told.
    """
    parts = np.empty((_SIGNS + 3, _COUNT))
    for k in range(rows.shape[0]):
        i = int(rows[k])
        for number in range(_COUNT):
            place = number
            while place > 0 and float(class_log[i, int(order[k, place - 1])]) < float(class_log[i, number]):
                order[k, place] = order[k, place - 1]
                place = place - 1
            order[k, place] = number
        first, second = int(order[k, 0]), int(order[k, 1])
        for place in range(_COUNT):
            shares[k, place] = _share(class_log[i], int(order[k, place]))
        _parts(numbers[i], sums[i], seen[i], parts)
        for sign in range(_SIGNS + 3):
            why[k, sign] = (float(parts[sign, first]) - float(parts[sign, second])) * 1000.0
        class_told[i] = 1 + first
        numbers[i, TOLD], numbers[i, BAND] = now_ns, _band(float(shares[k, 0]), 0)


def _told(rows: Ints, tracks: Tracks, numbers: Ints, sums: Floats, now_ns: int) -> list[TrackClassified]:
    """Return what is told of these tracks, and note that it was."""
    order, shares = np.empty((len(rows), _COUNT), np.int64), np.empty((len(rows), _COUNT))
    why = np.empty((len(rows), len(_WHY)))
    _tell(rows, numbers, sums, tracks.seen, tracks.class_log, tracks.class_told, now_ns, order, shares, why)
    nats = np.rint(why).astype(np.int64)
    strongest = np.argsort(_RANK - len(_WHY) * np.abs(nats), axis=1, kind="stable")
    ppm = np.rint(shares * 1e6).astype(np.int64)
    columns = (tracks.id[rows], order, ppm, nats, strongest, numbers[rows, REF:])
    return [
        TrackClassified(
            track_id=track_id,
            t_ns=now_ns,
            ppm=tuple([(CLASSES[number], each) for number, each in zip(numbers_of, shares_of, strict=True)]),
            why=tuple([(_WHY[sign], said[sign]) for sign in signs if said[sign]]),
            evidence=tuple([FactRef(refs[k], refs[k + 1]) for k in range(0, 2 * REFS, 2) if refs[k] >= 0]),
        )
        for track_id, numbers_of, shares_of, said, signs, refs in zip(*(each.tolist() for each in columns), strict=True)
    ]
