"""The recorder: ticks reach the disk in order whatever it does, and what is shown meanwhile says so."""

import threading

import pytest

from skykeep.errors import Unavailable
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station.recorder import Entry, Recorder
from skykeep.station.store import Store
from tests.waiting import until

HASH = bytes(32)


class Moody:
    """A store whose disk can be full."""

    def __init__(self, store):
        self.store, self.full = store, threading.Event()

    def __getattr__(self, name):
        return getattr(self.store, name)

    def append(self, *arguments):
        if self.full.is_set():
            raise Unavailable("the disk is full; make room")
        return self.store.append(*arguments)

    def retry(self):
        if not self.full.is_set():
            self.store.retry()


@pytest.fixture
def moody(tmp_path):
    recorders = []
    store = Store.create(
        tmp_path / "r", meta={"record_id": "r"}, on_durable=lambda _n: [r.durable_now() for r in recorders]
    )
    with store:
        one = Moody(store)
        one.recorders = recorders
        yield one


def entry(tick, told):
    leaves = [Leaf(LeafKind.FACT, b"fact %d" % tick)]
    return Entry(
        EntryKind.TICK, tick, tick, leaves, HASH, HASH, then=lambda index, durable: told.append((index, durable))
    )


def recorder(moody, **terms):
    one = Recorder(moody, **terms)
    moody.recorders.append(one)
    return one


def test_ticks_are_told_in_order_once_they_are_durable(moody):
    told = []
    one = recorder(moody)
    for tick in range(200):
        one.put(entry(tick, told))
    assert one.drain(20)
    assert told == [(index, True) for index in range(200)]
    assert [row.tick for row in moody.store.rows()] == list(range(200))
    one.close()


@pytest.mark.requirement("STATION-4")
def test_a_full_disk_loses_nothing_and_is_told(moody):
    told, notes = [], []
    one = recorder(moody, patience_ns=50_000_000, note=notes.append)
    one.put(entry(0, told))
    assert one.drain(20)
    moody.full.set()
    for tick in range(1, 30):
        one.put(entry(tick, told))
    until(lambda: (29, False) in told, "the last tick, not recorded")
    assert not one.recorded
    assert "full" in one.fault
    assert len(notes) == 1
    moody.full.clear()
    assert one.drain(20)
    until(lambda: not one.fault, "the fault to be over")
    assert one.recorded
    assert [index for index, durable in told if durable] == list(range(30))
    assert [index for index, durable in told if not durable] == list(range(1, 30))
    assert [row.tick for row in moody.store.rows()] == list(range(30))
    one.close()


def test_what_waits_is_bounded_by_asking_the_loop_to_hold_back(moody):
    told = []
    one = recorder(moody, waiting_bytes_max=100)
    moody.full.set()
    while not one.full:
        one.put(entry(len(one._waiting), told))
    assert one.waiting > 10
    moody.full.clear()
    assert one.drain(20)
    assert not one.full
    one.close()
