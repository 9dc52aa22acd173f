"""Who is who: names bound to tracks, radios changed, serials copied, and what each does to a verdict."""

from types import SimpleNamespace

import numpy as np
import pytest

from skykeep.facts.concluded import AlarmChanged, TrackIdentified, TrackMerged, Trust, VerdictReached
from skykeep.facts.observed import IdKind
from skykeep.watch import identify as identifying
from skykeep.watch.judge import judge
from skykeep.watch.reach import in_reach
from skykeep.watch.settings import WatchSettings
from skykeep.watch.state import State
from skykeep.watch.step import step
from tests.rules import examples as ex
from tests.watch import stories as tell

S, T0 = tell.S, tell.T0
A, B = 1, 2
SERIAL = {"uas_id": "uas:a", "id_kind": IdKind.SERIAL}


def identity(watch, track_id=A):
    return watch.state.identities[track_id]


def last(watch, track_id=A):
    return watch.of(TrackIdentified, track_id)[-1]


def verdicts(watch, track_id=A):
    return [fact.clause for fact in watch.of(VerdictReached, track_id)]


def alarms(watch, reason):
    return [fact.state for fact in watch.told if isinstance(fact, AlarmChanged) and fact.reason == reason]


# ---- binding -------------------------------------------------------------------------------------


@pytest.mark.requirement("WATCH-10")
@pytest.mark.parametrize("first", ["name", "place"])
def test_a_name_and_a_place_of_one_transmitter_meet_whichever_comes_first(first):
    facts = [
        tell.basic_id(T0 + (0 if first == "name" else 2 * S)),
        *tell.flying(4, from_ns=T0 + S // 2, make=tell.location),
    ]
    watch = tell.Watch().run([ex.zone(), ex.permit(), *facts])
    assert (last(watch).uas_id, last(watch).id_kind, last(watch).trust) == ("uas:a", "serial", Trust.SELF_DECLARED)
    assert verdicts(watch)[-1] == "permitted"


@pytest.mark.requirement("WATCH-10")
@pytest.mark.parametrize(("gap_s", "bound"), [(59, True), (61, False)])
def test_a_name_binds_only_as_long_as_it_is_remembered(gap_s, bound):
    watch = tell.Watch().run([tell.basic_id(T0), tell.location(T0 + gap_s * S)])
    assert (identity(watch).uas_id == "uas:a") is bound


def test_a_name_heard_again_after_the_memory_brings_no_older_names_back():
    signs = [tell.system(T0 + k * 20 * S) for k in range(6)]
    watch = tell.Watch().run(
        [tell.operator_id(T0), *signs, tell.basic_id(T0 + 100 * S + 1), tell.location(T0 + 101 * S)]
    )
    assert (identity(watch).uas_id, identity(watch).operator_id) == ("uas:a", None)


@pytest.mark.requirement("WATCH-10")
def test_names_of_several_kinds_are_no_contradiction_and_any_of_them_matches_a_permit():
    ids = [
        tell.basic_id(T0 + k, name, kind=kind)
        for k, (name, kind) in enumerate(
            [("uas:s", IdKind.SERIAL), ("uas:a", IdKind.REGISTRATION), ("uas:x", IdKind.SESSION)]
        )
    ]
    again = [
        type(fact)(
            **{n: getattr(fact, n) for n in fact.__struct_fields__} | {"t_event_ns": T0 + S, "t_arrival_ns": T0 + S}
        )
        for fact in ids
    ]
    watch = tell.Watch().run(
        [ex.zone(), ex.permit(), *ids, *again, *tell.flying(3, make=tell.location), tell.operator_id(T0 + S)]
    )
    told = last(watch)
    assert (told.uas_id, told.id_kind, told.session_id, told.operator_id) == ("uas:s", "serial", "uas:x", "opr:o")
    assert (told.flags, told.trust) == ((), Trust.SELF_DECLARED)
    assert verdicts(watch)[-1] == "permitted"


@pytest.mark.requirement("WATCH-10")
@pytest.mark.parametrize(
    ("kind", "lie"),
    [(IdKind.SERIAL, True), (IdKind.REGISTRATION, True), (IdKind.UTM, False), (IdKind.SESSION, False)],
)
def test_only_lasting_names_must_not_change(kind, lie):
    facts = [
        tell.basic_id(T0, "uas:a", kind=kind),
        *tell.flying(5, make=tell.location),
        tell.basic_id(T0 + 3 * S, "uas:b", kind=kind),
    ]
    watch = tell.Watch().run(facts)
    assert (last(watch).trust is Trust.CONTRADICTED) is lie
    assert "uas:b" in {last(watch).uas_id, last(watch).session_id}
    assert alarms(watch, "identity_contradicted") == (["unacknowledged"] if lie else [])


def test_a_name_said_earlier_and_heard_later_does_not_replace_the_newer_one():
    old = tell.basic_id(T0 + S, "uas:old", kind=IdKind.SESSION)
    old = type(old)(**{n: getattr(old, n) for n in old.__struct_fields__} | {"t_arrival_ns": T0 + 2 * S})
    new = tell.basic_id(T0 + S + S // 2, "uas:new", kind=IdKind.SESSION)
    watch = tell.Watch().run([*tell.flying(4, make=tell.location), new, old])
    assert identity(watch).session_id == "uas:new"


def test_a_callsign_names_a_flight_not_an_aircraft():
    two = [
        *tell.flying(6, make=tell.aircraft, transmitter="tx:1", callsign="call:x"),
        *tell.flying(6, make=tell.aircraft, transmitter="tx:2", callsign="call:x", start=(50.0, 0.0)),
        tell.aircraft(T0 + 6 * S, transmitter="tx:1", callsign="call:y"),
    ]
    watch = tell.Watch().run(two)
    assert not watch.of(TrackMerged)
    assert (last(watch, A).uas_id, last(watch, A).flags) == ("call:y", ())
    assert last(watch, B).uas_id == "call:x"
    unmanned = tell.Watch().run(
        [ex.zone(), ex.permit(), *tell.flying(3, make=tell.aircraft, category="B6", callsign="call:x")]
    )
    assert verdicts(unmanned) == ["identity_absent"]  # a callsign cannot be compared with a permit's serials


# ---- manned --------------------------------------------------------------------------------------


@pytest.mark.requirement("VERDICT-8")
def test_a_category_heard_late_ends_the_exemption_for_good():
    facts = [ex.zone(), *(tell.aircraft(T0 + k * S, category=c) for k, c in enumerate([None, None, "B6", None, "A1"]))]
    watch = tell.Watch().run(facts)
    assert verdicts(watch) == ["manned_aircraft", "no_permit"]
    assert [fact.manned for fact in watch.of(TrackIdentified)] == [True, False]


def test_a_report_that_says_nothing_takes_nothing_back():
    facts = [tell.position(T0 + k * S, manned=m) for k, m in enumerate([None, True, None])]
    assert [fact.manned for fact in tell.Watch().run(facts).of(TrackIdentified)] == [False, True]


# ---- one aircraft, several addresses -------------------------------------------------------------


@pytest.mark.requirement("WATCH-11")
def test_a_new_address_with_the_same_serial_goes_on_as_the_same_track():
    facts = [
        *tell.flying(5, speed=(10.0, 0.0), make=tell.location), tell.basic_id(T0 + 1),
        *tell.flying(5, start=(50.0, 0.0), speed=(10.0, 0.0), from_ns=T0 + 5 * S, make=tell.location, transmitter="tx:new"),
        tell.basic_id(T0 + 8 * S + S // 2, transmitter="tx:new"),
    ]  # fmt: skip
    watch = tell.Watch().run([ex.zone(), *facts])
    (merged,) = watch.of(TrackMerged)
    assert (merged.track_id, merged.into_track_id) == (B, A)
    assert set(watch.state.identities) == {A}
    assert (last(watch).transmitter, last(watch).flags, last(watch).trust) == (
        "tx:new",
        ("rekeyed",),
        Trust.SELF_DECLARED,
    )
    assert int(watch.state.tracks.t_ns[0]) == T0 + 9 * S
    # The alarm of the track that is no more has ended; the other's goes on.
    ends = {}
    for fact in watch.of(AlarmChanged):
        ends[fact.track_id] = fact.state
    assert ends == {A: "unacknowledged", B: "returned_unacknowledged"}


@pytest.mark.requirement("WATCH-11")
def test_a_name_that_comes_long_after_the_places_still_moves_the_track_to_where_it_is_now():
    facts = [
        *tell.flying(3, speed=(10.0, 0.0)), tell.basic_id(T0 + 1),
        *tell.flying(6, start=(40.0, 0.0), speed=(10.0, 0.0), from_ns=T0 + 4 * S, transmitter="tx:new"),
        tell.basic_id(T0 + 14 * S, transmitter="tx:new"),
    ]  # fmt: skip
    watch = tell.Watch(silence_max_s=30.0).run(facts)
    tracks = watch.state.tracks
    assert (tracks.id.tolist(), int(tracks.t_ns[0])) == ([A], T0 + 9 * S)
    assert tell.column(watch.state, A, "height_ns") == T0 + 9 * S


def test_two_radios_of_one_drone_are_one_track_from_then_on():
    facts = [tell.basic_id(T0, transmitter="tx:wifi"), tell.basic_id(T0 + 1, transmitter="tx:bt")]
    for k in range(10):
        facts += [
            tell.location(T0 + k * S, 5.0 * k, 0.0, "tx:wifi"),
            tell.location(T0 + k * S + S // 2, 5.0 * k + 2.5, 0.0, "tx:bt"),
        ]
    watch = tell.Watch().run(facts)
    assert len(watch.of(TrackMerged)) == 1
    assert set(watch.state.identities) == {A}
    assert identity(watch).trust is Trust.SELF_DECLARED
    assert int(watch.state.tracks.reports[0]) == 20


def test_a_report_of_a_track_that_was_merged_in_its_tick_counts_for_the_one_that_goes_on():
    facts = [tell.basic_id(T0, transmitter="tx:wifi"), tell.basic_id(T0 + 1, transmitter="tx:bt")]
    facts += [tell.location(T0 + k * S // 2, 2.5 * k, 0.0, ("tx:wifi", "tx:bt")[k % 2]) for k in range(6)]
    counted = []

    def looking(tick, reports, pairs, tracks):
        assert set(pairs.track_id.tolist()) <= set(tracks.id.tolist())
        counted.append(len(pairs.report))

    state, told = State(WatchSettings()), []
    for tick in tell.ticks(facts, None, T0):
        state, more = step(state, tick, looking)
        told += more
    assert [type(fact) for fact in told].count(TrackMerged) == 1
    assert sum(counted) == 6


def test_swapping_between_two_radios_keeps_the_track():
    facts = [tell.basic_id(T0, transmitter="tx:wifi"), tell.basic_id(T0 + 1, transmitter="tx:bt")]
    facts += [tell.location(T0 + k * S, 5.0 * k, 0.0, ("tx:wifi", "tx:bt")[k // 4 % 2]) for k in range(24)]
    watch = tell.Watch().run(facts)
    assert set(watch.state.identities) == {A}
    assert len(watch.of(TrackMerged)) == 1


@pytest.mark.requirement("WATCH-11")
def test_three_tracks_with_one_serial_become_one():
    facts = []
    for k, tx in enumerate(("tx:1", "tx:2", "tx:3")):
        facts += [*tell.flying(6, start=(3.0 * k, 0.0), transmitter=tx), tell.basic_id(T0 + 4 * S + k, transmitter=tx)]
    watch = tell.Watch().run(facts)
    assert sorted((f.track_id, f.into_track_id) for f in watch.of(TrackMerged)) == [(2, 1), (3, 1)]
    assert identity(watch).transmitters == ["tx:1", "tx:2", "tx:3"]


def test_a_new_session_on_the_same_address_is_the_same_track():
    facts = [
        *tell.flying(6),
        tell.basic_id(T0, "uas:s1", kind=IdKind.SESSION),
        tell.basic_id(T0 + 3 * S, "uas:s2", kind=IdKind.SESSION),
    ]
    watch = tell.Watch().run(facts)
    assert set(watch.state.identities) == {A}
    assert (last(watch).session_id, last(watch).trust) == ("uas:s2", Trust.SELF_DECLARED)


# ---- lies ----------------------------------------------------------------------------------------


@pytest.mark.requirement("VERDICT-5")
@pytest.mark.requirement("WATCH-12")
def test_one_serial_in_two_places_contradicts_both_and_sounds_an_alarm():
    here, there = tell.flying(4, **SERIAL), tell.flying(4, start=(900.0, 900.0), transmitter="tx:copy", **SERIAL)
    watch = tell.Watch().run([ex.zone(), ex.permit(), *here, *there])
    for track_id in (A, B):
        assert (last(watch, track_id).flags, last(watch, track_id).trust) == (
            ("serial_in_two_places",),
            Trust.CONTRADICTED,
        )
        assert verdicts(watch, track_id)[-1] == "identity_contradicted"
    assert alarms(watch, "identity_contradicted") == ["unacknowledged"] * 2


@pytest.mark.requirement("WATCH-12")
def test_one_address_in_two_places_contradicts_both():
    jump = [*tell.flying(4, **SERIAL), *tell.flying(4, start=(9_000.0, 0.0), from_ns=T0 + 4 * S, **SERIAL)]
    watch = tell.Watch().run(jump)
    assert {"transmitter_in_two_places", "serial_in_two_places"} == set(last(watch, B).flags)
    assert identity(watch, A).trust is identity(watch, B).trust is Trust.CONTRADICTED


@pytest.mark.parametrize(("speed_mps", "manned", "tracks"), [(70, False, 1), (300, False, 2), (300, True, 1)])
def test_how_fast_is_impossible_depends_on_what_flies(speed_mps, manned, tracks):
    facts = [tell.position(T0, manned=manned), tell.position(T0 + S, float(speed_mps), manned=manned)]
    assert len(tell.Watch().run(facts).state.tracks) == tracks


@pytest.mark.parametrize("liar", ["tx:a", "tx:new"])
def test_a_contradiction_is_not_lost_when_tracks_become_one(liar):
    facts = [
        *tell.flying(6),
        *tell.flying(6, start=(3.0, 0.0), transmitter="tx:new"),
        tell.position(T0 + S, 9_000.0, 0.0, liar),  # its address is in two places
        tell.basic_id(T0 + 4 * S),
        tell.basic_id(T0 + 4 * S + 1, transmitter="tx:new"),
    ]
    watch = tell.Watch().run(facts)
    assert [(fact.track_id, fact.into_track_id) for fact in watch.of(TrackMerged)] == [(B, A)]
    assert "transmitter_in_two_places" in last(watch).flags
    assert identity(watch).trust is Trust.CONTRADICTED


def test_the_later_of_two_heights_goes_on():
    facts = [
        *tell.flying(4, height=ex.metres(70)),
        *tell.flying(4, start=(3.0, 0.0), transmitter="tx:new", height=ex.metres(20), from_ns=T0 - S // 2 + 1),
        tell.basic_id(T0 + 3 * S + 1),
        tell.basic_id(T0 + 3 * S + 2, transmitter="tx:new"),
    ]
    watch = tell.Watch().run(facts)
    assert watch.of(TrackMerged)
    assert tell.column(watch.state, A, "above_mm") == 70_000


def test_evidence_leads_to_the_facts_that_named_it():
    watch = tell.Watch().run([*tell.flying(3), tell.basic_id(T0 + S + 1), tell.operator_id(T0 + S + 2)])
    (tick,) = [
        t
        for t in tell.ticks([*tell.flying(3), tell.basic_id(T0 + S + 1), tell.operator_id(T0 + S + 2)])
        if len(t.facts) == 3
    ]
    assert [(ref.tick, ref.index) for ref in last(watch).evidence] == [(tick.tick, 1), (tick.tick, 2)]


def test_a_track_whose_radio_turns_out_to_be_another_s_has_no_name_and_is_judged_without_it():
    beside = [tell.position(T0 + k * S, 110.0, transmitter="") for k in range(6)]
    watch = tell.Watch().run([ex.zone(), ex.permit(), tell.basic_id(T0), *tell.flying(6, make=tell.location), *beside])
    state, now_ns = watch.state, watch.state.now_ns
    (radio,) = state.transmitters.values()
    (a,) = radio.tracks
    b = next(each for each in state.identities if each != a)
    assert verdicts(watch, a)[-1] == "permitted"
    assert state.tracks.steady_m[state.tracks.row(a)] > 0.0
    bereft = identifying.hand_over(state, identity(watch, a).transmitters[0], radio, b)
    assert bereft == [a]
    told = identifying.identified(state, a, now_ns)
    assert (told.uas_id, told.trust, told.transmitter) == (None, Trust.NONE, "")
    assert state.tracks.steady_m[state.tracks.row(a)] == 0.0
    found = judge(state, np.array([state.tracks.row(a)]), now_ns, law_changed=False)
    assert [fact.clause for fact in found] == ["identity_absent"]


# ---- what is no second place -----------------------------------------------------------------------


def beside(east_m, own="tx:other"):
    """A track with a radio, and another as far from it with a radio of its own; the state, and both."""
    facts = [*tell.flying(6), *tell.flying(6, start=(east_m, 0.0), transmitter=own)]
    state = tell.Watch().run(facts).state
    (a,), (b,) = (state.transmitters[name].tracks for name in ("tx:a", own))
    return state, a, b


@pytest.mark.requirement("WATCH-12")
def test_a_track_that_may_be_anywhere_around_is_in_no_other_place():
    state, a, b = beside(500.0)
    assert not in_reach(state, a, b)
    state.tracks.p[state.tracks.row(b)][:3, :3] += np.eye(3) * 300.0**2
    assert in_reach(state, a, b)
    state, a, b = beside(5_000.0)
    state.tracks.p[state.tracks.row(b)][:3, :3] += np.eye(3) * 300.0**2
    assert not in_reach(state, a, b)


@pytest.mark.requirement("WATCH-12")
@pytest.mark.parametrize(("east_m", "order", "bound"), [(50.0, 1, False), (50.0, -1, False), (5_000.0, 1, True)])
def test_a_broadcast_that_two_receivers_hear_moves_its_radio_to_no_track_beside_its_own(east_m, order, bound):
    state, a, b = beside(east_m)
    number = state.radios.numbers["tx:a"]
    pairs = SimpleNamespace(
        report=np.array([0, 1]), probability=np.array([0.9, 0.8]), track_id=np.array([a, b][::order])
    )
    heard = SimpleNamespace(tx=np.array([number, number]))
    changed, bereft = identifying._bind_radios(state, heard, SimpleNamespace(pairs=pairs), state.now_ns)
    assert (changed, bereft) == ([b] if bound else [], [])
    assert state.transmitters["tx:a"].tracks == ([a, b] if bound else [a])
