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

from skykeep.facts.concluded import FLAGS, FactRef, TrackFlagged
from skykeep.geo.exact import hypot3
from skykeep.geo.kernel import kernel
from skykeep.watch import flagmemory as fm
from skykeep.watch import odds
from skykeep.watch.carried import row_of
from skykeep.watch.claims import weigh_claims
from skykeep.watch.couples import best_of, couple
from skykeep.watch.flagmemory import FlagMemory
from skykeep.watch.reports import POSITION, Floats, Ints, Pairs, Reports
from skykeep.watch.sensors import Sensors
from skykeep.watch.silences import BODY, SENDER, State, excuse_near, listen, weigh_absence
from skykeep.watch.table import LOST, Tracks
from skykeep.watch.trust import SEEING_BODIES, SELF_REPORTING

__all__ = ["FlagMemory", "flag", "forget"]

forget = fm.forget
_SELF = np.array(SELF_REPORTING, np.int64)
_BODY = np.array(SEEING_BODIES, np.int64)
_SURE = 0.5  # a report is of the track that it is likelier of than not
_NONE = np.zeros(0, np.int64)
_NO_BEST = np.zeros(0)


def flag(
    memory: FlagMemory, tracks: Tracks, sensors: Sensors, reports: Reports, pairs: Pairs, now_ns: int
) -> list[TrackFlagged]:
    """Weigh what the reports of a tick say for each flag, and the silences; tell which go up and which go down.

    Writes `tracks.flag_log` and `tracks.flag_up`. `pairs` are the reports that moved tracks, new in this tick.
    """
    if not len(tracks):
        return []
    new = fm.follow_tracks(memory, tracks.id)
    if new is not None:
        tracks.flag_log[new] = odds.PRIOR
    fm.follow_sensors(memory, len(sensors))
    keeps, weights = fm.ints(memory.tracks, fm.TRACK), fm.floats(memory.weights, fm.WEIGHT)
    if len(pairs.report):
        _speak(memory, tracks, sensors, reports, pairs, keeps, now_ns)
    state = (tracks.phase, tracks.t_ns, tracks.coop_ns, tracks.seen, tracks.seen_ns)
    partner, best = _silences(memory, tracks, sensors, reports, state, keeps, weights, now_ns)
    crossed = _weigh_within(
        state, tracks.x, tracks.p, tracks.coop, tracks.coop_var, keeps, weights, best, tracks.flag_log, tracks.flag_up
    )
    return _tell(tracks, keeps, partner, now_ns) if crossed else []


def _speak(
    memory: FlagMemory, tracks: Tracks, sensors: Sensors, reports: Reports, pairs: Pairs, keeps: Ints, now_ns: int
) -> None:
    """Keep what moved each track, and weigh what aircraft say of themselves."""
    rows, said = np.empty(len(pairs.report), np.int64), np.empty(len(pairs.report), np.int64)
    own = _name(
        (pairs.track_id, pairs.report, pairs.probability),
        (reports.sensor, reports.kind, reports.tx, reports.tick, reports.index),
        sensors.modality,
        tracks.id,
        tracks.coop_ns,
        keeps,
        rows,
        said,
    )
    if own:
        weigh_claims(memory, tracks, sensors, reports, said[:own], rows[:own], now_ns)


_Pairs = tuple[Ints, Ints, Floats]  # track_id, report, probability
_Named = tuple[Ints, Ints, Ints, Ints, Ints]  # sensor, kind, tx, tick, index


@kernel
def _name(
    pairs: _Pairs, reports: _Named, modality: Ints, ids: Ints, coop_ns: Ints, keeps: Ints, rows: Ints, said: Ints
) -> int:
    """Keep which facts moved each track last: of one that speaks for itself, what it said.

    Fills `rows` and `said` with the tracks' rows and the reports that are surely of them and their own; returns how
    many there are.
    """
    count = 0
    sensor, kind, tx, tick, index = reports
    for k in range(len(pairs[1])):
        i = row_of(ids, int(pairs[0][k])) if pairs[2][k] >= _SURE else -1
        if i < 0:
            continue
        j = int(pairs[1][k])
        own = False
        for m in range(len(_SELF)):
            own = own or modality[int(sensor[j])] == _SELF[m]
        if own and kind[j] == POSITION and tx[j] >= 0:
            rows[count], said[count] = i, j
            count += 1
        elif coop_ns[i] != 0:
            continue
        if keeps[i, fm.REF] == tick[j] and keeps[i, fm.REF + 1] == index[j]:
            continue
        for column in range(fm.TRACK - 1, fm.REF + 1, -1):
            keeps[i, column] = keeps[i, column - 2]
        keeps[i, fm.REF], keeps[i, fm.REF + 1] = tick[j], index[j]
    return count


def _silences(
    memory: FlagMemory,
    tracks: Tracks,
    sensors: Sensors,
    reports: Reports,
    state: State,
    keeps: Ints,
    weights: Floats,
    now_ns: int,
) -> tuple[Ints, Floats]:
    """Weigh what is not seen and not heard.

    Returns the row of the body that each sender belongs to, (n,), or -1, and the log-odds of that, or NaN; where nobody
    has such a body, nothing.
    """
    count = len(tracks)
    columns, ears = sensors.columns(), fm.ints(memory.ears, fm.EAR)
    awake = listen(reports.sensor, columns, ears, now_ns) if len(reports) else 0
    silence, kinds = np.empty((count, 2)), np.empty(count, np.int64)
    some_senders, some_bodies = weigh_absence(
        state,
        tracks.absence,
        tracks.r,
        tracks.class_log,
        tracks.x,
        columns,
        ears,
        awake,
        keeps,
        weights,
        silence,
        kinds,
        tracks.flag_log,
        now_ns,
    )
    both = some_senders > 0 and some_bodies > 0
    if both or len(memory.couples):
        senders, bodies = np.flatnonzero(kinds == SENDER), np.flatnonzero(kinds == BODY)
    else:
        senders = bodies = _NONE
    if both:
        ordered = senders[np.argsort(tracks.x[senders, 0], kind="stable")]
        excuse_near(bodies, ordered, tracks.x, tracks.flag_up, tracks.flag_log)
    couple(memory, tracks, senders, bodies, now_ns)
    if not len(memory.couples):
        return _NONE, _NO_BEST
    best, partner = np.full(count, np.nan), np.full(count, -1, np.int64)
    couples, drifts = fm.ints(memory.couples, fm.COUPLE), fm.floats(memory.drifts, fm.DRIFT)
    best_of(couples, drifts, tracks.id, silence, now_ns, best, partner)
    return partner, best


@kernel
def _weigh_within(
    state: State,
    x: Floats,
    p: Floats,
    coop: Floats,
    coop_var: Floats,
    keeps: Ints,
    weights: Floats,
    best: Floats,
    out: Floats,
    up: Ints,
) -> int:
    """Hold each new fix of an aircraft's own against its estimate; the offset's log-odds are from that or a couple.

    Returns how many flags are to be moved.
    """
    phase, t_ns, coop_ns, _, seen_ns = state
    crossed = 0
    for i in range(len(t_ns)):
        total = (
            odds.PRIOR[odds.OFFSET]
            if math.isnan(float(weights[i, fm.OFFSET_LOG]))
            else float(weights[i, fm.OFFSET_LOG])
        )
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
        weights[i, fm.OFFSET_LOG] = total
        alike = len(best) > 0 and not math.isnan(float(best[i]))
        out[i, odds.OFFSET] = max(total, float(best[i]) if alike else before)
        for number in range(out.shape[1]):
            if up[i, number] != 0:
                crossed += 1 if out[i, number] <= odds.DOWN else 0
            elif out[i, number] >= odds.UP and phase[i] != LOST:
                crossed += 1
    return crossed


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


def _tell(tracks: Tracks, keeps: Ints, partner: Ints, now_ns: int) -> list[TrackFlagged]:
    """Move the flags whose log-odds crossed a threshold, and tell of them in order of track and flag."""
    raised = (tracks.flag_log >= odds.UP) & (tracks.flag_up == 0) & (tracks.phase != LOST)[:, None]
    lowered = (tracks.flag_log <= odds.DOWN) & (tracks.flag_up != 0)
    told: list[TrackFlagged] = []
    for row, number in np.argwhere(raised | lowered).tolist():
        tracks.flag_up[row, number] = int(raised[row, number])
        refs = _refs(keeps, row)
        if number == odds.OFFSET and len(partner) and partner[row] >= 0:
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
