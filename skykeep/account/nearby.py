"""The sentence around a place of a text, as far as a bound on each side."""

from __future__ import annotations

import re

CHARS = 160  # on each side
_ENDS = re.compile(r"(?<!\bSt)(?<!\bMt)[.!?…]['\"”’»)]*[ ]+(?=[A-Z\"“‘«(])|\n")


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return how far the sentence goes around `text[start:end]`, in code points."""
    before = text[max(0, start - CHARS) : start]
    cuts = [match.end() for match in _ENDS.finditer(before)]
    left = start - len(before) + (cuts[-1] if cuts else 0)
    after = _ENDS.search(text, end, end + CHARS)
    return left, after.start() if after else min(len(text), end + CHARS)
