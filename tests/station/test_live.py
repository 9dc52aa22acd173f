"""A station live: what it hears becomes verdicts and a record, acts become facts, and a restart goes on where it ended."""

import contextlib
import json
import sqlite3

import pytest

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.acted import ActDone
from skykeep.facts.concluded import AlarmChanged, Verdict, VerdictReached
from skykeep.facts.enacted import Began, ZoneEnacted
from skykeep.facts.personal import Name
from skykeep.ledger.tick import LeafKind
from skykeep.station import loop, replay, verify
from skykeep.station.database import DATABASE
from skykeep.station.run import bodies
from skykeep.station.store import Store
from tests.cli import calling
from tests.station.living import CONFIG, INSIDE, OUTSIDE, home, living
from tests.waiting import until


def rows(at):
    with Store.open(at.record, read_only=True) as store:
        return list(store.rows())


def verdicts(one, verdict, zone_id=None):
    return [fact for fact in one.facts(VerdictReached) if fact.verdict is verdict and zone_id in {None, fact.zone_id}]


def require_sound(at):
    """The record verifies, and replay comes to the same."""
    verify.check(at.record)
    checked = replay.replay(at.record)
    assert checked.differing == 0


@pytest.mark.capability(
    "A live station: what receivers hear is judged ten times a second, recorded, and replayed the same"
)
@pytest.mark.requirement("STATION-1")
def test_what_is_heard_is_judged_recorded_and_replayed():
    with home() as at:
        with living(at) as one:
            one.fly(INSIDE, lambda: verdicts(one, Verdict.NOT_PERMITTED, "DEMO-A"), "a verdict")
            one.fly(INSIDE, lambda: [a for a in one.facts(AlarmChanged) if a.state == "unacknowledged"], "an alarm")
            told = {ticked.entry_index for ticked in one.ticks}
            assert all(beat.recorded for beat in one.beats)
        assert told <= {row.entry_index for row in rows(at)}
        require_sound(at)


def test_a_restart_goes_on_where_it_ended():
    with home() as at:
        with living(at) as one:
            one.fly(INSIDE, lambda: verdicts(one, Verdict.NOT_PERMITTED, "DEMO-A"), "a verdict")
            zones = [(zone.zone_id, zone.version) for zone in one.facts(ZoneEnacted)]
        with living(at) as two:
            assert two.hello.durable >= len(rows(at)) - 2
            two.see(OUTSIDE, track="2", sensor="radar-2")
            until(lambda: two.ticks, "a tick")
        began = [
            fact
            for row in rows(at)
            for fact in map(codec.decode, bodies(row, LeafKind.FACT))
            if isinstance(fact, Began)
        ]
        assert [one.resumed_after_tick is None for one in began] == [True, False]
        enacted = [
            (fact.zone_id, fact.version)
            for row in rows(at)
            for fact in map(codec.decode, bodies(row, LeafKind.FACT))
            if isinstance(fact, ZoneEnacted)
        ]
        assert sorted(enacted) == sorted(set(enacted))
        assert len(zones) <= len(enacted)
        require_sound(at)


@pytest.mark.capability(
    "An emergency zone in one call: shown beforehand, law at the next tick, gone in an hour unless confirmed"
)
@pytest.mark.requirement("STATION-2")
def test_an_emergency_zone_rules_from_the_next_tick_and_a_second_officer_makes_it_longer():
    circle = [round(OUTSIDE[0] * 1e7), round(OUTSIDE[1] * 1e7), 500_000]
    with home() as at, living(at) as one:
        one.fly(OUTSIDE, lambda: one.facts(VerdictReached), "a verdict")
        seen, _ = one.ask("zone.emergency", circle=circle, preview=True)
        assert seen.hits.track_ids == seen.hits.not_permitted != []
        assert seen.zone_id == ""
        with pytest.raises(Refused, match="reason"):
            one.ask("zone.emergency", circle=circle)
        made, entry = one.ask("zone.emergency", circle=circle, reason="Smoke over the square", minutes=10)
        (row,) = [row for row in rows(at) if row.entry_index == entry]
        told = [codec.decode(body) for body in bodies(row, LeafKind.CONCLUSION)]
        assert Verdict.NOT_PERMITTED in {fact.verdict for fact in told if isinstance(fact, VerdictReached)}
        zone = f"zone:{made.zone_id}"
        until_ns = made.end_ns + 3600 * 10**9
        with pytest.raises(Refused, match="second person"):
            one.ask("zone.confirm", subject=zone, until_ns=until_ns)
        one.ask("zone.confirm", "bo", subject=zone, until_ns=until_ns)
        one.ask("zone.lift", subject=zone, reason="It is over")
        with pytest.raises(Refused, match="over"):
            one.ask("zone.lift", subject=zone, reason="It is over")


def test_an_incident_is_opened_about_a_track_that_flew_and_about_none_that_never_was():
    with home() as at, living(at) as one:
        one.fly(OUTSIDE, lambda: one.facts(VerdictReached), "a verdict")
        track_id = one.facts(VerdictReached)[0].track_id
        for never in (99_999, 0, -1):
            with pytest.raises(Refused, match="never was"):
                one.ask("incident.open", reason="A drone at the gate", track_id=never)
        assert one.ask("incident.open", reason="A drone at the gate", track_id=track_id)[0].incident_id > 0
        assert one.ask("incident.open", reason="A drone that nobody hears")[0].incident_id > 0


def test_whoever_is_refused_leaves_no_name_behind():
    with home() as at:
        with living(at) as one:
            with pytest.raises(Refused, match="power"):
                one.ask("zone.emergency", "mallory", ["pilot"], circle=[0, 0, 1000], reason="for fun, says Mallory")
            one.ask("session.end", "ada", subject="session:1")
        names = [
            name for row in rows(at) for name in map(codec.decode, bodies(row, LeafKind.NAME)) if isinstance(name, Name)
        ]
        assert "ada" in {name.value for name in names}
        assert not [name for name in names if "allory" in name.value]


def test_the_same_key_does_nothing_twice():
    with home() as at, living(at) as one:
        terms = {"circle": [470000000, 80000000, 1_000_000], "reason": "a drill", "key": "k1"}
        first = one.ask("zone.emergency", **terms)
        assert one.ask("zone.emergency", **terms) == first
        with pytest.raises(Refused, match="idempotency"):
            one.ask("zone.emergency", **{**terms, "reason": "another"})
        assert len([zone for zone in one.facts(ZoneEnacted) if zone.zone_id.startswith("EMERGENCY")]) == 1
        other = one.ask("zone.emergency", "bo", **terms)
        assert other != first


def test_a_draft_becomes_law_by_a_second_person_only():
    with home() as at, living(at) as one:
        file = (at.path / "zones.json").read_bytes().replace(b"DEMO-", b"MADE-")
        publisher = ("publisher",)
        draft, _ = one.ask("zone.draft", "pia", publisher, data=file, name="made.json")
        assert next(zone.zone_id for zone in draft.zones).startswith("MADE-")
        subject = f"draft:{draft.draft_id}"
        waiting, _ = one.ask("zone.read", "pia", publisher)
        assert [each.draft_id for each in waiting.heads] == [draft.draft_id]
        with pytest.raises(Refused, match="second person"):
            one.ask("zone.publish", "pia", publisher, subject=subject)
        published, entry = one.ask("zone.publish", "paul", publisher, subject=subject)
        assert entry is not None
        assert next(zone for zone, _ in published.zones).startswith("MADE-")
        waiting, _ = one.ask("zone.read", "pia", publisher)
        assert waiting.heads == []


def test_who_asked_before_they_acted_stands_in_the_record_by_name():
    with home() as at, living(at) as one:
        one.ask("zone.read", "pia", ("publisher",))
        one.ask("zone.draft", "pia", ("publisher",), data=(at.path / "zones.json").read_bytes(), name="made.json")
        told = [codec.decode(body) for ticked in one.ticks for body in ticked.names]
        assert "pia" in [name.value for name in told]


def test_two_stations_on_one_record_are_refused():
    with home() as at, living(at), pytest.raises(Refused, match="is being written by"):
        living(at).__enter__()


def test_settings_may_change_between_two_runs_and_replay_still_agrees():
    with home() as at:
        with living(at) as one:
            one.fly(INSIDE, lambda: verdicts(one, Verdict.NOT_PERMITTED, "DEMO-A"), "a verdict")
        (at.path / "skykeep.toml").write_text(
            (at.path / "skykeep.toml").read_text() + "[watch.watch]\nsilence_max_s = 4.0\n"
        )
        with living(at) as two:
            two.fly(INSIDE, lambda: len(two.ticks) > 3, "ticks")
        require_sound(at)


def test_the_status_tells_of_each_sensor():
    with home() as at, living(at) as one:
        one.see(INSIDE)
        one.see(INSIDE)
        read = until(lambda: [s for status in one.statuses for s in status.sensors if s.facts >= 2], "the sensor")
        found = read[-1]  # what is counted as a frame when it comes is a fact with the step after it
        assert (found.sensor_id, found.feed, found.keyed, found.unreadable) == ("radar-1", "push", False, 0)
        assert found.facts == found.frames


def test_the_record_is_verified_copied_and_erased_from_while_it_grows(tmp_path):
    config = CONFIG + f'[backup]\ndirectory = "{tmp_path / "copies"}"\n'
    with home(config) as at, living(at) as one:
        one.fly(INSIDE, lambda: one.facts(VerdictReached), "a verdict", serial="1581F45T7SECRET0001")
        held, entry = one.ask("record.verify", "ann", ("auditor",))
        assert held.holds
        assert held.said[0].startswith("verified: unchanged since it was signed")
        assert all(held.said)
        assert entry is not None
        copied, _ = one.ask("backup.make", "max", ("admin",))
        assert copied.entries >= held.entries
        asking = {"reason": "asked for by its owner", "value": "1581F45T7SECRET0001"}
        trail = len(one.facts(ActDone))
        told, nowhere = one.ask("record.erase", "ann", ("auditor",), **asking, preview=True, key="once")
        assert (nowhere, len(one.facts(ActDone))) == (None, trail), "who only looks does nothing"
        assert b"SECRET0001" in (at.record / "record.sqlite").read_bytes() or told.names == 1
        with pytest.raises(Refused, match="give it whole"):
            one.ask("record.erase", "ann", ("auditor",), reason="cut short", value="1581F45T7SECRET", kind="uas")
        erased, entry = one.ask("record.erase", "ann", ("auditor",), **asking)
        assert entry is not None
        assert (erased.names, erased.leaves) == (told.names, erased.names + erased.frames)
        assert erased.frames >= told.frames > 0
        with pytest.raises(Refused, match="does not hold"):
            one.ask("record.erase", "ann", ("auditor",), reason="again", value="1581F45T7SECRET0002")
        assert one.ask("record.verify", "ann", ("auditor",))[0].holds
        assert b"SECRET0001" not in (at.record / "record.sqlite").read_bytes()


@pytest.mark.requirement("STATION-8")
def test_what_was_ill_before_a_restart_is_told_to_be_well_unless_it_is_ill_again():
    ill = CONFIG + "[health]\ndisk_min_bytes = 1_000_000_000_000_000\n"
    with home(ill) as at:
        with living(at) as one:
            until(lambda: [a for a in one.facts(AlarmChanged) if a.reason.startswith("health:disk")], "the alarm")
        (at.path / "skykeep.toml").write_text(CONFIG, "utf-8")
        with living(at):

            def returned():  # as recorded: its first tick may come before anybody listens
                facts = (fact for row in rows(at) for fact in map(codec.decode, bodies(row, LeafKind.CONCLUSION)))
                alarms = (fact for fact in facts if isinstance(fact, AlarmChanged))
                return [each for each in alarms if each.reason.startswith("health:disk") and "returned" in each.state]

            until(returned, "the alarm to return")


@pytest.mark.requirement("STATION-8")
def test_a_sensor_that_falls_silent_and_a_station_that_hears_nobody_are_alarms():
    with home(CONFIG + "[health]\nsilent_s = 2.0\n") as at, living(at) as one:
        one.see(INSIDE)

        def alarms(reason):
            return [a for a in one.facts(AlarmChanged) if a.reason == reason and a.state == "unacknowledged"]

        until(lambda: alarms("health:sensor_silent:radar-1"), "the silence")
        assert until(lambda: alarms("health:blind"), "being blind")[0].priority == 1


@pytest.mark.requirement("STATION-8")
def test_a_recording_that_ended_is_no_silent_sensor_though_nobody_is_heard_any_more():
    feed = '[health]\nsilent_s = 1.0\n[[feed]]\nname = "night"\nkind = "replay"\nformat = "plots"\naddress = "night.jsonl"\n'
    with home(CONFIG + feed) as at:
        scan = {"time": 1_777_629_600, "sensor": "radar", "plots": []}
        (at.path / "night.jsonl").write_text(json.dumps(scan) + "\n")
        with living(at) as one:
            until(lambda: [a for a in one.facts(AlarmChanged) if a.reason == "health:blind"], "being blind")
            (sensor,) = until(  # it may be blind before the recording begins
                lambda: [each for status in one.statuses[-1:] for each in status.sensors if each.ended], "the end of it"
            )
            assert (sensor.sensor_id, sensor.ended, sensor.connected) == ("radar", True, False)
            assert [a.reason for a in one.facts(AlarmChanged) if "silent" in a.reason] == []
            found = {each["what"]: each for each in calling.rows(calling.call("doctor", at.path, "--json"))}
        assert (found["sensor radar"]["level"], found["feed night"]["level"]) == ("ok", "ok")
        assert "played to its end" in found["feed night"]["said"]
        assert "whose recording has ended" in found["sensor radar"]["said"]


@pytest.mark.requirement("STATION-8")
def test_a_sensor_that_was_never_heard_is_silent_and_stays_so_over_a_restart_until_it_is_heard():
    silent = CONFIG.replace('zones = ["zones.json"]', 'zones = ["zones.json"]\nsensors = ["sensors.toml"]')
    silent += "[health]\nsilent_s = 1.5\n"

    def alarms(one):
        return [a.state for a in one.facts(AlarmChanged) if a.reason == "health:sensor_silent:radar-1"]

    with home(silent) as at:
        (at.path / "sensors.toml").write_text('[[sensor]]\nid = "radar-1"\nmodality = "radar"\n', "utf-8")
        with living(at) as one:
            until(lambda: alarms(one), "the alarm")
        with living(at) as two:
            until(lambda: len(two.statuses) > 2, "the station to look around")
            assert alarms(two) == []
            assert "radar-1" in [each.subject for each in two.statuses[-1].ill]
            two.fly(OUTSIDE, lambda: alarms(two), "the sensor to be well")
            assert alarms(two)[0] == "returned_unacknowledged"


@pytest.mark.requirement("STATION-5")
def test_a_station_that_was_killed_before_it_kept_its_state_keeps_it_at_once(monkeypatch):
    monkeypatch.setattr(loop, "BEHIND_TICKS", 2)
    with home() as at:
        with living(at) as one:
            one.fly(INSIDE, lambda: len(one.ticks) > 5, "ticks")
        with contextlib.closing(sqlite3.connect(at.record / DATABASE)) as db, db:  # as if killed: none was kept
            db.execute("DELETE FROM snapshots")
        with living(at) as two:
            begins = two.station.running.resumed_after_tick
            two.see(INSIDE)

            def kept():
                with Store.open(at.record, read_only=True) as store:
                    later = [row for row in store.rows() if row.tick > begins and row.state_sha256 is not None]
                    return [row.tick for row in later if store.get_snapshot(row.state_sha256) is not None]

            assert until(kept, "the kept state")[0] == begins + 1
        require_sound(at)
