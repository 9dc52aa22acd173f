"""Heights in every datum: each link by hand, chains of them, there and back, what is missing, and the verdict."""

import itertools
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts.concluded import Verdict
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.pressure import sea_level_std_m
from skykeep.rules.decide import decide
from skykeep.rules.flight import Height, Stood
from skykeep.rules.heights import (
    TAKEOFF_SAID,
    Levels,
    doubts,
    joined_mm,
    known_heights,
    with_heights,
    with_levels,
)
from skykeep.rules.inside import Where, compare_heights, locate
from skykeep.rules.law import Law, enact
from skykeep.rules.outline import compile_outline
from skykeep.rules.verdict import judge
from skykeep.views import words
from tests.rules import examples as ex
from tests.rules import levels as lv

HAE, AMSL, AGL, TAKEOFF, STD = Datum
GROUND, SEA = lv.surface(metres=200.0), lv.geoid(30.0)


def known(flight, *facts):
    return {height.altitude.datum: height for height in known_heights(flight, lv.levels(*facts))}


def at(value_m, datum, sigma_m=1.0, **more):
    return ex.flight(heights=[ex.height(value_m, datum, sigma_m)], **more)


def stood(above_m=0.0, *, east_m=0.0, north_m=0.0, sigma_m=0.0):
    return Stood(ex.T0, *ex.place(east_m, north_m), 0, round(above_m * 1000), round(sigma_m * 1000))


# ---- each link --------------------------------------------------------------------------------------


@pytest.mark.requirement("LAW-7")
@pytest.mark.parametrize(
    ("have", "want", "value_m", "facts"),
    [
        (HAE, AMSL, 70.0, [SEA]),
        (AMSL, HAE, 130.0, [SEA]),
        (AMSL, AGL, -100.0, [GROUND]),
        (AGL, AMSL, 300.0, [GROUND]),
        (HAE, AGL, -130.0, [SEA, GROUND]),
        (AGL, HAE, 330.0, [SEA, GROUND]),
        (STD, AMSL, 100.0, [lv.pressure(1013.25)]),
        (AMSL, STD, 100.0, [lv.pressure(1013.25)]),
        (STD, AMSL, 100.0 - sea_level_std_m(99_000), [lv.pressure(990.0)]),
        (STD, HAE, 130.0, [lv.pressure(1013.25), SEA]),
        (STD, AGL, -100.0, [lv.pressure(1013.25), GROUND]),
        (HAE, STD, 70.0, [lv.pressure(1013.25), SEA]),
        (AGL, STD, 300.0, [lv.pressure(1013.25), GROUND]),
    ],
)
def test_each_datum_from_each_other(have, want, value_m, facts):
    found = known(at(100.0, have), *facts)
    assert found[want].altitude == Altitude(round(value_m * 1000), want)
    assert found[have] == ex.height(100.0, have)


def test_terrain_above_the_ellipsoid_needs_no_geoid():
    found = known(at(300.0, HAE), lv.surface(metres=200.0, datum=HAE))
    assert found[AGL].altitude.value_mm == 100_000
    assert AMSL not in found


@pytest.mark.requirement("LAW-7")
def test_a_height_above_take_off_needs_the_ground_height_there_and_nothing_else_will_do():
    flight = at(40.0, TAKEOFF)
    assert set(known(flight, GROUND, SEA, lv.pressure())) == {TAKEOFF}
    stated = msgspec.structs.replace(flight, takeoff_ground=Height(ex.metres(210, AMSL), 500))
    assert known(stated)[AMSL].altitude.value_mm == 250_000
    assert known(stated, GROUND)[AGL].altitude.value_mm == 50_000
    assert known(stated, GROUND, SEA)[HAE].altitude.value_mm == 280_000
    above_ellipsoid = msgspec.structs.replace(flight, takeoff_ground=Height(ex.metres(210, HAE), 500))
    assert known(above_ellipsoid, GROUND, SEA)[AGL].altitude.value_mm == 20_000


def test_the_ground_where_it_stood_tells_the_ground_height_at_take_off():
    hill = lv.surface(metres=200.0, north_slope=0.1)
    there = msgspec.structs.replace(at(40.0, TAKEOFF), stood=stood(north_m=1000.0))
    assert known(there, hill)[AMSL].altitude.value_mm == pytest.approx(340_000, abs=200)
    assert known(there, hill)[AGL].altitude.value_mm == pytest.approx(140_000, abs=200)
    landed_higher = msgspec.structs.replace(there, stood=stood(15.0, north_m=1000.0))
    assert known(landed_higher, hill)[AMSL].altitude.value_mm == pytest.approx(325_000, abs=200)


def test_beyond_the_standard_atmosphere_pressure_tells_nothing():
    assert set(known(at(25_000.0, STD), lv.pressure())) == {STD}
    assert set(known(at(19_000.0, STD), lv.pressure())) == {STD, AMSL}


@pytest.mark.parametrize("north_m", [0.0, 300.0, -4000.0])
def test_above_ground_means_the_ground_below_the_flight(north_m):
    slope = lv.surface(metres=500.0, north_slope=0.05)
    flight = ex.flight(0.0, north_m, heights=[ex.height(600.0, AMSL)])
    assert known(flight, slope)[AGL].altitude.value_mm == pytest.approx((100.0 - 0.05 * north_m) * 1000, abs=200)


# ---- errors -----------------------------------------------------------------------------------------


@pytest.mark.requirement("LAW-7")
def test_errors_add_in_squares():
    flight = ex.flight(sigma_m=0.0, heights=[ex.height(300.0, HAE, 3.0)])
    found = known(flight, lv.geoid(sigma_m=4.0), lv.surface(metres=200, sigma_m=12.0))
    assert found[AMSL].sigma_mm == 5_000
    assert found[AGL].sigma_mm == 13_000
    assert found[AGL].by == ("geoid", "terrain")


def test_the_ground_is_less_sure_by_its_slope_times_the_spread_of_the_place():
    steep = lv.surface(metres=200.0, north_slope=0.5, sigma_m=0.0)
    flight = ex.flight(sigma_m=20.0, heights=[ex.height(300.0, AMSL, 0.0)])
    assert known(flight, steep)[AGL].sigma_mm == pytest.approx(10_000, rel=0.05)


def test_a_cliff_within_the_spread_counts_though_the_place_itself_is_level():
    level = lv.surface(metres=200.0, sigma_m=0.0)
    nodes = bytearray(level.nodes)
    nodes[2 * lv.NODES * 53 :] = (1000).to_bytes(2, "big") * (lv.NODES * (lv.NODES - 53))
    cliff = msgspec.structs.replace(level, nodes=bytes(nodes))
    near = ex.flight(sigma_m=400.0, heights=[ex.height(300.0, AMSL, 0.0)])
    assert known(near, cliff)[AGL].sigma_mm > 90_000
    assert known(ex.flight(sigma_m=50.0, heights=near.heights), cliff)[AGL].sigma_mm <= 1


def test_other_than_standard_air_costs_five_per_cent_of_the_height():
    found = known(at(3000.0, STD, sigma_m=0.0), lv.pressure(sigma_hpa=0.0))
    assert found[AMSL].sigma_mm == 150_000
    assert known(at(0.0, STD, sigma_m=0.0), lv.pressure(sigma_hpa=1.0))[AMSL].sigma_mm == pytest.approx(8_330, abs=10)


def test_the_pressure_that_was_set_last_holds_from_then_until_its_end():
    t0 = ex.T0
    facts = [lv.pressure(1000.0, start=t0), lv.pressure(1020.0, start=t0 + 10, until=t0 + 20)]
    moments = [t0 - 1, t0, t0 + 10, t0 + 20]
    found = [known(at(0.0, STD, t_ns=moment), *facts).get(AMSL) for moment in moments]
    offsets = [None if one is None else one.altitude.value_mm / 1e3 for one in found]
    assert offsets[0] is None
    assert offsets[1:] == pytest.approx([-sea_level_std_m(p) for p in (100_000, 102_000, 100_000)], abs=0.001)
    law = enact(Law(), facts)
    assert [law.next_change_ns(moment) for moment in (t0 - 1, t0, t0 + 10)] == [t0, t0 + 10, t0 + 20]


def test_two_places_with_other_pressures_make_it_less_sure():
    one = known(at(0.0, STD), lv.pressure(1010.0))[AMSL]
    two = known(at(0.0, STD), lv.pressure(1000.0, place="there"), lv.pressure(1010.0, start=1))[AMSL]
    assert two.altitude == one.altitude
    assert two.sigma_mm > 80_000 > one.sigma_mm


def test_a_pressure_that_no_air_has_tells_nothing():
    assert AMSL not in known(at(0.0, STD), lv.pressure(101_325.0))


def test_the_surest_way_wins_and_a_reported_height_wins_ties():
    rough, fine = lv.surface(metres=210.0, sigma_m=9.0), lv.surface(metres=200.0, sigma_m=1.0)
    assert known(at(300.0, AMSL), rough, fine)[AGL].altitude.value_mm == 100_000
    both = ex.flight(sigma_m=0.0, heights=[ex.height(300.0, AMSL, 1.0), ex.height(120.0, AGL, 30.0)])
    assert known(both, fine)[AGL].altitude.value_mm == 100_000
    sure = ex.flight(sigma_m=0.0, heights=[ex.height(300.0, AMSL, 1.0), ex.height(120.0, AGL, math.sqrt(2))])
    assert known(sure, fine)[AGL].altitude.value_mm == 120_000


def test_an_unknown_cell_of_the_surest_surface_leaves_the_next_one():
    hole, whole = lv.surface(sigma_m=0.1, unknown=True), lv.surface(metres=200.0, sigma_m=5.0)
    assert known(at(300.0, AMSL), hole, whole)[AGL].altitude.value_mm == 100_000


datums = st.sampled_from([HAE, AMSL, AGL, STD])
ALL = lv.levels(SEA, lv.surface(metres=200.0, north_slope=0.03), lv.pressure(1005.5))


@pytest.mark.requirement("LAW-7")
@given(st.integers(-500_000, 5_000_000), datums, datums, st.integers(-4000, 4000), st.integers(0, 10**6))
def test_there_and_back_is_where_it_began(value_mm, have, via, north_m, sigma_mm):
    flight = ex.flight(0.0, north_m, sigma_m=0.0, heights=[Height(Altitude(value_mm, have), sigma_mm)])
    there = {height.altitude.datum: height for height in known_heights(flight, ALL)}
    assert set(there) == {HAE, AMSL, AGL, STD}
    again = msgspec.structs.replace(flight, heights=(there[via],))
    back = {height.altitude.datum: height for height in known_heights(again, ALL)}
    assert back[have].altitude.value_mm == value_mm
    assert back[have].sigma_mm >= sigma_mm


@given(
    st.dictionaries(st.sampled_from(list(Datum)), st.tuples(st.integers(-(10**6), 10**7), st.integers(0, 10**6))),
    st.lists(st.sampled_from([SEA, GROUND, lv.pressure(990.0), lv.surface(metres=190, sigma_m=3, datum=HAE)]), unique=True),
    st.booleans(),
)  # fmt: skip
def test_any_heights_and_levels_give_one_height_a_datum_never_worse_than_reported(reported, facts, has_stood):
    heights = [Height(Altitude(value, datum), sigma) for datum, (value, sigma) in reported.items()]
    flight = ex.flight(heights=heights)
    flight = msgspec.structs.replace(flight, stood=stood() if has_stood else None)
    found = known_heights(flight, lv.levels(*facts))
    assert len({height.altitude.datum for height in found}) == len(found)
    for height in found:
        mine = reported.get(height.altitude.datum)
        assert height.by or (height.altitude.value_mm, height.sigma_mm) == mine
        assert mine is None or height.sigma_mm <= mine[1]


def test_the_order_of_surfaces_and_pressures_does_not_matter():
    facts = [SEA, GROUND, lv.surface(metres=210.0, sigma_m=1.0), lv.pressure(1000.0), lv.pressure(1020.0, start=5)]
    flight = ex.flight(heights=[ex.height(100, HAE), ex.height(90, STD)])
    assert len({known_heights(flight, lv.levels(*order)) for order in itertools.permutations(facts)}) == 1
    once, twice = lv.levels(*facts), lv.levels(*facts, *facts)
    assert [one.fact for one in once.surfaces] == [one.fact for one in twice.surfaces]
    assert once.pressures == twice.pressures


def test_a_surface_that_is_none_is_refused():
    with pytest.raises(Refused):
        with_levels(Levels(), [msgspec.structs.replace(GROUND, rows=7)])


@given(st.lists(st.integers(0, 10**9), max_size=4))
def test_a_sum_of_errors_is_rounded_up_to_the_millimetre(sigmas):
    found = joined_mm(*sigmas)
    total = sum(sigma * sigma for sigma in sigmas)
    assert found * found >= total
    assert found == 0 or (found - 1) ** 2 < total


# ---- what is missing, and the band ------------------------------------------------------------------


def compared(flight, ceiling, *facts):
    flight = with_heights(flight, lv.levels(*facts))
    volume = ex.volume(ceiling=ceiling)
    return locate(flight, volume, compile_outline(volume.outline)).vertical


@pytest.mark.requirement("VERDICT-7", "LAW-7")
@pytest.mark.parametrize(
    ("have", "limit", "facts", "missing"),
    [
        (HAE, AMSL, [], "geoid"),
        (HAE, AGL, [], "terrain"),
        (HAE, AGL, [SEA], "terrain"),
        (HAE, AGL, [GROUND], "geoid"),
        (AMSL, AGL, [SEA], "terrain"),
        (TAKEOFF, AGL, [SEA, GROUND], "ground height at take-off"),
        (STD, AMSL, [SEA, GROUND], "air pressure (QNH)"),
        (STD, AGL, [SEA, GROUND], "air pressure (QNH)"),
        (STD, AGL, [lv.pressure()], "terrain"),
        (STD, HAE, [lv.pressure()], "geoid"),
        (AGL, STD, [GROUND], "air pressure (QNH)"),
        (AGL, STD, [lv.pressure()], "terrain"),
    ],
)
def test_what_is_missing_is_named_and_what_is_there_is_not(have, limit, facts, missing):
    answer = compared(at(50.0, have), ex.metres(100, limit), *facts)
    assert (answer.where, answer.missing, answer.limit) == (Where.UNKNOWN, (missing,), ex.metres(100, limit))


def test_outside_the_surface_it_is_missing():
    far = ex.flight(50_000.0, heights=[ex.height(50, HAE)])
    answer = compare_heights(with_heights(far, lv.levels(SEA, GROUND)).heights, None, ex.metres(100))
    assert answer.missing == ("terrain",)


def test_the_band_is_from_where_it_surely_is_above_to_where_it_surely_is_below():
    answer = compared(ex.flight(sigma_m=0.0, heights=[ex.height(313.5, AMSL, 10.6)]), ex.metres(120), GROUND)
    assert answer.where is Where.BETWEEN
    assert answer.limit == ex.metres(120)
    assert [round(edge / 1000) for edge in answer.band_mm] == [96, 131]
    assert answer.by == ("terrain",)


@given(st.integers(0, 400_000), st.integers(1, 50_000))
def test_cannot_tell_exactly_when_the_limit_lies_in_the_band(value_mm, sigma_mm):
    answer = compare_heights((Height(Altitude(value_mm, AGL), sigma_mm),), None, ex.metres(120))
    low, high = answer.band_mm
    assert (answer.where is Where.BETWEEN) == (low < 120_000 < high) or 120_000 in {low, high, low + 1, high - 1}


def test_between_two_limits_the_band_is_that_of_the_nearer_one():
    heights = (ex.height(60, AGL), ex.height(500, AMSL))
    near_floor = compare_heights(heights, ex.metres(59), ex.metres(700, AMSL))
    assert near_floor.limit == ex.metres(59)
    near_ceiling = compare_heights(heights, ex.metres(10), ex.metres(501, AMSL))
    assert near_ceiling.limit == ex.metres(501, AMSL)
    assert near_ceiling.band_mm == (498_355, 501_645)


# ---- the verdict, end to end ------------------------------------------------------------------------

SLOPE = lv.surface(metres=500.0, north_slope=0.2, sigma_m=3.0)
LOW = ex.volume(ceiling=ex.metres(120))
A = {"uas_id": "uas:a"}


def ruling(flight, *facts):
    (one,) = judge(flight, ex.law(*facts))
    return one


@pytest.mark.capability(
    "Compare heights above ground, sea, ellipsoid, take-off and flight leve"
    "ls: geoid, terrain, pressure, each with its error"
)
@pytest.mark.requirement("VERDICT-7")
@pytest.mark.parametrize(
    ("hae_m", "north_m", "verdict", "clause"),
    [  # the ground is at 530 m above the ellipsoid in the middle, 100 m more 500 m to the north
        (580.0, 0.0, Verdict.NOT_PERMITTED, "no_permit"),
        (700.0, 0.0, Verdict.NO_RULE, "no_zone_here"),
        (700.0, 500.0, Verdict.NOT_PERMITTED, "no_permit"),
        (650.0, 0.0, Verdict.CANNOT_TELL, "zone_height_border"),
        (750.0, 500.0, Verdict.CANNOT_TELL, "zone_height_border"),
        (650.0, -500.0, Verdict.NO_RULE, "no_zone_here"),
    ],
)
def test_a_zone_above_the_ground_and_a_flight_above_the_ellipsoid_over_a_slope(hae_m, north_m, verdict, clause):
    flight = ex.flight(0.0, north_m, heights=[ex.height(hae_m, HAE, 2.0)])
    found = ruling(flight, ex.zone("Z", LOW), SEA, SLOPE)
    assert (found.verdict, found.clause) == (verdict, clause)
    assert ruling(flight, ex.zone("Z", LOW)).clause == "zone_height_unknown"


@pytest.mark.parametrize(("std_m", "verdict"), [(400.0, Verdict.NOT_PERMITTED), (1000.0, Verdict.NO_RULE)])
def test_a_zone_above_the_sea_and_a_flight_by_pressure(std_m, verdict):
    zone = ex.zone("Z", ex.volume(ceiling=ex.metres(700, AMSL)))
    flight = ex.flight(heights=[ex.height(std_m, STD, 5.0)])
    assert ruling(flight, zone, lv.pressure(1013.0)).verdict is verdict
    assert ruling(flight, zone).missing == ("air pressure (QNH)",)
    assert ruling(flight, zone, lv.pressure(1013.0, until=ex.T0)).missing == ("air pressure (QNH)",)


def test_a_flight_level_as_a_limit():
    zone = ex.zone("Z", ex.volume(floor=ex.metres(1981, STD)))  # FL65
    assert ruling(ex.flight(heights=[ex.height(1800, AMSL)]), zone, lv.pressure(980.0)).clause == "zone_height_border"
    assert ruling(ex.flight(heights=[ex.height(2400, AMSL)]), zone, lv.pressure(980.0)).clause == "no_permit"
    assert ruling(ex.flight(heights=[ex.height(1200, AMSL)]), zone, lv.pressure(980.0)).clause == "no_zone_here"


@pytest.mark.parametrize(("amsl_m", "clause"), [(560, "permitted"), (700, "permit_height"), (622, "permit_border")])
def test_a_permit_above_the_ground(amsl_m, clause):
    flight = ex.flight(**A, heights=[ex.height(amsl_m, AMSL)])
    assert ruling(flight, ex.zone(), ex.permit("P", LOW), SLOPE).clause == clause


@pytest.mark.requirement("LAW-7")
def test_an_answer_by_the_take_off_that_the_drone_states_says_so():
    flight = msgspec.structs.replace(at(40.0, TAKEOFF, **A), stood=stood())
    permitted = ruling(flight, ex.zone(), ex.permit("P", LOW), SLOPE)
    assert (permitted.verdict, permitted.missing) == (Verdict.PERMITTED, (TAKEOFF_SAID,))
    refused = ruling(flight, ex.zone("Z", LOW), SLOPE)
    assert (refused.verdict, refused.missing) == (Verdict.NOT_PERMITTED, (TAKEOFF_SAID,))
    above = ruling(msgspec.structs.replace(at(300.0, TAKEOFF), stood=stood()), ex.zone("Z", LOW), SLOPE)
    assert (above.verdict, above.missing) == (Verdict.NO_RULE, (TAKEOFF_SAID,))
    no_limit = ruling(flight, ex.zone(), SLOPE)
    assert (no_limit.verdict, no_limit.missing) == (Verdict.NOT_PERMITTED, ())
    surer = msgspec.structs.replace(flight, heights=(*flight.heights, ex.height(545, AMSL)))
    assert ruling(surer, ex.zone("Z", LOW), SLOPE).missing == ()


def test_a_doubt_is_told_where_a_limit_rests_on_it_and_nowhere_else():
    flight = msgspec.structs.replace(at(40.0, TAKEOFF), stood=stood())
    found = with_heights(flight, lv.levels(SEA, SLOPE))
    assert {height.altitude.datum: height.altitude.value_mm for height in found.heights}[AGL] == 40_000
    assert doubts(flight, [LOW]) == ()
    assert doubts(found, [LOW]) == (TAKEOFF_SAID,)
    assert doubts(found, [ex.volume(), ex.volume(ceiling=ex.metres(10, TAKEOFF))]) == ()


# ---- the explanation --------------------------------------------------------------------------------


def test_an_explanation_tells_the_band_the_limit_and_what_it_was_derived_by():
    flight = ex.flight(sigma_m=0.0, heights=[ex.height(643.5, HAE, 10.0)])
    (zone,) = decide(flight, ex.law(ex.zone("Z", LOW), SEA, SLOPE)).zones
    assert (zone.clause, zone.missing) == ("zone_height_border", ("a better height",))
    assert words.compared(zone.height) == "between 96 m and 131 m, limit 120 m AGL; by geoid, terrain"
    (without,) = decide(flight, ex.law(ex.zone("Z", LOW))).zones
    assert words.compared(without.height) == "not comparable with the limit 120 m AGL"
    (reported,) = decide(ex.flight(heights=[ex.height(50, sigma_m=0)]), ex.law(ex.zone("Z", LOW))).zones
    assert words.compared(reported.height) == "50 m, limit 120 m AGL"
    (endless,) = decide(flight, ex.law(ex.zone())).zones
    assert endless.height is None


def test_a_permit_that_was_looked_at_tells_the_same():
    flight = ex.flight(**A, heights=[ex.height(622, AMSL)])
    (zone,) = decide(flight, ex.law(ex.zone(), ex.permit("P", LOW), SLOPE)).zones
    (looked,) = zone.permits
    assert looked.height.limit == ex.metres(120)
    assert looked.height.lowest_mm < 120_000 < looked.height.highest_mm
    assert looked.height.by == ("terrain",)
