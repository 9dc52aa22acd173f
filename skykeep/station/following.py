"""Looks over the tracker's shoulder while a record is replayed, and writes down what concerns one track."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.facts.columns import MODES
from skykeep.facts.concluded import CLASSES, FLAGS, FactRef
from skykeep.facts.enacted import SensorDeclared
from skykeep.geo.frames import DEG_PER_RAD, ecef_to_geodetic, enu_frame
from skykeep.views.trail import NEAR_KEPT, SURE, Moment, Radio, Seen, Standing, Trail
from skykeep.watch.reports import DIRECTION, POSITION, Floats, Pairs, Reports
from skykeep.watch.table import MODALITIES, Tracks

NEAR_SIGMAS = 5.0  # a report within so many standard deviations of both was considered
NEAR_M = 60.0  # and so was one within this distance, however exact both are
_PHASES = ("tentative", "established", "lost")
_KINDS = ("place", "bearing", "direction")
_TURN = 2.0 * math.pi


class Heard(Protocol):
    """A tick, as the watch takes it in."""

    @property
    def tick(self) -> int: ...
    @property
    def now_ns(self) -> int: ...
    @property
    def facts(self) -> Sequence[object]: ...


class Follower:
    """Called once a tick, after the tracker has taken in what was heard."""

    def __init__(self, mine: frozenset[int]) -> None:
        self.trail = Trail()
        self._mine = sorted(mine)
        self._frames: dict[str, Floats] = {}
        self._radios: dict[int, str] = {}
        self._taken: set[tuple[int, ...]] = set()

    def __call__(self, tick: Heard, reports: Reports, pairs: Pairs, tracks: Tracks) -> None:
        """Take down what this tick did to the track: the reports of it, those near it, and how it stands."""
        for fact in tick.facts:
            if isinstance(fact, SensorDeclared):
                self._place(fact)
        self._name(tick, reports)
        row = self._row(tracks)
        mine = np.isin(pairs.track_id, self._mine)
        used = np.unique(pairs.report[mine])
        if row is None:
            near = np.empty(0, np.int64)
        else:
            if not self.trail.moments:
                used = np.union1d(used, self._born(reports, tracks, row))
            near = np.setdiff1d(self._near(tick, reports, tracks, row), used)
        for report in np.concatenate([used, near]).tolist():
            self._take(self._seen(tick, reports, pairs, tracks, row, report), _fingerprint(reports, report))
        if row is not None:
            self._stand(tick, tracks, row)

    def _row(self, tracks: Tracks) -> int | None:
        """Return where the track is; of several that are one aircraft, the oldest, into which the others merge."""
        for track_id in self._mine:
            row = tracks.row(track_id)
            if row < len(tracks) and int(tracks.id[row]) == track_id:
                return row
        return None

    def _place(self, fact: SensorDeclared) -> None:
        if fact.lat_e7 is not None and fact.lon_e7 is not None:
            self._frames[fact.sensor_id] = enu_frame(fact.lat_e7 / 1e7, fact.lon_e7 / 1e7, (fact.alt_mm or 0) / 1e3)

    def _name(self, tick: Heard, reports: Reports) -> None:
        numbers, first = np.unique(reports.tx, return_index=True)
        for number, report in zip(numbers.tolist(), first.tolist(), strict=True):
            if number >= 0:
                self._radios[number] = str(getattr(tick.facts[int(reports.index[report])], "transmitter", ""))

    def _born(self, reports: Reports, tracks: Tracks, row: int) -> npt.NDArray[np.int64]:
        """Return the report that a track begins with: it was of no track yet, so it is in no pair."""
        tick, index, item = tracks.evidence[row].tolist()
        return np.flatnonzero((reports.tick == tick) & (reports.index == index) & (reports.item == item))

    # What came near

    def _near(self, tick: Heard, reports: Reports, tracks: Tracks, row: int) -> npt.NDArray[np.int64]:
        """Return the reports that may have been of the track, by where they are."""
        if not len(reports):
            return np.empty(0, np.int64)
        off, distance_m = self._off(tick, reports, tracks, row, np.arange(len(reports)))
        return np.flatnonzero((off <= NEAR_SIGMAS) | (distance_m <= NEAR_M))

    def _off(
        self, tick: Heard, reports: Reports, tracks: Tracks, row: int, which: npt.NDArray[np.int64]
    ) -> tuple[Floats, Floats]:
        """Return how far reports are from the track: in standard deviations of both, and in metres (NaN: a bearing)."""
        off, distance_m = np.full(len(which), np.inf), np.full(len(which), np.nan)
        ahead_s = (reports.t_ns[which] - tracks.t_ns[row]) / 1e9
        x = tracks.x[row]
        at = x[:3] + x[3:] * ahead_s[:, None]
        up = x[:3] / math.sqrt(float((x[:3] * x[:3]).sum()))
        level_var = _level_var(np.asarray(tracks.p[row])[:3, :3], up)
        placed = reports.kind[which] == POSITION
        apart = reports.z[which] - at
        level = apart - (apart @ up)[:, None] * up
        metres = np.sqrt((level * level).sum(axis=1))
        cov = reports.cov[which]
        report_var = np.maximum((cov[:, 0] + cov[:, 3] + cov[:, 5] - _along(cov, up)) / 2.0, 1e-6)
        distance_m[placed] = metres[placed]
        off[placed] = (metres / np.sqrt(report_var + level_var))[placed]
        for place in np.flatnonzero(~placed).tolist():
            frame = self._frames.get(self._sensor(tick, reports, int(which[place])))
            if frame is not None:
                off[place] = _bearing_off(
                    frame, at[place], float(reports.z[which[place], 0]), float(cov[place, 0]), level_var
                )
        return off, distance_m

    def _sensor(self, tick: Heard, reports: Reports, report: int) -> str:
        return str(getattr(tick.facts[int(reports.index[report])], "sensor_id", ""))

    # What is written down

    def _seen(self, tick: Heard, reports: Reports, pairs: Pairs, tracks: Tracks, row: int | None, report: int) -> Seen:
        owners = {
            int(pairs.track_id[pair]): float(pairs.probability[pair]) for pair in np.flatnonzero(pairs.report == report)
        }
        probability = max((owners.get(track_id, 0.0) for track_id in self._mine), default=0.0)
        if row is not None and not self.trail.moments and not owners and report in self._born(reports, tracks, row):
            probability = float(tracks.r[row])
        others = [(share, -track_id) for track_id, share in owners.items() if track_id not in self._mine]
        share, other = max(others, default=(0.0, 0))
        off, distance_m = np.zeros(1), np.full(1, np.nan)
        if row is not None:
            off, distance_m = self._off(tick, reports, tracks, row, np.array([report]))
        placed = int(reports.kind[report]) == POSITION
        lat_deg, lon_deg, _ = ecef_to_geodetic(*map(float, reports.z[report])) if placed else (None, None, None)
        return Seen(
            t_ns=int(reports.t_ns[report]),
            sensor_id=self._sensor(tick, reports, report),
            kind=_KINDS[min(int(reports.kind[report]), DIRECTION)],
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            azimuth_deg=None if placed else float(reports.z[report, 0]) * DEG_PER_RAD % 360.0,
            sigma_m=float(reports.sigma_m[report]) if placed else None,
            probability=probability,
            other=-other if others else None,
            other_probability=share,
            repeat=False,
            distance_m=float(distance_m[0]) if math.isfinite(distance_m[0]) else None,
            off=float(off[0]) if math.isfinite(off[0]) else 0.0,
            ref=FactRef(int(reports.tick[report]), int(reports.index[report])),
            item=int(reports.item[report]),
        )

    def _take(self, seen: Seen, said: tuple[int, ...]) -> None:
        trail = self.trail
        if seen.probability >= SURE or 0.0 < seen.probability >= seen.other_probability:
            trail.used.append(seen)
            self._taken.add(said)
            return
        if seen.other is None and said in self._taken:
            seen = msgspec.structs.replace(seen, repeat=True)
        key = (seen.sensor_id, seen.other, seen.repeat)
        trail.near_count[key] = trail.near_count.get(key, 0) + 1
        if len(trail.near) < NEAR_KEPT:
            trail.near.append(seen)

    def _stand(self, tick: Heard, tracks: Tracks, row: int) -> None:
        moments = self.trail.moments
        t_ns, existence, phase = int(tracks.t_ns[row]), float(tracks.r[row]), _PHASES[int(tracks.phase[row])]
        last = moments[-1] if moments else None
        if last is None or (last.t_ns, last.existence, last.phase) != (t_ns, existence, phase):
            lat_deg, lon_deg, alt_m = ecef_to_geodetic(*map(float, tracks.x[row, :3]))
            major_m, minor_m, turn_deg = _ellipse(tracks.p[row, :3, :3], enu_frame(lat_deg, lon_deg, alt_m))
            moments.append(
                Moment(
                    t_ns=t_ns,
                    now_ns=tick.now_ns,
                    existence=existence,
                    phase=phase,
                    lat_deg=lat_deg,
                    lon_deg=lon_deg,
                    major_m=major_m,
                    minor_m=minor_m,
                    turn_deg=turn_deg,
                    reports=int(tracks.reports[row]),
                )
            )
        self.trail.standing = self._held(tracks, row)

    def _held(self, tracks: Tracks, row: int) -> Standing:
        flags = zip(FLAGS, tracks.flag_log[row].tolist(), tracks.flag_up[row].tolist(), strict=True)
        kinds = sorted(zip(CLASSES, _shares(tracks.class_log[row]), strict=True), key=lambda each: -each[1])
        seen = zip(MODALITIES, tracks.seen[row].tolist(), tracks.seen_ns[row].tolist(), strict=True)
        absence = zip(MODALITIES, tracks.absence[row].tolist(), strict=True)
        return Standing(
            born_ns=int(tracks.born_ns[row]),
            existence=float(tracks.r[row]),
            modes=tuple(zip(MODES, tracks.mode[row].tolist(), strict=True)),
            classes=tuple(kinds),
            flags=tuple((flag, log_odds, bool(up)) for flag, log_odds, up in flags),
            seen=tuple((name, count, last_ns) for name, count, last_ns in seen if count),
            absence=tuple((name, log) for name, log in absence if log < 0.0),
            radios=tuple(self._bound(tracks, row)),
        )

    def _bound(self, tracks: Tracks, row: int) -> list[Radio]:
        found = []
        for number, weight in zip(tracks.tx[row].tolist(), tracks.tx_weight[row].tolist(), strict=True):
            if number < 0:
                continue
            rows, places = np.nonzero(tracks.tx == number)
            others = [
                (int(tracks.id[other]), float(tracks.tx_weight[other, place]))
                for other, place in zip(rows.tolist(), places.tolist(), strict=True)
                if int(tracks.id[other]) not in self._mine
            ]
            others.sort(key=lambda each: (-each[1], each[0]))
            found.append(Radio(transmitter=self._radios.get(number, ""), weight=weight, others=tuple(others)))
        return found


def _fingerprint(reports: Reports, report: int) -> tuple[int, ...]:
    """Return what tells a broadcast that two receivers heard, or one heard twice: who said what, and where."""
    columns = (reports.tx, reports.claim, reports.lat_e7, reports.lon_e7)
    said = tuple(int(column[report]) for column in columns)
    return said if said[0] >= 0 else (*said, int(reports.t_ns[report]), int(reports.item[report]))


def _shares(logs: npt.NDArray[Any]) -> list[float]:
    """Return log-probabilities that are not normalised as probabilities."""
    weights = [math.exp(float(log) - float(logs.max())) for log in logs]
    return [weight / sum(weights) for weight in weights]


def _along(cov: Floats, up: Floats) -> Floats:
    """Return the variance along a direction; `cov` (n, 6): xx, xy, xz, yy, yz, zz."""
    x, y, z = (float(part) for part in up)
    mixed = 2.0 * (cov[:, 1] * x * y + cov[:, 2] * x * z + cov[:, 4] * y * z)
    found: Floats = cov[:, 0] * x * x + cov[:, 3] * y * y + cov[:, 5] * z * z + mixed
    return found


def _level_var(p: Floats, up: Floats) -> float:
    """Return the mean variance across the vertical, m2."""
    return max((float(np.trace(p)) - float(up @ p @ up)) / 2.0, 1e-6)


def _bearing_off(frame: Floats, at: Floats, azimuth: float, azimuth_var: float, level_var: float) -> float:
    """Return how far a bearing passes by a place, in standard deviations of both."""
    apart = at - frame[0]
    east_m, north_m = float(apart @ frame[1]), float(apart @ frame[2])
    range_m = max(math.hypot(east_m, north_m), 1.0)
    off = (math.atan2(east_m, north_m) - azimuth + math.pi) % _TURN - math.pi
    return abs(off) / math.sqrt(max(azimuth_var, 0.0) + level_var / (range_m * range_m))


def _ellipse(p: Floats, frame: Floats) -> tuple[float, float, float]:
    """Return the axes of the level ellipse of one standard deviation (m), and the turn of the longer one from north."""
    level = np.asarray(frame[1:3]) @ np.asarray(p) @ np.asarray(frame[1:3]).T
    east, north, mixed = float(level[0, 0]), float(level[1, 1]), float(level[0, 1])
    middle, half = (east + north) / 2.0, math.hypot((east - north) / 2.0, mixed)
    turn = math.atan2(2.0 * mixed, north - east) / 2.0
    return math.sqrt(max(middle + half, 0.0)), math.sqrt(max(middle - half, 0.0)), math.degrees(turn) % 180.0
