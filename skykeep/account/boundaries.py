"""Where the content of one attribution ends because the next begins, and which nested ones stand."""

from __future__ import annotations

from collections.abc import Sequence

from skykeep.account import cues, phrases
from skykeep.account.attributed import Attribution, stripped
from skykeep.account.tokens import DASH, QUOTATION, Token, listed

_DENYING = listed("deny reject dismiss dispute refute")


def cut(tokens: Sequence[Token], one: Attribution, later: Sequence[Attribution]) -> Attribution:
    """End the content where the next attribution of its own begins."""
    if one.rule == "left" or not one.content:
        return one
    begin, end = one.content[-1]
    for other in later:
        place = other.start if _is_around(one, other) else _parting(tokens, other)
        if begin < place < end:
            end = max(stripped(tokens, begin, place), begin + 1)
            break
    return one._replace(content=(*one.content[:-1], (begin, end)))


def _is_around(one: Attribution, other: Attribution) -> bool:
    """Whether a later attribution has the whole of this one before it: "Ada Lund said it fell, the paper reported"."""
    before = other.rule in ("left", "according") and bool(other.content)
    return before and other.content[0][0] <= one.start and other.content[0][1] <= other.start


def _parting(tokens: Sequence[Token], other: Attribution) -> int:
    """Where content before another attribution ends, or -1 when the other one is part of it."""
    if other.rule == "what":
        pronoun = other.speaker is not None and tokens[other.speaker.start].low in phrases.PRONOUNS
        return other.start - 1 if pronoun and other.start and tokens[other.start - 1].low == "in" else -1
    if other.rule in ("as", "noun", "nobody", "according", "left"):
        return -1
    at = min(other.start, other.cue[0])
    conjunction = False
    while at > 0 and tokens[at - 1].low in (
        "and",
        "but",
        "while",
        "although",
        "though",
        "yet",
        "whereas",
        "then",
        "or",
    ):
        at, conjunction = at - 1, True
    ahead = tokens[at - 1] if at else None
    if ahead is None:
        return -1
    if ahead.kind == QUOTATION:
        return at
    if ahead.text in (",", ";") or ahead.kind == DASH:
        return at - 1
    same = other.elided or (other.speaker is not None and tokens[other.speaker.start].low in ("he", "she", "they"))
    if conjunction and tokens[at].low in ("but", "while", "whereas", "although", "though", "yet"):
        return at
    return at if conjunction and same else -1


def without_doubles(tokens: Sequence[Token], made: Sequence[Attribution]) -> list[Attribution]:
    """Keep what stands on its own; of nested ones only those that say plainly who says it."""
    kept: list[Attribution] = []
    for one in made:
        outer = [o for o in made if o is not one and _holds(o, one) and not (_holds(one, o) and one.cue < o.cue)]
        vague = one.rule == "noun" and one.speaker is None and any(one.start in _begins(o) for o in outer)
        if not outer or (_stands_nested(tokens, one) and not vague):
            kept.append(one)
    return kept


def _begins(outer: Attribution) -> tuple[int, ...]:
    """Where the pieces of a content begin: "said reports that it fell were false" is one statement."""
    return tuple(begin for begin, _ in outer.content)


def _holds(outer: Attribution, one: Attribution) -> bool:
    if outer.rule == "apart" and outer.lemma in _DENYING:
        return False  # what is denied is a statement of somebody else
    return any(a <= one.cue[0] < b for a, b in outer.content)


def _stands_nested(tokens: Sequence[Token], one: Attribution) -> bool:
    if one.rule in ("as", "what", "noun", "apart"):
        return True
    if one.speaker is None or one.elided or tokens[one.speaker.start].low in phrases.PRONOUNS:
        return False
    return one.lemma in cues.STRONG and one.rule in ("right", "left")
