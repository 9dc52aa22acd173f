"""Zones into ED-318, valid against its official schema; what it cannot carry is named (ed_write says how).

    {"type": "FeatureCollection", "metadata": {"validFrom", "validTo", "provider", "issued"}, "features": [...]}

One volume is the feature's geometry, several a GeometryCollection; each has its own layer, in metres. "Unlimited" is
99999 above sea level. Texts are cut to the 200 characters that the schema allows and kept whole aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from skykeep.facts.enacted import Authority, Circle, Text, Volume, ZoneEnacted
from skykeep.geo.altitude import Datum
from skykeep.wire import ed318, ed_write
from skykeep.wire.ed_write import Dialect, Shared, Written
from skykeep.wire.export import Exported
from skykeep.wire.jsontext import Json
from skykeep.wire.periods import moment_words

TEXT_MAX = 200
LANG_MAX = 5
PURPOSES = ("AUTHORIZATION", "NOTIFICATION", "INFORMATION")
DATUMS = frozenset((Datum.AGL, Datum.AMSL, Datum.HAE))

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+")
_DURATION = re.compile(r"P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?")


def write(zones: Iterable[ZoneEnacted]) -> Exported:
    """Return the zones as an ED-318 file, and zone by zone what the file does not say."""
    return ed_write.export(zones, _DIALECT)


def _file(features: list[bytes], shared: Shared) -> bytes:
    metadata = _metadata(shared)
    head = b'{"type":"FeatureCollection",'
    head += b'"metadata":' + ed_write.jsontext_bytes(metadata) + b"," if metadata else b""
    return head + b'"features":[\n' + b",\n".join(features) + b"\n]}\n"


def _metadata(shared: Shared) -> dict[str, Json]:
    said = shared.metadata if isinstance(shared.metadata, dict) else {}
    found: dict[str, Json] = {}
    if shared.effective_from_ns is not None:
        found["validFrom"] = moment_words(shared.effective_from_ns)
    if shared.end_ns is not None:
        found["validTo"] = ed_write.end_words(shared.end_ns)
    found |= {key: said[key] for key in ("issued", "otherGeoid") if isinstance(said.get(key), str)}
    provider = said.get("provider")
    if isinstance(provider, list) and all(map(_is_short_text, provider)):
        found["provider"] = provider
    return found


def _is_short_text(one: Json) -> bool:
    if not isinstance(one, dict) or not isinstance(one.get("lang"), str) or len(one["lang"]) > LANG_MAX:
        return False
    return isinstance(one.get("text", ""), str) and len(one.get("text", "")) <= TEXT_MAX


def _feature(written: Written) -> dict[str, Json]:
    geometries = [_geometry(volume) for volume in written.zone.volumes]
    collection: dict[str, Json] = {"type": "GeometryCollection", "geometries": geometries}
    return {
        "type": "Feature",
        "geometry": geometries[0] if len(geometries) == 1 else collection,
        "properties": {name: value for name, value in _properties(written).items() if value not in (None, [], {}, "")},
    }


def _properties(written: Written) -> dict[str, Json]:
    zone, carried = written.zone, written.carried
    region, exempted = carried.get("region"), carried.get("regulationExemption")
    unsaid = None if written.texts("message") else zone.conditions
    return {
        "identifier": written.identifier,
        "country": ed_write.country(zone),
        "name": _texts(written.texts("name", zone.name if zone.name != written.identifier else None)),
        "type": ed_write.kind_of_zone(written),
        "variant": ed_write.variant(written),
        "restrictionConditions": ", ".join(text.text for text in written.texts("conditions", unsaid)),
        "region": region if isinstance(region, int) and not isinstance(region, bool) else None,
        "reason": ed_write.reasons(written),
        "otherReasonInfo": _texts(ed_write.other_reason(written)),
        "regulationExemption": exempted if exempted in ("YES", "NO") else None,
        "message": _texts(written.texts("message")),
        "zoneAuthority": [_authority(one) for one in ed_write.authorities(zone)] or [{"purpose": "INFORMATION"}],
        "limitedApplicability": ed_write.periods(written.periods, {}),
        "dataSource": _data_source(carried.get("dataSource")),
        "extendedProperties": written.extended(),
    }


def _texts(of: tuple[Text, ...]) -> list[Json]:
    return [{"text": _cut(text.text), "lang": _lang(text.lang)} for text in of]


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1].rstrip() + "…"


def _lang(lang: str) -> str:
    return lang if len(lang) <= LANG_MAX else re.split("[-_]", lang)[0][:LANG_MAX]


def _authority(of: Authority) -> dict[str, Json]:
    found: dict[str, Json] = {
        "name": _texts(of.name),
        "service": _texts(of.service),
        "contactName": _texts(of.contact_name),
        "siteURL": of.site_url if of.site_url and _URI.fullmatch(of.site_url) else None,
        "email": of.email if of.email and _EMAIL.fullmatch(of.email) else None,
        "phone": of.phone if of.phone and len(of.phone) <= TEXT_MAX else None,
        "purpose": of.purpose if of.purpose in PURPOSES else "INFORMATION",
        "intervalBefore": of.interval_before if _DURATION.fullmatch(of.interval_before or "") else None,
    }
    return {name: value for name, value in found.items() if value}


def _data_source(said: Json) -> Json:
    if not isinstance(said, dict):
        return None
    found = {key: said[key] for key in ("creationDate", "updateDateTime") if isinstance(said.get(key), str)}
    if _is_short_text(said.get("originator")):
        found["originator"] = said["originator"]
    return found


def _geometry(volume: Volume) -> dict[str, Json]:
    outline = volume.outline
    found: dict[str, Json]
    if isinstance(outline, Circle):
        centre = [ed_write.degrees(outline.lon_e7), ed_write.degrees(outline.lat_e7)]
        extent = {"subType": "Circle", "radius": ed_write.metres(outline.radius_mm)}
        found = {"type": "Point", "coordinates": centre, "extent": extent}
    else:
        found = {"type": "Polygon", "coordinates": [ed_write.ring(ring) for ring in outline.rings]}
    layer = _layer(volume)
    return found | ({"layer": layer} if layer else {})


def _layer(volume: Volume) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for edge, limit in (("upper", volume.ceiling), ("lower", volume.floor)):
        written = ed_write.limit(edge, limit, DATUMS)
        if written is not None:
            found |= {edge: written[0], f"{edge}Reference": written[1]}
    return found | {"uom": "m"} if found else {}


_DIALECT = Dialect(_feature, _file, lambda data: ed318.read(data, source_sha256=""), shares_dates=True)
