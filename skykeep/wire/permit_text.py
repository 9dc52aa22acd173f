"""A permit written as the JSON that `permits.read` reads: what is written and read again is the same permit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

import msgspec

from skykeep.facts.enacted import (
    Circle,
    Consent,
    Limit,
    PermitEnacted,
    PermitRevoked,
    PermitVolume,
    Polygon,
    Thresholds,
    ZonePin,
)
from skykeep.facts.personal import NameKind
from skykeep.geo.altitude import Altitude
from skykeep.wire.identity import serial_doubt
from skykeep.wire.jsontext import Json

Spoken = Callable[[str], str]
"""Says a pseudonym as whoever reads may know it: the value, a mask, or the pseudonym itself."""


def write(permits: Iterable[PermitEnacted], revocations: Iterable[PermitRevoked], spoken: Spoken) -> bytes:
    """Return a permit file, indented; a revocation stands with the last version of its permit."""
    listed = list(permits)
    last = {permit.permit_id: permit.version for permit in sorted(listed, key=lambda one: one.version)}
    acts = {act.permit_id: act for act in revocations}
    document = {
        "permits": [
            plain(permit, spoken, acts.get(permit.permit_id) if permit.version == last[permit.permit_id] else None)
            for permit in listed
        ]
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def plain(permit: PermitEnacted, spoken: Spoken, revoked: PermitRevoked | None = None) -> dict[str, Json]:
    """Return one permit as the object of a permit file; what is absent or empty is left out."""
    aircraft = [(one, spoken(one)) for one in permit.aircraft]
    of: dict[str, Json] = {
        "id": permit.permit_id,
        "version": permit.version,
        "granted_at": moment(permit.granted_at_ns),
        "holder": _said(permit.holder, spoken),
        "issuer": permit.issuer,
        "pilots": [spoken(one) for one in permit.pilots],
        "aircraft": [said for one, said in aircraft if _is_serial(one, said)],
        "registrations": [said for one, said in aircraft if not _is_serial(one, said)],
        "operators": [spoken(one) for one in permit.operators],
        "sessions": [spoken(one) for one in permit.sessions],
        "volumes": [_volume(part) for part in permit.volumes],
        "thresholds": _thresholds(permit.thresholds),
        "zones": [_pin(pin) for pin in permit.zones],
        "consents": [_consent(one, spoken) for one in permit.consents],
        "state_flight": permit.state_flight,
        "standing": permit.standing,
        "priority": permit.priority,
        "purpose": permit.purpose,
        "category": permit.category,
        "mode": permit.operation,
        "conditions": list(permit.conditions),
        "condition_codes": list(permit.condition_codes),
        "contact": _said(permit.contact, spoken),
        "application_sha256": permit.application_sha256,
        "revoked": None if revoked is None else _revoked(revoked, spoken),
    }
    return {key: value for key, value in of.items() if value not in (None, [], False, 0)}


def _said(name: str | None, spoken: Spoken) -> str | None:
    return None if name is None else spoken(name)


def _is_serial(pseudonym: str, said: str) -> bool:
    """Whether an aircraft goes under "aircraft"; a name without a pseudonym's prefix is known by its form."""
    for kind in (NameKind.UAS_ID, NameKind.REGISTRATION):
        if pseudonym.startswith(f"{kind.value}:"):
            return kind is NameKind.UAS_ID
    return serial_doubt(said) is None


def _volume(part: PermitVolume) -> dict[str, Json]:
    return {
        "area": area(part.volume.outline),
        "floor": limit(part.volume.floor),
        "ceiling": limit(part.volume.ceiling),
        "from": moment(part.start_ns),
        "until": moment(part.end_ns),
    }


def area(outline: Polygon | Circle) -> dict[str, Json]:
    """Return an outline as GeoJSON polygon, or as centre and radius; longitude first, as GeoJSON has it."""
    if isinstance(outline, Circle):
        return {"center": [outline.lon_e7 / 1e7, outline.lat_e7 / 1e7], "radius_m": outline.radius_mm / 1e3}
    rings = [[[lon / 1e7, lat / 1e7] for lat, lon in ring] for ring in outline.rings]
    return {"type": "Polygon", "coordinates": rings}


def limit(value: Limit) -> Json:
    """Return a floor or ceiling as its object, the word "unlimited", or None where it is not stated."""
    return {"value_m": value.value_mm / 1e3, "datum": value.datum.value} if isinstance(value, Altitude) else value


def _thresholds(value: Thresholds | None) -> dict[str, Json] | None:
    if value is None:
        return None
    return {
        "horizontal_m": value.horizontal_mm / 1e3,
        "vertical_m": value.vertical_mm / 1e3,
        "time_s": value.time_ns / 1e9,
    }


def _pin(pin: ZonePin) -> Json:
    return pin.zone_id if pin.version is None else {"id": pin.zone_id, "version": pin.version}


def _consent(one: Consent, spoken: Spoken) -> dict[str, Json]:
    return {
        "zone": one.zone_id,
        "zone_version": one.zone_version,
        "authority": one.authority,
        "officer": spoken(one.officer),
        "at": moment(one.t_ns),
    }


def _revoked(act: PermitRevoked, spoken: Spoken) -> dict[str, Json]:
    of = {"at": moment(act.t_ns), "reason": act.reason, "officer": _said(act.officer, spoken)}
    return {key: value for key, value in of.items() if value is not None}


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def moment(t_ns: int) -> str:
    """Return nanoseconds since 1970 as ISO 8601 in UTC, to the last nanosecond that is not zero."""
    at = _EPOCH + dt.timedelta(seconds=t_ns // 1_000_000_000)
    fraction = f".{t_ns % 1_000_000_000:09d}".rstrip("0").rstrip(".")
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z"
