"""Notes, checkpoints and cosignatures against the examples of their specifications."""

import pytest

from skykeep.ledger import checkpoint, cosignature, note
from skykeep.ledger.errors import BadNote
from tests.ledger import logs

# C2SP signed-note, Verifier keys, Example.
C2SP_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
# golang.org/x/mod/sumdb/note, example_test.go (BSD-3-Clause).
GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# C2SP tlog-cosignature, the example of a cosigned checkpoint.
C2SP_COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()
HEAD = checkpoint.Checkpoint(logs.ORIGIN, 3, bytes(range(32)))


@pytest.mark.requirement("C2SP-NOTE-1")
def test_the_specifications_own_note_verifies():
    verifier = note.Verifier.from_vkey(C2SP_VKEY)
    assert note.verify(note.parse(C2SP_NOTE), [verifier]) == (verifier,)
    assert note.parse(C2SP_NOTE).to_bytes() == C2SP_NOTE


@pytest.mark.requirement("C2SP-NOTE-1")
def test_keys_and_signatures_are_those_of_go():
    signer = note.Signer.from_skey(GO_SKEY)
    assert signer.verifier.vkey == GO_VKEY
    assert signer.skey == GO_SKEY
    assert note.sign(GO_TEXT, [signer]).to_bytes() == f"{GO_TEXT}\n{GO_LINE}".encode()


def test_a_signer_never_shows_its_secret():
    signer = note.Signer.from_skey(GO_SKEY)
    assert "AYEKFALV" not in repr(signer)
    assert GO_VKEY in repr(signer)


@pytest.mark.requirement("C2SP-COSIGNATURE-1")
def test_the_specifications_cosigned_checkpoint_is_read():
    head, signed = checkpoint.parse(C2SP_COSIGNED)
    assert (head.origin, head.size, head.extensions) == ("example.com/behind-the-sofa", 20852163, ())
    assert signed.signatures[1].name == "witness.example.com/w1"
    assert int.from_bytes(signed.signatures[1].data[:8], "big") == 1679315147  # the time named in the text


@pytest.mark.parametrize("what", ["note", "checkpoint"])
def test_every_single_bit_flip_is_found(what):
    data, vkey = (
        (C2SP_NOTE, C2SP_VKEY) if what == "note" else (checkpoint.sign(HEAD, logs.SIGNER).to_bytes(), logs.VKEY)
    )
    verifier = note.Verifier.from_vkey(vkey)
    for bit, changed in logs.flips(data):
        assert logs.refused(BadNote, lambda d: note.verify(note.parse(d), [verifier]), changed), f"bit {bit}"


@pytest.mark.requirement("C2SP-COSIGNATURE-1")
def test_every_flip_in_a_cosignature_is_found():
    signed = checkpoint.sign(HEAD, logs.SIGNER)
    both = signed._replace(
        signatures=(*signed.signatures, cosignature.cosign(signed.text, logs.WITNESS, now_s=1_700_000_000))
    )
    assert cosignature.verify(both, [logs.WITNESS.verifier]) == (("example.org/witness", 1_700_000_000),)
    assert checkpoint.open_signed(both.to_bytes(), logs.VKEY)[0] == HEAD
    line_start = len(signed.to_bytes())
    for bit, changed in logs.flips(both.to_bytes()[line_start:]):
        try:
            parsed = note.parse(both.to_bytes()[:line_start] + changed)
            found = cosignature.verify(parsed, [logs.WITNESS.verifier])
        except BadNote:
            continue
        assert found == (), f"bit {bit}"  # the line names another key now: unknown, so passed over


def test_a_plain_signature_is_no_cosignature_and_the_other_way_round():
    with pytest.raises(BadNote, match="0x04"):
        cosignature.cosign(HEAD.text(), logs.SIGNER, now_s=1)
    with pytest.raises(BadNote, match="0x01"):
        logs.WITNESS.sign(HEAD.text())
    with pytest.raises(BadNote, match="no witness key"):
        cosignature.verify(checkpoint.sign(HEAD, logs.SIGNER), [logs.SIGNER.verifier])


@pytest.mark.parametrize("now_s", [0, -1, 2**63])
def test_a_cosignature_has_a_time(now_s):
    with pytest.raises(BadNote, match="POSIX"):
        cosignature.cosign(HEAD.text(), logs.WITNESS, now_s=now_s)


def test_unknown_signatures_are_passed_over_but_one_must_be_known():
    other = note.Signer.from_seed("example.org/other", bytes(32))
    both = note.sign("text\n", [other, logs.SIGNER])
    assert note.verify(both, [logs.SIGNER.verifier]) == (logs.SIGNER.verifier,)
    with pytest.raises(BadNote, match="no signature by a known key"):
        note.verify(note.sign("text\n", [other]), [logs.SIGNER.verifier])


def test_a_checkpoint_signed_by_another_logs_name_is_refused():
    signed = note.sign(HEAD._replace(origin="example.org/elsewhere").text(), [logs.SIGNER]).to_bytes()
    with pytest.raises(BadNote, match="is signed by the key of"):
        checkpoint.open_signed(signed, logs.VKEY)
    with pytest.raises(BadNote, match="must be the key's name"):
        checkpoint.sign(HEAD._replace(origin="example.org/elsewhere"), logs.SIGNER)


@pytest.mark.parametrize(
    "bad",
    [
        b"", b"text\n", b"text\n\n", b"text\n\n- a AAAAAAA=\n", b"text\n\n\xe2\x80\x94 a AAAAAAA=",
        b"te\x01xt\n\n\xe2\x80\x94 a AAAAAAA=\n", b"\xfftext\n\n\xe2\x80\x94 a AAAAAAA=\n",
        "text\n\n— a b AAAAAAA=\n".encode(), "text\n\n—  AAAAAAA=\n".encode(), "text\n\n— a+b AAAAAAA=\n".encode(),
        "text\n\n— a AAAA\n".encode(), "text\n\n— a AAAAAAB=\n".encode(), "text\n\n— a A\n".encode(),
        b"text\n\n" + "— a AAAAAAA=\n".encode() * (note.SIGNATURES_MAX + 1), b"x" * (note.NOTE_SIZE_MAX + 1),
    ],
)  # fmt: skip
def test_malformed_notes_are_refused(bad):
    with pytest.raises(BadNote):
        note.parse(bad)


@pytest.mark.parametrize(
    "text",
    ["o\n1\n", "o\n01\nAAAA\n", f"o\n1\n{'A' * 44}\n", "o\n-1\nx\n", "o\n9223372036854775808\nx\n", "\n1\nx\n",
     HEAD.text() + "\n", HEAD.text().replace("\n3\n", "\n０\n"), HEAD.text().replace("\n3\n", "\n0\n")],
)  # fmt: skip
def test_malformed_checkpoints_are_refused(text):
    with pytest.raises(BadNote):
        checkpoint.parse_text(text)


def test_extension_lines_are_kept_and_signed():
    head = HEAD._replace(extensions=("one", "two"))
    assert checkpoint.parse_text(head.text()) == head


@pytest.mark.parametrize(
    "vkey",
    ["", "a", "a+b", "a+00000000+" + GO_VKEY.split("+", 2)[2], GO_VKEY[:-1], GO_VKEY + "A", " +" + GO_VKEY,
     GO_VKEY.replace("+ARp", "+Arp"), GO_VKEY.replace("Peter", "Petra")],
)  # fmt: skip
def test_malformed_vkeys_are_refused(vkey):
    with pytest.raises(BadNote):
        note.Verifier.from_vkey(vkey)


def test_malformed_signing_keys_are_refused():
    for skey in (GO_VKEY, GO_SKEY.replace("c74f20a3", "c74f20a4"), GO_SKEY[:-4]):
        with pytest.raises(BadNote):
            note.Signer.from_skey(skey)
    with pytest.raises(BadNote, match="32 bytes"):
        note.Signer.from_seed("a", b"short")
    with pytest.raises(BadNote, match="newline"):
        note.sign("no newline", [logs.SIGNER])
