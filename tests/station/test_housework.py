"""What a station does beside its watch goes on, and is told, though sealing or starting a process fails."""

import threading
from types import SimpleNamespace

from skykeep.errors import Unavailable
from skykeep.station import housework
from skykeep.station.config import HealthConfig
from skykeep.station.healthwatch import HealthWatch
from skykeep.station.housework import UNSEALED_NS, Housework
from tests.waiting import until

NOW_NS = 1_780_000_000_000_000_000


class Pen:
    """A pen that cannot sign while `fault` says so."""

    hands_over, vkey = True, "key"  # which makes sealing due at once

    def __init__(self):
        self.fault = None

    def seal(self):
        if self.fault is not None:
            raise self.fault


def made(health, note=print):
    """Return the housework of a station of which only the pen matters, and that pen."""
    pen = Pen()
    store = SimpleNamespace(durable=lambda: 1, path="record")
    parts = SimpleNamespace(
        running=SimpleNamespace(pen=pen), recorder=None, health=health, clock=SimpleNamespace(now_ns=lambda: NOW_NS)
    )
    terms = {"config": HealthConfig(), "sensors": list, "publish": lambda _data: None}
    return Housework(store, parts, None, **terms, note=note), pen


def sealed(done, now_ns):
    """Try to seal; returns whether that went well."""
    try:
        done._seal(now_ns)
    except (Unavailable, OSError):
        return False
    return True


def test_sealing_that_fails_for_long_is_told_until_it_works():
    health = HealthWatch()
    done, pen = made(health)
    for fault in (Unavailable("no room"), OSError(5, "Input/output error")):
        pen.fault = fault
        assert not sealed(done, NOW_NS)
        assert not sealed(done, NOW_NS + UNSEALED_NS)
        assert health.ill() == []
        assert not sealed(done, NOW_NS + UNSEALED_NS + 1)
        (ill,) = health.ill()
        assert (ill.what, ill.subject) == ("record", "seal")
        assert str(fault) in ill.unseen
        pen.fault = None
        assert sealed(done, NOW_NS + UNSEALED_NS + 2)
        assert health.ill() == []


def test_sealing_that_fails_for_a_moment_now_and_then_is_not_told():
    health = HealthWatch()
    done, pen = made(health)
    for turn in range(4):
        pen.fault = Unavailable("no room") if turn % 2 == 0 else None
        assert sealed(done, NOW_NS + turn * UNSEALED_NS) is (pen.fault is None)
    assert health.take() == []


def test_a_verification_that_cannot_be_forked_ends_nothing_and_is_tried_again(monkeypatch):
    tried, notes = threading.Event(), []
    done, _ = made(HealthWatch(), notes.append)

    def forking(_record, _vkey):
        if not notes:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        tried.set()
        return SimpleNamespace(poll=lambda: None, kill=lambda: None)

    monkeypatch.setattr(housework, "verifying", forking)
    for chore in ("_look", "_tell"):
        monkeypatch.setattr(Housework, chore, _nothing)
    done.start()
    done._verify_due_s = 0.0
    try:
        until(lambda: tried.is_set() or not done._thread.is_alive(), "it to be tried again")
        assert tried.is_set()
        assert "temporarily unavailable" in notes[0]
    finally:
        done.stop()


def _nothing(_self, _now_ns):
    """A chore of no matter here."""
