"""Heights between the nodes of a grid: against a plain double loop, at borders, round the globe, with holes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.geo.frames import metres_per_e7
from skykeep.geo.surface import TURN_E7, UNKNOWN, grid, interpolate


def made(nodes, south=500_000_000, west=300_000_000, lat_step=2_000, lon_step=3_000, base=0, unit=1):
    array = np.array(nodes)
    rows, columns = array.shape
    return grid(
        array.astype(">i2").tobytes(), rows=rows, columns=columns, south_e7=south, west_e7=west, lat_step_e7=lat_step,
        lon_step_e7=lon_step, base_mm=base, unit_mm=unit,
    )  # fmt: skip


def height(one, lat, lon):
    found = one.look_up(lat, lon)
    return None if found is None else found[0]


nodes = st.integers(2, 5).flatmap(
    lambda rows: st.lists(
        st.lists(st.integers(-32767, 32767), min_size=4, max_size=4), min_size=rows, max_size=rows
    )
)  # fmt: skip


@given(nodes, st.data())
def test_between_the_nodes_it_is_the_weighted_mean_of_four(values, data):
    one = made(values)
    up = data.draw(st.integers(0, 2_000 * (len(values) - 1)))
    along = data.draw(st.integers(0, 9_000))
    y, x = up / 2_000, along / 3_000
    r, c = min(int(y), len(values) - 2), min(int(x), 2)
    y, x = y - r, x - c
    wanted = (
        values[r][c] * (1 - y) * (1 - x) + values[r][c + 1] * (1 - y) * x + values[r + 1][c] * y * (1 - x)
        + values[r + 1][c + 1] * y * x
    )  # fmt: skip
    assert height(one, 500_000_000 + up, 300_000_000 + along) == pytest.approx(wanted, abs=1e-6)


@given(nodes)
def test_at_the_nodes_it_is_the_node_up_to_the_last_one(values):
    one = made(values, base=7_000, unit=10)
    for r, row in enumerate(values):
        for c, value in enumerate(row):
            assert height(one, 500_000_000 + 2_000 * r, 300_000_000 + 3_000 * c) == 7_000 + 10 * value


@pytest.mark.parametrize(("up", "along"), [(-1, 0), (0, -1), (2_001, 0), (0, 3_001), (2_000, TURN_E7 // 2)])
def test_beyond_the_grid_nothing_is_known(up, along):
    assert made([[1, 2], [3, 4]]).look_up(500_000_000 + up, 300_000_000 + along) is None


def test_a_grid_crosses_the_antimeridian():
    one = made([[0, 10, 20], [0, 10, 20]], west=1_799_999_000, lon_step=1_000)
    places = [1_799_999_000, 1_799_999_500, 1_800_000_000, -1_800_000_000, -1_799_999_500, -1_799_999_000]
    assert [height(one, 500_000_000, lon) for lon in places] == [0, 5, 10, 10, 15, 20]
    assert one.look_up(500_000_000, -1_799_998_999) is None


def test_a_grid_round_the_whole_globe_has_no_seam():
    one = made([[0, 90, 180, 90, 0]] * 2, west=-1_800_000_000, lon_step=TURN_E7 // 4)
    assert [height(one, 500_000_000, lon) for lon in (-1_800_000_000, 1_800_000_000, 1_350_000_000)] == [0, 0, 45]


def test_a_cell_with_an_unknown_node_is_unknown_but_for_where_that_node_has_no_weight():
    one = made([[1, 1, 1], [1, UNKNOWN, 1], [1, 1, 1]])
    assert one.look_up(500_000_001, 300_000_001) is None
    assert one.look_up(500_002_000, 300_003_000) is None
    assert one.look_up(500_003_999, 300_005_999) is None
    for lat, lon in ((500_000_000, 300_003_000), (500_000_000, 300_001_500), (500_002_000, 300_000_000)):
        assert height(one, lat, lon) == 1


def test_one_node_is_known_at_its_place_alone():
    one = made([[5]])
    assert height(one, 500_000_000, 300_000_000) == 5
    assert one.look_up(500_000_001, 300_000_000) is None
    assert one.look_up(500_000_000, 300_000_001) is None


def test_the_slope_is_that_of_a_tilted_plane():
    north_m, east_m = metres_per_e7(50.0)
    rise_n, rise_e = 300.0, 400.0  # mm a metre
    north, east = rise_n * north_m * 20_000 / 10, rise_e * east_m * 20_000 / 10
    values = [[round(north * r + east * c) for c in range(3)] for r in range(3)]
    one = made(values, lat_step=20_000, lon_step=20_000, unit=10)
    found = one.look_up(500_005_000, 300_030_000)
    assert found is not None
    assert found[1] == pytest.approx(0.5, rel=1e-3)


def test_at_the_pole_a_column_has_no_width_and_no_slope_of_its_own():
    one = made([[0, 100], [0, 0]], south=899_998_000)
    found = one.look_up(900_000_000, 300_001_000)
    assert found is not None
    assert math.isfinite(found[1])


@pytest.mark.parametrize(
    "wrong",
    [{"rows": 3}, {"rows": 0}, {"columns": 1}, {"lat_step_e7": 0}, {"lon_step_e7": -5}, {"unit_mm": 0},
     {"south_e7": -900_000_001}, {"south_e7": 899_999_000}, {"lon_step_e7": TURN_E7 + 1}],
)  # fmt: skip
def test_numbers_that_make_no_grid_are_refused(wrong):
    right = {"rows": 2, "columns": 2, "south_e7": 0, "west_e7": 0, "lat_step_e7": 2000, "lon_step_e7": 2000,
             "base_mm": 0, "unit_mm": 1}  # fmt: skip
    grid(b"\0" * 8, **right)
    with pytest.raises(Refused):
        grid(b"\0" * 8, **{**right, **wrong})


def test_the_kernel_says_the_same_as_its_own_source():
    state = 7
    values = np.zeros((40, 50), np.int16)
    for k in range(values.size):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.flat[k] = (state >> 40) % 60_000 - 30_000
    plain = getattr(interpolate, "py_func", interpolate)
    for k in range(400):
        place = 500_000_000 + 177 * k, 300_000_000 + 333 * k
        args = (values, 500_000_000, 300_000_000, 2_000, 3_000, *place)
        assert np.array(interpolate(*args)).tobytes() == np.array(plain(*args)).tobytes()


@given(nodes, st.integers(0, 3_000), st.integers(0, 8_000), st.floats(0, 200))
def test_the_relief_is_the_largest_of_slope_and_differences_to_four_places(values, up, along, away_m):
    one = made(values)
    lat, lon = 500_000_000 + min(up, 2_000 * (len(values) - 1)), 300_000_000 + along
    here, rise = one.look_up(lat, lon)
    north_m, east_m = metres_per_e7(lat / 1e7)
    off, beside = int(away_m / north_m), int(away_m / east_m)
    places = [(lat + off, lon), (lat - off, lon), (lat, lon + beside), (lat, lon - beside)]
    around = [abs(found[0] - here) for place in places if (found := one.look_up(*place)) is not None]
    k, differs = one.relief(lat, lon, away_m)
    assert k == here
    assert differs == pytest.approx(max([rise * 1e3 * away_m, *around]), rel=1e-9, abs=1e-9)


def test_the_relief_at_a_pole_and_far_away_is_finite():
    one = made([[0, 100], [0, 0]], south=899_998_000)
    for away_m in (0.0, 50.0, 1e9):
        assert math.isfinite(one.relief(900_000_000, 300_001_000, away_m)[1])
