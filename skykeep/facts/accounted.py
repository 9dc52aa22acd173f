"""An account: who said what of an event, beside what was measured.

Worked out on demand, it never stands in a record. Its parts are plain: names and words are shown ones, not pseudonyms.
It says where speakers and sources differ and never who is right: there is no field for that.
"""

from __future__ import annotations

import enum
from typing import Literal

import msgspec

from skykeep.facts.claimed import Aspect, Retracted, SourceKept, Span, Stance, StatementMade


class _Accounted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Encoding shared by all of them: objects with names, for people and other programs."""


class Document(_Accounted, frozen=True, kw_only=True):
    """A source and its text; every span of its statements counts code points of `text`."""

    source: SourceKept
    text: str


class Speaker(_Accounted, frozen=True, kw_only=True):
    """One speaker, under whatever names."""

    speaker_id: str  # "p1" ... in the order of the sources
    name: str
    also: tuple[str, ...]  # other names and spellings that count as the same
    role: str | None
    side: str | None  # who they speak for
    confirmed_by: str | None  # who said that these names are one; None: by the alias file, or only one name


class SpeakerSuggested(_Accounted, frozen=True, kw_only=True):
    """Two names that may be one speaker; a person decides."""

    name: str
    other: str
    why: str  # "spelt alike: Nikiforov, Nykyforov; both speak for Zelensky"


class Unit(_Accounted, frozen=True, kw_only=True):
    """One sentence or clause of a statement: what is matched with propositions."""

    unit_id: str  # "<statement_id>.<n>", from 1
    statement_id: str
    spans: tuple[Span, ...]
    text: str


class Match(_Accounted, frozen=True, kw_only=True):
    """A proposition that a statement may be about: one of the three likeliest."""

    proposition_id: str
    unit_id: str
    stance: Stance
    score: float  # 0 to 1: for ordering suggestions only, nothing is decided by it
    why: tuple[str, ...]  # the words in common, and what the stance was read from


class Suggested(_Accounted, frozen=True, kw_only=True):
    """What the program suggests for one statement, the likeliest first; at most three."""

    statement_id: str
    matches: tuple[Match, ...]


class Standing(_Accounted, frozen=True, kw_only=True):
    """One statement in a cell of the matrix."""

    statement_id: str
    stance: Stance
    attributed_to: str | None
    act_id: str | None  # None: suggested, nobody has confirmed it
    confirmed_by: str | None


class Cell(_Accounted, frozen=True, kw_only=True):
    """What one speaker says of one proposition; empty cells are left out."""

    proposition_id: str
    speaker_id: str
    standings: tuple[Standing, ...]


class Reading(enum.Enum):
    """What the measured column says of a proposition."""

    MEASURED = "measured"
    NOT_MEASURABLE = "not_measurable"  # no sensor measures it: an intent, a right, a law
    NOT_COVERED = "not_covered"  # a sensor could, but none looked there and then, or no record was given


class Measured(_Accounted, frozen=True, kw_only=True):
    """What sensors say of a proposition, beside what people say of it."""

    proposition_id: str
    reading: Reading
    words: str
    tracks: tuple[int, ...]  # of the record


class Proposition(_Accounted, frozen=True, kw_only=True):
    """What statements affirm or deny, in neutral words."""

    proposition_id: str
    aspect: Aspect
    wording: str
    worded_by: str | None  # None: suggested by the program
    scope: Literal["event", "earlier", "later", "general"]  # what is not of the event is kept, and not laid to it


class Figure(_Accounted, frozen=True, kw_only=True):
    """A number, a date or a place as a source words it."""

    source_sha256: str
    span: Span
    words: str


class Check(_Accounted, frozen=True, kw_only=True):
    """Something that can be worked out anew. It "differs" or it "agrees": it is never called wrong."""

    kind: Literal["distance", "unit", "date", "count", "record"]
    outcome: Literal["agrees", "differs", "cannot_check"]
    words: str  # one or two sentences, with the figures and what they rest on
    figures: tuple[Figure, ...]
    stated: float | None  # in `unit`
    computed: float | None
    unit: str | None  # "km" ...
    basis: str  # "WGS 84 geodesic between GeoNames points" ...


class Difference(_Accounted, frozen=True, kw_only=True):
    """Something that the sources, or what one speaker said at two times, do not tell alike, in plain words."""

    kind: Literal["only_in", "worded", "speaker", "when", "count", "where", "what", "changed"]
    words: str
    figures: tuple[Figure, ...]


class Account(_Accounted, frozen=True, kw_only=True):
    """All of it, in the order in which the page shows it."""

    title: str
    documents: tuple[Document, ...]
    statements: tuple[StatementMade, ...]  # plain, by source and place; retracted ones are left out
    retracted: tuple[StatementMade, ...]
    speakers: tuple[Speaker, ...]
    speaker_of: dict[str, str]  # statement_id -> speaker_id; a statement of nobody is left out
    same_speaker: tuple[SpeakerSuggested, ...]
    units: tuple[Unit, ...]
    propositions: tuple[Proposition, ...]
    suggested: tuple[Suggested, ...]
    cells: tuple[Cell, ...]
    measured: tuple[Measured, ...]  # one for each proposition
    checks: tuple[Check, ...]
    differences: tuple[Difference, ...]
    unplaced: tuple[str, ...]  # ids of statements that stand in no cell: shown in the text, and listed
    record: str | None  # what the measured column rests on, in words; None: no record was given
    finder: str  # "rules/1" or "rules/1 + nlp/1"
    retractions: tuple[Retracted, ...] = ()  # plain; who took back which of `retracted`, and why
