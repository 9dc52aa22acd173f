"""Places, lengths and heights as OpenAir writes them, both ways, exactly.

    46:58:29 N 008:15:29 E     degrees, minutes, seconds; the last part may have decimals: 46:58.483N, 46.9747N
    2.7                        a length in nautical miles
    FL195                      flight level: hundreds of feet above the 1013.25 hPa surface
    4500ft AMSL   1500m AGL    above mean sea level (also MSL, ALT, QNH), above ground (also GND, SFC, ASFC), STD
    GND   UNL                  the ground; no upper limit

What is written is the shortest text that reads back as the same integers.
"""

from __future__ import annotations

import re
from decimal import Decimal

from skykeep.errors import Malformed
from skykeep.facts.enacted import Limit
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire.jsontext import show
from skykeep.wire.outlines import RADIUS_MAX_MM, Vertex
from skykeep.wire.quantity import FOOT, MILLI, Ratio, scaled

NAUTICAL_MILE = Ratio(Decimal(1_852_000))  # nautical mile -> millimetre
KILO = Ratio(Decimal(1_000_000))  # kilometre -> millimetre
FLIGHT_LEVEL_MM = 30_480

UNITS = {"FT": FOOT, "F": FOOT, "FEET": FOOT, "'": FOOT, "M": MILLI, "KM": KILO}
DATUMS = dict.fromkeys(("AMSL", "MSL", "ALT", "QNH"), Datum.AMSL)
DATUMS |= dict.fromkeys(("AGL", "GND", "SFC", "ASFC", "AGND"), Datum.AGL) | {"STD": Datum.STD}
GROUND = ("GND", "SFC", "GROUND", "SURFACE", "0GND", "0SFC")
NO_LIMIT = ("UNL", "UNLIM", "UNLTD", "UNLIMITED")

_ANGLE = r"([0-9]{1,3})(?::([0-9]{1,2})(?::([0-9]{1,2}))?)?(?:\.([0-9]{0,12}))?"
_PLACE = re.compile(rf"\s*{_ANGLE}\s*([NSns])[\s,]*{_ANGLE}\s*([EWew])")
_LENGTH = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})\s*(?:NM)?", re.IGNORECASE)
_LEVEL = re.compile(r"FL\s*([0-9]{1,4})(?:\s*STD)?")
_HEIGHT = re.compile(rf"([+-]?[0-9]{{1,9}}(?:\.[0-9]{{0,20}})?)\s*({'|'.join(UNITS)})?\.?\s*({'|'.join(DATUMS)})?")
_COMMENT = re.compile(r"\s*(?:[*;#].*)?")


def place(text: str, doubts: list[str], at: int = 0) -> tuple[Vertex, int]:
    """Return (lat_e7, lon_e7) of the place that begins at a character, and the character after it."""
    found = _PLACE.match(text, at)
    if found is None:
        raise Malformed(f"{show(text[at:].strip())} is no place such as 46:58:29 N 008:15:29 E")
    lat_e7 = _angle_e7(found.group(1, 2, 3, 4), 90, found, doubts)
    lon_e7 = _angle_e7(found.group(6, 7, 8, 9), 180, found, doubts)
    south, west = found[5] in "Ss", found[10] in "Ww"
    return (-lat_e7 if south else lat_e7, -lon_e7 if west else lon_e7), found.end()


def one_place(text: str, doubts: list[str]) -> Vertex:
    """Return the only place of a record; words behind it are a comment."""
    vertex, end = place(text, doubts)
    rest(text, end, doubts)
    return vertex


def rest(text: str, end: int, doubts: list[str]) -> None:
    """Doubt what stands behind the last value of a record and is no comment."""
    if end < len(text) and not _COMMENT.fullmatch(text, end):
        doubts.append(f"{show(text[end:].strip())} was not read")


def _angle_e7(parts: tuple[str | None, ...], most: int, found: re.Match[str], doubts: list[str]) -> int:
    """Return 1e-7 degrees of (degrees, minutes, seconds, digits after the point of the last of them)."""
    degrees, minutes, seconds, digits = parts
    minute, second = int(minutes or 0), int(seconds or 0)
    if minute == 60 or second == 60:
        doubts.append(f"{show(found[0].strip())}: 60 minutes or seconds, carried over")
    elif minute > 60 or second > 60:
        raise Malformed(f"{show(found[0].strip())}: minutes and seconds end at 60")
    count, under = int(degrees or 0) * 3600 + minute * 60 + second, 3600
    if digits:
        unit = 1 if seconds is not None else 60 if minutes is not None else 3600
        scale = 10 ** len(digits)
        count, under = count * scale + int(digits) * unit, under * scale
    if count > most * under:
        raise Malformed(f"{show(found[0].strip())} is outside -{most} to {most} degrees")
    return _half_even(count * 10_000_000, under)


def _half_even(over: int, under: int) -> int:
    whole, left = divmod(over, under)
    return whole + (2 * left > under or (2 * left == under and whole & 1))


def length_mm(text: str, doubts: list[str]) -> int:
    """Return a radius in millimetres; the record gives it in nautical miles."""
    found = _LENGTH.match(text)
    if found is None:
        raise Malformed(f"{show(text.strip())} is no length in nautical miles")
    rest(text, found.end(), doubts)
    return miles_mm(found[1])


def miles_mm(text: str) -> int:
    """Return a number of nautical miles as millimetres, within the bounds of a radius."""
    radius_mm = scaled(Decimal(text), NAUTICAL_MILE)
    if not 0 < radius_mm <= RADIUS_MAX_MM:
        raise Malformed(f"radius {text} NM is not more than 0 and at most {RADIUS_MAX_MM // 1_000_000} km")
    return radius_mm


def limit(text: str, name: str, doubts: list[str]) -> Limit:
    """Return a floor or ceiling; what cannot be read as a height is not stated, with a doubt."""
    words = text.strip().upper()
    if words in GROUND:
        return Altitude(0, Datum.AGL)
    if words in NO_LIMIT:
        return "unlimited"
    if (level := _LEVEL.fullmatch(words)) is not None:
        return Altitude(int(level[1]) * FLIGHT_LEVEL_MM, Datum.STD)
    found = _HEIGHT.fullmatch(words)
    if found is None:
        doubts.append(f"{name} {show(text)} is no height; taken as not stated")
        return None
    return _height(found, f"{name} {show(text)}", doubts)


def _height(found: re.Match[str], said: str, doubts: list[str]) -> Limit:
    number, unit, reference = found.groups()
    if unit is None:
        doubts.append(f"{said} names no unit; read as feet")
    if reference is None:
        doubts.append(f"{said} names no reference; read as above mean sea level")
    value_mm = scaled(Decimal(number), UNITS[unit or "FT"])
    if not -20_000_000 <= value_mm <= 400_000_000:
        doubts.append(f"{said}: that is no height of an airspace; taken as not stated")
        return None
    return Altitude(value_mm, DATUMS[reference or "AMSL"])


def place_text(vertex: Vertex) -> str:
    """Return a place in degrees, minutes and seconds, with as many decimals as it needs to read back the same."""
    lat_e7, lon_e7 = vertex
    lat, lon = _angle_text(abs(lat_e7), 2), _angle_text(abs(lon_e7), 3)
    return f"{lat} {'S' if lat_e7 < 0 else 'N'} {lon} {'W' if lon_e7 < 0 else 'E'}"


def _angle_text(angle_e7: int, width: int) -> str:
    for places in range(5):  # 1e-4 second is less than a third of 1e-7 degree
        scale = 10**places
        count = _half_even(angle_e7 * 3600 * scale, 10_000_000)
        if _half_even(count * 10_000_000, 3600 * scale) == angle_e7:
            break
    seconds, digits = divmod(count, scale)
    fraction = f".{digits:0{places}}" if places else ""
    return f"{seconds // 3600:0{width}}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def length_text(radius_mm: int) -> str:
    """Return a radius in nautical miles, with as many decimals as it needs to read back the same."""
    for places in range(8):  # 1e-7 NM is 0.2 mm
        scale = 10**places
        count = _half_even(radius_mm * scale, 1_852_000)
        if _half_even(count * 1_852_000, scale) == radius_mm:
            break
    return f"{Decimal(count).scaleb(-places):f}"


def limit_text(limit: Limit) -> str | None:
    """Return a floor or ceiling in OpenAir's words; None where it has none for it (HAE, TAKEOFF, not stated)."""
    if limit == "unlimited":
        return "UNL"
    if limit is None or limit.datum in (Datum.HAE, Datum.TAKEOFF):
        return None
    if limit == Altitude(0, Datum.AGL):
        return "GND"
    level, left = divmod(limit.value_mm, FLIGHT_LEVEL_MM)
    if limit.datum is Datum.STD and left == 0 and 0 <= level <= 999:
        return f"FL{level:03}"
    return f"{_height_text(limit.value_mm)} {limit.datum.name}"


def _height_text(value_mm: int) -> str:
    feet = _half_even(value_mm * 5, 1_524)
    if _half_even(feet * 1_524, 5) == value_mm:
        return f"{feet}ft"
    return f"{Decimal(value_mm).scaleb(-3).normalize():f}m"
