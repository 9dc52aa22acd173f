"""What was heard as rows: conversions against chance and PROJ, lateness, clocks, duplicates, and whatever else comes."""

import hashlib
import json
import math
import os
import pathlib
import subprocess
import sys

import msgspec
import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.facts.observed import FlightStatus, IdKind, LinkTrust, ScanReported, Unreadable
from skykeep.geo.altitude import Altitude, Datum
from skykeep.watch.plots import MODELS
from skykeep.watch.polar import converted
from skykeep.watch.radios import Radios, radios_of
from skykeep.watch.reports import (
    AZIMUTH,
    DATUMS,
    DIRECTION,
    POSITION,
    SIGMA_OF_95_LINE,
    SIGMA_OF_95_PLANE,
    UP_SIGMA_UNKNOWN_M,
)
from skykeep.watch.sensors import clutter_at, detection
from tests.rules import examples as ex
from tests.watch import hearing as he
from tests.watch import stories as tell

S, T0 = tell.S, tell.T0
TURN = 2 * math.pi
ENU = pyproj.Transformer.from_pipeline(f"+proj=topocentric +ellps=WGS84 +lon_0={he.LON} +lat_0={he.LAT} +h_0={he.ALT}")
GEODETIC = pyproj.Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)


def covariances(reports):
    """(n, 3, 3) of the packed six."""
    return reports.cov[:, [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(-1, 3, 3)


def enu(reports):
    return np.stack(ENU.transform(*reports.z.T), axis=1)


def axes(reports, row=0):
    """East, north and up at a place, by PROJ's latitude and longitude."""
    lon, lat, _ = GEODETIC.transform(*reports.z[row])
    lon, lat = math.radians(lon), math.radians(lat)
    return np.array([
        [-math.sin(lon), math.cos(lon), 0.0],
        [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)],
        [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)],
    ])  # fmt: skip


# ---- polar plots ---------------------------------------------------------------------------------

MANY = 20_000


def noisy(range_m, azimuth, elevation, sigmas, *, flat=False):
    """Scan the same target many times; angles and ranges as a fact holds them."""
    chance = np.random.default_rng(round(range_m) + round(elevation * 1e3))
    noise = chance.normal(size=(3, MANY)) * np.array(sigmas)[:, None]
    columns = {
        "range_mm": np.rint((range_m + noise[0]) * 1e3).astype(int).tolist(),
        "azimuth_urad": np.rint((azimuth + noise[1]) * 1e6).astype(int).tolist(),
    }
    if not flat:
        columns["elevation_urad"] = np.rint((elevation + noise[2]) * 1e6).astype(int).tolist()
    return he.scan(**columns)


def seen(range_m, azimuth, elevation):
    level = range_m * math.cos(elevation)
    return np.array([level * math.sin(azimuth), level * math.cos(azimuth), range_m * math.sin(elevation)])


@pytest.mark.requirement("WATCH-16")
@pytest.mark.parametrize(
    ("target", "sigmas"),
    [
        ((5_000.0, 0.7, 0.03), (5.0, 0.002618, 0.005236)),
        ((9_500.0, 4.1, 0.4), (8.0, 0.00349, 0.00698)),
        ((700.0, 6.2, -0.1), (1.0, 0.05, 0.02)),
        ((20_000.0, 2.5, 0.2), (50.0, 0.2, 0.1)),
        ((3_000.0, 1.0, 1.1), (30.0, 0.1, 0.15)),
    ],
)
def test_converted_plots_are_unbiased_and_as_uncertain_as_they_say(target, sigmas):
    declared = he.radar(range_sigma_mm=round(sigmas[0] * 1e3), azimuth_sigma_urad=round(sigmas[1] * 1e6),
                        elevation_sigma_urad=round(sigmas[2] * 1e6), coverage=None)  # fmt: skip
    reports = he.align([noisy(*target, sigmas)], he.world(declared)).reports
    errors = enu(reports) - seen(*target)
    spread = np.cov(errors.T)
    off = np.linalg.solve(np.linalg.cholesky(spread / MANY), errors.mean(axis=0))
    assert np.abs(off).max() < 4.5  # standard errors of the mean
    told = in_enu(he.align([clean(*target)], he.world(declared)).reports)[0]
    ratio = np.linalg.eigvals(np.linalg.solve(spread, told)).real  # of the covariances: exact, for a target there
    bent = (
        target[0] * max(sigmas[1:]) ** 2 > 0.1 * sigmas[0]
    )  # there it says more, so that no measurement says too little
    assert ratio.min() > 0.95
    assert bent or ratio.max() < 1.05
    own = np.linalg.solve(in_enu(reports), errors[:, :, None])[:, :, 0]
    assert (errors * own).sum(axis=1).mean() == pytest.approx(3.0, abs=0.4 if bent else 0.1)


def clean(range_m, azimuth, elevation):
    return he.scan(
        range_mm=[round(range_m * 1e3)], azimuth_urad=[round(azimuth * 1e6)], elevation_urad=[round(elevation * 1e6)]
    )


def in_enu(reports):
    """Covariances (n, 3, 3) in the radar's east, north and up."""
    turn = np.stack(ENU.transform(*(reports.z[0] + np.eye(3)).T), axis=1) - np.stack(ENU.transform(*reports.z[0]))
    return np.einsum("ji,njk,kl->nil", turn, covariances(reports), turn)


@given(
    st.floats(10.0, 2e6), st.floats(-1.57, 1.57), st.floats(0.01, 1e4), st.floats(1e-6, 1.0), st.floats(1e-6, 1.0),
)  # fmt: skip
def test_a_conversion_agrees_with_the_closed_form_and_is_a_covariance(range_m, elevation, noise_m, across, above):
    along_m, up_m, var_a, var_c, var_u, cov = converted(range_m, elevation, noise_m, across, above)
    shrink_a, shrink_e = math.exp(-across * across / 2), math.exp(-above * above / 2)
    assert along_m == pytest.approx(range_m * math.cos(elevation) / shrink_a / shrink_e, rel=1e-7)
    assert up_m == pytest.approx(range_m * math.sin(elevation) / shrink_e, rel=1e-7, abs=1e-9 * range_m)
    square = range_m**2 + noise_m**2
    cos2 = 0.5 * (1 + shrink_e**4 * math.cos(2 * elevation)) / shrink_e**2  # E cos2 of the noisy elevation, rescaled
    sin2 = 0.5 * (1 - shrink_e**4 * math.cos(2 * elevation)) / shrink_e**2
    expected = (
        square * cos2 * 0.5 * (1 + shrink_a**4) / shrink_a**2 - (range_m * math.cos(elevation)) ** 2,
        square * cos2 * 0.5 * (1 - shrink_a**4) / shrink_a**2,
        square * sin2 - (range_m * math.sin(elevation)) ** 2,
        square * shrink_e**2 * math.sin(elevation) * math.cos(elevation)
        - range_m**2 * math.sin(elevation) * math.cos(elevation),
    )
    bent = range_m**2 * np.array(
        [
            across**4 * math.cos(elevation) ** 2 + above**4 * math.cos(elevation) ** 2,
            0.0,
            above**4 * math.sin(elevation) ** 2,
            above**4 * math.sin(elevation) * math.cos(elevation),
        ]
    )
    expected = tuple(expected + bent)
    close = 1e-7 * max(map(abs, expected)) + 1e-13 * square  # the closed form loses digits, ours does not
    assert (var_a, var_c, var_u, cov) == pytest.approx(expected, rel=1e-6, abs=close)
    assert var_a > 0
    assert var_c > 0
    assert var_u > 0
    assert var_a * var_u - cov * cov > -1e-9 * var_a * var_u


def test_the_raw_measurement_is_kept_and_the_bias_taken_off():
    class Known:
        def at(self, sensor, t_ns):
            assert (sensor, t_ns) == (0, T0)
            return 12.0, 0.003, -0.002

    plain = he.scan(range_mm=[5_000_000, 700_000], azimuth_urad=[700_000, 800_000], elevation_urad=[30_000, 60_000])
    moved = he.scan(range_mm=[4_988_000, 688_000], azimuth_urad=[697_000, 797_000], elevation_urad=[32_000, 62_000])
    corrected = he.align([plain], he.world(he.radar(), bias=Known())).reports
    meant = he.align([moved], he.world(he.radar())).reports
    assert np.allclose(corrected.z, meant.z, atol=1e-6)
    assert np.allclose(corrected.polar, [[5_000.0, 0.7, 0.03], [700.0, 0.8, 0.06]], atol=1e-12)
    assert (corrected.polar == he.align([plain], he.world(he.radar())).reports.polar).all()


def test_where_a_polar_plot_lies_is_told_in_degrees_too():
    chance = np.random.default_rng(3)
    reports = he.align([
        he.scan(range_mm=chance.integers(10_000, 2_000_000_000, 500).tolist(),
                azimuth_urad=chance.integers(0, 6_283_185, 500).tolist(),
                elevation_urad=chance.integers(0, 50_000, 500).tolist())
    ], he.world(he.radar(coverage=None))).reports  # fmt: skip
    lon, lat, alt = GEODETIC.transform(*reports.z.T)
    assert alt.max() > 300_000
    assert np.abs(reports.lat_e7 - lat * 1e7).max() < 0.6
    assert np.abs(reports.lon_e7 - lon * 1e7).max() < 0.6


@pytest.mark.parametrize(("height_m", "range_m"), [(60.0, 800.0), (300.0, 1_500.0), (450.0, 6_000.0), (20.0, 12_000.0)])
def test_a_two_dimensional_radar_allows_for_any_height_in_its_coverage(height_m, range_m):
    cover = he.coverage(floor_mm=150_000, ceiling_mm=650_000)
    state = he.world(he.radar(elevation_sigma_urad=None, coverage=cover))
    sigmas = (5.0, 0.002618, 0.0)
    elevation = math.asin(height_m / range_m)
    reports = he.align([noisy(range_m, 0.9, elevation, sigmas, flat=True)], state).reports
    told = in_enu(reports)
    errors = (enu(reports) - seen(range_m, 0.9, elevation))[:, :2]
    level = told[:, :2, :2]
    nees = np.einsum("ni,ni->n", errors, np.linalg.solve(level, errors[:, :, None])[:, :, 0])
    assert nees.mean() < 2.0 + 3.0  # a fixed height is a fixed offset, within the ends of an even spread: 3 sigma2
    assert np.sqrt(told[:, 2, 2]) == pytest.approx(UP_SIGMA_UNKNOWN_M, rel=1e-9)
    assert (enu(reports)[:, 2] > -60.0).all()


def test_a_two_dimensional_radar_is_right_on_average_over_all_heights():
    state = he.world(he.radar(elevation_sigma_urad=None, coverage=he.coverage(floor_mm=150_000, ceiling_mm=650_000)))
    chance = np.random.default_rng(5)
    heights = chance.uniform(0, 500, MANY)
    ranges = 1_000.0 + chance.normal(0, 5.0, MANY)
    ground = np.sqrt(1_000.0**2 - heights**2)
    azimuth = 0.9 + chance.normal(0, 0.002618, MANY)
    reports = he.align([
        he.scan(range_mm=np.rint(ranges * 1e3).astype(int).tolist(), azimuth_urad=np.rint(azimuth * 1e6).astype(int).tolist())
    ], state).reports  # fmt: skip
    found = enu(reports)[:, :2]
    along = found @ np.array([math.sin(0.9), math.cos(0.9)]) - ground
    assert along.mean() == pytest.approx(0.0, abs=0.2 * along.std())
    assert along.std() == pytest.approx(reports.sigma_m.mean(), rel=0.15)


# ---- bearings ------------------------------------------------------------------------------------


def test_bearings_and_directions_are_rows_of_their_own_kind():
    state = he.world(
        he.radar("df", "rf", range_sigma_mm=None, elevation_sigma_urad=None, azimuth_sigma_urad=17_453),
        he.radar("eye", "camera", range_sigma_mm=None),
    )
    facts = [
        he.scan(sensor="df", modality="rf", transmitter="tx:1", azimuth_urad=[-1_570_796]),
        he.scan(sensor="eye", modality="camera", azimuth_urad=[3_000_000], elevation_urad=[200_000]),
    ]
    reports = he.align(facts, state).reports
    assert reports.kind.tolist() == [AZIMUTH, DIRECTION]
    assert reports.z[:, :2].tolist() == [[pytest.approx(TURN * 0.75, abs=1e-6), 0.0], [3.0, 0.2]]
    assert np.sqrt(reports.cov[:, :2]).tolist() == [[pytest.approx(0.017453), 0.0], pytest.approx([0.002618, 0.005236])]
    assert np.isnan(reports.polar).tolist() == [[True, False, True], [True, False, False]]
    assert reports.tx.tolist() == [0, -1]
    assert state.radios.names == {0: "tx:1"}


def test_a_sensor_that_declares_no_spread_of_its_angles_is_taken_for_a_coarse_one():
    plain = he.radar(range_sigma_mm=None, azimuth_sigma_urad=None, elevation_sigma_urad=None, coverage=None)
    reports = he.align([he.scan(range_mm=[1_000_000], azimuth_urad=[0], elevation_urad=[0])], he.world(plain)).reports
    assert reports.assumed.tolist() == [1]
    assert reports.sigma_m[0] == pytest.approx(math.hypot(1_000 * math.radians(1), 0), rel=1e-3)
    spread = np.sqrt(np.linalg.eigvalsh(covariances(reports)[0]))
    assert spread[0] == pytest.approx(30.0 * SIGMA_OF_95_PLANE, rel=1e-3)
    assert spread[1:] == pytest.approx([1_000 * math.radians(1)] * 2, rel=1e-3)


# ---- places --------------------------------------------------------------------------------------


def test_a_place_with_all_that_a_message_may_say():
    facts = [
        tell.location(T0 - S, 100.0, 50.0, altitude=ex.metres(200, Datum.HAE), pressure_altitude=ex.metres(180, Datum.STD),
                      height=ex.metres(60, Datum.TAKEOFF), alt_accuracy_mm=3_000, pressure_accuracy_mm=10_000, speed_mmps=10_000,
                      heading_mdeg=90_000, speed_accuracy_mmps=1_000, t_claimed_ds=77, status=FlightStatus.GROUND),
        tell.aircraft(T0, pressure_altitude=ex.metres(10_000, Datum.STD), on_ground=True, category="B6"),
        tell.position(T0, height=ex.metres(30, Datum.AGL), manned=True, link=LinkTrust.SIMULATED, transmitter=""),
    ]  # fmt: skip
    reports = he.align(facts, he.world(tell.sensor(alt_mm=20_000)), now_ns=T0).reports
    lon, lat, alt = GEODETIC.transform(*reports.z.T)
    assert reports.kind.tolist() == [POSITION] * 3
    assert lat * 1e7 == pytest.approx(reports.lat_e7, abs=1e-3)
    assert lon * 1e7 == pytest.approx(reports.lon_e7, abs=1e-3)
    assert alt == pytest.approx([200.0, 10_000.0, 0.0], abs=1e-5)
    assert reports.t_ns.tolist() == [T0 - S, T0, T0]
    assert reports.sigma_m == pytest.approx(np.array([10.0, 100.0, 10.0]) * SIGMA_OF_95_PLANE)
    for row, up_sigma_m in enumerate((3.0 * SIGMA_OF_95_LINE, math.hypot(20.0 * SIGMA_OF_95_LINE, 200.0), 1_000.0)):
        turn = axes(reports, row)
        variances = [reports.sigma_m[row] ** 2] * 2 + [up_sigma_m**2]
        assert turn @ covariances(reports)[row] @ turn.T == pytest.approx(np.diag(variances), rel=1e-4, abs=0.02)
    assert reports.vel[0] == pytest.approx([10.0, 0.0], abs=1e-12)
    assert reports.vel_var.tolist() == pytest.approx([SIGMA_OF_95_PLANE**2, -1.0, -1.0])
    names = [None if datum < 0 else DATUMS[datum] for datum in (*reports.said_datum, *reports.above_datum)]
    assert names == ["hae", None, None, "takeoff", None, "agl"]
    assert (reports.said_mm[0], reports.std_mm.tolist(), reports.above_mm.tolist()) == (
        200_000,
        [180_000, 10_000_000, 0],
        [60_000, 0, 30_000],
    )
    assert reports.said_sigma_mm[0] == round(3_000 * SIGMA_OF_95_LINE)
    assert reports.std_sigma_mm.tolist() == [round(10_000 * SIGMA_OF_95_LINE), round(20_000 * SIGMA_OF_95_LINE), -1]
    assert reports.above_sigma_mm[[0, 2]].tolist() == [
        round(10_000 * SIGMA_OF_95_LINE),
        round(20_000 * SIGMA_OF_95_LINE),
    ]
    assert (reports.claim.tolist(), reports.on_ground.tolist()) == ([77, -1, -1], [1, 1, 0])
    assert (reports.manned.tolist(), reports.simulated.tolist()) == ([-1, 0, 1], [0, 0, 1])
    assert (reports.tx.tolist(), reports.tick.tolist(), reports.index.tolist()) == ([0, 1, -1], [7] * 3, [0, 1, 2])


def test_what_is_not_stated_is_the_sensors_default_and_assumed():
    given = {"pos_accuracy_mm": None, "altitude": ex.metres(50, Datum.HAE)}
    for state, pos_mm, alt_mm in (
        (he.world(tell.sensor(pos_mm=12_000, alt_mm=7_000)), 12_000, 7_000),
        (he.world(pos_accuracy_assumed_m=90.0, alt_accuracy_assumed_m=44.0), 90_000, 44_000),
    ):
        reports = he.align([tell.position(T0, **given)], state).reports
        assert reports.assumed.tolist() == [1]
        assert reports.sigma_m[0] == pytest.approx(pos_mm / 1e3 * SIGMA_OF_95_PLANE)
        assert reports.said_sigma_mm[0] == round(alt_mm * SIGMA_OF_95_LINE)


@pytest.mark.parametrize(("datum", "more_m"), [(Datum.HAE, 0.0), (Datum.AMSL, 60.0), (Datum.STD, 200.0)])
def test_a_height_over_another_datum_is_better_than_none(datum, more_m):
    fact = tell.position(T0, altitude=ex.metres(9_000, datum), alt_accuracy_mm=20_000)
    reports = he.align([fact], he.world()).reports
    assert GEODETIC.transform(*reports.z[0])[2] == pytest.approx(9_000.0, abs=1e-6)
    up = axes(reports)[2]
    assert math.sqrt(up @ covariances(reports)[0] @ up) == pytest.approx(
        math.hypot(20 * SIGMA_OF_95_LINE, more_m), rel=1e-4
    )


def test_a_height_that_nobody_said_is_near_the_sensor_if_that_has_a_place():
    sparse = he.radar("s", coverage=None)
    for state, up_m in ((he.world(sparse), he.ALT), (he.world(), 0.0)):
        reports = he.align(
            [tell.position(T0), he.scan(sensor="s", lat_e7=[504_500_000], lon_e7=[305_200_000])], state
        ).reports
        assert [GEODETIC.transform(*z)[2] for z in reports.z] == pytest.approx([up_m] * 2, abs=1e-6)
        up = axes(reports)[2]
        assert math.sqrt(up @ covariances(reports)[0] @ up) == pytest.approx(UP_SIGMA_UNKNOWN_M, rel=1e-9)


@pytest.mark.parametrize(
    ("absurd", "sigma_m", "up_m", "moving"),
    [({"pos_accuracy_mm": 0}, 0.01, 0.0, False), ({"pos_accuracy_mm": 2**62}, None, 0.0, False),
     ({"alt_accuracy_mm": 0, "altitude": ex.metres(100, Datum.HAE)}, None, 100.0, False),
     ({"speed_mmps": 2**62, "heading_mdeg": 90_000}, None, 0.0, False), ({"speed_mmps": 400_001, "heading_mdeg": 0}, None, 0.0, False),
     ({"speed_mmps": 400_000, "heading_mdeg": 0}, None, 0.0, True), ({"speed_mmps": 5}, None, 0.0, False), ({"heading_mdeg": 5}, None, 0.0, False), ({"speed_mmps": 0, "heading_mdeg": 2**62}, None, 0.0, False),
     ({"altitude": ex.metres(1e12, Datum.HAE)}, None, 0.0, False), ({"altitude": ex.metres(-1e12, Datum.HAE)}, None, 0.0, False),
     ({"altitude": Altitude(2**63, Datum.HAE), "speed_mmps": 2**64 - 1, "heading_mdeg": 5}, None, 0.0, False)],
)  # fmt: skip
def test_what_is_beyond_reason_is_not_believed(absurd, sigma_m, up_m, moving):
    reports = he.align([tell.position(T0, **absurd)], he.world()).reports
    assert GEODETIC.transform(*reports.z[0])[2] == pytest.approx(up_m, abs=1e-6)
    assert sigma_m is None or reports.sigma_m[0] == sigma_m
    assert (reports.vel_var[0] > 0) == moving
    spread = np.sqrt(np.linalg.eigvalsh(covariances(reports)[0]))
    assert spread[0] >= 0.0099
    assert spread[-1] <= 100_001.0


@pytest.mark.parametrize("at", [(900_000_001, 0), (0, 3_600_000_001), (-(2**62), 5), (2**63, 0)])
def test_a_place_that_is_none_on_the_globe_is_counted(at):
    found = he.align([tell.position(T0, at_e7=at), tell.position(T0)], he.world())
    assert (len(found.reports), found.unmerged, found.reports.index.tolist()) == (1, 1, [1])


# ---- time ----------------------------------------------------------------------------------------


@pytest.mark.requirement("WATCH-2")
@pytest.mark.parametrize(
    ("late_ns", "counts"), [(2 * S, True), (2 * S + 1, False), (-2 * S, True), (-2 * S - 1, False)]
)
def test_later_or_earlier_than_the_lag_is_set_aside(late_ns, counts):
    t_ns = T0 - late_ns
    facts = [
        tell.position(t_ns, uas_id="u", id_kind=IdKind.SERIAL), tell.location(t_ns), tell.basic_id(t_ns), tell.presence(t_ns),
        he.scan(t_ns, range_mm=[10**6], azimuth_urad=[5], elevation_urad=[5]), unreadable(t_ns),
    ]  # fmt: skip
    state = he.world(he.radar())
    found = he.align(facts, state)
    assert [told.late_ns for told in found.late] == ([] if counts else [late_ns] * 6)
    assert [told.evidence.index for told in found.late] == ([] if counts else list(range(6)))
    assert len(found.reports) == len(found.named) == (3 if counts else 0)
    assert found.alive == (["tx:a"] if counts else [])
    assert len(found.looks) == len(found.presences) == (1 if counts else 0)
    assert (len(state.sensors), len(state.radios.names)) == ((3, 1) if counts else (1, 0))
    assert found.unmerged == 0


def unreadable(t_ns):
    return Unreadable(**tell.heard(t_ns), reason="x")


def test_each_plot_counts_from_its_own_time():
    turning = he.scan(T0 - S, range_mm=[10**6] * 4, azimuth_urad=[1, 2, 3, 4], elevation_urad=[0] * 4,
                      before_us=[0, 500_000, 1_000_000, 1_000_001])  # fmt: skip
    found = he.align([turning, he.scan(T0, range_mm=[10**6], azimuth_urad=[1], before_us=[-1])], he.world(he.radar()))
    assert found.reports.t_ns.tolist() == [T0 - S, T0 - S - S // 2, T0 - 2 * S]
    assert found.reports.item.tolist() == [0, 1, 2]
    assert [(told.late_ns, told.evidence.index) for told in found.late] == [(2 * S + 1_000, 0)]
    assert found.unmerged == 1


@pytest.mark.requirement("WATCH-17")
@pytest.mark.parametrize("declared", [{"clock": "free"}, {"clock_sigma_us": 2_000_001}])
def test_a_sensor_whose_clock_says_nothing_is_counted_and_not_merged(declared):
    plots = {"range_mm": [10**6] * 3, "azimuth_urad": [1] * 3, "elevation_urad": [1] * 3}
    facts = [he.scan(T0 + 3600 * S, **plots), tell.position(T0, sensor="radar"), he.scan(T0, **plots)]
    state = he.world(he.radar(**declared))
    found = he.align(facts, state)
    assert (len(found.reports), found.late, found.unmerged, len(found.looks)) == (0, [], 3, 0)
    again = he.world(he.radar(**declared), he.radar())
    assert len(he.align(facts, again).reports) == 4


# ---- what cannot be used, order, duplicates ------------------------------------------------------


def test_plots_that_say_nothing_of_where_are_counted():
    state = he.world(he.radar())
    scans = [
        he.scan(range_mm=[10**6], elevation_urad=[0]), he.scan(doppler_mmps=[5]), he.scan(sensor="unplaced", azimuth_urad=[5]),
        he.scan(range_mm=[-5], azimuth_urad=[5]), he.scan(range_mm=[5], azimuth_urad=[5], elevation_urad=[1_570_797]),
        he.scan(lat_e7=[900_000_001], lon_e7=[0]), he.scan(plots=3),
    ]  # fmt: skip
    ragged = msgspec.structs.replace(he.scan(range_mm=[10**6], azimuth_urad=[5]), plots=2)
    found = he.align([*scans, ragged, msgspec.structs.replace(ragged, plots=-1)], state)
    assert (len(found.reports), found.unmerged) == (0, 9)


def test_a_scan_of_places_and_of_many_kinds_of_plot():
    mixed = he.scan(
        range_mm=[10**6, 10**6, None, None, None], azimuth_urad=[5, 5, 5, 5, None], elevation_urad=[9, None, 9, None, None],
        lat_e7=[None] * 4 + [504_500_000], lon_e7=[None] * 4 + [305_200_000], alt_mm=[None] * 4 + [210_500],
        doppler_mmps=[-3_000] + [None] * 4, rcs_mdbsm=[None, -18_500, None, None, None], pos_accuracy_mm=25_000,
    )  # fmt: skip
    reports = he.align([mixed], he.world(he.radar())).reports
    assert reports.kind.tolist() == [POSITION, POSITION, DIRECTION, AZIMUTH, POSITION]
    assert (reports.doppler[0], reports.doppler_var.tolist()) == (-3.0, [0.25, -1.0, -1.0, -1.0, -1.0])
    assert reports.rcs_dbsm.tolist() == pytest.approx([math.nan, -18.5] + [math.nan] * 3, nan_ok=True)
    assert (reports.said_mm[4], DATUMS[reports.said_datum[4]]) == (210_500, "hae")
    assert reports.said_sigma_mm[4] == round(40_000 * SIGMA_OF_95_LINE)
    assert (reports.said_datum[:4] == -1).all()
    assert reports.sigma_m[4] == pytest.approx(25.0 * SIGMA_OF_95_PLANE)
    assert GEODETIC.transform(*reports.z[4])[2] == pytest.approx(210.5, abs=1e-6)


def test_a_scan_that_saw_nothing_is_a_look():
    found = he.align([he.scan(T0 - 5, range_mm=[10**6], azimuth_urad=[5]), he.scan(plots=0)], he.world(he.radar()))
    assert found.looks.tolist() == [[0, T0 - 5, 0], [0, T0, 1]]
    assert (len(found.reports), found.unmerged) == (1, 0)


def test_rows_and_names_stand_in_the_order_of_the_record():
    facts = [
        tell.position(T0, transmitter="tx:z", uas_id="u", id_kind=IdKind.SERIAL), tell.basic_id(T0, transmitter="tx:y"),
        he.scan(range_mm=[10**6] * 2, azimuth_urad=[5, 6]), tell.location(T0, transmitter="tx:b"),
        tell.aircraft(T0, callsign="c"), tell.location(T0, transmitter="tx:c", lat_e7=None, lon_e7=None),
        tell.position(T0, transmitter=""), tell.system(T0, transmitter="tx:d"), tell.presence(T0, "tx:e", "q"),
    ]  # fmt: skip
    found = he.align(facts, he.world(he.radar()))
    assert found.reports.index.tolist() == [0, 2, 2, 3, 4, 6]
    assert found.reports.item.tolist() == [0, 0, 1, 0, 0, 0]
    assert [ref.index for _, ref in found.named] == [0, 1, 4, 8]
    assert all(facts[ref.index] is fact for fact, ref in (*found.named, *found.presences))
    assert sorted(found.alive) == ["tx:c", "tx:d", "tx:e", "tx:y"]
    assert [ref.index for _, ref in found.presences] == [8]


def test_numbers_of_radios_are_never_given_twice():
    radios = Radios()
    assert [radios.number(name) for name in ("a", "b", "a", "", "c")] == [0, 1, 0, -1, 2]
    radios.forget([1, 9])
    again = radios_of(radios.listed(), radios.next_number)
    for each in (radios, again):
        assert [each.number(name) for name in ("c", "b", "a")] == [2, 3, 0]
        assert each.names == {0: "a", 2: "c", 3: "b"}


def test_each_model_of_measurement_has_its_words():
    assert len({model.caption for model in MODELS}) == len(MODELS) == 5


# ---- whatever is heard ---------------------------------------------------------------------------

numbers = st.none() | st.integers(-(2**31) + 1, 2**31 - 1)
sane = st.none() | st.integers(-1_600_000, 7_000_000)


@st.composite
def scans(draw):
    count = draw(st.integers(0, 4))
    columns = {
        name: draw(st.lists(draw(st.sampled_from([numbers, sane, st.none()])), min_size=count, max_size=count))
        for name in he.COLUMNS
    }
    accuracy = draw(st.none() | st.integers(-5, 2**62))
    return he.scan(
        T0 + draw(st.integers(-3 * S, 3 * S)), draw(st.sampled_from(["radar", "s", "x"])), draw(st.sampled_from(["radar", "?"])),
        draw(st.sampled_from(["", "tx:a"])), plots=draw(st.sampled_from([count, count, count, 7])),
        pos_accuracy_mm=accuracy, alt_accuracy_mm=accuracy, **columns,
    )  # fmt: skip


big = st.none() | st.integers(-(2**63), 2**64 - 1) | st.integers(-(10**6), 10**6)
others = st.one_of(
    st.builds(lambda t, at, acc, v, h, alt: tell.position(t, at_e7=at, pos_accuracy_mm=acc, speed_mmps=v, heading_mdeg=h, altitude=alt, alt_accuracy_mm=acc),
              st.integers(T0 - 3 * S, T0 + 3 * S), st.tuples(st.integers(-(10**9), 10**9), st.integers(-(2**63), 2**63)), st.none() | st.integers(0, 2**63),
              big, big, st.none() | st.builds(Altitude, st.integers(-(2**63), 2**64 - 1), st.sampled_from(Datum))),
    st.builds(tell.basic_id, st.integers(T0 - 3 * S, T0 + 3 * S)), st.builds(tell.presence, st.just(T0)),
)  # fmt: skip


@pytest.mark.requirement("WATCH-9")
@given(st.lists(scans() | others, max_size=8), st.booleans())
@settings(max_examples=200)
def test_no_fact_breaks_it_and_every_row_is_a_number_with_a_spread(facts, placed):
    state = he.world(he.radar(), *([he.radar("s", range_sigma_mm=None)] if placed else []))
    found = he.align(facts, state)
    reports = found.reports
    plots = [max(fact.plots, 1) if isinstance(fact, ScanReported) else 1 for fact in facts]
    assert len(reports) + found.unmerged <= sum(plots)
    assert np.isfinite(reports.z).all()
    assert np.isfinite(reports.cov).all()
    places = reports.kind == POSITION
    assert (np.linalg.eigvalsh(covariances(reports)[places]) > 0).all()
    assert (reports.cov[~places, 0] > 0).all()
    assert (np.abs(T0 - reports.t_ns) <= 2 * S).all()
    assert (np.diff(reports.index * 1_000 + reports.item) > 0).all()
    assert (reports.sigma_m[places] > 0).all()
    assert np.isfinite(reports.vel).all()


def everything():
    """Facts of every kind, and what becomes of them, as one hash."""
    chance = np.random.default_rng(11)
    polar = {
        "range_mm": chance.integers(10_000, 2_000_000_000, 50).tolist(),
        "azimuth_urad": chance.integers(-3_000_000, 6_000_000, 50).tolist(),
    }
    facts = [
        he.scan(**polar, elevation_urad=chance.integers(-90_000, 1_500_000, 50).tolist()), he.scan(sensor="flat", **polar),
        he.scan(azimuth_urad=polar["azimuth_urad"], elevation_urad=polar["azimuth_urad"]), he.scan(lat_e7=polar["range_mm"], lon_e7=polar["range_mm"]),
        *[tell.location(T0, 10.0 * k, altitude=ex.metres(k, datum), speed_mmps=1_000 * k, heading_mdeg=777 * k)
          for k, datum in enumerate([*Datum] * 3)],
    ]  # fmt: skip
    state = he.world(he.radar(patches=(he.patch((0, 3_000_000)),)), he.radar("flat", elevation_sigma_urad=None))
    found = he.align(facts, state)
    digest = hashlib.sha256()
    for name in found.reports.__slots__:
        digest.update(getattr(found.reports, name).tobytes())
    columns = state.sensors.columns()
    for s in range(2):
        seen_by = [
            [f(columns, s, *z) for f in (detection, clutter_at)] for z in found.reports.z.tolist() if abs(z[0]) > 1e6
        ]
        digest.update(np.array(seen_by).tobytes())
    return digest.hexdigest()


@pytest.mark.requirement("WATCH-3")
def test_without_the_jit_the_bytes_are_the_same():
    code = "import json\nfrom tests.watch import test_heard\nprint(json.dumps(test_heard.everything()))"
    answers = []
    for more in ({}, {"NUMBA_DISABLE_JIT": "1"}):
        root = pathlib.Path(__file__).resolve().parents[2]
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code], cwd=root, env={**os.environ, **more}, capture_output=True, text=True, check=True
        )  # fmt: skip
        answers.append(json.loads(done.stdout))
    assert answers[0] == answers[1] == everything()
