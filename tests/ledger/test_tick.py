"""Entries, salted leaves and what erasure leaves of them."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.ledger import entry, packed, tick, tree
from skykeep.ledger.errors import BadProof, BadRecord
from tests.ledger import logs

SEED = bytes(range(32))
LEAVES = (
    tick.Leaf(tick.LeafKind.FRAME, b"\xfa\x0b raw frame"),
    tick.Leaf(tick.LeafKind.NAME, b"serial 1581F4Z"),
    tick.Leaf(tick.LeafKind.FACT, b"location heard"),
    tick.Leaf(tick.LeafKind.FACT, b""),
    tick.Leaf(tick.LeafKind.CONCLUSION, b"not permitted"),
)
TICK = tick.TickLeaves(LEAVES, SEED)
ENTRY = entry.Entry(
    entry.EntryKind.TICK, 7, -5, 1, 1, 2, 1, bytes([1]) * 32, bytes([2]) * 32, TICK.root(), bytes([3]) * 32
)

some_leaves = st.lists(
    st.builds(tick.Leaf, st.sampled_from(list(tick.LeafKind)), st.binary(max_size=80), st.none()), max_size=20
).map(tuple)


def test_the_layout_of_an_entry():
    data = ENTRY.to_bytes()
    assert len(data) == entry.SIZE == 165
    fields = ["534b4531", "01", "0000000000000007", "fffffffffffffffb", "00000001", "00000001", "00000002", "00000001"]
    assert data[:37].hex() == "".join(fields)
    assert data[37:69] == bytes([1]) * 32
    assert data[69:101] == bytes([2]) * 32
    assert data[101:133] == TICK.root()
    assert data[133:] == bytes([3]) * 32
    assert entry.parse(data) == ENTRY
    assert ENTRY.n_leaves == 5


def test_an_entry_without_a_state_ends_in_zeroes():
    bare = ENTRY._replace(state_sha256=None, kind=entry.EntryKind.BEGAN)
    assert bare.to_bytes()[133:] == bytes(32)
    assert entry.parse(bare.to_bytes()) == bare


@pytest.mark.parametrize(
    "change", [{"tick": -1}, {"tick": 2**64}, {"now_ns": 2**63}, {"n_facts": 2**32}, {"root": b""}]
)
def test_an_entry_that_does_not_fit_is_refused(change):
    with pytest.raises(ValueError, match=r"fit|32 bytes"):
        ENTRY._replace(**change).to_bytes()


@pytest.mark.parametrize("data", [b"", ENTRY.to_bytes()[:-1], b"SKE2" + ENTRY.to_bytes()[4:], b"SKE1\x04" + bytes(160)])
def test_what_is_no_entry_is_refused(data):
    with pytest.raises(BadRecord):
        entry.parse(data)


def test_salts_and_hashes_are_the_documented_ones():
    salt = hashlib.sha256(b"skykeep salt/1" + SEED + b"\0\0\0\2").digest()[:16]
    assert tick.salt(SEED, 2) == TICK.salts()[2] == salt
    assert TICK.hashes()[2] == hashlib.sha256(b"\x00" + salt + b"\x03" + b"location heard").digest()
    assert TICK.root() == logs.naive_root(TICK.hashes())


def test_equal_bodies_have_unequal_hashes():
    same = tick.TickLeaves((LEAVES[1], LEAVES[1]), SEED)
    assert len(set(same.hashes())) == 2


@given(some_leaves, st.binary(min_size=32, max_size=32))
def test_packing_there_and_back(leaves, seed):
    salted = tick.TickLeaves(leaves, seed)
    assert tick.parse(salted.to_bytes()) == salted
    assert tick.parse(packed.unpack(packed.pack(salted.to_bytes()))) == salted


@given(some_leaves, st.data())
def test_erasure_keeps_root_and_every_other_proof(leaves, data):
    salted = tick.TickLeaves(leaves, SEED)
    indices = range(len(leaves))
    gone = data.draw(st.sets(st.sampled_from(indices))) if leaves else set()
    before = [(salted.salts()[i], salted.path(i)) for i in indices]
    erased = tick.parse(salted.erase(gone).to_bytes())
    assert erased.root() == salted.root()
    assert erased.seed is None
    for i in indices:
        if i in gone:
            assert (erased.leaves[i].body, erased.salts()[i]) == (None, b"")
        else:
            assert erased.leaves[i] == leaves[i]
            assert (erased.salts()[i], erased.path(i)) == before[i]
            tree.verify_inclusion(
                leaf=tick.salted_hash(erased.salts()[i], *leaves[i][:2]),
                index=i, size=len(leaves), path=erased.path(i), root=salted.root(),
            )  # fmt: skip
    more = data.draw(st.sets(st.sampled_from(indices))) if leaves else set()
    assert erased.erase(more) == salted.erase(gone | more)


@pytest.mark.requirement("RECORD-5")
def test_erasure_leaves_neither_body_nor_seed_nor_salt():
    left = TICK.erase({1}).to_bytes()
    assert b"1581F4Z" not in left
    assert SEED not in left
    assert tick.salt(SEED, 1) not in left
    assert tick.salt(SEED, 2) in left


def test_erasing_a_leaf_that_is_not_there_is_refused():
    with pytest.raises(BadProof, match=r"no leaves \[5\]"):
        TICK.erase({5})


@pytest.mark.parametrize("form", ["seeded", "erased"])
def test_every_flip_in_packed_leaves_is_found(form):
    salted = TICK if form == "seeded" else TICK.erase({1})
    for bit, changed in logs.flips(packed.pack(salted.to_bytes())):
        assert logs.refused(BadRecord, packed.unpack, changed), f"bit {bit}"
    for bit, changed in logs.flips(
        salted.to_bytes()
    ):  # and without the checksum: another root, other kinds, or unreadable
        try:
            parsed = tick.parse(changed)
        except BadRecord:
            continue
        kinds = [leaf.kind for leaf in parsed.leaves]
        assert (parsed.root(), kinds) != (TICK.root(), [leaf.kind for leaf in LEAVES]), f"bit {bit}"


@pytest.mark.parametrize(
    "data",
    [b"", b"\3", b"\1" + bytes(31), b"\2\3\0\0", b"\2\3\0\0\0\1" + bytes(16), b"\2\x83" + bytes(31),
     b"\1" + bytes(32) + b"\x83" + bytes(32)],
)  # fmt: skip
def test_cut_leaves_name_their_byte(data):
    with pytest.raises(BadRecord, match=r"byte \d"):
        tick.parse(data)


def test_a_bomb_does_not_fill_memory():
    import zlib

    body = b"\1" + zlib.compress(bytes(packed.SIZE_MAX + 1), 9)
    with pytest.raises(BadRecord, match="more than"):
        packed.unpack(body + zlib.crc32(body).to_bytes(4, "big"))
    with pytest.raises(ValueError, match="at most"):
        packed.pack(bytes(packed.SIZE_MAX + 1))


def test_what_stored_bytes_may_not_be():
    import zlib

    for body in (b"\2data", b"\1no zlib", b"\1" + zlib.compress(b"x") + b"y"):
        with pytest.raises(BadRecord):
            packed.unpack(body + zlib.crc32(body).to_bytes(4, "big"))
