"""Terrain files made here: GeoTIFF and HGT, any reference system, holes, seams; sampled and compared with the source."""

import itertools
import math
import warnings

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.geo.altitude import Datum
from skykeep.rules.heights import compile_surface
from skykeep.station import heights, terrain
from skykeep.station.boxes import BOXES_MAX, Box, _meet, about_places, about_volumes, joined
from tests.rules import examples as ex

LAT, LON = 47.0, 8.0
STEP = 1 / 1200  # three seconds of arc
NODATA = -9999.0


def hills(lat, lon):
    """A smooth land between about 300 and 900 m."""
    return 600 + 200 * np.sin(lat * 60) + 100 * np.cos(lon * 45)


def tiff(path, *, size=240, west=LON, north=LAT, step=STEP, crs="EPSG:4326", data=None, **more):
    """Write a GeoTIFF of pixels as areas; `data` (rows, columns), else hills at the centres of pixels."""
    if data is None:
        rows, columns = np.mgrid[0:size, 0:size] + 0.5
        data = hills(north - rows * step, west + columns * step)
    bands = np.atleast_3d(data.T).T if data.ndim == 2 else data
    profile = {"driver": "GTiff", "width": data.shape[-1], "height": data.shape[-2], "count": bands.shape[0],
               "dtype": "float32", "crs": crs, "transform": Affine(step, 0, west, 0, -step, north)}  # fmt: skip
    units = more.pop("units", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path, "w", **profile | more) as out:
            out.write(bands.astype(out.dtypes[0]))
            if units:
                out.units = [units]
    return path


def hgt(path, data):
    data.astype(">i2").tofile(path)
    return path


def box(south=46.85, north=46.95, west=8.05, east=8.15):
    return Box(round(south * 1e7), round(north * 1e7), round(west * 1e7), round((east - west) * 1e7))


def only(sampled):
    (surface,) = sampled.surfaces
    return surface


def height_m(surface, lat, lon):
    found = compile_surface(surface).look_up(round(lat * 1e7), round(lon * 1e7))
    return None if found is None else found[0] / 1e3


def bilinear_m(path, lat, lon):
    """The oracle: rasterio's own array, and four pixels by hand."""
    with rasterio.open(path) as source:
        data = source.read(1).astype(float)
        at = source.transform
    x, y = (lon - at.c) / at.a - 0.5, (lat - at.f) / at.e - 0.5
    c, r = int(x), int(y)
    x, y = x - c, y - r
    return (data[r, c] * (1 - x) + data[r, c + 1] * x) * (1 - y) + (
        data[r + 1, c] * (1 - x) + data[r + 1, c + 1] * x
    ) * y


def test_random_places_have_the_height_of_the_file_within_what_sampling_loses(tmp_path):
    path = tiff(tmp_path / "a.tif")
    surface = only(terrain.load([path], [box()], sigma_m=0.0))
    assert (surface.kind, surface.datum, surface.source) == ("terrain", Datum.AMSL, "a.tif")
    chance = np.random.default_rng(3)
    off = [
        height_m(surface, lat, lon) - bilinear_m(path, lat, lon)
        for lat, lon in zip(chance.uniform(46.85, 46.95, 500), chance.uniform(8.05, 8.15, 500), strict=True)
    ]
    assert np.sqrt(np.mean(np.square(off))) <= surface.sigma_mm / 1e3
    assert np.abs(off).max() < 0.5
    assert surface.sigma_mm < 500


def test_a_surface_is_a_fact_that_survives_the_record(tmp_path):
    surface = only(terrain.load([tiff(tmp_path / "a.tif")], [box()]))
    assert codec.decode(codec.encode(surface)) == surface
    assert len(surface.nodes) == 2 * surface.rows * surface.columns
    assert len(surface.source_sha256) == 64


def test_the_error_that_is_assumed_of_the_file_joins_that_of_the_sampling(tmp_path):
    path = tiff(tmp_path / "a.tif")
    alone = only(terrain.load([path], [box()], sigma_m=0.0)).sigma_mm
    both = only(terrain.load([path], [box()], sigma_m=6.0)).sigma_mm
    assert both == pytest.approx(math.hypot(6000, alone), abs=2)


def test_coarser_samples_say_how_much_they_lose(tmp_path, monkeypatch):
    path = tiff(tmp_path / "a.tif", data=np.random.default_rng(5).uniform(300, 900, (240, 240)))
    fine = only(terrain.load([path], [box()], sigma_m=0.0))
    monkeypatch.setattr(terrain, "NODES_MAX", 400)
    coarse = only(terrain.load([path], [box()], sigma_m=0.0))
    assert coarse.rows * coarse.columns <= 400 < fine.rows * fine.columns
    assert coarse.sigma_mm > 150_000 > fine.sigma_mm  # white noise of 173 m is lost whole
    edges = [(46.85, 8.05), (46.95, 8.15), (46.85, 8.15), (46.95, 8.05)]
    assert None not in [height_m(coarse, *edge) for edge in edges]


def test_an_hgt_file(tmp_path):
    rows, columns = np.mgrid[0:1201, 0:1201]
    path = hgt(tmp_path / "N46E008.hgt", hills(47 - rows / 1200, 8 + columns / 1200).round())
    surface = only(terrain.load([path], [box()], sigma_m=0.0))
    for lat, lon in ((46.85, 8.05), (46.9, 8.1), (46.95, 8.15), (46.87654, 8.12345)):
        assert height_m(surface, lat, lon) == pytest.approx(hills(lat, lon), abs=1.0)


def test_two_hgt_tiles_leave_no_seam(tmp_path):
    rows, columns = np.mgrid[0:1201, 0:1201]
    west = hgt(tmp_path / "N46E008.hgt", hills(47 - rows / 1200, 8 + columns / 1200).round())
    east = hgt(tmp_path / "N46E009.hgt", hills(47 - rows / 1200, 9 + columns / 1200).round())
    surfaces = terrain.load([west, east], [box(west=8.95, east=9.05)], sigma_m=0.0).surfaces
    for lon in np.linspace(8.96, 9.04, 801):
        found = [height for surface in surfaces if (height := height_m(surface, 46.9, lon)) is not None]
        assert found
        assert found[0] == pytest.approx(hills(46.9, lon), abs=3.0)


def test_two_tiles_of_pixels_as_areas_leave_no_seam(tmp_path):
    files = [tiff(tmp_path / f"{name}.tif", west=west, size=120) for name, west in (("a", 8.0), ("b", 8.1))]
    surfaces = terrain.load(files, [box(46.92, 46.98, 8.05, 8.15)], sigma_m=0.0).surfaces
    for lon in np.linspace(8.06, 8.14, 999):
        assert any(height_m(surface, 46.95, lon) is not None for surface in surfaces)


@pytest.mark.parametrize(
    ("crs", "west", "north"), [("EPSG:2056", 2_680_000, 1_190_000), ("EPSG:32632", 420_000, 5_200_000)]
)
def test_a_projected_file_is_sampled_in_latitude_and_longitude(tmp_path, crs, west, north):
    import pyproj

    turn = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    back = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    rows, columns = np.mgrid[0:300, 0:300] + 0.5
    data = 500 + columns * 0.8 + rows * 0.3  # a plane in the file's own system
    path = tiff(tmp_path / "p.tif", west=west, north=north, step=25.0, crs=crs, data=data)
    lon, lat = back.transform(west + 3_750, north - 3_750)
    surface = only(terrain.load([path], [box(lat - 0.01, lat + 0.01, lon - 0.01, lon + 0.01)], sigma_m=0.0))
    chance = np.random.default_rng(8)
    for at_lat, at_lon in chance.uniform([lat - 0.01, lon - 0.01], [lat + 0.01, lon + 0.01], (100, 2)):
        x, y = turn.transform(at_lon, at_lat)
        wanted = 500 + (x - west) / 25 * 0.8 + (north - y) / 25 * 0.3
        assert height_m(surface, at_lat, at_lon) == pytest.approx(wanted, abs=0.1)


def test_a_file_across_the_antimeridian(tmp_path):
    path = tiff(tmp_path / "a.tif", west=179.9, north=-16.0)
    surface = only(terrain.load([path], [Box(-161_500_000, -160_500_000, 1_799_500_000, 1_000_000)]))
    assert height_m(surface, -16.1, 179.99) == pytest.approx(hills(-16.1, 179.99), abs=0.5)
    assert height_m(surface, -16.1, -179.99) == pytest.approx(hills(-16.1, 180.01), abs=0.5)


def test_without_data_it_is_unknown_and_not_zero(tmp_path):
    data = np.full((240, 240), 500.0)
    data[120:] = NODATA
    surface = only(terrain.load([tiff(tmp_path / "a.tif", data=data, nodata=NODATA)], [box(46.82, 46.98)]))
    assert height_m(surface, 46.95, 8.1) == 500
    assert height_m(surface, 46.85, 8.1) is None


def test_heights_that_no_ground_has_are_left_out_with_a_note(tmp_path):
    data = np.full((240, 240), 500.0)
    data[120:] = -32767.0
    sampled = terrain.load([tiff(tmp_path / "a.tif", data=data)], [box(46.82, 46.98)])
    assert height_m(only(sampled), 46.85, 8.1) is None
    assert any("no heights of any ground" in note for note in sampled.notes)


def test_areas_that_no_file_covers_are_named(tmp_path):
    path = tiff(tmp_path / "a.tif")
    sampled = terrain.load([path], [box(), box(10.0, 10.1, 20.0, 20.1)])
    assert len(sampled.surfaces) == 1
    assert [note for note in sampled.notes if "10.00 to 10.10 N" in note]
    empty = terrain.load([tiff(tmp_path / "b.tif", data=np.full((240, 240), NODATA), nodata=NODATA)], [box()])
    assert empty.surfaces == ()
    assert "no data" in empty.notes[0]


@pytest.mark.parametrize(
    ("more", "metres"), [({"units": "ft"}, 600 * 0.3048), ({"units": "metre"}, 600.0), ({}, 600.0)]
)
def test_feet_become_metres(tmp_path, more, metres):
    path = tiff(tmp_path / "a.tif", data=np.full((240, 240), 600.0), **more)
    assert height_m(only(terrain.load([path], [box()])), 46.9, 8.1) == pytest.approx(metres, abs=0.01)


def test_heights_above_the_ellipsoid_stay_so(tmp_path):
    surface = only(terrain.load([tiff(tmp_path / "a.tif", crs="EPSG:4979")], [box()]))
    assert surface.datum is Datum.HAE


def text(path):
    path.write_text("not a raster")
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "missing.tif", "no such file"),
        (lambda folder: folder, "directory"),
        (lambda folder: text(folder / "a.tif"), "no terrain file"),
        (lambda folder: text(folder / "N46E008.hgt"), "no terrain file"),
        (lambda folder: tiff(folder / "a.tif", crs=None), "does not say where it lies"),
        (lambda folder: tiff(folder / "a.tif", data=np.zeros((3, 50, 50))), "3 bands"),
        (lambda folder: tiff(folder / "a.tif", units="fathom"), "'fathom'"),
    ],
)
def test_what_is_no_terrain_is_refused_with_the_reason(tmp_path, make, words):
    with pytest.raises(Refused, match=words):
        terrain.load([make(tmp_path)], [box()])


def test_a_file_that_points_elsewhere_is_not_followed(tmp_path):
    tiff(tmp_path / "a.tif")
    (tmp_path / "b.tif").write_text(
        '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"/></VRTDataset>'
    )
    with pytest.raises(Refused, match="no terrain file"):
        terrain.load([tmp_path / "b.tif"], [box()])


# ---- areas and what a law needs ---------------------------------------------------------------------


def test_only_volumes_with_heights_need_terrain():
    limited = ex.volume(ceiling=ex.metres(120))
    assert about_volumes([ex.volume(), ex.volume(ceiling="unlimited"), ex.volume(floor=ex.metres(0))]) == []
    (found,) = about_volumes([limited, ex.volume()])
    assert found.south_e7 < ex.LAT - 90_000 - 400_000
    assert found.west_e7 < ex.LON < found.west_e7 + found.width_e7


boxes = st.builds(
    Box, st.integers(-900_000_000, 0), st.integers(0, 900_000_000), st.integers(-1_800_000_000, 1_799_999_999),
    st.integers(0, 3_600_000_000),
)  # fmt: skip
small = st.builds(
    lambda south, west, size: Box(south, south + size, west, size), st.integers(-899_000_000, 898_000_000),
    st.integers(-1_800_000_000, 1_799_999_999), st.integers(0, 1_000_000),
)  # fmt: skip


@given(st.lists(boxes | small, max_size=8))
def test_joined_boxes_cover_all_that_was_given_and_none_meets_another(given_boxes):
    found = joined(given_boxes)
    for one in given_boxes:
        assert any(
            (
                other.south_e7 <= one.south_e7
                and one.north_e7 <= other.north_e7
                and (one.west_e7 - other.west_e7) % 3_600_000_000 + one.width_e7 <= other.width_e7
            )
            or other.width_e7 == 3_600_000_000
            for other in found
        )
    assert not any(_meet(one, other) for one, other in itertools.combinations(found, 2))
    assert found == sorted(found)


def test_ten_thousand_places_round_the_globe_become_few_boxes():
    chance = np.random.default_rng(9)
    places = list(
        zip(
            chance.integers(-9 * 10**8, 9 * 10**8, 10_000),
            chance.integers(-18 * 10**8, 18 * 10**8, 10_000),
            strict=True,
        )
    )
    found = about_places([(int(lat), int(lon)) for lat, lon in places])
    assert 1 <= len(found) <= BOXES_MAX


def test_a_file_is_read_in_pieces_that_fit_into_memory(tmp_path, monkeypatch):
    path = tiff(tmp_path / "a.tif")
    whole = terrain.load([path], [box()])
    monkeypatch.setattr(terrain, "_CHUNK_PIXELS", 500)
    assert only(terrain.load([path], [box()])).nodes == only(whole).nodes


def test_the_voids_of_an_hgt_file_are_unknown(tmp_path):
    data = np.full((1201, 1201), 700)
    data[600:] = -32768
    surface = only(terrain.load([hgt(tmp_path / "N46E008.hgt", data)], [box(46.4, 46.6)]))
    assert height_m(surface, 46.55, 8.1) == 700
    assert height_m(surface, 46.45, 8.1) is None


def test_a_law_above_the_ground_without_terrain_needs_no_geoid():
    assert heights.over_law([ex.volume(ceiling=ex.metres(120))]).surfaces == ()
    assert heights.over_law([ex.volume()]).surfaces == ()


@pytest.mark.parametrize("datum", [Datum.AMSL, Datum.HAE, Datum.STD])
def test_a_law_above_the_sea_brings_the_geoid_with_its_hash(datum):
    sampled = heights.over_law([ex.volume(ceiling=ex.metres(500, datum))])
    geoid = only(sampled)
    assert geoid.kind == "geoid"
    assert ("geoid", geoid.source_sha256) in sampled.sha256s
    assert height_m(geoid, 50.0, 30.0) is not None
    assert len(geoid.nodes) < 100


def test_terrain_brings_the_geoid_too(tmp_path):
    path = tiff(tmp_path / "a.tif", west=29.9, north=50.1)
    sampled = heights.over_law([ex.volume(ceiling=ex.metres(120))], [path])
    assert [surface.kind for surface in sampled.surfaces] == ["geoid", "terrain"]
    assert [kind for kind, _ in sampled.sha256s] == ["geoid", "terrain"]


def test_terrain_for_a_law_without_heights_is_said_to_be_of_no_use(tmp_path):
    sampled = heights.over_law([ex.volume()], [tiff(tmp_path / "a.tif")])
    assert sampled.surfaces == ()
    assert "none is compared with the terrain" in sampled.notes[0]


def test_places_can_be_asked_without_a_law(tmp_path):
    path = tiff(tmp_path / "a.tif")
    sampled = heights.at_places([(469_000_000, 81_000_000)], [path])
    (ground,) = [surface for surface in sampled.surfaces if surface.kind == "terrain"]
    assert height_m(ground, 46.9, 8.1) == pytest.approx(hills(46.9, 8.1), abs=0.5)
    assert len(about_places([(469_000_000, 81_000_000), (469_000_001, 81_000_000)])) == 1
