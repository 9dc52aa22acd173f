"""The reference scenario as facts: what a station would hear of it, tick by tick, and nothing of what is true.

Directions are turned from the city's axes into the level of the sensor that measured them, as a real sensor gives them.
The column `truth` is not read here: `Heard.plots` says which detection each plot is, and who scores looks there.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from skykeep.facts.enacted import Coverage, SensorDeclared
from skykeep.facts.observed import BasicIdHeard, FlightStatus, IdKind, LinkTrust, LocationHeard, ScanReported
from skykeep.geo.altitude import Altitude, Datum
from skykeep.sim.scenario import Scan, Scenario
from skykeep.sim.scenario_place import GROUND_HAE_M, city_axes_to, city_to_geodetic, site_frame, turned
from skykeep.sim.scenario_sensors import CARTESIAN, CEILING_M, FINDER, RADAR, REMOTE_ID, Sensor
from skykeep.sim.scenario_truth import AREA_M, Floats, Ints

EPOCH_NS = 1_777_629_600_000_000_000  # 2026-05-01T10:00:00Z: the scenario's time 0
TICK_NS = 100_000_000

_PLANE_95 = 2.4477468306808166  # 95 % radius of a circular normal error, in sigmas
_LINE_95 = 1.959963984540054
_FULL_TURN_URAD, _QUARTER_TURN_URAD = 6_283_185, 1_570_796
_FLOOR_M, _CEILING_M = -150.0, 300.0  # what a sensor looks at, above the city's ground: more than where drones fly
_RID_SPEED_ACCURACY_MMPS = 1000  # the step of F3411's scale that holds a sigma of 0.5 m/s a component
_NAMED_EVERY = 3  # a Basic ID comes with every third position
_MODALITY = {CARTESIAN: "radar", RADAR: "radar", FINDER: "rf", REMOTE_ID: "remote_id"}
_MULTIROTOR = 2
_MEASURED = ("range_mm", "azimuth_urad", "elevation_urad", "lat_e7", "lon_e7", "alt_mm")

Said = SensorDeclared | ScanReported | LocationHeard | BasicIdHeard


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """What reached the station before `now_ns`: facts in order of arrival; the detections that each is made of."""

    now_ns: int
    facts: list[Said]
    plots: list[Ints]  # rows of `Scenario.det`, one a plot; empty for a fact without


def seconds_to_ns(t_s: float) -> int:
    """Return a time of the scenario as Unix nanoseconds, to the microsecond."""
    return EPOCH_NS + round(t_s * 1e6) * 1000


def ns_to_seconds(t_ns: int) -> float:
    """Return Unix nanoseconds as a time of the scenario."""
    return (t_ns - EPOCH_NS) / 1e9


def close_ns(t_ns: int, tick_ns: int = TICK_NS) -> int:
    """Return when the tick closes that an instant belongs to, as a station cuts them."""
    return (t_ns // tick_ns + 1) * tick_ns


def heard(scenario: Scenario, tick_ns: int = TICK_NS) -> Iterator[Heard]:
    """Yield the ticks of a scenario that hold anything; the first, at its beginning, declares the sensors."""
    declared: list[Said] = [declaration(sensor) for sensor in scenario.sensors]
    yield Heard(EPOCH_NS, declared, [np.zeros(0, np.int64) for _ in declared])
    arrivals = sorted(_arrivals(scenario), key=lambda one: one[0])  # stable: as the detections are sorted
    for now_ns, group in itertools.groupby(arrivals, key=lambda one: close_ns(one[0], tick_ns)):
        said = [(fact, plots) for _, fact, plots in group]
        yield Heard(now_ns, [fact for fact, _ in said], [plots for _, plots in said])


def declaration(sensor: Sensor) -> SensorDeclared:
    """Return what an operator would declare of a sensor: all but its bias, of which nobody knows."""
    lat_deg, lon_deg, alt_hae_m = city_to_geodetic(np.array([sensor.pos_enu_m]))[0]
    range_sigma_mm, azimuth_sigma_urad, elevation_sigma_urad = _polar_sigmas(sensor)
    level_sigma_m, up_sigma_m = _place_sigmas_m(sensor)
    return SensorDeclared(
        sensor_id=sensor.name,
        modality=_MODALITY[sensor.kind],
        pos_accuracy_mm=round(level_sigma_m * _PLANE_95 * 1e3),
        alt_accuracy_mm=round(up_sigma_m * _LINE_95 * 1e3),
        simulated=True,
        lat_e7=round(lat_deg * 1e7),
        lon_e7=round(lon_deg * 1e7),
        alt_mm=round(alt_hae_m * 1e3),
        range_sigma_mm=range_sigma_mm,
        azimuth_sigma_urad=azimuth_sigma_urad,
        elevation_sigma_urad=elevation_sigma_urad,
        doppler_sigma_mmps=None,
        period_ms=round(sensor.period_s * 1e3),
        scan="each" if sensor.kind == REMOTE_ID else "whole",
        latency_ms=round(sensor.latency_s[1] * 1e3),
        clock="synchronised",
        clock_sigma_us=100,
        detection_ppm=round(sensor.detection * 1e6),
        clutter_milli=round(sensor.clutter * _spread(sensor) * 1e3),
        coverage=_coverage(sensor),
        patches=(),
        horizon_sha256=None,
    )


def _polar_sigmas(sensor: Sensor) -> tuple[int | None, int | None, int | None]:
    if sensor.kind == RADAR:
        return round(sensor.sigma[0] * 1e3), round(sensor.sigma[1] * 1e6), round(sensor.sigma[2] * 1e6)
    return None, round(sensor.sigma[0] * 1e6) if sensor.kind == FINDER else None, None


def _place_sigmas_m(sensor: Sensor) -> tuple[float, float]:
    """Return the level and the upward sigma of a place; of a polar sensor across its line of sight in mid-city."""
    if sensor.kind in {CARTESIAN, REMOTE_ID}:
        return sensor.sigma[0], sensor.sigma[2]
    return sensor.sigma[-2 if sensor.kind == RADAR else 0] * AREA_M / 2, sensor.sigma[-1] * AREA_M / 2


def _coverage(sensor: Sensor) -> Coverage:
    """Return a ball about the sensor as far as it sees; about the city's corner, a quarter of it holds the city."""
    corner = sensor.kind == CARTESIAN
    return Coverage(
        range_min_mm=0,
        range_max_mm=round(_reach_m(sensor) * 1e3),
        azimuth_from_urad=0,
        azimuth_to_urad=_QUARTER_TURN_URAD if corner else _FULL_TURN_URAD,
        elevation_min_urad=-_QUARTER_TURN_URAD,
        elevation_max_urad=_QUARTER_TURN_URAD,
        floor_mm=round((GROUND_HAE_M + _FLOOR_M) * 1e3),
        ceiling_mm=round((GROUND_HAE_M + _CEILING_M) * 1e3),
        horizon_urad=(),
    )


def _reach_m(sensor: Sensor) -> float:
    return AREA_M * 1.5 if sensor.kind == CARTESIAN else sensor.range_max_m


def _spread(sensor: Sensor) -> float:
    """Return by how much what a sensor looks at is more than where its false reports lie, the city's lowest 150 m.

    A declaration spreads false reports over all that a sensor looks at: with this factor they are as dense in the city
    as in truth.
    """
    if sensor.kind == FINDER:
        return 1.0
    share = 0.25 if sensor.kind == CARTESIAN else 1.0
    looked_at_m3 = share * math.pi * _reach_m(sensor) ** 2 * (_CEILING_M - _FLOOR_M)
    return looked_at_m3 / (AREA_M * AREA_M * CEILING_M)


# ---- what arrives ------------------------------------------------------------------------------------

_Arrival = tuple[int, Said, Ints]  # when, what, the detections that it is made of


def _arrivals(scenario: Scenario) -> Iterator[_Arrival]:
    """Yield what arrives, as the detections are sorted; then the looks in which nothing was seen."""
    makers = {sensor.number: _maker(scenario, sensor) for sensor in scenario.sensors}
    for scan in scenario.scans():
        rows = np.arange(scan.first, scan.first + len(scan.rows))
        yield from makers[scan.sensor.number](scan, rows)
    for sensor in scenario.sensors:
        if sensor.kind != REMOTE_ID:
            yield from _empty_looks(scenario, sensor)


def _maker(scenario: Scenario, sensor: Sensor) -> Callable[[Scan, Ints], Iterator[_Arrival]]:
    """Return what turns a scan of this sensor into facts."""
    if sensor.kind == REMOTE_ID:
        places = city_to_geodetic(scenario.det["z"])
        counts: dict[int, int] = {}
        return lambda scan, rows: _remote_id(scan, rows, places, counts)
    rotation = city_axes_to(site_frame(sensor.pos_enu_m))
    return lambda scan, rows: iter([(_arrival_ns(scan), _scan(scan, rotation), rows)])


def _arrival_ns(scan: Scan) -> int:
    return seconds_to_ns(scan.t_arr_s)


def _empty_looks(scenario: Scenario, sensor: Sensor) -> Iterator[_Arrival]:
    """Yield the looks without a single plot, which the scenario leaves out; each arrives as late as they may."""
    seen = np.unique(scenario.det["t_s"][scenario.det["sensor"] == sensor.number])
    looks = math.floor((scenario.duration_s - sensor.phase_s) / sensor.period_s + 1e-9) + 1
    for look in range(looks):
        t_s = round(sensor.phase_s + look * sensor.period_s, 6)
        if t_s not in seen:
            scan = Scan(t_s + sensor.latency_s[1], t_s, sensor, scenario.det[:0], 0)
            yield _arrival_ns(scan), _scan(scan, np.eye(3)), np.zeros(0, np.int64)


def _scan(scan: Scan, rotation: Floats) -> ScanReported:
    """Return one look of a sensor as a fact."""
    z, kind = scan.rows["z"], scan.sensor.kind
    columns: dict[str, Floats] = {}
    if kind == CARTESIAN:
        lat_deg, lon_deg, alt_hae_m = city_to_geodetic(z).T
        columns = {"lat_e7": lat_deg * 1e7, "lon_e7": lon_deg * 1e7, "alt_mm": alt_hae_m * 1e3}
    elif kind == FINDER:
        columns = {"azimuth_urad": turned(z[:, 0], np.zeros(len(z)), rotation)[0] * 1e6}
    else:
        azimuth_rad, elevation_rad = turned(z[:, 1], z[:, 2], rotation)
        columns = {"range_mm": z[:, 0] * 1e3, "azimuth_urad": azimuth_rad * 1e6, "elevation_urad": elevation_rad * 1e6}
    packed = {name: np.rint(column).astype("<i4").tobytes() for name, column in columns.items()}
    return ScanReported(
        sensor_id=scan.sensor.name,
        transmitter="",
        t_event_ns=seconds_to_ns(scan.t_s),
        t_arrival_ns=_arrival_ns(scan),
        link_trust=LinkTrust.SIMULATED,
        frame=0,
        modality=_MODALITY[kind],
        plots=len(z),
        before_us=b"",
        doppler_mmps=b"",
        rcs_mdbsm=b"",
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
        **{name: packed.get(name, b"") for name in _MEASURED},
    )


def _remote_id(scan: Scan, rows: Ints, places: Floats, counts: dict[int, int]) -> Iterator[_Arrival]:
    """Yield the messages of one instant: a position of each sender, its name with every third."""
    for row, det in zip(rows, scan.rows, strict=True):
        number = int(det["rid"])
        count = counts.get(number, 0)
        counts[number] = count + 1
        common = _common(scan, number)
        if count % _NAMED_EVERY == 0:
            name = BasicIdHeard(**common, id_kind=IdKind.SERIAL, ua_type=_MULTIROTOR, uas_id=f"uas:{number}")
            yield _arrival_ns(scan), name, rows[:0]
        yield _arrival_ns(scan), _location(common, places[row], det["vel_enu_mps"]), np.array([row])


def _common(scan: Scan, number: int) -> dict[str, Any]:
    return {
        "sensor_id": scan.sensor.name,
        "transmitter": f"tx:{number}",
        "t_event_ns": seconds_to_ns(scan.t_s),
        "t_arrival_ns": _arrival_ns(scan),
        "link_trust": LinkTrust.SIMULATED,
        "frame": 0,
    }


def _location(common: dict[str, Any], place: Floats, vel_enu_mps: Floats) -> LocationHeard:
    east_mps, north_mps, up_mps = (float(part) for part in vel_enu_mps)
    return LocationHeard(
        **common,
        status=FlightStatus.AIRBORNE,
        lat_e7=round(float(place[0]) * 1e7),
        lon_e7=round(float(place[1]) * 1e7),
        altitude=Altitude(round(float(place[2]) * 1e3), Datum.HAE),
        pressure_altitude=None,
        height=None,
        speed_mmps=round(math.hypot(east_mps, north_mps) * 1e3),
        vspeed_mmps=round(up_mps * 1e3),
        heading_mdeg=round(math.degrees(math.atan2(east_mps, north_mps)) * 1e3) % 360_000,
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
        pressure_accuracy_mm=None,
        speed_accuracy_mmps=_RID_SPEED_ACCURACY_MMPS,
        t_claimed_ds=common["t_event_ns"] // 100_000_000 % 36_000,
        t_accuracy_ds=None,
    )
