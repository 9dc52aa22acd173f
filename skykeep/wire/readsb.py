"""ADS-B aircraft as readsb serves them: `aircraft.json` documents, and its single-aircraft JSON lines.

Source: readsb's README-json.md, section aircraft.json. A document, or a line of `--net-json-port`:

    {"now": 1609275898.5, "messages": 42, "aircraft": [{"hex": "4b43ac", "lat": ..., ...}, ...]}
    {"now": 1609275898.5, "hex": "4b43ac", "lat": ..., ...}

    hex        ICAO address, "~" in front of an address that is not ICAO's      -> transmitter
    type       adsb_icao, adsr_icao, tisb_other, mlat, mode_s ...               -> source
    alt_baro   feet above 1013.25 hPa, or "ground"                              -> pressure_altitude (STD), on_ground
    alt_geom   feet above the WGS 84 ellipsoid                                  -> altitude (HAE)
    gs         knots; track: degrees true; geom_rate, else baro_rate: feet a minute
    nac_p      DO-260B 95 % bound (`NAC_P_MM`); where unknown, rc (radius of containment, metres: wider, so safe)
    gva        DO-260B 95 % bound of alt_geom: 1 = 150 m, 2 = 45 m
    seen_pos   seconds before `now` that the position was heard                 -> t_event_ns = now - seen_pos

A position by multilateration is not the aircraft's own, so nac_p and rc say nothing about it: accuracy unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from skykeep.errors import Malformed
from skykeep.facts.frame import Frame
from skykeep.facts.observed import AircraftHeard, Observed
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import lines, quantity
from skykeep.wire.jsontext import BOM, Json, kind, read_object, show
from skykeep.wire.moments import moment_ns, unix_ns

NAC_P_MM = (
    None, 18_520_000, 7_408_000, 3_704_000, 1_852_000, 926_000, 555_600, 185_200, 92_600, 30_000, 10_000, 3_000,
)  # fmt: skip
GVA_MM = (None, 150_000, 45_000)

ALT_FT = (-5_000, 200_000)
SPEED_KT = (0, 5_000)
RATE_FTMIN = (-100_000, 100_000)

_HEX = re.compile(r"~?[0-9A-Fa-f]{6}")
_CATEGORY = re.compile(r"[A-D][0-7]")
_SQUAWK = re.compile(r"[0-7]{4}")
# What other decoders call the same thing; read silently, they would be an aircraft without height or speed.
_FOREIGN = {"altitude": "alt_baro", "speed": "gs", "vert_rate": "baro_rate"}
_BEGINS = re.compile(rb'\s*\{\s*"(?:now|t|hex)"\s*:')
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?')  # one that does not end reaches to the end of the line


def decode(frame: Frame, index: int, names: Names) -> list[Observed]:
    """Return one AircraftHeard for each aircraft; what cannot be read becomes Unreadable, alone. Never raises."""
    try:
        lines.refuse_long(frame.data)
        document = read_object(frame.data)
        now_ns = _now_ns(document)
        listed = _listed(document)
    except Malformed as error:
        return [lines.unreadable(frame, index, str(error))]
    return [_aircraft(frame, index, names, now_ns, where, one) for where, one in listed]


def _now_ns(document: dict[str, Json]) -> int:
    if "now" not in document:
        raise Malformed("now: missing; without it nobody knows when this was heard")
    return moment_ns(document["now"])


def _listed(document: dict[str, Json]) -> list[tuple[str, Json]]:
    if "aircraft" not in document and "hex" in document:
        return [("", document)]
    aircraft = document.get("aircraft")
    if not isinstance(aircraft, list):
        raise Malformed(f"aircraft: {kind(aircraft)} where a list belongs")
    return [(f"aircraft[{number}]", one) for number, one in enumerate(aircraft)]


def _aircraft(frame: Frame, index: int, names: Names, now_ns: int, where: str, one: Json) -> Observed:
    transmitter = ""
    try:
        if not isinstance(one, dict):
            raise Malformed(f"{kind(one)} where an object belongs")
        address = _address(one)
        transmitter = names.pseudonym(NameKind.TRANSMITTER, address)
        return _heard(frame, index, names, now_ns, transmitter, one)
    except Malformed as error:
        return lines.unreadable(frame, index, f"{where}: {error}" if where else str(error), transmitter=transmitter)


def _address(one: dict[str, Json]) -> str:
    address = quantity.take_text(one, "hex")
    if address is None or not _HEX.fullmatch(address):
        raise Malformed(f"hex: {show(address)} is no 24-bit address in six hexadecimal digits")
    return address


def _heard(
    frame: Frame, index: int, names: Names, now_ns: int, transmitter: str, one: dict[str, Json]
) -> AircraftHeard:
    for foreign, ours in _FOREIGN.items():
        if foreign in one and ours not in one:
            raise Malformed(f"{foreign}: readsb says {ours}; is this another decoder's JSON?")
    place = place_known(one)
    on_ground, pressure_altitude = _alt_baro(one)
    altitude = quantity.take_altitude(one, "alt_geom", *ALT_FT, quantity.FOOT, Datum.HAE)
    return AircraftHeard(
        sensor_id=frame.sensor_id,
        transmitter=transmitter,
        t_event_ns=now_ns - _age_ns(one, "seen" if place is None else "seen_pos"),
        t_arrival_ns=frame.t_arrival_ns,
        link_trust=frame.link_trust,
        frame=index,
        callsign=callsign(one, "flight", names),
        source=quantity.take_text(one, "type", 32) or "unknown",
        category=_matching(one, "category", _CATEGORY),
        on_ground=on_ground,
        lat_e7=place and place[0],
        lon_e7=place and place[1],
        altitude=altitude,
        pressure_altitude=pressure_altitude,
        speed_mmps=quantity.take(one, "gs", *SPEED_KT, quantity.KNOT),
        vspeed_mmps=_vspeed_mmps(one),
        heading_mdeg=quantity.take_heading_mdeg(one, "track"),
        pos_accuracy_mm=None if place is None or _by_mlat(one) else _pos_accuracy_mm(one),
        alt_accuracy_mm=None if altitude is None else _category_mm(one, "gva", GVA_MM),
        squawk=squawk(one),
    )


def place_known(of: dict[str, Json]) -> tuple[int, int] | None:
    """Return the position; 0, 0 is how a broken sender says "unknown"."""
    place = quantity.take_place(of)
    return None if place == (0, 0) else place


def callsign(of: dict[str, Json], key: str, names: Names) -> str | None:
    """Return the pseudonym of a callsign; padding and the "no character" sign of Mode S are no callsign."""
    text = (quantity.take_text(of, key) or "").strip(" @_")
    return names.pseudonym(NameKind.CALLSIGN, text) if text else None


def squawk(of: dict[str, Json]) -> str | None:
    """Return the Mode A code, four octal digits."""
    return _matching(of, "squawk", _SQUAWK)


def _matching(of: dict[str, Json], key: str, form: re.Pattern[str]) -> str | None:
    text = quantity.take_text(of, key)
    if text is not None and not form.fullmatch(text):
        raise Malformed(f"{key}: {show(text)} is none")
    return text


def _alt_baro(one: dict[str, Json]) -> tuple[bool | None, Altitude | None]:
    if one.get("alt_baro") == "ground":
        return True, None
    altitude = quantity.take_altitude(one, "alt_baro", *ALT_FT, quantity.FOOT, Datum.STD)
    return (None if altitude is None else False), altitude


def _vspeed_mmps(one: dict[str, Json]) -> int | None:
    rates = [quantity.take(one, key, *RATE_FTMIN, quantity.FOOT_A_MINUTE) for key in ("geom_rate", "baro_rate")]
    return rates[0] if rates[0] is not None else rates[1]


def _age_ns(one: dict[str, Json], key: str) -> int:
    age = quantity.take_number(one, key, 0, 86_400)
    return 0 if age is None else unix_ns(age)


def _by_mlat(one: dict[str, Json]) -> bool:
    derived = one.get("mlat")
    return one.get("type") == "mlat" or (isinstance(derived, list) and "lat" in derived)


def _pos_accuracy_mm(one: dict[str, Json]) -> int | None:
    by_nac = _category_mm(one, "nac_p", NAC_P_MM)
    if by_nac is not None:
        return by_nac
    containment = quantity.take(one, "rc", 0, 100_000, quantity.MILLI)
    return containment or None  # 0 is readsb's "unknown"


def _category_mm(one: dict[str, Json], key: str, table: tuple[int | None, ...]) -> int | None:
    category = quantity.take_whole(one, key, 0, 15)
    return table[category] if category is not None and category < len(table) else None


def arrival_ns(data: bytes) -> int:
    """Return when a document was made, which is when it arrived; raises Malformed where that cannot be read."""
    lines.refuse_long(data)
    return _now_ns(read_object(data))


def records(stream: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (t_arrival_ns, document): one a line, or laid out over several lines as readsb writes its file."""
    return lines.timed(_documents(lines.split(stream)), arrival_ns)


def _documents(of: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines until brackets balance; a line that begins a document always begins a new one."""
    open_brackets, parts, size = 0, list[bytes](), 0
    for line in of:
        if parts and (open_brackets <= 0 or _begins_anew(line)):
            yield b"\n".join(parts)
            open_brackets, parts, size = 0, [], 0
        open_brackets += _opened(line)
        if size <= lines.LINE_MAX:
            parts.append(line[: lines.LINE_MAX + 1 - size])
            size += len(line) + 1
    if parts:
        yield b"\n".join(parts)


def _begins_anew(line: bytes) -> bool:
    begins = _BEGINS.match(line)
    return begins is not None and b'"hex"' not in begins.group()


def _opened(line: bytes) -> int:
    bare = _STRING.sub(b"", line)
    return bare.count(b"{") + bare.count(b"[") - bare.count(b"}") - bare.count(b"]")


def sniff(line: bytes) -> bool:
    """Say whether a stream that begins with this line is readsb's; laid out, its first line holds only `now`."""
    return re.match(rb'\s*\{\s*"now"\s*:', line.removeprefix(BOM)[:4096]) is not None
