"""First stage: put what was heard in one frame, one unit and one time, and set aside what comes too late.

What was heard is not believed beyond reason: an accuracy better than a centimetre, a speed that no aircraft has, a
height outside the atmosphere cannot bend an estimate (they are taken as a centimetre, as not measured, as unknown).
A report whose sensor clock is ahead by more than the lag is set aside like one that is late by more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from skykeep.facts.concluded import FactRef, LateIgnored
from skykeep.facts.observed import (
    AircraftHeard,
    AuthHeard,
    BasicIdHeard,
    FlightStatus,
    Heard,
    LinkTrust,
    LocationHeard,
    OperatorIdHeard,
    PositionReported,
    PresenceReported,
    SelfIdHeard,
    SystemHeard,
)
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.exact import sincos_deg
from skykeep.watch.frame import to_ecef
from skykeep.watch.state import State

UNMANNED_CATEGORY = "B6"  # ADS-B emitter category "unmanned aerial vehicle" (DO-260B, 2.2.3.2.5.2)
SIGMA_OF_95_PLANE = 1.0 / 2.4477468306808166  # 95 % radius of a circular normal error, in sigmas
SIGMA_OF_95_LINE = 1.0 / 1.959963984540054  # 95 % bound of a normal error, in sigmas
_SPEED_SIGMA_ASSUMED_MPS = 3.0
_UP_SIGMA_UNKNOWN_M = 1000.0
_SIGMA_MIN_M, _SIGMA_MAX_M = 0.01, 100_000.0  # what the filter is told; the law is told the spread itself
_SPEED_SIGMA_MIN_MPS, _SPEED_SIGMA_MAX_MPS = 0.1, 1000.0
_HAE_MIN_MM, _HAE_MAX_MM = -1_000_000, 100_000_000

Positioned = LocationHeard | AircraftHeard | PositionReported
Naming = BasicIdHeard | OperatorIdHeard | AircraftHeard | PositionReported | PresenceReported
POSITIONED = (LocationHeard, AircraftHeard, PositionReported)
_NAMING = (BasicIdHeard, OperatorIdHeard, PositionReported, PresenceReported)
_ALIVE = (BasicIdHeard, OperatorIdHeard, SystemHeard, SelfIdHeard, AuthHeard, PresenceReported, *POSITIONED)


@dataclasses.dataclass(slots=True)
class Return:
    """One report of a place, ready to be associated: where (m about the origin), how sure, and from whom."""

    transmitter: str
    t_ns: int
    lat_e7: int
    lon_e7: int
    claim: int
    z: tuple[float, float, float, float, float]  # place (m), earth-centred; east and north velocity (m/s)
    r: tuple[float, float, float, float, float]  # variances; negative: not measured
    sigma_m: float
    assumed: bool
    manned: bool | None  # None: the report does not say
    simulated: bool
    altitude: Altitude | None
    pressure_altitude: Altitude | None
    height: Altitude | None
    alt_sigma_mm: int
    pressure_sigma_mm: int
    height_sigma_mm: int
    on_ground: bool  # by its own word
    ref: FactRef


@dataclasses.dataclass(slots=True)
class Aligned:
    """What one tick heard, sorted into places, names and signs of life, in the order of the record."""

    returns: list[Return]
    named: list[tuple[Naming, FactRef]]
    alive: list[str]  # transmitters heard without a place
    late: list[LateIgnored]


def align(facts: Sequence[object], state: State, *, tick: int, now_ns: int) -> Aligned:
    """Sort the observations of a tick and convert the places among them."""
    aligned = Aligned([], [], [], [])
    places: list[tuple[Positioned, FactRef]] = []
    lag_ns = int(state.settings.lag_s * 1e9)
    for index, fact in enumerate(facts):
        if not isinstance(fact, Heard):
            continue
        ref, late_ns = FactRef(tick, index), now_ns - fact.t_event_ns
        if abs(late_ns) > lag_ns:
            aligned.late.append(LateIgnored(sensor_id=fact.sensor_id, t_ns=now_ns, late_ns=late_ns, evidence=ref))
            continue
        if isinstance(fact, POSITIONED):
            if fact.lat_e7 is None:
                aligned.alive.append(fact.transmitter)
            else:
                places.append((fact, ref))
        elif isinstance(fact, _ALIVE):
            aligned.alive.append(fact.transmitter)
        if isinstance(fact, _NAMING) or (isinstance(fact, AircraftHeard) and fact.callsign is not None):
            aligned.named.append((fact, ref))
    if places:
        _place(places, state, aligned.returns)
    return aligned


def _place(places: list[tuple[Positioned, FactRef]], state: State, returns: list[Return]) -> None:
    """Convert the places of a tick to metres."""
    ecef = to_ecef(np.array([_geodetic(fact) for fact, _ in places], dtype=np.float64)).tolist()
    for (fact, ref), place in zip(places, ecef, strict=True):
        returns.append(_return(fact, ref, place, state))


def _geodetic(fact: Positioned) -> tuple[float, float, float]:
    hae_mm = fact.altitude.value_mm if fact.altitude is not None and _known_up(fact.altitude) else 0
    return (fact.lat_e7 or 0) / 1e7, (fact.lon_e7 or 0) / 1e7, hae_mm / 1e3


def _known_up(altitude: Altitude) -> bool:
    return altitude.datum is Datum.HAE and _HAE_MIN_MM <= altitude.value_mm <= _HAE_MAX_MM


def _return(fact: Positioned, ref: FactRef, ecef: list[float], state: State) -> Return:
    pos_default_mm, alt_default_mm = _defaults_mm(state, fact.sensor_id)
    accuracy_mm = pos_default_mm if fact.pos_accuracy_mm is None else fact.pos_accuracy_mm
    sigma_m = max(accuracy_mm / 1e3 * SIGMA_OF_95_PLANE, _SIGMA_MIN_M)
    alt_mm, pressure_mm, height_mm = _alt_accuracies_mm(fact, alt_default_mm)
    known_up = fact.altitude is not None and _known_up(fact.altitude)
    up_sigma_m = alt_mm / 1e3 * SIGMA_OF_95_LINE if known_up else _UP_SIGMA_UNKNOWN_M
    velocity = _velocity(fact, state.settings.speed_max_manned_mps)
    east_mps, north_mps = velocity or (0.0, 0.0)
    pos_var = _variance(sigma_m, _SIGMA_MIN_M, _SIGMA_MAX_M)
    up_var = _variance(up_sigma_m, _SIGMA_MIN_M, _SIGMA_MAX_M)
    speed_var = _variance(_speed_sigma_mps(fact), _SPEED_SIGMA_MIN_MPS, _SPEED_SIGMA_MAX_MPS) if velocity else -1.0
    return Return(
        transmitter=fact.transmitter,
        t_ns=fact.t_event_ns,
        lat_e7=fact.lat_e7 or 0,
        lon_e7=fact.lon_e7 or 0,
        claim=fact.t_claimed_ds if isinstance(fact, LocationHeard) and fact.t_claimed_ds is not None else -1,
        z=(ecef[0], ecef[1], ecef[2], east_mps, north_mps),
        r=(pos_var, pos_var, up_var, speed_var, speed_var),
        sigma_m=sigma_m,
        assumed=fact.pos_accuracy_mm is None,
        manned=_manned(fact),
        simulated=fact.link_trust is LinkTrust.SIMULATED,
        altitude=fact.altitude,
        pressure_altitude=None if isinstance(fact, PositionReported) else fact.pressure_altitude,
        height=None if isinstance(fact, AircraftHeard) else fact.height,
        alt_sigma_mm=round(alt_mm * SIGMA_OF_95_LINE),
        pressure_sigma_mm=round(pressure_mm * SIGMA_OF_95_LINE),
        height_sigma_mm=round(height_mm * SIGMA_OF_95_LINE),
        on_ground=isinstance(fact, LocationHeard) and fact.status is FlightStatus.GROUND,
        ref=ref,
    )


def _defaults_mm(state: State, sensor_id: str) -> tuple[int | float, int | float]:
    """Return the 95 % accuracies, level and up, that apply where a report of this sensor does not state any."""
    sensor = state.sensors.get(sensor_id)
    if sensor is not None:
        return sensor.pos_accuracy_mm, sensor.alt_accuracy_mm
    return state.settings.pos_accuracy_assumed_m * 1e3, state.settings.alt_accuracy_assumed_m * 1e3


def _alt_accuracies_mm(fact: Positioned, default_mm: float) -> tuple[float, float, float]:
    """Return the 95 % bounds of altitude, pressure altitude and height; Remote ID states none for its height."""
    stated_mm = fact.alt_accuracy_mm
    altitude_mm = default_mm if stated_mm is None else stated_mm
    if not isinstance(fact, LocationHeard):
        return altitude_mm, default_mm, altitude_mm
    pressure_mm = fact.pressure_accuracy_mm
    if pressure_mm is None:
        return altitude_mm, default_mm, altitude_mm
    return altitude_mm, pressure_mm, pressure_mm if stated_mm is None else max(stated_mm, pressure_mm)


def _variance(sigma: float, least: float, most: float) -> float:
    bounded = least if sigma < least else min(sigma, most)
    return bounded * bounded


def _manned(fact: Positioned) -> bool | None:
    """Return what a report says; ADS-B without a category is taken as manned until one says otherwise."""
    if isinstance(fact, AircraftHeard):
        return fact.category != UNMANNED_CATEGORY
    return fact.manned if isinstance(fact, PositionReported) else None


def _velocity(fact: Positioned, most_mps: float) -> tuple[float, float] | None:
    """Return the reported velocity (east, north) in m/s, or None where it is unknown or no aircraft's."""
    if fact.speed_mmps is None or fact.heading_mdeg is None or abs(fact.speed_mmps) > most_mps * 1e3:
        return None
    if abs(fact.heading_mdeg) > 360_000:
        return None
    sine, cosine = sincos_deg(fact.heading_mdeg / 1e3)
    return fact.speed_mmps / 1e3 * sine, fact.speed_mmps / 1e3 * cosine


def _speed_sigma_mps(fact: Positioned) -> float:
    stated = fact.speed_accuracy_mmps if isinstance(fact, LocationHeard) else None
    return _SPEED_SIGMA_ASSUMED_MPS if stated is None else stated / 1e3 * SIGMA_OF_95_PLANE
