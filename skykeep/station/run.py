"""The main job: inputs in, ticks through the watch, everything into a record; begun anew or continued."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

import skykeep
from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.codec import Fact
from skykeep.facts.enacted import Began, Finished
from skykeep.facts.personal import KeyedNames, Name
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station import almanac, heights, program, pseudonymkey, sensorfile
from skykeep.station import law as given_law
from skykeep.station.database import DATABASE, unavailable_on_io
from skykeep.station.inputs import Arrived, Source, merged, require_readable
from skykeep.station.keys import Keys
from skykeep.station.rotating import Pen
from skykeep.station.settings import Settings
from skykeep.station.store import Store, TickRow
from skykeep.station.ticks import Gathered, Gatherer
from skykeep.watch.snapshot import to_bytes
from skykeep.watch.state import State
from skykeep.watch.step import Tick, next_due_ns, step


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """What a run is asked to do."""

    record: Path
    sources: tuple[Source, ...]
    zones: tuple[Path, ...] = ()
    permits: tuple[Path, ...] = ()
    terrain: tuple[Path, ...] = ()
    simulated: frozenset[str] = frozenset()  # sensor ids whose flights are invented
    settings: Settings = dataclasses.field(default_factory=Settings)
    record_id: str | None = None  # None: a random one
    offices: tuple[Path, ...] = ()  # records of permit offices, whose permits hold
    sensors: tuple[Path, ...] = ()  # sensor files


@dataclasses.dataclass(slots=True)
class Watching:
    """Progress to whoever looks on."""

    read_bytes: Callable[[int], None] = lambda _n: None
    durable: Callable[[int], None] = lambda _n: None  # called with the number of durable entries
    note: Callable[[str], None] = lambda _text: None
    tick: Callable[[], None] = lambda: None  # called before each tick; what it raises ends the run there


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """What a run did."""

    record_id: str
    vkey: str
    entries: int
    frames: int
    not_ours: int
    faults: tuple[str, ...]
    already_complete: bool
    resumed_after_tick: int | None


def run(job: Job, keys: Keys, watching: Watching) -> Done:
    """Run the main job into `job.record`; continues a record only of the same inputs and settings, else Refused.

    Nothing is made on disk before everything named could be read.
    """
    for source in job.sources:
        require_readable(source)
    with unavailable_on_io(job.record):
        is_there = (job.record / DATABASE).exists()
    if is_there:
        with Store.open(job.record, on_durable=watching.durable) as store:
            going = _Run(job, keys, watching, store.meta["record_id"], pseudonymkey.of(store, keys))
            return going.go_on(store)
    meta = keys.begun(job.record_id or secrets.token_hex(8))
    going = _Run(job, keys, watching, meta["record_id"], keys.pseudonym_key(meta["record_id"]))
    arrivals = going.arrivals()
    with Store.create(job.record, meta=meta, on_durable=watching.durable) as store:
        return going.begin(store, arrivals)


class _Run:
    """One run into one store."""

    _store: Store

    def __init__(self, job: Job, keys: Keys, watching: Watching, record_id: str, pseudonym_key: bytes) -> None:
        self._job, self._watching, self.record_id = job, watching, record_id
        self._keys, self._signer = keys, keys.signer(record_id)
        self._names, self._asked = KeyedNames(pseudonym_key), KeyedNames(pseudonym_key)
        self._law = given_law.load(job.zones, job.permits, self._names, job.offices)
        self._levels = heights.over_law(self._law.volumes(), job.terrain, sigma_m=job.settings.terrain_sigma_m)
        self._settings_sha256, self._program_sha256 = job.settings.sha256(), program.sha256()
        self._sensors = sensorfile.load_all(job.sensors, job.terrain, job.simulated)
        simulated = job.simulated | self._sensors.simulated()
        self._gatherer = Gatherer(job.settings, self._names, simulated, self._sensors.sensor_ids())
        self._state = State(job.settings.watch)
        self._tick = 0
        self._snapshot_due_ns = 0
        for text in (*self._law.refused, *self._law.doubts, *self._levels.notes, *self._sensors.notes):
            watching.note(f"warning: {text}")

    def arrivals(self) -> Iterator[Arrived]:
        """Return all frames in order; raises Refused where there is none."""
        window_ns = int(self._job.settings.reorder_window_s * 1e9)
        arrivals = merged(self._job.sources, window_ns, self._watching.read_bytes, self._watching.note)
        first = next(arrivals, None)
        if first is None:
            raise Refused("there is not one frame in the inputs")
        return itertools.chain([first], arrivals)

    def begin(self, store: Store, arrivals: Iterator[Arrived]) -> Done:
        """Go through all inputs into a new record, and seal it."""
        self._store = store
        self._begin(None)
        self._watch(arrivals, None)
        return self._done(complete=False, resumed_after_tick=None)

    def go_on(self, store: Store) -> Done:
        """Go on where a record ends, and seal it; adds nothing to one that is complete."""
        self._store = store
        if self._job.record_id not in {None, self.record_id}:
            named = f"{self.record_id}, not {self._job.record_id}"
            raise Refused(f"{self._job.record} is named {named}; name another place with --record")
        earlier = deque(self._earlier())
        self._signer = Pen(store, self._keys).signer
        complete, after = self._finished, self._tick
        if not complete and store.entries_count == 0:
            return self.begin(store, self.arrivals())
        if not complete:
            self._watch(self.arrivals(), deque(heard for heard in earlier if heard != NOTHING_HEARD))
        return self._done(complete=complete, resumed_after_tick=after)

    def _done(self, *, complete: bool, resumed_after_tick: int | None) -> Done:
        self._store.wait_durable(self._store.entries_count)
        self._store.seal(self._signer)
        return Done(
            record_id=self.record_id,
            vkey=self._signer.verifier.vkey,
            entries=self._store.entries_count,
            frames=self._gatherer.frames,
            not_ours=self._gatherer.not_ours,
            faults=tuple(self._gatherer.faults),
            already_complete=complete,
            resumed_after_tick=resumed_after_tick,
        )

    def _began(self, resumed_after_tick: int | None) -> Began:
        inputs = [(source.told, source.sha256) for source in self._job.sources]
        inputs += [*self._law.sha256s, *self._levels.sha256s, *self._sensors.sha256s]
        inputs += almanac.sha256s(self._sensors.facts)
        return Began(
            record_id=self.record_id,
            program_version=skykeep.__version__,
            program_sha256=self._program_sha256.hex(),
            settings=self._job.settings.canonical(),
            settings_sha256=self._settings_sha256.hex(),
            inputs=tuple(sorted([*inputs, *(("simulated", sensor) for sensor in sorted(self._job.simulated))])),
            resumed_after_tick=resumed_after_tick,
        )

    def _begin(self, resumed_after_tick: int | None) -> None:
        leaf = Leaf(LeafKind.FACT, codec.encode(self._began(resumed_after_tick)))
        self._append(EntryKind.BEGAN, self._state.now_ns, [leaf])

    def _append(self, kind: EntryKind, now_ns: int, leaves: list[Leaf], state_sha256: bytes | None = None) -> None:
        self._store.append(kind, self._tick, now_ns, leaves, self._settings_sha256, self._program_sha256, state_sha256)

    # Continuing

    def _earlier(self) -> Iterator[bytes]:
        """Bring the state to where the record ends; yield the hash of each tick's facts, to compare."""
        self._finished = False
        for row in self._store.rows():
            if row.kind == EntryKind.BEGAN:
                self._require_same(row)
            if row.kind != EntryKind.TICK:
                continue
            facts = codec.decode_all_trusted(bodies(row, LeafKind.FACT))
            for body in bodies(row, LeafKind.NAME):
                name = codec.decode_trusted(body)
                if isinstance(name, Name):
                    self._require_same_keys(name)
                    self._names.mark_recorded(name.pseudonym)
            self._finished = any(isinstance(fact, Finished) for fact in facts)
            self._tick = row.tick
            self._state, _ = step(self._state, Tick(row.tick, row.now_ns, facts))
            self._keep_snapshot_time(row.now_ns)
            yield facts_sha256(bodies(row, LeafKind.FACT))

    def _require_same(self, row: TickRow) -> None:
        (body,) = bodies(row, LeafKind.FACT)
        before = codec.decode_trusted(body)
        now = self._began(None)
        if not isinstance(before, Began):
            raise Refused(f"{self._job.record}: its first entry is no beginning; choose another place")
        if other := _otherwise(before, now):
            raise Refused(f"{self._job.record} holds a run with other {other}; name another place with --record")

    def _require_same_keys(self, name: Name) -> None:
        if self._asked.pseudonym(name.kind, name.value) != name.pseudonym:
            raise Refused(f"{self._job.record} was written with other keys: name their directory with --keys")

    # Going on

    def _watch(self, arrivals: Iterator[Arrived], earlier: deque[bytes] | None) -> None:
        """Take in all frames; those of the ticks in `earlier` are compared only. None: a new record."""
        first = next(arrivals)
        settings, begin_ns = self._job.settings, first.t_arrival_ns
        acts = self._law.acts(begin_ns, complete=settings.law_complete)
        acts += heights.acts(self._levels, settings.qnh_hpa, begin_ns)
        acts += [(begin_ns, fact) for fact in (*self._sensors.facts, *almanac.over(self._sensors.facts, begin_ns))]
        going_on, now_ns = earlier is None, 0
        for gathered in self._gatherer.ticks(itertools.chain([first], arrivals), acts):
            self._watching.tick()
            now_ns = gathered.now_ns
            if earlier:
                self._require_heard(gathered, earlier.popleft())
                continue
            if not going_on:
                self._begin(self._tick)
                going_on = True
            self._due_before(gathered.now_ns)
            self._go_on(gathered)
        if earlier:
            raise self._other_observations()
        if not going_on:
            self._begin(self._tick)
        end = Finished(t_ns=now_ns, frames=self._gatherer.frames, frames_not_ours=self._gatherer.not_ours)
        self._go_on(Gathered(now_ns, facts=[end]), snapshot=True)

    def _require_heard(self, gathered: Gathered, before: bytes) -> None:
        if facts_sha256(codec.encode_all(gathered.facts)) != before:
            raise self._other_observations()

    def _other_observations(self) -> Refused:
        return Refused(
            f"{self._job.record} holds other observations up to tick {self._tick} than these inputs give; "
            "name another place with --record"
        )

    def _due_before(self, now_ns: int) -> None:
        """Step the silent ticks in which something falls due before the next tick that holds anything."""
        tick_ns = self._job.settings.tick_ms * 1_000_000
        while (due_ns := next_due_ns(self._state)) <= now_ns - tick_ns:
            self._go_on(Gathered((due_ns + tick_ns - 1) // tick_ns * tick_ns))

    def _go_on(self, gathered: Gathered, *, snapshot: bool = False) -> None:
        self._tick += 1
        self._state, concluded = step(self._state, Tick(self._tick, gathered.now_ns, gathered.facts))
        leaves = [
            *leaves_of(LeafKind.FRAME, gathered.frames),
            *leaves_of(LeafKind.NAME, gathered.names),
            *leaves_of(LeafKind.FACT, gathered.facts),
            *leaves_of(LeafKind.CONCLUSION, concluded),
        ]
        state_sha256 = None
        if snapshot or gathered.now_ns >= self._snapshot_due_ns > 0:
            state_sha256 = self._store.put_snapshot(to_bytes(self._state))
        self._keep_snapshot_time(gathered.now_ns)
        self._append(EntryKind.TICK, gathered.now_ns, leaves, state_sha256)

    def _keep_snapshot_time(self, now_ns: int) -> None:
        interval_ns = int(self._job.settings.snapshot_interval_s * 1e9)
        if self._snapshot_due_ns <= now_ns:
            self._snapshot_due_ns = now_ns + interval_ns


def _otherwise(before: Began, now: Began) -> str:
    """Return in words what two beginnings differ in, or ""."""
    if before.program_sha256 != now.program_sha256:
        return f"program: it was begun by version {before.program_version}, this is another ({now.program_version})"
    if before.settings != now.settings:
        return f"settings ({', '.join(_differing(before.settings, now.settings))})"
    given = {kind for kind, _ in set(before.inputs) ^ set(now.inputs)}
    words = {"zones": "zones", "permits": "permits", "simulated": "simulated sensors", "terrain": "terrain"}
    words |= {"geoid": "geoid", "office": "permits of an office", "sensors": "sensor files", "almanac": "almanac"}
    inputs = ["inputs"] if given - words.keys() else []
    return " and other ".join([*inputs, *(word for kind, word in words.items() if kind in given)])


def _differing(before: str, now: str) -> list[str]:
    """Return the names of the settings that differ between two canonical texts."""
    old, new = (msgspec.json.decode(text, type=dict[str, object]) for text in (before, now))
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def leaves_of(kind: LeafKind, facts: Iterable[Fact]) -> Iterator[Leaf]:
    """Return what the record holds of some facts, as leaves of one kind."""
    return map(Leaf, itertools.repeat(kind), codec.encode_all(facts))


def bodies(row: TickRow, kind: LeafKind) -> list[bytes]:
    """Return the bodies of one kind of leaf in a tick, those that were not erased."""
    return [leaf.body for leaf in row.leaves if leaf.kind == kind and leaf.body is not None]


def facts_sha256(facts: Iterable[bytes]) -> bytes:
    """Return a hash over the facts of a tick, to compare a run that continues with the one before it."""
    digest = hashlib.sha256()
    for body in facts:
        digest.update(len(body).to_bytes(8, "big") + body)
    return digest.digest()


NOTHING_HEARD = facts_sha256(())
