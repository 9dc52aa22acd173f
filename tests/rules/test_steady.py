"""The room of a flight: as long as it stays within, the law's answer cannot become another."""

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.facts.enacted import Thresholds
from skykeep.geo.altitude import Altitude, Datum
from skykeep.rules.flight import Height
from skykeep.rules.steady import SURE_SIGMAS, height_bit, steady
from skykeep.rules.verdict import judge
from tests.rules import examples as ex

S = 1_000_000_000
DATUMS = (Datum.AGL, Datum.HAE)


@st.composite
def volumes(draw):
    east_m, north_m = draw(st.integers(-1500, 1500)), draw(st.integers(-1500, 1500))
    half_m = draw(st.integers(20, 2500))
    shape = ex.square(half_m, east_m, north_m) if draw(st.booleans()) else ex.circle(half_m, east_m, north_m)
    limit = st.none() | st.builds(Altitude, st.integers(-10_000, 300_000), st.sampled_from(DATUMS))
    return ex.volume(shape, floor=draw(limit), ceiling=draw(limit))


@st.composite
def laws(draw):
    facts = [
        ex.zone(f"Z{k}", *draw(st.lists(volumes(), min_size=1, max_size=2)), times=draw(st.sampled_from(SPANS)))
        for k in range(draw(st.integers(1, 3)))
    ]
    for k in range(draw(st.integers(0, 2))):
        grown = st.none() | st.builds(
            Thresholds,
            horizontal_mm=st.integers(0, 200_000),
            vertical_mm=st.integers(0, 50_000),
            time_ns=st.just(5 * S),
        )
        facts.append(
            msgspec.structs.replace(
                ex.permit(f"P{k}", draw(volumes()), aircraft=(draw(st.sampled_from(["uas:a", "uas:b"])),)),
                thresholds=draw(grown),
            )
        )
    return ex.law(*facts)


SPANS = ((), ((ex.T0 - 50 * S, ex.T0 + 20 * S),), ((ex.T0 + 10 * S, ex.T0 + 60 * S),))


def said(flight, law):
    return [
        (
            ruling.verdict, ruling.clause, ruling.missing,
            None if ruling.zone is None else ruling.zone.fact.zone_id,
            None if ruling.permit is None else ruling.permit.fact.permit_id,
            None if ruling.coming is None else ruling.coming.fact.zone_id,
        )
        for ruling in judge(flight, law)
    ]  # fmt: skip


@pytest.mark.requirement("VERDICT-0")
@settings(max_examples=300)
@given(data=st.data(), law=laws())
def test_within_its_room_a_flight_is_judged_alike(data, law):
    east_m, north_m = data.draw(st.floats(-3000, 3000)), data.draw(st.floats(-3000, 3000))
    sigma_m = data.draw(st.floats(0, 60))
    heights = tuple(
        Height(Altitude(data.draw(st.integers(0, 400_000)), datum), data.draw(st.integers(0, 20_000)))
        for datum in DATUMS
        if data.draw(st.booleans())
    )
    flight = msgspec.structs.replace(ex.flight(east_m, north_m, sigma_m=sigma_m), heights=heights, uas_id="uas:a")
    room = steady(flight, law)
    if room is None:
        return
    assert room.room_m >= SURE_SIGMAS * sigma_m
    wide_m = room.room_m * data.draw(st.floats(0, 1))
    angle = data.draw(st.floats(0, 2 * math.pi))
    moved = ex.flight(
        east_m + 0.99 * wide_m * math.sin(angle), north_m + 0.99 * wide_m * math.cos(angle),
        sigma_m=(room.room_m - wide_m) / SURE_SIGMAS,
    )  # fmt: skip
    climbed = []
    for height in heights:
        counts = bool(room.datums & height_bit(height.altitude.datum))
        most_mm = min(room.room_mm, 10**6) if counts else 10**6
        by_mm = int(most_mm * data.draw(st.floats(-1, 1)))
        sigma_mm = math.floor((most_mm - abs(by_mm)) / SURE_SIGMAS)
        climbed.append(Height(Altitude(height.altitude.value_mm + by_mm, height.altitude.datum), sigma_mm))
    later = data.draw(st.integers(flight.t_ns, min(room.until_ns, flight.t_ns + 200 * S) - 1))
    moved = msgspec.structs.replace(moved, t_ns=later, heights=tuple(climbed), uas_id="uas:a")
    assert said(moved, law) == said(flight, law)


@pytest.mark.parametrize(
    ("east_m", "sigma_m", "expected"),
    [(0.0, 10.0, 1000.0), (900.0, 10.0, 100.0), (1300.0, 10.0, 300.0), (960.0, 10.0, None), (20_000.0, 10.0, 1043.0)],
)
def test_the_room_is_the_way_to_the_nearest_border_where_that_is_far_enough(east_m, sigma_m, expected):
    law = ex.law(ex.zone("Z", ex.volume(ex.square(1000.0))))
    room = steady(ex.flight(east_m, sigma_m=sigma_m), law)
    if expected is None:
        assert room is None
    else:
        assert room.room_m == pytest.approx(expected, abs=0.5)


def test_a_limit_counts_where_the_flight_may_be_inside_and_only_in_its_datum():
    ceiling = Altitude(120_000, Datum.AGL)
    law = ex.law(ex.zone("Z", ex.volume(ex.square(1000.0), ceiling=ceiling)))
    low = msgspec.structs.replace(ex.flight(0.0), heights=(Height(Altitude(50_000, Datum.AGL), 3_000),))
    assert (steady(low, law).room_mm, steady(low, law).datums) == (70_000, height_bit(Datum.AGL))
    near = msgspec.structs.replace(low, heights=(Height(Altitude(110_000, Datum.AGL), 3_000),))
    assert steady(near, law) is None
    beside = msgspec.structs.replace(ex.flight(1500.0), heights=near.heights)
    assert steady(beside, law).datums == 0
