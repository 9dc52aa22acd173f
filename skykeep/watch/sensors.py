"""The sensors there are, as data: two matrices, a row a sensor, and what each can see of a place.

A row is filled from one SensorDeclared fact; a later fact replaces it in place. What was never declared gets a row when
it is heard, with the accuracies that the settings assume, and nothing is concluded from what it does not see.

Sensors whose declaration leaves open how they sense ("tracks" or "other": a line format, a fusion engine) have a row
for each modality that their reports name, so that a camera and a radar behind one name stay two witnesses. All rows of
a sensor share what was declared of it.

What a newcomer does for another sensor: one table in a sensor file (docs/how-to/declare-sensors.md). For another kind
of measurement: one function from columns to rows of Reports and one line in `plots.MODELS`; nothing here.

False reports: `clutter_milli` of them a scan lie spread evenly over the coverage. For a sensor of places that is the
ground area of its sector times the heights between floor and ceiling; slant range is taken for ground range, which
makes the volume of a far-seeing radar a few parts in a thousand too great. One that measures no height puts its plots
at one height with a standard deviation of UP_SIGMA_UNKNOWN_M, so the density of its area is divided by the area under
that Gaussian, sqrt(2 pi) sigma. Azimuths: a radian of the sector. Directions: a steradian of it.
"""

from __future__ import annotations

import bisect
import dataclasses
import math
from typing import NamedTuple

import numpy as np

from skykeep.facts.enacted import Coverage, SensorDeclared
from skykeep.geo.exact import PI, atan2, hypot2, hypot3, sin
from skykeep.geo.frames import ecef_to_enu, ecef_to_geodetic, enu_frame
from skykeep.geo.kernel import kernel
from skykeep.watch.reports import UP_SIGMA_UNKNOWN_M, Floats, Ints
from skykeep.watch.settings import WatchSettings
from skykeep.watch.table import MODALITIES

NOT_DECLARED = -1.0  # in the columns of detection and of sigmas

# columns of `numbers`
PD = 0  # of a target in the coverage, each look
CLUTTER = 1  # density of false reports a scan, by the sensor's own kind of measurement
CLUTTER_FLAT = 2  # the same for a place whose height was not measured
RANGE_MIN, RANGE_MAX = 3, 4  # m, slant
AZIMUTH_FROM, AZIMUTH_SPAN = 5, 6  # rad, clockwise from true north; ALL_ROUND
ELEVATION_MIN, ELEVATION_MAX = 7, 8  # rad
FLOOR, CEILING = 9, 10  # m HAE
POS_ACCURACY, ALT_ACCURACY = 11, 12  # mm, 95 %, where a report states none
RANGE_SIGMA, AZIMUTH_SIGMA, ELEVATION_SIGMA, DOPPLER_SIGMA = 13, 14, 15, 16  # m, rad, rad, m/s
CLOCK_SIGMA = 17  # s
HEIGHT = 18  # m HAE, of the sensor itself
NUMBERS = 19

# columns of `marks`
RANK = 0  # place in the order of names, so that no conclusion depends on which sensor was declared first
MODALITY = 1
PLACED = 2
PERIOD_NS = 3  # 0: unknown
WHOLE = 4
MERGED = 5
COVERS = 6
SIMULATED = 7
LATENCY_NS = 8  # -1: unknown
SENDS_TRACKS = 9  # 1: what it reports was filtered before, so that its errors are not independent
DECLARED = 10
HORIZON, HORIZON_STEPS, HORIZON_ROOM = 11, 12, 13  # where in `pool`, how many, how many fit
PATCH, PATCHES, PATCH_ROOM = 14, 15, 16
MARKS = 17

ALL_ROUND = 7.0  # a span that holds every azimuth
_TURN_URAD = 6_283_185  # a full turn, rounded down: what a declaration writes for "all round"
_TURN = 2.0 * PI
_PATCH = 6  # azimuth from and span (rad), range from and to (m), detection, factor of clutter
_UPRIGHT = 1.57079  # rad: from here on no limit of elevation
_NEAR_M = 30_000.0  # so near a height is known within _SLOP_M without asking the ellipsoid
_TWICE_RADIUS_MIN_M, _TWICE_RADIUS_MAX_M = 2.0 * 6_300_000.0, 2.0 * 6_450_000.0
_SLOP_M = 1.0
_NO_FLOOR_M, _NO_CEILING_M = -1e9, 1e9
_ROOM = 16  # rows that are made at first

CLUTTER_UNKNOWN = 1.0  # false reports a scan, where none are declared
CLUTTER_LEAST = 1e-3  # where fewer are declared: nothing is impossible
CLUTTER_RANGE_M = 10_000.0  # reach over which they are spread, where no coverage is declared
CLUTTER_HEIGHT_M = 1_000.0  # and height, where no floor or no ceiling is

FREE_NS = 2**62  # more than any lag

_GENERIC = ("tracks", "other")
_OTHER = MODALITIES.index("other")
_NUMBER = {name: number for number, name in enumerate(MODALITIES)}


class Columns(NamedTuple):
    """What kernels are given: `numbers` (s, NUMBERS), `marks` (s, MARKS), `frame` (s, 4, 3), `pool` (any,)."""

    numbers: Floats
    marks: Ints
    frame: Floats
    pool: Floats


@dataclasses.dataclass(slots=True)
class Sensors:
    """One row a sensor, in the order of first declaration or report; s rows. The arrays are views: do not keep them."""

    keys: list[tuple[str, int]] = dataclasses.field(default_factory=list)  # (id, modality as reported or _OTHER)
    told: dict[str, SensorDeclared] = dataclasses.field(default_factory=dict)
    rows: dict[tuple[str, int], int] = dataclasses.field(default_factory=dict)
    clock_errors_ns: dict[str, int] = dataclasses.field(default_factory=dict)  # of those that state one, or are free
    ranked: list[tuple[str, int]] = dataclasses.field(default_factory=list)
    all_numbers: Floats = dataclasses.field(default_factory=lambda: np.zeros((_ROOM, NUMBERS)))
    all_marks: Ints = dataclasses.field(default_factory=lambda: np.zeros((_ROOM, MARKS), np.int64))
    all_frames: Floats = dataclasses.field(default_factory=lambda: np.zeros((_ROOM, 4, 3)))
    pool: Floats = dataclasses.field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.keys)

    @property
    def ids(self) -> list[str]:
        """The sensor of each row."""
        return [sensor_id for sensor_id, _ in self.keys]

    @property
    def rank(self) -> Ints:
        """(s,) place in the order of ids."""
        return self.all_marks[: len(self.keys), RANK]

    @property
    def modality(self) -> Ints:
        """(s,) index into table.MODALITIES."""
        return self.all_marks[: len(self.keys), MODALITY]

    @property
    def placed(self) -> Ints:
        """(s,) 1: it is known where it stands."""
        return self.all_marks[: len(self.keys), PLACED]

    @property
    def frame(self) -> Floats:
        """(s, 4, 3) frame east, north, up at the sensor; zeros where it is not placed."""
        return self.all_frames[: len(self.keys)]

    @property
    def pd(self) -> Floats:
        """(s,) probability of detection in the coverage; -1: unknown."""
        return self.all_numbers[: len(self.keys), PD]

    @property
    def period_ns(self) -> Ints:
        """(s,) how often it looks; 0: unknown."""
        return self.all_marks[: len(self.keys), PERIOD_NS]

    @property
    def whole(self) -> Ints:
        """(s,) 1: reports of one instant are one look at all that it covers."""
        return self.all_marks[: len(self.keys), WHOLE]

    @property
    def merged(self) -> Ints:
        """(s,) 0: its clock is free, so it is recorded but not merged."""
        return self.all_marks[: len(self.keys), MERGED]

    @property
    def clutter(self) -> Floats:
        """(s,) density of false reports a scan: per m3, radian or steradian, as the sensor measures."""
        return self.all_numbers[: len(self.keys), CLUTTER]

    @property
    def covers(self) -> Ints:
        """(s,) 1: it is placed and its coverage is declared."""
        return self.all_marks[: len(self.keys), COVERS]

    @property
    def sends_tracks(self) -> Ints:
        """(s,) 1: it sends what a filter of its own made, so that its errors are not independent."""
        return self.all_marks[: len(self.keys), SENDS_TRACKS]

    @property
    def latency_ns(self) -> Ints:
        """(s,) from the measurement to the station at most, when all is well; -1: unknown."""
        return self.all_marks[: len(self.keys), LATENCY_NS]

    def columns(self) -> Columns:
        """Return all of it as kernels take it."""
        count = len(self.keys)
        return Columns(self.all_numbers[:count], self.all_marks[:count], self.all_frames[:count], self.pool)


def rebuilt(keys: list[tuple[str, int]], facts: list[SensorDeclared], settings: WatchSettings) -> Sensors:
    """Return the table that had these `keys`, after these declarations: what a snapshot needs."""
    sensors = Sensors()
    for key in keys:
        _add(sensors, key, settings)
    for fact in facts:
        declare(sensors, fact)
    return sensors


def row_of(sensors: Sensors, sensor_id: str, settings: WatchSettings, modality: str = "other") -> int:
    """Return the row of a sensor that reports of this modality; an unheard-of one is added."""
    told = sensors.told.get(sensor_id)
    wanted = _NUMBER.get(modality, _OTHER)
    if modality in _GENERIC or (told is not None and told.modality not in _GENERIC):
        wanted = _OTHER
    key = (sensor_id, wanted)
    row = sensors.rows.get(key)
    if row is not None:
        return row
    row = _add(sensors, key, settings)
    if told is not None:
        _fill(sensors, row, told)
    return row


def declare(sensors: Sensors, fact: SensorDeclared) -> None:
    """Take in a declaration: a new row, or another content for the rows of that sensor."""
    sensors.told[fact.sensor_id] = fact
    _clock(sensors, fact)
    if (fact.sensor_id, _OTHER) not in sensors.rows:
        _add(sensors, (fact.sensor_id, _OTHER), _ASSUMED)
    for number in range(len(MODALITIES)):
        row = sensors.rows.get((fact.sensor_id, number))
        if row is not None:
            _fill(sensors, row, fact)


_ASSUMED = WatchSettings()


def _clock(sensors: Sensors, fact: SensorDeclared) -> None:
    sensors.clock_errors_ns.pop(fact.sensor_id, None)
    if fact.clock == "free":
        sensors.clock_errors_ns[fact.sensor_id] = FREE_NS
    elif fact.clock_sigma_us is not None:
        sensors.clock_errors_ns[fact.sensor_id] = 1_000 * fact.clock_sigma_us


def _add(sensors: Sensors, key: tuple[str, int], settings: WatchSettings) -> int:
    """Add the row of a sensor of which nothing was declared."""
    row = len(sensors.keys)
    if row == len(sensors.all_marks):
        _widen(sensors)
    sensors.keys.append(key)
    sensors.rows[key] = row
    _rank(sensors, key, row)
    numbers, marks = sensors.all_numbers[row], sensors.all_marks[row]
    numbers[:] = NOT_DECLARED
    numbers[POS_ACCURACY] = settings.pos_accuracy_assumed_m * 1e3
    numbers[ALT_ACCURACY] = settings.alt_accuracy_assumed_m * 1e3
    numbers[CLUTTER], numbers[CLUTTER_FLAT] = _densities(None, CLUTTER_UNKNOWN)
    marks[MODALITY], marks[MERGED], marks[LATENCY_NS] = key[1], 1, -1
    return row


def _widen(sensors: Sensors) -> None:
    """Double the rows that fit."""
    for name in ("all_numbers", "all_marks", "all_frames"):
        old = getattr(sensors, name)
        setattr(sensors, name, np.concatenate([old, np.zeros_like(old)]))


def _rank(sensors: Sensors, key: tuple[str, int], row: int) -> None:
    place = bisect.bisect(sensors.ranked, key)
    sensors.ranked.insert(place, key)
    before = sensors.all_marks[:row, RANK]
    before[before >= place] += 1
    sensors.all_marks[row, RANK] = place


def _fill(sensors: Sensors, row: int, fact: SensorDeclared) -> None:
    """Write what a declaration says into a row."""
    numbers, marks = sensors.all_numbers[row], sensors.all_marks[row]
    heard_as = sensors.keys[row][1]
    generic = fact.modality in _GENERIC
    marks[MODALITY] = heard_as if generic and heard_as != _OTHER else _NUMBER.get(fact.modality, _OTHER)
    marks[SENDS_TRACKS], marks[DECLARED], marks[SIMULATED] = fact.modality == "tracks", 1, fact.simulated
    marks[PERIOD_NS], marks[WHOLE] = 1_000_000 * (fact.period_ms or 0), fact.scan == "whole"
    marks[MERGED] = fact.clock != "free"
    marks[LATENCY_NS] = -1 if fact.latency_ms is None else 1_000_000 * fact.latency_ms
    numbers[POS_ACCURACY], numbers[ALT_ACCURACY] = fact.pos_accuracy_mm, fact.alt_accuracy_mm
    numbers[PD] = _of(fact.detection_ppm, 1e6)
    for column, value, unit in (
        (RANGE_SIGMA, fact.range_sigma_mm, 1e3),
        (AZIMUTH_SIGMA, fact.azimuth_sigma_urad, 1e6),
        (ELEVATION_SIGMA, fact.elevation_sigma_urad, 1e6),
        (DOPPLER_SIGMA, fact.doppler_sigma_mmps, 1e3),
        (CLOCK_SIGMA, fact.clock_sigma_us, 1e6),
    ):
        numbers[column] = _of(value, unit)
    _place(sensors, row, fact)
    _cover(sensors, row, fact)
    false_reports = CLUTTER_UNKNOWN if fact.clutter_milli is None else fact.clutter_milli / 1e3
    numbers[CLUTTER], numbers[CLUTTER_FLAT] = _densities(fact, max(false_reports, CLUTTER_LEAST))


def _of(value: int | None, unit: float) -> float:
    return NOT_DECLARED if value is None else value / unit


def _place(sensors: Sensors, row: int, fact: SensorDeclared) -> None:
    placed = fact.lat_e7 is not None and fact.lon_e7 is not None and fact.alt_mm is not None
    sensors.all_marks[row, PLACED] = placed
    sensors.all_frames[row] = 0.0
    if fact.lat_e7 is not None and fact.lon_e7 is not None and fact.alt_mm is not None:
        alt_hae_m = fact.alt_mm / 1e3
        sensors.all_frames[row] = enu_frame(fact.lat_e7 / 1e7, fact.lon_e7 / 1e7, alt_hae_m)
        sensors.all_numbers[row, HEIGHT] = alt_hae_m


def _cover(sensors: Sensors, row: int, fact: SensorDeclared) -> None:
    """Write where a sensor can see; one that is not placed sees nowhere that is known."""
    numbers, marks, cover = sensors.all_numbers[row], sensors.all_marks[row], fact.coverage
    marks[COVERS] = cover is not None and bool(marks[PLACED])
    if cover is not None:
        numbers[RANGE_MIN], numbers[RANGE_MAX] = cover.range_min_mm / 1e3, cover.range_max_mm / 1e3
        numbers[AZIMUTH_FROM], numbers[AZIMUTH_SPAN] = _sector(cover.azimuth_from_urad, cover.azimuth_to_urad)
        numbers[ELEVATION_MIN], numbers[ELEVATION_MAX] = cover.elevation_min_urad / 1e6, cover.elevation_max_urad / 1e6
        numbers[FLOOR] = _NO_FLOOR_M if cover.floor_mm is None else cover.floor_mm / 1e3
        numbers[CEILING] = _NO_CEILING_M if cover.ceiling_mm is None else cover.ceiling_mm / 1e3
    horizon = () if cover is None else cover.horizon_urad
    _pool(sensors, row, HORIZON, [angle / 1e6 for angle in horizon], each=1)
    patches = [
        value
        for patch in fact.patches
        for value in (
            *_sector(patch.azimuth_from_urad, patch.azimuth_to_urad),
            patch.range_from_mm / 1e3,
            patch.range_to_mm / 1e3,
            patch.detection_ppm / 1e6,
            max(patch.clutter_ppm / 1e6, CLUTTER_LEAST),
        )
    ]
    _pool(sensors, row, PATCH, patches, each=_PATCH)


def _sector(from_urad: int, to_urad: int) -> tuple[float, float]:
    """Return where a sector begins, 0 to 2 pi, and how wide it is, in radians."""
    wide = to_urad - from_urad
    begin = from_urad / 1e6
    return begin - math.floor(begin / _TURN) * _TURN, ALL_ROUND if wide >= _TURN_URAD else wide / 1e6


def _pool(sensors: Sensors, row: int, column: int, values: list[float], *, each: int) -> None:
    """Keep a row's values of any number: where they were before if they fit, else at the end."""
    marks = sensors.all_marks[row]
    if len(values) > marks[column + 2]:
        marks[column], marks[column + 2] = len(sensors.pool), len(values)
        sensors.pool = np.concatenate([sensors.pool, np.zeros(len(values))])
    marks[column + 1] = len(values) // each
    sensors.pool[marks[column] : marks[column] + len(values)] = values


def _densities(fact: SensorDeclared | None, false_reports: float) -> tuple[float, float]:
    """Return the density of false reports by the sensor's own measurement, and by places without a height."""
    cover = None if fact is None else fact.coverage
    span, area_m2, height_m, sine = _extent(cover)
    flat = false_reports / (area_m2 * math.sqrt(_TURN) * UP_SIGMA_UNKNOWN_M)
    if fact is None or (fact.range_sigma_mm is None and fact.azimuth_sigma_urad is None):
        return false_reports / (area_m2 * height_m), flat
    if fact.range_sigma_mm is None:
        return false_reports / (span if fact.elevation_sigma_urad is None else span * sine), flat
    return flat if fact.elevation_sigma_urad is None else false_reports / (area_m2 * height_m), flat


def _extent(cover: Coverage | None) -> tuple[float, float, float, float]:
    """Return a coverage's span (rad), ground area (m2), height (m) and difference of the sines of its elevations."""
    if cover is None:
        return _TURN, PI * CLUTTER_RANGE_M * CLUTTER_RANGE_M, CLUTTER_HEIGHT_M, 1.0
    wide = _sector(cover.azimuth_from_urad, cover.azimuth_to_urad)[1]
    span = min(max(wide, 1e-6), _TURN)
    near_m, far_m = cover.range_min_mm / 1e3, cover.range_max_mm / 1e3
    area_m2 = max(0.5 * span * (far_m - near_m) * (far_m + near_m), 1.0)
    height_m = CLUTTER_HEIGHT_M
    if cover.floor_mm is not None and cover.ceiling_mm is not None:
        height_m = max((cover.ceiling_mm - cover.floor_mm) / 1e3, 1.0)
    sine = max(sin(cover.elevation_max_urad / 1e6) - sin(cover.elevation_min_urad / 1e6), 1e-6)
    return span, area_m2, height_m, sine


@kernel
def _in_sector(azimuth: float, begin: float, span: float) -> bool:
    """Say whether an azimuth, -pi to pi, lies in a sector; both its borders belong to it."""
    past = azimuth - begin
    while past < 0.0:
        past = past + _TURN
    return past <= span


@kernel
def _edge(pool: Floats, begin: int, steps: int, azimuth: float) -> float:
    """Return the elevation of the terrain's edge, between two steps of the table in proportion."""
    turn = azimuth if azimuth >= 0.0 else azimuth + _TURN
    at = turn / _TURN * steps
    step = min(int(at), steps - 1)
    one = float(pool[begin + step])
    other = float(pool[begin + (step + 1) % steps])
    return one + (other - one) * (at - step)


@kernel
def polar(columns: Columns, s: int, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return slant range (m), azimuth (-pi to pi) and elevation (rad) of an ECEF place from a placed sensor."""
    east, north, up = ecef_to_enu(columns.frame[s], x, y, z)
    return hypot3(east, north, up), atan2(east, north), atan2(up, hypot2(east, north))


@kernel
def visible(columns: Columns, s: int, x: float, y: float, z: float) -> bool:
    """Say whether a sensor that covers anything covers an ECEF place."""
    if columns.marks[s, COVERS] == 0:
        return False
    begin, steps = int(columns.marks[s, HORIZON]), int(columns.marks[s, HORIZON_STEPS])
    return _covered(columns.numbers[s], columns.frame[s], columns.pool, begin, steps, x, y, z)


@kernel
def _covered(
    numbers: Floats, frame: Floats, pool: Floats, horizon: int, steps: int, x: float, y: float, z: float
) -> bool:
    """Say whether a place lies in a coverage: one sensor's numbers, its frame, where its horizon begins in the pool."""
    east, north, up = ecef_to_enu(frame, x, y, z)
    level2 = east * east + north * north
    range2 = level2 + up * up
    near_m, far_m = float(numbers[RANGE_MIN]), float(numbers[RANGE_MAX])
    if range2 > far_m * far_m or (near_m > 0.0 and range2 < near_m * near_m):
        return False
    lowest, highest = float(numbers[ELEVATION_MIN]), float(numbers[ELEVATION_MAX])
    if steps > 0 or lowest > -_UPRIGHT or highest < _UPRIGHT:
        elevation = atan2(up, math.sqrt(level2))
        if not lowest <= elevation <= highest:
            return False
        if steps > 0 and elevation < _edge(pool, horizon, steps, atan2(east, north)):
            return False
    span = float(numbers[AZIMUTH_SPAN])
    if span < ALL_ROUND and not _in_sector(atan2(east, north), float(numbers[AZIMUTH_FROM]), span):
        return False
    floor_m, ceiling_m = float(numbers[FLOOR]), float(numbers[CEILING])
    if level2 < _NEAR_M * _NEAR_M:  # how far the ground has fallen away lies between those of two spheres
        above = float(numbers[HEIGHT]) + up
        least, most = above + level2 / _TWICE_RADIUS_MAX_M - _SLOP_M, above + level2 / _TWICE_RADIUS_MIN_M + _SLOP_M
        if floor_m <= least and most <= ceiling_m:
            return True
    if floor_m == _NO_FLOOR_M and ceiling_m == _NO_CEILING_M:
        return True
    alt_hae_m = ecef_to_geodetic(x, y, z)[2]
    return floor_m <= alt_hae_m <= ceiling_m


@kernel
def _patch_of(columns: Columns, s: int, x: float, y: float, z: float) -> int:
    """Return where in the pool the first patch begins that holds a place; -1: none does."""
    count = int(columns.marks[s, PATCHES])
    if count == 0 or columns.marks[s, PLACED] == 0:
        return -1
    range_m, azimuth, _ = polar(columns, s, x, y, z)
    begin = int(columns.marks[s, PATCH])
    pool = columns.pool
    for k in range(count):
        at = begin + k * _PATCH
        if float(pool[at + 2]) <= range_m <= float(pool[at + 3]) and _in_sector(
            azimuth, float(pool[at]), float(pool[at + 1])
        ):
            return at
    return -1


@kernel
def detection(columns: Columns, s: int, x: float, y: float, z: float) -> float:
    """Return the probability that one look of a sensor detects a target at an ECEF place; 0 where that is not known."""
    if not visible(columns, s, x, y, z):
        return 0.0
    patch = _patch_of(columns, s, x, y, z)
    pd = float(columns.numbers[s, PD]) if patch < 0 else float(columns.pool[patch + 4])
    return min(max(pd, 0.0), 1.0)


@kernel
def detections(columns: Columns, s: int, places: Floats, first: int, rows: Ints, out: Floats) -> None:
    """Fill `out` (k,) with `detection` at ECEF places: `rows` (k,) of `places`, from column `first` on."""
    if columns.marks[s, PATCHES] > 0 or columns.marks[s, COVERS] == 0:
        for k in range(rows.shape[0]):
            row = int(rows[k])
            x, y, z = float(places[row, first]), float(places[row, first + 1]), float(places[row, first + 2])
            out[k] = detection(columns, s, x, y, z)
        return
    numbers, frame, pool = columns.numbers[s], columns.frame[s], columns.pool
    begin, steps = int(columns.marks[s, HORIZON]), int(columns.marks[s, HORIZON_STEPS])
    pd = min(max(float(numbers[PD]), 0.0), 1.0)
    for k in range(rows.shape[0]):
        row = int(rows[k])
        x, y, z = float(places[row, first]), float(places[row, first + 1]), float(places[row, first + 2])
        out[k] = pd if _covered(numbers, frame, pool, begin, steps, x, y, z) else 0.0


@kernel
def clutter_at(columns: Columns, s: int, x: float, y: float, z: float) -> float:
    """Return the density of a sensor's false reports at an ECEF place, a scan; outside its coverage as inside."""
    patch = _patch_of(columns, s, x, y, z)
    density = float(columns.numbers[s, CLUTTER])
    return density if patch < 0 else density * float(columns.pool[patch + 5])


@kernel
def clutter_flat_at(columns: Columns, s: int, x: float, y: float, z: float) -> float:
    """Return the same for a report of a place whose height was not measured."""
    patch = _patch_of(columns, s, x, y, z)
    density = float(columns.numbers[s, CLUTTER_FLAT])
    return density if patch < 0 else density * float(columns.pool[patch + 5])
