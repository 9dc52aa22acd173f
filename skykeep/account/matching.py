"""How alike two units are, without any model: words in common, rare ones more, with stance, numbers and names.

Words are folded to stems and to the concepts of this field; names to the sides and persons that they stand for. A
word counts by how few units of the account have it. Two units that both withhold assent (deny, do not know) are more
alike than one that affirms and one that does not; so are two that one reader reads alike. The sum orders suggestions
and decides nothing. Only `+ - * / sqrt` are used, so that every machine orders alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skykeep.account import concepts, stances, stems
from skykeep.account.aliases import Aliases, side_pattern, sides_by_word
from skykeep.account.parsed import Likeness
from skykeep.facts.claimed import Stance

_STANCE_WEIGHT = 0.15
_MODEL_WEIGHT = 0.5  # of the model's cosine, where there is one
_CONCEPT_WEIGHT = 1.6  # a concept in common says more than a word
_SIDE_WEIGHT = 0.5  # nearly every unit names a side
_WITHHELD = frozenset({Stance.DENIES, Stance.DOES_NOT_KNOW, Stance.NO_COMMENT})
_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "dozen": "12", "pair": "2", "both": "2", "twice": "2", "single": "1",
}  # fmt: skip


class Features(NamedTuple):
    """What of a unit is compared: each feature once, and whether assent is withheld."""

    words: tuple[str, ...]
    withheld: bool | None  # None: the unit is a question or a supposition


def features(text: str, aliases: Aliases, cue: str = "") -> Features:
    """Fold a unit to its features: "c:" concepts, "s:" sides, "n:" numbers, and stems."""
    rest, found = text, []
    for start, end, name in reversed(concepts.found(text)):
        found.append(f"c:{name}")
        rest = f"{rest[:start]} {rest[end:]}"
    folded = stems.folded(rest)
    sides = sides_by_word(aliases)
    pattern = side_pattern(aliases)
    found += [f"s:{sides[match.group()]}" for match in pattern.finditer(folded)]
    for word in stems.words(pattern.sub(" ", folded)):
        if word[0].isdigit() or word in _NUMBERS:
            found.append(f"n:{_NUMBERS.get(word, word)}")
        elif word not in stems.STOP:
            found.append(stems.stem(word))
    stance = stances.read(text, cue).stance
    return Features(tuple(dict.fromkeys(found)), None if stance is None else stance in _WITHHELD)


def weights(units: Sequence[Features]) -> dict[str, float]:
    """Return how much each feature counts: more the fewer units have it, from 1 down to near 0."""
    seen: dict[str, int] = {}
    for unit in units:
        for word in unit.words:
            seen[word] = seen.get(word, 0) + 1
    n = len(units)
    return {word: _kind_weight(word) * math.sqrt((n + 1 - count) / (n + count)) for word, count in seen.items()}


def _kind_weight(word: str) -> float:
    return _CONCEPT_WEIGHT if word.startswith("c:") else _SIDE_WEIGHT if word.startswith("s:") else 1.0


def alike(
    ones: Sequence[Features], others: Sequence[Features], weight: Mapping[str, float] | None = None
) -> NDArray[np.float64]:
    """Return (n, m) likenesses from 0 to 1."""
    weight = weights([*ones, *others]) if weight is None else weight
    rows, columns = _places(ones), _places(others)
    common = np.zeros((len(ones), len(others)))
    for word, row in rows.items():
        if word in columns:  # one word after another, so that every machine adds in the same order
            common[np.ix_(row, columns[word])] += weight[word] * weight[word]
    norm = np.sqrt(_squares(ones, weight)[:, None] * _squares(others, weight)[None, :])
    base = np.divide(common, norm, out=np.zeros_like(common), where=norm > 0)
    same = _stance_codes(ones)[:, None] * _stance_codes(others)[None, :] > 0
    return (1 - _STANCE_WEIGHT) * base + _STANCE_WEIGHT * (same & (base > 0))


def _places(units: Sequence[Features]) -> dict[str, list[int]]:
    """Return by word the units that have it."""
    found: dict[str, list[int]] = {}
    for n, unit in enumerate(units):
        for word in unit.words:
            found.setdefault(word, []).append(n)
    return found


def _squares(units: Sequence[Features], weight: Mapping[str, float]) -> NDArray[np.float64]:
    return np.array([sum(weight[word] * weight[word] for word in unit.words) for unit in units], dtype=np.float64)


def _stance_codes(units: Sequence[Features]) -> NDArray[np.int64]:
    """Return 1 where assent is given, -1 where it is withheld, 0 where nothing is claimed."""
    codes = [0 if unit.withheld is None else -1 if unit.withheld else 1 for unit in units]
    return np.array(codes, dtype=np.int64)


def mixed(rules: NDArray[np.float64], model: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mix the rules' likeness with a model's cosines; a cosine below 0 counts as 0."""
    return (1 - _MODEL_WEIGHT) * rules + _MODEL_WEIGHT * np.maximum(model, 0.0)


def common_words(one: str, other: str, aliases: Aliases) -> tuple[str, ...]:
    """Return in words what two texts have in common, for people."""
    theirs = frozenset(features(other, aliases).words)
    return tuple(re.sub(r"^[csn]:", "", word) for word in features(one, aliases).words if word in theirs)


class InTop(NamedTuple):
    """Which units have a right partner among the k likeliest of the other report."""

    found: tuple[str, ...]
    missed: tuple[str, ...]


def pairs_in_top(
    units_a: Mapping[str, str],
    units_b: Mapping[str, str],
    pairs: Sequence[tuple[str, str]],
    k: int,
    likeness: Likeness | None = None,
    *,
    aliases: Aliases | None = None,
) -> InTop:
    """Score matching on pairs that somebody marked as one proposition: ids and texts of two reports' units."""
    table = likenesses(list(units_a.values()), list(units_b.values()), aliases or Aliases(), likeness)
    right = frozenset(pairs)
    names = list(units_b)
    found: list[str] = []
    missed: list[str] = []
    for row, one in enumerate(units_a):
        if not any(first == one for first, _ in pairs):
            continue
        top = np.argsort(-table[row], kind="stable")[:k]
        (found if any((one, names[column]) in right for column in top) else missed).append(one)
    return InTop(tuple(found), tuple(missed))


def likenesses(
    ones: Sequence[str], others: Sequence[str], aliases: Aliases, likeness: Likeness | None = None
) -> NDArray[np.float64]:
    """Return (n, m) likenesses of texts from 0 to 1, by rules and where there is a model mixed with it."""
    rules = alike([features(text, aliases) for text in ones], [features(text, aliases) for text in others])
    return mixed(rules, likeness.alike(ones, others)) if likeness and ones and others else rules
