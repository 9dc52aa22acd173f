"""What is found, compared with what people marked: a gold file with its texts, or a folder of brat stand-off files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from skykeep.account import gold, scoring, statements
from skykeep.account.scoring import Score
from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.facts.accounted import Document
from skykeep.station import sources
from skykeep.station.accounting import Models


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of a gold set: each text's, and all together."""

    gold: str
    finder: str
    texts: dict[str, Score]
    total: Score


def score(path: Path, using: Models) -> Scored:
    """Find statements in every text of a gold set and compare; raises Refused where there is no gold."""
    found: dict[str, Score] = {}
    for name, document, marked in _folder(path) if path.is_dir() else _file(path):
        made = statements.find(document, grammar=using.grammar)
        if path.is_dir():  # PolNeAR marks a quotation and what goes on from it as one
            made = scoring.joined(document.text, made)
        found[name] = scoring.score(document.text, made, marked)
    if not found:
        raise Refused(f"{path} holds no gold: no attributions in it, or no .txt with an .ann beside it")
    return Scored(gold=str(path), finder=using.finder, texts=found, total=scoring.total(list(found.values())))


def _file(path: Path) -> Iterator[tuple[str, Document, list[gold.Attribution]]]:
    data = _bytes(path)
    try:
        articles = gold.articles_of_seeds(data)
    except Malformed as error:
        raise Malformed(f"{path}: {error}") from error
    for article in articles:
        document = _document(path.parent / article)
        yield article, document, gold.of_seeds(data, article, document.text)


def _folder(path: Path) -> Iterator[tuple[str, Document, list[gold.Attribution]]]:
    for text in sorted(path.glob("*.txt")):
        if (marks := text.with_suffix(".ann")).is_file():
            document = _document(text)
            yield text.name, document, gold.of_brat(_bytes(marks).decode("utf-8", "replace"), document.text)


def _document(path: Path) -> Document:
    return sources.read(_bytes(path), path.name, 0)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror or error}") from error


def to_json(scored: Scored) -> str:
    """Return the scores as one JSON object, with the shares that people ask for."""
    return msgspec.json.encode({
        "gold": scored.gold, "finder": scored.finder, "total": _plain(scored.total),
        "texts": {name: _plain(one) for name, one in scored.texts.items()},
    }).decode()  # fmt: skip


def _plain(one: Score) -> dict[str, object]:
    shares = ("precision", "recall", "both_precision", "both_recall", "quoted_recall")
    plain: dict[str, object] = msgspec.to_builtins(one)
    return {name: round(getattr(one, name), 4) for name in shares} | plain


def lines(scored: Scored) -> Iterator[str]:
    """Yield the scores as a table, then what was missed."""
    width = max(len(name) for name in (*scored.texts, "together"))
    yield f"found by {scored.finder}, against {scored.gold}"
    head = "marked found  precision recall  speaker and content: precision recall  recall of quoted"
    yield f"{'':{width}}  {head}"
    for name, one in (*scored.texts.items(), ("together", scored.total)):
        yield (
            f"{name:{width}}  {one.marked:6d} {one.found:5d}  {one.precision:9.2f} {one.recall:6.2f}  "
            f"{one.both_precision:30.2f} {one.both_recall:6.2f}  {one.quoted_recall:16.2f}"
        )
    for title, ids in (
        ("not found", scored.total.missed),
        ("found, marked by nobody", scored.total.spurious),
        ("other content", scored.total.content_wrong),
        ("other speaker", scored.total.speaker_wrong),
    ):
        yield f"{title}: {', '.join(ids) or 'none'}"
