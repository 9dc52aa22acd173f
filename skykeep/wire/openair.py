"""OpenAir, the airspace format of gliders (WinPilot 1998; Naviter's extensions, version 2.1): a record a line.

    AC class     begins an airspace           DP place             a corner of the outline
    AY type      of it (extension)            V X=place, V D=+ -   centre and direction of what follows
    AN name      AI id (extension)            DA radius, from, to  an arc around the centre, by azimuths
    AL AH        floor and ceiling            DB place, place      an arc around the centre, by its ends
    AF AG AX     frequency, station, squawk   DC radius            a circle around the centre: it stays one
    AA from/to   when it is active, UTC       SP SB V Z= V T=      how to draw it: left out
    AT place     where to write its name      * words              a comment

An outline closes itself. Airspaces in a row with one AI and one name are volumes of one zone. An id is the AI, else
made from the name. What class and type mean for a drone is judged in wire/openair_class.py. Hours are read from AA
alone; where it is absent, a name that speaks of hours ("(NOTAM)", "MON-FRI", "HX") leaves them unread. DY (airways)
is not read.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, Limit, Period, Polygon, Volume
from skykeep.wire import arcs, openair_class, openair_quantity, outlines, zonefile
from skykeep.wire.jsontext import BOM, show
from skykeep.wire.moments import iso_ns
from skykeep.wire.outlines import Vertex
from skykeep.wire.zonefile import Draft, Import

SOURCE_FORMAT = "openair"
CARRIED = "openair."  # the records of a zone in `carried`: "openair.AC" ...

BYTES_MAX = 60_000_000
LINES_MAX = 1_200_000
RECORDS_MAX = 250_000  # of one airspace
ZONES_MAX = 50_000
LINE_MAX = 4_000  # characters of a record
VERTICES_MAX = 800_000  # of a file, those of its arcs included

_BEGINS = re.compile(rb"^[ \t]*AC[ \t]+[^\r\n]", re.MULTILINE)
_DRAWS = re.compile(rb"^[ \t]*(?:DP|DC|DB|DA|V)[ \t]", re.MULTILINE)
_RECORD = re.compile(r"(V|[A-Z]{2})(?:\s+|$)", re.IGNORECASE)
_COMMENT = re.compile(r"(?:^|\s)\*.*")
_SPEAKS_OF_HOURS = re.compile(
    r"\b(?:NOTAM|HX|HJ|HN|HO|SR|SS|EXC|PPR|HOL|WE|JF|S?DJF|SAUF|MON|TUE|WED|THU|FRI|SAT|SUN|MO-FR|MO-SA"
    r"|(?i:activ(?:e|ation)|january|february|april|june|july|august|september|october|november|december"
    r"|janvier|f[eé]vrier|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[eé]cembre))\b"
    r"|\b[0-9]{4}-[0-9]{4}Z?\b|[0-9],[0-9]{1,2}/[0-9]{2}\b"
)
_NOT_IN_AN_ID = re.compile(r"[^\w.~+-]+")
_AZIMUTHS = re.compile(r"\s*([0-9.]{1,20})\s*,\s*([+-]?[0-9.]{1,20})\s*,\s*([+-]?[0-9.]{1,20})\s*(?:[*;#].*)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")

UNKNOWN_SAID = 20  # lines named in the doubts of one zone

STYLE = ("SP", "SB")
TERRAIN = ("TO", "TC")


class Record(NamedTuple):
    """One line that says something."""

    line: int  # from 1
    code: str  # "AC", "DP", "V" ...; "??" where it is none
    words: str

    @property
    def draws(self) -> bool:
        """Whether it is part of an outline."""
        return self.code[0] in "DV"


@dataclasses.dataclass(slots=True)
class Airspace:
    """The records of one airspace; `lines` as they stood in the file, with the comments between them."""

    records: list[Record] = dataclasses.field(default_factory=list)
    lines: list[str] = dataclasses.field(default_factory=list)
    codes: set[str] = dataclasses.field(default_factory=set)
    drawn: bool = False  # something of an outline was there

    def add(self, record: Record, lines: list[str]) -> None:
        """Add a record with the lines that it stands in."""
        self.lines += lines
        self.records.append(record)
        self.codes.add(record.code)
        self.drawn = self.drawn or record.draws

    def all(self, code: str) -> list[str]:
        """Return the words of each record of a kind."""
        return [record.words for record in self.records if record.code == code]

    def one(self, code: str, doubts: list[str]) -> str:
        """Return the words of a record that stands once; "" where it is missing, or says two things."""
        found = self.all(code)
        if len(set(found)) > 1:
            doubts.append(f"{code} stands {len(found)} times ({'; '.join(map(show, found[:3]))}); taken as not stated")
            return ""
        return found[0] if found else ""

    def begins_again(self, code: str) -> bool:
        """Say whether a record of this kind belongs to the next airspace."""
        if code == "AC":
            return self.drawn or "AC" in self.codes
        return code in TERRAIN or (self.drawn and code in ("AN", "AY", "AI"))

    @property
    def is_one(self) -> bool:
        """Whether it is an airspace at all: not terrain, not variables alone."""
        return bool(self.records) and self.records[0].code not in TERRAIN and self.codes != {"V"}

    @property
    def identity(self) -> tuple[str, ...] | None:
        """What airspaces that are volumes of one zone share; None where it has no AI."""
        if not self.all("AI"):
            return None
        said = (record for record in self.records if record.code[0] == "A" and record.code not in ("AL", "AH", "AT"))
        return tuple(sorted(f"{record.code} {record.words}" for record in said))


def sniff(data: bytes) -> bool:
    """Say whether a file looks like OpenAir: text with an AC record and something drawn."""
    head = data[:1_000_000].removeprefix(BOM)
    return not _is_marked_up(head) and bool(_BEGINS.search(head) and _DRAWS.search(head))


def _is_marked_up(data: bytes) -> bool:
    first = data[:1_000].lstrip()[:1]
    return first != b"" and first in b"{[<"


def read(data: bytes, *, source_sha256: str) -> Import:
    """Return the zones of an OpenAir file; Malformed only where the file as a whole is none."""
    doubts: list[str] = []
    text = _text(data, doubts)
    reader = _Reader()
    zones = _zones(_airspaces(text, doubts))
    pairs = (("\n".join(line for one in zone for line in one.lines).encode(), zone) for zone in zones)
    done = zonefile.import_parsed(
        pairs, reader.draft, source_format=SOURCE_FORMAT, source_sha256=source_sha256, doubts=doubts
    )
    if reader.left < 0:
        raise Malformed(f"more than {VERTICES_MAX} vertices, those of arcs included. Split the file")
    if reader.named:
        doubts.append(f"{reader.named} airspaces have no AI; their ids were made from their names")
    return done


def _text(data: bytes, doubts: list[str]) -> str:
    data = data.removeprefix(BOM)
    if len(data) > BYTES_MAX:
        raise Malformed(f"{len(data)} bytes; an OpenAir file may have {BYTES_MAX}. Split the file")
    if _is_marked_up(data):
        raise Malformed("it begins like JSON or XML; an OpenAir file has an AC record for each airspace")
    if (lines := max(data.count(b"\n"), data.count(b"\r"))) > LINES_MAX:
        raise Malformed(f"{lines} lines; an OpenAir file may have {LINES_MAX}. Split the file")
    if b"\0" in data:
        raise Malformed(f"a zero byte (byte {data.index(0)}): this is no text, or UTF-16; save it as UTF-8")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        doubts.append(f"not UTF-8 (byte {error.start}); read as Windows-1252, so accented letters may be wrong")
        return data.decode("cp1252", errors="replace")


def _airspaces(text: str, doubts: list[str]) -> Iterator[Airspace]:
    """Yield airspaces as the lines between one beginning and the next; terrain is left out."""
    current, between, count = Airspace(), list[str](), 0
    for number, line in enumerate(_lines(text), start=1):
        record = _record(number, line)
        if record is None:
            between.append(line[:LINE_MAX])
            continue
        if current.begins_again(record.code):
            if current.is_one:
                yield current
                count += 1
            current, between = Airspace(), []
        if count > ZONES_MAX or len(current.records) > RECORDS_MAX:
            raise Malformed(
                f"line {number}: over {ZONES_MAX} airspaces, or {RECORDS_MAX} records in one. Split the file"
            )
        if record.code in TERRAIN:
            doubts.append(f"line {number}: terrain ({record.code}) is no airspace; left out")
        if record.code not in STYLE or current.records:
            current.add(record, [*(between if current.records else []), line])
            between = []
    if current.is_one:
        yield current


def _lines(text: str) -> Iterator[str]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def _record(number: int, line: str) -> Record | None:
    """Return a line as a record; None for a blank line or a comment."""
    line = line.strip()
    if not line or line[0] in "*#;":
        return None
    if len(line) > LINE_MAX:
        return Record(number, "??", f"{len(line)} characters; a record may have {LINE_MAX}")
    found = _RECORD.match(line)
    if found is None:
        return Record(number, "??", line)
    code, words = found[1].upper(), line[found.end() :]
    return Record(number, code, words if code[0] in "DV" else words_of(words))


def words_of(words: str) -> str:
    """Return what a record says, without a comment behind it."""
    return _COMMENT.sub("", words).strip()


def _zones(airspaces: Iterable[Airspace]) -> Iterator[list[Airspace]]:
    """Yield airspaces that are one zone together."""
    zone: list[Airspace] = []
    for one in airspaces:
        if zone and (one.identity is None or one.identity != zone[-1].identity):
            yield zone
            zone = []
        zone.append(one)
    if zone:
        yield zone


class _Reader:
    """Makes zones of airspaces, and counts what the file as a whole may have only so much of."""

    def __init__(self) -> None:
        self.left = VERTICES_MAX
        self.named = 0

    def draft(self, zone: list[Airspace], doubts: list[str]) -> Draft:
        first = zone[0]
        if len(zone) > 1:
            doubts.append(f"{len(zone)} airspaces with one AI and one name in a row; read as volumes of one zone")
        _doubt_unknown(zone, doubts)
        name, given = first.one("AN", doubts), first.one("AI", doubts)
        self.named += not given
        periods, unread = hours(first.all("AA"), name, doubts)
        volumes, lost = list[Volume](), list[str]()
        for one in zone:
            try:
                volumes += self._volumes(one, doubts)
            except Malformed as error:
                lost.append(str(error))
        return Draft(
            identifier=given or _NOT_IN_AN_ID.sub("-", name).strip("-") or None,
            name=name or None,
            rule=openair_class.rule(first.one("AC", doubts), first.one("AY", doubts), doubts),
            volumes=volumes,
            lost=lost,
            periods=periods,
            hours_unread=unread,
            contact=_contact(first),
            carried=_carried(first),
        )

    def _volumes(self, airspace: Airspace, doubts: list[str]) -> list[Volume]:
        floor, ceiling = _limits(airspace, doubts)
        pen = _Pen(doubts)
        for record in airspace.records:
            if not record.draws:
                continue
            if self.left < 0:
                raise Malformed("the file has too many vertices")
            try:
                self.left -= pen.draw(record.code, record.words)
            except Malformed as error:
                self.left -= arcs.VERTICES_MAX // 4 if isinstance(error, arcs.TooLong) else 0
                raise Malformed(f"line {record.line}, {record.code}: {error}") from error
        try:
            found = pen.outlines()
        except Malformed:
            self.left -= 3 * pen.drawn  # to find out where a long ring crosses itself takes longer than to draw it
            raise
        return [Volume(outline=outline, floor=floor, ceiling=ceiling) for outline in found]


class _Pen:
    """Draws the outline of one airspace."""

    def __init__(self, doubts: list[str]) -> None:
        self._doubts = doubts
        self._vertices: list[Vertex] = []
        self._circles: list[Circle] = []
        self._centre: Vertex | None = None
        self._clockwise = True

    def draw(self, code: str, words: str) -> int:
        """Follow one record; return how many vertices it gave."""
        before = len(self._vertices)
        match code:
            case "DP":
                self._vertices.append(openair_quantity.one_place(words, self._doubts))
            case "V":
                self._set(words)
            case "DB":
                self._vertices += self._arc_between(words)
            case "DA":
                self._vertices += self._arc(words)
            case "DC":
                self._circles.append(self._circle(words))
            case "DY":
                raise Malformed("airways are not read; give the outline with DP records")
            case _:
                raise Malformed("no such record is known")
        return len(self._vertices) - before

    @property
    def drawn(self) -> int:
        """How many vertices there are."""
        return len(self._vertices)

    def outlines(self) -> list[Polygon | Circle]:
        """Return what was drawn; nothing at all is Malformed."""
        found: list[Polygon | Circle] = [*self._circles]
        if self._vertices:
            found.insert(0, Polygon(rings=(self._ring(),)))
        if not found:
            raise Malformed("it has no outline")
        if len(found) > 1:
            self._doubts.append("more than one outline in one airspace; each was read as a volume")
        return found

    def _ring(self) -> tuple[Vertex, ...]:
        if not _is_line(self._vertices):
            return outlines.ring(self._vertices, "outline", self._doubts)
        ring = _along(self._vertices)
        self._doubts.append("its outline is a line, a cable perhaps; read as an area 2 cm wide along it")
        return ring

    def _around(self) -> Vertex:
        if self._centre is None:
            raise Malformed("no centre; a record V X= must stand before it")
        return self._centre

    def _set(self, words: str) -> None:
        variable, _, value = words.partition("=")
        name = variable.strip().upper()
        if name == "X":
            self._centre = openair_quantity.one_place(value, self._doubts)
        elif name == "D" and value.strip()[:1] in ("+", "-"):
            self._clockwise = value.strip()[0] == "+"
        elif name not in ("W", "Z", "T"):
            raise Malformed(f"{show(words)} sets nothing that is known")

    def _circle(self, words: str) -> Circle:
        lat_e7, lon_e7 = self._around()
        return Circle(lat_e7=lat_e7, lon_e7=lon_e7, radius_mm=openair_quantity.length_mm(words, self._doubts))

    def _arc_between(self, words: str) -> list[Vertex]:
        a, end = openair_quantity.place(words, self._doubts)
        while end < len(words) and words[end] in " \t,":
            end += 1
        b, end = openair_quantity.place(words, self._doubts, end)
        openair_quantity.rest(words, end, self._doubts)
        return arcs.arc_between(self._around(), a, b, clockwise=self._clockwise, doubts=self._doubts)

    def _arc(self, words: str) -> list[Vertex]:
        found = _AZIMUTHS.fullmatch(words)
        if found is None or not all(_NUMBER.fullmatch(number) for number in found.groups()):
            raise Malformed(f"{show(words)} is no arc such as 10, 270, 290: radius in nautical miles, two azimuths")
        radius_m = openair_quantity.miles_mm(found[1]) / 1000
        return arcs.arc(self._around(), radius_m, float(found[2]), float(found[3]), clockwise=self._clockwise)


def _is_line(vertices: list[Vertex]) -> bool:
    """Say whether all vertices lie on one line, yet not on one point."""
    (lat_a, lon_a), (lat_b, lon_b) = min(vertices), max(vertices)
    up, aside = lat_b - lat_a, lon_b - lon_a
    return (up, aside) != (0, 0) and all((lat - lat_a) * aside == (lon - lon_a) * up for lat, lon in vertices)


def _along(vertices: list[Vertex]) -> tuple[Vertex, ...]:
    """Return the ring that lies 1e-7 degree to either side of a straight line."""
    (lat_a, lon_a), (lat_b, lon_b) = min(vertices), max(vertices)
    up, aside = (0, 1) if lat_b - lat_a >= abs(lon_b - lon_a) else (1, 0)
    before = [(lat_a - up, lon_a - aside), (lat_b - up, lon_b - aside)]
    behind = [(lat_b + up, lon_b + aside), (lat_a + up, lon_a + aside)]
    return outlines.ring([*before, *behind], "outline")


def _limits(airspace: Airspace, doubts: list[str]) -> tuple[Limit, Limit]:
    said = [airspace.one(code, doubts) for code in ("AL", "AH")]
    floor, ceiling = (
        openair_quantity.limit(words, name, doubts) if words else None
        for words, name in zip(said, ("lower limit", "upper limit"), strict=True)
    )
    if floor == "unlimited":
        doubts.append("lower limit UNL is none; taken as not stated")
        floor = None
    if zonefile.at_or_below(ceiling, floor):
        doubts.append(f"lower limit {said[0]} is not below upper limit {said[1]}; both taken as not stated")
        return None, None
    return floor, ceiling


def hours(said: list[str], name: str, doubts: list[str]) -> tuple[tuple[Period, ...], str | None]:
    """Return the periods of AA records, and the words of what leaves it open when the zone is in force."""
    periods, unread = list[Period](), list[str]()
    for words in said:
        try:
            periods.append(_period(words))
        except Malformed as error:
            unread.append(f"AA {words}: {error}")
    if not said and (found := _SPEAKS_OF_HOURS.search(name)) is not None:
        doubts.append(f"its name speaks of hours ({show(found[0])}); when it is in force was not read")
        unread.append(f"the name says when: {name}")
    return tuple(periods), "; ".join(unread) or None


def _period(said: str) -> Period:
    words = said.partition(";")[0].strip().upper()
    if words == "NONE":
        raise Malformed("only when it is announced")
    start, between, end = words.partition("/")
    if not between:
        raise Malformed("it is no interval such as 2026-05-01T10:00Z/2026-05-01T12:00Z")
    start_ns, end_ns = (None if edge.strip() in ("NONE", "") else iso_ns(edge) for edge in (start, end))
    if start_ns is not None and end_ns is not None and start_ns >= end_ns:
        raise Malformed("it ends before it begins")
    return Period(start_ns=start_ns, end_ns=end_ns, daily=())


def _is_read(words: str) -> bool:
    try:
        _period(words)
    except Malformed:
        return False
    return True


def _contact(airspace: Airspace) -> str | None:
    return " · ".join([*airspace.all("AG"), *(f"{words} MHz" for words in airspace.all("AF"))]) or None


def _carried(airspace: Airspace) -> dict[str, str | list[str]]:
    """Return the records of attributes that are no field of a zone, and those that others were judged from."""
    codes = dict.fromkeys(record.code for record in airspace.records if record.code[0] == "A" or record.code == "TP")
    said = {code: airspace.all(code) for code in codes if code not in ("AN", "AI", "AL", "AH")}
    said["AA"] = [words for words in said.get("AA", []) if not _is_read(words)]
    said = {code: listed for code, listed in said.items() if listed}
    return {CARRIED + code: words[0] if len(words) == 1 else words for code, words in said.items()}


def _doubt_unknown(zone: list[Airspace], doubts: list[str]) -> None:
    known = {*STYLE, "TP"}
    strange = [
        record for one in zone for record in one.records if record.code[0] not in "ADV" and record.code not in known
    ]
    doubts.extend(f"line {one.line}: {show(one.words)} is no OpenAir record; ignored" for one in strange[:UNKNOWN_SAID])
    if len(strange) > UNKNOWN_SAID:
        doubts.append(f"{len(strange) - UNKNOWN_SAID} more lines are no OpenAir records; ignored")
