"""The watch with surfaces and pressures: what stood on the ground, what changes when they come, what outlives a tick."""

import itertools

import numpy as np
import pytest

from skykeep.facts import columns
from skykeep.facts.concluded import TrackMerged, TracksEstimated, Verdict, VerdictReached
from skykeep.facts.observed import FlightStatus
from skykeep.geo.altitude import Datum
from skykeep.watch import places
from skykeep.watch.snapshot import to_bytes
from tests.rules import examples as ex
from tests.rules import levels as lv
from tests.watch import stories as tell

S, T0 = tell.S, tell.T0
A, B = 1, 2
HILL = lv.surface(metres=500.0, north_slope=0.1)
LOW = ex.zone("Z", ex.volume(ceiling=ex.metres(120)))
SAID = ("whether it took off where it says",)


def grounded(t_ns, north_m=0.0, above_m=0.0, **more):
    return tell.location(
        t_ns, 0.0, north_m, status=FlightStatus.GROUND, height=ex.metres(above_m, Datum.TAKEOFF),
        pressure_accuracy_mm=2_000, **more,
    )  # fmt: skip


def climbing(start_s, *heights_m, north_m=0.0, **more):
    return [
        tell.location(T0 + (start_s + k) * S, 0.0, north_m, height=ex.metres(height_m, Datum.TAKEOFF),
                      pressure_accuracy_mm=2_000, **more)
        for k, height_m in enumerate(heights_m)
    ]  # fmt: skip


def answers(watch, track_id=A):
    """The verdicts and what was missing, those that only repeat the one before left out."""
    told = [(fact.verdict, fact.missing) for fact in watch.of(VerdictReached, track_id)]
    return [answer for answer, _ in itertools.groupby(told)]


@pytest.mark.requirement("LAW-7")
def test_a_drone_that_stood_on_the_ground_is_judged_by_its_height_above_it():
    watch = tell.Watch().run([LOW, lv.geoid(), HILL, grounded(T0), *climbing(1, 20, 60, 200)])
    found = [(fact.clause, fact.missing) for fact in watch.of(VerdictReached)]
    assert found[0] == ("no_permit", SAID)
    assert ("no_zone_here", SAID) in found


def test_one_that_was_first_heard_in_the_air_is_not():
    watch = tell.Watch().run([LOW, lv.geoid(), HILL, *climbing(0, 20, 60, 200)])
    assert answers(watch) == [(Verdict.CANNOT_TELL, ("ground height at take-off",))]


def test_on_the_ground_without_a_height_above_take_off_tells_nothing():
    silent = tell.location(T0, status=FlightStatus.GROUND)
    above_ground = tell.location(T0 + S // 2, status=FlightStatus.GROUND, height=ex.metres(0))
    watch = tell.Watch().run([LOW, HILL, silent, above_ground, *climbing(1, 20)])
    assert watch.state.stood.get(A) is None


def test_the_last_place_on_the_ground_counts_in_whatever_order_it_is_delivered():
    first, second = grounded(T0, 0.0), grounded(T0 + S, 30.0, 5.0)
    late = type(first)(
        **{name: getattr(first, name) for name in first.__struct_fields__} | {"t_arrival_ns": T0 + S + 1}
    )
    for order in ([first, second], [second, late]):
        stood = tell.Watch().run(order).state.stood.get(A)
        assert (stood.t_ns, stood.above_takeoff_mm) == (T0 + S, 5_000)


def test_of_two_places_at_one_time_delivery_decides_nothing():
    one, other = grounded(T0 + 1, 0.0), grounded(T0 + 1, 3.0)
    found = [tell.Watch().run(order).state.stood.get(A) for order in ([one, other], [other, one])]
    assert found[0] == found[1]


@pytest.mark.parametrize("newer_stood", [True, False])
def test_two_radios_that_become_one_track_keep_where_it_stood(newer_stood):
    stood_by, flying_by = ("tx:new", "tx:a") if newer_stood else ("tx:a", "tx:new")
    facts = [
        *tell.flying(3, speed=(0.0, 0.0), transmitter=flying_by, make=tell.location,
                     height=ex.metres(10, Datum.TAKEOFF), from_ns=T0 + (1 if flying_by == "tx:new" else 0)),
        grounded(T0 + (1 if stood_by == "tx:new" else 0), transmitter=stood_by),
        tell.basic_id(T0 + 3 * S, transmitter="tx:a"),
        tell.basic_id(T0 + 3 * S + 1, transmitter="tx:new"),
    ]  # fmt: skip
    watch = tell.Watch().run(sorted(facts, key=tell.time_of))
    assert watch.of(TrackMerged)
    assert watch.state.stood.get(A) is not None


def story():
    return [
        LOW, ex.zone("H", ex.volume(floor=ex.metres(700, Datum.STD))), lv.geoid(), HILL, grounded(T0),
        *climbing(1, 20, 60, 200), lv.pressure(1003.0, start=T0 + 3 * S, until=T0 + 6 * S), *climbing(4, 260, 90, 90, 90),
    ]  # fmt: skip


@pytest.mark.requirement("WATCH-4")
def test_from_snapshots_and_when_due_the_bytes_are_the_same():
    end = T0 + 12 * S
    whole = tell.Watch().run(story(), end)
    pieces, due = tell.Watch().run(story(), end, snapshots=True), tell.Watch().run(story(), end, only_due=True)
    assert pieces.bytes() == whole.bytes() == due.bytes()
    assert to_bytes(pieces.state) == to_bytes(whole.state)
    assert {fact.verdict for fact in whole.told if isinstance(fact, VerdictReached)} >= {
        Verdict.NOT_PERMITTED, Verdict.CANNOT_TELL,
    }  # fmt: skip


def test_a_pressure_that_comes_and_ends_changes_the_answer_of_a_flight_that_says_nothing_new():
    zone = ex.zone("Z", ex.volume(ceiling=ex.metres(300, Datum.AMSL)))
    flight = tell.location(T0, pressure_altitude=ex.metres(100, Datum.STD), pressure_accuracy_mm=2_000)
    pressure = lv.pressure(1013.0, start=T0 + 2 * S, until=T0 + 4 * S)
    watch = tell.Watch().run([zone, flight, pressure], T0 + 6 * S)
    told = [(fact.clause, (fact.t_ns - T0) // S) for fact in watch.of(VerdictReached)]
    assert told == [("zone_height_unknown", 0), ("no_permit", 2), ("zone_height_unknown", 4)]


def test_surfaces_that_come_later_are_applied_to_what_flies():
    watch = tell.Watch().run(
        [LOW, tell.position(T0, altitude=ex.metres(560, Datum.AMSL), alt_accuracy_mm=2_000)], T0 + S
    )
    watch.run([HILL], T0 + 2 * S)
    assert [fact.clause for fact in watch.of(VerdictReached)] == ["zone_height_unknown", "no_permit"]


def hovering(count, **more):
    """Frames of one that hovers, a metre to and fro, and says no height."""
    return [tell.location(T0 + k * S, 0.0, float(k % 2), altitude=None, **more) for k in range(count)]


@pytest.mark.requirement("LAW-7")
def test_a_height_that_was_never_said_is_never_learned():
    """What stands in its place is one guess: three hundred frames of it are not three hundred measurements."""
    high = ex.zone("Z", ex.volume(floor=ex.metres(300, Datum.HAE)))
    watch = tell.Watch().run([high, *hovering(300)])
    (row,) = watch.state.tracks.rows([A])
    spread_m = places.numbers(watch.state, np.array([row]), watch.state.tracks.t_ns[[row]])[0, places.UP]
    assert 900.0 < spread_m < 1_100.0
    for told in watch.of(TracksEstimated):
        assert [each.alt_mm for each in columns.estimates(told)] == [None]
    assert {answer for answer, _ in answers(watch)} == {Verdict.CANNOT_TELL}
