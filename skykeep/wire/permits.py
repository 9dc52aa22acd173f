"""Permits as an office writes them: a JSON file, one object a permit, with all of EU 2021/664 Annex IV.

    {"permits": [{"id": "P-2026-017", "granted_at": "2026-04-28T09:00:00Z", "aircraft": ["1581F45TB21A4C00BXYZ"],
      "volumes": [{"area": {"center": [30.52, 50.45], "radius_m": 400},
        "floor": {"value_m": 0, "datum": "agl"}, "ceiling": {"value_m": 120, "datum": "agl"},
        "from": "2026-05-01T08:00:00Z", "until": "2026-05-01T12:00:00Z"}]}]}

Every key is published in skykeep/schemas/permits.schema.json and told in docs/reference/formats/permits.md. One bad
permit is refused by name, the others are kept: a permit that cannot be read whole permits nothing.

Serial numbers (CTA-2063-A) and EU operator ids (EN 4709-002) with a wrong form are kept with a doubt: the permit is
granted already, and the same wrong form may be what the aircraft broadcasts. An application with one is refused
(wire/application.py): there somebody is still there to correct it.

The Annex IV keys that no verdict needs (`ANNEX_KEYS`) are checked for their form and not kept in the fact: they stay
in the application, whose hash the permit bears.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.conditions import CONDITIONS
from skykeep.facts.enacted import (
    Circle,
    Consent,
    Limit,
    PermitEnacted,
    PermitRevoked,
    PermitVolume,
    Polygon,
    Thresholds,
    Volume,
    ZonePin,
)
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Datum
from skykeep.wire import outlines, quantity
from skykeep.wire.identity import operator_doubt, serial_doubt, without_secret
from skykeep.wire.jsontext import BOM, Json, kind, read_unique, refuse_unknown, show
from skykeep.wire.moments import iso_ns
from skykeep.wire.zonefile import at_or_below

BYTES_MAX = 20_000_000

IDENTITIES = ("aircraft", "registrations", "operators", "sessions")
ANNEX_KEYS = (
    "uas_class", "type_certificate", "identification_technologies", "connectivity", "endurance_min",
    "emergency_procedure",
)  # fmt: skip
ASKED_KEYS = (
    "holder", "pilots", *IDENTITIES, "volumes", "thresholds", "zones", "state_flight", "standing", "priority",
    "purpose", "category", "mode", "conditions", "condition_codes", "contact", *ANNEX_KEYS,
)  # fmt: skip
KEYS = ("id", "version", "granted_at", *ASKED_KEYS, "consents", "issuer", "application_sha256", "revoked")
VOLUME_KEYS = ("area", "floor", "ceiling", "from", "until")
LIMIT_KEYS = ("value_m", "datum")
THRESHOLD_KEYS = ("horizontal_m", "vertical_m", "time_s")
PIN_KEYS = ("id", "version")
CONSENT_KEYS = ("zone", "zone_version", "authority", "officer", "at")
REVOKED_KEYS = ("at", "reason", "officer")

CATEGORIES = ("open", "specific", "certified")
MODES = ("vlos", "bvlos")
CLASSES = ("C0", "C1", "C2", "C3", "C4", "C5", "C6")
PRIORITY_MAX = 1_000

_MEANT = {
    "serial": '"aircraft", a list of serial numbers', "serials": '"aircraft", a list of serial numbers',
    "uas_serial_number": '"aircraft", a list of serial numbers', "uas_id": '"registrations", a list',
    "operator": '"operators", a list', "operator_id": '"operators", a list', "session": '"sessions", a list',
    "pilot": '"pilots", a list', "volume": '"volumes", a list',
    "permit_id": '"id"', "start": '"from"', "end": '"until"', "valid_from": '"from"', "valid_until": '"until"',
    "geometry": '"area"', "polygon": '"area"', "circle": '"area"', "lower": '"floor"', "upper": '"ceiling"',
    "operation_category": '"category"', "operation_mode": '"mode"', "operation": '"mode"',
    "uas_type_certificate": '"type_certificate"', "connectivity_methods": '"connectivity"',
    "endurance_minutes": '"endurance_min"', "emergency_procedure_url": '"emergency_procedure"',
}  # fmt: skip

_T = TypeVar("_T")


@dataclasses.dataclass(frozen=True, slots=True)
class PermitReport:
    """What was refused or doubted in a permit file: where it stands, whose it is, and what to do."""

    where: str  # "permits[3].volumes[0].until"
    permit_id: str | None
    what: str


@dataclasses.dataclass(frozen=True, slots=True)
class PermitImport:
    """The permits of one file, and what to tell the person who loads it."""

    permits: list[PermitEnacted]
    revocations: list[PermitRevoked]
    refused: list[PermitReport]
    doubted: list[PermitReport]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    permits: list[msgspec.Raw]
    schema: str | None = msgspec.field(name="$schema", default=None)


class PermitFault(Malformed):
    """A fault of one permit, with its place in the file: "permits[3].volumes[0].until"."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(what)
        self.where = where


def read(data: bytes, names: Names) -> PermitImport:
    """Return the permits of a file; Malformed only where the file as a whole is none."""
    if len(data) > BYTES_MAX:
        raise Malformed(f"{len(data)} bytes; a permit file may have {BYTES_MAX}. Split it")
    try:
        file = msgspec.json.decode(data.removeprefix(BOM), type=_File)
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8: {error.reason} (byte {error.start})") from error
    except RecursionError as error:
        raise Malformed("brackets are nested too deeply for a permit file") from error
    except msgspec.DecodeError as error:
        raise Malformed(f"not a permit file: {str(error).removeprefix('JSON is malformed: ')}") from error
    done = PermitImport([], [], [], [])
    taken: set[tuple[str, int]] = set()
    for index, raw in enumerate(file.permits):
        _read_one(done, taken, f"permits[{index}]", bytes(raw), names)
    return done


def _read_one(done: PermitImport, taken: set[tuple[str, int]], where: str, raw: bytes, names: Names) -> None:
    permit_id: str | None = None
    doubts: list[PermitReport] = []
    try:
        of = object_of(where, _at(where, read_unique, raw), KEYS)
        permit_id = _text(where, of, "id", longest=100)
        permit = _permit(where, permit_id, of, names, doubts)
        if (permit_id, permit.version) in taken:
            raise PermitFault(
                f"{where}.version", f"{permit.version} of {permit_id} stands in this file already; raise it"
            )
        revoked = _revoked(where, permit_id, of.get("revoked"), names)
    except PermitFault as error:
        done.refused.append(PermitReport(error.where, permit_id, str(error)))
        return
    taken.add((permit_id, permit.version))
    done.permits.append(permit)
    done.doubted.extend(doubts)
    if revoked is not None:
        done.revocations.append(revoked)


def _permit(where: str, permit_id: str, of: dict[str, Json], names: Names, doubts: list[PermitReport]) -> PermitEnacted:
    asked = asked_permit(where, permit_id, of, names, doubts)
    _doubt_identities(where, permit_id, of, doubts)
    return msgspec.structs.replace(
        asked,
        version=_version(where, of, "version") or 1,
        granted_at_ns=_moment_ns(where, of, "granted_at"),
        consents=_list(where, of, "consents", functools.partial(_consent, names=names)),
        issuer=_optional(where, of, "issuer"),
        application_sha256=_sha256(where, of, "application_sha256"),
    )


def asked_permit(
    where: str, permit_id: str, of: dict[str, Json], names: Names, doubts: list[PermitReport]
) -> PermitEnacted:
    """Return what a permit object asks for, as version 1 and never granted; raises Malformed with the place."""
    who = {key: _texts(where, of, key) for key in IDENTITIES}
    if not any(who.values()):
        raise PermitFault(
            where, f"no identity: give one of {', '.join(IDENTITIES)}; a permit for nobody permits nothing"
        )
    listed = of.get("volumes")
    if not isinstance(listed, list) or not listed:
        raise PermitFault(f"{where}.volumes", f"{kind(listed)} where a list of at least one volume belongs")
    annex(where, of)
    return PermitEnacted(
        permit_id=permit_id,
        version=1,
        granted_at_ns=0,
        holder=_person(where, of, "holder", names),
        pilots=tuple(names.pseudonym(NameKind.PERSON, one) for one in _texts(where, of, "pilots")),
        aircraft=(
            *(names.pseudonym(NameKind.UAS_ID, one) for one in who["aircraft"]),
            *(names.pseudonym(NameKind.REGISTRATION, one) for one in who["registrations"]),
        ),
        operators=tuple(names.pseudonym(NameKind.OPERATOR_ID, without_secret(one)) for one in who["operators"]),
        sessions=tuple(names.pseudonym(NameKind.UAS_ID, one) for one in who["sessions"]),
        volumes=tuple(
            _volume(f"{where}.volumes[{number}]", permit_id, one, doubts) for number, one in enumerate(listed)
        ),
        thresholds=_thresholds(f"{where}.thresholds", of.get("thresholds")),
        zones=_list(where, of, "zones", _pin),
        consents=(),
        state_flight=_at(f"{where}.state_flight", quantity.take_bool, of, "state_flight") or False,
        standing=_at(f"{where}.standing", quantity.take_bool, of, "standing") or False,
        priority=_at(f"{where}.priority", quantity.take_whole, of, "priority", 0, PRIORITY_MAX) or 0,
        purpose=_optional(where, of, "purpose"),
        category=_one_of(where, of, "category", CATEGORIES),
        operation=_one_of(where, of, "mode", MODES),
        conditions=tuple(_texts(where, of, "conditions", longest=2_000)),
        condition_codes=_codes(where, of),
        contact=_contact(where, of, names),
        issuer=None,
        application_sha256=None,
    )


def annex(where: str, of: dict[str, Json]) -> dict[str, Json]:
    """Return the Annex IV keys that a fact does not hold, each checked for its form; absent ones are left out."""
    found: dict[str, Json] = {
        "uas_class": _one_of(where, of, "uas_class", CLASSES),
        "type_certificate": _optional(where, of, "type_certificate"),
        "identification_technologies": _texts(where, of, "identification_technologies") or None,
        "connectivity": _texts(where, of, "connectivity") or None,
        "endurance_min": _at(f"{where}.endurance_min", quantity.take_number, of, "endurance_min", 0, 100_000),
        "emergency_procedure": _optional(where, of, "emergency_procedure", longest=2_000),
    }
    return {key: value for key, value in found.items() if value is not None}


def _thresholds(where: str, value: Json) -> Thresholds | None:
    if value is None:
        return None
    of = object_of(where, value, THRESHOLD_KEYS)
    most = {"horizontal_m": 10_000, "vertical_m": 1_000, "time_s": 86_400}
    ratios = {"horizontal_m": quantity.MILLI, "vertical_m": quantity.MILLI, "time_s": quantity.NS}
    horizontal_mm, vertical_mm, time_ns = (
        _at(where, quantity.take, of, key, 0, most[key], ratios[key]) or 0 for key in THRESHOLD_KEYS
    )
    return Thresholds(horizontal_mm=horizontal_mm, vertical_mm=vertical_mm, time_ns=time_ns)


def _pin(where: str, value: Json) -> ZonePin:
    if isinstance(value, dict):
        of = object_of(where, value, PIN_KEYS)
        return ZonePin(zone_id=_text(where, of, "id"), version=_version(where, of, "version"))
    return ZonePin(zone_id=_text(where, {"id": value}, "id"), version=None)


def _consent(where: str, value: Json, names: Names) -> Consent:
    of = object_of(where, value, CONSENT_KEYS)
    version = _version(where, of, "zone_version")
    if version is None:
        raise PermitFault(f"{where}.zone_version", "missing; an authority agrees to one version of its zone")
    return Consent(
        zone_id=_text(where, of, "zone"),
        zone_version=version,
        authority=_text(where, of, "authority"),
        officer=names.pseudonym(NameKind.PERSON, _text(where, of, "officer")),
        t_ns=_moment_ns(where, of, "at"),
    )


def _codes(where: str, of: dict[str, Json]) -> tuple[str, ...]:
    codes = _texts(where, of, "condition_codes")
    for number, code in enumerate(codes):
        if code not in CONDITIONS:
            _at(f"{where}.condition_codes[{number}]", functools.partial(refuse_unknown, [code], CONDITIONS))
    return tuple(code for code in CONDITIONS if code in codes)


def _contact(where: str, of: dict[str, Json], names: Names) -> str | None:
    contact = _optional(where, of, "contact")
    return None if contact is None else names.pseudonym(NameKind.TEXT, contact)


def _person(where: str, of: dict[str, Json], key: str, names: Names) -> str | None:
    person = _optional(where, of, key)
    return None if person is None else names.pseudonym(NameKind.PERSON, person)


def _volume(where: str, permit_id: str, value: Json, doubts: list[PermitReport]) -> PermitVolume:
    of = object_of(where, value, VOLUME_KEYS)
    heard: list[str] = []
    outline = _area(f"{where}.area", of.get("area"), heard)
    doubts.extend(PermitReport(f"{where}.area", permit_id, one) for one in heard)
    floor, ceiling = (_limit(f"{where}.{key}", of.get(key)) for key in ("floor", "ceiling"))
    start_ns, end_ns = _moment_ns(where, of, "from"), _moment_ns(where, of, "until")
    if start_ns >= end_ns:
        raise PermitFault(
            f"{where}.until", f"{show(of['until'])} is not after {show(of['from'])}; swap or correct them"
        )
    if at_or_below(ceiling, floor):
        raise PermitFault(f"{where}.ceiling", "not above the floor: the volume has no height; raise it")
    return PermitVolume(volume=Volume(outline=outline, floor=floor, ceiling=ceiling), start_ns=start_ns, end_ns=end_ns)


def _area(where: str, value: Json, heard: list[str]) -> Polygon | Circle:
    of = object_of(where, value, ("type", "coordinates", "center", "radius_m"))
    if "center" in of or "radius_m" in of:
        object_of(where, value, ("center", "radius_m"))
        return _at(where, outlines.circle, of.get("center"), of.get("radius_m"), quantity.MILLI)
    if of.get("type") != "Polygon":
        raise PermitFault(
            f"{where}.type", f'{show(of.get("type"))}; write a GeoJSON "Polygon", or "center" and "radius_m"'
        )
    return _at(where, outlines.polygon, of.get("coordinates"), heard)


def _limit(where: str, value: Json) -> Limit:
    if value is None:
        return None
    if value == "unlimited":
        return "unlimited"
    of = object_of(where, value, LIMIT_KEYS)
    datums = [datum.value for datum in Datum]
    if of.get("datum") not in datums:
        raise PermitFault(f"{where}.datum", f"{show(of.get('datum'))} is none of {', '.join(datums)}; say above what")
    limit = _at(where, quantity.take_altitude, of, "value_m", -1_000, 100_000, quantity.MILLI, Datum(of["datum"]))
    if limit is None:
        raise PermitFault(f"{where}.value_m", 'missing; write the height, "unlimited", or null for the whole limit')
    return limit


def _revoked(where: str, permit_id: str, value: Json, names: Names) -> PermitRevoked | None:
    if value is None:
        return None
    where = f"{where}.revoked"
    of = object_of(where, value, REVOKED_KEYS)
    return PermitRevoked(
        permit_id=permit_id,
        t_ns=_moment_ns(where, of, "at"),
        reason=_text(where, of, "reason", longest=2_000),
        officer=_person(where, of, "officer", names),
    )


def _at(where: str, function: Callable[..., _T], *values: object) -> _T:
    """Call a reader and give its complaint a place."""
    try:
        return function(*values)
    except PermitFault:
        raise
    except Malformed as error:
        raise PermitFault(where, str(error)) from error


def object_of(where: str, value: Json, keys: tuple[str, ...]) -> dict[str, Json]:
    """Return an object that has no other keys than these."""
    if not isinstance(value, dict):
        raise PermitFault(where, f"{kind(value)} where an object belongs")
    _at(where, functools.partial(refuse_unknown, meant=_MEANT), list(value), keys)
    return value


def _text(where: str, of: dict[str, Json], key: str, *, longest: int = 200) -> str:
    text = _at(where, quantity.take_text, of, key, longest)
    if text is None:
        raise PermitFault(f"{where}.{key}", "missing; it is required")
    return text


def _optional(where: str, of: dict[str, Json], key: str, *, longest: int = 200) -> str | None:
    return _at(where, quantity.take_text, of, key, longest)


def _one_of(where: str, of: dict[str, Json], key: str, known: tuple[str, ...]) -> str | None:
    """Return one of the known words, however its letters are written; any other is refused with those known."""
    text = _optional(where, of, key)
    found = None if text is None else next((one for one in known if one.casefold() == text.casefold()), "")
    if found == "":
        raise PermitFault(f"{where}.{key}", f"{show(text)} is none of {', '.join(known)}")
    return found


def _sha256(where: str, of: dict[str, Json], key: str) -> str | None:
    text = _optional(where, of, key)
    if text is not None and (len(text) != 64 or text.strip("0123456789abcdef")):
        raise PermitFault(f"{where}.{key}", "no SHA-256 of 64 digits and small letters a to f")
    return text


def _list(where: str, of: dict[str, Json], key: str, read_one: Callable[[str, Json], _T]) -> tuple[_T, ...]:
    value = of.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise PermitFault(f"{where}.{key}", f"{kind(value)} where a list belongs")
    found = [read_one(f"{where}.{key}[{number}]", one) for number, one in enumerate(value)]
    return tuple(dict.fromkeys(found))


def _texts(where: str, of: dict[str, Json], key: str, *, longest: int = 200) -> list[str]:
    value = of.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise PermitFault(f"{where}.{key}", f"{kind(value)} where a list of texts belongs")
    texts = [_text(f"{where}.{key}", {f"[{at}]": one}, f"[{at}]", longest=longest) for at, one in enumerate(value)]
    return list(dict.fromkeys(texts))


def _version(where: str, of: dict[str, Json], key: str) -> int | None:
    return _at(f"{where}.{key}", quantity.take_whole, of, key, 1, 1_000_000_000)


def _moment_ns(where: str, of: dict[str, Json], key: str) -> int:
    return _at(f"{where}.{key}", iso_ns, _text(where, of, key))


def _doubt_identities(where: str, permit_id: str, of: dict[str, Json], doubts: list[PermitReport]) -> None:
    doubts.extend(PermitReport(place, permit_id, doubt) for place, doubt in identity_doubts(where, of))


def identity_doubts(where: str, of: dict[str, Json]) -> list[tuple[str, str]]:
    """Return each serial number and operator id that breaks its standard, by its place, with what is wrong."""
    forms: Sequence[tuple[str, Callable[[str], str | None]]] = (
        ("aircraft", serial_doubt),
        ("operators", operator_doubt),
    )
    found = [
        (f"{where}.{key}[{number}]", doubt_of(one))
        for key, doubt_of in forms
        for number, one in enumerate(_texts(where, of, key))
    ]
    return [(place, doubt) for place, doubt in found if doubt is not None]
