"""The live view: what each fact and conclusion changes in what is shown, and how long it stays."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from skykeep.errors import Malformed
from skykeep.facts import acted, codec, columns
from skykeep.facts.concluded import (
    ApproachSeen,
    EntryForeseen,
    FactRef,
    GroupMoved,
    LateIgnored,
    Phase,
    Rung,
    TrackEstimated,
    TrackFlagged,
    TrackLost,
    TrackMerged,
    Verdict,
)
from skykeep.facts.enacted import LawDeclared, SiteProtected
from skykeep.geo.altitude import Altitude, Datum
from skykeep.views.live import KINDS, At, Changes, Live
from skykeep.views.livecases import ALARM_LEAVES_AFTER_NS, INCIDENT_LEAVES_AFTER_NS
from skykeep.views.livemodels import ActNow, HeightNow, TrackNow
from skykeep.views.liveplaces import PlaceMoves
from skykeep.views.livepositions import Positions, blocks
from skykeep.views.livetracks import LEAVES_AFTER_NS
from tests.views.livefacts import (
    REF,
    SECOND_NS,
    T0_NS,
    alarm,
    alarm_act,
    began,
    done,
    estimated,
    existence,
    health,
    hour,
    identified,
    incident,
    incident_act,
    presence,
    sensor,
    system,
    verdict,
)


class Shown:
    """A live view that is told tick by tick; what leaves it is kept as a database would."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], msgspec.Struct] = {}
        self.live = Live(lambda kind, object_id: self.kept.get((kind, object_id)))
        self.entry = 0

    def tick(self, *told: object, facts: tuple[object, ...] = (), at_ns: int = T0_NS) -> Changes:
        changes = self.live.take(At(self.entry, self.entry + 1, at_ns), [], list(enumerate(facts)), told)
        for key, changed in changes.objects.items():
            body = msgspec.json.encode(changed)
            self.kept[key] = msgspec.json.decode(body, type=KINDS[key[0]])
        self.entry += 1
        return changes

    def track(self, track_id: int) -> TrackNow:
        found = self.live.tracks.one(track_id)
        assert found is not None
        return found


@pytest.fixture
def shown() -> Shown:
    return Shown()


# ---- tracks --------------------------------------------------------------------------------------------------


def test_a_position_says_what_the_columns_say_as_reading_them_row_by_row_does(shown: Shown) -> None:
    fact = estimated(
        T0_NS,
        3,
        5,
        alt_mm=np.iinfo(np.int64).min,
        said_mm=120_000,
        said_datum=1,
        above_mm=80_000,
        above_datum=1,
        marks=3,
    )
    shown.tick(fact)
    for row in columns.unfold(fact, 1):
        now = shown.track(row.track_id).position
        assert now is not None
        assert (now.lat_e7, now.lon_e7, now.t_ns) == (row.lat_e7, row.lon_e7, row.t_ns)
        assert (now.phase, now.mode, now.reports) == (row.phase.value, row.mode, row.reports)
        assert (now.alt_hae_mm, now.simulated, now.manned, now.pos_assumed) == (None, True, False, True)
        assert now.altitude == HeightNow(value_mm=120_000, datum="amsl")
        assert now.height == HeightNow(value_mm=80_000, datum="takeoff")
        assert (now.evidence.tick, now.evidence.index) == (row.evidence.tick, row.evidence.index)


def test_an_older_record_with_a_fact_a_track_is_shown_too(shown: Shown) -> None:
    fact = TrackEstimated(
        track_id=4, t_ns=T0_NS, phase=Phase.ESTABLISHED, lat_e7=1, lon_e7=2, pos_sigma_mm=3, pos_assumed=True,
        altitude=Altitude(5, Datum.STD), height=None, alt_sigma_mm=None, vel_east_mmps=6, vel_north_mmps=7, reports=8,
        simulated=True, evidence=FactRef(9, 10),
    )  # fmt: skip
    shown.tick(fact)
    now = shown.track(4).position
    assert now is not None
    assert (now.phase, now.altitude, now.height) == ("established", HeightNow(value_mm=5, datum="std"), None)
    assert (now.mode, now.existence_ppm, now.evidence.index, now.said_sigma_mm) == (None, None, 10, None)


@pytest.mark.parametrize("broken", [{"lat_e7": b"123"}, {"track_id": b""}, {"phase": b"\x07\x07"}, {"mode": b"\x09\0"}])
def test_columns_that_do_not_agree_are_counted_and_change_nothing(shown: Shown, broken: dict[str, bytes]) -> None:
    good = estimated(T0_NS, 1, 2)
    shown.tick(good)
    bad = msgspec.structs.replace(good, t_ns=T0_NS + 1, **broken)
    with pytest.raises(Malformed):
        blocks(bad, 1)
    changes = shown.tick(bad)
    assert (shown.live.not_read, changes.moved, list(shown.live.tracks.live)) == (1, [], [1, 2])


def test_positions_come_back_as_they_were_kept_however_many() -> None:
    first, second = Positions(), Positions()
    first.take(estimated(T0_NS, *range(1, 900)), 1)
    for track_id in range(1, 900, 2):
        first.drop(track_id)
    first.take(estimated(T0_NS + 1, 2, 1000, 1001), 2)
    second.from_bytes(first.to_bytes())
    assert second.to_bytes() == first.to_bytes()
    assert len(second) == 451
    assert second.one(1000) == first.one(1000)
    assert second.one(3) is None


def test_the_gravest_verdict_that_stands_is_shown_and_the_worst_there_was_is_kept(shown: Shown) -> None:
    shown.tick(verdict(1, Verdict.NO_RULE, None))
    shown.tick(verdict(1, Verdict.NOT_PERMITTED, "A"), verdict(1, Verdict.PERMITTED, "B"))
    assert [each.zone_id for each in shown.live.tracks.live[1].verdicts] == ["A", "B"]
    assert shown.live.tracks.live[1].verdict == "not_permitted"
    shown.tick(verdict(1, Verdict.NO_RULE, "A", clause="left_zone"))
    assert shown.live.tracks.live[1].verdict == "permitted"
    shown.tick(verdict(1, Verdict.NO_RULE, None))
    track = shown.live.tracks.live[1]
    assert ([each.zone_id for each in track.verdicts], track.verdict) == ([None], "no_rule")
    assert track.worst is not None
    assert (track.worst.verdict, track.worst.margin_mm) == ("not_permitted", 12_000)


def test_flags_entries_and_approaches_go_up_and_down(shown: Shown) -> None:
    def flag(*, up: bool) -> TrackFlagged:
        return TrackFlagged(track_id=1, t_ns=T0_NS, flag="rid_offset", up=up, log_odds_milli=1, evidence=())

    def entry(entry_ns: int | None) -> EntryForeseen:
        return EntryForeseen(
            track_id=1, t_ns=T0_NS, zone_id="A", zone_version=1, entry_ns=entry_ns, entry_sigma_ns=None, evidence=REF
        )

    def approach(kind: str) -> ApproachSeen:
        return ApproachSeen(
            track_id=1, t_ns=T0_NS, site_id="s", site_version=1, kind=kind, distance_mm=5, closest_mm=None,
            closest_ns=None, reach_ns=None, evidence=REF,
        )  # fmt: skip

    shown.tick(flag(up=True), flag(up=True), entry(5), entry(6), approach("approach"), approach("hover"))
    track = shown.live.tracks.live[1]
    assert [each.flag for each in track.flags] == ["rid_offset"]
    assert [each.entry_ns for each in track.entries] == [6]
    assert [each.kind for each in track.approaches] == ["hover"]
    shown.tick(flag(up=False), entry(None), approach("none"))
    assert (track.flags, track.entries, track.approaches) == ((), (), ())


def test_a_lost_track_stays_for_a_while_and_then_is_history_with_its_last_position(shown: Shown) -> None:
    shown.tick(estimated(T0_NS, 1, 2), identified(1))
    shown.tick(TrackLost(track_id=1, t_ns=T0_NS, last_heard_ns=T0_NS))
    assert shown.tick(at_ns=T0_NS + LEAVES_AFTER_NS - 1).gone == []
    assert shown.live.tracks.overdue(T0_NS + LEAVES_AFTER_NS) == [1]
    assert shown.tick(at_ns=T0_NS + LEAVES_AFTER_NS).gone == [1]
    assert (list(shown.live.tracks.live), len(shown.live.tracks.positions)) == ([2], 1)
    left = shown.kept["track", "1"]
    assert isinstance(left, TrackNow)
    assert left.position is not None
    assert (left.live, left.lost_ns, left.position.lat_e7) == (False, T0_NS, 500_000_000)


def test_a_lost_track_that_is_heard_again_stays_and_one_that_left_comes_back_with_all_that_was_known(
    shown: Shown,
) -> None:
    shown.tick(estimated(T0_NS, 1), verdict(1, Verdict.NOT_PERMITTED))
    shown.tick(TrackLost(track_id=1, t_ns=T0_NS, last_heard_ns=T0_NS))
    shown.tick(estimated(T0_NS, 1, phase=2))
    assert shown.track(1).lost_ns == T0_NS
    shown.tick(estimated(T0_NS, 1))
    assert shown.track(1).lost_ns is None
    shown.tick(TrackLost(track_id=1, t_ns=T0_NS, last_heard_ns=T0_NS))
    shown.tick(at_ns=T0_NS + LEAVES_AFTER_NS)
    assert shown.live.tracks.one(1) is None
    shown.tick(estimated(T0_NS + SECOND_NS, 1), at_ns=T0_NS + LEAVES_AFTER_NS + SECOND_NS)
    back = shown.track(1)
    assert (back.live, back.lost_ns, back.began_ns, back.verdict) == (True, None, T0_NS, "not_permitted")


def test_a_track_that_was_another_one_leaves_at_once(shown: Shown) -> None:
    shown.tick(estimated(T0_NS, 1, 2))
    changes = shown.tick(TrackMerged(track_id=2, into_track_id=1, t_ns=T0_NS, evidence=REF))
    merged = shown.kept["track", "2"]
    assert isinstance(merged, TrackNow)
    assert (changes.gone, merged.merged_into, list(shown.live.tracks.live)) == ([2], 1, [1])


def test_groups_form_change_and_dissolve(shown: Shown) -> None:
    shown.tick(estimated(T0_NS, 1, 2, 3), GroupMoved(group_id=9, t_ns=T0_NS, track_ids=(1, 2)))
    assert [shown.track(each).group_id for each in (1, 2, 3)] == [9, 9, None]
    shown.tick(GroupMoved(group_id=9, t_ns=T0_NS, track_ids=(2, 3)))
    assert [shown.track(each).group_id for each in (1, 2, 3)] == [None, 9, 9]
    changes = shown.tick(GroupMoved(group_id=9, t_ns=T0_NS, track_ids=()))
    assert [shown.track(each).group_id for each in (1, 2, 3)] == [None, None, None]
    assert (changes.removed, shown.live.tracks.groups) == ([("group", "9")], {})


def test_what_is_heard_without_a_place_is_held_and_let_go(shown: Shown) -> None:
    shown.tick(presence(4, holds=True), existence(None, 4, Rung.CORROBORATED))
    held = shown.live.tracks.presences[4]
    assert held.rung is not None
    assert (held.holds, held.rung.rung, held.rung.explained) == (True, "corroborated", (("permitted", "P-1", 900_000),))
    shown.tick(presence(4, holds=False), at_ns=T0_NS + SECOND_NS)
    shown.tick(at_ns=T0_NS + SECOND_NS + LEAVES_AFTER_NS - 1)
    assert list(shown.live.tracks.presences) == [4]
    shown.tick(at_ns=T0_NS + SECOND_NS + LEAVES_AFTER_NS)
    assert shown.live.tracks.presences == {}


# ---- operators' places ---------------------------------------------------------------------------------------


def test_a_place_is_shown_as_it_moved_last_whatever_repetitions_are_told(shown: Shown) -> None:
    moves = [system("tx:a", "place:1"), system("tx:b", "place:2"), system("tx:a", "place:3")]
    again = [*moves[:2], moves[1], system("tx:a", None), moves[2], moves[2]]
    shown.tick(identified(1), facts=(began(), *again))
    other = Shown()
    other.tick(identified(1), facts=(began(), *moves))
    places = {each.transmitter: (each.place, each.t_ns) for each in shown.live.pilots.values()}
    assert places == {each.transmitter: (each.place, each.t_ns) for each in other.live.pilots.values()}
    found = shown.live.pilot_of(shown.live.tracks.live[1])
    assert found is not None
    assert (found.place, found.kind) == ("place:3", "live")
    changes = shown.tick(facts=(began(),))
    assert (shown.live.pilots, len(changes.removed)) == ({}, 2)


def test_of_too_many_places_the_one_that_moved_longest_ago_is_forgotten() -> None:
    moves = PlaceMoves(2)
    assert [moves.moves(system(tx, place)) for tx, place in (("a", "1"), ("b", "1"), ("a", "2"), ("c", "1"))] == [
        True
    ] * 4
    assert moves.places == {"a": "2", "c": "1"}
    assert moves.moves(system("b", "1"))


# ---- alarms, incidents, acts ---------------------------------------------------------------------------------


def test_an_alarm_shows_who_did_what_to_it_and_belongs_to_its_track_and_incident(shown: Shown) -> None:
    shown.tick(estimated(T0_NS, 7))
    shown.tick(alarm(3, 7, "unacknowledged"), incident(2, alarm_ids=(3,), track_ids=(7,)))
    shown.tick(alarm(3, 7, "shelved", T0_NS + 1), facts=(alarm_act(3, acted.AlarmDeed.SHELVE, T0_NS + 9),))
    now = shown.live.cases.alarms[3]
    assert (now.state, now.incident_id, now.track_id, now.shelved_until_ns) == ("shelved", 2, 7, T0_NS + 9)
    assert (now.began_ns, now.t_ns, [each.person for each in now.acts]) == (T0_NS, T0_NS + 1, ["person:anna"])
    assert (shown.track(7).alarm_ids, shown.track(7).incident_ids) == ((3,), (2,))
    shown.tick(alarm(3, 7, "unacknowledged", T0_NS + 9))
    assert now.shelved_until_ns is None


def test_alarms_and_incidents_that_are_over_leave_memory(shown: Shown) -> None:
    shown.tick(alarm(3, 0, "normal"), alarm(4, 0, "acknowledged"), incident(2, "closed"), incident(5))
    shown.tick(at_ns=T0_NS + ALARM_LEAVES_AFTER_NS)
    assert (list(shown.live.cases.alarms), list(shown.live.cases.incidents)) == ([4], [2, 5])
    shown.tick(at_ns=T0_NS + INCIDENT_LEAVES_AFTER_NS)
    assert list(shown.live.cases.incidents) == [5]
    assert shown.live.cases.alarms[4].track_id is None


def test_an_incident_opened_by_hand_has_the_words_of_who_opened_it(shown: Shown) -> None:
    opened = incident_act(0, acted.IncidentDeed.OPEN, "text:one")
    other = incident_act(0, acted.IncidentDeed.OPEN, "text:two")
    note = incident_act(8, acted.IncidentDeed.NOTE, "text:three")
    shown.tick(incident(8, about="by_hand"), incident(9, about="by_hand"), facts=(opened, other))
    shown.tick(facts=(note,))
    incidents = shown.live.cases.incidents
    assert [(each.deed, each.words) for each in incidents[8].acts] == [("open", "text:one"), ("note", "text:three")]
    assert [each.words for each in incidents[9].acts] == ["text:two"]
    shown.tick(facts=(opened,))  # that came to nothing
    shown.tick(incident(10, about="by_hand"))
    assert incidents[10].acts == ()


def test_every_act_of_a_person_is_a_row_of_the_trail(shown: Shown) -> None:
    changes = shown.tick(
        facts=(
            done("person.enrol", "person:x"),
            alarm_act(3, acted.AlarmDeed.ACK),
            incident_act(2, acted.IncidentDeed.CLOSE, "text:why"),
        )
    )
    trail = [each for each in changes.objects.values() if isinstance(each, ActNow)]
    assert [(each.act_id, each.action, each.subject) for each in trail] == [
        ("0.0", "person.enrol", "person:x"),
        ("0.1", "alarm.ack", "alarm:3"),
        ("0.2", "incident.close", "incident:2"),
    ]
    assert {each.person for each in trail} == {"person:anna"}


def test_health_law_sites_and_sensors_are_shown_as_told_last(shown: Shown) -> None:
    site = SiteProtected(
        site_id="s", version=2, name="S", lat_e7=1, lon_e7=2, radius_mm=3, from_ns=T0_NS, until_ns=None
    )
    older = msgspec.structs.replace(site, version=1, name="before")
    ill = health(acted.Health.SENSOR_SILENT, well=False)
    shown.tick(
        LateIgnored(sensor_id="radar-1", t_ns=T0_NS, late_ns=5, evidence=REF),
        LateIgnored(sensor_id="other", t_ns=T0_NS, late_ns=5, evidence=REF),
        facts=(ill, LawDeclared(complete=True, t_ns=T0_NS), site, older, sensor("radar-1")),
    )
    live = shown.live
    assert live.cases.health["sensor_silent", "radar-1"].unseen == "the north"
    assert (live.law.declared.complete, live.law.sites["s"].name) == (True, "S")
    assert (live.law.sensors["radar-1"].modality, live.law.sensors["radar-1"].late) == ("radar", 1)
    assert (live.law.sensors["other"].modality, live.law.sensors["other"].late) == ("", 1)


# ---- all of it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_reads_back_as_it_was_and_bodies_make_the_same_as_facts(seed: int) -> None:
    shown, through = Shown(), Live()
    for at, names, facts, told in hour(seed, ticks=150):
        changes = shown.tick(*told, facts=tuple(fact for _, fact in facts), at_ns=at.now_ns)
        for key, changed in changes.objects.items():
            assert shown.kept[key] == changed
        read = [codec.decode(codec.encode(each)) for each in told]  # type: ignore[arg-type]  # they are facts
        through.take(at, names, facts, read)
    assert len(shown.kept) > 50
