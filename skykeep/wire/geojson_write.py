"""Zones written as plain GeoJSON (RFC 7946): every field of a zone, so that reading it again loses nothing.

A feature a zone. Its geometry is that of its one volume, or a GeometryCollection of all; a circle is a Point. Limits
and radius stand in `properties`, those of several volumes in `properties.volumes`, one entry a geometry, in order.
All other fields have the names that docs/reference/facts.md gives them; what a zone does not state is left out.

Outlines are written as they are: one that crosses the antimeridian is not cut (RFC 7946 section 3.1.9 would cut it),
since the pieces could not be told from two volumes. Neighbouring vertices are joined the shorter way round.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, Limit, Polygon, Volume, ZoneEnacted
from skykeep.wire import geojson_fields, jsontext
from skykeep.wire.export import Exported
from skykeep.wire.jsontext import Json

MAPPING = "skykeep-zone/1"
"""Stands in `properties.mapping`; another mapping would be another number."""

ELSEWHERE = ("zone_id", "volumes", "source_format", "source_sha256", "native")

_encoder = msgspec.json.Encoder(decimal_format="number")


def write(zones: Iterable[ZoneEnacted]) -> Exported:
    """Return zones as one FeatureCollection, a feature a line."""
    lost: list[str] = []
    lines: list[bytes] = []
    for zone in zones:
        if not zone.volumes:
            lost.append(f"{zone.zone_id}: it has no volume, so no reader can make a zone of it")
        lines.append(_encoder.encode(feature(zone)))
    return Exported(b'{"type":"FeatureCollection","features":[\n' + b",\n".join(lines) + b"\n]}\n", lost)


def feature(zone: ZoneEnacted) -> Json:
    """Return one zone as a GeoJSON Feature."""
    shapes = [_geometry(volume.outline) for volume in zone.volumes]
    geometry = (
        shapes[0] if len(shapes) == 1 else {"type": "GeometryCollection", "geometries": shapes} if shapes else None
    )
    properties: dict[str, Json] = {"mapping": MAPPING, "id": zone.zone_id}
    for name in zone.__struct_fields__:
        value = getattr(zone, name)
        if name not in ELSEWHERE and (value not in (None, ()) or (name == "applicability" and value == ())):
            properties[name] = geojson_fields.said(value)
    volumes = [_limits(volume) for volume in zone.volumes]
    properties |= volumes[0] if len(volumes) == 1 else {"volumes": volumes}
    return {"type": "Feature", "geometry": geometry, "properties": properties | {"source": _source(zone)}}


def _geometry(outline: Polygon | Circle) -> Json:
    if isinstance(outline, Circle):
        return {"type": "Point", "coordinates": _position(outline.lat_e7, outline.lon_e7)}
    rings = [[_position(lat_e7, lon_e7) for lat_e7, lon_e7 in ring] for ring in outline.rings]
    return {"type": "Polygon", "coordinates": rings}


def _position(lat_e7: int, lon_e7: int) -> list[float]:
    """Return [lon, lat]; the shortest decimal that names the nearest double is the one with 7 places."""
    return [lon_e7 / 1e7, lat_e7 / 1e7]


def _limits(volume: Volume) -> dict[str, Json]:
    limits: dict[str, Json] = {"floor": _limit(volume.floor), "ceiling": _limit(volume.ceiling)}
    if isinstance(volume.outline, Circle):
        limits["radius_m"] = geojson_fields.metres(volume.outline.radius_mm)
    return limits


def _limit(limit: Limit) -> Json:
    return geojson_fields.said(limit)


def _source(zone: ZoneEnacted) -> Json:
    """Return where the zone came from first; a zone that came from our own GeoJSON keeps what that said."""
    try:
        said = jsontext.read(zone.native.encode()) if zone.source_format == "geojson" else None
    except Malformed:
        said = None
    properties = said.get("properties") if isinstance(said, dict) else None
    if isinstance(properties, dict) and properties.get("mapping") == MAPPING and "source" in properties:
        return properties["source"]
    return {"format": zone.source_format, "sha256": zone.source_sha256, "native": zone.native}
