"""Names that the alias table does not have, learnt from the reports themselves: bodies that speak, and titles.

A single name that is said to speak, and has a government, a president or an adjective in the same reports, is a
body that people speak for. Capitalised words that stand in front of a name in one place, and alone with an article
in another, are a title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from skykeep.account.aliases import Aliases, Side, bare, sides_by_word
from skykeep.account.stems import STOP, folded
from skykeep.facts.claimed import StatementMade

READ_MAX = 100_000  # characters of a report that names are learnt from
NAMES_MAX = 60  # names, and titles, that are looked up

_BODY = (
    r"(?:side|government|authorit\w+|army|military|forces|troops|president|prime minister|foreign minist\w+|ministry"
    r"|parliament|defen[cs]e|embassy|navy|air force)"
)
_NAME = r"[A-ZÀ-Þ][\w’'-]{1,30}"
_TITLED = re.compile(
    rf"(?<![\w.])(?<!the )(?<!The )({_NAME}(?: {_NAME}){{0,2}}) ({_NAME} {_NAME})(?![\w’'-]"
    rf"| [A-ZÀ-Þ])"
)
_ENDINGS = r"(?:n|an|ian|ish|ese|i|ic|er|ans|ians)"
_SHORTEST = 4  # letters of a name that adjectives are looked for of


def grown(aliases: Aliases, texts: Sequence[str], statements: Sequence[StatementMade]) -> Aliases:
    """Return the alias table with the bodies and titles that these reports name."""
    text = "\n".join(part[:READ_MAX] for part in texts)[: 4 * READ_MAX]
    known = sides_by_word(aliases)
    names = dict.fromkeys(name for one in statements if (name := _single(one.speaker)) and folded(name) not in known)
    names = dict.fromkeys(_base(name, text) for name in list(names)[:NAMES_MAX])
    sides = tuple(Side(name=name, adjectives=_adjectives(name, text)) for name in names if _is_body(name, text))
    titles = tuple((title,) for title in _titles(text) if folded(title) not in known)
    offices = tuple(row for row in titles if not any(row[0].casefold() in have for have in aliases.offices))
    if not sides and not offices:
        return aliases
    return msgspec.structs.replace(aliases, side=(*aliases.side, *sides), offices=(*aliases.offices, *offices))


def _single(name: str | None) -> str:
    """Return a speaker's name where it is one capitalised word, or one before "side" or "government"."""
    plain = re.sub(rf"['’]s\b|\b{_BODY}\b", "", name or "")
    words = [word for word in plain.split() if word.casefold() != "the"]
    return words[0] if len(words) == 1 and words[0][:1].isupper() and words[0][1:].islower() else ""


def _base(name: str, text: str) -> str:
    """Return the name that an adjective is of, where the text has it: "Sudmarkian" is of "Sudmark"."""
    for ending, instead in (("ian", "ia"), ("ian", ""), ("an", "a"), ("an", ""), ("ish", ""), ("ic", ""), ("ese", "")):
        base = name.removesuffix(ending) + instead
        if name.endswith(ending) and len(base) >= _SHORTEST and re.search(rf"(?<!\w){re.escape(base)}(?!\w)", text):
            return base
    return name


def _is_body(name: str, text: str) -> bool:
    """Whether a name has a government or an adjective in the text, and is nobody's last name."""
    before = re.findall(rf"(?<!\w)([A-ZÀ-Þ][\w.]+) {re.escape(name)}(?!\w)", text)
    if any(word.casefold() not in STOP for word in before):
        return False
    return bool(
        re.search(rf"(?<!\w){re.escape(name)}(?:['’]s)? {_BODY}\b", text)
        or _adjectives(name, text)
        or re.search(rf"\b(?:accus|blam)\w+ {re.escape(name)}(?!\w)", text)
    )


def _adjectives(name: str, text: str) -> tuple[str, ...]:
    if len(name) < _SHORTEST:
        return ()
    stem = re.escape(name.rstrip("aeiouy"))
    found = dict.fromkeys(re.findall(rf"(?<!\w){stem}[a-z]{{0,2}}{_ENDINGS}(?!\w)", text))
    return tuple(word for word in found if word != name)


def _titles(text: str) -> Iterator[str]:
    candidates = dict.fromkeys(match.group(1) for match in _TITLED.finditer(text))
    for title in list(candidates)[:NAMES_MAX]:
        if re.search(rf"\b(?:the|our|its|their|his|her) {re.escape(title)}(?:['’]s)?(?! ?[A-ZÀ-Þ])(?!\w)", text):
            yield bare(title)
