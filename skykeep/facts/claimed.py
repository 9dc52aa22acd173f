"""What people said of an event, and what named persons made of it: never measurements, never scored as true.

A statement is what a source reports that somebody said, at the places of the source's text where it stands. Who it is
about, what it comes to and whether two say the same are acts of named persons, each a fact of its own that a later one
may take back. Names, words and reasons are pseudonyms (`facts.personal`), so that a person can be erased.
"""

from __future__ import annotations

import enum

import msgspec


class _Claimed(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Encoding shared by all of them and their parts."""


class Mode(enum.Enum):
    """How a source renders somebody's words."""

    DIRECT = "direct"  # in quotation marks
    INDIRECT = "indirect"  # in the source's own words
    MIXED = "mixed"  # the source's words with quoted ones among them
    UNKNOWN = "unknown"  # an older record does not say


class Resolved(enum.Enum):
    """How it is known who the speaker is."""

    NAMED = "named"  # the words of the statement name or describe the speaker
    REFERRED = "referred"  # by a pronoun or a short form that can mean one person only here
    UNCERTAIN = "uncertain"  # it can mean more than one: `candidates` has them, the likeliest first
    CONTINUED = "continued"  # a quotation that goes on from the speaker before it
    NOBODY = "nobody"  # the source does not say who ("it was reported that …")
    UNKNOWN = "unknown"  # an older record does not say


class Aspect(enum.Enum):
    """What a proposition is about."""

    WHAT = "what"
    HOW_MANY = "how_many"
    WHERE = "where"
    WHEN = "when"
    WHO = "who"
    INTENT = "intent"
    DAMAGE = "damage"
    CASUALTIES = "casualties"
    RESPONSE = "response"
    RULE = "rule"


class Stance(enum.Enum):
    """How a speaker stands to a proposition. To have no information is not to deny."""

    AFFIRMS = "affirms"
    DENIES = "denies"
    DOES_NOT_KNOW = "does_not_know"
    NO_COMMENT = "no_comment"
    ATTRIBUTES = "attributes"  # says that somebody else says it


class Span(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A stretch of a source's text, in code points, `end` exclusive (W3C Web Annotation, TextPositionSelector)."""

    start: int
    end: int


class Moment(_Claimed, frozen=True, kw_only=True):
    """One reading of when something is said to have been: an interval of UTC, and how it was read."""

    start_ns: int
    end_ns: int  # exclusive
    how: str  # "the Wednesday on or before the dateline" ...


class SourceKept(_Claimed, frozen=True, kw_only=True, tag="claimed.source/1"):
    """A report as it was taken in; its bytes lie beside it as a frame and can be erased."""

    source_sha256: str  # of the bytes
    t_recorded_ns: int
    frame: int | None  # index among the frames of its tick; None: not kept
    media_type: str  # "text/plain", "text/html", "application/pdf"
    text_sha256: str  # of the text that spans count in, UTF-8
    label: str  # short name for people: a file's name; pseudonym
    title: str | None
    publisher: str | None
    reporters: tuple[str, ...]  # pseudonyms
    dateline_place: str | None
    dateline_words: str | None  # the date as it stands there
    dateline_day: str | None  # ISO 8601 day
    language: str | None  # BCP 47
    doubts: tuple[str, ...]  # in words


class StatementMade(_Claimed, frozen=True, kw_only=True, tag="claimed.statement/2"):
    """One statement: verbatim words at their places, whose they are said to be, and how that is known."""

    statement_id: str  # of the source, the places and the finder: the same again gives the same id
    t_recorded_ns: int
    source_sha256: str | None
    spans: tuple[Span, ...]  # of what was said, without its quotation marks; several where something stands between
    text: str  # the words at these spans, joined by " … "; pseudonym
    mode: Mode
    cue: str  # the word that says that it was said, as it stands; "": the quotation goes on, or none
    cue_span: Span | None
    speaker: str | None  # the fullest name or description that the source gives; pseudonym
    speaker_words: str | None  # as it is worded here; pseudonym
    speaker_span: Span | None
    role: str | None  # "Kremlin spokesperson", as worded; pseudonym
    resolved: Resolved
    candidates: tuple[str, ...]  # pseudonyms
    said_words: str | None  # when it was said, as worded: "on Wednesday"
    said_at: tuple[Moment, ...]  # every reading of that; empty: not stated or not readable
    audience: str | None  # to whom it was said: "CNN"; pseudonym
    chain: tuple[str, ...]  # who told whom, from the speaker to the publisher; pseudonyms
    within: str | None  # id of the statement that this one stands in
    hedges: tuple[str, ...]  # the source's own reserve: "purported", "alleged", "appears"
    finder: str  # "rules/1", "nlp/1", or the pseudonym of the person who marked it


class PropositionWorded(_Claimed, frozen=True, kw_only=True, tag="claimed.proposition/1"):
    """A person words, or words anew, what statements may affirm or deny: neutral, one thing at a time."""

    act_id: str
    proposition_id: str
    t_recorded_ns: int
    wording: str  # pseudonym
    aspect: Aspect
    by: str  # pseudonym


class StanceTaken(_Claimed, frozen=True, kw_only=True, tag="claimed.stance/1"):
    """A person says that a statement is about a proposition, and how its speaker stands to it there."""

    act_id: str
    statement_id: str
    proposition_id: str
    t_recorded_ns: int
    stance: Stance
    attributed_to: str | None  # whom the speaker says it of, where the stance is ATTRIBUTES; pseudonym
    by: str  # pseudonym
    reason: str | None  # pseudonym


class SpeakerNamed(_Claimed, frozen=True, kw_only=True, tag="claimed.speaker/1"):
    """A person says that several names or descriptions are one speaker."""

    act_id: str
    t_recorded_ns: int
    name: str  # to be shown; pseudonym
    also: tuple[str, ...]  # pseudonyms
    side: str | None  # who they speak for, as that body names itself: "Ukraine"; pseudonym
    by: str  # pseudonym


class Retracted(_Claimed, frozen=True, kw_only=True, tag="claimed.retracted/1"):
    """A person takes back an act, or says that what was found is no statement; both stay in the record."""

    act_id: str
    retracts: str  # an act_id or a statement_id
    t_recorded_ns: int
    by: str  # pseudonym
    reason: str  # pseudonym


class DroneSighted(_Claimed, frozen=True, kw_only=True, tag="claimed.sighting/1"):
    """Somebody who is not known reports a drone: unverified, and the watch draws no conclusion from it."""

    sighting_id: str  # the receipt that was given: "S-" and ten letters and digits
    t_recorded_ns: int
    t_claimed_ns: int | None  # when it was seen, as said; None: not said, or in the words
    what: str  # pseudonym of the words
    place: str | None  # pseudonym of "lat,lon"; None: no place that could be read
    place_words: str | None  # pseudonym of the place as it was typed
    heading_mdeg: int | None  # where it flew to, as said; None: not said
    hovering: bool | None  # None: not said
    contact: str | None  # pseudonym: how to reach who reports it, kept apart; None: nobody left any


Claimed = SourceKept | StatementMade | PropositionWorded | StanceTaken | SpeakerNamed | Retracted
