"""An account as one JSON object with names for everything, as `skykeep account --json` writes it.

Facts are arrays in a record, where room counts. Here they are objects, so that a reader needs no table of places.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from skykeep.facts.accounted import (
    Account,
    Cell,
    Check,
    Difference,
    Measured,
    Proposition,
    Speaker,
    SpeakerSuggested,
    Suggested,
    Unit,
)
from skykeep.facts.claimed import Mode, Resolved, Span


class _Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Encoding shared by all of them."""


class SourceTold(_Told, frozen=True, kw_only=True):
    """A report as it was taken in (`claimed.source/1`)."""

    source_sha256: str
    t_recorded_ns: int
    frame: int | None
    media_type: str
    text_sha256: str
    label: str
    title: str | None
    publisher: str | None
    reporters: tuple[str, ...]
    dateline_place: str | None
    dateline_words: str | None
    dateline_day: str | None
    language: str | None
    doubts: tuple[str, ...]


class DocumentTold(_Told, frozen=True, kw_only=True):
    """A source and its text; every span counts code points of `text`, as [start, end), `end` exclusive."""

    source: SourceTold
    text: str


class MomentTold(_Told, frozen=True, kw_only=True):
    """One reading of a time: an interval in Unix nanoseconds, `end_ns` exclusive, and how it was read."""

    start_ns: int
    end_ns: int
    how: str


class StatementTold(_Told, frozen=True, kw_only=True):
    """One statement (`claimed.statement/2`): verbatim words at their places, and whose they are said to be."""

    statement_id: str
    t_recorded_ns: int
    source_sha256: str | None
    spans: tuple[Span, ...]
    text: str
    mode: Mode
    cue: str
    cue_span: Span | None
    speaker: str | None
    speaker_words: str | None
    speaker_span: Span | None
    role: str | None
    resolved: Resolved
    candidates: tuple[str, ...]
    said_words: str | None
    said_at: tuple[MomentTold, ...]
    audience: str | None
    chain: tuple[str, ...]
    within: str | None
    hedges: tuple[str, ...]
    finder: str


class RetractionTold(_Told, frozen=True, kw_only=True):
    """Who took back a statement or an act, and why (`claimed.retracted/1`)."""

    act_id: str
    retracts: str
    t_recorded_ns: int
    by: str
    reason: str


class AccountTold(_Told, frozen=True, kw_only=True):
    """Who said what of an event, beside what was measured; there is no field for who is right."""

    title: str
    documents: tuple[DocumentTold, ...]
    statements: tuple[StatementTold, ...]
    retracted: tuple[StatementTold, ...]
    speakers: tuple[Speaker, ...]
    speaker_of: dict[str, str]
    same_speaker: tuple[SpeakerSuggested, ...]
    units: tuple[Unit, ...]
    propositions: tuple[Proposition, ...]
    suggested: tuple[Suggested, ...]
    cells: tuple[Cell, ...]
    measured: tuple[Measured, ...]
    checks: tuple[Check, ...]
    differences: tuple[Difference, ...]
    unplaced: tuple[str, ...]
    record: str | None
    finder: str
    retractions: tuple[RetractionTold, ...]


def to_json(account: Account) -> str:
    """Return the account as one line of JSON; half characters, which JSON cannot hold, are replaced."""
    told = msgspec.convert(account, AccountTold, from_attributes=True)
    try:
        return msgspec.json.encode(told).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_whole(msgspec.to_builtins(told))).decode()


_HALF = re.compile("[\ud800-\udfff]")


def _whole(value: object) -> object:
    if isinstance(value, str):
        return _HALF.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {_whole(name): _whole(inner) for name, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, list | tuple) else value


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of what `to_json` writes; published as skykeep/schemas/account.schema.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:skykeep:schema:account:1",
        "title": "Skykeep account",
        "description": "Who said what of an event, beside what was measured (`skykeep account --json`).",
    } | msgspec.json.schema(AccountTold)
