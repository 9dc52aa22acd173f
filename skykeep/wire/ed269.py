"""EUROCAE ED-269 UAS geographical zones, JSON: the format that most states publish today.

    {"title": ..., "features": [{"identifier", "country", "name", "type", "restriction", "reason", "applicability",
      "zoneAuthority", "geometry": [{"uomDimensions", "lowerLimit", "lowerVerticalReference", "upperLimit",
      "upperVerticalReference", "horizontalProjection": {"type": "Polygon", "coordinates"} or
      {"type": "Circle", "center": [lon, lat], "radius"}}]}]}

The list is also found as "UASZoneList", schedules also as "dailyPeriod" and limits also as text. `uomDimensions` (M or
FT) is the unit of the limits and of the radius. How unclear words are read: zonefile; what was found in the files of
states: docs/reference/formats/ed269.md.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, Polygon, Volume
from skykeep.wire import ed_zone, outlines, quantity, zonefile
from skykeep.wire.jsontext import Json, kind, show
from skykeep.wire.zonefile import Draft, Import

SOURCE_FORMAT = "ed269"
RENAMED = {"type": "restriction", "variant": "type", "limitedApplicability": "applicability"}  # ED-318 from ED-269


class _File(msgspec.Struct):
    features: list[msgspec.Raw] | None = None
    UASZoneList: list[msgspec.Raw] | None = None


def read(data: bytes, *, source_sha256: str) -> Import:
    """Return the zones of an ED-269 file; Malformed only where the file as a whole is none."""
    file = zonefile.envelope(data, _File)
    features = file.features if file.features is not None else file.UASZoneList
    if features is None:
        raise Malformed('no list "features" or "UASZoneList"; this is no ED-269 file')
    return zonefile.import_features(
        features, _draft, source_format=SOURCE_FORMAT, source_sha256=source_sha256, doubts=[]
    )


def sniff(data: bytes) -> bool:
    """Say whether a file looks like ED-269, if only by its list of zones."""
    listed = b'"features"' in data or b'"UASZoneList"' in data
    return b'"horizontalProjection"' in data or (listed and b'"Feature' not in data)


def _draft(feature: dict[str, Json], doubts: list[str]) -> Draft:
    if "geometry" not in feature:
        raise Malformed("geometry: missing; without it nobody knows where the zone is")
    if feature.get("applicability") in (None, []):
        doubts.append("no applicability given; read as permanent")
    volumes, lost = _volumes(feature["geometry"], doubts)
    return ed_zone.draft(feature | as_ed318(feature), volumes, lost, doubts, schedule_keys=("schedule", "dailyPeriod"))


def as_ed318(feature: Mapping[str, Json]) -> dict[str, Json]:
    """Return what ED-269 says under other names than ED-318, in ED-318's names."""
    return {new: feature.get(old) for new, old in RENAMED.items()}


def _volumes(geometry: Json, doubts: list[str]) -> tuple[list[Volume], list[str]]:
    listed = [geometry] if isinstance(geometry, dict) else geometry
    if not isinstance(listed, list):
        raise Malformed(f"geometry: {kind(listed)} where a list of volumes belongs")
    volumes, lost = list[Volume](), list[str]()
    for number, one in enumerate(listed):
        heard: list[str] = []
        try:
            volumes.append(_volume(one, heard))
        except Malformed as error:
            lost.append(f"geometry[{number}]: {error}")
        doubts.extend(f"geometry[{number}]: {doubt}" for doubt in heard)
    return volumes, lost


def _volume(one: Json, doubts: list[str]) -> Volume:
    if not isinstance(one, dict):
        raise Malformed(f"{kind(one)} where a volume belongs")
    ratio = zonefile.unit(one.get("uomDimensions"))
    outline = _outline(one.get("horizontalProjection"), ratio, doubts)
    pair = functools.partial(_limit_pair, one)
    floor, ceiling = zonefile.limits(pair("lower"), pair("upper"), ratio, doubts)
    return Volume(outline=outline, floor=floor, ceiling=ceiling)


def _limit_pair(of: dict[str, Json], edge: str) -> tuple[Json, Json]:
    return of.get(f"{edge}Limit"), of.get(f"{edge}VerticalReference")


def _outline(projection: Json, ratio: quantity.Ratio, doubts: list[str]) -> Polygon | Circle:
    if not isinstance(projection, dict):
        raise Malformed(f"horizontalProjection: {kind(projection)} where an object belongs")
    match projection.get("type"):
        case "Polygon":
            return outlines.polygon(projection.get("coordinates"), doubts)
        case "Circle":
            if ratio is quantity.FOOT:
                doubts.append("the radius was read in feet, as uomDimensions says")
            return outlines.circle(projection.get("center"), projection.get("radius"), ratio)
        case other:
            raise Malformed(f"horizontalProjection: {show(other)} is neither Polygon nor Circle")
