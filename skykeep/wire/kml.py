"""KML 2.2 and 2.3, alone or zipped as KMZ: every Placemark that holds an area becomes a zone (OGC 12-007r2).

    <Placemark id="Z1"><name>Parade</name>
      <TimeSpan><begin>2026-05-01T08:00:00Z</begin><end>2026-05-01T20:00:00Z</end></TimeSpan>
      <ExtendedData><Data name="rule"><value>PROHIBITED</value></Data></ExtendedData>
      <Polygon><extrude>1</extrude><altitudeMode>relativeToGround</altitudeMode>
        <outerBoundaryIs><LinearRing><coordinates>24.9,60.1,120 25.0,60.1,120 ...</coordinates></LinearRing>

KML draws; it has no word for law. What its data fields are called decides what is read: see `FIELDS`. Where no field
says what a zone forbids, it needs a permit, with a doubt. Points and lines are no areas: reported, one by one.
"""

from __future__ import annotations

import calendar
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from skykeep.errors import Malformed
from skykeep.facts.enacted import Limit, Period, Polygon, Rule, Text, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import crossings, degrees, openair_quantity, outlines, quantity, xmltext, zonefile
from skykeep.wire.jsontext import show
from skykeep.wire.moments import iso_ns
from skykeep.wire.outlines import Vertex
from skykeep.wire.xmltext import Element, Part, Parts
from skykeep.wire.zonefile import Draft, Import

SOURCE_FORMAT = "kml"
NAME_MAX = 200
MESSAGE_MAX = 10_000
MEMBERS_MAX = 10_000  # of a KMZ: pictures and icons lie in it too

# What a data field may be called, in any case, with or without spaces, hyphens, underscores; as in wire/geojson.py.
FIELDS = {
    "identifier": ("identifier", "id", "zoneid", "code"),
    "name": ("name", "title"),
    "rule": ("rule", "restriction", "type", "category"),
    "lower": ("floor", "lower", "lowerlimit", "floorlimit", "minheight", "minaltitude"),
    "upper": ("ceiling", "upper", "upperlimit", "ceilinglimit", "maxheight", "maxaltitude"),
    "lowerReference": ("lowerreference", "lowerverticalreference", "lowerdatum", "floorreference", "floordatum"),
    "upperReference": ("upperreference", "upperverticalreference", "upperdatum", "ceilingreference", "ceilingdatum"),
    "uom": ("unit", "uom", "units", "uomdimensions"),
    "startDateTime": ("start", "begin", "validfrom", "startdatetime", "from"),
    "endDateTime": ("end", "validto", "validuntil", "enddatetime", "until"),
    "reason": ("reason",),
    "conditions": ("conditions", "restrictionconditions"),
    "message": ("message", "description"),
    "country": ("country",),
    "authority": ("authority", "issuingbody", "zoneauthority"),
    "legalBasis": ("legalbasis", "regulation"),
    "contact": ("contact", "email", "phone"),
}
_FIELD_OF = {called: field for field, names in FIELDS.items() for called in names}
_RULES = {rule.value.replace("_", ""): rule for rule in Rule}
_RULES |= dict.fromkeys(("forbidden", "nofly", "noflyzone"), Rule.PROHIBITED)
_RULES |= dict.fromkeys(("authorisation", "authorization"), Rule.NEEDS_PERMIT)

_LINES = ("Point", "LineString", "LinearRing", "Model", "Track", "MultiTrack")
_MODES = {"relativeToGround": Datum.AGL, "absolute": Datum.AMSL}
_HEIGHT = re.compile(r"[+-]?[0-9]{1,6}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9])?")
_COMMA = re.compile(r"\s*,\s*")
_MARKUP = re.compile(r"<[^<>]*>")
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?Z?")


class _Ring(NamedTuple):
    vertices: list[Vertex]
    heights: list[str | None]  # as written


def sniff(data: bytes) -> bool:
    """Say whether a file is KML, or a zip file in which one lies."""
    return xmltext.root(data) == "kml" or (data.startswith(b"PK") and b".kml" in data)


def read(data: bytes, *, source_sha256: str) -> Import:
    """Return the zones of a KML or KMZ file; Malformed only where the file as a whole is none."""
    found = xmltext.parts(_unzipped(data), ("Placemark", "NetworkLink"), heading="name")
    if found.root not in {"kml", "Document", "Folder", "Placemark"}:
        raise Malformed(f"its outermost element is <{found.root}>; that of KML is <kml>")
    done = zonefile.import_parsed(
        ((found.bytes_of(part), (found, part)) for part in found.found),
        _draft,
        source_format=SOURCE_FORMAT,
        source_sha256=source_sha256,
        doubts=[],
    )
    bare = sum("no area" in report.what[0] for report in done.refused)
    if bare:
        done.doubts.append(f"{bare} of {len(found.found)} placemarks hold no area, so they are no zones")
    return done


def _unzipped(data: bytes) -> bytes:
    if not data.startswith(b"PK"):
        return data
    if len(data) > xmltext.BYTES_MAX:
        raise Malformed(f"{len(data)} bytes; a zone file may have {xmltext.BYTES_MAX}")
    if (count := data.count(b"PK\x01\x02")) > MEMBERS_MAX:
        raise Malformed(f"{count} files in one KMZ; it may have {MEMBERS_MAX}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _member(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OverflowError, struct.error) as error:
        # NotImplementedError (a compression that zipfile has no word for) and UnicodeError are among these.
        raise Malformed(f"not a KMZ file: {error}") from error


def _member(archive: zipfile.ZipFile) -> bytes:
    """Return the first KML file of the archive (doc.kml, by convention), never more than a zone file may have."""
    for one in archive.infolist():
        if one.filename.startswith("/") or ".." in one.filename or ":" in one.filename or "\\" in one.filename:
            raise Malformed(f"KMZ: the name {show(one.filename)} points outside of the file")
    names = [one.filename for one in archive.infolist() if one.filename.lower().endswith(".kml")]
    if not names:
        raise Malformed("KMZ: no .kml file lies in it")
    name = "doc.kml" if "doc.kml" in names else names[0]
    if names.count(name) > 1:
        raise Malformed(f"KMZ: {show(name)} lies in it twice; which one was meant nobody can say")
    member = archive.getinfo(name)
    if member.flag_bits & 1:
        raise Malformed(f"KMZ: {show(name)} is encrypted")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:  # others unpack without a bound
        raise Malformed(f"KMZ: {show(name)} is packed by method {member.compress_type}; deflate is read")
    if member.file_size > xmltext.BYTES_MAX:
        raise Malformed(
            f"KMZ: {show(name)} would have {member.file_size} bytes; a zone file may have {xmltext.BYTES_MAX}"
        )
    text = archive.read(member)  # no more than it declares, and its checksum is checked
    if text.startswith(b"PK"):
        raise Malformed(f"KMZ: {show(name)} is a zip file again")
    return text


def _draft(of: tuple[Parts, Part], doubts: list[str]) -> Draft:
    found, part = of
    placemark = found.tree(part)
    if part.name == "NetworkLink":
        raise Malformed(
            f"a link to {show(placemark.said('Link', 'href'))}, which is not fetched: import that file itself"
        )
    fields = _fields(placemark, doubts)
    name = _short(placemark.said("name") or fields.get("name"), "name", doubts)
    draft = Draft(
        identifier=_short(fields.get("identifier") or placemark.attributes.get("id"), "identifier", doubts) or name,
        name=name,
        rule=_rule(fields.get("rule"), doubts),
        volumes=[],
    )
    _fill_volumes(draft, placemark, fields, doubts)
    _fill_words(draft, placemark, fields, part.headings)
    _fill_times(draft, placemark, fields, doubts)
    return draft


def _short(text: str | None, what: str, doubts: list[str]) -> str | None:
    if text is not None and len(text) > NAME_MAX:
        doubts.append(f"its {what} has {len(text)} characters; the first {NAME_MAX} are kept")
        return text[:NAME_MAX]
    return text


def _fields(placemark: Element, doubts: list[str]) -> dict[str, str]:
    """Return what ExtendedData says, by the names that are known; the first of two that mean the same is kept."""
    said: dict[str, str] = {}
    for data in placemark.all("ExtendedData"):
        pairs = [(one.attributes.get("name"), one.said("value")) for one in data.all("Data")]
        pairs += [(one.attributes.get("name"), one.text) for one in data.all("SchemaData", "SimpleData")]
        for called, value in pairs:
            field = _FIELD_OF.get(re.sub(r"[\s_-]", "", called or "").lower())
            if field is None or not value or not value.strip():
                continue
            if field in said:
                doubts.append(f"data field {show(called)} was not read: {field} was said before")
            else:
                said[field] = value.strip()
    return said


def _rule(word: str | None, doubts: list[str]) -> Rule:
    if word is None:
        doubts.append("no data field says what it forbids; read as: needs a permit")
        return Rule.NEEDS_PERMIT
    ours = _RULES.get(re.sub(r"[\s_-]", "", word).lower())
    return ours if ours is not None else zonefile.rule(word, doubts)


def _fill_volumes(draft: Draft, placemark: Element, fields: dict[str, str], doubts: list[str]) -> None:
    lines: list[str] = []
    for number, geometry in enumerate(_geometries(placemark)):
        if geometry.name in _LINES:
            lines.append(geometry.name)
            continue
        heard: list[str] = []
        try:
            draft.volumes.append(_volume(geometry, fields, heard))
        except Malformed as error:
            draft.lost.append(f"geometry {number}: {error}")
        doubts.extend(f"geometry {number}: {doubt}" for doubt in heard)
    counted = ", ".join(f"{lines.count(kind)} {kind}" for kind in _LINES if kind in lines) or "no geometry"
    if not draft.volumes and not draft.lost:
        draft.lost.append(f"it holds {counted}: no area, so no zone")
    elif lines:
        doubts.append(f"{counted} beside the area: a line or point encloses nothing, left out")


def _geometries(of: Element) -> Iterator[Element]:
    for child in of.children:
        if child.name == "MultiGeometry":
            yield from _geometries(child)
        elif child.name == "Polygon" or child.name in _LINES:
            yield child


def _volume(polygon: Element, fields: dict[str, str], doubts: list[str]) -> Volume:
    outer = polygon.first("outerBoundaryIs", "LinearRing", "coordinates")
    if outer is None:
        raise Malformed("a Polygon without an outer boundary")
    ring = _ring(outer.text, "outline")
    rings = [_closed(ring.vertices, "outline", doubts)]
    for number, hole in enumerate(polygon.all("innerBoundaryIs", "LinearRing", "coordinates"), start=1):
        try:
            rings.append(_closed(_ring(hole.text, f"hole {number}").vertices, f"hole {number}", doubts))
        except Malformed as error:
            doubts.append(f"{error}; the hole was left out, so the area there counts as inside")
    floor, ceiling = _limits(polygon, ring, fields, doubts)
    return Volume(outline=Polygon(rings=crossings.holes_checked(rings, doubts)), floor=floor, ceiling=ceiling)


def _closed(vertices: list[Vertex], name: str, doubts: list[str]) -> tuple[Vertex, ...]:
    if vertices and vertices[0] != vertices[-1]:
        doubts.append(f"{name}: the ring was not closed; it was closed with a straight edge")
    return outlines.ring(vertices, name, doubts)


def _ring(text: str, name: str) -> _Ring:
    vertices, heights = list[Vertex](), list[str | None]()
    tuples = text.split()
    if "," in tuples or any(one[0] == "," or one[-1] == "," for one in tuples):  # written with spaces: "24.9, 60.1"
        tuples = _COMMA.sub(",", text).split()
        if len({one.count(",") for one in tuples}) > 1:  # else a comma too many would make one place of two
            raise Malformed(f"{name}: spaces beside commas, and not the same count of numbers in each place")
    if len(tuples) > crossings.VERTICES_MAX:
        raise Malformed(
            f"{name}: {len(tuples)} vertices; at most {crossings.VERTICES_MAX} are read, so simplify the ring"
        )
    for number, one in enumerate(tuples):
        numbers = one.split(",")
        if not 2 <= len(numbers) <= 3:
            raise Malformed(
                f"{name}, vertex {number}: {show(one)} is no longitude,latitude or longitude,latitude,height"
            )
        try:
            vertices.append((degrees.lat_e7(numbers[1]), degrees.lon_e7(numbers[0])))
        except Malformed as error:
            raise Malformed(f"{name}, vertex {number}: {error}") from error
        heights.append(numbers[2] if len(numbers) > 2 else None)
    return _Ring(vertices, heights)


def _limits(polygon: Element, ring: _Ring, fields: dict[str, str], doubts: list[str]) -> tuple[Limit, Limit]:
    """Return the limits that the data fields state, else the height to which the drawing is extruded."""
    if "lower" in fields or "upper" in fields:
        return _said_limits(fields, doubts)
    datum = _MODES.get(polygon.said("altitudeMode") or "")
    if datum is None:
        return None, None
    said = ring.heights[0] if len(set(ring.heights)) == 1 else None
    if polygon.said("extrude") not in {"1", "true"} or said is None or not _HEIGHT.fullmatch(said):
        doubts.append("the drawing has heights, but is not extruded to one height; limits taken as not stated")
        return None, None
    height_mm = quantity.scaled(Decimal(said), quantity.MILLI)
    if not 0 < height_mm <= 400_000_000:
        doubts.append(f"extruded to {said} m: that is no ceiling; limits taken as not stated")
        return None, None
    doubts.append(f"the drawing is extruded from the ground to {said} m {datum.name}; read as floor and ceiling")
    return Altitude(0, Datum.AGL), Altitude(height_mm, datum)


def _said_limits(fields: dict[str, str], doubts: list[str]) -> tuple[Limit, Limit]:
    """Return numbers beside their unit and reference, or heights in words such as "GND" and "500 ft AGL"."""
    given = [text for text in (fields.get("lower"), fields.get("upper")) if text is not None]
    if all(_HEIGHT.fullmatch(text) for text in given):
        lower, upper = ((fields.get(edge), fields.get(f"{edge}Reference")) for edge in ("lower", "upper"))
        return zonefile.limits(lower, upper, zonefile.unit(fields.get("uom")), doubts)
    floor, ceiling = (_in_words(fields, edge, doubts) for edge in ("lower", "upper"))
    if floor == "unlimited":
        doubts.append("floor says unlimited; taken as not stated")
        floor = None
    if zonefile.at_or_below(ceiling, floor):
        doubts.append("floor is not below ceiling; both taken as not stated")
        return None, None
    return floor, ceiling


def _in_words(fields: dict[str, str], edge: str, doubts: list[str]) -> Limit:
    text = fields.get(edge)
    if text is None:
        return None
    name = "floor" if edge == "lower" else "ceiling"
    if _HEIGHT.fullmatch(text):
        text = f"{text} {fields.get('uom', 'm')} {fields.get(f'{edge}Reference', '')}".strip()
    return openair_quantity.limit(text, name, doubts)


def _fill_words(draft: Draft, placemark: Element, fields: dict[str, str], folders: tuple[str, ...]) -> None:
    draft.reason, draft.conditions = fields.get("reason"), fields.get("conditions")
    draft.country, draft.issuing_body = fields.get("country"), fields.get("authority")
    draft.legal_basis, draft.contact = fields.get("legalBasis"), fields.get("contact")
    message = fields.get("message") or " ".join(_MARKUP.sub(" ", placemark.said("description") or "").split())
    if message:
        draft.texts = (Text(about="message", lang="", text=message[:MESSAGE_MAX]),)
    if folders:
        draft.carried = {"kml.folders": list(folders)}


def _fill_times(draft: Draft, placemark: Element, fields: dict[str, str], doubts: list[str]) -> None:
    begin = fields.get("startDateTime") or placemark.said("TimeSpan", "begin")
    end = fields.get("endDateTime") or placemark.said("TimeSpan", "end")
    if placemark.first("TimeStamp") is not None:
        doubts.append("a TimeStamp is a moment, not a time of validity: noted, and not applied")
    if begin is None and end is None:
        return
    try:
        start_ns, end_ns = (_moment_ns(text, late, doubts) for text, late in ((begin, False), (end, True)))
        if start_ns is not None and end_ns is not None and start_ns >= end_ns:
            raise Malformed(f"{show(begin)} is not before {show(end)}")
    except Malformed as error:
        draft.hours_unread = f"dates: {error}"
        return
    draft.periods = (Period(start_ns=start_ns, end_ns=end_ns, daily=()),)


def _moment_ns(text: str | None, late: bool, doubts: list[str]) -> int | None:  # noqa: FBT001  # two dates of one span
    """Return the moment of an XML dateTime, or the beginning (or the end, if `late`) of a year, month or day."""
    if text is None:
        return None
    found = _DAY.fullmatch(text)
    if found is None:
        if text[-1:] not in "Zz" and not re.search(r"[+-][0-9]{2}:?[0-9]{2}$", text[10:]):
            doubts.append(f"{text} names no time zone; read as UTC")
        return iso_ns(text, zone_assumed=True)
    year, month, day = int(found[1]), int(found[2] or (12 if late else 1)), found[3]
    if not 1 <= month <= 12 or year == 0:
        raise Malformed(f"{show(text)}: there is no such month")
    last = calendar.monthrange(year, month)[1]
    doubts.append(f"{text} names no time of day; read as the {'end' if late else 'beginning'} of it, UTC")
    return iso_ns(f"{year:04}-{month:02}-{day or (last if late else '01')}T{'24' if late else '00'}:00Z")
