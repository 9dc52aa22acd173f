"""A telemetry log goes through `skykeep run`: two vehicles, two tracks, each with what its heartbeat says."""

import pytest

from skykeep.facts import codec
from skykeep.facts.columns import estimates
from skykeep.facts.concluded import TracksEstimated
from skykeep.facts.observed import VehicleHeard
from skykeep.ledger.tick import LeafKind
from skykeep.station.run import bodies
from skykeep.station.store import Store
from tests.cli.calling import ROOT, ZONES, call, rows

LOG = ROOT / "tests" / "vectors" / "mavlink" / "two_vehicles.tlog"


@pytest.mark.capability("Read MAVLink telemetry logs: positions, kinds of vehicle, and the Remote ID that they carry")
def test_a_telemetry_log_becomes_tracks(tmp_path):
    record = tmp_path / "record"
    result = call("run", "--record", record, "--zones", ZONES, "--json", f"mavlink@field:{LOG}")
    assert result.exit_code == 0, result.stderr
    assert "450 of other kinds passed over" in result.stderr  # attitudes, and the ground station's heartbeats
    first, second = rows(result)
    assert (first["identity_state"], first["kind"]) == ("masked", "multirotor")
    assert (second["identity_state"], second["kind"]) == ("none_heard", "fixed_wing")
    assert first["modalities"] == second["modalities"] == ["remote_id"]
    facts = facts_of(record, LeafKind.FACT)
    assert sum(isinstance(fact, VehicleHeard) for fact in facts) == 100
    told = [
        row
        for fact in facts_of(record, LeafKind.CONCLUSION)
        if isinstance(fact, TracksEstimated)
        for row in estimates(fact)
    ]
    assert {row.track_id for row in told} == {first["track_id"], second["track_id"]}
    last = max((row for row in told if row.track_id == first["track_id"]), key=lambda row: row.t_ns)
    assert last.vel_north_mmps == pytest.approx(12_000, abs=800)


def facts_of(record, kind):
    with Store.open(record, read_only=True) as store:
        return [codec.decode_trusted(body) for row in store.rows() for body in bodies(row, kind)]
