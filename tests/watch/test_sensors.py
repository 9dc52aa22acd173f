"""The table of sensors: what is declared, who is added unheard-of, and what a place is to each, against another reckoning."""

import math

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.watch import sensors as sn
from skykeep.watch.reports import UP_SIGMA_UNKNOWN_M
from skykeep.watch.settings import WatchSettings
from skykeep.watch.table import MODALITIES
from tests.watch import hearing as he

TURN = 2 * math.pi
ECEF = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
SETTINGS = WatchSettings()


def table(*facts):
    return he.world(*facts).sensors


def at(azimuth_deg, range_m, up_m=300.0):
    """An ECEF place seen from the radar's foot: by PROJ's geodesic, which knows nothing of our frames."""
    lon, lat, _ = pyproj.Geod(ellps="WGS84").fwd(he.LON, he.LAT, azimuth_deg, range_m)
    return ECEF.transform(lon, lat, up_m)


# ---- rows ----------------------------------------------------------------------------------------


def test_a_row_says_what_was_declared():
    made = table(he.radar(latency_ms=120, clock_sigma_us=500))
    assert (made.ids, len(made), made.modality.tolist()) == (["radar"], 1, [MODALITIES.index("radar")])
    assert (made.placed[0], made.merged[0], made.covers[0], made.whole[0], made.sends_tracks[0]) == (1, 1, 1, 1, 0)
    assert (made.pd[0], made.period_ns[0], made.latency_ns[0]) == (0.9, 10**9, 120_000_000)
    assert made.frame[0, 0].tolist() == pytest.approx(ECEF.transform(he.LON, he.LAT, he.ALT), abs=1e-6)
    assert np.allclose(made.frame[0, 1:] @ made.frame[0, 1:].T, np.eye(3), atol=1e-12)


def test_what_is_not_declared_is_not_known():
    plain = table(he.tell.sensor("s")).columns()
    where = at(0, 1_000)
    assert sn.detection(plain, 0, *where) == 0.0
    assert not sn.visible(plain, 0, *where)
    assert (plain.marks[0, sn.PLACED], plain.marks[0, sn.COVERS], plain.marks[0, sn.PERIOD_NS]) == (0, 0, 0)
    nowhere = table(he.radar(lat_e7=None))
    assert (nowhere.placed[0], nowhere.covers[0]) == (0, 0)
    assert sn.detection(nowhere.columns(), 0, *where) == 0.0
    blind = table(he.radar(detection_ppm=None)).columns()
    assert sn.visible(blind, 0, *where)
    assert sn.detection(blind, 0, *where) == 0.0


def test_an_unheard_of_sensor_has_what_the_settings_assume_and_becomes_what_is_declared():
    made = sn.Sensors()
    assumed = WatchSettings(pos_accuracy_assumed_m=12.0, alt_accuracy_assumed_m=34.0)
    assert sn.row_of(made, "b", assumed) == 0
    assert sn.row_of(made, "a", assumed) == 1
    assert sn.row_of(made, "b", assumed) == 0
    numbers = made.columns().numbers
    assert numbers[0, sn.POS_ACCURACY] == 12_000.0
    assert numbers[0, sn.ALT_ACCURACY] == 34_000.0
    assert (made.pd[0], made.merged[0], made.latency_ns[0], made.modality[0]) == (
        -1.0,
        1,
        -1,
        MODALITIES.index("other"),
    )
    sn.declare(made, he.radar("a"))
    assert made.ids == ["b", "a"]
    assert made.pd.tolist() == [-1.0, 0.9]


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=3), st.sampled_from(MODALITIES)), max_size=60))
def test_ranks_follow_the_names_whoever_came_first(wanted):
    made = sn.Sensors()
    rows = [sn.row_of(made, name, SETTINGS, modality) for name, modality in wanted]
    assert [made.keys[row][0] for row in rows] == [name for name, _ in wanted]
    by_rank = [made.keys[row] for row in np.argsort(made.rank)]
    assert by_rank == sorted(made.keys)
    assert sorted(made.rank.tolist()) == list(range(len(made)))


def test_what_speaks_for_several_kinds_of_sensor_has_a_row_for_each():
    made = table(he.tell.sensor("fused", 7_000), he.radar("mast"))
    sn.declare(made, _tracks("fused"))
    rows = [sn.row_of(made, "fused", SETTINGS, modality) for modality in ("radar", "camera", "other", "radar")]
    assert len(set(rows)) == 3
    assert [MODALITIES[made.modality[row]] for row in rows] == ["radar", "camera", "tracks", "radar"]
    assert [made.sends_tracks[row] for row in rows] == [1, 1, 1, 1]
    assert sn.row_of(made, "mast", SETTINGS, "camera") == sn.row_of(made, "mast", SETTINGS)
    sn.declare(made, he.radar("fused"))
    assert {MODALITIES[made.modality[row]] for row in rows} == {"radar"}
    assert made.pd[rows].tolist() == [0.9] * 4


def _tracks(sensor_id):
    return he.radar(sensor_id, "tracks")


def test_a_later_declaration_replaces_the_row_and_leaves_the_others():
    horizon = tuple(range(0, 36_000, 100))
    first = he.radar("a", coverage=he.coverage(horizon_urad=horizon), patches=(he.patch(), he.patch()))
    other = he.radar("b", coverage=he.coverage(horizon_urad=horizon[::-1]), patches=(he.patch(detection_ppm=1),))
    made = table(first, other)
    before = [sn.detection(made.columns(), 1, *at(az, 4_000)) for az in range(0, 360, 7)]
    for again in (
        he.radar("a", patches=(he.patch(detection_ppm=700_000),)),
        he.radar("a", coverage=he.coverage(horizon_urad=horizon * 2)),
        first,
    ):
        sn.declare(made, again)
        fresh = table(again, other)
        for azimuth in range(0, 360, 7):
            place = at(azimuth, 4_000)
            assert sn.detection(made.columns(), 0, *place) == sn.detection(fresh.columns(), 0, *place)
        assert [sn.detection(made.columns(), 1, *at(az, 4_000)) for az in range(0, 360, 7)] == before
    size = len(made.columns().pool)
    for _ in range(50):
        sn.declare(made, first)
    assert len(made.columns().pool) == size


def test_from_its_keys_and_declarations_the_table_is_the_same():
    made = sn.Sensors()
    facts = [he.radar("m", patches=(he.patch(),)), _tracks("f"), he.tell.sensor("z"), he.radar("m")]
    for k in range(40):
        sn.row_of(made, f"new-{k * 7 % 40}", SETTINGS)
    for fact in facts:
        sn.declare(made, fact)
        sn.row_of(made, "f", SETTINGS, "camera")
    again = sn.rebuilt(made.keys, facts, SETTINGS)
    assert again.keys == made.keys
    for name in ("numbers", "frame"):
        assert getattr(again.columns(), name).tobytes() == getattr(made.columns(), name).tobytes()
    apart = [sn.HORIZON, sn.HORIZON_ROOM, sn.PATCH, sn.PATCH_ROOM]  # where in the pool: not what it says
    assert np.delete(again.columns().marks, apart, 1).tobytes() == np.delete(made.columns().marks, apart, 1).tobytes()


# ---- where it sees -------------------------------------------------------------------------------

angles = st.integers(-6_283_185, 12_566_370)
spans = st.integers(0, 6_283_185) | st.just(6_283_185)
covers = st.builds(
    lambda near, far, begin, span, low, high, floor, ceiling, horizon: he.coverage(
        range_min_mm=near, range_max_mm=near + far, azimuth_from_urad=begin, azimuth_to_urad=begin + span,
        elevation_min_urad=low, elevation_max_urad=low + high, floor_mm=floor, ceiling_mm=ceiling, horizon_urad=tuple(horizon)),
    st.integers(0, 3_000_000), st.integers(1, 20_000_000), angles, spans, st.integers(-200_000, 50_000), st.integers(1, 1_500_000),
    st.none() | st.integers(0, 300_000), st.none() | st.integers(100_000, 600_000), st.lists(st.integers(-20_000, 60_000), max_size=12),
)  # fmt: skip
patches = st.lists(
    st.builds(lambda begin, span, near, far, pd, clutter: he.patch((begin, begin + span), (near, near + far), pd, clutter),
              angles, spans, st.integers(0, 6_000_000), st.integers(1, 9_000_000), st.integers(0, 10**6), st.integers(0, 10**7)),
    max_size=4,
)  # fmt: skip
places = st.tuples(st.integers(0, 3_599), st.integers(1, 12_000), st.integers(-100, 900))


def oracle(fact, place):
    """Pd, clutter factor and how near to a border it was decided, in plain Python from PROJ's topocentric place."""
    enu = pyproj.Transformer.from_pipeline(
        f"+proj=topocentric +ellps=WGS84 +lon_0={he.LON} +lat_0={he.LAT} +h_0={he.ALT}"
    )
    east, north, up = enu.transform(*place)
    range_m, azimuth = math.sqrt(east * east + north * north + up * up), math.atan2(east, north)
    elevation = math.asin(up / range_m)
    cover, near = fact.coverage, math.inf
    _, _, alt = ECEF.transform(*place, direction="INVERSE")
    inside = True
    for value, low, high, scale in (
        (range_m * 1e3, cover.range_min_mm, cover.range_max_mm, 1e-3), (elevation * 1e6, cover.elevation_min_urad, cover.elevation_max_urad, 1e-3),
        (alt * 1e3, -1e15 if cover.floor_mm is None else cover.floor_mm, 1e15 if cover.ceiling_mm is None else cover.ceiling_mm, 1e-3),
    ):  # fmt: skip
        inside &= low <= value <= high
        near = min(near, abs(value - low) * scale, abs(value - high) * scale)
    sector, gap = in_sector(azimuth, cover.azimuth_from_urad, cover.azimuth_to_urad)
    inside, near = inside and sector, min(near, gap)
    if cover.horizon_urad:
        steps = np.append(cover.horizon_urad, cover.horizon_urad[0]) / 1e6
        edge = np.interp(azimuth % TURN, np.linspace(0, TURN, len(steps)), steps)
        inside, near = inside and elevation >= edge, min(near, abs(elevation - edge) * 1e3)
    pd, factor = fact.detection_ppm / 1e6, 1.0
    for each in reversed(fact.patches):
        sector, gap = in_sector(azimuth, each.azimuth_from_urad, each.azimuth_to_urad)
        near = min(near, gap, abs(range_m - each.range_from_mm / 1e3), abs(range_m - each.range_to_mm / 1e3))
        if sector and each.range_from_mm <= range_m * 1e3 <= each.range_to_mm:
            pd, factor = each.detection_ppm / 1e6, max(each.clutter_ppm / 1e6, sn.CLUTTER_LEAST)
    return (pd if inside else 0.0), factor, near


def in_sector(azimuth, from_urad, to_urad):
    """Whether it is inside, and how far from the sector's borders, in thousandths of a radian."""
    span = (to_urad - from_urad) / 1e6
    if to_urad - from_urad >= 6_283_185:
        return True, math.inf
    past = (azimuth - from_urad / 1e6) % TURN
    return past <= span, 1e3 * min(past, TURN - past, abs(past - span))


@given(covers, patches, places)
@settings(max_examples=300)
def test_detection_and_clutter_are_as_another_reckoning_says(cover, laid, place):
    fact = he.radar(coverage=cover, patches=tuple(laid))
    columns = table(fact).columns()
    where = at(place[0] / 10, float(place[1]), float(place[2]))
    pd, factor, near = oracle(fact, where)
    if near < 1e-3:  # a millimetre or a microradian from a border either answer is right
        return
    assert sn.detection(columns, 0, *where) == pd
    assert sn.clutter_at(columns, 0, *where) == pytest.approx(columns.numbers[0, sn.CLUTTER] * factor, rel=1e-12)
    assert sn.clutter_flat_at(columns, 0, *where) == pytest.approx(
        columns.numbers[0, sn.CLUTTER_FLAT] * factor, rel=1e-12
    )


def test_a_sector_may_cross_north_and_a_full_turn_has_no_gap():
    made = table(he.radar(coverage=he.coverage(azimuth_from_urad=5_900_000, azimuth_to_urad=6_700_000))).columns()
    seen = [azimuth for azimuth in range(0, 360, 10) if sn.visible(made, 0, *at(azimuth, 3_000))]
    assert seen == [0, 10, 20, 340, 350]
    round_ = table(he.radar()).columns()
    assert all(sn.visible(round_, 0, *at(azimuth / 1e5, 3_000)) for azimuth in range(-5, 6))


# ---- how many false reports ----------------------------------------------------------------------


def density(**given):
    return float(table(he.radar(**given)).clutter[0])


def test_false_reports_are_spread_over_the_coverage():
    cover = he.coverage(range_min_mm=1_000_000, range_max_mm=5_000_000, azimuth_from_urad=0, azimuth_to_urad=1_570_796,
                        floor_mm=50_000, ceiling_mm=450_000)  # fmt: skip
    area = math.pi / 4 * (5_000**2 - 1_000**2)
    assert density(coverage=cover) == pytest.approx(50 / (area * 400), rel=1e-6)
    assert density(coverage=cover, elevation_sigma_urad=None) == pytest.approx(
        50 / area / (math.sqrt(TURN) * UP_SIGMA_UNKNOWN_M), rel=1e-6
    )
    assert density(coverage=cover, range_sigma_mm=None, elevation_sigma_urad=None) == pytest.approx(
        50 / (math.pi / 2), rel=1e-6
    )
    tall = he.coverage(elevation_min_urad=0, elevation_max_urad=1_570_796)
    assert density(coverage=tall, range_sigma_mm=None) == pytest.approx(50 / TURN, rel=1e-6)


def test_where_nothing_is_declared_of_false_reports_some_are_assumed_and_never_none():
    volume = math.pi * sn.CLUTTER_RANGE_M**2 * sn.CLUTTER_HEIGHT_M
    assert density(coverage=None, clutter_milli=None) == pytest.approx(sn.CLUTTER_UNKNOWN / volume)
    assert density(coverage=None, clutter_milli=0) == pytest.approx(sn.CLUTTER_LEAST / volume)
    unheard = sn.Sensors()
    sn.row_of(unheard, "x", SETTINGS)
    assert unheard.clutter[0] == pytest.approx(sn.CLUTTER_UNKNOWN / volume)
    broken = he.coverage(
        range_max_mm=0, azimuth_to_urad=0, elevation_min_urad=0, elevation_max_urad=0, floor_mm=5, ceiling_mm=5
    )
    for more in (
        {},
        {"elevation_sigma_urad": None},
        {"range_sigma_mm": None},
        {"range_sigma_mm": None, "elevation_sigma_urad": None},
    ):
        assert 0.0 < density(coverage=broken, **more) < math.inf


def test_a_patch_that_is_declared_first_counts_first():
    near = he.patch(ranges=(0, 2_000_000), detection_ppm=100_000, clutter_ppm=0)
    made = table(he.radar(patches=(near, he.patch(detection_ppm=300_000)))).columns()
    assert [sn.detection(made, 0, *at(40, metres)) for metres in (1_000, 5_000)] == [0.1, 0.3]
    assert sn.clutter_at(made, 0, *at(40, 1_000)) == made.numbers[0, sn.CLUTTER] * sn.CLUTTER_LEAST


def test_straight_above_the_sensor_is_a_range_and_the_zenith():
    range_m, _, elevation = sn.polar(table(he.radar()).columns(), 0, *ECEF.transform(he.LON, he.LAT, he.ALT + 50.0))
    assert (range_m, elevation) == pytest.approx((50.0, math.pi / 2), abs=1e-6)
