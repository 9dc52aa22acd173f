"""The horizon of a sensor over terrain: the elevation of the ground's edge in each of 360 sectors about it.

Of each sector the highest ground counts, out to the range of the sensor, over an earth of 4/3 of its radius, as the
rays of a radar or a radio see it (ITU-R P.834). The watch compares it with the elevation of a target along a straight
line, which at 10 km lies 0.2 mrad lower, so that a target just above the edge may be held to be hidden; one in front of
a distant mountain always is. Both err to the safe side: nothing is concluded from what is not seen there.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from skykeep.facts.enacted import SensorDeclared, SurfaceSampled
from skykeep.geo.altitude import Datum
from skykeep.geo.exact import PI, atan2, hypot2, sincos
from skykeep.geo.frames import A_M, ecef_to_geodetic, enu_frame, enu_to_ecef, geodetic_to_enu
from skykeep.geo.kernel import kernel
from skykeep.geo.surface import Grid, Shorts, grid, interpolate
from skykeep.station import geoid, terrain
from skykeep.station.boxes import about_places

Floats = npt.NDArray[np.float64]
SECTORS = 360
_RAYS = 4  # in each of them
_STEP_MIN_M, _STEPS_MAX = 25.0, 2_000
_NEAREST_M = 50.0  # ground nearer than this is what the sensor stands on
_RAY_RADII = 4.0 / 3.0  # radius of the earth that makes radio rays straight
_BURIED_M = 10.0  # under the ground by more: said, since a height was given above the wrong surface
_UNKNOWN = -4.0  # lower than any elevation

_Layout = tuple[int, int, int, int, int, int]  # of a grid: south, west, steps, base_mm, unit_mm


def with_horizon(fact: SensorDeclared, files: Sequence[Path], notes: list[str]) -> SensorDeclared:
    """Return a sensor with the horizon that terrain gives it; as it is where it covers nothing, or has a horizon."""
    cover = fact.coverage
    if cover is None or cover.horizon_urad or fact.lat_e7 is None or fact.lon_e7 is None or fact.alt_mm is None:
        return fact
    place, alt_hae_m, range_m = (fact.lat_e7, fact.lon_e7), fact.alt_mm / 1e3, cover.range_max_mm / 1e3
    surfaces = terrain.load(files, about_places([place], margin_m=range_m)).surfaces
    edges = _edges(place, alt_hae_m, range_m, surfaces)
    known = edges > _UNKNOWN
    if not known.any():
        notes.append(f"sensor {fact.sensor_id!r}: no terrain about it, so its horizon is not known")
        return fact
    if not known.all():
        notes.append(f"sensor {fact.sensor_id!r}: no terrain in {int((~known).sum())} of {SECTORS} directions")
    below_m = _below_ground_m(place, alt_hae_m, surfaces)
    if below_m > _BURIED_M:
        notes.append(f"sensor {fact.sensor_id!r} stands {below_m:.0f} m under the ground: is its height right?")
    horizon_urad = tuple(round(max(angle, -PI / 2.0) * 1e6) for angle in edges.tolist())
    with_edge = msgspec.structs.replace(cover, horizon_urad=horizon_urad)
    return msgspec.structs.replace(fact, coverage=with_edge, horizon_sha256=_sha256(surfaces))


def geoid_mm(lat_e7: int, lon_e7: int) -> int:
    """Return how far mean sea level lies above the ellipsoid, by EGM96."""
    (surface,) = geoid.cut(about_places([(lat_e7, lon_e7)], margin_m=100.0))
    found = _grid(surface).look_up(lat_e7, lon_e7)
    return 0 if found is None else round(found[0])


def _sha256(surfaces: Sequence[SurfaceSampled]) -> str:
    """Return the hash of the terrain file, of several that of their hashes, one a line, sorted."""
    hashes = sorted({surface.source_sha256 for surface in surfaces})
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _grid(surface: SurfaceSampled) -> Grid:
    return grid(
        surface.nodes,
        rows=surface.rows,
        columns=surface.columns,
        south_e7=surface.south_e7,
        west_e7=surface.west_e7,
        lat_step_e7=surface.lat_step_e7,
        lon_step_e7=surface.lon_step_e7,
        base_mm=surface.base_mm,
        unit_mm=surface.unit_mm,
    )


def _below_ground_m(place: tuple[int, int], alt_hae_m: float, surfaces: Sequence[SurfaceSampled]) -> float:
    """Return by how much a place lies under the highest ground that is known there; negative: above it."""
    below_m = -math.inf
    for surface in surfaces:
        found = _grid(surface).look_up(*place)
        if found is not None:
            lift_mm = geoid_mm(*place) if surface.datum is Datum.AMSL else 0
            below_m = max(below_m, (found[0] + lift_mm) / 1e3 - alt_hae_m)
    return below_m


def _edges(place: tuple[int, int], alt_hae_m: float, range_m: float, surfaces: Sequence[SurfaceSampled]) -> Floats:
    """Return the elevation of the ground's edge in each sector (rad), _UNKNOWN where none is known.

    Sector k reaches half a step to both sides of its azimuth; of its rays the highest counts.
    """
    rays = np.full(SECTORS * _RAYS, _UNKNOWN)
    frame = enu_frame(place[0] / 1e7, place[1] / 1e7, alt_hae_m)
    (lift,) = geoid.cut(about_places([place], margin_m=range_m))
    above = _grid(lift)
    for surface in surfaces:
        ground = _grid(surface)
        unit = (above.base_mm, above.unit_mm) if surface.datum is Datum.AMSL else (0, 0)
        over = (above.south_e7, above.west_e7, above.lat_step_e7, above.lon_step_e7, *unit)
        _look_around(frame, ground.nodes, _layout(ground), above.nodes, over, range_m, rays)
    half = _RAYS // 2
    round_ = np.concatenate([rays[-half:], rays, rays[: half + 1]])
    highest: Floats = np.lib.stride_tricks.sliding_window_view(round_, 2 * half + 1)[::_RAYS][:SECTORS].max(axis=1)
    return highest


def _layout(of: Grid) -> _Layout:
    return of.south_e7, of.west_e7, of.lat_step_e7, of.lon_step_e7, of.base_mm, of.unit_mm


@kernel
def _look_around(
    frame: Floats, nodes: Shorts, at: _Layout, geoid_nodes: Shorts, over: _Layout, range_m: float, rays: Floats
) -> None:
    """Raise the elevation of each ray (n,), clockwise from north, to that of one surface's ground along it."""
    step_m = max(_STEP_MIN_M, range_m / _STEPS_MAX)
    for ray in range(rays.shape[0]):
        sine, cosine = sincos(2.0 * PI * ray / rays.shape[0])
        away_m = max(step_m, _NEAREST_M)
        while away_m <= range_m:
            x, y, z = enu_to_ecef(frame, away_m * sine, away_m * cosine, 0.0)
            lat_deg, lon_deg, _ = ecef_to_geodetic(x, y, z)
            lat_e7 = math.floor(lat_deg * 1e7 + 0.5)
            lon_e7 = math.floor(lon_deg * 1e7 + 0.5)
            k, _, _ = interpolate(nodes, at[0], at[1], at[2], at[3], lat_e7, lon_e7)
            lift, _, _ = interpolate(geoid_nodes, over[0], over[1], over[2], over[3], lat_e7, lon_e7)
            height_mm = at[4] + at[5] * k + over[4] + over[5] * lift
            if not math.isnan(height_mm):
                east, north, up = geodetic_to_enu(frame, lat_deg, lon_deg, height_mm / 1e3)
                level = hypot2(east, north)
                straight = up + level * level * (0.5 / A_M) * (1.0 - 1.0 / _RAY_RADII)
                rays[ray] = max(float(rays[ray]), atan2(straight, level))
            away_m = away_m + step_m
