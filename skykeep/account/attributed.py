"""An attribution of a sentence, and a cue verb, as the rules hand them to each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from skykeep.account import cues, phrases
from skykeep.account.phrases import Phrase
from skykeep.account.tokens import DASH, MARK, Token


class Attribution(NamedTuple):
    """An attribution in tokens of its sentence; `content` are ranges of tokens."""

    cue: tuple[int, int]
    lemma: str
    rule: str  # "left", "right", "as", "what", "object", "noun", "according", "nobody", "apart"
    speaker: Phrase | None
    elided: bool  # the subject is that of the attribution before it, or of the sentence
    start: int  # where the attribution itself begins: its subject, or its cue
    content: tuple[tuple[int, int], ...]
    tail: tuple[int, int]  # tokens after the cue that tell to whom, when and where


class Verb(NamedTuple):
    """A cue verb: its tokens, where its auxiliaries begin, and what form it has."""

    start: int
    end: int
    group: int
    form: cues.Form


def is_speech(token: Token) -> bool:
    """Whether a quotation ends as speech does: with a comma, a stop, or after three words."""
    return token.text.rstrip().endswith((",", ".", "!", "?", "…", "-", "—")) or len(token.text.split()) > 3


def has_clause(tokens: Sequence[Token], begin: int, end: int) -> bool:
    return any(phrases.is_finite(token) for token in tokens[begin:end])


def cue_of(tokens: Sequence[Token], verb: Verb) -> tuple[int, int]:
    """The verb, from its negation on where it has one: "have not said"."""
    negated = any(token.low in phrases.NEGATIONS for token in tokens[verb.group : verb.start])
    return (verb.group if negated else verb.start, verb.end)


def stripped(tokens: Sequence[Token], begin: int, end: int) -> int:
    while end > begin and tokens[end - 1].kind in (MARK, DASH) and tokens[end - 1].text not in ("%", ")", "$"):
        end -= 1
    return end
