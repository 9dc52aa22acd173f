"""The liars lie as they are said to, and a flag is counted for the one that it went up on."""

import numpy as np
import pytest

from benchmarks import spoof
from benchmarks.watching import Run
from skykeep.facts.concluded import TrackFlagged
from skykeep.facts.observed import LocationHeard, ScanReported


@pytest.fixture(scope="module")
def world():
    chance = np.random.default_rng(3)
    flights = {kind: spoof.flight(chance) for kind in spoof.KINDS}
    anchors = spoof.places_apart(chance)
    heard = sorted(spoof._heard(chance, flights, anchors), key=lambda one: one[0])
    return flights, anchors, heard


def said(world, kind):
    number = spoof.KINDS.index(kind)
    of = {f"tx:{number}", f"tx:{number}b"}
    return [fact for _, fact in world[2] if isinstance(fact, LocationHeard) and fact.transmitter in of]


def test_who_says_nothing_is_not_heard_and_the_others_are(world):
    counts = {kind: len(said(world, kind)) for kind in spoof.KINDS}
    assert counts["dark"] == 0
    assert min(count for kind, count in counts.items() if kind != "dark") > 30


def test_kinds_are_kilometres_apart(world):
    near = [anchor for kind, anchor in world[1].items() if kind != "far"]
    apart = [np.hypot(*(one - other)[:2]) for k, one in enumerate(near) for other in near[:k]]
    assert min(apart) > 2_000
    assert np.hypot(*world[1]["far"][:2]) == pytest.approx(spoof.FAR_M)


def test_a_replay_repeats_place_and_stamp_of_what_was_heard(world):
    first = {
        (f.lat_e7, f.lon_e7, f.t_claimed_ds) for f in said(world, "heard_before") if not f.transmitter.endswith("b")
    }
    again = [(f.lat_e7, f.lon_e7, f.t_claimed_ds) for f in said(world, "heard_before") if f.transmitter.endswith("b")]
    assert len(again) > 10
    assert sum(each in first for each in again) > 8  # what was heard at both times


def test_an_honest_drone_says_where_the_radar_sees_it_and_a_phantom_does_not(world):
    flights, anchors, heard = world
    scans = [fact for _, fact in heard if isinstance(fact, ScanReported)]
    near = {"honest": 0, "phantom": 0}
    for second, fact in enumerate(scans):
        z = np.stack([np.frombuffer(getattr(fact, name), "<i4") for name in ("range_mm", "azimuth_urad")]) / [
            [1e3],
            [1e6],
        ]
        at = np.stack([z[0] * np.sin(z[1]), z[0] * np.cos(z[1])], 1)
        for kind in near:
            place = anchors[kind][:2] + flights[kind][0][round(second / spoof.STEP_S)][:2]
            near[kind] += bool((np.hypot(*(at - place).T) < 60).any())
    assert near["honest"] > 45
    assert near["phantom"] < 5


def test_a_flag_is_counted_for_the_kind_that_its_track_is_nearest_to(world, monkeypatch):
    _, anchors, _ = world
    monkeypatch.setattr(
        spoof, "last_places", lambda _run: {7: [(spoof.START_NS, anchors["phantom"] + [300.0, 0.0, 0.0])]}
    )
    run = Run()
    for flag, up, after_s in (("rid_without_body", True, 5), ("replayed", False, 6)):
        t_ns = spoof.START_NS + after_s * 1_000_000_000
        told = TrackFlagged(track_id=7, t_ns=t_ns, flag=flag, up=up, log_odds_milli=3000, evidence=())
        run.told.append((t_ns, told))
    found = spoof.on_whom(run, anchors)
    assert found["phantom"] == {"rid_without_body": 5.0}
    assert sum(len(each) for each in found.values()) == 1


def test_a_share_stands_with_exact_bounds():
    assert spoof.rate(0, 29)["high"] == pytest.approx(0.1194, abs=1e-4)  # 1 - 0.025 ** (1 / 29)
    assert spoof.rate(29, 29)["low"] == pytest.approx(0.8806, abs=1e-4)
