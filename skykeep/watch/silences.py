"""What is not seen of who speaks, and not heard of who is seen: looks in vain, those of the ears too.

The tracker reckons with looks in vain of sensors that look at all at once. A receiver of broadcasts reports each as it
comes, so its silence has no look of its own. Here it gets one: a body that a placed receiver with a declared coverage
and detection probability would hear is charged one look in vain for each period of it, or for each second, which is
the least that ASTM F3411-22a asks of a sender's location, whichever is longer.

A receiver that is itself silent says nothing, for it may be deaf. Only the time between two of its reports, of anybody,
counts, when the second comes: by then it is known that it was awake. Two that are farther apart than `odds.AWAKE_NS`
prove nothing of the time between. Where one silent drone is all there is, nobody can tell its silence from deafness.
"""

from __future__ import annotations

import numpy as np

from skykeep.facts.concluded import CLASSES
from skykeep.geo.exact import exp, hypot3, log
from skykeep.geo.kernel import kernel
from skykeep.watch import flagmemory as fm
from skykeep.watch import odds
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.sensors import COVERS, MODALITY, PERIOD_NS, WHOLE, Columns, detection
from skykeep.watch.table import LOST, MODALITIES
from skykeep.watch.trust import SEEING_BODIES, SELF_REPORTING

SENDER, BODY = 1, 2
_RID = MODALITIES.index("remote_id")
_SELF = np.array(SELF_REPORTING, np.int64)
_BODY = np.array(SEEING_BODIES, np.int64)
_UNMANNED = np.array([name in {"multirotor", "fixed_wing"} for name in CLASSES], np.int64)
_PD_MOST = 0.999  # nothing is heard for certain

State = tuple[Ints, Ints, Ints, Ints, Ints]  # phase, t_ns, coop_ns, seen, seen_ns


@kernel
def listen(sensor: Ints, columns: Columns, ears: Ints, now_ns: int) -> int:
    """Note which receivers of broadcasts are awake, by the reports (k,) of a tick; returns how many know more now."""
    count = 0
    for k in range(len(sensor)):
        s = int(sensor[k])
        if int(columns.marks[s, MODALITY]) != _RID or columns.marks[s, WHOLE] == 1 or columns.marks[s, COVERS] == 0:
            continue
        if ears[s, fm.AWAKE_UNTIL] == now_ns:
            continue
        until_ns = int(ears[s, fm.AWAKE_UNTIL])
        ears[s, fm.AWAKE_FROM] = until_ns if now_ns - until_ns <= odds.AWAKE_NS else now_ns
        ears[s, fm.AWAKE_UNTIL] = now_ns
        count += 1
    return count


@kernel
def weigh_absence(
    state: State,
    absence: Floats,
    r: Floats,
    class_log: Floats,
    x: Floats,
    columns: Columns,
    ears: Ints,
    awake: int,
    keeps: Ints,
    weights: Floats,
    silence: Floats,
    kinds: Ints,
    out: Floats,
    now_ns: int,
) -> tuple[int, int]:
    """Write the first two columns of the log-odds where there is something to say; fill `silence` (n, 2), `kinds` (n,).

    A sender is a track that speaks for itself and is not seen, a body one that is seen and was never heard; returns how
    many there are of each. `awake` says whether any of the `ears` knows more than before.
    """
    phase, _, coop_ns, seen, seen_ns = state
    senders, bodies = 0, 0
    for i in range(len(phase)):
        silence[i, 0], silence[i, 1], kinds[i] = 0.0, 0.0, 0
        if phase[i] == LOST:
            continue
        sights, vain, lately = 0, 0.0, False
        for m in range(len(_BODY)):
            modality = int(_BODY[m])
            sights = sights + int(seen[i, modality])
            vain = vain + min(odds.ABSENCE_MOST, max(0.0, -float(absence[i, modality])))
            lately = lately or int(seen_ns[i, modality]) > now_ns - odds.FRESH_NS
        heard = 0
        for m in range(len(_SELF)):
            heard = heard + int(seen[i, int(_SELF[m])])
        if heard > 0:
            out[i, odds.WITHOUT_RID] = -odds.BOUND
            weights[i, fm.SILENCE] = 0.0
        body = heard == 0 and lately and sights >= odds.SIGHTS_LEAST
        if not body:
            keeps[i, fm.UNHEARD] = 0
        elif keeps[i, fm.UNHEARD] == 0:
            keeps[i, fm.UNHEARD] = now_ns
        elif awake > 0:
            _charge(x[i], columns, ears, keeps[i], weights[i], now_ns)
        silence[i, 0], silence[i, 1] = vain, max(0.0, -float(absence[i, _RID]))
        if body and now_ns - int(keeps[i, fm.UNHEARD]) >= odds.UNHEARD_LEAST_NS:
            silence[i, 1] = max(float(silence[i, 1]), min(odds.ABSENCE_MOST, float(weights[i, fm.SILENCE])))
        if heard > 0 and int(coop_ns[i]) > now_ns - odds.FRESH_NS:
            sight = min(odds.SIGHT_MOST, odds.SIGHT * sights)
            total = odds.PRIOR[odds.WITHOUT_BODY] - sight + vain
            out[i, odds.WITHOUT_BODY] = max(-odds.BOUND, min(odds.BOUND, total))
            if not lately:
                kinds[i] = SENDER
                senders += 1
        elif body:
            kinds[i] = BODY
            bodies += 1
            unheard = _unheard(float(silence[i, 1])) if r[i] >= odds.EXISTS_LEAST else -odds.BOUND
            if unheard > -odds.BOUND and _drone(class_log[i]) < odds.DRONE_LEAST:
                unheard = -odds.BOUND
            out[i, odds.WITHOUT_RID] = unheard
    return senders, bodies


@kernel
def _charge(x: Floats, columns: Columns, ears: Ints, keep: Ints, weight: Floats, now_ns: int) -> None:
    """Add the looks in vain at a body of each receiver that is known since this tick to have been awake."""
    for s in range(len(ears)):
        if int(ears[s, fm.AWAKE_UNTIL]) != now_ns:
            continue
        long_ns = now_ns - max(int(ears[s, fm.AWAKE_FROM]), int(keep[fm.UNHEARD]))
        pd = detection(columns, s, float(x[0]), float(x[1]), float(x[2])) if long_ns > 0 else 0.0
        if pd > 0.0:
            looks = long_ns / max(int(columns.marks[s, PERIOD_NS]), odds.LOCATION_EACH_NS)
            weight[fm.SILENCE] = float(weight[fm.SILENCE]) - looks * log(1.0 - min(pd, _PD_MOST))


@kernel
def _drone(class_log: Floats) -> float:
    """Return the probability that a track is an unmanned aircraft, by its class."""
    most = -1e300
    for k in range(len(class_log)):
        most = max(most, float(class_log[k]))
    total, drone, known = 0.0, 0.0, False
    for k in range(len(class_log)):
        weight = exp(float(class_log[k]) - most)
        total = total + weight
        drone = drone + weight * int(_UNMANNED[k])
        known = known or class_log[k] != 0.0
    return drone / total if known else odds.DRONE_UNKNOWN


@kernel
def _unheard(silence: float) -> float:
    """Return the log-odds that a drone does not send, by the looks in vain of those that would hear it."""
    if silence <= 0.0:
        return -odds.BOUND  # nobody would have heard it
    return max(-odds.BOUND, min(odds.BOUND, log((1.0 - odds.SENDING_SHARE) / odds.SENDING_SHARE) + silence))


@kernel
def excuse_near(bodies: Ints, senders: Ints, x: Floats, up: Ints, out: Floats) -> None:
    """Say nothing new of a body and a sender that are next to each other; `senders` sorted by their first axis."""
    for b in range(len(bodies)):
        i = int(bodies[b])
        low, high = 0, len(senders)
        while low < high:
            middle = (low + high) // 2
            if float(x[int(senders[middle]), 0]) < float(x[i, 0]) - odds.NEAR_M:
                low = middle + 1
            else:
                high = middle
        while low < len(senders):
            j = int(senders[low])
            if float(x[j, 0]) > float(x[i, 0]) + odds.NEAR_M:
                break
            if _distance(x[i], x[j]) <= odds.NEAR_M:
                for row, column in ((i, odds.WITHOUT_RID), (j, odds.WITHOUT_BODY)):
                    if up[row, column] == 0:
                        out[row, column] = min(float(out[row, column]), odds.DOWN - 1.0)
            low += 1


@kernel
def _distance(one: Floats, other: Floats) -> float:
    return hypot3(float(one[0]) - float(other[0]), float(one[1]) - float(other[1]), float(one[2]) - float(other[2]))
