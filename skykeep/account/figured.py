"""Numbers as people word them: their value, how far they are rounded, and what hedges them.

Digits with commas and decimals, `two million`, and words up to ninety-nine. The rounding is what the words show: 862
is to the nearest 1, 860 to the nearest 10, 0.5 to the nearest 0.1; zeros at the end count as rounding by up to a tenth
of the figure. Behind "about" a figure may have been cut off instead: then it is twice that, by the same limit.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
WORD_VALUES = (
    {word: value for value, word in enumerate(_ONES)}
    | {word: 20 + 10 * place for place, word in enumerate(_TENS)}
    | {
        f"{ten}-{one}": 20 + 10 * place + value
        for place, ten in enumerate(_TENS)
        for value, one in enumerate(_ONES[:10])
        if value
    }
    | {"a dozen": 12, "a couple of": 2, "a pair of": 2, "half a dozen": 6}
)

DIGITS = r"(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,15})(?:\.\d{1,9})?"
_WORDS_LONGEST_FIRST = sorted(WORD_VALUES, key=lambda word: (-len(word), word))
WORDS = "(?:" + "|".join(word.replace(" ", "[ ]").replace("-", "[- ]") for word in _WORDS_LONGEST_FIRST) + ")"
SCALE = r"(?:[ -](?:hundred|thousand|million|billion))"
HEDGE_WORDS = (
    "about", "approximately", "around", "roughly", "some", "nearly", "almost", "just", "circa",
    "approx.", "approx", "ca.",
    "more than", "less than", "over", "under", "up to", "at least", "at most", "as many as", "just over", "just under",
    "no more than", "no fewer than", "not less than", "fewer than", "well over", "close to", "an estimated", "only",
)  # fmt: skip
_HEDGES_LONGEST_FIRST = sorted(HEDGE_WORDS, key=lambda word: (-len(word), word))
HEDGE = "(?:" + "|".join(re.escape(word).replace(r"\ ", "[ ]") for word in _HEDGES_LONGEST_FIRST) + ")"
_CUT_OFF_SHARE = Fraction(1, 10)
_DIGITS_ONLY = re.compile(DIGITS)


class Number(NamedTuple):
    """A number and by how much it may be rounded either way (half of its last step)."""

    value: Fraction
    rounding: Fraction


def number(words: str) -> Number:
    """Return the number that `words` (matched by DIGITS or WORDS, with a SCALE or without) stand for."""
    spelled = words.strip().lower()
    scale = 1
    for name, factor in _SCALES.items():
        if spelled.endswith(name):
            spelled, scale = spelled[: -len(name)].rstrip(" -"), factor
    if _DIGITS_ONLY.fullmatch(spelled):
        read = _digits(spelled)
    else:
        read = Number(
            Fraction(WORD_VALUES.get(" ".join(spelled.split()), WORD_VALUES.get(spelled.replace(" ", "-"), 1))),
            Fraction(1, 2),
        )
    return Number(read.value * scale, read.rounding * scale)


def tolerance(read: Number, *, hedged: bool) -> Fraction:
    """Return by how much what is meant may lie beside what is worded."""
    if not hedged:
        return read.rounding
    return min(2 * read.rounding, max(read.rounding, abs(read.value) * _CUT_OFF_SHARE))


def _digits(spelled: str) -> Number:
    plain = spelled.replace(",", "")
    value = Fraction(plain)
    _, dot, decimals = plain.partition(".")
    if dot:
        return Number(value, Fraction(1, 2 * 10 ** len(decimals)))
    zeros = len(plain) - len(plain.rstrip("0")) if value else 0
    return Number(value, max(Fraction(1, 2), min(Fraction(10**zeros, 2), value * _CUT_OFF_SHARE)))
