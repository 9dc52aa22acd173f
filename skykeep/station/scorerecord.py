"""How good the picture in a record was, against a file that says where the aircraft truly were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from skykeep.errors import Refused
from skykeep.facts.acted import KeyRotated
from skykeep.facts.concluded import AlarmChanged, IncidentMoved
from skykeep.facts.enacted import Began, SensorDeclared
from skykeep.facts.observed import AircraftHeard, LocationHeard, PositionReported, ScanReported
from skykeep.facts.personal import NameKind, normal
from skykeep.geo.altitude import Datum
from skykeep.sim import fates as fate
from skykeep.sim.assignment import Floats
from skykeep.sim.fates import Fates
from skykeep.sim.gospa import CUTOFF_M
from skykeep.sim.score import identity
from skykeep.sim.shots import Shot, matched
from skykeep.sim.siap import siap
from skykeep.sim.told import Tellings, ToldPicture
from skykeep.station.scoretruth import Truth, read_truth
from skykeep.station.scoring import Accuracy, Scored, Scores, accuracy, burn_in
from skykeep.station.seen import seen
from skykeep.station.store import Store
from skykeep.views.alarmkpi import alarm_score
from skykeep.views.picture import SeenTick

_MOMENT_NS = 1_000_000_000
_UNKNOWN = -(2**31)  # in the columns of a scan


class _Folder:
    """Folds a record once: the picture at each moment, and which aircraft each plot was near."""

    def __init__(self, truth: Truth, cutoff_m: float) -> None:
        self._truth = truth
        self._cutoff_m = cutoff_m
        self._declared: dict[str, SensorDeclared] = {}
        self._next_ns = -(-truth.first_ns // _MOMENT_NS) * _MOMENT_NS
        self.picture = ToldPicture(truth.to_local, truth.first_ns)
        self.shots: list[Shot] = []
        self.first_s: dict[int, float] = {}
        self.of_plot: dict[tuple[int, int, int], int] = {}
        self.values: dict[str, str] = {}  # what each pseudonym stands for
        self.sites_m: dict[str, Floats] = {}
        self.alarms: list[AlarmChanged | IncidentMoved] = []
        self.span_ns: tuple[int, int] | None = None  # of the record, without its beginnings

    def take(self, tick: SeenTick) -> None:
        """Look at the picture at the moments before this tick closes, then take it in."""
        self.look_before(tick.now_ns)
        self.values |= {name.pseudonym: normal(name.kind, name.value) for name in tick.names}
        for index, fact in enumerate(tick.facts):
            if isinstance(fact, SensorDeclared):
                self._declare(fact)
            self._plots(tick.tick, index, fact)
        self.picture.take(tick.tick, tick.now_ns, tick.concluded)
        self.alarms += [told for told in tick.concluded if isinstance(told, (AlarmChanged, IncidentMoved))]
        if not any(isinstance(fact, (Began, KeyRotated)) for fact in tick.facts):
            self.span_ns = (self.span_ns or (tick.now_ns, 0))[0], tick.now_ns

    def look_before(self, t_ns: int) -> None:
        """Look at the picture at the moments before a time, as long as the truth goes."""
        while self._next_ns < t_ns and self._next_ns <= self._truth.last_ns:
            number, place_m, velocity_mps = self._truth.at(self._next_ns)
            now = self.picture.now(self._next_ns)
            self.shots.append(
                Shot(
                    t_s=(self._next_ns - self._truth.first_ns) / 1e9,
                    truth=number,
                    truth_m=place_m,
                    truth_mps=velocity_mps,
                    ignored_m=np.zeros((0, 3)),
                    track=now.track,
                    told_m=now.told_m,
                    told_mps=now.told_mps,
                    named=now.named,
                )
            )
            self._next_ns += _MOMENT_NS

    def _declare(self, fact: SensorDeclared) -> None:
        self._declared[fact.sensor_id] = fact
        place = self._truth.from_site(fact, np.zeros((1, 3)))
        if place is not None:
            self.sites_m[fact.sensor_id] = place[0]

    def _plots(self, tick: int, index: int, fact: object) -> None:
        if not isinstance(fact, (LocationHeard, AircraftHeard, PositionReported, ScanReported)):
            return
        number, truth_m, _ = self._truth.at(fact.t_event_ns)
        for item, place_m in self._places(fact):
            if np.isnan(place_m[:2]).any():  # a direction
                continue
            near = fate.nearest(place_m, truth_m, number, self._cutoff_m)
            self.of_plot[tick, index, item] = near
            if near != fate.NOBODY:
                self.first_s.setdefault(near, (fact.t_event_ns - self._truth.first_ns) / 1e9)

    def _places(
        self, fact: LocationHeard | AircraftHeard | PositionReported | ScanReported
    ) -> Iterator[tuple[int, Floats]]:
        """Yield the plots of a fact that have a place, by number; a height that was not measured is NaN."""
        if isinstance(fact, ScanReported):
            yield from enumerate(self._of_scan(fact))
        elif fact.lat_e7 is not None and fact.lon_e7 is not None:
            known = fact.altitude is not None and fact.altitude.datum is Datum.HAE
            alt_m = fact.altitude.value_mm / 1e3 if fact.altitude is not None and known else 0.0
            place_m = self._truth.to_local(np.array([[fact.lat_e7 / 1e7, fact.lon_e7 / 1e7, alt_m]]))[0]
            place_m[2] = place_m[2] if known else np.nan
            yield 0, place_m

    def _of_scan(self, fact: ScanReported) -> Floats:
        """Return the places (n, 3) of a scan; none of what is but a direction."""
        if fact.lat_e7:
            up_m = _column(fact, "alt_mm") / 1e3
            places = np.c_[_column(fact, "lat_e7") / 1e7, _column(fact, "lon_e7") / 1e7, np.nan_to_num(up_m)]
            local: Floats | None = self._truth.to_local(places)
        else:
            up_m = _column(fact, "elevation_urad") / 1e6
            sensor = self._declared.get(fact.sensor_id)
            local = None if sensor is None else self._truth.from_site(sensor, _offset_m(fact))
        if local is None:
            return np.zeros((0, 3))
        local[np.isnan(up_m), 2] = np.nan
        return local


def _offset_m(fact: ScanReported) -> Floats:
    """Return the polar plots of a scan as metres east, north, up of their sensor; NaN of a mere direction."""
    range_m, azimuth = _column(fact, "range_mm") / 1e3, _column(fact, "azimuth_urad") / 1e6
    elevation = np.nan_to_num(_column(fact, "elevation_urad") / 1e6)
    level_m = range_m * np.cos(elevation)
    offset = np.c_[level_m * np.sin(azimuth), level_m * np.cos(azimuth), range_m * np.sin(elevation)]
    return np.asarray(offset)


def _column(fact: ScanReported, name: str) -> Floats:
    """Return a column (n,) of a scan; NaN where it was not measured."""
    body = getattr(fact, name)
    if not body:
        return np.full(fact.plots, np.nan)
    column = np.frombuffer(body, "<i4").astype(np.float64)
    column[column == _UNKNOWN] = np.nan
    return column


def score_record(
    record: Path, truth_file: Path, progressed: Callable[[int], None] = lambda _n: None, *, cutoff_m: float = CUTOFF_M
) -> Scored:
    """Score the picture that a record holds, from the first fix of the truth to its last."""
    truth = read_truth(truth_file)
    folder = _Folder(truth, cutoff_m)
    with Store.open(record, read_only=True) as store:
        for tick in seen(store):
            folder.take(tick)
            progressed(1)
    folder.look_before(truth.last_ns + 1)
    if len(folder.shots) <= 1:
        raise Refused(f"{truth_file}: the truth lasts less than two seconds, so there is nothing to score")
    return _scored(folder, truth, cutoff_m)


def _scored(folder: _Folder, truth: Truth, cutoff_m: float) -> Scored:
    duration_s = (truth.last_ns - truth.first_ns) / 1e9
    burn_in_s = burn_in(duration_s)
    run = list(matched(folder.shots, cutoff_m=cutoff_m))
    tellings = folder.picture.tellings()
    found = _fates(folder, truth, tellings, cutoff_m)
    done = fate.judged(found, duration_s)
    names = _names(truth, folder.values)
    told: Accuracy = accuracy(folder.shots, burn_in_s, cutoff_m)
    evidence = [folder.of_plot.get((tick, index, item)) for tick, index, item in tellings.evidence.tolist()]
    placed = np.array([each is not None for each in evidence], bool)
    source = np.array([each for each in evidence if each is not None], np.int64)
    scores = Scores(
        of={"aircraft": len(truth.paths), "seconds": duration_s, "burn_in_s": burn_in_s, "cutoff_m": cutoff_m},
        told=told,
        held=None,
        oracle=None,
        plain_oracle=None,
        siap=siap(run, burn_in_s=burn_in_s),
        identity=identity(run, names, burn_in_s=burn_in_s) if names else None,
        purity=fate.purity(tellings.track[placed], source),
        first_told=fate.delay(done.first_s, done.told_s),
        established=fate.delay(done.first_s, done.established_s),
        detection=fate.detection(done),
        false_tracks=fate.false_tracks(run, burn_in_s),
        ranges=fate.ranges(found, np.array(list(folder.sites_m.values())).reshape(-1, 3)),
        cost=None,
        alarms=None if folder.span_ns is None else alarm_score(folder.alarms, *folder.span_ns),
    )
    return Scored(scores, run, [], [], tellings, done)


def _fates(folder: _Folder, truth: Truth, tellings: Tellings, cutoff_m: float) -> Fates:
    of_drone = np.full(len(tellings.track), fate.NOBODY, np.int64)
    for k in range(len(of_drone)):
        number, place_m, _ = truth.at(truth.first_ns + round(float(tellings.t_s[k]) * 1e9))
        of_drone[k] = fate.nearest(tellings.told_m[k], place_m, number, cutoff_m)
    drone = np.array(sorted(folder.first_s), np.int64)
    return fate.fates(drone, np.array([folder.first_s[int(number)] for number in drone]), tellings, of_drone)


def _names(truth: Truth, values: dict[str, str]) -> dict[int, str]:
    """Return the pseudonym under which the record knows each aircraft's name; of one that it never heard, the name."""
    pseudonym_of = {value: pseudonym for pseudonym, value in values.items()}
    said = {
        number: normal(NameKind.UAS_ID, path.uas_id)
        for number, path in enumerate(truth.paths)
        if path.uas_id is not None
    }
    return {number: pseudonym_of.get(value, value) for number, value in said.items()}
