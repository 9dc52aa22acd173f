"""Verifying a log: every bit counts, and what is not proved is not claimed."""

import pytest

from skykeep.ledger import checkpoint, cosignature, note
from skykeep.ledger.errors import BadNote, BadProof, BadRecord, LedgerError
from tests.ledger import logs


@pytest.fixture
def log():
    return logs.MemoryLog()


def some(start, stop):
    return [b"%d" % i for i in range(start, stop)]


def test_a_good_log(log):
    old = log.seal(some(0, 250))
    signed = log.seal(some(250, 600))
    seen = []
    report = log.verify(signed, vkey=logs.VKEY, since=old, on_entry=lambda i, e: seen.append((i, e)))
    assert (report.origin, report.size, report.root) == (logs.ORIGIN, 600, log.writer.edge.root())
    assert (report.signer_proved, report.since_size, report.beyond, report.cosigned) == (True, 250, (), ())
    assert seen == list(enumerate(some(0, 600)))


def test_without_a_key_the_signer_is_not_proved(log):
    signed = log.seal(some(0, 3))
    assert log.verify(signed).signer_proved is False
    forged = checkpoint.sign(checkpoint.parse(signed)[0], note.Signer.from_seed(logs.ORIGIN, bytes(32))).to_bytes()
    assert log.verify(forged).signer_proved is False
    with pytest.raises(BadNote):
        log.verify(forged, vkey=logs.VKEY)


@pytest.mark.requirement("RECORD-1")
def test_every_single_bit_flip_is_found(log):
    log.seal(some(0, 254))  # partial tiles of two sizes, a full one, and one above
    log.seal(some(254, 255))
    signed = log.seal(some(255, 259))
    log.files["checkpoint"] = signed
    names = ["checkpoint", "tile/0/001.p/3", "tile/1/000.p/1", "tile/entries/001.p/3"]
    assert set(names) < set(log.files)
    for name in names:
        good = log.files[name]
        for bit, changed in logs.flips(good):
            log.files[name] = changed
            assert logs.refused(LedgerError, _verify, log), f"{name}: bit {bit}"
        log.files[name] = good
    assert _verify(log).size == 259


def test_every_byte_of_a_full_tile_and_of_partial_ones_of_older_sizes_is_compared():
    log = logs.MemoryLog()
    log.seal(some(0, 5))
    log.files["checkpoint"] = log.seal(some(5, 9))
    for name in ("tile/0/000.p/5", "tile/entries/000.p/5", "tile/0/000.p/9"):
        good = log.files[name]
        for _, changed in logs.flips(good):
            log.files[name] = changed
            with pytest.raises(BadRecord, match=name):
                _verify(log)
        log.files[name] = good


@pytest.mark.parametrize("offset", [0, 31, 4_000, 8_191])
def test_a_flip_in_a_full_tile_names_file_and_byte(log, offset):
    log.files["checkpoint"] = log.seal(some(0, 300))
    data = bytearray(log.files["tile/0/000"])
    data[offset] ^= 1
    log.files["tile/0/000"] = bytes(data)
    with pytest.raises(BadRecord, match=f"tile/0/000: byte {offset}"):
        _verify(log)


def _verify(log):
    names = [name for name in log.files if name != "checkpoint"]
    from skykeep.ledger import verify

    return verify.verify(log.files["checkpoint"], log.read, names, vkey=logs.VKEY)


@pytest.mark.parametrize(
    "name", ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"]
)
def test_missing_cut_and_longer_files_are_found(log, name):
    signed = log.seal(some(0, 300))
    good = log.files[name]
    for changed in (good[:-1], good + b"\0", b""):
        log.files[name] = changed
        with pytest.raises(BadRecord, match=name):
            log.verify(signed, vkey=logs.VKEY)
    del log.files[name]
    with pytest.raises(BadRecord, match=name):
        log.verify(signed, vkey=logs.VKEY)


@pytest.mark.requirement("RECORD-8")
def test_a_shortened_log_is_found_by_an_older_checkpoint(log):
    short = log.seal(some(0, 5))
    files = dict(log.files)
    long = log.seal(some(5, 9))
    log.files = files
    assert log.verify(short, vkey=logs.VKEY).size == 5
    with pytest.raises(BadProof, match="entries were cut off"):
        log.verify(short, vkey=logs.VKEY, since=long)


@pytest.mark.requirement("RECORD-8")
def test_a_log_written_anew_is_found_by_an_older_checkpoint(log):
    old = log.seal(some(0, 5))
    anew = logs.MemoryLog()
    signed = anew.seal([b"other", *some(1, 9)])
    assert anew.verify(signed, vkey=logs.VKEY).size == 9
    with pytest.raises(BadProof):
        anew.verify(signed, vkey=logs.VKEY, since=old)


def test_an_older_checkpoint_of_another_log_proves_nothing(log):
    other = logs.MemoryLog(note.Signer.from_seed("example.org/other", bytes(32)))
    with pytest.raises(BadNote, match="the older checkpoint is of"):
        log.verify(log.seal(some(0, 5)), since=other.seal(some(0, 5)))


def test_the_empty_log(log):
    empty = log.seal([])
    assert log.verify(empty, vkey=logs.VKEY).size == 0
    assert log.verify(log.seal(some(0, 5)), vkey=logs.VKEY, since=empty).since_size == 0


def test_files_beyond_the_checkpoint_are_listed_not_trusted(log):
    signed = log.seal(some(0, 250))
    files = dict(log.files)
    log.seal(some(250, 300))
    log.files = {
        **log.files,
        **files,
        "tile/strange": b"",
    }  # a crash came before the checkpoint, so nothing was removed
    report = log.verify(signed, vkey=logs.VKEY)
    assert report.size == 250
    assert set(report.beyond) == {
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
        "tile/strange",
    }


def test_a_full_tile_stands_in_for_the_partial_one_it_replaced(log):
    signed = log.seal(some(0, 250))
    log.seal(some(250, 300))
    assert "tile/0/000.p/250" not in log.files
    assert log.verify(signed, vkey=logs.VKEY).size == 250
    log.files["tile/0/000"] = bytes(8192)
    with pytest.raises(BadRecord, match="does not begin with"):
        log.verify(signed, vkey=logs.VKEY)


def test_witnesses_are_named(log):
    signed = log.seal(some(0, 3))
    parsed = note.parse(signed)
    mark = cosignature.cosign(parsed.text, logs.WITNESS, now_s=5)
    both = parsed._replace(signatures=(*parsed.signatures, mark)).to_bytes()
    assert log.verify(both, vkey=logs.VKEY, witnesses=[logs.WITNESS.verifier]).cosigned == (("example.org/witness", 5),)
