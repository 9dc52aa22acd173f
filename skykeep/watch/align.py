"""First stage: put what was heard in one frame, one unit and one time, and set aside what comes too late."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from skykeep.facts.concluded import FactRef, LateIgnored
from skykeep.facts.observed import (
    AircraftHeard,
    AuthHeard,
    BasicIdHeard,
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
from skykeep.watch.frame import to_enu
from skykeep.watch.state import State

UNMANNED_CATEGORY = "B6"  # ADS-B emitter category "unmanned aerial vehicle" (DO-260B, 2.2.3.2.5.2)
SIGMA_OF_95_PLANE = 1.0 / 2.4477468306808166  # 95 % radius of a circular normal error, in sigmas
SIGMA_OF_95_LINE = 1.0 / 1.959963984540054  # 95 % bound of a normal error, in sigmas
_SPEED_SIGMA_ASSUMED_MPS = 3.0
_UP_SIGMA_UNKNOWN_M = 1000.0

Positioned = LocationHeard | AircraftHeard | PositionReported
Naming = BasicIdHeard | OperatorIdHeard | AircraftHeard | PositionReported | PresenceReported
POSITIONED = (LocationHeard, AircraftHeard, PositionReported)
_NAMING = (BasicIdHeard, OperatorIdHeard, PositionReported, PresenceReported)
_ALIVE = (SystemHeard, SelfIdHeard, AuthHeard, *POSITIONED)


@dataclasses.dataclass(slots=True)
class Return:
    """One report of a place, ready to be associated: where (m about the origin), how sure, and from whom."""

    transmitter: str
    t_ns: int
    lat_e7: int
    lon_e7: int
    claim: int
    z: tuple[float, float, float, float, float]  # east, north, up (m), east and north velocity (m/s)
    r: tuple[float, float, float, float, float]  # variances; negative: not measured
    sigma_m: float
    assumed: bool
    manned: bool
    simulated: bool
    altitude: Altitude | None
    pressure_altitude: Altitude | None
    height: Altitude | None
    alt_sigma_mm: int
    ref: FactRef


@dataclasses.dataclass(slots=True)
class Aligned:
    """What one tick heard, sorted into places, names and signs of life, in the order of the record."""

    returns: list[Return]
    named: list[tuple[Naming, FactRef]]
    alive: list[str]  # transmitters heard without a place or a name
    late: list[LateIgnored]


def align(facts: Sequence[object], state: State, *, tick: int, now_ns: int) -> Aligned:
    """Sort the observations of a tick and convert the places among them."""
    aligned = Aligned([], [], [], [])
    places: list[tuple[Positioned, FactRef]] = []
    lag_ns = int(state.settings.lag_s * 1e9)
    for index, fact in enumerate(facts):
        if not isinstance(fact, Heard):
            continue
        if isinstance(fact, POSITIONED) and fact.lat_e7 is not None:
            late_ns = now_ns - fact.t_event_ns
            if late_ns > lag_ns:
                aligned.late.append(
                    LateIgnored(sensor_id=fact.sensor_id, t_ns=now_ns, late_ns=late_ns, evidence=FactRef(tick, index))
                )
                aligned.alive.append(fact.transmitter)
            else:
                places.append((fact, FactRef(tick, index)))
        if isinstance(fact, _NAMING) or (isinstance(fact, AircraftHeard) and fact.callsign is not None):
            aligned.named.append((fact, FactRef(tick, index)))
        elif isinstance(fact, _ALIVE):
            aligned.alive.append(fact.transmitter)
    if places:
        _place(places, state, aligned.returns)
    return aligned


def _place(places: list[tuple[Positioned, FactRef]], state: State, returns: list[Return]) -> None:
    """Convert the places of a tick to metres about the origin."""
    assert state.origin_e7 is not None, "origin.choose comes before align"
    geodetic = np.array([_geodetic(fact) for fact, _ in places], dtype=np.float64)
    enu = to_enu(geodetic, state.origin_e7).tolist()
    for (fact, ref), place in zip(places, enu, strict=True):
        returns.append(_return(fact, ref, place, state))


def _geodetic(fact: Positioned) -> tuple[float, float, float]:
    return (fact.lat_e7 or 0) / 1e7, (fact.lon_e7 or 0) / 1e7, hae_mm(fact.altitude) / 1e3


def hae_mm(altitude: Altitude | None) -> int:
    """Return a height above the ellipsoid, 0 where it is unknown or above something else."""
    return altitude.value_mm if altitude is not None and altitude.datum is Datum.HAE else 0


def _return(fact: Positioned, ref: FactRef, enu: list[float], state: State) -> Return:
    sensor = state.sensors.get(fact.sensor_id)
    settings = state.settings
    default_m = sensor.pos_accuracy_mm / 1e3 if sensor is not None else settings.pos_accuracy_assumed_m
    alt_default_m = sensor.alt_accuracy_mm / 1e3 if sensor is not None else settings.alt_accuracy_assumed_m
    accuracy_m = default_m if fact.pos_accuracy_mm is None else fact.pos_accuracy_mm / 1e3
    alt_m = alt_default_m if fact.alt_accuracy_mm is None else fact.alt_accuracy_mm / 1e3
    sigma_m, alt_sigma_m = accuracy_m * SIGMA_OF_95_PLANE, alt_m * SIGMA_OF_95_LINE
    known_up = fact.altitude is not None and fact.altitude.datum is Datum.HAE
    up_sigma_m = alt_sigma_m if known_up else _UP_SIGMA_UNKNOWN_M
    velocity = _velocity(fact)
    speed_var = _speed_sigma_mps(fact) * _speed_sigma_mps(fact)
    east_mps, north_mps = velocity or (0.0, 0.0)
    pos_var, speed_var = sigma_m * sigma_m, speed_var if velocity else -1.0
    return Return(
        transmitter=fact.transmitter,
        t_ns=fact.t_event_ns,
        lat_e7=fact.lat_e7 or 0,
        lon_e7=fact.lon_e7 or 0,
        claim=fact.t_claimed_ds if isinstance(fact, LocationHeard) and fact.t_claimed_ds is not None else -1,
        z=(enu[0], enu[1], enu[2], east_mps, north_mps),
        r=(pos_var, pos_var, up_sigma_m * up_sigma_m, speed_var, speed_var),
        sigma_m=sigma_m,
        assumed=fact.pos_accuracy_mm is None,
        manned=_manned(fact),
        simulated=fact.link_trust is LinkTrust.SIMULATED,
        altitude=fact.altitude,
        pressure_altitude=None if isinstance(fact, PositionReported) else fact.pressure_altitude,
        height=None if isinstance(fact, AircraftHeard) else fact.height,
        alt_sigma_mm=round(alt_sigma_m * 1e3),
        ref=ref,
    )


def _manned(fact: Positioned) -> bool:
    if isinstance(fact, AircraftHeard):
        return fact.category != UNMANNED_CATEGORY
    return isinstance(fact, PositionReported) and fact.manned is True


def _velocity(fact: Positioned) -> tuple[float, float] | None:
    """Return the reported velocity (east, north) in m/s, or None where speed or course is unknown."""
    if fact.speed_mmps is None or fact.heading_mdeg is None:
        return None
    sine, cosine = sincos_deg(fact.heading_mdeg / 1e3)
    return fact.speed_mmps / 1e3 * sine, fact.speed_mmps / 1e3 * cosine


def _speed_sigma_mps(fact: Positioned) -> float:
    stated = fact.speed_accuracy_mmps if isinstance(fact, LocationHeard) else None
    return _SPEED_SIGMA_ASSUMED_MPS if stated is None else stated / 1e3 * SIGMA_OF_95_PLANE
