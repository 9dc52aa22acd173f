"""A sender without a body and a body without a sender that move alike: one aircraft that says a wrong place.

Once a second each sender without a body is compared with the bodies without a sender within a kilometre. A couple is
kept while it holds; every two seconds the drift of its offset is held against that of two strangers. Flying straight
side by side says little, sharing a turn says much, hovering says nothing.
"""

from __future__ import annotations

import math

import numpy as np

from skykeep.geo.exact import hypot3, log
from skykeep.geo.kernel import kernel
from skykeep.watch import flagmemory as fm
from skykeep.watch import odds
from skykeep.watch.flagmemory import FlagMemory
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.table import Tracks

_EACH_NS = 1_000_000_000
_SENDERS_MOST = 256  # looked at for new couples at a time; the others have their turn later
_EACH_MOST = 16  # couples of one sender


def couple(memory: FlagMemory, tracks: Tracks, senders: Ints, bodies: Ints, now_ns: int) -> None:
    """Look for couples between `senders` and `bodies` (rows), and weigh those there are, once a second."""
    if now_ns // _EACH_NS == memory.coupled_ns // _EACH_NS:
        return
    memory.coupled_ns = now_ns
    if not len(memory.couples) and not (len(senders) and len(bodies)):
        return
    kinds = np.zeros(len(tracks), np.int64)
    kinds[senders], kinds[bodies] = 1, 2
    couples, drifts = fm.ints(memory.couples, fm.COUPLE), fm.floats(memory.drifts, fm.DRIFT)
    fm.keep_couples(memory, _weigh(couples, drifts, tracks.id, kinds, tracks.t_ns, tracks.x, tracks.p, now_ns))
    if len(senders) and len(bodies):
        _find(memory, tracks, senders, bodies, now_ns)


def _find(memory: FlagMemory, tracks: Tracks, senders: Ints, bodies: Ints, now_ns: int) -> None:
    """Add the couples that are near and not known; of too many, those least alike give way."""
    if len(senders) > _SENDERS_MOST:
        begin = memory.turn % len(senders)
        senders = np.sort(np.roll(senders, -begin)[:_SENDERS_MOST])
        memory.turn = (begin + _SENDERS_MOST) % (1 << 40)
    ordered = bodies[np.argsort(tracks.x[bodies, 0], kind="stable")]
    found = _near(senders, ordered, tracks.x, np.empty((len(senders) * _EACH_MOST, 2), np.int64))
    known = fm.ints(memory.couples, fm.COUPLE)
    fresh = np.zeros((len(found), fm.COUPLE), np.int64)
    fresh[:, fm.SENDER], fresh[:, fm.BODY] = tracks.id[found[:, 0]], tracks.id[found[:, 1]]
    fresh[:, fm.SINCE] = now_ns
    fresh = fresh[~_in(fresh, known)]
    if not len(fresh):
        return
    both = np.concatenate([known, fresh])
    drifts = np.concatenate([fm.floats(memory.drifts, fm.DRIFT), np.zeros((len(fresh), fm.DRIFT))])
    best = np.argsort(-drifts[:, fm.ALIKE], kind="stable")[: fm.COUPLES_MOST]
    kept = best[np.lexsort((both[best, fm.BODY], both[best, fm.SENDER]))]
    memory.couples, memory.drifts = bytearray(both[kept].tobytes()), bytearray(drifts[kept].tobytes())


def _in(some: Ints, known: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say which of some couples (k, COUPLE) are known."""
    names = {(sender, body) for sender, body in known[:, : fm.BODY + 1].tolist()}
    return np.array([(sender, body) in names for sender, body in some[:, : fm.BODY + 1].tolist()], np.bool_)


@kernel
def _near(senders: Ints, bodies: Ints, x: Floats, found: Ints) -> Ints:
    """Return (k, 2) rows of sender and body, between the least and the greatest offset; `bodies` by first axis."""
    count = 0
    for a in range(len(senders)):
        i = int(senders[a])
        low, high = 0, len(bodies)
        while low < high:
            middle = (low + high) // 2
            if float(x[int(bodies[middle]), 0]) < float(x[i, 0]) - odds.OFFSET_MAX_M:
                low = middle + 1
            else:
                high = middle
        mine = 0
        while low < len(bodies) and mine < _EACH_MOST:
            j = int(bodies[low])
            if float(x[j, 0]) > float(x[i, 0]) + odds.OFFSET_MAX_M:
                break
            away_m = _away(x[i], x[j])
            if odds.OFFSET_MIN_M <= away_m <= odds.OFFSET_MAX_M:
                found[count, 0], found[count, 1] = i, j
                count += 1
                mine += 1
            low += 1
    return found[:count]


@kernel
def _away(one: Floats, other: Floats) -> float:
    """Return the level distance (m) of two states."""
    out = np.empty(3)
    _offset(one, 0.0, other, 0.0, out)
    return hypot3(float(out[0]), float(out[1]), float(out[2]))


@kernel
def _offset(one: Floats, one_s: float, other: Floats, other_s: float, out: Floats) -> None:
    """Fill `out` (3,) with how far one state is from the other, some seconds later each, along the level."""
    size = hypot3(float(other[0]), float(other[1]), float(other[2]))
    up = 0.0
    for k in range(3):
        out[k] = float(one[k]) + one_s * float(one[k + 3]) - float(other[k]) - other_s * float(other[k + 3])
        up = up + float(out[k]) * float(other[k]) / max(size, 1.0)
    for k in range(3):
        out[k] = float(out[k]) - up * float(other[k]) / max(size, 1.0)


@kernel
def _weigh(
    couples: Ints,
    drifts: Floats,
    ids: Ints,
    kinds: Ints,
    t_ns: Ints,
    x: Floats,
    p: Floats,
    now_ns: int,
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Compare each couple again where it is time; returns which are kept."""
    kept = np.zeros(len(couples), np.bool_)
    away = np.empty(3)
    for c in range(len(couples)):
        i = int(np.searchsorted(ids, int(couples[c, fm.SENDER])))
        j = int(np.searchsorted(ids, int(couples[c, fm.BODY])))
        if i >= len(ids) or j >= len(ids) or ids[i] != couples[c, fm.SENDER] or ids[j] != couples[c, fm.BODY]:
            continue
        last_ns = int(couples[c, fm.LAST])
        if kinds[i] != 1 or kinds[j] != 2:  # one was not heard or seen for a moment
            wait_ns = odds.PAIR_REST_NS if drifts[c, fm.ALIKE] <= odds.PAIR_LEAST else odds.PAIR_FORGET_NS
            kept[c] = last_ns > 0 and now_ns - last_ns < wait_ns
            continue
        kept[c] = True
        if drifts[c, fm.ALIKE] <= odds.PAIR_LEAST:  # it was none: kept for a while, so that it is not tried again
            kept[c] = now_ns - last_ns < odds.PAIR_REST_NS
            continue
        if last_ns > 0 and now_ns - last_ns < odds.PAIR_EACH_NS:
            continue
        _offset(x[i], (now_ns - int(t_ns[i])) / 1e9, x[j], (now_ns - int(t_ns[j])) / 1e9, away)
        if last_ns > 0:
            spread = _level_var(x[i], p[i]) + _level_var(x[j], p[j])
            long_s = (now_ns - int(couples[c, fm.SINCE])) / 1e9
            _compare(drifts[c], away, x[j], spread, (now_ns - last_ns) / 1e9, long_s)
        for k in range(3):
            if last_ns == 0:
                drifts[c, fm.BEGAN + k] = away[k]
            drifts[c, fm.AWAY + k] = away[k]
            drifts[c, fm.VELOCITY + k] = x[j, k + 3]
        couples[c, fm.LAST] = now_ns
        away_m = hypot3(float(away[0]), float(away[1]), float(away[2]))
        if not 0.5 * odds.OFFSET_MIN_M <= away_m <= 2.0 * odds.OFFSET_MAX_M:
            kept[c] = False
    return kept


@kernel
def _level_var(x: Floats, p: Floats) -> float:
    """Return the mean variance (m2) of a state's place along the level."""
    size = hypot3(float(x[0]), float(x[1]), float(x[2]))
    trace, up = 0.0, 0.0
    for k in range(3):
        trace = trace + float(p[k, k])
        for m in range(3):
            up = up + float(x[k]) * float(p[k, m]) * float(x[m]) / max(size * size, 1.0)
    return max(0.5 * (trace - up), 1.0)


@kernel
def _compare(drift: Floats, away: Floats, body: Floats, spread: float, gap_s: float, long_s: float) -> None:
    """Add what the drift says, since the last comparison and since the couple was met."""
    square, turned, speed, far = 0.0, 0.0, 0.0, 0.0
    for k in range(3):
        step = (float(away[k]) - float(drift[fm.AWAY + k])) / gap_s
        square = square + step * step
        turn = float(body[k + 3]) - float(drift[fm.VELOCITY + k])
        turned = turned + turn * turn
        speed = speed + float(body[k + 3]) * float(body[k + 3])
        step = (float(away[k]) - float(drift[fm.BEGAN + k])) / long_s
        far = far + step * step
    like = 2.0 * spread / (gap_s * gap_s) + odds.LIKE_VAR
    apart = like + odds.APART_VAR
    said = log(apart / like) - 0.5 * square * (1.0 / like - 1.0 / apart)  # in two dimensions
    said = max(odds.PAIR_LEAST, min(odds.PAIR_MOST, said))
    if said > 0.0 and turned < odds.PAIR_TURN_MPS * odds.PAIR_TURN_MPS:
        said = said * odds.PAIR_STRAIGHT if speed >= odds.PAIR_SLOW_MPS * odds.PAIR_SLOW_MPS else 0.0
    if far > odds.PAIR_FAR * (2.0 * spread / (long_s * long_s) + odds.LIKE_LONG_VAR):
        said = min(0.0, float(odds.PAIR_LEAST) - float(drift[fm.ALIKE]))
    drift[fm.ALIKE] = max(odds.PAIR_LEAST, min(odds.PAIR_SUM_MOST, float(drift[fm.ALIKE]) + said))


@kernel
def best_of(
    couples: Ints, drifts: Floats, ids: Ints, silence: Floats, now_ns: int, best: Floats, partner: Ints
) -> None:
    """Fill `best` (n,) with the greatest log-odds of an offset over a sender's couples, `partner` (n,) with its row.

    `silence` (n, 2) is what speaks, in nats, for that a sender has no body where it says, and a body no sender. A
    couple counts after `OFFSET_LONG_NS`; that a sender has many to choose from speaks against each.
    """
    begin = 0
    while begin < len(couples):
        end = begin
        while end < len(couples) and couples[end, fm.SENDER] == couples[begin, fm.SENDER]:
            end += 1
        i = int(np.searchsorted(ids, int(couples[begin, fm.SENDER])))
        for c in range(begin, end):
            j = int(np.searchsorted(ids, int(couples[c, fm.BODY])))
            if i >= len(ids) or j >= len(ids) or ids[i] != couples[c, fm.SENDER] or ids[j] != couples[c, fm.BODY]:
                continue
            known = min(odds.PAIR_ABSENCE_MOST, float(silence[i, 0])) + min(
                odds.PAIR_SILENCE_MOST, float(silence[j, 1])
            )
            total = odds.PRIOR[odds.OFFSET] + known - log(float(end - begin)) + float(drifts[c, fm.ALIKE])
            if now_ns - int(couples[c, fm.SINCE]) < odds.OFFSET_LONG_NS:
                total = min(total, odds.DOWN)
            if math.isnan(float(best[i])) or total > float(best[i]):
                best[i] = max(-odds.BOUND, min(odds.BOUND, total))
                partner[i] = j
        begin = end
