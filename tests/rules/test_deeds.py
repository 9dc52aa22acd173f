"""What a person wants to do to an alarm or an incident is done, or refused with words that say why."""

import pytest

from skykeep.facts.acted import AlarmActed, AlarmDeed, IncidentActed, IncidentDeed
from skykeep.facts.alarms import ASIDE, CLOSED, MERGED, NEXT, OPEN, PRIORITY, STANDING, STATES, WAITING
from skykeep.rules.deeds import SHELVE_MAX_NS, alarm_fault, closing_fault, incident_fault
from skykeep.rules.powers import TABLE

NOW = 10**18


def alarm(deed, until_ns=NOW + 1):
    return AlarmActed(alarm_id=7, deed=deed, until_ns=until_ns, reason="", person="p", t_ns=NOW)


def incident(deed, other_id=None, to_person=None, track_id=None):
    return IncidentActed(
        incident_id=3, deed=deed, other_id=other_id, track_id=track_id, to_person=to_person, words="", person="p",
        t_ns=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("deed", AlarmDeed)
def test_an_alarm_moves_as_the_tables_of_states_and_powers_say(state, deed):
    fault = alarm_fault(alarm(deed), state, 2, NOW)
    assert (fault == "") == ((state, deed.value) in NEXT)
    assert (state in TABLE[f"alarm.{deed.value}"].states) == ((state, deed.value) in NEXT)
    assert not fault or ("7" in fault and state in fault)


def test_an_alarm_that_is_not_there():
    assert "no alarm 7" in alarm_fault(alarm(AlarmDeed.ACK), None, 1, NOW)


@pytest.mark.requirement("STATION-ALARM-1")
@pytest.mark.parametrize("priority", sorted(set(PRIORITY.values())))
@pytest.mark.parametrize(("state", "deed"), [(state, deed) for state, deed in NEXT if deed in ASIDE])
def test_what_is_urgent_is_not_put_aside_by_anybody_in_any_state(state, deed, priority):
    fault = alarm_fault(alarm(AlarmDeed(deed)), state, priority, NOW)
    assert (fault == "") == (priority in ASIDE[deed])
    assert not fault or ("priority 1" in fault and "acknowledge it" in fault)
    assert all(1 not in priorities for priorities in ASIDE.values())


@pytest.mark.requirement("STATION-ALARM-1")
@pytest.mark.parametrize(
    ("priority", "until_ns", "why"),
    [
        (1, NOW + 1, "priority 1"),
        (2, None, "30 minutes"),
        (2, NOW, "30 minutes"),
        (3, NOW + SHELVE_MAX_NS + 1, "30 minutes"),
        (3, NOW + SHELVE_MAX_NS, ""),
        (2, NOW + 1, ""),
    ],
)
def test_shelving_needs_little_urgency_and_an_end_that_is_near(priority, until_ns, why):
    fault = alarm_fault(alarm(AlarmDeed.SHELVE, until_ns), "unacknowledged", priority, NOW)
    assert why in fault
    assert bool(fault) == bool(why)


@pytest.mark.parametrize("state", [OPEN, CLOSED, MERGED, None])
@pytest.mark.parametrize("deed", IncidentDeed)
def test_an_incident_moves_as_the_table_of_powers_says(state, deed):
    fault = incident_fault(incident(deed, other_id=4, to_person="q"), state, [], other_state=OPEN)
    wanted = TABLE[f"incident.{deed.value}"].states
    assert (fault == "") == (wanted is None or state in wanted)
    assert not fault or "3" in fault


@pytest.mark.parametrize(("other_id", "other_state"), [(None, None), (3, OPEN), (4, CLOSED), (4, MERGED), (4, None)])
def test_only_another_open_incident_is_merged(other_id, other_state):
    assert "another open" in incident_fault(incident(IncidentDeed.MERGE, other_id), OPEN, [], other_state=other_state)


def test_handing_over_needs_somebody_and_opening_a_track_of_none():
    assert "to whom" in incident_fault(incident(IncidentDeed.HAND_OVER), OPEN, [])
    opening = incident(IncidentDeed.OPEN, track_id=5)
    assert incident_fault(opening, None, []) == ""
    assert "incident 9 already" in incident_fault(opening, None, [], of_track=9)


@pytest.mark.requirement("STATION-INCIDENT-5")
@pytest.mark.parametrize("state", STATES)
def test_what_stands_or_waits_keeps_an_incident_open(state):
    fault = closing_fault(3, ["normal", state])
    assert bool(fault) == (state in STANDING | WAITING)
    assert ("goes on" in fault) == (state in STANDING)
    assert incident_fault(incident(IncidentDeed.CLOSE), OPEN, [state]) == closing_fault(3, [state])
