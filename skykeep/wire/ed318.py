"""EUROCAE ED-318 UAS geographical zones: GeoJSON with vertical layers, the successor of ED-269.

    {"type": "FeatureCollection", "metadata": ..., "features": [{"type": "Feature",
      "geometry": {"type": "Polygon", "coordinates", "layer": {"upper", "upperReference", "lower", "lowerReference",
        "uom"}} or {"type": "Point", "coordinates", "extent": {"subType": "Circle", "radius"}, "layer"} or
        {"type": "GeometryCollection", "geometries": [...]},
      "properties": {"identifier", "country", "name", "type", "variant", "reason", "limitedApplicability", ...}}]}

`uom` is the unit of the layer alone (metres where absent); a radius is in metres. Each Polygon, part of a MultiPolygon
and circle becomes a volume of its own. Two dialects that states serve as GeoJSON are read too, with a doubt: ED-269
features flattened into properties, and properties wrapped in "UASZone" with a "verticalLayer" beside them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, Polygon, Volume
from skykeep.wire import ed269, ed_zone, jsontext, outlines, quantity, zonefile
from skykeep.wire.ed_zone import About
from skykeep.wire.jsontext import BOM, Json, kind, show
from skykeep.wire.zonefile import Draft, Import

SOURCE_FORMAT = "ed318"
COLLECTIONS_MAX = 8  # one in the other; deeper ones enclose nothing


class _File(msgspec.Struct):
    type: str | None = None
    features: list[msgspec.Raw] | None = None
    metadata: msgspec.Raw = msgspec.Raw(b"null")


def read(data: bytes, *, source_sha256: str) -> Import:
    """Return the zones of an ED-318 file; Malformed only where the file as a whole is none."""
    file = zonefile.envelope(data, _File)
    features, doubts = file.features, list[str]()
    of = _about(file.metadata, doubts)
    if file.type == "Feature":
        features = [msgspec.Raw(data.removeprefix(BOM).strip())]
        doubts.append("the file is a single feature, not a collection")
    if features is None:
        raise Malformed('no list "features"; this is no ED-318 file')
    return zonefile.import_features(
        features,
        functools.partial(_draft, of),
        source_format=SOURCE_FORMAT,
        source_sha256=source_sha256,
        doubts=doubts,
    )


def sniff(data: bytes) -> bool:
    """Say whether a file looks like ED-318, or like the GeoJSON that is read with it."""
    return b'"horizontalProjection"' not in data and b'"Feature' in data


def _about(metadata: msgspec.Raw, doubts: list[str]) -> About:
    try:
        return ed_zone.about(jsontext.read_unique(bytes(metadata)), doubts)
    except Malformed as error:
        doubts.append(f"metadata: {error}; it was left aside")
        return ed_zone.NOTHING


def _draft(of: About, feature: dict[str, Json], doubts: list[str]) -> Draft:
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        raise Malformed(f"properties: {kind(properties)} where an object belongs")
    said, layer = _dialect(properties, doubts)
    if "datasetMetadata" in said:
        own = ed_zone.about(said["datasetMetadata"], doubts)
        of = own if own != ed_zone.NOTHING else of
    volumes, lost = list[Volume](), list[str]()
    for where, geometry, its_layer in _parts("geometry", feature.get("geometry"), layer):
        heard: list[str] = []
        try:
            volumes += _volumes(geometry, its_layer, heard)
        except Malformed as error:
            lost.append(f"{where}: {error}")
        doubts.extend(f"{where}: {doubt}" for doubt in heard)
    return ed_zone.draft(said, volumes, lost, doubts, of=of)


def _dialect(properties: dict[str, Json], doubts: list[str]) -> tuple[dict[str, Json], Json]:
    """Return properties as ED-318 names them, and the layer where a dialect keeps it outside the geometry."""
    if isinstance(properties.get("UASZone"), dict):
        doubts.append("properties are wrapped in UASZone, which is not ED-318; they were unwrapped")
        return _unwrapped(properties)
    if "restriction" in properties:
        doubts.append("ED-269 words in GeoJSON properties, which is not ED-318; they were read as ED-269")
        return _flat(properties)
    return properties, None


def _unwrapped(properties: dict[str, Json]) -> tuple[dict[str, Json], Json]:
    wrapped = properties["UASZone"]
    layer = properties.get("verticalLayer")
    if isinstance(layer, dict):
        layer = layer | {"uom": layer.get("uom") or layer.get("UOM")}
    return properties | wrapped | {"reason": wrapped.get("reasons")}, layer


def _flat(properties: dict[str, Json]) -> tuple[dict[str, Json], Json]:
    flat = properties["geometry"] if isinstance(properties.get("geometry"), dict) else properties
    layer = {"uom": flat.get("uomDimensions") or flat.get("unit")}
    for edge in ("upper", "lower"):
        reference = flat.get(f"{edge}VerticalReference") or flat.get(f"{edge}Reference")
        layer |= {edge: flat.get(f"{edge}Limit"), f"{edge}Reference": reference}
    said = properties | ed269.as_ed318(properties)
    for name, other in (
        ("identifier", "id"),
        ("reason", "reasons"),
        ("zoneAuthority", "authority"),
        ("dataSource", "metaData"),
    ):
        said[name] = properties.get(name) or properties.get(other)
    return said, layer


def _parts(where: str, geometry: Json, layer: Json, depth: int = 0) -> Iterator[tuple[str, Json, Json]]:
    """Yield simple geometries with the layer that holds for each: its own, else that of its collection."""
    if not isinstance(geometry, dict):
        yield where, geometry, layer
        return
    layer = geometry.get("layer") or layer
    if geometry.get("type") != "GeometryCollection" or depth == COLLECTIONS_MAX:
        yield where, geometry, layer
        return
    members = geometry.get("geometries")
    for number, one in enumerate(members if isinstance(members, list) else [members]):
        yield from _parts(f"{where}.geometries[{number}]", one, layer, depth + 1)


def _volumes(geometry: Json, layer: Json, doubts: list[str]) -> list[Volume]:
    if not isinstance(geometry, dict):
        raise Malformed(f"{kind(geometry)} where a geometry belongs")
    if layer is not None and not isinstance(layer, dict):
        raise Malformed(f"layer: {kind(layer)} where an object belongs")
    of = layer or {}
    found = _outlines(geometry, doubts)
    lower, upper = ((of.get(edge), of.get(f"{edge}Reference")) for edge in ("lower", "upper"))
    floor, ceiling = zonefile.limits(lower, upper, zonefile.unit(of.get("uom")), doubts)
    return [Volume(outline=outline, floor=floor, ceiling=ceiling) for outline in found]


def _outlines(geometry: dict[str, Json], doubts: list[str]) -> list[Polygon | Circle]:
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "Polygon":
            return [outlines.polygon(coordinates, doubts)]
        case "MultiPolygon" if isinstance(coordinates, list) and coordinates:
            return [outlines.polygon(one, doubts) for one in coordinates]
        case "Point":
            return [_circle(geometry)]
        case other:
            raise Malformed(f"{show(other)} encloses nothing that could be a zone")


def _circle(geometry: dict[str, Json]) -> Circle:
    extent = geometry.get("extent")
    if not isinstance(extent, dict) or extent.get("subType") != "Circle":
        raise Malformed("a Point without an extent of subType Circle encloses nothing")
    return outlines.circle(geometry.get("coordinates"), extent.get("radius"), quantity.MILLI)
