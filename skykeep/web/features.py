"""Zones and tracks as GeoJSON (RFC 7946): longitude first, heights in metres among the properties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from skykeep.geo.geodesic import destination_deg
from skykeep.views.livemodels import CircleNow, PolygonNow, TrackNow, ZoneNow

MEDIA_TYPE = "application/geo+json"
CORNERS = 72
"""Of the polygon that stands for a circle; its middle and radius are told beside it, exactly."""
E7 = 1e7
MM = 1000.0

Json = dict[str, Any]


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A FeatureCollection; each feature as RFC 7946 has it."""

    features: list[Json]
    type: str = "FeatureCollection"


def of_zones(zones: Iterable[ZoneNow]) -> Collection:
    """Return zones as features, a polygon a volume."""
    return Collection(features=[feature for zone in zones for feature in _zone(zone)])


def _zone(zone: ZoneNow) -> list[Json]:
    said = {
        "zone_id": zone.zone_id, "version": zone.version, "name": zone.name, "rule": zone.rule, "state": zone.state,
        "rules": zone.rules, "emergency": zone.emergency, "reason": zone.reason, "end_ns": zone.end_ns,
    }  # fmt: skip
    made = []
    for place, volume in enumerate(zone.volumes):
        outline = volume.outline
        properties: Json = {
            **said,
            "floor": msgspec.to_builtins(volume.floor),
            "ceiling": msgspec.to_builtins(volume.ceiling),
        }
        if isinstance(outline, CircleNow):
            properties["circle"] = [outline.lon_e7 / E7, outline.lat_e7 / E7, outline.radius_mm / MM]
        made.append(_feature(f"{zone.zone_id}/{zone.version}/{place}", polygon(outline), properties))
    return made


def polygon(outline: PolygonNow | CircleNow) -> Json:
    """Return an outline as a geometry; a circle as a polygon of so many corners."""
    if isinstance(outline, PolygonNow):
        rings = [[[lon / E7, lat / E7] for lat, lon in ring] for ring in outline.rings]
    else:
        rings = [[list(corner) for corner in _around(outline)]]
    return {"type": "Polygon", "coordinates": [_closed(ring) for ring in rings]}


def _around(circle: CircleNow) -> list[tuple[float, float]]:
    """Return corners (lon, lat) anticlockwise, as RFC 7946 asks of outer rings."""
    lat, lon, radius_m = circle.lat_e7 / E7, circle.lon_e7 / E7, circle.radius_mm / MM
    places = (destination_deg(lat, lon, -360.0 * step / CORNERS, radius_m) for step in range(CORNERS))
    return [(round(there_lon, 7), round(there_lat, 7)) for there_lat, there_lon in places]


def _closed(ring: list[list[float]]) -> list[list[float]]:
    return ring if ring[:1] == ring[-1:] else [*ring, ring[0]]


def of_tracks(tracks: Iterable[TrackNow]) -> Collection:
    """Return tracks with a place as points; who they are stays out of it."""
    return Collection(features=[_track(track) for track in tracks if track.position is not None])


def _track(track: TrackNow) -> Json:
    at = track.position
    assert at is not None
    point = {"type": "Point", "coordinates": [at.lon_e7 / E7, at.lat_e7 / E7]}
    said = {
        "track_id": track.track_id, "t_ns": at.t_ns, "phase": at.phase, "verdict": track.verdict,
        "rung": track.rung.rung if track.rung else None, "manned": at.manned, "simulated": at.simulated,
        "alt_hae_m": None if at.alt_hae_mm is None else at.alt_hae_mm / MM, "sigma_m": at.pos_sigma_mm / MM,
        "east_mps": at.vel_east_mmps / MM, "north_mps": at.vel_north_mmps / MM,
    }  # fmt: skip
    return _feature(str(track.track_id), point, said)


def _feature(name: str, geometry: Json, properties: Json) -> Json:
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": properties}
