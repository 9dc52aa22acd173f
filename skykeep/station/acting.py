"""A record of what people do: each act is one tick, durable and sealed before it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import skykeep
from skykeep.facts import codec
from skykeep.facts.codec import Fact
from skykeep.facts.enacted import Began
from skykeep.facts.frame import Frame
from skykeep.facts.personal import KeyedNames, Name
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.note import Signer
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station import program, pseudonymkey
from skykeep.station.keys import Keys
from skykeep.station.rotating import Pen
from skykeep.station.settings import Settings
from skykeep.station.store import Store


class Acting:
    """The pen of one record: gives pseudonyms, and appends acts."""

    def __init__(self, store: Store, keys: Keys) -> None:
        """Open for acts; raises Refused where the record was sealed with another key, before anything is written."""
        self._store = store
        self._pen = Pen(store, keys)
        self.signer = self._pen.signer
        self._pseudonym_key = pseudonymkey.of(store, keys)

    def fresh_names(self, known: Iterable[str]) -> KeyedNames:
        """Return pseudonyms for one act: what is refused after all leaves no name behind."""
        names = KeyedNames(self._pseudonym_key)
        for pseudonym in known:
            names.mark_recorded(pseudonym)
        return names

    def append(
        self, tick: int, at_ns: int, facts: Sequence[Fact], *, frames: Sequence[Frame] = (), names: Sequence[Name] = ()
    ) -> int:
        """Add one tick, wait until it is durable, seal it; returns the index of its entry."""
        leaves = [Leaf(LeafKind.FRAME, codec.encode(frame)) for frame in frames]
        leaves += [Leaf(LeafKind.NAME, codec.encode(name)) for name in names]
        leaves += [Leaf(LeafKind.FACT, codec.encode(fact)) for fact in facts]
        settings, build = Settings().sha256(), program.sha256()
        index = self._store.append(EntryKind.TICK, tick, at_ns, leaves, settings, build)
        self._store.wait_durable(index + 1)
        self._pen.seal()
        return index


def found(path: Path, keys: Keys, at_ns: int, *, record_id: str, opened: Callable[[Signer], Fact] | None = None) -> str:
    """Make a record for acts, and the keys that are not there; `opened`: what stands in its first tick, by its signer.

    Returns the key that proves it.
    """
    meta, settings = keys.begun(record_id), Settings()
    signer = keys.signer(record_id)
    began = Began(
        record_id=record_id, program_version=skykeep.__version__, program_sha256=program.sha256().hex(),
        settings=settings.canonical(), settings_sha256=settings.sha256().hex(), inputs=(), resumed_after_tick=None,
    )  # fmt: skip
    ticks: list[tuple[EntryKind, Fact]] = [(EntryKind.BEGAN, began)]
    if opened is not None:
        ticks.append((EntryKind.TICK, opened(signer)))
    with Store.create(path, meta=meta) as store:
        for tick, (kind, fact) in enumerate(ticks):
            leaves = [Leaf(LeafKind.FACT, codec.encode(fact))]
            store.append(kind, tick, at_ns, leaves, settings.sha256(), program.sha256())
        store.wait_durable(len(ticks))
        store.seal(signer)
    return signer.verifier.vkey
