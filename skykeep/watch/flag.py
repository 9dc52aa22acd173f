"""What speaks for or against that a track is what it says: six flags, each a running test, told up and down.

    rid_without_body      it says that it flies there, and what would see it does not
    body_without_rid      it flies there, and what would hear it does not
    rid_offset            it flies, but beside the place it says
    impossible_motion     it says places, or velocities, that do not fit each other
    beyond_radio_horizon  it was heard by who cannot hear that far
    replayed              it says what was said before, or with a clock that is wrong

The numbers, each with its reason, stand in `odds`; docs/explanation/spoofing.md tells the same in words.
"""

from __future__ import annotations

import math

import numpy as np

from skykeep.facts.concluded import CLASSES, FLAGS, FactRef, TrackFlagged
from skykeep.geo.exact import exp, hypot3, log
from skykeep.geo.kernel import kernel
from skykeep.watch import flagmemory as fm
from skykeep.watch import odds
from skykeep.watch.claims import weigh_claims
from skykeep.watch.couples import best_of, couple
from skykeep.watch.flagmemory import FlagMemory
from skykeep.watch.reports import POSITION, Floats, Ints, Pairs, Reports
from skykeep.watch.sensors import Sensors
from skykeep.watch.table import LOST, MODALITIES, Tracks
from skykeep.watch.trust import SEEING_BODIES, SELF_REPORTING

__all__ = ["FlagMemory", "flag", "forget"]

forget = fm.forget
_RID = MODALITIES.index("remote_id")
_SELF = np.array(SELF_REPORTING, np.int64)
_BODY = np.array(SEEING_BODIES, np.int64)
_UNMANNED = np.array([name in {"multirotor", "fixed_wing"} for name in CLASSES], np.int64)
_SURE = 0.5  # a report is of the track that it is likelier of than not


def flag(
    memory: FlagMemory, tracks: Tracks, sensors: Sensors, reports: Reports, pairs: Pairs, now_ns: int
) -> list[TrackFlagged]:
    """Weigh what the reports of a tick say for each flag, and the silences; tell which go up and which go down.

    Writes `tracks.flag_log` and `tracks.flag_up`. `pairs` are the reports that moved tracks, new in this tick.
    """
    if not len(tracks):
        return []
    tracks.flag_log[fm.follow_tracks(memory, tracks.id)] = odds.PRIOR
    rows, moved = _sure(tracks, pairs)
    own = np.isin(sensors.modality[reports.sensor[moved]], _SELF) & (reports.kind[moved] == POSITION)
    own &= reports.tx[moved] >= 0
    keeps = fm.ints(memory.tracks, fm.TRACK)
    _name(rows, own.astype(np.int64), tracks.coop_ns, reports.tick[moved], reports.index[moved], keeps)
    if bool(own.any()):
        said = weigh_claims(memory, sensors, reports, moved[own], now_ns)
        tracks.flag_log[rows[own], odds.MOTION :] = said
    partner = _silences(memory, tracks, now_ns)
    return _tell(memory, tracks, partner, now_ns)


def _sure(tracks: Tracks, pairs: Pairs) -> tuple[Ints, Ints]:
    """Return the rows of tracks and of the reports that are surely theirs."""
    rows = tracks.id.searchsorted(pairs.track_id)
    sure = (pairs.probability >= _SURE) & (rows < len(tracks))
    sure[sure] = tracks.id[rows[sure]] == pairs.track_id[sure]
    return rows[sure], pairs.report[sure]


@kernel
def _name(rows: Ints, own: Ints, coop_ns: Ints, tick: Ints, index: Ints, keeps: Ints) -> None:
    """Keep which facts moved each track last: of one that speaks for itself, what it said."""
    for k in range(len(rows)):
        i = int(rows[k])
        if own[k] == 0 and coop_ns[i] != 0:
            continue
        if keeps[i, fm.REF] == tick[k] and keeps[i, fm.REF + 1] == index[k]:
            continue
        for column in range(fm.TRACK - 1, fm.REF + 1, -1):
            keeps[i, column] = keeps[i, column - 2]
        keeps[i, fm.REF], keeps[i, fm.REF + 1] = tick[k], index[k]


def _silences(memory: FlagMemory, tracks: Tracks, now_ns: int) -> Ints:
    """Weigh what is not seen and not heard; returns (n,) the row of the body that a sender belongs to, or -1."""
    count = len(tracks)
    silence, kinds = np.zeros((count, 2)), np.zeros(count, np.int64)
    state = (tracks.phase, tracks.t_ns, tracks.coop_ns, tracks.seen, tracks.seen_ns)
    _weigh_absence(state, tracks.absence, tracks.r, tracks.class_log, silence, kinds, tracks.flag_log, now_ns)
    senders, bodies = np.flatnonzero(kinds == _SENDER), np.flatnonzero(kinds == _BODY_ONLY)
    if len(senders) and len(bodies):
        ordered = senders[np.argsort(tracks.x[senders, 0], kind="stable")]
        _excuse_near(bodies, ordered, tracks.x, tracks.flag_up, tracks.flag_log)
    couple(memory, tracks, senders, bodies, now_ns)
    best = np.full(count, np.nan)
    partner = np.full(count, -1, np.int64)
    couples, drifts = fm.ints(memory.couples, fm.COUPLE), fm.floats(memory.drifts, fm.DRIFT)
    best_of(couples, drifts, tracks.id, silence, now_ns, best, partner)
    keeps, within = fm.ints(memory.tracks, fm.TRACK), fm.floats(memory.within, 1)
    _weigh_within(state, tracks.x, tracks.p, tracks.coop, tracks.coop_var, keeps, within, best, tracks.flag_log)
    return partner


_State = tuple[Ints, Ints, Ints, Ints, Ints]  # phase, t_ns, coop_ns, seen, seen_ns
_SENDER, _BODY_ONLY = 1, 2


@kernel
def _weigh_absence(
    state: _State, absence: Floats, r: Floats, class_log: Floats, silence: Floats, kinds: Ints, out: Floats, now_ns: int
) -> None:
    """Write the first two columns of the log-odds where there is something to say; fill `silence` (n, 2), `kinds` (n,).

    A sender is a track that speaks for itself and is not seen, a body one that is seen and was never heard.
    """
    phase, _, coop_ns, seen, seen_ns = state
    for i in range(len(phase)):
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
        silence[i, 0], silence[i, 1] = vain, max(0.0, -float(absence[i, _RID]))
        if heard > 0 and int(coop_ns[i]) > now_ns - odds.FRESH_NS:
            sight = min(odds.SIGHT_MOST, odds.SIGHT * sights)
            total = odds.PRIOR[odds.WITHOUT_BODY] - sight + vain
            out[i, odds.WITHOUT_BODY] = max(-odds.BOUND, min(odds.BOUND, total))
            kinds[i] = 0 if lately else _SENDER
        elif heard == 0 and lately and sights >= odds.SIGHTS_LEAST:
            kinds[i] = _BODY_ONLY
            may = float(r[i]) >= odds.EXISTS_LEAST and _drone(class_log[i]) >= odds.DRONE_LEAST
            out[i, odds.WITHOUT_RID] = _unheard(float(silence[i, 1])) if may else -odds.BOUND


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
def _excuse_near(bodies: Ints, senders: Ints, x: Floats, up: Ints, out: Floats) -> None:
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


@kernel
def _weigh_within(
    state: _State,
    x: Floats,
    p: Floats,
    coop: Floats,
    coop_var: Floats,
    keeps: Ints,
    within: Floats,
    best: Floats,
    out: Floats,
) -> None:
    """Hold each new fix of an aircraft's own against its estimate; the offset's log-odds are from that or a couple."""
    _, t_ns, coop_ns, _, seen_ns = state
    for i in range(len(t_ns)):
        total = odds.PRIOR[odds.OFFSET] if math.isnan(float(within[i, 0])) else float(within[i, 0])
        before = float(out[i, odds.OFFSET])
        if coop_ns[i] > keeps[i, fm.COOP]:
            before = before - odds.OFFSET_FADES
            keeps[i, fm.COOP] = coop_ns[i]
            lately = False
            for m in range(len(_BODY)):
                lately = lately or int(seen_ns[i, int(_BODY[m])]) > int(t_ns[i]) - odds.FRESH_NS
            if lately:
                total = total + _beside(x[i], p[i], coop[i], float(coop_var[i]), (int(t_ns[i]) - int(coop_ns[i])) / 1e9)
                total = max(-odds.BOUND, min(odds.BOUND, total))
        within[i, 0] = total
        out[i, odds.OFFSET] = max(total, before if math.isnan(float(best[i])) else float(best[i]))


@kernel
def _beside(x: Floats, p: Floats, coop: Floats, coop_var: float, gap_s: float) -> float:
    """Return what the level distance of a fix from an estimate says; errors of both sensors in its favour."""
    size = max(hypot3(float(x[0]), float(x[1]), float(x[2])), 1.0)
    square, up, var = 0.0, 0.0, odds.OFFSET_BIAS_VAR + coop_var
    for k in range(3):
        away = float(coop[k]) + gap_s * float(coop[k + 3]) - float(x[k])
        square = square + away * away
        up = up + away * float(x[k]) / size
        var = var + float(p[k, k])
    square = max(0.0, square - up * up)
    if square <= odds.OFFSET_MIN_M * odds.OFFSET_MIN_M:
        return -odds.OFFSET_WITHIN_NOT
    return max(-odds.OFFSET_WITHIN_NOT, min(odds.OFFSET_WITHIN_MOST, 0.5 * square / var - odds.OFFSET_WITHIN))


def _tell(memory: FlagMemory, tracks: Tracks, partner: Ints, now_ns: int) -> list[TrackFlagged]:
    """Move the flags whose log-odds crossed a threshold, and tell of them in order of track and flag."""
    raised = (tracks.flag_log >= odds.UP) & (tracks.flag_up == 0) & (tracks.phase != LOST)[:, None]
    lowered = (tracks.flag_log <= odds.DOWN) & (tracks.flag_up != 0)
    keeps = fm.ints(memory.tracks, fm.TRACK)
    told: list[TrackFlagged] = []
    for row, number in np.argwhere(raised | lowered).tolist():
        tracks.flag_up[row, number] = int(raised[row, number])
        refs = _refs(keeps, row)
        if number == odds.OFFSET and partner[row] >= 0:
            refs = (*refs[: fm.REFS // 2], *_refs(keeps, int(partner[row]))[: fm.REFS // 2])
        told.append(
            TrackFlagged(
                track_id=int(tracks.id[row]),
                t_ns=now_ns,
                flag=FLAGS[number],
                up=bool(raised[row, number]),
                log_odds_milli=round(float(tracks.flag_log[row, number]) * 1000),
                evidence=refs,
            )
        )
    return told


def _refs(keeps: Ints, row: int) -> tuple[FactRef, ...]:
    """Return the facts that moved a track last, the latest first."""
    numbers = keeps[row, fm.REF :].tolist()
    return tuple(FactRef(numbers[k], numbers[k + 1]) for k in range(0, len(numbers), 2) if numbers[k] >= 0)
