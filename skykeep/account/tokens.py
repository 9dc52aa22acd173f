"""A text as tokens, paragraphs of them, in one pass over its characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

WORD, MARK, DASH, POSSESSIVE, QUOTATION = "word", "mark", "dash", "possessive", "quotation"

_SHORT = (
    "Mr|Mrs|Ms|Dr|Rep|Reps|Sen|Sens|Gov|Gen|Col|Lt|Sgt|Capt|Cmdr|Adm|Maj|Prof|St|Jr|Sr|Rev|Hon|Asst|Supt|Det|Insp|"
    "Const|Brig|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|Inc|Corp|Ltd|vs"
)
_TOKEN = re.compile(
    rf"""
      (?P<short>(?:[A-Za-z]\.){{2,}} | (?:{_SHORT})\.(?=\s) | [^\W_]+(?:-[^\W_]+)?\.(?=,))
    | (?P<possessive>['’][sS]\b | (?<=[sS])['’](?=[^\S\n][^\W_]))
    | (?P<word>[^\W_]+(?:(?:[-&/] | ['’](?![sS]\b) | (?<=\d)[.,:](?=\d))[^\W_]+)*)
    | (?P<dots>\.{{2,}}|…)
    | (?P<dash>--+|[—–]|(?<=\s)-(?=\s))
    | (?P<mark>[^\w\s])
    """,
    re.VERBOSE,
)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_LINE = re.compile(r"\n")
_HEADING_MAX = 60  # a line shorter than this that ends without a stop is a heading of its own
_MONTHS = frozenset(["may", "june", "april", "august"])
_SMALL_NAMES = _MONTHS | frozenset(["will", "per", "mark", "grant", "can"])
_DAYS = frozenset(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "day"])
_OF_TIME = frozenset(["in", "on", "of", "since", "until", "by", "last", "this", "next", "from", "to", "early", "late"])


class Token(NamedTuple):
    """A word, a mark, or (after `quotes.fold`) a whole quotation."""

    start: int  # code points of the text
    end: int
    text: str
    low: str
    kind: str

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[:1].isupper()


def listed(words: str) -> frozenset[str]:
    """Return the words of a list that stands in the source as one text."""
    return frozenset(words.split())


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Split a stretch of text into tokens; white space and control characters belong to none."""
    made: list[Token] = []
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        kind = match.lastgroup or "mark"
        word = match[0]
        if kind in ("mark", "dots"):
            made.append(Token(match.start(), match.end(), word, word, MARK))
        else:
            made.append(Token(match.start(), match.end(), word, word.lower(), WORD if kind == "short" else kind))
    return made


def with_names(made: list[Token]) -> list[Token]:
    """Take "Per Aas", "Will Grey" and "May Lund" for names: their first words are small words or months otherwise."""
    for at, token in enumerate(made[:-1]):
        if token.low in _SMALL_NAMES and token.capital and _is_first_name(made, at):
            made[at] = token._replace(low=token.low + "_")
    return made


def _is_first_name(made: Sequence[Token], at: int) -> bool:
    before, after = made[at - 1] if at else None, made[at + 1]
    if after.kind != WORD or not after.capital or not after.text[1:].islower() or after.low in _DAYS:
        return False
    if made[at].low in _MONTHS and before is not None and before.low in _OF_TIME:
        return False
    begins = before is None or before.kind != WORD
    if not begins:
        return True
    then = made[at + 2] if at + 2 < len(made) else None
    return then is not None and (then.kind == POSSESSIVE or not then.capital)


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Return where the paragraphs of a text start and end: blank lines part them, or every line does where none is."""
    parting = _BLANK_LINE if _BLANK_LINE.search(text) else _LINE
    made: list[tuple[int, int]] = []
    start = 0
    for match in parting.finditer(text):
        made.append((start, match.start()))
        start = match.end()
    made.append((start, len(text)))
    pieces = [piece for part in made for piece in _without_headings(text, *part)]
    return [(one, other) for one, other in pieces if text[one:other].strip()]


def _without_headings(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Part short first lines without a full stop (headings, bylines) from the lines that follow."""
    made: list[tuple[int, int]] = []
    while (line_end := text.find("\n", start, end)) != -1:
        line = text[start:line_end].rstrip()
        if len(line) > _HEADING_MAX or line.endswith((".", ",", "!", "?", ":", ";", '"', "”")):
            break
        made.append((start, line_end))
        start = line_end + 1
    return [*made, (start, end)]


def text_of(these: Sequence[Token], text: str) -> str:
    """Return the text from the first to the last of the tokens."""
    return text[these[0].start : these[-1].end] if these else ""
