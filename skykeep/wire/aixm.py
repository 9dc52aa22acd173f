"""AIXM 5.1 and 5.1.1 airspaces: GML features whose time slices say what they are, where, and when.

    <aixm:Airspace><gml:identifier/><aixm:timeSlice><aixm:AirspaceTimeSlice>
      <gml:validTime/> <interpretation/> <sequenceNumber/> <correctionNumber/> <type/> <designator/> <name/>
      <activation/> <geometryComponent> <operation/> <theAirspaceVolume> <upperLimit/> <lowerLimit/> ...

The newest baseline rules (its highest correction); older ones are zones of their own until it begins, `ID/sequence`.
A temporary change with a geometry is a zone of its own too; one without adds the hours in which it says ACTIVE.
What a type of airspace means for a drone is judged by `RULES`. An airspace made of others (UNION, contributors) is
read whole; a subtraction only where it is a hole, an intersection not at all: the larger area is the stricter reading.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import shapely

from skykeep.errors import Malformed
from skykeep.facts.enacted import Authority, Circle, Limit, Period, Polygon, Rule, Text, Volume
from skykeep.geo.altitude import Altitude, Datum, difference_mm
from skykeep.wire import aixm_hours, gmlcurve, xmltext, zonefile
from skykeep.wire.gmlcurve import Drawing
from skykeep.wire.jsontext import show
from skykeep.wire.moments import iso_ns
from skykeep.wire.quantity import FOOT, MILLI, Ratio, scaled
from skykeep.wire.xmltext import Element, Part, Parts
from skykeep.wire.zonefile import Draft, Import

SOURCE_FORMAT = "aixm"
VOLUMES_MAX = 1_000  # of one airspace, those of its contributors included
NESTED_MAX = 16  # airspaces made of airspaces
TEXTS_MAX = 20

# CodeAirspaceType -> what it says to an unmanned flight; only P says so itself, the others are judged, with a doubt.
RULES = {"P": Rule.PROHIBITED}
RULES |= dict.fromkeys(
    ("R", "TRA", "TSA", "RAS", "RCA", "CTR", "CTR_P", "ATZ", "ATZ_P", "HTZ", "PROTECT", "NO_FIR", "FBZ", "AMA"),
    Rule.NEEDS_PERMIT,
)
RULES |= dict.fromkeys(("D", "D_OTHER", "D_AMC", "W", "A", "MTR", "CBA", "ADIZ", "RMZ", "TMZ"), Rule.CONDITIONAL)
RULES |= dict.fromkeys(
    (
        "FIR",
        "FIR_P",
        "UIR",
        "UIR_P",
        "NAS",
        "NAS_P",
        "OCA",
        "OCA_P",
        "OTA",
        "SECTOR",
        "SECTOR_C",
        "PART",
        "POLITICAL",
        "ASR",
    ),
    Rule.ALLOWED,
)
MEANT = {
    Rule.NEEDS_PERMIT: "needs a permit",
    Rule.CONDITIONAL: "conditional",
    Rule.ALLOWED: "no restriction of its own",
}

DATUMS = {"SFC": Datum.AGL, "MSL": Datum.AMSL, "W84": Datum.HAE, "STD": Datum.STD}
UNITS = {"FT": FOOT, "M": MILLI, "FL": Ratio(Decimal(30_480)), "SM": Ratio(Decimal(10_000))}  # SM: tens of metres
NO_LEVEL = 999  # FL 999 is how states write "unlimited"

_WANTED = (
    *("Airspace", "GeoBorder", "AuthorityForAirspace", "OrganisationAuthority", "Unit"),
    *("DesignatedPoint", "Navaid", "VOR", "DME", "NDB", "TACAN", "AirportHeliport", "RunwayCentrelinePoint"),
)
_HEAD_BYTES = 4_096
_IDENTIFIER = re.compile(rb"<(?:[\w.-]+:)?identifier(?:\s[^<>]*)?>\s*([^<>\s]{1,200})\s*</")
_GML_ID = re.compile(rb"<[^<>]*?\s(?:[\w.-]+:)?id\s*=\s*[\"']([^\"'<>]{1,200})[\"']")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{0,20})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class _Slice(NamedTuple):
    """A time slice, with what its temporality says."""

    kind: str
    sequence: int
    correction: int
    begin_ns: int | None
    end_ns: int | None
    element: Element
    faults: tuple[str, ...]  # of its times


@dataclasses.dataclass(frozen=True, slots=True)
class _Zone:
    """What becomes one zone: a slice, what it inherits, and what else the feature says."""

    identifier: str  # of the feature
    suffix: str
    slice: _Slice
    baseline: _Slice  # for what a temporary change does not say
    end_ns: int | None
    deltas: tuple[_Slice, ...]
    doubts: tuple[str, ...]


def sniff(data: bytes) -> bool:
    """Say whether a file looks like AIXM 5.1."""
    head = data[:20_000].replace(b"\0", b"")
    return xmltext.root(data).startswith("AIXM") or (xmltext.root(data) != "" and b"aixm.aero/schema/5.1" in head)


def read(data: bytes, *, source_sha256: str) -> Import:
    """Return the airspaces of an AIXM file; Malformed only where the file as a whole is none."""
    file = _File(xmltext.parts(data, _WANTED))
    if not file.parts.root.startswith("AIXM") and not file.parts.found:
        raise Malformed(f"its outermost element is <{file.parts.root}>; that of AIXM is <AIXMBasicMessage>")
    return zonefile.import_parsed(
        file.zones(), file.draft, source_format=SOURCE_FORMAT, source_sha256=source_sha256, doubts=[]
    )


def _key(reference: str) -> str:
    """Return an identifier or an xlink:href as it is looked up."""
    return reference.strip().removeprefix("urn:uuid:").removeprefix("#").removeprefix("uuid.").lower()


class _File:
    """The features of a file, by their identifiers; each tree is grown when it is asked for."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.trees: dict[int, Element] = {}  # of features that others refer to, by where they begin
        self.by_id: dict[str, Part] = {}
        for part in parts.found:
            for reference in _ids(parts.text[part.start : min(part.end, part.start + _HEAD_BYTES)]):
                self.by_id.setdefault(_key(reference), part)
        self.drawing = Drawing(self.find)
        self.resolved: dict[str, list[Volume] | None] = {}  # of contributors; None: being resolved
        self.bodies = self._bodies()

    def find(self, href: str) -> Element | None:
        """Return the feature that an xlink:href names."""
        part = self.by_id.get(_key(href))
        if part is None:
            return None
        if part.start not in self.trees:
            self.trees[part.start] = self.parts.tree(part)
        return self.trees[part.start]

    def _bodies(self) -> dict[str, list[str]]:
        """Return which organisations answer for which airspace."""
        found: dict[str, list[str]] = {}
        for part in self.parts.found:
            if part.name != "AuthorityForAirspace":
                continue
            for one in self.parts.tree(part).all("timeSlice", "AuthorityForAirspaceTimeSlice"):
                airspace, body = (one.first(name) for name in ("assignedAirspace", "responsibleOrganisation"))
                if airspace is not None and body is not None and "href" in body.attributes:
                    found.setdefault(_key(airspace.attributes.get("href", "")), []).append(body.attributes["href"])
        return found

    def zones(self) -> Iterator[tuple[bytes, _Zone]]:
        """Yield what becomes a zone, with its bytes: the feature, or one of its time slices where several do."""
        for part in self.parts.found:
            if part.name != "Airspace":
                continue
            native, airspace = self.parts.bytes_of(part), self.parts.tree(part)
            identifier = airspace.said("identifier") or airspace.attributes.get("id") or f"line {part.line}"
            slices = [_slice(one) for one in airspace.all("timeSlice", "AirspaceTimeSlice")]
            chosen = list(_chosen(identifier, slices))
            if len(slices) < 2 or len(chosen) < 2:
                yield from ((native, zone) for zone in chosen)
                continue
            own = xmltext.parts(native, ("AirspaceTimeSlice",))
            bytes_of = {id(one.element): own.bytes_of(each) for one, each in zip(slices, own.found, strict=True)}
            yield from ((bytes_of[id(zone.slice.element)], zone) for zone in chosen)

    def draft(self, zone: _Zone, doubts: list[str]) -> Draft:
        """Return the zone of a time slice."""
        doubts += [*zone.doubts, *zone.slice.faults]
        said, under = zone.slice.element, zone.baseline.element
        if said.name == "none":
            raise Malformed("an Airspace without a time slice")
        designator = said.said("designator") or under.said("designator")
        name = said.said("name") or under.said("name")
        draft = Draft(
            identifier=(designator or zone.identifier)[:200] + zone.suffix,
            name=name[:200] if name else designator,
            rule=_rule(
                said.said("type") or under.said("type"), said.said("localType") or under.said("localType"), doubts
            ),
            volumes=[],
            effective_from_ns=zone.slice.begin_ns,
            end_ns=zone.end_ns,
        )
        draft.volumes = self.volumes(said, draft.lost, doubts, 0)
        _fill_hours(draft, zone, doubts)
        _fill_words(draft, said, under, zone)
        draft.authorities = tuple(self._authorities(zone.identifier))
        draft.issuing_body = next((text.text for one in draft.authorities for text in one.name), None)
        return draft

    def _authorities(self, identifier: str) -> Iterator[Authority]:
        for href in self.bodies.get(_key(identifier), [])[:TEXTS_MAX]:
            body = self.find(href)
            said = None if body is None else next(body.below("OrganisationAuthorityTimeSlice", "UnitTimeSlice"), None)
            name = None if said is None else said.said("name") or said.said("designator")
            if said is None or name is None:
                continue
            at = ("contact", "ContactInformation")
            yield Authority(
                name=(Text(about="authority_name", lang="", text=name[:200]),),
                service=(),
                contact_name=(),
                site_url=said.said(*at, "networkNode", "OnlineContact", "linkage"),
                email=said.said(*at, "networkNode", "OnlineContact", "eMail"),
                phone=said.said(*at, "phoneFax", "TelephoneContact", "voice"),
                purpose="AUTHORIZATION",
                interval_before=None,
            )

    def volumes(self, time_slice: Element, lost: list[str], doubts: list[str], depth: int) -> list[Volume]:
        """Return the volumes of a time slice: its components in their order, added and subtracted."""
        components = list(time_slice.all("geometryComponent", "AirspaceGeometryComponent"))
        components.sort(key=lambda one: _whole(one.said("operationSequence")))
        done: list[Volume] = []
        for number, component in enumerate(components):
            operation = (component.said("operation") or "BASE").upper()
            heard: list[str] = []
            try:
                found = self._component(component, heard, depth)
                together = _combined(done, found, operation, self.drawing, heard)
                if len(together) > VOLUMES_MAX:
                    raise Malformed(f"more than {VOLUMES_MAX} volumes in one airspace")
                done = together
            except Malformed as error:
                (doubts if operation in {"SUBTR", "INTERS"} else lost).append(f"component {number}: {error}")
            doubts.extend(f"component {number}: {doubt}" for doubt in heard)
        return done

    def _component(self, component: Element, doubts: list[str], depth: int) -> list[Volume]:
        volume = component.first("theAirspaceVolume", "AirspaceVolume")
        if volume is None:
            raise Malformed("no AirspaceVolume in it")
        floor, ceiling = _limits(volume, doubts)
        projection = volume.first("horizontalProjection")
        if projection is not None and projection.children:
            found = gmlcurve.outlines_of(projection.children[0], self.drawing, doubts)
            return [Volume(outline=one, floor=floor, ceiling=ceiling) for one in found]
        done: list[Volume] = []
        for dependency in volume.all("contributorAirspace", "AirspaceVolumeDependency"):
            done += self._contributed(dependency, floor, ceiling, doubts, depth)
        if not done:
            what = "a centreline with a width" if volume.first("centreline") is not None else "no horizontal projection"
            raise Malformed(f"its AirspaceVolume has {what}, which is not read")
        return done

    def _contributed(
        self, dependency: Element, floor: Limit, ceiling: Limit, doubts: list[str], depth: int
    ) -> list[Volume]:
        """Return the volumes of another airspace; with HORZ_PROJECTION its outlines between the limits of this one."""
        other = dependency.first("theAirspace")
        href = other.attributes.get("href", "") if other is not None else ""
        found = self._resolved(href, doubts, depth)
        self.drawing.spend(sum(len(ring) for one in found for ring in _rings(one.outline)) + len(found))
        if (dependency.said("dependency") or "").upper() == "FULL_GEOMETRY" and floor is None and ceiling is None:
            return found
        return [Volume(outline=one.outline, floor=floor, ceiling=ceiling) for one in found]

    def _resolved(self, href: str, doubts: list[str], depth: int) -> list[Volume]:
        key = _key(href)
        if key not in self.resolved:
            airspace = self.find(href)
            slices = [] if airspace is None else [_slice(one) for one in airspace.all("timeSlice", "AirspaceTimeSlice")]
            chosen = [zone for zone in _chosen(href, slices) if not zone.suffix]
            if not chosen or depth == NESTED_MAX:
                raise Malformed(f"it is made of the airspace {show(href)}, which is not in this file, or lies too deep")
            self.resolved[key] = None
            lost: list[str] = []
            found = self.volumes(chosen[0].slice.element, lost, doubts, depth + 1)
            if lost:
                doubts.append(f"of the airspace {show(href)} that it is made of: {'; '.join(lost)[:1_000]}")
            self.resolved[key] = found
        done = self.resolved[key]
        if not done:
            why = "is made of it" if done is None else "has no area that was read"
            raise Malformed(f"it is made of the airspace {show(href)}, which {why}")
        return done


def _ids(head: bytes) -> Iterator[str]:
    for pattern in (_IDENTIFIER, _GML_ID):
        found = pattern.search(head)
        if found is not None:
            yield found[1].decode(errors="replace")


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else 0


# Time slices.


def _slice(element: Element) -> _Slice:
    faults: list[str] = []
    begin_ns, end_ns = (_moment_ns(element, "validTime", edge, faults) for edge in ("beginPosition", "endPosition"))
    died_ns = _moment_ns(element, "featureLifetime", "endPosition", faults)
    if died_ns is not None:
        end_ns = died_ns if end_ns is None else min(end_ns, died_ns)
    if begin_ns is not None and end_ns is not None and begin_ns >= end_ns:
        faults.append("its validity ends before it begins; taken as not stated")
        begin_ns = end_ns = None
    kind = (element.said("interpretation") or "").upper()
    if not kind:
        faults.append("no interpretation is given; read as BASELINE")
    sequence, correction = (_whole(element.said(name)) for name in ("sequenceNumber", "correctionNumber"))
    return _Slice(kind or "BASELINE", sequence, correction, begin_ns, end_ns, element, tuple(faults))


def _moment_ns(element: Element, of: str, edge: str, faults: list[str]) -> int | None:
    text = element.said(of, "TimePeriod", edge) or (
        element.said(of, "TimeInstant", "timePosition") if edge == "beginPosition" else None
    )
    if text is None:
        return None
    try:
        return iso_ns(f"{text}T00:00Z" if _DATE.fullmatch(text) else text, zone_assumed=True)
    except Malformed as error:
        faults.append(f"{of}: {error}; taken as not stated")
        return None


def _chosen(identifier: str, slices: list[_Slice]) -> Iterator[_Zone]:
    """Yield the slices that become zones: baselines one after the other, and temporary changes with a geometry."""
    if not slices:
        nothing = _Slice("", 0, 0, None, None, Element("none", {}), ())
        yield _Zone(identifier, "", nothing, nothing, None, (), ())
        return
    lines, doubts = _baselines(slices)
    deltas = [one for one in slices if one.kind in {"TEMPDELTA", "PERMDELTA"}]
    if not lines:
        lines = [max(slices, key=lambda one: (one.sequence, one.correction))]
        deltas = []
        doubts = [f"no baseline of it is in this file; its {lines[0].kind} was read as one"]
    newest = lines[-1]
    drawn = [one for one in deltas if one.element.first("geometryComponent") is not None and one is not newest]
    hours = tuple(one for one in deltas if one.element.first("geometryComponent") is None)
    yield _Zone(identifier, "", newest, newest, newest.end_ns, hours, tuple(doubts))
    for older, later in itertools.pairwise(lines):
        end_ns = later.begin_ns if older.end_ns is None else min(older.end_ns, later.begin_ns or older.end_ns)
        yield _Zone(identifier, f"/{older.sequence}", older, older, end_ns, (), ())
    for number, one in enumerate(drawn, start=1):
        said = (f"a temporary change ({one.kind} {one.sequence}.{one.correction}) with an area of its own",)
        yield _Zone(identifier, f"/temporary-{number}", one, newest, one.end_ns, (), said)


def _baselines(slices: list[_Slice]) -> tuple[list[_Slice], list[str]]:
    """Return the baselines that rule one after the other, and words for those that never do."""
    kinds = ("BASELINE",) if any(one.kind == "BASELINE" for one in slices) else ("SNAPSHOT",)
    ordered = sorted((one for one in slices if one.kind in kinds), key=lambda one: (one.sequence, one.correction))
    latest = {one.sequence: one for one in ordered}
    done: list[_Slice] = []
    doubts: list[str] = []
    for one in reversed(latest.values()):
        later = done[-1] if done else None
        if later is None or (later.begin_ns is not None and (one.begin_ns is None or one.begin_ns < later.begin_ns)):
            done.append(one)
        else:
            doubts.append(
                f"baseline {one.sequence}.{one.correction} was left out: {later.sequence}.{later.correction} rules"
            )
    return done[::-1], doubts


def _fill_hours(draft: Draft, zone: _Zone, doubts: list[str]) -> None:
    temporary = zone.slice.kind == "TEMPDELTA" and zone.slice.element.first("activation") is None
    found = aixm_hours.Hours((), None) if temporary else aixm_hours.hours(zone.slice.element, doubts)
    draft.periods, draft.hours_unread = found
    for delta in zone.deltas:
        named = f"temporary change {delta.sequence}.{delta.correction}"
        status = (delta.element.said("activation", "AirspaceActivation", "status") or "").upper()
        if delta.kind == "PERMDELTA" or status not in {"ACTIVE", "IN_USE"}:
            doubts.append(f"{named} ({delta.kind} {status or 'without an activation'}) was not applied")
        elif draft.periods or draft.hours_unread:
            extra = aixm_hours.hours(delta.element, doubts)
            daily = extra.periods[0].daily if extra.periods else ()
            if extra.unread:
                draft.hours_unread = f"{draft.hours_unread or ''} {named}: {extra.unread}".strip()
            draft.periods = (*draft.periods, Period(start_ns=delta.begin_ns, end_ns=delta.end_ns, daily=daily))
            doubts.append(f"{named} activates it besides its own hours")


def _fill_words(draft: Draft, said: Element, under: Element, zone: _Zone) -> None:
    notes = list(said.all("annotation", "Note", "translatedNote", "LinguisticNote", "note"))[:TEXTS_MAX]
    draft.texts = tuple(
        Text(about="message", lang=note.attributes.get("lang", ""), text=" ".join(note.text.split())[:2_000])
        for note in notes
        if note.text
    )
    draft.conditions = next((text.text for text in draft.texts), None)
    for name in ("type", "localType", "designatorICAO", "controlType"):
        text = said.said(name) or under.said(name)
        if text is not None:
            draft.carried[f"aixm.{name}"] = text[:200]
    classes = [one.text for one in said.all("class", "AirspaceLayerClass", "classification") if one.text][:TEXTS_MAX]
    if classes:
        draft.carried["aixm.class"] = [one[:20] for one in classes]
    draft.carried["aixm.identifier"] = zone.identifier[:200]


def _rule(kind: str | None, local: str | None, doubts: list[str]) -> Rule:
    word = (kind or "").upper().removeprefix("OTHER:")
    rule = RULES.get(word)
    said = f"type {show(kind)}" + (f", local type {show(local)}" if local else "")
    if rule is None:
        doubts.append(f"{said} does not say what it asks of a drone; read as: needs a permit")
        return Rule.NEEDS_PERMIT
    if rule is not Rule.PROHIBITED:
        doubts.append(f"{said} is meant for manned aviation; read as: {MEANT[rule]}")
    return rule


# Limits.


def _limits(volume: Element, doubts: list[str]) -> tuple[Limit, Limit]:
    floor, ceiling = _limit(volume, "lowerLimit", doubts), _limit(volume, "upperLimit", doubts)
    ceiling = _wider(ceiling, volume, "maximumLimit", doubts)
    floor = _wider(floor, volume, "minimumLimit", doubts)
    if floor == "unlimited":
        doubts.append("lowerLimit says unlimited; taken as not stated")
        floor = None
    if zonefile.at_or_below(ceiling, floor):
        doubts.append("lowerLimit is not below upperLimit; both taken as not stated")
        return None, None
    return floor, ceiling


def _wider(limit: Limit, volume: Element, name: str, doubts: list[str]) -> Limit:
    """Return the outer one of a limit and its alternative ("whichever is higher"); None where nobody can say."""
    if volume.said(name) is None:
        return limit
    other = _limit(volume, name, doubts)
    apart_mm = difference_mm(other, limit) if isinstance(other, Altitude) and isinstance(limit, Altitude) else None
    if apart_mm is None:
        doubts.append(f"{name} is an alternative that cannot be compared as it stands; taken as not stated")
        return None
    return other if (apart_mm > 0) == (name == "maximumLimit") else limit


def _limit(volume: Element, name: str, doubts: list[str]) -> Limit:
    found = volume.first(name)
    text = found.text.upper() if found is not None else ""
    if found is None or not text:
        return None
    if text == "GND":
        return Altitude(0, Datum.AGL)
    if text == "UNL":
        return "unlimited"
    unit = found.attributes.get("uom", "").upper()
    reference = (volume.said(f"{name}Reference") or "").upper() or ("STD" if unit in {"FL", "SM"} else "")
    if not _NUMBER.fullmatch(text) or unit not in UNITS or reference not in DATUMS:
        doubts.append(
            f"{name} {show(found.text)} {show(unit)} above {show(reference)} was not read; taken as not stated"
        )
        return None
    if unit in {"FL", "SM"} and reference != "STD":
        doubts.append(f"{name} is a level above {reference}, which cannot be; taken as not stated")
        return None
    if unit == "FL" and Decimal(text) >= NO_LEVEL:
        doubts.append(f"{name} FL {text} read as unlimited")
        return "unlimited"
    value_mm = scaled(Decimal(text), UNITS[unit])
    if not -20_000_000 <= value_mm <= 400_000_000:
        doubts.append(f"{name} {text} {unit}: that is no height of an airspace; taken as not stated")
        return None
    return Altitude(value_mm, DATUMS[reference])


# Adding and subtracting volumes.


def _rings(outline: Polygon | Circle) -> tuple[tuple[tuple[int, int], ...], ...]:
    return outline.rings if isinstance(outline, Polygon) else ()


def _combined(
    done: list[Volume], found: list[Volume], operation: str, drawing: Drawing, doubts: list[str]
) -> list[Volume]:
    match operation:
        case "SUBTR":
            for hole in found:
                done = [_without(volume, hole, drawing, doubts) for volume in done]
            return done
        case "INTERS":
            doubts.append("it is cut down to an intersection, which is not read: the whole area was kept")
            return done or found
        case "BASE" | "UNION":
            return [*done, *found]
        case other:
            doubts.append(f"operation {show(other)} is not known; read as UNION")
            return [*done, *found]


def _without(volume: Volume, hole: Volume, drawing: Drawing, doubts: list[str]) -> Volume:
    """Return a volume with a hole where the other lies wholly in it, as high and as deep; else as it was."""
    outer, inner = gmlcurve.as_ring(volume.outline, drawing), gmlcurve.as_ring(hole.outline, drawing)
    holes = _rings(volume.outline)[1:]
    drawing.compare(len(outer) + len(inner))
    area, cut = shapely.Polygon(outer, holes), shapely.Polygon(inner)
    if not area.is_valid or not cut.is_valid:
        doubts.append("a part is subtracted whose outline crosses itself: not subtracted")
    elif area.disjoint(cut):
        return volume
    elif not _covers(hole, volume):
        doubts.append("a part is subtracted between other limits than its own: not subtracted")
    elif not area.contains_properly(cut):
        doubts.append("a part is subtracted that is no hole in it: not subtracted, the larger area was kept")
    else:
        drawing.spend(len(outer) + len(inner))
        if isinstance(volume.outline, Circle):
            doubts.append("the circle became a polygon, within 1 cm, to hold the part that is subtracted")
        return Volume(outline=Polygon(rings=(outer, *holes, inner)), floor=volume.floor, ceiling=volume.ceiling)
    return volume


def _covers(hole: Volume, volume: Volume) -> bool:
    """Say whether a subtraction surely reaches as low and as high as what it is taken from."""
    if hole.floor is None and hole.ceiling is None:
        return True  # it states no limits of its own
    low = hole.floor == volume.floor or zonefile.at_or_below(hole.floor, volume.floor)
    high = hole.ceiling in ("unlimited", volume.ceiling) or zonefile.at_or_below(volume.ceiling, hole.ceiling)
    return low and high
