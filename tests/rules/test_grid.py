"""What a grid cell says of an outline is so for every place of the cell."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.geo import geodesic
from skykeep.rules import grid
from tests.rules import made

TILE = 1 << grid.TILE_SHIFT


def circle(lat_e7, lon_e7, radius_m):
    return np.array([lat_e7, lon_e7, round(radius_m * 1000)]), np.array(grid.circle_quick(lat_e7))


@given(st.floats(-70, 70), st.floats(-180, 180), st.floats(0, 360), st.floats(0, 100_000))
def test_the_quick_distance_is_right_to_the_error_that_it_is_given(lat_deg, lon_deg, bearing_deg, away_m):
    lat_e7, lon_e7 = round(lat_deg * 1e7), round(lon_deg * 1e7)
    north_m, east_m = (away_m * f(math.radians(bearing_deg)) for f in (math.cos, math.sin))
    to_lat = lat_e7 + round(north_m / 0.0111)
    to_lon = made.wrapped(lon_e7 + round(east_m / 0.0111 / math.cos(math.radians(lat_deg))))
    centre, quick = circle(lat_e7, lon_e7, 1.0)
    right_m = geodesic.distance_m(lat_e7 / 1e7, lon_e7 / 1e7, to_lat / 1e7, to_lon / 1e7)
    got_m = grid.quick_distance_m(centre, quick, to_lat, to_lon)
    assert abs(got_m - right_m) <= 0.5 * (grid._QUICK_ERROR * got_m + 1.0)  # half of what is allowed for


@pytest.mark.parametrize("seed", range(5))
def test_a_cell_that_a_circle_holds_or_leaves_out_is_so_at_all_its_places(seed):
    chance = np.random.default_rng(seed)
    said = []
    for _ in range(300):
        lat_e7, lon_e7 = int(chance.uniform(-8.9e8, 8.9e8)), int(chance.uniform(-1.7e9, 1.7e9))
        radius_m, half = 10 ** chance.uniform(1, 6), 1 << int(chance.integers(11, 22))
        centre, quick = circle(lat_e7, lon_e7, radius_m)
        reach_e7 = radius_m / 0.0111 + 2 * half
        north = int(np.clip(lat_e7 + chance.uniform(-1, 1) * reach_e7, -8.9e8, 8.9e8))
        east = int(lon_e7 + chance.uniform(-1, 1) * min(reach_e7 / math.cos(math.radians(lat_e7 / 1e7)), 9e7))
        state = grid.circle_state(centre, quick, north, east, half, half)
        said.append(state)
        for _ in range(12):
            y, x = (int(chance.choice([-half, half - 1, chance.integers(-half, half)])) for _ in range(2))
            holds = grid.circle_holds(centre, quick, made.on_globe(north + y), made.wrapped(east + x))
            assert state == grid.OUTER or holds == (state == grid.IN)
    assert {grid.IN, grid.OUT, grid.OUTER} <= set(said)


@pytest.mark.parametrize("seed", range(5))
def test_a_circle_holds_what_its_geodesic_holds(seed):
    chance = np.random.default_rng(50 + seed)
    for _ in range(40):
        fact, compiled = made.outline(chance)
        while isinstance(compiled.shape, made.volumes.Polygon):
            fact, compiled = made.outline(chance)
        lats, lons = made.places(chance, compiled)
        centre, quick = circle(fact.lat_e7, fact.lon_e7, fact.radius_mm / 1e3)
        got = [bool(grid.circle_holds(centre, quick, lat, lon)) for lat, lon in zip(lats, lons, strict=True)]
        assert got == made.inside(compiled, lats, lons).tolist()


def test_the_size_of_cells_follows_what_lies_in_a_tile():
    def tile(edges, boxes):
        stats = np.zeros(16, np.int64)
        stats[0] = edges
        for shift in range(grid.SHIFT_MIN, grid.TILE_SHIFT + 1):
            stats[1 + shift - grid.SHIFT_MIN] = boxes * 4 ** (grid.TILE_SHIFT - shift)
        return grid.best_shift(stats)

    assert tile(4, 1) > tile(400, 1) > tile(40_000, 1)
    assert tile(40_000, 1) < tile(40_000, 50)  # large zones, each in many cells: larger cells
    assert tile(1, 100) == grid.TILE_SHIFT
    assert all(grid.SHIFT_MIN <= tile(10**k, 1) <= grid.TILE_SHIFT for k in range(9))


def test_a_box_across_the_antimeridian_comes_back_by_turns():
    clipped = np.zeros(8, np.int64)
    box = np.array([0, 10, made.HALF - 5, made.HALF + 5])
    assert [bool(grid.tiles_of(box, turns, clipped)) for turns in (-1, 0, 1)] == [False, True, True]
    assert clipped[2:4].tolist() == [-made.HALF, 5 - made.HALF]
