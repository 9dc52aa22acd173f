"""Areas in NOTAMs: ICAO texts with fields Q) to G), and FAA texts that begin with "!" (ICAO Annex 15, Doc 8126).

    A0123/26 NOTAMN
    Q) UKBV/QRTCA/IV/BO/W/000/100/5030N03030E012       subject and status, lowest and highest level, enclosing circle
    A) UKBV B) 2605010600 C) 2605301800 EST D) DAILY 0600-1800
    E) TEMPORARY RESTRICTED AREA WI 503000N0303000E - 504000N0304500E - 502000N0305000E - 503000N0303000E
    F) SFC G) 3000FT AMSL

An area comes from E): circles and polygons by coordinates. Where E) describes more than was read (arcs, borders,
corridors, exclusions), the circle of Q) is used, which encloses it all: the stricter reading, with a doubt. What a
subject means for a drone is judged by `RULES`. A NOTAM about something that is no area (a runway, a light) is reported
and makes no zone. NOTAMC and NOTAMR end what they name, in the same file; elsewhere the doubt says what to withdraw.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, ClockTime, Daily, Limit, Period, Polygon, Rule, SunEvent, SunTime, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.geodesic import distance_m
from skykeep.wire import outlines, zonefile
from skykeep.wire.jsontext import BOM, show
from skykeep.wire.moments import iso_ns
from skykeep.wire.outlines import RADIUS_MAX_MM, Vertex
from skykeep.wire.quantity import FOOT, MILLI, Ratio, scaled
from skykeep.wire.zonefile import Draft, Import

SOURCE_FORMAT = "notam"
BYTES_MAX = 20_000_000
NOTAMS_MAX = 100_000
LENGTH_MAX = 50_000  # characters of one NOTAM

# Subject (second and third letter of the Q-code, or the second alone) -> what it says to a drone.
RULES = {
    "RP": Rule.PROHIBITED, "RR": Rule.NEEDS_PERMIT, "RT": Rule.NEEDS_PERMIT, "RA": Rule.NEEDS_PERMIT,
    "RO": Rule.NEEDS_PERMIT, "RD": Rule.CONDITIONAL, "RM": Rule.CONDITIONAL, "W": Rule.CONDITIONAL,
}  # fmt: skip
MEANT = {Rule.PROHIBITED: "prohibited", Rule.NEEDS_PERMIT: "needs a permit", Rule.CONDITIONAL: "conditional"}
OVER = ("CN", "CD")  # fourth and fifth letter: cancelled, deactivated

OUTSIDE_M = 2_000.0  # how far an area may leave the circle of Q), whose centre and radius are rounded
FLIGHT_LEVEL_MM = 30_480
NAUTICAL_MILE = Ratio(Decimal(1_852_000))
LENGTHS = {"NM": NAUTICAL_MILE, "KM": Ratio(Decimal(1_000_000)), "M": MILLI, "FT": FOOT}
DATUMS = {"AMSL": Datum.AMSL, "MSL": Datum.AMSL, "AGL": Datum.AGL, "SFC": Datum.AGL, "GND": Datum.AGL, "STD": Datum.STD}
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

_ID = r"[A-Z][0-9]{4}/[0-9]{2}"
_BEGIN = re.compile(rf"^[ \t]*+(?:(?:\([ \t]*+)?(?={_ID}[ \t]+NOTAM[NRC]\b)|(?=![A-Z]{{3}}[ \t]))", re.MULTILINE)
_HEAD = re.compile(rf"({_ID})\s+NOTAM([NRC])(?:\s+({_ID}))?")
_FAA_HEAD = re.compile(r"!([A-Z]{3})\s+(?:[A-Z]{3}\s+)?([0-9]{1,2}/[0-9]{3,4})")
_FIELD = re.compile(r"(?<![A-Z0-9])([QABCDEFG])\)")
_Q_LINE = re.compile(
    r"([A-Z]{4})/Q([A-Z]{4})/([A-Z]*)\s*/([A-Z]*)\s*/([A-Z]*)\s*/([0-9]{3})/([0-9]{3})"
    r"(?:/([0-9]{2})([0-9]{2})([NS])([0-9]{3})([0-9]{2})([EW])([0-9]{3})?)?"
)
_TIME = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})\s*(EST)?")
_FAA_TIMES = re.compile(r"(?<![0-9])([0-9]{10})\s*-\s*([0-9]{10}\s*(?:EST)?|PERM)(?![0-9])")
_FAA_LIMITS = re.compile(
    r"\b(SFC|[0-9]{1,5}FT(?: ?AGL| ?MSL)?|FL[0-9]{3})\s*-\s*((?:[0-9]{1,5}FT(?: ?AGL| ?MSL)?)|FL[0-9]{3}|UNL)\b"
)

_PLACE = re.compile(
    r"(?<![0-9A-Z])(?:"
    r"(?P<lat>[0-9]{4}(?:[0-9]{2})?)(?P<latf>\.[0-9]{1,6})?\s?(?P<ns>[NS])[\s/]?"
    r"(?P<lon>[0-9]{5}(?:[0-9]{2})?)(?P<lonf>\.[0-9]{1,6})?\s?(?P<ew>[EW])"
    r"|(?P<ns2>[NS])(?P<lat2>[0-9]{4}(?:[0-9]{2})?)(?P<latf2>\.[0-9]{1,6})?[\s/]?"
    r"(?P<ew2>[EW])(?P<lon2>[0-9]{5}(?:[0-9]{2})?)(?P<lonf2>\.[0-9]{1,6})?)(?![0-9A-Z])"
)
_BETWEEN = re.compile(r"(?:[\s,;:/()–—-]|\.(?![0-9])|\b(?:TO|THEN|AND|THENCE|POINTS?|PSN|BACK|COORDINATES?)\b)*")
_LENGTH = r"([0-9]{1,4}(?:[.,][0-9]{1,4})?)\s?(NM|KM|M|FT)\b"
_RADIUS_BEFORE = re.compile(
    rf"(?:\b(?:RADIUS|RAD)\s?(?:OF\s)?\s?{_LENGTH}|{_LENGTH}(?:\s(?:RADIUS|RAD))?\s(?:OF|CENTRED|CENTERED|AROUND|FROM|ON|AT)\b)"
    r"(?:\s?(?:CENTRED|CENTERED|CENTRE|CENTER|AROUND|ABOUT|OF|ON|AT|FROM|PSN|POINT|POSITION|COORD|COORDINATES?|ARP|THE|[:,(]))*\s?$"
)
_RADIUS_AFTER = re.compile(rf"\s?(?:[,(:-]\s?)?(?:WITH(?:IN)?\s)?(?:A\s)?(?:RADIUS|RAD)\s?(?:OF\s|:\s?)?{_LENGTH}")
_MORE_THAN_READ = re.compile(
    r"\b(?:ARC|ALONG|BORDER|BOUNDARY LINE|COAST(?:LINE)?|CORRIDOR|EITHER SIDE|BOTH SIDES|BTN|BETWEEN|SECTOR|"
    r"RADIALS?|BEARINGS?|CLOCKWISE|ANTICLOCKWISE|COUNTERCLOCKWISE|LINE JOINING|ROUTE)\b"
)
_BEYOND_A_CIRCLE = re.compile(r"\b(?:ALONG|BORDER|COAST(?:LINE)?|CORRIDOR|EITHER SIDE|BOTH SIDES|LINE JOINING|ROUTE)\b")
_EXCLUDES = re.compile(r"\b(?:EXCLUDING|EXCEPT|EXC|EXCL|OUTSIDE)\b")
_FORBIDS = re.compile(r"\bPROHIBITED\b")
_PERMITS = re.compile(r"\b(?:EXC\w*|UNLESS|WITHOUT|PERMISSION|PERMIT\w*|AUTHORI[SZ]\w*|APPROV\w*|PPR|PRIOR)\b")

_LEVEL = re.compile(r"FL\s?([0-9]{1,3})")
_HEIGHT = re.compile(r"([0-9]{1,6})\s?(FT|M)\s?(?:ABOVE\s)?(AMSL|MSL|AGL|SFC|GND|STD)?")
_SLOT = re.compile(
    r"([0-9]{4}|S[RS](?:\s?(?:PLUS|MINUS)\s?[0-9]{1,3})?)\s?-\s?([0-9]{4}|S[RS](?:\s?(?:PLUS|MINUS)\s?[0-9]{1,3})?)"
)
_SUN = re.compile(r"(S[RS])(?:\s?(PLUS|MINUS)\s?([0-9]{1,3}))?")
_DAYS = re.compile(rf"({'|'.join(DAYS)})(?:\s?-\s?({'|'.join(DAYS)}))?\b")
_SCHEDULE_GAP = re.compile(r"(?:[\s,;.]|\bAND\b)*")


class _Q(NamedTuple):
    """The line that machines read."""

    subject: str
    status: str
    lower: str
    upper: str
    circle: Circle | None
    fault: str | None  # why there is no circle


@dataclasses.dataclass(slots=True)
class _Notam:
    """One NOTAM cut into its fields."""

    text: str
    identifier: str | None
    kind: str  # "N", "R", "C"
    names: str | None  # what it replaces or cancels
    fields: dict[str, str]
    ended_by: tuple[str, int | None] | None = None  # another NOTAM of this file, and when


def sniff(data: bytes) -> bool:
    """Say whether a file looks like NOTAM texts."""
    head = data[:20_000].removeprefix(BOM).decode("ascii", errors="ignore")
    return _BEGIN.search(head) is not None or _Q_LINE.search(head) is not None


def read(data: bytes, *, source_sha256: str) -> Import:
    """Return the areas of NOTAM texts; Malformed only where the file as a whole holds none."""
    if len(data) > BYTES_MAX:
        raise Malformed(f"{len(data)} bytes; a file of NOTAMs may have {BYTES_MAX}. Split the file")
    try:
        text = data.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8: {error.reason} (byte {error.start})") from error
    notams = [_cut(one) for one in _texts(text)]
    _note_ends(notams)
    return zonefile.import_parsed(
        ((one.text.encode(), one) for one in notams),
        _draft,
        source_format=SOURCE_FORMAT,
        source_sha256=source_sha256,
        doubts=_cancelled(notams),
    )


def _texts(text: str) -> list[str]:
    """Cut a file where a NOTAM begins; a file without such a beginning may be one NOTAM that lost its first line."""
    starts = [found.start() for found in _BEGIN.finditer(text)]
    if len(starts) > NOTAMS_MAX:
        raise Malformed(f"{len(starts)} NOTAMs; {NOTAMS_MAX} are read. Split the file")
    if not starts:
        if _Q_LINE.search(text[:LENGTH_MAX]) is None:
            raise Malformed("no NOTAM in it: neither a first line such as A0123/26 NOTAMN, nor a Q) line")
        starts = [0]
    return [text[start:end].strip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _cut(text: str) -> _Notam:
    head = _HEAD.search(text[:200])
    faa = _FAA_HEAD.match(text) if head is None else None
    identifier = head[1] if head else f"{faa[1]} {faa[2]}" if faa else None
    fields: dict[str, str] = {}
    if faa is not None:
        fields["E"] = " ".join(text[:LENGTH_MAX].split())
    else:
        fields = _fields(text[:LENGTH_MAX])
    return _Notam(text, identifier, head[2] if head else "N", head[3] if head else None, fields)


def _fields(text: str) -> dict[str, str]:
    """Cut Q) to G) in their order; inside E) only F) and G) may end it, the last ones."""
    marks = [(found[1], found.start(), found.end()) for found in _FIELD.finditer(text)]
    chosen: list[tuple[str, int, int]] = []
    for name in "QABCDE":
        at = chosen[-1][2] if chosen else 0
        found = next((mark for mark in marks if mark[0] == name and mark[1] >= at), None)
        if found is not None:
            chosen.append(found)
    for name in "FG":
        at = chosen[-1][2] if chosen else 0
        last = next((mark for mark in reversed(marks) if mark[0] == name and mark[1] >= at), None)
        if last is not None:
            chosen.append(last)
    ends = [*(mark[1] for mark in chosen), len(text)][1:]
    pairs = zip(chosen, ends, strict=True)
    return {name: " ".join(text[start:end].rstrip(" )\r\n\t").split()) for (name, _, start), end in pairs}


def _note_ends(notams: list[_Notam]) -> None:
    """Tell each NOTAM by which other one of the file it is replaced or cancelled, and from when."""
    ending: dict[str, tuple[str, int | None]] = {}
    for one in notams:
        if one.kind in "RC" and one.names is not None:
            try:
                ending[one.names] = (one.identifier or "", _moment_ns(one.fields.get("B", "")))
            except Malformed:
                ending[one.names] = (one.identifier or "", None)
    for one in notams:
        one.ended_by = ending.get(one.identifier or "")


def _cancelled(notams: list[_Notam]) -> list[str]:
    here = {one.identifier for one in notams}
    return [
        f"{one.identifier} {'cancels' if one.kind == 'C' else 'replaces'} {one.names}, which is not in this file: "
        "withdraw its zone where it was loaded"
        for one in notams
        if one.kind in "RC" and one.names not in here
    ]


def _draft(notam: _Notam, doubts: list[str]) -> Draft:
    fields = notam.fields
    if len(notam.text) > LENGTH_MAX:
        raise Malformed(f"a NOTAM of {len(notam.text)} characters; {LENGTH_MAX} are read")
    if notam.kind == "C":
        raise Malformed(f"{notam.identifier} cancels {notam.names}: it makes no zone")
    said = fields.get("E", "")
    q = _q_line(fields.get("Q"), doubts)
    if q is not None and q.status in OVER:
        raise Malformed(f"{notam.identifier}: its status {q.status} says that this is over: it makes no zone")
    found, why = _area(said, doubts)
    draft = Draft(
        identifier=notam.identifier, name=None, rule=_rule(q, said, found, notam.identifier, doubts), volumes=[]
    )
    floor, ceiling = _limits(fields, q, said, doubts)
    draft.volumes = [Volume(outline=one, floor=floor, ceiling=ceiling) for one in _chosen(found, why, q, doubts)]
    if _EXCLUDES.search(said):
        doubts.append("E) excludes a part or somebody: that was not read, so nothing is excluded")
    _note_far(draft.volumes, q, doubts)
    _fill_words(draft, notam)
    _fill_times(draft, notam, doubts)
    return draft


def _q_line(line: str | None, doubts: list[str]) -> _Q | None:
    found = _Q_LINE.match(line.replace(" ", "")) if line is not None else None
    if found is None:
        doubts.append("Q) is missing" if line is None else f"Q) {show(line)} was not read")
        return None
    circle, fault = None, "Q) has no circle"
    if found[8] is not None and found[14] is not None:
        try:
            lat_e7 = _angle_e7(found[8] + found[9], "", found[10], 90)
            lon_e7 = _angle_e7(found[11] + found[12], "", found[13], 180)
            circle = _circle((lat_e7, lon_e7), found[14], "NM")
        except Malformed as error:
            fault = f"the circle of Q): {error}"
    return _Q(found[2][:2], found[2][2:], found[6], found[7], circle, fault)


def _circle(centre: Vertex, radius: str, unit: str) -> Circle:
    radius_mm = scaled(Decimal(radius.replace(",", ".")), LENGTHS[unit])
    if not 0 < radius_mm <= RADIUS_MAX_MM:
        raise Malformed(f"radius {radius} {unit} is not more than 0 and at most {RADIUS_MAX_MM // 1_000_000} km")
    return Circle(lat_e7=centre[0], lon_e7=centre[1], radius_mm=radius_mm)


def _angle_e7(digits: str, fraction: str, side: str, most: int) -> int:
    """Return 1e-7 degrees of [d]ddmm or [d]ddmmss with a fraction of its last part, rounded half to even."""
    width = 2 if most == 90 else 3
    degrees, minutes, seconds = digits[:width], digits[width : width + 2], digits[width + 2 :]
    unit = 3600 if seconds else 60
    count = int(degrees) * unit + int(minutes) * (unit // 60) + int(seconds or 0)
    if int(minutes) > 59 or int(seconds or 0) > 59:
        raise Malformed(f"{digits}{fraction}{side}: minutes and seconds end at 59")
    scale: int = 10 ** max(0, len(fraction) - 1)
    count = count * scale + int(fraction[1:] or 0)
    if count > most * unit * scale:
        raise Malformed(f"{digits}{fraction}{side} is outside of 0 to {most} degrees")
    whole, left = divmod(count * 10_000_000, unit * scale)
    whole += int(2 * left > unit * scale or (2 * left == unit * scale and whole & 1 == 1))
    return -whole if side in "SW" else whole


def _place(found: re.Match[str]) -> Vertex:
    of = found.groupdict()
    tail = "" if of["lat"] else "2"
    lat, latf, ns = of[f"lat{tail}"] or "", of[f"latf{tail}"] or "", of[f"ns{tail}"] or ""
    lon, lonf, ew = of[f"lon{tail}"] or "", of[f"lonf{tail}"] or "", of[f"ew{tail}"] or ""
    return _angle_e7(lat, latf, ns, 90), _angle_e7(lon, lonf, ew, 180)


def _area(said: str, doubts: list[str]) -> tuple[list[Polygon | Circle], str | None]:
    """Return the circles and polygons that E) describes, and why they are not all of it, or None."""
    found = list(_PLACE.finditer(said))
    if not found:
        return [], "E) names no area by coordinates"
    areas: list[Polygon | Circle] = []
    try:
        areas += [_one_area(said, run, doubts) for run in _runs(said, found)]
    except Malformed as error:
        return [], f"the area in E): {error}"
    round_ones = all(isinstance(one, Circle) for one in areas)
    more = (_BEYOND_A_CIRCLE if round_ones else _MORE_THAN_READ).search(said)
    if more is not None:
        return [], f"E) draws its area by words that were not read ({more[0]})"
    return areas, None


def _runs(said: str, found: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Yield places that follow each other with nothing but separators between them."""
    run: list[re.Match[str]] = []
    for place in found:
        if run and not _BETWEEN.fullmatch(said, run[-1].end(), place.start()):
            yield run
            run = []
        run.append(place)
    yield run


def _one_area(said: str, run: list[re.Match[str]], doubts: list[str]) -> Polygon | Circle:
    if len(run) > 1:
        return Polygon(rings=(outlines.ring([_place(one) for one in run], "the area", doubts),))
    after = _RADIUS_AFTER.match(said, run[0].end())
    before = None if after else _RADIUS_BEFORE.search(said[max(0, run[0].start() - 120) : run[0].start()])
    if after:
        return _circle(_place(run[0]), after[1], after[2])
    if before is None:
        raise Malformed(f"{run[0][0]} is a place alone, without a radius")
    return _circle(_place(run[0]), before[1] or before[3], before[2] or before[4])


def _chosen(found: list[Polygon | Circle], why: str | None, q: _Q | None, doubts: list[str]) -> list[Polygon | Circle]:
    if found and why is None:
        return found
    if q is None or q.circle is None:
        raise Malformed(
            f"{why or 'no area'}, and there is no circle of Q) to take instead ({q.fault if q else 'no Q)'})"
        )
    doubts.append(f"{why}; the circle of Q) was taken, which encloses it")
    return [q.circle]


def _note_far(volumes: list[Volume], q: _Q | None, doubts: list[str]) -> None:
    """Doubt an area that leaves the circle of Q): one of the two has a wrong digit."""
    if q is None or q.circle is None:
        return
    centre = q.circle.lat_e7 / 1e7, q.circle.lon_e7 / 1e7
    for volume in volumes:
        outline = volume.outline
        corners = [(outline.lat_e7, outline.lon_e7)] if isinstance(outline, Circle) else outline.rings[0]
        far_m = max(distance_m(*centre, lat / 1e7, lon / 1e7) for lat, lon in corners)
        if far_m > q.circle.radius_mm / 1e3 + 1_852.0 + OUTSIDE_M:
            doubts.append(
                f"the area in E) reaches {far_m / 1e3:.0f} km from the centre of Q), beyond its circle: check both"
            )


def _rule(q: _Q | None, said: str, found: list[Polygon | Circle], identifier: str | None, doubts: list[str]) -> Rule:
    rule = None if q is None else RULES.get(q.subject) or RULES.get(q.subject[0])
    if rule is None and q is not None and not (found or q.subject[0] == "X"):
        raise Malformed(f"{identifier} is about Q{q.subject}, which is no area: it makes no zone")
    if rule is None:
        doubts.append("its subject does not say what it forbids; read as: needs a permit")
        rule = Rule.NEEDS_PERMIT
    elif q is not None and rule is not Rule.PROHIBITED:
        doubts.append(f"subject Q{q.subject} does not speak of drones; read as: {MEANT[rule]}")
    if rule is not Rule.PROHIBITED and _FORBIDS.search(said):
        rule = Rule.NEEDS_PERMIT if _PERMITS.search(said) else Rule.PROHIBITED
        doubts.append(f'E) says "prohibited"; read as: {MEANT[rule]}')
    return rule


def _limits(fields: dict[str, str], q: _Q | None, said: str, doubts: list[str]) -> tuple[Limit, Limit]:
    lower, upper = fields.get("F"), fields.get("G")
    if lower is None and upper is None and q is None and (found := _FAA_LIMITS.search(said)) is not None:
        lower, upper = found[1], found[2]
    floor, ceiling = _limit("F)", lower, doubts), _limit("G)", upper, doubts)
    if lower is None and upper is None and q is not None:
        doubts.append(f"no F) and G); the levels of Q) were taken, {q.lower} to {q.upper}, which enclose them")
        floor = Altitude(0, Datum.AGL) if q.lower == "000" else Altitude(int(q.lower) * FLIGHT_LEVEL_MM, Datum.STD)
        ceiling = "unlimited" if q.upper == "999" else Altitude(int(q.upper) * FLIGHT_LEVEL_MM, Datum.STD)
    if floor == "unlimited":
        doubts.append("F) says unlimited; taken as not stated")
        floor = None
    if zonefile.at_or_below(ceiling, floor):
        doubts.append(f"F) {lower} is not below G) {upper}; both taken as not stated")
        return None, None
    return floor, ceiling


def _limit(name: str, text: str | None, doubts: list[str]) -> Limit:
    if text is None:
        return None
    if text in {"SFC", "GND"}:
        return Altitude(0, Datum.AGL)
    if text in {"UNL", "UNLIMITED", "UNLTD"}:
        return "unlimited"
    if (level := _LEVEL.fullmatch(text)) is not None:
        return "unlimited" if level[1] == "999" else Altitude(int(level[1]) * FLIGHT_LEVEL_MM, Datum.STD)
    found = _HEIGHT.fullmatch(text)
    if found is None or found[3] is None:
        why = "is no height" if found is None else "does not say above what"
        doubts.append(f"{name} {show(text)} {why}; taken as not stated")
        return None
    value_mm = scaled(Decimal(found[1]), LENGTHS[found[2]])
    if value_mm > 400_000_000:
        doubts.append(f"{name} {show(text)}: that is no height of an airspace; taken as not stated")
        return None
    return Altitude(value_mm, DATUMS[found[3]])


def _fill_words(draft: Draft, notam: _Notam) -> None:
    fields = notam.fields
    draft.name = " ".join(one for one in (notam.identifier, fields.get("A")) if one)[:200] or None
    draft.conditions = fields.get("E")
    draft.legal_basis = f"NOTAM {notam.identifier}" if notam.identifier else None
    draft.carried = {f"notam.{name}": fields[name] for name in "QABCDFG" if fields.get(name)}
    if notam.names:
        draft.carried["notam.replaces"] = notam.names


def _fill_times(draft: Draft, notam: _Notam, doubts: list[str]) -> None:
    begin, end = notam.fields.get("B"), notam.fields.get("C")
    if begin is None and (found := _FAA_TIMES.search(notam.fields.get("E", ""))) is not None:
        begin, end = found[1], found[2]
    try:
        draft.effective_from_ns = None if begin is None else _moment_ns(begin)
        draft.end_ns = _end_ns(end, doubts)
        if draft.effective_from_ns is not None and draft.end_ns is not None and draft.effective_from_ns >= draft.end_ns:
            raise Malformed(f"B) {begin} is not before C) {end}")
    except Malformed as error:
        draft.effective_from_ns = draft.end_ns = None
        draft.hours_unread = f"times: {error}"
        return
    if begin is None:
        doubts.append("no B); read as in force at once")
    if notam.ended_by is not None:
        _end_early(draft, notam.ended_by, doubts)
    schedule = notam.fields.get("D")
    if schedule is not None:
        daily = _schedule(schedule, doubts)
        if daily is None:
            draft.hours_unread = f"D) {schedule}"
        elif daily:
            draft.periods = (Period(start_ns=draft.effective_from_ns, end_ns=draft.end_ns, daily=daily),)


def _end_early(draft: Draft, ended_by: tuple[str, int | None], doubts: list[str]) -> None:
    other, t_ns = ended_by
    if t_ns is None or (draft.effective_from_ns is not None and t_ns <= draft.effective_from_ns):
        doubts.append(f"{other} in this file ends it, but not at a time after its beginning; not applied")
    elif draft.end_ns is None or t_ns < draft.end_ns:
        draft.end_ns = t_ns
        doubts.append(f"{other} in this file replaces or cancels it; it ends when that begins")


def _moment_ns(text: str) -> int:
    found = _TIME.match(text)
    if found is None:
        raise Malformed(f"{show(text)} is no time such as 2605010600")
    year, month, day, hour, minute, _ = found.groups()
    return iso_ns(f"20{year}-{month}-{day}T{hour}:{minute}Z")


def _end_ns(text: str | None, doubts: list[str]) -> int | None:
    if text is None or text.startswith(("PERM", "UFN")):
        if text is None:
            doubts.append("no C); read as in force until it is withdrawn")
        return None
    if text.rstrip().endswith("EST"):
        doubts.append(f"C) {text} is an estimate: in force until it is replaced or cancelled, so no end was set")
        _moment_ns(text)
        return None
    return _moment_ns(text)


def _schedule(text: str, doubts: list[str]) -> tuple[Daily, ...] | None:
    """Return D) as daily hours, () where it covers every hour, None where a part of it was not understood."""
    at, days, daily, fresh = 0, tuple[int, ...](), list[Daily](), True
    words = text.upper()
    while (at := _SCHEDULE_GAP.match(words, at).end()) < len(words):  # type: ignore[union-attr]  # it matches nothing too
        if words.startswith("H24", at):
            daily.append(Daily(days=days, start=None, end=None, time_zone="UTC"))
            at, fresh = at + 3, True
        elif (slot := _SLOT.match(words, at)) is not None:
            start, end = _time(slot[1]), _time(slot[2])
            if start is None or end is None:
                return None
            if slot[2] == "2359":
                doubts.append("D) until 2359 read as until midnight")
                end = ClockTime(second=86_400)
            daily.append(Daily(days=days, start=start, end=end, time_zone="UTC"))
            at, fresh = slot.end(), True
        elif words.startswith(("DAILY", "DLY"), at):
            at, days, fresh = at + (5 if words.startswith("DAILY", at) else 3), (), True
        elif (named := _DAYS.match(words, at)) is not None:
            first, last = DAYS.index(named[1]), DAYS.index(named[2] or named[1])
            run = {(first + step) % 7 for step in range((last - first) % 7 + 1)}
            days = tuple(day for day in range(7) if day in run or (not fresh and day in days))
            at, fresh = named.end(), False
        else:
            return None
    if not daily or not fresh:
        return None
    return () if any(not one.days and one.start is None for one in daily) else tuple(daily)


def _time(text: str) -> ClockTime | SunTime | None:
    sun = _SUN.fullmatch(text)
    if sun is not None:
        minutes = int(sun[3] or 0)
        return SunTime(event=SunEvent(sun[1].lower()), offset_s=minutes * (-60 if sun[2] == "MINUS" else 60))
    hour, minute = int(text[:2]), int(text[2:])
    if minute > 59 or hour * 60 + minute > 1440:
        return None
    return ClockTime(second=hour * 3600 + minute * 60)
