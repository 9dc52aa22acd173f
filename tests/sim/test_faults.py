"""Reports dropped, late, mixed up, doubled, false, files cut off: the watch holds what it promises, replay agrees."""

import dataclasses

import pytest

from skykeep.facts.concluded import LateIgnored, TrackIdentified, TrackLost, Trust
from skykeep.sim import faults
from skykeep.sim.chance import Chance
from skykeep.sim.faults import Report
from skykeep.sim.flight import Point, Route, at, fly, lawn_mower, orbit
from skykeep.station.inputs import open_source
from skykeep.station.replay import replay
from skykeep.station.run import Job
from skykeep.station.settings import Settings
from skykeep.station.simulated import lay_out, story
from skykeep.station.store import Store
from skykeep.watch.snapshot import from_bytes
from tests.sim.telling import RECORD_ID, START_NS, Told, conclusions, run_job

SEEDS = range(5)
SECONDS = 40
LAG_NS = round(Settings().watch.lag_s * 1e9)
TICK_NS = Settings().tick_ms * 1_000_000
ROUTES = {
    "mower": Route(lawn_mower(Point(-900, -300, 80), along_m=300, lanes=4, spacing_m=60), cruise_mps=14),
    "orbit": Route(orbit(Point(800, 500, 80), radius_m=120, laps=2), cruise_mps=11, corner_mps=11, capture_m=15),
    "dash": Route((Point(0, -1500, 60), Point(200, 1500, 90)), cruise_mps=30),
}


def reports(seed):
    """What two radars report of three flights, once a second each, on time; no two at the same moment."""
    chance, made = Chance(seed, "reports"), []
    for sensor_number, sensor_id in enumerate(("sim-radar-a", "sim-radar-b")):
        for track_number, (track, route) in enumerate(ROUTES.items()):
            flown = fly(route, SECONDS)
            for second in range(SECONDS):
                t_ns = second * 10**9 + chance.below(10**8) * 3 + sensor_number * 4 * 10**8 + track_number
                now = at(flown, t_ns / 1e9)
                error = [8.0 * chance.normal() / 2.45 for _ in range(2)]
                made.append(
                    Report(
                        t_event_ns=START_NS + t_ns, t_arrival_ns=START_NS + t_ns, sensor_id=sensor_id, track=track,
                        east_m=now.east_m + error[0], north_m=now.north_m + error[1], serial=f"S1M05{track.upper():0<5}",
                    )
                )  # fmt: skip
    return sorted(made)


def run_reports(folder, of):
    """Run reports through the station; return the record."""
    folder.mkdir()
    (folder / "reports.jsonl").write_bytes(faults.lines(of))
    source = open_source(f"tracks:{folder / 'reports.jsonl'}")
    run_job(Job(record=folder / "record", sources=(source,), record_id=RECORD_ID))
    assert replay(folder / "record").identical
    return folder / "record"


def last_state(record):
    with Store.open(record, read_only=True) as store:
        return from_bytes(store.get_snapshot(list(store.rows())[-1].state_sha256))


def estimates(record):
    """Where the filter has each flight in the end: by name, since the numbers of tracks follow the order of delivery."""
    state = last_state(record)
    values = {fact.uas_id: fact.track_id for _, fact in conclusions(record) if isinstance(fact, TrackIdentified)}
    tracks = state.tracks
    found = {}
    for track_id in sorted(set(values.values()) & set(tracks.id.tolist())):
        row = tracks.row(track_id)
        serial = state.identities[track_id].uas_id
        found[serial] = (
            int(tracks.t_ns[row]),
            tracks.x[row].tobytes(),
            tracks.p[row].tobytes(),
            int(tracks.reports[row]),
        )
    return found


@pytest.fixture(scope="module")
def on_time(tmp_path_factory):
    """The records of the reports that come on time, by seed."""
    folder = tmp_path_factory.mktemp("on-time")
    return {seed: run_reports(folder / str(seed), reports(seed)) for seed in SEEDS}


def late(record):
    return [fact for _, fact in conclusions(record) if isinstance(fact, LateIgnored)]


@pytest.mark.parametrize("seed", SEEDS)
def test_reports_on_time_make_one_track_each(on_time, seed):
    assert len(estimates(on_time[seed])) == len(ROUTES)
    assert late(on_time[seed]) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_any_delay_within_the_lag_gives_the_same_estimate(on_time, tmp_path, seed):
    delayed = faults.delay(reports(seed), seed, most_ns=LAG_NS - 2 * TICK_NS)
    record = run_reports(tmp_path / "late", delayed)
    assert late(record) == []
    assert estimates(record) == estimates(on_time[seed]), f"seed {seed}"


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_within_the_lag_gives_the_same_estimate(on_time, tmp_path, seed):
    record = run_reports(tmp_path / "mixed", faults.reorder(reports(seed), seed, within=9))
    assert late(record) == []
    assert estimates(record) == estimates(on_time[seed]), f"seed {seed}"


@pytest.mark.parametrize("seed", SEEDS)
def test_reports_that_come_twice_give_the_same_estimate(on_time, tmp_path, seed):
    doubled = faults.duplicate(reports(seed), seed, share=0.5, later_ns=LAG_NS - 2 * TICK_NS)
    assert len(doubled) > len(reports(seed))
    record = run_reports(tmp_path / "doubled", doubled)
    assert estimates(record) == estimates(on_time[seed]), f"seed {seed}"


def test_later_than_the_lag_is_recorded_counted_and_not_used(on_time, tmp_path):
    of = reports(0)
    slow = [report for report in of if report.sensor_id == "sim-radar-b"]
    moved = [report for report in of if report not in slow] + [
        dataclasses.replace(report, t_arrival_ns=report.t_event_ns + LAG_NS + 10**9) for report in slow
    ]
    record = run_reports(tmp_path / "slow", moved)
    assert len(late(record)) == len(slow)
    alone = run_reports(tmp_path / "alone", [report for report in of if report not in slow])
    assert estimates(record) == estimates(alone)


@pytest.mark.parametrize("seed", SEEDS)
def test_half_of_the_reports_lost_keeps_every_track(tmp_path, seed):
    record = run_reports(tmp_path / "thin", faults.drop(reports(seed), seed, share=0.5))
    assert len(estimates(record)) == len(ROUTES)
    assert not any(isinstance(fact, TrackLost) for _, fact in conclusions(record))


def test_a_flight_that_tells_a_false_place_contradicts_itself(tmp_path):
    radar = [report for report in reports(1) if report.sensor_id == "sim-radar-a"]
    false = faults.lie(radar, track="orbit", from_ns=START_NS + 20 * 10**9, by_m=3000.0)
    record = run_reports(tmp_path / "false", false)
    trusts = {}
    for _, fact in conclusions(record):
        if isinstance(fact, TrackIdentified):
            trusts[fact.uas_id] = fact.trust
    assert sorted(trust.value for trust in trusts.values()) == ["contradicted", "self_declared", "self_declared"]
    assert Trust.CONTRADICTED in trusts.values()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_capture_cut_off_anywhere_is_run_as_far_as_it_goes(tmp_path, seed):
    of = story(1, START_NS)
    laid = lay_out(of, tmp_path)
    broken = tmp_path / "sim-north.pcap"
    head, rest = of.files["sim-north.pcap"][:24], of.files["sim-north.pcap"][24:]
    broken.write_bytes(head + faults.cut(rest, seed))
    done = run_job(laid.job(tmp_path / "record", record_id=RECORD_ID))
    assert len(done.faults) <= 1
    assert all("truncated" in fault for fault in done.faults)
    assert replay(tmp_path / "record").identical
    told = Told(tmp_path / "record", of.cast)
    assert [row[2] for row in told.rows("survey")] == ["permitted"]


def test_faults_are_repeated_by_their_seed():
    of = reports(0)
    assert faults.drop(of, 1, share=0.3) == faults.drop(of, 1, share=0.3) != faults.drop(of, 2, share=0.3)
    assert faults.delay(of, 1, most_ns=10**9) == faults.delay(of, 1, most_ns=10**9) != of
    assert sorted(report.t_event_ns for report in faults.reorder(of, 3, within=7)) == [r.t_event_ns for r in of]
    assert all(r.t_arrival_ns >= r.t_event_ns for r in faults.reorder(of, 3, within=7))
    assert 1 <= len(faults.cut(bytes(100), 4)) < 100
