"""Whoever follows one track through a replay writes down what the tracker worked out, and nothing of his own."""

import math

import numpy as np
import pytest

from skykeep.facts.concluded import FactRef
from skykeep.station.following import Follower
from skykeep.watch.reports import Pairs, no_reports
from skykeep.watch.table import no_tracks
from tests.station import followed
from tests.views import scenes
from tests.views.scenes import T0, S


@pytest.fixture(scope="module")
def trail():
    return followed.followed()[0]


def test_each_report_that_moved_it_is_there_with_its_probability(trail):
    assert len(trail.used) == 180
    radar, camera = trail.used[14], trail.used[15]
    assert (radar.sensor_id, radar.kind, radar.ref, radar.item) == ("radar-north", "place", FactRef(8, 0), 0)
    assert (radar.probability, radar.other, radar.other_probability) == (0.62, followed.OTHER, pytest.approx(0.38))
    assert (camera.sensor_id, camera.kind, camera.distance_m, camera.lat_deg) == (
        followed.CAMERA,
        "bearing",
        None,
        None,
    )
    assert camera.probability == 0.99


def test_a_place_comes_out_where_it_was_measured(trail):
    (east_m, north_m), _ = followed.skies.where(followed.MINE, 7)
    de, dn = followed.wobble(7, 0)
    lat, lon = scenes.place(east_m + de, north_m + dn)
    assert (trail.used[14].lat_deg, trail.used[14].lon_deg) == (pytest.approx(lat), pytest.approx(lon))
    assert trail.used[14].distance_m == pytest.approx(math.hypot(de, dn), rel=0.01)


def test_what_was_near_and_of_others_or_nobody_is_told_apart(trail):
    assert trail.near_count == {("radar-north", followed.OTHER, False): 90, ("radar-north", None, False): 90}
    assert {(seen.other, seen.probability) for seen in trail.near} == {(followed.OTHER, 0.0), (None, 0.0)}
    assert all(seen.distance_m < 120 for seen in trail.near)


def test_how_it_stood_over_time(trail):
    assert [moment.phase for moment in trail.moments[:3]] == ["tentative", "tentative", "established"]
    assert trail.established is trail.moments[2]
    assert trail.moments[1].existence == pytest.approx(0.7)
    last = trail.moments[-1]
    variance = 40.0**2 / 90 + 36.0
    assert (last.minor_m, last.major_m) == (pytest.approx(math.sqrt(variance)), pytest.approx(math.sqrt(2 * variance)))
    assert last.turn_deg == pytest.approx(0.0, abs=1.0) or last.turn_deg == pytest.approx(180.0, abs=1.0)


def test_the_watchs_own_numbers_at_the_end(trail):
    standing = trail.standing
    assert standing.modes[1] == ("smooth", 0.85)
    assert standing.classes[0][0] == "multirotor"
    assert sum(share for _, share in standing.classes) == pytest.approx(1.0)
    assert ("impossible_motion", -4.5, False) in standing.flags
    assert standing.seen == (("radar", 90, T0 + 89 * S),)
    assert standing.absence == (("rf", -1.5),)
    (radio,) = standing.radios
    assert (radio.transmitter, radio.weight, radio.others) == ("tx:lens-00042", 0.9, ((followed.OTHER, 0.1),))


def test_tracks_that_merged_later_are_one(trail):
    both, _ = followed.followed(mine=frozenset({followed.MINE, followed.OTHER}))
    assert len(both.used) == 270
    assert both.near_count == {("radar-north", None, False): 90}
    assert all(seen.other is None for seen in both.used)
    assert len(both.moments) == len(trail.moments)


def test_a_tick_without_the_track_leaves_no_trace():
    follower = Follower(frozenset({99}))
    facts, reports = followed.heard(0)
    follower(followed.Tick(1, T0, facts), reports, followed.pairs(0), followed.held(0))
    nothing = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    follower(followed.Tick(2, T0, ()), no_reports(), nothing, no_tracks())
    assert (follower.trail.used, follower.trail.near, follower.trail.moments) == ([], [], [])
    assert follower.trail.standing is None


def test_a_track_that_nothing_came_near_still_stands():
    follower = Follower(frozenset({followed.MINE}))
    nothing = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    for second in (0, 0, 1):
        follower(followed.Tick(second + 1, T0, ()), no_reports(), nothing, followed.held(second))
    assert len(follower.trail.moments) == 2
    assert follower.trail.used == []


def test_a_bearing_from_a_sensor_that_stands_nobody_knows_where_was_not_near():
    follower = Follower(frozenset({followed.MINE}))
    facts, reports = followed.heard(1)
    none = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    follower(followed.Tick(2, T0 + S, facts), reports, none, followed.held(1))
    assert {seen.kind for seen in follower.trail.near} == {"place"}
    first, _ = followed.heard(0)
    again = Follower(frozenset({followed.MINE}))
    again(followed.Tick(2, T0 + S, (*facts, *first)), reports, none, followed.held(1))
    assert {seen.kind for seen in again.trail.near} == {"place", "bearing"}


def test_the_same_broadcast_heard_again_is_a_repeat():
    follower = Follower(frozenset({followed.MINE}))
    facts, reports = followed.heard(0)
    reports.tx[:3] = (3, 3, 3)
    first = Pairs(np.array([followed.MINE]), np.array([0]), np.array([1.0]))
    none = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    follower(followed.Tick(1, T0, facts), reports, first, followed.held(0))
    reports.lat_e7[1] = reports.lat_e7[0] + 7
    follower(followed.Tick(2, T0 + S, facts), reports, none, followed.held(1))
    assert follower.trail.near_count[("radar-north", None, True)] >= 1
    assert follower.trail.near_count[("radar-north", None, False)] >= 1
    assert {seen.item for seen in follower.trail.near if not seen.repeat and seen.ref.tick == 1} >= {1}


def test_the_report_that_a_track_begins_with_is_its_own_with_the_probability_that_there_is_a_body():
    follower = Follower(frozenset({followed.MINE}))
    facts, reports = followed.heard(0)
    none = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    tracks = followed.held(0)
    tracks.evidence[0] = (1, 0, 0)
    follower(followed.Tick(1, T0, facts), reports, none, tracks)
    (born,) = follower.trail.used
    assert (born.ref, born.item, born.probability) == (FactRef(1, 0), 0, pytest.approx(0.4))
    assert all((seen.ref, seen.item) != (born.ref, born.item) for seen in follower.trail.near)
