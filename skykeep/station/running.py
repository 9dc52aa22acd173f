"""A record that is lived: begun anew or gone on with where it ended, then stepped tick by tick as the world goes on."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import skykeep
from skykeep.errors import Corrupt
from skykeep.facts import codec
from skykeep.facts.codec import Fact
from skykeep.facts.enacted import Began, Enacted
from skykeep.facts.frame import Frame
from skykeep.facts.personal import KeyedNames, Name
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station import program, pseudonymkey
from skykeep.station.database import DATABASE
from skykeep.station.inputs import Arrived
from skykeep.station.keys import Keys
from skykeep.station.recorder import Entry
from skykeep.station.rotating import Pen, leaves
from skykeep.station.run import leaves_of
from skykeep.station.settings import Settings
from skykeep.station.store import Store, TickRow
from skykeep.station.ticks import Gathered, Gatherer
from skykeep.station.walk import Walk, anew, resettled
from skykeep.watch.snapshot import from_bytes, to_bytes
from skykeep.watch.state import State
from skykeep.watch.step import Tick, next_due_ns, step

Note = Callable[[str], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Stepped:
    """One tick after its step: what the record is to hold of it."""

    tick: int
    now_ns: int
    frames: list[Frame]
    names: list[Name]
    facts: list[Fact]
    concluded: list[Fact]

    def leaves(self) -> list[Leaf]:
        """Return the tick as leaves, in the order of the record."""
        return [
            *leaves_of(LeafKind.FRAME, self.frames),
            *leaves_of(LeafKind.NAME, self.names),
            *leaves_of(LeafKind.FACT, self.facts),
            *leaves_of(LeafKind.CONCLUSION, self.concluded),
        ]


def opened(path: Path, keys: Keys, on_durable: Callable[[int], None], note: Note) -> Store:
    """Open a station's record for writing; where there is none yet, make it, and the keys that are not there."""
    if (path / DATABASE).exists():
        return Store.open(path, on_durable=on_durable)
    note(f"a new record begins in {path}")
    return Store.create(path, meta=keys.begun(secrets.token_hex(8)), on_durable=on_durable)


class Running:
    """The watch over one record: steps ticks, and keeps what the next one needs."""

    def __init__(self, store: Store, keys: Keys, settings: Settings, note: Note, *, simulated: frozenset[str]) -> None:
        """Bring the state to where the record ends; raises Refused where it was written with other keys."""
        self.record_id = store.meta["record_id"]
        self.settings = settings
        self.pen = Pen(store, keys)
        self.pseudonym_key = pseudonymkey.of(store, keys)
        self.names = KeyedNames(self.pseudonym_key)
        self.settings_sha256, self.program_sha256 = settings.sha256(), program.sha256()
        self.tick = 0
        self.state = State(settings.watch)
        self.resumed_after_tick: int | None = None
        self.behind = 0  # ticks between the last state that was kept and where the record ended
        if store.entries_count:
            self._resume(store, note)
        declared = frozenset(self.state.sensors.ids)
        self.gatherer = Gatherer(settings, self.names, simulated, declared)

    # ---- where it ended -----------------------------------------------------------------------------

    def _resume(self, store: Store, note: Note) -> None:
        last = store.row(store.entries_count - 1)
        walk, first = self._from_snapshot(store, note) or (Walk(store), 0)
        self.behind = count = store.entries_count - first
        if count > MANY_TICKS:
            note(f"the watch goes through {count:,} ticks once more to be where it was; it sees nothing new meanwhile")
        for row in store.rows(first):
            walk.take(row)
        self.tick = self.resumed_after_tick = last.tick
        if walk.state is None:  # erased up to the end: the law is known still, the tracks are not
            note("facts up to the end of the record are erased: tracks begin anew, the law goes on")
            walk.state = self._law_alone(store)
        self.state = resettled(walk.state, self.settings.watch)

    def _from_snapshot(self, store: Store, note: Note) -> tuple[Walk, int] | None:
        """Return a walk that stands at the last state that was kept, and the entry after it."""
        for index in range(store.entries_count - 1, -1, -1):
            row = store.row(index)
            if row.state_sha256 is None:
                continue
            kept = store.get_snapshot(row.state_sha256)
            if kept is None:
                continue
            try:
                walk = Walk(store)
                walk.state = from_bytes(kept)
            except Corrupt as error:
                note(f"a state that another version kept cannot be read ({error}); the whole record is gone through")
                return None
            return walk, index + 1
        return None

    def _law_alone(self, store: Store) -> State:
        state = State(self.settings.watch)
        facts = [fact for row in store.rows() for fact in _acts(row)]
        state, _ = step(state, Tick(self.tick, 1, facts))
        return state

    # ---- a tick -------------------------------------------------------------------------------------

    def began(self, inputs: Sequence[tuple[str, str]]) -> Entry:
        """Return the entry with which this run of the program begins in the record."""
        began = Began(
            record_id=self.record_id,
            program_version=skykeep.__version__,
            program_sha256=self.program_sha256.hex(),
            settings=self.settings.canonical(),
            settings_sha256=self.settings_sha256.hex(),
            inputs=tuple(sorted(inputs)),
            resumed_after_tick=self.resumed_after_tick,
        )
        return self._entry(EntryKind.BEGAN, self.state.now_ns, [Leaf(LeafKind.FACT, codec.encode(began))])

    def rotated(self, t_ns: int) -> Entry | None:
        """Return the entry of a rotation of the record's key, where one is asked for; sealing then hands over."""
        fact = self.pen.due(t_ns)
        return None if fact is None else self._entry(EntryKind.ROTATED, self.state.now_ns, leaves(fact))

    def due(self, now_ns: int) -> bool:
        """Whether something falls due by then though nothing was heard."""
        return next_due_ns(self.state) <= now_ns

    def gather(self, now_ns: int, arrivals: Iterable[Arrived], acts: Iterable[Fact]) -> Gathered:
        """Read what arrived, into what the next tick is to hold."""
        return self.gatherer.gather(now_ns, arrivals, acts)

    def step(self, gathered: Gathered, *, always: bool = False) -> Stepped | None:
        """Take a tick in; None where it is silent and nothing was due: then it is not written, unless `always`.

        Whatever this raises, the state is spoilt then: `rebuild` it before anything else is stepped.
        """
        if not always and not gathered.facts and not self.due(gathered.now_ns):
            return None
        self.tick += 1
        self.state, concluded = step(self.state, Tick(self.tick, gathered.now_ns, gathered.facts))
        return Stepped(self.tick, gathered.now_ns, gathered.frames, gathered.names, gathered.facts, list(concluded))

    def fault(self, now_ns: int, facts: Sequence[Fact]) -> Exception | None:
        """Try to step facts on a copy of the state; return what that raises, or None."""
        try:
            step(self.state.copy(), Tick(self.tick + 1, now_ns, facts))
        except MemoryError:  # says nothing of the facts
            raise
        except Exception as error:  # noqa: BLE001  # a mistake of ours, of any kind: that is what is looked for
            return error
        return None

    def rebuild(self, store: Store, note: Note) -> None:
        """Bring the state to where the record ends once more; nothing may wait to be written."""
        self.state = State(self.settings.watch)
        self._resume(store, note)

    def begin_anew(self) -> None:
        """Let go of the tracks, which the watch cannot take further; the law and the open alarms stay."""
        self.state = anew(self.state)
        self.resumed_after_tick = None

    def entry(self, stepped: Stepped, *, snapshot: bool = False) -> Entry:
        """Return a stepped tick as it goes to the record."""
        entry = self._entry(EntryKind.TICK, stepped.now_ns, stepped.leaves(), tick=stepped.tick)
        if snapshot:
            entry.snapshot = to_bytes(self.state)
        return entry

    def _entry(self, kind: EntryKind, now_ns: int, leaves: list[Leaf], tick: int | None = None) -> Entry:
        at = self.tick if tick is None else tick
        return Entry(kind, at, now_ns, leaves, self.settings_sha256, self.program_sha256)


MANY_TICKS = 3_000


def _acts(row: TickRow) -> list[Enacted]:
    """Return what a tick enacted, as far as it is not erased."""
    bodies = [leaf.body for leaf in row.leaves if leaf.kind == LeafKind.FACT and leaf.body is not None]
    return [fact for fact in map(codec.decode_trusted, bodies) if isinstance(fact, Enacted)]
