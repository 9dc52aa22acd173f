"""Plain GeoJSON (RFC 7946): our own mapping read back whole, and other people's with a doubt for each guess.

    {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {...}, "properties": {
      "id": "EX1", "name": "Airfield", "rule": "needs_permit", "radius_m": 500,
      "floor": "GND", "ceiling": {"value": 120, "unit": "m", "datum": "AGL"}, "message": "Ask the tower."}}]}

    geometry   Polygon, MultiPolygon (a volume a part), Point with a radius, GeometryCollection; [lon, lat]
    id         or identifier, zone_id, code; else the feature's `id`
    rule       or restriction, type, category: "prohibited", "needs_permit", "conditional", "allowed", ED-318's words
    floor      or lower, lowerLimit, min_height ...: an object, text such as "500 ft AGL", or a number beside its
    ceiling    or upper, upperLimit, max_height ...  unit (unit, uom) and reference (lowerReference, floor_datum ...)
    times      start and end, valid_from and valid_to, startDateTime and endDateTime: ISO 8601
    words      name, message (description, conditions), reason, authority, contact, country, legal_basis

Keys are the same in any case, with or without `_`. Other properties are carried along, unjudged. Features with
`mapping` "skykeep-zone/1" are our own (wire/geojson_write.py) and read strictly.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, ClockTime, Limit, Period, Polygon, Rule, Volume, ZoneEnacted
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import geojson_fields, openair_quantity, outlines, quantity, zonefile
from skykeep.wire.geojson_write import MAPPING
from skykeep.wire.jsontext import BOM, Json, kind, show
from skykeep.wire.moments import iso_ns
from skykeep.wire.periods import DAY_S
from skykeep.wire.zonefile import Draft, Import

SOURCE_FORMAT = "geojson"
COLLECTIONS_MAX = 8
CARRIED = "geojson."

IDS = ("id", "identifier", "zoneid", "code")
RULE_KEYS = ("rule", "restriction", "type", "category")
FLOORS = ("floor", "lower", "lowerlimit", "floorlimit", "minheight", "minaltitude")
CEILINGS = ("ceiling", "upper", "upperlimit", "ceilinglimit", "maxheight", "maxaltitude")
UNIT_KEYS = ("unit", "uom", "units", "uomdimensions")
STARTS = ("start", "validfrom", "startdatetime", "from")
ENDS = ("end", "validto", "enddatetime", "until")
NAMES, MESSAGES = ("name", "title"), ("message", "conditions", "description")
RADII = ("radiusm", "radius")
BODIES = ("authority", "issuingbody")
TAKEN = (
    *(*IDS, *RULE_KEYS, *FLOORS, *CEILINGS, *UNIT_KEYS, *STARTS, *ENDS, *NAMES, *MESSAGES, *RADII, *BODIES),
    *("reason", "contact", "country", "legalbasis"),
)

RULES = zonefile.RULES | {
    "NEEDSPERMIT": Rule.NEEDS_PERMIT, "AUTHORISATION": Rule.NEEDS_PERMIT, "AUTHORIZATION": Rule.NEEDS_PERMIT,
    "ALLOWED": Rule.ALLOWED, "NORESTRICTION": Rule.ALLOWED, "FORBIDDEN": Rule.PROHIBITED, "NOFLY": Rule.PROHIBITED,
    "NOFLYZONE": Rule.PROHIBITED, "RESTRICTED": Rule.NEEDS_PERMIT,
}  # fmt: skip
GUESSED = ("RESTRICTED",)  # words that need not mean what they are read as

ED_WORDS = (
    *(b'"restriction"', b'"UASZone"', b'"layer"', b'"limitedApplicability"', b'"zoneAuthority"', b'"variant"'),
    *(b'"horizontalProjection"', b'"extent"'),
)
CRS = re.compile(r"(?:urn:ogc:def:crs:)?(?:OGC:(?:1\.3)?:?CRS84|EPSG:.{0,6}:?4326)")

_OWN = re.compile(rb'"mapping"\s*:\s*"skykeep-zone/1"')
_NOT_RESTORED = ("zone_id", "source_format", "source_sha256", "native", "doubts")
_HINTS = typing.get_type_hints(ZoneEnacted)


class _File(msgspec.Struct):
    type: str | None = None
    features: list[msgspec.Raw] | None = None
    crs: msgspec.Raw = msgspec.Raw(b"null")


def sniff(data: bytes) -> bool:
    """Say whether a file is our own GeoJSON, or GeoJSON that says nothing in the words of ED-269 and ED-318."""
    if not (data.removeprefix(BOM).lstrip()[:1] == b"{" and b'"Feature' in data):
        return False
    return _OWN.search(data) is not None or not any(word in data for word in ED_WORDS)


def read(data: bytes, *, source_sha256: str) -> Import:
    """Return the zones of a GeoJSON file; Malformed only where the file as a whole is none."""
    file = zonefile.envelope(data, _File)
    features = [msgspec.Raw(data.removeprefix(BOM).strip())] if file.type == "Feature" else file.features
    if features is None:
        raise Malformed('no list "features"; this is no GeoJSON of zones')
    _check_crs(bytes(file.crs))
    reader = _Reader()
    done = zonefile.import_features(
        features, reader.draft, source_format=SOURCE_FORMAT, source_sha256=source_sha256, doubts=[]
    )
    done.zones[:] = [reader.restored(zone) for zone in done.zones]
    return done


def _check_crs(raw: bytes) -> None:
    """Refuse the coordinate systems that GeoJSON had before RFC 7946, unless it is WGS 84 after all."""
    if raw != b"null" and not CRS.search(raw.decode(errors="replace")):
        raise Malformed(f"crs {raw[:80].decode(errors='replace')}: only WGS 84 is read; convert the file")


class _Reader:
    """Reads features; remembers the zones of our own mapping, which say more than a draft can hold."""

    def __init__(self) -> None:
        self._own: list[ZoneEnacted] = []

    def draft(self, feature: dict[str, Json], doubts: list[str]) -> Draft:
        properties = feature.get("properties")
        if isinstance(properties, dict) and properties.get("mapping") == MAPPING:
            own = _own_zone(feature.get("geometry"), properties, doubts)
            self._own.append(own)
            return Draft(
                identifier=own.zone_id,
                name=own.name,
                rule=own.rule,
                volumes=list(own.volumes),
                carried={OWN: len(self._own) - 1},
            )
        return _draft(feature, {} if properties is None else properties, doubts)

    def restored(self, zone: ZoneEnacted) -> ZoneEnacted:
        """Return a zone of our own mapping with all its fields; any other as it is."""
        if not zone.carried or zone.carried[0][0] != OWN:
            return zone
        own = self._own[int(zone.carried[0][1])]
        fields = (name for name in own.__struct_fields__ if name not in _NOT_RESTORED)
        return msgspec.structs.replace(zone, **{name: getattr(own, name) for name in fields})


OWN = "skykeep-zone"  # in `carried` between `draft` and `restored`, and never in a zone


def _own_zone(geometry: Json, properties: dict[str, Json], doubts: list[str]) -> ZoneEnacted:
    """Return a zone of our own mapping; Malformed where anything in it cannot have been written by us."""
    said = {name: value for name, value in properties.items() if name not in ("mapping", "id", "source")}
    alone = {key: said.pop(key, None) for key in ("floor", "ceiling", "radius_m")} if "volumes" not in said else None
    limits = said.pop("volumes") if alone is None else [alone]
    unknown = [name for name in said if name not in _HINTS]
    if unknown:
        raise Malformed(f"{show(unknown[0])} is no field of {MAPPING}")
    absent = {name: () if typing.get_origin(hint) is tuple else None for name, hint in _HINTS.items()}
    given = {name: geojson_fields.fact(_HINTS[name], value, name) for name, value in said.items()}
    if not {"name", "rule"} <= given.keys():
        raise Malformed("name and rule: a zone has both")
    identifier, heard = geojson_fields.fact(str, properties.get("id"), "id"), list[str]()
    source = {"source_format": SOURCE_FORMAT, "source_sha256": "", "native": "", "zone_id": identifier}
    zone = ZoneEnacted(**{**absent, "version": 1, **given, **source, "volumes": _own_volumes(geometry, limits, heard)})
    _check(zone)
    doubts += [*zone.doubts, *(doubt for doubt in heard if doubt not in zone.doubts)]
    return zone


def _check(zone: ZoneEnacted) -> None:
    """Raise Malformed where a value is none that a zone can have."""
    spans = [(one.start_ns, one.end_ns) for one in zone.applicability or ()]
    spans += [(one.start_ns, one.end_ns) for one in zone.periods]
    daily = [one for period in zone.periods for one in period.daily]
    clocks = [time.second for one in daily for time in (one.start, one.end) if isinstance(time, ClockTime)]
    faults = (
        (zone.zone_id == "", "id is empty"),
        (zone.version < 1, "version is not 1 or more"),
        (zone.severity is not None and not 1 <= zone.severity <= 5, "severity is not 1 to 5"),
        (zone.buffer_mm is not None and zone.buffer_mm < 0, "buffer_mm is negative"),
        (any(a is not None and b is not None and a >= b for a, b in spans), "a time ends before it begins"),
        (any(not 0 <= day <= 6 for one in daily for day in one.days), "days are not 0 to 6"),
        (any(not 0 <= second <= DAY_S for second in clocks), f"second is not 0 to {DAY_S}"),
        (any(zonefile.at_or_below(one.ceiling, one.floor) for one in zone.volumes), "floor is not below ceiling"),
    )
    for wrong, words in faults:
        if wrong:
            raise Malformed(words)


def _own_volumes(geometry: Json, limits: Json, doubts: list[str]) -> tuple[Volume, ...]:
    shapes = geometry.get("geometries") if _type(geometry) == "GeometryCollection" else [geometry]
    if not isinstance(shapes, list) or not isinstance(limits, list) or len(shapes) != len(limits):
        raise Malformed("geometry and volumes: they differ in number")
    return tuple(_own_volume(shape, limit, doubts) for shape, limit in zip(shapes, limits, strict=True))


def _own_volume(shape: Json, said: Json, doubts: list[str]) -> Volume:
    if not isinstance(shape, dict) or not isinstance(said, dict):
        raise Malformed("volumes: a geometry and an object with floor and ceiling belong together")
    floor, ceiling = (geojson_fields.fact(Limit, said.get(edge), edge) for edge in ("floor", "ceiling"))
    if _type(shape) == "Point":
        outline: Polygon | Circle = outlines.circle(shape.get("coordinates"), said.get("radius_m"), quantity.MILLI)
    elif _type(shape) == "Polygon":
        outline = outlines.polygon(shape.get("coordinates"), doubts)
    else:
        raise Malformed(f"geometry {show(_type(shape))} is none of {MAPPING}")
    return Volume(outline=outline, floor=floor, ceiling=ceiling)


def _type(geometry: Json) -> Json:
    return geometry.get("type") if isinstance(geometry, dict) else None


# Other people's features.


class _Said:
    """The properties of a feature, found by any of their names."""

    def __init__(self, properties: Json) -> None:
        if not isinstance(properties, dict):
            raise Malformed(f"properties: {kind(properties)} where an object belongs")
        self._by_key = {_bare(key): (key, value) for key, value in reversed(properties.items()) if value is not None}

    def take(self, *keys: str) -> Json:
        """Return the first value there is."""
        return next((self._by_key[key][1] for key in keys if key in self._by_key), None)

    def words(self, *keys: str) -> str | None:
        """Return the first text there is; a number is text too."""
        value = self.take(*keys)
        return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else zonefile.words(value)

    def others(self) -> Iterator[tuple[str, Json]]:
        """Yield what no key of the mapping takes."""
        edges = ("floor", "lower", "ceiling", "upper")
        for bare, (key, value) in self._by_key.items():
            if bare not in TAKEN and not (bare.startswith(edges) and bare.endswith(("reference", "datum", "unit"))):
                yield key, value


def _bare(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")


def _draft(feature: dict[str, Json], properties: Json, doubts: list[str]) -> Draft:
    said = _Said(properties)
    volumes, lost = list[Volume](), list[str]()
    floor, ceiling = _limits(said, doubts)
    for where, geometry in _parts("geometry", feature.get("geometry")):
        try:
            found = _outlines(geometry, said, doubts)
        except Malformed as error:
            lost.append(f"{where}: {error}")
            continue
        volumes += [Volume(outline=outline, floor=floor, ceiling=ceiling) for outline in found]
    identifier = said.words(*IDS) or _Said({"id": feature.get("id")}).words("id")
    periods, unread = _periods(said)
    return Draft(
        identifier=identifier,
        name=said.words(*NAMES),
        rule=_rule(said, doubts),
        volumes=volumes,
        lost=lost,
        periods=periods,
        hours_unread=unread,
        issuing_body=said.words(*BODIES),
        legal_basis=said.words("legalbasis"),
        reason=said.words("reason"),
        conditions=said.words(*MESSAGES),
        contact=said.words("contact"),
        country=said.words("country"),
        carried={CARRIED + key: value for key, value in said.others()},
    )


def _rule(said: _Said, doubts: list[str]) -> Rule:
    words = [(key, said.take(key)) for key in RULE_KEYS if said.take(key) is not None]
    for key, word in words:
        plain = re.sub(r"[ _-]", "", word).upper() if isinstance(word, str) else ""
        found = RULES.get(word.strip().upper()) or RULES.get(plain) if isinstance(word, str) else None
        if found is not None:
            if plain in GUESSED:
                doubts.append(f"{key} {show(word)}: read as: needs a permit")
            return found
    doubts.append(f"rule {show(words[0][1] if words else None)} is not known; read as: needs a permit")
    return Rule.NEEDS_PERMIT


def _limits(said: _Said, doubts: list[str]) -> tuple[Limit, Limit]:
    floor = _limit(said, FLOORS, ("floor", "lower"), "lower limit", doubts)
    ceiling = _limit(said, CEILINGS, ("ceiling", "upper"), "upper limit", doubts)
    if floor == "unlimited":
        doubts.append("lower limit: unlimited is none; taken as not stated")
        floor = None
    if zonefile.at_or_below(ceiling, floor):
        doubts.append("lower limit is not below upper limit; both taken as not stated")
        return None, None
    return floor, ceiling


def _limit(said: _Said, keys: tuple[str, ...], edges: tuple[str, str], name: str, doubts: list[str]) -> Limit:
    value = said.take(*keys)
    unit = said.take(*(f"{edge}unit" for edge in edges), *UNIT_KEYS)
    reference = said.take(*(f"{edge}{word}" for edge in edges for word in ("reference", "datum", "verticalreference")))
    if isinstance(value, dict):
        inner = _Said(value)
        unit, reference = inner.take("unit", "uom") or unit, inner.take("datum", "reference") or reference
        value = inner.take("value")
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.strip().upper() == "UNLIMITED":
        return "unlimited"
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        doubts.append(f"{name} {show(value)} is no height; taken as not stated")
        return None
    if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?[0-9]+(?:\.[0-9]+)?\s*", value):
        return openair_quantity.limit(value[:200], name, doubts)
    return _number(Decimal(value), unit, reference, name, doubts)


def _number(value: Decimal, unit: Json, reference: Json, name: str, doubts: list[str]) -> Limit:
    words = reference.strip().upper() if isinstance(reference, str) else ""
    datum = {one.name: one for one in Datum}.get(words) or openair_quantity.DATUMS.get(words)
    datum = Datum.HAE if words == "WGS84" else datum
    if datum is None:
        doubts.append(f"{name} {value}: its reference is {show(reference)}; taken as not stated")
        return None
    ratio = openair_quantity.UNITS.get(unit.strip().upper()) if isinstance(unit, str) else None
    if ratio is None and unit is not None:
        doubts.append(f"{name} {value}: its unit is {show(unit)}; taken as not stated")
        return None
    if ratio is None:
        doubts.append(f"{name} {value} names no unit; read as metres")
    if not -20_000 <= value <= geojson_fields.HEIGHT_MAX_M:
        doubts.append(f"{name} {value}: that is no height of an airspace; taken as not stated")
        return None
    return Altitude(quantity.scaled(value, ratio or quantity.MILLI), datum)


def _periods(said: _Said) -> tuple[tuple[Period, ...], str | None]:
    start, end = said.take(*STARTS), said.take(*ENDS)
    if start is None and end is None:
        return (), None
    try:
        start_ns, end_ns = (None if one is None else _moment_ns(one) for one in (start, end))
        if start_ns is not None and end_ns is not None and start_ns >= end_ns:
            raise Malformed("it ends before it begins")
    except Malformed as error:
        return (), f"from {show(start)} to {show(end)}: {error}"
    return (Period(start_ns=start_ns, end_ns=end_ns, daily=()),), None


def _moment_ns(value: Json) -> int:
    if not isinstance(value, str):
        raise Malformed(f"{kind(value)} where a moment such as 2026-05-01T10:00:00Z belongs")
    return iso_ns(value)


def _parts(where: str, geometry: Json, depth: int = 0) -> Iterator[tuple[str, Json]]:
    if _type(geometry) != "GeometryCollection" or depth == COLLECTIONS_MAX:
        yield where, geometry
        return
    members = geometry.get("geometries")
    for number, one in enumerate(members if isinstance(members, list) else [members]):
        yield from _parts(f"{where}.geometries[{number}]", one, depth + 1)


def _outlines(geometry: Json, said: _Said, doubts: list[str]) -> list[Polygon | Circle]:
    if not isinstance(geometry, dict):
        raise Malformed(f"{kind(geometry)} where a geometry belongs")
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "Polygon":
            return [outlines.polygon(coordinates, doubts)]
        case "MultiPolygon" if isinstance(coordinates, list) and coordinates:
            return [outlines.polygon(one, doubts) for one in coordinates]
        case "Point":
            return [_circle(coordinates, said, doubts)]
        case other:
            raise Malformed(f"{show(other)} encloses nothing that could be a zone")


def _circle(coordinates: Json, said: _Said, doubts: list[str]) -> Circle:
    radius_m = said.take("radiusm")
    if radius_m is None and said.take("radius") is not None:
        radius_m = said.take("radius")
        doubts.append(f"radius {show(radius_m)} names no unit; read as metres")
    if radius_m is None:
        raise Malformed("a Point without radius_m encloses nothing")
    return outlines.circle(coordinates, radius_m, quantity.MILLI)
