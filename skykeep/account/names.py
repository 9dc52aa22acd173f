"""Names and roles: what of "the spokesman for the port, Bo Berg" is which, and the full names of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skykeep.account import phrases
from skykeep.account.drafts import Read, Speaking
from skykeep.account.mentions import BODIES, is_person
from skykeep.account.tokens import WORD, Token, listed

_MEDIA = listed("media agency newspaper outlet channel network broadcaster station daily magazine service")
_BEFORE_NAMES = phrases.ROLES - BODIES | _MEDIA  # words that a name may follow
NAMES_MAX = 12  # people with one last name


def name_and_role(text: str, speaking: Speaking) -> tuple[str, str | None]:
    """Part "Mayor Ada Lund" into a name and a role; "the spokesman for X, Ada Lund" too."""
    held = speaking.tokens
    own = _name_among(speaking.others, held[-1])
    if own and not _is_name(held) and (any(token.low in phrases.ROLES for token in held) or not held[-1].capital):
        return _words(text, own), _words(text, held)
    role = _words(text, speaking.role) if speaking.role else None
    last = max((i for i, token in enumerate(held) if token.low in _BEFORE_NAMES), default=-1)
    if (
        0 <= last < len(held) - 2
        and held[last].low in ("secretary", "minister")
        and held[last + 1].low == "of"
        and held[last + 2].capital
    ):
        last += 2
    name = held[last + 1 :]
    if any(held[i].low == "and" and held[i - 1].capital for i in range(1, max(last, 1))):
        return _words(text, held), role  # "Mayor Ada Lund and governor Bo Berg"
    linked = any(token.low in phrases.PREPOSITIONS or token.low == "and" for token in held[: max(last - 1, 0)])
    if last >= 0 and name and not linked and all(token.capital and token.kind == WORD for token in name):
        return _words(text, name), _words(text, held[: last + 1])
    trade = _trade_end(held)
    if trade:
        return _words(text, held[trade:]), _words(text, held[:trade])
    begin = 1 if len(held) > 1 and (held[0].low in ("the", "a", "an") or held[0].low.endswith("-year-old")) else 0
    return _words(text, held[begin:]), role


def _trade_end(held: Sequence[Token]) -> int:
    """Where the name begins in "harbour master Ines Calder", or 0."""
    at = len(held)
    while at > 0 and held[at - 1].capital and held[at - 1].kind == WORD:
        at -= 1
    common = held[:at]
    closed = phrases.PREPOSITIONS | {"and", "or"}
    told = any(token.low not in phrases.DETERMINERS for token in common)
    plain = told and all(token.kind == WORD and token.low not in closed for token in common)
    return at if plain and len(held) - at >= 2 else 0


def _name_among(others: Sequence[Token], head: Token) -> tuple[Token, ...]:
    """The name in what describes a phrase: two words or more, or one after "his wife"."""
    piece: list[Token] = []
    for token in others:
        if token.kind == WORD and token.capital:
            piece.append(token)
        elif piece:
            break
        elif token.kind == WORD:
            return ()
    least = 1 if is_person(head.low) and not head.capital and head.low not in phrases.TITLES else 2
    return tuple(piece) if least <= len(piece) <= 4 else ()


def _is_name(held: Sequence[Token]) -> bool:
    return all(token.capital and token.kind == WORD for token in held) and not any(t.low in phrases.ROLES for t in held)


def full_names(read: Read) -> dict[str, list[str]]:
    """Full names by last word: those with a title anywhere in the text, and those of speakers."""
    made: dict[str, list[str]] = {}
    for _, unit in read.sentences:
        for name in _titled(unit):
            _remember(made, name)
    for draft in read.drafts:
        if draft.speaking is not None:
            held = draft.speaking.tokens
            tail = [token.text for token in _name_tail(held)]
            if len(tail) > 1 and not any(word.lower() in BODIES for word in tail):
                _remember(made, " ".join(tail))
            other = _name_among(draft.speaking.others, held[-1])
            if len(other) > 1:
                _remember(made, " ".join(token.text for token in other))
    return made


def _remember(made: dict[str, list[str]], name: str) -> None:
    known = made.setdefault(name.rsplit(maxsplit=1)[-1].lower(), [])
    if len(known) < NAMES_MAX and not any(name in one for one in known):
        known[:] = [*(one for one in known if one not in name), name]


def _name_tail(held: Sequence[Token]) -> Sequence[Token]:
    at = len(held)
    while at > 0 and held[at - 1].capital and held[at - 1].kind == WORD and held[at - 1].low not in phrases.ROLES:
        at -= 1
    return held[at:]


def _titled(unit: Sequence[Token]) -> Iterator[str]:
    for at, token in enumerate(unit):
        if token.low in phrases.TITLES and at + 2 < len(unit):
            name = []
            for follower in unit[at + 1 : at + 5]:
                if not follower.capital or follower.kind != WORD or follower.low in phrases.TITLES:
                    break
                name.append(follower.text)
            if 2 <= len(name) <= 4:
                yield " ".join(name)


def _words(text: str, held: Sequence[Token]) -> str:
    return " ".join(text[held[0].start : held[-1].end].split()) if held else ""
