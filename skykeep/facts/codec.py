"""One canonical encoding for every fact: msgpack arrays for the record, objects with names for people.

The record form is `[tag, field, field, ...]`. Decoding is strict: a wrong type, a missing or an extra element
is an error, and bytes that are not the canonical form of what they say are refused. An unknown tag is not an
error: it is carried along as `Unknown`, because facts live for ever and programs do not.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from typing import Any, Union, cast

import msgspec

from skykeep.errors import Malformed
from skykeep.facts import acted, claimed, concluded, enacted, granting, observed, older
from skykeep.facts.frame import Frame
from skykeep.facts.personal import Name

KINDS: tuple[type[msgspec.Struct], ...] = (
    observed.BasicIdHeard,
    observed.LocationHeard,
    observed.SystemHeard,
    observed.OperatorIdHeard,
    observed.SelfIdHeard,
    observed.AuthHeard,
    observed.AircraftHeard,
    observed.VehicleHeard,
    observed.PositionReported,
    observed.PresenceReported,
    observed.ScanReported,
    observed.Unreadable,
    observed.ClockStepped,
    enacted.ZoneEnacted,
    enacted.ZoneOverridden,
    enacted.ZoneWithdrawn,
    enacted.LawDeclared,
    enacted.PermitEnacted,
    enacted.PermitRevoked,
    enacted.SurfaceSampled,
    enacted.PressureSet,
    enacted.SensorDeclared,
    enacted.SiteProtected,
    enacted.ObjectKnown,
    enacted.BodiesSampled,
    enacted.Began,
    enacted.Finished,
    granting.OfficeOpened,
    granting.OfficerEnrolled,
    granting.OfficerAttested,
    granting.OfficerDismissed,
    granting.ApplicationReceived,
    granting.DoneOnce,
    granting.PermitStepped,
    claimed.SourceKept,
    claimed.StatementMade,
    claimed.PropositionWorded,
    claimed.StanceTaken,
    claimed.SpeakerNamed,
    claimed.Retracted,
    claimed.DroneSighted,
    acted.AlarmActed,
    acted.IncidentActed,
    acted.HealthObserved,
    acted.ActDone,
    acted.KeyRotated,
    concluded.TrackEstimated,
    concluded.TracksEstimated,
    concluded.TrackIdentified,
    concluded.TrackClassified,
    concluded.TrackFlagged,
    concluded.ExistenceMoved,
    concluded.PresenceHeld,
    concluded.BiasEstimated,
    concluded.EntryForeseen,
    concluded.ApproachSeen,
    concluded.GroupMoved,
    concluded.VerdictReached,
    concluded.AlarmChanged,
    concluded.IncidentMoved,
    concluded.LateIgnored,
    concluded.TrackLost,
    concluded.TrackMerged,
    Frame,
    Name,
)

OLDER: tuple[type[msgspec.Struct], ...] = (  # read, never written
    older.ZoneEnacted1,
    older.PermitEnacted1,
    older.SensorDeclared1,
    older.StatementMade1,
)

Fact = (
    observed.Observed
    | enacted.Enacted
    | granting.Granting
    | claimed.Claimed
    | claimed.DroneSighted
    | acted.Acted
    | acted.KeyRotated
    | concluded.Concluded
    | Frame
    | Name
)


class Unknown(msgspec.Struct, frozen=True):
    """A fact of a kind that this program does not know, carried as it is."""

    tag: str
    body: bytes


_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)  # msgspec lets the latter two through
_encoder = msgspec.msgpack.Encoder()
_READ = (*KINDS, *OLDER)
_decoder: msgspec.msgpack.Decoder[Fact | older.Older] = msgspec.msgpack.Decoder(Union[_READ])  # noqa: UP007  # a tuple of types
_any = msgspec.msgpack.Decoder()
_OLDER: frozenset[type] = frozenset(OLDER)
_TAGS = {str(kind.__struct_config__.tag) for kind in _READ}


def encode(fact: Fact | Unknown) -> bytes:
    """Return the canonical bytes of a fact."""
    return fact.body if isinstance(fact, Unknown) else _encoder.encode(fact)


def encode_all(facts: Iterable[Fact | Unknown]) -> list[bytes]:
    """Return the canonical bytes of each fact."""
    write = _encoder.encode
    return [fact.body if isinstance(fact, Unknown) else write(fact) for fact in facts]


def decode(body: bytes) -> Fact | Unknown:
    """Return the fact that `body` encodes (an older kind as what it has become), `Unknown` where its tag is not ours.

    Raises Malformed when the bytes are not a fact, or are one in another than its canonical form.
    """
    try:
        fact = _decoder.decode(body)
    except _UNREADABLE as error:
        return _unknown(body, error)
    if _encoder.encode(fact) != body:
        kind = type(fact).__name__
        raise Malformed(f"fact {kind} is not in its canonical form ({len(body)} bytes); it was not written by Skykeep")
    return older.upcast(fact) if isinstance(fact, older.Older) else fact


def decode_trusted(body: bytes) -> Fact | Unknown:
    """Like `decode` for bytes whose hash was already checked against the record: skips the canonical-form check."""
    try:
        fact = _decoder.decode(body)
        return older.upcast(fact) if isinstance(fact, older.Older) else fact
    except _UNREADABLE as error:
        return _unknown(body, error)


def decode_all_trusted(bodies: Sequence[bytes]) -> list[Fact | Unknown]:
    """Like `decode_trusted` for many facts."""
    try:
        facts: list[Fact | older.Older] = list(map(_decoder.decode, bodies))
    except _UNREADABLE:  # one of them needs a closer look
        return [decode_trusted(body) for body in bodies]
    if _OLDER.isdisjoint(map(type, facts)):
        return cast("list[Fact | Unknown]", facts)
    return [older.upcast(fact) if isinstance(fact, older.Older) else fact for fact in facts]


def _unknown(body: bytes, error: Exception) -> Unknown:
    try:
        plain = _any.decode(body)
    except _UNREADABLE as deeper:
        raise Malformed(f"not a fact: {deeper} (in {len(body)} bytes)") from deeper
    tag = plain[0] if isinstance(plain, list) and plain and isinstance(plain[0], str) else None
    if tag is None:
        raise Malformed("not a fact: no tag stands first") from error
    if tag in _TAGS:
        raise Malformed(f"fact {tag}: {error}") from error
    return Unknown(tag, body)


def to_plain(value: object) -> Any:  # noqa: ANN401  # JSON has no narrower type
    """Return a fact, or a part of one, as dicts and lists with field names; its tag stands first, under "fact"."""
    if isinstance(value, Unknown):
        return {"fact": value.tag, "body_hex": value.body.hex()}
    if isinstance(value, msgspec.Struct):
        tag = type(value).__struct_config__.tag
        named = {"fact": tag} if tag is not None else {}
        return named | {name: to_plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def to_json(fact: Fact | Unknown) -> bytes:
    """Return one line of JSON for people (no line end); bytes are written in hexadecimal."""
    return msgspec.json.encode(to_plain(fact))
