"""SBS-1 BaseStation lines, as port 30003 of many ADS-B receivers sends them: 22 fields between commas.

Written from the public field list (the protocol has no standard):

     1 MSG            2 transmission type 1..8   3 4 6 session, aircraft and flight number of the program
     5 ICAO address   7 8 date and time generated   9 10 date and time logged (both read as UTC)
    11 callsign      12 altitude, feet above 1013.25 hPa (Mode C)   13 ground speed, knots
    14 track, degrees true   15 16 latitude, longitude, degrees     17 vertical rate, feet a minute
    18 squawk        19 20 21 alert, emergency, ident               22 on ground: -1 or 1 yes, 0 no

An empty field is unknown. SEL, ID, AIR, STA and CLK lines talk about the receiver's screen: no fact comes of them.
Fewer than 22 fields is a line that was cut; its last number may be cut too, so none of it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import AircraftHeard, Observed
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Datum
from skykeep.wire import lines, quantity, readsb
from skykeep.wire.jsontext import BOM, Json, show
from skykeep.wire.moments import heard_ns

FIELDS = 22
LONGEST = 1_024

_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,30})?")
_ADDRESS = re.compile(r"[0-9A-Fa-f]{6}")
_OF_THE_SCREEN = ("SEL", "ID", "AIR", "STA", "CLK")
_ON_GROUND = {"": None, "0": False, "1": True, "-1": True}


def decode(frame: Frame, index: int, names: Names) -> list[Observed]:
    """Return the AircraftHeard of one line, nothing for a line about the screen, else Unreadable. Never raises."""
    try:
        field = _fields(frame.data)
        return [_heard(frame, index, names, field)] if field[0] == "MSG" else []
    except Malformed as error:
        return [lines.unreadable(frame, index, str(error))]


def _fields(data: bytes) -> list[str]:
    if len(data) > LONGEST:
        raise Malformed(f"{len(data)} bytes; a BaseStation line has at most {LONGEST}")
    try:
        field = [one.strip() for one in data.decode("ascii").split(",")]
    except UnicodeDecodeError as error:
        raise Malformed(f"not ASCII (byte {error.start})") from error
    if field[0] not in ("MSG", *_OF_THE_SCREEN):
        raise Malformed(f"{show(field[0])} is no BaseStation message; MSG was expected")
    if field[0] == "MSG" and len(field) != FIELDS:
        raise Malformed(f"{len(field)} fields where MSG has {FIELDS}; the line was cut or joined")
    return field


def _heard(frame: Frame, index: int, names: Names, field: list[str]) -> AircraftHeard:
    if field[1] not in ("1", "2", "3", "4", "5", "6", "7", "8"):
        raise Malformed(f"field 2: {show(field[1])} is no transmission type from 1 to 8")
    if not _ADDRESS.fullmatch(field[4]):
        raise Malformed(f"field 5: {show(field[4])} is no 24-bit address in six hexadecimal digits")
    if field[21] not in _ON_GROUND:
        raise Malformed(f"field 22 (on ground): {show(field[21])} is neither 0, 1 nor -1")
    of = _named(field)
    place = readsb.place_known(of)
    return AircraftHeard(
        sensor_id=frame.sensor_id,
        transmitter=names.pseudonym(NameKind.TRANSMITTER, field[4]),
        t_event_ns=_moment_ns(field, 6) or _moment_ns(field, 8) or frame.t_event_ns,
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        callsign=readsb.callsign(of, "callsign", names),
        source="sbs",
        category=None,
        on_ground=_ON_GROUND[field[21]],
        lat_e7=place and place[0],
        lon_e7=place and place[1],
        altitude=None,
        pressure_altitude=quantity.take_altitude(of, "altitude", *readsb.ALT_FT, quantity.FOOT, Datum.STD),
        speed_mmps=quantity.take(of, "ground speed", *readsb.SPEED_KT, quantity.KNOT),
        vspeed_mmps=quantity.take(of, "vertical rate", *readsb.RATE_FTMIN, quantity.FOOT_A_MINUTE),
        heading_mdeg=quantity.take_heading_mdeg(of, "track"),
        pos_accuracy_mm=None,
        alt_accuracy_mm=None,
        squawk=readsb.squawk(of),
    )


def _named(field: list[str]) -> dict[str, Json]:
    """Name the fields that hold values, numbers as Decimal, so that errors name them too."""
    numbers = {"altitude": 11, "ground speed": 12, "track": 13, "lat": 14, "lon": 15, "vertical rate": 16}
    named: dict[str, Json] = {name: _decimal(name, field[at]) for name, at in numbers.items()}
    return named | {"callsign": field[10], "squawk": field[17] and field[17].zfill(4)}


def _decimal(name: str, text: str) -> Decimal | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise Malformed(f"{name}: {show(text)} is no number")
    return Decimal(text)


def _moment_ns(field: list[str], at: int) -> int | None:
    day, time = field[at], field[at + 1]
    if not day and not time:
        return None
    try:
        return heard_ns(f"{day.replace('/', '-')}T{time}", zone_assumed=True)
    except Malformed as error:
        raise Malformed(f"fields {at + 1} and {at + 2}: {error}") from error


def arrival_ns(line: bytes) -> int:
    """Return when the line was logged, else when it was generated; raises Malformed where neither can be read."""
    field = _fields(line)
    if len(field) < 10:
        raise Malformed(f"{len(field)} fields hold no time")
    moment_ns = _moment_ns(field, 8) or _moment_ns(field, 6)
    if moment_ns is None:
        raise Malformed("fields 7 to 10: no time")
    return moment_ns


def records(stream: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (t_arrival_ns, line) for each line of a stream."""
    return lines.timed(lines.split(stream), arrival_ns)


def sniff(line: bytes) -> bool:
    """Say whether a stream that begins with this line is SBS-1."""
    begins = line.removeprefix(BOM)[:LONGEST]
    return begins.startswith(b"MSG,") and begins.count(b",") == FIELDS - 1
