"""A record taken through the watch once more, tick by tick: what a replay and an explanation have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from skykeep.errors import Corrupt
from skykeep.facts import codec
from skykeep.facts.alarms import NO_TRACK
from skykeep.facts.enacted import Began
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import LeafKind
from skykeep.station import settings
from skykeep.station.store import Store, TickRow
from skykeep.watch.alarmmemory import forget, wait
from skykeep.watch.incidentmemory import forget as forget_incidents
from skykeep.watch.settings import WatchSettings
from skykeep.watch.snapshot import from_bytes, to_bytes
from skykeep.watch.state import State
from skykeep.watch.step import Looking, Tick, step

_FACT, _CONCLUSION = int(LeafKind.FACT), int(LeafKind.CONCLUSION)
Body = bytes | None
"""What a leaf holds; None: it was erased."""


@dataclasses.dataclass(frozen=True, slots=True)
class Walked:
    """One tick that was stepped again."""

    row: TickRow
    facts: int  # how many went in
    recorded: list[Body]  # its conclusions, as they stand in the record
    recomputed: list[bytes]  # and as they came out now

    def differing(self) -> Iterator[tuple[int, Body, Body]]:
        """Yield (index, recorded, recomputed) of each conclusion that came out otherwise; None: there is nothing."""
        recorded, recomputed = self.recorded, self.recomputed
        if recorded == recomputed:
            return
        for index in range(max(len(recorded), len(recomputed))):
            old = recorded[index] if index < len(recorded) else None
            new = recomputed[index] if index < len(recomputed) else None
            erased = index < len(recorded) and old is None
            if old != new and not erased:
                yield index, old, new


class Walk:
    """Takes in the rows of a record in order; `looking` looks on, as `step` lets it."""

    def __init__(self, store: Store, looking: Looking | None = None) -> None:
        self._store, self._looking = store, looking
        self.state: State | None = None  # None: before the beginning, and where facts were erased
        self.begun: list[Began] = []  # each run of a program that the record holds so far
        self.skipped_ticks = 0  # whose facts were erased: it goes on from the next state that was kept

    def take(self, row: TickRow) -> Walked | None:
        """Step the next row; None: it is no tick, or was passed over because facts of it, or before, are erased."""
        if row.kind == EntryKind.BEGAN:
            self._begin(row)
            return None
        if row.kind == EntryKind.ROTATED:
            return None
        facts, recorded = _bodies(row.leaves)
        if None in facts:
            self.state = None
        if self.state is None:
            self._skip(row)
            return None
        tick = Tick(row.tick, row.now_ns, codec.decode_all_trusted([body for body in facts if body is not None]))
        self.state, concluded = step(self.state, tick, self._looking)
        return Walked(row, len(facts), recorded, codec.encode_all(concluded))

    def _begin(self, row: TickRow) -> None:
        facts, _ = _bodies(row.leaves)
        began = codec.decode_trusted(facts[0]) if facts and facts[0] is not None else None
        if not isinstance(began, Began):
            raise Corrupt(f"entry {row.entry_index} says that a run began, but holds no such fact")
        self.begun.append(began)
        asked = settings.parse(began.settings).watch
        if self.state is not None:
            if began.resumed_after_tick is None:  # a run that could not go on with the tracks that there were
                self.state = anew(self.state)
            self.state = resettled(self.state, asked)
        elif self.skipped_ticks == 0:
            self.state = State(asked)

    def _skip(self, row: TickRow) -> None:
        """Pass over a tick whose facts were erased, up to the next state that was kept."""
        self.skipped_ticks += 1
        kept = self._store.get_snapshot(row.state_sha256) if row.state_sha256 is not None else None
        if kept is not None:
            self.state = from_bytes(kept)


def resettled(state: State, asked: WatchSettings) -> State:
    """Return the state as it goes on under other settings; the same state where they are the same."""
    if state.settings == asked:
        return state
    state.settings = asked
    return from_bytes(to_bytes(state))


def anew(state: State) -> State:
    """Return a state that knows the law, and the alarms that people have to do with, and no track of before."""
    fresh, _ = step(State(state.settings), Tick(0, 1, list(state.enacted)))
    fresh.now_ns, fresh.next_track_id = state.now_ns, state.next_track_id
    fresh.memories.groups.next_id = state.memories.groups.next_id
    fresh.memories.presences.next_id = state.memories.presences.next_id
    alarms, incidents = state.memories.alarms, state.memories.incidents
    forget(alarms, [track_id for track_id in alarms.alarms if track_id != NO_TRACK])
    forget_incidents(incidents, list(incidents.of_track))
    alarms.groups.clear()
    wait(alarms, NO_TRACK, 0)
    fresh.memories.alarms, fresh.memories.incidents = alarms, incidents
    return fresh


def _bodies(leaves: Sequence[tuple[int, Body, Body]]) -> tuple[list[Body], list[Body]]:
    """Return what the facts and the conclusions of a tick hold."""
    facts: list[Body] = []
    concluded: list[Body] = []
    for kind, body, _ in leaves:
        if kind == _FACT:
            facts.append(body)
        elif kind == _CONCLUSION:
            concluded.append(body)
    return facts, concluded
