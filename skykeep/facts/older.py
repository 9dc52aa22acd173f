"""Facts as earlier versions wrote them: still read, and answered as what they have become.

Facts live for ever: a changed struct gets a new tag, and the older one stays here with its way up. What it did not
say yet is unknown, never made up. The record keeps the old bytes; only what a reader gets is the newer struct.
"""

from __future__ import annotations

import functools

import msgspec

from skykeep.facts.claimed import Mode, Moment, Resolved, StatementMade
from skykeep.facts.enacted import (
    Interval,
    PermitEnacted,
    PermitVolume,
    Rule,
    SensorDeclared,
    Volume,
    ZoneEnacted,
    ZonePin,
    plain_sensor,
)


class _Older(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Encoding shared by all of them."""


class ZoneEnacted1(_Older, frozen=True, kw_only=True, tag="enacted.zone/1"):
    """A zone of version 0.1: hours were dates only, and authorities one line of text."""

    zone_id: str
    version: int
    name: str
    rule: Rule
    volumes: tuple[Volume, ...]
    announced_at_ns: int | None
    applicability: tuple[Interval, ...]  # empty: permanent
    hours_unread: str | None
    issuing_body: str | None
    legal_basis: str | None
    reason: str | None
    conditions: str | None
    contact: str | None
    country: str | None
    source_format: str
    source_sha256: str
    native: str
    doubts: tuple[str, ...]


class PermitEnacted1(_Older, frozen=True, kw_only=True, tag="enacted.permit/1"):
    """A permit of version 0.1: no thresholds, consents or purpose."""

    permit_id: str
    version: int
    granted_at_ns: int
    holder: str | None
    aircraft: tuple[str, ...]
    operators: tuple[str, ...]
    sessions: tuple[str, ...]
    volumes: tuple[PermitVolume, ...]
    zones: tuple[str, ...]
    state_flight: bool
    conditions: tuple[str, ...]
    issuer: str | None


class SensorDeclared1(_Older, frozen=True, kw_only=True, tag="enacted.sensor/1"):
    """A sensor of version 0.1: only the defaults that apply where its reports do not say how sure they are."""

    sensor_id: str
    modality: str
    pos_accuracy_mm: int
    alt_accuracy_mm: int
    simulated: bool


class StatementMade1(_Older, frozen=True, kw_only=True, tag="claimed.statement/1"):
    """A statement of version 0.1: its words, without where they stand and how it is known whose they are."""

    statement_id: str
    t_recorded_ns: int
    t_said_ns: int | None
    speaker: str | None
    text: str
    source_sha256: str | None


Older = ZoneEnacted1 | PermitEnacted1 | SensorDeclared1 | StatementMade1


@functools.singledispatch
def upcast(fact: object) -> ZoneEnacted | PermitEnacted | SensorDeclared | StatementMade:
    """Return what an older fact has become."""
    raise AssertionError(f"{type(fact).__name__} is no older fact")


@upcast.register
def _(fact: ZoneEnacted1) -> ZoneEnacted:
    said = msgspec.structs.asdict(fact)
    said["applicability"] = fact.applicability or None
    return ZoneEnacted(
        **said,
        supersedes=None,
        exemptions=(),
        buffer_mm=None,
        severity=None,
        effective_from_ns=None,
        end_ns=None,
        periods=(),
        applicability_span=None,
        appeal_contact=None,
        authorities=(),
        texts=(),
        carried=(),
    )


@upcast.register
def _(fact: PermitEnacted1) -> PermitEnacted:
    said = msgspec.structs.asdict(fact)
    said["zones"] = tuple(ZonePin(zone_id=zone_id, version=None) for zone_id in fact.zones)
    return PermitEnacted(
        **said,
        pilots=(),
        thresholds=None,
        consents=(),
        standing=False,
        priority=0,
        purpose=None,
        category=None,
        operation=None,
        condition_codes=(),
        contact=None,
        application_sha256=None,
    )


@upcast.register
def _(fact: SensorDeclared1) -> SensorDeclared:
    return plain_sensor(**msgspec.structs.asdict(fact))


@upcast.register
def _(fact: StatementMade1) -> StatementMade:
    said = msgspec.structs.asdict(fact)
    t_said_ns = said.pop("t_said_ns")
    moments = () if t_said_ns is None else (Moment(start_ns=t_said_ns, end_ns=t_said_ns + 1, how="as recorded"),)
    return StatementMade(
        **said,
        spans=(),
        mode=Mode.UNKNOWN,
        cue="",
        cue_span=None,
        speaker_words=None,
        speaker_span=None,
        role=None,
        resolved=Resolved.UNKNOWN,
        candidates=(),
        said_words=None,
        said_at=moments,
        audience=None,
        chain=(),
        within=None,
        hedges=(),
        finder="unknown",
    )
