"""The probability of being inside, against sampling and closed forms."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.geo.exact import normal_cdf
from skykeep.geo.volumes import compile_polygon, polygon_contains
from skykeep.rules.chance import circle_chance, edge_chance, polygon_chance
from skykeep.rules.outline import compile_outline
from tests.rules import examples as ex


@pytest.mark.parametrize("sigmas", [1.3, ex.SIGMA, 2.0, 3.0])
@pytest.mark.parametrize("length", [20.0, 1e3, 1e9])
def test_a_straight_border_gives_the_normal_distribution(sigmas, length):
    corners = [(-length, -sigmas), (length, -sigmas), (length, length), (-length, length)]
    total = sum(edge_chance(*corners[i - 1], *corners[i]) for i in range(4))
    assert total == pytest.approx(normal_cdf(sigmas), abs=1e-5)


@pytest.mark.parametrize("radius", [0.1, 1.0, 2.4477, 6.9, 7.1, 1e6])
def test_the_middle_of_a_circle_gives_the_rayleigh_distribution(radius):
    assert circle_chance(radius, 0.0) == pytest.approx(1 - math.exp(-radius * radius / 2), abs=1e-9)


def test_a_point_holds_nothing_with_and_without_the_compiler():
    """Where Python divides by nothing, machine code does not say so."""
    for chance in (circle_chance, getattr(circle_chance, "py_func", circle_chance)):
        assert chance(0.0, 0.0) == chance(0.0, 1.0) == 0.0


@pytest.mark.parametrize("radius", [50.0, 1e3, 1e9])
def test_a_large_circle_is_a_straight_border(radius):
    assert circle_chance(radius, radius - ex.SIGMA) == pytest.approx(0.95, abs=0.2 / radius + 1e-6)


@pytest.mark.parametrize(("radius", "away"), [(2.0, 1.0), (3.0, 2.5), (5.0, 6.0), (0.5, 2.0), (30.0, 28.3)])
def test_a_circle_agrees_with_sampling(radius, away):
    chance = random.Random(7)
    inside = sum(math.hypot(chance.gauss(0, 1) - away, chance.gauss(0, 1)) <= radius for _ in range(40_000))
    assert circle_chance(radius, away) == pytest.approx(inside / 40_000, abs=0.012)


SHAPES = {
    "small square": ex.square(15),
    "corner": ex.square(1000, 985, 985),
    "with a hole here": ex.square(1000, holes=[ex.square(18)]),
    "a tiny hole beside": ex.square(1000, holes=[ex.square(0.5, east_m=3)]),
    "a notch": ex.Polygon(rings=(tuple(ex.place(x, y) for x, y in [
        (-500, -500), (500, -500), (500, -17), (-14, -17), (-14, 17), (500, 17), (500, 500), (-500, 500)]),)),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("turned", [False, True])
def test_a_polygon_agrees_with_sampling(name, turned):
    rings = SHAPES[name].rings
    shape = compile_polygon([ring[::-1] for ring in rings] if turned else rings)
    arrays = shape.lat_e7, shape.lon_e7, shape.starts
    sigma_m, chance, inside = 10.0, random.Random(11), 0
    for _ in range(20_000):
        inside += polygon_contains(*arrays, *ex.place(chance.gauss(0, sigma_m), chance.gauss(0, sigma_m)))
    assert polygon_chance(*arrays, ex.LAT, ex.LON, sigma_m) == pytest.approx(inside / 20_000, abs=0.015)


def test_across_the_antimeridian():
    ring = ((0, 1_799_990_000), (0, -1_799_990_000), (20_000, -1_799_990_000), (20_000, 1_799_990_000))
    shape = compile_polygon([ring])
    for lon_e7 in (1_800_000_000, -1_800_000_000, 1_799_995_000, -1_799_995_000):
        assert polygon_chance(shape.lat_e7, shape.lon_e7, shape.starts, 10_000, lon_e7, 10.0) > 0.999


@given(st.floats(-30, 30), st.floats(-30, 30), st.floats(0.5, 40), st.booleans(), st.floats(5, 60))
def test_it_is_a_probability_that_agrees_with_the_side_far_from_the_border(east_m, north_m, sigma_m, round_, half_m):
    outline = compile_outline(ex.circle(half_m) if round_ else ex.square(half_m))
    lat_e7, lon_e7 = ex.place(east_m, north_m)
    margin_m = outline.margin_m(lat_e7, lon_e7)
    chance = outline.chance(lat_e7, lon_e7, sigma_m, margin_m)
    assert 0.0 <= chance <= 1.0
    if abs(margin_m) >= 2.45 * sigma_m:
        assert (chance > 0.95) == (margin_m > 0)
    if margin_m < -1.645 * sigma_m:
        assert chance <= 0.0501  # both shapes are convex: a half-plane holds them


def test_without_error_the_side_decides():
    outline = compile_outline(ex.square(100))
    assert outline.chance(ex.LAT, ex.LON, 0.0, 5.0) == 1.0
    assert outline.chance(ex.LAT, ex.LON, 0.0, 0.0) == 1.0
    assert outline.chance(ex.LAT, ex.LON, 0.0, -1e-9) == 0.0
