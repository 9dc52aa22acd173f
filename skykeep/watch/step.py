"""The watch in one page: facts of a tick in, conclusions out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import get_args

import numpy as np

from skykeep.facts.concluded import AlarmChanged, Concluded, IncidentMoved, TrackLost
from skykeep.facts.enacted import Began, Enacted, Finished, SensorDeclared, SiteProtected
from skykeep.rules.law import enact
from skykeep.watch.ahead import look_ahead
from skykeep.watch.alarming import Terms, alarming
from skykeep.watch.alarming import next_due_ns as alarms_due_ns
from skykeep.watch.benign import enact as enact_benign
from skykeep.watch.consider import consider
from skykeep.watch.follow import follow
from skykeep.watch.guard import next_due_ns as sites_due_ns
from skykeep.watch.heard import align
from skykeep.watch.hold import next_due_ns as presences_due_ns
from skykeep.watch.identify import forget, forget_transmitters, identify, regrade
from skykeep.watch.incidentmemory import IncidentTerms
from skykeep.watch.incidentmemory import forget as forget_incidents
from skykeep.watch.incidentmemory import next_due_ns as incidents_due_ns
from skykeep.watch.incidents import ACTS, Round
from skykeep.watch.judge import judge
from skykeep.watch.places import tell
from skykeep.watch.reports import Ints, Pairs, Reports
from skykeep.watch.sensors import declare
from skykeep.watch.settings import WatchSettings
from skykeep.watch.state import State
from skykeep.watch.stood import note_stood
from skykeep.watch.table import LOST, Tracks
from skykeep.watch.window import keep_ns

_ENACTED = frozenset(get_args(Enacted))
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
    now_ns = tick.now_ns
    law_changed = _enact(state, tick)
    heard = align(tick.facts, state, tick=tick.tick, now_ns=now_ns)
    followed = follow(state, heard, now_ns)
    note_stood(state, heard.reports, followed.pairs)
    renamed, told = identify(state, heard, followed, now_ns)
    lost = _lose(state, now_ns)
    told += consider(state, tick.facts, heard, followed.pairs, now_ns)
    moved = _rows(state, followed.moved_ids, renamed)
    told += regrade(state, moved, now_ns)
    estimates = tell(state, moved, tick.tick, now_ns)
    concerned = _live(state) if law_changed else moved
    verdicts = judge(state, concerned, now_ns, law_changed=law_changed)
    ahead = look_ahead(state, concerned, lost, now_ns, law_changed=law_changed)
    alarms, incidents = sound(state, tick, [*told, *verdicts, *ahead])
    if looking is not None:
        looking(tick, heard.reports, followed.pairs, state.tracks)
    _forget(state, followed.gone, now_ns)
    state.now_ns = now_ns
    return state, [*heard.late, *followed.biases, *estimates, *told, *verdicts, *ahead, *alarms, *lost, *incidents]


def next_due_ns(state: State) -> int:
    """Return when a tick must be stepped even if nothing was heard: a silence ends, or the law changes by its dates."""
    tracks, settings, held = state.tracks, state.settings, state.memories
    later = min(alarms_due_ns(held.alarms), incidents_due_ns(held.incidents), presences_due_ns(held.presences))
    if not len(tracks):
        return later
    later = min(later, sites_due_ns(state.sites, state.now_ns))
    silences = tracks.heard_ns + int(settings.silence_max_s * 1e9) + 1
    slot_ns, lag_ns = settings.slot_ms * 1_000_000, int(settings.lag_s * 1e9)
    dropped = ((tracks.last_ns + keep_ns(settings)) // slot_ns + 1) * slot_ns + lag_ns  # its row
    silences = np.where(tracks.phase == LOST, dropped, np.minimum(silences, dropped))
    due_ns = min(later, int(silences.min()), state.law.next_change_ns(state.now_ns))
    return max(due_ns, state.now_ns + 1)


def _enact(state: State, tick: Tick) -> bool:
    """Take in law and sensors; True when the law is another for the tracks there are, by act or by date."""
    by_date = len(state.tracks) > 0 and state.law.next_change_ns(state.now_ns) <= tick.now_ns
    if _ENACTED.isdisjoint(map(type, tick.facts)):
        return by_date
    acts = [fact for fact in tick.facts if isinstance(fact, Enacted)]
    for act in acts:
        if isinstance(act, SensorDeclared):
            declare(state.sensors, act)
        elif isinstance(act, SiteProtected):
            state.sites.append(act)
        else:
            enact_benign(state.benign, act)
    state.enacted += [act for act in acts if not isinstance(act, (Began, Finished))]
    before, state.law = state.law, enact(state.law, acts)
    return by_date or state.law is not before


def _rows(state: State, moved_ids: Ints, renamed: list[int]) -> Ints:
    """Return the rows of these tracks that are not lost; some may have gone since they were counted."""
    ids = np.union1d(moved_ids, np.array(renamed, np.int64)) if renamed else moved_ids  # both ascend
    tracks = state.tracks
    if not len(tracks) or not len(ids):
        return np.zeros(0, np.int64)
    rows = np.minimum(tracks.rows(ids), len(tracks) - 1)
    live: Ints = rows[(tracks.id[rows] == ids) & (tracks.phase[rows] != LOST)]
    return live


def _live(state: State) -> Ints:
    """Return the rows that are not lost: a change of law is judged for all of them, where they are now."""
    return np.flatnonzero(state.tracks.phase != LOST)


def _lose(state: State, now_ns: int) -> list[TrackLost]:
    """Tell of the tracks that were lost since."""
    tracks = state.tracks
    told: list[TrackLost] = []
    for row in np.flatnonzero((tracks.phase == LOST) & (tracks.told_phase != LOST)).tolist():
        tracks.told_phase[row] = LOST
        track_id = int(tracks.id[row])
        told.append(TrackLost(track_id=track_id, t_ns=now_ns, last_heard_ns=int(tracks.heard_ns[row])))
    return told


def sound(state: State, tick: Tick, told: Sequence[Concluded]) -> tuple[list[AlarmChanged], list[IncidentMoved]]:
    """Move the alarms and incidents by what people did, and by what was concluded in this tick."""
    held, settings = state.memories, state.settings
    this = Round(held.incidents, held.alarms, tick.now_ns, incident_terms(settings))
    this.take(told)
    moved = [] if ACTS.isdisjoint(map(type, tick.facts)) else this.answer(tick.facts)
    sounding = alarming(held.alarms, state.tracks, told, tick.now_ns, alarm_terms(settings))
    this.take(sounding)
    return moved + sounding, this.end()


def alarm_terms(settings: WatchSettings) -> Terms:
    """Return what the alarms go by."""
    return Terms(
        existence=settings.alarm_existence,
        dead_band=settings.alarm_dead_band,
        on_delay_s=settings.alarm_on_delay_s,
        off_delay_s=settings.alarm_off_delay_s,
        on_delays_s=settings.alarm_on_delays_s,
        off_delays_s=settings.alarm_off_delays_s,
        flood_tracks=settings.flood_tracks,
        flood_window_s=settings.flood_window_s,
    )


def incident_terms(settings: WatchSettings) -> IncidentTerms:
    """Return what the incidents go by."""
    return IncidentTerms(
        quiet_s=settings.incident_quiet_s,
        escalate_s={1: settings.escalate_priority_1_s, 2: settings.escalate_priority_2_s},
        flood=settings.incident_flood,
        flood_window_s=settings.incident_flood_window_s,
    )


def _forget(state: State, gone: list[int], now_ns: int) -> None:
    """Drop the tracks that are no more, and the radios that moved them."""
    forget(state, [each for each in gone if each in state.identities])
    forget_incidents(state.memories.incidents, gone)
    if now_ns // _SWEEP_NS != state.now_ns // _SWEEP_NS:
        forget_transmitters(state, now_ns)
