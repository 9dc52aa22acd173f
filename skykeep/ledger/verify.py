"""Verify a log: every file that the checkpoint covers, byte for byte.

Entries are hashed into tiles again, and what comes out is compared with what lies there: a changed bit in a
bundle gives other hashes, in a tile other bytes, in a checkpoint another root or a wrong signature. What lies
beyond the checkpoint (a crash came between writing tiles and signing) is listed, not trusted. Where the log says that
its key was rotated, the handover must be there, and each tree must be signed by the key that held then (rotation.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from skykeep.ledger import checkpoint, cosignature, note, rotation, tiles, tree
from skykeep.ledger.entry import is_rotation
from skykeep.ledger.errors import BadNote, BadProof, BadRecord
from skykeep.ledger.tiles import ENTRIES, WIDTH, Edge, Tile


@dataclass(frozen=True)
class Report:
    """What held. Without `signer_proved` it is internally consistent only: anyone could have written it anew."""

    origin: str
    size: int
    root: bytes
    signer_proved: bool
    cosigned: tuple[cosignature.Cosigned, ...]
    since_size: int | None
    beyond: tuple[str, ...]
    chain: rotation.Chain = rotation.NEVER


def verify(
    signed: bytes,
    read: tiles.ReadFile,
    names: Iterable[str],
    *,
    vkey: str | None = None,
    since: bytes | None = None,
    witnesses: Sequence[note.Verifier] = (),
    on_entry: Callable[[int, bytes], None] = lambda _index, _entry: None,
    handovers: Iterable[bytes] = (),
) -> Report:
    """Verify a log; BadNote, BadProof or BadRecord says what fails and where.

    `signed` is its checkpoint; `read` reads a file by its path below the log's prefix, `names` are all there are.
    `vkey` comes from outside the record. `since` is a signed checkpoint kept from earlier: the log must
    extend it. `on_entry` is shown every entry, in order, before it is known whether the whole holds.
    `handovers` are the files below `rotation`: with any key of their chain the log is followed from that key on.
    """
    chain = rotation.Chain.of(handovers, checkpoint.parse(signed)[0].size)
    head, signed_note = _open(signed, vkey, chain)
    cosigned = cosignature.verify(signed_note, witnesses)
    files = _Files(read, names)
    rotated = _Rotated(chain)
    root = _rebuild(files, head.size, on_entry, rotated)
    if root != head.root:
        raise BadRecord(f"checkpoint: root {head.root.hex()} is not that of the entries, {root.hex()}")
    rotated.require_all_seen()
    since_size = None if since is None else _extends(head, since, vkey, files.read, chain)
    proved = vkey is not None
    return Report(head.origin, head.size, head.root, proved, cosigned, since_size, files.not_compared(), chain)


def _open(
    signed: bytes, vkey: str | None, chain: rotation.Chain, *, earlier: bool = False
) -> tuple[checkpoint.Checkpoint, note.Note]:
    """Open a checkpoint; without a key from outside, by the chain of the record's own keys, where there is one."""
    if vkey is not None:
        return chain.open_signed(signed, vkey, earlier=earlier)
    if chain.rotations:
        return chain.open_signed(signed, chain.keys[0].vkey)
    return checkpoint.parse(signed)


class _Rotated:
    """The log's rotations as its entries go by: each has its handover, each handover is of this very log."""

    def __init__(self, chain: rotation.Chain) -> None:
        self._due = {each.entry_index: each for each in chain.rotations}

    def take(self, index: int, entry: bytes, edge: Edge) -> None:
        """Look at an entry; `edge` is that of the tree that ends with it."""
        if not is_rotation(entry):
            return
        handed = self._due.pop(index, None)
        if handed is None:
            raise BadRecord(
                f"entry {index}: the key was rotated here, but {rotation.path_of(index)} is missing: "
                "who signs after it is not proved"
            )
        if edge.root() != handed.root:
            raise BadRecord(f"{rotation.path_of(index)}: this handover is of another log, with another root")

    def require_all_seen(self) -> None:
        """Refuse a handover at an entry that is none."""
        for index in self._due:
            raise BadRecord(f"{rotation.path_of(index)}: entry {index} of this log is no rotation")


class _Files:
    """The log's files, and which of them were not compared yet."""

    def __init__(self, read: tiles.ReadFile, names: Iterable[str]) -> None:
        self.read = read
        self._widths: dict[tuple[int, int], set[int]] = {}
        self._strange: list[str] = []
        for name in names:
            self._add(name)

    def _add(self, name: str) -> None:
        try:
            tile = tiles.parse_path(name)
        except BadRecord:
            self._strange.append(name)
        else:
            self._widths.setdefault((tile.level, tile.n), set()).add(tile.width)

    def compare(self, tile: Tile, data: bytes, parts: Sequence[int]) -> None:
        """Hold a tile's files, partial ones too, against `data`, whose first w parts end at byte `parts[w]`."""
        left = self._widths.get((tile.level, tile.n), set())
        covered = {width for width in left if width <= tile.width}
        for width in sorted(covered):
            self._compare_one(tile._replace(width=width), data[: parts[width]])
        left -= covered
        if tile.width not in covered:
            self._require_in_full(tile, data)

    def _compare_one(self, tile: Tile, data: bytes) -> None:
        found = self.read(tile.path)
        if found != data:
            pairs = enumerate(zip(found, data, strict=False))
            at = next((i for i, (a, b) in pairs if a != b), min(len(found), len(data)))
            raise BadRecord(f"{tile.path}: byte {at}: not what the entries hash to")

    def _require_in_full(self, tile: Tile, data: bytes) -> None:
        """A full tile may have replaced the partial one since the checkpoint; then that begins with it."""
        full = tile._replace(width=WIDTH)
        try:
            found = self.read(full.path)
        except FileNotFoundError as error:
            raise BadRecord(f"{tile.path}: the file is missing") from error
        if not found.startswith(data):
            raise BadRecord(f"{full.path}: does not begin with the {tile.width} that the checkpoint covers")

    def not_compared(self) -> tuple[str, ...]:
        """Files that the checkpoint does not cover."""
        left = (Tile(level, n, width).path for (level, n), widths in self._widths.items() for width in widths)
        return tuple(sorted([*self._strange, *left]))


_HASH_PARTS = tuple(i * tree.HASH_SIZE for i in range(WIDTH + 1))


def _rebuild(files: _Files, size: int, on_entry: Callable[[int, bytes], None], rotated: _Rotated) -> bytes:
    """Hash all entries into tiles, comparing each with its file; gives the root."""
    edge = Edge()
    for bundle in tiles.bundles(size):
        entries = tiles.read_entries(bundle, files.read)
        parts = [0]
        full: list[tuple[Tile, bytes]] = []
        for entry in entries:
            on_entry(edge.size, entry)
            parts.append(parts[-1] + 2 + len(entry))
            full += edge.append(tree.leaf_hash(entry))
            rotated.take(edge.size - 1, entry, edge)
        for tile, data in full:
            files.compare(tile, data, _HASH_PARTS)
        files.compare(Tile(ENTRIES, bundle.n, bundle.width), tiles.pack_bundle(entries), parts)
    for tile, data in edge.partials():
        files.compare(tile, data, _HASH_PARTS)
    return edge.root()


def _extends(
    head: checkpoint.Checkpoint, since: bytes, vkey: str | None, read: tiles.ReadFile, chain: rotation.Chain
) -> int:
    """Prove that the log begins with an older checkpoint, signed by the key that held then; gives its size."""
    old, _ = _open(since, vkey, chain, earlier=True)
    if old.origin != head.origin:
        raise BadNote(f"the older checkpoint is of {old.origin!r}, this record of {head.origin!r}")
    if old.size > head.size:
        raise BadProof(f"the older checkpoint has {old.size} entries, this record {head.size}: entries were cut off")
    if old.size > 0:
        path = tree.prove_consistency(old.size, head.size, tiles.TileHashes(head.size, read))
        tree.verify_consistency(old_size=old.size, size=head.size, path=path, old_root=old.root, root=head.root)
    return old.size
