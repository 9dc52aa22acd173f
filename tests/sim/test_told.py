"""The told picture: estimates in one fact or many, lost, merged and named tracks, carried on to a moment."""

import numpy as np
import pytest

from skykeep.facts.concluded import (
    FactRef,
    Phase,
    TrackEstimated,
    TrackIdentified,
    TrackLost,
    TrackMerged,
    Trust,
)
from skykeep.geo.altitude import Altitude, Datum
from skykeep.sim.scenario_facts import EPOCH_NS, seconds_to_ns
from skykeep.sim.scenario_place import city_to_geodetic, geodetic_to_city
from skykeep.sim.told import ToldPicture
from tests.sim.estimates import ESTABLISHED, LOST, TENTATIVE, columns


def one(track_id, t_s, place, altitude, phase=Phase.ESTABLISHED):
    lat, lon, _ = city_to_geodetic(np.array([place], float))[0]
    return TrackEstimated(
        track_id=track_id,
        t_ns=seconds_to_ns(t_s),
        phase=phase,
        lat_e7=round(lat * 1e7),
        lon_e7=round(lon * 1e7),
        pos_sigma_mm=1000,
        pos_assumed=False,
        altitude=altitude,
        height=None,
        alt_sigma_mm=None,
        vel_east_mmps=1000,
        vel_north_mmps=0,
        reports=1,
        simulated=True,
        evidence=FactRef(1, 0),
    )


def identified(track_id, uas_id, trust):
    return TrackIdentified(
        track_id=track_id, t_ns=EPOCH_NS, transmitter="tx:1", uas_id=uas_id, id_kind="serial", operator_id=None,
        session_id=None, trust=trust, manned=False, flags=(), evidence=(),
    )  # fmt: skip


@pytest.fixture
def picture():
    return ToldPicture(geodetic_to_city, EPOCH_NS)


def test_established_tracks_are_carried_on_by_their_velocity(picture):
    rows = [(2, ESTABLISHED, (100, 200, 50), (10, -5, 1)), (5, TENTATIVE, (0, 0, 50), (0, 0, 0))]
    picture.take(7, seconds_to_ns(3.0), [columns(3.0, rows)])
    now = picture.now(seconds_to_ns(5.0))
    assert now.track.tolist() == [2]
    assert np.allclose(now.told_m, [[120, 190, 52]], atol=0.02)
    assert np.allclose(now.told_mps, [[10, -5, 1]])
    assert now.named == (None,)


def test_what_is_told_later_replaces_what_was_told_before(picture):
    for t_s in (1.0, 2.0):
        picture.take(1, seconds_to_ns(t_s), [columns(t_s, [(2, ESTABLISHED, (100 * t_s, 0, 50), (0, 0, 0))])])
    assert np.allclose(picture.now(seconds_to_ns(2.0)).told_m, [[200, 0, 50]], atol=0.02)


@pytest.mark.parametrize(
    "end",
    [
        TrackLost(track_id=2, t_ns=0, last_heard_ns=0),
        TrackMerged(track_id=2, into_track_id=1, t_ns=0, evidence=FactRef(1, 0)),
        columns(2.0, [(2, LOST, (0, 0, 50), (0, 0, 0))]),
    ],
    ids=["lost", "merged", "told lost"],
)
def test_what_is_over_is_told_no_longer(picture, end):
    picture.take(1, seconds_to_ns(1.0), [columns(1.0, [(2, ESTABLISHED, (0, 0, 50), (0, 0, 0))])])
    picture.take(2, seconds_to_ns(2.0), [end])
    assert len(picture.now(seconds_to_ns(2.0)).track) == 0


def test_single_estimates_take_the_height_that_was_reported(picture):
    told = [
        one(1, 1.0, (10, 20, 0), Altitude(170_000, Datum.HAE)),
        one(2, 1.0, (10, 20, 0), Altitude(170_000, Datum.AMSL)),
    ]
    picture.take(1, seconds_to_ns(1.0), told)
    now = picture.now(seconds_to_ns(2.0))
    place = city_to_geodetic(np.array([[10.0, 20.0, 0.0]]))[0]
    assert np.isclose(now.told_m[0, 2], 170.0 - place[2], atol=0.1)
    assert np.isnan(now.told_m[1, 2])
    assert np.allclose(now.told_m[:, :2], [[11, 20], [11, 20]], atol=0.1)


def test_a_contradicted_name_is_not_told(picture):
    told = columns(1.0, [(1, ESTABLISHED, (0, 0, 50), (0, 0, 0)), (2, ESTABLISHED, (900, 0, 50), (0, 0, 0))])
    names = [identified(1, "uas:1", Trust.SELF_DECLARED), identified(2, "uas:2", Trust.CONTRADICTED)]
    picture.take(1, seconds_to_ns(1.0), [told, *names])
    assert picture.now(seconds_to_ns(1.0)).named == ("uas:1", None)


def test_tellings_are_all_that_was_told_with_its_evidence(picture):
    first = columns(1.0, [(1, TENTATIVE, (0, 0, 50), (0, 0, 0)), (2, ESTABLISHED, (900, 0, 50), (0, 0, 0))])
    picture.take(8, seconds_to_ns(1.1), [first])
    picture.take(9, seconds_to_ns(2.1), [columns(2.0, [(1, ESTABLISHED, (5, 0, 50), (0, 0, 0))])])
    found = picture.tellings()
    assert found.track.tolist() == [1, 2, 1]
    assert found.now_s.tolist() == [1.1, 1.1, 2.1]
    assert found.t_s.tolist() == [1.0, 1.0, 2.0]
    assert found.established.tolist() == [0, 1, 1]
    assert np.allclose(found.told_m[:, 0], [0, 900, 5], atol=0.02)
    assert found.evidence.tolist() == [[7, 3, 0], [7, 3, 1], [8, 3, 0]]


def test_an_empty_picture(picture):
    assert picture.now(EPOCH_NS).told_m.shape == (0, 3)
    assert picture.tellings().told_m.shape == (0, 3)
