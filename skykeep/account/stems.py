"""Words of a text with their endings taken off, so that forms of one word meet.

A few rules of English suffixes after Porter (1980, steps 1a to 1c) with what reports need besides; no dictionary.
"""

from __future__ import annotations

import re
import unicodedata

WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?|\d+(?:[.,:]\d+)*")

STOP = frozenset(
    """a about after again all also an and any are as at be been being but by can could did do does doing done for
    from further had has have having he her hers him his how i if in into is it its itself just may me might
    more most must my no nor not now of off on once only or our ours out over own said same say says she should
    so some such than that the their theirs them then there these they this those through to too under until up
    upon us very was we were what when where which while who whom whose why will with would you your yours
    meanwhile called told added adding""".split()  # noqa: SIM905
)

_ENDINGS = (
    ("izations", "ize"), ("isations", "ize"), ("ization", "ize"), ("isation", "ize"), ("fulness", "ful"),
    ("iveness", "ive"), ("atories", ""), ("atory", ""), ("ations", ""), ("ation", ""), ("ments", ""), ("ment", ""),
    ("ising", "ize"), ("izing", "ize"), ("ised", "ize"), ("ized", "ize"), ("ises", "ize"), ("izes", "ize"),
    ("ions", ""), ("ion", ""), ("ings", ""), ("ing", ""), ("edly", ""), ("ies", "y"), ("ied", "y"), ("eds", ""),
    ("ed", ""), ("ly", ""), ("ers", ""), ("er", ""), ("ors", ""), ("or", ""), ("es", ""), ("s", ""), ("e", ""),
)  # fmt: skip
_SHORTEST = 4  # letters that must remain; "s" may leave three


def words(text: str) -> list[str]:
    """Return the words and numbers of a text in order, lower case, without possessive endings."""
    return [_bare(word) for word in WORD.findall(text)]


def stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order."""
    return [stem(word) for word in words(text) if word not in STOP]


def stem(word: str) -> str:
    """Take one ending off a lower-case word."""
    if not word[:1].isalpha():
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= (3 if ending in {"s", "e", "ed"} else _SHORTEST):
            return _single(word[: -len(ending)] + instead)
    return word


def folded(text: str) -> str:
    """Lower case without accents."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _bare(word: str) -> str:
    word = word.casefold().replace("’", "'")
    return word.removesuffix("'s")


def _single(word: str) -> str:
    """Take a doubled last consonant apart: "bann" (banned) is "ban"."""
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls" else word
