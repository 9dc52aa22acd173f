"""Who told whom: from the speaker over those who passed it on to the publisher; and to whom it was said."""

from __future__ import annotations

from collections.abc import Sequence

from skykeep.account import phrases
from skykeep.account.tokens import POSSESSIVE, WORD, Token

_TOLD = frozenset(["tell", "inform", "assure", "brief", "notify", "remind"])
_AUDIENCES = frozenset(["reporters", "journalists", "lawmakers", "parliament", "viewers", "supporters"])


def audience(lemma: str, tail: Sequence[Token]) -> str | None:
    """Return to whom it was said: "CNN" of "told CNN on Wednesday", "reporters" of "said to reporters"."""
    begin = 0
    if lemma not in _TOLD:
        begin = next((i + 1 for i, token in enumerate(tail[:-1]) if _to(token, tail[i + 1])), len(tail))
    end = begin
    while end < len(tail) and _belongs(tail, begin, end):
        end += 1
    held = tail[begin:end]
    return "".join((" " if token.kind == WORD and i else "") + token.text for i, token in enumerate(held)) or None


def chain(speaker: str | None, carriers: Sequence[str], publisher: str | None) -> tuple[str, ...]:
    """Put speaker, those who passed it on and publisher in a row; a name that follows itself stands once."""
    row = [one for one in (speaker, *carriers, publisher) if one]
    return tuple(one for i, one in enumerate(row) if i == 0 or not _same(row[i - 1], one))


def is_outlet(name: str) -> bool:
    """Whether an audience is somebody who passes things on: a name, no mere "reporters"."""
    return name[:1].isupper() or (name.startswith("the ") and name[4:5].isupper())


def _same(one: str, other: str) -> bool:
    return one.lower().removeprefix("the ") == other.lower().removeprefix("the ")


def _to(token: Token, after: Token) -> bool:
    return token.low in ("to", "with") and (after.low in _AUDIENCES or after.capital)


def _belongs(tail: Sequence[Token], begin: int, at: int) -> bool:
    token = tail[at]
    if token.kind not in (WORD, POSSESSIVE) or phrases.is_time(token) or token.low in phrases.PREPOSITIONS:
        return False
    return token.low not in phrases.SUBORDINATORS and at - begin < 8
