"""Curves and surfaces of GML 3.2 as aviation uses them, to rings whose edges are straight in lat/lon (OGC 12-028r1).

    LineStringSegment, LineString, LinearRing      straight in the coordinates: as they are
    GeodesicString, Geodesic                       geodesics, within 1 cm
    ArcByCenterPoint                               an arc by azimuths, within 1 cm
    CircleByCenterPoint, Circle                    a Circle, where it is the whole ring
    Arc, ArcString                                 arcs through three points
    Curve, CompositeCurve, OrientableCurve, Ring   what they hold, in order
    xlink:href                                     a curve elsewhere: a border, of which the part between is used

Axis order is that of srsName: EPSG:4326 is latitude, longitude; CRS84 is longitude, latitude. An azimuth of EPSG:4326
runs clockwise from north, an angle of CRS84 counter-clockwise from east; a start greater than its end turns it round.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, Polygon
from skykeep.geo import exact
from skykeep.geo.frames import metres_per_e7
from skykeep.geo.geodesic import bearing_deg, distance_m
from skykeep.wire import arcs, crossings, degrees, outlines
from skykeep.wire.jsontext import show
from skykeep.wire.outlines import RADIUS_MAX_MM, Vertex
from skykeep.wire.quantity import FOOT, MILLI, Ratio, scaled
from skykeep.wire.xmltext import Element

VERTICES_MAX = 1_200_000  # of a file, those of its arcs and geodesics included
EDGES_MAX = 50_000_000  # of borders that are looked through for where a ring leaves them
CUTTING = 20  # how much dearer it is to look whether one outline lies in another
COMPARING = 1_000  # what the smallest comparison costs, in edges
NOTES_MAX = 50  # doubts about one outline
GAP_M = 10.0  # between two pieces of a ring: beyond, it is said aloud
BORDER_M = 1_000.0  # between the end of a piece and the border that goes on from there
NESTED_MAX = 20

_MILE = Ratio(Decimal(1_852_000))
LENGTHS = {"M": MILLI, "KM": Ratio(Decimal(1_000_000)), "NM": _MILE, "NMI": _MILE, "[NMI_I]": _MILE, "FT": FOOT}
LENGTHS |= {"[FT_I]": FOOT, "MI": Ratio(Decimal(1_609_344)), "[MI_I]": Ratio(Decimal(1_609_344))}
_LAT_LON = re.compile(r".*EPSG(?:/0/|:[0-9.]*:|:)(?:4326|4258|4979)", re.IGNORECASE)
_LON_LAT = re.compile(r".*CRS84h?", re.IGNORECASE)
_SHRINKS = "an arc runs to a smaller azimuth; drawn counter-clockwise, as the standard says"
_TURNED = "an arc runs to a smaller azimuth; drawn clockwise, because the other way the outline would cross itself"
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{0,40})?")
_ANGLES = frozenset(("", "deg", "°", "urn:ogc:def:uom:epsg::9102", "http://www.opengis.net/def/uom/epsg/0/9102"))


_NO_LINE: npt.NDArray[np.float64] = np.zeros((0, 2))


@dataclasses.dataclass(frozen=True, slots=True)
class _Border:
    """A curve elsewhere, of which a ring uses the part between its neighbours; None: it is not in the file."""

    href: str
    vertices: list[Vertex] | None
    line: npt.NDArray[np.float64]  # the same as an array (n, 2)


@dataclasses.dataclass(slots=True)
class Drawing:
    """What all the geometries of a file share: how many vertices are left, and where other curves and points lie."""

    find: Callable[[str], Element | None]  # an element by its xlink:href
    left: int = VERTICES_MAX
    edges_left: int = EDGES_MAX
    borders: dict[str, _Border] = dataclasses.field(default_factory=dict)  # by their href, as they were drawn

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise Malformed(
                f"the file draws more than {VERTICES_MAX} vertices; this outline was not drawn. Split the file"
            )

    def compare(self, edges: int, weight: int = CUTTING) -> None:
        """Count the edges of outlines and borders that are compared with each other, and each comparison."""
        self.edges_left -= weight * edges + COMPARING
        if self.edges_left < 0:
            raise Malformed("too many outlines and borders of this file would have to be compared. Split the file")


@dataclasses.dataclass(frozen=True, slots=True)
class _Frame:
    """In which order coordinates are read, and what was doubted on the way."""

    drawing: Drawing
    doubts: list[str]
    lon_first: bool = False
    numbers: int = 2  # of a position
    turned: bool = False  # arcs whose start is greater than their end go the other way than the standard says
    depth: int = 0

    def inside(self, element: Element) -> _Frame:
        """Return the frame for an element, which may name another reference system."""
        if self.depth > NESTED_MAX:
            raise Malformed("curves lie too deep in one another")
        name, dimension = element.attributes.get("srsName"), element.attributes.get("srsDimension")
        numbers = 3 if dimension == "3" else 2 if dimension == "2" else self.numbers
        if name is None:
            return dataclasses.replace(self, numbers=numbers, depth=self.depth + 1)
        if not _LAT_LON.fullmatch(name) and not _LON_LAT.fullmatch(name):
            raise Malformed(f"coordinates in {show(name)} are not read; EPSG:4326 and CRS84 are")
        if "4258" in name:
            _note(self.doubts, "coordinates in ETRS89 were read as WGS 84, which differs by less than a metre")
        return dataclasses.replace(
            self, lon_first=_LON_LAT.fullmatch(name) is not None, numbers=numbers, depth=self.depth + 1
        )


def _note(doubts: list[str], doubt: str) -> None:
    if len(doubts) < NOTES_MAX and doubt not in doubts:
        doubts.append(
            doubt if len(doubts) + 1 < NOTES_MAX else "there are more doubts about this outline than are listed"
        )


def outlines_of(surface: Element, drawing: Drawing, doubts: list[str]) -> list[Polygon | Circle]:
    """Return each patch of a surface as a circle or a polygon with its holes; Malformed where one cannot be drawn.

    An arc drawn as the standard says may cross its own ring, because many files give every arc from the smaller
    azimuth clockwise; where it does and the other way round does not, the other one is taken, with a doubt.
    """
    heard: list[str] = []
    try:
        found = _patches(surface, _Frame(drawing, heard))
    except Malformed:
        if _SHRINKS not in heard:
            raise
        heard = []
        found = _patches(surface, _Frame(drawing, heard, turned=True))
    for doubt in heard:
        _note(doubts, doubt)
    return found


def _patches(surface: Element, frame: _Frame) -> list[Polygon | Circle]:
    frame = frame.inside(surface)
    patches = list(surface.below("PolygonPatch", "Polygon", "Rectangle", "Triangle"))
    if surface.first("exterior") is not None:
        patches = [surface]
    if not patches:
        raise Malformed(f"<{surface.name}> holds no patch with an exterior")
    return [_patch(patch, frame) for patch in patches]


def _patch(patch: Element, frame: _Frame) -> Polygon | Circle:
    frame = frame.inside(patch)
    exterior = patch.first("exterior")
    if exterior is None or not exterior.children:
        raise Malformed("a patch without an exterior")
    outer = _ring(exterior.children[0], frame, "outline")
    holes = [
        _ring(inner.children[0], frame, f"hole {number}")
        for number, inner in enumerate(patch.all("interior"), start=1)
        if inner.children
    ]
    if not holes:
        return outer
    rings = [as_ring(outer, frame.drawing), *(as_ring(hole, frame.drawing) for hole in holes)]
    return Polygon(rings=crossings.holes_checked(rings, frame.doubts))


def as_ring(outline: Polygon | Circle, drawing: Drawing) -> tuple[Vertex, ...]:
    """Return the outer ring; that of a circle within 1 cm."""
    if isinstance(outline, Polygon):
        return outline.rings[0]
    drawing.spend(1_000)
    found = arcs.arc((outline.lat_e7, outline.lon_e7), outline.radius_mm / 1e3, 0.0, 360.0, clockwise=True)
    drawing.spend(len(found))
    return outlines.ring(found, "circle")


def _ring(ring: Element, frame: _Frame, name: str) -> Polygon | Circle:
    pieces = list(_pieces(ring, frame))
    if len(pieces) == 1 and isinstance(pieces[0], Circle):
        return pieces[0]
    if any(isinstance(piece, Circle) for piece in pieces):
        raise Malformed(f"{name}: a whole circle is one of several pieces of a ring")
    drawn = [piece for piece in pieces if not isinstance(piece, Circle)]
    return Polygon(rings=(outlines.ring(_joined(drawn, frame, name), name, frame.doubts),))


_Piece = list[Vertex] | Circle | _Border


def _pieces(curve: Element, frame: _Frame) -> Iterator[_Piece]:
    """Yield the pieces of a ring or a curve in their order."""
    frame = frame.inside(curve)
    if curve.name == "LinearRing":
        yield _straight(curve, frame)
        return
    for child in curve.children:
        match child.name:
            case "curveMember" | "baseCurve" if "href" in child.attributes:
                yield _border(child.attributes["href"], frame)
            case "curveMember" | "baseCurve" | "segments" | "curveMembers":
                yield from _pieces(child, frame)
            case "Curve" | "CompositeCurve" | "Ring":
                yield from _pieces(child, frame)
            case "OrientableCurve":
                found = list(_pieces(child, frame))
                yield from map(_back, reversed(found)) if child.attributes.get("orientation") == "-" else found
            case "pos" | "posList" | "pointProperty" | "pointRep" if curve.name in {"LineString", "GeodesicString"}:
                return  # read as a whole by its own segment
            case _:
                segment = _segment(child, frame)
                if segment is not None:
                    yield segment


def _back(piece: _Piece) -> _Piece:
    return piece[::-1] if isinstance(piece, list) else piece


def _segment(segment: Element, frame: _Frame) -> _Piece | None:
    frame = frame.inside(segment)
    match segment.name:
        case "LineStringSegment" | "LineString":
            return _straight(segment, frame)
        case "GeodesicString" | "Geodesic":
            return _geodesics(segment, frame)
        case "ArcByCenterPoint":
            return _arc(segment, frame)
        case "CircleByCenterPoint":
            return _circle(_one_place(segment, frame), _radius_mm(segment))
        case "Arc" | "ArcString":
            return _arcs_by_three(segment, frame)
        case "Circle":
            return _circle_by_three(_places(segment, frame))
        case "metaDataProperty" | "description" | "name" | "identifier" | "annotation" | "boundedBy" | "extension":
            return None
        case other:
            places = _places(segment, frame)
            if len(places) < 2:
                raise Malformed(f"<{other}> is no curve that is read here")
            _note(frame.doubts, f"a curve of kind {other} was drawn straight from point to point")
            return places


def _straight(segment: Element, frame: _Frame) -> list[Vertex]:
    return _places(segment, frame)


def _geodesics(segment: Element, frame: _Frame) -> list[Vertex]:
    places = _places(segment, frame)
    done = places[:1]
    for a, b in itertools.pairwise(places):
        if a == b:
            continue
        drawn = _drawn(frame.drawing, lambda a=a, b=b: arcs.geodesic_line(a, b))  # type: ignore[misc]
        done += drawn[1:]
    return done


def _drawn(drawing: Drawing, draw: Callable[[], list[Vertex]]) -> list[Vertex]:
    """Draw a curve and count its vertices; one that cannot be drawn has cost as much as the longest."""
    drawing.spend(2)
    try:
        found = draw()
    except Malformed:
        drawing.left -= arcs.VERTICES_MAX
        raise
    drawing.spend(len(found))
    return found


def _arc(segment: Element, frame: _Frame) -> list[Vertex]:
    centre, radius_mm = _one_place(segment, frame), _radius_mm(segment)
    start, end = (_angle_deg(segment, name) for name in ("startAngle", "endAngle"))
    grows = end > start or frame.turned
    if end <= start:
        _note(frame.doubts, _TURNED if frame.turned else _SHRINKS)
    if frame.lon_first:
        start, end, grows = 90.0 - start, 90.0 - end, not grows
    return _drawn(frame.drawing, lambda: arcs.arc(centre, radius_mm / 1e3, start, end, clockwise=grows))


def _angle_deg(segment: Element, name: str) -> float:
    said = segment.first(name)
    text = said.text if said is not None else ""
    if said is None or not _NUMBER.fullmatch(text) or said.attributes.get("uom", "").lower() not in _ANGLES:
        raise Malformed(f"{segment.name}: {name} {show(text)} is no angle in degrees")
    return float(text)


def _radius_mm(segment: Element) -> int:
    said = segment.first("radius")
    text = said.text if said is not None else ""
    unit = said.attributes.get("uom", "") if said is not None else ""
    ratio = LENGTHS.get(unit.upper())
    if ratio is None or not _NUMBER.fullmatch(text):
        raise Malformed(f"{segment.name}: radius {show(text)} {show(unit)} is no length that is read here")
    radius_mm = scaled(Decimal(text), ratio)
    if not 0 < radius_mm <= RADIUS_MAX_MM:
        raise Malformed(f"radius {text} {unit} is not more than 0 and at most {RADIUS_MAX_MM // 1_000_000} km")
    return radius_mm


def _circle(centre: Vertex, radius_mm: int) -> Circle:
    return Circle(lat_e7=centre[0], lon_e7=centre[1], radius_mm=radius_mm)


def _arcs_by_three(segment: Element, frame: _Frame) -> list[Vertex]:
    places = _places(segment, frame)
    if len(places) < 3 or len(places) % 2 == 0:
        raise Malformed(f"{segment.name} of {len(places)} points; an arc has three, each next one two more")
    done = places[:1]
    for at in range(0, len(places) - 2, 2):
        done += _arc_by_three(places[at], places[at + 1], places[at + 2], frame)[1:]
    return done


def _arc_by_three(a: Vertex, middle: Vertex, b: Vertex, frame: _Frame) -> list[Vertex]:
    centre, clockwise = _centre(a, middle, b)
    if centre is None:
        return [a, middle, b]
    first = _drawn(frame.drawing, lambda: arcs.arc_between(centre, a, middle, clockwise=clockwise, doubts=frame.doubts))
    second = _drawn(
        frame.drawing, lambda: arcs.arc_between(centre, middle, b, clockwise=clockwise, doubts=frame.doubts)
    )
    return [*first, *second[1:]]


def _circle_by_three(places: list[Vertex]) -> Circle:
    centre = _centre(places[0], places[1], places[2])[0] if len(places) >= 3 else None
    if centre is None:
        raise Malformed("Circle: it takes three points that are not on one line")
    metres = [distance_m(centre[0] / 1e7, centre[1] / 1e7, lat / 1e7, lon / 1e7) for lat, lon in places[:3]]
    return _circle(centre, round(sum(metres) / 3 * 1e3))


def _centre(a: Vertex, middle: Vertex, b: Vertex) -> tuple[Vertex | None, bool]:
    """Return the centre of the circle through three points, in the plane that touches the middle one, and the turn."""
    north_m, east_m = metres_per_e7(middle[0] / 1e7)
    ax, ay = (a[1] - middle[1]) * east_m, (a[0] - middle[0]) * north_m
    bx, by = (b[1] - middle[1]) * east_m, (b[0] - middle[0]) * north_m
    cross = ax * by - ay * bx
    if abs(cross) < 1e-6 * (ax * ax + ay * ay + bx * bx + by * by) or east_m <= 0.0:
        return None, True
    a2, b2 = ax * ax + ay * ay, bx * bx + by * by
    x, y = (by * a2 - ay * b2) / (2 * cross), (ax * b2 - bx * a2) / (2 * cross)
    if math.hypot(x, y) > RADIUS_MAX_MM / 1e3:
        return None, True
    centre = middle[0] + round(y / north_m), middle[1] + round(x / east_m)
    for _ in range(3):
        centre = _evened(centre, (a, middle, b))
    return centre, cross > 0


def _evened(centre: Vertex, places: tuple[Vertex, Vertex, Vertex]) -> Vertex:
    """Move a centre so that the three places lie as far from it on the ellipsoid, not only in a plane (Newton)."""
    here = centre[0] / 1e7, centre[1] / 1e7
    away = [distance_m(*here, lat / 1e7, lon / 1e7) for lat, lon in places]
    ways = [exact.sincos_deg(bearing_deg(*here, lat / 1e7, lon / 1e7)) for lat, lon in places]
    (ax, ay), (bx, by) = ((way[0] - ways[0][0], way[1] - ways[0][1]) for way in ways[1:])
    cross = ax * by - ay * bx
    if not abs(cross) > 1e-9:
        return centre
    p, q = away[1] - away[0], away[2] - away[0]
    north_m, east_m = metres_per_e7(here[0])
    return centre[0] + round((ax * q - bx * p) / cross / north_m), centre[1] + round((p * by - q * ay) / cross / east_m)


def _places(of: Element, frame: _Frame) -> list[Vertex]:
    """Return the positions of a segment, however they are written."""
    done: list[Vertex] = []
    for child in of.children:
        match child.name:
            case "pos" | "posList" | "coordinates":
                done += _read(child, frame)
            case "pointProperty" | "pointRep":
                done += _point(child, frame)
    frame.drawing.spend(len(done))
    return done


def _point(of: Element, frame: _Frame) -> list[Vertex]:
    href = of.attributes.get("href")
    if href is None:
        return [place for point in of.children for place in _read_point(point, frame)]
    found = frame.drawing.find(href)
    point = None if found is None else next(found.below("pos"), None)
    if point is None:
        raise Malformed(f"a point refers to {show(href)}, which is not in this file")
    return _read(point, frame)


def _read_point(point: Element, frame: _Frame) -> list[Vertex]:
    inner = frame.inside(point)
    return [place for pos in point.all("pos") for place in _read(pos, inner)]


def _one_place(of: Element, frame: _Frame) -> Vertex:
    places = _places(of, frame)
    if len(places) != 1:
        raise Malformed(f"{of.name}: {len(places)} points where its centre belongs")
    return places[0]


def _read(pos: Element, frame: _Frame) -> list[Vertex]:
    frame = frame.inside(pos)
    numbers = pos.text.replace(",", " ").split() if pos.name == "coordinates" else pos.text.split()
    each = frame.numbers
    if pos.name == "pos":
        each = len(numbers)
    if not 2 <= each <= 3 or len(numbers) % each:
        raise Malformed(f"{show(pos.text)} is no list of positions of {each} numbers")
    if (count := len(numbers) // each) > crossings.VERTICES_MAX:
        raise Malformed(f"{count} vertices; at most {crossings.VERTICES_MAX} are read, so simplify the ring")
    first, second = numbers[0::each], numbers[1::each]
    lats, lons = (second, first) if frame.lon_first else (first, second)
    return [(degrees.lat_e7(lat), degrees.lon_e7(lon)) for lat, lon in zip(lats, lons, strict=True)]


# Rings: pieces end to end.


def _joined(pieces: list[list[Vertex] | _Border], frame: _Frame, name: str) -> list[Vertex]:
    """Put the pieces of a ring end to end; a border is cut to the part between its neighbours."""
    drawn = [_cut(pieces, number, frame) for number in range(len(pieces))]
    drawn = [piece for piece in drawn if piece]
    done: list[Vertex] = []
    for piece in drawn:
        _note_gap(done[-1:], piece[:1], frame, name)
        done += piece
    _note_gap(done[-1:], done[:1], frame, name)
    return done


def _note_gap(before: list[Vertex], after: list[Vertex], frame: _Frame, name: str) -> None:
    if not before or not after or before == after:
        return
    gap_m = _apart_m(before[0], after[0])
    if not gap_m <= GAP_M:
        _note(frame.doubts, f"{name}: a gap of {gap_m:.0f} m between two pieces was closed with a straight edge")


def _apart_m(a: Vertex, b: Vertex) -> float:
    return distance_m(a[0] / 1e7, a[1] / 1e7, b[0] / 1e7, b[1] / 1e7)


def _cut(pieces: list[list[Vertex] | _Border], number: int, frame: _Frame) -> list[Vertex]:
    piece = pieces[number]
    if isinstance(piece, list):
        return piece
    before, after = pieces[number - 1], pieces[(number + 1) % len(pieces)]
    if piece.vertices is None:
        if not isinstance(before, list) or not isinstance(after, list):
            raise Malformed(f"the border {show(piece.href)} is not in this file, and what it borders neither")
        _note(
            frame.doubts, f"the border {show(piece.href)} is not in this file; its ends were joined by a straight edge"
        )
        return []
    if not isinstance(before, list) or not isinstance(after, list) or not before or not after:
        return piece.vertices
    return _between(piece, before[-1], after[0], frame)


def _between(border: _Border, a: Vertex, b: Vertex, frame: _Frame) -> list[Vertex]:
    """Return the part of a border from beside `a` to beside `b`, in whichever direction that is."""
    vertices = border.vertices or []
    at_a, at_b = _nearest(border, a, frame.drawing), _nearest(border, b, frame.drawing)
    for place, (_, on_border) in ((a, at_a), (b, at_b)):
        away_m = _apart_m(place, on_border)
        if not away_m <= BORDER_M:
            _note(frame.doubts, f"the outline leaves the border {show(border.href)} by {away_m:.0f} m where they join")
    low, high = sorted((at_a[0], at_b[0]))
    between = vertices[low + 1 : high + 1]
    if at_a[0] > at_b[0]:
        between.reverse()
    frame.drawing.spend(len(between))
    if vertices[0] == vertices[-1]:
        _note(
            frame.doubts,
            f"the border {show(border.href)} is closed; the part that does not pass its beginning was taken",
        )
    return [at_a[1], *between, at_b[1]]


def _nearest(border: _Border, place: Vertex, drawing: Drawing) -> tuple[int, Vertex]:
    """Return the edge of a border nearest to a place, and the point on it, in the plane that touches there."""
    line = border.line
    drawing.compare(len(line), 1)
    at = (line - place) * metres_per_e7(place[0] / 1e7)  # north, east
    steps = at[1:] - at[:-1]
    sizes = np.maximum((steps * steps).sum(axis=1), 1e-9)
    along = np.clip(-(at[:-1] * steps).sum(axis=1) / sizes, 0.0, 1.0)
    off = at[:-1] + along[:, None] * steps
    edge = int(np.argmin((off * off).sum(axis=1)))
    lat_e7, lon_e7 = np.rint(line[edge] + along[edge] * (line[edge + 1] - line[edge])).tolist()
    return edge, (int(lat_e7), int(lon_e7))


def _border(href: str, frame: _Frame) -> _Border:
    """Return a curve elsewhere; drawn once, however often it is referred to."""
    drawing = frame.drawing
    if href not in drawing.borders:
        drawing.borders[href] = _Border(href, None, _NO_LINE)  # should it refer to itself
        drawing.borders[href] = _drawn_border(href, frame)
    return drawing.borders[href]


def _drawn_border(href: str, frame: _Frame) -> _Border:
    found = frame.drawing.find(href)
    curve = None if found is None else next(found.below("Curve", "CompositeCurve", "LineString"), None)
    if curve is None:
        return _Border(href, None, _NO_LINE)
    pieces = list(_pieces(curve, frame) if curve.name != "LineString" else [_straight(curve, frame)])
    vertices = [vertex for piece in pieces if isinstance(piece, list) for vertex in piece]
    kept = [one for number, one in enumerate(vertices) if number == 0 or one != vertices[number - 1]]
    if len(kept) < 2 or not all(isinstance(piece, list) for piece in pieces):
        return _Border(href, None, _NO_LINE)
    return _Border(href, kept, np.array(kept, dtype=np.float64))
