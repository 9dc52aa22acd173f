"""A record's key is rotated: both keys sign the handover, later only the new one; a power cut at any step does no harm."""

import contextlib
import os
import shutil

import pytest

from skykeep import errors
from skykeep.ledger import checkpoint, factproof, note, rotation
from skykeep.ledger.errors import BadNote
from skykeep.station import keys as keyfiles
from skykeep.station import rotating
from skykeep.station.keys import NEXT, SIGNING, Keys
from skykeep.station.logfiles import LogFiles
from skykeep.station.store import Store
from skykeep.station.verify import check
from tests.station.rotated import (
    NOW_NS,
    RECORD_ID,
    another,
    fill,
    grow,
    handover,
    make,
    record_rotation,
    resign,
    turn,
)


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "keys")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "record"


@pytest.fixture
def old(path, keys):
    """A record of five ticks; returns the verification key that signed it."""
    return make(path, keys)


def signers_of(path):
    return {(each.name, each.key_id) for each in checkpoint.parse((path / "checkpoint").read_bytes())[1].signatures}


def id_of(vkey):
    verifier = note.Verifier.from_vkey(vkey)
    return verifier.name, verifier.key_id


# ---- what a rotation is ------------------------------------------------------------------------------


@pytest.mark.requirement("RECORD-9")
def test_the_handover_is_signed_by_both_keys_and_what_follows_by_the_new_one_alone(path, keys, old):
    done = turn(path, keys, NOW_NS + 60)
    assert (done.old_vkey, done.size, done.was_begun) == (old, 6, False)
    assert done.new_vkey != old
    assert signers_of(path) == {id_of(old), id_of(done.new_vkey)}
    grow(path, keys)
    assert signers_of(path) == {id_of(done.new_vkey)}
    (turned,) = check(path, done.new_vkey).chain.rotations
    assert (turned.old.vkey, turned.new.vkey, turned.entry_index, turned.t_ns) == (old, done.new_vkey, 5, NOW_NS + 60)


@pytest.mark.requirement("RECORD-9")
def test_either_key_follows_the_chain_and_a_third_one_does_not(path, keys, old):
    new = turn(path, keys).new_vkey
    grow(path, keys)
    for vkey in (old, new):
        checked = check(path, vkey)
        assert (checked.signer_proved, checked.n_entries, checked.n_unsealed) == (True, 11, 0)
    assert check(path).signer_proved is False
    with pytest.raises(errors.Corrupt, match="is none of the keys of this record"):
        check(path, another().verifier.vkey)


@pytest.mark.requirement("RECORD-9")
def test_a_checkpoint_kept_from_before_is_served_under_either_key(path, keys, old):
    kept = (path / "checkpoint").read_bytes()
    new = turn(path, keys).new_vkey
    between = (path / "checkpoint").read_bytes()
    later = grow(path, keys)
    for vkey in (old, new):
        assert [check(path, vkey, since).since_size for since in (kept, between, later)] == [5, 6, 11]


@pytest.mark.requirement("RECORD-9")
def test_a_record_rotated_several_times_is_followed_from_each_of_its_keys(path, keys, old):
    vkeys, kept = [old], [(path / "checkpoint").read_bytes()]
    for _ in range(4):
        vkeys.append(turn(path, keys).new_vkey)
        kept.append(grow(path, keys, 3))
    assert len(set(vkeys)) == 5
    for vkey in vkeys:
        checked = check(path, vkey)
        assert [each.new.vkey for each in checked.chain.rotations] == vkeys[1:]
        assert [check(path, vkey, since).since_size for since in kept] == [5, 9, 13, 17, 21]
    assert [each.vkey for each in rotating.tenures(path)] == vkeys
    assert [(each.from_size, each.until_size) for each in rotating.tenures(path)] == [
        (1, 6), (6, 10), (10, 14), (14, 18), (18, None),
    ]  # fmt: skip


def test_rotating_twice_without_an_entry_between_is_two_handovers(path, keys, old):
    first, second = turn(path, keys), turn(path, keys)
    assert (first.new_vkey, first.size, second.size) == (second.old_vkey, 6, 7)
    assert check(path, old).chain.keys[-1].vkey == second.new_vkey


def test_the_old_key_is_kept_aside_readable_by_its_owner_only(path, keys, old):
    before = (keys.directory / SIGNING).read_text()
    turn(path, keys)
    (aside,) = keys.directory.glob("signing.retired-*.key")
    assert aside.read_text() == before != (keys.directory / SIGNING).read_text()
    assert aside.stat().st_mode & 0o077 == 0
    assert not (keys.directory / NEXT).exists()
    assert [each.verifier.vkey for each in keys.all_signers(RECORD_ID)][-1] == old


def test_what_was_not_sealed_yet_is_signed_by_the_old_key_first(path, keys, old):
    with Store.open(path) as store:
        fill(store, 3)
    new = turn(path, keys).new_vkey
    checked = check(path, new)
    assert (checked.chain.rotations[0].size, checked.n_unsealed) == (9, 0)


def test_a_record_that_nobody_sealed_is_sealed_by_the_old_key_and_rotated(path, keys):
    with Store.create(path, meta=keys.begun(RECORD_ID)) as store:
        fill(store, 2)
    done = turn(path, keys)
    assert check(path, done.old_vkey).chain.rotations[0].size == 3


def test_an_empty_record_has_nothing_to_hand_over(path, keys):
    Store.create(path, meta={"record_id": RECORD_ID}).close()
    with pytest.raises(errors.Refused, match="nothing is recorded yet"):
        turn(path, keys)
    assert not (keys.directory / NEXT).exists()


def test_a_record_that_somebody_writes_is_refused(path, keys, old):
    with Store.open(path), pytest.raises(errors.Refused, match="is being written by"):
        turn(path, keys)


# ---- several records with one directory of keys --------------------------------------------------------


def test_another_record_of_the_same_keys_is_refused_until_it_is_handed_over_too(path, keys, old, tmp_path):
    other = tmp_path / "other"
    with Store.create(other, meta=keys.begun("other")) as store:
        fill(store, 4)
        first = store.seal(keys.signer("other"))
    assert first.size == 4
    before = keys.signer("other").verifier.vkey
    turn(path, keys)
    with Store.open(other) as store, pytest.raises(errors.Refused, match="skykeep keys rotate"):
        rotating.Pen(store, keys)
    done = rotating.rotate(other, keys, NOW_NS)
    assert (done.old_vkey, done.new_vkey) == (before, keys.signer("other").verifier.vkey)
    assert len(keys.all_signers("other")) == 2, "no third key was made"
    assert check(other, before).signer_proved


# ---- whoever has the old key ---------------------------------------------------------------------------


@pytest.fixture
def stolen(path, keys, old):
    """Rotate because the old key was stolen; returns (the old signer, the new verification key)."""
    thief = keys.signer(RECORD_ID)
    new = turn(path, keys).new_vkey
    grow(path, keys)
    return thief, new


@pytest.mark.requirement("RECORD-10")
def test_a_checkpoint_of_a_key_that_was_rotated_away_is_refused_after_the_handover(path, keys, stolen):
    thief, new = stolen
    resign(path, thief)
    for vkey in (thief.verifier.vkey, new):
        with pytest.raises(errors.Corrupt, match=r"signed by .*, which was rotated away at 6 entries"):
            check(path, vkey)
    with pytest.raises(errors.Corrupt, match="rotated away at 6 entries"):
        check(path)  # not even without a key


@pytest.mark.requirement("RECORD-10")
def test_a_kept_checkpoint_signed_by_the_old_key_after_the_handover_is_refused(path, keys, stolen):
    thief, new = stolen
    head, _ = checkpoint.parse((path / "checkpoint").read_bytes())
    forged = note.sign(head.text(), [thief]).to_bytes()
    for vkey in (thief.verifier.vkey, new):
        with pytest.raises(errors.Corrupt, match="rotated away at 6 entries"):
            check(path, vkey, forged)


@pytest.mark.requirement("RECORD-10")
def test_the_thief_cannot_go_on_with_the_record_on_disk(path, keys, stolen, tmp_path):
    """The old key, put back as the one that signs, signs nothing: neither by the program nor past it."""
    thief, _ = stolen
    with Store.open(path) as store, pytest.raises(errors.Refused, match="sealed with another key"):
        store.seal(thief)
    turn(path, keys)  # at this very size both keys of the second rotation have signed
    second = keys.all_signers(RECORD_ID)[1:]
    with Store.open(path) as store:
        fill(store, 1)
        for each in second:
            with pytest.raises(errors.Refused, match=r"rotated away|sealed with another key"):
                store.seal(each)


@pytest.mark.requirement("RECORD-10")
def test_a_record_that_the_thief_wrote_anew_without_the_handover_is_not_gone_on_with(path, keys, stolen):
    """By itself it is consistent, and the old key still lies there to hand it over: the keys know better."""
    thief, new = stolen
    shutil.rmtree(path)
    with Store.create(path, meta={"record_id": RECORD_ID}) as store:
        fill(store, 20)
        store.seal(thief)
    assert check(path, thief.verifier.vkey).signer_proved, "this is what an old key can still do to who kept nothing"
    with pytest.raises(errors.Corrupt, match="no signature by a known key"):
        check(path, new)
    for go_on in (turn, grow):
        with pytest.raises(errors.Refused, match="here that never happened"):
            go_on(path, keys)
    assert signers_of(path) == {id_of(thief.verifier.vkey)}


def test_an_older_copy_is_gone_on_with_only_when_a_person_says_so(path, keys, old, tmp_path):
    copy = shutil.copytree(path, tmp_path / "copy")
    turn(path, keys)
    with pytest.raises(errors.Refused, match="or is an older copy") as told:
        turn(copy, keys)
    assert str(keys.memory_of(RECORD_ID)) in str(told.value)
    keys.memory_of(RECORD_ID).unlink()
    assert turn(copy, keys).old_vkey == old
    assert check(copy, old).signer_proved


@pytest.mark.parametrize("text", [b"", b"x", b"skykeep.local/town\n6\n", b"\xff"])
def test_a_memory_of_handovers_that_is_none_is_refused(path, keys, old, text):
    turn(path, keys)
    keys.memory_of(RECORD_ID).write_bytes(text)
    with pytest.raises(errors.SkykeepError, match="handed-over-"):
        grow(path, keys)


@pytest.mark.requirement("RECORD-10")
def test_a_handover_that_was_taken_away_is_missed(path, keys, stolen):
    thief, new = stolen
    handover(path, 5).unlink()
    for vkey in (thief.verifier.vkey, new, None):
        with pytest.raises(errors.Corrupt, match=r"no signature by a known key|rotation/5.tlog-proof is missing"):
            check(path, vkey)
    resign(path, thief)
    with pytest.raises(errors.Corrupt, match=r"rotation/5.tlog-proof is missing"):
        check(path, thief.verifier.vkey)


@pytest.mark.requirement("RECORD-10")
def test_a_second_successor_of_the_old_key_is_refused(path, keys, stolen, tmp_path):
    """The thief hands over to a key of their own, in a record that went another way, and lays that handover here."""
    thief, new = stolen
    fork = tmp_path / "fork"
    with Store.create(fork, meta={"record_id": RECORD_ID}) as store:
        fill(store, 5)
        record_rotation(store, thief, another())
        store.seal(thief, successor=another())
    mine = handover(path, 5).read_bytes()
    shutil.copy(handover(fork, 5), handover(path, 5))
    for vkey in (thief.verifier.vkey, new, another().verifier.vkey):
        with pytest.raises(errors.Corrupt, match=r"bears no signature|another log|none of the keys"):
            check(path, vkey)
    resign(path, another())
    with pytest.raises(errors.Corrupt, match="this handover is of another log"):
        check(path, thief.verifier.vkey)
    handover(path, 6).write_bytes(mine)
    with pytest.raises(errors.Corrupt, match="handover at entry"):
        check(path, thief.verifier.vkey)


@pytest.mark.requirement("RECORD-10")
def test_a_rotation_that_the_old_key_did_not_sign_is_refused(path, keys, old):
    """Whoever writes the disk may add the entry and their signature to the checkpoint, but not the old key's."""
    evil = another()
    with Store.open(path) as store:
        record_rotation(store, keys.signer(RECORD_ID), evil)
        with pytest.raises(errors.Refused, match="was sealed with another key"):
            store.seal(evil, successor=evil)
        with pytest.raises(errors.Refused, match="put that key back"):
            rotating.Pen(store, keys)
    forged = _handover_without_the_old_signature(path, keys, evil)
    with pytest.raises(BadNote, match="no signature by a known key"):
        rotation.prove(forged)
    handover(path, 5).parent.mkdir()
    handover(path, 5).write_bytes(forged)
    with pytest.raises(errors.Corrupt, match="no signature by a known key"):
        check(path, old)


def _handover_without_the_old_signature(path, keys, evil):
    """What the thief would like to have: made by signing with the old key, whose line is then taken out."""
    copy = path.with_name("copy")
    shutil.copytree(path, copy)
    with Store.open(copy) as store:
        store.seal(keys.signer(RECORD_ID), successor=evil)
    proof = factproof.parse(handover(copy, 5).read_bytes())
    signed = note.parse(proof.signed)
    return proof._replace(signed=signed._replace(signatures=signed.signatures[1:]).to_bytes()).to_bytes()


@pytest.mark.requirement("RECORD-10")
def test_a_line_added_to_a_checkpoint_makes_nobody_a_successor(path, keys, old):
    """Two signatures alone are no rotation: anybody can add theirs."""
    head, signed = checkpoint.parse((path / "checkpoint").read_bytes())
    both = signed._replace(signatures=(*signed.signatures, another().sign(head.text())))
    (path / "checkpoint").write_bytes(both.to_bytes())
    assert check(path, old).chain.rotations == ()
    grown = grow(path, keys)
    assert another().verifier.key_id not in {each.key_id for each in note.parse(grown).signatures}


@pytest.mark.requirement("RECORD-10")
def test_a_key_does_not_come_back_though_the_record_says_so(path, keys, stolen):
    """Whoever writes the disk lays the entry there; the old key still lies with the others, and is not used for it."""
    thief, new = stolen
    with Store.open(path) as store:
        record_rotation(store, keys.signer(RECORD_ID), thief)
        with pytest.raises(errors.Refused, match="or retired there"):
            rotating.Pen(store, keys)
        with pytest.raises(errors.Refused, match="a key is used once"):
            store.seal(keys.signer(RECORD_ID), successor=thief)
    checked = check(path, new)
    assert (len(checked.chain.rotations), checked.n_unsealed) == (1, 1)


# ---- proofs of single facts ------------------------------------------------------------------------------


@pytest.mark.requirement("RECORD-9")
def test_proofs_from_before_and_after_hold_for_the_key_that_signed_and_for_those_before_it(path, keys, old):
    def proof():
        with Store.open(path, read_only=True) as store:
            return factproof.parse(store.prove(2, 0).to_bytes())

    before = proof()
    new = turn(path, keys).new_vkey
    both = proof()
    grow(path, keys)
    after = proof()
    chain = rotation.Chain.of([handover(path, 5).read_bytes()])
    assert before.verify(old).body == both.verify(old).body == both.verify(new).body == after.verify(new).body
    assert after.verify(old, open_signed=chain.open_signed).checkpoint.size == 11
    assert before.verify(old, open_signed=chain.open_signed).checkpoint.size == 5
    with pytest.raises(BadNote, match="no signature by a known key"):
        after.verify(old)
    with pytest.raises(BadNote, match="a key from before the one given"):
        before.verify(new, open_signed=chain.open_signed)


@pytest.mark.requirement("RECORD-10")
def test_a_proof_that_the_old_key_signed_after_the_handover_is_refused(path, keys, stolen):
    thief, new = stolen
    chain = rotation.Chain.of([handover(path, 5).read_bytes()])
    resign(path, thief)
    with Store.open(path, read_only=True) as store:
        forged = store.prove(8, 0)
    for vkey in (thief.verifier.vkey, new):
        with pytest.raises(BadNote, match="rotated away at 6 entries"):
            forged.verify(vkey, open_signed=chain.open_signed)


# ---- the power fails ---------------------------------------------------------------------------------------


class PowerCut(BaseException):
    """Nothing of ours catches it, as nothing catches a power cut."""


def cuts():
    """Each place at which a rotation writes to the disk: what is replaced there, and which call of it never comes."""
    yield from ((keyfiles, "_name_unless_taken", n) for n in range(2))
    yield from ((LogFiles, "write", n) for n in range(7))
    yield (Store, "append", 0)
    yield (Store, "wait_durable", 0)
    yield (Keys, "promote", 0)
    yield (Keys, "keep_handed_over", 0)
    yield from ((os, "link", n) for n in range(2))
    yield from ((keyfiles, "sync_directory", n) for n in range(2))


@pytest.mark.requirement("RECORD-11")
@pytest.mark.parametrize(("where", "name", "n"), list(cuts()))
@pytest.mark.parametrize("then", ["rotate", "open"])
def test_a_power_cut_at_any_step_leaves_a_record_that_verifies_and_goes_on(path, keys, old, monkeypatch, where, name, n, then):  # fmt: skip
    with Store.open(path) as store:
        fill(store, 2)
    cut = _cut(monkeypatch, where, name, n)
    with contextlib.suppress(PowerCut):
        turn(path, keys)
    assert cut.calls > n, f"a rotation calls {name} only {cut.calls} times: no power cut here"
    monkeypatch.undo()
    assert check(path, old).signer_proved, "whoever has the old key can still verify"
    if then == "rotate":
        turn(path, keys)
    grow(path, keys)
    rotations = check(path, old).chain.rotations
    now = keys.signer(RECORD_ID).verifier.vkey
    assert check(path, now).n_unsealed == 0
    assert (rotations[-1].new.vkey if rotations else old) == now
    assert not (rotations and (keys.directory / NEXT).exists() and then == "rotate")
    assert old in [each.verifier.vkey for each in keys.all_signers(RECORD_ID)], "the old key is still here"
    grow(path, keys)
    assert check(path, old).n_unsealed == 0


class _Cut:
    calls = 0


def _cut(monkeypatch, where, name, n):
    cut, real = _Cut(), getattr(where, name)

    def called(*args, **named):
        cut.calls += 1
        if cut.calls > n:
            raise PowerCut
        return real(*args, **named)

    monkeypatch.setattr(where, name, called)
    return cut


def test_a_key_that_is_lost_before_the_handover_is_asked_for_by_name(path, keys, old, monkeypatch):
    _cut(monkeypatch, Store, "wait_durable", 0)
    with pytest.raises(PowerCut):
        turn(path, keys)
    monkeypatch.undo()
    lost = keys.next_signer(RECORD_ID).verifier.vkey
    (keys.directory / NEXT).unlink()
    with Store.open(path) as store, pytest.raises(errors.Refused, match="put that key back") as told:
        rotating.Pen(store, keys)
    assert lost in str(told.value)


def test_a_program_that_knows_of_no_rotation_does_not_sign_over_one(path, keys, old):
    with Store.open(path) as store:
        record_rotation(store, keys.signer(RECORD_ID), another())
        with pytest.raises(errors.Refused, match="the key was rotated at entry 5"):
            store.seal(keys.signer(RECORD_ID))
        with pytest.raises(errors.Refused, match="does not say that"):
            store.seal(keys.signer(RECORD_ID), successor=another(8))
    assert check(path, old).n_unsealed == 1


def test_a_full_disk_in_the_middle_is_said_and_finished_later(path, keys, old, monkeypatch):
    def full(self, name, data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(LogFiles, "write", full)
        with pytest.raises(errors.Unavailable, match="No space left"):
            turn(path, keys)
    assert turn(path, keys).was_begun
    assert check(path, old).chain.rotations[0].size == 6


@pytest.mark.requirement("RECORD-11")
@pytest.mark.parametrize("step", ["keep_handed_over", "promote"])
def test_a_last_step_that_fails_once_is_done_with_the_next_seal(path, keys, old, monkeypatch, step):
    with Store.open(path) as store:
        pen = rotating.Pen(store, keys)
        new = keys.next_signer(RECORD_ID, make=True)
        pen.due(NOW_NS)
        record_rotation(store, pen.signer, new)
        with monkeypatch.context() as patch:
            patch.setattr(Keys, step, _without_room)
            with pytest.raises(errors.Unavailable):
                pen.seal()
        fill(store, 1)
        assert (pen.seal().size, pen.hands_over, pen.vkey) == (7, False, new.verifier.vkey)
    assert not (keys.directory / NEXT).exists()
    assert signers_of(path) == {id_of(new.verifier.vkey)}


def _without_room(*_arguments):
    raise errors.Unavailable("no room")


@pytest.mark.parametrize("text", [b"", b"x", b"\xff"])
def test_a_next_key_that_is_none_is_told_and_ends_nothing(path, keys, old, text):
    (keys.directory / NEXT).write_bytes(text)
    with Store.open(path) as store:
        pen = rotating.Pen(store, keys)
        assert pen.due(NOW_NS) is None
        assert NEXT in pen.next_fault
        fill(store, 1)
        assert (pen.seal().size, pen.vkey) == (6, old)
        (keys.directory / NEXT).unlink()
        new = keys.next_signer(RECORD_ID, make=True)
        assert (pen.due(NOW_NS).new_vkey, pen.next_fault) == (new.verifier.vkey, "")


def test_a_next_key_that_is_none_is_refused_where_a_person_rotates(path, keys, old):
    (keys.directory / NEXT).write_text("")
    with pytest.raises(errors.Refused, match="is no key of"):
        turn(path, keys)
