"""The texts of an account side by side, word for word, with every statement marked where it stands.

Places may nest and overlap, so a text is cut at every border and each piece says what it is part of. What no rule
covered stays plain. What could steer a page or turn a line around is shown as a replacement character and counted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from skykeep.facts.accounted import Document
from skykeep.facts.claimed import Mode, StatementMade
from skykeep.views import words
from skykeep.views.accountindex import MARKS_MAX, Index, shown_length
from skykeep.views.accountwords import ERASED, NO_SPEAKER, letter
from skykeep.views.markup import TEXT_MAX as PIECE_MAX
from skykeep.views.markup import Html, escape, join, tag

_DEPTH_MAX = 8  # statements within each other that one piece names; deeper ones keep their number only
_FRAMED_MAX = (
    40  # code points of a figure that is framed; differences point at whole remarks, frames would hide the text
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Mark(NamedTuple):
    """Something of which a stretch of a text is part."""

    start: int
    end: int
    kind: str  # "st", "gone", "who", "cue", "fig"; "place": a figure too long to be framed, only linked to
    number: str  # of the statement, or of the figure
    statement: StatementMade | None
    goes_on: bool  # not the first stretch of its statement


def texts(index: Index) -> Html:
    """Return the section with every text."""
    said = (
        "Each source as it was taken in. Marked: statements, with their number; what is not marked was not read as a "
        "statement by any rule. A click on a statement marks it everywhere."
    )
    marks = _marks(index)
    shown = [_text(index, document, marks[document.source.source_sha256]) for document in index.account.documents]
    head = tag("h2", "The texts, word for word", id="texts")
    return tag("section", head, tag("p", said, class_="note"), _legend(), tag("div", *shown, class_="texts"),
               class_="texts-all", aria_labelledby="texts")  # fmt: skip


def _legend() -> Html:
    said = [
        (tag("mark", "words", class_="st d1 direct"), "quoted"),
        (tag("mark", "words", class_="st d1"), "told in the source's own words"),
        (tag("mark", "words", class_="st d2"), "a statement within a statement"),
        (tag("span", "who", class_="sp-who"), "the speaker"),
        (tag("span", "said", class_="cue"), "the word that says that it was said"),
        (tag("b", "7?", class_="no"), "it is uncertain who the speaker is"),
        (tag("span", "40 km", class_="fig"), "a figure that a check or a difference is about"),
        (tag("del", "words", class_="back"), "taken back by a person: no statement"),
    ]
    return tag(
        "ul",
        *(tag("li", shown, f" {means}") for shown, means in said),
        class_="key-list",
        data_fold="What the marks mean",
    )


def _marks(index: Index) -> dict[str, list[Mark]]:
    found: dict[str, list[Mark]] = defaultdict(list)
    account = index.account
    for kind, statements in (("st", account.statements), ("gone", account.retracted)):
        for each in statements:
            if (number := index.number.get(each.statement_id)) is not None:
                found[each.source_sha256 or ""] += _of_statement(each, kind, number)
    for (source_sha256, start, end), figure in index.figure.items():
        kind = "fig" if end - start <= _FRAMED_MAX else "place"
        found[source_sha256].append(Mark(start, end, kind, str(figure), None, goes_on=False))
    return found


def _of_statement(statement: StatementMade, kind: str, number: str) -> Iterator[Mark]:
    for at, span in enumerate(statement.spans):
        yield Mark(span.start, span.end, kind, number, statement, goes_on=at > 0)
    if kind == "st":
        for name, part in (("who", statement.speaker_span), ("cue", statement.cue_span)):
            if part is not None:
                yield Mark(part.start, part.end, name, number, statement, goes_on=True)


def _text(index: Index, document: Document, marks: Sequence[Mark]) -> Html:
    source, length = document.source, shown_length(document)
    marked = 0 if index.lost(source.source_sha256) else index.marked_length(document)
    name = letter(index.source[source.source_sha256])
    title = tag("bdi", words.shown(source.title or source.label, 200))
    head = tag("h3", tag("span", name, class_="letter"), Html(" "), title, id=f"text-{name}")
    body = tag(
        "div",
        *_pieces(index, document.text[:length], [each for each in marks if each.start < marked]),
        class_="text out",
        data_fold=f"The text, {len(document.text):,} characters" if marked else "What is left of the text",
        dir="auto",
        lang=source.language if source.language and _LANGUAGE.fullmatch(source.language) else None,
    )
    return tag("article", head, *_cautions(index, document), body, aria_labelledby=f"text-{name}")


def _cautions(index: Index, document: Document) -> list[Html]:
    """Return what of a text is not shown as it stands."""
    length, said = shown_length(document), []
    if index.lost(document.source.source_sha256):
        said.append(f"Of this source: {ERASED}. So nothing is marked in it; the statements below keep their words.")
    elif (marked := index.marked_length(document)) < length:
        said.append(
            f"No more than {MARKS_MAX:,} places are marked in a text: from character {marked + 1:,} on, nothing is "
            "marked here. The statements below say what was found there."
        )
    if length < len(document.text):
        left = len(document.text) - length
        said.append(
            f"Only the first {length:,} characters are shown here; {left:,} more are in the source and in `--json`."
        )
    plain = _plain(document.text[:length])
    if replaced := sum(words.steers(each) for each in plain if each != "\n" and not each.isprintable()):
        what = words.number(replaced, "character")
        said.append(f"{what} that could steer this page or cannot be seen: shown as \N{REPLACEMENT CHARACTER}.")
    return [tag("p", text, class_="note loud") for text in said]


def _plain(text: str) -> str:
    """Return text with its line ends and tabulators as a page shows them; nothing that can be read is lost."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ") if "\r" in text or "\t" in text else text


def _pieces(index: Index, text: str, marks: Sequence[Mark]) -> Iterator[Html]:
    length = len(text)
    placed = sorted(
        (each for each in marks if 0 <= each.start < min(each.end, length)), key=lambda each: (each.start, -each.end)
    )
    opening: dict[int, list[Mark]] = defaultdict(list)
    for each in placed:
        opening[each.start].append(each)
    cuts = sorted({0, length, *opening, *(min(each.end, length) for each in placed)})
    active: list[Mark] = []
    numbered: dict[str, bool] = {}
    for start, end in pairwise(cuts):
        opened = opening.get(start, [])
        active = [each for each in active if each.end > start]
        active += opened[: max(0, 4 * _DEPTH_MAX - len(active))]
        yield from _numbers(index, opened, numbered)
        yield from _piece(text[start:end], active, opened)


def _numbers(index: Index, opened: Sequence[Mark], numbered: dict[str, bool]) -> Iterator[Html]:
    """Yield the numbers of the statements that begin here, each a link to its entry."""
    for each in opened:
        if each.kind in {"st", "gone"} and each.statement is not None:
            first = each.number not in numbered
            numbered[each.number] = True
            who = words.shown(index.name(each.statement) or NO_SPEAKER, 80)
            more = ", goes on" if each.goes_on else ", taken back" if each.kind == "gone" else ""
            unsure = index.unsure(each.statement.statement_id)
            more += ", speaker uncertain" if unsure else ""
            yield tag(
                "a",
                each.number,
                "?" if unsure else "",
                class_="no more" if each.goes_on else "no",
                href=f"#s-{each.number}",
                id=f"t-{each.number}" if first else None,
                aria_label=f"statement {each.number}, {who}{more}",
                data_s=each.number,
            )


def _piece(text: str, active: Sequence[Mark], opened: Sequence[Mark]) -> Iterator[Html]:
    kinds = {each.kind for each in active}
    statements = [each for each in active if each.kind == "st"]
    classes = _classes(statements, kinds)
    figures = [f"f-{each.number}" for each in opened if each.kind in {"fig", "place"}]
    yield from (tag("span", id=extra) for extra in figures[1 if classes else 0 :])
    plain = _plain(text)
    shown = join([escape(plain[at : at + PIECE_MAX]) for at in range(0, len(plain), PIECE_MAX)])
    if not classes:
        yield shown
        return
    name = "mark" if statements else "del" if "gone" in kinds else "span"
    numbers = list(dict.fromkeys(each.number for each in active if each.statement is not None))
    said = " ".join(numbers[-_DEPTH_MAX:]) or None
    yield tag(name, shown, class_=" ".join(classes), id=figures[0] if figures else None, data_s=said)


def _classes(statements: Sequence[Mark], kinds: set[str]) -> list[str]:
    said = []
    if statements:
        inner = statements[-1].statement
        said += ["st", f"d{min(len(statements), 3)}"]
        said += ["direct"] if inner is not None and inner.mode in {Mode.DIRECT, Mode.MIXED} else []
    elif "gone" in kinds:
        said.append("back")
    names = (("who", "sp-who"), ("cue", "cue"), ("fig", "fig"), ("place", "place"))
    return said + [name for kind, name in names if kind in kinds]
