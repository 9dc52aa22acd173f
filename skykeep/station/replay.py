"""Recompute every conclusion of a record from its facts, and compare, byte for byte."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import skykeep
from skykeep.errors import Corrupt
from skykeep.facts import codec
from skykeep.facts.codec import Fact, Unknown
from skykeep.facts.enacted import Began
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import LeafKind
from skykeep.station import program, settings
from skykeep.station.run import bodies
from skykeep.station.store import Store, TickRow
from skykeep.watch.snapshot import from_bytes, to_bytes
from skykeep.watch.state import State
from skykeep.watch.step import Tick, step


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """The first conclusion that came out otherwise; None where one of the two sides has nothing."""

    tick: int
    index: int
    recorded: Fact | Unknown | None
    recomputed: Fact | Unknown | None


@dataclasses.dataclass(slots=True)
class Replayed:
    """What a replay found."""

    ticks: int = 0
    facts: int = 0
    conclusions: int = 0
    sha256: str = ""  # over all recomputed conclusions
    differing: int = 0  # conclusions that differ
    first: Difference | None = None
    other_version: str | None = None  # version of the program that wrote the record, where it is not this one
    skipped_ticks: int = 0  # erased by retention: replay went on from the next snapshot
    from_ns: int = 0
    to_ns: int = 0

    @property
    def identical(self) -> bool:
        """Whether every conclusion came out as recorded."""
        return self.differing == 0

    @property
    def holds(self) -> bool:
        """Whether the answer is yes: there was something to replay, and it came out as recorded."""
        return self.identical and (self.ticks > 0 or self.skipped_ticks == 0)


def replay(path: Path, progressed: Callable[[int], None] = lambda _n: None) -> Replayed:
    """Replay a record; raises Corrupt where it cannot be read, Refused where it is no record."""
    with Store.open(path, read_only=True) as store:
        replayer = _Replayer(store)
        for row in store.rows():
            replayer.take(row)
            progressed(1)
        return replayer.finish()


class _Replayer:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._state: State | None = None
        self._digest = hashlib.sha256()
        self._found = Replayed()

    def take(self, row: TickRow) -> None:
        """Take in one row of the record, in order."""
        if row.kind == EntryKind.BEGAN:
            self._begin(row)
            return
        if any(leaf.kind == LeafKind.FACT and leaf.body is None for leaf in row.leaves):
            self._state = None
        if self._state is None:
            self._skip(row)
            return
        facts = [codec.decode_trusted(body) for body in bodies(row, LeafKind.FACT)]
        self._state, concluded = step(self._state, Tick(row.tick, row.now_ns, facts))
        self._compare(row, [codec.encode(fact) for fact in concluded])
        self._found.facts += len(facts)
        self._found.ticks += 1
        self._found.from_ns = self._found.from_ns or row.now_ns
        self._found.to_ns = row.now_ns
        if row.state_sha256 is not None and hashlib.sha256(to_bytes(self._state)).digest() != row.state_sha256:
            self._differ(row, len(concluded), None, None)

    def finish(self) -> Replayed:
        """Return what was found."""
        self._found.sha256 = self._digest.hexdigest()
        return self._found

    def _begin(self, row: TickRow) -> None:
        facts = [codec.decode_trusted(body) for body in bodies(row, LeafKind.FACT)]
        if not facts or not isinstance(facts[0], Began):
            raise Corrupt(f"entry {row.entry_index} says that a run began, but holds no such fact")
        began = facts[0]
        if began.program_sha256 != program.sha256().hex():
            self._found.other_version = began.program_version
        if self._state is None and self._found.skipped_ticks == 0:
            self._state = State(settings.parse(began.settings).watch)

    def _skip(self, row: TickRow) -> None:
        """Pass over a tick whose facts were erased, up to the next state that was kept."""
        self._found.skipped_ticks += 1
        kept = self._store.get_snapshot(row.state_sha256) if row.state_sha256 is not None else None
        if kept is not None:
            self._state = from_bytes(kept)

    def _compare(self, row: TickRow, recomputed: list[bytes]) -> None:
        recorded = [leaf.body for leaf in row.leaves if leaf.kind == LeafKind.CONCLUSION]
        for body in recomputed:
            self._digest.update(len(body).to_bytes(8, "big") + body)
        self._found.conclusions += len(recomputed)
        if recorded == recomputed:
            return
        for index in range(max(len(recorded), len(recomputed))):
            old = recorded[index] if index < len(recorded) else None
            new = recomputed[index] if index < len(recomputed) else None
            erased = index < len(recorded) and old is None
            if old != new and not erased:
                self._differ(row, index, old, new)

    def _differ(self, row: TickRow, index: int, old: bytes | None, new: bytes | None) -> None:
        self._found.differing += 1
        if self._found.first is None:
            recorded = None if old is None else codec.decode_trusted(old)
            recomputed = None if new is None else codec.decode_trusted(new)
            self._found.first = Difference(row.tick, index, recorded, recomputed)


def install_hint(version: str) -> str:
    """Return the command that installs the program which reproduces a record of another version."""
    return f"pip install skykeep=={version}  (this is {skykeep.__version__})"
