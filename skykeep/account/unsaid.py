"""Attributions that say that something was not said, or leave open whether it was: they are no statements."""

from __future__ import annotations

from collections.abc import Sequence

from skykeep.account import phrases
from skykeep.account.attributed import Attribution
from skykeep.account.tokens import Token

_OPEN = frozenset(["if", "whether", "unless"])
_MAY = frozenset(["may", "might", "could", "should", "must", "can"])
_NONE = frozenset(["no", "nobody", "none", "nothing", "neither"])
_UNKNOWING = frozenset(
    ["unclear", "clear", "known", "unknown", "sure", "certain", "say", "ask", "asked", "know", "of", "about", "wonder"]
)


def is_said(tokens: Sequence[Token], one: Attribution) -> bool:
    """Whether the source says that it was said: not "nobody said", "if she said", "she may have said"."""
    if one.speaker is None:
        return True
    first = tokens[one.speaker.start]
    if first.low in _NONE and not _two_words(tokens, one, "no", "longer"):
        return first.low == "neither" and _withheld(tokens, one)
    at = one.speaker.whole_start
    ahead = tokens[at - 1].low if at and one.rule not in ("according", "noun", "left") else ""
    if ahead in _OPEN or (one.cue[0] and _who_is_unknown(tokens, one.cue[0], one.rule)):
        return False
    return one.rule in ("according", "noun", "nobody") or not _only_possible(tokens, one)


def _two_words(tokens: Sequence[Token], one: Attribution, first: str, second: str) -> bool:
    at = one.speaker.start if one.speaker is not None else 0
    return at + 1 < len(tokens) and tokens[at].low == first and tokens[at + 1].low == second


def _withheld(tokens: Sequence[Token], one: Attribution) -> bool:
    """Whether it says that two would not say something: "neither would say who owned it"."""
    return one.cue[0] > 0 and tokens[one.cue[0] - 1].low in phrases.AUXILIARIES


def _who_is_unknown(tokens: Sequence[Token], cue: int, rule: str) -> bool:
    """Read "it is unclear who said …": nobody is meant by "who"."""
    at = phrases.group_start(tokens, cue) - 1
    return rule == "right" and at > 0 and tokens[at].low == "who" and tokens[at - 1].low in _UNKNOWING


def _only_possible(tokens: Sequence[Token], one: Attribution) -> bool:
    """Read "she may have said", "she could say"; "she could not say" is a statement of its own kind."""
    begin = phrases.group_start(tokens, one.cue[0])
    group = [token.low for token in tokens[begin : one.cue[1]] if not token.capital]
    if not any(low in _MAY for low in group):
        return False
    return not any(low in phrases.NEGATIONS for low in group) or "have" in group
