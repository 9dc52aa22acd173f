"""Sensor files: what they become, what is refused in which words, and the horizon against another reckoning."""

import datetime as dt
import hashlib
import math
import re

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts import codec
from skykeep.facts.enacted import ObjectKnown, SensorDeclared, SiteProtected
from skykeep.station import horizon, sensorfile
from tests.house.checks import ROOT
from tests.station.test_terrain import hills, tiff

GEOID = "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=vgridshift +grids=/usr/share/proj/egm96_15.gtx +multiplier=1 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
PAGES = [ROOT / "docs/reference/formats/sensors.md", ROOT / "docs/how-to/declare-sensors.md"]
SENSOR = '[[sensor]]\nid = "r"\nmodality = "radar"\n'
PLACED = SENSOR + "lat = 46.9\nlon = 8.1\nalt_hae_m = 900\n"
COVERS = "[sensor.coverage]\nrange_max_m = 4000\n"


def load(tmp_path, text, terrain=()):
    path = tmp_path / "sensors.toml"
    path.write_text(text)
    return sensorfile.load(path, terrain)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_example_in_the_docs_is_read(tmp_path, page):
    shown = re.findall(r"```toml\n(.*?)```", re.sub(r"^   ", "", page.read_text(), flags=re.MULTILINE), re.DOTALL)
    assert shown
    for text in shown:
        assert load(tmp_path, text)


def test_the_whole_example_becomes_facts(tmp_path):
    (text,) = re.findall(r"```toml\n(.*?)```", PAGES[0].read_text(), re.DOTALL)
    sensor, site, known = load(tmp_path, text)
    assert all(codec.decode(codec.encode(fact)) == fact for fact in (sensor, site, known))
    assert isinstance(sensor, SensorDeclared)
    assert (sensor.lat_e7, sensor.lon_e7) == (504_501_000, 305_234_000)
    lift_m = pyproj.Transformer.from_pipeline(GEOID).transform(30.5234, 50.4501, 182.0)[2]
    assert sensor.alt_mm == pytest.approx(1e3 * lift_m, abs=20)
    assert (sensor.range_sigma_mm, sensor.azimuth_sigma_urad, sensor.elevation_sigma_urad) == (5_000, 2_618, 5_236)
    assert (sensor.doppler_sigma_mmps, sensor.period_ms, sensor.latency_ms, sensor.scan) == (500, 1_000, 200, "whole")
    assert (sensor.clock, sensor.clock_sigma_us, sensor.detection_ppm, sensor.clutter_milli) == (
        "synchronised",
        None,
        900_000,
        50_000,
    )
    assert (sensor.pos_accuracy_mm, sensor.alt_accuracy_mm, sensor.simulated) == (30_000, 30_000, False)
    cover, (patch,) = sensor.coverage, sensor.patches
    assert (cover.range_min_mm, cover.range_max_mm, cover.floor_mm, cover.ceiling_mm) == (
        150_000,
        12_000_000,
        150_000,
        800_000,
    )
    assert (cover.azimuth_from_urad, cover.azimuth_to_urad, cover.horizon_urad) == (0, 6_283_185, ())
    assert (cover.elevation_min_urad, cover.elevation_max_urad) == (-34_907, 698_132)
    assert (patch.azimuth_from_urad, patch.azimuth_to_urad) == (5_934_119, 5_934_119 + 698_132)
    assert (patch.range_to_mm, patch.detection_ppm, patch.clutter_ppm) == (3_000_000, 400_000, 5_000_000)
    assert isinstance(site, SiteProtected)
    assert (site.site_id, site.name, site.radius_mm, site.from_ns, site.until_ns, site.version) == (
        "hospital",
        "City hospital",
        400_000,
        0,
        None,
        1,
    )
    assert isinstance(known, ObjectKnown)
    begin = dt.datetime(2026, 5, 1, 6, tzinfo=dt.UTC)
    assert known.from_ns == int(begin.timestamp()) * 10**9
    assert (known.until_ns - known.from_ns, known.floor_mm, known.ceiling_mm, known.kind) == (
        14 * 3600 * 10**9,
        None,
        420_000,
        "balloon",
    )


def test_the_least_sensor_leaves_everything_unknown(tmp_path):
    (sensor,) = load(tmp_path, SENSOR)
    unknown = {name for name in sensor.__struct_fields__ if getattr(sensor, name) in {None, ()}}
    assert len(unknown) == 15
    assert (sensor.scan, sensor.clock) == ("each", "unknown")


@pytest.mark.parametrize(
    ("text", "words"),
    [("x = 1", "unknown table 'x'"), ("[sensor]\nid = 'r'", "two brackets"), ("[[sensor", "is no TOML"), ("sensor = [3]", "sensor number 1: Expected"),
     ("[[sensor]]\nid = 'r'", "sensor 'r': Object missing required field `modality`"), (SENSOR + "speed = 3", "sensor 'r': Object contains unknown field `speed`"),
     (SENSOR + "lat = 95.0", "`$.lat`"), (SENSOR + "lat = 'x'", "`$.lat`"), (SENSOR + "lat = 5", "a place is lat, lon and a height"),
     (SENSOR + "lat = nan\nlon = 1\nalt_hae_m = 1", "lat"), (SENSOR + "detection = nan", "detection"), (SENSOR + "period_s = inf", "period_s"),
     (PLACED + "alt_amsl_m = 5", "both given"), (SENSOR + "range_sigma_m = 5", "range_sigma_m is given, and no place"),
     (SENSOR + COVERS, "coverage is given, and no place"), (SENSOR + "[[sensor.patch]]\ndetection = 0.5", "a patch is given, and no place"),
     (PLACED + "[sensor.coverage]\nrange_max_m = 40\nrange_min_m = 50", "range_max_m is not beyond"), (PLACED + "[sensor.coverage]\n", "range_max_m"),
     (PLACED + COVERS + "elevation_max_deg = -90", "elevation_max_deg is not above"), (PLACED + COVERS + "floor_hae_m = 5\nceiling_hae_m = 5", "ceiling_hae_m is not above"),
     (PLACED + COVERS + "azimuth_to_deg = 700", "is no sector"), (PLACED + "[[sensor.patch]]\ndetection = 0.5\nrange_from_m = 9\nrange_to_m = 9", "patch 1: range_to_m"),
     (PLACED + "clock = 'good'", "`$.clock`"), (SENSOR + SENSOR, "'r' is declared twice"), (PLACED + "[[sensor.patch]]\ndetection = 2", "`$.patch[0].detection`"),
     ("[[site]]\nid = 's'\nname = 'n'\nlat = 1\nlon = 1\nradius_m = 5\nuntil = 2026-05-01T10:00:00", "`$.until`"),
     ("[[site]]\nid = 's'\nname = 'n'\nlat = 1\nlon = 1\nradius_m = 5\nfrom = 2026-05-01T10:00:00Z\nuntil = 2026-05-01T09:00:00Z", "until is not after from"),
     ("[[site]]\nid = 's'\nname = 'n'\nlat = 1\nlon = 1\nradius_m = 5\nfrom = 0001-05-01T10:00:00Z", "lies outside 1971 to 2199"),
     ("[[object]]\nid = 'o'\nkind = 'kite'\nlat = 1\nlon = 1\nradius_m = 5\nsource = 's'\nfrom = 2026-05-01T10:00:00Z\nuntil = 2026-05-01T10:00:00Z", "object 'o': until is not after"),
     ("a = " + "[" * 5_000, "brackets are nested too deeply")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_the_table_and_the_key(tmp_path, text, words):
    with pytest.raises(Refused, match=re.escape(words)):
        load(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(Refused, match="no such file"):
        sensorfile.load(tmp_path / "none.toml")
    with pytest.raises(Refused, match="no such file"):
        sensorfile.load(tmp_path)


def test_several_files_are_one_and_a_name_stands_in_one_of_them(tmp_path):
    for name, text in (("a", SENSOR), ("b", SENSOR.replace('"r"', '"q"')), ("c", SENSOR)):
        (tmp_path / name).write_text(text)
    given_ = sensorfile.load_all([tmp_path / "a", tmp_path / "b"])
    assert given_.sensor_ids() == {"r", "q"}
    assert [kind for kind, _ in given_.sha256s] == ["sensors", "sensors"]
    with pytest.raises(Refused, match="twice"):
        sensorfile.load_all([tmp_path / "a", tmp_path / "c"])


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.datetimes(),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*sensorfile.SensorTable.__struct_encode_fields__, "x"]), inner, max_size=6),
                    max_leaves=12))  # fmt: skip
def test_a_table_of_anything_is_read_or_refused(entry):
    for make in (sensorfile._sensor, sensorfile._site, sensorfile._object):
        table = {"id": "a", "modality": "radar"} | entry if isinstance(entry, dict) else entry
        made = outcome(make, table)
        assert made.startswith("f: sensor 'a'") if isinstance(made, str) else codec.decode(codec.encode(made)) == made


def outcome(make, table):
    try:
        return make(table, "f: sensor 'a'")
    except Refused as error:
        return str(error)


# ---- the horizon ---------------------------------------------------------------------------------

ENU = pyproj.Transformer.from_pipeline("+proj=topocentric +ellps=WGS84 +lon_0=8.1 +lat_0=46.9 +h_0=900")


def test_the_horizon_over_hills_is_as_another_reckoning_says(tmp_path):
    ground = tiff(tmp_path / "hills.tif")
    (sensor,) = load(tmp_path, PLACED + COVERS, [ground])
    found = np.array(sensor.coverage.horizon_urad) / 1e6
    away = np.arange(50.0, 4_001.0, 10.0)
    azimuths = np.arange(0, 360, 0.25)
    lon, lat, _ = pyproj.Geod(ellps="WGS84").fwd(*np.broadcast_arrays(8.1, 46.9, azimuths[:, None], away[None, :]))
    undulation = pyproj.Transformer.from_pipeline(GEOID).transform(8.1, 46.9, 0.0)[2]
    to_ecef = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    east, north, up = ENU.transform(*to_ecef.transform(lon, lat, hills(lat, lon) + undulation))
    level = np.hypot(east, north)
    edges = np.arctan2(up + level**2 / 2 / 6_371_000 * 0.25, level).max(axis=1)
    expected = np.array([edges[np.arange(4 * k - 2, 4 * k + 3) % len(edges)].max() for k in range(360)])
    assert len(found) == 360
    assert np.abs(found - expected).max() < 2e-3  # 30 m of sampling, 1 m of height at some hundred metres
    assert found.max() - found.min() > 0.02
    assert sensor.horizon_sha256 == hashlib.sha256(ground.read_bytes()).hexdigest()


def test_a_wall_hides_what_is_behind_it_and_nothing_else(tmp_path):
    data = np.full((240, 240), 400.0)
    data[:, 150:156] = 1_400.0  # a ridge from north to south, east of the sensor
    ground = tiff(tmp_path / "wall.tif", data=data)
    (sensor,) = load(tmp_path, PLACED + COVERS, [ground])
    degrees = np.degrees(np.array(sensor.coverage.horizon_urad) / 1e6)
    east_m = (150.5 / 1200 - 0.1) * 111_320 * math.cos(math.radians(46.9))
    assert degrees[90] == pytest.approx(math.degrees(math.atan2(1_400 + 48 - 900, east_m)), abs=1.5)
    assert degrees[270] < -3
    assert degrees[0] < -3


def test_a_horizon_that_the_file_gives_is_kept_and_without_terrain_there_is_none(tmp_path):
    given_ = load(tmp_path, PLACED + COVERS + "horizon_deg = [1.0, 2.0]", [tiff(tmp_path / "hills.tif")])
    assert given_[0].coverage.horizon_urad == (17_453, 34_907)
    assert given_[0].horizon_sha256 is None
    (bare,) = load(tmp_path, PLACED + COVERS)
    assert bare.coverage.horizon_urad == ()


def test_what_terrain_does_not_tell_is_said(tmp_path):
    far, half = tiff(tmp_path / "far.tif", west=20.0), tiff(tmp_path / "half.tif", west=8.1)
    path = tmp_path / "s.toml"
    path.write_text(PLACED.replace("900", "300") + COVERS + SENSOR.replace('"r"', '"q"'))
    without = sensorfile.load_all([path], [far])
    assert without.notes == ["sensor 'r': no terrain about it, so its horizon is not known"]
    assert without.facts[0].coverage.horizon_urad == ()
    partly = sensorfile.load_all([path], [half])
    assert re.fullmatch(r"sensor 'r': no terrain in 1[78]\d of 360 directions", partly.notes[0])
    assert re.fullmatch(r"sensor 'r' stands \d+ m under the ground: is its height right\?", partly.notes[1])
    assert min(partly.facts[0].coverage.horizon_urad) == -1_570_796


def test_several_terrain_files_have_one_hash(tmp_path):
    files = [tiff(tmp_path / "a.tif"), tiff(tmp_path / "b.tif", west=8.05)]
    one, other = (load(tmp_path, PLACED + COVERS, order)[0].horizon_sha256 for order in (files, files[::-1]))
    assert one == other
    assert re.fullmatch("[0-9a-f]{64}", one)


def test_the_geoid_at_a_place():
    lift_m = pyproj.Transformer.from_pipeline(GEOID).transform(8.1, 46.9, 0.0)[2]
    assert horizon.geoid_mm(469_000_000, 81_000_000) == pytest.approx(1e3 * lift_m, abs=20)
