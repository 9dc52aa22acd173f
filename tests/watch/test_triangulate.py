"""Bearings of two stations or more begin a track where a straight motion explains them and no rival does as well."""

import copy
import itertools
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.enacted import Coverage, plain_sensor
from skykeep.geo.frames import ecef_to_enu, ecef_to_geodetic, enu_frame, enu_to_ecef
from skykeep.watch import bearings, triangulate
from skykeep.watch.bearings import no_bearings
from skykeep.watch.crossing import crossing
from skykeep.watch.fit import bearing_row, elevation_row
from skykeep.watch.reports import AZIMUTH, DIRECTION, UP_SIGMA_UNKNOWN_M, chosen, no_reports
from skykeep.watch.rivals import TEMPER, sets
from skykeep.watch.sensors import Sensors, declare
from skykeep.watch.triangulate import starts

CITY = enu_frame(50.45, 30.52, 150.0)
SECOND = 1_000_000_000
TRIANGLE = ((8000, 1500, 25), (1500, 1500, 25), (4500, 8500, 25))


def station(name, place, *, pd=0.9, clutter=2.0, sigma_deg=1.0, elevation_deg=None, period_ms=1000, covers=True):
    """A direction finder, or a camera where an elevation is measured too, that covers 9 km all round."""
    lat_deg, lon_deg, alt_m = ecef_to_geodetic(*enu_to_ecef(CITY, *place))
    urad = 1e6 * math.radians(1.0)
    return msgspec.structs.replace(
        plain_sensor(sensor_id=name, modality="rf", pos_accuracy_mm=0, alt_accuracy_mm=0, simulated=True),
        lat_e7=round(lat_deg * 1e7),
        lon_e7=round(lon_deg * 1e7),
        alt_mm=round(alt_m * 1e3),
        azimuth_sigma_urad=round(sigma_deg * urad),
        elevation_sigma_urad=None if elevation_deg is None else round(elevation_deg * urad),
        period_ms=period_ms,
        scan="whole",
        clock="synchronised",
        detection_ppm=round(pd * 1e6),
        clutter_milli=round(clutter * 1e3),
        coverage=Coverage(
            range_min_mm=0, range_max_mm=9_000_000, azimuth_from_urad=0, azimuth_to_urad=6_283_186,
            elevation_min_urad=-1_570_796, elevation_max_urad=1_570_796, floor_mm=None, ceiling_mm=None,
            horizon_urad=(),
        ) if covers else None,
    )  # fmt: skip


class Sky:
    """Targets that fly straight, and what the stations hear of them."""

    def __init__(self, facts, places, speeds=(), seed=0, *, deaf=(), tx=()):
        self.facts, self.deaf, self.tx = facts, deaf, tx
        self.sensors = Sensors()
        for fact in facts:
            declare(self.sensors, fact)
        self.places = np.array(places, float).reshape(-1, 3)
        self.speeds = np.array(speeds, float).reshape(-1, 3) if len(speeds) else np.zeros_like(self.places)
        self.rng = np.random.default_rng(seed)

    def at(self, t_s):
        return self.places + self.speeds * t_s

    def look(self, t_s):
        """One look of every station that looks now: reports, looks without any, whose each report is."""
        rows, empty = [], []
        for s, fact in enumerate(self.facts):
            if round(t_s * 1000) % fact.period_ms:
                continue
            heard = len(rows)
            for i, place in enumerate(self.at(t_s)):
                if s not in self.deaf and self.rng.random() < fact.detection_ppm / 1e6:
                    east, north, up = ecef_to_enu(self.sensors.frame[s], *(CITY[0] + place @ CITY[1:]))
                    az = math.atan2(east, north) + self.rng.normal(0, fact.azimuth_sigma_urad / 1e6)
                    el = math.atan2(up, math.hypot(east, north))
                    el += self.rng.normal(0, (fact.elevation_sigma_urad or 0) / 1e6)
                    rows.append((s, az, el, i))
            false = self.rng.poisson(fact.clutter_milli / 1e3)
            rows += [(s, self.rng.uniform(-math.pi, math.pi), self.rng.uniform(0, 0.3), -1) for _ in range(false)]
            if len(rows) == heard:
                empty.append(s)
        reports = no_reports(len(rows))
        for k, (s, az, el, i) in enumerate(rows):
            fact = self.facts[s]
            reports.sensor[k], reports.t_ns[k], reports.tick[k], reports.item[k] = (
                s,
                round(t_s * 1e9),
                round(t_s * 10),
                k,
            )
            reports.kind[k] = AZIMUTH if fact.elevation_sigma_urad is None else DIRECTION
            reports.z[k, :2] = az, el
            reports.cov[k, :2] = (fact.azimuth_sigma_urad / 1e6) ** 2, ((fact.elevation_sigma_urad or 0) / 1e6) ** 2
            reports.tx[k] = self.tx[s] if self.tx and i >= 0 else -1
        return reports, (np.array(empty, np.int64), np.full(len(empty), round(t_s * 1e9))), [row[3] for row in rows]


def watch(sky, seconds, step_s=1.0):
    """Run slot after slot; what was begun explains its target's bearings from then on. Returns (t, start, distances)."""
    memory, begun, explained = no_bearings(), [], []
    for k in range(round(seconds / step_s)):
        t_s = k * step_s
        reports, looked, whose = sky.look(t_s)
        free = np.array([0.05 if i in explained else 1.0 for i in whose])
        for start in starts(memory, sky.sensors, reports, free, round(t_s * 1e9) + SECOND // 10, looked):
            away = np.linalg.norm((sky.at(t_s) - place(start))[:, :2], axis=1)
            begun.append((t_s, start, away))
            explained += [int(away.argmin())]
    return begun, memory


def place(start):
    return (start.x[:3] - CITY[0]) @ CITY[1:].T


def frame_at(east_m, north_m, up_m=0.0):
    frame = CITY.copy()
    frame[0] = enu_to_ecef(CITY, east_m, north_m, up_m)
    return frame


def angle(value_rad):
    return np.array([value_rad, 1e-4, math.sin(value_rad), math.cos(value_rad)])


def cross(az_a_deg, place_b, az_b_deg, el_a_deg=None, el_b_deg=None):
    out = np.empty(3)
    angles = [angle(math.radians(a or 0.0)) for a in (az_a_deg, el_a_deg, az_b_deg, el_b_deg)]
    kinds = [AZIMUTH if el is None else DIRECTION for el in (el_a_deg, el_b_deg)]
    met = crossing(
        frame_at(0, 0), angles[0], angles[1], kinds[0], frame_at(*place_b), angles[2], angles[3], kinds[1], out
    )
    return ecef_to_enu(CITY, *out) if met else None


def test_bearings_meet_where_they_must():
    met = cross(45.0, (1000.0, 0.0), 315.0)
    assert met[:2] == pytest.approx((500.0, 500.0), abs=1e-6)


@pytest.mark.parametrize(
    ("az_a", "az_b"), [(45.0, 45.0), (0.0, 0.0), (225.0, 135.0), (45.0, 135.0), (10.0, 4.0), (88.0, 272.0)]
)
def test_bearings_that_part_or_are_too_flat_meet_nowhere(az_a, az_b):
    assert cross(az_a, (1000.0, 0.0), az_b) is None


@given(st.tuples(st.floats(-3000, 3000), st.floats(300, 3000), st.floats(0, 400)), st.booleans(), st.booleans())
def test_with_an_elevation_they_meet_in_space(target, first, second):
    target = np.array(target)
    other = np.array([2000.0, 150.0, 30.0])
    rays = [target, target - other]
    az = [math.degrees(math.atan2(ray[0], ray[1])) for ray in rays]
    el = [math.degrees(math.atan2(ray[2], math.hypot(ray[0], ray[1]))) for ray in rays]
    met = cross(az[0], other, az[1], el[0] if first else None, el[1] if second else None)
    apart = math.radians(az[0] - az[1])
    if abs(math.sin(apart)) > 0.35:
        assert met[:2] == pytest.approx(target[:2], abs=1e-4)
        if first or second:
            assert met[2] == pytest.approx(target[2], abs=1e-4)


@given(st.tuples(st.floats(-3000, 3000), st.floats(300, 3000), st.floats(0, 900)), st.floats(-3, 3))
def test_the_gradients_are_those_of_differences(target, off):
    x = enu_to_ecef(CITY, *target)
    for row in (bearing_row, elevation_row):
        h, scrap = np.empty(3), np.empty(3)
        true = -row(CITY, *x, 0.0, h)
        for c in range(3):
            moved = list(x)
            moved[c] += 0.5
            more = -row(CITY, *moved, 0.0, scrap)
            assert more - true == pytest.approx(0.5 * h[c], rel=2e-2, abs=1e-6)
    assert bearing_row(CITY, *x, math.atan2(target[0], target[1]) + off, np.empty(3)) == pytest.approx(off, abs=1e-9)


@given(st.integers(0, 10_000), st.integers(1, 7))
def test_the_sets_are_all_sets(seed, count):
    rng = np.random.default_rng(seed)
    cost = np.triu(rng.uniform(0, 20, (count, count)) * (rng.random((count, count)) < 0.5), 1)
    cost = cost + cost.T
    odds = rng.normal(4, 5, count)
    weights = {}
    for members in itertools.chain.from_iterable(itertools.combinations(range(count), n) for n in range(count + 1)):
        worth = [odds[k] - cost[k, list(members[:place])].sum() for place, k in enumerate(members)]
        free = [place == 0 or not cost[k, list(members[:place])].any() for place, k in enumerate(members)]
        if all(w > 0 or f for w, f in zip(worth, free, strict=True)):
            weights[members] = sum(worth)
    plain = np.exp(np.array(list(weights.values())))
    expected = np.array([sum(p for m, p in zip(weights, plain, strict=True) if k in m) for k in range(count)])
    out = np.empty(count)
    assert sets(odds, cost, out)
    assert (out <= expected / plain.sum() + 1e-9).all()
    whole = {
        m: math.exp((w - max(weights.values())) / TEMPER)
        for m, w in weights.items()
        if m and not any(
            k not in m and odds[k] > 0 and (cost[k, list(m)].sum() == 0 or cost[k, list(m)].sum() < odds[k])
            for k in range(count)
        )
    }  # fmt: skip
    rivals = [sum(w for m, w in whole.items() if k in m) / (sum(whole.values()) or 1.0) for k in range(count)]
    if whole:
        assert out == pytest.approx(np.minimum(expected / plain.sum(), rivals), abs=1e-9)


def test_too_many_sets_are_refused():
    out = np.empty(16)
    assert not sets(np.full(16, 5.0), np.zeros((16, 16)), out)


@pytest.mark.requirement("WATCH-18")
@pytest.mark.parametrize("seed", range(5))
def test_two_stations_begin_a_track(seed):
    facts = [station(f"df{k}", at) for k, at in enumerate(TRIANGLE[:2])]
    sky = Sky(facts, [(4200, 5100, 80)], [(9, -6, 0)], seed)
    begun, _ = watch(sky, 25)
    assert len(begun) == 1
    t_s, start, away = begun[0]
    assert t_s <= 15
    assert away[0] < 350
    assert start.sensors == (0, 1)
    assert start.r >= triangulate.R_START
    assert len(start.refs) >= 2 * triangulate.HITS_MIN
    spread = CITY[1:] @ start.p[:3, :3] @ CITY[1:].T
    off = (sky.at(t_s)[0] - place(start))[:2]
    assert off @ np.linalg.solve(spread[:2, :2], off) < 14
    assert spread[2, 2] >= UP_SIGMA_UNKNOWN_M**2  # azimuths say nothing of the height


@pytest.mark.parametrize("elevation_deg", [0.05])
def test_two_cameras_begin_a_track_in_space(elevation_deg):
    cameras = [
        station(name, at, sigma_deg=0.05, elevation_deg=elevation_deg, period_ms=100, clutter=0.1)
        for name, at in (("east", (4300, 4000, 5)), ("west", (3900, 4050, 5)))
    ]
    sky = Sky(cameras, [(4100, 4300, 70)], [(3, 4, 0.5)], 1)
    begun, _ = watch(sky, 5, step_s=0.1)
    t_s, start, _ = begun[0]
    assert t_s < 4
    assert np.linalg.norm(place(start) - sky.at(t_s)[0]) < 1.5
    assert CITY[1:] @ start.x[3:] == pytest.approx((3, 4, 0.5), abs=1.5)
    assert len(begun) == 1


@pytest.mark.requirement("WATCH-18")
@pytest.mark.parametrize("elevation_deg", [None, 0.5])
def test_one_station_begins_nothing(elevation_deg):
    sky = Sky([station("df", TRIANGLE[0], elevation_deg=elevation_deg)], [(4200, 5100, 80)], [(9, -6, 0)])
    assert not watch(sky, 20)[0]


@pytest.mark.parametrize("stations", [2, 3])
def test_clutter_begins_nothing(stations):
    for seed in range(5):
        facts = [station(f"df{k}", at, clutter=6.0, pd=0.6) for k, at in enumerate(TRIANGLE[:stations])]
        assert not watch(Sky(facts, [], seed=seed), 25)[0]


def targets(seed, count=3):
    rng = np.random.default_rng(seed + 1000)
    places = np.c_[rng.uniform(2000, 8000, count), rng.uniform(3000, 8000, count), rng.uniform(20, 120, count)]
    turn = rng.uniform(0, 2 * math.pi, count)
    return places, np.c_[12 * np.cos(turn), 12 * np.sin(turn), 0 * turn]


def test_three_stations_begin_the_targets_and_no_ghost():
    begun = []
    for seed in range(5):
        facts = [station(f"df{k}", at) for k, at in enumerate(TRIANGLE)]
        begun += watch(Sky(facts, *targets(seed), seed), 25)[0]
    assert len(begun) >= 14
    assert all(away.min() < 400 for _, _, away in begun)


@pytest.mark.requirement("WATCH-18")
def test_two_stations_rather_begin_nothing_than_a_ghost():
    begun = []
    for seed in range(6):
        facts = [station(f"df{k}", at) for k, at in enumerate(TRIANGLE[:2])]
        begun += watch(Sky(facts, *targets(seed), seed), 25)[0]
    ghosts = sum(away.min() > 400 for _, _, away in begun)
    assert len(begun) - ghosts >= 3
    assert ghosts <= 1


@pytest.mark.parametrize(("covers", "begins"), [(True, False), (False, True)])
def test_a_third_station_that_looks_there_in_vain_speaks_against_it(covers, begins):
    facts = [station(f"df{k}", at, clutter=1.0, covers=covers or k < 2) for k, at in enumerate(TRIANGLE)]
    sky = Sky(facts, [(4200, 5100, 80)], [(9, -6, 0)], 3, deaf=(2,))
    assert bool(watch(sky, 12)[0]) == begins


@pytest.mark.parametrize(("tx", "begins"), [((5, 6), False), ((5, 5), True)])
def test_bearings_of_two_transmitters_are_not_of_one_target(tx, begins):
    facts = [station(f"df{k}", at, clutter=0.1) for k, at in enumerate(TRIANGLE[:2])]
    begun, _ = watch(Sky(facts, [(4200, 5100, 80)], [(9, -6, 0)], 4, tx=tx), 15)
    assert bool(begun) == begins
    assert [start.tx for _, start, _ in begun] == [5] * len(begun)


def test_bearings_that_a_track_explains_begin_nothing():
    facts = [station(f"df{k}", at, clutter=0.0) for k, at in enumerate(TRIANGLE[:2])]
    sky, memory = Sky(facts, [(4200, 5100, 80)]), no_bearings()
    for t_s in range(15):
        reports, looked, _ = sky.look(t_s)
        free = np.full(len(reports), 0.2)
        assert not starts(memory, sky.sensors, reports, free, t_s * SECOND + 1, looked)


def test_the_order_of_reports_does_not_matter_nor_does_a_copy():
    facts = [station(f"df{k}", at, pd=0.8) for k, at in enumerate(TRIANGLE)]
    sky, rng = Sky(facts, *targets(1), 1), np.random.default_rng(1)
    one, other, found = no_bearings(), no_bearings(), 0
    for t_s in range(18):
        reports, looked, _ = sky.look(t_s)
        mixed = chosen(reports, rng.permutation(len(reports)))
        other = copy.deepcopy(other)
        ours = starts(one, sky.sensors, reports, np.ones(len(reports)), t_s * SECOND + 1, looked)
        theirs = starts(other, sky.sensors, mixed, np.ones(len(reports)), t_s * SECOND + 1, looked)
        assert [(s.x.tobytes(), s.p.tobytes(), s.r, s.refs) for s in ours] == [
            (s.x.tobytes(), s.p.tobytes(), s.r, s.refs) for s in theirs
        ]
        found += len(ours)
    assert found >= 2


def test_a_flood_of_bearings_is_bounded_and_counted():
    facts = [station(f"df{k}", at, clutter=200.0) for k, at in enumerate(TRIANGLE)]
    _, memory = watch(Sky(facts, [(4200, 5100, 80)], seed=5), 14)
    assert len(memory) <= bearings.ROWS_MAX
    assert memory.dropped > 1000
    assert memory.passed_over > 0
    assert len(memory.kept) <= triangulate.KEPT_MAX


def test_what_is_old_is_forgotten():
    facts = [station(f"df{k}", at) for k, at in enumerate(TRIANGLE)]
    sky = Sky(facts, *targets(2), 2)
    _, memory = watch(sky, 10)
    late = 10 * SECOND + 2 * bearings.WINDOW_NS
    assert not starts(memory, sky.sensors, no_reports(), np.zeros(0), late)
    assert len(memory) == 0


def test_a_sensor_without_a_place_or_with_a_free_clock_gives_nothing():
    facts = [station(f"df{k}", at, clutter=0.0) for k, at in enumerate(TRIANGLE[:2])]
    for strange in (
        msgspec.structs.replace(facts[1], lat_e7=None),
        msgspec.structs.replace(facts[1], clock="free"),
    ):
        sky = Sky(facts, [(4200, 5100, 80)])
        declare(sky.sensors, strange)
        memory = no_bearings()
        reports, looked, _ = sky.look(0.0)
        assert not starts(memory, sky.sensors, reports, np.ones(len(reports)), 1, looked)
        assert 1 not in memory.sensor
