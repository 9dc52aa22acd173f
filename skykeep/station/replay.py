"""Recompute every conclusion of a record from its facts, and compare, byte for byte."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import skykeep
from skykeep.facts import codec
from skykeep.facts.codec import Fact, Unknown
from skykeep.station import program
from skykeep.station.store import Store, TickRow
from skykeep.station.walk import Walk, Walked
from skykeep.watch.snapshot import to_bytes


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
    other_version: str | None = None  # version of the program that wrote the record, where it is not this program
    other_program: str | None = None  # and its hash: between two releases many programs call themselves alike
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
        self._walk = Walk(store)
        self._digest = hashlib.sha256()
        self._found = Replayed()

    def take(self, row: TickRow) -> None:
        """Take in one row of the record, in order."""
        walked = self._walk.take(row)
        if walked is not None:
            self._take(walked)

    def finish(self) -> Replayed:
        """Return what was found."""
        self._found.sha256 = self._digest.hexdigest()
        self._found.skipped_ticks = self._walk.skipped_ticks
        ours = program.sha256().hex()
        others = [began for began in self._walk.begun if began.program_sha256 != ours]
        if others:
            self._found.other_version, self._found.other_program = others[-1].program_version, others[-1].program_sha256
        return self._found

    def _take(self, walked: Walked) -> None:
        found, row, state = self._found, walked.row, self._walk.state
        for body in walked.recomputed:
            self._digest.update(len(body).to_bytes(8, "big") + body)
        for index, old, new in walked.differing():
            self._differ(row, index, old, new)
        found.conclusions += len(walked.recomputed)
        found.facts += walked.facts
        found.ticks += 1
        found.from_ns = found.from_ns or row.now_ns
        found.to_ns = row.now_ns
        if row.state_sha256 is None or state is None:
            return
        if hashlib.sha256(to_bytes(state)).digest() != row.state_sha256:
            self._differ(row, len(walked.recomputed), None, None)

    def _differ(self, row: TickRow, index: int, old: bytes | None, new: bytes | None) -> None:
        self._found.differing += 1
        if self._found.first is None:
            recorded = None if old is None else codec.decode_trusted(old)
            recomputed = None if new is None else codec.decode_trusted(new)
            self._found.first = Difference(row.tick, index, recorded, recomputed)


def other_program(found: Replayed) -> str:
    """Return in words which program reproduces a record that another one wrote."""
    if found.other_version != skykeep.__version__:
        return f"pip install skykeep=={found.other_version}  (this is {skykeep.__version__})"
    return (
        f"calls itself {found.other_version} as this one does, and is another: its hash is {found.other_program}, "
        f"here it is {program.sha256().hex()}"
    )
