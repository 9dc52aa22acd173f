"""Incidents: alarms that belong together call once, nothing is lost, and what people do moves them by the one table."""

import copy
import itertools

import hypothesis
import hypothesis.strategies as st
import msgspec
import pytest

from skykeep.facts.acted import AlarmActed, AlarmDeed, Health, HealthObserved, IncidentActed, IncidentDeed
from skykeep.facts.alarms import (
    ACKNOWLEDGED,
    CLOSED,
    MERGED,
    NEXT,
    NORMAL,
    OPEN,
    RETURNED_UNACKNOWLEDGED,
    STANDING,
    SUPPRESSED,
    UNACKNOWLEDGED,
    sounds,
)
from skykeep.facts.concluded import (
    AlarmChanged,
    ExistenceMoved,
    FactRef,
    IncidentMoved,
    Rung,
    TrackMerged,
    Trust,
    Verdict,
)
from skykeep.rules.law import FOREVER_NS
from skykeep.watch.alarming import USUAL, alarming
from skykeep.watch.alarming import next_due_ns as alarms_due_ns
from skykeep.watch.alarmmemory import Alarms, end, forget
from skykeep.watch.incidentmemory import Incidents, IncidentTerms, next_due_ns
from skykeep.watch.incidentmemory import forget as forget_incidents
from skykeep.watch.incidents import Round
from tests.rules import examples as ex
from tests.watch import tabled
from tests.watch.test_alarming import approach, grouped, identified, verdict

S = ex.S
BODY = {"seen": ("radar",)}
ACK, NOTE, MERGE, HAND_OVER, ESCALATE, CLOSE, REOPEN, BY_HAND = (
    IncidentDeed(name) for name in ("ack", "note", "merge", "hand_over", "escalate", "close", "reopen", "open")
)
OVER = Verdict.NO_RULE


def deed(incident_id, what, *, other_id=None, track_id=None, to_person=None, person="anna"):
    return IncidentActed(
        incident_id=incident_id, deed=what, other_id=other_id, track_id=track_id, to_person=to_person, words="",
        person=person, t_ns=ex.T0,
    )  # fmt: skip


def on_alarm(alarm_id, what, until_ns=None):
    return AlarmActed(alarm_id=alarm_id, deed=what, until_ns=until_ns, reason="", person="anna", t_ns=ex.T0)


def ill(*, well=False):
    return HealthObserved(what=Health.WEB, subject="", well=well, unseen="", value=None, unit="", t_ns=ex.T0)


def rung(track_id, to):
    return ExistenceMoved(
        track_id=track_id, presence_id=None, t_ns=ex.T0, rung=to, existence_ppm=0, modalities=(), absent=(),
        not_covered=(), explained=(), evidence=(),
    )  # fmt: skip


class Desk:
    """Alarms and incidents with the time that passes, as `step` calls them."""

    def __init__(self, **terms):
        self.alarms, self.incidents, self.now_ns = Alarms(), Incidents(), ex.T0
        self.terms = IncidentTerms()._replace(**terms)
        self.told, self.moved, self.flights = {}, [], {}

    def tick(self, *told, acts=(), after_s=0.1, tracks=None, lost=()):
        """Step once; return what was told of incidents, by number."""
        self.now_ns += round(after_s * S)
        for track_id in tracks if tracks is not None else [getattr(one, "track_id", 0) for one in told]:
            self.flights.setdefault(track_id, tabled.flown(track_id, r=0.99, **BODY))
        for track_id in lost:
            self.flights.pop(track_id, None)
        table = tabled.table(*(one for number, one in sorted(self.flights.items()) if number))
        this = Round(self.incidents, self.alarms, self.now_ns, self.terms)
        this.take(told)
        moves = this.answer(acts)
        sounding = alarming(self.alarms, table, told, self.now_ns, USUAL._replace(off_delay_s=3.0))
        this.take(sounding)
        moves += sounding
        self.last = this.end()
        self.moved += [*(one for one in told if isinstance(one, AlarmChanged)), *moves, *self.last]
        for one in self.last:
            self.told[one.incident_id] = one
        return {one.incident_id: one for one in self.last}

    def act(self, *acts, **given):
        return self.tick(acts=acts, **given)

    def states(self):
        return {one.incident_id: (one.state, one.alarm_state) for one in self.told.values()}

    def merge(self, track_id, into):
        """Let one track turn out to be another, as `identify` does."""
        ended = end(self.alarms, track_id, self.now_ns + S // 10)
        forget(self.alarms, [track_id])
        merged = TrackMerged(track_id=track_id, into_track_id=into, t_ns=ex.T0, evidence=FactRef(0, 0))
        return self.tick(merged, *ended, tracks=(), lost=(track_id,))

    def drop(self, *track_ids):
        """Lose tracks, and forget them as `step` does."""
        self.tick(tracks=(), lost=track_ids)
        forget(self.alarms, track_ids)
        forget_incidents(self.incidents, track_ids)


# ---- alarms ---------------------------------------------------------------------------------------


@pytest.mark.requirement("STATION-INCIDENT-1")
def test_the_first_alarm_that_sounds_opens_an_incident_and_more_of_the_track_join_without_a_sound():
    desk = Desk()
    opened = desk.tick(identified())[1]
    assert (opened.state, opened.alarm_state, opened.priority, opened.about) == (
        OPEN,
        UNACKNOWLEDGED,
        2,
        "identity_contradicted",
    )
    assert (opened.alarm_ids, opened.track_ids, opened.events, opened.opened_ns) == ((1,), (1,), 1, desk.now_ns)
    assert sounds(None, opened)
    desk.act(deed(1, ACK))
    assert desk.told[1].alarm_state == ACKNOWLEDGED
    before = desk.told[1]
    desk.tick(identified(2, Trust.NONE), tracks=(2,))
    assert desk.told[1] is before  # what is not about it tells nothing of it


@pytest.mark.requirement("STATION-INCIDENT-2")
def test_it_sounds_again_only_when_it_gets_worse():
    desk = Desk()
    desk.tick(identified())
    desk.act(deed(1, ACK))
    worse = desk.tick(verdict())[1]
    assert (worse.alarm_state, worse.priority, worse.about, worse.events) == (UNACKNOWLEDGED, 1, "not_permitted", 2)
    assert worse.alarm_ids == (1, 2)
    desk.act(deed(1, ACK))
    other = desk.tick(approach())[1]  # as urgent, and of a kind that nobody has answered
    assert (other.alarm_state, other.priority, other.about) == (UNACKNOWLEDGED, 1, "site_approach")
    desk.act(deed(1, ACK))
    less = desk.tick(grouped(1, 2), identified(2), tracks=(1, 2))[1]
    assert (less.alarm_state, less.priority, less.alarm_ids) == (ACKNOWLEDGED, 1, (1, 2, 3, 4))
    assert desk.alarms.alarms[2]["identity_contradicted"].state == UNACKNOWLEDGED


@pytest.mark.requirement("STATION-INCIDENT-3")
def test_what_joins_without_a_sound_sounds_when_nobody_answers_it():
    desk = Desk()
    desk.tick(verdict())
    desk.act(deed(1, ACK))
    joined = desk.tick(grouped(1, 2), verdict(2), tracks=(1, 2))[1]
    assert (joined.alarm_state, joined.alarm_ids) == (UNACKNOWLEDGED, (1, 2, 3))  # the group is news, the second is not
    desk.act(on_alarm(3, AlarmDeed.ACK), on_alarm(2, AlarmDeed.ACK))
    assert (desk.told[1].alarm_state, desk.told[1].escalates_ns) == (ACKNOWLEDGED, None)
    late = desk.tick(identified(2))[1]
    assert (late.alarm_state, late.escalates_ns) == (ACKNOWLEDGED, desk.now_ns + 300 * S)  # its own time, not the incident's
    assert next_due_ns(desk.incidents) == late.escalates_ns
    loud = desk.tick(after_s=300)[1]
    assert sounds(late, loud)
    assert (loud.alarm_state, loud.escalation) == (UNACKNOWLEDGED, 1)
    desk.act(deed(1, ACK))
    assert (desk.told[1].alarm_state, desk.told[1].escalates_ns) == (ACKNOWLEDGED, None)


def test_what_joined_without_a_sound_and_is_over_still_waits_for_an_answer():
    desk = Desk()
    desk.tick(verdict())
    desk.act(deed(1, ACK))
    desk.tick(grouped(1, 2), tracks=(1, 2))
    desk.tick(identified(2))
    desk.drop(1, 2)
    desk.tick(after_s=30)
    assert desk.told[1].alarm_state == NORMAL
    before = desk.told[1]
    assert before.escalates_ns == next_due_ns(desk.incidents)
    assert sounds(before, desk.tick(after_s=270)[1])


def test_what_comes_and_goes_is_one_occurrence_and_what_comes_after_quiet_sounds_again():
    desk = Desk()
    desk.tick(verdict())
    desk.act(deed(1, ACK))
    for _ in range(5):
        desk.tick(verdict(said=OVER))
        desk.tick(after_s=9)
        assert desk.alarms.alarms[1]["not_permitted"].state in {NORMAL, RETURNED_UNACKNOWLEDGED}
        desk.tick(verdict())
        assert desk.told[1].alarm_state == ACKNOWLEDGED
    desk.act(deed(1, ACK))
    desk.tick(verdict(said=OVER))
    desk.tick(after_s=3)
    assert next_due_ns(desk.incidents) == desk.now_ns + 30 * S
    desk.tick(after_s=29.9)
    assert desk.told[1].alarm_state == ACKNOWLEDGED
    desk.tick()
    assert desk.told[1].alarm_state == NORMAL
    assert next_due_ns(desk.incidents) == FOREVER_NS
    assert desk.tick(verdict())[1].alarm_state == UNACKNOWLEDGED
    assert desk.incidents.next_id == 2


@pytest.mark.requirement("STATION-INCIDENT-3")
def test_nobody_answers_and_it_sounds_again_each_time_after_twice_as_long():
    desk = Desk()
    desk.tick(verdict())
    begin_ns = desk.now_ns
    heard_s = []
    while len(heard_s) < 4:
        assert desk.told[1].escalates_ns == next_due_ns(desk.incidents)
        before = desk.told[1]
        desk.tick(after_s=(next_due_ns(desk.incidents) - desk.now_ns) / S)
        assert sounds(before, desk.told[1])
        heard_s.append((desk.now_ns - begin_ns) / S)
    assert heard_s == [60, 180, 420, 900]
    assert desk.told[1].escalation == 4
    desk.act(deed(1, ACK))
    assert (desk.told[1].escalates_ns, desk.told[1].escalation) == (None, 4)
    assert next_due_ns(desk.incidents) == FOREVER_NS


def test_an_unanswered_one_escalates_though_it_is_over_and_the_less_urgent_later_or_never():
    desk = Desk()
    desk.tick(verdict())
    desk.drop(1)
    desk.tick(after_s=30)
    assert desk.told[1].alarm_state == RETURNED_UNACKNOWLEDGED
    assert desk.tick(after_s=30)[1].escalation == 1
    assert desk.tick(identified(2))[2].escalates_ns == desk.now_ns + 300 * S
    never = Desk(escalate_s={})
    assert never.tick(verdict())[1].escalates_ns is None


def test_a_worse_alarm_shortens_the_wait():
    desk = Desk()
    desk.tick(identified())
    assert desk.tick(verdict(), after_s=10)[1].escalates_ns == desk.now_ns + 60 * S
    assert desk.tick(approach(), after_s=10)[1].escalates_ns == desk.now_ns + 50 * S


def test_each_alarm_acknowledged_by_itself_answers_the_incident():
    desk = Desk()
    desk.tick(verdict(), identified())
    desk.act(on_alarm(1, AlarmDeed.ACK))
    assert desk.told[1].alarm_state == UNACKNOWLEDGED
    desk.act(on_alarm(2, AlarmDeed.SHELVE, desk.now_ns + 60 * S))
    assert (desk.told[1].alarm_state, desk.told[1].escalates_ns) == (ACKNOWLEDGED, None)


@pytest.mark.requirement("STATION-INCIDENT-4")
def test_acknowledging_answers_all_present_alarms_and_says_so_of_each():
    desk = Desk()
    desk.tick(verdict(), identified())
    desk.tick(identified(trust=Trust.SELF_DECLARED))
    desk.tick(after_s=3)
    desk.moved.clear()
    desk.act(deed(1, ACK, person="bert"))
    assert [(one.alarm_id, one.state) for one in desk.moved if isinstance(one, AlarmChanged)] == [
        (1, ACKNOWLEDGED),
        (2, NORMAL),
    ]
    assert desk.told[1].holder == "bert"
    assert desk.act(deed(1, ACK, person="carl"))[1].holder == "bert"


def test_an_alarm_that_is_suppressed_opens_none():
    desk = Desk()
    this = Round(desk.incidents, desk.alarms, ex.T0, desk.terms)
    this.take([AlarmChanged(alarm_id=1, track_id=1, reason="not_permitted", state=SUPPRESSED, priority=1, t_ns=ex.T0)])
    assert this.end() == []


def test_health_is_of_no_incident():
    desk = Desk()
    assert desk.act(ill(), on_alarm(1, AlarmDeed.ACK), ill(well=True)) == {}
    assert [one.state for one in desk.moved] == [UNACKNOWLEDGED, ACKNOWLEDGED, NORMAL]


def test_an_incident_that_is_full_is_followed_by_another(monkeypatch):
    monkeypatch.setattr("skykeep.watch.incidents.ALARMS_MAX", 2)
    desk = Desk()
    desk.tick(verdict(), identified(), approach())
    assert {number: one.alarm_ids for number, one in desk.told.items()} == {1: (1, 2), 2: (3,)}


# ---- tracks ---------------------------------------------------------------------------------------


def test_alarms_of_a_group_join_the_incident_of_its_first():
    desk = Desk()
    desk.tick(verdict(1), tracks=(1, 2, 3))
    desk.tick(grouped(1, 2), tracks=())
    desk.tick(verdict(2), verdict(3))
    assert {number: one.track_ids for number, one in desk.told.items()} == {1: (1, 2), 2: (3,)}
    assert desk.told[1].alarm_ids == (1, 2, 4)
    assert [one.reason for one in desk.moved if isinstance(one, AlarmChanged) and one.alarm_id == 4] == ["group:4"]


def test_a_group_that_forms_later_merges_nothing_by_itself():
    desk = Desk()
    desk.tick(verdict(1), verdict(2))
    desk.tick(grouped(1, 2), tracks=())
    assert desk.states() == {1: (OPEN, UNACKNOWLEDGED), 2: (OPEN, UNACKNOWLEDGED)}
    assert desk.told[1].alarm_ids == (1, 3)


def test_a_track_that_becomes_another_takes_its_incident_along():
    desk = Desk()
    desk.tick(verdict(2), tracks=(1, 2))
    desk.merge(2, 1)
    assert desk.told[1].track_ids == (2, 1)
    desk.tick(verdict(1))
    assert desk.told[1].alarm_ids == (1, 2)
    assert desk.incidents.next_id == 2


def test_two_incidents_of_tracks_that_are_one_become_one():
    desk = Desk()
    desk.tick(identified(1), verdict(2))
    desk.act(deed(1, ACK))
    assert desk.told[1].alarm_state == ACKNOWLEDGED
    desk.merge(2, 1)
    assert desk.states() == {1: (OPEN, UNACKNOWLEDGED), 2: (MERGED, NORMAL)}
    assert (desk.told[1].alarm_ids, desk.told[1].priority, desk.told[1].about) == ((1, 2), 1, "not_permitted")
    assert desk.told[2].merged_into == 1
    assert desk.incidents.of_alarm == {1: 1, 2: 1}


def test_the_rung_is_that_of_its_most_certain_track_also_when_it_is_forgotten():
    desk = Desk()
    desk.tick(rung(1, Rung.SUSPECTED), verdict(1), tracks=(1, 2))
    assert desk.told[1].rung is Rung.SUSPECTED
    desk.tick(grouped(1, 2), tracks=())
    desk.tick(rung(2, Rung.CONFIRMED), verdict(2))
    assert desk.told[1].rung is Rung.CONFIRMED
    assert desk.tick(rung(1, Rung.CORROBORATED)) == desk.tick(rung(9, Rung.CONFIRMED)) == {}
    assert desk.tick(rung(2, Rung.REFUTED))[1].rung is Rung.CORROBORATED
    desk.drop(1, 2)
    assert desk.act(deed(1, NOTE))[1].rung is Rung.CORROBORATED


# ---- people ---------------------------------------------------------------------------------------


def test_one_opened_by_hand_is_silent_until_an_alarm_joins_it():
    desk = Desk()
    opened = desk.act(deed(0, BY_HAND, track_id=1), deed(0, BY_HAND))
    assert [(one.about, one.alarm_state, one.priority) for one in opened.values()] == [("by_hand", NORMAL, 3)] * 2
    assert [one.track_ids for one in opened.values()] == [(1,), ()]
    joined = desk.tick(identified())[1]
    assert (joined.about, joined.alarm_state, joined.priority) == ("identity_contradicted", UNACKNOWLEDGED, 2)


def test_a_person_escalates_and_it_sounds_whatever_its_state():
    for state in (NORMAL, ACKNOWLEDGED, UNACKNOWLEDGED, RETURNED_UNACKNOWLEDGED):
        desk = Desk()
        desk.tick(verdict())
        desk.act(*([deed(1, ACK)] if state in {NORMAL, ACKNOWLEDGED} else []))
        if state not in STANDING:
            desk.tick(verdict(said=OVER))
            desk.tick(after_s=3)
            desk.tick(after_s=30)
        before = desk.told[1]
        assert before.alarm_state == state
        desk.act(deed(1, ESCALATE))
        assert sounds(before, desk.told[1])
        assert desk.told[1].escalation == 1
        assert desk.told[1].escalates_ns == desk.now_ns + 120 * S
        desk.act(deed(1, ACK))
        assert desk.told[1].alarm_state in {ACKNOWLEDGED, NORMAL}


def test_notes_and_handing_over():
    desk = Desk()
    desk.tick(verdict())
    desk.act(deed(1, NOTE), deed(1, NOTE), deed(1, HAND_OVER, to_person="dora"))
    assert (desk.told[1].notes, desk.told[1].holder) == (2, "dora")
    assert desk.act(deed(1, HAND_OVER)) == desk.act(deed(9, NOTE)) == {}


@pytest.mark.requirement("STATION-INCIDENT-5")
def test_closing_needs_that_it_is_over_and_answered():
    desk = Desk()
    desk.tick(verdict())
    assert desk.act(deed(1, CLOSE)) == {}
    desk.act(deed(1, ACK))
    assert desk.act(deed(1, CLOSE)) == {}
    desk.tick(verdict(said=OVER))
    desk.tick(after_s=3)
    assert desk.act(deed(1, CLOSE))[1].state == CLOSED
    assert desk.told[1].alarm_state == NORMAL
    other = Desk()
    other.tick(verdict())
    other.drop(1)
    assert other.act(deed(1, CLOSE)) == {}
    assert other.act(deed(1, ACK), deed(1, CLOSE))[1].state == CLOSED


def test_one_whose_alarms_are_over_stays_open_until_a_person_closes_it():
    desk = Desk()
    desk.tick(verdict())
    desk.act(deed(1, ACK))
    desk.drop(1)
    for _ in range(48):
        desk.tick(after_s=1800)
    assert desk.states() == {1: (OPEN, NORMAL)}


@pytest.mark.requirement("STATION-INCIDENT-6")
def test_a_closed_one_never_opens_by_itself_but_a_new_alarm_opens_another():
    desk = Desk()
    desk.tick(identified())
    desk.act(on_alarm(1, AlarmDeed.REMOVE))
    desk.act(deed(1, CLOSE))
    desk.act(on_alarm(1, AlarmDeed.RESTORE))
    assert desk.states() == {1: (CLOSED, NORMAL), 2: (OPEN, UNACKNOWLEDGED)}
    assert desk.told[2].alarm_ids == (1,)
    reopened = desk.act(deed(1, REOPEN), deed(1, NOTE))[1]
    assert (reopened.state, reopened.alarm_state, reopened.notes, reopened.alarm_ids) == (OPEN, NORMAL, 1, (1,))
    assert desk.incidents.of_alarm == {1: 2}  # it stays where it joined
    assert desk.act(deed(1, REOPEN)) == {}


def test_one_opened_again_takes_the_next_alarms_of_its_track():
    desk = Desk()
    desk.tick(rung(1, Rung.REPORTED), verdict())
    desk.act(deed(1, ACK))
    desk.tick(verdict(said=OVER))
    desk.tick(after_s=3)
    desk.act(deed(1, CLOSE))
    desk.act(deed(1, REOPEN))
    assert desk.tick(verdict())[1].alarm_state == UNACKNOWLEDGED
    assert desk.incidents.next_id == 2


def test_people_merge_and_nothing_is_lost():
    desk = Desk()
    desk.tick(verdict(1), identified(2), tracks=(1, 2))
    desk.act(deed(2, NOTE), deed(2, HAND_OVER, to_person="dora"))
    desk.act(deed(1, MERGE, other_id=2))
    assert desk.states() == {1: (OPEN, UNACKNOWLEDGED), 2: (MERGED, NORMAL)}
    one = desk.told[1]
    assert (one.alarm_ids, one.track_ids, one.events, one.notes, one.holder) == ((1, 2), (1, 2), 2, 1, "dora")
    desk.act(deed(1, ACK))
    assert {held.state for some in desk.alarms.alarms.values() for held in some.values()} == {ACKNOWLEDGED}
    assert desk.act(deed(1, MERGE, other_id=2)) == desk.act(deed(1, MERGE, other_id=1)) == desk.act(deed(2, NOTE)) == {}


def test_what_is_answered_merged_into_what_is_over_is_answered():
    desk = Desk()
    desk.act(deed(0, BY_HAND))
    desk.tick(identified())
    desk.act(deed(2, ACK))
    desk.act(deed(1, MERGE, other_id=2))
    assert desk.told[1].alarm_state == ACKNOWLEDGED
    assert (desk.told[1].about, desk.told[1].priority) == ("identity_contradicted", 2)


def test_memory_is_bounded_and_only_what_is_over_makes_room(monkeypatch):
    monkeypatch.setattr("skykeep.watch.incidents.OPEN_MAX", 3)
    monkeypatch.setattr("skykeep.watch.incidents.CLOSED_MAX", 2)
    desk = Desk(flood=1000)
    for k in range(1, 8):
        desk.tick(verdict(k))
        if k > 1:
            desk.drop(k)
    assert [number for number, (state, _) in desk.states().items() if state == OPEN] == [1, 6, 7]
    assert list(desk.incidents.closed) == [4, 5]
    assert set(desk.incidents.of_alarm.values()) <= set(desk.incidents.open)


# ---- floods ---------------------------------------------------------------------------------------


def flooded(count=15, zone_id="Z"):
    desk = Desk()
    for k in range(1, count + 1):
        desk.tick(verdict(k, zone_id=zone_id), after_s=1)
    return desk


@pytest.mark.requirement("STATION-INCIDENT-7")
def test_in_a_flood_one_sounds_for_each_group_and_the_later_ones_are_suppressed():
    desk = flooded()
    assert [one.alarm_state for one in desk.told.values()] == [UNACKNOWLEDGED] * 11 + [SUPPRESSED] * 4
    assert [one.grouped for one in desk.told.values()] == [""] * 10 + ["zone:Z"] * 5
    other = desk.tick(verdict(90, zone_id="Y"))[16]
    assert (other.grouped, other.alarm_state) == ("zone:Y", UNACKNOWLEDGED)
    more = desk.tick(identified(91), identified(92))
    assert [(one.grouped, one.alarm_state) for one in more.values()] == [
        ("flood", UNACKNOWLEDGED),
        ("flood", SUPPRESSED),
    ]
    worse = desk.tick(approach(93))[19]
    assert (worse.grouped, worse.alarm_state, worse.priority) == ("flood", UNACKNOWLEDGED, 1)


def test_one_that_becomes_worse_than_its_group_sounds():
    desk = flooded()
    desk.tick(identified(91), identified(92))
    before = desk.told[17]
    assert before.alarm_state == SUPPRESSED
    worse = desk.tick(approach(92))[17]
    assert sounds(before, worse)


def test_it_ends_when_calm_and_those_that_still_wait_sound():
    desk = flooded()
    for k in (12, 13):
        desk.tick(verdict(k, said=OVER))
    desk.act(on_alarm(14, AlarmDeed.ACK), after_s=3)
    due_ns = next_due_ns(desk.incidents)
    while next_due_ns(desk.incidents) < FOREVER_NS and desk.incidents.grouping.on:
        desk.act(*(deed(k, ACK) for k in range(1, 12)), after_s=(next_due_ns(desk.incidents) - desk.now_ns) / S)
    assert desk.now_ns > due_ns
    assert [one.alarm_state for one in desk.told.values()][11:] == [NORMAL, NORMAL, SUPPRESSED, UNACKNOWLEDGED]
    assert {one.grouped for one in desk.told.values()} == {""}


def test_it_lasts_as_long_as_too_many_would_sound():
    desk = flooded(40)
    for _ in range(10):
        desk.tick(after_s=60)
        assert desk.incidents.grouping.on
    desk.drop(*range(15, 41))
    desk.tick(after_s=60)
    assert not desk.incidents.grouping.on
    sounding = [number for number, one in desk.told.items() if one.alarm_state == UNACKNOWLEDGED]
    assert sounding == list(range(1, 15))


def test_slow_ones_are_no_flood():
    desk = Desk()
    for k in range(1, 30):
        assert desk.tick(verdict(k), after_s=6.1)[k].grouped == ""
    assert not desk.incidents.grouping.on


def test_ten_thousand_are_few_sounds_and_all_are_there():
    desk = Desk()
    flights = {k: tabled.flown(k, r=0.99, **BODY) for k in range(1, 1001)}
    desk.flights = flights
    for first in range(1, 1001, 100):
        desk.tick(*(verdict(k) for k in range(first, first + 100)), tracks=())
    assert len(desk.told) == 1000
    assert sum(one.alarm_state == UNACKNOWLEDGED for one in desk.told.values()) == 11


# ---- any story ------------------------------------------------------------------------------------

facts = st.one_of(
    st.builds(verdict, st.integers(1, 4), st.sampled_from([Verdict.NOT_PERMITTED, OVER]), st.sampled_from(["Y", "Z"])),
    st.builds(identified, st.integers(1, 4), st.sampled_from([Trust.CONTRADICTED, Trust.NONE])),
    st.builds(approach, st.integers(1, 4), st.sampled_from(["none", "hover"])),
    st.builds(rung, st.integers(1, 4), st.sampled_from(list(Rung))),
    st.sampled_from([grouped(1, 2), grouped(1, 2, 3), grouped()]),
)
numbers = st.integers(0, 5)
acts = st.one_of(
    st.builds(deed, numbers, st.sampled_from(IncidentDeed), other_id=numbers, track_id=numbers, to_person=st.just("x")),
    st.builds(on_alarm, st.integers(1, 8), st.sampled_from(AlarmDeed), st.just(ex.T0 + 40 * S)),
    st.builds(ill, well=st.booleans()),
)
ticks = st.tuples(
    st.lists(facts, max_size=4), st.lists(acts, max_size=3), st.sampled_from([0.1, 3.0, 31.0, 200.0]),
    st.lists(st.integers(1, 4), max_size=1), st.sampled_from([None, None, None, (2, 1), (4, 3)]),
)  # fmt: skip

WALKS = {state: {state} for state in {state for state, _ in NEXT}}
for _ in range(2):  # the table taken twice within a tick at most
    for found in WALKS.values():
        found |= {after for before in found for (one, _), after in NEXT.items() if one == before}


def same(desk):
    """Return a desk with the same memory, read from bytes."""
    other = copy.copy(desk)
    other.alarms = msgspec.msgpack.decode(msgspec.msgpack.encode(desk.alarms), type=Alarms)
    other.incidents = msgspec.msgpack.decode(msgspec.msgpack.encode(desk.incidents), type=Incidents)
    other.told, other.moved, other.flights = dict(desk.told), list(desk.moved), dict(desk.flights)
    return other


def play(desk, story):
    """Step a story; yield the desk after each tick."""
    for told, done, after_s, lost, merged in story:
        desk.tick(*told, acts=done, after_s=after_s, tracks=(1, 2, 3, 4))
        if merged and set(merged) <= set(desk.flights):
            desk.merge(*merged)
        if lost:
            desk.drop(*lost)
        yield desk


@hypothesis.given(st.lists(ticks, min_size=1, max_size=12))
def test_any_story_goes_by_the_table_and_loses_nothing(story):
    desk = Desk(flood=2)
    owner, before = {}, {}
    count = 0
    for _ in play(desk, story):
        for one in desk.moved[count:]:
            if not isinstance(one, IncidentMoved):
                continue
            last = before.get(one.incident_id)
            assert one.alarm_state in WALKS[NORMAL if last is None else last.alarm_state] or one.state == MERGED
            if last is not None:
                assert set(last.alarm_ids) <= set(one.alarm_ids)
                assert one.priority <= last.priority or last.about == "by_hand"
                assert one.escalation >= last.escalation
                assert last.state != MERGED
            before[one.incident_id] = one
        count = len(desk.moved)
        memory = desk.incidents
        assert next_due_ns(memory) > desk.now_ns
        for alarm_id, incident_id in memory.of_alarm.items():
            assert alarm_id in memory.open[incident_id].alarms
            owner[alarm_id] = incident_id
        assert all(incident_id in memory.open for incident_id in memory.of_track.values())
        sounding = {
            held.alarm_id
            for some in (*desk.alarms.alarms.values(), *desk.alarms.gone.values())
            for held in some.values()
            if held.state in STANDING and not held.reason.startswith("health")
        }
        assert sounding <= set(memory.of_alarm)  # who sounds is in an open incident
        for number, incident in memory.open.items():
            assert before[number].alarm_state == incident.alarm_state
            assert before[number].state == OPEN
            if incident.escalates_ns:
                assert incident.escalates_ns > desk.now_ns


@hypothesis.given(st.lists(ticks, min_size=1, max_size=10))
def test_from_bytes_at_every_tick_the_same_is_told(story):
    whole = Desk(flood=2)
    for _ in play(whole, story):
        pass
    pieces = Desk(flood=2)
    for tick in story:
        pieces = same(pieces)
        for _ in play(pieces, [tick]):
            pass
    assert pieces.moved == whole.moved
    assert (pieces.incidents, pieces.alarms) == (whole.incidents, whole.alarms)


@hypothesis.given(st.lists(ticks, min_size=1, max_size=6), st.permutations(range(3)))
def test_deeds_on_different_incidents_commute_within_a_tick(story, order):
    first = Desk()
    first.tick(verdict(1), identified(2), approach(3), tracks=(1, 2, 3, 4))
    other = same(first)
    done = [deed(1, ACK), deed(2, ESCALATE), deed(3, NOTE)]
    first.act(*done)
    other.act(*(done[k] for k in order))
    assert first.states() == other.states()
    assert first.last == other.last
    for _ in itertools.zip_longest(play(first, story), play(other, story)):
        assert first.last == other.last


@hypothesis.given(st.lists(ticks, min_size=1, max_size=6))
@hypothesis.settings(max_examples=50)
def test_silent_ticks_change_nothing_unless_something_is_due(story):
    each, due = Desk(flood=2), Desk(flood=2)
    for told, done, after_s, *_ in story:
        for desk in (each, due):
            desk.tick(*told, acts=done, tracks=(1, 2, 3, 4))
            stop_ns = desk.now_ns + round(min(after_s, 70.0) * S)
            while desk.now_ns < stop_ns:
                due_ns = min(next_due_ns(desk.incidents), alarms_due_ns(desk.alarms))
                if desk is due and due_ns > desk.now_ns + S:
                    desk.now_ns += S
                else:
                    desk.tick(after_s=1.0, tracks=())
        assert each.moved == due.moved
