"""What takes long is worked out beside the watch, which goes on meanwhile; what the record holds replays all the same."""

import threading

import pytest

from skykeep.errors import Corrupt, Refused, Unavailable
from skykeep.facts.acted import Health, HealthObserved
from skykeep.facts.concluded import VerdictReached
from skykeep.facts.enacted import PermitEnacted, PermitRevoked
from skykeep.facts.granting import Step
from skykeep.facts.personal import Name
from skykeep.ledger.tick import LeafKind
from skykeep.station import livelaw, replay, verify, zonedesk
from skykeep.station.besides import Besides
from skykeep.station.serving import Station
from tests.station.faults.test_unstepped import recorded
from tests.station.living import CONFIG, OUTSIDE, ZONES, home, living
from tests.station.offices import BORIS, Desk, application, volume
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.requirement("STATION-15")
AREA = [round(OUTSIDE[0] * 1e7), round(OUTSIDE[1] * 1e7), 500_000]


def require_replays(at):
    verify.check(at.record)
    assert replay.replay(at.record).differing == 0


def slowed(monkeypatch, one, module, name):
    """Hold a function up until the watch has gone on; return the names of the threads that it ran on."""
    threads, done = [], getattr(module, name)

    def held_up(*given):
        threads.append(threading.current_thread().name)
        beats = len(one.beats)
        until(lambda: len(one.beats) > beats + 2, "the watch to go on")
        return done(*given)

    monkeypatch.setattr(module, name, held_up)
    return threads


def test_what_a_zone_would_touch_is_tried_beside_the_watch(monkeypatch):
    with home() as at:
        with living(at) as one:
            one.fly(OUTSIDE, lambda: one.facts(VerdictReached), "a verdict")
            threads = slowed(monkeypatch, one, zonedesk, "step")
            seen, entry = one.ask("zone.emergency", circle=AREA, preview=True)
            assert seen.hits.not_permitted != []
            assert entry is None
            draft, _ = one.ask("zone.draft", "pat", ["publisher"], name="zones.json", data=ZONES.read_bytes())
            assert draft.zones != []
            tried = len(threads)
            made, _ = one.ask("zone.emergency", circle=AREA, reason="Smoke over the square")
            assert made.hits == seen.hits  # what it did touch, by the tick that made it law
            assert len(threads) == tried == 2
            assert "watch" not in threads
        require_replays(at)


def test_a_zone_that_the_watch_could_not_step_is_refused_while_it_is_tried(monkeypatch):
    def broken(*_):
        raise IndexError("of somebody")

    with home() as at, living(at) as one:
        monkeypatch.setattr(zonedesk, "step", broken)
        with pytest.raises(Refused, match="cannot take this in"):
            one.ask("zone.emergency", circle=AREA, preview=True)
        one.see(OUTSIDE)
        assert one.thread.is_alive()


def test_whoever_waits_for_a_copy_of_the_state_of_a_station_that_ended_is_told(monkeypatch):
    with home() as at:
        with living(at) as one:
            assert one.station.loop.copy() is not one.station.running.state
        monkeypatch.setattr("skykeep.station.loop.COPY_S", 0.01)
        with pytest.raises(Unavailable, match="ask again"):
            one.station.loop.copy()


OFFICE = CONFIG.replace("[law]", '[law]\noffices = ["office"]')


def test_what_an_office_grants_and_takes_back_is_read_beside_the_watch(monkeypatch):
    with home(OFFICE) as at:
        desk = Desk(at.path)
        first = desk.granted().permit_id
        with living(at) as one:
            threads = slowed(monkeypatch, one, livelaw.officelaw, "load")
            second = desk.granted(application(volume(start_h=5, end_h=6)), hour=-10).permit_id

            def held(kind):
                return [fact.permit_id for fact in one.facts(kind)]

            until(lambda: second in held(PermitEnacted), "what was granted")
            desk.step(Step.REVOKE, BORIS, second, hour=-9)
            until(lambda: second in held(PermitRevoked), "what was taken back")
            assert set(threads) == {"offices"}
        permits = [fact.permit_id for fact in recorded(at, PermitEnacted)]
        assert permits == [first, second]  # each once, though all were read again and again
        named = {name.pseudonym: name.value for name in recorded(at, Name, LeafKind.NAME)}
        for permit in recorded(at, PermitEnacted):
            assert [named[person] for person in permit.pilots] == ["Pia Pilot"]
        require_replays(at)


def test_an_office_that_cannot_be_read_is_told_and_read_again(monkeypatch):
    with home(OFFICE) as at:
        desk = Desk(at.path)
        with living(at) as one:

            def broken(*_):
                raise Corrupt("a step does not hold")

            with monkeypatch.context() as patched:
                patched.setattr(livelaw.officelaw, "load", broken)
                permit_id = desk.granted().permit_id
                ill = until(
                    lambda: [fact for fact in one.facts(HealthObserved) if fact.what is Health.FEED], "the fault"
                )
                assert "a step does not hold" in ill[0].unseen
            until(lambda: permit_id in [fact.permit_id for fact in one.facts(PermitEnacted)], "what was granted")
            until(lambda: [fact for fact in one.facts(HealthObserved) if fact.well], "the office to be well")


def test_what_stood_in_the_office_at_the_start_is_not_enacted_twice():
    with home(OFFICE) as at:
        Desk(at.path).granted()
        station = Station(at, print)
        try:
            station.offices.read()  # as soon as it may
            station._chore(station.clock.now_ns())
            assert [type(fact) for fact in station.loop._acts].count(PermitEnacted) == 1
        finally:
            station.recorder.close()
            station.store.close()


def test_whoever_asks_again_with_the_same_key_gets_the_answer_though_the_draft_is_gone():
    zones = ZONES.read_bytes().replace(b"DEMO-", b"MADE-")
    with home() as at, living(at) as one:
        publisher = ("publisher",)
        draft, _ = one.ask("zone.draft", "pia", publisher, data=zones, name="invented.json")
        subject = f"draft:{draft.draft_id}"
        first = one.ask("zone.publish", "paul", publisher, subject=subject, key="K1")
        assert one.ask("zone.publish", "paul", publisher, subject=subject, key="K1") == first
        with pytest.raises(Refused):
            one.ask("zone.publish", "paul", publisher, subject=subject, key="K2")


def test_an_emergency_zone_does_not_wait_for_what_takes_minutes(monkeypatch):
    going, go_on = threading.Semaphore(0), threading.Event()

    def slow(_besides, _ask):
        going.release()
        assert go_on.wait(PATIENCE_S)
        return b'{"holds": true, "entries": 1, "said": []}'

    monkeypatch.setattr(Besides, "do", slow)
    with home() as at, living(at) as one:
        for number in range(40):
            one.begin_ask("record.verify", "ann", ("auditor",), key=f"V{number}")
        going.acquire(timeout=PATIENCE_S)
        try:
            made, _ = one.ask("zone.emergency", circle=AREA, reason="Smoke over the square", minutes=10)
        finally:
            go_on.set()
        assert made.zone_id
