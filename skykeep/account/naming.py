"""Which words of a claimed fact stand in a record as pseudonyms, there and back.

Statements are about persons and are made by persons: who speaks, what they said, who confirmed it and why can each be
erased, and what is left still says that something was said, where and how.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from skykeep.facts.claimed import (
    Claimed,
    PropositionWorded,
    Retracted,
    SourceKept,
    SpeakerNamed,
    StanceTaken,
    StatementMade,
)
from skykeep.facts.personal import NameKind, Names

Kept = TypeVar("Kept", bound=Claimed)
ERASED = "[erased]"
FINDERS = ("rules/", "nlp/", "unknown")  # what a finder's name begins with where it is no person

_PERSON, _TEXT = NameKind.PERSON, NameKind.TEXT
PERSONAL: Mapping[type, Mapping[str, NameKind]] = {
    SourceKept: {"label": _TEXT, "reporters": _PERSON},
    StatementMade: {
        "text": _TEXT, "speaker": _PERSON, "speaker_words": _PERSON, "role": _TEXT, "candidates": _PERSON,
        "audience": _PERSON, "chain": _PERSON, "finder": _PERSON,
    },
    PropositionWorded: {"wording": _TEXT, "by": _PERSON},
    StanceTaken: {"attributed_to": _PERSON, "by": _PERSON, "reason": _TEXT},
    SpeakerNamed: {"name": _PERSON, "also": _PERSON, "side": _PERSON, "by": _PERSON},
    Retracted: {"by": _PERSON, "reason": _TEXT},
}  # fmt: skip
"""By kind of fact: the fields whose words are personal, a text or a list of texts each."""


def put_away(fact: Kept, names: Names) -> Kept:
    """Return a fact with pseudonyms for its personal words; `names` remembers what they stand for."""
    return _each(fact, names.pseudonym)


def plain(fact: Kept, names: Mapping[str, str]) -> Kept:
    """Return a fact with its words for the pseudonyms that are known; what was erased reads "[erased]"."""
    return _each(fact, lambda _, pseudonym: names.get(pseudonym, ERASED))


def _each(fact: Kept, change: Callable[[NameKind, str], str]) -> Kept:
    """Return a fact with each of its personal words changed."""
    changed: dict[str, object] = {}
    for field, kind in PERSONAL[type(fact)].items():
        value = getattr(fact, field)
        if isinstance(value, tuple):
            changed[field] = tuple(change(kind, one) for one in value)
        elif value is not None and not (field == "finder" and value.startswith(FINDERS)):
            changed[field] = change(kind, value)
    return msgspec.structs.replace(fact, **changed)
