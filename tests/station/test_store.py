"""The store: what is appended comes back, what is acknowledged stays, what is erased is gone."""

import hashlib
import random
import sqlite3
import threading

import pytest

from skykeep import errors
from skykeep.ledger import note
from skykeep.ledger.errors import LedgerError
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station.database import DATABASE
from skykeep.station.store import Store
from skykeep.station.verify import check

SIGNER = note.Signer.from_seed("example.org/station", bytes(range(32)))
VKEY = SIGNER.verifier.vkey
SETTINGS, PROGRAM = bytes([1]) * 32, bytes([2]) * 32


def leaves_of(i):
    return [
        Leaf(LeafKind.FRAME, b"frame %d" % i),
        Leaf(LeafKind.NAME, b"serial %d" % i),
        Leaf(LeafKind.FACT, b"heard %d" % i),
        Leaf(LeafKind.CONCLUSION, b"concluded %d" % i),
    ]


def fill(store, n):
    start = store.entries_count
    for i in range(start, start + n):
        assert store.append(1, i, i * 100, leaves_of(i), SETTINGS, PROGRAM) == i
    store.wait_durable(start + n)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "record"


@pytest.fixture
def store(path):
    with Store.create(path, meta={"place": "somewhere"}) as store:
        yield store


def test_rows_come_back_as_they_were_appended(store):
    state = store.put_snapshot(b"state")
    store.append(2, 0, -5, [], SETTINGS, PROGRAM)
    store.append(1, 2**64 - 1, 7, leaves_of(1), SETTINGS, PROGRAM, state)
    assert store.wait_durable(2)
    first, second = store.rows()
    assert (first.entry_index, first.kind, first.tick, first.now_ns, first.leaves, first.state_sha256) == (
        0,
        2,
        0,
        -5,
        (),
        None,
    )
    assert (second.entry_index, second.kind, second.tick, second.now_ns) == (1, 1, 2**64 - 1, 7)
    assert list(second.leaves) == leaves_of(1)
    assert second.state_sha256 == state
    assert (second.entry.settings_sha256, second.entry.n_facts) == (SETTINGS, 1)
    assert store.row(1) == second


def test_rows_from_the_middle(store):
    fill(store, 100)
    assert [row.entry_index for row in store.rows(40, 90)] == list(range(40, 90))
    assert [row.entry_index for row in store.rows(97)] == [97, 98, 99]
    with pytest.raises(errors.Refused, match="no durable entry 100"):
        store.row(100)


def test_a_record_goes_on_after_it_was_closed(path):
    with Store.create(path, meta={}) as store:
        fill(store, 5)
    with Store.open(path) as store:
        assert (store.durable(), store.entries_count) == (5, 5)
        fill(store, 5)
    assert check(path).n_entries == 10


def test_close_commits_what_waits(path):
    with Store.create(path, meta={}) as store:
        for i in range(50):
            store.append(1, i, i, leaves_of(i), SETTINGS, PROGRAM)
    with Store.open(path, read_only=True) as store:
        assert store.durable() == 50


def test_meta_is_kept_with_the_format(store):
    assert store.meta == {"place": "somewhere", "format": "skykeep record/1"}


def test_durability_is_told_once_in_order_and_in_groups(path):
    told = []
    with Store.create(path, meta={}, on_durable=told.append) as store:
        for i in range(200):
            store.append(1, i, i, leaves_of(i), SETTINGS, PROGRAM)
        assert store.wait_durable(200)
        assert store.durable() == 200
    assert told == sorted(set(told))
    assert told[-1] == 200


def test_waiting_for_what_is_not_appended_ends_at_its_timeout(store):
    assert store.wait_durable(1, timeout_s=0.01) is False


def test_snapshots_and_blobs_by_hash(store):
    big = bytes(100_000)
    for put, get in ((store.put_snapshot, store.get_snapshot), (store.put_blob, store.get_blob)):
        sha256 = put(big)
        assert put(big) == sha256 == hashlib.sha256(big).digest()
        assert get(sha256) == big
        assert get(bytes(32)) is None


@pytest.mark.requirement("RECORD-4")
def test_a_second_writer_is_refused_and_told_who_holds_it(path, store):
    import os

    with pytest.raises(errors.Refused, match=f"being written by process {os.getpid()} on"):
        Store.open(path)
    with Store.open(path, read_only=True) as reader:
        assert reader.durable() == 0
    store.close()
    Store.open(path).close()


def test_what_is_no_record_is_refused(path, tmp_path):
    with pytest.raises(errors.Refused, match="holds no record"):
        Store.open(path)
    (tmp_path / "x").write_text("here already")
    with pytest.raises(errors.Refused, match="not empty"):
        Store.create(tmp_path, meta={})


def test_a_newer_format_is_refused_and_the_lock_let_go(path):
    Store.create(path, meta={}).close()
    with sqlite3.connect(path / DATABASE) as db:
        db.execute("UPDATE meta SET value = 'skykeep record/9' WHERE key = 'format'")
    db.close()
    for _ in range(2):
        with pytest.raises(errors.Refused, match="record/9"):
            Store.open(path)


def test_a_reader_sees_a_growing_record_and_may_not_write(path, store):
    with Store.open(path, read_only=True) as reader:
        fill(store, 3)
        assert reader.entries_count == reader.durable() == 3
        assert len(list(reader.rows())) == 3
        for write in (
            lambda: reader.append(1, 0, 0, [], SETTINGS, PROGRAM), lambda: reader.put_blob(b""), lambda: reader.erase([(0, 0)]),
            lambda: reader.seal(SIGNER), lambda: reader.wait_durable(1), reader.retry,
        ):  # fmt: skip
            with pytest.raises(errors.Refused, match="read-only"):
                write()


def test_a_closed_store_says_so(path):
    store = Store.create(path, meta={})
    store.close()
    store.close()
    with pytest.raises(errors.Unavailable, match="closed"):
        store.append(1, 0, 0, [], SETTINGS, PROGRAM)


@pytest.mark.parametrize("leaf", [Leaf(9, b"x"), Leaf(3, None, bytes(32))])
def test_leaves_that_cannot_be_appended(store, leaf):
    with pytest.raises(ValueError, match="leaves to append"):
        store.append(1, 0, 0, [leaf], SETTINGS, PROGRAM)
    assert store.entries_count == 0


def test_many_threads_get_one_order(store):
    def work(name):
        for i in range(50):
            store.append(1, i, i, [Leaf(3, b"%d %d" % (name, i))], SETTINGS, PROGRAM)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.wait_durable(200)
    bodies = [row.leaves[0].body.split() for row in store.rows()]
    for name in range(4):
        assert [int(i) for n, i in bodies if int(n) == name] == list(range(50))


def test_the_queue_is_bounded(store, monkeypatch):
    """With the writing thread held back, the queue fills, the next append waits, and goes through afterwards."""
    from skykeep.station import groupwriter

    monkeypatch.setattr(groupwriter, "WAITING_JOBS_MAX", 3)
    commit, go = store._writer._commit, threading.Event()
    monkeypatch.setattr(store._writer, "_commit", lambda group: (go.wait(), commit(group)))
    for i in range(3):
        store.append(1, i, i, [], SETTINGS, PROGRAM)
    late = threading.Thread(target=store.append, args=(1, 3, 3, [], SETTINGS, PROGRAM))
    late.start()
    late.join(0.05)
    assert late.is_alive()
    assert store.entries_count == 3
    go.set()
    late.join()
    assert store.wait_durable(4)


def test_a_mistake_in_on_durable_does_not_look_like_silence(path, monkeypatch):
    seen = []
    monkeypatch.setattr(threading, "excepthook", seen.append)

    def broken(n):
        raise RuntimeError("ours")

    store = Store.create(path, meta={}, on_durable=broken)
    store.append(1, 0, 0, [], SETTINGS, PROGRAM)
    store._writer._thread.join()
    with pytest.raises(errors.Unavailable, match="writing thread ended"):
        store.append(1, 1, 1, [], SETTINGS, PROGRAM)
    with pytest.raises(errors.Unavailable, match="writing thread ended"):
        store.retry()
    assert len(seen) == 1
    store.close()
    with Store.open(path) as store:
        assert store.durable() == 1


def test_sealing_a_growing_record(path, store):
    with pytest.raises(errors.Refused, match="nothing to seal"):
        store.seal(SIGNER)
    with pytest.raises(errors.Unavailable, match="seal first"):
        store.seals.signed()
    olds = []
    for n in (3, 250, 10, 300):
        fill(store, n)
        head = store.seal(SIGNER)
        assert head.size == store.durable()
        assert store.seal(SIGNER) == head  # nothing new: the same
        olds.append(store.seals.signed())
        for old in olds:
            assert check(path, VKEY, old).signer_proved
    report = check(path, VKEY)
    assert (report.n_entries, report.n_unsealed, report.n_facts, report.n_leaves, report.files_beyond) == (
        563,
        0,
        563,
        4 * 563,
        (),
    )
    assert {str(p.relative_to(path)) for p in path.rglob("*.p")} == {
        "tile/0/002.p",
        "tile/1/000.p",
        "tile/entries/002.p",
    }


def test_sealing_goes_on_after_reopening_and_repairs_lag(path):
    with Store.create(path, meta={}) as store:
        fill(store, 10)
        store.seal(SIGNER)
        fill(store, 300)
    report = check(path, VKEY)
    assert (report.checkpoint_size, report.n_entries, report.n_unsealed) == (10, 310, 300)
    with Store.open(path) as store:
        assert store.seal(SIGNER).size == 310
    assert check(path, VKEY).n_unsealed == 0


def test_sealing_after_a_crash_between_tiles_and_checkpoint(path, monkeypatch):
    from skykeep.station.logfiles import LogFiles

    write = LogFiles.write

    def crash(self, name, data):
        if name == "checkpoint":
            raise OSError("power cut")
        write(self, name, data)

    with Store.create(path, meta={}) as store:
        fill(store, 250)
        store.seal(SIGNER)
        fill(store, 20)
        with monkeypatch.context() as patch:
            patch.setattr(LogFiles, "write", crash)
            with pytest.raises(errors.Unavailable, match="power cut"):
                store.seal(SIGNER)
        assert check(path, VKEY).files_beyond == (
            "tile/0/000",
            "tile/0/001.p/14",
            "tile/1/000.p/1",
            "tile/entries/000",
            "tile/entries/001.p/14",
        )
        assert store.seal(SIGNER).size == 270
    assert check(path, VKEY).files_beyond == ()


def test_nothing_is_signed_over_changed_tiles_or_another_key(path):
    with Store.create(path, meta={}) as store:
        fill(store, 10)
        store.seal(SIGNER)
        fill(store, 1)
    with Store.open(path) as store, pytest.raises(errors.Refused, match="sealed with another key"):
        store.seal(note.Signer.from_seed("example.org/station", bytes(32)))
    tile = path / "tile/0/000.p/10"
    good = tile.read_bytes()
    tile.write_bytes(bytes(320))
    with Store.open(path) as store, pytest.raises(errors.Corrupt, match="do not have the root"):
        store.seal(SIGNER)
    tile.unlink()
    with Store.open(path) as store, pytest.raises(errors.Corrupt, match=r"tile/0/000\.p/10"):
        store.seal(SIGNER)
    tile.write_bytes(good)
    with sqlite3.connect(path / DATABASE) as db:
        db.execute("DELETE FROM ticks WHERE entry_index > 7")
    db.close()
    with Store.open(path) as store, pytest.raises(errors.Corrupt, match="10 entries were sealed"):
        store.seal(SIGNER)


def test_the_origin_is_the_name_of_the_key(store):
    fill(store, 1)
    assert store.seal(SIGNER, "example.org/station").origin == "example.org/station"
    with pytest.raises(errors.Refused, match="name of the key"):
        store.seal(SIGNER, "example.org/elsewhere")


def test_proofs_of_single_facts(store):
    fill(store, 300)
    with pytest.raises(errors.Unavailable, match="seal first"):
        store.prove(0, 0)
    store.seal(SIGNER)
    fill(store, 1)
    for index in (0, 255, 299):
        proved = store.prove(index, 2).verify(VKEY)
        assert (proved.body, proved.entry_index, proved.checkpoint.size) == (b"heard %d" % index, index, 300)
    with pytest.raises(errors.Unavailable, match="not sealed yet"):
        store.prove(300, 0)
    with pytest.raises(errors.Refused, match="has 4 leaves"):
        store.prove(0, 4)


def test_a_witness_can_follow(store):
    from skykeep.ledger.cosignature import verify
    from skykeep.ledger.witness import Witness

    signer = note.Signer.from_seed("example.org/witness", bytes(32), note.COSIGNATURE_V1)
    witness = Witness(signer, {"example.org/station": VKEY})
    for now_s, n in ((1, 5), (2, 300)):
        fill(store, n)
        store.seal(SIGNER)
        old_size = witness.latest("example.org/station").size
        proof, signed = store.seals.prove_since(old_size)
        mark = witness.cosign(signed, old_size=old_size, path=proof, now_s=now_s)
        store.seals.attach(mark)
        store.seals.attach(mark)
    assert verify(note.parse(store.seals.signed()), [signer.verifier]) == (("example.org/witness", 2),)
    assert check(store.path, VKEY, witnesses=[signer.verifier]).cosigned == (("example.org/witness", 2),)


def random_leaves(chance, n):
    return [Leaf(LeafKind.NAME, chance.randbytes(64)) for _ in range(n)]


def on_disk(path):
    return b"".join(p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file())


@pytest.mark.requirement("RECORD-5")
def test_erasure_is_for_good_and_keeps_the_proofs_of_the_rest(path):
    chance = random.Random(5)
    ticks = [random_leaves(chance, 3) for _ in range(40)]
    with Store.create(path, meta={}) as store:
        for i, leaves in enumerate(ticks):
            store.append(1, i, i, leaves, SETTINGS, PROGRAM)
        store.wait_durable(40)
        store.seal(SIGNER)
        before = on_disk(path)
        salt, kept_salt = store.prove(7, 1).salt, store.prove(7, 0).salt
        kept = store.prove(7, 0).to_bytes()
        assert store.erase([(7, 1), (9, 0), (9, 1), (9, 2)]) == 4
        assert (
            store.erase(lambda entry, leaf, _leaf: entry in {7, 30} and leaf == 1) == 1
        )  # one of the two is gone already
        left = on_disk(path)
        for entry, leaf in [(7, 1), (9, 0), (9, 1), (9, 2), (30, 1)]:
            assert ticks[entry][leaf].body in before
            assert ticks[entry][leaf].body not in left
            with pytest.raises(errors.Refused, match="erased"):
                store.prove(entry, leaf)
        assert salt not in left
        assert kept_salt in left
        assert store.prove(7, 0).to_bytes() == kept
        assert store.row(7).leaves[1].body is None
        for entry, leaf in [(7, 0), (7, 2), (30, 0), (8, 1)]:
            assert store.prove(entry, leaf).verify(VKEY).body == ticks[entry][leaf].body
        assert check(path, VKEY).n_erased == 5
    assert check(path, VKEY).n_erased == 5


def test_many_erasures_let_ticks_commit_in_between(store, monkeypatch):
    """Each transaction takes a few entries, and a tick appended in the middle is durable before the end."""
    from skykeep.station import database

    fill(store, 200)
    durable, erase = [], database.erase

    def erase_and_append(db, some):
        durable.append(store.durable())
        erase(db, some)
        if len(durable) == 1:
            threading.Thread(target=store.append, args=(1, 200, 0, [], SETTINGS, PROGRAM)).start()

    monkeypatch.setattr(database, "erase", erase_and_append)
    monkeypatch.setattr("skykeep.station.store.ERASED_AT_ONCE", 20)
    assert store.erase(lambda _entry, leaf, _leaf: leaf == 1) == 200
    assert len(durable) == 10
    assert store.wait_durable(201)
    assert check(store.path).n_erased == 200


def test_erasing_what_is_not_there_changes_nothing(store):
    fill(store, 2)
    assert store.erase([(0, 9)]) == 0
    assert store.erase([]) == 0
    with pytest.raises(errors.Refused, match="no durable entry 5"):
        store.erase([(5, 0)])


def test_erased_blobs_and_snapshots_are_gone_from_the_disk(store, path):
    data = random.Random(6).randbytes(500)
    blob, snapshot = store.put_blob(data), store.put_snapshot(data)
    assert store.get_blob(blob) == store.get_snapshot(snapshot) == data
    assert data in on_disk(path)
    store.erase_blob(blob)
    assert store.get_snapshot(snapshot) == data
    store.erase_snapshot(snapshot)
    assert store.get_blob(blob) is store.get_snapshot(snapshot) is None
    assert data not in on_disk(path)


def test_a_reader_that_holds_an_old_copy_is_named(store, path, monkeypatch):
    fill(store, 3)
    store._writer._db.execute("PRAGMA busy_timeout = 1")
    reader = sqlite3.connect(path / DATABASE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM ticks").fetchone()
    with pytest.raises(errors.Unavailable, match="reader keeps an old copy"):
        store.erase([(0, 1)])
    reader.close()
    assert store.erase([(0, 1)]) == 0
    assert (path / f"{DATABASE}-wal").stat().st_size == 0
    assert store.row(0).leaves[1].body is None


def test_ledger_errors_do_not_leave_the_station_unmapped(path):
    with Store.create(path, meta={}) as store:
        fill(store, 3)
        store.seal(SIGNER)
    (path / "checkpoint").write_bytes(b"nonsense")
    for call in (
        lambda s: s.seal(SIGNER),
        lambda s: s.prove(0, 0),
        lambda s: s.seals.prove_since(1),
        lambda s: s.seals.read(),
    ):
        with Store.open(path) as store, pytest.raises(errors.Corrupt) as raised:
            call(store)
        assert isinstance(raised.value.__cause__, LedgerError)
