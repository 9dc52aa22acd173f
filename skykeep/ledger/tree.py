"""RFC 6962 Merkle trees: hashes, a frontier that grows, proofs and their verifiers.

    empty   SHA-256("")
    leaf    SHA-256(0x00 || data)
    node    SHA-256(0x01 || left || right)

A node is addressed by (level, index): it covers the leaves index << level up to (index + 1) << level,
and is stored only when all of them exist. Provers ask for such nodes through a `HashAt`, so that they work
the same over a list, over tiles on a disk, and over tiles on the other side of a network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from skykeep.ledger.errors import BadProof

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

HashAt = Callable[[int, int], bytes]
"""(level, index) -> the 32-byte hash of that complete subtree."""


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash one inner node (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Root over leaf hashes (RFC 6962, 2.1). An odd last node rises unhashed, which is the RFC's own split."""
    if not hashes:
        return EMPTY_ROOT
    row, sha256 = list(hashes), hashlib.sha256
    while len(row) > 1:  # `node_hash`, written out: a station does this for every tick
        above = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]
        row = [*above, row[-1]] if len(row) % 2 else above
    return row[0]


class Frontier:
    """The right edge of a tree: enough to append and to know the root, in O(log n) hashes."""

    def __init__(self, size: int = 0, nodes: Iterable[bytes] = ()) -> None:
        """`nodes`: one hash for each 1 in the binary form of `size`, the largest subtree first."""
        self.size = size
        self.nodes = list(nodes)
        if size < 0 or len(self.nodes) != size.bit_count():
            raise ValueError(f"a frontier of {size} leaves has {max(size, 0).bit_count()} nodes, not {len(self.nodes)}")

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash; amortised one node hash."""
        below = self.size
        self.nodes.append(leaf)
        while below & 1:
            right = self.nodes.pop()
            self.nodes[-1] = node_hash(self.nodes[-1], right)
            below >>= 1
        self.size += 1

    def root(self) -> bytes:
        """Root of all leaves so far; the empty root when there are none."""
        return _join(self.nodes) if self.nodes else EMPTY_ROOT


def _join(nodes: Sequence[bytes]) -> bytes:
    """Fold subtrees, largest first, into the one hash above them."""
    root = nodes[-1]
    for node in reversed(nodes[:-1]):
        root = node_hash(node, root)
    return root


def frontier_at(size: int, hash_at: HashAt) -> Frontier:
    """Read the frontier of the first `size` leaves."""
    return Frontier(size, _nodes(0, size, hash_at))


def _nodes(start: int, stop: int, hash_at: HashAt) -> list[bytes]:
    """Hashes of the complete subtrees that cover [start, stop), left to right; start is aligned for the first."""
    nodes = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        nodes.append(hash_at(level, start >> level))
        start += 1 << level
    return nodes


def _split(start: int, stop: int) -> int:
    """Where RFC 6962 divides [start, stop): after the largest power of two smaller than its length."""
    return start + (1 << ((stop - start - 1).bit_length() - 1))


def prove_inclusion(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """Siblings of leaf `index` in the tree of `size` leaves, from the leaf up (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise BadProof(f"no leaf {index} in a tree of {size}: ask for an index below the size")
    path = []
    start, stop = 0, size
    while stop - start > 1:
        middle = _split(start, stop)
        if index < middle:
            path.append(_join(_nodes(middle, stop, hash_at)))
            stop = middle
        else:
            path.append(_join(_nodes(start, middle, hash_at)))
            start = middle
    return path[::-1]


def prove_consistency(old_size: int, size: int, hash_at: HashAt) -> list[bytes]:
    """Nodes showing that the first `old_size` of `size` leaves are unchanged (RFC 6962, 2.1.2)."""
    if not 0 < old_size <= size:
        raise BadProof(f"no consistency proof from {old_size} to {size} leaves: the older size must be 1 to {size}")
    path = []
    start, stop = 0, size
    while old_size < stop:
        middle = _split(start, stop)
        if old_size <= middle:
            path.append(_join(_nodes(middle, stop, hash_at)))
            stop = middle
        else:
            path.append(_join(_nodes(start, middle, hash_at)))
            start = middle
    if start > 0:  # the old root itself is known to the verifier and is not sent
        path.append(_join(_nodes(start, stop, hash_at)))
    return path[::-1]


def verify_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that leaf hash `leaf` is number `index` of the `size` under `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise BadProof(f"leaf {index} cannot lie in a tree of {size}")
    _require_hashes(leaf, root, *path)
    node, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise BadProof(f"path has {len(path)} hashes, more than leaf {index} of {size} needs")
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise BadProof(f"path has {len(path)} hashes, fewer than leaf {index} of {size} needs")
    if found != root:
        raise BadProof(f"leaf {index} of {size} leads to root {found.hex()}, not to {root.hex()}")


def verify_consistency(*, old_size: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Check that the tree of `size` begins with the tree of `old_size` (RFC 9162, 2.1.4.2)."""
    if not 0 < old_size <= size:
        raise BadProof(f"{old_size} leaves cannot be shown to precede {size}: the older size must be 1 to {size}")
    _require_hashes(old_root, root, *path)
    if old_size == size:
        _require_equal_trees(path, old_root, root)
        return
    hashes = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if not hashes:
        raise BadProof(f"empty proof from {old_size} to {size} leaves")
    old_found, found = _climb(old_size, size, hashes)
    if old_found != old_root:
        raise BadProof(f"proof leads to root {old_found.hex()} at {old_size} leaves, not to {old_root.hex()}")
    if found != root:
        raise BadProof(f"proof leads to root {found.hex()} at {size} leaves, not to {root.hex()}")


def _require_equal_trees(path: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    if path:
        raise BadProof("a tree is consistent with itself by an empty proof; this one has hashes")
    if old_root != root:
        raise BadProof("two different roots are claimed for one size")


def _climb(old_size: int, size: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Both roots that the proof leads to (RFC 9162, 2.1.4.2, steps 4 to 6)."""
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_found = found = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise BadProof(f"proof from {old_size} to {size} leaves has too many hashes")
        if node & 1 or node == last:
            old_found, found = node_hash(sibling, old_found), node_hash(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise BadProof(f"proof from {old_size} to {size} leaves has too few hashes")
    return old_found, found


def _require_hashes(*hashes: bytes) -> None:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise BadProof(f"a SHA-256 hash has 32 bytes, this one has {len(value)}")
