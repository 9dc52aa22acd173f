"""What a permit's credential says: a CWT in a COSE_Sign1, read in one form only (RFC 8392, RFC 9052).

    COSE_Sign1   18([protected, {}, payload, signature])        tag 18; EdDSA, 64 bytes
    protected    {1: -8, 4: kid}                                 kid: 4 bytes, the key id of the issuer's note key
    payload      {1: iss, 2: sub, 4: exp, 5: nbf, 6: iat, 8: cnf, 65535: status, -65537: permit}

    iss     the name of the key that signs: the office
    sub     the permit's number
    exp     the end of its last window, seconds since 1970 UTC; nbf the beginning of its first one; iat when granted
    cnf     {1: {1: 1, -1: 6, -2: x}}: the applicant's Ed25519 key, where the application was signed (RFC 8747)
    status  {"status_list": {"idx", "uri"}} (IETF Token Status List)
    permit  a map of our own:

     0  version        1  operators      2  pilots         3  aircraft: serials, registrations, UTM ids
     4  volumes: [[area, floor, ceiling, from, until] ...]; absent: too many for a code
        area     [[lat, lon, dlat, dlon ...] ring ...] in 1e-5 degree, each vertex from the one before; or [lat, lon,
                 radius in 0.1 m]; or the number of the volume (from 0) that has the same area
        heights  [datum, 0.1 m], true for unlimited, null for not stated; datum 0 HAE, 1 AMSL, 2 AGL, 3 take-off, 4 STD
        from, until  seconds after nbf
     5  zones it lifts: [id, version or null] ...    6  purpose: number or text    7  bits of condition codes
     8  contact        9  log index      10  holder        11  sessions            12  conditions in words, how many
    13  state flight (true)              14  [how many volumes, SHA-256 of them] where 4 is absent

All CBOR in its deterministic form, absent instead of empty. So bytes and claims are one to one, and there is nothing
in a credential that its signature does not cover. Areas are rounded to 1e-5 degree (0.8 m at the most), heights and
times inwards: the record holds the exact permit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from skykeep.errors import Malformed
from skykeep.facts import conditions
from skykeep.facts.enacted import Circle, Limit, PermitVolume, Polygon, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.wire import cbor
from skykeep.wire.cbor import Plain

COSE_SIGN1 = 0xD2  # tag 18 as it is written
EDDSA = -8
PERMIT = -65_537  # RFC 8392: less than -65536 is for private use
STATUS = 65_535
E7_A_STEP = 100  # 1e-7 degree in 1e-5 degree
MM_A_STEP = 100
S = 1_000_000_000

_DATUMS = (Datum.HAE, Datum.AMSL, Datum.AGL, Datum.TAKEOFF, Datum.STD)
PURPOSES = (
    "survey", "inspection", "mapping", "media", "delivery", "medical", "police", "rescue", "fire", "agriculture",
    "research", "training", "leisure", "event", "other",
)  # fmt: skip
"""Purposes that are written as their number; new ones are added at the end."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a credential says; volumes as the code shows them, see `shown`."""

    issuer: str
    permit_id: str
    version: int
    expires_s: int
    not_before_s: int
    issued_s: int
    holder_key: bytes | None  # Ed25519, 32 bytes
    status_index: int
    status_list: str
    operators: tuple[str, ...]
    pilots: tuple[str, ...]
    aircraft: tuple[str, ...]
    sessions: tuple[str, ...]
    holder: str | None
    volumes: tuple[PermitVolume, ...]  # empty: left out, and then counted and hashed
    volumes_left_out: int
    volumes_sha256: bytes | None
    zones: tuple[tuple[str, int | None], ...]
    purpose: str | None
    condition_codes: tuple[str, ...]  # of facts/conditions.py, in its order
    conditions_in_words: int
    state_flight: bool
    contact: str | None
    log_index: int


class Envelope(NamedTuple):
    """A COSE_Sign1 taken apart, its signature not checked."""

    kid: bytes
    kind: str | None  # of the content, header parameter 16; a credential has none
    payload: bytes
    signature: bytes


def open_envelope(data: bytes) -> Envelope:
    """Take a COSE_Sign1 apart; Malformed unless it is written in the one form of this module's docstring."""
    if data[:1] != bytes([COSE_SIGN1]):
        raise Malformed("COSE: it does not begin with tag 18")
    parts = cbor.decode(data[1:])
    if not isinstance(parts, list) or len(parts) != 4 or parts[1] != {}:
        raise Malformed("COSE: not four parts with empty unprotected headers")
    protected, _, payload, signature = parts
    if not isinstance(protected, bytes) or not isinstance(payload, bytes) or not isinstance(signature, bytes):
        raise Malformed("COSE: header, payload or signature is no byte string")
    if len(signature) != 64:
        raise Malformed(f"COSE: a signature of {len(signature)} bytes; Ed25519 has 64")
    kid, kind = _headers(protected)
    return Envelope(kid, kind, payload, signature)


def _headers(protected: bytes) -> tuple[bytes, str | None]:
    headers = cbor.decode(protected)
    if not isinstance(headers, dict) or headers.get(1) != EDDSA:
        raise Malformed("COSE: the algorithm is not EdDSA")
    kid, kind = headers.get(4), headers.get(16)
    if not isinstance(kid, bytes) or len(kid) != 4:
        raise Malformed("COSE: no key id of 4 bytes")
    if not isinstance(kind, str | None) or len(headers) != (2 if kind is None else 3):
        raise Malformed("COSE: a header that is not ours")
    return kid, kind


# ---- volumes as a code shows them ----------------------------------------------------------------------------


def shown(part: PermitVolume) -> PermitVolume:
    """Return a volume as a code shows it: places on 1e-5 degree, heights and times rounded inwards."""
    volume = part.volume
    return PermitVolume(
        volume=Volume(
            outline=_rounded(volume.outline),
            floor=_limit(volume.floor, lambda mm: -(-mm // MM_A_STEP)),
            ceiling=_limit(volume.ceiling, lambda mm: mm // MM_A_STEP),
        ),
        start_ns=-(-part.start_ns // S) * S,
        end_ns=part.end_ns // S * S,
    )


def _rounded(outline: Polygon | Circle) -> Polygon | Circle:
    if isinstance(outline, Circle):
        return Circle(
            lat_e7=_step(outline.lat_e7), lon_e7=_step(outline.lon_e7),
            radius_mm=outline.radius_mm // MM_A_STEP * MM_A_STEP,
        )  # fmt: skip
    return Polygon(rings=tuple(tuple((_step(lat), _step(lon)) for lat, lon in ring) for ring in outline.rings))


def _step(e7: int) -> int:
    return (e7 + E7_A_STEP // 2) // E7_A_STEP * E7_A_STEP


def _limit(limit: Limit, steps: Callable[[int], int]) -> Limit:
    return Altitude(steps(limit.value_mm) * MM_A_STEP, limit.datum) if isinstance(limit, Altitude) else limit


def volumes_sha256(volumes: Sequence[PermitVolume]) -> bytes:
    """Return the hash that stands for volumes that a code has no room for: over their facts, in order."""
    return hashlib.sha256(msgspec.msgpack.encode(list(volumes))).digest()


# ---- claims to bytes -----------------------------------------------------------------------------------------


def encode(claims: Claims) -> bytes:
    """Return the payload that says `claims`."""
    payload: dict[int | str, Plain] = {
        1: claims.issuer,
        2: claims.permit_id,
        4: claims.expires_s,
        5: claims.not_before_s,
        6: claims.issued_s,
        STATUS: {"status_list": {"idx": claims.status_index, "uri": claims.status_list}},
        PERMIT: _permit(claims),
    }
    if claims.holder_key is not None:
        payload[8] = {1: {1: 1, -1: 6, -2: claims.holder_key}}
    return cbor.encode(payload)


def _permit(claims: Claims) -> dict[int | str, Plain]:
    left_out: Plain = None if claims.volumes_sha256 is None else [claims.volumes_left_out, claims.volumes_sha256]
    said: dict[int | str, Plain] = {
        0: claims.version,
        1: list(claims.operators),
        2: list(claims.pilots),
        3: list(claims.aircraft),
        4: _volumes(claims),
        5: [list(zone) for zone in claims.zones],
        6: PURPOSES.index(claims.purpose) if claims.purpose in PURPOSES else claims.purpose,
        7: conditions.bits(claims.condition_codes) or None,
        8: claims.contact,
        9: claims.log_index,
        10: claims.holder,
        11: list(claims.sessions),
        12: claims.conditions_in_words or None,
        13: claims.state_flight or None,
        14: left_out,
    }
    return {key: value for key, value in said.items() if value is not None and value != []}


def _volumes(claims: Claims) -> list[Plain]:
    earlier: list[Polygon | Circle] = []
    made: list[Plain] = []
    for part in claims.volumes:
        outline = part.volume.outline
        area: Plain = earlier.index(outline) if outline in earlier else _area(outline)
        earlier.append(outline)
        times = [end // S - claims.not_before_s for end in (part.start_ns, part.end_ns)]
        made.append([area, _height(part.volume.floor), _height(part.volume.ceiling), *times])
    return made


def _area(outline: Polygon | Circle) -> list[Plain]:
    if isinstance(outline, Circle):
        return [outline.lat_e7 // E7_A_STEP, outline.lon_e7 // E7_A_STEP, outline.radius_mm // MM_A_STEP]
    return [_deltas(ring) for ring in outline.rings]


def _deltas(ring: Sequence[tuple[int, int]]) -> list[int]:
    before, made = (0, 0), list[int]()
    for lat_e7, lon_e7 in ring:
        here = lat_e7 // E7_A_STEP, lon_e7 // E7_A_STEP
        made += (here[0] - before[0], here[1] - before[1])
        before = here
    return made


def _height(limit: Limit) -> Plain:
    if isinstance(limit, Altitude):
        return [_DATUMS.index(limit.datum), limit.value_mm // MM_A_STEP]
    return True if limit == "unlimited" else None


# ---- bytes to claims -----------------------------------------------------------------------------------------


def decode(payload: bytes) -> Claims:
    """Return what a payload says; Malformed where anything is not as this module writes it."""
    of = _Map(cbor.decode(payload), "claims")
    permit = _Map(of.need(PERMIT, dict), "permit")
    status = _Map(_Map(of.need(STATUS, dict), "status").need("status_list", dict), "status list")
    left_out = permit.take(14, list) or [0, None]
    not_before_s = of.need(5, int)
    claims = Claims(
        issuer=of.need(1, str),
        permit_id=of.need(2, str),
        version=permit.need(0, int),
        expires_s=of.need(4, int),
        not_before_s=not_before_s,
        issued_s=of.need(6, int),
        holder_key=_holder_key(of.take(8, dict)),
        status_index=status.need("idx", int),
        status_list=status.need("uri", str),
        operators=permit.texts(1),
        pilots=permit.texts(2),
        aircraft=permit.texts(3),
        sessions=permit.texts(11),
        holder=permit.take(10, str),
        volumes=_read_volumes(permit.take(4, list) or [], not_before_s),
        volumes_left_out=_typed(left_out[0], int, "permit 14"),
        volumes_sha256=left_out[1] if isinstance(left_out[-1], bytes) else None,
        zones=tuple(_zone(zone) for zone in permit.take(5, list) or []),
        purpose=_purpose(permit.get(6)),
        condition_codes=_codes(permit.take(7, int) or 0),
        conditions_in_words=permit.take(12, int) or 0,
        state_flight=permit.take(13, bool) or False,
        contact=permit.take(8, str),
        log_index=permit.need(9, int),
    )
    _require_one_form(claims, payload)
    return claims


def _require_one_form(claims: Claims, payload: bytes) -> None:
    """Whatever was passed over above, or could have been said otherwise, comes out as other bytes here."""
    try:
        again = encode(claims)
    except (ValueError, AttributeError, TypeError) as error:
        raise Malformed(f"credential: its claims cannot be said again: {error}") from error
    if again != payload:
        raise Malformed("credential: its claims are not written in their one form, or there are others beside them")


_T = TypeVar("_T")


def _typed(value: Plain, kind: type[_T], where: str) -> _T:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Malformed(f"credential: {where} is missing or of another type")
    return value


class _Map:
    """A CBOR map whose values are taken by key, with their types checked."""

    def __init__(self, value: Plain, where: str) -> None:
        self._of: Mapping[int | str, Plain] = _typed(value, dict, where)
        self._where = where

    def need(self, key: int | str, kind: type[_T]) -> _T:
        return _typed(self._of.get(key), kind, f"{self._where} {key}")

    def take(self, key: int | str, kind: type[_T]) -> _T | None:
        return None if key not in self._of else self.need(key, kind)

    def get(self, key: int) -> Plain:
        return self._of.get(key)

    def texts(self, key: int) -> tuple[str, ...]:
        return tuple(_typed(text, str, f"{self._where} {key}") for text in self.take(key, list) or [])


def _holder_key(cnf: Mapping[int | str, Plain] | None) -> bytes | None:
    if cnf is None:
        return None
    key = _Map(_Map(cnf, "cnf").need(1, dict), "key").need(-2, bytes)
    if len(key) != 32:
        raise Malformed(f"credential: a holder's key of {len(key)} bytes; Ed25519 has 32")
    return key


def _zone(value: Plain) -> tuple[str, int | None]:
    parts = _typed(value, list, "zone")
    if len(parts) != 2:
        raise Malformed("credential: a zone is its id and its version")
    version = None if parts[1] is None else _typed(parts[1], int, "zone version")
    return _typed(parts[0], str, "zone id"), version


def _purpose(value: Plain) -> str | None:
    if value is None or isinstance(value, str):
        return value
    value = _typed(value, int, "purpose")
    if not 0 <= value < len(PURPOSES):
        raise Malformed(f"credential: purpose {value} is not known; a newer program may have written it")
    return PURPOSES[value]


def _codes(bits: int) -> tuple[str, ...]:
    try:
        return conditions.codes(bits)
    except ValueError as error:
        raise Malformed(f"credential: {error}; a newer program may have written it") from error


def _read_volumes(values: Sequence[Plain], not_before_s: int) -> tuple[PermitVolume, ...]:
    read: list[PermitVolume] = []
    for value in values:
        parts = _typed(value, list, "volume")
        if len(parts) != 5:
            raise Malformed("credential: a volume is area, floor, ceiling, from, until")
        start_s, end_s = (_typed(part, int, "volume times") for part in parts[3:])
        volume = Volume(
            outline=_read_area(parts[0], read), floor=_read_height(parts[1]), ceiling=_read_height(parts[2])
        )
        times = [(not_before_s + offset_s) * S for offset_s in (start_s, end_s)]
        read.append(PermitVolume(volume=volume, start_ns=times[0], end_ns=times[1]))
    return tuple(read)


def _read_area(value: Plain, earlier: Sequence[PermitVolume]) -> Polygon | Circle:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(earlier):
        return earlier[value].volume.outline
    parts = _typed(value, list, "area")
    if not parts:
        raise Malformed("credential: an area without a ring")
    if len(parts) == 3 and all(isinstance(part, int) for part in parts):
        lat, lon, radius = (_typed(part, int, "circle") for part in parts)
        return Circle(lat_e7=lat * E7_A_STEP, lon_e7=lon * E7_A_STEP, radius_mm=radius * MM_A_STEP)
    return Polygon(rings=tuple(_read_ring(_typed(part, list, "ring")) for part in parts))


def _read_ring(deltas: Sequence[Plain]) -> tuple[tuple[int, int], ...]:
    numbers = [_typed(delta, int, "vertex") for delta in deltas]
    if len(numbers) % 2 or len(numbers) < 6:
        raise Malformed("credential: a ring is at least three pairs of numbers")
    lat = lon = 0
    ring = []
    for dlat, dlon in zip(numbers[::2], numbers[1::2], strict=True):
        lat, lon = lat + dlat, lon + dlon
        ring.append((lat * E7_A_STEP, lon * E7_A_STEP))
    return tuple(ring)


def _read_height(value: Plain) -> Limit:
    if value is None:
        return None
    if value is True:
        return "unlimited"
    parts = _typed(value, list, "height")
    if len(parts) != 2:
        raise Malformed("credential: a height is its datum and its value")
    datum, steps = (_typed(part, int, "height") for part in parts)
    if not 0 <= datum < len(_DATUMS):
        raise Malformed(f"credential: datum {datum} is not known")
    return Altitude(steps * MM_A_STEP, _DATUMS[datum])
