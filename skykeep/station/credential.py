"""A permit's credential as people hand it on: signed, in the letters of a QR code, and checked without a network.

    text     "SKP1:" and the base45 (RFC 9285) of the COSE_Sign1 that wire/credential.py describes
    kid      the key id of the office's note key, so `--key VKEY` is the same as for its record

The office's key signs checkpoints too. No bytes can be taken for both: a checkpoint is UTF-8 text, and what COSE signs
begins with 0x84, which begins no text in UTF-8.
"""

from __future__ import annotations

import base64
import datetime as dt
import enum
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import base45  # type: ignore[import-untyped]  # it ships no types; what we take from it is typed below
import msgspec
from cwt import COSE, COSEKey
from cwt.exceptions import CWTError

from skykeep.errors import Malformed, Refused
from skykeep.facts import codec
from skykeep.facts.enacted import Circle, PermitVolume
from skykeep.ledger.errors import BadNote
from skykeep.ledger.note import ED25519, Signer, Verifier
from skykeep.wire import credential, statuslist
from skykeep.wire.credential import Claims, Envelope, S
from skykeep.wire.statuslist import StatusList

PREFIX = "SKP1:"
BYTES_MAX = 600
"""Signed bytes in one code: a QR code of 34 mm then has modules of at least 0.36 mm."""
AHEAD_MAX_S = 300
"""A status list may be this much ahead of the clock of whoever checks."""
DAY_S = 86_400
COPIED = "A copied QR code verifies too: match aircraft, place and time."

Headers = dict[int, Any]  # as `cwt` wants them


class Answer(enum.Enum):
    """The three answers there are."""

    SIGNED = "signed"
    NOT_VALID = "not_valid"
    TOO_OLD = "status_too_old"


class Reason(enum.Enum):
    """Why an answer is no, or open: what `Checked.why` says, for words in another language."""

    HOLDS = "holds"
    UNBELIEVED = "unbelieved"  # no credential, changed, or signed by nobody whose key was given
    AHEAD = "ahead"  # granted after the moment asked about
    EARLY = "early"
    OVER = "over"
    BETWEEN = "between"  # none of its windows holds
    WITHDRAWN = "withdrawn"
    NO_LIST = "no_list"
    BAD_LIST = "bad_list"  # of another name, not signed, or from after the moment asked about
    EARLIER_LIST = "earlier_list"  # than the permit
    OLD_LIST = "old_list"


class Checked(NamedTuple):
    """What a check found; `claims` is None where nothing in the code can be believed."""

    answer: Answer
    why: str  # after "not valid: " or "status too old: "; of a signed one, when its withdrawal was last ruled out
    claims: Claims | None = None
    status_issued_s: int | None = None
    reason: Reason = Reason.HOLDS

    @property
    def holds(self) -> bool:
        """Whether the answer is yes."""
        return self.answer is Answer.SIGNED

    @property
    def sentence(self) -> str:
        """The answer in words."""
        said = {Answer.SIGNED: "signed · not withdrawn as of", Answer.NOT_VALID: "not valid:"}
        return f"{said.get(self.answer, 'status too old:')} {self.why}"


# ---- issuing -------------------------------------------------------------------------------------------------


def issue(claims: Claims, signer: Signer) -> str:
    """Return the text of a credential; volumes that make it too long are left out, counted and hashed.

    Raises Refused where it is too long without them.
    """
    data = _signed(credential.encode(claims), signer)
    if len(data) > BYTES_MAX and claims.volumes:
        data = _signed(credential.encode(without_volumes(claims)), signer)
    if len(data) > BYTES_MAX:
        raise Refused(
            f"permit {claims.permit_id}: its credential takes {len(data)} bytes without its volumes, a code holds "
            f"{BYTES_MAX}; grant fewer aircraft, operators, pilots or zones in one permit, or shorter texts"
        )
    return to_text(data)


def without_volumes(claims: Claims) -> Claims:
    """Return claims that only count their volumes and give their hash."""
    return msgspec.structs.replace(
        claims,
        volumes=(),
        volumes_left_out=len(claims.volumes),
        volumes_sha256=credential.volumes_sha256(claims.volumes),
    )


def issue_status(of: StatusList, signer: Signer) -> bytes:
    """Return a status list signed."""
    return _signed(statuslist.encode(of), signer, {16: statuslist.KIND})


def _signed(payload: bytes, signer: Signer, more: Headers | None = None) -> bytes:
    kid, public = signer.verifier.key_id, signer.verifier.public_key
    key = COSEKey.new({1: 1, 2: kid, 3: -8, -1: 6, -2: public, -4: signer.key.private_bytes_raw()})
    headers: Headers = {1: credential.EDDSA, 4: kid, **(more or {})}
    data: bytes = COSE.new(deterministic_header=True).encode(payload, key, protected=headers, unprotected={})
    return data


def to_text(data: bytes) -> str:
    """Return signed bytes as a QR code holds them."""
    letters: bytes = base45.b45encode(data)
    return PREFIX + letters.decode("ascii")


def to_bytes(text: str) -> bytes:
    """Return the signed bytes that a code holds; Malformed where it is not written in its one form."""
    if not text.startswith(PREFIX):
        raise Malformed(f"it does not begin with {PREFIX}, so it is no Skykeep credential; was it copied whole?")
    try:
        data = bytes(base45.b45decode(text.removeprefix(PREFIX)))
    except ValueError as error:
        raise Malformed(f"not base45 after {PREFIX}: {error}; was it copied whole?") from error
    if to_text(data) != text:
        raise Malformed(f"not base45 in its one form after {PREFIX}; was it copied whole?")
    return data


# ---- checking ------------------------------------------------------------------------------------------------


def verify(
    text: str, vkey: str | Sequence[str], at_s: int, *, status: bytes | None, status_age_max_s: int = DAY_S
) -> Checked:
    """Check a credential at a moment: form, signature, times, and whether a status list says that it was withdrawn.

    `vkey`: the office's key; several, where it was rotated and permits of before still run: each is believed.
    Raises Refused where a key given is none. Whatever is wrong with code or list is an answer.
    """
    verifiers = [read_vkey(each) for each in ([vkey] if isinstance(vkey, str) else vkey)]
    try:
        claims = _believed(to_bytes(text), verifiers)
    except Malformed as error:
        return Checked(Answer.NOT_VALID, str(error), reason=Reason.UNBELIEVED)
    if untimely := _untimely(claims, at_s):
        return Checked(Answer.NOT_VALID, untimely[1], claims, reason=untimely[0])
    if status is None:
        why = "no status list was given, so whether it was withdrawn is not known; get one from the office"
        return Checked(Answer.TOO_OLD, why, claims, reason=Reason.NO_LIST)
    try:
        told = _listed(status, [each for each in verifiers if each.name == claims.issuer])
    except Malformed as error:
        return Checked(Answer.NOT_VALID, f"the status list: {error}", claims, reason=Reason.BAD_LIST)
    return _by_status(claims, told, at_s, status_age_max_s)


def read_vkey(vkey: str) -> Verifier:
    """Return an office's key; raises Refused where it is none."""
    try:
        verifier = Verifier.from_vkey(vkey)
    except BadNote as error:
        raise Refused(f"not a verification key: {error}") from error
    if verifier.type_ != ED25519:
        raise Refused(f"{verifier.name} is the key of a witness; credentials are signed by an office")
    return verifier


def _believed(data: bytes, verifiers: Sequence[Verifier]) -> Claims:
    """Return the claims of a credential whose signature holds."""
    envelope = credential.open_envelope(data)
    if envelope.kind is not None:
        raise Malformed(f"it is no credential but {envelope.kind}")
    verifier = _require_signature(data, envelope, verifiers)
    claims = credential.decode(envelope.payload)
    if claims.issuer != verifier.name:
        raise Malformed(f"it says that {claims.issuer} issued it, and {verifier.name} signed it")
    return claims


def _listed(data: bytes, verifiers: Sequence[Verifier]) -> StatusList:
    envelope = credential.open_envelope(data)
    if envelope.kind != statuslist.KIND:
        raise Malformed("it is no status list")
    _require_signature(data, envelope, verifiers)
    return statuslist.decode(envelope.payload)


def _require_signature(data: bytes, envelope: Envelope, verifiers: Sequence[Verifier]) -> Verifier:
    """Return which of the keys signed it."""
    verifier = next((each for each in verifiers if each.key_id == envelope.kid), None)
    if verifier is None:
        given = ", ".join(each.key_id.hex() for each in verifiers)
        raise Malformed(f"key {envelope.kid.hex()} signed it, and the key given is {given}; is it this office's?")
    key = COSEKey.new({1: 1, 2: verifier.key_id, 3: -8, -1: 6, -2: verifier.public_key})
    try:
        payload = COSE.new(verify_kid=True).decode(data, key)
    except (CWTError, ValueError, TypeError, KeyError) as error:  # the library's own reading of the same bytes
        raise Malformed("the signature does not hold: it was changed, or never signed by this key") from error
    assert payload == envelope.payload, "two readers of one envelope agree"
    return verifier


def _untimely(claims: Claims, at_s: int) -> tuple[Reason, str] | None:
    """Return why a credential does not hold at a moment, or None."""
    if at_s < claims.issued_s:
        why = f"it was granted at {moment(claims.issued_s)}, after the moment asked about; is the clock right?"
        return Reason.AHEAD, why
    if at_s < claims.not_before_s:
        return Reason.EARLY, f"it does not hold yet; it begins at {moment(claims.not_before_s)}"
    if at_s >= claims.expires_s:
        return Reason.OVER, f"it is over; it ended at {moment(claims.expires_s)}"
    if claims.volumes and not any(part.start_ns <= at_s * S < part.end_ns for part in claims.volumes):
        later = [part.start_ns // S for part in claims.volumes if part.start_ns > at_s * S]
        begins_s = min(later, default=claims.expires_s)
        return Reason.BETWEEN, f"none of its windows holds now; the next begins at {moment(begins_s)}"
    return None


def _by_status(claims: Claims, told: StatusList, at_s: int, age_max_s: int) -> Checked:
    if told.name != claims.status_list:
        why = f"the status list is {told.name}, and this credential stands in {claims.status_list}"
        return Checked(Answer.NOT_VALID, why, claims, told.issued_s, Reason.BAD_LIST)
    if told.issued_s > at_s + AHEAD_MAX_S:
        why = f"the status list was made at {moment(told.issued_s)}, after the moment asked about; is the clock right?"
        return Checked(Answer.NOT_VALID, why, claims, told.issued_s, Reason.BAD_LIST)
    withdrawn = told.withdrawn(claims.status_index)
    if withdrawn:
        why = f"withdrawn as of {clock(told.issued_s, at_s)}"
        return Checked(Answer.NOT_VALID, why, claims, told.issued_s, Reason.WITHDRAWN)
    if withdrawn is None or told.issued_s < claims.issued_s:
        why = f"the list of {clock(told.issued_s, at_s)} was made before this permit was granted; get a newer one"
        return Checked(Answer.TOO_OLD, why, claims, told.issued_s, Reason.EARLIER_LIST)
    if at_s - told.issued_s > age_max_s:
        why = f"not withdrawn as of {clock(told.issued_s, at_s)}, longer ago than {age_max_s} s; get a newer list"
        return Checked(Answer.TOO_OLD, why, claims, told.issued_s, Reason.OLD_LIST)
    return Checked(Answer.SIGNED, clock(told.issued_s, at_s) + _unread(claims), claims, told.issued_s)


def _unread(claims: Claims) -> str:
    """Return what a code without its volumes leaves open, or ""; with several, none may hold now."""
    if claims.volumes_left_out <= 1:
        return ""
    return f"; whether one of its {claims.volumes_left_out} volumes holds now is not in the code, ask the office"


# ---- words ---------------------------------------------------------------------------------------------------


def moment(t_s: int) -> str:
    """Return a moment as people write it, in UTC."""
    try:
        return dt.datetime.fromtimestamp(t_s, dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC").replace(":00 UTC", " UTC")
    except (OverflowError, OSError, ValueError):
        return f"{t_s} s (Unix)"


def clock(t_s: int, at_s: int) -> str:
    """Return a moment by the clock alone if it is of the same day as another, else with its date."""
    words = moment(t_s)
    return words[11:] if words[:10] == moment(at_s)[:10] else words


def in_words(claims: Claims) -> list[str]:
    """Return who, what, where and when in plain lines."""
    who = [("aircraft", claims.aircraft), ("operator", claims.operators), ("session", claims.sessions),
           ("pilot", claims.pilots), ("holder", (claims.holder,) if claims.holder else ())]  # fmt: skip
    told = [
        f"permit {claims.permit_id}, version {claims.version}, granted at {moment(claims.issued_s)} by {claims.issuer}"
    ]
    told.append("who: " + "; ".join(f"{word} {', '.join(names)}" for word, names in who if names))
    told += [f"where: {where(part)}, {when(part)}" for part in claims.volumes]
    if claims.volumes_left_out:
        told.append(
            f"where: {claims.volumes_left_out} volumes, too many for a code, from {moment(claims.not_before_s)} to "
            f"{moment(claims.expires_s)}; ask the office for entry {claims.log_index} of its record"
        )
    lifted = ", ".join(name if version is None else f"{name} version {version}" for name, version in claims.zones)
    told.append(f"lifts: {lifted or 'each zone that its volumes reach'}")
    what = [claims.purpose or "no purpose stated", *(["a state flight"] if claims.state_flight else [])]
    what += [code.replace("_", " ") for code in claims.condition_codes]
    if claims.conditions_in_words:
        what.append(f"{claims.conditions_in_words} more conditions in words, in the office's record")
    told.append(f"what: {'; '.join(what)}")
    if claims.contact:
        told.append(f"contact: {claims.contact}")
    return told


def where(part: PermitVolume) -> str:
    """Return an area and its heights in words."""
    outline = part.volume.outline
    heights = f"{_height(part.volume.floor, 'floor')} to {_height(part.volume.ceiling, 'ceiling')}"
    if isinstance(outline, Circle):
        return f"{outline.radius_mm / 1000:.0f} m around {_place(outline.lat_e7, outline.lon_e7)}, {heights}"
    lats, lons = zip(*outline.rings[0], strict=True)
    corner, other = _place(min(lats), min(lons)), _place(max(lats), max(lons))
    return f"an area of {len(outline.rings[0])} corners between {corner} and {other}, {heights}"


def when(part: PermitVolume) -> str:
    """Return a window in words."""
    start_s, end_s = part.start_ns // S, part.end_ns // S
    return f"{moment(start_s)} to {clock(end_s, start_s)}"


def _place(lat_e7: int, lon_e7: int) -> str:
    lat, lon = ("N" if lat_e7 >= 0 else "S"), ("E" if lon_e7 >= 0 else "W")
    return f"{abs(lat_e7) / 1e7:.5f} {lat} {abs(lon_e7) / 1e7:.5f} {lon}"


_ABOVE = {"hae": "above the ellipsoid", "amsl": "above mean sea level", "agl": "above ground",
          "takeoff": "above take-off", "std": "by 1013.25 hPa"}  # fmt: skip


def _height(limit: object, what: str) -> str:
    value_mm, datum = getattr(limit, "value_mm", None), getattr(limit, "datum", None)
    if value_mm is None or datum is None:
        return "unlimited" if limit == "unlimited" else f"{what} not stated"
    return f"{value_mm / 1000:g} m {_ABOVE[datum.value]}"


# ---- JSON ----------------------------------------------------------------------------------------------------


def as_plain(claims: Claims) -> dict[str, Any]:
    """Return claims with their registered names, the rest under "permit"."""
    registered = ("issuer", "permit_id", "expires_s", "not_before_s", "issued_s", "holder_key", "status_index",
                  "status_list")  # fmt: skip
    plain = {name: codec.to_plain(getattr(claims, name)) for name in claims.__struct_fields__}
    said: dict[str, Any] = {
        "iss": claims.issuer, "sub": claims.permit_id, "exp": claims.expires_s, "nbf": claims.not_before_s,
        "iat": claims.issued_s, "status": {"status_list": {"idx": claims.status_index, "uri": claims.status_list}},
        "permit": {name: value for name, value in plain.items() if name not in registered},
    }  # fmt: skip
    if claims.holder_key is not None:
        said["cnf"] = {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": _base64url(claims.holder_key)}}
    return said


def as_jws(claims: Claims, signer: Signer) -> str:
    """Return the same claims as a JWT: a compact JWS with EdDSA (RFC 7515, RFC 8037)."""
    head = {"alg": "EdDSA", "kid": signer.verifier.key_id.hex(), "typ": "JWT"}
    text = ".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (head, as_plain(claims)))
    return f"{text}.{_base64url(signer.key.sign(text.encode('ascii')))}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
