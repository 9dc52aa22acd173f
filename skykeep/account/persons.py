"""Who a name or an office means in one account: "Holm", "Mayor Anna Holm" and "the mayor" where only one fits.

Read from the reports' own words: an office in front of a name, with the side it is of where one is named. A short
name or a bare office means a person only when one person alone fits; else it means nobody and nothing is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from skykeep.account.aliases import (
    Aliases,
    bare,
    office_of,
    office_pattern,
    side_pattern,
    sides_by_word,
    transliterated,
)
from skykeep.account.stems import folded

_NAME = r"[A-ZÀ-Þ][\w’'-]*"
_AFTER_OFFICE = re.compile(rf"\s+({_NAME}(?:\s{_NAME}){{0,2}})")
_BEFORE_OFFICE = re.compile(rf"((?:{_NAME}\s+){{1,6}})$")
_OF = re.compile(r"\s+(?:of|for)\s+(?:the\s+)?")
_APPOSED = re.compile(rf",\s+({_NAME}(?:\s{_NAME}){{1,2}}),")
# Offices of a place or a body within a side: "Moscow's mayor" does not speak for the country.
_OF_PLACES = frozenset({"mayor", "governor", "police chief", "fire chief", "superintendent", "inspector", "director",
                        "chief executive"})  # fmt: skip
READ_MAX = 100_000  # characters of a report that persons are read from
PERSONS_MAX = 200
_WINDOW = 80  # characters around an office that are looked at


class Person(NamedTuple):
    """One person that the reports name."""

    key: str  # the last name, folded
    name: str  # the fullest form: "Anna Holm"
    office: str  # "mayor"; "": none
    side: str  # "": not said


class People(NamedTuple):
    """Everybody that the reports name with an office, in order, and the table that offices and sides are read by."""

    persons: tuple[Person, ...]
    aliases: Aliases
    sides: tuple[str, ...] = ()  # the two that are named most

    def titled(self, key: str) -> str:
        """Return how a key is shown: "Mayor Anna Holm"."""
        person = next((person for person in self.persons if person.key == key), None)
        if person is None:
            return key.removeprefix("the ") and f"the {key.removeprefix('the ')}"
        office = " ".join(word if word == "of" else word.capitalize() for word in person.office.split())
        return f"{office} {person.name}".strip()

    def mentions(self, text: str) -> list[tuple[int, int, str]]:
        """Return (start, end, key) of every person of a text, in order and without overlap."""
        found: list[tuple[int, int, str]] = []
        for start, end, key in sorted((*self._by_office(text), *self._by_name(text))):
            if found and start < found[-1][1]:
                last = found[-1]
                found[-1] = (last[0], max(end, last[1]), key if last[2].startswith("the ") else last[2])
            else:
                found.append((start, end, key))
        return found

    def resolve(self, name: str) -> str | None:
        """Return the key of the one person that a name or an office can mean; None: nobody, or more than one."""
        found = [key for _, _, key in self.mentions(name)]
        return found[-1] if found else None

    def _by_name(self, text: str) -> Iterator[tuple[int, int, str]]:
        for person in self.persons:
            last = person.name.rsplit(maxsplit=1)[-1]
            for match in re.finditer(rf"(?<!\w)(?:{re.escape(person.name)}|{re.escape(last)})(?!\w)", text):
                yield match.start(), match.end(), person.key

    def _by_office(self, text: str) -> Iterator[tuple[int, int, str]]:
        flat = _flat(text)
        for match in office_pattern(self.aliases).finditer(flat):
            office = office_of(self.aliases)[match.group()]
            start, side = _side_before(flat, match.start(), self.aliases)
            end, side_after = _side_after(flat, match.end(), self.aliases)
            key = self._one(office, (side or side_after) if office not in _OF_PLACES else "")
            if key:
                yield start, end, key

    def _one(self, office: str, side: str) -> str | None:
        held = [person for person in self.persons if person.office == office]
        if not side:
            return held[0].key if len(held) == 1 else None
        exact = [person for person in held if person.side == side]
        if len(exact) == 1:
            return exact[0].key
        left = [person for person in held if not person.side] if self._only_left(held, side) else []
        if len(left) == 1 and not exact:
            return left[0].key
        return None if exact or left else f"the {office} of {side}"

    def _only_left(self, held: Sequence[Person], side: str) -> bool:
        """Whether an office without a side can only be of this one: two sides speak, and the other one's is known."""
        others = [person.side for person in held if person.side]
        return side in self.sides and bool(others) and all(other in self.sides for other in others)


def people_in(texts: Iterable[str], aliases: Aliases) -> People:
    """Read who the reports name with an office; a later, fuller form of a name adds to the earlier one."""
    found: dict[str, Person] = {}
    named: dict[str, int] = {}
    for text in (text[:READ_MAX] for text in texts):
        for match in side_pattern(aliases).finditer(_flat(text)):
            side = sides_by_word(aliases)[match.group()]
            named[side] = named.get(side, 0) + 1
        for person in _persons(text, aliases):
            known = found.get(person.key)
            found[person.key] = person if known is None else _fuller(known, person)
    most = sorted(named, key=lambda side: (-named[side], side))[:2]
    return People(tuple(found.values())[:PERSONS_MAX], aliases, tuple(most))


def _persons(text: str, aliases: Aliases) -> Iterator[Person]:
    flat = _flat(text)
    for match in office_pattern(aliases).finditer(flat):
        office = office_of(aliases)[match.group()]
        named = _AFTER_OFFICE.match(text, match.end())
        apposed = None if named else _APPOSED.search(text, match.end(), match.end() + _WINDOW)
        name = _name((named or apposed).group(1), aliases) if named or apposed else ""  # type: ignore[union-attr]
        if name:
            _, side = _side_before(flat, match.start(), aliases)
            side = (
                ""
                if office in _OF_PLACES
                else side
                or _side_near(text, flat, match.start(), apposed.start() if apposed else match.start(), aliases)
            )
            yield Person(transliterated(name.rsplit(maxsplit=1)[-1], aliases), name, office, side)


def _name(words: str, aliases: Aliases) -> str:
    """Keep the words of a person's name; none where they are an office or a side ("Press Secretary", "Russian")."""
    kept: list[str] = []
    for word in re.sub(r"['’]s?$", "", words).split():
        bare_word = re.sub(r"['’]s$", "", word)
        if office_pattern(aliases).fullmatch(folded(bare_word)) or side_pattern(aliases).fullmatch(folded(bare_word)):
            break
        kept.append(bare_word)
        if bare_word != word:
            break
    return " ".join(kept)


def _fuller(one: Person, other: Person) -> Person:
    name = max(one.name, other.name, key=len)
    return Person(one.key, name, one.office or other.office, one.side or other.side)


def _flat(text: str) -> str:
    """Lower case without accents, each character in its place."""
    flat = folded(text)
    return flat if len(flat) == len(text) else "".join(folded(c)[:1] or " " for c in text)


def _side_before(flat: str, at: int, aliases: Aliases) -> tuple[int, str]:
    """Return where the phrase that ends in an office begins, and the side it names just before the office."""
    for width in range(1, 4):
        words = re.search(rf"(?:(?<!\w)[\w.'’-]+\s+){{{width}}}$", flat[max(0, at - 60) : at])
        if not words:
            break
        word = re.sub(r"['’]s?$", "", words.group().strip())
        if word in sides_by_word(aliases):
            return at - len(words.group()), sides_by_word(aliases)[word]
    return at, ""


def _side_after(flat: str, at: int, aliases: Aliases) -> tuple[int, str]:
    of = _OF.match(flat, at)
    side = side_pattern(aliases).match(flat, of.end()) if of else None
    return (side.end(), sides_by_word(aliases)[side.group()]) if side else (at, "")


def _side_near(text: str, flat: str, start: int, end: int, aliases: Aliases) -> str:
    """Return the side named among the capitalised words that lead up to an office, or between it and a name apposed."""
    before = _BEFORE_OFFICE.search(text, max(0, start - _WINDOW), start)
    low = before.start() if before else start
    match = side_pattern(aliases).search(flat, low, start)
    if match is None and end > start:
        match = side_pattern(aliases).search(flat, start, end)
    return sides_by_word(aliases)[match.group()] if match else ""


def side_of(words: Sequence[str | None], aliases: Aliases) -> str | None:
    """Return the side that a speaker's name, words or role names; None: none, or an office of a place within it."""
    for word in words:
        flat = bare(word or "")
        match = side_pattern(aliases).search(flat)
        if match and not re.search(r"\b(?:mayor|governor|residents?|police|region)\b", flat):
            return sides_by_word(aliases)[match.group()]
    return next((told for word in words if (told := _told_side(word or ""))), None)


_BODY_NAME = rf"{_NAME}(?: (?:(?:of|for)(?: the)? )?{_NAME}){{0,5}}"
_SPEAKS_FOR = re.compile(
    r"\b(?:spokes\w+|speaker|press (?:secretary|service|officer|office)|representatives?|envoy|chancery|chancellery)"
    rf" (?:of|for) (?:the )?({_BODY_NAME})(?!['’\w])"
)
_OWN_BODY = re.compile(
    rf"\b({_BODY_NAME})['’]s? (?:president|government|prime minister|foreign minist\w+|defen[cs]e minist\w+|ministry"
    r"|army|military|spokes\w+|press \w+|embassy|parliament|air force|navy|chancery|chancellery)\b"
)


def _told_side(words: str) -> str:
    """Return whom words say that somebody speaks for: "spokeswoman of the Free Union", "Lissmark's president"."""
    match = _OWN_BODY.search(words) or _SPEAKS_FOR.search(words)
    return match.group(1) if match else ""
