"""Retention in a station that really runs: ordinary flights go, an incident's stays until somebody releases it."""

import pytest

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.acted import ActDone
from skykeep.facts.concluded import IncidentMoved, TrackLost, VerdictReached
from skykeep.facts.observed import PositionReported
from skykeep.ledger.tick import LeafKind
from skykeep.station import replay, verify
from skykeep.station.desk import Desk
from skykeep.station.run import bodies
from skykeep.station.store import Store
from tests.cli.calling import call
from tests.station.keeping.test_retaining import incident
from tests.station.living import CONFIG, INSIDE, OUTSIDE, home, living
from tests.waiting import until

SHORT = """
[retention]
ordinary_h = 0.0006
names_h = 0.0006
around_s = 0.0
interval_s = 0.2
[watch.watch]
silence_max_s = 1.0
"""
S_NS = 10**9


def positions(at, track):
    """How many positions of a radar's track the record still holds."""
    with Store.open(at.record, read_only=True) as store:
        told = [codec.decode(body) for row in store.rows() for body in bodies(row, LeafKind.FACT)]
    wanted = {"ordinary": OUTSIDE, "alarming": INSIDE}[track]
    return sum(
        isinstance(fact, PositionReported) and abs(fact.lat_e7 - wanted[0] * 1e7) < 10_000 for fact in told
    )  # fmt: skip


def keep_states_often(one):
    """A state each second instead of each minute: a test has no minutes."""
    loop = one.station.loop
    loop._snapshot_ns = S_NS
    loop._snapshot_due_ns = 1


@pytest.mark.requirement("STATION-RETENTION-7")
def test_a_running_station_erases_ordinary_flights_and_keeps_incidents_until_they_are_released():
    with home(CONFIG + SHORT) as at:
        with living(at) as one:
            keep_states_often(one)
            one.fly(OUTSIDE, lambda: one.facts(VerdictReached), "a track", track="1")
            until(lambda: one.facts(TrackLost), "the end of its flight")
            assert positions(at, "ordinary") > 0
            one.fly(INSIDE, lambda: one.facts(IncidentMoved), "an incident", track="2")
            until(lambda: len(one.facts(TrackLost)) > 1, "the end of its flight")
            until(lambda: positions(at, "ordinary") == 0, "the ordinary flight to be erased")
            assert positions(at, "alarming") > 0
            incident = one.facts(IncidentMoved)[-1]
            subject = f"incident:{incident.incident_id}"
            with pytest.raises(Refused, match="closed"):
                one.ask("incident.release", "ann", ("auditor",), subject=subject, reason="too soon")
            one.ask("incident.ack", subject=subject)
            one.ask("incident.close", subject=subject, reason="it has landed")
            with pytest.raises(Refused, match="auditor"):
                one.ask("incident.release", subject=subject, reason="it is over")
            trail = len(erasures(one))
            until(lambda: one.statuses[-1].now_ns > one.facts(IncidentMoved)[-1].t_ns + 4 * S_NS, "some seconds")
            assert positions(at, "alarming") > 0
            one.ask("incident.release", "ann", ("auditor",), subject=subject, reason="nobody needs it")
            until(lambda: positions(at, "alarming") == 0, "the incident's flight to be erased")
            until(lambda: len(erasures(one)) > trail, "the trail")
            require_sound(at)
            one.fly(
                OUTSIDE,
                lambda: [v for v in one.facts(VerdictReached) if v.track_id > incident.track_ids[-1]],
                "a track after all that",
                track="3",
            )
        require_sound(at)
        with living(at) as two:
            two.fly(INSIDE, lambda: two.facts(IncidentMoved), "an incident", track="4")
        require_sound(at)


def erasures(one):
    return [act for act in one.facts(ActDone) if act.action == "record.erase"]


def require_sound(at):
    """The record verifies; replay passes over what was erased, goes on, and comes to the same."""
    assert verify.check(at.record).n_erased > 0
    found = replay.replay(at.record)
    assert found.holds
    assert found.differing == 0
    assert found.ticks > 0
    assert found.skipped_ticks > 0


def test_an_incident_that_is_closed_so_long_that_it_is_forgotten_can_still_be_released():
    desk = Desk()
    desk.take([incident("closed", S_NS, incident_id=9)])
    assert [desk.forgotten(number) for number in (0, 8, 9, 10)] == [False, True, False, False]


def test_each_command_that_reads_a_record_works_while_the_station_runs_and_erasing_waits_for_its_end(tmp_path):
    with home() as at:
        with living(at) as one:
            one.fly(INSIDE, lambda: one.facts(VerdictReached), "a verdict", serial="N1")
        with living(at) as two:
            two.fly(INSIDE, lambda: two.facts(IncidentMoved) or len(two.ticks) > 5, "ticks", serial="N1")
            read_everything(at, tmp_path)
            refused = call("erase", at.record, "N1", "--keys", at.keys)
            assert (refused.exit_code, "stop the station" in refused.stderr) == (2, True)
        read_everything(at, tmp_path)
        erased = call("erase", at.record, "N1", "--keys", at.keys)
        assert (erased.exit_code, erased.stdout.startswith("erased ")) == (0, True)
        read_everything(at, tmp_path)


def read_everything(at, tmp_path):
    """Every command that reads a record, upon one of a live station: it was begun twice and may end anywhere."""
    for command in (
        ["verify", at.record],
        ["replay", at.record],
        ["explain", at.record, "--track", "1"],
        ["report", at.record, "-o", tmp_path / "page.html"],
        ["prove", at.record, "--entry", "0", "--leaf", "0", "-o", tmp_path / "proof"],  # how it began: never erased
    ):
        done = call(*command)
        assert done.exit_code == 0, (command, done.output)
    assert "<html" in (tmp_path / "page.html").read_text("utf-8")
