"""What programs send: the bodies of acts, in degrees, metres and minutes; unknown keys are refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from skykeep.geo.altitude import Altitude, Datum
from skykeep.station import asked
from skykeep.web.problems import Failed
from skykeep.wire.quantity import E7, MILLI, scaled

WORDS_MAX = 2_000
RING_MAX = 500
CONFIRMED_MAX_H = 24  # as the station takes it
MOMENT_MAX_MS = 253_402_300_799_000  # the end of the year 9999
Words = Annotated[str, Meta(min_length=1, max_length=WORDS_MAX)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Number = Annotated[int, Meta(ge=1, le=(1 << 63) - 1)]
LatDeg = Annotated[float, Meta(ge=-90, le=90)]
LonDeg = Annotated[float, Meta(ge=-180, le=180)]
RadiusM = Annotated[float, Meta(ge=1, le=50_000)]
HeightM = Annotated[float, Meta(ge=-1_000, le=50_000)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Encoding shared by all bodies."""


class Reason(_Body, frozen=True, kw_only=True):
    """Why; it stands in the record."""

    reason: Words


class Shelve(_Body, frozen=True, kw_only=True):
    """Out of sight for a while, never for ever."""

    reason: Words
    minutes: Annotated[int, Meta(ge=1, le=30)]


class IncidentOpen(_Body, frozen=True, kw_only=True):
    """Something that no alarm told of."""

    reason: Words
    track_id: Number | None = None


class Note(_Body, frozen=True, kw_only=True):
    """Words for the log of an incident."""

    words: Words
    about_ms: Annotated[int, Meta(ge=0, le=MOMENT_MAX_MS)] | None = None
    """The moment of the past that they are about; it stands before them, to the second."""


class Merge(_Body, frozen=True, kw_only=True):
    """The other incident becomes part of this one."""

    other_id: Number


class HandOver(_Body, frozen=True, kw_only=True):
    """To another officer, by account name."""

    to_person: Name


class Place(_Body, frozen=True, kw_only=True):
    """A place by WGS 84."""

    lat_deg: LatDeg
    lon_deg: LonDeg


class Circle(_Body, frozen=True, kw_only=True):
    """A circle around a place."""

    lat_deg: LatDeg
    lon_deg: LonDeg
    radius_m: RadiusM


class Height(_Body, frozen=True, kw_only=True):
    """A height and what it is measured from."""

    value_m: HeightM
    datum: Datum


class Emergency(_Body, frozen=True, kw_only=True):
    """A zone at once: exactly one of circle and polygon; unless a second officer confirms it, it lapses."""

    reason: Words
    circle: Circle | None = None
    polygon: Annotated[list[Place], Meta(min_length=3, max_length=RING_MAX)] | None = None
    floor: Height | None = None
    ceiling: Height | None = None
    minutes: Annotated[int, Meta(ge=1, le=60)] = 60
    name: Annotated[str, Meta(max_length=200)] = ""


class Confirm(_Body, frozen=True, kw_only=True):
    """By the second officer: how long the zone holds from now on."""

    hours: Annotated[float, Meta(gt=0, le=CONFIRMED_MAX_H)]


class Application(_Body, frozen=True, kw_only=True):
    """An application for a permit, as docs/reference/formats/permits.md has it."""

    application: dict[str, Any]
    permit_id: Name | None = None  # that it answers; absent: a new one


class Decision(_Body, frozen=True, kw_only=True):
    """Why; it is signed and kept."""

    reason: Words
    # `moved_ns` as it was seen; must be there to recommend and to grant
    seen_ns: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)] | None = None


class Credential(_Body, frozen=True, kw_only=True):
    """A credential as a QR code holds it."""

    credential: Annotated[str, Meta(min_length=1, max_length=4_000)]


def emergency(body: Emergency, *, preview: bool) -> asked.ZoneEmergency:
    """Return an emergency zone as the station takes it; a problem where it has no area, or two."""
    if (body.circle is None) == (body.polygon is None):
        raise Failed("malformed", "an emergency zone has a circle or a polygon, and not both", "Give one of the two.")
    circle = body.circle
    return asked.ZoneEmergency(
        circle=None if circle is None else (_e7(circle.lat_deg), _e7(circle.lon_deg), _mm(circle.radius_m)),
        ring=[(_e7(place.lat_deg), _e7(place.lon_deg)) for place in body.polygon or ()],
        floor=_altitude(body.floor),
        ceiling=_altitude(body.ceiling),
        minutes=body.minutes,
        name=body.name,
        preview=preview,
    )


def _e7(value_deg: float) -> int:
    return scaled(Decimal(repr(value_deg)), E7)


def _mm(value_m: float) -> int:
    return scaled(Decimal(repr(value_m)), MILLI)


def _altitude(height: Height | None) -> Altitude | None:
    return None if height is None else Altitude(_mm(height.value_m), height.datum)
