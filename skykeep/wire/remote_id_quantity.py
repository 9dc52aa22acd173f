"""Open Drone ID codes and the quantities they mean, in integers of one unit, both ways.

The tables are read by the single and by the batch decoder, so that the two cannot differ. None is "unknown": the
sender said so, or the code lies outside what F3411-22a allows (direction above 360°, vertical speed above 62 m/s).
"""

from __future__ import annotations

import math

from skykeep.errors import Refused
from skykeep.facts.observed import FlightStatus, IdKind, OperatorPlaceKind
from skykeep.geo.altitude import Altitude, Datum
from skykeep.geo.exact import atan2
from skykeep.wire.remote_id_message import (
    EPOCH_S,
    TIME_UNKNOWN,
    Auth,
    BasicId,
    Location,
    OperatorId,
    SelfId,
    System,
)

Known = tuple[int | None, ...]
_MDEG = 180_000.0 / math.pi


def _heading(index: int) -> int | None:
    degrees = (index & 255) + 180 * (index >> 8)
    return degrees % 360 * 1000 if degrees <= 360 else None


def _speed(index: int) -> int | None:
    code, multiplied = index & 255, index >> 8
    return (None if code == 255 else 63_750 + 750 * code) if multiplied else 250 * code


def _vspeed(index: int) -> int | None:
    code = index - 256 if index > 127 else index
    return 500 * code if -124 <= code <= 124 else None


def _sixteen(*values: int) -> Known:
    return (None, *values, *(None,) * (15 - len(values)))


HEADING_MDEG: Known = tuple(_heading(index) for index in range(512))  # by east_west << 8 | direction_code
SPEED_MMPS: Known = tuple(_speed(index) for index in range(512))  # by speed_multiplier << 8 | speed_code
VSPEED_MMPS: Known = tuple(_vspeed(index) for index in range(256))  # by vspeed_code & 255
POS_ACCURACY_MM: Known = _sixteen(
    18_520_000, 7_408_000, 3_704_000, 1_852_000, 926_000, 555_600, 185_200, 92_600, 30_000, 10_000, 3_000, 1_000
)  # fmt: skip
ALT_ACCURACY_MM: Known = _sixteen(150_000, 45_000, 25_000, 10_000, 3_000, 1_000)
SPEED_ACCURACY_MMPS: Known = _sixteen(10_000, 3_000, 1_000, 300)
T_ACCURACY_DS: Known = (None, *range(1, 16))

STATUS = (
    FlightStatus.UNDECLARED,
    FlightStatus.GROUND,
    FlightStatus.AIRBORNE,
    FlightStatus.EMERGENCY,
    FlightStatus.RID_FAILURE,
    *(FlightStatus.RESERVED,) * 11,
)
ID_KIND = (IdKind.NONE, IdKind.SERIAL, IdKind.REGISTRATION, IdKind.UTM, IdKind.SESSION, *(IdKind.RESERVED,) * 11)
PLACE_KIND = (OperatorPlaceKind.TAKEOFF, OperatorPlaceKind.LIVE, OperatorPlaceKind.FIXED, OperatorPlaceKind.RESERVED)
HEIGHT_DATUM = (Datum.TAKEOFF, Datum.AGL)  # by height_type


def altitude(code: int, datum: Datum) -> Altitude | None:
    """Return the height that an altitude code means above `datum`."""
    return Altitude(code * 500 - 1_000_000, datum) if code else None


def place_known(lat_e7: int, lon_e7: int) -> bool:
    """Say whether a pair of coordinates is a place: within the globe, and not the (0, 0) that means unknown."""
    return on_globe(lat_e7, lon_e7) and bool(lat_e7 or lon_e7)


def on_globe(lat_e7: int, lon_e7: int) -> bool:
    """Say whether latitude and longitude are such, in 1e-7 degree."""
    return -900_000_000 <= lat_e7 <= 900_000_000 and -1_800_000_000 <= lon_e7 <= 1_800_000_000


def speed_mmps(north_cmps: int, east_cmps: int) -> int:
    """Return the speed of a velocity over ground, cut to whole mm/s."""
    return math.isqrt(100 * (north_cmps * north_cmps + east_cmps * east_cmps))


def course_mdeg(north_cmps: int, east_cmps: int) -> int | None:
    """Return the direction of a velocity over ground, clockwise from north; None of what stands still."""
    if not (north_cmps or east_cmps):
        return None
    return round(atan2(float(east_cmps), float(north_cmps)) * _MDEG) % 360_000


# ---- quantities to messages: for simulators and tests ----------------------------------------------


def _altitude_code(what: str, height: Altitude | None, *datums: Datum) -> int:
    if height is None:
        return 0
    if height.datum not in datums:
        raise Refused(f"F3411-22a {what}: a height above {height.datum.value}, it is above {datums[0].value}")
    if not -999_500 <= height.value_mm <= 31_767_500:
        raise Refused(f"F3411-22a {what}: {height.value_mm} mm, it reaches from -999500 to 31767500; None is unknown")
    return (height.value_mm + 1_000_000) // 500


def _direction(heading_mdeg: int | None) -> tuple[int, int]:
    if heading_mdeg is None:
        return 1, 181
    if not 0 <= heading_mdeg <= 360_000:
        raise Refused(f"F3411-22a direction: {heading_mdeg} mdeg is not within 0 to 360000; None is unknown")
    return divmod((heading_mdeg + 500) // 1000 % 360, 180)


def _speed_code(speed_mmps: int | None) -> tuple[int, int]:
    if speed_mmps is None:
        return 1, 255
    if not 0 <= speed_mmps <= 254_250:
        raise Refused(f"F3411-22a speed: {speed_mmps} mm/s is not within 0 to 254250; None is unknown")
    return (0, speed_mmps // 250) if speed_mmps <= 63_750 else (1, (speed_mmps - 63_750 + 375) // 750)


def _vspeed_code(vspeed_mmps: int | None) -> int:
    if vspeed_mmps is None:
        return 126
    if not -62_000 <= vspeed_mmps <= 62_000:
        raise Refused(f"F3411-22a vertical speed: {vspeed_mmps} mm/s is not within -62000 to 62000; None is unknown")
    return abs(vspeed_mmps) // 500 * (1 if vspeed_mmps >= 0 else -1)


def _accuracy_code(table: Known, accuracy: int | None) -> int:
    """The narrowest class that still holds `accuracy`; what is worse than the widest is unknown."""
    if accuracy is None:
        return 0
    return max((code for code, bound in enumerate(table) if bound is not None and accuracy <= bound), default=0)


def _coordinates(what: str, lat_e7: int | None, lon_e7: int | None) -> tuple[int, int]:
    if lat_e7 is None or lon_e7 is None:
        return 0, 0
    if not on_globe(lat_e7, lon_e7):
        raise Refused(f"F3411-22a {what}: {lat_e7}, {lon_e7} (1e-7 degree) is no place on the globe; None is unknown")
    return lat_e7, lon_e7


def location(  # noqa: PLR0913  # a Location has that many fields
    *,
    status: FlightStatus,
    lat_e7: int | None,
    lon_e7: int | None,
    altitude: Altitude | None = None,
    pressure_altitude: Altitude | None = None,
    height: Altitude | None = None,
    speed_mmps: int | None = None,
    vspeed_mmps: int | None = None,
    heading_mdeg: int | None = None,
    pos_accuracy_mm: int | None = None,
    alt_accuracy_mm: int | None = None,
    pressure_accuracy_mm: int | None = None,
    speed_accuracy_mmps: int | None = None,
    t_claimed_ds: int | None = None,
    t_accuracy_ds: int | None = None,
    version: int = 2,
) -> Location:
    """Return the Location message that says this: angles and speeds above 63.75 m/s to the nearest, the rest cut.

    Raises Refused for what the message cannot say; None is the standard's own "unknown".
    """
    east_west, direction_code = _direction(heading_mdeg)
    multiplier, speed_code = _speed_code(speed_mmps)
    lat_e7, lon_e7 = _coordinates("Location", lat_e7, lon_e7)
    if t_claimed_ds is not None and not 0 <= t_claimed_ds <= 36_000:
        raise Refused(f"F3411-22a time: {t_claimed_ds} tenths of a second is not within the hour; None is unknown")
    return Location(
        version,
        STATUS.index(status),
        int(height is not None and height.datum is Datum.AGL),
        east_west,
        multiplier,
        direction_code,
        speed_code,
        _vspeed_code(vspeed_mmps),
        lat_e7,
        lon_e7,
        _altitude_code("pressure altitude", pressure_altitude, Datum.STD),
        _altitude_code("geodetic altitude", altitude, Datum.HAE),
        _altitude_code("height", height, Datum.TAKEOFF, Datum.AGL),
        _accuracy_code(ALT_ACCURACY_MM, alt_accuracy_mm),
        _accuracy_code(POS_ACCURACY_MM, pos_accuracy_mm),
        _accuracy_code(ALT_ACCURACY_MM, pressure_accuracy_mm),
        _accuracy_code(SPEED_ACCURACY_MMPS, speed_accuracy_mmps),
        TIME_UNKNOWN if t_claimed_ds is None else t_claimed_ds,
        t_accuracy_ds or 0,
    )


def system(  # noqa: PLR0913  # so has a System
    *,
    operator_place_kind: OperatorPlaceKind,
    lat_e7: int | None,
    lon_e7: int | None,
    operator_altitude: Altitude | None = None,
    classification: int = 1,
    area_count: int = 1,
    area_radius_m: int = 0,
    area_ceiling: Altitude | None = None,
    area_floor: Altitude | None = None,
    category_eu: int = 0,
    class_eu: int = 0,
    t_claimed_s: int | None = None,
    version: int = 2,
) -> System:
    """Return the System message that says this; raises Refused for what the message cannot say."""
    lat_e7, lon_e7 = _coordinates("System", lat_e7, lon_e7)
    if not 0 <= area_radius_m <= 2_550:
        raise Refused(f"F3411-22a area radius: {area_radius_m} m is not within 0 to 2550")
    if t_claimed_s is not None and not EPOCH_S <= t_claimed_s <= EPOCH_S + 0xFFFFFFFF:
        raise Refused(f"F3411-22a System time: {t_claimed_s} s, it counts 32 bits from 2019-01-01; None is unknown")
    return System(
        version,
        PLACE_KIND.index(operator_place_kind),
        classification,
        lat_e7,
        lon_e7,
        area_count,
        area_radius_m // 10,
        _altitude_code("area ceiling", area_ceiling, Datum.HAE),
        _altitude_code("area floor", area_floor, Datum.HAE),
        category_eu,
        class_eu,
        _altitude_code("operator altitude", operator_altitude, Datum.HAE),
        0 if t_claimed_s is None else t_claimed_s - EPOCH_S,
    )


def _padded(what: str, value: bytes, size: int) -> bytes:
    if len(value) > size:
        raise Refused(f"F3411-22a {what}: {len(value)} bytes do not fit {size}")
    return value.ljust(size, b"\0")


def basic_id(*, id_kind: IdKind, uas_id: bytes, ua_type: int, version: int = 2) -> BasicId:
    """Return the Basic ID message with this id: ASCII for serial and registration, binary for UTM and session."""
    return BasicId(version, ID_KIND.index(id_kind), ua_type, _padded("UAS id", uas_id, 20))


def operator_id(value: bytes, *, id_type: int = 0, version: int = 2) -> OperatorId:
    """Return the Operator ID message with this id; the three secret characters of an EU id are never sent."""
    return OperatorId(version, id_type, _padded("operator id", value, 20))


def self_id(text: bytes, *, text_type: int = 0, version: int = 2) -> SelfId:
    """Return the Self ID message with this text."""
    return SelfId(version, text_type, _padded("Self ID text", text, 23))


def auth(signature: bytes, *, auth_type: int, t_claimed_s: int, version: int = 2) -> tuple[Auth, ...]:
    """Return the pages that carry `signature`: 17 bytes on the first, 23 on each that follows."""
    if len(signature) > 255:
        raise Refused(f"F3411-22a Auth: {len(signature)} bytes, a length is at most 255")
    rest = [signature[at : at + 23] for at in range(17, len(signature), 23)]
    t_s, begin = t_claimed_s - EPOCH_S, signature[:17].ljust(17, b"\0")
    first = Auth(version, auth_type, 0, len(rest), len(signature), t_s, begin)
    return (
        first,
        *(Auth(version, auth_type, n, None, None, None, data.ljust(23, b"\0")) for n, data in enumerate(rest, 1)),
    )
