"""Which zone each track will enter if it goes on as it does; told when foreseen, when that changes, when no longer.

Asked of established tracks that move, whenever their estimate does: first for the zones near the path, all at once;
then along the path to each outline. What is told is the path of the estimate; the spread gives the entry's standard
deviation, and an entry that is not known to 5 s and half its delay is not told. A zone that is entered is foreseen no
longer, from that tick on: the verdict says that it was. The rest stands in docs/explanation/foresight.md.

Most tracks are near no zone, and stay so for a while: of those it is remembered how far about them there is none, and
they are not asked before their path may leave it. That spares work and changes nothing that is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.facts.concluded import EntryForeseen, FactRef
from skykeep.facts.enacted import Rule
from skykeep.geo.kernel import kernel
from skykeep.rules.flight import Stood
from skykeep.rules.law import Law, Zone
from skykeep.watch.carried import carried, floats, ints, row_of, rows_before, rows_left
from skykeep.watch.climbs import Course
from skykeep.watch.courses import Shapes, all_laid_out, laid_out, look_along, middles
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.table import ESTABLISHED, LOST, Tracks

MOVING_MPS = 1.0  # slower than this, or likelier hovering than not by `HOVERING`, a track goes nowhere
HOVERING = 0.7
MISSED_NS = 2_000_000_000  # an entry that the path misses for so long is foreseen no longer
SIGMA_MAX_S, SIGMA_MAX_SHARE = 5.0, 0.5
CHANGE_NS, CHANGE_SHARE = 2_000_000_000, 5  # told again when the entry moved by more than 2 s and a fifth of its delay
FEW = 2_000  # volumes up to which all are laid out for the kernels, once a law
ABOUT_M = 500.0  # zones are looked for so much farther than the path leads
_SLOP_M, _SLOP_SHARE = 2.0, 0.01  # by which a place on the ground and one in space may differ
# columns of `clear`: where there is no zone, a ball about a place; radius 0: nobody knows
_X, _RADIUS = 0, 3
_CLEAR = 4
_UNKNOWN = np.zeros(_CLEAR)
_BLANK = np.zeros(1, np.int64)


class Foreseen(msgspec.Struct, array_like=True):
    """One entry as it was told."""

    zone_version: int
    entry_ns: int
    sigma_ns: int
    missed_ns: int = 0  # since when the path misses it; 0: it does not


class Foresight(msgspec.Struct, array_like=True):
    """What was told, by track and zone, and where about each track there is no zone (rows sorted by track)."""

    entries: dict[int, dict[str, Foreseen]] = {}  # msgspec copies it
    ids: bytearray = msgspec.field(default_factory=bytearray)  # int64 (n, 1)
    clear: bytearray = msgspec.field(default_factory=bytearray)  # float64 (n, _CLEAR)


class _Entry(NamedTuple):
    zone: Zone
    entry_ns: int
    sigma_ns: int


class _Ahead(NamedTuple):
    """What lies ahead: by row the entries by zone id; by row the zones that it is in already."""

    entries: dict[int, dict[str, _Entry]]
    inside: dict[int, dict[str, None]]


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

    `at_once`, after a change of law: what is known of the law's zones is forgotten, and what is foreseen no longer ends
    now.
    """
    if not memory.entries and not law.zones:
        return []
    clear = _fit(memory, tracks.id, at_once=at_once)
    told_ids = np.array(sorted(memory.entries), np.int64)
    asked, moving = np.empty(len(rows), np.int64), np.empty(len(rows), np.bool_)
    state = tracks.x, tracks.mode, tracks.phase, tracks.manned, tracks.flag_up
    count = _asked(state, tracks.id, rows, told_ids, clear, float(horizon_s), asked, moving)
    if not count:
        return []
    rows, order = np.unique(asked[:count], return_index=True)
    moving = moving[order]
    held = _remembered(memory, tracks, rows)
    looked = moving | (held & (tracks.phase[rows] == ESTABLISHED))  # one that stands may stand in it
    ahead = _ahead(memory, tracks, rows[looked], clear, law, horizon_s, stood or {})
    goes = dict(zip(rows.tolist(), moving.tolist(), strict=True))
    told: list[EntryForeseen] = []
    for row in sorted({*ahead.entries, *rows[held].tolist()}):
        lost = bool(tracks.phase[row] == LOST)
        entries = ahead.entries.get(row, {}) if goes[row] else {}
        inside = ahead.inside.get(row, {})
        told += _news(memory, tracks, row, entries, inside, now_ns if lost else None, at_once=at_once or lost)
    return told


def forget(memory: Foresight, track_ids: Iterable[int]) -> None:
    """Drop what is remembered of these tracks."""
    gone = list(track_ids)
    for track_id in gone:
        memory.entries.pop(track_id, None)
    left = rows_left(ints(memory.ids, 1), gone)
    if left is not None:
        memory.ids, memory.clear = carried(memory.ids, left, _BLANK), carried(memory.clear, left, _UNKNOWN)


# ---- which tracks are asked -------------------------------------------------------------------------


def overflown(tracks: Tracks, rows: Ints) -> npt.NDArray[np.bool_]:
    """Say which rows are of manned aircraft of which nothing speaks against that: no zone and no site binds them."""
    return np.asarray((tracks.manned[rows] == 1) & ~tracks.flag_up[rows].any(axis=1))


def _fit(memory: Foresight, ids: Ints, *, at_once: bool) -> Floats:
    """Give the memory the rows of the tracks that there are; return where no zone is about them."""
    before = rows_before(ints(memory.ids, 1), ids)
    if before is not None:
        memory.ids, memory.clear = bytearray(ids.tobytes()), carried(memory.clear, before, _UNKNOWN)
    clear = floats(memory.clear, _CLEAR)
    if at_once:
        clear[:] = 0.0
    return clear


_State = tuple[Floats, Floats, Ints, Ints, Ints]  # x, mode, phase, manned, flag_up


@kernel
def _asked(
    state: _State,
    ids: Ints,
    rows: Ints,
    told_ids: Ints,
    clear: Floats,
    horizon_s: float,
    asked: Ints,
    moving: npt.NDArray[np.bool_],
) -> int:
    """Fill `asked` with the rows of who moves and may come to a zone, and of those of whom something was told.

    `moving` says which of them move; returns how many they are.
    """
    x, mode, phase, manned, flag_up = state
    count = 0
    for k in range(len(rows)):
        row = int(rows[k])
        vx, vy, vz = float(x[row, 3]), float(x[row, 4]), float(x[row, 5])
        free = phase[row] == ESTABLISHED and mode[row, 0] <= HOVERING
        if free and manned[row] == 1:
            free = False
            for flag in range(flag_up.shape[1]):
                free = free or flag_up[row, flag] != 0
        goes = free and vx * vx + vy * vy + vz * vz > MOVING_MPS * MOVING_MPS
        held = len(told_ids) > 0 and row_of(told_ids, int(ids[row])) >= 0
        if held or (goes and not _in_the_clear(x[row], clear[row], horizon_s)):
            asked[count], moving[count] = row, goes
            count += 1
    return count


@kernel
def _in_the_clear(x: Floats, clear: Floats, horizon_s: float) -> bool:
    """Say whether a path stays where no zone is."""
    if clear[_RADIUS] <= 0.0:
        return False
    half_s = 0.5 * horizon_s
    away2, speed2 = 0.0, 0.0
    for a in range(3):
        velocity = float(x[a + 3])
        away_m = float(x[a]) + half_s * velocity - float(clear[_X + a])
        away2 = away2 + away_m * away_m
        speed2 = speed2 + velocity * velocity
    return math.sqrt(away2) + half_s * math.sqrt(speed2) <= float(clear[_RADIUS])


@kernel
def _note_clear(
    x: Floats, rows: Ints, starts: Ints, reaches_m: Floats, clear: Floats, horizon_s: float
) -> None:  # fmt: skip
    """Note of the rows of which no zone was found where there is none."""
    half_s = 0.5 * horizon_s
    for k in range(len(rows)):
        row = int(rows[k])
        for a in range(3):
            clear[row, _X + a] = float(x[row, a]) + half_s * float(x[row, a + 3])
        sure_m = float(reaches_m[k]) * (1.0 - _SLOP_SHARE) - _SLOP_M
        clear[row, _RADIUS] = sure_m if starts[k + 1] == starts[k] else 0.0


def _remembered(memory: Foresight, tracks: Tracks, rows: Ints) -> npt.NDArray[np.bool_]:
    return np.array([one in memory.entries for one in tracks.id[rows].tolist()], np.bool_)


# ---- along the paths --------------------------------------------------------------------------------


def _ahead(
    memory: Foresight,
    tracks: Tracks,
    rows: Ints,
    clear: Floats,
    law: Law,
    horizon_s: float,
    stood: Mapping[int, Stood],
) -> _Ahead:
    """Return what lies ahead of these rows."""
    ahead = _Ahead({}, {})
    if not len(rows):
        return ahead
    lats_e7, lons_e7, reaches_m = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64), np.empty(len(rows))
    middles(tracks.x, rows, horizon_s, lats_e7, lons_e7, reaches_m)
    reaches_m += ABOUT_M
    starts, nearby = law.engine.near_many(lats_e7, lons_e7, reaches_m)
    _note_clear(tracks.x, rows, starts, reaches_m, clear, float(horizon_s))
    if not len(nearby):
        return ahead
    zones, numbers, shapes = _shapes(law, nearby)
    which, found = np.empty((len(numbers) + 16, 3), np.int64), np.empty((len(numbers) + 16, 4))
    state = tracks.x, tracks.p, tracks.sigma_m
    count = look_along(*state, rows, starts, numbers, shapes, horizon_s, which, found)
    if count > len(which):  # zones of many parts
        which, found = np.empty((count, 3), np.int64), np.empty((count, 4))
        look_along(*state, rows, starts, numbers, shapes, horizon_s, which, found)
    for (row, number, part), (enters_s, sigma_s, rate_mps, climbs) in zip(
        which[:count].tolist(), found[:count].tolist(), strict=True
    ):
        zone = zones[number]
        if not _worth(zone, enters_s, sigma_s, climbs=climbs > 0.0, held=int(tracks.id[row]) in memory.entries):
            continue
        course = Course(tracks, row, rate_mps if climbs else 0.0, law, stood)
        entry = _entry(course, zone, part, enters_s, sigma_s, horizon_s)
        if entry is not None and entry.entry_ns == course.t_ns:
            ahead.inside.setdefault(row, {})[zone.fact.zone_id] = None
        elif entry is not None:
            _keep_first(ahead.entries.setdefault(row, {}), entry)
    for row, zone_ids in ahead.inside.items():
        for zone_id in zone_ids:
            ahead.entries.get(row, {}).pop(zone_id, None)
    return ahead


def _shapes(law: Law, numbers: npt.NDArray[Any]) -> tuple[Sequence[Zone], Ints, Shapes]:
    """Return zones, the numbers as places among them, and their outlines: all, or of many those near."""
    if len(law.engine.outlines) <= FEW:
        return law.zones, numbers.astype(np.int64), all_laid_out(law.engine)
    wanted, places = np.unique(numbers, return_inverse=True)
    near = [law.zones[number] for number in wanted.tolist()]
    return near, places, laid_out([zone.outlines for zone in near])


def _worth(zone: Zone, enters_s: float, sigma_s: float, *, climbs: bool, held: bool) -> bool:
    """Say whether a path to an outline is worth a closer look.

    One that surely enters it; one that is over or under it now, if it climbs or sinks, if the zone has other parts, of
    which the entry would be none, or if the track was told to enter something, which it may just have done.
    """
    if enters_s == 0.0:
        return climbs or held or len(zone.outlines) > 1
    return sigma_s <= SIGMA_MAX_S + SIGMA_MAX_SHARE * enters_s


def _entry(course: Course, zone: Zone, part: int, outline_s: float, sigma_s: float, horizon_s: float) -> _Entry | None:
    """Return when a path enters a part of a zone that is in force then; None: not within the horizon."""
    if zone.fact.rule is Rule.ALLOWED:
        return None
    after_s, sigma_s = course.entry(zone.fact.volumes[part], zone.outlines[part], outline_s, sigma_s, horizon_s)
    if after_s > horizon_s:
        return None
    entry_ns = course.t_ns + round(after_s * 1e9)
    return _Entry(zone, entry_ns, round(sigma_s * 1e9)) if zone.in_force(entry_ns) else None


def _keep_first(entries: dict[str, _Entry], entry: _Entry) -> None:
    """Keep of several parts of a zone the one that is entered first."""
    before = entries.get(entry.zone.fact.zone_id)
    if before is None or entry.entry_ns < before.entry_ns:
        entries[entry.zone.fact.zone_id] = entry


# ---- what is told -----------------------------------------------------------------------------------


def _news(
    memory: Foresight,
    tracks: Tracks,
    row: int,
    entries: dict[str, _Entry],
    inside: Mapping[str, None],
    lost_ns: int | None,
    *,
    at_once: bool,
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
            if at_once or zone_id in inside or t_ns - held.missed_ns >= MISSED_NS or t_ns >= held.entry_ns:
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
