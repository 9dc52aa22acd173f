"""Alarms: the table is complete, nothing sounds without a surely existing aircraft, nothing chatters, floods are one."""

import copy
import itertools

import hypothesis
import hypothesis.strategies as st
import msgspec
import pytest

from skykeep.facts.acted import AlarmActed, AlarmDeed, Health, HealthObserved
from skykeep.facts.alarms import (
    ACKNOWLEDGED,
    ASIDE,
    EVENTS,
    NEXT,
    NORMAL,
    ONSET,
    OUT_OF_SERVICE,
    PRIORITY,
    REMOVE,
    RESTORE,
    RETURN,
    RETURNED_UNACKNOWLEDGED,
    SHELVED,
    STATES,
    SUPPRESS,
    SUPPRESSED,
    UNACKNOWLEDGED,
    UNSHELVE,
)
from skykeep.facts.concluded import ApproachSeen, FactRef, GroupMoved, TrackIdentified, Trust, Verdict, VerdictReached
from skykeep.rules.deeds import SHELVE_MAX_NS
from skykeep.rules.law import FOREVER_NS
from skykeep.watch import alarmmemory
from skykeep.watch.alarming import USUAL, alarming, answer, next_due_ns, observe
from skykeep.watch.alarmmemory import Alarms, end, forget, found
from skykeep.watch.table import LOST, TENTATIVE
from tests.rules import examples as ex
from tests.watch import tabled

S = ex.S
HERE = FactRef(0, 0)
BODY = {"seen": ("radar",)}
ACK, SHELVE, UNSHELVED, REMOVED, RESTORED = PERSON = tuple(AlarmDeed)


def acted(room, alarm_id, deed, until_ns=None):
    """Return the moves that a person's deed makes."""
    deed = AlarmActed(alarm_id=alarm_id, deed=deed, until_ns=until_ns, reason="", person="p", t_ns=room.now_ns)
    return answer(room.memory, deed, room.now_ns)


def ill(what=Health.DISK, subject="/var", *, well=False):
    return HealthObserved(what=what, subject=subject, well=well, unseen="", value=None, unit="", t_ns=ex.T0)


def verdict(track_id=1, said=Verdict.NOT_PERMITTED, zone_id="Z"):
    return VerdictReached(
        track_id=track_id, t_ns=ex.T0, verdict=said, clause="", zone_id=zone_id, zone_version=1, permit_id=None,
        permit_version=None, trust=Trust.NONE, law_complete=True, probability_inside_ppm=None, margin_mm=None,
        margin_height_mm=None, margin_time_ns=None, missing=(), coming_zone_id=None, coming_from_ns=None, evidence=HERE,
    )  # fmt: skip


def identified(track_id=1, trust=Trust.CONTRADICTED):
    return TrackIdentified(
        track_id=track_id, t_ns=ex.T0, transmitter="", uas_id=None, id_kind="none", operator_id=None, session_id=None,
        trust=trust, manned=False, flags=(), evidence=(),
    )  # fmt: skip


def approach(track_id=1, kind="approach", site_id="H"):
    return ApproachSeen(
        track_id=track_id, t_ns=ex.T0, site_id=site_id, site_version=1, kind=kind, distance_mm=0, closest_mm=None,
        closest_ns=None, reach_ns=None, evidence=HERE,
    )  # fmt: skip


def grouped(*track_ids, group_id=4):
    return GroupMoved(group_id=group_id, t_ns=ex.T0, track_ids=track_ids)


class Room:
    """Alarms with the time that passes."""

    def __init__(self, **terms):
        self.memory, self.now_ns, self.terms = Alarms(), ex.T0, USUAL._replace(**({"off_delay_s": 3.0} | terms))

    def tell(self, *told, after_s=0.1, r=0.99, tracks=(1,), table=None):
        """Return (track, reason, state) of each move after a tick."""
        self.now_ns += round(after_s * S)
        rows = tabled.table(*(tabled.flown(k, r=r, **BODY) for k in tracks)) if table is None else table
        self.last = alarming(self.memory, rows, told, self.now_ns, self.terms)
        assert all(one.t_ns == self.now_ns for one in self.last)
        return [(one.track_id, one.reason, one.state) for one in self.last]


REFUSED = (1, "not_permitted", UNACKNOWLEDGED)


# ---- the table --------------------------------------------------------------------------------------


@pytest.mark.requirement("WATCH-5")
def test_the_table_says_for_every_state_and_event_what_happens_or_nothing():
    assert {(state, event) for state, event in NEXT} <= set(itertools.product(STATES, EVENTS))
    assert set(NEXT.values()) <= set(STATES)
    stays = set(itertools.product(STATES, EVENTS)) - set(NEXT)
    assert {event for state, event in stays if state == SHELVED} == set(EVENTS) - {UNSHELVE, REMOVE}
    assert {event for state, event in stays if state == OUT_OF_SERVICE} == set(EVENTS) - {RESTORE}
    assert (UNACKNOWLEDGED, SUPPRESS) in stays  # what sounds already is not made silent by design


def test_every_state_can_be_reached_and_left_for_normal():
    for first, last in itertools.permutations(STATES, 2):
        reached, waiting = {first}, [first]
        while waiting:
            now = waiting.pop()
            for (state, _), after in NEXT.items():
                if state == now and after not in reached:
                    reached.add(after)
                    waiting.append(after)
        assert last in reached


def test_what_is_on_is_never_normal_and_what_is_not_acknowledged_never_vanishes():
    assert all(after == UNACKNOWLEDGED for (_, event), after in NEXT.items() if event == ONSET)
    assert NEXT[UNACKNOWLEDGED, RETURN] == RETURNED_UNACKNOWLEDGED
    assert {state for (state, event), after in NEXT.items() if after == NORMAL} == {
        ACKNOWLEDGED,
        RETURNED_UNACKNOWLEDGED,
        SUPPRESSED,
        SHELVED,
        OUT_OF_SERVICE,
    }


# ---- one track --------------------------------------------------------------------------------------


def test_a_refused_flight_that_surely_exists_sounds_at_once_and_once():
    room = Room()
    assert room.tell(verdict()) == [REFUSED]
    assert room.last[0].alarm_id == 1
    assert room.last[0].priority == 1
    assert room.tell() == room.tell(verdict(), verdict(zone_id="Y")) == []


@pytest.mark.requirement("WATCH-13")
def test_it_sounds_by_existence_not_by_a_number_of_reports():
    room = Room()
    assert room.tell(verdict(), r=0.89) == []
    assert room.tell(r=0.90) == [REFUSED]


@pytest.mark.parametrize("phase", [TENTATIVE, LOST])
def test_a_track_that_is_not_established_raises_none(phase):
    room = Room()
    assert room.tell(verdict(), table=tabled.table(tabled.flown(1, phase=phase, **BODY))) == []
    assert room.tell() == [REFUSED]


def test_within_the_dead_band_nothing_moves():
    room = Room()
    room.tell(verdict())
    for r in (0.89, 0.81, 0.9, 0.8):
        assert room.tell(r=r, after_s=10) == []
    assert room.tell(r=0.79) == []
    assert room.tell(r=0.89, after_s=3) == [(1, "not_permitted", RETURNED_UNACKNOWLEDGED)]
    assert room.tell(r=0.89, after_s=3) == []
    assert room.tell(r=0.91) == [REFUSED]


def test_it_returns_after_the_off_delay_and_a_dip_does_not_chatter():
    room = Room()
    room.tell(verdict())
    assert room.tell(verdict(said=Verdict.NO_RULE)) == []
    assert next_due_ns(room.memory) == room.now_ns + 3 * S
    assert room.tell(after_s=2.9) == []
    assert room.tell(verdict()) == []
    assert room.tell(after_s=30) == []
    room.tell(verdict(said=Verdict.CANNOT_TELL))
    assert room.tell(after_s=3) == [(1, "not_permitted", RETURNED_UNACKNOWLEDGED)]
    assert next_due_ns(room.memory) == FOREVER_NS


def test_an_on_delay_is_waited_for():
    room = Room(on_delay_s=2.0)
    assert room.tell(verdict()) == []
    assert next_due_ns(room.memory) == room.now_ns + 2 * S
    assert room.tell(after_s=1.9) == []
    assert room.tell() == [REFUSED]
    flicker = Room(on_delay_s=2.0)
    flicker.tell(verdict())
    flicker.tell(verdict(said=Verdict.NO_RULE))
    assert flicker.tell(after_s=60) == []


def test_as_long_as_one_zone_refuses_it_goes_on():
    room = Room()
    room.tell(verdict(zone_id="A"), verdict(zone_id="B"))
    assert room.tell(verdict(said=Verdict.NO_RULE, zone_id="A")) == room.tell(after_s=60) == []
    room.tell(verdict(said=Verdict.PERMITTED, zone_id="B"))
    assert room.tell(after_s=3) == [(1, "not_permitted", RETURNED_UNACKNOWLEDGED)]


def test_the_lost_and_the_gone_return_at_once_and_sound_again_when_found():
    room = Room()
    room.tell(verdict())
    lost = tabled.table(tabled.flown(1, phase=LOST, **BODY))
    assert room.tell(table=lost) == [(1, "not_permitted", RETURNED_UNACKNOWLEDGED)]
    assert room.tell() == [REFUSED]
    assert room.tell(tracks=()) == [(1, "not_permitted", RETURNED_UNACKNOWLEDGED)]


def test_each_reason_is_an_alarm_of_its_own():
    room = Room()
    assert room.tell(verdict(), identified(), approach()) == [
        REFUSED,
        (1, "identity_contradicted", UNACKNOWLEDGED),
        (1, "site_approach", UNACKNOWLEDGED),
    ]
    assert [one.alarm_id for one in room.last] == [1, 2, 3]
    room.tell(identified(trust=Trust.SELF_DECLARED))
    assert room.tell(after_s=3) == [(1, "identity_contradicted", RETURNED_UNACKNOWLEDGED)]


def test_an_approach_by_permission_is_none_and_one_refused_elsewhere_is():
    room = Room()
    assert room.tell(verdict(said=Verdict.PERMITTED), approach()) == []
    assert room.tell(verdict(zone_id="Y")) == [REFUSED, (1, "site_approach", UNACKNOWLEDGED)]


def test_an_approach_goes_on_while_any_site_is_near():
    room = Room()
    room.tell(approach(), approach(site_id="G", kind="hover"))
    assert room.tell(approach(kind="none")) == room.tell(after_s=9) == []
    room.tell(approach(kind="none", site_id="G"))
    assert room.tell(after_s=3) == [(1, "site_approach", RETURNED_UNACKNOWLEDGED)]


def test_a_merged_track_ends_its_alarms_and_leaves_only_what_waits_for_an_answer():
    room = Room()
    room.tell(verdict(), identified())
    acted(room, 1, ACK)
    assert [one.state for one in end(room.memory, 1, room.now_ns)] == [NORMAL, RETURNED_UNACKNOWLEDGED]
    forget(room.memory, [1, 5])
    assert [one.state for one in acted(room, 2, ACK)] == [NORMAL]
    before = Alarms(next_id=3)
    before.flood.began_ns, before.flood.last_id = ex.T0 + S // 10, 1
    assert room.memory == before
    assert acted(room, 1, ACK) == acted(room, 2, ACK) == []


def test_an_alarm_whose_track_vanishes_while_it_sounds_returns_all_the_same():
    room = Room()
    room.tell(verdict())
    forget(room.memory, [1])
    assert next_due_ns(room.memory) <= room.now_ns
    assert room.tell(tracks=()) == [(1, "not_permitted", RETURNED_UNACKNOWLEDGED)]
    assert next_due_ns(room.memory) == FOREVER_NS


def test_what_nobody_answers_is_remembered_within_bounds(monkeypatch):
    monkeypatch.setattr(alarmmemory, "GONE_MAX", 3)
    room = Room()
    for k in range(1, 6):
        room.tell(verdict(k), tracks=(k,))
        room.tell(tracks=())
        forget(room.memory, [k])
    assert [found(room.memory, k) is not None for k in range(1, 6)] == [False, False, True, True, True]
    assert list(room.memory.places) == [3, 4, 5]


# ---- what a person does -----------------------------------------------------------------------------


def test_acknowledged_it_ends_in_normal():
    room = Room()
    room.tell(verdict())
    assert [one.state for one in acted(room, 1, ACK)] == [ACKNOWLEDGED]
    room.tell(verdict(said=Verdict.NO_RULE))
    assert room.tell(after_s=3) == [(1, "not_permitted", NORMAL)]
    assert room.tell(verdict()) == [REFUSED]
    assert room.last[0].alarm_id == 1


def lies(*, still):
    return identified(trust=Trust.CONTRADICTED if still else Trust.SELF_DECLARED)


@pytest.mark.parametrize("still", [True, False])
def test_shelved_it_is_silent_until_its_time_and_sounds_again_if_it_holds(still):
    room = Room()
    room.tell(identified())
    until_ns = room.now_ns + 60 * S
    assert [one.state for one in acted(room, 1, SHELVE, until_ns)] == [SHELVED]
    assert room.tell(lies(still=False)) == room.tell(identified(), after_s=9) == []
    assert room.tell(*([] if still else [lies(still=False)]), after_s=9) == []
    assert next_due_ns(room.memory) <= until_ns
    back = [NORMAL, UNACKNOWLEDGED] if still else [NORMAL]
    assert [state for _, _, state in room.tell(after_s=50)] == back


@pytest.mark.parametrize("still", [True, False])
def test_unshelved_by_hand_it_sounds_at_once_if_it_holds(still):
    room = Room()
    room.tell(identified())
    acted(room, 1, SHELVE, room.now_ns + 60 * S)
    room.tell(lies(still=still), after_s=9)
    assert [one.state for one in acted(room, 1, UNSHELVED)] == ([NORMAL, UNACKNOWLEDGED] if still else [NORMAL])


@pytest.mark.requirement("STATION-ALARM-1")
def test_the_most_urgent_cannot_be_shelved_and_nothing_without_an_end_that_is_near():
    room = Room()
    room.tell(verdict(), identified())
    assert acted(room, 1, SHELVE, room.now_ns + 60 * S) == []
    for until_ns in (None, room.now_ns, room.now_ns + SHELVE_MAX_NS + 1):
        assert acted(room, 2, SHELVE, until_ns) == []
    assert acted(room, 2, SHELVE, room.now_ns + SHELVE_MAX_NS) != []


def test_one_shelved_comes_back_though_its_track_is_gone_and_one_out_of_service_can_be_restored():
    room = Room()
    room.tell(identified(), identified(2), tracks=(1, 2))
    acted(room, 1, SHELVE, room.now_ns + 60 * S)
    acted(room, 2, REMOVED)
    room.tell(tracks=())
    forget(room.memory, [1, 2])
    assert room.tell(tracks=(), after_s=59) == []
    assert next_due_ns(room.memory) > room.now_ns
    assert room.tell(tracks=(), after_s=1) == [(1, "identity_contradicted", NORMAL)]
    assert [one.state for one in acted(room, 2, RESTORED)] == [NORMAL]
    assert (room.memory.gone, room.memory.places) == ({}, {})


def test_taken_out_of_service_it_stays_so_until_it_is_restored():
    room = Room()
    room.tell(identified())
    assert [one.state for one in acted(room, 1, REMOVED)] == [OUT_OF_SERVICE]
    assert room.tell(identified(trust=Trust.SELF_DECLARED)) == room.tell(after_s=9) == room.tell(identified()) == []
    assert [one.state for one in acted(room, 1, RESTORED)] == [NORMAL, UNACKNOWLEDGED]
    assert acted(room, 7, ACK) == acted(room, 1, UNSHELVED) == []


# ---- groups -----------------------------------------------------------------------------------------


def test_two_refused_of_a_group_are_an_alarm_of_the_group():
    room = Room()
    two = {"tracks": (1, 2)}
    assert room.tell(grouped(1, 2), verdict(1), **two) == [REFUSED]
    assert room.tell(approach(2), **two) == [(2, "site_approach", UNACKNOWLEDGED), (0, "group:4", UNACKNOWLEDGED)]
    assert room.tell(grouped(), **two) == []
    assert room.tell(**two, after_s=3) == [(0, "group:4", RETURNED_UNACKNOWLEDGED)]
    number = room.last[0].alarm_id
    assert [one.state for one in acted(room, number, ACK)] == [NORMAL]
    room.tell(grouped(8, 9, group_id=5), **two)
    assert 0 not in room.memory.alarms


def test_alarms_of_groups_that_dissolved_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(alarmmemory, "GROUPS_MAX", 100)
    room = Room()
    room.tell(verdict(1), verdict(2), tracks=(1, 2))
    for k in range(150):
        assert (0, f"group:{k}", UNACKNOWLEDGED) in room.tell(grouped(1, 2, group_id=k), tracks=(1, 2))
        room.tell(grouped(group_id=k), tracks=(1, 2))
    room.tell(tracks=(1, 2), after_s=9)
    assert 0 not in room.memory.alarms
    assert len(room.memory.gone[0]) == 100
    last = max(room.memory.places)
    assert [one.state for one in acted(room, last, ACK)] == [NORMAL]
    assert len(room.memory.gone[0]) == 99
    assert len(room.memory.places) == 99 + 2


# ---- delays of single reasons -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "fact", "off"),
    [
        ("not_permitted", verdict(), verdict(said=Verdict.NO_RULE)),
        ("identity_contradicted", identified(), identified(trust=Trust.SELF_DECLARED)),
        ("site_approach", approach(), approach(kind="none")),
    ],
)
def test_a_reason_may_have_delays_of_its_own(reason, fact, off):
    room = Room(on_delays_s={reason: 2.0}, off_delays_s={reason: 7.0})
    assert room.tell(fact) == room.tell(after_s=1.9) == []
    assert room.tell() == [(1, reason, UNACKNOWLEDGED)]
    assert room.tell(off) == room.tell(after_s=6.9) == []
    assert room.tell() == [(1, reason, RETURNED_UNACKNOWLEDGED)]
    plain = Room(on_delays_s={"group": 2.0}, off_delays_s={"group": 7.0})
    assert plain.tell(fact) == [(1, reason, UNACKNOWLEDGED)]


def test_a_group_may_have_delays_of_its_own():
    room = Room(on_delays_s={"group": 2.0})
    two = {"tracks": (1, 2)}
    room.tell(grouped(1, 2), verdict(1), verdict(2), **two)
    assert room.tell(**two, after_s=1.9) == []
    assert room.tell(**two) == [(0, "group:4", UNACKNOWLEDGED)]


# ---- health -----------------------------------------------------------------------------------------


def health(room, *seen):
    return [(one.track_id, one.reason, one.state) for each in seen for one in observe(room.memory, each, room.now_ns)]


@pytest.mark.requirement("STATION-ALARM-2")
def test_what_is_not_well_sounds_at_once_and_returns_when_it_is():
    room = Room(on_delay_s=9.0, off_delay_s=9.0)
    assert health(room, ill()) == [(0, "health:disk:/var", UNACKNOWLEDGED)]
    assert health(room, ill()) == []
    assert health(room, ill(well=True)) == [(0, "health:disk:/var", RETURNED_UNACKNOWLEDGED)]
    assert [one.state for one in acted(room, 1, ACK)] == [NORMAL]
    assert health(room, ill()) == [(0, "health:disk:/var", UNACKNOWLEDGED)]
    assert room.memory.next_id == 2  # it is the same alarm


def test_each_subject_has_its_alarm_and_nothing_is_lost_within_a_tick():
    room = Room()
    told = health(
        room, ill(Health.FEED, "a:1"), ill(Health.FEED, "b"), ill(Health.WEB, ""), ill(Health.WEB, "", well=True)
    )
    assert told == [
        (0, "health:feed:a:1", UNACKNOWLEDGED),
        (0, "health:feed:b", UNACKNOWLEDGED),
        (0, "health:web", UNACKNOWLEDGED),
        (0, "health:web", RETURNED_UNACKNOWLEDGED),
    ]
    assert health(room, ill(Health.FEED, "never ill", well=True)) == []


@pytest.mark.parametrize("what", list(Health))
def test_every_kind_of_health_has_a_priority_and_a_blind_watch_the_most_urgent(what):
    assert PRIORITY[f"health:{what.value}"] in (1, 2, 3)
    if what in (Health.BLIND, Health.NOT_RECORDED):
        assert PRIORITY[f"health:{what.value}"] == 1


def test_an_alarm_of_health_is_shelved_and_comes_back_while_groups_move():
    room = Room()
    health(room, ill())
    assert [one.state for one in acted(room, 1, SHELVE, room.now_ns + 60 * S)] == [SHELVED]
    health(room, ill(well=True), ill())
    room.tell(grouped(1, 2), tracks=(1, 2), after_s=30)
    assert next_due_ns(room.memory) == room.now_ns + 30 * S
    assert room.tell(tracks=(), after_s=29) == []
    assert room.tell(tracks=(), after_s=1) == [(0, "health:disk:/var", NORMAL), (0, "health:disk:/var", UNACKNOWLEDGED)]


def test_who_makes_up_subjects_fills_no_memory(monkeypatch):
    monkeypatch.setattr("skykeep.watch.alarming.HEALTH_MAX", 5)
    room = Room()
    health(room, ill(Health.NOT_RECORDED, ""))
    for k in range(20):
        health(room, ill(Health.SENSOR_SILENT, f"made up {k}"))
        acted(room, k + 2, ACK)
        health(room, ill(Health.SENSOR_SILENT, f"made up {k}", well=True))
    assert len(room.memory.alarms[0]) == len(room.memory.places) == 6
    assert found(room.memory, 1).state == UNACKNOWLEDGED


# ---- floods -----------------------------------------------------------------------------------------


class Air:
    """A table that grows: real aircraft that a radar sees, false ones that only speak."""

    def __init__(self):
        self.flights = [tabled.flown(1, **BODY)]

    def add(self, count):
        first = self.flights[-1]["id"] + 1
        self.flights += [tabled.flown(first + k, seen=("remote_id",)) for k in range(count)]
        return list(range(first, first + count))

    @property
    def table(self):
        return tabled.table(*self.flights)


def flooded(count=60):
    """Return a room in a flood, each false track refused at once."""
    room, air = Room(), Air()
    room.tell(verdict(), table=air.table)
    room.tell(table=air.table, after_s=20)
    told = []
    for _ in range(count // 10):
        ids = air.add(10)
        told += room.tell(*(verdict(k) for k in ids), table=air.table)
    return room, air, told


@pytest.mark.requirement("WATCH-27")
def test_a_flood_is_one_alarm_and_its_members_are_suppressed():
    room, _, told = flooded()
    floods = [one for one in told if one[0] == 0]
    assert floods == [(0, "remote_id_flood:30", UNACKNOWLEDGED), (0, "remote_id_flood:60", UNACKNOWLEDGED)]
    states = {track_id: state for track_id, reason, state in told if reason == "not_permitted"}
    assert [state for track_id, state in states.items() if track_id <= 21] == [UNACKNOWLEDGED] * 20  # before it was one
    assert [state for track_id, state in states.items() if track_id > 21] == [SUPPRESSED] * 40
    assert len(room.memory.flood.members) == 60 * 8


def test_a_member_that_another_sensor_sees_sounds_at_once():
    room, air, _ = flooded()
    air.flights[50] = tabled.flown(51, seen=("remote_id", "radar"))
    assert room.tell(table=air.table) == [(51, "not_permitted", UNACKNOWLEDGED)]


def test_who_was_there_before_and_who_is_seen_sounds_as_ever():
    room, air, _ = flooded()
    air.flights.append(tabled.flown(900, **BODY))
    assert room.tell(verdict(900), table=air.table) == [(900, "not_permitted", UNACKNOWLEDGED)]
    room.tell(verdict(1, Verdict.NO_RULE), table=air.table)
    assert room.tell(table=air.table, after_s=3) == [(1, "not_permitted", RETURNED_UNACKNOWLEDGED)]


def test_it_is_over_when_they_are_silent():
    room, air, _ = flooded()
    due_ns = next_due_ns(room.memory)
    assert due_ns == room.now_ns + 15 * S
    air.flights = [air.flights[0]] + [{**one, "phase": LOST} for one in air.flights[1:]]
    room.tell(*(verdict(k, Verdict.NO_RULE) for k in range(2, 62)), table=air.table, after_s=10)
    assert [one for one in room.tell(table=air.table, after_s=4.9) if one[0] == 0] == []
    assert room.tell(table=air.table, after_s=0.1) == [(0, "remote_id_flood:60", RETURNED_UNACKNOWLEDGED)]
    assert next_due_ns(room.memory) == FOREVER_NS


def test_it_lasts_as_long_as_too_many_would_sound_and_then_the_rest_does():
    room, air, _ = flooded()
    assert room.tell(table=air.table, after_s=60) == []
    left = 41  # 20 sounded before
    gone = [{**one, "phase": LOST} for one in air.flights[left + 15 :]]
    air.flights = air.flights[: left + 15] + gone
    room.tell(*(verdict(one["id"], Verdict.NO_RULE) for one in gone), table=air.table)
    sounding = [f"{k}" for k, _, state in room.tell(table=air.table, after_s=6) if state == UNACKNOWLEDGED]
    assert sounding == []  # 35 still wait
    gone = [{**one, "phase": LOST} for one in air.flights[30:56]]
    air.flights = air.flights[:30]
    room.tell(*(verdict(one["id"], Verdict.NO_RULE) for one in gone), table=air.table)
    told = room.tell(table=air.table, after_s=6)
    assert told[0] == (0, "remote_id_flood:60", RETURNED_UNACKNOWLEDGED)
    assert told[1:] == [(k, "not_permitted", UNACKNOWLEDGED) for k in range(22, 31)]


def test_what_is_there_when_the_watch_begins_is_no_flood():
    room, air = Room(), Air()
    ids = air.add(100)
    told = room.tell(*(verdict(k) for k in ids), table=air.table)
    assert {(reason, state) for _, reason, state in told} == {("not_permitted", UNACKNOWLEDGED)}
    assert len(told) == 100


def test_a_receiver_that_comes_back_and_hears_all_airliners_is_no_flood():
    room, air = Room(), Air()
    room.tell(table=air.table)
    air.flights += [tabled.flown(k, seen=("adsb",), manned=1) for k in range(2, 90)]
    assert room.tell(table=air.table, after_s=20) == []
    assert not room.memory.flood.on


def test_few_or_slow_ones_are_no_flood():
    room, air = Room(), Air()
    room.tell(table=air.table)
    for _ in range(60):
        air.add(1)
        assert room.tell(table=air.table, after_s=1.0) == []
    assert not room.memory.flood.on


def test_ten_thousand_in_a_minute_are_one_alarm_and_hurt_no_real_one():
    room, air = Room(), Air()
    room.tell(verdict(), table=air.table)
    table = air.table
    room.tell(table=table, after_s=20)
    told = []
    for _ in range(60):
        ids = air.add(167)
        told += room.tell(*(verdict(k) for k in ids), table=tabled.table(*air.flights[-167:]), after_s=1.0)
    assert {track_id for track_id, _, state in told if state == UNACKNOWLEDGED} == {0}
    assert len({one for one in told if one[1].startswith("remote_id_flood") and one[2] == UNACKNOWLEDGED}) <= 8
    assert room.memory.flood.count == 10_020


# ---- memory -----------------------------------------------------------------------------------------

facts = st.one_of(
    st.builds(verdict, st.integers(1, 4), st.sampled_from(list(Verdict)), st.sampled_from(["Y", "Z"])),
    st.builds(identified, st.integers(1, 4), st.sampled_from(list(Trust))),
    st.builds(approach, st.integers(1, 4), st.sampled_from(["none", "hover"])),
    st.sampled_from([grouped(1, 2), grouped(1, 2, 3), grouped()]),
)
ticks = st.tuples(
    st.lists(facts, max_size=4),
    st.lists(st.floats(0.5, 1.0), min_size=4, max_size=4),
    st.lists(st.integers(0, 2), min_size=4, max_size=4),
    st.sampled_from([0.1, 1.0, 5.0]),
    st.tuples(st.integers(1, 8), st.sampled_from(PERSON)),
    st.lists(st.builds(ill, st.sampled_from(list(Health)[:2]), st.just("x"), well=st.booleans()), max_size=2),
)


@hypothesis.given(st.lists(ticks, min_size=1, max_size=15))
def test_any_story_agrees_with_its_replay_from_bytes_and_every_move_stands_in_the_table(story):
    one, other = Room(), Room()
    states = {}
    for told, existence, phases, after_s, (number, event), seen in story:
        flights = [tabled.flown(k + 1, r=existence[k], phase=phases[k], **BODY) for k in range(4)]
        moves = []
        for room in (one, other):
            done = acted(room, number, event, room.now_ns + 7 * S)
            done += [move for each in seen for move in observe(room.memory, each, room.now_ns)]
            room.tell(*told, table=tabled.table(*flights), after_s=after_s)
            moves.append(done + room.last)
        assert moves[0] == moves[1]
        for move in moves[0]:
            before = states.get(move.alarm_id, NORMAL)
            assert move.state in {after for (state, _), after in NEXT.items() if state == before}
            states[move.alarm_id] = move.state
        other.memory = msgspec.msgpack.decode(msgspec.msgpack.encode(copy.deepcopy(other.memory)), type=Alarms)
        assert other.memory == one.memory
        assert next_due_ns(one.memory) > one.now_ns
        for alarm_id, (_, name) in one.memory.places.items():
            held = found(one.memory, alarm_id)
            assert (held.alarm_id, held.name, held.state) == (alarm_id, name, states[alarm_id])


@hypothesis.given(st.lists(ticks, min_size=1, max_size=10))
def test_silent_ticks_change_nothing_unless_something_is_due(story):
    each, due = Room(), Room()
    heard = {"each": [], "due": []}
    for told, existence, _, after_s, _, _ in story:
        table = tabled.table(*(tabled.flown(k + 1, r=existence[k], **BODY) for k in range(4)))
        for name, room in (("each", each), ("due", due)):
            heard[name] += [(room.now_ns, *move) for move in room.tell(*told, table=table)]
            stop_ns = room.now_ns + round(after_s * S)
            while room.now_ns < stop_ns:
                if name == "due" and next_due_ns(room.memory) > room.now_ns + S // 10:
                    room.now_ns += S // 10
                else:
                    heard[name] += [(room.now_ns, *move) for move in room.tell(table=table)]
    assert heard["each"] == heard["due"]


def test_the_page_names_every_reason_with_its_priority(root):
    text = (root / "docs" / "explanation" / "alarms.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in text.splitlines() if line.startswith("| `")]
    drawn = {":".join(name.strip("`").split(":<")[:1]): int(priority) for name, priority in rows}
    assert drawn == PRIORITY


def test_the_page_draws_this_table(root):
    lines = (root / "docs" / "explanation" / "alarms.md").read_text(encoding="utf-8").splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("| State | "))
    events = [cell.strip() for cell in lines[first].split("|")[2:-1]]
    drawn = {}
    for line in lines[first + 2 : first + 2 + len(STATES)]:
        state, *cells = (cell.strip() for cell in line.split("|")[1:-1])
        drawn |= {(state, event): cell for event, cell in zip(events, cells, strict=True) if cell}
    assert events == list(EVENTS)
    assert drawn == NEXT


def test_the_page_says_what_may_be_put_aside(root):
    lines = (root / "docs" / "explanation" / "alarms.md").read_text(encoding="utf-8").splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("| Deed | "))
    priorities = [int(cell) for cell in lines[first].split("|")[2:-1]]
    drawn = {}
    for line in lines[first + 2 : first + 2 + len(ASIDE)]:
        deed, *cells = (cell.strip() for cell in line.split("|")[1:-1])
        drawn[deed] = {priority for priority, cell in zip(priorities, cells, strict=True) if cell == "yes"}
    assert set(priorities) == set(PRIORITY.values())
    assert drawn == ASIDE


@pytest.mark.requirement("STATION-ALARM-1")
def test_the_most_urgent_cannot_be_taken_out_of_service():
    room = Room()
    room.tell(verdict())
    assert acted(room, 1, REMOVED) == []
    assert [one.state for one in acted(room, 1, ACK)] == [ACKNOWLEDGED]
    assert acted(room, 1, REMOVED) == []
