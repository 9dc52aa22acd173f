"""Which tracks near a protected site, are within it or hover near it; told when that changes, and how far off.

    kind       begins                                                       ends
    hover      slow for 10 s within the radius and 100 m                    3 s of what is less, 10 % farther out
    within     inside the radius                                            the same
    approach   nears by 1 m/s and more, and comes within the radius and     3 s of what is less, or of a chance below
               100 m in the horizon by a chance of one half                 three tenths
    none       nothing of this: told once

Slow is below 1.5 m/s, or likelier than 0.7 hovering, until it is faster than 2.5 m/s and no likelier than 0.5. A later
version moves a site: everything is asked anew at once. Seen from above; a site has no height. Manned aircraft are left
out (see `foresee.overflown`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.assess.approach import (
    EE,
    NN,
    SPREAD,
    distance_after_m,
    entry_s,
    level_spread,
    nearest_s,
    reach_probability,
)
from skykeep.facts.concluded import ApproachSeen, FactRef
from skykeep.facts.enacted import SiteProtected
from skykeep.geo.exact import hypot2
from skykeep.geo.frames import ecef_to_enu, enu_frame
from skykeep.geo.kernel import kernel
from skykeep.rules.law import FOREVER_NS
from skykeep.watch.carried import row_of
from skykeep.watch.foresee import HOVERING
from skykeep.watch.reports import Floats, Ints
from skykeep.watch.table import ESTABLISHED, LOST, Tracks

NONE, APPROACH, WITHIN, HOVER = KINDS = ("none", "approach", "within", "hover")
MARGIN_M = 100.0  # an approach to the radius and this much more is one; so is hovering there
LEAVE_SHARE, LEAVE_MIN_M = 0.1, 10.0  # so much farther out what began is still so
CLOSING_MPS = 1.0
CHANCE, CHANCE_LEFT = 0.5, 0.3
SLOW_MPS, NOT_SLOW_MPS = 1.5, 2.5
NOT_HOVERING = 0.5
SLOW_FOR_NS = 10_000_000_000
LESS_FOR_NS = 3_000_000_000
TOLD_EVERY_NS = 3_000_000_000
TOLD_BY_M, TOLD_BY_SHARE = 10.0, 0.05  # a distance is told again when it changed by both


Bools = npt.NDArray[np.bool_]


class Near(msgspec.Struct, array_like=True):
    """What was told of a track and a site."""

    kind: str
    version: int
    told_ns: int
    told_mm: int
    less_ns: int = 0  # since when what is so is less than what was told; 0: it is not


class Guard(msgspec.Struct, array_like=True):
    """What was told by track and site, since when tracks near a site are slow, and which versions of sites ruled."""

    near: dict[int, dict[str, Near]] = {}
    slow_ns: dict[int, int] = {}
    versions: list[tuple[str, int]] = []


class _Seen(NamedTuple):
    """One track and one site, as the kernel measures them."""

    distance_m: float
    closing_mps: float
    nearest_after_s: float
    nearest_m: float
    entry_after_s: float
    probability: float


class _Site(NamedTuple):
    """One site that rules, in metres."""

    site_id: str
    version: int
    radius_m: float
    leave_m: float  # so much farther out what began is still so
    hover_m: float  # within this one may hover there


class _Track(NamedTuple):
    """One track, as it is asked about."""

    row: int
    track_id: int
    t_ns: int
    hovering: float  # probability
    speed_squared: float
    gone: bool  # no longer one that is near anything


_COLUMNS = len(_Seen._fields)
_NO_SITE = _Seen(0.0, 0.0, 0.0, 0.0, math.inf, 0.0)
_Sites = list[tuple[_Site, _Seen]]


def guard(
    memory: Guard, tracks: Tracks, rows: Ints, sites: Iterable[SiteProtected], now_ns: int, *, horizon_s: float = 60.0
) -> list[ApproachSeen]:
    """Return what changed between the tracks in these rows (all, where sites changed) and the sites, by track, site.

    `rows` ascend.
    """
    ruling = sites_at(sites, now_ns)
    if not ruling and not memory.near:
        memory.versions = []
        return []
    versions = [(site.site_id, site.version) for site in ruling]
    if versions != memory.versions:
        memory.versions = versions
        rows = np.arange(len(tracks))
    if not len(rows):
        return []
    told: list[ApproachSeen] = []
    for track, seen in _asked(memory, tracks, rows, ruling, horizon_s):
        told += _news(memory, tracks, track, seen, ruling, now_ns)
    return told


def _asked(
    memory: Guard, tracks: Tracks, rows: Ints, ruling: Sequence[SiteProtected], horizon_s: float
) -> Iterator[tuple[_Track, _Sites]]:
    """Yield the tracks that are near a site, with what is near, and with all sites those that are remembered."""
    frames, radii_m = _places(tuple((site.lat_e7, site.lon_e7, site.radius_mm) for site in ruling))
    known = np.array(sorted({*memory.near, *memory.slow_ns}), np.int64)
    found, gone = np.empty(len(rows), np.int64), np.empty(len(rows), np.bool_)
    out, hits = np.empty((len(rows), len(ruling), _COLUMNS)), np.empty((len(rows), len(ruling)), np.bool_)
    count = sweep(
        rows, tracks.id, tracks.phase, tracks.manned, tracks.flag_up, tracks.x, tracks.p, tracks.sigma_m, known,
        frames, radii_m, horizon_s, found, gone, out, hits,
    )  # fmt: skip
    if not count:
        return
    places = [_site(site) for site in ruling]
    row = found[:count]
    columns = (row, tracks.id[row], tracks.t_ns[row], tracks.mode[row, 0], tracks.x[row, 3:], gone[:count])
    for at, track_id, t_ns, hovering, (vx, vy, vz), is_gone, numbers, near in zip(
        *(column.tolist() for column in columns), out[:count].tolist(), hits[:count].tolist(), strict=True
    ):
        track = _Track(at, track_id, t_ns, hovering, vx * vx + vy * vy + vz * vz, is_gone)
        yield track, [(places[k], _Seen(*numbers[k])) for k, is_near in enumerate(near) if is_near]


@functools.lru_cache(maxsize=16)
def _places(sites: tuple[tuple[int, int, int], ...]) -> tuple[Floats, Floats]:
    """Return (s, 4, 3) the frames at sites (lat_e7, lon_e7, radius_mm), and (s,) their radii in metres."""
    frames = np.empty((len(sites), 4, 3))
    for k, (lat_e7, lon_e7, _) in enumerate(sites):
        frames[k] = enu_frame(lat_e7 / 1e7, lon_e7 / 1e7, 0.0)
    return frames, np.array([radius_mm / 1e3 for _, _, radius_mm in sites], np.float64)


def forget(memory: Guard, track_ids: Iterable[int]) -> None:
    """Drop what is remembered of these tracks."""
    for track_id in track_ids:
        memory.near.pop(track_id, None)
        memory.slow_ns.pop(track_id, None)


def sites_at(sites: Iterable[SiteProtected], now_ns: int) -> list[SiteProtected]:
    """Return the sites that are protected now, by id: the latest version that has begun decides, also that it ended."""
    latest: dict[str, SiteProtected] = {}
    for site in sites:
        before = latest.get(site.site_id)
        if site.from_ns <= now_ns and (before is None or site.version > before.version):
            latest[site.site_id] = site
    return [latest[name] for name in sorted(latest) if now_ns < _until_ns(latest[name])]


def next_due_ns(sites: Iterable[SiteProtected], now_ns: int) -> int:
    """Return when protection next begins or ends somewhere (FOREVER_NS: never)."""
    edges = [edge for site in sites for edge in (site.from_ns, _until_ns(site)) if edge > now_ns]
    return min(edges, default=FOREVER_NS)


def _until_ns(site: SiteProtected) -> int:
    return FOREVER_NS if site.until_ns is None else site.until_ns


def _news(
    memory: Guard, tracks: Tracks, track: _Track, seen: _Sites, ruling: Sequence[SiteProtected], now_ns: int
) -> list[ApproachSeen]:
    """Return what differs from what was told of a track, and remember it; one that is gone is near nothing."""
    track_id, t_ns = track.track_id, track.t_ns
    before = memory.near.pop(track_id, {})
    near_any = any(one.distance_m <= site.hover_m for site, one in seen)
    slow_ns = _slow_ns(memory, track, near=near_any and not track.gone)
    told = []
    for site, one in seen:
        held = before.get(site.site_id)
        if held is None and (track.gone or (one.probability < CHANCE and one.distance_m > site.hover_m)):
            continue
        kind = NONE if track.gone else _kind(held, one, site, None if slow_ns is None else t_ns - slow_ns)
        kind = kind if track.gone else _kept(held, kind, site, t_ns)
        if _worth_telling(held, kind, one, site, t_ns):
            told.append(_approach(tracks, track.row, site.site_id, site.version, kind, one, held))
            less_ns = held.less_ns if held is not None and held.kind == kind else 0
            before[site.site_id] = Near(kind, site.version, t_ns, told[-1].distance_mm, less_ns)
    if before:
        ruled = [site.site_id for site in ruling]
        for site_id, held in before.items():
            if site_id not in ruled and held.kind != NONE:
                told.append(_approach(tracks, track.row, site_id, held.version, NONE, None, held))
        after = {name: near for name, near in before.items() if near.kind != NONE and name in ruled}
        if after:
            memory.near[track_id] = after
    if not told:
        return []
    at_ns = now_ns if tracks.phase[track.row] == LOST else t_ns
    return [msgspec.structs.replace(one, t_ns=at_ns) for one in sorted(told, key=lambda one: one.site_id)]


def _slow_ns(memory: Guard, track: _Track, *, near: bool) -> int | None:
    """Return since when a track near a site is slow; None: it is not."""
    fast = track.speed_squared > NOT_SLOW_MPS * NOT_SLOW_MPS and track.hovering <= NOT_HOVERING
    if not near or fast:
        memory.slow_ns.pop(track.track_id, None)
    elif track.speed_squared < SLOW_MPS * SLOW_MPS or track.hovering > HOVERING:
        memory.slow_ns.setdefault(track.track_id, track.t_ns)
    return memory.slow_ns.get(track.track_id)


def _site(site: SiteProtected) -> _Site:
    radius_m = site.radius_mm / 1e3
    leave_m = max(LEAVE_SHARE * site.radius_mm / 1e3, LEAVE_MIN_M)
    return _Site(site.site_id, site.version, radius_m, leave_m, radius_m + MARGIN_M + leave_m)


def _kind(held: Near | None, one: _Seen, site: _Site, slow_for_ns: int | None) -> str:
    """Return what a track does at a site now; what was told already is held on to farther out.

    One that came, and now slows down beside the site, is not going: it stays an approach until it hovers.
    """
    before = NONE if held is None else held.kind
    radius_m, leave_m = site.radius_m, site.leave_m
    beside = one.distance_m <= radius_m + MARGIN_M + (leave_m if before == HOVER else 0.0)
    if beside and slow_for_ns is not None and slow_for_ns >= SLOW_FOR_NS:
        return HOVER
    if one.distance_m <= radius_m + (leave_m if before in {WITHIN, HOVER} else 0.0):
        return WITHIN
    comes = one.probability >= (CHANCE_LEFT if before == APPROACH else CHANCE)
    waits = before == APPROACH and beside and slow_for_ns is not None
    return APPROACH if waits or (comes and one.closing_mps >= CLOSING_MPS) else NONE


def _kept(held: Near | None, kind: str, site: _Site, t_ns: int) -> str:
    """Return the kind that was told as long as less has not been so for long enough; a site that moved is anew."""
    if held is None or held.version != site.version:
        return kind
    if KINDS.index(kind) >= KINDS.index(held.kind):
        held.less_ns = 0
        return kind
    held.less_ns = held.less_ns or t_ns
    return kind if t_ns - held.less_ns >= LESS_FOR_NS else held.kind


def _worth_telling(held: Near | None, kind: str, one: _Seen, site: _Site, t_ns: int) -> bool:
    if held is None:
        return kind != NONE
    if kind != held.kind or site.version != held.version:
        return True
    moved_m = abs(one.distance_m - held.told_mm / 1e3)
    return t_ns - held.told_ns >= TOLD_EVERY_NS and moved_m >= max(TOLD_BY_M, TOLD_BY_SHARE * held.told_mm / 1e3)


def _approach(
    tracks: Tracks, row: int, site_id: str, version: int, kind: str, one: _Seen | None, held: Near | None
) -> ApproachSeen:
    t_ns = int(tracks.t_ns[row])
    one = one or _NO_SITE._replace(distance_m=(held.told_mm if held else 0) / 1e3)
    nears = kind != NONE and one.nearest_after_s > 0.0
    enters = kind != NONE and 0.0 < one.entry_after_s < math.inf
    return ApproachSeen(
        track_id=int(tracks.id[row]),
        t_ns=t_ns,
        site_id=site_id,
        site_version=version,
        kind=kind,
        distance_mm=round(one.distance_m * 1e3),
        closest_mm=round(one.nearest_m * 1e3) if nears else None,
        closest_ns=t_ns + round(one.nearest_after_s * 1e9) if nears else None,
        reach_ns=t_ns + round(one.entry_after_s * 1e9) if enters else None,
        evidence=FactRef(int(tracks.evidence[row, 0]), int(tracks.evidence[row, 1])),
    )


@kernel
def sweep(
    rows: Ints, ids: Ints, phase: Ints, manned: Ints, flag_up: Ints, x: Floats, p: Floats, sigma_m: Floats,
    known: Ints, frames: Floats, radii_m: Floats, horizon_s: float, found: Ints, gone: Bools, out: Floats, hits: Bools,
) -> int:  # fmt: skip
    """Fill `found` with the rows of tracks that may be near a site, or are `known` (ids, sorted); return how many.

    `gone` (k,) says which of them are watched no more, `out` (k, s, columns of `_Seen`) how each is to each site, where
    `hits` (k, s) says so. `frames` (s, 4, 3) stand at the sites. A place is no surer than its latest report says.
    """
    spread = np.empty(SPREAD)
    count = 0
    for k in range(rows.shape[0]):
        row = int(rows[k])
        kept = 1 if row_of(known, int(ids[row])) >= 0 else 0
        free = int(manned[row]) != 1
        for flag in range(flag_up.shape[1]):
            free = free or int(flag_up[row, flag]) != 0
        gone[count] = int(phase[row]) != ESTABLISHED or not free
        if gone[count] and kept == 0:
            continue
        near = kept == 1
        for s in range(frames.shape[0]):
            hits[count, s] = _measure(
                x[row], p[row], float(sigma_m[row]), kept, frames[s], float(radii_m[s]), float(horizon_s), spread,
                out[count, s],
            )  # fmt: skip
            near = near or bool(hits[count, s])
        if near:
            found[count] = row
            count = count + 1
    return count


@kernel
def _measure(
    x: Floats, p: Floats, sigma_m: float, kept: int, frame: Floats, radius_m: float, horizon_s: float,
    spread: Floats, out: Floats,
) -> bool:  # fmt: skip
    """Fill `out`, columns of `_Seen`, and return True for a track that may be near the site, or is `kept` (1)."""
    e, n, _ = ecef_to_enu(frame, x[0], x[1], x[2])
    ve, vn = 0.0, 0.0
    for i in range(3):
        ve = ve + float(frame[1, i]) * float(x[3 + i])
        vn = vn + float(frame[2, i]) * float(x[3 + i])
    away = hypot2(e, n)
    reach = max(hypot2(ve, vn) * horizon_s, LEAVE_MIN_M + LEAVE_SHARE * radius_m)
    if kept == 0 and away > radius_m + MARGIN_M + reach:
        return False
    closing = -(e * ve + n * vn) / away if away > 0.0 else 0.0
    near = away <= radius_m + MARGIN_M + max(LEAVE_MIN_M, LEAVE_SHARE * radius_m)
    if kept == 0 and not near and closing < CLOSING_MPS:
        return False
    nearest_after = nearest_s(e, n, ve, vn, horizon_s)
    level_spread(frame[1:], p, spread)
    level = sigma_m * sigma_m
    spread[EE], spread[NN] = max(float(spread[EE]), level), max(float(spread[NN]), level)
    probability = reach_probability(spread, e, n, ve, vn, radius_m + MARGIN_M, horizon_s)
    entry = entry_s(e, n, ve, vn, radius_m)
    out[0] = away
    out[1] = closing
    out[2] = nearest_after
    out[3] = distance_after_m(e, n, ve, vn, nearest_after)
    out[4] = entry if entry <= horizon_s else math.inf
    out[5] = probability
    return bool(kept == 1 or near or (closing >= CLOSING_MPS and probability >= CHANCE))
