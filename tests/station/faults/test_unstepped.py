"""Ticks that the watch cannot step: nothing heard is lost, the others are judged, nobody is told what does not hold."""

import contextlib
import json

import hypothesis
import pytest
from hypothesis import strategies as st

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.facts import codec
from skykeep.facts.acted import Health, HealthObserved
from skykeep.facts.concluded import AlarmChanged, Verdict, VerdictReached
from skykeep.facts.enacted import Began, LawDeclared, ZoneEnacted, ZoneWithdrawn
from skykeep.facts.frame import Frame
from skykeep.facts.observed import LinkTrust, PositionReported, Unreadable
from skykeep.ledger.tick import LeafKind
from skykeep.station import isolating, loop, recovering, replay, running, verify
from skykeep.station.healthwatch import HealthWatch
from skykeep.station.isolating import Unit, sift
from skykeep.station.quarantine import Quarantine
from skykeep.station.recovering import Recovering
from skykeep.station.run import bodies
from skykeep.station.store import Store
from skykeep.station.ticks import Gathered
from skykeep.watch.step import step
from tests.station.living import CONFIG, INSIDE, OUTSIDE, home, living
from tests.waiting import until

pytestmark = pytest.mark.requirement("STATION-13")


def of_evil(fact):
    return isinstance(fact, PositionReported) and fact.sensor_id == "evil"


@contextlib.contextmanager
def failing(monkeypatch, poisonous, *modules):
    """The watch steps, and raises afterwards, when its state is spoilt, wherever a tick or its state is poisonous."""

    def spoilt(state, tick, looking=None):
        stepped = step(state, tick, looking)
        if poisonous(state, tick):
            raise IndexError("what it quotes is a person's: N12345")
        return stepped

    with monkeypatch.context() as patched:
        for module in modules or (running,):
            patched.setattr(module, "step", spoilt)
        yield


def heard(one, *, evil):
    """Tell of many plots in one request, so that they share a tick; those of the sensor "evil" are poisonous."""
    lines = []
    for number in range(40):
        sensor = "evil" if number in evil else "radar-1"
        lines.append({
            "time": 1_800_000_000 + number / 100, "sensor": sensor, "track": str(number), "modality": "radar",
            "lat": OUTSIDE[0] + number / 1e3, "lon": OUTSIDE[1], "alt_amsl_m": 700, "accuracy_m": 10,
        })  # fmt: skip
    data = b"\n".join(json.dumps(line).encode() for line in lines)
    return one.ask("sensor.push", "anonymous:radar-1", ["sensor"], subject="sensor:radar-1", data=data, format="tracks")


def recorded(at, kind, leaf=LeafKind.FACT):
    with Store.open(at.record, read_only=True) as store:
        told = [codec.decode(body) for row in store.rows() for body in bodies(row, leaf)]
    return [fact for fact in told if isinstance(fact, kind)]


def require_sound(at):
    verify.check(at.record)
    assert replay.replay(at.record).differing == 0
    assert Quarantine(at.quarantine).waiting() == []


def unjudged(one, subject):
    return [
        alarm for alarm in one.facts(AlarmChanged)
        if alarm.reason == f"health:unstepped:{subject}" and alarm.state == "unacknowledged"
    ]  # fmt: skip


def named_like(one, subject):
    return [alarm for alarm in one.facts(AlarmChanged) if alarm.reason.startswith(f"health:unstepped:{subject}")]


def test_what_cannot_be_stepped_is_recorded_and_told_and_the_rest_is_judged(monkeypatch):
    evil = {3, 4, 17, 39}
    with home() as at, failing(monkeypatch, lambda _state, tick: any(map(of_evil, tick.facts))):
        with living(at) as one:
            one.fly(INSIDE, lambda: one.facts(VerdictReached), "a verdict")
            heard(one, evil=evil)
            alarm = until(lambda: unjudged(one, "evil"), "the alarm")[-1]
            assert alarm.priority == 1
            told = [fact for fact in one.facts(HealthObserved) if fact.what is Health.UNSTEPPED]
            assert [(fact.subject, fact.value) for fact in told] == [("evil", len(evil))]
            assert "IndexError" in told[0].unseen
            assert "N12345" not in told[0].unseen
            heard(one, evil={5})  # and once more: it goes on all the same
            one.fly(
                INSIDE,
                lambda: [v for v in one.facts(VerdictReached) if v.verdict is Verdict.NOT_PERMITTED],
                "a verdict",
            )
            assert one.thread.is_alive()
        unread = recorded(at, Unreadable)
        assert len(unread) == len(evil) + 1
        assert {fact.sensor_id for fact in unread} == {"evil"}
        assert all("could not take it in: IndexError" in fact.reason for fact in unread)
        sensors = [fact.sensor_id for fact in recorded(at, PositionReported)]
        assert "evil" not in sensors
        assert sensors.count("radar-1") >= 80 - len(unread)
        frames = recorded(at, Frame, LeafKind.FRAME)
        assert sum(b'"evil"' in frame.data for frame in frames) == len(unread)
        require_sound(at)


def test_an_act_that_cannot_be_stepped_is_refused_and_holds_nowhere(monkeypatch):
    def poisonous(_state, tick):
        return any(isinstance(fact, ZoneEnacted) and fact.zone_id.startswith("EMERGENCY") for fact in tick.facts)

    with home() as at, failing(monkeypatch, poisonous):
        with living(at) as one:
            one.see(INSIDE)
            with pytest.raises(Refused, match="nothing of it holds"):
                one.ask("zone.emergency", circle=[470000000, 80000000, 9000], reason="fire")
            until(lambda: named_like(one, "ZoneEnacted EMERGENCY"), "the alarm")
            one.fly(INSIDE, lambda: one.facts(VerdictReached), "a verdict")
        assert not [zone for zone in recorded(at, ZoneEnacted) if zone.zone_id.startswith("EMERGENCY")]
        kept = list(at.quarantine.glob("refused-*.tick"))
        assert len(kept) == 1
        assert any(isinstance(fact, ZoneEnacted) for fact in Quarantine(at.quarantine).read(kept[0]).facts)
        require_sound(at)


def test_a_zone_that_cannot_be_stepped_leaves_doubt_until_it_is_tried_again_at_the_next_start(monkeypatch):
    def poisonous(_state, tick):
        return any(isinstance(fact, ZoneEnacted) and fact.zone_id in {"DEMO-A", "DEMO-B"} for fact in tick.facts)

    with home(CONFIG + "[watch]\nlaw_complete = true\n") as at:
        with failing(monkeypatch, poisonous), living(at) as one:
            for zone in ("DEMO-A", "DEMO-B"):
                until(lambda zone=zone: unjudged(one, f"ZoneEnacted {zone}"), "an alarm of its own")
            one.fly(OUTSIDE, lambda: one.facts(VerdictReached), "a verdict")
            assert not any(verdict.law_complete for verdict in one.facts(VerdictReached))
            one.station.loop.recovering.look(one.station.loop.now_ns + 2 * recovering.QUIET_NS)
            assert {each.subject for each in one.station.health.ill() if each.what == "unstepped"} == {
                "ZoneEnacted DEMO-A", "ZoneEnacted DEMO-B",
            }  # fmt: skip
        assert [law.complete for law in recorded(at, LawDeclared)] == [True, False]
        with living(at) as one:
            one.fly(INSIDE, lambda: one.facts(VerdictReached), "a verdict")
            assert one.station.running.state.law.complete
            assert not [each for each in one.station.health.ill() if each.what == "unstepped"]
        assert {zone.zone_id for zone in recorded(at, ZoneEnacted)} >= {"DEMO-A", "DEMO-B"}
        require_sound(at)


def test_mended_ticks_keep_a_state_now_and_then_and_each_trial_beats(monkeypatch):
    beats = []
    monkeypatch.setattr(recovering, "heartbeat", lambda: beats.append(1))
    with home() as at, failing(monkeypatch, lambda _state, tick: any(map(of_evil, tick.facts))):
        with living(at) as one:
            monkeypatch.setattr(loop, "MENDED_NS", 10**18)
            for number in range(4):
                begin_push(one, "evil")
                until(lambda number=number: one.station.loop.recovering.count > number, "a tick to be mended")
            assert len(beats) >= 4
        with Store.open(at.record, read_only=True) as store:
            kept = [row for row in store.rows() if row.state_sha256 is not None]
        assert len(kept) <= 3  # of the first that was mended, of the end, and one that was due
        require_sound(at)


def test_a_tick_of_an_earlier_run_is_stepped_when_the_station_begins_again(monkeypatch):
    with home() as at:
        with living(at) as one:
            one.see(INSIDE)
            failed = []
            with (
                monkeypatch.context() as patched,
                failing(monkeypatch, lambda _state, tick: any(map(of_evil, tick.facts))),
            ):
                patched.setattr("threading.excepthook", failed.append)
                patched.setattr(one.station.recorder, "drain", lambda *_: False)  # the disk takes nothing just now
                begin_push(one, "evil")
                until(lambda: failed, "the watch to fail")
        assert isinstance(failed[0].exc_value, Unavailable)
        assert len(Quarantine(at.quarantine).waiting()) == 1
        with living(at) as one:
            until(lambda: not Quarantine(at.quarantine).waiting(), "its file to go")
            one.see(INSIDE)
        assert len([fact for fact in recorded(at, PositionReported) if of_evil(fact)]) == 1
        require_sound(at)


def begin_push(one, sensor):
    line = {"time": 1_800_000_000, "sensor": sensor, "modality": "radar", "lat": OUTSIDE[0], "lon": OUTSIDE[1]}
    one.begin_ask(
        "sensor.push", f"anonymous:{sensor}", ["sensor"], subject=f"sensor:{sensor}", format="tracks",
        data=json.dumps(line).encode(),
    )  # fmt: skip


def test_a_state_that_cannot_be_stepped_begins_anew_and_replays(monkeypatch):
    def poisonous(state, _tick):
        return len(state.tracks) > 0

    with home() as at:
        with living(at) as one:
            one.fly(INSIDE, lambda: [a for a in one.facts(AlarmChanged) if a.reason == "not_permitted"], "an alarm")
            failed = []
            with monkeypatch.context() as patched, failing(monkeypatch, poisonous):
                patched.setattr("threading.excepthook", failed.append)
                begin_push(one, "late")
                until(lambda: failed, "the watch to fail")
        assert "empty tick" in str(failed[0].exc_value)
        old = one.station.running.state.next_track_id
        with failing(monkeypatch, lambda state, _tick: (state.tracks.id < old).any()), living(at) as one:
            assert any("CANNOT GO ON" in note for note in one.notes)
            one.fly(INSIDE, lambda: one.facts(VerdictReached), "a verdict")
            assert one.station.running.state.tracks.id.min() >= old
        alarms = [alarm for alarm in recorded(at, AlarmChanged, LeafKind.CONCLUSION) if alarm.reason == "not_permitted"]
        assert [alarm.state for alarm in alarms if alarm.alarm_id == alarms[0].alarm_id] == [
            "unacknowledged", "returned_unacknowledged",
        ]  # fmt: skip
        assert [fact.sensor_id for fact in recorded(at, PositionReported)].count("late") == 1
        begun = recorded(at, Began)
        assert [began.resumed_after_tick is None for began in begun] == [True, True]
        require_sound(at)


# ---- the search -----------------------------------------------------------------------------------------


@hypothesis.given(st.integers(1, 60), st.sets(st.integers(0, 59), max_size=6))
def test_the_search_sets_aside_just_what_is_poisonous(count, bad):
    units = [Unit([number]) for number in range(count)]
    sifted = sift(Gathered(1), units, bad.isdisjoint, "why")
    assert sifted.acts == sorted(bad & set(range(count)))
    assert sifted.tick.facts == [number for number in range(count) if number not in bad]


def test_the_search_ends_where_everything_is_poisonous():
    asked = []

    def works(facts):
        asked.append(facts)
        return not facts

    sifted = sift(Gathered(1), [Unit([number]) for number in range(10_000)], works, "why")
    assert len(sifted.acts) == 10_000
    assert len(asked) <= isolating.TRIALS_MAX + isolating.OWNERS_TRIALS_MAX + 1
    assert len(asked) >= isolating.TRIALS_MAX


def of_sensors(sensors):
    """Return a tick with one frame of each of these sensors, and its units."""
    frames = [Frame("tracks", None, sensor, 1, 1, LinkTrust.OPEN, b"") for sensor in sensors]
    return Gathered(1, frames=frames), [Unit([number], number) for number in range(len(frames))]


@hypothesis.given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=400), st.sets(st.sampled_from("abcdefgh")))
def test_bad_frames_of_some_sensors_cost_the_others_none(sensors, guilty):
    tick, units = of_sensors(sensors)
    bad = {number for number, sensor in enumerate(sensors) if sensor in guilty and number % 7 < 3}
    sifted = sift(tick, units, bad.isdisjoint, "why")
    assert set(sifted.sensors) == {sensors[number] for number in bad}
    assert [fact for fact in sifted.tick.facts if isinstance(fact, int)] == sorted(
        fact for fact in sifted.tick.facts if isinstance(fact, int)
    )


def test_where_trials_run_out_only_frames_of_the_guilty_go():
    sensors = ["evil" if number % 7 == 3 else f"radar-{number % 5}" for number in range(2_000)]
    tick, units = of_sensors(sensors)
    bad = {number for number, sensor in enumerate(sensors) if sensor == "evil" and number % 2}
    sifted = sift(tick, units, bad.isdisjoint, "why")
    assert set(sifted.sensors) == {"evil"}
    assert len(bad) <= sifted.sensors["evil"] <= sensors.count("evil")


def test_one_bad_sensor_among_many_does_not_use_up_what_another_needs():
    sensors = ["worse"] * 500 + ["bad"] * 200 + [f"radar-{number}" for number in range(1_000)]
    tick, units = of_sensors(sensors)
    sifted = sift(tick, units, ({*range(500), 600}).isdisjoint, "why")
    assert sifted.sensors == {"worse": 500, "bad": 1}


def test_acts_of_another_kind_are_kept_where_trials_run_out():
    acts = [ZoneWithdrawn(zone_id=str(number), version=1, t_ns=1, reason="") for number in range(500)]
    law = LawDeclared(complete=True, t_ns=1)
    units = [Unit([fact]) for fact in (*acts, law)]
    sifted = sift(Gathered(1), units, lambda facts: not any(isinstance(fact, ZoneWithdrawn) for fact in facts), "why")
    assert sifted.tick.facts == [law]
    assert sifted.acts == acts


# ---- its files ------------------------------------------------------------------------------------------


def test_a_damaged_file_is_set_aside_and_told(tmp_path):
    quarantine = Quarantine(tmp_path)
    path = quarantine.keep(Gathered(7), "why")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Malformed, match="damaged"):
        quarantine.read(path)
    assert quarantine.waiting() == []
    assert [each.name for each in tmp_path.iterdir()] == ["7.damaged"]


@hypothesis.given(st.binary(max_size=200))
def test_whatever_lies_there_is_read_or_malformed(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("quarantine") / "1.tick"
    path.write_bytes(data)
    with contextlib.suppress(Malformed):
        assert isinstance(Quarantine(path.parent).read(path), Gathered)


def test_a_fact_of_a_frame_that_is_not_there_is_malformed(tmp_path):
    fact = Unreadable(
        sensor_id="a", transmitter="", t_event_ns=1, t_arrival_ns=1, link_trust=LinkTrust.OPEN, frame=3, reason="why"
    )
    quarantine = Quarantine(tmp_path)
    with pytest.raises(Malformed, match="not there"):
        quarantine.read(quarantine.keep(Gathered(1, facts=[fact]), "why"))


def test_a_file_that_cannot_be_read_is_told_and_stops_no_start(tmp_path):
    notes, quarantine = [], Quarantine(tmp_path)
    (tmp_path / "7.tick").mkdir()  # a directory: as unreadable, for whoever runs this
    other = quarantine.keep(Gathered(8), "why")
    recovering = Recovering(None, None, None, quarantine, HealthWatch(), notes.append)
    assert [path for path, _ in recovering.waiting()] == [other]
    assert "7.tick" in notes[0]
    assert "cannot be read" in notes[0]
    assert (tmp_path / "7.tick").exists()
