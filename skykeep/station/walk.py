"""A record taken through the watch once more, tick by tick: what a replay and an explanation have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from skykeep.errors import Corrupt
from skykeep.facts import codec
from skykeep.facts.enacted import Began
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import LeafKind
from skykeep.station import settings
from skykeep.station.store import Store, TickRow
from skykeep.watch.snapshot import from_bytes
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
        """Step the next row; None: it is a beginning, or was passed over because facts of it, or before, are erased."""
        if row.kind == EntryKind.BEGAN:
            self._begin(row)
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
        if self.state is None and self.skipped_ticks == 0:
            self.state = State(settings.parse(began.settings).watch)

    def _skip(self, row: TickRow) -> None:
        """Pass over a tick whose facts were erased, up to the next state that was kept."""
        self.skipped_ticks += 1
        kept = self._store.get_snapshot(row.state_sha256) if row.state_sha256 is not None else None
        if kept is not None:
            self.state = from_bytes(kept)


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
