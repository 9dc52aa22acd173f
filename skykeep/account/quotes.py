"""Quotations: where they begin and end, whatever marks are used, mixed, nested or never closed."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from skykeep.account.tokens import QUOTATION, Token

_MARK = re.compile(r"``|''|[\"“”„‟«»‘’']")
_OPENS = frozenset("“„‟«‘")
_BEFORE_OPENING = frozenset(" \t\n\r\u00a0([{—–-/…×")
_SINGLE = frozenset("‘’'")
_ENDS = ".!?…"
SINGLE_LOOKAHEAD = 12  # closing candidates looked at for one single quotation mark


class Quotation(NamedTuple):
    """A quotation with its marks, and what stands between them."""

    start: int
    end: int
    inner_start: int
    inner_end: int
    goes_on: bool  # not closed, and the next paragraph opens anew: one speech


class _Mark(NamedTuple):
    start: int
    end: int
    sign: str
    may_open: bool
    may_close: bool


def quotations(text: str, paragraphs: Sequence[tuple[int, int]]) -> list[Quotation]:
    """Find the quotations of a text in its order; they neither nest nor overlap: inner ones belong to the outer one."""
    made: list[Quotation] = []
    for index, (start, end) in enumerate(paragraphs):
        follows = paragraphs[index + 1][0] if index + 1 < len(paragraphs) else len(text)
        opens_anew = follows < len(text) and text[follows] in "\"“„«‘'`"
        marks = [_mark(text, match) for match in _MARK.finditer(text, start, end)]
        double = list(
            _double(text, [one for one in marks if one.sign not in _SINGLE], start, end, opens_anew=opens_anew)
        )
        single = [one for one in marks if one.sign in _SINGLE]
        made += sorted([*double, *_single(text, single, double)])
    return made


def fold(tokens: Sequence[Token], found: Sequence[Quotation], text: str) -> list[Token]:
    """Put one token in the place of all tokens of a quotation."""
    made: list[Token] = []
    coming = iter(found)
    quotation = next(coming, None)
    for token in tokens:
        while quotation is not None and token.start >= quotation.end:
            quotation = next(coming, None)
        if quotation is None or token.start < quotation.start:
            made.append(token)
        elif not made or made[-1].start != quotation.start:
            inside = text[quotation.inner_start : quotation.inner_end]
            made.append(Token(quotation.start, quotation.end, inside, "", QUOTATION))
    return made


def _mark(text: str, match: re.Match[str]) -> _Mark:
    before = text[match.start() - 1] if match.start() else " "
    after = text[match.end()] if match.end() < len(text) else " "
    sign = match[0]
    opening_place = before in _BEFORE_OPENING or before in "\"“‘':" or not before.isprintable()
    if sign in _OPENS or sign == "``":
        return _Mark(match.start(), match.end(), sign, may_open=True, may_close=False)
    if sign in "”»":  # some write ”so” and »so«
        return _Mark(match.start(), match.end(), sign, may_open=opening_place and after.isalnum(), may_close=True)
    closes = not before.isspace() and not after.isalnum()
    return _Mark(match.start(), match.end(), sign, may_open=opening_place and not after.isspace(), may_close=closes)


def _double(text: str, marks: Sequence[_Mark], start: int, end: int, *, opens_anew: bool) -> Iterator[Quotation]:
    opened: _Mark | None = None
    for mark in marks:
        if opened is None:
            opened = mark if mark.may_open or not mark.may_close else None
        elif (
            mark.may_open and not mark.may_close and not _turned(opened, mark)
        ):  # the one before was never closed, or this one is inside it
            if _ended(text, opened.end, mark.start):
                yield _quotation(opened, _rstrip(text, mark.start))
                opened = mark
        else:
            yield Quotation(opened.start, mark.end, opened.end, mark.start, goes_on=False)
            opened = None
    if opened is not None:
        yield from _unclosed(text, opened, start, end, opens_anew=opens_anew)


def _turned(opened: _Mark, mark: _Mark) -> bool:
    """Whether a mark that opens elsewhere closes here: „so“ and »so«."""
    return (opened.sign in "„‟" and mark.sign in "“‟") or (opened.sign == "»" and mark.sign == "«")


def _ended(text: str, start: int, end: int) -> bool:
    """Whether a sentence ends just before."""
    at = _rstrip(text, end)
    return at > start and text[at - 1] in _ENDS


def _rstrip(text: str, end: int) -> int:
    while end > 0 and text[end - 1].isspace():
        end -= 1
    return end


def _quotation(opened: _Mark, end: int, *, goes_on: bool = False) -> Quotation:
    return Quotation(opened.start, max(end, opened.end), opened.end, max(end, opened.end), goes_on)


def _unclosed(text: str, opened: _Mark, start: int, end: int, *, opens_anew: bool) -> Iterator[Quotation]:
    """Read a mark that is never closed: to the end of its paragraph where the next one, or what is before, says so."""
    last = _rstrip(text, end)
    before = text[start : opened.start].rstrip()
    if opens_anew and text[last - 1] in _ENDS:
        yield _quotation(opened, last, goes_on=True)
    elif before.endswith((":", ",")) and last > opened.end:
        yield _quotation(opened, last)


def _single(text: str, marks: Sequence[_Mark], double: Sequence[Quotation]) -> Iterator[Quotation]:
    starts = [quotation.start for quotation in double]
    closing = [mark for mark in marks if mark.sign != "‘" and mark.may_close]
    places = [mark.start for mark in closing]
    opening = [mark.start for mark in marks if mark.sign != "’" and mark.may_open and not mark.may_close]
    done = -1
    for mark in marks:
        if mark.sign == "’" or not mark.may_open or mark.start < done or _inside(mark.start, starts, double):
            continue
        first = bisect.bisect_right(places, mark.end)
        close = _closing(text, closing[first : first + SINGLE_LOOKAHEAD], opening)
        if close is not None and not _crosses(mark.start, close.end, starts):
            yield Quotation(mark.start, close.end, mark.end, close.start, goes_on=False)
            done = close.end


def _closing(text: str, candidates: Sequence[_Mark], opening: Sequence[int]) -> _Mark | None:
    """The first mark that does not look like a plural's apostrophe; where all do, the first before another opens."""
    for mark, after in itertools.zip_longest(candidates, candidates[1:]):
        if text[mark.start - 1] not in "sS":
            return mark
        until = after.start if after is not None else mark.end
        if bisect.bisect_right(opening, mark.start) != bisect.bisect_left(opening, until):
            return mark  # another quotation opens before the next mark that could close this one
    return candidates[0] if candidates else None


def _inside(at: int, starts: Sequence[int], double: Sequence[Quotation]) -> bool:
    index = bisect.bisect_right(starts, at) - 1
    return index >= 0 and at < double[index].end


def _crosses(start: int, end: int, starts: Sequence[int]) -> bool:
    return bisect.bisect_left(starts, start) != bisect.bisect_left(starts, end)
