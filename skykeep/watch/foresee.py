"""Which zone each track will enter if it goes on as it does; told when foreseen, when that changes, when no longer.

Asked of established tracks that move, at most once a second each, by the time of their estimates: first for the zones
whose boxes the path may meet, all at once; then along the path to each outline, by steps that are as long as
the border is far, so that none is stepped over. What is told is the path of the estimate; the spread gives the entry's
standard deviation, and an entry that is not known to 5 s and half its delay is not told. A zone that is entered is
foreseen no longer: the verdict says that it was. The rest stands in docs/explanation/foresight.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.assess.approach import SPREAD, crossing_sigma_s, level_spread, variance_along_m2
from skykeep.facts.concluded import EntryForeseen, FactRef, Trust
from skykeep.facts.enacted import Circle, Limit, Rule, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.exact import hypot2, hypot3
from skykeep.geo.frames import ecef_to_geodetic, enu_frame, metres_per_e7
from skykeep.geo.geodesic import distance_m
from skykeep.geo.kernel import kernel
from skykeep.geo.volumes import polygon_margin_m
from skykeep.rules.flight import Flight, Height, Stood
from skykeep.rules.heights import with_heights
from skykeep.rules.inside import Where, at_ground, compare_heights
from skykeep.rules.law import Law, Zone
from skykeep.rules.outline import Outline
from skykeep.watch.reports import DATUMS, Floats, Ints
from skykeep.watch.table import ESTABLISHED, LOST, Tracks

MOVING_MPS = 1.0  # slower than this, or likelier hovering than not by `HOVERING`, a track goes nowhere
HOVERING = 0.7
ASKED_EVERY_NS = 1_000_000_000
MISSED_NS = 2_000_000_000  # an entry that the path misses for so long is foreseen no longer
SIGMA_MAX_S, SIGMA_MAX_SHARE = 5.0, 0.5
CHANGE_NS, CHANGE_SHARE = 2_000_000_000, 5  # told again when the entry moved by more than 2 s and a fifth of its delay
CLIMBING_MPS = 1.0  # slower than this, or than two sigma, heights stay as they are
_CLIMB_STEPS = 30
_SIGMA_NONE_S = 1e6
_STEP_MIN_S = 0.25  # a corner that is cut for less than this may be missed
_LONGER = 0.999  # margins are right to 0.1 %
_ASIDE_E7 = 500  # about 5 m: how far aside the border's direction is asked for
FEW = 100  # volumes up to which each one's box is asked
_PAD_M = 200.0  # how far a straight path may bulge out of the box of its ends
_POLAR_E7 = 850_000_000  # beyond this latitude every path is asked
_TURN_E7 = 3_600_000_000
_OTHER_SIDE_M = -2.0e7
_CIRCLE, _LAT, _LON, _RADIUS_MM, _VERTEX, _VERTEX_END, _RING, _RING_END, _BOX = range(9)  # columns of a shape
_DATUM = tuple(Datum(name) for name in DATUMS)


class Foreseen(msgspec.Struct, array_like=True):
    """One entry as it was told."""

    zone_version: int
    entry_ns: int
    sigma_ns: int
    missed_ns: int = 0  # since when the path misses it; 0: it does not


class Foresight(msgspec.Struct, array_like=True):
    """What was told, by track and zone, and when each track was asked last (int64 columns, sorted by track)."""

    entries: dict[int, dict[str, Foreseen]] = {}  # msgspec copies it
    asked_id: bytes = b""
    asked_ns: bytes = b""


class _Entry(NamedTuple):
    zone: Zone
    entry_ns: int
    sigma_ns: int


def foresee(
    memory: Foresight,
    tracks: Tracks,
    rows: Ints,
    law: Law,
    now_ns: int,
    horizon_s: float,
    *,
    at_once: bool = False,
    stood: Mapping[int, Stood] | None = None,
) -> list[EntryForeseen]:
    """Return what changed of the entries that are foreseen for the tracks in these rows, by track and zone.

    `at_once`, after a change of law: each is asked, however lately it was, and what is foreseen no longer ends now.
    """
    if not memory.entries and not law.zones:
        return []
    told: list[EntryForeseen] = []
    rows = np.unique(rows)
    rows = rows[_concerned(memory, tracks, rows)]
    rows = rows if at_once else rows[_due(memory, tracks.id[rows], tracks.t_ns[rows])]
    _note_asked(memory, tracks.id[rows], tracks.t_ns[rows])
    entries = _entries(tracks, rows[_moving(tracks, rows)], law, horizon_s, stood or {})
    for row in sorted({*entries, *_remembered(memory, tracks, rows)}):
        lost = bool(tracks.phase[row] == LOST)
        told += _news(memory, tracks, row, entries.get(row, {}), now_ns if lost else None, at_once=at_once or lost)
    return told


def forget(memory: Foresight, track_ids: Iterable[int]) -> None:
    """Drop what is remembered of these tracks."""
    gone = list(track_ids)
    for track_id in gone:
        memory.entries.pop(track_id, None)
    ids = np.frombuffer(memory.asked_id, np.int64)
    kept = ~np.isin(ids, np.array(gone, np.int64))
    memory.asked_ns = np.frombuffer(memory.asked_ns, np.int64)[kept].tobytes()
    memory.asked_id = ids[kept].tobytes()


# ---- which tracks are asked -------------------------------------------------------------------------


def overflown(tracks: Tracks, rows: Ints) -> npt.NDArray[np.bool_]:
    """Say which rows are of manned aircraft of which nothing speaks against that: no zone and no site binds them."""
    return np.asarray((tracks.manned[rows] == 1) & ~tracks.flag_up[rows].any(axis=1))


def _moving(tracks: Tracks, rows: Ints) -> npt.NDArray[np.bool_]:
    vx, vy, vz = (tracks.x[rows, k] for k in (3, 4, 5))
    fast = vx * vx + vy * vy + vz * vz > MOVING_MPS * MOVING_MPS
    free = (tracks.phase[rows] == ESTABLISHED) & ~overflown(tracks, rows)
    return np.asarray(fast & free & (tracks.mode[rows, 0] <= HOVERING))


def _concerned(memory: Foresight, tracks: Tracks, rows: Ints) -> npt.NDArray[np.bool_]:
    known = np.fromiter(memory.entries, np.int64, len(memory.entries))
    return np.asarray(_moving(tracks, rows) | np.isin(tracks.id[rows], known))


def _remembered(memory: Foresight, tracks: Tracks, rows: Ints) -> list[int]:
    if not memory.entries:
        return []
    return [row for row, one in zip(rows.tolist(), tracks.id[rows].tolist(), strict=True) if one in memory.entries]


def _due(memory: Foresight, ids: Ints, t_ns: Ints) -> npt.NDArray[np.bool_]:
    """Say who was not asked within the last second, or has something to end that waits for it."""
    known, asked_ns = np.frombuffer(memory.asked_id, np.int64), np.frombuffer(memory.asked_ns, np.int64)
    if not len(known):
        return np.ones(len(ids), np.bool_)
    place = np.minimum(known.searchsorted(ids), len(known) - 1)
    return np.asarray((known[place] != ids) | (t_ns - asked_ns[place] >= ASKED_EVERY_NS))


def _note_asked(memory: Foresight, ids: Ints, t_ns: Ints) -> None:
    known, asked_ns = np.frombuffer(memory.asked_id, np.int64), np.frombuffer(memory.asked_ns, np.int64)
    kept = ~np.isin(known, ids)
    both, times = np.concatenate([known[kept], ids]), np.concatenate([asked_ns[kept], t_ns])
    order = np.argsort(both, kind="stable")
    memory.asked_id, memory.asked_ns = both[order].tobytes(), times[order].tobytes()


# ---- along the paths --------------------------------------------------------------------------------


def _entries(
    tracks: Tracks, rows: Ints, law: Law, horizon_s: float, stood: Mapping[int, Stood]
) -> dict[int, dict[str, _Entry]]:
    """Return the entries ahead, by row and zone id."""
    if not len(rows):
        return {}
    boxes = np.empty((len(rows), 4), np.int64)
    path_boxes(tracks.x, rows, horizon_s, boxes)
    starts, numbers = _near(tracks, rows, boxes, law, horizon_s)
    if not len(numbers):
        return {}
    zones, of_pair = np.unique(numbers, return_inverse=True)
    near = [law.zones[number] for number in zones.tolist()]
    shapes, lats_e7, lons_e7, ring_starts, first = _laid_out([zone.outlines for zone in near])
    counts = np.diff(first)[of_pair]  # outlines of each pair's zone
    path_of = np.repeat(np.repeat(np.arange(len(rows)), np.diff(starts)), counts)
    row_of, shape_of = rows[path_of], _ranges(first[of_pair], counts)
    meet = np.empty(len(path_of), np.bool_)
    may_meet(boxes, path_of, shapes[:, _BOX:], shape_of, meet)
    found, climb = np.full((len(row_of), 2), math.inf), np.zeros((len(rows), 2))
    trace(
        tracks.x, tracks.p, tracks.sigma_m, row_of, shape_of, meet, shapes, lats_e7, lons_e7, ring_starts, horizon_s,
        found,
    )  # fmt: skip
    climbing(tracks.x, tracks.p, rows, np.isin(np.arange(len(rows)), path_of[np.isfinite(found[:, 0])]), climb)
    climb = climb[path_of]
    picked = _picked(near, of_pair, counts, found, climb)
    zone_of = first.searchsorted(shape_of[picked], side="right") - 1
    entries: dict[int, dict[str, _Entry]] = {}
    inside: dict[tuple[int, str], None] = {}  # zones that the track is in already
    for pair, number in zip(picked.tolist(), zone_of.tolist(), strict=True):
        row, part = int(row_of[pair]), int(shape_of[pair] - first[number])
        path = _Path(tracks, row, float(climb[pair, 0]) if climb[pair, 1] else 0.0, law, stood)
        entry = _entry(path, near[number], part, float(found[pair, 0]), float(found[pair, 1]), horizon_s)
        if entry is not None and entry.entry_ns == path.t_ns:
            inside[row, near[number].fact.zone_id] = None
        elif entry is not None:
            _keep_first(entries.setdefault(row, {}), entry)
    for row, zone_id in inside:
        entries.get(row, {}).pop(zone_id, None)
    return entries


def _picked(near: list[Zone], of_pair: npt.NDArray[Any], counts: Ints, found: Floats, climb: Floats) -> Ints:
    """Return which paths to outlines are worth a closer look.

    Those that surely enter one; those that are over or under one now, if they climb or sink, or if the zone has other
    parts, of which the entry would be none.
    """
    several = np.repeat(np.array([len(zone.outlines) > 1 for zone in near])[of_pair], counts)
    sure = found[:, 1] <= SIGMA_MAX_S + SIGMA_MAX_SHARE * found[:, 0]
    return np.flatnonzero(np.where(found[:, 0] == 0.0, (climb[:, 1] > 0.0) | several, np.isfinite(found[:, 0]) & sure))


def _entry(path: _Path, zone: Zone, part: int, outline_s: float, sigma_s: float, horizon_s: float) -> _Entry | None:
    """Return when a path enters a part of a zone that is in force then; None: not within the horizon."""
    if zone.fact.rule is Rule.ALLOWED:
        return None
    after_s, sigma_s = path.entry(zone.fact.volumes[part], zone.outlines[part], outline_s, sigma_s, horizon_s)
    if after_s > horizon_s:
        return None
    entry_ns = path.t_ns + round(after_s * 1e9)
    return _Entry(zone, entry_ns, round(sigma_s * 1e9)) if zone.in_force(entry_ns) else None


def _keep_first(entries: dict[str, _Entry], entry: _Entry) -> None:
    """Keep of several parts of a zone the one that is entered first."""
    before = entries.get(entry.zone.fact.zone_id)
    if before is None or entry.entry_ns < before.entry_ns:
        entries[entry.zone.fact.zone_id] = entry


def _near(
    tracks: Tracks, rows: Ints, boxes: Ints, law: Law, horizon_s: float
) -> tuple[Ints, npt.NDArray[Any]]:  # fmt: skip
    """Return starts (k + 1,) and numbers of the zones that each path may meet.

    Of few volumes each box is asked; of many the engine, for those near the middle of the path, within half its length.
    """
    engine = law.engine
    if len(engine.boxes) > FEW:
        lats_e7, lons_e7, reaches_m = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64), np.empty(len(rows))
        middles(tracks.x, rows, horizon_s, lats_e7, lons_e7, reaches_m)
        return engine.near_many(lats_e7, lons_e7, reaches_m)
    pairs = np.repeat(np.arange(len(rows)), len(engine.boxes)), np.tile(np.arange(len(engine.boxes)), len(rows))
    meet = np.empty(len(pairs[0]), np.bool_)
    may_meet(boxes, pairs[0], engine.boxes, pairs[1], meet)
    once = np.unique(pairs[0][meet] * len(law.zones) + engine.zone_of[pairs[1][meet]])
    return (once // len(law.zones)).searchsorted(np.arange(len(rows) + 1)), once % len(law.zones)


def _ranges(first: Ints, counts: Ints) -> Ints:
    """Return first[k], first[k] + 1 ... counts[k] of them, for each k in turn."""
    ends = counts.cumsum()
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - (ends - counts), counts)


def _laid_out(outlines: Sequence[Sequence[Outline]]) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return shapes, vertices, rings, and where each zone's shapes begin, as `trace` takes them."""
    flat = [outline for some in outlines for outline in some]
    shapes = np.zeros((len(flat), _BOX + 4), np.int64)
    lats, lons, rings = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    vertex = ring = 0
    for number, outline in enumerate(flat):
        shape = outline.shape
        shapes[number, _BOX:] = outline.box_e7
        if isinstance(shape, Circle):
            shapes[number, : _RADIUS_MM + 1] = 1, shape.lat_e7, shape.lon_e7, shape.radius_mm
            continue
        lats.append(shape.lat_e7)
        lons.append(shape.lon_e7)
        rings.append(shape.starts)
        ends = vertex + len(shape.lat_e7), ring + len(shape.starts)
        shapes[number, _VERTEX:_BOX] = vertex, ends[0], ring, ends[1]
        vertex, ring = ends
    first = np.cumsum([0, *(len(some) for some in outlines)], dtype=np.int64)
    return shapes, np.concatenate(lats), np.concatenate(lons), np.concatenate(rings), first


def _limited(volume: Volume) -> bool:
    """Whether a volume has a floor or a ceiling at all."""
    return _limits(volume.ceiling) or (_limits(volume.floor) and not _at_ground(volume.floor))


def _limits(limit: Limit) -> bool:
    return isinstance(limit, Altitude)


def _at_ground(limit: Limit) -> bool:
    return isinstance(limit, Altitude) and at_ground(limit)


class _Path:
    """Where one track will be, with its heights as they were heard last."""

    __slots__ = ("climbs", "law", "row", "stood", "t_ns", "tracks", "up_mps")

    def __init__(self, tracks: Tracks, row: int, up_mps: float, law: Law, stood: Mapping[int, Stood]) -> None:
        self.tracks, self.row, self.up_mps, self.law = tracks, row, up_mps, law
        self.climbs = up_mps != 0.0
        self.t_ns = int(tracks.t_ns[row])
        self.stood = stood.get(int(tracks.id[row]))

    def entry(
        self, volume: Volume, outline: Outline, outline_s: float, sigma_s: float, horizon_s: float
    ) -> tuple[float, float]:
        """Return when a volume is entered whose outline is after `outline_s`, and how surely; infinite: not."""
        if not _limited(volume) or self.meets(volume, outline_s):
            return outline_s, min(sigma_s, _SIGMA_NONE_S)
        if not self.climbs:
            return math.inf, 0.0
        step_s = horizon_s / _CLIMB_STEPS
        out_s = outline_s
        while out_s + step_s <= horizon_s:
            in_s = out_s + step_s
            if outline.margin_m(*self.place(in_s)) < 0.0:
                break
            if self.meets(volume, in_s):
                return self._halved(volume, out_s, in_s), self._climb_sigma_s()
            out_s = in_s
        return math.inf, 0.0

    def _halved(self, volume: Volume, out_s: float, in_s: float) -> float:
        while in_s - out_s > 0.1:
            middle_s = 0.5 * (out_s + in_s)
            if self.meets(volume, middle_s):
                in_s = middle_s
            else:
                out_s = middle_s
        return in_s

    def _climb_sigma_s(self) -> float:
        heights = self.heights(0.0)
        return min((height.sigma_mm for height in heights), default=0) / 1e3 / abs(self.up_mps)

    def place(self, after_s: float) -> tuple[int, int]:
        """Return lat_e7, lon_e7 after so long."""
        return place_after(self.tracks.x, self.row, after_s)

    def meets(self, volume: Volume, after_s: float) -> bool:
        """Whether it will not surely be over or under a volume then; a height that cannot be compared may be in it."""
        lat_e7, lon_e7 = self.place(after_s)
        flight = Flight(
            t_ns=self.t_ns + round(after_s * 1e9),
            lat_e7=lat_e7,
            lon_e7=lon_e7,
            pos_sigma_m=float(self.tracks.sigma_m[self.row]),
            heights=self.heights(after_s),
            uas_id=None,
            session_id=None,
            operator_id=None,
            trust=Trust.NONE,
            manned=False,
            stood=self.stood,
        )
        flight = with_heights(flight, self.law.levels)
        answer = compare_heights(flight.heights, volume.floor, volume.ceiling, levels=flight.levels)
        return answer.where is not Where.OUTSIDE

    def heights(self, after_s: float) -> tuple[Height, ...]:
        """Return the heights heard last, carried on at the rate of climb."""
        tracks, row = self.tracks, self.row
        aged_s = after_s + max(0, self.t_ns - int(tracks.height_ns[row])) / 1e9
        climbed_mm = round(self.up_mps * aged_s * 1e3)
        given: list[tuple[int, int, int]] = [
            (int(tracks.said_datum[row]), int(tracks.said_mm[row]), int(tracks.said_sigma_mm[row])),
            (int(tracks.above_datum[row]), int(tracks.above_mm[row]), int(tracks.above_sigma_mm[row])),
        ]
        if int(tracks.std_sigma_mm[row]) >= 0:
            given.append((DATUMS.index("std"), int(tracks.std_mm[row]), int(tracks.std_sigma_mm[row])))
        return tuple(
            Height(Altitude(value_mm + climbed_mm, _DATUM[datum]), sigma_mm)
            for datum, value_mm, sigma_mm in given
            if datum >= 0
        )


# ---- what is told -----------------------------------------------------------------------------------


def _news(
    memory: Foresight, tracks: Tracks, row: int, entries: dict[str, _Entry], lost_ns: int | None, *, at_once: bool
) -> list[EntryForeseen]:
    """Return what differs from what was told of a track, and remember it."""
    track_id, t_ns = int(tracks.id[row]), int(tracks.t_ns[row])
    before = memory.entries.setdefault(track_id, {})
    changed: dict[str, tuple[int, _Entry | None]] = {}
    for zone_id, entry in entries.items():
        held = before.get(zone_id)
        if held is None or _differs(held, entry, t_ns):
            before[zone_id] = Foreseen(entry.zone.fact.version, entry.entry_ns, entry.sigma_ns)
            changed[zone_id] = entry.zone.fact.version, entry
        else:
            held.missed_ns = 0
    for zone_id, held in before.items():
        if zone_id not in entries:
            held.missed_ns = held.missed_ns or t_ns
            if at_once or t_ns - held.missed_ns >= MISSED_NS or t_ns >= held.entry_ns:
                changed[zone_id] = held.zone_version, None
    for zone_id, (_, ended) in changed.items():
        if ended is None:
            del before[zone_id]
    if not before:
        del memory.entries[track_id]
    return [_told(tracks, row, lost_ns or t_ns, zone_id, *changed[zone_id]) for zone_id in sorted(changed)]


def _told(tracks: Tracks, row: int, t_ns: int, zone_id: str, version: int, entry: _Entry | None) -> EntryForeseen:
    return EntryForeseen(
        track_id=int(tracks.id[row]),
        t_ns=t_ns,
        zone_id=zone_id,
        zone_version=version,
        entry_ns=entry.entry_ns if entry else None,
        entry_sigma_ns=entry.sigma_ns if entry else None,
        evidence=FactRef(int(tracks.evidence[row, 0]), int(tracks.evidence[row, 1])),
    )


def _differs(held: Foreseen, entry: _Entry, t_ns: int) -> bool:
    moved_ns = abs(entry.entry_ns - held.entry_ns)
    allowed_ns = max(CHANGE_NS, max(held.entry_ns - t_ns, 0) // CHANGE_SHARE)
    return held.zone_version != entry.zone.fact.version or moved_ns > allowed_ns


# ---- kernels ----------------------------------------------------------------------------------------


@kernel
def _place_e7(x: Floats, row: int, t_s: float) -> tuple[int, int]:
    lat_deg, lon_deg, _ = ecef_to_geodetic(
        float(x[row, 0]) + float(x[row, 3]) * t_s,
        float(x[row, 1]) + float(x[row, 4]) * t_s,
        float(x[row, 2]) + float(x[row, 5]) * t_s,
    )
    return math.floor(lat_deg * 1e7 + 0.5), math.floor(lon_deg * 1e7 + 0.5)


@kernel
def place_after(x: Floats, row: int, t_s: float) -> tuple[int, int]:
    """Return lat_e7, lon_e7 of a state's place after `t_s`; x (n, 6)."""
    return _place_e7(x, int(row), float(t_s))


@kernel
def middles(x: Floats, rows: Ints, horizon_s: float, lats_e7: Ints, lons_e7: Ints, reaches_m: Floats) -> None:
    """Fill in the middle of each path and half its length."""
    half_s = 0.5 * float(horizon_s)
    for k in range(rows.shape[0]):
        row = int(rows[k])
        lats_e7[k], lons_e7[k] = _place_e7(x, row, half_s)
        reaches_m[k] = half_s * hypot3(x[row, 3], x[row, 4], x[row, 5]) + 1.0


@kernel
def path_boxes(x: Floats, rows: Ints, horizon_s: float, boxes: Ints) -> None:
    """Fill boxes (k, 4) with what each path lies in: lat min, lat max, lon min, lon max, unwrapped."""
    for k in range(rows.shape[0]):
        row = int(rows[k])
        lat_e7, lon_e7 = _place_e7(x, row, 0.0)
        then_lat_e7, then_lon_e7 = _place_e7(x, row, float(horizon_s))
        turns = (then_lon_e7 - lon_e7 + _TURN_E7 // 2) // _TURN_E7
        then_lon_e7 = then_lon_e7 - turns * _TURN_E7
        south, north = min(lat_e7, then_lat_e7), max(lat_e7, then_lat_e7)
        polar = max(-south, north) > _POLAR_E7
        north_m, east_m = metres_per_e7(min(max(-south, north), _POLAR_E7) / 1e7)
        pad_n, pad_e = int(_PAD_M / north_m), _TURN_E7 if polar else int(_PAD_M / east_m)
        boxes[k, 0], boxes[k, 1] = south - pad_n, north + pad_n
        boxes[k, 2], boxes[k, 3] = min(lon_e7, then_lon_e7) - pad_e, max(lon_e7, then_lon_e7) + pad_e


@kernel
def may_meet(paths: Ints, path_of: Ints, boxes: Ints, box_of: Ints, meet: npt.NDArray[np.bool_]) -> None:
    """Say of each pair whether the two boxes meet; as `path_boxes` and `Outline.box_e7`."""
    for k in range(path_of.shape[0]):
        path, box = int(path_of[k]), int(box_of[k])
        meet[k] = False
        if paths[path, 0] <= boxes[box, 1] and paths[path, 1] >= boxes[box, 0]:
            for turn in range(-1, 2):
                west, east = int(boxes[box, 2]) + turn * _TURN_E7, int(boxes[box, 3]) + turn * _TURN_E7
                if paths[path, 2] <= east and paths[path, 3] >= west:
                    meet[k] = True


@kernel
def climbing(x: Floats, p: Floats, rows: Ints, asked: npt.NDArray[np.bool_], out: Floats) -> None:
    """Fill out (k, 2) of those asked: the rate of climb in m/s, and 1 where it is surely one."""
    for k in range(rows.shape[0]):
        if not asked[k]:
            continue
        row = int(rows[k])
        lat_deg, lon_deg, _ = ecef_to_geodetic(x[row, 0], x[row, 1], x[row, 2])
        up = enu_frame(lat_deg, lon_deg, 0.0)[3]
        rate, variance = 0.0, 0.0
        for i in range(3):
            rate = rate + float(up[i]) * float(x[row, 3 + i])
            for j in range(3):
                variance = variance + float(up[i]) * float(p[row, 3 + i, 3 + j]) * float(up[j])
        out[k, 0] = rate
        out[k, 1] = 1.0 if abs(rate) > CLIMBING_MPS and rate * rate > 4.0 * variance else 0.0


@kernel
def _margin_m(
    shapes: Ints, shape: int, lats_e7: Ints, lons_e7: Ints, starts: Ints, lat_e7: int, lon_e7: int
) -> float:  # fmt: skip
    """Return the metres from a place to a shape's border: positive inside."""
    if shapes[shape, _CIRCLE] == 1:
        away_m = distance_m(
            int(shapes[shape, _LAT]) / 1e7, int(shapes[shape, _LON]) / 1e7, int(lat_e7) / 1e7, int(lon_e7) / 1e7
        )
        return _OTHER_SIDE_M if math.isnan(away_m) else int(shapes[shape, _RADIUS_MM]) / 1e3 - away_m
    a, b = int(shapes[shape, _VERTEX]), int(shapes[shape, _VERTEX_END])
    c, d = int(shapes[shape, _RING]), int(shapes[shape, _RING_END])
    return polygon_margin_m(lats_e7[a:b], lons_e7[a:b], starts[c:d], lat_e7, lon_e7)


@kernel
def trace(
    x: Floats, p: Floats, sigma_m: Floats, row_of: Ints, shape_of: Ints, asked: npt.NDArray[np.bool_], shapes: Ints,
    lats_e7: Ints, lons_e7: Ints, starts: Ints, horizon_s: float, found: Floats,
) -> None:  # fmt: skip
    """Fill found (k, 2) of those asked with when each path enters each outline, and that time's standard deviation.

    In seconds: 0 where it is inside now, infinite where it will not be within the horizon.
    """
    for k in range(row_of.shape[0]):
        if not asked[k]:
            continue
        row, shape = int(row_of[k]), int(shape_of[k])
        found[k, 0] = _entry_s(x, row, shapes, shape, lats_e7, lons_e7, starts, float(horizon_s))
        found[k, 1] = math.inf
        if 0.0 < found[k, 0] < math.inf:
            found[k, 1] = _sigma_s(
                x, p, float(sigma_m[row]), row, shapes, shape, lats_e7, lons_e7, starts, float(found[k, 0])
            )


@kernel
def _entry_s(
    x: Floats, row: int, shapes: Ints, shape: int, lats_e7: Ints, lons_e7: Ints, starts: Ints, horizon_s: float
) -> float:  # fmt: skip
    speed = hypot3(x[row, 3], x[row, 4], x[row, 5])
    lat_e7, lon_e7 = _place_e7(x, row, 0.0)
    margin_m = _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7, lon_e7)
    out_s = 0.0
    while margin_m < 0.0:
        in_s = out_s + max(-margin_m * _LONGER / speed, _STEP_MIN_S)
        if in_s > horizon_s:
            return math.inf
        lat_e7, lon_e7 = _place_e7(x, row, in_s)
        margin_m = _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7, lon_e7)
        if margin_m >= 0.0:
            return _halved_s(x, row, shapes, shape, lats_e7, lons_e7, starts, out_s, in_s)
        out_s = in_s
    return 0.0


@kernel
def _halved_s(
    x: Floats, row: int, shapes: Ints, shape: int, lats_e7: Ints, lons_e7: Ints, starts: Ints, out_s: float, in_s: float
) -> float:  # fmt: skip
    while in_s - out_s > 1e-3:
        middle_s = 0.5 * (out_s + in_s)
        lat_e7, lon_e7 = _place_e7(x, row, middle_s)
        if _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7, lon_e7) >= 0.0:
            in_s = middle_s
        else:
            out_s = middle_s
    return in_s


@kernel
def _sigma_s(
    x: Floats, p: Floats, sigma_m: float, row: int, shapes: Ints, shape: int, lats_e7: Ints, lons_e7: Ints,
    starts: Ints, t_s: float,
) -> float:  # fmt: skip
    """Return the standard deviation of an entry, by the border's direction there and the spread across it.

    The place is no surer than its latest report: averaging does not remove a receiver's drift.
    """
    lat_e7, lon_e7 = _place_e7(x, row, t_s)
    north_m, east_m = metres_per_e7(lat_e7 / 1e7)
    aside_e7 = _ASIDE_E7 if east_m > 0.1 * north_m else 10 * _ASIDE_E7
    east = _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7, lon_e7 + aside_e7)
    east = (east - _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7, lon_e7 - aside_e7)) / max(east_m, 1e-6)
    north = _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7 + aside_e7, lon_e7)
    north = (north - _margin_m(shapes, shape, lats_e7, lons_e7, starts, lat_e7 - aside_e7, lon_e7)) / north_m
    size = hypot2(east, north)
    if size == 0.0:
        return math.inf
    east, north = east / size, north / size
    axes = enu_frame(lat_e7 / 1e7, lon_e7 / 1e7, 0.0)[1:]
    closing = 0.0
    for i in range(3):
        closing = closing + (east * float(axes[0, i]) + north * float(axes[1, i])) * float(x[row, 3 + i])
    spread = np.empty(SPREAD)
    level_spread(axes, p[row], spread)
    lacking = max(sigma_m * sigma_m - variance_along_m2(spread, east, north, 0.0), 0.0)
    spread[0] = spread[0] + lacking
    spread[2] = spread[2] + lacking
    return crossing_sigma_s(spread, east, north, closing, t_s)
