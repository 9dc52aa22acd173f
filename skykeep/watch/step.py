"""The watch in one page: facts of a tick in, conclusions out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from skykeep.facts.concluded import Concluded, TrackLost
from skykeep.facts.enacted import Began, Enacted, Finished, SensorDeclared
from skykeep.rules.law import FOREVER_NS, enact
from skykeep.watch.alarm import alarm
from skykeep.watch.align import align
from skykeep.watch.associate import associate
from skykeep.watch.estimate import estimate, places, tell
from skykeep.watch.identify import forget, forget_transmitters, identify
from skykeep.watch.judge import judge
from skykeep.watch.state import LOST, State

_SWEEP_NS = 10_000_000_000  # how often silent radios are looked for; when it happens changes no conclusion


@dataclasses.dataclass(frozen=True, slots=True)
class Tick:
    """What happened up to `now_ns` (Unix nanoseconds) since the tick before, in the order of the record."""

    tick: int
    now_ns: int
    facts: Sequence[object]


def step(state: State, tick: Tick) -> tuple[State, list[Concluded]]:
    """Advance the watch by one tick. Same state, same tick: same bytes out, on any machine.

    The state that is given is consumed: take a `copy` first if it is needed again.
    """
    law_changed = _enact(state, tick)
    aligned = align(tick.facts, state, tick=tick.tick, now_ns=tick.now_ns)
    first_new_id = state.next_track_id
    pairs = associate(state, aligned, tick.now_ns)
    moved = estimate(state, pairs, tick.now_ns)
    born = list(range(first_new_id, state.next_track_id))
    manned = [track_id for track_id, heard in pairs if heard.manned is not None]
    renamed, identities = identify(state, aligned, manned, born, tick.now_ns)
    moved = sorted(dict.fromkeys([*(each for each in moved if each in state.identities), *renamed]))
    estimates = tell(state, moved, places(state, moved))
    concerned = _live(state) if law_changed else moved
    verdicts = judge(state, concerned, tick.now_ns, law_changed=law_changed)
    alarms = alarm(state, verdicts, concerned, tick.now_ns)
    lost = _lose(state, tick.now_ns)
    _forget(state, tick.now_ns)
    state.now_ns = tick.now_ns
    return state, [*aligned.late, *estimates, *identities, *verdicts, *alarms, *lost]


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
            state.sensors[act.sensor_id] = act
    state.enacted += [act for act in acts if not isinstance(act, (Began, Finished))]
    before, state.law = state.law, enact(state.law, acts)
    return by_date or state.law is not before


def _live(state: State) -> list[int]:
    """Return the tracks that are not lost: a change of law is judged for all of them, where they are now."""
    return [int(track_id) for track_id in state.tracks.id[state.tracks.phase != LOST]]


def _lose(state: State, now_ns: int) -> list[Concluded]:
    """Mark the tracks that nothing was heard of for too long."""
    tracks = state.tracks
    silent = (tracks.phase != LOST) & (now_ns - tracks.heard_ns > int(state.settings.silence_max_s * 1e9))
    told: list[Concluded] = []
    for row in np.flatnonzero(silent):
        tracks.phase[row] = tracks.told_phase[row] = LOST
        track_id = int(tracks.id[row])
        told.append(TrackLost(track_id=track_id, t_ns=now_ns, last_heard_ns=int(tracks.heard_ns[row])))
        told += alarm(state, [], [track_id], now_ns)
    return told


def _forget(state: State, now_ns: int) -> None:
    """Drop the tracks that were lost long ago, and the radios that moved them."""
    tracks, settings = state.tracks, state.settings
    limit_ns = int((settings.forget_after_s + settings.silence_max_s) * 1e9)
    gone = [
        int(tracks.id[row]) for row in np.flatnonzero((tracks.phase == LOST) & (now_ns - tracks.heard_ns > limit_ns))
    ]
    if gone:
        forget(state, gone)
    if now_ns // _SWEEP_NS != state.now_ns // _SWEEP_NS:
        forget_transmitters(state, now_ns)
