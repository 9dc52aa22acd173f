"""Ticks of `tests.views.livefacts` put into a record."""

from __future__ import annotations

from skykeep.facts import codec
from skykeep.facts.personal import Name
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station.store import Store
from tests.views.livefacts import Ticks


def leaves(names: list[Name], facts: list[tuple[int, object]], told: list[object]) -> list[Leaf]:
    """Return the leaves of a tick."""
    return [
        *(Leaf(LeafKind.NAME, codec.encode(name)) for name in names),
        *(Leaf(LeafKind.FACT, codec.encode(fact)) for _, fact in facts),  # type: ignore[arg-type]  # they are facts
        *(Leaf(LeafKind.CONCLUSION, codec.encode(each)) for each in told),  # type: ignore[arg-type]  # so are they
    ]


def appended(store: Store, ticks: Ticks) -> None:
    """Append ticks and wait until they are durable."""
    for at, names, facts, told in ticks:
        store.append(2 if at.tick else 1, at.tick, at.now_ns, leaves(names, facts, told), bytes(32), bytes(32))
    store.wait_durable(ticks[-1][0].entry_index + 1)
