"""Attributions without a verb: "according to the mayor", "the mayor's claim that", "allegations that"."""

from __future__ import annotations

from collections.abc import Sequence

from skykeep.account import phrases
from skykeep.account.attributed import Attribution, stripped
from skykeep.account.contents import content_start
from skykeep.account.following import past_aside
from skykeep.account.phrases import Phrase
from skykeep.account.tokens import DASH, POSSESSIVE, WORD, Token

_DESCRIBING = frozenset(["the", "a", "an", "who", "which", "former"])


def according(tokens: Sequence[Token], at: int) -> Attribution | None:
    """Read "according to X, …" and "…, according to X"."""
    end = at + 2
    while end < len(tokens) and tokens[end].kind in (WORD, POSSESSIVE) and end - at < phrases.PHRASE_MAX:
        end += 1
    if not phrases.is_phrase(tokens, at + 2, end):
        return None
    stop = _time_start(tokens, at + 2, end)
    whole = _named_after(tokens, stop)
    speaker = Phrase(at + 2, stop, at + 2, whole, None)
    end = max(end, whole)
    if at <= 1:
        begin = _past_description(tokens, end)
        content = (begin, stripped(tokens, begin, len(tokens)))
    else:
        content = (content_start(tokens, at), stripped(tokens, 0, at))
    if content[1] <= content[0]:
        return None
    return Attribution((at, at + 2), "according to", "according", speaker, False, at, (content,), (stop, end))


def _named_after(tokens: Sequence[Token], stop: int) -> int:
    """Where ", Bo Berg" ends after "her spokesperson", or `stop` where no name follows."""
    if tokens[stop - 1].low not in phrases.ROLES or tokens[stop - 1].capital or stop >= len(tokens):
        return stop
    end = stop + 1
    while tokens[stop].text == "," and end < len(tokens) and tokens[end].kind == WORD and tokens[end].capital:
        end += 1
    return end if end - stop > 2 else stop


def _past_description(tokens: Sequence[Token], comma: int) -> int:
    """Where what was said begins: past ", the mayor of Lunden," after a name."""
    first = tokens[comma + 1] if comma + 1 < len(tokens) else None
    if first is None or not (first.low in _DESCRIBING or first.low in phrases.ROLES):
        return past_aside(tokens, comma)
    for i in range(comma + 2, min(comma + phrases.RELATIVE_MAX, len(tokens))):
        if tokens[i].text == ",":
            return i + 1
        if first.low not in ("who", "which") and (
            tokens[i].kind not in (WORD, POSSESSIVE) or phrases.is_finite(tokens[i])
        ):
            break
    return past_aside(tokens, comma)


def _time_start(tokens: Sequence[Token], start: int, end: int) -> int:
    at = phrases.skip_time_back(tokens, end)
    return at if at > start else end


def noun(tokens: Sequence[Token], at: int) -> Attribution | None:
    """Read "Moscow's claim that …", "claims by X that …", "allegations that …"."""
    if at > 1 and tokens[at - 1].low in ("a", "an") and tokens[at - 2].low in ("in", "issued"):
        return None  # "said in a statement that": the verb has it
    that = at + 1
    speaker = _owner(tokens, at)
    if that < len(tokens) and tokens[that].low in ("by", "from"):
        speaker = phrases.after(tokens, that + 1)
        that = speaker.end if speaker is not None else that
    owned = speaker is not None and speaker.end <= at and tokens[speaker.end].kind == POSSESSIVE
    opener = tokens[that].low if that < len(tokens) else ""
    if opener != "that" and not (owned and opener == "about"):
        return None
    named = at > 0 and tokens[at - 1].capital and tokens[at - 1].kind == WORD
    if speaker is None and named and tokens[at - 1].low not in phrases.DETERMINERS:
        return None  # "Sundport claims that": a verb
    end = stripped(tokens, that + 1, _noun_clause_end(tokens, that + 1))
    if end - that < 3 or (
        speaker is None and not tokens[at].low.endswith("s") and tokens[at - 1].low not in ("an", "a", "the")
    ):
        return None
    start = speaker.start if speaker is not None and speaker.start < at else at
    return Attribution((at, at + 1), tokens[at].low, "noun", speaker, False, start, ((that + 1, end),), (that, that))


def _owner(tokens: Sequence[Token], at: int) -> Phrase | None:
    for i in range(at - 1, max(-1, at - 4), -1):
        if tokens[i].kind == POSSESSIVE:
            return phrases.before(tokens, i)
        if tokens[i].low in ("their", "his", "her", "its"):
            return Phrase(i, i + 1, i, i + 1, None)
        if not phrases.is_word(tokens[i]) or tokens[i].low in phrases.DETERMINERS:
            break
    if at and tokens[at - 1].capital and tokens[at - 1].kind == WORD and at - 1 > 0:
        return Phrase(at - 1, at, at - 1, at, None)
    return None


def _noun_clause_end(tokens: Sequence[Token], at: int) -> int:
    for i in range(at, len(tokens)):
        if tokens[i].text in (",", ";") or tokens[i].kind == DASH:
            return i
    return len(tokens)
