"""Who a sentence speaks of, besides whoever speaks in it: the people and bodies that a later "he" or "it" could be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from skykeep.account import phrases
from skykeep.account.tokens import POSSESSIVE, QUOTATION, WORD, Token, listed

MENTIONS_MAX = 8  # of one sentence, so that hostile text is read in bounded time
TOKENS_MAX = 80  # of one sentence
_NAME_MAX = 4
BODIES = listed(
    """committee council ministry department service agency office government party union nations court police
    commission authority army navy force forces administration parliament senate house congress state states media
    brigade press kremlin company firm outlet channel newspaper broadcaster group board bank university team side
    embassy association organization organisation network corps command institute centre center hospital statement
    airline airport guard club society federation alliance bureau chancery coalition regulator"""
)
PEOPLE = listed(
    """wife husband daughter son mother father sister brother girl boy man woman lady bride groom widow widower uncle
    aunt niece nephew cousin friend teenager suspect victim guest worker docker guard policeman policewoman fireman
    firefighter sailor soldier counterpart colleague predecessor successor tenant child partner captain
    grandmother grandfather keeper master opponent rival"""
)
_PLURALS = listed(
    """people men women children police suspects residents officials officers witnesses prosecutors authorities
    lawmakers investigators protesters rebels wives families passengers workers"""
)
_FEMALE = listed(
    """mrs. mrs ms. ms she her hers queen princess lady mother wife daughter girl sister bride widow aunt niece
    grandmother actress dame"""
)
_MALE = listed(
    """mr. mr he his him king prince lord sir man father pope husband son boy brother groom widower uncle nephew
    grandfather"""
)
_PLACED = listed("in at from over near to into around outside inside above across beyond through toward towards via")
_NO_NAME = phrases.TIME_WORDS | phrases.PRONOUNS | phrases.DETERMINERS | phrases.SUBORDINATORS | phrases.PREPOSITIONS
_ARTICLES = frozenset(["the", "a", "an"])
_POINTS = frozenset(["the", "his", "her", "their", "its", "this", "that"])


class Mention(NamedTuple):
    """Somebody that a sentence speaks of; places are code points of the text."""

    name: str
    start: int
    end: int
    person: bool
    body: bool
    plural: bool
    gender: str  # "m", "f", ""
    subject: bool
    definite: bool  # a name, or a description with "the", "his": not "a pilot"


def is_person(low: str) -> bool:
    """Whether a common noun means a person."""
    if low in BODIES and low not in PEOPLE:
        return False
    return low in phrases.ROLES or low in PEOPLE or (low.endswith(("man", "woman")) and low != "human")


def is_people(low: str) -> bool:
    """Whether a common noun means several people."""
    return low in _PLURALS or low == "people" or (low.endswith("s") and is_person(low.removesuffix("s")))


def gender_of(lows: Sequence[str]) -> str:
    """Return what some words say of a person's gender: "m", "f", or "" where they say nothing."""
    if len(lows) > 1:
        lows = [low for low in lows if low not in _POINTS]  # "her deputy" tells nothing of the deputy
    if any(low in _FEMALE or low.endswith("woman") for low in lows):
        return "f"
    men = any(low in _MALE or (low.endswith("man") and low != "human" and is_person(low)) for low in lows)
    return "m" if men else ""


def mentions(unit: Sequence[Token], full: Mapping[str, Sequence[str]]) -> list[Mention]:
    """Find who a sentence speaks of outside its quotations, subjects first; `full`: full names by their last word."""
    unit = unit[:TOKENS_MAX]
    subject = _subject(unit)
    made: dict[str, Mention] = {}
    at = 0
    while at < len(unit) and len(made) < MENTIONS_MAX:
        one, at = _at(unit, at, subject, full)
        if one is not None and one.name not in made:
            made[one.name] = one
    return sorted(made.values(), key=lambda one: not one.subject)


def _subject(unit: Sequence[Token]) -> tuple[int, int]:
    """The tokens of the first verb's subject."""
    for at, token in enumerate(unit):
        if token.kind == QUOTATION:
            break
        if at and phrases.is_finite(token):
            found = phrases.before(unit, phrases.group_start(unit, at))
            return (0, 0) if found is None else (found.whole_start, at)
    return (0, 0)


def _at(
    unit: Sequence[Token], at: int, subject: tuple[int, int], full: Mapping[str, Sequence[str]]
) -> tuple[Mention | None, int]:
    token = unit[at]
    if token.kind != WORD or token.low in _NO_NAME:
        return None, at + 1
    inside = subject[0] <= at < subject[1]
    if token.capital and not _is_common(token):
        end = _name_end(unit, at)
        return _named(unit, at, end, full, subject=inside), end
    if is_people(token.low) or is_person(token.low) or (inside and token.low in BODIES):
        return _described(unit, at, subject=inside), at + 1
    return None, at + 1


def _is_common(token: Token) -> bool:
    """Whether a capital only begins a sentence, or a title: "Prosecutors", "Mayor"."""
    return is_people(token.low) or token.low in phrases.ROLES or token.low in phrases.TITLES


def _name_end(unit: Sequence[Token], at: int) -> int:
    end = at + 1
    while end < len(unit) and end - at < _NAME_MAX and unit[end].kind == WORD and unit[end].capital:
        if unit[end].low in phrases.TIME_WORDS and end + 1 < len(unit) and unit[end + 1].text[:1].isdigit():
            break
        end += 1
    return end


def _named(
    unit: Sequence[Token], at: int, end: int, full: Mapping[str, Sequence[str]], *, subject: bool
) -> Mention | None:
    held = unit[at:end]
    known = full.get(held[-1].low, ())
    body = held[-1].low in BODIES
    ahead = unit[at - 1].low if at else ""
    titled = [token.low for token in unit[max(0, at - 3) : at] if is_person(token.low)]
    person = len(known) == 1 or bool(known and len(held) > 1) or (len(held) > 1 and not body)
    if not (known or titled) and (ahead in _PLACED or ahead == "the"):
        if not subject:
            return None
        person = person and ahead in _PLACED
    if not person and not subject and not (at and phrases.is_finite(unit[at - 1])) and ahead not in ("by", "with"):
        return None  # a single name counts as a subject, or as whom somebody told or met
    owner = end < len(unit) and unit[end].kind == POSSESSIVE
    weak = len(held) == 1 and not body and ahead != "the" and not owner
    name = known[0] if len(known) == 1 else " ".join(token.text for token in held)
    return Mention(
        name, held[0].start, held[-1].end, person or weak, body or not person, False, gender_of(titled), subject, True
    )


def _described(unit: Sequence[Token], at: int, *, subject: bool) -> Mention | None:
    """Read "her deputy", "two suspects", "the ambassador"; a title before a name is no one of its own."""
    after = unit[at + 1] if at + 1 < len(unit) else None
    if after is not None and after.kind in (WORD, POSSESSIVE):
        noun = is_person(after.low) or after.low in BODIES
        if after.capital or after.kind == POSSESSIVE or (noun and after.kind == WORD):
            return None
    if after is not None and after.text == "," and at + 2 < len(unit) and unit[at + 2].capital:
        return None  # "her deputy, Karl Voss"
    start = at
    while start > 0 and at - start < _NAME_MAX and _belongs(unit[start - 1]):
        start -= 1
        if unit[start].low in phrases.DETERMINERS:
            break
    if unit[at].low == "head" and unit[start].low in _POINTS:
        return None  # "his head"
    held = unit[start + (unit[start].low in _ARTICLES) : at + 1]
    low = unit[at].low
    plural = is_people(low)
    definite = unit[start].low in _POINTS or any(token.kind == POSSESSIVE for token in held)
    definite = definite or plural or unit[start].capital
    name = "".join((" " if i and token.kind != POSSESSIVE else "") + token.text for i, token in enumerate(held))
    person = is_person(low) and not plural
    return Mention(
        name, held[0].start, held[-1].end, person, low in BODIES, plural, gender_of([low]), subject, definite
    )


def _belongs(token: Token) -> bool:
    if token.kind == POSSESSIVE or token.low in phrases.DETERMINERS:
        return True
    return token.kind == WORD and token.low not in _NO_NAME and not phrases.is_finite(token) and token.low != "and"
