"""Heights that cannot forget their datum, the one place where datums meet."""

from __future__ import annotations

import enum

import msgspec


class Datum(enum.Enum):
    """What a height is measured from (ED-318 and ASTM F3411-22a use the first four, pilots the last)."""

    HAE = "hae"  # the WGS 84 ellipsoid
    AMSL = "amsl"  # mean sea level, by the geoid the station names
    AGL = "agl"  # the ground straight below
    TAKEOFF = "takeoff"  # where it took off: comparable only when that ground height is known
    STD = "std"  # the 1013.25 hPa surface: a pressure, not a height


class Altitude(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A height in millimetres above its datum; `<` is not defined, ask `difference_mm`."""

    value_mm: int
    datum: Datum


def difference_mm(upper: Altitude, lower: Altitude) -> int | None:
    """Return `upper - lower` in millimetres, or None where the two datums cannot be compared as they stand.

    Comparing across datums needs a geoid (HAE, AMSL), terrain (AGL), the take-off ground height (TAKEOFF)
    or a pressure (STD): `rules.heights` derives what can be derived before it asks. Without them the honest answer is
    None, which a verdict turns into CANNOT_TELL.
    """
    if upper.datum is not lower.datum:
        return None
    return upper.value_mm - lower.value_mm
