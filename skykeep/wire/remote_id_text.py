"""What Open Drone ID says in text, as people write it: ids, free text, places."""

from __future__ import annotations

import functools

from skykeep.wire import remote_id_quantity as quantity


@functools.lru_cache(4096)  # said again every few seconds
def uas_id_text(id_type: int, uas_id: bytes) -> str:
    """Return an id as people write it, "" where it is empty: text, a UUID for type 3, 40 hexadecimal digits for type 4.

    Serial numbers and registrations end at the first NUL, as every receiver reads them; ids of type 0 or of a
    reserved type are shown whole.
    """
    if not any(uas_id):
        return ""
    if id_type in {1, 2}:
        return text_of(uas_id)
    if id_type == 3:
        digits = uas_id[:16].hex()
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    if id_type == 4:
        return uas_id.hex()
    return escaped(uas_id.rstrip(b"\0"))


@functools.lru_cache(4096)  # said again every few seconds
def text_of(field: bytes) -> str:
    """Return the text up to the first NUL."""
    return escaped(field.partition(b"\0")[0])


def escaped(data: bytes) -> str:
    r"""Return ASCII with every other byte, and the backslash, as \xNN: nothing is lost, nothing can pose as another."""
    if data.isascii() and b"\\" not in data and (text := data.decode("ascii")).isprintable():
        return text
    return "".join(chr(byte) if 32 <= byte <= 126 and byte != 92 else f"\\x{byte:02x}" for byte in data)


@functools.lru_cache(4096)  # said again every few seconds
def place_text(lat_e7: int, lon_e7: int, altitude_dm: int | None) -> str:
    """Return `lat,lon` in degrees and, if it is known, `,metres` above the ellipsoid; "" where the place is unknown."""
    if not quantity.place_known(lat_e7, lon_e7):
        return ""
    place = f"{_decimal(lat_e7, 7)},{_decimal(lon_e7, 7)}"
    return place if altitude_dm is None else f"{place},{_decimal(altitude_dm, 1)}"


def _decimal(value: int, places: int) -> str:
    whole, part = divmod(abs(value), 10**places)
    return f"{'-' if value < 0 else ''}{whole}.{part:0{places}d}"
