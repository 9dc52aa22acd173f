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

import math
from collections.abc import Iterable, Sequence
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
from skykeep.watch.foresee import HOVERING, overflown
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


_COLUMNS = len(_Seen._fields)
_NO_SITE = _Seen(0.0, 0.0, 0.0, 0.0, math.inf, 0.0)


def guard(
    memory: Guard, tracks: Tracks, rows: Ints, sites: Iterable[SiteProtected], now_ns: int, *, horizon_s: float = 60.0
) -> list[ApproachSeen]:
    """Return what changed between the tracks in these rows (all, where sites changed) and the sites, by track, site."""
    ruling = sites_at(sites, now_ns)
    if not ruling and not memory.near:
        memory.versions = []
        return []
    versions = [(site.site_id, site.version) for site in ruling]
    if versions != memory.versions:
        memory.versions = versions
        rows = np.arange(len(tracks))
    rows = np.unique(rows)
    by_row: dict[int, dict[str, _Seen]] = {row: {} for row in _watched(memory, tracks, rows)}
    asked = rows[((tracks.phase[rows] == ESTABLISHED) & ~overflown(tracks, rows)) | _is_watched(memory, tracks, rows)]
    for site in ruling:
        _measure(tracks, asked, site, horizon_s, by_row, kept=np.isin(asked, np.array([*by_row], np.int64)))
    told: list[ApproachSeen] = []
    near = np.array(sorted(by_row), np.int64)
    gone = (tracks.phase[near] != ESTABLISHED) | overflown(tracks, near)
    for row, is_gone in zip(near.tolist(), gone.tolist(), strict=True):
        told += _news(memory, tracks, row, by_row[row], ruling, now_ns, gone=is_gone)
    return told


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


def _is_watched(memory: Guard, tracks: Tracks, rows: Ints) -> Bools:
    known = np.array([*memory.near, *memory.slow_ns], np.int64)
    return np.asarray(np.isin(tracks.id[rows], known))


def _watched(memory: Guard, tracks: Tracks, rows: Ints) -> list[int]:
    """Return the rows of which something is remembered, that may be over."""
    found: list[int] = rows[_is_watched(memory, tracks, rows)].tolist()
    return found


def _measure(
    tracks: Tracks,
    rows: Ints,
    site: SiteProtected,
    horizon_s: float,
    by_row: dict[int, dict[str, _Seen]],
    *,
    kept: Bools,
) -> None:
    """Add to `by_row` what is near a site, or is asked in any case."""
    frame = enu_frame(site.lat_e7 / 1e7, site.lon_e7 / 1e7, 0.0)
    out, hits = np.empty((len(rows), _COLUMNS)), np.zeros(len(rows), np.bool_)
    measure(tracks.x, tracks.p, tracks.sigma_m, rows, kept, frame, site.radius_mm / 1e3, horizon_s, out, hits)
    for row, numbers in zip(rows[hits].tolist(), out[hits].tolist(), strict=True):
        by_row.setdefault(row, {})[site.site_id] = _Seen(*numbers)


def _news(
    memory: Guard,
    tracks: Tracks,
    row: int,
    seen: dict[str, _Seen],
    ruling: Sequence[SiteProtected],
    now_ns: int,
    *,
    gone: bool,
) -> list[ApproachSeen]:
    """Return what differs from what was told of a track, and remember it; one that is `gone` is near nothing."""
    track_id, t_ns = int(tracks.id[row]), int(tracks.t_ns[row])
    before = memory.near.get(track_id, {})
    near_any = any(one.distance_m <= _hover_m(site) for site, one in _pairs(ruling, seen))
    slow_ns = _slow_ns(memory, tracks, row, t_ns, near=near_any and not gone)
    told = []
    for site, one in _pairs(ruling, seen):
        held = before.get(site.site_id)
        kind = NONE if gone else _kind(held, one, site, None if slow_ns is None else t_ns - slow_ns)
        kind = kind if gone else _kept(held, kind, site, t_ns)
        if _worth_telling(held, kind, one, site, t_ns):
            told.append(_approach(tracks, row, site.site_id, site.version, kind, one, held))
            less_ns = held.less_ns if held is not None and held.kind == kind else 0
            before[site.site_id] = Near(kind, site.version, t_ns, told[-1].distance_mm, less_ns)
    ruled = [site.site_id for site in ruling]
    for site_id, held in before.items():
        if site_id not in ruled and held.kind != NONE:
            told.append(_approach(tracks, row, site_id, held.version, NONE, None, held))
    after = {name: near for name, near in before.items() if near.kind != NONE and name in ruled}
    memory.near.pop(track_id, None)
    if after:
        memory.near[track_id] = after
    at_ns = now_ns if tracks.phase[row] == LOST else t_ns
    return [msgspec.structs.replace(one, t_ns=at_ns) for one in sorted(told, key=lambda one: one.site_id)]


def _pairs(ruling: Sequence[SiteProtected], seen: dict[str, _Seen]) -> list[tuple[SiteProtected, _Seen]]:
    return [(site, seen[site.site_id]) for site in ruling if site.site_id in seen]


def _slow_ns(memory: Guard, tracks: Tracks, row: int, t_ns: int, *, near: bool) -> int | None:
    """Return since when a track near a site is slow; None: it is not."""
    track_id = int(tracks.id[row])
    hovering = float(tracks.mode[row, 0])
    speed = tracks.x[row, 3:]
    square = float(speed[0]) * float(speed[0]) + float(speed[1]) * float(speed[1]) + float(speed[2]) * float(speed[2])
    fast = square > NOT_SLOW_MPS * NOT_SLOW_MPS and hovering <= NOT_HOVERING
    if not near or fast:
        memory.slow_ns.pop(track_id, None)
    elif square < SLOW_MPS * SLOW_MPS or hovering > HOVERING:
        memory.slow_ns.setdefault(track_id, t_ns)
    return memory.slow_ns.get(track_id)


def _leave_m(site: SiteProtected) -> float:
    return max(LEAVE_SHARE * site.radius_mm / 1e3, LEAVE_MIN_M)


def _hover_m(site: SiteProtected) -> float:
    return site.radius_mm / 1e3 + MARGIN_M + _leave_m(site)


def _kind(held: Near | None, one: _Seen, site: SiteProtected, slow_for_ns: int | None) -> str:
    """Return what a track does at a site now; what was told already is held on to farther out.

    One that came, and now slows down beside the site, is not going: it stays an approach until it hovers.
    """
    before = NONE if held is None else held.kind
    radius_m, leave_m = site.radius_mm / 1e3, _leave_m(site)
    beside = one.distance_m <= radius_m + MARGIN_M + (leave_m if before == HOVER else 0.0)
    if beside and slow_for_ns is not None and slow_for_ns >= SLOW_FOR_NS:
        return HOVER
    if one.distance_m <= radius_m + (leave_m if before in {WITHIN, HOVER} else 0.0):
        return WITHIN
    comes = one.probability >= (CHANCE_LEFT if before == APPROACH else CHANCE)
    waits = before == APPROACH and beside and slow_for_ns is not None
    return APPROACH if waits or (comes and one.closing_mps >= CLOSING_MPS) else NONE


def _kept(held: Near | None, kind: str, site: SiteProtected, t_ns: int) -> str:
    """Return the kind that was told as long as less has not been so for long enough; a site that moved is anew."""
    if held is None or held.version != site.version:
        return kind
    if KINDS.index(kind) >= KINDS.index(held.kind):
        held.less_ns = 0
        return kind
    held.less_ns = held.less_ns or t_ns
    return kind if t_ns - held.less_ns >= LESS_FOR_NS else held.kind


def _worth_telling(held: Near | None, kind: str, one: _Seen, site: SiteProtected, t_ns: int) -> bool:
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
def measure(
    x: Floats, p: Floats, sigma_m: Floats, rows: Ints, kept: Bools, frame: Floats, radius_m: float, horizon_s: float,
    out: Floats, hits: Bools,
) -> None:  # fmt: skip
    """Fill out (k, 6), columns of `_Seen`, and hits (k,): those that may be near the site, and those that are kept.

    `frame` (4, 3) stands at the site. A place is no surer than its latest report says.
    """
    spread = np.empty(SPREAD)
    radius_m, horizon_s = float(radius_m), float(horizon_s)
    for k in range(rows.shape[0]):
        row = int(rows[k])
        e, n, _ = ecef_to_enu(frame, x[row, 0], x[row, 1], x[row, 2])
        ve, vn = 0.0, 0.0
        for i in range(3):
            ve = ve + float(frame[1, i]) * float(x[row, 3 + i])
            vn = vn + float(frame[2, i]) * float(x[row, 3 + i])
        away = hypot2(e, n)
        reach = max(hypot2(ve, vn) * horizon_s, LEAVE_MIN_M + LEAVE_SHARE * radius_m)
        if not kept[k] and away > radius_m + MARGIN_M + reach:
            continue
        nearest_after = nearest_s(e, n, ve, vn, horizon_s)
        level_spread(frame[1:], p[row], spread)
        level = float(sigma_m[row]) * float(sigma_m[row])
        spread[EE], spread[NN] = max(float(spread[EE]), level), max(float(spread[NN]), level)
        probability = reach_probability(spread, e, n, ve, vn, radius_m + MARGIN_M, horizon_s)
        closing = -(e * ve + n * vn) / away if away > 0.0 else 0.0
        near = away <= radius_m + MARGIN_M + max(LEAVE_MIN_M, LEAVE_SHARE * radius_m)
        hits[k] = kept[k] or near or (closing >= CLOSING_MPS and probability >= CHANCE)
        entry = entry_s(e, n, ve, vn, radius_m)
        out[k, 0] = away
        out[k, 1] = closing
        out[k, 2] = nearest_after
        out[k, 3] = distance_after_m(e, n, ve, vn, nearest_after)
        out[k, 4] = entry if entry <= horizon_s else math.inf
        out[k, 5] = probability
