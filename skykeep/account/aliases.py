"""Names that count as one: by the alias table at once, by being spelt alike only as a suggestion for a person.

The table is a value; the station reads it from `accountdata/aliases.toml`, whose README says what each part means.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

import msgspec

from skykeep.account.stems import folded
from skykeep.facts.accounted import Speaker, SpeakerSuggested

_ALIKE_MAX = 0.2  # edits per letter of the longer name: one in five letters, none in four
_NAMES = 2048  # ... and names whose folded forms are kept
_COMPARED_MAX = 250  # speakers that are compared with each other
_TABLES = 16  # alias tables whose patterns are kept
_SHORTEST = 4  # letters of a name that is compared by spelling


class Side(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body that people speak for, as it names itself."""

    name: str
    names: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()


class Aliases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """The alias table, as the file has it; compared by identity, so that what is made of it is found at once."""

    spellings: tuple[tuple[str, ...], ...] = ()
    folding: tuple[tuple[str, str], ...] = ()
    offices: tuple[tuple[str, ...], ...] = ()
    side: tuple[Side, ...] = ()


@functools.lru_cache(maxsize=_TABLES)
def sides_by_word(aliases: Aliases) -> dict[str, str]:
    """Return the side that each name, adjective, capital and seat stands for, by its folded words."""
    table = {}
    for side in aliases.side:
        for word in (side.name, *side.names, *side.adjectives, *side.capitals, *side.seats):
            for spelt in _spellings(word, aliases):
                table[folded(spelt)] = side.name
    return table


@functools.lru_cache(maxsize=_TABLES)
def names_of_sides(aliases: Aliases) -> dict[str, str]:
    """Return the side whose name, or capital, is said to speak: no adjectives, no seats."""
    table = {}
    for side in aliases.side:
        for word in (side.name, *side.names, *side.capitals):
            for spelt in _spellings(word, aliases):
                table[folded(spelt)] = side.name
        for word in (side.name, *side.adjectives):
            table[f"{folded(word)} side"] = table[f"{folded(word)} government"] = side.name
    return table


@functools.lru_cache(maxsize=_TABLES)
def side_pattern(aliases: Aliases) -> re.Pattern[str]:
    """Return a pattern that finds the words of sides in a folded text, the longest first."""
    return alternatives(tuple(sides_by_word(aliases)))


@functools.lru_cache(maxsize=_TABLES)
def office_pattern(aliases: Aliases) -> re.Pattern[str]:
    """Return a pattern that finds the words of offices in a folded text, the longest first."""
    return alternatives(tuple(folded(word) for words in aliases.offices for word in words))


@functools.lru_cache(maxsize=_TABLES)
def office_of(aliases: Aliases) -> dict[str, str]:
    """Return the first word of its row for each word of an office."""
    return {folded(word): words[0] for words in aliases.offices for word in words}


def alternatives(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)" if words else r"(?!)")


def _spellings(word: str, aliases: Aliases) -> tuple[str, ...]:
    row = next((row for row in aliases.spellings if folded(word) in map(folded, row)), (word,))
    return row if word in row else (word, *row)


def bare(name: str) -> str:
    """Fold a name and take the article and a possessive ending off it: "the Harbour Office" is "harbour office"."""
    plain = " ".join(folded(name).replace("’", "'").split()).removesuffix("'s").removesuffix("'")
    return plain.removeprefix("the ").strip(" .,;:\"“”'")


@functools.lru_cache(maxsize=_NAMES)
def transliterated(name: str, aliases: Aliases) -> str:
    """Fold a name further, so that its transliterations meet: only to be compared, never shown."""
    plain = bare(name)
    for letters, instead in aliases.folding:
        plain = plain.replace(letters, instead)
    return re.sub(r"(.)\1", r"\1", plain)


_HONORIFIC = re.compile(r"(?<!\w)(?:mr|mrs|ms|miss|dr|prof|sir|dame|lord|lady)\.? ")
# Last words of names that are no person's: two such bodies are not one for being spelt alike.
BODIES = frozenset(
    """police service services office ministry agency department council news press brigade command guard navy army
    force forces authority commission group trust media network tv radio times post house government side court
    party union company airport airline airlines airways institute university hospital committee board team""".split()  # noqa: SIM905
)


@functools.lru_cache(maxsize=_NAMES)
def person_words(name: str, aliases: Aliases) -> str:
    """Return a name without offices, adjectives of sides and articles: "Mayor Anna Holm" is "anna holm"."""
    plain = _HONORIFIC.sub("", bare(name) + " ")
    plain = side_pattern(aliases).sub(" ", office_pattern(aliases).sub(" ", plain))
    return " ".join(plain.split())


_MANY = frozenset(
    {"spokesperson", "minister", "director", "general", "colonel", "inspector"}
)  # of which there are many


def suggest_same(speakers: Sequence[Speaker], aliases: Aliases) -> tuple[SpeakerSuggested, ...]:
    """Suggest pairs that may be one speaker, in the speakers' order; a person decides."""
    found = []
    compared = speakers[:_COMPARED_MAX]
    for n, one in enumerate(compared):
        for other in compared[n + 1 :]:
            why = _why_same(one, other, aliases)
            if why:
                found.append(SpeakerSuggested(name=one.name, other=other.name, why=why))
    return tuple(found)


def _why_same(one: Speaker, other: Speaker, aliases: Aliases) -> str:
    if one.side and other.side and one.side != other.side:
        return ""
    side = f"; both speak for {one.side}" if one.side and one.side == other.side else ""
    if bare(one.name) == bare(other.name):
        return f"the same words in two sources{side}"
    alike = _alike(one, other, aliases)
    if alike:
        return f"spelt alike: {alike[0]}, {alike[1]}{side}"
    if side and _one_in_other(one.name, other.name):
        return f"one name stands in the other: {one.name}, {other.name}{side}"
    offices = [_office(speaker.role or speaker.name, aliases) for speaker in (one, other)]
    bare_office = [bare(speaker.name) in office_of(aliases) for speaker in (one, other)]
    if (
        offices[0]
        and offices[0] == offices[1]
        and bare_office[0] != bare_office[1]
        and (side or offices[0] not in _MANY)
    ):
        return f"the same office: {one.name}, {(other.role or '') + ' ' + other.name}{side}"
    return ""


def _alike(one: Speaker, other: Speaker, aliases: Aliases) -> tuple[str, str] | None:
    """Return two last words of names that are spelt alike."""
    for name in (one.name, *one.also):
        for second in (other.name, *other.also):
            first_last, second_last = _surname(name, aliases), _surname(second, aliases)
            if min(len(first_last), len(second_last)) >= _SHORTEST and _near(first_last, second_last, aliases):
                return name, second
    return None


def _surname(name: str, aliases: Aliases) -> str:
    words = person_words(name, aliases).split()
    named = bool(words) and words[-1] not in BODIES and name.rsplit(maxsplit=1)[-1][:1].isupper()
    return words[-1] if named else ""


def _near(one: str, other: str, aliases: Aliases) -> bool:
    first, second = transliterated(one, aliases), transliterated(other, aliases)
    return first[:1] == second[:1] and edits(first, second) <= _ALIKE_MAX * max(len(first), len(second))


def _one_in_other(one: str, other: str) -> bool:
    first, second = bare(one).split(), bare(other).split()
    short, long = sorted((first, second), key=len)
    return len(short) < len(long) and long[: len(short)] == short


def _office(role: str, aliases: Aliases) -> str:
    match = office_pattern(aliases).search(folded(role))
    return office_of(aliases)[match.group()] if match else ""


def _named(speaker: Speaker) -> bool:
    """Whether the speaker has a name of two words, so that another such name is somebody else."""
    return sum(word[:1].isupper() for word in speaker.name.split()) > 1


def edits(one: str, other: str) -> int:
    """Return how many letters must be put in, left out or replaced to make one word of the other (Levenshtein 1966)."""
    before = list(range(len(other) + 1))
    for n, letter in enumerate(one, start=1):
        row = [n]
        for k, second in enumerate(other, start=1):
            row.append(min(before[k] + 1, row[-1] + 1, before[k - 1] + (letter != second)))
        before = row
    return before[-1]
