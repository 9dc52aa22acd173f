"""Retention: what is past its time is destroyed, a stretch at a time; hashes and proofs of the rest stay.

What goes, after `ordinary_h`: raw frames, what sensors observed, and the states kept before it, of every stretch in
which no flight of an open or unreleased incident lies. After `names_h`: personal values that neither such an incident,
nor an act, nor the law needs. What never goes: law, acts, health, claims, conclusions. The trail of each erasure goes
into the record before it is done (`ActDone`, "record.erase", no person).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from skykeep.errors import Unavailable
from skykeep.facts import codec
from skykeep.facts.acted import ActDone
from skykeep.facts.codec import Fact
from skykeep.facts.observed import Heard
from skykeep.facts.personal import Name
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.rules.powers import Role
from skykeep.station.keeping.config import RetentionConfig
from skykeep.station.keeping.stretches import Memory, Stretch, pseudonyms_in
from skykeep.station.store import Store

ROWS_AT_ONCE = 256
_HOUR_NS = 3_600 * 10**9

Place = tuple[int, int]
"""Entry and leaf."""


class Erased(msgspec.Struct, frozen=True):
    """What one step destroyed."""

    rule: str  # "ordinary": facts, frames and all; "names": personal values alone
    first: int  # entry
    stop: int
    leaves: int
    bytes: int  # of their bodies

    def trail(self, now_ns: int) -> ActDone:
        """Return the act as it stands in the record."""
        what = f"policy:{self.rule} entries:{self.first}-{self.stop - 1} leaves:{self.leaves} bytes:{self.bytes}"
        return ActDone(
            action="record.erase", role=Role.ADMIN.value, person="", subject=what, incident_id=None, reason="",
            before_sha256=None, after_sha256=None, t_ns=now_ns,
        )  # fmt: skip


class Retention:
    """Looks after one record; `steps` does one small thing after another, so that whoever calls it sets the pace."""

    def __init__(
        self,
        store: Store,
        config: RetentionConfig,
        memory_file: Path,
        *,
        forget: Callable[[frozenset[str]], None] = lambda _pseudonyms: None,
        enact: Callable[[Sequence[Fact]], None] = lambda _facts: None,
    ) -> None:
        """`forget` is told pseudonyms whose values went; `enact` puts the trail into the record."""
        self._store, self._config, self._file = store, config, memory_file
        self._forget, self._enact = forget, enact
        self._memory = _read_memory(memory_file, store.meta.get("record_id", ""), store.entries_count)
        self._unfinished = False  # something was erased of which the database's log may still hold a copy
        self._mentioned: dict[int, frozenset[str]] = {}  # pseudonyms in a stretch that an incident needs, by its entry

    def steps(self, now_ns: int) -> Iterator[Erased | None]:
        """Do what is due by now; None: a step that erased nothing. Raises Unavailable where the disk holds it up."""
        if self._unfinished:
            self._destroy([], set())
        for _ in self._scan():
            yield None
        needed = self._memory.needed(now_ns, self._config.incidents_days, int(self._config.around_s * 1e9))
        names = self._needed_names(needed)
        for stretch in self._memory.stretches:
            if not _overlaps(stretch, needed):
                yield self._erase_due(stretch, names, now_ns)
        yield self._erase_names_left(names, now_ns)
        longest_ns = int(max(self._config.ordinary_h, self._config.names_h) * _HOUR_NS + self._config.around_s * 2e9)
        self._memory.drop(now_ns - longest_ns, now_ns, self._config.incidents_days)
        _write_memory(self._file, self._memory)

    def _scan(self) -> Iterator[None]:
        for count, row in enumerate(self._store.rows(self._memory.scanned)):
            self._memory.take(row)
            if count % ROWS_AT_ONCE == 0:
                yield

    def _needed_names(self, needed: list[tuple[int, int]]) -> frozenset[str]:
        """Return the pseudonyms that stand in any stretch of an incident, also in the one that goes on."""
        memory, names = self._memory, set(self._memory.said)
        kept: dict[int, frozenset[str]] = {}
        for stretch in [*memory.stretches, *([memory.open] if memory.open else [])]:
            if _overlaps(stretch, needed):
                found = self._mentioned.get(stretch.first) if stretch is not memory.open else None
                found = self._pseudonyms(stretch) if found is None else found
                names |= found
                if stretch is not memory.open:
                    kept[stretch.first] = found
        self._mentioned = kept
        return frozenset(names)

    def _pseudonyms(self, stretch: Stretch) -> frozenset[str]:
        found = set[str]()
        for row in self._store.rows(stretch.first, stretch.stop):
            for leaf in row.leaves:
                if leaf.kind in {LeafKind.FACT, LeafKind.CONCLUSION} and leaf.body is not None:
                    found |= pseudonyms_in(leaf.body)
        return frozenset(found)

    def _erase_due(self, stretch: Stretch, names: frozenset[str], now_ns: int) -> Erased | None:
        """Erase of one stretch what is past its time."""
        age_ns = now_ns - stretch.to_ns
        facts = not stretch.facts_gone and age_ns > self._config.ordinary_h * _HOUR_NS
        persons = not stretch.names_gone and age_ns > self._config.names_h * _HOUR_NS
        if not facts and not persons:
            return None
        chosen, gone, size = self._choose(stretch, names, facts=facts, persons=persons)
        rule = "ordinary" if facts else "names"
        erased = self._tell(Erased(rule, stretch.first, stretch.stop, len(chosen), size), now_ns)
        if chosen:
            self._destroy(chosen, gone)
        if facts and stretch.state_before is not None and not self._begins_another(stretch):
            self._store.erase_snapshot(bytes.fromhex(stretch.state_before))
        stretch.facts_gone, stretch.names_gone = stretch.facts_gone or facts, stretch.names_gone or persons
        return erased

    def _begins_another(self, stretch: Stretch) -> bool:
        """Whether the state before a stretch is that before another one too, which is not erased."""
        memory = self._memory
        others = [each.state_before for each in memory.stretches if each is not stretch and not each.facts_gone]
        return stretch.state_before in {*others, memory.state_sha256}

    def _choose(
        self, stretch: Stretch, names: frozenset[str], *, facts: bool, persons: bool
    ) -> tuple[list[Place], set[str], int]:
        """Return the leaves to go, the pseudonyms whose values are among them, and how many bytes all that is."""
        chosen: list[Place] = []
        gone, size = set[str](), 0
        for row in self._store.rows(stretch.first, stretch.stop):
            for index, leaf in enumerate(row.leaves):
                if leaf.body is None:
                    continue
                if leaf.kind == LeafKind.NAME and persons:
                    pseudonym = _pseudonym_of(leaf)
                    if pseudonym in names:
                        self._leave((row.entry_index, index, pseudonym))
                        continue
                    gone.add(pseudonym)
                elif not (facts and _is_heard(leaf)):
                    continue
                chosen.append((row.entry_index, index))
                size += len(leaf.body)
        return chosen, gone, size

    def _leave(self, name: tuple[int, int, str]) -> None:
        """Remember a name that somebody needs in a stretch of which the rest goes."""
        if name[2] not in self._memory.said and name not in self._memory.names_left:
            self._memory.names_left.append(name)

    def _erase_names_left(self, names: frozenset[str], now_ns: int) -> Erased | None:
        """Erase the personal values that an incident had needed and none does any more."""
        free = [each for each in self._memory.names_left if each[2] not in names]
        if not free:
            return None
        entries = [entry for entry, _, _ in free]
        erased = self._tell(Erased("names", min(entries), max(entries) + 1, len(free), 0), now_ns)
        self._destroy([(entry, leaf) for entry, leaf, _ in free], {pseudonym for _, _, pseudonym in free})
        self._memory.names_left = [each for each in self._memory.names_left if each[2] in names]
        return erased

    def _destroy(self, chosen: list[Place], gone: set[str]) -> None:
        """Destroy leaves; the names among them are to be recorded again whenever they are heard again."""
        self._forget(frozenset(gone))
        self._unfinished = True
        self._store.erase(chosen)
        self._unfinished = False

    def _tell(self, erased: Erased, now_ns: int) -> Erased | None:
        if erased.leaves == 0:
            return None
        self._enact([erased.trail(now_ns)])
        return erased


def _overlaps(stretch: Stretch, times: list[tuple[int, int]]) -> bool:
    return any(first <= stretch.to_ns and stretch.from_ns <= last for first, last in times)


def _is_heard(leaf: Leaf) -> bool:
    """Whether a leaf is what a sensor heard: a frame, or a fact read from one."""
    if leaf.kind == LeafKind.FRAME:
        return True
    return leaf.kind == LeafKind.FACT and isinstance(codec.decode_trusted(leaf.body or b""), Heard)


def _pseudonym_of(leaf: Leaf) -> str:
    name = codec.decode_trusted(leaf.body or b"")
    return name.pseudonym if isinstance(name, Name) else ""


def _read_memory(file: Path, record_id: str, entries: int) -> Memory:
    """Return what was remembered of this record; nothing where that is not there, or ahead of the record."""
    try:
        memory = msgspec.msgpack.decode(file.read_bytes(), type=Memory)
    except (OSError, msgspec.MsgspecError):
        return Memory(record_id)
    return memory if memory.record_id == record_id and memory.scanned <= entries else Memory(record_id)


def _write_memory(file: Path, memory: Memory) -> None:
    whole = file.with_name(f"{file.name}.new")
    try:
        whole.write_bytes(msgspec.msgpack.encode(memory))
        whole.replace(file)
    except OSError as error:
        raise Unavailable(f"{file} cannot be written: {error.strerror}") from error
