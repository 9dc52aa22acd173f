"""What can be worked out anew in reports: distances, units, dates, and figures that several sources give.

A check says "agrees", "differs", or that it cannot be checked and why; no more is ever said of a report. Each carries
the figures it rests on, with their places in the text. What says the same twice in one source is told once.
"""

from __future__ import annotations

import msgspec

from skykeep.account import counts, dates, distances, quantities
from skykeep.account.places import Gazetteer
from skykeep.facts.accounted import Check, Document

CHECKS_MAX = 200  # of one source and kind
FIGURES_MAX = 24  # of one check
CHARS_MAX = 1_000_000  # of one source that are read
_READ = "how much of a source is read"


def check(documents: tuple[Document, ...], gazetteer: Gazetteer) -> tuple[Check, ...]:
    """Return what could be checked: by source in their order, each by kind, then what several sources count."""
    read = tuple(_bounded(document) for document in documents)
    made = [one for document in read for one in _one(document, gazetteer)]
    made += [note for document in documents if (note := _unread(document))]
    return (*made, *_once(counts.check(read)))


def _one(document: Document, gazetteer: Gazetteer) -> list[Check]:
    """Return the checks of one source."""
    found = quantities.find(document.text)
    kinds = (distances.check(document, found, gazetteer), quantities.check(document, found), dates.check(document))
    checks: list[Check] = []
    for kind in kinds:
        once = _once(kind)
        checks += once[:CHECKS_MAX]
        if len(once) > CHECKS_MAX:
            words = f"{document.source.label}: {len(once) - CHECKS_MAX:,} more of this kind are not shown."
            checks.append(_note(once[0].kind, words, _READ))
    return checks


def _once(checks: list[Check]) -> list[Check]:
    """Return checks whose words are the same as one check, with the figures of all of them."""
    by_words: dict[str, list[Check]] = {}
    for one in checks:
        by_words.setdefault(one.words, []).append(one)
    return [_joined(same) for same in by_words.values()]


def _joined(same: list[Check]) -> Check:
    figures = [figure for one in same[:FIGURES_MAX] for figure in one.figures]
    return msgspec.structs.replace(same[0], figures=tuple(figures[:FIGURES_MAX]))


def _bounded(document: Document) -> Document:
    if len(document.text) <= CHARS_MAX:
        return document
    return msgspec.structs.replace(document, text=document.text[:CHARS_MAX])


def _unread(document: Document) -> Check | None:
    if len(document.text) <= CHARS_MAX:
        return None
    words = f"{document.source.label}: its first {CHARS_MAX:,} characters were checked"
    return _note("unit", f"{words}, the {len(document.text) - CHARS_MAX:,} after them were not.", _READ)


def _note(kind: quantities.Kind, words: str, basis: str) -> Check:
    return Check(
        kind=kind, outcome="cannot_check", words=words, figures=(), stated=None, computed=None, unit=None, basis=basis
    )
