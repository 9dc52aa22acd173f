"""In which order the rows and columns of an account's matrix stand: by numbers, and by how much somebody says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from skykeep.facts.accounted import Account, Proposition, Speaker

_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_NUMBERS = {word: float(at) for at, word in enumerate(_WORDS.split(), 1)} | {
    "no": 0.0, "none": 0.0, "zero": 0.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "hundred": 100.0,
}  # fmt: skip
_NUMBER = re.compile(
    r"\b(?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,6})?\b|\b(?:" + "|".join(_NUMBERS) + r")\b", re.IGNORECASE
)


def by_number(propositions: Sequence[Proposition]) -> list[Proposition]:
    """Return propositions of one aspect: those that name a number in its order, all others where they were."""
    named = [(number, at) for at, each in enumerate(propositions) if (number := first_number(each.wording)) is not None]
    places = [at for _, at in named]
    ordered = list(propositions)
    for place, (_, at) in zip(places, sorted(named), strict=True):
        ordered[place] = propositions[at]
    return ordered


def first_number(wording: str) -> float | None:
    """Return the first number of a wording, in figures or in a word; None where it names none."""
    found = _NUMBER.search(wording[:400])
    if found is None:
        return None
    word = found[0].lower()
    return _NUMBERS[word] if word in _NUMBERS else float(word.replace(",", ""))


def columns(account: Account) -> list[Speaker]:
    """Return the speakers that stand in a cell: by side, the side and within it the speaker with most entries first."""
    entries: Counter[str] = Counter()
    for cell in account.cells:
        entries[cell.speaker_id] += len(cell.standings)
    speakers = [each for each in account.speakers if each.speaker_id in entries]
    sides: Counter[str | None] = Counter()
    for each in speakers:
        sides[each.side] += entries[each.speaker_id]
    rank = {side: at for at, (side, _) in enumerate(sides.most_common())}
    return sorted(speakers, key=lambda each: (rank[each.side], -entries[each.speaker_id]))
