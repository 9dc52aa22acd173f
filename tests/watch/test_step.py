"""What the watch concludes: order, lateness, snapshots, silence, law in mid-flight, floods, the ends of the globe."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.errors import Corrupt
from skykeep.facts.acted import AlarmActed, AlarmDeed, Health, HealthObserved, IncidentActed, IncidentDeed
from skykeep.facts.concluded import (
    AlarmChanged,
    IncidentMoved,
    LateIgnored,
    Phase,
    TrackEstimated,
    TrackIdentified,
    TrackLost,
    TrackMerged,
    TracksEstimated,
    Trust,
    Verdict,
    VerdictReached,
)
from skykeep.facts.enacted import Rule
from skykeep.facts.observed import IdKind, LinkTrust
from skykeep.geo.altitude import Datum
from skykeep.watch.snapshot import from_bytes, to_bytes
from skykeep.watch.step import Tick, step
from tests.rules import examples as ex
from tests.watch import stories as tell

S, T0 = tell.S, tell.T0
A, B = 1, 2


def clauses(watch, track_id=A):
    return [fact.clause for fact in watch.of(VerdictReached, track_id)]


def alarms(watch, reason="not_permitted"):
    return [fact.state for fact in watch.told if isinstance(fact, AlarmChanged) and fact.reason == reason]


def estimate(watch, track_id=A):
    row = watch.state.tracks.row(track_id)
    tracks = watch.state.tracks
    return int(tracks.t_ns[row]), tracks.x[row].tobytes(), tracks.p[row].tobytes(), float(tracks.sigma_m[row])


# ---- order ---------------------------------------------------------------------------------------

track = tell.flying(8, every_s=0.5, speed=(12.0, -7.0))


@pytest.mark.requirement("WATCH-1")
@given(st.lists(st.integers(0, 1_890_000_000), min_size=len(track), max_size=len(track)), st.randoms())
@settings(max_examples=40)
def test_any_order_within_the_lag_gives_the_same_estimate(delays, chance):
    late = [
        type(fact)(**_fields(fact) | {"t_arrival_ns": fact.t_event_ns + d})
        for fact, d in zip(track, delays, strict=True)
    ]
    chance.shuffle(late)
    end = T0 + 12 * S
    on_time, delayed = tell.Watch().run(track, end), tell.Watch().run(late, end)
    assert not delayed.of(LateIgnored)
    assert estimate(delayed) == estimate(on_time)


def _fields(fact):
    return {name: getattr(fact, name) for name in fact.__struct_fields__}


@pytest.mark.requirement("WATCH-1")
def test_of_simultaneous_reports_delivery_decides_nothing():
    pair = [tell.position(T0 + S, 0.0, pos_accuracy_mm=4_000), tell.position(T0 + S, 3.0, pos_accuracy_mm=40_000)]
    same_place = [tell.position(T0 + S, 0.0, pos_accuracy_mm=mm) for mm in (4_000, 40_000)]
    for facts in (pair, same_place):
        first, second = tell.Watch().run(facts), tell.Watch().run(facts[::-1])
        assert estimate(first) == estimate(second)
        assert estimate(first)[3] == pytest.approx(40 / 2.4477468)


@pytest.mark.requirement("WATCH-2")
@pytest.mark.parametrize("late_ns", [2 * S + tell.TICK, 3600 * S])
def test_later_than_the_lag_is_told_and_changes_nothing(late_ns):
    late = tell.position(T0 + 5 * S - late_ns, 300.0, uas_id="uas:x", id_kind=IdKind.SERIAL)
    late = type(late)(**_fields(late) | {"t_arrival_ns": T0 + 5 * S})
    without, with_ = tell.Watch().run(track), tell.Watch().run([*track, late])
    assert [fact.late_ns >= late_ns for fact in with_.of(LateIgnored)] == [True]
    assert [fact for fact in with_.told if not isinstance(fact, LateIgnored)] == without.told
    assert to_bytes(with_.state) == to_bytes(without.state)


@pytest.mark.requirement("WATCH-2")
def test_a_sensor_clock_ahead_by_more_than_the_lag_is_set_aside():
    ahead = tell.position(T0 + 3600 * S, 10.0)
    ahead = type(ahead)(**_fields(ahead) | {"t_arrival_ns": T0 + 5 * S})
    watch = tell.Watch().run([*track, ahead])
    assert [fact.late_ns < 0 for fact in watch.of(LateIgnored)] == [True]
    assert estimate(watch) == estimate(tell.Watch().run(track))


def test_late_reports_keep_no_track_alive():
    late = [tell.system(T0), *(tell.location(T0 + k * S) for k in range(2, 20))]
    late = [type(fact)(**_fields(fact) | {"t_arrival_ns": fact.t_event_ns + 5 * S}) for fact in late]
    watch = tell.Watch().run([*tell.flying(2), *late])
    assert len(watch.of(LateIgnored)) == len(late)
    assert len(watch.of(TrackLost)) == 1


@pytest.mark.requirement("WATCH-1")
def test_exactly_at_the_lag_still_counts_also_when_a_tick_is_cut_in_two():
    new = [tell.position(T0 + S - 1, 0.0), tell.position(T0 + 2 * S, 10.0)]
    old = [tell.position(T0 + tell.TICK, -5.0), tell.position(T0 + tell.TICK, -9.0, pos_accuracy_mm=50_000)]
    whole, cut = tell.Watch(), tell.Watch()
    now_ns = T0 + 2 * S + tell.TICK
    for watch, at_the_end in ((whole, [[*new[1:], *old]]), (cut, [[*new[1:], old[0]], [old[1]]])):
        for k, (t_ns, heard) in enumerate([(T0 + S, new[:1]), *((now_ns, facts) for facts in at_the_end)]):
            watch.state, told = step(watch.state, Tick(k, t_ns, heard))
            watch.told += told
        assert not watch.of(LateIgnored)
        assert int(watch.state.tracks.reports[0]) == 4
    assert estimate(whole) == estimate(cut)


def story():
    """Everything at once: two flights, a permit, a revocation, a new address, a copied serial, a silence, a ban."""
    facts = [
        ex.zone("Z"), ex.permit(), ex.declared(True), tell.sensor(), ex.revoked(t_ns=T0 + 6 * S),
        ex.zone("B", ex.volume(ex.square(500)), announced=T0 + 2 * S, times=[(T0 + 9 * S, None)], rule=Rule.PROHIBITED),
        *tell.flying(10, speed=(15.0, 3.0), make=tell.location), tell.basic_id(T0 + S + 1), tell.system(T0 + S + 2),
        *tell.flying(5, start=(150.0, 30.0), speed=(15.0, 3.0), from_ns=T0 + 10 * S, make=tell.location, transmitter="tx:new"),
        tell.basic_id(T0 + 11 * S, transmitter="tx:new"), tell.operator_id(T0 + 12 * S, transmitter="tx:new"),
        *tell.flying(9, start=(-900.0, 800.0), from_ns=T0 + 4 * S, transmitter="tx:far", uas_id="uas:a", id_kind=IdKind.SERIAL),
        *tell.flying(14, speed=(0.0, 60.0), start=(900.0, -900.0), make=tell.aircraft, callsign="call:x"),
        tell.presence(T0 + 3 * S, "tx:none", "uas:q"),
    ]  # fmt: skip
    return sorted(facts, key=tell.time_of)


END = T0 + 100 * S


@pytest.mark.requirement("WATCH-3")
def test_the_same_state_and_tick_give_the_same_conclusions_twice():
    watch = tell.Watch()
    for tick in tell.ticks(story(), T0 + 20 * S):
        before = to_bytes(watch.state)
        other, told = step(watch.state.copy(), tick)
        assert to_bytes(watch.state) == before
        watch.state, again = step(watch.state, tick)
        assert told == again
        assert to_bytes(watch.state) == to_bytes(other)


@pytest.mark.requirement("WATCH-3")
def test_going_on_from_a_snapshot_at_every_tick_gives_the_same_bytes():
    whole, pieces = tell.Watch().run(story(), END), tell.Watch().run(story(), END, snapshots=True)
    assert pieces.bytes() == whole.bytes()
    assert to_bytes(pieces.state) == to_bytes(whole.state)


@pytest.mark.requirement("WATCH-4")
def test_stepping_only_what_is_due_gives_the_same_conclusions():
    whole, due = tell.Watch().run(story(), END), tell.Watch().run(story(), END, only_due=True)
    assert due.bytes() == whole.bytes()
    assert whole.of(TrackLost)
    assert len(whole.state.tracks) == len(due.state.tracks) == 0


def test_the_story_has_what_it_is_for():
    watch = tell.Watch().run(story(), END)
    kinds = {type(fact) for fact in watch.told}
    assert kinds >= {TracksEstimated, TrackIdentified, VerdictReached, AlarmChanged, TrackLost, TrackMerged}
    assert {"permitted", "permit_revoked", "identity_contradicted", "manned_aircraft"} <= {
        f.clause for f in watch.of(VerdictReached)
    }


@pytest.mark.requirement("WATCH-3")
def test_without_the_jit_the_bytes_are_the_same(tmp_path):
    code = (
        "import hashlib, json\nfrom tests.watch import stories, test_step\n"
        "w = stories.Watch().run(test_step.story(), test_step.T0 + 16 * test_step.S)\n"
        "from skykeep.watch.snapshot import to_bytes\n"
        "print(json.dumps([hashlib.sha256(b).hexdigest() for b in (w.bytes(), to_bytes(w.state))]))"
    )
    answers = []
    for more in ({}, {"NUMBA_DISABLE_JIT": "1"}, {"PYTHONHASHSEED": "7"}):
        environment = {**os.environ, **more}
        root = pathlib.Path(__file__).resolve().parents[2]
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=True
        )
        answers.append(json.loads(done.stdout))
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("data", [b"", b"\x90", b"\xff" * 40, to_bytes(tell.Watch().state)[:-3]])
def test_a_broken_snapshot_is_corrupt(data):
    with pytest.raises(Corrupt):
        from_bytes(data)


# ---- telling -------------------------------------------------------------------------------------


def test_an_estimate_is_told_at_birth_when_established_and_once_an_interval():
    watch = tell.Watch().run(tell.flying(4, every_s=0.25, speed=(10.0, 0.0)))
    told = watch.of(TrackEstimated)
    assert [(fact.t_ns - T0) / S for fact in told] == [0, 0.25, 1.25, 2.25, 3.25]
    assert [fact.phase for fact in told[:2]] == [Phase.TENTATIVE, Phase.ESTABLISHED]
    both_at_once = tell.Watch().run([tell.position(T0 + k) for k in (0, S // 2, S // 2 + S // 50)], T0 + 2 * S)
    assert both_at_once.of(TrackEstimated)[-1].phase is Phase.ESTABLISHED


def test_a_verdict_is_told_when_it_changes_and_not_again():
    watch = tell.Watch().run([ex.zone(), *tell.flying(8, speed=(10.0, 0.0))])
    assert clauses(watch) == ["no_permit"]
    out = tell.Watch().run([ex.zone(), *tell.flying(20, start=(930.0, 0.0), speed=(10.0, 0.0))])
    assert clauses(out) == ["no_permit", "zone_border", "no_zone_here", "left_zone"]
    assert out.of(VerdictReached)[-1].zone_id == "Z"


def test_where_no_zone_is_a_name_heard_later_is_told_with_the_next_report():
    facts = [ex.zone(), *tell.flying(6, start=(5_000.0, 0.0), make=tell.location), tell.basic_id(T0 + 3 * S + S // 2)]
    told = tell.Watch().run(sorted(facts, key=lambda fact: getattr(fact, "t_arrival_ns", 0))).of(VerdictReached)
    assert [(fact.clause, fact.trust) for fact in told] == [
        ("no_zone_here", Trust.NONE), ("no_zone_here", Trust.SELF_DECLARED),
    ]  # fmt: skip
    assert told[-1].t_ns <= T0 + 4 * S + S // 10


def test_that_the_law_becomes_complete_is_told():
    watch = tell.Watch().run([*tell.flying(4), ex.declared(True)])
    watch.run([*tell.flying(4, from_ns=T0 + 4 * S), type(ex.declared(True))(complete=False, t_ns=T0 + 5 * S)])
    assert [(fact.clause, fact.law_complete) for fact in watch.of(VerdictReached)] == [
        ("no_zone_here", True), ("no_zone_here", False)
    ]  # fmt: skip


@pytest.mark.requirement("VERDICT-5")
@pytest.mark.requirement("WATCH-5")
def test_alarms_sound_once_return_and_sound_again():
    out_and_back = [
        *tell.flying(10), *tell.flying(10, start=(2000.0, 0.0), from_ns=T0 + 40 * S), *tell.flying(10, from_ns=T0 + 80 * S)
    ]  # fmt: skip
    watch = tell.Watch(silence_max_s=35.0).run([ex.zone(), *out_and_back])
    assert alarms(watch) == ["unacknowledged", "returned_unacknowledged", "unacknowledged"]
    assert {fact.alarm_id for fact in watch.of(AlarmChanged)} == {1}


def test_one_report_raises_no_alarm():
    assert alarms(tell.Watch().run([ex.zone(), tell.position(T0)])) == []
    assert alarms(tell.Watch().run([ex.zone(), *tell.flying(2)])) == ["unacknowledged"]


@pytest.mark.requirement("WATCH-6")
@pytest.mark.capability("Judge every live flight again at the next tick after a permit is revoked or a ban begins")
def test_a_revocation_rules_the_next_tick_and_an_older_report_does_not_bring_the_permit_back():
    facts = [
        ex.zone(),
        ex.permit(),
        *tell.flying(6, make=tell.location),
        tell.basic_id(T0 + 1),
        ex.revoked(t_ns=T0 + 5 * S + S // 2),
    ]
    late = tell.location(T0 + 5 * S + S // 4)
    late = type(late)(**_fields(late) | {"t_arrival_ns": T0 + 6 * S})
    watch = tell.Watch().run([*facts, late, *tell.flying(3, from_ns=T0 + 7 * S, make=tell.location)])
    verdicts = watch.of(VerdictReached, A)
    assert [fact.clause for fact in verdicts] == ["permitted", "permit_revoked"]
    assert verdicts[-1].t_ns == T0 + 5 * S + S // 2 + tell.TICK
    assert alarms(watch) == ["unacknowledged"]


@pytest.mark.requirement("WATCH-6")
def test_a_ban_begins_by_its_date_without_any_fact():
    ban = ex.zone(announced=T0 - S, times=[(T0 + 4 * S, T0 + 6 * S)])
    watch = tell.Watch().run([ban, *tell.flying(2)], T0 + 9 * S, only_due=True)
    told = watch.of(VerdictReached, A)
    assert [fact.clause for fact in told] == ["no_zone_here", "no_permit", "no_zone_here", "left_zone"]
    assert [fact.coming_zone_id for fact in told[:2]] == ["Z", None]
    assert told[1].t_ns == T0 + 4 * S


def test_a_height_that_was_heard_long_ago_is_less_sure():
    low = ex.volume(ceiling=ex.metres(120))
    heights = {"height": ex.metres(150), "alt_accuracy_mm": 1_000}
    ban = ex.zone("Z", low, announced=T0, times=[(T0 + 8 * S, None)])
    now = tell.Watch().run([ex.zone("Z", low), *tell.flying(2, **heights)])
    later = tell.Watch().run([ban, *tell.flying(2, **heights)], T0 + 9 * S)
    assert clauses(now) == ["no_zone_here"]
    assert clauses(later)[-1] == "zone_height_border"


def test_heights_come_from_the_latest_report_whatever_arrives_last():
    new = tell.position(T0 + S, height=ex.metres(50))
    old = tell.position(T0 + S // 2, height=ex.metres(90))
    old = type(old)(**_fields(old) | {"t_arrival_ns": T0 + S + S // 2})
    watch = tell.Watch().run([new, old])
    assert tell.column(watch.state, A, "above_mm") == 50_000
    assert watch.of(TrackEstimated)[-1].height == ex.metres(50)


def test_each_height_has_its_own_accuracy():
    facts = [
        tell.sensor(alt_mm=20_000),
        tell.location(T0, altitude=ex.metres(200, Datum.HAE), pressure_altitude=ex.metres(180, Datum.STD),
                      height=ex.metres(60, Datum.TAKEOFF), alt_accuracy_mm=3_000, pressure_accuracy_mm=10_000),
    ]  # fmt: skip
    state = tell.Watch().run(facts).state
    sigmas = [tell.column(state, A, name) for name in ("said_sigma_mm", "std_sigma_mm", "above_sigma_mm")]
    assert sigmas == [round(mm / 1.959963984540054) for mm in (3_000, 10_000, 10_000)]


def test_what_is_simulated_stays_so():
    watch = tell.Watch().run([*tell.flying(2), *tell.flying(2, from_ns=T0 + 2 * S, link=LinkTrust.SIMULATED)])
    assert [fact.simulated for fact in watch.of(TrackEstimated)] == [False, False, True, True]


# ---- silence -------------------------------------------------------------------------------------


def test_a_silent_track_is_lost_then_returns_as_itself():
    watch = tell.Watch().run([ex.zone(), *tell.flying(4)], T0 + 20 * S)
    assert [(fact.t_ns - T0) / S for fact in watch.of(TrackLost)] == [13.2]
    assert alarms(watch) == ["unacknowledged", "returned_unacknowledged"]
    watch.run(tell.flying(3, start=(300.0, 0.0), from_ns=T0 + 30 * S))
    assert set(watch.state.identities) == {A}
    assert watch.of(TrackEstimated)[-3].phase is Phase.ESTABLISHED
    assert alarms(watch) == ["unacknowledged", "returned_unacknowledged", "unacknowledged"]


def test_forgotten_it_returns_as_another():
    watch = tell.Watch().run([*tell.flying(4)], T0 + 80 * S)
    assert len(watch.state.tracks) == 0
    watch.run(tell.flying(2, from_ns=T0 + 80 * S))
    assert list(watch.state.identities) == [B]


@pytest.mark.parametrize("sign", [tell.system, tell.basic_id, tell.operator_id, tell.presence])
def test_any_message_keeps_a_track_alive(sign):
    watch = tell.Watch().run([*tell.flying(2), *(sign(T0 + k * S) for k in range(2, 30))])
    assert not watch.of(TrackLost)


def test_signs_of_life_keep_only_the_place_that_was_reported_last():
    ghost = [tell.position(T0 + S, 9000.0, 9000.0)]
    real = tell.flying(30, make=tell.position)
    watch = tell.Watch().run([*real, *ghost, *(tell.system(T0 + k * S + 1) for k in range(30))])
    assert [fact.track_id for fact in watch.of(TrackLost)] == [B]


@pytest.mark.requirement("WATCH-7")
def test_what_is_silent_is_forgotten_and_memory_does_not_grow():
    facts = []
    for k in range(400):
        facts += [tell.basic_id(T0 + k * S // 2, f"uas:{k}", f"tx:{k}"), tell.presence(T0 + k * S // 2, f"tx:p{k}")]
        facts += [tell.position(T0 + k * S // 2, 0.0, 0.0, f"tx:t{k}", uas_id=f"uas:t{k}", id_kind=IdKind.SERIAL)]
    watch = tell.Watch().run(facts, T0 + 290 * S)
    state = watch.state
    assert len(state.tracks) == 0
    assert [len(table) for table in (state.transmitters, state.identities, state.by_uas_id, state.stood)] == [0] * 4
    assert [
        len(table) for table in (state.verdicts, state.memories.alarms.alarms, state.window.slots, state.window.rows)
    ] == [0] * 4


def test_radios_that_only_name_themselves_are_forgotten_while_another_flies_on():
    facts = [*tell.flying(200), *(tell.basic_id(T0 + k * S // 10, f"uas:{k}", f"tx:{k}") for k in range(1000))]
    watch = tell.Watch().run(sorted(facts, key=tell.time_of), T0 + 200 * S)
    assert list(watch.state.transmitters) == ["tx:a"]


@pytest.mark.requirement("WATCH-4")
def test_a_law_that_changes_while_nothing_flies_is_judged_at_the_time_of_the_next_report():
    facts = [ex.zone(announced=T0, times=[(T0, T0 + S)]), tell.position(T0 + S + tell.TICK)]
    whole, due = tell.Watch().run(facts), tell.Watch().run(facts, only_due=True)
    assert whole.bytes() == due.bytes()
    assert [fact.t_ns for fact in due.of(VerdictReached)] == [T0 + S + tell.TICK]


# ---- floods --------------------------------------------------------------------------------------


def flood(kind, count=2000):
    """False ids over a minute: each from its own address; all with one serial; or one address in many places."""
    facts = []
    for k in range(count):
        t_ns, east_m, north_m = T0 + k * 60 * S // count, -30_000.0 + 731.0 * (k % 83), 20_000.0 + 917.0 * (k // 83)
        tx = "tx:flood" if kind == "one address" else f"tx:{k}"
        serial = "uas:a" if kind == "one serial" else f"uas:{k}"
        facts.append(tell.position(t_ns, east_m, north_m, tx, uas_id=serial, id_kind=IdKind.SERIAL))
    return facts


@pytest.mark.requirement("WATCH-8")
@pytest.mark.parametrize("kind", ["own addresses", "one serial", "one address"])
def test_two_thousand_false_ids_leave_a_real_track_unharmed(kind):
    real = [ex.zone(), *tell.flying(60, speed=(5.0, 0.0), start=(-150.0, 0.0), make=tell.location)]
    facts = sorted([*real, *flood(kind)], key=tell.time_of)
    watch, alone = tell.Watch(), tell.Watch()
    for tick in tell.ticks(facts):  # without the checks of every tick
        watch.state, told = step(watch.state, tick)
        watch.told += told
    tell.check(watch.state)
    alone.run(real)
    mine = next(i for i, of in watch.state.identities.items() if of.transmitters == ["tx:a"])
    assert estimate(watch, mine) == estimate(alone, A)
    assert len(watch.of(TrackEstimated, mine)) == len(alone.of(TrackEstimated, A))
    assert clauses(watch, mine) == clauses(alone, A) == ["no_permit"]
    assert not [fact for fact in watch.of(TrackLost) if fact.track_id == mine]


# ---- the ends of the globe -----------------------------------------------------------------------


def test_the_first_place_heard_bends_nothing():
    liar = tell.position(T0, at_e7=(10_000, 900_000_000), transmitter="tx:liar")
    flight = tell.flying(20, speed=(15.0, 8.0), speed_mmps=17_000, heading_mdeg=61_928, from_ns=T0 + 1)
    honest, lied_to = tell.Watch().run(flight), tell.Watch().run([liar, *flight])
    assert [(f.t_ns, f.lat_e7, f.lon_e7, f.pos_sigma_mm) for f in lied_to.of(TrackEstimated, B)] == [
        (f.t_ns, f.lat_e7, f.lon_e7, f.pos_sigma_mm) for f in honest.of(TrackEstimated, A)
    ]
    last = honest.of(TrackEstimated)[-1]
    lat_e7, lon_e7 = ex.place(15.0 * 19, 8.0 * 19)
    assert (last.lat_e7, last.lon_e7) == (pytest.approx(lat_e7, abs=50), pytest.approx(lon_e7, abs=50))
    assert (last.vel_east_mmps, last.vel_north_mmps) == (pytest.approx(15_000, abs=100), pytest.approx(8_000, abs=100))


def test_a_flight_across_the_antimeridian():
    ring = ((-100_000, 1_799_900_000), (-100_000, -1_799_900_000), (100_000, -1_799_900_000), (100_000, 1_799_900_000))
    zone = ex.zone("Z", ex.volume(ex.Polygon(rings=(ring,))))
    lons = [1_799_995_000 + 1000 * k for k in range(12)]
    facts = [
        tell.position(
            T0 + k * S,
            at_e7=(0, lon if lon < 1_800_000_000 else lon - 3_600_000_000),
            speed_mmps=11_132,
            heading_mdeg=90_000,
        )
        for k, lon in enumerate(lons)
    ]
    watch = tell.Watch().run([zone, *facts])
    assert set(watch.state.identities) == {A}
    assert clauses(watch) == ["no_permit"]
    assert watch.of(TrackEstimated)[-1].lon_e7 == pytest.approx(lons[-1] - 3_600_000_000, abs=300)


@pytest.mark.parametrize("pole", [900_000_000, -900_000_000])
def test_a_flight_over_a_pole(pole):
    step_e7 = pole // 9_000_000 * 10
    over = [(pole - step_e7 * k, 300_000_000) for k in range(5, 0, -1)]
    over += [(pole, 0), *((pole - step_e7 * k, -1_500_000_000) for k in range(1, 6))]
    facts = [tell.position(T0 + k * S, at_e7=at, speed_mmps=11_000, heading_mdeg=0) for k, at in enumerate(over)]
    zone = ex.zone("Z", ex.volume(ex.Circle(lat_e7=pole, lon_e7=0, radius_mm=50_000_000)))
    watch = tell.Watch().run([zone, *facts])
    assert set(watch.state.identities) == {A}
    assert clauses(watch) == ["no_permit"]
    assert abs(watch.of(TrackEstimated)[-1].lat_e7) <= 900_000_000


# ---- absurd values -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "absurd",
    [{"pos_accuracy_mm": 0}, {"pos_accuracy_mm": 2**62}, {"alt_accuracy_mm": 0, "altitude": ex.metres(100, Datum.HAE)},
     {"speed_mmps": 2**62, "heading_mdeg": 90_000}, {"speed_mmps": 0, "heading_mdeg": 2**62},
     {"altitude": ex.metres(1e12, Datum.HAE)}, {"altitude": ex.metres(-1e12, Datum.HAE)}, {"height": ex.metres(1e12)}],
)  # fmt: skip
def test_absurd_values_break_nothing(absurd):
    facts = [
        ex.zone("Z", ex.volume(floor=ex.metres(10), ceiling=ex.metres(100))),
        *tell.flying(6, speed=(9.0, 0.0), **absurd),
    ]
    watch = tell.Watch().run([*facts, *tell.flying(6, start=(54.0, 0.0), speed=(9.0, 0.0), from_ns=T0 + 6 * S)])
    assert set(watch.state.identities) == {A}
    last = watch.of(TrackEstimated)[-1]
    assert (last.lat_e7, last.lon_e7) == (pytest.approx(ex.LAT, abs=100), pytest.approx(ex.place(99.0)[1], abs=600))


# ---- whatever is heard ---------------------------------------------------------------------------

moments = st.integers(0, 30 * 10).map(lambda k: T0 + k * S // 10)
where = st.tuples(
    st.sampled_from([0.0, 40.0, 300.0, 990.0, 9_000.0, 300_000.0]), st.sampled_from([0.0, -40.0, 5_000.0])
)
radios = st.sampled_from(["tx:a", "tx:b", "tx:c", "tx:d"])
serials = st.sampled_from([None, "uas:a", "uas:b"])
id_kinds = st.sampled_from(IdKind)
altitudes = st.none() | st.builds(
    ex.metres, st.integers(-500, 5000), st.sampled_from([Datum.HAE, Datum.AMSL, Datum.STD])
)
speeds = st.none() | st.integers(0, 90_000)
facts_heard = st.one_of(
    st.builds(lambda t, at, tx, uas, kind, man, alt, acc: tell.position(
        t, *at, tx, uas_id=uas, id_kind=kind, manned=man, altitude=alt, pos_accuracy_mm=acc),
        moments, where, radios, serials, id_kinds, st.none() | st.booleans(), altitudes, st.none() | st.integers(0, 10**6)),
    st.builds(lambda t, at, tx, claim, v, h: tell.location(t, *at, tx, t_claimed_ds=claim, speed_mmps=v, heading_mdeg=h),
              moments, where, radios, st.none() | st.integers(0, 9), speeds, st.integers(0, 360_000)),
    st.builds(lambda t, tx: tell.location(t, 0.0, 0.0, tx, lat_e7=None, lon_e7=None), moments, radios),
    st.builds(lambda t, at, tx, cs, cat: tell.aircraft(t, *at, tx, callsign=cs, category=cat), moments, where, radios,
              st.sampled_from([None, "call:1", "call:2"]), st.sampled_from([None, "A1", "B6"])),
    st.builds(tell.basic_id, moments, serials, radios, id_kinds), st.builds(tell.operator_id, moments, st.none() | st.just("opr:o"), radios),
    st.builds(tell.system, moments, radios), st.builds(tell.presence, moments, radios, serials),
    st.builds(lambda t, e, r: ex.zone("Z", ex.volume(ex.square(500)), version=t % 7, announced=t, times=[(t, e)], rule=r),
              moments, st.none() | moments, st.sampled_from(Rule)),
    st.builds(lambda t: ex.permit("P", granted=t, version=t % 5), moments), st.builds(lambda t: ex.revoked("P", t), moments),
    st.builds(lambda t: ex.withdrawn("Z", t % 7, t), moments),
)  # fmt: skip


@pytest.mark.requirement("WATCH-9")
@given(st.lists(facts_heard, max_size=60))
@settings(max_examples=80)
def test_no_sequence_of_facts_breaks_the_watch(facts):
    watch = tell.Watch(silence_max_s=3.0, forget_after_s=4.0, identity_memory_s=5.0)
    watch.run(sorted(facts, key=tell.time_of), T0 + 45 * S)
    state = watch.state
    assert len(state.tracks) == 0
    assert state.by_uas_id == {}
    active = {}
    for fact in watch.of(AlarmChanged):
        active[fact.alarm_id] = fact.state
    assert set(active.values()) <= {"returned_unacknowledged"}  # each alarm ended, also those of merged tracks
    gone = {fact.track_id for fact in watch.of(TrackMerged)}
    for fact in watch.told:
        if isinstance(fact, VerdictReached):
            assert (fact.verdict is Verdict.NOT_PERMITTED) <= (fact.zone_id is not None)
            assert fact.trust in Trust
        if isinstance(fact, TrackMerged):
            assert fact.into_track_id < fact.track_id
    assert {fact.track_id for fact in watch.of(TrackLost)} & gone <= gone


@given(st.lists(facts_heard, max_size=40))
@settings(max_examples=20)
def test_any_sequence_gives_the_same_bytes_from_snapshots_and_when_due(facts):
    ordered = sorted(facts, key=tell.time_of)
    runs = [tell.Watch(silence_max_s=3.0, forget_after_s=4.0) for _ in range(3)]
    for watch, how in zip(runs, ({}, {"snapshots": True}, {"only_due": True}), strict=True):
        watch.run(ordered, T0 + 40 * S, **how)
    assert runs[0].bytes() == runs[1].bytes() == runs[2].bytes()


# ---- people and the station's own health -----------------------------------------------------------


def acting(t_ns, alarm_id, what, until_ns=None):
    return AlarmActed(alarm_id=alarm_id, deed=what, until_ns=until_ns, reason="", person="p", t_ns=t_ns)


def working(t_ns, incident_id, what, **given):
    fields = {"other_id": None, "track_id": None, "to_person": None, "words": "", "person": "p"}
    return IncidentActed(incident_id=incident_id, deed=what, t_ns=t_ns, **(fields | given))


def seen(t_ns, *, well, what=Health.NOT_RECORDED, subject=""):
    return HealthObserved(what=what, subject=subject, well=well, unseen="", value=None, unit="", t_ns=t_ns)


def duty():
    """Return a story in which people answer what happens, the station falls ill, and somebody goes too far."""
    return [
        *story(),
        seen(T0 + S, well=False),
        acting(T0 + 2 * S, 1, AlarmDeed.ACK),
        working(T0 + 3 * S, 0, IncidentDeed.OPEN, track_id=1),
        seen(T0 + 5 * S, well=True),
        *(working(T0 + 8 * S, k, IncidentDeed.ACK) for k in (1, 2)),
        working(T0 + 9 * S, 1, IncidentDeed.CLOSE),
        acting(T0 + 9 * S, 2, AlarmDeed.SHELVE, T0 + 15 * S),
        acting(T0 + 10 * S, 3, AlarmDeed.REMOVE),
        working(T0 + 11 * S, 1, IncidentDeed.MERGE, other_id=2),
        acting(T0 + 16 * S, 3, AlarmDeed.RESTORE),
        working(T0 + 17 * S, 1, IncidentDeed.ESCALATE),
    ]


@pytest.mark.requirement("WATCH-3")
@pytest.mark.requirement("STATION-ALARM-2")
def test_acts_and_health_are_facts_like_any_other():
    facts = sorted(duty(), key=tell.time_of)
    whole, pieces, due = tell.Watch(), tell.Watch(), tell.Watch()
    whole.run(facts, END)
    assert pieces.run(facts, END, snapshots=True).bytes() == whole.bytes()
    assert due.run(facts, END, only_due=True).bytes() == whole.bytes()
    told = {(fact.reason, fact.state) for fact in whole.of(AlarmChanged)}
    assert {("health:not_recorded", state) for state in ("unacknowledged", "acknowledged", "normal")} <= told
    assert {state for _, state in told} >= {"out_of_service", "normal"}
    moved = whole.of(IncidentMoved)
    assert {fact.about for fact in moved} > {"by_hand"}
    assert {fact.state for fact in moved} == {"open", "merged"}
    assert moved[-1].escalation > 0


def test_a_snapshot_of_before_incidents_is_read_and_an_older_one_refused_by_name():
    watch = tell.Watch().run(story(), T0 + 6 * S)
    data = to_bytes(watch.state)
    older = from_bytes(data.replace(b"snapshot/4", b"snapshot/3", 1))
    assert older.memories.alarms.places == watch.state.memories.alarms.places != {}
    assert to_bytes(older) == data
    with pytest.raises(Corrupt, match=r"snapshot/2.*another version"):
        from_bytes(data.replace(b"snapshot/4", b"snapshot/2", 1))
