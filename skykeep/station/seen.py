"""The rows of a store as the ticks that views fold; what was erased is None, so that indices stay true."""

from __future__ import annotations

from collections.abc import Iterator

from skykeep.facts import codec
from skykeep.facts.personal import Name
from skykeep.ledger.tick import LeafKind
from skykeep.station.store import Store, TickRow
from skykeep.views.picture import SeenTick


def seen(store: Store, start: int = 0) -> Iterator[SeenTick]:
    """Yield the ticks of a record from entry `start` on, as they are durable."""
    return (seen_tick(row) for row in store.rows(start))


def seen_tick(row: TickRow) -> SeenTick:
    """Return one row as a view sees it."""
    names = _decoded(row, LeafKind.NAME)
    return SeenTick(
        tick=row.tick,
        now_ns=row.now_ns,
        names=tuple(name for name in names if isinstance(name, Name)),
        facts=_decoded(row, LeafKind.FACT),
        concluded=_decoded(row, LeafKind.CONCLUSION),
    )


def _decoded(row: TickRow, kind: LeafKind) -> tuple[object, ...]:
    return tuple(
        None if leaf.body is None else codec.decode_trusted(leaf.body) for leaf in row.leaves if leaf.kind == kind
    )
