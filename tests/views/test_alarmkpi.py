"""The figures of alarms: known sequences give known figures, and a quiet city is quiet."""

import hypothesis
import hypothesis.strategies as st
import pytest

from skykeep.facts.alarms import ACKNOWLEDGED, NORMAL, RETURNED_UNACKNOWLEDGED, SUPPRESSED, UNACKNOWLEDGED
from skykeep.facts.concluded import AlarmChanged, IncidentMoved
from skykeep.views.alarmkpi import CHATTER_NS, TEN_MINUTES_NS, alarm_score
from tests.views import scenes

S = scenes.S
HOUR = 3600 * S


def alarm(t_s, state=UNACKNOWLEDGED, alarm_id=1, reason="not_permitted", priority=1):
    return AlarmChanged(alarm_id=alarm_id, track_id=1, reason=reason, state=state, priority=priority, t_ns=t_s * S)


def incident(t_s, incident_id=1, alarm_state=UNACKNOWLEDGED, priority=1, escalation=0):
    return IncidentMoved(
        incident_id=incident_id, t_ns=t_s * S, state="open", alarm_state=alarm_state, priority=priority, about="",
        alarm_ids=(), track_ids=(), opened_ns=0, events=1, grouped="", escalation=escalation, escalates_ns=None,
        merged_into=None, holder=None, rung=None, notes=0,
    )  # fmt: skip


def test_alarms_and_calls_are_counted_apart():
    told = [
        alarm(0), incident(0), alarm(60, ACKNOWLEDGED), incident(60, alarm_state=ACKNOWLEDGED),
        alarm(70, alarm_id=2), incident(80, escalation=1, alarm_state=UNACKNOWLEDGED),
        alarm(90, alarm_id=3, reason="health:disk:/var", priority=2), incident(95, 2, alarm_state=SUPPRESSED),
    ]  # fmt: skip
    found = alarm_score(told, 0, HOUR)
    assert (found.alarms, found.calls, found.incidents, found.escalated, found.suppressed) == (3, 3, 2, 1, 1)
    assert (found.alarms_per_10min, found.calls_per_10min, found.minutes) == (0.5, 0.5, 60.0)
    assert found.by_reason == (("not_permitted", 2), ("health:disk", 1))
    assert found.by_priority == ((1, 2), (2, 1))
    assert (found.standing, found.stale, found.chattering) == (3, 0, ())


@pytest.mark.parametrize(("apart_s", "chatters"), [(30, True), (31, False)])
def test_three_within_a_minute_chatter(apart_s, chatters):
    told = []
    for k in range(3):
        told += [alarm(k * apart_s), alarm(k * apart_s + 5, RETURNED_UNACKNOWLEDGED)]
    assert alarm_score(told, 0, HOUR).chattering == ((1,) if chatters else ())


def test_told_again_is_not_begun_again():
    assert alarm_score([alarm(0), alarm(1), alarm(2)], 0, HOUR).alarms == 1


def test_what_stands_for_a_day_is_stale_also_while_it_stands():
    day = 24 * 3600
    over = [alarm(0), alarm(5, ACKNOWLEDGED), alarm(day, NORMAL)]
    assert alarm_score(over, 0, 2 * day * S).stale == 1
    assert alarm_score([alarm(0)], 0, day * S).stale == 1
    assert alarm_score([alarm(1)], 0, day * S).stale == 0


def test_a_flood_is_more_than_ten_calls_in_ten_minutes():
    calm = alarm_score([incident(k * 60, k) for k in range(30)], 0, HOUR)
    assert (calm.calls_most_in_10min, calm.flood_share) == (10, 0.0)
    flood = alarm_score([incident(k, k) for k in range(11)], 0, HOUR)
    assert (flood.calls_most_in_10min, flood.flood_share) == (11, pytest.approx(590 / 3600))


def test_nothing_is_nothing():
    found = alarm_score([object()], 5, 5)
    assert (found.alarms, found.calls, found.flood_share, found.calls_most_in_10min) == (0, 0, 0.0, 0)


@hypothesis.given(st.lists(st.integers(0, 3000), max_size=60))
def test_against_a_plain_count(seconds):
    times = sorted(seconds)
    found = alarm_score([incident(t_s, k) for k, t_s in enumerate(times)], 0, HOUR)
    within = [sum(end - TEN_MINUTES_NS < t * S <= end for t in times) for end in (t * S for t in times)]
    assert found.calls_most_in_10min == max(within, default=0)
    flooded = sum(sum(t <= at < t + TEN_MINUTES_NS // S for t in times) > 10 for at in range(3600))
    assert found.flood_share == pytest.approx(flooded / 3600)
    assert CHATTER_NS == 60 * S
