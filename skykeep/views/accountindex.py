"""Where everything of an account stands on its page: numbers of statements, letters of sources, anchors of cells."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from skykeep.facts.accounted import (
    Account,
    Cell,
    Document,
    Figure,
    Measured,
    Proposition,
    Reading,
    Speaker,
    Standing,
    Suggested,
)
from skykeep.facts.claimed import Resolved, Retracted, Span, StatementMade
from skykeep.views.accountrows import columns
from skykeep.views.accountwords import letter

TEXT_MAX = 200_000  # code points of one source that a page shows
STATEMENTS_MAX = 2_000  # listed on a page, over all sources
PROPOSITIONS_MAX = 400
SPEAKERS_MAX = 60  # columns of the matrix
POINTS_MAX = 500  # checks, and differences
_REPEATED_MIN = 3  # rows with the same words, from which on they are said once above
MARKS_MAX = 3_000  # places of one text that are marked: of statements, speakers, cues and figures

Place = tuple[str, int, int]  # of a source: its sha256, start, end


class Index(NamedTuple):
    """What the parts of the page look up in each other; all by id."""

    account: Account
    number: dict[str, str]  # of a statement: "1" ..., "R1" ... for retracted ones; not listed ones have none
    statements: dict[str, StatementMade]
    retraction: dict[str, Retracted]
    source: dict[str, int]  # place of a source by its sha256
    speaker: dict[str, Speaker]
    proposition: dict[str, Proposition]
    proposition_at: dict[str, int]  # those that the matrix shows
    column: dict[str, int]  # of the speakers that the matrix shows
    standings: dict[tuple[str, str], tuple[Standing, ...]]  # by proposition and speaker
    spoken: dict[str, int]  # by proposition: speakers that stand in its row
    cells: dict[str, list[tuple[str, str, Standing]]]  # by statement: proposition, speaker
    suggested: dict[str, Suggested]
    measured: dict[str, Measured]
    figure: dict[Place, int]
    repeated: str | None  # why something is not covered, where many rows would say the same
    cut: dict[str, int]  # by source: where in its text marks end, as more than MARKS_MAX begin before; others: nowhere
    gone: dict[str, bool]  # sources whose text is not the one that was taken in, so that no place in it holds

    @property
    def simulated(self) -> bool:
        """Return whether the record of the measured column has invented flights; its words say so."""
        return "SIMULATED" in (self.account.record or "")

    def name(self, statement: StatementMade) -> str | None:
        """Return who is said to have said it, by the name that the account shows; None: nobody is named."""
        known = self.speaker.get(self.account.speaker_of.get(statement.statement_id, ""))
        return known.name if known else statement.speaker

    def unsure(self, statement_id: str) -> bool:
        """Return whether it is uncertain who said it."""
        found = self.statements.get(statement_id)
        return found is not None and found.resolved is Resolved.UNCERTAIN

    def letter(self, source_sha256: str | None) -> str:
        """Return the letter of a source, "?" where the account does not hold it."""
        place = self.source.get(source_sha256 or "")
        return "?" if place is None else letter(place)

    def visible(self, source_sha256: str | None, spans: Sequence[Span]) -> bool:
        """Return whether spans begin in the part of a text in which the page marks them."""
        place = self.source.get(source_sha256 or "")
        if place is None or self.lost(source_sha256):
            return False
        length = self.marked_length(self.account.documents[place])
        return any(0 <= span.start < span.end and span.start < length for span in spans)

    def lost(self, source_sha256: str | None) -> bool:
        """Return whether the text of a source was erased, or is not the one that was taken in."""
        return (source_sha256 or "") in self.gone

    def marked_length(self, document: Document) -> int:
        """Return up to which code point a shown text is marked."""
        length = shown_length(document)
        return min(length, self.cut.get(document.source.source_sha256, length))

    def figure_at(self, figure: Figure) -> int | None:
        """Return the number of a figure's place in the shown text."""
        if not self.visible(figure.source_sha256, [figure.span]):
            return None
        return self.figure.get((figure.source_sha256, figure.span.start, figure.span.end))


def shown_length(document: Document) -> int:
    """Return how many code points of a text the page shows."""
    return min(len(document.text), TEXT_MAX)


def index(account: Account) -> Index:
    """Return where everything of an account stands."""
    listed, number, figure = columns(account), _numbers(account), _figures(account)
    return Index(
        account=account,
        number=number,
        statements={each.statement_id: each for each in (*account.statements, *account.retracted)},
        retraction={each.retracts: each for each in account.retractions},
        source={document.source.source_sha256: place for place, document in enumerate(account.documents)},
        speaker={each.speaker_id: each for each in account.speakers},
        proposition={each.proposition_id: each for each in account.propositions},
        proposition_at={each.proposition_id: at for at, each in enumerate(account.propositions[:PROPOSITIONS_MAX])},
        column={each.speaker_id: at for at, each in enumerate(listed[:SPEAKERS_MAX])},
        standings=_standings(account.cells),
        spoken=_spoken(account.cells),
        cells=_cells(account.cells),
        suggested={each.statement_id: each for each in account.suggested},
        measured={each.proposition_id: each for each in account.measured},
        figure=figure,
        repeated=_repeated(account),
        cut=_cut(account, number, figure),
        gone={each.source.source_sha256: True for each in account.documents if not _is_the_one(each)},
    )


def _repeated(account: Account) -> str | None:
    told = Counter(each.words for each in account.measured if each.reading is Reading.NOT_COVERED and each.words)
    return next((said for said, count in told.most_common(1) if count >= _REPEATED_MIN), None)


def _is_the_one(document: Document) -> bool:
    """Return whether a text still has the hash with which it was taken in."""
    told = hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()
    return told == document.source.text_sha256


def _cut(account: Account, number: dict[str, str], figure: dict[Place, int]) -> dict[str, int]:
    starts: dict[str, list[int]] = defaultdict(list)
    for each in (*account.statements, *account.retracted):
        if each.statement_id in number:
            starts[each.source_sha256 or ""] += _starts(each)
    for source_sha256, start, _ in figure:
        starts[source_sha256].append(start)
    return {name: sorted(found)[MARKS_MAX] for name, found in starts.items() if len(found) > MARKS_MAX}


def _starts(statement: StatementMade) -> Iterator[int]:
    spans = (*statement.spans, statement.speaker_span, statement.cue_span)
    return (span.start for span in spans if span is not None)


def _numbers(account: Account) -> dict[str, str]:
    listed = {each.statement_id: str(at) for at, each in enumerate(account.statements[:STATEMENTS_MAX], 1)}
    return listed | {each.statement_id: f"R{at}" for at, each in enumerate(account.retracted[:STATEMENTS_MAX], 1)}


def _standings(cells: Sequence[Cell]) -> dict[tuple[str, str], tuple[Standing, ...]]:
    found: dict[tuple[str, str], tuple[Standing, ...]] = {}
    for cell in cells:
        key = (cell.proposition_id, cell.speaker_id)
        found[key] = (*found.get(key, ()), *cell.standings)
    return found


def _spoken(cells: Sequence[Cell]) -> dict[str, int]:
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for cell in cells:
        if cell.standings:
            found[cell.proposition_id][cell.speaker_id] = True
    return {name: len(speakers) for name, speakers in found.items()}


def _cells(cells: Sequence[Cell]) -> dict[str, list[tuple[str, str, Standing]]]:
    found: dict[str, list[tuple[str, str, Standing]]] = {}
    for cell in cells:
        for standing in cell.standings:
            found.setdefault(standing.statement_id, []).append((cell.proposition_id, cell.speaker_id, standing))
    return found


def _figures(account: Account) -> dict[Place, int]:
    found: dict[Place, int] = {}
    checked = [figure for point in account.checks[:POINTS_MAX] for figure in point.figures]
    differing = [figure for point in account.differences[:POINTS_MAX] for figure in point.figures]
    for figure in (*checked, *differing):
        found.setdefault((figure.source_sha256, figure.span.start, figure.span.end), len(found) + 1)
    return found
