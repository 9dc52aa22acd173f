"""Every reason for an alarm, and every state, has plain words; what came from outside is shown and steers nothing."""

import pytest

from skykeep.facts.alarms import BY_HAND, INCIDENT_STATES, PRIORITY, STATES
from skykeep.facts.concluded import IncidentMoved
from skykeep.views import words


def moved(**changes):
    fields = {
        "incident_id": 3, "t_ns": 0, "state": "open", "alarm_state": "acknowledged", "priority": 1,
        "about": "not_permitted", "alarm_ids": (), "track_ids": (), "opened_ns": 0, "events": 1, "grouped": "",
        "escalation": 0, "escalates_ns": None, "merged_into": None, "holder": None, "rung": None, "notes": 0,
    }  # fmt: skip
    return IncidentMoved(**(fields | changes))


def test_each_reason_and_state_has_words_and_no_other():
    assert set(words.ALARM) == {*PRIORITY, BY_HAND}
    assert set(words.ALARM_STATE) == set(STATES)
    assert set(words.INCIDENT_STATE) == set(INCIDENT_STATES)
    assert len(set(words.ALARM.values())) == len(words.ALARM)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("not_permitted", "not permitted"),
        ("group:4", "several of a group (4)"),
        ("health:disk:/var/lib:x", "the disk is nearly full (/var/lib:x)"),
        ("health:web", "nobody can see what the watch says: the web process is down"),
        ("health:unheard_of:a", "health:unheard_of (a)"),
        ("new\x1b[2J", "new\N{REPLACEMENT CHARACTER}[2J"),
    ],
)
def test_a_reason_is_said_with_what_it_is_about(reason, said):
    assert words.alarm(reason) == said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "incident 3, open, priority 1: not permitted; acknowledged"),
        ({"escalation": 2}, "incident 3, open, priority 1: not permitted; acknowledged; escalated 2 times"),
        ({"state": "closed"}, "incident 3, closed, priority 1: not permitted"),
        ({"state": "merged", "merged_into": 1}, "incident 3, part of incident 1, priority 1: not permitted"),
    ],
)
def test_an_incident_is_said_in_one_line(changes, said):
    assert words.incident(moved(**changes)) == said
