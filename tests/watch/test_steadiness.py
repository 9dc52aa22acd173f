"""Who stays within the room that he had when judged last is told of exactly as one who is judged at every move."""

import msgspec
import numpy as np
import pytest

from skykeep.geo.altitude import Altitude, Datum
from skykeep.sim.scenario import make
from skykeep.sim.scenario_facts import heard
from skykeep.sim.scenario_place import MIDDLE_LAT_DEG, MIDDLE_LON_DEG
from skykeep.watch import judge as judging
from skykeep.watch.settings import WatchSettings
from skykeep.watch.state import State
from skykeep.watch.step import Tick, step
from tests.rules import examples as ex


def over_the_city(*volumes):
    """Return volumes of the examples, moved to where the scenario's city lies."""
    north_e7 = round(MIDDLE_LAT_DEG * 1e7) - ex.place()[0]
    east_e7 = round(MIDDLE_LON_DEG * 1e7) - ex.place()[1]
    return [msgspec.structs.replace(each, outline=shifted(each.outline, north_e7, east_e7)) for each in volumes]


def shifted(outline, north_e7, east_e7):
    if hasattr(outline, "rings"):
        rings = tuple(tuple((lat + north_e7, lon + east_e7) for lat, lon in ring) for ring in outline.rings)
        return msgspec.structs.replace(outline, rings=rings)
    return msgspec.structs.replace(outline, lat_e7=outline.lat_e7 + north_e7, lon_e7=outline.lon_e7 + east_e7)


def law():
    return [
        ex.zone("CITY", *over_the_city(ex.volume(ex.circle(30_000.0)))),
        ex.zone("LOW", *over_the_city(ex.volume(ex.square(800.0), ceiling=Altitude(120_000, Datum.HAE)))),
        ex.zone("TWO", *over_the_city(ex.volume(ex.square(600.0, 1500.0, 500.0), floor=Altitude(200_000, Datum.HAE)),
                                      ex.volume(ex.square(500.0, 2600.0, 500.0)))),
        ex.zone("AGL", *over_the_city(ex.volume(ex.circle(700.0, -1500.0, -900.0), ceiling=ex.metres(100.0)))),
    ]  # fmt: skip


def told(level, n, seconds):
    state, found = State(WatchSettings()), []
    for k, tick in enumerate(heard(make(n=n, level=level, seed=12, duration_s=seconds))):
        state, facts = step(state, Tick(k + 1, tick.now_ns, [*law(), *tick.facts] if k == 0 else tick.facts))
        found.append(msgspec.json.encode(facts))
    return found


@pytest.mark.parametrize(("level", "n"), [("L0", 40), ("L2", 20)])
def test_nothing_is_told_otherwise(monkeypatch, level, n):
    asked = []
    wanted = judging.unsettled

    def counted(tracks, rows, times, at):
        found = wanted(tracks, rows, times, at)
        asked.append((len(rows), len(found)))
        return found

    monkeypatch.setattr(judging, "unsettled", counted)
    some = told(level, n, 20.0)
    moved, judged = (sum(column) for column in zip(*asked, strict=True))
    assert judged < 0.7 * moved
    monkeypatch.setattr(judging, "unsettled", lambda _tracks, rows, _times, _at: np.arange(len(rows)))
    assert told(level, n, 20.0) == some
