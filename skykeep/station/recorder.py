"""The station's writing side: ticks wait here until they are durable, whatever the disk does, and are then told.

The loop hands over a tick and goes on at once. Nothing is shown before it is durable, unless it waited longer than
`patience_ns`: then it is shown all the same, and everything that is shown is stamped as not recorded until the disk has
caught up. Ticks that wait are kept in memory in their order, up to `waiting_bytes_max`; beyond that the loop is told to
take nothing more in, so that feeds hold back and count what they lose.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable

from skykeep.errors import SkykeepError, Unavailable
from skykeep.ledger.tick import Leaf
from skykeep.station.store import Store

PATIENCE_NS = 1_000_000_000
WAITING_BYTES_MAX = 512 << 20
RETRY_S = 1.0


@dataclasses.dataclass(slots=True)
class Entry:
    """One tick on its way to the disk, and what is to be done once it is there."""

    kind: int
    tick: int
    now_ns: int
    leaves: list[Leaf]
    settings_sha256: bytes
    program_sha256: bytes
    snapshot: bytes | None = None  # a state to be kept with it
    then: Callable[[int, bool], None] = lambda _index, _durable: None  # (entry index, whether it is durable)
    index: int = -1
    since_ns: int = 0  # steady time when it was handed over
    told: bool = False
    bytes: int = 0


class Recorder:
    """Owns the store of a running station; all methods may be called from any thread."""

    def __init__(
        self,
        store: Store,
        *,
        patience_ns: int = PATIENCE_NS,
        waiting_bytes_max: int = WAITING_BYTES_MAX,
        steady_ns: Callable[[], int] = time.monotonic_ns,
        note: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._store, self._patience_ns, self._bytes_max = store, patience_ns, waiting_bytes_max
        self._steady_ns, self._note = steady_ns, note
        self._next_index = store.entries_count
        self._handed: deque[Entry] = deque()  # not taken by the store yet
        self._waiting: deque[Entry] = deque()  # not durable yet, in order; the handed ones too
        self._waiting_bytes = 0
        self._untold = 0  # durable, and being told just now
        self._changed = threading.Condition()
        self._telling = threading.Lock()  # entries are told in their order, whoever tells them
        self._closing = False
        self.fault = ""  # why the disk does not take anything; "" while it does
        self._writer = threading.Thread(target=self._write, name="recorder", daemon=True)
        self._teller = threading.Thread(target=self._tell, name="teller", daemon=True)
        self._writer.start()
        self._teller.start()

    # ---- the loop's side ----------------------------------------------------------------------------

    def put(self, entry: Entry) -> int:
        """Take a tick; return the index that it will have in the record. Never waits."""
        with self._changed:
            entry.index, self._next_index = self._next_index, self._next_index + 1
            entry.since_ns = self._steady_ns()
            entry.bytes = sum(len(leaf.body or b"") for leaf in entry.leaves) + len(entry.snapshot or b"")
            self._handed.append(entry)
            self._waiting.append(entry)
            self._waiting_bytes += entry.bytes
            self._changed.notify_all()
            return entry.index

    def told_undurable(self) -> list[Entry]:
        """Return the ticks that were told though they are not durable yet, in order."""
        with self._changed:
            return [entry for entry in self._waiting if entry.told]

    @property
    def full(self) -> bool:
        """Whether so much waits that nothing more may be taken in."""
        return self._waiting_bytes > self._bytes_max

    @property
    def waiting(self) -> int:
        """Ticks that are not durable, or not told, yet."""
        return len(self._waiting) + self._untold

    def late_ns(self) -> int:
        """Return for how long the oldest tick that is not durable has waited."""
        with self._changed:
            return self._steady_ns() - self._waiting[0].since_ns if self._waiting else 0

    @property
    def recorded(self) -> bool:
        """Whether everything that is shown is durable."""
        return self.late_ns() <= self._patience_ns

    def durable_now(self) -> None:
        """Say that more entries are durable; the store calls it from its writing thread."""
        with self._changed:
            self._changed.notify_all()

    def drain(self, timeout_s: float | None = None) -> bool:
        """Wait until all is durable and told; False after the timeout."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.waiting, timeout_s)

    def close(self, timeout_s: float = 10.0) -> bool:
        """Write what waits and end; False where something could not be written in time."""
        done = self.drain(timeout_s)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._teller.join(timeout_s)
        self._writer.join(timeout_s if done else 0.1)
        return done

    # ---- to the disk --------------------------------------------------------------------------------

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._handed) or self._closing, RETRY_S)
                if not self._handed and self._closing:
                    return
                entry = self._handed[0] if self._handed else None
            if entry is None:
                self._retry_if_late()
                continue
            try:
                self._append(entry)
            except Unavailable as error:
                self._fail(error)
                continue
            with self._changed:
                self._handed.popleft()

    def _append(self, entry: Entry) -> None:
        state_sha256 = None if entry.snapshot is None else self._store.put_snapshot(entry.snapshot)
        index = self._store.append(
            entry.kind, entry.tick, entry.now_ns, entry.leaves,
            entry.settings_sha256, entry.program_sha256, state_sha256,
        )  # fmt: skip
        assert index == entry.index, "the store has another writer"

    def _fail(self, error: Unavailable) -> None:
        if not self.fault:
            self._note(f"the record cannot be written: {error}")
        self.fault = str(error)
        with self._changed:
            self._changed.wait_for(lambda: self._closing, RETRY_S)
        self._retry()

    def _retry_if_late(self) -> None:
        """Ask the disk again where it failed after it had taken everything."""
        if not self.recorded:
            self._retry()

    def _retry(self) -> None:
        try:
            self._store.retry()
        except SkykeepError as error:
            self.fault = str(error)

    # ---- to people ----------------------------------------------------------------------------------

    def _tell(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._due() or self._closing, 0.1)
                if self._closing and not self._waiting:
                    return
                if self._closing and self.fault:
                    return
            self._tell_due()

    def _due(self) -> bool:
        if not self._waiting:
            return False
        first = self._waiting[0]
        return first.index < self._store.durable() or self._is_late(first)

    def _is_late(self, entry: Entry) -> bool:
        return not entry.told and self._steady_ns() - entry.since_ns > self._patience_ns

    def _tell_due(self) -> None:
        with self._telling:
            durable = self._store.durable()
            with self._changed:
                ready: list[Entry] = []
                while self._waiting and self._waiting[0].index < durable:
                    ready.append(self._waiting.popleft())
                    self._waiting_bytes -= ready[-1].bytes
                late = [entry for entry in self._waiting if self._is_late(entry)]
                if ready:
                    self.fault = "" if not self._handed else self.fault
                self._untold = len(ready)
                self._changed.notify_all()
            for entry in ready:
                entry.then(entry.index, True)
            with self._changed:
                self._untold = 0
                self._changed.notify_all()
            for entry in late:
                entry.told = True
                entry.then(entry.index, False)
