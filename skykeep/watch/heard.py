"""First stage: what was heard in one frame, one unit and one time, column by column; set aside what cannot count.

What was heard is not believed beyond reason: an accuracy better than a centimetre, a speed that no aircraft has, a
height outside the atmosphere cannot bend an estimate (they are taken as a centimetre, as not measured, as unknown).
A report whose sensor clock is ahead by more than the lag is set aside like one that is late by more. What comes from a
sensor whose clock is free, or uncertain by more than the lag, is counted and not merged; so is a plot that nothing can
be made of: a range without an azimuth, an angle from a sensor that stands nobody knows where.

A plot becomes a row of `Reports` by the first of `MODELS` whose columns it has. For another kind of measurement write
one kernel that fills rows from columns, and one line there. A polar plot is corrected by the registration bias that is
known of its sensor; `Reports.polar` keeps what was measured. A bias may be learnt between two deliveries of one report,
so `fingerprints` knows a plot again by what was measured and not by where that put it.

Converted measurements: the unbiased conversion with the covariance that a Gaussian noise of range and angles has in
Cartesian axes (Lerro and Bar-Shalom, IEEE Trans. AES 29(3), 1993; multiplicative form of Mo Longbin et al., AES 34(3),
1998), written in the axes along, across and above the measured azimuth, where it needs no difference of large numbers.
That covariance is of a target that is where it was measured. Where the angles are coarse (range times their variance
is not small beside the range's own error) the errors lie on a bent surface, and a covariance laid at the measurement is
too small along it: the distance between the two ways to unbias, measurement given truth and truth given measurement,
range times variance, is added in quadrature along the line of sight. For a radar of 3 mrad at 10 km that is 0.1 m.

A 2-D radar measures no elevation: nothing is known of the height but that the target is in the coverage. Between the
lowest and the highest place that the slant range allows there, the ground range is taken as evenly spread, and its mean
and variance are used; the variance straight up is UP_SIGMA_UNKNOWN_M squared. Without a ceiling, 1,000 m above the
sensor is taken for one.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.facts.concluded import FactRef, LateIgnored
from skykeep.facts.observed import (
    AircraftHeard,
    AuthHeard,
    BasicIdHeard,
    FlightStatus,
    LinkTrust,
    LocationHeard,
    OperatorIdHeard,
    PositionReported,
    PresenceReported,
    ScanReported,
    SelfIdHeard,
    SystemHeard,
    Unreadable,
    VehicleHeard,
)
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.exact import PI, asin, atan2, sincos, sincos_deg
from skykeep.geo.frames import A_M, B_M, DEG_PER_RAD, E2, EP2, F, enu_frame
from skykeep.geo.kernel import kernel
from skykeep.watch.reports import (
    AZIMUTH,
    DATUMS,
    DIRECTION,
    POSITION,
    UP_SIGMA_UNKNOWN_M,
    Floats,
    Ints,
    Reports,
    joined,
    no_reports,
)
from skykeep.watch.sensors import (
    ALT_ACCURACY,
    AZIMUTH_SIGMA,
    CEILING,
    COVERS,
    DOPPLER_SIGMA,
    ELEVATION_MAX,
    ELEVATION_MIN,
    ELEVATION_SIGMA,
    FLOOR,
    HEIGHT,
    PLACED,
    POS_ACCURACY,
    RANGE_SIGMA,
    SIMULATED,
    Columns,
    Sensors,
    row_of,
)
from skykeep.watch.settings import WatchSettings

UNMANNED_CATEGORY = "B6"  # ADS-B emitter category "unmanned aerial vehicle" (DO-260B, 2.2.3.2.5.2)
SIGMA_OF_95_PLANE = 1.0 / 2.4477468306808166  # 95 % radius of a circular normal error, in sigmas
SIGMA_OF_95_LINE = 1.0 / 1.959963984540054  # 95 % bound of a normal error, in sigmas
_SPEED_SIGMA_ASSUMED_MPS = 3.0
_DOPPLER_SIGMA_ASSUMED_MPS = 1.0  # where the sensor's declaration gives none
_ANGLE_SIGMA_ASSUMED = 0.017453292519943295  # 1 degree; the same
_SIGMA_MIN_M, _SIGMA_MAX_M = 0.01, 100_000.0  # what the filter is told; the law is told the spread itself
_ANGLE_SIGMA_MIN, _ANGLE_SIGMA_MAX = 1e-6, 1.0
_SPEED_SIGMA_MIN_MPS, _SPEED_SIGMA_MAX_MPS = 0.1, 1000.0
_HAE_MIN_MM, _HAE_MAX_MM = -1_000_000, 100_000_000
_AMSL_SIGMA_M = 60.0  # the geoid lies -107 to +86 m from the ellipsoid
_STD_SIGMA_M = 200.0  # geoid and weather: the pressure of a place varies by some 10 hPa about 1013.25
_CEILING_ASSUMED_M = 1_000.0  # above a 2-D radar that declares no ceiling
_NONE = -(2**63)  # in the columns of numbers: not said
_MISSING = -(2**31)  # in the columns of a scan
_LAT_MAX, _LON_MAX = 900_000_000, 3_600_000_000
_UPRIGHT_URAD = 1_570_796
_MISSING_BYTES = b"\x00\x00\x00\x80"
_SIMULATED, _HAE, _STD, _TAKEOFF, _AGL = LinkTrust.SIMULATED, Datum.HAE, Datum.STD, Datum.TAKEOFF, Datum.AGL
_GROUND = FlightStatus.GROUND
_NUM_HAE, _NUM_AMSL, _NUM_STD, _NUM_AGL, _NUM_TAKEOFF = range(len(DATUMS))

Naming = BasicIdHeard | OperatorIdHeard | AircraftHeard | PositionReported | PresenceReported
_Place = type[LocationHeard | AircraftHeard | PositionReported]
_PLACES: tuple[_Place, ...] = (LocationHeard, AircraftHeard, PositionReported)
_MODALITY = {LocationHeard: "remote_id", AircraftHeard: "adsb"}
_SIGNS = (
    BasicIdHeard,
    OperatorIdHeard,
    SystemHeard,
    SelfIdHeard,
    AuthHeard,
    VehicleHeard,
    PresenceReported,
    Unreadable,
)
_KINDS = (*_PLACES, *_SIGNS, ScanReported)


class Bias(Protocol):
    """What is known of the registration bias of sensors."""

    def at(self, sensor: int, t_ns: int) -> tuple[float, float, float]:
        """Return by how much a sensor's range (m), azimuth and elevation (rad) are too great, at a time."""


class Known(Protocol):
    """What this stage asks of the watch's state."""

    @property
    def settings(self) -> WatchSettings: ...
    @property
    def sensors(self) -> Sensors: ...
    @property
    def radios(self) -> Radios: ...
    @property
    def bias(self) -> Bias | None: ...


@dataclasses.dataclass(slots=True)
class Radios:
    """Transmitters by number; a number is never given twice."""

    names: dict[int, str] = dataclasses.field(default_factory=dict)
    numbers: dict[str, int] = dataclasses.field(default_factory=dict)
    next_number: int = 0

    def number(self, transmitter: str) -> int:
        """Return the number of a transmitter, -1 of none; one that was never heard of gets the next."""
        found = self.numbers.get(transmitter)
        if found is not None:
            return found
        if not transmitter:
            return -1
        number = self.next_number
        self.numbers[transmitter], self.names[number] = number, transmitter
        self.next_number = number + 1
        return number

    def forget(self, numbers: Iterable[int]) -> None:
        """Forget transmitters; heard again, they get other numbers."""
        for number in numbers:
            name = self.names.pop(number, None)
            if name is not None:
                del self.numbers[name]

    def listed(self) -> list[tuple[int, str]]:
        """Return all there are, for a snapshot; `next_number` belongs to it."""
        return list(self.names.items())


def radios_of(listed: list[tuple[int, str]], next_number: int) -> Radios:
    """Return the table that a snapshot kept."""
    return Radios(dict(listed), {name: number for number, name in listed}, next_number)


@dataclasses.dataclass(slots=True)
class Aligned:
    """What one tick heard, sorted into places and directions, names and signs of life, in the order of the record."""

    reports: Reports
    named: list[tuple[Naming, FactRef]]  # facts that give a name
    alive: list[str]  # transmitters heard without a place
    presences: list[tuple[PresenceReported, FactRef]]
    late: list[LateIgnored]
    looks: Ints  # (k, 3): each scan that counts, also one that saw nothing: sensor, t_ns, index of the fact
    unmerged: int  # facts and plots that are recorded and not used, for want of a clock, a place or a measurement


def align(facts: Sequence[object], state: Known, *, tick: int, now_ns: int) -> Aligned:
    """Sort the observations of a tick and convert the places and directions among them."""
    groups: dict[type, list[int]] = {kind: [] for kind in _KINDS}
    for index, fact in enumerate(facts):
        group = groups.get(type(fact))
        if group is not None:
            group.append(index)
    hearing = _Hearing(facts, state, tick, now_ns)
    parts = [hearing.places(kind, groups[kind]) for kind in _PLACES if groups[kind]]
    if groups[ScanReported]:
        parts.append(hearing.scans(groups[ScanReported]))
    hearing.signs(sorted(itertools.chain.from_iterable(groups[kind] for kind in _SIGNS)))
    return hearing.aligned(parts)


def fingerprints(reports: Reports) -> Ints:
    """Return what a report delivered twice has in common, (n, 6): sensor, time, transmitter, and what was measured.

    Of a polar plot and a direction that is the raw measurement, of a place the converted one, bit by bit.
    """
    raw = np.isnan(reports.polar[:, 1])
    measured = np.where(raw[:, None], reports.z, reports.polar)
    bits = np.ascontiguousarray(measured).view(np.int64)
    return np.column_stack([reports.sensor, reports.t_ns, reports.tx, bits])


@dataclasses.dataclass(slots=True)
class _Hearing:
    """One tick's facts while they are sorted; lists hold the index of the fact first."""

    facts: Sequence[object]
    state: Known
    tick: int
    now_ns: int
    named: list[tuple[int, Naming]] = dataclasses.field(default_factory=list)
    alive: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    present: list[tuple[int, PresenceReported]] = dataclasses.field(default_factory=list)
    late: list[tuple[int, LateIgnored]] = dataclasses.field(default_factory=list)
    looks: Ints = dataclasses.field(default_factory=lambda: np.zeros((0, 3), np.int64))
    unmerged: int = 0

    def aligned(self, parts: list[Reports]) -> Aligned:
        """Return all of it in the order of the record."""
        reports = joined(parts) if parts else no_reports()
        if len(parts) > 1:
            reports = _ordered(reports)
        for each in (self.named, self.alive, self.late):
            each.sort(key=_first)
        return Aligned(
            reports=reports,
            named=[(fact, FactRef(self.tick, index)) for index, fact in self.named],
            alive=[transmitter for _, transmitter in self.alive],
            presences=[(fact, FactRef(self.tick, index)) for index, fact in self.present],
            late=[told for _, told in self.late],
            looks=self.looks,
            unmerged=self.unmerged,
        )

    def in_time(self, indices: list[int]) -> list[int]:
        """Return the facts that are within the lag of now and whose clock can be believed."""
        now_ns, lag_ns = self.now_ns, int(self.state.settings.lag_s * 1e9)
        facts: Any = self.facts
        free = _not_merged(self.state.sensors, lag_ns)
        if not free:
            kept = [k for k in indices if -lag_ns <= now_ns - facts[k].t_event_ns <= lag_ns]
            if len(kept) == len(indices):
                return kept
        kept = []
        for k in indices:
            fact = facts[k]
            late_ns = now_ns - fact.t_event_ns
            if fact.sensor_id in free:
                self.unmerged += 1
            elif abs(late_ns) > lag_ns:
                self._set_aside(k, fact.sensor_id, late_ns)
            else:
                kept.append(k)
        return kept

    def _set_aside(self, index: int, sensor_id: str, late_ns: int) -> None:
        ref = FactRef(self.tick, index)
        told = LateIgnored(sensor_id=sensor_id, t_ns=self.now_ns, late_ns=late_ns, evidence=ref)
        self.late.append((index, told))

    def signs(self, indices: list[int]) -> None:
        """Take what has no place: names, signs of life, presences."""
        facts: Any = self.facts
        for k in self.in_time(indices):
            fact = facts[k]
            if isinstance(fact, Unreadable):
                continue
            if fact.transmitter:
                self.alive.append((k, fact.transmitter))
            if isinstance(fact, (BasicIdHeard, OperatorIdHeard, PresenceReported)):
                self.named.append((k, fact))
            if isinstance(fact, PresenceReported):
                self.present.append((k, fact))

    def places(self, kind: _Place, indices: list[int]) -> Reports:
        """Return the rows of all facts of one kind that say a place."""
        kept = self.in_time(indices)
        if kind is not LocationHeard:
            self._note_names(kept)
        if kind is not PositionReported:
            kept = self._with_place(kept)
        if not kept:
            return no_reports()
        facts: Any = self.facts
        rows = zip(*map(msgspec.structs.astuple, [facts[k] for k in kept]), strict=True)
        said = dict(zip(kind.__struct_fields__, rows, strict=True))
        sensor = self._sensor_rows(said["sensor_id"], said.get("modality", _MODALITY.get(kind)))
        reports = _reported(said, sensor, self.state, kind)
        reports.tx[:] = self._numbers(said["transmitter"])
        reports.index[:], reports.tick[:] = kept, self.tick
        return self._sane(reports)

    def _note_names(self, kept: list[int]) -> None:
        facts: Any = self.facts
        for k in kept:
            fact = facts[k]
            if isinstance(fact, AircraftHeard):
                if fact.callsign is not None:
                    self.named.append((k, fact))
            elif fact.uas_id is not None or fact.operator_id is not None:
                self.named.append((k, fact))

    def _with_place(self, kept: list[int]) -> list[int]:
        facts: Any = self.facts
        placed = [k for k in kept if facts[k].lat_e7 is not None and facts[k].lon_e7 is not None]
        if len(placed) < len(kept):
            known = frozenset(placed)
            self.alive += [(k, facts[k].transmitter) for k in kept if k not in known and facts[k].transmitter]
        return placed

    def _sane(self, reports: Reports) -> Reports:
        """Drop the rows whose place is none on the globe."""
        good = (reports.lat_e7 >= -_LAT_MAX) & (reports.lat_e7 <= _LAT_MAX)
        good &= (reports.lon_e7 >= -_LON_MAX) & (reports.lon_e7 <= _LON_MAX)
        if good.all():
            return reports
        self.unmerged += int(np.count_nonzero(~good))
        return _kept(reports, good)

    def _sensor_rows(self, ids: tuple[str, ...], modality: str | tuple[str, ...] | None) -> Ints:
        """Return the row of each fact's sensor."""
        sensors, settings = self.state.sensors, self.state.settings
        if isinstance(modality, tuple):
            pairs = list(zip(ids, modality, strict=True))
            rows = {pair: row_of(sensors, pair[0], settings, pair[1]) for pair in dict.fromkeys(pairs)}
            return np.array([rows[pair] for pair in pairs], np.int64)
        of = {name: row_of(sensors, name, settings, modality or "other") for name in dict.fromkeys(ids)}
        return np.array([of[name] for name in ids], np.int64)

    def _numbers(self, transmitters: tuple[str, ...]) -> list[int]:
        known, number = self.state.radios.numbers, self.state.radios.number
        return [known[name] if name in known else number(name) for name in transmitters]

    def scans(self, indices: list[int]) -> Reports:
        """Return the rows of all plots of all scans."""
        facts: Any = self.facts
        timely = self.in_time(indices)
        kept = [k for k in timely if _is_whole(facts[k])]
        self.unmerged += len(timely) - len(kept)
        if not kept:
            return no_reports()
        rows = zip(*map(msgspec.structs.astuple, [facts[k] for k in kept]), strict=True)
        said = dict(zip(ScanReported.__struct_fields__, rows, strict=True))
        sensor = self._sensor_rows(said["sensor_id"], said["modality"])
        t_ns = np.array(said["t_event_ns"], np.int64)
        self.looks = np.column_stack([sensor, t_ns, np.array(kept, np.int64)])
        return self._plots(said, kept, sensor, t_ns)

    def _plots(self, said: dict[str, tuple[Any, ...]], kept: list[int], sensor: Ints, t_ns: Ints) -> Reports:
        """Return the rows of the plots of scans that are in time."""
        count = np.array(said["plots"], np.int64)
        given = np.empty((len(_SCAN), int(count.sum())), np.int64)
        for row, name in enumerate(_SCAN):
            given[row] = _joined(said[name], said["plots"])
        of = np.repeat(np.arange(len(kept)), count)
        reports = no_reports(len(of))
        reports.sensor[:], reports.tick[:] = sensor[of], self.tick
        reports.index[:] = np.array(kept, np.int64)[of]
        reports.item[:] = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
        before_us = np.where(given[_BEFORE] == _MISSING, 0, given[_BEFORE])
        reports.t_ns[:] = t_ns[of] - 1_000 * before_us
        reports.tx[:] = np.array(self._numbers(said["transmitter"]), np.int64)[of]
        columns = self.state.sensors.columns()
        simulated = np.array([trust is _SIMULATED for trust in said["link_trust"]], np.int64)
        reports.simulated[:] = simulated[of] | columns.marks[reports.sensor, SIMULATED]
        plots = Plots(
            given,
            _or_none(said["pos_accuracy_mm"])[of],
            _or_none(said["alt_accuracy_mm"])[of],
            self._biases(sensor, said["t_event_ns"], of),
        )
        return self._measured(plots, reports, columns, before_us)

    def _biases(self, sensor: Ints, t_ns: tuple[int, ...], of: Ints) -> Floats:
        """Return the bias of each plot, (n, 3); plot k is of scan `of[k]`."""
        bias = self.state.bias
        if bias is None:
            return np.zeros((len(of), 3))
        return np.array([bias.at(int(row), when) for row, when in zip(sensor, t_ns, strict=True)])[of]

    def _measured(self, plots: Plots, reports: Reports, columns: Columns, before_us: Ints) -> Reports:
        """Fill the rows by the models; drop those that none fits, and plots of long ago."""
        model = _models(plots, reports.sensor, columns)
        filled = Filled(
            reports.z, reports.cov, reports.polar, reports.sigma_m, reports.assumed, reports.lat_e7, reports.lon_e7
        )
        for number, each in enumerate(MODELS):
            rows = np.flatnonzero(model == number)
            if len(rows):
                reports.kind[rows] = each.kind
                each.fill(rows, plots, reports.sensor, columns, filled)
        _besides(plots, reports, columns)
        old = self.now_ns - reports.t_ns > int(self.state.settings.lag_s * 1e9)
        if old.any():
            self._tell_old(reports, old)
        fits = (model >= 0) & (before_us >= 0)
        if fits.all() and not old.any():
            return reports
        self.unmerged += int(np.count_nonzero(~fits))
        return _kept(reports, fits & ~old)

    def _tell_old(self, reports: Reports, old: npt.NDArray[np.bool_]) -> None:
        """Tell, once a scan, how late its oldest plot is."""
        facts: Any = self.facts
        for index in dict.fromkeys(reports.index[old].tolist()):
            oldest_ns = int(reports.t_ns[old & (reports.index == index)].min())
            self._set_aside(index, facts[index].sensor_id, self.now_ns - oldest_ns)


def _first(entry: tuple[int, Any]) -> int:
    return entry[0]


def _kept(reports: Reports, rows: npt.NDArray[np.bool_]) -> Reports:
    return Reports(**{f.name: getattr(reports, f.name)[rows] for f in dataclasses.fields(Reports)})


def _ordered(reports: Reports) -> Reports:
    """Return the rows in the order of the record; the plots of a scan are in order already."""
    order = np.argsort(reports.index, kind="stable")
    return Reports(**{f.name: getattr(reports, f.name)[order] for f in dataclasses.fields(Reports)})


def _not_merged(sensors: Sensors, lag_ns: int) -> frozenset[str]:
    """Return the sensors whose clock means nothing to others, or is not known to within the lag."""
    return frozenset(name for name, error_ns in sensors.clock_errors_ns.items() if error_ns > lag_ns)


# ---- places that others worked out ---------------------------------------------------------------


def _column(values: Sequence[int | None]) -> Ints:
    """Return a column of numbers, _NONE where one is not said; what no int64 holds is the greatest that does."""
    try:
        return np.array([_NONE if value is None else value for value in values], np.int64)
    except OverflowError:
        most = 2**63 - 1
        return np.array([_NONE if value is None else min(max(value, -most), most) for value in values], np.int64)


def _or_none(values: Sequence[int | None]) -> Floats:
    """Return a column of accuracies in millimetres, -1 where one is not said."""
    return np.array([-1.0 if value is None else value for value in values], np.float64)


def _heights(column: Sequence[Altitude | None]) -> tuple[Ints, Ints]:
    """Return the values and datums of a column of heights."""
    datums = [
        -1 if a is None
        else _NUM_HAE if a.datum is _HAE
        else _NUM_STD if a.datum is _STD
        else _NUM_TAKEOFF if a.datum is _TAKEOFF
        else _NUM_AGL if a.datum is _AGL
        else _NUM_AMSL
        for a in column
    ]  # fmt: skip
    return _column([0 if a is None else a.value_mm for a in column]), np.array(datums, np.int64)


def _reported(said: dict[str, tuple[Any, ...]], sensor: Ints, state: Known, kind: _Place) -> Reports:
    """Return the rows of facts of one kind that say a place, without transmitter and index."""
    columns = state.sensors.columns()
    reports = no_reports(len(sensor))
    reports.sensor[:], reports.t_ns[:] = sensor, _column(said["t_event_ns"])
    reports.lat_e7[:], reports.lon_e7[:] = _column(said["lat_e7"]), _column(said["lon_e7"])
    pos_mm = _or_none(said["pos_accuracy_mm"])
    reports.assumed[:] = pos_mm < 0.0
    pos_mm = np.where(pos_mm < 0.0, columns.numbers[sensor, POS_ACCURACY], pos_mm)
    reports.sigma_m[:] = np.maximum(pos_mm / 1e3 * SIGMA_OF_95_PLANE, _SIGMA_MIN_M)
    _said_heights(said, columns.numbers[sensor, ALT_ACCURACY], reports)
    speed_mm = _or_none(said.get("speed_accuracy_mmps", (None,) * len(sensor)))
    moved = np.stack([_column(said["speed_mmps"]), _column(said["heading_mdeg"])])
    most_mmps = state.settings.speed_max_manned_mps * 1e3
    home_m = np.where(columns.marks[sensor, PLACED] == 1, columns.numbers[sensor, HEIGHT], 0.0)
    _convert(
        reports.lat_e7, reports.lon_e7, _up(reports, home_m), reports.sigma_m, moved, speed_mm, most_mmps,
        reports.z, reports.cov, reports.vel, reports.vel_var,
    )  # fmt: skip
    if kind is LocationHeard:
        reports.claim[:] = [-1 if claim is None else claim for claim in said["t_claimed_ds"]]
        reports.on_ground[:] = [status is _GROUND for status in said["status"]]
    elif kind is AircraftHeard:
        reports.manned[:] = [category != UNMANNED_CATEGORY for category in said["category"]]
        reports.on_ground[:] = [ground is True for ground in said["on_ground"]]
    else:
        reports.manned[:] = [-1 if manned is None else manned for manned in said["manned"]]
    reports.simulated[:] = [trust is _SIMULATED for trust in said["link_trust"]]
    reports.simulated |= columns.marks[sensor, SIMULATED]
    return reports


def _said_heights(said: dict[str, tuple[Any, ...]], default_mm: Floats, reports: Reports) -> None:
    """Fill the heights as they were said, each with its accuracy; Remote ID states none for a height above a place."""
    stated = _or_none(said["alt_accuracy_mm"])
    alt_mm = np.where(stated < 0.0, default_mm, stated)
    pressure = _or_none(said["pressure_accuracy_mm"]) if "pressure_accuracy_mm" in said else np.full_like(stated, -1.0)
    reports.said_mm[:], reports.said_datum[:] = _heights(said["altitude"])
    reports.said_sigma_mm[:] = _sigma_mm(alt_mm)
    if "pressure_altitude" in said:
        reports.std_mm[:], datum = _heights(said["pressure_altitude"])
        sigma_mm = _sigma_mm(np.where(pressure < 0.0, default_mm, pressure))
        reports.std_sigma_mm[:] = np.where(datum < 0, -1, sigma_mm)
    if "height" in said:
        reports.above_mm[:], reports.above_datum[:] = _heights(said["height"])
        worse = np.where(pressure < 0.0, alt_mm, np.where(stated < 0.0, pressure, np.maximum(stated, pressure)))
        reports.above_sigma_mm[:] = _sigma_mm(worse)


def _sigma_mm(accuracy_mm: Floats) -> Ints:
    return np.rint(np.minimum(accuracy_mm * SIGMA_OF_95_LINE, 1e15)).astype(np.int64)


def _up(reports: Reports, home_m: Floats) -> Floats:
    """Return the height above the ellipsoid and its standard deviation, (2, n), in metres: the best that was said.

    Mean sea level and the pressure surface lie near enough to the ellipsoid to tell an airliner from a drone.
    """
    count = len(reports)
    up = np.empty((2, count))
    _choose_up(
        reports.said_mm, reports.said_datum, reports.said_sigma_mm, reports.std_mm, reports.std_sigma_mm, home_m, up
    )
    return up


@kernel
def _choose_up(
    said_mm: Ints, said_datum: Ints, said_sigma_mm: Ints, std_mm: Ints, std_sigma_mm: Ints, home_m: Floats, up: Floats
) -> None:
    for i in range(up.shape[1]):
        value_mm = int(said_mm[i])
        datum = int(said_datum[i])
        sigma_m = int(said_sigma_mm[i]) / 1e3
        if datum < 0 and int(std_sigma_mm[i]) >= 0:
            value_mm = int(std_mm[i])
            datum = _NUM_STD
            sigma_m = int(std_sigma_mm[i]) / 1e3
        more_m = 0.0
        if datum == _NUM_AMSL:
            more_m = _AMSL_SIGMA_M
        elif datum == _NUM_STD:
            more_m = _STD_SIGMA_M
        if datum < 0 or datum > _NUM_STD or not _HAE_MIN_MM <= value_mm <= _HAE_MAX_MM:
            up[0, i], up[1, i] = float(home_m[i]), UP_SIGMA_UNKNOWN_M
        else:
            sigma_m = min(sigma_m, _SIGMA_MAX_M)
            up[0, i], up[1, i] = value_mm / 1e3, math.sqrt(sigma_m * sigma_m + more_m * more_m)


@kernel
def _bounded(sigma: float, least: float, most: float) -> float:
    """Return the variance of a standard deviation that is held between two."""
    sigma = min(max(float(sigma), least), most)
    return sigma * sigma


@kernel
def _set_upright(frame: Floats, level_var: float, up_var: float, cov: Floats, i: int) -> None:
    """Fill row i of cov (n, 6) for errors alike in all level directions and another one straight up."""
    more = up_var - level_var
    x = float(frame[3, 0])
    y = float(frame[3, 1])
    z = float(frame[3, 2])
    cov[i, 0], cov[i, 1], cov[i, 2] = level_var + more * x * x, more * x * y, more * x * z
    cov[i, 3], cov[i, 4], cov[i, 5] = level_var + more * y * y, more * y * z, level_var + more * z * z


@kernel
def _convert(
    lat_e7: Ints, lon_e7: Ints, up: Floats, sigma_m: Floats, moved: Ints, speed_mm: Floats, most_mmps: float,
    pos: Floats, cov: Floats, vel: Floats, vel_var: Floats,
) -> None:  # fmt: skip
    """Fill places (n, 3), covariances (n, 6) and velocities from what was said of them."""
    for i in range(pos.shape[0]):
        if not (-_LAT_MAX <= int(lat_e7[i]) <= _LAT_MAX and -_LON_MAX <= int(lon_e7[i]) <= _LON_MAX):
            continue
        frame = enu_frame(int(lat_e7[i]) / 1e7, int(lon_e7[i]) / 1e7, float(up[0, i]))
        pos[i, 0], pos[i, 1], pos[i, 2] = float(frame[0, 0]), float(frame[0, 1]), float(frame[0, 2])
        level_var = _bounded(float(sigma_m[i]), _SIGMA_MIN_M, _SIGMA_MAX_M)
        _set_upright(frame, level_var, _bounded(float(up[1, i]), _SIGMA_MIN_M, _SIGMA_MAX_M), cov, i)
        speed = int(moved[0, i])
        heading = int(moved[1, i])
        if not (-most_mmps <= speed <= most_mmps and -360_000 <= heading <= 360_000):
            continue
        sine, cosine = sincos_deg(heading / 1e3)
        vel[i, 0], vel[i, 1] = speed / 1e3 * sine, speed / 1e3 * cosine
        stated = float(speed_mm[i])
        sigma = _SPEED_SIGMA_ASSUMED_MPS if stated < 0.0 else stated / 1e3 * SIGMA_OF_95_PLANE
        vel_var[i] = _bounded(sigma, _SPEED_SIGMA_MIN_MPS, _SPEED_SIGMA_MAX_MPS)


# ---- plots: what a sensor measured itself --------------------------------------------------------

_SCAN = (
    "before_us", "range_mm", "azimuth_urad", "elevation_urad", "lat_e7", "lon_e7", "alt_mm", "doppler_mmps",
    "rcs_mdbsm",
)  # fmt: skip
_BEFORE, _RANGE, _AZIMUTH, _ELEVATION, _LAT, _LON, _ALT, _DOPPLER, _RCS = range(len(_SCAN))


class Plots(NamedTuple):
    """What the models read of n plots; accuracies are 95 % in mm, -1 where not stated."""

    given: Ints  # (9, n), in the order of the fields of ScanReported; the least int32: not in this plot
    pos_accuracy: Floats
    alt_accuracy: Floats
    bias: Floats  # (n, 3): of range (m), azimuth and elevation (rad)


class Filled(NamedTuple):
    """What the models write: fields of Reports of the same names."""

    z: Floats
    cov: Floats
    polar: Floats
    sigma_m: Floats
    assumed: Ints
    lat_e7: Ints
    lon_e7: Ints


_columns_of = operator.attrgetter(*_SCAN)


def _is_whole(fact: ScanReported) -> bool:
    """Say whether the columns of a scan are as long as it says: none has been read yet that is not."""
    count = fact.plots
    lengths = set(map(len, _columns_of(fact)))
    return count == 0 if lengths == {0} else lengths <= {0, 4 * count}


def _joined(column: tuple[bytes, ...], plots: tuple[int, ...]) -> npt.NDArray[np.int32] | int:
    """Return one column of all scans, one after the other; one number where no scan has it."""
    if not any(column):
        return _MISSING
    pieces = [data or _MISSING_BYTES * count for data, count in zip(column, plots, strict=True)]
    return np.frombuffer(b"".join(pieces), "<i4")


def _models(plots: Plots, sensor: Ints, columns: Columns) -> Ints:
    """Return for each plot the number of the first model that fits it; -1: none."""
    given = plots.given
    has = given != _MISSING
    broken = has[_RANGE] & (given[_RANGE] <= 0)
    broken |= has[_LAT] & (np.abs(given[_LAT]) > _LAT_MAX)
    broken |= has[_ELEVATION] & (np.abs(given[_ELEVATION]) > _UPRIGHT_URAD)
    placed = columns.marks[sensor, PLACED] == 1
    model = np.full(given.shape[1], -1, np.int64)
    for number in range(len(MODELS) - 1, -1, -1):
        each = MODELS[number]
        fits = placed.copy() if each.from_sensor else np.ones_like(placed)
        for column in each.needs:
            fits &= has[column]
        model[fits] = number
    model[broken] = -1
    return model


def _besides(plots: Plots, reports: Reports, columns: Columns) -> None:
    """Fill what a plot may say besides where it is: range rate, radar cross section, height."""
    given, count = plots.given, len(reports)
    said = given[_DOPPLER] != _MISSING
    if said.any():
        sigma = columns.numbers[reports.sensor, DOPPLER_SIGMA]
        sigma = np.where(sigma < 0.0, _DOPPLER_SIGMA_ASSUMED_MPS, np.maximum(sigma, 0.01))
        reports.doppler[:] = np.where(said, given[_DOPPLER] / 1e3, 0.0)
        reports.doppler_var[:] = np.where(said, sigma * sigma, -1.0)
    said = given[_RCS] != _MISSING
    if said.any():
        reports.rcs_dbsm[:] = np.where(said, given[_RCS] / 1e3, np.full(count, np.nan))
    said = (given[_ALT] != _MISSING) & (given[_LAT] != _MISSING)
    if said.any():
        reports.said_mm[:] = np.where(said, given[_ALT], 0)
        reports.said_datum[:] = np.where(said, _NUM_HAE, -1)
        reports.said_sigma_mm[:] = np.where(said, _sigma_mm(_alt_mm(plots, reports.sensor, columns)), 0)


def _alt_mm(plots: Plots, sensor: Ints, columns: Columns) -> Floats:
    return np.where(plots.alt_accuracy < 0.0, columns.numbers[sensor, ALT_ACCURACY], plots.alt_accuracy)


@kernel
def _angle_sigma(declared: float) -> float:
    """Return the standard deviation of an angle; 1 degree where none was declared."""
    declared = float(declared)
    return _ANGLE_SIGMA_ASSUMED if declared < 0.0 else min(max(declared, _ANGLE_SIGMA_MIN), _ANGLE_SIGMA_MAX)


@kernel
def _range_sigma(declared_m: float, stated_mm: float, default_mm: float) -> float:
    """Return the standard deviation of a range in metres: as declared, else by the accuracy of places, 95 % in mm."""
    sigma_m = float(declared_m)
    if sigma_m < 0.0:
        sigma_m = (stated_mm if stated_mm >= 0.0 else default_mm) / 1e3 * SIGMA_OF_95_PLANE
    return min(max(sigma_m, _SIGMA_MIN_M), _SIGMA_MAX_M)


@kernel
def _grown(x: float) -> tuple[float, float]:
    """Return cosh x - 1 and sinh x for 0 <= x <= 1, to 1e-9 of themselves."""
    square = x * x
    less = square * (0.5 + square * (1.0 / 24.0 + square * (1.0 / 720.0 + square / 40320.0)))
    return less, x * (1.0 + square * (1.0 / 6.0 + square * (1.0 / 120.0 + square * (1.0 / 5040.0 + square / 362880.0))))


@kernel
def converted(
    range_m: float, elevation: float, range_sigma_m: float, azimuth_sigma: float, elevation_sigma: float
) -> tuple[float, float, float, float, float, float]:
    """Return a polar measurement in level and upright axes through the sensor: unbiased, with its covariance.

    Metres along the measured azimuth and up; then the variances along, across and up, and the covariance of along and
    up (the two others are 0). Sigmas of angles are at most 1 rad.

    With noise d of variance v in an angle, E cos d = exp(-v/2), E cos2 d / (E cos d)2 = cosh v, E sin2 d / (E cos d)2 =
    sinh v: so dividing each cosine and sine by its mean shrinkage leaves no bias, and what remains is the covariance.
    """
    sine, cosine = sincos(float(elevation))
    range_m = float(range_m)
    square = range_m * range_m
    noise = float(range_sigma_m) * float(range_sigma_m)
    across = float(azimuth_sigma) * float(azimuth_sigma)
    above = float(elevation_sigma) * float(elevation_sigma)
    cosh_a, sinh_a = _grown(across)  # cosh less 1
    cosh_e, sinh_e = _grown(above)
    half_a, half_sa = _grown(0.5 * across)
    half_e, half_se = _grown(0.5 * above)
    grow_e = 1.0 + half_e + half_se  # exp(v/2)
    along_m = range_m * cosine * (1.0 + half_a + half_sa) * grow_e
    up_m = range_m * sine * grow_e
    cc = cosine * cosine
    ss = sine * sine
    level = square * (cc * (1.0 + cosh_e) + ss * sinh_e) + noise * (cc * (1.0 + cosh_e) + ss * sinh_e)
    both = cosh_a + cosh_e + cosh_a * cosh_e
    var_along = square * (cc * both + ss * sinh_e * (1.0 + cosh_a))
    var_along = var_along + noise * (cc * (1.0 + cosh_e) + ss * sinh_e) * (1.0 + cosh_a)
    var_up = square * (ss * cosh_e + cc * sinh_e) + noise * (ss * (1.0 + cosh_e) + cc * sinh_e)
    shrink = cosh_e - sinh_e  # exp(-v) less 1
    cov_along_up = sine * cosine * (square * shrink + noise * (1.0 + shrink))
    bent = square * above * above
    var_along = var_along + square * cc * across * across + bent * cc
    return along_m, up_m, var_along, level * sinh_a, var_up + bent * ss, cov_along_up + bent * sine * cosine


_Turned = tuple[float, float, float, float, float, float, float, float, float]


# Helpers of the loops below take numbers and at most one array: each array that is handed on costs as much as a sine.


@kernel
def _turned(
    frames: Floats, s: int, azimuth: float, along_m: float, up_m: float,
    var_along: float, var_across: float, var_up: float, cov_along_up: float,
) -> _Turned:  # fmt: skip
    """Return a place at an azimuth from sensor s, earth-centred, and its covariance: xx, xy, xz, yy, yz, zz."""
    sine, cosine = sincos(azimuth)
    ex, ey = float(frames[s, 1, 0]), float(frames[s, 1, 1])
    nx, ny, nz = float(frames[s, 2, 0]), float(frames[s, 2, 1]), float(frames[s, 2, 2])
    ux, uy, uz = float(frames[s, 3, 0]), float(frames[s, 3, 1]), float(frames[s, 3, 2])
    ax, ay, az = sine * ex + cosine * nx, sine * ey + cosine * ny, cosine * nz
    bx, by, bz = cosine * ex - sine * nx, cosine * ey - sine * ny, -sine * nz
    wx, wy, wz = cov_along_up * ax, cov_along_up * ay, cov_along_up * az
    return (
        float(frames[s, 0, 0]) + (along_m * ax + up_m * ux),
        float(frames[s, 0, 1]) + (along_m * ay + up_m * uy),
        float(frames[s, 0, 2]) + (along_m * az + up_m * uz),
        var_along * ax * ax + var_across * bx * bx + var_up * ux * ux + 2.0 * wx * ux,
        var_along * ax * ay + var_across * bx * by + var_up * ux * uy + (wx * uy + wy * ux),
        var_along * ax * az + var_across * bx * bz + var_up * ux * uz + (wx * uz + wz * ux),
        var_along * ay * ay + var_across * by * by + var_up * uy * uy + 2.0 * wy * uy,
        var_along * ay * az + var_across * by * bz + var_up * uy * uz + (wy * uz + wz * uy),
        var_along * az * az + var_across * bz * bz + var_up * uz * uz + 2.0 * wz * uz,
    )


@kernel
def _level(x_m: float, y_m: float, z_m: float) -> tuple[int, int]:
    """Return lat_e7, lon_e7 of an earth-centred place by one round of Bowring's formula (1985, with his first guess).

    Up to 1,000 km of height nothing is lost by it but the rounding to 1e-7 degree.
    """
    along = math.sqrt(x_m * x_m + y_m * y_m)
    away = math.sqrt(along * along + z_m * z_m)
    s = z_m * (1.0 - F) * (1.0 + EP2 * B_M / away)
    size = math.sqrt(s * s + along * along)
    s, c = s / size, along / size
    lat_deg = atan2(z_m + EP2 * B_M * s * s * s, along - E2 * A_M * c * c * c) * DEG_PER_RAD
    lon_deg = atan2(y_m, x_m) * DEG_PER_RAD
    return math.floor(lat_deg * 1e7 + 0.5), math.floor(lon_deg * 1e7 + 0.5)


@kernel
def _from_place(rows: Ints, plots: Plots, sensor: Ints, columns: Columns, filled: Filled) -> None:
    """A place that the sensor worked out itself: latitude, longitude, perhaps a height."""
    for k in range(rows.shape[0]):
        i = int(rows[k])
        s = int(sensor[i])
        accuracy_mm = float(plots.pos_accuracy[i])
        filled.assumed[i] = 1 if accuracy_mm < 0.0 else 0
        if accuracy_mm < 0.0:
            accuracy_mm = float(columns.numbers[s, POS_ACCURACY])
        filled.sigma_m[i] = max(accuracy_mm / 1e3 * SIGMA_OF_95_PLANE, _SIGMA_MIN_M)
        alt_mm = int(plots.given[_ALT, i])
        up_m = float(columns.numbers[s, HEIGHT]) if columns.marks[s, PLACED] == 1 else 0.0
        up_sigma_m = UP_SIGMA_UNKNOWN_M
        if _HAE_MIN_MM <= alt_mm <= _HAE_MAX_MM:
            up_m = alt_mm / 1e3
            stated_mm = float(plots.alt_accuracy[i])
            up_sigma_m = (stated_mm if stated_mm >= 0.0 else float(columns.numbers[s, ALT_ACCURACY])) / 1e3
            up_sigma_m = up_sigma_m * SIGMA_OF_95_LINE
        lat_e7 = int(plots.given[_LAT, i])
        lon_e7 = int(plots.given[_LON, i])
        filled.lat_e7[i], filled.lon_e7[i] = lat_e7, lon_e7
        frame = enu_frame(lat_e7 / 1e7, lon_e7 / 1e7, up_m)
        filled.z[i, 0], filled.z[i, 1], filled.z[i, 2] = float(frame[0, 0]), float(frame[0, 1]), float(frame[0, 2])
        level_var = _bounded(float(filled.sigma_m[i]), _SIGMA_MIN_M, _SIGMA_MAX_M)
        _set_upright(frame, level_var, _bounded(up_sigma_m, _SIGMA_MIN_M, _SIGMA_MAX_M), filled.cov, i)


@kernel
def _from_polar(rows: Ints, plots: Plots, sensor: Ints, columns: Columns, filled: Filled) -> None:
    """A 3-D radar's plot: range, azimuth, elevation."""
    given, accuracy, bias, numbers, frames = plots.given, plots.pos_accuracy, plots.bias, columns.numbers, columns.frame
    pos, cov, polar = filled.z, filled.cov, filled.polar
    sigma_m, assumed, lat_e7, lon_e7 = filled.sigma_m, filled.assumed, filled.lat_e7, filled.lon_e7
    for k in range(rows.shape[0]):
        i = int(rows[k])
        s = int(sensor[i])
        range_m, azimuth = int(given[_RANGE, i]) / 1e3, int(given[_AZIMUTH, i]) / 1e6
        polar[i, 0], polar[i, 1] = range_m, azimuth
        range_m = max(range_m - float(bias[i, 0]), 1.0)
        azimuth = azimuth - float(bias[i, 1])
        range_sigma_m = _range_sigma(numbers[s, RANGE_SIGMA], float(accuracy[i]), float(numbers[s, POS_ACCURACY]))
        azimuth_sigma = _angle_sigma(numbers[s, AZIMUTH_SIGMA])
        elevation = int(given[_ELEVATION, i]) / 1e6
        polar[i, 2] = elevation
        elevation = elevation - float(bias[i, 2])
        along_m, up_m, var_along, var_across, var_up, cov_along_up = converted(
            range_m, elevation, range_sigma_m, azimuth_sigma, _angle_sigma(numbers[s, ELEVATION_SIGMA])
        )
        x, y, z, xx, xy, xz, yy, yz, zz = _turned(
            frames, s, azimuth, along_m, up_m, var_along, var_across, var_up, cov_along_up
        )
        pos[i, 0], pos[i, 1], pos[i, 2] = x, y, z
        cov[i, 0], cov[i, 1], cov[i, 2], cov[i, 3], cov[i, 4], cov[i, 5] = xx, xy, xz, yy, yz, zz
        lat_e7[i], lon_e7[i] = _level(x, y, z)
        sigma_m[i] = math.sqrt(max(var_along, var_across))
        assumed[i] = 1 if float(numbers[s, RANGE_SIGMA]) < 0.0 else 0


@kernel
def _reach(columns: Columns, s: int, range_m: float) -> tuple[float, float]:
    """Return the least and the greatest height, above the sensor's level plane, of a target at this slant range."""
    lowest = -0.05 * range_m
    highest = 0.95 * range_m
    bulge = range_m * range_m / (2.0 * A_M)  # how far the earth falls away below the plane
    low = -bulge
    high = _CEILING_ASSUMED_M - bulge
    if columns.marks[s, COVERS] == 1:
        home = float(columns.numbers[s, HEIGHT])
        low = max(float(columns.numbers[s, FLOOR]) - home - bulge, low)
        if float(columns.numbers[s, CEILING]) < 1e8:
            high = float(columns.numbers[s, CEILING]) - home - bulge
        lowest = max(lowest, range_m * sincos(float(columns.numbers[s, ELEVATION_MIN]))[0])
        highest = min(highest, range_m * sincos(float(columns.numbers[s, ELEVATION_MAX]))[0])
    low = min(max(low, lowest), highest)
    return low, max(min(high, highest), low)


@kernel
def _ground(range_m: float, low_m: float, high_m: float) -> tuple[float, float]:
    """Return mean and variance of the ground range of a slant range, where the height is spread evenly between two."""
    square = range_m * range_m
    if high_m - low_m < 1e-3 * range_m:
        middle = 0.5 * (low_m + high_m)
        return math.sqrt(square - middle * middle), 0.0
    upper = high_m * math.sqrt(square - high_m * high_m) + square * asin(high_m / range_m)
    lower = low_m * math.sqrt(square - low_m * low_m) + square * asin(low_m / range_m)
    mean = 0.5 * (upper - lower) / (high_m - low_m)
    of_square = square - (high_m * high_m + high_m * low_m + low_m * low_m) / 3.0
    return mean, max(of_square - mean * mean, 0.0)


@kernel
def _from_flat_polar(rows: Ints, plots: Plots, sensor: Ints, columns: Columns, filled: Filled) -> None:
    """A 2-D radar's plot: slant range and azimuth; the height is anything in the coverage."""
    up_var = UP_SIGMA_UNKNOWN_M * UP_SIGMA_UNKNOWN_M
    given, accuracy, bias, numbers, frames = plots.given, plots.pos_accuracy, plots.bias, columns.numbers, columns.frame
    pos, cov, polar = filled.z, filled.cov, filled.polar
    sigma_m, assumed, lat_e7, lon_e7 = filled.sigma_m, filled.assumed, filled.lat_e7, filled.lon_e7
    for k in range(rows.shape[0]):
        i = int(rows[k])
        s = int(sensor[i])
        range_m, azimuth = int(given[_RANGE, i]) / 1e3, int(given[_AZIMUTH, i]) / 1e6
        polar[i, 0], polar[i, 1] = range_m, azimuth
        range_m = max(range_m - float(bias[i, 0]), 1.0)
        azimuth = azimuth - float(bias[i, 1])
        range_sigma_m = _range_sigma(numbers[s, RANGE_SIGMA], float(accuracy[i]), float(numbers[s, POS_ACCURACY]))
        azimuth_sigma = _angle_sigma(numbers[s, AZIMUTH_SIGMA])
        low_m, high_m = _reach(columns, s, range_m)
        ground_m, ground_var = _ground(range_m, low_m, high_m)
        along_m, _, var_along, var_across, _, _ = converted(
            ground_m, 0.0, range_sigma_m * range_m / ground_m, azimuth_sigma, 0.0
        )
        var_along = var_along + ground_var
        x, y, z, xx, xy, xz, yy, yz, zz = _turned(
            frames, s, azimuth, along_m, 0.5 * (low_m + high_m), var_along, var_across, up_var, 0.0
        )
        pos[i, 0], pos[i, 1], pos[i, 2] = x, y, z
        cov[i, 0], cov[i, 1], cov[i, 2], cov[i, 3], cov[i, 4], cov[i, 5] = xx, xy, xz, yy, yz, zz
        lat_e7[i], lon_e7[i] = _level(x, y, z)
        sigma_m[i] = math.sqrt(max(var_along, var_across))
        assumed[i] = 1 if float(numbers[s, RANGE_SIGMA]) < 0.0 else 0


@kernel
def _set_angles(rows: Ints, plots: Plots, sensor: Ints, columns: Columns, filled: Filled) -> None:
    """An azimuth: a direction finder, a microphone array."""
    given, bias, numbers = plots.given, plots.bias, columns.numbers
    z, cov, polar = filled.z, filled.cov, filled.polar
    for k in range(rows.shape[0]):
        i = int(rows[k])
        azimuth = int(given[_AZIMUTH, i]) / 1e6
        polar[i, 1] = azimuth
        azimuth = azimuth - float(bias[i, 1])
        sigma = _angle_sigma(numbers[int(sensor[i]), AZIMUTH_SIGMA])
        z[i, 0] = azimuth - math.floor(azimuth / (2.0 * PI)) * (2.0 * PI)
        cov[i, 0] = sigma * sigma


@kernel
def _from_direction(rows: Ints, plots: Plots, sensor: Ints, columns: Columns, filled: Filled) -> None:
    """A camera's plot: azimuth and elevation."""
    _set_angles(rows, plots, sensor, columns, filled)
    given, bias, numbers = plots.given, plots.bias, columns.numbers
    z, cov, polar = filled.z, filled.cov, filled.polar
    for k in range(rows.shape[0]):
        i = int(rows[k])
        elevation = int(given[_ELEVATION, i]) / 1e6
        polar[i, 2] = elevation
        z[i, 1] = elevation - float(bias[i, 2])
        sigma = _angle_sigma(numbers[int(sensor[i]), ELEVATION_SIGMA])
        cov[i, 1] = sigma * sigma


class Model(NamedTuple):
    """How one kind of measurement becomes rows."""

    caption: str
    kind: int  # of Reports
    needs: tuple[int, ...]  # columns that a plot must have
    from_sensor: bool  # True: measured from the sensor's declared place
    fill: Callable[[Ints, Plots, Ints, Columns, Filled], None]


MODELS = (
    Model("a place", POSITION, (_LAT, _LON), from_sensor=False, fill=_from_place),
    Model("range, azimuth, elevation", POSITION, (_RANGE, _AZIMUTH, _ELEVATION), from_sensor=True, fill=_from_polar),
    Model("slant range, azimuth", POSITION, (_RANGE, _AZIMUTH), from_sensor=True, fill=_from_flat_polar),
    Model("azimuth, elevation", DIRECTION, (_AZIMUTH, _ELEVATION), from_sensor=True, fill=_from_direction),
    Model("azimuth", AZIMUTH, (_AZIMUTH,), from_sensor=True, fill=_set_angles),
)
