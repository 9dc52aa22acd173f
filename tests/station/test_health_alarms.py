"""Alarms of what a station cannot tell, or tells late: each comes with its cause, and goes with it."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from skykeep.errors import Unavailable
from skykeep.facts import codec
from skykeep.facts.concluded import AlarmChanged
from skykeep.ledger.tick import LeafKind
from skykeep.station import geoid
from skykeep.station.healthwatch import HealthWatch
from skykeep.station.keeping import checks
from skykeep.station.keeping.checkup import Level, check_up
from skykeep.station.loop import GOOD_TICKS, Counts, Loop
from skykeep.station.run import bodies
from skykeep.station.store import Store
from tests.station.living import CONFIG, home, living
from tests.station.test_terrain import tiff
from tests.waiting import until

TICK_NS = 100_000_000
WITH_TERRAIN = CONFIG.replace("[law]\n", '[law]\nterrain = ["t.tif"]\n')


def states(at, reason):
    """How an alarm stood, one state after the other, as recorded."""
    with Store.open(at.record, read_only=True) as store:
        told = [codec.decode(body) for row in store.rows() for body in bodies(row, LeafKind.CONCLUSION)]
    return [each.state for each in told if isinstance(each, AlarmChanged) and each.reason == reason]


def ill(one, what):
    return [each for each in one.station.health.ill() if each.what == what]


def ground_of(at):
    return [each for each in check_up(at.path, (checks.ground,)) if each.what == "ground heights"]


@pytest.mark.requirement("STATION-8")
def test_law_above_the_ground_without_terrain_is_an_alarm_until_there_is_terrain():
    with home() as at:
        with living(at) as one:
            until(lambda: states(at, "health:terrain"), "the alarm")
            (told,) = ill(one, "terrain")
            assert "CANNOT TELL" in told.unseen
        assert states(at, "health:terrain")[0] == "unacknowledged"
        (found,) = ground_of(at)
        assert (found.level, "CANNOT TELL" in found.said) == (Level.WARN, True)
        tiff(at.path / "t.tif", west=8.55, north=47.35, size=240, step=0.3 / 240, data=np.full((240, 240), 600.0))
        at.file.write_text(WITH_TERRAIN, "utf-8")
        assert [each.level for each in ground_of(at)] == [Level.OK]
        with living(at) as one:
            until(lambda: "returned" in states(at, "health:terrain")[-1], "the alarm to return")
            until(lambda: len(one.statuses) > 1, "the station to look around")
            assert ill(one, "terrain") == []


@pytest.mark.requirement("STATION-8")
def test_law_that_needs_no_ground_is_no_alarm_without_terrain():
    with home() as at:
        document = json.loads((at.path / "zones.json").read_text())
        (at.path / "zones.json").write_text(json.dumps(at_all_heights(document)))
        with living(at) as one:
            until(lambda: len(one.statuses) > 1, "the station to look around")
            assert ill(one, "terrain") == []
            assert [each.level for each in ground_of(at)] == [Level.OK]


def at_all_heights(document):
    """Take the zones' upper limits away."""
    for feature in document["UASZoneList"]:
        for volume in feature["geometry"]:
            volume.pop("upperLimit", None)
            volume["lowerLimit"] = 0
    return document


@pytest.mark.requirement("STATION-8")
def test_who_does_not_expect_terrain_gets_no_alarm_for_want_of_it():
    with home(CONFIG + "[health]\nterrain_expected = false\n") as at, living(at) as one:
        until(lambda: len(one.statuses) > 1, "the station to look around")
        assert ill(one, "terrain") == []


@pytest.mark.requirement("STATION-8")
def test_a_geoid_that_cannot_be_read_is_an_alarm_until_it_can(monkeypatch):
    def broken():
        raise Unavailable("the geoid grid of this installation cannot be read: No such file or directory")

    with home() as at:
        with monkeypatch.context() as patched:
            patched.setattr(geoid, "_bytes", broken)
            assert "cannot be read" in geoid.fault()
            with living(at) as one:
                until(lambda: states(at, "health:geoid"), "the alarm")
                (told,) = ill(one, "geoid")
                assert "cannot be compared" in told.unseen
        assert states(at, "health:geoid")[0] == "unacknowledged"
        assert geoid.fault() == ""
        with living(at) as one:
            until(lambda: "returned" in states(at, "health:geoid")[-1], "the alarm to return")
            assert ill(one, "geoid") == []


@pytest.mark.requirement("STATION-8")
def test_ticks_that_close_late_in_a_row_are_an_alarm_until_enough_were_in_time():
    health = HealthWatch()
    loop = SimpleNamespace(_tick_ns=TICK_NS, _paces=0, _overruns_max=3, _health=health, now_ns=1, counts=Counts())
    in_time, late = TICK_NS // 1_000, TICK_NS // 1_000 + 1

    def goes(*took_us):
        for each in took_us:
            Loop._note_pace(loop, each)
        return [(each.what, each.value) for each in health.ill()]

    assert goes(late, late, in_time, late, late) == [], "three in a row are asked for"
    assert goes(late) == [("tick_overrun", late)]
    assert goes(*[in_time] * (GOOD_TICKS - 1)) == [("tick_overrun", late)]
    assert goes(late, *[in_time] * (GOOD_TICKS - 1)) == [("tick_overrun", late)], "one that is late begins anew"
    assert goes(in_time) == []
    assert loop.counts.overruns == 6
    assert [fact.well for fact in health.take()] == [False, True]
