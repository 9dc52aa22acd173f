"""Handovers from bytes alone: what the fact says, what a chain is, who may sign what; nothing else is believed."""

import functools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.acted import KeyRotated
from skykeep.ledger import checkpoint, entry, factproof, note, rotation
from skykeep.ledger.errors import BadNote, BadRecord, LedgerError
from skykeep.ledger.tick import Leaf, LeafKind, TickLeaves
from skykeep.ledger.tree import leaf_hash
from tests.ledger import logs

T_NS = 1_780_000_000_000_000_000


@functools.cache
def key(i, name=logs.ORIGIN, type_=note.ED25519):
    return note.Signer.from_seed(name, bytes([i]) * 32, type_)


def vkey(i):
    return key(i).verifier.vkey


def fact(old, new, t_ns=T_NS):
    return rotation.write(rotation.Named(old.verifier.vkey, new.verifier.vkey, t_ns))


def handed(old, new, index=2, *, signers=None, body=None, kind=entry.EntryKind.ROTATED, leaf=LeafKind.FACT, more=(), size=None, origin=logs.ORIGIN):  # fmt: skip
    """A handover as the station makes it, or with one thing otherwise."""
    leaves = TickLeaves((Leaf(leaf, fact(old, new) if body is None else body), *more), bytes(range(32)))
    counts = [sum(each.kind == which for each in leaves.leaves) for which in LeafKind]
    raw = entry.Entry(kind, 1, T_NS, *counts, bytes(32), bytes(32), leaves.root()).to_bytes()
    size = index + 1 if size is None else size
    hashes = [leaf_hash(b"%d" % i) for i in range(size)]
    hashes[index] = leaf_hash(raw)
    head = checkpoint.Checkpoint(origin, size, logs.naive_root(hashes))
    path = logs.naive_path(index, hashes)
    signed = note.sign(head.text(), [old, new] if signers is None else signers)
    return factproof.FactProof(
        salt=leaves.salts()[0], kind=leaf, body=leaves.leaves[0].body, leaf_index=0, tick_path=tuple(leaves.path(0)),
        entry=raw, entry_index=index, log_path=tuple(path), signed=signed.to_bytes(),
    ).to_bytes()  # fmt: skip


def signed_by(size, *signers, root=bytes(32), origin=logs.ORIGIN):
    return note.sign(checkpoint.Checkpoint(origin, size, root).text(), signers).to_bytes()


# ---- the fact -------------------------------------------------------------------------------------------


@given(st.text(max_size=120), st.text(max_size=120), st.integers(2**32, 2**63 - 1))
def test_the_ledger_reads_and_writes_the_fact_as_the_station_encodes_it(old, new, t_ns):
    body = msgspec.msgpack.encode(KeyRotated(old_vkey=old, new_vkey=new, t_ns=t_ns))
    if max(len(old.encode()), len(new.encode())) > 255:
        with pytest.raises(BadRecord):
            rotation.read(body)
        return
    assert rotation.read(body) == (old, new, t_ns)
    assert rotation.write(rotation.Named(old, new, t_ns)) == body


@given(st.binary(max_size=80))
def test_what_is_no_such_fact_is_refused_and_nothing_else_happens(data):
    for body in (data, b"\x94" + data, fact(key(1), key(2))[: len(data)], fact(key(1), key(2)) + data[:1]):
        try:
            named = rotation.read(body)
        except BadRecord:
            continue
        assert rotation.write(named) == body


@pytest.mark.parametrize("t_ns", [-1, 0, 2**32 - 1, 2**63])
def test_a_time_that_is_none_is_not_written(t_ns):
    with pytest.raises(BadRecord, match="no time of a rotation"):
        rotation.write(rotation.Named("a", "b", t_ns))


# ---- one handover ---------------------------------------------------------------------------------------


@pytest.mark.requirement("RECORD-9")
@pytest.mark.parametrize("index", [0, 1, 2, 6, 7])
def test_a_handover_says_who_and_when_and_from_where(index):
    found = rotation.prove(handed(key(1), key(2), index))
    assert (found.old.vkey, found.new.vkey, found.t_ns) == (vkey(1), vkey(2), T_NS)
    assert (found.entry_index, found.size) == (index, index + 1)


OTHERS = "example.org/other"
BAD = {
    "signed by the old key alone": {"signers": [key(1)]},
    "signed by the new key alone": {"signers": [key(2)]},
    "signed by others": {"signers": [key(3), key(4)]},
    "the old key's line is another's": {"signers": [key(3), key(2)]},
    "the fact names another new key": {"body": fact(key(1), key(3))},
    "the fact names another old key": {"body": fact(key(3), key(2))},
    "no fact": {"body": b"heard"},
    "a tick": {"kind": entry.EntryKind.TICK},
    "a beginning": {"kind": entry.EntryKind.BEGAN},
    "a conclusion": {"leaf": LeafKind.CONCLUSION},
    "a name": {"leaf": LeafKind.NAME},
    "beside another fact": {"more": (Leaf(LeafKind.FACT, b"more"),)},
    "the checkpoint goes on": {"size": 4},
    "the checkpoint of another log": {"origin": OTHERS},
}


@pytest.mark.requirement("RECORD-10")
@pytest.mark.parametrize("how", BAD)
def test_a_handover_that_is_none_is_refused(how):
    with pytest.raises(LedgerError):
        rotation.prove(handed(key(1), key(2), **BAD[how]))


@pytest.mark.requirement("RECORD-10")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (key(1), key(1)),
        (key(1), key(2, OTHERS)),
        (key(1, OTHERS), key(2)),
    ],
)
def test_both_keys_are_the_logs_and_differ(old, new):
    with pytest.raises(BadNote):
        rotation.prove(handed(old, new))


def test_a_witness_is_no_successor():
    witness = key(2, type_=note.COSIGNATURE_V1)
    data = handed(key(1), key(2), body=fact(key(1), witness))
    with pytest.raises(BadNote, match="Ed25519 keys"):
        rotation.prove(data)


@pytest.mark.requirement("RECORD-10")
def test_every_single_bit_flip_of_a_handover_is_found():
    data = handed(key(1), key(2))
    assert rotation.prove(data).size == 3
    for at in range(len(data)):
        for bit in range(8):
            changed = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
            with pytest.raises(LedgerError):
                rotation.prove(changed)


@given(st.binary(max_size=400), st.integers(0, 2000))
def test_bytes_that_are_no_handover_raise_what_the_ledger_raises(data, at):
    good = handed(key(1), key(2))
    for given_ in (data, good[:at], good[:at] + data + good[at:]):
        if given_ == good:
            continue
        with pytest.raises(LedgerError):
            rotation.prove(given_)


# ---- a chain --------------------------------------------------------------------------------------------


CHAIN = [handed(key(1), key(2), 2), handed(key(2), key(3), 5), handed(key(3), key(4), 6)]


@pytest.mark.requirement("RECORD-9")
@given(st.permutations(CHAIN))
def test_a_chain_is_the_same_in_whatever_order_its_files_come(files):
    chain = rotation.Chain.of(files)
    assert [each.vkey for each in chain.keys] == [vkey(1), vkey(2), vkey(3), vkey(4)]
    assert [chain.holder(size).vkey for size in range(9)] == [vkey(i) for i in (1, 1, 1, 2, 2, 2, 3, 4, 4)]


@pytest.mark.requirement("RECORD-10")
def test_who_may_sign_what_is_a_table():
    chain = rotation.Chain.of(CHAIN)
    table = {i: [size for size in range(10) if chain.accepts(key(i).verifier, size)] for i in range(1, 6)}
    assert table == {1: [0, 1, 2, 3], 2: [3, 4, 5, 6], 3: [6, 7], 4: [7, 8, 9], 5: []}


@pytest.mark.requirement("RECORD-10")
@pytest.mark.parametrize("size", range(1, 10))
@pytest.mark.parametrize("signer", range(1, 6))
@pytest.mark.parametrize("asked", range(1, 6))
def test_a_checkpoint_passes_for_its_holder_and_for_those_before_and_for_nobody_else(size, signer, asked):
    chain = rotation.Chain.of(CHAIN)
    data = signed_by(size, key(signer))
    holds = chain.accepts(key(signer).verifier, size)
    for earlier in (False, True):
        passes = holds and asked <= 4 and (earlier or asked <= signer)
        try:
            head, _ = chain.open_signed(data, vkey(asked), earlier=earlier)
        except BadNote:
            assert not passes
        else:
            assert passes
            assert head.size == size


def test_a_handover_beyond_the_checkpoint_is_left_out():
    assert [each.size for each in rotation.Chain.of(CHAIN, 6).rotations] == [3, 6]
    assert rotation.Chain.of(CHAIN, 2) == rotation.NEVER
    assert rotation.NEVER.holder(5) is None


@pytest.mark.requirement("RECORD-10")
@pytest.mark.parametrize(
    "files",
    [
        [CHAIN[0], CHAIN[2]],
        [CHAIN[1], CHAIN[0], handed(key(1), key(5), 4)],
        [CHAIN[0], CHAIN[0]],
        [CHAIN[0], handed(key(2), key(3), 2)],
        [CHAIN[0], handed(key(2), key(1), 4)],
        [CHAIN[0], handed(key(3), key(4), 4)],
        [CHAIN[0], handed(key(1), key(3), 4)],
    ],
    ids=["a gap", "two heirs", "twice", "no larger", "comes back", "a stranger", "once more"],
)
def test_what_is_no_chain_is_refused(files):
    with pytest.raises(BadNote):
        rotation.Chain.of(files)


def test_a_checkpoint_of_another_origin_is_none_of_this_chain():
    chain = rotation.Chain.of(CHAIN)
    with pytest.raises(BadNote):
        chain.open_signed(signed_by(8, key(4), origin=OTHERS), vkey(1))
    with pytest.raises(BadNote, match="none of the keys of this record"):
        chain.open_signed(signed_by(8, key(4)), key(4, OTHERS).verifier.vkey)
