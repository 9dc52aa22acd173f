"""Zones into ED-269; what it cannot carry is named (ed_write says how).

    {"title": ..., "features": [{"identifier", "country", "name", "type", "restriction", ..., "geometry": [...]}]}

Words stand in one language, English where there is any. Heights above the ellipsoid and pressure heights have no word.
"""

from __future__ import annotations

from collections.abc import Iterable

from skykeep.facts.enacted import Authority, Circle, Text, Volume, ZoneEnacted
from skykeep.geo.altitude import Datum
from skykeep.wire import ed269, ed_words, ed_write
from skykeep.wire.ed_write import Dialect, Shared, Written
from skykeep.wire.export import Exported
from skykeep.wire.jsontext import Json

DATUMS = frozenset((Datum.AGL, Datum.AMSL))
TITLE = "UAS geographical zones"
_SPELLED = {"REQ_AUTHORIZATION": "REQ_AUTHORISATION"}
_EVENTS = {"EECT": "EMCT"}


def write(zones: Iterable[ZoneEnacted]) -> Exported:
    """Return the zones as an ED-269 file, and zone by zone what the file does not say."""
    return ed_write.export(zones, _DIALECT)


def _file(features: list[bytes], shared: Shared) -> bytes:
    del shared  # the format has nowhere to say it
    head = b'{"title":' + ed_write.jsontext_bytes(TITLE) + b',"features":[\n'
    return head + b",\n".join(features) + b"\n]}\n"


def _feature(written: Written) -> dict[str, Json]:
    zone, carried = written.zone, written.carried
    kind_of_zone = ed_write.kind_of_zone(written)
    unsaid = None if written.texts("message") else zone.conditions
    found: dict[str, Json] = {
        "identifier": written.identifier,
        "country": ed_write.country(zone),
        "name": zone.name if zone.name != written.identifier else None,
        "type": ed_write.variant(written),
        "restriction": _SPELLED.get(kind_of_zone, kind_of_zone),
        "restrictionConditions": _one(written.texts("conditions", unsaid)),
        "region": carried.get("region"),
        "reason": ed_write.reasons(written),
        "otherReasonInfo": _one(ed_write.other_reason(written)),
        "regulationExemption": carried.get("regulationExemption"),
        "uSpaceClass": carried.get("uSpaceClass"),
        "message": _one(written.texts("message")),
        "zoneAuthority": [_authority(one) for one in ed_write.authorities(zone)],
        "extendedProperties": written.extended(),
    }
    kept = {name: value for name, value in found.items() if value not in (None, [], {}, "")}
    return kept | {"applicability": _applicability(written), "geometry": [_volume(one) for one in zone.volumes]}


def _one(of: tuple[Text, ...]) -> str | None:
    return ed_words.best(of)


def _applicability(written: Written) -> list[dict[str, Json]]:
    said = ed_write.periods(written.periods, _EVENTS) or [{}]
    return [{"permanent": "NO" if "startDateTime" in one or "endDateTime" in one else "YES"} | one for one in said]


def _authority(of: Authority) -> dict[str, Json]:
    found: dict[str, Json] = {
        "name": _one(of.name),
        "service": _one(of.service),
        "contactName": _one(of.contact_name),
        "siteURL": of.site_url,
        "email": of.email,
        "phone": of.phone,
        "purpose": of.purpose,
        "intervalBefore": of.interval_before,
    }
    return {name: value for name, value in found.items() if value}


def _volume(volume: Volume) -> dict[str, Json]:
    outline = volume.outline
    found: dict[str, Json] = {"uomDimensions": "M"}
    for edge, limit in (("lower", volume.floor), ("upper", volume.ceiling)):
        written = ed_write.limit(edge, limit, DATUMS)
        if written is not None:
            found |= {f"{edge}Limit": written[0], f"{edge}VerticalReference": written[1]}
    if isinstance(outline, Circle):
        centre = [ed_write.degrees(outline.lon_e7), ed_write.degrees(outline.lat_e7)]
        circle = {"type": "Circle", "center": centre, "radius": ed_write.metres(outline.radius_mm)}
        return found | {"horizontalProjection": circle}
    rings = [ed_write.ring(ring) for ring in outline.rings]
    return found | {"horizontalProjection": {"type": "Polygon", "coordinates": rings}}


_DIALECT = Dialect(_feature, _file, lambda data: ed269.read(data, source_sha256=""), shares_dates=False)
