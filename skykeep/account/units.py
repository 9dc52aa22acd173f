"""A statement cut into units: its sentences, and clauses that could stand alone, each at its own places.

A unit is what is compared with others and matched with propositions. Cuts are made only where a cut is safe: at the
end of a sentence, at a semicolon, and where "but", "while", "adding that" or "and that" opens a new clause after a
comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from skykeep.facts.accounted import Unit
from skykeep.facts.claimed import Span, StatementMade

JOINT = " … "  # what stands between two spans in a statement's text
LONGEST_READ = 2_000  # characters; a longer unit is kept and shown, but no rule reads it

_ABBREVIATED = frozenset(
    """mr mrs ms dr prof gen col lt maj sgt capt st no vs etc e.g i.e u.s u.k u.n a.m p.m approx dept gov sen rep
    jan feb mar apr jun jul aug sep sept oct nov dec""".split()  # noqa: SIM905
)
_SENTENCE = re.compile(r"[.!?]['\"’”»)\]]{0,3}\s+(?=['\"‘“«(\[]{0,2}[A-ZÀ-Þ0-9])")
_CLAUSE = re.compile(  # one space, not \s+: a run of spaces would be tried from each of its places
    r"; |, (?=(?:but|while|whereas|adding|although)\b)|,? (?=and that\b)| (?=but (?:that|it|he|she|they|we)\b)",
    re.IGNORECASE,
)
_SHORTEST_CLAUSE = 12  # characters: less is no clause


def units_of(statements: Iterable[StatementMade]) -> tuple[Unit, ...]:
    """Cut every statement; the units keep the statements' order."""
    return tuple(unit for statement in statements for unit in _units(statement))


def _units(statement: StatementMade) -> Iterator[Unit]:
    places = _places(statement)
    cuts = [(start, end) for start, end in pieces(statement.text) if statement.text[start:end].strip()]
    for n, (start, end) in enumerate(cuts or [(0, len(statement.text))], start=1):
        yield Unit(
            unit_id=f"{statement.statement_id}.{n}",
            statement_id=statement.statement_id,
            spans=_spans(places, start, end) if places else statement.spans,
            text=statement.text[start:end],
        )


def pieces(text: str) -> list[tuple[int, int]]:
    """Return start and end (exclusive) of each unit of a text, without the space around them."""
    found = []
    for start, end in _cut(text, _SENTENCE, 0, len(text), keep_stop=True):
        clauses = list(_cut(text, _CLAUSE, start, end, keep_stop=False))
        short = any(b - a < _SHORTEST_CLAUSE for a, b in clauses)
        found += [(start, end)] if short else clauses
    return [_trimmed(text, start, end) for start, end in found]


def _cut(text: str, mark: re.Pattern[str], start: int, end: int, *, keep_stop: bool) -> Iterator[tuple[int, int]]:
    at = start
    for match in mark.finditer(text, start, end):
        if keep_stop and _abbreviated(text, at, match.start()):
            continue
        yield at, (match.end() if keep_stop else match.start())
        at = match.end()
    yield at, end


def _abbreviated(text: str, start: int, stop: int) -> bool:
    """Whether the full stop at `stop` belongs to a short form: "Mr.", "U.S.", an initial."""
    word = text[max(start, stop - 12) : stop].rsplit(None, 1)[-1:] or [""]
    last = word[0].lstrip("\"'“‘(").casefold()
    return text[stop] == "." and (last in _ABBREVIATED or (len(last) == 1 and last.isalpha()))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _places(statement: StatementMade) -> list[tuple[int, int, int]]:
    """Return (start in the statement's text, start in the source, length) of each span; empty: they do not tally."""
    places, at = [], 0
    for span in statement.spans:
        places.append((at, span.start, span.end - span.start))
        at += span.end - span.start + len(JOINT)
    return places if places and at - len(JOINT) == len(statement.text) else []


def _spans(places: list[tuple[int, int, int]], start: int, end: int) -> tuple[Span, ...]:
    found = []
    for at, source_start, length in places:
        low, high = max(start, at), min(end, at + length)
        if low < high:
            found.append(Span(source_start + low - at, source_start + high - at))
    return tuple(found)
