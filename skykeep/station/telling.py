"""Which leaves of a tick views are made of: the same for what goes over the link and what is read in the record.

names          all
facts          what the authority enacted, less grids and sky; what people did, and health; drones that people report;
Remote ID System messages that move an operator's place
conclusions    all
"""

from __future__ import annotations

from collections.abc import Iterable

from skykeep.facts import codec
from skykeep.facts.observed import SystemHeard
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station.link import Ticked
from skykeep.station.store import TickRow
from skykeep.views.liveplaces import PlaceMoves

_HEAD = 24  # bytes in which a fact's tag begins: an array's head, a text's head, the tag
_NOT_SHOWN = (b"enacted.surface/", b"enacted.bodies/", b"enacted.pressure/", b"enacted.object/", b"enacted.finished/")
_BEGINS = b"enacted.began/"


class Telling:
    """Selects tick by tick, in the order of the record; one for each run of the station, and one for each reader."""

    def __init__(self) -> None:
        self._moves = PlaceMoves()

    def ticked(self, entry_index: int, tick: int, now_ns: int, leaves: Iterable[Leaf]) -> Ticked:
        """Return what is told of a tick; leaves whose bodies were erased are passed over."""
        names: list[bytes] = []
        facts: list[tuple[int, bytes]] = []
        concluded: list[bytes] = []
        index = -1
        for kind, body, _salt in leaves:
            index += kind == LeafKind.FACT
            if body is None:
                continue
            if kind == LeafKind.FACT:
                if self._shown(body):
                    facts.append((index, body))
            elif kind == LeafKind.CONCLUSION:
                concluded.append(body)
            elif kind == LeafKind.NAME:
                names.append(body)
        return Ticked(entry_index, tick, now_ns, names, facts, concluded)

    def row(self, row: TickRow) -> Ticked:
        """Return what is told of a tick that was read in the record."""
        return self.ticked(row.entry_index, row.tick, row.now_ns, row.leaves)

    def _shown(self, body: bytes) -> bool:
        head = body[:_HEAD]
        if b"observed." in head:
            return b"observed.system/" in head and self._moved(body)
        if b"enacted." in head:
            if _BEGINS in head:
                self._moves.begin()
            return not any(tag in head for tag in _NOT_SHOWN)
        return b"acted." in head or b"claimed.sighting/" in head

    def _moved(self, body: bytes) -> bool:
        fact = codec.decode_trusted(body)
        return isinstance(fact, SystemHeard) and self._moves.moves(fact)
