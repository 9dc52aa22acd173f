"""The watch in one page: facts of a tick in, conclusions out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from skykeep.facts.concluded import Concluded, TrackLost
from skykeep.facts.enacted import Began, Enacted, Finished, SensorDeclared
from skykeep.rules.law import FOREVER_NS, enact
from skykeep.watch.alarm import alarm
from skykeep.watch.follow import Followed, follow
from skykeep.watch.heard import align
from skykeep.watch.identify import forget, forget_transmitters, identify
from skykeep.watch.judge import judge
from skykeep.watch.places import tell
from skykeep.watch.reports import Pairs, Reports
from skykeep.watch.sensors import declare
from skykeep.watch.state import State
from skykeep.watch.stood import note_stood
from skykeep.watch.table import LOST, Tracks

_SWEEP_NS = 10_000_000_000  # how often silent radios are looked for; when it happens changes no conclusion


@dataclasses.dataclass(frozen=True, slots=True)
class Tick:
    """What happened up to `now_ns` (Unix nanoseconds) since the tick before, in the order of the record."""

    tick: int
    now_ns: int
    facts: Sequence[object]


Looking = Callable[[Tick, Reports, Pairs, Tracks], None]
"""Somebody who looks on: what a tick heard, which tracks that moved, and how they stand. He may change nothing."""


def step(state: State, tick: Tick, looking: Looking | None = None) -> tuple[State, list[Concluded]]:
    """Advance the watch by one tick. Same state, same tick: same bytes out, on any machine, whoever is looking.

    The state that is given is consumed: take a `copy` first if it is needed again.
    """
    law_changed = _enact(state, tick)
    aligned = align(tick.facts, state, tick=tick.tick, now_ns=tick.now_ns)
    followed = follow(state, aligned, tick.now_ns)
    note_stood(state, aligned.reports, followed.pairs)
    renamed, identities = identify(state, aligned, followed, tick.now_ns)
    lost = _lose(state, tick.now_ns)
    moved = _rows(state, followed, renamed)
    estimates = tell(state, moved, tick.tick, tick.now_ns)
    concerned = _live(state) if law_changed else state.tracks.id[moved].tolist()
    verdicts = judge(state, concerned, tick.now_ns, law_changed=law_changed)
    alarms = alarm(state, verdicts, concerned, tick.now_ns)
    if looking is not None:
        looking(tick, aligned.reports, followed.pairs, state.tracks)
    _forget(state, followed.gone, tick.now_ns)
    state.now_ns = tick.now_ns
    return state, [*aligned.late, *followed.biases, *estimates, *identities, *verdicts, *alarms, *lost]


def next_due_ns(state: State) -> int:
    """Return when a tick must be stepped even if nothing was heard: a silence ends, or the law changes by its dates."""
    tracks, settings = state.tracks, state.settings
    if not len(tracks):
        return FOREVER_NS
    limit_s = np.where(tracks.phase == LOST, settings.forget_after_s + settings.silence_max_s, settings.silence_max_s)
    silences = tracks.heard_ns + (limit_s * 1e9).astype(np.int64) + 1
    return min(int(silences.min()), state.law.next_change_ns(state.now_ns))


def _enact(state: State, tick: Tick) -> bool:
    """Take in law and sensors; True when the law is another for the tracks there are, by act or by date."""
    by_date = len(state.tracks) > 0 and state.law.next_change_ns(state.now_ns) <= tick.now_ns
    acts = [fact for fact in tick.facts if isinstance(fact, Enacted)]
    for act in acts:
        if isinstance(act, SensorDeclared):
            declare(state.sensors, act)
    state.enacted += [act for act in acts if not isinstance(act, (Began, Finished))]
    before, state.law = state.law, enact(state.law, acts)
    return by_date or state.law is not before


def _rows(state: State, followed: Followed, renamed: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the rows of tracks that moved or were renamed; rows may have gone since `follow` counted them."""
    ids = np.array([*followed.moved_ids, *renamed], np.int64)
    ids = np.unique(ids)
    tracks = state.tracks
    rows = tracks.rows(ids)
    known = np.minimum(rows, max(len(tracks) - 1, 0))
    there = (tracks.id[known] == ids) if len(tracks) else np.zeros(len(ids), np.bool_)
    rows = rows[there]
    return rows[tracks.phase[rows] != LOST]


def _live(state: State) -> list[int]:
    """Return the tracks that are not lost: a change of law is judged for all of them, where they are now."""
    return [int(track_id) for track_id in state.tracks.id[state.tracks.phase != LOST]]


def _lose(state: State, now_ns: int) -> list[Concluded]:
    """Tell of the tracks that were lost since."""
    tracks = state.tracks
    told: list[Concluded] = []
    for row in np.flatnonzero((tracks.phase == LOST) & (tracks.told_phase != LOST)).tolist():
        tracks.told_phase[row] = LOST
        track_id = int(tracks.id[row])
        told.append(TrackLost(track_id=track_id, t_ns=now_ns, last_heard_ns=int(tracks.heard_ns[row])))
        told += alarm(state, [], [track_id], now_ns)
    return told


def _forget(state: State, gone: list[int], now_ns: int) -> None:
    """Drop the tracks that are no more or were lost long ago, and the radios that moved them."""
    tracks, settings = state.tracks, state.settings
    limit_ns = int((settings.forget_after_s + settings.silence_max_s) * 1e9)
    old = np.flatnonzero((tracks.phase == LOST) & (now_ns - tracks.heard_ns > limit_ns))
    forget(
        state, sorted(dict.fromkeys([*tracks.id[old].tolist(), *(each for each in gone if each in state.identities)]))
    )
    if now_ns // _SWEEP_NS != state.now_ns // _SWEEP_NS:
        forget_transmitters(state, now_ns)
