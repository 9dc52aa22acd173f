"""The engine gives the answers that the plain code gives, zone by zone; updated, those of one built anew."""

import itertools
import json
import os
import subprocess
import sys

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skykeep.facts.enacted import Circle, Interval, Polygon, Rule
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.volumes import Polygon as Area
from skykeep.rules import engine as engines
from skykeep.rules import lookup
from skykeep.rules.flight import Height
from skykeep.rules.inside import Where, locate
from skykeep.rules.law import Force, Zone, enact
from skykeep.rules.outline import compile_outline
from tests.rules import examples as ex
from tests.rules import made

T0, S = ex.T0, ex.S
POLE, HALF = made.POLE, made.HALF


def bare(number, *outlines, **said):
    """Return a zone of these outlines (fact, compiled) without a law around it."""
    fact = ex.zone(f"Z{number:03}", *(ex.volume(fact) for fact, _ in outlines), **said)
    return Zone(fact, tuple(compiled for _, compiled in outlines))


def found(answer):
    starts, numbers = answer[:2]
    return [numbers[a:b].tolist() for a, b in itertools.pairwise(starts)]


@pytest.mark.parametrize("seed", range(12))
def test_horizontally_each_place_has_the_zones_that_hold_it_borders_and_vertices_included(seed):
    chance = np.random.default_rng(seed)
    for _ in range(6):
        shapes = [made.outline(chance) for _ in range(int(chance.integers(1, 10)))]
        engine = engines.build([bare(number, shape) for number, shape in enumerate(shapes)])
        for _, compiled in shapes:
            lats, lons = made.places(chance, compiled)
            want = np.stack([made.inside(other, lats, lons) for _, other in shapes], 1)
            assert found(engine.inside_many(lats, lons)) == [np.flatnonzero(row).tolist() for row in want]


def test_a_zone_of_many_volumes_is_named_once_and_zones_come_sorted():
    here, there = ex.square(300.0), ex.square(200.0, east_m=100.0)
    shapes = [(each, compile_outline(each)) for each in (here, there)]
    wide = Polygon(rings=(((300_000_000, 200_000_000), (300_000_000, 400_000_000), (600_000_000, 300_000_000)),))
    zones = [bare(0, shapes[0]), bare(1, *shapes), bare(2, (wide, compile_outline(wide))), bare(3, shapes[1])]
    engine = engines.build(zones)
    lats, lons = (np.array(each) for each in zip(ex.place(), ex.place(-250.0), ex.place(5000.0), strict=True))
    assert found(engine.inside_many(lats, lons)) == [[0, 1, 2, 3], [0, 1, 2], [2]]


def flight_of(lat_e7, lon_e7, heights, t_ns):
    known = zip(engines.DATUMS, heights, strict=True)
    given_heights = tuple(Height(Altitude(int(mm), d), 0) for d, mm in known if mm != engines.UNKNOWN_MM)
    flight = ex.flight(t_ns=int(t_ns), sigma_m=0.0, heights=given_heights)
    return msgspec.structs.replace(flight, lat_e7=int(lat_e7), lon_e7=int(lon_e7))


def plain_code(zone, flight):
    """The table of `lookup`, asked of the code that judges single flights."""
    force = zone.force(flight.t_ns)
    where = {locate(flight, v, o).where for v, o in zip(zone.fact.volumes, zone.outlines, strict=True)}
    if force is Force.NO or not where & {Where.INSIDE, Where.UNKNOWN}:
        return lookup.NOTHING
    if force is Force.YES and Where.INSIDE in where:
        return {Rule.ALLOWED: 1, Rule.CONDITIONAL: 2, Rule.NEEDS_PERMIT: 5, Rule.PROHIBITED: 6}[zone.fact.rule]
    if zone.fact.rule is Rule.ALLOWED:
        return lookup.NOTHING
    return lookup.HOURS_UNKNOWN if force is Force.UNKNOWN else lookup.HEIGHT_UNKNOWN


def plain_answers(zones, flight):
    codes = [plain_code(zone, flight) for zone in zones]
    best = max(codes, default=0)
    every = [(number, code) for number, code in enumerate(codes) if code]
    return every, (best, codes.index(best) if best else -1)


LIMITS = st.none() | st.builds(Altitude, st.integers(-2, 3), st.sampled_from(list(Datum)))
TIMES = st.integers(T0 - 4, T0 + 4)
INTERVALS = st.lists(st.tuples(st.none() | TIMES, st.none() | TIMES), max_size=3).map(
    lambda pairs: sorted(pairs, key=lambda pair: pair[0] or 0)
)
SQUARES = [ex.square(half, east_m=east) for half, east in ((900.0, 0.0), (400.0, 300.0), (3.0, 0.0))]
SHAPES = [*SQUARES, ex.square(2000.0, holes=(ex.square(500.0),)), ex.circle(700.0)]


@st.composite
def zone_facts(draw):
    volume = st.builds(ex.volume, st.sampled_from(SHAPES), LIMITS, LIMITS)
    span = draw(st.none() | st.tuples(TIMES, TIMES))
    return ex.zone(
        draw(st.sampled_from("ABCDEFGH")), *draw(st.lists(volume, min_size=1, max_size=3)),
        rule=draw(st.sampled_from(Rule)), version=draw(st.integers(1, 3)), announced=draw(st.none() | TIMES),
        times=draw(INTERVALS), effective=draw(st.none() | TIMES), end=draw(st.none() | TIMES),
        hours_unread=draw(st.sampled_from([None, None, "by day"])),
        span=None if span is None else Interval(start_ns=min(span), end_ns=max(span)),
    )  # fmt: skip


OVERRIDES = st.builds(
    lambda name, active, start, end, said: ex.overridden(name, active=active, start=start, end=end, said=said),
    st.sampled_from("ABCDEFGH"), st.booleans(), TIMES, st.none() | TIMES, TIMES,
)  # fmt: skip
WITHDRAWN = st.builds(ex.withdrawn, st.sampled_from("ABCDEFGH"), st.integers(1, 3), TIMES)
ACTS = st.lists(st.one_of(zone_facts(), zone_facts(), OVERRIDES, WITHDRAWN), min_size=1, max_size=10)
HEIGHTS = st.lists(st.integers(-2, 4) | st.just(engines.UNKNOWN_MM), min_size=5, max_size=5)
PLACES = st.sampled_from([ex.place(x, y) for x in (-800, -500, 0, 2, 350, 600, 1500) for y in (0, 450, -500)])
ASKED = st.lists(st.tuples(PLACES, HEIGHTS, st.integers(T0 - 5, T0 + 5)), min_size=1, max_size=12)


def columns(asked):
    places, heights, times = zip(*asked, strict=True)
    lats, lons = zip(*places, strict=True)
    return np.array(lats), np.array(lons), np.array(heights, np.int64), np.array(times)


@given(ACTS, ASKED)
def test_in_four_dimensions_the_codes_are_those_of_single_flights(acts, asked):
    law = ex.law(*acts)
    engine = engines.build(law.zones)
    rows = columns(asked)
    want = [plain_answers(law.zones, flight_of(*row)) for row in zip(*rows, strict=True)]
    codes, numbers = engine.judge_many(*rows)
    assert list(zip(codes.tolist(), numbers.tolist(), strict=True)) == [gravest for _, gravest in want]
    starts, every, says = engine.all_many(*rows)
    pairs = list(zip(every.tolist(), says.tolist(), strict=True))
    assert [pairs[a:b] for a, b in itertools.pairwise(starts)] == [each for each, _ in want]


@pytest.mark.requirement("LAW-3")
@given(ACTS, ASKED, st.data())
def test_in_any_order_and_any_grouping_acts_make_the_same_answers(acts, asked, data):
    together = ex.law(*_first_of_each(acts))
    law = ex.law()
    left = data.draw(st.permutations(_first_of_each(acts)))
    while left:
        cut = data.draw(st.integers(1, len(left)))
        law, left = enact(law, left[:cut]), left[cut:]
    ends = [[(z.fact, z.withdrawn_ns, z.superseded_ns, z.overrides) for z in one.zones] for one in (law, together)]
    assert ends[0] == ends[1]
    assert law.edges_ns == together.edges_ns
    rows = columns(asked)
    for ask in (law.engine.judge_many, law.engine.all_many):
        for got, want in zip(ask(*rows), getattr(engines.build(together.zones), ask.__name__)(*rows), strict=True):
            assert got.tolist() == want.tolist()


def _first_of_each(acts):
    """A version enacted twice counts as it was enacted first, so only then does the order not matter."""
    known = {}
    for act in acts:
        known.setdefault((act.zone_id, act.version) if hasattr(act, "volumes") else act, act)
    return list(known.values())


@pytest.mark.parametrize("seed", range(6))
def test_zone_after_zone_added_the_engine_answers_as_one_built_anew_and_older_ones_as_before(seed):
    chance = np.random.default_rng(100 + seed)
    shapes = [made.outline(chance) for _ in range(14)]
    zones = [bare(number, shape) for number, shape in enumerate(shapes)]
    chosen = sorted(chance.permutation(14)[:5].tolist())
    engine = engines.build([zones[number] for number in chosen])
    kept = []
    for number in chance.permutation(14).tolist():
        if number in chosen:
            continue
        kept.append((engine, [zones[each] for each in chosen]))
        chosen = sorted([*chosen, number])
        engine = engines.updated(engine, [zones[each] for each in chosen], [chosen.index(number)], [])
    kept.append((engine, zones))
    lats, lons = (np.concatenate(each) for each in zip(*(made.places(chance, o) for _, o in shapes), strict=True))
    for each, those in kept:
        assert found(each.inside_many(lats, lons)) == found(engines.build(those).inside_many(lats, lons))


def test_two_engines_that_grow_from_one_do_not_write_over_each_other():
    a, b, c = ((each, compile_outline(each)) for each in SQUARES)
    one = engines.build([bare(0, a)])
    left = engines.updated(one, [bare(0, a), bare(1, b)], [1], [])
    right = engines.updated(one, [bare(0, a), bare(1, c)], [1], [])
    lats, lons = (np.array(each) for each in zip(ex.place(), ex.place(500.0), strict=True))
    assert found(one.inside_many(lats, lons)) == [[0], [0]]
    assert found(left.inside_many(lats, lons)) == [[0, 1] if b[1].margin_m(*ex.place()) >= 0 else [0], [0, 1]]
    assert found(right.inside_many(lats, lons)) == [[0, 1], [0]]


@given(ACTS, ASKED)
def test_one_place_is_answered_as_many_with_its_margins(acts, asked):
    law = ex.law(*acts)
    engine = law.engine
    rows = columns(asked)
    for row, code, number in zip(zip(*rows, strict=True), *engine.judge_many(*rows), strict=True):
        answer = engine.one(int(row[0]), int(row[1]), row[2], int(row[3]))
        assert (answer.code, -1 if answer.zone is None else answer.zone) == (code, number)
        if answer.zone is None:
            continue
        zone = law.zones[answer.zone]
        flight = flight_of(*row)
        ways = [locate(flight, v, o) for v, o in zip(zone.fact.volumes, zone.outlines, strict=True)]
        known = {(way.margin_m, way.vertical.margin_mm) for way in ways if way.horizontal is Where.INSIDE}
        if code != lookup.HEIGHT_UNKNOWN:
            assert (answer.margin_m, answer.margin_mm) in known
        changes = [edge for edge in [*zone.edges_ns(), 0] if edge > row[3] and zone.force(edge) != zone.force(edge - 1)]
        want = min((edge for edge in changes if edge < 2**63 - 1), default=None)
        assert answer.change_ns == (None if want is None else want - row[3])


lats, lons = st.integers(-POLE, POLE), st.integers(-HALF, HALF)
little = st.integers(-3_000_000, 3_000_000)


@given(lats, lons, st.integers(0, 5_000_000_000), lats, lons, st.floats(0, 1e6))
@example(895_000_000, 0, 100_000_000, POLE, HALF, 0.0)
@example(895_000_000, 0, 100_000_000, 899_000_000, HALF, 0.0)
@example(0, HALF, 1_000_000, 0, -HALF, 0.0)
def test_a_circle_within_reach_is_near(lat_e7, lon_e7, radius_mm, at_lat_e7, at_lon_e7, reach_m):
    fact = Circle(lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=radius_mm)
    zone = bare(0, (fact, compile_outline(fact)))
    if zone.outlines[0].margin_m(at_lat_e7, at_lon_e7) >= -reach_m:
        assert engines.build([zone]).near(at_lat_e7, at_lon_e7, reach_m) == [0]


@given(st.integers(-890_000_000, 890_000_000), lons, st.tuples(little, little, little, little), little, little,
       st.floats(0, 1e5))  # fmt: skip
def test_a_polygon_within_reach_is_near(lat_e7, lon_e7, corners, north_e7, east_e7, reach_m):
    a, b, c, d = corners
    ring = ((lat_e7 + a, lon_e7), (lat_e7, lon_e7 + abs(b) + 1), (lat_e7 - abs(c) - 1, lon_e7 + d))
    zone = bare(0, (Polygon(rings=(ring,)), compile_outline(Polygon(rings=(ring,)))))
    at_lat_e7, at_lon_e7 = lat_e7 + north_e7, made.wrapped(lon_e7 + east_e7)
    if zone.outlines[0].margin_m(at_lat_e7, at_lon_e7) >= -0.99 * reach_m:  # right to a part in 1,000
        assert engines.build([zone]).near(at_lat_e7, at_lon_e7, reach_m) == [0]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_within_reach_is_near_in_batches_too(seed):
    chance = np.random.default_rng(200 + seed)
    shapes = [made.outline(chance) for _ in range(30)]
    engine = engines.build([bare(number, shape) for number, shape in enumerate(shapes)])
    lats, lons = (np.concatenate(each) for each in zip(*(made.places(chance, o) for _, o in shapes), strict=True))
    reaches = 10 ** chance.uniform(0, 5, len(lats))
    for row, numbers in enumerate(found(engine.near_many(lats, lons, reaches))):
        assert numbers == sorted(set(numbers))
        if row % 7 == 0:
            margins = [o.margin_m(int(lats[row]), int(lons[row])) for _, o in shapes]
            # At a pole a distance is another, and a hole outside of its outer ring has borders that are none.
            odd = [isinstance(o.shape, Area) and (o.shape.polar or len(o.shape.starts) > 2) for _, o in shapes]
            reach = [0.0 if margin >= 0 else -1.01 * margin for margin in margins]
            within = {n for n, r in enumerate(reach) if r <= reaches[row] and r < 5e4 and not odd[n]}
            assert within <= set(numbers)


def test_far_from_everything_nothing_is_near_and_without_zones_nothing_is_found():
    engine = engines.build([bare(0, (SQUARES[0], compile_outline(SQUARES[0])))])
    assert engine.near(0, 0, 1000.0) == []
    empty = engines.build([])
    assert (empty.near(0, 0, 5.0), found(empty.inside_many(np.array([0]), np.array([0])))) == ([], [[]])


def test_an_order_brings_places_of_one_cell_together_and_changes_no_answer():
    chance = np.random.default_rng(5)
    shapes = [made.outline(chance) for _ in range(20)]
    engine = engines.build([bare(number, shape) for number, shape in enumerate(shapes)])
    lats, lons = (np.concatenate(each) for each in zip(*(made.places(chance, o) for _, o in shapes), strict=True))
    order = engine.order(lats, lons)
    assert sorted(order.tolist()) == list(range(len(lats)))
    by_order, straight = found(engine.inside_many(lats[order], lons[order])), found(engine.inside_many(lats, lons))
    assert by_order == [straight[each] for each in order]


def test_what_is_no_place_is_refused():
    engine = engines.build([])
    for lat, lon in ((POLE + 1, 0), (0, HALF + 1), (0, -HALF - 1)):
        with pytest.raises(ValueError, match="1e-7 degree"):
            engine.inside_many(np.array([lat]), np.array([lon]))
        with pytest.raises(ValueError, match="1e-7 degree"):
            engine.one(lat, lon, np.zeros(5, np.int64), 0)
    with pytest.raises(ValueError, match="one length"):
        engine.inside_many(np.array([1, 2]), np.array([1]))


_SCRIPT = """
import json, numpy as np
from skykeep.rules import engine as engines
from tests.rules import made, test_engine
chance = np.random.default_rng(77)
shapes = [made.outline(chance) for _ in range(4)]
zones = [test_engine.bare(number, shape) for number, shape in enumerate(shapes)]
engine = engines.updated(engines.build(zones[1:]), zones, [0], [])
lats, lons = (np.concatenate(each) for each in zip(*(made.places(chance, o) for _, o in shapes), strict=True))
heights = np.full((len(lats), 5), 0)
times = np.full(len(lats), test_engine.T0)
got = [*engine.inside_many(lats, lons), *engine.judge_many(lats, lons, heights, times)]
got += [*engine.near_many(lats[:40], lons[:40], np.full(40, 700.0)), engine.order(lats, lons)]
print(json.dumps([each.tolist() for each in got]))
"""


def test_without_the_compiler_the_answers_are_the_same():
    def told(**environment):
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT], env=os.environ | environment, check=True, capture_output=True, text=True
        )
        return json.loads(done.stdout)

    assert told(NUMBA_DISABLE_JIT="1") == told()
