"""Whether words are about the event, about something earlier or later, or about things in general.

What is not of the event is kept as a proposition of its own, and no stance on the event is read from it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

from skykeep.account.concepts import lowered
from skykeep.facts.accounted import Document
from skykeep.facts.claimed import StatementMade

Scope = Literal["event", "earlier", "later", "general"]

_EARLIER = re.compile(
    r"\b(?:earlier|previously|last|past) (?:this |that |last )?(?:years?|months?|weeks?)\b|\bprevious(?:ly)?\b"
    r"|\bin the past\b"
    r"|\b(?:earlier|formerly)\b(?= (?:this|that|in)\b)|\bin recent (?:weeks|months|years)\b|\b(?:years?|months?"
    r"|weeks?) (?:ago|before|earlier)\b"
    r"|\b(?:multiple|numerous|many|repeated|other|past|a series of|a string of|a number of|a spate of)"
    r" (?:[\w-]+ ){0,3}(?:attacks|strikes|raids|assaults|incidents|violations|sightings|incursions|crashes|attempts)\b"
    r"|\bin (?:19|20)\d\d\b"
    r"|\b(?:drones?|attacks?|strikes?|raids?|flights?|incidents?|crashes) before(?=\s*(?:[,.;]|$))"
)
_LATER = re.compile(r"\b(?:will|shall|is going to|are going to|plans? to|intends? to)\b")
_AROUND_MAX = 240  # characters before a statement that are looked at
_SENTENCE_START = re.compile(r"[.!?]['\"’”)]{0,2}\s|\n")


def scope_of(text: str, before: str = "") -> Scope:
    """Read the scope of a unit from its own words and from those of the source that lead up to it."""
    if _EARLIER.search(lowered(text)) or _EARLIER.search(lowered(before)):
        return "earlier"
    return "event"


def scope_of_rest(text: str) -> Scope:
    """Read the scope of words that no reader covers."""
    low = lowered(text)
    if _EARLIER.search(low):
        return "earlier"
    return "later" if _LATER.search(low) else "general"


def leading_up(statement: StatementMade, document: Document | None, others: Sequence[int]) -> str:
    """Return the source's words from the start of the sentence, or the end of the statement before, to a statement.

    `others`: where statements of that source end, in order.
    """
    if document is None or not statement.spans:
        return ""
    at = statement.spans[0].start
    before_it = bisect_right(others, at)
    low = others[before_it - 1] if before_it else 0
    before = document.text[max(low, at - _AROUND_MAX) : at]
    starts = [match.end() for match in _SENTENCE_START.finditer(before)]
    return before[starts[-1] :] if starts else before
