"""Proof files: every step is checked, every changed bit is found."""

import pytest

from skykeep.ledger import cosignature, entry, factproof, note, proof, tick, tiles, tree
from skykeep.ledger.errors import BadNote, BadProof, LedgerError
from tests.ledger import logs

ENTRIES = [b"entry %d" % i for i in range(300)]


def tick_of(i):
    leaves = tuple(tick.Leaf(tick.LeafKind.FACT, b"fact %d of tick %d" % (n, i)) for n in range(i + 1))
    return tick.TickLeaves(leaves, bytes([i]) * 32)


def entry_of(i):
    return entry.Entry(entry.EntryKind.TICK, i, i, 0, 0, i + 1, 0, bytes(32), bytes(32), tick_of(i).root())


@pytest.fixture(scope="module")
def fact():
    """The proof of fact 2 in tick 4 of 6."""
    log = logs.MemoryLog()
    signed = log.seal(entry_of(i).to_bytes() for i in range(6))
    path = tree.prove_inclusion(4, 6, tiles.TileHashes(6, log.read))
    return factproof.FactProof(
        salt=tick_of(4).salts()[2], kind=3, body=b"fact 2 of tick 4", leaf_index=2, tick_path=tuple(tick_of(4).path(2)),
        entry=entry_of(4).to_bytes(), entry_index=4, log_path=tuple(path), signed=signed,
    )  # fmt: skip


@pytest.fixture(scope="module")
def log_proof():
    log = logs.MemoryLog()
    signed = log.seal(ENTRIES)
    path = tree.prove_inclusion(259, 300, tiles.TileHashes(300, log.read))
    return proof.LogProof(259, tuple(path), signed)


def test_the_text_of_a_log_proof(log_proof):
    lines = log_proof.to_bytes().decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 259"]
    assert lines[2 + len(log_proof.path)] == ""
    assert lines[3 + len(log_proof.path) :][:2] == [logs.ORIGIN, "300"]
    assert proof.parse(log_proof.to_bytes()) == log_proof
    with_extra = log_proof._replace(extra=b"anything")
    assert with_extra.to_bytes().decode().split("\n")[1] == "extra YW55dGhpbmc="
    assert proof.parse(with_extra.to_bytes()) == with_extra


def test_a_log_proof_holds_for_its_entry_and_no_other(log_proof):
    head, cosigned = log_proof.verify(tree.leaf_hash(ENTRIES[259]), logs.VKEY)
    assert (head.size, cosigned) == (300, ())
    with pytest.raises(BadProof):
        log_proof.verify(tree.leaf_hash(ENTRIES[258]), logs.VKEY)


def test_a_proof_names_its_witnesses(log_proof):
    signed = note.parse(log_proof.signed)
    mark = cosignature.cosign(signed.text, logs.WITNESS, now_s=99)
    both = log_proof._replace(signed=signed._replace(signatures=(*signed.signatures, mark)).to_bytes())
    leaf = tree.leaf_hash(ENTRIES[259])
    assert both.verify(leaf, logs.VKEY, witnesses=(logs.WITNESS.verifier,))[1] == (("example.org/witness", 99),)
    assert both.verify(leaf, logs.VKEY)[1] == ()


@pytest.mark.requirement("RECORD-6")
def test_a_fact_proof_there_and_back(fact):
    parsed = factproof.parse(fact.to_bytes())
    assert parsed == fact
    proved = parsed.verify(logs.VKEY)
    assert (proved.kind, proved.body, proved.entry_index) == (3, b"fact 2 of tick 4", 4)
    assert proved.entry == entry_of(4)
    assert proved.checkpoint.size == 6


def test_a_fact_proof_is_a_log_proof_of_its_entry(fact):
    outer = proof.parse(fact.to_bytes())
    outer.verify(tree.leaf_hash(entry_of(4).to_bytes()), logs.VKEY)


@pytest.mark.requirement("RECORD-6")
def test_a_fact_proof_shows_no_other_fact(fact):
    shown = fact.to_bytes() + proof.parse(fact.to_bytes()).extra
    for n in (0, 1, 3, 4):
        assert b"fact %d" % n not in shown
        assert tick_of(4).salts()[n] not in shown


@pytest.mark.parametrize("which", ["fact", "log"])
def test_every_single_bit_flip_of_a_proof_is_found(which, fact, log_proof):
    data = fact.to_bytes() if which == "fact" else log_proof.to_bytes()

    def verify(changed):
        if which == "fact":
            factproof.parse(changed).verify(logs.VKEY)
        else:
            proof.parse(changed).verify(tree.leaf_hash(ENTRIES[259]), logs.VKEY)

    for bit, changed in logs.flips(data):
        assert logs.refused(LedgerError, verify, changed), f"bit {bit}"


@pytest.mark.parametrize(
    "change",
    [{"body": b"fact 3 of tick 4"}, {"kind": 4}, {"salt": bytes(16)}, {"salt": b""}, {"leaf_index": 3}, {"tick_path": ()},
     {"entry": entry_of(3).to_bytes()}, {"entry_index": 3}, {"log_path": ()}],
)  # fmt: skip
def test_any_other_part_breaks_a_fact_proof(fact, change):
    with pytest.raises(LedgerError):
        fact._replace(**change).verify(logs.VKEY)


def test_salt_and_body_cannot_trade_bytes(fact):
    with pytest.raises(BadProof, match="salt has 16"):
        fact._replace(salt=fact.salt + bytes([fact.kind]), kind=fact.body[0], body=fact.body[1:]).verify(logs.VKEY)


def test_a_proof_under_another_key_is_refused(fact):
    with pytest.raises(BadNote):
        fact.verify(note.Signer.from_seed(logs.ORIGIN, bytes(32)).verifier.vkey)


@pytest.mark.parametrize(
    "text",
    ["", "c2sp.org/tlog-proof@v2\nindex 0\n\n", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v1\nindex 00\n\nx",
     "c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\nx", "c2sp.org/tlog-proof@v1\nindex 0\nAA\n\nx", "é\n\n",
     "c2sp.org/tlog-proof@v1\nindex 0\n" + "AAAA\n" * 64 + "\nx", "c2sp.org/tlog-proof@v1\nextra AAAA\n\nx"],
)  # fmt: skip
def test_malformed_proofs_are_refused(text):
    with pytest.raises(BadProof):
        proof.parse(text.encode())


@pytest.mark.parametrize("extra", [None, b"", b"SKF1", b"SKF2" + bytes(300), b"SKF1" + bytes(185) + b"\x09"])
def test_a_log_proof_without_a_fact_is_no_fact_proof(log_proof, extra):
    with pytest.raises(LedgerError):
        factproof.parse(log_proof._replace(extra=extra).to_bytes())
