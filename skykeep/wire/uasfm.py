"""FAA UAS Facility Maps: a grid over controlled airspace, each cell with what LAANC may authorise by itself.

    {"type": "Feature", "properties": {"CEILING": 200, "UNIT": "LGA ATCT", "APT1_ICAO": "KLGA",
      "APT1_NAME": "LaGuardia Airport", "APT1_LAANC": 1, "MAP_EFF": "2026-06-12"},
     "geometry": {"type": "Polygon", "coordinates": [...]}}

CEILING, in feet above ground, is not where a restriction begins or ends. It is up to where an authorisation may be
given automatically: in the whole cell, from the ground up, nobody may fly without one (14 CFR 107.41). So a cell is a
zone that needs a permit from the ground to no stated top, and CEILING stands in `conditions` and `carried`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.enacted import Polygon, Rule, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import outlines, zonefile
from skykeep.wire.jsontext import BOM, Json, kind, show
from skykeep.wire.zonefile import Draft, Import

SOURCE_FORMAT = "uasfm"
AIRPORTS_MAX = 5  # APT1_ to APT5_
CEILING_MAX_FT = 400  # 14 CFR 107.51: above it a waiver is needed whatever the map says
LEGAL_BASIS = "14 CFR 107.41"

_DIGITS = re.compile(r"[0-9]{1,6}(?:\.0{0,6})?")
TOP = "the map does not say where the controlled airspace ends above; read as unlimited"


class _File(msgspec.Struct):
    features: list[msgspec.Raw] | None = None


def sniff(data: bytes) -> bool:
    """Say whether a file looks like a facility map as GeoJSON."""
    return data.removeprefix(BOM).lstrip()[:1] == b"{" and b'"CEILING"' in data and b'"APT1_' in data


def read(data: bytes, *, source_sha256: str) -> Import:
    """Return the cells of a facility map; Malformed only where the file as a whole is none."""
    file = zonefile.envelope(data, _File)
    if file.features is None:
        raise Malformed('no list "features"; this is no facility map as GeoJSON')
    doubts = ["MAP_EFF says since when the map is so; the airspace was controlled before: it is noted, and not applied"]
    return zonefile.import_features(
        file.features, _draft, source_format=SOURCE_FORMAT, source_sha256=source_sha256, doubts=doubts
    )


def _draft(feature: dict[str, Json], doubts: list[str]) -> Draft:
    said = feature.get("properties")
    if not isinstance(said, dict):
        raise Malformed(f"properties: {kind(said)} where an object belongs")
    found = _outlines(feature.get("geometry"), doubts)
    airports = [name for number in range(1, AIRPORTS_MAX + 1) if (name := _airport(said, number))]
    ceiling_ft = _ceiling_ft(said.get("CEILING"), doubts)
    doubts.append(TOP)
    return Draft(
        identifier=_cell(found),
        name=" / ".join(airports) or _text(said.get("UNIT")),
        rule=Rule.NEEDS_PERMIT,
        volumes=[Volume(outline=one, floor=Altitude(0, Datum.AGL), ceiling="unlimited") for one in found],
        conditions=_conditions(said, ceiling_ft),
        legal_basis=LEGAL_BASIS,
        issuing_body="FAA",
        country="USA",
        carried={f"uasfm.{key[:80]}": value for key, value in said.items() if _kept(value)},
    )


def _outlines(geometry: Json, doubts: list[str]) -> list[Polygon]:
    if not isinstance(geometry, dict):
        raise Malformed(f"{kind(geometry)} where a geometry belongs")
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "Polygon":
            return [outlines.polygon(coordinates, doubts)]
        case "MultiPolygon" if isinstance(coordinates, list) and coordinates:
            return [outlines.polygon(one, doubts) for one in coordinates]
        case other:
            raise Malformed(f"{show(other)} is no cell")


def _cell(found: Iterable[Polygon]) -> str:
    """Name a cell by its south-west corner: the grid stays, while OBJECTID is numbered anew with each map."""
    outer = [vertex for one in found for vertex in one.rings[0]]
    lat_e7, lon_e7 = min(lat for lat, _ in outer), min(lon for _, lon in outer)
    south, west = "S" if lat_e7 < 0 else "N", "W" if lon_e7 < 0 else "E"
    return f"UASFM-{south}{_digits(lat_e7, 2)}{west}{_digits(lon_e7, 3)}"


def _digits(angle_e7: int, width: int) -> str:
    """Return degrees with five decimals, a metre, without a point; rounded down."""
    return f"{abs(angle_e7) // 100:0{width + 5}}"


def _airport(said: dict[str, Json], number: int) -> str | None:
    code, name = (_text(said.get(f"APT{number}_{key}")) for key in ("ICAO", "NAME"))
    return " ".join(one for one in (code or _text(said.get(f"APT{number}_FAAID")), name) if one) or None


def _text(value: Json) -> str | None:
    return (value.strip()[:200] or None) if isinstance(value, str) else None


def _kept(value: Json) -> bool:
    return value is not None and value != "" and not isinstance(value, (list, dict))


def _ceiling_ft(value: Json, doubts: list[str]) -> int | None:
    """Return CEILING in whole feet; None where it is no such number: then nothing is authorised automatically."""
    number = value
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        number = Decimal(value.strip())
    if isinstance(number, (int, Decimal)) and not isinstance(number, bool) and 0 <= number <= CEILING_MAX_FT:
        whole = int(number)
        if whole == number:
            return whole
    doubts.append(
        f"CEILING {show(value)} is no whole number of feet from 0 to {CEILING_MAX_FT}; read as: none authorised"
    )
    return None


def _conditions(said: dict[str, Json], ceiling_ft: int | None) -> str:
    laanc = any(said.get(f"APT{number}_LAANC") in (1, True, "1", "Y") for number in range(1, AIRPORTS_MAX + 1))
    if not ceiling_ft:
        return "An authorisation of the FAA is needed; none is given automatically, at any height."
    way = "LAANC may give it by itself" if laanc else "it may be given without coordination, but not by LAANC,"
    return (
        f"An authorisation of the FAA is needed; {way} up to {ceiling_ft} ft above ground, higher after coordination."
    )
