"""Merkle trees as files: 256 hashes a tile, 256 entries a bundle (C2SP tlog-tiles v0.1).

    tile/<level>/<n>            256 hashes; hash i of level L covers the 256**L leaves from (256 n + i) 256**L
    tile/<level>/<n>.p/<width>  the right edge of a tree: the first `width` hashes of a tile not yet full
    tile/entries/<n>[.p/<w>]    the entries below tile/0/<n>: each a u16 big-endian length, then its bytes

<n> is written in groups of three digits, all but the last with an x before: 1234067 is x001/x234/067.
"""

from __future__ import annotations

import re
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from skykeep.ledger.errors import BadRecord
from skykeep.ledger.tree import HASH_SIZE, leaf_hash, node_hash, root_of

WIDTH = 256
TILE_HEIGHT = 8
LEVEL_MAX = 63
ENTRIES = -1
"""The level that stands for `tile/entries`."""
ENTRY_SIZE_MAX = 0xFFFF
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_LENGTH = struct.Struct(">H")

ReadFile = Callable[[str], bytes]
"""A path below the log's prefix -> the file's bytes; FileNotFoundError when it is not there."""


class Tile(NamedTuple):
    """One tile or bundle: `level` -1 is `entries`, `width` 256 is full."""

    level: int
    n: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies below the log's prefix."""
        groups = [f"{self.n % 1000:03d}"]
        rest = self.n // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(groups)}{partial}"


def parse_path(path: str) -> Tile:
    """Read a tile path; BadRecord if it is not the one spelling of a tile."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise BadRecord(f"{path}: not the path of a tile")
    level, groups, width = match.groups()
    n = int(groups.replace("/", "").replace("x", ""))
    tile = Tile(ENTRIES if level == "entries" else int(level), n, WIDTH if width is None else int(width))
    if tile.path != path or tile.level > LEVEL_MAX:
        raise BadRecord(f"{path}: not the canonical path of a tile, which would be {tile.path}")
    return tile


def edge_tiles(size: int) -> list[Tile]:
    """The partial hash tiles of a tree of `size` leaves, lowest level first."""
    tiles = []
    for level in range((max(size, 1).bit_length() - 1) // TILE_HEIGHT + 1):
        n, width = divmod(size >> (TILE_HEIGHT * level), WIDTH)
        if width:
            tiles.append(Tile(level, n, width))
    return tiles


def split_hashes(data: bytes) -> list[bytes]:
    """A tile's bytes as hashes."""
    return [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]


def pack_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as a bundle; each at most 65,535 bytes."""
    return b"".join(_LENGTH.pack(len(entry)) + entry for entry in entries)


def split_bundle(data: bytes, path: str) -> list[bytes]:
    """A bundle's entries; BadRecord when a length leads past its end."""
    entries = []
    offset = 0
    while offset < len(data):
        start = offset + _LENGTH.size
        if start > len(data):
            raise BadRecord(f"{path}: byte {offset}: half a length at the end of the bundle")
        (length,) = _LENGTH.unpack_from(data, offset)
        offset = start + length
        if offset > len(data):
            raise BadRecord(f"{path}: byte {start}: entry of {length} bytes, only {len(data) - start} are left")
        entries.append(data[start:offset])
    return entries


class Edge:
    """The right edge of a tiled tree: the unfinished tile of each level, which is all that appending needs."""

    def __init__(self) -> None:
        self.size = 0
        self._rows: list[list[bytes]] = []

    def append(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Add a leaf hash; gives back the tiles this filled, lowest level first."""
        self.size += 1
        full: list[tuple[Tile, bytes]] = []
        level, carried = 0, leaf
        while True:
            if level == len(self._rows):
                self._rows.append([])
            row = self._rows[level]
            row.append(carried)
            if len(row) < WIDTH:
                return full
            n = (self.size >> (TILE_HEIGHT * (level + 1))) - 1
            full.append((Tile(level, n), b"".join(row)))
            self._rows[level] = []
            level, carried = level + 1, root_of(row)

    def partials(self) -> list[tuple[Tile, bytes]]:
        """The unfinished tiles, lowest level first; empty ones are left out."""
        return [(tile, b"".join(self._rows[tile.level])) for tile in edge_tiles(self.size)]

    def root(self) -> bytes:
        """Root of the tree, folded from the edge."""
        below: list[bytes] = []
        for row in self._rows:
            if row or below:
                below = [root_of([*row, *below])]
        return root_of(below)

    @classmethod
    def read(cls, size: int, read: ReadFile) -> Edge:
        """The edge of the first `size` leaves out of a log's tiles; check its root before trusting it."""
        edge = cls()
        edge.size = size
        for tile in edge_tiles(size):
            while len(edge._rows) <= tile.level:
                edge._rows.append([])
            edge._rows[tile.level] = split_hashes(read_tile(tile, read))
        return edge


def read_tile(tile: Tile, read: ReadFile) -> bytes:
    """A hash tile's bytes; a partial one may be taken out of the full one that replaced it."""
    data = _read_partial_or_full(tile, read)
    if len(data) < tile.width * HASH_SIZE or len(data) % HASH_SIZE:
        raise BadRecord(f"{tile.path}: {len(data)} bytes, not {tile.width * HASH_SIZE}: the file was cut")
    return data[: tile.width * HASH_SIZE]


def read_entries(tile: Tile, read: ReadFile) -> list[bytes]:
    """A bundle's entries; a partial one may be taken out of the full one that replaced it."""
    entries = split_bundle(_read_partial_or_full(tile, read), tile.path)
    if len(entries) < tile.width:
        raise BadRecord(f"{tile.path}: {len(entries)} entries, not {tile.width}: the file was cut")
    return entries[: tile.width]


def _read_partial_or_full(tile: Tile, read: ReadFile) -> bytes:
    try:
        return read(tile.path)
    except FileNotFoundError as error:
        if tile.width == WIDTH:
            raise BadRecord(f"{tile.path}: the file is missing") from error
    try:
        return read(tile._replace(width=WIDTH).path)
    except FileNotFoundError as error:
        raise BadRecord(f"{tile.path}: neither this file nor the full one is there") from error


def bundles(size: int, start: int = 0) -> Iterator[Tile]:
    """The bundles that hold entries `start` to `size`, in order; the first may begin before `start`."""
    for n in range(start // WIDTH, -(-size // WIDTH)):
        yield Tile(ENTRIES, n, min(WIDTH, size - n * WIDTH))


class TileHashes:
    """A `HashAt` over tiles: keeps the tiles used last, and makes the levels inside a tile by hashing."""

    def __init__(self, size: int, read: ReadFile, *, tiles_kept: int = 64) -> None:
        self._size = size
        self._read = read
        self._kept: OrderedDict[Tile, bytes] = OrderedDict()
        self._tiles_kept = tiles_kept

    def __call__(self, level: int, index: int) -> bytes:
        """Hash of node (level, index); BadRecord when the tree has no such complete subtree."""
        tile_level, rise = divmod(level, TILE_HEIGHT)
        n, first = divmod(index << rise, WIDTH)
        width = min(WIDTH, (self._size >> (TILE_HEIGHT * tile_level)) - n * WIDTH)
        count = 1 << rise
        if first + count > width:
            raise BadRecord(f"no node ({level}, {index}) in a tree of {self._size}")
        data = self._tile(Tile(tile_level, n, width))
        row = split_hashes(data[first * HASH_SIZE : (first + count) * HASH_SIZE])
        while len(row) > 1:
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
        return row[0]

    def _tile(self, tile: Tile) -> bytes:
        if tile in self._kept:
            self._kept.move_to_end(tile)
            return self._kept[tile]
        data = self._kept[tile] = read_tile(tile, self._read)
        if len(self._kept) > self._tiles_kept:
            self._kept.popitem(last=False)
        return data


def entry_at(index: int, size: int, read: ReadFile) -> bytes:
    """Entry `index` of a log of `size` entries, checked against its leaf hash."""
    n, offset = divmod(index, WIDTH)
    tile = Tile(ENTRIES, n, min(WIDTH, size - n * WIDTH))
    entry = read_entries(tile, read)[offset]
    if leaf_hash(entry) != TileHashes(size, read)(0, index):
        raise BadRecord(f"{tile.path}: entry {index} is not the one that was hashed")
    return entry
