"""The geoid that is shipped: against PROJ with the grid it came from, at the poles, round the globe, cut to size."""

import pathlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Corrupt
from skykeep.geo import geoid

GRID = pathlib.Path(geoid.__file__).parents[1] / "geodata" / "egm96_15.zz"
PROJ = pathlib.Path("/usr/share/proj/egm96_15.gtx")
ROUNDED_MM = 5.0
NODES = geoid.unpack(GRID.read_bytes())
WHOLE = geoid.whole(NODES)

lats = st.integers(-900_000_000, 900_000_000)
lons = st.integers(-1_800_000_000, 1_800_000_000)


def undulation_mm(one, lat_e7, lon_e7):
    found = one.look_up(lat_e7, lon_e7)
    assert found is not None
    return found[0]


@pytest.fixture(scope="module")
def proj():
    import pyproj

    if not PROJ.exists():
        pytest.skip(f"{PROJ} of Debian's proj-data is not there")
    return pyproj.Transformer.from_pipeline(
        f"+proj=pipeline +step +proj=axisswap +order=2,1 +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f"+step +proj=vgridshift +grids={PROJ} +multiplier=1"
    )


def test_proj_says_the_same_at_20000_places_within_the_rounding_to_a_centimetre(proj):
    chance = np.random.default_rng(96)
    lat = np.round(np.degrees(np.arcsin(chance.uniform(-1, 1, 20_000))) * 1e7).astype(int)
    lon = chance.integers(-1_800_000_000, 1_800_000_000, 20_000)
    wanted = proj.transform(lat / 1e7, lon / 1e7, np.zeros(len(lat)))[2] * 1e3
    ours = np.array([undulation_mm(WHOLE, int(a), int(b)) for a, b in zip(lat, lon, strict=True)])
    assert np.abs(ours - wanted).max() < ROUNDED_MM + 0.01


def test_the_grid_is_the_one_of_proj_rounded_to_a_centimetre():
    if not PROJ.exists():
        pytest.skip(f"{PROJ} of Debian's proj-data is not there")
    source = np.frombuffer(PROJ.read_bytes()[40:], ">f4").reshape(geoid.ROWS, geoid.COLUMNS)
    assert np.abs(source * 1e3 - NODES * 10.0).max() <= ROUNDED_MM + 0.01


@pytest.mark.parametrize(
    ("lat", "lon", "metres"),
    [(38.6281550, 269.7791550, -31.628), (-14.6212170, 305.0211140, -2.969), (46.8743190, 102.4487290, -43.575),
     (-23.6174460, 133.8747120, 15.871), (38.6254730, 359.9995000, 50.066), (-0.4667440, 0.0023000, 17.329)],
)  # fmt: skip
def test_ngas_own_test_places_come_out_within_what_bilinear_interpolation_costs(lat, lon, metres):
    """INTPT's test places with their published heights (NGA, WGS 84 EGM96 15-minute geoid, OUTPUT.DAT)."""
    turned = round(((lon + 180.0) % 360.0 - 180.0) * 1e7)
    assert undulation_mm(WHOLE, round(lat * 1e7), turned) / 1e3 == pytest.approx(metres, abs=0.2)


def test_what_bilinear_costs_is_what_the_module_says():
    """A cubic through four nodes each way stands for the smooth surface, in the middle of every cell."""
    n = NODES.astype(float) * 10.0
    bilinear = (n[:-1] + n[1:]) / 2
    bilinear = (bilinear + np.roll(bilinear, -1, axis=1)) / 2
    across = (-np.roll(n, 1, 1) + 9 * n + 9 * np.roll(n, -1, 1) - np.roll(n, -2, 1)) / 16
    cubic = (-across[:-3] + 9 * across[1:-2] + 9 * across[2:-1] - across[3:]) / 16
    lost = np.abs(cubic - bilinear[1:-1])
    assert np.sqrt((lost**2).mean()) < 50
    assert np.percentile(lost, 99) < 200
    assert lost.max() < 1_050


def test_at_a_pole_the_longitude_does_not_matter():
    for lat_e7 in (900_000_000, -900_000_000):
        found = {
            round(undulation_mm(WHOLE, lat_e7, lon), 6) for lon in range(-1_800_000_000, 1_800_000_001, 123_456_789)
        }
        assert len(found) == 1


@given(lats)
def test_the_antimeridian_is_no_border(lat_e7):
    east, west = undulation_mm(WHOLE, lat_e7, 1_800_000_000), undulation_mm(WHOLE, lat_e7, -1_800_000_000)
    assert east == west
    assert undulation_mm(WHOLE, lat_e7, 1_799_999_999) == pytest.approx(east, abs=1.0)


@given(lats, lats, lons, st.integers(0, 3_600_000_000), st.data())
def test_a_part_cut_out_says_what_the_whole_says(one, other, west, width, data):
    south, north = min(one, other), max(one, other)
    part = geoid.cut(NODES, south, north, west, width)
    lat = data.draw(st.integers(south, north))
    lon = (west + data.draw(st.integers(0, width)) + 1_800_000_000) % 3_600_000_000 - 1_800_000_000
    assert undulation_mm(part, lat, lon) == pytest.approx(undulation_mm(WHOLE, lat, lon), abs=1e-6)


def test_a_part_of_a_town_is_small():
    assert geoid.cut(NODES, 601_000_000, 602_000_000, 248_000_000, 3_000_000).nodes.shape == (2, 3)


def test_packing_and_unpacking_loses_nothing():
    chance = np.random.default_rng(1)
    wild = chance.integers(-32768, 32768, (geoid.ROWS, geoid.COLUMNS)).astype(np.int16)
    assert (geoid.unpack(geoid.pack(wild)) == wild).all()
    assert geoid.pack(NODES) == GRID.read_bytes()


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: data[:99], lambda _: b"", lambda _: b"no"])
def test_a_spoilt_grid_is_corrupt(spoil):
    with pytest.raises(Corrupt, match="install Skykeep again"):
        geoid.unpack(spoil(GRID.read_bytes()))
