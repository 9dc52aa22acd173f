"""Sentences of a paragraph, a quotation counting as one token so that its own stops part nothing."""

from __future__ import annotations

from collections.abc import Sequence

from skykeep.account import cues
from skykeep.account.tokens import DASH, QUOTATION, Token, listed

# A sentence with more tokens or more cues is parted, so that hostile text is read in bounded time; nothing is left out.
SENTENCE_MAX = 300
CUES_MAX = 24
DATELINE_MAX = 14  # tokens
_STOPS = frozenset([".", "!", "?", "…", "..", "...", "...."])
_BREAKS = frozenset(["×", "•", "·", "|", "■", "▪", "►"])
_CLOSERS = frozenset([")", "]", '"', "”", "'", "’"])
_STARTS = listed(
    """the he she it they we in on at but and a an this that these those there as if for his her its their"""
)


def sentences(tokens: Sequence[Token]) -> list[list[Token]]:
    """Part the tokens of one paragraph, quotations folded, into sentences."""
    made: list[list[Token]] = []
    current: list[Token] = []
    cued = 0
    for index, token in enumerate(tokens):
        if token.text in _BREAKS:
            made, current = [*made, current] if current else made, []
            continue
        current.append(token)
        cued += token.kind == QUOTATION or token.low in cues.FORMS
        if len(current) >= SENTENCE_MAX or cued >= CUES_MAX or _ends(tokens, index):
            made.append(current)
            current, cued = [], 0
    return [*made, current] if current else made


def without_dateline(tokens: Sequence[Token]) -> Sequence[Token]:
    """Leave out "LONDON, May 3 (Agency) —" at the start of a paragraph."""
    if not tokens or not (tokens[0].text.isupper() and len(tokens[0].text) > 2):
        return tokens
    for at, token in enumerate(tokens[:DATELINE_MAX]):
        if token.kind == DASH:
            return tokens[at + 1 :]
        if token.kind == QUOTATION or token.text in _STOPS:
            break
    return tokens


def _ends(tokens: Sequence[Token], index: int) -> bool:
    if index + 1 >= len(tokens):
        return True
    token, after = tokens[index], tokens[index + 1]
    if token.kind == QUOTATION:
        return _quotation_ends(tokens, index)
    if token.text in _CLOSERS and index and tokens[index - 1].text in _STOPS:
        return after.capital
    if token.text in _STOPS:
        return _stop_ends(tokens, index)
    return token.text.endswith(".") and token.text.count(".") > 1 and after.capital and after.low in _STARTS


def _stop_ends(tokens: Sequence[Token], index: int) -> bool:
    token, after = tokens[index], tokens[index + 1]
    before = tokens[index - 1] if index else None
    if before is not None and len(before.text) == 1 and before.capital and token.text == "." and after.capital:
        return False  # an initial: "John F. Kerry"
    if token.text not in (".", "!", "?") and not after.capital:
        return False
    return after.kind == QUOTATION or after.capital or after.text[0].isdigit() or not after.text[0].isalnum()


def _quotation_ends(tokens: Sequence[Token], index: int) -> bool:
    inside, after = tokens[index].text.rstrip(), tokens[index + 1]
    if not inside.endswith((".", "!", "?", "…")):
        return False
    if after.kind == QUOTATION:
        return True
    if not after.capital:
        return not after.text[0].isalnum() and after.text not in (",", ".", ";", ":", "-", "—", "–", "(", ")")
    return inside.endswith(".") or not _attributes(tokens, index + 1)


def _attributes(tokens: Sequence[Token], index: int) -> bool:
    """Whether what follows a quotation is only who said it: "“Why?” Ada Lund asked."."""
    for at in range(index, min(index + 10, len(tokens))):
        if tokens[at].text in _STOPS or tokens[at].kind == QUOTATION:
            return False
        if tokens[at].low in cues.FORMS:
            return at + 1 < len(tokens) and tokens[at + 1].text in (".", ",", "on", "in")
    return False
