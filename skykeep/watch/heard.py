"""First stage: what was heard in one frame, one unit and one time, column by column; set aside what cannot count.

A report whose sensor clock is ahead by more than the lag is set aside like one that is late by more. What comes from a
sensor whose clock is free, or uncertain by more than the lag, is counted and not merged; so is a plot that nothing can
be made of, and a place that is none on the globe.

Places that others worked out become rows in `stated`, plots in `plots`. A polar plot is corrected by the registration
bias that is known of its sensor; `Reports.polar` keeps what was measured.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from skykeep.facts.concluded import FactRef, LateIgnored
from skykeep.facts.flat import NONE, columns, flat
from skykeep.facts.observed import (
    AircraftHeard,
    AuthHeard,
    BasicIdHeard,
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
from skykeep.watch import plots as measuring
from skykeep.watch.plotted import BEFORE_US, MISSING, Plots
from skykeep.watch.radios import Radios
from skykeep.watch.reports import Floats, Ints, Reports, chosen, joined, no_reports
from skykeep.watch.sensors import SIMULATED, Sensors, row_of
from skykeep.watch.settings import WatchSettings
from skykeep.watch.stated import on_globe, reported

Naming = BasicIdHeard | OperatorIdHeard | AircraftHeard | PositionReported | PresenceReported
_Place = type[LocationHeard | AircraftHeard | PositionReported]
_PLACES: tuple[_Place, ...] = (LocationHeard, AircraftHeard, PositionReported)
_MODALITY = {LocationHeard: "remote_id", AircraftHeard: "adsb"}
_NAMING = (BasicIdHeard, OperatorIdHeard, PresenceReported)
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
_sensor_of, _transmitter_of = operator.attrgetter("sensor_id"), operator.attrgetter("transmitter")
_t_of = operator.attrgetter("t_event_ns")


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
class Aligned:
    """What one tick heard, sorted into places and directions, names and signs of life, in the order of the record."""

    reports: Reports
    named: list[tuple[Naming, FactRef]]  # facts that give a name
    alive: list[str]  # transmitters heard without a place, each once, in no order that matters
    presences: list[tuple[PresenceReported, FactRef]]
    late: list[LateIgnored]
    looks: Ints  # (k, 3): each scan that counts, also one that saw nothing: sensor, t_ns, index of the fact
    unmerged: int  # facts and plots that are recorded and not used, for want of a clock, a place or a measurement


def align(facts: Sequence[object], state: Known, *, tick: int, now_ns: int) -> Aligned:
    """Sort the observations of a tick and convert the places and directions among them."""
    groups: dict[type, list[int]] = {kind: [] for kind in _KINDS}
    for index, kind in enumerate(map(type, facts)):
        group = groups.get(kind)
        if group is not None:
            group.append(index)
    hearing = _Hearing(facts, state, tick, now_ns)
    parts = [hearing.places(kind, groups[kind]) for kind in _PLACES if groups[kind]]
    if groups[ScanReported]:
        parts.append(hearing.scans(groups[ScanReported]))
    for sign in _SIGNS:
        if groups[sign]:
            hearing.signs(sign, groups[sign])
    return hearing.aligned(parts)


@dataclasses.dataclass(slots=True)
class _Hearing:
    """One tick's facts while they are sorted; lists hold the index of the fact first."""

    facts: Sequence[Any]
    state: Known
    tick: int
    now_ns: int
    named: list[tuple[int, Naming]] = dataclasses.field(default_factory=list)
    alive: dict[str, None] = dataclasses.field(default_factory=dict)
    present: list[tuple[int, PresenceReported]] = dataclasses.field(default_factory=list)
    late: list[tuple[int, LateIgnored]] = dataclasses.field(default_factory=list)
    looks: Ints = dataclasses.field(default_factory=lambda: np.zeros((0, 3), np.int64))
    unmerged: int = 0

    def aligned(self, parts: list[Reports]) -> Aligned:
        """Return all of it in the order of the record."""
        reports = joined(parts) if parts else no_reports()
        if len(parts) > 1:  # the plots of a scan are in order already
            reports = chosen(reports, np.argsort(reports.index, kind="stable"))
        self.named.sort(key=_first)
        self.late.sort(key=_first)
        return Aligned(
            reports=reports,
            named=[(fact, FactRef(self.tick, index)) for index, fact in self.named],
            alive=list(self.alive),
            presences=[(fact, FactRef(self.tick, index)) for index, fact in self.present],
            late=[told for _, told in self.late],
            looks=self.looks,
            unmerged=self.unmerged,
        )

    def in_time(self, indices: list[int], t_ns: Sequence[int]) -> list[int]:
        """Return which of these facts, by their place in `indices`, are within the lag of now by a clock that counts.

        The others are set aside, or counted.
        """
        lag_ns = int(self.state.settings.lag_s * 1e9)
        free = _not_merged(self.state.sensors, lag_ns)
        first_ns, last_ns = self.now_ns - lag_ns, self.now_ns + lag_ns
        if not free and first_ns <= min(t_ns) and max(t_ns) <= last_ns:
            return list(range(len(indices)))
        kept = []
        for place, (index, when_ns) in enumerate(zip(indices, t_ns, strict=True)):
            if _sensor_of(self.facts[index]) in free:
                self.unmerged += 1
            elif first_ns <= when_ns <= last_ns:
                kept.append(place)
            else:
                self._set_aside(index, self.now_ns - when_ns)
        return kept

    def _timely(self, indices: list[int]) -> list[int]:
        """Return those of these facts that count by their time."""
        facts = self.facts
        kept = self.in_time(indices, [_t_of(facts[k]) for k in indices])
        return indices if len(kept) == len(indices) else [indices[place] for place in kept]

    def _set_aside(self, index: int, late_ns: int) -> None:
        told = LateIgnored(
            sensor_id=_sensor_of(self.facts[index]), t_ns=self.now_ns, late_ns=late_ns,
            evidence=FactRef(self.tick, index),
        )  # fmt: skip
        self.late.append((index, told))

    def signs(self, kind: type, indices: list[int]) -> None:
        """Take what has no place: names, signs of life, presences."""
        kept, facts = self._timely(indices), self.facts
        if kind is Unreadable:
            return
        self._live(kept)
        if kind in _NAMING:
            self.named += [(k, facts[k]) for k in kept]
        if kind is PresenceReported:
            self.present += [(k, facts[k]) for k in kept]

    def _live(self, indices: list[int]) -> None:
        facts = self.facts
        self.alive |= dict.fromkeys([name for k in indices if (name := facts[k].transmitter)])

    def places(self, kind: _Place, indices: list[int]) -> Reports:
        """Return the rows of all facts of one kind that say a place."""
        rows, column = flat([self.facts[k] for k in indices]), columns(kind)
        kept = self.in_time(indices, [_t_of(self.facts[k]) for k in indices])
        if kind is not LocationHeard:
            self._note_names([indices[place] for place in kept])
        placed = (rows[:, column["lat_e7"]] != NONE) & (rows[:, column["lon_e7"]] != NONE)
        if kind is not PositionReported and not placed.all():
            self._live([indices[place] for place in kept if not placed[place]])
            kept = [place for place in kept if placed[place]]
        if not kept:
            return no_reports()
        if len(kept) < len(indices):
            rows, indices = rows[kept], [indices[place] for place in kept]
        said = [self.facts[k] for k in indices]
        sensor = self._sensor_rows(said, _MODALITY.get(kind))
        most_mmps = self.state.settings.speed_max_manned_mps * 1e3
        reports = reported(kind, rows, sensor, self.state.sensors.columns(), most_mmps)
        reports.tx[:] = self._numbers(said)
        reports.index[:], reports.tick[:] = indices, self.tick
        good = on_globe(reports)
        self.unmerged += len(reports) - len(good)
        return reports if len(good) == len(reports) else chosen(reports, good)

    def _note_names(self, kept: list[int]) -> None:
        for k in kept:
            fact = self.facts[k]
            if isinstance(fact, AircraftHeard):
                if fact.callsign is not None:
                    self.named.append((k, fact))
            elif fact.uas_id is not None or fact.operator_id is not None:
                self.named.append((k, fact))

    def _sensor_rows(self, said: Sequence[Any], modality: str | None) -> Ints:
        """Return the row of each fact's sensor; modality None: as each fact says."""
        sensors, settings = self.state.sensors, self.state.settings
        if modality is None:
            pairs = [(fact.sensor_id, fact.modality) for fact in said]
            rows = {pair: row_of(sensors, pair[0], settings, pair[1]) for pair in dict.fromkeys(pairs)}
            return np.array([rows[pair] for pair in pairs], np.int64)
        ids = list(map(_sensor_of, said))
        of = {name: row_of(sensors, name, settings, modality) for name in dict.fromkeys(ids)}
        return np.array([of[name] for name in ids], np.int64)

    def _numbers(self, said: Sequence[Any]) -> list[int]:
        known, number = self.state.radios.numbers, self.state.radios.number
        return [known[name] if name in known else number(name) for name in map(_transmitter_of, said)]

    def scans(self, indices: list[int]) -> Reports:
        """Return the rows of all plots of all scans."""
        timely = self._timely(indices)
        kept = [k for k in timely if measuring.is_whole(self.facts[k])]
        self.unmerged += len(timely) - len(kept)
        if not kept:
            return no_reports()
        said = [self.facts[k] for k in kept]
        sensor = self._sensor_rows(said, None)
        t_ns = np.array(list(map(_t_of, said)), np.int64)
        self.looks = np.column_stack([sensor, t_ns, np.array(kept, np.int64)])
        return self._plots(said, kept, sensor, t_ns)

    def _plots(self, said: list[ScanReported], kept: list[int], sensor: Ints, t_ns: Ints) -> Reports:
        """Return the rows of the plots of scans that are in time."""
        count = np.array([fact.plots for fact in said], np.int64)
        given = measuring.given(said, count)
        of = np.repeat(np.arange(len(kept)), count)
        reports = no_reports(len(of))
        reports.sensor[:], reports.tick[:] = sensor[of], self.tick
        reports.index[:] = np.array(kept, np.int64)[of]
        reports.item[:] = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
        before_us = np.where(given[BEFORE_US] == MISSING, 0, given[BEFORE_US])
        reports.t_ns[:] = t_ns[of] - 1_000 * before_us
        reports.tx[:] = np.array(self._numbers(said), np.int64)[of]
        known = self.state.sensors.columns()
        simulated = np.array([fact.link_trust is LinkTrust.SIMULATED for fact in said], np.int64)
        reports.simulated[:] = simulated[of] | known.marks[reports.sensor, SIMULATED]
        plots = Plots(
            given,
            _or_less([fact.pos_accuracy_mm for fact in said])[of],
            _or_less([fact.alt_accuracy_mm for fact in said])[of],
            self._biases(said, sensor, of),
        )
        fits = measuring.measure(plots, reports, known) & (before_us >= 0)
        old = self.now_ns - reports.t_ns > int(self.state.settings.lag_s * 1e9)
        if old.any():
            self._tell_old(reports, old)
        self.unmerged += int(np.count_nonzero(~fits))
        return reports if fits.all() and not old.any() else chosen(reports, fits & ~old)

    def _biases(self, said: list[ScanReported], sensor: Ints, of: Ints) -> Floats:
        """Return the bias of each plot, (n, 3); plot k is of scan `of[k]`."""
        bias = self.state.bias
        if bias is None:
            return np.zeros((len(of), 3))
        return np.array([bias.at(row, fact.t_event_ns) for row, fact in zip(sensor.tolist(), said, strict=True)])[of]

    def _tell_old(self, reports: Reports, old: npt.NDArray[np.bool_]) -> None:
        """Tell, once a scan, how late its oldest plot is."""
        for index in dict.fromkeys(reports.index[old].tolist()):
            oldest_ns = int(reports.t_ns[old & (reports.index == index)].min())
            self._set_aside(index, self.now_ns - oldest_ns)


def _first(entry: tuple[int, Any]) -> int:
    return entry[0]


def _or_less(accuracies_mm: Sequence[int | None]) -> Floats:
    """Return accuracies in millimetres, -1 where one is not said."""
    return np.array([-1.0 if value is None else value for value in accuracies_mm], np.float64)


def _not_merged(sensors: Sensors, lag_ns: int) -> frozenset[str]:
    """Return the sensors whose clock means nothing to others, or is not known to within the lag."""
    return frozenset(name for name, error_ns in sensors.clock_errors_ns.items() if error_ns > lag_ns)
