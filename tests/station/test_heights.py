"""Terrain and pressure given to a run: the answers that they change, and a record that needs nothing beside it."""

import json

import numpy as np
import pytest

from skykeep.facts import codec
from skykeep.facts.enacted import Began, PressureSet, SurfaceSampled
from skykeep.ledger.tick import LeafKind
from skykeep.station.run import bodies
from skykeep.station.settings import parse
from skykeep.station.store import Store
from skykeep.watch.snapshot import from_bytes, to_bytes
from skykeep.watch.state import State
from skykeep.watch.step import Tick, step
from tests.cli.calling import ANAFI, REGA, ZONES, call, rows
from tests.station.test_terrain import tiff


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """A slope near Zurich under the real recording: 600 m above the sea in the middle, falling eastward."""
    columns = np.mgrid[0:240, 0:240][1]
    folder = tmp_path_factory.mktemp("terrain")
    return tiff(folder / "slope.tif", west=8.63, north=47.30, data=600.0 - (columns - 120) * 0.2)


def run(record, *rest):
    return call("run", "--record", record, "--record-id", "same", "--json", "--zones", ZONES, *rest)


def zones_of(result):
    """The last verdict, clause and missing things of the first flight, zone by zone."""
    (flight,) = rows(result)
    return {zone["zone_id"]: (zone["clause"], zone["missing"]) for zone in flight["zones"]}


def facts(record):
    with Store.open(record, read_only=True) as store:
        return [codec.decode_trusted(body) for row in store.rows() for body in bodies(row, LeafKind.FACT)]


@pytest.fixture(scope="module")
def told(tmp_path_factory, ground):
    record = tmp_path_factory.mktemp("run") / "record"
    return record, run(record, "--terrain", ground, ANAFI)


@pytest.mark.capability("Settle a drone's height above take-off by the terrain where it stood")
def test_the_real_drone_stood_on_the_ground_so_terrain_tells_its_height(told, tmp_path):
    without = zones_of(run(tmp_path / "without", ANAFI))
    limited = [zone for zone, (clause, _) in without.items() if clause == "zone_height_unknown"]
    assert [without[zone] for zone in limited] == [("zone_height_unknown", ["ground height at take-off"])]
    assert zones_of(told[1])[limited[0]] == ("no_permit", ["whether it took off where it says"])


def test_the_record_holds_the_samples_and_replays_without_the_file(told, ground):
    record, _ = told
    kinds = [fact.kind for fact in facts(record) if isinstance(fact, SurfaceSampled)]
    assert kinds == ["geoid", "terrain"]
    (began,) = [fact for fact in facts(record) if isinstance(fact, Began)]
    assert {"geoid", "terrain", "zones"} <= {kind for kind, _ in began.inputs}
    aside = ground.rename(ground.with_suffix(".aside"))
    try:
        assert call("replay", record).stdout.startswith("identical sha256:")
    finally:
        aside.rename(ground)


def test_a_state_with_surfaces_survives_its_snapshot(told):
    record, _ = told
    state = None
    with Store.open(record, read_only=True) as store:
        for row in store.rows():
            taken = [codec.decode_trusted(body) for body in bodies(row, LeafKind.FACT)]
            if isinstance(taken[0] if taken else None, Began):
                state = State(parse(taken[0].settings).watch)
                continue
            state, _ = step(state, Tick(row.tick, row.now_ns, taken))
    data = to_bytes(state)
    again = from_bytes(data)
    assert to_bytes(again) == data
    assert [one.fact for one in again.law.levels.surfaces] == [one.fact for one in state.law.levels.surfaces]
    assert again.stood == state.stood
    assert again.stood


def test_a_record_of_other_terrain_or_pressure_is_not_continued(told, tmp_path):
    record, _ = told
    flat = tiff(tmp_path / "flat.tif", west=8.63, north=47.30, data=np.full((240, 240), 600.0))
    assert "holds a run with other terrain" in run(record, "--terrain", flat, ANAFI).stderr
    assert "holds a run with other terrain and other geoid" in run(record, ANAFI).stderr


def test_the_pressure_is_a_fact_and_a_setting(tmp_path):
    record = tmp_path / "record"
    done = run(record, "--qnh", "1021.5", REGA)
    assert done.exit_code == 0
    (pressure,) = [fact for fact in facts(record) if isinstance(fact, PressureSet)]
    assert pressure.qnh_pa == 102_150
    (began,) = [fact for fact in facts(record) if isinstance(fact, Began)]
    assert json.loads(began.settings)["qnh_hpa"] == 1021.5
    assert "settings (qnh_hpa)" in run(record, REGA).stderr


@pytest.mark.parametrize(
    ("option", "words"),
    [(("--qnh", "1013250"), "no air pressure"), (("--qnh", "nan"), "no air pressure"),
     (("--terrain", "nowhere.tif"), "no such file"), (("--terrain", ZONES), "no terrain file")],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_before_anything_is_made(tmp_path, option, words):
    done = run(tmp_path / "record", *option, ANAFI)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not (tmp_path / "record").exists()
