"""Permits as an office writes them: a JSON file, one object a permit, EU 2021/664 Annex IV shortened.

    {"permits": [{"id": "P-2026-017", "granted_at": "2026-04-28T09:00:00Z", "aircraft": ["1581F45TB21A4C00BXYZ"],
      "volumes": [{"area": {"center": [30.52, 50.45], "radius_m": 400},
        "floor": {"value_m": 0, "datum": "agl"}, "ceiling": {"value_m": 120, "datum": "agl"},
        "from": "2026-05-01T08:00:00Z", "until": "2026-05-01T12:00:00Z"}]}]}

Every key is published in skykeep/schemas/permits.schema.json and told in docs/reference/formats/permits.md. One bad
permit is refused by name, the others are kept: a permit that cannot be read whole permits nothing. Serial numbers
(CTA-2063-A) and EU operator ids (EN 4709-002) with a wrong form are kept with a doubt, because the same wrong form
may be what the aircraft broadcasts.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import TypeVar

import msgspec

from skykeep.errors import Malformed
from skykeep.facts.enacted import Circle, Limit, PermitEnacted, PermitRevoked, PermitVolume, Polygon, Volume, ZonePin
from skykeep.facts.personal import NameKind, Names
from skykeep.geo.altitude import Datum
from skykeep.wire import outlines, quantity
from skykeep.wire.identity import operator_doubt, serial_doubt, without_secret
from skykeep.wire.jsontext import BOM, Json, kind, read_unique, refuse_unknown, show
from skykeep.wire.moments import iso_ns
from skykeep.wire.zonefile import at_or_below

BYTES_MAX = 20_000_000

KEYS = (
    "id", "version", "granted_at", "holder", "aircraft", "registrations", "operators", "sessions", "volumes", "zones",
    "state_flight", "conditions", "issuer", "revoked",
)  # fmt: skip
VOLUME_KEYS = ("area", "floor", "ceiling", "from", "until")
LIMIT_KEYS = ("value_m", "datum")
REVOKED_KEYS = ("at", "reason", "officer")
IDENTITIES = ("aircraft", "registrations", "operators", "sessions")

_MEANT = {
    "serial": '"aircraft", a list of serial numbers', "serials": '"aircraft", a list of serial numbers',
    "operator": '"operators", a list', "session": '"sessions", a list', "volume": '"volumes", a list',
    "permit_id": '"id"', "start": '"from"', "end": '"until"', "valid_from": '"from"', "valid_until": '"until"',
    "geometry": '"area"', "polygon": '"area"', "circle": '"area"', "lower": '"floor"', "upper": '"ceiling"',
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


class _Fault(Malformed):
    """A fault of one permit, with its place in the file."""

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
        of = _object(where, _at(where, read_unique, raw), KEYS)
        permit_id = _text(where, of, "id", longest=100)
        permit = _permit(where, permit_id, of, names, doubts)
        if (permit_id, permit.version) in taken:
            raise _Fault(f"{where}.version", f"{permit.version} of {permit_id} stands in this file already; raise it")
        revoked = _revoked(where, permit_id, of.get("revoked"), names)
    except _Fault as error:
        done.refused.append(PermitReport(error.where, permit_id, str(error)))
        return
    taken.add((permit_id, permit.version))
    done.permits.append(permit)
    done.doubted.extend(doubts)
    if revoked is not None:
        done.revocations.append(revoked)


def _permit(where: str, permit_id: str, of: dict[str, Json], names: Names, doubts: list[PermitReport]) -> PermitEnacted:
    who = {key: _texts(where, of, key) for key in IDENTITIES}
    if not any(who.values()):
        raise _Fault(where, f"no identity: give one of {', '.join(IDENTITIES)}; a permit for nobody permits nothing")
    _doubt_identities(where, permit_id, who, doubts)
    listed = of.get("volumes")
    if not isinstance(listed, list) or not listed:
        raise _Fault(f"{where}.volumes", f"{kind(listed)} where a list of at least one volume belongs")
    holder = _optional(where, of, "holder")
    aircraft = [*who["aircraft"], *who["registrations"]]
    return PermitEnacted(
        permit_id=permit_id,
        version=_version(where, of),
        granted_at_ns=_moment_ns(where, of, "granted_at"),
        holder=None if holder is None else names.pseudonym(NameKind.PERSON, holder),
        pilots=(),
        aircraft=tuple(names.pseudonym(NameKind.UAS_ID, one) for one in aircraft),
        operators=tuple(names.pseudonym(NameKind.OPERATOR_ID, without_secret(one)) for one in who["operators"]),
        sessions=tuple(names.pseudonym(NameKind.UAS_ID, one) for one in who["sessions"]),
        volumes=tuple(
            _volume(f"{where}.volumes[{number}]", permit_id, one, doubts) for number, one in enumerate(listed)
        ),
        thresholds=None,
        zones=tuple(ZonePin(zone_id=zone_id, version=None) for zone_id in _texts(where, of, "zones")),
        consents=(),
        state_flight=_at(f"{where}.state_flight", quantity.take_bool, of, "state_flight") or False,
        standing=False,
        priority=0,
        purpose=None,
        category=None,
        operation=None,
        conditions=tuple(_texts(where, of, "conditions", longest=2_000)),
        condition_codes=(),
        contact=None,
        issuer=_optional(where, of, "issuer"),
        application_sha256=None,
    )


def _volume(where: str, permit_id: str, value: Json, doubts: list[PermitReport]) -> PermitVolume:
    of = _object(where, value, VOLUME_KEYS)
    heard: list[str] = []
    outline = _area(f"{where}.area", of.get("area"), heard)
    doubts.extend(PermitReport(f"{where}.area", permit_id, one) for one in heard)
    floor, ceiling = (_limit(f"{where}.{key}", of.get(key)) for key in ("floor", "ceiling"))
    start_ns, end_ns = _moment_ns(where, of, "from"), _moment_ns(where, of, "until")
    if start_ns >= end_ns:
        raise _Fault(f"{where}.until", f"{show(of['until'])} is not after {show(of['from'])}; swap or correct them")
    if at_or_below(ceiling, floor):
        raise _Fault(f"{where}.ceiling", "not above the floor: the volume has no height; raise it")
    return PermitVolume(volume=Volume(outline=outline, floor=floor, ceiling=ceiling), start_ns=start_ns, end_ns=end_ns)


def _area(where: str, value: Json, heard: list[str]) -> Polygon | Circle:
    of = _object(where, value, ("type", "coordinates", "center", "radius_m"))
    if "center" in of or "radius_m" in of:
        _object(where, value, ("center", "radius_m"))
        return _at(where, outlines.circle, of.get("center"), of.get("radius_m"), quantity.MILLI)
    if of.get("type") != "Polygon":
        raise _Fault(f"{where}.type", f'{show(of.get("type"))}; write a GeoJSON "Polygon", or "center" and "radius_m"')
    return _at(where, outlines.polygon, of.get("coordinates"), heard)


def _limit(where: str, value: Json) -> Limit:
    if value is None:
        return None
    if value == "unlimited":
        return "unlimited"
    of = _object(where, value, LIMIT_KEYS)
    datums = [datum.value for datum in Datum]
    if of.get("datum") not in datums:
        raise _Fault(f"{where}.datum", f"{show(of.get('datum'))} is none of {', '.join(datums)}; say above what")
    limit = _at(where, quantity.take_altitude, of, "value_m", -1_000, 100_000, quantity.MILLI, Datum(of["datum"]))
    if limit is None:
        raise _Fault(f"{where}.value_m", 'missing; write the height, "unlimited", or null for the whole limit')
    return limit


def _revoked(where: str, permit_id: str, value: Json, names: Names) -> PermitRevoked | None:
    if value is None:
        return None
    where = f"{where}.revoked"
    of = _object(where, value, REVOKED_KEYS)
    officer = _optional(where, of, "officer")
    return PermitRevoked(
        permit_id=permit_id,
        t_ns=_moment_ns(where, of, "at"),
        reason=_text(where, of, "reason", longest=2_000),
        officer=None if officer is None else names.pseudonym(NameKind.PERSON, officer),
    )


def _at(where: str, function: Callable[..., _T], *values: object) -> _T:
    """Call a reader and give its complaint a place."""
    try:
        return function(*values)
    except _Fault:
        raise
    except Malformed as error:
        raise _Fault(where, str(error)) from error


def _object(where: str, value: Json, keys: tuple[str, ...]) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise _Fault(where, f"{kind(value)} where an object belongs")
    _at(where, functools.partial(refuse_unknown, meant=_MEANT), list(value), keys)
    return value


def _text(where: str, of: dict[str, Json], key: str, *, longest: int = 200) -> str:
    text = _at(where, quantity.take_text, of, key, longest)
    if text is None:
        raise _Fault(f"{where}.{key}", "missing; it is required")
    return text


def _optional(where: str, of: dict[str, Json], key: str) -> str | None:
    return _at(where, quantity.take_text, of, key)


def _texts(where: str, of: dict[str, Json], key: str, *, longest: int = 200) -> list[str]:
    value = of.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _Fault(f"{where}.{key}", f"{kind(value)} where a list of texts belongs")
    texts = [_text(f"{where}.{key}", {f"[{at}]": one}, f"[{at}]", longest=longest) for at, one in enumerate(value)]
    return list(dict.fromkeys(texts))


def _version(where: str, of: dict[str, Json]) -> int:
    version = _at(f"{where}.version", quantity.take_whole, of, "version", 1, 1_000_000_000)
    return 1 if version is None else version


def _moment_ns(where: str, of: dict[str, Json], key: str) -> int:
    return _at(f"{where}.{key}", iso_ns, _text(where, of, key))


def _doubt_identities(where: str, permit_id: str, who: dict[str, list[str]], doubts: list[PermitReport]) -> None:
    for key, doubt_of in (("aircraft", serial_doubt), ("operators", operator_doubt)):
        for number, one in enumerate(who[key]):
            doubt = doubt_of(one)
            if doubt is not None:
                doubts.append(PermitReport(f"{where}.{key}[{number}]", permit_id, doubt))
