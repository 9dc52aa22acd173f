"""Growing a tiled log, whoever keeps the files.

Order of writing, so that a crash at any moment leaves a checkpoint with all its tiles: full tiles and bundles
(`append`), partial ones (`finish`), then by the caller the checkpoint that needs them, and only then may the
partial files go that a full one replaced (`replaced`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from skykeep.ledger import tiles
from skykeep.ledger.tiles import ENTRIES, WIDTH, Edge, Tile
from skykeep.ledger.tree import leaf_hash

WriteFile = Callable[[str, bytes], None]
"""A path below the log's prefix, and the bytes that are durable under that name when this returns."""


class LogWriter:
    """Appends entries to a tiled log; begin with `resume`."""

    def __init__(self, write: WriteFile, edge: Edge | None = None, bundle: Iterable[bytes] = ()) -> None:
        """`bundle`: the entries of the unfinished bundle at the edge's size."""
        self.edge = edge or Edge()
        self._write = write
        self._bundle = list(bundle)
        self._replaced: list[Tile] = []

    @classmethod
    def resume(cls, size: int, read: tiles.ReadFile, write: WriteFile) -> LogWriter:
        """Go on after `size` entries; the caller compares `edge.root()` with the checkpoint of that size."""
        n, width = divmod(size, WIDTH)
        bundle = tiles.read_entries(Tile(ENTRIES, n, width), read) if width else []
        return cls(write, Edge.read(size, read), bundle)

    def append(self, entry: bytes) -> None:
        """Add one entry; full tiles and bundles are written at once."""
        if len(entry) > tiles.ENTRY_SIZE_MAX:
            raise ValueError(f"an entry has at most {tiles.ENTRY_SIZE_MAX} bytes, this one has {len(entry)}")
        self._bundle.append(entry)
        full = self.edge.append(leaf_hash(entry))
        if len(self._bundle) == WIDTH:
            full.append((Tile(ENTRIES, self.edge.size // WIDTH - 1), tiles.pack_bundle(self._bundle)))
            self._bundle = []
        for tile, data in full:
            self._write(tile.path, data)
            self._replaced.append(tile)

    def finish(self) -> None:
        """Write the partial tiles and the partial bundle of the size reached."""
        for tile, data in self.edge.partials():
            self._write(tile.path, data)
        if self._bundle:
            tile = Tile(ENTRIES, self.edge.size // WIDTH, len(self._bundle))
            self._write(tile.path, tiles.pack_bundle(self._bundle))

    def replaced(self) -> list[Tile]:
        """Tiles that became full since this was asked last: their partial files may go."""
        replaced, self._replaced = self._replaced, []
        return replaced
