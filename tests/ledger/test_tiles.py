"""Tiles: their names, their growth, and proofs read through them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skykeep.ledger import tiles, tree
from skykeep.ledger.errors import BadRecord
from skykeep.ledger.logwriter import LogWriter
from skykeep.ledger.tiles import ENTRIES, Tile
from tests.ledger import logs

BIG = 70_000


@pytest.fixture(scope="module")
def entries():
    return [b"entry %d" % i for i in range(BIG)]


@pytest.fixture(scope="module")
def big(entries):
    """A log of 70,000 entries, the size that the specification takes as its example."""
    log = logs.MemoryLog()
    log.seal(entries)
    return log


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),  # the specification's example
        (Tile(0, 0), "tile/0/000"), (Tile(63, 999, 1), "tile/63/999.p/1"), (Tile(2, 1000, 255), "tile/2/x001/000.p/255"),
        (Tile(ENTRIES, 1234067), "tile/entries/x001/x234/067"), (Tile(ENTRIES, 7, 12), "tile/entries/007.p/12"),
    ],
)  # fmt: skip
@pytest.mark.requirement("C2SP-TILES-1")
def test_paths(tile, path):
    assert tile.path == path
    assert tiles.parse_path(path) == tile


@given(st.integers(-1, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_paths_there_and_back(level, n, width):
    assert tiles.parse_path(Tile(level, n, width).path) == Tile(level, n, width)


@pytest.mark.parametrize(
    "path",
    ["tile/0/1", "tile/0/0001", "tile/0/x000/001", "tile/00/001", "tile/64/001", "tile/0/001.p/0", "tile/0/001.p/256",
     "tile/0/001.p/01", "tile/0/x001/x002", "tile/8/0/001", "/tile/0/001", "tile/0/001\n", "tile/data/001", "checkpoint"],
)  # fmt: skip
def test_bad_paths(path):
    with pytest.raises(BadRecord):
        tiles.parse_path(path)


@pytest.mark.requirement("C2SP-TILES-1")
def test_the_specifications_example_of_70000_leaves(big):
    names = [tiles.parse_path(name) for name in big.files]
    at = {level: sorted(t.width for t in names if t.level == level) for level in (0, 1, 2, ENTRIES)}
    assert at == {0: [112] + [256] * 273, 1: [17, 256], 2: [1], ENTRIES: [112] + [256] * 273}


def test_256_leaves_are_one_full_tile_and_one_hash_above():
    log = logs.MemoryLog()
    log.seal([b"x"] * 256)
    assert sorted(log.files) == ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]


@given(st.data())
def test_proofs_through_tiles_are_the_naive_ones(big, entries, data):
    size = data.draw(st.integers(1, 2_000) | st.integers(1, BIG))
    index = data.draw(st.integers(0, size - 1))
    leaves = [tree.leaf_hash(e) for e in entries[:size]] if size <= 2_000 else None
    hash_at = tiles.TileHashes(BIG, big.read)  # a longer log has all nodes of a shorter one
    path = tree.prove_inclusion(index, size, hash_at)
    root = tree.frontier_at(size, hash_at).root()
    tree.verify_inclusion(leaf=tree.leaf_hash(entries[index]), index=index, size=size, path=path, root=root)
    old_size = data.draw(st.integers(1, size))
    proof = tree.prove_consistency(old_size, size, hash_at)
    old_root = tree.frontier_at(old_size, hash_at).root()
    tree.verify_consistency(old_size=old_size, size=size, path=proof, old_root=old_root, root=root)
    if leaves is not None:
        assert root == logs.naive_root(leaves)
        assert path == logs.naive_path(index, leaves)
        assert proof == logs.naive_proof(old_size, leaves)


@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
@example([256, 256, 0, 1])
@example([255, 1, 1])
def test_a_log_grown_in_pieces_and_resumed_is_the_log_written_at_once(pieces):
    at_once, files, size = logs.MemoryLog(), {}, 0
    read = at_once.__class__.read
    grown = logs.MemoryLog()
    grown.files = files
    for piece in pieces:
        grown.writer = LogWriter.resume(size, lambda name: read(grown, name), files.__setitem__)
        grown.seal([b"entry %d" % i for i in range(size, size + piece)])
        size += piece
    at_once.seal([b"entry %d" % i for i in range(size)])
    assert {name: files[name] for name in at_once.files} == at_once.files
    assert grown.writer.edge.root() == at_once.writer.edge.root()
    for name in files.keys() - at_once.files.keys():  # partial tiles of the sizes in between stay until theirs is full
        tile = tiles.parse_path(name)
        assert tile.width < 256


def test_entries_are_read_and_checked_one_by_one(big, entries):
    for index in (0, 255, 256, 69_887, 69_888, BIG - 1):
        assert tiles.entry_at(index, BIG, big.read) == entries[index]
    files = {**big.files, "tile/entries/000": tiles.pack_bundle([b"other", *entries[1:256]])}
    with pytest.raises(BadRecord, match="not the one that was hashed"):
        tiles.entry_at(0, BIG, files.__getitem__)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_there_and_back(some):
    assert tiles.split_bundle(tiles.pack_bundle(some), "x") == some


@pytest.mark.parametrize("data", [b"\0", b"\0\2a", b"\0\1ab"])
def test_a_cut_bundle_names_its_byte(data):
    with pytest.raises(BadRecord, match=r"x: byte \d"):
        tiles.split_bundle(data, "x")


def test_missing_and_cut_tiles_are_named():
    log = logs.MemoryLog()
    log.seal([b"x"] * 300)
    with pytest.raises(BadRecord, match=r"tile/0/001\.p/44"):
        tiles.TileHashes(300, _missing)(0, 299)
    log.files["tile/0/000"] = log.files["tile/0/000"][:-1]
    with pytest.raises(BadRecord, match="tile/0/000: 8191 bytes"):
        tiles.TileHashes(300, log.read)(0, 0)
    with pytest.raises(BadRecord, match="no node"):
        tiles.TileHashes(300, log.read)(0, 300)


def _missing(name):
    raise FileNotFoundError(name)


def test_an_entry_too_long_for_a_bundle_is_refused():
    with pytest.raises(ValueError, match="65535"):
        LogWriter({}.__setitem__).append(bytes(65_536))
